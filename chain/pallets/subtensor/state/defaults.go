package state

// Settings are the numbers of a runtime that clients cannot read from its metadata. Durations are in blocks.
type Settings struct {
	// PendingChildKeyCooldown is the default wait of new childkeys.
	PendingChildKeyCooldown uint64
	// MechanismCountRateLimit, MechanismEmissionRateLimit and UidsTrimmingRateLimit are the pauses between those changes by an owner.
	MechanismCountRateLimit, MechanismEmissionRateLimit, UidsTrimmingRateLimit uint64
	// ChildrenPause is the pause between two changes of a hotkey's children on a subnet.
	ChildrenPause uint64
	// EvmKeyRateLimit is the pause between associations of Ethereum keys with a neuron.
	EvmKeyRateLimit uint64
	// CountStaked is whether TotalAlphaStaked follows what is staked; spec 461 leaves it empty.
	CountStaked bool
}

// Config changes the constants of a runtime while it is built.
type Config func(*Constants, *Settings)

// Fast is upstream's fast runtime, of the official local network: short tempos and pauses. Its container patches the pause between changes of
// children (scripts/localnet_patch.sh).
func Fast(c *Constants, s *Settings) {
	c.InitialTempo.Set(10)
	c.InitialTxChildKeyTakeRateLimit.Set(5)
	c.InitialColdkeySwapAnnouncementDelay.Set(50)
	c.InitialColdkeySwapReannouncementDelay.Set(10)
	c.HotkeySwapOnSubnetInterval.Set(1)
	c.InitialMaxEpochsPerBlock.Set(32)
	*s = Settings{
		PendingChildKeyCooldown: 15, MechanismCountRateLimit: 1, MechanismEmissionRateLimit: 1,
		UidsTrimmingRateLimit: 1, EvmKeyRateLimit: 1, ChildrenPause: 15,
	}
}

// CountStaked is spec 462: TotalAlphaStaked says how much alpha is staked on each subnet.
func CountStaked(_ *Constants, s *Settings) { s.CountStaked = true }

// New is the declaration with the constants of the main network, changed by the configurations in their order; what is not in storage then
// reads as these constants say.
func New(configs ...Config) *State {
	s := &State{Settings: Settings{
		PendingChildKeyCooldown: 7200, MechanismCountRateLimit: 7200, MechanismEmissionRateLimit: 7200, UidsTrimmingRateLimit: 216_000,
		EvmKeyRateLimit: 7200, ChildrenPause: 150,
	}}
	s.Constants.mainnet()
	for _, configure := range configs {
		configure(&s.Constants, &s.Settings)
	}
	s.defaults()
	return s
}

// defaults makes storage items read as the constants where nothing is stored.
func (s *State) defaults() {
	c, st := &s.Constants, &s.Storage
	st.DissolveNetworkScheduleDuration.SetDefault(c.InitialDissolveNetworkScheduleDuration.Get())
	st.TaoWeight.SetDefault(c.InitialTaoWeight.Get())
	st.MaxDelegateTake.SetDefault(PerU16(c.InitialDefaultDelegateTake.Get()))
	st.MinDelegateTake.SetDefault(PerU16(c.InitialMinDelegateTake.Get()))
	st.MaxChildkeyTake.SetDefault(PerU16(c.InitialMaxChildKeyTake.Get()))
	st.MinChildkeyTake.SetDefault(PerU16(c.InitialMinChildKeyTake.Get()))
	st.ChildkeyTake.SetDefault(PerU16(c.InitialDefaultChildKeyTake.Get()))
	st.Delegates.SetDefault(PerU16(c.InitialDefaultDelegateTake.Get()))
	st.TotalIssuance.SetDefault(c.InitialIssuance.Get())
	st.ColdkeySwapAnnouncementDelay.SetDefault(c.InitialColdkeySwapAnnouncementDelay.Get())
	st.ColdkeySwapReannouncementDelay.SetDefault(c.InitialColdkeySwapReannouncementDelay.Get())
	st.MaxRegistrationsPerBlock.SetDefault(c.InitialMaxRegistrationsPerBlock.Get())
	st.NetworkImmunityPeriod.SetDefault(c.InitialNetworkImmunityPeriod.Get())
	st.StartCallDelay.SetDefault(c.InitialStartCallDelay.Get())
	st.NetworkMinLockCost.SetDefault(c.InitialNetworkMinLockCost.Get())
	st.NetworkLastLockCost.SetDefault(c.InitialNetworkMinLockCost.Get())
	st.NetworkLockReductionInterval.SetDefault(c.InitialNetworkLockReductionInterval.Get())
	st.NetworkRateLimit.SetDefault(c.InitialNetworkRateLimit.Get())
	st.SubnetOwnerCut.SetDefault(c.InitialSubnetOwnerCut.Get())
	st.Tempo.SetDefault(c.InitialTempo.Get())
	st.ServingRateLimit.SetDefault(c.InitialServingRateLimit.Get())
	st.Rho.SetDefault(c.InitialRho.Get())
	st.AlphaSigmoidSteepness.SetDefault(c.InitialAlphaSigmoidSteepness.Get())
	st.Kappa.SetDefault(c.InitialKappa.Get())
	st.MinAllowedUids.SetDefault(c.InitialMinAllowedUids.Get())
	st.MaxAllowedUids.SetDefault(c.InitialMaxAllowedUids.Get())
	st.ImmunityPeriod.SetDefault(c.InitialImmunityPeriod.Get())
	st.ActivityCutoff.SetDefault(c.InitialActivityCutoff.Get())
	st.WeightsVersionKey.SetDefault(c.InitialWeightsVersionKey.Get())
	st.MinAllowedWeights.SetDefault(c.InitialMinAllowedWeights.Get())
	st.MaxAllowedValidators.SetDefault(c.InitialMaxAllowedValidators.Get())
	st.AdjustmentInterval.SetDefault(c.InitialAdjustmentInterval.Get())
	st.BondsMovingAverage.SetDefault(c.InitialBondsMovingAverage.Get())
	st.BondsPenalty.SetDefault(c.InitialBondsPenalty.Get())
	st.BondsResetOn.SetDefault(c.InitialBondsResetOn.Get())
	st.ValidatorPruneLen.SetDefault(c.InitialValidatorPruneLen.Get())
	st.ScalingLawPower.SetDefault(c.InitialScalingLawPower.Get())
	st.TargetRegistrationsPerInterval.SetDefault(c.InitialTargetRegistrationsPerInterval.Get())
	st.AdjustmentAlpha.SetDefault(c.InitialAdjustmentAlpha.Get())
	st.Burn.SetDefault(c.InitialBurn.Get())
	st.Difficulty.SetDefault(c.InitialDifficulty.Get())
	st.MinBurn.SetDefault(c.InitialMinBurn.Get())
	st.MaxBurn.SetDefault(c.InitialMaxBurn.Get())
	st.MinDifficulty.SetDefault(c.InitialMinDifficulty.Get())
	st.MaxDifficulty.SetDefault(c.InitialMaxDifficulty.Get())
	st.EMAPriceHalvingBlocks.SetDefault(c.InitialEmaPriceHalvingPeriod.Get())
	st.RAORecycledForRegistration.SetDefault(c.InitialRAORecycledForRegistration.Get())
	st.MaxEpochsPerBlock.SetDefault(c.InitialMaxEpochsPerBlock.Get())
	st.TxRateLimit.SetDefault(c.InitialTxRateLimit.Get())
	st.TxDelegateTakeRateLimit.SetDefault(c.InitialTxDelegateTakeRateLimit.Get())
	st.TxChildkeyTakeRateLimit.SetDefault(c.InitialTxChildKeyTakeRateLimit.Get())
	st.PendingChildKeyCooldown.SetDefault(s.Settings.PendingChildKeyCooldown)
}

// mainnet sets the constants of the main network.
func (c *Constants) mainnet() {
	c.InitialIssuance.Set(0)
	c.InitialMinAllowedWeights.Set(1024)
	c.InitialEmissionValue.Set(0)
	c.InitialTempo.Set(360)
	c.InitialDifficulty.Set(10_000_000)
	c.InitialMaxDifficulty.Set(4_611_686_018_427_387_903)
	c.InitialMinDifficulty.Set(10_000_000)
	c.InitialRAORecycledForRegistration.Set(0)
	c.InitialBurn.Set(100_000_000)
	c.InitialMaxBurn.Set(100_000_000_000)
	c.InitialMinBurn.Set(500000)
	c.InitialMinStake.Set(2_000_000)
	c.InitialMinTransfer.Set(100000)
	c.MinBurnUpperBound.Set(1_000_000_000)
	c.MaxBurnLowerBound.Set(100_000_000)
	c.MinTempo.Set(360)
	c.MaxTempo.Set(50400)
	c.MinActivityCutoffFactorMilli.Set(1000)
	c.MaxActivityCutoffFactorMilli.Set(50000)
	c.InitialAdjustmentInterval.Set(100)
	c.InitialBondsMovingAverage.Set(900000)
	c.InitialBondsPenalty.Set(65535)
	c.InitialBondsResetOn.Set(false)
	c.InitialTargetRegistrationsPerInterval.Set(2)
	c.InitialRho.Set(10)
	c.InitialAlphaSigmoidSteepness.Set(1000)
	c.InitialKappa.Set(32767)
	c.InitialMinAllowedUids.Set(64)
	c.InitialMaxAllowedUids.Set(256)
	c.InitialValidatorPruneLen.Set(1)
	c.InitialScalingLawPower.Set(50)
	c.InitialImmunityPeriod.Set(4096)
	c.InitialActivityCutoff.Set(5000)
	c.InitialMaxRegistrationsPerBlock.Set(1)
	c.InitialPruningScore.Set(65535)
	c.InitialMaxAllowedValidators.Set(128)
	c.InitialDefaultDelegateTake.Set(11796)
	c.InitialMinDelegateTake.Set(0)
	c.InitialDefaultChildKeyTake.Set(0)
	c.InitialMinChildKeyTake.Set(0)
	c.InitialMaxChildKeyTake.Set(11796)
	c.InitialWeightsVersionKey.Set(0)
	c.InitialServingRateLimit.Set(50)
	c.InitialTxRateLimit.Set(1000)
	c.InitialTxDelegateTakeRateLimit.Set(216000)
	c.InitialTxChildKeyTakeRateLimit.Set(216000)
	c.InitialAdjustmentAlpha.Set(0)
	c.InitialNetworkImmunityPeriod.Set(1_296_000)
	c.InitialNetworkMinLockCost.Set(1_000_000_000_000)
	c.InitialSubnetOwnerCut.Set(11796)
	c.InitialNetworkLockReductionInterval.Set(100800)
	c.InitialNetworkRateLimit.Set(7200)
	c.KeySwapCost.Set(100_000_000)
	c.AlphaHigh.Set(58982)
	c.AlphaLow.Set(45875)
	c.LiquidAlphaOn.Set(false)
	c.Yuma3On.Set(false)
	c.InitialColdkeySwapAnnouncementDelay.Set(36000)
	c.InitialColdkeySwapReannouncementDelay.Set(7200)
	c.InitialDissolveNetworkScheduleDuration.Set(36000)
	c.InitialTaoWeight.Set(971_718_665_099_567_868)
	c.InitialEmaPriceHalvingPeriod.Set(201600)
	c.InitialStartCallDelay.Set(0)
	c.KeySwapOnSubnetCost.Set(1_000_000)
	c.HotkeySwapOnSubnetInterval.Set(7200)
	c.LeaseDividendsDistributionInterval.Set(100)
	c.MaxImmuneUidsPercentage.Set(80)
	c.SubtensorPalletId.Set(PalletID([]byte("subtensr")))
	c.BurnAccountId.Set(PalletID([]byte("burntnsr")))
	c.InitialMaxEpochsPerBlock.Set(2)
}
