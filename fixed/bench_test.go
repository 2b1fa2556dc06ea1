package fixed

import "testing"

func BenchmarkI32F32(b *testing.B) {
	x, y := I32F32FromRatio(355, 113), I32F32FromRatio(-7, 3)
	b.Run("Mul", func(b *testing.B) {
		for range b.N {
			x.Mul(y)
		}
	})
	b.Run("SafeDiv", func(b *testing.B) {
		for range b.N {
			x.SafeDiv(y)
		}
	})
	b.Run("Exp", func(b *testing.B) {
		for range b.N {
			y.Exp()
		}
	})
}

func BenchmarkU64F64(b *testing.B) {
	x, y := U64F64FromRatio(355, 113), U64F64FromRatio(7, 3)
	b.Run("Mul", func(b *testing.B) {
		for range b.N {
			x.Mul(y)
		}
	})
	b.Run("SafeDiv", func(b *testing.B) {
		for range b.N {
			x.SafeDiv(y)
		}
	})
}

func BenchmarkI64F64Exp(b *testing.B) {
	x := I64F64FromRatio(7, 3)
	for range b.N {
		x.Exp()
	}
}
