package results

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
)

// Contest is the two-team game of upstream's docs/consensus.md: honest validators give honest servers their true utility, a cabal gives itself what serves it best.
type Contest struct {
	HonestStake float64 // of all stake, above one half
	Deviation   float64 // sigma of weights, in parts of their mean
	Penalty     float64 // beta, the bonds penalty, 0..1
	Validation  float64 // xi, the validators' part of the emission, 0..1
}

// Grid is how finely the cabal's choices are tried.
type Grid struct {
	CabalWeights []float64 // self-weights of the cabal
	Draws        int       // networks drawn at random; the figure is their mean
	Step         float64   // of the honest utility that is looked for
}

// Sample takes seconds; Full is upstream's own grid of self-weights, on several networks.
var (
	Sample = Grid{CabalWeights: []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}, Draws: 1, Step: 0.005}
	Full   = Grid{CabalWeights: upTo(50), Draws: 5, Step: 0.001}
)

// upTo is 0, 1/n … 1.
func upTo(n int) (out []float64) {
	for i := range n + 1 {
		out = append(out, float64(i)/float64(n))
	}
	return out
}

// The size of upstream's experiments.
const (
	neurons    = 512
	validators = 64
)

// Utility is the least honest utility (the honest validators' weight on honest servers) at which honest stake is retained, whatever weight the cabal sets on itself: above
// it, one epoch pays the honest side at least its part of the stake.
func (c Contest) Utility(g Grid) float64 {
	var sum float64
	for draw := range g.Draws {
		n := drawNetwork(c, uint64(draw))
		worst := 0.0
		for _, cabal := range g.CabalWeights {
			if worst > 0 && n.honestEmission(worst, cabal) >= c.HonestStake {
				continue // needs no more than another choice of the cabal does
			}
			low, high := worst, 1.0
			for high-low > g.Step {
				if mid := (low + high) / 2; n.honestEmission(mid, cabal) >= c.HonestStake {
					high = mid
				} else {
					low = mid
				}
			}
			worst = high
		}
		sum += worst
	}
	return sum / float64(g.Draws)
}

// network is a drawn one: validators first, of each kind the honest first.
type network struct {
	Contest
	honestValidators, honestServers int
	stake                           []fixed.I64F64
	sample                          [][]float64 // weights before they are scaled to what each side gives each side
}

// drawNetwork draws stakes and weights from normal distributions, cut at 0: stakes with a deviation of 0.3, as upstream.
func drawNetwork(c Contest, seed uint64) *network {
	const stakeDeviation, allStake = 0.3, 21_000_000_000_000_000
	rng := rand.New(rand.NewPCG(seed, 0x636f6e73656e7375))
	normal := func(deviation float64) float64 { return math.Max(0, 1+deviation*rng.NormFloat64()) }
	n := &network{
		Contest: c, honestValidators: share(c.HonestStake, validators), honestServers: share(c.HonestStake, neurons-validators),
		stake: make([]fixed.I64F64, neurons), sample: make([][]float64, validators),
	}
	for _, side := range []struct {
		from, to int
		part     float64
	}{{0, n.honestValidators, c.HonestStake}, {n.honestValidators, validators, 1 - c.HonestStake}} {
		drawn, sum := make([]float64, side.to-side.from), 0.0
		for i := range drawn {
			drawn[i] = normal(stakeDeviation)
			sum += drawn[i]
		}
		for i, s := range drawn {
			n.stake[side.from+i] = fixed.I64F64FromUint(uint64(s / sum * side.part * allStake))
		}
	}
	for i := range n.sample {
		row := make([]float64, neurons-validators)
		for j := range row {
			row[j] = normal(c.Deviation)
		}
		scale(row[:n.honestServers])
		scale(row[n.honestServers:])
		n.sample[i] = row
	}
	return n
}

// share is a part of a number, at least one and not all.
func share(part float64, of int) int { return min(max(int(part*float64(of)), 1), of-1) }

func scale(x []float64) {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	for i := range x {
		x[i] /= sum
	}
}

// honestEmission is the part of an epoch's emission that the honest side gets when honest servers have a given utility and the cabal a given weight for itself.
func (n *network) honestEmission(utility, cabal float64) float64 {
	const one = math.MaxUint16
	in := &yuma.Input{
		Neurons: neurons, Block: 1000, Tempo: 360, LastStepBlock: 640, ActivityCutoff: 5000, MaxAllowedValidators: validators,
		Stake: n.stake, ValidatorPermit: make([]bool, neurons), LastUpdate: make([]uint64, neurons), BlockAtRegistration: make([]uint64, neurons),
		Weights: make([][]yuma.Entry, neurons), Bonds: make([][]yuma.Entry, neurons),
		Parameters: yuma.Parameters{Kappa: one / 2, BondsPenalty: uint16(math.Round(n.Penalty * one)), BondsMovingAverage: 900_000},
	}
	for i := range validators {
		in.ValidatorPermit[i], in.LastUpdate[i] = true, in.Block
		onHonest := utility
		if i >= n.honestValidators {
			onHonest = 1 - cabal
		}
		for j, w := range n.sample[i] {
			part := onHonest
			if j >= n.honestServers {
				part = 1 - onHonest
			}
			if v := uint16(part * w * one); v > 0 {
				in.Weights[i] = append(in.Weights[i], yuma.Entry{UID: uint16(validators + j), Value: v})
			}
		}
	}
	out := yuma.Yuma2(in)
	var incentive, dividends float64
	for _, v := range out.Trace.Incentive[validators : validators+n.honestServers] {
		incentive += floatOf(v)
	}
	for _, v := range out.Trace.Dividends[:n.honestValidators] {
		dividends += floatOf(v)
	}
	return n.Validation*dividends + (1-n.Validation)*incentive
}

// floatOf is a number with 32 fractional bits as a float, without loss below 2^20.
func floatOf(v fixed.I32F32) float64 { return float64(v.Bits()) / (1 << 32) }

// guarantees are the honest utilities that upstream's docs/consensus.md states to retain 60 % of honest stake.
var guarantees = []struct {
	what      string
	c         Contest
	published int // percent
}{
	{"weight deviation 0", Contest{0.6, 0, 1, 0.5}, 60},
	{"weight deviation 0.2", Contest{0.6, 0.2, 1, 0.5}, 67},
	{"weight deviation 0.4", Contest{0.6, 0.4, 1, 0.5}, 73},
	{"bonds penalty 0", Contest{0.6, 0.4, 0, 0.5}, 78},
	{"bonds penalty 0.5", Contest{0.6, 0.4, 0.5, 0.5}, 76},
	{"bonds penalty 1", Contest{0.6, 0.4, 1, 0.5}, 73},
	{"validators' part 0", Contest{0.6, 0.4, 1, 0}, 82},
	{"validators' part 0.25", Contest{0.6, 0.4, 1, 0.25}, 78},
	{"validators' part 0.5", Contest{0.6, 0.4, 1, 0.5}, 73},
}

// nearEnough is how many percent points apart a guarantee may be: upstream states whole ones, read off contour lines of another draw.
const nearEnough = 1.5

func retention(g Grid) (rows []Row) {
	known := map[Contest]float64{}
	for _, r := range guarantees {
		ours, ok := known[r.c]
		if !ok {
			ours = 100 * r.c.Utility(g)
			known[r.c] = ours
		}
		rows = append(rows, Row{
			Source: "upstream docs/consensus.md, retention", Case: "honest utility that retains 60 % of stake, " + r.what, Published: fmt.Sprintf("%d %%", r.published),
			Ours: fmt.Sprintf("%.1f %%", ours), Within: fmt.Sprintf("%v percent points", nearEnough), Agrees: math.Abs(ours-float64(r.published)) <= nearEnough,
		})
	}
	return rows
}
