// Package scoring judges miners of the text subnet: from an answer to a loss, from losses over time to a moving average, from
// averages to the weights that go on the chain.
//
// A miner answers with a distribution over the next token. Only the validator knows which token really came, and computes the loss
// itself; there is nothing in an answer that it must believe. The loss is the cross-entropy in nats. What counts is the gain: how many
// nats better than knowing nothing. No answer, or a malformed one, gains nothing.
//
// The package is arithmetic: it holds no clock, no network and no chain.
package scoring

import (
	"errors"
	"fmt"
	"math"

	"github.com/myelin-go/myelin/bt"
)

// Answer is what a miner says of one context: next tokens with their probabilities. What they leave to one is spread evenly over
// the tokens not named.
type Answer struct {
	Tokens []int32
	Probs  []float64
}

const (
	// MinProb is the least probability that a loss is reckoned with, so that one token costs at most 20.7 nats.
	MinProb = 1e-9
	// slack is how far rounding may take the sum of probabilities beyond one.
	slack = 1e-6
)

// Check tells what is wrong with an answer about a vocabulary of size tokens when at most k were asked for.
func (a Answer) Check(size, k int) error {
	if len(a.Tokens) != len(a.Probs) {
		return fmt.Errorf("%d tokens with %d probabilities", len(a.Tokens), len(a.Probs))
	}
	if most := min(k, size); len(a.Tokens) > most {
		return fmt.Errorf("%d tokens named, at most %d", len(a.Tokens), most)
	}
	sum := 0.0
	named := make([]uint64, (size+63)/64)
	for i, t := range a.Tokens {
		if t < 0 || int(t) >= size {
			return fmt.Errorf("token %d is not in the vocabulary of %d", t, size)
		}
		if named[t/64]>>(t%64)&1 == 1 {
			return fmt.Errorf("token %d is named twice", t)
		}
		named[t/64] |= 1 << (t % 64)
		p := a.Probs[i]
		if !(p >= 0 && p <= 1) { // also when it is not a number
			return fmt.Errorf("token %d has probability %v, want 0 to 1", t, p)
		}
		sum += p
	}
	if sum > 1+slack {
		return fmt.Errorf("probabilities sum to %v, at most 1", sum)
	}
	return nil
}

// Loss is the cross-entropy in nats of a checked answer when target came. It is between 0 and 20.7.
func (a Answer) Loss(target int32, size int) float64 {
	rest := 1.0
	for i, t := range a.Tokens {
		if t == target {
			return loss(a.Probs[i])
		}
		rest -= a.Probs[i]
	}
	return loss(rest / float64(size-len(a.Tokens)))
}

func loss(p float64) float64 { return -math.Log(min(max(p, MinProb), 1)) }

// Gain is the mean, over the contexts of one query, of how many nats the answers are better than knowing nothing. It is negative
// for answers that are worse, at worst as much as knowing everything is better. An error says which answer breaks the rules; a
// miner that gave it gains nothing.
func Gain(answers []Answer, targets []int32, size, k int) (float64, error) {
	if size < 2 {
		return 0, fmt.Errorf("a vocabulary of %d tokens, want 2 or more", size)
	}
	if len(targets) == 0 {
		return 0, errors.New("nothing was asked")
	}
	if len(answers) != len(targets) {
		return 0, fmt.Errorf("%d answers to %d contexts", len(answers), len(targets))
	}
	blind := math.Log(float64(size))
	sum := 0.0
	for i, a := range answers {
		if err := a.Check(size, k); err != nil {
			return 0, fmt.Errorf("answer %d: %w", i, err)
		}
		if t := targets[i]; t < 0 || int(t) >= size {
			return 0, fmt.Errorf("target %d is not in the vocabulary of %d", t, size)
		}
		sum += blind - a.Loss(targets[i], size)
	}
	return max(sum/float64(len(targets)), -blind), nil
}

// Averages keeps the moving average of each miner's gains. It is not safe for concurrent use.
type Averages struct {
	alpha float64
	of    []average // by uid
}

type average struct {
	hotkey bt.AccountID
	sum    float64 // Σ alpha (1-alpha)^age gain
	weight float64 // Σ alpha (1-alpha)^age: what sum is short of for want of history
}

// DefaultAlpha gives the newest gain a weight of one in twenty.
const DefaultAlpha = 0.05

// NewAverages makes averages in which the newest gain has the weight alpha, above 0 and at most 1.
func NewAverages(alpha float64) (*Averages, error) {
	if !(alpha > 0 && alpha <= 1) {
		return nil, fmt.Errorf("alpha is %v, want above 0 and at most 1", alpha)
	}
	return &Averages{alpha: alpha}, nil
}

// Observe adds the gain of the miner that has the uid now. A uid that passed to another hotkey begins anew.
func (a *Averages) Observe(uid bt.UID, hotkey bt.AccountID, gain float64) {
	for int(uid) >= len(a.of) {
		a.of = append(a.of, average{})
	}
	v := &a.of[uid]
	if v.hotkey != hotkey {
		*v = average{hotkey: hotkey}
	}
	v.sum += a.alpha * (gain - v.sum)
	v.weight += a.alpha * (1 - v.weight)
}

// Gain is the average gain of a miner in nats, the first gains weighing as much as the later ones until there is history; 0 for one never
// observed under this hotkey.
func (a *Averages) Gain(uid bt.UID, hotkey bt.AccountID) float64 {
	if int(uid) >= len(a.of) || a.of[uid].hotkey != hotkey || a.of[uid].weight == 0 {
		return 0
	}
	return a.of[uid].sum / a.of[uid].weight
}

// DefaultPower makes a miner with a tenth more gain worth half as much again.
const DefaultPower = 4

// Weights turns gains into weights by raising them to a power (1 or more): better models get clearly more, and what is no better than
// knowing nothing gets 0. The weights have no scale yet; see Emit.
func Weights(gains []float64, power float64) []float64 {
	best := 0.0
	for _, g := range gains {
		best = max(best, g)
	}
	out := make([]float64, len(gains))
	for i, g := range gains {
		if g > 0 {
			out[i] = math.Pow(g/best, power)
		}
	}
	return out
}

// Emit gives weights, indexed by uid, the form in which the chain takes them: divided by the greatest and rounded to parts of
// 65,535, those that come to nothing left out (as the official client does). Both results are empty when no weight is
// positive.
func Emit(weights []float64) (uids []bt.UID, values []uint16) {
	best := 0.0
	for _, w := range weights {
		best = max(best, w)
	}
	for i, w := range weights {
		if !(w > 0) {
			continue
		}
		if v := uint16(math.RoundToEven(w / best * math.MaxUint16)); v > 0 {
			uids = append(uids, bt.UID(i))
			values = append(values, v)
		}
	}
	return uids, values
}
