package fixed

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// integers draws 128-bit integers of all lengths.
var integers = rapid.Custom(func(t *rapid.T) Uint128 {
	v := Uint128{rapid.Uint64().Draw(t, "high"), rapid.Uint64().Draw(t, "low")}
	return v.Rsh(uint(rapid.IntRange(0, 127).Draw(t, "shift")))
})

func TestUint128AgainstBigIntegers(t *testing.T) {
	modulus := new(big.Int).Lsh(big.NewInt(1), 128)
	rapid.Check(t, func(t *rapid.T) {
		a, b := integers.Draw(t, "a"), integers.Draw(t, "b")
		x, y := a.bigInt(), b.bigInt()
		same := func(name string, got Uint128, fits bool, exact *big.Int) {
			want := new(big.Int).Mod(exact, modulus)
			if got.bigInt().Cmp(want) != 0 || fits != (want.Cmp(exact) == 0) {
				t.Fatalf("%s of %v, %v = %v, fits %v; want %v", name, a, b, got, fits, exact)
			}
		}
		v, ok := a.CheckedAdd(b)
		same("sum", v, ok, new(big.Int).Add(x, y))
		v, ok = a.CheckedSub(b)
		same("difference", v, ok, new(big.Int).Sub(x, y))
		v, ok = a.CheckedMul(b)
		same("product", v, ok, new(big.Int).Mul(x, y))
		hi, lo := a.Mul(b)
		full := new(big.Int).Lsh(hi.bigInt(), 128)
		if full.Or(full, lo.bigInt()).Cmp(new(big.Int).Mul(x, y)) != 0 {
			t.Fatalf("full product of %v, %v = %v, %v", a, b, hi, lo)
		}
		if !b.IsZero() {
			q, r := a.QuoRem(b)
			wantQ, wantR := new(big.Int).QuoRem(x, y, new(big.Int))
			same("quotient", q, true, wantQ)
			same("remainder", r, true, wantR)
		}
		n := uint(rapid.IntRange(0, 128).Draw(t, "n"))
		same("right shift", a.Rsh(n), true, new(big.Int).Rsh(x, n))
		left := new(big.Int).Lsh(x, n)
		same("left shift", a.Lsh(n), left.BitLen() <= 128, left)
		if a.Cmp(b) != x.Cmp(y) || a.BitLen() != x.BitLen() {
			t.Fatalf("comparison or length of %v, %v", a, b)
		}
		if back, err := ParseUint128(a.String()); err != nil || back != a {
			t.Fatalf("%v reads back as %v, %v", a, back, err)
		}
		if Uint128FromBytes(a.Bytes()) != a {
			t.Fatalf("%v does not survive its bytes", a)
		}
		s := a.withSign(false)
		if back, err := ParseInt128(s.String()); err != nil || back != s {
			t.Fatalf("%v reads back as %v, %v", s, back, err)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "x", "-1", "1.5", "340282366920938463463374607431768211456"} {
		if v, err := ParseUint128(s); err == nil {
			t.Errorf("ParseUint128(%q) = %v", s, v)
		}
	}
	for _, s := range []string{
		"", "x", "170141183460469231731687303715884105728", "-170141183460469231731687303715884105729",
		"340282366920938463463374607431768211456",
	} {
		if v, err := ParseInt128(s); err == nil {
			t.Errorf("ParseInt128(%q) = %v", s, v)
		}
	}
}

func TestRatiosAndPrinting(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{I32F32FromRatio(-7, 4).String(), "-1.75"},
		{I32F32FromRatio(1, 3).String(), "0.33333333325572311878204345703125"},
		{I32F32FromRatio(1, 0).String(), "0"},
		{I32F32FromRatio(1<<40, 1).String(), MaxI32F32.String()},
		{U64F64FromRatio(1, 1<<63).String(), "0.000000000000000000108420217248550443400745280086994171142578125"},
		{I96F32FromRatio(3, 2).Neg().String(), "-1.5"},
		{I64F64FromBits(minInt128).Abs().String(), MaxI64F64.String()},
		{MinI32F32.Neg().String(), MaxI32F32.String()},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
