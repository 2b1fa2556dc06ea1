package pyval

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Field is one field of a struct as it travels: exported, named by its json tag (or its Go name), embedded structs flattened.
type Field struct {
	Name  string
	Index []int        // for reflect.Value.FieldByIndex
	Type  reflect.Type // of the field
	Flags []string     // of the synapse tag, comma separated
}

// Has tells whether the field's synapse tag holds a flag.
func (f *Field) Has(flag string) bool { return slices.Contains(f.Flags, flag) }

var fieldCache sync.Map // reflect.Type -> []Field

// Fields lists the travelling fields of a struct type in declaration order. A json tag "-" leaves a field out; omitempty has
// no effect, since Python models always send every field.
func Fields(t reflect.Type) []Field {
	if f, ok := fieldCache.Load(t); ok {
		return f.([]Field)
	}
	f := fields(t, nil)
	fieldCache.Store(t, f)
	return f
}

func fields(t reflect.Type, prefix []int) []Field {
	var out []Field
	for i := range t.NumField() {
		sf := t.Field(i)
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		index := append(slices.Clone(prefix), i)
		if sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct {
			out = append(out, fields(sf.Type, index)...)
			continue
		}
		if !sf.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = sf.Name
		}
		f := Field{Name: name, Index: index, Type: sf.Type}
		if tag := sf.Tag.Get("synapse"); tag != "" {
			f.Flags = strings.Split(tag, ",")
		}
		out = append(out, f)
	}
	return out
}

var (
	dictType   = reflect.TypeFor[Dict]()
	bigType    = reflect.TypeFor[big.Int]()
	rawType    = reflect.TypeFor[json.RawMessage]()
	marshaler  = reflect.TypeFor[encoding.TextMarshaler]()
	jsonMarsh  = reflect.TypeFor[json.Marshaler]()
	unmarshal  = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonUnmars = reflect.TypeFor[json.Unmarshaler]()
)

// Of turns a Go value into a value of this package: structs become dicts in field order, maps become dicts with sorted keys
// (take *Dict where order matters), nil pointers, maps and interfaces None, nil slices empty lists, []byte base64 text; types
// that marshal themselves to text or JSON are asked.
func Of(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	return of(reflect.ValueOf(v), 0)
}

// OfValue is Of for a value already reflected.
func OfValue(v reflect.Value) (any, error) { return of(v, 0) }

func of(v reflect.Value, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("%s nested deeper than %d", v.Type(), MaxDepth)
	}
	t := v.Type()
	switch t {
	case dictType:
		d := v.Interface().(Dict)
		return &d, nil
	case bigType:
		b := v.Interface().(big.Int)
		return normal(&b), nil
	case rawType:
		return Parse(v.Bytes())
	}
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil, nil
		}
		return of(v.Elem(), depth+1)
	}
	if t.Implements(jsonMarsh) {
		b, err := v.Interface().(json.Marshaler).MarshalJSON()
		if err != nil {
			return nil, err
		}
		return Parse(b)
	}
	if t.Implements(marshaler) {
		b, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return string(b), err
	}
	switch t.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if u := v.Uint(); u > math.MaxInt64 {
			return new(big.Int).SetUint64(u), nil
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return strings.ToValidUTF8(v.String(), "\uFFFD"), nil
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return base64.StdEncoding.EncodeToString(v.Bytes()), nil
		}
		list := make([]any, v.Len())
		for i := range list {
			e, err := of(v.Index(i), depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = e
		}
		return list, nil
	case reflect.Map:
		return ofMap(v, depth)
	case reflect.Struct:
		d := new(Dict)
		for _, f := range Fields(t) {
			e, err := of(v.FieldByIndex(f.Index), depth+1)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			d.Set(f.Name, e)
		}
		return d, nil
	default:
		return nil, fmt.Errorf("%s has no JSON form", t)
	}
}

func ofMap(v reflect.Value, depth int) (any, error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, fmt.Errorf("%s: keys must be strings", v.Type())
	}
	if v.IsNil() {
		return nil, nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	d := new(Dict)
	for _, k := range keys {
		e, err := of(v.MapIndex(k), depth+1)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", k.String(), err)
		}
		d.Set(k.String(), e)
	}
	return d, nil
}

func normal(b *big.Int) any {
	if b.IsInt64() {
		return b.Int64()
	}
	return b
}

// Coerce gives a value the form that Python's model validation would, where a field has the Go type t: whole floats become
// ints, ints become floats, numbers in text become numbers, the fields of nested structs come in declared order without
// unknown ones. What does not fit is left as it is: Into reports it.
func Coerce(v any, t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == dictType || t == bigType || t == rawType {
		return v
	}
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		if f, err := toFloat(v); err == nil {
			return f
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if i, err := toInt(v); err == nil {
			return i
		}
	case reflect.Slice, reflect.Array:
		if list, ok := v.([]any); ok {
			out := make([]any, len(list))
			for i := range list {
				out[i] = Coerce(list[i], t.Elem())
			}
			return out
		}
	case reflect.Map:
		if d, ok := v.(*Dict); ok {
			out := new(Dict)
			for i := range d.keys {
				out.Set(d.keys[i], Coerce(d.vals[i], t.Elem()))
			}
			return out
		}
	case reflect.Struct:
		if d, ok := v.(*Dict); ok && !reflect.PointerTo(t).Implements(jsonUnmars) {
			return coerceStruct(d, t)
		}
	}
	return v
}

func coerceStruct(d *Dict, t reflect.Type) any {
	out := new(Dict)
	for _, f := range Fields(t) {
		if e, ok := d.Get(f.Name); ok {
			out.Set(f.Name, Coerce(e, f.Type))
		} else if zero, err := OfValue(reflect.Zero(f.Type)); err == nil {
			out.Set(f.Name, zero)
		}
	}
	return out
}

func toFloat(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case int64:
		return float64(v), nil
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f, nil
	case string:
		return strconv.ParseFloat(strings.TrimSpace(v), 64)
	}
	return 0, fmt.Errorf("want a number, have %s", kindOf(v))
}

func toInt(v any) (any, error) {
	switch v := v.(type) {
	case int64, *big.Int:
		return v, nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<63 {
			return int64(v), nil
		}
		return nil, fmt.Errorf("want an integer, have %s", FloatText(v))
	case string:
		return strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	}
	return nil, fmt.Errorf("want an integer, have %s", kindOf(v))
}

// kindOf names a value's type as Python does.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []any:
		return "list"
	case *Dict:
		return "dict"
	}
	return fmt.Sprintf("%T", v)
}

// Into fills the Go value that ptr points to. It is as lax as Coerce; None makes the zero value, unknown keys of structs are
// passed over, fields that are absent keep what they held.
func Into(v any, ptr any) error {
	p := reflect.ValueOf(ptr)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return errors.New("pyval.Into wants a non-nil pointer")
	}
	return IntoValue(v, p.Elem())
}

// IntoValue is Into for a settable reflected value.
func IntoValue(v any, dst reflect.Value) error {
	t := dst.Type()
	if v == nil {
		dst.SetZero()
		return nil
	}
	switch {
	case t == dictType:
		d, ok := v.(*Dict)
		if !ok {
			return fmt.Errorf("want a dict, have %s", kindOf(v))
		}
		dst.Set(reflect.ValueOf(*d))
		return nil
	case t == bigType:
		i, err := toInt(v)
		if err != nil {
			return err
		}
		b, ok := i.(*big.Int)
		if !ok {
			b = big.NewInt(i.(int64))
		}
		dst.Addr().Interface().(*big.Int).Set(b)
		return nil
	case t.Kind() == reflect.Pointer:
		e := reflect.New(t.Elem())
		if err := IntoValue(v, e.Elem()); err != nil {
			return err
		}
		dst.Set(e)
		return nil
	case reflect.PointerTo(t).Implements(jsonUnmars):
		b, err := AppendDumps(nil, v)
		if err != nil {
			return err
		}
		return dst.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(b)
	case reflect.PointerTo(t).Implements(unmarshal):
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("want a str, have %s", kindOf(v))
		}
		return dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
	}
	return intoKind(v, dst)
}

func intoKind(v any, dst reflect.Value) error {
	t := dst.Type()
	switch t.Kind() {
	case reflect.Interface:
		if t.NumMethod() != 0 {
			return fmt.Errorf("%s cannot be read from JSON", t)
		}
		dst.Set(reflect.ValueOf(v))
	case reflect.Bool:
		b, ok := v.(bool)
		if !ok {
			return fmt.Errorf("want a bool, have %s", kindOf(v))
		}
		dst.SetBool(b)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, err := toInt(v)
		if err != nil {
			return err
		}
		n, ok := i.(int64)
		if !ok || dst.OverflowInt(n) {
			return fmt.Errorf("integer %v does not fit %s", i, t)
		}
		dst.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		i, err := toInt(v)
		if err != nil {
			return err
		}
		var u uint64
		switch n := i.(type) {
		case int64:
			if n < 0 {
				return fmt.Errorf("integer %d does not fit %s", n, t)
			}
			u = uint64(n)
		case *big.Int:
			if !n.IsUint64() {
				return fmt.Errorf("integer %v does not fit %s", n, t)
			}
			u = n.Uint64()
		}
		if dst.OverflowUint(u) {
			return fmt.Errorf("integer %d does not fit %s", u, t)
		}
		dst.SetUint(u)
	case reflect.Float32, reflect.Float64:
		f, err := toFloat(v)
		if err != nil {
			return err
		}
		dst.SetFloat(f)
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("want a str, have %s", kindOf(v))
		}
		dst.SetString(s)
	case reflect.Slice, reflect.Array:
		return intoList(v, dst)
	case reflect.Map:
		return intoMap(v, dst)
	case reflect.Struct:
		d, ok := v.(*Dict)
		if !ok {
			return fmt.Errorf("want a dict, have %s", kindOf(v))
		}
		for _, f := range Fields(t) {
			if e, ok := d.Get(f.Name); ok {
				if err := IntoValue(e, dst.FieldByIndex(f.Index)); err != nil {
					return fmt.Errorf("%s: %w", f.Name, err)
				}
			}
		}
	default:
		return fmt.Errorf("%s cannot be read from JSON", t)
	}
	return nil
}

func intoList(v any, dst reflect.Value) error {
	t := dst.Type()
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("want base64 text, have %s", kindOf(v))
		}
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return err
		}
		dst.SetBytes(b)
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("want a list, have %s", kindOf(v))
	}
	if t.Kind() == reflect.Array {
		if len(list) != t.Len() {
			return fmt.Errorf("list of %d elements, want %d", len(list), t.Len())
		}
	} else {
		dst.Set(reflect.MakeSlice(t, len(list), len(list)))
	}
	for i, e := range list {
		if err := IntoValue(e, dst.Index(i)); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func intoMap(v any, dst reflect.Value) error {
	t := dst.Type()
	d, ok := v.(*Dict)
	if !ok {
		return fmt.Errorf("want a dict, have %s", kindOf(v))
	}
	if t.Key().Kind() != reflect.String {
		return fmt.Errorf("%s: keys must be strings", t)
	}
	m := reflect.MakeMapWithSize(t, d.Len())
	for i := range d.keys {
		e := reflect.New(t.Elem()).Elem()
		if err := IntoValue(d.vals[i], e); err != nil {
			return fmt.Errorf("%q: %w", d.keys[i], err)
		}
		m.SetMapIndex(reflect.ValueOf(d.keys[i]).Convert(t.Key()), e)
	}
	dst.Set(m)
	return nil
}
