// Package children lends stake: hotkeys give parts of their stake to up to five children on a subnet, after a cooldown, and children keep a take of what it
// earns.
//
// It deliberately divides no dividends (coinbase) and counts no stake (epoch).
package children

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// Room runs the calls of this package.
type Room struct{ *stakepool.Pools }

// SetChildren is the call's arguments; proportions are of 2^64-1.
type SetChildren struct {
	Hotkey   bt.AccountID
	NetUID   bt.NetUID `name:"netuid"`
	Children []Edge
}

// SetChildkeyTake is the call's arguments.
type SetChildkeyTake struct {
	Hotkey bt.AccountID
	NetUID bt.NetUID `name:"netuid"`
	Take   state.PerU16
}

// SetTxRateLimit is the arguments of sudo_set_tx_childkey_take_rate_limit; blocks.
type SetTxRateLimit struct{ TxRateLimit uint64 }

// SetBound is the arguments of sudo_set_min_childkey_take and sudo_set_max_childkey_take.
type SetBound struct{ Take state.PerU16 }

// SetPendingCooldown is the call's arguments; blocks.
type SetPendingCooldown struct{ Cooldown uint64 }

// SetAutoParentDelegation is the arguments of set_auto_parent_delegation_enabled.
type SetAutoParentDelegation struct {
	Hotkey  bt.AccountID
	Enabled bool
}

// The numbers of this room's clocks of transactions.
const (
	childrenClock = 0
	takeClock     = 1
)

// Set chooses the children of one of the signer's hotkeys on a subnet; none takes them away. In a subnet that was started they wait for a cooldown.
func (r *Room) Set(c *frame.Ctx, a SetChildren) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	return r.Schedule(c, coldkey, a)
}

// Schedule is Set by a coldkey. It fails with TxRateLimitExceeded, RegistrationNotPermittedOnRootSubnet, SubnetNotExists, NonAssociatedColdKey, DuplicateChild,
// InvalidChild, TooManyChildren, ProportionOverflow, ChildParentInconsistency or NotEnoughStakeToSetChildkeys. Events SetChildrenScheduled or SetChildren.
func (r *Room) Schedule(c *frame.Ctx, coldkey bt.AccountID, a SetChildren) error {
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	clock := state.TransactionKeyLastBlockKey{Hotkey: a.Hotkey, NetUID: a.NetUID, Name: childrenClock}
	switch {
	case !stakepool.Passed(c, st.TransactionKeyLastBlock.Get(s, clock), r.Settings.ChildrenPause):
		return r.Error.TxRateLimitExceeded
	case a.NetUID == stakepool.Root:
		return r.Error.RegistrationNotPermittedOnRootSubnet
	case !r.Exists(c, a.NetUID):
		return r.Error.SubnetNotExists
	case !r.Owns(c, coldkey, a.Hotkey):
		return r.Error.NonAssociatedColdKey
	}
	for i, e := range a.Children {
		if has(a.Children[:i], e.B) {
			return r.Error.DuplicateChild
		}
	}
	rel, err := r.load(c, a.Hotkey, a.NetUID, st.ChildKeys.Get(s, a.Hotkey, a.NetUID))
	if err != nil {
		return err
	}
	if err := r.checkPending(rel, a.Children); err != nil {
		return err
	}
	if len(a.Children) > 0 && uint64(r.HotkeyWorth(c, a.Hotkey)) < st.StakeThreshold.Get(s) {
		if owner, ok := st.SubnetOwnerHotkey.TryGet(s, a.NetUID); !ok || owner != a.Hotkey {
			return r.Error.NotEnoughStakeToSetChildkeys
		}
	}
	st.TransactionKeyLastBlock.Set(s, clock, now)
	if !st.SubtokenEnabled.Get(s, a.NetUID) {
		r.apply(c, a)
		return nil
	}
	ready := now + st.PendingChildKeyCooldown.Get(s)
	if ready < now {
		ready = 1<<64 - 1
	}
	st.PendingChildKeys.Set(s, a.NetUID, a.Hotkey, Waiting{A: a.Children, B: ready})
	r.Event.SetChildrenScheduled.Emit(c, state.SetChildrenScheduled{Hotkey: a.Hotkey, NetUID: a.NetUID, CooldownBlock: ready, Children: a.Children})
	return nil
}

// apply makes children a hotkey's, unless that would make relations inconsistent.
func (r *Room) apply(c *frame.Ctx, a SetChildren) {
	rel, err := r.load(c, a.Hotkey, a.NetUID, a.Children)
	if err != nil {
		return
	}
	r.save(c, rel, a.NetUID, &stakepool.Touched{}) // the call weighs what it is declared to
	r.Event.SetChildren.Emit(c, state.SetChildren{Hotkey: a.Hotkey, NetUID: a.NetUID, Children: a.Children})
}

// ApplyPending makes those children of a subnet effective whose cooldown is over; in a subnet that is not open, all.
func (r *Room) ApplyPending(c *frame.Ctx, netuid bt.NetUID) {
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	open := st.SubtokenEnabled.Get(s, netuid)
	for hotkey, waiting := range st.PendingChildKeys.Of(s, netuid) {
		if waiting.B < now || !open {
			r.apply(c, SetChildren{Hotkey: hotkey, NetUID: netuid, Children: waiting.A})
			st.PendingChildKeys.Delete(s, netuid, hotkey)
		}
	}
}

// SetTake sets the part of dividends that one of the signer's hotkeys keeps as a child on a subnet; raising it is possible once in a while. It fails with
// NonAssociatedColdKey, InvalidChildkeyTake or TxChildkeyTakeRateLimitExceeded.
func (r *Room) SetTake(c *frame.Ctx, a SetChildkeyTake) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	st, s := &r.Storage, c.State
	if !r.Owns(c, coldkey, a.Hotkey) {
		return r.Error.NonAssociatedColdKey
	}
	least := max(st.MinChildkeyTake.Get(s), st.MinChildkeyTakePerSubnet.Get(s, a.NetUID))
	if a.Take < least || a.Take > st.MaxChildkeyTake.Get(s) {
		return r.Error.InvalidChildkeyTake
	}
	clock := state.TransactionKeyLastBlockKey{Hotkey: a.Hotkey, NetUID: a.NetUID, Name: takeClock}
	raises := a.Take > max(least, st.ChildkeyTake.Get(s, a.Hotkey, a.NetUID))
	if raises && !stakepool.Passed(c, st.TransactionKeyLastBlock.Get(s, clock), st.TxChildkeyTakeRateLimit.Get(s)) {
		return r.Error.TxChildkeyTakeRateLimitExceeded
	}
	st.TransactionKeyLastBlock.Set(s, clock, stakepool.Now(c))
	st.ChildkeyTake.Set(s, a.Hotkey, a.NetUID, a.Take)
	r.Event.ChildKeyTakeSet.Emit(c, state.ChildKeyTakeSet{Hotkey: a.Hotkey, Take: a.Take})
	return nil
}

// SetAutoParentDelegation chooses whether a root member of the signer's becomes a parent of new subnets' owners. It fails with NonAssociatedColdKey or
// HotKeyNotRegisteredInSubNet.
func (r *Room) SetAutoParentDelegation(c *frame.Ctx, a SetAutoParentDelegation) error {
	coldkey, err := c.Signer()
	switch {
	case err != nil:
		return err
	case !r.Owns(c, coldkey, a.Hotkey):
		return r.Error.NonAssociatedColdKey
	case !r.Storage.Uids.Has(c.State, stakepool.Root, a.Hotkey):
		return r.Error.HotKeyNotRegisteredInSubNet
	}
	r.Storage.AutoParentDelegationEnabled.Set(c.State, a.Hotkey, a.Enabled)
	r.Event.AutoParentDelegationEnabledSet.Emit(c, state.AutoParentDelegationEnabledSet(a))
	return nil
}

// SetTxRateLimit sets the pause between two rises of a childkey take; root only.
func (r *Room) SetTxRateLimit(c *frame.Ctx, a SetTxRateLimit) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	r.Storage.TxChildkeyTakeRateLimit.Set(c.State, a.TxRateLimit)
	r.Event.TxChildKeyTakeRateLimitSet.Emit(c, state.One[uint64]{V: a.TxRateLimit})
	return nil
}

// SetMinTake sets the lowest childkey take of all subnets; root only.
func (r *Room) SetMinTake(c *frame.Ctx, a SetBound) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	r.Storage.MinChildkeyTake.Set(c.State, a.Take)
	r.Event.MinChildKeyTakeSet.Emit(c, state.One[state.PerU16]{V: a.Take})
	return nil
}

// SetMaxTake sets the highest childkey take; root only.
func (r *Room) SetMaxTake(c *frame.Ctx, a SetBound) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	r.Storage.MaxChildkeyTake.Set(c.State, a.Take)
	r.Event.MaxChildKeyTakeSet.Emit(c, state.One[state.PerU16]{V: a.Take})
	return nil
}

// SetPendingCooldown sets how long new children wait; root only.
func (r *Room) SetPendingCooldown(c *frame.Ctx, a SetPendingCooldown) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	r.Storage.PendingChildKeyCooldown.Set(c.State, a.Cooldown)
	return nil
}
