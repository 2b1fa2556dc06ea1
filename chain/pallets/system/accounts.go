package system

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
)

// An account exists while something provides for it (a balance of at least the existential deposit) or it suffices by itself.
// Consumers are reasons why it must not go away, such as reserved balance.

// maxConsumers is how many consumers an account may have by IncConsumers.
const maxConsumers = 16

// Account returns what is stored of an account.
func (p *Pallet) Account(c *frame.Ctx, who bt.AccountID) AccountInfo {
	return p.Storage.Account.Get(c.State, who)
}

// MutateAccount lets change work on an account and stores the result: the account is removed when neither providers nor
// sufficients are left. When change fails nothing is stored. Events about births and deaths come in the order of the calls to the
// Add and Drop methods on the record.
func (p *Pallet) MutateAccount(c *frame.Ctx, who bt.AccountID, change func(*Record) error) error {
	key := p.Storage.Account.Key(who)
	r := Record{p: p, c: c, who: who}
	r.AccountInfo, r.stored = p.Storage.Account.GetAt(c.State, key)
	if err := change(&r); err != nil {
		return err
	}
	switch {
	case r.Providers > 0 || r.Sufficients > 0:
		p.Storage.Account.SetAt(c.State, key, r.AccountInfo)
	case r.Nonce > 0 && !r.dead:
		// Free calls give a nonce to accounts that nothing provides for; upstream keeps such a row until the account dies.
		r.Data = NewAccountData()
		p.Storage.Account.SetAt(c.State, key, r.AccountInfo)
	case r.stored:
		c.State.Delete(key)
	}
	return nil
}

// Record is an account under change.
type Record struct {
	AccountInfo
	p      *Pallet
	c      *frame.Ctx
	who    bt.AccountID
	stored bool
	dead   bool
}

// IsNew tells whether the account held nothing before.
func (r *Record) IsNew() bool { return r.Data == NewAccountData() }

// AddProvider counts a reason to live; the first one creates the account.
func (r *Record) AddProvider() {
	r.born()
	r.Providers++
}

// AddSufficient counts a reason to live that needs no balance.
func (r *Record) AddSufficient() {
	r.born()
	r.Sufficients++
}

func (r *Record) born() {
	if r.Providers == 0 && r.Sufficients == 0 {
		r.dead = false
		r.p.Event.NewAccount.Emit(r.c, NewAccount{r.who})
	}
}

// DropProvider takes a reason to live back. It fails with ConsumerRemaining when it is the last one of a consumed account.
func (r *Record) DropProvider() error {
	switch {
	case r.Providers == 1 && r.Consumers == 0 && r.Sufficients == 0:
		r.kill()
	case r.Providers == 1 && r.Consumers > 0:
		return frame.ConsumerRemaining
	case r.Providers > 0:
		r.Providers--
	}
	return nil
}

// DropSufficient takes back what AddSufficient gave.
func (r *Record) DropSufficient() {
	switch {
	case r.Sufficients == 1 && r.Providers == 0:
		r.kill()
	case r.Sufficients > 0:
		r.Sufficients--
	}
}

func (r *Record) kill() {
	r.AccountInfo = AccountInfo{Data: r.Data}
	r.dead = true
	r.p.Event.KilledAccount.Emit(r.c, KilledAccount{r.who})
}

// AddConsumer counts a reason not to go away. It fails with NoProviders for an account without a provider and with TooManyConsumers
// beyond the limit.
func (r *Record) AddConsumer() error {
	if r.Providers == 0 {
		return frame.NoProviders
	}
	if r.Consumers >= maxConsumers {
		return frame.TooManyConsumers
	}
	r.Consumers++
	return nil
}

// DropConsumer takes it back.
func (r *Record) DropConsumer() {
	if r.Consumers > 0 {
		r.Consumers--
	}
}

// CanDropProvider tells whether the account could lose a provider.
func (i AccountInfo) CanDropProvider() bool { return i.Consumers == 0 || i.Providers > 1 }

// IncProviders counts a reason for the account to live.
func (p *Pallet) IncProviders(c *frame.Ctx, who bt.AccountID) {
	_ = p.MutateAccount(c, who, func(r *Record) error { r.AddProvider(); return nil })
}

// DecProviders takes it back; ConsumerRemaining when the account must not go.
func (p *Pallet) DecProviders(c *frame.Ctx, who bt.AccountID) error {
	return p.MutateAccount(c, who, func(r *Record) error { return r.DropProvider() })
}

// IncConsumers counts a reason for the account not to go away.
func (p *Pallet) IncConsumers(c *frame.Ctx, who bt.AccountID) error {
	return p.MutateAccount(c, who, func(r *Record) error { return r.AddConsumer() })
}

// DecConsumers takes it back.
func (p *Pallet) DecConsumers(c *frame.Ctx, who bt.AccountID) {
	_ = p.MutateAccount(c, who, func(r *Record) error { r.DropConsumer(); return nil })
}

// IncSufficients counts a reason for the account to live without a balance.
func (p *Pallet) IncSufficients(c *frame.Ctx, who bt.AccountID) {
	_ = p.MutateAccount(c, who, func(r *Record) error { r.AddSufficient(); return nil })
}

// DecSufficients takes it back.
func (p *Pallet) DecSufficients(c *frame.Ctx, who bt.AccountID) {
	_ = p.MutateAccount(c, who, func(r *Record) error { r.DropSufficient(); return nil })
}

// BumpNonce counts a signed extrinsic of the account.
func (p *Pallet) BumpNonce(c *frame.Ctx, who bt.AccountID) {
	key := p.Storage.Account.Key(who)
	a, _ := p.Storage.Account.GetAt(c.State, key)
	if a.Nonce < 1<<32-1 {
		a.Nonce++
	}
	p.Storage.Account.SetAt(c.State, key, a)
}
