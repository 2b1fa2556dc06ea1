package bt

import (
	"fmt"
	"math/bits"

	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Header is a Substrate block header. Its hash names the block everywhere.
type Header struct {
	Parent         Hash
	Number         BlockNumber `scale:"compact"`
	StateRoot      Hash
	ExtrinsicsRoot Hash
	Digest         []DigestItem
}

// Hash is blake2b-256 of the header's encoding: the block hash.
func (h *Header) Hash() Hash { return hash.Blake256(scale.Marshal(h)) }

// EngineID names who wrote a digest item, in four ASCII letters.
type EngineID [4]byte

// DigestItem is one log of a header.
type DigestItem struct {
	scale.Enum
	Other                     *[]byte      `index:"0"`
	Consensus                 *EngineEntry `index:"4,fields"`
	Seal                      *EngineEntry `index:"5,fields"`
	PreRuntime                *EngineEntry `index:"6,fields"`
	RuntimeEnvironmentUpdated *scale.Unit  `index:"8"`
}

// EngineEntry is what an engine put into a header.
type EngineEntry struct {
	scale.Tuple `scale:"-"`
	Engine      EngineID
	Data        []byte
}

// ScaleName is Substrate's.
func (DigestItem) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::generic::digest::DigestItem"}
}

// Block is a header with its extrinsics.
type Block struct {
	Header     Header
	Extrinsics []Extrinsic
}

// Extrinsic is a transaction or inherent as it travels, with its compact length in front.
type Extrinsic []byte

// Hash is blake2b-256 over the bytes, length included: the transaction hash.
func (x Extrinsic) Hash() Hash { return hash.Blake256(x) }

// Phase tells during which part of a block an event came.
type Phase struct {
	scale.Enum
	ApplyExtrinsic *uint32     `index:"0"`
	Finalization   *scale.Unit `index:"1"`
	Initialization *scale.Unit `index:"2"`
}

// ScaleName is Substrate's.
func (Phase) ScaleName() scale.Name { return scale.Name{Path: "frame_system::Phase"} }

// Era bounds the blocks in which a signed extrinsic is valid. The zero value is immortal.
type Era struct {
	Period uint64 // a power of two, 4 to 65536; 0 is immortal
	Phase  uint64 // birth block modulo Period, quantised for periods above 4096
}

// MortalEra is the era of at least period blocks that holds the block current: the period is rounded up to a power of two
// within 4 and 65536.
func MortalEra(period, current uint64) Era {
	period = min(max(period, 4), 1<<16)
	if period&(period-1) != 0 {
		period = 1 << bits.Len64(period)
	}
	factor := max(period>>12, 1)
	return Era{Period: period, Phase: current % period / factor * factor}
}

// Immortal tells whether the era never ends.
func (e Era) Immortal() bool { return e.Period == 0 }

// Birth is the first block of the era that holds the block current.
func (e Era) Birth(current uint64) uint64 {
	if e.Immortal() {
		return 0
	}
	return (max(current, e.Phase)-e.Phase)/e.Period*e.Period + e.Phase
}

// Death is the first block after the era that holds the block current.
func (e Era) Death(current uint64) uint64 {
	if e.Immortal() {
		return 1<<64 - 1
	}
	return e.Birth(current) + e.Period
}

// EncodeScale writes one zero byte for immortal, else two bytes.
func (e Era) EncodeScale(enc *scale.Encoder) {
	if e.Immortal() {
		enc.Byte(0)
		return
	}
	factor := max(e.Period>>12, 1)
	low := min(max(bits.TrailingZeros64(e.Period)-1, 1), 15)
	enc.U16(uint16(low) | uint16(e.Phase/factor)<<4)
}

// DecodeScale reads one or two bytes; a phase at or beyond the period is invalid.
func (e *Era) DecodeScale(d *scale.Decoder) {
	*e = Era{}
	first := d.Byte()
	if first == 0 || d.Err() != nil {
		return
	}
	v := uint64(first) | uint64(d.Byte())<<8
	period := uint64(2) << (v % 16)
	phase := v >> 4 * max(period>>12, 1)
	if d.Err() == nil && (period < 4 || phase >= period) {
		d.Invalid("era of period %d with phase %d", period, phase)
		return
	}
	*e = Era{Period: period, Phase: phase}
}

// String prints "immortal" or the period and phase.
func (e Era) String() string {
	if e.Immortal() {
		return "immortal"
	}
	return fmt.Sprintf("mortal(%d, %d)", e.Period, e.Phase)
}
