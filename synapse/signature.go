package synapse

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
)

// RequestText is what a caller signs with its hotkey: {nonce}.{dendrite hotkey}.{axon hotkey}.{uuid}.{body hash}. The server
// puts in its own hotkey, and the hash that the headers announce.
func RequestText(h *Info, axonHotkey string) []byte {
	return join(nonce(h.Dendrite.Nonce), none(h.Dendrite.Hotkey), axonHotkey, none(h.Dendrite.UUID), none(h.ComputedBodyHash))
}

// ResponseText is what a server signs with its hotkey: {axon nonce}.{dendrite hotkey}.{axon hotkey}.{axon uuid}. It covers
// no part of the answer: it proves only that the server holds its key now.
func ResponseText(h *Info) []byte {
	return join(nonce(h.Axon.Nonce), none(h.Dendrite.Hotkey), none(h.Axon.Hotkey), none(h.Axon.UUID))
}

func join(parts ...string) []byte { return []byte(strings.Join(parts, ".")) }

// none prints an absent value as Python's f-strings do.
func none(s string) string {
	if s == "" {
		return "None"
	}
	return s
}

func nonce(n int64) string {
	if n == 0 {
		return "None"
	}
	return strconv.FormatInt(n, 10)
}

// Sign returns a signature in its header form.
func Sign(key *keys.Pair, msg []byte) string {
	sig := key.Sign(msg)
	return "0x" + hex.EncodeToString(sig[:])
}

// Verify checks a signature in its header form by the sr25519 key that an SS58 address names. As in the official wallet, the
// message may also have been signed between <Bytes> and </Bytes>, as browser extensions do.
func Verify(hotkey string, msg []byte, signature string) error {
	account, err := bt.ParseAccount(hotkey)
	if err != nil {
		return err
	}
	sig, err := ParseSignature(signature)
	if err != nil {
		return err
	}
	if !keys.VerifyMessage(keys.Sr25519, account, msg, sig) {
		return errMismatch
	}
	return nil
}

var errMismatch = errors.New("signature does not fit message and key")

// ParseSignature reads 0x and 128 hex digits.
func ParseSignature(s string) (sig keys.Signature, err error) {
	if len(s) != 2+2*len(sig) || s[:2] != "0x" {
		return sig, fmt.Errorf("signature of %d characters, want 0x and %d hex digits", len(s), 2*len(sig))
	}
	if _, err := hex.Decode(sig[:], []byte(s[2:])); err != nil {
		return keys.Signature{}, fmt.Errorf("signature: %w", err)
	}
	return sig, nil
}
