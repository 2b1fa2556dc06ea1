// Package pow is the registration puzzle: a hotkey enters a subnet without paying if somebody finds a nonce whose seal
// is small enough. Two seals exist: the old one, of the calls register and faucet, and the one of pow_register, which also
// binds the subnet and the coldkey.
//
// Both are keccak-256 of SHA-256 of a prefix and the nonce; they meet a difficulty when the seal, read as an integer, times
// the difficulty is below 2^256. The integer is big-endian in the chain until May 2025 and in the clients that solved
// for it, and little-endian since (subtensor aedad2e8e) and in pow_register.
//
// Not here: the search for nonces, how the difficulty moves (emission.PriceRule), and the rules about the age and reuse of
// work.
package pow

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"golang.org/x/crypto/sha3"
)

// Seal is the outcome of one try.
type Seal [32]byte

// Meets reports whether the seal, read as a little-endian integer, passes at a difficulty. Everything passes at 0 and 1.
func (s Seal) Meets(difficulty uint64) bool {
	var carry uint64
	for i := 0; i < len(s); i += 8 {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(s[i:]), difficulty)
		_, c := bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return carry == 0
}

// MeetsBigEndian is Meets with the seal read as a big-endian integer.
func (s Seal) MeetsBigEndian(difficulty uint64) bool {
	slices.Reverse(s[:])
	return s.Meets(difficulty)
}

// EffectiveDifficulty is the difficulty in force: the stored one within its bounds, each of which counts as 1 at least;
// the floor beats the ceiling.
func EffectiveDifficulty(difficulty, lowest, highest uint64) uint64 {
	lowest = max(1, lowest)
	return min(max(lowest, difficulty), max(lowest, highest))
}

// registerTag opens the message of pow_register.
const registerTag = "subtensor-pow-register-v1"

const (
	nonceSize    = 8
	legacySize   = nonceSize + 32
	registerSize = len(registerTag) + 2 + 3*32 + nonceSize
)

// Puzzle is all of a message but the nonce. The zero value is no puzzle: make one with Legacy or Register.
type Puzzle struct {
	message [registerSize]byte
	size    int // of the message
	nonce   int // where the nonce stands
}

// Legacy is the puzzle of the calls register and faucet: the nonce, then the hash of the block's hash and the account (the
// hotkey; for the faucet the coldkey).
func Legacy(blockHash, account [32]byte) Puzzle {
	p := Puzzle{size: legacySize}
	inner := keccak256(blockHash[:], account[:])
	copy(p.message[nonceSize:], inner[:])
	return p
}

// Register is the puzzle of the call pow_register: a fixed tag, the subnet, the hash of the block that the work names, hotkey and
// coldkey, then the nonce.
func Register(netuid uint16, blockHash, hotkey, coldkey [32]byte) Puzzle {
	p := Puzzle{size: registerSize, nonce: registerSize - nonceSize}
	b := append(p.message[:0], registerTag...)
	b = binary.LittleEndian.AppendUint16(b, netuid)
	b = append(b, blockHash[:]...)
	b = append(b, hotkey[:]...)
	copy(p.message[len(b):], coldkey[:])
	return p
}

// Seal tries a nonce.
func (p Puzzle) Seal(nonce uint64) Seal {
	binary.LittleEndian.PutUint64(p.message[p.nonce:], nonce)
	digest := sha256.Sum256(p.message[:p.size])
	return keccak256(digest[:])
}

func keccak256(parts ...[]byte) (out [32]byte) {
	h := sha3.NewLegacyKeccak256()
	for _, part := range parts {
		h.Write(part)
	}
	h.Sum(out[:0])
	return out
}
