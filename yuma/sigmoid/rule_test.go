package sigmoid_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
	"github.com/myelin-go/myelin/yuma/sigmoid"
)

// rated is a subnet whose validators are the first uids, with rows of weights and stakes as given.
func rated(neurons int, stake []uint64, weights ...[]uint16) *yuma.Input {
	in := &yuma.Input{
		Neurons: neurons, Block: 1000, Tempo: 100, LastStepBlock: 900, ActivityCutoff: 5000, MaxAllowedValidators: uint16(len(stake)),
		Stake: make([]fixed.I64F64, neurons), ValidatorPermit: make([]bool, neurons),
		LastUpdate: make([]uint64, neurons), BlockAtRegistration: make([]uint64, neurons), Weights: make([][]yuma.Entry, neurons), Bonds: make([][]yuma.Entry, neurons),
		Emission: 1_000_000_000, Parameters: yuma.Parameters{Kappa: 32767, Rho: 10, BondsMovingAverage: 900_000},
	}
	for uid := range neurons {
		in.LastUpdate[uid], in.BlockAtRegistration[uid] = 950, 1
	}
	for uid, s := range stake {
		in.Stake[uid], in.ValidatorPermit[uid] = fixed.I64F64FromUint(s), true
	}
	for uid, row := range weights {
		for j, w := range row {
			if w > 0 {
				in.Weights[uid] = append(in.Weights[uid], yuma.Entry{UID: uint16(j), Value: w})
			}
		}
	}
	return in
}

func near(t *testing.T, what string, got uint16, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want*65535) > 1.5 {
		t.Errorf("%s is %d of 65535, want %v", what, got, want)
	}
}

func TestSigmoid_S_CON_03_TrustIsStakeBehindAnyRanking(t *testing.T) {
	// Uid 3 is ranked high by one validator with 60 %, uid 4 low by two with 40 %, uid 5 by all.
	in := rated(6, []uint64{600, 300, 100}, []uint16{0, 0, 0, 65535, 0, 1}, []uint16{0, 0, 0, 0, 1, 65535}, []uint16{0, 0, 0, 0, 1, 65535})
	out := sigmoid.Rule2022(in)
	near(t, "trust of uid 3", out.Trust[3], 0.6)
	near(t, "trust of uid 4", out.Trust[4], 0.4)
	near(t, "trust of uid 5", out.Trust[5], 1)
	near(t, "trust of a validator", out.Trust[0], 0)
	near(t, "validator trust", out.ValidatorTrust[0], 1)
}

func TestSigmoid_S_CON_04_06_07_ConsensusIsTheSigmoidOfTrust(t *testing.T) {
	in := rated(5, []uint64{400, 600}, []uint16{0, 0, 1, 1, 0}, []uint16{0, 0, 0, 1, 1})
	out := sigmoid.Rule2022(in)
	for uid, trust := range map[int]float64{2: 0.4, 3: 1, 4: 0.6} {
		near(t, fmt.Sprintf("consensus of uid %d", uid), out.Consensus[uid], 1/(1+math.Exp(-10*(trust-32767.0/65535))))
	}
	if out.Consensus[2] >= 32768 || out.Consensus[4] <= 32768 {
		t.Errorf("consensus %v: more than half is for whoever has the majority's rankings", out.Consensus)
	}
	steep := rated(5, []uint64{400, 600}, []uint16{0, 0, 1, 1, 0}, []uint16{0, 0, 0, 1, 1})
	steep.Parameters.Rho = 20
	if s := sigmoid.Rule2022(steep); s.Consensus[2] >= out.Consensus[2] || s.Consensus[4] <= out.Consensus[4] {
		t.Errorf("a higher rho must be steeper: %v against %v", s.Consensus, out.Consensus)
	}
}

func TestSigmoid_S_CON_09_OutsideConsensusEarnsExponentiallyLess(t *testing.T) {
	// Equal weights from 10 %, 20 % … of the stake: incentive per rank falls by about e for each tenth below one half.
	var before float64
	for tenth := uint64(1); tenth <= 4; tenth++ {
		in := rated(4, []uint64{tenth * 100, 1000 - tenth*100}, []uint16{0, 0, 1, 1}, []uint16{0, 0, 0, 1})
		out := sigmoid.Rule2022(in)
		perRank := float64(out.Incentive[2]) / float64(out.Rank[2]) * (float64(out.Rank[3]) / float64(out.Incentive[3]))
		if tenth > 1 && perRank/before < 1.8 {
			t.Errorf("at %d tenths of the stake incentive per rank is %v, at one tenth less %v", tenth, perRank, before)
		}
		before = perRank
	}
}

func TestSigmoid_S_TOK_09_S_CON_13_HalfToServersHalfToValidators(t *testing.T) {
	for name, rule := range rules {
		in := rated(5, []uint64{700, 300}, []uint16{0, 0, 30, 20, 10}, []uint16{0, 0, 10, 20, 30})
		out := rule(in)
		var server, validator uint64
		for uid := range in.Neurons {
			server += out.ServerEmission[uid]
			validator += out.ValidatorEmission[uid]
		}
		if half := in.Emission / 2; server < half-10 || server > half || validator < half-10 || validator > half {
			t.Errorf("%s: servers get %d and validators %d of %d, want half each", name, server, validator, in.Emission)
		}
	}
}

func TestSigmoid_S_CON_10_12_BondsAreAnAverageOfWeightTimesStake(t *testing.T) {
	in := rated(3, []uint64{600, 400}, []uint16{0, 0, 1}, []uint16{0, 0, 1})
	first := sigmoid.Rule2022(in)
	near(t, "bond of uid 0", first.Bonds[0][0].Value, 1)
	near(t, "bond of uid 1", first.Bonds[1][0].Value, 4.0/6)
	// Validator 1 turns away from uid 2 (it ranks validator 0 instead): a tenth of its bond goes each epoch.
	in.Bonds = first.Bonds
	in.Weights[1] = []yuma.Entry{{UID: 0, Value: 1}}
	second := sigmoid.Rule2022(in)
	share := 0.9 * 0.4
	near(t, "bond of uid 1 to uid 2", at(second.Bonds[1], 2), share/(1-share))
	in2023 := rated(3, []uint64{600, 400}, []uint16{0, 0, 1}, []uint16{0, 0, 1})
	near(t, "share of uid 1 in March 2023", at(sigmoid.Rule2023(in2023).Bonds[1], 2), 0.4)
}

func at(row []yuma.Entry, uid uint16) uint16 {
	for _, e := range row {
		if e.UID == uid {
			return e.Value
		}
	}
	return 0
}

func TestRule2023CountsOnlyRankingsAboveATenthOfAnEqualShare(t *testing.T) {
	// 0.1 / (4 + 1) = 0.02 is the least: 2 % of a row counts, 1 % does not.
	in := rated(4, []uint64{1000}, []uint16{0, 10, 20, 970})
	early, march := sigmoid.Rule2022(in), sigmoid.Rule2023(in)
	for uid, want := range map[int][2]float64{1: {1, 0}, 2: {1, 1}, 3: {1, 1}} {
		near(t, fmt.Sprintf("2022: trust of uid %d", uid), early.Trust[uid], want[0])
		near(t, fmt.Sprintf("2023: trust of uid %d", uid), march.Trust[uid], want[1])
	}
}

// Before Yuma stake counted with or without a permit: what ranks nobody makes trust scarcer, unless its neuron is silent.
func TestRule2023CountsAllActiveStake(t *testing.T) {
	in := rated(4, []uint64{600, 400}, []uint16{0, 0, 1, 1}, []uint16{0, 0, 0, 1})
	in.ValidatorPermit[1] = false
	near(t, "trust among those with a permit", sigmoid.Rule2022(in).Trust[2], 1)
	near(t, "trust in March 2023", sigmoid.Rule2023(in).Trust[2], 0.6)
	near(t, "trust of whom only one without permit ranks too", sigmoid.Rule2023(in).Trust[3], 0.6)
	in.LastUpdate[1], in.ActivityCutoff = 10, 500
	near(t, "trust when the other is silent", sigmoid.Rule2023(in).Trust[2], 1)
}

// As many got permits as there were seats, without stake too; of equals the later. An owner had no rights.
func TestRule2023PermitsAndOwner(t *testing.T) {
	in := rated(5, []uint64{600, 400}, []uint16{1, 0, 1}, []uint16{0, 0, 1})
	in.HasOwner, in.Owner = true, 0
	for seats, want := range map[uint16][]bool{
		1: {true, false, false, false, false}, 3: {true, true, false, false, true}, 9: {true, true, true, true, true},
	} {
		in.MaxAllowedValidators = seats
		if got := sigmoid.Rule2023(in).ValidatorPermit; !slices.Equal(got, want) {
			t.Errorf("%d seats go to %v, want %v", seats, got, want)
		}
	}
	near(t, "rank of an owner that ranks itself", sigmoid.Rule2023(in).Rank[0], 0)
	if sigmoid.Rule2022(in).Rank[0] == 0 {
		t.Error("today's owner may rank itself")
	}
}

// A bond ended when its neuron was replaced, unless its holder had set weights since.
func TestRule2023BondsFollowTheLastWeights(t *testing.T) {
	in := rated(3, []uint64{500, 500}, []uint16{0, 0, 1}, []uint16{0, 0, 1})
	in.Bonds[0] = []yuma.Entry{{UID: 2, Value: 65535}}
	near(t, "share with an older bond", at(sigmoid.Rule2023(in).Bonds[0], 2), 0.95)
	in.BlockAtRegistration[2] = 940 // since the last epoch, but before the weights
	near(t, "share with a bond to who came before the weights", at(sigmoid.Rule2023(in).Bonds[0], 2), 0.95)
	in.LastUpdate[1] = 960
	in.BlockAtRegistration[2] = 955
	near(t, "share with a bond to who came after them", at(sigmoid.Rule2023(in).Bonds[1], 2), 1)
}

// A validator that gives a neuron more than the others do is cut to the mean three times: what it keeps of its weights is its trust.
func TestRule2023CutsWeightsThreeTimes(t *testing.T) {
	in := rated(5, []uint64{500, 500}, []uint16{0, 0, 1, 1, 0}, []uint16{0, 0, 1, 0, 1})
	out := sigmoid.Rule2023(in)
	near(t, "trust of a validator whose weights another only half shares", out.ValidatorTrust[0], 1) // alone on uid 3, its weight is the mean
	in = rated(5, []uint64{500, 500}, []uint16{0, 0, 9, 1, 0}, []uint16{0, 0, 5, 5, 0})
	out = sigmoid.Rule2023(in)
	first, second := cutTo(0.9, 0.5), cutTo(0.5, 0.1)
	near(t, "trust of the validator that prefers uid 2", out.ValidatorTrust[0], first+0.1)
	near(t, "trust of the other", out.ValidatorTrust[1], 0.5+second)
	near(t, "rank of uid 2", out.Rank[2], (first+0.5)/(first+0.5+0.1+second))
}

// cutTo is what three cuts leave of the higher of two weights with equal stake behind them.
func cutTo(high, low float64) float64 {
	for range 3 {
		high = min(high, (high*high+low*low)/(high+low))
	}
	return high
}

// The whitepaper's contest, run by the rule on the chain's numbers: each side is a validator and a server that it alone ranks, and stakes what both earn.
func TestRuleAgreesWithEconomyOnCollusion(t *testing.T) {
	in := rated(4, []uint64{510_000_000, 490_000_000}, []uint16{0, 0, 1, 0}, []uint16{0, 0, 0, 1})
	in.Parameters.Kappa = 32768 // as near to one half as it gets
	stake := [2]uint64{510_000_000, 490_000_000}
	for block, want := range published {
		in.Emission = (stake[0] + stake[1]) / 10
		out := sigmoid.Rule2022(in)
		in.Bonds = out.Bonds
		for side := range stake {
			stake[side] += out.Emission[side] + out.Emission[2+side]
			in.Stake[side] = fixed.I64F64FromUint(stake[side])
		}
		if got := float64(stake[1]) / float64(stake[0]+stake[1]); math.Abs(got-want) > 1e-6 {
			t.Errorf("block %d: the cabal has %v of the stake, published %v", block, got, want)
		}
	}
}

var rules = map[string]yuma.Rule{"2022": sigmoid.Rule2022, "2023": sigmoid.Rule2023}

// network is a random subnet whose first uids are validators that rate every neuron, some with 0.
func network(seed uint64, neurons, validators int) *yuma.Input {
	r := rand.New(rand.NewPCG(seed, 7))
	stake, weights := make([]uint64, validators), make([][]uint16, validators)
	for i := range validators {
		stake[i], weights[i] = 1+r.Uint64N(1e15), make([]uint16, neurons)
		for j := range neurons {
			if r.UintN(4) > 0 {
				weights[i][j] = uint16(r.UintN(65536))
			}
		}
	}
	in := rated(neurons, stake, weights...)
	for i := range validators {
		for j := range neurons {
			in.Bonds[i] = append(in.Bonds[i], yuma.Entry{UID: uint16(j), Value: uint16(r.UintN(65536))})
		}
		in.ValidatorPermit[i] = i == 0 || r.UintN(4) > 0
		if in.ActivityCutoff = 100; i > 0 && r.UintN(4) == 0 {
			in.LastUpdate[i] = 850
		}
	}
	return in
}

// Numbers of 32 fractional bits, each rounded down in sums of up to n products, against floats of 64 bits.
func TestRulesAgreeWithFloats(t *testing.T) {
	for name, rule := range rules {
		for seed := range uint64(20) {
			n := 8 + int(seed)*4
			in := network(seed, n, 1+int(seed))
			got, want := rule(in), reference(in, name == "2023")
			for uid := range n {
				for what, pair := range map[string][2]float64{
					"rank": {float64(got.Rank[uid]), want.rank[uid]}, "trust": {float64(got.Trust[uid]), want.trust[uid]},
					"consensus": {float64(got.Consensus[uid]), want.consensus[uid]}, "incentive": {float64(got.Incentive[uid]), want.incentive[uid]},
					"dividends": {float64(got.Dividends[uid]), want.dividends[uid]},
				} {
					if math.Abs(pair[0]-pair[1]*65535) > 1.1 {
						t.Errorf("%s, seed %d: %s of uid %d is %v, want %v", name, seed, what, uid, pair[0], pair[1]*65535)
					}
				}
			}
		}
	}
}

type floats struct{ rank, trust, consensus, incentive, dividends []float64 }

// reference is both rules in floats, dense and straight from the formulas.
func reference(in *yuma.Input, march bool) floats {
	n := in.Neurons
	vector := func() []float64 { return make([]float64, n) }
	matrix := func(rows [][]yuma.Entry) [][]float64 {
		m := make([][]float64, n)
		for i := range m {
			m[i] = vector()
			for _, e := range rows[i] {
				m[i][e.UID] = float64(e.Value)
			}
		}
		return m
	}
	columns := func(m [][]float64) {
		for j := range n {
			sum := 0.0
			for i := range n {
				sum += m[i][j]
			}
			for i := range n {
				if sum > 0 {
					m[i][j] /= sum
				}
			}
		}
	}
	normal := func(x []float64) {
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		for i := range x {
			if sum > 0 {
				x[i] /= sum
			}
		}
	}
	stake, least := vector(), 0.0
	for i := range stake {
		if in.LastUpdate[i]+in.ActivityCutoff >= in.Block && (march || in.ValidatorPermit[i]) {
			stake[i] = float64(in.Stake[i].ToUint64())
		}
	}
	normal(stake)
	if march {
		least = 0.1 / float64(n+1)
	}
	out := floats{vector(), vector(), vector(), vector(), vector()}
	w, b := matrix(in.Weights), matrix(in.Bonds)
	fresh := make([][]float64, n)
	for i := range w {
		w[i][i] = 0
		if normal(w[i]); !in.ValidatorPermit[i] {
			w[i] = vector()
		}
	}
	for cut := 0; march && cut < 3; cut++ {
		for j := range n {
			behind, mean := 0.0, 0.0
			for i := range n {
				behind += w[i][j] * stake[i]
				mean += w[i][j] * stake[i] * w[i][j]
			}
			for i := range n {
				if behind > 0 {
					w[i][j] = min(w[i][j], mean/behind)
				}
			}
		}
	}
	for i := range w {
		fresh[i] = vector()
		for j, v := range w[i] {
			out.rank[j] += v * stake[i]
			fresh[i][j] = v * stake[i]
			if v > 0 && v >= least {
				out.trust[j] += stake[i]
			}
		}
	}
	normal(out.rank)
	for j := range n {
		out.consensus[j] = 1 / (1 + math.Exp(-float64(in.Parameters.Rho)*(out.trust[j]-float64(in.Parameters.Kappa)/65535)))
		out.incentive[j] = out.rank[j] * out.consensus[j]
	}
	normal(out.incentive)
	columns(fresh)
	columns(b)
	for i := range n {
		for j := range n {
			b[i][j] = 0.1*fresh[i][j] + 0.9*b[i][j]
		}
	}
	columns(b)
	for i := range n {
		for j := range n {
			out.dividends[i] += b[i][j] * out.incentive[j]
		}
	}
	normal(out.dividends)
	return out
}

func BenchmarkRule(b *testing.B) {
	for _, n := range []int{256, 4096} {
		in := network(1, n, 64)
		for _, name := range []string{"2022", "2023"} {
			b.Run(fmt.Sprintf("rule=%s/voters=64/neurons=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					rules[name](in)
				}
			})
		}
	}
}
