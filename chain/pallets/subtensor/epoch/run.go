package epoch

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/yuma"
)

// Earned is what a hotkey earned in an epoch.
type Earned struct {
	Hotkey   bt.AccountID
	Server   bt.Alpha
	Dividend bt.Alpha
}

// Run is a subnet's epoch over all its mechanisms: it shares the budgets out, stores the results and returns what each uid with a hotkey earned, in
// the order of uids.
func (r *Room) Run(c *frame.Ctx, id bt.NetUID, budgets yuma.Budgets) []Earned {
	s, st := c.State, &r.st.Storage
	base, seats := r.input(c, id)
	count := int(st.MechanismCountCurrent.Get(s, id))
	if count == 0 { // without mechanisms nobody has results
		seats = nil
	}
	var split []uint16
	if custom, ok := st.MechanismEmissionSplit.TryGet(s, id); ok {
		split = custom
	}
	amount := budgets.Total()
	parts := yuma.SplitEmission(amount, count, split)
	rule, historic := r.rule(c, id)
	null := r.Null(c, id)
	outputs := make([]*yuma.Output, len(parts))
	for m, part := range budgets.Split(count, split) {
		index := Index(id, bt.MechID(m))
		if null {
			parts[m] = part.Total()
			outputs[m] = r.runNull(c, id, index, *base, part, seats)
			continue
		}
		in := *base
		in.Emission = parts[m]
		r.mechanismInput(c, id, index, &in)
		outputs[m] = rule(&in)
		r.storeMechanism(c, index, outputs[m], seats)
		r.keepConsensus(c, id, index, outputs[m].Consensus, seats)
	}
	all := yuma.Combine(outputs, parts, amount)
	if null { // what was paid, and not an average of what the mechanisms paid
		for uid := range all.Emission {
			all.Emission[uid] = all.ServerEmission[uid] + all.ValidatorEmission[uid]
		}
	}
	st.Active.Set(s, id, seated(all.Active, seats))
	st.Emission.Set(s, id, alphas(seated(all.Emission, seats)))
	st.Consensus.Set(s, id, ratios(seated(all.Consensus, seats)))
	st.Dividends.Set(s, id, ratios(seated(all.Dividends, seats)))
	st.ValidatorTrust.Set(s, id, ratios(seated(all.ValidatorTrust, seats)))
	st.ValidatorPermit.Set(s, id, seated(all.ValidatorPermit, seats))
	st.StakeWeight.Set(s, id, seated(all.StakeWeight, seats))
	if historic {
		st.Rank.Set(s, id, seated(all.Rank, seats))
		st.Trust.Set(s, id, ratios(seated(all.Trust, seats)))
	}
	out, votes := make([]Earned, 0, len(seats)), make([]vote, 0, len(seats))
	for _, seat := range seats {
		uid := seat.uid
		out = append(out, Earned{seat.hotkey, bt.Alpha(all.ServerEmission[uid]), bt.Alpha(all.ValidatorEmission[uid])})
		votes = append(votes, vote{seat.hotkey, all.Stake[uid], all.ValidatorPermit[uid]})
	}
	r.trackVotingPower(c, id, votes)
	return out
}

// seat is a uid that has a hotkey.
type seat struct {
	uid    int
	hotkey bt.AccountID
}

// seats lists the uids of a subnet that have a hotkey, ascending.
func (r *Room) seats(c *frame.Ctx, id bt.NetUID, n int) []seat {
	out := make([]seat, 0, n)
	for uid := range n {
		if hotkey, ok := r.st.Storage.Keys.TryGet(c.State, id, uint16(uid)); ok {
			out = append(out, seat{uid, hotkey})
		}
	}
	return out
}

// seated is what is stored of the values by uid: those of uids without a hotkey are left out, and the ones behind move up, as upstream has it.
func seated[T any](values []T, seats []seat) []T {
	out := make([]T, 0, len(seats))
	for _, s := range seats {
		out = append(out, values[s.uid])
	}
	return out
}

// input gathers what all mechanisms of a subnet share, and lists who sits at its uids.
func (r *Room) input(c *frame.Ctx, id bt.NetUID) (*yuma.Input, []seat) {
	s, st := c.State, &r.st.Storage
	n := int(st.SubnetworkN.Get(s, id))
	tempo := st.Tempo.Get(s, id)
	in := &yuma.Input{
		Neurons: n, Block: uint64(c.Env.Number), Tempo: uint64(tempo), LastStepBlock: r.lastBonds(c, id),
		ActivityCutoff:       r.pools.ActivityCutoff(c, id),
		StakeThreshold:       st.StakeThreshold.Get(s),
		ValidatorPermit:      st.ValidatorPermit.Get(s, id),
		MaxAllowedValidators: st.MaxAllowedValidators.Get(s, id),
		Parameters: yuma.Parameters{
			Kappa: st.Kappa.Get(s, id), Rho: st.Rho.Get(s, id), BondsPenalty: st.BondsPenalty.Get(s, id), BondsMovingAverage: st.BondsMovingAverage.Get(s, id),
			LiquidAlpha: st.LiquidAlphaOn.Get(s, id), AlphaSigmoidSteepness: st.AlphaSigmoidSteepness.Get(s, id),
		},
	}
	bounds := st.AlphaValues.Get(s, id)
	in.Parameters.AlphaLow, in.Parameters.AlphaHigh = bounds.A, bounds.B
	if owner, ok := r.OwnerUID(c, id); ok {
		in.Owner, in.HasOwner = uint16(owner), true
	}
	in.Stake = make([]fixed.I64F64, n)
	seats := r.seats(c, id, n)
	for uid, stake := range r.stakeBySeat(c, id, n, seats) {
		in.Stake[uid] = stake.Total
	}
	in.BlockAtRegistration = make([]uint64, n)
	for _, seat := range seats {
		in.BlockAtRegistration[seat.uid] = st.BlockAtRegistration.Get(s, id, uint16(seat.uid))
	}
	return in, seats
}

// Input is what the arithmetic of one mechanism would read if the subnet's epoch ran now, with nothing to share out.
func (r *Room) Input(c *frame.Ctx, id bt.NetUID, mechanism bt.MechID) *yuma.Input {
	in, _ := r.input(c, id)
	r.mechanismInput(c, id, Index(id, mechanism), in)
	return in
}

// mechanismInput adds what belongs to one mechanism.
func (r *Room) mechanismInput(c *frame.Ctx, id bt.NetUID, index bt.NetUIDIndex, in *yuma.Input) {
	s, st := c.State, &r.st.Storage
	in.LastUpdate = st.LastUpdate.Get(s, index)
	in.Weights, in.Bonds = make([][]yuma.Entry, in.Neurons), make([][]yuma.Entry, in.Neurons)
	for uid, row := range st.Weights.Of(s, index) {
		if int(uid) < in.Neurons {
			in.Weights[uid] = entries(row)
		}
	}
	for uid, row := range st.Bonds.Of(s, index) {
		if int(uid) < in.Neurons {
			in.Bonds[uid] = entries(row)
		}
	}
	in.FormerConsensus = r.formerConsensus(c, id, index, in.Parameters)
	in.CommitBlocks = r.commitBlocks(c, id, index, in.Neurons)
}

// commitBlocks is yuma.Input.CommitBlocks of a mechanism.
func (r *Room) commitBlocks(c *frame.Ctx, id bt.NetUID, index bt.NetUIDIndex, neurons int) []uint64 {
	if !r.st.Storage.CommitRevealWeightsEnabled.Get(c.State, id) {
		return nil
	}
	return yuma.CommitBlocks(neurons, r.commits(c, id, index), r.Current(c, id), r.st.Storage.RevealPeriodEpochs.Get(c.State, id))
}

// commits lists the commits of a mechanism that wait for their reveal, in the order of storage.
func (r *Room) commits(c *frame.Ctx, id bt.NetUID, index bt.NetUIDIndex) (out []yuma.Commit) {
	s, st := c.State, &r.st.Storage
	for who, queue := range st.WeightCommits.Of(s, index) {
		if uid, ok := st.Uids.TryGet(s, id, who); ok {
			for _, m := range queue {
				out = append(out, yuma.Commit{UID: uid, Epoch: m.B, Block: m.C})
			}
		}
	}
	for made, queue := range st.TimelockedWeightCommits.Of(s, index) {
		for _, m := range queue {
			if uid, ok := st.Uids.TryGet(s, id, m.A); ok {
				out = append(out, yuma.Commit{UID: uid, Epoch: made, Block: m.B, Timelock: true})
			}
		}
	}
	return out
}

func (r *Room) storeMechanism(c *frame.Ctx, index bt.NetUIDIndex, out *yuma.Output, seats []seat) {
	r.storeIncentive(c, index, out, seats)
	for uid, row := range seated(out.Bonds, seats) {
		r.st.Storage.Bonds.Set(c.State, index, uint16(uid), pairs(row))
	}
}

func (r *Room) storeIncentive(c *frame.Ctx, index bt.NetUIDIndex, out *yuma.Output, seats []seat) {
	r.st.Storage.Incentive.Set(c.State, index, ratios(seated(out.Incentive, seats)))
	r.st.Event.IncentiveAlphaEmittedToMiners.Emit(c, state.IncentiveAlphaEmittedToMiners{NetUID: index, Emissions: alphas(seated(out.ServerEmission, seats))})
}

func entries(row []scale.Pair[uint16, uint16]) []yuma.Entry {
	out := make([]yuma.Entry, len(row))
	for i, p := range row {
		out[i] = yuma.Entry{UID: p.A, Value: p.B}
	}
	return out
}

func pairs(row []yuma.Entry) []scale.Pair[uint16, uint16] {
	out := make([]scale.Pair[uint16, uint16], len(row))
	for i, e := range row {
		out[i] = scale.Pair[uint16, uint16]{A: e.UID, B: e.Value}
	}
	return out
}

func alphas(amounts []uint64) []bt.Alpha {
	out := make([]bt.Alpha, len(amounts))
	for i, a := range amounts {
		out[i] = bt.Alpha(a)
	}
	return out
}

func ratios(values []uint16) []state.PerU16 {
	out := make([]state.PerU16, len(values))
	for i, v := range values {
		out[i] = state.PerU16(v)
	}
	return out
}
