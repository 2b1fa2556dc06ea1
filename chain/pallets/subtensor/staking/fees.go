package staking

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
)

// AlphaFees pays the fees of calls that take stake away from that stake, when the payer's TAO does not suffice. It is the fallback of package payment.
type AlphaFees struct{ *Room }

// stakeOn is the stake from which a call's fee can be paid.
type stakeOn struct {
	hotkey bt.AccountID
	netuid bt.NetUID
}

// source finds the stake that a call takes away; ok is false for other calls, and for those that act on several subnets.
func (f AlphaFees) source(c *frame.Ctx, payer bt.AccountID, call frame.RuntimeCall) (from stakeOn, ok bool) {
	switch a := call.Args.(type) {
	case *RemoveStake:
		return stakeOn{a.Hotkey, a.NetUID}, true
	case *RemoveStakeLimit:
		return stakeOn{a.Hotkey, a.NetUID}, true
	case *RemoveStakeFullLimit:
		return stakeOn{a.Hotkey, a.NetUID}, true
	case *UnstakeAll: // also unstake_all_alpha, which counts root too
		return f.onlyStake(c, payer, a.Hotkey)
	case *MoveStake:
		return stakeOn{a.OriginHotkey, a.OriginNetUID}, true
	case *MoveStakeLimit:
		return stakeOn{a.OriginHotkey, a.OriginNetUID}, true
	case *TransferStake:
		return stakeOn{a.Hotkey, a.OriginNetUID}, true
	case *TransferStakeAndHotkey:
		return stakeOn{a.OriginHotkey, a.OriginNetUID}, true
	case *SwapStake:
		return stakeOn{a.Hotkey, a.OriginNetUID}, true
	case *SwapStakeLimit:
		return stakeOn{a.Hotkey, a.OriginNetUID}, true
	case *Destroy:
		return stakeOn{a.Hotkey, a.NetUID}, true
	}
	return stakeOn{}, false
}

// onlyStake is a coldkey's stake on a hotkey if it has some on one started subnet and no other.
func (f AlphaFees) onlyStake(c *frame.Ctx, coldkey, hotkey bt.AccountID) (only stakeOn, ok bool) {
	for _, netuid := range f.Subnets(c) {
		if !f.Storage.SubtokenEnabled.Get(c.State, netuid) || f.Stake(c, hotkey, coldkey, netuid) == 0 {
			continue
		}
		if ok {
			return stakeOn{}, false
		}
		only, ok = stakeOn{hotkey, netuid}, true
	}
	return only, ok
}

// price is a fee in alpha, without slippage: 0 where alpha has no price.
func (f AlphaFees) price(c *frame.Ctx, netuid bt.NetUID, fee bt.Rao) bt.Alpha {
	if f.Storage.SubnetMechanism.Get(c.State, netuid) != amm.Dynamic {
		return bt.Alpha(fee)
	}
	return bt.Alpha(fixed.U64F64FromUint(uint64(fee)).SafeDiv(f.Swap.Price(c, netuid)).ToUint64())
}

// CanPay tells whether the stake is worth the fee now.
func (f AlphaFees) CanPay(c *frame.Ctx, payer bt.AccountID, call frame.RuntimeCall, fee bt.Rao) bool {
	from, ok := f.source(c, payer, call)
	return ok && f.Stake(c, from.hotkey, payer, from.netuid) >= f.price(c, from.netuid, fee)
}

// Pay sells as much of the stake as the fee is worth, all of it at most, for the block's author; nothing where there is none. There is no fee on the sale, and
// no refund. Told emits TransactionFeePaidWithAlpha.
func (f AlphaFees) Pay(c *frame.Ctx, payer bt.AccountID, call frame.RuntimeCall, fee bt.Rao) (told func(c *frame.Ctx), ok bool) {
	from, ok := f.source(c, payer, call)
	if !ok {
		return nil, false
	}
	paid := state.TransactionFeePaidWithAlpha{Who: payer}
	if author := c.Env.Author; !author.IsZero() {
		stake := f.Stake(c, from.hotkey, payer, from.netuid)
		alpha := min(stake, f.price(c, from.netuid, fee))
		if alpha == 0 {
			alpha = stake
		}
		err := c.Transaction(func() (err error) {
			paid.TaoAmount, err = f.UnstakeFrom(c, from.hotkey, payer, author, from.netuid, alpha, 0, true)
			return err
		})
		if err != nil {
			return nil, false
		}
		paid.NetUID, paid.AlphaFee = from.netuid, alpha
	}
	return func(c *frame.Ctx) { f.Event.TransactionFeePaidWithAlpha.Emit(c, paid) }, true
}
