// Package store keeps a chain on disk: the state of every block as flat rows with history, the blocks with their index, and
// what is needed to undo them. It is the only importer of Pebble.
//
// A block enters in one synced batch, so after a crash the store holds either all of it or nothing. State rows are laid out
// for reading (see rows.go); the Merkle trie over them lives in memory and is rebuilt when the store is opened.
//
// Deliberately not here: what the keys and values mean (chain/storage), what a header says (bt) and whether a block is valid
// (chain). The store trusts its caller except for one thing: a block whose trie does not have the block's state root is refused.
package store

import (
	"errors"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/myelin-go/myelin/chain/trie"
)

// Options tell how a store is opened. The zero value is a durable store on disk that keeps all history.
type Options struct {
	// FS holds the files; nil is the disk, vfs.NewMem() memory.
	FS vfs.FS
	// InMemory keeps everything in memory that is gone after Close; it goes before FS.
	InMemory bool
	// NoSync leaves it to the operating system when a commit reaches the disk. A crash of the process loses nothing, one of the
	// machine may lose the last blocks, but never part of one. Right for simulations.
	NoSync bool
	// CacheSize bounds the block cache in bytes and sets the size of the write buffers; 0 is 8 MiB, which keeps a small chain small.
	// With a million keys give 64 MiB or more: commits of thousands of keys then need not wait for compactions.
	CacheSize int64
	// History is how many blocks behind the head stay readable and undoable; 0 keeps all. Headers, extrinsics and the block
	// index are kept in any case.
	History uint32
}

// KV is one pair of Block.Extra.
type KV struct{ Key, Value []byte }

// Ref names a block.
type Ref struct {
	Height uint32
	Hash   [32]byte
}

// Block is what Commit writes.
type Block struct {
	Height       uint32
	Hash, Parent [32]byte
	StateRoot    [32]byte      // after the block
	Header       []byte        // SCALE of the Substrate header
	Extrinsics   [][]byte      // each as on the wire, with its length prefix
	Changes      []trie.Change // of the state, in ascending order of keys, each key once
	Extra        []KV          // anything else to be kept with the block: justification, the engine's last height
}

var (
	// ErrUnknownBlock is wrapped where a block is asked for that the store never had.
	ErrUnknownBlock = errors.New("unknown block")
	// ErrPruned is wrapped where a block's state is asked for that is older than the history kept.
	ErrPruned = errors.New("state is pruned")
	// ErrCorrupt is wrapped where the rows contradict each other.
	ErrCorrupt = errors.New("store is corrupt")
)

// Store is safe for use by any number of goroutines; commits and reverts exclude each other. Reads return no errors: a disk that
// fails or rows that cannot be read are no answer that a caller could act on, so they panic with an error that says what failed.
type Store struct {
	db      *pebble.DB
	history uint32

	writing sync.Mutex // held over a whole Commit, Revert or Checkpoint
	failed  error      // the first failed write: what the disk holds now only a new Open can tell

	mu      sync.Mutex // over what follows
	genesis Ref
	now     *moment    // the last write
	past    []pastTrie // the tries made last for blocks behind the head
	views   map[*View]struct{}
}

func (s *Store) moment() moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.now
}

// Head is the last block committed; ok is false while there is none.
func (s *Store) Head() (head Ref, ok bool) {
	now := s.moment()
	return now.head, now.filled
}

// Genesis is the hash of the first block committed; zero while there is none.
func (s *Store) Genesis() [32]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.genesis.Hash
}

// Oldest is the lowest height whose state can be read and reverted to.
func (s *Store) Oldest() uint32 { return s.moment().oldest }

// Trie is the trie of the head; it is empty while there is none.
func (s *Store) Trie() *trie.Trie { return s.moment().trie }
