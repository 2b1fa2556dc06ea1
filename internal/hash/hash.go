// Package hash holds the hash functions of Substrate's storage and wire formats as plain functions over bytes:
// blake2b in two widths, twox (xxhash64 with fixed seeds, little endian) in three, and blake3, which digests of metadata are made of.
//
// It deliberately holds no storage-key logic (chain/storage) and no domain types (bt).
package hash

import (
	"encoding/binary"
	"hash"
	"sync"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/crypto/blake2b"
	"lukechampine.com/blake3"
)

// Blake256 is blake2b with a 32-byte digest and no key: block hashes, transaction hashes, trie nodes.
func Blake256(parts ...[]byte) (out [32]byte) {
	if len(parts) == 1 {
		return blake2b.Sum256(parts[0])
	}
	h, err := blake2b.New256(nil)
	if err != nil {
		panic(err) // only an over-long key makes New256 fail, and there is none
	}
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(out[:0])
	return out
}

// Blake128 is blake2b with a 16-byte digest, as the Blake2_128 storage hashers use it.
func Blake128(data []byte) (out [16]byte) {
	AppendBlake128(out[:0], data)
	return out
}

// AppendBlake128 appends Blake128 of data to dst.
func AppendBlake128(dst, data []byte) []byte {
	h := blake128.Get().(hash.Hash)
	h.Reset()
	h.Write(data)
	dst = h.Sum(dst)
	blake128.Put(h)
	return dst
}

// blake128 keeps states for reuse: this is the hash of every account's storage key, and the library has no form without an allocation.
var blake128 = sync.Pool{New: func() any {
	h, err := blake2b.New(16, nil)
	if err != nil {
		panic(err) // only a wrong size or key makes New fail
	}
	return h
}}

// Blake3 is blake3 with a 32-byte digest and no key: the hash of RFC-78, of nothing else here.
func Blake3(parts ...[]byte) (out [32]byte) {
	if len(parts) == 1 {
		return blake3.Sum256(parts[0])
	}
	h := blake3.New(len(out), nil)
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(out[:0])
	return out
}

// Twox64 is xxhash64 with seed 0, little endian.
func Twox64(data []byte) (out [8]byte) {
	binary.LittleEndian.PutUint64(out[:], xxhash.Sum64(data))
	return out
}

// Twox128 is xxhash64 with seeds 0 and 1, each little endian: the prefix hash of pallets and storage items.
func Twox128(data []byte) (out [16]byte) {
	twox(out[:], data)
	return out
}

// Twox256 is xxhash64 with seeds 0 to 3, each little endian.
func Twox256(data []byte) (out [32]byte) {
	twox(out[:], data)
	return out
}

func twox(out, data []byte) {
	for i := 0; i*8 < len(out); i++ {
		d := xxhash.NewWithSeed(uint64(i))
		d.Write(data)
		binary.LittleEndian.PutUint64(out[i*8:], d.Sum64())
	}
}

// Blake512 is blake2b with a 64-byte digest: the checksum of SS58 addresses.
func Blake512(parts ...[]byte) (out [64]byte) {
	h, err := blake2b.New512(nil)
	if err != nil {
		panic(err)
	}
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(out[:0])
	return out
}

// Blake64 is blake2b with an 8-byte digest: the ids of runtime API groups.
func Blake64(data []byte) (out [8]byte) {
	h, err := blake2b.New(8, nil)
	if err != nil {
		panic(err)
	}
	h.Write(data)
	h.Sum(out[:0])
	return out
}
