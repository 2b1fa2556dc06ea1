package stakepool

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// Touched counts the rows that a call whose cost is told afterwards has read and written, as upstream counts them.
type Touched struct{ Reads, Writes uint64 }

// Add counts further rows.
func (t *Touched) Add(reads, writes uint64) {
	t.Reads += reads
	t.Writes += writes
}

// SwapHotkeyLocks gives the locks to a hotkey on some subnets, and their aggregates, to another hotkey. It comes before the hotkey's part as the owner's moves.
func (p *Pools) SwapHotkeyLocks(c *frame.Ctx, old, to bt.AccountID, netuids []bt.NetUID, t *Touched) {
	st, s := &p.Storage, c.State
	for _, netuid := range netuids {
		t.Add(5, 0)
		owner := st.SubnetOwnerHotkey.Get(s, netuid)
		if owner == old || owner == to || st.HotkeyLock.Has(s, netuid, old) || st.DecayingHotkeyLock.Has(s, netuid, old) {
			p.swapOwnLocks(c, old, to, netuid, t)
			t.Add(0, 6)
		}
	}
	for _, netuid := range netuids {
		for _, perpetual := range []bool{true, false} {
			p.swapAggregate(c, old, to, netuid, perpetual)
		}
	}
}

// swapOwnLocks moves each coldkey's lock. Coldkeys in the index that have none are dropped from it.
func (p *Pools) swapOwnLocks(c *frame.Ctx, old, to bt.AccountID, netuid bt.NetUID, t *Touched) {
	st, s, now := &p.Storage, c.State, Now(c)
	owner := st.SubnetOwnerHotkey.Get(s, netuid)
	for key := range st.LockingColdkeys.Of(s, state.LockingColdkeysKey{NetUID: netuid, Hotkey: old}, 2) {
		st.LockingColdkeys.Delete(s, key)
		at := state.LockKey{Coldkey: key.Coldkey, NetUID: netuid, Hotkey: old}
		own, ok := st.Lock.TryGet(s, at)
		if !ok {
			t.Add(1, 1)
			continue
		}
		t.Add(1, 2)
		rule := p.lockRule(c, key.Coldkey, old, netuid)
		own = rule.roll(own, now)
		rule.Owner = owner == old || owner == to
		st.Lock.Delete(s, at)
		p.writeOwnLock(c, lock{coldkey: key.Coldkey, hotkey: to, netuid: netuid, own: rule.roll(own, now)})
	}
}

func (p *Pools) swapAggregate(c *frame.Ctx, old, to bt.AccountID, netuid bt.NetUID, perpetual bool) {
	st, s, now := &p.Storage, c.State, Now(c)
	owner := st.SubnetOwnerHotkey.Get(s, netuid)
	rule := lockRule{Unlock: st.UnlockRate.Get(s), Maturity: st.MaturityRate.Get(s), Owner: owner == old, Perpetual: perpetual}
	from := lock{hotkey: old, netuid: netuid, rule: rule}
	var ok bool
	if from.aggregate, ok = p.readAggregate(c, from); !ok {
		return
	}
	moved := from
	from.aggregate = state.LockState{}
	p.writeAggregate(c, from)
	moved.hotkey, moved.rule.Owner = to, owner == old || owner == to
	moved.aggregate = moved.rule.roll(rule.roll(moved.aggregate, now), now)
	p.writeAggregate(c, moved)
}

// SwapColdkeyLocks gives a coldkey's locks, the kinds that it chose for them and its flags to another coldkey. It fails with ActiveLockExists when that one has
// locks, and with AccountRejectsLockedAlpha.
func (p *Pools) SwapColdkeyLocks(c *frame.Ctx, old, to bt.AccountID) error {
	st, s, now := &p.Storage, c.State, Now(c)
	for key, own := range st.Lock.Of(s, state.LockKey{Coldkey: to}, 1) {
		if p.lockRule(c, to, key.Hotkey, key.NetUID).roll(own, now).LockedMass > 0 {
			return p.Error.ActiveLockExists
		}
	}
	rejects := st.AccountFlags.Get(s, to).Lo&acceptsLocked == 0
	var moving []lock
	for key, own := range st.Lock.Of(s, state.LockKey{Coldkey: old}, 1) {
		l := lock{coldkey: to, hotkey: key.Hotkey, netuid: key.NetUID, rule: p.lockRule(c, old, key.Hotkey, key.NetUID)}
		l.own = l.rule.roll(own, now)
		if rejects && l.own.LockedMass > 0 {
			return p.Error.AccountRejectsLockedAlpha
		}
		moving = append(moving, l)
	}
	for _, l := range moving {
		st.Lock.Delete(s, state.LockKey{Coldkey: old, NetUID: l.netuid, Hotkey: l.hotkey})
		st.LockingColdkeys.Delete(s, state.LockingColdkeysKey{NetUID: l.netuid, Hotkey: l.hotkey, Coldkey: old})
		p.reduceAggregate(c, old, l.hotkey, l.netuid, l.own.LockedMass, l.own.Conviction)
	}
	for netuid, decaying := range st.DecayingLock.Of(s, old) {
		st.DecayingLock.Delete(s, old, netuid)
		st.DecayingLock.Set(s, to, netuid, decaying)
	}
	p.setFlags(c, to, st.AccountFlags.Take(s, old))
	for _, l := range moving {
		l.own = l.rule.roll(l.own, now)
		p.writeOwnLock(c, l)
		p.addAggregate(c, to, l.hotkey, l.netuid, l.own)
	}
	return nil
}
