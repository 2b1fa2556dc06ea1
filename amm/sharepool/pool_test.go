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

// What the keys own never exceeds the shared value by more than the last digits of their shares, whatever happens to the pool.
func TestValuesDoNotExceedThePool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const keys = 4
		m, pool := newMemory(keys)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			key := rapid.IntRange(0, keys-1).Draw(t, "key")
			amount := int64(1) << rapid.IntRange(0, 50).Draw(t, "bits")
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
			}
			var sum uint64
			for k := range keys {
				sum += pool.Value(k)
			}
			// Up to 40 steps each cut the denominator by less than 1e-20 of it more than the shares.
			if sum > m.value+1+m.value/1e17 {
				t.Fatalf("keys own %d of %d", sum, m.value)
			}
		}
	})
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
