package adminutils_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

const trimNeurons, setMechanisms, setSplit, ownerKey, ownerKeyOld = 78, 76, 77, 67, 64

// seats fills subnet 1 with n neurons of a day past their immunity, in some mechanisms; the values of each tell its first uid.
func (w *world) seats(n uint16, mechanisms bt.MechID, values []uint16) {
	st, s := &w.module.Storage, w.c.State
	w.c.Env.Number = 10_000
	st.LastEpochBlock.Set(s, 1, 10_000)
	st.SubnetOwnerHotkey.Delete(s, 1)
	st.ImmunityPeriod.Set(s, 1, 100)
	st.MinAllowedUids.Set(s, 1, 4)
	st.MechanismCountCurrent.Set(s, 1, mechanisms)
	st.SubnetworkN.Set(s, 1, n)
	var emission []bt.Alpha
	var parts []state.PerU16
	var updates []uint64
	var flags []bool
	for uid := range n {
		v := values[uid]
		emission, parts, updates, flags = append(emission, bt.Alpha(v)), append(parts, state.PerU16(v)), append(updates, uint64(v)), append(flags, v >= 50)
		w.seat(uid)
		var row []scale.Pair[uint16, uint16]
		for target := range n {
			if target != uid {
				row = append(row, scale.Pair[uint16, uint16]{A: target, B: values[target]})
			}
		}
		for m := range mechanisms {
			st.Weights.Set(s, epoch.Index(1, m), uid, row)
			st.Bonds.Set(s, epoch.Index(1, m), uid, row)
		}
	}
	st.Emission.Set(s, 1, emission)
	st.Consensus.Set(s, 1, parts)
	st.Dividends.Set(s, 1, parts)
	st.ValidatorTrust.Set(s, 1, parts)
	st.StakeWeight.Set(s, 1, values[:n])
	st.Active.Set(s, 1, flags)
	st.ValidatorPermit.Set(s, 1, flags)
	for m := range mechanisms {
		st.Incentive.Set(s, epoch.Index(1, m), parts)
		st.LastUpdate.Set(s, epoch.Index(1, m), updates)
	}
}

// neuron is the hotkey that sits on a uid at first.
func neuron(uid uint16) bt.AccountID { return bt.AccountID{100, byte(uid), byte(uid >> 8)} }

func (w *world) seat(uid uint16) {
	st, s, key := &w.module.Storage, w.c.State, neuron(uid)
	st.Keys.Set(s, 1, uid, key)
	st.Uids.Set(s, 1, key, uid)
	st.IsNetworkMember.Set(s, key, 1, true)
	st.BlockAtRegistration.Set(s, 1, uid, uint64(uid)+1)
	st.Axons.Set(s, 1, key, state.AxonInfo{Block: uint64(uid)})
	st.Prometheus.Set(s, 1, key, state.PrometheusInfo{Block: uint64(uid)})
	st.LastHotkeyEmissionOnNetuid.Set(s, key, 1, bt.Alpha(uid))
	st.AlphaDividendsPerSubnet.Set(s, 1, key, bt.Alpha(uid))
}

// TestTrimKeepsTheBestAndTheImmune has the numbers of upstream's own test of trimming: sixteen neurons in four mechanisms, of which eight stay.
func TestTrimKeepsTheBestAndTheImmune(t *testing.T) {
	w := newWorld(t)
	st, s := &w.module.Storage, w.c.State
	w.seats(16, 4, []uint16{17, 42, 8, 56, 23, 91, 34, 77, 12, 65, 3, 88, 29, 51, 74, 39})
	st.BlockAtRegistration.Set(s, 1, 6, 10_000)
	for _, uid := range []uint16{6, 10, 12, 14} {
		st.AssociatedEvmAddress.Set(s, 1, uid, scale.Pair[state.H160, uint64]{A: state.H160{byte(uid)}, B: 1})
	}
	st.MaxAllowedUids.Set(s, 1, 16)
	if got := w.call(frame.Root(), trimNeurons, encode(uint16(1)), encode(uint16(8))); got != "" {
		t.Fatalf("error %s", got)
	}

	kept, values := []uint16{3, 5, 6, 7, 9, 11, 13, 14}, []uint16{56, 91, 34, 77, 65, 88, 51, 74}
	if most, n := st.MaxAllowedUids.Get(s, 1), st.SubnetworkN.Get(s, 1); most != 8 || n != 8 {
		t.Errorf("%d neurons of %d, want 8 of 8", n, most)
	}
	flags := []bool{true, true, false, true, true, true, true, true}
	lists := map[string][2]any{
		"emission": {st.Emission.Get(s, 1), as[bt.Alpha](values)}, "consensus": {st.Consensus.Get(s, 1), as[state.PerU16](values)},
		"dividends": {st.Dividends.Get(s, 1), as[state.PerU16](values)}, "trust": {st.ValidatorTrust.Get(s, 1), as[state.PerU16](values)},
		"stake": {st.StakeWeight.Get(s, 1), values}, "active": {st.Active.Get(s, 1), flags}, "permit": {st.ValidatorPermit.Get(s, 1), flags},
	}
	for name, list := range lists {
		if diff := cmp.Diff(list[1], list[0]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for m := range bt.MechID(4) {
		index := epoch.Index(1, m)
		if diff := cmp.Diff(as[state.PerU16](values), st.Incentive.Get(s, index)); diff != "" {
			t.Errorf("incentive of mechanism %d: %s", m, diff)
		}
		if diff := cmp.Diff(as[uint64](values), st.LastUpdate.Get(s, index)); diff != "" {
			t.Errorf("updates of mechanism %d: %s", m, diff)
		}
		for uid := range uint16(16) {
			var want []scale.Pair[uint16, uint16]
			for target, value := range values {
				if uint16(target) != uid {
					want = append(want, scale.Pair[uint16, uint16]{A: uint16(target), B: value})
				}
			}
			if uid >= 8 {
				if st.Weights.Has(s, index, uid) || st.Bonds.Has(s, index, uid) {
					t.Errorf("mechanism %d still has a row of uid %d", m, uid)
				}
				continue
			}
			if diff := cmp.Diff(want, st.Weights.Get(s, index, uid)); diff != "" {
				t.Errorf("weights of %d in mechanism %d: %s", uid, m, diff)
			}
			if diff := cmp.Diff(want, st.Bonds.Get(s, index, uid)); diff != "" {
				t.Errorf("bonds of %d in mechanism %d: %s", uid, m, diff)
			}
		}
	}
	for uid := range uint16(16) {
		at := slices.Index(kept, uid)
		key := neuron(uid)
		got, seated := st.Uids.TryGet(s, 1, key)
		if at < 0 {
			if seated || st.IsNetworkMember.Has(s, key, 1) || st.Axons.Has(s, 1, key) || st.Prometheus.Has(s, 1, key) ||
				st.LastHotkeyEmissionOnNetuid.Has(s, key, 1) || st.AlphaDividendsPerSubnet.Has(s, 1, key) {
				t.Errorf("something is left of the neuron that had uid %d", uid)
			}
			continue
		}
		block := uint64(uid) + 1
		if uid == 6 {
			block = 10_000
		}
		if got != uint16(at) || st.Keys.Get(s, 1, uint16(at)) != key || st.BlockAtRegistration.Get(s, 1, uint16(at)) != block || !st.Axons.Has(s, 1, key) {
			t.Errorf("the neuron of uid %d has uid %d, want %d", uid, got, at)
		}
	}
	evm := map[uint16]state.H160{}
	for uid, address := range st.AssociatedEvmAddress.Of(s, 1) {
		evm[uid] = address.A
	}
	if diff := cmp.Diff(map[uint16]state.H160{2: {6}, 7: {14}}, evm); diff != "" {
		t.Errorf("Ethereum addresses: %s", diff)
	}
}

func as[V ~uint16 | ~uint64](list []uint16) (out []V) {
	for _, v := range list {
		out = append(out, V(v))
	}
	return out
}

// TestTrimBounds has the bounds of upstream's own tests: four of five neurons are immune.
func TestTrimBounds(t *testing.T) {
	w := newWorld(t)
	st, s := &w.module.Storage, w.c.State
	w.seats(5, 1, []uint16{1, 2, 3, 4, 5})
	st.MinAllowedUids.Set(s, 1, 2)
	st.ImmuneOwnerUidsLimit.Set(s, 1, 2)
	st.OwnedHotkeys.Set(s, bt.AccountID{1}, []bt.AccountID{neuron(0), neuron(1)})
	for uid := range uint16(5) {
		st.Owner.Set(s, neuron(uid), bt.AccountID{7})
	}
	st.Owner.Set(s, neuron(0), bt.AccountID{1})
	st.Owner.Set(s, neuron(1), bt.AccountID{1})
	st.BlockAtRegistration.Set(s, 1, 2, 10_000)
	st.BlockAtRegistration.Set(s, 1, 3, 10_000)
	for most, want := range map[uint16]string{
		4: "TrimmingWouldExceedMaxImmunePercentage", 3: "TrimmingWouldExceedMaxImmunePercentage", 1: "InvalidValue", 257: "InvalidValue", 5: "", 256: "",
	} {
		w.c.State.Begin()
		if got := w.call(frame.Root(), trimNeurons, encode(uint16(1)), encode(most)); got != want {
			t.Errorf("to %d: error %q, want %q", most, got, want)
		}
		w.c.State.Rollback()
	}
	st.LastEpochBlock.Set(s, 42, 10_000)
	if got := w.call(frame.Root(), trimNeurons, encode(uint16(42)), encode(uint16(5))); got != "SubnetNotExists" {
		t.Errorf("no subnet: error %q", got)
	}
	// With three immune ones of five, 60 %, the two worst go, whatever the others' emission.
	st.BlockAtRegistration.Set(s, 1, 3, 1)
	if got := w.call(frame.Root(), trimNeurons, encode(uint16(1)), encode(uint16(4))); got != "" {
		t.Fatalf("to 4: error %s", got)
	}
	if diff := cmp.Diff([]bt.Alpha{1, 2, 3, 5}, st.Emission.Get(s, 1)); diff != "" {
		t.Error(diff)
	}
}

// TestTrimNeverTears trims random subnets: all lists have the new length, uids and keys are each other's inverse, and rows name uids that there are.
func TestTrimNeverTears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		st, s := &w.module.Storage, w.c.State
		n := rapid.Uint16Range(5, 20).Draw(t, "neurons")
		w.seats(n, 2, rapid.SliceOfN(rapid.Uint16Range(0, 3), int(n), int(n)).Draw(t, "emission"))
		most := rapid.Uint16Range(4, n-1).Draw(t, "most")
		for range rapid.IntRange(0, int(most)/2).Draw(t, "immune") {
			st.BlockAtRegistration.Set(s, 1, rapid.Uint16Range(0, n-1).Draw(t, "uid"), 10_000)
		}
		safe := map[bt.AccountID]bool{}
		for uid := range n {
			safe[neuron(uid)] = w.module.Registration.Immune(w.c, 1, uid)
		}
		if got := w.call(owner, trimNeurons, encode(uint16(1)), encode(most)); got != "" {
			t.Fatalf("to %d of %d: error %s", most, n, got)
		}
		keys := 0
		for uid, key := range st.Keys.Of(s, 1) {
			keys++
			if st.Uids.Get(s, 1, key) != uid || uid >= most {
				t.Fatalf("uid %d and its hotkey do not fit", uid)
			}
			delete(safe, key)
		}
		for key, immune := range safe {
			if immune || st.IsNetworkMember.Has(s, key, 1) {
				t.Fatalf("an immune neuron went, or one that went is still a member")
			}
		}
		for _, length := range []int{
			keys, len(st.Emission.Get(s, 1)), len(st.Active.Get(s, 1)), len(st.ValidatorPermit.Get(s, 1)), len(st.Incentive.Get(s, epoch.Index(1, 1))), int(st.SubnetworkN.Get(s, 1)),
		} {
			if length != int(most) {
				t.Fatalf("%d entries, want %d", length, most)
			}
		}
		for m := range bt.MechID(2) {
			for from, row := range st.Weights.Of(s, epoch.Index(1, m)) {
				if from >= most || len(row) != int(most)-1 || slices.ContainsFunc(row, func(p scale.Pair[uint16, uint16]) bool { return p.A >= most || p.A == from }) {
					t.Fatalf("row %d is %v", from, row)
				}
			}
		}
	})
}

func TestMechanismsGoWithAllTheyHave(t *testing.T) {
	w := newWorld(t)
	st, s := &w.module.Storage, w.c.State
	st.MaxAllowedUids.Set(s, 1, 128)
	if got := w.call(owner, setMechanisms, encode(uint16(1)), encode(bt.MechID(2))); got != "" {
		t.Fatalf("two mechanisms: error %s", got)
	}
	split := scale.Some([]uint16{40_000, 25_535})
	if got := w.call(owner, setSplit, encode(uint16(1)), encode(split)); got != "" {
		t.Fatalf("split: error %s", got)
	}
	first, second := epoch.Index(1, 0), epoch.Index(1, 1)
	for _, index := range []bt.NetUIDIndex{first, second} {
		st.Weights.Set(s, index, 3, nil)
		st.Bonds.Set(s, index, 3, nil)
		st.Incentive.Set(s, index, []state.PerU16{1})
		st.LastUpdate.Set(s, index, []uint64{1})
		st.WeightCommits.Set(s, index, bt.AccountID{1}, nil)
		st.TimelockedWeightCommits.Set(s, index, 3, nil)
	}
	if got := w.call(frame.Root(), setMechanisms, encode(uint16(1)), encode(bt.MechID(1))); got != "" {
		t.Fatalf("one mechanism: error %s", got)
	}
	for index, want := range map[bt.NetUIDIndex]bool{first: true, second: false} {
		for item, has := range map[string]bool{
			"weights": st.Weights.Has(s, index, 3), "bonds": st.Bonds.Has(s, index, 3), "incentive": st.Incentive.Has(s, index),
			"updates": st.LastUpdate.Has(s, index), "commits": st.WeightCommits.Has(s, index, bt.AccountID{1}), "timelocked": st.TimelockedWeightCommits.Has(s, index, 3),
		} {
			if has != want {
				t.Errorf("index %d has %s: %v, want %v", index, item, has, want)
			}
		}
	}
	if st.MechanismEmissionSplit.Has(s, 1) {
		t.Error("the split of two mechanisms stays when one is left")
	}
	if got := w.call(frame.Root(), setSplit, encode(uint16(1)), encode(split)); got != "InvalidValue" {
		t.Errorf("two parts for one mechanism: error %q", got)
	}
}

func TestOwnersHotkeyChangesOnceAWeek(t *testing.T) {
	for _, index := range []uint8{ownerKey, ownerKeyOld} {
		w := newWorld(t)
		st, s, netuid := &w.module.Storage, w.c.State, encode(uint16(1))
		custody := w.module.Pools.CustodyAccount(1)
		w.refuses(stranger, index, "BadOrigin", netuid, encode(bt.AccountID{9}))
		w.refuses(frame.None(), index, "BadOrigin", netuid, encode(bt.AccountID{9}))
		w.refuses(frame.Root(), index, "SubnetNotExists", encode(uint16(9)), encode(bt.AccountID{9}))
		w.refuses(owner, index, "CannotUseSystemAccount", netuid, encode(custody))
		if got := w.call(owner, index, netuid, encode(bt.AccountID{9})); got != "" || st.SubnetOwnerHotkey.Get(s, 1) != (bt.AccountID{9}) {
			t.Errorf("call %d: error %q", index, got)
		}
		w.c.Env.Number = now + 50_399
		w.refuses(frame.Root(), index, "TxRateLimitExceeded", netuid, encode(bt.AccountID{8}))
		w.c.Env.Number = now + 50_400
		if got := w.call(frame.Root(), index, netuid, encode(bt.AccountID{8})); got != "" {
			t.Errorf("call %d a week later: error %q", index, got)
		}
	}
}

func TestIssuanceIsNotSet(t *testing.T) {
	w := newWorld(t)
	w.refuses(frame.Root(), 33, "Deprecated", nil, encode(bt.Rao(1)))
	w.refuses(stranger, 33, "Deprecated", nil, encode(bt.Rao(1)))
}

// TestARisingMinimumSellsSmallNominations has 2,000,000 rao as the least stake: a hundred times that may stay, half of it may not, the owner's own stays always.
func TestARisingMinimumSellsSmallNominations(t *testing.T) {
	w := newWorld(t)
	st, s := &w.module.Storage, w.c.State
	pools, hot, cold, nominator := w.module.Pools, bt.AccountID{3}, bt.AccountID{1}, bt.AccountID{5}
	st.Owner.Set(s, hot, cold)
	least := w.module.Constants.InitialMinStake.Get()
	if err := w.money.Mint(w.c, pools.CustodyAccount(stakepool.Root), 1000*bt.Tao); err != nil {
		t.Fatal(err)
	}
	for who, amount := range map[bt.AccountID]bt.Rao{cold: least / 2, nominator: least / 2, {6}: least * 100} {
		pools.AddStake(w.c, hot, who, stakepool.Root, bt.Alpha(amount))
		st.SubnetTAO.Mutate(s, stakepool.Root, func(v *bt.Rao) { *v += amount })
		st.TotalStake.Mutate(s, func(v *bt.Rao) { *v += amount })
	}
	const setMinimum, whole = 43, 1_000_000
	if got := w.call(frame.Root(), setMinimum, encode(uint64(whole))); got != "" {
		t.Fatalf("error %s", got)
	}
	for who, want := range map[bt.AccountID]bt.Rao{cold: least / 2, nominator: 0, {6}: least * 100} {
		if got := pools.Stake(w.c, hot, who, stakepool.Root); got != bt.Alpha(want) {
			t.Errorf("%x has %d staked, want %d", who[:1], uint64(got), uint64(want))
		}
	}
	if got := pools.Spendable(w.c, nominator); got == 0 {
		t.Error("the nominator was paid nothing")
	}
}
