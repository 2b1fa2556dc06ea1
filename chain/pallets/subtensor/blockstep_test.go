package subtensor_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/yuma"
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
	earned := w.Epoch.Run(w.c, netuid, yuma.Budgets{Miners: 1000})
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
		if _, err := w.Pools.ClaimRoot(w.c, coldkey, nil); err != nil {
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

// TestOwnerByConviction checks that a subnet goes to its most convicted hotkey's owner after a year, and that the locks change roles.
func TestOwnerByConviction(t *testing.T) {
	w := newWorld(t)
	netuid := w.subnet("owner")
	w.fund("rival", 10)
	if err := w.Pools.Associate(w.c, key("rival"), key("rival hotkey")); err != nil {
		t.Fatal(err)
	}
	const year = 365*7200 + 1800
	lock := func(mass uint64) state.LockState {
		return state.LockState{LockedMass: bt.Alpha(mass), Conviction: fixed.U64F64FromUint(mass), LastUpdate: year + 1}
	}
	w.Storage.OwnerLock.Set(w.c.State, netuid, lock(200))
	w.Storage.HotkeyLock.Set(w.c.State, netuid, key("rival hotkey"), lock(500))
	owner := func(block uint32, out bt.Alpha) bt.AccountID {
		w.at(block)
		w.Storage.SubnetAlphaOut.Set(w.c.State, netuid, out)
		w.Subnets.OwnerByConviction(w.c, netuid)
		return w.Storage.SubnetOwner.Get(w.c.State, netuid)
	}
	if owner(year, 7000) != key("owner") || owner(year+1, 7001) != key("owner") {
		t.Error("the owner changed before a year, or below a tenth")
	}
	if owner(year+1, 7000) != key("rival") || w.Storage.SubnetOwnerHotkey.Get(w.c.State, netuid) != key("rival hotkey") {
		t.Error("the owner did not change")
	}
	if !w.Storage.Uids.Has(w.c.State, netuid, key("rival hotkey")) {
		t.Error("the new owner has no uid")
	}
	if got := w.Storage.OwnerLock.Get(w.c.State, netuid); got != lock(500) {
		t.Errorf("lock to the owner %+v", got)
	}
	if got := w.Storage.HotkeyLock.Get(w.c.State, netuid, key("owner hotkey")); got != lock(200) {
		t.Errorf("lock to the former owner %+v", got)
	}
	if w.Storage.HotkeyLock.Has(w.c.State, netuid, key("rival hotkey")) {
		t.Error("the new owner's hotkey still has a lock as any hotkey")
	}
}

// TestPayLease checks that the contributors' part waits, and is shared out in the block of distribution.
func TestPayLease(t *testing.T) {
	w := newWorld(t)
	netuid := w.subnet("owner")
	hotkey := key("owner hotkey")
	w.Pools.AddStake(w.c, hotkey, key("owner"), netuid, 100_000_000_000)
	w.Storage.SubnetUidToLeaseId.Set(w.c.State, netuid, 7)
	w.Storage.SubnetLeases.Set(w.c.State, 7, state.SubnetLease{
		Beneficiary: key("beneficiary"), Coldkey: key("owner"), Hotkey: hotkey, EmissionsShare: 30, NetUID: netuid,
	})
	w.Storage.SubnetLeaseShares.Set(w.c.State, 7, key("contributor"), fixed.U64F64FromRatio(1, 4))
	every := w.Constants.LeaseDividendsDistributionInterval.Get()
	w.at(every - 1)
	w.Subnets.PayLease(w.c, netuid, 10_000_000_001)
	if got := w.Storage.AccumulatedLeaseDividends.Get(w.c.State, 7); got != 3_000_000_001 {
		t.Errorf("%d waits, want 30%% rounded up", got)
	}
	w.at(every)
	w.Subnets.PayLease(w.c, netuid, 3_333_333_330)
	if got := w.Storage.AccumulatedLeaseDividends.Get(w.c.State, 7); got != 0 {
		t.Errorf("%d still waits", got)
	}
	for who, want := range map[string]bt.Alpha{"contributor": 1_000_000_000, "beneficiary": 3_000_000_000, "owner": 96_000_000_000} {
		if got := w.Pools.Stake(w.c, hotkey, key(who), netuid); got != want {
			t.Errorf("%s has %d, want %d", who, got, want)
		}
	}
}

// TestVotingPower checks that the stake of those with a permit is smoothed, and that the record goes at the last block.
func TestVotingPower(t *testing.T) {
	w := newWorld(t)
	netuid := w.subnet("owner")
	w.Pools.AddStake(w.c, key("owner hotkey"), key("owner"), netuid, 1_000_000)
	w.Storage.VotingPower.Set(w.c.State, netuid, key("nobody"), 5)
	w.Epoch.Run(w.c, netuid, yuma.Budgets{})
	if got := w.Storage.VotingPower.Get(w.c.State, netuid, key("owner hotkey")); got != 0 {
		t.Errorf("power %d without tracking", got)
	}
	w.Storage.VotingPowerTrackingEnabled.Set(w.c.State, netuid, true)
	w.Storage.VotingPowerEmaAlpha.Set(w.c.State, netuid, 500_000_000_000_000_000)
	for _, want := range []uint64{500_000, 750_000} {
		w.Epoch.Run(w.c, netuid, yuma.Budgets{})
		if got := w.Storage.VotingPower.Get(w.c.State, netuid, key("owner hotkey")); got != want {
			t.Errorf("power %d, want %d", got, want)
		}
	}
	if w.Storage.VotingPower.Has(w.c.State, netuid, key("nobody")) {
		t.Error("who is not registered still has power")
	}
	w.Storage.VotingPowerDisableAtBlock.Set(w.c.State, netuid, 1)
	w.Epoch.Run(w.c, netuid, yuma.Budgets{})
	if w.Storage.VotingPower.Has(w.c.State, netuid, key("owner hotkey")) || w.Storage.VotingPowerTrackingEnabled.Get(w.c.State, netuid) {
		t.Error("tracking goes on after its last block")
	}
}
