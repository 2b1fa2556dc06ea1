package amm

import (
	"errors"
	"math"

	"github.com/myelin-go/myelin/fixed"
)

// Mechanisms of a subnet. Every number other than Dynamic behaves as Stable.
const (
	Stable  uint16 = 0 // alpha and TAO change 1:1, without fee or limit; the root network too
	Dynamic uint16 = 1 // a weighted pool
)

const (
	// DefaultFeeRate is the swap fee of a new pool, about 0.05 %, in parts of 65535.
	DefaultFeeRate uint16 = 33
	// DefaultMinimumReserve is the least reserve, in smallest units, from which a swap may pay out.
	DefaultMinimumReserve uint64 = 1_000_000
	// MaxInputMultiple is how many times the input side's reserve a swap may bring in.
	MaxInputMultiple uint64 = 1000

	// MaxPrice and MinPrice are the limits, in rao per alpha, of swaps that name none.
	MaxPrice uint64 = 1_000_000_000_000_000
	MinPrice uint64 = 1000

	raoPerTao uint64 = 1_000_000_000
)

// What can be wrong with a swap or a pool. The names are those of the errors on the chain.
var (
	// ErrReservesTooLow: the side that pays out holds less than MinimumReserve, or would pay nothing for the input.
	ErrReservesTooLow = errors.New("reserves too low for the swap: the output side is below its minimum or pays nothing")
	// ErrPriceLimitExceeded: the price limit is not beyond the current price.
	ErrPriceLimitExceeded = errors.New("price limit exceeded: the limit is not beyond the current price")
	// ErrSwapInputTooLarge: the input after the fee exceeds MaxInputMultiple times the input side's reserve.
	ErrSwapInputTooLarge = errors.New("swap input too large: more than 1000 times the reserve on the input side")
	// ErrReservesOutOfBalance: the weights that a price asks for are out of range.
	ErrReservesOutOfBalance = errors.New("reserves out of balance: a weight would leave 0.01..0.99")
)

// Pool is the pool of one subnet.
type Pool struct {
	// Alpha and Tao are the reserves (x, y).
	Alpha, Tao uint64
	// QuoteWeight is the weight of the TAO side (w2). Half for a new pool.
	QuoteWeight Weight
	// FeeRate is the fee in parts of 65535, taken from the input.
	FeeRate uint16
	// Mechanism is Stable or Dynamic.
	Mechanism uint16
	// MinimumReserve is the least reserve from which a swap may pay out, a constant of the runtime.
	MinimumReserve uint64
}

// Price is TAO per alpha: 1 in a stable pool, 0 in a dynamic one without alpha.
func (p Pool) Price() fixed.U64F64 {
	if p.Mechanism != Dynamic {
		return fixed.OneU64F64
	}
	return p.weightedPrice(p.Alpha, p.Tao)
}

// weightedPrice is the price at other reserves and the pool's weights.
func (p Pool) weightedPrice(alpha, tao uint64) fixed.U64F64 {
	weights := fixed.U64F64FromRatio(uint64(p.baseWeight()), uint64(p.QuoteWeight))
	return weights.Mul(fixed.U64F64FromRatio(tao, alpha))
}

func (p Pool) baseWeight() Weight { return p.QuoteWeight.complement() }

// Fee is the fee on an input of amount: floor(amount * FeeRate / 65535), the rate being rounded down to 64 fractional
// bits first. Stable pools take none.
func (p Pool) Fee(amount uint64) uint64 {
	if p.Mechanism != Dynamic {
		return 0
	}
	rate := fixed.U64F64FromRatio(uint64(p.FeeRate), math.MaxUint16)
	return fixed.U64F64FromUint(amount).Mul(rate).ToUint64()
}

// AlphaForTao is how much alpha tao is worth at the current price, without slippage or fee.
func (p Pool) AlphaForTao(tao uint64) uint64 {
	if p.Mechanism != Dynamic {
		return tao
	}
	return fixed.U64F64FromUint(tao).SafeDiv(p.Price()).ToUint64()
}

// TaoForAlpha is how much TAO alpha is worth at the current price, without slippage or fee.
func (p Pool) TaoForAlpha(alpha uint64) uint64 {
	return fixed.U64F64FromUint(alpha).Mul(p.Price()).ToUint64()
}

// AlphaNeededForTao is how much alpha must be sold, slippage included and fee left out, to receive tao.
func (p Pool) AlphaNeededForTao(tao uint64) uint64 {
	e := shrinkage(p.Tao, saturatingSub(p.Tao, tao), p.QuoteWeight, p.baseWeight())
	return fixed.U64F64FromUint(p.Alpha).Mul(e.Sub(fixed.OneU64F64)).ToUint64()
}

// QuoteWeightForPrice is the weight that gives a pool of these reserves the wanted price: y / (p*x + y). It fails with
// ErrReservesOutOfBalance when both reserves are 0 or the weight is out of range.
func QuoteWeightForPrice(alpha, tao uint64, price fixed.U64F64) (Weight, error) {
	whole := fixed.Uint128From64(price.ToUint64())
	_, worth := whole.Mul(fixed.Uint128From64(alpha))
	part := fixed.U64F64FromUint(alpha).Mul(price.Frac()).ToUint128()
	sum := saturatingAdd128(saturatingAdd128(worth, part), fixed.Uint128From64(tao))
	if sum.IsZero() {
		return 0, ErrReservesOutOfBalance
	}
	w := WeightFromRatio(fixed.Uint128From64(tao), sum)
	if !w.Valid() {
		return 0, ErrReservesOutOfBalance
	}
	return w, nil
}

// WeightAfterInjection is the weight that keeps the price as it is when tao and alpha are added to the reserves; ok is
// false when a weight would leave its range: then nothing may be added. The caller adds the amounts.
func (p Pool) WeightAfterInjection(tao, alpha uint64) (w Weight, ok bool) {
	q1 := p.baseWeight().MulRound(product(p.Tao, p.Alpha, alpha))
	q2 := p.QuoteWeight.MulRound(product(p.Alpha, p.Tao, tao))
	w = Half
	if sum := saturatingAdd128(q1, q2); !sum.IsZero() {
		w = WeightFromRatio(q2, sum)
	}
	return w, w.Valid()
}

// Inject adds tao and alpha to the reserves at an unchanged price and reports whether it did: it leaves the pool alone
// when a weight would leave its range.
func (p *Pool) Inject(tao, alpha uint64) bool {
	w, ok := p.WeightAfterInjection(tao, alpha)
	if !ok {
		return false
	}
	p.QuoteWeight = w
	p.Tao = saturatingAdd(p.Tao, tao)
	p.Alpha = saturatingAdd(p.Alpha, alpha)
	return true
}

// product is a * (b + c), saturating.
func product(a, b, c uint64) fixed.Uint128 {
	sum, _ := fixed.Uint128From64(b).CheckedAdd(fixed.Uint128From64(c))
	if v, ok := fixed.Uint128From64(a).CheckedMul(sum); ok {
		return v
	}
	return fixed.MaxUint128
}

func saturatingAdd128(a, b fixed.Uint128) fixed.Uint128 {
	if sum, ok := a.CheckedAdd(b); ok {
		return sum
	}
	return fixed.MaxUint128
}

func saturatingAdd(a, b uint64) uint64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return math.MaxUint64
}

func saturatingSub(a, b uint64) uint64 {
	if a < b {
		return 0
	}
	return a - b
}

func saturatingMul(a, b uint64) uint64 {
	if p := fixed.Uint128From64(a); b != 0 {
		if hi, lo := p.Mul(fixed.Uint128From64(b)); hi.IsZero() && lo.Hi == 0 {
			return lo.Lo
		}
		return math.MaxUint64
	}
	return 0
}
