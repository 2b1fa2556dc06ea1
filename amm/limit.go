package amm

import (
	"math"

	"github.com/myelin-go/myelin/fixed"
)

// MaxBuy is the largest amount of TAO, fee included, that a buy with this limit (rao per alpha) can spend. In a stable
// pool it is everything or nothing, as the price of 1 is within the limit or not. A limit that the reserve would have to grow
// more than 18.4 times to reach is cut to that growth. Errors are those of Buy.
func (p Pool) MaxBuy(limit uint64) (uint64, error) {
	if p.Mechanism == Stable {
		if limit >= raoPerTao {
			return math.MaxUint64, nil
		}
		return 0, nil
	}
	s, err := p.Buy(saturatingMul(p.Tao, MaxInputMultiple), limit, false)
	return s.Paid(), err
}

// MaxSell is the largest amount of alpha, fee included, that a sale with this limit (rao per alpha) can sell. Stable
// pools are as in MaxBuy; errors are those of Sell.
func (p Pool) MaxSell(limit uint64) (uint64, error) {
	if p.Mechanism == Stable {
		if limit <= raoPerTao {
			return math.MaxUint64, nil
		}
		return 0, nil
	}
	s, err := p.Sell(saturatingMul(p.Alpha, MaxInputMultiple), limit, false)
	return s.Paid(), err
}

// MaxMove is the largest amount of alpha of one subnet that can be exchanged for alpha of another with this limit, which
// is price of origin / price of destination times 1e9. The root network counts as a stable pool. Between two dynamic
// pools upstream's formula is that of constant products without fees, whatever the weights. Errors are those of Buy and Sell.
func MaxMove(origin, destination Pool, limit uint64) (uint64, error) {
	switch {
	case origin.Mechanism == Stable && destination.Mechanism == Stable:
		if limit > raoPerTao {
			return 0, nil
		}
		return math.MaxUint64, nil
	case origin.Mechanism == Stable && destination.Mechanism == Dynamic:
		if limit == 0 {
			return math.MaxUint64, nil
		}
		one := fixed.U64F64FromUint(raoPerTao)
		return destination.MaxBuy(one.SafeDiv(fixed.U64F64FromUint(limit)).Mul(one).ToUint64())
	case destination.Mechanism == Stable && origin.Mechanism == Dynamic:
		return origin.MaxSell(limit)
	case origin.Tao == 0 || destination.Tao == 0 || origin.Alpha == 0 || destination.Alpha == 0:
		return 0, nil
	}
	limitPrice := fixed.U64F64FromRatio(limit, raoPerTao)
	if limitPrice.Cmp(origin.Price().SafeDiv(destination.Price())) > 0 {
		return 0, nil
	}
	if limit == 0 {
		return math.MaxUint64, nil
	}
	tao1, tao2 := fixed.U64F64FromUint(origin.Tao), fixed.U64F64FromUint(destination.Tao)
	sum := tao2.Add(tao1)
	gained := fixed.U64F64FromUint(destination.Alpha).Mul(tao1.SafeDiv(sum)).SafeDiv(limitPrice)
	kept := fixed.U64F64FromUint(origin.Alpha).Mul(tao2.SafeDiv(sum))
	return gained.Sub(kept).ToUint64(), nil
}
