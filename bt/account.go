package bt

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/myelin-go/myelin/internal/hash"
)

// SS58Prefix is the network prefix under which Subtensor prints addresses (42, the generic Substrate one).
const SS58Prefix = 42

// AccountID is a 32-byte account: the public key of an sr25519 or ed25519 key, or a hash that names a keyless account.
type AccountID [32]byte

// String prints the account as an SS58 address with prefix 42.
func (a AccountID) String() string { return EncodeSS58(a, SS58Prefix) }

// MarshalText prints the SS58 address, so that JSON shows accounts as every Bittensor tool does.
func (a AccountID) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what ParseAccount reads.
func (a *AccountID) UnmarshalText(text []byte) error {
	v, err := ParseAccount(string(text))
	if err != nil {
		return err
	}
	*a = v
	return nil
}

// IsZero tells whether a is the zero account, which owns nothing by a key and marks "nobody" in several places upstream.
func (a AccountID) IsZero() bool { return a == AccountID{} }

// Compare orders accounts by their bytes.
func (a AccountID) Compare(b AccountID) int { return bytes.Compare(a[:], b[:]) }

// ParseAccount reads an SS58 address of any prefix, or 0x and 64 hex digits.
func ParseAccount(s string) (AccountID, error) {
	if strings.HasPrefix(s, "0x") {
		var a AccountID
		raw, err := hex.DecodeString(s[2:])
		if err != nil {
			return AccountID{}, fmt.Errorf("account %q is not hex: %w", s, err)
		}
		if len(raw) != len(a) {
			return AccountID{}, fmt.Errorf("account %q has %d bytes, want %d", s, len(raw), len(a))
		}
		copy(a[:], raw)
		return a, nil
	}
	a, _, err := DecodeSS58(s)
	return a, err
}

const base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

var ss58Context = []byte("SS58PRE")

// maxSS58Prefix is the largest prefix that the two-byte form can hold.
const maxSS58Prefix = 1<<14 - 1

// EncodeSS58 prints an account with a network prefix of at most 14 bits; larger prefixes lose their upper bits.
func EncodeSS58(a AccountID, prefix uint16) string {
	prefix &= maxSS58Prefix
	raw := make([]byte, 0, 2+len(a)+2)
	if prefix < 64 {
		raw = append(raw, byte(prefix))
	} else {
		raw = append(raw, byte(prefix&0xfc>>2)|0x40, byte(prefix>>8)|byte(prefix&3)<<6)
	}
	raw = append(raw, a[:]...)
	sum := ss58Checksum(raw)
	return encodeBase58(append(raw, sum[:2]...))
}

// ErrSS58 is wrapped by every error of DecodeSS58.
var ErrSS58 = errors.New("not an SS58 address")

// DecodeSS58 reads an address with any one- or two-byte prefix and returns both.
func DecodeSS58(s string) (AccountID, uint16, error) {
	const longest = 64 // 36 bytes print to at most 50 characters; refuse early, before quadratic work
	if len(s) > longest {
		return AccountID{}, 0, fmt.Errorf("%w: %d characters, at most %d", ErrSS58, len(s), longest)
	}
	raw, err := decodeBase58(s)
	if err != nil {
		return AccountID{}, 0, fmt.Errorf("%w: %q %w", ErrSS58, s, err)
	}
	var prefix uint16
	head := 1
	switch {
	case len(raw) == 0:
		return AccountID{}, 0, fmt.Errorf("%w: empty", ErrSS58)
	case raw[0] < 64:
		prefix = uint16(raw[0])
	case raw[0] < 128 && len(raw) > 1:
		head = 2
		prefix = uint16(raw[0]&0x3f)<<2 | uint16(raw[1]>>6) | uint16(raw[1]&0x3f)<<8
		if prefix < 64 {
			return AccountID{}, 0, fmt.Errorf("%w: %q has prefix %d in the two-byte form", ErrSS58, s, prefix)
		}
	default:
		return AccountID{}, 0, fmt.Errorf("%w: %q has a reserved prefix byte %d", ErrSS58, s, raw[0])
	}
	var a AccountID
	if want := head + len(a) + 2; len(raw) != want {
		return AccountID{}, 0, fmt.Errorf("%w: %q holds %d bytes, want %d", ErrSS58, s, len(raw), want)
	}
	body := raw[:head+len(a)]
	sum := ss58Checksum(body)
	if !bytes.Equal(sum[:2], raw[len(body):]) {
		return AccountID{}, 0, fmt.Errorf("%w: %q has a wrong checksum (a mistyped character?)", ErrSS58, s)
	}
	copy(a[:], body[head:])
	return a, prefix, nil
}

func ss58Checksum(raw []byte) [64]byte { return hash.Blake512(ss58Context, raw) }

func encodeBase58(raw []byte) string {
	n := new(big.Int).SetBytes(raw)
	var out []byte
	base, rem := big.NewInt(58), new(big.Int)
	for n.Sign() > 0 {
		n.QuoRem(n, base, rem)
		out = append(out, base58Alphabet[rem.Int64()])
	}
	for i := 0; i < len(raw) && raw[i] == 0; i++ {
		out = append(out, base58Alphabet[0])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

func decodeBase58(s string) ([]byte, error) {
	n, base, digit := new(big.Int), big.NewInt(58), new(big.Int)
	for i := 0; i < len(s); i++ {
		at := strings.IndexByte(base58Alphabet, s[i])
		if at < 0 {
			return nil, fmt.Errorf("has the character %q at %d, which base58 lacks", s[i], i)
		}
		n.Add(n.Mul(n, base), digit.SetInt64(int64(at)))
	}
	zeros := 0
	for zeros < len(s) && s[zeros] == base58Alphabet[0] {
		zeros++
	}
	return append(make([]byte, zeros), n.Bytes()...), nil
}
