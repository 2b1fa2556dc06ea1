package fixed

import (
	"math/big"
	"strings"
)

// wide is a number with 64 fractional bits and 128 integer bits in two's complement, words lowest first. Every type of
// this package fits into it exactly, so conversions go through it.
type wide [3]uint64

func wideFromSigned(raw Int128, frac uint) wide {
	return wideFromWords([3]uint64{raw.Lo, uint64(raw.Hi), uint64(raw.Hi >> 63)}, frac)
}

func wideFromUnsigned(raw Uint128, frac uint) wide {
	return wideFromWords([3]uint64{raw.Lo, raw.Hi, 0}, frac)
}

// wideFromWords shifts the words left so that frac fractional bits become 64; frac is 32 or 64.
func wideFromWords(w [3]uint64, frac uint) wide {
	s := 64 - frac
	if s == 0 {
		return w
	}
	return wide{w[0] << s, w[1]<<s | w[0]>>(64-s), w[2]<<s | w[1]>>(64-s)}
}

// words is the number with frac fractional bits, rounded towards minus infinity; frac is 32 or 64.
func (w wide) words(frac uint) (top int64, low Uint128) {
	s := 64 - frac
	if s == 0 {
		return int64(w[2]), Uint128{w[1], w[0]}
	}
	return int64(w[2]) >> s, Uint128{w[1]>>s | w[2]<<(64-s), w[0]>>s | w[1]<<(64-s)}
}

func (w wide) unsigned(frac uint) Uint128 {
	top, low := w.words(frac)
	switch {
	case top < 0:
		return Uint128{}
	case top > 0:
		return MaxUint128
	}
	return low
}

func (w wide) signed(frac uint) Int128 {
	top, low := w.words(frac)
	v := Int128{int64(low.Hi), low.Lo}
	if top != v.Hi>>63 {
		return saturatedInt128(top < 0)
	}
	return v
}

func (w wide) toI32F32() I32F32 {
	v := w.signed(32)
	if v.Hi != int64(v.Lo)>>63 {
		return saturatedI32F32(v.Hi < 0)
	}
	return I32F32{int64(v.Lo)}
}

func (w wide) toI64F64() I64F64 { return I64F64{w.signed(64)} }
func (w wide) toI96F32() I96F32 { return I96F32{w.signed(32)} }
func (w wide) toU64F64() U64F64 { return U64F64{w.unsigned(64)} }
func (w wide) toU96F32() U96F32 { return U96F32{w.unsigned(32)} }

var (
	minInt128 = Int128{-1 << 63, 0}
	maxInt128 = Int128{1<<63 - 1, ^uint64(0)}
)

func saturatedInt128(negative bool) Int128 {
	if negative {
		return minInt128
	}
	return maxInt128
}

// The clamps bring an integer into the range of a narrower type.

func clampUint(v Int128, limit uint64) uint64 {
	switch {
	case v.Hi < 0:
		return 0
	case v.Hi > 0 || v.Lo > limit:
		return limit
	}
	return v.Lo
}

func clampUint128(v Int128) Uint128 {
	if v.Hi < 0 {
		return Uint128{}
	}
	return Uint128{uint64(v.Hi), v.Lo}
}

func clampInt(v Int128, low, high int64) int64 {
	switch {
	case v.Cmp(Int128From64(low)) < 0:
		return low
	case v.Cmp(Int128From64(high)) > 0:
		return high
	}
	return int64(v.Lo)
}

// Operations on raw bits, shared by the four types of 128 bits. Each returns the low bits and whether they are the
// whole result.

func addUnsigned(a, b Uint128) (Uint128, bool) { return a.CheckedAdd(b) }

func subUnsigned(a, b Uint128) (Uint128, bool) { return a.CheckedSub(b) }

func addSigned(a, b Int128) (Int128, bool) {
	sum := Uint128{uint64(a.Hi), a.Lo}.Add(Uint128{uint64(b.Hi), b.Lo}).withSign(false)
	return sum, (a.Hi^sum.Hi)&(b.Hi^sum.Hi) >= 0
}

func subSigned(a, b Int128) (Int128, bool) {
	difference := Uint128{uint64(a.Hi), a.Lo}.Sub(Uint128{uint64(b.Hi), b.Lo}).withSign(false)
	return difference, (a.Hi^b.Hi)&(a.Hi^difference.Hi) >= 0
}

func mulUnsigned(a, b Uint128, frac uint) (Uint128, bool) {
	hi, lo := a.Mul(b)
	carried := hi.Lsh(128 - frac)
	return Uint128{carried.Hi | lo.Rsh(frac).Hi, carried.Lo | lo.Rsh(frac).Lo}, hi.Rsh(frac).IsZero()
}

func mulSigned(a, b Int128, frac uint) (Int128, bool) {
	x, xNegative := a.magnitude()
	y, yNegative := b.magnitude()
	hi, lo := x.Mul(y)
	negative := xNegative != yNegative
	if negative {
		// Rounding towards minus infinity is rounding the magnitude up.
		var fits bool
		lo, fits = lo.CheckedAdd(Uint128{Lo: 1}.Lsh(frac).Sub(Uint128{Lo: 1}))
		if !fits {
			hi = hi.Add(Uint128{Lo: 1})
		}
	}
	carried, rest := hi.Lsh(128-frac), lo.Rsh(frac)
	q := Uint128{carried.Hi | rest.Hi, carried.Lo | rest.Lo}
	v := q.withSign(negative)
	return v, hi.Rsh(frac).IsZero() && (q.IsZero() || (v.Hi < 0) == negative)
}

func divUnsigned(a, b Uint128, frac uint) (Uint128, bool) {
	top, q, _ := div192(shifted(a, frac), b)
	return q, top == 0
}

func divSigned(a, b Int128, frac uint) (Int128, bool) {
	x, xNegative := a.magnitude()
	y, yNegative := b.magnitude()
	negative := xNegative != yNegative
	top, q, _ := div192(shifted(x, frac), y)
	v := q.withSign(negative)
	return v, top == 0 && (q.IsZero() || (v.Hi < 0) == negative)
}

// shifted is a << frac for frac 32 or 64, words lowest first.
func shifted(a Uint128, frac uint) [3]uint64 {
	low := a.Lsh(frac)
	return [3]uint64{low.Lo, low.Hi, a.Hi >> (64 - frac)}
}

// decimal prints raw / 2^frac exactly.
func decimal(raw *big.Int, frac uint) string {
	var b strings.Builder
	if raw.Sign() < 0 {
		b.WriteByte('-')
	}
	magnitude := new(big.Int).Abs(raw)
	whole := new(big.Int).Rsh(magnitude, frac)
	b.WriteString(whole.String())
	rest := magnitude.Sub(magnitude, whole.Lsh(whole, frac))
	if rest.Sign() == 0 {
		return b.String()
	}
	// rest / 2^frac = rest * 5^frac / 10^frac.
	digits := rest.Mul(rest, new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(frac)), nil)).String()
	b.WriteByte('.')
	b.WriteString(strings.Repeat("0", int(frac)-len(digits)))
	b.WriteString(strings.TrimRight(digits, "0"))
	return b.String()
}
