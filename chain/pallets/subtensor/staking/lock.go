package staking

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
)

// LockStake is the call's arguments.
type LockStake struct {
	Hotkey bt.AccountID
	NetUID bt.NetUID `name:"netuid"`
	Amount bt.Alpha
}

// SetPerpetualLock is the call's arguments.
type SetPerpetualLock struct {
	NetUID  bt.NetUID `name:"netuid"`
	Enabled bool
}

// SetRejectLockedAlpha is the call's arguments.
type SetRejectLockedAlpha struct{ Enabled bool }

// MoveLock is the call's arguments.
type MoveLock struct {
	DestinationHotkey bt.AccountID
	NetUID            bt.NetUID `name:"netuid"`
}

// LockStake locks the signer's alpha to a hotkey, for conviction.
func (r *Room) LockStake(c *frame.Ctx, a LockStake) error {
	coldkey, err := c.Signer()
	switch {
	case err != nil:
		return err
	case a.Amount == 0:
		return r.Error.AmountTooLow
	case !r.HotkeyExists(c, a.Hotkey):
		return r.Error.HotKeyAccountNotExists
	}
	return r.Pools.LockStake(c, coldkey, a.Hotkey, a.NetUID, a.Amount)
}

// SetPerpetualLock keeps the signer's lock on a subnet as it is, or lets it decay.
func (r *Room) SetPerpetualLock(c *frame.Ctx, a SetPerpetualLock) error {
	coldkey, err := c.Signer()
	if err == nil {
		r.SetPerpetual(c, coldkey, a.NetUID, a.Enabled)
	}
	return err
}

// SetRejectLockedAlpha makes the signer refuse, or accept, alpha that is locked.
func (r *Room) SetRejectLockedAlpha(c *frame.Ctx, a SetRejectLockedAlpha) error {
	coldkey, err := c.Signer()
	if err == nil {
		r.SetRejectLocked(c, coldkey, a.Enabled)
	}
	return err
}

// MoveLock moves the signer's lock on a subnet to another hotkey.
func (r *Room) MoveLock(c *frame.Ctx, a MoveLock) error {
	coldkey, err := c.Signer()
	switch {
	case err != nil:
		return err
	case !r.HotkeyExists(c, a.DestinationHotkey):
		return r.Error.HotKeyAccountNotExists
	}
	return r.Pools.MoveLock(c, coldkey, a.DestinationHotkey, a.NetUID)
}
