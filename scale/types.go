package scale

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"math/bits"
	"reflect"
	"sync"
)

// Uint128 is an unsigned 128-bit integer in two words.
type Uint128 struct{ Lo, Hi uint64 }

// EncodeScale appends 16 bytes, little endian.
func (u Uint128) EncodeScale(e *Encoder) {
	e.U64(u.Lo)
	e.U64(u.Hi)
}

// DecodeScale reads 16 bytes, little endian.
func (u *Uint128) DecodeScale(d *Decoder) { u.Lo, u.Hi = d.U64(), d.U64() }

// Big is the value as a big integer.
func (u Uint128) Big() *big.Int {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], u.Hi)
	binary.BigEndian.PutUint64(b[8:], u.Lo)
	return new(big.Int).SetBytes(b[:])
}

// String prints the value in decimal.
func (u Uint128) String() string { return u.Big().String() }

// U128 is v as a Uint128.
func U128(v uint64) Uint128 { return Uint128{Lo: v} }

// Int128 is a signed 128-bit integer in two's complement, in two words.
type Int128 struct {
	Lo uint64
	Hi int64
}

// EncodeScale appends 16 bytes, little endian.
func (i Int128) EncodeScale(e *Encoder) {
	e.U64(i.Lo)
	e.U64(uint64(i.Hi))
}

// DecodeScale reads 16 bytes, little endian.
func (i *Int128) DecodeScale(d *Decoder) { i.Lo, i.Hi = d.U64(), int64(d.U64()) }

// Unit is a value without content: Rust's ().
type Unit struct{}

// Option holds a value or nothing.
type Option[T any] struct {
	Set   bool
	Value T
}

// Some is an Option that holds v.
func Some[T any](v T) Option[T] { return Option[T]{Set: true, Value: v} }

// None is an Option that holds nothing.
func None[T any]() Option[T] { return Option[T]{} }

// Get returns the value and whether there is one.
func (o Option[T]) Get() (T, bool) { return o.Value, o.Set }

// Compact is an unsigned integer that is encoded in compact form.
type Compact[T ~uint8 | ~uint16 | ~uint32 | ~uint64] struct{ V T }

// EncodeScale appends the compact form.
func (c Compact[T]) EncodeScale(e *Encoder) { e.Compact(uint64(c.V)) }

// DecodeScale reads the compact form and refuses values that T cannot hold.
func (c *Compact[T]) DecodeScale(d *Decoder) {
	v := d.Compact()
	c.V = T(v)
	if uint64(c.V) != v {
		d.Invalid("compact integer %d does not fit %T", v, c.V)
	}
}

// Compact128 is an unsigned 128-bit integer that is encoded in compact form.
type Compact128 struct{ V Uint128 }

// EncodeScale appends the compact form.
func (c Compact128) EncodeScale(e *Encoder) {
	if c.V.Hi == 0 {
		e.Compact(c.V.Lo)
		return
	}
	n := 8 + (bits.Len64(c.V.Hi)+7)/8
	e.Byte(byte(n-4)<<2 | 3)
	e.U64(c.V.Lo)
	e.uint(c.V.Hi, n-8)
}

// DecodeScale reads the compact form; it must be in its shortest form.
func (c *Compact128) DecodeScale(d *Decoder) {
	if d.err != nil || d.Left() == 0 || d.buf[d.off]&3 != 3 || d.buf[d.off]>>2 <= 4 {
		c.V = U128(d.Compact())
		return
	}
	n := int(d.Byte()>>2) - 4 // bytes beyond the lower eight
	if n > 8 {
		d.Invalid("compact integer of %d bytes, at most 16", n+8)
		return
	}
	c.V.Lo, c.V.Hi = d.U64(), d.uint(n)
	d.shortest(c.V.Hi>>(8*(n-1)) != 0)
}

// Result holds a value, or an error value when Failed.
type Result[T, E any] struct {
	Failed bool
	Ok     T
	Err    E
}

// Enum marks a struct as a tagged union: every other field is a pointer with a tag `index:"n"`, and exactly one is set.
//
//	type MultiAddress struct {
//		scale.Enum
//		ID    *AccountID `index:"0"`
//		Index *scale.Compact[uint32] `index:"1"`
//	}
//
// A variant without content is a *Unit. A pointer to a struct type gives a variant with named fields in metadata when the tag has
// `index:"0,fields"`, and otherwise one unnamed field of that type.
type Enum struct{}

// Variants is implemented by fieldless enums: uint8 types. The result lists the variants in the order of the metadata.
type Variants interface{ Variants() []Variant }

// Variant is one variant of a fieldless enum.
type Variant struct {
	Index uint8
	Name  string
}

// Names makes variants with the indices 0, 1, 2 …
func Names(names ...string) []Variant {
	out := make([]Variant, len(names))
	for i, n := range names {
		out[i] = Variant{Index: uint8(i), Name: n}
	}
	return out
}

// Tuple marks a struct whose fields have no names in metadata: embed it first. Pair and Triple are ready-made.
type Tuple struct{}

// Pair is a tuple of two.
type Pair[A, B any] struct {
	Tuple `scale:"-"`
	A     A
	B     B
}

// Triple is a tuple of three.
type Triple[A, B, C any] struct {
	Tuple `scale:"-"`
	A     A
	B     B
	C     C
}

// Named is implemented by types that have a path in the metadata: composites, newtypes and enums. Field names there are the Go names in
// snake case, unless a tag `name:"…"` says otherwise.
type Named interface{ ScaleName() Name }

// Name is how a type appears in metadata.
type Name struct {
	Path   string  // such as sp_core::crypto::AccountId32
	Params []Param // its generic parameters, in order
	Docs   []string
}

// Param is a generic parameter in metadata; Type is nil for one that is skipped (PhantomData, bounds).
type Param struct {
	Name string
	Type reflect.Type
}

// Marshal encodes a value of any supported type (see the package comment). It panics on types that have no encoding: that is a
// mistake in the program, not in data.
func Marshal(v any) []byte { return Append(nil, v) }

// Append encodes v behind b.
func Append(b []byte, v any) []byte {
	e := encoders.Get().(*Encoder)
	e.buf = b
	e.Encode(v)
	b, e.buf = e.buf, nil
	encoders.Put(e)
	return b
}

// Encoders and decoders are kept for reuse: a block makes thousands.
var (
	encoders = sync.Pool{New: func() any { return new(Encoder) }}
	decoders = sync.Pool{New: func() any { return new(Decoder) }}
)

// Unmarshal decodes exactly one value from b into the pointer v; bytes left over are an error.
func Unmarshal(b []byte, v any) error {
	d := decoders.Get().(*Decoder)
	d.buf = b
	d.Decode(v)
	err := d.End()
	*d = Decoder{}
	decoders.Put(d)
	if err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	return nil
}
