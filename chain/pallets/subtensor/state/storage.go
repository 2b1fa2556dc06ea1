package state

import (
	"github.com/myelin-go/myelin/amm/sharepool"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// Storage is all of SubtensorModule's storage, in upstream's order: names, hashers, key and value types and defaults are wire format.
type Storage struct {
	MinActivityCutoff               storage.Value[uint16] `default:"0x6801"`
	AdminFreezeWindow               storage.Value[uint16] `default:"0x0a00"`
	OwnerHyperparamRateLimit        storage.Value[uint16] `default:"0x0200"`
	DissolveNetworkScheduleDuration storage.Value[uint32] `default:"0xa08c0000"`
	LastHotkeySwapOnNetuid          storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, uint64]
	NextStakeJobId                  storage.Value[uint64]
	TaoWeight                       storage.Value[uint64] `default:"0xfc62e03efa3c7c0d"`
	CKBurn                          storage.Value[uint64]
	MaxDelegateTake                 storage.Value[PerU16] `default:"0x142e"`
	MinDelegateTake                 storage.Value[PerU16]
	MaxChildkeyTake                 storage.Value[PerU16] `default:"0x142e"`
	MinChildkeyTake                 storage.Value[PerU16]
	MinChildkeyTakePerSubnet        storage.Map[storage.Identity, bt.NetUID, PerU16]
	Owner                           storage.Map[storage.Blake2_128Concat, bt.AccountID, bt.AccountID]
	AccountFlags                    storage.Map[storage.Blake2_128Concat, bt.AccountID, scale.Uint128]
	Delegates                       storage.Map[storage.Blake2_128Concat, bt.AccountID, PerU16] `default:"0x142e"`
	ChildkeyTake                    storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, PerU16]
	ChildkeyThresholdSuspended      storage.Map[storage.Blake2_128Concat, bt.AccountID, scale.Unit] `storage:"optional"`
	PendingChildKeys                storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, scale.Pair[[]scale.Pair[uint64, bt.AccountID], uint64]]
	ChildKeys                       storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, []scale.Pair[uint64, bt.AccountID]]
	ParentKeys                      storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, []scale.Pair[uint64, bt.AccountID]]
	AlphaDividendsPerSubnet         storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, bt.Alpha]
	RootAlphaDividendsPerSubnet     storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, bt.Alpha]
	BlockEmission                   storage.Value[uint64] `default:"0x00ca9a3b00000000"`
	LastHotkeyEmissionOnNetuid      storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, bt.Alpha]
	SubnetLimit                     storage.Value[uint16] `default:"0x8000"`
	TotalIssuance                   storage.Value[bt.Rao]
	TotalStake                      storage.Value[bt.Rao]
	SubnetMovingAlpha               storage.Value[fixed.I96F32] `default:"0x55320000000000000000000000000000"`
	SubnetMovingPrice               storage.Map[storage.Identity, bt.NetUID, fixed.I96F32]
	RootProp                        storage.Map[storage.Identity, bt.NetUID, fixed.U96F32]
	SubnetVolume                    storage.Map[storage.Identity, bt.NetUID, scale.Uint128]
	SubnetTAO                       storage.Map[storage.Identity, bt.NetUID, bt.Rao]
	SubnetAlphaInEmission           storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	SubnetEmissionEnabled           storage.Map[storage.Identity, bt.NetUID, bool] `default:"0x01"`
	SubnetAlphaOutEmission          storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	SubnetTaoInEmission             storage.Map[storage.Identity, bt.NetUID, bt.Rao]
	SubnetExcessTao                 storage.Map[storage.Identity, bt.NetUID, bt.Rao]
	SubnetRootSellTao               storage.Map[storage.Identity, bt.NetUID, bt.Rao]
	SubnetAlphaIn                   storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	SubnetAlphaOut                  storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	SubnetProtocolAlpha             storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	StakingHotkeys                  storage.Map[storage.Blake2_128Concat, bt.AccountID, []bt.AccountID]
	OwnedHotkeys                    storage.Map[storage.Blake2_128Concat, bt.AccountID, []bt.AccountID]
	AutoStakeDestination            storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, bt.AccountID] `storage:"optional"`
	AutoStakeDestinationColdkeys    storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, []bt.AccountID]
	ColdkeySwapAnnouncementDelay    storage.Value[uint32]                                                        `default:"0xa08c0000"`
	ColdkeySwapReannouncementDelay  storage.Value[uint32]                                                        `default:"0x201c0000"`
	ColdkeySwapAnnouncements        storage.Map[storage.Twox64Concat, bt.AccountID, scale.Pair[uint32, bt.Hash]] `storage:"optional"`
	ColdkeySwapDisputes             storage.Map[storage.Twox64Concat, bt.AccountID, uint32]                      `storage:"optional"`
	TotalHotkeyAlpha                storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, bt.Alpha]
	TotalAlphaStaked                storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	TotalHotkeyAlphaLastEpoch       storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, bt.Alpha]
	TotalHotkeyShares               storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, fixed.U64F64]
	Alpha                           storage.NMap[AlphaKey, fixed.U64F64]
	TotalHotkeySharesV2             storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, sharepool.SafeFloat]
	AlphaV2                         storage.NMap[AlphaV2Key, sharepool.SafeFloat]
	Lock                            storage.NMap[LockKey, LockState]                                                                  `storage:"optional"`
	LockingColdkeys                 storage.NMap[LockingColdkeysKey, scale.Unit]                                                      `storage:"optional"`
	HotkeyLock                      storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, LockState] `storage:"optional"`
	DecayingHotkeyLock              storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, LockState] `storage:"optional"`
	OwnerLock                       storage.Map[storage.Identity, bt.NetUID, LockState]                                               `storage:"optional"`
	DecayingOwnerLock               storage.Map[storage.Identity, bt.NetUID, LockState]                                               `storage:"optional"`
	DecayingLock                    storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, bool]      `storage:"optional"`
	OwnerCutAutoLockEnabled         storage.Map[storage.Identity, bt.NetUID, bool]
	MaturityRate                    storage.Value[uint64] `default:"0xd2430e0000000000"`
	UnlockRate                      storage.Value[uint64] `default:"0xd2430e0000000000"`
	AlphaMapLastKey                 storage.Value[scale.Option[[]byte]]
	AlphaV2MapLastKey               storage.Value[scale.Option[[]byte]]
	TokenSymbol                     storage.Map[storage.Identity, bt.NetUID, []byte] `default:"0x10f09d9c8f"`
	SubnetTaoFlow                   storage.Map[storage.Identity, bt.NetUID, int64]
	SubnetEmaTaoFlow                storage.Map[storage.Identity, bt.NetUID, scale.Pair[uint64, fixed.I64F64]] `storage:"optional"`
	NetTaoFlowEnabled               storage.Value[bool]                                                        `default:"0x01"`
	SubnetProtocolFlow              storage.Map[storage.Identity, bt.NetUID, int64]
	SubnetEmaProtocolFlow           storage.Map[storage.Identity, bt.NetUID, scale.Pair[uint64, fixed.I64F64]] `storage:"optional"`
	TaoFlowCutoff                   storage.Value[fixed.I64F64]
	FlowNormExponent                storage.Value[fixed.U64F64] `default:"0x00000000000000000100000000000000"`
	FlowEmaSmoothingFactor          storage.Value[uint64]       `default:"0x9dd5ab4beb1a0000"`
	UsedWork                        storage.Map[storage.Identity, []byte, uint64]
	MaxRegistrationsPerBlock        storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x0100"`
	TotalNetworks                   storage.Value[uint16]
	NetworkImmunityPeriod           storage.Value[uint64] `default:"0x80c6130000000000"`
	StartCallDelay                  storage.Value[uint64]
	NetworkMinLockCost              storage.Value[bt.Rao]                          `default:"0x0010a5d4e8000000"`
	NetworkLastLockCost             storage.Value[bt.Rao]                          `default:"0x0010a5d4e8000000"`
	NetworkLockReductionInterval    storage.Value[uint64]                          `default:"0xc089010000000000"`
	SubnetOwnerCut                  storage.Value[uint16]                          `default:"0x142e"`
	OwnerCutEnabled                 storage.Map[storage.Identity, bt.NetUID, bool] `default:"0x01"`
	NetworkRateLimit                storage.Value[uint64]                          `default:"0x201c000000000000"`
	NominatorMinRequiredStake       storage.Value[uint64]
	WeightsVersionKeyRateLimit      storage.Value[uint64] `default:"0x0500000000000000"`
	LastRateLimitedBlock            storage.Map[storage.Identity, RateLimitKey, uint64]
	TransferToggle                  storage.Map[storage.Identity, bt.NetUID, bool] `default:"0x01"`
	SubnetLocked                    storage.Map[storage.Identity, bt.NetUID, bt.Rao]
	LargestLocked                   storage.Map[storage.Identity, bt.NetUID, uint64]
	Tempo                           storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x6801"`
	LastEpochBlock                  storage.Map[storage.Identity, bt.NetUID, uint64]
	PendingEpochAt                  storage.Map[storage.Identity, bt.NetUID, uint64]
	SubnetEpochIndex                storage.Map[storage.Identity, bt.NetUID, uint64]
	ActivityCutoffFactorMilli       storage.Map[storage.Identity, bt.NetUID, uint32] `default:"0x41360000"`
	FirstEmissionBlockNumber        storage.Map[storage.Identity, bt.NetUID, uint64] `storage:"optional"`
	SubnetMechanism                 storage.Map[storage.Identity, bt.NetUID, uint16]
	SubnetworkN                     storage.Map[storage.Identity, bt.NetUID, uint16]
	NetworksAdded                   storage.Map[storage.Identity, bt.NetUID, bool]
	IsNetworkMember                 storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, bool]
	NetworkRegistrationAllowed      storage.Map[storage.Identity, bt.NetUID, bool] `default:"0x01"`
	NetworkPowRegistrationAllowed   storage.Map[storage.Identity, bt.NetUID, bool]
	NetworkRegisteredAt             storage.Map[storage.Identity, bt.NetUID, uint64]
	RegisteredSubnetCounter         storage.Map[storage.Identity, bt.NetUID, uint64]
	PendingServerEmission           storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	PendingValidatorEmission        storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	PendingRootAlphaDivs            storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	PendingOwnerCut                 storage.Map[storage.Identity, bt.NetUID, bt.Alpha]
	MinerBurned                     storage.Map[storage.Identity, bt.NetUID, fixed.U96F32]
	BlocksSinceLastStep             storage.Map[storage.Identity, bt.NetUID, uint64]
	LastMechansimStepBlock          storage.Map[storage.Identity, bt.NetUID, uint64]
	SubnetOwner                     storage.Map[storage.Identity, bt.NetUID, bt.AccountID]
	SubnetOwnerHotkey               storage.Map[storage.Identity, bt.NetUID, bt.AccountID]
	RecycleOrBurn                   storage.Map[storage.Identity, bt.NetUID, RecycleOrBurn]
	ServingRateLimit                storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0x3200000000000000"`
	Rho                             storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x0a00"`
	AlphaSigmoidSteepness           storage.Map[storage.Identity, bt.NetUID, int16]  `default:"0xe803"`
	Kappa                           storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0xff7f"`
	RegistrationsThisInterval       storage.Map[storage.Identity, bt.NetUID, uint16]
	POWRegistrationsThisInterval    storage.Map[storage.Identity, bt.NetUID, uint16]
	BurnRegistrationsThisInterval   storage.Map[storage.Identity, bt.NetUID, uint16]
	MinAllowedUids                  storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x4000"`
	MaxAllowedUids                  storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x0001"`
	ImmunityPeriod                  storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x0010"`
	ActivityCutoff                  storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x8813"`
	MaxWeightsLimit                 storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0xffff"`
	WeightsVersionKey               storage.Map[storage.Identity, bt.NetUID, uint64]
	MinAllowedWeights               storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x0004"`
	MaxAllowedValidators            storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x8000"`
	AdjustmentInterval              storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x6400"`
	BondsMovingAverage              storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0xa0bb0d0000000000"`
	BondsPenalty                    storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0xffff"`
	BondsResetOn                    storage.Map[storage.Identity, bt.NetUID, bool]
	WeightsSetRateLimit             storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0x6400000000000000"`
	ValidatorPruneLen               storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0x0100000000000000"`
	ScalingLawPower                 storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x3200"`
	TargetRegistrationsPerInterval  storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x0200"`
	AdjustmentAlpha                 storage.Map[storage.Identity, bt.NetUID, uint64]
	CommitRevealWeightsEnabled      storage.Map[storage.Identity, bt.NetUID, bool]   `default:"0x01"`
	Burn                            storage.Map[storage.Identity, bt.NetUID, bt.Rao] `default:"0x00e1f50500000000"`
	Difficulty                      storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0x8096980000000000"`
	MinBurn                         storage.Map[storage.Identity, bt.NetUID, bt.Rao] `default:"0x20a1070000000000"`
	MaxBurn                         storage.Map[storage.Identity, bt.NetUID, bt.Rao] `default:"0x00e8764817000000"`
	MinDifficulty                   storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0x8096980000000000"`
	MaxDifficulty                   storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0xffffffffffffff3f"`
	LastAdjustmentBlock             storage.Map[storage.Identity, bt.NetUID, uint64]
	RegistrationsThisBlock          storage.Map[storage.Identity, bt.NetUID, uint16]
	EMAPriceHalvingBlocks           storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0x8013030000000000"`
	RAORecycledForRegistration      storage.Map[storage.Identity, bt.NetUID, bt.Rao]
	MaxEpochsPerBlock               storage.Value[uint8]  `default:"0x02"`
	TxRateLimit                     storage.Value[uint64] `default:"0xe803000000000000"`
	TxDelegateTakeRateLimit         storage.Value[uint64] `default:"0xc04b030000000000"`
	TxChildkeyTakeRateLimit         storage.Value[uint64] `default:"0xc04b030000000000"`
	LiquidAlphaOn                   storage.Map[storage.Blake2_128Concat, bt.NetUID, bool]
	Yuma3On                         storage.Map[storage.Blake2_128Concat, bt.NetUID, bool]
	AlphaValues                     storage.Map[storage.Identity, bt.NetUID, scale.Pair[uint16, uint16]] `default:"0x33b366e6"`
	SubtokenEnabled                 storage.Map[storage.Identity, bt.NetUID, bool]
	DissolveCleanupQueue            storage.Value[[]bt.NetUID]
	CurrentDissolveCleanupStatus    storage.Value[DissolveCleanupStatus] `storage:"optional"`
	NetworkRegistrationQueue        storage.Value[[]NetworkRegistrationInfo]
	VotingPower                     storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, uint64]
	VotingPowerTrackingEnabled      storage.Map[storage.Identity, bt.NetUID, bool]
	VotingPowerDisableAtBlock       storage.Map[storage.Identity, bt.NetUID, uint64]
	VotingPowerEmaAlpha             storage.Map[storage.Identity, bt.NetUID, uint64] `default:"0x0020d965e5ae0c00"`
	ImmuneOwnerUidsLimit            storage.Map[storage.Identity, bt.NetUID, uint16] `default:"0x0100"`
	StakeWeight                     storage.Map[storage.Identity, bt.NetUID, []uint16]
	Uids                            storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, uint16] `storage:"optional"`
	Keys                            storage.DoubleMap[storage.Identity, bt.NetUID, storage.Identity, uint16, bt.AccountID]
	LoadedEmission                  storage.Map[storage.Identity, bt.NetUID, []scale.Triple[bt.AccountID, uint64, uint64]] `storage:"optional"`
	Active                          storage.Map[storage.Identity, bt.NetUID, []bool]
	Consensus                       storage.Map[storage.Identity, bt.NetUID, []PerU16]
	Incentive                       storage.Map[storage.Identity, bt.NetUIDIndex, []PerU16]
	Dividends                       storage.Map[storage.Identity, bt.NetUID, []PerU16]
	Emission                        storage.Map[storage.Identity, bt.NetUID, []bt.Alpha]
	LastUpdate                      storage.Map[storage.Identity, bt.NetUIDIndex, []uint64]
	ValidatorTrust                  storage.Map[storage.Identity, bt.NetUID, []PerU16]
	Rank                            storage.Map[storage.Identity, bt.NetUID, []uint16] // with Trust, of subnets whose consensus is not Yuma
	Trust                           storage.Map[storage.Identity, bt.NetUID, []PerU16]
	ValidatorPermit                 storage.Map[storage.Identity, bt.NetUID, []bool]
	Weights                         storage.DoubleMap[storage.Identity, bt.NetUIDIndex, storage.Identity, uint16, []scale.Pair[uint16, uint16]]
	Bonds                           storage.DoubleMap[storage.Identity, bt.NetUIDIndex, storage.Identity, uint16, []scale.Pair[uint16, uint16]]
	BlockAtRegistration             storage.DoubleMap[storage.Identity, bt.NetUID, storage.Identity, uint16, uint64]
	Axons                           storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, AxonInfo]          `storage:"optional"`
	NeuronCertificates              storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, NeuronCertificate] `storage:"optional"`
	Prometheus                      storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, PrometheusInfo]    `storage:"optional"`
	IdentitiesV2                    storage.Map[storage.Blake2_128Concat, bt.AccountID, ChainIdentityV2]                                      `storage:"optional"`
	SubnetIdentitiesV3              storage.Map[storage.Blake2_128Concat, bt.NetUID, SubnetIdentityV3]                                        `storage:"optional"`
	TransactionKeyLastBlock         storage.NMap[TransactionKeyLastBlockKey, uint64]
	LastTxBlock                     storage.Map[storage.Identity, bt.AccountID, uint64]
	LastTxBlockChildKeyTake         storage.Map[storage.Identity, bt.AccountID, uint64]
	LastTxBlockDelegateTake         storage.Map[storage.Identity, bt.AccountID, uint64]
	StakeThreshold                  storage.Value[uint64]
	WeightCommits                   storage.DoubleMap[storage.Twox64Concat, bt.NetUIDIndex, storage.Twox64Concat, bt.AccountID, []Quad[bt.Hash, uint64, uint64, uint64]] `storage:"optional"`
	TimelockedWeightCommits         storage.DoubleMap[storage.Twox64Concat, bt.NetUIDIndex, storage.Twox64Concat, uint64, []Quad[bt.AccountID, uint64, BoundedBytes, uint64]]
	CRV3WeightCommits               storage.DoubleMap[storage.Twox64Concat, bt.NetUIDIndex, storage.Twox64Concat, uint64, []scale.Triple[bt.AccountID, BoundedBytes, uint64]]
	CRV3WeightCommitsV2             storage.DoubleMap[storage.Twox64Concat, bt.NetUIDIndex, storage.Twox64Concat, uint64, []Quad[bt.AccountID, uint64, BoundedBytes, uint64]]
	RevealPeriodEpochs              storage.Map[storage.Twox64Concat, bt.NetUID, uint64]                                              `default:"0x0100000000000000"`
	LastColdkeyHotkeyStakeBlock     storage.DoubleMap[storage.Twox64Concat, bt.AccountID, storage.Twox64Concat, bt.AccountID, uint64] `storage:"optional"`
	RootStakeUnlockInterval         storage.Value[uint64]
	RootClaimableThreshold          storage.Map[storage.Blake2_128Concat, bt.NetUID, fixed.I96F32] `default:"0x0000000020a107000000000000000000"`
	RootClaimable                   storage.Map[storage.Blake2_128Concat, bt.AccountID, ClaimRates]
	RootClaimed                     storage.NMap[RootClaimedKey, scale.Uint128]
	StakingColdkeysByIndex          storage.Map[storage.Identity, uint64, bt.AccountID] `storage:"optional"`
	StakingColdkeys                 storage.Map[storage.Identity, bt.AccountID, uint64] `storage:"optional"`
	NumStakingColdkeys              storage.Value[uint64]
	AssociatedEvmAddress            storage.DoubleMap[storage.Twox64Concat, bt.NetUID, storage.Twox64Concat, uint16, scale.Pair[H160, uint64]] `storage:"optional"`
	AssociatedUidsByEvmAddress      storage.DoubleMap[storage.Twox64Concat, bt.NetUID, storage.Twox64Concat, H160, EvmUids]
	SubnetLeases                    storage.Map[storage.Twox64Concat, uint32, SubnetLease] `storage:"optional"`
	SubnetLeaseShares               storage.DoubleMap[storage.Twox64Concat, uint32, storage.Identity, bt.AccountID, fixed.U64F64]
	SubnetUidToLeaseId              storage.Map[storage.Twox64Concat, bt.NetUID, uint32] `storage:"optional"`
	NextSubnetLeaseId               storage.Value[uint32]
	AccumulatedLeaseDividends       storage.Map[storage.Twox64Concat, uint32, bt.Alpha]
	CommitRevealWeightsVersion      storage.Value[uint16] `default:"0x0400"`
	NetworkRegistrationStartBlock   storage.Value[uint64]
	TaoInRefundDeploymentBlock      storage.Value[uint64]
	MinNonImmuneUids                storage.Map[storage.Identity, bt.NetUID, uint16]        `default:"0x0a00"`
	MaxMechanismCount               storage.Value[bt.MechID]                                `default:"0x02"`
	MechanismCountCurrent           storage.Map[storage.Twox64Concat, bt.NetUID, bt.MechID] `default:"0x01"`
	MechanismEmissionSplit          storage.Map[storage.Twox64Concat, bt.NetUID, []uint16]  `storage:"optional"`
	BurnHalfLife                    storage.Map[storage.Identity, bt.NetUID, uint16]        `default:"0x6801"`
	BurnIncreaseMult                storage.Map[storage.Identity, bt.NetUID, fixed.U64F64]  `default:"0x0090c2f5285c8f420100000000000000"`
	CollateralLockShare             storage.Map[storage.Identity, bt.NetUID, uint16]
	CollateralDrainRatio            storage.Map[storage.Identity, bt.NetUID, fixed.U64F64]    `default:"0x00000000000000000100000000000000"`
	MinerCollateral                 storage.NMap[MinerCollateralKey, MinerCollateralState]    `storage:"optional"`
	AutoParentDelegationEnabled     storage.Map[storage.Blake2_128Concat, bt.AccountID, bool] `default:"0x01"`
	HasMigrationRun                 storage.Map[storage.Identity, []byte, bool]
	PendingChildKeyCooldown         storage.Value[uint64] `default:"0x201c000000000000"`
	RootClaimType                   storage.Map[storage.Blake2_128Concat, bt.AccountID, RootClaimType]
	NumRootClaim                    storage.Value[uint64] `default:"0x0500000000000000"`
	SubnetEpochConsensus            storage.Map[storage.Identity, bt.NetUID, EpochConsensus]
	SavedYumaMaxAllowedValidators   storage.Map[storage.Identity, bt.NetUID, uint16]            `storage:"optional"`
	LastYumaStepBlock               storage.Map[storage.Identity, bt.NetUID, uint64]            `storage:"optional"`
	NullPruningTarget               storage.Map[storage.Identity, bt.NetUID, uint16]            `storage:"optional"`
	LastPowRegistrationBlock        storage.Map[storage.Blake2_128Concat, bt.AccountID, uint64] `storage:"optional"`
	EmissionBarQuantile             storage.Value[fixed.U64F64]                                 `default:"0x00285c8fc2f5289c0000000000000000"`
	EmissionBarRank                 storage.Value[uint16]                                       `default:"0x2000"`
	EmissionGateExponent            storage.Value[fixed.U64F64]                                 `default:"0x00000000000000000300000000000000"`
	EmissionGateBar                 storage.Value[fixed.U64F64]
	LiquidAlphaConsensusMode        storage.Map[storage.Identity, bt.NetUID, ConsensusMode]
	ConsensusByMechanism            storage.Map[storage.Identity, bt.NetUIDIndex, []PerU16]

	// Spec 461 has these for rules that are left out here. Clients find them as they are where the rules are off.
	HotkeySuccessor           storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, bt.AccountID] `storage:"optional"`
	HotkeyRoot                storage.DoubleMap[storage.Identity, bt.NetUID, storage.Blake2_128Concat, bt.AccountID, bt.AccountID] `storage:"optional"`
	ColdkeySuccessor          storage.Map[storage.Blake2_128Concat, bt.AccountID, bt.AccountID]                                    `storage:"optional"`
	ColdkeyRoot               storage.Map[storage.Blake2_128Concat, bt.AccountID, bt.AccountID]                                    `storage:"optional"`
	ChildkeyThresholdChecks   storage.Map[storage.Blake2_128Concat, bt.AccountID, scale.Unit]                                      `storage:"optional"`
	SubnetFastMovingPrice     storage.Map[storage.Identity, bt.NetUID, fixed.U64F64]                                               `storage:"optional"`
	AlphaSharePoolEpoch       storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, uint64]
	AlphaShareEpoch           storage.NMap[AlphaKey, uint64]
	NetworkRegistrationLockId storage.Value[uint32]
	TotalVotingPower          storage.Map[storage.Identity, bt.NetUID, uint64]
	BasketRate                storage.Map[storage.Blake2_128Concat, bt.AccountID, fixed.I96F32]
	BasketClaimed             storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Blake2_128Concat, bt.AccountID, scale.Int128]
}

// AlphaKey is the key of Alpha.
type AlphaKey struct {
	Hotkey  bt.AccountID `hasher:"Blake2_128Concat"`
	Coldkey bt.AccountID `hasher:"Blake2_128Concat"`
	NetUID  bt.NetUID    `hasher:"Identity"`
}

// AlphaV2Key is the key of AlphaV2.
type AlphaV2Key struct {
	Hotkey  bt.AccountID `hasher:"Blake2_128Concat"`
	Coldkey bt.AccountID `hasher:"Blake2_128Concat"`
	NetUID  bt.NetUID    `hasher:"Identity"`
}

// LockKey is the key of Lock.
type LockKey struct {
	Coldkey bt.AccountID `hasher:"Blake2_128Concat"`
	NetUID  bt.NetUID    `hasher:"Identity"`
	Hotkey  bt.AccountID `hasher:"Blake2_128Concat"`
}

// LockingColdkeysKey is the key of LockingColdkeys.
type LockingColdkeysKey struct {
	NetUID  bt.NetUID    `hasher:"Identity"`
	Hotkey  bt.AccountID `hasher:"Blake2_128Concat"`
	Coldkey bt.AccountID `hasher:"Blake2_128Concat"`
}

// TransactionKeyLastBlockKey is the key of TransactionKeyLastBlock.
type TransactionKeyLastBlockKey struct {
	Hotkey bt.AccountID `hasher:"Blake2_128Concat"`
	NetUID bt.NetUID    `hasher:"Identity"`
	Name   uint16       `hasher:"Identity"`
}

// RootClaimedKey is the key of RootClaimed.
type RootClaimedKey struct {
	NetUID  bt.NetUID    `hasher:"Identity"`
	Hotkey  bt.AccountID `hasher:"Blake2_128Concat"`
	Coldkey bt.AccountID `hasher:"Blake2_128Concat"`
}

// MinerCollateralKey is the key of MinerCollateral.
type MinerCollateralKey struct {
	NetUID  bt.NetUID    `hasher:"Identity"`
	Hotkey  bt.AccountID `hasher:"Blake2_128Concat"`
	Coldkey bt.AccountID `hasher:"Blake2_128Concat"`
}
