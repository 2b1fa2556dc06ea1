package yuma_test

import (
	"fmt"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
)

// A rule of one's own: every neuron earns what the stake behind its weights says, and nobody earns dividends.
func ExamplePrepare() {
	plain := func(in *yuma.Input) *yuma.Output {
		s := yuma.Prepare(in)
		rank, none := make([]fixed.I32F32, in.Neurons), make([]fixed.I32F32, in.Neurons)
		for i, row := range s.Weights {
			for _, c := range row {
				rank[c.Column] = rank[c.Column].Add(s.ActiveStake[i].Mul(c.Value))
			}
		}
		return s.Output(yuma.Scores{
			Consensus: none, ValidatorTrust: none, Trust: none, Dividends: none,
			Rank: rank, Incentive: rank, Bonds: make([][]yuma.Cell, in.Neurons),
		})
	}
	out := plain(&yuma.Input{
		Neurons:              3,
		Block:                100,
		Tempo:                10,
		ActivityCutoff:       1000,
		Stake:                []fixed.I64F64{fixed.I64F64FromInt(3), fixed.I64F64FromInt(1), {}},
		ValidatorPermit:      []bool{true, true, false},
		MaxAllowedValidators: 2,
		LastUpdate:           []uint64{90, 90, 90},
		BlockAtRegistration:  []uint64{1, 1, 1},
		Weights:              [][]yuma.Entry{{{UID: 2, Value: 65535}}, {{UID: 0, Value: 65535}, {UID: 2, Value: 65535}}, nil},
		Emission:             1000,
	})
	fmt.Println(out.ServerEmission)
	// Output: [125 0 875]
}
