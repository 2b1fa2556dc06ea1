package yuma_test

import (
	"math/big"

	"github.com/myelin-go/myelin/fixed"
)

// span is where a figure of fixed point may lie: between what the most that cuts take leaves of it, and its exact value (or, after differences and quotients, what the
// most and least of their parts give). The ends are rounded outwards to parts of 2^100, so that they do not grow beyond use.
type span struct{ low, high *big.Rat }

var (
	zero = new(big.Rat)
	half = big.NewRat(1, 2)
	one  = whole(1)
	unit = big.NewRat(1, 1<<32) // u: a cut takes less
)

func whole(v int64) span { return span{big.NewRat(v, 1), big.NewRat(v, 1)} }

// ratioOf is a quotient that is cut, towards 0.
func ratioOf(a, b int64) span { return rounded(big.NewRat(a, b), big.NewRat(a, b)).cutTowards0() }

// fraction is parts of 65535, cut.
func fraction(v uint16) span { return ratioOf(int64(v), 65535) }

func ratOf(v fixed.I32F32) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(v.Bits()), new(big.Int).Lsh(big.NewInt(1), 32))
}

func smaller(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func larger(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

const fineness = 100

// rounded is a span around exact ends.
func rounded(low, high *big.Rat) span {
	down := func(v *big.Rat) *big.Int {
		scaled := new(big.Int).Lsh(v.Num(), fineness)
		return scaled.Div(scaled, v.Denom()) // Euclidean: downwards, for positive divisors
	}
	part := new(big.Int).Lsh(big.NewInt(1), fineness)
	up := down(new(big.Rat).Neg(high))
	return span{new(big.Rat).SetFrac(down(low), part), new(big.Rat).SetFrac(up.Neg(up), part)}
}

// cut is what may be left when less than u is taken away.
func (s span) cut() span { return span{new(big.Rat).Sub(s.low, unit), s.high} }

// cutTowards0 is cut, of negative figures upwards.
func (s span) cutTowards0() span {
	out := s
	if s.high.Sign() > 0 {
		out.low = smaller(s.low, larger(zero, new(big.Rat).Sub(s.low, unit)))
	}
	if s.low.Sign() < 0 {
		out.high = larger(s.high, smaller(zero, new(big.Rat).Add(s.high, unit)))
	}
	return out
}

// atLeast0 is for figures that are not negative, or are made 0 where they would be.
func (s span) atLeast0() span { return span{larger(s.low, zero), larger(s.high, zero)} }

func (s span) plus(o span) span {
	return span{new(big.Rat).Add(s.low, o.low), new(big.Rat).Add(s.high, o.high)}
}

func (s span) minus(o span) span {
	return span{new(big.Rat).Sub(s.low, o.high), new(big.Rat).Sub(s.high, o.low)}
}

// times is a product of figures that are not negative, cut.
func (s span) times(o span) span { return s.timesSigned(o).atLeast0() }

// timesSigned is a product, cut downwards.
func (s span) timesSigned(o span) span {
	var low, high *big.Rat
	for _, a := range []*big.Rat{s.low, s.high} {
		for _, b := range []*big.Rat{o.low, o.high} {
			p := new(big.Rat).Mul(a, b)
			if low == nil || p.Cmp(low) < 0 {
				low = p
			}
			if high == nil || p.Cmp(high) > 0 {
				high = p
			}
		}
	}
	return rounded(low, high).cut()
}

// over is a quotient of figures that are not negative, cut; of 0 by 0 it is 0, and of a part by a whole that may be 0 anything up to 1.
func (s span) over(o span) span {
	switch {
	case s.high.Sign() == 0 || o.high.Sign() == 0:
		return span{zero, zero}
	case o.low.Sign() <= 0:
		return span{zero, one.high}
	}
	return rounded(new(big.Rat).Quo(s.low, o.high), new(big.Rat).Quo(s.high, o.low)).cutTowards0()
}

func (s span) min(o span) span { return span{smaller(s.low, o.low), smaller(s.high, o.high)} }

func (s span) hull(o span) span { return span{smaller(s.low, o.low), larger(s.high, o.high)} }

func (s span) width() float64 {
	f, _ := new(big.Rat).Sub(s.high, s.low).Float64()
	return f
}

// exp is e^x as the chain has it: x within -20..20; the series to the 31st power, each term cut twice; of a negative x the inverse; and of exactly 1 the number e with
// 23 binary digits.
func (s span) exp() span {
	limit := func(v *big.Rat) *big.Rat { return larger(smaller(v, big.NewRat(20, 1)), big.NewRat(-20, 1)) }
	end := func(x *big.Rat, low bool) *big.Rat {
		size := new(big.Rat).Abs(x)
		most := low == (x.Sign() < 0) // the low end of the inverse comes from the high end of the series
		sum, term := new(big.Rat).Add(one.high, size), size
		for i := int64(2); i < 32; i++ {
			next := new(big.Rat).Mul(term, size)
			if !most {
				next.Sub(next, unit)
			}
			next.Quo(next, big.NewRat(i, 1))
			if !most {
				next.Sub(next, unit)
			}
			s := rounded(larger(next, zero), larger(next, zero))
			if term = s.low; most {
				term = s.high
			}
			sum = new(big.Rat).Add(sum, term)
		}
		if x.Sign() < 0 {
			sum.Inv(sum)
			if low {
				sum.Sub(sum, unit)
			}
		}
		return sum
	}
	low, high := limit(s.low), limit(s.high)
	out := rounded(end(low, true), end(high, false))
	if low.Cmp(one.low) <= 0 && high.Cmp(one.low) >= 0 {
		e := big.NewRat(22802600, 1<<23)
		out = out.hull(span{e, e})
	}
	return out
}

func vectorOf(n int) []span {
	v := make([]span, n)
	for i := range v {
		v[i] = span{zero, zero}
	}
	return v
}

func matrixOf(n int) [][]span {
	m := make([][]span, n)
	for i := range m {
		m[i] = vectorOf(n)
	}
	return m
}

func copied(m [][]span) [][]span {
	out := make([][]span, len(m))
	for i := range m {
		out[i] = append([]span(nil), m[i]...)
	}
	return out
}

// shares makes each figure its part of the whole, cut; of zeros zeros. A part is smallest when it is least and the others are most.
func shares(x []span) {
	sum := span{zero, zero}
	for _, v := range x {
		sum = sum.plus(v)
	}
	part := func(v, others *big.Rat) *big.Rat {
		if v.Sign() == 0 {
			return zero
		}
		return new(big.Rat).Quo(v, new(big.Rat).Add(v, others))
	}
	out := make([]span, len(x))
	for i, v := range x {
		low := part(v.low, new(big.Rat).Sub(sum.high, v.high))
		high := part(v.high, new(big.Rat).Sub(sum.low, v.low))
		out[i] = rounded(low, high).cutTowards0()
	}
	copy(x, out)
}

// columnShares is shares of each column.
func columnShares(m [][]span) {
	column := make([]span, len(m))
	for j := range m {
		for i := range m {
			column[i] = m[i][j]
		}
		shares(column)
		for i := range m {
			m[i][j] = column[i]
		}
	}
}
