package yuma

import (
	"slices"

	"github.com/myelin-go/myelin/fixed"
)

var (
	zero = fixed.I32F32{}
	one  = fixed.OneI32F32
	// maxU16 is 65535, the unit of u16 fractions.
	maxU16 = fixed.I32F32FromInt(65535)
)

// fromFraction is v / 65535.
func fromFraction(v uint16) fixed.I32F32 { return fixed.I32F32FromBits(int64(uint64(v) << 32 / 65535)) }

// toFraction is x * 65535 rounded down and clamped to u16.
func toFraction(x fixed.I32F32) uint16 { return x.Mul(maxU16).ToUint16() }

func toFractions(x []fixed.I32F32) []uint16 {
	out := make([]uint16, len(x))
	for i, v := range x {
		out[i] = toFraction(v)
	}
	return out
}

// sum wraps, as the chain's sums over vectors do.
func sum(x []fixed.I32F32) (total fixed.I32F32) {
	for _, v := range x {
		total = total.WrappingAdd(v)
	}
	return total
}

// normalize divides by the sum, unless that is 0.
func normalize(x []fixed.I32F32) { normalizeBy(x, sum(x)) }

func normalizeBy(x []fixed.I32F32, total fixed.I32F32) {
	if total.IsZero() {
		return
	}
	for i, v := range x {
		x[i] = v.SafeDiv(total)
	}
}

// normalizeWide is normalize in the wider type in which stake comes.
func normalizeWide(x []fixed.I64F64) {
	var total fixed.I64F64
	for _, v := range x {
		total = total.WrappingAdd(v)
	}
	if total.IsZero() {
		return
	}
	for i, v := range x {
		x[i] = v.SafeDiv(total)
	}
}

// topNonzero marks the k highest of the values that are not 0. Of equal values the later ones stay.
func topNonzero(x []fixed.I32F32, k int) []bool {
	marked := make([]bool, len(x))
	order := make([]int, len(x))
	for i, v := range x {
		marked[i] = !v.IsZero()
		order[i] = i
	}
	if len(x) <= k {
		return marked
	}
	slices.SortStableFunc(order, func(a, b int) int { return x[a].Cmp(x[b]) })
	for _, i := range order[:len(x)-k] {
		marked[i] = false
	}
	return marked
}

// maskVector sets the elements to 0 that the mask marks or does not reach; an empty mask masks nothing.
func maskVector(x []fixed.I32F32, mask []bool) {
	if len(mask) == 0 {
		return
	}
	for i := range x {
		if i >= len(mask) || mask[i] {
			x[i] = zero
		}
	}
}

// ratios is x / y, 0 where y is 0.
func ratios(x, y []fixed.I32F32) []fixed.I32F32 {
	out := make([]fixed.I32F32, len(x))
	for i := range x {
		out[i] = x[i].SafeDiv(y[i])
	}
	return out
}

// products is the element-wise product; one that does not fit is 0.
func products(x, y []fixed.I32F32) []fixed.I32F32 {
	out := make([]fixed.I32F32, min(len(x), len(y)))
	for i := range out {
		if p, ok := x[i].CheckedMul(y[i]); ok {
			out[i] = p
		}
	}
	return out
}

// maxUpscale scales the vector so that its highest value is 65535, rounding halves up.
func maxUpscale(x []fixed.I32F32) []uint16 {
	out := make([]uint16, len(x))
	if len(x) == 0 {
		return out
	}
	highest := slices.MaxFunc(x, fixed.I32F32.Cmp)
	threshold := fixed.I32F32FromInt(32768)
	for i, v := range x {
		switch {
		case highest.IsZero():
			v = v.Mul(maxU16)
		case threshold.Less(highest):
			v = v.Mul(maxU16.SafeDiv(highest)).Round()
		default:
			v = v.Mul(maxU16).SafeDiv(highest).Round()
		}
		out[i] = v.ToUint16()
	}
	return out
}
