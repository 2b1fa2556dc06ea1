// Package tlock is timelock encryption: what is encrypted to a round of a beacon can be read once the beacon has signed that round, and not before.
// It holds the beacon's side too, keys that sign rounds and signatures that are verified.
//
// The beacon is drand's of the scheme bls-unchained-g1-rfc9380 (quicknet): BLS12-381, signatures of 48 bytes on G1, public keys of 96 bytes on G2. A round's
// message is SHA-256 of its number in 8 bytes, big endian. Encryption is Boneh and Franklin's with the round's message as identity, for a key of
// AES-256-GCM; the bytes are those of the tle crate (arkworks, compressed), which Bittensor's clients write.
//
// It deliberately knows no clock and no network: which round is due, and where its signature comes from, is for others to say. It is the only room
// that touches the curve.
package tlock

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// The lengths of keys and signatures in bytes.
const (
	PublicKeySize = bls.SizeOfG2AffineCompressed
	SignatureSize = bls.SizeOfG1AffineCompressed
)

// Scheme is drand's name of the scheme.
const Scheme = "bls-unchained-g1-rfc9380"

// signatureDomain separates the scheme's hashes to the curve from others, by RFC 9380.
var signatureDomain = []byte("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_")

// secretDomain separates the seeds of secret keys from other uses of the hash to the field.
var secretDomain = []byte("MYELIN_BEACON_BLS12381_XMD:SHA-256_")

var (
	_, _, _, generator = bls.Generators()
	order              = fr.Modulus()
)

// ErrPoint is wrapped when bytes are no point of the group that they should be of.
var ErrPoint = errors.New("not a point of the group")

// PublicKey verifies a beacon's signatures, and encrypts to its rounds.
type PublicKey struct{ p bls.G2Affine }

// ParsePublicKey reads a compressed public key of exactly 96 bytes. The point at infinity is refused: anybody could sign for it.
func ParsePublicKey(raw []byte) (*PublicKey, error) {
	if len(raw) != PublicKeySize {
		return nil, fmt.Errorf("public key of %d bytes, want %d", len(raw), PublicKeySize)
	}
	k := &PublicKey{}
	if err := readG2(&k.p, raw); err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	if k.p.IsInfinity() {
		return nil, fmt.Errorf("public key: %w: it is the point at infinity", ErrPoint)
	}
	return k, nil
}

// Bytes is the compressed key.
func (k *PublicKey) Bytes() [PublicKeySize]byte { return k.p.Bytes() }

// Signature is a beacon's signature of a round: the key to what was encrypted to that round.
type Signature struct{ p bls.G1Affine }

// ParseSignature reads a compressed signature from the first 48 bytes; what follows is not looked at, as upstream does not. A signature that parses need not be right:
// Verify tells.
func ParseSignature(raw []byte) (*Signature, error) {
	if len(raw) < SignatureSize {
		return nil, fmt.Errorf("signature of %d bytes, want %d", len(raw), SignatureSize)
	}
	s := &Signature{}
	if err := readG1(&s.p, raw[:SignatureSize]); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return s, nil
}

// Bytes is the compressed signature.
func (s *Signature) Bytes() [SignatureSize]byte { return s.p.Bytes() }

// Randomness is what drand publishes as a round's random bytes: SHA-256 of the signature as it is written.
func Randomness(signature []byte) [sha256.Size]byte { return sha256.Sum256(signature) }

// identity is a round's point on G1: what a beacon signs, and what is encrypted to.
func identity(round uint64) bls.G1Affine {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], round)
	message := sha256.Sum256(number[:])
	p, err := bls.HashToG1(message[:], signatureDomain)
	if err != nil { // only for a domain longer than 255 bytes
		panic(fmt.Sprintf("tlock: %v", err))
	}
	return p
}

// Verify tells whether a signature is the beacon's of a round.
func (k *PublicKey) Verify(round uint64, s *Signature) bool {
	var negative bls.G1Affine
	negative.Neg(&s.p)
	ok, err := bls.PairingCheck([]bls.G1Affine{negative, identity(round)}, []bls.G2Affine{generator, k.p})
	return err == nil && ok
}

// SecretKey signs the rounds of a beacon that one party holds alone.
type SecretKey struct{ s big.Int }

// NewSecretKey derives a key from a seed. Whoever knows the seed can read what is encrypted to any round.
func NewSecretKey(seed []byte) (*SecretKey, error) {
	const least = 16 // bytes
	if len(seed) < least {
		return nil, fmt.Errorf("seed of %d bytes, want at least %d", len(seed), least)
	}
	e, err := fr.Hash(seed, secretDomain, 1)
	if err != nil {
		return nil, err
	}
	k := &SecretKey{}
	if e[0].BigInt(&k.s); k.s.Sign() == 0 {
		return nil, errors.New("the seed gives the key 0, take another")
	}
	return k, nil
}

// Public is the key that verifies.
func (k *SecretKey) Public() *PublicKey {
	out := &PublicKey{}
	out.p.ScalarMultiplication(&generator, &k.s)
	return out
}

// Sign signs a round.
func (k *SecretKey) Sign(round uint64) *Signature {
	out, point := &Signature{}, identity(round)
	out.p.ScalarMultiplication(&point, &k.s)
	return out
}

// compressed is the flag in the first byte of a compressed point; without it the library would read longer points too.
const compressed = 0x80

// readG1 reads a compressed point and checks that it is in the group.
func readG1(p *bls.G1Affine, raw []byte) error {
	if raw[0]&compressed == 0 {
		return fmt.Errorf("%w: it is not compressed", ErrPoint)
	}
	if _, err := p.SetBytes(raw); err != nil {
		return fmt.Errorf("%w: %w", ErrPoint, err)
	}
	return nil
}

// readG2 is readG1 for the other group.
func readG2(p *bls.G2Affine, raw []byte) error {
	if raw[0]&compressed == 0 {
		return fmt.Errorf("%w: it is not compressed", ErrPoint)
	}
	if _, err := p.SetBytes(raw); err != nil {
		return fmt.Errorf("%w: %w", ErrPoint, err)
	}
	return nil
}
