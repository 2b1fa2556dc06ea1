package epoch

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/delegation"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// Stake is what counts for a hotkey in a subnet: alpha and root TAO after what it lends to children and borrows from parents.
type Stake struct {
	Total fixed.I64F64 // alpha + TAO * TaoWeight
	Alpha bt.Alpha
	Tao   bt.Rao
}

// StakeOf is the stake of one hotkey in a subnet.
func (r *Room) StakeOf(c *frame.Ctx, hotkey bt.AccountID, id bt.NetUID) Stake {
	return r.stakeOf(c, hotkey, id, r.TaoWeight(c))
}

// StakeByUID is the stake of every uid of a subnet.
func (r *Room) StakeByUID(c *frame.Ctx, id bt.NetUID) []Stake {
	n := int(r.st.Storage.SubnetworkN.Get(c.State, id))
	return r.stakeBySeat(c, id, n, r.seats(c, id, n))
}

// stakeBySeat is StakeByUID with the seats of the n uids at hand.
func (r *Room) stakeBySeat(c *frame.Ctx, id bt.NetUID, n int, seats []seat) []Stake {
	out := make([]Stake, n)
	weight := r.TaoWeight(c)
	for _, seat := range seats {
		out[seat.uid] = r.stakeOf(c, seat.hotkey, id, weight)
	}
	return out
}

// TaoWeight is what root TAO counts against alpha, as a fraction.
func (r *Room) TaoWeight(c *frame.Ctx) fixed.U96F32 {
	return emission.Fraction(r.st.Storage.TaoWeight.Get(c.State))
}

func (r *Room) stakeOf(c *frame.Ctx, hotkey bt.AccountID, id bt.NetUID, weight fixed.U96F32) Stake {
	var out Stake
	links := r.links(c, hotkey, id)
	if id == stakepool.Root {
		out.Alpha = r.pools.HotkeyStake(c, hotkey, id)
	} else {
		out.Alpha = bt.Alpha(r.inherited(c, hotkey, id, links))
	}
	out.Tao = bt.Rao(r.inherited(c, hotkey, stakepool.Root, links))
	out.Total = delegation.StakeWeight(uint64(out.Alpha), uint64(out.Tao), weight)
	return out
}

// links are a hotkey's relations in a subnet: its parents with their proportions, and the proportions that it lends to its children.
type links struct {
	parents []scale.Pair[uint64, bt.AccountID]
	lent    []uint64
}

func (r *Room) links(c *frame.Ctx, hotkey bt.AccountID, id bt.NetUID) links {
	return links{r.st.Storage.ParentKeys.Get(c.State, hotkey, id), r.lent(c, hotkey, id)}
}

// inherited is a hotkey's stake of one kind (alpha of the subnet, or root TAO) under a subnet's relations of parents and children.
func (r *Room) inherited(c *frame.Ctx, hotkey bt.AccountID, kind bt.NetUID, l links) uint64 {
	own := uint64(r.pools.HotkeyStake(c, hotkey, kind))
	if len(l.parents) == 0 && len(l.lent) == 0 {
		return own
	}
	var parents []delegation.Inflow
	for _, p := range l.parents {
		parents = append(parents, delegation.Inflow{Stake: uint64(r.pools.HotkeyStake(c, p.B, kind)), Proportion: p.A})
	}
	return delegation.InheritedStake(own, l.lent, parents)
}

// lent lists the proportions that a hotkey lends to its children.
func (r *Room) lent(c *frame.Ctx, hotkey bt.AccountID, id bt.NetUID) (out []uint64) {
	for _, child := range r.st.Storage.ChildKeys.Get(c.State, hotkey, id) {
		out = append(out, child.A)
	}
	return out
}

// Route divides a dividend that a hotkey earned among its parents and itself; see delegation.Route. Parents are in the order of ParentKeys.
func (r *Room) Route(c *frame.Ctx, hotkey bt.AccountID, id bt.NetUID, dividend bt.Alpha) (parents []bt.AccountID, routed delegation.Routed) {
	links := r.st.Storage.ParentKeys.Get(c.State, hotkey, id)
	if len(links) == 0 {
		return nil, delegation.Routed{ToSelf: uint64(dividend)}
	}
	owner := r.pools.OwnerOf(c, hotkey)
	rates := delegation.Rates{
		TaoWeight: r.TaoWeight(c), Burn: emission.Fraction(r.st.Storage.CKBurn.Get(c.State)),
		Take: uint16(r.st.Storage.ChildkeyTake.Get(c.State, hotkey, id)),
	}
	var from []delegation.Parent
	for _, link := range links {
		parents = append(parents, link.B)
		from = append(from, delegation.Parent{
			Alpha: uint64(r.pools.HotkeyStake(c, link.B, id)), Root: uint64(r.pools.HotkeyStake(c, link.B, stakepool.Root)),
			Proportion: link.A, SameOwner: r.pools.OwnerOf(c, link.B) == owner,
		})
	}
	self := delegation.SelfContribution(
		uint64(r.pools.HotkeyStake(c, hotkey, id)), uint64(r.pools.HotkeyStake(c, hotkey, stakepool.Root)), r.lent(c, hotkey, id), rates.TaoWeight)
	return parents, delegation.Route(uint64(dividend), self, from, rates)
}
