// Package safemode is the pallet by which root stops the chain's ordinary calls for a while: entered, only the calls that are needed to set things right
// pass the runtime's filter (Permits).
//
// It deliberately lets nobody but root enter: upstream's deposits for that are not configured.
package safemode

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Index is the pallet's place in the runtime, which its hold reason names.
const Index = 20

// For how many blocks root enters and extends: a day and half a day of twelve seconds each.
const (
	enterFor  = 7200
	extendFor = 3600
)

// Pallet is the safe mode pallet.
type Pallet struct {
	Storage struct {
		EnteredUntil storage.Value[uint32]                                                                       `storage:"optional" doc:"The last block of the safe mode, while it is entered."`
		Deposits     storage.DoubleMap[storage.Twox64Concat, bt.AccountID, storage.Twox64Concat, uint32, bt.Rao] `storage:"optional" doc:"What is held of accounts that entered or extended, by block, in rao."`
	}
	Constants struct {
		EnterDuration       frame.Const[uint32]               `doc:"For how many blocks anybody may enter; 0: nobody may."`
		ExtendDuration      frame.Const[uint32]               `doc:"For how many blocks anybody may extend; 0: nobody may."`
		EnterDepositAmount  frame.Const[scale.Option[bt.Rao]] `doc:"What is held of who enters, in rao, where anybody may."`
		ExtendDepositAmount frame.Const[scale.Option[bt.Rao]] `doc:"What is held of who extends, in rao, where anybody may."`
		ReleaseDelay        frame.Const[scale.Option[uint32]] `doc:"After how many blocks a deposit is released, where anybody may ask for it."`
	}
	Event struct {
		Entered         frame.Event[Until]         `index:"0" doc:"The safe mode was entered."`
		Extended        frame.Event[Until]         `index:"1" doc:"The safe mode lasts longer."`
		Exited          frame.Event[Exited]        `index:"2" doc:"The safe mode is over."`
		DepositPlaced   frame.Event[AccountAmount] `index:"3" doc:"A deposit was taken."`
		DepositReleased frame.Event[AccountAmount] `index:"4" doc:"A deposit was given back."`
		DepositSlashed  frame.Event[AccountAmount] `index:"5" doc:"A deposit was destroyed."`
		CannotDeposit   frame.Event[None]          `index:"6" doc:"A deposit could not be taken."`
		CannotRelease   frame.Event[None]          `index:"7" doc:"A deposit could not be given back."`
	}
	Error struct {
		Entered          frame.Error `index:"0" doc:"The safe mode is entered."`
		Exited           frame.Error `index:"1" doc:"The safe mode is not entered."`
		NotConfigured    frame.Error `index:"2" doc:"This chain does not offer that."`
		NoDeposit        frame.Error `index:"3" doc:"There is no such deposit."`
		AlreadyDeposited frame.Error `index:"4" doc:"The account has a deposit in this block."`
		CannotReleaseYet frame.Error `index:"5" doc:"The deposit cannot be given back yet."`
		CurrencyError    frame.Error `index:"6" doc:"The balance could not be held."`
	}
	Call struct {
		Enter               frame.Call[None]        `index:"0" weight:"53290000,3802,2,3" doc:"Enters the safe mode for a deposit, where anybody may."`
		ForceEnter          frame.Call[None]        `index:"1" weight:"8818000,1489,1,1" doc:"Root enters the safe mode."`
		Extend              frame.Call[None]        `index:"2" weight:"54027000,3802,2,3" doc:"Extends the safe mode for a deposit, where anybody may."`
		ForceExtend         frame.Call[None]        `index:"3" weight:"10066000,1489,1,1" doc:"Root extends the safe mode."`
		ForceExit           frame.Call[None]        `index:"4" weight:"9766000,1489,1,1" doc:"Root ends the safe mode."`
		ForceSlashDeposit   frame.Call[DepositArgs] `index:"5" weight:"35510000,3802,2,2" doc:"Root destroys a deposit."`
		ReleaseDeposit      frame.Call[DepositArgs] `index:"6" weight:"45648000,3802,3,2" doc:"Gives a deposit back, where anybody may ask for it."`
		ForceReleaseDeposit frame.Call[DepositArgs] `index:"7" weight:"43363000,3802,2,2" doc:"Root gives a deposit back."`
	}

	money Money
	table func() *frame.Table
}

// Money is what the pallet needs of balances.
type Money interface {
	Release(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID, amount bt.Rao) (bt.Rao, error)
	BurnHeld(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID, amount bt.Rao) (bt.Rao, error)
}

var held = frame.HoldReason{Pallet: Index}

// The arguments of the calls and the fields of the events.
type (
	None        struct{}
	DepositArgs struct {
		Account bt.AccountID
		Block   uint32
	}
	Until         struct{ Until uint32 }
	Exited        struct{ Reason ExitReason }
	AccountAmount struct {
		Account bt.AccountID
		Amount  bt.Rao
	}
)

// ExitReason is why the safe mode ended.
type ExitReason uint8

// The reasons.
const (
	Timeout ExitReason = iota
	Force
)

// Variants lists Substrate's names.
func (ExitReason) Variants() []scale.Variant { return scale.Names("Timeout", "Force") }

// ScaleName is Substrate's.
func (ExitReason) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_safe_mode::pallet::ExitReason"}
}

// New makes the pallet. table is asked for the names of calls when the runtime is complete.
func New(money Money, table func() *frame.Table) *Pallet { return &Pallet{money: money, table: table} }

// permitted are the calls that pass in safe mode, beside all of the pallets that are needed to leave it.
var permitted = map[string]bool{
	"SubtensorModule.set_weights": true, "SubtensorModule.serve_axon": true, "Commitments.set_commitment": true,
}

// permittedPallets are the pallets of which every call passes, by their places.
var permittedPallets = map[uint8]bool{
	12:    true, // Sudo
	13:    true, // Multisig
	0:     true, // System
	Index: true,
	2:     true, // Timestamp
}

// Permits is the runtime's filter: in safe mode it refuses all but a few calls.
func (p *Pallet) Permits(c *frame.Ctx, call frame.RuntimeCall) bool {
	return !p.Storage.EnteredUntil.Has(c.State) || permittedPallets[call.Pallet] || permitted[p.table().Name(call)]
}

// OnInitialize ends the safe mode when its time is over.
func (p *Pallet) OnInitialize(c *frame.Ctx) {
	if p.over(c) {
		p.exit(c, Timeout)
	}
}

func (p *Pallet) over(c *frame.Ctx) bool {
	until, ok := p.Storage.EnteredUntil.TryGet(c.State)
	return ok && c.Env.Number > until
}

// HookWeight is the declared cost of OnInitialize.
func (p *Pallet) HookWeight(c *frame.Ctx) frame.Weight {
	if p.over(c) {
		return frame.WeightOf(8_029_000, 1489, 1, 1)
	}
	return frame.WeightOf(3_058_000, 1489, 1, 0)
}

func (p *Pallet) exit(c *frame.Ctx, why ExitReason) {
	p.Storage.EnteredUntil.Delete(c.State)
	p.Event.Exited.Emit(c, Exited{why})
}

// HoldReasons names why the pallet holds balances.
func (*Pallet) HoldReasons() []string { return []string{"EnterOrExtend"} }

// Enter is refused to everybody.
func (p *Pallet) Enter(c *frame.Ctx, _ None) error {
	return p.notOffered(c, p.Storage.EnteredUntil.Has(c.State), p.Error.Entered)
}

// Extend is refused to everybody.
func (p *Pallet) Extend(c *frame.Ctx, _ None) error {
	return p.notOffered(c, !p.Storage.EnteredUntil.Has(c.State), p.Error.Exited)
}

// ReleaseDeposit is refused to everybody.
func (p *Pallet) ReleaseDeposit(c *frame.Ctx, a DepositArgs) error {
	if !p.Storage.Deposits.Has(c.State, a.Account, a.Block) {
		return p.notOffered(c, true, p.Error.NoDeposit)
	}
	return p.notOffered(c, p.Storage.EnteredUntil.Has(c.State), p.Error.Entered)
}

// notOffered refuses a call: for a cause, where there is one, or because the chain does not offer it.
func (p *Pallet) notOffered(c *frame.Ctx, because bool, cause error) error {
	if _, err := c.Signer(); err != nil {
		return err
	}
	if because {
		return cause
	}
	return p.Error.NotConfigured
}

// ForceEnter enters the safe mode for a day.
func (p *Pallet) ForceEnter(c *frame.Ctx, _ None) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	if p.Storage.EnteredUntil.Has(c.State) {
		return p.Error.Entered
	}
	until := later(c.Env.Number, enterFor)
	p.Storage.EnteredUntil.Set(c.State, until)
	p.Event.Entered.Emit(c, Until{until})
	return nil
}

// ForceExtend makes the safe mode last half a day longer.
func (p *Pallet) ForceExtend(c *frame.Ctx, _ None) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	until, ok := p.Storage.EnteredUntil.TryGet(c.State)
	if !ok {
		return p.Error.Exited
	}
	until = later(until, extendFor)
	p.Storage.EnteredUntil.Set(c.State, until)
	p.Event.Extended.Emit(c, Until{until})
	return nil
}

func later(block, by uint32) uint32 { return block + min(by, 1<<32-1-block) }

// ForceExit ends the safe mode.
func (p *Pallet) ForceExit(c *frame.Ctx, _ None) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	if !p.Storage.EnteredUntil.Has(c.State) {
		return p.Error.Exited
	}
	p.exit(c, Force)
	return nil
}

// take finds a deposit for root, and forgets it.
func (p *Pallet) take(c *frame.Ctx, a DepositArgs) (bt.Rao, error) {
	if err := c.EnsureRoot(); err != nil {
		return 0, err
	}
	amount, ok := p.Storage.Deposits.TryGet(c.State, a.Account, a.Block)
	if !ok {
		return 0, p.Error.NoDeposit
	}
	p.Storage.Deposits.Delete(c.State, a.Account, a.Block)
	return amount, nil
}

// ForceSlashDeposit destroys a deposit.
func (p *Pallet) ForceSlashDeposit(c *frame.Ctx, a DepositArgs) error {
	amount, err := p.take(c, a)
	if err != nil {
		return err
	}
	if _, err := p.money.BurnHeld(c, held, a.Account, amount); err != nil {
		return p.Error.CurrencyError
	}
	p.Event.DepositSlashed.Emit(c, AccountAmount{a.Account, amount})
	return nil
}

// ForceReleaseDeposit gives a deposit back, as far as it is still held.
func (p *Pallet) ForceReleaseDeposit(c *frame.Ctx, a DepositArgs) error {
	amount, err := p.take(c, a)
	if err != nil {
		return err
	}
	if amount, err = p.money.Release(c, held, a.Account, amount); err != nil {
		return p.Error.CurrencyError
	}
	p.Event.DepositReleased.Emit(c, AccountAmount{a.Account, amount})
	return nil
}
