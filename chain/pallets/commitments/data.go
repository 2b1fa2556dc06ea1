package commitments

import (
	"fmt"
	"reflect"

	"github.com/myelin-go/myelin/scale"
)

// Kind says what a field of a commitment holds.
type Kind uint8

// The kinds of fields. From the hashes on their numbers are those on the wire; raw bytes are numbered there by their length.
const (
	Empty       Kind = 0
	Raw         Kind = 1 // at most MaxRaw bytes
	BlakeTwo256 Kind = 130
	Sha256      Kind = 131
	Keccak256   Kind = 132
	ShaThree256 Kind = 133
	// TimelockEncrypted is a ciphertext that the chain opens once it holds the beacon's Round.
	TimelockEncrypted Kind = 134
	// ResetBondsFlag asks that the bonds of others to the hotkey be forgotten.
	ResetBondsFlag Kind = 135
	BigRaw         Kind = 136 // at most MaxBigRaw bytes
	// TimelockRevealFailed is a ciphertext that could not be opened; only the chain itself makes it.
	TimelockRevealFailed Kind = 137
)

// The most bytes of a field.
const (
	MaxRaw      = 128
	MaxBigRaw   = 512
	MaxTimelock = 1024
	hashSize    = 32
)

// Data is a field of a commitment.
type Data struct {
	Kind  Kind
	Bytes []byte // what is committed, its hash or its ciphertext; nil for kinds without
	Round uint64 // of timelocked fields
}

// Space is what the field counts for the space of a hotkey, in bytes.
func (d Data) Space() uint64 {
	if d.Kind == TimelockRevealFailed {
		return 0
	}
	return uint64(len(d.Bytes))
}

// timelocked tells of kinds that are a ciphertext with a round.
func (d Data) timelocked() bool { return d.Kind == TimelockEncrypted || d.Kind == TimelockRevealFailed }

// EncodeScale writes the kind and what belongs to it. Raw bytes beyond MaxRaw have no encoding: that is a mistake in the program.
func (d Data) EncodeScale(e *scale.Encoder) {
	if d.Kind == Raw {
		if len(d.Bytes) > MaxRaw {
			panic(fmt.Sprintf("commitments: %d raw bytes, at most %d: use BigRaw", len(d.Bytes), MaxRaw))
		}
		e.Byte(byte(Raw) + byte(len(d.Bytes)))
		e.Raw(d.Bytes)
		return
	}
	e.Byte(byte(d.Kind))
	switch {
	case d.Kind >= BlakeTwo256 && d.Kind <= ShaThree256:
		e.Raw(d.Bytes)
	case d.timelocked():
		e.ByteSlice(d.Bytes)
		e.U64(d.Round)
	case d.Kind == BigRaw:
		e.ByteSlice(d.Bytes)
	}
}

// DecodeScale reads what EncodeScale writes.
func (d *Data) DecodeScale(dec *scale.Decoder) {
	kind := dec.Byte()
	*d = Data{Kind: Kind(kind)}
	switch {
	case dec.Err() != nil || d.Kind == Empty || d.Kind == ResetBondsFlag:
	case kind < byte(BlakeTwo256):
		d.Kind, d.Bytes = Raw, clone(dec.Raw(int(kind)-1))
	case kind <= byte(ShaThree256):
		d.Bytes = clone(dec.Raw(hashSize))
	case d.timelocked():
		d.Bytes = bounded(dec, MaxTimelock)
		d.Round = dec.U64()
	case d.Kind == BigRaw:
		d.Bytes = bounded(dec, MaxBigRaw)
	default:
		dec.Invalid("no kind %d of committed data", kind)
	}
}

func bounded(d *scale.Decoder, most int) []byte {
	b := d.ByteSlice()
	if len(b) > most {
		d.Invalid("%d bytes committed, at most %d", len(b), most)
		return nil
	}
	return clone(b)
}

func clone(b []byte) []byte { return append([]byte{}, b...) }

// ScaleName is upstream's.
func (Data) ScaleName() scale.Name { return named("Data") }

// Ciphertext is bytes of a limited length in the description of Data.
type (
	Ciphertext []byte // at most MaxTimelock
	Big        []byte // at most MaxBigRaw
)

// ScaleName is Substrate's.
func (Ciphertext) ScaleName() scale.Name { return boundedOf(reflect.TypeFor[uint8]()) }

// ScaleName is Substrate's.
func (Big) ScaleName() scale.Name { return boundedOf(reflect.TypeFor[uint8]()) }

// timelock is the fields of a timelocked variant.
type timelock struct {
	Encrypted   Ciphertext
	RevealRound uint64
}

// Union describes the variants: raw bytes have one for each length.
func (Data) Union() []scale.EnumVariant {
	unit, hash := reflect.TypeFor[scale.Unit](), reflect.TypeFor[[hashSize]byte]()
	out := []scale.EnumVariant{{Index: 0, Name: "None", Type: unit}}
	for n := range MaxRaw + 1 {
		out = append(out, scale.EnumVariant{Index: uint8(Raw) + uint8(n), Name: fmt.Sprintf("Raw%d", n), Type: reflect.ArrayOf(n, reflect.TypeFor[uint8]())})
	}
	locked := reflect.TypeFor[timelock]()
	return append(out,
		scale.EnumVariant{Index: uint8(BlakeTwo256), Name: "BlakeTwo256", Type: hash},
		scale.EnumVariant{Index: uint8(Sha256), Name: "Sha256", Type: hash},
		scale.EnumVariant{Index: uint8(Keccak256), Name: "Keccak256", Type: hash},
		scale.EnumVariant{Index: uint8(ShaThree256), Name: "ShaThree256", Type: hash},
		scale.EnumVariant{Index: uint8(TimelockEncrypted), Name: "TimelockEncrypted", Type: locked, Fields: true},
		scale.EnumVariant{Index: uint8(ResetBondsFlag), Name: "ResetBondsFlag", Type: unit},
		scale.EnumVariant{Index: uint8(BigRaw), Name: "BigRaw", Type: reflect.TypeFor[Big]()},
		scale.EnumVariant{Index: uint8(TimelockRevealFailed), Name: "TimelockRevealFailed", Type: locked, Fields: true},
	)
}
