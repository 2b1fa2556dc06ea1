package sharepool

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/myelin-go/myelin/fixed"
)

func openVectors(t *testing.T) io.Reader {
	t.Helper()
	if folder := os.Getenv("MYELIN_VECTORS"); folder != "" {
		file, err := os.Open(filepath.Join(folder, "share-pool.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return file
	}
	file, err := os.Open(filepath.Join("testdata", "share-pool.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// vectorFloat is ["mantissa", exponent] in JSON.
type vectorFloat struct{ SafeFloat }

func (f *vectorFloat) UnmarshalJSON(data []byte) error {
	var m string
	var e int64
	if err := json.Unmarshal(data, &[]any{&m, &e}); err != nil {
		return err
	}
	mantissa, err := fixed.ParseUint128(m)
	f.SafeFloat = FromRaw(mantissa, e)
	return err
}

type step struct {
	Op          string
	Key         int
	Delta       int64 `json:",string"`
	Sim         bool
	SharedValue uint64 `json:"shared_value,string"`
	Denominator vectorFloat
	Keys        []struct {
		Share vectorFloat
		Value uint64 `json:",string"`
	}
}

// memory is a Store with keys 0, 1, 2 ...
type memory struct {
	value       uint64
	denominator SafeFloat
	shares      []SafeFloat
}

func (m *memory) SharedValue() uint64           { return m.value }
func (m *memory) SetSharedValue(v uint64)       { m.value = v }
func (m *memory) Denominator() SafeFloat        { return m.denominator }
func (m *memory) SetDenominator(d SafeFloat)    { m.denominator = d }
func (m *memory) Share(key int) SafeFloat       { return m.shares[key] }
func (m *memory) SetShare(key int, s SafeFloat) { m.shares[key] = s }
func newMemory(keys int) (*memory, Pool[int]) {
	m := &memory{shares: make([]SafeFloat, keys)}
	return m, Pool[int]{m}
}
func parse(t *testing.T, data []byte, v ...any) {
	t.Helper()
	for _, x := range v {
		if err := json.Unmarshal(data, x); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
	}
}

func TestVectors(t *testing.T) {
	seen := map[string]int{}
	lines := bufio.NewScanner(openVectors(t))
	lines.Buffer(nil, 1<<22)
	for n := 1; lines.Scan(); n++ {
		var v struct {
			Fn      string
			In, Out json.RawMessage
		}
		data := lines.Bytes()
		parse(t, data, &v)
		seen[v.Fn]++
		if problem := check(t, v.Fn, v.In, v.Out, data); problem != "" {
			t.Errorf("line %d: %s\n%.400s", n, problem, data)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, fn := range []string{"new", "from_u64", "from_U64F64", "to_u64", "arith", "pool_sequence"} {
		if seen[fn] == 0 {
			t.Errorf("no vector of %s", fn)
		}
	}
}

func check(t *testing.T, fn string, in, out, line json.RawMessage) string {
	switch fn {
	case "new":
		var a struct{ Mantissa, Exponent string }
		var want *vectorFloat
		parse(t, in, &a)
		parse(t, out, &want)
		mantissa, err := fixed.ParseUint128(a.Mantissa)
		if err != nil {
			t.Fatal(err)
		}
		exponent, err := strconv.ParseInt(a.Exponent, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := New(mantissa, exponent)
		return compare("new", got, ok, want)
	case "from_u64":
		var a string
		var want vectorFloat
		parse(t, in, &a)
		parse(t, out, &want)
		v, err := strconv.ParseUint(a, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return compare("value", FromUint(v), true, &want)
	case "from_U64F64":
		var a struct{ U64F64 string }
		var want vectorFloat
		parse(t, in, &a)
		parse(t, out, &want)
		raw, err := fixed.ParseUint128(a.U64F64)
		if err != nil {
			t.Fatal(err)
		}
		return compare("value", FromU64F64(fixed.U64F64FromBits(raw)), true, &want)
	case "to_u64":
		var a vectorFloat
		var want string
		parse(t, in, &a)
		parse(t, out, &want)
		if got := strconv.FormatUint(a.Uint64(), 10); got != want {
			return "got " + got + ", want " + want
		}
		return ""
	case "arith":
		return checkArithmetic(t, line)
	case "pool_sequence":
		return checkSequence(t, in, out)
	}
	return "unknown function"
}

func compare(what string, got SafeFloat, ok bool, want *vectorFloat) string {
	if ok != (want != nil) || ok && got != want.SafeFloat {
		return fmt.Sprintf("%s: got %v, %v, want %v", what, got, ok, want)
	}
	return ""
}

func checkArithmetic(t *testing.T, line []byte) (problems string) {
	var v struct {
		A, B, C       vectorFloat
		Add, Sub, Div *vectorFloat
		MulDiv        *vectorFloat `json:"mul_div"`
		Gt            bool
		U64           uint64 `json:"a_u64,string"`
	}
	parse(t, line, &v)
	a, b, c := v.A.SafeFloat, v.B.SafeFloat, v.C.SafeFloat
	got, ok := a.Add(b)
	problems += compare("add", got, ok, v.Add)
	got, ok = a.Sub(b)
	problems += compare("sub", got, ok, v.Sub)
	got, ok = a.Div(b)
	problems += compare("div", got, ok, v.Div)
	got, ok = a.MulDiv(b, c)
	problems += compare("mul_div", got, ok, v.MulDiv)
	if a.Greater(b) != v.Gt {
		problems += fmt.Sprintf("greater: got %v", a.Greater(b))
	}
	if a.Uint64() != v.U64 {
		problems += fmt.Sprintf("u64: got %d", a.Uint64())
	}
	return problems
}

func checkSequence(t *testing.T, in, out json.RawMessage) string {
	var a struct{ Keys int }
	var steps []step
	parse(t, in, &a)
	parse(t, out, &steps)
	m, pool := newMemory(a.Keys)
	for i, s := range steps {
		if moves := pool.Moves(s.Delta); moves != s.Sim {
			return fmt.Sprintf("step %d: moves shares: got %v", i, moves)
		}
		switch s.Op {
		case "one":
			pool.AddToOne(s.Key, s.Delta)
		case "all":
			pool.AddToAll(s.Delta)
		default:
			return "unknown operation " + s.Op
		}
		if m.value != s.SharedValue || m.denominator != s.Denominator.SafeFloat {
			return fmt.Sprintf("step %d: got value %d, denominator %v", i, m.value, m.denominator)
		}
		for k, want := range s.Keys {
			if m.shares[k] != want.Share.SafeFloat || pool.Value(k) != want.Value {
				return fmt.Sprintf("step %d, key %d: got share %v, value %d", i, k, m.shares[k], pool.Value(k))
			}
		}
	}
	return ""
}
