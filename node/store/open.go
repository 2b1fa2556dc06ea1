package store

import (
	"errors"
	"fmt"
	"iter"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/myelin-go/myelin/chain/trie"
)

const (
	defaultCache = 8 << 20
	// A write buffer is as large as the cache within these bounds: small for a small chain's resident memory, for up to
	// writeBuffers of them may be alive at once while Pebble is busy writing them out.
	minWriteBuffer = 8 << 20
	maxWriteBuffer = 64 << 20
	writeBuffers   = 4
)

// fatal is what Pebble reports when it cannot go on. It ends the process unless it comes up inside one of our writes, which
// turns it into an error.
type fatal struct{ error }

type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic(fatal{fmt.Errorf("store: "+format, args...)})
}

// Open opens the store in a directory and makes one if there is none. It reads all state rows to rebuild the trie (about
// a second for a million keys) and fails with ErrCorrupt when the trie is not the one that the head block promised.
func Open(dir string, opts Options) (*Store, error) {
	fs := opts.FS
	switch {
	case opts.InMemory:
		fs = vfs.NewMem()
	case fs == nil:
		fs = vfs.Default
	}
	if opts.NoSync {
		fs = unsynced{fs}
	}
	cache := opts.CacheSize
	if cache == 0 {
		cache = defaultCache
	}
	po := &pebble.Options{
		FS:                 fs,
		CacheSize:          cache,
		MemTableSize:       uint64(min(max(cache, minWriteBuffer), maxWriteBuffer)),
		FormatMajorVersion: pebble.FormatNewest,
		Logger:             quiet{},

		MemTableStopWritesThreshold: writeBuffers,
	}
	for i := range po.Levels {
		po.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	db, err := pebble.Open(dir, po)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", dir, err)
	}
	s := &Store{db: db, history: opts.History, views: map[*View]struct{}{}}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, err), db.Close())
	}
	return s, nil
}

// load reads the head and what belongs to it.
func (s *Store) load() error {
	raw, ok, err := get(s.db, metaLayout)
	if err != nil {
		return err
	}
	if !ok { // a store without blocks has no rows at all
		s.advance(false, Ref{}, 0, new(trie.Trie))
		return nil
	}
	if number, err := parseHeight(raw); err != nil || number != layout {
		return fmt.Errorf("layout of rows is %x, this program reads %d: resync, or use the program that wrote it", raw, layout)
	}
	head, err := s.ref(metaHead)
	if err != nil {
		return err
	}
	if s.genesis, err = s.ref(metaGenesis); err != nil {
		return err
	}
	if raw, _, err = get(s.db, metaOldest); err != nil {
		return err
	}
	oldest, err := parseHeight(raw)
	if err != nil {
		return err
	}
	t, err := s.rebuild(head.Height)
	if err != nil {
		return err
	}
	s.advance(true, head, oldest, t)
	return nil
}

func (s *Store) ref(row []byte) (Ref, error) {
	raw, _, err := get(s.db, row)
	if err != nil {
		return Ref{}, err
	}
	return parseRef(raw)
}

// rebuild makes the trie from the state rows and holds it against the state root of the head, whose height is given.
func (s *Store) rebuild(height uint32) (*trie.Trie, error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{rowState}, UpperBound: []byte{rowState + 1}})
	if err != nil {
		return nil, err
	}
	t := trie.Build(rows(it))
	if err := it.Close(); err != nil {
		return nil, err
	}
	raw, _, err := get(s.db, heightRow(rowHash, height))
	if err != nil {
		return nil, err
	}
	_, want, err := parseBlock(raw)
	if err != nil {
		return nil, err
	}
	if got := t.Root(); got != want {
		return nil, fmt.Errorf("%w: state rows at height %d have root %x, the block has %x", ErrCorrupt, height, got, want)
	}
	return t, nil
}

// rows gives the state rows of an iterator without their kind byte; both slices are used again at the next step.
func rows(it *pebble.Iterator) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		for ok := it.First(); ok; ok = it.Next() {
			if !yield(it.Key()[1:], it.Value()) {
				return
			}
		}
	}
}

// get copies a row.
func get(r pebble.Reader, row []byte) (value []byte, ok bool, err error) {
	raw, closer, err := r.Get(row)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read row %x: %w", row, err)
	}
	return append(make([]byte, 0, len(raw)), raw...), true, closer.Close()
}

// mustGet is get for the reads that return no errors.
func mustGet(r pebble.Reader, row []byte) ([]byte, bool) {
	v, ok, err := get(r, row)
	if err != nil {
		panic(fmt.Errorf("store: %w", err))
	}
	return v, ok
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Errorf("store: %w", err))
	}
	return v
}

// Close waits for a write in progress, ends all views and closes the files. Nothing may be called after it.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range s.views {
		s.release(v)
	}
	s.leave(s.now)
	return s.db.Close()
}

// Checkpoint writes a copy of the store to a directory that must not exist, by hard links where the file system has them. The
// copy can be opened as a store.
func (s *Store) Checkpoint(dir string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return fmt.Errorf("checkpoint to %s: %w", dir, err)
	}
	return nil
}

// Verify rebuilds the trie from the rows and compares it with the one in use and with the head's state root.
func (s *Store) Verify() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	head, ok := s.Head()
	if !ok {
		return nil
	}
	t, err := s.rebuild(head.Height)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if got, want := s.Trie().Root(), t.Root(); got != want {
		return fmt.Errorf("verify: %w: trie in use has root %x, the rows %x", ErrCorrupt, got, want)
	}
	return nil
}
