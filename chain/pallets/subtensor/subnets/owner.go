package subnets

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
)

// ownedFor is how many blocks a subnet belongs to who registered it: a year.
const ownedFor = 365*7200 + 1800

// OwnerByConviction gives a subnet to the owner of its most convicted hotkey, once it is a year old and a tenth of its alpha stands behind some hotkey. The
// hotkey gets a uid if it has none. Event SubnetOwnerChanged.
func (r *Room) OwnerByConviction(c *frame.Ctx, netuid bt.NetUID) {
	st, s := &r.Storage, c.State
	out := st.SubnetAlphaOut.Get(s, netuid)
	if out == 0 || stakepool.Now(c) < addSaturating(st.NetworkRegisteredAt.Get(s, netuid), ownedFor) {
		return
	}
	if r.TotalConviction(c, netuid).Mul(fixed.U64F64FromUint(10)).Less(fixed.U64F64FromUint(uint64(out))) {
		return
	}
	king, ok := r.MostConvicted(c, netuid)
	if !ok {
		return
	}
	before, owner := st.SubnetOwner.Get(s, netuid), r.OwnerOf(c, king)
	if owner.IsZero() || owner == before || !r.Seated(c, netuid, king) {
		return
	}
	r.CrownLocks(c, netuid, st.SubnetOwnerHotkey.Get(s, netuid), king)
	st.SubnetOwner.Set(s, netuid, owner)
	st.SubnetOwnerHotkey.Set(s, netuid, king)
	r.Event.SubnetOwnerChanged.Emit(c, state.SubnetOwnerChanged{NetUID: netuid, OldColdkey: before, NewColdkey: owner})
}

// PayLease hands on what a leased subnet's owner was paid: the contributors' part waits until the block of distribution, and goes to them and the beneficiary
// then. It is rounded up in favour of the contributors. What cannot be handed on waits further. Event SubnetLeaseDividendsDistributed.
func (r *Room) PayLease(c *frame.Ctx, netuid bt.NetUID, cut bt.Alpha) {
	st, s := &r.Storage, c.State
	id, leased := st.SubnetUidToLeaseId.TryGet(s, netuid)
	lease, ok := st.SubnetLeases.TryGet(s, id)
	if end, set := lease.EndBlock.Get(); !leased || !ok || set && end <= c.Env.Number {
		return
	}
	part := uint64(lease.EmissionsShare)
	now := uint64(cut)/100*part + (uint64(cut)%100*part+99)/100
	waiting := addSaturating(st.AccumulatedLeaseDividends.Get(s, id), bt.Alpha(now))
	st.AccumulatedLeaseDividends.Set(s, id, waiting)
	every := r.Constants.LeaseDividendsDistributionInterval.Get()
	if every == 0 || c.Env.Number%every != 0 {
		return
	}
	_ = c.Transaction(func() error { // when it fails the dividends wait
		left := waiting
		for contributor, share := range st.SubnetLeaseShares.Of(s, id) {
			alpha := bt.Alpha(share.Mul(fixed.U64F64FromUint(uint64(waiting))).Ceil().ToUint64())
			if err := r.payLessor(c, id, &lease, contributor, alpha); err != nil {
				return err
			}
			left -= min(left, alpha)
		}
		if err := r.payLessor(c, id, &lease, lease.Beneficiary, left); err != nil {
			return err
		}
		st.AccumulatedLeaseDividends.Set(s, id, 0)
		return nil
	})
}

func (r *Room) payLessor(c *frame.Ctx, id uint32, lease *state.SubnetLease, to bt.AccountID, alpha bt.Alpha) error {
	from, holder := stakepool.Holder{Coldkey: lease.Coldkey, Hotkey: lease.Hotkey}, stakepool.Holder{Coldkey: to, Hotkey: lease.Hotkey}
	if _, err := r.MoveWithin(c, from, holder, lease.NetUID, alpha); err != nil {
		return err
	}
	r.Event.SubnetLeaseDividendsDistributed.Emit(c, state.SubnetLeaseDividendsDistributed{LeaseId: id, Contributor: to, Alpha: alpha})
	return nil
}
