package staking

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
)

// ForgetHotkeySwaps forgets who swapped a hotkey so long ago that another swap is allowed. Each subnet has its turn once in the interval between swaps.
func (r *Room) ForgetHotkeySwaps(c *frame.Ctx) {
	s, st, now, interval := c.State, &r.Storage, stakepool.Now(c), r.Constants.HotkeySwapOnSubnetInterval.Get()
	if interval == 0 {
		return
	}
	for _, netuid := range r.Subnets(c) {
		if uint64(netuid)%interval != now%interval {
			continue
		}
		var old []bt.AccountID
		for coldkey, block := range st.LastHotkeySwapOnNetuid.Of(s, netuid) {
			if now > interval && block < now-interval {
				old = append(old, coldkey)
			}
		}
		for _, coldkey := range old {
			st.LastHotkeySwapOnNetuid.Delete(s, netuid, coldkey)
		}
	}
}
