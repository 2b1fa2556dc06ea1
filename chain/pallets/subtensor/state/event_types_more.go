package state

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// SetChildren is the content of the event.
type SetChildren struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	NetUID      bt.NetUID
	Children    []scale.Pair[uint64, bt.AccountID]
}

// DissolveNetworkScheduled is the content of the event.
type DissolveNetworkScheduled struct {
	Account        bt.AccountID
	NetUID         bt.NetUID `name:"netuid"`
	ExecutionBlock uint32
}

// CRV3WeightsCommitted is the content of the event.
type CRV3WeightsCommitted struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Index       bt.NetUIDIndex
	CommitHash  bt.Hash
}

// WeightsCommitted is the content of the event.
type WeightsCommitted struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Index       bt.NetUIDIndex
	CommitHash  bt.Hash
}

// WeightsRevealed is the content of the event.
type WeightsRevealed struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Index       bt.NetUIDIndex
	CommitHash  bt.Hash
}

// WeightsBatchRevealed is the content of the event.
type WeightsBatchRevealed struct {
	scale.Tuple  `scale:"-"`
	Hotkey       bt.AccountID
	NetUID       bt.NetUID
	CommitHashes []bt.Hash
}

// BatchWeightsCompleted is the content of the event.
type BatchWeightsCompleted struct {
	scale.Tuple `scale:"-"`
	NetUIDs     []scale.Compact[bt.NetUID]
	Hotkey      bt.AccountID
}

// BatchWeightItemFailed is the content of the event.
type BatchWeightItemFailed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Error       frame.DispatchError
}

// StakeTransferred is the content of the event.
type StakeTransferred struct {
	scale.Tuple        `scale:"-"`
	OriginColdkey      bt.AccountID
	DestinationColdkey bt.AccountID
	Hotkey             bt.AccountID
	OriginNetUID       bt.NetUID
	DestinationNetUID  bt.NetUID
	Tao                bt.Rao
}

// StakeSwapped is the content of the event.
type StakeSwapped struct {
	scale.Tuple       `scale:"-"`
	Coldkey           bt.AccountID
	Hotkey            bt.AccountID
	OriginNetUID      bt.NetUID
	DestinationNetUID bt.NetUID
	Tao               bt.Rao
}

// TransferToggle is the content of the event.
type TransferToggle struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// SubnetOwnerHotkeySet is the content of the event.
type SubnetOwnerHotkeySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Hotkey      bt.AccountID
}

// FirstEmissionBlockNumberSet is the content of the event.
type FirstEmissionBlockNumberSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Block       uint64
}

// AlphaRecycled is the content of the event.
type AlphaRecycled struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Amount      bt.Alpha
	NetUID      bt.NetUID
}

// AlphaBurned is the content of the event.
type AlphaBurned struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Amount      bt.Alpha
	NetUID      bt.NetUID
}

// EvmKeyAssociated is the content of the event.
type EvmKeyAssociated struct {
	NetUID          bt.NetUID `name:"netuid"`
	Hotkey          bt.AccountID
	EvmKey          H160
	BlockAssociated uint64
}

// CRV3WeightsRevealed is the content of the event.
type CRV3WeightsRevealed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Hotkey      bt.AccountID
}

// CommitRevealPeriodsSet is the content of the event.
type CommitRevealPeriodsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// CommitRevealEnabled is the content of the event.
type CommitRevealEnabled struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// HotkeySwappedOnSubnet is the content of the event.
type HotkeySwappedOnSubnet struct {
	Coldkey   bt.AccountID
	OldHotkey bt.AccountID
	NewHotkey bt.AccountID
	NetUID    bt.NetUID `name:"netuid"`
}

// SubnetLeaseCreated is the content of the event.
type SubnetLeaseCreated struct {
	Beneficiary bt.AccountID
	LeaseId     uint32
	NetUID      bt.NetUID `name:"netuid"`
	EndBlock    scale.Option[uint32]
}

// SubnetLeaseTerminated is the content of the event.
type SubnetLeaseTerminated struct {
	Beneficiary bt.AccountID
	NetUID      bt.NetUID `name:"netuid"`
}

// SymbolUpdated is the content of the event.
type SymbolUpdated struct {
	NetUID bt.NetUID `name:"netuid"`
	Symbol []byte
}

// TimelockedWeightsCommitted is the content of the event.
type TimelockedWeightsCommitted struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Index       bt.NetUIDIndex
	CommitHash  bt.Hash
	RevealRound uint64
}

// TimelockedWeightsRevealed is the content of the event.
type TimelockedWeightsRevealed struct {
	scale.Tuple `scale:"-"`
	Index       bt.NetUIDIndex
	Hotkey      bt.AccountID
}

// AutoStakeAdded is the content of the event.
type AutoStakeAdded struct {
	NetUID      bt.NetUID `name:"netuid"`
	Destination bt.AccountID
	Hotkey      bt.AccountID
	Owner       bt.AccountID
	Incentive   bt.Alpha
}

// IncentiveAlphaEmittedToMiners is the content of the event.
type IncentiveAlphaEmittedToMiners struct {
	NetUID    bt.NetUIDIndex `name:"netuid"`
	Emissions []bt.Alpha
}

// MinAllowedUidsSet is the content of the event.
type MinAllowedUidsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// AutoStakeDestinationSet is the content of the event.
type AutoStakeDestinationSet struct {
	Coldkey bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
	Hotkey  bt.AccountID
}

// MinNonImmuneUidsSet is the content of the event.
type MinNonImmuneUidsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// RootClaimed is the content of the event.
type RootClaimed struct {
	Coldkey bt.AccountID
	Tao     bt.Rao
}

// VotingPowerTrackingEnabled is the content of the event.
type VotingPowerTrackingEnabled struct {
	NetUID bt.NetUID `name:"netuid"`
}

// VotingPowerTrackingDisableScheduled is the content of the event.
type VotingPowerTrackingDisableScheduled struct {
	NetUID         bt.NetUID `name:"netuid"`
	DisableAtBlock uint64
}

// VotingPowerTrackingDisabled is the content of the event.
type VotingPowerTrackingDisabled struct {
	NetUID bt.NetUID `name:"netuid"`
}

// VotingPowerEmaAlphaSet is the content of the event.
type VotingPowerEmaAlphaSet struct {
	NetUID bt.NetUID `name:"netuid"`
	Alpha  uint64
}

// SubnetLeaseDividendsDistributed is the content of the event.
type SubnetLeaseDividendsDistributed struct {
	LeaseId     uint32
	Contributor bt.AccountID
	Alpha       bt.Alpha
}

// AddStakeBurn is the content of the event.
type AddStakeBurn struct {
	NetUID bt.NetUID `name:"netuid"`
	Hotkey bt.AccountID
	Amount bt.Rao
	Alpha  bt.Alpha
}

// NetworkDissolveCleanupCompleted is the content of the event.
type NetworkDissolveCleanupCompleted struct {
	NetUID bt.NetUID `name:"netuid"`
}

// ColdkeySwapCleared is the content of the event.
type ColdkeySwapCleared struct {
	Who bt.AccountID
}

// TransactionFeePaidWithAlpha is the content of the event.
type TransactionFeePaidWithAlpha struct {
	Who       bt.AccountID
	NetUID    bt.NetUID `name:"netuid"`
	AlphaFee  bt.Alpha
	TaoAmount bt.Rao
}

// BurnHalfLifeSet is the content of the event.
type BurnHalfLifeSet struct {
	NetUID       bt.NetUID `name:"netuid"`
	BurnHalfLife uint16
}

// BurnIncreaseMultSet is the content of the event.
type BurnIncreaseMultSet struct {
	NetUID           bt.NetUID `name:"netuid"`
	BurnIncreaseMult fixed.U64F64
}

// AutoParentDelegationEnabledSet is the content of the event.
type AutoParentDelegationEnabledSet struct {
	Hotkey  bt.AccountID
	Enabled bool
}

// StakeLocked is the content of the event.
type StakeLocked struct {
	Coldkey bt.AccountID
	Hotkey  bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
	Amount  bt.Alpha
}

// StakeUnlocked is the content of the event.
type StakeUnlocked struct {
	Coldkey bt.AccountID
	Hotkey  bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
	Amount  bt.Alpha
}

// LockMoved is the content of the event.
type LockMoved struct {
	Coldkey           bt.AccountID
	OriginHotkey      bt.AccountID
	DestinationHotkey bt.AccountID
	NetUID            bt.NetUID `name:"netuid"`
}

// ActivityCutoffFactorMilliSet is the content of the event.
type ActivityCutoffFactorMilliSet struct {
	NetUID      bt.NetUID `name:"netuid"`
	FactorMilli uint32
}

// EpochTriggered is the content of the event.
type EpochTriggered struct {
	NetUID  bt.NetUID `name:"netuid"`
	By      bt.AccountID
	FiresAt uint64
}

// EpochDeferred is the content of the event.
type EpochDeferred struct {
	NetUID    bt.NetUID `name:"netuid"`
	FromBlock uint64
	ToBlock   uint64
}

// EpochSkipped is the content of the event.
type EpochSkipped struct {
	NetUID bt.NetUID `name:"netuid"`
	Block  uint64
}

// SubnetOwnerChanged is the content of the event.
type SubnetOwnerChanged struct {
	NetUID     bt.NetUID `name:"netuid"`
	OldColdkey bt.AccountID
	NewColdkey bt.AccountID
}

// PerpetualLockUpdated is the content of the event.
type PerpetualLockUpdated struct {
	Coldkey bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
	Enabled bool
}

// NetworkRegistrationQueued is the content of the event.
type NetworkRegistrationQueued struct {
	Coldkey                bt.AccountID
	Hotkey                 bt.AccountID
	Mechid                 uint16
	Identity               scale.Option[SubnetIdentityV3]
	LockAmount             bt.Rao
	MedianSubnetAlphaPrice fixed.U64F64
	RegistrationBlock      uint64
}

// RejectLockedAlphaUpdated is the content of the event.
type RejectLockedAlphaUpdated struct {
	Coldkey bt.AccountID
	Enabled bool
}

// StakeAndHotkeyTransferred is the content of the event.
type StakeAndHotkeyTransferred struct {
	OriginColdkey      bt.AccountID
	DestinationColdkey bt.AccountID
	OriginHotkey       bt.AccountID
	DestinationHotkey  bt.AccountID
	OriginNetUID       bt.NetUID `name:"origin_netuid"`
	DestinationNetUID  bt.NetUID `name:"destination_netuid"`
	Amount             bt.Rao
}

// LiquidAlphaConsensusModeSet is the content of the event.
type LiquidAlphaConsensusModeSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       ConsensusMode
}
