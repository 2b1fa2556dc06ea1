package storage

import (
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/myelin-go/myelin/scale"
)

// rows is what all kinds of maps embed.
type rows struct{ base }

// Clear removes every row and returns how many.
func (r *rows) Clear(s *State) int { return s.DeletePrefix(r.i.it.Prefix[:]) }

// Map stores values by one key.
type Map[H Hasher, K, V any] struct{ rows }

func (m *Map[H, K, V]) form() form {
	var h H
	return form{[]HasherCode{h.Code()}, []reflect.Type{reflect.TypeFor[K]()}, reflect.TypeFor[V]()}
}

// SetDefault sets what absent keys read as; it is part of building a runtime, before its first block. It goes before a tag of the declaration,
// also when it is called before Bind.
func (m *Map[H, K, V]) SetDefault(v V) { m.i.it.Default = scale.Marshal(&v) }

// Key is the storage key of k.
func (m *Map[H, K, V]) Key(k K) []byte { return appendKey(&m.i, nil, m.i.prefix(), 0, k) }

// keyIn is Key in the state's memory: it is good until the next key.
func (m *Map[H, K, V]) keyIn(s *State, k K) []byte {
	return appendKey(&m.i, s, s.key(&m.i.it.Prefix), 0, k)
}

// Get returns the value of k, or the default.
func (m *Map[H, K, V]) Get(s *State, k K) V { return get[V](&m.i, s, m.keyIn(s, k)) }

// TryGet returns the value of k and whether it is present.
func (m *Map[H, K, V]) TryGet(s *State, k K) (V, bool) { return try[V](&m.i, s, m.keyIn(s, k)) }

// Has tells whether k is present.
func (m *Map[H, K, V]) Has(s *State, k K) bool { return s.Has(m.keyIn(s, k)) }

// Set stores a value.
func (m *Map[H, K, V]) Set(s *State, k K, v V) { s.Set(m.keyIn(s, k), write(&m.i, s, v)) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *Map[H, K, V]) Mutate(s *State, k K, change func(*V)) { mutate(&m.i, s, m.keyIn(s, k), change) }

// Delete removes k.
func (m *Map[H, K, V]) Delete(s *State, k K) { s.Delete(m.keyIn(s, k)) }

// Take returns the value or the default, and removes it.
func (m *Map[H, K, V]) Take(s *State, k K) V { return take[V](&m.i, s, m.keyIn(s, k)) }

// All goes through keys and values in the order of the storage keys, which is the order upstream iterates in.
func (m *Map[H, K, V]) All(s *State) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		m.i.each(s, m.i.it.Prefix[:], func(key, raw []byte) bool {
			k, _ := readKey[K](&m.i, 0, key[32:])
			return yield(k, read[V](&m.i, key, raw))
		})
	}
}

// Keys goes through the keys in the order of the storage keys, without decoding values.
func (m *Map[H, K, V]) Keys(s *State) iter.Seq[K] {
	return func(yield func(K) bool) {
		m.i.each(s, m.i.it.Prefix[:], func(key, _ []byte) bool {
			k, _ := readKey[K](&m.i, 0, key[32:])
			return yield(k)
		})
	}
}

// DoubleMap stores values by two keys.
type DoubleMap[H1 Hasher, K1 any, H2 Hasher, K2, V any] struct{ rows }

func (m *DoubleMap[H1, K1, H2, K2, V]) form() form {
	var h1 H1
	var h2 H2
	return form{[]HasherCode{h1.Code(), h2.Code()}, []reflect.Type{reflect.TypeFor[K1](), reflect.TypeFor[K2]()}, reflect.TypeFor[V]()}
}

// SetDefault is Map.SetDefault.
func (m *DoubleMap[H1, K1, H2, K2, V]) SetDefault(v V) { m.i.it.Default = scale.Marshal(&v) }

// Key is the storage key of (a, b).
func (m *DoubleMap[H1, K1, H2, K2, V]) Key(a K1, b K2) []byte {
	return appendKey(&m.i, nil, m.PrefixOf(a), 1, b)
}

func (m *DoubleMap[H1, K1, H2, K2, V]) keyIn(s *State, a K1, b K2) []byte {
	return appendKey(&m.i, s, appendKey(&m.i, s, s.key(&m.i.it.Prefix), 0, a), 1, b)
}

// PrefixOf is what the storage keys of all rows under a begin with.
func (m *DoubleMap[H1, K1, H2, K2, V]) PrefixOf(a K1) []byte {
	return appendKey(&m.i, nil, m.i.prefix(), 0, a)
}

// Get returns the value of (a, b), or the default.
func (m *DoubleMap[H1, K1, H2, K2, V]) Get(s *State, a K1, b K2) V {
	return get[V](&m.i, s, m.keyIn(s, a, b))
}

// TryGet returns the value of (a, b) and whether it is present.
func (m *DoubleMap[H1, K1, H2, K2, V]) TryGet(s *State, a K1, b K2) (V, bool) {
	return try[V](&m.i, s, m.keyIn(s, a, b))
}

// Has tells whether (a, b) is present.
func (m *DoubleMap[H1, K1, H2, K2, V]) Has(s *State, a K1, b K2) bool { return s.Has(m.keyIn(s, a, b)) }

// Set stores a value.
func (m *DoubleMap[H1, K1, H2, K2, V]) Set(s *State, a K1, b K2, v V) {
	s.Set(m.keyIn(s, a, b), write(&m.i, s, v))
}

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *DoubleMap[H1, K1, H2, K2, V]) Mutate(s *State, a K1, b K2, change func(*V)) {
	mutate(&m.i, s, m.keyIn(s, a, b), change)
}

// Delete removes (a, b).
func (m *DoubleMap[H1, K1, H2, K2, V]) Delete(s *State, a K1, b K2) { s.Delete(m.keyIn(s, a, b)) }

// Take returns the value or the default, and removes it.
func (m *DoubleMap[H1, K1, H2, K2, V]) Take(s *State, a K1, b K2) V {
	return take[V](&m.i, s, m.keyIn(s, a, b))
}

// Of goes through the second keys and values under a, in the order of the storage keys.
func (m *DoubleMap[H1, K1, H2, K2, V]) Of(s *State, a K1) iter.Seq2[K2, V] {
	return func(yield func(K2, V) bool) {
		prefix := m.PrefixOf(a)
		m.i.each(s, prefix, func(key, raw []byte) bool {
			b, _ := readKey[K2](&m.i, 1, key[len(prefix):])
			return yield(b, read[V](&m.i, key, raw))
		})
	}
}

// DeleteOf removes every row under a and returns how many.
func (m *DoubleMap[H1, K1, H2, K2, V]) DeleteOf(s *State, a K1) int {
	return s.DeletePrefix(m.PrefixOf(a))
}

// All goes through all rows in the order of the storage keys.
func (m *DoubleMap[H1, K1, H2, K2, V]) All(s *State) iter.Seq2[scale.Pair[K1, K2], V] {
	return func(yield func(scale.Pair[K1, K2], V) bool) {
		m.i.each(s, m.i.it.Prefix[:], func(key, raw []byte) bool {
			a, rest := readKey[K1](&m.i, 0, key[32:])
			b, _ := readKey[K2](&m.i, 1, rest)
			return yield(scale.Pair[K1, K2]{A: a, B: b}, read[V](&m.i, key, raw))
		})
	}
}

// NMap stores values by three or more keys: K is a struct whose fields are the keys in order, each with a tag `hasher:"…"` that names
// its hasher.
type NMap[K, V any] struct{ rows }

var hashersByName = map[string]HasherCode{
	"Blake2_128": 0, "Blake2_256": 1, "Blake2_128Concat": 2, "Twox128": 3, "Twox256": 4, "Twox64Concat": 5, "Identity": 6,
}

func (m *NMap[K, V]) form() form { return formOf(reflect.TypeFor[K](), reflect.TypeFor[V]()) }

func formOf(keys, value reflect.Type) (out form) {
	for f := range keys.Fields() {
		h, ok := hashersByName[f.Tag.Get("hasher")]
		if !ok {
			panic(fmt.Sprintf("storage: key field %s of %v has no tag `hasher:\"…\"`", f.Name, keys))
		}
		out.hashers, out.keys = append(out.hashers, h), append(out.keys, f.Type)
	}
	out.value = value
	return out
}

// SetDefault is Map.SetDefault.
func (m *NMap[K, V]) SetDefault(v V) { m.i.it.Default = scale.Marshal(&v) }

// Key is the storage key of k.
func (m *NMap[K, V]) Key(k K) []byte { return m.PrefixOf(k, len(m.i.keys)) }

func (m *NMap[K, V]) keyIn(s *State, k K) []byte {
	return appendFields(&m.i, s, s.key(&m.i.it.Prefix), k, len(m.i.keys))
}

// PrefixOf is what the storage keys of all rows begin with whose first n keys are those of k.
func (m *NMap[K, V]) PrefixOf(k K, n int) []byte {
	return appendFields(&m.i, nil, m.i.prefix(), k, n)
}

// Get returns the value of k, or the default.
func (m *NMap[K, V]) Get(s *State, k K) V { return get[V](&m.i, s, m.keyIn(s, k)) }

// TryGet returns the value of k and whether it is present.
func (m *NMap[K, V]) TryGet(s *State, k K) (V, bool) { return try[V](&m.i, s, m.keyIn(s, k)) }

// Has tells whether k is present.
func (m *NMap[K, V]) Has(s *State, k K) bool { return s.Has(m.keyIn(s, k)) }

// Set stores a value.
func (m *NMap[K, V]) Set(s *State, k K, v V) { s.Set(m.keyIn(s, k), write(&m.i, s, v)) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *NMap[K, V]) Mutate(s *State, k K, change func(*V)) { mutate(&m.i, s, m.keyIn(s, k), change) }

// Delete removes k.
func (m *NMap[K, V]) Delete(s *State, k K) { s.Delete(m.keyIn(s, k)) }

// Take returns the value or the default, and removes it.
func (m *NMap[K, V]) Take(s *State, k K) V { return take[V](&m.i, s, m.keyIn(s, k)) }

// Of goes through the rows whose first n keys are those of k, in the order of the storage keys; n 0 means all.
func (m *NMap[K, V]) Of(s *State, k K, n int) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		m.i.each(s, m.PrefixOf(k, n), func(key, raw []byte) bool {
			return yield(readFields[K](&m.i, key[32:]), read[V](&m.i, key, raw))
		})
	}
}

// KeysAfter goes through the keys that come after a storage key, in the order of the storage keys, with those, without decoding values.
func (m *NMap[K, V]) KeysAfter(s *State, after []byte) iter.Seq2[K, string] {
	return func(yield func(K, string) bool) {
		m.i.after(s, after, func(key string, raw []byte) bool { return yield(readFields[K](&m.i, raw[32:]), key) })
	}
}

// after goes through the storage keys behind one, each also as bytes that are good until the next.
func (i *item) after(s *State, after []byte, yield func(key string, raw []byte) bool) {
	buf := make([]byte, 0, keyRoom)
	prefix := string(i.it.Prefix[:])
	from := s.cursor(string(after))
	for key, _, ok := from.next(); ok && strings.HasPrefix(key, prefix); key, _, ok = from.next() {
		if buf = append(buf[:0], key...); !yield(key, buf) {
			return
		}
	}
}

// DeleteOf removes the rows whose first n keys are those of k and returns how many.
func (m *NMap[K, V]) DeleteOf(s *State, k K, n int) int { return s.DeletePrefix(m.PrefixOf(k, n)) }
