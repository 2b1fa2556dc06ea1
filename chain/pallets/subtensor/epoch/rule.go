package epoch

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/rules"
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

// Forget drops what the epochs of one rule leave for the next and another rule cannot read: bonds, ranks and trust.
func (r *Room) Forget(c *frame.Ctx, id bt.NetUID) {
	for m := range r.st.Storage.MechanismCountCurrent.Get(c.State, id) {
		r.st.Storage.Bonds.DeleteOf(c.State, Index(id, bt.MechID(m)))
	}
	r.st.Storage.Rank.Delete(c.State, id)
	r.st.Storage.Trust.Delete(c.State, id)
}
