package adminutils

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// route says of each call who may make it, when, and what it sets. Numbers of hyperparameters are places in state.Hyperparameter.
func (p *Pallet) route() {
	c, st, ev := &p.Call, &p.module.Storage, &p.module.Event
	c.SudoSetServingRateLimit.Handle(func(x *frame.Ctx, a SetServingRateLimit) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(1), frozen: true}, nil, func() {
			st.ServingRateLimit.Set(x.State, a.NetUID, a.ServingRateLimit)
			ev.ServingRateLimitSet.Emit(x, state.ServingRateLimitSet{NetUID: a.NetUID, Value: a.ServingRateLimit})
		})
	})
	c.SudoSetWeightsVersionKey.Handle(func(x *frame.Ctx, a SetWeightsVersionKey) error {
		return p.set(x, setting{netuid: a.NetUID, owner: versionKey, frozen: true, exists: true}, nil, func() {
			st.WeightsVersionKey.Set(x.State, a.NetUID, a.WeightsVersionKey)
			ev.WeightsVersionKeySet.Emit(x, state.WeightsVersionKeySet{NetUID: a.NetUID, Value: a.WeightsVersionKey})
		})
	})
	c.SudoSetWeightsSetRateLimit.Handle(func(x *frame.Ctx, a SetWeightsSetRateLimit) error {
		return p.set(x, setting{netuid: a.NetUID, exists: true}, nil, func() {
			st.WeightsSetRateLimit.Set(x.State, a.NetUID, a.WeightsSetRateLimit)
			ev.WeightsSetRateLimitSet.Emit(x, state.WeightsSetRateLimitSet{NetUID: a.NetUID, Value: a.WeightsSetRateLimit})
		})
	})
	c.SudoSetImmunityPeriod.Handle(func(x *frame.Ctx, a SetImmunityPeriod) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(5), frozen: true, exists: true}, nil, func() {
			st.ImmunityPeriod.Set(x.State, a.NetUID, a.ImmunityPeriod)
			ev.ImmunityPeriodSet.Emit(x, state.ImmunityPeriodSet{NetUID: a.NetUID, Value: a.ImmunityPeriod})
		})
	})
	c.SudoSetMinAllowedWeights.Handle(func(x *frame.Ctx, a SetMinAllowedWeights) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(6), frozen: true}, nil, func() {
			st.MinAllowedWeights.Set(x.State, a.NetUID, a.MinAllowedWeights)
			ev.MinAllowedWeightSet.Emit(x, state.MinAllowedWeightSet{NetUID: a.NetUID, Value: a.MinAllowedWeights})
		})
	})
	c.SudoSetMaxAllowedUids.Handle(func(x *frame.Ctx, a SetMaxAllowedUids) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(25), frozen: true, exists: true}, func(bool) error { return p.checkMaxUids(x, a) }, func() {
			st.MaxAllowedUids.Set(x.State, a.NetUID, a.MaxAllowedUids)
			ev.MaxAllowedUidsSet.Emit(x, state.MaxAllowedUidsSet{NetUID: a.NetUID, Value: a.MaxAllowedUids})
		})
	})
	c.SudoSetKappa.Handle(func(x *frame.Ctx, a SetKappa) error {
		return p.set(x, setting{netuid: a.NetUID, exists: true}, nil, func() {
			st.Kappa.Set(x.State, a.NetUID, a.Kappa)
			ev.KappaSet.Emit(x, state.KappaSet{NetUID: a.NetUID, Value: a.Kappa})
		})
	})
	c.SudoSetNetworkRegistrationAllowed.Handle(func(x *frame.Ctx, a SetNetworkRegistrationAllowed) error {
		return p.set(x, setting{netuid: a.NetUID}, nil, func() {
			st.NetworkRegistrationAllowed.Set(x.State, a.NetUID, a.RegistrationAllowed)
			ev.RegistrationAllowed.Emit(x, state.RegistrationAllowed{NetUID: a.NetUID, Enabled: a.RegistrationAllowed})
		})
	})
	c.SudoSetTargetRegistrationsPerInterval.Handle(func(x *frame.Ctx, a SetTargetRegistrationsPerInterval) error {
		return p.set(x, setting{netuid: a.NetUID, frozen: true, exists: true}, nil, func() {
			st.TargetRegistrationsPerInterval.Set(x.State, a.NetUID, a.TargetRegistrationsPerInterval)
			ev.RegistrationPerIntervalSet.Emit(x, state.RegistrationPerIntervalSet{NetUID: a.NetUID, Value: a.TargetRegistrationsPerInterval})
		})
	})
	c.SudoSetMinBurn.Handle(func(x *frame.Ctx, a SetMinBurn) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(11), frozen: true, exists: true}, func(bool) error { return p.checkMinBurn(x, a) }, func() {
			st.MinBurn.Set(x.State, a.NetUID, a.MinBurn)
			ev.MinBurnSet.Emit(x, state.MinBurnSet{NetUID: a.NetUID, Value: a.MinBurn})
		})
	})
	c.SudoSetMaxBurn.Handle(func(x *frame.Ctx, a SetMaxBurn) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(12), frozen: true, exists: true}, func(bool) error { return p.checkMaxBurn(x, a) }, func() {
			st.MaxBurn.Set(x.State, a.NetUID, a.MaxBurn)
			ev.MaxBurnSet.Emit(x, state.MaxBurnSet{NetUID: a.NetUID, Value: a.MaxBurn})
		})
	})
	c.SudoSetMaxAllowedValidators.Handle(func(x *frame.Ctx, a SetMaxAllowedValidators) error {
		return p.set(x, setting{netuid: a.NetUID, frozen: true, exists: true}, func(bool) error { return p.checkMaxValidators(x, a) }, func() {
			st.MaxAllowedValidators.Set(x.State, a.NetUID, a.MaxAllowedValidators)
			ev.MaxAllowedValidatorsSet.Emit(x, state.MaxAllowedValidatorsSet{NetUID: a.NetUID, Value: a.MaxAllowedValidators})
		})
	})
	c.SudoSetBondsMovingAverage.Handle(func(x *frame.Ctx, a SetBondsMovingAverage) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(13), frozen: true, exists: true}, func(owner bool) error { return p.checkBondsAverage(a, owner) }, func() {
			st.BondsMovingAverage.Set(x.State, a.NetUID, a.BondsMovingAverage)
			ev.BondsMovingAverageSet.Emit(x, state.BondsMovingAverageSet{NetUID: a.NetUID, Value: a.BondsMovingAverage})
		})
	})
	c.SudoSetMaxRegistrationsPerBlock.Handle(func(x *frame.Ctx, a SetMaxRegistrationsPerBlock) error {
		return p.set(x, setting{netuid: a.NetUID, frozen: true, exists: true}, nil, func() {
			st.MaxRegistrationsPerBlock.Set(x.State, a.NetUID, a.MaxRegistrationsPerBlock)
			ev.MaxRegistrationsPerBlockSet.Emit(x, state.MaxRegistrationsPerBlockSet{NetUID: a.NetUID, Value: a.MaxRegistrationsPerBlock})
		})
	})
	c.SudoSetCommitRevealWeightsEnabled.Handle(func(x *frame.Ctx, a SetCommitRevealWeightsEnabled) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(15), frozen: true, exists: true}, nil, func() {
			st.CommitRevealWeightsEnabled.Set(x.State, a.NetUID, a.Enabled)
			ev.CommitRevealEnabled.Emit(x, state.CommitRevealEnabled{NetUID: a.NetUID, Enabled: a.Enabled})
		})
	})
	c.SudoSetLiquidAlphaEnabled.Handle(func(x *frame.Ctx, a SetLiquidAlphaEnabled) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(16), frozen: true}, nil, func() {
			st.LiquidAlphaOn.Set(x.State, a.NetUID, a.Enabled)
		})
	})
	c.SudoSetYuma3Enabled.Handle(func(x *frame.Ctx, a SetYuma3Enabled) error {
		return p.set(x, setting{netuid: a.NetUID, owner: hyperparameter(21), frozen: true}, nil, func() {
			st.Yuma3On.Set(x.State, a.NetUID, a.Enabled)
			p.Event.Yuma3EnableToggled.Emit(x, Toggled(a))
		})
	})
	c.SudoSetSubtokenEnabled.Handle(func(x *frame.Ctx, a SetSubtokenEnabled) error {
		return p.set(x, setting{netuid: a.NetUID, frozen: true}, nil, func() {
			st.SubtokenEnabled.Set(x.State, a.NetUID, a.SubtokenEnabled)
		})
	})
	c.SudoSetSubnetEmissionEnabled.Handle(func(x *frame.Ctx, a SetSubnetEmissionEnabled) error {
		return p.set(x, setting{netuid: a.NetUID, exists: true}, func(bool) error { return p.checkNotRoot(a.NetUID) }, func() {
			st.SubnetEmissionEnabled.Set(x.State, a.NetUID, a.Enabled)
			p.Event.SubnetEmissionEnabledSet.Emit(x, Toggled(a))
		})
	})
	c.SudoSetTxRateLimit.Handle(func(x *frame.Ctx, a SetTxRateLimit) error {
		return p.setGlobal(x, func() {
			st.TxRateLimit.Set(x.State, a.TxRateLimit)
			ev.TxRateLimitSet.Emit(x, state.One[uint64]{V: a.TxRateLimit})
		})
	})
	c.SudoSetNetworkRateLimit.Handle(func(x *frame.Ctx, a SetNetworkRateLimit) error {
		return p.setGlobal(x, func() {
			st.NetworkRateLimit.Set(x.State, a.RateLimit)
			ev.NetworkRateLimitSet.Emit(x, state.One[uint64]{V: a.RateLimit})
		})
	})
	c.SudoSetNetworkImmunityPeriod.Handle(func(x *frame.Ctx, a SetNetworkImmunityPeriod) error {
		return p.setGlobal(x, func() {
			st.NetworkImmunityPeriod.Set(x.State, a.ImmunityPeriod)
			ev.NetworkImmunityPeriodSet.Emit(x, state.One[uint64]{V: a.ImmunityPeriod})
		})
	})
	c.SudoSetNetworkMinLockCost.Handle(func(x *frame.Ctx, a SetNetworkMinLockCost) error {
		return p.setGlobal(x, func() {
			st.NetworkMinLockCost.Set(x.State, a.LockCost)
			ev.NetworkMinLockCostSet.Emit(x, state.One[bt.Rao]{V: a.LockCost})
		})
	})
	c.SudoSetSubnetLimit.Handle(func(x *frame.Ctx, a SetSubnetLimit) error {
		return p.setGlobal(x, func() {
			st.SubnetLimit.Set(x.State, a.MaxSubnets)
			ev.SubnetLimitSet.Emit(x, state.One[uint16]{V: a.MaxSubnets})
		})
	})
	c.SudoSetLockReductionInterval.Handle(func(x *frame.Ctx, a SetLockReductionInterval) error {
		return p.setGlobal(x, func() {
			st.NetworkLockReductionInterval.Set(x.State, a.Interval)
			ev.NetworkLockCostReductionIntervalSet.Emit(x, state.One[uint64]{V: a.Interval})
		})
	})
	c.SudoSetSubnetOwnerCut.Handle(func(x *frame.Ctx, a SetSubnetOwnerCut) error {
		return p.setGlobal(x, func() {
			st.SubnetOwnerCut.Set(x.State, a.SubnetOwnerCut)
			ev.SubnetOwnerCutSet.Emit(x, state.One[uint16]{V: a.SubnetOwnerCut})
		})
	})
	c.SudoSetStakeThreshold.Handle(func(x *frame.Ctx, a SetStakeThreshold) error {
		return p.setGlobal(x, func() {
			st.StakeThreshold.Set(x.State, a.MinStake)
			ev.StakeThresholdSet.Emit(x, state.One[uint64]{V: a.MinStake})
		})
	})
	c.SudoSetAdminFreezeWindow.Handle(func(x *frame.Ctx, a SetAdminFreezeWindow) error {
		return p.setGlobal(x, func() {
			st.AdminFreezeWindow.Set(x.State, a.Window)
			ev.AdminFreezeWindowSet.Emit(x, state.One[uint16]{V: a.Window})
		})
	})
	c.SudoSetOwnerHparamRateLimit.Handle(func(x *frame.Ctx, a SetOwnerHparamRateLimit) error {
		return p.setGlobal(x, func() {
			st.OwnerHyperparamRateLimit.Set(x.State, a.Epochs)
			ev.OwnerHyperparamRateLimitSet.Emit(x, state.One[uint16]{V: a.Epochs})
		})
	})
	c.SudoSetStartCallDelay.Handle(func(x *frame.Ctx, a SetStartCallDelay) error {
		return p.setGlobal(x, func() {
			st.StartCallDelay.Set(x.State, a.Delay)
			ev.StartCallDelaySet.Emit(x, state.One[uint64]{V: a.Delay})
		})
	})
	c.SudoSetTempo.Handle(func(x *frame.Ctx, a SetTempo) error {
		return p.set(x, setting{netuid: a.NetUID, frozen: true, exists: true}, nil, func() {
			st.Tempo.Set(x.State, a.NetUID, a.Tempo)
			ev.TempoSet.Emit(x, state.TempoSet{NetUID: a.NetUID, Value: a.Tempo})
			st.LastEpochBlock.Set(x.State, a.NetUID, stakepool.Now(x))
		})
	})
}
