package yuma

import (
	"math/big"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"pgregory.net/rapid"
)

// The reference is one epoch of Yuma 3 without liquid alpha in rationals, on dense matrices, from its definition. It knows nothing of fixed point. What
// the epoch may differ by is derived beside it: each step cuts less than u = 2^-32 from what it computes, and hands on the errors of what it computes from.

const u = 1.0 / (1 << 32)

func rat(a, b int64) *big.Rat { return big.NewRat(a, b) }

func ratOf(v fixed.I32F32) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(v.Bits()), new(big.Int).Lsh(big.NewInt(1), 32))
}

func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

func total(x []*big.Rat) *big.Rat {
	sum := new(big.Rat)
	for _, v := range x {
		sum.Add(sum, v)
	}
	return sum
}

// shared is each part of the whole; zeros of zeros.
func shared(x []*big.Rat) []*big.Rat {
	out, sum := make([]*big.Rat, len(x)), total(x)
	for i, v := range x {
		if out[i] = new(big.Rat); sum.Sign() != 0 {
			out[i].Quo(v, sum)
		}
	}
	return out
}

func float(v *big.Rat) float64 { f, _ := v.Float64(); return f }

func square(n int) [][]*big.Rat {
	m := make([][]*big.Rat, n)
	for i := range m {
		m[i] = make([]*big.Rat, n)
		for j := range m[i] {
			m[i][j] = new(big.Rat)
		}
	}
	return m
}

// figures are an epoch's, exactly, with how far the epoch may be off from each.
type figures struct {
	consensus, trust, incentive, dividends []*big.Rat
	bonds                                  [][]*big.Rat

	trustOff, incentiveOff, bondsOff float64
	dividendsOff                     []float64
	unclear                          bool // whether a cut could have moved the median to another weight: nothing can be said then
}

func exactEpoch(in *Input) (f figures) {
	n := in.Neurons
	N := float64(n)
	stake := make([]*big.Rat, n)
	for i := range stake {
		stake[i] = rat(in.Stake[i].ToInt64(), 1)
	}
	stake = shared(stake)
	active := new(big.Rat)
	for i, s := range stake {
		if !in.ValidatorPermit[i] {
			s.SetInt64(0)
		}
		active.Add(active, s)
	}
	stake = shared(stake)
	// Each part is cut by u, and so is their sum, n times; the permitted ones are divided by what they have together.
	stakeOff := (N+1)*2*u/float(active) + u
	f.unclear = stakeOff > 1e-6 // nearly all stake is of those who may not set weights
	weights := square(n)
	for i := range weights {
		if !in.ValidatorPermit[i] {
			continue
		}
		for _, e := range in.Weights[i] {
			if int(e.UID) != i {
				weights[i][e.UID].SetInt64(int64(e.Value))
			}
		}
		weights[i] = shared(weights[i])
	}
	p := in.Parameters
	f.consensus = make([]*big.Rat, n)
	minority := sub(rat(1, 1), rat(int64(p.Kappa), 65535))
	for j := range n {
		var near bool
		f.consensus[j], near = exactMedian(weights, stake, j, minority, 4*N*stakeOff+4*u)
		f.unclear = f.unclear || near
	}
	clipped := square(n)
	rank, fresh := make([]*big.Rat, n), square(n)
	f.trust = make([]*big.Rat, n)
	penalty := rat(int64(p.BondsPenalty), 65535)
	for j := range n {
		rank[j] = new(big.Rat)
		for i := range n {
			clipped[i][j].Set(weights[i][j])
			if weights[i][j].Cmp(f.consensus[j]) > 0 {
				clipped[i][j].Set(f.consensus[j])
			}
			rank[j].Add(rank[j], mul(stake[i], clipped[i][j]))
			fresh[i][j] = add(weights[i][j], mul(penalty, sub(clipped[i][j], weights[i][j])))
		}
	}
	for i := range n {
		f.trust[i] = total(clipped[i])
	}
	f.trustOff = N * u // a weight is cut once
	f.incentive = shared(rank)
	rankOff := N*stakeOff + (N+1)*u // of n products, of a stake and a weight of at most 1
	whole := float(total(rank))
	f.incentiveOff = (N+1)*rankOff/max(whole-N*rankOff, u) + u

	share := sub(rat(1, 1), rat(int64(p.BondsMovingAverage), 1_000_000))
	former := square(n)
	for i := range n {
		for _, e := range in.Bonds[i] {
			former[i][e.UID] = rat(int64(e.Value), 65535)
		}
	}
	f.bonds = square(n)
	for i := range n {
		for j := range n {
			f.bonds[i][j] = add(mul(share, fresh[i][j]), mul(sub(rat(1, 1), share), former[i][j]))
		}
	}
	// The interpolated weight is off by 4u (weight, ratio, product, clipped weight); the average by that, its share's u twice, the old bond's u, and two products.
	f.bondsOff = 9 * u
	column := make([]*big.Rat, n)
	heldOff := make([]float64, n)
	for j := range n {
		column[j] = new(big.Rat)
		for i := range n {
			column[j].Add(column[j], f.bonds[i][j])
		}
		heldOff[j] = 1 // a part of nearly nothing may be anything
		if c := float(column[j]); c > 2*N*f.bondsOff {
			heldOff[j] = min(1, (N+1)*f.bondsOff/(c-N*f.bondsOff)+u)
		}
	}
	dividends, off, offs := make([]*big.Rat, n), make([]float64, n), 0.0
	for i := range n {
		sum, sumOff := new(big.Rat), 0.0
		for j := range n {
			if column[j].Sign() != 0 {
				sum.Add(sum, mul(f.incentive[j], new(big.Rat).Quo(f.bonds[i][j], column[j])))
			}
			sumOff += heldOff[j]*(float(f.incentive[j])+f.incentiveOff) + f.incentiveOff + u
		}
		dividends[i] = mul(sum, stake[i])
		off[i] = float(stake[i])*sumOff + stakeOff*(float(sum)+sumOff) + u
		offs += off[i]
	}
	f.dividends = shared(dividends)
	f.dividendsOff = make([]float64, n)
	whole = float(total(dividends))
	for i := range n {
		f.dividendsOff[i] = 1
		if whole > 2*offs {
			f.dividendsOff[i] = min(1, (off[i]+float(f.dividends[i])*offs)/(whole-offs)+u)
		}
	}
	return f
}

// exactMedian is the lowest weight for neuron j up to which more than the minority of the stake votes, or the highest when none is. Near tells whether the
// stake up to some vote is the minority itself, but for slack.
func exactMedian(weights [][]*big.Rat, stake []*big.Rat, j int, minority *big.Rat, slack float64) (median *big.Rat, near bool) {
	var voters []int
	for i, s := range stake {
		if s.Sign() > 0 {
			voters = append(voters, i)
		}
	}
	slices.SortFunc(voters, func(a, b int) int { return weights[a][j].Cmp(weights[b][j]) })
	sum := new(big.Rat)
	for k, i := range voters {
		sum.Add(sum, stake[i])
		if k+1 < len(voters) && weights[voters[k+1]][j].Cmp(weights[i][j]) == 0 {
			continue
		}
		if d := float(sub(sum, minority)); max(d, -d) <= slack && k+1 < len(voters) {
			near = true
		}
		if median == nil && sum.Cmp(minority) > 0 {
			median = weights[i][j]
		}
	}
	if median == nil {
		median = weights[voters[len(voters)-1]][j]
	}
	return median, near
}

// drawEpoch draws a subnet in which everybody is active; some may not set weights.
func drawEpoch(t *rapid.T) *Input {
	n := rapid.IntRange(2, 8).Draw(t, "neurons")
	in := &Input{
		Neurons: n, Block: 100, Tempo: 10, ActivityCutoff: 1000, MaxAllowedValidators: uint16(n), Emission: 1e9,
		Parameters: Parameters{
			Kappa: rapid.Uint16().Draw(t, "kappa"), BondsPenalty: rapid.Uint16().Draw(t, "penalty"),
			BondsMovingAverage: rapid.Uint64Range(0, 1_000_000).Draw(t, "average"),
		},
		ValidatorPermit: make([]bool, n), BlockAtRegistration: make([]uint64, n), LastUpdate: make([]uint64, n),
		Stake: make([]fixed.I64F64, n), Weights: make([][]Entry, n), Bonds: make([][]Entry, n),
	}
	for i := range n {
		in.ValidatorPermit[i] = i == 0 || rapid.Bool().Draw(t, "permit")
		in.LastUpdate[i] = 50
		in.Stake[i] = fixed.I64F64FromUint(rapid.Uint64Range(1, 1<<rapid.IntRange(30, 50).Draw(t, "bits")).Draw(t, "stake"))
		in.Weights[i], in.Bonds[i] = drawRow(t, n, "weights"), drawRow(t, n, "bonds")
	}
	return in
}

func drawRow(t *rapid.T, n int, name string) (row []Entry) {
	for j := range n {
		if rapid.IntRange(0, 2).Draw(t, name+" set") > 0 {
			row = append(row, Entry{uint16(j), rapid.Uint16().Draw(t, name)})
		}
	}
	return row
}

func TestYuma3AgainstRationals(t *testing.T) {
	tight, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		in := drawEpoch(t)
		want := exactEpoch(in)
		if want.unclear {
			return
		}
		got := Yuma3(in).Trace
		near := func(name string, i int, got fixed.I32F32, want *big.Rat, off float64) {
			if d := float(sub(ratOf(got), want)); max(d, -d) > off {
				t.Fatalf("%s of %d: got %s, exact %s, which is %g off, more than %g", name, i, got, want.FloatString(12), d, off)
			}
		}
		worst := want.incentiveOff
		for i := range in.Neurons {
			near("consensus", i, got.Consensus[i], want.consensus[i], u)
			near("validator trust", i, got.ValidatorTrust[i], want.trust[i], want.trustOff)
			near("incentive", i, got.Incentive[i], want.incentive[i], want.incentiveOff)
			near("dividend", i, got.Dividends[i], want.dividends[i], want.dividendsOff[i])
			row := make([]fixed.I32F32, in.Neurons)
			spread(row, got.Bonds[i])
			for j := range row {
				near("bond", i, row[j], want.bonds[i][j], want.bondsOff)
			}
			worst = max(worst, want.dividendsOff[i])
		}
		all++
		if worst < 1e-5 {
			tight++
		}
	})
	if tight*2 < all || all < 20 {
		t.Errorf("of %d epochs only %d were compared to 5 digits", all, tight)
	}
	t.Logf("%d epochs compared, %d of them to 5 digits", all, tight)
}
