package storage

import "github.com/myelin-go/myelin/internal/hash"

// Hasher turns an encoded key into its part of a storage key. The wire code is that of the metadata.
type Hasher interface {
	Blake2_128 | Blake2_256 | Blake2_128Concat | Twox128 | Twox256 | Twox64Concat | Identity
	apply(dst, key []byte) []byte
	Code() HasherCode
}

// HasherCode is a hasher's number in metadata.
type HasherCode uint8

// Skip is the number of bytes in front of the readable key, or -1 when the key cannot be read back.
func (c HasherCode) Skip() int {
	switch c {
	case 2:
		return 16
	case 5:
		return 8
	case 6:
		return 0
	}
	return -1
}

// Hash appends the hashed form of an encoded key.
func (c HasherCode) Hash(dst, key []byte) []byte {
	switch c {
	case 0:
		return Blake2_128{}.apply(dst, key)
	case 1:
		return Blake2_256{}.apply(dst, key)
	case 2:
		return Blake2_128Concat{}.apply(dst, key)
	case 3:
		return Twox128{}.apply(dst, key)
	case 4:
		return Twox256{}.apply(dst, key)
	case 5:
		return Twox64Concat{}.apply(dst, key)
	}
	return Identity{}.apply(dst, key)
}

// The hashers, by upstream's names.
type (
	Blake2_128       struct{}
	Blake2_256       struct{}
	Blake2_128Concat struct{}
	Twox128          struct{}
	Twox256          struct{}
	Twox64Concat     struct{}
	Identity         struct{}
)

// Code is the number in metadata.
func (Blake2_128) Code() HasherCode { return 0 }

// Code is the number in metadata.
func (Blake2_256) Code() HasherCode { return 1 }

// Code is the number in metadata.
func (Blake2_128Concat) Code() HasherCode { return 2 }

// Code is the number in metadata.
func (Twox128) Code() HasherCode { return 3 }

// Code is the number in metadata.
func (Twox256) Code() HasherCode { return 4 }

// Code is the number in metadata.
func (Twox64Concat) Code() HasherCode { return 5 }

// Code is the number in metadata.
func (Identity) Code() HasherCode { return 6 }

func (Blake2_128) apply(dst, key []byte) []byte {
	h := hash.Blake128(key)
	return append(dst, h[:]...)
}

func (Blake2_256) apply(dst, key []byte) []byte {
	h := hash.Blake256(key)
	return append(dst, h[:]...)
}

func (Blake2_128Concat) apply(dst, key []byte) []byte {
	return append(Blake2_128{}.apply(dst, key), key...)
}

func (Twox128) apply(dst, key []byte) []byte {
	h := hash.Twox128(key)
	return append(dst, h[:]...)
}

func (Twox256) apply(dst, key []byte) []byte {
	h := hash.Twox256(key)
	return append(dst, h[:]...)
}

func (Twox64Concat) apply(dst, key []byte) []byte {
	h := hash.Twox64(key)
	return append(append(dst, h[:]...), key...)
}

func (Identity) apply(dst, key []byte) []byte { return append(dst, key...) }
