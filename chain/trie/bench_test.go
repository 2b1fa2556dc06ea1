package trie

import (
	"encoding/binary"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/internal/hash"
)

// stateKey is shaped like a map's: pallet and item, a 16-byte hash, an account.
func stateKey(i int) []byte {
	h := hash.Blake256(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	item := hash.Twox128([]byte{byte(i % 40)})
	return slices.Concat(item[:], item[:], h[:16], h[:])
}

// stateValue has 8, 64 or 1,024 bytes for six, three and one key of ten.
func stateValue(i, salt int) []byte {
	v := make([]byte, []int{8, 8, 8, 8, 8, 8, 64, 64, 64, 1024}[i%10])
	binary.LittleEndian.PutUint64(v, uint64(i+salt))
	return v
}

func stateRows(n int) iter.Seq2[[]byte, []byte] {
	keys := make([][]byte, n)
	at := make(map[string]int, n)
	for i := range keys {
		keys[i] = stateKey(i)
		at[string(keys[i])] = i
	}
	slices.SortFunc(keys, slices.Compare)
	return func(yield func(k, v []byte) bool) {
		for _, k := range keys {
			if !yield(k, stateValue(at[string(k)], 0)) {
				return
			}
		}
	}
}

// BenchmarkUpdate changes random keys of a state. heapB/key is what the trie itself occupies.
func BenchmarkUpdate(b *testing.B) {
	for _, size := range []int{100_000, 1_000_000} {
		if size > 100_000 && testing.Short() {
			continue
		}
		var before, full runtime.MemStats
		rows := stateRows(size)
		runtime.GC()
		runtime.ReadMemStats(&before)
		tr := Build(rows)
		runtime.GC()
		runtime.ReadMemStats(&full)
		runtime.KeepAlive(rows)
		for _, n := range []int{1_000, 10_000} {
			b.Run(fmt.Sprintf("keys=%d/changes=%d", size, n), func(b *testing.B) {
				salt := 0
				for b.Loop() {
					salt++
					changes := make([]Change, n)
					for j := range changes {
						i := (j*7919 + salt*104729) % size
						changes[j] = Change{stateKey(i), stateValue(i, salt)}
					}
					tr.Update(changes)
				}
				b.ReportMetric(float64(full.HeapAlloc-before.HeapAlloc)/float64(size), "heapB/key")
			})
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	const size = 100_000
	rows := stateRows(size)
	for b.Loop() {
		Build(rows)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/size, "ns/key")
}
