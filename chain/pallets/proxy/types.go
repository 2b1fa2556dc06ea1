package proxy

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

// Kind is what a proxy may do: a subset of all calls.
type Kind uint8

// The kinds. Senate, Triumvirate, Governance and RootWeights have become useless: they permit nothing.
const (
	Any Kind = iota
	Owner
	NonCritical
	NonTransfer
	Senate
	NonFungible
	Triumvirate
	Governance
	Staking
	Registration
	Transfer
	SmallTransfer
	RootWeights
	ChildKeys
	SudoUncheckedSetCode
	SwapHotkey
	SubnetLeaseBeneficiary
	RootClaim
	BasketTrading
)

// Variants lists upstream's names.
func (Kind) Variants() []scale.Variant {
	return scale.Names("Any", "Owner", "NonCritical", "NonTransfer", "Senate", "NonFungible", "Triumvirate", "Governance", "Staking", "Registration",
		"Transfer", "SmallTransfer", "RootWeights", "ChildKeys", "SudoUncheckedSetCode", "SwapHotkey", "SubnetLeaseBeneficiary", "RootClaim", "BasketTrading")
}

// ScaleName is upstream's.
func (Kind) ScaleName() scale.Name {
	return scale.Name{Path: "subtensor_runtime_common::proxy::ProxyType"}
}

// Deprecated tells whether the kind is kept for old proxies only.
func (k Kind) Deprecated() bool {
	return k == Senate || k == Triumvirate || k == Governance || k == RootWeights
}

// Definition is a proxy of an account.
type Definition struct {
	Delegate  bt.AccountID
	ProxyType Kind
	Delay     uint32 // blocks between the announcement of a call and the call; 0: none needed
}

// ScaleName is upstream's.
func (Definition) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor_proxy::ProxyDefinition", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()},
		{Name: "ProxyType", Type: reflect.TypeFor[Kind]()},
		{Name: "BlockNumber", Type: reflect.TypeFor[uint32]()},
	}}
}

// Announcement is a call that a proxy wants to make for an account.
type Announcement struct {
	Real     bt.AccountID
	CallHash bt.Hash
	Height   uint32 // block of the announcement
}

// ScaleName is upstream's.
func (Announcement) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor_proxy::Announcement", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()},
		{Name: "Hash", Type: reflect.TypeFor[bt.Hash]()},
		{Name: "BlockNumber", Type: reflect.TypeFor[uint32]()},
	}}
}

// The bounded lists of an account.
type (
	Definitions   []Definition
	Announcements []Announcement
)

func bounded[T any]() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[T]()}, {Name: "S"}}}
}

// ScaleName is Substrate's.
func (Definitions) ScaleName() scale.Name { return bounded[Definition]() }

// ScaleName is Substrate's.
func (Announcements) ScaleName() scale.Name { return bounded[Announcement]() }

// DepositKind is what a deposit stands for.
type DepositKind uint8

// The two kinds of deposits.
const (
	ForProxies DepositKind = iota
	ForAnnouncements
)

// Variants lists upstream's names.
func (DepositKind) Variants() []scale.Variant { return scale.Names("Proxies", "Announcements") }

// ScaleName is upstream's.
func (DepositKind) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor_proxy::DepositKind"}
}

// The fields of the events.
type (
	Executed struct {
		Result scale.Result[scale.Unit, frame.DispatchError]
	}
	PureCreated struct {
		Pure, Who           bt.AccountID
		ProxyType           Kind
		DisambiguationIndex uint16
	}
	PureKilled struct {
		Pure, Spawner       bt.AccountID
		ProxyType           Kind
		DisambiguationIndex uint16
	}
	Announced struct {
		Real, Proxy bt.AccountID
		CallHash    bt.Hash
	}
	Changed struct {
		Delegator, Delegatee bt.AccountID
		ProxyType            Kind
		Delay                uint32
	}
	DepositPoked struct {
		Who                    bt.AccountID
		Kind                   DepositKind
		OldDeposit, NewDeposit bt.Rao
	}
	RealPaysFeeSet struct {
		Real, Delegate bt.AccountID
		PaysFee        bool
	}
)
