package info

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/scale"
)

type subnetAPI struct {
	GetSubnetInfo             frame.Method[subnetArg, scale.Option[SubnetInfo]]                `doc:"The main parameters of a subnet."`
	GetSubnetsInfo            frame.Method[noArgs, []scale.Option[SubnetInfo]]                 `doc:"The main parameters of all subnets, by netuid."`
	GetSubnetInfoV2           frame.Method[subnetArg, scale.Option[SubnetInfoV2]]              `doc:"The main parameters and the identity of a subnet."`
	GetSubnetsInfoV2          frame.Method[noArgs, []scale.Option[SubnetInfoV2]]               `doc:"The main parameters and identities of all subnets, by netuid."`
	GetSubnetHyperparams      frame.Method[subnetArg, scale.Option[SubnetHyperparams]]         `doc:"A subnet's hyperparameters, oldest form."`
	GetSubnetHyperparamsV2    frame.Method[subnetArg, scale.Option[SubnetHyperparamsV2]]       `doc:"A subnet's hyperparameters, second form."`
	GetAllDynamicInfo         frame.Method[noArgs, []scale.Option[DynamicInfo]]                `doc:"Pools and emission of all subnets."`
	GetAllMetagraphs          frame.Method[noArgs, []scale.Option[Metagraph]]                  `doc:"All subnets with their neurons."`
	GetMetagraph              frame.Method[subnetArg, scale.Option[Metagraph]]                 `doc:"A subnet with its neurons."`
	GetAllMechagraphs         frame.Method[noArgs, []scale.Option[Metagraph]]                  `doc:"All mechanisms of all subnets with their neurons."`
	GetMechagraph             frame.Method[mechanismArg, scale.Option[Metagraph]]              `doc:"A mechanism of a subnet with its neurons."`
	GetDynamicInfo            frame.Method[subnetArg, scale.Option[DynamicInfo]]               `doc:"Pool and emission of a subnet."`
	GetSubnetState            frame.Method[subnetArg, scale.Option[SubnetState]]               `doc:"The neurons of a subnet and what they earned on every subnet."`
	GetSelectiveMetagraph     frame.Method[selectionArg, scale.Option[SelectiveMetagraph]]     `doc:"Chosen parts of a subnet with its neurons, by their index."`
	GetColdkeyAutoStakeHotkey frame.Method[autoStakeArg, scale.Option[bt.AccountID]]           `doc:"The hotkey that a coldkey's miners' rewards are staked on."`
	GetSelectiveMechagraph    frame.Method[mechSelectionArg, scale.Option[SelectiveMetagraph]] `doc:"Chosen parts of a mechanism of a subnet, by their index."`
	GetSubnetToPrune          frame.Method[noArgs, scale.Option[bt.NetUID]]                    `doc:"The subnet that would make room for a new one."`
	GetSubnetAccountID        frame.Method[subnetArg, scale.Option[bt.AccountID]]              `doc:"The account that holds a subnet's TAO."`
	GetNextEpochStartBlock    frame.Method[subnetArg, scale.Option[uint64]]                    `doc:"The block of a subnet's next epoch."`
	GetBlockEmission          frame.Method[noArgs, bt.Rao]                                     `doc:"What a block mints at the current issuance."`
	GetSubnetHyperparamsV3    frame.Method[subnetArg, scale.Option[[]HyperparamEntry]]         `doc:"A subnet's hyperparameters by name."`
}

type (
	mechanismArg struct {
		NetUID bt.NetUID `name:"netuid"`
		Mecid  bt.MechID
	}
	selectionArg struct {
		NetUID           bt.NetUID `name:"netuid"`
		MetagraphIndexes []uint16
	}
	mechSelectionArg struct {
		NetUID           bt.NetUID `name:"netuid"`
		Subid            bt.MechID
		MetagraphIndexes []uint16
	}
	autoStakeArg struct {
		Coldkey bt.AccountID
		NetUID  bt.NetUID `name:"netuid"`
	}
)

func (r *room) subnetAPI() frame.API {
	m := &subnetAPI{}
	m.GetSubnetInfo.Handle(of(r.subnetInfo))
	m.GetSubnetsInfo.Handle(func(c *frame.Ctx, _ noArgs) []scale.Option[SubnetInfo] { return ascending(r, c, r.subnetInfo) })
	m.GetSubnetInfoV2.Handle(of(r.subnetInfoV2))
	m.GetSubnetsInfoV2.Handle(func(c *frame.Ctx, _ noArgs) []scale.Option[SubnetInfoV2] { return ascending(r, c, r.subnetInfoV2) })
	m.GetSubnetHyperparams.Handle(of(r.hyperparams))
	m.GetSubnetHyperparamsV2.Handle(of(r.hyperparamsV2))
	m.GetSubnetHyperparamsV3.Handle(of(r.hyperparamsV3))
	m.GetAllDynamicInfo.Handle(func(c *frame.Ctx, _ noArgs) []scale.Option[DynamicInfo] { return all(r, c, r.dynamicInfo) })
	m.GetDynamicInfo.Handle(of(r.dynamicInfo))
	m.GetAllMetagraphs.Handle(func(c *frame.Ctx, _ noArgs) []scale.Option[Metagraph] { return all(r, c, r.metagraph) })
	m.GetMetagraph.Handle(of(r.metagraph))
	m.GetAllMechagraphs.Handle(func(c *frame.Ctx, _ noArgs) (out []scale.Option[Metagraph]) {
		for _, netuid := range r.Subnets(c) {
			for mecid := range r.Storage.MechanismCountCurrent.Get(c.State, netuid) {
				out = append(out, r.mechagraph(c, netuid, mecid))
			}
		}
		return out
	})
	m.GetMechagraph.Handle(func(c *frame.Ctx, a mechanismArg) scale.Option[Metagraph] { return r.mechagraph(c, a.NetUID, a.Mecid) })
	m.GetSubnetState.Handle(of(r.subnetState))
	m.GetSelectiveMetagraph.Handle(func(c *frame.Ctx, a selectionArg) scale.Option[SelectiveMetagraph] {
		return r.selective(c, a.NetUID, a.MetagraphIndexes)
	})
	m.GetSelectiveMechagraph.Handle(func(c *frame.Ctx, a mechSelectionArg) scale.Option[SelectiveMetagraph] {
		return r.selectiveMechanism(c, a.NetUID, a.Subid, a.MetagraphIndexes)
	})
	m.GetColdkeyAutoStakeHotkey.Handle(func(c *frame.Ctx, a autoStakeArg) (out scale.Option[bt.AccountID]) {
		out.Value, out.Set = r.Storage.AutoStakeDestination.TryGet(c.State, a.Coldkey, a.NetUID)
		return out
	})
	m.GetSubnetToPrune.Handle(func(c *frame.Ctx, _ noArgs) (out scale.Option[bt.NetUID]) {
		out.Value, out.Set = r.ToPruneNetwork(c)
		return out
	})
	m.GetSubnetAccountID.Handle(of(r.subnetAccount))
	m.GetNextEpochStartBlock.Handle(func(c *frame.Ctx, a subnetArg) (out scale.Option[uint64]) {
		out.Value, out.Set = r.epochs.NextStart(c, a.NetUID)
		return out
	})
	m.GetBlockEmission.Handle(func(c *frame.Ctx, _ noArgs) bt.Rao {
		return bt.Rao(emission.PerBlock(uint64(r.Storage.TotalIssuance.Get(c.State))))
	})
	return frame.API{Name: "SubnetInfoRuntimeApi", Version: 2, Methods: m}
}

func (r *room) subnetAccount(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[bt.AccountID]) {
	if netuid == stakepool.Root || r.Storage.NetworksAdded.Has(c.State, netuid) {
		out = scale.Some(r.CustodyAccount(netuid))
	}
	return out
}

// ascending is the answers for all subnets by netuid; all has them in the order of storage.
func ascending[T any](r *room, c *frame.Ctx, one func(*frame.Ctx, bt.NetUID) scale.Option[T]) []scale.Option[T] {
	ids := r.Subnets(c)
	slices.Sort(ids)
	out := []scale.Option[T]{}
	for _, netuid := range ids {
		if v := one(c, netuid); v.Set {
			out = append(out, v)
		}
	}
	return out
}

// SubnetInfo is a subnet's main parameters.
type SubnetInfo struct {
	NetUID               bt.NetUID `name:"netuid" scale:"compact"`
	Rho                  uint16    `scale:"compact"`
	Kappa                uint16    `scale:"compact"`
	Difficulty           uint64    `scale:"compact"`
	ImmunityPeriod       uint16    `scale:"compact"`
	MaxAllowedValidators uint16    `scale:"compact"`
	MinAllowedWeights    uint16    `scale:"compact"`
	MaxWeightsLimit      uint16    `scale:"compact"`
	ScalingLawPower      uint16    `scale:"compact"`
	SubnetworkN          uint16    `scale:"compact"`
	MaxAllowedUids       uint16    `scale:"compact"`
	BlocksSinceLastStep  uint64    `scale:"compact"`
	Tempo                uint16    `scale:"compact"`
	NetworkModality      uint16    `scale:"compact"` // always 0
	NetworkConnect       [][2]uint16
	EmissionValues       uint64 `scale:"compact"` // always 0
	Burn                 bt.Rao `scale:"compact"`
	Owner                bt.AccountID
}

// ScaleName is upstream's.
func (SubnetInfo) ScaleName() scale.Name { return typed("subnet_info::SubnetInfo") }

// SubnetInfoV2 is SubnetInfo with the subnet's identity.
type SubnetInfoV2 struct {
	NetUID               bt.NetUID `name:"netuid" scale:"compact"`
	Rho                  uint16    `scale:"compact"`
	Kappa                uint16    `scale:"compact"`
	Difficulty           uint64    `scale:"compact"`
	ImmunityPeriod       uint16    `scale:"compact"`
	MaxAllowedValidators uint16    `scale:"compact"`
	MinAllowedWeights    uint16    `scale:"compact"`
	MaxWeightsLimit      uint16    `scale:"compact"`
	ScalingLawPower      uint16    `scale:"compact"`
	SubnetworkN          uint16    `scale:"compact"`
	MaxAllowedUids       uint16    `scale:"compact"`
	BlocksSinceLastStep  uint64    `scale:"compact"`
	Tempo                uint16    `scale:"compact"`
	NetworkModality      uint16    `scale:"compact"`
	NetworkConnect       [][2]uint16
	EmissionValue        uint64 `scale:"compact"`
	Burn                 bt.Rao `scale:"compact"`
	Owner                bt.AccountID
	Identity             scale.Option[state.SubnetIdentityV3]
}

// ScaleName is upstream's.
func (SubnetInfoV2) ScaleName() scale.Name { return typed("subnet_info::SubnetInfov2") }

// maxWeightsLimit is the highest weight that a validator may give: the chain no longer limits it below the highest there is.
const maxWeightsLimit = 1<<16 - 1

func (r *room) subnetInfo(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[SubnetInfo]) {
	s, st := r.shared(c)
	if !r.Exists(c, netuid) {
		return out
	}
	return scale.Some(SubnetInfo{
		NetUID: netuid, Rho: st.Rho.Get(s, netuid), Kappa: st.Kappa.Get(s, netuid), Difficulty: st.Difficulty.Get(s, netuid),
		ImmunityPeriod: st.ImmunityPeriod.Get(s, netuid), MaxAllowedValidators: st.MaxAllowedValidators.Get(s, netuid),
		MinAllowedWeights: st.MinAllowedWeights.Get(s, netuid), MaxWeightsLimit: maxWeightsLimit,
		ScalingLawPower: st.ScalingLawPower.Get(s, netuid), SubnetworkN: st.SubnetworkN.Get(s, netuid),
		MaxAllowedUids: st.MaxAllowedUids.Get(s, netuid), BlocksSinceLastStep: st.BlocksSinceLastStep.Get(s, netuid),
		Tempo: st.Tempo.Get(s, netuid), Burn: st.Burn.Get(s, netuid), Owner: st.SubnetOwner.Get(s, netuid),
	})
}

func (r *room) subnetInfoV2(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[SubnetInfoV2]) {
	v1, ok := r.subnetInfo(c, netuid).Get()
	if !ok {
		return out
	}
	out = scale.Some(SubnetInfoV2{
		NetUID: v1.NetUID, Rho: v1.Rho, Kappa: v1.Kappa, Difficulty: v1.Difficulty, ImmunityPeriod: v1.ImmunityPeriod,
		MaxAllowedValidators: v1.MaxAllowedValidators, MinAllowedWeights: v1.MinAllowedWeights, MaxWeightsLimit: v1.MaxWeightsLimit,
		ScalingLawPower: v1.ScalingLawPower, SubnetworkN: v1.SubnetworkN, MaxAllowedUids: v1.MaxAllowedUids,
		BlocksSinceLastStep: v1.BlocksSinceLastStep, Tempo: v1.Tempo, Burn: v1.Burn, Owner: v1.Owner,
	})
	out.Value.Identity.Value, out.Value.Identity.Set = r.Storage.SubnetIdentitiesV3.TryGet(c.State, netuid)
	return out
}

type registrationAPI struct {
	GetNetworkRegistrationCost frame.Method[noArgs, bt.Rao] `doc:"What registering a subnet costs now."`
}

func (r *room) registrationAPI() frame.API {
	m := &registrationAPI{}
	m.GetNetworkRegistrationCost.Handle(func(c *frame.Ctx, _ noArgs) bt.Rao { return r.LockCost(c) })
	return frame.API{Name: "SubnetRegistrationRuntimeApi", Version: 1, Methods: m}
}
