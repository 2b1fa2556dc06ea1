package weights

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
)

// DropExpired forgets the timelocked weights of a subnet whose epoch of reveal is over.
func (r *Room) DropExpired(c *frame.Ctx, id bt.NetUID) {
	s, st := c.State, &r.st.Storage
	now, period := r.epoch.Current(c, id), st.RevealPeriodEpochs.Get(s, id)
	for m := range st.MechanismCountCurrent.Get(s, id) {
		index := epoch.Index(id, m)
		var expired []uint64
		for made := range st.TimelockedWeightCommits.Of(s, index) {
			if made < now-min(now, period) {
				expired = append(expired, made)
			}
		}
		for _, made := range expired {
			st.TimelockedWeightCommits.Delete(s, index, made)
		}
	}
}
