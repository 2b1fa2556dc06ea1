package amm

import (
	"math/big"

	"github.com/myelin-go/myelin/fixed"
)

// Weight is the share of one side in a pool, in parts of 1e18.
type Weight uint64

const (
	// One is the weight of the whole pool.
	One Weight = 1_000_000_000_000_000_000
	// Half is the weight that makes the pool a constant-product pool. Pools start with it.
	Half = One / 2
	// MinWeight is the least weight that a side may have: 0.01.
	MinWeight = One / 100
)

// Valid reports whether both w and its complement are at least MinWeight.
func (w Weight) Valid() bool { return w >= MinWeight && w <= One-MinWeight }

// complement is 1 - w, not below 0.
func (w Weight) complement() Weight {
	if w >= One {
		return 0
	}
	return One - w
}

// WeightFromRatio is n/d rounded down; One if n > d or d is 0.
func WeightFromRatio(n, d fixed.Uint128) Weight {
	if d.IsZero() || n.Cmp(d) > 0 {
		return One
	}
	q := bigFrom128(n)
	q.Mul(q, bigOne18)
	q.Quo(q, bigFrom128(d))
	return Weight(q.Uint64())
}

// MulRound is w * v rounded to the nearest integer, halves up; it saturates at 2^128-1.
func (w Weight) MulRound(v fixed.Uint128) fixed.Uint128 {
	p := bigFrom128(v)
	p.Mul(p, new(big.Int).SetUint64(uint64(w)))
	p.Add(p, bigHalf18)
	p.Quo(p, bigOne18)
	if p.BitLen() > 128 {
		return fixed.MaxUint128
	}
	return bigTo128(p)
}

var (
	bigOne18  = new(big.Int).SetUint64(uint64(One))
	bigHalf18 = new(big.Int).SetUint64(uint64(Half))
)

func bigFrom128(v fixed.Uint128) *big.Int {
	n := new(big.Int).SetUint64(v.Hi)
	n.Lsh(n, 64)
	return n.Add(n, new(big.Int).SetUint64(v.Lo))
}

// bigTo128 takes a number of 0..2^128-1.
func bigTo128(n *big.Int) fixed.Uint128 {
	return fixed.Uint128{Hi: new(big.Int).Rsh(n, 64).Uint64(), Lo: n.Uint64()}
}
