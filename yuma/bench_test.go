package yuma

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/yardstick"
)

// network is a subnet whose validators, the first uids, rate every neuron.
func network(neurons, validators int) *Input {
	r := rand.New(rand.NewPCG(1, 2))
	in := &Input{
		Neurons: neurons, Block: 10_000, Tempo: 360, LastStepBlock: 9_640, ActivityCutoff: 5_000,
		Stake:           make([]fixed.I64F64, neurons),
		ValidatorPermit: make([]bool, neurons), MaxAllowedValidators: uint16(validators),
		LastUpdate: make([]uint64, neurons), BlockAtRegistration: make([]uint64, neurons),
		Weights: make([][]Entry, neurons), Bonds: make([][]Entry, neurons),
		Emission: 100_000_000_000,
		Parameters: Parameters{
			Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900_000,
			AlphaLow: 45875, AlphaHigh: 58982, AlphaSigmoidSteepness: 1000,
		},
	}
	for i := range neurons {
		in.LastUpdate[i], in.BlockAtRegistration[i] = 9_000, 1_000
	}
	for i := range validators {
		in.Stake[i] = fixed.I64F64FromUint(r.Uint64N(1e15))
		in.ValidatorPermit[i] = true
		for j := range neurons {
			quality := uint16(65535 * (j + 1) / neurons)
			in.Weights[i] = append(in.Weights[i], Entry{uint16(j), quality/2 + uint16(r.UintN(uint(quality)/2+1))})
			in.Bonds[i] = append(in.Bonds[i], Entry{uint16(j), uint16(r.UintN(65536))})
		}
	}
	return in
}

// BenchmarkEpoch states each epoch's time as a multiple of the unit taken in the same run, and of upstream's in its unit where that is known.
func BenchmarkEpoch(b *testing.B) {
	for _, rule := range []struct {
		name     string
		rule     Rule
		liquid   bool
		upstream map[int]time.Duration // by neurons
	}{
		{"yuma3", Yuma3, false, map[int]time.Duration{256: 2100 * time.Microsecond, 4096: 50 * time.Millisecond}},
		{"yuma3-liquid", Yuma3, true, map[int]time.Duration{256: 24 * time.Millisecond, 4096: 5850 * time.Millisecond}},
		{"yuma2", Yuma2, false, nil},
	} {
		for _, n := range []int{256, 4096} {
			in := network(n, 64)
			in.Parameters.LiquidAlpha = rule.liquid
			b.Run(fmt.Sprintf("rule=%s/voters=64/neurons=%d", rule.name, n), func(b *testing.B) {
				m := yardstick.Start(b)
				for b.Loop() {
					rule.rule(in)
				}
				each := m.Stop()
				if upstream, known := rule.upstream[n]; known {
					m.Against(each, upstream)
				}
			})
		}
	}
}

// BenchmarkNull is an epoch of as many neurons as a subnet without consensus may have.
func BenchmarkNull(b *testing.B) {
	in := network(2500, 64)
	m := yardstick.Start(b)
	for b.Loop() {
		Null(in, Budgets{Miners: in.Emission / 2, Validators: in.Emission / 2})
	}
	m.Stop()
}
