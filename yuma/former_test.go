package yuma

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/fixed"
)

func number(v fixed.I32F32) float64 { return float64(v.Bits()) / (1 << 32) }

// With a former consensus, liquid alpha compares weights with that one: each bond is checked against the formula in 64-bit floats, and all but the bonds
// and what follows from them stays.
func TestLiquidAlphaComparesWithTheFormerConsensus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := subnets(true).Draw(t, "subnet")
		in.Parameters.LiquidAlpha, in.Parameters.BondsPenalty, in.Bonds = true, 0, nil // bonds start from nothing and follow the weights as they are
		in.Parameters.AlphaSigmoidSteepness = rapid.Int16Range(0, 2000).Draw(t, "gentle steepness")
		now := Yuma3(in)
		in.FormerConsensus = rapid.SliceOfN(rapid.Uint16(), 0, in.Neurons+2).Draw(t, "former")
		if in.FormerConsensus == nil {
			in.FormerConsensus = []uint16{}
		}
		out := Yuma3(in)
		if in.Neurons > 0 && !anyNonzero(out.Trace.Consensus) {
			return // there are no weights, and bonds do not move by liquid alpha
		}
		low, high := float64(in.Parameters.AlphaLow)/65535, float64(in.Parameters.AlphaHigh)/65535
		for i, row := range out.Trace.Bonds {
			for _, c := range row {
				var weight float64
				for _, w := range out.Trace.Weights[i] {
					if w.Column == c.Column {
						weight = number(w.Value)
					}
				}
				apart := min(max(weight-float64(at(in.FormerConsensus, int(c.Column)))/65535, 0), 1)
				speed := low + (high-low)/(1+math.Exp(min(max(-float64(in.Parameters.AlphaSigmoidSteepness)/100*(apart-0.5), -20), 20)))
				if want := speed * weight; math.Abs(number(c.Value)-want) > 1e-5 {
					t.Fatalf("bond of %d to %d is %v, want %v", i, c.Column, c.Value, want)
				}
			}
		}
		for i := range now.Consensus {
			if now.Consensus[i] != out.Consensus[i] || now.Incentive[i] != out.Incentive[i] || now.ValidatorTrust[i] != out.ValidatorTrust[i] {
				t.Fatalf("consensus, incentive or trust of %d follows the former consensus", i)
			}
		}
	})
}
