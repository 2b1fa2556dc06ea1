package subtensor

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/serving"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
)

// Calls that a coldkey may still make between announcing its swap and swapping: those about the swap itself, and encrypted ones, which are judged when they
// are opened.
var duringSwap = map[[2]uint8]bool{
	{Index, 125}: true, // announce_coldkey_swap
	{Index, 126}: true, // swap_coldkey_announced
	{Index, 127}: true, // dispute_coldkey_swap
	{Index, 133}: true, // clear_coldkey_swap_announcement
	{30, 1}:      true, // MevShield.submit_encrypted
}

// Guard refuses a call before it is dispatched, also inside batches and proxies. Root is not asked. It has the form of the runtime's guards.
func (p *Pallet) Guard(c *frame.Ctx, call frame.RuntimeCall) error {
	who, ok := c.Origin.Account()
	if !ok {
		return nil
	}
	if err := p.checkColdkeySwap(c, who, call); err != nil {
		return err
	}
	return p.checkCall(c, who, call)
}

// checkCall refuses a call of SubtensorModule for what it asks.
func (p *Pallet) checkCall(c *frame.Ctx, who bt.AccountID, call frame.RuntimeCall) error {
	if call.Pallet != Index {
		return nil
	}
	switch a := call.Args.(type) {
	case *subnets.RegisterNetwork:
		if !p.Subnets.MayRegister(c) {
			return p.Error.NetworkTxRateLimitExceeded
		}
	case *staking.SetTake:
		if a.Take < p.Storage.MinDelegateTake.Get(c.State) {
			return p.Error.DelegateTakeTooLow
		}
		if a.Take > p.Storage.MaxDelegateTake.Get(c.State) {
			return p.Error.DelegateTakeTooHigh
		}
		return p.Staking.CheckTake(c, who, a.Hotkey)
	case *serving.ServeAxon:
		return p.Serving.CheckAxon(c, who, *a)
	case *serving.ServeAxonTLS:
		return p.Serving.CheckAxon(c, who, a.Axon())
	case *serving.ServePrometheus:
		return p.Serving.CheckPrometheus(c, who, *a)
	case *serving.AssociateEvmKey:
		return p.Serving.CheckEvmKey(c, who, a.NetUID)
	}
	return p.Weights.Check(c, who, call.Args)
}

func (p *Pallet) checkColdkeySwap(c *frame.Ctx, who bt.AccountID, call frame.RuntimeCall) error {
	switch {
	case !p.Storage.ColdkeySwapAnnouncements.Has(c.State, who):
		return nil
	case p.Storage.ColdkeySwapDisputes.Has(c.State, who):
		return p.Error.ColdkeySwapDisputed
	case duringSwap[[2]uint8{call.Pallet, call.Index}]:
		return nil
	}
	return p.Error.ColdkeySwapAnnounced
}

// Judge is Guard for the transaction pool, and a check of proofs of work: it tells under which code a call is refused, or nil.
func (p *Pallet) Judge(c *frame.Ctx, call frame.RuntimeCall) *uint8 {
	who, ok := c.Origin.Account()
	if !ok {
		return nil
	}
	var err error
	if !p.Pools.Rules.Spring2026 {
		err = p.Guard(c, call)
	} else if _, take := call.Args.(*staking.SetTake); !take {
		err = p.checkCall(c, who, call)
	}
	if err == nil && call.Pallet == Index {
		err = p.Registration.CheckWork(c, who, call.Args)
	}
	if err == nil {
		return nil
	}
	code := p.ValidityCode(err)
	return &code
}

// Lifetime tells how many blocks a transaction with proof of work stays valid and by which tag the pool knows the same work again; ok is false for others.
func (p *Pallet) Lifetime(c *frame.Ctx, call frame.RuntimeCall) (blocks uint64, tag []byte, ok bool) {
	if call.Pallet != Index {
		return 0, nil, false
	}
	return p.Registration.Lifetime(c, call.Args)
}

// Free tells whether a call costs nothing although it is declared to pay.
func (p *Pallet) Free(c *frame.Ctx, call frame.RuntimeCall) bool {
	return call.Pallet == Index && p.Registration.Free(c, call.Args)
}

// badRequest is the code of errors without one of their own.
const badRequest = 255

// ValidityCode is the custom code of an invalid transaction, as clients know them, that stands for an error.
func (p *Pallet) ValidityCode(err error) uint8 {
	e := &p.Error
	for code, errs := range [][]frame.Error{
		0:  {e.ColdkeySwapAnnounced},
		1:  {e.AmountTooLow, e.NotEnoughStakeToSetWeights},
		2:  {e.NotEnoughBalanceToStake},
		3:  {e.SubnetNotExists},
		4:  {e.HotKeyAccountNotExists},
		5:  {e.NotEnoughStakeToWithdraw},
		6:  {e.CommittingWeightsTooFast, e.SettingWeightsTooFast, e.NetworkTxRateLimitExceeded},
		7:  {e.InsufficientLiquidity},
		8:  {e.SlippageTooHigh},
		9:  {e.TransferDisallowed},
		10: {e.HotKeyNotRegisteredInNetwork},
		11: {e.InvalidIpAddress},
		12: {e.ServingRateLimitExceeded},
		13: {e.InvalidPort},
		15: {e.InvalidRevealRound},
		16: {e.NoWeightsCommitFound},
		17: {e.RevealTooEarly},
		18: {e.InputLengthsUnequal},
		19: {e.HotKeyNotRegisteredInSubNet},
		20: {e.EvmKeyAssociateRateLimitExceeded},
		21: {e.ColdkeySwapDisputed},
		25: {e.NonAssociatedColdKey},
		26: {e.DelegateTakeTooLow},
		27: {e.DelegateTakeTooHigh},
	} {
		for _, known := range errs {
			if err == error(known) {
				return uint8(code)
			}
		}
	}
	return badRequest
}
