// Package epoch is when a subnet's epoch is due and what it does with state: it gathers the input of Yuma Consensus from storage, runs it
// (package yuma), and stores incentive, dividends, bonds, permits and the rest. The stake that counts in a subnet is computed here too.
//
// It deliberately holds no consensus arithmetic (yuma) and pays nobody (coinbase).
package epoch

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// Room works on SubtensorModule's state.
type Room struct {
	st    *state.State
	pools *stakepool.Pools
}

// New is the room over SubtensorModule's state and pools.
func New(pools *stakepool.Pools) *Room { return &Room{st: pools.State, pools: pools} }

// globalMaxSubnets spaces the storage indices of mechanisms: index = mechanism * 4096 + netuid.
const globalMaxSubnets = 4096

// MostMechanisms is how many mechanisms the storage indices of a subnet have room for.
const MostMechanisms = 16

// Index is the storage index of a mechanism, saturating as upstream's does.
func Index(id bt.NetUID, mechanism bt.MechID) bt.NetUIDIndex {
	return bt.NetUIDIndex(min(uint32(mechanism)*globalMaxSubnets+uint32(id), 1<<16-1))
}

// maxTempo is both the longest tempo and the number of blocks after which an epoch runs whatever the schedule says.
const maxTempo = 50_400

// Due tells whether the subnet's epoch should run in this block: a pending time is reached, the last one is more than 50,400 blocks ago, or
// tempo blocks have passed since the last slot. Tempo 0 never runs.
func (r *Room) Due(c *frame.Ctx, id bt.NetUID) bool {
	s, st := c.State, &r.st.Storage
	tempo, now := st.Tempo.Get(s, id), uint64(c.Env.Number)
	if tempo == 0 {
		return false
	}
	if pending := st.PendingEpochAt.Get(s, id); pending > 0 && now >= pending {
		return true
	}
	if st.BlocksSinceLastStep.Get(s, id) > maxTempo {
		return true
	}
	return r.pools.UntilEpoch(c, id) == 0
}

// BlocksUntilNext is the number of blocks before the next epoch of the automatic schedule; ok is false for tempo 0.
func (r *Room) BlocksUntilNext(c *frame.Ctx, id bt.NetUID) (blocks uint64, ok bool) {
	tempo := r.st.Storage.Tempo.Get(c.State, id)
	if tempo == 0 {
		return 0, false
	}
	return r.pools.UntilEpoch(c, id), true
}

// NextStart is the block of the next epoch, an owner's trigger included; ok is false for tempo 0.
func (r *Room) NextStart(c *frame.Ctx, id bt.NetUID) (block uint64, ok bool) {
	tempo := r.st.Storage.Tempo.Get(c.State, id)
	if tempo == 0 {
		return 0, false
	}
	next := r.st.Storage.LastEpochBlock.Get(c.State, id) + uint64(tempo)
	if r.pools.Rules.Storage.EpochDue.Get(c.State) == rules.TempoPlusOne {
		next = uint64(c.Env.Number) + r.pools.UntilEpoch(c, id)
	}
	if pending := r.st.Storage.PendingEpochAt.Get(c.State, id); pending > 0 {
		next = min(next, pending)
	}
	return next, true
}

// Current is the subnet's epoch index, counting an epoch that is due in this block as begun: commits and reveals go by it.
func (r *Room) Current(c *frame.Ctx, id bt.NetUID) uint64 {
	index := r.st.Storage.SubnetEpochIndex.Get(c.State, id)
	if r.Due(c, id) {
		index++
	}
	return index
}

// CommitExpired tells whether weights committed in an epoch can no longer be revealed.
func (r *Room) CommitExpired(c *frame.Ctx, id bt.NetUID, committed uint64) bool {
	return r.Current(c, id) > committed+r.st.Storage.RevealPeriodEpochs.Get(c.State, id)
}

// Revealable tells whether weights committed in an epoch may be revealed now.
func (r *Room) Revealable(c *frame.Ctx, id bt.NetUID, committed uint64) bool {
	return r.Current(c, id) == committed+r.st.Storage.RevealPeriodEpochs.Get(c.State, id)
}

// OwnerUID is the uid of the owner's hotkey, if it has one.
func (r *Room) OwnerUID(c *frame.Ctx, id bt.NetUID) (bt.UID, bool) {
	hotkey, ok := r.st.Storage.SubnetOwnerHotkey.TryGet(c.State, id)
	if !ok {
		return 0, false
	}
	uid, ok := r.st.Storage.Uids.TryGet(c.State, id, hotkey)
	return bt.UID(uid), ok
}

// Consistent tells whether the subnet's keys are fit for an epoch: no hotkey stands at two uids.
func (r *Room) Consistent(c *frame.Ctx, id bt.NetUID) bool {
	seen := map[bt.AccountID]bool{}
	for _, hotkey := range r.st.Storage.Keys.Of(c.State, id) {
		if seen[hotkey] {
			return false
		}
		seen[hotkey] = true
	}
	return true
}
