package info

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// SubnetHyperparams is a subnet's hyperparameters in their oldest form. Durations are in blocks, fractions of 65535 in 16 bits and of 2^64-1 in 64.
type SubnetHyperparams struct {
	Rho                        uint16 `scale:"compact"`
	Kappa                      uint16 `scale:"compact"`
	ImmunityPeriod             uint16 `scale:"compact"`
	MinAllowedWeights          uint16 `scale:"compact"`
	MaxWeightsLimit            uint16 `scale:"compact"`
	Tempo                      uint16 `scale:"compact"`
	MinDifficulty              uint64 `scale:"compact"`
	MaxDifficulty              uint64 `scale:"compact"`
	WeightsVersion             uint64 `scale:"compact"`
	WeightsRateLimit           uint64 `scale:"compact"`
	AdjustmentInterval         uint16 `scale:"compact"`
	ActivityCutoff             uint64 `scale:"compact"`
	RegistrationAllowed        bool
	TargetRegsPerInterval      uint16 `scale:"compact"`
	MinBurn                    bt.Rao `scale:"compact"`
	MaxBurn                    bt.Rao `scale:"compact"`
	BondsMovingAvg             uint64 `scale:"compact"` // of 1,000,000
	MaxRegsPerBlock            uint16 `scale:"compact"`
	ServingRateLimit           uint64 `scale:"compact"`
	MaxValidators              uint16 `scale:"compact"`
	AdjustmentAlpha            uint64 `scale:"compact"`
	Difficulty                 uint64 `scale:"compact"`
	CommitRevealPeriod         uint64 `scale:"compact"` // epochs
	CommitRevealWeightsEnabled bool
	AlphaHigh                  uint16 `scale:"compact"`
	AlphaLow                   uint16 `scale:"compact"`
	LiquidAlphaEnabled         bool
}

// ScaleName is upstream's.
func (SubnetHyperparams) ScaleName() scale.Name { return plain("subnet_info::SubnetHyperparams") }

// SubnetHyperparamsV2 is SubnetHyperparams with what came later.
type SubnetHyperparamsV2 struct {
	Rho                        uint16 `scale:"compact"`
	Kappa                      uint16 `scale:"compact"`
	ImmunityPeriod             uint16 `scale:"compact"`
	MinAllowedWeights          uint16 `scale:"compact"`
	MaxWeightsLimit            uint16 `scale:"compact"`
	Tempo                      uint16 `scale:"compact"`
	MinDifficulty              uint64 `scale:"compact"`
	MaxDifficulty              uint64 `scale:"compact"`
	WeightsVersion             uint64 `scale:"compact"`
	WeightsRateLimit           uint64 `scale:"compact"`
	AdjustmentInterval         uint16 `scale:"compact"`
	ActivityCutoff             uint64 `scale:"compact"`
	RegistrationAllowed        bool
	TargetRegsPerInterval      uint16 `scale:"compact"`
	MinBurn                    bt.Rao `scale:"compact"`
	MaxBurn                    bt.Rao `scale:"compact"`
	BondsMovingAvg             uint64 `scale:"compact"`
	MaxRegsPerBlock            uint16 `scale:"compact"`
	ServingRateLimit           uint64 `scale:"compact"`
	MaxValidators              uint16 `scale:"compact"`
	AdjustmentAlpha            uint64 `scale:"compact"`
	Difficulty                 uint64 `scale:"compact"`
	CommitRevealPeriod         uint64 `scale:"compact"`
	CommitRevealWeightsEnabled bool
	AlphaHigh                  uint16 `scale:"compact"`
	AlphaLow                   uint16 `scale:"compact"`
	LiquidAlphaEnabled         bool
	AlphaSigmoidSteepness      fixed.I32F32
	YumaVersion                uint16 `scale:"compact"` // 2 or 3
	SubnetIsActive             bool
	TransfersEnabled           bool
	BondsResetEnabled          bool
	UserLiquidityEnabled       bool // no longer exists: false
}

// ScaleName is upstream's.
func (SubnetHyperparamsV2) ScaleName() scale.Name { return plain("subnet_info::SubnetHyperparamsV2") }

// HyperparamEntry is one hyperparameter.
type HyperparamEntry struct {
	Name  []byte
	Value HyperparamValue
}

// ScaleName is upstream's.
func (HyperparamEntry) ScaleName() scale.Name { return plain("subnet_info::HyperparamEntry") }

// HyperparamValue is the value of a hyperparameter, of one of the types that there are.
type HyperparamValue struct {
	scale.Enum
	Bool       *bool                  `index:"0"`
	U16        *scale.Compact[uint16] `index:"1"`
	U32        *scale.Compact[uint32] `index:"2"`
	U64        *scale.Compact[uint64] `index:"3"`
	U128       *scale.Compact128      `index:"4"`
	TaoBalance *scale.Compact[bt.Rao] `index:"5"`
	I32F32     *fixed.I32F32          `index:"6"`
	U64F64     *fixed.U64F64          `index:"7"`
}

// ScaleName is upstream's.
func (HyperparamValue) ScaleName() scale.Name { return plain("subnet_info::HyperparamValue") }

func (r *room) hyperparams(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[SubnetHyperparams]) {
	v, ok := r.hyperparamsV2(c, netuid).Get()
	if !ok {
		return out
	}
	return scale.Some(SubnetHyperparams{
		Rho: v.Rho, Kappa: v.Kappa, ImmunityPeriod: v.ImmunityPeriod, MinAllowedWeights: v.MinAllowedWeights, MaxWeightsLimit: v.MaxWeightsLimit,
		Tempo: v.Tempo, MinDifficulty: v.MinDifficulty, MaxDifficulty: v.MaxDifficulty, WeightsVersion: v.WeightsVersion,
		WeightsRateLimit: v.WeightsRateLimit, AdjustmentInterval: v.AdjustmentInterval, ActivityCutoff: v.ActivityCutoff,
		RegistrationAllowed: v.RegistrationAllowed, TargetRegsPerInterval: v.TargetRegsPerInterval, MinBurn: v.MinBurn, MaxBurn: v.MaxBurn,
		BondsMovingAvg: v.BondsMovingAvg, MaxRegsPerBlock: v.MaxRegsPerBlock, ServingRateLimit: v.ServingRateLimit,
		MaxValidators: v.MaxValidators, AdjustmentAlpha: v.AdjustmentAlpha, Difficulty: v.Difficulty, CommitRevealPeriod: v.CommitRevealPeriod,
		CommitRevealWeightsEnabled: v.CommitRevealWeightsEnabled, AlphaHigh: v.AlphaHigh, AlphaLow: v.AlphaLow, LiquidAlphaEnabled: v.LiquidAlphaEnabled,
	})
}

func (r *room) hyperparamsV2(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[SubnetHyperparamsV2]) {
	s, st := r.shared(c)
	if !r.Exists(c, netuid) {
		return out
	}
	alpha := st.AlphaValues.Get(s, netuid)
	return scale.Some(SubnetHyperparamsV2{
		Rho: st.Rho.Get(s, netuid), Kappa: st.Kappa.Get(s, netuid), ImmunityPeriod: st.ImmunityPeriod.Get(s, netuid),
		MinAllowedWeights: st.MinAllowedWeights.Get(s, netuid), MaxWeightsLimit: maxWeightsLimit, Tempo: st.Tempo.Get(s, netuid),
		MinDifficulty: st.MinDifficulty.Get(s, netuid), MaxDifficulty: st.MaxDifficulty.Get(s, netuid),
		WeightsVersion: st.WeightsVersionKey.Get(s, netuid), WeightsRateLimit: st.WeightsSetRateLimit.Get(s, netuid),
		AdjustmentInterval: st.AdjustmentInterval.Get(s, netuid), ActivityCutoff: r.ActivityCutoff(c, netuid),
		RegistrationAllowed: st.NetworkRegistrationAllowed.Get(s, netuid), TargetRegsPerInterval: st.TargetRegistrationsPerInterval.Get(s, netuid),
		MinBurn: st.MinBurn.Get(s, netuid), MaxBurn: st.MaxBurn.Get(s, netuid), BondsMovingAvg: st.BondsMovingAverage.Get(s, netuid),
		MaxRegsPerBlock: st.MaxRegistrationsPerBlock.Get(s, netuid), ServingRateLimit: st.ServingRateLimit.Get(s, netuid),
		MaxValidators: st.MaxAllowedValidators.Get(s, netuid), AdjustmentAlpha: st.AdjustmentAlpha.Get(s, netuid),
		Difficulty: st.Difficulty.Get(s, netuid), CommitRevealPeriod: st.RevealPeriodEpochs.Get(s, netuid),
		CommitRevealWeightsEnabled: st.CommitRevealWeightsEnabled.Get(s, netuid), AlphaHigh: alpha.B, AlphaLow: alpha.A,
		LiquidAlphaEnabled: st.LiquidAlphaOn.Get(s, netuid), AlphaSigmoidSteepness: steepness(s, st, netuid), YumaVersion: yumaVersion(s, st, netuid),
		SubnetIsActive: st.SubtokenEnabled.Get(s, netuid), TransfersEnabled: st.TransferToggle.Get(s, netuid),
		BondsResetEnabled: st.BondsResetOn.Get(s, netuid),
	})
}

// hyperparamsV3 lists the hyperparameters by name, in upstream's order.
func (r *room) hyperparamsV3(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[[]HyperparamEntry]) {
	s, st := r.shared(c)
	if !r.Exists(c, netuid) {
		return out
	}
	var list []HyperparamEntry
	put := func(name string, v HyperparamValue) {
		list = append(list, HyperparamEntry{Name: []byte(name), Value: v})
	}
	flag := func(name string, v bool) { put(name, HyperparamValue{Bool: &v}) }
	short := func(name string, v uint16) { put(name, HyperparamValue{U16: &scale.Compact[uint16]{V: v}}) }
	long := func(name string, v uint64) { put(name, HyperparamValue{U64: &scale.Compact[uint64]{V: v}}) }
	amount := func(name string, v bt.Rao) { put(name, HyperparamValue{TaoBalance: &scale.Compact[bt.Rao]{V: v}}) }

	alpha, increase, steep := st.AlphaValues.Get(s, netuid), st.BurnIncreaseMult.Get(s, netuid), steepness(s, st, netuid)
	short("kappa", st.Kappa.Get(s, netuid))
	short("immunity_period", st.ImmunityPeriod.Get(s, netuid))
	short("min_allowed_weights", st.MinAllowedWeights.Get(s, netuid))
	short("max_weights_limit", maxWeightsLimit)
	short("tempo", st.Tempo.Get(s, netuid))
	long("weights_version", st.WeightsVersionKey.Get(s, netuid))
	long("weights_rate_limit", st.WeightsSetRateLimit.Get(s, netuid))
	long("activity_cutoff", r.ActivityCutoff(c, netuid))
	put("activity_cutoff_factor", HyperparamValue{U32: &scale.Compact[uint32]{V: st.ActivityCutoffFactorMilli.Get(s, netuid)}})
	flag("registration_allowed", st.NetworkRegistrationAllowed.Get(s, netuid))
	short("target_regs_per_interval", st.TargetRegistrationsPerInterval.Get(s, netuid))
	amount("min_burn", st.MinBurn.Get(s, netuid))
	amount("max_burn", st.MaxBurn.Get(s, netuid))
	short("burn_half_life", st.BurnHalfLife.Get(s, netuid))
	put("burn_increase_mult", HyperparamValue{U64F64: &increase})
	long("bonds_moving_avg", st.BondsMovingAverage.Get(s, netuid))
	short("max_regs_per_block", st.MaxRegistrationsPerBlock.Get(s, netuid))
	long("serving_rate_limit", st.ServingRateLimit.Get(s, netuid))
	short("max_validators", st.MaxAllowedValidators.Get(s, netuid))
	long("commit_reveal_period", st.RevealPeriodEpochs.Get(s, netuid))
	flag("commit_reveal_weights_enabled", st.CommitRevealWeightsEnabled.Get(s, netuid))
	short("alpha_high", alpha.B)
	short("alpha_low", alpha.A)
	flag("liquid_alpha_enabled", st.LiquidAlphaOn.Get(s, netuid))
	put("alpha_sigmoid_steepness", HyperparamValue{I32F32: &steep})
	short("yuma_version", yumaVersion(s, st, netuid))
	flag("subnet_is_active", st.SubtokenEnabled.Get(s, netuid))
	flag("transfers_enabled", st.TransferToggle.Get(s, netuid))
	flag("bonds_reset_enabled", st.BondsResetOn.Get(s, netuid))
	flag("user_liquidity_enabled", false)
	flag("owner_cut_enabled", st.OwnerCutEnabled.Get(s, netuid))
	flag("owner_cut_auto_lock_enabled", st.OwnerCutAutoLockEnabled.Get(s, netuid))
	short("min_childkey_take", uint16(max(st.MinChildkeyTake.Get(s), st.MinChildkeyTakePerSubnet.Get(s, netuid))))
	return scale.Some(list)
}

func steepness(s *storage.State, st *state.Storage, netuid bt.NetUID) fixed.I32F32 {
	return fixed.I32F32FromInt(int64(st.AlphaSigmoidSteepness.Get(s, netuid)))
}

func yumaVersion(s *storage.State, st *state.Storage, netuid bt.NetUID) uint16 {
	if st.Yuma3On.Get(s, netuid) {
		return 3
	}
	return 2
}
