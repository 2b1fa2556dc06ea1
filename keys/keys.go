// Package keys holds the key pairs of the network and what they sign: sr25519 (the scheme of almost every account), ed25519, and
// the verifying half of ECDSA over secp256k1. It reads mnemonics and Substrate's secret URIs with their derivation paths.
//
// It deliberately holds no files, no passwords of files and no prompts (wallet), no addresses (bt.AccountID prints them) and no
// signed payloads (bt, subtensor).
//
// Verifying is a pure function of its arguments, so the chain may use it. Signing and generating draw from crypto/rand.
package keys

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/oasisprotocol/curve25519-voi/primitives/sr25519"

	"github.com/myelin-go/myelin/bt"
)

// Scheme names a signature scheme by its wire tag in Substrate's MultiSignature.
type Scheme uint8

// The three schemes that an extrinsic may be signed with. Ecdsa can be verified, but there are no Ecdsa pairs here: no Bittensor
// wallet holds one.
const (
	Ed25519 Scheme = 0
	Sr25519 Scheme = 1
	Ecdsa   Scheme = 2
)

// String prints the scheme as Substrate's tools spell it.
func (s Scheme) String() string {
	switch s {
	case Ed25519:
		return "ed25519"
	case Sr25519:
		return "sr25519"
	case Ecdsa:
		return "ecdsa"
	}
	return fmt.Sprintf("scheme(%d)", uint8(s))
}

// ParseScheme reads what String prints for ed25519, sr25519 and ecdsa.
func ParseScheme(name string) (Scheme, error) {
	for _, s := range [...]Scheme{Ed25519, Sr25519, Ecdsa} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("key scheme %q is unknown, want sr25519, ed25519 or ecdsa", name)
}

// Signature is a signature of sr25519 or ed25519. (Those of Ecdsa have 65 bytes; see VerifyEcdsa.)
type Signature [64]byte

// ErrScheme is wrapped when a pair is asked for in a scheme that has none here.
var ErrScheme = errors.New("no key pairs of this scheme, want sr25519 or ed25519")

// Pair is a secret key with its public key. It prints as its address only, whatever the verb, and cannot be compared with ==, so that
// secrets reach neither logs nor variable-time comparison. The zero Pair is not usable.
type Pair struct {
	_       [0]func()
	scheme  Scheme
	public  bt.AccountID
	sr      *sr25519.KeyPair
	ed      ed25519.PrivateKey
	seed    [32]byte
	hasSeed bool
}

// FromSeed makes a pair from 32 secret bytes: the mini secret of sr25519 (expanded in the ed25519 manner, as Substrate does), the
// seed of ed25519.
func FromSeed(scheme Scheme, seed [32]byte) (*Pair, error) {
	switch scheme {
	case Sr25519:
		mini := sr25519.MiniSecretKey(seed)
		p := fromSr25519(mini.ExpandEd25519())
		p.seed, p.hasSeed = seed, true
		return p, nil
	case Ed25519:
		p := &Pair{scheme: Ed25519, ed: ed25519.NewKeyFromSeed(seed[:]), seed: seed, hasSeed: true}
		copy(p.public[:], p.ed[32:])
		return p, nil
	}
	return nil, fmt.Errorf("seed for %v: %w", scheme, ErrScheme)
}

// FromSecret makes an sr25519 pair from its expanded secret in schnorrkel's form: a canonical scalar and a nonce seed, 32 bytes each.
// The mini secret, if there was one, cannot be got back.
func FromSecret(secret [64]byte) (*Pair, error) {
	sk, err := sr25519.NewSecretKeyFromBytes(secret[:])
	if err != nil {
		return nil, fmt.Errorf("expanded sr25519 secret: its first 32 bytes are not a reduced scalar (is this polkadot-js's form? see FromExpandedEd25519): %w", err)
	}
	return fromSr25519(sk), nil
}

// FromExpandedEd25519 makes an sr25519 pair from the form in which polkadot-js keeps one: like FromSecret's, but with the scalar
// multiplied by the cofactor 8.
func FromExpandedEd25519(secret [64]byte) (*Pair, error) {
	if low := secret[0] & 7; low != 0 {
		return nil, fmt.Errorf("expanded secret in ed25519 form: the scalar is %d modulo the cofactor 8, want 0", low)
	}
	var carry byte
	for i := 31; i >= 0; i-- {
		b := secret[i]
		secret[i] = b>>3 | carry
		carry = b << 5
	}
	return FromSecret(secret)
}

func fromSr25519(sk *sr25519.SecretKey) *Pair {
	kp := sk.KeyPair()
	p := &Pair{scheme: Sr25519, sr: kp}
	copy(p.public[:], must(kp.PublicKey().MarshalBinary()))
	return p
}

// Generate makes a new pair from the system's randomness. Its seed is known, its mnemonic is not: for one that can be written down on
// paper use NewMnemonic and FromMnemonic.
func Generate(scheme Scheme) (*Pair, error) {
	var seed [32]byte
	if _, err := io.ReadFull(rand.Reader, seed[:]); err != nil {
		return nil, fmt.Errorf("draw 32 random bytes for a key: %w", err)
	}
	return FromSeed(scheme, seed)
}

// Public is the public key, which is also the account.
func (p *Pair) Public() bt.AccountID { return p.public }

// Scheme tells whether the pair is sr25519 or ed25519.
func (p *Pair) Scheme() Scheme { return p.scheme }

// Seed returns the 32 secret bytes from which FromSeed makes this pair, if they are known: they are not for a pair made from an
// expanded secret or through a soft junction.
func (p *Pair) Seed() (seed [32]byte, known bool) { return p.seed, p.hasSeed }

// Secret returns a copy of the secret key as keyfiles hold it: 64 bytes in schnorrkel's form for sr25519, the 32-byte seed for ed25519.
func (p *Pair) Secret() []byte {
	if p.scheme == Ed25519 {
		return append([]byte(nil), p.seed[:]...)
	}
	return must(p.sr.SecretKey().MarshalBinary())
}

// Sign signs msg as it is; a payload over 256 bytes is hashed by the caller, as the extrinsic format demands. Signatures of sr25519 are
// randomised: two of one message differ.
func (p *Pair) Sign(msg []byte) (sig Signature) {
	if p.scheme == Ed25519 {
		copy(sig[:], ed25519.Sign(p.ed, msg))
		return sig
	}
	s := must(p.sr.Sign(rand.Reader, signingContext.NewTranscriptBytes(msg)))
	copy(sig[:], must(s.MarshalBinary()))
	return sig
}

// Format prints the scheme and address under every verb.
func (p *Pair) Format(f fmt.State, _ rune) {
	if p == nil {
		io.WriteString(f, "keys.Pair(nil)")
		return
	}
	fmt.Fprintf(f, "keys.Pair(%v %v)", p.scheme, p.public)
}

// must unwraps results that fail only when memory or the system's random source is broken, where going on would be worse.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("keys: %v", err))
	}
	return v
}
