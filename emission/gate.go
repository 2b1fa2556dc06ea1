package emission

import (
	"slices"

	"github.com/myelin-go/myelin/fixed"
)

// GateInterval is the number of blocks for which the bar of the emission gate stands.
const GateInterval = 360

// GateBar is the share at which the emission gate lets half through: the share of the given rank, counted from 1 and from the largest, or the smallest
// one above 0 if there are fewer. Rank 0 asks for the quantile instead: the share at which the sum of the largest reaches it. 0 if no share is above 0.
func GateBar(shares []fixed.U64F64, rank uint16, quantile fixed.U64F64) fixed.U64F64 {
	positive := slices.DeleteFunc(slices.Clone(shares), fixed.U64F64.IsZero)
	if len(positive) == 0 {
		return fixed.U64F64{}
	}
	slices.SortFunc(positive, func(a, b fixed.U64F64) int { return b.Cmp(a) })
	if rank > 0 {
		return positive[min(int(rank), len(positive))-1]
	}
	var sum fixed.U64F64
	for _, share := range positive {
		if sum = sum.Add(share); !sum.Less(quantile) {
			return share
		}
	}
	return positive[len(positive)-1]
}

// Gated is the shares after the emission gate: each one times 1 / (1 + (bar / share)^exponent), made to sum to 1 again. A bar of 0, and shares that
// all vanish, leave them as they are.
func Gated(shares []fixed.U64F64, bar, exponent fixed.U64F64) []fixed.U64F64 {
	if bar.IsZero() {
		return shares
	}
	out := make([]fixed.U64F64, len(shares))
	for i, share := range shares {
		if !share.IsZero() {
			passes := fixed.OneU64F64.SafeDiv(fixed.OneU64F64.Add(power(bar.Div(share), exponent)))
			out[i] = share.Mul(passes)
		}
	}
	if total(out).IsZero() {
		return shares
	}
	return normalised(out)
}

// powerLimit is the most that power gives.
var powerLimit = fixed.I32F32FromInt(1<<31 - 1)

// power is base to the power of exponent, as e^(exponent * ln base) with 32 fractional bits; between 0 and 2^31 - 1.
func power(base, exponent fixed.U64F64) fixed.U64F64 {
	ln, ok := base.ToI32F32().Ln()
	if !ok {
		return fixed.U64F64{} // too small to have a logarithm
	}
	ln = exponent.ToI32F32().Mul(ln)
	v, ok := ln.Exp()
	if !ok {
		v = fixed.I32F32{}
		if ln.Sign() > 0 {
			v = powerLimit
		}
	}
	return v.ToU64F64()
}
