package metadata

import (
	"maps"
	"reflect"
	"strings"

	"github.com/myelin-go/myelin/scale"
)

// Declaration is a runtime as its program declares it, before its types have numbers.
type Declaration struct {
	// First is the type that gets number 0: old clients take it for the account id.
	First reflect.Type
	// Root is the path that outer enums and the runtime stand under, such as node_subtensor_runtime.
	Root string

	Pallets []PalletDeclaration
	APIs    []APIDeclaration

	// Special describes types whose metadata is not that of their Go declaration. The three outer enums are added to it, under the Go types that
	// stand for them.
	Special            map[reflect.Type]Special
	Call, Event, Error reflect.Type
	Runtime            reflect.Type // stands for the runtime itself
	Address, Signature reflect.Type
	Extrinsic          reflect.Type // the type that APIs take; it becomes the extrinsic type of version 14
	ExtrinsicPath      string       // its path
	ExtrinsicVersion   uint8
	Extensions         []ExtensionDeclaration
}

// PalletDeclaration is a pallet. Crate is the path before ::pallet, such as pallet_balances; Params are the generic parameters that its enums show.
type PalletDeclaration struct {
	Name   string
	Index  uint8
	Crate  string
	Params []string
	Docs   string

	Storage   []StorageDeclaration
	Constants []ConstantDeclaration
	Calls     []VariantDeclaration
	Events    []VariantDeclaration
	Errors    []VariantDeclaration
}

// StorageDeclaration is a storage item; keys and hashers go together.
type StorageDeclaration struct {
	Name     string
	Optional bool
	Hashers  []uint8
	Keys     []reflect.Type
	Value    reflect.Type
	Default  []byte
	Docs     string
}

// ConstantDeclaration is a constant.
type ConstantDeclaration struct {
	Name  string
	Type  reflect.Type
	Value []byte
	Docs  string
}

// VariantDeclaration is a call, event or error. Fields is a struct or nil.
type VariantDeclaration struct {
	Name   string
	Index  uint8
	Fields reflect.Type
	Docs   string
}

// APIDeclaration is a group of runtime functions.
type APIDeclaration struct {
	Name    string
	Methods []MethodDeclaration
}

// MethodDeclaration is a runtime function; each field of Args is an argument.
type MethodDeclaration struct {
	Name         string
	Args, Result reflect.Type
	Docs         string
}

// ExtensionDeclaration is a transaction extension.
type ExtensionDeclaration struct {
	Name               string
	Explicit, Implicit reflect.Type
}

// Build describes a runtime in version 15. The same declaration gives the same bytes.
func Build(d Declaration) *Metadata {
	b := builder{Declaration: d}
	special := map[reflect.Type]Special{}
	for _, t := range []struct {
		key  reflect.Type
		make Special
	}{
		{d.Call, b.outer("RuntimeCall", "Call", func(p *PalletDeclaration) []VariantDeclaration { return p.Calls })},
		{d.Event, b.outer("RuntimeEvent", "Event", func(p *PalletDeclaration) []VariantDeclaration { return p.Events })},
		{d.Error, b.outer("RuntimeError", "Error", func(p *PalletDeclaration) []VariantDeclaration { return p.Errors })},
		{d.Extrinsic, b.extrinsic},
		{reflect.TypeFor[plainExtrinsic](), b.plainExtrinsic},
	} {
		special[t.key] = t.make
	}
	maps.Copy(special, d.Special)
	r := NewRegistry(special)
	b.r = r
	r.TypeOf(d.First)
	m := &Metadata{Version: 15}
	for i := range b.Pallets {
		m.Pallets = append(m.Pallets, b.pallet(&b.Pallets[i]))
	}
	m.Extrinsic = Extrinsic{
		Type: r.TypeOf(d.Extrinsic), Version: d.ExtrinsicVersion, Address: r.TypeOf(d.Address), Call: r.TypeOf(d.Call),
		Signature: r.TypeOf(d.Signature), Extra: b.extra(),
	}
	for _, x := range d.Extensions {
		m.Extrinsic.Extensions = append(m.Extrinsic.Extensions, Extension{x.Name, r.TypeOf(x.Explicit), r.TypeOf(x.Implicit)})
	}
	m.Runtime = r.TypeOf(d.Runtime)
	for _, a := range d.APIs {
		m.APIs = append(m.APIs, b.api(a))
	}
	m.Outer = OuterEnums{Call: r.TypeOf(d.Call), Event: r.TypeOf(d.Event), Error: r.TypeOf(d.Error)}
	m.Types = r.types
	m.nameFields()
	m.buildIndex()
	return m
}

// As is the same description in another version: 14 or 15.
func (m *Metadata) As(version uint8) *Metadata {
	out := *m
	out.Version = version
	return &out
}

type builder struct {
	Declaration
	r *Registry
}

func docs(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func (b *builder) pallet(p *PalletDeclaration) Pallet {
	out := Pallet{Name: p.Name, Index: p.Index, Docs: docs(p.Docs)}
	if len(p.Storage) > 0 {
		s := Storage{Prefix: p.Name}
		for _, e := range p.Storage {
			s.Entries = append(s.Entries, b.entry(e))
		}
		out.Storage = scale.Some(s)
	}
	for _, c := range p.Constants {
		out.Constants = append(out.Constants, Constant{Name: c.Name, Type: b.r.TypeOf(c.Type), Value: c.Value, Docs: docs(c.Docs)})
	}
	part := func(kind string, list []VariantDeclaration) (id scale.Option[uint32]) {
		if len(list) > 0 {
			id = scale.Some(b.variants(p, kind, list))
		}
		return id
	}
	out.Calls, out.Event, out.Error = part("Call", p.Calls), part("Event", p.Events), part("Error", p.Errors)
	return out
}

func (b *builder) entry(e StorageDeclaration) Entry {
	out := Entry{Name: e.Name, Optional: e.Optional, Value: b.r.TypeOf(e.Value), Default: e.Default, Docs: docs(e.Docs)}
	if e.Optional {
		out.Default = []byte{0}
	}
	if len(e.Hashers) == 0 {
		return out
	}
	var keys []uint32
	for i, h := range e.Hashers {
		out.Hashers = append(out.Hashers, Hasher(h))
		keys = append(keys, b.r.TypeOf(e.Keys[i]))
	}
	out.Key = keys[0]
	if len(keys) > 1 {
		out.Key = b.r.TupleOf(keys...)
	}
	return out
}

// variants is a pallet's enum of calls, events or errors.
func (b *builder) variants(p *PalletDeclaration, kind string, list []VariantDeclaration) uint32 {
	return b.r.Add(p.Name+"."+kind, func() Type {
		t := Type{Kind: Enum, Path: append(strings.Split(p.Crate, "::"), "pallet", kind)}
		for _, name := range p.Params {
			t.Params = append(t.Params, Param{Name: name})
		}
		for _, v := range list {
			t.Variants = append(t.Variants, Variant{Name: v.Name, Index: v.Index, Fields: b.r.fields(v.Fields), Docs: docs(v.Docs)})
		}
		return t
	})
}

// outer is an enum over the pallets.
func (b *builder) outer(name, kind string, of func(*PalletDeclaration) []VariantDeclaration) Special {
	return func(r *Registry) Type {
		t := Type{Kind: Enum, Path: []string{b.Root, name}}
		for i := range b.Pallets {
			p := &b.Pallets[i]
			if list := of(p); len(list) > 0 {
				t.Variants = append(t.Variants, Variant{Name: p.Name, Index: p.Index, Fields: []Field{{Type: b.variants(p, kind, list)}}})
			}
		}
		return t
	}
}

// plainExtrinsic stands for Substrate's own extrinsic type.
type plainExtrinsic struct{}

// plainExtrinsicPath is where clients look for the parameters that tell what an extrinsic is made of, in every version.
const plainExtrinsicPath = "sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic"

// extrinsic is the type that APIs take: upstream wraps Substrate's own.
func (b *builder) extrinsic(r *Registry) Type {
	t := b.extrinsicOf(r, b.ExtrinsicPath, "Extension")
	t.Fields = []Field{{
		Type: r.TypeOf(reflect.TypeFor[plainExtrinsic]()), TypeName: scale.Some("generic::UncheckedExtrinsic<Address, Call, Signature, Extension>"),
	}}
	return t
}

func (b *builder) plainExtrinsic(r *Registry) Type {
	t := b.extrinsicOf(r, plainExtrinsicPath, "Extra")
	t.Fields = []Field{{Type: r.SequenceOf(r.Basic(U8))}}
	return t
}

func (b *builder) extrinsicOf(r *Registry, path, extra string) Type {
	return Type{
		Path: strings.Split(path, "::"),
		Params: []Param{
			{"Address", scale.Some(r.TypeOf(b.Address))}, {"Call", scale.Some(r.TypeOf(b.Call))},
			{"Signature", scale.Some(r.TypeOf(b.Signature))}, {extra, scale.Some(b.extra())},
		},
	}
}

// extra is everything that a signed extrinsic carries for its extensions.
func (b *builder) extra() uint32 {
	ids := []uint32{}
	for _, x := range b.Extensions {
		ids = append(ids, b.r.TypeOf(x.Explicit))
	}
	return b.r.TupleOf(ids...)
}

func (b *builder) api(a APIDeclaration) API {
	out := API{Name: a.Name}
	for _, m := range a.Methods {
		method := Method{Name: m.Name, Output: b.r.TypeOf(m.Result), Docs: docs(m.Docs)}
		for _, f := range b.r.fields(m.Args) {
			method.Inputs = append(method.Inputs, Input{Name: f.Name.Value, Type: f.Type})
		}
		out.Methods = append(out.Methods, method)
	}
	return out
}
