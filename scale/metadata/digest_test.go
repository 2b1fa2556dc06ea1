package metadata

import (
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
)

// finney is what upstream's runtime of spec 461 says of itself.
var finney = Chain{SpecVersion: 461, SpecName: "node-subtensor", Prefix: 42, Decimals: 9, Symbol: "TAO"}

// forms describes a made-up runtime whose extrinsics hold a type of every form. The pallet System is there because @polkadot-api/merkleize-metadata
// reads from it what Digest is told.
func forms() *Metadata {
	m := &Metadata{Version: 15}
	add := func(t Type) uint32 {
		t.ID = uint32(len(m.Types))
		m.Types = append(m.Types, t)
		return t.ID
	}
	named := func(name string, id uint32) Field {
		return Field{Name: scale.Some(name), Type: id, TypeName: scale.Some("T::" + name), Docs: []string{"not in the digest"}}
	}
	var basic [I256 + 1]uint32
	for b := range basic {
		basic[b] = add(Type{Kind: Primitive, Basic: Basic(b)})
	}
	unit := add(Type{Kind: Tuple})
	nothing := add(Type{Kind: Composite, Path: []string{"made", "up", "Nothing"}})
	never := add(Type{Kind: Enum, Path: []string{"Never"}})
	lsb, msb := add(Type{Path: []string{"bitvec", "order", "Lsb0"}}), add(Type{Path: []string{"bitvec", "order", "Msb0"}})
	wrapped := add(Type{Kind: Composite, Path: []string{"Wrapped"}, Fields: []Field{{Type: basic[U128]}}})
	twice := add(Type{Kind: Tuple, Tuple: []uint32{wrapped}})
	var parts []Field
	for b := range basic {
		parts = append(parts, named(Basic(b).String(), basic[b]))
	}
	for _, id := range []uint32{basic[U8], basic[U16], basic[U32], basic[U64], basic[U128], basic[U256], unit, nothing, wrapped, twice} {
		parts = append(parts, named("compact", add(Type{Kind: Compact, Elem: id})))
	}
	for i, store := range []Basic{U8, U16, U32, U64} {
		parts = append(parts, named("bits", add(Type{Kind: BitSequence, Elem: basic[store], BitOrder: []uint32{lsb, msb}[i%2]})))
	}
	parts = append(parts,
		named("unit", unit), named("nothing", nothing), named("never", never), named("pair", add(Type{Kind: Tuple, Tuple: []uint32{twice, basic[Str]}})),
		Field{Type: add(Type{Kind: Array, Len: 300, Elem: wrapped})}, Field{Type: add(Type{Kind: Sequence, Elem: basic[U8]})},
	)
	long := add(Type{Kind: Composite, Path: []string{"made", "up", "Long"}, Fields: slices.Concat(parts, parts, parts)}) // beyond a kilobyte, where blake3 makes a tree
	m.Types[long].Docs = []string{"nor this"}
	call := uint32(len(m.Types))
	self := add(Type{Kind: Sequence, Elem: call + 1})
	add(Type{Kind: Enum, Path: []string{"made", "up", "Call"}, Variants: []Variant{
		{Name: "last", Index: 255, Fields: []Field{named("calls", self)}}, {Name: "first"}, {Name: "third", Index: 70, Fields: []Field{{Type: long}}},
	}})
	text := add(Type{Kind: Composite, Path: []string{"RuntimeVersion"}, Fields: []Field{named("spec_name", basic[Str]), named("spec_version", basic[U32])}})
	m.Pallets = []Pallet{{Name: "System", Constants: []Constant{
		{Name: "SS58Prefix", Type: basic[U16], Value: []byte{1, 2}},
		{Name: "Version", Type: text, Value: scale.Marshal(&scale.Pair[string, uint32]{A: "forms", B: 7})},
	}}}
	m.Extrinsic = Extrinsic{Version: 4, Address: basic[U64], Call: call + 1, Signature: unit, Extra: unit, Extensions: []Extension{
		{Name: "Some", Explicit: twice, Implicit: never}, {Name: "None", Explicit: unit, Implicit: basic[Bool]},
	}}
	m.Runtime, m.Outer = unit, OuterEnums{Call: call + 1, Event: never, Error: never}
	m.buildIndex()
	return m
}

var formsChain = Chain{SpecVersion: 7, SpecName: "forms", Prefix: 513, Decimals: 18, Symbol: "X"}

// bare is forms without a type in its extrinsics.
func bare() *Metadata {
	m := forms()
	unit := m.Extrinsic.Signature
	m.Extrinsic.Address, m.Extrinsic.Call, m.Extrinsic.Extensions = unit, unit, nil
	return m
}

// The digests were made by @polkadot-api/merkleize-metadata 1.2.3, and by bittensor-core 0.1.5, of the same bytes.
func TestDigest(t *testing.T) {
	recorded, err := Decode(vectors.Bytes(t, "codec/metadata-v15-461.scale"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		m    *Metadata
		of   Chain
		want string
	}{
		{"upstream at 461", recorded, finney, "affbcc25b1cb6847bc94dcf3a7f35fb8d6a5c59d9d47da92063a9399a5fc11c0"},
		{"every form", forms(), formsChain, "10a95b6a09d9f05266386beea63c624759106c36f3b018b12cfedec2510af00f"},
		{"no types", bare(), formsChain, "ce1ec2f8115e78162008eedd6343947dc42ebee0eaaa576137c829eb8032da3b"},
	} {
		again, err := Decode(c.m.Encode())
		if err != nil {
			t.Fatal(c.name, err)
		}
		for _, m := range []*Metadata{c.m, again} {
			if got, err := m.Digest(c.of); err != nil || hex.EncodeToString(got[:]) != c.want {
				t.Errorf("%s: %x, %v, want %s", c.name, got, err, c.want)
			}
		}
	}
}

// What a signer must be sure of changes the digest; what extrinsics do not depend on does not.
func TestDigestBinds(t *testing.T) {
	want, err := forms().Digest(formsChain)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		same   bool
		change func(m *Metadata, of *Chain)
	}{
		{"nothing", true, func(*Metadata, *Chain) {}},
		{"docs", true, func(m *Metadata, _ *Chain) { m.Types[m.Extrinsic.Call].Docs = []string{"other"} }},
		{"constant", true, func(m *Metadata, _ *Chain) { m.Pallets[0].Constants = nil }},
		{"type that no extrinsic holds", true, func(m *Metadata, _ *Chain) { m.Types[len(m.Types)-1].Path = []string{"Other"} }},
		{"order of variants", true, func(m *Metadata, _ *Chain) { slices.Reverse(m.Types[m.Extrinsic.Call].Variants) }},
		{"call index", false, func(m *Metadata, _ *Chain) { m.Types[m.Extrinsic.Call].Variants[0].Index-- }},
		{"call name", false, func(m *Metadata, _ *Chain) { m.Types[m.Extrinsic.Call].Variants[1].Name = "fist" }},
		{"path", false, func(m *Metadata, _ *Chain) { m.Types[m.Extrinsic.Call].Path[0] = "mad" }},
		{"name of a field's type", false, func(m *Metadata, _ *Chain) {
			m.Types[m.Extrinsic.Call].Variants[0].Fields[0].TypeName = scale.Some("T::call")
		}},
		{"extension", false, func(m *Metadata, _ *Chain) { m.Extrinsic.Extensions[1].Name = "Nope" }},
		{"order of extensions", false, func(m *Metadata, _ *Chain) { slices.Reverse(m.Extrinsic.Extensions) }},
		{"version of extrinsics", false, func(m *Metadata, _ *Chain) { m.Extrinsic.Version = 5 }},
		{"signature", false, func(m *Metadata, _ *Chain) { m.Extrinsic.Signature = m.Extrinsic.Address }},
		{"spec version", false, func(_ *Metadata, of *Chain) { of.SpecVersion++ }},
		{"spec name", false, func(_ *Metadata, of *Chain) { of.SpecName = "form" }},
		{"prefix", false, func(_ *Metadata, of *Chain) { of.Prefix = 42 }},
		{"decimals", false, func(_ *Metadata, of *Chain) { of.Decimals = 9 }},
		{"symbol", false, func(_ *Metadata, of *Chain) { of.Symbol = "x" }},
	} {
		m, of := forms(), formsChain
		c.change(m, &of)
		if got, err := m.Digest(of); err != nil || (got == want) != c.same {
			t.Errorf("another %s: %x, %v; the digest stays: %v, want %v", c.name, got, err, got == want, c.same)
		}
	}
}

func TestMetadataWithoutDigest(t *testing.T) {
	first := func(m *Metadata, k Kind) *Type {
		return &m.Types[slices.IndexFunc(m.Types, func(t Type) bool { return t.Kind == k })]
	}
	for _, c := range []struct {
		name   string
		change func(m *Metadata)
	}{
		{"version 14", func(m *Metadata) { m.Version = 14 }},
		{"compact text", func(m *Metadata) { first(m, Compact).Elem = uint32(Str) }},
		{"compact signed integer", func(m *Metadata) { first(m, Compact).Elem = uint32(I64) }},
		{"compact composite", func(m *Metadata) { first(m, Compact).Elem = m.Extrinsic.Call - 2 }},
		{"compact circle", func(m *Metadata) { first(m, Compact).Elem = first(m, Compact).ID }},
		{"compact circle of composites", func(m *Metadata) {
			t := first(m, Compact)
			t.Elem = m.Pallets[0].Constants[1].Type
			m.Types[t.Elem].Fields = []Field{{Type: t.Elem}}
		}},
		{"bits in text", func(m *Metadata) { first(m, BitSequence).Elem = uint32(Str) }},
		{"bits in no order", func(m *Metadata) { first(m, BitSequence).BitOrder = uint32(U8) }},
	} {
		m := forms()
		c.change(m)
		if got, err := m.Digest(formsChain); !errors.Is(err, ErrDigest) || got != [32]byte{} {
			t.Errorf("%s: %x, %v", c.name, got, err)
		}
	}
}

// The shape of the tree is that which the text of RFC-78 draws for five leaves: ((3 4) 0) (1 2).
func TestMerkleRoot(t *testing.T) {
	leaf := func(i byte) [32]byte { return [32]byte{i} }
	node := func(a, b [32]byte) [32]byte { return merkleRoot([][32]byte{a, b}) }
	five := [][32]byte{leaf(0), leaf(1), leaf(2), leaf(3), leaf(4)}
	if got := merkleRoot(five); got != node(node(node(leaf(3), leaf(4)), leaf(0)), node(leaf(1), leaf(2))) {
		t.Errorf("root of five leaves %x", got)
	}
	if merkleRoot(nil) != [32]byte{} || merkleRoot(five[:1]) != leaf(0) {
		t.Error("no leaf is not zero, or one is not itself")
	}
}

func BenchmarkDigest(b *testing.B) {
	m, err := Decode(vectors.Bytes(b, "codec/metadata-v15-461.scale"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.Digest(finney); err != nil {
			b.Fatal(err)
		}
	}
}
