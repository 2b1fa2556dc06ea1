package bpe

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/dataset"
	"github.com/myelin-go/myelin/model"
)

var _ model.Tokenizer = (*Tokenizer)(nil)

var update = flag.Bool("update", false, "train the embedded vocabulary anew and write it")

const vocabulary = "english-1024.merges"

func corpus() []string {
	var texts []string
	for _, p := range dataset.English().Train() {
		texts = append(texts, p.Text)
	}
	return texts
}

func TestEmbeddedVocabularyIsTrainedOnTheCorpus(t *testing.T) {
	trained, err := Train(corpus(), 1024)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(vocabulary, []byte(trained.Marshal()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(trained.Marshal(), english); d != "" {
		t.Errorf("%s differs from what training gives; run go test -update: %s", vocabulary, d)
	}
	if tk := English(); tk.Size() != 1024 || tk.EOS() != 1023 || tk.ID() != trained.ID() {
		t.Errorf("embedded vocabulary: %d tokens, EOS %d, ID %s; trained %s", tk.Size(), tk.EOS(), tk.ID(), trained.ID())
	}
}

// The example that the method's description is usually told with: the pairs of "aaabdaaabac" in the order they are merged.
func TestTrainMergesTheMostFrequentPair(t *testing.T) {
	tk, err := Train([]string{"aaabdaaabac"}, 300)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for token := int32(bytesEnd); token < tk.EOS(); token++ {
		got = append(got, string(tk.TokenBytes(token)))
	}
	// aa occurs four times (overlaps count), then ab and aaab twice.
	if d := cmp.Diff([]string{"aa", "ab", "aaab"}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int32{258, 'd', 258, 'a', 'c'}, tk.Encode("aaabdaaabac")); d != "" {
		t.Error(d)
	}
}

func TestEncodeDecodes(t *testing.T) {
	tk := English()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-z0-9 ,.\n]*`),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		tokens := tk.Encode(text)
		if got := tk.Decode(tokens); got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
		if slices.Contains(tokens, tk.EOS()) {
			t.Fatalf("%q encodes to EOS", text)
		}
	})
	if got := tk.Decode([]int32{-1, 'a', tk.EOS(), 99999}); got != "a" {
		t.Errorf("tokens that stand for nothing decode to %q", got)
	}
	for _, p := range dataset.English().HeldOut() {
		if got := tk.Decode(tk.Encode(p.Text)); got != p.Text {
			t.Fatalf("piece %s came back changed", p.CID)
		}
	}
}

func TestEncodeCompresses(t *testing.T) {
	tokens, size := 0, 0
	for _, p := range dataset.English().HeldOut() {
		tokens += len(English().Encode(p.Text))
		size += len(p.Text)
	}
	if perToken := float64(size) / float64(tokens); perToken < 2.3 {
		t.Errorf("%.2f bytes a token on held-out text, want 2.3 or more", perToken)
	} else {
		t.Logf("%.2f bytes a token", perToken)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no end of line":  "1 2",
		"one token":       "12\n",
		"not a number":    "a b\n",
		"a sign":          "+1 2\n",
		"a leading zero":  "01 2\n",
		"a later token":   "256 1\n",
		"merged twice":    "1 2\n1 2\n",
		"too long tokens": "1 1\n256 256\n257 257\n258 258\n259 259\n260 260\n261 261\n262 262\n",
	} {
		if tk, err := Parse(text); err == nil || tk != nil {
			t.Errorf("%s: %q was read as %v", name, text, tk)
		}
	}
	if _, err := Train(nil, 300); err == nil {
		t.Error("trained on nothing")
	}
	if _, err := Train([]string{"text"}, 256); err == nil {
		t.Error("trained a vocabulary without room for EOS")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(english)
	f.Add("97 98\n256 99\n")
	f.Add("1 2")
	f.Fuzz(func(t *testing.T, text string) {
		tk, err := Parse(text)
		if err != nil {
			if tk != nil {
				t.Fatal("a vocabulary beside an error")
			}
			return
		}
		if got := tk.Marshal(); got != text {
			t.Fatalf("%q printed back as %q", text, got)
		}
		if got := tk.Decode(tk.Encode(text)); got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
	})
}

func BenchmarkTrain(b *testing.B) {
	texts := corpus()
	for b.Loop() {
		if _, err := Train(texts, 1024); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	text := strings.Join(corpus(), "")
	b.SetBytes(int64(len(text)))
	tk := English()
	for b.Loop() {
		tk.Encode(text)
	}
}
