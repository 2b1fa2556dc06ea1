package randomness_test

import (
	"encoding/binary"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/randomness"
	"github.com/myelin-go/myelin/chain/storage"
)

// After the ring is full, each hash replaces the one of 81 blocks before.
func TestKeepsTheLastHashes(t *testing.T) {
	p := &randomness.Pallet{}
	frame.Compile(frame.Module{Name: randomness.Name, Index: randomness.Index, Pallet: p})
	s := storage.New(nil)
	parent := func(number uint32) (h bt.Hash) {
		binary.BigEndian.PutUint32(h[:], number-1)
		return h
	}
	for number := uint32(1); number <= 200; number++ {
		p.OnInitialize(frame.NewCtx(s, &frame.Env{Number: number, Parent: parent(number)}, frame.None()))
		got := p.Storage.RandomMaterial.Get(s)
		if want := min(int(number), 81); len(got) != want {
			t.Fatalf("block %d keeps %d hashes, want %d", number, len(got), want)
		}
		for back := range uint32(len(got)) {
			if n := number - back; got[(n-1)%81] != parent(n) {
				t.Fatalf("block %d lost the parent of block %d", number, n)
			}
		}
	}
}
