package stakepool

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// acceptsLocked is the bit of an account's flags by which it accepts locked alpha.
const acceptsLocked = 1

// lock is a coldkey's lock on a subnet with the aggregate that it counts in: that of all locks of its kind to the same hotkey, or to the owner's.
type lock struct {
	coldkey, hotkey bt.AccountID
	netuid          bt.NetUID
	rule            lockRule
	own, aggregate  state.LockState
}

// readLock finds a coldkey's lock on a subnet: there is at most one.
func (p *Pools) readLock(c *frame.Ctx, coldkey bt.AccountID, netuid bt.NetUID) (lock, bool) {
	for key := range p.Storage.Lock.Of(c.State, state.LockKey{Coldkey: coldkey, NetUID: netuid}, 2) {
		return p.readLockTo(c, coldkey, key.Hotkey, netuid), true
	}
	return lock{}, false
}

func (p *Pools) readLockTo(c *frame.Ctx, coldkey, hotkey bt.AccountID, netuid bt.NetUID) lock {
	l := lock{coldkey: coldkey, hotkey: hotkey, netuid: netuid, rule: p.lockRule(c, coldkey, hotkey, netuid)}
	var ok bool
	if l.own, ok = p.Storage.Lock.TryGet(c.State, state.LockKey{Coldkey: coldkey, NetUID: netuid, Hotkey: hotkey}); !ok {
		l.own = emptyLock(Now(c))
	}
	if l.aggregate, ok = p.readAggregate(c, l); !ok {
		l.aggregate = emptyLock(Now(c))
	}
	return l
}

// readAggregate is the aggregate that a lock of its rule counts in.
func (p *Pools) readAggregate(c *frame.Ctx, l lock) (state.LockState, bool) {
	switch {
	case l.rule.Owner && l.rule.Perpetual:
		return p.Storage.OwnerLock.TryGet(c.State, l.netuid)
	case l.rule.Owner:
		return p.Storage.DecayingOwnerLock.TryGet(c.State, l.netuid)
	case l.rule.Perpetual:
		return p.Storage.HotkeyLock.TryGet(c.State, l.netuid, l.hotkey)
	}
	return p.Storage.DecayingHotkeyLock.TryGet(c.State, l.netuid, l.hotkey)
}

func (p *Pools) lockRule(c *frame.Ctx, coldkey, hotkey bt.AccountID, netuid bt.NetUID) lockRule {
	decaying, set := p.Storage.DecayingLock.TryGet(c.State, coldkey, netuid)
	return lockRule{
		Unlock: p.Storage.UnlockRate.Get(c.State), Maturity: p.Storage.MaturityRate.Get(c.State),
		Owner:     hotkey == p.Storage.SubnetOwnerHotkey.Get(c.State, netuid),
		Perpetual: set && !decaying,
	}
}

func (p *Pools) writeOwnLock(c *frame.Ctx, l lock) {
	key := state.LockKey{Coldkey: l.coldkey, NetUID: l.netuid, Hotkey: l.hotkey}
	holder := state.LockingColdkeysKey{NetUID: l.netuid, Hotkey: l.hotkey, Coldkey: l.coldkey}
	if isDust(l.own) {
		p.Storage.LockingColdkeys.Delete(c.State, holder)
		p.Storage.Lock.Delete(c.State, key)
		return
	}
	p.Storage.LockingColdkeys.Set(c.State, holder, struct{}{})
	p.Storage.Lock.Set(c.State, key, l.own)
}

func (p *Pools) writeAggregate(c *frame.Ctx, l lock) {
	s, gone := c.State, l.aggregate.LockedMass == 0 && l.aggregate.Conviction.IsZero()
	switch {
	case l.rule.Owner && l.rule.Perpetual && gone:
		p.Storage.OwnerLock.Delete(s, l.netuid)
	case l.rule.Owner && l.rule.Perpetual:
		p.Storage.OwnerLock.Set(s, l.netuid, l.aggregate)
	case l.rule.Owner && gone:
		p.Storage.DecayingOwnerLock.Delete(s, l.netuid)
	case l.rule.Owner:
		p.Storage.DecayingOwnerLock.Set(s, l.netuid, l.aggregate)
	case l.rule.Perpetual && gone:
		p.Storage.HotkeyLock.Delete(s, l.netuid, l.hotkey)
	case l.rule.Perpetual:
		p.Storage.HotkeyLock.Set(s, l.netuid, l.hotkey, l.aggregate)
	case gone:
		p.Storage.DecayingHotkeyLock.Delete(s, l.netuid, l.hotkey)
	default:
		p.Storage.DecayingHotkeyLock.Set(s, l.netuid, l.hotkey, l.aggregate)
	}
}

// roll brings the lock to the block now, and the aggregate with it: by what the lock lost, or by itself when it lost nothing.
func (l *lock) roll(now uint64) {
	before := l.own
	l.own = l.rule.roll(l.own, now)
	mass, conviction := before.LockedMass-min(before.LockedMass, l.own.LockedMass), before.Conviction.Sub(l.own.Conviction)
	if mass == 0 && conviction.IsZero() {
		l.aggregate = l.rule.roll(l.aggregate, now)
		return
	}
	l.aggregate = reducedLock(l.aggregate, mass, conviction)
	l.aggregate.LastUpdate = now
}

// settleLock brings a coldkey's lock on a subnet up to date, and removes it when nothing is left.
func (p *Pools) settleLock(c *frame.Ctx, coldkey bt.AccountID, netuid bt.NetUID) {
	if l, ok := p.readLock(c, coldkey, netuid); ok {
		l.roll(Now(c))
		p.writeOwnLock(c, l)
		p.writeAggregate(c, l)
	}
}

// Locked is how much of a coldkey's alpha on a subnet is locked now.
func (p *Pools) Locked(c *frame.Ctx, coldkey bt.AccountID, netuid bt.NetUID) bt.Alpha {
	l, ok := p.readLock(c, coldkey, netuid)
	if !ok {
		return 0
	}
	return l.rule.roll(l.own, Now(c)).LockedMass
}

// Unlocked is how much of a coldkey's alpha on a subnet is free to leave.
func (p *Pools) Unlocked(c *frame.Ctx, coldkey bt.AccountID, netuid bt.NetUID) bt.Alpha {
	total := p.ColdkeyStake(c, coldkey, netuid)
	return total - min(total, p.Locked(c, coldkey, netuid))
}

// forceReduceLock takes an amount from a coldkey's lock, whose alpha is gone.
func (p *Pools) forceReduceLock(c *frame.Ctx, coldkey bt.AccountID, netuid bt.NetUID, amount bt.Alpha) {
	l, ok := p.readLock(c, coldkey, netuid)
	if !ok {
		return
	}
	now := Now(c)
	l.roll(now)
	l.aggregate = l.rule.roll(l.aggregate, now)
	before, left := l.own, l.own.LockedMass-min(l.own.LockedMass, amount)
	l.own = state.LockState{LockedMass: left, LastUpdate: now}
	if left != 0 {
		removed := fixed.U64F64FromUint(uint64(amount)).SafeDiv(fixed.U64F64FromUint(uint64(before.LockedMass)))
		l.own.Conviction = before.Conviction.Mul(fixed.OneU64F64.Sub(removed))
	}
	l.aggregate = reducedLock(l.aggregate, before.LockedMass-left, before.Conviction.Sub(l.own.Conviction))
	p.writeOwnLock(c, l)
	p.writeAggregate(c, l)
}

// transferLock moves so much of a coldkey's lock to another coldkey as an amount of alpha needs beyond what is free.
func (p *Pools) transferLock(c *frame.Ctx, from, to bt.AccountID, netuid bt.NetUID, amount bt.Alpha) error {
	if from == to || amount == 0 {
		return nil
	}
	source, ok := p.readLock(c, from, netuid)
	if !ok {
		return nil
	}
	now := Now(c)
	total := p.ColdkeyStake(c, from, netuid)
	source.own = source.rule.roll(source.own, now)
	destination, has := p.readLock(c, to, netuid)
	if has {
		destination.own = destination.rule.roll(destination.own, now)
	} else {
		destination = p.readLockTo(c, to, source.hotkey, netuid)
	}

	free := total - min(total, source.own.LockedMass)
	mass, conviction := bt.Alpha(0), fixed.U64F64{}
	if beyond := amount - min(amount, free); beyond != 0 {
		if destination.hotkey != source.hotkey {
			return p.Error.LockHotkeyMismatch
		}
		mass = min(beyond, source.own.LockedMass)
		part := fixed.U64F64FromUint(uint64(mass)).SafeDiv(fixed.U64F64FromUint(uint64(source.own.LockedMass)))
		conviction = source.own.Conviction.Mul(part)
		source.own = reducedLock(source.own, mass, conviction)
		destination.own.LockedMass = addSaturating(destination.own.LockedMass, mass)
		destination.own.Conviction = destination.own.Conviction.Add(conviction)
	}
	if mass != 0 && p.Storage.AccountFlags.Get(c.State, to).Lo&acceptsLocked == 0 {
		return p.Error.AccountRejectsLockedAlpha
	}
	source.own = source.rule.roll(source.own, now)
	destination.own = destination.rule.roll(destination.own, now)
	p.writeOwnLock(c, source)
	p.writeOwnLock(c, destination)
	if mass == 0 {
		return nil
	}
	// Each aggregate is read afresh: both may be the same one.
	p.reduceAggregate(c, from, source.hotkey, netuid, mass, conviction)
	p.addAggregate(c, to, destination.hotkey, netuid, state.LockState{LockedMass: mass, Conviction: conviction, LastUpdate: now})
	return nil
}

// reduceAggregate takes what left a coldkey's lock from the aggregate that it counts in; addAggregate adds what came.
func (p *Pools) reduceAggregate(c *frame.Ctx, coldkey, hotkey bt.AccountID, netuid bt.NetUID, mass bt.Alpha, conviction fixed.U64F64) {
	l := p.readLockTo(c, coldkey, hotkey, netuid)
	l.aggregate = reducedLock(l.rule.roll(l.aggregate, Now(c)), mass, conviction)
	p.writeAggregate(c, l)
}

func (p *Pools) addAggregate(c *frame.Ctx, coldkey, hotkey bt.AccountID, netuid bt.NetUID, added state.LockState) {
	l, now := p.readLockTo(c, coldkey, hotkey, netuid), Now(c)
	l.aggregate = l.rule.roll(mergedLock(l.rule.roll(l.aggregate, now), added), now)
	p.writeAggregate(c, l)
}

// ClearLocks removes all locks of a subnet.
func (p *Pools) ClearLocks(c *frame.Ctx, netuid bt.NetUID) {
	s, prefix := c.State, state.LockingColdkeysKey{NetUID: netuid}
	for key := range p.Storage.LockingColdkeys.Of(s, prefix, 1) {
		p.Storage.Lock.Delete(s, state.LockKey{Coldkey: key.Coldkey, NetUID: netuid, Hotkey: key.Hotkey})
	}
	p.Storage.LockingColdkeys.DeleteOf(s, prefix, 1)
	p.Storage.HotkeyLock.DeleteOf(s, netuid)
	p.Storage.DecayingHotkeyLock.DeleteOf(s, netuid)
	p.Storage.OwnerLock.Delete(s, netuid)
	p.Storage.DecayingOwnerLock.Delete(s, netuid)
	for key := range p.Storage.DecayingLock.All(s) {
		if key.B == netuid {
			p.Storage.DecayingLock.Delete(s, key.A, netuid)
		}
	}
}

// LockStake locks more of a coldkey's alpha on a subnet to a hotkey. Event StakeLocked. It fails with LockHotkeyMismatch when the coldkey has a lock to another
// hotkey there, and with InsufficientStakeForLock when its stake does not cover what would be locked.
func (p *Pools) LockStake(c *frame.Ctx, coldkey, hotkey bt.AccountID, netuid bt.NetUID, amount bt.Alpha) error {
	l, ok := p.readLock(c, coldkey, netuid)
	if !ok {
		l = p.readLockTo(c, coldkey, hotkey, netuid)
	} else if l.hotkey != hotkey {
		return p.Error.LockHotkeyMismatch
	}
	now, total := Now(c), p.ColdkeyStake(c, coldkey, netuid)
	l.roll(now)
	if l.own.LockedMass == 0 && l.own.Conviction.IsZero() {
		l.own = emptyLock(now)
	}
	l.own.LockedMass = addSaturating(l.own.LockedMass, amount)
	if total < l.own.LockedMass {
		return p.Error.InsufficientStakeForLock
	}
	l.own = l.rule.roll(l.own, now)
	added := state.LockState{LockedMass: amount, LastUpdate: now}
	l.aggregate = l.rule.roll(mergedLock(l.rule.roll(l.aggregate, now), added), now)
	p.writeOwnLock(c, l)
	p.writeAggregate(c, l)
	p.Event.StakeLocked.Emit(c, state.StakeLocked{Coldkey: coldkey, Hotkey: hotkey, NetUID: netuid, Amount: amount})
	return nil
}

// MoveLock moves a coldkey's lock on a subnet to another hotkey. Its conviction stays only when one coldkey owns both. Event LockMoved. It fails with
// NoExistingLock.
func (p *Pools) MoveLock(c *frame.Ctx, coldkey, to bt.AccountID, netuid bt.NetUID) error {
	l, ok := p.readLock(c, coldkey, netuid)
	if !ok {
		return p.Error.NoExistingLock
	}
	now := Now(c)
	l.roll(now)
	moved := lock{coldkey: coldkey, hotkey: to, netuid: netuid, rule: p.lockRule(c, coldkey, to, netuid), own: l.own}
	if p.OwnerOf(c, l.hotkey) != p.OwnerOf(c, to) {
		moved.own.Conviction = fixed.U64F64{}
	}
	moved.own = moved.rule.roll(moved.own, now)
	p.Storage.Lock.Delete(c.State, state.LockKey{Coldkey: coldkey, NetUID: netuid, Hotkey: l.hotkey})
	p.Storage.LockingColdkeys.Delete(c.State, state.LockingColdkeysKey{NetUID: netuid, Hotkey: l.hotkey, Coldkey: coldkey})
	p.writeOwnLock(c, moved)
	p.reduceAggregate(c, coldkey, l.hotkey, netuid, l.own.LockedMass, l.own.Conviction)
	p.addAggregate(c, coldkey, to, netuid, moved.own)
	p.Event.LockMoved.Emit(c, state.LockMoved{Coldkey: coldkey, OriginHotkey: l.hotkey, DestinationHotkey: to, NetUID: netuid})
	return nil
}

// SetPerpetual makes a coldkey's lock on a subnet keep its mass, or lose it with time; the lock then counts in the other aggregate. Event PerpetualLockUpdated.
func (p *Pools) SetPerpetual(c *frame.Ctx, coldkey bt.AccountID, netuid bt.NetUID, perpetual bool) {
	l, ok := p.readLock(c, coldkey, netuid)
	decaying, set := p.Storage.DecayingLock.TryGet(c.State, coldkey, netuid)
	change, now := (set && !decaying) != perpetual, Now(c)
	if ok {
		l.roll(now)
		p.writeOwnLock(c, l)
		p.writeAggregate(c, l)
		if change {
			l.aggregate = reducedLock(l.rule.roll(l.aggregate, now), l.own.LockedMass, l.own.Conviction)
			p.writeAggregate(c, l)
		}
	}
	if perpetual {
		p.Storage.DecayingLock.Set(c.State, coldkey, netuid, false)
	} else {
		p.Storage.DecayingLock.Delete(c.State, coldkey, netuid)
	}
	if l, ok := p.readLock(c, coldkey, netuid); ok && change {
		l.aggregate = l.rule.roll(mergedLock(l.rule.roll(l.aggregate, now), l.own), now)
		p.writeAggregate(c, l)
	}
	p.Event.PerpetualLockUpdated.Emit(c, state.PerpetualLockUpdated{Coldkey: coldkey, NetUID: netuid, Enabled: perpetual})
}

// SetRejectLocked makes an account refuse, or accept, alpha that is locked. Event RejectLockedAlphaUpdated.
func (p *Pools) SetRejectLocked(c *frame.Ctx, coldkey bt.AccountID, reject bool) {
	p.AcceptLocked(c, coldkey, !reject)
	p.Event.RejectLockedAlphaUpdated.Emit(c, state.RejectLockedAlphaUpdated{Coldkey: coldkey, Enabled: reject})
}

// AcceptLocked makes an account accept, or refuse, alpha that is locked.
func (p *Pools) AcceptLocked(c *frame.Ctx, coldkey bt.AccountID, accept bool) {
	flags := p.Storage.AccountFlags.Get(c.State, coldkey)
	if flags.Lo |= acceptsLocked; !accept {
		flags.Lo &^= acceptsLocked
	}
	p.setFlags(c, coldkey, flags)
}

func (p *Pools) setFlags(c *frame.Ctx, coldkey bt.AccountID, flags scale.Uint128) {
	if flags.Lo|flags.Hi == 0 {
		p.Storage.AccountFlags.Delete(c.State, coldkey)
	} else {
		p.Storage.AccountFlags.Set(c.State, coldkey, flags)
	}
}
