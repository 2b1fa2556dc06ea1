// Package beacon brings a beacon's pulses into the blocks that a node makes: it signs the rounds of a chain's own beacon (Local), or fetches those of drand's
// quicknet (Relay). Which rounds are due goes by the time of the block for an own beacon, so that it follows a chain whose clock is set.
//
// It deliberately holds no rule: the pallet (chain/pallets/drand) verifies what comes, from whomever.
package beacon

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/tlock"
)

// Source has the signatures of a beacon's rounds.
type Source interface {
	// Latest is the newest round that a block at a time (milliseconds since 1970) may hold; 0 when there is none. Without blocking.
	Latest(b drand.BeaconConfiguration, now uint64) uint64
	// Signature is that of a round up to Latest; ok is false while it is not at hand. Without blocking.
	Signature(round uint64) (signature []byte, ok bool)
}

// Local signs the rounds of a beacon whose secret key it holds.
type Local struct {
	secret *tlock.SecretKey
	public [tlock.PublicKeySize]byte
}

// NewLocal is the beacon of a seed; see tlock.NewSecretKey.
func NewLocal(seed []byte) (*Local, error) {
	secret, err := tlock.NewSecretKey(seed)
	if err != nil {
		return nil, err
	}
	return &Local{secret: secret, public: secret.Public().Bytes()}, nil
}

// Public is the key that verifies, compressed.
func (l *Local) Public() []byte { return bytes.Clone(l.public[:]) }

// Holds tells whether the key is that of the beacon.
func (l *Local) Holds(b drand.BeaconConfiguration) bool { return bytes.Equal(l.public[:], b.PublicKey) }

// Latest is the round of the time, or 0 when the chain follows another beacon.
func (l *Local) Latest(b drand.BeaconConfiguration, now uint64) uint64 {
	if !l.Holds(b) {
		return 0
	}
	return b.RoundAt(now)
}

// Signature signs a round.
func (l *Local) Signature(round uint64) ([]byte, bool) {
	s := l.secret.Sign(round).Bytes()
	return s[:], true
}

// Writer makes the transactions by which pulses come into a block.
type Writer struct {
	runtime  *chain.Runtime
	beacon   *drand.Pallet
	awaiting []awaiting
	source   Source
	signer   *keys.Pair
}

// awaiting is a pallet that keeps what opens at a round.
type awaiting interface {
	Awaited(c *frame.Ctx) []uint64
}

// NewWriter is a writer for a chain. Its payloads are signed by a key of the moment, as upstream's are by any key of the node's: they prove nothing.
func NewWriter(rt *chain.Runtime, source Source) (*Writer, error) {
	pallet := chain.Pallet[drand.Pallet](rt)
	if pallet == nil {
		return nil, fmt.Errorf("the runtime has no pallet %s", drand.Name)
	}
	signer, err := keys.Generate(keys.Sr25519)
	if err != nil {
		return nil, err
	}
	return &Writer{runtime: rt, beacon: pallet, awaiting: chain.Implementing[awaiting](rt), source: source, signer: signer}, nil
}

// Development is the source for a chain whose beacon is the development beacon of local networks, whose key everybody knows; nil for other chains.
func Development(s genesis.Spec) (Source, error) {
	if s.Beacon == nil || s.Beacon.PublicKey != genesis.DevelopmentBeacon().PublicKey {
		return nil, nil
	}
	return NewLocal([]byte(genesis.DevelopmentSeed))
}

// most is how many rounds a block takes: as many as upstream's nodes bring at once.
const most = 50

// Transactions are what brings the rounds due for a block at a time (milliseconds since 1970), in the order of the rounds.
//
// Every round is brought. Where the chain is more than 50 rounds behind, after a night or a jump in time, only those that somebody waits for, and the newest.
func (w *Writer) Transactions(l *ledger.Ledger, now uint64) ([]*chain.Checked, error) {
	v, err := l.At(l.Head().Hash)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	c := frame.NewCtx(storage.New(v), &frame.Env{Number: v.Header.Number + 1, Now: now}, frame.None())
	var out []*chain.Checked
	for _, round := range w.due(c, now) {
		signature, ok := w.source.Signature(round)
		if !ok {
			break
		}
		out = append(out, w.transaction(c.Env.Number, round, signature))
	}
	return out, nil
}

// due lists the rounds for the next block, in ascending order.
func (w *Writer) due(c *frame.Ctx, now uint64) (rounds []uint64) {
	last := w.beacon.LastRound(c)
	latest := w.source.Latest(w.beacon.Storage.BeaconConfig.Get(c.State), now)
	switch {
	case latest <= last:
		return nil
	case last == 0:
		return []uint64{latest}
	case latest-last <= most:
		for round := last + 1; round <= latest; round++ {
			rounds = append(rounds, round)
		}
		return rounds
	}
	var awaited []uint64
	for _, p := range w.awaiting {
		awaited = append(awaited, p.Awaited(c)...)
	}
	slices.Sort(awaited)
	for _, round := range slices.Compact(awaited) {
		if round > last && round < latest && len(rounds) < most-1 {
			rounds = append(rounds, round)
		}
	}
	return append(rounds, latest)
}

func (w *Writer) transaction(block bt.BlockNumber, round uint64, signature []byte) *chain.Checked {
	random, public := tlock.Randomness(signature), [32]byte(w.signer.Public())
	args := &drand.WritePulse{PulsesPayload: drand.PulsesPayload{
		BlockNumber: block, Pulses: []drand.Pulse{{Round: round, Randomness: random[:], Signature: slices.Clone(signature)}},
		Public: drand.MultiSigner{Sr25519: &public},
	}}
	proof := [64]byte(w.signer.Sign(scale.Marshal(&args.PulsesPayload)))
	args.Signature = scale.Some(bt.MultiSignature{Sr25519: &proof})
	call := frame.RuntimeCall{Pallet: drand.Index, Index: 0, Args: args}
	return &chain.Checked{Raw: w.runtime.Bare(call), Call: call, Info: w.runtime.Table().Info(call)}
}
