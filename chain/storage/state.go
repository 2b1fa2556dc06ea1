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

// row is an overlay entry; a nil value hides the base's row. It holds its key, so that changing it again allocates none.
type row struct {
	key   string
	value []byte
}

// State is an overlay over a Reader. It is not safe for concurrent use.
type State struct {
	base    Reader
	rows    map[string]*row
	order   btree.Map[string, struct{}] // the keys of rows
	journal []undo
	marks   []int // journal length at each open transaction
}

type undo struct {
	row *row
	was []byte
	had bool // the row was there; else it came with this change
}

// New lays an empty overlay over base; a nil base is an empty state.
func New(base Reader) *State {
	if base == nil {
		base = Empty{}
	}
	return &State{base: base, rows: map[string]*row{}}
}

// Empty is a Reader without rows.
type Empty struct{}

// Get finds nothing.
func (Empty) Get([]byte) ([]byte, bool) { return nil, false }

// Next finds nothing.
func (Empty) Next([]byte) ([]byte, bool) { return nil, false }

// Get returns the value of a key; it must not be changed.
func (s *State) Get(key []byte) ([]byte, bool) {
	if r, ok := s.rows[string(key)]; ok {
		return r.value, r.value != nil
	}
	return s.base.Get(key)
}

// Has tells whether the key has a value.
func (s *State) Has(key []byte) bool {
	_, ok := s.Get(key)
	return ok
}

// Set stores a value, which the caller must not change afterwards. An empty value is a value.
func (s *State) Set(key, value []byte) {
	if value == nil {
		value = []byte{}
	}
	s.put(key, value)
}

// Delete removes a key; one that is absent stays so.
func (s *State) Delete(key []byte) { s.put(key, nil) }

func (s *State) put(key, value []byte) {
	r, had := s.rows[string(key)]
	if !had {
		r = &row{key: string(key)}
		s.rows[r.key] = r
		s.order.Set(r.key, struct{}{})
	}
	if len(s.marks) > 0 {
		s.journal = append(s.journal, undo{r, r.value, had})
	}
	r.value = value
}

// Next returns the smallest present key that is greater than key.
func (s *State) Next(key []byte) ([]byte, bool) {
	after := string(key)
	for {
		base, inBase := s.base.Next([]byte(after))
		var over string
		inOver := false
		s.order.Ascend(after, func(k string, _ struct{}) bool {
			if k == after {
				return true
			}
			over, inOver = k, true
			return false
		})
		switch {
		case !inBase && !inOver:
			return nil, false
		case inOver && (!inBase || over <= string(base)):
			if s.rows[over].value != nil {
				return []byte(over), true
			}
			after = over // hidden: go on behind it
		default:
			return base, true
		}
	}
}

// Keys goes through the present keys that begin with prefix, in order. The state may change on the way: each step looks for the
// next key afresh.
func (s *State) Keys(prefix []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		key := prefix
		ok := s.Has(prefix)
		if !ok {
			key, ok = s.Next(prefix)
		}
		for ok && bytes.HasPrefix(key, prefix) {
			if !yield(key) {
				return
			}
			key, ok = s.Next(key)
		}
	}
}

// DeletePrefix removes every key that begins with prefix and returns how many.
func (s *State) DeletePrefix(prefix []byte) int {
	n := 0
	for key := range s.Keys(prefix) {
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
		if u.had {
			u.row.value = u.was
			continue
		}
		delete(s.rows, u.row.key)
		s.order.Delete(u.row.key)
	}
	s.journal = s.journal[:mark]
}

// Depth is the number of open transactions.
func (s *State) Depth() int { return len(s.marks) }

// Changes lists the rows that differ from the base, in the order of their keys.
func (s *State) Changes() []Change {
	out := make([]Change, 0, len(s.rows))
	s.order.Scan(func(key string, _ struct{}) bool {
		r := s.rows[key]
		was, had := s.base.Get([]byte(key))
		if had != (r.value != nil) || !bytes.Equal(was, r.value) {
			out = append(out, Change{Key: []byte(key), Value: r.value})
		}
		return true
	})
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
