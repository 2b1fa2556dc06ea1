package storage

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"reflect"

	"github.com/myelin-go/myelin/scale"
)

// shape is how a type is encoded where that is as plain as most keys and values are; others take the codec's way. Plain ones are read and
// written here without memory of their own.
type shape struct {
	kind plainKind
	size int
}

type plainKind uint8

const (
	composite plainKind = iota
	word                // an unsigned integer, little endian
	flag                // a bool
	octets              // an array of bytes
)

// Types that look plain but say themselves how they are encoded.
var (
	marshaler   = reflect.TypeFor[scale.Marshaler]()
	unmarshaler = reflect.TypeFor[scale.Unmarshaler]()
	variants    = reflect.TypeFor[scale.Variants]()
	appender    = reflect.TypeFor[encoding.BinaryAppender]()
)

func shapeOf(t reflect.Type) shape {
	for _, own := range []reflect.Type{marshaler, unmarshaler, variants, appender} {
		if t.Implements(own) || reflect.PointerTo(t).Implements(own) {
			return shape{}
		}
	}
	switch t.Kind() {
	case reflect.Bool:
		return shape{flag, 1}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return shape{word, int(t.Size())}
	case reflect.Array:
		if t.Elem() == reflect.TypeFor[byte]() {
			return shape{octets, t.Len()}
		}
	}
	return shape{}
}

// appendTo appends the encoding of v, which has the shape; false means that it has no plain one.
func (p shape) appendTo(dst []byte, v reflect.Value) ([]byte, bool) {
	switch p.kind {
	case word:
		return appendWord(dst, v.Uint(), p.size), true
	case flag:
		if v.Bool() {
			return append(dst, 1), true
		}
		return append(dst, 0), true
	case octets:
		return append(dst, v.Bytes()...), true
	}
	return dst, false
}

// read sets v from the front of raw; false means that raw does not begin with a plain encoding, and that v is as it was.
func (p shape) read(raw []byte, v reflect.Value) bool {
	if p.kind == composite || len(raw) < p.size {
		return false
	}
	switch p.kind {
	case word:
		v.SetUint(readWord(raw[:p.size]))
	case flag:
		if raw[0] > 1 {
			return false
		}
		v.SetBool(raw[0] == 1)
	case octets:
		copy(v.Bytes(), raw)
	}
	return true
}

func appendWord(dst []byte, v uint64, size int) []byte {
	switch size {
	case 1:
		return append(dst, byte(v))
	case 2:
		return binary.LittleEndian.AppendUint16(dst, uint16(v))
	case 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(v))
	}
	return binary.LittleEndian.AppendUint64(dst, v)
}

func readWord(raw []byte) uint64 {
	switch len(raw) {
	case 1:
		return uint64(raw[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(raw))
	case 4:
		return uint64(binary.LittleEndian.Uint32(raw))
	}
	return binary.LittleEndian.Uint64(raw)
}

// plainKey appends room for the hash of the item's key at a place, and the key where its encoding is plain. The state is nil where the key is
// for somebody else.
func (i *item) plainKey(s *State, dst []byte, at int, k reflect.Value) ([]byte, bool) {
	code, from := i.it.Hashers[at], len(dst)
	dst, plain := i.keys[at].appendTo(code.open(dst), k)
	if !plain {
		return dst[:from], false
	}
	return sealed(s, code, dst, from), true
}

// codecKey is plainKey by the codec.
func (i *item) codecKey(s *State, dst []byte, at int, k any) []byte {
	code, from := i.it.Hashers[at], len(dst)
	return sealed(s, code, scale.Append(code.open(dst), k), from)
}

func sealed(s *State, code HasherCode, dst []byte, from int) []byte {
	if s == nil {
		return code.seal(dst, from)
	}
	return s.seal(code, dst, from)
}

// appendKey appends the hashed form of an item's key at a place.
func appendKey[K any](i *item, s *State, dst []byte, at int, k K) []byte {
	dst, plain := i.plainKey(s, dst, at, reflect.ValueOf(&k).Elem())
	if !plain {
		return i.codecKey(s, dst, at, box(k))
	}
	return dst
}

// appendFields appends the hashed forms of the first n keys, which are the fields of k.
func appendFields[K any](i *item, s *State, dst []byte, k K, n int) []byte {
	dst, plain := i.plainFields(s, dst, reflect.ValueOf(&k).Elem(), n)
	if !plain {
		return i.codecFields(s, dst, box(k), n)
	}
	return dst
}

func (i *item) plainFields(s *State, dst []byte, k reflect.Value, n int) ([]byte, bool) {
	from := len(dst)
	for at := range n {
		var plain bool
		if dst, plain = i.plainKey(s, dst, at, k.Field(at)); !plain {
			return dst[:from], false
		}
	}
	return dst, true
}

func (i *item) codecFields(s *State, dst []byte, k any, n int) []byte {
	v := reflect.ValueOf(k).Elem()
	for at := range n {
		dst = i.codecKey(s, dst, at, v.Field(at).Addr().Interface())
	}
	return dst
}

// readKey decodes the item's key at a place from the front of raw and returns what follows it.
func readKey[K any](i *item, at int, raw []byte) (k K, rest []byte) {
	if rest, ok := i.readPlainKey(at, raw, reflect.ValueOf(&k).Elem()); ok {
		return k, rest
	}
	p := new(K)
	rest = i.readCodecKey(at, raw, p)
	return *p, rest
}

func (i *item) skip(at int) int {
	skip := i.it.Hashers[at].Skip()
	if skip < 0 {
		panic(fmt.Sprintf("storage: keys of %s are hashed by hasher %d and cannot be read back", i.it.Name, i.it.Hashers[at]))
	}
	return skip
}

func (i *item) readPlainKey(at int, raw []byte, k reflect.Value) (rest []byte, ok bool) {
	skip := i.skip(at)
	if len(raw) < skip || !i.keys[at].read(raw[skip:], k) {
		return raw, false
	}
	return raw[skip+i.keys[at].size:], true
}

func (i *item) readCodecKey(at int, raw []byte, k any) (rest []byte) {
	d := scale.NewDecoder(raw)
	d.Raw(i.skip(at))
	d.Decode(k)
	if err := d.Err(); err != nil {
		panic(&Corruption{Item: i.it.Name, Key: append([]byte(nil), raw...), Err: err})
	}
	return raw[d.Offset():]
}

// readFields decodes all keys, which are the fields of K.
func readFields[K any](i *item, raw []byte) (k K) {
	if i.readPlainFields(raw, reflect.ValueOf(&k).Elem()) {
		return k
	}
	p := new(K)
	i.readCodecFields(raw, p)
	return *p
}

func (i *item) readPlainFields(raw []byte, k reflect.Value) bool {
	for at := range i.keys {
		var ok bool
		if raw, ok = i.readPlainKey(at, raw, k.Field(at)); !ok {
			return false
		}
	}
	return len(raw) == 0
}

func (i *item) readCodecFields(raw []byte, k any) {
	d := scale.NewDecoder(raw)
	v := reflect.ValueOf(k).Elem()
	for at := range i.keys {
		d.Raw(i.skip(at))
		d.Decode(v.Field(at).Addr().Interface())
	}
	if err := d.End(); err != nil {
		panic(&Corruption{Item: i.it.Name, Key: append([]byte(nil), raw...), Err: err})
	}
}
