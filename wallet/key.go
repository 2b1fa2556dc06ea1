package wallet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
)

// Key is what a keyfile holds: a pair and, when it was made from one, its mnemonic; or a public key alone.
type Key struct {
	pair    *keys.Pair // nil for a public key alone
	phrase  string
	account bt.AccountID
	scheme  keys.Scheme
}

// FromPair is the key of a pair whose mnemonic is not known.
func FromPair(p *keys.Pair) *Key {
	return &Key{pair: p, account: p.Public(), scheme: p.Scheme()}
}

// FromMnemonic is the key of a phrase; its file will hold the phrase too.
func FromMnemonic(scheme keys.Scheme, phrase string) (*Key, error) {
	p, err := keys.FromMnemonic(scheme, phrase, "")
	if err != nil {
		return nil, err
	}
	k := FromPair(p)
	k.phrase = strings.Join(strings.Fields(phrase), " ")
	return k, nil
}

// FromPublic is a public key alone, as coldkeypub.txt holds it.
func FromPublic(scheme keys.Scheme, account bt.AccountID) *Key {
	return &Key{account: account, scheme: scheme}
}

// Pair is the key pair, nil for a public key alone.
func (k *Key) Pair() *keys.Pair { return k.pair }

// Account is the public key.
func (k *Key) Account() bt.AccountID { return k.account }

// Scheme is sr25519 for almost every key, else ed25519.
func (k *Key) Scheme() keys.Scheme { return k.scheme }

// Mnemonic is the phrase that the key was made from, if it is known.
func (k *Key) Mnemonic() (phrase string, known bool) { return k.phrase, k.phrase != "" }

// Public drops the secrets.
func (k *Key) Public() *Key { return FromPublic(k.scheme, k.account) }

// Format prints the address under every verb, never a secret.
func (k *Key) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wallet.Key(%v %v)", k.scheme, k.account) }

// keyJSON is a keyfile's members in the order in which we write them; the official clients write them in any order.
type keyJSON struct {
	AccountID    string `json:"accountId"`
	PublicKey    string `json:"publicKey"`
	PrivateKey   string `json:"privateKey,omitempty"`
	SecretPhrase string `json:"secretPhrase,omitempty"`
	SecretSeed   string `json:"secretSeed,omitempty"`
	SS58Address  string `json:"ss58Address"`
	CryptoType   uint8  `json:"cryptoType"`
}

// Encode writes the JSON of bittensor-wallet 4.1: with secretSeed if the seed is known, with secretPhrase if the phrase is.
func (k *Key) Encode() []byte {
	public := hex0x(k.account[:])
	j := keyJSON{AccountID: public, PublicKey: public, SS58Address: k.account.String(), CryptoType: uint8(k.scheme), SecretPhrase: k.phrase}
	if k.pair != nil {
		j.PrivateKey = hex0x(k.pair.Secret())
		if seed, known := k.pair.Seed(); known {
			j.SecretSeed = hex0x(seed[:])
		}
	}
	raw, err := json.Marshal(j)
	if err != nil {
		panic(err) // strings and a number always marshal
	}
	return raw
}

// ErrKey is wrapped when decrypted keyfile data holds no usable key.
var ErrKey = errors.New("no key in the keyfile's data")

// ParseKey reads a keyfile's decrypted data as the official clients do: the key comes from the first present of secretPhrase, secretSeed,
// privateKey and ss58Address; members of other types count as absent, unknown ones are ignored; without an integer cryptoType the scheme is
// sr25519. As the 2026 SDK does, it also reads a bare phrase, seed or private key, and refuses a stored address that is not the key's.
func ParseKey(data []byte) (*Key, error) {
	data = bytes.TrimSpace(data)
	if !bytes.HasPrefix(data, []byte("{")) {
		return parseBare(string(data))
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, fmt.Errorf("%w: it is not JSON (%d bytes)", ErrKey, len(data)) // the cause would quote what may be secret
	}
	scheme, err := schemeOf(members["cryptoType"])
	if err != nil {
		return nil, err
	}
	text := func(name string) string {
		var s *string
		if json.Unmarshal(members[name], &s) != nil || s == nil {
			return ""
		}
		return *s
	}
	var k *Key
	address := text("ss58Address")
	if s := text("secretPhrase"); s != "" {
		k, err = FromMnemonic(scheme, s)
	} else if s := text("secretSeed"); s != "" {
		k, err = fromSeedText(scheme, s)
	} else if s := text("privateKey"); s != "" {
		k, err = fromPrivateText(scheme, s)
	} else if address == "" {
		return nil, fmt.Errorf("%w: none of secretPhrase, secretSeed, privateKey, ss58Address", ErrKey)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if address != "" {
		account, _, err := bt.DecodeSS58(address)
		if err != nil {
			return nil, fmt.Errorf("%w: ss58Address: %w", ErrKey, err)
		}
		if k == nil {
			return FromPublic(scheme, account), nil
		}
		if account != k.account {
			return nil, fmt.Errorf("%w: it says address %v, but its secret gives %v", ErrKey, account, k.account)
		}
	}
	return k, nil
}

// schemeOf reads cryptoType. Upstream takes 0 and 1, refuses larger integers, and takes whatever is no unsigned integer for sr25519.
func schemeOf(raw json.RawMessage) (keys.Scheme, error) {
	var n *uint64
	if json.Unmarshal(raw, &n) != nil || n == nil {
		return keys.Sr25519, nil
	}
	if *n > uint64(keys.Sr25519) {
		return 0, fmt.Errorf("%w: cryptoType is %d, want 1 (sr25519) or 0 (ed25519)", ErrKey, *n)
	}
	return keys.Scheme(*n), nil
}

// fromSeedText reads 64 hex digits, with or without 0x. bittensor-wallet writes a seed whose bytes happen to be valid UTF-8 as that text
// after 0x, and cannot read it back; this can.
func fromSeedText(scheme keys.Scheme, s string) (*Key, error) {
	var seed [32]byte
	digits := strings.TrimPrefix(s, "0x")
	if len(digits) == len(seed) {
		copy(seed[:], digits)
	} else if n, err := hexInto(seed[:], digits); err != nil {
		return nil, fmt.Errorf("secretSeed: %w", err)
	} else if n != len(seed) {
		return nil, fmt.Errorf("secretSeed has %d bytes, want %d", n, len(seed))
	}
	p, err := keys.FromSeed(scheme, seed)
	if err != nil {
		return nil, err
	}
	return FromPair(p), nil
}

func fromPrivateText(scheme keys.Scheme, s string) (*Key, error) {
	var secret [64]byte
	n, err := hexInto(secret[:], strings.TrimPrefix(s, "0x"))
	if err != nil {
		return nil, fmt.Errorf("privateKey: %w", err)
	}
	var p *keys.Pair
	switch {
	case scheme == keys.Sr25519 && n == 64:
		p, err = keys.FromSecret(secret)
	case scheme == keys.Ed25519 && n == 32, scheme == keys.Sr25519 && n == 32:
		p, err = keys.FromSeed(scheme, [32]byte(secret[:32]))
	default:
		return nil, fmt.Errorf("privateKey has %d bytes, want 64 for sr25519 and 32 for ed25519", n)
	}
	if err != nil {
		return nil, err
	}
	return FromPair(p), nil
}

// parseBare reads a body that is no JSON: a phrase, or hex of a seed or an expanded private key; all sr25519.
func parseBare(s string) (k *Key, err error) {
	digits := strings.TrimPrefix(s, "0x")
	switch {
	case s == "":
		return nil, fmt.Errorf("%w: it is empty", ErrKey)
	case strings.ContainsAny(s, " \t\n"):
		k, err = FromMnemonic(keys.Sr25519, s)
	case len(digits) == 64:
		var seed [32]byte
		if _, err := hexInto(seed[:], digits); err != nil {
			return nil, fmt.Errorf("%w: a bare seed: %w", ErrKey, err)
		}
		k, err = fromSeedText(keys.Sr25519, s)
	case len(digits) == 128:
		k, err = fromPrivateText(keys.Sr25519, s)
	default:
		return nil, fmt.Errorf("%w: %d bytes are neither JSON nor a phrase, seed or private key", ErrKey, len(s))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return k, nil
}

func hex0x(raw []byte) string { return "0x" + hex.EncodeToString(raw) }

// hexInto decodes at most len(dst) bytes; its error quotes nothing, for the digits are secret.
func hexInto(dst []byte, digits string) (int, error) {
	if len(digits)%2 != 0 || len(digits) > 2*len(dst) {
		return 0, fmt.Errorf("%d hex digits, want an even number up to %d", len(digits), 2*len(dst))
	}
	n, err := hex.Decode(dst, []byte(digits))
	if err != nil {
		return 0, errors.New("not hex")
	}
	return n, nil
}
