package emission

import (
	"testing"

	"github.com/myelin-go/myelin/fixed"
)

// TestWideMovingPrice holds a price that only numbers with 96 integer bits can: it falls by its part each block, where today's numbers cut it to 2^64.
func TestWideMovingPrice(t *testing.T) {
	half := fixed.I96F32FromRatio(1, 2)
	huge := fixed.I96F32FromBits(fixed.Int128{Hi: 1 << 40})
	spot := fixed.U64F64FromUint(7)
	// The subnet is as old as the halving time, so a = 1/2 * 1/2, and the spot price counts as 1.
	want := fixed.I96F32FromBits(fixed.Int128{Hi: 3 << 38, Lo: 1 << 30})
	if got := WideMovingPrice(huge, spot, half, 109, 10, 100); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if narrow := MovingPrice(huge.ToU64F64(), spot, half, 109, 10, 100); !narrow.Less(fixed.I96F32FromBits(fixed.Int128{Hi: 1 << 32})) {
		t.Errorf("today's price is %v, want less than 2^64", narrow)
	}
	small := fixed.I96F32FromRatio(1, 4)
	wide, narrow := WideMovingPrice(small, spot, half, 50, 0, 100), MovingPrice(small.ToU64F64(), spot, half, 50, 0, 100)
	if d := wide.Sub(narrow).Abs(); fixed.I96F32FromRatio(1, 1<<30).Less(d) {
		t.Errorf("they differ by %v at %v", d, narrow)
	}
}
