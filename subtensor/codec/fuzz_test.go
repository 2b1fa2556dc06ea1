package codec

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

// FuzzDecode decodes any bytes as any type: what decodes encodes back to the same bytes.
func FuzzDecode(f *testing.F) {
	var corpus struct {
		Types []struct {
			ID      uint32
			Samples []struct {
				Scale string `json:"scale_hex"`
			}
		}
	}
	readJSON(f, "shape-corpus-461.json", &corpus)
	for _, t := range corpus.Types {
		for i, s := range t.Samples {
			if i < 2 {
				f.Add(t.ID, vectors.Unhex(f, s.Scale))
			}
		}
	}
	c := recorded[15]()
	f.Fuzz(func(t *testing.T, id uint32, raw []byte) {
		v, err := c.Decode(id%uint32(len(c.types)), raw)
		if err != nil {
			if v != nil {
				t.Fatal("a value beside an error")
			}
			return
		}
		back, err := c.Encode(id%uint32(len(c.types)), v)
		if err != nil || !bytes.Equal(back, raw) {
			t.Fatalf("type %d: %x encoded back as %x: %v", id, raw, back, err)
		}
	})
}

func FuzzDecodeEvents(f *testing.F) {
	var g golden
	readJSON(f, "golden-461.json", &g)
	f.Add(vectors.Unhex(f, g.Events.Raw))
	c := recorded[15]()
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, err := c.DecodeEvents(raw)
		if err != nil && events != nil {
			t.Fatal("events beside an error")
		}
	})
}

// A long length with little behind it must not reserve memory for what it promises.
func TestDecodeReservesWhatTheInputHolds(t *testing.T) {
	c := recorded[15]()
	it, err := c.Item("SubtensorModule", "Weights")
	if err != nil {
		t.Fatal(err)
	}
	raw := scale.AppendCompact(nil, 1<<29)
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := it.Decode(raw); !errors.Is(err, scale.ErrShort) {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 4096 {
		t.Errorf("%d bytes allocated for an input of %d", allocated, len(raw))
	}
}

func TestEncodeTellsWhatDoesNotFit(t *testing.T) {
	c := recorded[15]()
	good := map[string]any{"hotkey": bt.AccountID{1}, "netuid": bt.NetUID(1), "amount_staked": bt.Rao(5)}
	with := func(name string, v any) map[string]any {
		out := map[string]any{}
		for k, v := range good {
			out[k] = v
		}
		if out[name] = v; v == nil {
			delete(out, name)
		}
		return out
	}
	for _, tt := range []struct {
		name, want string
		call       Call
		is         error
	}{
		{"pallet", "there is no pallet Nothing", Call{Pallet: "Nothing", Name: "at_all"}, ErrUnknown},
		{"call", "SubtensorModule.at_all", Call{Pallet: "SubtensorModule", Name: "at_all"}, ErrUnknown},
		{"missing", "has no netuid", Call{"SubtensorModule", "add_stake", with("netuid", nil)}, ErrValue},
		{"superfluous", "4 members given", Call{"SubtensorModule", "add_stake", with("limit", 3)}, ErrValue},
		{"range", "netuid: value does not fit: 65536 is out of range for u16", Call{"SubtensorModule", "add_stake", with("netuid", 65536)}, ErrValue},
		{"negative", "-1 is out of range for u64", Call{"SubtensorModule", "add_stake", with("amount_staked", -1)}, ErrValue},
		{"address", "not an SS58 address", Call{"SubtensorModule", "add_stake", with("hotkey", "5Nonsense")}, ErrValue},
		{"type", "float64 given for u64", Call{"SubtensorModule", "add_stake", with("amount_staked", 1.5)}, ErrValue},
	} {
		_, err := c.EncodeCall(tt.call)
		if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := c.EncodeCall(Call{"SubtensorModule", "add_stake", good}); err != nil {
		t.Error(err)
	}
}

// Typed arguments and results: structs by field names, options, fixed-point numbers, tuples.
func TestStructs(t *testing.T) {
	c := recorded[15]()
	type stake struct {
		Hotkey       bt.AccountID
		NetUID       bt.NetUID `name:"netuid"`
		AmountStaked bt.Rao
	}
	byStruct, err := c.EncodeCall(Call{"SubtensorModule", "add_stake", stake{bt.AccountID{7}, 3, 1 << 40}})
	if err != nil {
		t.Fatal(err)
	}
	call, err := c.DecodeCall(byStruct)
	if err != nil {
		t.Fatal(err)
	}
	var back stake
	if err := Into(call.Args, &back); err != nil || back != (stake{bt.AccountID{7}, 3, 1 << 40}) {
		t.Errorf("copied %+v: %v", back, err)
	}
	price := fixed.U64F64FromBits(fixed.Uint128{Hi: 3, Lo: 1 << 63})
	it, err := c.Item("Swap", "AlphaSqrtPrice")
	if err != nil {
		it, err = c.Item("SubtensorModule", "SubnetMovingPrice")
	}
	if err != nil {
		t.Fatal(err)
	}
	raw, err := c.Encode(it.entry.Value, price)
	if err != nil {
		t.Fatal(err)
	}
	v, err := it.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	var again fixed.U64F64
	if err := Into(v, &again); err != nil || again != price {
		t.Errorf("%v copied as %v: %v", price, again, err)
	}
	var pairs []struct {
		UID    bt.UID
		Weight uint16
	}
	if err := Into([]any{[]any{uint64(3), uint64(9)}}, &pairs); err != nil || pairs[0].UID != 3 || pairs[0].Weight != 9 {
		t.Errorf("pairs %v: %v", pairs, err)
	}
	var small uint8
	if err := Into(uint64(256), &small); !errors.Is(err, ErrValue) {
		t.Errorf("256 in a byte: %v", err)
	}
}

func BenchmarkDecodeAccount(b *testing.B) {
	c := recorded[15]()
	it, err := c.Item("System", "Account")
	if err != nil {
		b.Fatal(err)
	}
	raw := make([]byte, 56)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := it.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeMetagraph decodes a subnet of 256 neurons.
func BenchmarkDecodeMetagraph(b *testing.B) {
	c := recorded[15]()
	id := c.Metadata.Method("SubnetInfoRuntimeApi_get_metagraph").Output
	raw, err := c.Encode(id, metagraphOf(c, c.types[id].Variants[1].Fields[0].Type, 256))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Decode(id, raw); err != nil {
			b.Fatal(err)
		}
	}
}

// metagraphOf is a value of a type whose sequences have n elements.
func metagraphOf(c *Codec, id uint32, n int) any {
	t := &c.types[id]
	switch {
	case t.form == account:
		return bt.AccountID{}
	case t.form == h256:
		return bt.Hash{}
	case t.form == option:
		return nil
	case t.form == newtype:
		return metagraphOf(c, t.Fields[0].Type, n)
	case t.Len > 0 || t.form == bytesOf:
		return make([]byte, t.Len)
	case len(t.Fields) > 0:
		out := map[string]any{}
		for i := range t.Fields {
			out[fieldName(t.Fields, i)] = metagraphOf(c, t.Fields[i].Type, n)
		}
		return out
	case t.Kind == metadata.Sequence:
		out := make([]any, n)
		for i := range out {
			out[i] = metagraphOf(c, t.Elem, n)
		}
		return out
	case len(t.Tuple) > 0:
		var out []any
		for _, id := range t.Tuple {
			out = append(out, metagraphOf(c, id, n))
		}
		return out
	case t.Kind == metadata.Primitive && t.Basic == metadata.Bool:
		return true
	}
	return uint64(77)
}
