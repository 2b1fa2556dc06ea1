package store

import (
	"bytes"
	"fmt"
	"iter"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/myelin-go/myelin/chain/trie"
)

// View is the state after one block. It stays the same while blocks are committed, reverted and pruned, and may be used by
// any number of goroutines, until Close.
type View struct {
	store *Store
	at    *moment
	block Ref // whose state this is
}

// moment is the store after one write: a snapshot and what belongs to it, shared by the views taken until the next write.
type moment struct {
	snap   *pebble.Snapshot
	filled bool
	head   Ref
	oldest uint32 // the lowest height whose state can be read
	trie   *trie.Trie
	users  int // views, and the store while this is its newest moment; under Store.mu
}

// advance makes the rows as they are now the newest moment.
func (s *Store) advance(filled bool, head Ref, oldest uint32, t *trie.Trie) {
	m := &moment{snap: s.db.NewSnapshot(), filled: filled, head: head, oldest: oldest, trie: t, users: 1}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.now
	s.now = m
	if before != nil {
		s.leave(before)
	}
}

// leave ends one use of a moment; mu is held.
func (s *Store) leave(m *moment) {
	if m.users--; m.users == 0 {
		must(0, m.snap.Close())
	}
}

// Latest is the state after the head, or an empty one while there is none.
func (s *Store) Latest() *View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(s.now.head)
}

// At is the state after the block of a height, which must lie between Oldest and the head.
func (s *Store) At(height uint32) (*View, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now
	switch {
	case !now.filled || height > now.head.Height || height < s.genesis.Height:
		return nil, fmt.Errorf("%w: height %d, have %d to %d", ErrUnknownBlock, height, s.genesis.Height, now.head.Height)
	case height < now.oldest:
		return nil, fmt.Errorf("%w: height %d, kept from %d on", ErrPruned, height, now.oldest)
	}
	raw, _ := mustGet(now.snap, heightRow(rowHash, height))
	hash, _, err := parseBlock(raw)
	if err != nil {
		return nil, err
	}
	return s.view(Ref{height, hash}), nil
}

func (s *Store) view(block Ref) *View {
	v := &View{store: s, at: s.now, block: block}
	s.now.users++
	s.views[v] = struct{}{}
	return v
}

// Views is how many views are open.
func (s *Store) Views() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.views)
}

// Block names the block whose state this is.
func (v *View) Block() Ref { return v.block }

// Close gives the view back; it may be called more than once.
func (v *View) Close() {
	v.store.mu.Lock()
	defer v.store.mu.Unlock()
	v.store.release(v)
}

// release is Close with mu held.
func (s *Store) release(v *View) {
	if _, open := s.views[v]; open {
		delete(s.views, v)
		s.leave(v.at)
	}
}

func (v *View) latest() bool { return v.block == v.at.head }

// Get reads a key; the result is the caller's.
func (v *View) Get(key []byte) (value []byte, ok bool) {
	if !v.latest() {
		if value, present, found := v.before(key); found {
			return value, present
		}
	}
	return mustGet(v.at.snap, stateRow(key))
}

// before finds what a later block found under the key, if one changed it.
func (v *View) before(key []byte) (value []byte, present, found bool) {
	prefix := historyPrefix(key)
	it := must(v.at.snap.NewIter(&pebble.IterOptions{LowerBound: historyRow(key, v.block.Height+1), UpperBound: after(prefix)}))
	if found = it.First(); found {
		old, there, err := parseOldValue(it.Value())
		must(0, err)
		value, present = bytes.Clone(old), there
	}
	must(0, it.Close())
	return value, present, found
}

// Next is the smallest key greater than the given one.
func (v *View) Next(key []byte) (next []byte, ok bool) {
	for k := range v.Iterate(nil, append(bytes.Clone(key), 0)) {
		return k, true
	}
	return nil, false
}

// Iterate gives the keys that begin with prefix and are not smaller than from, in ascending order, with their values. The slices
// are the caller's.
func (v *View) Iterate(prefix, from []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := v.cursor(prefix, from)
		defer c.close()
		for c.next() {
			if !yield(c.key, c.value) {
				return
			}
		}
	}
}

// changesSince lists, in order, the keys that blocks after this one changed, with what they hold here: applied to the head's
// state they give this one.
func (v *View) changesSince() ([]trie.Change, error) {
	var keys [][]byte
	for h := v.at.head.Height; h > v.block.Height; h-- {
		changed, err := changedKeys(v.at.snap, h)
		if err != nil {
			return nil, err
		}
		keys = append(keys, changed...)
	}
	slices.SortFunc(keys, bytes.Compare)
	keys = slices.CompactFunc(keys, bytes.Equal)
	changes := make([]trie.Change, len(keys))
	for i, key := range keys {
		value, ok := v.Get(key)
		if ok && value == nil {
			value = []byte{}
		}
		changes[i] = trie.Change{Key: key, Value: value}
	}
	return changes, nil
}

// pastTries is how many tries of blocks behind the head are remembered.
const pastTries = 4

// pastTrie is the trie of a block behind the head.
type pastTrie struct {
	block [32]byte
	trie  *trie.Trie
}

// Trie is the trie of the view's block. Behind the head it is made from the head's by undoing the blocks between, at the price of
// one historical read for every key they changed; the last few are remembered.
func (v *View) Trie() (*trie.Trie, error) {
	if v.latest() {
		return v.at.trie, nil
	}
	s := v.store
	s.mu.Lock()
	i := slices.IndexFunc(s.past, func(p pastTrie) bool { return p.block == v.block.Hash })
	if i >= 0 {
		defer s.mu.Unlock()
		return s.past[i].trie, nil
	}
	s.mu.Unlock()
	changes, err := v.changesSince()
	if err != nil {
		return nil, err
	}
	t := v.at.trie.Update(changes)
	raw, _ := mustGet(v.at.snap, heightRow(rowHash, v.block.Height))
	_, want, err := parseBlock(raw)
	if err != nil {
		return nil, err
	}
	if got := t.Root(); got != want {
		return nil, fmt.Errorf("%w: undone to height %d the state has root %x, the block %x", ErrCorrupt, v.block.Height, got, want)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.past) == pastTries {
		s.past = slices.Delete(s.past, 0, 1)
	}
	s.past = append(s.past, pastTrie{v.block.Hash, t})
	return t, nil
}

// Prove collects a proof of the keys, present or absent, against the block's state root; see trie.Prove for its form.
func (v *View) Prove(keys [][]byte) ([][]byte, error) {
	t, err := v.Trie()
	if err != nil {
		return nil, err
	}
	return t.Prove(keys, v.Get)
}

// Prove is View.Prove at a height.
func (s *Store) Prove(height uint32, keys [][]byte) ([][]byte, error) {
	v, err := s.At(height)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return v.Prove(keys)
}
