// Package pyval holds values as Python's json module sees them: it reads JSON keeping the order of keys and the difference
// between 2 and 2.0, writes the two JSON forms that Python clients and servers put on the wire, and prints str() and repr(),
// over which Bittensor computes the hash of a message body.
//
// A value is one of nil, bool, int64, *big.Int (only outside int64), float64, string, []any and *Dict. It deliberately knows
// nothing about synapses, headers or hashes (package synapse).
package pyval

import "math/big"

// Dict is a Python dict: keys in the order in which they were first set. The zero value is empty and ready to use.
type Dict struct {
	keys  []string
	vals  []any
	index map[string]int // nil while the dict is small
}

// indexFrom is the number of keys above which a Dict keeps an index; below, a scan is faster.
const indexFrom = 12

// Len counts the keys.
func (d *Dict) Len() int { return len(d.keys) }

// At returns the i-th key and its value.
func (d *Dict) At(i int) (string, any) { return d.keys[i], d.vals[i] }

// Get returns the value of a key.
func (d *Dict) Get(key string) (any, bool) {
	if i := d.find(key); i >= 0 {
		return d.vals[i], true
	}
	return nil, false
}

// Set gives a key a value; a key that is already there keeps its place, as in Python.
func (d *Dict) Set(key string, val any) {
	if i := d.find(key); i >= 0 {
		d.vals[i] = val
		return
	}
	d.keys = append(d.keys, key)
	d.vals = append(d.vals, val)
	switch {
	case d.index != nil:
		d.index[key] = len(d.keys) - 1
	case len(d.keys) > indexFrom:
		d.index = make(map[string]int, 2*len(d.keys))
		for i, k := range d.keys {
			d.index[k] = i
		}
	}
}

func (d *Dict) find(key string) int {
	if d.index != nil {
		if i, ok := d.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range d.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// MarshalJSON writes the dict with its keys in order, so that encoding/json keeps it too.
func (d *Dict) MarshalJSON() ([]byte, error) { return AppendCompact(nil, d) }

// UnmarshalJSON reads what Parse reads and wants an object.
func (d *Dict) UnmarshalJSON(data []byte) error {
	v, err := Parse(data)
	if err != nil {
		return err
	}
	return Into(v, d)
}

// Equal compares two values as deeply as Python's == does for values of the same type; NaN equals NaN here, and the order of
// keys counts, since it changes repr().
func Equal(a, b any) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && (a == b || a != a && b != b)
	case *big.Int:
		b, ok := b.(*big.Int)
		return ok && a.Cmp(b) == 0
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case *Dict:
		b, ok := b.(*Dict)
		if !ok || a.Len() != b.Len() {
			return false
		}
		for i := range a.keys {
			if a.keys[i] != b.keys[i] || !Equal(a.vals[i], b.vals[i]) {
				return false
			}
		}
		return true
	default:
		return a == b
	}
}
