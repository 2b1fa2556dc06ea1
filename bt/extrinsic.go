package bt

import (
	"errors"
	"fmt"

	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// MultiAddress names an account in an extrinsic. The runtime accepts ID only.
type MultiAddress struct {
	scale.Enum
	Id        *AccountID             `index:"0"`
	Index     *scale.Compact[uint32] `index:"1"`
	Raw       *[]byte                `index:"2"`
	Address32 *[32]byte              `index:"3"`
	Address20 *[20]byte              `index:"4"`
}

// AddressOf is the MultiAddress of an account.
func AddressOf(a AccountID) MultiAddress { return MultiAddress{Id: &a} }

// MultiSignature is a signature with its scheme.
type MultiSignature struct {
	scale.Enum
	Ed25519 *[64]byte `index:"0"`
	Sr25519 *[64]byte `index:"1"`
	Ecdsa   *[65]byte `index:"2"`
}

// Extra is what a signed extrinsic carries for Subtensor's transaction extensions, in their order; the other extensions are empty.
type Extra struct {
	Era   Era
	Nonce Nonce `scale:"compact"`
	Tip   Rao   `scale:"compact"`
	Mode  uint8 // CheckMetadataHash: 0 off, 1 on
}

// EncodeScale is written by hand: every transaction has one, and what is signed holds it too.
func (x Extra) EncodeScale(e *scale.Encoder) {
	x.Era.EncodeScale(e)
	e.Compact(uint64(x.Nonce))
	e.Compact(uint64(x.Tip))
	e.Byte(x.Mode)
}

// DecodeScale reads what EncodeScale writes.
func (x *Extra) DecodeScale(d *scale.Decoder) {
	x.Era.DecodeScale(d)
	var nonce scale.Compact[Nonce]
	nonce.DecodeScale(d)
	x.Nonce, x.Tip, x.Mode = nonce.V, Rao(d.Compact()), d.Byte()
}

// MinScale is one byte for each field.
func (Extra) MinScale() int { return 4 }

// Implicit is what is signed beside the explicit data: it binds a signature to one chain, runtime version and era.
type Implicit struct {
	SpecVersion        uint32
	TransactionVersion uint32
	Genesis            Hash
	Birth              Hash // hash of the era's birth block; genesis when immortal
	MetadataHash       scale.Option[Hash]
}

// Signed is the signed part of an extrinsic.
type Signed struct {
	Address   MultiAddress
	Signature MultiSignature
	Extra     Extra
}

// Parsed is an extrinsic taken apart. Call shares memory with the extrinsic.
type Parsed struct {
	Signed *Signed // nil for an inherent or unsigned transaction
	Call   []byte
}

const (
	versionSigned   = 0x84 // version 4 with the bit for a signature
	versionUnsigned = 0x04
	versionBare     = 0x05
)

// ErrExtrinsic is wrapped when bytes are no extrinsic of version 4.
var ErrExtrinsic = errors.New("not an extrinsic")

// Parse takes an extrinsic apart without looking into the call. Bare extrinsics of version 5 are accepted, as upstream does.
func (x Extrinsic) Parse() (Parsed, error) {
	d := scale.NewDecoder(x)
	n := d.Compact()
	if d.Err() == nil && n != uint64(d.Left()) {
		return Parsed{}, fmt.Errorf("%w: its length says %d bytes, but %d follow", ErrExtrinsic, n, d.Left())
	}
	var p Parsed
	switch v := d.Byte(); {
	case d.Err() != nil:
	case v == versionUnsigned || v == versionBare:
	case v == versionSigned:
		p.Signed = new(Signed)
		d.Decode(p.Signed)
	default:
		return Parsed{}, fmt.Errorf("%w: version byte %#x, want %#x or %#x", ErrExtrinsic, v, versionSigned, versionUnsigned)
	}
	p.Call = d.Rest()
	if err := d.Err(); err != nil {
		return Parsed{}, fmt.Errorf("%w: %w", ErrExtrinsic, err)
	}
	return p, nil
}

// Encode puts an extrinsic together.
func (p Parsed) Encode() Extrinsic {
	var e scale.Encoder
	if p.Signed == nil {
		e.Byte(versionUnsigned)
	} else {
		e.Byte(versionSigned)
		e.Encode(p.Signed)
	}
	e.Raw(p.Call)
	return append(scale.AppendCompact(nil, uint64(e.Len())), e.Bytes()...)
}

// SigningPayload is what the signer of an extrinsic signs: call, explicit and implicit data, or their blake2b-256 when longer
// than 256 bytes.
func SigningPayload(call []byte, extra Extra, implicit Implicit) []byte {
	const longest = 256
	e := scale.NewEncoder(make([]byte, 0, longest))
	e.Raw(call)
	extra.EncodeScale(e)
	e.Encode(&implicit)
	if e.Len() > longest {
		h := hash.Blake256(e.Bytes())
		return h[:]
	}
	return e.Bytes()
}
