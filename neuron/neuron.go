// Package neuron holds what the miners and validators of the text subnet agree on: the question that travels between them, and
// what they need of the chain. The loops live in neuron/miner and neuron/validator, the judgement in neuron/scoring.
//
// It deliberately knows the chain only through the interface Chain, which neuron/onchain gives on top of the RPC client.
package neuron

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/neuron/scoring"
)

// NextToken asks for the distribution of the next token after each of several contexts. The caller signs what it asks. The
// contexts of one question come from places that do not overlap, so none tells what follows another.
//
// As a Python class: NextToken with the fields vocabulary: str, contexts: list[list[int]], top_k: int, all three required and
// hashed, and tokens: list[list[int]] = [], probs: list[list[float]] = [].
type NextToken struct {
	// Vocabulary is the tokenizer's ID; a miner refuses a question in a vocabulary it does not know.
	Vocabulary string    `json:"vocabulary" synapse:"required,hash"`
	Contexts   [][]int32 `json:"contexts" synapse:"required,hash"`
	// TopK is the most tokens that the answer may name for a context.
	TopK int `json:"top_k" synapse:"required,hash"`

	// Tokens and Probs are the answer, a row a context: tokens named and the probability of each. What they leave to one is
	// spread evenly over the tokens not named.
	Tokens [][]int32   `json:"tokens"`
	Probs  [][]float64 `json:"probs"`
}

// Bounds of a question, which miners enforce.
const (
	MaxContexts = 64
	MaxContext  = 256 // tokens
	MaxTopK     = 1024
)

// Check tells a miner what is wrong with a question about a vocabulary of size tokens named id.
func (n *NextToken) Check(id string, size int) error {
	switch {
	case n.Vocabulary != id:
		return fmt.Errorf("vocabulary %q is not served, only %q", n.Vocabulary, id)
	case len(n.Contexts) == 0 || len(n.Contexts) > MaxContexts:
		return fmt.Errorf("%d contexts, want 1 to %d", len(n.Contexts), MaxContexts)
	case n.TopK < 1 || n.TopK > MaxTopK:
		return fmt.Errorf("top %d tokens wanted, want 1 to %d", n.TopK, MaxTopK)
	}
	for i, c := range n.Contexts {
		if len(c) > MaxContext {
			return fmt.Errorf("context %d has %d tokens, at most %d", i, len(c), MaxContext)
		}
		for _, t := range c {
			if t < 0 || int(t) >= size {
				return fmt.Errorf("context %d: token %d is not in the vocabulary of %d", i, t, size)
			}
		}
	}
	return nil
}

// Answers gives the answer in the form in which it is scored.
func (n *NextToken) Answers() ([]scoring.Answer, error) {
	if len(n.Tokens) != len(n.Probs) {
		return nil, fmt.Errorf("%d rows of tokens with %d of probabilities", len(n.Tokens), len(n.Probs))
	}
	out := make([]scoring.Answer, len(n.Tokens))
	for i := range out {
		out[i] = scoring.Answer{Tokens: n.Tokens[i], Probs: n.Probs[i]}
	}
	return out, nil
}

// Peer is one neuron of the subnet as the chain shows it.
type Peer struct {
	UID    bt.UID
	Hotkey bt.AccountID
	// Stake is what counts for its weight in consensus, in units of 1e-9.
	Stake uint64
	// Permit tells whether it may set weights.
	Permit bool
	// LastUpdate is the block of its last weights, or of its registration.
	LastUpdate bt.BlockNumber
	// Axon is where it serves; not valid when it serves nowhere.
	Axon netip.AddrPort
}

// Subnet is the subnet at one block.
type Subnet struct {
	Block bt.BlockNumber
	// Tempo is the number of blocks from one epoch to the next.
	Tempo uint16
	// WeightsRateLimit is the least number of blocks between two settings of weights by one neuron.
	WeightsRateLimit uint64
	// Peers holds all neurons in the order of their uids.
	Peers []Peer
}

// Find returns the neuron of a hotkey.
func (s *Subnet) Find(hotkey bt.AccountID) (Peer, bool) {
	for _, p := range s.Peers {
		if p.Hotkey == hotkey {
			return p, true
		}
	}
	return Peer{}, false
}

// Chain is what one neuron needs of the chain: its subnet, and calls on behalf of its own keys. Each call returns once the chain
// has executed the extrinsic, or failed to, or ctx ended. It is safe for concurrent use.
type Chain interface {
	Subnet(ctx context.Context) (*Subnet, error)
	// Register makes the neuron's hotkey a member of the subnet and pays for it.
	Register(ctx context.Context) error
	// ServeAxon publishes where the neuron's axon is reached.
	ServeAxon(ctx context.Context, at netip.AddrPort) error
	// SetWeights sets the neuron's weights, in the form that scoring.Emit gives.
	SetWeights(ctx context.Context, uids []bt.UID, weights []uint16) error
}
