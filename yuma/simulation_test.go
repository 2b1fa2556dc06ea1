package yuma

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
)

// simulation is a run of the public simulator: floats, forty epochs.
type simulation struct {
	Case         int
	Version, Set string
	BondsPenalty *float64 `json:"bonds_penalty"`
	Params       struct {
		BondAlpha   float64 `json:"bond_alpha"`
		LiquidAlpha *struct {
			AlphaLow  float64 `json:"alpha_low"`
			AlphaHigh float64 `json:"alpha_high"`
		} `json:"liquid_alpha"`
		WinnerTakesAll bool                         `json:"winner_takes_all"`
		BondsReset     *struct{ Epoch, Server int } `json:"bonds_reset"`
	}
	Validators, Servers []string
	Epochs              []struct {
		Weights [][]float64
		Stakes  []float64
	}
	Outputs []struct {
		Consensus, Incentives, Dividends []float64
		Bonds                            [][]float64
	}
}

// chainRule is how a simulated version is set up on the chain; ok is false for versions, or configurations, without a
// counterpart there.
func (s *simulation) chainRule() (rule Rule, p Parameters, ok bool) {
	p = Parameters{Kappa: 32767, BondsMovingAverage: uint64(math.Round((1 - s.Params.BondAlpha) * 1e6)), AlphaSigmoidSteepness: 1000}
	switch {
	case s.Version == "YUMA3" && slices.Contains([]string{"charts", "charts-no-reset", "chain-defaults"}, s.Set):
		return Yuma3, p, true
	case s.Version == "YUMA3_LIQUID" && slices.Contains([]string{"chain-defaults", "chain-tests"}, s.Set):
		p.LiquidAlpha = true
		p.AlphaLow = uint16(math.Round(s.Params.LiquidAlpha.AlphaLow * 65535))
		p.AlphaHigh = uint16(math.Round(s.Params.LiquidAlpha.AlphaHigh * 65535))
		return Yuma3, p, true
	case s.Version == "YUMA1" && s.Set == "charts", s.Version == "YUMA2" && s.Set == "chain-defaults":
		p.BondsPenalty = uint16(math.Round(*s.BondsPenalty * 65535))
		return Yuma2, p, true
	}
	return nil, p, false
}

// tolerance is what single precision and the rounding of weights, bonds, incentive and dividends to u16 in every epoch
// may add up to.
const tolerance = 5e-4

func TestSimulator(t *testing.T) {
	compared := 0
	vectors.Lines(t, "yuma-simulation/cases.jsonl", 226, func(n int, s *simulation) {
		rule, parameters, ok := s.chainRule()
		if !ok {
			return
		}
		compared++
		t.Run(fmt.Sprintf("%d/%s/%s/line%d", s.Case, s.Version, s.Set, n), func(t *testing.T) {
			simulate(t, s, rule, parameters)
		})
	})
	if compared != 99 {
		t.Errorf("%d runs compared, want 99", compared)
	}
}

func simulate(t *testing.T, s *simulation, rule Rule, parameters Parameters) {
	validators, servers := len(s.Validators), len(s.Servers)
	n := validators + servers
	in := &Input{
		Neurons: n, Tempo: 360, ActivityCutoff: 5000, MaxAllowedValidators: uint16(validators), Parameters: parameters,
		ValidatorPermit: make([]bool, n), LastUpdate: make([]uint64, n), BlockAtRegistration: make([]uint64, n),
		Bonds: make([][]Entry, n),
	}
	for i := range validators {
		in.ValidatorPermit[i] = true
	}
	for e, epoch := range s.Epochs {
		in.Block = uint64(1000 + 360*e)
		in.LastStepBlock = in.Block - 360
		in.Stake, in.Weights = make([]fixed.I64F64, n), make([][]Entry, n)
		for i, stake := range epoch.Stakes {
			in.LastUpdate[i] = in.Block
			in.Stake[i] = fixed.I64F64FromUint(uint64(math.Round(stake * 1e15)))
			for j, weight := range epoch.Weights[i] {
				value := uint16(math.Round(weight / slices.Max(epoch.Weights[i]) * 65535))
				in.Weights[i] = append(in.Weights[i], Entry{uint16(validators + j), value})
			}
		}
		if reset := s.Params.BondsReset; reset != nil && reset.Epoch == e && s.Set == "charts" {
			for i, row := range in.Bonds {
				in.Bonds[i] = slices.DeleteFunc(row, func(b Entry) bool { return int(b.UID) == validators+reset.Server })
			}
		}
		out := rule(in)
		in.Bonds = out.Bonds

		want := s.Outputs[e]
		near := func(name string, want, got []float64) {
			t.Helper()
			for i := range want {
				if math.Abs(want[i]-got[i]) > tolerance {
					t.Fatalf("epoch %d: %s %v, want %v", e, name, got, want)
				}
			}
		}
		fractions := func(v []uint16) []float64 {
			out := make([]float64, len(v))
			for i, x := range v {
				out[i] = float64(x) / 65535
			}
			return out
		}
		if !s.Params.WinnerTakesAll {
			near("consensus", want.Consensus, fractions(out.Consensus[validators:]))
			near("incentive", want.Incentives, fractions(out.Incentive[validators:]))
			near("dividends", want.Dividends, fractions(out.Dividends[:validators]))
		}
		if s.Case == 9 { // a validator without stake keeps its bonds there, and its share of them
			continue
		}
		bonds := make([][]float64, validators)
		for i := range bonds {
			bonds[i] = make([]float64, servers)
			for _, b := range out.Bonds[i] {
				bonds[i][int(b.UID)-validators] = float64(b.Value) / 65535
			}
		}
		if s.Version != "YUMA3" && s.Version != "YUMA3_LIQUID" { // shares there, scaled to the column's highest here
			for j := range servers {
				total := 0.0
				for i := range bonds {
					total += bonds[i][j]
				}
				for i := range bonds {
					bonds[i][j] /= max(total, 1e-9)
				}
			}
		}
		for i := range want.Bonds {
			near(fmt.Sprint("bonds of validator ", i), want.Bonds[i], bonds[i])
		}
	}
}
