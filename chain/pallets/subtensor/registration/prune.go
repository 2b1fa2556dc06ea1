package registration

import (
	"cmp"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
)

// Seat is a neuron: a uid and its hotkey.
type Seat struct {
	UID    uint16
	Hotkey bt.AccountID
}

// OwnerSeats lists the neurons of a subnet's owner that are never pruned: its first registered ones up to ImmuneOwnerUidsLimit, with the subnet owner's hotkey at the
// head in any case.
func (r *Room) OwnerSeats(c *frame.Ctx, netuid bt.NetUID) []Seat {
	type dated struct {
		Seat
		block uint64
	}
	var all []dated
	owner := r.Storage.SubnetOwner.Get(c.State, netuid)
	for _, hotkey := range r.Storage.OwnedHotkeys.Get(c.State, owner) {
		if uid, ok := r.Storage.Uids.TryGet(c.State, netuid, hotkey); ok {
			all = append(all, dated{Seat{uid, hotkey}, r.Storage.BlockAtRegistration.Get(c.State, netuid, uid)})
		}
	}
	slices.SortStableFunc(all, func(a, b dated) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.UID, b.UID))
	})
	limit := int(r.Storage.ImmuneOwnerUidsLimit.Get(c.State, netuid))
	seats := make([]Seat, 0, limit+1)
	for _, d := range all[:min(limit, len(all))] {
		seats = append(seats, d.Seat)
	}
	hotkey, set := r.Storage.SubnetOwnerHotkey.TryGet(c.State, netuid)
	uid, seated := r.Storage.Uids.TryGet(c.State, netuid, hotkey)
	if first := (Seat{uid, hotkey}); set && seated && !slices.Contains(seats, first) {
		seats = slices.Insert(seats, 0, first)
		seats = seats[:min(limit, len(seats))]
	}
	return seats
}

// Immune tells whether a neuron was registered so recently that it is not pruned before the others.
func (r *Room) Immune(c *frame.Ctx, netuid bt.NetUID, uid uint16) bool {
	age := stakepool.Now(c) - min(stakepool.Now(c), r.Storage.BlockAtRegistration.Get(c.State, netuid, uid))
	return age < uint64(r.Storage.ImmunityPeriod.Get(c.State, netuid))
}

// ToPrune is the neuron that makes room for a new one: the one with the least emission, then the oldest, then that with the lowest uid, among those that are
// not immune; among the immune ones when no more than MinNonImmuneUids are not. There is none when the owner's are all there is.
func (r *Room) ToPrune(c *frame.Ctx, netuid bt.NetUID) (uid uint16, ok bool) {
	type candidate struct {
		emission bt.Alpha
		block    uint64
		uid      uint16
	}
	owners := r.OwnerSeats(c, netuid)
	emissions := r.Storage.Emission.Get(c.State, netuid)
	var immune, free []candidate
	for uid := range r.Storage.SubnetworkN.Get(c.State, netuid) {
		hotkey, ok := r.Storage.Keys.TryGet(c.State, netuid, uid)
		if !ok || slices.ContainsFunc(owners, func(s Seat) bool { return s.Hotkey == hotkey }) {
			continue
		}
		n := candidate{block: r.Storage.BlockAtRegistration.Get(c.State, netuid, uid), uid: uid}
		if int(uid) < len(emissions) {
			n.emission = emissions[uid]
		}
		if r.Immune(c, netuid, uid) {
			immune = append(immune, n)
		} else {
			free = append(free, n)
		}
	}
	from := immune
	if len(free) > int(r.Storage.MinNonImmuneUids.Get(c.State, netuid)) {
		from = free
	}
	if len(from) == 0 {
		return 0, false
	}
	return slices.MinFunc(from, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.emission, b.emission), cmp.Compare(a.block, b.block), cmp.Compare(a.uid, b.uid))
	}).uid, true
}
