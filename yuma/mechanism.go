package yuma

import (
	"math/bits"

	"github.com/myelin-go/myelin/fixed"
)

// SplitEmission divides an amount over a subnet's mechanisms: evenly when split is nil, else by split in parts of 65535.
// Missing parts are 0, surplus ones ignored, and what rounding leaves goes to the first mechanism.
func SplitEmission(amount uint64, mechanisms int, split []uint16) []uint64 {
	parts := make([]uint64, mechanisms)
	if mechanisms == 0 {
		return parts
	}
	var given uint64
	for i := range parts {
		switch {
		case split == nil:
			parts[i] = amount / uint64(mechanisms)
		case i < len(split):
			hi, lo := bits.Mul64(amount, uint64(split[i]))
			parts[i], _ = bits.Div64(hi, lo, 65535)
		}
		given += parts[i]
	}
	if given < amount {
		parts[0] = saturatingAdd(parts[0], amount-given)
	}
	return parts
}

// Combined is the outcome of a subnet's epoch over all its mechanisms, by uid: emissions and stake are summed, u16 values
// and Emission averaged by the mechanisms' parts of the emission, booleans are true when they are so in any mechanism.
// Incentive and bonds stay with each mechanism.
type Combined struct {
	Consensus       []uint16
	ValidatorTrust  []uint16
	Rank            []uint16
	Trust           []uint16
	Dividends       []uint16
	StakeWeight     []uint16
	Active          []bool
	ValidatorPermit []bool

	Emission          []uint64
	ServerEmission    []uint64
	ValidatorEmission []uint64
	Stake             []uint64
}

// Combine aggregates the outputs of a subnet's mechanisms, in their order; parts are their emissions as SplitEmission gave
// them, of amount in all. Without emission the first mechanism counts fully and the others not at all.
func Combine(outputs []*Output, parts []uint64, amount uint64) *Combined {
	n := 0
	if len(outputs) > 0 {
		n = len(outputs[0].Stake)
	}
	c := &Combined{
		Consensus:         make([]uint16, n),
		ValidatorTrust:    make([]uint16, n),
		Rank:              make([]uint16, n),
		Trust:             make([]uint16, n),
		Dividends:         make([]uint16, n),
		StakeWeight:       make([]uint16, n),
		Active:            make([]bool, n),
		ValidatorPermit:   make([]bool, n),
		Emission:          make([]uint64, n),
		ServerEmission:    make([]uint64, n),
		ValidatorEmission: make([]uint64, n),
		Stake:             make([]uint64, n),
	}
	for m, out := range outputs {
		weight, ok := fixed.U64F64FromUint(parts[m]).CheckedDiv(fixed.U64F64FromUint(amount))
		if !ok && m == 0 {
			weight = fixed.OneU64F64
		} else if !ok {
			weight = fixed.U64F64{}
		}
		for i := range n {
			c.Consensus[i] = addWeighted16(c.Consensus[i], out.Consensus[i], weight)
			c.ValidatorTrust[i] = addWeighted16(c.ValidatorTrust[i], out.ValidatorTrust[i], weight)
			c.Rank[i] = addWeighted16(c.Rank[i], out.Rank[i], weight)
			c.Trust[i] = addWeighted16(c.Trust[i], out.Trust[i], weight)
			c.Dividends[i] = addWeighted16(c.Dividends[i], out.Dividends[i], weight)
			c.StakeWeight[i] = addWeighted16(c.StakeWeight[i], out.StakeWeight[i], weight)
			c.Emission[i] = addWeighted64(c.Emission[i], out.Emission[i], weight)
			c.Active[i] = c.Active[i] || out.Active[i]
			c.ValidatorPermit[i] = c.ValidatorPermit[i] || out.ValidatorPermit[i]
			c.ServerEmission[i] = saturatingAdd(c.ServerEmission[i], out.ServerEmission[i])
			c.ValidatorEmission[i] = saturatingAdd(c.ValidatorEmission[i], out.ValidatorEmission[i])
			c.Stake[i] = saturatingAdd(c.Stake[i], out.Stake[i])
		}
	}
	return c
}

// addWeighted16 is existing + added * weight, rounded down and saturating.
func addWeighted16(existing, added uint16, weight fixed.U64F64) uint16 {
	return weightedSum(uint64(existing), uint64(added), weight).ToUint16()
}

// addWeighted64 is existing + added * weight, rounded down and saturating.
func addWeighted64(existing, added uint64, weight fixed.U64F64) uint64 {
	return weightedSum(existing, added, weight).ToUint64()
}

func weightedSum(existing, added uint64, weight fixed.U64F64) fixed.U64F64 {
	return fixed.U64F64FromUint(existing).Add(fixed.U64F64FromUint(added).Mul(weight))
}
