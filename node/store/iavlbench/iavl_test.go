// Package iavlbench measures cosmos/iavl under the same commits as the store's own benchmark. It is a module of its own, so
// that the node does not depend on what it is compared with.
package iavlbench

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	corestore "cosmossdk.io/core/store"
	"github.com/cockroachdb/pebble/v2"
	"github.com/cosmos/iavl"
	dbm "github.com/cosmos/iavl/db"
	"golang.org/x/crypto/blake2b"
)

// benchKey has the length and shape of the store's benchmark: 80 bytes, 40 storage items.
func benchKey(i int) []byte {
	h := blake2b.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	item := blake2b.Sum256([]byte{byte(i % 40)})
	return slices.Concat(item[:], h[:16], h[:])
}

func benchValue(i, salt int) []byte {
	v := make([]byte, []int{8, 8, 8, 8, 8, 8, 64, 64, 64, 1024}[i%10])
	binary.LittleEndian.PutUint64(v, uint64(i+salt))
	return v
}

// BenchmarkIAVL commits changes of random keys to a state of a million keys, or of a hundred thousand with -short, on Pebble with
// synced writes, as the store does.
func BenchmarkIAVL(b *testing.B) {
	size := 1_000_000
	if testing.Short() {
		size = 100_000
	}
	p, err := pebble.Open(b.TempDir(), &pebble.Options{CacheSize: 64 << 20, MemTableSize: 64 << 20, MemTableStopWritesThreshold: 4})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	tree := iavl.NewMutableTree(pebbleDB{p}, 100_000, false, iavl.NewNopLogger(), iavl.SyncOption(true))
	defer tree.Close()
	commit := func(n, salt int) {
		for j := range n {
			i := (j*7919 + salt*104729) % size
			if _, err := tree.Set(benchKey(i), benchValue(i, salt)); err != nil {
				b.Fatal(err)
			}
		}
		if _, _, err := tree.SaveVersion(); err != nil {
			b.Fatal(err)
		}
	}
	commit(size, 0)
	salt := 0
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("commit=%d", n), func(b *testing.B) {
			for b.Loop() {
				salt++
				commit(n, salt)
			}
		})
	}
}

// pebbleDB is Pebble as iavl wants a database.
type pebbleDB struct{ *pebble.DB }

var _ dbm.DB = pebbleDB{}

func (d pebbleDB) Get(key []byte) ([]byte, error) {
	v, closer, err := d.DB.Get(key)
	if err == pebble.ErrNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	return slices.Clone(v), nil
}

func (d pebbleDB) Has(key []byte) (bool, error) {
	v, err := d.Get(key)
	return v != nil, err
}

func (d pebbleDB) Iterator(start, end []byte) (corestore.Iterator, error) {
	return d.iterator(start, end, false)
}

func (d pebbleDB) ReverseIterator(start, end []byte) (corestore.Iterator, error) {
	return d.iterator(start, end, true)
}

func (d pebbleDB) iterator(start, end []byte, back bool) (corestore.Iterator, error) {
	it, err := d.NewIter(&pebble.IterOptions{LowerBound: start, UpperBound: end})
	if err != nil {
		return nil, err
	}
	if back {
		it.Last()
	} else {
		it.First()
	}
	return &iterator{it, start, end, back}, nil
}

func (d pebbleDB) NewBatch() corestore.Batch              { return &batch{d.DB.NewBatch()} }
func (d pebbleDB) NewBatchWithSize(n int) corestore.Batch { return &batch{d.DB.NewBatchWithSize(n)} }

type batch struct{ *pebble.Batch }

func (b *batch) Set(k, v []byte) error     { return b.Batch.Set(k, v, nil) }
func (b *batch) Delete(k []byte) error     { return b.Batch.Delete(k, nil) }
func (b *batch) Write() error              { return b.Batch.Commit(pebble.NoSync) }
func (b *batch) WriteSync() error          { return b.Batch.Commit(pebble.Sync) }
func (b *batch) GetByteSize() (int, error) { return b.Batch.Len(), nil }

type iterator struct {
	*pebble.Iterator
	start, end []byte
	back       bool
}

func (i *iterator) Domain() (start, end []byte) { return i.start, i.end }
func (i *iterator) Key() []byte                 { return slices.Clone(i.Iterator.Key()) }
func (i *iterator) Value() []byte               { return slices.Clone(i.Iterator.Value()) }
func (i *iterator) Next() {
	if i.back {
		i.Iterator.Prev()
	} else {
		i.Iterator.Next()
	}
}
