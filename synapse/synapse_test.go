package synapse_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/synapse"
	"github.com/myelin-go/myelin/synapse/pyval"
)

// golden is what testdata/README.md describes.
type golden struct {
	Values []struct {
		JSON, Str, Repr, Dumps string
		Compact                *string
	}
	Hashes []struct {
		Name, Body, Hash string
		Headers          map[string]string
	}
	Tensors []struct {
		Tensor synapse.Tensor
		Values []float64
		Dims   []int
	}
	Requests, Answers []exchange
}

type exchange struct {
	Case, First, Body string
	Headers           [][2]string
}

func (e exchange) header() http.Header {
	h := make(http.Header)
	for _, kv := range e.Headers {
		h.Add(kv[0], kv[1]) // capitalised, as a Go server or client sees them
	}
	return h
}

func load(t testing.TB) golden {
	t.Helper()
	f, err := os.Open("testdata/python-10.5.0.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.NewDecoder(z).Decode(&g); err != nil {
		t.Fatal(err)
	}
	if len(g.Values) < 30 || len(g.Hashes) < 3 || len(g.Tensors) < 27 || len(g.Requests) < 6 || len(g.Answers) < 6 {
		t.Fatal("golden file is not whole")
	}
	return g
}

type Echo struct {
	Text    string      `json:"text" synapse:"required,hash"`
	Numbers []float64   `json:"numbers" synapse:"hash"`
	Meta    *pyval.Dict `json:"meta" synapse:"hash"`
	Count   *int        `json:"count"`
	Answer  *string     `json:"answer"`
}

func message(name string) synapse.Any {
	switch name {
	case "Echo":
		return synapse.New(Echo{Meta: new(pyval.Dict)})
	case "Synapse":
		return synapse.New(synapse.Ping{})
	}
	return nil
}

func TestValuesPrintAsPythonDoes(t *testing.T) {
	for _, c := range load(t).Values {
		v, err := pyval.Parse([]byte(c.JSON))
		if err != nil {
			t.Errorf("%s: %v", c.JSON, err)
			continue
		}
		str, _ := pyval.AppendStr(nil, v)
		dumps, _ := pyval.AppendDumps(nil, v)
		if string(str) != c.Str || pyval.Repr(v) != c.Repr || string(dumps) != c.Dumps {
			t.Errorf("%s: str %q repr %q dumps %q, want %q %q %q", c.JSON, str, pyval.Repr(v), dumps, c.Str, c.Repr, c.Dumps)
		}
		compact, err := pyval.AppendCompact(nil, v)
		if c.Compact == nil {
			if !errors.Is(err, pyval.ErrNotFinite) {
				t.Errorf("%s: compact form %q, %v, want ErrNotFinite", c.JSON, compact, err)
			}
		} else if string(compact) != *c.Compact {
			t.Errorf("%s: compact form %q, want %q", c.JSON, compact, *c.Compact)
		}
	}
}

func TestBodiesHashAndPrintAsPythonDoes(t *testing.T) {
	g := load(t)
	type body struct{ name, json, hash string }
	var all []body
	for _, h := range g.Hashes {
		all = append(all, body{h.Name, h.Body, h.Hash})
	}
	for _, r := range g.Requests {
		all = append(all, body{r.header().Get("name"), r.Body, r.header().Get("computed_body_hash")})
	}
	n := 0
	for _, b := range all {
		m := message(b.name)
		if m == nil {
			continue
		}
		n++
		got, err := synapse.Decode(m, []byte(b.json))
		if err != nil {
			t.Fatal(err)
		}
		if hash, err := got.Hash(); err != nil || hash != b.hash {
			t.Errorf("%s: hash %s (%v), want %s", b.json, hash, err, b.hash)
		}
		// Through a Go value and back: the same hash, the same bytes.
		if err := got.Fill(m, false); err != nil {
			t.Fatal(err)
		}
		if hash, err := synapse.BodyHash(m); err != nil || hash != b.hash {
			t.Errorf("%s: hash from Go %s (%v), want %s", b.json, hash, err, b.hash)
		}
		*m.Head() = got.Head()
		enc, err := synapse.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := enc.JSON(); err != nil || string(out) != b.json {
			t.Errorf("prints as\n%s, want\n%s (%v)", out, b.json, err)
		}
	}
	if n < 6 {
		t.Errorf("only %d bodies tried", n)
	}
}

func TestHeadersAsPythonSends(t *testing.T) {
	for _, r := range load(t).Requests {
		m := message(r.header().Get("name"))
		if m == nil {
			continue
		}
		if err := m.Head().ReadHeaders(r.header()); err != nil {
			t.Fatal(err)
		}
		got, err := synapse.Decode(m, []byte(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Fill(m, false); err != nil {
			t.Fatal(err)
		}
		enc, err := synapse.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		out := make(http.Header)
		enc.AddHeaders(out, m.Head().ComputedBodyHash)
		delete(out, "header_size") // Python's memory size and ours of the text differ, nobody reads either
		for _, kv := range r.Headers {
			k := kv[0]
			if strings.ToLower(k) != k || k == "header_size" {
				continue // the transport's own headers
			}
			if len(out[k]) != 1 || out[k][0] != kv[1] {
				t.Errorf("%s: header %s is %q, want %q", r.Case, k, out[k], kv[1])
			}
			delete(out, k)
		}
		if len(out) != 0 {
			t.Errorf("%s: headers that Python does not send: %v", r.Case, out)
		}
		places, err := synapse.Placeholders(r.header())
		if err != nil || (m.Class().Name == "Echo") != cmp.Equal(places, map[string]any{"text": ""}) {
			t.Errorf("%s: placeholders %v, %v", r.Case, places, err)
		}
	}
}

func TestSignaturesOfPython(t *testing.T) {
	g := load(t)
	const bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
	signed := 0
	for i, r := range g.Requests {
		var h synapse.Info
		if err := h.ReadHeaders(r.header()); err != nil {
			t.Fatal(err)
		}
		err := synapse.Verify(h.Dendrite.Hotkey, synapse.RequestText(&h, bob), h.Dendrite.Signature)
		if (err == nil) != (r.Case != "wrong axon") {
			t.Errorf("request %s: %v", r.Case, err)
		}
		var a synapse.Info
		if err := a.ReadHeaders(g.Answers[i].header()); err != nil {
			t.Fatal(err)
		}
		if a.Axon.Signature == "" {
			continue
		}
		signed++
		if err := synapse.Verify(bob, synapse.ResponseText(&a), a.Axon.Signature); err != nil {
			t.Errorf("answer %s: %v", r.Case, err)
		}
		a.Axon.Nonce++
		if synapse.Verify(bob, synapse.ResponseText(&a), a.Axon.Signature) == nil {
			t.Errorf("answer %s: signature also fits another nonce", r.Case)
		}
	}
	if signed < 3 {
		t.Errorf("%d signed answers, want those to blacklisted, failed and unverified requests", signed)
	}
}

func TestTensors(t *testing.T) {
	for _, c := range load(t).Tensors {
		a, err := c.Tensor.Array()
		if err != nil {
			t.Errorf("%+v: %v", c.Tensor, err)
			continue
		}
		vals, err := a.Float64s()
		if err != nil || !cmp.Equal(vals, c.Values) && len(c.Values)+len(vals) > 0 {
			t.Errorf("%s %v: %v, %v, want %v", a.DType, a.Shape, vals, err, c.Values)
		}
		back, err := a.Tensor()
		if err != nil || !cmp.Equal(back, c.Tensor) {
			t.Errorf("packs as %+v (%v), want %+v", back, err, c.Tensor)
		}
	}
	x, err := synapse.NewTensor([]float32{1, 2, 3, 4}, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	x.Shape = []int{4, 1}
	if a, err := x.Array(); err != nil || a.DType != "float32" || !cmp.Equal(a.Shape, []int{4, 1}) {
		t.Errorf("reshaped: %+v, %v", a, err)
	}
	for name, bad := range map[string]synapse.Tensor{
		"shape":  {Buffer: x.Buffer, DType: x.DType, Shape: []int{5}},
		"dtype":  {Buffer: x.Buffer, DType: "int32", Shape: []int{2, 2}},
		"base64": {Buffer: "!", DType: x.DType, Shape: []int{2, 2}},
		"short":  {Buffer: x.Buffer[:20], DType: x.DType, Shape: []int{2, 2}},
	} {
		if _, err := bad.Array(); err == nil {
			t.Errorf("bad %s was read", name)
		}
	}
	if _, err := synapse.NewTensor([]float64{1, 2}, 3); err == nil {
		t.Error("2 elements filled a shape of 3")
	}
	halves := synapse.Array{DType: "float16", Shape: []int{4}, Data: []byte{0, 0x7c, 0, 0xfc, 1, 0, 0, 0x7e}}
	v, err := halves.Float64s()
	if err != nil || !math.IsInf(v[0], 1) || !math.IsInf(v[1], -1) || v[2] != math.Ldexp(1, -24) || !math.IsNaN(v[3]) {
		t.Errorf("halves %v, %v", v, err)
	}
}

type badField struct {
	Axon string `json:"axon"`
}

type badHash struct{}

func (badHash) RequiredHashFields() []string { return []string{"nowhere"} }

type badRequired struct {
	Prompt string `synapse:"required"`
}

type ordered struct {
	A int `json:"a"`
	B int `json:"b"`
}

func (ordered) RequiredHashFields() []string { return []string{"b", "a"} }

func TestClasses(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[badField](), reflect.TypeFor[badHash](), reflect.TypeFor[badRequired](), reflect.TypeFor[int]()} {
		if synapse.ClassOf(typ).Err() == nil {
			t.Errorf("%s passes as a synapse", typ)
		}
	}
	if got := synapse.ClassOf(reflect.TypeFor[ordered]()).HashedFields(); !cmp.Equal(got, []string{"b", "a"}) {
		t.Errorf("hash order %v", got)
	}
	ab, _ := synapse.BodyHash(synapse.New(ordered{1, 2}))
	ba, _ := synapse.BodyHash(synapse.New(ordered{2, 1}))
	if ab == ba {
		t.Error("the order of hash fields does not count")
	}
}

func TestFrozenStays(t *testing.T) {
	type frozen struct {
		Q string `json:"q" synapse:"frozen"`
		A string `json:"a"`
	}
	m := synapse.New(frozen{Q: "mine"})
	got, err := synapse.Decode(m, []byte(`{"q": "theirs", "a": "x"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Fill(m, true); err != nil || m.Body != (frozen{"mine", "x"}) {
		t.Errorf("%+v, %v", m.Body, err)
	}
}

func FuzzDecodeBody(f *testing.F) {
	for _, r := range load(f).Requests {
		f.Add([]byte(r.Body))
	}
	f.Add([]byte(`{"text": "x", "numbers": [1, "2", 1e999], "meta": {"a": NaN}, "count": 1.0, "axon": {"port": "7"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := synapse.New(Echo{})
		got, err := synapse.Decode(m, data)
		if err != nil {
			return
		}
		hash, err := got.Hash()
		if err != nil {
			t.Fatal(err)
		}
		if got.Fill(m, false) != nil {
			return
		}
		enc, err := synapse.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		out, err := enc.JSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := synapse.Decode(synapse.New(Echo{}), out)
		if err != nil {
			t.Fatalf("%s does not read back: %v", out, err)
		}
		if m.Body.Numbers == nil || m.Body.Meta == nil {
			return // None where Go says nil: a list has no None
		}
		if h, err := again.Hash(); err != nil || h != hash {
			t.Fatalf("hash %s became %s (%v)", hash, h, err)
		}
	})
}

func FuzzHeaders(f *testing.F) {
	for _, r := range load(f).Requests {
		for _, kv := range r.Headers {
			f.Add(kv[0], kv[1])
		}
	}
	f.Fuzz(func(t *testing.T, key, val string) {
		h := http.Header{key: {val}}
		_, _ = synapse.Placeholders(h)
		var a, b synapse.Info
		if a.ReadHeaders(h) != nil {
			return
		}
		out := make(http.Header)
		a.AddHeaders(out, a.ComputedBodyHash)
		for k, v := range out {
			if strings.ToLower(k) != k || len(v) != 1 || strings.ContainsAny(v[0], "\r\n\x00") {
				t.Fatalf("header %q: %q", k, v)
			}
		}
		if err := b.ReadHeaders(out); err != nil {
			t.Fatalf("%v does not read back: %v", out, err)
		}
		again := make(http.Header)
		b.AddHeaders(again, b.ComputedBodyHash)
		delete(out, "header_size")
		delete(again, "header_size")
		if !cmp.Equal(out, again) {
			t.Fatalf("%v became %v", out, again)
		}
		for _, s := range []string{b.Axon.Hotkey, b.Dendrite.Hotkey} {
			if strings.ToValidUTF8(s, "") != s {
				t.Fatalf("%q is not text", s)
			}
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add("0x" + strings.Repeat("ab", 64))
	f.Add("0x")
	f.Fuzz(func(t *testing.T, s string) {
		sig, err := synapse.ParseSignature(s)
		if err != nil {
			return
		}
		if back := fmt.Sprintf("0x%x", sig[:]); back != "0x"+strings.ToLower(s[2:]) {
			t.Fatalf("%q came back as %q", s, back)
		}
	})
}

func FuzzTensor(f *testing.F) {
	for _, c := range load(f).Tensors {
		f.Add(c.Tensor.Buffer, c.Tensor.DType, 1, 2)
	}
	f.Fuzz(func(t *testing.T, buffer, dtype string, x, y int) {
		a, err := synapse.Tensor{Buffer: buffer, DType: dtype, Shape: []int{0}}.Array()
		if err != nil {
			return
		}
		if _, err := a.Float64s(); err != nil {
			t.Fatal(err)
		}
		packed, err := a.Tensor()
		if err != nil {
			t.Fatal(err)
		}
		b, err := packed.Array()
		if err != nil || !bytes.Equal(a.Data, b.Data) || !cmp.Equal(a.Shape, b.Shape) && len(a.Shape)+len(b.Shape) > 0 {
			t.Fatalf("%+v became %+v (%v)", a, b, err)
		}
		_, _ = synapse.Tensor{Buffer: buffer, DType: dtype, Shape: []int{x, y}}.Array()
	})
}

func BenchmarkBodyHash1KiB(b *testing.B) {
	m := synapse.New(Echo{Text: strings.Repeat("x", 1024), Meta: new(pyval.Dict)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := synapse.BodyHash(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSON1KiB(b *testing.B) {
	m := synapse.New(Echo{Text: strings.Repeat("x", 1024), Meta: new(pyval.Dict)})
	b.ReportAllocs()
	for b.Loop() {
		enc, err := synapse.Encode(m)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := enc.JSON(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode1KiB(b *testing.B) {
	m := synapse.New(Echo{Text: strings.Repeat("x", 1024), Meta: new(pyval.Dict)})
	enc, err := synapse.Encode(m)
	if err != nil {
		b.Fatal(err)
	}
	data, err := enc.JSON()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := synapse.Decode(m, data); err != nil {
			b.Fatal(err)
		}
	}
}
