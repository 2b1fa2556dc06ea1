package sharepool

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// The reference keeps what each key owns as a rational, without shares: a deposit adds to one, a dividend to all in proportion.
//
// What a pool may be off by: an operation on one key changes its share and the denominator by the same number of shares, which is short by at most 2e-19 of itself
// (a quotient of 20 digits), and each of the two sums is cut by at most 4e-20 of itself (TestArithmeticAgainstRationals). In value that is 2e-19 of the amount
// and 8e-20 of the greater of the pool's values before and after: less than 3e-19 of that. Exact operations on a pool that is off keep every error as it is, and a dividend
// makes it grow as the values do. Reading a value cuts less than one unit, and 2e-19 of it.
func TestValuesAgainstRationals(t *testing.T) {
	const keys = 4
	digits := new(big.Rat).SetFrac(big.NewInt(3), new(big.Int).Exp(big.NewInt(10), big.NewInt(19), nil))
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		m, pool := newMemory(keys)
		owned := make([]*big.Rat, keys)
		for k := range owned {
			owned[k] = new(big.Rat)
		}
		off := new(big.Rat)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			key := rapid.IntRange(0, keys-1).Draw(t, "key")
			amount := int64(rapid.Uint64Range(1, 1<<rapid.IntRange(1, 50).Draw(t, "bits")).Draw(t, "amount"))
			before := new(big.Rat).SetInt(new(big.Int).SetUint64(m.value))
			if rapid.IntRange(0, 2).Draw(t, "operation") == 2 {
				if m.value == 0 {
					continue
				}
				pool.AddToAll(amount)
				growth := new(big.Rat).SetInt(new(big.Int).SetUint64(m.value))
				growth.Quo(growth, before)
				for _, v := range owned {
					v.Mul(v, growth)
				}
				off.Mul(off, growth)
			} else {
				if rapid.Bool().Draw(t, "takes") {
					amount = -min(amount, int64(pool.Value(key)))
				}
				if amount == 0 || !pool.Moves(amount) {
					continue
				}
				pool.AddToOne(key, amount)
				owned[key].Add(owned[key], new(big.Rat).SetInt64(amount))
				greater := new(big.Rat).SetInt(new(big.Int).SetUint64(m.value))
				if greater.Cmp(before) < 0 {
					greater = before
				}
				off.Add(off, greater.Mul(greater, digits))
			}
			value := new(big.Rat).SetInt(new(big.Int).SetUint64(m.value))
			if new(big.Rat).Mul(off, big.NewRat(1000, 1)).Cmp(value) > 0 {
				return // so little is left that cut digits weigh as much: nothing can be said
			}
			slack := new(big.Rat).Add(off, value.Mul(value, digits))
			slack.Add(slack, big.NewRat(1, 1))
			for k, want := range owned {
				got := new(big.Rat).SetInt(new(big.Int).SetUint64(pool.Value(k)))
				if d := new(big.Rat).Sub(got, want); d.Abs(d).Cmp(slack) > 0 {
					t.Fatalf("key %d owns %s, want %s, at most %s off", k, got.FloatString(0), want.FloatString(6), slack.FloatString(9))
				}
				read++
			}
		}
	})
	if read < 1000 {
		t.Errorf("only %d values were compared", read)
	}
}
