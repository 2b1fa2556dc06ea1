package stakepool

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
)

// ColdkeyLock is a coldkey's lock on a subnet as it is now, if it has one.
func (p *Pools) ColdkeyLock(c *frame.Ctx, coldkey bt.AccountID, netuid bt.NetUID) (state.LockState, bool) {
	l, ok := p.readLock(c, coldkey, netuid)
	if !ok {
		return state.LockState{}, false
	}
	return l.rule.roll(l.own, Now(c)), true
}

// convicted is a hotkey with the conviction of all that is locked for it.
type convicted struct {
	hotkey     bt.AccountID
	conviction fixed.U64F64
}

// aggregates calls yield for each aggregate of locks on a subnet, with its conviction now. A hotkey may come more than once.
func (p *Pools) aggregates(c *frame.Ctx, netuid bt.NetUID, yield func(convicted)) {
	s, st := c.State, &p.Storage
	rolled := func(hotkey bt.AccountID, l state.LockState, owner, perpetual bool) {
		rule := lockRule{Unlock: st.UnlockRate.Get(s), Maturity: st.MaturityRate.Get(s), Owner: owner, Perpetual: perpetual}
		yield(convicted{hotkey, rule.roll(l, Now(c)).Conviction})
	}
	for hotkey, l := range st.HotkeyLock.Of(s, netuid) {
		rolled(hotkey, l, false, true)
	}
	for hotkey, l := range st.DecayingHotkeyLock.Of(s, netuid) {
		rolled(hotkey, l, false, false)
	}
	owner := st.SubnetOwnerHotkey.Get(s, netuid)
	if l, ok := st.OwnerLock.TryGet(s, netuid); ok {
		rolled(owner, l, true, true)
	}
	if l, ok := st.DecayingOwnerLock.TryGet(s, netuid); ok {
		rolled(owner, l, true, false)
	}
}

// Conviction is the conviction of all locks for a hotkey on a subnet.
func (p *Pools) Conviction(c *frame.Ctx, hotkey bt.AccountID, netuid bt.NetUID) (total fixed.U64F64) {
	p.aggregates(c, netuid, func(a convicted) {
		if a.hotkey == hotkey {
			total = total.Add(a.conviction)
		}
	})
	return total
}

// MostConvicted is the hotkey with the highest conviction on a subnet, the last one by account among equals; there is none without locks.
func (p *Pools) MostConvicted(c *frame.Ctx, netuid bt.NetUID) (bt.AccountID, bool) {
	var all []convicted
	p.aggregates(c, netuid, func(a convicted) {
		i := slices.IndexFunc(all, func(b convicted) bool { return a.hotkey == b.hotkey })
		if i < 0 {
			all = append(all, a)
			return
		}
		all[i].conviction = all[i].conviction.Add(a.conviction)
	})
	if len(all) == 0 {
		return bt.AccountID{}, false
	}
	return slices.MaxFunc(all, func(a, b convicted) int {
		if d := a.conviction.Cmp(b.conviction); d != 0 {
			return d
		}
		return a.hotkey.Compare(b.hotkey)
	}).hotkey, true
}
