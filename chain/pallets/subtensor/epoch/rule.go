package epoch

import (
	"math"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/yuma"
	"github.com/myelin-go/myelin/yuma/sigmoid"
)

// rule is the consensus that a subnet has chosen. The historic ones find ranks and trust that are kept; Yuma's are not, as upstream dropped them.
func (r *Room) rule(c *frame.Ctx, id bt.NetUID) (rule yuma.Rule, historic bool) {
	switch r.pools.Rules.Storage.Consensus.Get(c.State, id) {
	case rules.Sigmoid2022:
		return sigmoid.Rule2022, true
	case rules.Consensus2023:
		return sigmoid.Rule2023, true
	}
	if r.st.Storage.Yuma3On.Get(c.State, id) {
		return yuma.Yuma3, false
	}
	return yuma.Yuma2, false
}

// formerConsensus is what liquid alpha compares weights with where that is not the consensus of the epoch itself: what the mechanism's last epoch found, or, if
// that was not kept, what the subnet's last epoch found, which is the same with one mechanism. nil: the epoch's own.
func (r *Room) formerConsensus(c *frame.Ctx, id bt.NetUID, index bt.NetUIDIndex, p yuma.Parameters) []uint16 {
	if !p.LiquidAlpha {
		return nil
	}
	switch r.st.Storage.LiquidAlphaConsensusMode.Get(c.State, id) {
	case state.CurrentConsensus:
		return nil
	case state.AutoConsensus:
		if p.BondsPenalty != math.MaxUint16 {
			return nil
		}
	}
	kept, ok := r.st.Storage.ConsensusByMechanism.TryGet(c.State, index)
	if !ok {
		kept = r.st.Storage.Consensus.Get(c.State, id)
	}
	out := make([]uint16, len(kept))
	for i, v := range kept {
		out[i] = uint16(v)
	}
	return out
}

// keepConsensus keeps what a mechanism's epoch found for the next one, on subnets that may compare with it.
func (r *Room) keepConsensus(c *frame.Ctx, id bt.NetUID, index bt.NetUIDIndex, found []uint16, seats []seat) {
	st := &r.st.Storage
	if st.LiquidAlphaConsensusMode.Get(c.State, id) != state.CurrentConsensus {
		st.ConsensusByMechanism.Set(c.State, index, ratios(seated(found, seats)))
	} else if st.ConsensusByMechanism.Has(c.State, index) {
		st.ConsensusByMechanism.Delete(c.State, index)
	}
}

// Forget drops what the epochs of one rule leave for the next and another rule cannot read: bonds, ranks and trust.
func (r *Room) Forget(c *frame.Ctx, id bt.NetUID) {
	for m := range r.st.Storage.MechanismCountCurrent.Get(c.State, id) {
		r.st.Storage.Bonds.DeleteOf(c.State, Index(id, bt.MechID(m)))
	}
	r.st.Storage.Rank.Delete(c.State, id)
	r.st.Storage.Trust.Delete(c.State, id)
}
