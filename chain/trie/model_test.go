package trie

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/internal/hash"
	"pgregory.net/rapid"
)

// plainRoot computes a root straight from the definition, without sharing code with the package beyond the node format.
func plainRoot(rows map[string]string, v Version) [32]byte {
	if len(rows) == 0 {
		return EmptyRoot
	}
	return hash.Blake256([]byte(plainNode(slices.Sorted(maps.Keys(rows)), rows, 0, v)))
}

func plainNode(keys []string, rows map[string]string, depth int, v Version) string {
	first, last := keyNibbles(keys[0]), keyNibbles(keys[len(keys)-1])
	n := depth
	for n < first.len() && first.at(n) == last.at(n) {
		n++
	}
	path := first.take(n).drop(depth)
	var val value
	if first.len() == n {
		val = v.value([]byte(rows[keys[0]]))
		keys = keys[1:]
	}
	var bitmap uint16
	var kids []string
	for len(keys) > 0 {
		x, end := keyNibbles(keys[0]).at(n), 0
		for end < len(keys) && keyNibbles(keys[end]).at(n) == x {
			end++
		}
		kid := plainNode(keys[:end], rows, n+1, v)
		if len(kid) >= 32 {
			sum := hash.Blake256([]byte(kid))
			kid = string(sum[:])
		}
		bitmap, kids, keys = bitmap|1<<x, append(kids, kid), keys[end:]
	}
	return string(appendNode(nil, path, val, bitmap, func(i int) string { return kids[i] }))
}

// drawKey favours keys that share prefixes and keys that are prefixes of others.
func drawKey(t *rapid.T) []byte {
	return rapid.OneOf(
		rapid.SliceOfN(rapid.SampledFrom([]byte{0x00, 0x01, 0x10, 0x11, 0xff}), 0, 5),
		rapid.Custom(func(t *rapid.T) []byte {
			head := bytes.Repeat([]byte{rapid.SampledFrom([]byte{0xab, 0xac}).Draw(t, "fill")}, rapid.IntRange(0, 70).Draw(t, "run"))
			return append(head, rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "tail")...)
		}),
	).Draw(t, "key")
}

func drawValue(t *rapid.T) []byte {
	n := rapid.SampledFrom([]int{0, 1, 4, 20, 31, 32, 33, 34, 64, 200, 17000}).Draw(t, "length")
	return bytes.Repeat([]byte{rapid.Byte().Draw(t, "fill")}, n)
}

// TestHistoriesEqualRebuild plays random histories and holds the trie against one built from scratch, its older versions against
// what they were, and its proofs against the rows.
func TestHistoriesEqualRebuild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := map[string]string{}
		tr := new(Trie)
		type past struct {
			t    *Trie
			root [32]byte
		}
		var history []past
		for range rapid.IntRange(1, 6).Draw(t, "blocks") {
			var changes []Change
			for range rapid.IntRange(0, 12).Draw(t, "changes") {
				c := Change{Key: drawKey(t)}
				if rapid.IntRange(0, 3).Draw(t, "kind") > 0 {
					c.Value = drawValue(t)
				} else if len(rows) > 0 && rapid.Bool().Draw(t, "present") {
					c.Key = []byte(rapid.SampledFrom(slices.Sorted(maps.Keys(rows))).Draw(t, "old"))
				}
				changes = append(changes, c)
				if c.Value == nil {
					delete(rows, string(c.Key))
				} else {
					rows[string(c.Key)] = string(c.Value)
				}
			}
			before := tr
			tr = tr.Update(changes)
			if got, want := tr.Root(), plainRoot(rows, V1); got != want {
				t.Fatalf("root %x, want %x after %v", got, want, changes)
			}
			if tr.Len() != len(rows) {
				t.Fatalf("%d keys counted, want %d", tr.Len(), len(rows))
			}
			if again := tr.Update(changes); again != tr {
				t.Fatal("the same changes again made a new trie")
			}
			history = append(history, past{before, before.Root()})
		}
		for i, p := range history {
			if p.t.Root() != p.root {
				t.Fatalf("version %d changed under later updates", i)
			}
		}
		if built := Build(sortedRows(rows)); built.Root() != tr.Root() || built.Len() != tr.Len() {
			t.Fatalf("bulk build has root %x and %d keys, want %x and %d", built.Root(), built.Len(), tr.Root(), tr.Len())
		}
		keys := [][]byte{drawKey(t), drawKey(t), {}}
		for k := range rows {
			keys = append(keys, []byte(k))
		}
		checkProof(t, tr, rows, keys)
	})
}

func sortedRows(rows map[string]string) func(yield func(k, v []byte) bool) {
	return func(yield func(k, v []byte) bool) {
		var k, v []byte // used again, as an iterator over a database does
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			k, v = append(k[:0], key...), append(v[:0], rows[key]...)
			if !yield(k, v) {
				return
			}
		}
	}
}

type fataler interface{ Fatalf(string, ...any) }

func checkProof(t fataler, tr *Trie, rows map[string]string, keys [][]byte) {
	proof, err := tr.Prove(keys, func(k []byte) ([]byte, bool) { v, ok := rows[string(k)]; return []byte(v), ok })
	if err != nil {
		t.Fatalf("prove: %v", err)
	}
	p := OpenProof(tr.Root(), proof)
	for _, k := range keys {
		got, ok, err := p.Get(k)
		want, present := rows[string(k)]
		if err != nil || ok != present || string(got) != want {
			t.Fatalf("proof says %x, %t, %v for key %x; want %x, %t", got, ok, err, k, want, present)
		}
	}
}

func TestBuildAcrossBatches(t *testing.T) {
	rows := map[string]string{}
	for i := range 2*buildBatch + 17 {
		k := hash.Blake256(fmt.Append(nil, i))
		rows[string(k[:i%20+2])] = string(bytes.Repeat([]byte{byte(i)}, i%300))
	}
	tr := Build(sortedRows(rows))
	if got, want := tr.Root(), plainRoot(rows, V1); got != want {
		t.Fatalf("root %x, want %x", got, want)
	}
	var gone []Change
	for k := range rows {
		gone = append(gone, Change{Key: []byte(k)})
	}
	if empty := tr.Update(gone); empty.Root() != EmptyRoot || empty.Len() != 0 {
		t.Fatalf("root %x and %d keys after removing all, want %x and 0", empty.Root(), empty.Len(), EmptyRoot)
	}
}
