package storage

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Item describes a declared storage item: what metadata and tools need.
type Item struct {
	Name     string
	Optional bool // absent is "nothing"; otherwise absent is the default
	Hashers  []HasherCode
	Keys     []reflect.Type // one for each hasher
	Value    reflect.Type
	Default  []byte // SCALE of the default
	Docs     string
	Prefix   [32]byte // twox128(pallet) ++ twox128(item)
}

// declared is implemented by Value, Map, DoubleMap and NMap.
type declared interface {
	form() form
	handle() *item
}

// form is what the type of an item says of it.
type form struct {
	hashers []HasherCode
	keys    []reflect.Type
	value   reflect.Type
}

// Bind gives the items that are fields of the struct behind target their keys. The item's name is the field's, or that of a tag
// `name:"…"`. Other tags: `storage:"optional"` for items whose absence means "nothing"; `default:"0x…"` for a default other
// than the zero value, in SCALE; `doc:"…"`.
func Bind(pallet string, target any) {
	v := reflect.ValueOf(target).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		d, ok := v.Field(i).Addr().Interface().(declared)
		if !ok {
			panic(fmt.Sprintf("storage: %s.%s is a %v, which is no storage item", pallet, f.Name, f.Type))
		}
		d.handle().bind(pallet, f, d.form())
	}
}

// Items lists what Bind base, in the order of declaration.
func Items(target any) []*Item {
	v := reflect.ValueOf(target).Elem()
	out := make([]*Item, 0, v.NumField())
	for i := range v.NumField() {
		out = append(out, &v.Field(i).Addr().Interface().(declared).handle().it)
	}
	return out
}

// item is an item without its types. All that can be done without them is done here: every package that sees an item compiles its typed
// methods anew, so these are kept small.
type item struct {
	it    Item
	size  int     // the fewest bytes of a value, to encode it without growing
	value shape   // of a value
	keys  []shape // of the keys
}

// base is what all kinds of items embed. It has few methods, since each kind gets its own copy of them.
type base struct{ i item }

func (b *base) handle() *item { return &b.i }

// Prefix is the part of the key that all of the item's rows share.
func (b *base) Prefix() []byte { return b.i.it.Prefix[:] }

func (i *item) bind(pallet string, f reflect.StructField, has form) {
	name := f.Name
	if n := f.Tag.Get("name"); n != "" {
		name = n
	}
	for _, t := range append(has.keys[:len(has.keys):len(has.keys)], has.value) {
		if err := scale.Check(t); err != nil {
			panic(fmt.Sprintf("storage: %s.%s: %v", pallet, name, err))
		}
	}
	i.size = scale.MinSize(has.value)
	i.value, i.keys = shapeOf(has.value), i.keys[:0]
	for _, t := range has.keys {
		i.keys = append(i.keys, shapeOf(t))
	}
	i.it = Item{
		Name: name, Optional: f.Tag.Get("storage") == "optional", Hashers: has.hashers, Keys: has.keys, Value: has.value, Docs: f.Tag.Get("doc"),
		Default: i.it.Default,
	}
	if text := f.Tag.Get("default"); text != "" && i.it.Default == nil {
		raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		if err == nil {
			err = scale.Unmarshal(raw, reflect.New(has.value).Interface())
		}
		if err != nil {
			panic(fmt.Sprintf("storage: default %s of %s.%s: %v", text, pallet, name, err))
		}
		i.it.Default = raw
	}
	p, n := hash.Twox128([]byte(pallet)), hash.Twox128([]byte(name))
	copy(i.it.Prefix[:], p[:])
	copy(i.it.Prefix[16:], n[:])
}

// prefix is a copy of the item's prefix with room for a key.
func (i *item) prefix() []byte { return append(make([]byte, 0, keyRoom), i.it.Prefix[:]...) }

// find is the encoding of what stands at a key, or else of the default; nil is the zero value.
func (i *item) find(s *State, key []byte) []byte { return i.orDefault(s.Get(key)) }

// load is find for a row.
func (i *item) load(s *State, at *Slot) []byte { return i.orDefault(s.Load(at)) }

func (i *item) orDefault(raw []byte, ok bool) []byte {
	switch {
	case !ok:
		return i.it.Default
	case raw == nil:
		return []byte{}
	}
	return raw
}

// plain reads a value whose encoding is plain and right; false means that the codec is to read it.
func (i *item) plain(raw []byte, v reflect.Value) bool {
	return len(raw) == i.value.size && i.value.read(raw, v)
}

// decode reads a value by the codec into what v points to. Bytes after the value do not count, as in Substrate: root may write rows raw, and a
// row that is too long must not stop the chain.
func (i *item) decode(key, raw []byte, v any) {
	if err := scale.Unmarshal(raw, v); err != nil && !errors.Is(err, scale.ErrTrailing) {
		panic(&Corruption{Item: i.it.Name, Key: append([]byte(nil), key...), Err: err})
	}
}

// appendPlain encodes a value whose encoding is plain; false means that the codec is to do it.
func (i *item) appendPlain(s *State, v reflect.Value) ([]byte, bool) {
	if i.value.kind == composite {
		return nil, false
	}
	return i.value.appendTo(s.Buffer(i.size), v)
}

// encode encodes by the codec what v points to.
func (i *item) encode(s *State, v any) []byte { return scale.Append(s.Buffer(i.size), v) }

// each goes through the rows under a prefix, in the order of the storage keys. Key and value are good until the next row.
func (i *item) each(s *State, prefix []byte, yield func(key, raw []byte) bool) {
	for key, row := range s.walk(prefix) {
		var raw []byte
		var ok bool
		if row != nil {
			raw, ok = s.Load(row)
		} else {
			raw, ok = s.Get(key)
		}
		if ok && !yield(key, i.orDefault(raw, ok)) {
			return
		}
	}
}

// read decodes a value. The key is for the report of a corruption. A nil encoding is the zero value, of an item without another default.
func read[V any](i *item, key, raw []byte) (v V) {
	if raw == nil || i.plain(raw, reflect.ValueOf(&v).Elem()) {
		return v
	}
	p := new(V)
	i.decode(key, raw, p)
	return *p
}

// write encodes a value.
func write[V any](i *item, s *State, v V) []byte {
	if raw, ok := i.appendPlain(s, reflect.ValueOf(&v).Elem()); ok {
		return raw
	}
	return i.encode(s, box(v))
}

// box moves a value to where the codec may keep it: plain ones never go there.
func box[T any](v T) any { return &v }

func get[V any](i *item, s *State, key []byte) V { return read[V](i, key, i.find(s, key)) }

func try[V any](i *item, s *State, key []byte) (v V, ok bool) {
	raw, ok := s.Get(key)
	if ok {
		v = read[V](i, key, i.orDefault(raw, ok))
	}
	return v, ok
}

func mutate[V any](i *item, s *State, key []byte, change func(*V)) {
	at := s.Slot(key) // key does not live on while change works
	v := read[V](i, key, i.load(s, at))
	change(&v)
	s.Store(at, write(i, s, v))
}

func take[V any](i *item, s *State, key []byte) V {
	at := s.Slot(key)
	v := read[V](i, key, i.load(s, at))
	s.Remove(at)
	return v
}

// Value is a single stored value.
type Value[V any] struct{ base }

func (v *Value[V]) form() form { return form{value: reflect.TypeFor[V]()} }

// SetDefault sets what an absent value reads as; it is part of building a runtime, before its first block. It goes before a tag of the declaration,
// also when it is called before Bind.
func (v *Value[V]) SetDefault(value V) { v.i.it.Default = scale.Marshal(&value) }

// Default is what an absent value reads as.
func (v *Value[V]) Default() V { return read[V](&v.i, nil, v.i.it.Default) }

// Key is the storage key.
func (v *Value[V]) Key() []byte { return v.i.it.Prefix[:] }

// Get returns the value, or the default.
func (v *Value[V]) Get(s *State) V { return get[V](&v.i, s, v.Key()) }

// TryGet returns the value and whether it is present.
func (v *Value[V]) TryGet(s *State) (V, bool) { return try[V](&v.i, s, v.Key()) }

// Has tells whether a value is present.
func (v *Value[V]) Has(s *State) bool { return s.Has(v.Key()) }

// Set stores the value.
func (v *Value[V]) Set(s *State, value V) { s.Set(v.Key(), write(&v.i, s, value)) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (v *Value[V]) Mutate(s *State, change func(*V)) { mutate(&v.i, s, v.Key(), change) }

// Delete removes the value.
func (v *Value[V]) Delete(s *State) { s.Delete(v.Key()) }

// Take returns the value or the default, and removes it.
func (v *Value[V]) Take(s *State) V { return take[V](&v.i, s, v.Key()) }
