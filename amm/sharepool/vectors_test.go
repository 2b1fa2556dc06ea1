package sharepool

import (
	"encoding/json"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/internal/vectors/forms"
)

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
func TestVectors(t *testing.T) { vectors.Calls(t, "share-pool.jsonl", checks, nil) }

var checks = map[string]vectors.Check{
	"new": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Mantissa forms.Bits[fixed.Uint128]
			Exponent int64 `json:",string"`
		}
		var want *vectorFloat
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		got, ok := New(a.Mantissa.V, a.Exponent)
		compare(t, "new", got, ok, want)
	},
	"from_u64": func(t *testing.T, in, out json.RawMessage) {
		var a vectors.U64
		var want vectorFloat
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		compare(t, "value", FromUint(uint64(a)), true, &want)
	},
	"from_U64F64": func(t *testing.T, in, out json.RawMessage) {
		var a forms.One[fixed.U64F64]
		var want vectorFloat
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		compare(t, "value", FromU64F64(a.V), true, &want)
	},
	"to_u64": func(t *testing.T, in, out json.RawMessage) {
		var a vectorFloat
		var want vectors.U64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		vectors.Expect(t, "value", a.Uint64(), uint64(want))
	},
	"arith":         checkArithmetic,
	"pool_sequence": checkSequence,
}

func compare(t *testing.T, what string, got SafeFloat, ok bool, want *vectorFloat) {
	t.Helper()
	if ok != (want != nil) || ok && got != want.SafeFloat {
		t.Errorf("%s: got %v, %v, want %v", what, got, ok, want)
	}
}

// checkArithmetic gets the whole line: operands and results stand in it side by side.
func checkArithmetic(t *testing.T, line, _ json.RawMessage) {
	var v struct {
		A, B, C       vectorFloat
		Add, Sub, Div *vectorFloat
		MulDiv        *vectorFloat `json:"mul_div"`
		Gt            bool
		U64           uint64 `json:"a_u64,string"`
	}
	vectors.Parse(t, line, &v)
	a, b, c := v.A.SafeFloat, v.B.SafeFloat, v.C.SafeFloat
	got, ok := a.Add(b)
	compare(t, "add", got, ok, v.Add)
	got, ok = a.Sub(b)
	compare(t, "sub", got, ok, v.Sub)
	got, ok = a.Div(b)
	compare(t, "div", got, ok, v.Div)
	got, ok = a.MulDiv(b, c)
	compare(t, "mul_div", got, ok, v.MulDiv)
	vectors.Expect(t, "greater", a.Greater(b), v.Gt)
	vectors.Expect(t, "u64", a.Uint64(), v.U64)
}

func checkSequence(t *testing.T, in, out json.RawMessage) {
	var a struct{ Keys int }
	var steps []step
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &steps)
	m, pool := newMemory(a.Keys)
	for i, s := range steps {
		if moves := pool.Moves(s.Delta); moves != s.Sim {
			t.Fatalf("step %d: moves shares: got %v", i, moves)
		}
		switch s.Op {
		case "one":
			pool.AddToOne(s.Key, s.Delta)
		case "all":
			pool.AddToAll(s.Delta)
		default:
			t.Fatalf("unknown operation %s", s.Op)
		}
		if m.value != s.SharedValue || m.denominator != s.Denominator.SafeFloat {
			t.Fatalf("step %d: got value %d, denominator %v", i, m.value, m.denominator)
		}
		for k, want := range s.Keys {
			if m.shares[k] != want.Share.SafeFloat || pool.Value(k) != want.Value {
				t.Fatalf("step %d, key %d: got share %v, value %d", i, k, m.shares[k], pool.Value(k))
			}
		}
	}
}
