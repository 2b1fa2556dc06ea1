package swap

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/fixed"
)

// TestIsRoot checks the short way to tell that a stored root still holds against the root itself, at and beside it.
func TestIsRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := fixed.Uint128{
			Hi: rapid.Uint64Range(0, 1<<60).Draw(t, "high") >> rapid.IntRange(0, 60).Draw(t, "shift"),
			Lo: rapid.Uint64().Draw(t, "low"),
		}
		wide := new(big.Int).Lsh(new(big.Int).SetUint64(v.Hi), 64)
		wide.Add(wide, new(big.Int).SetUint64(v.Lo)).Lsh(wide, 64)
		root := new(big.Int).Sqrt(wide)
		for _, off := range []int64{-1, 0, 1} {
			r := new(big.Int).Add(root, big.NewInt(off))
			if r.Sign() < 0 {
				continue
			}
			low := new(big.Int).And(r, new(big.Int).SetUint64(1<<64-1)).Uint64()
			got := isRoot(fixed.Uint128{Hi: new(big.Int).Rsh(r, 64).Uint64(), Lo: low}, v)
			if want := off == 0; got != want {
				t.Fatalf("%v beside the root of %v: %v, want %v", off, v, got, want)
			}
		}
	})
}
