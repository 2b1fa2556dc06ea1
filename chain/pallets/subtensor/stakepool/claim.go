package stakepool

import (
	"slices"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// ClaimRoot gives a coldkey the alpha that its root stake has earned on all hotkeys, or sells it and stakes the TAO on root, as the coldkey chose. Only
// names the subnets to claim from; nil means all. Event RootClaimed. It returns what the work weighs. When a sale fails nothing is claimed, and the error is that
// of swap.Sell or PayOut.
func (p *Pools) ClaimRoot(c *frame.Ctx, coldkey bt.AccountID, only []bt.NetUID) (frame.Weight, error) {
	weight := frame.WeightOf(0, 0, 1, 0)
	err := c.Transaction(func() error {
		var sold bt.Rao
		for _, hotkey := range p.Storage.StakingHotkeys.Get(c.State, coldkey) {
			tao, w, err := p.claimHotkey(c, hotkey, coldkey, only)
			if err != nil {
				return err
			}
			sold, weight = addSaturating(sold, tao), weight.Add(w).Add(frame.WeightOf(0, 0, 1, 0))
		}
		p.Event.RootClaimed.Emit(c, state.RootClaimed{Coldkey: coldkey, Tao: sold})
		return nil
	})
	return weight, err
}

// ClaimRootOn is ClaimRoot of one hotkey, from all subnets.
func (p *Pools) ClaimRootOn(c *frame.Ctx, hotkey, coldkey bt.AccountID) (weight frame.Weight, err error) {
	err = c.Transaction(func() error {
		var sold bt.Rao
		if sold, weight, err = p.claimHotkey(c, hotkey, coldkey, nil); err != nil {
			return err
		}
		p.Event.RootClaimed.Emit(c, state.RootClaimed{Coldkey: coldkey, Tao: sold})
		return nil
	})
	return weight, err
}

// claimHotkey claims on one hotkey; it returns the TAO of sales, and what the work weighs.
func (p *Pools) claimHotkey(c *frame.Ctx, hotkey, coldkey bt.AccountID, only []bt.NetUID) (sold bt.Rao, weight frame.Weight, err error) {
	weight = frame.WeightOf(0, 0, 2, 0)
	choice := p.Storage.RootClaimType.Get(c.State, coldkey)
	for _, rate := range p.Storage.RootClaimable.Get(c.State, hotkey) {
		if only != nil && !slices.Contains(only, rate.A) {
			continue
		}
		tao, err := p.claimOn(c, hotkey, coldkey, rate.A, rate.B, sells(choice, rate.A))
		if err != nil {
			return 0, weight, err
		}
		sold, weight = addSaturating(sold, tao), weight.Add(frame.WeightOf(60_000_000, 6987, 7, 5))
	}
	return sold, weight, nil
}

// RaiseClaimable raises the rate at which root stakers of a hotkey may claim a subnet's alpha. An amount above the root stake is staked for
// the owner instead.
func (p *Pools) RaiseClaimable(c *frame.Ctx, hotkey bt.AccountID, id bt.NetUID, amount bt.Alpha) {
	total := p.HotkeyStake(c, hotkey, Root)
	if amount > total {
		p.AddStake(c, hotkey, p.OwnerOf(c, hotkey), id, amount)
		return
	}
	increment, ok := fixed.I96F32FromUint(uint64(amount)).CheckedDiv(fixed.I96F32FromUint(uint64(total)))
	if !ok {
		increment = fixed.I96F32{}
	}
	p.Storage.RootClaimable.Mutate(c.State, hotkey, func(rates *state.ClaimRates) {
		at, found := slices.BinarySearchFunc(*rates, id, func(q scale.Pair[bt.NetUID, fixed.I96F32], id bt.NetUID) int { return int(q.A) - int(id) })
		if !found {
			*rates = slices.Insert(*rates, at, scale.Pair[bt.NetUID, fixed.I96F32]{A: id})
		}
		(*rates)[at].B = (*rates)[at].B.Add(increment)
	})
}

// AutoClaimRoot claims for the few coldkeys that the hash of the block before picks.
func (p *Pools) AutoClaimRoot(c *frame.Ctx) {
	n, k := p.Storage.NumStakingColdkeys.Get(c.State), p.Storage.NumRootClaim.Get(c.State)
	for _, i := range emission.ClaimIndices(c.Env.Parent, k, n) {
		if coldkey, ok := p.Storage.StakingColdkeysByIndex.TryGet(c.State, i); ok {
			_, _ = p.ClaimRoot(c, coldkey, nil) // what fails changes nothing and is tried again when the coldkey's turn comes
		}
	}
}

func sells(choice state.RootClaimType, netuid bt.NetUID) bool {
	switch {
	case choice.Keep != nil:
		return false
	case choice.KeepSubnets != nil:
		return !slices.Contains(choice.KeepSubnets.Subnets, netuid)
	}
	return true
}

// claimOn claims what a coldkey's root stake on one hotkey has earned in one subnet, unless that is too little; it returns the TAO of a sale.
func (p *Pools) claimOn(c *frame.Ctx, hotkey, coldkey bt.AccountID, netuid bt.NetUID, rate fixed.I96F32, sell bool) (tao bt.Rao, err error) {
	key := state.RootClaimedKey{NetUID: netuid, Hotkey: hotkey, Coldkey: coldkey}
	claimed := p.Storage.RootClaimed.Get(c.State, key)
	earned := rate.Mul(fixed.I96F32FromUint(uint64(p.Stake(c, hotkey, coldkey, Root))))
	owed := earned.Sub(fixed.I96F32FromUint128(fixed.Uint128{Hi: claimed.Hi, Lo: claimed.Lo}))
	alpha := bt.Alpha(owed.ToUint64())
	if owed.Less(p.Storage.RootClaimableThreshold.Get(c.State, netuid)) || alpha == 0 {
		return 0, nil
	}
	if !sell {
		p.AddStake(c, hotkey, coldkey, netuid, alpha)
	} else if tao, err = p.sellIntoRoot(c, hotkey, coldkey, netuid, alpha); err != nil {
		return 0, err
	}
	p.mutateClaimed(c, netuid, hotkey, coldkey, func(claimed fixed.Uint128) fixed.Uint128 {
		return addSaturating128(claimed, fixed.Uint128From64(uint64(alpha)))
	})
	return tao, nil
}

// sellIntoRoot sells alpha that nobody holds yet and stakes the TAO on root.
func (p *Pools) sellIntoRoot(c *frame.Ctx, hotkey, coldkey bt.AccountID, netuid bt.NetUID, alpha bt.Alpha) (bt.Rao, error) {
	trade, err := p.SellAlpha(c, netuid, alpha, bt.Rao(amm.MinPrice), true)
	if err != nil {
		return 0, err
	}
	tao := bt.Rao(trade.Out)
	if err := p.PayOut(c, netuid, p.CustodyAccount(Root), tao); err != nil {
		return 0, err
	}
	s, st := c.State, &p.Storage
	st.SubnetRootSellTao.Mutate(s, netuid, func(total *bt.Rao) { *total = addSaturating(*total, tao) })
	p.NoteProtocolOutflow(c, netuid, tao)
	p.AddStake(c, hotkey, coldkey, Root, bt.Alpha(tao))
	st.SubnetTAO.Mutate(s, Root, func(total *bt.Rao) { *total = addSaturating(*total, tao) })
	st.SubnetAlphaOut.Mutate(s, Root, func(total *bt.Alpha) { *total = addSaturating(*total, bt.Alpha(tao)) })
	st.TotalStake.Mutate(s, func(total *bt.Rao) { *total = addSaturating(*total, tao) })
	p.rootStakeAdded(c, hotkey, coldkey, bt.Alpha(tao))
	return tao, nil
}

func addSaturating128(a, b fixed.Uint128) fixed.Uint128 {
	sum, ok := a.CheckedAdd(b)
	if !ok {
		return fixed.MaxUint128
	}
	return sum
}

// indexBatch is how many shares a block looks through for root stakers without a number.
const indexBatch = 30

// IndexRootStakers looks through the next few shares of either form and numbers the coldkeys that have some in root: root stake from before coldkeys were
// numbered is found so, in a round that begins anew when it is through.
func (p *Pools) IndexRootStakers(c *frame.Ctx) {
	indexBatchOf(p, c, &p.Storage.Alpha, &p.Storage.AlphaMapLastKey, func(k state.AlphaKey) (bt.AccountID, bt.NetUID) { return k.Coldkey, k.NetUID })
	indexBatchOf(p, c, &p.Storage.AlphaV2, &p.Storage.AlphaV2MapLastKey, func(k state.AlphaV2Key) (bt.AccountID, bt.NetUID) { return k.Coldkey, k.NetUID })
}

// indexBatchOf goes on behind the key where the block before stopped. A round ends with a batch that is not full.
func indexBatchOf[K, V any](
	p *Pools, c *frame.Ctx, shares *storage.NMap[K, V], last *storage.Value[scale.Option[[]byte]], of func(K) (bt.AccountID, bt.NetUID),
) {
	from, running := last.Get(c.State).Get()
	left, stopped := indexBatch, ""
	if !running {
		from = shares.Prefix()
	}
	for key, raw := range shares.KeysAfter(c.State, from) {
		if left == 0 {
			break
		}
		if coldkey, netuid := of(key); netuid == Root {
			p.IndexColdkey(c, coldkey)
		}
		stopped, left = raw, left-1
	}
	switch {
	case left == indexBatch && !running: // there are no shares at all
		return
	case left > 0:
		last.Set(c.State, scale.None[[]byte]())
	default:
		last.Set(c.State, scale.Some([]byte(stopped)))
	}
}
