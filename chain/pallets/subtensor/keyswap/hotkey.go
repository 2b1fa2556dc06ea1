// Package keyswap replaces keys: a hotkey by another of the same coldkey, in one subnet or all, and a coldkey by another after it was announced.
//
// It deliberately refuses no other calls of a coldkey whose swap is announced: that is the guard of package subtensor.
package keyswap

import (
	"bytes"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/children"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// Room runs the calls of this package.
type Room struct {
	*stakepool.Pools
	Subnets  *subnets.Room
	Children *children.Room
}

// SwapHotkey is the call's arguments; without a subnet all are meant.
type SwapHotkey struct {
	Hotkey    bt.AccountID
	NewHotkey bt.AccountID
	NetUID    scale.Option[bt.NetUID] `name:"netuid"`
}

// SwapHotkeyV2 is the call's arguments; with KeepStake the stake stays on the old hotkey.
type SwapHotkeyV2 struct {
	Hotkey    bt.AccountID
	NewHotkey bt.AccountID
	NetUID    scale.Option[bt.NetUID] `name:"netuid"`
	KeepStake bool
}

// swap is a hotkey on its way to another.
type swap struct {
	coldkey, old, to bt.AccountID
	keepStake        bool
	touched          *stakepool.Touched // what the call costs in the end goes by it
}

// SwapHotkey is SwapHotkeyV2 with the stake.
func (r *Room) SwapHotkey(c *frame.Ctx, a SwapHotkey) error {
	return r.SwapHotkeyV2(c, SwapHotkeyV2{Hotkey: a.Hotkey, NewHotkey: a.NewHotkey, NetUID: a.NetUID})
}

// SwapHotkeyV2 replaces one of the signer's hotkeys. The price is recycled. When it succeeds, the call weighs the rows that it has touched.
func (r *Room) SwapHotkeyV2(c *frame.Ctx, a SwapHotkeyV2) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	w, st, s := swap{coldkey: coldkey, old: a.Hotkey, to: a.NewHotkey, keepStake: a.KeepStake, touched: &stakepool.Touched{}}, &r.Storage, c.State
	netuid, one := a.NetUID.Get()
	if err := r.checkHotkeys(c, w, netuid, one); err != nil {
		return err
	}
	for _, clock := range []func(*bt.AccountID) state.RateLimitKey{lastTx, lastTake, lastChildTake} {
		st.LastRateLimitedBlock.Set(s, clock(&w.to), st.LastRateLimitedBlock.Get(s, clock(&w.old)))
	}
	w.touched.Add(7, 3)
	if one {
		err = r.swapInOne(c, w, netuid)
	} else {
		err = r.swapInAll(c, w)
	}
	if err == nil {
		c.Used(frame.WeightOf(0, 0, w.touched.Reads, w.touched.Writes))
	}
	return err
}

// The clocks of a key: its last transaction, change of take, change of childkey take.
func lastTx(k *bt.AccountID) state.RateLimitKey { return state.RateLimitKey{LastTxBlock: k} }
func lastTake(k *bt.AccountID) state.RateLimitKey {
	return state.RateLimitKey{LastTxBlockDelegateTake: k}
}
func lastChildTake(k *bt.AccountID) state.RateLimitKey {
	return state.RateLimitKey{LastTxBlockChildKeyTake: k}
}

func (r *Room) checkHotkeys(c *frame.Ctx, w swap, netuid bt.NetUID, one bool) error {
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	last, limit := st.LastRateLimitedBlock.Get(s, lastTx(&w.coldkey)), st.TxRateLimit.Get(s)
	switch {
	case !r.Owns(c, w.coldkey, w.old), r.HotkeyExists(c, w.to) && !r.Owns(c, w.coldkey, w.to):
		return r.Error.NonAssociatedColdKey
	case w.old == w.to:
		return r.Error.NewHotKeyIsSameWithOld
	case limit != 0 && last != 0 && now-min(last, now) <= limit:
		return r.Error.HotKeySetTxRateLimitExceeded
	case one && st.IsNetworkMember.Has(s, w.to, netuid), !one && r.isMember(c, w.to):
		return r.Error.HotKeyAlreadyRegisteredInSubNet
	case (!one || netuid == stakepool.Root) && !r.cleanOnRoot(c, w.to):
		return r.Error.NewHotKeyNotCleanForRootSwap
	}
	return nil
}

// isMember tells whether a hotkey has a uid anywhere.
func (r *Room) isMember(c *frame.Ctx, hotkey bt.AccountID) bool {
	for _, member := range r.Storage.IsNetworkMember.Of(c.State, hotkey) {
		if member {
			return true
		}
	}
	return false
}

// cleanOnRoot tells whether a hotkey has neither root stake nor anything to claim, so that another's can take its place.
func (r *Room) cleanOnRoot(c *frame.Ctx, hotkey bt.AccountID) bool {
	if len(r.Storage.RootClaimable.Get(c.State, hotkey)) > 0 || r.HotkeyStake(c, hotkey, stakepool.Root) != 0 {
		return false
	}
	for range r.Storage.RootClaimed.Of(c.State, state.RootClaimedKey{NetUID: stakepool.Root, Hotkey: hotkey}, 2) {
		return false
	}
	return true
}

// charge recycles the price of a swap of hotkeys.
func (r *Room) charge(c *frame.Ctx, w swap, price bt.Rao) error {
	if price > r.Spendable(c, w.coldkey) {
		return r.Error.NotEnoughBalanceToPaySwapHotKey
	}
	return r.RecycleTao(c, w.coldkey, price)
}

// own adds a hotkey to those of a coldkey.
func (r *Room) own(c *frame.Ctx, w swap) []bt.AccountID {
	owned := r.Storage.OwnedHotkeys.Get(c.State, w.coldkey)
	if !slices.Contains(owned, w.to) {
		owned = append(owned, w.to)
	}
	return owned
}

// swapInOne replaces a hotkey in one subnet; it stays a hotkey of its coldkey.
func (r *Room) swapInOne(c *frame.Ctx, w swap, netuid bt.NetUID) error {
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	switch {
	case !r.intervalPassed(c, w, netuid):
		return r.Error.HotKeySwapOnSubnetIntervalNotPassed
	case r.IsCustodyAccount(w.to):
		return r.Error.CannotUseSystemAccount
	}
	if err := r.charge(c, w, r.Constants.KeySwapOnSubnetCost.Get()); err != nil {
		return err
	}
	st.Owner.Set(s, w.to, w.coldkey)
	w.touched.Add(7, 2)
	if owned := r.own(c, w); len(owned) > len(st.OwnedHotkeys.Get(s, w.coldkey)) {
		st.OwnedHotkeys.Set(s, w.coldkey, owned)
		w.touched.Add(1, 1)
	}
	r.SwapHotkeyLocks(c, w.old, w.to, []bt.NetUID{netuid}, w.touched)
	if err := r.move(c, w, netuid); err != nil {
		return err
	}
	st.LastRateLimitedBlock.Set(s, lastTx(&w.coldkey), now)
	st.LastHotkeySwapOnNetuid.Set(s, netuid, w.coldkey, now)
	w.touched.Add(0, 2)
	r.Event.HotkeySwappedOnSubnet.Emit(c, state.HotkeySwappedOnSubnet{Coldkey: w.coldkey, OldHotkey: w.old, NewHotkey: w.to, NetUID: netuid})
	return nil
}

// intervalPassed tells whether the coldkey's last swap in a subnet is long enough ago.
func (r *Room) intervalPassed(c *frame.Ctx, w swap, netuid bt.NetUID) bool {
	next := r.Storage.LastHotkeySwapOnNetuid.Get(c.State, netuid, w.coldkey) + r.Constants.HotkeySwapOnSubnetInterval.Get()
	return next < stakepool.Now(c)
}

// swapInAll replaces a hotkey for good.
func (r *Room) swapInAll(c *frame.Ctx, w swap) error {
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	all := r.Pools.Subnets(c)
	var active []bt.NetUID // where the hotkey is a member or lends stake; being a child is not its own doing
	for _, netuid := range all {
		if !st.IsNetworkMember.Get(s, w.old, netuid) && len(st.ChildKeys.Get(s, w.old, netuid)) == 0 {
			continue
		}
		active = append(active, netuid)
		if st.LastHotkeySwapOnNetuid.Get(s, netuid, w.coldkey) != 0 && !r.intervalPassed(c, w, netuid) {
			return r.Error.HotKeySwapOnSubnetIntervalNotPassed
		}
	}
	if err := r.charge(c, w, r.Constants.KeySwapCost.Get()); err != nil {
		return err
	}
	stakers := r.stakers(c, w.old)
	rows, held := r.holdings(c, w.old)
	w.touched.Add(2*uint64(len(all))+1+uint64(len(active))+3+rows+2+3, 2+2+6+uint64(len(active))+1)
	r.SwapHotkeyLocks(c, w.old, w.to, all, w.touched)
	if r.IsCustodyAccount(w.to) {
		return r.Error.CannotUseSystemAccount
	}
	st.Owner.Delete(s, w.old)
	st.Owner.Set(s, w.to, w.coldkey)
	st.OwnedHotkeys.Set(s, w.coldkey, slices.DeleteFunc(r.own(c, w), func(k bt.AccountID) bool { return k == w.old }))
	for _, netuid := range all {
		if err := r.move(c, w, netuid); err != nil {
			return err
		}
	}
	for _, clock := range []func(*bt.AccountID) state.RateLimitKey{lastTx, lastTake, lastChildTake} {
		st.LastRateLimitedBlock.Delete(s, clock(&w.old))
	}
	if take, ok := st.Delegates.TryGet(s, w.old); ok {
		st.Delegates.Delete(s, w.old)
		st.Delegates.Set(s, w.to, take)
		w.touched.Add(2, 2)
	}
	if !w.keepStake {
		w.touched.Add(held, 0)
		for _, coldkey := range stakers {
			r.restake(c, w, coldkey)
		}
	}
	for _, netuid := range active {
		st.LastHotkeySwapOnNetuid.Set(s, netuid, w.coldkey, now)
	}
	st.LastRateLimitedBlock.Set(s, lastTx(&w.coldkey), now)
	r.Event.HotkeySwapped.Emit(c, state.HotkeySwapped{Coldkey: w.coldkey, OldHotkey: w.old, NewHotkey: w.to})
	return nil
}

// restake replaces the old hotkey among those that a coldkey stakes on.
func (r *Room) restake(c *frame.Ctx, w swap, coldkey bt.AccountID) {
	list := r.Storage.StakingHotkeys.Get(c.State, coldkey)
	if slices.Contains(list, w.old) {
		list = slices.DeleteFunc(list, func(k bt.AccountID) bool { return k == w.old || k == w.to })
		r.Storage.StakingHotkeys.Set(c.State, coldkey, append(list, w.to))
		w.touched.Add(0, 1)
	}
}

// holdings counts the rows of shares in a hotkey's stake, by coldkey and subnet, and those of them that are not empty.
func (r *Room) holdings(c *frame.Ctx, hotkey bt.AccountID) (rows, held uint64) {
	type place struct {
		coldkey bt.AccountID
		netuid  bt.NetUID
	}
	old := map[place]bool{} // whether it holds something
	for k, share := range r.Storage.Alpha.Of(c.State, state.AlphaKey{Hotkey: hotkey}, 1) {
		rows++
		if old[place{k.Coldkey, k.NetUID}] = share != (fixed.U64F64{}); share != (fixed.U64F64{}) {
			held++
		}
	}
	for k, share := range r.Storage.AlphaV2.Of(c.State, state.AlphaV2Key{Hotkey: hotkey}, 1) {
		switch holds, twice := old[place{k.Coldkey, k.NetUID}]; { // the newer row counts
		case !twice:
			rows++
		case holds:
			held--
		}
		if !share.IsZero() {
			held++
		}
	}
	return rows, held
}

// stakers lists the coldkeys with shares in a hotkey's stake, on any subnet or only on those given, in the order of their keys.
func (r *Room) stakers(c *frame.Ctx, hotkey bt.AccountID, only ...bt.NetUID) (out []bt.AccountID) {
	add := func(coldkey bt.AccountID, netuid bt.NetUID) {
		if len(only) == 0 || slices.Contains(only, netuid) {
			out = append(out, coldkey)
		}
	}
	for k := range r.Storage.Alpha.Of(c.State, state.AlphaKey{Hotkey: hotkey}, 1) {
		add(k.Coldkey, k.NetUID)
	}
	for k, share := range r.Storage.AlphaV2.Of(c.State, state.AlphaV2Key{Hotkey: hotkey}, 1) {
		if !share.IsZero() || len(only) > 0 {
			add(k.Coldkey, k.NetUID)
		}
	}
	slices.SortFunc(out, func(a, b bt.AccountID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(out)
}

// move carries all that a hotkey has on a subnet over to another.
func (r *Room) move(c *frame.Ctx, w swap, netuid bt.NetUID) error {
	st, s := &r.Storage, c.State
	member := st.IsNetworkMember.Get(s, w.old, netuid)
	st.IsNetworkMember.Delete(s, w.old, netuid)
	st.IsNetworkMember.Set(s, w.to, netuid, member)
	w.touched.Add(1, 2)
	if member {
		r.moveNeuron(c, w, netuid)
	}
	if st.ChildkeyTake.Has(s, w.old, netuid) {
		st.ChildkeyTake.Set(s, w.to, netuid, st.ChildkeyTake.Take(s, w.old, netuid))
		w.touched.Add(1, 2)
	}
	if err := r.Children.Swap(c, w.old, w.to, netuid, w.touched); err != nil {
		return err
	}
	if coldkeys, ok := st.AutoStakeDestinationColdkeys.TryGet(s, w.old, netuid); ok {
		for _, coldkey := range coldkeys {
			st.AutoStakeDestination.Set(s, coldkey, netuid, w.to)
		}
		st.AutoStakeDestinationColdkeys.Delete(s, w.old, netuid)
		st.AutoStakeDestinationColdkeys.Set(s, w.to, netuid, coldkeys)
	}
	if owner, ok := st.SubnetOwnerHotkey.TryGet(s, netuid); ok {
		w.touched.Add(1, 0)
		if owner == w.old {
			if err := r.Subnets.SetOwnerHotkey(c, netuid, w.to); err != nil {
				return err
			}
			w.touched.Add(0, 1)
		}
	}
	if !w.keepStake {
		r.moveStake(c, w, netuid)
	}
	return nil
}

// moveNeuron carries a uid over, and what its neuron said.
func (r *Room) moveNeuron(c *frame.Ctx, w swap, netuid bt.NetUID) {
	st, s := &r.Storage, c.State
	if uid, ok := st.Uids.TryGet(s, netuid, w.old); ok {
		st.Uids.Delete(s, netuid, w.old)
		st.Uids.Set(s, netuid, w.to, uid)
		st.Keys.Set(s, netuid, uid, w.to)
		w.touched.Add(1, 3)
	}
	moveRow(c, &st.Prometheus, netuid, w)
	moveRow(c, &st.Axons, netuid, w)
	for _, index := range r.Subnets.Indices(c, netuid) {
		moveRow(c, &st.WeightCommits, index, w)
	}
	if list, ok := st.LoadedEmission.TryGet(s, netuid); ok {
		for i := range list {
			if list[i].A == w.old {
				list[i].A = w.to
			}
		}
		st.LoadedEmission.Set(s, netuid, list)
		w.touched.Add(1, 2)
	}
	moveRow(c, &st.NeuronCertificates, netuid, w)
}

// moveRow carries a row under the old hotkey over to the new one.
func moveRow[H1, H2 storage.Hasher, K, V any](c *frame.Ctx, m *storage.DoubleMap[H1, K, H2, bt.AccountID, V], at K, w swap) {
	if v, ok := m.TryGet(c.State, at, w.old); ok {
		m.Delete(c.State, at, w.old)
		m.Set(c.State, at, w.to, v)
		w.touched.Add(1, 2)
	}
}

// moveStake carries over what is staked on a hotkey in a subnet, with what came of it.
func (r *Room) moveStake(c *frame.Ctx, w swap, netuid bt.NetUID) {
	st, s := &r.Storage, c.State
	old := st.TotalHotkeyAlphaLastEpoch.Take(s, w.old, netuid)
	st.TotalHotkeyAlphaLastEpoch.Set(s, w.to, netuid, addSaturating(old, st.TotalHotkeyAlphaLastEpoch.Get(s, w.to, netuid)))
	old = st.AlphaDividendsPerSubnet.Take(s, netuid, w.old)
	st.AlphaDividendsPerSubnet.Set(s, netuid, w.to, addSaturating(old, st.AlphaDividendsPerSubnet.Get(s, netuid, w.to)))
	if power := st.VotingPower.Take(s, netuid, w.old); power > 0 {
		st.VotingPower.Set(s, netuid, w.to, addSaturating(power, st.VotingPower.Get(s, netuid, w.to)))
	}
	n := r.rows(c, w.old)
	w.touched.Add(6+n, 6+n)
	for _, coldkey := range r.stakers(c, w.old, netuid) {
		w.touched.Add(3, 2)
		alpha := r.Stake(c, w.old, coldkey, netuid)
		r.TakeStake(c, w.old, coldkey, netuid, alpha)
		r.AddStake(c, w.to, coldkey, netuid, alpha)
		if list := st.StakingHotkeys.Get(s, coldkey); slices.Contains(list, w.old) && !slices.Contains(list, w.to) {
			st.StakingHotkeys.Set(s, coldkey, append(list, w.to))
			w.touched.Add(0, 1)
		}
	}
	if netuid == stakepool.Root {
		r.moveClaims(c, w)
	}
}

// rows counts the rows of shares in a hotkey's stake, old and new.
func (r *Room) rows(c *frame.Ctx, hotkey bt.AccountID) (n uint64) {
	for range r.Storage.Alpha.Of(c.State, state.AlphaKey{Hotkey: hotkey}, 1) {
		n++
	}
	for range r.Storage.AlphaV2.Of(c.State, state.AlphaV2Key{Hotkey: hotkey}, 1) {
		n++
	}
	return n
}

// moveClaims carries over what root stakers of a hotkey can claim on all subnets.
func (r *Room) moveClaims(c *frame.Ctx, w swap) {
	st, s := &r.Storage, c.State
	r.MoveClaimable(c, w.old, w.to)
	w.touched.Add(3, 2)
	for _, rate := range st.RootClaimable.Get(s, w.to) {
		for key := range st.RootClaimed.Of(s, state.RootClaimedKey{NetUID: rate.A, Hotkey: w.old}, 2) {
			r.MoveClaimed(c, rate.A, stakepool.Holder{Coldkey: key.Coldkey, Hotkey: w.old}, stakepool.Holder{Coldkey: key.Coldkey, Hotkey: w.to})
			w.touched.Add(3, 2)
		}
	}
	if st.AutoParentDelegationEnabled.Has(s, w.old) {
		st.AutoParentDelegationEnabled.Set(s, w.to, st.AutoParentDelegationEnabled.Take(s, w.old))
		w.touched.Add(1, 2)
	}
}

func addSaturating[T ~uint64](a, b T) T {
	if sum := a + b; sum >= a {
		return sum
	}
	return 1<<64 - 1
}
