package sharepool

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"pgregory.net/rapid"
)

// rational is the exact value of a SafeFloat.
func rational(t interface{ Fatal(...any) }, f SafeFloat) *big.Rat {
	m, e := f.Raw()
	v, ok := new(big.Rat).SetString(m.String())
	if !ok {
		t.Fatal("not a number: " + m.String())
	}
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(e, -e)), nil)
	if e < 0 {
		return v.Quo(v, new(big.Rat).SetInt(ten))
	}
	return v.Mul(v, new(big.Rat).SetInt(ten))
}

func drawFloat(t *rapid.T, name string) SafeFloat {
	f, ok := New(fixed.Uint128{Hi: rapid.Uint64Range(0, 54).Draw(t, name+" high"), Lo: rapid.Uint64Range(0, 3875820019684212736).Draw(t, name+" low")},
		rapid.Int64Range(-40, 20).Draw(t, name+" exponent"))
	if !ok {
		t.Fatal("a mantissa within range was refused")
	}
	return f
}

// Each operation is at most the exact result, and short of it by no more than a unit of the 21st digit of what went in
// or came out.
func TestArithmeticAgainstRationals(t *testing.T) {
	digit := big.NewRat(1, 1e18)
	digit.Quo(digit, big.NewRat(50, 1)) // 2e-20: one in the last place of a mantissa above 1e20, twice
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawFloat(t, "a"), drawFloat(t, "b"), drawFloat(t, "c")
		x, y, z := rational(t, a), rational(t, b), rational(t, c)
		near := func(what string, got SafeFloat, ok bool, exact, scale *big.Rat) {
			if !ok {
				t.Fatalf("%s failed", what)
			}
			short := new(big.Rat).Sub(exact, rational(t, got))
			if what == "sub" { // what is taken away is cut, so the rest may be too large
				short.Abs(short)
			}
			if short.Sign() < 0 || short.Cmp(new(big.Rat).Mul(scale, digit)) > 0 {
				t.Fatalf("%s of %v, %v, %v: got %v, exact %s", what, a, b, c, got, exact.FloatString(30))
			}
		}
		sum, ok := a.Add(b)
		near("add", sum, ok, new(big.Rat).Add(x, y), new(big.Rat).Add(x, y))
		if x.Cmp(y) >= 0 {
			difference, ok := a.Sub(b)
			near("sub", difference, ok, new(big.Rat).Sub(x, y), x)
		}
		if !c.IsZero() {
			q, ok := a.Div(c)
			exact := new(big.Rat).Quo(x, z)
			near("div", q, ok, exact, exact)
			p, ok := a.MulDiv(b, c)
			exact = new(big.Rat).Quo(new(big.Rat).Mul(x, y), z)
			near("muldiv", p, ok, exact, new(big.Rat).Mul(exact, big.NewRat(10, 1))) // its quotient may have only 20 digits
		}
		if !a.IsZero() && !b.IsZero() && a.Greater(b) != (x.Cmp(y) > 0) {
			t.Fatalf("%v > %v: got %v", a, b, a.Greater(b))
		}
	})
}

// What the keys own never exceeds the shared value by more than the digits that the shares' arithmetic cuts, whatever happens to the pool.
//
// Let excess be the sum of the shares less the denominator. A step gives the denominator and one share the same change; Add cuts at most 2e-20 of
// the sum and never rounds up, Sub errs by at most 2e-20 of what it takes from (TestArithmeticAgainstRationals). So a step adds at most 4e-20 of the
// greater of denominator and share, before or after it, to the excess; 5e-20 covers that both are read after rounding. The bound is of the greatest
// denominators that ever were, not of the present one: a pool that shrinks keeps the cut digits of its greater days, and they weigh more then. Values are
// rounded down, so together they are at most value * (1 + excess / denominator).
func TestValuesDoNotExceedThePool(t *testing.T) {
	digits := big.NewRat(5, 1e18)
	digits.Quo(digits, big.NewRat(100, 1)) // 5e-20
	rapid.Check(t, func(t *rapid.T) {
		const keys = 4
		m, pool := newMemory(keys)
		excess := new(big.Rat)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			key := rapid.IntRange(0, keys-1).Draw(t, "key")
			amount := int64(1) << rapid.IntRange(0, 50).Draw(t, "bits")
			greatest, moves := new(big.Rat), true
			measure := func() {
				for _, f := range []SafeFloat{pool.Store.Denominator(), pool.Store.Share(key)} {
					if v := rational(t, f); v.Cmp(greatest) > 0 {
						greatest.Set(v)
					}
				}
			}
			measure()
			switch rapid.IntRange(0, 2).Draw(t, "operation") {
			case 0:
				pool.AddToOne(key, amount)
			case 1:
				if own := pool.Value(key); own > 0 {
					pool.AddToOne(key, -min(amount, int64(own)))
				}
			default:
				if m.value > 0 {
					pool.AddToAll(amount)
				}
				moves = false
			}
			if measure(); moves {
				excess.Add(excess, greatest.Mul(greatest, digits))
			}
			checkExcess(t, pool, m.value, keys, excess)
		}
	})
}

// checkExcess checks that shares exceed the denominator by at most excess, and values the shared value by no more than that makes.
func checkExcess(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, pool Pool[int], value uint64, keys int, excess *big.Rat) {
	shares, sum := new(big.Rat), new(big.Int)
	for k := range keys {
		shares.Add(shares, rational(t, pool.Store.Share(k)))
		sum.Add(sum, new(big.Int).SetUint64(pool.Value(k)))
	}
	denominator := rational(t, pool.Store.Denominator())
	if more := new(big.Rat).Sub(shares, denominator); more.Cmp(excess) > 0 {
		t.Fatalf("shares exceed the denominator %s by %s, more than %s", denominator.FloatString(30), more.FloatString(40), excess.FloatString(40))
	}
	if denominator.Sign() == 0 {
		if sum.Sign() != 0 {
			t.Fatalf("keys own %v of an empty pool", sum)
		}
		return
	}
	most := new(big.Rat).Quo(excess, denominator)
	most.Add(most, big.NewRat(1, 1))
	most.Mul(most, new(big.Rat).SetInt(new(big.Int).SetUint64(value)))
	if new(big.Rat).SetInt(sum).Cmp(most) > 0 {
		t.Fatalf("keys own %v of %d, more than %s", sum, value, most.FloatString(3))
	}
}

// The digits cut off a great pool weigh more once it has become small: 1 of 16777218 is left, whose denominator misses up to 1e-20 of 1, which is 1.7e-13
// of the 6e-8 that remain; of 2^45 that is 3 units too many. The arithmetic is upstream's, digit for digit; the shared
// value itself stops at 0 when more than it is taken out.
func TestShrunkenPoolOwesItsCutDigits(t *testing.T) {
	m, pool := newMemory(2)
	pool.AddToOne(0, 1)
	pool.AddToAll(1 << 24)
	pool.AddToOne(1, 1)
	pool.AddToOne(0, -int64(pool.Value(0)))
	pool.AddToAll(1 << 45)
	if sum := pool.Value(0) + pool.Value(1); sum != 35184372088836 || m.value != 35184372088833 {
		t.Errorf("keys own %d of %d, want 35184372088836 of 35184372088833", sum, m.value)
	}
}

func TestFirstDepositAndGrowth(t *testing.T) {
	_, pool := newMemory(2)
	pool.AddToOne(0, 1000)
	pool.AddToOne(1, 3000)
	pool.AddToAll(400)
	if a, b := pool.Value(0), pool.Value(1); a != 1100 || b != 3300 {
		t.Errorf("got %d and %d, want 1100 and 3300", a, b)
	}
	pool.AddToOne(0, -1100)
	if a, b := pool.Value(0), pool.Value(1); a != 0 || b != 3300 {
		t.Errorf("after leaving: got %d and %d, want 0 and 3300", a, b)
	}
}

func FuzzUnmarshal(f *testing.F) {
	one, _ := FromUint(1).MarshalBinary()
	f.Add(one)
	f.Add(make([]byte, 24))
	f.Add(bytes.Repeat([]byte{0xff}, 24))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		var v SafeFloat
		if err := v.UnmarshalBinary(data); err != nil {
			if len(data) == encodedSize {
				t.Fatal(err)
			}
			return
		}
		again, err := v.MarshalBinary()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%x became %x, %v", data, again, err)
		}
		// No stored number may bring the arithmetic down.
		w := FromUint(12345)
		v.Add(w)
		v.Sub(w)
		w.Div(v)
		v.MulDiv(v, w)
		v.Greater(w)
		v.Uint64()
	})
}

func BenchmarkAddToOne(b *testing.B) {
	_, pool := newMemory(2)
	pool.AddToOne(0, 123456789012)
	pool.AddToOne(1, 987654321)
	pool.AddToAll(5555555)
	for b.Loop() {
		pool.AddToOne(1, 1001)
		pool.AddToOne(1, -1001)
	}
}

func BenchmarkValue(b *testing.B) {
	_, pool := newMemory(1)
	pool.AddToOne(0, 123456789012)
	pool.AddToAll(5555555)
	for b.Loop() {
		pool.Value(0)
	}
}
