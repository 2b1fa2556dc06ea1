package fixed

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// I32F32 is a signed fixed-point number of 64 bits, 32 of them fractional: -2^31 up to just below 2^31 in steps of
// 2^-32. It is the number of consensus. The zero value is 0; == compares.
type I32F32 struct{ raw int64 }

// Limits and unit of I32F32.
var (
	MinI32F32 = I32F32{math.MinInt64}
	MaxI32F32 = I32F32{math.MaxInt64}
	OneI32F32 = I32F32{1 << 32}
)

// I32F32FromBits is raw / 2^32.
func I32F32FromBits(raw int64) I32F32 { return I32F32{raw} }

// Bits is the value times 2^32.
func (a I32F32) Bits() int64 { return a.raw }

// I32F32FromInt converts v, saturating.
func I32F32FromInt(v int64) I32F32 {
	switch {
	case v > math.MaxInt32:
		return MaxI32F32
	case v < math.MinInt32:
		return MinI32F32
	}
	return I32F32{v << 32}
}

// I32F32FromUint converts v, saturating.
func I32F32FromUint(v uint64) I32F32 {
	if v > math.MaxInt32 {
		return MaxI32F32
	}
	return I32F32{int64(v) << 32}
}

// I32F32FromUint128 converts v, saturating.
func I32F32FromUint128(v Uint128) I32F32 {
	if v.Hi != 0 {
		return MaxI32F32
	}
	return I32F32FromUint(v.Lo)
}

// I32F32FromRatio is numerator / denominator, both converted first (saturating), by SafeDiv.
func I32F32FromRatio(numerator, denominator int64) I32F32 {
	return I32F32FromInt(numerator).SafeDiv(I32F32FromInt(denominator))
}

// saturated is the end of the range on the side of the sign.
func saturatedI32F32(negative bool) I32F32 {
	if negative {
		return MinI32F32
	}
	return MaxI32F32
}

// WrappingAdd is a + b, keeping the low 64 bits.
func (a I32F32) WrappingAdd(b I32F32) I32F32 { return I32F32{a.raw + b.raw} }

// CheckedAdd is a + b, and whether it fits.
func (a I32F32) CheckedAdd(b I32F32) (I32F32, bool) {
	sum := a.raw + b.raw
	return I32F32{sum}, (a.raw^sum)&(b.raw^sum) >= 0
}

// Add is a + b, saturating.
func (a I32F32) Add(b I32F32) I32F32 {
	if sum, ok := a.CheckedAdd(b); ok {
		return sum
	}
	return saturatedI32F32(a.raw < 0)
}

// WrappingSub is a - b, keeping the low 64 bits.
func (a I32F32) WrappingSub(b I32F32) I32F32 { return I32F32{a.raw - b.raw} }

// CheckedSub is a - b, and whether it fits.
func (a I32F32) CheckedSub(b I32F32) (I32F32, bool) {
	difference := a.raw - b.raw
	return I32F32{difference}, (a.raw^b.raw)&(a.raw^difference) >= 0
}

// Sub is a - b, saturating.
func (a I32F32) Sub(b I32F32) I32F32 {
	if difference, ok := a.CheckedSub(b); ok {
		return difference
	}
	return saturatedI32F32(a.raw < 0)
}

// CheckedMul is a * b rounded towards minus infinity, and whether it fits; if not, the low 64 bits.
func (a I32F32) CheckedMul(b I32F32) (I32F32, bool) {
	hi, lo := bits.Mul64(uint64(a.raw), uint64(b.raw))
	top := int64(hi) - (a.raw>>63)&b.raw - (b.raw>>63)&a.raw
	return I32F32{top<<32 | int64(lo>>32)}, top == int64(int32(top))
}

// WrappingMul is a * b rounded towards minus infinity, keeping the low 64 bits.
func (a I32F32) WrappingMul(b I32F32) I32F32 {
	product, _ := a.CheckedMul(b)
	return product
}

// Mul is a * b rounded towards minus infinity, saturating.
func (a I32F32) Mul(b I32F32) I32F32 {
	product, ok := a.CheckedMul(b)
	if ok {
		return product
	}
	return saturatedI32F32(a.raw^b.raw < 0)
}

// quo is a / b truncated towards zero, low 64 bits, and whether it fits. b must not be 0.
func (a I32F32) quo(b I32F32) (I32F32, bool) {
	n, d := magnitude64(a.raw), magnitude64(b.raw)
	hi, lo := n>>32, n<<32
	ok := hi < d
	if !ok {
		hi %= d
	}
	q, _ := bits.Div64(hi, lo, d)
	if a.raw^b.raw < 0 {
		return I32F32{-int64(q)}, ok && q <= 1<<63
	}
	return I32F32{int64(q)}, ok && q < 1<<63
}

func magnitude64(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// CheckedDiv is a / b truncated towards zero, and whether b is not 0 and the quotient fits.
func (a I32F32) CheckedDiv(b I32F32) (I32F32, bool) {
	if b.raw == 0 {
		return I32F32{}, false
	}
	return a.quo(b)
}

// WrappingDiv is a / b truncated towards zero, keeping the low 64 bits. It panics when b is 0.
func (a I32F32) WrappingDiv(b I32F32) I32F32 {
	q, _ := a.quo(b)
	return q
}

// Div is a / b truncated towards zero, saturating. It panics when b is 0; see SafeDiv.
func (a I32F32) Div(b I32F32) I32F32 {
	if q, ok := a.quo(b); ok {
		return q
	}
	return saturatedI32F32(a.raw^b.raw < 0)
}

// SafeDiv is a / b truncated towards zero; 0 when b is 0 or the quotient does not fit.
func (a I32F32) SafeDiv(b I32F32) I32F32 {
	if q, ok := a.CheckedDiv(b); ok {
		return q
	}
	return I32F32{}
}

// Neg is -a, saturating.
func (a I32F32) Neg() I32F32 { return I32F32{}.Sub(a) }

// Abs is |a|, saturating.
func (a I32F32) Abs() I32F32 {
	if a.raw < 0 {
		return a.Neg()
	}
	return a
}

// IsZero reports whether a is 0.
func (a I32F32) IsZero() bool { return a.raw == 0 }

// Sign is -1, 0 or 1.
func (a I32F32) Sign() int { return a.Cmp(I32F32{}) }

// Cmp is -1, 0 or 1 as a is below, equal to or above b.
func (a I32F32) Cmp(b I32F32) int {
	switch {
	case a.raw < b.raw:
		return -1
	case a.raw > b.raw:
		return 1
	}
	return 0
}

// Less reports whether a < b.
func (a I32F32) Less(b I32F32) bool { return a.raw < b.raw }

// Floor rounds towards minus infinity.
func (a I32F32) Floor() I32F32 { return I32F32{a.raw &^ math.MaxUint32} }

// Frac is a - Floor(a), in 0 up to just below 1.
func (a I32F32) Frac() I32F32 { return I32F32{a.raw & math.MaxUint32} }

// CheckedCeil rounds towards plus infinity, and reports whether that fits.
func (a I32F32) CheckedCeil() (I32F32, bool) {
	if a.Frac().IsZero() {
		return a, true
	}
	return a.Floor().CheckedAdd(OneI32F32)
}

// Ceil rounds towards plus infinity, saturating.
func (a I32F32) Ceil() I32F32 {
	if c, ok := a.CheckedCeil(); ok {
		return c
	}
	return MaxI32F32
}

// CheckedRound rounds to the nearest integer, halves away from zero, and reports whether that fits.
func (a I32F32) CheckedRound() (I32F32, bool) {
	frac := a.raw & math.MaxUint32
	if frac > 1<<31 || frac == 1<<31 && a.raw >= 0 {
		return a.Floor().CheckedAdd(OneI32F32)
	}
	return a.Floor(), true
}

// Round rounds to the nearest integer, halves away from zero, saturating.
func (a I32F32) Round() I32F32 {
	if r, ok := a.CheckedRound(); ok {
		return r
	}
	return MaxI32F32
}

// int128 is the integer part, rounded towards minus infinity.
func (a I32F32) int128() Int128 { return Int128From64(a.raw >> 32) }

// ToUint8 rounds towards minus infinity and saturates.
func (a I32F32) ToUint8() uint8 { return uint8(clampUint(a.int128(), math.MaxUint8)) }

// ToUint16 rounds towards minus infinity and saturates.
func (a I32F32) ToUint16() uint16 { return uint16(clampUint(a.int128(), math.MaxUint16)) }

// ToUint32 rounds towards minus infinity and saturates.
func (a I32F32) ToUint32() uint32 { return uint32(clampUint(a.int128(), math.MaxUint32)) }

// ToUint64 rounds towards minus infinity and saturates.
func (a I32F32) ToUint64() uint64 { return clampUint(a.int128(), math.MaxUint64) }

// ToUint128 rounds towards minus infinity and saturates.
func (a I32F32) ToUint128() Uint128 { return clampUint128(a.int128()) }

// ToInt16 rounds towards minus infinity and saturates.
func (a I32F32) ToInt16() int16 { return int16(clampInt(a.int128(), math.MinInt16, math.MaxInt16)) }

// ToInt64 rounds towards minus infinity.
func (a I32F32) ToInt64() int64 { return a.raw >> 32 }

// ToInt128 rounds towards minus infinity.
func (a I32F32) ToInt128() Int128 { return a.int128() }

// wide is the value with 64 fractional bits: exact, for every type converts through it or through a narrower form.
func (a I32F32) wide() wide { return wideFromSigned(Int128From64(a.raw), 32) }

// ToI64F64 converts exactly.
func (a I32F32) ToI64F64() I64F64 { return a.wide().toI64F64() }

// ToU64F64 converts, saturating (negative values to 0).
func (a I32F32) ToU64F64() U64F64 { return a.wide().toU64F64() }

// ToI96F32 converts exactly.
func (a I32F32) ToI96F32() I96F32 { return a.wide().toI96F32() }

// ToU96F32 converts, saturating (negative values to 0).
func (a I32F32) ToU96F32() U96F32 { return a.wide().toU96F32() }

// Bytes is the encoding: the raw bits, little endian.
func (a I32F32) Bytes() (b [8]byte) {
	binary.LittleEndian.PutUint64(b[:], uint64(a.raw))
	return b
}

// I32F32FromBytes reads what Bytes writes; every input is a valid number.
func I32F32FromBytes(b [8]byte) I32F32 { return I32F32{int64(binary.LittleEndian.Uint64(b[:]))} }

// AppendBinary appends Bytes. It never fails.
func (a I32F32) AppendBinary(b []byte) ([]byte, error) {
	return binary.LittleEndian.AppendUint64(b, uint64(a.raw)), nil
}

// MarshalBinary is Bytes as a slice. It never fails.
func (a I32F32) MarshalBinary() ([]byte, error) { return a.AppendBinary(nil) }

// UnmarshalBinary reads exactly 8 bytes, little endian.
func (a *I32F32) UnmarshalBinary(b []byte) error {
	if len(b) != 8 {
		return fmt.Errorf("decode I32F32: %d bytes, want 8", len(b))
	}
	*a = I32F32FromBytes([8]byte(b))
	return nil
}

// String prints the exact value in decimal.
func (a I32F32) String() string { return decimal(Int128From64(a.raw).bigInt(), 32) }
