// Package chaintest holds what tests of the chain share: a committed state in memory with its trie.
//
// It deliberately holds no runtime and no accounts: tests build those they need.
package chaintest

import (
	"github.com/tidwall/btree"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/chain/trie"
)

// Memory is a committed state. The zero value is not ready; see New. Reading it from many goroutines is fine while nothing commits.
type Memory struct {
	rows btree.Map[string, []byte]
	trie *trie.Trie
}

// New is a state with the given rows.
func New(rows []storage.Change) *Memory {
	m := &Memory{trie: new(trie.Trie)}
	m.Commit(rows)
	return m
}

// Get returns the value of a key.
func (m *Memory) Get(key []byte) ([]byte, bool) { return m.rows.Get(string(key)) }

// Next returns the smallest key that is greater than key.
func (m *Memory) Next(key []byte) (next []byte, ok bool) {
	after := string(key)
	m.rows.Ascend(after, func(k string, _ []byte) bool {
		if k == after {
			return true
		}
		next, ok = []byte(k), true
		return false
	})
	return next, ok
}

// Root is the state root after changes.
func (m *Memory) Root(changes []storage.Change) bt.Hash { return m.after(changes).Root() }

func (m *Memory) after(changes []storage.Change) *trie.Trie {
	in := make([]trie.Change, len(changes))
	for i, c := range changes {
		in[i] = trie.Change(c)
	}
	return m.trie.Update(in)
}

// Commit makes the changes.
func (m *Memory) Commit(changes []storage.Change) {
	m.trie = m.after(changes)
	for _, c := range changes {
		if c.Value == nil {
			m.rows.Delete(string(c.Key))
		} else {
			m.rows.Set(string(c.Key), c.Value)
		}
	}
}

// Rows lists everything in the order of the keys.
func (m *Memory) Rows() (out []storage.Change) {
	m.rows.Scan(func(k string, v []byte) bool {
		out = append(out, storage.Change{Key: []byte(k), Value: v})
		return true
	})
	return out
}
