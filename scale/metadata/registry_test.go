package metadata

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
)

type account [32]byte

func (account) ScaleName() scale.Name { return scale.Name{Path: "sp_core::crypto::AccountId32"} }

type amount uint64

func (amount) ScaleName() scale.Name { return scale.Name{Path: "demo::Amount"} }

type plainWord uint16

type colour uint8

func (colour) Variants() []scale.Variant { return scale.Names("Red", "Green") }
func (colour) ScaleName() scale.Name     { return scale.Name{Path: "demo::Colour"} }

type tree struct {
	Value    amount `scale:"compact"`
	Children []tree
	Extra    scale.Option[colour] `name:"odd" doc:"a remark"`
}

func (tree) ScaleName() scale.Name {
	return scale.Name{Path: "demo::Tree", Params: []scale.Param{{Name: "A", Type: reflect.TypeFor[amount]()}, {Name: "S"}}}
}

type choice struct {
	scale.Enum
	Nothing *scale.Unit `index:"0"`
	One     *amount     `index:"4"`
	Both    *struct {
		Left, Right amount
	} `index:"7,fields"`
}

func (choice) ScaleName() scale.Name { return scale.Name{Path: "demo::Choice"} }

// text writes a type out in one line.
func text(r *Registry, id uint32) string {
	t := r.types[id]
	name := strings.Join(t.Path, "::")
	fields := func(fs []Field) string {
		var out []string
		for _, f := range fs {
			inner := r.types[f.Type]
			s := strings.Join(inner.Path, "::")
			if s == "" {
				s = text(r, f.Type)
			}
			if f.Name.Set {
				s = f.Name.Value + ":" + s
			}
			out = append(out, s)
		}
		return "(" + strings.Join(out, " ") + ")"
	}
	switch t.Kind {
	case Composite:
		return name + fields(t.Fields)
	case Enum:
		for _, v := range t.Variants {
			name += " " + v.Name + "=" + string(rune('0'+v.Index)) + fields(v.Fields)
		}
		return name
	case Sequence:
		return "[]" + text(r, t.Elem)
	case Compact:
		return "compact " + text(r, t.Elem)
	case Array:
		return "array " + text(r, t.Elem)
	case Tuple:
		out := "tuple"
		for _, id := range t.Tuple {
			out += " " + text(r, id)
		}
		return out
	}
	return t.Basic.String()
}

func TestGoTypesAsClientsReadThem(t *testing.T) {
	r := NewRegistry(nil)
	if id := r.TypeOf(reflect.TypeFor[account]()); id != 0 {
		t.Errorf("the first type has number %d", id)
	}
	for _, c := range []struct {
		typ  reflect.Type
		want string
	}{
		{reflect.TypeFor[account](), "sp_core::crypto::AccountId32(array u8)"},
		{reflect.TypeFor[amount](), "demo::Amount(u64)"},
		{reflect.TypeFor[plainWord](), "u16"},
		{reflect.TypeFor[[]plainWord](), "[]u16"},
		{reflect.TypeFor[string](), "str"},
		{reflect.TypeFor[scale.Uint128](), "u128"},
		{reflect.TypeFor[colour](), "demo::Colour Red=0() Green=1()"},
		{reflect.TypeFor[scale.Pair[uint8, bool]](), "tuple u8 bool"},
		{reflect.TypeFor[scale.Unit](), "tuple"},
		{reflect.TypeFor[scale.Compact[uint32]](), "compact u32"},
		{reflect.TypeFor[scale.Option[bool]](), "Option None=0() Some=1(bool)"},
		{reflect.TypeFor[scale.Result[scale.Unit, bool]](), "Result Ok=0(tuple) Err=1(bool)"},
		{reflect.TypeFor[choice](), "demo::Choice Nothing=0() One=4(demo::Amount) Both=7(left:demo::Amount right:demo::Amount)"},
		{reflect.TypeFor[fixed.U64F64](), "substrate_fixed::FixedU128(bits:u128)"},
		{reflect.TypeFor[fixed.Uint128](), "u128"},
		{reflect.TypeFor[fixed.I32F32](), "substrate_fixed::FixedI64(bits:i64)"},
	} {
		if diff := cmp.Diff(c.want, text(r, r.TypeOf(c.typ))); diff != "" {
			t.Errorf("%v: %s", c.typ, diff)
		}
	}
	id := r.TypeOf(reflect.TypeFor[tree]())
	self := r.types[id]
	if kids := r.types[self.Fields[1].Type]; kids.Kind != Sequence || kids.Elem != id {
		t.Errorf("a type that holds itself: %+v", kids)
	}
	if f := self.Fields[2]; f.Name.Value != "odd" || len(f.Docs) != 1 || !self.Params[0].Type.Set || self.Params[1].Type.Set {
		t.Errorf("%+v", self)
	}
	// The fractional bits of fixed-point numbers stand in their parameter, as binary digits.
	bits := 0
	for at := r.types[r.TypeOf(reflect.TypeFor[fixed.U96F32]())].Params[0].Type.Value; ; {
		digit := r.types[at]
		if digit.Name() == "UTerm" {
			break
		}
		bits++
		at = digit.Params[0].Type.Value
	}
	if bits != 6 { // 32 has six binary digits
		t.Errorf("the parameter of U96F32 has %d digits, want 6", bits)
	}
	again := len(r.types)
	r.TypeOf(reflect.TypeFor[tree]())
	r.TypeOf(reflect.TypeFor[[]uint16]())
	if len(r.types) != again {
		t.Error("types were numbered twice")
	}
}

func BenchmarkDecode(b *testing.B) {
	raw := vectors.Bytes(b, "codec/metadata-v15-461.scale")
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}
