package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The names are those of the JavaScript package multiformats 13.
func TestSumIsTheNameThatIPFSGives(t *testing.T) {
	for text, want := range map[string]CID{
		"":              "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
		"hello world":   "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
		"hello world\n": "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4",
	} {
		if got := Sum(text); got != want {
			t.Errorf("Sum(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestEnglish(t *testing.T) {
	c := English()
	train, held := size(c.Train()), size(c.HeldOut())
	if total := train + held; total < 900_000 {
		t.Errorf("the corpus holds %d bytes, want at least 900,000", total)
	}
	if part := float64(held) / float64(train+held); part < 0.10 || part > 0.15 {
		t.Errorf("%.3f of the corpus is held out, want about an eighth", part)
	}
	// The split is part of what a network agrees on: a change here changes every loss that validators measure.
	const want CID = "bafkreibebj2r4v6wj3vy52xxukunhnieeguqjgpfaolck2gvfjcyveghxq"
	if c.CID() != want {
		t.Errorf("corpus is %s, want %s: the text or its cutting changed", c.CID(), want)
	}
	seen := map[CID]bool{}
	for _, p := range slices.Concat(c.Train(), c.HeldOut()) {
		if Sum(p.Text) != p.CID || seen[p.CID] || !utf8.ValidString(p.Text) {
			t.Fatalf("piece %s of %s: wrong name, twice, or not UTF-8", p.CID, p.Work)
		}
		seen[p.CID] = true
		if got, ok := c.Get(p.CID); !ok || got != p {
			t.Fatalf("Get(%s) = %v, %v", p.CID, got, ok)
		}
		for _, mark := range []string{"Gutenberg", "Produced by", "[Illustration", "_"} {
			if strings.Contains(p.Text, mark) {
				t.Errorf("piece of %s holds %q, which its author did not write", p.Work, mark)
			}
		}
	}
	if _, ok := c.Get(Sum("a text that is not there")); ok {
		t.Error("Get found a text that is not in the corpus")
	}
}

func TestNewLosesNoText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.StringMatching(`[a-z ]{0,900}`)).Draw(t, "paragraphs"), "\n\n")
		var back strings.Builder
		for p := range pieces(text) {
			back.WriteString(p)
		}
		if back.String() != text {
			t.Fatalf("the pieces of %q make %q", text, back.String())
		}
	})
}

func TestNewLeavesOutRepeatedPieces(t *testing.T) {
	par := strings.Repeat("all work and no play ", 150) + "\n\n"
	c := New(Work{Title: "a", Text: strings.Repeat(par, 20)})
	if n := len(c.Train()) + len(c.HeldOut()); n != 1 {
		t.Errorf("20 equal pieces gave %d, want 1", n)
	}
}

func TestShare(t *testing.T) {
	c := English()
	total := float64(size(c.Train()))
	for _, seed := range []uint64{0, 1, 42, math.MaxUint64} {
		var smaller []Piece
		for _, fraction := range []float64{0, 0.01, 0.1, 0.3, 0.999, 1} {
			share, err := c.Share(seed, fraction)
			if err != nil {
				t.Fatal(err)
			}
			if got := float64(size(share)) / total; got < fraction || got > fraction+0.02 {
				t.Errorf("seed %d: a share of %v holds %.4f", seed, fraction, got)
			}
			again, err := c.Share(seed, fraction)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(share, again); d != "" {
				t.Fatalf("seed %d: two shares of %v differ: %s", seed, fraction, d)
			}
			for _, p := range smaller {
				if !slices.Contains(share, p) {
					t.Fatalf("seed %d: the share of %v lacks piece %s of a smaller one", seed, fraction, p.CID)
				}
			}
			smaller = share
		}
		if d := cmp.Diff(smaller, c.Train()); d != "" {
			t.Errorf("seed %d: the whole share is not the training text: %s", seed, d)
		}
	}
	a, _ := c.Share(1, 0.3)
	b, _ := c.Share(2, 0.3)
	if slices.Equal(a, b) {
		t.Error("seeds 1 and 2 give one share")
	}
	for _, bad := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if _, err := c.Share(0, bad); err == nil {
			t.Errorf("a share of %v was accepted", bad)
		}
	}
}

func size(ps []Piece) int {
	n := 0
	for _, p := range ps {
		n += len(p.Text)
	}
	return n
}

func BenchmarkEnglish(b *testing.B) {
	for b.Loop() {
		New(Work{Text: unpack(opticks)}, Work{Text: unpack(sawyer)})
	}
}
