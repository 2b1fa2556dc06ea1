package keys

import (
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"github.com/oasisprotocol/curve25519-voi/primitives/merlin"
	"github.com/oasisprotocol/curve25519-voi/primitives/sr25519"
	"github.com/tyler-smith/go-bip39"
	"golang.org/x/crypto/pbkdf2"

	"github.com/myelin-go/myelin/internal/hash"
)

// DevPhrase is the phrase of all development accounts (//Alice, //Bob …) and the phrase of a URI without one. Everybody knows it.
const DevPhrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"

// ErrMnemonic is wrapped when a phrase is not a BIP-39 phrase of English words.
var ErrMnemonic = errors.New("not a mnemonic of 12, 15, 18, 21 or 24 English words with a right checksum")

// NewMnemonic draws a new English phrase of 12, 15, 18, 21 or 24 words.
func NewMnemonic(words int) (string, error) {
	if words < 12 || words > 24 || words%3 != 0 {
		return "", fmt.Errorf("a mnemonic has 12, 15, 18, 21 or 24 words, not %d", words)
	}
	entropy, err := bip39.NewEntropy(words / 3 * 32)
	if err != nil {
		return "", fmt.Errorf("draw entropy for %d words: %w", words, err)
	}
	return bip39.NewMnemonic(entropy)
}

// MiniSecret turns a phrase into the 32 bytes that FromSeed takes, by Substrate's rule: PBKDF2-HMAC-SHA512 (2,048 rounds) over the
// entropy, not over the words as BIP-39 itself has it, salted with "mnemonic" and the password. White space between words may be any.
func MiniSecret(phrase, password string) (seed [32]byte, err error) {
	const rounds = 2048
	words := strings.Fields(phrase)
	if n := len(words); n < 12 || n > 24 || n%3 != 0 {
		return seed, fmt.Errorf("%w: it has %d words", ErrMnemonic, n)
	}
	for i, w := range words {
		if _, ok := bip39.GetWordIndex(w); !ok {
			return seed, fmt.Errorf("%w: word %d of %d is not in the list (words are lower case)", ErrMnemonic, i+1, len(words))
		}
	}
	entropy, err := bip39.EntropyFromMnemonic(strings.Join(words, " "))
	if err != nil {
		return seed, fmt.Errorf("%w: %w", ErrMnemonic, err)
	}
	copy(seed[:], pbkdf2.Key(entropy, []byte("mnemonic"+password), rounds, sha512.Size, sha512.New))
	return seed, nil
}

// FromMnemonic makes the pair of a phrase, with an optional password ("" for none, as every Bittensor wallet has it).
func FromMnemonic(scheme Scheme, phrase, password string) (*Pair, error) {
	seed, err := MiniSecret(phrase, password)
	if err != nil {
		return nil, err
	}
	return FromSeed(scheme, seed)
}

// FromURI makes an sr25519 pair from a secret URI; see FromURIScheme.
func FromURI(uri string) (*Pair, error) { return FromURIScheme(Sr25519, uri) }

// FromURIScheme makes a pair from a Substrate secret URI:
//
//	[phrase | 0x and 64 hex digits] { /soft | //hard } [///password]
//
// Without phrase it is DevPhrase, even for the empty URI. A junction of decimal digits is a number, others are text. A password goes with
// a phrase; beside a hex seed it is ignored, as upstream ignores it. Ed25519 has no soft junctions. Errors never quote the URI.
func FromURIScheme(scheme Scheme, uri string) (*Pair, error) {
	u, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	var p *Pair
	if digits, isHex := strings.CutPrefix(u.phrase, "0x"); isHex {
		var seed [32]byte
		if len(digits) != 2*len(seed) {
			return nil, fmt.Errorf("secret URI: the seed has %d hex digits, want %d", len(digits), 2*len(seed))
		}
		if _, err := hex.Decode(seed[:], []byte(digits)); err != nil {
			return nil, errors.New("secret URI: the seed is not hex")
		}
		p, err = FromSeed(scheme, seed)
	} else {
		p, err = FromMnemonic(scheme, u.phrase, u.password)
	}
	if err != nil {
		return nil, fmt.Errorf("secret URI: %w", err)
	}
	for i, j := range u.path {
		if p, err = p.derive(j); err != nil {
			return nil, fmt.Errorf("secret URI: junction %d of %d: %w", i+1, len(u.path), err)
		}
	}
	return p, nil
}

// junction is one step of a derivation path.
type junction struct {
	code [32]byte // chain code
	hard bool
}

type secretURI struct {
	phrase   string
	path     []junction
	password string
}

// parseURI takes a URI apart. The grammar leaves no choice: the first three slashes in a row begin the password, for no junction has an
// empty name.
func parseURI(uri string) (secretURI, error) {
	body, password, _ := strings.Cut(uri, "///")
	if strings.Contains(password, "\n") {
		return secretURI{}, errors.New("secret URI: the password holds a line break")
	}
	u := secretURI{phrase: DevPhrase, password: password}
	at := strings.IndexByte(body, '/')
	if at < 0 {
		at = len(body)
	}
	if at > 0 {
		u.phrase = body[:at]
	}
	for i := 0; i < at; i++ {
		c := u.phrase[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ' ') {
			return secretURI{}, fmt.Errorf("secret URI: the phrase holds a forbidden character at byte %d", i)
		}
	}
	for rest := body[at:]; rest != ""; {
		name := rest[1:]
		hard := strings.HasPrefix(name, "/")
		if hard {
			name = name[1:]
		}
		end := strings.IndexByte(name, '/')
		if end < 0 {
			end = len(name)
		}
		if end == 0 {
			return secretURI{}, fmt.Errorf("secret URI: junction %d of the path has no name", len(u.path)+1)
		}
		u.path = append(u.path, junction{code: chainCode(name[:end]), hard: hard})
		rest = name[end:]
	}
	return u, nil
}

// chainCode encodes a junction's name: a number as eight bytes little endian, text with its compact length; zeros after, or the hash of
// what is longer than 32 bytes. A leading plus is part of a number, because upstream's number parser takes it.
func chainCode(name string) (code [32]byte) {
	if n, err := strconv.ParseUint(strings.TrimPrefix(name, "+"), 10, 64); err == nil {
		binary.LittleEndian.PutUint64(code[:], n)
		return code
	}
	raw := append(compactLength(len(name)), name...)
	if len(raw) > len(code) {
		return hash.Blake256(raw)
	}
	copy(code[:], raw)
	return code
}

// compactLength is SCALE's compact form of a length below 2^30.
func compactLength(n int) []byte {
	switch {
	case n < 1<<6:
		return []byte{byte(n << 2)}
	case n < 1<<14:
		return binary.LittleEndian.AppendUint16(nil, uint16(n<<2|1))
	}
	return binary.LittleEndian.AppendUint32(nil, uint32(n<<2|2))
}

// derive takes one step: schnorrkel's key derivation for sr25519, a plain hash for ed25519.
func (p *Pair) derive(j junction) (*Pair, error) {
	if p.scheme == Ed25519 {
		if !j.hard {
			return nil, errors.New("ed25519 has no soft junctions (write // for a hard one)")
		}
		const label = "Ed25519HDKD"
		raw := append(compactLength(len(label)), label...)
		return FromSeed(Ed25519, hash.Blake256(append(append(raw, p.seed[:]...), j.code[:]...)))
	}
	t := merlin.NewTranscript("SchnorrRistrettoHDKD")
	t.AppendMessage("sign-bytes", nil)
	t.AppendMessage("chain-code", j.code[:])
	secret := p.Secret()
	if j.hard {
		t.AppendMessage("secret-key", secret[:32])
		var seed [32]byte
		t.ExtractBytes(seed[:], "HDKD-hard")
		child, err := FromSeed(Sr25519, seed)
		if err != nil {
			return nil, err
		}
		// A seed below a soft junction would restore this pair, but upstream forgets it and keyfiles would differ.
		if !p.hasSeed {
			child.seed, child.hasSeed = [32]byte{}, false
		}
		return child, nil
	}
	t.AppendMessage("public-key", p.public[:])
	var wide [scalar.ScalarWideSize]byte
	t.ExtractBytes(wide[:], "HDKD-scalar")
	step, err := scalar.NewFromBytesModOrderWide(wide[:])
	if err != nil {
		return nil, err
	}
	key, err := scalar.NewFromCanonicalBytes(secret[:32])
	if err != nil {
		return nil, err
	}
	var child [64]byte
	if err := key.Add(key, step).ToBytes(child[:32]); err != nil {
		return nil, err
	}
	t.ExtractBytes(make([]byte, 32), "HDKD-chaincode")
	// The nonce seed only has to be secret and fixed to the key. schnorrkel mixes randomness in; without it the same URI gives the
	// same secret, so a keyfile can be compared with its source.
	rng, err := t.BuildRng().RekeyWithWitnessBytes("HDKD-nonce", secret[32:]).RekeyWithWitnessBytes("HDKD-nonce", secret).Finalize(zeros{})
	if err != nil {
		return nil, err
	}
	if _, err := rng.Read(child[32:]); err != nil {
		return nil, err
	}
	sk, err := sr25519.NewSecretKeyFromBytes(child[:])
	if err != nil {
		return nil, err
	}
	return fromSr25519(sk), nil
}

// zeros is an endless source of zero bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
