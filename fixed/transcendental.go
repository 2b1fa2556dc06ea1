package fixed

import "math/bits"

// number is what the functions below need of a type.
type number[T any] interface {
	Cmp(T) int
	IsZero() bool
	Add(T) T
	Sub(T) T
	Mul(T) T
	SafeDiv(T) T
	WrappingAdd(T) T
	WrappingSub(T) T
	WrappingMul(T) T
	WrappingDiv(T) T
	CheckedAdd(T) (T, bool)
	CheckedSub(T) (T, bool)
	CheckedMul(T) (T, bool)
	CheckedDiv(T) (T, bool)
}

// kind is what a generic function has to know about a type beside its operations.
type kind[T number[T]] struct {
	frac  uint              // fractional bits
	part  func(uint64) T    // part(x) is x / 2^64, rounded to the nearest, for 0 <= x < 2^64
	whole func(int64) T     // whole(v) is v, keeping the low bits
	unit  T                 // 2^-frac
	half  func(T) (T, bool) // shift right by one, and whether a bit fell out
}

// fraction64 are parts of 2^64, each the double-precision constant that upstream's series is written with.
const (
	oneThird64   = 0x5555555555555400
	oneFifth64   = 0x3333333333333400
	oneSixth64   = 0x2aaaaaaaaaaaaa00
	oneSeventh64 = 0x2492492492492400
	ln2x64       = 0xb17217f7d1cf7800
	oneHalf64    = 1 << 63
)

// The library keeps e and log2(e) with 23 fractional bits, truncated.
const (
	eBits23     = 22802600
	log2EBits23 = 12102203
)

// bits23 is raw / 2^23.
func (k kind[T]) bits23(raw int64) T {
	return k.whole(raw >> 23).WrappingAdd(k.part(uint64(raw) << (64 - 23)))
}

// sqrt takes as many steps of Newton's method as there are fractional bits; below 1 it works on the inverse.
func (k kind[T]) sqrt(x T) (T, bool) {
	var zero T
	one, two := k.whole(1), k.whole(2)
	switch {
	case x.Cmp(zero) < 0:
		return zero, false
	case x.IsZero() || x.Cmp(one) == 0:
		return x, true
	}
	invert := x.Cmp(one) < 0
	if invert {
		var ok bool
		if x, ok = one.CheckedDiv(x); !ok {
			return zero, false
		}
	}
	root := x.WrappingDiv(two).WrappingAdd(one)
	for range k.frac {
		root = root.WrappingAdd(x.WrappingDiv(root)).WrappingDiv(two)
	}
	if invert {
		return one.CheckedDiv(root)
	}
	return root, true
}

// log2 shifts its argument into 1..2 and squares out one bit of the logarithm after the other.
func (k kind[T]) log2(x T) (T, bool) {
	var zero T
	if x.Cmp(zero) <= 0 {
		return zero, false
	}
	one, two := k.whole(1), k.whole(2)
	if x.Cmp(one) < 0 {
		inverse, ok := one.CheckedDiv(x)
		if !ok {
			return zero, false
		}
		return zero.WrappingSub(k.log2Above1(inverse, one, two)), true
	}
	return k.log2Above1(x, one, two), true
}

func (k kind[T]) log2Above1(x, one, two T) T {
	var log T
	for x.Cmp(two) >= 0 {
		log = log.WrappingAdd(one)
		x = k.halved(x)
	}
	if x.Cmp(one) == 0 {
		return log
	}
	bit := one
	for range k.frac {
		bit, _ = k.half(bit)
		x = x.WrappingMul(x)
		if x.Cmp(two) >= 0 {
			log = log.WrappingAdd(bit)
			x = k.halved(x)
		}
	}
	return log
}

// halved is x / 2, where a bit that falls out is added to the lowest place.
func (k kind[T]) halved(x T) T {
	h, odd := k.half(x)
	if odd {
		return h.WrappingAdd(k.unit)
	}
	return h
}

func (k kind[T]) ln(x T) (T, bool) {
	log, ok := k.log2(x)
	if !ok {
		return log, false
	}
	return log.WrappingDiv(k.bits23(log2EBits23)), true
}

// exp sums the Taylor series of |x| up to as many terms as there are fractional bits, and inverts the sum for a negative x.
func (k kind[T]) exp(x T) (T, bool) {
	var zero T
	one := k.whole(1)
	switch {
	case x.IsZero():
		return one, true
	case x.Cmp(one) == 0:
		return k.bits23(eBits23), true
	}
	negative := x.Cmp(zero) < 0
	if negative {
		x = zero.WrappingSub(x)
	}
	sum, term := x.WrappingAdd(one), x
	for i := int64(2); i < int64(k.frac); i++ {
		var ok bool
		if term, ok = term.CheckedMul(x); !ok {
			return zero, false
		}
		if term, ok = term.CheckedDiv(k.whole(i)); !ok {
			return zero, false
		}
		if sum, ok = sum.CheckedAdd(term); !ok {
			return zero, false
		}
	}
	if negative {
		return one.CheckedDiv(sum)
	}
	return sum, true
}

func (k kind[T]) pow(x, y T) (T, bool) {
	one := k.whole(1)
	switch {
	case x.IsZero():
		return x, true
	case y.IsZero():
		return one, true
	case y.Cmp(one) == 0:
		return x, true
	}
	log, ok := k.ln(x)
	if !ok {
		return log, false
	}
	product, ok := log.CheckedMul(y)
	if !ok {
		return product, false
	}
	return k.exp(product)
}

// maxBisections bounds checkedSqrt.
const maxBisections = 129

// checkedSqrt bisects until x / root and root differ by at most epsilon.
func (k kind[T]) checkedSqrt(x, epsilon T) (T, bool) {
	var zero T
	one, two := k.whole(1), k.whole(2)
	if x.Cmp(zero) < 0 {
		return zero, false
	}
	low, high := x, one
	if x.Cmp(one) > 0 {
		low, high = zero, x
	}
	middle := high.Add(low).SafeDiv(two)
	quotient := x.SafeDiv(middle)
	for range maxBisections {
		difference := quotient.Sub(middle)
		below := quotient.Cmp(middle) < 0
		if below {
			difference = middle.Sub(quotient)
		}
		if difference.Cmp(epsilon) <= 0 {
			break
		}
		if below {
			high = middle
		} else {
			low = middle
		}
		middle = high.Add(low).SafeDiv(two)
		quotient = x.SafeDiv(middle)
	}
	return middle, true
}

// checkedLn is exponent * ln 2 plus eight terms of the series of ln(1 + z), for x = 2^exponent * (1 + z).
func (k kind[T]) checkedLn(x T) (T, bool) {
	var zero T
	if x.Cmp(zero) <= 0 {
		return zero, false
	}
	one, two := k.whole(1), k.whole(2)
	exponent := int64(0)
	ok := true
	for ; ok && x.Cmp(two) >= 0; exponent++ {
		x, ok = x.CheckedDiv(two)
	}
	for ; ok && x.Cmp(one) < 0; exponent-- {
		x, ok = x.CheckedMul(two)
	}
	if !ok {
		return zero, false
	}
	z := x.Sub(one)
	log, power := z, z
	for i, coefficient := range [...]uint64{
		oneHalf64, oneThird64, oneHalf64 / 2, oneFifth64, oneSixth64, oneSeventh64, oneHalf64 / 4,
	} {
		power = power.Mul(z)
		term := power.Mul(k.part(coefficient))
		if i%2 == 0 {
			log, ok = log.CheckedSub(term)
		} else {
			log, ok = log.CheckedAdd(term)
		}
		if !ok {
			return zero, false
		}
	}
	whole, ok := k.whole(exponent).CheckedMul(k.part(ln2x64))
	if !ok {
		return zero, false
	}
	return log.CheckedAdd(whole)
}

func (k kind[T]) checkedPow(x T, exponent int32) (T, bool) {
	one := k.whole(1)
	if exponent == 0 {
		return one, true
	}
	if x.IsZero() {
		return x, exponent > 0
	}
	left := uint32(exponent)
	if exponent < 0 {
		left = -left
	}
	result := one
	for ; left > 0; left >>= 1 {
		if left&1 != 0 {
			result = result.Mul(x)
		}
		x = x.Mul(x)
	}
	if exponent < 0 {
		result = one.SafeDiv(result)
	}
	return result, true
}

// round32 turns parts of 2^64 into parts of 2^32, to the nearest.
func round32(x uint64) uint64 { return x>>32 + x>>31&1 }

var kindI32F32 = kind[I32F32]{
	frac:  32,
	part:  func(x uint64) I32F32 { return I32F32{int64(round32(x))} },
	whole: func(v int64) I32F32 { return I32F32{v << 32} },
	unit:  I32F32{1},
	half:  func(x I32F32) (I32F32, bool) { return I32F32{x.raw >> 1}, x.raw&1 != 0 },
}

// Sqrt is the square root; false for a negative number and where 1/a overflows.
func (a I32F32) Sqrt() (I32F32, bool) { return kindI32F32.sqrt(a) }

// Log2 is the logarithm to base 2; false unless a > 0, and where 1/a overflows.
func (a I32F32) Log2() (I32F32, bool) { return kindI32F32.log2(a) }

// Ln is the natural logarithm; false unless a > 0, and where 1/a overflows.
func (a I32F32) Ln() (I32F32, bool) { return kindI32F32.ln(a) }

// Pow is a to the power of y, as Exp(y * Ln(a)); false where one of these fails or overflows.
func (a I32F32) Pow(y I32F32) (I32F32, bool) { return kindI32F32.pow(a, y) }

// Exp is e^a; false when it overflows. Consensus computes it for every bond, so it does not go through the generic form.
func (a I32F32) Exp() (I32F32, bool) {
	switch a {
	case I32F32{}:
		return OneI32F32, true
	case OneI32F32:
		return I32F32{eBits23 << (32 - 23)}, true
	}
	x := magnitude64(a.raw)
	sum, ok := expSeries(x)
	switch {
	case !ok:
		return I32F32{}, false
	case a.raw < 0:
		return OneI32F32.CheckedDiv(sum)
	}
	return sum, true
}

// ExpFour is Exp of four at once, and whether all fit. In the series each step waits for the one before, so four side by side take little longer than one.
func ExpFour(a, b, c, d I32F32) (ea, eb, ec, ed I32F32, ok bool) {
	xa, xb, xc, xd := magnitude64(a.raw), magnitude64(b.raw), magnitude64(c.raw), magnitude64(d.raw)
	if max(xa, xb, xc, xd) > seriesFitsShort || a == OneI32F32 || b == OneI32F32 || c == OneI32F32 || d == OneI32F32 {
		ok = true
		for _, p := range [...]struct {
			e *I32F32
			x I32F32
		}{{&ea, a}, {&eb, b}, {&ec, c}, {&ed, d}} {
			var fits bool
			*p.e, fits = p.x.Exp()
			ok = ok && fits
		}
		return ea, eb, ec, ed, ok
	}
	ta, tb, tc, td := xa, xb, xc, xd
	sa, sb, sc, sd := xa+1<<32, xb+1<<32, xc+1<<32, xd+1<<32
	for i := 2; i < 32 && ta|tb|tc|td != 0; i++ {
		r := shortReciprocals[i]
		ta, tb, tc, td = shortStep(ta, xa, r), shortStep(tb, xb, r), shortStep(tc, xc, r), shortStep(td, xd, r)
		sa, sb, sc, sd = sa+ta, sb+tb, sc+tc, sd+td
	}
	return expOf(a, sa), expOf(b, sb), expOf(c, sc), expOf(d, sd), true
}

// expOf is e^x by the sum of the series of |x|.
func expOf(x I32F32, sum uint64) I32F32 {
	if x.raw < 0 {
		return OneI32F32.Div(I32F32{int64(sum)})
	}
	return I32F32{int64(sum)}
}

// seriesFitsShort is a magnitude whose terms, times itself, stay below what shortReciprocals divide: 16^16/16! * 16 is below 2^27.
const seriesFitsShort = 16 << 32

// shortStep is a term of the series from the one before, by the reciprocal of its number.
func shortStep(term, x, reciprocal uint64) uint64 {
	hi, lo := bits.Mul64(term, x)
	upper, _ := bits.Mul64(hi<<32|lo>>32, reciprocal)
	return upper
}

// shortReciprocals divide by 2 to 31 numbers below 2^59: n / i is the upper word of n times 2^64 / i rounded up, since i times that factor is at most i above
// 2^64 and n * i is below 2^64.
var shortReciprocals = func() (out [32]uint64) {
	for i := range uint64(30) {
		out[i+2] = ^uint64(0)/(i+2) + 1
	}
	return out
}()

// seriesFits is the largest x whose series cannot overflow.
const seriesFits = 20 << 32

// step is the i-th term of the series from the one before.
func step(term, x uint64, i int) uint64 {
	hi, lo := bits.Mul64(term, x)
	return quotient(hi<<32|lo>>32, i)
}

// expSeries sums the series of e^x for the bits of x; false when a term or the sum overflows.
func expSeries(x uint64) (I32F32, bool) {
	if x <= seriesFits {
		sum, term := x+1<<32, x
		for i := 2; i < 32 && term != 0; i++ {
			term = step(term, x, i)
			sum += term
		}
		return I32F32{int64(sum)}, true
	}
	factor := I32F32{int64(x)}
	sum, term := factor.WrappingAdd(OneI32F32), factor
	for i := 2; i < 32 && term.raw != 0; i++ {
		var ok bool
		if term, ok = term.CheckedMul(factor); !ok {
			return I32F32{}, false
		}
		term.raw = int64(quotient(uint64(term.raw), i))
		if sum, ok = sum.CheckedAdd(term); !ok {
			return I32F32{}, false
		}
	}
	return sum, true
}

// quotient is n / i for n below 2^63 and i from 2 to 31. The divisor is a whole number: dividing the bits by it is dividing the number.
func quotient(n uint64, i int) uint64 {
	upper, _ := bits.Mul64(n, reciprocals[i].factor)
	return upper >> reciprocals[i].shift
}

// reciprocals divide by 2 to 31: n / i is the upper word of n * factor, shifted right, for all n below 2^63. Processors take much longer to divide. With l the
// bits of i-1, factor is the whole part of 2^(63+l) / i, plus 1: Granlund and Montgomery, Division by Invariant Integers using Multiplication, theorem 4.2.
var reciprocals = func() (out [32]struct {
	factor uint64
	shift  uint
}) {
	for i := uint64(2); i < 32; i++ {
		l := bits.Len64(i - 1)
		quotient, _ := bits.Div64(1<<(l-1), 0, i)
		out[i].factor, out[i].shift = quotient+1, uint(l-1)
	}
	return out
}()

// CheckedSqrt is the square root by bisection, until a / root and root differ by at most epsilon; false for a negative a.
func (a I32F32) CheckedSqrt(epsilon I32F32) (I32F32, bool) { return kindI32F32.checkedSqrt(a, epsilon) }

// CheckedLn is the natural logarithm by a short series (about two digits); false unless a > 0.
func (a I32F32) CheckedLn() (I32F32, bool) { return kindI32F32.checkedLn(a) }

// CheckedPow is a to an integer power, saturating; false for 0 to a negative power.
func (a I32F32) CheckedPow(exponent int32) (I32F32, bool) { return kindI32F32.checkedPow(a, exponent) }

// CheckedFloor is upstream's rounding down, which goes one too far for a negative number with a fraction: -1.5 becomes
// -3. It serves where that shows in results; Floor is the plain one. False when it does not fit.
func (a I32F32) CheckedFloor() (I32F32, bool) {
	if a.raw >= 0 || a.Frac().IsZero() {
		return a.Floor(), true
	}
	return a.Floor().CheckedSub(OneI32F32)
}
