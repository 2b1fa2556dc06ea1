package amm

import (
	"math/big"
	"math/bits"

	"github.com/myelin-go/myelin/fixed"
)

// powerPrecision is the binary precision that the pool asks of the series.
const powerPrecision = 1024

// power is floor(1e18 * (a/b)^(en/ed)), and whether it fits in 64 bits. b and ed must not be 0; en and ed are weights.
// For a = 0 it is 0, for en = 0 it is 1e18.
//
// Three ways lead to it. Equal weights need one multiplication and one division. Otherwise shortPower brackets the value
// and nearly always finds one integer below both ends. The rest, which are powers that are integers themselves, values
// within 2^-90 of an integer, and exponents so extreme that upstream's series loses its digits, go through powRatio,
// which is upstream's own way.
func power(a, b fixed.Uint128, en, ed Weight) (uint64, bool) {
	if en == ed && !a.IsZero() {
		if v, fits, ok := ratio18(a, b); ok {
			return v, fits
		}
	}
	if v, fits, ok := shortPower(a, b, en, ed); ok {
		return v, fits
	}
	v := powRatio(bigFrom128(a), bigFrom128(b), new(big.Int).SetUint64(uint64(en)), new(big.Int).SetUint64(uint64(ed)),
		powerPrecision, bigOne18)
	return v.Uint64(), v.IsUint64()
}

// ratio18 is floor(1e18 * a / b), whether that fits, and whether the operands are narrow enough to tell.
func ratio18(a, b fixed.Uint128) (v uint64, fits, ok bool) {
	if a.Hi != 0 || b.Hi != 0 {
		return 0, false, false
	}
	hi, lo := bits.Mul64(a.Lo, uint64(One))
	if hi >= b.Lo {
		return 0, false, true
	}
	v, _ = bits.Div64(hi, lo, b.Lo)
	return v, true, true
}

const (
	// Beyond e^±45 the answer is 0 or too large without computing it; beyond e^±100 upstream's series is to be asked.
	decidedExponent = 45
	seriesExponent  = 100
	// An exponent en/ed beyond this would let the logarithm's error grow out of the bound below.
	widestExponent = 128
)

// shortPower is power by way of e^(en/ed * ln(a/b)) in 192 fractional bits; ok is false where that does not decide.
func shortPower(a, b fixed.Uint128, en, ed Weight) (v uint64, fits, ok bool) {
	if a.IsZero() || en == 0 || max(a.BitLen(), b.BitLen()) > 125 || uint64(en)/widestExponent >= uint64(ed) {
		return 0, false, false
	}
	if a == b {
		return uint64(One), true, true
	}
	ln, negative := lnRatio(a, b)
	x, ok := ln.mulDiv(uint64(en), uint64(ed))
	if !ok || x[3] >= seriesExponent {
		return 0, false, false
	}
	if x[3] >= decidedExponent {
		return 0, negative, true
	}
	e, shift := expNear1(x, negative)

	// The logarithm is off by less than 2^-180 (45 truncations and up to 126 times the error of ln2), en/ed multiplies that
	// by less than 2^7, and the exponential at most doubles it and adds its own 2^-186: e is off by less than 2^-170.
	slack := fraction{1 << 22}
	low, lowFits := scale18(e.sub(slack), shift)
	high, highFits := scale18(e.add(slack), shift)
	return low, lowFits, low == high && lowFits == highFits
}

// lnRatio is |ln(a/b)| and whether the logarithm is negative. a and b are between 1 and 2^125.
func lnRatio(a, b fixed.Uint128) (ln fraction, negative bool) {
	// a/b = u/v * 2^k with u, v of equal length, then u/v brought into 1/1.375..1.375.
	k := a.BitLen() - b.BitLen()
	u := a.Lsh(uint(126 - a.BitLen()))
	v := b.Lsh(uint(126 - b.BitLen()))
	if eighths := v.Lsh(1).Add(v).Rsh(3); u.Cmp(v) > 0 && u.Sub(v).Cmp(eighths) > 0 {
		v = v.Lsh(1)
		k++
	} else if eighths := u.Lsh(1).Add(u).Rsh(3); v.Cmp(u) > 0 && v.Sub(u).Cmp(eighths) > 0 {
		u = u.Lsh(1)
		k--
	}
	// ln(u/v) = 2 atanh((u - v) / (u + v)).
	below := u.Cmp(v) < 0
	if below {
		u, v = v, u
	}
	n, d := u.Sub(v), u.Add(v)
	up := uint(128 - d.BitLen())
	n, d = n.Lsh(up), d.Lsh(up)
	near := atanh(ratio128(n.Hi, n.Lo, d.Hi, d.Lo))
	near = near.add(near)

	far := ln2
	far, _ = far.mulDiv(uint64(max(k, -k)), 1)
	switch {
	case k == 0:
		return near, below
	case (k < 0) == below:
		return far.add(near), below
	default: // |k| ln 2 outweighs what points the other way, which is at most ln 1.375
		return far.sub(near), k < 0
	}
}

// atanh is z + z^3/3 + z^5/5 ... for z up to 0.19.
func atanh(z fraction) fraction {
	square := z.mul(z)
	// Each further term is smaller by the leading zeros of z^2, of which the 64 integer bits do not count.
	terms := min(oddTerms, 192/max(1, square.leadingZeros()-64)+2)
	sum := odd[terms-1]
	for i := terms - 2; i >= 0; i-- {
		sum = sum.mul(square).add(odd[i])
	}
	return sum.mul(z)
}

// expNear1 is e^x, or e^-x if negative, as v * 2^shift with v in 1..2.
func expNear1(x fraction, negative bool) (v fraction, shift int) {
	// x = shift * ln 2 + r. x is below 2^6, so its quotient by ln 2 fits in the top words; a guess from there may be one off.
	top := x[3]<<57 | x[2]>>7
	quotient, _ := bits.Mul64(top, 0xb8aa3b295c17f0bb) // 1/ln 2, times 2^63
	shift = int(quotient >> 56)
	whole, _ := ln2.mulDiv(uint64(shift), 1)
	if x.less(whole) {
		shift--
		whole = whole.sub(ln2)
	}
	r := x.sub(whole)
	if !r.less(ln2) {
		shift++
		r = r.sub(ln2)
	}
	if negative && r != (fraction{}) {
		shift++
		r = ln2.sub(r)
	}
	// Fewer terms are enough for a small r.
	terms := min(factorialTerms, 192/max(1, r.leadingZeros()-64)+2)
	v = factorial[terms-1]
	for i := terms - 2; i >= 0; i-- {
		v = v.mul(r).add(factorial[i])
	}
	if negative {
		shift = -shift
	}
	return v, shift
}

// scale18 is floor(1e18 * v * 2^shift), and whether it fits in 64 bits; v is below 4 and shift above -192.
func scale18(v fraction, shift int) (uint64, bool) {
	var p [5]uint64
	var carry uint64
	for i, w := range v {
		hi, lo := bits.Mul64(w, uint64(One))
		var c uint64
		p[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	p[4] = carry
	if shift > 4 {
		return 0, false
	}
	down := uint(192 - shift)
	words, n := down/64, down%64
	at := func(i uint) uint64 {
		if i < 5 {
			return p[i]
		}
		return 0
	}
	low := at(words)>>n | at(words+1)<<(64-n)
	over := at(words+1)>>n | at(words+2)<<(64-n)
	return low, over == 0
}
