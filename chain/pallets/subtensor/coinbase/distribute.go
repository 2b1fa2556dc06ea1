package coinbase

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/delegation"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
)

// distribute runs the epochs of the subnets that were drained and pays what they earned, in the order of netuids.
func (r *Room) distribute(c *frame.Ctx, drained []pending) {
	slices.SortFunc(drained, func(a, b pending) int { return int(a.id) - int(b.id) })
	for _, p := range drained {
		r.distributeOne(c, p)
		r.epoch.Done(c, p.id)
	}
}

func (r *Room) distributeOne(c *frame.Ctx, p pending) {
	earned := r.epoch.Run(c, p.id, yuma.Budgets{Miners: uint64(p.server), Validators: uint64(p.validator), Root: uint64(p.root)})
	slices.SortFunc(earned, func(a, b epoch.Earned) int { return a.Hotkey.Compare(b.Hotkey) })
	var incentives bt.Alpha
	for _, e := range earned {
		incentives = saturatingAdd(incentives, e.Server)
	}
	validators := p.validator
	if incentives == 0 { // nobody earned the miners' part: it goes to the validators too
		validators = saturatingAdd(validators, p.server)
	}
	null := r.epoch.Null(c, p.id)
	holders, hotkeys := r.holders(c, p.id, without(earned, null, func(e epoch.Earned) bool { return e.Dividend == 0 }))
	alpha, root := delegation.Distribute(holders, uint64(validators), uint64(p.root), r.epoch.TaoWeight(c))
	if null && !slices.ContainsFunc(root, func(part fixed.U96F32) bool { return part.ToUint64() > 0 }) {
		r.RecycleAlpha(c, p.id, p.root) // nobody has a part in it
	}
	r.payOwner(c, p.id, p.owner)
	r.payMiners(c, p.id, without(earned, null, func(e epoch.Earned) bool { return e.Server == 0 }))
	r.payStakers(c, p.id, hotkeys, alpha)
	r.payRoot(c, p.id, hotkeys, root)
}

// without leaves out, where there is no consensus, those who earned nothing of a kind: most of thousands of neurons, whom there is nothing to pay. With consensus all are gone
// through, since what is kept of their last dividends is of all of them.
func without(earned []epoch.Earned, null bool, nothing func(epoch.Earned) bool) []epoch.Earned {
	if !null {
		return earned
	}
	return slices.DeleteFunc(slices.Clone(earned), nothing)
}

// holders collects the dividends by hotkey, after parents had their part, in ascending order of hotkeys. What is burned of a parent's part is recycled here, and yet all that was
// pending is shared out by these dividends, as by upstream: then more is paid and recycled than was minted.
func (r *Room) holders(c *frame.Ctx, id bt.NetUID, earned []epoch.Earned) ([]delegation.Holder, []bt.AccountID) {
	dividends := map[bt.AccountID]fixed.U96F32{}
	add := func(who bt.AccountID, amount uint64) {
		dividends[who] = dividends[who].Add(fixed.U96F32FromUint(amount))
	}
	for _, e := range earned {
		parents, routed := r.epoch.Route(c, e.Hotkey, id, e.Dividend)
		for i, parent := range parents {
			add(parent, routed.ToParents[i])
		}
		add(e.Hotkey, routed.ToSelf)
		r.RecycleAlpha(c, id, bt.Alpha(routed.Recycled))
	}
	hotkeys := make([]bt.AccountID, 0, len(dividends))
	// order does not matter: the keys are sorted below.
	for who := range dividends {
		hotkeys = append(hotkeys, who)
	}
	slices.SortFunc(hotkeys, bt.AccountID.Compare)
	out := make([]delegation.Holder, len(hotkeys))
	for i, who := range hotkeys {
		out[i] = delegation.Holder{
			Alpha: uint64(r.HotkeyStake(c, who, id)), Root: uint64(r.HotkeyStake(c, who, stakepool.Root)), Dividend: dividends[who],
		}
	}
	return out, hotkeys
}

// payOwner stakes the owner's cut on the owner's hotkey; from there it may go on to those who leased the subnet, or be locked.
func (r *Room) payOwner(c *frame.Ctx, id bt.NetUID, cut bt.Alpha) {
	coldkey, ok := r.Storage.SubnetOwner.TryGet(c.State, id)
	if !ok {
		return
	}
	if hotkey, ok := r.Storage.SubnetOwnerHotkey.TryGet(c.State, id); ok {
		r.AddStake(c, hotkey, coldkey, id, cut)
		r.owners.PayLease(c, id, cut)
		r.AutoLock(c, id, cut)
	}
}

// payMiners stakes the miners' incentive for their coldkeys. What the owner's own hotkeys earned is withheld: recycled or burned.
func (r *Room) payMiners(c *frame.Ctx, id bt.NetUID, earned []epoch.Earned) {
	s, st := c.State, &r.Storage
	owners := r.ownerHotkeys(c, id)
	var total, withheld bt.Alpha
	for _, e := range earned {
		total = saturatingAdd(total, e.Server)
		if slices.Contains(owners, e.Hotkey) {
			withheld = saturatingAdd(withheld, e.Server)
			if st.RecycleOrBurn.Get(s, id) == state.Recycle {
				r.RecycleAlpha(c, id, e.Server)
			} else {
				r.BurnAlpha(c, id, e.Server)
			}
			continue
		}
		owner := r.OwnerOf(c, e.Hotkey)
		destination, chosen := st.AutoStakeDestination.TryGet(s, owner, id)
		if chosen {
			r.Event.AutoStakeAdded.Emit(c, state.AutoStakeAdded{
				NetUID: id, Destination: destination, Hotkey: e.Hotkey, Owner: owner, Incentive: e.Server,
			})
		} else {
			destination = e.Hotkey
		}
		r.AddStake(c, destination, owner, id, e.Server)
	}
	share, ok := fixed.U96F32FromUint(uint64(withheld)).CheckedDiv(fixed.U96F32FromUint(uint64(total)))
	if !ok {
		share = fixed.U96F32{}
	}
	st.MinerBurned.Set(s, id, share)
}

// ownerHotkeys lists the hotkeys in the subnet that belong to its owner.
func (r *Room) ownerHotkeys(c *frame.Ctx, id bt.NetUID) (out []bt.AccountID) {
	s, st := c.State, &r.Storage
	for _, hotkey := range st.OwnedHotkeys.Get(s, st.SubnetOwner.Get(s, id)) {
		if st.Uids.Has(s, id, hotkey) {
			out = append(out, hotkey)
		}
	}
	if hotkey, ok := st.SubnetOwnerHotkey.TryGet(s, id); ok && st.Uids.Has(s, id, hotkey) {
		out = append(out, hotkey)
	}
	return out
}

// payStakers gives each hotkey's dividends to those who stake on it; its owner first takes the take.
func (r *Room) payStakers(c *frame.Ctx, id bt.NetUID, hotkeys []bt.AccountID, amounts []fixed.U96F32) {
	s, st := c.State, &r.Storage
	st.AlphaDividendsPerSubnet.DeleteOf(s, id)
	for i, hotkey := range hotkeys {
		take, rest := r.take(c, hotkey, amounts[i])
		r.AddStake(c, hotkey, r.OwnerOf(c, hotkey), id, take)
		r.AddDividends(c, hotkey, id, rest)
		st.AlphaDividendsPerSubnet.Mutate(s, id, hotkey, func(a *bt.Alpha) { *a = saturatingAdd(*a, rest) })
		st.TotalHotkeyAlphaLastEpoch.Set(s, hotkey, id, st.TotalHotkeyAlpha.Get(s, hotkey, id))
	}
}

// payRoot raises what root stakers may claim; the hotkey's owner first takes the take, in alpha.
func (r *Room) payRoot(c *frame.Ctx, id bt.NetUID, hotkeys []bt.AccountID, amounts []fixed.U96F32) {
	s, st := c.State, &r.Storage
	st.RootAlphaDividendsPerSubnet.DeleteOf(s, id)
	for i, hotkey := range hotkeys {
		take, rest := r.take(c, hotkey, amounts[i])
		r.AddStake(c, hotkey, r.OwnerOf(c, hotkey), id, take)
		r.RaiseClaimable(c, hotkey, id, rest)
		st.RootAlphaDividendsPerSubnet.Mutate(s, id, hotkey, func(a *bt.Alpha) { *a = saturatingAdd(*a, rest) })
	}
}

// take divides an amount into the hotkey owner's take and the rest, each rounded down.
func (r *Room) take(c *frame.Ctx, hotkey bt.AccountID, amount fixed.U96F32) (take, rest bt.Alpha) {
	rate := fixed.U96F32FromUint(uint64(r.Storage.Delegates.Get(c.State, hotkey))).SafeDiv(fixed.U96F32FromUint(1<<16 - 1))
	cut := rate.Mul(amount)
	return bt.Alpha(cut.ToUint64()), bt.Alpha(amount.Sub(cut).ToUint64())
}
