package codec

import (
	"encoding"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/myelin-go/myelin/scale"
)

func keysOf(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// plan is a struct's fields by their names in metadata: the tag `name:"…"`, or the Go name in snake case.
type plan struct {
	byName map[string]int
	names  []string
}

var plans sync.Map // reflect.Type to *plan

func structPlan(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{byName: map[string]int{}}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Tag.Get("name") == "-" {
			continue
		}
		name := scale.FieldName(f)
		p.byName[name] = i
		p.names = append(p.names, name)
	}
	plans.Store(t, p)
	return p
}

// Into copies a decoded value to the variable that into points to. Structs take the members that they have fields for and leave the
// others; fields without a member stay as they are. Options are pointers, scale.Option or *any; an absent option sets the zero value of other types.
func Into(v any, into any) error {
	rv := reflect.ValueOf(into)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("%w: cannot copy into %T, want a pointer", ErrValue, into)
	}
	return assign(v, rv.Elem())
}

func assign(v any, to reflect.Value) error {
	t := to.Type()
	if some, ok := v.(Some); ok && t != reflect.TypeFor[Some]() && t.Kind() != reflect.Interface {
		v = some.Value
		if t.Kind() == reflect.Pointer {
			to.Set(reflect.New(t.Elem()))
			return assign(v, to.Elem())
		}
	}
	if v == nil {
		to.SetZero()
		return nil
	}
	rv := reflect.ValueOf(v)
	if rv.Type().AssignableTo(t) {
		to.Set(rv)
		return nil
	}
	switch {
	case t.Kind() == reflect.Pointer:
		p := reflect.New(t.Elem())
		if err := assign(v, p.Elem()); err != nil {
			return err
		}
		to.Set(p)
		return nil
	case t.Kind() == reflect.Struct:
		if _, ok := scale.OptionOf(t); ok {
			to.Field(0).SetBool(true)
			return assign(v, to.Field(1))
		}
		return assignStruct(v, to)
	}
	// A wrapper with one named field, such as {bits}, may go to a plain variable.
	if m, ok := v.(map[string]any); ok && len(m) == 1 && t.Kind() != reflect.Map {
		for _, only := range m {
			return assign(only, to)
		}
	}
	switch to.Kind() {
	case reflect.Bool:
		if b, ok := v.(bool); ok {
			to.SetBool(b)
			return nil
		}
	case reflect.String:
		switch v := v.(type) {
		case string:
			to.SetString(v)
			return nil
		case []byte:
			to.SetString(string(v))
			return nil
		case Variant:
			if v.Value == nil {
				to.SetString(v.Name)
				return nil
			}
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if u, ok := v.(uint64); ok {
			if to.OverflowUint(u) {
				return fmt.Errorf("%w: %d does not fit %v", ErrValue, u, t)
			}
			to.SetUint(u)
			return nil
		}
		if b, ok := v.(*big.Int); ok && b.IsUint64() && !to.OverflowUint(b.Uint64()) {
			to.SetUint(b.Uint64())
			return nil
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := integer(v); ok && n.IsInt64() && !to.OverflowInt(n.Int64()) {
			to.SetInt(n.Int64())
			return nil
		}
	case reflect.Slice:
		return assignSlice(v, to)
	case reflect.Array:
		return assignArray(v, to)
	case reflect.Map:
		return assignMap(v, to)
	}
	return fmt.Errorf("%w: %T for %v", ErrValue, v, t)
}

func assignStruct(v any, to reflect.Value) error {
	t := to.Type()
	switch p := to.Addr().Interface().(type) {
	case *big.Int:
		if n, ok := integer(v); ok {
			p.Set(n)
			return nil
		}
	case *scale.Uint128:
		if n, ok := integer(v); ok && n.Sign() >= 0 && n.BitLen() <= 128 {
			p.Lo, p.Hi = new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1)).Uint64(), new(big.Int).Rsh(n, 64).Uint64()
			return nil
		}
	case encoding.BinaryUnmarshaler: // a fixed-point number, by its bits
		if m, ok := v.(map[string]any); ok && len(m) == 1 {
			v = m["bits"]
		}
		a, ok := to.Interface().(encoding.BinaryAppender)
		n, isInt := integer(v)
		if !ok || !isInt {
			break
		}
		zero, err := a.AppendBinary(nil)
		if err != nil {
			return err
		}
		if n.Sign() < 0 {
			n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(zero))))
		}
		if n.BitLen() > 8*len(zero) {
			return fmt.Errorf("%w: %v does not fit %v", ErrValue, n, t)
		}
		return p.UnmarshalBinary(little(n, len(zero)))
	}
	switch v := v.(type) {
	case map[string]any:
		p := structPlan(t)
		for _, name := range p.names {
			member, ok := v[name]
			if !ok {
				continue
			}
			if err := assign(member, to.Field(p.byName[name])); err != nil {
				return at(name, err)
			}
		}
		return nil
	case []any:
		var fields []int
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Type != reflect.TypeFor[scale.Tuple]() {
				fields = append(fields, i)
			}
		}
		if len(fields) != len(v) {
			return fmt.Errorf("%w: %d values for the %d fields of %v", ErrValue, len(v), len(fields), t)
		}
		for i, at := range fields {
			if err := assign(v[i], to.Field(at)); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
		return nil
	}
	return fmt.Errorf("%w: %T for %v", ErrValue, v, t)
}

func assignSlice(v any, to reflect.Value) error {
	switch v := v.(type) {
	case []any:
		s := reflect.MakeSlice(to.Type(), len(v), len(v))
		for i := range v {
			if err := assign(v[i], s.Index(i)); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
		to.Set(s)
		return nil
	case []byte:
		if to.Type().Elem().Kind() == reflect.Uint8 {
			to.SetBytes(v)
			return nil
		}
	}
	return fmt.Errorf("%w: %T for %v", ErrValue, v, to.Type())
}

func assignArray(v any, to reflect.Value) error {
	if raw, ok := rawBytes(v); ok && to.Type().Elem().Kind() == reflect.Uint8 {
		if _, text := v.(string); !text && len(raw) == to.Len() {
			reflect.Copy(to, reflect.ValueOf(raw))
			return nil
		}
	}
	list, ok := v.([]any)
	if !ok || len(list) != to.Len() {
		return fmt.Errorf("%w: %T for %v", ErrValue, v, to.Type())
	}
	for i := range list {
		if err := assign(list[i], to.Index(i)); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}

// assignMap takes a list of pairs, which is how maps travel.
func assignMap(v any, to reflect.Value) error {
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("%w: %T for %v", ErrValue, v, to.Type())
	}
	t := to.Type()
	m := reflect.MakeMapWithSize(t, len(list))
	for i := range list {
		pair, ok := list[i].([]any)
		if !ok || len(pair) != 2 {
			return fmt.Errorf("%w: element %d is no pair for %v", ErrValue, i, t)
		}
		k, val := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		if err := assign(pair[0], k); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
		if err := assign(pair[1], val); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
		m.SetMapIndex(k, val)
	}
	to.Set(m)
	return nil
}

// String prints the variant's name, and that it has content.
func (v Variant) String() string {
	if v.Value == nil {
		return v.Name
	}
	return strings.TrimSpace(fmt.Sprintf("%s(%v)", v.Name, v.Value))
}
