package sharepool

import "math"

// Store holds one pool. Reads of what is absent return zero values; a share set to zero may be removed.
type Store[K any] interface {
	// SharedValue is what all keys own together, in smallest units.
	SharedValue() uint64
	SetSharedValue(uint64)
	// Denominator is the sum of all shares, up to rounding.
	Denominator() SafeFloat
	SetDenominator(SafeFloat)
	Share(K) SafeFloat
	SetShare(K, SafeFloat)
}

// Pool is the arithmetic over a Store. It holds no state of its own.
type Pool[K any] struct{ Store Store[K] }

// Value is what key owns: value * share / denominator, rounded down; 0 in an empty pool.
func (p Pool[K]) Value(key K) uint64 { return p.ValueOfShare(p.Store.Share(key)) }

// ValueOfShare is what a share is worth.
func (p Pool[K]) ValueOfShare(share SafeFloat) uint64 {
	v, _ := FromUint(p.Store.SharedValue()).MulDiv(share, p.Store.Denominator())
	return v.Uint64()
}

// AddToAll changes the shared value by delta, and thereby everyone's value in proportion. It stays within 0..2^64-1.
func (p Pool[K]) AddToAll(delta int64) {
	value := p.Store.SharedValue()
	if delta >= 0 {
		if value > math.MaxUint64-uint64(delta) {
			value = math.MaxUint64
		} else {
			value += uint64(delta)
		}
	} else {
		value -= min(value, magnitude(delta))
	}
	p.Store.SetSharedValue(value)
}

// Moves reports whether AddToOne with delta would change any share: it does not when delta is worth less than the last
// digit, or the pool has shares but no value.
func (p Pool[K]) Moves(delta int64) bool {
	denominator := p.Store.Denominator()
	return denominator.IsZero() || !p.sharesFor(delta, denominator).IsZero()
}

// AddToOne changes key's value by delta and the shared value with it. In an empty pool the key gets shares equal to the
// amount. A key loses no more than it has, but the shared value falls by all of delta: check Value first.
func (p Pool[K]) AddToOne(key K, delta int64) {
	denominator := p.Store.Denominator()
	if denominator.IsZero() {
		share := FromUint(magnitude(delta))
		p.Store.SetDenominator(share)
		p.Store.SetShare(key, share)
	} else {
		change := p.sharesFor(delta, denominator)
		share := p.Store.Share(key)
		p.Store.SetDenominator(moved(denominator, change, delta))
		p.Store.SetShare(key, moved(share, change, delta))
	}
	p.AddToAll(delta)
}

// moved is v with change added or taken away, or v itself where that cannot be represented.
func moved(v, change SafeFloat, delta int64) SafeFloat {
	operation := v.Sub
	if delta > 0 {
		operation = v.Add
	}
	if result, ok := operation(change); ok {
		return result
	}
	return v
}

// sharesFor is how many shares |delta| is worth.
func (p Pool[K]) sharesFor(delta int64, denominator SafeFloat) SafeFloat {
	shares, _ := FromUint(magnitude(delta)).MulDiv(denominator, FromUint(p.Store.SharedValue()))
	return shares
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
