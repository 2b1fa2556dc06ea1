package emission

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"pgregory.net/rapid"
)

// number is the value of a share; exact enough for shares above 2^-40.
func number(v fixed.U64F64) float64 {
	f, _ := new(big.Float).SetString(v.String())
	out, _ := f.Float64()
	return out
}

func shares(values ...uint64) (out []fixed.U64F64) {
	for _, v := range values {
		out = append(out, fixed.U64F64FromRatio(v, 1000))
	}
	return out
}

var defaultQuantile, cubed = fixed.U64F64FromRatio(61, 100), fixed.U64F64FromUint(3)

func TestGateExamples(t *testing.T) {
	for name, c := range map[string]struct {
		shares   []fixed.U64F64
		rank     uint16
		exponent fixed.U64F64
		bar      float64
		want     []float64
	}{
		"fewer than the rank": {shares(600, 300, 100), 32, cubed, 0.1, []float64{0.6377, 0.3089, 0.0534}},
		"in any order":        {shares(100, 600, 300), 32, cubed, 0.1, []float64{0.0534, 0.6377, 0.3089}},
		"a third and two":     {[]fixed.U64F64{fixed.U64F64FromRatio(1, 3), fixed.U64F64FromRatio(2, 3)}, 0, cubed, 2.0 / 3, []float64{0.1, 0.9}},
		"half at the bar":     {shares(500, 500), 1, cubed, 0.5, []float64{0.5, 0.5}},
		"zeros stay":          {shares(0, 1000, 0), 32, cubed, 1, []float64{0, 1, 0}},
		"only zeros":          {shares(0, 0), 32, cubed, 0, []float64{0, 0}},
	} {
		bar := GateBar(c.shares, c.rank, defaultQuantile)
		if got := number(bar); math.Abs(got-c.bar) > 1e-9 {
			t.Errorf("%s: the bar is %v, want %v", name, got, c.bar)
		}
		for i, s := range Gated(c.shares, bar, c.exponent) {
			if got := number(s); math.Abs(got-c.want[i]) > 5e-5 {
				t.Errorf("%s: share %d is %v, want %v", name, i, got, c.want[i])
			}
		}
	}
}

func TestGateBarByRankAndByQuantile(t *testing.T) {
	all := shares(50, 400, 150, 300, 100, 0)
	for rank, want := range map[uint16]uint64{1: 400, 2: 300, 3: 150, 5: 50, 6: 50, 65535: 50} {
		if got := GateBar(all, rank, defaultQuantile); got != fixed.U64F64FromRatio(want, 1000) {
			t.Errorf("rank %d: %v, want %d thousandths", rank, got, want)
		}
	}
	for percent, want := range map[uint64]uint64{1: 400, 39: 400, 41: 300, 61: 300, 69: 300, 71: 150, 84: 150, 86: 100, 96: 50} {
		if got := GateBar(all, 0, fixed.U64F64FromRatio(percent, 100)); got != fixed.U64F64FromRatio(want, 1000) {
			t.Errorf("quantile 0.%02d: %v, want %d thousandths", percent, got, want)
		}
	}
	if got := GateBar(shares(300, 200), 0, fixed.U64F64FromRatio(99, 100)); got != fixed.U64F64FromRatio(200, 1000) {
		t.Errorf("a quantile that the sum does not reach: %v, want the smallest share", got)
	}
}

// A bar far above all shares must not strand the emission, and one far below must let all pass: e^x leaves its range in both cases.
func TestGateFarFromTheBar(t *testing.T) {
	equal := make([]fixed.U64F64, 256)
	for i := range equal {
		equal[i] = fixed.U64F64FromRatio(1, 256)
	}
	for i, s := range Gated(equal, fixed.OneU64F64, fixed.U64F64FromUint(8)) {
		if got := number(s); math.Abs(got-1.0/256) > 1e-9 {
			t.Fatalf("share %d of 256 equal ones is %v", i, got)
		}
	}
	tiny := []fixed.U64F64{fixed.U64F64FromBits(fixed.Uint128{Lo: 1}), fixed.U64F64FromBits(fixed.Uint128{Lo: 3})}
	if got := Gated(tiny, fixed.OneU64F64, fixed.U64F64FromUint(8)); !slices.Equal(got, tiny) {
		t.Errorf("shares that vanish became %v", got)
	}
	uneven := []fixed.U64F64{fixed.U64F64FromRatio(999_999, 1_000_000), fixed.U64F64FromRatio(1, 1_000_000)}
	if got := number(Gated(uneven, uneven[1], cubed)[0]); got < 0.999999 {
		t.Errorf("the share far above the bar became %v", got)
	}
}

// The same formula in 64-bit floats, over shares and parameters of every kind.
func TestGateAgainstFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := PriceShares(drawPrices(t))
		rank := rapid.Uint16Range(0, 24).Draw(t, "rank")
		quantile := fixed.U64F64FromRatio(rapid.Uint64Range(1, 999).Draw(t, "quantile"), 1000)
		exponent := fixed.U64F64FromRatio(rapid.Uint64Range(100, 800).Draw(t, "exponent"), 100)
		bar := GateBar(in, rank, quantile)
		got := Gated(in, bar, exponent)
		if bar.IsZero() {
			if !slices.Equal(got, in) {
				t.Fatalf("without a bar %v became %v", in, got)
			}
			return
		}
		want, sum := make([]float64, len(in)), 0.0
		for i, s := range in {
			if v := number(s); v > 0 {
				want[i] = v / (1 + math.Pow(number(bar)/v, number(exponent)))
				sum += want[i]
			}
		}
		var given fixed.U64F64
		for i := range want {
			given = given.Add(got[i])
			if w := want[i] / sum; math.Abs(number(got[i])-w) > 1e-5 {
				t.Fatalf("share %d of %v at %v^%v: %v, want %v", i, in, bar, exponent, got[i], w)
			}
		}
		if fixed.OneU64F64.Less(given) {
			t.Fatalf("the shares sum to %v", given)
		}
	})
}
