package amm

import "math/bits"

// fraction is an unsigned number with 64 integer and 192 fractional bits, least significant word first. Sums and
// differences wrap; products and quotients are rounded down.
type fraction [4]uint64

var (
	// ln2 is the logarithm of 2, rounded down.
	ln2 = fraction{0x40f343267298b62d, 0xc9e3b39803f2f6af, 0xb17217f7d1cf79ab, 0}
	// odd[i] is 1/(2i+1) and factorial[i] is 1/i!, rounded down.
	odd, factorial = coefficients()
)

// Terms enough for 192 bits: 0.19^(2*40) and 0.7^45/45! are both below 2^-192.
const (
	oddTerms       = 41
	factorialTerms = 46
)

func coefficients() (odd [oddTerms]fraction, factorial [factorialTerms]fraction) {
	for i := range odd {
		odd[i], _ = fraction{3: 1}.mulDiv(1, uint64(2*i+1))
	}
	factorial[0] = fraction{3: 1}
	for i := 1; i < factorialTerms; i++ {
		factorial[i], _ = factorial[i-1].mulDiv(1, uint64(i))
	}
	return odd, factorial
}

func (a fraction) add(b fraction) (sum fraction) {
	var c uint64
	for i := range sum {
		sum[i], c = bits.Add64(a[i], b[i], c)
	}
	return sum
}

func (a fraction) sub(b fraction) (difference fraction) {
	var c uint64
	for i := range difference {
		difference[i], c = bits.Sub64(a[i], b[i], c)
	}
	return difference
}

func (a fraction) less(b fraction) bool {
	var c uint64
	for i := range a {
		_, c = bits.Sub64(a[i], b[i], c)
	}
	return c != 0
}

// mul is a * b for a product below 2^64.
func (a fraction) mul(b fraction) fraction {
	var p [8]uint64
	for i, x := range a {
		if x == 0 {
			continue
		}
		var carry uint64
		for j, y := range b {
			hi, lo := bits.Mul64(x, y)
			var c uint64
			lo, c = bits.Add64(lo, p[i+j], 0)
			hi += c
			lo, c = bits.Add64(lo, carry, 0)
			p[i+j], carry = lo, hi+c
		}
		p[i+4] = carry
	}
	return fraction(p[3:7])
}

// mulDiv is a * m / d, and whether it is below 2^64.
func (a fraction) mulDiv(m, d uint64) (fraction, bool) {
	var p [5]uint64
	var carry uint64
	for i, x := range a {
		hi, lo := bits.Mul64(x, m)
		var c uint64
		p[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	p[4] = carry
	if p[4] >= d {
		return fraction{}, false
	}
	var q fraction
	rest := p[4]
	for i := 3; i >= 0; i-- {
		q[i], rest = bits.Div64(rest, p[i], d)
	}
	return q, true
}

// ratio128 is n / d for n < d, where the highest bit of d is set.
func ratio128(nHi, nLo, dHi, dLo uint64) (q fraction) {
	for i := 2; i >= 0; i-- {
		q[i], nHi, nLo = div3by2(nHi, nLo, 0, dHi, dLo)
	}
	return q
}

// div3by2 divides a three-word number by a two-word one whose highest bit is set and which exceeds the upper two words,
// the schoolbook way: guess from the leading words, then correct the guess, which is at most two too large.
func div3by2(n2, n1, n0, dHi, dLo uint64) (q, rHi, rLo uint64) {
	if n2 >= dHi {
		q = ^uint64(0)
	} else {
		q, _ = bits.Div64(n2, n1, dHi)
	}
	hi, lo := bits.Mul64(q, dLo)
	top, mid := bits.Mul64(q, dHi)
	var c uint64
	mid, c = bits.Add64(mid, hi, 0)
	top += c
	rLo, c = bits.Sub64(n0, lo, 0)
	rHi, c = bits.Sub64(n1, mid, c)
	rTop, _ := bits.Sub64(n2, top, c)
	for rTop != 0 { // below zero
		q--
		rLo, c = bits.Add64(rLo, dLo, 0)
		rHi, c = bits.Add64(rHi, dHi, c)
		rTop += c
	}
	return q, rHi, rLo
}

// leadingZeros counts the zero bits above the highest set bit.
func (a fraction) leadingZeros() int {
	n := 0
	for i := 3; i >= 0; i-- {
		if a[i] != 0 {
			return n + bits.LeadingZeros64(a[i])
		}
		n += 64
	}
	return n
}
