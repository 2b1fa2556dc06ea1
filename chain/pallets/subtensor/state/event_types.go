package state

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

// NetworkAdded is the content of the event.
type NetworkAdded struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Mechanism   uint16
}

// StakeAdded is the content of the event.
type StakeAdded struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Tao         bt.Rao
	Alpha       bt.Alpha
	NetUID      bt.NetUID
	Fee         uint64
}

// StakeRemoved is the content of the event.
type StakeRemoved struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Tao         bt.Rao
	Alpha       bt.Alpha
	NetUID      bt.NetUID
	Fee         uint64
}

// StakeMoved is the content of the event.
type StakeMoved struct {
	scale.Tuple       `scale:"-"`
	Coldkey           bt.AccountID
	OriginHotkey      bt.AccountID
	OriginNetUID      bt.NetUID
	DestinationHotkey bt.AccountID
	DestinationNetUID bt.NetUID
	Tao               bt.Rao
}

// WeightsSet is the content of the event.
type WeightsSet struct {
	scale.Tuple `scale:"-"`
	Index       bt.NetUIDIndex
	UID         uint16
}

// NeuronRegistered is the content of the event.
type NeuronRegistered struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	UID         uint16
	Hotkey      bt.AccountID
}

// BulkNeuronsRegistered is the content of the event.
type BulkNeuronsRegistered struct {
	scale.Tuple `scale:"-"`
	NetUID      uint16
	Count       uint16
}

// BulkBalancesSet is the content of the event.
type BulkBalancesSet struct {
	scale.Tuple `scale:"-"`
	NetUID      uint16
	Count       uint16
}

// MaxAllowedUidsSet is the content of the event.
type MaxAllowedUidsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// MaxWeightLimitSet is the content of the event.
type MaxWeightLimitSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// DifficultySet is the content of the event.
type DifficultySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// AdjustmentIntervalSet is the content of the event.
type AdjustmentIntervalSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// RegistrationPerIntervalSet is the content of the event.
type RegistrationPerIntervalSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// MaxRegistrationsPerBlockSet is the content of the event.
type MaxRegistrationsPerBlockSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// ActivityCutoffSet is the content of the event.
type ActivityCutoffSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// RhoSet is the content of the event.
type RhoSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// AlphaSigmoidSteepnessSet is the content of the event.
type AlphaSigmoidSteepnessSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       int16
}

// KappaSet is the content of the event.
type KappaSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// MinAllowedWeightSet is the content of the event.
type MinAllowedWeightSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// ValidatorPruneLenSet is the content of the event.
type ValidatorPruneLenSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// ScalingLawPowerSet is the content of the event.
type ScalingLawPowerSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// WeightsSetRateLimitSet is the content of the event.
type WeightsSetRateLimitSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// ImmunityPeriodSet is the content of the event.
type ImmunityPeriodSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// BondsMovingAverageSet is the content of the event.
type BondsMovingAverageSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// BondsPenaltySet is the content of the event.
type BondsPenaltySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// BondsResetOnSet is the content of the event.
type BondsResetOnSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// MaxAllowedValidatorsSet is the content of the event.
type MaxAllowedValidatorsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// AxonServed is the content of the event.
type AxonServed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Hotkey      bt.AccountID
}

// PrometheusServed is the content of the event.
type PrometheusServed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Hotkey      bt.AccountID
}

// DelegateAdded is the content of the event.
type DelegateAdded struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Take        PerU16
}

// WeightsVersionKeySet is the content of the event.
type WeightsVersionKeySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// MinDifficultySet is the content of the event.
type MinDifficultySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// MaxDifficultySet is the content of the event.
type MaxDifficultySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// ServingRateLimitSet is the content of the event.
type ServingRateLimitSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// BurnSet is the content of the event.
type BurnSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       bt.Rao
}

// MaxBurnSet is the content of the event.
type MaxBurnSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       bt.Rao
}

// MinBurnSet is the content of the event.
type MinBurnSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       bt.Rao
}

// MinChildKeyTakePerSubnetSet is the content of the event.
type MinChildKeyTakePerSubnetSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       PerU16
}

// ChildKeyTakeSet is the content of the event.
type ChildKeyTakeSet struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Take        PerU16
}

// RegistrationAllowed is the content of the event.
type RegistrationAllowed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// PowRegistrationAllowed is the content of the event.
type PowRegistrationAllowed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// TempoSet is the content of the event.
type TempoSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// RAORecycledForRegistrationSet is the content of the event.
type RAORecycledForRegistrationSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       bt.Rao
}

// AdjustmentAlphaSet is the content of the event.
type AdjustmentAlphaSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// Faucet is the content of the event.
type Faucet struct {
	scale.Tuple `scale:"-"`
	Account     bt.AccountID
	Amount      uint64
}

// TakeDecreased is the content of the event.
type TakeDecreased struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Take        PerU16
}

// TakeIncreased is the content of the event.
type TakeIncreased struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Take        PerU16
}

// HotkeySwapped is the content of the event.
type HotkeySwapped struct {
	Coldkey   bt.AccountID
	OldHotkey bt.AccountID
	NewHotkey bt.AccountID
}

// ColdkeySwapAnnounced is the content of the event.
type ColdkeySwapAnnounced struct {
	Who            bt.AccountID
	NewColdkeyHash bt.Hash
}

// ColdkeySwapReset is the content of the event.
type ColdkeySwapReset struct {
	Who bt.AccountID
}

// ColdkeySwapped is the content of the event.
type ColdkeySwapped struct {
	OldColdkey bt.AccountID
	NewColdkey bt.AccountID
}

// ColdkeySwapDisputed is the content of the event.
type ColdkeySwapDisputed struct {
	Coldkey bt.AccountID
}

// AllBalanceUnstakedAndTransferredToNewColdkey is the content of the event.
type AllBalanceUnstakedAndTransferredToNewColdkey struct {
	CurrentColdkey bt.AccountID
	NewColdkey     bt.AccountID
	TotalBalance   bt.Rao
}

// ArbitrationPeriodExtended is the content of the event.
type ArbitrationPeriodExtended struct {
	Coldkey bt.AccountID
}

// SetChildrenScheduled is the content of the event.
type SetChildrenScheduled struct {
	scale.Tuple   `scale:"-"`
	Hotkey        bt.AccountID
	NetUID        bt.NetUID
	CooldownBlock uint64
	Children      []scale.Pair[uint64, bt.AccountID]
}
