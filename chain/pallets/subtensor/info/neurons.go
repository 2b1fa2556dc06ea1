package info

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// NeuronInfo is all about a neuron. Fractions are of 65535; Stake is one entry: the owner, with all that is staked on the hotkey in the subnet.
type NeuronInfo struct {
	Hotkey, Coldkey bt.AccountID
	UID             uint16    `scale:"compact"`
	NetUID          bt.NetUID `name:"netuid" scale:"compact"`
	Active          bool
	AxonInfo        state.AxonInfo
	PrometheusInfo  state.PrometheusInfo
	Stake           []scale.Pair[bt.AccountID, scale.Compact[bt.Alpha]]
	Rank            uint16       `scale:"compact"` // 0 under Yuma
	Emission        bt.Alpha     `scale:"compact"`
	Incentive       state.PerU16 `scale:"compact"`
	Consensus       state.PerU16 `scale:"compact"`
	Trust           state.PerU16 `scale:"compact"` // 0 under Yuma
	ValidatorTrust  state.PerU16 `scale:"compact"`
	Dividends       state.PerU16 `scale:"compact"`
	LastUpdate      uint64       `scale:"compact"` // block
	ValidatorPermit bool
	Weights, Bonds  []scale.Pair[scale.Compact[uint16], scale.Compact[uint16]] // uid and value, zeros left out
	PruningScore    uint16                                                     `scale:"compact"` // no longer computed: 65535
}

// ScaleName is upstream's.
func (NeuronInfo) ScaleName() scale.Name { return typed("neuron_info::NeuronInfo") }

// NeuronInfoLite is NeuronInfo without weights and bonds.
type NeuronInfoLite struct {
	Hotkey, Coldkey bt.AccountID
	UID             uint16    `scale:"compact"`
	NetUID          bt.NetUID `name:"netuid" scale:"compact"`
	Active          bool
	AxonInfo        state.AxonInfo
	PrometheusInfo  state.PrometheusInfo
	Stake           []scale.Pair[bt.AccountID, scale.Compact[bt.Alpha]]
	Rank            uint16       `scale:"compact"`
	Emission        bt.Alpha     `scale:"compact"`
	Incentive       state.PerU16 `scale:"compact"`
	Consensus       state.PerU16 `scale:"compact"`
	Trust           state.PerU16 `scale:"compact"`
	ValidatorTrust  state.PerU16 `scale:"compact"`
	Dividends       state.PerU16 `scale:"compact"`
	LastUpdate      uint64       `scale:"compact"`
	ValidatorPermit bool
	PruningScore    uint16 `scale:"compact"`
}

// ScaleName is upstream's.
func (NeuronInfoLite) ScaleName() scale.Name { return typed("neuron_info::NeuronInfoLite") }

type neuronAPI struct {
	GetNeurons     frame.Method[subnetArg, []NeuronInfo]                 `doc:"All neurons of a subnet, by uid."`
	GetNeuron      frame.Method[neuronArg, scale.Option[NeuronInfo]]     `doc:"A neuron."`
	GetNeuronsLite frame.Method[subnetArg, []NeuronInfoLite]             `doc:"All neurons of a subnet, by uid, without weights and bonds."`
	GetNeuronLite  frame.Method[neuronArg, scale.Option[NeuronInfoLite]] `doc:"A neuron without weights and bonds."`
}

type neuronArg struct {
	NetUID bt.NetUID `name:"netuid"`
	UID    uint16
}

func (r *room) neuronAPI() frame.API {
	m := &neuronAPI{}
	m.GetNeurons.Handle(of(r.neurons))
	m.GetNeuron.Handle(func(c *frame.Ctx, a neuronArg) (out scale.Option[NeuronInfo]) {
		if v := r.seats(c, a.NetUID); v != nil {
			out.Value, out.Set = v.neuron(a.UID)
		}
		return out
	})
	m.GetNeuronsLite.Handle(of(r.neuronsLite))
	m.GetNeuronLite.Handle(func(c *frame.Ctx, a neuronArg) (out scale.Option[NeuronInfoLite]) {
		if v := r.seats(c, a.NetUID); v != nil {
			out.Value, out.Set = v.lite(a.UID)
		}
		return out
	})
	return frame.API{Name: "NeuronInfoRuntimeApi", Version: 1, Methods: m}
}

func (r *room) neurons(c *frame.Ctx, netuid bt.NetUID) []NeuronInfo {
	out := []NeuronInfo{}
	v := r.seats(c, netuid)
	for uid := uint16(0); v != nil && uid < v.n; uid++ {
		n, ok := v.neuron(uid)
		if !ok {
			break
		}
		out = append(out, n)
	}
	return out
}

func (r *room) neuronsLite(c *frame.Ctx, netuid bt.NetUID) []NeuronInfoLite {
	out := []NeuronInfoLite{}
	v := r.seats(c, netuid)
	for uid := uint16(0); v != nil && uid < v.n; uid++ {
		n, ok := v.lite(uid)
		if !ok {
			break
		}
		out = append(out, n)
	}
	return out
}

// seats is a subnet's neurons, with the vectors by uid read once.
type seats struct {
	s      *storage.State
	st     *state.Storage
	netuid bt.NetUID
	n      uint16

	active, permit                                  []bool
	emission                                        []bt.Alpha
	incentive, consensus, validatorTrust, dividends []state.PerU16
	trust                                           []state.PerU16 // with rank, empty under Yuma
	rank                                            []uint16
	lastUpdate                                      []uint64
}

// seats is nil for a subnet that does not exist.
func (r *room) seats(c *frame.Ctx, netuid bt.NetUID) *seats {
	s, st := r.shared(c)
	if !r.Exists(c, netuid) {
		return nil
	}
	return &seats{
		s: s, st: st, netuid: netuid, n: st.SubnetworkN.Get(s, netuid),
		active: st.Active.Get(s, netuid), permit: st.ValidatorPermit.Get(s, netuid), emission: st.Emission.Get(s, netuid),
		incentive: st.Incentive.Get(s, bt.NetUIDIndex(netuid)), consensus: st.Consensus.Get(s, netuid),
		trust: st.Trust.Get(s, netuid), rank: st.Rank.Get(s, netuid),
		validatorTrust: st.ValidatorTrust.Get(s, netuid), dividends: st.Dividends.Get(s, netuid), lastUpdate: st.LastUpdate.Get(s, bt.NetUIDIndex(netuid)),
	}
}

func (v *seats) lite(uid uint16) (NeuronInfoLite, bool) {
	hotkey, ok := v.st.Keys.TryGet(v.s, v.netuid, uid)
	if !ok {
		return NeuronInfoLite{}, false
	}
	coldkey := v.st.Owner.Get(v.s, hotkey)
	return NeuronInfoLite{
		Hotkey: hotkey, Coldkey: coldkey, UID: uid, NetUID: v.netuid, Active: at(v.active, uid),
		AxonInfo: v.st.Axons.Get(v.s, v.netuid, hotkey), PrometheusInfo: v.st.Prometheus.Get(v.s, v.netuid, hotkey),
		Stake: []scale.Pair[bt.AccountID, scale.Compact[bt.Alpha]]{
			{A: coldkey, B: compact(v.st.TotalHotkeyAlpha.Get(v.s, hotkey, v.netuid))},
		},
		Emission: at(v.emission, uid), Incentive: at(v.incentive, uid), Consensus: at(v.consensus, uid),
		Rank: at(v.rank, uid), Trust: at(v.trust, uid),
		ValidatorTrust: at(v.validatorTrust, uid), Dividends: at(v.dividends, uid), LastUpdate: at(v.lastUpdate, uid),
		ValidatorPermit: at(v.permit, uid), PruningScore: 1<<16 - 1,
	}, true
}

func (v *seats) neuron(uid uint16) (NeuronInfo, bool) {
	n, ok := v.lite(uid)
	if !ok {
		return NeuronInfo{}, false
	}
	index := bt.NetUIDIndex(v.netuid)
	return NeuronInfo{
		Hotkey: n.Hotkey, Coldkey: n.Coldkey, UID: n.UID, NetUID: n.NetUID, Active: n.Active, AxonInfo: n.AxonInfo, PrometheusInfo: n.PrometheusInfo,
		Stake: n.Stake, Rank: n.Rank, Emission: n.Emission, Incentive: n.Incentive, Consensus: n.Consensus, Trust: n.Trust,
		ValidatorTrust: n.ValidatorTrust, Dividends: n.Dividends, LastUpdate: n.LastUpdate, ValidatorPermit: n.ValidatorPermit,
		Weights: nonZero(v.st.Weights.Get(v.s, index, uid)), Bonds: nonZero(v.st.Bonds.Get(v.s, index, uid)), PruningScore: n.PruningScore,
	}, true
}

// nonZero is a row of weights or bonds without its zeros.
func nonZero(row []scale.Pair[uint16, uint16]) []scale.Pair[scale.Compact[uint16], scale.Compact[uint16]] {
	out := make([]scale.Pair[scale.Compact[uint16], scale.Compact[uint16]], 0, len(row))
	for _, e := range row {
		if e.B > 0 {
			out = append(out, scale.Pair[scale.Compact[uint16], scale.Compact[uint16]]{A: compact(e.A), B: compact(e.B)})
		}
	}
	return out
}
