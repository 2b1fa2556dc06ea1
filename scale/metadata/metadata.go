// Package metadata describes a runtime to its clients: a registry of types and, by their ids, the pallets with their storage, calls, events,
// errors and constants, the form of extrinsics and the runtime functions.
//
// Decode reads versions 14 and 15 of any Substrate chain; Encode writes what was decoded, byte for byte. Build makes a description from Go
// declarations: the types that package scale encodes by are the types that clients read.
//
// It deliberately knows no runtime (chain) and holds no values (subtensor decodes them by a Metadata).
package metadata

import (
	"errors"
	"fmt"

	"github.com/myelin-go/myelin/scale"
)

// Metadata is a runtime's description.
type Metadata struct {
	Version   uint8 // 14 or 15
	Types     []Type
	Pallets   []Pallet
	Extrinsic Extrinsic
	Runtime   uint32 // type of the runtime itself; nothing depends on it

	// From version 15 on.
	APIs   []API
	Outer  OuterEnums
	Custom []CustomValue

	index *index
}

// Kind is which form a type has. The values are those of the wire.
type Kind uint8

// The kinds.
const (
	Composite Kind = iota
	Enum
	Sequence
	Array
	Tuple
	Primitive
	Compact
	BitSequence
)

// Basic is a primitive type. The values are those of the wire.
type Basic uint8

// The primitive types.
const (
	Bool Basic = iota
	Char
	Str
	U8
	U16
	U32
	U64
	U128
	U256
	I8
	I16
	I32
	I64
	I128
	I256
)

// String prints the name in Rust.
func (b Basic) String() string {
	names := [...]string{"bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "u256", "i8", "i16", "i32", "i64", "i128", "i256"}
	if int(b) >= len(names) {
		return fmt.Sprintf("basic(%d)", uint8(b))
	}
	return names[b]
}

// Size is the number of bytes of a value; 0 for str, whose length varies.
func (b Basic) Size() int {
	return [...]int{1, 4, 0, 1, 2, 4, 8, 16, 32, 1, 2, 4, 8, 16, 32}[b]
}

// Type is an entry of the registry.
type Type struct {
	ID     uint32
	Path   []string // such as sp_core, crypto, AccountId32; empty for builtin types
	Params []Param
	Kind   Kind
	Docs   []string

	Fields   []Field   // of Composite
	Variants []Variant // of Enum, in the order of declaration
	Elem     uint32    // of Sequence, Array and Compact; bit store of BitSequence
	Len      uint32    // of Array
	Tuple    []uint32  // of Tuple
	Basic    Basic     // of Primitive
	BitOrder uint32    // of BitSequence
}

// Name is the last segment of the path, or "".
func (t *Type) Name() string {
	if len(t.Path) == 0 {
		return ""
	}
	return t.Path[len(t.Path)-1]
}

// Variant finds a variant of an enum by its index, or nil.
func (t *Type) Variant(index uint8) *Variant {
	for i := range t.Variants {
		if t.Variants[i].Index == index {
			return &t.Variants[i]
		}
	}
	return nil
}

// VariantNamed finds a variant of an enum by its name, or nil.
func (t *Type) VariantNamed(name string) *Variant {
	for i := range t.Variants {
		if t.Variants[i].Name == name {
			return &t.Variants[i]
		}
	}
	return nil
}

// Param is a generic parameter; Type is unset for those that the encoding does not depend on.
type Param struct {
	Name string
	Type scale.Option[uint32]
}

// Field is a field of a composite or a variant; unnamed when Name is unset.
type Field struct {
	Name     scale.Option[string]
	Type     uint32
	TypeName scale.Option[string] // as in the source
	Docs     []string
}

// Variant is a variant of an enum: a call, event or error when the enum is a pallet's.
type Variant struct {
	Name   string
	Fields []Field
	Index  uint8
	Docs   []string
}

// Pallet is one pallet.
type Pallet struct {
	Name      string
	Storage   scale.Option[Storage]
	Calls     scale.Option[uint32] // enum of the calls
	Event     scale.Option[uint32]
	Constants []Constant
	Error     scale.Option[uint32]
	Index     uint8
	Docs      []string // from version 15 on
}

// Storage is a pallet's items under their common prefix.
type Storage struct {
	Prefix  string
	Entries []Entry
}

// Entry is a storage item. Hashers is empty for a single value. With one hasher Key is the key's type, with more a tuple.
type Entry struct {
	Name     string
	Optional bool // absent means nothing, not Default
	Hashers  []Hasher
	Key      uint32
	Value    uint32
	Default  []byte
	Docs     []string
}

// Hasher is how a key enters a storage key. The values are those of the wire.
type Hasher uint8

// The hashers.
const (
	Blake2_128 Hasher = iota
	Blake2_256
	Blake2_128Concat
	Twox128
	Twox256
	Twox64Concat
	Identity
)

// String is Substrate's name.
func (h Hasher) String() string {
	names := [...]string{"Blake2_128", "Blake2_256", "Blake2_128Concat", "Twox128", "Twox256", "Twox64Concat", "Identity"}
	if int(h) >= len(names) {
		return fmt.Sprintf("Hasher(%d)", uint8(h))
	}
	return names[h]
}

// Constant is a constant with its value in SCALE.
type Constant struct {
	Name  string
	Type  uint32
	Value []byte
	Docs  []string
}

// Extrinsic is the form of extrinsics.
type Extrinsic struct {
	Type    uint32 // version 14: its parameters name the four types below
	Version uint8

	// From version 15 on.
	Address, Call, Signature, Extra uint32

	Extensions []Extension
}

// Extension is a transaction extension: what an extrinsic carries for it (Explicit) and what is only signed (Implicit).
type Extension struct {
	Name               string
	Explicit, Implicit uint32
}

// API is a group of runtime functions.
type API struct {
	Name    string
	Methods []Method
	Docs    []string
}

// Method is a runtime function; it is called as API_method.
type Method struct {
	Name   string
	Inputs []Input
	Output uint32
	Docs   []string
}

// Input is an argument of a runtime function.
type Input struct {
	Name string
	Type uint32
}

// OuterEnums are the enums over all pallets.
type OuterEnums struct{ Call, Event, Error uint32 }

// CustomValue is an extra value that a runtime tells.
type CustomValue struct {
	Name  string
	Type  uint32
	Value []byte
}

var (
	// ErrMagic is wrapped when bytes do not begin like metadata.
	ErrMagic = errors.New("not metadata")
	// ErrVersion is wrapped for versions other than 14 and 15.
	ErrVersion = errors.New("metadata version not supported")
)

const magic = "meta"

// index finds things by name.
type index struct {
	pallets map[string]*Pallet
	byIndex map[uint8]*Pallet
	apis    map[string]*Method
}

func (m *Metadata) buildIndex() {
	x := &index{
		pallets: make(map[string]*Pallet, len(m.Pallets)), byIndex: make(map[uint8]*Pallet, len(m.Pallets)),
		apis: map[string]*Method{},
	}
	for i := range m.Pallets {
		x.pallets[m.Pallets[i].Name] = &m.Pallets[i]
		x.byIndex[m.Pallets[i].Index] = &m.Pallets[i]
	}
	for i := range m.APIs {
		for j := range m.APIs[i].Methods {
			x.apis[m.APIs[i].Name+"_"+m.APIs[i].Methods[j].Name] = &m.APIs[i].Methods[j]
		}
	}
	m.index = x
}

// Type returns a type by its id, or nil.
func (m *Metadata) Type(id uint32) *Type {
	if uint64(id) >= uint64(len(m.Types)) {
		return nil
	}
	return &m.Types[id]
}

// Pallet returns a pallet by its name, or nil.
func (m *Metadata) Pallet(name string) *Pallet { return m.index.pallets[name] }

// PalletAt returns a pallet by its index, or nil.
func (m *Metadata) PalletAt(at uint8) *Pallet { return m.index.byIndex[at] }

// Entry returns a storage item by its name, or nil.
func (p *Pallet) Entry(name string) *Entry {
	for i := range p.Storage.Value.Entries {
		if p.Storage.Value.Entries[i].Name == name {
			return &p.Storage.Value.Entries[i]
		}
	}
	return nil
}

// Constant returns a constant by its name, or nil.
func (p *Pallet) Constant(name string) *Constant {
	for i := range p.Constants {
		if p.Constants[i].Name == name {
			return &p.Constants[i]
		}
	}
	return nil
}

// variant returns a variant of an optional enum of the registry.
func (m *Metadata) variant(enum scale.Option[uint32], find func(*Type) *Variant) *Variant {
	id, ok := enum.Get()
	if !ok {
		return nil
	}
	t := m.Type(id)
	if t == nil {
		return nil
	}
	return find(t)
}

// CallNamed returns a pallet's call by its name, or nil.
func (m *Metadata) CallNamed(p *Pallet, name string) *Variant {
	return m.variant(p.Calls, func(t *Type) *Variant { return t.VariantNamed(name) })
}

// CallAt returns a pallet's call by its index, or nil.
func (m *Metadata) CallAt(p *Pallet, at uint8) *Variant {
	return m.variant(p.Calls, func(t *Type) *Variant { return t.Variant(at) })
}

// EventAt returns a pallet's event by its index, or nil.
func (m *Metadata) EventAt(p *Pallet, at uint8) *Variant {
	return m.variant(p.Event, func(t *Type) *Variant { return t.Variant(at) })
}

// ErrorAt returns a pallet's error by its index, or nil.
func (m *Metadata) ErrorAt(p *Pallet, at uint8) *Variant {
	return m.variant(p.Error, func(t *Type) *Variant { return t.Variant(at) })
}

// Method returns a runtime function by its name Trait_method, or nil.
func (m *Metadata) Method(name string) *Method { return m.index.apis[name] }
