package subtensor_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// TestEpochLeavesOutUidsWithoutHotkey checks that such uids get nothing, and that the stored values of those behind move up.
func TestEpochLeavesOutUidsWithoutHotkey(t *testing.T) {
	w := newWorld(t)
	netuid := w.subnet("owner")
	for _, name := range []string{"a", "b", "c"} {
		w.miner(name, name+" hotkey", netuid)
	}
	n := w.Storage.SubnetworkN.Get(w.c.State, netuid)
	gone := w.Storage.Uids.Get(w.c.State, netuid, key("b hotkey"))
	behind := w.Storage.Uids.Get(w.c.State, netuid, key("c hotkey"))
	w.Storage.Keys.Delete(w.c.State, netuid, gone)
	w.Storage.ActivityCutoffFactorMilli.Set(w.c.State, netuid, 1000)
	w.Storage.LastUpdate.Mutate(w.c.State, bt.NetUIDIndex(netuid), func(at *[]uint64) { (*at)[behind] = 50_000 })
	w.at(50_001)
	earned := w.Epoch.Run(w.c, netuid, 1000)
	if len(earned) != int(n)-1 {
		t.Errorf("%d hotkeys earned, want %d", len(earned), n-1)
	}
	active := make([]bool, n-1)
	active[behind-1] = true
	if got := w.Storage.Active.Get(w.c.State, netuid); !slices.Equal(got, active) {
		t.Errorf("active %v, want %v", got, active)
	}
	for name, got := range map[string]int{
		"emission":  len(w.Storage.Emission.Get(w.c.State, netuid)),
		"incentive": len(w.Storage.Incentive.Get(w.c.State, bt.NetUIDIndex(netuid))),
		"permits":   len(w.Storage.ValidatorPermit.Get(w.c.State, netuid)),
	} {
		if got != int(n)-1 {
			t.Errorf("%s has %d values, want %d", name, got, n-1)
		}
	}
}

// TestIndexRootStakers checks the rounds of batches: 30 keys a block, and a batch that is not full ends the round.
func TestIndexRootStakers(t *testing.T) {
	w := newWorld(t)
	w.Pools.IndexRootStakers(w.c)
	if w.Storage.AlphaMapLastKey.Has(w.c.State) {
		t.Error("a round began without shares")
	}
	const many = 65
	for i := range byte(many) {
		w.Storage.Alpha.Set(w.c.State, state.AlphaKey{Coldkey: bt.AccountID{i + 1}, NetUID: bt.NetUID(i % 2)}, fixed.OneU64F64)
	}
	var running []bool
	for range 3 {
		w.Pools.IndexRootStakers(w.c)
		_, on := w.Storage.AlphaMapLastKey.Get(w.c.State).Get()
		running = append(running, on)
	}
	if want := []bool{true, true, false}; !slices.Equal(running, want) {
		t.Errorf("the round is running after each block: %v, want %v", running, want)
	}
	if got := w.Storage.NumStakingColdkeys.Get(w.c.State); got != (many+1)/2 {
		t.Errorf("%d coldkeys have numbers, want %d", got, (many+1)/2)
	}
}

// TestClaimRoot checks the three choices, the threshold, and that what was claimed is not claimed again.
func TestClaimRoot(t *testing.T) {
	w := newWorld(t)
	netuid := w.subnet("owner")
	hotkey, coldkey := key("owner hotkey"), key("staker")
	w.Pools.AddStake(w.c, hotkey, coldkey, 0, 4_000_000)
	w.Storage.RootClaimable.Set(w.c.State, hotkey, state.ClaimRates{{A: netuid, B: fixed.I96F32FromRatio(1, 4)}})
	claim := func() (alpha, root bt.Alpha) {
		t.Helper()
		if err := w.Pools.ClaimRoot(w.c, coldkey, nil); err != nil {
			t.Fatal(err)
		}
		return w.Pools.Stake(w.c, hotkey, coldkey, netuid), w.Pools.Stake(w.c, hotkey, coldkey, 0)
	}
	w.Storage.RootClaimableThreshold.Set(w.c.State, netuid, fixed.I96F32FromInt(1_000_001))
	w.Storage.RootClaimType.Set(w.c.State, coldkey, state.RootClaimType{Keep: &scale.Unit{}})
	if alpha, _ := claim(); alpha != 0 {
		t.Errorf("claimed %d below the threshold", alpha)
	}
	w.Storage.RootClaimableThreshold.Set(w.c.State, netuid, fixed.I96F32{})
	for range 2 {
		if alpha, root := claim(); alpha != 1_000_000 || root != 4_000_000 {
			t.Errorf("kept %d, root stake %d, want 1000000 and 4000000", alpha, root)
		}
	}
	key := state.RootClaimedKey{NetUID: netuid, Hotkey: hotkey, Coldkey: coldkey}
	if got, want := w.Storage.RootClaimed.Get(w.c.State, key), (scale.Uint128{Lo: 1_000_000}); !cmp.Equal(got, want) {
		t.Errorf("claimed %v, want %v", got, want)
	}
}
