package state

import (
	"reflect"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// PerU16 is a fraction of 65535.
type PerU16 uint16

// ScaleName is Substrate's.
func (PerU16) ScaleName() scale.Name {
	return scale.Name{Path: "sp_arithmetic::per_things::PerU16"}
}

// Percent is a share of 100.
type Percent uint8

// ScaleName is Substrate's.
func (Percent) ScaleName() scale.Name {
	return scale.Name{Path: "sp_arithmetic::per_things::Percent"}
}

// PalletID names a pallet's own account.
type PalletID [8]byte

// ScaleName is Substrate's.
func (PalletID) ScaleName() scale.Name { return scale.Name{Path: "frame_support::PalletId"} }

// H160 is an Ethereum address.
type H160 [20]byte

// ScaleName is Substrate's.
func (H160) ScaleName() scale.Name { return scale.Name{Path: "primitive_types::H160"} }

// One is the content of an event with a single unnamed field.
type One[T any] struct {
	scale.Tuple `scale:"-"`
	V           T
}

// Quad is a tuple of four.
type Quad[A, B, C, D any] struct {
	scale.Tuple `scale:"-"`
	A           A
	B           B
	C           C
	D           D
}

// AxonInfo is where a neuron's axon listens. IPv4 addresses stand in the low 32 bits of IP.
type AxonInfo struct {
	Block        uint64
	Version      uint32
	IP           scale.Uint128
	Port         uint16
	IPType       uint8 // 4 or 6
	Protocol     uint8
	Placeholder1 uint8
	Placeholder2 uint8
}

// ScaleName is upstream's.
func (AxonInfo) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::AxonInfo"}
}

// PrometheusInfo is where a neuron serves its metrics.
type PrometheusInfo struct {
	Block   uint64
	Version uint32
	IP      scale.Uint128
	Port    uint16
	IPType  uint8
}

// ScaleName is upstream's.
func (PrometheusInfo) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::PrometheusInfo"}
}

// NeuronCertificate is a neuron's key for encrypted connections; at most 64 key bytes.
type NeuronCertificate struct {
	PublicKey BoundedBytes
	Algorithm uint8
}

// ScaleName is upstream's.
func (NeuronCertificate) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::NeuronCertificate"}
}

// ChainIdentityV2 is what a coldkey says of itself.
type ChainIdentityV2 struct {
	Name        []byte
	URL         []byte
	GithubRepo  []byte
	Image       []byte
	Discord     []byte
	Description []byte
	Additional  []byte
}

// ScaleName is upstream's.
func (ChainIdentityV2) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::ChainIdentityV2"}
}

// SubnetIdentityV3 is what an owner says of a subnet.
type SubnetIdentityV3 struct {
	SubnetName    []byte
	GithubRepo    []byte
	SubnetContact []byte
	SubnetURL     []byte
	Discord       []byte
	Description   []byte
	LogoURL       []byte
	Additional    []byte
}

// ScaleName is upstream's.
func (SubnetIdentityV3) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::SubnetIdentityV3"}
}

// LockState is alpha that a coldkey locked for a hotkey, with the conviction it has gathered by LastUpdate.
type LockState struct {
	LockedMass bt.Alpha
	Conviction fixed.U64F64
	LastUpdate uint64
}

// ScaleName is upstream's.
func (LockState) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::staking::lock::LockState"}
}

// SubnetLease is a subnet held for the contributors of a crowdloan.
type SubnetLease struct {
	Beneficiary    bt.AccountID
	Coldkey        bt.AccountID
	Hotkey         bt.AccountID
	EmissionsShare Percent
	EndBlock       scale.Option[uint32]
	NetUID         bt.NetUID `name:"netuid"`
	Cost           bt.Rao
}

// ScaleName is upstream's.
func (SubnetLease) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::subnets::leasing::SubnetLease", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()},
		{Name: "BlockNumber", Type: reflect.TypeFor[uint32]()},
		{Name: "Balance", Type: reflect.TypeFor[bt.Rao]()},
	}}
}

// RateLimitKey names what LastRateLimitedBlock remembers the block of.
type RateLimitKey struct {
	scale.Enum
	SetSNOwnerHotkey        *bt.NetUID                             `index:"0"`
	OwnerHyperparamUpdate   *scale.Pair[bt.NetUID, Hyperparameter] `index:"1,fields"`
	NetworkLastRegistered   *scale.Unit                            `index:"2"`
	LastTxBlock             *bt.AccountID                          `index:"3"`
	LastTxBlockChildKeyTake *bt.AccountID                          `index:"4"`
	LastTxBlockDelegateTake *bt.AccountID                          `index:"5"`
	AddStakeBurn            *bt.NetUID                             `index:"6"`
}

// ScaleName is upstream's.
func (RateLimitKey) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::RateLimitKey", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()},
	}}
}

// Hyperparameter names a parameter that owners may change at a limited rate.
type Hyperparameter uint8

// Variants lists upstream's names; their places are the constants of package adminutils.
func (Hyperparameter) Variants() []scale.Variant {
	return scale.Names("Unknown", "ServingRateLimit", "MaxDifficulty", "AdjustmentAlpha", "MaxWeightLimit", "ImmunityPeriod",
		"MinAllowedWeights", "Kappa", "Rho", "ActivityCutoff", "PowRegistrationAllowed", "MinBurn", "MaxBurn", "BondsMovingAverage",
		"BondsPenalty", "CommitRevealEnabled", "LiquidAlphaEnabled", "AlphaValues", "WeightCommitInterval", "TransferEnabled",
		"AlphaSigmoidSteepness", "Yuma3Enabled", "BondsResetEnabled", "ImmuneNeuronLimit", "RecycleOrBurn", "MaxAllowedUids",
		"BurnHalfLife", "BurnIncreaseMult", "SubnetEmissionEnabled", "MinChildkeyTake", "ActivityCutoffFactorMilli", "TriggerEpoch",
		"CollateralLockShare", "CollateralDrainRatio", "LiquidAlphaConsensusMode", "EpochConsensus", "BurnRegistrationAllowed")
}

// ScaleName is upstream's.
func (Hyperparameter) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::utils::rate_limiting::Hyperparameter"}
}

// RecycleOrBurn is what happens to incentive withheld from a subnet owner's miners.
type RecycleOrBurn uint8

// The two ways.
const (
	Burn RecycleOrBurn = iota
	Recycle
)

// Variants lists upstream's names.
func (RecycleOrBurn) Variants() []scale.Variant { return scale.Names("Burn", "Recycle") }

// ScaleName is upstream's.
func (RecycleOrBurn) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::RecycleOrBurnEnum"}
}

// EpochConsensus is the consensus that a subnet's epochs run.
type EpochConsensus uint8

// The two kinds.
const (
	Yuma EpochConsensus = iota // of all validators, or the consensus that the chain's rules give the subnet
	Null                       // none: the validator with the most stake decides
)

// Variants lists upstream's names.
func (EpochConsensus) Variants() []scale.Variant { return scale.Names("Yuma", "Null") }

// ScaleName is upstream's.
func (EpochConsensus) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::EpochConsensus"}
}

// RootClaimType is what happens to a coldkey's root dividends: sold for TAO, kept as alpha, or kept on some subnets.
type RootClaimType struct {
	scale.Enum
	Swap        *scale.Unit  `index:"0"`
	Keep        *scale.Unit  `index:"1"`
	KeepSubnets *KeepSubnets `index:"2,fields"`
}

// KeepSubnets lists the subnets whose root dividends are kept as alpha.
type KeepSubnets struct{ Subnets NetUIDSet }

// NetUIDSet is subnets in ascending order, each once (a BTreeSet on the wire). Whoever decodes one may have sent them in any order.
type NetUIDSet []bt.NetUID

// DecodeScale sorts what it reads and drops what stands there twice, as upstream's type does.
func (s *NetUIDSet) DecodeScale(d *scale.Decoder) {
	n := d.Length(2)
	all := make([]bt.NetUID, 0, n)
	for range n {
		all = append(all, bt.NetUID(d.U16()))
	}
	slices.Sort(all)
	*s = slices.Compact(all)
}

// EncodeScale writes the subnets with their number in front.
func (s NetUIDSet) EncodeScale(e *scale.Encoder) {
	e.Compact(uint64(len(s)))
	for _, netuid := range s {
		e.U16(uint16(netuid))
	}
}

// ScaleName is Rust's.
func (NetUIDSet) ScaleName() scale.Name {
	return scale.Name{Path: "BTreeSet", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[bt.NetUID]()}}}
}

// ScaleName is upstream's.
func (RootClaimType) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::RootClaimTypeEnum"}
}

// ClaimRates is a hotkey's claimable root dividends per unit of root stake, by subnet in ascending order (a BTreeMap on the wire).
type ClaimRates []scale.Pair[bt.NetUID, fixed.I96F32]

// ScaleName is Rust's.
func (ClaimRates) ScaleName() scale.Name {
	return scale.Name{Path: "BTreeMap", Params: []scale.Param{
		{Name: "K", Type: reflect.TypeFor[bt.NetUID]()}, {Name: "V", Type: reflect.TypeFor[fixed.I96F32]()},
	}}
}

// BoundedBytes are bytes up to a length that their item sets.
type BoundedBytes []byte

// ScaleName is Substrate's.
func (BoundedBytes) ScaleName() scale.Name { return bounded[uint8]() }

// EvmUids are the neurons of a subnet that named one Ethereum address, each with the block when it did.
type EvmUids []scale.Pair[uint16, uint64]

// ScaleName is Substrate's.
func (EvmUids) ScaleName() scale.Name { return bounded[scale.Pair[uint16, uint64]]() }

func bounded[T any]() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[T]()}, {Name: "S"}}}
}

// MinerCollateralState is alpha that a miner has put up.
type MinerCollateralState struct {
	Locked     bt.Alpha
	DrainRatio fixed.U64F64
	MinLocked  bt.Alpha
	Earned     bt.Alpha
}

// ScaleName is upstream's.
func (MinerCollateralState) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::MinerCollateralState"}
}

// NetworkRegistrationInfo is a subnet registration that waits for a free slot.
type NetworkRegistrationInfo struct {
	Coldkey                bt.AccountID
	Hotkey                 bt.AccountID
	Mechid                 uint16
	Identity               scale.Option[SubnetIdentityV3]
	LockAmount             bt.Rao
	MedianSubnetAlphaPrice fixed.U64F64
	RegistrationBlock      uint64
	LockID                 uint32
}

// ScaleName is upstream's.
func (NetworkRegistrationInfo) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::subnets::subnet::NetworkRegistrationInfo", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()},
	}}
}

// DissolveCleanupStatus is how far the clearing of a dissolved subnet has come.
type DissolveCleanupStatus struct {
	NetUID                bt.NetUID `name:"netuid"`
	Phase                 DissolveCleanupPhase
	LastKey               scale.Option[[]byte]
	SubnetTotalAlphaValue scale.Option[scale.Uint128]
	SubnetDistributedTao  scale.Option[scale.Uint128]
}

// ScaleName is upstream's.
func (DissolveCleanupStatus) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::subnets::dissolution::DissolveCleanupStatus"}
}

// DissolveCleanupPhase is a step of that clearing.
type DissolveCleanupPhase uint8

// Variants lists upstream's names.
func (DissolveCleanupPhase) Variants() []scale.Variant {
	return scale.Names("SubnetRootDividendsRootClaimable", "SubnetRootDividendsRootClaimed", "AlphaInOutStakesGetTotalAlphaValue",
		"AlphaInOutStakesSettleStakes", "AlphaInOutStakesAlpha", "AlphaInOutStakesHotkeyTotals", "AlphaInOutStakesLocks",
		"AlphaInOutStakesDecayingLocks", "AlphaInOutStakes", "ProtocolLiquidity", "PurgeNetuid", "NetworkIsNetworkMember",
		"NetworkParameters", "NetworkMapParameters", "NetworkUpdateWeightsOnRoot", "NetworkChildkeyTake", "NetworkChildkeys",
		"NetworkParentkeys", "NetworkLastHotkeyEmissionOnNetuid", "NetworkTotalHotkeyAlphaLastEpoch", "NetworkTransactionKeyLastBlock",
		"NetworkLock", "NetworkDecayingLock", "SubnetBasketHoldingsToRoot", "NetworkPendingBasketDeposits", "NetworkAlphaAssetCounters")
}

// ScaleName is upstream's.
func (DissolveCleanupPhase) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::subnets::dissolution::DissolveCleanupPhase"}
}

// ConsensusMode says which consensus liquid alpha compares weights with.
type ConsensusMode uint8

// The modes. Upstream's default is Auto since it has them; here it is Current, which was the only one at spec 425.
const (
	CurrentConsensus  ConsensusMode = iota // that of the epoch itself
	PreviousConsensus                      // that of the epoch before
	AutoConsensus                          // that of the epoch before where BondsPenalty is 65535, else that of the epoch itself
)

// Variants lists upstream's names.
func (ConsensusMode) Variants() []scale.Variant { return scale.Names("Current", "Previous", "Auto") }

// ScaleName is upstream's.
func (ConsensusMode) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor::pallet::ConsensusMode"}
}
