package surface

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

// surface maps the name of an item, as "Balances.call.transfer_all", to all that a client relies on.
type surface map[string]string

func (s surface) add(text string, name ...string) { s[strings.Join(name, ".")] = text }

// describe writes out what a metadata declares. Versions of runtime APIs and the list of them in System.Version are left to the APIs themselves.
func describe(m *metadata.Metadata) surface {
	s := surface{}
	for _, p := range m.Pallets {
		s.add(fmt.Sprint(p.Index), p.Name)
		if p.Storage.Set {
			for _, e := range p.Storage.Value.Entries {
				text := fmt.Sprintf("optional=%v %v", e.Optional, e.Hashers)
				if len(e.Hashers) > 0 {
					text += " " + shape(m, e.Key, 0) + " ->"
				}
				text += " " + shape(m, e.Value, 0)
				if !e.Optional {
					text += fmt.Sprintf(" = %x", e.Default)
				}
				s.add(text, p.Name, "storage", e.Name)
			}
		}
		for _, c := range p.Constants {
			text := shape(m, c.Type, 0)
			if c.Name != "Version" {
				text += fmt.Sprintf(" = %x", c.Value)
			}
			s.add(text, p.Name, "constant", c.Name)
		}
		for _, part := range []struct {
			name string
			id   scale.Option[uint32]
		}{{"call", p.Calls}, {"event", p.Event}, {"error", p.Error}} {
			if !part.id.Set {
				continue
			}
			for _, v := range m.Type(part.id.Value).Variants {
				s.add(fmt.Sprintf("%d %s", v.Index, fields(m, v.Fields, 0)), p.Name, part.name, v.Name)
			}
		}
	}
	for _, a := range m.APIs {
		for _, f := range a.Methods {
			text := ""
			for _, in := range f.Inputs {
				what := "extrinsic"
				if !strings.HasSuffix(m.Type(in.Type).Name(), "UncheckedExtrinsic") {
					what = shape(m, in.Type, 0)
				}
				text += in.Name + ":" + what + " "
			}
			s.add(text+"-> "+shape(m, f.Output, 0), "api", a.Name, f.Name)
		}
	}
	for i, x := range m.Extrinsic.Extensions {
		s.add(fmt.Sprintf("%d %s %s", i, shape(m, x.Explicit, 0), shape(m, x.Implicit, 0)), "extension", x.Name)
	}
	return s
}

// shape writes a type out, so that types of different registries can be compared. Enums over all pallets are left at their names.
func shape(m *metadata.Metadata, id uint32, depth int) string {
	t := m.Type(id)
	name := strings.Join(t.Path, "::")
	switch t.Name() {
	case "RuntimeCall", "RuntimeEvent", "RuntimeError", "RuntimeHoldReason", "RuntimeFreezeReason", "OriginCaller":
		return name
	}
	if depth > 12 {
		return name + "…"
	}
	var out string
	switch t.Kind {
	case metadata.Composite:
		out = name + fields(m, t.Fields, depth+1)
	case metadata.Enum:
		vs := slices.Clone(t.Variants)
		slices.SortFunc(vs, func(a, b metadata.Variant) int { return int(a.Index) - int(b.Index) })
		out = name + "{"
		for _, v := range vs {
			out += fmt.Sprintf("%d %s%s;", v.Index, v.Name, fields(m, v.Fields, depth+1))
		}
		out += "}"
	case metadata.Sequence:
		out = "[" + shape(m, t.Elem, depth+1) + "]"
	case metadata.Array:
		out = fmt.Sprintf("[%s;%d]", shape(m, t.Elem, depth+1), t.Len)
	case metadata.Tuple:
		for _, id := range t.Tuple {
			out += shape(m, id, depth+1) + ","
		}
		out = "(" + out + ")"
	case metadata.Primitive:
		out = t.Basic.String()
	case metadata.Compact:
		out = "compact " + shape(m, t.Elem, depth+1)
	case metadata.BitSequence:
		out = "bits"
	}
	for _, p := range t.Params {
		out += " " + p.Name
		if id, ok := p.Type.Get(); ok && t.Kind != metadata.Enum {
			out += "=" + strings.Join(m.Type(id).Path, "::")
		}
	}
	return out
}

func fields(m *metadata.Metadata, list []metadata.Field, depth int) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Name.Value+":"+shape(m, f.Type, depth))
	}
	return "(" + strings.Join(out, ",") + ")"
}

// exceptions are the lines of a file "pattern, reason": a name of an item, or a pattern as path.Match has them.
type exceptions struct {
	file string
	list []exception
}

type exception struct {
	pattern string
	used    bool
}

func readExceptions(t *testing.T, file string) *exceptions {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := &exceptions{file: file}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern, reason, ok := strings.Cut(line, " ")
		if !ok || strings.TrimSpace(reason) == "" {
			t.Errorf("%s: %q has no reason", file, line)
		}
		if _, err := path.Match(pattern, ""); err != nil {
			t.Errorf("%s: %q: %v", file, pattern, err)
		}
		out.list = append(out.list, exception{pattern: pattern})
	}
	return out
}

func (e *exceptions) hold(name string) bool {
	held := false
	for i := range e.list {
		if ok, _ := path.Match(e.list[i].pattern, name); ok {
			e.list[i].used, held = true, true
		}
	}
	return held
}

func (e *exceptions) checkUsed(t *testing.T) {
	for _, x := range e.list {
		if !x.used {
			t.Errorf("%s: %q stands there for nothing", e.file, x.pattern)
		}
	}
}

func ours(t *testing.T, version uint32) *metadata.Metadata {
	t.Helper()
	raw, ok := genesis.Bittensor(genesis.Localnet()).Runtime.Metadata(version)
	if !ok {
		t.Fatalf("there is no metadata of version %d", version)
	}
	m, err := metadata.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSurfaceIsUpstreams(t *testing.T) {
	for _, version := range []uint32{14, 15} {
		t.Run(fmt.Sprintf("v%d", version), func(t *testing.T) {
			recorded, err := metadata.Decode(vectors.Bytes(t, fmt.Sprintf("codec/metadata-v%d-461.scale", version)))
			if err != nil {
				t.Fatal(err)
			}
			leftOut, added := readExceptions(t, "testdata/left-out.txt"), readExceptions(t, "testdata/added.txt")
			theirs, mine := describe(recorded), describe(ours(t, version))
			var missing, more, differ int
			for _, name := range slices.Sorted(maps.Keys(theirs)) {
				text, ok := mine[name]
				switch {
				case !ok && !leftOut.hold(name):
					t.Errorf("missing: %s", name)
					missing++
				case ok && text != theirs[name] && !added.hold(name):
					t.Errorf("differs: %s\n  upstream %s\n  ours     %s", name, theirs[name], text)
					differ++
				}
			}
			for _, name := range slices.Sorted(maps.Keys(mine)) {
				if _, ok := theirs[name]; !ok && !added.hold(name) {
					t.Errorf("more than upstream: %s", name)
					more++
				}
			}
			if version == 15 { // 14 lacks the runtime APIs
				leftOut.checkUsed(t)
				added.checkUsed(t)
			}
			t.Logf("upstream shows %d items; %d are missing, %d differ, %d are more", len(theirs), missing, differ, more)
		})
	}
}

// What is left out keeps its index: what we add stands where upstream has nothing.
func TestAddedVariantsTakeFreeIndices(t *testing.T) {
	theirs, err := metadata.Decode(vectors.Bytes(t, "codec/metadata-v15-461.scale"))
	if err != nil {
		t.Fatal(err)
	}
	mine := ours(t, 15)
	for _, p := range mine.Pallets {
		up := theirs.Pallet(p.Name)
		if up == nil {
			for _, q := range theirs.Pallets {
				if q.Index == p.Index {
					t.Errorf("our pallet %s stands at %d, where upstream has %s", p.Name, p.Index, q.Name)
				}
			}
			continue
		}
		for _, part := range []struct{ theirs, ours scale.Option[uint32] }{{up.Calls, p.Calls}, {up.Event, p.Event}, {up.Error, p.Error}} {
			if !part.theirs.Set || !part.ours.Set {
				continue
			}
			names := map[uint8]string{}
			for _, v := range theirs.Type(part.theirs.Value).Variants {
				names[v.Index] = v.Name
			}
			for _, v := range mine.Type(part.ours.Value).Variants {
				gap := v.Name == fmt.Sprint("Reserved", v.Index) && len(v.Fields) == 0 // nothing stands there
				if name, ok := names[v.Index]; ok && name != v.Name && !gap {
					t.Errorf("%s.%s stands at %d, where upstream has %s", p.Name, v.Name, v.Index, name)
				}
			}
		}
	}
}

// Clients walk the pallets in the order of the metadata.
func TestPalletsStandInUpstreamsOrder(t *testing.T) {
	last := -1
	for _, p := range ours(t, 15).Pallets {
		if int(p.Index) <= last {
			t.Errorf("%s (%d) stands after pallet %d", p.Name, p.Index, last)
		}
		last = int(p.Index)
	}
}
