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
