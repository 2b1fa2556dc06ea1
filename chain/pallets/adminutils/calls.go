package adminutils

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// OfSubnet is the arguments of a call that sets something of a subnet.
type OfSubnet[V any] struct {
	NetUID bt.NetUID `name:"netuid"`
	Value  V
}

// OfNetwork is the arguments of a call that sets something of the whole network.
type OfNetwork[V any] struct {
	Value V
}

// SetAlphaValues is the call's arguments; parts of 65535.
type SetAlphaValues struct {
	NetUID    bt.NetUID `name:"netuid"`
	AlphaLow  uint16
	AlphaHigh uint16
}

// Call is the call table: indices, names of arguments, weights and texts are wire format. Indices that are missing are those of upstream's calls for what
// is not here: its own authorities (0, 59), the Ethereum machine (58, 62), miners' collateral (98, 99), and baskets of root (105 to 109, 113).
type Call struct {
	SudoSetDefaultTake                     frame.Call[OfNetwork[state.PerU16]]          `index:"1" args:"default_take" weight:"5400000,0,0,1" doc:"Set the highest delegate take, of 65535."`
	SudoSetTxRateLimit                     frame.Call[OfNetwork[uint64]]                `index:"2" args:"tx_rate_limit" weight:"5440000,0,0,1" doc:"Set the blocks between two swaps of hotkeys."`
	SudoSetServingRateLimit                frame.Call[OfSubnet[uint64]]                 `index:"3" args:"netuid,serving_rate_limit" weight:"28633000,4212,4,1" doc:"Set the blocks between two announcements of an axon."`
	SudoSetMinDifficulty                   frame.Call[OfSubnet[uint64]]                 `index:"4" args:"netuid,min_difficulty" weight:"34554000,4383,5,1" doc:"Set the lowest difficulty of registration by work, in expected hashes."`
	SudoSetMaxDifficulty                   frame.Call[OfSubnet[uint64]]                 `index:"5" args:"netuid,max_difficulty" weight:"34704000,4383,5,1" doc:"Set the highest difficulty of registration by work, in expected hashes."`
	SudoSetWeightsVersionKey               frame.Call[OfSubnet[uint64]]                 `index:"6" args:"netuid,weights_version_key" weight:"34204000,4383,5,1" doc:"Set the lowest version of validators that may set weights."`
	SudoSetWeightsSetRateLimit             frame.Call[OfSubnet[uint64]]                 `index:"7" args:"netuid,weights_set_rate_limit" weight:"16420000,4084,1,1" doc:"Set the blocks between two settings of weights."`
	SudoSetAdjustmentInterval              frame.Call[OfSubnet[uint16]]                 `index:"8" args:"netuid,adjustment_interval" weight:"16320000,4084,1,1" doc:"Set the blocks between two adjustments of price and difficulty, where they follow intervals."`
	SudoSetAdjustmentAlpha                 frame.Call[OfSubnet[uint64]]                 `index:"9" args:"netuid,adjustment_alpha" weight:"14000000,0,1,1" doc:"Set the part of the old value that an adjustment keeps, of 2^64."`
	SudoSetImmunityPeriod                  frame.Call[OfSubnet[uint16]]                 `index:"13" args:"netuid,immunity_period" weight:"34414000,4383,5,1" doc:"Set the blocks for which new neurons are immune."`
	SudoSetMinAllowedWeights               frame.Call[OfSubnet[uint16]]                 `index:"14" args:"netuid,min_allowed_weights" weight:"34664000,4383,5,1" doc:"Set the least number of weights that a validator sets."`
	SudoSetMaxAllowedUids                  frame.Call[OfSubnet[uint16]]                 `index:"15" args:"netuid,max_allowed_uids" weight:"43381000,4433,8,1" doc:"Set the number of neurons that a subnet may have."`
	SudoSetKappa                           frame.Call[OfSubnet[uint16]]                 `index:"16" args:"netuid,kappa" weight:"16301000,4084,1,1" doc:"Set the stake majority of consensus, of 65535."`
	SudoSetRho                             frame.Call[OfSubnet[uint16]]                 `index:"17" args:"netuid,rho" weight:"31268000,4383,5,1" doc:"Set the steepness of trust, for the consensus that has it."`
	SudoSetActivityCutoff                  frame.Call[OfSubnet[uint16]]                 `index:"18" args:"netuid,activity_cutoff" weight:"35165000,4383,6,1" doc:"Set the blocks after which a silent validator was inactive; the factor of tempos counts now."`
	SudoSetNetworkRegistrationAllowed      frame.Call[OfSubnet[bool]]                   `index:"19" args:"netuid,registration_allowed" weight:"7113000,0,0,1" doc:"Open or close a subnet for registrations by price."`
	SudoSetNetworkPowRegistrationAllowed   frame.Call[OfSubnet[bool]]                   `index:"20" args:"netuid,registration_allowed" weight:"14000000,0,0,1" doc:"Open or close a subnet for registrations by work."`
	SudoSetTargetRegistrationsPerInterval  frame.Call[OfSubnet[uint16]]                 `index:"21" args:"netuid,target_registrations_per_interval" weight:"34103000,4383,5,1" doc:"Set the target of registrations; root takes three times as many in an interval."`
	SudoSetMinBurn                         frame.Call[OfSubnet[bt.Rao]]                 `index:"22" args:"netuid,min_burn" weight:"37780000,4385,6,1" doc:"Set the lowest registration price, in rao."`
	SudoSetMaxBurn                         frame.Call[OfSubnet[bt.Rao]]                 `index:"23" args:"netuid,max_burn" weight:"36949000,4410,6,1" doc:"Set the highest registration price, in rao."`
	SudoSetDifficulty                      frame.Call[OfSubnet[uint64]]                 `index:"24" args:"netuid,difficulty" weight:"34434000,4383,5,1" doc:"Set the difficulty of registration by work, in expected hashes."`
	SudoSetMaxAllowedValidators            frame.Call[OfSubnet[uint16]]                 `index:"25" args:"netuid,max_allowed_validators" weight:"35896000,4383,6,1" doc:"Set how many neurons may have a validator permit."`
	SudoSetBondsMovingAverage              frame.Call[OfSubnet[uint64]]                 `index:"26" args:"netuid,bonds_moving_average" weight:"34495000,4383,5,1" doc:"Set how slowly bonds move, in parts of a million."`
	SudoSetMaxRegistrationsPerBlock        frame.Call[OfSubnet[uint16]]                 `index:"27" args:"netuid,max_registrations_per_block" weight:"34604000,4383,5,1" doc:"Set how many registrations a block may have."`
	SudoSetSubnetOwnerCut                  frame.Call[OfNetwork[uint16]]                `index:"28" args:"subnet_owner_cut" weight:"14000000,0,0,1" doc:"Set the part of alpha that goes to owners of subnets, of 65535."`
	SudoSetNetworkRateLimit                frame.Call[OfNetwork[uint64]]                `index:"29" args:"rate_limit" weight:"14000000,0,0,1" doc:"Set the blocks between two registrations of subnets."`
	SudoSetTempo                           frame.Call[OfSubnet[uint16]]                 `index:"30" args:"netuid,tempo" weight:"36298000,4383,5,2" doc:"Set the blocks between two epochs; a new tempo begins now."`
	SudoSetTotalIssuance                   frame.Call[OfNetwork[bt.Rao]]                `index:"33" args:"total_issuance" weight:"5931000,0,0,0" doc:"Fail: issuance is counted, not set."`
	SudoSetNetworkImmunityPeriod           frame.Call[OfNetwork[uint64]]                `index:"35" args:"immunity_period" weight:"14000000,0,0,1" doc:"Set the blocks for which new subnets are immune."`
	SudoSetNetworkMinLockCost              frame.Call[OfNetwork[bt.Rao]]                `index:"36" args:"lock_cost" weight:"14000000,0,0,1" doc:"Set the lowest cost of a subnet, in rao."`
	SudoSetSubnetLimit                     frame.Call[OfNetwork[uint16]]                `index:"37" args:"max_subnets" weight:"14000000,0,0,1" doc:"Set how many subnets there may be."`
	SudoSetLockReductionInterval           frame.Call[OfNetwork[uint64]]                `index:"38" args:"interval" weight:"14000000,0,0,1" doc:"Set the blocks in which the cost of a subnet falls."`
	SudoSetRaoRecycled                     frame.Call[OfSubnet[bt.Rao]]                 `index:"39" args:"netuid,rao_recycled" weight:"16541000,4084,1,1" doc:"Set the sum that was paid for registrations in a subnet, in rao."`
	SudoSetStakeThreshold                  frame.Call[OfNetwork[uint64]]                `index:"42" args:"min_stake" weight:"5500000,0,0,1" doc:"Set the least stake that counts."`
	SudoSetNominatorMinRequiredStake       frame.Call[OfNetwork[uint64]]                `index:"43" args:"min_stake" weight:"30697000,6890,5,1" doc:"Set the least stake of nominators, in millionths of the least stake; if it rises, smaller nominations are sold."`
	SudoSetTxDelegateTakeRateLimit         frame.Call[OfNetwork[uint64]]                `index:"45" args:"tx_rate_limit" weight:"5420000,0,0,1" doc:"Set the blocks between two rises of a delegate take."`
	SudoSetMinDelegateTake                 frame.Call[OfNetwork[state.PerU16]]          `index:"46" args:"take" weight:"5490000,0,0,1" doc:"Set the lowest delegate take, of 65535."`
	SudoSetCommitRevealWeightsEnabled      frame.Call[OfSubnet[bool]]                   `index:"49" args:"netuid,enabled" weight:"34544000,4383,5,1" doc:"Choose whether weights are committed first and revealed later."`
	SudoSetLiquidAlphaEnabled              frame.Call[OfSubnet[bool]]                   `index:"50" args:"netuid,enabled" weight:"25538000,4280,4,1" doc:"Choose whether bonds move at a speed that depends on consensus."`
	SudoSetAlphaValues                     frame.Call[SetAlphaValues]                   `index:"51" weight:"34224000,4427,5,1" doc:"Set the lowest and the highest speed of bonds, of 65535, where it depends on consensus."`
	SudoSetDissolveNetworkScheduleDuration frame.Call[OfNetwork[uint32]]                `index:"55" args:"duration" weight:"5591000,0,0,1" doc:"Set the blocks between scheduling and dissolving a subnet."`
	SudoSetCommitRevealWeightsInterval     frame.Call[OfSubnet[uint64]]                 `index:"57" args:"netuid,interval" weight:"34654000,4383,5,1" doc:"Set the epochs between commit and reveal of weights."`
	SudoSetBondsPenalty                    frame.Call[OfSubnet[uint16]]                 `index:"60" args:"netuid,bonds_penalty" weight:"34354000,4383,5,1" doc:"Set how much of weight above consensus makes no bonds, of 65535."`
	SudoSetToggleTransfer                  frame.Call[OfSubnet[bool]]                   `index:"61" args:"netuid,toggle" weight:"28343000,4280,4,1" doc:"Choose whether stake in a subnet may change its coldkey."`
	SudoSetSubnetMovingAlpha               frame.Call[OfNetwork[fixed.I96F32]]          `index:"63" args:"alpha" weight:"2955000,0,0,1" doc:"Set the smoothing of moving prices."`
	SudoSetSubnetOwnerHotkey               frame.Call[OfSubnet[bt.AccountID]]           `index:"64" args:"netuid,hotkey" weight:"3918000,0,0,1" doc:"Same as sudo_set_sn_owner_hotkey."`
	SudoSetEmaPriceHalvingPeriod           frame.Call[OfSubnet[uint64]]                 `index:"65" args:"netuid,ema_halving" weight:"4198000,0,0,1" doc:"Set the blocks after which a moving price is half of the way to the price."`
	SudoSetSubtokenEnabled                 frame.Call[OfSubnet[bool]]                   `index:"66" args:"netuid,subtoken_enabled" weight:"25467000,4280,4,1" doc:"Open or close a subnet for trades of its alpha."`
	SudoSetSnOwnerHotkey                   frame.Call[OfSubnet[bt.AccountID]]           `index:"67" args:"netuid,hotkey" weight:"25687000,4177,2,2" doc:"Set the hotkey that stands for a subnet's owner; once a week."`
	SudoSetAlphaSigmoidSteepness           frame.Call[OfSubnet[int16]]                  `index:"68" args:"netuid,steepness" weight:"31438000,4383,5,1" doc:"Set how steeply the speed of bonds depends on consensus, in thousandths."`
	SudoSetYuma3Enabled                    frame.Call[OfSubnet[bool]]                   `index:"69" args:"netuid,enabled" weight:"28583000,4280,4,1" doc:"Choose the third form of Yuma Consensus."`
	SudoSetBondsResetEnabled               frame.Call[OfSubnet[bool]]                   `index:"70" args:"netuid,enabled" weight:"30507000,4280,4,1" doc:"Choose whether bonds of a neuron start anew when it asks for it."`
	SudoSetCommitRevealVersion             frame.Call[OfNetwork[uint16]]                `index:"71" args:"version" weight:"6052000,0,0,1" doc:"Set the version of timelocked commits that the chain takes."`
	SudoSetOwnerImmuneNeuronLimit          frame.Call[OfSubnet[uint16]]                 `index:"72" args:"netuid,immune_neurons" weight:"25107000,4280,4,1" doc:"Set how many neurons of its owner a subnet never prunes."`
	SudoSetCkBurn                          frame.Call[OfNetwork[uint64]]                `index:"73" args:"burn" weight:"15650000,0,1,1" doc:"Set the part of childkeys' stake that is burned, of 2^64."`
	SudoSetAdminFreezeWindow               frame.Call[OfNetwork[uint16]]                `index:"74" args:"window" weight:"5450000,0,0,1" doc:"Set the last blocks of a tempo in which settings are frozen."`
	SudoSetOwnerHparamRateLimit            frame.Call[OfNetwork[uint16]]                `index:"75" args:"epochs" weight:"5471000,0,0,1" doc:"Set the tempos between two changes of a setting by an owner."`
	SudoSetMechanismCount                  frame.Call[OfSubnet[bt.MechID]]              `index:"76" args:"netuid,mechanism_count" weight:"15000000,0,1,1" doc:"Set the number of a subnet's incentive mechanisms."`
	SudoSetMechanismEmissionSplit          frame.Call[OfSubnet[scale.Option[[]uint16]]] `index:"77" args:"netuid,maybe_split" weight:"15000000,0,1,1" doc:"Set the parts of emission that a subnet's mechanisms get, of 65535; nothing stands for equal parts."`
	SudoTrimToMaxAllowedUids               frame.Call[OfSubnet[uint16]]                 `index:"78" args:"netuid,max_n" weight:"38302000,4398,8,1" doc:"Set the number of neurons that a subnet may have, and take those with the least emission away that are too many."`
	SudoSetMinAllowedUids                  frame.Call[OfSubnet[uint16]]                 `index:"79" args:"netuid,min_allowed_uids" weight:"37890000,4383,7,1" doc:"Set the least value of the number of neurons that a subnet may have."`
	SudoSetRecycleOrBurn                   frame.Call[OfSubnet[state.RecycleOrBurn]]    `index:"80" args:"netuid,recycle_or_burn" weight:"20000000,0,2,2" doc:"Choose whether incentive withheld from the owner's miners is burned or recycled."`
	SudoSetTaoFlowCutoff                   frame.Call[OfNetwork[fixed.I64F64]]          `index:"81" args:"flow_cutoff" weight:"7343000,0,0,1" doc:"Set the flow of TAO, in rao a block, from which on a subnet has a part in emission by flow, which is not in force."`
	SudoSetTaoFlowNormalizationExponent    frame.Call[OfNetwork[fixed.U64F64]]          `index:"82" args:"exponent" weight:"7343000,0,0,1" doc:"Set the exponent of flows of TAO in emission by flow, which is not in force."`
	SudoSetTaoFlowSmoothingFactor          frame.Call[OfNetwork[uint64]]                `index:"83" args:"smoothing_factor" weight:"7343000,0,0,1" doc:"Set the weight, of 2^63, of a block's flow of TAO in emission by flow, which is not in force."`
	SudoSetMinNonImmuneUids                frame.Call[OfSubnet[uint16]]                 `index:"84" args:"netuid,min" weight:"6783000,0,0,1" doc:"Set how many neurons of a subnet can be pruned whatever their age."`
	SudoSetStartCallDelay                  frame.Call[OfNetwork[uint64]]                `index:"85" args:"delay" weight:"14000000,0,0,1" doc:"Set the blocks between registration and start of a subnet."`
	SudoSetColdkeySwapAnnouncementDelay    frame.Call[OfNetwork[uint32]]                `index:"86" args:"duration" weight:"5370000,0,0,1" doc:"Set the blocks between announcing the swap of a coldkey and making it."`
	SudoSetColdkeySwapReannouncementDelay  frame.Call[OfNetwork[uint32]]                `index:"87" args:"duration" weight:"5360000,0,0,1" doc:"Set the blocks before the swap of a coldkey may be announced anew or taken back."`
	SudoSetMaxMechanismCount               frame.Call[OfNetwork[bt.MechID]]             `index:"88" args:"max_mechanism_count" weight:"15000000,0,1,1" doc:"Set the number of incentive mechanisms that subnets may have."`
	SudoSetBurnHalfLife                    frame.Call[OfSubnet[uint16]]                 `index:"89" args:"netuid,burn_half_life" weight:"25000000,0,4,1" class:"operational" doc:"Set the blocks in which the registration price falls to half."`
	SudoSetBurnIncreaseMult                frame.Call[OfSubnet[fixed.U64F64]]           `index:"90" args:"netuid,burn_increase_mult" weight:"25000000,0,4,1" class:"operational" doc:"Set the factor by which a registration raises the price."`
	SudoSetNetTaoFlowEnabled               frame.Call[OfNetwork[bool]]                  `index:"91" args:"enabled" weight:"7343000,0,0,1" doc:"Choose whether what the protocol spends counts in emission by flow, which is not in force."`
	SudoSetOwnerCutEnabled                 frame.Call[OfSubnet[bool]]                   `index:"92" args:"netuid,enabled" weight:"25000000,0,4,1" class:"operational" doc:"Choose whether a subnet's owner gets a part of its alpha."`
	SudoSetMinChildkeyTakePerSubnet        frame.Call[OfSubnet[state.PerU16]]           `index:"93" args:"netuid,take" weight:"38100000,4419,7,1" doc:"Set the lowest childkey take in a subnet, of 65535."`
	SudoSetSubnetEmissionEnabled           frame.Call[OfSubnet[bool]]                   `index:"94" args:"netuid,enabled" weight:"16351000,4084,1,1" doc:"Choose whether a subnet takes part in the emission of TAO."`
	SudoSetOwnerCutAutoLockEnabled         frame.Call[OfSubnet[bool]]                   `index:"95" args:"netuid,enabled" weight:"25000000,0,4,1" class:"operational" doc:"Choose whether the owner's part of alpha is locked at once."`
	SudoSetMaxEpochsPerBlock               frame.Call[OfNetwork[uint8]]                 `index:"96" args:"max_epochs_per_block" weight:"5530000,0,0,1" doc:"Set how many epochs a block may run."`
	SudoSetActivityCutoffFactor            frame.Call[OfSubnet[uint32]]                 `index:"97" args:"netuid,factor_milli" weight:"39193000,4364,7,2" doc:"Set the thousandths of a tempo after which a silent validator is inactive."`
	SudoSetEmissionBarQuantile             frame.Call[OfNetwork[fixed.U64F64]]          `index:"100" args:"quantile" weight:"7343000,0,0,2" doc:"Set the sum of the largest shares at which the bar of the emission gate lies, where no rank is set. The gate is up where the rule EmissionGate is on."`
	SudoSetEmissionGateExponent            frame.Call[OfNetwork[fixed.U64F64]]          `index:"101" args:"exponent" weight:"7343000,0,0,1" doc:"Set how steep the emission gate is at its bar."`
	SudoSetEmissionBarRank                 frame.Call[OfNetwork[uint16]]                `index:"102" args:"rank" weight:"7343000,0,0,2" doc:"Set the rank of the share at which the bar of the emission gate lies; 0 goes by the quantile."`
	SudoSetLiquidAlphaConsensusMode        frame.Call[OfSubnet[state.ConsensusMode]]    `index:"104" args:"netuid,mode" weight:"34224000,4427,5,1" doc:"Choose the consensus that weights are compared with, where the speed of bonds depends on it: this epoch's, the previous one's, or (Auto) the previous one's where BondsPenalty is 65535."`
	SudoSetEpochConsensus                  frame.Call[OfSubnet[state.EpochConsensus]]   `index:"111" args:"netuid,mode" weight:"60000000,4433,12525,6" doc:"Choose whether a subnet's epochs run Yuma Consensus, or none (Null): then the one validator with the most stake decides, dividends follow stake, and there may be 2500 neurons."`
	SudoTrimNullUidsBatch                  frame.Call[OfSubnet[uint16]]                 `index:"112" args:"netuid,target" weight:"60000000,4433,20000,3500" doc:"Take neurons from a subnet without consensus until it has so many, 64 at a time and those with the least emission first; commits of weights go before them. The call is made again until NullPruningTarget is gone."`
}
