package scale

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type inner struct {
	Small Compact[uint16]
	Big   uint64 `scale:"compact"`
	Skip  int    `scale:"-"`
}

type colour uint8

func (colour) Variants() []Variant { return Names("Red", "Green", "Blue") }

type tree struct {
	Enum
	Leaf *uint32 `index:"0"`
	Node *[]tree `index:"3"`
	None *Unit   `index:"7"`
}

type everything struct {
	B    bool
	I8   int8
	I64  int64
	Text string
	Raw  []byte
	Arr  [3]uint16
	Opt  Option[[4]byte]
	Res  Result[uint8, string]
	In   []inner
	Col  colour
	Wide Uint128
	Neg  Int128
	Tree tree
	Two  Pair[uint8, bool]
	Vol  Compact128
}

func ptr[T any](v T) *T { return &v }

// The bytes follow the SCALE specification; the golden files of scale/metadata check the same codec against recorded chain data.
func TestMarshalKnown(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
		hex  string
	}{
		{"compact one byte", Compact[uint32]{63}, "fc"},
		{"compact two bytes", Compact[uint32]{64}, "0101"},
		{"compact two bytes, largest", Compact[uint32]{16383}, "fdff"},
		{"compact four bytes", Compact[uint32]{16384}, "02000100"},
		{"compact four bytes, largest", Compact[uint32]{1<<30 - 1}, "feffffff"},
		{"compact big", Compact[uint64]{1 << 30}, "0300000040"},
		{"compact largest", Compact[uint64]{1<<64 - 1}, "13ffffffffffffffff"},
		{"compact u128, narrow", Compact128{U128(1 << 30)}, "0300000040"},
		{"compact u128, 64 bits", Compact128{U128(1<<64 - 1)}, "13ffffffffffffffff"},
		{"compact u128, 65 bits", Compact128{Uint128{Hi: 1}}, "17000000000000000001"},
		{"compact u128, largest", Compact128{Uint128{Lo: 1<<64 - 1, Hi: 1<<64 - 1}}, "33ffffffffffffffffffffffffffffffff"},
		{"option none", None[uint8](), "00"},
		{"option some", Some[uint8](7), "0107"},
		{"result ok", Result[uint8, string]{Ok: 1}, "0001"},
		{"result error", Result[uint8, string]{Failed: true, Err: "a"}, "010461"},
		{"vec", []uint16{4, 8}, "0804000800"},
		{"string", "hi", "086869"},
		{"negative", int16(-2), "feff"},
		{"u128", Uint128{Lo: 1, Hi: 2}, "01000000000000000200000000000000"},
		{"enum", tree{Node: &[]tree{{Leaf: ptr[uint32](5)}, {None: &Unit{}}}}, "0308000500000007"},
		{"fieldless enum", colour(2), "02"},
		{"pair", Pair[uint8, bool]{A: 3, B: true}, "0301"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := hex.EncodeToString(Marshal(c.v)); got != c.hex {
				t.Errorf("encoded %s, want %s", got, c.hex)
			}
			back := reflect.New(reflect.TypeOf(c.v))
			if err := Unmarshal(Marshal(c.v), back.Interface()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.v, back.Elem().Interface()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		into      any
		want      error
	}{
		{"bool 2", "02", new(bool), ErrInvalid},
		{"unknown enum tag", "01", new(tree), ErrInvalid},
		{"unknown fieldless variant", "03", new(colour), ErrInvalid},
		{"compact not shortest, two bytes", "0100", new(Compact[uint32]), ErrInvalid},
		{"compact not shortest, four bytes", "02000000", new(Compact[uint32]), ErrInvalid},
		{"compact not shortest, big", "0300000000", new(Compact[uint64]), ErrInvalid},
		{"compact with a zero top byte", "070000004000", new(Compact[uint64]), ErrInvalid},
		{"compact too wide for its type", "feffffff", new(Compact[uint16]), ErrInvalid},
		{"compact beyond 64 bits", "17ffffffffffffffffff", new(Compact[uint64]), ErrInvalid},
		{"compact u128 with a zero top byte", "17ffffffffffffffff00", new(Compact128), ErrInvalid},
		{"compact beyond 128 bits", "37ffffffffffffffffffffffffffffffffff", new(Compact128), ErrInvalid},
		{"short compact u128", "33ffff", new(Compact128), ErrShort},
		{"length beyond the input", "feffffff", new([]uint64), ErrShort},
		{"short integer", "0000", new(uint32), ErrShort},
		{"left over", "0000", new(uint8), ErrTrailing},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := hex.DecodeString(c.hex)
			if err != nil {
				t.Fatal(err)
			}
			if err := Unmarshal(raw, c.into); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestNestingIsBounded(t *testing.T) {
	deep := bytes.Repeat([]byte{3, 4}, 100_000)
	if err := Unmarshal(deep, new(tree)); !errors.Is(err, ErrInvalid) {
		t.Fatalf("got %v, want %v", err, ErrInvalid)
	}
}

func TestRoundTrip(t *testing.T) {
	gen := rapid.Custom(func(t *rapid.T) everything {
		v := everything{
			B: rapid.Bool().Draw(t, "b"), I8: rapid.Int8().Draw(t, "i8"), I64: rapid.Int64().Draw(t, "i64"),
			Text: rapid.String().Draw(t, "text"),
			Arr:  [3]uint16{rapid.Uint16().Draw(t, "arr")},
			Col:  colour(rapid.Uint8Range(0, 2).Draw(t, "col")),
			Wide: Uint128{rapid.Uint64().Draw(t, "lo"), rapid.Uint64().Draw(t, "hi")},
			Neg:  Int128{rapid.Uint64().Draw(t, "nlo"), rapid.Int64().Draw(t, "nhi")},
			Tree: tree{Node: &[]tree{{Leaf: ptr(rapid.Uint32().Draw(t, "leaf"))}}},
			Two:  Pair[uint8, bool]{A: 1, B: true},
			Vol:  Compact128{Uint128{rapid.Uint64().Draw(t, "vlo"), rapid.Uint64().Draw(t, "vhi")}},
		}
		if raw := rapid.SliceOf(rapid.Byte()).Draw(t, "raw"); len(raw) > 0 {
			v.Raw = raw
		}
		for range rapid.IntRange(0, 200).Draw(t, "n") {
			v.In = append(v.In, inner{Small: Compact[uint16]{rapid.Uint16().Draw(t, "s")}, Big: rapid.Uint64().Draw(t, "big")})
		}
		if rapid.Bool().Draw(t, "some") {
			v.Opt = Some([4]byte{1, 2, 3, 4})
		}
		return v
	})
	rapid.Check(t, func(t *rapid.T) {
		v := gen.Draw(t, "v")
		var back everything
		if err := Unmarshal(Marshal(v), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(Marshal(everything{Tree: tree{None: &Unit{}}}))
	f.Add(Marshal(everything{Raw: []byte{1}, In: []inner{{Big: 1 << 40}}, Tree: tree{Node: &[]tree{{None: &Unit{}}}}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v everything
		if Unmarshal(raw, &v) != nil {
			return
		}
		if again := Marshal(v); !bytes.Equal(again, raw) {
			t.Fatalf("%x decodes, but prints back %x", raw, again)
		}
	})
}

func BenchmarkEncodeRows(b *testing.B) {
	row := make([]Pair[uint16, uint16], 256)
	var e Encoder
	for b.Loop() {
		e.Reset()
		e.Encode(&row)
	}
	b.SetBytes(int64(e.Len()))
}

func BenchmarkDecodeRows(b *testing.B) {
	raw := Marshal(make([]Pair[uint16, uint16], 256))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		var row []Pair[uint16, uint16]
		if err := Unmarshal(raw, &row); err != nil {
			b.Fatal(err)
		}
	}
}
