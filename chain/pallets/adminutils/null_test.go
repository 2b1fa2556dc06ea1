package adminutils_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/scale"
)

const setConsensus, trimNull, maxUids, maxValidators = 111, 112, 15, 25

// asks makes a call about subnet 1 that must fail with an error, or succeed without.
func (w *world) asks(origin frame.Origin, index uint8, value any, err string) {
	w.t.Helper()
	if got := w.call(origin, index, encode(uint16(1)), encode(value)); got != err {
		w.t.Errorf("call %d with %v: error %q, want %q", index, value, got, err)
	}
}

// without turns consensus off in a subnet of n neurons past their immunity, in some mechanisms. The higher the uid the higher the emission.
func without(t *testing.T, n uint16, mechanisms bt.MechID) *world {
	w := newWorld(t)
	w.module.Storage.MaxMechanismCount.Set(w.c.State, 16)
	w.module.Storage.MaxAllowedUids.Set(w.c.State, 1, n)
	values := make([]uint16, n)
	for uid := range values {
		values[uid] = uint16(uid) + 1
	}
	w.seats(n, mechanisms, values)
	w.module.Storage.SubnetEpochConsensus.Set(w.c.State, 1, state.Null)
	w.module.Storage.MaxAllowedValidators.Set(w.c.State, 1, 1)
	w.module.Epoch.Elect(w.c, 1)
	return w
}

func TestConsensusGoesAndComesBack(t *testing.T) {
	w := newWorld(t)
	st, s := &w.module.Storage, w.c.State
	st.MaxAllowedValidators.Set(s, 1, 64)
	st.LastMechansimStepBlock.Set(s, 1, 77)
	w.asks(frame.Root(), setConsensus, state.Null, "")
	if got := st.SavedYumaMaxAllowedValidators.Get(s, 1); got != 64 || st.MaxAllowedValidators.Get(s, 1) != 1 || st.LastYumaStepBlock.Get(s, 1) != 77 {
		t.Errorf("%d validators are remembered, %d are allowed, the last bonds are of block %d", got, st.MaxAllowedValidators.Get(s, 1), st.LastYumaStepBlock.Get(s, 1))
	}
	if permits := st.ValidatorPermit.Get(s, 1); len(permits) != 70 || slices.Index(permits, true) != 0 || slices.Contains(permits[1:], true) {
		t.Errorf("permits without any stake: %v", permits)
	}
	if got, want := w.c.Env.Events[len(w.c.Env.Events)-1].Data, []byte{7, 154, 1, 0, 1}; !bytes.Equal(got, want) {
		t.Errorf("the last event is %v, want %v", got, want)
	}

	// Again it is no other consensus: what was remembered stays.
	w.asks(frame.Root(), setConsensus, state.Null, "")
	if got := st.SavedYumaMaxAllowedValidators.Get(s, 1); got != 64 {
		t.Errorf("%d validators are remembered, want 64", got)
	}
	w.asks(frame.Root(), maxValidators, uint16(2), "InvalidValue")
	w.asks(frame.Root(), maxValidators, uint16(1), "")
	w.asks(owner, maxUids, uint16(2501), "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids")
	w.asks(owner, maxUids, uint16(2500), "")

	st.SubnetworkN.Set(s, 1, 257)
	w.asks(frame.Root(), setConsensus, state.Yuma, "InvalidValue")
	st.SubnetworkN.Set(s, 1, 256)
	st.NullPruningTarget.Set(s, 1, 100)
	w.asks(frame.Root(), setConsensus, state.Yuma, "")
	if n, most := st.MaxAllowedValidators.Get(s, 1), st.MaxAllowedUids.Get(s, 1); n != 64 || most != 256 || st.SavedYumaMaxAllowedValidators.Has(s, 1) || st.NullPruningTarget.Has(s, 1) {
		t.Errorf("back with consensus: %d validators and %d neurons are allowed, %v %v", n, most, st.SavedYumaMaxAllowedValidators.Has(s, 1), st.NullPruningTarget.Has(s, 1))
	}

	// Fewer neurons may be allowed by then than there were validators.
	w.asks(frame.Root(), setConsensus, state.Null, "")
	st.SubnetworkN.Set(s, 1, 30)
	st.MaxAllowedUids.Set(s, 1, 40)
	w.asks(frame.Root(), setConsensus, state.Yuma, "")
	if n := st.MaxAllowedValidators.Get(s, 1); n != 40 {
		t.Errorf("%d validators are allowed of 40 neurons", n)
	}
}

func TestConsensusStaysWhileTimelockedWeightsWait(t *testing.T) {
	w := newWorld(t)
	st, s := &w.module.Storage, w.c.State
	for _, mode := range []state.EpochConsensus{state.Null, state.Yuma} {
		for _, index := range []bt.NetUIDIndex{1, 15*4096 + 1} { // also of a mechanism that is gone
			st.TimelockedWeightCommits.Set(s, index, 3, []state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64]{{}})
			w.asks(frame.Root(), setConsensus, mode, "InvalidValue")
			st.TimelockedWeightCommits.Delete(s, index, 3)
		}
		w.asks(frame.Root(), setConsensus, mode, "")
	}
	st.MechanismCountCurrent.Set(s, 1, 4) // 64 neurons in each, of 256
	w.asks(frame.Root(), setConsensus, state.Null, "")
	w.asks(frame.Root(), setConsensus, state.Yuma, "InvalidValue")
	st.SubnetworkN.Set(s, 1, 64)
	w.asks(frame.Root(), setConsensus, state.Yuma, "")
	if most := st.MaxAllowedUids.Get(s, 1); most != 64 {
		t.Errorf("there may be %d neurons, want 64", most)
	}
}

// Steps of 64: those with the least emission go, those with the highest uids take their places, and everybody else keeps uid, weights and bonds.
func TestTrimmingInSteps(t *testing.T) {
	w := without(t, 192, 2)
	st, s := &w.module.Storage, w.c.State
	for _, index := range []bt.NetUIDIndex{1, 4097} {
		for uid := range uint16(192) {
			st.Weights.Set(s, index, uid, []scale.Pair[uint16, uint16]{{A: 1, B: 10}, {A: 129, B: 7}, {A: 65, B: 1}})
			st.Bonds.Delete(s, index, uid)
		}
		st.Bonds.Set(s, index, 0, []scale.Pair[uint16, uint16]{{A: 129, B: 11}})
	}
	emission := st.Emission.Get(s, 1)
	emission[0] = 1000 // the deciding validator
	st.Emission.Set(s, 1, emission)
	keys := map[uint16]bt.AccountID{}
	for uid, hotkey := range st.Keys.Of(s, 1) {
		keys[uid] = hotkey
	}
	st.WeightCommits.Set(s, 1, keys[0], []weights.Commit{{}})
	st.TimelockedWeightCommits.Set(s, 4097, 3, []state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64]{{}})

	w.asks(frame.Root(), trimNeurons, uint16(64), "InvalidValue") // more than a step
	w.asks(owner, trimNull, uint16(64), "")
	if n, most, target := st.SubnetworkN.Get(s, 1), st.MaxAllowedUids.Get(s, 1), st.NullPruningTarget.Get(s, 1); n != 128 || most != 128 || target != 64 {
		t.Errorf("%d neurons, %d allowed, %d to be left", n, most, target)
	}
	if w.module.Registration.Committed(w.c, 1) {
		t.Error("commits about former uids are left")
	}
	for uid, want := range map[uint16]uint16{0: 0, 1: 128, 64: 191, 65: 65, 127: 127} {
		if got := st.Keys.Get(s, 1, uid); got != keys[want] {
			t.Errorf("uid %d is %v, want the one of %d before", uid, got, want)
		}
	}
	row := func(m map[uint16][]scale.Pair[uint16, uint16], want ...scale.Pair[uint16, uint16]) {
		t.Helper()
		if diff := cmp.Diff(map[uint16][]scale.Pair[uint16, uint16]{0: want}, m); diff != "" {
			t.Error(diff)
		}
	}
	for _, index := range []bt.NetUIDIndex{1, 4097} {
		row(rows(st.Weights.Of(s, index)), scale.Pair[uint16, uint16]{A: 2, B: 7}, scale.Pair[uint16, uint16]{A: 65, B: 1})
		row(rows(st.Bonds.Of(s, index)), scale.Pair[uint16, uint16]{A: 2, B: 11})
	}

	// Going on is no new beginning; another target is.
	w.asks(owner, trimNull, uint16(65), "TxRateLimitExceeded")
	w.asks(owner, trimNull, uint16(64), "")
	if n, most := st.SubnetworkN.Get(s, 1), st.MaxAllowedUids.Get(s, 1); n != 64 || most != 64 || st.NullPruningTarget.Has(s, 1) {
		t.Errorf("%d neurons, %d allowed, and to be left: %v", n, most, st.NullPruningTarget.Has(s, 1))
	}
	for uid := range uint16(64) {
		if got, ok := st.Uids.TryGet(s, 1, st.Keys.Get(s, 1, uid)); !ok || got != uid {
			t.Errorf("the hotkey of uid %d has uid %d", uid, got)
		}
	}
	if permits := st.ValidatorPermit.Get(s, 1); len(permits) != 64 || !permits[0] || slices.Contains(permits[1:], true) {
		t.Errorf("permits %v", permits)
	}
	w.asks(owner, trimNull, uint16(64), "TxRateLimitExceeded") // it is over: the next one is new
}

func rows(all func(func(uint16, []scale.Pair[uint16, uint16]) bool)) map[uint16][]scale.Pair[uint16, uint16] {
	out := map[uint16][]scale.Pair[uint16, uint16]{}
	for uid, row := range all {
		out[uid] = row
	}
	return out
}

func TestTrimmingIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, origin := range map[string]frame.Origin{"stranger": stranger, "hotkey": hotkey, "none": frame.None()} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refuses(origin, trimNull, "BadOrigin", encode(uint16(1)), encode(uint16(64)))
		})
	}
	w.t = t
	w.refuses(owner, trimNull, "InvalidValue", encode(uint16(1)), encode(uint16(64))) // it has consensus
	w.refuses(frame.Root(), trimNull, "SubnetNotExists", encode(uint16(9)), encode(uint16(64)))

	w = without(t, 192, 1)
	st, s := &w.module.Storage, w.c.State
	w.refuses(owner, trimNull, "InvalidValue", encode(uint16(1)), encode(uint16(3)))   // below MinAllowedUids
	w.refuses(owner, trimNull, "InvalidValue", encode(uint16(1)), encode(uint16(193))) // above MaxAllowedUids
	st.LastEpochBlock.Set(s, 1, 10_000-359)
	w.refuses(owner, trimNull, "AdminActionProhibitedDuringWeightsWindow", encode(uint16(1)), encode(uint16(64)))
	st.LastEpochBlock.Set(s, 1, 10_000)
	st.ImmunityPeriod.Set(s, 1, 60_000) // the step is possible, the end is not: too many would be immune
	w.refuses(owner, trimNull, "TrimmingWouldExceedMaxImmunePercentage", encode(uint16(1)), encode(uint16(64)))
}

// A step clears so many commits and no more; it takes neurons only when none is left, and the number of mechanisms stays until then.
func TestCommitsAreClearedInSteps(t *testing.T) {
	w := without(t, 128, 1)
	st, s := &w.module.Storage, w.c.State
	for i := range 2501 {
		st.WeightCommits.Set(s, 1, bt.AccountID{7, byte(i), byte(i >> 8)}, []weights.Commit{{}})
	}
	w.asks(frame.Root(), setMechanisms, bt.MechID(2), "InvalidValue")
	w.asks(frame.Root(), trimNeurons, uint16(100), "InvalidValue")
	for _, target := range []uint16{128, 128} {
		if !w.module.Registration.Committed(w.c, 1) {
			t.Error("no commits are left")
		}
		w.asks(frame.Root(), trimNull, target, "")
		if n := st.SubnetworkN.Get(s, 1); n != 128 {
			t.Errorf("%d neurons are left", n)
		}
	}
	if w.module.Registration.Committed(w.c, 1) || st.NullPruningTarget.Has(s, 1) {
		t.Error("the second step did not end it")
	}
	w.asks(frame.Root(), setMechanisms, bt.MechID(2), "")
	w.asks(frame.Root(), setMechanisms, bt.MechID(16), "")
	st.MaxAllowedUids.Set(s, 1, 157)
	w.asks(frame.Root(), setMechanisms, bt.MechID(15), "")
	w.asks(frame.Root(), setMechanisms, bt.MechID(16), "TooManyUIDsPerMechanism")
}
