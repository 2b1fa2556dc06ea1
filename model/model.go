// Package model says what a language model is to the neurons: something that gives the distribution of the next token. The models
// themselves live in rooms below it (model/ngram), the tokenizers too (model/bpe).
//
// It deliberately holds no network, no data and no training: a miner builds its model and serves it, whatever is behind.
package model

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
)

// Tokenizer turns text into tokens 0 … Size-1 and back. It is safe for concurrent use.
type Tokenizer interface {
	// Encode returns the tokens of a text; Decode of them is the text again, byte for byte.
	Encode(text string) []int32
	// Decode returns the bytes of the tokens as a string; tokens out of range and EOS stand for nothing.
	Decode(tokens []int32) string
	// TokenBytes returns the bytes of one token, none for EOS. The slice must not be changed.
	TokenBytes(token int32) []byte
	// Size is the number of tokens, EOS included.
	Size() int
	// EOS is the token that stands between texts. Encode never gives it.
	EOS() int32
	// ID names the vocabulary: tokenizers of one ID agree on every token.
	ID() string
}

// Info describes a model to people.
type Info struct {
	// Name tells the kind, such as "trigram".
	Name string
	// Trained is the number of tokens that the model was trained on.
	Trained int
	// Params is the number of figures that the model keeps.
	Params int
}

// Batch is the input of one pass: independent contexts, of any length, none included.
type Batch struct {
	Tokens [][]int32
}

// Want says what a pass shall give; several things cost one pass.
type Want struct {
	// TopK asks for the most probable next tokens of each context, at most so many; 0 asks for none.
	TopK int
	// Targets asks for the natural log-probability of each of these tokens, one row a context: the first as the next token
	// of the context, each later one after those before it. Nil asks for none.
	Targets [][]int32
}

// Output is what a pass gave, a row a context. What was not wanted is nil.
type Output struct {
	Next     []Distribution
	LogProbs [][]float64
}

// Distribution holds the most probable next tokens, most probable first (of equal ones the lower token first), and their
// probabilities. What is missing to one belongs to the tokens not named.
type Distribution struct {
	Tokens []int32
	Probs  []float64
}

// Sampling says how to continue a text.
type Sampling struct {
	// MaxTokens ends the text after so many tokens; 0 means 64.
	MaxTokens int
	// Temperature flattens (above 1) or sharpens (below 1) the distribution; 0 takes the most probable token each time.
	Temperature float64
	// TopK draws from so many most probable tokens only; 0 means all.
	TopK int
	// Seed makes the drawing repeatable.
	Seed uint64
}

// Piece is one generated token and its text.
type Piece struct {
	Token int32
	Text  string
}

// LanguageModel gives probabilities of what comes next. It is safe for concurrent use.
type LanguageModel interface {
	Info() Info
	Tokenizer() Tokenizer
	// Forward answers a batch. It fails on tokens outside the vocabulary, on a Want that does not fit the batch, and when ctx ends.
	Forward(ctx context.Context, in Batch, want Want) (*Output, error)
	// Generate continues a prompt until EOS, the length wanted, or the end of ctx, which it yields as an error.
	Generate(ctx context.Context, prompt []int32, s Sampling) iter.Seq2[Piece, error]
}

// Check tells what is wrong with a batch and a want for a vocabulary of size tokens, for models to call first.
func Check(in Batch, want Want, size int) error {
	for i, row := range in.Tokens {
		if err := checkTokens(row, size); err != nil {
			return fmt.Errorf("context %d: %w", i, err)
		}
	}
	if want.TopK < 0 {
		return fmt.Errorf("top %d tokens wanted, want 0 or more", want.TopK)
	}
	if want.Targets == nil {
		return nil
	}
	if len(want.Targets) != len(in.Tokens) {
		return fmt.Errorf("%d rows of targets for %d contexts", len(want.Targets), len(in.Tokens))
	}
	for i, row := range want.Targets {
		if err := checkTokens(row, size); err != nil {
			return fmt.Errorf("targets %d: %w", i, err)
		}
	}
	return nil
}

func checkTokens(row []int32, size int) error {
	for _, t := range row {
		if t < 0 || int(t) >= size {
			return fmt.Errorf("token %d is not in the vocabulary of %d", t, size)
		}
	}
	return nil
}

// Top returns the k most probable tokens of a dense distribution, probs[t] being the probability of token t.
func Top(probs []float64, k int) Distribution {
	k = min(k, len(probs))
	if k <= 0 {
		return Distribution{}
	}
	// A heap of the k best so far, the worst of them on top. Tokens come in rising order, so a later one of equal probability is
	// never better.
	heap := make([]int32, k)
	for t := range heap {
		heap[t] = int32(t)
	}
	sift := func(at int) {
		for {
			worst := at
			for child := 2*at + 1; child <= 2*at+2 && child < k; child++ {
				if c, w := heap[child], heap[worst]; probs[c] < probs[w] || probs[c] == probs[w] && c > w {
					worst = child
				}
			}
			if worst == at {
				return
			}
			heap[at], heap[worst] = heap[worst], heap[at]
			at = worst
		}
	}
	for at := k/2 - 1; at >= 0; at-- {
		sift(at)
	}
	for t := k; t < len(probs); t++ {
		if probs[t] > probs[heap[0]] {
			heap[0] = int32(t)
			sift(0)
		}
	}
	slices.SortFunc(heap, func(a, b int32) int {
		return cmp.Or(cmp.Compare(probs[b], probs[a]), cmp.Compare(a, b))
	})
	d := Distribution{Tokens: heap, Probs: make([]float64, k)}
	for i, t := range heap {
		d.Probs[i] = probs[t]
	}
	return d
}
