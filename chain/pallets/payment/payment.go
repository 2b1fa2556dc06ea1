// Package payment is the pallet of transaction fees: what an extrinsic costs, and who pays and gets it.
//
//	fee = base fee + length fee (1 rao for each byte) + weight fee (0.0005 rao for each picosecond) + tip
//
// A call that pays no fee costs its tip only. The multiplier of the weight fee is constant 1.
//
// It deliberately does not decide when fees are taken (chain) and knows no alpha: a hook may pay in its place.
package payment

import (
	"math/bits"
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the transaction payment pallet.
type Pallet struct {
	Storage struct {
		NextFeeMultiplier storage.Value[Multiplier] `default:"0x000064a7b3b6e00d0000000000000000" doc:"Multiplier of the weight fee; constant 1."`
		StorageVersion    storage.Value[Release]    `doc:"Form of this pallet's storage."`
	}
	Constants struct {
		OperationalFeeMultiplier frame.Const[uint8] `doc:"How much a tip counts more for operational calls; priorities here do not depend on tips."`
	}
	Event struct {
		TransactionFeePaid frame.Event[FeePaid] `index:"0" doc:"A fee was paid, tip included."`
	}

	sys      *system.Pallet
	balances *balances.Pallet
	payer    func(c *frame.Ctx, call frame.RuntimeCall, signer bt.AccountID) bt.AccountID
	fallback Fallback
}

// FeePaid is who paid how much; ActualFee includes Tip.
type FeePaid struct {
	Who       bt.AccountID
	ActualFee bt.Rao
	Tip       bt.Rao
}

// EncodeScale is written by hand: every signed extrinsic has one.
func (f FeePaid) EncodeScale(e *scale.Encoder) {
	e.Raw(f.Who[:])
	e.U64(uint64(f.ActualFee))
	e.U64(uint64(f.Tip))
}

// DecodeScale reads what EncodeScale writes.
func (f *FeePaid) DecodeScale(d *scale.Decoder) {
	copy(f.Who[:], d.Raw(len(f.Who)))
	f.ActualFee, f.Tip = bt.Rao(d.U64()), bt.Rao(d.U64())
}

// MinScale is the exact size.
func (FeePaid) MinScale() int { return 48 }

// Multiplier is a fixed-point number with 18 decimals.
type Multiplier struct {
	scale.Tuple `scale:"-"`
	V           scale.Uint128
}

// ScaleName is Substrate's.
func (Multiplier) ScaleName() scale.Name {
	return scale.Name{Path: "sp_arithmetic::fixed_point::FixedU128"}
}

// Release is a form of the pallet's storage.
type Release uint8

// V2 is the form that a chain started today has.
const V2 Release = 1

// Variants lists Substrate's names.
func (Release) Variants() []scale.Variant { return scale.Names("V1Ancient", "V2") }

// ScaleName is Substrate's.
func (Release) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_transaction_payment::Releases"}
}

// Fallback pays fees that a payer's TAO does not cover, from something else.
type Fallback interface {
	// CanPay tells whether Pay would cover the fee; it changes nothing.
	CanPay(c *frame.Ctx, payer bt.AccountID, call frame.RuntimeCall, fee bt.Rao) bool
	// Pay takes the fee and hands it to the block author; there is no refund. Told is called after the call, to emit the event about it. It reports false,
	// and changes nothing, when the call has no fallback or the fee cannot be taken.
	Pay(c *frame.Ctx, payer bt.AccountID, call frame.RuntimeCall, fee bt.Rao) (told func(c *frame.Ctx), ok bool)
}

// New makes the pallet.
func New(sys *system.Pallet, b *balances.Pallet) *Pallet {
	p := &Pallet{sys: sys, balances: b}
	p.Constants.OperationalFeeMultiplier.Set(5)
	return p
}

// SetFallback sets what pays when TAO does not suffice; it is part of building a runtime.
func (p *Pallet) SetFallback(f Fallback) { p.fallback = f }

// SetPayer sets who pays for a call instead of its signer (proxies whose real account opted in); it is part of building a runtime.
func (p *Pallet) SetPayer(f func(c *frame.Ctx, call frame.RuntimeCall, signer bt.AccountID) bt.AccountID) {
	p.payer = f
}

// WeightFee is 0.0005 rao for each picosecond of reference time, rounded to the nearest and down in the middle.
func WeightFee(w frame.Weight) bt.Rao {
	const parts, billion = 500_000, 1_000_000_000
	hi, lo := bits.Mul64(w.RefTime, parts)
	lo, carry := bits.Add64(lo, billion/2-1, 0)
	q, _ := bits.Div64(hi+carry, lo, billion) // hi < billion: parts is smaller than a billion
	return bt.Rao(q)
}

// LengthFee is 1 rao for each byte.
func LengthFee(length uint32) bt.Rao { return bt.Rao(length) }

// Details takes a fee apart.
type Details struct {
	InclusionFee scale.Option[InclusionFee]
	Tip          bt.Rao
}

// ScaleName is Substrate's.
func (Details) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_transaction_payment::types::FeeDetails", Params: []scale.Param{balanceParam}}
}

var balanceParam = scale.Param{Name: "Balance", Type: reflect.TypeFor[bt.Rao]()}

// InclusionFee is the part that pays for being in a block.
type InclusionFee struct {
	BaseFee           bt.Rao
	LenFee            bt.Rao
	AdjustedWeightFee bt.Rao
}

// ScaleName is Substrate's.
func (InclusionFee) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_transaction_payment::types::InclusionFee", Params: []scale.Param{balanceParam}}
}

// Total is the whole fee.
func (d Details) Total() bt.Rao {
	i := d.InclusionFee.Value
	return add(add(i.BaseFee, i.LenFee), add(i.AdjustedWeightFee, d.Tip))
}

func add(a, b bt.Rao) bt.Rao {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

// Fee is what an extrinsic of so many bytes costs; the weight in info counts the call and the extensions.
func (p *Pallet) Fee(length uint32, info frame.Info, tip bt.Rao) Details {
	d := Details{Tip: tip}
	if info.Pays == frame.PaysNo {
		return d
	}
	limits := p.sys.BlockLimits()
	class := limits.PerClass.Of(info.Class)
	weight := info.Weight
	if most, ok := class.MaxExtrinsic.Get(); ok {
		weight.RefTime = min(weight.RefTime, most.RefTime)
	} else {
		weight.RefTime = min(weight.RefTime, limits.MaxBlock.RefTime)
	}
	d.InclusionFee = scale.Some(InclusionFee{
		BaseFee: WeightFee(class.BaseExtrinsic), LenFee: LengthFee(length), AdjustedWeightFee: WeightFee(weight),
	})
	return d
}

// Payer is who pays for a call of signer.
func (p *Pallet) Payer(c *frame.Ctx, call frame.RuntimeCall, signer bt.AccountID) bt.AccountID {
	if p.payer == nil {
		return signer
	}
	return p.payer(c, call, signer)
}

// CanPay tells whether the payer could pay the fee now.
func (p *Pallet) CanPay(c *frame.Ctx, payer bt.AccountID, call frame.RuntimeCall, fee bt.Rao) bool {
	if fee == 0 || p.balances.CanWithdraw(c, payer, fee, balances.Preserve) == nil {
		return true
	}
	return p.fallback != nil && p.fallback.CanPay(c, payer, call, fee)
}

// Charge is a fee taken before a call, to be settled after it.
type Charge struct {
	payer bt.AccountID
	fee   bt.Rao             // withdrawn in TAO; 0 when there was no fee or the fallback paid
	told  func(c *frame.Ctx) // set when the fallback paid
}

// Take takes the fee before the call runs; ok is false when the payer cannot pay.
func (p *Pallet) Take(c *frame.Ctx, payer bt.AccountID, call frame.RuntimeCall, fee bt.Rao) (charge Charge, ok bool) {
	charge.payer = payer
	if fee == 0 {
		return charge, true
	}
	if p.balances.Withdraw(c, payer, fee, balances.Preserve) == nil {
		charge.fee = fee
		return charge, true
	}
	if p.fallback != nil {
		charge.told, ok = p.fallback.Pay(c, payer, call, fee)
	}
	return charge, ok
}

// Settle gives back what was taken too much, hands the fee and the tip to the block's author and emits TransactionFeePaid.
func (p *Pallet) Settle(c *frame.Ctx, charge Charge, actual, tip bt.Rao) {
	if charge.fee > 0 {
		rest := charge.fee
		if p.balances.Total(c, charge.payer) > 0 {
			if back := charge.fee - min(charge.fee, actual); p.balances.Deposit(c, charge.payer, back) == nil {
				rest -= back
			}
		}
		p.payAuthor(c, rest)
	}
	if charge.told != nil {
		charge.told(c)
	}
	p.Event.TransactionFeePaid.Emit(c, FeePaid{Who: charge.payer, ActualFee: actual, Tip: tip})
}

func (p *Pallet) payAuthor(c *frame.Ctx, amount bt.Rao) {
	if amount == 0 {
		return
	}
	if !c.Env.Author.IsZero() && p.balances.Deposit(c, c.Env.Author, amount) == nil {
		return
	}
	p.balances.Drop(c, amount)
}
