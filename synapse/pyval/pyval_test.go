package pyval_test

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/synapse/pyval"
)

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{
		"", " ", "nul", "01", "-", "1.", "1e", ".5", "+1", `"`, `"\x"`, `"\u12"`, `"\ud800"`, `"\ud800\u0041"`, "\"\n\"", "\"\xff\"", "[1,]", "[1", "{1:2}", `{"a"}`, `{"a":}`, `{"a":1,}`,
		"1 2", "nan", "--Infinity", strings.Repeat("[", 600) + strings.Repeat("]", 600), strings.Repeat("9", 5000),
	} {
		if v, err := pyval.Parse([]byte(bad)); err == nil {
			t.Errorf("%.20q was read as %v", bad, v)
		}
	}
}

func TestDictKeepsOrder(t *testing.T) {
	var keys []string
	d := new(pyval.Dict)
	for i := 40; i > 0; i-- { // past the size at which the dict starts to index
		k := strings.Repeat("k", i)
		keys = append(keys, k)
		d.Set(k, int64(i))
	}
	d.Set(keys[3], "again")
	for i, want := range keys {
		k, v := d.At(i)
		if k != want || i != 3 && v != int64(len(k)) || i == 3 && v != "again" {
			t.Errorf("%d: %q: %v", i, k, v)
		}
	}
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	back := new(pyval.Dict)
	if err := json.Unmarshal(b, back); err != nil || !pyval.Equal(d, back) {
		t.Errorf("through encoding/json: %v", err)
	}
	if _, ok := d.Get("absent"); ok {
		t.Error("an absent key is there")
	}
}

type inner struct {
	X float64 `json:"x"`
	Y *int    `json:"y"`
}

type outer struct {
	inner
	B     bool             `json:"b"`
	I8    int8             `json:"i8"`
	U64   uint64           `json:"u64"`
	Big   *big.Int         `json:"big"`
	S     string           `json:"s"`
	Bytes []byte           `json:"bytes"`
	List  []inner          `json:"list"`
	Pair  [2]float32       `json:"pair"`
	Map   map[string]inner `json:"map"`
	Any   any              `json:"any"`
	Raw   json.RawMessage  `json:"raw"`
	Skip  string           `json:"-"`
	Plain string
}

func TestGoAndBack(t *testing.T) {
	y := 7
	big30, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	in := outer{
		inner: inner{1, &y}, B: true, I8: -8, U64: 1 << 63, Big: big30, S: "é\n", Bytes: []byte{1, 2}, List: []inner{{2, nil}}, Pair: [2]float32{1, 2},
		Map: map[string]inner{"b": {3, nil}, "a": {4, nil}}, Any: []any{int64(1), 2.0, nil}, Raw: json.RawMessage(`{"k": 1}`), Skip: "no", Plain: "p",
	}
	v, err := pyval.Of(in)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{'x': 1.0, 'y': 7, 'b': True, 'i8': -8, 'u64': 9223372036854775808, 'big': 123456789012345678901234567890, 's': 'é\n', 'bytes': 'AQI=', ` +
		`'list': [{'x': 2.0, 'y': None}], 'pair': [1.0, 2.0], 'map': {'a': {'x': 4.0, 'y': None}, 'b': {'x': 3.0, 'y': None}}, 'any': [1, 2.0, None], 'raw': {'k': 1}, 'Plain': 'p'}`
	if got := pyval.Repr(v); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	var out outer
	if err := pyval.Into(v, &out); err != nil {
		t.Fatal(err)
	}
	again, err := pyval.Of(out)
	if err != nil || !pyval.Equal(v, again) {
		t.Errorf("came back as %s (%v)", pyval.Repr(again), err)
	}
}

func TestCoerce(t *testing.T) {
	for _, c := range []struct {
		json string
		typ  reflect.Type
		want string
	}{
		{"5", reflect.TypeFor[float64](), "5.0"},
		{`"5"`, reflect.TypeFor[float32](), "5.0"},
		{"5.0", reflect.TypeFor[int](), "5"},
		{"5.5", reflect.TypeFor[int](), "5.5"},
		{`" 12 "`, reflect.TypeFor[*int64](), "12"},
		{"[1, 2.5]", reflect.TypeFor[[]float64](), "[1.0, 2.5]"},
		{`{"b": 1, "a": 2}`, reflect.TypeFor[map[string]float64](), "{'b': 1.0, 'a': 2.0}"},
		{`{"y": 2.0, "other": 1, "x": 1}`, reflect.TypeFor[inner](), "{'x': 1.0, 'y': 2}"},
		{`{"y": null}`, reflect.TypeFor[inner](), "{'x': 0.0, 'y': None}"},
		{`{"b": 1, "a": 2.0}`, reflect.TypeFor[any](), "{'b': 1, 'a': 2.0}"},
	} {
		v, err := pyval.Parse([]byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		if got := pyval.Repr(pyval.Coerce(v, c.typ)); got != c.want {
			t.Errorf("%s as %s: %s, want %s", c.json, c.typ, got, c.want)
		}
	}
}

func TestIntoRefuses(t *testing.T) {
	for _, c := range []struct {
		json string
		ptr  any
	}{
		{"300", new(int8)}, {"-1", new(uint8)}, {"300", new(uint8)}, {"1.5", new(int)}, {`"x"`, new(float64)}, {"1", new(string)}, {"1", new(bool)},
		{"[1]", new([2]int)}, {"1", new([]int)}, {`"!"`, new([]byte)}, {"[]", new(map[string]int)}, {"[]", new(inner)}, {"[]", new(pyval.Dict)},
		{"123456789012345678901234567890", new(int64)}, {`{"1": 2}`, new(map[int]int)}, {"1", new(chan int)},
	} {
		v, err := pyval.Parse([]byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		if pyval.Into(v, c.ptr) == nil {
			t.Errorf("%s went into %T", c.json, c.ptr)
		}
	}
	if pyval.Into(int64(1), inner{}) == nil {
		t.Error("a value that is no pointer was filled")
	}
	if _, err := pyval.Of(map[int]int{1: 2}); err == nil {
		t.Error("a map with int keys became a dict")
	}
}

// value draws any value of the package.
func value(depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.String().AsAny(),
	}
	if depth > 0 {
		kinds = append(kinds,
			rapid.Custom(func(t *rapid.T) any { return append([]any{}, rapid.SliceOfN(value(depth-1), 0, 4).Draw(t, "list")...) }),
			rapid.Custom(func(t *rapid.T) any {
				d := new(pyval.Dict)
				for _, k := range rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "keys") {
					d.Set(k, value(depth-1).Draw(t, "value"))
				}
				return d
			}))
	}
	return rapid.OneOf(kinds...)
}

func TestPrintAndParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := value(3).Draw(t, "value")
		b, err := pyval.AppendDumps(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range b {
			if c < 0x20 || c > 0x7e {
				t.Fatalf("%q is not plain ASCII", b)
			}
		}
		back, err := pyval.Parse(b)
		if err != nil || !pyval.Equal(v, back) {
			t.Fatalf("%s came back as %s (%v)", pyval.Repr(v), pyval.Repr(back), err)
		}
		c, err := pyval.AppendCompact(nil, v)
		if err != nil {
			return // not finite
		}
		if back, err := pyval.Parse(c); err != nil || !pyval.Equal(v, back) || !json.Valid(c) {
			t.Fatalf("%s came back as %s (%v)", c, pyval.Repr(back), err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a": [1, 2.5, null, true, "x\n\u00e9"], "b": {}}`, "NaN", "-Infinity", "1e999", `"\ud83d\ude00"`, "-0", "123456789012345678901234567890"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := pyval.Parse(data)
		if err != nil {
			return
		}
		b, err := pyval.AppendDumps(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := pyval.Parse(b)
		if err != nil || !pyval.Equal(v, back) {
			t.Fatalf("%s came back as %s (%v)", b, pyval.Repr(back), err)
		}
		if again, _ := pyval.AppendDumps(nil, back); !cmp.Equal(again, b) {
			t.Fatalf("%s, then %s", b, again)
		}
	})
}

func BenchmarkParse1KiB(b *testing.B) {
	data := []byte(`{"messages": [{"role": "user", "content": "` + strings.Repeat("word ", 200) + `"}], "temperature": 0.7, "n": 1}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pyval.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDumps1KiB(b *testing.B) {
	v, err := pyval.Parse([]byte(`{"messages": [{"role": "user", "content": "` + strings.Repeat("word ", 200) + `"}], "temperature": 0.7, "n": 1}`))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		if buf, err = pyval.AppendDumps(buf[:0], v); err != nil {
			b.Fatal(err)
		}
	}
}
