package surface

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

var updateStored = flag.Bool("update-stored", false, "write testdata/stored.txt anew; look at what changed, it needs a migration")

// stored is a type that the chain keeps: the value of a storage item, or one of its keys.
type stored struct {
	name string // "Balances.Locks value", "Balances.Locks key 0"
	id   uint32 // in the metadata
	t    reflect.Type
}

// storedTypes are those of the newest runtime that the program holds.
func storedTypes(t *testing.T) (*chain.Runtime, *metadata.Metadata, []stored) {
	t.Helper()
	r := genesis.Bittensor(genesis.Localnet()).Runtime
	for r.Next() != nil {
		r = r.Next()
	}
	raw, _ := r.Metadata(15)
	m, err := metadata.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	var out []stored
	for _, d := range r.Pallets() {
		for _, item := range d.Storage {
			e := m.Pallet(d.Name).Entry(item.Name)
			name := d.Name + "." + item.Name
			if name == "System.Events" {
				continue // read by clients only, and gone with the next block
			}
			for i, key := range item.Keys {
				id := e.Key
				if len(item.Keys) > 1 {
					id = m.Type(e.Key).Tuple[i]
				}
				out = append(out, stored{fmt.Sprintf("%s key %d", name, i), id, key})
			}
			out = append(out, stored{name + " value", e.Value, item.Value})
		}
	}
	return r, m, out
}

// sampler makes values of types as the metadata describes them. Every number, text and byte follows from the names that lead to it, so that fields that change
// places or names give other bytes; turn chooses among the variants of enums.
type sampler struct {
	m    *metadata.Metadata
	turn int
	// variants is the number of variants of the enum that had most.
	variants int
}

func (s *sampler) bytes(path string, n int) []byte {
	h := fnv.New64a()
	h.Write([]byte(path))
	out := make([]byte, n)
	for i := range out {
		h.Write([]byte{1})
		out[i] = byte(h.Sum64()) | 1
	}
	return out
}

func (s *sampler) value(id uint32, path string) (out []byte) {
	t := s.m.Type(id)
	switch t.Kind {
	case metadata.Composite:
		set := strings.HasPrefix(t.Name(), "BTree")
		for i, f := range t.Fields {
			name := f.Name.Value
			if name == "" {
				name = fmt.Sprint(i)
			}
			if set { // one element is in order
				list := s.m.Type(f.Type)
				return append([]byte{1 << 2}, s.value(list.Elem, path+".0")...)
			}
			out = append(out, s.value(f.Type, path+"."+name)...)
		}
	case metadata.Enum:
		s.variants = max(s.variants, len(t.Variants))
		v := t.Variants[(s.turn+1)%len(t.Variants)]
		out = append(out, v.Index)
		for i, f := range v.Fields {
			name := f.Name.Value
			if name == "" {
				name = fmt.Sprint(i)
			}
			out = append(out, s.value(f.Type, path+"."+v.Name+"."+name)...)
		}
	case metadata.Sequence:
		n := 2
		if s.uninhabited(t.Elem) {
			n = 0
		}
		out = append(out, byte(n<<2))
		for i := range n {
			out = append(out, s.value(t.Elem, fmt.Sprintf("%s.%d", path, i))...)
		}
	case metadata.Array:
		for i := range t.Len {
			out = append(out, s.value(t.Elem, fmt.Sprintf("%s.%d", path, i))...)
		}
	case metadata.Tuple:
		for i, e := range t.Tuple {
			out = append(out, s.value(e, fmt.Sprintf("%s.%d", path, i))...)
		}
	case metadata.Primitive:
		switch n := t.Basic.Size(); {
		case t.Basic == metadata.Bool:
			out = []byte{1}
		case n == 0:
			out = append([]byte{3 << 2}, "abc"...)
		default:
			out = s.bytes(path, n)
		}
	case metadata.Compact:
		out = []byte{s.bytes(path, 1)[0] &^ 3} // below 64
	}
	return out
}

// uninhabited tells of types that hold an enum without variants, of which there are no values: this chain has no reason to freeze balances.
func (s *sampler) uninhabited(id uint32) bool {
	t := s.m.Type(id)
	return t.Kind == metadata.Enum && len(t.Variants) == 0 ||
		t.Kind == metadata.Composite && slices.ContainsFunc(t.Fields, func(f metadata.Field) bool { return s.uninhabited(f.Type) })
}

// turns bounds how many samples a type has, one for each variant of the enum in it that has most.
const turns = 6

// lookThrough prints a value as Go has it, through pointers, so that a codec written by hand cannot exchange two fields unseen.
func lookThrough(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "nil"
		}
		return lookThrough(v.Elem())
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Type.Kind() == reflect.Pointer && v.Field(i).IsNil() || f.Type.Size() == 0 && f.Anonymous {
				continue
			}
			parts = append(parts, f.Name+":"+lookThrough(v.Field(i)))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			raw := make([]byte, v.Len())
			for i := range raw {
				raw[i] = byte(v.Index(i).Uint())
			}
			return hex.EncodeToString(raw)
		}
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = lookThrough(v.Index(i))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case reflect.Bool:
		return fmt.Sprint(v.Bool())
	case reflect.String:
		return v.String()
	}
	if v.CanInt() {
		return fmt.Sprint(v.Int())
	}
	return fmt.Sprint(v.Uint())
}

// again decodes bytes by the chain's own type and encodes them again.
func again(r *chain.Runtime, t reflect.Type, raw []byte) (v reflect.Value, back []byte, err error) {
	v = reflect.New(t)
	d := scale.NewDecoder(raw)
	d.Context = r.Table()
	d.Decode(v.Interface())
	if err := d.End(); err != nil {
		return v, nil, err
	}
	return v.Elem(), scale.Marshal(v.Interface()), nil
}

// TestStoredLayout holds the layout of all that the chain keeps: a sample of each type encodes to the bytes that testdata/stored.txt has, and these decode to
// the fields that it names. A line that changes is a change of layout: what chains have stored can no longer be read, so it needs a migration.
func TestStoredLayout(t *testing.T) {
	r, m, all := storedTypes(t)
	lines := []string{
		"# What the chain's stored types look like: item, value or key, the bytes of a sample, and what the chain's own type reads in them.",
		"# A line that changes means that stored rows change; they need a migration.",
	}
	for _, x := range all {
		s := &sampler{m: m}
		for n := 0; n < max(1, min(turns, s.variants)); n++ {
			s.turn = n
			raw := s.value(x.id, x.name)
			v, back, err := again(r, x.t, raw)
			if err != nil || !bytes.Equal(back, raw) {
				t.Errorf("%s: %x is encoded again as %x: %v", x.name, raw, back, err)
				continue
			}
			lines = append(lines, fmt.Sprintf("%s: %x %s", x.name, raw, lookThrough(v)))
		}
	}
	if *updateStored {
		if err := os.WriteFile("testdata/stored.txt", []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile("testdata/stored.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(golden), "\n"), "\n")
	for _, line := range lines {
		if !slices.Contains(want, line) {
			t.Errorf("not as recorded: %.300s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(lines, line) {
			t.Errorf("recorded, and no longer so: %.300s", line)
		}
	}
	t.Logf("%d types of items and keys, %d samples", len(all), len(lines)-2)
}

// ethereum is the origin of calls that our chain leaves out with its pallet.
const ethereum = "OriginCaller has no variant 21"

// TestStoredSamplesOfUpstream decodes what upstream's own types encode to by ours, and encodes it again.
func TestStoredSamplesOfUpstream(t *testing.T) {
	var corpus struct {
		Types []struct {
			ID      uint32
			Samples []struct {
				Scale string `json:"scale_hex"`
			}
		}
	}
	vectors.JSON(t, "codec/shape-corpus-461.json", &corpus)
	samples := map[uint32][]string{}
	for _, x := range corpus.Types {
		for _, s := range x.Samples {
			samples[x.ID] = append(samples[x.ID], s.Scale)
		}
	}
	theirs, err := metadata.Decode(vectors.Bytes(t, "codec/metadata-v15-461.scale"))
	if err != nil {
		t.Fatal(err)
	}
	r, _, all := storedTypes(t)
	tried, types, without := 0, 0, 0
	for _, x := range all {
		place, what, _ := strings.Cut(x.name, " ")
		pallet, item, _ := strings.Cut(place, ".")
		p := theirs.Pallet(pallet)
		if p == nil || p.Entry(item) == nil {
			continue // ours alone
		}
		e := p.Entry(item)
		id, number := e.Value, 0
		if _, err := fmt.Sscanf(what, "key %d", &number); err == nil {
			if id = e.Key; len(e.Hashers) > 1 {
				id = theirs.Type(e.Key).Tuple[number]
			}
		}
		types++
		if len(samples[id]) == 0 {
			without++
		}
		for _, text := range samples[id] {
			raw := vectors.Unhex(t, text)
			tried++
			_, back, err := again(r, x.t, raw)
			if err != nil && strings.Contains(err.Error(), ethereum) {
				continue
			}
			if err != nil || !bytes.Equal(back, raw) {
				t.Errorf("%s: upstream's %.200x is encoded again as %.200x: %v", x.name, raw, back, err)
			}
		}
	}
	if tried < 1900 {
		t.Errorf("%d samples of %d types were tried; %d have none", tried, types, without)
	}
}
