package subnets

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/children"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
)

// delegateRoot makes a new subnet's owner hotkey the only child of every root member that has not declined it, so that their root stake counts for it. Members
// that may not have it as a child are left out.
func (r *Room) delegateRoot(c *frame.Ctx, netuid bt.NetUID) {
	owner := r.Storage.SubnetOwnerHotkey.Get(c.State, netuid)
	const whole = 1<<64 - 1
	room := children.Room{Pools: r.Pools}
	for _, member := range r.Storage.Keys.Of(c.State, stakepool.Root) {
		if member != owner && r.Storage.AutoParentDelegationEnabled.Get(c.State, member) {
			_ = room.Schedule(c, r.OwnerOf(c, member), children.SetChildren{
				Hotkey: member, NetUID: netuid, Children: []children.Edge{{A: whole, B: owner}},
			})
		}
	}
}
