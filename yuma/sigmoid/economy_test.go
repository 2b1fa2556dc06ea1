package sigmoid_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma/sigmoid"
)

func float(t interface{ Fatalf(string, ...any) }, x fmt.Stringer) float64 {
	f, err := strconv.ParseFloat(x.String(), 64)
	if err != nil {
		t.Fatalf("%v: %v", x, err)
	}
	return f
}

func ratio(a, b uint64) fixed.I64F64 { return fixed.I64F64FromRatio(a, b) }

// The table that the whitepaper prints in its section on collusion, computed there with binary floats of 64 bits.
var published = []float64{0.4877323388820201, 0.4849535784321247, 0.4815511535094221, 0.477389901500398, 0.4723093486843246}

func TestPublishedCollusionTable_S_CON_16_CabalShrinks(t *testing.T) {
	ours := sigmoid.Collusion(ratio(51, 100), ratio(10, 1), ratio(1, 10), 100)
	for block, want := range published {
		if got := float(t, ours[block]); math.Abs(got-want) > 2e-16 {
			t.Errorf("block %d: the cabal has %v of the stake, published %v", block, ours[block], want)
		}
	}
	for block := 1; block < len(ours); block++ {
		if !ours[block].Less(ours[block-1]) {
			t.Errorf("the cabal grows in block %d: %v after %v", block, ours[block], ours[block-1])
		}
	}
	grown := sigmoid.Collusion(ratio(49, 100), ratio(10, 1), ratio(1, 10), 10)
	if !ratio(51, 100).Less(grown[9]) {
		t.Errorf("a cabal with more than half of the stake has %v after 10 blocks, want more than its 0.51", grown[9])
	}
}

// B(t+1) = B(t) + W∘S: after each block a bond is the sum of the weights so far, each times the stake share that its holder had then, also while weights change.
func TestEconomy_S_CON_11_BondsAccumulate(t *testing.T) {
	e := sigmoid.Economy{Stake: []fixed.I64F64{ratio(3, 1), ratio(1, 1), ratio(2, 1)}, Temperature: ratio(10, 1), Inflation: ratio(1, 10)}
	var want [3][3]float64
	for block := range uint64(12) {
		weights := [][]fixed.I64F64{ // each row sums to 1, and moves with the block
			{ratio(0, 1), ratio(block, 12), ratio(12-block, 12)},
			{ratio(1, 2), ratio(0, 1), ratio(1, 2)},
			{ratio(12-block, 12), ratio(block, 12), ratio(0, 1)},
		}
		total := 0.0
		for _, s := range e.Stake {
			total += float(t, s)
		}
		for i, s := range e.Stake {
			for j, w := range weights[i] {
				want[i][j] += float(t, w) * float(t, s) / total
			}
		}
		e.Step(weights)
		for i := range want {
			for j := range want[i] {
				if got := float(t, e.Bonds[i][j]); math.Abs(got-want[i][j]) > 1e-14 {
					t.Errorf("block %d: the bond of %d on %d is %v, the sum of W∘S %v", block, i, j, got, want[i][j])
				}
			}
		}
	}
}

// paper is the model in floats, written from the formulas: R = WᵀS, T = (W≠0)ᵀS, C = σ(rho (T - ½)), I = R·C, ΔB = W∘S, ΔS = ½ B I + ½ I.
func paper(w [][]float64, stake []float64, bonds [][]float64, rho, tau float64) (trust, consensus, incentive, next []float64) {
	n := len(stake)
	total := 0.0
	for _, s := range stake {
		total += s
	}
	trust, consensus, incentive, next = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	norm := 0.0
	for j := range n {
		rank := 0.0
		for i := range n {
			rank += w[i][j] * stake[i] / total
			if w[i][j] > 0 {
				trust[j] += stake[i] / total
			}
			bonds[i][j] += w[i][j] * stake[i] / total
		}
		consensus[j] = 1 / (1 + math.Exp(-rho*(trust[j]-0.5)))
		incentive[j] = rank * consensus[j]
		norm += incentive[j]
	}
	for j := range n {
		incentive[j] /= norm
		next[j] += stake[j] + tau*total*incentive[j]/2
	}
	for j := range n {
		held := 0.0
		for i := range n {
			held += bonds[i][j]
		}
		for i := range n {
			if held > 0 {
				next[i] += tau * total * bonds[i][j] / held * incentive[j] / 2
			}
		}
	}
	return trust, consensus, incentive, next
}

func TestEconomyAgreesWithThePaperInFloats_S_CON_04_08_11_13(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "peers")
		e := sigmoid.Economy{Temperature: ratio(10, 1), Inflation: ratio(1, 100)}
		stake, bonds := make([]float64, n), make([][]float64, n)
		for i := range n {
			s := rapid.Uint64Range(1, 1000).Draw(t, "stake")
			e.Stake = append(e.Stake, ratio(s, 1))
			stake[i], bonds[i] = float64(s), make([]float64, n)
		}
		for range 5 {
			exact, w := make([][]fixed.I64F64, n), make([][]float64, n)
			for i := range n {
				exact[i], w[i] = make([]fixed.I64F64, n), make([]float64, n)
				parts := rapid.SliceOfN(rapid.Uint64Range(0, 5), n, n).Draw(t, "weights")
				var all uint64 = 1
				for _, p := range parts {
					all += p
				}
				parts[i]++
				for j, p := range parts {
					exact[i][j], w[i][j] = ratio(p, all), float64(p)/float64(all)
				}
			}
			got := e.Step(exact)
			var trust, consensus, incentive []float64
			trust, consensus, incentive, stake = paper(w, stake, bonds, 10, 0.01)
			for j := range n {
				close(t, "trust", j, got.Trust[j], trust[j])
				close(t, "consensus", j, got.Consensus[j], consensus[j])
				close(t, "incentive", j, got.Incentive[j], incentive[j])
				close(t, "stake", j, e.Stake[j], stake[j])
				for i := range n {
					close(t, "bond", j, e.Bonds[i][j], bonds[i][j])
				}
			}
		}
	})
}

func close(t *rapid.T, what string, peer int, got fixed.I64F64, want float64) {
	if g := float(t, got); math.Abs(g-want) > 1e-12*max(1, want) {
		t.Fatalf("%s of peer %d is %v, want %v", what, peer, got, want)
	}
}
