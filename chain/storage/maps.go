package storage

import (
	"bytes"
	"fmt"
	"iter"
	"reflect"

	"github.com/myelin-go/myelin/scale"
)

// Map stores values by one key.
type Map[H Hasher, K, V any] struct{ core[V] }

func (m *Map[H, K, V]) bind(pallet string, f reflect.StructField) {
	var h H
	m.init(pallet, f, []HasherCode{h.Code()}, []reflect.Type{reflect.TypeFor[K]()})
}

// Key is the storage key of k.
func (m *Map[H, K, V]) Key(k K) []byte { return appendKey[H](m.prefix(), &k) }

// prefix is a copy of the item's prefix with room for a key.
func (c *core[V]) prefix() []byte { return append(make([]byte, 0, 32+3*48), c.it.Prefix[:]...) }

func appendKey[H Hasher, K any](dst []byte, k *K) []byte {
	var h H
	var buf [48]byte
	return h.apply(dst, scale.Append(buf[:0], k))
}

// readKey decodes one hashed key from the front of raw and returns what follows it.
func readKey[H Hasher, K any](item string, raw []byte) (k K, rest []byte) {
	var h H
	skip := h.Code().Skip()
	if skip < 0 {
		panic(fmt.Sprintf("storage: keys of %s are hashed by %T and cannot be read back", item, h))
	}
	d := scale.NewDecoder(raw)
	d.Raw(skip)
	d.Decode(&k)
	if err := d.Err(); err != nil {
		panic(&Corruption{Item: item, Key: raw, Err: err})
	}
	return k, raw[d.Offset():]
}

// Get returns the value of k, or the default.
func (m *Map[H, K, V]) Get(s *State, k K) V { return m.get(s, m.Key(k)) }

// TryGet returns the value of k and whether it is present.
func (m *Map[H, K, V]) TryGet(s *State, k K) (V, bool) { return m.tryGet(s, m.Key(k)) }

// Has tells whether k is present.
func (m *Map[H, K, V]) Has(s *State, k K) bool { return s.Has(m.Key(k)) }

// Set stores a value.
func (m *Map[H, K, V]) Set(s *State, k K, v V) { m.set(s, m.Key(k), v) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *Map[H, K, V]) Mutate(s *State, k K, change func(*V)) { m.mutate(s, m.Key(k), change) }

// Delete removes k.
func (m *Map[H, K, V]) Delete(s *State, k K) { s.Delete(m.Key(k)) }

// Take returns the value or the default, and removes it.
func (m *Map[H, K, V]) Take(s *State, k K) V { return m.take(s, m.Key(k)) }

// All goes through keys and values in the order of the storage keys, which is the order upstream iterates in.
func (m *Map[H, K, V]) All(s *State) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for key := range s.Keys(m.it.Prefix[:]) {
			k, _ := readKey[H, K](m.it.Name, key[32:])
			if v, ok := m.tryGet(s, key); ok && !yield(k, v) {
				return
			}
		}
	}
}

// Keys goes through the keys in the order of the storage keys, without decoding values.
func (m *Map[H, K, V]) Keys(s *State) iter.Seq[K] {
	return func(yield func(K) bool) {
		for key := range s.Keys(m.it.Prefix[:]) {
			if k, _ := readKey[H, K](m.it.Name, key[32:]); !yield(k) {
				return
			}
		}
	}
}

// Clear removes every row and returns how many.
func (m *Map[H, K, V]) Clear(s *State) int { return s.DeletePrefix(m.it.Prefix[:]) }

// DoubleMap stores values by two keys.
type DoubleMap[H1 Hasher, K1 any, H2 Hasher, K2, V any] struct{ core[V] }

func (m *DoubleMap[H1, K1, H2, K2, V]) bind(pallet string, f reflect.StructField) {
	var h1 H1
	var h2 H2
	m.init(pallet, f, []HasherCode{h1.Code(), h2.Code()}, []reflect.Type{reflect.TypeFor[K1](), reflect.TypeFor[K2]()})
}

// Key is the storage key of (a, b).
func (m *DoubleMap[H1, K1, H2, K2, V]) Key(a K1, b K2) []byte {
	return appendKey[H2](m.PrefixOf(a), &b)
}

// PrefixOf is what the storage keys of all rows under a begin with.
func (m *DoubleMap[H1, K1, H2, K2, V]) PrefixOf(a K1) []byte { return appendKey[H1](m.prefix(), &a) }

// Get returns the value of (a, b), or the default.
func (m *DoubleMap[H1, K1, H2, K2, V]) Get(s *State, a K1, b K2) V { return m.get(s, m.Key(a, b)) }

// TryGet returns the value of (a, b) and whether it is present.
func (m *DoubleMap[H1, K1, H2, K2, V]) TryGet(s *State, a K1, b K2) (V, bool) {
	return m.tryGet(s, m.Key(a, b))
}

// Has tells whether (a, b) is present.
func (m *DoubleMap[H1, K1, H2, K2, V]) Has(s *State, a K1, b K2) bool { return s.Has(m.Key(a, b)) }

// Set stores a value.
func (m *DoubleMap[H1, K1, H2, K2, V]) Set(s *State, a K1, b K2, v V) { m.set(s, m.Key(a, b), v) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *DoubleMap[H1, K1, H2, K2, V]) Mutate(s *State, a K1, b K2, change func(*V)) {
	m.mutate(s, m.Key(a, b), change)
}

// Delete removes (a, b).
func (m *DoubleMap[H1, K1, H2, K2, V]) Delete(s *State, a K1, b K2) { s.Delete(m.Key(a, b)) }

// Take returns the value or the default, and removes it.
func (m *DoubleMap[H1, K1, H2, K2, V]) Take(s *State, a K1, b K2) V { return m.take(s, m.Key(a, b)) }

// Of goes through the second keys and values under a, in the order of the storage keys.
func (m *DoubleMap[H1, K1, H2, K2, V]) Of(s *State, a K1) iter.Seq2[K2, V] {
	return func(yield func(K2, V) bool) {
		prefix := m.PrefixOf(a)
		for key := range s.Keys(prefix) {
			b, _ := readKey[H2, K2](m.it.Name, key[len(prefix):])
			if v, ok := m.tryGet(s, key); ok && !yield(b, v) {
				return
			}
		}
	}
}

// DeleteOf removes every row under a and returns how many.
func (m *DoubleMap[H1, K1, H2, K2, V]) DeleteOf(s *State, a K1) int {
	return s.DeletePrefix(m.PrefixOf(a))
}

// All goes through all rows in the order of the storage keys.
func (m *DoubleMap[H1, K1, H2, K2, V]) All(s *State) iter.Seq2[scale.Pair[K1, K2], V] {
	return func(yield func(scale.Pair[K1, K2], V) bool) {
		for key := range s.Keys(m.it.Prefix[:]) {
			a, rest := readKey[H1, K1](m.it.Name, key[32:])
			b, _ := readKey[H2, K2](m.it.Name, rest)
			if v, ok := m.tryGet(s, key); ok && !yield(scale.Pair[K1, K2]{A: a, B: b}, v) {
				return
			}
		}
	}
}

// Clear removes every row and returns how many.
func (m *DoubleMap[H1, K1, H2, K2, V]) Clear(s *State) int { return s.DeletePrefix(m.it.Prefix[:]) }

// NMap stores values by three or more keys: K is a struct whose fields are the keys in order, each with a tag `hasher:"…"` that names
// its hasher.
type NMap[K, V any] struct {
	core[V]
	fields []int
}

var hashersByName = map[string]HasherCode{
	"Blake2_128": 0, "Blake2_256": 1, "Blake2_128Concat": 2, "Twox128": 3, "Twox256": 4, "Twox64Concat": 5, "Identity": 6,
}

func (m *NMap[K, V]) bind(pallet string, f reflect.StructField) {
	t := reflect.TypeFor[K]()
	var hashers []HasherCode
	var keys []reflect.Type
	for i := range t.NumField() {
		h, ok := hashersByName[t.Field(i).Tag.Get("hasher")]
		if !ok {
			panic(fmt.Sprintf("storage: %s.%s: key field %s has no tag `hasher:\"…\"`", pallet, f.Name, t.Field(i).Name))
		}
		hashers, keys = append(hashers, h), append(keys, t.Field(i).Type)
		m.fields = append(m.fields, i)
	}
	m.init(pallet, f, hashers, keys)
}

// Key is the storage key of k.
func (m *NMap[K, V]) Key(k K) []byte { return m.PrefixOf(k, len(m.fields)) }

// PrefixOf is what the storage keys of all rows begin with whose first n keys are those of k.
func (m *NMap[K, V]) PrefixOf(k K, n int) []byte {
	dst := m.prefix()
	v := reflect.ValueOf(&k).Elem()
	var buf [48]byte
	for i, at := range m.fields[:n] {
		dst = m.it.Hashers[i].Hash(dst, scale.Append(buf[:0], v.Field(at).Addr().Interface()))
	}
	return dst
}

// Get returns the value of k, or the default.
func (m *NMap[K, V]) Get(s *State, k K) V { return m.get(s, m.Key(k)) }

// TryGet returns the value of k and whether it is present.
func (m *NMap[K, V]) TryGet(s *State, k K) (V, bool) { return m.tryGet(s, m.Key(k)) }

// Has tells whether k is present.
func (m *NMap[K, V]) Has(s *State, k K) bool { return s.Has(m.Key(k)) }

// Set stores a value.
func (m *NMap[K, V]) Set(s *State, k K, v V) { m.set(s, m.Key(k), v) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *NMap[K, V]) Mutate(s *State, k K, change func(*V)) { m.mutate(s, m.Key(k), change) }

// Delete removes k.
func (m *NMap[K, V]) Delete(s *State, k K) { s.Delete(m.Key(k)) }

// Take returns the value or the default, and removes it.
func (m *NMap[K, V]) Take(s *State, k K) V { return m.take(s, m.Key(k)) }

// Of goes through the rows whose first n keys are those of k, in the order of the storage keys; n 0 means all.
func (m *NMap[K, V]) Of(s *State, k K, n int) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for key := range s.Keys(m.PrefixOf(k, n)) {
			if v, ok := m.tryGet(s, key); ok && !yield(m.readKeys(key[32:]), v) {
				return
			}
		}
	}
}

// KeysAfter goes through the keys that come after a storage key, in the order of the storage keys, with those, without decoding values.
func (m *NMap[K, V]) KeysAfter(s *State, after []byte) iter.Seq2[K, []byte] {
	return func(yield func(K, []byte) bool) {
		for key, ok := s.Next(after); ok && bytes.HasPrefix(key, m.it.Prefix[:]); key, ok = s.Next(key) {
			if !yield(m.readKeys(key[32:]), key) {
				return
			}
		}
	}
}

// DeleteOf removes the rows whose first n keys are those of k and returns how many.
func (m *NMap[K, V]) DeleteOf(s *State, k K, n int) int { return s.DeletePrefix(m.PrefixOf(k, n)) }

func (m *NMap[K, V]) readKeys(raw []byte) (k K) {
	d := scale.NewDecoder(raw)
	v := reflect.ValueOf(&k).Elem()
	for i, at := range m.fields {
		skip := m.it.Hashers[i].Skip()
		if skip < 0 {
			panic(fmt.Sprintf("storage: keys of %s cannot be read back", m.it.Name))
		}
		d.Raw(skip)
		d.Decode(v.Field(at).Addr().Interface())
	}
	if err := d.End(); err != nil {
		panic(&Corruption{Item: m.it.Name, Key: raw, Err: err})
	}
	return k
}
