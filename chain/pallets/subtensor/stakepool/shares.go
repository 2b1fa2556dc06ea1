package stakepool

import (
	"github.com/myelin-go/myelin/amm/sharepool"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// shares is the storage of a hotkey's share pool on a subnet. Shares of the older form are read where they still are, and written in the newer one.
type shares struct {
	p      *Pools
	c      *frame.Ctx
	hotkey bt.AccountID
	netuid bt.NetUID
}

func (p *Pools) pool(c *frame.Ctx, hotkey bt.AccountID, netuid bt.NetUID) sharepool.Pool[bt.AccountID] {
	return sharepool.Pool[bt.AccountID]{Store: shares{p, c, hotkey, netuid}}
}

func (s shares) SharedValue() uint64 {
	return uint64(s.p.Storage.TotalHotkeyAlpha.Get(s.c.State, s.hotkey, s.netuid))
}

func (s shares) SetSharedValue(v uint64) {
	if s.p.Settings.CountStaked {
		before := bt.Alpha(s.SharedValue())
		s.p.Storage.TotalAlphaStaked.Mutate(s.c.State, s.netuid, func(total *bt.Alpha) { *total = addSaturating(*total-min(*total, before), bt.Alpha(v)) })
	}
	if v == 0 {
		s.p.Storage.TotalHotkeyAlpha.Delete(s.c.State, s.hotkey, s.netuid)
		return
	}
	s.p.Storage.TotalHotkeyAlpha.Set(s.c.State, s.hotkey, s.netuid, bt.Alpha(v))
}

func (s shares) Denominator() sharepool.SafeFloat {
	if old, ok := s.p.Storage.TotalHotkeyShares.TryGet(s.c.State, s.hotkey, s.netuid); ok {
		return sharepool.FromU64F64(old)
	}
	return s.p.Storage.TotalHotkeySharesV2.Get(s.c.State, s.hotkey, s.netuid)
}

func (s shares) SetDenominator(d sharepool.SafeFloat) {
	if s.p.Storage.TotalHotkeyShares.Has(s.c.State, s.hotkey, s.netuid) {
		s.p.Storage.TotalHotkeyShares.Delete(s.c.State, s.hotkey, s.netuid)
	}
	if d.IsZero() {
		s.p.Storage.TotalHotkeySharesV2.Delete(s.c.State, s.hotkey, s.netuid)
		return
	}
	s.p.Storage.TotalHotkeySharesV2.Set(s.c.State, s.hotkey, s.netuid, d)
}

func (s shares) Share(coldkey bt.AccountID) sharepool.SafeFloat {
	if old, ok := s.p.Storage.Alpha.TryGet(s.c.State, state.AlphaKey{Hotkey: s.hotkey, Coldkey: coldkey, NetUID: s.netuid}); ok {
		return sharepool.FromU64F64(old)
	}
	return s.p.Storage.AlphaV2.Get(s.c.State, state.AlphaV2Key{Hotkey: s.hotkey, Coldkey: coldkey, NetUID: s.netuid})
}

func (s shares) SetShare(coldkey bt.AccountID, share sharepool.SafeFloat) {
	old := state.AlphaKey{Hotkey: s.hotkey, Coldkey: coldkey, NetUID: s.netuid}
	if s.p.Storage.Alpha.Has(s.c.State, old) {
		s.p.Storage.Alpha.Delete(s.c.State, old)
	}
	if key := state.AlphaV2Key(old); share.IsZero() {
		s.p.Storage.AlphaV2.Delete(s.c.State, key)
	} else {
		s.p.Storage.AlphaV2.Set(s.c.State, key, share)
	}
}

// Stake is what a coldkey has staked on a hotkey in a subnet.
func (p *Pools) Stake(c *frame.Ctx, hotkey, coldkey bt.AccountID, netuid bt.NetUID) bt.Alpha {
	return bt.Alpha(p.pool(c, hotkey, netuid).Value(coldkey))
}

// ShareOf is a coldkey's share in a hotkey's pool on a subnet.
func (p *Pools) ShareOf(c *frame.Ctx, hotkey, coldkey bt.AccountID, netuid bt.NetUID) sharepool.SafeFloat {
	return shares{p, c, hotkey, netuid}.Share(coldkey)
}

// HotkeyStake is what all coldkeys have staked on a hotkey in a subnet.
func (p *Pools) HotkeyStake(c *frame.Ctx, hotkey bt.AccountID, netuid bt.NetUID) bt.Alpha {
	return p.Storage.TotalHotkeyAlpha.Get(c.State, hotkey, netuid)
}

// ColdkeyStake is what a coldkey has staked on all its hotkeys in a subnet.
func (p *Pools) ColdkeyStake(c *frame.Ctx, coldkey bt.AccountID, netuid bt.NetUID) (total bt.Alpha) {
	for _, hotkey := range p.Storage.StakingHotkeys.Get(c.State, coldkey) {
		total = addSaturating(total, p.Stake(c, hotkey, coldkey, netuid))
	}
	return total
}

// AddStake gives alpha to a coldkey's stake on a hotkey.
func (p *Pools) AddStake(c *frame.Ctx, hotkey, coldkey bt.AccountID, netuid bt.NetUID, amount bt.Alpha) {
	if amount != 0 {
		p.noteStaking(c, coldkey, hotkey)
	}
	p.pool(c, hotkey, netuid).AddToOne(coldkey, int64(amount))
}

// AddDividends gives alpha to all who stake on a hotkey, in proportion.
func (p *Pools) AddDividends(c *frame.Ctx, hotkey bt.AccountID, netuid bt.NetUID, amount bt.Alpha) {
	p.pool(c, hotkey, netuid).AddToAll(int64(amount))
}

// CanAddStake tells whether an amount is worth any shares in a hotkey's pool.
func (p *Pools) CanAddStake(c *frame.Ctx, hotkey bt.AccountID, netuid bt.NetUID, amount bt.Alpha) bool {
	return p.pool(c, hotkey, netuid).Moves(int64(amount))
}

// TakeStake takes alpha from a coldkey's stake on a hotkey, if it has as much; it changes nothing otherwise.
func (p *Pools) TakeStake(c *frame.Ctx, hotkey, coldkey bt.AccountID, netuid bt.NetUID, amount bt.Alpha) {
	old := state.AlphaKey{Hotkey: hotkey, Coldkey: coldkey, NetUID: netuid}
	if !p.Storage.Alpha.Has(c.State, old) && !p.Storage.AlphaV2.Has(c.State, state.AlphaV2Key(old)) {
		return
	}
	if pool := p.pool(c, hotkey, netuid); pool.Value(coldkey) >= uint64(amount) {
		pool.AddToOne(coldkey, -int64(amount))
	}
}
