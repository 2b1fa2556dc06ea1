package drand

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

// BeaconConfiguration is a beacon, in drand's words.
type BeaconConfiguration struct {
	PublicKey   PublicKey // on G2, compressed
	Period      uint32    // seconds between two rounds
	GenesisTime uint32    // seconds since 1970 of round 1
	Hash        Short     // names the beacon in drand's API
	GroupHash   Short
	SchemeID    Short `name:"scheme_id"` // tlock.Scheme is the only one there is
	Metadata    Metadata
}

// ScaleName is upstream's.
func (BeaconConfiguration) ScaleName() scale.Name { return named("BeaconConfiguration") }

// RoundAt is the newest round at a time, in milliseconds since 1970; 0 before round 1, and for a beacon without period.
func (b BeaconConfiguration) RoundAt(now uint64) uint64 {
	start := uint64(b.GenesisTime) * 1000
	if now < start || b.Period == 0 {
		return 0
	}
	return (now-start)/(uint64(b.Period)*1000) + 1
}

// TimeOf is when a round is signed, in milliseconds since 1970.
func (b BeaconConfiguration) TimeOf(round uint64) uint64 {
	return (uint64(b.GenesisTime) + uint64(b.Period)*(max(round, 1)-1)) * 1000
}

// Metadata is more about a beacon.
type Metadata struct {
	BeaconID Short `name:"beacon_id"` // its name among drand's beacons
}

// ScaleName is upstream's.
func (Metadata) ScaleName() scale.Name { return named("Metadata") }

// Pulse is a beacon's signature of a round.
type Pulse struct {
	Round      uint64
	Randomness Short // SHA-256 of the signature
	Signature  Signature
}

// ScaleName is upstream's.
func (Pulse) ScaleName() scale.Name { return named("Pulse") }

// PulsesPayload are pulses with who brings them and when.
type PulsesPayload struct {
	BlockNumber uint32
	Pulses      []Pulse
	Public      MultiSigner
}

// ScaleName is upstream's.
func (PulsesPayload) ScaleName() scale.Name {
	return payload("PulsesPayload")
}

// BeaconConfigurationPayload is a beacon with who brings it and when.
type BeaconConfigurationPayload struct {
	BlockNumber uint32
	Config      BeaconConfiguration
	Public      MultiSigner
}

// ScaleName is upstream's.
func (BeaconConfigurationPayload) ScaleName() scale.Name {
	return payload("BeaconConfigurationPayload")
}

// The arguments of the calls.
type (
	WritePulse struct {
		PulsesPayload PulsesPayload
		Signature     scale.Option[bt.MultiSignature]
	}
	SetBeaconConfig struct {
		ConfigPayload BeaconConfigurationPayload
		Signature     scale.Option[bt.MultiSignature]
	}
	SetOldestRound struct{ OldestRound uint64 }
)

// The fields of the events.
type (
	BeaconConfigChanged  struct{}
	NewPulse             struct{ Rounds []uint64 }
	SetOldestStoredRound struct {
		scale.Tuple `scale:"-"`
		Round       uint64
	}
)

// MultiSigner is a public key with its scheme.
type MultiSigner struct {
	scale.Enum
	Ed25519 *[32]byte `index:"0"`
	Sr25519 *[32]byte `index:"1"`
	Ecdsa   *[33]byte `index:"2"`
}

// ScaleName is Substrate's.
func (MultiSigner) ScaleName() scale.Name { return scale.Name{Path: "sp_runtime::MultiSigner"} }

func named(name string) scale.Name { return scale.Name{Path: "pallet_drand::types::" + name} }

func payload(name string) scale.Name {
	n := named(name)
	n.Params = []scale.Param{{Name: "Public", Type: reflect.TypeFor[MultiSigner]()}, {Name: "BlockNumber", Type: reflect.TypeFor[uint32]()}}
	return n
}

// Byte strings of limited lengths; longer ones are refused when they are read.
type (
	PublicKey    []byte // at most 96 bytes
	Short        []byte // at most 32
	Signature    []byte // at most 144
	MigrationKey []byte // at most 128
)

func boundedBytes() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[uint8]()}, {Name: "S"}}}
}

// ScaleName is Substrate's.
func (PublicKey) ScaleName() scale.Name { return boundedBytes() }

// ScaleName is Substrate's.
func (Short) ScaleName() scale.Name { return boundedBytes() }

// ScaleName is Substrate's.
func (Signature) ScaleName() scale.Name { return boundedBytes() }

// ScaleName is Substrate's.
func (MigrationKey) ScaleName() scale.Name { return boundedBytes() }

// EncodeScale writes the length and the bytes.
func (b PublicKey) EncodeScale(e *scale.Encoder) { writeBytes(e, b) }

// EncodeScale writes the length and the bytes.
func (b Short) EncodeScale(e *scale.Encoder) { writeBytes(e, b) }

// EncodeScale writes the length and the bytes.
func (b Signature) EncodeScale(e *scale.Encoder) { writeBytes(e, b) }

// EncodeScale writes the length and the bytes.
func (b MigrationKey) EncodeScale(e *scale.Encoder) { writeBytes(e, b) }

// DecodeScale reads what EncodeScale writes.
func (b *PublicKey) DecodeScale(d *scale.Decoder) { *b = readBytes(d, 96) }

// DecodeScale reads what EncodeScale writes.
func (b *Short) DecodeScale(d *scale.Decoder) { *b = readBytes(d, 32) }

// DecodeScale reads what EncodeScale writes.
func (b *Signature) DecodeScale(d *scale.Decoder) { *b = readBytes(d, 144) }

// DecodeScale reads what EncodeScale writes.
func (b *MigrationKey) DecodeScale(d *scale.Decoder) { *b = readBytes(d, 128) }

func writeBytes(e *scale.Encoder, b []byte) {
	e.Compact(uint64(len(b)))
	e.Raw(b)
}

func readBytes(d *scale.Decoder, most int) []byte {
	b := d.ByteSlice()
	if len(b) > most {
		d.Invalid("%d bytes, at most %d", len(b), most)
		return nil
	}
	return append([]byte{}, b...)
}
