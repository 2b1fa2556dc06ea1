package subtensor

import (
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/children"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/keyswap"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/leasing"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/serving"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/tempo"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
)

// Call is the call table: indices, weights and texts are wire format.
type Call struct {
	SetWeights                     frame.Call[weights.SetWeights]                  `index:"0" weight:"15513610000,10327410,4112,2" pays:"no" doc:"Set weights (u16, of any scale) for distinct uids of a subnet."`
	BatchSetWeights                frame.Call[weights.BatchSetWeights]             `index:"80" weight:"103092000,7395,16,2" pays:"no" doc:"Set weights in several subnets; one that refuses gives an event."`
	CommitWeights                  frame.Call[weights.CommitWeights]               `index:"96" weight:"69049000,4714,13,2" pays:"no" doc:"Store the hash of weights that will be revealed some epochs later."`
	RevealWeights                  frame.Call[weights.RevealWeights]               `index:"97" weight:"111227000,7590,19,2" pays:"no" doc:"Show weights whose hash was committed, and set them."`
	BatchRevealWeights             frame.Call[weights.BatchRevealWeights]          `index:"98" weight:"421363000,8095,19,2" pays:"no" doc:"Show several committed weights of a subnet, all or none."`
	BatchCommitWeights             frame.Call[weights.BatchCommitWeights]          `index:"100" weight:"147224000,4765,15,2" pays:"no" doc:"Store hashes of weights in several subnets; one that refuses gives an event."`
	CommitMechanismWeights         frame.Call[weights.CommitMechanismWeights]      `index:"115" weight:"55130000,0,7,2" pays:"no" doc:"Same as commit_weights, for one mechanism."`
	RevealMechanismWeights         frame.Call[weights.RevealMechanismWeights]      `index:"116" weight:"122000000,0,16,2" pays:"no" doc:"Same as reveal_weights, for one mechanism."`
	SetMechanismWeights            frame.Call[weights.SetMechanismWeights]         `index:"119" weight:"15540000000,0,4111,2" pays:"no" doc:"Same as set_weights, for one mechanism."`
	CommitTimelockedWeights        frame.Call[weights.CommitTimelocked]            `index:"113" weight:"86951000,4713,14,2" pays:"no" doc:"Store weights encrypted to a round of the beacon; the chain reveals them some epochs later."`
	CommitCRV3MechanismWeights     frame.Call[weights.CommitCRV3Mechanism]         `index:"117" weight:"77750000,0,7,2" pays:"no" name:"commit_crv3_mechanism_weights" doc:"Same as commit_timelocked_mechanism_weights, of version 4."`
	CommitTimelockedMechanism      frame.Call[weights.CommitTimelockedMechanism]   `name:"commit_timelocked_mechanism_weights" index:"118" weight:"84020000,0,9,2" pays:"no" doc:"Same as commit_timelocked_weights, for one mechanism."`
	AddStake                       frame.Call[staking.AddStake]                    `index:"2" weight:"664064000,8727,32,16" doc:"Stake TAO (rao) on a hotkey in a subnet: it buys alpha at the pool price."`
	RemoveStake                    frame.Call[staking.RemoveStake]                 `index:"3" weight:"569198000,10557,28,13" doc:"Sell staked alpha for TAO at the pool price."`
	ServeAxon                      frame.Call[serving.ServeAxon]                   `index:"4" weight:"31278000,4178,3,1" pays:"no" doc:"Say where a registered hotkey listens."`
	ServePrometheus                frame.Call[serving.ServePrometheus]             `index:"5" weight:"29294000,4277,3,1" pays:"no" doc:"Say where a registered hotkey serves its metrics."`
	Register                       frame.Call[registration.Register]               `index:"6" weight:"349872000,6148,34,29" doc:"Same as burned_register; where the subnet's rule is proof of work, the work is the price, and the hotkey signs."`
	BurnedRegister                 frame.Call[registration.BurnedRegister]         `index:"7" weight:"336815000,6148,34,29" doc:"Buy a hotkey a uid on a subnet for the current price, which is burned."`
	ServeAxonTls                   frame.Call[serving.ServeAxonTLS]                `index:"40" weight:"30617000,4149,3,1" pays:"no" doc:"Same as serve_axon, with a key for encrypted connections."`
	RegisterNetwork                frame.Call[subnets.RegisterNetwork]             `index:"59" weight:"277125000,9947,40,48" doc:"Register a subnet. The lock cost goes into its pool; the hotkey gets uid 0."`
	RootRegister                   frame.Call[registration.RootRegister]           `index:"62" weight:"103934000,4981,19,16" doc:"Seat a hotkey on root: on a free uid, or instead of the member with the least root stake."`
	DecreaseTake                   frame.Call[staking.SetTake]                     `index:"65" weight:"29895000,4295,3,2" pays:"no" doc:"Lower the part of dividends (of 65535) that a hotkey keeps."`
	IncreaseTake                   frame.Call[staking.SetTake]                     `index:"66" weight:"37710000,4388,5,2" pays:"no" doc:"Raise the part of dividends (of 65535) that a hotkey keeps; once in a while."`
	SetIdentity                    frame.Call[subnets.SetIdentity]                 `index:"68" weight:"32040000,6829,3,1" doc:"Say who the signing coldkey is."`
	SetSubnetIdentity              frame.Call[subnets.SetSubnetIdentity]           `index:"78" weight:"17513000,4060,1,1" doc:"Say what a subnet is, as its owner."`
	RegisterNetworkWithIdentity    frame.Call[subnets.RegisterNetworkWithIdentity] `index:"79" weight:"275041000,9883,39,47" doc:"Same as register_network, and say what the subnet is."`
	UnstakeAll                     frame.Call[staking.UnstakeAll]                  `index:"83" weight:"26830000,9189,6,0" doc:"Sell what is staked on a hotkey in all subnets."`
	UnstakeAllAlpha                frame.Call[staking.UnstakeAll]                  `index:"84" weight:"700873000,11306,43,25" doc:"Sell what is staked on a hotkey in all subnets but root, and stake the TAO on root."`
	MoveStake                      frame.Call[staking.MoveStake]                   `index:"85" weight:"216061000,7919,19,7" doc:"Move stake to another hotkey, and to another subnet if they differ."`
	TransferStake                  frame.Call[staking.TransferStake]               `index:"86" weight:"258541000,7994,19,6" doc:"Give stake to another coldkey, where the subnets allow it."`
	SwapStake                      frame.Call[staking.SwapStake]                   `index:"87" weight:"742019000,10920,47,24" doc:"Exchange stake on a hotkey for stake in another subnet."`
	AddStakeLimit                  frame.Call[staking.AddStakeLimit]               `index:"88" weight:"853005000,8727,32,16" doc:"Same as add_stake, up to a price in rao per alpha. With allow_partial, as much as the price permits."`
	RemoveStakeLimit               frame.Call[staking.RemoveStakeLimit]            `index:"89" weight:"740696000,10591,27,13" doc:"Same as remove_stake, down to a price in rao per alpha. With allow_partial, as much as the price permits."`
	SwapStakeLimit                 frame.Call[staking.SwapStakeLimit]              `index:"90" weight:"944515000,11077,47,24" doc:"Same as swap_stake, while origin price / destination price is at least limit_price / 1e9."`
	TryAssociateHotkey             frame.Call[staking.TryAssociateHotkey]          `index:"91" weight:"25337000,4283,3,3" doc:"Own a hotkey that nobody owns yet."`
	StartCall                      frame.Call[subnets.StartCall]                   `index:"92" weight:"39454000,4583,5,2" doc:"Open a subnet, once, as its owner: it is paid from the next block on, and its alpha can be traded."`
	RemoveStakeFullLimit           frame.Call[staking.RemoveStakeFullLimit]        `index:"103" weight:"754292000,10591,27,13" doc:"Sell all that is staked on a hotkey in a subnet, down to a price if one is given."`
	UpdateSymbol                   frame.Call[subnets.UpdateSymbol]                `index:"112" weight:"28313000,9074,4,1" doc:"Give a token of a subnet another free symbol of the table, as its owner or root."`
	SetColdkeyAutoStakeHotkey      frame.Call[staking.SetColdkeyAutoStakeHotkey]   `index:"114" weight:"33853000,4274,4,2" doc:"Choose the hotkey on which what own miners earn in a subnet is staked."`
	RegisterLimit                  frame.Call[registration.RegisterLimit]          `index:"134" weight:"354200000,0,47,40" doc:"Same as burned_register, unless the price is above limit_price (rao)."`
	DissolveNetwork                frame.Call[subnets.DissolveNetwork]             `index:"61" weight:"119000000,0,6,31" doc:"Take a subnet away and pay its TAO to those who hold its alpha. Root only."`
	RootDissolveNetwork            frame.Call[subnets.RootDissolveNetwork]         `index:"120" weight:"119000000,0,6,31" doc:"Take a subnet away and pay its TAO to those who hold its alpha. Root only."`
	Faucet                         frame.Call[registration.Faucet]                 `index:"60" weight:"91000000,0,27,22" pays:"no" doc:"Get TAO for work, where the network has a faucet."`
	PowRegister                    frame.Call[registration.PowRegister]            `index:"152" weight:"349872000,6148,34,29" doc:"Get a hotkey a uid on a subnet for work, without payment; inside another call it is paid for."`
	LockStake                      frame.Call[staking.LockStake]                   `index:"136" weight:"115995000,7655,17,3" doc:"Lock alpha in a subnet to a hotkey, for conviction."`
	SetPerpetualLock               frame.Call[staking.SetPerpetualLock]            `index:"138" weight:"0,0,4,3" doc:"Keep a lock in a subnet as it is, or let it decay."`
	SetRejectLockedAlpha           frame.Call[staking.SetRejectLockedAlpha]        `index:"142" weight:"0,0,1,1" doc:"Refuse, or accept, transfers of locked alpha."`
	SetChildren                    frame.Call[children.SetChildren]                `index:"67" weight:"119000000,0,6,31" doc:"Choose the children of a hotkey in a subnet, each with a part (of 2^64-1) of its stake; none takes them away."`
	SudoSetTxChildkeyTakeRateLimit frame.Call[children.SetTxRateLimit]             `index:"69" weight:"5760000,0,0,1" doc:"Set the blocks between two rises of a childkey take. Root only."`
	SetChildkeyTake                frame.Call[children.SetChildkeyTake]            `index:"75" weight:"53870000,4498,7,2" doc:"Set the part of dividends (of 65535) that a hotkey keeps as a child in a subnet."`
	SudoSetMinChildkeyTake         frame.Call[children.SetBound]                   `index:"76" weight:"6000,0,1,1" doc:"Set the lowest childkey take. Root only."`
	SudoSetMaxChildkeyTake         frame.Call[children.SetBound]                   `index:"77" weight:"6000,0,1,1" doc:"Set the highest childkey take. Root only."`
	SetPendingChildkeyCooldown     frame.Call[children.SetPendingCooldown]         `index:"109" weight:"3000000,0,0,1" doc:"Set the blocks that new children wait. Root only."`
	SetAutoParentDelegationEnabled frame.Call[children.SetAutoParentDelegation]    `index:"135" weight:"28023000,4364,2,1" doc:"Choose whether a member of root lends its stake to the owners of new subnets."`
	SwapHotkey                     frame.Call[keyswap.SwapHotkey]                  `index:"70" weight:"1242038000,28912,182,99" doc:"Replace a hotkey by another of the same coldkey, in one subnet or all, for a price."`
	SwapColdkey                    frame.Call[keyswap.SwapColdkey]                 `index:"71" weight:"312301000,13056,37,19" doc:"Replace a coldkey by another at once. Root only."`
	SwapHotkeyV2                   frame.Call[keyswap.SwapHotkeyV2]                `index:"72" weight:"275300000,0,52,35" doc:"Same as swap_hotkey; the stake may stay on the old hotkey."`
	AnnounceColdkeySwap            frame.Call[keyswap.AnnounceColdkeySwap]         `index:"125" weight:"47248000,4159,4,3" doc:"Announce, by its hash, the coldkey that will replace the signer."`
	SwapColdkeyAnnounced           frame.Call[keyswap.SwapColdkeyAnnounced]        `index:"126" weight:"288156000,13000,37,15" doc:"Replace the signer by the announced coldkey, once the pause is over."`
	DisputeColdkeySwap             frame.Call[keyswap.DisputeColdkeySwap]          `index:"127" weight:"23293000,4130,2,1" doc:"Stop the announced swap of the signer, and all else it does, until root decides."`
	ResetColdkeySwap               frame.Call[keyswap.ResetColdkeySwap]            `index:"128" weight:"8857000,0,0,2" doc:"Forget the announced swap of a coldkey and its dispute. Root only."`
	RegisterLeasedNetwork          frame.Call[leasing.Register]                    `index:"110" weight:"309598986,10256,49,53" doc:"Register a subnet for the contributors of the crowdloan that is being finalised."`
	TerminateLease                 frame.Call[leasing.Terminate]                   `index:"111" weight:"146402779,6148,4,7" doc:"Take over the subnet of a lease that has ended, as its beneficiary."`
	ClearColdkeySwapAnnouncement   frame.Call[keyswap.ClearColdkeySwap]            `index:"133" weight:"17890000,0,2,1" doc:"Take the announced swap of the signer back, some time after it could have been made."`
	EnableVotingPowerTracking      frame.Call[subnets.TrackVotingPower]            `index:"129" weight:"10000,0,2,2" doc:"Track the voting power of a subnet's validators, as its owner or root."`
	DisableVotingPowerTracking     frame.Call[subnets.TrackVotingPower]            `index:"130" weight:"10000,0,2,1" doc:"Stop tracking the voting power of a subnet's validators two weeks from now, as its owner or root."`
	SudoSetVotingPowerEmaAlpha     frame.Call[subnets.SetVotingPowerEmaAlpha]      `index:"131" weight:"6000,0,1,1" doc:"Set the weight, of 1e18, of an epoch's stake in voting power. Root only."`
	SetTempo                       frame.Call[tempo.SetTempo]                      `index:"139" weight:"46407000,4440,6,3" doc:"Set the blocks between two epochs, as the subnet's owner; a new tempo begins now."`
	SetActivityCutoffFactor        frame.Call[tempo.SetActivityCutoffFactor]       `index:"140" weight:"39193000,4364,7,2" doc:"Set the thousandths of a tempo after which a silent validator is inactive, as the subnet's owner or root."`
	TriggerEpoch                   frame.Call[tempo.TriggerEpoch]                  `index:"141" weight:"42539000,4447,8,2" doc:"Have an epoch after the freeze window, as the subnet's owner."`
	RecycleAlpha                   frame.Call[staking.Destroy]                     `index:"101" weight:"172139000,5219,13,6" doc:"Destroy alpha that is staked on a hotkey, so that it can be emitted again."`
	BurnAlpha                      frame.Call[staking.Destroy]                     `index:"102" weight:"168964000,5219,12,4" doc:"Put alpha that is staked on a hotkey out of reach."`
	AddStakeBurn                   frame.Call[staking.AddStakeBurn]                `index:"132" weight:"967308000,8727,33,17" doc:"Buy alpha with TAO, up to a price if one is given, and burn it."`
	ClaimRoot                      frame.Call[staking.ClaimRoot]                   `index:"121" weight:"138999000,7875,16,4" doc:"Claim what own root stake earned in one to five subnets."`
	SetRootClaimType               frame.Call[staking.SetRootClaimType]            `index:"122" weight:"18283000,3941,2,4" doc:"Choose whether what own root stake earns is sold for root stake, kept as alpha, or kept in some subnets."`
	SudoSetNumRootClaims           frame.Call[staking.SetNumRootClaims]            `index:"123" weight:"2735000,0,0,1" doc:"Set for how many coldkeys a block claims by itself. Root only."`
	SudoSetRootClaimThreshold      frame.Call[staking.SetRootClaimThreshold]       `index:"124" weight:"5681000,0,0,1" doc:"Set the alpha of a subnet below which nothing is claimed, as its owner or root."`
	ClaimRootWithHotkey            frame.Call[staking.ClaimRootWithHotkey]         `index:"148" weight:"138999000,7875,16,4" doc:"Claim what own root stake on one hotkey earned, in all subnets."`
	MoveLock                       frame.Call[staking.MoveLock]                    `index:"137" weight:"149819000,7339,14,6" doc:"Move the lock in a subnet to another hotkey; its conviction stays only between hotkeys of one owner."`
	ScheduleSwapColdkey            frame.Call[staking.ScheduleSwapColdkey]         `index:"73" weight:"0,0,5,0" doc:"No longer does anything: fails with Deprecated."`
	TransferStakeAndHotkey         frame.Call[staking.TransferStakeAndHotkey]      `index:"143" weight:"258541000,7994,19,6" doc:"Same as transfer_stake, to another hotkey."`
	MoveStakeLimit                 frame.Call[staking.MoveStakeLimit]              `index:"149" weight:"944515000,11077,47,24" doc:"Same as move_stake, while origin price / destination price is at least limit_price / 1e9."`
	AssociateEvmKey                frame.Call[serving.AssociateEvmKey]             `index:"93" weight:"684242000,4415,3,1" pays:"no" doc:"Name the Ethereum address of a registered hotkey, with a signature by its key."`
}

// route sends each call to its room.
func (p *Pallet) route() {
	c := &p.Call
	c.SetWeights.Handle(p.Weights.Set)
	c.BatchSetWeights.Handle(p.Weights.BatchSet)
	c.CommitWeights.Handle(p.Weights.Commit)
	c.RevealWeights.Handle(p.Weights.Reveal)
	c.BatchRevealWeights.Handle(p.Weights.BatchReveal)
	c.BatchCommitWeights.Handle(p.Weights.BatchCommit)
	c.CommitMechanismWeights.Handle(p.Weights.CommitMechanism)
	c.RevealMechanismWeights.Handle(p.Weights.RevealMechanism)
	c.SetMechanismWeights.Handle(p.Weights.SetMechanism)
	c.CommitTimelockedWeights.Handle(p.Weights.CommitTimelocked)
	c.CommitCRV3MechanismWeights.Handle(p.Weights.CommitCRV3Mechanism)
	c.CommitTimelockedMechanism.Handle(p.Weights.CommitTimelockedMechanism)
	c.AddStake.Handle(p.Staking.AddStake)
	c.RemoveStake.Handle(p.Staking.RemoveStake)
	c.ServeAxon.Handle(p.Serving.ServeAxon)
	c.ServePrometheus.Handle(p.Serving.ServePrometheus)
	c.Register.Handle(p.Registration.Register)
	c.BurnedRegister.Handle(p.Registration.BurnedRegister)
	c.ServeAxonTls.Handle(p.Serving.ServeAxonTLS)
	c.RegisterNetwork.Handle(p.Subnets.RegisterNetwork)
	c.RootRegister.Handle(p.Registration.RootRegister)
	c.DecreaseTake.Handle(p.Staking.DecreaseTake)
	c.IncreaseTake.Handle(p.Staking.IncreaseTake)
	c.SetIdentity.Handle(p.Subnets.SetIdentity)
	c.SetSubnetIdentity.Handle(p.Subnets.SetSubnetIdentity)
	c.RegisterNetworkWithIdentity.Handle(p.Subnets.RegisterNetworkWithIdentity)
	c.UnstakeAll.Handle(p.Staking.UnstakeAll)
	c.UnstakeAllAlpha.Handle(p.Staking.UnstakeAllAlpha)
	c.MoveStake.Handle(p.Staking.MoveStake)
	c.TransferStake.Handle(p.Staking.TransferStake)
	c.SwapStake.Handle(p.Staking.SwapStake)
	c.AddStakeLimit.Handle(p.Staking.AddStakeLimit)
	c.RemoveStakeLimit.Handle(p.Staking.RemoveStakeLimit)
	c.SwapStakeLimit.Handle(p.Staking.SwapStakeLimit)
	c.TryAssociateHotkey.Handle(p.Staking.TryAssociateHotkey)
	c.StartCall.Handle(p.Subnets.StartCall)
	c.RemoveStakeFullLimit.Handle(p.Staking.RemoveStakeFullLimit)
	c.UpdateSymbol.Handle(p.Subnets.UpdateSymbol)
	c.SetColdkeyAutoStakeHotkey.Handle(p.Staking.SetColdkeyAutoStakeHotkey)
	c.RegisterLimit.Handle(p.Registration.RegisterLimit)
	c.Faucet.Handle(p.Registration.Faucet)
	c.PowRegister.Handle(p.Registration.PowRegister)
	c.DissolveNetwork.Handle(p.Subnets.DissolveNetwork)
	c.RootDissolveNetwork.Handle(p.Subnets.RootDissolveNetwork)
	c.LockStake.Handle(p.Staking.LockStake)
	c.SetPerpetualLock.Handle(p.Staking.SetPerpetualLock)
	c.SetRejectLockedAlpha.Handle(p.Staking.SetRejectLockedAlpha)
	c.SwapHotkey.Handle(p.Keyswap.SwapHotkey)
	c.SwapColdkey.Handle(p.Keyswap.SwapColdkey)
	c.SwapHotkeyV2.Handle(p.Keyswap.SwapHotkeyV2)
	c.RegisterLeasedNetwork.Handle(p.Leasing.Register)
	c.TerminateLease.Handle(p.Leasing.Terminate)
	p.Leasing.Weigh(&c.RegisterLeasedNetwork, &c.TerminateLease)
	c.AnnounceColdkeySwap.Handle(p.Keyswap.Announce)
	c.SwapColdkeyAnnounced.Handle(p.Keyswap.SwapAnnounced)
	c.DisputeColdkeySwap.Handle(p.Keyswap.Dispute)
	c.ResetColdkeySwap.Handle(p.Keyswap.Reset)
	c.ClearColdkeySwapAnnouncement.Handle(p.Keyswap.Clear)
	c.SetChildren.Handle(p.Children.Set)
	c.SudoSetTxChildkeyTakeRateLimit.Handle(p.Children.SetTxRateLimit)
	c.SetChildkeyTake.Handle(p.Children.SetTake)
	c.SudoSetMinChildkeyTake.Handle(p.Children.SetMinTake)
	c.SudoSetMaxChildkeyTake.Handle(p.Children.SetMaxTake)
	c.SetPendingChildkeyCooldown.Handle(p.Children.SetPendingCooldown)
	c.SetAutoParentDelegationEnabled.Handle(p.Children.SetAutoParentDelegation)
	c.EnableVotingPowerTracking.Handle(p.Subnets.EnableVotingPower)
	c.DisableVotingPowerTracking.Handle(p.Subnets.DisableVotingPower)
	c.SudoSetVotingPowerEmaAlpha.Handle(p.Subnets.SetVotingPowerEmaAlpha)
	c.SetTempo.Handle(p.Tempo.SetTempo)
	c.SetActivityCutoffFactor.Handle(p.Tempo.SetActivityCutoffFactor)
	c.TriggerEpoch.Handle(p.Tempo.TriggerEpoch)
	c.RecycleAlpha.Handle(p.Staking.RecycleAlpha)
	c.BurnAlpha.Handle(p.Staking.BurnAlpha)
	c.AddStakeBurn.Handle(p.Staking.AddStakeBurn)
	c.ClaimRoot.Handle(p.Staking.ClaimRoot)
	c.SetRootClaimType.Handle(p.Staking.SetRootClaimType)
	c.SudoSetNumRootClaims.Handle(p.Staking.SetNumRootClaims)
	c.SudoSetRootClaimThreshold.Handle(p.Staking.SetRootClaimThreshold)
	c.ClaimRootWithHotkey.Handle(p.Staking.ClaimRootWithHotkey)
	c.MoveLock.Handle(p.Staking.MoveLock)
	c.ScheduleSwapColdkey.Handle(p.Staking.ScheduleSwapColdkey)
	c.TransferStakeAndHotkey.Handle(p.Staking.TransferStakeAndHotkey)
	c.MoveStakeLimit.Handle(p.Staking.MoveStakeLimit)
	c.AssociateEvmKey.Handle(p.Serving.AssociateEvmKey)
}
