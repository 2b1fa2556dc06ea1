package registration

import (
	"cmp"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Trim lowers the number of neurons that a subnet may have to most, and takes away those that are too many: the ones with the least emission, of equal ones those
// with the highest uid, but neither the owner's immortal ones nor those that are still immune. The others move up to the lowest uids in their order, and
// with them all that is kept by uid; weights and bonds follow, without those on neurons that went. It fails with SubnetNotExists, InvalidValue outside
// MinAllowedUids … MaxAllowedUids, and TrimmingWouldExceedMaxImmunePercentage when too large a part of most would be immune. A subnet without consensus is trimmed as by a
// step of TrimNull that is also the last: it fails with InvalidValue where one step is not enough.
func (r *Room) Trim(c *frame.Ctx, netuid bt.NetUID, most uint16) error {
	if r.Epochs.Null(c, netuid) {
		if n := r.Storage.SubnetworkN.Get(c.State, netuid); n > most {
			if clean, _ := r.clearCommits(c, netuid); !clean || n-most > nullStep {
				return r.Error.InvalidValue
			}
		}
		r.Storage.NullPruningTarget.Delete(c.State, netuid)
	}
	return r.trim(c, netuid, most)
}

func (r *Room) trim(c *frame.Ctx, netuid bt.NetUID, most uint16) error {
	st, s := &r.Storage, c.State
	if !r.Exists(c, netuid) {
		return r.Error.SubnetNotExists
	}
	if most < st.MinAllowedUids.Get(s, netuid) || most > st.MaxAllowedUids.Get(s, netuid) {
		return r.Error.InvalidValue
	}
	st.MaxAllowedUids.Set(s, netuid, most)
	if st.SubnetworkN.Get(s, netuid) <= most {
		return nil
	}
	safe, immune := r.untrimmable(c, netuid)
	if percentOf(immune, most) >= r.Constants.MaxImmuneUidsPercentage.Get() {
		return r.Error.TrimmingWouldExceedMaxImmunePercentage
	}
	kept := r.dropLeast(c, netuid, most, safe)
	if r.Epochs.Null(c, netuid) {
		return r.closeUp(c, netuid, most, kept)
	}
	r.compact(c, netuid, kept, true)
	st.SubnetworkN.Set(s, netuid, most)
	return nil
}

// percentOf is a part of a whole in hundredths, rounded down; at most all of it, and of nothing all.
func percentOf(part, whole uint16) state.Percent {
	if part >= whole {
		return 100
	}
	return state.Percent(uint32(part) * 100 / uint32(whole))
}

// untrimmable tells of each uid whether its neuron must stay, and how many must.
func (r *Room) untrimmable(c *frame.Ctx, netuid bt.NetUID) (safe []bool, n uint16) {
	safe = make([]bool, r.Storage.SubnetworkN.Get(c.State, netuid))
	for _, seat := range r.OwnerSeats(c, netuid) {
		if int(seat.UID) < len(safe) {
			safe[seat.UID] = true
		}
	}
	for uid := range safe {
		safe[uid] = safe[uid] || r.Immune(c, netuid, uint16(uid))
		if safe[uid] {
			n++
		}
	}
	return safe, n
}

// dropLeast removes neurons until most are left, and returns the uids of those, ascending.
func (r *Room) dropLeast(c *frame.Ctx, netuid bt.NetUID, most uint16, safe []bool) []uint16 {
	emission := r.Storage.Emission.Get(c.State, netuid)
	uids := make([]uint16, len(emission))
	for uid := range uids {
		uids[uid] = uint16(uid)
	}
	slices.SortStableFunc(uids, func(a, b uint16) int { return cmp.Compare(emission[b], emission[a]) })
	left := len(safe)
	for i := min(len(safe), len(uids)) - 1; i >= 0 && left > int(most); i-- {
		if uid := uids[i]; int(uid) >= len(safe) || !safe[uid] {
			r.unseat(c, netuid, uid)
			uids = slices.Delete(uids, i, i+1)
			left--
		}
	}
	slices.Sort(uids)
	return uids
}

// unseat removes what is kept of a neuron by its uid and of its hotkey in the subnet; the lists by uid are left to compact.
func (r *Room) unseat(c *frame.Ctx, netuid bt.NetUID, uid uint16) {
	st, s := &r.Storage, c.State
	if hotkey, ok := st.Keys.TryGet(s, netuid, uid); ok {
		st.Uids.Delete(s, netuid, hotkey)
		st.IsNetworkMember.Delete(s, hotkey, netuid)
		st.LastHotkeyEmissionOnNetuid.Delete(s, hotkey, netuid)
		st.AlphaDividendsPerSubnet.Delete(s, netuid, hotkey)
		st.Axons.Delete(s, netuid, hotkey)
		st.NeuronCertificates.Delete(s, netuid, hotkey)
		st.Prometheus.Delete(s, netuid, hotkey)
	}
	st.Keys.Delete(s, netuid, uid)
	st.BlockAtRegistration.Delete(s, netuid, uid)
	st.AssociatedEvmAddress.Delete(s, netuid, uid)
	for _, index := range r.Indices(c, netuid) {
		st.Weights.Delete(s, index, uid)
		st.Bonds.Delete(s, index, uid)
	}
}

// compact gives the neurons with the kept uids the uids from 0 on, in this order. A uid that is taken must be free by then: it is where kept ascends, and where neurons move
// only to uids that nobody has. Those who have no weights or bonds get empty ones, if rows says so.
func (r *Room) compact(c *frame.Ctx, netuid bt.NetUID, kept []uint16, rows bool) {
	st, s := &r.Storage, c.State
	pick(c, &st.Emission, netuid, kept)
	pick(c, &st.Active, netuid, kept)
	pick(c, &st.Consensus, netuid, kept)
	pick(c, &st.Dividends, netuid, kept)
	pick(c, &st.ValidatorTrust, netuid, kept)
	if st.Rank.Has(s, netuid) { // no Yuma here
		pick(c, &st.Rank, netuid, kept)
		pick(c, &st.Trust, netuid, kept)
	}
	pick(c, &st.ValidatorPermit, netuid, kept)
	pick(c, &st.StakeWeight, netuid, kept)
	indices := r.Indices(c, netuid)
	for _, index := range indices {
		pick(c, &st.Incentive, index, kept)
		if st.ConsensusByMechanism.Has(s, index) {
			pick(c, &st.ConsensusByMechanism, index, kept)
		}
		pick(c, &st.LastUpdate, index, kept)
	}
	moved := make(map[uint16]uint16, len(kept))
	for to, from := range kept {
		moved[from] = uint16(to)
	}
	for to, from := range kept {
		to := uint16(to)
		moveUID(c, &st.Keys, netuid, from, to)
		moveUID(c, &st.AssociatedEvmAddress, netuid, from, to)
		moveUID(c, &st.BlockAtRegistration, netuid, from, to)
		for _, index := range indices {
			moveUID(c, &st.Weights, index, from, to)
			if rows || st.Weights.Has(s, index, to) {
				st.Weights.Mutate(s, index, to, follow(moved))
			}
			moveUID(c, &st.Bonds, index, from, to)
			if rows || st.Bonds.Has(s, index, to) {
				st.Bonds.Mutate(s, index, to, follow(moved))
			}
		}
	}
	st.Uids.DeleteOf(s, netuid)
	for to := range kept {
		st.Uids.Set(s, netuid, st.Keys.Get(s, netuid, uint16(to)), uint16(to))
	}
}

// follow gives targets in a row of weights or bonds their new uids, and drops those that went.
func follow(moved map[uint16]uint16) func(*[]scale.Pair[uint16, uint16]) {
	return func(row *[]scale.Pair[uint16, uint16]) {
		kept := (*row)[:0]
		for _, target := range *row {
			if to, ok := moved[target.A]; ok {
				kept = append(kept, scale.Pair[uint16, uint16]{A: to, B: target.B})
			}
		}
		*row = kept
	}
}

// pick keeps the values of some uids in a list by uid, in their order; what the list lacks is the zero value.
func pick[K, V any](c *frame.Ctx, m *storage.Map[storage.Identity, K, []V], key K, uids []uint16) {
	list := m.Get(c.State, key)
	out := make([]V, len(uids))
	for i, uid := range uids {
		if int(uid) < len(list) {
			out[i] = list[uid]
		}
	}
	m.Set(c.State, key, out)
}

// moveUID takes what is kept of a uid to another one, which must be free.
func moveUID[H1, H2 storage.Hasher, K, V any](c *frame.Ctx, m *storage.DoubleMap[H1, K, H2, uint16, V], key K, from, to uint16) {
	if from == to {
		return
	}
	if v, ok := m.TryGet(c.State, key, from); ok {
		m.Set(c.State, key, to, v)
	}
	m.Delete(c.State, key, from)
}
