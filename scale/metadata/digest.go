package metadata

import (
	"errors"
	"fmt"
	"slices"

	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Chain is what a digest says of a chain beside the types of its extrinsics.
type Chain struct {
	SpecVersion uint32
	SpecName    string
	Prefix      uint16 // of addresses in SS58
	Decimals    uint8  // of the token
	Symbol      string // of the token
}

// ErrDigest is wrapped when metadata has no digest: it is older than version 15, or describes what no digest can say.
var ErrDigest = errors.New("metadata without digest")

// Digest is the hash that a signer who saw the metadata puts under a transaction (CheckMetadataHash mode 1), version 1 of RFC-78: blake3 over the
// root of a Merkle tree of the types that extrinsics are made of, the hash of the form of extrinsics, and of. A signing device is shown the leaves
// it needs with a proof, and need not trust who shows them.
func (m *Metadata) Digest(of Chain) ([32]byte, error) {
	if m.Version < 15 {
		return [32]byte{}, fmt.Errorf("%w: version %d, want 15 or later", ErrDigest, m.Version)
	}
	d := digester{encoder: encoder{new(scale.Encoder)}, m: m, refs: make([]uint32, len(m.Types))}
	x := &m.Extrinsic
	roots := []uint32{x.Address, x.Call, x.Signature}
	for _, e := range x.Extensions {
		roots = append(roots, e.Explicit, e.Implicit)
	}
	root := merkleRoot(d.leaves(d.accessible(roots)))
	d.Reset()
	d.Byte(x.Version)
	d.ref(x.Address)
	d.ref(x.Call)
	d.ref(x.Signature)
	each(&d.encoder, x.Extensions, func(e *Extension) {
		d.str(e.Name)
		d.ref(e.Explicit)
		d.ref(e.Implicit)
	})
	form := hash.Blake3(d.Bytes())
	if d.err != nil {
		return [32]byte{}, d.err
	}

	const version1 = 1
	d.Reset()
	d.Byte(version1)
	d.Raw(root[:])
	d.Raw(form[:])
	d.U32(of.SpecVersion)
	d.str(of.SpecName)
	d.U16(of.Prefix)
	d.Byte(of.Decimals)
	d.str(of.Symbol)
	return hash.Blake3(d.Bytes()), nil
}

// How digests refer to a type: primitive types by one byte, which up to I256 is that of the registry; others by their place among the accessible ones.
// The text of RFC-78 forgets the compact form of u256, which every program that makes digests has: what follows it stands one higher than there.
const (
	refCompact = 15 // of u8; those of u16, u32, u64, u128 and u256 follow
	refVoid    = 21 // what encodes to nothing
	refType    = 22 // and its number
)

// What RFC-78 calls the forms of a type.
const (
	leafComposite = iota
	leafEnumeration
	leafSequence
	leafArray
	leafTuple
	leafBits
)

// digester numbers the accessible types and encodes them. It keeps the first error.
type digester struct {
	encoder
	m    *Metadata
	refs []uint32 // 1 + the number of a type among the accessible ones; 0 for the others
	err  error
}

func (d *digester) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %w", ErrDigest, fmt.Errorf(format, args...))
	}
}

// accessible numbers the types that can be reached from the roots and lists them in the order of their ids. Primitive and empty types and the inside of compact
// and bit sequence types are not among them.
func (d *digester) accessible(todo []uint32) (ids []uint32) {
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		t := &d.m.Types[id]
		if d.refs[id] != 0 || t.empty() || t.Kind == Primitive || t.Kind == Compact {
			continue
		}
		d.refs[id] = 1
		ids = append(ids, id)
		switch t.Kind {
		case Composite:
			for i := range t.Fields {
				todo = append(todo, t.Fields[i].Type)
			}
		case Enum:
			for i := range t.Variants {
				for j := range t.Variants[i].Fields {
					todo = append(todo, t.Variants[i].Fields[j].Type)
				}
			}
		case Sequence, Array:
			todo = append(todo, t.Elem)
		case Tuple:
			todo = append(todo, t.Tuple...)
		}
	}
	slices.Sort(ids)
	for n, id := range ids {
		d.refs[id] = uint32(n) + 1
	}
	return ids
}

// empty tells of a type that encodes to nothing by its form: a composite, an enum or a tuple without parts.
func (t *Type) empty() bool {
	switch t.Kind {
	case Composite:
		return len(t.Fields) == 0
	case Enum:
		return len(t.Variants) == 0
	case Tuple:
		return len(t.Tuple) == 0
	}
	return false
}

// leaves hashes the types in the order of their numbers; each variant of an enum is a leaf of its own, in the order of the indices.
func (d *digester) leaves(ids []uint32) (out [][32]byte) {
	for _, id := range ids {
		t := &d.m.Types[id]
		if t.Kind != Enum {
			out = append(out, d.leaf(t, nil))
			continue
		}
		variants := slices.Clone(t.Variants)
		slices.SortStableFunc(variants, func(a, b Variant) int { return int(a.Index) - int(b.Index) })
		for i := range variants {
			out = append(out, d.leaf(t, &variants[i]))
		}
	}
	return out
}

func (d *digester) leaf(t *Type, v *Variant) [32]byte {
	d.Reset()
	d.strs(t.Path)
	switch t.Kind {
	case Composite:
		d.Byte(leafComposite)
		each(&d.encoder, t.Fields, d.field)
	case Enum:
		d.Byte(leafEnumeration)
		d.str(v.Name)
		each(&d.encoder, v.Fields, d.field)
		d.Compact(uint64(v.Index))
	case Sequence:
		d.Byte(leafSequence)
		d.ref(t.Elem)
	case Array:
		d.Byte(leafArray)
		d.U32(t.Len)
		d.ref(t.Elem)
	case Tuple:
		d.Byte(leafTuple)
		each(&d.encoder, t.Tuple, func(id *uint32) { d.ref(*id) })
	case BitSequence:
		d.Byte(leafBits)
		d.bits(t)
	}
	d.id(d.refs[t.ID] - 1)
	return hash.Blake3(d.Bytes())
}

func (d *digester) field(f *Field) {
	d.optStr(f.Name)
	d.ref(f.Type)
	d.optStr(f.TypeName)
}

// ref refers to a type.
func (d *digester) ref(id uint32) {
	t := &d.m.Types[id]
	switch {
	case d.refs[id] != 0:
		d.Byte(refType)
		d.id(d.refs[id] - 1)
	case t.Kind == Primitive:
		d.Byte(byte(t.Basic))
	case t.Kind == Compact:
		d.Byte(d.compact(t))
	default:
		d.Byte(refVoid)
	}
}

// compact refers to a compact integer, which may be wrapped into composites and tuples of one part; one of nothing is nothing.
func (d *digester) compact(t *Type) byte {
	inner := &d.m.Types[t.Elem]
	for range d.m.Types { // more steps than there are types would be a circle
		switch {
		case inner.Kind == Primitive && inner.Basic >= U8 && inner.Basic <= U256:
			return refCompact + byte(inner.Basic-U8)
		case inner.empty():
			return refVoid
		case inner.Kind == Composite && len(inner.Fields) == 1:
			inner = &d.m.Types[inner.Fields[0].Type]
		case inner.Kind == Tuple && len(inner.Tuple) == 1:
			inner = &d.m.Types[inner.Tuple[0]]
		default:
			d.fail("type %d is the compact form of type %d, which is no unsigned integer", t.ID, inner.ID)
			return refVoid
		}
	}
	d.fail("type %d is the compact form of a type that contains itself", t.ID)
	return refVoid
}

// bits says how a sequence of bits is stored.
func (d *digester) bits(t *Type) {
	store, order := &d.m.Types[t.Elem], &d.m.Types[t.BitOrder]
	if store.Kind != Primitive || store.Basic < U8 || store.Basic > U64 {
		d.fail("type %d stores bits in type %d, want u8, u16, u32 or u64", t.ID, store.ID)
		return
	}
	least := slices.Contains(order.Path, "Lsb0")
	if !least && !slices.Contains(order.Path, "Msb0") {
		d.fail("type %d orders bits by type %d, want Lsb0 or Msb0", t.ID, order.ID)
	}
	d.Byte(byte(store.Basic.Size()))
	d.Bool(least)
}

// merkleRoot is the root of a complete binary tree over the leaves: the last two nodes become one that goes in front, until one is left. Without
// leaves it is zero.
func merkleRoot(leaves [][32]byte) (root [32]byte) {
	n := len(leaves)
	if n == 0 {
		return root
	}
	// As a heap: the children of node i are nodes 2i+1 and 2i+2, and the leaves are the last n of 2n-1 nodes.
	nodes := slices.Concat(make([][32]byte, n-1), leaves)
	for i := n - 2; i >= 0; i-- {
		nodes[i] = hash.Blake3(nodes[2*i+1][:], nodes[2*i+2][:])
	}
	return nodes[0]
}
