package codec

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale/metadata"
)

func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(vectors.Bytes(t, "codec/"+name)))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		t.Fatal(name, err)
	}
}

var recorded = map[int]func() *Codec{14: load(14), 15: load(15)}

func load(version int) func() *Codec {
	return sync.OnceValue(func() *Codec {
		raw, err := vectors.Load(fmt.Sprintf("codec/metadata-v%d-461.scale", version))
		if err != nil {
			panic(err)
		}
		m, err := metadata.Decode(raw)
		if err != nil {
			panic(err)
		}
		return New(m)
	})
}

// show prints a value in the form of the recorded client.
func show(c *Codec, id uint32, v any) any {
	t := &c.types[id]
	switch t.form {
	case bytesOf:
		b := v.([]byte)
		switch {
		case t.Kind == metadata.Array && len(b) == 0:
			return []any{}
		case t.Kind == metadata.Sequence && utf8.Valid(b):
			return string(b)
		}
		return "0x" + hex.EncodeToString(b)
	case account:
		return v.(bt.AccountID).String()
	case h256:
		return v.(bt.Hash).String()
	case u256:
		return json.Number(v.(*big.Int).String())
	case option:
		if s, ok := v.(Some); ok {
			v = s.Value
		}
		if v == nil {
			return nil
		}
		return show(c, t.Variants[1].Fields[0].Type, v)
	case newtype:
		out := show(c, t.Fields[0].Type, v)
		if t.Name() != "BTreeMap" {
			return out
		}
		m := map[string]any{}
		for _, pair := range out.([]any) {
			m[fmt.Sprint(pair.([]any)[0])] = pair.([]any)[1]
		}
		return m
	}
	switch t.Kind {
	case metadata.Composite:
		return showFields(c, t.Fields, v)
	case metadata.Enum:
		return showEnum(c, t, v.(Variant))
	case metadata.Sequence, metadata.Array:
		out := []any{}
		for _, x := range v.([]any) {
			out = append(out, show(c, t.Elem, x))
		}
		return out
	case metadata.Tuple:
		out := []any{}
		for i, x := range v.([]any) {
			out = append(out, show(c, t.Tuple[i], x))
		}
		return out
	}
	switch v := v.(type) {
	case bool, string:
		return v
	case *big.Int:
		return json.Number(v.String())
	}
	return json.Number(fmt.Sprint(v))
}

func showFields(c *Codec, fields []metadata.Field, v any) any {
	switch {
	case len(fields) == 0:
		return []any{}
	case fields[0].Name.Set:
		out := map[string]any{}
		for i, f := range fields {
			out[f.Name.Value] = show(c, f.Type, v.(map[string]any)[fieldName(fields, i)])
		}
		return out
	case len(fields) == 1:
		return show(c, fields[0].Type, v)
	}
	out := []any{}
	for i, f := range fields {
		out = append(out, show(c, f.Type, v.([]any)[i]))
	}
	return out
}

func showEnum(c *Codec, t *typeInfo, v Variant) any {
	found := t.VariantNamed(v.Name)
	switch {
	case t.Name() == "Era":
		if v.Value == nil {
			return "00"
		}
		bits := uint64(found.Index) | v.Value.(uint64)<<8
		period := uint64(2) << (bits & 15)
		return []any{json.Number(fmt.Sprint(period)), json.Number(fmt.Sprint((bits >> 4) * max(period>>12, 1)))}
	case t.form == address && (v.Name == "Id" || v.Name == "Index"):
		return show(c, found.Fields[0].Type, v.Value)
	case t.form == outer || t.Name() == "RuntimeEvent":
		return showOuter(c, t, v)
	case len(found.Fields) == 0:
		return v.Name
	}
	return map[string]any{v.Name: showFields(c, found.Fields, v.Value)}
}

// showOuter flattens a call or event of the runtime.
func showOuter(c *Codec, t *typeInfo, v Variant) any {
	inner := v.Value.(Variant)
	pallet := t.VariantNamed(v.Name)
	of := c.Metadata.Type(pallet.Fields[0].Type).VariantNamed(inner.Name)
	index := fmt.Sprintf("%02x%02x", pallet.Index, of.Index)
	if t.form != outer {
		var content any
		if inner.Value != nil {
			content = showFields(c, of.Fields, inner.Value)
		}
		return map[string]any{"module_id": v.Name, "event_id": inner.Name, "event_index": index, "attributes": content}
	}
	args := []any{}
	for i, f := range of.Fields {
		args = append(args, map[string]any{
			"name": f.Name.Value, "type": f.TypeName.Value, "value": show(c, f.Type, inner.Value.(map[string]any)[fieldName(of.Fields, i)]),
		})
	}
	raw, err := c.Encode(t.ID, v)
	if err != nil {
		panic(err)
	}
	h := bt.Hash(hash.Blake256(raw))
	return map[string]any{
		"call_module": v.Name, "call_function": inner.Name, "call_index": "0x" + index, "call_args": args, "call_hash": h.String(),
	}
}

// normal brings what clients flatten further to what show prints: the type names of call arguments lose their generics there, event records
// repeat the event, and composites without fields are [] or {}.
func normal(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		if len(v) == 0 {
			return []any{}
		}
		if _, ok := v["value"]; ok && len(v) == 3 && v["name"] != nil && v["type"] != nil {
			delete(v, "type")
		}
		if _, ok := v["extrinsic_idx"]; ok {
			event := normal(v["event"])
			var phase any = v["phase"]
			if v["extrinsic_idx"] != nil {
				phase = map[string]any{v["phase"].(string): v["extrinsic_idx"]}
			}
			return map[string]any{"phase": phase, "event": event, "topics": v["topics"]}
		}
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

func TestShapeCorpus(t *testing.T) {
	var corpus struct {
		Types []struct {
			ID      uint32
			Name    string
			Samples []struct {
				Decoded any
				Scale   string `json:"scale_hex"`
			}
		}
	}
	readJSON(t, "shape-corpus-461.json", &corpus)
	c := recorded[15]()
	samples := 0
	for _, typ := range corpus.Types {
		for _, s := range typ.Samples {
			samples++
			raw := vectors.Unhex(t, s.Scale)
			v, err := c.Decode(typ.ID, raw)
			if err != nil {
				t.Errorf("type %d %s: %v", typ.ID, typ.Name, err)
				continue
			}
			if diff := cmp.Diff(normal(s.Decoded), normal(show(c, typ.ID, v))); diff != "" {
				t.Errorf("type %d %s: %s\n%s", typ.ID, typ.Name, s.Scale, diff)
			}
			back, err := c.Encode(typ.ID, v)
			if err != nil || !bytes.Equal(back, raw) {
				t.Errorf("type %d %s: %x encoded back as %x: %v", typ.ID, typ.Name, raw, back, err)
			}
			checkInto(t, v)
		}
	}
	if samples != 2899 || len(corpus.Types) != 797 {
		t.Errorf("%d samples of %d types, want 2899 of 797", samples, len(corpus.Types))
	}
}

// checkInto copies a value to a variable of its own type.
func checkInto(t *testing.T, v any) {
	t.Helper()
	if v == nil {
		return
	}
	p := reflect.New(reflect.TypeOf(v))
	if err := Into(v, p.Interface()); err != nil || !reflect.DeepEqual(p.Elem().Interface(), v) {
		t.Errorf("%v copied as %v: %v", v, p.Elem(), err)
	}
}

type golden struct {
	StorageKeys []struct {
		Pallet string
		Item   string `json:"storage_function"`
		Params []any
		Key    string `json:"key_hex"`
		Type   string `json:"value_scale_type"`
	} `json:"storage_keys"`
	Calls []struct {
		Module, Function string
		Params           map[string]any
		Data             string `json:"data_hex"`
	}
	Constants []struct {
		Module, Name string
		Decoded      any
	}
	StorageValues []struct {
		Pallet  string
		Item    string `json:"storage_function"`
		Params  []any
		Key     string  `json:"key_hex"`
		Raw     *string `json:"raw_hex"`
		Decoded any
	} `json:"storage_values"`
	QueryMaps []struct {
		Pallet string
		Item   string `json:"storage_function"`
		Params []any
		Prefix string      `json:"prefix_hex"`
		Raw    [][2]string `json:"raw_changes"`
		Pairs  [][2]any
	} `json:"query_maps"`
	RuntimeCalls []struct {
		API, Method string
		Params      []any
		Args        string `json:"encoded_params_hex"`
		Raw         string `json:"raw_hex"`
		Decoded     any
	} `json:"runtime_calls"`
	Events struct {
		Raw     string `json:"raw_hex"`
		Decoded []map[string]any
	}
}

func plainNumbers(v any) any {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	return v
}

func params(list []any) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = plainNumbers(list[i])
	}
	return out
}

func TestStorageKeys(t *testing.T) {
	var g golden
	readJSON(t, "golden-461.json", &g)
	for _, version := range []int{14, 15} {
		c := recorded[version]()
		for _, k := range g.StorageKeys {
			it, err := c.Item(k.Pallet, k.Item)
			if err != nil {
				t.Fatal(err)
			}
			key, err := it.Key(params(k.Params)...)
			if err != nil || "0x"+hex.EncodeToString(key) != k.Key {
				t.Errorf("V%d %s.%s: key %x, want %s: %v", version, k.Pallet, k.Item, key, k.Key, err)
			}
			if typ := fmt.Sprint("scale_info::", it.entry.Value); version == 15 && typ != k.Type {
				t.Errorf("%s.%s: value is %s, want %s", k.Pallet, k.Item, typ, k.Type)
			}
			back, err := it.DecodeKey(key)
			if err != nil {
				t.Errorf("%s.%s: %v", k.Pallet, k.Item, err)
			}
			if again, err := it.Key(back...); err != nil || !bytes.Equal(again, key) {
				t.Errorf("%s.%s: keys %v encode to %x, want %x: %v", k.Pallet, k.Item, back, again, key, err)
			}
		}
		for _, q := range g.QueryMaps {
			it, err := c.Item(q.Pallet, q.Item)
			if err != nil {
				t.Fatal(err)
			}
			prefix, err := it.Key(params(q.Params)...)
			if err != nil || "0x"+hex.EncodeToString(prefix) != q.Prefix {
				t.Errorf("%s.%s: prefix %x, want %s: %v", q.Pallet, q.Item, prefix, q.Prefix, err)
			}
			for i, change := range q.Raw {
				keys, err := it.DecodeKey(vectors.Unhex(t, change[0]))
				if err != nil {
					t.Fatal(err)
				}
				v, err := it.Decode(vectors.Unhex(t, change[1]))
				if err != nil {
					t.Fatal(err)
				}
				last := len(keys) - 1
				got := [2]any{show(c, it.keys[last], keys[last]), show(c, it.entry.Value, v)}
				if diff := cmp.Diff(q.Pairs[i], got); diff != "" {
					t.Errorf("%s.%s: %s", q.Pallet, q.Item, diff)
				}
			}
		}
	}
}

// inner replaces what the recording says in prose, and its own form of calls within calls.
func inner(t *testing.T, v any) any {
	bob, charlie := "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty", "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y"
	transfer := func(to, amount string) Call {
		return Call{Pallet: "Balances", Name: "transfer_keep_alive", Args: map[string]any{"dest": to, "value": amount}}
	}
	switch v := v.(type) {
	case string:
		switch v {
		case "transfer 1 to bob":
			return transfer(bob, "1")
		case "transfer 2 to charlie":
			return transfer(charlie, "2")
		}
	case []any:
		for i := range v {
			v[i] = inner(t, v[i])
		}
	case map[string]any:
		if v["module"] != nil {
			call := Call{Pallet: v["module"].(string), Name: v["function"].(string)}
			delete(v, "module")
			delete(v, "function")
			call.Args = v
			return call
		}
		for k := range v {
			v[k] = inner(t, v[k])
		}
	case json.Number:
		return v.String()
	}
	return v
}

func TestCalls(t *testing.T) {
	var g golden
	readJSON(t, "golden-461.json", &g)
	for _, version := range []int{14, 15} {
		c := recorded[version]()
		for _, k := range g.Calls {
			want := vectors.Unhex(t, k.Data)
			got, err := c.EncodeCall(Call{Pallet: k.Module, Name: k.Function, Args: inner(t, k.Params)})
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("V%d %s.%s: %x, want %x: %v", version, k.Module, k.Function, got, want, err)
			}
			call, err := c.DecodeCall(want)
			if err != nil || call.Pallet != k.Module || call.Name != k.Function {
				t.Errorf("V%d %s.%s decoded as %v: %v", version, k.Module, k.Function, call, err)
			}
			if again, err := c.EncodeCall(call); err != nil || !bytes.Equal(again, want) {
				t.Errorf("V%d %v encoded back as %x, want %x: %v", version, call, again, want, err)
			}
		}
	}
	if len(g.Calls) != 10 || len(g.StorageKeys) != 10 {
		t.Errorf("%d calls and %d storage keys, want 10 each", len(g.Calls), len(g.StorageKeys))
	}
}

func TestStoredValuesAndFunctions(t *testing.T) {
	var g golden
	readJSON(t, "golden-461.json", &g)
	c := recorded[15]()
	for _, s := range g.StorageValues {
		it, err := c.Item(s.Pallet, s.Item)
		if err != nil {
			t.Fatal(err)
		}
		var raw []byte
		if s.Raw != nil {
			raw = vectors.Unhex(t, *s.Raw)
		}
		v, err := it.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if v == nil {
			if s.Decoded != nil {
				t.Errorf("%s.%s: nothing, want %v", s.Pallet, s.Item, s.Decoded)
			}
			continue
		}
		if diff := cmp.Diff(s.Decoded, show(c, it.entry.Value, v)); diff != "" {
			t.Errorf("%s.%s: %s", s.Pallet, s.Item, diff)
		}
	}
	for _, k := range g.Constants {
		v, err := c.Constant(k.Module, k.Name)
		if err != nil || fmt.Sprint(v) != fmt.Sprint(k.Decoded) {
			t.Errorf("%s.%s is %v, want %v: %v", k.Module, k.Name, v, k.Decoded, err)
		}
	}
	for _, f := range g.RuntimeCalls {
		args, err := c.EncodeArgs(f.API, f.Method, params(f.Params)...)
		if err != nil || hex.EncodeToString(args) != strings.TrimPrefix(f.Args, "0x") {
			t.Errorf("%s.%s: arguments %x, want %s: %v", f.API, f.Method, args, f.Args, err)
		}
		v, err := c.DecodeResult(f.API, f.Method, vectors.Unhex(t, f.Raw))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.Decoded, show(c, c.Metadata.Method(f.API+"_"+f.Method).Output, v)); diff != "" {
			t.Errorf("%s.%s: %s", f.API, f.Method, diff)
		}
	}
}

func TestEvents(t *testing.T) {
	var g golden
	readJSON(t, "golden-461.json", &g)
	for _, version := range []int{14, 15} {
		c := recorded[version]()
		events, err := c.DecodeEvents(vectors.Unhex(t, g.Events.Raw))
		if err != nil {
			t.Fatal(err)
		}
		if len(events) != len(g.Events.Decoded) || len(events) == 0 {
			t.Fatalf("%d events, want %d", len(events), len(g.Events.Decoded))
		}
		for i, want := range g.Events.Decoded {
			e := events[i]
			index := any(nil)
			if e.Extrinsic >= 0 {
				index = json.Number(fmt.Sprint(e.Extrinsic))
			}
			if e.Pallet != want["module_id"] || e.Name != want["event_id"] || index != want["extrinsic_idx"] {
				t.Errorf("event %d is %v of extrinsic %v, want %v", i, e, index, want)
			}
			if e.Is("TransactionPayment", "TransactionFeePaid") {
				var fee bt.Rao
				if err := Into(e.Field("actual_fee"), &fee); err != nil || fee != 166247 {
					t.Errorf("fee %v, want 166247: %v", fee, err)
				}
			}
		}
	}
}
