package results

import (
	"fmt"
	"math"
	"testing"

	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/yuma"
)

// Every run of the simulator that the chain has a rule for must agree in every epoch, bonds too.
func TestSimulator(t *testing.T) {
	compared := 0
	vectors.Lines(t, "yuma-simulation/cases.jsonl", 226, func(n int, s *simulation) {
		rule, parameters, ok := s.rule()
		if !ok {
			return
		}
		compared++
		t.Run(fmt.Sprintf("%d/%s/%s/line%d", s.Case, s.Version, s.Set, n), func(t *testing.T) {
			s.play(rule, parameters, func(epoch int, want *simulated, out *yuma.Output) { s.compare(t, epoch, want, out) })
		})
	})
	if compared != 99 {
		t.Errorf("%d runs compared, want 99", compared)
	}
}

func (s *simulation) compare(t *testing.T, epoch int, want *simulated, out *yuma.Output) {
	near := func(name string, want, got []float64) {
		t.Helper()
		for i := range want {
			if math.Abs(want[i]-got[i]) > tolerance {
				t.Fatalf("epoch %d: %s %v, want %v", epoch, name, got, want)
			}
		}
	}
	if !s.Params.WinnerTakesAll {
		consensus, incentives, dividends := s.shares(out)
		near("consensus", want.Consensus, consensus)
		near("incentive", want.Incentives, incentives)
		near("dividends", want.Dividends, dividends)
	}
	if s.Case == 9 { // a validator without stake keeps its bonds there, and its share of them
		return
	}
	validators, servers := len(s.Validators), len(s.Servers)
	bonds := make([][]float64, validators)
	for i := range bonds {
		bonds[i] = make([]float64, servers)
		for _, b := range out.Bonds[i] {
			bonds[i][int(b.UID)-validators] = float64(b.Value) / math.MaxUint16
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
