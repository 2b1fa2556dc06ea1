package info

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// SubnetState is the neurons of a subnet. Vectors are by uid, EmissionHistory by subnet in the order of storage and then by uid; those that the chain no
// longer computes (pruning score) are empty, and so are trust and rank under Yuma.
type SubnetState struct {
	NetUID              bt.NetUID `name:"netuid" scale:"compact"`
	Hotkeys             []bt.AccountID
	Coldkeys            []bt.AccountID
	Active              []bool
	ValidatorPermit     []bool
	PruningScore        []scale.Compact[uint16]
	LastUpdate          []scale.Compact[uint64]
	Emission            []scale.Compact[bt.Alpha]
	Dividends           []scale.Compact[state.PerU16]
	Incentives          []scale.Compact[state.PerU16]
	Consensus           []scale.Compact[state.PerU16]
	Trust               []scale.Compact[state.PerU16]
	Rank                []scale.Compact[uint16]
	BlockAtRegistration []scale.Compact[uint64]
	AlphaStake          []scale.Compact[bt.Alpha]
	TaoStake            []scale.Compact[bt.Rao]
	TotalStake          []scale.Compact[bt.Rao]
	EmissionHistory     [][]scale.Compact[bt.Alpha]
}

// ScaleName is upstream's.
func (SubnetState) ScaleName() scale.Name { return typed("show_subnet::SubnetState") }

func (r *room) subnetState(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[SubnetState]) {
	if !r.Exists(c, netuid) {
		return out
	}
	q := r.query(c, netuid)
	m := q.metagraph()
	return scale.Some(SubnetState{
		NetUID: netuid, Hotkeys: m.Hotkeys, Coldkeys: m.Coldkeys, Active: m.Active, ValidatorPermit: m.ValidatorPermit,
		LastUpdate: m.LastUpdate, Emission: m.Emission, Dividends: m.Dividends, Incentives: m.Incentives, Consensus: m.Consensus,
		Trust: m.Trust, Rank: m.Rank, BlockAtRegistration: m.BlockAtRegistration, AlphaStake: m.AlphaStake, TaoStake: m.TaoStake, TotalStake: m.TotalStake,
		EmissionHistory: r.emissionHistory(c, m.Hotkeys),
	})
}

// emissionHistory is what hotkeys last earned on every subnet, by subnet in the order of storage. Most hotkeys earn on few, so that reading what there is of each is
// much less than asking about each pair.
func (r *room) emissionHistory(c *frame.Ctx, hotkeys []bt.AccountID) [][]scale.Compact[bt.Alpha] {
	ids := r.Subnets(c)
	out, place := make([][]scale.Compact[bt.Alpha], len(ids)), make(map[bt.NetUID]int, len(ids))
	for i, id := range ids {
		out[i], place[id] = make([]scale.Compact[bt.Alpha], len(hotkeys)), i
	}
	for uid, hotkey := range hotkeys {
		for id, earned := range r.Storage.LastHotkeyEmissionOnNetuid.Of(c.State, hotkey) {
			if i, ok := place[id]; ok {
				out[i][uid].V = earned
			}
		}
	}
	return out
}
