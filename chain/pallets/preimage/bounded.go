package preimage

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// inlineLimit is how many bytes of a call are stored where it is referred to; longer ones become preimages.
const inlineLimit = 128

// Bounded is a call of any size in a place of bounded size: itself, or the hash under which its bytes are noted.
type Bounded struct {
	scale.Enum
	Legacy *Legacy `index:"0,fields"`
	Inline *Bytes  `index:"1"`
	Lookup *Lookup `index:"2,fields"`
}

// Legacy refers to a call by its hash alone.
type Legacy struct{ Hash bt.Hash }

// Lookup refers to a call by hash and length.
type Lookup struct {
	Hash bt.Hash
	Len  uint32
}

// ScaleName is Substrate's.
func (Bounded) ScaleName() scale.Name {
	return scale.Name{Path: "frame_support::traits::preimages::Bounded", Params: []scale.Param{
		{Name: "T", Type: reflect.TypeFor[frame.RuntimeCall]()}, {Name: "H", Type: reflect.TypeFor[hasher]()},
	}}
}

// hasher stands for the hash function in the metadata; there are no values of it.
type hasher struct{}

// ScaleName is Substrate's.
func (hasher) ScaleName() scale.Name { return scale.Name{Path: "sp_runtime::traits::BlakeTwo256"} }

// Bytes is a call's encoding in the place of the call.
type Bytes []byte

// ScaleName is Substrate's.
func (Bytes) ScaleName() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[uint8]()}, {Name: "S"}}}
}

// Hash is what the bytes of the call are noted under; ok is false for a call that stands in its place.
func (b Bounded) Hash() (h bt.Hash, ok bool) {
	switch {
	case b.Legacy != nil:
		return b.Legacy.Hash, true
	case b.Lookup != nil:
		return b.Lookup.Hash, true
	}
	return h, false
}

// Len is the length of the noted bytes; ok is false where it is not told.
func (b Bounded) Len() (n uint32, ok bool) {
	if b.Lookup == nil {
		return 0, false
	}
	return b.Lookup.Len, true
}

// Bound makes a call storable. The bytes of a long one are noted by the chain itself, which asks no deposit and requests them once.
func (p *Pallet) Bound(c *frame.Ctx, call frame.RuntimeCall) (Bounded, error) {
	raw := scale.Marshal(&call)
	if len(raw) <= inlineLimit {
		b := Bytes(raw)
		return Bounded{Inline: &b}, nil
	}
	if len(raw) > maxSize {
		return Bounded{}, frame.Exhausted
	}
	if _, err := p.note(c, raw, nil); err != nil {
		return Bounded{}, err
	}
	return Bounded{Lookup: &Lookup{Hash: hash.Blake256(raw), Len: uint32(len(raw))}}, nil
}

// Peek finds the call. n is the length of noted bytes, 0 for a call that stands in its place. It fails with Unavailable when nobody noted the
// bytes, and with Corruption when they are no call.
func (p *Pallet) Peek(c *frame.Ctx, b Bounded) (call frame.RuntimeCall, n uint32, err error) {
	var raw []byte
	if b.Inline != nil {
		raw = *b.Inline
	} else {
		h, _ := b.Hash()
		n, told := b.Len()
		if !told {
			if n, told = p.length(c, h); !told {
				return call, 0, frame.Unavailable
			}
		}
		bytes, ok := p.Storage.PreimageFor.TryGet(c.State, Noted{A: h, B: n})
		if !ok {
			return call, 0, frame.Unavailable
		}
		raw = bytes
	}
	d := scale.NewDecoder(raw)
	d.Context = c.Env.Table
	call.DecodeScale(d)
	if d.Err() != nil {
		return call, 0, frame.Corrupt
	}
	if b.Inline == nil {
		n = uint32(len(raw))
	}
	return call, n, nil
}

// length is how many bytes are noted under a hash.
func (p *Pallet) length(c *frame.Ctx, h bt.Hash) (uint32, bool) {
	s, ok := p.Storage.RequestStatusFor.TryGet(c.State, h)
	switch {
	case !ok:
		return 0, false
	case s.Unrequested != nil:
		return s.Unrequested.Len, true
	}
	return s.Requested.MaybeLen.Get()
}

// Request asks for the bytes of a call to stay available until Drop.
func (p *Pallet) Request(c *frame.Ctx, b Bounded) {
	if h, ok := b.Hash(); ok {
		p.request(c, h)
	}
}

// Drop takes one request for the bytes of a call back.
func (p *Pallet) Drop(c *frame.Ctx, b Bounded) {
	if h, ok := b.Hash(); ok {
		_ = p.unrequest(c, h) // the bytes may be gone already
	}
}
