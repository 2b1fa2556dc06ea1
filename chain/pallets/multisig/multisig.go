// Package multisig is the pallet of accounts that several others own together: a call is made in the name of such an account once enough of its owners have
// approved it. The account is derived from the owners and the number of approvals that it needs.
//
// It deliberately stores no calls, only their hashes: who completes the approvals sends the call.
package multisig

import (
	"bytes"
	"reflect"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the multisig pallet.
type Pallet struct {
	Storage struct {
		Multisigs storage.DoubleMap[storage.Twox64Concat, bt.AccountID, storage.Blake2_128Concat, CallHash, Operation] `storage:"optional" doc:"The calls of shared accounts that wait for approvals."`
	}
	Constants struct {
		DepositBase    frame.Const[bt.Rao] `doc:"Reserved of who begins an operation, in rao."`
		DepositFactor  frame.Const[bt.Rao] `doc:"Reserved beside it for each needed approval, in rao."`
		MaxSignatories frame.Const[uint32] `doc:"How many owners a shared account may have."`
	}
	Event struct {
		NewMultisig       frame.Event[NewMultisig]  `index:"0" doc:"An operation began."`
		MultisigApproval  frame.Event[Approval]     `index:"1" doc:"An owner approved of an operation."`
		MultisigExecuted  frame.Event[Executed]     `index:"2" doc:"An operation was approved of and made."`
		MultisigCancelled frame.Event[Cancelled]    `index:"3" doc:"An operation was taken back."`
		DepositPoked      frame.Event[DepositPoked] `index:"4" doc:"A deposit was brought to today's amount."`
	}
	Error struct {
		MinimumThreshold      frame.Error `index:"0" doc:"At least two approvals must be needed."`
		AlreadyApproved       frame.Error `index:"1" doc:"The sender approved of it already."`
		NoApprovalsNeeded     frame.Error `index:"2" doc:"No more approvals are needed."`
		TooFewSignatories     frame.Error `index:"3" doc:"There are too few owners."`
		TooManySignatories    frame.Error `index:"4" doc:"There are too many owners."`
		SignatoriesOutOfOrder frame.Error `index:"5" doc:"The owners must be in ascending order."`
		SenderInSignatories   frame.Error `index:"6" doc:"The sender must not be among the other owners."`
		NotFound              frame.Error `index:"7" doc:"There is no such operation."`
		NotOwner              frame.Error `index:"8" doc:"Only who began the operation may do this."`
		NoTimepoint           frame.Error `index:"9" doc:"The operation has begun: tell when."`
		WrongTimepoint        frame.Error `index:"10" doc:"The operation began at another time."`
		UnexpectedTimepoint   frame.Error `index:"11" doc:"The operation has not begun: tell no time."`
		MaxWeightTooLow       frame.Error `index:"12" doc:"The call may weigh more than is stated."`
		AlreadyStored         frame.Error `index:"13" doc:"The call is stored already."`
	}
	Call struct {
		AsMultiThreshold1 frame.Call[Threshold1] `index:"0" name:"as_multi_threshold_1" weight:"21362808,3997,2,0" doc:"Makes a call for a shared account that needs one approval."`
		AsMulti           frame.Call[AsMulti]    `index:"1" doc:"Approves of a call for a shared account, and makes it when that completes the approvals."`
		ApproveAsMulti    frame.Call[Approve]    `index:"2" doc:"Approves of a call for a shared account by its hash."`
		CancelAsMulti     frame.Call[Cancel]     `index:"3" weight:"32003421,6811,1,1" doc:"Takes an operation back that the sender began."`
		PokeDeposit       frame.Call[Poke]       `index:"4" weight:"32003421,6811,1,1" doc:"Brings the deposit of an operation to today's amount; free when it differs."`
	}

	money Money
	table func() *frame.Table
}

// Money is what the pallet needs of balances.
type Money interface {
	Reserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error
	Unreserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) bt.Rao
}

// CallHash is the hash of a call's encoding.
type CallHash = [32]byte

// Timepoint is a place in the chain: a block and an extrinsic in it.
type Timepoint struct{ Height, Index uint32 }

// ScaleName is Substrate's.
func (Timepoint) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_multisig::Timepoint", Params: []scale.Param{{Name: "BlockNumber", Type: reflect.TypeFor[uint32]()}}}
}

// Operation is a call that waits for approvals.
type Operation struct {
	When      Timepoint
	Deposit   bt.Rao
	Depositor bt.AccountID
	Approvals Approvals
}

// ScaleName is Substrate's.
func (Operation) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_multisig::Multisig", Params: []scale.Param{
		{Name: "BlockNumber", Type: reflect.TypeFor[uint32]()},
		{Name: "Balance", Type: reflect.TypeFor[bt.Rao]()},
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()},
		{Name: "MaxApprovals"},
	}}
}

// Approvals are the owners that approved, in ascending order.
type Approvals []bt.AccountID

// ScaleName is Substrate's.
func (Approvals) ScaleName() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{
		{Name: "T", Type: reflect.TypeFor[bt.AccountID]()}, {Name: "S"},
	}}
}

// The fields of the events.
type (
	NewMultisig struct {
		Approving, Multisig bt.AccountID
		CallHash            CallHash
	}
	Approval struct {
		Approving bt.AccountID
		Timepoint Timepoint
		Multisig  bt.AccountID
		CallHash  CallHash
	}
	Executed struct {
		Approving bt.AccountID
		Timepoint Timepoint
		Multisig  bt.AccountID
		CallHash  CallHash
		Result    scale.Result[scale.Unit, frame.DispatchError]
	}
	Cancelled struct {
		Cancelling bt.AccountID
		Timepoint  Timepoint
		Multisig   bt.AccountID
		CallHash   CallHash
	}
	DepositPoked struct {
		Who                    bt.AccountID
		CallHash               CallHash
		OldDeposit, NewDeposit bt.Rao
	}
)

// The arguments of the calls.
type (
	Threshold1 struct {
		OtherSignatories []bt.AccountID
		Call             frame.RuntimeCall
	}
	AsMulti struct {
		Threshold        uint16
		OtherSignatories []bt.AccountID
		MaybeTimepoint   scale.Option[Timepoint]
		Call             frame.RuntimeCall
		MaxWeight        frame.Weight
	}
	Approve struct {
		Threshold        uint16
		OtherSignatories []bt.AccountID
		MaybeTimepoint   scale.Option[Timepoint]
		CallHash         CallHash
		MaxWeight        frame.Weight
	}
	Cancel struct {
		Threshold        uint16
		OtherSignatories []bt.AccountID
		Timepoint        Timepoint
		CallHash         CallHash
	}
	Poke struct {
		Threshold        uint16
		OtherSignatories []bt.AccountID
		CallHash         CallHash
	}
)

// New makes the pallet with upstream's constants. table is asked for the cost of calls when the runtime is complete.
func New(money Money, table func() *frame.Table) *Pallet {
	p := &Pallet{money: money, table: table}
	p.Constants.DepositBase.Set(132_000_000)
	p.Constants.DepositFactor.Set(32_000_000)
	p.Constants.MaxSignatories.Set(100)
	p.Call.AsMultiThreshold1.Weigh(func(a Threshold1, i frame.Info) frame.Info {
		in := table().Info(a.Call)
		i.Weight.RefTime += 432 * uint64(len(scale.Marshal(&a.Call)))
		return frame.Info{Weight: i.Weight.Add(frame.WeightOf(0, 0, 1, 1)).Add(in.Weight), Class: in.Class}
	})
	p.Call.AsMulti.Weigh(func(a AsMulti, i frame.Info) frame.Info {
		s, z := len(a.OtherSignatories), len(scale.Marshal(&a.Call))
		i.Weight = most(createWeight(s, z), approveWeight(s, z), completeWeight(s, z)).Add(a.MaxWeight)
		return i
	})
	p.Call.ApproveAsMulti.Weigh(func(a Approve, i frame.Info) frame.Info {
		s := uint64(len(a.OtherSignatories))
		i.Weight = most(frame.WeightOf(30_317_105+109_792*s, 6811, 1, 1), frame.WeightOf(17_358_877+99_194*s, 6811, 1, 1)).Add(a.MaxWeight)
		return i
	})
	p.Call.CancelAsMulti.Weigh(func(a Cancel, i frame.Info) frame.Info {
		i.Weight.RefTime += 108_567 * uint64(len(a.OtherSignatories))
		return i
	})
	p.Call.PokeDeposit.Weigh(func(a Poke, i frame.Info) frame.Info {
		i.Weight.RefTime += 108_567 * uint64(len(a.OtherSignatories))
		return i
	})
	return p
}

// What the steps of an operation cost with s other owners and a call of z bytes.
func createWeight(s, z int) frame.Weight {
	return frame.WeightOf(31_518_927+115_804*uint64(s)+1442*uint64(z), 6811, 1, 1)
}

func approveWeight(s, z int) frame.Weight {
	return frame.WeightOf(17_806_361+107_042*uint64(s)+1491*uint64(z), 6811, 1, 1)
}

func completeWeight(s, z int) frame.Weight {
	return frame.WeightOf(43_677_970+154_697*uint64(s)+1534*uint64(z), 6811, 4, 2)
}

func most(weights ...frame.Weight) (w frame.Weight) {
	for _, one := range weights {
		w.RefTime, w.ProofSize = max(w.RefTime, one.RefTime), max(w.ProofSize, one.ProofSize)
	}
	return w
}

// AccountOf is the account that owners, in ascending order, share when a number of them must approve.
func AccountOf(owners []bt.AccountID, threshold uint16) bt.AccountID {
	e := scale.NewEncoder(nil)
	e.Raw([]byte("modlpy/utilisuba"))
	e.Compact(uint64(len(owners)))
	for _, o := range owners {
		e.Raw(o[:])
	}
	e.U16(threshold)
	return hash.Blake256(e.Bytes())
}

// shared checks the owners, the signer among them, and tells whose account it is.
func (p *Pallet) shared(c *frame.Ctx, threshold uint16, least uint16, others []bt.AccountID) (who, account bt.AccountID, err error) {
	if who, err = c.Signer(); err != nil {
		return who, account, err
	}
	switch {
	case threshold < least:
		return who, account, p.Error.MinimumThreshold
	case len(others) == 0:
		return who, account, p.Error.TooFewSignatories
	case len(others) >= int(p.Constants.MaxSignatories.Get()):
		return who, account, p.Error.TooManySignatories
	}
	at := 0
	for i, o := range others {
		if i > 0 && bytes.Compare(others[i-1][:], o[:]) >= 0 {
			return who, account, p.Error.SignatoriesOutOfOrder
		}
		switch bytes.Compare(o[:], who[:]) {
		case 0:
			return who, account, p.Error.SenderInSignatories
		case -1:
			at++
		}
	}
	return who, AccountOf(slices.Insert(slices.Clone(others), at, who), threshold), nil
}

// now is the place of the extrinsic under execution.
func now(c *frame.Ctx) Timepoint {
	return Timepoint{Height: c.Env.Number, Index: c.Env.ExtrinsicIndex()}
}

// AsMultiThreshold1 makes a call for an account that any of its owners may use alone.
func (p *Pallet) AsMultiThreshold1(c *frame.Ctx, a Threshold1) error {
	who, account, err := p.shared(c, 1, 1, a.OtherSignatories)
	if err != nil {
		return err
	}
	raw := scale.Marshal(&a.Call)
	out := c.Dispatch(frame.Signed(account), a.Call)
	p.Event.MultisigExecuted.Emit(c, Executed{
		Approving: who, Timepoint: now(c), Multisig: account, CallHash: hash.Blake256(raw), Result: frame.ToResult(out.Err),
	})
	if out.Actual != nil {
		c.Used(frame.WeightOf(21_362_808+432*uint64(len(raw)), 3997, 2, 0).Add(*out.Actual))
	}
	return out.Err
}

// AsMulti approves of a call and makes it when it can be made.
func (p *Pallet) AsMulti(c *frame.Ctx, a AsMulti) error {
	raw := scale.Marshal(&a.Call)
	return p.operate(c, Approve{
		Threshold: a.Threshold, OtherSignatories: a.OtherSignatories, MaybeTimepoint: a.MaybeTimepoint, CallHash: hash.Blake256(raw), MaxWeight: a.MaxWeight,
	}, &a.Call, len(raw))
}

// ApproveAsMulti approves of a call by its hash.
func (p *Pallet) ApproveAsMulti(c *frame.Ctx, a Approve) error { return p.operate(c, a, nil, 0) }

func (p *Pallet) operate(c *frame.Ctx, a Approve, call *frame.RuntimeCall, size int) error {
	who, account, err := p.shared(c, a.Threshold, 2, a.OtherSignatories)
	if err != nil {
		return err
	}
	others := len(a.OtherSignatories)
	m, begun := p.Storage.Multisigs.TryGet(c.State, account, a.CallHash)
	if !begun {
		if a.MaybeTimepoint.Set {
			return p.Error.UnexpectedTimepoint
		}
		return p.begin(c, who, account, a, createWeight(others, size))
	}
	when, ok := a.MaybeTimepoint.Get()
	if !ok {
		return p.Error.NoTimepoint
	}
	if when != m.When {
		return p.Error.WrongTimepoint
	}
	at, approved := slices.BinarySearchFunc(m.Approvals, who, func(x, y bt.AccountID) int { return bytes.Compare(x[:], y[:]) })
	needed := !approved && len(m.Approvals) < int(a.Threshold)
	have := len(m.Approvals)
	if needed {
		have++
	}
	switch {
	case call != nil && have >= int(a.Threshold):
	case needed:
		m.Approvals = slices.Insert(m.Approvals, at, who)
		p.Storage.Multisigs.Set(c.State, account, a.CallHash, m)
		p.Event.MultisigApproval.Emit(c, Approval{Approving: who, Timepoint: when, Multisig: account, CallHash: a.CallHash})
		c.Used(approveWeight(others, size))
		return nil
	default:
		return p.Error.AlreadyApproved
	}
	if w := p.table().Info(*call).Weight; w.RefTime > a.MaxWeight.RefTime || w.ProofSize > a.MaxWeight.ProofSize {
		return p.Error.MaxWeightTooLow
	}
	p.Storage.Multisigs.Delete(c.State, account, a.CallHash) // before the call, so that it cannot be made twice
	p.money.Unreserve(c, m.Depositor, m.Deposit)
	out := c.Dispatch(frame.Signed(account), *call)
	p.Event.MultisigExecuted.Emit(c, Executed{
		Approving: who, Timepoint: when, Multisig: account, CallHash: a.CallHash, Result: frame.ToResult(out.Err),
	})
	if out.Actual != nil {
		c.Used(completeWeight(others, size).Add(*out.Actual))
	}
	return nil
}

func (p *Pallet) deposit(threshold uint16) bt.Rao {
	return p.Constants.DepositBase.Get() + p.Constants.DepositFactor.Get()*bt.Rao(threshold)
}

func (p *Pallet) begin(c *frame.Ctx, who, account bt.AccountID, a Approve, cost frame.Weight) error {
	deposit := p.deposit(a.Threshold)
	if err := p.money.Reserve(c, who, deposit); err != nil {
		return err
	}
	p.Storage.Multisigs.Set(c.State, account, a.CallHash, Operation{When: now(c), Deposit: deposit, Depositor: who, Approvals: Approvals{who}})
	p.Event.NewMultisig.Emit(c, NewMultisig{Approving: who, Multisig: account, CallHash: a.CallHash})
	c.Used(cost)
	return nil
}

// CancelAsMulti takes an operation back.
func (p *Pallet) CancelAsMulti(c *frame.Ctx, a Cancel) error {
	who, account, err := p.shared(c, a.Threshold, 2, a.OtherSignatories)
	if err != nil {
		return err
	}
	m, ok := p.Storage.Multisigs.TryGet(c.State, account, a.CallHash)
	switch {
	case !ok:
		return p.Error.NotFound
	case m.When != a.Timepoint:
		return p.Error.WrongTimepoint
	case m.Depositor != who:
		return p.Error.NotOwner
	}
	p.money.Unreserve(c, who, m.Deposit)
	p.Storage.Multisigs.Delete(c.State, account, a.CallHash)
	p.Event.MultisigCancelled.Emit(c, Cancelled{Cancelling: who, Timepoint: a.Timepoint, Multisig: account, CallHash: a.CallHash})
	return nil
}

// PokeDeposit brings the deposit of an operation to today's amount.
func (p *Pallet) PokeDeposit(c *frame.Ctx, a Poke) error {
	who, account, err := p.shared(c, a.Threshold, 2, a.OtherSignatories)
	if err != nil {
		return err
	}
	m, ok := p.Storage.Multisigs.TryGet(c.State, account, a.CallHash)
	if !ok {
		return p.Error.NotFound
	}
	if m.Depositor != who {
		return p.Error.NotOwner
	}
	old, want := m.Deposit, p.deposit(a.Threshold)
	if old == want {
		return nil
	}
	if want > old {
		if err := p.money.Reserve(c, who, want-old); err != nil {
			return err
		}
	} else {
		p.money.Unreserve(c, who, old-want)
	}
	m.Deposit = want
	p.Storage.Multisigs.Set(c.State, account, a.CallHash, m)
	p.Event.DepositPoked.Emit(c, DepositPoked{Who: who, CallHash: a.CallHash, OldDeposit: old, NewDeposit: want})
	c.Free()
	return nil
}
