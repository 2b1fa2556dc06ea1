package tlock

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
)

// Suite is the only cipher suite there is: AES-256-GCM with a nonce of 12 bytes.
const Suite = "AES_GCM_"

const (
	keySize   = 32
	nonceSize = 12
)

// Ciphertext is a message encrypted to a round.
type Ciphertext struct {
	u bls.G2Affine

	// V and W hold the message's key, sealed to the round.
	V, W [keySize]byte
	// Sealed is the message under AES-256-GCM, with its tag of 16 bytes; Nonce belongs to it.
	Sealed []byte
	Nonce  [nonceSize]byte
	// Suite names the cipher. Nobody looks at it when decrypting.
	Suite []byte
	// extra is what stands behind the nonce within the body.
	extra []byte
}

var (
	// ErrFormat is wrapped when bytes are no ciphertext.
	ErrFormat = errors.New("not a ciphertext")
	// ErrKey is returned when a signature does not open a ciphertext: it is of another round or beacon, or the ciphertext was damaged.
	ErrKey = errors.New("the signature does not open the ciphertext")
)

// ParseCiphertext reads a ciphertext and returns what stands behind it: clients put the round there. The ciphertext shares the memory of raw.
//
// Upstream's library reads V, W and nonce of any length, and fails, or panics, later on when they are not 32, 32 and 12 bytes long; here they are refused.
func ParseCiphertext(raw []byte) (c *Ciphertext, rest []byte, err error) {
	c = &Ciphertext{}
	if len(raw) < PublicKeySize {
		return nil, nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrFormat, len(raw), PublicKeySize)
	}
	if err := readG2(&c.u, raw[:PublicKeySize]); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	r := reader{left: raw[PublicKeySize:]}
	r.fixed("v", c.V[:])
	r.fixed("w", c.W[:])
	body := reader{left: r.bytes("body"), err: r.err}
	c.Suite = r.bytes("cipher suite")
	c.Sealed = body.bytes("sealed message")
	body.fixed("nonce", c.Nonce[:])
	if err := errors.Join(r.err, body.err); err != nil {
		return nil, nil, err
	}
	c.extra = body.left
	return c, r.left, nil
}

// Bytes is the encoding of the ciphertext.
func (c *Ciphertext) Bytes() []byte {
	const word = 8
	u := c.u.Bytes()
	body := word + len(c.Sealed) + word + nonceSize + len(c.extra)
	out := make([]byte, 0, len(u)+2*(word+keySize)+word+body+word+len(c.Suite))
	out = append(out, u[:]...)
	out = appendBytes(out, c.V[:])
	out = appendBytes(out, c.W[:])
	out = binary.LittleEndian.AppendUint64(out, uint64(body))
	out = appendBytes(out, c.Sealed)
	out = append(appendBytes(out, c.Nonce[:]), c.extra...)
	return appendBytes(out, c.Suite)
}

func appendBytes(out, b []byte) []byte {
	return append(binary.LittleEndian.AppendUint64(out, uint64(len(b))), b...)
}

// reader reads arkworks' byte vectors: a length in 8 bytes, little endian, and the bytes. It holds the first error.
type reader struct {
	left []byte
	err  error
}

func (r *reader) bytes(what string) []byte {
	if r.err != nil {
		return nil
	}
	const word = 8
	if len(r.left) < word {
		r.err = fmt.Errorf("%w: it ends at the length of the %s", ErrFormat, what)
		return nil
	}
	n := binary.LittleEndian.Uint64(r.left)
	r.left = r.left[word:]
	if n > uint64(len(r.left)) {
		r.err = fmt.Errorf("%w: %s of %d bytes, %d are left", ErrFormat, what, n, len(r.left))
		return nil
	}
	out := r.left[:n:n]
	r.left = r.left[n:]
	return out
}

func (r *reader) fixed(what string, into []byte) {
	b := r.bytes(what)
	if r.err == nil && len(b) != len(into) {
		r.err = fmt.Errorf("%w: %s of %d bytes, want %d", ErrFormat, what, len(b), len(into))
		return
	}
	copy(into, b)
}

// Encrypt encrypts a message to a round of a beacon. random gives 76 bytes of key material and must be a cryptographic source outside of tests.
func Encrypt(k *PublicKey, round uint64, message []byte, random io.Reader) (*Ciphertext, error) {
	var key, sigma [keySize]byte
	c := &Ciphertext{Suite: []byte(Suite)}
	for _, b := range [][]byte{key[:], sigma[:], c.Nonce[:]} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("random bytes: %w", err)
		}
	}
	r := exponent(&sigma, &key)
	c.u.ScalarMultiplication(&generator, r)
	point := identity(round)
	point.ScalarMultiplication(&point, r)
	shared, err := mask(&point, &k.p)
	if err != nil {
		return nil, err
	}
	hidden := sha256.Sum256(sigma[:])
	c.V, c.W = xor(sigma, shared), xor(key, hidden)
	aead, err := newAEAD(key[:])
	if err != nil {
		return nil, err
	}
	c.Sealed = aead.Seal(nil, c.Nonce[:], message, nil)
	return c, nil
}

// Decrypt opens the ciphertext with the signature of its round. The error wraps ErrKey.
func (c *Ciphertext) Decrypt(s *Signature) ([]byte, error) {
	shared, err := mask(&s.p, &c.u)
	if err != nil {
		return nil, err
	}
	sigma := xor(c.V, shared)
	key := xor(c.W, sha256.Sum256(sigma[:]))
	var u bls.G2Affine
	u.ScalarMultiplication(&generator, exponent(&sigma, &key))
	if !u.Equal(&c.u) {
		return nil, ErrKey
	}
	aead, err := newAEAD(key[:])
	if err != nil {
		return nil, err
	}
	message, err := aead.Open(nil, c.Nonce[:], c.Sealed, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return message, nil
}

// Decrypt opens an encoded ciphertext with the encoded signature of its round. Errors wrap ErrFormat, ErrPoint or ErrKey.
func Decrypt(ciphertext, signature []byte) ([]byte, error) {
	c, _, err := ParseCiphertext(ciphertext)
	if err != nil {
		return nil, err
	}
	s, err := ParseSignature(signature)
	if err != nil {
		return nil, err
	}
	return c.Decrypt(s)
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// exponent is H3 of the scheme: SHA-256 of sigma and key as a big endian number, modulo the order of the groups.
func exponent(sigma, key *[keySize]byte) *big.Int {
	digest := sha256.Sum256(slices.Concat(sigma[:], key[:]))
	n := new(big.Int).SetBytes(digest[:])
	return n.Mod(n, order)
}

// mask is H2 of the scheme: SHA-256 of the pairing of two points, whose twelve coordinates are written in the order of the tower of fields,
// each little endian.
func mask(p *bls.G1Affine, q *bls.G2Affine) (out [keySize]byte, err error) {
	e, err := bls.Pair([]bls.G1Affine{*p}, []bls.G2Affine{*q})
	if err != nil {
		return out, err
	}
	raw := make([]byte, 0, bls.SizeOfGT)
	for _, f := range []*fp.Element{
		&e.C0.B0.A0, &e.C0.B0.A1, &e.C0.B1.A0, &e.C0.B1.A1, &e.C0.B2.A0, &e.C0.B2.A1,
		&e.C1.B0.A0, &e.C1.B0.A1, &e.C1.B1.A0, &e.C1.B1.A1, &e.C1.B2.A0, &e.C1.B2.A1,
	} {
		b := f.Bytes()
		slices.Reverse(b[:])
		raw = append(raw, b[:]...)
	}
	return sha256.Sum256(raw), nil
}

func xor(a, b [keySize]byte) (out [keySize]byte) {
	for i := range out {
		out[i] = a[i] ^ b[i]
	}
	return out
}
