// Package preimage is the pallet that stores bytes under their hash: calls that are too long for the place that refers to them. Accounts note bytes for a
// deposit, which they get back; other pallets keep their calls here (Bounded).
//
// It deliberately makes no call: who refers to one does.
package preimage

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Index is the pallet's place in the runtime, which its hold reason names.
const Index = 14

const (
	maxSize      = 4 << 20 // of a preimage, in bytes
	maxHashes    = 1024    // of ensure_updated
	baseDeposit  = 104_000_000
	byteDeposit  = 1_000_000
	enoughOfTens = 9 // of ten hashes brought to today's form make ensure_updated free
)

// Pallet is the preimage pallet.
type Pallet struct {
	Storage struct {
		StatusFor        storage.Map[storage.Identity, bt.Hash, OldRequestStatus] `storage:"optional" doc:"Not used: how preimages were registered in an older form."`
		RequestStatusFor storage.Map[storage.Identity, bt.Hash, RequestStatus]    `storage:"optional" doc:"Who noted and who requested the bytes of a hash."`
		PreimageFor      storage.Map[storage.Identity, Noted, Bytes]              `storage:"optional" doc:"Bytes by their hash and length."`
	}
	Event struct {
		Noted     frame.Event[HashOf] `index:"0" doc:"Bytes were noted."`
		Requested frame.Event[HashOf] `index:"1" doc:"Bytes were requested."`
		Cleared   frame.Event[HashOf] `index:"2" doc:"Bytes were removed."`
	}
	Error struct {
		TooBig        frame.Error `index:"0" doc:"The preimage is too long."`
		AlreadyNoted  frame.Error `index:"1" doc:"The preimage is noted already."`
		NotAuthorized frame.Error `index:"2" doc:"Only who noted the preimage may do this."`
		NotNoted      frame.Error `index:"3" doc:"Nobody noted the preimage."`
		Requested     frame.Error `index:"4" doc:"A requested preimage cannot be removed."`
		NotRequested  frame.Error `index:"5" doc:"Nobody requested the preimage."`
		TooMany       frame.Error `index:"6" doc:"There are too many hashes."`
		TooFew        frame.Error `index:"7" doc:"There is no hash."`
	}
	Call struct {
		NotePreimage      frame.Call[NoteArgs]   `index:"0" weight:"129485531,6012,5,3" doc:"Stores bytes, for a deposit; free when they were requested."`
		UnnotePreimage    frame.Call[HashOf]     `index:"1" weight:"57648000,3802,3,3" doc:"Removes bytes that nobody requested and gives the deposit back."`
		RequestPreimage   frame.Call[HashOf]     `index:"2" weight:"25485000,3556,2,1" doc:"Root asks for bytes to be and to stay available."`
		UnrequestPreimage frame.Call[HashOf]     `index:"3" weight:"25369000,3556,2,2" doc:"Root takes a request back."`
		EnsureUpdated     frame.Call[HashesArgs] `index:"4" weight:"61821000,6012,2,0" doc:"Brings registrations to today's form; free when nearly all needed it."`
	}

	money Money
}

// Money is what the pallet needs of balances.
type Money interface {
	Hold(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID, amount bt.Rao) error
	Release(c *frame.Ctx, reason frame.HoldReason, who bt.AccountID, amount bt.Rao) (bt.Rao, error)
	Unreserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) bt.Rao
}

// held is why the deposits are held.
var held = frame.HoldReason{Pallet: Index}

// The arguments of the calls, and the events' only field.
type (
	NoteArgs   struct{ Bytes []byte }
	HashOf     struct{ Hash bt.Hash }
	HashesArgs struct{ Hashes []bt.Hash }
)

// Noted is the key of noted bytes: their hash and length.
type Noted = scale.Pair[bt.Hash, uint32]

// RequestStatus is what is known of the bytes of a hash.
type RequestStatus struct {
	scale.Enum
	Unrequested *Unrequested `index:"0,fields"`
	Requested   *Requested   `index:"1,fields"`
}

// Unrequested bytes are there because an account noted them.
type Unrequested struct {
	Ticket Ticket
	Len    uint32
}

// Requested bytes must stay; they may not be there yet.
type Requested struct {
	MaybeTicket scale.Option[Ticket]
	Count       uint32
	MaybeLen    scale.Option[uint32]
}

// Ticket is who noted bytes and what is held for that.
type Ticket = scale.Pair[bt.AccountID, Consideration]

// Consideration is an amount that is held, in rao.
type Consideration struct {
	scale.Tuple `scale:"-"`
	Amount      bt.Rao
}

// ScaleName is Substrate's.
func (Consideration) ScaleName() scale.Name {
	return scale.Name{Path: "frame_support::traits::tokens::fungible::HoldConsideration", Params: []scale.Param{
		{Name: "A"}, {Name: "F"}, {Name: "R"}, {Name: "D"}, {Name: "Fp"},
	}}
}

// ScaleName is Substrate's.
func (RequestStatus) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_preimage::RequestStatus", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()}, {Name: "Ticket", Type: reflect.TypeFor[Consideration]()},
	}}
}

// OldRequestStatus is RequestStatus in its older form, with deposits in reserve.
type OldRequestStatus struct {
	scale.Enum
	Unrequested *OldUnrequested `index:"0,fields"`
	Requested   *OldRequested   `index:"1,fields"`
}

// OldUnrequested is Unrequested in its older form.
type OldUnrequested struct {
	Deposit scale.Pair[bt.AccountID, bt.Rao]
	Len     uint32
}

// OldRequested is Requested in its older form.
type OldRequested struct {
	Deposit scale.Option[scale.Pair[bt.AccountID, bt.Rao]]
	Count   uint32
	Len     scale.Option[uint32]
}

// ScaleName is Substrate's.
func (OldRequestStatus) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_preimage::OldRequestStatus", Params: []scale.Param{
		{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()}, {Name: "Balance", Type: reflect.TypeFor[bt.Rao]()},
	}}
}

// New makes the pallet.
func New(money Money) *Pallet {
	p := &Pallet{money: money}
	p.Call.NotePreimage.Weigh(func(a NoteArgs, i frame.Info) frame.Info {
		i.Weight.RefTime += 2133 * uint64(len(a.Bytes))
		return i
	})
	p.Call.EnsureUpdated.Weigh(func(a HashesArgs, i frame.Info) frame.Info {
		n := uint64(len(a.Hashes))
		i.Weight = i.Weight.Add(frame.WeightOf(n*58_427_064, n*2812, 3*n, 4*n))
		return i
	})
	return p
}

// HoldReasons names why the pallet holds balances.
func (*Pallet) HoldReasons() []string { return []string{"Preimage"} }

// by is who signed, or nil for root.
func by(c *frame.Ctx) (*bt.AccountID, error) {
	if c.Origin.IsRoot() {
		return nil, nil
	}
	who, err := c.Signer()
	return &who, err
}

// NotePreimage stores bytes.
func (p *Pallet) NotePreimage(c *frame.Ctx, a NoteArgs) error {
	who, err := by(c)
	if err != nil {
		return err
	}
	requested, err := p.note(c, a.Bytes, who)
	if err == nil && (requested || who == nil) {
		c.Free()
	}
	return err
}

// note stores bytes for whom pays the deposit, or for the chain itself; it tells whether they are requested.
func (p *Pallet) note(c *frame.Ctx, bytes []byte, who *bt.AccountID) (requested bool, err error) {
	if len(bytes) > maxSize {
		return false, p.Error.TooBig
	}
	h, n := bt.Hash(hash.Blake256(bytes)), uint32(len(bytes))
	p.update(c, h)
	s, known := p.Storage.RequestStatusFor.TryGet(c.State, h)
	switch {
	case known && s.Requested != nil:
		s.Requested.MaybeLen = scale.Some(n)
	case known && who != nil:
		return false, p.Error.AlreadyNoted
	case known:
		s = RequestStatus{Requested: &Requested{MaybeTicket: scale.Some(s.Unrequested.Ticket), Count: 1, MaybeLen: scale.Some(n)}}
	case who == nil:
		s = RequestStatus{Requested: &Requested{Count: 1, MaybeLen: scale.Some(n)}}
	default:
		t, err := p.hold(c, *who, n)
		if err != nil {
			return false, err
		}
		s = RequestStatus{Unrequested: &Unrequested{Ticket: t, Len: n}}
	}
	p.Storage.RequestStatusFor.Set(c.State, h, s)
	p.Storage.PreimageFor.Set(c.State, Noted{A: h, B: n}, bytes)
	p.Event.Noted.Emit(c, HashOf{h})
	return s.Requested != nil, nil
}

func (p *Pallet) hold(c *frame.Ctx, who bt.AccountID, length uint32) (Ticket, error) {
	amount := baseDeposit + byteDeposit*bt.Rao(length)
	return Ticket{A: who, B: Consideration{Amount: amount}}, p.money.Hold(c, held, who, amount)
}

func (p *Pallet) release(c *frame.Ctx, t Ticket) {
	_, _ = p.money.Release(c, held, t.A, t.B.Amount) // as much as there is
}

// UnnotePreimage removes bytes.
func (p *Pallet) UnnotePreimage(c *frame.Ctx, a HashOf) error {
	who, err := by(c)
	if err != nil {
		return err
	}
	p.update(c, a.Hash)
	s, ok := p.Storage.RequestStatusFor.TryGet(c.State, a.Hash)
	if !ok {
		return p.Error.NotNoted
	}
	if s.Unrequested != nil {
		if who != nil && *who != s.Unrequested.Ticket.A {
			return p.Error.NotAuthorized
		}
		p.release(c, s.Unrequested.Ticket)
		p.clear(c, a.Hash, s.Unrequested.Len)
		return nil
	}
	t, ok := s.Requested.MaybeTicket.Get()
	if who != nil && (!ok || *who != t.A) {
		return p.Error.NotAuthorized
	}
	if !ok {
		return p.unrequest(c, a.Hash)
	}
	p.release(c, t)
	s.Requested.MaybeTicket = scale.None[Ticket]()
	p.Storage.RequestStatusFor.Set(c.State, a.Hash, s)
	return nil
}

func (p *Pallet) clear(c *frame.Ctx, h bt.Hash, length uint32) {
	p.Storage.RequestStatusFor.Delete(c.State, h)
	p.Storage.PreimageFor.Delete(c.State, Noted{A: h, B: length})
	p.Event.Cleared.Emit(c, HashOf{h})
}

// RequestPreimage asks for bytes.
func (p *Pallet) RequestPreimage(c *frame.Ctx, a HashOf) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	p.request(c, a.Hash)
	return nil
}

func (p *Pallet) request(c *frame.Ctx, h bt.Hash) {
	p.update(c, h)
	r := &Requested{Count: 1}
	if s, ok := p.Storage.RequestStatusFor.TryGet(c.State, h); ok {
		if s.Requested != nil {
			r = s.Requested
			r.Count += min(1, 1<<32-1-r.Count)
		} else {
			r.MaybeTicket, r.MaybeLen = scale.Some(s.Unrequested.Ticket), scale.Some(s.Unrequested.Len)
		}
	}
	p.Storage.RequestStatusFor.Set(c.State, h, RequestStatus{Requested: r})
	if r.Count == 1 {
		p.Event.Requested.Emit(c, HashOf{h})
	}
}

// UnrequestPreimage takes a request back.
func (p *Pallet) UnrequestPreimage(c *frame.Ctx, a HashOf) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	return p.unrequest(c, a.Hash)
}

func (p *Pallet) unrequest(c *frame.Ctx, h bt.Hash) error {
	p.update(c, h)
	s, ok := p.Storage.RequestStatusFor.TryGet(c.State, h)
	if !ok || s.Requested == nil {
		return p.Error.NotRequested
	}
	r := s.Requested
	length, there := r.MaybeLen.Get()
	ticket, owned := r.MaybeTicket.Get()
	switch {
	case r.Count > 1:
		r.Count--
		p.Storage.RequestStatusFor.Set(c.State, h, s)
	case !there:
		p.Storage.RequestStatusFor.Delete(c.State, h)
	case !owned:
		p.clear(c, h, length)
	default: // who noted it may now have the deposit back
		p.Storage.RequestStatusFor.Set(c.State, h, RequestStatus{Unrequested: &Unrequested{Ticket: ticket, Len: length}})
	}
	return nil
}

// EnsureUpdated brings registrations to today's form.
func (p *Pallet) EnsureUpdated(c *frame.Ctx, a HashesArgs) error {
	if _, err := c.Signer(); err != nil {
		return err
	}
	if len(a.Hashes) == 0 {
		return p.Error.TooFew
	}
	if len(a.Hashes) > maxHashes {
		return p.Error.TooMany
	}
	done := 0
	for _, h := range a.Hashes {
		if p.update(c, h) {
			done++
		}
	}
	if 10*done >= enoughOfTens*len(a.Hashes) {
		c.Free()
	}
	return nil
}

// update brings one registration to today's form, where it is in the older one; the deposit goes from reserve into a hold.
func (p *Pallet) update(c *frame.Ctx, h bt.Hash) bool {
	old, ok := p.Storage.StatusFor.TryGet(c.State, h)
	if !ok {
		return false
	}
	p.Storage.StatusFor.Delete(c.State, h)
	if u := old.Unrequested; u != nil {
		p.money.Unreserve(c, u.Deposit.A, u.Deposit.B)
		if t, err := p.hold(c, u.Deposit.A, u.Len); err == nil {
			p.Storage.RequestStatusFor.Set(c.State, h, RequestStatus{Unrequested: &Unrequested{Ticket: t, Len: u.Len}})
		}
		return true
	}
	r := &Requested{Count: old.Requested.Count, MaybeLen: old.Requested.Len}
	if d, ok := old.Requested.Deposit.Get(); ok {
		p.money.Unreserve(c, d.A, d.B)
		if t, err := p.hold(c, d.A, r.MaybeLen.Value); err == nil {
			r.MaybeTicket = scale.Some(t)
		}
	}
	p.Storage.RequestStatusFor.Set(c.State, h, RequestStatus{Requested: r})
	return true
}
