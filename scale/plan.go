package scale

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// plan is the compiled codec of one type.
type plan struct {
	encode func(e *Encoder, v reflect.Value)
	decode func(d *Decoder, v reflect.Value) // v is addressable
	min    int                               // the fewest bytes that a value takes
}

var (
	plans           sync.Map // reflect.Type -> *plan
	marshalerType   = reflect.TypeFor[Marshaler]()
	unmarshalerType = reflect.TypeFor[Unmarshaler]()
	variantsType    = reflect.TypeFor[Variants]()
	enumType        = reflect.TypeFor[Enum]()
	appenderType    = reflect.TypeFor[encoding.BinaryAppender]()
	binaryType      = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// Encode appends a value of any supported type; pointers are followed.
func (e *Encoder) Encode(v any) {
	if m, ok := v.(Marshaler); ok {
		m.EncodeScale(e)
		return
	}
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
	}
	if !rv.CanAddr() { // arrays are read through a slice, which needs an address
		c := reflect.New(rv.Type()).Elem()
		c.Set(rv)
		rv = c
	}
	planOf(rv.Type()).encode(e, rv)
}

// Decode reads one value into the pointer v.
func (d *Decoder) Decode(v any) {
	if u, ok := v.(Unmarshaler); ok {
		u.DecodeScale(d)
		return
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		panic(fmt.Sprintf("scale: decode into %T, want a pointer", v))
	}
	planOf(rv.Type().Elem()).decode(d, rv.Elem())
}

// Check compiles the codec of a type and reports why it has none; declarations call it once at start.
func Check(t reflect.Type) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	planOf(t)
	return nil
}

// MinSize is the fewest bytes that a value of the type takes.
func MinSize(t reflect.Type) int { return planOf(t).min }

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	c := compiler{open: map[reflect.Type]*plan{}}
	p := c.compile(t)
	// order does not matter: every plan goes into the same map.
	for t, p := range c.open {
		plans.Store(t, p)
	}
	return p
}

// compiler builds plans; open holds those under way, so that a type may contain itself through a pointer or slice.
type compiler struct{ open map[reflect.Type]*plan }

func (c *compiler) compile(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	if p, ok := c.open[t]; ok {
		return p
	}
	p := &plan{}
	c.open[t] = p
	*p = *c.build(t, p)
	return p
}

func (c *compiler) build(t reflect.Type, self *plan) *plan {
	if isGeneric(t, "Compact") {
		inner := compactPlan(t, t.Field(0))
		return &plan{
			encode: func(e *Encoder, v reflect.Value) { inner.encode(e, v.Field(0)) },
			decode: func(d *Decoder, v reflect.Value) { inner.decode(d, v.Field(0)) },
			min:    inner.min,
		}
	}
	if t.Implements(marshalerType) && reflect.PointerTo(t).Implements(unmarshalerType) {
		return customPlan(t)
	}
	if t.Implements(appenderType) && reflect.PointerTo(t).Implements(binaryType) {
		return binaryPlan(t)
	}
	switch t.Kind() {
	case reflect.Bool:
		return &plan{
			encode: func(e *Encoder, v reflect.Value) { e.Bool(v.Bool()) },
			decode: func(d *Decoder, v reflect.Value) { v.SetBool(d.Bool()) },
			min:    1,
		}
	case reflect.Uint8:
		if t.Implements(variantsType) {
			return variantsPlan(t)
		}
		return uintPlan(1)
	case reflect.Uint16:
		return uintPlan(2)
	case reflect.Uint32:
		return uintPlan(4)
	case reflect.Uint64:
		return uintPlan(8)
	case reflect.Int8:
		return intPlan(1)
	case reflect.Int16:
		return intPlan(2)
	case reflect.Int32:
		return intPlan(4)
	case reflect.Int64:
		return intPlan(8)
	case reflect.String:
		return &plan{
			encode: func(e *Encoder, v reflect.Value) { e.Compact(uint64(v.Len())); e.buf = append(e.buf, v.String()...) },
			decode: func(d *Decoder, v reflect.Value) { v.SetString(string(d.ByteSlice())) },
			min:    1,
		}
	case reflect.Array:
		return c.array(t)
	case reflect.Slice:
		return c.slice(t, self)
	case reflect.Struct:
		switch {
		case isEnum(t):
			return c.enum(t)
		case isOption(t):
			return c.option(t)
		case isResult(t):
			return c.result(t)
		}
		return c.structure(t)
	}
	panic(fmt.Sprintf("scale: %v has no encoding", t))
}

// customPlan serves types that encode themselves; one that may take no bytes at all says so by a method MinScale() int.
func customPlan(t reflect.Type) *plan {
	least := 1
	if m, ok := reflect.Zero(t).Interface().(interface{ MinScale() int }); ok {
		least = m.MinScale()
	}
	return &plan{
		encode: func(e *Encoder, v reflect.Value) { v.Interface().(Marshaler).EncodeScale(e) },
		decode: func(d *Decoder, v reflect.Value) { v.Addr().Interface().(Unmarshaler).DecodeScale(d) },
		min:    least,
	}
}

// binaryPlan serves types of packages that know nothing of SCALE but have a binary form of fixed length (package fixed).
func binaryPlan(t reflect.Type) *plan {
	zero, err := reflect.Zero(t).Interface().(encoding.BinaryAppender).AppendBinary(nil)
	if err != nil {
		panic(fmt.Sprintf("scale: the zero value of %v has no binary form: %v", t, err))
	}
	size := len(zero)
	return &plan{
		encode: func(e *Encoder, v reflect.Value) {
			if v.CanAddr() { // spares a copy
				v = v.Addr()
			}
			buf, err := v.Interface().(encoding.BinaryAppender).AppendBinary(e.buf)
			if err != nil || len(buf) != len(e.buf)+size {
				panic(fmt.Sprintf("scale: %v appended %d bytes, want %d: %v", t, len(buf)-len(e.buf), size, err))
			}
			e.buf = buf
		},
		decode: func(d *Decoder, v reflect.Value) {
			if raw := d.Raw(size); raw != nil {
				d.Fail(v.Addr().Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(raw))
			}
		},
		min: size,
	}
}

func uintPlan(size int) *plan {
	return &plan{
		encode: func(e *Encoder, v reflect.Value) { e.uint(v.Uint(), size) },
		decode: func(d *Decoder, v reflect.Value) { v.SetUint(d.uint(size)) },
		min:    size,
	}
}

func intPlan(size int) *plan {
	shift := 64 - 8*size
	return &plan{
		encode: func(e *Encoder, v reflect.Value) { e.uint(uint64(v.Int()), size) },
		decode: func(d *Decoder, v reflect.Value) { v.SetInt(int64(d.uint(size)<<shift) >> shift) },
		min:    size,
	}
}

func (e *Encoder) uint(v uint64, size int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	e.Raw(b[:size])
}

func (d *Decoder) uint(size int) (v uint64) {
	for i, b := range d.Raw(size) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

func variantsPlan(t reflect.Type) *plan {
	var known [256]bool
	for _, v := range reflect.Zero(t).Interface().(Variants).Variants() {
		known[v.Index] = true
	}
	return &plan{
		encode: func(e *Encoder, v reflect.Value) { e.Byte(byte(v.Uint())) },
		decode: func(d *Decoder, v reflect.Value) {
			b := d.Byte()
			if d.err == nil && !known[b] {
				d.Invalid("%v has no variant %d", t, b)
			}
			v.SetUint(uint64(b))
		},
		min: 1,
	}
}

func (c *compiler) array(t reflect.Type) *plan {
	n := t.Len()
	if t.Elem().Kind() == reflect.Uint8 && !t.Elem().Implements(variantsType) {
		return &plan{
			encode: func(e *Encoder, v reflect.Value) { e.Raw(v.Bytes()) },
			decode: func(d *Decoder, v reflect.Value) { copy(v.Bytes(), d.Raw(n)) },
			min:    n,
		}
	}
	elem := c.compile(t.Elem())
	return &plan{
		encode: func(e *Encoder, v reflect.Value) {
			for i := range n {
				elem.encode(e, v.Index(i))
			}
		},
		decode: func(d *Decoder, v reflect.Value) {
			for i := range n {
				elem.decode(d, v.Index(i))
			}
		},
		min: n * elem.min,
	}
}

func (c *compiler) structure(t reflect.Type) *plan {
	type field struct {
		at int
		*plan
	}
	var fields []field
	out := &plan{}
	for i := range t.NumField() {
		f := t.Field(i)
		switch tag := f.Tag.Get("scale"); {
		case tag == "-":
			continue
		case !f.IsExported():
			panic(fmt.Sprintf("scale: %v.%s is not exported; tag it `scale:\"-\"` or export it", t, f.Name))
		case tag == "compact":
			fields = append(fields, field{i, compactPlan(t, f)})
		case tag == "":
			fields = append(fields, field{i, c.compile(f.Type)})
		default:
			panic(fmt.Sprintf("scale: %v.%s has the unknown tag %q", t, f.Name, tag))
		}
		out.min += fields[len(fields)-1].min
	}
	out.encode = func(e *Encoder, v reflect.Value) {
		for _, f := range fields {
			f.encode(e, v.Field(f.at))
		}
	}
	out.decode = func(d *Decoder, v reflect.Value) {
		for _, f := range fields {
			f.decode(d, v.Field(f.at))
		}
	}
	return out
}

func compactPlan(t reflect.Type, f reflect.StructField) *plan {
	switch f.Type.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
	default:
		panic(fmt.Sprintf("scale: %v.%s is compact, but %v is no unsigned integer", t, f.Name, f.Type))
	}
	return &plan{
		encode: func(e *Encoder, v reflect.Value) { e.Compact(v.Uint()) },
		decode: func(d *Decoder, v reflect.Value) {
			n := d.Compact()
			if v.OverflowUint(n) {
				d.Invalid("compact integer %d does not fit %v", n, f.Type)
				return
			}
			v.SetUint(n)
		},
		min: 1,
	}
}

// EnumVariant is one variant of an Enum struct.
type EnumVariant struct {
	Index  uint8
	Name   string
	Field  int          // position in the struct
	Type   reflect.Type // what the pointer points to
	Fields bool         // its fields are the variant's named fields
}

// EnumVariants lists the variants of a struct that embeds Enum, in the order of its fields; ok is false for other types.
func EnumVariants(t reflect.Type) (out []EnumVariant, ok bool) {
	if !isEnum(t) {
		return nil, false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == enumType {
			continue
		}
		if f.Type.Kind() != reflect.Pointer {
			panic(fmt.Sprintf("scale: %v.%s is not a pointer, but a variant must be", t, f.Name))
		}
		number, option, _ := strings.Cut(f.Tag.Get("index"), ",")
		n, err := strconv.ParseUint(number, 10, 8)
		if err != nil {
			panic(fmt.Sprintf("scale: %v.%s has no tag `index:\"0…255\"`", t, f.Name))
		}
		name := f.Name
		if n := f.Tag.Get("name"); n != "" {
			name = n
		}
		out = append(out, EnumVariant{Index: uint8(n), Name: name, Field: i, Type: f.Type.Elem(), Fields: option == "fields"})
	}
	return out, true
}

func isEnum(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() == 0 {
		return false
	}
	f := t.Field(0)
	return f.Anonymous && f.Type == enumType
}

func (c *compiler) enum(t reflect.Type) *plan {
	variants, _ := EnumVariants(t)
	var byIndex [256]*EnumVariant
	inner := make([]*plan, len(variants))
	for i := range variants {
		v := &variants[i]
		if byIndex[v.Index] != nil {
			panic(fmt.Sprintf("scale: %v has two variants %d", t, v.Index))
		}
		byIndex[v.Index] = v
		inner[i] = c.compile(v.Type)
	}
	planFor := func(v *EnumVariant) *plan { return inner[v.Field-1] }
	return &plan{
		encode: func(e *Encoder, v reflect.Value) {
			for i := range variants {
				if p := v.Field(variants[i].Field); !p.IsNil() {
					e.Byte(variants[i].Index)
					planFor(&variants[i]).encode(e, p.Elem())
					return
				}
			}
			panic(fmt.Sprintf("scale: %v with no variant set", t))
		},
		decode: func(d *Decoder, v reflect.Value) {
			tag := d.Byte()
			if d.err != nil || !d.Nest() {
				return
			}
			defer d.Unnest()
			found := byIndex[tag]
			if found == nil {
				d.Invalid("%v has no variant %d", t, tag)
				return
			}
			v.SetZero()
			p := reflect.New(found.Type)
			planFor(found).decode(d, p.Elem())
			v.Field(found.Field).Set(p)
		},
		min: 1,
	}
}

func isGeneric(t reflect.Type, name string) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == enumType.PkgPath() && strings.HasPrefix(t.Name(), name+"[")
}

func isOption(t reflect.Type) bool { return isGeneric(t, "Option") }
func isResult(t reflect.Type) bool { return isGeneric(t, "Result") }

// OptionOf returns T when t is Option[T].
func OptionOf(t reflect.Type) (reflect.Type, bool) {
	if !isOption(t) {
		return nil, false
	}
	return t.Field(1).Type, true
}

// ResultOf returns T and E when t is Result[T, E].
func ResultOf(t reflect.Type) (ok, err reflect.Type, is bool) {
	if !isResult(t) {
		return nil, nil, false
	}
	return t.Field(1).Type, t.Field(2).Type, true
}

// CompactOf returns T when t is Compact[T], and Uint128 for Compact128.
func CompactOf(t reflect.Type) (reflect.Type, bool) {
	if t == reflect.TypeFor[Compact128]() {
		return reflect.TypeFor[Uint128](), true
	}
	if !isGeneric(t, "Compact") {
		return nil, false
	}
	return t.Field(0).Type, true
}

func (c *compiler) option(t reflect.Type) *plan {
	inner := c.compile(t.Field(1).Type)
	return &plan{
		encode: func(e *Encoder, v reflect.Value) {
			set := v.Field(0).Bool()
			e.Bool(set)
			if set {
				inner.encode(e, v.Field(1))
			}
		},
		decode: func(d *Decoder, v reflect.Value) {
			v.SetZero()
			if d.Bool() && d.Nest() {
				v.Field(0).SetBool(true)
				inner.decode(d, v.Field(1))
				d.Unnest()
			}
		},
		min: 1,
	}
}

func (c *compiler) result(t reflect.Type) *plan {
	good, bad := c.compile(t.Field(1).Type), c.compile(t.Field(2).Type)
	return &plan{
		encode: func(e *Encoder, v reflect.Value) {
			failed := v.Field(0).Bool()
			e.Bool(failed)
			if failed {
				bad.encode(e, v.Field(2))
			} else {
				good.encode(e, v.Field(1))
			}
		},
		decode: func(d *Decoder, v reflect.Value) {
			v.SetZero()
			failed := d.Bool()
			v.Field(0).SetBool(failed)
			if failed {
				bad.decode(d, v.Field(2))
			} else {
				good.decode(d, v.Field(1))
			}
		},
		min: 1,
	}
}
