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

// appendKey appends the hashed form of a key. The state is nil where the key is for somebody else.
func appendKey[K any](s *State, dst []byte, code HasherCode, p shape, k *K) []byte {
	at := len(dst)
	dst, plain := p.appendTo(code.open(dst), reflect.ValueOf(k).Elem())
	if !plain {
		dst = appendComposite(dst, *k)
	}
	if s == nil {
		return code.seal(dst, at)
	}
	return s.seal(code, dst, at)
}

func appendComposite[T any](dst []byte, v T) []byte { return scale.Append(dst, &v) }

// readKey decodes one hashed key from the front of raw and returns what follows it.
func readKey[K any](item string, code HasherCode, p shape, raw []byte) (k K, rest []byte) {
	skip := code.Skip()
	if skip < 0 {
		panic(fmt.Sprintf("storage: keys of %s are hashed by hasher %d and cannot be read back", item, code))
	}
	if len(raw) >= skip && p.read(raw[skip:], reflect.ValueOf(&k).Elem()) {
		return k, raw[skip+p.size:]
	}
	return readComposite[K](item, skip, raw)
}

func readComposite[K any](item string, skip int, raw []byte) (k K, rest []byte) {
	d := scale.NewDecoder(raw)
	d.Raw(skip)
	d.Decode(&k)
	if err := d.Err(); err != nil {
		panic(&Corruption{Item: item, Key: append([]byte(nil), raw...), Err: err})
	}
	return k, raw[d.Offset():]
}
