package shield

import (
	"crypto/mlkem"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// KeySize is the length of an encapsulation key of ML-KEM-768, in bytes.
const KeySize = mlkem.EncapsulationKeySize768

// Envelope is a ciphertext as submit_encrypted carries it: an ML-KEM-768 ciphertext of a shared secret, and what is encrypted under that with
// XChaCha20-Poly1305.
type Envelope struct {
	KeyHash [16]byte // KeyHash of the encapsulation key
	KemCt   []byte
	AeadCt  []byte
	Nonce   [chacha20poly1305.NonceSizeX]byte
}

// ScaleName is upstream's.
func (Envelope) ScaleName() scale.Name {
	return scale.Name{Path: "stp_shield::shielded_tx::ShieldedTransaction"}
}

// KeyHash names an encapsulation key: the 128-bit xxHash that storage keys are made of.
func KeyHash(key []byte) [16]byte { return hash.Twox128(key) }

// ErrEnvelope is wrapped by the errors of ParseEnvelope.
var ErrEnvelope = errors.New("bad shielded ciphertext")

// ParseEnvelope reads key hash, length of the ML-KEM ciphertext (16 bits, little endian), ML-KEM ciphertext, nonce, and takes the rest for what is encrypted.
func ParseEnvelope(raw []byte) (e Envelope, err error) {
	short := func(what string, want int) (Envelope, error) {
		return Envelope{}, fmt.Errorf("%w: %d bytes left for the %s, want %d", ErrEnvelope, len(raw), what, want)
	}
	if len(raw) < len(e.KeyHash)+2 {
		return short("key hash and a length", len(e.KeyHash)+2)
	}
	copy(e.KeyHash[:], raw)
	n := int(binary.LittleEndian.Uint16(raw[len(e.KeyHash):]))
	if raw = raw[len(e.KeyHash)+2:]; len(raw) < n+len(e.Nonce) {
		return short("ML-KEM ciphertext and nonce", n+len(e.Nonce))
	}
	e.KemCt, raw = raw[:n:n], raw[n:]
	copy(e.Nonce[:], raw)
	e.AeadCt = raw[len(e.Nonce):]
	return e, nil
}

// Bytes is what ParseEnvelope reads.
func (e Envelope) Bytes() []byte {
	out := append([]byte{}, e.KeyHash[:]...)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(e.KemCt)))
	out = append(append(out, e.KemCt...), e.Nonce[:]...)
	return append(out, e.AeadCt...)
}

// Open decrypts the envelope with the secret key.
func (e Envelope) Open(secret *mlkem.DecapsulationKey768) ([]byte, error) {
	shared, err := secret.Decapsulate(e.KemCt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	aead, err := chacha20poly1305.NewX(shared)
	if err != nil {
		return nil, err
	}
	message, err := aead.Open(nil, e.Nonce[:], e.AeadCt, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: it was encrypted with another key, or changed", ErrEnvelope)
	}
	return message, nil
}
