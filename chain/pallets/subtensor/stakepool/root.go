package stakepool

import (
	"cmp"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// rootStakeAdded counts as claimed what new root stake would otherwise claim of dividends from before it came.
func (p *Pools) rootStakeAdded(c *frame.Ctx, hotkey, coldkey bt.AccountID, alpha bt.Alpha) {
	for _, r := range p.Storage.RootClaimable.Get(c.State, hotkey) {
		p.mutateClaimed(c, r.A, hotkey, coldkey, func(claimed fixed.Uint128) fixed.Uint128 {
			return addSaturating128(claimed, claimOf(r.B, alpha))
		})
	}
}

// rootStakeRemoved takes that back, in proportion to what leaves.
func (p *Pools) rootStakeRemoved(c *frame.Ctx, hotkey, coldkey bt.AccountID, alpha bt.Alpha) {
	for _, r := range p.Storage.RootClaimable.Get(c.State, hotkey) {
		if r.A == Root {
			continue
		}
		p.mutateClaimed(c, r.A, hotkey, coldkey, func(claimed fixed.Uint128) fixed.Uint128 {
			left, ok := claimed.CheckedSub(claimOf(r.B, alpha))
			if !ok {
				return fixed.Uint128{}
			}
			return left
		})
	}
}

// claimOf is the claim of an amount of root stake at a rate.
func claimOf(rate fixed.I96F32, alpha bt.Alpha) fixed.Uint128 {
	return rate.Mul(fixed.I96F32FromUint(uint64(alpha))).ToUint128()
}

func (p *Pools) mutateClaimed(c *frame.Ctx, netuid bt.NetUID, hotkey, coldkey bt.AccountID, change func(fixed.Uint128) fixed.Uint128) {
	key := state.RootClaimedKey{NetUID: netuid, Hotkey: hotkey, Coldkey: coldkey}
	p.Storage.RootClaimed.Mutate(c.State, key, func(v *scale.Uint128) {
		changed := change(fixed.Uint128{Hi: v.Hi, Lo: v.Lo})
		*v = scale.Uint128{Hi: changed.Hi, Lo: changed.Lo}
	})
}

// MoveClaimable adds what stakers of a hotkey can claim on each subnet, per unit of root stake, to that of another hotkey.
func (p *Pools) MoveClaimable(c *frame.Ctx, old, to bt.AccountID) {
	rates := p.Storage.RootClaimable.Get(c.State, to)
	for _, r := range p.Storage.RootClaimable.Take(c.State, old) {
		at, found := slices.BinarySearchFunc(rates, r.A, func(e scale.Pair[bt.NetUID, fixed.I96F32], id bt.NetUID) int { return cmp.Compare(e.A, id) })
		if found {
			rates[at].B = rates[at].B.Add(r.B)
		} else {
			rates = slices.Insert(rates, at, r)
		}
	}
	p.Storage.RootClaimable.Set(c.State, to, rates)
}

// MoveClaimed adds what a holder has claimed on a subnet to that of another holder.
func (p *Pools) MoveClaimed(c *frame.Ctx, netuid bt.NetUID, from, to Holder) {
	moved := p.Storage.RootClaimed.Take(c.State, state.RootClaimedKey{NetUID: netuid, Hotkey: from.Hotkey, Coldkey: from.Coldkey})
	p.mutateClaimed(c, netuid, to.Hotkey, to.Coldkey, func(claimed fixed.Uint128) fixed.Uint128 {
		sum, ok := claimed.CheckedAdd(fixed.Uint128{Hi: moved.Hi, Lo: moved.Lo})
		if !ok {
			return fixed.MaxUint128
		}
		return sum
	})
}

// IndexColdkey numbers a coldkey that has root stake, for the automatic claims.
func (p *Pools) IndexColdkey(c *frame.Ctx, coldkey bt.AccountID) {
	if p.Storage.StakingColdkeys.Has(c.State, coldkey) {
		return
	}
	n := p.Storage.NumStakingColdkeys.Get(c.State)
	p.Storage.StakingColdkeysByIndex.Set(c.State, n, coldkey)
	p.Storage.StakingColdkeys.Set(c.State, coldkey, n)
	p.Storage.NumStakingColdkeys.Set(c.State, n+1)
}

// UnindexColdkey gives a coldkey's number to the last one.
func (p *Pools) UnindexColdkey(c *frame.Ctx, coldkey bt.AccountID) {
	at, ok := p.Storage.StakingColdkeys.TryGet(c.State, coldkey)
	if !ok {
		return
	}
	p.Storage.StakingColdkeys.Delete(c.State, coldkey)
	last := p.Storage.NumStakingColdkeys.Get(c.State)
	last -= min(last, 1)
	if moved, ok := p.Storage.StakingColdkeysByIndex.TryGet(c.State, last); ok && at != last {
		p.Storage.StakingColdkeysByIndex.Delete(c.State, last)
		p.Storage.StakingColdkeysByIndex.Set(c.State, at, moved)
		p.Storage.StakingColdkeys.Set(c.State, moved, at)
	} else {
		p.Storage.StakingColdkeysByIndex.Delete(c.State, at)
	}
	p.Storage.NumStakingColdkeys.Set(c.State, last)
}
