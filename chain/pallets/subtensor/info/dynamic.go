package info

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// DynamicInfo is a subnet's pool and emission.
type DynamicInfo struct {
	NetUID               bt.NetUID `name:"netuid" scale:"compact"`
	OwnerHotkey          bt.AccountID
	OwnerColdkey         bt.AccountID
	SubnetName           []scale.Compact[uint8]
	TokenSymbol          []scale.Compact[uint8]
	Tempo                uint16   `scale:"compact"`
	LastStep             uint64   `scale:"compact"` // block of the last epoch
	BlocksSinceLastStep  uint64   `scale:"compact"`
	Emission             uint64   `scale:"compact"` // no longer computed: 0
	AlphaIn              bt.Alpha `scale:"compact"` // in the pool
	AlphaOut             bt.Alpha `scale:"compact"` // outside it
	TaoIn                bt.Rao   `scale:"compact"`
	AlphaOutEmission     bt.Alpha `scale:"compact"` // per block, to the participants
	AlphaInEmission      bt.Alpha `scale:"compact"` // per block, into the pool
	TaoInEmission        bt.Rao   `scale:"compact"`
	PendingAlphaEmission bt.Alpha `scale:"compact"` // waits for the next epoch
	PendingRootEmission  bt.Rao   `scale:"compact"` // no longer computed: 0
	SubnetVolume         scale.Compact128
	NetworkRegisteredAt  uint64 `scale:"compact"`
	SubnetIdentity       scale.Option[state.SubnetIdentityV3]
	MovingPrice          fixed.I96F32 // TAO per alpha
}

// ScaleName is upstream's.
func (DynamicInfo) ScaleName() scale.Name { return typed("dynamic_info::DynamicInfo") }

func (r *room) dynamicInfo(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[DynamicInfo]) {
	s, st := r.shared(c)
	if !r.Exists(c, netuid) {
		return out
	}
	q := r.query(c, netuid)
	return scale.Some(DynamicInfo{
		NetUID: netuid, OwnerHotkey: st.SubnetOwnerHotkey.Get(s, netuid), OwnerColdkey: st.SubnetOwner.Get(s, netuid), SubnetName: q.name(),
		TokenSymbol: q.symbol(), Tempo: st.Tempo.Get(s, netuid), LastStep: q.lastStep(), BlocksSinceLastStep: q.sinceLastStep(),
		AlphaIn: st.SubnetAlphaIn.Get(s, netuid), AlphaOut: st.SubnetAlphaOut.Get(s, netuid), TaoIn: st.SubnetTAO.Get(s, netuid),
		AlphaOutEmission: st.SubnetAlphaOutEmission.Get(s, netuid), AlphaInEmission: st.SubnetAlphaInEmission.Get(s, netuid),
		TaoInEmission: st.SubnetTaoInEmission.Get(s, netuid), PendingAlphaEmission: q.pending(),
		SubnetVolume: scale.Compact128{V: st.SubnetVolume.Get(s, netuid)}, NetworkRegisteredAt: st.NetworkRegisteredAt.Get(s, netuid),
		SubnetIdentity: q.identity(), MovingPrice: st.SubnetMovingPrice.Get(s, netuid),
	})
}
