// Package bt holds the nouns of Bittensor that the chain and its participants share: accounts and their SS58 form, hashes,
// amounts, indices, headers, extrinsics, eras, axon endpoints. They encode by package scale.
//
// It deliberately holds no behaviour of the chain, no keys (keys), no storage and no network.
package bt

import (
	"encoding/hex"
	"fmt"
)

// Hash is a 32-byte blake2b-256 digest: of a block header, an extrinsic, a trie root.
type Hash [32]byte

// String prints 0x and 64 hex digits.
func (h Hash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// IsZero tells whether h is all zero, the parent hash of genesis.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText prints what String prints.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads 0x and 64 hex digits.
func (h *Hash) UnmarshalText(text []byte) error {
	s := string(text)
	if len(s) != 2+2*len(h) || s[:2] != "0x" {
		return fmt.Errorf("hash %q is not 0x and %d hex digits", s, 2*len(h))
	}
	raw, err := hex.DecodeString(s[2:])
	if err != nil {
		return fmt.Errorf("hash %q: %w", s, err)
	}
	copy(h[:], raw)
	return nil
}

// NetUID names a subnet; 0 is root.
type NetUID uint16

// UID is a neuron's place in its subnet, from 0.
type UID uint16

// MechID names one incentive mechanism of a subnet; the first is 0.
type MechID uint8

// NetUIDIndex is the storage index of one mechanism of one subnet: mechanism * 4096 + netuid.
type NetUIDIndex uint16

// BlockNumber counts blocks from genesis, which is 0.
type BlockNumber = uint32

// Nonce counts the signed extrinsics of an account.
type Nonce = uint32

// Rao is an amount of TAO in its smallest unit: 1 TAO = 1e9 rao.
type Rao uint64

// Alpha is an amount of a subnet's token in its smallest unit: 1 alpha = 1e9 of it.
type Alpha uint64

// Tao is one TAO in rao.
const Tao Rao = 1_000_000_000

// String prints an amount of TAO with nine decimals, without loss: "1.500000000".
func (r Rao) String() string {
	return fmt.Sprintf("%d.%09d", uint64(r)/uint64(Tao), uint64(r)%uint64(Tao))
}

// String prints an amount of alpha with nine decimals, without loss.
func (a Alpha) String() string { return Rao(a).String() }
