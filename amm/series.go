package amm

import "math/big"

// The long way to a power: the fixed-point series that the chain's big-number crate uses (safe-bigmath, function
// pow_ratio_scaled), step for step, because far from 1 it runs out of terms and returns an artefact, which is then what
// the chain answers. It is reached only where the short way cannot decide.

const (
	maxExactExponent = 1024 // reduced exponents up to this are powers and roots of integers
	seriesGuardBits  = 24
	maxSeriesTerms   = 4096
)

// powRatio is floor(scale * (bn/bd)^(en/ed)) as the chain computes it, with a series of the given binary precision where
// the exponent is not a small fraction. It is nil for a zero bd or ed; 0 for a zero bn; scale for a zero en.
// No argument may be negative.
func powRatio(bn, bd, en, ed *big.Int, precision uint, scale *big.Int) *big.Int {
	switch {
	case bd.Sign() == 0 || ed.Sign() == 0:
		return nil
	case bn.Sign() == 0:
		return new(big.Int)
	case en.Sign() == 0:
		return new(big.Int).Set(scale)
	}
	g := new(big.Int).GCD(nil, nil, en, ed)
	n, d := new(big.Int).Quo(en, g), new(big.Int).Quo(ed, g)
	limit := big.NewInt(maxExactExponent)
	if n.Cmp(limit) <= 0 && d.Cmp(limit) <= 0 {
		return powExact(bn, bd, n.Uint64(), d.Uint64(), scale)
	}
	return powSeries(bn, bd, n, d, precision, scale)
}

// powExact is floor(scale * (bn/bd)^(en/ed)): the ed-th root of bn^en * scale^ed / bd^en.
func powExact(bn, bd *big.Int, en, ed uint64, scale *big.Int) *big.Int {
	e := new(big.Int).SetUint64(en)
	radicand := new(big.Int).Exp(scale, new(big.Int).SetUint64(ed), nil)
	radicand.Mul(radicand, new(big.Int).Exp(bn, e, nil))
	// floor(root(a/b)) = floor(root(floor(a/b))), since the powers of integers are integers.
	radicand.Quo(radicand, new(big.Int).Exp(bd, e, nil))
	return floorRoot(radicand, uint(ed))
}

// floorRoot is the largest r with r^k <= n.
func floorRoot(n *big.Int, k uint) *big.Int {
	switch {
	case k == 1 || n.Sign() == 0:
		return new(big.Int).Set(n)
	case k == 2:
		return new(big.Int).Sqrt(n)
	}
	// Newton's iteration falls monotonically from any start above the root.
	less := big.NewInt(int64(k) - 1)
	all := big.NewInt(int64(k))
	r := new(big.Int).Lsh(big.NewInt(1), (uint(n.BitLen())+k-1)/k)
	for {
		next := new(big.Int).Exp(r, less, nil)
		next.Quo(n, next)
		next.Add(next, new(big.Int).Mul(r, less))
		next.Quo(next, all)
		if next.Cmp(r) >= 0 {
			return r
		}
		r = next
	}
}

// series holds the widths of one computation.
type series struct {
	bits  uint // fractional bits, guard bits included
	terms int  // most terms of a sum
}

func powSeries(bn, bd, en, ed *big.Int, precision uint, scale *big.Int) *big.Int {
	precision = max(precision, 32, uint(scale.BitLen())+8)
	s := series{bits: precision + seriesGuardBits}
	s.terms = min(maxSeriesTerms, int(s.bits)+128)

	half := new(big.Int).Lsh(big.NewInt(1), s.bits-1)
	lnTwo := s.ln1p(half.Neg(half))
	lnTwo.Neg(lnTwo)
	x := s.ln(bn, lnTwo)
	x.Sub(x, s.ln(bd, lnTwo))
	x.Mul(x, en)
	x.Div(x, ed) // ed > 0: rounds towards minus infinity

	v := dropGuard(s.exp(x))
	v.Mul(v, scale)
	return v.Rsh(v, precision)
}

// ln is the logarithm of an integer above 0.
func (s series) ln(v, lnTwo *big.Int) *big.Int {
	shift := uint(v.BitLen()) - 1
	mantissa := new(big.Int).Lsh(v, s.bits)
	mantissa.Rsh(mantissa, shift)
	one := new(big.Int).Lsh(big.NewInt(1), s.bits)
	border := new(big.Int).Add(one, new(big.Int).Rsh(one, 1))
	if mantissa.Cmp(border) >= 0 { // keep it in 0.5..1.5
		mantissa.Rsh(mantissa, 1)
		shift++
	}
	sum := s.ln1p(mantissa.Sub(mantissa, one))
	return sum.Add(sum, new(big.Int).Mul(lnTwo, big.NewInt(int64(shift))))
}

// ln1p is ln(1 + x) by its Taylor series.
func (s series) ln1p(x *big.Int) *big.Int {
	power := new(big.Int).Set(x)
	sum := new(big.Int).Set(x)
	rounded := dropGuard(sum)
	for n := 2; n <= s.terms; n++ {
		power.Mul(power, x)
		power.Rsh(power, s.bits) // rounds towards minus infinity, as every quotient here
		if power.Sign() == 0 {
			break
		}
		term := new(big.Int).Div(power, big.NewInt(int64(n)))
		if term.Sign() == 0 {
			break
		}
		if n%2 == 0 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
		next := dropGuard(sum)
		if term.BitLen() <= seriesGuardBits || next.Cmp(rounded) == 0 {
			break
		}
		rounded = next
	}
	return sum
}

// exp is e^x by its Taylor series.
func (s series) exp(x *big.Int) *big.Int {
	term := new(big.Int).Lsh(big.NewInt(1), s.bits)
	sum := new(big.Int).Set(term)
	rounded := dropGuard(sum)
	for n := 1; n <= s.terms; n++ {
		term.Mul(term, x)
		term.Rsh(term, s.bits)
		term.Div(term, big.NewInt(int64(n)))
		if term.Sign() == 0 {
			break
		}
		sum.Add(sum, term)
		next := dropGuard(sum)
		if term.BitLen() <= seriesGuardBits || next.Cmp(rounded) == 0 {
			break
		}
		rounded = next
	}
	return sum
}

// dropGuard divides by 2^seriesGuardBits, rounding to the nearest, halves away from zero.
func dropGuard(v *big.Int) *big.Int {
	magnitude := new(big.Int).Abs(v)
	magnitude.Add(magnitude, big.NewInt(1<<(seriesGuardBits-1)))
	magnitude.Rsh(magnitude, seriesGuardBits)
	if v.Sign() < 0 {
		magnitude.Neg(magnitude)
	}
	return magnitude
}
