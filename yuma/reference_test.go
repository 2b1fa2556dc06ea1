package yuma_test

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
	"github.com/myelin-go/myelin/yuma/sigmoid"
)

// The reference is one epoch of each rule in rationals, on dense matrices, from the rules' definitions. It knows nothing of fixed point but one thing: each product
// and each quotient is cut by less than u = 2^-32. So its numbers are spans (span_test.go): from the least that cuts may leave of a figure to its exact value, handed
// on through all that is computed from it. An epoch agrees when each of its figures lies in its span.

// exact is an epoch in rationals.
type exact struct {
	in      *yuma.Input
	n       int
	stake   []span   // of validators, sums to 1
	all     []span   // of everybody, sums to 1
	weights [][]span // rows sum to 1
	has     [][]bool // whether a row has a cell there: one that has none votes 0, one of weight 0 as well, but the latter keeps its bond
	sure    bool     // whether cells can be told
}

func exactOf(in *yuma.Input) *exact {
	e := &exact{in: in, n: in.Neurons, weights: matrixOf(in.Neurons), sure: true}
	all := make([]span, e.n)
	for i := range all {
		all[i] = whole(in.Stake[i].ToInt64())
	}
	shares(all)
	e.all = slices.Clone(all)
	for i := range all {
		if !in.ValidatorPermit[i] {
			all[i] = span{zero, zero}
		}
	}
	shares(all)
	e.stake = all
	e.has = make([][]bool, e.n)
	for i := range e.weights {
		e.has[i] = make([]bool, e.n)
		if !in.ValidatorPermit[i] {
			continue
		}
		for _, w := range in.Weights[i] {
			if int(w.UID) != i {
				e.weights[i][w.UID], e.has[i][w.UID] = whole(int64(w.Value)), true
			}
		}
		shares(e.weights[i])
	}
	return e
}

// outcome is what a rule finds.
type outcome struct {
	consensus, validatorTrust, trust, incentive, dividends []span
	bonds                                                  [][]span
}

// judge is consensus, clipping and what both make of the neurons.
func (e *exact) judge() (out outcome, fresh [][]span) {
	n, p := e.n, e.in.Parameters
	out = outcome{consensus: vectorOf(n), validatorTrust: vectorOf(n), trust: vectorOf(n), incentive: vectorOf(n), dividends: vectorOf(n)}
	minority := one.minus(fraction(p.Kappa))
	penalty := fraction(p.BondsPenalty)
	fresh = matrixOf(n)
	for j := range n {
		out.consensus[j] = e.median(j, minority)
	}
	for j := range n {
		before := span{zero, zero}
		for i := range n {
			w := e.weights[i][j]
			clipped := w.min(out.consensus[j])
			out.validatorTrust[i] = out.validatorTrust[i].plus(clipped)
			out.incentive[j] = out.incentive[j].plus(e.stake[i].times(clipped))
			before = before.plus(e.stake[i].times(w))
			switch p.BondsPenalty {
			case 0:
				fresh[i][j] = w
			case 65535:
				fresh[i][j] = clipped
				// What lies above a consensus of 0 loses its cell.
				if out.consensus[j].low.Sign() <= 0 && e.has[i][j] && w.high.Sign() > 0 {
					e.sure = e.sure && out.consensus[j].high.Sign() == 0
					e.has[i][j] = false
				}
			default:
				fresh[i][j] = w.plus(penalty.timesSigned(clipped.minus(w))).atLeast0()
				e.sure = e.sure && (fresh[i][j].low.Sign() > 0 || fresh[i][j].high.Sign() == 0) // 0 has no cell
				e.has[i][j] = fresh[i][j].high.Sign() > 0
			}
		}
		out.trust[j] = out.incentive[j].over(before)
	}
	shares(out.incentive)
	return out, fresh
}

// median is the lowest weight for neuron j up to which more than the minority of the stake votes, or the highest when none is, or 0 without voters: of all weights for
// which cuts leave that possible, the span. Who has next to no stake may be no voter.
func (e *exact) median(j int, minority span) span {
	var voters []int
	var highest *big.Rat // vote of those who surely have one
	for i, s := range e.stake {
		if s.high.Sign() > 0 {
			voters = append(voters, i)
		}
		if s.low.Sign() > 0 && (highest == nil || e.weights[i][j].high.Cmp(highest) > 0) {
			highest = e.weights[i][j].high
		}
	}
	slices.SortStableFunc(voters, func(a, b int) int { return e.weights[a][j].high.Cmp(e.weights[b][j].high) })
	var found *span
	if highest == nil {
		found = &span{zero, zero}
	}
	below := span{zero, zero} // the stake up to the weight before
	for k := 0; k < len(voters); {
		w, upTo := e.weights[voters[k]][j], below
		for ; k < len(voters) && e.weights[voters[k]][j].high.Cmp(w.high) == 0; k++ {
			upTo = upTo.plus(e.stake[voters[k]])
		}
		last := highest == nil || w.high.Cmp(highest) >= 0
		if below.low.Cmp(minority.high) <= 0 && (last || upTo.high.Cmp(minority.low) > 0) {
			if found == nil {
				found = &w
			} else {
				hull := found.hull(w)
				found = &hull
			}
		}
		below = upTo
	}
	return *found
}

func (e *exact) bondsOf(value func(uint16) span) [][]span {
	m := matrixOf(e.n)
	for i := range m {
		for _, b := range e.in.Bonds[i] {
			m[i][b.UID] = value(b.Value)
		}
	}
	return m
}

// average is the moving average of bonds.
func (e *exact) average(fresh, former [][]span) [][]span {
	share := one.minus(ratioOf(int64(e.in.Parameters.BondsMovingAverage), 1_000_000))
	out := matrixOf(e.n)
	for i := range out {
		for j := range out[i] {
			out[i][j] = share.times(fresh[i][j]).plus(one.minus(share).times(former[i][j]))
		}
	}
	return out
}

// liquid is the average in which each bond has a share of its own, by how far it lies from the weight, or the weight above consensus.
func (e *exact) liquid(consensus []span, fresh, former [][]span) [][]span {
	p := e.in.Parameters
	low, high := fraction(p.AlphaLow), fraction(p.AlphaHigh)
	slope := ratioOf(int64(p.AlphaSigmoidSteepness), -100)
	share := func(apart span) span {
		apart = span{larger(apart.low, zero), larger(apart.high, zero)}.min(one)
		power := slope.timesSigned(apart.minus(span{half, half})).exp()
		v := low.plus(one.over(one.plus(power)).timesSigned(high.minus(low)))
		return span{larger(smaller(v.low, high.low), low.low), larger(smaller(v.high, high.high), low.high)}
	}
	out := matrixOf(e.n)
	for i := range out {
		for j := range out[i] {
			if !e.has[i][j] {
				continue
			}
			weight, bond := fresh[i][j], former[i][j]
			var alpha *span
			add := func(s span) {
				if alpha != nil {
					s = alpha.hull(s)
				}
				alpha = &s
			}
			if weight.low.Cmp(bond.high) < 0 {
				add(share(bond.minus(weight)))
			}
			if weight.high.Cmp(bond.low) >= 0 {
				add(share(weight.minus(consensus[j])))
			}
			out[i][j] = one.minus(*alpha).times(bond).plus(alpha.times(weight)).min(one)
		}
	}
	return out
}

func (e *exact) yuma3() outcome {
	out, fresh := e.judge()
	former := e.bondsOf(fraction)
	if e.in.Parameters.LiquidAlpha {
		none, some := true, false // consensus, surely and possibly
		for _, c := range out.consensus {
			none, some = none && c.low.Sign() <= 0, some || c.high.Sign() > 0
		}
		e.sure = e.sure && none != some
		if some {
			out.bonds = e.liquid(out.consensus, fresh, former)
		}
	}
	if out.bonds == nil {
		out.bonds = e.average(fresh, former)
	}
	held := copied(out.bonds)
	columnShares(held)
	for i := range held {
		for j := range held[i] {
			out.dividends[i] = out.dividends[i].plus(held[i][j].times(out.incentive[j]))
		}
		out.dividends[i] = out.dividends[i].times(e.stake[i])
	}
	shares(out.dividends)
	return out
}

// staked is the rule of bonds that are shares of a neuron, weighted by stake.
func (e *exact) staked(out *outcome, weights [][]span, former [][]span) {
	fresh := matrixOf(e.n)
	for i := range fresh {
		for j := range fresh[i] {
			fresh[i][j] = weights[i][j].times(e.stake[i])
		}
	}
	columnShares(fresh)
	columnShares(former)
	out.bonds = e.average(fresh, former)
	columnShares(out.bonds)
	for i := range out.bonds {
		for j := range out.bonds[i] {
			out.dividends[i] = out.dividends[i].plus(out.incentive[j].times(out.bonds[i][j]))
		}
	}
	shares(out.dividends)
}

// maxScaled makes the highest of each column 1.
func maxScaled(m [][]span) {
	for j := range m {
		highest := span{zero, zero}
		for i := range m {
			highest = span{larger(highest.low, m[i][j].low), larger(highest.high, m[i][j].high)}
		}
		for i := range m {
			m[i][j] = m[i][j].over(highest).min(one)
		}
	}
}

func (e *exact) yuma2() outcome {
	out, fresh := e.judge()
	e.staked(&out, fresh, e.bondsOf(func(v uint16) span { return whole(int64(v)) }))
	maxScaled(out.bonds)
	return out
}

// sigmoid is the rules of before Yuma: that of March 2023 cuts weights to their mean, does not count the least, and counts all stake.
func (e *exact) sigmoid(march bool) outcome {
	n, p := e.n, e.in.Parameters
	w, least := copied(e.weights), span{zero, zero}
	if march {
		e.stake = e.all // then it counted without permit too
		shares(e.stake)
		least = ratioOf(1, 10).over(whole(int64(n + 1)))
		for range 3 {
			votes := matrixOf(n)
			for i := range votes {
				for j := range votes[i] {
					votes[i][j] = w[i][j].times(e.stake[i])
				}
			}
			columnShares(votes)
			for j := range n {
				mean := span{zero, zero}
				for i := range n {
					mean = mean.plus(votes[i][j].times(w[i][j]))
				}
				for i := range n {
					w[i][j] = w[i][j].min(mean)
				}
			}
		}
	}
	out := outcome{consensus: vectorOf(n), validatorTrust: vectorOf(n), trust: vectorOf(n), incentive: vectorOf(n), dividends: vectorOf(n)}
	rank := vectorOf(n)
	for j := range n {
		for i := range n {
			out.validatorTrust[i] = out.validatorTrust[i].plus(w[i][j])
			rank[j] = rank[j].plus(w[i][j].times(e.stake[i]))
			counts, may := w[i][j].low.Sign() > 0, w[i][j].high.Sign() > 0
			if march {
				counts, may = counts && w[i][j].low.Cmp(least.high) >= 0, may && w[i][j].high.Cmp(least.low) >= 0
			}
			switch {
			case counts:
				out.trust[j] = out.trust[j].plus(e.stake[i])
			case may:
				out.trust[j] = out.trust[j].plus(span{zero, e.stake[i].high})
			}
		}
	}
	shares(rank)
	for j := range n {
		x := whole(-int64(p.Rho)).timesSigned(out.trust[j].minus(fraction(p.Kappa)))
		out.consensus[j] = one.over(one.plus(x.exp()))
		out.incentive[j] = rank[j].times(out.consensus[j])
	}
	shares(out.incentive)
	e.staked(&out, w, e.bondsOf(fraction))
	if !march {
		maxScaled(out.bonds)
	}
	return out
}

// drawEpoch draws a subnet in which everybody is active; some may not set weights.
func drawEpoch(t *rapid.T) *yuma.Input {
	n := rapid.IntRange(2, 8).Draw(t, "neurons")
	in := &yuma.Input{
		Neurons: n, Block: 100, Tempo: 10, ActivityCutoff: 1000, MaxAllowedValidators: uint16(n), Emission: 1e9,
		Parameters: yuma.Parameters{
			Kappa:              rapid.Uint16().Draw(t, "kappa"),
			Rho:                rapid.Uint16Range(1, 30).Draw(t, "rho"),
			BondsPenalty:       rapid.OneOf(rapid.Uint16(), rapid.SampledFrom([]uint16{0, 65535})).Draw(t, "penalty"),
			BondsMovingAverage: rapid.Uint64Range(0, 1_000_000).Draw(t, "average"),
			AlphaLow:           rapid.Uint16Range(0, 32768).Draw(t, "low"), AlphaHigh: rapid.Uint16Range(32768, 65535).Draw(t, "high"),
			AlphaSigmoidSteepness: rapid.Int16Range(-1500, 1500).Draw(t, "steepness"),
		},
		ValidatorPermit: make([]bool, n), BlockAtRegistration: make([]uint64, n), LastUpdate: make([]uint64, n),
		Stake: make([]fixed.I64F64, n), Weights: make([][]yuma.Entry, n), Bonds: make([][]yuma.Entry, n),
	}
	for i := range n {
		in.ValidatorPermit[i] = i == 0 || rapid.Bool().Draw(t, "permit")
		in.LastUpdate[i] = 50
		in.Stake[i] = fixed.I64F64FromUint(rapid.Uint64Range(1, 1<<rapid.IntRange(30, 50).Draw(t, "bits")).Draw(t, "stake"))
		in.Weights[i], in.Bonds[i] = drawRow(t, n, "weights"), drawRow(t, n, "bonds")
	}
	return in
}

func drawRow(t *rapid.T, n int, name string) (row []yuma.Entry) {
	for j := range n {
		if rapid.IntRange(0, 2).Draw(t, name+" set") > 0 {
			row = append(row, yuma.Entry{UID: uint16(j), Value: rapid.Uint16().Draw(t, name)})
		}
	}
	return row
}

func TestRulesAgainstRationals(t *testing.T) {
	for _, rule := range []struct {
		name   string
		liquid bool
		ours   yuma.Rule
		exact  func(*exact) outcome
	}{
		{"Yuma3", false, yuma.Yuma3, (*exact).yuma3},
		{"Yuma3 with liquid alpha", true, yuma.Yuma3, (*exact).yuma3},
		{"Yuma2", false, yuma.Yuma2, (*exact).yuma2},
		{"2022", false, sigmoid.Rule2022, func(e *exact) outcome { return e.sigmoid(false) }},
		{"March 2023", false, sigmoid.Rule2023, func(e *exact) outcome { return e.sigmoid(true) }},
	} {
		t.Run(rule.name, func(t *testing.T) {
			figures, tight, all := 0, 0, 0
			rapid.Check(t, func(t *rapid.T) {
				in := drawEpoch(t)
				in.Parameters.LiquidAlpha = rule.liquid
				e := exactOf(in)
				want := rule.exact(e)
				all++
				if !e.sure {
					return
				}
				out := rule.ours(in)
				got := out.Trace
				within := func(name string, i int, got *big.Rat, want span) {
					figures++
					if got.Cmp(want.low) < 0 || got.Cmp(want.high) > 0 {
						t.Fatalf("%s of %d: got %s, want %s to %s", name, i, got.FloatString(12), want.low.FloatString(12), want.high.FloatString(12))
					}
					if want.width() < 1e-6 {
						tight++
					}
				}
				for i := range in.Neurons {
					within("consensus", i, ratOf(got.Consensus[i]), want.consensus[i])
					within("validator trust", i, ratOf(got.ValidatorTrust[i]), want.validatorTrust[i])
					within("incentive", i, ratOf(got.Incentive[i]), want.incentive[i])
					within("dividend", i, ratOf(got.Dividends[i]), want.dividends[i])
					// Trust is known as a part of 65535 only, rounded down.
					trust := span{want.trust[i].low, want.trust[i].high}
					trust.low = larger(new(big.Rat).Sub(trust.low, big.NewRat(2, 65535)), zero)
					within("trust", i, big.NewRat(int64(out.Trust[i]), 65535), trust)
					row := make([]*big.Rat, in.Neurons)
					for _, c := range got.Bonds[i] {
						row[c.Column] = ratOf(c.Value)
					}
					for j, v := range row {
						if v == nil {
							v = zero
						}
						within("bond", i, v, want.bonds[i][j])
					}
				}
			})
			if tight*10 < figures*7 || figures < all*10 {
				t.Errorf("of %d epochs %d figures were compared, only %d of them to 6 digits", all, figures, tight)
			}
			t.Logf("of %d epochs %d figures were compared, %d of them to 6 digits", all, figures, tight)
		})
	}
}
