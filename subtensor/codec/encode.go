package codec

import (
	"encoding"
	"encoding/hex"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

// Encode writes v as a type. The error tells the place within v.
func (c *Codec) Encode(id uint32, v any) ([]byte, error) {
	e := encoder{Encoder: scale.NewEncoder(nil), c: c}
	if err := e.value(id, v); err != nil {
		return nil, err
	}
	return e.Bytes(), nil
}

type encoder struct {
	*scale.Encoder
	c     *Codec
	depth int
}

// at puts a place in front of an error.
func at(place string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", place, err)
}

func (e *encoder) mismatch(id uint32, v any) error {
	return fmt.Errorf("%w: %T given for %s", ErrValue, v, e.c.TypeName(id))
}

const deepestValue = 256

func (e *encoder) value(id uint32, v any) error {
	t, err := e.c.info(id)
	if err != nil {
		return err
	}
	if e.depth++; e.depth > deepestValue {
		return fmt.Errorf("%w: nested more than %d levels", ErrValue, deepestValue)
	}
	defer func() { e.depth-- }()
	switch t.form {
	case bytesOf:
		return e.byteList(t, v)
	case account, h256:
		return e.fixed32(t, v)
	case u256:
		n, ok := integer(v)
		if !ok {
			return e.mismatch(id, v)
		}
		if n.Sign() < 0 || n.BitLen() > 256 {
			return fmt.Errorf("%w: %v is out of range for U256", ErrValue, n)
		}
		e.Raw(little(n, 32))
		return nil
	case option:
		return e.option(t, v)
	case address:
		if a, ok := accountOf(v); ok {
			v = Variant{Name: "Id", Value: a}
		}
	case outer:
		switch call := v.(type) {
		case Call:
			v = call.variant()
		case *Call:
			v = call.variant()
		}
	case newtype:
		if m, ok := v.(map[string]any); !ok || len(m) > 0 { // an empty map stands for no fields
			return e.value(t.Fields[0].Type, v)
		}
	}
	switch t.Kind {
	case metadata.Composite:
		return e.fields(id, t.Fields, v)
	case metadata.Enum:
		return e.enum(t, v)
	case metadata.Sequence, metadata.Array:
		return e.list(t, v)
	case metadata.Tuple:
		return e.tuple(t, v)
	case metadata.Primitive:
		return e.basic(t, v)
	case metadata.Compact:
		return e.compact(t, v)
	}
	b, ok := v.(Bits)
	if !ok {
		return e.mismatch(id, v)
	}
	store := uint64(e.c.storeBytes(t))
	if words := b.Len/(8*store) + min(b.Len%(8*store), 1); uint64(len(b.Data)) != words*store {
		return fmt.Errorf("%w: %d bits in %d bytes, want %d", ErrValue, b.Len, len(b.Data), words*store)
	}
	e.Compact(b.Len)
	e.Raw(b.Data)
	return nil
}

func (c Call) variant() Variant {
	return Variant{Name: c.Pallet, Value: Variant{Name: c.Name, Value: c.Args}}
}

// accountOf takes what names an account: its bytes, or its address.
func accountOf(v any) (bt.AccountID, bool) {
	switch v := v.(type) {
	case bt.AccountID:
		return v, true
	case *bt.AccountID:
		if v != nil {
			return *v, true
		}
	case [32]byte:
		return v, true
	case string:
		a, err := bt.ParseAccount(v)
		return a, err == nil
	}
	return bt.AccountID{}, false
}

func (e *encoder) fixed32(t *typeInfo, v any) error {
	if s, ok := v.(string); ok && t.form == account {
		a, err := bt.ParseAccount(s)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrValue, err)
		}
		e.Raw(a[:])
		return nil
	}
	raw, ok := rawBytes(v)
	if !ok {
		return e.mismatch(t.ID, v)
	}
	if len(raw) != 32 {
		return fmt.Errorf("%w: %d bytes given for %s, want 32", ErrValue, len(raw), e.c.TypeName(t.ID))
	}
	e.Raw(raw)
	return nil
}

// rawBytes takes byte slices, byte arrays, strings (0x and hex digits, or else text as it is) and lists of small integers.
func rawBytes(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case string:
		if digits, ok := strings.CutPrefix(v, "0x"); ok {
			if raw, err := hex.DecodeString(digits); err == nil {
				return raw, true
			}
		}
		return []byte(v), true
	case []any:
		out := make([]byte, len(v))
		for i, x := range v {
			n, ok := integer(x)
			if !ok || !n.IsUint64() || n.Uint64() > 255 {
				return nil, false
			}
			out[i] = byte(n.Uint64())
		}
		return out, true
	}
	rv := deref(reflect.ValueOf(v))
	switch rv.Kind() {
	case reflect.String:
		return rawBytes(rv.String())
	case reflect.Slice, reflect.Array:
		if rv.Type().Elem().Kind() != reflect.Uint8 {
			return nil, false
		}
		out := make([]byte, rv.Len())
		reflect.Copy(reflect.ValueOf(out), rv)
		return out, true
	}
	return nil, false
}

func deref(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

func (e *encoder) byteList(t *typeInfo, v any) error {
	raw, ok := rawBytes(v)
	if !ok {
		return e.mismatch(t.ID, v)
	}
	if t.Kind == metadata.Sequence {
		e.ByteSlice(raw)
		return nil
	}
	if len(raw) != int(t.Len) {
		return fmt.Errorf("%w: %d bytes given for %s", ErrValue, len(raw), e.c.TypeName(t.ID))
	}
	e.Raw(raw)
	return nil
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Interface:
		return rv.IsNil()
	}
	return false
}

func (e *encoder) option(t *typeInfo, v any) error {
	if some, ok := v.(Some); ok {
		v = some.Value
	} else if isNil(v) {
		e.Byte(0)
		return nil
	} else if rv := reflect.ValueOf(v); rv.Kind() == reflect.Struct {
		if _, is := scale.OptionOf(rv.Type()); is {
			if !rv.Field(0).Bool() {
				e.Byte(0)
				return nil
			}
			v = rv.Field(1).Interface()
		}
	}
	e.Byte(1)
	return e.value(t.Variants[1].Fields[0].Type, v)
}

func (e *encoder) enum(t *typeInfo, v any) error {
	var name string
	var content any
	switch v := v.(type) {
	case Variant:
		name, content = v.Name, v.Value
	case *Variant:
		name, content = v.Name, v.Value
	case string:
		name = v
	case map[string]any:
		if len(v) != 1 {
			return fmt.Errorf("%w: a map of %d members given for %s, want one: the variant", ErrValue, len(v), e.c.TypeName(t.ID))
		}
		for name, content = range v { // the only member
		}
	default:
		rv := deref(reflect.ValueOf(v))
		if rv.Kind() == reflect.Struct {
			if n, c, ok := taggedUnion(rv); ok {
				name, content = n, c
				break
			}
		}
		// A fieldless enum may be given by a typed tag.
		if n, ok := integer(v); ok && n.IsUint64() && n.Uint64() < 256 {
			if found := t.Variant(uint8(n.Uint64())); found != nil && len(found.Fields) == 0 {
				e.Byte(found.Index)
				return nil
			}
		}
		return e.mismatch(t.ID, v)
	}
	found := t.VariantNamed(name)
	if found == nil {
		return fmt.Errorf("%w: %s has no variant %q; it has %s", ErrUnknown, e.c.TypeName(t.ID), name, names(t.Variants))
	}
	e.Byte(found.Index)
	return at(name, e.fields(t.ID, found.Fields, content))
}

// taggedUnion takes a struct that embeds scale.Enum apart.
func taggedUnion(rv reflect.Value) (name string, content any, ok bool) {
	variants, ok := scale.EnumVariants(rv.Type())
	if !ok {
		return "", nil, false
	}
	for _, v := range variants {
		p := rv.Field(v.Field)
		if p.IsNil() {
			continue
		}
		if v.Type == reflect.TypeFor[scale.Unit]() {
			return v.Name, nil, true
		}
		return v.Name, p.Elem().Interface(), true
	}
	return "", nil, false
}

// names lists variants for an error, a few of them.
func names(list []metadata.Variant) string {
	const most = 12
	var out []string
	for i := range list {
		if i == most {
			out = append(out, "…")
			break
		}
		out = append(out, list[i].Name)
	}
	return strings.Join(out, ", ")
}

// fields writes the fields of a composite or variant from a map, a struct, a list, or the single value itself.
func (e *encoder) fields(id uint32, fields []metadata.Field, v any) error {
	if len(fields) == 0 {
		switch rv := deref(reflect.ValueOf(v)); {
		case !rv.IsValid():
			return nil
		case (rv.Kind() == reflect.Map || rv.Kind() == reflect.Slice) && rv.Len() == 0:
			return nil
		case rv.Kind() == reflect.Struct && rv.NumField() == 0:
			return nil
		}
		return fmt.Errorf("%w: %T given where %s takes nothing", ErrValue, v, e.c.TypeName(id))
	}
	if !fields[0].Name.Set {
		if len(fields) == 1 {
			return e.value(fields[0].Type, v)
		}
		list, ok := listOf(v)
		if !ok {
			return e.mismatch(id, v)
		}
		if len(list) != len(fields) {
			return fmt.Errorf("%w: %d values given for the %d fields of %s", ErrValue, len(list), len(fields), e.c.TypeName(id))
		}
		for i := range fields {
			if err := e.value(fields[i].Type, list[i]); err != nil {
				return at(strconv.Itoa(i), err)
			}
		}
		return nil
	}
	get, known, ok := members(v)
	if !ok {
		if len(fields) == 1 { // a wrapper with a named field, such as the bits of a fixed-point number
			return at(fields[0].Name.Value, e.value(fields[0].Type, v))
		}
		return e.mismatch(id, v)
	}
	for i := range fields {
		name := fieldName(fields, i)
		member, ok := get(name)
		if !ok {
			return fmt.Errorf("%w: %s has no %s; given: %s", ErrValue, e.c.TypeName(id), name, strings.Join(known(), ", "))
		}
		if err := e.value(fields[i].Type, member); err != nil {
			return at(name, err)
		}
	}
	if given := known(); len(given) > len(fields) {
		return fmt.Errorf("%w: %d members given (%s), but %s has %d", ErrValue, len(given), strings.Join(given, ", "), e.c.TypeName(id), len(fields))
	}
	return nil
}

// members gives access to named values of a map or struct.
func members(v any) (get func(string) (any, bool), known func() []string, ok bool) {
	if m, is := v.(map[string]any); is {
		return func(name string) (any, bool) { x, ok := m[name]; return x, ok }, func() []string { return keysOf(m) }, true
	}
	rv := deref(reflect.ValueOf(v))
	if !rv.IsValid() || rv.Kind() != reflect.Struct || !namedFields(rv.Type()) {
		return nil, nil, false
	}
	plan := structPlan(rv.Type())
	get = func(name string) (any, bool) {
		i, ok := plan.byName[name]
		if !ok {
			return nil, false
		}
		return rv.Field(i).Interface(), true
	}
	return get, func() []string { return plan.names }, true
}

// namedFields tells structs that stand for composites from those that are values of their own.
func namedFields(t reflect.Type) bool {
	if t == reflect.TypeFor[big.Int]() || t == reflect.TypeFor[scale.Uint128]() || t == reflect.TypeFor[scale.Int128]() {
		return false
	}
	if t.Implements(reflect.TypeFor[encoding.BinaryAppender]()) || scale.IsTuple(t) {
		return false
	}
	_, compact := scale.CompactOf(t)
	return !compact
}

// listOf takes slices, arrays and structs that are tuples.
func listOf(v any) ([]any, bool) {
	if list, ok := v.([]any); ok {
		return list, true
	}
	rv := deref(reflect.ValueOf(v))
	switch rv.Kind() {
	case reflect.Slice, reflect.Array:
		out := make([]any, rv.Len())
		for i := range out {
			out[i] = rv.Index(i).Interface()
		}
		return out, true
	case reflect.Struct:
		if !scale.IsTuple(rv.Type()) {
			return nil, false
		}
		var out []any
		for i := 1; i < rv.NumField(); i++ {
			out = append(out, rv.Field(i).Interface())
		}
		return out, true
	}
	return nil, false
}

func (e *encoder) list(t *typeInfo, v any) error {
	list, ok := listOf(v)
	if !ok {
		return e.mismatch(t.ID, v)
	}
	if t.Kind == metadata.Sequence {
		e.Compact(uint64(len(list)))
	} else if len(list) != int(t.Len) {
		return fmt.Errorf("%w: %d values given for %s", ErrValue, len(list), e.c.TypeName(t.ID))
	}
	for i, x := range list {
		if err := e.value(t.Elem, x); err != nil {
			return at(strconv.Itoa(i), err)
		}
	}
	return nil
}

func (e *encoder) tuple(t *typeInfo, v any) error {
	if len(t.Tuple) == 0 && v == nil {
		return nil
	}
	list, ok := listOf(v)
	if !ok {
		return e.mismatch(t.ID, v)
	}
	if len(list) != len(t.Tuple) {
		return fmt.Errorf("%w: %d values given for %s", ErrValue, len(list), e.c.TypeName(t.ID))
	}
	for i, id := range t.Tuple {
		if err := e.value(id, list[i]); err != nil {
			return at(strconv.Itoa(i), err)
		}
	}
	return nil
}

// integer takes any integer of Go, a 128-bit one, a fixed-point number as its bits, or decimal digits.
func integer(v any) (*big.Int, bool) {
	switch v := v.(type) {
	case uint64:
		return new(big.Int).SetUint64(v), true
	case *big.Int:
		return v, v != nil
	case scale.Uint128:
		return v.Big(), true
	case scale.Int128:
		b := new(big.Int).Lsh(big.NewInt(v.Hi), 64)
		return b.Add(b, new(big.Int).SetUint64(v.Lo)), true
	case string:
		n, ok := new(big.Int).SetString(v, 10)
		return n, ok
	}
	rv := deref(reflect.ValueOf(v))
	switch {
	case !rv.IsValid():
	case rv.CanUint():
		return new(big.Int).SetUint64(rv.Uint()), true
	case rv.CanInt():
		return big.NewInt(rv.Int()), true
	case rv.Kind() == reflect.Struct:
		if _, compact := scale.CompactOf(rv.Type()); compact {
			return integer(rv.Field(0).Interface())
		}
		if b, ok := rv.Interface().(encoding.BinaryAppender); ok {
			raw, err := b.AppendBinary(nil)
			return fromLittle(raw), err == nil
		}
	}
	return nil, false
}

func (e *encoder) basic(t *typeInfo, v any) error {
	switch t.Basic {
	case metadata.Bool:
		if rv := deref(reflect.ValueOf(v)); rv.Kind() == reflect.Bool {
			e.Bool(rv.Bool())
			return nil
		}
		return e.mismatch(t.ID, v)
	case metadata.Str:
		if rv := deref(reflect.ValueOf(v)); rv.Kind() == reflect.String {
			e.ByteSlice([]byte(rv.String()))
			return nil
		}
		return e.mismatch(t.ID, v)
	}
	n, ok := integer(v)
	if !ok {
		return e.mismatch(t.ID, v)
	}
	size := t.Basic.Size()
	signed := t.Basic >= metadata.I8
	if t.Basic == metadata.Char && n.BitLen() > 21 || !fits(n, 8*size, signed, v) {
		return fmt.Errorf("%w: %v is out of range for %s", ErrValue, n, t.Basic)
	}
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	e.Raw(little(n, size))
	return nil
}

// fits tells whether n is in the range of an integer. The bits of fixed-point numbers always are.
func fits(n *big.Int, bits int, signed bool, v any) bool {
	if !signed {
		return n.Sign() >= 0 && n.BitLen() <= bits
	}
	if _, raw := v.(encoding.BinaryAppender); raw {
		return n.BitLen() <= bits
	}
	if n.Sign() >= 0 {
		return n.BitLen() < bits
	}
	return new(big.Int).Not(n).BitLen() < bits
}

func little(n *big.Int, size int) []byte {
	out := n.FillBytes(make([]byte, size))
	for i := range size / 2 {
		out[i], out[size-1-i] = out[size-1-i], out[i]
	}
	return out
}

func (e *encoder) compact(t *typeInfo, v any) error {
	n, ok := integer(v)
	if !ok {
		return e.mismatch(t.ID, v)
	}
	bits := e.c.compactBits(t.Elem)
	if n.Sign() < 0 || n.BitLen() > bits {
		return fmt.Errorf("%w: %v is out of range for a compact integer of %d bits", ErrValue, n, bits)
	}
	if n.IsUint64() {
		e.Compact(n.Uint64())
		return nil
	}
	size := (n.BitLen() + 7) / 8
	e.Byte(byte(size-4)<<2 | 3)
	e.Raw(little(n, size))
	return nil
}
