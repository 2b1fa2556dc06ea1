package balances

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/system"
)

// Preservation says what may happen to an account that pays.
type Preservation uint8

// The three degrees.
const (
	Expendable Preservation = iota // it may be removed
	Protect                        // its balance must not be what removes it
	Preserve                       // it keeps at least the existential deposit
)

// Free is an account's free balance, in rao.
func (p *Pallet) Free(c *frame.Ctx, who bt.AccountID) bt.Rao { return p.sys.Account(c, who).Data.Free }

// Total is an account's free and reserved balance, in rao.
func (p *Pallet) Total(c *frame.Ctx, who bt.AccountID) bt.Rao {
	d := p.sys.Account(c, who).Data
	return d.Free + d.Reserved
}

// TotalIssuance is all TAO in accounts, in rao.
func (p *Pallet) TotalIssuance(c *frame.Ctx) bt.Rao { return p.Storage.TotalIssuance.Get(c.State) }

// Reducible is how much an account can pay, given what must be left of it.
func (p *Pallet) Reducible(c *frame.Ctx, who bt.AccountID, keep Preservation) bt.Rao {
	return p.reducible(p.sys.Account(c, who), keep, false)
}

func (p *Pallet) reducible(a system.AccountInfo, keep Preservation, force bool) bt.Rao {
	var untouchable bt.Rao
	if !force {
		untouchable = a.Data.Frozen - min(a.Data.Frozen, a.Data.Reserved)
	}
	alive := a.Data.Free > 0
	if keep == Preserve || keep == Protect && alive && a.Providers == 1 || keep == Expendable && alive && !a.CanDropProvider() {
		untouchable = max(untouchable, p.Constants.ExistentialDeposit.Get())
	}
	return a.Data.Free - min(a.Data.Free, untouchable)
}

// CanWithdraw tells why an account cannot pay an amount, or nil.
func (p *Pallet) CanWithdraw(c *frame.Ctx, who bt.AccountID, amount bt.Rao, keep Preservation) error {
	return p.canWithdraw(c, p.sys.Account(c, who), amount, keep)
}

func (p *Pallet) canWithdraw(c *frame.Ctx, a system.AccountInfo, amount bt.Rao, keep Preservation) error {
	switch {
	case amount == 0:
		return nil
	case p.TotalIssuance(c) < amount:
		return frame.Underflow
	case a.Data.Free < amount:
		return frame.FundsUnavailable
	case amount > p.reducible(a, Expendable, false):
		return frame.Frozen
	}
	if a.Data.Free-amount < p.Constants.ExistentialDeposit.Get() {
		if !a.CanDropProvider() {
			return frame.OnlyProvider
		}
		if keep != Expendable {
			return frame.NotExpendable
		}
	}
	return nil
}

func (p *Pallet) canDeposit(d system.AccountData, amount bt.Rao) error {
	free := d.Free + amount
	switch {
	case amount == 0:
		return nil
	case free < d.Free || free+d.Reserved < free:
		return frame.Overflow
	case free < p.Constants.ExistentialDeposit.Get():
		return frame.BelowMinimum
	}
	return nil
}

// Transfer moves an amount of free balance. The error tells why it cannot: FundsUnavailable, NotExpendable, Frozen, BelowMinimum …
func (p *Pallet) Transfer(c *frame.Ctx, from, to bt.AccountID, amount bt.Rao, keep Preservation) error {
	source := p.sys.Account(c, from)
	if err := p.canWithdraw(c, source, amount, keep); err != nil {
		return err
	}
	if err := p.canDeposit(p.sys.Account(c, to).Data, amount); err != nil {
		return err
	}
	if from == to {
		return nil
	}
	moved := min(amount, p.reducible(source, keep, false))
	if err := p.decrease(c, from, moved); err != nil {
		return err
	}
	if err := p.increase(c, to, amount); err != nil {
		return err
	}
	p.Event.Transfer.Emit(c, Transfer{From: from, To: to, Amount: amount})
	return nil
}

// Withdraw takes an amount out of an account for the caller to use; the total issuance stays, so the caller must Deposit it elsewhere or
// call Rescind. Event Withdraw.
func (p *Pallet) Withdraw(c *frame.Ctx, who bt.AccountID, amount bt.Rao, keep Preservation) error {
	if p.Reducible(c, who, keep) < amount {
		return frame.FundsUnavailable
	}
	if err := p.decrease(c, who, amount); err != nil {
		return err
	}
	p.Event.Withdraw.Emit(c, WhoAmount{who, amount})
	return nil
}

// Deposit puts an amount that Withdraw or Issue gave into an account; the total issuance stays. Event Deposit.
func (p *Pallet) Deposit(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error {
	if err := p.increase(c, who, amount); err != nil {
		return err
	}
	p.Event.Deposit.Emit(c, WhoAmount{who, amount})
	return nil
}

// Issue raises the total issuance by an amount that the caller then deposits. Event Issued.
func (p *Pallet) Issue(c *frame.Ctx, amount bt.Rao) {
	p.addIssuance(c, amount)
	p.Event.Issued.Emit(c, Amount{amount})
}

// Rescind lowers the total issuance by an amount that Withdraw or Issue gave and nobody got. Event Rescinded.
func (p *Pallet) Rescind(c *frame.Ctx, amount bt.Rao) {
	p.subIssuance(c, amount)
	p.Event.Rescinded.Emit(c, Amount{amount})
}

// Drop lowers the total issuance by an amount that Withdraw gave, without an event: what upstream does with imbalances nobody takes.
func (p *Pallet) Drop(c *frame.Ctx, amount bt.Rao) { p.subIssuance(c, amount) }

// Mint creates an amount in an account. Event Minted.
func (p *Pallet) Mint(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error {
	if total := p.TotalIssuance(c); total+amount < total {
		return frame.Overflow
	}
	if err := p.increase(c, who, amount); err != nil {
		return err
	}
	p.addIssuance(c, amount)
	p.Event.Minted.Emit(c, WhoAmount{who, amount})
	return nil
}

// BurnFrom destroys an amount of an account's free balance. Event Burned.
func (p *Pallet) BurnFrom(c *frame.Ctx, who bt.AccountID, amount bt.Rao, keep Preservation) error {
	if p.Reducible(c, who, keep) < amount {
		return frame.FundsUnavailable
	}
	if total := p.TotalIssuance(c); total < amount {
		return frame.Overflow
	}
	if err := p.decrease(c, who, amount); err != nil {
		return err
	}
	p.subIssuance(c, amount)
	p.Event.Burned.Emit(c, WhoAmount{who, amount})
	return nil
}

func (p *Pallet) addIssuance(c *frame.Ctx, amount bt.Rao) {
	if amount == 0 {
		return
	}
	total := p.TotalIssuance(c)
	p.Storage.TotalIssuance.Set(c.State, total+min(amount, 1<<64-1-total))
}

func (p *Pallet) subIssuance(c *frame.Ctx, amount bt.Rao) {
	if amount == 0 {
		return
	}
	total := p.TotalIssuance(c)
	p.Storage.TotalIssuance.Set(c.State, total-min(amount, total))
}

func (p *Pallet) decrease(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error {
	a := p.change(c, who)
	if a.Data.Free < amount {
		return frame.FundsUnavailable
	}
	a.Data.Free -= amount
	return p.save(&a)
}

func (p *Pallet) increase(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error {
	if amount == 0 {
		return nil
	}
	a := p.change(c, who)
	if err := p.canDeposit(a.Data, amount); err != nil {
		return err
	}
	a.Data.Free += amount
	return p.save(&a)
}

// mutate lets change work on the balances of an account; when it fails nothing is stored.
func (p *Pallet) mutate(c *frame.Ctx, who bt.AccountID, change func(*system.AccountData) error) error {
	a := p.change(c, who)
	if err := change(&a.Data); err != nil {
		return err
	}
	return p.save(&a)
}

// changed is an account whose balances change, with what was so before.
type changed struct {
	system.Record
	c                         *frame.Ctx
	who                       bt.AccountID
	isNew, provided, consumed bool
}

func (p *Pallet) change(c *frame.Ctx, who bt.AccountID) changed {
	a := changed{Record: p.sys.Change(c, who), c: c, who: who}
	a.isNew, a.provided, a.consumed = a.IsNew(), p.provides(&a.Data), consumes(&a.Data)
	return a
}

func (p *Pallet) provides(d *system.AccountData) bool {
	return d.Free >= p.Constants.ExistentialDeposit.Get()
}

func consumes(d *system.AccountData) bool { return d.Reserved > 0 || d.Frozen > 0 }

// save stores changed balances and what follows from them: the provider reference of a balance at or above the existential deposit, the consumer
// reference of reserved or frozen balance, the events about birth and dust, and the issuance.
func (p *Pallet) save(a *changed) error {
	d := &a.Data
	provides, consumes := p.provides(d), consumes(d)
	if !a.provided && provides {
		a.AddProvider()
	}
	switch {
	case a.consumed && !consumes:
		a.DropConsumer()
	case !a.consumed && consumes:
		if err := a.AddConsumer(); err != nil {
			return err
		}
	}
	if a.provided && !provides {
		if err := a.DropProvider(); err != nil {
			return err
		}
	}
	var dust bt.Rao
	endowed := d.Free
	if !provides && d.Reserved == 0 {
		dust = d.Free
		*d = system.NewAccountData()
	}
	a.Save()
	if a.isNew { // also with 0: upstream says so when nothing is paid from an account that is gone
		p.Event.Endowed.Emit(a.c, Endowed{Account: a.who, FreeBalance: endowed})
	}
	if dust > 0 {
		p.subIssuance(a.c, dust)
		p.Event.DustLost.Emit(a.c, AccountAmount{Account: a.who, Amount: dust})
	}
	return nil
}
