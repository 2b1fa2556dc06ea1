package codec

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

// EncodeCall writes a call: the pallet's index, the call's index and its arguments.
func (c *Codec) EncodeCall(call Call) ([]byte, error) {
	p := c.Metadata.Pallet(call.Pallet)
	if p == nil {
		return nil, fmt.Errorf("call %v: %w: there is no pallet %s", call, ErrUnknown, call.Pallet)
	}
	v := c.Metadata.CallNamed(p, call.Name)
	if v == nil {
		return nil, fmt.Errorf("call %v: %w", call, ErrUnknown)
	}
	e := encoder{Encoder: scale.NewEncoder([]byte{p.Index, v.Index}), c: c}
	args := call.Args
	if isNil(args) {
		args = map[string]any{}
	}
	if err := e.fields(p.Calls.Value, v.Fields, args); err != nil {
		return nil, fmt.Errorf("call %v: %w", call, err)
	}
	return e.Bytes(), nil
}

// DecodeCall reads a call from all of raw. Args is a map[string]any, or nil for a call without arguments.
func (c *Codec) DecodeCall(raw []byte) (Call, error) {
	v, err := c.Decode(c.call, raw)
	if err != nil {
		return Call{}, err
	}
	call, ok := AsCall(v)
	if !ok {
		return Call{}, fmt.Errorf("%w: %v is no call", ErrValue, v)
	}
	return call, nil
}

// AsCall takes a decoded value of the runtime's outer call.
func AsCall(v any) (Call, bool) {
	outer, ok := v.(Variant)
	if !ok {
		return Call{}, false
	}
	inner, ok := outer.Value.(Variant)
	return Call{Pallet: outer.Name, Name: inner.Name, Args: inner.Value}, ok
}

// Event is an event of a block.
type Event struct {
	// Extrinsic is the index of the extrinsic that it came with, or -1.
	Extrinsic    int
	Pallet, Name string
	// Fields is a map[string]any of named fields, a value or list of unnamed ones, or nil.
	Fields any
	Topics []bt.Hash
}

// String prints Pallet.Name.
func (e Event) String() string { return e.Pallet + "." + e.Name }

// Is tells whether it is this event of this pallet.
func (e Event) Is(pallet, name string) bool { return e.Pallet == pallet && e.Name == name }

// Field is a named field; nil when there is none.
func (e Event) Field(name string) any {
	m, _ := e.Fields.(map[string]any)
	return m[name]
}

// DecodeEvents reads the events of a block: the value of System.Events.
func (c *Codec) DecodeEvents(raw []byte) ([]Event, error) {
	if !c.hasEvent {
		return nil, fmt.Errorf("events: %w: there is no outer event", ErrUnknown)
	}
	d := c.decoder(raw)
	n := d.Length(4)
	var out []Event
	for i := range n {
		e := Event{Extrinsic: -1}
		switch phase := d.Byte(); phase {
		case 0:
			e.Extrinsic = int(d.U32())
		case 1, 2:
		default:
			d.Invalid("phase %d", phase)
		}
		outer, _ := d.value(c.event).(Variant)
		inner, _ := outer.Value.(Variant)
		e.Pallet, e.Name, e.Fields = outer.Name, inner.Name, inner.Value
		for range d.Length(32) {
			e.Topics = append(e.Topics, bt.Hash(d.fixed32()))
		}
		if err := d.Err(); err != nil {
			return nil, fmt.Errorf("event %d of %d: %w", i, n, err)
		}
		out = append(out, e)
	}
	if err := d.End(); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return out, nil
}

// Item is a storage item.
type Item struct {
	c     *Codec
	name  string
	entry *metadata.Entry
	keys  []uint32
	base  [32]byte
}

// Item finds a storage item.
func (c *Codec) Item(pallet, name string) (*Item, error) {
	p := c.Metadata.Pallet(pallet)
	if p == nil || p.Entry(name) == nil {
		return nil, fmt.Errorf("storage item %s.%s: %w", pallet, name, ErrUnknown)
	}
	it := &Item{c: c, name: pallet + "." + name, entry: p.Entry(name)}
	a, b := hash.Twox128([]byte(p.Storage.Value.Prefix)), hash.Twox128([]byte(name))
	copy(it.base[:16], a[:])
	copy(it.base[16:], b[:])
	switch n := len(it.entry.Hashers); {
	case n == 1:
		it.keys = []uint32{it.entry.Key}
	case n > 1:
		if it.keys = c.Metadata.Type(it.entry.Key).Tuple; len(it.keys) != n {
			return nil, fmt.Errorf("storage item %s: %w: %d hashers for %d keys", it.name, ErrValue, n, len(it.keys))
		}
	}
	return it, nil
}

// Keys is how many keys lead to a value.
func (it *Item) Keys() int { return len(it.keys) }

// Key is the storage key of a value, or with fewer keys the prefix of several.
func (it *Item) Key(keys ...any) ([]byte, error) {
	if len(keys) > len(it.keys) {
		return nil, fmt.Errorf("storage item %s: %w: %d keys given, it takes %d", it.name, ErrValue, len(keys), len(it.keys))
	}
	out := append([]byte{}, it.base[:]...)
	for i, k := range keys {
		raw, err := it.c.Encode(it.keys[i], k)
		if err != nil {
			return nil, fmt.Errorf("storage item %s: key %d: %w", it.name, i, err)
		}
		out = appendHashed(out, it.entry.Hashers[i], raw)
	}
	return out, nil
}

func appendHashed(out []byte, h metadata.Hasher, raw []byte) []byte {
	switch h {
	case metadata.Blake2_128:
		d := hash.Blake128(raw)
		return append(out, d[:]...)
	case metadata.Blake2_256:
		d := hash.Blake256(raw)
		return append(out, d[:]...)
	case metadata.Blake2_128Concat:
		d := hash.Blake128(raw)
		return append(append(out, d[:]...), raw...)
	case metadata.Twox128:
		d := hash.Twox128(raw)
		return append(out, d[:]...)
	case metadata.Twox256:
		d := hash.Twox256(raw)
		return append(out, d[:]...)
	case metadata.Twox64Concat:
		d := hash.Twox64(raw)
		return append(append(out, d[:]...), raw...)
	}
	return append(out, raw...)
}

// hashed is the length of a hasher's digest, and whether the key itself follows it.
func hashed(h metadata.Hasher) (digest int, concat bool) {
	switch h {
	case metadata.Blake2_128, metadata.Twox128:
		return 16, false
	case metadata.Blake2_256, metadata.Twox256:
		return 32, false
	case metadata.Blake2_128Concat:
		return 16, true
	case metadata.Twox64Concat:
		return 8, true
	}
	return 0, true
}

// DecodeKey reads the keys back from a storage key. A key that was hashed without being kept is nil.
func (it *Item) DecodeKey(raw []byte) ([]any, error) {
	if len(raw) < len(it.base) || [32]byte(raw[:32]) != it.base {
		return nil, fmt.Errorf("storage item %s: %w: %x is not one of its keys", it.name, ErrValue, raw)
	}
	d := it.c.decoder(raw[32:])
	out := make([]any, len(it.keys))
	for i, id := range it.keys {
		digest, concat := hashed(it.entry.Hashers[i])
		d.Raw(digest)
		if concat {
			out[i] = d.value(id)
		}
	}
	if err := d.End(); err != nil {
		return nil, fmt.Errorf("storage item %s: key: %w", it.name, err)
	}
	return out, nil
}

// Decode reads a value as it stands in storage. With raw nil, that is no value, it is the item's default, or nil for an optional item.
func (it *Item) Decode(raw []byte) (any, error) {
	if raw == nil {
		if it.entry.Optional {
			return nil, nil
		}
		raw = it.entry.Default
	}
	v, err := it.c.Decode(it.entry.Value, raw)
	if err != nil {
		return nil, fmt.Errorf("storage item %s: %w", it.name, err)
	}
	return v, nil
}

// Constant decodes a constant of a pallet.
func (c *Codec) Constant(pallet, name string) (any, error) {
	p := c.Metadata.Pallet(pallet)
	if p == nil || p.Constant(name) == nil {
		return nil, fmt.Errorf("constant %s.%s: %w", pallet, name, ErrUnknown)
	}
	k := p.Constant(name)
	v, err := c.Decode(k.Type, k.Value)
	if err != nil {
		return nil, fmt.Errorf("constant %s.%s: %w", pallet, name, err)
	}
	return v, nil
}

// EncodeArgs writes the arguments of a runtime function in order. Version 14 describes none: then it fails with ErrUnknown.
func (c *Codec) EncodeArgs(api, method string, args ...any) ([]byte, error) {
	m := c.Metadata.Method(api + "_" + method)
	if m == nil {
		return nil, fmt.Errorf("runtime function %s.%s: %w", api, method, ErrUnknown)
	}
	if len(args) != len(m.Inputs) {
		return nil, fmt.Errorf("runtime function %s.%s: %w: %d arguments given, it takes %d", api, method, ErrValue, len(args), len(m.Inputs))
	}
	e := encoder{Encoder: scale.NewEncoder(nil), c: c}
	for i, in := range m.Inputs {
		if err := e.value(in.Type, args[i]); err != nil {
			return nil, fmt.Errorf("runtime function %s.%s: %s: %w", api, method, in.Name, err)
		}
	}
	return e.Bytes(), nil
}

// DecodeResult reads what a runtime function returned.
func (c *Codec) DecodeResult(api, method string, raw []byte) (any, error) {
	m := c.Metadata.Method(api + "_" + method)
	if m == nil {
		return nil, fmt.Errorf("runtime function %s.%s: %w", api, method, ErrUnknown)
	}
	v, err := c.Decode(m.Output, raw)
	if err != nil {
		return nil, fmt.Errorf("runtime function %s.%s: %w", api, method, err)
	}
	return v, nil
}

// Error is a pallet's error with its documentation.
type Error struct {
	Pallet, Name string
	Docs         []string
}

// Error finds an error of a pallet by its numbers; ok is false for numbers that the metadata does not know.
func (c *Codec) Error(pallet, index uint8) (out Error, ok bool) {
	p := c.Metadata.PalletAt(pallet)
	if p == nil {
		return Error{}, false
	}
	v := c.Metadata.ErrorAt(p, index)
	if v == nil {
		return Error{Pallet: p.Name}, false
	}
	return Error{Pallet: p.Name, Name: v.Name, Docs: v.Docs}, true
}
