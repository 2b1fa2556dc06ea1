// Package proxy is the pallet that lets accounts act for others: proxies that may make some kinds of calls, at once or some blocks after an announcement,
// and pure accounts that have proxies but no key.
//
// It deliberately takes no fees: Payer tells who pays for a proxied call.
package proxy

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the proxy pallet.
type Pallet struct {
	Storage struct {
		Proxies              storage.Map[storage.Twox64Concat, bt.AccountID, Proxies]                                        `doc:"The proxies of an account, and what it has reserved for them, in rao."`
		Announcements        storage.Map[storage.Twox64Concat, bt.AccountID, Pending]                                        `doc:"The calls that a proxy announced, and what it has reserved for them, in rao."`
		LastCallResult       storage.Map[storage.Twox64Concat, bt.AccountID, Result]                                         `storage:"optional" doc:"How the last proxied call of an account ended; of this block only."`
		RealPaysFeeConsentV1 storage.DoubleMap[storage.Twox64Concat, bt.AccountID, storage.Twox64Concat, bt.AccountID, unit] `storage:"optional" doc:"Accounts that pay the fees of a proxy's calls for them."`
	}
	Constants struct {
		ProxyDepositBase          frame.Const[bt.Rao] `doc:"Reserved by an account that has proxies, in rao."`
		ProxyDepositFactor        frame.Const[bt.Rao] `doc:"Reserved for each proxy, in rao."`
		MaxProxies                frame.Const[uint32] `doc:"How many proxies an account may have."`
		MaxPending                frame.Const[uint32] `doc:"How many announcements a proxy may have open."`
		AnnouncementDepositBase   frame.Const[bt.Rao] `doc:"Reserved by a proxy that has announcements open, in rao."`
		AnnouncementDepositFactor frame.Const[bt.Rao] `doc:"Reserved for each announcement, in rao."`
	}
	Event struct {
		ProxyExecuted  frame.Event[Executed]       `index:"0" doc:"A proxy made a call."`
		PureCreated    frame.Event[PureCreated]    `index:"1" doc:"A pure account was created."`
		PureKilled     frame.Event[PureKilled]     `index:"2" doc:"A pure account was given up."`
		Announced      frame.Event[Announced]      `index:"3" doc:"A proxy announced a call."`
		ProxyAdded     frame.Event[Changed]        `index:"4" doc:"An account has one more proxy."`
		ProxyRemoved   frame.Event[Changed]        `index:"5" doc:"An account has one proxy less."`
		DepositPoked   frame.Event[DepositPoked]   `index:"6" doc:"A deposit was brought to today's amount."`
		RealPaysFeeSet frame.Event[RealPaysFeeSet] `index:"7" doc:"An account chose who pays the fees of a proxy's calls."`
	}
	Error struct {
		// Clients match the texts of these errors, so they are upstream's.
		TooMany                              frame.Error `index:"0" doc:"There are too many proxies or announcements."`
		NotFound                             frame.Error `index:"1" doc:"Proxy registration not found."`
		NotProxy                             frame.Error `index:"2" doc:"Sender is not a proxy of the account to be proxied."`
		Unproxyable                          frame.Error `index:"3" doc:"The kind of proxy does not permit the call."`
		Duplicate                            frame.Error `index:"4" doc:"Account is already a proxy."`
		NoPermission                         frame.Error `index:"5" doc:"The call could give a proxy more rights than it has."`
		Unannounced                          frame.Error `index:"6" doc:"Announcement, if made at all, was made too recently."`
		NoSelfProxy                          frame.Error `index:"7" doc:"Cannot add self as proxy."`
		AnnouncementDepositInvariantViolated frame.Error `index:"8" doc:"The deposit for an announcement came out as nothing."`
		InvalidDerivedAccountId              frame.Error `index:"9" doc:"No account can be derived."`
	}
	Call struct {
		Proxy              frame.Call[Proxy]           `index:"0" weight:"29090365,4994,3,1" doc:"Makes a call for an account whose proxy the sender is."`
		AddProxy           frame.Call[ProxyArgs]       `index:"1" weight:"27388644,4254,1,1" doc:"Makes another account a proxy of the sender."`
		RemoveProxy        frame.Call[ProxyArgs]       `index:"2" weight:"29108129,4254,1,2" doc:"Takes a proxy of the sender away."`
		RemoveProxies      frame.Call[None]            `index:"3" weight:"28523188,4254,1,1" doc:"Takes all proxies of the sender away. A pure account is lost by it."`
		CreatePure         frame.Call[CreatePure]      `index:"4" weight:"28256636,4254,1,1" doc:"Creates an account without key whose proxy the sender is."`
		KillPure           frame.Call[KillPure]        `index:"5" weight:"27489367,4254,1,1" doc:"Gives the sending pure account up for good; its creator gets the deposit back."`
		Announce           frame.Call[Announce]        `index:"6" weight:"49915451,8615,3,2" doc:"Announces by its hash a call that the sender will make as a proxy."`
		RemoveAnnouncement frame.Call[Announce]        `index:"7" weight:"41787991,8615,2,2" doc:"Takes an own announcement back."`
		RejectAnnouncement frame.Call[Reject]          `index:"8" weight:"41722977,8615,2,2" doc:"Forbids the call that a proxy of the sender announced."`
		ProxyAnnounced     frame.Call[ProxyAnnounced]  `index:"9" weight:"71477572,14455,5,3" doc:"Makes a call that a proxy announced long enough ago."`
		PokeDeposit        frame.Call[None]            `index:"10" weight:"46757000,8615,3,3" doc:"Brings the sender's deposits to today's amounts; free when they differ."`
		SetRealPaysFee     frame.Call[RealPaysFeeArgs] `index:"11" weight:"15115911,4254,1,1" doc:"Chooses whether the sender or its proxy pays the fees of the proxy's calls."`
	}

	money  Money
	table  func() *frame.Table
	filter Filter
}

// Money is what the pallet needs of balances.
type Money interface {
	Reserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error
	Unreserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) bt.Rao
}

// What the pallet stores.
type (
	unit    = scale.Unit
	Proxies = scale.Pair[Definitions, bt.Rao]
	Pending = scale.Pair[Announcements, bt.Rao]
	Result  = scale.Result[scale.Unit, frame.DispatchError]
)

// The arguments of the calls.
type (
	None  struct{}
	Proxy struct {
		Real           bt.MultiAddress
		ForceProxyType scale.Option[Kind]
		Call           frame.RuntimeCall
	}
	ProxyArgs struct {
		Delegate  bt.MultiAddress
		ProxyType Kind
		Delay     uint32
	}
	CreatePure struct {
		ProxyType Kind
		Delay     uint32
		Index     uint16
	}
	KillPure struct {
		Spawner   bt.MultiAddress
		ProxyType Kind
		Index     uint16
		Height    uint32 `scale:"compact"`
		ExtIndex  uint32 `scale:"compact"`
	}
	Announce struct {
		Real     bt.MultiAddress
		CallHash bt.Hash
	}
	Reject struct {
		Delegate bt.MultiAddress
		CallHash bt.Hash
	}
	ProxyAnnounced struct {
		Delegate, Real bt.MultiAddress
		ForceProxyType scale.Option[Kind]
		Call           frame.RuntimeCall
	}
	RealPaysFeeArgs struct {
		Delegate bt.MultiAddress
		PaysFee  bool
	}
)

// New makes the pallet with upstream's constants. table is asked for calls when the runtime is complete; filter decides what the kinds of proxies may
// do, upstream's rules when it is nil.
func New(money Money, table func() *frame.Table, filter Filter) *Pallet {
	if filter == nil {
		filter = standard{table}
	}
	p := &Pallet{money: money, table: table, filter: filter}
	p.Constants.ProxyDepositBase.Set(60_000_000)
	p.Constants.ProxyDepositFactor.Set(33_000_000)
	p.Constants.MaxProxies.Set(20)
	p.Constants.MaxPending.Set(75)
	p.Constants.AnnouncementDepositBase.Set(36_000_000)
	p.Constants.AnnouncementDepositFactor.Set(68_000_000)
	account := frame.WeightOf(0, 0, 1, 1) // of the real account
	p.Call.Proxy.Weigh(func(a Proxy, i frame.Info) frame.Info {
		in := table().Info(a.Call)
		return frame.Info{Weight: i.Weight.Add(account).Add(in.Weight), Pays: in.Pays}
	})
	p.Call.ProxyAnnounced.Weigh(func(a ProxyAnnounced, i frame.Info) frame.Info {
		return frame.Info{Weight: i.Weight.Add(account).Add(table().Info(a.Call).Weight)}
	})
	return p
}

// OnFinalize forgets the results of this block.
func (p *Pallet) OnFinalize(c *frame.Ctx) { p.Storage.LastCallResult.Clear(c.State) }

// signer is who signed, and the account of an argument.
func signer(c *frame.Ctx, a bt.MultiAddress) (who, other bt.AccountID, err error) {
	if who, err = c.Signer(); err != nil {
		return who, other, err
	}
	other, err = balances.Lookup(a)
	return who, other, err
}

// Proxy makes a call for another account.
func (p *Pallet) Proxy(c *frame.Ctx, a Proxy) error {
	who, real, err := signer(c, a.Real)
	if err != nil {
		return err
	}
	def, err := p.find(c, real, who, a.ForceProxyType)
	if err != nil {
		return err
	}
	if def.Delay > 0 {
		return p.Error.Unannounced
	}
	p.run(c, def, real, a.Call)
	return nil
}

// find is the first proxy that a delegate is of an account, of one kind where that is asked for.
func (p *Pallet) find(c *frame.Ctx, real, delegate bt.AccountID, kind scale.Option[Kind]) (Definition, error) {
	for _, d := range p.Storage.Proxies.Get(c.State, real).A {
		if d.Delegate == delegate && (!kind.Set || d.ProxyType == kind.Value) {
			return d, nil
		}
	}
	return Definition{}, p.Error.NotProxy
}

// run makes the call. A proxy cannot widen its rights: it adds and removes only proxies of kinds that its own covers, and only one that may do anything
// takes all away.
func (p *Pallet) run(c *frame.Ctx, def Definition, real bt.AccountID, call frame.RuntimeCall) {
	at := p.Error.TooMany.Pallet
	origin := frame.Signed(real).Narrowed(func(in frame.RuntimeCall) bool {
		if in.Pallet == at {
			switch args := in.Args.(type) {
			case *ProxyArgs: // add_proxy and remove_proxy
				if !p.filter.Covers(def.ProxyType, args.ProxyType) {
					return false
				}
			case *KillPure:
				if def.ProxyType != Any {
					return false
				}
			case *None:
				if in.Index == removeProxies && def.ProxyType != Any {
					return false
				}
			}
		}
		return p.filter.Permits(def.ProxyType, in)
	})
	result := frame.ToResult(c.Dispatch(origin, call).Err)
	p.Storage.LastCallResult.Set(c.State, real, result)
	p.Event.ProxyExecuted.Emit(c, Executed{result})
}

// removeProxies is the index of remove_proxies, which has no arguments to tell it by.
const removeProxies = 3

// AddProxy makes an account a proxy of the sender.
func (p *Pallet) AddProxy(c *frame.Ctx, a ProxyArgs) error {
	who, delegate, err := signer(c, a.Delegate)
	if err != nil {
		return err
	}
	return p.Add(c, who, delegate, a.ProxyType, a.Delay)
}

// Add makes an account a proxy of another, which pays the deposit.
func (p *Pallet) Add(c *frame.Ctx, real, delegate bt.AccountID, kind Kind, delay uint32) error {
	if real == delegate {
		return p.Error.NoSelfProxy
	}
	v := p.Storage.Proxies.Get(c.State, real)
	def := Definition{Delegate: delegate, ProxyType: kind, Delay: delay}
	at, found := slices.BinarySearchFunc(v.A, def, compare)
	if found {
		return p.Error.Duplicate
	}
	if len(v.A) >= int(p.Constants.MaxProxies.Get()) {
		return p.Error.TooMany
	}
	v.A = slices.Insert(v.A, at, def)
	deposit, err := p.adjust(c, real, v.B, p.deposit(len(v.A)))
	if err != nil {
		return err
	}
	v.B = deposit
	p.Storage.Proxies.Set(c.State, real, v)
	p.Event.ProxyAdded.Emit(c, Changed{Delegator: real, Delegatee: delegate, ProxyType: kind, Delay: delay})
	return nil
}

// compare is the order in which proxies of an account are stored.
func compare(a, b Definition) int {
	return cmp.Or(bytes.Compare(a.Delegate[:], b.Delegate[:]), cmp.Compare(a.ProxyType, b.ProxyType), cmp.Compare(a.Delay, b.Delay))
}

func (p *Pallet) deposit(proxies int) bt.Rao {
	return depositFor(p.Constants.ProxyDepositBase.Get(), p.Constants.ProxyDepositFactor.Get(), proxies)
}

func (p *Pallet) announcementDeposit(pending int) bt.Rao {
	return depositFor(p.Constants.AnnouncementDepositBase.Get(), p.Constants.AnnouncementDepositFactor.Get(), pending)
}

func depositFor(base, factor bt.Rao, n int) bt.Rao {
	if n == 0 {
		return 0
	}
	return base + factor*bt.Rao(n)
}

// adjust brings what an account has reserved from one amount to another, which it returns.
func (p *Pallet) adjust(c *frame.Ctx, who bt.AccountID, from, to bt.Rao) (bt.Rao, error) {
	if to > from {
		return to, p.money.Reserve(c, who, to-from)
	}
	p.money.Unreserve(c, who, from-to)
	return to, nil
}

// RemoveProxy takes a proxy of the sender away.
func (p *Pallet) RemoveProxy(c *frame.Ctx, a ProxyArgs) error {
	who, delegate, err := signer(c, a.Delegate)
	if err != nil {
		return err
	}
	return p.Remove(c, who, delegate, a.ProxyType, a.Delay)
}

// Remove takes a proxy of an account away.
func (p *Pallet) Remove(c *frame.Ctx, real, delegate bt.AccountID, kind Kind, delay uint32) error {
	v := p.Storage.Proxies.Get(c.State, real)
	at, found := slices.BinarySearchFunc(v.A, Definition{Delegate: delegate, ProxyType: kind, Delay: delay}, compare)
	if !found {
		return p.Error.NotFound
	}
	v.A = slices.Delete(v.A, at, at+1)
	deposit, err := p.adjust(c, real, v.B, p.deposit(len(v.A)))
	if err != nil {
		return err
	}
	if v.B = deposit; len(v.A) > 0 {
		p.Storage.Proxies.Set(c.State, real, v)
	} else {
		p.Storage.Proxies.Delete(c.State, real)
	}
	p.Storage.RealPaysFeeConsentV1.Delete(c.State, real, delegate)
	p.Event.ProxyRemoved.Emit(c, Changed{Delegator: real, Delegatee: delegate, ProxyType: kind, Delay: delay})
	return nil
}

// RemoveProxies takes all proxies of the sender away.
func (p *Pallet) RemoveProxies(c *frame.Ctx, _ None) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	p.money.Unreserve(c, who, p.Storage.Proxies.Take(c.State, who).B)
	p.Storage.RealPaysFeeConsentV1.DeleteOf(c.State, who)
	return nil
}

// PureAccount is the account that create_pure makes at a place in the chain.
func PureAccount(spawner bt.AccountID, kind Kind, index uint16, height, extrinsic uint32) bt.AccountID {
	e := scale.NewEncoder(make([]byte, 0, 64))
	e.Raw([]byte("modlpy/proxy____"))
	e.Raw(spawner[:])
	e.U32(height)
	e.U32(extrinsic)
	e.Byte(byte(kind))
	e.U16(index)
	return hash.Blake256(e.Bytes())
}

// CreatePure creates an account without key.
func (p *Pallet) CreatePure(c *frame.Ctx, a CreatePure) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	pure := PureAccount(who, a.ProxyType, a.Index, c.Env.Number, c.Env.ExtrinsicIndex())
	if p.Storage.Proxies.Has(c.State, pure) {
		return p.Error.Duplicate
	}
	if p.Constants.MaxProxies.Get() == 0 {
		return p.Error.TooMany
	}
	deposit := p.deposit(1)
	if err := p.money.Reserve(c, who, deposit); err != nil {
		return err
	}
	p.Storage.Proxies.Set(c.State, pure, Proxies{A: Definitions{{Delegate: who, ProxyType: a.ProxyType, Delay: a.Delay}}, B: deposit})
	p.Event.PureCreated.Emit(c, PureCreated{Pure: pure, Who: who, ProxyType: a.ProxyType, DisambiguationIndex: a.Index})
	return nil
}

// KillPure gives a pure account up, which signs by its proxy.
func (p *Pallet) KillPure(c *frame.Ctx, a KillPure) error {
	who, spawner, err := signer(c, a.Spawner)
	if err != nil {
		return err
	}
	if who != PureAccount(spawner, a.ProxyType, a.Index, a.Height, a.ExtIndex) {
		return p.Error.NoPermission
	}
	p.money.Unreserve(c, spawner, p.Storage.Proxies.Take(c.State, who).B)
	p.Event.PureKilled.Emit(c, PureKilled{Pure: who, Spawner: spawner, ProxyType: a.ProxyType, DisambiguationIndex: a.Index})
	return nil
}

// Announce says which call the sender will make as a proxy.
func (p *Pallet) Announce(c *frame.Ctx, a Announce) error {
	who, real, err := signer(c, a.Real)
	if err != nil {
		return err
	}
	if _, err := p.find(c, real, who, scale.None[Kind]()); err != nil {
		return err
	}
	v := p.Storage.Announcements.Get(c.State, who)
	if len(v.A) >= int(p.Constants.MaxPending.Get()) {
		return p.Error.TooMany
	}
	v.A = append(v.A, Announcement{Real: real, CallHash: a.CallHash, Height: c.Env.Number})
	if v.B, err = p.adjust(c, who, v.B, p.announcementDeposit(len(v.A))); err != nil {
		return err
	}
	p.Storage.Announcements.Set(c.State, who, v)
	p.Event.Announced.Emit(c, Announced{Real: real, Proxy: who, CallHash: a.CallHash})
	return nil
}

// RemoveAnnouncement takes an announcement of the sender back.
func (p *Pallet) RemoveAnnouncement(c *frame.Ctx, a Announce) error {
	who, real, err := signer(c, a.Real)
	if err != nil {
		return err
	}
	return p.forget(c, who, func(n Announcement) bool { return n.Real == real && n.CallHash == a.CallHash })
}

// RejectAnnouncement forbids an announced call.
func (p *Pallet) RejectAnnouncement(c *frame.Ctx, a Reject) error {
	who, delegate, err := signer(c, a.Delegate)
	if err != nil {
		return err
	}
	return p.forget(c, delegate, func(n Announcement) bool { return n.Real == who && n.CallHash == a.CallHash })
}

// forget removes the announcements of a delegate that match, of which there must be one.
func (p *Pallet) forget(c *frame.Ctx, delegate bt.AccountID, match func(Announcement) bool) error {
	v := p.Storage.Announcements.Get(c.State, delegate)
	before := len(v.A)
	v.A = slices.DeleteFunc(v.A, match)
	if len(v.A) == before {
		return p.Error.NotFound
	}
	deposit, err := p.adjust(c, delegate, v.B, p.announcementDeposit(len(v.A)))
	if err != nil {
		return err
	}
	if v.B = deposit; len(v.A) > 0 {
		p.Storage.Announcements.Set(c.State, delegate, v)
	} else {
		p.Storage.Announcements.Delete(c.State, delegate)
	}
	return nil
}

// ProxyAnnounced makes a call that a proxy announced. Anybody may send it.
func (p *Pallet) ProxyAnnounced(c *frame.Ctx, a ProxyAnnounced) error {
	_, delegate, err := signer(c, a.Delegate)
	if err != nil {
		return err
	}
	real, err := balances.Lookup(a.Real)
	if err != nil {
		return err
	}
	def, err := p.find(c, real, delegate, a.ForceProxyType)
	if err != nil {
		return err
	}
	h := bt.Hash(hash.Blake256(scale.Marshal(&a.Call)))
	now := c.Env.Number
	due := func(n Announcement) bool {
		return n.Real == real && n.CallHash == h && now-min(now, n.Height) >= def.Delay
	}
	if p.forget(c, delegate, due) != nil {
		return p.Error.Unannounced
	}
	p.run(c, def, real, a.Call)
	return nil
}

// PokeDeposit brings the sender's deposits to today's amounts.
func (p *Pallet) PokeDeposit(c *frame.Ctx, _ None) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	proxies, pending := p.Storage.Proxies.Get(c.State, who), p.Storage.Announcements.Get(c.State, who)
	changed, err := p.poke(c, who, ForProxies, &proxies.B, p.deposit(len(proxies.A)))
	if err != nil {
		return err
	}
	switch {
	case changed && len(proxies.A) > 0:
		p.Storage.Proxies.Set(c.State, who, proxies)
	case changed:
		p.Storage.Proxies.Delete(c.State, who)
	}
	again, err := p.poke(c, who, ForAnnouncements, &pending.B, p.announcementDeposit(len(pending.A)))
	if err != nil {
		return err
	}
	switch {
	case again && len(pending.A) > 0:
		p.Storage.Announcements.Set(c.State, who, pending)
	case again:
		p.Storage.Announcements.Delete(c.State, who)
	}
	if changed || again {
		c.Free()
	}
	return nil
}

func (p *Pallet) poke(c *frame.Ctx, who bt.AccountID, kind DepositKind, deposit *bt.Rao, want bt.Rao) (changed bool, err error) {
	old := *deposit
	if old == want {
		return false, nil
	}
	if *deposit, err = p.adjust(c, who, old, want); err != nil {
		return false, err
	}
	p.Event.DepositPoked.Emit(c, DepositPoked{Who: who, Kind: kind, OldDeposit: old, NewDeposit: want})
	return true, nil
}

// SetRealPaysFee chooses who pays the fees of a proxy's calls.
func (p *Pallet) SetRealPaysFee(c *frame.Ctx, a RealPaysFeeArgs) error {
	who, delegate, err := signer(c, a.Delegate)
	if err != nil {
		return err
	}
	if _, err := p.find(c, who, delegate, scale.None[Kind]()); err != nil {
		return err
	}
	if a.PaysFee {
		p.Storage.RealPaysFeeConsentV1.Set(c.State, who, delegate, scale.Unit{})
	} else {
		p.Storage.RealPaysFeeConsentV1.Delete(c.State, who, delegate)
	}
	p.Event.RealPaysFeeSet.Emit(c, RealPaysFeeSet{Real: who, Delegate: delegate, PaysFee: a.PaysFee})
	return nil
}
