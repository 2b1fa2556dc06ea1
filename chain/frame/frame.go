// Package frame is the kit a pallet is made of: it turns a Go struct that declares storage items, constants, events, errors and calls into
// wire indices, codecs, dispatch and descriptions for the metadata. Everything is compiled once, when a runtime is built.
//
// A pallet is a pointer to a struct with any of these fields:
//
//	Storage   struct{ Total storage.Value[bt.Rao] … }             see chain/storage for the tags
//	Constants struct{ Deposit frame.Const[bt.Rao] `doc:"…"` … }
//	Event     struct{ Transfer frame.Event[Transfer] `index:"2" doc:"…"` … }
//	Error     struct{ TooLow frame.Error `index:"1" doc:"…"` … }
//	Call      struct{ Transfer frame.Call[TransferArgs] `index:"0" weight:"…" doc:"…"` … }
//
// A call runs the method of the pallet that has the field's name and the signature func(*frame.Ctx, Args) error, or what Call.Handle set. Names on
// the wire are the Go names, in snake case for calls, arguments and fields, unless a tag `name:"…"` says otherwise. Indices are wire format
// and always explicit.
//
// It deliberately holds no pallet, no executive (chain) and no metadata encoding (scale/metadata).
package frame

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Module is a pallet at its place in a runtime.
type Module struct {
	Name   string
	Index  uint8
	Pallet any // pointer to a struct as the package comment says
}

// Description is a compiled pallet.
type Description struct {
	Name      string
	Index     uint8
	Storage   []*storage.Item
	Constants []Constant
	Events    []Variant
	Errors    []Variant
	Calls     []CallVariant
}

// Constant is a constant's description.
type Constant struct {
	Name  string
	Type  reflect.Type
	Value []byte
	Docs  string
}

// Variant is an event, an error or a call in the metadata. Type is a struct of its fields with their wire names (nil for errors).
type Variant struct {
	Index uint8
	Name  string
	Type  reflect.Type
	Docs  string
}

// CallVariant is a call with what the executive needs of it.
type CallVariant struct {
	Variant
	Info Info
	call callable
}

// Const is a runtime constant: a number that clients read from metadata and that a chain specification may set.
type Const[T any] struct{ v T }

// Set sets the constant; it is part of building a runtime.
func (c *Const[T]) Set(v T) { c.v = v }

// Get returns the constant.
func (c *Const[T]) Get() T { return c.v }

// Ref points to the constant; it must not be changed that way. It spares a copy of large ones.
func (c *Const[T]) Ref() *T { return &c.v }

func (c *Const[T]) describe() (reflect.Type, []byte) {
	return reflect.TypeFor[T](), scale.Marshal(&c.v)
}

// Compile gives a pallet's declarations their places in the runtime. It panics on mistakes in the declaration.
func Compile(m Module) *Description {
	out := &Description{Name: m.Name, Index: m.Index}
	v := reflect.ValueOf(m.Pallet).Elem()
	if f := v.FieldByName("Storage"); f.IsValid() {
		storage.Bind(m.Name, f.Addr().Interface())
		out.Storage = storage.Items(f.Addr().Interface())
	}
	each(v, "Constants", func(f reflect.StructField, field reflect.Value) {
		t, value := field.Addr().Interface().(interface{ describe() (reflect.Type, []byte) }).describe()
		out.Constants = append(out.Constants, Constant{Name: nameOf(f, false), Type: t, Value: value, Docs: f.Tag.Get("doc")})
	})
	each(v, "Event", func(f reflect.StructField, field reflect.Value) {
		head, fields := field.Addr().Interface().(emitter).event()
		index := indexOf(m, f)
		head.bind(m.Index, index, fields)
		out.Events = append(out.Events, Variant{Index: index, Name: nameOf(f, false), Type: fields, Docs: f.Tag.Get("doc")})
	})
	each(v, "Error", func(f reflect.StructField, field reflect.Value) {
		e := field.Addr().Interface().(*Error)
		*e = Error{Pallet: m.Index, Index: indexOf(m, f), Name: nameOf(f, false), Module: m.Name}
		out.Errors = append(out.Errors, Variant{Index: e.Index, Name: e.Name, Docs: f.Tag.Get("doc")})
	})
	each(v, "Call", func(f reflect.StructField, field reflect.Value) {
		c := field.Addr().Interface().(callable)
		if !c.handled() {
			method := reflect.ValueOf(m.Pallet).MethodByName(f.Name)
			if !method.IsValid() || !c.handle(method.Interface()) {
				panic(fmt.Sprintf("frame: %s.%s has no handler of the right signature", m.Name, f.Name))
			}
		}
		info, err := parseInfo(f.Tag)
		if err != nil {
			panic(fmt.Sprintf("frame: %s.%s: %v", m.Name, f.Name, err))
		}
		args, err := named(c.args(), f.Tag.Get("args"))
		if err != nil {
			panic(fmt.Sprintf("frame: %s.%s: %v", m.Name, f.Name, err))
		}
		out.Calls = append(out.Calls, CallVariant{
			Variant: Variant{Index: indexOf(m, f), Name: nameOf(f, true), Type: args, Docs: f.Tag.Get("doc")}, Info: info, call: c,
		})
	})
	checkUnique(m, out)
	return out
}

func checkUnique(m Module, d *Description) {
	unique := func(kind string, at func(i int) uint8, n int) {
		var seen [256]bool
		for i := range n {
			if seen[at(i)] {
				panic(fmt.Sprintf("frame: %s has two %s with index %d", m.Name, kind, at(i)))
			}
			seen[at(i)] = true
		}
	}
	unique("events", func(i int) uint8 { return d.Events[i].Index }, len(d.Events))
	unique("errors", func(i int) uint8 { return d.Errors[i].Index }, len(d.Errors))
	unique("calls", func(i int) uint8 { return d.Calls[i].Index }, len(d.Calls))
}

func each(v reflect.Value, part string, do func(reflect.StructField, reflect.Value)) {
	f := v.FieldByName(part)
	if !f.IsValid() {
		return
	}
	for i := range f.NumField() {
		do(f.Type().Field(i), f.Field(i))
	}
}

func indexOf(m Module, f reflect.StructField) uint8 {
	n, err := strconv.ParseUint(f.Tag.Get("index"), 10, 8)
	if err != nil {
		panic(fmt.Sprintf("frame: %s.%s has no tag `index:\"0…255\"`", m.Name, f.Name))
	}
	return uint8(n)
}

// named is a struct with other wire names of its fields; none are listed when its own are right.
func named(t reflect.Type, list string) (reflect.Type, error) {
	if list == "" {
		return t, nil
	}
	names := strings.Split(list, ",")
	if len(names) != t.NumField() {
		return nil, fmt.Errorf("%d names %q for %d arguments", len(names), list, t.NumField())
	}
	fields := reflect.VisibleFields(t)
	for i, name := range names {
		fields[i].Tag = reflect.StructTag(fmt.Sprintf("name:%q %s", name, fields[i].Tag))
	}
	return reflect.StructOf(fields), nil
}

func nameOf(f reflect.StructField, snake bool) string {
	if n := f.Tag.Get("name"); n != "" {
		return n
	}
	if snake {
		return SnakeCase(f.Name)
	}
	return f.Name
}

// FieldName is the wire name of a struct field: its tag `name:"…"`, or its Go name in snake case.
func FieldName(f reflect.StructField) string { return scale.FieldName(f) }

// SnakeCase turns a Go name into the wire's form: "NetUID" becomes "netuid", "SetWeights" "set_weights".
func SnakeCase(name string) string { return scale.SnakeCase(name) }
