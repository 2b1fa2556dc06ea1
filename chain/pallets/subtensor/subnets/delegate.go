package subnets

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// setChildren is the number of the clock of childkey changes, and childrenPause its limit in blocks.
const (
	setChildren   = 0
	childrenPause = 150
)

// delegateRoot makes a new subnet's owner hotkey the only child of every root member that has not declined it, so that their root stake counts for it.
func (r *Room) delegateRoot(c *frame.Ctx, netuid bt.NetUID) {
	st, s := &r.Storage, c.State
	owner := st.SubnetOwnerHotkey.Get(s, netuid)
	const whole = 1<<64 - 1
	for _, member := range st.Keys.Of(s, stakepool.Root) {
		clock := state.TransactionKeyLastBlockKey{Hotkey: member, NetUID: netuid, Name: setChildren}
		if member == owner || !st.AutoParentDelegationEnabled.Get(s, member) || !r.HotkeyExists(c, member) ||
			!Passed(c, st.TransactionKeyLastBlock.Get(s, clock), childrenPause) ||
			uint64(r.HotkeyWorth(c, member)) < st.StakeThreshold.Get(s) {
			continue
		}
		st.TransactionKeyLastBlock.Set(s, clock, stakepool.Now(c))
		children := []scale.Pair[uint64, bt.AccountID]{{A: whole, B: owner}}
		if st.SubtokenEnabled.Get(s, netuid) {
			ready := addSaturating(stakepool.Now(c), st.PendingChildKeyCooldown.Get(s))
			st.PendingChildKeys.Set(s, netuid, member, scale.Pair[[]scale.Pair[uint64, bt.AccountID], uint64]{A: children, B: ready})
			r.Event.SetChildrenScheduled.Emit(c, state.SetChildrenScheduled{Hotkey: member, NetUID: netuid, CooldownBlock: ready, Children: children})
			continue
		}
		st.ChildKeys.Set(s, member, netuid, children)
		st.ParentKeys.Mutate(s, owner, netuid, func(parents *[]scale.Pair[uint64, bt.AccountID]) {
			at := slices.IndexFunc(*parents, func(p scale.Pair[uint64, bt.AccountID]) bool { return p.B == member })
			if at < 0 {
				*parents = append(*parents, scale.Pair[uint64, bt.AccountID]{A: whole, B: member})
			} else {
				(*parents)[at].A = whole
			}
		})
		r.Event.SetChildren.Emit(c, state.SetChildren{Hotkey: member, NetUID: netuid, Children: children})
	}
}
