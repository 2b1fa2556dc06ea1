package drand

import (
	"bytes"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/tlock"
)

// Refusal is why a transaction without signature may not be in a block.
type Refusal uint8

// The refusals, named as Substrate names them.
const (
	Accepted  Refusal = iota
	Call              // not a call that goes without signature, or not exactly one pulse
	BadSigner         // the payload is not signed
	BadProof          // the payload's signature is wrong, or the pulse is not the beacon's
	Future            // made for a later block
	Stale             // the round is stored already, or the chain takes no pulse in this block
)

// Verdict is what the pool must know of an accepted transaction.
type Verdict struct {
	Priority  uint64
	Provides  []byte // tag
	Longevity uint64 // blocks
	Propagate bool
}

// VerifyPayload tells whether sig is the sr25519 signature of a message by a key.
type VerifyPayload func(public bt.AccountID, message []byte, sig [64]byte) bool

// Validate judges a call without signature of the pallet, for the pool and again before it goes into a block.
//
// Beyond upstream's checks the pulse itself must be right: signed by the beacon, and its randomness the signature's hash. Pulses cost nothing, so a
// wrong one would take a right one's place in the pool for free, or fill blocks.
func (p *Pallet) Validate(c *frame.Ctx, args any, verify VerifyPayload) (Verdict, Refusal) {
	switch a := args.(type) {
	case *WritePulse:
		if why := verifyPayload(scale.Marshal(&a.PulsesPayload), a.PulsesPayload.Public, a.Signature, verify); why != Accepted {
			return Verdict{}, why
		}
		return p.validatePulses(c, &a.PulsesPayload)
	case *SetBeaconConfig:
		if why := verifyPayload(scale.Marshal(&a.ConfigPayload), a.ConfigPayload.Public, a.Signature, verify); why != Accepted {
			return Verdict{}, why
		}
		return p.validateConfig(c, &a.ConfigPayload)
	}
	return Verdict{}, Call
}

func verifyPayload(message []byte, by MultiSigner, sig scale.Option[bt.MultiSignature], verify VerifyPayload) Refusal {
	s, ok := sig.Get()
	switch {
	case !ok:
		return BadSigner
	case by.Sr25519 == nil || s.Sr25519 == nil || !verify(bt.AccountID(*by.Sr25519), message, *s.Sr25519):
		return BadProof
	}
	return Accepted
}

// tag is a tag of the pool with the pallet's prefix.
func tag(content []byte) []byte {
	const prefix = "DrandOffchainWorker"
	digest := hash.Blake256(content)
	var e scale.Encoder
	e.Compact(uint64(len(prefix)))
	e.Raw([]byte(prefix))
	e.Raw(digest[:])
	return e.Bytes()
}

func (p *Pallet) validatePulses(c *frame.Ctx, a *PulsesPayload) (Verdict, Refusal) {
	const longevity = 3
	s, st := c.State, &p.Storage
	switch {
	case c.Env.Number < a.BlockNumber:
		return Verdict{}, Future
	case len(a.Pulses) != 1:
		return Verdict{}, Call
	case st.NextUnsignedAt.Get(s) > c.Env.Number:
		return Verdict{}, Stale
	}
	pulse := a.Pulses[0]
	if pulse.Round <= st.LastStoredRound.Get(s) {
		return Verdict{}, Stale
	}
	if !p.genuine(c, pulse) {
		return Verdict{}, BadProof
	}
	var e scale.Encoder
	e.Raw([]byte("drand"))
	e.U64(pulse.Round)
	// Lower rounds go first.
	least := p.Constants.UnsignedPriority.Get()
	return Verdict{Priority: least + min(^pulse.Round, ^least), Provides: tag(e.Bytes()), Longevity: longevity}, Accepted
}

// genuine tells whether the beacon has signed the pulse, and the randomness is the signature's.
func (p *Pallet) genuine(c *frame.Ctx, pulse Pulse) bool {
	key, err := tlock.ParsePublicKey(p.Storage.BeaconConfig.Get(c.State).PublicKey)
	if err != nil || len(pulse.Signature) != tlock.SignatureSize {
		return false
	}
	random := tlock.Randomness(pulse.Signature)
	if !bytes.Equal(pulse.Randomness, random[:]) {
		return false
	}
	signature, err := tlock.ParseSignature(pulse.Signature)
	return err == nil && key.Verify(pulse.Round, signature)
}

func (p *Pallet) validateConfig(c *frame.Ctx, a *BeaconConfigurationPayload) (Verdict, Refusal) {
	next := p.Storage.NextUnsignedAt.Get(c.State)
	switch {
	case c.Env.Number < a.BlockNumber:
		return Verdict{}, Future
	case next > a.BlockNumber:
		return Verdict{}, Stale
	}
	var e scale.Encoder
	e.U32(next)
	e.Encode(scale.Marshal(&a.Public))
	return Verdict{Priority: p.Constants.UnsignedPriority.Get(), Provides: tag(e.Bytes()), Longevity: 1, Propagate: true}, Accepted
}
