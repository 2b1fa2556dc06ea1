// Package storage is the chain's view of its state: an overlay of changes over a committed base, with nested transactions, and typed
// items (Value, Map, DoubleMap, NMap) that are declared once as struct fields. Keys and values are Substrate's, byte for byte.
//
// Reads do not return errors: an absent key is the item's default, or ok == false. A value that does not decode is corruption of the
// database: reading it panics with a *Corruption that names the item, and the executive stops the node.
//
// It deliberately holds no database (node/store), no trie (chain/trie) and no meaning of any item (the pallets).
package storage

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"github.com/myelin-go/myelin/chain/trie"
)

// Reader is a committed state, in the order of its keys. What it returns must not be changed and stays valid.
type Reader interface {
	// Get returns the value of a key.
	Get(key []byte) (value []byte, ok bool)
	// Next returns the smallest key that is greater than key.
	Next(key []byte) (next []byte, ok bool)
}

// Change is one changed row; a nil Value removes the key.
type Change = trie.Change

// Slot is a row of a State, known by its key. Whoever reads and writes the same key often keeps its Slot, which spares finding it each time.
// A Slot belongs to its State and stays good as long as that.
type Slot struct {
	key     string
	value   []byte // nil when absent; means nothing when neither read nor written
	base    []byte // what the base holds, once read
	read    bool
	written bool // value goes before the base's
}

// State is an overlay over a Reader. It is not safe for concurrent use, except that any number of goroutines may read one that nothing was
// written to and that does not remember.
type State struct {
	base     Reader
	remember bool
	rows     map[string]*Slot
	fresh    []*Slot                  // written rows that are not in order yet, in the order of their first writing
	order    btree.Map[string, *Slot] // the other written rows
	journal  []undo
	marks    []int // journal length at each open transaction

	// Memory is taken in large pieces: a block makes thousands of small rows.
	slots  []Slot
	keys   strings.Builder
	values []byte
	probe  []byte // the key under which the base is asked
	room   []byte // the key that an item works with

	// What states that remember were told or have worked out:
	after  map[string]successor  // what follows a key in the base
	blakes map[[32]byte][16]byte // the hashes of accounts
}

type successor struct {
	key string
	ok  bool
}

// Key is the key of the row, in memory of its own.
func (r *Slot) Key() []byte { return []byte(r.key) }

type undo struct {
	row *Slot
	was []byte
	had bool // the row was written before
}

// New lays an empty overlay over base; a nil base is an empty state.
func New(base Reader) *State {
	if base == nil {
		base = Empty{}
	}
	return &State{base: base, rows: map[string]*Slot{}}
}

// NewRemembering is New for a state that is read and written much, as by a block: it asks the base for each key once only, and keeps what it
// was told.
func NewRemembering(base Reader) *State {
	s := New(base)
	s.remember = true
	s.room = make([]byte, 0, keyRoom)
	s.after = map[string]successor{}
	s.blakes = map[[32]byte][16]byte{}
	return s
}

// Base is what the overlay lies over.
func (s *State) Base() Reader { return s.base }

// Empty is a Reader without rows.
type Empty struct{}

// Get finds nothing.
func (Empty) Get([]byte) ([]byte, bool) { return nil, false }

// Next finds nothing.
func (Empty) Next([]byte) ([]byte, bool) { return nil, false }

// Get returns the value of a key; it must not be changed.
func (s *State) Get(key []byte) ([]byte, bool) {
	if r, ok := s.rows[string(key)]; ok {
		return s.Load(r)
	}
	if s.remember {
		return s.Load(s.add(key))
	}
	return s.base.Get(key)
}

// Slot finds the row of a key, present or not.
func (s *State) Slot(key []byte) *Slot {
	if r, ok := s.rows[string(key)]; ok {
		return r
	}
	return s.add(key)
}

// key is memory for a storage key that begins with a prefix. States that remember belong to one goroutine and have it once; there a key is good
// until the next one.
func (s *State) key(prefix *[32]byte) []byte {
	if s.remember {
		return append(s.room[:0], prefix[:]...)
	}
	return append(make([]byte, 0, keyRoom), prefix[:]...)
}

// seal is HasherCode.seal; hashes of accounts, which most keys contain, are worked out once only.
func (s *State) seal(code HasherCode, dst []byte, at int) []byte {
	const account, room = 32, 16
	if code != blake128Concat || !s.remember || len(dst) != at+room+account {
		return code.seal(dst, at)
	}
	key := [account]byte(dst[at+room:])
	hashed, ok := s.blakes[key]
	if !ok {
		dst = code.seal(dst, at)
		s.blakes[key] = [room]byte(dst[at:])
		return dst
	}
	copy(dst[at:], hashed[:])
	return dst
}

const (
	keyRoom    = 32 + 3*48 // of most keys
	slotPiece  = 64
	keyPiece   = 8 << 10
	valuePiece = 16 << 10
)

func (s *State) add(key []byte) *Slot {
	if len(s.slots) == 0 {
		s.slots = make([]Slot, slotPiece)
	}
	r := &s.slots[0]
	s.slots = s.slots[1:]
	if s.keys.Cap()-s.keys.Len() < len(key) {
		s.keys = strings.Builder{}
		s.keys.Grow(max(keyPiece, len(key)))
	}
	from := s.keys.Len()
	s.keys.Write(key)
	r.key = s.keys.String()[from:]
	s.rows[r.key] = r
	return r
}

// Buffer is memory for a value of about size bytes: an empty slice to append to and then to Set or Store.
func (s *State) Buffer(size int) []byte {
	if cap(s.values)-len(s.values) < size {
		s.values = make([]byte, 0, max(valuePiece, size))
	}
	n := len(s.values)
	s.values = s.values[:n+size]
	return s.values[n : n : n+size]
}

// Load is Get for a Slot.
func (s *State) Load(r *Slot) ([]byte, bool) {
	if !r.written {
		s.ask(r)
	}
	return r.value, r.value != nil
}

// ask makes sure that it is known what the base holds.
func (s *State) ask(r *Slot) {
	if r.read {
		return
	}
	s.probe = append(s.probe[:0], r.key...)
	was, ok := s.base.Get(s.probe)
	switch {
	case !ok:
		was = nil
	case was == nil:
		was = []byte{}
	}
	r.read, r.base = true, was
	if !r.written {
		r.value = was
	}
}

// Has tells whether the key has a value.
func (s *State) Has(key []byte) bool {
	_, ok := s.Get(key)
	return ok
}

// Set stores a value, which the caller must not change afterwards. An empty value is a value.
func (s *State) Set(key, value []byte) { s.Store(s.Slot(key), value) }

// Store is Set for a Slot.
func (s *State) Store(r *Slot, value []byte) {
	if value == nil {
		value = []byte{}
	}
	s.put(r, value)
}

// Delete removes a key; one that is absent stays so.
func (s *State) Delete(key []byte) { s.put(s.Slot(key), nil) }

// Remove is Delete for a Slot.
func (s *State) Remove(r *Slot) { s.put(r, nil) }

func (s *State) put(r *Slot, value []byte) {
	if len(s.marks) > 0 {
		s.journal = append(s.journal, undo{r, r.value, r.written})
	}
	if !r.written {
		r.written = true
		s.fresh = append(s.fresh, r)
	}
	r.value = value
}

// settle brings the written rows into their order.
func (s *State) settle() {
	if len(s.fresh) == 0 {
		return
	}
	for _, r := range s.fresh {
		s.order.Set(r.key, r)
	}
	s.fresh = s.fresh[:0]
}

// Next returns the smallest present key that is greater than key.
func (s *State) Next(key []byte) ([]byte, bool) {
	next, ok := s.next(string(key))
	if !ok {
		return nil, false
	}
	return []byte(next), true
}

func (s *State) next(after string) (string, bool) {
	s.settle()
	for {
		base := s.nextOfBase(after)
		over := s.nextWritten(after)
		switch {
		case over == nil:
			return base.key, base.ok
		case base.ok && base.key < over.key:
			return base.key, true
		case over.value != nil:
			return over.key, true
		}
		after = over.key // hidden: go on behind it
	}
}

func (s *State) nextOfBase(after string) successor {
	if next, ok := s.after[after]; ok {
		return next
	}
	if !s.remember {
		key, ok := s.base.Next([]byte(after))
		return successor{string(key), ok}
	}
	s.probe = append(s.probe[:0], after...)
	key, ok := s.base.Next(s.probe)
	next := successor{string(key), ok}
	s.after[after] = next
	return next
}

// nextWritten is the first written row behind a key, removed or not.
func (s *State) nextWritten(after string) (next *Slot) {
	s.order.Ascend(after, func(k string, r *Slot) bool {
		if k == after {
			return true
		}
		next = r
		return false
	})
	return next
}

// Keys goes through the present keys that begin with prefix, in order. The state may change on the way: each step looks for the
// next key afresh.
func (s *State) Keys(prefix []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if s.Has(prefix) && !yield(slices.Clone(prefix)) {
			return
		}
		for key := range s.walk(prefix) {
			if !yield(slices.Clone(key)) {
				return
			}
		}
	}
}

// walk goes through the present keys that are longer than prefix and begin with it. Each is good until the next one.
func (s *State) walk(prefix []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		buf := make([]byte, 0, keyRoom)
		begin := string(prefix)
		for key, ok := s.next(begin); ok && strings.HasPrefix(key, begin); key, ok = s.next(key) {
			if buf = append(buf[:0], key...); !yield(buf) {
				return
			}
		}
	}
}

// DeletePrefix removes every key that begins with prefix and returns how many.
func (s *State) DeletePrefix(prefix []byte) int {
	n := 0
	if s.Has(prefix) {
		s.Delete(prefix)
		n++
	}
	for key := range s.walk(prefix) {
		s.Delete(key)
		n++
	}
	return n
}

// Begin opens a transaction; they nest.
func (s *State) Begin() { s.marks = append(s.marks, len(s.journal)) }

// Commit closes the innermost transaction and keeps its changes.
func (s *State) Commit() {
	s.marks = s.marks[:len(s.marks)-1]
	if len(s.marks) == 0 {
		s.journal = s.journal[:0]
	}
}

// Rollback closes the innermost transaction and takes its changes back.
func (s *State) Rollback() {
	mark := s.marks[len(s.marks)-1]
	s.marks = s.marks[:len(s.marks)-1]
	for i := len(s.journal) - 1; i >= mark; i-- {
		u := s.journal[i]
		u.row.value, u.row.written = u.was, u.had
		switch last := len(s.fresh) - 1; {
		case u.had:
			continue
		case last >= 0 && s.fresh[last] == u.row: // rows leave in the opposite order of their coming
			s.fresh = s.fresh[:last]
		default:
			s.order.Delete(u.row.key)
		}
		if u.row.read {
			u.row.value = u.row.base
		}
	}
	s.journal = s.journal[:mark]
}

// Depth is the number of open transactions.
func (s *State) Depth() int { return len(s.marks) }

// Changes lists the rows that differ from the base, in the order of their keys.
func (s *State) Changes() []Change {
	rows := slices.Grow(s.order.Values(), len(s.fresh))
	rows = append(rows, s.fresh...)
	slices.SortFunc(rows, func(a, b *Slot) int { return strings.Compare(a.key, b.key) })
	size := 0
	kept := rows[:0]
	for _, r := range rows {
		if s.ask(r); (r.base != nil) != (r.value != nil) || !bytes.Equal(r.base, r.value) {
			kept = append(kept, r)
			size += len(r.key)
		}
	}
	out := make([]Change, len(kept))
	keys := make([]byte, 0, size)
	for i, r := range kept {
		from := len(keys)
		keys = append(keys, r.key...)
		out[i] = Change{Key: keys[from:len(keys):len(keys)], Value: r.value}
	}
	return out
}

// Corruption is the panic of a read whose value does not decode.
type Corruption struct {
	Item string
	Key  []byte
	Err  error
}

// Error names the item, the key and the reason.
func (c *Corruption) Error() string {
	return fmt.Sprintf("state is corrupt: %s at key %x: %v", c.Item, c.Key, c.Err)
}
