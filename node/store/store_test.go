package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/chain/trie"
	"github.com/myelin-go/myelin/internal/hash"
)

// chain makes random blocks and remembers every state, to hold a store against.
type chain struct {
	r      *rand.Rand
	blocks []*Block
	tries  []*trie.Trie
	states []map[string]string // after each block
}

func newChain(seed uint64) *chain { return &chain{r: rand.New(rand.NewPCG(seed, 1))} }

func (c *chain) key() []byte {
	k := make([]byte, c.r.IntN(5))
	for i := range k {
		k[i] = []byte{0, 0, 1, 0xfe, 0xff}[c.r.IntN(5)]
	}
	return k
}

// next makes a block with about n changes on the last one.
func (c *chain) next(n int) (*Block, *trie.Trie) {
	state, tr := map[string]string{}, new(trie.Trie)
	var parent [32]byte
	if last := len(c.blocks) - 1; last >= 0 {
		state, tr, parent = maps.Clone(c.states[last]), c.tries[last], c.blocks[last].Hash
	}
	b := &Block{Height: uint32(len(c.blocks)), Parent: parent}
	changes := map[string]trie.Change{}
	for range n {
		k := c.key()
		v := bytes.Repeat([]byte{byte(c.r.IntN(256))}, []int{0, 3, 32, 33, 500}[c.r.IntN(5)])
		if c.r.IntN(3) == 0 {
			v = nil
		}
		changes[string(k)] = trie.Change{Key: k, Value: v}
	}
	for _, k := range slices.Sorted(maps.Keys(changes)) {
		b.Changes = append(b.Changes, changes[k])
		if v := changes[k].Value; v == nil {
			delete(state, k)
		} else {
			state[k] = string(v)
		}
	}
	tr = tr.Update(b.Changes)
	b.StateRoot = tr.Root()
	b.Header = fmt.Appendf(nil, "header %d of %d", b.Height, c.r.Uint32())
	b.Hash = hash.Blake256(b.Header)
	b.Extrinsics = [][]byte{[]byte("the same in every block"), fmt.Appendf(nil, "only in %d %x", b.Height, b.Hash), {}}
	b.Extra = []KV{{[]byte("a"), binary.BigEndian.AppendUint32(nil, b.Height)}, {[]byte("b"), nil}}
	c.blocks, c.tries, c.states = append(c.blocks, b), append(c.tries, tr), append(c.states, state)
	return b, tr
}

// revert forgets the blocks above a height.
func (c *chain) revert(height uint32) {
	c.blocks, c.tries, c.states = c.blocks[:height+1], c.tries[:height+1], c.states[:height+1]
}

func (c *chain) commit(t testing.TB, s *Store, n int) {
	t.Helper()
	if err := s.Commit(c.next(n)); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closed(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// check holds everything that can be read against what the chain remembers.
func (c *chain) check(t *testing.T, s *Store) {
	t.Helper()
	last := uint32(len(c.blocks) - 1)
	if head, ok := s.Head(); !ok || head != (Ref{last, c.blocks[last].Hash}) {
		t.Fatalf("head is %v, %t; want %d", head, ok, last)
	}
	if s.Genesis() != c.blocks[0].Hash || s.Trie().Root() != c.blocks[last].StateRoot {
		t.Fatal("genesis or trie is not the chain's")
	}
	if err := s.Verify(); err != nil {
		t.Fatal(err)
	}
	for h, b := range c.blocks {
		c.checkIndex(t, s, b)
		v, err := s.At(uint32(h))
		if uint32(h) < s.Oldest() {
			if !errors.Is(err, ErrPruned) {
				t.Fatalf("view of pruned height %d: %v", h, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		c.checkView(t, v, h)
		v.Close()
	}
	if _, err := s.At(last + 1); !errors.Is(err, ErrUnknownBlock) {
		t.Fatalf("view above the head: %v", err)
	}
	if _, ok := s.HashAt(last + 1); ok {
		t.Fatal("a block above the head has a hash")
	}
}

func (c *chain) checkIndex(t *testing.T, s *Store, b *Block) {
	t.Helper()
	got, ok := s.HashAt(b.Height)
	height, ok2 := s.HeightOf(b.Hash)
	header, ok3 := s.Header(b.Hash)
	if !ok || !ok2 || !ok3 || got != b.Hash || height != b.Height || !bytes.Equal(header, b.Header) {
		t.Fatalf("block %d is indexed as %x, %d, %q", b.Height, got, height, header)
	}
	xs, ok := s.Extrinsics(b.Hash)
	if !ok || !slices.EqualFunc(xs, b.Extrinsics, bytes.Equal) {
		t.Fatalf("extrinsics of block %d are %q", b.Height, xs)
	}
	for i, x := range xs {
		want := [2]uint32{b.Height, uint32(i)}
		if i != 1 {
			want[0] = 0 // the first block's
		}
		if h, at, ok := s.FindExtrinsic(hash.Blake256(x)); !ok || h != want[0] || at != want[1] {
			t.Fatalf("extrinsic %d of block %d is found at %d, %d, %t", i, b.Height, h, at, ok)
		}
	}
	if extra := s.Extra(b.Height); len(extra) != 2 || !bytes.Equal(extra[0].Value, b.Extra[0].Value) || string(extra[1].Key) != "b" {
		t.Fatalf("extra of block %d is %v", b.Height, extra)
	}
}

func (c *chain) checkView(t *testing.T, v *View, h int) {
	t.Helper()
	want := c.states[h]
	keys := slices.Sorted(maps.Keys(want))
	for range 5 {
		from, prefix := c.key(), c.key()[:0]
		if c.r.IntN(2) == 0 {
			prefix = c.key()
		}
		var got, expected []string
		for k, val := range v.Iterate(prefix, from) {
			if string(val) != want[string(k)] {
				t.Fatalf("height %d: key %x iterates with %x, want %x", h, k, val, want[string(k)])
			}
			got = append(got, string(k))
		}
		for _, k := range keys {
			if bytes.HasPrefix([]byte(k), prefix) && cmp.Compare(k, string(from)) >= 0 {
				expected = append(expected, k)
			}
		}
		if !slices.Equal(got, expected) {
			t.Fatalf("height %d: prefix %x from %x gives %q, want %q", h, prefix, from, got, expected)
		}
		val, ok := v.Get(from)
		if w, present := want[string(from)]; ok != present || string(val) != w {
			t.Fatalf("height %d: key %x holds %x, %t; want %x, %t", h, from, val, ok, w, present)
		}
		next, ok := v.Next(from)
		i, found := slices.BinarySearch(keys, string(from))
		if found {
			i++
		}
		if ok != (i < len(keys)) || ok && string(next) != keys[i] {
			t.Fatalf("height %d: after %x comes %x, %t", h, from, next, ok)
		}
	}
	ask := [][]byte{c.key(), c.key(), {}}
	proof, err := v.Prove(ask)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range ask {
		val, ok, err := trie.Verify(c.blocks[h].StateRoot, proof, k)
		if w, present := want[string(k)]; err != nil || ok != present || string(val) != w {
			t.Fatalf("height %d: proof of %x shows %x, %t, %v; want %x, %t", h, k, val, ok, err, w, present)
		}
	}
}

// TestSuite runs one history on every kind of store.
func TestSuite(t *testing.T) {
	for name, o := range map[string]Options{
		"memory":  {FS: vfs.NewMem()},
		"disk":    {},
		"no sync": {NoSync: true},
		"pruned":  {FS: vfs.NewMem(), History: 7},
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			dir := t.TempDir()
			s := open(t, dir, o)
			if _, ok := s.Head(); ok || s.Trie().Root() != trie.EmptyRoot {
				t.Fatal("a new store has a head")
			}
			c := newChain(7)
			for i := range 30 {
				c.commit(t, s, c.r.IntN(40))
				if i%10 == 3 {
					c.check(t, s)
				}
			}
			c.check(t, s)
			closed(t, s)
			s = open(t, dir, o)
			c.check(t, s)
			held, err := s.At(27)
			if err != nil {
				t.Fatal(err)
			}
			old := *c
			old.states, old.blocks = slices.Clone(c.states), slices.Clone(c.blocks)
			if err := s.Revert(25); err != nil {
				t.Fatal(err)
			}
			c.revert(25)
			c.check(t, s)
			for range 6 {
				c.commit(t, s, 20)
			}
			c.check(t, s)
			old.checkView(t, held, 27) // taken before all that
			held.Close()
			held.Close()
			copied := t.TempDir() + "/copy"
			if o.FS != nil {
				copied = "copy"
			}
			if err := s.Checkpoint(copied); err != nil {
				t.Fatal(err)
			}
			closed(t, s)
			s = open(t, copied, o)
			c.check(t, s)
			closed(t, s)
		})
	}
}

func TestGenesisHasNoHistory(t *testing.T) {
	s := open(t, "", Options{InMemory: true})
	defer closed(t, s)
	c := newChain(1)
	c.commit(t, s, 100)
	it, err := s.db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	if it.SeekGE([]byte{rowHistory}) && it.Key()[0] == rowHistory {
		t.Fatalf("row %x records what was before the first block", it.Key())
	}
}

func TestPruningRemovesRows(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, "", Options{FS: fs})
	c := newChain(3)
	for range 100 {
		c.commit(t, s, 10)
	}
	closed(t, s)
	s = open(t, "", Options{FS: fs, History: 5})
	defer closed(t, s)
	c.commit(t, s, 10)
	if s.Oldest() != prunesPerCommit {
		t.Fatalf("one commit pruned to %d, want %d", s.Oldest(), prunesPerCommit)
	}
	c.commit(t, s, 10)
	if want := uint32(len(c.blocks) - 1 - 5); s.Oldest() != want {
		t.Fatalf("two commits pruned to %d, want %d", s.Oldest(), want)
	}
	it, err := s.db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	for ok := it.SeekGE([]byte{rowHistory}); ok && it.Key()[0] == rowHistory; ok = it.Next() {
		if _, h, err := parseHistoryRow(it.Key()); err != nil || h <= s.Oldest() {
			t.Fatalf("row %x of height %d is left, %v", it.Key(), h, err)
		}
	}
	if err := s.Revert(10); !errors.Is(err, ErrPruned) {
		t.Fatalf("revert below the history kept: %v", err)
	}
}

func TestCommitRefuses(t *testing.T) {
	s := open(t, "", Options{InMemory: true})
	defer closed(t, s)
	c := newChain(2)
	c.commit(t, s, 10)
	for name, spoil := range map[string]func(*Block){
		"height":    func(b *Block) { b.Height++ },
		"parent":    func(b *Block) { b.Parent[0]++ },
		"root":      func(b *Block) { b.StateRoot[0]++ },
		"order":     func(b *Block) { slices.Reverse(b.Changes) },
		"duplicate": func(b *Block) { b.Changes = append(b.Changes, b.Changes[len(b.Changes)-1]) },
	} {
		b, tr := c.next(10)
		c.revert(0)
		spoil(b)
		if err := s.Commit(b, tr); err == nil {
			t.Errorf("a block with a wrong %s was taken", name)
		}
	}
	c.check(t, s)
}

// TestReadersBesideWrites reads views at many heights while blocks are committed and reverted.
func TestReadersBesideWrites(t *testing.T) {
	s := open(t, "", Options{InMemory: true, History: 40})
	c := newChain(11)
	for range 20 {
		c.commit(t, s, 20)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 3 {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				v := s.Latest()
				if head := v.Block().Height; r.IntN(2) == 0 && head > s.Oldest() {
					v.Close()
					var err error
					if v, err = s.At(head - 1); err != nil {
						continue // reverted or pruned meanwhile
					}
				}
				tr, err := v.Trie()
				if err != nil {
					t.Errorf("trie of block %d: %v", v.Block().Height, err)
					return
				}
				if got := trie.Build(v.Iterate(nil, nil)).Root(); got != tr.Root() {
					t.Errorf("rows of block %d have root %x, its trie %x", v.Block().Height, got, tr.Root())
					return
				}
				v.Close()
			}
		})
	}
	for i := range 60 {
		if i%15 == 14 {
			to := uint32(len(c.blocks) - 4)
			if err := s.Revert(to); err != nil {
				t.Fatal(err)
			}
			c.revert(to)
		}
		c.commit(t, s, 20)
	}
	close(done)
	readers.Wait()
	c.check(t, s)
	closed(t, s)
}
