package shield

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

// Byte strings of limited lengths; longer ones are refused when they are read.
type (
	EncKey       []byte // at most 2048 bytes; a right one has KeySize
	Ciphertext   []byte // at most 8192
	MigrationKey []byte // at most 128
)

func boundedBytes() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[uint8]()}, {Name: "S"}}}
}

// ScaleName is Substrate's.
func (EncKey) ScaleName() scale.Name { return boundedBytes() }

// ScaleName is Substrate's.
func (Ciphertext) ScaleName() scale.Name { return boundedBytes() }

// ScaleName is Substrate's.
func (MigrationKey) ScaleName() scale.Name { return boundedBytes() }

// EncodeScale writes the length and the bytes.
func (b EncKey) EncodeScale(e *scale.Encoder) { e.ByteSlice(b) }

// EncodeScale writes the length and the bytes.
func (b Ciphertext) EncodeScale(e *scale.Encoder) { e.ByteSlice(b) }

// EncodeScale writes the length and the bytes.
func (b MigrationKey) EncodeScale(e *scale.Encoder) { e.ByteSlice(b) }

// DecodeScale reads what EncodeScale writes.
func (b *EncKey) DecodeScale(d *scale.Decoder) { *b = readBytes(d, 2048) }

// DecodeScale reads what EncodeScale writes.
func (b *Ciphertext) DecodeScale(d *scale.Decoder) { *b = readBytes(d, 8192) }

// DecodeScale reads what EncodeScale writes.
func (b *MigrationKey) DecodeScale(d *scale.Decoder) { *b = readBytes(d, 128) }

func readBytes(d *scale.Decoder, most int) []byte {
	b := d.ByteSlice()
	if len(b) > most {
		d.Invalid("%d bytes, at most %d", len(b), most)
		return nil
	}
	return append([]byte{}, b...)
}

// PendingExtrinsic is an encrypted call that waits to be made.
type PendingExtrinsic struct {
	Who           bt.AccountID
	EncryptedCall Ciphertext
	SubmittedAt   uint32 // block
}

// ScaleName is upstream's.
func (PendingExtrinsic) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_shield::pallet::PendingExtrinsic", Params: []scale.Param{{Name: "T"}}}
}

// The arguments of the calls.
type (
	AnnounceNextKey struct{ EncKey scale.Option[EncKey] }
	SubmitEncrypted struct{ Ciphertext Ciphertext }
	StoreEncrypted  struct{ EncryptedCall Ciphertext }
	SetNumber       struct{ Value uint32 }
	SetWeight       struct{ Value uint64 } // picoseconds of reference time
)

// The fields of the events.
type (
	EncryptedSubmitted struct {
		ID  bt.Hash
		Who bt.AccountID
	}
	ExtrinsicStored struct {
		Index uint32
		Who   bt.AccountID
	}
	AtIndex                 struct{ Index uint32 }
	ExtrinsicDispatchFailed struct {
		Index uint32
		Error frame.DispatchError
	}
	NumberSet struct{ Value uint32 }
	WeightSet struct{ Value uint64 }
)
