package sharepool

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/myelin-go/myelin/fixed"
)

// MaxDigits is the number of digits of a mantissa: 10^MaxDigits is the largest.
const MaxDigits = 21

// SafeFloat is mantissa * 10^exponent, not negative. A normalised one has a mantissa above 10^20 and up to 10^21, or is
// the zero value, which is 0; old storage may hold others. == compares representations, which for normalised numbers
// are the values.
type SafeFloat struct {
	mantissa fixed.Uint128
	exponent int64
}

var (
	maxMantissa = fixed.Uint128{Hi: 54, Lo: 3875820019684212736} // 10^21
	minMantissa = fixed.Uint128{Hi: 5, Lo: 7766279631452241920}  // 10^20
)

// New is mantissa * 10^exponent, normalised; ok is false for a mantissa above 10^21 and for an exponent that leaves int64.
func New(mantissa fixed.Uint128, exponent int64) (f SafeFloat, ok bool) {
	if mantissa.Cmp(maxMantissa) > 0 {
		return SafeFloat{}, false
	}
	return normalise(fixed.Uint128{}, mantissa, exponent)
}

// FromUint is v.
func FromUint(v uint64) SafeFloat {
	f, _ := New(fixed.Uint128From64(v), 0)
	return f
}

// FromU64F64 is v to 21 digits: the form in which older shares are migrated.
func FromU64F64(v fixed.U64F64) SafeFloat {
	raw := v.Bits()
	fraction, _ := FromUint(raw.Lo).Div(mustNew(fixed.Uint128{Hi: 1}))
	sum, _ := FromUint(raw.Hi).Add(fraction)
	return sum
}

func mustNew(mantissa fixed.Uint128) SafeFloat {
	f, ok := New(mantissa, 0)
	if !ok {
		panic("sharepool: constant out of range")
	}
	return f
}

// FromRaw is the pair as storage holds it, not normalised.
func FromRaw(mantissa fixed.Uint128, exponent int64) SafeFloat { return SafeFloat{mantissa, exponent} }

// Raw is the pair as storage holds it.
func (a SafeFloat) Raw() (mantissa fixed.Uint128, exponent int64) { return a.mantissa, a.exponent }

// IsZero reports whether a is 0.
func (a SafeFloat) IsZero() bool { return a.mantissa.IsZero() }

// normalise drops or appends decimal digits until the mantissa hi*2^128 + lo lies above 10^20 and up to 10^21; false when
// the exponent leaves int64.
func normalise(hi, lo fixed.Uint128, exponent int64) (SafeFloat, bool) {
	if hi.IsZero() && lo.IsZero() {
		return SafeFloat{}, true
	}
	w := [4]uint64{lo.Lo, lo.Hi, hi.Lo, hi.Hi}
	for w[2]|w[3] != 0 {
		divWords(&w, 10)
		if exponent == math.MaxInt64 {
			return SafeFloat{}, false
		}
		exponent++
	}
	m := fixed.Uint128{Hi: w[1], Lo: w[0]}
	for m.Cmp(maxMantissa) > 0 {
		m, _ = m.QuoRem(fixed.Uint128From64(10))
		if exponent == math.MaxInt64 {
			return SafeFloat{}, false
		}
		exponent++
	}
	for m.Cmp(minMantissa) <= 0 {
		m, _ = m.CheckedMul(fixed.Uint128From64(10))
		if exponent == math.MinInt64 {
			return SafeFloat{}, false
		}
		exponent--
	}
	return SafeFloat{m, exponent}, true
}

func divWords(w *[4]uint64, d uint64) {
	var rest uint64
	for i := 3; i >= 0; i-- {
		w[i], rest = bits.Div64(rest, w[i], d)
	}
}

// quotient is a * b / d, rounded down, as hi*2^128 + lo. d must not be 0.
func quotient(a, b, d fixed.Uint128) (hi, lo fixed.Uint128) {
	hi, lo = a.Mul(b)
	if hi.IsZero() {
		lo, _ = lo.QuoRem(d)
		return hi, lo
	}
	if d.Hi == 0 {
		w := [4]uint64{lo.Lo, lo.Hi, hi.Lo, hi.Hi}
		divWords(&w, d.Lo)
		return fixed.Uint128{Hi: w[3], Lo: w[2]}, fixed.Uint128{Hi: w[1], Lo: w[0]}
	}
	// Shift until the divisor's highest bit is set, then divide word by word.
	up := uint(bits.LeadingZeros64(d.Hi))
	d = d.Lsh(up)
	w := [5]uint64{lo.Lo << up, lo.Hi<<up | lo.Lo>>(64-up), hi.Lo<<up | lo.Hi>>(64-up), hi.Hi<<up | hi.Lo>>(64-up), hi.Hi >> (64 - up)}
	var q [5]uint64
	rest := fixed.Uint128{}
	for i := 4; i >= 0; i-- {
		q[i], rest = digit(rest, w[i], d)
	}
	return fixed.Uint128{Hi: q[3], Lo: q[2]}, fixed.Uint128{Hi: q[1], Lo: q[0]}
}

// digit divides rest*2^64 + next by d, whose highest bit is set, for a rest below d: a guess from the leading words,
// which is at most two too large, then corrections.
func digit(rest fixed.Uint128, next uint64, d fixed.Uint128) (q uint64, r fixed.Uint128) {
	q = ^uint64(0)
	if rest.Hi < d.Hi {
		q, _ = bits.Div64(rest.Hi, rest.Lo, d.Hi)
	}
	pTop, p := d.Mul(fixed.Uint128From64(q))
	var borrow uint64
	r.Lo, borrow = bits.Sub64(next, p.Lo, 0)
	r.Hi, borrow = bits.Sub64(rest.Lo, p.Hi, borrow)
	over, _ := bits.Sub64(rest.Hi, pTop.Lo, borrow)
	for over != 0 { // below zero
		q--
		var carry uint64
		r.Lo, carry = bits.Add64(r.Lo, d.Lo, 0)
		r.Hi, carry = bits.Add64(r.Hi, d.Hi, carry)
		over += carry
	}
	return q, r
}

// powerOf10 is 10^e, but never above 10^22.
func powerOf10(e uint64) fixed.Uint128 {
	p := fixed.Uint128From64(1)
	for range min(e, MaxDigits+1) {
		p, _ = p.CheckedMul(fixed.Uint128From64(10))
	}
	return p
}

// Div is a / b; false when b is 0 or the exponent leaves int64.
func (a SafeFloat) Div(b SafeFloat) (SafeFloat, bool) {
	if b.IsZero() {
		return SafeFloat{}, false
	}
	exponent, ok := sum3(a.exponent, b.exponent, -MaxDigits)
	if !ok {
		return SafeFloat{}, false
	}
	hi, lo := quotient(a.mantissa, maxMantissa, b.mantissa)
	return normalise(hi, lo, exponent)
}

// Add is a + b; false when the exponent leaves int64. Digits of the smaller one that the larger has no room for are cut.
func (a SafeFloat) Add(b SafeFloat) (SafeFloat, bool) {
	switch {
	case a.IsZero():
		return b, true
	case b.IsZero():
		return a, true
	}
	x, y, exponent := align(a, b)
	sum, carry := x.CheckedAdd(y)
	var hi fixed.Uint128
	if !carry {
		hi.Lo = 1
	}
	return normalise(hi, sum, exponent)
}

// Sub is a - b, or 0 if b is larger; false when a is 0 and b is not, or the exponent leaves int64.
func (a SafeFloat) Sub(b SafeFloat) (SafeFloat, bool) {
	switch {
	case b.IsZero():
		if a.IsZero() {
			return SafeFloat{}, true
		}
		return a, true
	case a.IsZero():
		return SafeFloat{}, false
	}
	x, y, exponent := align(a, b)
	difference, ok := x.CheckedSub(y)
	if !ok {
		return SafeFloat{}, true
	}
	return normalise(fixed.Uint128{}, difference, exponent)
}

// align brings both mantissas to the larger exponent.
func align(a, b SafeFloat) (x, y fixed.Uint128, exponent int64) {
	x, y = a.mantissa, b.mantissa
	if a.exponent >= b.exponent {
		y, _ = y.QuoRem(powerOf10(distance(a.exponent, b.exponent)))
		return x, y, a.exponent
	}
	x, _ = x.QuoRem(powerOf10(distance(b.exponent, a.exponent)))
	return x, y, b.exponent
}

// distance is a - b for a >= b.
func distance(a, b int64) uint64 { return uint64(a) - uint64(b) }

// MulDiv is a * b / c without rounding in between, to 20 digits at least; false when c is 0 or the exponent leaves int64 on the way.
func (a SafeFloat) MulDiv(b, c SafeFloat) (SafeFloat, bool) {
	if c.IsZero() {
		return SafeFloat{}, false
	}
	// The sum of a's and b's exponents must fit by itself, too.
	if _, ok := sum3(a.exponent, 0, b.exponent); !ok {
		return SafeFloat{}, false
	}
	exponent, ok := sum3(a.exponent, c.exponent, b.exponent)
	if !ok {
		return SafeFloat{}, false
	}
	hi, lo := quotient(a.mantissa, b.mantissa, c.mantissa)
	return normalise(hi, lo, exponent)
}

// Greater reports whether a > b; both must be normalised, and 0 counts as a number with exponent 0.
func (a SafeFloat) Greater(b SafeFloat) bool {
	switch {
	case a.exponent == b.exponent:
		return a.mantissa.Cmp(b.mantissa) > 0
	case a.exponent > b.exponent:
		return distance(a.exponent, b.exponent) > 1 || tenfoldGreater(a.mantissa, b.mantissa)
	default:
		return distance(b.exponent, a.exponent) == 1 && !tenfoldGreater(b.mantissa, a.mantissa) && !isTenfold(b.mantissa, a.mantissa)
	}
}

// tenfoldGreater reports 10 * a > b.
func tenfoldGreater(a, b fixed.Uint128) bool {
	hi, lo := a.Mul(fixed.Uint128From64(10))
	return !hi.IsZero() || lo.Cmp(b) > 0
}

// isTenfold reports 10 * a == b.
func isTenfold(a, b fixed.Uint128) bool {
	hi, lo := a.Mul(fixed.Uint128From64(10))
	return hi.IsZero() && lo == b
}

// Uint64 is a rounded down, saturating at 2^64-1.
func (a SafeFloat) Uint64() uint64 {
	var hi fixed.Uint128
	v := a.mantissa
	switch {
	case a.exponent > 0:
		hi, v = v.Mul(powerOf10(uint64(a.exponent)))
	case a.exponent < 0:
		v, _ = v.QuoRem(powerOf10(distance(0, a.exponent)))
	}
	if !hi.IsZero() || v.Hi != 0 {
		return math.MaxUint64
	}
	return v.Lo
}

// encodedSize is the length of the SCALE encoding: a u128 and an i64, little endian.
const encodedSize = 16 + 8

// AppendBinary appends the SCALE encoding: mantissa, then exponent. It never fails.
func (a SafeFloat) AppendBinary(b []byte) ([]byte, error) {
	m := a.mantissa.Bytes()
	b = append(b, m[:]...)
	return binary.LittleEndian.AppendUint64(b, uint64(a.exponent)), nil
}

// MarshalBinary is the SCALE encoding. It never fails.
func (a SafeFloat) MarshalBinary() ([]byte, error) {
	return a.AppendBinary(make([]byte, 0, encodedSize))
}

// UnmarshalBinary reads exactly one SCALE encoding, as it is: storage may hold numbers that are not normalised.
func (a *SafeFloat) UnmarshalBinary(b []byte) error {
	if len(b) != encodedSize {
		return fmt.Errorf("decode SafeFloat: %d bytes, want %d", len(b), encodedSize)
	}
	a.mantissa = fixed.Uint128FromBytes([16]byte(b[:16]))
	a.exponent = int64(binary.LittleEndian.Uint64(b[16:]))
	return nil
}

// String is the number as mantissa and power of ten, for messages.
func (a SafeFloat) String() string { return fmt.Sprintf("%se%d", a.mantissa, a.exponent) }

// sum3 is a - b + c, and whether it is an int64.
func sum3(a, b, c int64) (int64, bool) {
	// Three summands of 64 bits: two words hold them.
	lo, borrow := bits.Sub64(uint64(a), uint64(b), 0)
	hi := uint64(a>>63) - uint64(b>>63) - borrow
	lo, carry := bits.Add64(lo, uint64(c), 0)
	hi += uint64(c>>63) + carry
	return int64(lo), hi == uint64(int64(lo)>>63)
}
