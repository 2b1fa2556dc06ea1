// Package codec reads and writes the values of a runtime by its metadata: any type of the registry, storage keys, calls, events.
//
// Decoded values are plain Go:
//
//	bool, string                  bool and str
//	uint64, int64                 integers of up to 64 bits, and compact ones that fit
//	*big.Int                      integers of 128 and 256 bits and U256, except those in compact form below 2^64
//	rune                          char
//	[]byte                        sequences and arrays of u8
//	bt.AccountID, bt.Hash         AccountId32 and H256
//	[]any                         other sequences and arrays, tuples and composites with several unnamed fields; empty for ()
//	map[string]any                composites with named fields
//	Variant                       enums
//	nil, or the value             Option; Some where the value itself may be nil
//	Bits                          bit sequences
//
// A composite with one unnamed field is the value of that field. Encoding accepts these forms and what else a caller is likely to
// hold: every Go integer, named types, structs, arrays, pointers, accounts as addresses, bytes as 0x and hex digits. Into copies a
// decoded value to a typed one.
//
// It deliberately talks to no node (subtensor) and knows no pallet by name.
package codec

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

// Variant is a value of an enum. Value is nil for a variant without content, the value of a single unnamed field, a []any of
// several, or a map[string]any of named ones.
type Variant struct {
	Name  string
	Value any
}

// Some is an Option that is set to a value that is nil or a Some itself: options within options only.
type Some struct{ Value any }

// Bits is a bit sequence: its length in bits, and the bytes that hold them in the store and order that the type says.
type Bits struct {
	Len  uint64
	Data []byte
}

// Call is a call to a pallet by names, wherever the type is the runtime's outer call. Args is a map[string]any, a struct or nil.
type Call struct {
	Pallet, Name string
	Args         any
}

// String prints Pallet.name.
func (c Call) String() string { return c.Pallet + "." + c.Name }

var (
	// ErrUnknown is wrapped when the runtime has no pallet, item, call or type of a name.
	ErrUnknown = errors.New("not in the runtime's metadata")
	// ErrValue is wrapped when a value cannot be encoded as the type that the runtime asks for.
	ErrValue = errors.New("value does not fit")
)

// form is how values of a type are read and written, beside its kind.
type form uint8

const (
	plain   form = iota
	bytesOf      // sequence or array of u8
	account      // AccountId32
	h256         // H256
	u256         // U256: four u64, the lowest first
	option
	address // MultiAddress
	newtype // composite with one unnamed field
	outer   // the runtime's call
)

type typeInfo struct {
	*metadata.Type
	form form
	min  int // fewest bytes of a value
}

// Codec reads and writes values by one metadata. It is safe for concurrent use.
type Codec struct {
	Metadata *metadata.Metadata
	types    []typeInfo
	call     uint32
	event    uint32
	hasEvent bool
}

// New prepares the types of a metadata, version 14 or 15.
func New(m *metadata.Metadata) *Codec {
	c := &Codec{Metadata: m, types: make([]typeInfo, len(m.Types))}
	for i := range m.Types {
		c.types[i] = typeInfo{Type: &m.Types[i], form: c.formOf(&m.Types[i]), min: -1}
	}
	c.outer()
	for i := range c.types {
		c.measure(uint32(i), 0)
	}
	return c
}

func (c *Codec) formOf(t *metadata.Type) form {
	switch t.Kind {
	case metadata.Sequence, metadata.Array:
		if c.isU8(t.Elem) {
			return bytesOf
		}
	case metadata.Composite:
		if len(t.Fields) != 1 {
			return plain
		}
		switch name := t.Name(); {
		case name == "AccountId32" && c.isBytes32(t.Fields[0].Type):
			return account
		case name == "H256" && c.isBytes32(t.Fields[0].Type):
			return h256
		case name == "U256" && c.isU64x4(t.Fields[0].Type):
			return u256
		case !t.Fields[0].Name.Set:
			return newtype
		}
	case metadata.Enum:
		switch {
		case t.Name() == "Option" && len(t.Path) == 1 && len(t.Variants) == 2 &&
			t.Variants[0].Index == 0 && len(t.Variants[0].Fields) == 0 && t.Variants[1].Index == 1 && len(t.Variants[1].Fields) == 1:
			return option
		case t.Name() == "MultiAddress":
			return address
		}
	}
	return plain
}

func (c *Codec) isU8(id uint32) bool {
	t := c.Metadata.Type(id)
	return t.Kind == metadata.Primitive && t.Basic == metadata.U8
}

func (c *Codec) isBytes32(id uint32) bool {
	t := c.Metadata.Type(id)
	return t.Kind == metadata.Array && t.Len == 32 && c.isU8(t.Elem)
}

func (c *Codec) isU64x4(id uint32) bool {
	t := c.Metadata.Type(id)
	return t.Kind == metadata.Array && t.Len == 4 && c.Metadata.Type(t.Elem).Kind == metadata.Primitive && c.Metadata.Type(t.Elem).Basic == metadata.U64
}

// outer finds the runtime's call and event.
func (c *Codec) outer() {
	m := c.Metadata
	if m.Version >= 15 {
		c.call, c.event, c.hasEvent = m.Outer.Call, m.Outer.Event, true
		c.types[c.call].form = outer
		return
	}
	// Version 14 names the call as a parameter of the extrinsic's type; the event is found by its path.
	for _, p := range m.Types[m.Extrinsic.Type].Params {
		if id, ok := p.Type.Get(); ok && p.Name == "Call" {
			c.call = id
			c.types[id].form = outer
		}
	}
	for i := range m.Types {
		if name := m.Types[i].Name(); (name == "RuntimeEvent" || name == "Event") && len(m.Types[i].Path) == 2 {
			c.event, c.hasEvent = uint32(i), true
		}
	}
}

const deepest = 64 // of the search for the shortest value; deeper types count as 0

const longest = 1 << 40 // saturation of shortest sizes; no input is that long

// measure finds the fewest bytes of a type. A type within itself without an enum or sequence between has no finite value; it counts as 0.
func (c *Codec) measure(id uint32, depth int) int {
	t := &c.types[id]
	if t.min >= 0 {
		return t.min
	}
	if depth > deepest {
		return 0
	}
	n := 0
	add := func(id uint32, times int) {
		if one := c.measure(id, depth+1); one > 0 {
			n = min(n+one*min(times, longest/one), longest)
		}
	}
	switch t.Kind {
	case metadata.Composite:
		for _, f := range t.Fields {
			add(f.Type, 1)
		}
	case metadata.Tuple:
		for _, id := range t.Tuple {
			add(id, 1)
		}
	case metadata.Array:
		add(t.Elem, int(t.Len))
	case metadata.Primitive:
		n = max(t.Basic.Size(), 1)
	default:
		n = 1
	}
	t.min = n
	return n
}

func (c *Codec) info(id uint32) (*typeInfo, error) {
	if uint64(id) >= uint64(len(c.types)) {
		return nil, fmt.Errorf("type %d of %d: %w", id, len(c.types), ErrUnknown)
	}
	return &c.types[id], nil
}

// TypeName describes a type to people: its path, or its form.
func (c *Codec) TypeName(id uint32) string { return c.name(id, 0) }

func (c *Codec) name(id uint32, depth int) string {
	t := c.Metadata.Type(id)
	if t == nil || depth > 4 {
		return fmt.Sprintf("type %d", id)
	}
	switch {
	case len(t.Path) > 0:
		return t.Name()
	case t.Kind == metadata.Primitive:
		return t.Basic.String()
	case t.Kind == metadata.Sequence:
		return "[]" + c.name(t.Elem, depth+1)
	case t.Kind == metadata.Array:
		return fmt.Sprintf("[%d]%s", t.Len, c.name(t.Elem, depth+1))
	case t.Kind == metadata.Compact:
		return "compact " + c.name(t.Elem, depth+1)
	case t.Kind == metadata.Tuple:
		out := "("
		for i, id := range t.Tuple {
			if i > 0 {
				out += ", "
			}
			out += c.name(id, depth+1)
		}
		return out + ")"
	}
	return fmt.Sprintf("type %d", id)
}

// Decode reads one value of a type from all of raw.
func (c *Codec) Decode(id uint32, raw []byte) (any, error) {
	d := c.decoder(raw)
	v := d.value(id)
	if err := d.End(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.TypeName(id), err)
	}
	return v, nil
}

// decoder reads values; spare bounds what inputs can demand by values that take no bytes.
type decoder struct {
	*scale.Decoder
	c     *Codec
	spare int
}

const spareValues = 4096

func (c *Codec) decoder(raw []byte) *decoder {
	return &decoder{Decoder: scale.NewDecoder(raw), c: c, spare: spareValues + len(raw)}
}

func (d *decoder) value(id uint32) any {
	t, err := d.c.info(id)
	if err != nil {
		d.Fail(err)
	}
	if d.Err() != nil || !d.Nest() {
		return nil
	}
	defer d.Unnest()
	if t.min == 0 {
		if d.spare--; d.spare < 0 {
			d.Invalid("too many values that take no bytes")
			return nil
		}
	}
	switch t.form {
	case bytesOf:
		n := int(t.Len)
		if t.Kind == metadata.Sequence {
			n = d.Length(1)
		}
		return append([]byte{}, d.Raw(n)...)
	case account:
		return bt.AccountID(d.fixed32())
	case h256:
		return bt.Hash(d.fixed32())
	case u256:
		return fromLittle(d.Raw(32))
	case option:
		if !d.Bool() {
			return nil
		}
		v := d.value(t.Variants[1].Fields[0].Type)
		if _, nested := v.(Some); v == nil || nested {
			return Some{v}
		}
		return v
	}
	switch t.Kind {
	case metadata.Composite:
		return d.fields(t.Fields, true)
	case metadata.Enum:
		return d.enum(t)
	case metadata.Sequence:
		return d.list(t.Elem, d.Length(d.c.types[t.Elem].min))
	case metadata.Array:
		if least := d.c.types[t.Elem].min; least > 0 && int(t.Len) > d.Left()/least {
			d.Fail(fmt.Errorf("%w: %d elements in %d bytes", scale.ErrShort, t.Len, d.Left()))
			return nil
		}
		return d.list(t.Elem, int(t.Len))
	case metadata.Tuple:
		out := make([]any, len(t.Tuple))
		for i, id := range t.Tuple {
			out[i] = d.value(id)
		}
		return out
	case metadata.Primitive:
		return d.basic(t.Basic)
	case metadata.Compact:
		return d.compact(t.Elem)
	}
	return d.bits(t)
}

func (d *decoder) fixed32() (out [32]byte) {
	copy(out[:], d.Raw(32))
	return out
}

func (d *decoder) list(elem uint32, n int) any {
	const first = 64 // grow as bytes are consumed: values in memory are wider than their encoding
	out := make([]any, 0, min(n, first))
	for range n {
		if d.Err() != nil {
			return nil
		}
		out = append(out, d.value(elem))
	}
	return out
}

// fields reads the fields of a composite or a variant; those of a composite are never nil as a whole.
func (d *decoder) fields(fields []metadata.Field, composite bool) any {
	switch {
	case len(fields) == 0 && composite:
		return []any{}
	case len(fields) == 0:
		return nil
	case !fields[0].Name.Set && len(fields) == 1:
		return d.value(fields[0].Type)
	case !fields[0].Name.Set:
		out := make([]any, len(fields))
		for i := range fields {
			out[i] = d.value(fields[i].Type)
		}
		return out
	}
	out := make(map[string]any, len(fields))
	for i := range fields {
		out[fieldName(fields, i)] = d.value(fields[i].Type)
	}
	return out
}

// fieldName is the name of a field, or its place where it has none beside fields that do or shares its name with one before.
func fieldName(fields []metadata.Field, i int) string {
	name := fields[i].Name.Value
	for j := range i {
		if fields[j].Name.Value == name {
			return fmt.Sprint(i)
		}
	}
	return name
}

func (d *decoder) enum(t *typeInfo) any {
	tag := d.Byte()
	if d.Err() != nil {
		return nil
	}
	v := t.Variant(tag)
	if v == nil {
		d.Invalid("%s has no variant %d", d.c.TypeName(t.ID), tag)
		return nil
	}
	return Variant{Name: v.Name, Value: d.fields(v.Fields, false)}
}

func (d *decoder) basic(b metadata.Basic) any {
	switch b {
	case metadata.Bool:
		return d.Bool()
	case metadata.Char:
		r := d.U32()
		if r > 0x10ffff || r >= 0xd800 && r < 0xe000 {
			d.Invalid("char %#x", r)
		}
		return rune(r)
	case metadata.Str:
		return string(d.ByteSlice())
	case metadata.U8:
		return uint64(d.Byte())
	case metadata.U16:
		return uint64(d.U16())
	case metadata.U32:
		return uint64(d.U32())
	case metadata.U64:
		return d.U64()
	case metadata.I8:
		return int64(int8(d.Byte()))
	case metadata.I16:
		return int64(int16(d.U16()))
	case metadata.I32:
		return int64(int32(d.U32()))
	case metadata.I64:
		return int64(d.U64())
	}
	raw := d.Raw(b.Size())
	v := fromLittle(raw)
	if signed := b == metadata.I128 || b == metadata.I256; signed && len(raw) > 0 && raw[len(raw)-1]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
	}
	return v
}

func fromLittle(raw []byte) *big.Int {
	b := make([]byte, len(raw))
	for i, x := range raw {
		b[len(raw)-1-i] = x
	}
	return new(big.Int).SetBytes(b)
}

// compactBits is the width of the integers that a compact form may hold: 64 at least, as clients read them whatever the type says. (It
// may say nothing: Compact<()>.)
func (c *Codec) compactBits(id uint32) int {
	for range deepest {
		t := c.Metadata.Type(id)
		switch {
		case t.Kind == metadata.Composite && len(t.Fields) == 1:
			id = t.Fields[0].Type
		case t.Kind == metadata.Primitive && t.Basic >= metadata.U8 && t.Basic <= metadata.U256:
			return max(8*t.Basic.Size(), 64)
		default:
			return 64
		}
	}
	return 64
}

func (d *decoder) compact(elem uint32) any {
	bits := d.c.compactBits(elem)
	first := d.Byte()
	if d.Err() != nil {
		return nil
	}
	var v *big.Int
	switch n := int(first & 3); n {
	case 3:
		size := int(first>>2) + 4
		if size > bits/8 && size > 4 {
			d.Invalid("compact integer of %d bytes for one of %d bits", size, bits)
			return nil
		}
		raw := d.Raw(size)
		if d.Err() != nil {
			return nil
		}
		v = fromLittle(raw)
		if raw[size-1] == 0 || size == 4 && v.BitLen() <= 30 {
			d.Invalid("compact integer is not in its shortest form")
		}
	default:
		size := 1<<n - 1 // bytes after the first
		u := uint64(first)
		for i, b := range d.Raw(size) {
			u |= uint64(b) << (8 * (i + 1))
		}
		u >>= 2
		if n > 0 && u>>(8*(1<<(n-1))-2) == 0 {
			d.Invalid("compact integer is not in its shortest form")
		}
		v = new(big.Int).SetUint64(u)
	}
	if v.BitLen() > bits {
		d.Invalid("compact integer %v does not fit %d bits", v, bits)
	}
	if v.IsUint64() {
		return v.Uint64()
	}
	return v
}

func (d *decoder) bits(t *typeInfo) any {
	n := d.Compact()
	store := d.c.storeBytes(t)
	words := n / uint64(8*store)
	if n%uint64(8*store) > 0 {
		words++
	}
	if d.Err() == nil && words > uint64(d.Left()/store) {
		d.Fail(fmt.Errorf("%w: %d bits in %d bytes", scale.ErrShort, n, d.Left()))
		return nil
	}
	return Bits{Len: n, Data: append([]byte{}, d.Raw(int(words)*store)...)}
}

// storeBytes is the size of the integers that hold a bit sequence.
func (c *Codec) storeBytes(t *typeInfo) int {
	if s := c.Metadata.Type(t.Elem); s.Kind == metadata.Primitive {
		return max(s.Basic.Size(), 1)
	}
	return 1
}

// Empty tells whether every value of a type takes no bytes.
func (c *Codec) Empty(id uint32) bool { return c.empty(id, 0) }

func (c *Codec) empty(id uint32, depth int) bool {
	t := c.Metadata.Type(id)
	if t == nil || depth > deepest {
		return false
	}
	switch t.Kind {
	case metadata.Composite:
		for _, f := range t.Fields {
			if !c.empty(f.Type, depth+1) {
				return false
			}
		}
		return true
	case metadata.Tuple:
		for _, id := range t.Tuple {
			if !c.empty(id, depth+1) {
				return false
			}
		}
		return true
	case metadata.Array:
		return t.Len == 0 || c.empty(t.Elem, depth+1)
	}
	return false
}
