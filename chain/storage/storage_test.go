package storage

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sorted is a Reader over a map.
type sorted map[string][]byte

func (m sorted) Get(key []byte) ([]byte, bool) {
	v, ok := m[string(key)]
	return v, ok
}

func (m sorted) Next(key []byte) ([]byte, bool) {
	keys := slices.Sorted(maps.Keys(m))
	if i := sort.SearchStrings(keys, string(key)+"\x00"); i < len(keys) {
		return []byte(keys[i]), true
	}
	return nil, false
}

type items struct {
	Total   Value[uint64]                 `doc:"the total"`
	Limit   Value[uint16]                 `default:"0x0a00"`
	Owner   Value[uint32]                 `storage:"optional" name:"TheOwner"`
	Tempo   Map[Identity, uint16, uint16] `default:"0x6801"`
	Names   Map[Blake2_128Concat, uint32, string]
	Opaque  Map[Twox128, uint32, bool]
	Weights DoubleMap[Identity, uint16, Twox64Concat, uint16, []uint16]
	Alpha   NMap[alphaKey, uint64]
}

type alphaKey struct {
	Hot  uint32 `hasher:"Blake2_128Concat"`
	Cold uint32 `hasher:"Twox64Concat"`
	Net  uint16 `hasher:"Identity"`
}

func bound() *items {
	it := &items{}
	Bind("Pallet", it)
	return it
}

func TestKeysAreSubstrates(t *testing.T) {
	it := bound()
	// The hashes themselves are tested in internal/hash, whole recorded keys in package chain; @n stands for n bytes of hash here.
	if got := len(it.Total.Key()); got != 32 {
		t.Errorf("a value's key has %d bytes", got)
	}
	if !bytes.Equal(it.Total.Key()[:16], it.Tempo.Prefix()[:16]) || bytes.Equal(it.Total.Key()[16:], it.Tempo.Prefix()[16:]) {
		t.Error("items of a pallet share its prefix only")
	}
	for name, c := range map[string]struct {
		key  []byte
		tail string
	}{
		"identity":   {it.Tempo.Key(0x0102), "0201"},
		"blake":      {it.Names.Key(7), "@16" + "07000000"},
		"twox128":    {it.Opaque.Key(7), "@16"},
		"double":     {it.Weights.Key(1, 2), "0100" + "@8" + "0200"},
		"three keys": {it.Alpha.Key(alphaKey{1, 2, 3}), "@16" + "01000000" + "@8" + "02000000" + "0300"},
	} {
		rest := c.key[32:]
		for _, part := range strings.SplitAfter(strings.NewReplacer("@16", "#@16,", "@8", "#@8,").Replace(c.tail), "#") {
			part = strings.TrimSuffix(part, "#")
			if n, after, ok := strings.Cut(strings.TrimPrefix(part, "@"), ","); ok && strings.HasPrefix(part, "@") {
				var skip int
				fmt.Sscan(n, &skip)
				rest, part = rest[skip:], after
			}
			want, err := hex.DecodeString(part)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(rest, want) {
				t.Fatalf("%s: %x does not go on with %x", name, rest, want)
			}
			rest = rest[len(want):]
		}
		if len(rest) != 0 {
			t.Errorf("%s: %x is left over", name, rest)
		}
	}
}

func TestDefaultsAndOptions(t *testing.T) {
	it, s := bound(), New(nil)
	if it.Total.Get(s) != 0 || it.Limit.Get(s) != 10 || it.Tempo.Get(s, 3) != 360 {
		t.Error("defaults")
	}
	if _, ok := it.Owner.TryGet(s); ok || it.Owner.Has(s) {
		t.Error("an absent option is there")
	}
	it.Tempo.SetDefault(99)
	if it.Tempo.Get(s, 3) != 99 {
		t.Error("a default set while building")
	}
	it.Tempo.Mutate(s, 3, func(v *uint16) { *v++ })
	if it.Tempo.Get(s, 3) != 100 || it.Tempo.Take(s, 3) != 100 || it.Tempo.Has(s, 3) {
		t.Error("mutate and take")
	}
	described := Items(it)
	if described[2].Name != "TheOwner" || !described[2].Optional || described[0].Docs != "the total" || len(described[7].Hashers) != 3 {
		t.Errorf("described as %+v", described)
	}
}

func TestIteration(t *testing.T) {
	it := bound()
	base := sorted{}
	first := New(base)
	for _, k := range []uint16{5, 1, 300} {
		it.Tempo.Set(first, k, k*2)
	}
	for _, c := range first.Changes() {
		base[string(c.Key)] = c.Value
	}
	s := New(base)
	it.Tempo.Set(s, 2, 4)
	it.Tempo.Delete(s, 5)
	var keys []uint16
	for k, v := range it.Tempo.All(s) {
		if v != k*2 {
			t.Errorf("%d holds %d", k, v)
		}
		keys = append(keys, k)
	}
	if diff := cmp.Diff([]uint16{1, 2, 300}, keys); diff != "" { // by little-endian bytes: 0100, 0200, 2c01
		t.Error(diff)
	}
	for k := range it.Tempo.Keys(s) { // rows may go while we walk
		it.Tempo.Delete(s, k)
	}
	if n := it.Tempo.Clear(s); n != 0 {
		t.Errorf("%d rows were left", n)
	}
	for a := range uint16(3) {
		for b := range uint16(4) {
			it.Weights.Set(s, a, b, []uint16{a, b})
			it.Alpha.Set(s, alphaKey{uint32(a), uint32(b), 1}, 1)
		}
	}
	count := 0
	for b, v := range it.Weights.Of(s, 1) {
		if v[0] != 1 || v[1] != b {
			t.Errorf("(1, %d) holds %v", b, v)
		}
		count++
	}
	if count != 4 || it.Weights.DeleteOf(s, 1) != 4 {
		t.Errorf("%d rows under 1", count)
	}
	for k := range it.Weights.All(s) {
		if k.A == 1 {
			t.Error("a removed row")
		}
	}
	count = 0
	for k := range it.Alpha.Of(s, alphaKey{Hot: 2}, 1) {
		if k.Hot != 2 || k.Net != 1 {
			t.Errorf("key %+v", k)
		}
		count++
	}
	if count != 4 || it.Alpha.DeleteOf(s, alphaKey{Hot: 2, Cold: 3}, 2) != 1 {
		t.Errorf("%d rows under hot 2", count)
	}
}

func TestBytesAfterAValueDoNotCount(t *testing.T) {
	it, s := bound(), New(nil)
	s.Set(it.Total.Key(), []byte{7, 0, 0, 0, 0, 0, 0, 0, 9, 9})
	if got := it.Total.Get(s); got != 7 {
		t.Errorf("got %d, want 7", got)
	}
}

func TestCorruptionNamesTheItem(t *testing.T) {
	it, s := bound(), New(nil)
	s.Set(it.Names.Key(1), []byte{0xff})
	defer func() {
		c, ok := recover().(*Corruption)
		if !ok || !strings.Contains(c.Error(), "Names") {
			t.Errorf("panicked with %v", c)
		}
	}()
	it.Names.Get(s, 1)
	t.Error("corrupt state was read")
}

// Any history of sets, deletes and nested transactions must look like the same history on copies of a plain map.
func TestStateIsAMapWithTransactions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[ab]{0,3}`)
		base := sorted{}
		for k, v := range rapid.MapOf(key, rapid.StringN(0, 3, -1)).Draw(t, "base") {
			base[k] = []byte(v)
		}
		s := rapid.SampledFrom([]func(Reader) *State{New, NewRemembering}).Draw(t, "kind")(base)
		model := []sorted{maps.Clone(base)}
		top := func() sorted { return model[len(model)-1] }
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				k, v := key.Draw(t, "key"), rapid.StringN(0, 3, -1).Draw(t, "value")
				s.Set([]byte(k), []byte(v))
				top()[k] = []byte(v)
			},
			"delete": func(t *rapid.T) {
				k := key.Draw(t, "key")
				s.Delete([]byte(k))
				delete(top(), k)
			},
			"delete prefix": func(t *rapid.T) {
				k := key.Draw(t, "prefix")
				want := 0
				for have := range top() {
					if strings.HasPrefix(have, k) {
						delete(top(), have)
						want++
					}
				}
				if got := s.DeletePrefix([]byte(k)); got != want {
					t.Fatalf("removed %d rows under %q, want %d", got, k, want)
				}
			},
			"begin": func(*rapid.T) {
				s.Begin()
				model = append(model, maps.Clone(top()))
			},
			"commit": func(t *rapid.T) {
				if s.Depth() == 0 {
					t.Skip()
				}
				s.Commit()
				model[len(model)-2] = top()
				model = model[:len(model)-1]
			},
			"rollback": func(t *rapid.T) {
				if s.Depth() == 0 {
					t.Skip()
				}
				s.Rollback()
				model = model[:len(model)-1]
			},
			"change on the way": func(t *rapid.T) {
				last, first := "", true
				for k := range s.Keys(nil) {
					for _, want := range slices.Sorted(maps.Keys(top())) {
						if want > last || first {
							if string(k) != want {
								t.Fatalf("behind %q comes %q, want %q", last, k, want)
							}
							break
						}
					}
					last, first = string(k), false
					deep := s.Depth()
					for range rapid.IntRange(0, 3).Draw(t, "changes") {
						switch other := key.Draw(t, "key"); rapid.IntRange(0, 3).Draw(t, "change") {
						case 0:
							s.Set([]byte(other), []byte("new"))
							top()[other] = []byte("new")
						case 1:
							s.Delete([]byte(other))
							delete(top(), other)
						case 2:
							s.Begin()
							model = append(model, maps.Clone(top()))
							s.Next(nil) // rows get their order
						case 3:
							if s.Depth() > deep {
								s.Rollback()
								model = model[:len(model)-1]
							}
						}
					}
				}
				for _, k := range slices.Sorted(maps.Keys(top())) {
					if k > last || first {
						t.Fatalf("%q was passed over", k)
					}
				}
			},
			"": func(t *rapid.T) {
				want := slices.Sorted(maps.Keys(top()))
				var got []string
				for k := range s.Keys(nil) {
					got = append(got, string(k))
					if v, ok := s.Get(k); !ok || !bytes.Equal(v, top()[string(k)]) {
						t.Fatalf("%q holds %q, want %q", k, v, top()[string(k)])
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("keys %q, want %q", got, want)
				}
				after := maps.Clone(base)
				last := ""
				for i, c := range s.Changes() {
					if i > 0 && string(c.Key) <= last {
						t.Fatal("changes are out of order")
					}
					last = string(c.Key)
					if was, had := base[last]; had == (c.Value != nil) && bytes.Equal(was, c.Value) {
						t.Fatalf("%q did not change", last)
					}
					if c.Value == nil {
						delete(after, last)
					} else {
						after[last] = c.Value
					}
				}
				if !maps.EqualFunc(after, top(), func(a, b []byte) bool { return bytes.Equal(a, b) }) {
					t.Fatalf("changes lead to %q, want %q", after, top())
				}
			},
		})
	})
}

func BenchmarkMap(b *testing.B) {
	it, s := bound(), New(nil)
	for k := range uint32(10_000) {
		it.Names.Set(s, k, "name")
	}
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			it.Names.Get(s, uint32(i%10_000))
		}
	})
	b.Run("set", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			it.Names.Set(s, uint32(i%10_000), "other")
		}
	})
	b.Run("all", func(b *testing.B) {
		for range b.N {
			for range it.Names.All(s) {
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
	})
}

func BenchmarkTransaction(b *testing.B) {
	it, s := bound(), New(nil)
	for i := range b.N {
		s.Begin()
		it.Tempo.Set(s, uint16(i), 1)
		if i%2 == 0 {
			s.Commit()
		} else {
			s.Rollback()
		}
	}
}
