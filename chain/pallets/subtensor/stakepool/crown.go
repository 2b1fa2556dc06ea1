package stakepool

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/fixed"
)

// AutoLock locks what a subnet's owner was just paid, where the subnet does so: to the hotkey of the owner's lock, or to the subnet's if there is none yet.
func (p *Pools) AutoLock(c *frame.Ctx, netuid bt.NetUID, amount bt.Alpha) {
	if amount == 0 || !p.Storage.OwnerCutAutoLockEnabled.Get(c.State, netuid) {
		return
	}
	owner, hotkey := p.Storage.SubnetOwner.Get(c.State, netuid), p.Storage.SubnetOwnerHotkey.Get(c.State, netuid)
	if l, ok := p.readLock(c, owner, netuid); ok {
		hotkey = l.hotkey
	}
	if p.HotkeyExists(c, hotkey) {
		_ = p.LockStake(c, owner, hotkey, netuid, amount) // what the stake does not cover stays unlocked
	}
}

// TotalConviction is the conviction of all locks on a subnet.
func (p *Pools) TotalConviction(c *frame.Ctx, netuid bt.NetUID) (total fixed.U64F64) {
	p.aggregates(c, netuid, func(a convicted) { total = total.Add(a.conviction) })
	return total
}

// CrownLocks moves the aggregates of locks when a subnet's owner hotkey changes: the old one's become those of any hotkey, the new one's those of the owner.
// SubnetOwnerHotkey itself is set by the caller.
func (p *Pools) CrownLocks(c *frame.Ctx, netuid bt.NetUID, from, to bt.AccountID) {
	p.crown(c, netuid, from, to, true, &p.Storage.OwnerLock, &p.Storage.HotkeyLock)
	p.crown(c, netuid, from, to, false, &p.Storage.DecayingOwnerLock, &p.Storage.DecayingHotkeyLock)
}

func (p *Pools) crown(
	c *frame.Ctx, netuid bt.NetUID, from, to bt.AccountID, perpetual bool,
	owners *storage.Map[storage.Identity, bt.NetUID, state.LockState],
	hotkeys *storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, state.LockState],
) {
	s, now := c.State, Now(c)
	owner := lockRule{
		Unlock: p.Storage.UnlockRate.Get(s), Maturity: p.Storage.MaturityRate.Get(s), Owner: true, Perpetual: perpetual,
	}
	other := owner
	other.Owner = false
	if l, ok := owners.TryGet(s, netuid); ok {
		owners.Delete(s, netuid)
		merged := mergedLock(emptyLock(now), owner.roll(l, now))
		if old, ok := hotkeys.TryGet(s, netuid, from); ok {
			merged = mergedLock(other.roll(old, now), merged)
		}
		hotkeys.Delete(s, netuid, from)
		if !isVoid(merged) {
			hotkeys.Set(s, netuid, from, merged)
		}
	}
	if l, ok := hotkeys.TryGet(s, netuid, to); ok {
		hotkeys.Delete(s, netuid, to)
		if l = owner.roll(mergedLock(emptyLock(now), other.roll(l, now)), now); !isVoid(l) {
			owners.Set(s, netuid, l)
		}
	}
}

// isVoid tells whether nothing is in a lock; other than dust, such aggregates are not kept.
func isVoid(l state.LockState) bool { return l.LockedMass == 0 && l.Conviction.IsZero() }
