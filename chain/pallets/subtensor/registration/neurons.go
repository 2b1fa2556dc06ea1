package registration

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// mechanismStride is how far the storage indices of a subnet's mechanisms are apart.
const mechanismStride = 4096

// Indices lists the storage indices of a subnet's mechanisms.
func (r *Room) Indices(c *frame.Ctx, netuid bt.NetUID) []bt.NetUIDIndex {
	out := make([]bt.NetUIDIndex, r.Storage.MechanismCountCurrent.Get(c.State, netuid))
	for i := range out {
		out[i] = bt.NetUIDIndex(i)*mechanismStride + bt.NetUIDIndex(netuid)
	}
	return out
}

// Append gives a hotkey the next free uid of a subnet.
func (r *Room) Append(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) uint16 {
	st, s, block := &r.Storage, c.State, stakepool.Now(c)
	uid := st.SubnetworkN.Get(s, netuid)
	st.SubnetworkN.Set(s, netuid, uid+1)
	push(c, &st.Active, netuid, true)
	push(c, &st.Emission, netuid, 0)
	push(c, &st.Consensus, netuid, 0)
	for _, index := range r.Indices(c, netuid) {
		push(c, &st.Incentive, index, 0)
		r.setLastUpdate(c, netuid, index, uid, block)
	}
	push(c, &st.Dividends, netuid, 0)
	push(c, &st.ValidatorTrust, netuid, 0)
	if st.Rank.Has(s, netuid) { // no Yuma here
		push(c, &st.Rank, netuid, 0)
		push(c, &st.Trust, netuid, 0)
	}
	push(c, &st.ValidatorPermit, netuid, false)
	r.seat(c, netuid, uid, hotkey)
	return uid
}

// seat binds a uid and a hotkey to each other, from this block on.
func (r *Room) seat(c *frame.Ctx, netuid bt.NetUID, uid uint16, hotkey bt.AccountID) {
	st, s := &r.Storage, c.State
	st.Keys.Set(s, netuid, uid, hotkey)
	st.Uids.Set(s, netuid, hotkey, uid)
	st.BlockAtRegistration.Set(s, netuid, uid, stakepool.Now(c))
	st.IsNetworkMember.Set(s, hotkey, netuid, true)
}

// Replace gives a uid to another hotkey and clears what its neuron had; the subnet owner's hotkey stays where it is.
func (r *Room) Replace(c *frame.Ctx, netuid bt.NetUID, uid uint16, hotkey bt.AccountID) {
	st, s := &r.Storage, c.State
	old := st.Keys.Get(s, netuid, uid)
	if owner, ok := st.SubnetOwnerHotkey.TryGet(s, netuid); ok && owner == old {
		return
	}
	st.Uids.Delete(s, netuid, old)
	st.AssociatedEvmAddress.Delete(s, netuid, uid)
	st.IsNetworkMember.Delete(s, old, netuid)
	if active := st.Active.Get(s, netuid); int(uid) < len(active) {
		active[uid] = true
		st.Active.Set(s, netuid, active)
	}
	r.seat(c, netuid, uid, hotkey)
	st.Axons.Delete(s, netuid, old)
	st.NeuronCertificates.Delete(s, netuid, old)
	st.Prometheus.Delete(s, netuid, old)
	r.clear(c, netuid, uid)
	for _, index := range r.Indices(c, netuid) {
		r.setLastUpdate(c, netuid, index, uid, stakepool.Now(c))
	}
}

// clear zeroes what a neuron has earned and removes its weights and bonds; weights of others on it become 0.
func (r *Room) clear(c *frame.Ctx, netuid bt.NetUID, uid uint16) {
	st, s := &r.Storage, c.State
	setAt(c, &st.Emission, netuid, uid, 0)
	setAt(c, &st.Consensus, netuid, uid, 0)
	for _, index := range r.Indices(c, netuid) {
		setAt(c, &st.Incentive, index, uid, 0)
		if st.ConsensusByMechanism.Has(s, index) {
			setAt(c, &st.ConsensusByMechanism, index, uid, 0)
		}
		st.Bonds.Delete(s, index, uid)
		st.Weights.Delete(s, index, uid)
		for from := range st.Weights.Of(s, index) {
			st.Weights.Mutate(s, index, from, func(row *[]scale.Pair[uint16, uint16]) {
				for i := range *row {
					if (*row)[i].A == uid {
						(*row)[i].B = 0
					}
				}
			})
		}
	}
	setAt(c, &st.Dividends, netuid, uid, 0)
	setAt(c, &st.StakeWeight, netuid, uid, 0)
	setAt(c, &st.ValidatorTrust, netuid, uid, 0)
	if st.Rank.Has(s, netuid) { // no Yuma here
		setAt(c, &st.Rank, netuid, uid, 0)
		setAt(c, &st.Trust, netuid, uid, 0)
	}
	setAt(c, &st.ValidatorPermit, netuid, uid, false)
}

// setLastUpdate notes the block of a neuron's last weights; the list is filled up to the number of neurons.
func (r *Room) setLastUpdate(c *frame.Ctx, netuid bt.NetUID, index bt.NetUIDIndex, uid uint16, block uint64) {
	list := r.Storage.LastUpdate.Get(c.State, index)
	if missing := int(r.Storage.SubnetworkN.Get(c.State, netuid)) - len(list); missing > 0 {
		list = append(list, make([]uint64, missing)...)
	}
	if int(uid) < len(list) {
		list[uid] = block
		r.Storage.LastUpdate.Set(c.State, index, list)
	}
}

func push[K, V any](c *frame.Ctx, m *storage.Map[storage.Identity, K, []V], key K, v V) {
	m.Mutate(c.State, key, func(list *[]V) { *list = append(*list, v) })
}

func setAt[K, V any](c *frame.Ctx, m *storage.Map[storage.Identity, K, []V], key K, uid uint16, v V) {
	m.Mutate(c.State, key, func(list *[]V) {
		if int(uid) < len(*list) {
			(*list)[uid] = v
		}
	})
}
