package storage

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

type (
	account [32]byte
	level   uint8
	signed  int64
)

func (level) Variants() []scale.Variant { return scale.Names("low", "high") }

// accounts are items whose keys and values are plain, and some that only look so.
type accounts struct {
	Free    Map[Blake2_128Concat, account, uint64]
	Open    Map[Identity, uint16, bool]
	Owner   DoubleMap[Blake2_128Concat, account, Identity, uint16, account]
	Level   Map[Identity, uint8, level]
	Change  Map[Twox64Concat, uint32, signed]
	Packed  Map[Identity, uint64, scale.Compact[uint32]]
	Staked  NMap[stakeKey, uint32]
	History DoubleMap[Twox64Concat, scale.Compact[uint32], Blake2_128Concat, account, []account]
}

type stakeKey struct {
	Hot account `hasher:"Blake2_128Concat"`
	Net uint16  `hasher:"Identity"`
}

// TestPlainKeysAndValuesAreTheCodecs checks that what is written past the codec has its bytes, in states that remember hashes and in others, and that it reads back.
func TestPlainKeysAndValuesAreTheCodecs(t *testing.T) {
	it := &accounts{}
	Bind("Pallet", it)
	rapid.Check(t, func(t *rapid.T) {
		states := []*State{New(nil), NewRemembering(nil)}
		var model []Change
		put := func(prefix []byte, value any, parts ...[]byte) {
			model = append(model, Change{Key: slices.Concat(append([][]byte{prefix}, parts...)...), Value: scale.Marshal(value)})
		}
		concat := func(v any) []byte {
			raw := scale.Marshal(v)
			h := hash.Blake128(raw)
			return append(h[:], raw...)
		}
		short := func(v any) []byte {
			raw := scale.Marshal(v)
			h := hash.Twox64(raw)
			return append(h[:], raw...)
		}
		for i := range rapid.IntRange(1, 4).Draw(t, "rows") {
			who := account{byte(i), rapid.Byte().Draw(t, "account")}
			net, free := uint16(i)<<8|rapid.Uint16Range(0, 255).Draw(t, "net"), rapid.Uint64().Draw(t, "free")
			small, list := scale.Compact[uint32]{V: uint32(net)}, []account{who, {9}}
			for _, s := range states {
				it.Free.Set(s, who, 0)
				it.Free.Mutate(s, who, func(v *uint64) {
					it.Free.Get(s, account{99}) // another key in between
					*v += free
				})
				it.Open.Set(s, net, free%2 == 0)
				it.Owner.Set(s, who, net, who)
				it.Level.Set(s, uint8(i), level(free%2))
				it.Change.Set(s, uint32(net), signed(free))
				it.Packed.Set(s, free, small)
				it.Staked.Set(s, stakeKey{who, net}, uint32(free))
				it.History.Set(s, small, who, list)
				if got := it.Free.Get(s, who); got != free {
					t.Fatalf("free %d, want %d", got, free)
				}
				if got := it.Owner.Get(s, who, net); got != who {
					t.Fatalf("owner %x", got)
				}
				if got := it.History.Get(s, small, who); !slices.Equal(got, list) {
					t.Fatalf("history %x", got)
				}
			}
			put(it.Free.Prefix(), free, concat(&who))
			put(it.Open.Prefix(), free%2 == 0, scale.Marshal(net))
			put(it.Owner.Prefix(), &who, concat(&who), scale.Marshal(net))
			put(it.Level.Prefix(), level(free%2), []byte{byte(i)})
			put(it.Change.Prefix(), signed(free), short(uint32(net)))
			put(it.Packed.Prefix(), small, scale.Marshal(free))
			put(it.Staked.Prefix(), uint32(free), concat(&who), scale.Marshal(net))
			put(it.History.Prefix(), list, short(small), concat(&who))
		}
		last := map[string]Change{} // a later row may have the key of an earlier one
		for _, c := range model {
			last[string(c.Key)] = c
		}
		var want []Change
		for _, key := range slices.Sorted(maps.Keys(last)) {
			want = append(want, last[key])
		}
		for _, s := range states {
			if diff := cmp.Diff(want, s.Changes()); diff != "" {
				t.Fatal(diff)
			}
			for who, free := range it.Free.All(s) {
				if it.Free.Get(s, who) != free {
					t.Fatalf("%x has %d", who, free)
				}
			}
			for key := range it.Staked.Of(s, stakeKey{}, 0) {
				if !it.Staked.Has(s, key) {
					t.Fatalf("%v is not there", key)
				}
			}
		}
	})
}

// TestPlainReadsTakeNoMemory keeps the reason for the short way.
func TestPlainReadsTakeNoMemory(t *testing.T) {
	it := &accounts{}
	Bind("Pallet", it)
	s := NewRemembering(nil)
	who := account{1}
	it.Free.Set(s, who, 1)
	it.Staked.Set(s, stakeKey{who, 2}, 3)
	if n := testing.AllocsPerRun(100, func() {
		it.Free.Set(s, who, it.Free.Get(s, who)+1)
		it.Staked.Get(s, stakeKey{who, 2})
		it.Owner.Has(s, who, 2)
	}); n > 0.5 { // values are written to pieces of memory that last for many
		t.Errorf("%v allocations", n)
	}
}
