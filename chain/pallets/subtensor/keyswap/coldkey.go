package keyswap

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// AnnounceColdkeySwap is the call's arguments: blake2b-256 of the new coldkey.
type AnnounceColdkeySwap struct{ NewColdkeyHash bt.Hash }

// SwapColdkeyAnnounced is the call's arguments.
type SwapColdkeyAnnounced struct{ NewColdkey bt.AccountID }

// DisputeColdkeySwap is the call's arguments.
type DisputeColdkeySwap struct{}

// ClearColdkeySwap is the arguments of clear_coldkey_swap_announcement.
type ClearColdkeySwap struct{}

// ResetColdkeySwap is the call's arguments.
type ResetColdkeySwap struct{ Coldkey bt.AccountID }

// SwapColdkey is the call's arguments; the cost is in rao.
type SwapColdkey struct {
	OldColdkey bt.AccountID
	NewColdkey bt.AccountID
	SwapCost   bt.Rao
}

// Announce says to which coldkey the signer will go. The first time it costs what a swap costs; another announcement may follow only some time after the
// swap could have been made.
func (r *Room) Announce(c *frame.Ctx, a AnnounceColdkeySwap) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	st, s, now := &r.Storage, c.State, c.Env.Number
	if last, ok := st.ColdkeySwapAnnouncements.TryGet(s, who); ok {
		if now < after(last.A, st.ColdkeySwapReannouncementDelay.Get(s)) {
			return r.Error.ColdkeySwapReannouncedTooEarly
		}
	} else if r.RecycleTao(c, who, r.Constants.KeySwapCost.Get()) != nil {
		return r.Error.NotEnoughBalanceToPaySwapColdKey
	}
	st.ColdkeySwapAnnouncements.Set(s, who, scale.Pair[uint32, bt.Hash]{A: after(now, st.ColdkeySwapAnnouncementDelay.Get(s)), B: a.NewColdkeyHash})
	r.Event.ColdkeySwapAnnounced.Emit(c, state.ColdkeySwapAnnounced{Who: who, NewColdkeyHash: a.NewColdkeyHash})
	return nil
}

// after adds blocks, up to the last one there can be.
func after(block, delay uint32) uint32 {
	if sum := block + delay; sum >= block {
		return sum
	}
	return 1<<32 - 1
}

// SwapAnnounced makes the announced swap.
func (r *Room) SwapAnnounced(c *frame.Ctx, a SwapColdkeyAnnounced) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	announced, ok := r.Storage.ColdkeySwapAnnouncements.TryGet(c.State, who)
	switch {
	case !ok:
		return r.Error.ColdkeySwapAnnouncementNotFound
	case announced.B != bt.Hash(hash.Blake256(a.NewColdkey[:])):
		return r.Error.AnnouncedColdkeyHashDoesNotMatch
	case c.Env.Number < announced.A:
		return r.Error.ColdkeySwapTooEarly
	}
	r.Storage.ColdkeySwapAnnouncements.Delete(c.State, who)
	return r.swapColdkey(c, who, a.NewColdkey)
}

// Dispute stops the signer's announced swap, and all else it does, until root decides.
func (r *Room) Dispute(c *frame.Ctx, _ DisputeColdkeySwap) error {
	who, err := c.Signer()
	switch {
	case err != nil:
		return err
	case !r.Storage.ColdkeySwapAnnouncements.Has(c.State, who):
		return r.Error.ColdkeySwapAnnouncementNotFound
	case r.Storage.ColdkeySwapDisputes.Has(c.State, who):
		return r.Error.ColdkeySwapAlreadyDisputed
	}
	r.Storage.ColdkeySwapDisputes.Set(c.State, who, c.Env.Number)
	r.Event.ColdkeySwapDisputed.Emit(c, state.ColdkeySwapDisputed{Coldkey: who})
	return nil
}

// Clear takes the signer's announcement back, some time after the swap could have been made.
func (r *Room) Clear(c *frame.Ctx, _ ClearColdkeySwap) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	announced, ok := r.Storage.ColdkeySwapAnnouncements.TryGet(c.State, who)
	if !ok {
		return r.Error.ColdkeySwapAnnouncementNotFound
	}
	if c.Env.Number < after(announced.A, r.Storage.ColdkeySwapReannouncementDelay.Get(c.State)) {
		return r.Error.ColdkeySwapClearTooEarly
	}
	r.Storage.ColdkeySwapAnnouncements.Delete(c.State, who)
	r.Event.ColdkeySwapCleared.Emit(c, state.ColdkeySwapCleared{Who: who})
	return nil
}

// Reset forgets a coldkey's announcement and its dispute; root only.
func (r *Room) Reset(c *frame.Ctx, a ResetColdkeySwap) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	r.forget(c, a.Coldkey)
	r.Event.ColdkeySwapReset.Emit(c, state.ColdkeySwapReset{Who: a.Coldkey})
	return nil
}

func (r *Room) forget(c *frame.Ctx, coldkey bt.AccountID) {
	r.Storage.ColdkeySwapAnnouncements.Delete(c.State, coldkey)
	r.Storage.ColdkeySwapDisputes.Delete(c.State, coldkey)
}

// SwapColdkey makes a swap that nobody announced, for a price if root says so; root only.
func (r *Room) SwapColdkey(c *frame.Ctx, a SwapColdkey) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	if a.SwapCost != 0 && r.RecycleTao(c, a.OldColdkey, a.SwapCost) != nil {
		return r.Error.NotEnoughBalanceToPaySwapColdKey
	}
	if err := r.swapColdkey(c, a.OldColdkey, a.NewColdkey); err != nil {
		return err
	}
	r.forget(c, a.OldColdkey)
	return nil
}

// swapColdkey carries all that a coldkey has over to another: identity, subnets, stake, hotkeys, locks and balance. It fails with ColdKeyAlreadyAssociated,
// NewColdKeyIsHotkey, or as SwapColdkeyLocks and Transfer do. Event ColdkeySwapped.
func (r *Room) swapColdkey(c *frame.Ctx, old, to bt.AccountID) error {
	st, s := &r.Storage, c.State
	if len(st.StakingHotkeys.Get(s, to)) > 0 {
		return r.Error.ColdKeyAlreadyAssociated
	}
	if r.HotkeyExists(c, to) {
		return r.Error.NewColdKeyIsHotkey
	}
	if identity, ok := st.IdentitiesV2.TryGet(s, old); ok && !st.IdentitiesV2.Has(s, to) {
		st.IdentitiesV2.Delete(s, old)
		st.IdentitiesV2.Set(s, to, identity)
	}
	r.AcceptLocked(c, to, true) // its own choice comes with the locks
	for _, netuid := range r.Pools.Subnets(c) {
		if st.SubnetOwner.Get(s, netuid) == old {
			st.SubnetOwner.Set(s, netuid, to)
		}
		r.moveAutoStake(c, netuid, old, to)
		r.moveColdkeyStake(c, netuid, old, to)
	}
	staking := st.StakingHotkeys.Take(s, old)
	st.StakingHotkeys.Set(s, to, joined(st.StakingHotkeys.Get(s, to), staking))
	if err := r.moveHotkeys(c, old, to); err != nil {
		return err
	}
	if err := r.SwapColdkeyLocks(c, old, to); err != nil {
		return err
	}
	if all := r.Spendable(c, old); all > 0 {
		if err := r.Transfer(c, old, to, all); err != nil {
			return err
		}
	}
	st.LastRateLimitedBlock.Set(s, lastTx(&to), stakepool.Now(c))
	r.Event.ColdkeySwapped.Emit(c, state.ColdkeySwapped{OldColdkey: old, NewColdkey: to})
	return nil
}

// joined is a list with what is missing of another at its end.
func joined(list, more []bt.AccountID) []bt.AccountID {
	for _, key := range more {
		if !slices.Contains(list, key) {
			list = append(list, key)
		}
	}
	return list
}

func (r *Room) moveHotkeys(c *frame.Ctx, old, to bt.AccountID) error {
	st, s := &r.Storage, c.State
	owned := st.OwnedHotkeys.Take(s, old)
	for _, hotkey := range owned {
		if r.IsCustodyAccount(hotkey) {
			return r.Error.CannotUseSystemAccount
		}
		st.Owner.Set(s, hotkey, to)
	}
	st.OwnedHotkeys.Set(s, to, joined(st.OwnedHotkeys.Get(s, to), owned))
	return nil
}

func (r *Room) moveAutoStake(c *frame.Ctx, netuid bt.NetUID, old, to bt.AccountID) {
	st, s := &r.Storage, c.State
	hotkey, ok := st.AutoStakeDestination.TryGet(s, old, netuid)
	if !ok {
		return
	}
	st.AutoStakeDestination.Delete(s, old, netuid)
	st.AutoStakeDestination.Set(s, to, netuid, hotkey)
	st.AutoStakeDestinationColdkeys.Mutate(s, hotkey, netuid, func(list *[]bt.AccountID) {
		*list = append(slices.DeleteFunc(*list, func(k bt.AccountID) bool { return k == old || k == to }), to)
	})
}

func (r *Room) moveColdkeyStake(c *frame.Ctx, netuid bt.NetUID, old, to bt.AccountID) {
	for _, hotkey := range r.Storage.StakingHotkeys.Get(c.State, old) {
		alpha := r.Stake(c, hotkey, old, netuid)
		r.TakeStake(c, hotkey, old, netuid, alpha)
		r.AddStake(c, hotkey, to, netuid, alpha)
		if r.Stake(c, hotkey, to, netuid) == 0 {
			continue
		}
		r.MoveClaimed(c, netuid, stakepool.Holder{Coldkey: old, Hotkey: hotkey}, stakepool.Holder{Coldkey: to, Hotkey: hotkey})
		if netuid == stakepool.Root {
			r.IndexColdkey(c, to)
		}
	}
	if netuid == stakepool.Root {
		r.UnindexColdkey(c, old)
	}
}
