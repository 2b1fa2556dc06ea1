package state

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// SetChildren is the content of the event: a hotkey's children were set.
type SetChildren struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	NetUID      bt.NetUID
	Children    []scale.Pair[uint64, bt.AccountID]
}

// DissolveNetworkScheduled is the content of the event: a subnet will be dissolved at a block.
type DissolveNetworkScheduled struct {
	Account        bt.AccountID
	NetUID         bt.NetUID `name:"netuid"`
	ExecutionBlock uint32
}

// CRV3WeightsCommitted is the content of the event: timelocked weights were committed, in the older form.
type CRV3WeightsCommitted struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Index       bt.NetUIDIndex
	CommitHash  bt.Hash
}

// WeightsCommitted is the content of the event: weights were committed.
type WeightsCommitted struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Index       bt.NetUIDIndex
	CommitHash  bt.Hash
}

// WeightsRevealed is the content of the event: committed weights were revealed.
type WeightsRevealed struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Index       bt.NetUIDIndex
	CommitHash  bt.Hash
}

// WeightsBatchRevealed is the content of the event: several commits were revealed.
type WeightsBatchRevealed struct {
	scale.Tuple  `scale:"-"`
	Hotkey       bt.AccountID
	NetUID       bt.NetUID
	CommitHashes []bt.Hash
}

// BatchWeightsCompleted is the content of the event: a batch of weights was worked through.
type BatchWeightsCompleted struct {
	scale.Tuple `scale:"-"`
	NetUIDs     []scale.Compact[bt.NetUID]
	Hotkey      bt.AccountID
}

// BatchWeightItemFailed is the content of the event: an item of a batch failed.
type BatchWeightItemFailed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Error       frame.DispatchError
}

// StakeTransferred is the content of the event: stake was given to another coldkey.
type StakeTransferred struct {
	scale.Tuple        `scale:"-"`
	OriginColdkey      bt.AccountID
	DestinationColdkey bt.AccountID
	Hotkey             bt.AccountID
	OriginNetUID       bt.NetUID
	DestinationNetUID  bt.NetUID
	Tao                bt.Rao
}

// StakeSwapped is the content of the event: stake was exchanged for stake in another subnet.
type StakeSwapped struct {
	scale.Tuple       `scale:"-"`
	Coldkey           bt.AccountID
	Hotkey            bt.AccountID
	OriginNetUID      bt.NetUID
	DestinationNetUID bt.NetUID
	Tao               bt.Rao
}

// TransferToggle is the content of the event: transfers of stake were allowed or forbidden in a subnet.
type TransferToggle struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// SubnetOwnerHotkeySet is the content of the event: the hotkey that stands for a subnet's owner was set.
type SubnetOwnerHotkeySet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Hotkey      bt.AccountID
}

// FirstEmissionBlockNumberSet is the content of the event: a subnet was started: its first emission is in this block.
type FirstEmissionBlockNumberSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Block       uint64
}

// AlphaRecycled is the content of the event: alpha was destroyed, to be emitted again.
type AlphaRecycled struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Amount      bt.Alpha
	NetUID      bt.NetUID
}

// AlphaBurned is the content of the event: alpha was put out of reach.
type AlphaBurned struct {
	scale.Tuple `scale:"-"`
	Coldkey     bt.AccountID
	Hotkey      bt.AccountID
	Amount      bt.Alpha
	NetUID      bt.NetUID
}

// EvmKeyAssociated is the content of the event: an Ethereum key was associated with a neuron.
type EvmKeyAssociated struct {
	NetUID          bt.NetUID `name:"netuid"`
	Hotkey          bt.AccountID
	EvmKey          H160
	BlockAssociated uint64
}

// CRV3WeightsRevealed is the content of the event: timelocked weights were revealed, in the older form.
type CRV3WeightsRevealed struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Hotkey      bt.AccountID
}

// CommitRevealPeriodsSet is the content of the event: the epochs between commit and reveal were set.
type CommitRevealPeriodsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint64
}

// CommitRevealEnabled is the content of the event: commit and reveal was switched on or off in a subnet.
type CommitRevealEnabled struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Enabled     bool
}

// HotkeySwappedOnSubnet is the content of the event: a hotkey was replaced by another in one subnet.
type HotkeySwappedOnSubnet struct {
	Coldkey   bt.AccountID
	OldHotkey bt.AccountID
	NewHotkey bt.AccountID
	NetUID    bt.NetUID `name:"netuid"`
}

// SubnetLeaseCreated is the content of the event: a subnet was leased.
type SubnetLeaseCreated struct {
	Beneficiary bt.AccountID
	LeaseId     uint32
	NetUID      bt.NetUID `name:"netuid"`
	EndBlock    scale.Option[uint32]
}

// SubnetLeaseTerminated is the content of the event: the lease of a subnet ended.
type SubnetLeaseTerminated struct {
	Beneficiary bt.AccountID
	NetUID      bt.NetUID `name:"netuid"`
}

// SymbolUpdated is the content of the event: a subnet's token got another symbol.
type SymbolUpdated struct {
	NetUID bt.NetUID `name:"netuid"`
	Symbol []byte
}

// TimelockedWeightsCommitted is the content of the event: timelocked weights were committed: who, mechanism, hash, round of the beacon.
type TimelockedWeightsCommitted struct {
	scale.Tuple `scale:"-"`
	Hotkey      bt.AccountID
	Index       bt.NetUIDIndex
	CommitHash  bt.Hash
	RevealRound uint64
}

// TimelockedWeightsRevealed is the content of the event: timelocked weights were revealed.
type TimelockedWeightsRevealed struct {
	scale.Tuple `scale:"-"`
	Index       bt.NetUIDIndex
	Hotkey      bt.AccountID
}

// AutoStakeAdded is the content of the event: a miner's reward was staked where its coldkey wants it.
type AutoStakeAdded struct {
	NetUID      bt.NetUID `name:"netuid"`
	Destination bt.AccountID
	Hotkey      bt.AccountID
	Owner       bt.AccountID
	Incentive   bt.Alpha
}

// IncentiveAlphaEmittedToMiners is the content of the event: what each miner of a mechanism earned in an epoch.
type IncentiveAlphaEmittedToMiners struct {
	NetUID    bt.NetUIDIndex `name:"netuid"`
	Emissions []bt.Alpha
}

// MinAllowedUidsSet is the content of the event: the least number of neurons of a subnet was set.
type MinAllowedUidsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// AutoStakeDestinationSet is the content of the event: a coldkey chose where its miners' rewards are staked.
type AutoStakeDestinationSet struct {
	Coldkey bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
	Hotkey  bt.AccountID
}

// MinNonImmuneUidsSet is the content of the event: the number of neurons that are not immune was set.
type MinNonImmuneUidsSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       uint16
}

// RootClaimed is the content of the event: root dividends were claimed.
type RootClaimed struct {
	Coldkey bt.AccountID
	Tao     bt.Rao
}

// RootClaimTypeSet is the content of the event: a coldkey chose what happens to its root dividends. Upstream dropped it; older clients read it.
type RootClaimTypeSet struct {
	Coldkey       bt.AccountID
	RootClaimType RootClaimType
}

// VotingPowerTrackingEnabled is the content of the event: voting power is tracked in a subnet from now on.
type VotingPowerTrackingEnabled struct {
	NetUID bt.NetUID `name:"netuid"`
}

// VotingPowerTrackingDisableScheduled is the content of the event: voting power will no longer be tracked from a block on.
type VotingPowerTrackingDisableScheduled struct {
	NetUID         bt.NetUID `name:"netuid"`
	DisableAtBlock uint64
}

// VotingPowerTrackingDisabled is the content of the event: voting power is no longer tracked.
type VotingPowerTrackingDisabled struct {
	NetUID bt.NetUID `name:"netuid"`
}

// VotingPowerEmaAlphaSet is the content of the event: the smoothing of voting power was set.
type VotingPowerEmaAlphaSet struct {
	NetUID bt.NetUID `name:"netuid"`
	Alpha  uint64
}

// SubnetLeaseDividendsDistributed is the content of the event: a contributor to a lease was paid.
type SubnetLeaseDividendsDistributed struct {
	LeaseId     uint32
	Contributor bt.AccountID
	Alpha       bt.Alpha
}

// AddStakeBurn is the content of the event: TAO bought alpha that was burned.
type AddStakeBurn struct {
	NetUID bt.NetUID `name:"netuid"`
	Hotkey bt.AccountID
	Amount bt.Rao
	Alpha  bt.Alpha
}

// NetworkDissolveCleanupCompleted is the content of the event: all of a dissolved subnet is cleared away.
type NetworkDissolveCleanupCompleted struct {
	NetUID bt.NetUID `name:"netuid"`
}

// ColdkeySwapCleared is the content of the event: a coldkey took its announcement back.
type ColdkeySwapCleared struct {
	Who bt.AccountID
}

// TransactionFeePaidWithAlpha is the content of the event: the fee of a transaction was paid in alpha.
type TransactionFeePaidWithAlpha struct {
	Who       bt.AccountID
	NetUID    bt.NetUID `name:"netuid"`
	AlphaFee  bt.Alpha
	TaoAmount bt.Rao
}

// BurnHalfLifeSet is the content of the event: the half life of the registration price was set.
type BurnHalfLifeSet struct {
	NetUID       bt.NetUID `name:"netuid"`
	BurnHalfLife uint16
}

// BurnIncreaseMultSet is the content of the event: the factor by which a registration raises the price was set.
type BurnIncreaseMultSet struct {
	NetUID           bt.NetUID `name:"netuid"`
	BurnIncreaseMult fixed.U64F64
}

// AutoParentDelegationEnabledSet is the content of the event: a root member chose whether new subnets' owners become its children.
type AutoParentDelegationEnabledSet struct {
	Hotkey  bt.AccountID
	Enabled bool
}

// StakeLocked is the content of the event: alpha was locked to a hotkey.
type StakeLocked struct {
	Coldkey bt.AccountID
	Hotkey  bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
	Amount  bt.Alpha
}

// StakeUnlocked is the content of the event: alpha was unlocked.
type StakeUnlocked struct {
	Coldkey bt.AccountID
	Hotkey  bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
	Amount  bt.Alpha
}

// LockMoved is the content of the event: a lock was moved to another hotkey.
type LockMoved struct {
	Coldkey           bt.AccountID
	OriginHotkey      bt.AccountID
	DestinationHotkey bt.AccountID
	NetUID            bt.NetUID `name:"netuid"`
}

// ActivityCutoffFactorMilliSet is the content of the event: the activity cutoff was set, in thousandths of a tempo.
type ActivityCutoffFactorMilliSet struct {
	NetUID      bt.NetUID `name:"netuid"`
	FactorMilli uint32
}

// EpochTriggered is the content of the event: an owner triggered an epoch.
type EpochTriggered struct {
	NetUID  bt.NetUID `name:"netuid"`
	By      bt.AccountID
	FiresAt uint64
}

// EpochDeferred is the content of the event: an epoch waits for the next block, because too many are due.
type EpochDeferred struct {
	NetUID    bt.NetUID `name:"netuid"`
	FromBlock uint64
	ToBlock   uint64
}

// EpochSkipped is the content of the event: an epoch was left out because the subnet's keys are inconsistent.
type EpochSkipped struct {
	NetUID bt.NetUID `name:"netuid"`
	Block  uint64
}

// SubnetOwnerChanged is the content of the event: conviction gave a subnet another owner.
type SubnetOwnerChanged struct {
	NetUID     bt.NetUID `name:"netuid"`
	OldColdkey bt.AccountID
	NewColdkey bt.AccountID
}

// PerpetualLockUpdated is the content of the event: a coldkey chose whether its lock decays.
type PerpetualLockUpdated struct {
	Coldkey bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
	Enabled bool
}

// NetworkRegistrationQueued is the content of the event: a subnet registration waits for a free place.
type NetworkRegistrationQueued struct {
	Coldkey                bt.AccountID
	Hotkey                 bt.AccountID
	Mechid                 uint16
	Identity               scale.Option[SubnetIdentityV3]
	LockAmount             bt.Rao
	MedianSubnetAlphaPrice fixed.U64F64
	RegistrationBlock      uint64
}

// RejectLockedAlphaUpdated is the content of the event: a coldkey chose whether it takes locked alpha.
type RejectLockedAlphaUpdated struct {
	Coldkey bt.AccountID
	Enabled bool
}

// StakeAndHotkeyTransferred is the content of the event: stake was given to another coldkey with its hotkey.
type StakeAndHotkeyTransferred struct {
	OriginColdkey      bt.AccountID
	DestinationColdkey bt.AccountID
	OriginHotkey       bt.AccountID
	DestinationHotkey  bt.AccountID
	OriginNetUID       bt.NetUID `name:"origin_netuid"`
	DestinationNetUID  bt.NetUID `name:"destination_netuid"`
	Amount             bt.Rao
}

// LiquidAlphaConsensusModeSet is the content of the event: the consensus that liquid alpha compares with was set.
type LiquidAlphaConsensusModeSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       ConsensusMode
}

// EpochConsensusSet is the content of the event: a subnet's epochs run another consensus from now on, or none.
type EpochConsensusSet struct {
	scale.Tuple `scale:"-"`
	NetUID      bt.NetUID
	Value       EpochConsensus
}

// NullUidsPruningProgress is the content of the event: a step of trimming a subnet without consensus.
type NullUidsPruningProgress struct {
	NetUID         bt.NetUID `name:"netuid"`
	Target         uint16    // how many neurons there shall be in the end
	Remaining      uint16    // how many there are now
	Removed        uint16    // how many went in this step
	ClearedCommits uint32    // how many rows of commits went
}

// StorageMigrated is the content of the event: a new runtime changed what is stored.
type StorageMigrated struct {
	Name []byte // under which HasMigrationRun has it
	Read uint64 // rows
}
