package yuma

import "github.com/myelin-go/myelin/fixed"

// Yuma3 is the rule of subnets since 2025: a validator's bond to a neuron is a moving average of its weight for it, in 0..1,
// with a plain or a liquid share of the new weight.
func Yuma3(in *Input) *Output {
	s := Prepare(in)
	scores, weights := judge(s)
	bonds := s.bondRows(fromFraction)
	p := in.Parameters
	var ema matrix
	if p.LiquidAlpha && anyNonzero(scores.Consensus) {
		alpha := newLiquidAlpha(fromFraction(p.AlphaLow), fromFraction(p.AlphaHigh),
			fixed.I32F32FromInt(int64(p.AlphaSigmoidSteepness)))
		ema = liquidBonds(weights, bonds, s.compared(scores.Consensus), alpha)
	} else {
		ema = emaBonds(weights, bonds, newShareWrapping(p.BondsMovingAverage))
	}

	// A validator's dividend is its stake times what it holds of each neuron's incentive.
	scores.Dividends = products(ema.heldOf(scores.Incentive), s.ActiveStake)
	normalize(scores.Dividends)
	scores.Bonds = ema
	return s.Output(scores)
}

// compared is the consensus that liquid alpha compares weights with.
func (s *Stage) compared(consensus []fixed.I32F32) []fixed.I32F32 {
	if s.Input.FormerConsensus == nil {
		return consensus
	}
	former := make([]fixed.I32F32, len(consensus))
	for i := range former {
		former[i] = fromFraction(at(s.Input.FormerConsensus, i))
	}
	return former
}

// Yuma2 is the rule before: bonds are shares of a neuron, weighted by stake before the moving average.
func Yuma2(in *Input) *Output {
	s := Prepare(in)
	scores, weights := judge(s)
	bonds := matrix(s.Bonds(func(v uint16) fixed.I32F32 { return fixed.I32F32FromInt(int64(v)) }))
	bonds.columnNormalize(in.Neurons)
	fresh := weights.scaledRows(s.ActiveStake)
	fresh.columnNormalize(in.Neurons)
	ema := emaBonds(fresh, bonds.rows(), newShare(in.Parameters.BondsMovingAverage))
	ema.columnNormalize(in.Neurons)
	scores.Dividends = ema.weightedRowSums(scores.Incentive)
	normalize(scores.Dividends)
	ema.divideColumns(ema.columnMaxima(in.Neurons)) // stored with each column's highest bond at 1
	scores.Bonds = ema
	return s.Output(scores)
}

// judge is what both rules have in common: consensus, the weights clipped to it, what they make of the neurons, and the
// weights that become bonds.
func judge(s *Stage) (Scores, matrix) {
	n, p := s.Input.Neurons, s.Input.Parameters
	weights := matrix(s.Weights)
	consensus := weights.columnMedians(s.ActiveStake, n, fromFraction(p.Kappa))
	clipped := weights.clipped(consensus)
	rank := clipped.weightedColumnSums(s.ActiveStake, n)
	trust := ratios(rank, weights.weightedColumnSums(s.ActiveStake, n))
	normalize(rank)
	return Scores{
		Consensus:      consensus,
		ValidatorTrust: clipped.rowSums(),
		Rank:           rank,
		Trust:          trust,
		Incentive:      rank,
	}, interpolated(weights, clipped, fromFraction(p.BondsPenalty), n)
}

// newShare is the share of new bonds in the plain moving average: 1 - average / 10^6.
func newShare(average uint64) fixed.I32F32 {
	return one.Sub(fixed.I64F64FromUint(average).SafeDiv(million).ToI32F32())
}

// newShareWrapping is newShare as Yuma 3 computes it: an average far outside of 0..10^6 wraps where Yuma 2 saturates.
func newShareWrapping(average uint64) fixed.I32F32 {
	quotient := fixed.I64F64FromInt(int64(average)).Div(million).Bits()
	return one.Sub(fixed.I32F32FromBits(quotient.Hi<<32 | int64(quotient.Lo>>32)))
}

var million = fixed.I64F64FromInt(1_000_000)

func anyNonzero(x []fixed.I32F32) bool {
	for _, v := range x {
		if !v.IsZero() {
			return true
		}
	}
	return false
}
