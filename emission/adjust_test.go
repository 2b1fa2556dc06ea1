package emission

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestAdjustment(t *testing.T) {
	const all = math.MaxUint64
	for _, c := range []struct {
		name                           string
		rule                           Adjustment
		value, lowest, highest, expect uint64
		registrations                  uint16
	}{
		{"three times the target doubles", Adjustment{Target: 1}, 20_000, 10_000, all, 40_000, 3},
		{"upstream's own alpha of 58000 is too small to show", Adjustment{Target: 1, Alpha: 58_000}, 20_000, 10_000, all, 40_000, 3},
		{"nobody halves", Adjustment{Target: 2}, 40_000, 10_000, all, 20_000, 0},
		{"the target stays", Adjustment{Target: 7}, 12_345, 1, all, 12_345, 7},
		{"two of one make a half more", Adjustment{Target: 1, Alpha: 58_000}, 500_000 + 10_000, 500_000, all, 765_000, 2},
		{"half of the old one stays", Adjustment{Target: 1, Alpha: 1 << 63}, 20_000, 1, all, 30_000, 3},
		{"all of the old one stays", Adjustment{Target: 1, Alpha: all}, 20_000, 1, all, 20_000, 3},
		{"not below the lowest", Adjustment{Target: 2}, 15_000, 10_000, all, 10_000, 0},
		{"not above the highest", Adjustment{Target: 1}, 20_000, 10_000, 30_000, 30_000, 3},
		{"the highest wins where they cross", Adjustment{Target: 1}, 20_000, 50_000, 30_000, 30_000, 3},
		{"no target, the lowest", Adjustment{}, 20_000, 10_000, all, 10_000, 5},
		{"sums of registrations saturate", Adjustment{Target: 65_535}, 1 << 20, 1, all, 1 << 20, 65_535},
		{"the greatest numbers fit", Adjustment{Target: 1}, all, 1, all, all, 65_535},
	} {
		if got := c.rule.Next(c.value, c.lowest, c.highest, c.registrations); got != c.expect {
			t.Errorf("%s: got %d, want %d", c.name, got, c.expect)
		}
	}
}

// The six cases of upstream: A to F as its source numbers them.
func TestWhatAnIntervalMoves(t *testing.T) {
	rule := Adjustment{Target: 50}
	for _, c := range []struct {
		name                  string
		all, work, price      uint16
		difficulty, priceMove bool
	}{
		{"A: too many, most by work", 100, 60, 40, true, false},
		{"B: too many, most for the price", 100, 40, 60, false, true},
		{"C: too few, most by work", 50, 30, 20, false, true},
		{"D: too few, most for the price", 50, 20, 30, true, false},
		{"E: too few, as many by either", 0, 0, 0, true, true},
		{"F: too many, as many by either", 100, 50, 50, true, true},
	} {
		if d, p := rule.Moves(c.all, c.work, c.price); d != c.difficulty || p != c.priceMove {
			t.Errorf("%s: difficulty %v, price %v", c.name, d, p)
		}
	}
}

// The exact rule, without cutting: the result may lie below it by what three cuts to 18 binary digits cost, and never above.
func TestAdjustmentAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := Adjustment{Target: rapid.Uint16Range(1, 20_000).Draw(t, "target"), Alpha: rapid.Uint64().Draw(t, "alpha")}
		value, registrations := rapid.Uint64Range(0, 1<<62).Draw(t, "value")>>rapid.UintRange(0, 62).Draw(t, "shift"), rapid.Uint16Range(0, 20_000).Draw(t, "registrations")
		lowest, highest := rapid.Uint64Range(0, 1000).Draw(t, "lowest"), rapid.Uint64Range(1000, 1<<63).Draw(t, "highest")
		got := rule.Next(value, lowest, highest, registrations)

		old := new(big.Rat).SetInt(new(big.Int).SetUint64(value))
		alpha := new(big.Rat).SetFrac(new(big.Int).SetUint64(rule.Alpha), new(big.Int).SetUint64(math.MaxUint64))
		updated := new(big.Rat).Mul(old, big.NewRat(int64(registrations)+int64(rule.Target), 2*int64(rule.Target)))
		exact := new(big.Rat).Mul(alpha, old)
		exact.Add(exact, new(big.Rat).Mul(new(big.Rat).Sub(big.NewRat(1, 1), alpha), updated))

		// Alpha is short by less than 2^-18: what it takes from one part it gives to the other. Products and quotient are short by less than 2^-18 each,
		// and the result by less than 1.
		slack := new(big.Rat).Sub(old, updated)
		slack.Abs(slack)
		slack.Mul(slack, big.NewRat(1, 1<<18))
		slack.Add(slack, big.NewRat(1<<18+3, 1<<18))
		low, high := new(big.Rat).Sub(exact, slack), new(big.Rat).Add(exact, slack)
		within := func(v *big.Rat) uint64 {
			n := new(big.Int).Quo(v.Num(), v.Denom())
			switch {
			case n.Sign() < 0 || n.Cmp(new(big.Int).SetUint64(lowest)) < 0:
				return lowest
			case n.Cmp(new(big.Int).SetUint64(highest)) > 0:
				return highest
			}
			return n.Uint64()
		}
		if got < within(low) || got > within(high) {
			t.Fatalf("%+v from %d with %d registrations: got %d, exact %s", rule, value, registrations, got, exact.FloatString(6))
		}
	})
}
