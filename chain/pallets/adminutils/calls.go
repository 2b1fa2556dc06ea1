package adminutils

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
)

// Call is the call table: indices, weights and texts are wire format.
type Call struct {
	SudoSetTxRateLimit                    frame.Call[SetTxRateLimit]                    `index:"2" weight:"5440000,0,0,1" doc:"Set the blocks between two swaps of hotkeys."`
	SudoSetServingRateLimit               frame.Call[SetServingRateLimit]               `index:"3" weight:"28633000,4212,4,1" doc:"Set the blocks between two announcements of an axon."`
	SudoSetWeightsVersionKey              frame.Call[SetWeightsVersionKey]              `index:"6" weight:"34204000,4383,5,1" doc:"Set the lowest version of validators that may set weights."`
	SudoSetWeightsSetRateLimit            frame.Call[SetWeightsSetRateLimit]            `index:"7" weight:"16420000,4084,1,1" doc:"Set the blocks between two settings of weights."`
	SudoSetImmunityPeriod                 frame.Call[SetImmunityPeriod]                 `index:"13" weight:"34414000,4383,5,1" doc:"Set the blocks for which new neurons are immune."`
	SudoSetMinAllowedWeights              frame.Call[SetMinAllowedWeights]              `index:"14" weight:"34664000,4383,5,1" doc:"Set the least number of weights that a validator sets."`
	SudoSetMaxAllowedUids                 frame.Call[SetMaxAllowedUids]                 `index:"15" weight:"43381000,4433,8,1" doc:"Set the number of neurons that a subnet may have."`
	SudoSetKappa                          frame.Call[SetKappa]                          `index:"16" weight:"16301000,4084,1,1" doc:"Set the stake majority of consensus, of 65535."`
	SudoSetNetworkRegistrationAllowed     frame.Call[SetNetworkRegistrationAllowed]     `index:"19" weight:"7113000,0,0,1" doc:"Open or close a subnet for registrations."`
	SudoSetTargetRegistrationsPerInterval frame.Call[SetTargetRegistrationsPerInterval] `index:"21" weight:"34103000,4383,5,1" doc:"Set the target of registrations; root takes three times as many in an interval."`
	SudoSetMinBurn                        frame.Call[SetMinBurn]                        `index:"22" weight:"37780000,4385,6,1" doc:"Set the lowest registration price, in rao."`
	SudoSetMaxBurn                        frame.Call[SetMaxBurn]                        `index:"23" weight:"36949000,4410,6,1" doc:"Set the highest registration price, in rao."`
	SudoSetMaxAllowedValidators           frame.Call[SetMaxAllowedValidators]           `index:"25" weight:"35896000,4383,6,1" doc:"Set how many neurons may have a validator permit."`
	SudoSetBondsMovingAverage             frame.Call[SetBondsMovingAverage]             `index:"26" weight:"34495000,4383,5,1" doc:"Set how slowly bonds move, in parts of a million."`
	SudoSetMaxRegistrationsPerBlock       frame.Call[SetMaxRegistrationsPerBlock]       `index:"27" weight:"34604000,4383,5,1" doc:"Set how many registrations a block may have on root."`
	SudoSetSubnetOwnerCut                 frame.Call[SetSubnetOwnerCut]                 `index:"28" weight:"14000000,0,0,1" doc:"Set the part of alpha that goes to owners of subnets, of 65535."`
	SudoSetNetworkRateLimit               frame.Call[SetNetworkRateLimit]               `index:"29" weight:"14000000,0,0,1" doc:"Set the blocks between two registrations of subnets."`
	SudoSetTempo                          frame.Call[SetTempo]                          `index:"30" weight:"36298000,4383,5,2" doc:"Set the blocks between two epochs; a new tempo begins now."`
	SudoSetNetworkImmunityPeriod          frame.Call[SetNetworkImmunityPeriod]          `index:"35" weight:"14000000,0,0,1" doc:"Set the blocks for which new subnets are immune."`
	SudoSetNetworkMinLockCost             frame.Call[SetNetworkMinLockCost]             `index:"36" weight:"14000000,0,0,1" doc:"Set the lowest cost of a subnet, in rao."`
	SudoSetSubnetLimit                    frame.Call[SetSubnetLimit]                    `index:"37" weight:"14000000,0,0,1" doc:"Set how many subnets there may be."`
	SudoSetLockReductionInterval          frame.Call[SetLockReductionInterval]          `index:"38" weight:"14000000,0,0,1" doc:"Set the blocks in which the cost of a subnet falls."`
	SudoSetStakeThreshold                 frame.Call[SetStakeThreshold]                 `index:"42" weight:"5500000,0,0,1" doc:"Set the least stake that counts."`
	SudoSetCommitRevealWeightsEnabled     frame.Call[SetCommitRevealWeightsEnabled]     `index:"49" weight:"34544000,4383,5,1" doc:"Choose whether weights are committed first and revealed later."`
	SudoSetLiquidAlphaEnabled             frame.Call[SetLiquidAlphaEnabled]             `index:"50" weight:"25538000,4280,4,1" doc:"Choose whether bonds move at a speed that depends on consensus."`
	SudoSetSubtokenEnabled                frame.Call[SetSubtokenEnabled]                `index:"66" weight:"25467000,4280,4,1" doc:"Open or close a subnet for trades of its alpha."`
	SudoSetYuma3Enabled                   frame.Call[SetYuma3Enabled]                   `index:"69" weight:"28583000,4280,4,1" doc:"Choose the third form of Yuma Consensus."`
	SudoSetAdminFreezeWindow              frame.Call[SetAdminFreezeWindow]              `index:"74" weight:"5450000,0,0,1" doc:"Set the last blocks of a tempo in which settings are frozen."`
	SudoSetOwnerHparamRateLimit           frame.Call[SetOwnerHparamRateLimit]           `index:"75" weight:"5471000,0,0,1" doc:"Set the tempos between two changes of a setting by an owner."`
	SudoSetStartCallDelay                 frame.Call[SetStartCallDelay]                 `index:"85" weight:"14000000,0,0,1" doc:"Set the blocks between registration and start of a subnet."`
	SudoSetSubnetEmissionEnabled          frame.Call[SetSubnetEmissionEnabled]          `index:"94" weight:"16351000,4084,1,1" doc:"Choose whether a subnet takes part in the emission of TAO."`
}

// SetTxRateLimit is the call's arguments.
type SetTxRateLimit struct {
	TxRateLimit uint64
}

// SetServingRateLimit is the call's arguments.
type SetServingRateLimit struct {
	NetUID           bt.NetUID `name:"netuid"`
	ServingRateLimit uint64
}

// SetWeightsVersionKey is the call's arguments.
type SetWeightsVersionKey struct {
	NetUID            bt.NetUID `name:"netuid"`
	WeightsVersionKey uint64
}

// SetWeightsSetRateLimit is the call's arguments.
type SetWeightsSetRateLimit struct {
	NetUID              bt.NetUID `name:"netuid"`
	WeightsSetRateLimit uint64
}

// SetImmunityPeriod is the call's arguments.
type SetImmunityPeriod struct {
	NetUID         bt.NetUID `name:"netuid"`
	ImmunityPeriod uint16
}

// SetMinAllowedWeights is the call's arguments.
type SetMinAllowedWeights struct {
	NetUID            bt.NetUID `name:"netuid"`
	MinAllowedWeights uint16
}

// SetMaxAllowedUids is the call's arguments.
type SetMaxAllowedUids struct {
	NetUID         bt.NetUID `name:"netuid"`
	MaxAllowedUids uint16
}

// SetKappa is the call's arguments.
type SetKappa struct {
	NetUID bt.NetUID `name:"netuid"`
	Kappa  uint16
}

// SetNetworkRegistrationAllowed is the call's arguments.
type SetNetworkRegistrationAllowed struct {
	NetUID              bt.NetUID `name:"netuid"`
	RegistrationAllowed bool
}

// SetTargetRegistrationsPerInterval is the call's arguments.
type SetTargetRegistrationsPerInterval struct {
	NetUID                         bt.NetUID `name:"netuid"`
	TargetRegistrationsPerInterval uint16
}

// SetMinBurn is the call's arguments.
type SetMinBurn struct {
	NetUID  bt.NetUID `name:"netuid"`
	MinBurn bt.Rao
}

// SetMaxBurn is the call's arguments.
type SetMaxBurn struct {
	NetUID  bt.NetUID `name:"netuid"`
	MaxBurn bt.Rao
}

// SetMaxAllowedValidators is the call's arguments.
type SetMaxAllowedValidators struct {
	NetUID               bt.NetUID `name:"netuid"`
	MaxAllowedValidators uint16
}

// SetBondsMovingAverage is the call's arguments.
type SetBondsMovingAverage struct {
	NetUID             bt.NetUID `name:"netuid"`
	BondsMovingAverage uint64
}

// SetMaxRegistrationsPerBlock is the call's arguments.
type SetMaxRegistrationsPerBlock struct {
	NetUID                   bt.NetUID `name:"netuid"`
	MaxRegistrationsPerBlock uint16
}

// SetSubnetOwnerCut is the call's arguments.
type SetSubnetOwnerCut struct {
	SubnetOwnerCut uint16
}

// SetNetworkRateLimit is the call's arguments.
type SetNetworkRateLimit struct {
	RateLimit uint64
}

// SetTempo is the call's arguments.
type SetTempo struct {
	NetUID bt.NetUID `name:"netuid"`
	Tempo  uint16
}

// SetNetworkImmunityPeriod is the call's arguments.
type SetNetworkImmunityPeriod struct {
	ImmunityPeriod uint64
}

// SetNetworkMinLockCost is the call's arguments.
type SetNetworkMinLockCost struct {
	LockCost bt.Rao
}

// SetSubnetLimit is the call's arguments.
type SetSubnetLimit struct {
	MaxSubnets uint16
}

// SetLockReductionInterval is the call's arguments.
type SetLockReductionInterval struct {
	Interval uint64
}

// SetStakeThreshold is the call's arguments.
type SetStakeThreshold struct {
	MinStake uint64
}

// SetCommitRevealWeightsEnabled is the call's arguments.
type SetCommitRevealWeightsEnabled struct {
	NetUID  bt.NetUID `name:"netuid"`
	Enabled bool
}

// SetLiquidAlphaEnabled is the call's arguments.
type SetLiquidAlphaEnabled struct {
	NetUID  bt.NetUID `name:"netuid"`
	Enabled bool
}

// SetSubtokenEnabled is the call's arguments.
type SetSubtokenEnabled struct {
	NetUID          bt.NetUID `name:"netuid"`
	SubtokenEnabled bool
}

// SetYuma3Enabled is the call's arguments.
type SetYuma3Enabled struct {
	NetUID  bt.NetUID `name:"netuid"`
	Enabled bool
}

// SetAdminFreezeWindow is the call's arguments.
type SetAdminFreezeWindow struct {
	Window uint16
}

// SetOwnerHparamRateLimit is the call's arguments.
type SetOwnerHparamRateLimit struct {
	Epochs uint16
}

// SetStartCallDelay is the call's arguments.
type SetStartCallDelay struct {
	Delay uint64
}

// SetSubnetEmissionEnabled is the call's arguments.
type SetSubnetEmissionEnabled struct {
	NetUID  bt.NetUID `name:"netuid"`
	Enabled bool
}
