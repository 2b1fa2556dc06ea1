package state

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

// Event is all of SubtensorModule's events; the indices are wire format.
type Event struct {
	NetworkAdded                                 frame.Event[NetworkAdded]                                       `index:"0" doc:"A subnet was registered."`
	NetworkRemoved                               frame.Event[One[bt.NetUID]]                                     `index:"1" doc:"A subnet was taken away."`
	StakeAdded                                   frame.Event[StakeAdded]                                         `index:"2" doc:"TAO was staked: coldkey, hotkey, TAO paid, alpha staked, subnet and fee in TAO."`
	StakeRemoved                                 frame.Event[StakeRemoved]                                       `index:"3" doc:"Stake was taken back: coldkey, hotkey, TAO received, alpha sold, subnet and fee in alpha."`
	StakeMoved                                   frame.Event[StakeMoved]                                         `index:"4" doc:"Stake was moved to another hotkey or subnet."`
	WeightsSet                                   frame.Event[WeightsSet]                                         `index:"5" doc:"A neuron set weights for a mechanism."`
	RootWeightsSet                               frame.Event[One[uint16]]                                        `index:"6" doc:"Weights were set on the root subnet."`
	NeuronRegistered                             frame.Event[NeuronRegistered]                                   `index:"7" doc:"A hotkey got a uid in a subnet."`
	BulkNeuronsRegistered                        frame.Event[BulkNeuronsRegistered]                              `index:"8" doc:"Many hotkeys got uids at once."`
	BulkBalancesSet                              frame.Event[BulkBalancesSet]                                    `index:"9" doc:"Many balances were set at once."`
	MaxAllowedUidsSet                            frame.Event[MaxAllowedUidsSet]                                  `index:"10" doc:"The number of neurons that a subnet may have was set."`
	MaxWeightLimitSet                            frame.Event[MaxWeightLimitSet]                                  `index:"11" doc:"The highest weight was set."`
	DifficultySet                                frame.Event[DifficultySet]                                      `index:"12" doc:"The difficulty of registration was set."`
	AdjustmentIntervalSet                        frame.Event[AdjustmentIntervalSet]                              `index:"13" doc:"The blocks between two adjustments of difficulty were set."`
	RegistrationPerIntervalSet                   frame.Event[RegistrationPerIntervalSet]                         `index:"14" doc:"The target of registrations was set."`
	MaxRegistrationsPerBlockSet                  frame.Event[MaxRegistrationsPerBlockSet]                        `index:"15" doc:"The number of registrations in a block was set."`
	ActivityCutoffSet                            frame.Event[ActivityCutoffSet]                                  `index:"16" doc:"The blocks after which a silent validator is inactive were set."`
	RhoSet                                       frame.Event[RhoSet]                                             `index:"17" doc:"Rho was set."`
	AlphaSigmoidSteepnessSet                     frame.Event[AlphaSigmoidSteepnessSet]                           `index:"18" doc:"The steepness of liquid alpha was set."`
	KappaSet                                     frame.Event[KappaSet]                                           `index:"19" doc:"The stake majority of consensus was set."`
	MinAllowedWeightSet                          frame.Event[MinAllowedWeightSet]                                `index:"20" doc:"The least number of weights was set."`
	ValidatorPruneLenSet                         frame.Event[ValidatorPruneLenSet]                               `index:"21" doc:"The validator prune length was set."`
	ScalingLawPowerSet                           frame.Event[ScalingLawPowerSet]                                 `index:"22" doc:"The power of the scaling law was set."`
	WeightsSetRateLimitSet                       frame.Event[WeightsSetRateLimitSet]                             `index:"23" doc:"The blocks between two settings of weights were set."`
	ImmunityPeriodSet                            frame.Event[ImmunityPeriodSet]                                  `index:"24" doc:"The immunity of new neurons was set, in blocks."`
	BondsMovingAverageSet                        frame.Event[BondsMovingAverageSet]                              `index:"25" doc:"How slowly bonds move was set."`
	BondsPenaltySet                              frame.Event[BondsPenaltySet]                                    `index:"26" doc:"The penalty of bonds was set."`
	BondsResetOnSet                              frame.Event[BondsResetOnSet]                                    `index:"27" doc:"Resetting of bonds was switched on or off."`
	MaxAllowedValidatorsSet                      frame.Event[MaxAllowedValidatorsSet]                            `index:"28" doc:"The number of validator permits was set."`
	AxonServed                                   frame.Event[AxonServed]                                         `index:"29" doc:"A neuron said where it listens."`
	PrometheusServed                             frame.Event[PrometheusServed]                                   `index:"30" doc:"A neuron said where it serves its metrics."`
	DelegateAdded                                frame.Event[DelegateAdded]                                      `index:"31" doc:"A hotkey became a delegate."`
	DefaultTakeSet                               frame.Event[One[PerU16]]                                        `index:"32" doc:"The default take was set."`
	WeightsVersionKeySet                         frame.Event[WeightsVersionKeySet]                               `index:"33" doc:"The lowest version of validators was set."`
	MinDifficultySet                             frame.Event[MinDifficultySet]                                   `index:"34" doc:"The lowest difficulty was set."`
	MaxDifficultySet                             frame.Event[MaxDifficultySet]                                   `index:"35" doc:"The highest difficulty was set."`
	ServingRateLimitSet                          frame.Event[ServingRateLimitSet]                                `index:"36" doc:"The blocks between two announcements were set."`
	BurnSet                                      frame.Event[BurnSet]                                            `index:"37" doc:"The registration price was set."`
	MaxBurnSet                                   frame.Event[MaxBurnSet]                                         `index:"38" doc:"The highest registration price was set."`
	MinBurnSet                                   frame.Event[MinBurnSet]                                         `index:"39" doc:"The lowest registration price was set."`
	MaxEpochsPerBlockSet                         frame.Event[One[uint8]]                                         `index:"40" doc:"The number of epochs that a block may run was set."`
	TxRateLimitSet                               frame.Event[One[uint64]]                                        `index:"41" doc:"The blocks between two swaps of hotkeys were set."`
	TxDelegateTakeRateLimitSet                   frame.Event[One[uint64]]                                        `index:"42" doc:"The blocks between two raises of a take were set."`
	TxChildKeyTakeRateLimitSet                   frame.Event[One[uint64]]                                        `index:"43" doc:"The blocks between two raises of a childkey take were set."`
	AdminFreezeWindowSet                         frame.Event[One[uint16]]                                        `index:"44" doc:"The last blocks of a tempo without changes of settings were set."`
	OwnerHyperparamRateLimitSet                  frame.Event[One[uint16]]                                        `index:"45" doc:"The tempos between two changes by an owner were set."`
	MinChildKeyTakeSet                           frame.Event[One[PerU16]]                                        `index:"46" doc:"The lowest childkey take was set."`
	MinChildKeyTakePerSubnetSet                  frame.Event[MinChildKeyTakePerSubnetSet]                        `index:"47" doc:"The lowest childkey take of a subnet was set."`
	MaxChildKeyTakeSet                           frame.Event[One[PerU16]]                                        `index:"48" doc:"The highest childkey take was set."`
	ChildKeyTakeSet                              frame.Event[ChildKeyTakeSet]                                    `index:"49" doc:"A hotkey set its childkey take."`
	Sudid                                        frame.Event[One[scale.Result[scale.Unit, frame.DispatchError]]] `index:"50" doc:"Root made a call."`
	RegistrationAllowed                          frame.Event[RegistrationAllowed]                                `index:"51" doc:"A subnet was opened or closed for registrations."`
	PowRegistrationAllowed                       frame.Event[PowRegistrationAllowed]                             `index:"52" doc:"A subnet was opened or closed for proof of work."`
	TempoSet                                     frame.Event[TempoSet]                                           `index:"53" doc:"The blocks between two epochs were set."`
	RAORecycledForRegistrationSet                frame.Event[RAORecycledForRegistrationSet]                      `index:"54" doc:"The sum paid for registrations in a subnet changed."`
	StakeThresholdSet                            frame.Event[One[uint64]]                                        `index:"55" doc:"The least stake that counts was set."`
	AdjustmentAlphaSet                           frame.Event[AdjustmentAlphaSet]                                 `index:"56" doc:"The smoothing of adjustments was set."`
	Faucet                                       frame.Event[Faucet]                                             `index:"57" doc:"The faucet paid."`
	SubnetOwnerCutSet                            frame.Event[One[uint16]]                                        `index:"58" doc:"The owners' part of alpha was set."`
	NetworkRateLimitSet                          frame.Event[One[uint64]]                                        `index:"59" doc:"The blocks between two subnet registrations were set."`
	NetworkImmunityPeriodSet                     frame.Event[One[uint64]]                                        `index:"60" doc:"The immunity of new subnets was set, in blocks."`
	StartCallDelaySet                            frame.Event[One[uint64]]                                        `index:"61" doc:"The blocks before a subnet may be started were set."`
	NetworkMinLockCostSet                        frame.Event[One[bt.Rao]]                                        `index:"62" doc:"The lowest cost of a subnet was set."`
	SubnetLimitSet                               frame.Event[One[uint16]]                                        `index:"63" doc:"The number of subnets that there may be was set."`
	NetworkLockCostReductionIntervalSet          frame.Event[One[uint64]]                                        `index:"64" doc:"The blocks in which the cost of a subnet falls were set."`
	TakeDecreased                                frame.Event[TakeDecreased]                                      `index:"65" doc:"A hotkey's take was lowered."`
	TakeIncreased                                frame.Event[TakeIncreased]                                      `index:"66" doc:"A hotkey's take was raised."`
	HotkeySwapped                                frame.Event[HotkeySwapped]                                      `index:"67" doc:"A hotkey was replaced by another."`
	MaxDelegateTakeSet                           frame.Event[One[PerU16]]                                        `index:"68" doc:"The highest take was set."`
	MinDelegateTakeSet                           frame.Event[One[PerU16]]                                        `index:"69" doc:"The lowest take was set."`
	ColdkeySwapAnnounced                         frame.Event[ColdkeySwapAnnounced]                               `index:"70" doc:"A coldkey announced its successor, by hash."`
	ColdkeySwapReset                             frame.Event[ColdkeySwapReset]                                   `index:"71" doc:"Root cleared the swap of a coldkey."`
	ColdkeySwapped                               frame.Event[ColdkeySwapped]                                     `index:"72" doc:"A coldkey was replaced by another."`
	ColdkeySwapDisputed                          frame.Event[ColdkeySwapDisputed]                                `index:"73" doc:"The announced swap of a coldkey was disputed."`
	AllBalanceUnstakedAndTransferredToNewColdkey frame.Event[AllBalanceUnstakedAndTransferredToNewColdkey]       `index:"74" doc:"All that a coldkey had went to its successor."`
	ArbitrationPeriodExtended                    frame.Event[ArbitrationPeriodExtended]                          `index:"75" doc:"The time to decide about a coldkey was extended."`
	SetChildrenScheduled                         frame.Event[SetChildrenScheduled]                               `index:"76" doc:"A hotkey's children will be set at a block."`
	SetChildren                                  frame.Event[SetChildren]                                        `index:"77" doc:"A hotkey's children were set."`
	ChainIdentitySet                             frame.Event[One[bt.AccountID]]                                  `index:"78" doc:"A coldkey said who it is."`
	SubnetIdentitySet                            frame.Event[One[bt.NetUID]]                                     `index:"79" doc:"An owner said what a subnet is."`
	SubnetIdentityRemoved                        frame.Event[One[bt.NetUID]]                                     `index:"80" doc:"A subnet's identity was removed."`
	DissolveNetworkScheduled                     frame.Event[DissolveNetworkScheduled]                           `index:"81" doc:"A subnet will be dissolved at a block."`
	ColdkeySwapAnnouncementDelaySet              frame.Event[One[uint32]]                                        `index:"82" doc:"The wait of announced coldkey swaps was set."`
	ColdkeySwapReannouncementDelaySet            frame.Event[One[uint32]]                                        `index:"83" doc:"The wait before another announcement was set."`
	DissolveNetworkScheduleDurationSet           frame.Event[One[uint32]]                                        `index:"84" doc:"The wait before a subnet is dissolved was set."`
	CRV3WeightsCommitted                         frame.Event[CRV3WeightsCommitted]                               `index:"85" doc:"Timelocked weights were committed, in the older form."`
	WeightsCommitted                             frame.Event[WeightsCommitted]                                   `index:"86" doc:"Weights were committed."`
	WeightsRevealed                              frame.Event[WeightsRevealed]                                    `index:"87" doc:"Committed weights were revealed."`
	WeightsBatchRevealed                         frame.Event[WeightsBatchRevealed]                               `index:"88" doc:"Several commits were revealed."`
	BatchWeightsCompleted                        frame.Event[BatchWeightsCompleted]                              `index:"89" doc:"A batch of weights was worked through."`
	BatchCompletedWithErrors                     frame.Event[scale.Unit]                                         `index:"90" doc:"A batch was worked through, and some items failed."`
	BatchWeightItemFailed                        frame.Event[BatchWeightItemFailed]                              `index:"91" doc:"An item of a batch failed."`
	StakeTransferred                             frame.Event[StakeTransferred]                                   `index:"92" doc:"Stake was given to another coldkey."`
	StakeSwapped                                 frame.Event[StakeSwapped]                                       `index:"93" doc:"Stake was exchanged for stake in another subnet."`
	TransferToggle                               frame.Event[TransferToggle]                                     `index:"94" doc:"Transfers of stake were allowed or forbidden in a subnet."`
	SubnetOwnerHotkeySet                         frame.Event[SubnetOwnerHotkeySet]                               `index:"95" doc:"The hotkey that stands for a subnet's owner was set."`
	FirstEmissionBlockNumberSet                  frame.Event[FirstEmissionBlockNumberSet]                        `index:"96" doc:"A subnet was started: its first emission is in this block."`
	AlphaRecycled                                frame.Event[AlphaRecycled]                                      `index:"97" doc:"Alpha was destroyed, to be emitted again."`
	AlphaBurned                                  frame.Event[AlphaBurned]                                        `index:"98" doc:"Alpha was put out of reach."`
	EvmKeyAssociated                             frame.Event[EvmKeyAssociated]                                   `index:"99" doc:"An Ethereum key was associated with a neuron."`
	CRV3WeightsRevealed                          frame.Event[CRV3WeightsRevealed]                                `index:"100" doc:"Timelocked weights were revealed, in the older form."`
	CommitRevealPeriodsSet                       frame.Event[CommitRevealPeriodsSet]                             `index:"101" doc:"The epochs between commit and reveal were set."`
	CommitRevealEnabled                          frame.Event[CommitRevealEnabled]                                `index:"102" doc:"Commit and reveal was switched on or off in a subnet."`
	HotkeySwappedOnSubnet                        frame.Event[HotkeySwappedOnSubnet]                              `index:"103" doc:"A hotkey was replaced by another in one subnet."`
	SubnetLeaseCreated                           frame.Event[SubnetLeaseCreated]                                 `index:"104" doc:"A subnet was leased."`
	SubnetLeaseTerminated                        frame.Event[SubnetLeaseTerminated]                              `index:"105" doc:"The lease of a subnet ended."`
	SymbolUpdated                                frame.Event[SymbolUpdated]                                      `index:"106" doc:"A subnet's token got another symbol."`
	CommitRevealVersionSet                       frame.Event[One[uint16]]                                        `index:"107" doc:"The version of commits was set."`
	TimelockedWeightsCommitted                   frame.Event[TimelockedWeightsCommitted]                         `index:"108" doc:"Timelocked weights were committed: who, mechanism, hash, round of the beacon."`
	TimelockedWeightsRevealed                    frame.Event[TimelockedWeightsRevealed]                          `index:"109" doc:"Timelocked weights were revealed."`
	AutoStakeAdded                               frame.Event[AutoStakeAdded]                                     `index:"110" doc:"A miner's reward was staked where its coldkey wants it."`
	IncentiveAlphaEmittedToMiners                frame.Event[IncentiveAlphaEmittedToMiners]                      `index:"111" doc:"What each miner of a mechanism earned in an epoch."`
	MinAllowedUidsSet                            frame.Event[MinAllowedUidsSet]                                  `index:"112" doc:"The least number of neurons of a subnet was set."`
	AutoStakeDestinationSet                      frame.Event[AutoStakeDestinationSet]                            `index:"113" doc:"A coldkey chose where its miners' rewards are staked."`
	MinNonImmuneUidsSet                          frame.Event[MinNonImmuneUidsSet]                                `index:"114" doc:"The number of neurons that are not immune was set."`
	RootClaimed                                  frame.Event[RootClaimed]                                        `index:"115" doc:"Root dividends were claimed."`
	VotingPowerTrackingEnabled                   frame.Event[VotingPowerTrackingEnabled]                         `index:"120" doc:"Voting power is tracked in a subnet from now on."`
	VotingPowerTrackingDisableScheduled          frame.Event[VotingPowerTrackingDisableScheduled]                `index:"121" doc:"Voting power will no longer be tracked from a block on."`
	VotingPowerTrackingDisabled                  frame.Event[VotingPowerTrackingDisabled]                        `index:"122" doc:"Voting power is no longer tracked."`
	VotingPowerEmaAlphaSet                       frame.Event[VotingPowerEmaAlphaSet]                             `index:"123" doc:"The smoothing of voting power was set."`
	SubnetLeaseDividendsDistributed              frame.Event[SubnetLeaseDividendsDistributed]                    `index:"124" doc:"A contributor to a lease was paid."`
	AddStakeBurn                                 frame.Event[AddStakeBurn]                                       `index:"125" doc:"TAO bought alpha that was burned."`
	NetworkDissolveCleanupCompleted              frame.Event[NetworkDissolveCleanupCompleted]                    `index:"126" doc:"All of a dissolved subnet is cleared away."`
	ColdkeySwapCleared                           frame.Event[ColdkeySwapCleared]                                 `index:"127" doc:"A coldkey took its announcement back."`
	TransactionFeePaidWithAlpha                  frame.Event[TransactionFeePaidWithAlpha]                        `index:"128" doc:"The fee of a transaction was paid in alpha."`
	BurnHalfLifeSet                              frame.Event[BurnHalfLifeSet]                                    `index:"129" doc:"The half life of the registration price was set."`
	BurnIncreaseMultSet                          frame.Event[BurnIncreaseMultSet]                                `index:"130" doc:"The factor by which a registration raises the price was set."`
	AutoParentDelegationEnabledSet               frame.Event[AutoParentDelegationEnabledSet]                     `index:"131" doc:"A root member chose whether new subnets' owners become its children."`
	StakeLocked                                  frame.Event[StakeLocked]                                        `index:"132" doc:"Alpha was locked to a hotkey."`
	StakeUnlocked                                frame.Event[StakeUnlocked]                                      `index:"133" doc:"Alpha was unlocked."`
	LockMoved                                    frame.Event[LockMoved]                                          `index:"134" doc:"A lock was moved to another hotkey."`
	ActivityCutoffFactorMilliSet                 frame.Event[ActivityCutoffFactorMilliSet]                       `index:"135" doc:"The activity cutoff was set, in thousandths of a tempo."`
	EpochTriggered                               frame.Event[EpochTriggered]                                     `index:"136" doc:"An owner triggered an epoch."`
	EpochDeferred                                frame.Event[EpochDeferred]                                      `index:"137" doc:"An epoch waits for the next block, because too many are due."`
	EpochSkipped                                 frame.Event[EpochSkipped]                                       `index:"138" doc:"An epoch was left out because the subnet's keys are inconsistent."`
	SubnetOwnerChanged                           frame.Event[SubnetOwnerChanged]                                 `index:"139" doc:"Conviction gave a subnet another owner."`
	PerpetualLockUpdated                         frame.Event[PerpetualLockUpdated]                               `index:"140" doc:"A coldkey chose whether its lock decays."`
	NetworkRegistrationQueued                    frame.Event[NetworkRegistrationQueued]                          `index:"141" doc:"A subnet registration waits for a free place."`
	RejectLockedAlphaUpdated                     frame.Event[RejectLockedAlphaUpdated]                           `index:"142" doc:"A coldkey chose whether it takes locked alpha."`
	StakeAndHotkeyTransferred                    frame.Event[StakeAndHotkeyTransferred]                          `index:"143" doc:"Stake was given to another coldkey with its hotkey."`
	LiquidAlphaConsensusModeSet                  frame.Event[LiquidAlphaConsensusModeSet]                        `index:"146" doc:"The consensus that liquid alpha compares with was set."`
	EpochConsensusSet                            frame.Event[EpochConsensusSet]                                  `index:"154" doc:"A subnet's epochs run another consensus from now on, or none."`
	NullUidsPruningProgress                      frame.Event[NullUidsPruningProgress]                            `index:"155" doc:"A subnet without consensus lost some neurons, or commits that stood in the way of that."`
	StorageMigrated                              frame.Event[StorageMigrated]                                    `index:"249" doc:"A new runtime changed what is stored: once, in its first block."`
	RootClaimTypeSet                             frame.Event[RootClaimTypeSet]                                   `index:"250" doc:"A coldkey chose what happens to its root dividends."`
}
