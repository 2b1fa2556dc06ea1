package ngram

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/dataset"
	"github.com/myelin-go/myelin/model"
	"github.com/myelin-go/myelin/model/bpe"
)

func kind(t testing.TB, name string) Kind {
	t.Helper()
	k, err := ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func share(t testing.TB, fraction float64) [][]int32 {
	t.Helper()
	pieces, err := dataset.English().Share(1, fraction)
	if err != nil {
		t.Fatal(err)
	}
	return dataset.Encode(pieces, bpe.English())
}

func train(t testing.TB, k Kind, texts [][]int32) *Model {
	t.Helper()
	m, err := Train(k, bpe.English(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// loss is the mean cross-entropy in nats per token on a half of the held-out text.
func loss(t testing.TB, m *Model) float64 {
	t.Helper()
	var half []dataset.Piece
	for i, p := range dataset.English().HeldOut() {
		if i%2 == 0 {
			half = append(half, p)
		}
	}
	held := dataset.Encode(half, bpe.English())
	out, err := m.Forward(t.Context(), model.Batch{Tokens: make([][]int32, len(held))}, model.Want{Targets: held})
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0
	for _, row := range out.LogProbs {
		for _, l := range row {
			sum -= l
			n++
		}
	}
	return sum / float64(n)
}

// TestLadder shows what the network rewards: each kind beats the one below it by far, and each beats itself on less text.
func TestLadder(t *testing.T) {
	losses := map[string]map[float64]float64{}
	shares := []float64{0.03, 0.1, 0.3, 1}
	for _, k := range Kinds {
		losses[k.Name] = map[float64]float64{}
		line := fmt.Sprintf("%-11s", k.Name)
		for _, s := range shares {
			losses[k.Name][s] = loss(t, train(t, k, share(t, s)))
			line += fmt.Sprintf(" %3.0f%%: %.3f", 100*s, losses[k.Name][s])
		}
		t.Log(line)
		if k.Order < 1 {
			continue
		}
		least := 0.05
		if k.Order == 1 {
			least = 0.001 // a thousand frequencies are soon known
		}
		for i := range shares[1:] {
			if gain := losses[k.Name][shares[i]] - losses[k.Name][shares[i+1]]; gain < least {
				t.Errorf("%s: %v of the text gains %.3f nats on %v, want %v", k.Name, shares[i+1], gain, shares[i], least)
			}
		}
	}
	if got, want := losses["uniform"][1], math.Log(1024); math.Abs(got-want) > 1e-9 {
		t.Errorf("uniform: %v nats, want %v", got, want)
	}
	for i := range Kinds[1:] {
		if gain := losses[Kinds[i].Name][1] - losses[Kinds[i+1].Name][1]; gain < 0.1 {
			t.Errorf("%s gains %.3f nats on %s, want 0.1", Kinds[i+1].Name, gain, Kinds[i].Name)
		}
	}
}

func TestProbabilitiesSumToOne(t *testing.T) {
	texts := share(t, 0.1)
	all := slices.Concat(texts...)
	size := bpe.English().Size()
	for _, k := range append(slices.Clone(Kinds), Kind{"wb5", 5, WittenBell}, Kind{"kn2", 2, KneserNey}, Kind{"kn6", 6, KneserNey}) {
		m := train(t, k, texts)
		probs := make([]float64, size)
		rapid.Check(t, func(t *rapid.T) {
			var ctx []int32
			if rapid.Bool().Draw(t, "seen") {
				at := rapid.IntRange(0, len(all)).Draw(t, "at")
				ctx = all[max(0, at-8):at]
			} else {
				ctx = rapid.SliceOfN(rapid.Int32Range(0, int32(size-1)), 0, 8).Draw(t, "context")
			}
			m.next(ctx, probs)
			sum := 0.0
			for token, p := range probs {
				if !(p > 0 && p <= 1) {
					t.Fatalf("%s: token %d has probability %v", k.Name, token, p)
				}
				sum += p
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Fatalf("%s: probabilities after %v sum to %.15f", k.Name, ctx, sum)
			}
		})
	}
}

// letters is a vocabulary small enough to count by hand: a, b, c and EOS.
type letters struct{}

func (letters) Encode(text string) []int32 {
	var out []int32
	for _, r := range text {
		out = append(out, r-'a')
	}
	return out
}
func (l letters) Decode(tokens []int32) string {
	var b strings.Builder
	for _, t := range tokens {
		b.Write(l.TokenBytes(t))
	}
	return b.String()
}
func (letters) TokenBytes(t int32) []byte {
	if t < 0 || t > 2 {
		return nil
	}
	return []byte{byte('a' + t)}
}
func (letters) Size() int  { return 4 }
func (letters) EOS() int32 { return 3 }
func (letters) ID() string { return "letters" }

// TestByHand checks both smoothings on the text "abab", whose grams are (EOS a) (a b) (b a) (a b) (b EOS).
func TestByHand(t *testing.T) {
	text := [][]int32{letters{}.Encode("abab")}
	for _, tt := range []struct {
		name    string
		kind    Kind
		context string
		want    []float64 // a, b, c, EOS
	}{
		// 2 a, 2 b, 1 EOS, 3 different: (count + 3/4) / (5 + 3)
		{"Witten-Bell unigram", Kind{"", 1, WittenBell}, "", []float64{2.75 / 8, 2.75 / 8, 0.75 / 8, 1.75 / 8}},
		// after a: 2 b, 1 different: (count + unigram) / (2 + 1)
		{"Witten-Bell bigram", Kind{"", 2, WittenBell}, "a", []float64{2.75 / 24, (2 + 2.75/8) / 3, 0.75 / 24, 1.75 / 24}},
		// Kneser-Ney counts different predecessors: a has 2 (EOS, b), b has 1 (a), EOS has 1 (b): 4 in all.
		// n1 = 2, n2 = 1: y = 1/2, D1 = 1 - 2y/2 = 1/2, D2 = 0.5 for want of counts of 3: (count - 1/2)/4 + (3/2)/4 * 1/4.
		{"Kneser-Ney below", Kind{"", 2, KneserNey}, "c", []float64{1.5/4 + 1.5/16, 0.5/4 + 1.5/16, 1.5 / 16, 0.5/4 + 1.5/16}},
		// The bigrams have n1 = 3 (EOS a, b a, b EOS), n2 = 1 (a b): y = 3/5, D2 = 0.5 again. After a: (2 - 1/2)/2 + 1/4 * below.
		{"Kneser-Ney bigram", Kind{"", 2, KneserNey}, "a", []float64{
			0.25 * (1.5/4 + 1.5/16), 0.75 + 0.25*(0.5/4+1.5/16), 0.25 * 1.5 / 16, 0.25 * (0.5/4 + 1.5/16)}},
	} {
		m, err := Train(tt.kind, letters{}, text)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float64, 4)
		m.next(letters{}.Encode(tt.context), got)
		for i := range got {
			if math.Abs(got[i]-tt.want[i]) > 1e-7 { // shares are kept in single precision
				t.Errorf("%s after %q: %v, want %v", tt.name, tt.context, got, tt.want)
				break
			}
		}
	}
}

func TestForward(t *testing.T) {
	m := train(t, kind(t, "trigram"), share(t, 0.1))
	ctx := t.Context()
	in := model.Batch{Tokens: [][]int32{bpe.English().Encode("The Rays of Light which"), nil}}
	out, err := m.Forward(ctx, in, model.Want{TopK: 1024, Targets: [][]int32{{65, 66}, {}}})
	if err != nil {
		t.Fatal(err)
	}
	first := out.Next[0]
	at := slices.Index(first.Tokens, 65)
	if got := math.Log(first.Probs[at]); got != out.LogProbs[0][0] {
		t.Errorf("token 65 has %v among the next tokens and %v as target", got, out.LogProbs[0][0])
	}
	if len(out.LogProbs[0]) != 2 || len(out.LogProbs[1]) != 0 {
		t.Errorf("targets gave %v", out.LogProbs)
	}
	small, err := m.Forward(ctx, in, model.Want{TopK: 5})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(first.Tokens[:5], small.Next[0].Tokens); d != "" || small.LogProbs != nil {
		t.Errorf("the top 5 are not the first of all: %s", d)
	}
	for name, bad := range map[string]struct {
		in   model.Batch
		want model.Want
	}{
		"token beyond the vocabulary":  {model.Batch{Tokens: [][]int32{{1024}}}, model.Want{TopK: 1}},
		"negative token":               {model.Batch{Tokens: [][]int32{{-1}}}, model.Want{TopK: 1}},
		"target beyond the vocabulary": {in, model.Want{Targets: [][]int32{{1024}, {}}}},
		"targets for other contexts":   {in, model.Want{Targets: [][]int32{{1}}}},
		"negative top":                 {in, model.Want{TopK: -1}},
	} {
		if out, err := m.Forward(ctx, bad.in, bad.want); err == nil {
			t.Errorf("%s: accepted, %v", name, out)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := m.Forward(ended, in, model.Want{TopK: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v", err)
	}
}

func TestGenerate(t *testing.T) {
	m := train(t, kind(t, "kneser-ney"), share(t, 1))
	prompt := bpe.English().Encode("The Rays of Light")
	write := func(s model.Sampling) string {
		var b strings.Builder
		for p, err := range m.Generate(t.Context(), prompt, s) {
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(p.Text)
		}
		return b.String()
	}
	s := model.Sampling{MaxTokens: 40, Temperature: 0.8, TopK: 50, Seed: 7}
	one := write(s)
	t.Logf("The Rays of Light%s", one)
	if again := write(s); again != one || one == "" {
		t.Errorf("one seed wrote %q, then %q", one, again)
	}
	s.Seed = 8
	if other := write(s); other == one {
		t.Errorf("seeds 7 and 8 both wrote %q", other)
	}
	if a, b := write(model.Sampling{MaxTokens: 9}), write(model.Sampling{MaxTokens: 9, Temperature: 1e-4, Seed: 3}); a != b {
		t.Errorf("the coldest drawing wrote %q, the most probable tokens are %q", b, a)
	}
	for _, bad := range []model.Sampling{{MaxTokens: -1}, {TopK: -1}, {Temperature: -1}, {Temperature: math.NaN()}} {
		for _, err := range m.Generate(t.Context(), prompt, bad) {
			if err == nil {
				t.Errorf("%+v was accepted", bad)
			}
		}
	}
}

func TestTrainRefuses(t *testing.T) {
	for name, try := range map[string]func() (*Model, error){
		"order":     func() (*Model, error) { return Train(Kind{Order: 7}, bpe.English(), nil) },
		"smoothing": func() (*Model, error) { return Train(Kind{Order: 1, Smoothing: 9}, bpe.English(), nil) },
		"token":     func() (*Model, error) { return Train(Kind{Order: 1}, bpe.English(), [][]int32{{1024}}) },
	} {
		if _, err := try(); err == nil {
			t.Errorf("a bad %s was accepted", name)
		}
	}
	if _, err := ByName("markov"); err == nil {
		t.Error("an unknown kind was found")
	}
	for _, k := range Kinds { // a model of nothing still gives a distribution
		m := train(t, k, nil)
		if out, err := m.Forward(t.Context(), model.Batch{Tokens: [][]int32{{1, 2, 3}}}, model.Want{TopK: 3}); err != nil || len(out.Next[0].Probs) != 3 {
			t.Errorf("%s of nothing: %v, %v", k.Name, out, err)
		}
	}
}

func BenchmarkTrain(b *testing.B) {
	texts := share(b, 1)
	for _, k := range Kinds[1:] {
		b.Run(k.Name, func(b *testing.B) {
			for b.Loop() {
				train(b, k, texts)
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	in := model.Batch{Tokens: [][]int32{bpe.English().Encode("The Rays of Light which")}}
	for _, k := range Kinds[1:] {
		m := train(b, k, share(b, 1))
		b.Run(k.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := m.Forward(b.Context(), in, model.Want{TopK: 128}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
