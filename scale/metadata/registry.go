package metadata

import (
	"encoding"
	"fmt"
	"path"
	"reflect"
	"strings"

	"github.com/myelin-go/myelin/scale"
)

// Registry collects types from Go declarations and numbers them in the order in which they are first asked for.
type Registry struct {
	types   []Type
	ids     map[any]uint32 // by reflect.Type, or by the text of a structural type
	special map[reflect.Type]Special
}

// Special describes a type whose metadata is not that of its Go declaration.
type Special func(r *Registry) Type

// NewRegistry is an empty registry; special may be nil.
func NewRegistry(special map[reflect.Type]Special) *Registry {
	return &Registry{ids: map[any]uint32{}, special: special}
}

// Types lists what was collected.
func (r *Registry) Types() []Type { return r.types }

var (
	binaryAppender = reflect.TypeFor[encoding.BinaryAppender]()
	variantsType   = reflect.TypeFor[scale.Variants]()
	unitType       = reflect.TypeFor[scale.Unit]()
	uint128Type    = reflect.TypeFor[scale.Uint128]()
	int128Type     = reflect.TypeFor[scale.Int128]()
)

// TypeOf is the id of a Go type. It panics on types that have no encoding, a mistake in the program.
func (r *Registry) TypeOf(t reflect.Type) uint32 {
	if id, ok := r.ids[t]; ok {
		return id
	}
	if make, ok := r.special[t]; ok {
		return r.declare(t, func() Type { return make(r) })
	}
	if named, ok := reflect.Zero(t).Interface().(scale.Named); ok {
		return r.declare(t, func() Type { return r.named(t, named.ScaleName()) })
	}
	id := r.structural(t)
	r.ids[t] = id
	return id
}

// declare numbers a type before it is described, so that it may contain itself.
func (r *Registry) declare(key any, describe func() Type) uint32 {
	if id, ok := r.ids[key]; ok {
		return id
	}
	id := uint32(len(r.types))
	r.ids[key] = id
	r.types = append(r.types, Type{})
	t := describe()
	t.ID = id
	r.types[id] = t
	return id
}

// Add is a type that has no Go type; the name tells it from others and must be unique.
func (r *Registry) Add(name string, describe func() Type) uint32 { return r.declare(name, describe) }

// same numbers a structural type once, whatever Go types it comes from.
func (r *Registry) same(t Type) uint32 {
	return r.declare(fmt.Sprint(t.Kind, t.Elem, t.Len, t.Tuple, t.Basic), func() Type { return t })
}

// Unit is the type ().
func (r *Registry) Unit() uint32 { return r.same(Type{Kind: Tuple}) }

// TupleOf is a tuple.
func (r *Registry) TupleOf(ids ...uint32) uint32 { return r.same(Type{Kind: Tuple, Tuple: ids}) }

// CompactOf is the compact form of a type.
func (r *Registry) CompactOf(id uint32) uint32 { return r.same(Type{Kind: Compact, Elem: id}) }

// SequenceOf is a vector.
func (r *Registry) SequenceOf(id uint32) uint32 { return r.same(Type{Kind: Sequence, Elem: id}) }

// Basic is a primitive type.
func (r *Registry) Basic(b Basic) uint32 { return r.same(Type{Kind: Primitive, Basic: b}) }

func (r *Registry) structural(t reflect.Type) uint32 {
	switch t {
	case unitType:
		return r.Unit()
	case uint128Type:
		return r.Basic(U128)
	case int128Type:
		return r.Basic(I128)
	}
	if fixed, ok := fixedPoint[t.String()]; ok && t.Implements(binaryAppender) {
		return r.declare(t, func() Type { return r.fixed(fixed) })
	}
	if b, ok := wide[t.String()]; ok && t.Implements(binaryAppender) {
		return r.Basic(b)
	}
	if inner, ok := scale.CompactOf(t); ok {
		return r.CompactOf(r.TypeOf(inner))
	}
	if inner, ok := scale.OptionOf(t); ok {
		return r.declare(t, func() Type {
			id := r.TypeOf(inner)
			return Type{Kind: Enum, Path: []string{"Option"}, Params: []Param{{"T", scale.Some(id)}}, Variants: []Variant{
				{Name: "None"}, {Name: "Some", Index: 1, Fields: []Field{{Type: id}}},
			}}
		})
	}
	if good, bad, ok := scale.ResultOf(t); ok {
		return r.declare(t, func() Type {
			g, b := r.TypeOf(good), r.TypeOf(bad)
			return Type{Kind: Enum, Path: []string{"Result"}, Params: []Param{{"T", scale.Some(g)}, {"E", scale.Some(b)}}, Variants: []Variant{
				{Name: "Ok", Fields: []Field{{Type: g}}}, {Name: "Err", Index: 1, Fields: []Field{{Type: b}}},
			}}
		})
	}
	if scale.IsTuple(t) {
		ids := []uint32{}
		for _, f := range r.fields(t) {
			ids = append(ids, f.Type)
		}
		return r.TupleOf(ids...)
	}
	if t.Implements(variantsType) || t.Kind() == reflect.Struct {
		// Every type of the wire should say its name; one that does not gets one that cannot be mistaken for upstream's.
		return r.declare(t, func() Type {
			if name := foreign[t.String()]; name != "" {
				return r.named(t, scale.Name{Path: name})
			}
			return r.named(t, scale.Name{Path: "myelin::" + path.Base(t.PkgPath()) + "::" + strings.NewReplacer("[", "", "]", "", "/", "", ".", "").Replace(t.Name())})
		})
	}
	return r.plain(t)
}

var basics = map[reflect.Kind]Basic{
	reflect.Bool: Bool, reflect.String: Str, reflect.Uint8: U8, reflect.Uint16: U16, reflect.Uint32: U32, reflect.Uint64: U64,
	reflect.Int8: I8, reflect.Int16: I16, reflect.Int32: I32, reflect.Int64: I64,
}

// plain is a type by its kind, whatever its Go name.
func (r *Registry) plain(t reflect.Type) uint32 {
	if b, ok := basics[t.Kind()]; ok {
		return r.Basic(b)
	}
	switch t.Kind() {
	case reflect.Slice:
		return r.SequenceOf(r.TypeOf(t.Elem()))
	case reflect.Array:
		return r.same(Type{Kind: Array, Len: uint32(t.Len()), Elem: r.TypeOf(t.Elem())})
	}
	panic(fmt.Sprintf("metadata: %v has no description", t))
}

// Described is what TypeOf would make of a type if this were its name; specials build on it.
func (r *Registry) Described(t reflect.Type, name scale.Name) Type { return r.named(t, name) }

// named describes a type with a path: an enum, a composite, or a newtype around what its kind says.
func (r *Registry) named(t reflect.Type, name scale.Name) Type {
	out := Type{Path: strings.Split(name.Path, "::"), Docs: name.Docs}
	for _, p := range name.Params {
		param := Param{Name: p.Name}
		if p.Type != nil {
			param.Type = scale.Some(r.TypeOf(p.Type))
		}
		out.Params = append(out.Params, param)
	}
	if v, ok := reflect.Zero(t).Interface().(scale.Variants); ok {
		out.Kind = Enum
		for _, one := range v.Variants() {
			out.Variants = append(out.Variants, Variant{Name: one.Name, Index: one.Index})
		}
		return out
	}
	variants, ok := scale.EnumVariants(t)
	if union, described := reflect.Zero(t).Interface().(scale.Union); described {
		variants, ok = union.Union(), true
	}
	if ok {
		out.Kind = Enum
		for _, one := range variants {
			v := Variant{Name: one.Name, Index: one.Index}
			switch {
			case one.Type == unitType:
			case one.Fields:
				v.Fields = r.fields(one.Type)
			default:
				v.Fields = []Field{{Type: r.TypeOf(one.Type)}}
			}
			out.Variants = append(out.Variants, v)
		}
		return out
	}
	if t.Kind() == reflect.Struct {
		out.Fields = r.fields(t)
	} else {
		out.Fields = []Field{{Type: r.plain(t)}}
	}
	return out
}

// fields describes the fields of a struct; those of a struct that embeds scale.Tuple have no names.
func (r *Registry) fields(t reflect.Type) (out []Field) {
	if t == nil {
		return nil
	}
	unnamed := scale.IsTuple(t)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("scale") == "-" || f.Type == reflect.TypeFor[scale.Tuple]() {
			continue
		}
		field := Field{Type: r.TypeOf(f.Type)}
		if f.Tag.Get("scale") == "compact" {
			field.Type = r.CompactOf(field.Type)
		}
		if !unnamed {
			field.Name = scale.Some(scale.FieldName(f))
		}
		if doc := f.Tag.Get("doc"); doc != "" {
			field.Docs = []string{doc}
		}
		out = append(out, field)
	}
	return out
}

// fixedForm is how clients know a fixed-point type: by its name, the integer of its bits and the number of fractional ones.
type fixedForm struct {
	name string
	bits Basic
	frac int
}

// fixedPoint names the types of package fixed, which cannot say it themselves: it imports the standard library only.
var fixedPoint = map[string]fixedForm{
	"fixed.I32F32": {"FixedI64", I64, 32},
	"fixed.I64F64": {"FixedI128", I128, 64},
	"fixed.U64F64": {"FixedU128", U128, 64},
	"fixed.U96F32": {"FixedU128", U128, 32},
	"fixed.I96F32": {"FixedI128", I128, 32},
}

// wide names the integers of package fixed.
var wide = map[string]Basic{"fixed.Uint128": U128, "fixed.Int128": I128}

// foreign names types of packages that know nothing of SCALE.
var foreign = map[string]string{"sharepool.SafeFloat": "share_pool::SafeFloat"}

func (r *Registry) fixed(f fixedForm) Type {
	return Type{
		Path: []string{"substrate_fixed", f.name}, Params: []Param{{"Frac", scale.Some(r.typenum(f.frac))}},
		Fields: []Field{{Name: scale.Some("bits"), Type: r.Basic(f.bits)}},
	}
}

// typenum is a number as Rust's typenum writes it in types: binary digits, the lowest outermost.
func (r *Registry) typenum(n int) uint32 {
	leaf := func(path ...string) uint32 {
		return r.Add(strings.Join(path, "::"), func() Type { return Type{Path: path} })
	}
	if n == 0 {
		return leaf("substrate_typenum", "uint", "UTerm")
	}
	return r.Add(fmt.Sprint("typenum ", n), func() Type {
		msb, lsb := r.typenum(n/2), leaf("substrate_typenum", "bit", fmt.Sprint("B", n%2))
		return Type{
			Path: []string{"substrate_typenum", "uint", "UInt"}, Params: []Param{{"U", scale.Some(msb)}, {"B", scale.Some(lsb)}},
			Fields: []Field{{Name: scale.Some("msb"), Type: msb}, {Name: scale.Some("lsb"), Type: lsb}},
		}
	})
}
