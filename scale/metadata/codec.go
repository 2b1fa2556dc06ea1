package metadata

import (
	"fmt"

	"github.com/myelin-go/myelin/scale"
)

// Decode reads raw metadata of version 14 or 15. Every type id in the result is within the registry.
func Decode(raw []byte) (*Metadata, error) {
	if len(raw) < len(magic)+1 || string(raw[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: %d bytes that do not begin with %q", ErrMagic, len(raw), magic)
	}
	m := &Metadata{Version: raw[len(magic)]}
	if m.Version != 14 && m.Version != 15 {
		return nil, fmt.Errorf("%w: version %d, want 14 or 15", ErrVersion, m.Version)
	}
	d := decoder{Decoder: scale.NewDecoder(raw[len(magic)+1:])}
	d.metadata(m)
	if err := d.End(); err != nil {
		return nil, fmt.Errorf("metadata version %d: %w", m.Version, err)
	}
	if uint64(d.highest) >= uint64(len(m.Types)) {
		return nil, fmt.Errorf("metadata version %d: type %d is named, but there are %d types: %w", m.Version, d.highest, len(m.Types), scale.ErrInvalid)
	}
	m.buildIndex()
	return m, nil
}

type decoder struct {
	*scale.Decoder
	highest uint32
}

// list reads a vector; least is the fewest bytes of an element.
func list[T any](d *decoder, least int, read func(*T)) []T {
	n := d.Length(least)
	if n == 0 {
		return nil
	}
	const first = 16 // grow as bytes are consumed: elements in memory are much wider than their shortest encoding
	out := make([]T, 0, min(n, first))
	for range n {
		if d.Err() != nil {
			return nil
		}
		var v T
		read(&v)
		out = append(out, v)
	}
	return out
}

func (d *decoder) str() string { return string(d.ByteSlice()) }

func (d *decoder) strs() []string { return list(d, 1, func(s *string) { *s = d.str() }) }

func (d *decoder) bytes() []byte { return append([]byte{}, d.ByteSlice()...) }

func (d *decoder) u32() uint32 {
	v := d.Compact()
	if v > 1<<32-1 {
		d.Invalid("compact integer %d does not fit u32", v)
		return 0
	}
	return uint32(v)
}

// id reads the id of a type.
func (d *decoder) id() uint32 {
	v := d.u32()
	d.highest = max(d.highest, v)
	return v
}

func option[T any](d *decoder, read func() T) (out scale.Option[T]) {
	if d.Bool() {
		out = scale.Some(read())
	}
	return out
}

func (d *decoder) metadata(m *Metadata) {
	m.Types = list(d, 6, func(t *Type) { d.typ(t) })
	for i := range m.Types {
		if m.Types[i].ID != uint32(i) {
			d.Invalid("type %d stands at place %d", m.Types[i].ID, i)
		}
	}
	v15 := m.Version >= 15
	m.Pallets = list(d, 6, func(p *Pallet) { d.pallet(p, v15) })
	x := &m.Extrinsic
	if !v15 {
		x.Type = d.id()
	}
	x.Version = d.Byte()
	if v15 {
		x.Address, x.Call, x.Signature, x.Extra = d.id(), d.id(), d.id(), d.id()
	}
	x.Extensions = list(d, 3, func(e *Extension) { *e = Extension{Name: d.str(), Explicit: d.id(), Implicit: d.id()} })
	m.Runtime = d.id()
	if !v15 {
		return
	}
	m.APIs = list(d, 3, func(a *API) {
		a.Name = d.str()
		a.Methods = list(d, 4, func(f *Method) {
			f.Name = d.str()
			f.Inputs = list(d, 2, func(in *Input) { *in = Input{Name: d.str(), Type: d.id()} })
			f.Output, f.Docs = d.id(), d.strs()
		})
		a.Docs = d.strs()
	})
	m.Outer = OuterEnums{Call: d.id(), Event: d.id(), Error: d.id()}
	m.Custom = list(d, 3, func(c *CustomValue) { *c = CustomValue{Name: d.str(), Type: d.id(), Value: d.bytes()} })
}

func (d *decoder) typ(t *Type) {
	t.ID = d.u32()
	t.Path = d.strs()
	t.Params = list(d, 2, func(p *Param) { *p = Param{Name: d.str(), Type: option(d, d.id)} })
	t.Kind = Kind(d.Byte())
	switch t.Kind {
	case Composite:
		t.Fields = d.fields()
	case Enum:
		t.Variants = list(d, 4, func(v *Variant) { *v = Variant{Name: d.str(), Fields: d.fields(), Index: d.Byte(), Docs: d.strs()} })
	case Sequence, Compact:
		t.Elem = d.id()
	case Array:
		t.Len, t.Elem = d.U32(), d.id()
	case Tuple:
		t.Tuple = list(d, 1, func(id *uint32) { *id = d.id() })
	case Primitive:
		if t.Basic = Basic(d.Byte()); t.Basic > I256 {
			d.Invalid("primitive type %d", uint8(t.Basic))
		}
	case BitSequence:
		t.Elem, t.BitOrder = d.id(), d.id()
	default:
		d.Invalid("type %d has the unknown kind %d", t.ID, uint8(t.Kind))
	}
	t.Docs = d.strs()
}

func (d *decoder) fields() []Field {
	return list(d, 4, func(f *Field) {
		*f = Field{Name: option(d, d.str), Type: d.id(), TypeName: option(d, d.str), Docs: d.strs()}
	})
}

func (d *decoder) pallet(p *Pallet, v15 bool) {
	p.Name = d.str()
	p.Storage = option(d, func() Storage {
		return Storage{Prefix: d.str(), Entries: list(d, 6, func(e *Entry) { d.entry(e) })}
	})
	p.Calls, p.Event = option(d, d.id), option(d, d.id)
	p.Constants = list(d, 4, func(c *Constant) { *c = Constant{Name: d.str(), Type: d.id(), Value: d.bytes(), Docs: d.strs()} })
	p.Error = option(d, d.id)
	p.Index = d.Byte()
	if v15 {
		p.Docs = d.strs()
	}
}

func (d *decoder) entry(e *Entry) {
	e.Name = d.str()
	switch b := d.Byte(); b {
	case 0:
		e.Optional = true
	case 1:
	default:
		d.Invalid("storage item %s has the modifier %d, want 0 or 1", e.Name, b)
	}
	switch b := d.Byte(); b {
	case 0:
		e.Value = d.id()
	case 1:
		e.Hashers = list(d, 1, func(h *Hasher) {
			if *h = Hasher(d.Byte()); *h > Identity {
				d.Invalid("hasher %d", uint8(*h))
			}
		})
		if len(e.Hashers) == 0 {
			d.Invalid("map %s has no hasher", e.Name)
		}
		e.Key, e.Value = d.id(), d.id()
	default:
		d.Invalid("storage item %s is of the form %d, want 0 or 1", e.Name, b)
	}
	e.Default, e.Docs = d.bytes(), d.strs()
}

// Encode writes raw metadata in the version that m says.
func (m *Metadata) Encode() []byte {
	e := encoder{scale.NewEncoder(make([]byte, 0, 512<<10))}
	e.Raw([]byte(magic))
	e.Byte(m.Version)
	v15 := m.Version >= 15
	each(&e, m.Types, e.typ)
	each(&e, m.Pallets, func(p *Pallet) { e.pallet(p, v15) })
	x := &m.Extrinsic
	if !v15 {
		e.id(x.Type)
	}
	e.Byte(x.Version)
	if v15 {
		e.id(x.Address)
		e.id(x.Call)
		e.id(x.Signature)
		e.id(x.Extra)
	}
	each(&e, x.Extensions, func(x *Extension) {
		e.str(x.Name)
		e.id(x.Explicit)
		e.id(x.Implicit)
	})
	e.id(m.Runtime)
	if !v15 {
		return e.Bytes()
	}
	each(&e, m.APIs, e.api)
	e.id(m.Outer.Call)
	e.id(m.Outer.Event)
	e.id(m.Outer.Error)
	each(&e, m.Custom, func(c *CustomValue) {
		e.str(c.Name)
		e.id(c.Type)
		e.ByteSlice(c.Value)
	})
	return e.Bytes()
}

type encoder struct{ *scale.Encoder }

func each[T any](e *encoder, list []T, write func(*T)) {
	e.Compact(uint64(len(list)))
	for i := range list {
		write(&list[i])
	}
}

func (e *encoder) id(v uint32) { e.Compact(uint64(v)) }

func (e *encoder) str(s string) {
	e.Compact(uint64(len(s)))
	e.Raw([]byte(s))
}

func (e *encoder) strs(list []string) { each(e, list, func(s *string) { e.str(*s) }) }

func (e *encoder) optStr(o scale.Option[string]) {
	if e.Bool(o.Set); o.Set {
		e.str(o.Value)
	}
}

func (e *encoder) optID(o scale.Option[uint32]) {
	if e.Bool(o.Set); o.Set {
		e.id(o.Value)
	}
}

func (e *encoder) typ(t *Type) {
	e.id(t.ID)
	e.strs(t.Path)
	each(e, t.Params, func(p *Param) {
		e.str(p.Name)
		e.optID(p.Type)
	})
	e.Byte(byte(t.Kind))
	switch t.Kind {
	case Composite:
		each(e, t.Fields, e.field)
	case Enum:
		each(e, t.Variants, func(v *Variant) {
			e.str(v.Name)
			each(e, v.Fields, e.field)
			e.Byte(v.Index)
			e.strs(v.Docs)
		})
	case Sequence, Compact:
		e.id(t.Elem)
	case Array:
		e.U32(t.Len)
		e.id(t.Elem)
	case Tuple:
		each(e, t.Tuple, func(id *uint32) { e.id(*id) })
	case Primitive:
		e.Byte(byte(t.Basic))
	case BitSequence:
		e.id(t.Elem)
		e.id(t.BitOrder)
	}
	e.strs(t.Docs)
}

func (e *encoder) field(f *Field) {
	e.optStr(f.Name)
	e.id(f.Type)
	e.optStr(f.TypeName)
	e.strs(f.Docs)
}

func (e *encoder) pallet(p *Pallet, v15 bool) {
	e.str(p.Name)
	if e.Bool(p.Storage.Set); p.Storage.Set {
		e.str(p.Storage.Value.Prefix)
		each(e, p.Storage.Value.Entries, e.entry)
	}
	e.optID(p.Calls)
	e.optID(p.Event)
	each(e, p.Constants, func(c *Constant) {
		e.str(c.Name)
		e.id(c.Type)
		e.ByteSlice(c.Value)
		e.strs(c.Docs)
	})
	e.optID(p.Error)
	e.Byte(p.Index)
	if v15 {
		e.strs(p.Docs)
	}
}

func (e *encoder) entry(s *Entry) {
	e.str(s.Name)
	e.Bool(!s.Optional)
	e.Bool(len(s.Hashers) > 0)
	if len(s.Hashers) > 0 {
		each(e, s.Hashers, func(h *Hasher) { e.Byte(byte(*h)) })
		e.id(s.Key)
	}
	e.id(s.Value)
	e.ByteSlice(s.Default)
	e.strs(s.Docs)
}

func (e *encoder) api(a *API) {
	e.str(a.Name)
	each(e, a.Methods, func(m *Method) {
		e.str(m.Name)
		each(e, m.Inputs, func(in *Input) {
			e.str(in.Name)
			e.id(in.Type)
		})
		e.id(m.Output)
		e.strs(m.Docs)
	})
	e.strs(a.Docs)
}
