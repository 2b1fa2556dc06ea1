// Package staking runs the calls by which coldkeys put TAO on hotkeys, take it back and move it about, and the settings around that: takes, the hotkey on which
// rewards are staked automatically, who owns a hotkey.
//
// It deliberately moves nothing by itself: what happens to TAO, alpha and shares is package stakepool's.
package staking

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/scale"
)

// Room runs the calls of this package.
type Room struct{ *stakepool.Pools }

// AddStake is the call's arguments.
type AddStake struct {
	Hotkey       bt.AccountID
	NetUID       bt.NetUID `name:"netuid"`
	AmountStaked bt.Rao
}

// AddStakeLimit is the call's arguments; the limit is rao per alpha.
type AddStakeLimit struct {
	Hotkey       bt.AccountID
	NetUID       bt.NetUID `name:"netuid"`
	AmountStaked bt.Rao
	LimitPrice   bt.Rao
	AllowPartial bool
}

// RemoveStake is the call's arguments.
type RemoveStake struct {
	Hotkey         bt.AccountID
	NetUID         bt.NetUID `name:"netuid"`
	AmountUnstaked bt.Alpha
}

// RemoveStakeLimit is the call's arguments; the limit is rao per alpha.
type RemoveStakeLimit struct {
	Hotkey         bt.AccountID
	NetUID         bt.NetUID `name:"netuid"`
	AmountUnstaked bt.Alpha
	LimitPrice     bt.Rao
	AllowPartial   bool
}

// RemoveStakeFullLimit is the call's arguments.
type RemoveStakeFullLimit struct {
	Hotkey     bt.AccountID
	NetUID     bt.NetUID `name:"netuid"`
	LimitPrice scale.Option[bt.Rao]
}

// UnstakeAll is the arguments of unstake_all and unstake_all_alpha.
type UnstakeAll struct{ Hotkey bt.AccountID }

// AddStake buys alpha of a subnet with the signer's TAO and stakes it on a hotkey.
func (r *Room) AddStake(c *frame.Ctx, a AddStake) error {
	_, err := r.add(c, AddStakeLimit{Hotkey: a.Hotkey, NetUID: a.NetUID, AmountStaked: a.AmountStaked, LimitPrice: bt.Rao(amm.MaxPrice)}, false)
	return err
}

// AddStakeLimit is AddStake up to a price; without AllowPartial it is done wholly or not at all.
func (r *Room) AddStakeLimit(c *frame.Ctx, a AddStakeLimit) error {
	_, err := r.add(c, a, true)
	return err
}

// add returns the alpha that was bought. Only a purchase with a limit makes the hotkey of a stranger a delegate.
func (r *Room) add(c *frame.Ctx, a AddStakeLimit, limited bool) (bt.Alpha, error) {
	coldkey, err := c.Signer()
	if err != nil {
		return 0, err
	}
	if err := r.checkBuySize(c, a.NetUID, a.AmountStaked); err != nil {
		return 0, err
	}
	amount := a.AmountStaked
	if limited {
		most, err := r.Swap.MaxBuy(c, a.NetUID, a.LimitPrice)
		if err != nil {
			return 0, err
		}
		amount = min(amount, most)
	}
	if err := r.checkAddAny(c, a.NetUID, a.AmountStaked); err != nil {
		return 0, err
	}
	if amount < a.AmountStaked && !a.AllowPartial {
		return 0, r.Error.SlippageTooHigh
	}
	if err := r.checkAddAmount(c, coldkey, a.Hotkey, a.NetUID, amount); err != nil {
		return 0, err
	}
	if limited && r.OwnerOf(c, a.Hotkey) != coldkey {
		r.BecomeDelegate(c, a.Hotkey)
	}
	return r.StakeInto(c, a.Hotkey, coldkey, a.NetUID, amount, a.LimitPrice, false)
}

// checkBuySize refuses what no pool can take: more than 1000 times its TAO.
func (r *Room) checkBuySize(c *frame.Ctx, netuid bt.NetUID, amount bt.Rao) error {
	pool := r.Swap.Pool(c, netuid)
	if netuid != stakepool.Root && pool.Mechanism == amm.Dynamic && uint64(amount) > thousandfold(pool.Tao) {
		return r.Error.InsufficientLiquidity
	}
	return nil
}

// checkSellSize is the same of alpha.
func (r *Room) checkSellSize(c *frame.Ctx, netuid bt.NetUID, amount bt.Alpha) error {
	pool := r.Swap.Pool(c, netuid)
	if netuid != stakepool.Root && pool.Mechanism == amm.Dynamic && uint64(amount) > thousandfold(pool.Alpha) {
		return r.Error.InsufficientLiquidity
	}
	return nil
}

func thousandfold(v uint64) uint64 {
	if v > (1<<64-1)/amm.MaxInputMultiple {
		return 1<<64 - 1
	}
	return v * amm.MaxInputMultiple
}

// checkAddAny is what does not depend on the signer: the subnet is open, and the amount covers the least stake with its fee.
func (r *Room) checkAddAny(c *frame.Ctx, netuid bt.NetUID, amount bt.Rao) error {
	if !r.Exists(c, netuid) {
		return r.Error.SubnetNotExists
	}
	if !r.Storage.SubtokenEnabled.Get(c.State, netuid) {
		return r.Error.SubtokenDisabled
	}
	least := r.Constants.InitialMinStake.Get()
	fee := r.Swap.Fee(c, netuid, uint64(least))
	if s, err := r.Swap.SimBuy(c, netuid, least); err == nil {
		fee = s.Fee
	}
	if amount < least+bt.Rao(fee) {
		return r.Error.AmountTooLow
	}
	return nil
}

// checkAddAmount is the rest: the signer can pay, the hotkey exists, and the pool gives stake for it.
func (r *Room) checkAddAmount(c *frame.Ctx, coldkey, hotkey bt.AccountID, netuid bt.NetUID, amount bt.Rao) error {
	if amount > r.Spendable(c, coldkey) {
		return r.Error.NotEnoughBalanceToStake
	}
	if !r.HotkeyExists(c, hotkey) {
		return r.Error.HotKeyAccountNotExists
	}
	s, err := r.Swap.SimBuy(c, netuid, amount)
	switch {
	case err != nil:
		return r.Error.InsufficientLiquidity
	case bt.Rao(s.In) < r.Constants.InitialMinStake.Get():
		return r.Error.AmountTooLow
	case s.Out == 0 || !r.CanAddStake(c, hotkey, netuid, bt.Alpha(s.Out)):
		return r.Error.InsufficientLiquidity
	}
	return nil
}

// RemoveStake sells alpha that the signer has staked on a hotkey. More than there is means all.
func (r *Room) RemoveStake(c *frame.Ctx, a RemoveStake) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if !r.Storage.SubtokenEnabled.Get(c.State, a.NetUID) {
		return r.Error.SubtokenDisabled
	}
	amount := min(a.AmountUnstaked, r.Stake(c, a.Hotkey, coldkey, a.NetUID))
	if err := r.checkSellSize(c, a.NetUID, amount); err != nil {
		return err
	}
	if err := r.checkRemove(c, coldkey, a.Hotkey, a.NetUID, amount, amount, false); err != nil {
		return err
	}
	return r.unstake(c, coldkey, a.Hotkey, a.NetUID, amount, bt.Rao(amm.MinPrice))
}

// RemoveStakeLimit is RemoveStake down to a price; without AllowPartial it is done wholly or not at all.
func (r *Room) RemoveStakeLimit(c *frame.Ctx, a RemoveStakeLimit) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.checkSellSize(c, a.NetUID, a.AmountUnstaked); err != nil {
		return err
	}
	most, err := r.Swap.MaxSell(c, a.NetUID, a.LimitPrice)
	if err != nil {
		return err
	}
	if err := r.checkRemove(c, coldkey, a.Hotkey, a.NetUID, a.AmountUnstaked, most, a.AllowPartial); err != nil {
		return err
	}
	return r.unstake(c, coldkey, a.Hotkey, a.NetUID, min(a.AmountUnstaked, most), a.LimitPrice)
}

// RemoveStakeFullLimit removes all, down to a price if one is given.
func (r *Room) RemoveStakeFullLimit(c *frame.Ctx, a RemoveStakeFullLimit) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	all := r.Stake(c, a.Hotkey, coldkey, a.NetUID)
	if limit, ok := a.LimitPrice.Get(); ok {
		return r.RemoveStakeLimit(c, RemoveStakeLimit{Hotkey: a.Hotkey, NetUID: a.NetUID, AmountUnstaked: all, LimitPrice: limit})
	}
	return r.RemoveStake(c, RemoveStake{Hotkey: a.Hotkey, NetUID: a.NetUID, AmountUnstaked: all})
}

// unstake sells for the signer, clears what is left when it is too little, and drops childkeys that wait for a hotkey whose stake no longer suffices.
func (r *Room) unstake(c *frame.Ctx, coldkey, hotkey bt.AccountID, netuid bt.NetUID, amount bt.Alpha, limit bt.Rao) error {
	if _, err := r.UnstakeFrom(c, hotkey, coldkey, coldkey, netuid, amount, limit, false); err != nil {
		return err
	}
	r.ClearSmallNomination(c, hotkey, coldkey, netuid)
	if uint64(r.HotkeyWorth(c, hotkey)) < r.Storage.StakeThreshold.Get(c.State) {
		for _, netuid := range r.Subnets(c) {
			r.Storage.PendingChildKeys.Delete(c.State, netuid, hotkey)
		}
	}
	return nil
}

func (r *Room) checkRemove(c *frame.Ctx, coldkey, hotkey bt.AccountID, netuid bt.NetUID, amount, most bt.Alpha, partial bool) error {
	if !r.Exists(c, netuid) {
		return r.Error.SubnetNotExists
	}
	if amount == 0 {
		return r.Error.AmountTooLow
	}
	stake := r.Stake(c, hotkey, coldkey, netuid)
	if stake < amount {
		return r.Error.NotEnoughStakeToWithdraw
	}
	s, err := r.Swap.SimSell(c, netuid, amount)
	switch {
	case err != nil:
		return r.Error.InsufficientLiquidity
	case stake != amount && bt.Rao(s.Out) < r.Constants.InitialMinStake.Get():
		return r.Error.AmountTooLow
	case !partial && amount > most:
		return r.Error.SlippageTooHigh
	case !r.HotkeyExists(c, hotkey):
		return r.Error.HotKeyAccountNotExists
	case amount > r.Unlocked(c, coldkey, netuid):
		return r.Error.StakeUnavailable
	}
	return nil
}

// UnstakeAll sells what the signer has staked on a hotkey on every started subnet where it can be sold.
func (r *Room) UnstakeAll(c *frame.Ctx, a UnstakeAll) error {
	_, err := r.unstakeAll(c, a.Hotkey, false)
	return err
}

// UnstakeAllAlpha does the same on all subnets but root, and stakes the TAO on root.
func (r *Room) UnstakeAllAlpha(c *frame.Ctx, a UnstakeAll) error {
	tao, err := r.unstakeAll(c, a.Hotkey, true)
	if err != nil {
		return err
	}
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	_, err = r.StakeInto(c, a.Hotkey, coldkey, stakepool.Root, tao, bt.Rao(amm.MaxPrice), false)
	return err
}

func (r *Room) unstakeAll(c *frame.Ctx, hotkey bt.AccountID, notRoot bool) (total bt.Rao, err error) {
	coldkey, err := c.Signer()
	if err != nil {
		return 0, err
	}
	if !r.HotkeyExists(c, hotkey) {
		return 0, r.Error.HotKeyAccountNotExists
	}
	for _, netuid := range r.Subnets(c) {
		if !r.Storage.SubtokenEnabled.Get(c.State, netuid) || notRoot && netuid == stakepool.Root {
			continue
		}
		stake := r.Stake(c, hotkey, coldkey, netuid)
		if r.checkRemove(c, coldkey, hotkey, netuid, stake, stake, false) != nil {
			continue
		}
		tao, err := r.UnstakeFrom(c, hotkey, coldkey, coldkey, netuid, stake, bt.Rao(amm.MinPrice), false)
		if err != nil {
			return 0, err
		}
		if total += tao; total < tao {
			total = 1<<64 - 1
		}
		r.ClearSmallNomination(c, hotkey, coldkey, netuid)
	}
	return total, nil
}
