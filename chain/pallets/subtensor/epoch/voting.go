package epoch

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/conviction"
)

// vote is a hotkey's stake in an epoch, and whether it may validate after it.
type vote struct {
	hotkey bt.AccountID
	stake  uint64
	permit bool
}

// trackVotingPower moves the smoothed stake of a subnet's validators on, while that is tracked. Event VotingPowerTrackingDisabled when its last block is past.
func (r *Room) trackVotingPower(c *frame.Ctx, id bt.NetUID, votes []vote) {
	s, st := c.State, &r.st.Storage
	if !st.VotingPowerTrackingEnabled.Get(s, id) {
		return
	}
	if last := st.VotingPowerDisableAtBlock.Get(s, id); last > 0 && uint64(c.Env.Number) >= last {
		st.VotingPower.DeleteOf(s, id)
		st.VotingPowerTrackingEnabled.Set(s, id, false)
		st.VotingPowerDisableAtBlock.Delete(s, id)
		r.st.Event.VotingPowerTrackingDisabled.Emit(c, state.VotingPowerTrackingDisabled{NetUID: id})
		return
	}
	alpha, least := st.VotingPowerEmaAlpha.Get(s, id), st.StakeThreshold.Get(s)
	for _, v := range votes {
		if !v.permit {
			st.VotingPower.Delete(s, id, v.hotkey)
			continue
		}
		before := st.VotingPower.Get(s, id, v.hotkey)
		now := conviction.VotingPower(v.stake, before, alpha)
		switch {
		case now < least && before >= least: // whoever is still rising from 0 stays
			st.VotingPower.Delete(s, id, v.hotkey)
		case now > 0:
			st.VotingPower.Set(s, id, v.hotkey, now)
		}
	}
	var gone []bt.AccountID
	for hotkey := range st.VotingPower.Of(s, id) {
		if !st.IsNetworkMember.Get(s, hotkey, id) {
			gone = append(gone, hotkey)
		}
	}
	for _, hotkey := range gone {
		st.VotingPower.Delete(s, id, hotkey)
	}
}
