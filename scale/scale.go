// Package scale is the SCALE codec: little-endian integers, compact integers, length-prefixed vectors, tagged enums.
//
// A Go type needs no code of its own to be encoded: its plan is compiled once from its declaration and cached (see Marshal).
// The same declarations give the type descriptions of the metadata (scale/metadata). Types with hot paths implement
// Marshaler and Unmarshaler by hand.
//
// How declarations map:
//
//	bool, uint8…uint64, int8…int64     as they are, little endian (int and uint are refused: their width varies)
//	Uint128, Int128                    16 bytes, little endian
//	string, []byte                     compact length, bytes
//	[N]T, []T                          the elements; slices with a compact length in front
//	struct                             its exported fields in order; tag `scale:"compact"` on an integer field, `scale:"-"` skips
//	Option[T]                          0, or 1 and the value
//	Compact[T], Compact128             compact integer
//	a struct that embeds Enum          one byte of tag, then the field that is set; see Enum
//	a uint8 type with Variants()       a fieldless enum; decoding refuses tags that it does not list
//	Result[T, E]                       0 and T, or 1 and E
//	encoding.BinaryAppender with       its binary form, which must have one fixed length
//	  encoding.BinaryUnmarshaler
//
// It deliberately holds no registry of types (scale/metadata) and no dynamic values (subtensor).
package scale

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// Marshaler is a type that encodes itself.
type Marshaler interface{ EncodeScale(e *Encoder) }

// Unmarshaler is a type that decodes itself; errors go to the decoder.
type Unmarshaler interface{ DecodeScale(d *Decoder) }

// Encoder appends SCALE to a byte slice. The zero value is ready for use.
type Encoder struct{ buf []byte }

// NewEncoder appends to buf, which may be nil.
func NewEncoder(buf []byte) *Encoder { return &Encoder{buf: buf} }

// Bytes returns what was written so far; it is valid until the next write.
func (e *Encoder) Bytes() []byte { return e.buf }

// Len is the number of bytes written so far.
func (e *Encoder) Len() int { return len(e.buf) }

// Reset forgets what was written and keeps the memory.
func (e *Encoder) Reset() { e.buf = e.buf[:0] }

// Raw appends bytes as they are.
func (e *Encoder) Raw(b []byte) { e.buf = append(e.buf, b...) }

// Byte appends one byte.
func (e *Encoder) Byte(b byte) { e.buf = append(e.buf, b) }

// Bool appends 0 or 1.
func (e *Encoder) Bool(b bool) {
	if b {
		e.Byte(1)
	} else {
		e.Byte(0)
	}
}

// U16 appends two bytes.
func (e *Encoder) U16(v uint16) { e.buf = binary.LittleEndian.AppendUint16(e.buf, v) }

// U32 appends four bytes.
func (e *Encoder) U32(v uint32) { e.buf = binary.LittleEndian.AppendUint32(e.buf, v) }

// U64 appends eight bytes.
func (e *Encoder) U64(v uint64) { e.buf = binary.LittleEndian.AppendUint64(e.buf, v) }

// Compact appends the shortest compact form of v.
func (e *Encoder) Compact(v uint64) { e.buf = AppendCompact(e.buf, v) }

// ByteSlice appends a compact length and the bytes.
func (e *Encoder) ByteSlice(b []byte) {
	e.Compact(uint64(len(b)))
	e.Raw(b)
}

// AppendCompact appends the shortest compact form of v to b.
func AppendCompact(b []byte, v uint64) []byte {
	switch {
	case v < 1<<6:
		return append(b, byte(v)<<2)
	case v < 1<<14:
		return binary.LittleEndian.AppendUint16(b, uint16(v)<<2|1)
	case v < 1<<30:
		return binary.LittleEndian.AppendUint32(b, uint32(v)<<2|2)
	}
	n := (bits.Len64(v) + 7) / 8
	b = append(b, byte(n-4)<<2|3)
	for i := range n {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

// CompactLen is the number of bytes that AppendCompact writes for v.
func CompactLen(v uint64) int {
	switch {
	case v < 1<<6:
		return 1
	case v < 1<<14:
		return 2
	case v < 1<<30:
		return 4
	}
	return 1 + (bits.Len64(v)+7)/8
}

var (
	// ErrShort is wrapped when the input ends before the value does.
	ErrShort = errors.New("input ends too early")
	// ErrTrailing is wrapped when bytes are left after the value.
	ErrTrailing = errors.New("bytes left over after the value")
	// ErrInvalid is wrapped when bytes stand for no value of the type: an unknown tag, a compact integer that is not in its shortest form.
	ErrInvalid = errors.New("invalid encoding")
)

// Decoder reads SCALE from a byte slice and holds the first error: code that decodes reads like the format, and asks Err at the
// end. After an error every read gives zero values.
type Decoder struct {
	// Context is for types whose decoding depends on more than their bytes, such as calls of a runtime (chain/frame). It is nil
	// unless the caller sets it.
	Context any

	buf   []byte
	off   int
	depth int
	err   error
}

// NewDecoder reads from buf without copying it; Raw gives parts of it.
func NewDecoder(buf []byte) *Decoder { return &Decoder{buf: buf} }

// Err is the first error, or nil.
func (d *Decoder) Err() error { return d.err }

// Left is the number of bytes not yet read.
func (d *Decoder) Left() int { return len(d.buf) - d.off }

// Offset is the number of bytes read.
func (d *Decoder) Offset() int { return d.off }

// Fail sets the error if there is none yet. What is left will not be read.
func (d *Decoder) Fail(err error) {
	if d.err == nil && err != nil {
		d.err = fmt.Errorf("at byte %d: %w", d.off, err)
	}
}

// Invalid is Fail with ErrInvalid and a reason.
func (d *Decoder) Invalid(format string, args ...any) {
	if d.err == nil {
		d.Fail(fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...)))
	}
}

// End fails with ErrTrailing when bytes are left, and returns the first error.
func (d *Decoder) End() error {
	if d.err == nil && d.Left() > 0 {
		d.err = fmt.Errorf("at byte %d: %w: %d of %d", d.off, ErrTrailing, d.Left(), len(d.buf))
	}
	return d.err
}

// Raw reads n bytes; they share memory with the input. It is nil after an error.
func (d *Decoder) Raw(n int) []byte {
	if d.err != nil {
		return nil
	}
	if n < 0 || n > d.Left() {
		d.Fail(fmt.Errorf("%w: want %d bytes, have %d", ErrShort, n, d.Left()))
		return nil
	}
	b := d.buf[d.off : d.off+n : d.off+n]
	d.off += n
	return b
}

// Rest reads everything that is left.
func (d *Decoder) Rest() []byte { return d.Raw(d.Left()) }

// Byte reads one byte.
func (d *Decoder) Byte() byte {
	if d.err == nil && d.off < len(d.buf) {
		d.off++
		return d.buf[d.off-1]
	}
	d.Raw(1)
	return 0
}

// Bool reads 0 or 1; other bytes are invalid.
func (d *Decoder) Bool() bool {
	b := d.Byte()
	if b > 1 {
		d.Invalid("bool is %d, want 0 or 1", b)
	}
	return b == 1
}

// U16 reads two bytes.
func (d *Decoder) U16() uint16 {
	if b := d.Raw(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// U32 reads four bytes.
func (d *Decoder) U32() uint32 {
	if b := d.Raw(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// U64 reads eight bytes.
func (d *Decoder) U64() uint64 {
	if b := d.Raw(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Compact reads a compact integer of at most 64 bits; it must be in its shortest form.
func (d *Decoder) Compact() uint64 {
	first := d.Byte()
	switch first & 3 {
	case 0:
		return uint64(first >> 2)
	case 1:
		v := (uint64(first) | uint64(d.Byte())<<8) >> 2
		d.shortest(v >= 1<<6)
		return v
	case 2:
		b := d.Raw(3)
		if b == nil {
			return 0
		}
		v := (uint64(first) | uint64(b[0])<<8 | uint64(b[1])<<16 | uint64(b[2])<<24) >> 2
		d.shortest(v >= 1<<14)
		return v
	}
	n := int(first>>2) + 4
	if n > 8 {
		d.Invalid("compact integer of %d bytes, at most 8", n)
		return 0
	}
	var v uint64
	for i, b := range d.Raw(n) {
		v |= uint64(b) << (8 * i)
	}
	d.shortest(v >= 1<<30 && (n == 4 || v>>(8*(n-1)) != 0))
	return v
}

func (d *Decoder) shortest(ok bool) {
	if !ok {
		d.Invalid("compact integer is not in its shortest form")
	}
}

// Length reads a compact length of elements that take at least min bytes each, and refuses it when the input cannot hold
// them: memory is never reserved beyond what the input justifies. min 0 (elements without bytes) allows at most maxEmpty.
func (d *Decoder) Length(min int) int {
	const maxEmpty = 1 << 16
	n := d.Compact()
	limit := uint64(maxEmpty)
	if min > 0 {
		limit = uint64(d.Left() / min)
	}
	if d.err == nil && n > limit {
		d.Fail(fmt.Errorf("%w: length %d, but %d bytes left hold at most %d", ErrShort, n, d.Left(), limit))
		return 0
	}
	return int(n)
}

// ByteSlice reads a compact length and that many bytes, which share memory with the input.
func (d *Decoder) ByteSlice() []byte { return d.Raw(d.Length(1)) }

// maxDepth bounds the nesting of types that contain themselves (calls inside calls), against inputs made to exhaust the stack.
const maxDepth = 256

// Nest counts one level of nesting; Unnest takes it back. It fails beyond 256 levels.
func (d *Decoder) Nest() bool {
	d.depth++
	if d.depth > maxDepth {
		d.Invalid("nested more than %d levels", maxDepth)
		return false
	}
	return d.err == nil
}

// Unnest takes one level of nesting back.
func (d *Decoder) Unnest() { d.depth-- }
