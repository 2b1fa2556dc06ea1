package emission

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// halvings is how often the emission has halved when the part issued, a rational below 1, has been reached: the largest n with 2^n * (1 - issued) <= 1.
func halvings(issued *big.Rat) (n uint) {
	left := new(big.Rat).Sub(big.NewRat(1, 1), issued)
	for left.Mul(left, big.NewRat(2, 1)); left.Cmp(big.NewRat(1, 1)) <= 0; left.Mul(left, big.NewRat(2, 1)) {
		n++
	}
	return n
}

// The emission is exactly that of the issuance rounded down to 2^-32 of the supply. So a halving may come up to 2^-32 of the supply late, and never early.
func TestEmissionAgainstRationals(t *testing.T) {
	step := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), 32))
	rapid.Check(t, func(t *rapid.T) {
		// Either anywhere, or near a halving.
		issuance := rapid.Uint64Range(0, MaxSupply-1).Draw(t, "issuance")
		if n := rapid.IntRange(0, 40).Draw(t, "halving"); n > 0 {
			at := MaxSupply - MaxSupply>>n
			issuance = min(MaxSupply-1, max(at, 20_000_000)-20_000_000+rapid.Uint64Range(0, 40_000_000).Draw(t, "beside"))
		}
		part := new(big.Rat).SetFrac(new(big.Int).SetUint64(issuance), new(big.Int).SetUint64(MaxSupply))
		cut := new(big.Int).Quo(new(big.Int).Lsh(part.Num(), 32), part.Denom())
		rounded := new(big.Rat).Mul(new(big.Rat).SetInt(cut), step)

		got := PerBlock(issuance)
		if want := DefaultBlockEmission >> halvings(rounded); got != want {
			t.Fatalf("at %d: got %d, want %d", issuance, got, want)
		}
		early := new(big.Rat).Sub(part, step)
		if got < DefaultBlockEmission>>halvings(part) || early.Sign() >= 0 && got > DefaultBlockEmission>>halvings(early) {
			t.Fatalf("at %d: got %d, exact %d", issuance, got, DefaultBlockEmission>>halvings(part))
		}
	})
}
