// Package ngram is a language model of counts: it predicts a token from the few before it. Two kinds are told apart by how they share
// out probability to what they have not seen: Witten-Bell interpolation (unigram, bigram, trigram) and interpolated modified
// Kneser-Ney, which is the best that counting can do.
//
// Training takes some tens of milliseconds for a million characters, a distribution some microseconds, and the probabilities of all
// tokens sum to one exactly. The package deliberately has no pruning and no files: training anew is faster than reading.
package ngram

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/myelin-go/myelin/model"
)

// Smoothing tells how a model gives probability to what it has not seen.
type Smoothing int

const (
	// WittenBell gives a context's shorter one as much weight as the context had different followers (Witten and Bell, 1991).
	WittenBell Smoothing = iota
	// KneserNey takes a discount from each count and judges shorter contexts by how many different tokens they follow (Kneser and
	// Ney, 1995; modified by Chen and Goodman, 1999).
	KneserNey
)

// Kind is a sort of n-gram model.
type Kind struct {
	Name string
	// Order is the number of tokens of a gram, the predicted one included; 0 knows nothing and finds all tokens equally probable.
	Order     int
	Smoothing Smoothing
}

// MaxOrder is the highest order.
const MaxOrder = 6

// Kinds lists the kinds that ByName knows, the less capable first.
var Kinds = []Kind{
	{"uniform", 0, WittenBell},
	{"unigram", 1, WittenBell},
	{"bigram", 2, WittenBell},
	{"trigram", 3, WittenBell},
	{"kneser-ney", 4, KneserNey},
}

// ByName finds one of Kinds.
func ByName(name string) (Kind, error) {
	var names []string
	for _, k := range Kinds {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, fmt.Errorf("no kind of n-gram model is called %q; there are %v", name, names)
}

// Model is a trained model. It never changes and may be shared.
type Model struct {
	kind      Kind
	tokenizer model.Tokenizer
	bits      int // that a token takes in a key
	trained   int
	levels    []level // levels[i] holds the grams of i+1 tokens
}

var _ model.LanguageModel = (*Model)(nil)

// level holds what followed each context of one length. Context i is contexts[i]; its followers are those from starts[i] to
// starts[i+1]. Their probability is their share plus backoff[i] times that of the next shorter context; all other tokens have no
// share. Shares are rounded first and backoff is what they leave to one, so that the sum is exact.
type level struct {
	contexts []uint64
	starts   []uint32
	backoff  []float64
	tokens   []uint16
	shares   []float32
}

// gram is a sequence of tokens in one number, the last token in the lowest bits, and how often it counts.
type gram struct {
	key   uint64
	count uint32
}

// Train counts texts that the tokenizer encoded. A text's beginning is told by EOS before it, its end by EOS after it.
func Train(kind Kind, tokenizer model.Tokenizer, texts [][]int32) (*Model, error) {
	size := tokenizer.Size()
	width := bits.Len(uint(size - 1))
	switch {
	case kind.Order < 0 || kind.Order > MaxOrder:
		return nil, fmt.Errorf("order %d, want 0 to %d", kind.Order, MaxOrder)
	case kind.Smoothing != WittenBell && kind.Smoothing != KneserNey:
		return nil, fmt.Errorf("smoothing %d is not known", kind.Smoothing)
	case size > math.MaxUint16+1:
		return nil, fmt.Errorf("a vocabulary of %d tokens, at most %d", size, math.MaxUint16+1)
	case kind.Order*width > 64:
		return nil, fmt.Errorf("order %d of a vocabulary of %d tokens takes %d bits, at most 64", kind.Order, size, kind.Order*width)
	}
	m := &Model{kind: kind, tokenizer: tokenizer, bits: width, levels: make([]level, kind.Order)}
	for _, text := range texts {
		if err := model.Check(model.Batch{Tokens: [][]int32{text}}, model.Want{}, size); err != nil {
			return nil, err
		}
		m.trained += len(text)
	}
	if kind.Order == 0 {
		return m, nil
	}
	grams := count(m.keys(texts))
	for n := kind.Order; n >= 1; n-- {
		m.levels[n-1] = m.level(grams)
		grams = m.shorten(grams, n-1)
	}
	return m, nil
}

// keys lists every gram of the highest order, sorted.
func (m *Model) keys(texts [][]int32) []uint64 {
	keys := make([]uint64, 0, m.trained+len(texts))
	mask := m.mask(m.kind.Order)
	eos := uint64(m.tokenizer.EOS())
	for _, text := range texts {
		var key uint64
		for range m.kind.Order - 1 {
			key = key<<m.bits | eos
		}
		for _, t := range text {
			key = (key<<m.bits | uint64(t)) & mask
			keys = append(keys, key)
		}
		keys = append(keys, (key<<m.bits|eos)&mask)
	}
	sortKeys(keys, m.kind.Order*m.bits)
	return keys
}

// mask covers n tokens of a key.
func (m *Model) mask(n int) uint64 {
	if n*m.bits >= 64 {
		return math.MaxUint64
	}
	return 1<<(n*m.bits) - 1
}

// sortKeys sorts keys of so many bits by radix, which is several times faster here than comparing.
func sortKeys(keys []uint64, width int) {
	const radix = 11
	from, to := keys, make([]uint64, len(keys))
	for shift := 0; shift < width; shift += radix {
		var at [1 << radix]int
		for _, k := range from {
			at[k>>shift&(1<<radix-1)]++
		}
		sum := 0
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for _, k := range from {
			digit := k >> shift & (1<<radix - 1)
			to[at[digit]] = k
			at[digit]++
		}
		from, to = to, from
	}
	if len(keys) > 0 && &from[0] != &keys[0] {
		copy(keys, from)
	}
}

// count turns sorted keys into grams.
func count(keys []uint64) []gram {
	var grams []gram
	for i := 0; i < len(keys); {
		j := i + 1
		for j < len(keys) && keys[j] == keys[i] {
			j++
		}
		grams = append(grams, gram{keys[i], uint32(j - i)})
		i = j
	}
	return grams
}

// shorten drops the first token of each gram. Witten-Bell adds up the counts, Kneser-Ney counts the different first tokens.
func (m *Model) shorten(grams []gram, n int) []gram {
	if n == 0 {
		return nil
	}
	mask := m.mask(n)
	short := make([]gram, len(grams))
	for i, g := range grams {
		short[i] = gram{g.key & mask, 1}
		if m.kind.Smoothing == WittenBell {
			short[i].count = g.count
		}
	}
	slices.SortFunc(short, func(a, b gram) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return 0
	})
	out := short[:0]
	for _, g := range short {
		if last := len(out) - 1; last >= 0 && out[last].key == g.key {
			out[last].count += g.count
		} else {
			out = append(out, g)
		}
	}
	return out
}

// level smooths sorted grams of one order.
func (m *Model) level(grams []gram) level {
	l := level{tokens: make([]uint16, len(grams)), shares: make([]float32, len(grams))}
	discounts := discount(grams)
	for i := 0; i < len(grams); {
		context := grams[i].key >> m.bits
		end, total := i, 0.0
		for end < len(grams) && grams[end].key>>m.bits == context {
			total += float64(grams[end].count)
			end++
		}
		if m.kind.Smoothing == WittenBell {
			total += float64(end - i)
		}
		rest := 1.0
		for at := i; at < end; at++ {
			n := float64(grams[at].count)
			if m.kind.Smoothing == KneserNey {
				n -= discounts[min(grams[at].count, 3)]
			}
			share := float32(n / total)
			rest -= float64(share)
			l.tokens[at] = uint16(grams[at].key & m.mask(1))
			l.shares[at] = share
		}
		l.contexts = append(l.contexts, context)
		l.starts = append(l.starts, uint32(i))
		l.backoff = append(l.backoff, rest)
		i = end
	}
	l.starts = append(l.starts, uint32(len(grams)))
	return l
}

// discount gives what Chen and Goodman take from counts of one, two, and three or more, estimated from how many grams have the
// counts one to four. Where a text is too small to tell, it falls back to half a count.
func discount(grams []gram) [4]float64 {
	var n [5]float64
	for _, g := range grams {
		if g.count <= 4 {
			n[g.count]++
		}
	}
	var d [4]float64
	y := n[1] / (n[1] + 2*n[2])
	for c := 1; c <= 3; c++ {
		d[c] = float64(c) - float64(c+1)*y*n[c+1]/n[c]
		if !(d[c] > 0 && d[c] < float64(c)) { // also when a figure is missing and d is not a number
			d[c] = 0.5
		}
	}
	return d
}

// Info describes the model.
func (m *Model) Info() model.Info {
	params := 0
	for _, l := range m.levels {
		params += len(l.shares) + len(l.backoff)
	}
	return model.Info{Name: m.kind.Name, Trained: m.trained, Params: params}
}

// Tokenizer returns the tokenizer whose tokens the model knows.
func (m *Model) Tokenizer() model.Tokenizer { return m.tokenizer }

// next writes the probability of every token after a context into probs.
func (m *Model) next(context []int32, probs []float64) {
	for t := range probs {
		probs[t] = 1 / float64(len(probs))
	}
	var key uint64
	for n := range m.levels {
		if n > 0 { // the context grows by one token to the left
			at := len(context) - n
			before := m.tokenizer.EOS()
			if at >= 0 {
				before = context[at]
			} else if at < -1 {
				return // one EOS tells the beginning of a text; more of them tell no more
			}
			key |= uint64(before) << ((n - 1) * m.bits)
		}
		l := &m.levels[n]
		i, found := slices.BinarySearch(l.contexts, key)
		if !found {
			return // a longer context was not seen either
		}
		backoff := l.backoff[i]
		for t := range probs {
			probs[t] *= backoff
		}
		for at := l.starts[i]; at < l.starts[i+1]; at++ {
			probs[l.tokens[at]] += float64(l.shares[at])
		}
	}
}

// Forward answers a batch.
func (m *Model) Forward(ctx context.Context, in model.Batch, want model.Want) (*model.Output, error) {
	if err := model.Check(in, want, m.tokenizer.Size()); err != nil {
		return nil, err
	}
	out := &model.Output{}
	probs := make([]float64, m.tokenizer.Size())
	for i, row := range in.Tokens {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if want.TopK > 0 {
			m.next(row, probs)
			out.Next = append(out.Next, model.Top(probs, want.TopK))
		}
		if want.Targets != nil {
			text := slices.Concat(row, want.Targets[i])
			logs := make([]float64, len(want.Targets[i]))
			for j, target := range want.Targets[i] {
				m.next(text[:len(row)+j], probs)
				logs[j] = math.Log(probs[target])
			}
			out.LogProbs = append(out.LogProbs, logs)
		}
	}
	return out, nil
}

const defaultMaxTokens = 64

// Generate continues a prompt.
func (m *Model) Generate(ctx context.Context, prompt []int32, s model.Sampling) iter.Seq2[model.Piece, error] {
	return func(yield func(model.Piece, error) bool) {
		if err := m.checkSampling(prompt, s); err != nil {
			yield(model.Piece{}, err)
			return
		}
		if s.MaxTokens == 0 {
			s.MaxTokens = defaultMaxTokens
		}
		rng := rand.New(rand.NewPCG(s.Seed, 0))
		text := slices.Clone(prompt)
		probs := make([]float64, m.tokenizer.Size())
		for range s.MaxTokens {
			if err := ctx.Err(); err != nil {
				yield(model.Piece{}, err)
				return
			}
			m.next(text, probs)
			token := draw(probs, s, rng)
			if token == m.tokenizer.EOS() {
				return
			}
			text = append(text, token)
			if !yield(model.Piece{Token: token, Text: string(m.tokenizer.TokenBytes(token))}, nil) {
				return
			}
		}
	}
}

func (m *Model) checkSampling(prompt []int32, s model.Sampling) error {
	if err := model.Check(model.Batch{Tokens: [][]int32{prompt}}, model.Want{}, m.tokenizer.Size()); err != nil {
		return err
	}
	if s.MaxTokens < 0 || s.TopK < 0 {
		return fmt.Errorf("%d tokens out of the top %d wanted, want 0 or more", s.MaxTokens, s.TopK)
	}
	if !(s.Temperature >= 0) || math.IsInf(s.Temperature, 1) {
		return errors.New("temperature must be 0 or a positive number")
	}
	return nil
}

// draw picks a token by its probability to the power 1/temperature.
func draw(probs []float64, s model.Sampling, rng *rand.Rand) int32 {
	k := s.TopK
	if s.Temperature == 0 {
		k = 1
	} else if k == 0 {
		k = len(probs)
	}
	top := model.Top(probs, k)
	if k == 1 {
		return top.Tokens[0]
	}
	var sum float64
	for i, p := range top.Probs {
		// The most probable token has weight 1, so that no temperature underflows all of them.
		top.Probs[i] = math.Pow(p/top.Probs[0], 1/s.Temperature)
		if i == 0 {
			top.Probs[i] = 1
		}
		sum += top.Probs[i]
	}
	left := rng.Float64() * sum
	for i, p := range top.Probs {
		if left -= p; left < 0 {
			return top.Tokens[i]
		}
	}
	return top.Tokens[0] // rounding left nothing to draw from
}
