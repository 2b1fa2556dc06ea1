package balances

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/system"
)

// maxHolds is how many reasons to hold the runtime has; an account has at most one hold for each.
const maxHolds = 4

// Hold moves free balance into reserve for a reason. It fails with CannotCreateHold for an account that nothing provides for, and with FundsUnavailable
// when too little is free beside what keeps the account alive.
func (p *Pallet) Hold(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID, amount bt.Rao) error {
	a := p.sys.Account(c, who)
	held := p.Storage.Holds.Get(c.State, who)
	at := held.find(reason)
	if a.Providers == 0 || at < 0 && len(held) >= maxHolds {
		return frame.CannotCreateHold
	}
	if amount > p.reducible(a, Protect, true) {
		return frame.FundsUnavailable
	}
	if amount == 0 {
		return nil
	}
	return c.Transaction(func() error {
		if err := p.decrease(c, who, amount); err != nil {
			return err
		}
		if at < 0 {
			at, held = len(held), append(held, Held{ID: reason})
		}
		if held[at].Amount+amount < amount {
			return frame.Overflow
		}
		held[at].Amount += amount
		if err := p.mutate(c, who, func(d *system.AccountData) error { d.Reserved += amount; return nil }); err != nil {
			return err
		}
		p.Storage.Holds.Set(c.State, who, held)
		return nil
	})
}

// Held is how much of an account's balance is held for a reason, in rao.
func (p *Pallet) Held(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID) bt.Rao {
	held := p.Storage.Holds.Get(c.State, who)
	if at := held.find(reason); at >= 0 {
		return held[at].Amount
	}
	return 0
}

// Release frees up to an amount of what is held for a reason and returns how much that was.
func (p *Pallet) Release(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID, amount bt.Rao) (bt.Rao, error) {
	amount = min(amount, p.Held(c, reason, who))
	if amount == 0 {
		return 0, nil
	}
	if p.canDeposit(p.sys.Account(c, who).Data, amount) != nil {
		return 0, frame.CannotCreate
	}
	return amount, c.Transaction(func() error {
		if err := p.unhold(c, reason, who, amount); err != nil {
			return err
		}
		return p.increase(c, who, amount)
	})
}

// BurnHeld destroys up to an amount of what is held for a reason and returns how much that was.
func (p *Pallet) BurnHeld(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID, amount bt.Rao) (bt.Rao, error) {
	amount = min(amount, p.Held(c, reason, who))
	if amount == 0 {
		return 0, nil
	}
	if err := c.Transaction(func() error { return p.unhold(c, reason, who, amount) }); err != nil {
		return 0, err
	}
	p.subIssuance(c, amount)
	return amount, nil
}

// unhold takes an amount, which is held for the reason, out of the account.
func (p *Pallet) unhold(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID, amount bt.Rao) error {
	held := p.Storage.Holds.Get(c.State, who)
	at := held.find(reason)
	if held[at].Amount -= amount; held[at].Amount == 0 {
		held = slices.Delete(held, at, at+1)
	}
	if err := p.mutate(c, who, func(d *system.AccountData) error { d.Reserved -= amount; return nil }); err != nil {
		return err
	}
	p.Storage.Holds.Set(c.State, who, held)
	return nil
}

func (h Holds) find(reason frame.HoldReason) int {
	return slices.IndexFunc(h, func(one Held) bool { return one.ID == reason })
}
