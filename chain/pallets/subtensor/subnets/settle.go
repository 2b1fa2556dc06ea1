package subnets

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/fixed"
)

// claim is what somebody holds of a dissolving subnet's alpha, and what is paid for it. The protocol's part is not paid out.
type claim struct {
	stakepool.Holder
	alpha     uint64
	protocol  bool
	share     uint64
	remainder fixed.Uint128
}

// settle pays a dissolving subnet's TAO to those who hold its alpha, in proportion to its value, gives an owner of the first days the lock back, destroys what is
// left, and removes all alpha.
func (r *Room) settle(c *frame.Ctx, netuid bt.NetUID) {
	st, s := &r.Storage, c.State
	registered, locked := st.NetworkRegisteredAt.Get(s, netuid), st.SubnetLocked.Get(s, netuid)
	refund := bt.Rao(0)
	if registered < st.NetworkRegistrationStartBlock.Get(s) {
		refund = locked - min(locked, r.ownerEmissionWorth(c, netuid))
	}
	protocol := st.SubnetProtocolAlpha.Get(s, netuid)
	if r.PaysTao(c, netuid) { // no pool: all TAO beside the lock belongs to stakers
		protocol, refund = 0, 0
		if r.Rules.Storage.LockReturned.Get(s) {
			refund = locked
		}
	} else if registered > st.TaoInRefundDeploymentBlock.Get(s) {
		protocol = addSaturating(protocol, st.SubnetAlphaIn.Get(s, netuid))
	}
	hotkeys, holders, claims := r.claims(c, netuid)
	if protocol > 0 {
		claims = append(claims, claim{alpha: uint64(protocol), protocol: true})
	}

	pot := st.SubnetTAO.Get(s, netuid)
	if pot > 0 {
		st.SubnetTAO.Delete(s, netuid)
		st.TotalStake.Mutate(s, func(total *bt.Rao) { *total -= min(*total, pot) })
	}
	share(claims, uint64(pot))
	kept := bt.Rao(0)
	for _, cl := range claims {
		switch {
		case cl.protocol:
			kept = bt.Rao(cl.share)
		case cl.share > 0:
			_ = r.PayOut(c, netuid, cl.Coldkey, bt.Rao(cl.share)) // what cannot be paid is destroyed below
		}
	}

	for _, h := range holders {
		key := state.AlphaKey{Hotkey: h.Hotkey, Coldkey: h.Coldkey, NetUID: netuid}
		st.Alpha.Delete(s, key)
		st.AlphaV2.Delete(s, state.AlphaV2Key(key))
	}
	for _, hotkey := range hotkeys {
		st.TotalHotkeyAlpha.Delete(s, hotkey, netuid)
		st.TotalHotkeyShares.Delete(s, hotkey, netuid)
		st.TotalHotkeySharesV2.Delete(s, hotkey, netuid)
	}
	st.TotalAlphaStaked.Delete(s, netuid)
	st.SubnetAlphaIn.Delete(s, netuid)
	st.SubnetAlphaOut.Delete(s, netuid)
	st.SubnetProtocolAlpha.Delete(s, netuid)
	st.SubnetLocked.Set(s, netuid, 0)

	custody := r.CustodyAccount(netuid)
	if refund > 0 {
		balance := r.Spendable(c, custody)
		_ = r.Transfer(c, custody, st.SubnetOwner.Get(s, netuid), min(refund, balance-min(balance, kept)))
	}
	left := r.Money.Reducible(c, custody, balances.Preserve)
	if r.RecycleTao(c, custody, left) == nil {
		st.RAORecycledForRegistration.Set(s, netuid, left)
	}
	r.ClearLocks(c, netuid)
}

// ownerEmissionWorth is what the owner's cut of all alpha ever emitted is worth now.
func (r *Room) ownerEmissionWorth(c *frame.Ctx, netuid bt.NetUID) bt.Rao {
	emitted := addSaturating(r.Storage.SubnetAlphaIn.Get(c.State, netuid), r.Storage.SubnetAlphaOut.Get(c.State, netuid))
	cut := emission.OwnerCut(r.Storage.SubnetOwnerCut.Get(c.State))
	alpha := fixed.U96F32FromUint(uint64(emitted)).Mul(cut).ToUint64()
	return bt.Rao(fixed.U96F32FromUint(alpha).Mul(r.Swap.Price(c, netuid).ToU96F32()).ToUint64())
}

// claims lists the hotkeys with stake on a subnet, who holds shares in them, and what those are worth.
func (r *Room) claims(c *frame.Ctx, netuid bt.NetUID) (hotkeys []bt.AccountID, holders []stakepool.Holder, claims []claim) {
	for key := range r.Storage.TotalHotkeyAlpha.All(c.State) {
		if key.B == netuid {
			hotkeys = append(hotkeys, key.A)
		}
	}
	for _, hotkey := range hotkeys {
		for _, coldkey := range r.holders(c, hotkey, netuid) {
			h := stakepool.Holder{Coldkey: coldkey, Hotkey: hotkey}
			holders = append(holders, h)
			value := uint64(r.Stake(c, hotkey, coldkey, netuid))
			if value == 0 {
				value = r.ShareOf(c, hotkey, coldkey, netuid).Uint64()
			}
			if value > 0 {
				claims = append(claims, claim{Holder: h, alpha: value})
			}
		}
	}
	return hotkeys, holders, claims
}

// holders lists the coldkeys with shares in a hotkey's pool, by their bytes.
func (r *Room) holders(c *frame.Ctx, hotkey bt.AccountID, netuid bt.NetUID) []bt.AccountID {
	var out []bt.AccountID
	for key := range r.Storage.Alpha.Of(c.State, state.AlphaKey{Hotkey: hotkey}, 1) {
		if key.NetUID == netuid {
			out = append(out, key.Coldkey)
		}
	}
	for key := range r.Storage.AlphaV2.Of(c.State, state.AlphaV2Key{Hotkey: hotkey}, 1) {
		if key.NetUID == netuid {
			out = append(out, key.Coldkey)
		}
	}
	slices.SortFunc(out, func(a, b bt.AccountID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(out)
}

// share divides a pot by the alpha of claims: each gets its part rounded down, and what is left goes by ones to those with the largest remainders, the earlier first.
func share(claims []claim, pot uint64) {
	var total fixed.Uint128
	for _, cl := range claims {
		total = total.Add(fixed.Uint128From64(cl.alpha))
	}
	if pot == 0 || total.IsZero() {
		return
	}
	left := pot
	for i := range claims {
		_, product := fixed.Uint128From64(pot).Mul(fixed.Uint128From64(claims[i].alpha))
		var part fixed.Uint128
		part, claims[i].remainder = product.QuoRem(total)
		claims[i].share = part.Lo
		left -= part.Lo
	}
	if left == 0 {
		return
	}
	slices.SortStableFunc(claims, func(a, b claim) int { return cmp.Compare(b.remainder.Cmp(a.remainder), 0) })
	for i := range min(left, uint64(len(claims))) {
		claims[i].share++
	}
}
