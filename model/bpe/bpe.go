// Package bpe is a byte-level byte-pair tokenizer: the 256 bytes, pairs merged in the order in which training found them most
// often, and one token that stands between texts. It embeds a vocabulary of 1,024 tokens trained on the embedded data set, on which
// miners and validators of the text subnet agree.
//
// It deliberately reads no foreign vocabularies.
package bpe

import (
	"container/heap"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// bytesEnd is the first token that is not a single byte.
const bytesEnd = 256

// Tokenizer encodes and decodes with one vocabulary. It never changes and may be shared.
type Tokenizer struct {
	tokens [][]byte // of each token but EOS
	merges map[pair]int32
	id     string
}

type pair struct{ left, right int32 }

//go:embed english-1024.merges
var english string

// English returns the embedded vocabulary: 1,024 tokens.
var English = sync.OnceValue(func() *Tokenizer {
	t, err := Parse(english)
	if err != nil {
		panic(fmt.Sprintf("bpe: embedded vocabulary: %v", err))
	}
	return t
})

// Parse reads a vocabulary as Marshal writes it: a line for each merge, the two merged tokens in decimal with a blank between, each
// below the number of the token that the line makes.
func Parse(text string) (*Tokenizer, error) {
	var merges []pair
	for n := 1; text != ""; n++ {
		line, rest, ended := strings.Cut(text, "\n")
		if !ended {
			return nil, fmt.Errorf("line %d does not end", n)
		}
		text = rest
		left, right, ok := strings.Cut(line, " ")
		if !ok {
			return nil, fmt.Errorf("line %d is %q, want two tokens", n, line)
		}
		var p pair
		var err error
		if p.left, err = parseToken(left); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if p.right, err = parseToken(right); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		merges = append(merges, p)
	}
	return build(merges)
}

func parseToken(s string) (int32, error) {
	v, err := strconv.ParseUint(s, 10, 31)
	if err != nil || strconv.FormatUint(v, 10) != s {
		return 0, fmt.Errorf("%q is not a token", s)
	}
	return int32(v), nil
}

// maxToken bounds the bytes of one token: merges may double their length line by line.
const maxToken = 128

func build(merges []pair) (*Tokenizer, error) {
	t := &Tokenizer{merges: make(map[pair]int32, len(merges))}
	for b := range bytesEnd {
		t.tokens = append(t.tokens, []byte{byte(b)})
	}
	for _, p := range merges {
		next := int32(len(t.tokens))
		if p.left >= next || p.right >= next {
			return nil, fmt.Errorf("token %d is made of %d and %d, want lower ones", next, p.left, p.right)
		}
		if _, twice := t.merges[p]; twice {
			return nil, fmt.Errorf("tokens %d and %d are merged twice", p.left, p.right)
		}
		left, right := t.tokens[p.left], t.tokens[p.right]
		if n := len(left) + len(right); n > maxToken {
			return nil, fmt.Errorf("token %d has %d bytes, at most %d", next, n, maxToken)
		}
		t.merges[p] = next
		t.tokens = append(t.tokens, append(append(make([]byte, 0, len(left)+len(right)), left...), right...))
	}
	digest := sha256.Sum256([]byte(t.Marshal()))
	t.id = "bpe-" + strconv.Itoa(t.Size()) + "-" + hex.EncodeToString(digest[:4])
	return t, nil
}

// Marshal writes the vocabulary as Parse reads it.
func (t *Tokenizer) Marshal() string {
	order := make([]pair, len(t.merges))
	for p, token := range t.merges {
		order[token-bytesEnd] = p
	}
	var b strings.Builder
	for _, p := range order {
		fmt.Fprintf(&b, "%d %d\n", p.left, p.right)
	}
	return b.String()
}

// Size is the number of tokens, EOS included.
func (t *Tokenizer) Size() int { return len(t.tokens) + 1 }

// EOS is the last token.
func (t *Tokenizer) EOS() int32 { return int32(len(t.tokens)) }

// ID names the vocabulary: kind, size and the first bytes of its digest.
func (t *Tokenizer) ID() string { return t.id }

// TokenBytes returns the bytes of one token; nil for EOS and for what is no token.
func (t *Tokenizer) TokenBytes(token int32) []byte {
	if token < 0 || int(token) >= len(t.tokens) {
		return nil
	}
	return t.tokens[token]
}

// Decode joins the bytes of the tokens; EOS and what is no token stand for nothing.
func (t *Tokenizer) Decode(tokens []int32) string {
	var b strings.Builder
	for _, token := range tokens {
		b.Write(t.TokenBytes(token))
	}
	return b.String()
}

// Encode splits the text into words and merges pairs within each, the earliest learnt pair first. Words repeat, so each is merged
// once a call.
func (t *Tokenizer) Encode(text string) []int32 {
	out := make([]int32, 0, len(text)/2)
	known := map[string][]int32{}
	for word := range words(text) {
		tokens, ok := known[word]
		if !ok {
			tokens = t.merge(word)
			known[word] = tokens
		}
		out = append(out, tokens...)
	}
	return out
}

func (t *Tokenizer) merge(word string) []int32 {
	tokens := make([]int32, len(word))
	for i := range len(word) {
		tokens[i] = int32(word[i])
	}
	for len(tokens) > 1 {
		best, at := int32(len(t.tokens)), -1
		for i := range len(tokens) - 1 {
			if next, ok := t.merges[pair{tokens[i], tokens[i+1]}]; ok && next < best {
				best, at = next, i
			}
		}
		if at < 0 {
			break
		}
		tokens[at] = best
		tokens = append(tokens[:at+1], tokens[at+2:]...)
	}
	return tokens
}

// maxWord bounds the work of merging, which grows with the square of a word's length.
const maxWord = 64

// words yields the runs of a text that merging never crosses: letters with the blank before them, digits likewise, line breaks and
// blanks, and runs of anything else.
func words(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for start := 0; start < len(text); {
			end := start
			if text[end] == ' ' && end+1 < len(text) && kind(text[end+1]) != blank {
				end++
			}
			for k := kind(text[end]); end < len(text) && kind(text[end]) == k && end-start < maxWord; {
				end++
			}
			if !yield(text[start:end]) {
				return
			}
			start = end
		}
	}
}

type class int

const (
	blank class = iota
	letter
	digit
	other
)

func kind(b byte) class {
	switch {
	case b == ' ' || b == '\n' || b == '\t' || b == '\r':
		return blank
	case b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0x80: // the bytes of a letter beyond ASCII stay together
		return letter
	case b >= '0' && b <= '9':
		return digit
	}
	return other
}

// Train learns a vocabulary of size tokens (257 or more, bytes and EOS included) from texts: it merges the pair that occurs most
// often, of equally frequent ones the lower, until the size is reached or no pair occurs twice.
func Train(texts []string, size int) (*Tokenizer, error) {
	if size <= bytesEnd {
		return nil, fmt.Errorf("a vocabulary of %d tokens, want at least %d", size, bytesEnd+1)
	}
	counts := map[string]int{}
	for _, text := range texts {
		for word := range words(text) {
			counts[word]++
		}
	}
	if len(counts) == 0 {
		return nil, errors.New("no text to learn a vocabulary from")
	}
	l := learner{freq: map[pair]int{}, where: map[pair][]*entry{}}
	for word, n := range counts {
		e := &entry{n: n}
		for i := range len(word) {
			e.tokens = append(e.tokens, int32(word[i]))
		}
		l.add(e)
	}
	for p, n := range l.freq {
		l.best = append(l.best, candidate{p, n})
	}
	heap.Init(&l.best)
	var merges []pair
	for len(merges) < size-bytesEnd-1 {
		p, ok := l.next()
		if !ok {
			break
		}
		l.apply(p, int32(bytesEnd+len(merges)))
		merges = append(merges, p)
	}
	return build(merges)
}

// entry is a distinct word: its tokens so far, and how often it occurs.
type entry struct {
	tokens []int32
	n      int
}

// learner keeps the frequency of each pair and the words that may hold it. The heap may hold outdated frequencies: next checks.
type learner struct {
	freq  map[pair]int
	where map[pair][]*entry
	best  candidates
}

func (l *learner) add(e *entry) {
	for i := range len(e.tokens) - 1 {
		p := pair{e.tokens[i], e.tokens[i+1]}
		l.freq[p] += e.n
		l.where[p] = append(l.where[p], e)
	}
}

func (l *learner) next() (pair, bool) {
	for len(l.best) > 0 {
		top := heap.Pop(&l.best).(candidate)
		if n := l.freq[top.pair]; n != top.n {
			if n > 1 {
				heap.Push(&l.best, candidate{top.pair, n})
			}
			continue
		}
		return top.pair, top.n > 1
	}
	return pair{}, false
}

// apply rewrites the words that hold p with the new token and counts their pairs anew.
func (l *learner) apply(p pair, token int32) {
	holders := l.where[p]
	delete(l.where, p)
	for _, e := range holders {
		if !holds(e.tokens, p) {
			continue
		}
		for i := range len(e.tokens) - 1 {
			l.freq[pair{e.tokens[i], e.tokens[i+1]}] -= e.n
		}
		out := e.tokens[:0]
		for i := 0; i < len(e.tokens); i++ {
			if i+1 < len(e.tokens) && e.tokens[i] == p.left && e.tokens[i+1] == p.right {
				out = append(out, token)
				i++
			} else {
				out = append(out, e.tokens[i])
			}
		}
		e.tokens = out
		for i := range len(out) - 1 {
			q := pair{out[i], out[i+1]}
			l.freq[q] += e.n
			if q.left == token || q.right == token {
				l.where[q] = append(l.where[q], e)
				heap.Push(&l.best, candidate{q, l.freq[q]})
			}
		}
	}
	delete(l.freq, p)
}

func holds(tokens []int32, p pair) bool {
	for i := range len(tokens) - 1 {
		if tokens[i] == p.left && tokens[i+1] == p.right {
			return true
		}
	}
	return false
}

type candidate struct {
	pair pair
	n    int
}

type candidates []candidate

func (c candidates) Len() int      { return len(c) }
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c candidates) Less(i, j int) bool {
	a, b := c[i], c[j]
	if a.n != b.n {
		return a.n > b.n
	}
	if a.pair.left != b.pair.left {
		return a.pair.left < b.pair.left
	}
	return a.pair.right < b.pair.right
}
func (c *candidates) Push(x any) { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	old := *c
	last := old[len(old)-1]
	*c = old[:len(old)-1]
	return last
}
