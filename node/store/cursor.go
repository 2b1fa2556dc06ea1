package store

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"
)

// cursor walks the keys of a view in order. At the head it walks the state rows; behind it, it merges them with the history
// rows, of which the first above the view's height tells what a key held.
type cursor struct {
	key, value []byte // of the current pair
	state      *pebble.Iterator
	history    *pebble.Iterator // nil at the head
	height     uint32           // of the first block that the view does not hold
	old        []byte           // the key whose row history stands at; nil when there is none left
}

func (v *View) cursor(prefix, from []byte) *cursor {
	low := from
	if bytes.Compare(low, prefix) < 0 {
		low = prefix
	}
	snap := v.at.snap
	c := &cursor{height: v.block.Height + 1}
	c.state = must(snap.NewIter(&pebble.IterOptions{LowerBound: stateRow(low), UpperBound: after(stateRow(prefix))}))
	c.state.First()
	if !v.latest() {
		// Without its end mark a history row's prefix is the escaped key, which keeps the order of keys.
		escaped := func(key []byte) []byte { p := historyPrefix(key); return p[:len(p)-2] }
		c.history = must(snap.NewIter(&pebble.IterOptions{LowerBound: escaped(low), UpperBound: after(escaped(prefix))}))
		c.settle(c.history.First())
	}
	return c
}

func (c *cursor) close() {
	must(0, c.state.Close())
	if c.history != nil {
		must(0, c.history.Close())
	}
}

// settle moves history on to the first row that counts: one of the view's height or above.
func (c *cursor) settle(ok bool) {
	for ok {
		key, height, err := parseHistoryRow(c.history.Key())
		must(0, err)
		if height >= c.height {
			c.old = key
			return
		}
		ok = c.history.SeekGE(historyRow(key, c.height))
	}
	c.old = nil
	must(0, c.history.Error())
}

// next steps to the first pair, then to the one after; false means that there is none. The pair is in memory of its own.
func (c *cursor) next() bool {
	for {
		var order int // below 0: the state row comes first, and no later block changed it
		switch hasState := c.state.Valid(); {
		case !hasState && c.old == nil:
			must(0, c.state.Error())
			return false
		case c.old == nil:
			order = -1
		case !hasState:
			order = 1
		default:
			order = bytes.Compare(c.state.Key()[1:], c.old)
		}
		if order < 0 {
			c.set(c.state.Key()[1:], c.state.Value())
			c.state.Next()
			return true
		}
		if order == 0 { // what the key holds now is not what it held then
			c.state.Next()
		}
		raw, present, err := parseOldValue(c.history.Value())
		must(0, err)
		c.set(c.old, raw)
		c.settle(c.history.SeekGE(after(historyPrefix(c.old))))
		if present {
			return true
		}
	}
}

func (c *cursor) set(key, value []byte) {
	pair := append(append(make([]byte, 0, len(key)+len(value)), key...), value...)
	c.key, c.value = pair[:len(key):len(key)], pair[len(key):]
}
