package subtensor_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/yuma"
)

// liquid is a subnet with liquid alpha, where the owner's hotkey and "v" judge the miners "m" (2) and "n" (3).
func liquid(t *testing.T) (w *world, id bt.NetUID) {
	w, id = validators(t)
	st, s := &w.Storage, w.c.State
	st.LiquidAlphaOn.Set(s, id, true)
	st.Yuma3On.Set(s, id, true)
	st.StakeThreshold.Set(s, 0)
	st.WeightsSetRateLimit.Set(s, id, 0)
	st.ValidatorPermit.Set(s, id, []bool{true, true, false, false})
	w.Pools.AddStake(w.c, key("v"), key("v cold"), id, 3_000_000_000_000)
	w.Pools.AddStake(w.c, key("owner hotkey"), key("owner"), id, 2_000_000_000_000)
	return w, id
}

// epoch lets both validators judge and runs an epoch of its mechanisms, 100 blocks later.
func (w *world) epoch(id bt.NetUID, m, n uint16) {
	w.t.Helper()
	w.at(w.c.Env.Number + 100)
	w.Storage.LastEpochBlock.Set(w.c.State, id, uint64(w.c.Env.Number)-1)
	for who, row := range map[string][]uint16{"v": {m, n}, "owner hotkey": {n, m}} {
		w.do(who, 0, &weights.SetWeights{NetUID: id, Dests: []uint16{2, 3}, Weights: row})
	}
	w.Epoch.Run(w.c, id, yuma.Budgets{Miners: 500_000_000, Validators: 500_000_000})
}

func numbers(consensus []state.PerU16) (out []uint16) {
	for _, v := range consensus {
		out = append(out, uint16(v))
	}
	return out
}

func TestLiquidAlphaConsensusModes(t *testing.T) {
	w, id := liquid(t)
	st, s := &w.Storage, w.c.State
	former := func() []uint16 { return w.Epoch.Input(w.c, id, 0).FormerConsensus }
	if got := st.LiquidAlphaConsensusMode.Get(s, id); got != state.CurrentConsensus {
		t.Fatalf("the mode is %d where nobody chose one, want Current", got)
	}
	w.epoch(id, 65535, 20000)
	if st.ConsensusByMechanism.Has(s, bt.NetUIDIndex(id)) || former() != nil {
		t.Error("a subnet that compares with its own consensus keeps the one before")
	}

	// The mode is new, and nothing was kept for it: what the subnet's last epoch found is the same with one mechanism.
	found := numbers(st.Consensus.Get(s, id))
	if slices.Max(found) == 0 {
		t.Fatal("the epoch found no consensus")
	}
	st.LiquidAlphaConsensusMode.Set(s, id, state.PreviousConsensus)
	if got := former(); !slices.Equal(got, found) {
		t.Errorf("compared with %v, want %v", got, found)
	}
	w.epoch(id, 30000, 65535)
	kept := numbers(st.ConsensusByMechanism.Get(s, bt.NetUIDIndex(id)))
	if !slices.Equal(kept, numbers(st.Consensus.Get(s, id))) || slices.Equal(kept, found) {
		t.Errorf("%v is kept, the epoch found %v, the one before %v", kept, st.Consensus.Get(s, id), found)
	}
	st.Consensus.Set(s, id, nil)
	if got := former(); !slices.Equal(got, kept) {
		t.Errorf("compared with %v, want %v", got, kept)
	}

	st.LiquidAlphaConsensusMode.Set(s, id, state.AutoConsensus)
	for penalty, want := range map[uint16][]uint16{65535: kept, 65534: nil, 0: nil} {
		st.BondsPenalty.Set(s, id, penalty)
		if got := former(); !slices.Equal(got, want) {
			t.Errorf("Auto at a penalty of %d compares with %v, want %v", penalty, got, want)
		}
	}
	st.BondsPenalty.Set(s, id, 65535)
	st.LiquidAlphaOn.Set(s, id, false)
	if former() != nil {
		t.Error("without liquid alpha there is nothing to compare with")
	}

	// Back to Current: what was kept would be too old when the mode comes again.
	st.LiquidAlphaConsensusMode.Set(s, id, state.CurrentConsensus)
	w.epoch(id, 65535, 20000)
	if st.ConsensusByMechanism.Has(s, bt.NetUIDIndex(id)) {
		t.Error("an old consensus stays")
	}
}

// The bonds that an epoch stores are those of the arithmetic with the consensus of the epoch before, and not those with its own.
func TestPreviousConsensusMovesTheBonds(t *testing.T) {
	w, id := liquid(t)
	st, s := &w.Storage, w.c.State
	st.LiquidAlphaConsensusMode.Set(s, id, state.PreviousConsensus)
	w.epoch(id, 65535, 10000)
	before := numbers(st.ConsensusByMechanism.Get(s, bt.NetUIDIndex(id)))

	in := w.Epoch.Input(w.c, id, 0)
	w.epoch(id, 5000, 65535)
	again := w.Epoch.Input(w.c, id, 0) // with the weights of the second epoch, which moved the bonds
	again.Bonds, again.LastStepBlock, again.FormerConsensus = in.Bonds, in.LastStepBlock, before
	again.Emission = 1_000_000_000
	want := yuma.Yuma3(again)
	again.FormerConsensus = nil
	other := yuma.Yuma3(again)
	for uid, row := range want.Bonds {
		var stored []yuma.Entry
		for _, b := range st.Bonds.Get(s, bt.NetUIDIndex(id), uint16(uid)) {
			stored = append(stored, yuma.Entry{UID: b.A, Value: b.B})
		}
		if diff := cmp.Diff(row, stored); diff != "" && len(row)+len(stored) > 0 {
			t.Errorf("bonds of %d: %s", uid, diff)
		}
	}
	if cmp.Equal(want.Bonds, other.Bonds) {
		t.Error("the consensus of the epoch itself gives the same bonds: the test shows nothing")
	}
}

// Each mechanism keeps its own; whoever comes to a uid finds nothing of who was there, and what mechanisms keep goes with them.
func TestConsensusByMechanismFollowsUids(t *testing.T) {
	w, id := liquid(t)
	st, s := &w.Storage, w.c.State
	st.LiquidAlphaConsensusMode.Set(s, id, state.AutoConsensus)
	st.MechanismCountCurrent.Set(s, id, 2)
	w.epoch(id, 65535, 40000)
	second := bt.NetUIDIndex(4096 + uint16(id))
	if first := st.ConsensusByMechanism.Get(s, bt.NetUIDIndex(id)); first[2] == 0 || first[3] == 0 || !st.ConsensusByMechanism.Has(s, second) {
		t.Fatalf("after the epoch %v is kept, of the second mechanism: %t", first, st.ConsensusByMechanism.Has(s, second))
	}
	st.ConsensusByMechanism.Set(s, second, []state.PerU16{1, 2, 3, 4})

	st.MaxAllowedUids.Set(s, id, 4)
	st.ImmunityPeriod.Set(s, id, 1)
	st.MinNonImmuneUids.Set(s, id, 0)
	st.Emission.Set(s, id, []bt.Alpha{9, 9, 9, 1})
	st.RegistrationsThisBlock.Set(s, id, 0)
	w.fund("x cold", 10_000)
	w.do("x cold", burnedRegister, &registration.BurnedRegister{NetUID: id, Hotkey: key("x")})
	if uid := st.Uids.Get(s, id, key("x")); uid != 3 {
		t.Fatalf("the newcomer has uid %d, want 3", uid)
	}
	if got := st.ConsensusByMechanism.Get(s, bt.NetUIDIndex(id)); len(got) != 4 || got[3] != 0 || got[2] == 0 {
		t.Errorf("kept of the first mechanism: %v", got)
	}
	if got := st.ConsensusByMechanism.Get(s, second); !slices.Equal(got, []state.PerU16{1, 2, 3, 0}) {
		t.Errorf("kept of the second mechanism: %v", got)
	}

	if err := w.Subnets.SetMechanismCount(w.c, id, 1); err != nil {
		t.Fatal(err)
	}
	if st.ConsensusByMechanism.Has(s, second) || !st.ConsensusByMechanism.Has(s, bt.NetUIDIndex(id)) {
		t.Error("a mechanism that is gone keeps its consensus, or the other one lost it")
	}
	if err := w.Subnets.Dissolve(w.c, id); err != nil {
		t.Fatal(err)
	}
	if st.ConsensusByMechanism.Has(s, bt.NetUIDIndex(id)) || st.LiquidAlphaConsensusMode.Has(s, id) {
		t.Error("a subnet that is gone left its mode or its consensus")
	}
}
