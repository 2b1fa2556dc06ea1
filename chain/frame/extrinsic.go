package frame

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

// Extrinsic is an extrinsic as an argument of runtime functions, with its call decoded. Decoding needs the runtime's Table in the decoder's
// Context.
type Extrinsic struct {
	Raw    bt.Extrinsic
	Signed *bt.Signed
	Call   RuntimeCall
}

// ScaleName is upstream's: it wraps Substrate's extrinsic for Ethereum's sake.
func (Extrinsic) ScaleName() scale.Name {
	return scale.Name{Path: "fp_self_contained::unchecked_extrinsic::UncheckedExtrinsic"}
}

// IsSigned tells whether somebody signed.
func (x Extrinsic) IsSigned() bool { return x.Signed != nil }

// Tip is what the signer adds to the fee.
func (x Extrinsic) Tip() bt.Rao {
	if x.Signed == nil {
		return 0
	}
	return x.Signed.Extra.Tip
}

// EncodeScale writes the bytes with their length.
func (x Extrinsic) EncodeScale(e *scale.Encoder) { e.Raw(x.Raw) }

// DecodeScale reads an extrinsic with its length.
func (x *Extrinsic) DecodeScale(d *scale.Decoder) {
	body := d.ByteSlice()
	if d.Err() != nil {
		return
	}
	raw := append(scale.AppendCompact(nil, uint64(len(body))), body...)
	parsed, err := bt.Extrinsic(raw).Parse()
	if err != nil {
		d.Fail(err)
		return
	}
	in := scale.NewDecoder(parsed.Call)
	in.Context = d.Context
	x.Raw, x.Signed = raw, parsed.Signed
	x.Call.DecodeScale(in)
	d.Fail(in.End())
}
