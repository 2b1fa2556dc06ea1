package metadata

import (
	"fmt"
	"strings"

	"github.com/myelin-go/myelin/scale"
)

// nameFields gives every field without a type name one that is derived from its type. Upstream's names are those of its source; clients print them,
// and one decodes no call whose arguments have none.
func (m *Metadata) nameFields() {
	names := make([]string, len(m.Types))
	give := func(fields []Field) {
		for i := range fields {
			if _, named := fields[i].TypeName.Get(); !named {
				fields[i].TypeName = scale.Some(m.typeName(fields[i].Type, names))
			}
		}
	}
	for i := range m.Types {
		t := &m.Types[i]
		give(t.Fields)
		for j := range t.Variants {
			give(t.Variants[j].Fields)
		}
	}
}

// TypeName is a type as Rust's source would have it, as Vec<AccountId32>; a type with a path goes by its last segment, and a compact integer by the integer.
func (m *Metadata) TypeName(id uint32) string { return m.typeName(id, make([]string, len(m.Types))) }

// typeName is TypeName; names keeps what is known.
func (m *Metadata) typeName(id uint32, names []string) string {
	if names[id] != "" {
		return names[id]
	}
	t := &m.Types[id]
	list := func(ids []uint32) string {
		parts := make([]string, len(ids))
		for i, id := range ids {
			parts[i] = m.typeName(id, names)
		}
		return strings.Join(parts, ", ")
	}
	name := t.Name()
	switch {
	case len(t.Path) == 1: // of Rust's prelude: Option<u16>
		var params []uint32
		for _, p := range t.Params {
			if id, ok := p.Type.Get(); ok {
				params = append(params, id)
			}
		}
		if len(params) > 0 {
			name += "<" + list(params) + ">"
		}
	case len(t.Path) == 2 && t.Path[0] == "substrate_fixed" && len(t.Params) == 1:
		name = m.fixedName(t)
	case name != "":
	case t.Kind == Primitive:
		name = t.Basic.String()
	case t.Kind == Sequence:
		name = "Vec<" + m.typeName(t.Elem, names) + ">"
	case t.Kind == Array:
		name = fmt.Sprintf("[%s; %d]", m.typeName(t.Elem, names), t.Len)
	case t.Kind == Compact: // the attribute of the field tells that it is compact
		name = m.typeName(t.Elem, names)
	case t.Kind == Tuple:
		name = "(" + list(t.Tuple) + ")"
	default:
		name = "BitVec"
	}
	names[id] = name
	return name
}

// fixedName is the alias by which sources call a fixed-point type: FixedU128 with 64 fractional bits is U64F64.
func (m *Metadata) fixedName(t *Type) string {
	sign, bits := strings.TrimPrefix(t.Name(), "Fixed"), 0
	frac := m.typenum(t.Params[0].Type.Value)
	if n, err := fmt.Sscanf(sign[min(1, len(sign)):], "%d", &bits); n != 1 || err != nil || frac > bits {
		return t.Name()
	}
	return fmt.Sprintf("%s%dF%d", sign[:1], bits-frac, frac)
}

// typenum reads a number that Registry.typenum wrote; what is none counts as 0.
func (m *Metadata) typenum(id uint32) int {
	n := 0
	for place := 0; place < 16 && int(id) < len(m.Types); place++ {
		t := &m.Types[id]
		if len(t.Params) != 2 {
			break
		}
		if bit := t.Params[1].Type.Value; int(bit) < len(m.Types) && m.Types[bit].Name() == "B1" {
			n |= 1 << place
		}
		id = t.Params[0].Type.Value
	}
	return n
}
