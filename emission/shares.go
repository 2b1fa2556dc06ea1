package emission

import (
	"slices"

	"github.com/myelin-go/myelin/fixed"
)

// PriceShares is each subnet's part of the sum of moving prices; zeros if the sum is 0.
func PriceShares(movingPrices []fixed.U64F64) []fixed.U64F64 { return normalised(movingPrices) }

// Shares is each subnet's part of the block emission: its price share weighted with 1 - burned, where burned is the part
// of its miners' emission that it withheld (more than 1 counts as 1). Where nothing would be left, the price shares
// stand.
func Shares(movingPrices []fixed.U64F64, burned []fixed.U96F32) []fixed.U64F64 {
	shares := PriceShares(movingPrices)
	weighted := make([]fixed.U64F64, len(shares))
	for i, share := range shares {
		weighted[i] = share.Mul(fixed.OneU64F64.Sub(atMostOne(burned[i].ToU64F64())))
	}
	if total(weighted).IsZero() {
		return shares
	}
	return normalised(weighted)
}

// SubnetEmissions is each subnet's TAO of a block that mints blockEmission. Subnets that are not enabled get 0, and the
// others share what that frees; nobody gets anything if none is enabled.
func SubnetEmissions(shares []fixed.U64F64, enabled []bool, blockEmission uint64) []fixed.U96F32 {
	if slices.Contains(enabled, false) {
		kept := make([]fixed.U64F64, len(shares))
		for i, share := range shares {
			if enabled[i] {
				kept[i] = share
			}
		}
		shares = normalised(kept)
	}
	out := make([]fixed.U96F32, len(shares))
	for i, share := range shares {
		out[i] = fixed.U64F64FromUint(blockEmission).Mul(share).ToU96F32()
	}
	return out
}

// RootSellFlag reports whether root dividends are paid in a block: whether the moving prices of the emitting subnets sum
// to more than 1. The sum wraps at 2^64, as upstream's does.
func RootSellFlag(movingPrices []fixed.U64F64) bool {
	var sum fixed.U64F64
	for _, p := range movingPrices {
		sum = sum.WrappingAdd(p)
	}
	return fixed.OneU64F64.Less(sum)
}

// MovingPrice is a subnet's moving price after a block: a * min(spot, 1) + (1 - a) * moving, where a = movingAlpha * b / (b +
// halvingBlocks) and b is the age of the subnet in blocks since its start call, which is the block before firstEmission.
func MovingPrice(moving, spot fixed.U64F64, movingAlpha fixed.I96F32, block, firstEmission, halvingBlocks uint64) fixed.I96F32 {
	age := fixed.U64F64FromUint(ageOf(block, firstEmission))
	a := movingAlpha.ToU64F64().Mul(age.SafeDiv(age.Add(fixed.U64F64FromUint(halvingBlocks))))
	now := a.Mul(atMostOne(spot))
	before := fixed.OneU64F64.Sub(a).Mul(moving)
	return now.Add(before).ToI96F32()
}

// WideMovingPrice is MovingPrice as upstream worked it out in spring 2026: in numbers with 96 integer and 32 fractional bits, so that a moving price
// beyond 2^64, as root may write it raw, stays; and the others are coarser.
func WideMovingPrice(moving fixed.I96F32, spot fixed.U64F64, movingAlpha fixed.I96F32, block, firstEmission, halvingBlocks uint64) fixed.I96F32 {
	age, one := fixed.U96F32FromUint(ageOf(block, firstEmission)), fixed.U96F32FromUint(1)
	a := movingAlpha.ToU96F32().Mul(age.SafeDiv(age.Add(fixed.U96F32FromUint(halvingBlocks))))
	now := a.Mul(atMostOne(spot).ToU96F32())
	return now.Add(one.Sub(a).Mul(moving.ToU96F32())).ToI96F32()
}

// ageOf is how many blocks ago a subnet's start call was; firstEmission is the block after it, 0 when there was none.
func ageOf(block, firstEmission uint64) uint64 {
	start := firstEmission - min(firstEmission, 1)
	return block - min(block, start)
}

// MedianPrice is the median of the prices above 0, the mean of the middle two if their number is even, and 1 if there are
// none.
func MedianPrice(prices []fixed.U64F64) fixed.U64F64 {
	sorted := make([]fixed.U64F64, 0, len(prices))
	for _, p := range prices {
		if !p.IsZero() {
			sorted = append(sorted, p)
		}
	}
	if len(sorted) == 0 {
		return fixed.OneU64F64
	}
	slices.SortFunc(sorted, fixed.U64F64.Cmp)
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	if len(sorted)%2 == 1 {
		return high
	}
	return low.Add(high).Div(fixed.U64F64FromUint(2))
}

func total(v []fixed.U64F64) (sum fixed.U64F64) {
	for _, x := range v {
		sum = sum.Add(x)
	}
	return sum
}

func normalised(v []fixed.U64F64) []fixed.U64F64 {
	sum := total(v)
	out := make([]fixed.U64F64, len(v))
	for i, x := range v {
		out[i] = x.SafeDiv(sum)
	}
	return out
}

func atMostOne(v fixed.U64F64) fixed.U64F64 {
	if fixed.OneU64F64.Less(v) {
		return fixed.OneU64F64
	}
	return v
}
