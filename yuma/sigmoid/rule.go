// Package sigmoid is the consensus of before Yuma as arithmetic: a neuron is in consensus as far as stake stands behind any ranking of it, whatever the
// ranking's height, by a sigmoid with a temperature rho around a majority kappa.
//
// Rule2022 is the form of the whitepaper and of the first network: trust T = (W≠0)ᵀS, consensus C = σ(rho (T - kappa)), rank R = WᵀS, incentive I = R·C made
// to sum to 1, bonds that grow by ΔB = W∘S, and half of the emission to incentive, half to the bonds on it. Rule2023 is the form of subtensor at 79cc5e859
// (2 March 2023), the last before the weighted median. Both are yuma.Rule: they begin with yuma.Prepare and end with Stage.Output, so what comes before the
// formulas (activity, permits, masks of weights) is that of package yuma; but for Rule2023, which has also these as they were. Economy is the whitepaper's model itself, in which stake earns stake, and Collusion
// its published example.
//
// What is not here: storage, and who chooses the rule.
package sigmoid

import (
	"slices"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
)

var one = fixed.OneI32F32

// Of is the logistic function 1 / (1 + e^(-rho (x - kappa))); the exponent is clamped to -20..20.
func Of(x, rho, kappa fixed.I32F32) fixed.I32F32 {
	return one.Div(yuma.Exp(rho.Neg().Mul(x.Sub(kappa))).Add(one))
}

// Rule2022 is an epoch by the whitepaper's formulas. Bonds are a moving average (S-CON-12 of the project's sources; Economy has the plain sum): each
// epoch's increments W∘S and the former bonds are made shares of their column first, and stored with each column's highest bond at 1.
func Rule2022(in *yuma.Input) *yuma.Output {
	s := yuma.Prepare(in)
	scores := judge(s, s.Weights, s.Bonds(yuma.FromFraction), fixed.I32F32FromBits(1)) // any ranking but 0 counts
	yuma.MaxScaleColumns(scores.Bonds, in.Neurons)
	return s.Output(scores)
}

// weightCuts is how often Rule2023 cuts weights: that runtime's default, and the most that it allowed.
const weightCuts = 3

// Rule2023 is an epoch by the formulas of March 2023: weights are cut three times to what a neuron's voters think of it on average, each vote weighing as much as
// its part of the stake behind the neuron's weights; only weights of at least 0.1 / (neurons + 1) make trust; a validator's trust is what the cuts leave of its
// weights; bonds are stored as shares of their column.
//
// Then all active stake counted, whether its neuron had a permit or not, so that what holds none makes trust scarcer; as many neurons got permits as there were seats, even
// without stake; and the owner of a subnet was like anybody.
func Rule2023(in *yuma.Input) *yuma.Output {
	then := *in
	then.HasOwner = false
	s := yuma.Prepare(&then)
	s.ActiveStake = slices.Clone(s.Stake)
	for i, active := range s.Active {
		if !active {
			s.ActiveStake[i] = fixed.I32F32{}
		}
	}
	yuma.Normalize(s.ActiveStake)
	s.NewPermits = seats(s.Stake, int(in.MaxAllowedValidators))
	weights := s.Weights
	for range weightCuts {
		weights = yuma.ClippedRows(weights, meanWeights(weights, s.ActiveStake))
	}
	return s.Output(judge(s, weights, freshBonds(in), fixed.I32F32FromRatio(1, 10).Div(fixed.I32F32FromInt(int64(in.Neurons)+1))))
}

// seats goes to as many neurons with the highest stakes; of equal ones to the later.
func seats(stake []fixed.I32F32, n int) []bool {
	order := make([]int, len(stake))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return stake[a].Cmp(stake[b]) })
	seated := make([]bool, len(stake))
	for _, uid := range order[max(len(order)-n, 0):] {
		seated[uid] = true
	}
	return seated
}

// freshBonds is the bonds of those who have set weights since the neuron they are on registered.
func freshBonds(in *yuma.Input) [][]yuma.Cell {
	out := make([][]yuma.Cell, in.Neurons)
	for i, row := range in.Bonds[:min(len(in.Bonds), len(in.LastUpdate), in.Neurons)] {
		for _, bond := range row {
			if int(bond.UID) < len(in.BlockAtRegistration) && in.LastUpdate[i] > in.BlockAtRegistration[bond.UID] {
				out[i] = append(out[i], yuma.Cell{Column: bond.UID, Value: yuma.FromFraction(bond.Value)})
			}
		}
	}
	return out
}

// meanWeights is, for each neuron, the mean of the weights for it, by their parts of the neuron's increments W∘S: a weight counts with itself and with its stake.
func meanWeights(weights [][]yuma.Cell, stake []fixed.I32F32) []fixed.I32F32 {
	mean := make([]fixed.I32F32, len(weights))
	votes := yuma.ScaledRows(weights, stake)
	yuma.NormalizeColumns(votes, len(mean))
	for i, row := range votes {
		for k, vote := range row {
			mean[vote.Column] = mean[vote.Column].Add(vote.Value.Mul(weights[i][k].Value))
		}
	}
	return mean
}

// judge is what both rules have in common. Former are the bonds so far, in any scale by column; a ranking of at least least makes trust. The bonds of the scores are shares
// of their column.
func judge(s *yuma.Stage, weights, former [][]yuma.Cell, least fixed.I32F32) yuma.Scores {
	n, p := s.Input.Neurons, s.Input.Parameters
	rank := yuma.WeighColumns(weights, s.ActiveStake, n)
	yuma.Normalize(rank)
	trust := trusted(weights, s.ActiveStake, least)
	consensus := make([]fixed.I32F32, n)
	rho, kappa := fixed.I32F32FromInt(int64(p.Rho)), yuma.FromFraction(p.Kappa)
	for j, t := range trust {
		consensus[j] = Of(t, rho, kappa)
	}
	incentive := yuma.Products(rank, consensus)
	yuma.Normalize(incentive)

	fresh := yuma.ScaledRows(weights, s.ActiveStake)
	yuma.NormalizeColumns(fresh, n)
	yuma.NormalizeColumns(former, n)
	bonds := yuma.MovingAverage(fresh, former, yuma.NewShare(p.BondsMovingAverage))
	yuma.NormalizeColumns(bonds, n)
	dividends := yuma.WeighRows(bonds, incentive)
	yuma.Normalize(dividends)
	return yuma.Scores{
		Consensus: consensus, ValidatorTrust: yuma.RowSums(weights), Rank: rank, Trust: trust, Incentive: incentive, Dividends: dividends, Bonds: bonds,
	}
}

// trusted is, for each neuron, the stake behind rankings of it that are at least least.
func trusted(weights [][]yuma.Cell, stake []fixed.I32F32, least fixed.I32F32) []fixed.I32F32 {
	trust := make([]fixed.I32F32, len(weights))
	for i, row := range weights {
		for _, c := range row {
			if !c.Value.Less(least) {
				trust[c.Column] = trust[c.Column].Add(stake[i])
			}
		}
	}
	return trust
}
