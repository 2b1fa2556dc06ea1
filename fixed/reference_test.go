package fixed

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// The reference takes roots, exponentials and logarithms with 400 binary digits, of arguments that are exact. What the types' steps cut off is derived beside
// each comparison, in units u of a type's last binary digit.

const precision = 400

func wideFloat(v *big.Rat) *big.Float { return new(big.Float).SetPrec(precision).SetRat(v) }
func real64(v float64) *big.Float     { return new(big.Float).SetPrec(precision).SetFloat64(v) }

func realOp(f func(z, x, y *big.Float) *big.Float, x, y *big.Float) *big.Float {
	return f(new(big.Float).SetPrec(precision), x, y)
}

func plus(x, y *big.Float) *big.Float  { return realOp((*big.Float).Add, x, y) }
func minus(x, y *big.Float) *big.Float { return realOp((*big.Float).Sub, x, y) }
func times(x, y *big.Float) *big.Float { return realOp((*big.Float).Mul, x, y) }
func over(x, y *big.Float) *big.Float  { return realOp((*big.Float).Quo, x, y) }

// logarithm is ln x by its series in (m-1)/(m+1), for x = 2^k m and 1/2 <= m < 1.
func logarithm(x *big.Float) *big.Float {
	m := new(big.Float).SetPrec(precision)
	k := x.MantExp(m)
	one := real64(1)
	atanh2 := func(z *big.Float) *big.Float { // 2 atanh z
		sum, power, square := new(big.Float).SetPrec(precision), z, times(z, z)
		for i := 1; i < 2*precision; i += 2 {
			sum = plus(sum, over(power, real64(float64(i))))
			power = times(power, square)
		}
		return times(sum, real64(2))
	}
	ln2 := atanh2(over(one, real64(3)))
	return plus(times(ln2, real64(float64(k))), atanh2(over(minus(m, one), plus(m, one))))
}

// series is what e^x is by its first terms, as many as a type has fractional digits, and how much of that cutting off may lose: a term is the one before times x,
// cut, by i, cut. fits tells whether it stays below limit on the way.
func series(x, u *big.Float, frac uint, limit *big.Float) (sum, off *big.Float, fits bool) {
	sum, off, fits = plus(x, real64(1)), real64(0), true
	term, termOff := x, real64(0)
	for i := 2; i < int(frac); i++ {
		n := real64(float64(i))
		term = times(term, x)
		fits = fits && term.Cmp(limit) < 0
		term = over(term, n)
		termOff = plus(over(plus(times(termOff, x), u), n), u)
		sum, off = plus(sum, term), plus(off, termOff)
	}
	return sum, off, fits && sum.Cmp(limit) < 0
}

// exponential is between which numbers Exp must be.
func exponential(x, u *big.Float, frac uint, limit *big.Float) (low, high *big.Float, fits bool) {
	sum, off, fits := series(new(big.Float).Abs(x), u, frac, limit)
	low, high = minus(sum, off), sum
	if one := real64(1); x.Sign() < 0 { // the inverse, cut
		low, high = minus(over(one, high), u), over(one, low)
	}
	last := new(big.Float).SetMantExp(real64(1), 100-precision) // what the reference's own digits leave open
	return minus(low, last), plus(high, last), fits
}

func TestTranscendentalsAgainstReals(t *testing.T) {
	t.Run("I32F32", againstReals(i32f32))
	t.Run("I64F64", againstReals(i64f64))
}

func againstReals[T signed[T]](c codec[T]) func(*testing.T) {
	scale := new(big.Int).Lsh(big.NewInt(1), c.frac)
	u := new(big.Rat).SetFrac(big.NewInt(1), scale)
	limit := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(c.size)-1-c.frac))
	exact := func(v T) *big.Rat {
		raw, _ := new(big.Int).SetString(c.print(v), 10)
		return new(big.Rat).SetFrac(raw, scale)
	}
	// A number below 2^bits, of any length in binary digits.
	draw := func(t *rapid.T, name string, bits int) (T, *big.Rat) {
		raw := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name))
		raw.Rsh(raw, uint(rapid.IntRange(128-int(c.frac)-bits, 127).Draw(t, name+" shift")))
		raw.Add(raw, big.NewInt(1))
		v := c.parse(raw.String())
		return v, exact(v)
	}
	within := func(t *rapid.T, what string, got T, low, high *big.Float) {
		if g := wideFloat(exact(got)); g.Cmp(low) < 0 || g.Cmp(high) > 0 {
			t.Fatalf("%s = %v, want it in %s .. %s", what, got, low.Text('g', 30), high.Text('g', 30))
		}
	}
	unit, one := wideFloat(u), real64(1)
	around := func(t *rapid.T, what string, got T, want, off *big.Float) {
		within(t, what, got, minus(want, off), plus(want, off))
	}
	return rapid.MakeCheck(func(t *rapid.T) {
		x, xr := draw(t, "x", int(c.size)-2-int(c.frac))
		small := xr.Cmp(u) <= 0 || new(big.Rat).Inv(xr).Cmp(limit) >= 0 // the inverse does not fit

		// Newton's method ends at the root cut to units or one above it; below 1 it is the inverse of the root of the inverse, each cut.
		if root, ok := x.Sqrt(); ok != !small {
			t.Fatalf("Sqrt(%v): %v", x, ok)
		} else if ok {
			low, high := new(big.Float).SetPrec(precision).Sqrt(wideFloat(xr)), new(big.Float)
			high = plus(low, unit)
			low = minus(low, unit)
			if xr.Cmp(big.NewRat(1, 1)) < 0 {
				inverse := new(big.Rat).Inv(xr)
				above := new(big.Float).SetPrec(precision).Sqrt(wideFloat(inverse))
				below := new(big.Float).SetPrec(precision).Sqrt(wideFloat(new(big.Rat).Sub(inverse, u)))
				low, high = minus(over(one, plus(above, unit)), unit), over(one, minus(below, unit))
			}
			within(t, "Sqrt", root, low, high)
		}

		// Each squaring cuts less than u of a number of at least 1 and each halving rounds up by at most u/2; what is wrong by that part of the number is wrong by
		// 1.4427 of it in the logarithm, half as much at each further digit: 3u in all, with the halvings before that bring x below 2, and u for the
		// digits that are not taken. Below 1 the inverse is cut first: 2u more.
		logOff := times(unit, real64(6))
		ln := logarithm(wideFloat(xr))
		if log, ok := x.Log2(); ok != !small {
			t.Fatalf("Log2(%v): %v", x, ok)
		} else if ok {
			around(t, "Log2", log, over(ln, logarithm(real64(2))), logOff)
		}
		// The divisor log2(e) has 23 digits: a part of less than 2^-23 of the result is wrong besides.
		lnOff := plus(times(new(big.Float).Abs(ln), real64(1.0/(1<<23))), logOff)
		if log, ok := x.Ln(); ok {
			around(t, "Ln", log, ln, lnOff)
		}

		// Exp takes 1 by itself, to 23 digits.
		e, er := draw(t, "exponent", 5)
		if rapid.Bool().Draw(t, "negative") {
			er.Neg(er)
			e = c.parse(new(big.Int).Mul(er.Num(), new(big.Int).Quo(scale, er.Denom())).String())
		}
		low, high, fits := exponential(wideFloat(er), unit, c.frac, wideFloat(limit))
		switch power, ok := e.Exp(); {
		case fits && !ok:
			t.Fatalf("Exp(%v) does not fit", e)
		case ok && er.Cmp(big.NewRat(1, 1)) != 0:
			within(t, "Exp", power, low, high)
		}

		// Pow is Exp of the exponent times Ln, cut: the exponential of any number as near to the exact product.
		power, ok := x.Pow(e)
		product := times(ln, wideFloat(er))
		if size, _ := new(big.Float).Abs(product).Float64(); !ok || small || size > 6 {
			return
		}
		off := plus(times(lnOff, new(big.Float).Abs(wideFloat(er))), unit)
		from, to := minus(product, off), plus(product, off)
		low, _, _ = exponential(from, unit, c.frac, wideFloat(limit))
		_, high, _ = exponential(to, unit, c.frac, wideFloat(limit))
		if from.Cmp(one) <= 0 && to.Cmp(one) >= 0 { // it may have been Exp(1)
			slack := real64(1.0 / (1 << 22))
			low, high = minus(low, slack), plus(high, slack)
		}
		within(t, "Pow", power, low, high)
	})
}
