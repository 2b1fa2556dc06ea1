package emission

import (
	"math"
	"math/bits"

	"github.com/myelin-go/myelin/fixed"
)

// OneQ32 is 1 as a Q32 number: an integer that counts parts of 2^32.
const OneQ32 uint64 = 1 << 32

// MulQ32 is floor(v * factor / 2^32), saturating.
func MulQ32(v, factor uint64) uint64 {
	hi, lo := bits.Mul64(v, factor)
	if hi>>32 != 0 {
		return math.MaxUint64
	}
	return hi<<32 | lo>>32
}

// PowQ32 is base^exponent in Q32 by repeated squaring, each product rounded down.
func PowQ32(base uint64, exponent uint16) uint64 {
	result := OneQ32
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result = MulQ32(result, base)
		}
		base = MulQ32(base, base)
	}
	return result
}

// ln2Q32 is the natural logarithm of 2 in Q32, to the nearest.
const ln2Q32 = 0xb17217f8

// DecayFactor is the factor of one block, in Q32, that halves a price over halfLife blocks: the largest below 1 whose power
// does not exceed a half. A half life of 0 means no decay: 1.
//
// Powers rise with their base, also rounded down. So the factor is sought around the first terms of 2^(-1/halfLife), in steps that double: the powers
// of a few candidates take the place of the 32 that halving 0..1 would, and every block asks.
func DecayFactor(halfLife uint16) uint64 {
	if halfLife == 0 {
		return OneQ32
	}
	x := uint64(ln2Q32) / uint64(halfLife)
	square := MulQ32(x, x)
	low := min(OneQ32-x+square/2-MulQ32(square, x)/6, OneQ32-1)
	high := low + 1
	fits := func(factor uint64) bool { return PowQ32(factor, halfLife) <= OneQ32/2 }
	for step := uint64(1); !fits(low); step *= 2 {
		low, high = low-min(step, low), low
	}
	for step := uint64(1); high < OneQ32 && fits(high); step *= 2 {
		low, high = high, min(high+step, OneQ32)
	}
	for low+1 < high {
		if middle := low + (high-low)/2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// DefaultIncreaseMult is the factor of a new subnet: 1.26, as the nearest binary number of 53 digits gives it.
var DefaultIncreaseMult = fixed.U64F64FromBits(fixed.Uint128{Hi: 1, Lo: 0x428f5c28f5c29000})

// PriceRule says how the cost of a registration moves. It serves the burned price in rao and the difficulty of the
// puzzle alike.
type PriceRule struct {
	Min, Max     uint64       // Max wins where they cross
	HalfLife     uint16       // blocks; 0 means no decay
	IncreaseMult fixed.U64F64 // factor of one registration; less than 1 counts as 1
}

// AfterBlock is the price at the start of the given block: it decays in every block from the second on.
func (r PriceRule) AfterBlock(price, block uint64) uint64 {
	if block > 1 && r.HalfLife > 0 {
		price = MulQ32(price, DecayFactor(r.HalfLife))
	}
	return r.clamp(price)
}

// AfterRegistration is the price after one more registration.
func (r PriceRule) AfterRegistration(price uint64) uint64 {
	mult := r.IncreaseMult
	if mult.Less(fixed.OneU64F64) {
		mult = fixed.OneU64F64
	}
	return r.clamp(fixed.U64F64FromUint(price).Mul(mult).ToUint64())
}

func (r PriceRule) clamp(price uint64) uint64 { return min(max(price, r.Min), r.Max) }

// NetworkLock is what the cost of a new subnet depends on.
type NetworkLock struct {
	Last      uint64 // rao paid for the last one
	Min       uint64 // rao
	LastBlock uint64 // of the last registration; 0 if there was none
	Interval  uint64 // blocks in which the cost falls by Last, see LockInterval
}

// Cost is the price of a new subnet in rao at the given block: twice the last price (once if there was no registration
// yet), less Last/Interval for every block since, and never below Min.
func (n NetworkLock) Cost(block uint64) uint64 {
	cost := n.Last
	if n.LastBlock != 0 {
		cost = saturatingMul(n.Last, 2)
	}
	if n.Interval > 0 && block > n.LastBlock {
		fall := saturatingMul(n.Last/n.Interval, block-n.LastBlock)
		cost -= min(cost, fall)
	}
	return max(cost, n.Min)
}

// LockInterval is the reduction interval in force when a block emits blockEmission: the stored one, shortened as the
// emission halves.
func LockInterval(interval, blockEmission uint64) uint64 {
	part := fixed.I64F64FromUint(blockEmission).Div(fixed.I64F64FromUint(DefaultBlockEmission))
	v := fixed.I64F64FromUint(interval).Mul(part)
	return v.ToUint64()
}

func saturatingMul(a, b uint64) uint64 {
	if hi, lo := bits.Mul64(a, b); hi == 0 {
		return lo
	}
	return math.MaxUint64
}
