package storage

import "github.com/myelin-go/myelin/internal/hash"

// Hasher turns an encoded key into its part of a storage key. The wire code is that of the metadata.
type Hasher interface {
	Blake2_128 | Blake2_256 | Blake2_128Concat | Twox128 | Twox256 | Twox64Concat | Identity
	Code() HasherCode
}

// HasherCode is a hasher's number in metadata.
type HasherCode uint8

const blake128Concat HasherCode = 2

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
	at := len(dst)
	return c.seal(append(c.open(dst), key...), at)
}

// open appends room for a hash, behind which the encoded key goes; seal then makes the hashed form of it.
func (c HasherCode) open(dst []byte) []byte {
	var room [32]byte
	switch c {
	case 0, 2, 3:
		return append(dst, room[:16]...)
	case 1, 4:
		return append(dst, room[:]...)
	case 5:
		return append(dst, room[:8]...)
	}
	return dst
}

// seal hashes what stands behind the room that open made at the byte at.
func (c HasherCode) seal(dst []byte, at int) []byte {
	switch c {
	case 0:
		hash.AppendBlake128(dst[:at], dst[at+16:])
		return dst[:at+16]
	case 1:
		h := hash.Blake256(dst[at+32:])
		return append(dst[:at], h[:]...)
	case 2:
		hash.AppendBlake128(dst[:at], dst[at+16:])
	case 3:
		h := hash.Twox128(dst[at+16:])
		return append(dst[:at], h[:]...)
	case 4:
		h := hash.Twox256(dst[at+32:])
		return append(dst[:at], h[:]...)
	case 5:
		h := hash.Twox64(dst[at+8:])
		copy(dst[at:], h[:])
	}
	return dst
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
func (Blake2_128Concat) Code() HasherCode { return blake128Concat }

// Code is the number in metadata.
func (Twox128) Code() HasherCode { return 3 }

// Code is the number in metadata.
func (Twox256) Code() HasherCode { return 4 }

// Code is the number in metadata.
func (Twox64Concat) Code() HasherCode { return 5 }

// Code is the number in metadata.
func (Identity) Code() HasherCode { return 6 }
