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
	written bool  // value goes before the base's
	next    *Slot // of rows in the state's order
}

// State is an overlay over a Reader. It is not safe for concurrent use, except that any number of goroutines may read one that nothing was
// written to and that does not remember.
type State struct {
	base     Reader
	remember bool
	rows     map[string]*Slot
	fresh    []*Slot                  // written rows that are not in order yet, in the order of their first writing
	order    btree.Map[string, *Slot] // the other written rows
	left     uint64                   // how often a row left the order
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
		if before := s.before(r); before != nil {
			r.next, before.next = before.next, r
		} else {
			r.next = s.firstWritten(r.key)
		}
	}
	s.fresh = s.fresh[:0]
}

// before is the row that comes before another in the order, or nil.
func (s *State) before(r *Slot) (before *Slot) {
	s.order.Descend(r.key, func(_ string, other *Slot) bool {
		if other == r {
			return true
		}
		before = other
		return false
	})
	return before
}

// firstWritten is the first row in the order behind a key, removed or not.
func (s *State) firstWritten(after string) (first *Slot) {
	s.order.Ascend(after, func(key string, r *Slot) bool {
		if key == after {
			return true
		}
		first = r
		return false
	})
	return first
}

// Next returns the smallest present key that is greater than key.
func (s *State) Next(key []byte) ([]byte, bool) {
	from := s.cursor(string(key))
	next, _, ok := from.next()
	if !ok {
		return nil, false
	}
	return []byte(next), true
}

// cursor goes through the present keys in order. The state may change on the way: what comes next is what then stands behind the last key.
type cursor struct {
	s     *State
	after string
	base  successor // of after in the base, unless stale
	stale bool

	// A row of the order at or before after, from where the next is near. When rows left the order since, it may be no more one of it.
	near *Slot
	left uint64
}

// cursor is one behind a key.
func (s *State) cursor(after string) cursor { return cursor{s: s, after: after, stale: true} }

// next steps to the next present key; row is nil where only the base has been asked for it.
func (c *cursor) next() (key string, row *Slot, ok bool) {
	for {
		if c.stale {
			c.base, c.stale = c.s.nextOfBase(c.after), false
		}
		switch row := c.nextWritten(); {
		case row != nil && (!c.base.ok || row.key <= c.base.key):
			c.near, c.after, c.stale = row, row.key, c.base.ok && row.key == c.base.key
			if row.value != nil { // else it is hidden: go on behind it
				return row.key, row, true
			}
		case c.base.ok:
			c.after, c.stale = c.base.key, true
			return c.after, nil, true
		default:
			return "", nil, false
		}
	}
}

// nextWritten is the first written row behind the last key, removed or not.
func (c *cursor) nextWritten() *Slot {
	c.s.settle()
	if c.near == nil || c.left != c.s.left {
		c.near, c.left = nil, c.s.left
		return c.s.firstWritten(c.after)
	}
	row := c.near.next
	for row != nil && row.key <= c.after {
		c.near, row = row, row.next
	}
	return row
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

// walk goes through the present keys that are longer than prefix and begin with it, with their rows, or nil where only the base has been asked for one. Each key
// is good until the next one.
func (s *State) walk(prefix []byte) iter.Seq2[[]byte, *Slot] {
	return func(yield func([]byte, *Slot) bool) {
		buf := make([]byte, 0, keyRoom)
		begin := string(prefix)
		from := s.cursor(begin)
		for key, row, ok := from.next(); ok && strings.HasPrefix(key, begin); key, row, ok = from.next() {
			if buf = append(buf[:0], key...); !yield(buf, row) {
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
	for key, row := range s.walk(prefix) {
		if row == nil {
			row = s.Slot(key)
		}
		s.put(row, nil)
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
			if before := s.before(u.row); before != nil {
				before.next = u.row.next
			}
			s.order.Delete(u.row.key)
			s.left++
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
