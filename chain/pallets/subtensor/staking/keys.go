package staking

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// SetTake is the arguments of increase_take and decrease_take.
type SetTake struct {
	Hotkey bt.AccountID
	Take   state.PerU16
}

// TryAssociateHotkey is the call's arguments.
type TryAssociateHotkey struct{ Hotkey bt.AccountID }

// SetColdkeyAutoStakeHotkey is the call's arguments.
type SetColdkeyAutoStakeHotkey struct {
	NetUID bt.NetUID `name:"netuid"`
	Hotkey bt.AccountID
}

// CheckTake refuses takes of a hotkey that does not exist or that another coldkey owns.
func (r *Room) CheckTake(c *frame.Ctx, coldkey, hotkey bt.AccountID) error {
	if !r.HotkeyExists(c, hotkey) {
		return r.Error.HotKeyAccountNotExists
	}
	if !r.Owns(c, coldkey, hotkey) {
		return r.Error.NonAssociatedColdKey
	}
	return nil
}

// IncreaseTake raises the part of its dividends that a hotkey keeps from its nominators, once in a while.
func (r *Room) IncreaseTake(c *frame.Ctx, a SetTake) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.CheckTake(c, coldkey, a.Hotkey); err != nil {
		return err
	}
	if current, ok := r.Storage.Delegates.TryGet(c.State, a.Hotkey); ok && a.Take <= current {
		return r.Error.DelegateTakeTooLow
	}
	if a.Take > r.Storage.MaxDelegateTake.Get(c.State) {
		return r.Error.DelegateTakeTooHigh
	}
	last, limit := r.Storage.LastRateLimitedBlock.Get(c.State, takeClock(a.Hotkey)), r.Storage.TxDelegateTakeRateLimit.Get(c.State)
	if limit != 0 && last != 0 && stakepool.Now(c)-min(last, stakepool.Now(c)) <= limit {
		return r.Error.DelegateTxRateLimitExceeded
	}
	r.setTake(c, a)
	r.Event.TakeIncreased.Emit(c, state.TakeIncreased{Coldkey: coldkey, Hotkey: a.Hotkey, Take: a.Take})
	return nil
}

// DecreaseTake lowers it, at any time.
func (r *Room) DecreaseTake(c *frame.Ctx, a SetTake) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.CheckTake(c, coldkey, a.Hotkey); err != nil {
		return err
	}
	if current, ok := r.Storage.Delegates.TryGet(c.State, a.Hotkey); ok && a.Take >= current {
		return r.Error.DelegateTakeTooLow
	}
	if a.Take < r.Storage.MinDelegateTake.Get(c.State) {
		return r.Error.DelegateTakeTooLow
	}
	r.setTake(c, a)
	r.Event.TakeDecreased.Emit(c, state.TakeDecreased{Coldkey: coldkey, Hotkey: a.Hotkey, Take: a.Take})
	return nil
}

func (r *Room) setTake(c *frame.Ctx, a SetTake) {
	r.Storage.LastRateLimitedBlock.Set(c.State, takeClock(a.Hotkey), stakepool.Now(c))
	r.Storage.Delegates.Set(c.State, a.Hotkey, a.Take)
}

func takeClock(hotkey bt.AccountID) state.RateLimitKey {
	return state.RateLimitKey{LastTxBlockDelegateTake: &hotkey}
}

// TryAssociateHotkey makes the signer a hotkey's owner if it has none.
func (r *Room) TryAssociateHotkey(c *frame.Ctx, a TryAssociateHotkey) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	return r.Associate(c, coldkey, a.Hotkey)
}

// SetColdkeyAutoStakeHotkey names the hotkey on which what the signer's miners earn on a subnet is staked.
func (r *Room) SetColdkeyAutoStakeHotkey(c *frame.Ctx, a SetColdkeyAutoStakeHotkey) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	st, s := &r.Storage, c.State
	if !r.Exists(c, a.NetUID) {
		return r.Error.SubnetNotExists
	}
	if !st.Uids.Has(s, a.NetUID, a.Hotkey) {
		return r.Error.HotKeyNotRegisteredInSubNet
	}
	if current, ok := st.AutoStakeDestination.TryGet(s, coldkey, a.NetUID); ok {
		if current == a.Hotkey {
			return r.Error.SameAutoStakeHotkeyAlreadySet
		}
		st.AutoStakeDestinationColdkeys.Mutate(s, current, a.NetUID, func(list *[]bt.AccountID) {
			*list = slices.DeleteFunc(*list, func(k bt.AccountID) bool { return k == coldkey })
		})
	}
	st.AutoStakeDestination.Set(s, coldkey, a.NetUID, a.Hotkey)
	st.AutoStakeDestinationColdkeys.Mutate(s, a.Hotkey, a.NetUID, func(list *[]bt.AccountID) {
		if !slices.Contains(*list, coldkey) {
			*list = append(*list, coldkey)
		}
	})
	r.Event.AutoStakeDestinationSet.Emit(c, state.AutoStakeDestinationSet{Coldkey: coldkey, NetUID: a.NetUID, Hotkey: a.Hotkey})
	return nil
}

// ScheduleSwapColdkey is the call's arguments.
type ScheduleSwapColdkey struct{ NewColdkey bt.AccountID }

// ScheduleSwapColdkey no longer does anything: coldkeys are swapped by announcement.
func (r *Room) ScheduleSwapColdkey(*frame.Ctx, ScheduleSwapColdkey) error { return r.Error.Deprecated }
