package state

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

// NetworkAdded is the content of the event: a subnet was registered.
type NetworkAdded struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Mechanism   uint16
}

// StakeAdded is the content of the event: TAO was staked: coldkey, hotkey, TAO paid, alpha staked, subnet and fee in TAO.
type StakeAdded struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Tao         bt.Rao
	Alpha       bt.Alpha
	NetUID      bt.NetUID
	Fee         uint64
}

// StakeRemoved is the content of the event: stake was taken back: coldkey, hotkey, TAO received, alpha sold, subnet and fee in alpha.
type StakeRemoved struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Tao         bt.Rao
	Alpha       bt.Alpha
	NetUID      bt.NetUID
	Fee         uint64
}

// StakeMoved is the content of the event: stake was moved to another hotkey or subnet.
type StakeMoved struct {
	scale.Tuple       `scale:"-"`
	Coldkey           bt.AccountID
	OriginHotkey      bt.AccountID
	OriginNetUID      bt.NetUID
	DestinationHotkey bt.AccountID
	DestinationNetUID bt.NetUID
	Tao               bt.Rao
}

// WeightsSet is the content of the event: a neuron set weights for a mechanism.
type WeightsSet struct {
	scale.Tuple `scale:"-"`
	Index       bt.NetUIDIndex
	UID         uint16
}

// NeuronRegistered is the content of the event: a hotkey got a uid in a subnet.
type NeuronRegistered struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	UID         uint16
	Hotkey      bt.AccountID
}

// BulkNeuronsRegistered is the content of the event: many hotkeys got uids at once.
type BulkNeuronsRegistered struct {
	scale.Tuple `scale:"-"`
	NetUID      uint16
	Count       uint16
}

// BulkBalancesSet is the content of the event: many balances were set at once.
type BulkBalancesSet struct {
	scale.Tuple `scale:"-"`
	NetUID      uint16
	Count       uint16
}

// MaxAllowedUidsSet is the content of the event: the number of neurons that a subnet may have was set.
type MaxAllowedUidsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// MaxWeightLimitSet is the content of the event: the highest weight was set.
type MaxWeightLimitSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// DifficultySet is the content of the event: the difficulty of registration was set.
type DifficultySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// AdjustmentIntervalSet is the content of the event: the blocks between two adjustments of difficulty were set.
type AdjustmentIntervalSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// RegistrationPerIntervalSet is the content of the event: the target of registrations was set.
type RegistrationPerIntervalSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// MaxRegistrationsPerBlockSet is the content of the event: the number of registrations in a block was set.
type MaxRegistrationsPerBlockSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// ActivityCutoffSet is the content of the event: the blocks after which a silent validator is inactive were set.
type ActivityCutoffSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// RhoSet is the content of the event: rho was set.
type RhoSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// AlphaSigmoidSteepnessSet is the content of the event: the steepness of liquid alpha was set.
type AlphaSigmoidSteepnessSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       int16
}

// KappaSet is the content of the event: the stake majority of consensus was set.
type KappaSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// MinAllowedWeightSet is the content of the event: the least number of weights was set.
type MinAllowedWeightSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// ValidatorPruneLenSet is the content of the event: the validator prune length was set.
type ValidatorPruneLenSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// ScalingLawPowerSet is the content of the event: the power of the scaling law was set.
type ScalingLawPowerSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// WeightsSetRateLimitSet is the content of the event: the blocks between two settings of weights were set.
type WeightsSetRateLimitSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// ImmunityPeriodSet is the content of the event: the immunity of new neurons was set, in blocks.
type ImmunityPeriodSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// BondsMovingAverageSet is the content of the event: how slowly bonds move was set.
type BondsMovingAverageSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// BondsPenaltySet is the content of the event: the penalty of bonds was set.
type BondsPenaltySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// BondsResetOnSet is the content of the event: resetting of bonds was switched on or off.
type BondsResetOnSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// MaxAllowedValidatorsSet is the content of the event: the number of validator permits was set.
type MaxAllowedValidatorsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// AxonServed is the content of the event: a neuron said where it listens.
type AxonServed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Hotkey      bt.AccountID
}

// PrometheusServed is the content of the event: a neuron said where it serves its metrics.
type PrometheusServed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Hotkey      bt.AccountID
}

// DelegateAdded is the content of the event: a hotkey became a delegate.
type DelegateAdded struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Take        PerU16
}

// WeightsVersionKeySet is the content of the event: the lowest version of validators was set.
type WeightsVersionKeySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// MinDifficultySet is the content of the event: the lowest difficulty was set.
type MinDifficultySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// MaxDifficultySet is the content of the event: the highest difficulty was set.
type MaxDifficultySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// ServingRateLimitSet is the content of the event: the blocks between two announcements were set.
type ServingRateLimitSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// BurnSet is the content of the event: the registration price was set.
type BurnSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       bt.Rao
}

// MaxBurnSet is the content of the event: the highest registration price was set.
type MaxBurnSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       bt.Rao
}

// MinBurnSet is the content of the event: the lowest registration price was set.
type MinBurnSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       bt.Rao
}

// MinChildKeyTakePerSubnetSet is the content of the event: the lowest childkey take of a subnet was set.
type MinChildKeyTakePerSubnetSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       PerU16
}

// ChildKeyTakeSet is the content of the event: a hotkey set its childkey take.
type ChildKeyTakeSet struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Take        PerU16
}

// RegistrationAllowed is the content of the event: a subnet was opened or closed for registrations.
type RegistrationAllowed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// PowRegistrationAllowed is the content of the event: a subnet was opened or closed for proof of work.
type PowRegistrationAllowed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// TempoSet is the content of the event: the blocks between two epochs were set.
type TempoSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// RAORecycledForRegistrationSet is the content of the event: the sum paid for registrations in a subnet changed.
type RAORecycledForRegistrationSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       bt.Rao
}

// AdjustmentAlphaSet is the content of the event: the smoothing of adjustments was set.
type AdjustmentAlphaSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// Faucet is the content of the event: the faucet paid.
type Faucet struct {
	scale.Tuple `scale:"-"`
	Account     bt.AccountID
	Amount      uint64
}

// TakeDecreased is the content of the event: a hotkey's take was lowered.
type TakeDecreased struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Take        PerU16
}

// TakeIncreased is the content of the event: a hotkey's take was raised.
type TakeIncreased struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Take        PerU16
}

// HotkeySwapped is the content of the event: a hotkey was replaced by another.
type HotkeySwapped struct {
	Coldkey   bt.AccountID
	OldHotkey bt.AccountID
	NewHotkey bt.AccountID
}

// ColdkeySwapAnnounced is the content of the event: a coldkey announced its successor, by hash.
type ColdkeySwapAnnounced struct {
	Who            bt.AccountID
	NewColdkeyHash bt.Hash
}

// ColdkeySwapReset is the content of the event: root cleared the swap of a coldkey.
type ColdkeySwapReset struct {
	Who bt.AccountID
}

// ColdkeySwapped is the content of the event: a coldkey was replaced by another.
type ColdkeySwapped struct {
	OldColdkey bt.AccountID
	NewColdkey bt.AccountID
}

// ColdkeySwapDisputed is the content of the event: the announced swap of a coldkey was disputed.
type ColdkeySwapDisputed struct {
	Coldkey bt.AccountID
}

// AllBalanceUnstakedAndTransferredToNewColdkey is the content of the event: all that a coldkey had went to its successor.
type AllBalanceUnstakedAndTransferredToNewColdkey struct {
	CurrentColdkey bt.AccountID
	NewColdkey     bt.AccountID
	TotalBalance   bt.Rao
}

// ArbitrationPeriodExtended is the content of the event: the time to decide about a coldkey was extended.
type ArbitrationPeriodExtended struct {
	Coldkey bt.AccountID
}

// SetChildrenScheduled is the content of the event: a hotkey's children will be set at a block.
type SetChildrenScheduled struct {
	scale.Tuple   `scale:"-"`
	Hotkey        bt.AccountID
	NetUID        bt.NetUID
	CooldownBlock uint64
	Children      []scale.Pair[uint64, bt.AccountID]
}
