package localnet

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/neuron/miner"
)

// role is what a neuron does.
type role string

const (
	validating role = "validator"
	mining     role = "miner"
)

// member is one neuron of the cast, and the wallet that it has.
type member struct {
	name  string // of the wallet
	role  role
	stake bt.Rao // a validator's own
	fund  bt.Rao // what its coldkey starts with

	model     string // a miner's kind of model
	share     float64
	behaviour miner.Behaviour

	seed uint64 // of its training data and choices
	cold *keys.Pair
	hot  *keys.Pair
}

// kind tells validator or miner and which model, as the table shows it.
func (m *member) kind() string {
	switch {
	case m.role == validating:
		return string(validating)
	case m.behaviour == miner.Honest:
		return fmt.Sprintf("%s %.0f%%", m.model, 100*m.share)
	}
	return fmt.Sprintf("%s %.0f%% %s", m.model, 100*m.share, m.behaviour)
}

// What neurons need: the price of a place rises by a quarter with each one that registers in a row.
const (
	registrationFund = 200 * bt.Tao
	ownerFund        = 3000 * bt.Tao // the lock of a subnet, 1000 TAO, and more
)

// newCast is who lives in the network. Models and shares are chosen so that their order in quality is clear of chance; seed decides which pieces of
// the text each one learns from.
func newCast(seed uint64) ([]*member, error) {
	cast := []*member{
		{name: "validator-1", role: validating, stake: 600 * bt.Tao, fund: ownerFund},
		{name: "validator-2", role: validating, stake: 300 * bt.Tao},
		{name: "validator-3", role: validating, stake: 150 * bt.Tao},
		{name: "miner-1", role: mining, model: "kneser-ney", share: 1},
		{name: "miner-2", role: mining, model: "trigram", share: 0.5},
		{name: "miner-3", role: mining, model: "trigram", share: 0.1},
		{name: "miner-4", role: mining, model: "bigram", share: 0.03},
		{name: "miner-5", role: mining, model: "unigram", share: 0.3},
		{name: "miner-6", role: mining, model: "trigram", share: 0.5, behaviour: miner.Flaky},
		{name: "miner-7", role: mining, model: "trigram", share: 0.5, behaviour: miner.Garbage},
		{name: "miner-8", role: mining, model: "kneser-ney", share: 1, behaviour: miner.Late},
	}
	for _, m := range cast {
		m.fund += registrationFund + m.stake
		var err error
		if m.cold, err = derive(seed, m.name, "coldkey"); err != nil {
			return nil, err
		}
		if m.hot, err = derive(seed, m.name, "hotkey"); err != nil {
			return nil, err
		}
		h := hash.Blake256([]byte(fmt.Sprintf("myelin localnet %d %s", seed, m.name)))
		m.seed = binary.LittleEndian.Uint64(h[:])
	}
	return cast, nil
}

// derive makes the same key for the same seed and name. These keys are as public as //Alice: they hold play money.
func derive(seed uint64, name, which string) (*keys.Pair, error) {
	return keys.FromSeed(keys.Sr25519, hash.Blake256([]byte(fmt.Sprintf("myelin localnet %d %s %s", seed, name, which))))
}

// randomSeed chooses a seed for a network that was not given one; it is told, so that the run can be repeated.
func randomSeed() uint64 { return rand.Uint64() >> 16 }
