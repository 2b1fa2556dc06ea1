package store

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/chain/trie"
	"github.com/myelin-go/myelin/internal/hash"
)

// benchKey is shaped like a map's: pallet and item, a 16-byte hash, an account.
func benchKey(i int) []byte {
	h := hash.Blake256(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	item := hash.Twox128([]byte{byte(i % 40)})
	return slices.Concat(item[:], item[:], h[:16], h[:])
}

// benchValue has 8, 64 or 1,024 bytes for six, three and one key of ten.
func benchValue(i, salt int) []byte {
	v := make([]byte, []int{8, 8, 8, 8, 8, 8, 64, 64, 64, 1024}[i%10])
	binary.LittleEndian.PutUint64(v, uint64(i+salt))
	return v
}

// feed commits generated blocks.
type feed struct {
	s      *Store
	height uint32
	parent [32]byte
	size   int
}

func (f *feed) block(n, salt int) *Block {
	changes := make([]trie.Change, n)
	for j := range changes {
		i := (j*7919 + salt*104729) % f.size
		changes[j] = trie.Change{Key: benchKey(i), Value: benchValue(i, salt)}
	}
	slices.SortFunc(changes, func(a, b trie.Change) int { return slices.Compare(a.Key, b.Key) })
	return &Block{Height: f.height, Hash: hash.Blake256(binary.LittleEndian.AppendUint32(nil, f.height)), Parent: f.parent, Changes: changes}
}

func (f *feed) commit(b testing.TB, block *Block) {
	t := f.s.Trie().Update(block.Changes)
	block.StateRoot = t.Root()
	if err := f.s.Commit(block, t); err != nil {
		b.Fatal(err)
	}
	f.height, f.parent = f.height+1, block.Hash
}

// BenchmarkStore works on a state of a million keys on disk, or of a hundred thousand with -short. A commit includes the trie's update.
func BenchmarkStore(b *testing.B) {
	f := &feed{size: 1_000_000}
	if testing.Short() {
		f.size = 100_000
	}
	dir := b.TempDir()
	f.s = open(b, dir, Options{CacheSize: 64 << 20})
	f.commit(b, f.block(f.size, 0))
	salt := 0
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("commit=%d", n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				salt++
				block := f.block(n, salt)
				b.StartTimer()
				f.commit(b, block)
			}
		})
	}
	past, err := f.s.At(1)
	if err != nil {
		b.Fatal(err)
	}
	for name, v := range map[string]*View{"latest": f.s.Latest(), "past": past} {
		b.Run("get/"+name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				i += 7919
				if _, ok := v.Get(benchKey(i % f.size)); !ok {
					b.Fatal("key is missing")
				}
			}
		})
		b.Run("iterate4096/"+name, func(b *testing.B) {
			item := hash.Twox128([]byte{3})
			for b.Loop() {
				n := 0
				for range v.Iterate(item[:], nil) {
					if n++; n == 4096 {
						break
					}
				}
			}
		})
		v.Close()
	}
	closed(b, f.s)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			closed(b, open(b, dir, Options{}))
		}
	})
}
