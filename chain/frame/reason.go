package frame

import "github.com/myelin-go/myelin/scale"

// HoldReason is why balance is held: a pallet's index and its own reason, 0 in every pallet that has one.
type HoldReason struct {
	Pallet, Reason uint8
}

// ScaleName is upstream's.
func (HoldReason) ScaleName() scale.Name {
	return scale.Name{Path: "node_subtensor_runtime::RuntimeHoldReason"}
}

// EncodeScale writes both indices.
func (r HoldReason) EncodeScale(e *scale.Encoder) { e.Byte(r.Pallet); e.Byte(r.Reason) }

// DecodeScale reads both indices.
func (r *HoldReason) DecodeScale(d *scale.Decoder) { r.Pallet, r.Reason = d.Byte(), d.Byte() }

// MinScale is the two index bytes.
func (HoldReason) MinScale() int { return 2 }

// FreezeReason is why balance is frozen. No pallet freezes, so there is no value of it on the wire.
type FreezeReason struct{ Pallet, Reason uint8 }

// ScaleName is upstream's.
func (FreezeReason) ScaleName() scale.Name {
	return scale.Name{Path: "node_subtensor_runtime::RuntimeFreezeReason"}
}

// EncodeScale writes both indices.
func (r FreezeReason) EncodeScale(e *scale.Encoder) { e.Byte(r.Pallet); e.Byte(r.Reason) }

// DecodeScale refuses: the type has no variants.
func (*FreezeReason) DecodeScale(d *scale.Decoder) { d.Invalid("there is no reason to freeze") }

// MinScale is the two index bytes.
func (FreezeReason) MinScale() int { return 2 }
