package fixed

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"math/bits"
)

// Uint128 is an unsigned 128-bit integer. The zero value is 0.
type Uint128 struct{ Hi, Lo uint64 }

// Int128 is a signed 128-bit integer in two's complement. The zero value is 0.
type Int128 struct {
	Hi int64
	Lo uint64
}

// MaxUint128 is 2^128 - 1.
var MaxUint128 = Uint128{^uint64(0), ^uint64(0)}

// Uint128From64 widens v.
func Uint128From64(v uint64) Uint128 { return Uint128{Lo: v} }

// Int128From64 widens v.
func Int128From64(v int64) Int128 { return Int128{v >> 63, uint64(v)} }

// ParseUint128 reads a decimal number in 0..2^128-1.
func ParseUint128(s string) (Uint128, error) {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return Uint128{}, fmt.Errorf("parse u128: %q is not a decimal number below 2^128", s)
	}
	return uint128FromBig(n), nil
}

// ParseInt128 reads a decimal number in -2^127..2^127-1.
func ParseInt128(s string) (Int128, error) {
	n, ok := new(big.Int).SetString(s, 10)
	if ok {
		magnitude := uint128FromBig(new(big.Int).Abs(n))
		v := magnitude.withSign(n.Sign() < 0)
		if n.BitLen() <= 128 && v.bigInt().Cmp(n) == 0 {
			return v, nil
		}
	}
	return Int128{}, fmt.Errorf("parse i128: %q is not a decimal number in -2^127..2^127-1", s)
}

// uint128FromBig takes the low 128 bits of a number that is not negative.
func uint128FromBig(n *big.Int) Uint128 {
	low := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0))).Uint64()
	high := new(big.Int).Rsh(n, 64)
	high.And(high, new(big.Int).SetUint64(^uint64(0)))
	return Uint128{high.Uint64(), low}
}

func (a Uint128) bigInt() *big.Int {
	n := new(big.Int).SetUint64(a.Hi)
	return n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(a.Lo))
}

func (a Int128) bigInt() *big.Int {
	magnitude, negative := a.magnitude()
	n := magnitude.bigInt()
	if negative {
		n.Neg(n)
	}
	return n
}

// String prints a in decimal.
func (a Uint128) String() string { return a.bigInt().String() }

// String prints a in decimal.
func (a Int128) String() string { return a.bigInt().String() }

// IsZero reports whether a is 0.
func (a Uint128) IsZero() bool { return a.Hi|a.Lo == 0 }

// IsZero reports whether a is 0.
func (a Int128) IsZero() bool { return uint64(a.Hi)|a.Lo == 0 }

// BitLen is the number of bits needed for a; 0 for 0.
func (a Uint128) BitLen() int {
	if a.Hi != 0 {
		return 64 + bits.Len64(a.Hi)
	}
	return bits.Len64(a.Lo)
}

// Cmp is -1, 0 or 1 as a is below, equal to or above b.
func (a Uint128) Cmp(b Uint128) int {
	switch {
	case a == b:
		return 0
	case a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo:
		return -1
	}
	return 1
}

// Cmp is -1, 0 or 1 as a is below, equal to or above b.
func (a Int128) Cmp(b Int128) int {
	switch {
	case a == b:
		return 0
	case a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo:
		return -1
	}
	return 1
}

// Add is a + b modulo 2^128; CheckedAdd tells whether that was exact.
func (a Uint128) Add(b Uint128) Uint128 {
	sum, _ := a.CheckedAdd(b)
	return sum
}

// CheckedAdd is a + b modulo 2^128, and whether it fits.
func (a Uint128) CheckedAdd(b Uint128) (Uint128, bool) {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, carry := bits.Add64(a.Hi, b.Hi, carry)
	return Uint128{hi, lo}, carry == 0
}

// Sub is a - b modulo 2^128; CheckedSub tells whether that was exact.
func (a Uint128) Sub(b Uint128) Uint128 {
	difference, _ := a.CheckedSub(b)
	return difference
}

// CheckedSub is a - b modulo 2^128, and whether it fits.
func (a Uint128) CheckedSub(b Uint128) (Uint128, bool) {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	hi, borrow := bits.Sub64(a.Hi, b.Hi, borrow)
	return Uint128{hi, lo}, borrow == 0
}

// Mul is the full product a * b = hi * 2^128 + lo.
func (a Uint128) Mul(b Uint128) (hi, lo Uint128) {
	h00, l00 := bits.Mul64(a.Lo, b.Lo)
	h01, l01 := bits.Mul64(a.Lo, b.Hi)
	h10, l10 := bits.Mul64(a.Hi, b.Lo)
	h11, l11 := bits.Mul64(a.Hi, b.Hi)
	w1, c1 := bits.Add64(h00, l01, 0)
	w1, c2 := bits.Add64(w1, l10, 0)
	w2, c3 := bits.Add64(h01, h10, c1)
	w2, c4 := bits.Add64(w2, l11, c2)
	return Uint128{h11 + c3 + c4, w2}, Uint128{w1, l00}
}

// CheckedMul is a * b modulo 2^128, and whether it fits.
func (a Uint128) CheckedMul(b Uint128) (Uint128, bool) {
	hi, lo := a.Mul(b)
	return lo, hi.IsZero()
}

// QuoRem divides a by b, which must not be 0 (it panics as integers do).
func (a Uint128) QuoRem(b Uint128) (quotient, remainder Uint128) {
	_, quotient, remainder = div192([3]uint64{a.Lo, a.Hi, 0}, b)
	return quotient, remainder
}

// Lsh is a << n, losing the bits above 2^128.
func (a Uint128) Lsh(n uint) Uint128 {
	if n >= 64 {
		return Uint128{Hi: a.Lo << (n - 64)}
	}
	return Uint128{a.Hi<<n | a.Lo>>(64-n), a.Lo << n}
}

// Rsh is a >> n.
func (a Uint128) Rsh(n uint) Uint128 {
	if n >= 64 {
		return Uint128{Lo: a.Hi >> (n - 64)}
	}
	return Uint128{a.Hi >> n, a.Lo>>n | a.Hi<<(64-n)}
}

// rsh is a >> n for n in 0..127, rounding towards minus infinity.
func (a Int128) rsh(n uint) Int128 {
	if n >= 64 {
		return Int128{a.Hi >> 63, uint64(a.Hi >> (n - 64))}
	}
	return Int128{a.Hi >> n, a.Lo>>n | uint64(a.Hi)<<(64-n)}
}

// magnitude is |a| and whether a is negative.
func (a Int128) magnitude() (Uint128, bool) {
	u := Uint128{uint64(a.Hi), a.Lo}
	if a.Hi < 0 {
		return Uint128{}.Sub(u), true
	}
	return u, false
}

// withSign is a or -a modulo 2^128, read as a signed number.
func (a Uint128) withSign(negative bool) Int128 {
	if negative {
		a = Uint128{}.Sub(a)
	}
	return Int128{int64(a.Hi), a.Lo}
}

// Bytes is the little-endian form.
func (a Uint128) Bytes() (b [16]byte) {
	binary.LittleEndian.PutUint64(b[:8], a.Lo)
	binary.LittleEndian.PutUint64(b[8:], a.Hi)
	return b
}

// Uint128FromBytes reads the little-endian form.
func Uint128FromBytes(b [16]byte) Uint128 {
	return Uint128{binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[:8])}
}

// AppendBinary appends the 16 bytes, little endian. It never fails.
func (a Uint128) AppendBinary(b []byte) ([]byte, error) {
	raw := a.Bytes()
	return append(b, raw[:]...), nil
}

// UnmarshalBinary reads exactly 16 bytes, little endian.
func (a *Uint128) UnmarshalBinary(b []byte) error {
	if len(b) != 16 {
		return fmt.Errorf("decode Uint128: %d bytes, want 16", len(b))
	}
	*a = Uint128FromBytes([16]byte(b))
	return nil
}

// div192 divides a number of three words, lowest first, by d. The quotient is top * 2^128 + q.
func div192(n [3]uint64, d Uint128) (top uint64, q, r Uint128) {
	if d.Hi == 0 {
		var rem uint64
		top, rem = bits.Div64(0, n[2], d.Lo)
		q.Hi, rem = bits.Div64(rem, n[1], d.Lo)
		q.Lo, rem = bits.Div64(rem, n[0], d.Lo)
		return top, q, Uint128{Lo: rem}
	}
	// Scaled so that the divisor's top bit is set; then two quotient words, each estimated from the top words.
	s := uint(bits.LeadingZeros64(d.Hi))
	d = d.Lsh(s)
	u3 := n[2] >> (64 - s)
	u2 := n[2]<<s | n[1]>>(64-s)
	u1 := n[1]<<s | n[0]>>(64-s)
	u0 := n[0] << s
	q.Hi, r = div3by2(u3, u2, u1, d)
	q.Lo, r = div3by2(r.Hi, r.Lo, u0, d)
	return 0, q, r.Rsh(s)
}

// div3by2 divides (u2, u1, u0) by d, whose top bit is set, for (u2, u1) < d.
func div3by2(u2, u1, u0 uint64, d Uint128) (uint64, Uint128) {
	q := ^uint64(0)
	if u2 < d.Hi {
		q, _ = bits.Div64(u2, u1, d.Hi)
	}
	// q is at most 2 too large.
	for {
		p1, p0 := bits.Mul64(q, d.Lo)
		p2, m := bits.Mul64(q, d.Hi)
		var c uint64
		p1, c = bits.Add64(p1, m, 0)
		p2 += c
		r0, b := bits.Sub64(u0, p0, 0)
		r1, b := bits.Sub64(u1, p1, b)
		_, b = bits.Sub64(u2, p2, b)
		if b == 0 {
			return q, Uint128{r1, r0}
		}
		q--
	}
}
