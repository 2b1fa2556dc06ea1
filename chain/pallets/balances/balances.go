// Package balances is the pallet that moves TAO: transfers, the existential deposit, reserves, locks and the total issuance. Other pallets use its
// Go methods (Free, Transfer, Withdraw, Deposit, Mint, Burn, Reserve …), which keep every invariant of accounts and issuance.
//
// It deliberately holds no fees (payment) and no stake (subtensor).
package balances

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the balances pallet.
type Pallet struct {
	Storage struct {
		TotalIssuance    storage.Value[bt.Rao]                                                   `doc:"All TAO in accounts, in rao."`
		InactiveIssuance storage.Value[bt.Rao]                                                   `doc:"TAO out of circulation, in rao."`
		Account          storage.Map[storage.Blake2_128Concat, bt.AccountID, system.AccountData] `default:"0x00000000000000000000000000000000000000000000000000000000000000000000000000000080" doc:"Not used: accounts hold their balances in System.Account."`
		Locks            storage.Map[storage.Blake2_128Concat, bt.AccountID, Locks]              `doc:"Locks on the balance of an account."`
		Reserves         storage.Map[storage.Blake2_128Concat, bt.AccountID, Reserves]           `doc:"Named reserves of an account."`
		Holds            storage.Map[storage.Blake2_128Concat, bt.AccountID, Holds]              `doc:"Holds on the balance of an account, by reason."`
		Freezes          storage.Map[storage.Blake2_128Concat, bt.AccountID, Freezes]            `doc:"Freezes on the balance of an account, by reason."`
	}
	Constants struct {
		ExistentialDeposit frame.Const[bt.Rao] `doc:"The least free balance that keeps an account alive, in rao."`
		MaxLocks           frame.Const[uint32] `doc:"How many locks an account may have."`
		MaxReserves        frame.Const[uint32] `doc:"How many named reserves an account may have."`
		MaxFreezes         frame.Const[uint32] `doc:"How many freezes an account may have."`
	}
	Event struct {
		Endowed             frame.Event[Endowed]             `index:"0" doc:"An account was created with a free balance."`
		DustLost            frame.Event[AccountAmount]       `index:"1" doc:"A balance below the existential deposit was removed with its account."`
		Transfer            frame.Event[Transfer]            `index:"2" doc:"A transfer succeeded."`
		BalanceSet          frame.Event[BalanceSet]          `index:"3" doc:"A balance was set by root."`
		Reserved            frame.Event[WhoAmount]           `index:"4" doc:"Free balance was reserved."`
		Unreserved          frame.Event[WhoAmount]           `index:"5" doc:"Reserved balance was freed."`
		ReserveRepatriated  frame.Event[ReserveRepatriated]  `index:"6" doc:"Reserved balance moved to another account."`
		Deposit             frame.Event[WhoAmount]           `index:"7" doc:"An amount was deposited, for example a fee paid back."`
		Withdraw            frame.Event[WhoAmount]           `index:"8" doc:"An amount was withdrawn, for example for a fee."`
		Slashed             frame.Event[WhoAmount]           `index:"9" doc:"An amount was taken for misbehaviour."`
		Minted              frame.Event[WhoAmount]           `index:"10" doc:"An amount was created in an account."`
		Burned              frame.Event[WhoAmount]           `index:"11" doc:"An amount was destroyed from an account."`
		Suspended           frame.Event[WhoAmount]           `index:"12" doc:"An amount was suspended from an account."`
		Restored            frame.Event[WhoAmount]           `index:"13" doc:"An amount was restored into an account."`
		Upgraded            frame.Event[Who]                 `index:"14" doc:"An account was brought to today's form."`
		Issued              frame.Event[Amount]              `index:"15" doc:"The issuance grew, with the amount not yet in an account."`
		Rescinded           frame.Event[Amount]              `index:"16" doc:"The issuance shrank by an amount in no account."`
		Locked              frame.Event[WhoAmount]           `index:"17" doc:"Balance was locked."`
		Unlocked            frame.Event[WhoAmount]           `index:"18" doc:"Balance was unlocked."`
		Frozen              frame.Event[WhoAmount]           `index:"19" doc:"Balance was frozen."`
		Thawed              frame.Event[WhoAmount]           `index:"20" doc:"Balance was thawed."`
		TotalIssuanceForced frame.Event[TotalIssuanceForced] `index:"21" doc:"Root changed the issuance."`
	}
	Error struct {
		VestingBalance          frame.Error `index:"0" doc:"The balance is still vesting."`
		LiquidityRestrictions   frame.Error `index:"1" doc:"A lock on the account forbids the withdrawal."`
		InsufficientBalance     frame.Error `index:"2" doc:"The balance is too low."`
		ExistentialDeposit      frame.Error `index:"3" doc:"The amount is too low to create the account."`
		Expendability           frame.Error `index:"4" doc:"The transfer would remove the account."`
		ExistingVestingSchedule frame.Error `index:"5" doc:"The account vests already."`
		DeadAccount             frame.Error `index:"6" doc:"The receiving account must exist."`
		TooManyReserves         frame.Error `index:"7" doc:"There are too many named reserves."`
		TooManyHolds            frame.Error `index:"8" doc:"There are too many holds."`
		TooManyFreezes          frame.Error `index:"9" doc:"There are too many freezes."`
		IssuanceDeactivated     frame.Error `index:"10" doc:"The issuance may not change any more."`
		DeltaZero               frame.Error `index:"11" doc:"The change must not be zero."`
	}
	Call struct {
		TransferAllowDeath       frame.Call[TransferArgs]            `index:"0" weight:"48834000,3593,1,1" doc:"Transfers free balance. The sender may be removed when little is left."`
		ForceTransfer            frame.Call[ForceTransferArgs]       `index:"2" weight:"49519000,6196,2,2" doc:"Root transfers between two accounts."`
		TransferKeepAlive        frame.Call[TransferArgs]            `index:"3" weight:"39051000,3593,1,1" doc:"Transfers free balance and refuses to remove the sender."`
		TransferAll              frame.Call[TransferAllArgs]         `index:"4" weight:"48209000,3593,1,1" doc:"Transfers all that can be transferred."`
		ForceUnreserve           frame.Call[ForceUnreserveArgs]      `index:"5" weight:"15515000,3593,1,1" doc:"Root frees reserved balance."`
		UpgradeAccounts          frame.Call[UpgradeAccountsArgs]     `index:"6" weight:"14674000,990,0,0" doc:"Brings accounts to today's form; free when nearly all needed it."`
		ForceSetBalance          frame.Call[ForceSetBalanceArgs]     `index:"8" weight:"19206000,3593,1,1" doc:"Root sets a free balance."`
		ForceAdjustTotalIssuance frame.Call[ForceAdjustIssuanceArgs] `index:"9" weight:"5351000,0,0,0" doc:"Root changes the total issuance."`
		Burn                     frame.Call[BurnArgs]                `index:"10" weight:"30219000,0,0,0" doc:"Destroys free balance of the sender."`
	}

	sys         *system.Pallet
	transferFee func(c *frame.Ctx, from bt.AccountID) error // nil: none
}

// The fields of the events.
type (
	Endowed struct {
		Account     bt.AccountID
		FreeBalance bt.Rao
	}
	AccountAmount struct {
		Account bt.AccountID
		Amount  bt.Rao
	}
	Transfer struct {
		From, To bt.AccountID
		Amount   bt.Rao
	}
	BalanceSet struct {
		Who  bt.AccountID
		Free bt.Rao
	}
	WhoAmount struct {
		Who    bt.AccountID
		Amount bt.Rao
	}
	Who                struct{ Who bt.AccountID }
	Amount             struct{ Amount bt.Rao }
	ReserveRepatriated struct {
		From, To          bt.AccountID
		Amount            bt.Rao
		DestinationStatus Status
	}
	TotalIssuanceForced struct{ Old, New bt.Rao }
)

// The arguments of the calls.
type (
	TransferArgs struct {
		Dest  bt.MultiAddress
		Value bt.Rao `scale:"compact"`
	}
	ForceTransferArgs struct {
		Source, Dest bt.MultiAddress
		Value        bt.Rao `scale:"compact"`
	}
	TransferAllArgs struct {
		Dest      bt.MultiAddress
		KeepAlive bool
	}
	ForceUnreserveArgs struct {
		Who    bt.MultiAddress
		Amount bt.Rao
	}
	UpgradeAccountsArgs struct{ Who []bt.AccountID }
	ForceSetBalanceArgs struct {
		Who     bt.MultiAddress
		NewFree bt.Rao `scale:"compact"`
	}
	ForceAdjustIssuanceArgs struct {
		Direction Direction
		Delta     bt.Rao `scale:"compact"`
	}
	BurnArgs struct {
		Value     bt.Rao `scale:"compact"`
		KeepAlive bool
	}
)

// New makes the pallet with upstream's constants: an existential deposit of 500 rao.
func New(sys *system.Pallet) *Pallet {
	p := &Pallet{sys: sys}
	p.Constants.ExistentialDeposit.Set(500)
	p.Constants.MaxLocks.Set(50)
	p.Constants.MaxReserves.Set(50)
	p.Constants.MaxFreezes.Set(50)
	p.Call.UpgradeAccounts.Weigh(func(a UpgradeAccountsArgs, i frame.Info) frame.Info {
		n := uint64(len(a.Who))
		i.Weight = i.Weight.Add(frame.WeightOf(n*14_648_188, n*2603, n, n))
		return i
	})
	p.Call.Burn.Weigh(func(a BurnArgs, i frame.Info) frame.Info {
		if a.KeepAlive {
			i.Weight = frame.Weight{RefTime: 20_720_000}
		}
		return i
	})
	return p
}

// Lookup is the account that an address names; only plain account ids do.
func Lookup(a bt.MultiAddress) (bt.AccountID, error) {
	if a.Id == nil {
		return bt.AccountID{}, frame.CannotLookup
	}
	return *a.Id, nil
}

// TransferAllowDeath transfers and lets the sender be removed.
func (p *Pallet) TransferAllowDeath(c *frame.Ctx, a TransferArgs) error {
	return p.transferCall(c, a, Expendable)
}

// TransferKeepAlive transfers unless the sender would be removed.
func (p *Pallet) TransferKeepAlive(c *frame.Ctx, a TransferArgs) error {
	return p.transferCall(c, a, Preserve)
}

func (p *Pallet) transferCall(c *frame.Ctx, a TransferArgs, keep Preservation) error {
	from, err := c.Signer()
	if err != nil {
		return err
	}
	to, err := Lookup(a.Dest)
	if err != nil {
		return err
	}
	if err := p.payTransferFee(c, from); err != nil {
		return err
	}
	return p.Transfer(c, from, to, a.Value, keep)
}

// SetTransferFee lets pay take from the sender of each call that transfers what a chain asks for it, before the transfer. Nothing is asked without.
func (p *Pallet) SetTransferFee(pay func(c *frame.Ctx, from bt.AccountID) error) { p.transferFee = pay }

func (p *Pallet) payTransferFee(c *frame.Ctx, from bt.AccountID) error {
	if p.transferFee == nil {
		return nil
	}
	return p.transferFee(c, from)
}

// ForceTransfer is root's transfer.
func (p *Pallet) ForceTransfer(c *frame.Ctx, a ForceTransferArgs) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	from, err := Lookup(a.Source)
	if err != nil {
		return err
	}
	to, err := Lookup(a.Dest)
	if err != nil {
		return err
	}
	return p.Transfer(c, from, to, a.Value, Expendable)
}

// TransferAll transfers what can be transferred.
func (p *Pallet) TransferAll(c *frame.Ctx, a TransferAllArgs) error {
	from, err := c.Signer()
	if err != nil {
		return err
	}
	keep := Expendable
	if a.KeepAlive {
		keep = Preserve
	}
	if err := p.payTransferFee(c, from); err != nil {
		return err
	}
	all := p.Reducible(c, from, keep)
	to, err := Lookup(a.Dest)
	if err != nil {
		return err
	}
	return p.Transfer(c, from, to, all, keep)
}

// ForceUnreserve is root's Unreserve.
func (p *Pallet) ForceUnreserve(c *frame.Ctx, a ForceUnreserveArgs) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	who, err := Lookup(a.Who)
	if err != nil {
		return err
	}
	p.Unreserve(c, who, a.Amount)
	return nil
}

// UpgradeAccounts does nothing to accounts made here: all have today's form from the start. The call costs nothing when no account is named.
func (p *Pallet) UpgradeAccounts(c *frame.Ctx, a UpgradeAccountsArgs) error {
	if _, err := c.Signer(); err != nil {
		return err
	}
	if len(a.Who) == 0 {
		c.Free()
	}
	return nil
}

// ForceSetBalance is root's way to set a free balance; amounts below the existential deposit count as zero.
func (p *Pallet) ForceSetBalance(c *frame.Ctx, a ForceSetBalanceArgs) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	who, err := Lookup(a.Who)
	if err != nil {
		return err
	}
	free := a.NewFree
	if free < p.Constants.ExistentialDeposit.Get() {
		free = 0
	}
	var old bt.Rao
	if err := p.mutate(c, who, func(d *system.AccountData) error { old, d.Free = d.Free, free; return nil }); err != nil {
		return err
	}
	switch {
	case free > old:
		p.Issue(c, free-old)
	case free < old:
		p.Rescind(c, old-free)
	}
	p.Event.BalanceSet.Emit(c, BalanceSet{Who: who, Free: free})
	return nil
}

// ForceAdjustTotalIssuance is root's repair of the total issuance.
func (p *Pallet) ForceAdjustTotalIssuance(c *frame.Ctx, a ForceAdjustIssuanceArgs) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	if a.Delta == 0 {
		return p.Error.DeltaZero
	}
	old := p.TotalIssuance(c)
	next := old + a.Delta
	if a.Direction == Decrease {
		next = old - min(old, a.Delta)
	} else if next < old {
		next = 1<<64 - 1
	}
	if p.Storage.InactiveIssuance.Get(c.State) > next {
		return p.Error.IssuanceDeactivated
	}
	p.Storage.TotalIssuance.Set(c.State, next)
	p.Event.TotalIssuanceForced.Emit(c, TotalIssuanceForced{Old: old, New: next})
	return nil
}

// Burn destroys balance of the signer.
func (p *Pallet) Burn(c *frame.Ctx, a BurnArgs) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	keep := Expendable
	if a.KeepAlive {
		keep = Preserve
	}
	return p.BurnFrom(c, who, a.Value, keep)
}

// Direction is which way root moves the issuance.
type Direction uint8

// The directions.
const (
	Increase Direction = iota
	Decrease
)

// Variants lists Substrate's names.
func (Direction) Variants() []scale.Variant { return scale.Names("Increase", "Decrease") }

// ScaleName is Substrate's.
func (Direction) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_balances::types::AdjustmentDirection"}
}
