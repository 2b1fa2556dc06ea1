package stakepool

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
)

// StakeInto pays a coldkey's TAO into a subnet, buys alpha with it and stakes that on a hotkey. It returns the alpha. The fee goes to the block's author, or is
// burned where there is none. Event StakeAdded. It fails with InsufficientTaoBalance, AmountTooLow, InsufficientLiquidity or an error of swap.Buy.
func (p *Pools) StakeInto(c *frame.Ctx, hotkey, coldkey bt.AccountID, netuid bt.NetUID, tao, limit bt.Rao, noFee bool) (bt.Alpha, error) {
	tao, err := p.PayIn(c, netuid, coldkey, tao)
	if err != nil {
		return 0, err
	}
	s, err := p.BuyAlpha(c, netuid, tao, limit, noFee)
	if err != nil {
		return 0, err
	}
	alpha, fee := bt.Alpha(s.Out), bt.Rao(s.Fee)
	if alpha == 0 {
		return 0, p.Error.AmountTooLow
	}
	if !p.CanAddStake(c, hotkey, netuid, alpha) {
		return 0, p.Error.InsufficientLiquidity
	}
	p.AddStake(c, hotkey, coldkey, netuid, alpha)
	if author := c.Env.Author; !author.IsZero() {
		if err := p.PayOut(c, netuid, author, fee); err != nil {
			return 0, err
		}
	} else if from, err := p.custody(c, netuid); err == nil {
		_ = p.BurnTao(c, from, fee) // a fee that cannot be burned stays in custody, as upstream leaves it
	}
	p.NoteInflow(c, netuid, bt.Rao(s.In))
	p.settleLock(c, coldkey, netuid)
	p.Storage.LastColdkeyHotkeyStakeBlock.Set(c.State, coldkey, hotkey, Now(c))
	if netuid == Root {
		p.rootStakeAdded(c, hotkey, coldkey, alpha)
		p.IndexColdkey(c, coldkey)
	}
	p.Event.StakeAdded.Emit(c, state.StakeAdded{
		Coldkey: coldkey, Hotkey: hotkey, Tao: tao, Alpha: alpha, NetUID: netuid, Fee: s.Fee,
	})
	return alpha, nil
}

// UnstakeFrom takes alpha from a coldkey's stake on a hotkey, sells it and pays the TAO to a beneficiary. It returns the TAO. What a limit leaves unsold goes back to
// the stake. The fee is sold too, without another fee, for the block's author; where there is none it is burned. Event StakeRemoved. Errors are
// those of swap.Sell and PayOut.
func (p *Pools) UnstakeFrom(c *frame.Ctx, hotkey, coldkey, beneficiary bt.AccountID, netuid bt.NetUID, alpha bt.Alpha, limit bt.Rao, noFee bool) (bt.Rao, error) {
	p.TakeStake(c, hotkey, coldkey, netuid, alpha)
	s, err := p.SellAlpha(c, netuid, alpha, limit, noFee)
	if err != nil {
		return 0, err
	}
	if used := bt.Alpha(s.Paid()); used < alpha {
		p.AddStake(c, hotkey, coldkey, netuid, alpha-used)
	}
	tao := bt.Rao(s.Out)
	if err := p.PayOut(c, netuid, beneficiary, tao); err != nil {
		return 0, err
	}
	outflow := tao
	if author := c.Env.Author; !author.IsZero() {
		f, err := p.SellAlpha(c, netuid, bt.Alpha(s.Fee), bt.Rao(amm.MinPrice), true)
		if err != nil {
			return 0, err
		}
		if err := p.PayOut(c, netuid, author, bt.Rao(f.Out)); err != nil {
			return 0, err
		}
		outflow = addSaturating(outflow, bt.Rao(f.Out))
	} else {
		p.BurnAlpha(c, netuid, bt.Alpha(s.Fee))
	}
	if netuid == Root {
		p.rootStakeRemoved(c, hotkey, coldkey, alpha)
		if p.ColdkeyStake(c, coldkey, Root) == 0 {
			p.UnindexColdkey(c, coldkey)
		}
	}
	p.NoteOutflow(c, netuid, outflow)
	p.settleLock(c, coldkey, netuid)
	p.Storage.LastColdkeyHotkeyStakeBlock.Set(c.State, coldkey, hotkey, Now(c))
	p.Event.StakeRemoved.Emit(c, state.StakeRemoved{
		Coldkey: coldkey, Hotkey: hotkey, Tao: tao, Alpha: bt.Alpha(s.In), NetUID: netuid, Fee: s.Fee,
	})
	return tao, nil
}

// Holder is one coldkey's stake on one hotkey.
type Holder struct{ Coldkey, Hotkey bt.AccountID }

// MoveWithin moves alpha from one holder to another in the same subnet, without a trade, and returns its worth. Locked alpha takes its lock along. Events
// StakeRemoved and StakeAdded. It fails with AmountTooLow below the least stake, LockHotkeyMismatch or AccountRejectsLockedAlpha.
func (p *Pools) MoveWithin(c *frame.Ctx, from, to Holder, netuid bt.NetUID, alpha bt.Alpha) (bt.Rao, error) {
	if err := p.transferLock(c, from.Coldkey, to.Coldkey, netuid, alpha); err != nil {
		return 0, err
	}
	p.TakeStake(c, from.Hotkey, from.Coldkey, netuid, alpha)
	if netuid == Root {
		p.rootStakeRemoved(c, from.Hotkey, from.Coldkey, alpha)
	}
	p.AddStake(c, to.Hotkey, to.Coldkey, netuid, alpha)
	if netuid == Root {
		p.rootStakeAdded(c, to.Hotkey, to.Coldkey, alpha)
	}
	worth := bt.Rao(p.Worth(c, netuid, alpha).ToUint64())
	if worth < p.Constants.InitialMinStake.Get() {
		return 0, p.Error.AmountTooLow
	}
	p.Storage.LastColdkeyHotkeyStakeBlock.Set(c.State, to.Coldkey, to.Hotkey, Now(c))
	p.Event.StakeRemoved.Emit(c, state.StakeRemoved{Coldkey: from.Coldkey, Hotkey: from.Hotkey, Tao: worth, Alpha: alpha, NetUID: netuid})
	p.Event.StakeAdded.Emit(c, state.StakeAdded{Coldkey: to.Coldkey, Hotkey: to.Hotkey, Tao: worth, Alpha: alpha, NetUID: netuid})
	return worth, nil
}

// NominatorMinimum is the least stake that a coldkey may keep on a hotkey of somebody else, in rao.
func (p *Pools) NominatorMinimum(c *frame.Ctx) uint64 {
	const whole = 1_000_000
	least := fixed.Uint128From64(uint64(p.Constants.InitialMinStake.Get()))
	product, _ := least.CheckedMul(fixed.Uint128From64(p.Storage.NominatorMinRequiredStake.Get(c.State)))
	if product.Hi != 0 {
		product = fixed.Uint128From64(1<<64 - 1)
	}
	return product.Lo / whole
}

// ClearSmallNomination unstakes everything that a coldkey has on somebody else's hotkey when it is worth less than the least nomination. What cannot be sold
// is lost.
func (p *Pools) ClearSmallNomination(c *frame.Ctx, hotkey, coldkey bt.AccountID, netuid bt.NetUID) {
	if p.Owns(c, coldkey, hotkey) {
		return
	}
	stake := p.Stake(c, hotkey, coldkey, netuid)
	least := fixed.U64F64FromUint(p.NominatorMinimum(c)).SafeDiv(p.Swap.Price(c, netuid)).ToUint64()
	if stake == 0 || uint64(stake) >= least {
		return
	}
	if _, err := p.UnstakeFrom(c, hotkey, coldkey, coldkey, netuid, stake, bt.Rao(amm.MinPrice), false); err != nil {
		p.TakeStake(c, hotkey, coldkey, netuid, p.Stake(c, hotkey, coldkey, netuid))
	}
	p.forceReduceLock(c, coldkey, netuid, stake)
}

// ClearSmallNominations is ClearSmallNomination for all stake there is, in the order of hotkeys, coldkeys and subnets.
func (p *Pools) ClearSmallNominations(c *frame.Ctx) {
	var keys []state.AlphaKey
	for key := range p.Storage.Alpha.Of(c.State, state.AlphaKey{}, 0) {
		keys = append(keys, key)
	}
	for key := range p.Storage.AlphaV2.Of(c.State, state.AlphaV2Key{}, 0) {
		keys = append(keys, state.AlphaKey(key))
	}
	slices.SortFunc(keys, func(a, b state.AlphaKey) int {
		return cmp.Or(bytes.Compare(a.Hotkey[:], b.Hotkey[:]), bytes.Compare(a.Coldkey[:], b.Coldkey[:]), cmp.Compare(a.NetUID, b.NetUID))
	})
	for _, key := range slices.Compact(keys) {
		p.ClearSmallNomination(c, key.Hotkey, key.Coldkey, key.NetUID)
	}
}
