package wallet

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/nacl/secretbox"
	"golang.org/x/crypto/scrypt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
)

// polkadotJSON is an account as polkadot-js and the browser extensions export it.
type polkadotJSON struct {
	Encoded  string `json:"encoded"`
	Address  string `json:"address"`
	Encoding struct {
		Content stringList `json:"content"`
		Type    stringList `json:"type"`
		Version string     `json:"version"`
	} `json:"encoding"`
}

// stringList is a list of strings that older exports write as one string.
type stringList []string

func (l *stringList) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*l = stringList{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(l))
}

var (
	pkcs8Head    = []byte{0x30, 0x53, 2, 1, 1, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20}
	pkcs8Divider = []byte{0xa1, 0x23, 3, 0x21, 0}
)

// FromPolkadotJSON opens an account exported by polkadot-js (encoding version 3, sr25519 or ed25519). Neither phrase nor mini secret of
// an sr25519 key can be got back from it.
func FromPolkadotJSON(data []byte, password string) (*Key, error) {
	var j polkadotJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, fmt.Errorf("read polkadot-js account: %w", err)
	}
	if j.Encoding.Version != "3" || len(j.Encoding.Content) != 2 || j.Encoding.Content[0] != "pkcs8" {
		return nil, fmt.Errorf("read polkadot-js account: content %q of version %q, want pkcs8 of version 3", j.Encoding.Content, j.Encoding.Version)
	}
	scheme, err := keys.ParseScheme(j.Encoding.Content[1])
	if err != nil {
		return nil, fmt.Errorf("read polkadot-js account: %w", err)
	}
	raw, err := decodeEncoded(j.Encoded)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(j.Encoding.Type, "none") {
		if !slices.Contains(j.Encoding.Type, "xsalsa20-poly1305") {
			return nil, fmt.Errorf("read polkadot-js account: encrypted by %q, want xsalsa20-poly1305", j.Encoding.Type)
		}
		if raw, err = openPolkadot(raw, password, slices.Contains(j.Encoding.Type, "scrypt")); err != nil {
			return nil, fmt.Errorf("read polkadot-js account: %w", err)
		}
	}
	k, err := parsePKCS8(scheme, raw)
	if err != nil {
		return nil, fmt.Errorf("read polkadot-js account: %w", err)
	}
	if j.Address != "" {
		// An Ethereum-style address is hex of another length; only SS58 can be compared.
		if a, _, err := bt.DecodeSS58(j.Address); err == nil && a != k.account {
			return nil, fmt.Errorf("read polkadot-js account: it says %v, but its secret gives %v", a, k.account)
		}
	}
	return k, nil
}

func decodeEncoded(s string) ([]byte, error) {
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		raw, err := unhex([]byte(digits))
		if err != nil {
			return nil, errors.New("read polkadot-js account: encoded is not hex")
		}
		return raw, nil
	}
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, errors.New("read polkadot-js account: encoded is not base64")
	}
	return raw, nil
}

// openPolkadot decrypts: with scrypt, salt and parameters stand in front; without, the password itself is the key, padded with zeros.
func openPolkadot(raw []byte, password string, withScrypt bool) ([]byte, error) {
	var key [32]byte
	if withScrypt {
		const saltSize, head = 32, 32 + 3*4
		if len(raw) < head {
			return nil, fmt.Errorf("%w: %d bytes, the scrypt parameters need %d", ErrFormat, len(raw), head)
		}
		n, p, r := binary.LittleEndian.Uint32(raw[32:]), binary.LittleEndian.Uint32(raw[36:]), binary.LittleEndian.Uint32(raw[40:])
		// polkadot-js writes n = 2^15 to 2^17; a hostile file must not exhaust memory (128 n r bytes).
		if n < 2 || n&(n-1) != 0 || n > 1<<18 || r != 8 || p == 0 || p > 16 {
			return nil, fmt.Errorf("%w: scrypt parameters n %d, r %d, p %d", ErrFormat, n, r, p)
		}
		derived, err := scrypt.Key([]byte(password), raw[:saltSize], int(n), int(r), int(p), 64)
		if err != nil {
			return nil, fmt.Errorf("derive the scrypt key: %w", err)
		}
		copy(key[:], derived)
		raw = raw[head:]
	} else {
		copy(key[:], password)
	}
	if len(raw) < nonceSize+secretbox.Overhead {
		return nil, fmt.Errorf("%w: %d bytes of ciphertext", ErrFormat, len(raw))
	}
	out, ok := secretbox.Open(nil, raw[nonceSize:], (*[nonceSize]byte)(raw[:nonceSize]), &key)
	if !ok {
		return nil, ErrPassword
	}
	return out, nil
}

// parsePKCS8 reads polkadot-js's fixed form: head, a secret of 64 bytes (or, in old exports, a seed of 32), divider, public key.
func parsePKCS8(scheme keys.Scheme, raw []byte) (*Key, error) {
	body, ok := bytes.CutPrefix(raw, pkcs8Head)
	if !ok {
		return nil, fmt.Errorf("%w: no PKCS #8 head", ErrFormat)
	}
	var secret []byte
	for _, n := range [...]int{64, 32} {
		if len(body) == n+len(pkcs8Divider)+32 && bytes.Equal(body[n:n+len(pkcs8Divider)], pkcs8Divider) {
			secret = body[:n]
		}
	}
	var p *keys.Pair
	var err error
	switch {
	case secret == nil:
		return nil, fmt.Errorf("%w: %d bytes after the PKCS #8 head hold no secret and public key", ErrFormat, len(body))
	case scheme == keys.Sr25519 && len(secret) == 64:
		p, err = keys.FromExpandedEd25519([64]byte(secret))
	default:
		p, err = keys.FromSeed(scheme, [32]byte(secret[:32]))
	}
	if err != nil {
		return nil, err
	}
	if public := bt.AccountID(body[len(body)-32:]); public != p.Public() {
		return nil, fmt.Errorf("its public key is %v, but its secret gives %v", public, p.Public())
	}
	return FromPair(p), nil
}
