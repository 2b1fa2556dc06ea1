package amm

import (
	"math"

	"github.com/myelin-go/myelin/fixed"
)

// Swap is what a swap does. In and Out are the changes of the reserves: the input side grows by In, the output side
// shrinks by Out; the trader pays In + Fee and the whole fee, in the input token, belongs to the block author.
type Swap struct {
	In, Out, Fee uint64
}

// Paid is In + Fee, what leaves the trader's hands.
func (s Swap) Paid() uint64 { return saturatingAdd(s.In, s.Fee) }

// Buy is the swap of tao, fee included, for alpha, while the price stays at or below limit (rao per alpha; MaxPrice for
// none). If the limit is reached first, only the part up to it is done. noFee leaves the fee out, as for protocol swaps.
// In a stable pool it is 1:1. It fails with ErrSwapInputTooLarge, ErrReservesTooLow or ErrPriceLimitExceeded.
func (p Pool) Buy(tao, limit uint64, noFee bool) (Swap, error) {
	return p.swap(buying, tao, limit, noFee)
}

// Sell is the swap of alpha, fee included, for TAO, while the price stays at or above limit (rao per alpha; MinPrice or 0
// for none). Otherwise it is as Buy.
func (p Pool) Sell(alpha, limit uint64, noFee bool) (Swap, error) {
	return p.swap(selling, alpha, limit, noFee)
}

// ApplyBuy moves the reserves by a buy.
func (p *Pool) ApplyBuy(s Swap) {
	p.Tao = saturatingAdd(p.Tao, s.In)
	p.Alpha = saturatingSub(p.Alpha, s.Out)
}

// ApplySell moves the reserves by a sale.
func (p *Pool) ApplySell(s Swap) {
	p.Alpha = saturatingAdd(p.Alpha, s.In)
	p.Tao = saturatingSub(p.Tao, s.Out)
}

type direction bool

const (
	buying  direction = true
	selling direction = false
)

// sides is the pool as seen by a trader: what comes in, what goes out, and their weights.
func (p Pool) sides(d direction) (in, out uint64, inWeight, outWeight Weight) {
	if d == buying {
		return p.Tao, p.Alpha, p.QuoteWeight, p.baseWeight()
	}
	return p.Alpha, p.Tao, p.baseWeight(), p.QuoteWeight
}

func (p Pool) swap(d direction, amount, limitRao uint64, noFee bool) (Swap, error) {
	if p.Mechanism != Dynamic {
		return Swap{In: amount, Out: amount}, nil
	}
	rate, fee := p.FeeRate, p.Fee(amount)
	if noFee {
		rate, fee = 0, 0
	}
	net := amount - fee
	in, out, inWeight, outWeight := p.sides(d)
	if net > saturatingMul(in, MaxInputMultiple) {
		return Swap{}, ErrSwapInputTooLarge
	}
	if out < p.MinimumReserve {
		return Swap{}, ErrReservesTooLow
	}
	limit := fixed.U64F64FromRatio(limitRao, raoPerTao)
	price := p.Price()
	if !reaches(d, price, limit) || price == limit {
		return Swap{}, ErrPriceLimitExceeded
	}

	s := Swap{In: net, Out: paidOut(in, out, net, inWeight, outWeight), Fee: fee}
	after := p
	if d == buying {
		after.ApplyBuy(s)
	} else {
		after.ApplySell(s)
	}
	if end := p.weightedPrice(after.Alpha, after.Tao); !reaches(d, end, limit) {
		s.In = p.inputUpTo(d, price, limit)
		s.Out = paidOut(in, out, s.In, inWeight, outWeight)
		feeOnNet := fixed.U64F64FromRatio(uint64(rate), uint64(math.MaxUint16-rate))
		s.Fee = fixed.U64F64FromUint(s.In).Mul(feeOnNet).ToUint64()
	}
	if s.In != 0 && s.Out == 0 {
		return Swap{}, ErrReservesTooLow
	}
	return s, nil
}

// reaches reports whether price is on the trader's side of the limit, or at it.
func reaches(d direction, price, limit fixed.U64F64) bool {
	if d == buying {
		return price.Cmp(limit) <= 0
	}
	return price.Cmp(limit) >= 0
}

// paidOut is out * (1 - (in / (in + delta))^(inWeight/outWeight)).
func paidOut(in, out, delta uint64, inWeight, outWeight Weight) uint64 {
	e := shrinkage(in, saturatingAdd(in, delta), inWeight, outWeight)
	return fixed.U64F64FromUint(out).Mul(fixed.OneU64F64.Sub(e)).ToUint64()
}

// shrinkage is (a/b)^(wa/wb) to 18 decimals, rounded down; 0 when b is 0 or the value reaches 2^64/1e18 (about 18.4).
func shrinkage(a, b uint64, wa, wb Weight) fixed.U64F64 {
	if a == 0 || b == 0 || wb == 0 {
		return fixed.U64F64{}
	}
	v, fits := power(fixed.Uint128From64(a), fixed.Uint128From64(b), wa, wb)
	if !fits {
		return fixed.U64F64{}
	}
	return fixed.U64F64FromRatio(v, uint64(One))
}

// inputUpTo is the input that moves the price to the limit: in * ((limit/price)^w1 - 1) for a buy, in * ((price/limit)^w2
// - 1) for a sale, where the power is capped at 2^64/1e18.
func (p Pool) inputUpTo(d direction, price, limit fixed.U64F64) uint64 {
	in, from, to, w := p.Tao, price, limit, p.baseWeight()
	if d == selling {
		in, from, to, w = p.Alpha, limit, price, p.QuoteWeight
	}
	if from.IsZero() {
		return 0
	}
	v, fits := power(to.Bits(), from.Bits(), w, One)
	if !fits {
		v = math.MaxUint64
	}
	growth := fixed.U64F64FromRatio(v, uint64(One)).Sub(fixed.OneU64F64)
	return fixed.U64F64FromUint(in).Mul(growth).ToUint64()
}
