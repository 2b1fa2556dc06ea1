package swap

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

// Perquintill is a fraction of 1e18.
type Perquintill struct {
	scale.Tuple `scale:"-"`
	V           uint64
}

// ScaleName is Substrate's.
func (Perquintill) ScaleName() scale.Name {
	return scale.Name{Path: "sp_arithmetic::per_things::Perquintill"}
}

// NonZeroU64 is a number that is not 0.
type NonZeroU64 struct {
	scale.Tuple `scale:"-"`
	V           uint64
}

// ScaleName is Rust's.
func (NonZeroU64) ScaleName() scale.Name { return scale.Name{Path: "NonZeroU64"} }

// MigrationKey names a migration.
type MigrationKey []byte

// ScaleName is Substrate's.
func (MigrationKey) ScaleName() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{
		{Name: "T", Type: reflect.TypeFor[uint8]()}, {Name: "S"},
	}}
}

// TickIndex was a step of prices.
type TickIndex struct {
	scale.Tuple `scale:"-"`
	V           int32
}

// ScaleName is upstream's.
func (TickIndex) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor_swap::pallet::TickIndex"}
}

// PositionID named a position of liquidity.
type PositionID struct {
	scale.Tuple `scale:"-"`
	V           scale.Uint128
}

// ScaleName is upstream's.
func (PositionID) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor_swap::pallet::PositionId"}
}

// FeeRateSet is the content of the event.
type FeeRateSet struct {
	NetUID bt.NetUID `name:"netuid"`
	Rate   uint16
}

// SetFeeRate is the call's arguments.
type SetFeeRate struct {
	NetUID bt.NetUID `name:"netuid"`
	Rate   uint16
}

// AddLiquidity is the call's arguments.
type AddLiquidity struct {
	Hotkey            bt.AccountID
	NetUID            bt.NetUID `name:"netuid"`
	TickLow, TickHigh TickIndex
	Liquidity         uint64
}

// RemoveLiquidity is the call's arguments.
type RemoveLiquidity struct {
	Hotkey     bt.AccountID
	NetUID     bt.NetUID `name:"netuid"`
	PositionID PositionID
}

// ModifyPosition is the call's arguments.
type ModifyPosition struct {
	Hotkey         bt.AccountID
	NetUID         bt.NetUID `name:"netuid"`
	PositionID     PositionID
	LiquidityDelta int64
}

// ToggleUserLiquidity is the call's arguments.
type ToggleUserLiquidity struct {
	NetUID bt.NetUID `name:"netuid"`
	Enable bool
}

// DisableLp is the call's arguments: none.
type DisableLp struct{}
