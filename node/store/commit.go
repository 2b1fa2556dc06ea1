package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/myelin-go/myelin/chain/trie"
	"github.com/myelin-go/myelin/internal/hash"
)

// prunesPerCommit bounds the work of a commit after the kept history was made shorter.
const prunesPerCommit = 64

// Commit writes a block and its state in one batch, synced unless Options say otherwise, and makes it the head. newTrie is the
// trie after the block. The first block committed is the genesis and may have any height. An error means that the block is
// not in the store, unless the disk failed: then every later write is refused and only a new Open tells.
func (s *Store) Commit(b *Block, newTrie *trie.Trie) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	head, filled := s.Head()
	if err := check(b, newTrie, head, filled); err != nil {
		return fmt.Errorf("commit block %d: %w", b.Height, err)
	}
	genesis, oldest := s.genesis, s.Oldest()
	if !filled {
		genesis, oldest = Ref{b.Height, b.Hash}, b.Height
	}
	batch := s.db.NewBatchWithSize(sizeHint(b))
	defer batch.Close()
	w := writer{batch: batch, db: s.db}
	w.state(b, filled)
	w.block(b)
	if filled && s.history > 0 {
		for n := 0; n < prunesPerCommit && b.Height-oldest > s.history; n++ {
			oldest++
			w.forget(oldest)
		}
	}
	w.meta(Ref{b.Height, b.Hash}, genesis, oldest)
	if err := s.apply(&w); err != nil {
		return fmt.Errorf("commit block %d: %w", b.Height, err)
	}
	s.mu.Lock()
	s.genesis = genesis
	s.mu.Unlock()
	s.advance(true, Ref{b.Height, b.Hash}, oldest, newTrie)
	return nil
}

// sizeHint guesses the bytes of a block's batch, so that it need not be copied as it grows.
func sizeHint(b *Block) int {
	n := 4096
	for _, c := range b.Changes {
		n += 3*len(c.Key) + 2*len(c.Value) + 64 // three rows name the key, two hold a value
	}
	for _, x := range b.Extrinsics {
		n += len(x) + 64
	}
	return n
}

func check(b *Block, newTrie *trie.Trie, head Ref, filled bool) error {
	if filled && (b.Height != head.Height+1 || b.Parent != head.Hash) {
		return fmt.Errorf("its parent is %x, the head is block %d with hash %x", b.Parent, head.Height, head.Hash)
	}
	if root := newTrie.Root(); root != b.StateRoot {
		return fmt.Errorf("trie has root %x, the block %x", root, b.StateRoot)
	}
	for i := 1; i < len(b.Changes); i++ {
		if bytes.Compare(b.Changes[i-1].Key, b.Changes[i].Key) >= 0 {
			return fmt.Errorf("changes %d and %d are not in ascending order of keys: %x, %x", i-1, i, b.Changes[i-1].Key, b.Changes[i].Key)
		}
	}
	return nil
}

// apply commits a batch. The first failure ends all writing.
func (s *Store) apply(w *writer) (err error) {
	if s.failed != nil {
		return fmt.Errorf("an earlier write failed, open the store anew: %w", s.failed)
	}
	if w.err != nil {
		return w.err
	}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case fatal:
			err = p
		default:
			panic(p)
		}
		s.failed = err
	}()
	return s.db.Apply(w.batch, pebble.Sync)
}

// writer fills a batch and holds the first error.
type writer struct {
	batch *pebble.Batch
	db    *pebble.DB
	err   error
}

func (w *writer) set(row, value []byte) {
	if w.err == nil {
		w.err = w.batch.Set(row, value, nil)
	}
}

func (w *writer) del(row []byte) {
	if w.err == nil {
		w.err = w.batch.Delete(row, nil)
	}
}

func (w *writer) get(row []byte) ([]byte, bool) {
	if w.err != nil {
		return nil, false
	}
	v, ok, err := get(w.db, row)
	w.err = err
	return v, ok
}

// state writes the changed rows and, unless the block is the first, what they held before.
func (w *writer) state(b *Block, history bool) {
	var changed [][]byte
	for _, c := range b.Changes {
		row := stateRow(c.Key)
		if history {
			old, present := w.get(row)
			if present == (c.Value != nil) && bytes.Equal(old, c.Value) {
				continue
			}
			w.set(historyRow(c.Key, b.Height), oldValue(old, present))
			changed = append(changed, c.Key)
		}
		if c.Value == nil {
			w.del(row)
		} else {
			w.set(row, c.Value)
		}
	}
	w.set(heightRow(rowChanged, b.Height), appendList(nil, changed))
}

// block writes the block and its index.
func (w *writer) block(b *Block) {
	height := binary.BigEndian.AppendUint32(nil, b.Height)
	w.set(heightRow(rowHash, b.Height), append(b.Hash[:len(b.Hash):len(b.Hash)], b.StateRoot[:]...))
	w.set(hashRow(rowHeight, b.Hash), height)
	w.set(heightRow(rowHeader, b.Height), b.Header)
	w.set(heightRow(rowBody, b.Height), appendList(nil, b.Extrinsics))
	for _, kv := range b.Extra {
		w.set(extraRow(b.Height, kv.Key), kv.Value)
	}
	for i, x := range b.Extrinsics {
		row := hashRow(rowExtrinsic, hash.Blake256(x))
		if _, known := w.get(row); !known {
			w.set(row, binary.BigEndian.AppendUint32(height[:4:4], uint32(i)))
		}
	}
}

// forget drops the history that only reads below the height need.
func (w *writer) forget(height uint32) {
	for _, key := range w.changed(height) {
		w.del(historyRow(key, height))
	}
	w.del(heightRow(rowChanged, height))
}

func (w *writer) changed(height uint32) [][]byte {
	if w.err != nil {
		return nil
	}
	keys, err := changedKeys(w.db, height)
	w.err = err
	return keys
}

// changedKeys lists the keys that a block changed.
func changedKeys(r pebble.Reader, height uint32) ([][]byte, error) {
	raw, ok, err := get(r, heightRow(rowChanged, height))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: block %d has no list of changed keys", ErrCorrupt, height)
	}
	return parseList(raw)
}

func (w *writer) meta(head, genesis Ref, oldest uint32) {
	w.set(metaLayout, binary.BigEndian.AppendUint32(nil, layout))
	w.set(metaHead, encodeRef(head))
	w.set(metaGenesis, encodeRef(genesis))
	w.set(metaOldest, binary.BigEndian.AppendUint32(nil, oldest))
}

// Revert undoes all blocks above a height, in one batch, as if they had never been. Views taken before stay as they are.
func (s *Store) Revert(height uint32) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	head := s.moment().head
	view, err := s.At(height)
	if err != nil {
		return fmt.Errorf("revert to block %d: %w", height, err)
	}
	defer view.Close()
	if height == head.Height {
		return nil
	}
	changes, err := view.changesSince()
	if err != nil {
		return fmt.Errorf("revert to block %d: %w", height, err)
	}
	t, err := view.Trie()
	if err != nil {
		return fmt.Errorf("revert to block %d: %w", height, err)
	}
	batch := s.db.NewBatch()
	defer batch.Close()
	w := writer{batch: batch, db: s.db}
	for _, c := range changes {
		if c.Value == nil {
			w.del(stateRow(c.Key))
		} else {
			w.set(stateRow(c.Key), c.Value)
		}
	}
	for h := head.Height; h > height; h-- {
		for _, key := range w.changed(h) {
			w.del(historyRow(key, h))
		}
		w.unindex(h)
	}
	for _, kind := range []byte{rowChanged, rowHash, rowHeader, rowBody, rowExtra} {
		if w.err == nil {
			w.err = batch.DeleteRange(heightRow(kind, height+1), []byte{kind + 1}, nil)
		}
	}
	to := view.block
	w.meta(to, s.genesis, s.Oldest())
	if err := s.apply(&w); err != nil {
		return fmt.Errorf("revert to block %d: %w", height, err)
	}
	s.advance(true, to, s.Oldest(), t)
	return nil
}

// unindex removes the rows that lead to a block by hashes.
func (w *writer) unindex(height uint32) {
	raw, _ := w.get(heightRow(rowHash, height))
	block, _, err := parseBlock(raw)
	w.err = errors.Join(w.err, err)
	w.del(hashRow(rowHeight, block))
	raw, _ = w.get(heightRow(rowBody, height))
	xs, err := parseList(raw)
	w.err = errors.Join(w.err, err)
	for _, x := range xs {
		row := hashRow(rowExtrinsic, hash.Blake256(x))
		place, ok := w.get(row)
		if ok && bytes.Equal(place[:4], binary.BigEndian.AppendUint32(nil, height)) {
			w.del(row)
		}
	}
}
