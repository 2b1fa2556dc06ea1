package yuma

import (
	"github.com/myelin-go/myelin/fixed"
)

// Yuma3 is the rule of subnets since 2025: a validator's bond to a neuron is a moving average of its weight for it, in 0..1,
// with a plain or a liquid share of the new weight.
func Yuma3(in *Input) *Output {
	e := newEpoch(in)
	bonds := e.loadBonds(fromFraction)
	p := in.Parameters
	var ema matrix
	if p.LiquidAlpha && anyNonzero(e.consensus) {
		alpha := newLiquidAlpha(fromFraction(p.AlphaLow), fromFraction(p.AlphaHigh),
			fixed.I32F32FromInt(int64(p.AlphaSigmoidSteepness)))
		ema = liquidBonds(e.bondWeights, bonds, e.consensus, alpha)
	} else {
		ema = emaBonds(e.bondWeights, bonds, newShareWrapping(p.BondsMovingAverage))
	}

	// A validator's dividend is its stake times what it holds of each neuron's incentive.
	shares := copied(ema)
	shares.columnNormalize(e.n)
	shares.scaleColumns(e.incentive)
	dividends := products(shares.rowSums(), e.activeStake)
	normalize(dividends)
	return e.output(dividends, ema)
}

// Yuma2 is the rule before: bonds are shares of a neuron, weighted by stake before the moving average.
func Yuma2(in *Input) *Output {
	e := newEpoch(in)
	bonds := e.loadBonds(func(v uint16) fixed.I32F32 { return fixed.I32F32FromInt(int64(v)) })
	bonds.columnNormalize(e.n)
	fresh := e.bondWeights.scaledRows(e.activeStake)
	fresh.columnNormalize(e.n)
	ema := emaBonds(fresh, bonds, newShare(in.Parameters.BondsMovingAverage))
	ema.columnNormalize(e.n)
	dividends := ema.weightedRowSums(e.incentive)
	normalize(dividends)
	ema.divideColumns(ema.columnMaxima(e.n)) // stored with each column's highest bond at 1
	return e.output(dividends, ema)
}

// epoch holds what the rules have in common up to the bonds.
type epoch struct {
	in *Input
	n  int

	active, newPermits        []bool
	stake, activeStake        []fixed.I32F32
	weights, bondWeights      matrix
	consensus, validatorTrust []fixed.I32F32
	incentive, trust          []fixed.I32F32
}

func newEpoch(in *Input) *epoch {
	e := &epoch{in: in, n: in.Neurons}
	inactive := make([]bool, len(in.LastUpdate))
	e.active = make([]bool, e.n)
	for i, updated := range in.LastUpdate {
		inactive[i] = saturatingAdd(updated, in.ActivityCutoff) < in.Block
		if i < e.n {
			e.active[i] = !inactive[i]
		}
	}

	e.stake = e.normalizedStake()
	forbidden := make([]bool, len(in.ValidatorPermit))
	for i, permit := range in.ValidatorPermit {
		forbidden[i] = !permit && !e.isOwner(i)
	}
	e.newPermits = topNonzero(e.stake, int(in.MaxAllowedValidators))
	if in.HasOwner && int(in.Owner) < e.n {
		e.newPermits[in.Owner] = true
	}
	e.activeStake = append([]fixed.I32F32(nil), e.stake...)
	maskVector(e.activeStake, inactive)
	maskVector(e.activeStake, forbidden)
	normalize(e.activeStake)

	e.weights = e.loadWeights(forbidden)
	e.consensus = e.weights.columnMedians(e.activeStake, e.n, fromFraction(in.Parameters.Kappa))
	clipped := e.weights.clipped(e.consensus)
	e.validatorTrust = clipped.rowSums()
	e.incentive = clipped.weightedColumnSums(e.activeStake, e.n)
	e.trust = ratios(e.incentive, e.weights.weightedColumnSums(e.activeStake, e.n))
	normalize(e.incentive)
	e.bondWeights = interpolated(e.weights, clipped, fromFraction(in.Parameters.BondsPenalty), e.n)
	return e
}

func (e *epoch) isOwner(uid int) bool { return e.in.HasOwner && uid == int(e.in.Owner) }

// normalizedStake is the stake that reaches the threshold, made to sum to 1.
func (e *epoch) normalizedStake() []fixed.I32F32 {
	counted := make([]fixed.I64F64, e.n)
	for i := range counted {
		if s := at(e.in.Stake, i); e.isOwner(i) || s.ToUint64() >= e.in.StakeThreshold {
			counted[i] = s
		}
	}
	normalizeWide(counted)
	stake := make([]fixed.I32F32, e.n)
	for i, s := range counted {
		stake[i] = s.ToI32F32()
	}
	return stake
}

// loadWeights reads the rows of permitted validators without self-weights (but for the owner's) and without weights that
// are older than the neuron they refer to, and normalises them.
func (e *epoch) loadWeights(forbidden []bool) matrix {
	in := e.in
	cells := 0
	for i := range min(e.n, len(in.Weights)) {
		if i < len(forbidden) && !forbidden[i] {
			cells += len(in.Weights[i])
		}
	}
	b := newBuilder(e.n, cells)
	for i := range e.n {
		start := len(b.arena)
		if i < len(forbidden) && !forbidden[i] {
			updated, commit := at(in.LastUpdate, i), uint64(NoCommit)
			if in.CommitBlocks != nil {
				commit = at(in.CommitBlocks, i)
			}
			for _, w := range at(in.Weights, i) {
				j := int(w.UID)
				if j >= e.n || j == i && !e.isOwner(i) {
					continue
				}
				if registered := at(in.BlockAtRegistration, j); updated <= registered || commit < registered {
					continue
				}
				b.add(w.UID, fixed.I32F32FromInt(int64(w.Value)))
			}
		}
		b.endRow(start)
	}
	b.matrix.rowNormalize()
	return b.matrix
}

// loadBonds reads the stored bonds without those to neurons registered since the last epoch.
func (e *epoch) loadBonds(value func(uint16) fixed.I32F32) matrix {
	in := e.in
	last := saturatingAdd(in.LastStepBlock, 1)
	if in.LastStepBlock == 0 {
		last = in.Block - min(in.Block, in.Tempo)
	}
	cells := 0
	for i := range min(e.n, len(in.Bonds)) {
		cells += len(in.Bonds[i])
	}
	b := newBuilder(e.n, cells)
	for i := range e.n {
		start := len(b.arena)
		for _, bond := range at(in.Bonds, i) {
			if last > at(in.BlockAtRegistration, int(bond.UID)) {
				b.add(bond.UID, value(bond.Value))
			}
		}
		b.endRow(start)
	}
	return b.matrix
}

// output shares out the emission and rounds to what is stored.
func (e *epoch) output(dividends []fixed.I32F32, bonds matrix) *Output {
	in := e.in
	combined := make([]fixed.I32F32, e.n)
	for i := range combined {
		combined[i] = e.incentive[i].Add(dividends[i])
	}
	total := sum(combined)
	server := append([]fixed.I32F32(nil), e.incentive...)
	validator := append([]fixed.I32F32(nil), dividends...)
	if total.IsZero() {
		// No weights, only outdated ones, or only self-weights: emission follows stake, of active validators if there is any.
		validator = e.activeStake
		if sum(e.activeStake).IsZero() {
			validator = e.stake
		}
		combined = validator
	} else {
		normalizeBy(server, total)
		normalizeBy(validator, total)
		normalizeBy(combined, total)
	}

	out := &Output{
		Consensus:         toFractions(e.consensus),
		ValidatorTrust:    toFractions(e.validatorTrust),
		Incentive:         toFractions(e.incentive),
		Trust:             toFractions(e.trust),
		Dividends:         toFractions(dividends),
		StakeWeight:       toFractions(e.stake),
		PruningScore:      maxUpscale(combined),
		Active:            e.active,
		ValidatorPermit:   e.newPermits,
		Emission:          amounts(combined, in.Emission),
		ServerEmission:    amounts(server, in.Emission),
		ValidatorEmission: amounts(validator, in.Emission),
		Stake:             make([]uint64, e.n),
		Bonds:             make([][]Entry, e.n),
		Trace: Trace{
			Stake:          e.stake,
			ActiveStake:    e.activeStake,
			Consensus:      e.consensus,
			ValidatorTrust: e.validatorTrust,
			Incentive:      e.incentive,
			Dividends:      dividends,
			Weights:        e.weights,
			Bonds:          bonds,
		},
	}
	for i := range e.n {
		out.Stake[i] = at(in.Stake, i).ToUint64()
		if !e.newPermits[i] {
			continue
		}
		row := make([]Entry, len(bonds[i]))
		for k, c := range bonds[i] {
			row[k] = Entry{c.Column, toFraction(c.Value)}
		}
		out.Bonds[i] = row
	}
	return out
}

// amounts is each share of the emission, rounded down.
func amounts(shares []fixed.I32F32, emission uint64) []uint64 {
	whole := fixed.I96F32FromUint(emission)
	out := make([]uint64, len(shares))
	for i, s := range shares {
		out[i] = s.ToI96F32().Mul(whole).ToUint64()
	}
	return out
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

func copied(m matrix) matrix {
	b := newBuilder(len(m), m.cells())
	for _, row := range m {
		start := len(b.arena)
		b.arena = append(b.arena, row...)
		b.endRow(start)
	}
	return b.matrix
}

func saturatingAdd(a, b uint64) uint64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return ^uint64(0)
}
