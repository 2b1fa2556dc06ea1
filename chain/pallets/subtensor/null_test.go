package subtensor_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/yuma"
)

// without is the subnet of validators, with stake of "v" (1) and the owner's hotkey (0) as 3 : 2, and without consensus.
func without(t *testing.T) (w *world, id bt.NetUID) {
	w, id = validators(t)
	st, s := &w.Storage, w.c.State
	st.StakeThreshold.Set(s, 0)
	st.WeightsSetRateLimit.Set(s, id, 0)
	st.Tempo.Set(s, 1, 0) // the first subnet's epochs would take the place of those here
	w.Pools.AddStake(w.c, key("v"), key("v cold"), id, 3_000_000_000_000)
	w.Pools.AddStake(w.c, key("owner hotkey"), key("owner"), id, 2_000_000_000_000)
	w.consensus(id, state.Null)
	return w, id
}

func (w *world) consensus(id bt.NetUID, mode state.EpochConsensus) {
	w.t.Helper()
	if err := w.Epoch.SetConsensus(w.c, id, mode); err != nil {
		w.t.Fatal(err)
	}
}

func sumOf(amounts []bt.Alpha) (total bt.Alpha) {
	for _, a := range amounts {
		total += a
	}
	return total
}

// Only the validator with the most stake may set, commit or reveal, the owner neither, not even for itself; its weights are kept as they are.
func TestOneJudgeWithoutConsensus(t *testing.T) {
	w, id := without(t)
	st, s := &w.Storage, w.c.State
	if got, want := st.ValidatorPermit.Get(s, id), []bool{false, true, false, false}; !slices.Equal(got, want) {
		t.Fatalf("permits %v, want %v", got, want)
	}
	no := w.Error.NeuronNoValidatorPermit
	w.c.Env.Guard = nil // what the guard refuses is refused behind it too
	for _, dests := range [][]uint16{{0}, {2, 3}} {
		w.fails(no, "owner hotkey", 0, &weights.SetWeights{NetUID: id, Dests: dests, Weights: dests})
	}
	w.do("v", 0, &weights.SetWeights{NetUID: id, Dests: []uint16{2, 3}, Weights: []uint16{65534, 1}})
	if got, want := st.Weights.Get(s, bt.NetUIDIndex(id), 1), []scale.Pair[uint16, uint16]{{A: 2, B: 65534}, {A: 3, B: 1}}; !slices.Equal(got, want) {
		t.Errorf("weights %v, want %v", got, want)
	}
	st.CommitRevealWeightsEnabled.Set(s, id, true)
	version := st.CommitRevealWeightsVersion.Get(s)
	for _, c := range []struct {
		index uint8
		args  any
	}{
		{96, &weights.CommitWeights{NetUID: id}},
		{97, &weights.RevealWeights{NetUID: id}},
		{113, &weights.CommitTimelocked{NetUID: id, Commit: weights.Timelocked{1}, RevealRound: 1 << 40, CommitRevealVersion: version}},
	} {
		w.fails(no, "owner hotkey", c.index, c.args)
		if c.index != 97 {
			w.do("v", c.index, c.args)
		}
		w.c.Env.Guard = w.Guard
		w.fails(no, "owner hotkey", c.index, c.args)
		w.c.Env.Guard = nil
	}
	w.fails(w.Error.HotKeyNotRegisteredInSubNet, "nobody", 96, &weights.CommitWeights{NetUID: id})
}

// All mechanisms together pay what there was, to the unit, and what is stored as emission is what was paid.
func TestWholeUnitsInAllMechanisms(t *testing.T) {
	w, id := without(t)
	st, s := &w.Storage, w.c.State
	st.MechanismCountCurrent.Set(s, id, 4)
	w.do("v", 0, &weights.SetWeights{NetUID: id, Dests: []uint16{2, 3}, Weights: []uint16{2, 1}})
	for _, staked := range []bool{true, false} {
		if !staked {
			for _, hotkey := range []string{"v", "owner hotkey"} {
				st.TotalHotkeyAlpha.Set(s, key(hotkey), id, 0)
			}
		}
		for _, miners := range []uint64{0, 1, 2, 3, 5, 501, 1_000_001} {
			var server, dividend bt.Alpha
			for _, e := range w.Epoch.Run(w.c, id, yuma.Budgets{Miners: miners, Validators: 200, Root: 300}) {
				server, dividend = server+e.Server, dividend+e.Dividend
			}
			wantServer, wantDividend := bt.Alpha(miners), bt.Alpha(500)
			if !staked {
				wantServer, wantDividend = bt.Alpha(miners+200), 0
			}
			if server != wantServer || dividend != wantDividend || sumOf(st.Emission.Get(s, id)) != server+dividend {
				t.Errorf("staked %v: miners get %d of %d, validators %d of %d, stored are %v", staked, server, wantServer, dividend, wantDividend, st.Emission.Get(s, id))
			}
		}
	}
}

// Bonds stay while there is no consensus, and those on a neuron that was replaced meanwhile do not count after it.
func TestBondsAreFrozenWithoutConsensus(t *testing.T) {
	for _, stale := range []bool{true, false} {
		w, id := without(t)
		st, s := &w.Storage, w.c.State
		index := bt.NetUIDIndex(id)
		w.consensus(id, state.Yuma)
		if st.LastYumaStepBlock.Get(s, id) != 0 {
			t.Fatal("there was no epoch yet")
		}
		w.Epoch.Done(w.c, id)
		made := uint64(w.c.Env.Number)
		bonds := []scale.Pair[uint16, uint16]{{A: 2, B: 32767}}
		if stale {
			bonds = append(bonds, scale.Pair[uint16, uint16]{A: 3, B: 32768})
		}
		st.Bonds.Set(s, index, 1, bonds)
		w.consensus(id, state.Null)
		w.at(w.c.Env.Number + 50)
		st.BlockAtRegistration.Set(s, id, 3, uint64(w.c.Env.Number)) // replaced
		w.at(w.c.Env.Number + 50)
		w.do("v", 0, &weights.SetWeights{NetUID: id, Dests: []uint16{2, 3}, Weights: []uint16{1, 0}})
		w.Epoch.Run(w.c, id, yuma.Budgets{Miners: 10, Validators: 10})
		w.Epoch.Done(w.c, id)
		if got := st.LastYumaStepBlock.Get(s, id); got != made || st.LastMechansimStepBlock.Get(s, id) != made+100 {
			t.Errorf("bonds were last made in block %d, not %d; the last epoch was in %d", made, got, st.LastMechansimStepBlock.Get(s, id))
		}
		if got := st.Bonds.Get(s, index, 1); !slices.Equal(got, bonds) || st.Bonds.Has(s, index, 0) {
			t.Errorf("bonds %v became %v", bonds, got)
		}
		w.consensus(id, state.Yuma)
		in := w.Epoch.Input(w.c, id, 0)
		if in.LastStepBlock != made {
			t.Errorf("bonds count from block %d on, want %d", in.LastStepBlock, made)
		}
		st.BondsMovingAverage.Set(s, id, 1_000_000) // bonds stay what they are, but for those that do not count
		w.Epoch.Run(w.c, id, yuma.Budgets{Miners: 10, Validators: 10})
		w.Epoch.Done(w.c, id)
		if diff := cmp.Diff([]scale.Pair[uint16, uint16]{{A: 2, B: 32766}}, st.Bonds.Get(s, index, 1)); diff != "" {
			t.Errorf("stale %v: bonds %s", stale, diff)
		}
		if got := st.LastYumaStepBlock.Get(s, id); got != made+100 {
			t.Errorf("bonds were made in block %d, not %d", made+100, got)
		}
	}
}

// What nobody has a part in is recycled: root's budget where nobody who earns has root stake, or nobody has any stake at all.
func TestRootsBudgetWithoutConsensus(t *testing.T) {
	for _, staked := range []bool{true, false} {
		w, id := without(t)
		st, s := &w.Storage, w.c.State
		if !staked {
			for _, hotkey := range []string{"v", "owner hotkey"} {
				st.TotalHotkeyAlpha.Set(s, key(hotkey), id, 0)
			}
		}
		st.SubnetAlphaOut.Set(s, id, 10_000_000_000_000)
		st.PendingServerEmission.Set(s, id, 500)
		st.PendingValidatorEmission.Set(s, id, 200)
		st.PendingRootAlphaDivs.Set(s, id, 300)
		st.PendingOwnerCut.Set(s, id, 0)
		out := st.SubnetAlphaOut.Get(s, id)
		w.stepOnce(id)
		if got := out - st.SubnetAlphaOut.Get(s, id); got != 300 {
			t.Errorf("staked %v: %d were recycled, want 300", staked, got)
		}
		if got := sumOf(st.Emission.Get(s, id)); staked && got != 1000 || !staked && got != 700 {
			t.Errorf("staked %v: %d were shared out", staked, got)
		}
	}
}

// stepOnce runs a block whose only business is the epoch of a subnet, which emits nothing and whose owner's hotkeys are nobody's.
func (w *world) stepOnce(id bt.NetUID) {
	st, s := &w.Storage, w.c.State
	st.FirstEmissionBlockNumber.Delete(s, id)
	st.SubnetOwner.Set(s, id, key("nobody"))
	st.SubnetOwnerHotkey.Delete(s, id)
	st.PendingEpochAt.Set(s, id, uint64(w.c.Env.Number))
	w.OnInitialize(w.c)
}

// Where a subnet without consensus is due, a block runs one epoch; the others wait.
func TestOneEpochWithoutConsensus(t *testing.T) {
	w, id := without(t)
	st, s := &w.Storage, w.c.State
	other := w.subnet("second")
	st.MaxEpochsPerBlock.Set(s, 2)
	for _, mode := range []state.EpochConsensus{state.Null, state.Yuma} {
		w.at(w.c.Env.Number + 1)
		w.consensus(id, mode)
		now := uint64(w.c.Env.Number)
		for _, subnet := range []bt.NetUID{id, other} {
			st.PendingEpochAt.Set(s, subnet, now)
		}
		w.OnInitialize(w.c)
		ran := 0
		for _, subnet := range []bt.NetUID{id, other} {
			if st.LastEpochBlock.Get(s, subnet) == now {
				ran++
			}
		}
		if want := map[state.EpochConsensus]int{state.Null: 1, state.Yuma: 2}[mode]; ran != want {
			t.Errorf("consensus %d: %d epochs ran, want %d", mode, ran, want)
		}
	}
}

// A neuron that comes or goes leaves the rest as it was; a subnet that goes takes what is kept about consensus along.
func TestComingAndGoingWithoutConsensus(t *testing.T) {
	w, id := without(t)
	st, s := &w.Storage, w.c.State
	st.NullPruningTarget.Set(s, id, 64)
	w.fund("late cold", 100)
	w.do("late cold", burnedRegister, &registration.BurnedRegister{NetUID: id, Hotkey: key("late")})
	if got, want := st.ValidatorPermit.Get(s, id), []bool{false, true, false, false, false}; !slices.Equal(got, want) {
		t.Errorf("permits %v, want %v", got, want)
	}
	w.c.Origin = frame.Root()
	if err := w.Subnets.RootDissolveNetwork(w.c, subnets.RootDissolveNetwork{NetUID: id}); err != nil {
		t.Fatal(err)
	}
	if st.SubnetEpochConsensus.Has(s, id) || st.SavedYumaMaxAllowedValidators.Has(s, id) || st.LastYumaStepBlock.Has(s, id) || st.NullPruningTarget.Has(s, id) {
		t.Error("a subnet that is gone still has no consensus")
	}
}
