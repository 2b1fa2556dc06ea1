package storage

import (
	"encoding/hex"
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
	bind(pallet string, f reflect.StructField)
	item() *Item
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
		d.bind(pallet, f)
	}
}

// Items lists what Bind bound, in the order of declaration.
func Items(target any) []*Item {
	v := reflect.ValueOf(target).Elem()
	out := make([]*Item, 0, v.NumField())
	for i := range v.NumField() {
		out = append(out, v.Field(i).Addr().Interface().(declared).item())
	}
	return out
}

// core is what all kinds of items share.
type core[V any] struct {
	it    Item
	size  int     // the fewest bytes of a value, to encode it without growing
	value shape   // of a value
	keys  []shape // of the keys
}

func (c *core[V]) item() *Item { return &c.it }

func (c *core[V]) init(pallet string, f reflect.StructField, hashers []HasherCode, keys []reflect.Type) {
	name := f.Name
	if n := f.Tag.Get("name"); n != "" {
		name = n
	}
	value := reflect.TypeFor[V]()
	for _, t := range append(keys, value) {
		if err := scale.Check(t); err != nil {
			panic(fmt.Sprintf("storage: %s.%s: %v", pallet, name, err))
		}
	}
	c.size = scale.MinSize(value)
	c.value, c.keys = shapeOf(value), c.keys[:0]
	for _, t := range keys {
		c.keys = append(c.keys, shapeOf(t))
	}
	c.it = Item{
		Name: name, Optional: f.Tag.Get("storage") == "optional", Hashers: hashers, Keys: keys, Value: value, Docs: f.Tag.Get("doc"),
		Default: c.it.Default,
	}
	if text := f.Tag.Get("default"); text != "" && c.it.Default == nil {
		raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		if err == nil {
			err = scale.Unmarshal(raw, new(V))
		}
		if err != nil {
			panic(fmt.Sprintf("storage: default %s of %s.%s: %v", text, pallet, name, err))
		}
		c.it.Default = raw
	}
	p, n := hash.Twox128([]byte(pallet)), hash.Twox128([]byte(name))
	copy(c.it.Prefix[:], p[:])
	copy(c.it.Prefix[16:], n[:])
}

// SetDefault sets what absent keys read as; it is part of building a runtime, before its first block. It goes before a tag of the declaration,
// also when it is called before Bind.
func (c *core[V]) SetDefault(v V) { c.it.Default = scale.Marshal(&v) }

// Default is what absent keys read as.
func (c *core[V]) Default() (v V) {
	if c.it.Default != nil {
		return c.decode(nil, c.it.Default)
	}
	return v
}

// Prefix is the part of the key that all of the item's rows share.
func (c *core[V]) Prefix() []byte { return c.it.Prefix[:] }

func (c *core[V]) decode(key, raw []byte) (v V) {
	if len(raw) == c.value.size && c.value.read(raw, reflect.ValueOf(&v).Elem()) {
		return v
	}
	return c.decodeComposite(key, raw)
}

func (c *core[V]) decodeComposite(key, raw []byte) (v V) {
	if err := scale.Unmarshal(raw, &v); err != nil {
		panic(&Corruption{Item: c.it.Name, Key: append([]byte(nil), key...), Err: err})
	}
	return v
}

func (c *core[V]) encode(s *State, v V) []byte {
	buf, plain := c.value.appendTo(s.Buffer(c.size), reflect.ValueOf(&v).Elem())
	if !plain {
		return appendComposite(buf, v)
	}
	return buf
}

func (c *core[V]) get(s *State, key []byte) V {
	v, ok := c.tryGet(s, key)
	if !ok {
		return c.Default()
	}
	return v
}

func (c *core[V]) tryGet(s *State, key []byte) (v V, ok bool) {
	raw, ok := s.Get(key)
	if ok {
		v = c.decode(key, raw)
	}
	return v, ok
}

func (c *core[V]) set(s *State, key []byte, v V) { s.Store(s.Slot(key), c.encode(s, v)) }

func (c *core[V]) mutate(s *State, key []byte, change func(*V)) {
	at := s.Slot(key) // key does not live on while change works
	v := c.load(s, at)
	change(&v)
	s.Store(at, c.encode(s, v))
}

func (c *core[V]) take(s *State, key []byte) V {
	at := s.Slot(key)
	v := c.load(s, at)
	s.Remove(at)
	return v
}

func (c *core[V]) load(s *State, at *Slot) V {
	raw, ok := s.Load(at)
	if !ok {
		return c.Default()
	}
	if v := c.value; len(raw) == v.size && v.kind != composite {
		return c.decode(nil, raw)
	}
	return c.decode(at.Key(), raw)
}

// Value is a single stored value.
type Value[V any] struct{ core[V] }

func (v *Value[V]) bind(pallet string, f reflect.StructField) { v.init(pallet, f, nil, nil) }

// Key is the storage key.
func (v *Value[V]) Key() []byte { return v.it.Prefix[:] }

// Get returns the value, or the default.
func (v *Value[V]) Get(s *State) V { return v.get(s, v.Key()) }

// TryGet returns the value and whether it is present.
func (v *Value[V]) TryGet(s *State) (V, bool) { return v.tryGet(s, v.Key()) }

// Has tells whether a value is present.
func (v *Value[V]) Has(s *State) bool { return s.Has(v.Key()) }

// Set stores the value.
func (v *Value[V]) Set(s *State, value V) { v.set(s, v.Key(), value) }

// Mutate reads the value or the default, lets change work on it, and stores it.
func (v *Value[V]) Mutate(s *State, change func(*V)) { v.mutate(s, v.Key(), change) }

// Delete removes the value.
func (v *Value[V]) Delete(s *State) { s.Delete(v.Key()) }

// Take returns the value or the default, and removes it.
func (v *Value[V]) Take(s *State) V { return v.take(s, v.Key()) }
