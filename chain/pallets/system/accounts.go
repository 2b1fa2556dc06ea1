package system

import (
	"encoding/binary"
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
)

// An account exists while something provides for it (a balance of at least the existential deposit) or it suffices by itself.
// Consumers are reasons why it must not go away, such as reserved balance.

// maxConsumers is how many consumers an account may have by IncConsumers.
const maxConsumers = 16

// Account returns what is stored of an account.
func (p *Pallet) Account(c *frame.Ctx, who bt.AccountID) AccountInfo {
	a, _ := p.load(c, p.slot(c, who))
	return a
}

// load and store are what the storage item does, without its generality: every transfer reads and writes accounts many times.
func (p *Pallet) load(c *frame.Ctx, at *storage.Slot) (a AccountInfo, ok bool) {
	raw, ok := c.State.Load(at)
	if !ok {
		return AccountInfo{Data: NewAccountData()}, false
	}
	if len(raw) != accountSize {
		panic(&storage.Corruption{Item: "Account", Key: at.Key(), Err: fmt.Errorf("%d bytes, want %d", len(raw), accountSize)})
	}
	u32, u64 := binary.LittleEndian.Uint32, binary.LittleEndian.Uint64
	a.Nonce, a.Consumers, a.Providers, a.Sufficients = u32(raw), u32(raw[4:]), u32(raw[8:]), u32(raw[12:])
	a.Data.Free, a.Data.Reserved, a.Data.Frozen = bt.Rao(u64(raw[16:])), bt.Rao(u64(raw[24:])), bt.Rao(u64(raw[32:]))
	a.Data.Flags.V.Lo, a.Data.Flags.V.Hi = u64(raw[40:]), u64(raw[48:])
	return a, true
}

func (p *Pallet) store(c *frame.Ctx, at *storage.Slot, a *AccountInfo) {
	raw := c.State.Buffer(accountSize)[:accountSize]
	u32, u64 := binary.LittleEndian.PutUint32, binary.LittleEndian.PutUint64
	u32(raw, a.Nonce)
	u32(raw[4:], a.Consumers)
	u32(raw[8:], a.Providers)
	u32(raw[12:], a.Sufficients)
	u64(raw[16:], uint64(a.Data.Free))
	u64(raw[24:], uint64(a.Data.Reserved))
	u64(raw[32:], uint64(a.Data.Frozen))
	u64(raw[40:], a.Data.Flags.V.Lo)
	u64(raw[48:], a.Data.Flags.V.Hi)
	c.State.Store(at, raw)
}

// slot is the row of an account. A transfer asks for each of its accounts several times, so the block remembers them.
func (p *Pallet) slot(c *frame.Ctx, who bt.AccountID) *storage.Slot {
	if at, ok := c.Env.Accounts[who]; ok {
		return at
	}
	at := c.State.Slot(p.Storage.Account.Key(who))
	if c.Env.Accounts == nil {
		c.Env.Accounts = map[bt.AccountID]*storage.Slot{}
	}
	c.Env.Accounts[who] = at
	return at
}

// Change reads an account to change it. Nothing is stored before Save.
func (p *Pallet) Change(c *frame.Ctx, who bt.AccountID) (r Record) {
	r.p, r.c, r.who, r.at = p, c, who, p.slot(c, who)
	r.AccountInfo, r.stored = p.load(c, r.at)
	return r
}

// Save stores the account: it is removed when neither providers nor sufficients are left. Events about births and deaths came in the order
// of the calls to the Add and Drop methods.
func (r *Record) Save() {
	switch {
	case r.Providers > 0 || r.Sufficients > 0:
		r.p.store(r.c, r.at, &r.AccountInfo)
	case r.Nonce > 0 && !r.dead:
		// Free calls give a nonce to accounts that nothing provides for; upstream keeps such a row until the account dies.
		r.Data = NewAccountData()
		r.p.store(r.c, r.at, &r.AccountInfo)
	case r.stored:
		r.c.State.Remove(r.at)
	}
}

// Record is an account under change.
type Record struct {
	AccountInfo
	p      *Pallet
	c      *frame.Ctx
	who    bt.AccountID
	at     *storage.Slot
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
	r := p.Change(c, who)
	r.AddProvider()
	r.Save()
}

// DecProviders takes it back; ConsumerRemaining when the account must not go.
func (p *Pallet) DecProviders(c *frame.Ctx, who bt.AccountID) error {
	r := p.Change(c, who)
	if err := r.DropProvider(); err != nil {
		return err
	}
	r.Save()
	return nil
}

// IncConsumers counts a reason for the account not to go away.
func (p *Pallet) IncConsumers(c *frame.Ctx, who bt.AccountID) error {
	r := p.Change(c, who)
	if err := r.AddConsumer(); err != nil {
		return err
	}
	r.Save()
	return nil
}

// DecConsumers takes it back.
func (p *Pallet) DecConsumers(c *frame.Ctx, who bt.AccountID) {
	r := p.Change(c, who)
	r.DropConsumer()
	r.Save()
}

// IncSufficients counts a reason for the account to live without a balance.
func (p *Pallet) IncSufficients(c *frame.Ctx, who bt.AccountID) {
	r := p.Change(c, who)
	r.AddSufficient()
	r.Save()
}

// DecSufficients takes it back.
func (p *Pallet) DecSufficients(c *frame.Ctx, who bt.AccountID) {
	r := p.Change(c, who)
	r.DropSufficient()
	r.Save()
}

// BumpNonce counts a signed extrinsic of the account.
func (p *Pallet) BumpNonce(c *frame.Ctx, who bt.AccountID) {
	at := p.slot(c, who)
	a, _ := p.load(c, at)
	if a.Nonce < 1<<32-1 {
		a.Nonce++
	}
	p.store(c, at, &a)
}
