package model

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTopIsTheHeadOfTheSortedDistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Few different values make ties common.
		probs := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 9), func(n int) float64 { return float64(n) / 10 }), 0, 60).Draw(t, "probs")
		k := rapid.IntRange(-1, 70).Draw(t, "k")
		var want Distribution
		for i := range probs {
			want.Tokens = append(want.Tokens, int32(i))
		}
		slices.SortStableFunc(want.Tokens, func(a, b int32) int { return cmp.Compare(probs[b], probs[a]) })
		want.Tokens = want.Tokens[:max(0, min(k, len(probs)))]
		for _, token := range want.Tokens {
			want.Probs = append(want.Probs, probs[token])
		}
		if len(want.Tokens) == 0 {
			want = Distribution{}
		}
		if d := gocmp.Diff(want, Top(probs, k)); d != "" {
			t.Fatal(d)
		}
	})
}

func BenchmarkTop(b *testing.B) {
	probs := make([]float64, 1024)
	for i := range probs {
		probs[i] = float64(i * 7919 % 1024)
	}
	for b.Loop() {
		Top(probs, 128)
	}
}
