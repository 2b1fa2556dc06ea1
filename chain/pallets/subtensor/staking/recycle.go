package staking

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// Destroy is the arguments of recycle_alpha and burn_alpha.
type Destroy struct {
	Hotkey bt.AccountID
	Amount bt.Alpha
	NetUID bt.NetUID `name:"netuid"`
}

// AddStakeBurn is the call's arguments; the limit is rao per alpha.
type AddStakeBurn struct {
	Hotkey bt.AccountID
	NetUID bt.NetUID `name:"netuid"`
	Amount bt.Rao
	Limit  scale.Option[bt.Rao]
}

// RecycleAlpha destroys alpha that the signer has staked on a hotkey, so that it can be emitted again. More than there is means all.
func (r *Room) RecycleAlpha(c *frame.Ctx, a Destroy) error {
	coldkey, amount, err := r.takeAway(c, a)
	if err != nil {
		return err
	}
	r.Pools.RecycleAlpha(c, a.NetUID, amount)
	r.Event.AlphaRecycled.Emit(c, state.AlphaRecycled{Coldkey: coldkey, Hotkey: a.Hotkey, Amount: amount, NetUID: a.NetUID})
	return nil
}

// BurnAlpha puts alpha that the signer has staked on a hotkey out of reach; it still counts as out. More than there is means all.
func (r *Room) BurnAlpha(c *frame.Ctx, a Destroy) error {
	coldkey, amount, err := r.takeAway(c, a)
	if err != nil {
		return err
	}
	r.Pools.BurnAlpha(c, a.NetUID, amount)
	r.Event.AlphaBurned.Emit(c, state.AlphaBurned{Coldkey: coldkey, Hotkey: a.Hotkey, Amount: amount, NetUID: a.NetUID})
	return nil
}

// takeAway takes alpha from the signer's stake for good.
func (r *Room) takeAway(c *frame.Ctx, a Destroy) (coldkey bt.AccountID, amount bt.Alpha, err error) {
	if coldkey, err = c.Signer(); err != nil {
		return coldkey, 0, err
	}
	amount = min(a.Amount, r.Stake(c, a.Hotkey, coldkey, a.NetUID))
	switch {
	case !r.Exists(c, a.NetUID):
		err = r.Error.SubnetNotExists
	case a.NetUID == stakepool.Root:
		err = r.Error.CannotBurnOrRecycleOnRootSubnet
	case !r.Storage.SubtokenEnabled.Get(c.State, a.NetUID):
		err = r.Error.SubtokenDisabled
	case !r.HotkeyExists(c, a.Hotkey):
		err = r.Error.HotKeyAccountNotExists
	case amount > r.Storage.SubnetAlphaOut.Get(c.State, a.NetUID):
		err = r.Error.InsufficientLiquidity
	case amount > r.Unlocked(c, coldkey, a.NetUID):
		err = r.Error.StakeUnavailable
	default:
		r.TakeStake(c, a.Hotkey, coldkey, a.NetUID, amount)
	}
	return coldkey, amount, err
}

// AddStakeBurn buys alpha with the signer's TAO, up to a price if one is given, and burns it.
func (r *Room) AddStakeBurn(c *frame.Ctx, a AddStakeBurn) error {
	limit, limited := a.Limit.Get()
	if !limited {
		limit = bt.Rao(amm.MaxPrice)
	}
	alpha, err := r.add(c, AddStakeLimit{Hotkey: a.Hotkey, NetUID: a.NetUID, AmountStaked: a.Amount, LimitPrice: limit}, limited)
	if err != nil {
		return err
	}
	if err := r.BurnAlpha(c, Destroy{Hotkey: a.Hotkey, Amount: alpha, NetUID: a.NetUID}); err != nil {
		return err
	}
	r.Event.AddStakeBurn.Emit(c, state.AddStakeBurn{NetUID: a.NetUID, Hotkey: a.Hotkey, Amount: a.Amount, Alpha: alpha})
	return nil
}
