package subnets

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// ownerHotkeyPause is the blocks between two changes of the hotkey that stands for a subnet's owner, whoever makes them: a week.
const ownerHotkeyPause = 50_400

// ChangeOwnerHotkey is SetOwnerHotkey once a week, also for root; the owner or root may. It need not be registered, nor belong to the owner. It
// fails with SubnetNotExists, TxRateLimitExceeded or CannotUseSystemAccount. Event SubnetOwnerHotkeySet.
func (r *Room) ChangeOwnerHotkey(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) error {
	if err := r.EnsureOwnerOrRoot(c, netuid); err != nil {
		return err
	}
	if !r.Exists(c, netuid) {
		return r.Error.SubnetNotExists
	}
	changed := state.RateLimitKey{SetSNOwnerHotkey: &netuid}
	if !stakepool.Passed(c, r.Storage.LastRateLimitedBlock.Get(c.State, changed), ownerHotkeyPause) {
		return r.Error.TxRateLimitExceeded
	}
	r.Storage.LastRateLimitedBlock.Set(c.State, changed, stakepool.Now(c))
	return r.SetOwnerHotkey(c, netuid, hotkey)
}
