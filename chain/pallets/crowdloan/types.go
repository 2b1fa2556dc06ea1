package crowdloan

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/scale"
)

// Info is a crowdloan. Amounts are in rao.
type Info struct {
	Creator           bt.AccountID
	Deposit           bt.Rao
	MinContribution   bt.Rao
	End               uint32 // the first block in which nothing can be given any more
	Cap               bt.Rao
	FundsAccount      bt.AccountID
	Raised            bt.Rao
	TargetAddress     scale.Option[bt.AccountID]
	Call              scale.Option[preimage.Bounded]
	Finalized         bool
	ContributorsCount uint32
}

// ScaleName is upstream's.
func (Info) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_crowdloan::CrowdloanInfo", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()},
		{Name: "Balance", Type: reflect.TypeFor[bt.Rao]()},
		{Name: "BlockNumber", Type: reflect.TypeFor[uint32]()},
		{Name: "Call", Type: reflect.TypeFor[preimage.Bounded]()},
	}}
}

// PalletID is a pallet's name of eight bytes, from which accounts derive.
type PalletID struct {
	scale.Tuple `scale:"-"`
	V           [8]byte
}

// ScaleName is Substrate's.
func (PalletID) ScaleName() scale.Name { return scale.Name{Path: "frame_support::PalletId"} }

// The fields of the events.
type (
	Created struct {
		CrowdloanId uint32
		Creator     bt.AccountID
		End         uint32
		Cap         bt.Rao
	}
	Contribution struct {
		CrowdloanId uint32
		Contributor bt.AccountID
		Amount      bt.Rao
	}
	Only                   struct{ CrowdloanId uint32 }
	MinContributionUpdated struct {
		CrowdloanId        uint32
		NewMinContribution bt.Rao
	}
	EndUpdated struct{ CrowdloanId, NewEnd uint32 }
	CapUpdated struct {
		CrowdloanId uint32
		NewCap      bt.Rao
	}
	MaxContributionUpdated struct {
		CrowdloanId        uint32
		NewMaxContribution scale.Option[bt.Rao]
	}
)

// The arguments of the calls.
type (
	CreateArgs struct {
		Deposit         bt.Rao `scale:"compact"`
		MinContribution bt.Rao `scale:"compact"`
		Cap             bt.Rao `scale:"compact"`
		End             uint32 `scale:"compact"`
		Call            scale.Option[frame.RuntimeCall]
		TargetAddress   scale.Option[bt.AccountID]
	}
	ContributeArgs struct {
		CrowdloanId uint32 `scale:"compact"`
		Amount      bt.Rao `scale:"compact"`
	}
	OnlyArgs struct {
		CrowdloanId uint32 `scale:"compact"`
	}
	MinContributionArgs struct {
		CrowdloanId        uint32 `scale:"compact"`
		NewMinContribution bt.Rao `scale:"compact"`
	}
	EndArgs struct {
		CrowdloanId uint32 `scale:"compact"`
		NewEnd      uint32 `scale:"compact"`
	}
	CapArgs struct {
		CrowdloanId uint32 `scale:"compact"`
		NewCap      bt.Rao `scale:"compact"`
	}
	MaxContributionArgs struct {
		CrowdloanId        uint32 `scale:"compact"`
		NewMaxContribution scale.Option[bt.Rao]
	}
)
