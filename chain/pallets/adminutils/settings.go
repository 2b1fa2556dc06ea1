package adminutils

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/tempo"
	"github.com/myelin-go/myelin/scale"
)

// The hyperparameters by which owners' changes are counted; the numbers are places in state.Hyperparameter.
const (
	servingRateLimit state.Hyperparameter = iota + 1
	maxDifficulty
	adjustmentAlpha
	_
	immunityPeriod
	minAllowedWeights
	_
	rho
	activityCutoff
	powRegistrationAllowed
	minBurn
	maxBurn
	bondsMovingAverage
	bondsPenalty
	commitRevealEnabled
	liquidAlphaEnabled
	alphaValues
	weightCommitInterval
	transferEnabled
	alphaSigmoidSteepness
	yuma3Enabled
	bondsResetEnabled
	immuneNeuronLimit
	recycleOrBurn
	maxAllowedUids
	burnHalfLife
	burnIncreaseMult
	_
	minChildkeyTake
	liquidAlphaConsensusMode = 34
	epochConsensus           = 35
	burnRegistrationAllowed  = 36
)

// quiet is for settings that no event tells.
var quiet *frame.Event[scale.Unit]

// settings declares each setting: its call, where the value is kept, the event, the rule and the bounds.
func (p *Pallet) settings() {
	p.neurons()
	p.registrations()
	p.weights()
	p.bonds()
	p.money()
	p.times()
	p.network()
	p.Call.SudoSetTotalIssuance.Handle(func(*frame.Ctx, OfNetwork[bt.Rao]) error { return p.Error.Deprecated })
}

// neurons is about uids: how many, which ones stay, where they listen.
func (p *Pallet) neurons() {
	c, st, ev, m := &p.Call, &p.module.Storage, &p.module.Event, p.module
	ofSubnet(p, &c.SudoSetServingRateLimit, &st.ServingRateLimit, &ev.ServingRateLimitSet, byOwner(servingRateLimit).anywhere())
	ofSubnet(p, &c.SudoSetImmunityPeriod, &st.ImmunityPeriod, &ev.ImmunityPeriodSet, byOwner(immunityPeriod))
	ofSubnet(p, &c.SudoSetMaxAllowedUids, &st.MaxAllowedUids, &ev.MaxAllowedUidsSet, byOwner(maxAllowedUids),
		p.notBelowMinUids(), p.notBelowNeurons(), p.notAboveSeats(), p.roomForMechanisms())
	ofSubnet(p, &c.SudoSetMinAllowedUids, &st.MinAllowedUids, &ev.MinAllowedUidsSet, byRoot.calm(), p.belowMaxUids(), p.belowNeurons())
	ofSubnet(p, &c.SudoSetMaxAllowedValidators, &st.MaxAllowedValidators, &ev.MaxAllowedValidatorsSet, byRoot.calm(), p.oneValidator(), p.notAboveMaxUids())
	ofSubnet(p, &c.SudoSetOwnerImmuneNeuronLimit, &st.ImmuneOwnerUidsLimit, quiet, byOwner(immuneNeuronLimit).anywhere(),
		within[uint16](1, 10, &m.Error.InvalidValue))
	ofSubnet(p, &c.SudoSetMinNonImmuneUids, &st.MinNonImmuneUids, &ev.MinNonImmuneUidsSet, byRoot.anywhere())

	trim := rule{owner: true, pace: tempo.TrimmingNeurons, frozen: true}
	custom(p, &c.SudoTrimToMaxAllowedUids, &st.MaxAllowedUids, trim, "MinAllowedUids … MaxAllowedUids; less than 80 % of it immune", func(x *frame.Ctx, a OfSubnet[uint16]) error {
		return p.change(x, a.NetUID, trim, func(bool) error { return m.Registration.Trim(x, a.NetUID, a.Value) })
	})
	custom(p, &c.SudoTrimNullUidsBatch, &st.NullPruningTarget, trim, "without consensus only; MinAllowedUids … MaxAllowedUids; less than 80 % of it immune; to go on is not paced", func(x *frame.Ctx, a OfSubnet[uint16]) error {
		r := trim
		if target, ok := st.NullPruningTarget.TryGet(x.State, a.NetUID); ok && target == a.Value {
			r.pace = tempo.Pace{}
		}
		return p.change(x, a.NetUID, r, func(bool) error { return m.Registration.TrimNull(x, a.NetUID, a.Value) })
	})
	ownerKey := rule{owner: true}
	for _, call := range []*frame.Call[OfSubnet[bt.AccountID]]{&c.SudoSetSnOwnerHotkey, &c.SudoSetSubnetOwnerHotkey} {
		custom(p, call, &st.SubnetOwnerHotkey, ownerKey, "once in 50400 blocks, whoever asks; not an account that holds a subnet's TAO", func(x *frame.Ctx, a OfSubnet[bt.AccountID]) error {
			return m.Subnets.ChangeOwnerHotkey(x, a.NetUID, a.Value)
		})
	}
}

// registrations is about who comes in and what it costs.
func (p *Pallet) registrations() {
	c, st, ev := &p.Call, &p.module.Storage, &p.module.Event
	byPrice := byOwner(burnRegistrationAllowed)
	custom(p, &c.SudoSetNetworkRegistrationAllowed, &st.NetworkRegistrationAllowed, byPrice, "off only while registration by work is open; the root subnet by root alone, without these checks", func(x *frame.Ctx, a OfSubnet[bool]) error {
		r, free := byPrice, a.NetUID == stakepool.Root
		if free {
			r = byRoot.anywhere()
		}
		return p.change(x, a.NetUID, r, func(bool) error {
			if !free && !a.Value && !st.NetworkPowRegistrationAllowed.Get(x.State, a.NetUID) {
				return p.Error.InvalidValue
			}
			st.NetworkRegistrationAllowed.Set(x.State, a.NetUID, a.Value)
			ev.RegistrationAllowed.Emit(x, state.RegistrationAllowed{NetUID: a.NetUID, Enabled: a.Value})
			return nil
		})
	})
	ofSubnet(p, &c.SudoSetNetworkPowRegistrationAllowed, &st.NetworkPowRegistrationAllowed, quiet, byOwner(powRegistrationAllowed).beyondRoot(), p.offWhilePriced())
	ofSubnet(p, &c.SudoSetTargetRegistrationsPerInterval, &st.TargetRegistrationsPerInterval, &ev.RegistrationPerIntervalSet, byRoot.calm())
	ofSubnet(p, &c.SudoSetMaxRegistrationsPerBlock, &st.MaxRegistrationsPerBlock, &ev.MaxRegistrationsPerBlockSet, byRoot.calm())
	ofSubnet(p, &c.SudoSetMinBurn, &st.MinBurn, &ev.MinBurnSet, byOwner(minBurn), p.belowMaxBurn())
	ofSubnet(p, &c.SudoSetMaxBurn, &st.MaxBurn, &ev.MaxBurnSet, byOwner(maxBurn), p.aboveMinBurn())
	ofSubnet(p, &c.SudoSetBurnHalfLife, &st.BurnHalfLife, &p.Event.BurnHalfLifeSet, byOwner(burnHalfLife).beyondRoot(),
		within[uint16](1, 36_100, &p.Error.InvalidValue))
	ofSubnet(p, &c.SudoSetBurnIncreaseMult, &st.BurnIncreaseMult, &p.Event.BurnIncreaseMultSet, byOwner(burnIncreaseMult).beyondRoot(), p.factor(1, 3))
	ofSubnet(p, &c.SudoSetDifficulty, &st.Difficulty, &ev.DifficultySet, byRoot.calm())
	ofSubnet(p, &c.SudoSetMinDifficulty, &st.MinDifficulty, &ev.MinDifficultySet, byRoot.calm())
	ofSubnet(p, &c.SudoSetMaxDifficulty, &st.MaxDifficulty, &ev.MaxDifficultySet, byOwner(maxDifficulty))
	ofSubnet(p, &c.SudoSetAdjustmentInterval, &st.AdjustmentInterval, &ev.AdjustmentIntervalSet, byRoot)
	ofSubnet(p, &c.SudoSetAdjustmentAlpha, &st.AdjustmentAlpha, &ev.AdjustmentAlphaSet, byOwner(adjustmentAlpha))
	ofSubnet(p, &c.SudoSetRaoRecycled, &st.RAORecycledForRegistration, &ev.RAORecycledForRegistrationSet, byRoot)
}

// weights is about setting them, and the mechanisms that they are set for.
func (p *Pallet) weights() {
	c, st, ev, m := &p.Call, &p.module.Storage, &p.module.Event, p.module
	version := rule{owner: true, pace: tempo.WeightsVersion, frozen: true, exists: true}
	ofSubnet(p, &c.SudoSetWeightsVersionKey, &st.WeightsVersionKey, &ev.WeightsVersionKeySet, version)
	ofSubnet(p, &c.SudoSetWeightsSetRateLimit, &st.WeightsSetRateLimit, &ev.WeightsSetRateLimitSet, byRoot)
	ofSubnet(p, &c.SudoSetMinAllowedWeights, &st.MinAllowedWeights, &ev.MinAllowedWeightSet, byOwner(minAllowedWeights))
	ofSubnet(p, &c.SudoSetCommitRevealWeightsEnabled, &st.CommitRevealWeightsEnabled, &ev.CommitRevealEnabled, byOwner(commitRevealEnabled))
	ofSubnet(p, &c.SudoSetCommitRevealWeightsInterval, &st.RevealPeriodEpochs, &ev.CommitRevealPeriodsSet, byOwner(weightCommitInterval), p.revealPeriod()...)

	count := rule{owner: true, pace: tempo.MechanismCount, frozen: true}
	custom(p, &c.SudoSetMechanismCount, &st.MechanismCountCurrent, count, "1 … MaxMechanismCount; at most 256 uids with MaxAllowedUids in each, 2500 without consensus, where no commits may wait for their reveal", func(x *frame.Ctx, a OfSubnet[bt.MechID]) error {
		return p.change(x, a.NetUID, count, func(bool) error { return m.Subnets.SetMechanismCount(x, a.NetUID, a.Value) })
	})
	split := rule{owner: true, pace: tempo.MechanismSplit, frozen: true}
	custom(p, &c.SudoSetMechanismEmissionSplit, &st.MechanismEmissionSplit, split, "no more parts than mechanisms; they sum to 65535", func(x *frame.Ctx, a OfSubnet[scale.Option[[]uint16]]) error {
		return p.change(x, a.NetUID, split, func(bool) error { return m.Subnets.SetEmissionSplit(x, a.NetUID, a.Value) })
	})
}

// bonds is about consensus.
func (p *Pallet) bonds() {
	c, st, ev, m := &p.Call, &p.module.Storage, &p.module.Event, p.module
	kind := rule{owner: true, pace: tempo.OfParameter(epochConsensus), frozen: true}
	custom(p, &c.SudoSetEpochConsensus, &st.SubnetEpochConsensus, kind, "not for the root subnet; not while timelocked weights wait for their reveal; no more neurons in all mechanisms together than 256 with consensus, 2500 without", func(x *frame.Ctx, a OfSubnet[state.EpochConsensus]) error {
		if x.EnsureRoot() == nil && !m.Pools.Exists(x, a.NetUID) { // before the freeze, as upstream
			return m.Error.SubnetNotExists
		}
		return p.change(x, a.NetUID, kind, func(bool) error { return m.Epoch.SetConsensus(x, a.NetUID, a.Value) })
	})
	ofSubnet(p, &c.SudoSetKappa, &st.Kappa, &ev.KappaSet, byRoot)
	ofSubnet(p, &c.SudoSetRho, &st.Rho, quiet, byOwner(rho))
	ofSubnet(p, &c.SudoSetActivityCutoff, &st.ActivityCutoff, &ev.ActivityCutoffSet, byOwner(activityCutoff), p.activity())
	ofSubnet(p, &c.SudoSetBondsMovingAverage, &st.BondsMovingAverage, &ev.BondsMovingAverageSet, byOwner(bondsMovingAverage),
		ofOwner("at most 975000", &p.Error.BondsMovingAverageMaxReached, func(v uint64) bool { return v > 975_000 }))
	ofSubnet(p, &c.SudoSetBondsPenalty, &st.BondsPenalty, &ev.BondsPenaltySet, byOwner(bondsPenalty))
	ofSubnet(p, &c.SudoSetLiquidAlphaEnabled, &st.LiquidAlphaOn, quiet, byOwner(liquidAlphaEnabled).anywhere())
	ofSubnet(p, &c.SudoSetAlphaSigmoidSteepness, &st.AlphaSigmoidSteepness, quiet, byOwner(alphaSigmoidSteepness),
		ofOwner("not negative", &p.Error.NegativeSigmoidSteepness, func(v int16) bool { return v < 0 }))
	ofSubnet(p, &c.SudoSetLiquidAlphaConsensusMode, &st.LiquidAlphaConsensusMode, &ev.LiquidAlphaConsensusModeSet, byOwner(liquidAlphaConsensusMode).anywhere())
	ofSubnet(p, &c.SudoSetYuma3Enabled, &st.Yuma3On, &p.Event.Yuma3EnableToggled, byOwner(yuma3Enabled).anywhere())

	reset := byOwner(bondsResetEnabled).anywhere()
	custom(p, &c.SudoSetBondsResetEnabled, &st.BondsResetOn, reset, "", func(x *frame.Ctx, a OfSubnet[bool]) error {
		return p.change(x, a.NetUID, reset, func(bool) error {
			st.BondsResetOn.Set(x.State, a.NetUID, a.Value)
			ev.BondsResetOnSet.Emit(x, content[state.BondsResetOnSet](a.NetUID, a.Value))
			p.Event.BondsResetToggled.Emit(x, Toggled{NetUID: a.NetUID, Enabled: a.Value})
			return nil
		})
	})
	speeds := byOwner(alphaValues).anywhere()
	custom(p, &c.SudoSetAlphaValues, &st.AlphaValues, speeds, "only where liquid alpha is on; 1638 … 65535, the lower not above the higher", func(x *frame.Ctx, a SetAlphaValues) error {
		return p.change(x, a.NetUID, speeds, func(bool) error { return p.setAlphaValues(x, a) })
	})
}

// money is about who gets a subnet's alpha and TAO.
func (p *Pallet) money() {
	c, st, ev := &p.Call, &p.module.Storage, &p.module.Event
	atWill := rule{owner: true, frozen: true, exists: true, notRoot: true}
	ofSubnet(p, &c.SudoSetSubnetEmissionEnabled, &st.SubnetEmissionEnabled, &p.Event.SubnetEmissionEnabledSet, byRoot.beyondRoot())
	ofSubnet(p, &c.SudoSetSubtokenEnabled, &st.SubtokenEnabled, quiet, byRoot.calm().anywhere())
	ofSubnet(p, &c.SudoSetToggleTransfer, &st.TransferToggle, &ev.TransferToggle, byOwner(transferEnabled).anywhere())
	ofSubnet(p, &c.SudoSetRecycleOrBurn, &st.RecycleOrBurn, quiet, byOwner(recycleOrBurn).anywhere())
	ofSubnet(p, &c.SudoSetOwnerCutEnabled, &st.OwnerCutEnabled, quiet, atWill)
	ofSubnet(p, &c.SudoSetOwnerCutAutoLockEnabled, &st.OwnerCutAutoLockEnabled, quiet, atWill)
	ofSubnet(p, &c.SudoSetMinChildkeyTakePerSubnet, &st.MinChildkeyTakePerSubnet, &ev.MinChildKeyTakePerSubnetSet, byOwner(minChildkeyTake), p.childkeyTake())
	ofSubnet(p, &c.SudoSetEmaPriceHalvingPeriod, &st.EMAPriceHalvingBlocks, quiet, byRoot.anywhere())
}

// times is about epochs. Root may set any tempo; for owners the calls are those of SubtensorModule under other indices.
func (p *Pallet) times() {
	c, st, room := &p.Call, &p.module.Storage, p.module.Tempo
	shown := rule{owner: true, pace: tempo.TempoUpdate, frozen: true, exists: true}
	custom(p, &c.SudoSetTempo, &st.Tempo, shown, "owner: 360 … 50400", func(x *frame.Ctx, a OfSubnet[uint16]) error {
		if _, signed := x.Origin.Account(); signed {
			return room.SetTempo(x, tempo.SetTempo{NetUID: a.NetUID, Tempo: a.Value})
		}
		return p.change(x, a.NetUID, byRoot.calm(), func(bool) error {
			room.Restart(x, a.NetUID, a.Value)
			return nil
		})
	})
	custom(p, &c.SudoSetActivityCutoffFactor, &st.ActivityCutoffFactorMilli, rule{owner: true, pace: tempo.ActivityCutoffFactor, frozen: true}, "1000 … 50000; the freeze binds the owner only", func(x *frame.Ctx, a OfSubnet[uint32]) error {
		return room.SetActivityCutoffFactor(x, tempo.SetActivityCutoffFactor{NetUID: a.NetUID, FactorMilli: a.Value})
	})
}

// network is what root sets for all subnets.
func (p *Pallet) network() {
	c, st, ev := &p.Call, &p.module.Storage, &p.module.Event
	ofNetwork(p, &c.SudoSetDefaultTake, &st.MaxDelegateTake, &ev.MaxDelegateTakeSet)
	ofNetwork(p, &c.SudoSetMinDelegateTake, &st.MinDelegateTake, &ev.MinDelegateTakeSet)
	ofNetwork(p, &c.SudoSetTxRateLimit, &st.TxRateLimit, &ev.TxRateLimitSet)
	ofNetwork(p, &c.SudoSetTxDelegateTakeRateLimit, &st.TxDelegateTakeRateLimit, &ev.TxDelegateTakeRateLimitSet)
	ofNetwork(p, &c.SudoSetSubnetOwnerCut, &st.SubnetOwnerCut, &ev.SubnetOwnerCutSet)
	ofNetwork(p, &c.SudoSetNetworkRateLimit, &st.NetworkRateLimit, &ev.NetworkRateLimitSet)
	ofNetwork(p, &c.SudoSetNetworkImmunityPeriod, &st.NetworkImmunityPeriod, &ev.NetworkImmunityPeriodSet)
	ofNetwork(p, &c.SudoSetNetworkMinLockCost, &st.NetworkMinLockCost, &ev.NetworkMinLockCostSet)
	ofNetwork(p, &c.SudoSetSubnetLimit, &st.SubnetLimit, &ev.SubnetLimitSet)
	ofNetwork(p, &c.SudoSetLockReductionInterval, &st.NetworkLockReductionInterval, &ev.NetworkLockCostReductionIntervalSet)
	ofNetwork(p, &c.SudoSetStakeThreshold, &st.StakeThreshold, &ev.StakeThresholdSet)
	ofNetwork(p, &c.SudoSetDissolveNetworkScheduleDuration, &st.DissolveNetworkScheduleDuration, &ev.DissolveNetworkScheduleDurationSet)
	ofNetwork(p, &c.SudoSetSubnetMovingAlpha, &st.SubnetMovingAlpha, nil)
	ofNetwork(p, &c.SudoSetCommitRevealVersion, &st.CommitRevealWeightsVersion, &ev.CommitRevealVersionSet)
	ofNetwork(p, &c.SudoSetCkBurn, &st.CKBurn, nil)
	ofNetwork(p, &c.SudoSetAdminFreezeWindow, &st.AdminFreezeWindow, &ev.AdminFreezeWindowSet)
	ofNetwork(p, &c.SudoSetOwnerHparamRateLimit, &st.OwnerHyperparamRateLimit, &ev.OwnerHyperparamRateLimitSet)
	ofNetwork(p, &c.SudoSetTaoFlowCutoff, &st.TaoFlowCutoff, nil)
	ofNetwork(p, &c.SudoSetTaoFlowNormalizationExponent, &st.FlowNormExponent, nil, p.factor(1, 2))
	ofNetwork(p, &c.SudoSetTaoFlowSmoothingFactor, &st.FlowEmaSmoothingFactor, nil)
	ofNetwork(p, &c.SudoSetNetTaoFlowEnabled, &st.NetTaoFlowEnabled, nil)
	ofNetwork(p, &c.SudoSetStartCallDelay, &st.StartCallDelay, &ev.StartCallDelaySet)
	ofNetwork(p, &c.SudoSetColdkeySwapAnnouncementDelay, &st.ColdkeySwapAnnouncementDelay, &ev.ColdkeySwapAnnouncementDelaySet)
	ofNetwork(p, &c.SudoSetColdkeySwapReannouncementDelay, &st.ColdkeySwapReannouncementDelay, &ev.ColdkeySwapReannouncementDelaySet)
	ofNetwork(p, &c.SudoSetMaxEpochsPerBlock, &st.MaxEpochsPerBlock, &ev.MaxEpochsPerBlockSet, within[uint8](1, 255, &p.Error.ValueNotInBounds))
	ofNetwork(p, &c.SudoSetMaxMechanismCount, &st.MaxMechanismCount, nil,
		within[bt.MechID](1, subnets.MostMechanisms, &p.module.Error.InvalidValue))
	ofNetwork(p, &c.SudoSetEmissionGateExponent, &st.EmissionGateExponent, nil, p.factor(1, 8))
	ofBar(p, &c.SudoSetEmissionBarQuantile, &st.EmissionBarQuantile, p.part())
	ofBar(p, &c.SudoSetEmissionBarRank, &st.EmissionBarRank)
	custom(p, &c.SudoSetNominatorMinRequiredStake, &st.NominatorMinRequiredStake, rule{}, "", p.setNominatorMinimum)
}
