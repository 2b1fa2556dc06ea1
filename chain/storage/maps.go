package storage

import (
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/myelin-go/myelin/scale"
)

// Map stores values by one key.
type Map[H Hasher, K, V any] struct{ core[V] }

func (m *Map[H, K, V]) bind(pallet string, f reflect.StructField) {
	var h H
	m.init(pallet, f, []HasherCode{h.Code()}, []reflect.Type{reflect.TypeFor[K]()})
}

// Key is the storage key of k.
func (m *Map[H, K, V]) Key(k K) []byte { return m.key(nil, m.prefix(), k) }

// prefix is a copy of the item's prefix with room for a key.
func (c *core[V]) prefix() []byte { return append(make([]byte, 0, keyRoom), c.it.Prefix[:]...) }

// keyIn is Key in the state's memory: it is good until the next key.
func (m *Map[H, K, V]) keyIn(s *State, k K) []byte { return m.key(s, s.key(&m.it.Prefix), k) }

func (m *Map[H, K, V]) key(s *State, dst []byte, k K) []byte {
	return appendKey(s, dst, m.it.Hashers[0], m.keys[0], &k)
}

// Get returns the value of k, or the default.
func (m *Map[H, K, V]) Get(s *State, k K) V { return m.get(s, m.keyIn(s, k)) }

// TryGet returns the value of k and whether it is present.
func (m *Map[H, K, V]) TryGet(s *State, k K) (V, bool) { return m.tryGet(s, m.keyIn(s, k)) }

// Has tells whether k is present.
func (m *Map[H, K, V]) Has(s *State, k K) bool { return s.Has(m.keyIn(s, k)) }

// Set stores a value.
func (m *Map[H, K, V]) Set(s *State, k K, v V) { m.set(s, m.keyIn(s, k), v) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *Map[H, K, V]) Mutate(s *State, k K, change func(*V)) { m.mutate(s, m.keyIn(s, k), change) }

// Delete removes k.
func (m *Map[H, K, V]) Delete(s *State, k K) { s.Delete(m.keyIn(s, k)) }

// Take returns the value or the default, and removes it.
func (m *Map[H, K, V]) Take(s *State, k K) V { return m.take(s, m.keyIn(s, k)) }

// All goes through keys and values in the order of the storage keys, which is the order upstream iterates in.
func (m *Map[H, K, V]) All(s *State) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for key := range s.walk(m.it.Prefix[:]) {
			k, _ := readKey[K](m.it.Name, m.it.Hashers[0], m.keys[0], key[32:])
			if v, ok := m.tryGet(s, key); ok && !yield(k, v) {
				return
			}
		}
	}
}

// Keys goes through the keys in the order of the storage keys, without decoding values.
func (m *Map[H, K, V]) Keys(s *State) iter.Seq[K] {
	return func(yield func(K) bool) {
		for key := range s.walk(m.it.Prefix[:]) {
			if k, _ := readKey[K](m.it.Name, m.it.Hashers[0], m.keys[0], key[32:]); !yield(k) {
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
	return m.key(nil, m.prefix(), a, b)
}

func (m *DoubleMap[H1, K1, H2, K2, V]) keyIn(s *State, a K1, b K2) []byte {
	return m.key(s, s.key(&m.it.Prefix), a, b)
}

func (m *DoubleMap[H1, K1, H2, K2, V]) key(s *State, dst []byte, a K1, b K2) []byte {
	dst = appendKey(s, dst, m.it.Hashers[0], m.keys[0], &a)
	return appendKey(s, dst, m.it.Hashers[1], m.keys[1], &b)
}

// PrefixOf is what the storage keys of all rows under a begin with.
func (m *DoubleMap[H1, K1, H2, K2, V]) PrefixOf(a K1) []byte {
	return appendKey(nil, m.prefix(), m.it.Hashers[0], m.keys[0], &a)
}

// Get returns the value of (a, b), or the default.
func (m *DoubleMap[H1, K1, H2, K2, V]) Get(s *State, a K1, b K2) V { return m.get(s, m.keyIn(s, a, b)) }

// TryGet returns the value of (a, b) and whether it is present.
func (m *DoubleMap[H1, K1, H2, K2, V]) TryGet(s *State, a K1, b K2) (V, bool) {
	return m.tryGet(s, m.keyIn(s, a, b))
}

// Has tells whether (a, b) is present.
func (m *DoubleMap[H1, K1, H2, K2, V]) Has(s *State, a K1, b K2) bool { return s.Has(m.keyIn(s, a, b)) }

// Set stores a value.
func (m *DoubleMap[H1, K1, H2, K2, V]) Set(s *State, a K1, b K2, v V) { m.set(s, m.keyIn(s, a, b), v) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *DoubleMap[H1, K1, H2, K2, V]) Mutate(s *State, a K1, b K2, change func(*V)) {
	m.mutate(s, m.keyIn(s, a, b), change)
}

// Delete removes (a, b).
func (m *DoubleMap[H1, K1, H2, K2, V]) Delete(s *State, a K1, b K2) { s.Delete(m.keyIn(s, a, b)) }

// Take returns the value or the default, and removes it.
func (m *DoubleMap[H1, K1, H2, K2, V]) Take(s *State, a K1, b K2) V {
	return m.take(s, m.keyIn(s, a, b))
}

// Of goes through the second keys and values under a, in the order of the storage keys.
func (m *DoubleMap[H1, K1, H2, K2, V]) Of(s *State, a K1) iter.Seq2[K2, V] {
	return func(yield func(K2, V) bool) {
		prefix := m.PrefixOf(a)
		for key := range s.walk(prefix) {
			b, _ := readKey[K2](m.it.Name, m.it.Hashers[1], m.keys[1], key[len(prefix):])
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
		for key := range s.walk(m.it.Prefix[:]) {
			a, rest := readKey[K1](m.it.Name, m.it.Hashers[0], m.keys[0], key[32:])
			b, _ := readKey[K2](m.it.Name, m.it.Hashers[1], m.keys[1], rest)
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

func (m *NMap[K, V]) keyIn(s *State, k K) []byte {
	return m.appendKeys(s, s.key(&m.it.Prefix), k, len(m.fields))
}

// PrefixOf is what the storage keys of all rows begin with whose first n keys are those of k.
func (m *NMap[K, V]) PrefixOf(k K, n int) []byte { return m.appendKeys(nil, m.prefix(), k, n) }

func (m *NMap[K, V]) appendKeys(s *State, dst []byte, k K, n int) []byte {
	v := reflect.ValueOf(&k).Elem()
	for i, field := range m.fields[:n] {
		code, at := m.it.Hashers[i], len(dst)
		var plain bool
		if dst, plain = m.keys[i].appendTo(code.open(dst), v.Field(field)); !plain {
			dst = appendField(dst, k, field)
		}
		if s == nil {
			dst = code.seal(dst, at)
		} else {
			dst = s.seal(code, dst, at)
		}
	}
	return dst
}

func appendField[K any](dst []byte, k K, at int) []byte {
	return scale.Append(dst, reflect.ValueOf(&k).Elem().Field(at).Addr().Interface())
}

// Get returns the value of k, or the default.
func (m *NMap[K, V]) Get(s *State, k K) V { return m.get(s, m.keyIn(s, k)) }

// TryGet returns the value of k and whether it is present.
func (m *NMap[K, V]) TryGet(s *State, k K) (V, bool) { return m.tryGet(s, m.keyIn(s, k)) }

// Has tells whether k is present.
func (m *NMap[K, V]) Has(s *State, k K) bool { return s.Has(m.keyIn(s, k)) }

// Set stores a value.
func (m *NMap[K, V]) Set(s *State, k K, v V) { m.set(s, m.keyIn(s, k), v) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (m *NMap[K, V]) Mutate(s *State, k K, change func(*V)) { m.mutate(s, m.keyIn(s, k), change) }

// Delete removes k.
func (m *NMap[K, V]) Delete(s *State, k K) { s.Delete(m.keyIn(s, k)) }

// Take returns the value or the default, and removes it.
func (m *NMap[K, V]) Take(s *State, k K) V { return m.take(s, m.keyIn(s, k)) }

// Of goes through the rows whose first n keys are those of k, in the order of the storage keys; n 0 means all.
func (m *NMap[K, V]) Of(s *State, k K, n int) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for key := range s.walk(m.PrefixOf(k, n)) {
			if v, ok := m.tryGet(s, key); ok && !yield(m.readKeys(key[32:]), v) {
				return
			}
		}
	}
}

// KeysAfter goes through the keys that come after a storage key, in the order of the storage keys, with those, without decoding values.
func (m *NMap[K, V]) KeysAfter(s *State, after []byte) iter.Seq2[K, string] {
	return func(yield func(K, string) bool) {
		buf := make([]byte, 0, keyRoom)
		prefix := string(m.it.Prefix[:])
		for key, ok := s.next(string(after)); ok && strings.HasPrefix(key, prefix); key, ok = s.next(key) {
			buf = append(buf[:0], key...)
			if !yield(m.readKeys(buf[32:]), key) {
				return
			}
		}
	}
}

// DeleteOf removes the rows whose first n keys are those of k and returns how many.
func (m *NMap[K, V]) DeleteOf(s *State, k K, n int) int { return s.DeletePrefix(m.PrefixOf(k, n)) }

func (m *NMap[K, V]) readKeys(raw []byte) (k K) {
	v, rest := reflect.ValueOf(&k).Elem(), raw
	for i, at := range m.fields {
		skip := m.it.Hashers[i].Skip()
		if skip < 0 {
			panic(fmt.Sprintf("storage: keys of %s cannot be read back", m.it.Name))
		}
		if len(rest) < skip || !m.keys[i].read(rest[skip:], v.Field(at)) {
			return m.readComposites(raw)
		}
		rest = rest[skip+m.keys[i].size:]
	}
	if len(rest) > 0 {
		return m.readComposites(raw)
	}
	return k
}

// readComposites is readKeys by the codec: for keys that are not all plain, and for what does not decode.
func (m *NMap[K, V]) readComposites(raw []byte) (k K) {
	d := scale.NewDecoder(raw)
	v := reflect.ValueOf(&k).Elem()
	for i, at := range m.fields {
		d.Raw(m.it.Hashers[i].Skip())
		d.Decode(v.Field(at).Addr().Interface())
	}
	if err := d.End(); err != nil {
		panic(&Corruption{Item: m.it.Name, Key: append([]byte(nil), raw...), Err: err})
	}
	return k
}
