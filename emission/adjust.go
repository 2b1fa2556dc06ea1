package emission

import "github.com/myelin-go/myelin/fixed"

// Adjustment is how the burned price and the difficulty moved until 2026, and move where a chain chooses so: once per interval, by the number of
// registrations in it against a target (upstream's adjust_registration_terms_for_networks, removed in January 2026).
type Adjustment struct {
	Target uint16 // registrations per interval
	Alpha  uint64 // how much of the old value stays, in parts of 2^64-1
}

// adjustBits is how many fractional bits upstream's type for this has (U110F18); each product and quotient is cut to them.
const adjustBits = 18

// Next is the value for the next interval after one with so many registrations: value * (registrations + target) / (2 * target), blended with the
// old value by Alpha and kept within lowest and highest, of which the latter wins where they cross. Without a target the new part is 0.
func (a Adjustment) Next(value, lowest, highest uint64, registrations uint16) uint64 {
	const one = uint64(1) << adjustBits
	var updated fixed.Uint128 // in parts of 2^18, as all that follows
	if a.Target > 0 {
		updated = mul128(fixed.Uint128From64(value), uint64(addU16(registrations, a.Target))).Lsh(adjustBits)
		updated, _ = updated.QuoRem(fixed.Uint128From64(uint64(addU16(a.Target, a.Target))))
	}
	stays, _ := fixed.Uint128From64(a.Alpha).Lsh(adjustBits).QuoRem(fixed.Uint128From64(1<<64 - 1))
	// Neither product can leave 128 bits: 2^18 * 2^82, and 2^18 * 2^98.
	kept := mul128(fixed.Uint128From64(value), stays.Lo)
	next, _ := kept.CheckedAdd(mul128(updated, one-stays.Lo).Rsh(adjustBits))
	switch {
	case next.Cmp(fixed.Uint128From64(highest).Lsh(adjustBits)) >= 0:
		return highest
	case next.Cmp(fixed.Uint128From64(lowest).Lsh(adjustBits)) <= 0:
		return lowest
	}
	return next.Rsh(adjustBits).Lo
}

// Moves tells which of the two values an interval with so many registrations, by work and for the price, changes. Above the target that by which most came
// rises; up to the target the other one, which nobody wanted, falls. Both move when as many came either way.
func (a Adjustment) Moves(all, byWork, byPrice uint16) (difficulty, price bool) {
	if byWork == byPrice {
		return true, true
	}
	difficulty = (all > a.Target) == (byWork > byPrice)
	return difficulty, !difficulty
}

func addU16(a, b uint16) uint16 {
	if a+b < a {
		return 1<<16 - 1
	}
	return a + b
}

// mul128 is a product that the caller knows to fit.
func mul128(a fixed.Uint128, b uint64) fixed.Uint128 {
	_, lo := a.Mul(fixed.Uint128From64(b))
	return lo
}
