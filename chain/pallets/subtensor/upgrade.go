package subtensor

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// migration is one change of what is stored, made once when a runtime takes over that wants it. run tells how many rows it read and wrote. Where root goes back to a
// runtime that does not want it, and on again, it is made again: it must lead to the same from what it once made.
type migration struct {
	name   string // for good: HasMigrationRun has it
	wanted func(*state.Settings) bool
	run    func(p *Pallet, c *frame.Ctx) (read, written uint64)
}

// migrations are made in this order.
var migrations = []migration{
	{"myelin_count_alpha_staked", func(s *state.Settings) bool { return s.CountStaked }, (*Pallet).countStaked},
}

// Upgrade makes the migrations that this runtime wants and the chain has not seen. It is the chain's Upgrader.
func (p *Pallet) Upgrade(c *frame.Ctx) (cost frame.Weight) {
	for _, m := range migrations {
		name := []byte(m.name)
		made := p.Storage.HasMigrationRun.Get(c.State, name)
		cost = cost.Add(frame.WeightOf(0, 0, 1, 0))
		if wanted := m.wanted(&p.Settings); wanted == made {
			continue
		} else if !wanted {
			p.Storage.HasMigrationRun.Delete(c.State, name)
			cost = cost.Add(frame.WeightOf(0, 0, 0, 1))
			continue
		}
		read, written := m.run(p, c)
		p.Storage.HasMigrationRun.Set(c.State, name, true)
		p.Event.StorageMigrated.Emit(c, state.StorageMigrated{Name: name, Read: read})
		cost = cost.Add(frame.WeightOf(0, 0, read, written+1))
	}
	return cost
}

// countStaked sets TotalAlphaStaked of each subnet to the sum of its TotalHotkeyAlpha, which the pools of stake then keep it at. Upstream did so at spec 448. Rows of a
// state from there may be old by now, so all are made anew.
func (p *Pallet) countStaked(c *frame.Ctx) (read, written uint64) {
	st, s := &p.Storage, c.State
	var old, subnets []bt.NetUID
	for netuid := range st.TotalAlphaStaked.All(s) {
		old = append(old, netuid)
	}
	for _, netuid := range old {
		st.TotalAlphaStaked.Delete(s, netuid)
	}
	totals := map[bt.NetUID]bt.Alpha{}
	for key, staked := range st.TotalHotkeyAlpha.All(s) {
		if _, seen := totals[key.B]; !seen {
			subnets = append(subnets, key.B)
		}
		totals[key.B] += staked
		read++
	}
	slices.Sort(subnets)
	for _, netuid := range subnets {
		st.TotalAlphaStaked.Set(s, netuid, totals[netuid])
	}
	return read + uint64(len(old)), uint64(len(old) + len(subnets))
}
