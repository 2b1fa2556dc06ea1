package metadata

import (
	"testing"

	"github.com/myelin-go/myelin/scale"
)

func TestTypeNames(t *testing.T) {
	m := &Metadata{Types: []Type{
		{Kind: Primitive, Basic: U16},
		{Kind: Composite, Path: []string{"sp_core", "crypto", "AccountId32"}, Params: []Param{{"T", scale.Some[uint32](0)}}},
		{Kind: Sequence, Elem: 1},
		{Kind: Tuple, Tuple: []uint32{0, 2}},
		{Kind: Enum, Path: []string{"Option"}, Params: []Param{{"T", scale.Some[uint32](3)}}, Variants: []Variant{
			{Name: "None"}, {Name: "Some", Index: 1, Fields: []Field{{Type: 3}}},
		}},
		{Kind: Array, Elem: 0, Len: 4},
		{Kind: Compact, Elem: 0},
		{Kind: Tuple},
		{Kind: Composite, Path: []string{"a", "Of"}, Fields: []Field{
			{Type: 4}, {Type: 5}, {Type: 6}, {Type: 7}, {Type: 1, TypeName: scale.Some("T::AccountId")},
		}},
	}}
	m.nameFields()
	want := []string{"Option<(u16, Vec<AccountId32>)>", "[u16; 4]", "u16", "()", "T::AccountId"}
	for i, f := range m.Types[8].Fields {
		if got, ok := f.TypeName.Get(); !ok || got != want[i] {
			t.Errorf("field %d has type name %q, want %q", i, got, want[i])
		}
	}
	if got, _ := m.Types[4].Variants[1].Fields[0].TypeName.Get(); got != "(u16, Vec<AccountId32>)" {
		t.Errorf("the field of Some has type name %q", got)
	}
}

func TestFixedPointTypesGoByTheirAliases(t *testing.T) {
	for _, alias := range []string{"I32F32", "I64F64", "U64F64", "U96F32", "I96F32"} {
		r := NewRegistry(nil)
		id := r.Add(alias, func() Type { return r.fixed(fixedPoint["fixed."+alias]) })
		if got := (&Metadata{Types: r.Types()}).TypeName(id); got != alias {
			t.Errorf("got %s, want %s", got, alias)
		}
	}
}
