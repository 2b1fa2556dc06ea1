package emission

import (
	"math/big"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"pgregory.net/rapid"
)

// 33 terms of Bitcoin's formula, and what blocks of this chain pay in all eras of 10.5 million, both come within a TAO of 21 million. A TAO has 10^9 rao, so blocks
// pay something in 30 eras: the sources' 64 halvings would be of less than a rao.
func TestSupply_S_TOK_02_07_08(t *testing.T) {
	const tao, eraBlocks, eras = 1_000_000_000, 10_500_000, 30
	var printed, paid uint64
	for i := range 33 {
		printed += 210_000 * (50 * 100_000_000 >> i)
	}
	for era := range 33 {
		middle := PerBlock(MaxSupply - MaxSupply>>era + MaxSupply>>(era+2))
		if want := uint64(tao) >> era; middle != want || (middle > 0) != (era < eras) {
			t.Errorf("era %d pays %d rao a block, want %d", era, middle, want)
		}
		paid += eraBlocks * middle
	}
	if printed *= tao / 100_000_000; MaxSupply != 21_000_000*tao || printed >= MaxSupply || paid >= MaxSupply || MaxSupply-printed > tao || MaxSupply-paid > tao {
		t.Errorf("the formula comes to %d rao, blocks pay %d, the maximum is %d", printed, paid, MaxSupply)
	}
}

// The halvings lie at MaxSupply * (1 - 2^-n), up to the 32 fractional bits of the quotient: 21e15/2^32, doubled by every
// halving.
func TestHalvings(t *testing.T) {
	at, step := uint64(0), MaxSupply/2
	for n := range 12 {
		if got, want := PerBlock(at+1<<uint(n)*5_000_000), DefaultBlockEmission>>n; got != want {
			t.Errorf("after halving %d: got %d, want %d", n, got, want)
		}
		at += step
		if got, want := PerBlock(at-1<<uint(n)*5_000_000), DefaultBlockEmission>>n; got != want {
			t.Errorf("before halving %d: got %d, want %d", n+1, got, want)
		}
		step /= 2
	}
	if PerBlock(MaxSupply) != 0 || PerBlock(1<<64-1) != 0 {
		t.Error("something is emitted beyond the supply")
	}
}

func drawPrices(t *rapid.T) []fixed.U64F64 {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) fixed.U64F64 {
		return fixed.U64F64FromRatio(rapid.Uint64Range(0, 1e12).Draw(t, "rao"), 1e9)
	}), 1, 20).Draw(t, "prices")
}

// The shares, and what they give, never exceed the whole and fall short of it by a unit a subnet; disabled subnets get
// nothing.
func TestSharesAreParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prices := drawPrices(t)
		burned := make([]fixed.U96F32, len(prices))
		enabled := make([]bool, len(prices))
		for i := range prices {
			burned[i] = fixed.U96F32FromRatio(rapid.Uint64Range(0, 3).Draw(t, "burned"), 2)
			enabled[i] = rapid.Bool().Draw(t, "enabled")
		}
		shares := Shares(prices, burned)
		if sum := total(shares); fixed.OneU64F64.Less(sum) {
			t.Fatalf("shares sum to %v", sum)
		}
		block := rapid.Uint64Range(0, 1e9).Draw(t, "emission")
		var paid fixed.U96F32
		for i, e := range SubnetEmissions(shares, enabled, block) {
			if !enabled[i] && !e.IsZero() {
				t.Fatalf("disabled subnet %d gets %v", i, e)
			}
			paid = paid.Add(e)
		}
		if fixed.U96F32FromUint(block).Less(paid) {
			t.Fatalf("%v of %d was given away", paid, block)
		}
	})
}

// TAO is never created: what enters the pool and the excess are the subnet's part; alpha keeps below its cap.
func TestTermsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tao := fixed.U96F32FromUint(rapid.Uint64Range(0, 1e9).Draw(t, "tao"))
		alpha := rapid.Uint64Range(0, 1e9).Draw(t, "alpha")
		price := fixed.U64F64FromRatio(rapid.Uint64Range(0, 1e13).Draw(t, "price"), 1e9)
		root := RootProportion(rapid.Uint64Range(0, 1e16).Draw(t, "root"), Fraction(rapid.Uint64().Draw(t, "weight")), rapid.Uint64Range(0, 1e16).Draw(t, "issued"))
		terms := SubnetTerms(tao, alpha, price, root)
		if terms.TaoIn.Add(terms.ExcessTao) != tao {
			t.Fatalf("%v became %+v", tao, terms)
		}
		if root.Mul(terms.AlphaOut).Less(terms.AlphaIn) {
			t.Fatalf("alpha %v beyond the cap", terms.AlphaIn)
		}
	})
}

func TestSplitAlphaOut(t *testing.T) {
	// Of 1 alpha 11796/65535 to the owner; of the remaining 820004577.7 half to servers, a quarter of the other half to
	// root, the rest of it to validators.
	got := SplitAlphaOut(fixed.U96F32FromUint(1e9), OwnerCut(11796), fixed.U96F32FromRatio(1, 4))
	want := Participants{Owner: 179995422, Server: 410002288, Validator: 307501716, Root: 102500572}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		alpha := rapid.Uint64Range(0, 1e9).Draw(t, "alpha")
		root := fixed.U96F32FromRatio(rapid.Uint64Range(0, 1000).Draw(t, "root"), 1000)
		p := SplitAlphaOut(fixed.U96F32FromUint(alpha), OwnerCut(rapid.Uint16().Draw(t, "cut")), root)
		if sum := p.Owner + p.Server + p.Validator + p.Root; sum > alpha || sum+4 < alpha {
			t.Fatalf("%d was split into %+v", alpha, p)
		}
	})
}

// f^halfLife is at most a half, and with the next larger factor it is more.
func TestDecayFactorIsTheLargest(t *testing.T) {
	for _, h := range []uint16{1, 2, 360, 7200, 36100, 65535} {
		f := DecayFactor(h)
		if PowQ32(f, h) > OneQ32/2 || PowQ32(f+1, h) <= OneQ32/2 {
			t.Errorf("half life %d: factor %d", h, f)
		}
	}
	if got := DecayFactor(360); got != 4286705684 {
		t.Errorf("half life 360: got %d, want 4286705684", got)
	}
}

// The puzzle's difficulty moves by the same rule as the burned price.
func TestDifficultyExamples(t *testing.T) {
	rule := PriceRule{Min: 1, Max: 1 << 62, HalfLife: 360, IncreaseMult: DefaultIncreaseMult}
	if got := rule.AfterBlock(20_000_000, 2); got != 19_961_528 {
		t.Errorf("after a block: got %d, want 19961528", got)
	}
	if got := rule.AfterRegistration(10_000_000); got != 12_600_000 {
		t.Errorf("after a registration: got %d, want 12600000", got)
	}
}

func TestLockCostFalls(t *testing.T) {
	n := NetworkLock{Last: 1000e9, Min: 500e9, LastBlock: 100, Interval: 1000}
	for _, c := range []struct{ block, want uint64 }{
		{100, 2000e9}, {600, 1500e9}, {1100, 1000e9}, {1600, 500e9}, {9999, 500e9},
	} {
		if got := n.Cost(c.block); got != c.want {
			t.Errorf("block %d: got %d, want %d", c.block, got, c.want)
		}
	}
	if got := (NetworkLock{Last: 1000e9, Min: 500e9, Interval: 1000}).Cost(0); got != 1000e9 {
		t.Errorf("the first network: got %d, want %d", got, uint64(1000e9))
	}
	if got := LockInterval(100_800, DefaultBlockEmission/4); got != 25_200 {
		t.Errorf("interval after two halvings: got %d, want 25200", got)
	}
}

func TestMulQ32AgainstBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, f := rapid.Uint64().Draw(t, "v"), rapid.Uint64().Draw(t, "factor")
		want := new(big.Int).Mul(new(big.Int).SetUint64(v), new(big.Int).SetUint64(f))
		want.Rsh(want, 32)
		if !want.IsUint64() {
			want.SetUint64(1<<64 - 1)
		}
		if got := MulQ32(v, f); got != want.Uint64() {
			t.Fatalf("got %d, want %v", got, want)
		}
	})
}

func BenchmarkDecayFactor(b *testing.B) {
	for b.Loop() {
		DecayFactor(360)
	}
}

func BenchmarkSharesOf128(b *testing.B) {
	prices, burned := make([]fixed.U64F64, 128), make([]fixed.U96F32, 128)
	for i := range prices {
		prices[i] = fixed.U64F64FromRatio(uint64(i+1), 100)
	}
	for b.Loop() {
		Shares(prices, burned)
	}
}
