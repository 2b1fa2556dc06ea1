package system

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

// AccountInfo is what System.Account stores: nonce, reference counters and balances, 56 bytes.
type AccountInfo struct {
	Nonce       bt.Nonce
	Consumers   uint32
	Providers   uint32
	Sufficients uint32
	Data        AccountData
}

// ScaleName is Substrate's.
func (AccountInfo) ScaleName() scale.Name {
	return scale.Name{Path: "frame_system::AccountInfo", Params: []scale.Param{
		{Name: "Nonce", Type: reflect.TypeFor[bt.Nonce]()}, {Name: "AccountData", Type: reflect.TypeFor[AccountData]()},
	}}
}

// EncodeScale is written by hand: every transfer encodes accounts.
func (a AccountInfo) EncodeScale(e *scale.Encoder) {
	e.U32(a.Nonce)
	e.U32(a.Consumers)
	e.U32(a.Providers)
	e.U32(a.Sufficients)
	a.Data.EncodeScale(e)
}

// DecodeScale reads what EncodeScale writes.
func (a *AccountInfo) DecodeScale(d *scale.Decoder) {
	a.Nonce, a.Consumers, a.Providers, a.Sufficients = d.U32(), d.U32(), d.U32(), d.U32()
	a.Data.DecodeScale(d)
}

// MinScale is the exact size.
func (AccountInfo) MinScale() int { return accountSize }

const accountSize = 56

// AccountData is the balances of an account, in rao. Frozen overlaps Free and Reserved; Reserved does not overlap Free.
type AccountData struct {
	Free     bt.Rao
	Reserved bt.Rao
	Frozen   bt.Rao
	Flags    ExtraFlags
}

// NewAccountData is the data of an account that holds nothing.
func NewAccountData() AccountData { return AccountData{Flags: newLogic} }

// ScaleName is Substrate's.
func (AccountData) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_balances::types::AccountData", Params: []scale.Param{
		{Name: "Balance", Type: reflect.TypeFor[bt.Rao]()},
	}}
}

// EncodeScale is written by hand: every transfer encodes accounts.
func (a AccountData) EncodeScale(e *scale.Encoder) {
	e.U64(uint64(a.Free))
	e.U64(uint64(a.Reserved))
	e.U64(uint64(a.Frozen))
	a.Flags.V.EncodeScale(e)
}

// DecodeScale reads what EncodeScale writes.
func (a *AccountData) DecodeScale(d *scale.Decoder) {
	a.Free, a.Reserved, a.Frozen = bt.Rao(d.U64()), bt.Rao(d.U64()), bt.Rao(d.U64())
	a.Flags.V.DecodeScale(d)
}

// MinScale is the exact size.
func (AccountData) MinScale() int { return 40 }

// ExtraFlags is a set of marks on an account; the only one in use says that its references are counted in today's way.
type ExtraFlags struct {
	scale.Tuple `scale:"-"`
	V           scale.Uint128
}

var newLogic = ExtraFlags{V: scale.Uint128{Hi: 1 << 63}}

// ScaleName is Substrate's.
func (ExtraFlags) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_balances::types::ExtraFlags"}
}

// PerClass is a value for each class of dispatch.
type PerClass[T any] struct{ Normal, Operational, Mandatory T }

// ScaleName is Substrate's.
func (PerClass[T]) ScaleName() scale.Name {
	return scale.Name{Path: "frame_support::dispatch::PerDispatchClass", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[T]()}}}
}

// Of points to the value of a class.
func (p *PerClass[T]) Of(c frame.Class) *T {
	switch c {
	case frame.Operational:
		return &p.Operational
	case frame.Mandatory:
		return &p.Mandatory
	}
	return &p.Normal
}

// Digest is the list of logs of a header.
type Digest struct{ Logs []bt.DigestItem }

// ScaleName is Substrate's.
func (Digest) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::generic::digest::Digest"}
}

// LastRuntimeUpgradeInfo names the runtime that executed the last block.
type LastRuntimeUpgradeInfo struct {
	SpecVersion uint32 `scale:"compact"`
	SpecName    Text
}

// ScaleName is Substrate's.
func (LastRuntimeUpgradeInfo) ScaleName() scale.Name {
	return scale.Name{Path: "frame_system::LastRuntimeUpgradeInfo"}
}

// CodeUpgradeAuthorization is a runtime that root allowed anybody to submit.
type CodeUpgradeAuthorization struct {
	CodeHash     bt.Hash
	CheckVersion bool
}

// ScaleName is Substrate's.
func (CodeUpgradeAuthorization) ScaleName() scale.Name {
	return scale.Name{Path: "frame_system::CodeUpgradeAuthorization", Params: []scale.Param{{Name: "T"}}}
}

// DispatchInfo is what an extrinsic's outcome event tells of its cost. Weight includes the base cost of an extrinsic.
type DispatchInfo struct {
	Weight  frame.Weight
	Class   frame.Class
	PaysFee frame.Pays
}

// ScaleName is Substrate's.
func (DispatchInfo) ScaleName() scale.Name {
	return scale.Name{Path: "frame_system::DispatchEventInfo"}
}

// EncodeScale is written by hand: every extrinsic ends with one.
func (i DispatchInfo) EncodeScale(e *scale.Encoder) {
	e.Compact(i.Weight.RefTime)
	e.Compact(i.Weight.ProofSize)
	e.Byte(byte(i.Class))
	e.Byte(byte(i.PaysFee))
}

// DecodeScale reads what EncodeScale writes.
func (i *DispatchInfo) DecodeScale(d *scale.Decoder) {
	i.Weight.RefTime, i.Weight.ProofSize = d.Compact(), d.Compact()
	d.Decode(&i.Class)
	d.Decode(&i.PaysFee)
}

// MinScale is two compact integers and two tags.
func (DispatchInfo) MinScale() int { return 4 }

// EncodeScale is written by hand, like the event's content.
func (f ExtrinsicSuccess) EncodeScale(e *scale.Encoder) { f.DispatchInfo.EncodeScale(e) }

// DecodeScale reads what EncodeScale writes.
func (f *ExtrinsicSuccess) DecodeScale(d *scale.Decoder) { f.DispatchInfo.DecodeScale(d) }

// MinScale is that of the content.
func (f ExtrinsicSuccess) MinScale() int { return f.DispatchInfo.MinScale() }

// DbWeight is the price of database access in reference time.
type DbWeight struct{ Read, Write uint64 }

// ScaleName is Substrate's.
func (DbWeight) ScaleName() scale.Name { return scale.Name{Path: "sp_weights::RuntimeDbWeight"} }

// BlockLength is how many bytes of extrinsics a block may hold, by class.
type BlockLength struct{ Max PerClass[uint32] }

// ScaleName is Substrate's.
func (BlockLength) ScaleName() scale.Name {
	return scale.Name{Path: "frame_system::limits::BlockLength"}
}

// BlockWeights is how much work a block may hold.
type BlockWeights struct {
	BaseBlock frame.Weight
	MaxBlock  frame.Weight
	PerClass  PerClass[WeightsPerClass]
}

// ScaleName is Substrate's.
func (BlockWeights) ScaleName() scale.Name {
	return scale.Name{Path: "frame_system::limits::BlockWeights"}
}

// WeightsPerClass is the limits of one class.
type WeightsPerClass struct {
	BaseExtrinsic frame.Weight
	MaxExtrinsic  scale.Option[frame.Weight]
	MaxTotal      scale.Option[frame.Weight]
	Reserved      scale.Option[frame.Weight]
}

// ScaleName is Substrate's.
func (WeightsPerClass) ScaleName() scale.Name {
	return scale.Name{Path: "frame_system::limits::WeightsPerClass"}
}

// Version is what a runtime says of itself.
type Version struct {
	SpecName           Text
	ImplName           Text
	AuthoringVersion   uint32
	SpecVersion        uint32
	ImplVersion        uint32
	APIs               APIVersions `name:"apis"`
	TransactionVersion uint32
	SystemVersion      uint8
}

// ScaleName is Substrate's.
func (Version) ScaleName() scale.Name { return scale.Name{Path: "sp_version::RuntimeVersion"} }

// APIVersions lists the groups of runtime functions with their versions.
type APIVersions []APIVersion

// ScaleName is Rust's: upstream borrows the list.
func (APIVersions) ScaleName() scale.Name {
	return scale.Name{Path: "Cow", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[[]APIVersion]()}}}
}

// APIVersion is blake2b-64 of the name of a group of runtime functions, and its version.
type APIVersion = scale.Pair[[8]byte, uint32]

// Text is a string that upstream borrows.
type Text string

// ScaleName is Rust's.
func (Text) ScaleName() scale.Name {
	return scale.Name{Path: "Cow", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[string]()}}}
}

// EventRecord is an event with the part of the block it came from. Topics are not used.
type EventRecord struct {
	Phase  bt.Phase
	Event  frame.RuntimeEvent
	Topics []bt.Hash
}

// ScaleName is Substrate's.
func (EventRecord) ScaleName() scale.Name {
	return scale.Name{Path: "frame_system::EventRecord", Params: []scale.Param{
		{Name: "E", Type: reflect.TypeFor[frame.RuntimeEvent]()}, {Name: "T", Type: reflect.TypeFor[bt.Hash]()},
	}}
}
