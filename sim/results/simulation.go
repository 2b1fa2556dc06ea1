package results

import (
	"fmt"
	"math"
	"slices"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
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
	Outputs []simulated
}

// simulated is what the simulator gives for one epoch, by server, or validator, or both.
type simulated struct {
	Consensus, Incentives, Dividends []float64
	Bonds                            [][]float64
}

// tolerance is what single precision and the rounding of weights, bonds, incentive and dividends to u16 in every epoch may add up to.
const tolerance = 5e-4

// rule is how a simulated version is set up on the chain; ok is false for versions, or configurations, without a counterpart there.
func (s *simulation) rule() (rule yuma.Rule, p yuma.Parameters, ok bool) {
	const one = math.MaxUint16
	p = yuma.Parameters{Kappa: one / 2, BondsMovingAverage: uint64(math.Round((1 - s.Params.BondAlpha) * 1e6)), AlphaSigmoidSteepness: 1000}
	switch {
	case s.Version == "YUMA3" && slices.Contains([]string{"charts", "charts-no-reset", "chain-defaults"}, s.Set):
		return yuma.Yuma3, p, true
	case s.Version == "YUMA3_LIQUID" && slices.Contains([]string{"chain-defaults", "chain-tests"}, s.Set):
		l := s.Params.LiquidAlpha
		p.LiquidAlpha, p.AlphaLow, p.AlphaHigh = true, uint16(math.Round(l.AlphaLow*one)), uint16(math.Round(l.AlphaHigh*one))
		return yuma.Yuma3, p, true
	case s.Version == "YUMA1" && s.Set == "charts", s.Version == "YUMA2" && s.Set == "chain-defaults":
		p.BondsPenalty = uint16(math.Round(*s.BondsPenalty * one))
		return yuma.Yuma2, p, true
	}
	return nil, p, false
}

// play runs the epochs by the chain's rule, the validators before the servers, and hands on the outcome of each.
func (s *simulation) play(rule yuma.Rule, parameters yuma.Parameters, each func(epoch int, want *simulated, out *yuma.Output)) {
	v := len(s.Validators)
	n := v + len(s.Servers)
	in := &yuma.Input{
		Neurons: n, Tempo: 360, ActivityCutoff: 5000, MaxAllowedValidators: uint16(v), Parameters: parameters,
		ValidatorPermit: make([]bool, n), LastUpdate: make([]uint64, n), BlockAtRegistration: make([]uint64, n), Bonds: make([][]yuma.Entry, n),
	}
	for i := range v {
		in.ValidatorPermit[i] = true
	}
	for e, epoch := range s.Epochs {
		in.Block = uint64(1000 + 360*e)
		in.LastStepBlock = in.Block - in.Tempo
		in.Stake, in.Weights = make([]fixed.I64F64, n), make([][]yuma.Entry, n)
		for i, stake := range epoch.Stakes {
			in.LastUpdate[i] = in.Block
			in.Stake[i] = fixed.I64F64FromUint(uint64(math.Round(stake * 1e15)))
			highest := slices.Max(epoch.Weights[i])
			for j, w := range epoch.Weights[i] {
				in.Weights[i] = append(in.Weights[i], yuma.Entry{UID: uint16(v + j), Value: uint16(math.Round(w / highest * math.MaxUint16))})
			}
		}
		if reset := s.Params.BondsReset; reset != nil && reset.Epoch == e && s.Set == "charts" {
			for i, row := range in.Bonds {
				in.Bonds[i] = slices.DeleteFunc(row, func(b yuma.Entry) bool { return int(b.UID) == v+reset.Server })
			}
		}
		out := rule(in)
		in.Bonds = out.Bonds
		each(e, &s.Outputs[e], out)
	}
}

// shares are the figures of an epoch's outcome that the simulator gives too, as fractions.
func (s *simulation) shares(out *yuma.Output) (consensus, incentives, dividends []float64) {
	v := len(s.Validators)
	return fractions(out.Consensus[v:]), fractions(out.Incentive[v:]), fractions(out.Dividends[:v])
}

func fractions(list []uint16) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = float64(v) / math.MaxUint16
	}
	return out
}

// farthest is the largest difference of consensus, incentive or dividends from the simulator's in any epoch.
func (s *simulation) farthest(rule yuma.Rule, parameters yuma.Parameters) (most float64) {
	s.play(rule, parameters, func(_ int, want *simulated, out *yuma.Output) {
		far := func(want, got []float64) {
			for i := range want {
				most = max(most, math.Abs(want[i]-got[i]))
			}
		}
		consensus, incentives, dividends := s.shares(out)
		far(want.Consensus, consensus)
		far(want.Incentives, incentives)
		far(want.Dividends, dividends)
	})
	return most
}

// simulations runs all that the chain has a rule for, a row for each version and configuration. Runs where the winner takes all, which only the simulator knows,
// have nothing but bonds to compare.
func simulations() (rows []Row, err error) {
	type group struct {
		runs int
		most float64
	}
	var order []string
	groups := map[string]*group{}
	err = lines("testdata/yuma-simulation/cases.jsonl.gz", func(s *simulation) {
		rule, parameters, ok := s.rule()
		if !ok || s.Params.WinnerTakesAll {
			return
		}
		name := s.Version + ", " + s.Set
		if groups[name] == nil {
			groups[name], order = &group{}, append(order, name)
		}
		groups[name].runs++
		groups[name].most = max(groups[name].most, s.farthest(rule, parameters))
	})
	for _, name := range order {
		g := groups[name]
		rows = append(rows, Row{
			Source: "bactensor/yuma-simulation 0.1.1", Case: fmt.Sprintf("%s, runs of 40 epochs: %d", name, g.runs), Published: "consensus, incentives, dividends",
			Ours: fmt.Sprintf("at most %.1e apart", g.most), Within: "5e-4 through u16 in every epoch", Agrees: g.most <= tolerance,
		})
	}
	return rows, err
}
