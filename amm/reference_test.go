package amm

import (
	"math/big"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"pgregory.net/rapid"
)

// The reference is slow and independent: real powers as roots of big integers, swaps as rationals. It knows nothing of
// fixed point, so the pool may fall short of it by its own truncations, which are named where they are allowed for.

// exactPower is floor(1e18 * (a/b)^(n/d)) by integer powers and roots.
func exactPower(a, b *big.Int, n, d int64) *big.Int {
	radicand := new(big.Int).Exp(bigOne18, big.NewInt(d), nil)
	radicand.Mul(radicand, new(big.Int).Exp(a, big.NewInt(n), nil))
	radicand.Quo(radicand, new(big.Int).Exp(b, big.NewInt(n), nil))
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(radicand.BitLen())/uint(d)+1)
	for new(big.Int).Sub(high, low).Cmp(big.NewInt(1)) > 0 {
		middle := new(big.Int).Add(low, high)
		middle.Rsh(middle, 1)
		if new(big.Int).Exp(middle, big.NewInt(d), nil).Cmp(radicand) <= 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// drawReserve draws sizes evenly over the orders of magnitude.
func drawReserve(t *rapid.T, name string, low uint64) uint64 {
	top := rapid.IntRange(1, 55).Draw(t, name+" bits")
	return max(low, rapid.Uint64Range(0, 1<<top).Draw(t, name))
}

func TestPowerAgainstIntegerRoots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawReserve(t, "a", 1)
		b := drawReserve(t, "b", 1)
		// Weights whose quotient is a small fraction, so that the exact power can be had.
		n := rapid.Uint64Range(1, 40).Draw(t, "n")
		d := rapid.Uint64Range(1, 40).Draw(t, "d")
		got, fits := power(fixed.Uint128From64(a), fixed.Uint128From64(b), Weight(n*1e15), Weight(d*1e15))
		want := exactPower(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b), int64(n), int64(d))
		if fits != want.IsUint64() || fits && got != want.Uint64() {
			t.Fatalf("(%d/%d)^(%d/%d): got %d, %v, want %v", a, b, n, d, got, fits, want)
		}
	})
}

// The short way must say the same as upstream's series, or that it cannot tell.
func TestShortPowerAgainstSeries(t *testing.T) {
	decided, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawReserve(t, "a", 1), drawReserve(t, "b", 1)
		w := Weight(rapid.Uint64Range(uint64(MinWeight), uint64(One-MinWeight)).Draw(t, "weight"))
		en, ed := w, w.complement()
		if rapid.Bool().Draw(t, "limit") {
			ed = One
		}
		a128, b128 := fixed.Uint128From64(a).Lsh(uint(rapid.IntRange(0, 60).Draw(t, "up"))), fixed.Uint128From64(b)
		all++
		got, fits, ok := shortPower(a128, b128, en, ed)
		if !ok {
			return
		}
		decided++
		want := powRatio(bigFrom128(a128), bigFrom128(b128), new(big.Int).SetUint64(uint64(en)), new(big.Int).SetUint64(uint64(ed)), powerPrecision, bigOne18)
		if fits != want.IsUint64() || fits && got != want.Uint64() {
			t.Fatalf("(%v/%v)^(%d/%d): got %d, %v, want %v", a128, b128, en, ed, got, fits, want)
		}
	})
	if decided*10 < all*5 {
		t.Errorf("the short way decided %d of %d powers", decided, all)
	}
}

func drawPool(t *rapid.T) Pool {
	p := Pool{
		Alpha: drawReserve(t, "alpha", 1e6), Tao: drawReserve(t, "tao", 1e6),
		QuoteWeight: Half, FeeRate: rapid.Uint16Range(0, 10000).Draw(t, "fee rate"),
		Mechanism: Dynamic, MinimumReserve: DefaultMinimumReserve,
	}
	if rapid.Bool().Draw(t, "weighted") {
		p.QuoteWeight = Weight(rapid.Uint64Range(uint64(MinWeight), uint64(One-MinWeight)).Draw(t, "weight"))
	}
	return p
}

// A constant-product swap pays floor(out * delta / (in + delta)), short of it by what 18 decimals of the power lose
// (out/1e18 + 1 units), and never more: the power is rounded down, which would pay more, by less than one part in 1e18.
func TestEqualWeightsAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPool(t)
		p.QuoteWeight = Half
		amount := drawReserve(t, "amount", 1)
		s, err := p.Buy(amount, MaxPrice, false)
		if err != nil || s.Paid() != amount {
			return
		}
		x, y, dy := new(big.Int).SetUint64(p.Alpha), new(big.Int).SetUint64(p.Tao), new(big.Int).SetUint64(s.In)
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(x, dy), y.Add(y, dy))
		off := new(big.Rat).Sub(exact, new(big.Rat).SetUint64(s.Out))
		slack := new(big.Rat).SetFrac(x, bigOne18)
		slack.Add(slack, big.NewRat(1, 1))
		if new(big.Rat).Abs(off).Cmp(slack) > 0 {
			t.Fatalf("%+v buys with %d: got %+v, exact %s", p, amount, s, exact.FloatString(6))
		}
	})
}

// x*y of a constant-product pool never falls through a swap by more than the one part in 1e18 of the power's truncation.
func TestInvariantHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPool(t)
		p.QuoteWeight = Half
		before := new(big.Int).Mul(new(big.Int).SetUint64(p.Alpha), new(big.Int).SetUint64(p.Tao))
		trade(t, &p, "trade")
		after := new(big.Int).Mul(new(big.Int).SetUint64(p.Alpha), new(big.Int).SetUint64(p.Tao))
		// The paying reserve may be short by out/1e18 + 1 unit: less than 1 unit for reserves below 2^55.
		after.Add(after, new(big.Int).SetUint64(max(p.Alpha, p.Tao)))
		if after.Cmp(before) < 0 {
			t.Fatalf("x*y fell from %v to %v", before, after)
		}
	})
}

// A reserve under its minimum pays nothing: whatever is traded, it only grows until it is back. One above pays, and keeps something.
func TestReservesUnderTheMinimumPayNothing(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawPool(t)
		p.Alpha, p.Tao = drawReserve(t, "small alpha", 1)%(2*p.MinimumReserve)+1, drawReserve(t, "small tao", 1)%(2*p.MinimumReserve)+1
		for range 8 {
			before := p
			trade(t, &p, "trade")
			if before.Alpha < p.MinimumReserve && p.Alpha < before.Alpha || before.Tao < p.MinimumReserve && p.Tao < before.Tao {
				t.Fatalf("%+v paid from a reserve under its minimum: %+v", before, p)
			}
			if p.Alpha > before.Alpha && p.Tao > before.Tao {
				t.Fatalf("%+v paid nothing: %+v", before, p)
			}
			if before == p && min(p.Alpha, p.Tao) < p.MinimumReserve {
				refused++
			}
		}
	})
	if refused < 50 {
		t.Errorf("only %d trades were refused", refused)
	}
}

// trade does a random swap, if the pool lets it.
func trade(t *rapid.T, p *Pool, name string) {
	amount := drawReserve(t, name, 1)
	if rapid.Bool().Draw(t, name+" buys") {
		if s, err := p.Buy(amount, MaxPrice, false); err == nil {
			p.ApplyBuy(s)
		}
	} else if s, err := p.Sell(amount, 0, false); err == nil {
		p.ApplySell(s)
	}
}

// Buying and selling again never pays, but for the units that truncation gives: the power's last decimal on the way out
// (reserve/1e18 + 1) each way, which the way back multiplies by the price.
func TestRoundTripNeverPays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPool(t)
		amount := drawReserve(t, "amount", 1)
		bought, err := p.Buy(amount, MaxPrice, false)
		if err != nil {
			return
		}
		q := p
		q.ApplyBuy(bought)
		sold, err := q.Sell(bought.Out, 0, false)
		if err != nil {
			return
		}
		slack := 2 + q.Price().ToUint64()*2
		if sold.Out > bought.Paid()+slack {
			t.Fatalf("%+v: %d rao became %d alpha became %d rao", p, bought.Paid(), bought.Out, sold.Out)
		}
	})
}

// An injection keeps the price up to the resolution of the weights: 1e-18 over a weight of at least 0.01, for either.
func TestInjectionKeepsThePrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPool(t)
		before := p
		if !p.Inject(drawReserve(t, "tao in", 0), drawReserve(t, "alpha in", 0)) {
			if p != before {
				t.Fatalf("a refused injection changed %+v to %+v", before, p)
			}
			return
		}
		if !p.QuoteWeight.Valid() {
			t.Fatalf("weight %d", p.QuoteWeight)
		}
		was, is := exactPrice(before), exactPrice(p)
		off := new(big.Rat).Sub(is, was)
		off.Quo(off.Abs(off), was)
		// Besides, the weighted products are rounded to units: half of one in min(q1, q2) >= 1e-2 * 1e12.
		if off.Cmp(big.NewRat(1, 1e9)) > 0 {
			t.Fatalf("%+v -> %+v: price %s -> %s", before, p, was.FloatString(18), is.FloatString(18))
		}
	})
}

func exactPrice(p Pool) *big.Rat {
	n := new(big.Int).Mul(new(big.Int).SetUint64(uint64(p.baseWeight())), new(big.Int).SetUint64(p.Tao))
	d := new(big.Int).Mul(new(big.Int).SetUint64(uint64(p.QuoteWeight)), new(big.Int).SetUint64(p.Alpha))
	return new(big.Rat).SetFrac(n, d)
}

// A partial fill stops at its limit, and with the largest amount that MaxBuy allows nothing is left over.
func TestLimitsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPool(t)
		limit := rapid.Uint64Range(1, 1e13).Draw(t, "limit")
		most, err := p.MaxBuy(limit)
		if err != nil || most == 0 || most/17 >= p.Tao {
			return // the growth of the reserve is capped at 18.4, short of the limit
		}
		s, err := p.Buy(most*2, limit, false)
		if err != nil {
			return
		}
		q := p
		q.ApplyBuy(s)
		// One part in 1e9 for the rounding of alpha paid out from a small reserve.
		bound := new(big.Rat).SetFrac64(int64(limit), 1e9)
		bound.Mul(bound, big.NewRat(1e6+2, 1e6))
		if q.Alpha > 1e9 && exactPrice(q).Cmp(bound) > 0 {
			t.Fatalf("%+v bought beyond %d: %+v, price %s", p, limit, s, exactPrice(q).FloatString(12))
		}
		if s.Paid() > most {
			t.Fatalf("paid %d, more than the maximum %d", s.Paid(), most)
		}
	})
}

func TestStablePoolIsOneToOne(t *testing.T) {
	p := Pool{Mechanism: Stable, FeeRate: 33}
	s, err := p.Buy(12345, 1, false)
	if err != nil || s != (Swap{In: 12345, Out: 12345}) {
		t.Errorf("buy: got %+v, %v", s, err)
	}
	if got := p.SimulateSell(77); got != (Simulation{TaoAmount: 77, AlphaAmount: 77}) {
		t.Errorf("simulation: got %+v", got)
	}
}

func TestSimulationsTellFeeAndSlippage(t *testing.T) {
	p := Pool{Alpha: 4e15, Tao: 1e15, QuoteWeight: Half, FeeRate: DefaultFeeRate, Mechanism: Dynamic, MinimumReserve: DefaultMinimumReserve}
	// Price 1/4: fee floor(1e14*33/65535), alpha out 4e15*net/(1e15+net), and 4e14 without slippage or fee.
	want := Simulation{TaoAmount: 1e14 - 50354772259, AlphaAmount: 363469893958815, TaoFee: 50354772259, AlphaSlippage: 4e14 - 363469893958815}
	if got := p.SimulateBuy(1e14); got != want {
		t.Errorf("buy: got %+v, want %+v", got, want)
	}
	sell := p.SimulateSell(4e14)
	if sell.TaoSlippage != 1e14-sell.TaoAmount || sell.AlphaAmount+sell.AlphaFee != 4e14 || sell.TaoFee != 0 {
		t.Errorf("sell: got %+v", sell)
	}
	if got := p.SimulateBuy(2e18); got != (Simulation{}) {
		t.Errorf("too large: got %+v", got)
	}
}

func benchPool(w Weight) Pool {
	return Pool{Alpha: 2_000_000e9, Tao: 50_000e9, QuoteWeight: w, FeeRate: 33, Mechanism: Dynamic, MinimumReserve: DefaultMinimumReserve}
}

func BenchmarkBuy(b *testing.B) {
	p := benchPool(Half)
	for b.Loop() {
		p.Buy(10e9, MaxPrice, false)
	}
}

func BenchmarkSell(b *testing.B) {
	p := benchPool(Half)
	for b.Loop() {
		p.Sell(400e9, 0, false)
	}
}

func BenchmarkBuyWeighted(b *testing.B) {
	p := benchPool(512_345_678_901_234_567)
	for b.Loop() {
		p.Buy(10e9, MaxPrice, false)
	}
}

func BenchmarkBuyToLimit(b *testing.B) {
	p := benchPool(512_345_678_901_234_567)
	for b.Loop() {
		p.Buy(50_000e9, 30_000_000, false)
	}
}

func BenchmarkSeries(b *testing.B) {
	a, d := big.NewInt(50_000e9), big.NewInt(50_010e9)
	en, ed := big.NewInt(512_345_678_901_234_567), big.NewInt(487_654_321_098_765_433)
	for b.Loop() {
		powRatio(a, d, en, ed, powerPrecision, bigOne18)
	}
}

func BenchmarkInject(b *testing.B) {
	p := benchPool(512_345_678_901_234_567)
	for b.Loop() {
		q := p
		q.Inject(1e8, 4e9)
	}
}
