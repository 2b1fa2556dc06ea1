// Package sudo is the pallet that lets one key act as root.
//
// It deliberately checks no signatures and no pool rules: that only the key's calls enter the pool is the executive's (chain).
package sudo

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the sudo pallet.
type Pallet struct {
	Storage struct {
		Key storage.Value[bt.AccountID] `storage:"optional" doc:"The account that may act as root."`
	}
	Event struct {
		Sudid      frame.Event[Sudid]      `index:"0" doc:"A call was made as root."`
		KeyChanged frame.Event[KeyChanged] `index:"1" doc:"Another account may act as root."`
		KeyRemoved frame.Event[KeyRemoved] `index:"2" doc:"Nobody may act as root any more."`
		SudoAsDone frame.Event[Sudid]      `index:"3" doc:"A call was made in the name of another account."`
	}
	Error struct {
		RequireSudo frame.Error `index:"0" doc:"The sender is not the sudo account."`
	}
	Call struct {
		Sudo                frame.Call[Sudo]                `index:"0" weight:"7939000,1517,1,0" doc:"Makes a call as root."`
		SudoUncheckedWeight frame.Call[SudoUncheckedWeight] `index:"1" doc:"Makes a call as root whose weight the sender states."`
		SetKey              frame.Call[SetKey]              `index:"2" weight:"7237000,1517,1,1" doc:"Makes another account the sudo account."`
		SudoAs              frame.Call[SudoAs]              `index:"3" weight:"7870000,1517,1,0" doc:"Makes a call in the name of another account."`
		RemoveKey           frame.Call[RemoveKey]           `index:"4" weight:"6417000,1517,1,1" doc:"Gives the sudo key up for good."`
	}
}

// The fields of the events.
type (
	Sudid struct {
		SudoResult scale.Result[scale.Unit, frame.DispatchError]
	}
	KeyChanged struct {
		Old scale.Option[bt.AccountID]
		New bt.AccountID
	}
	KeyRemoved struct{}
)

// The arguments of the calls.
type (
	Sudo                struct{ Call frame.RuntimeCall }
	SudoUncheckedWeight struct {
		Call   frame.RuntimeCall
		Weight frame.Weight
	}
	SetKey struct{ New bt.MultiAddress }
	SudoAs struct {
		Who  bt.MultiAddress
		Call frame.RuntimeCall
	}
	RemoveKey struct{}
)

// New makes the pallet. table is asked for the cost of inner calls when the runtime is complete.
func New(table func() *frame.Table) *Pallet {
	p := &Pallet{}
	inner := func(i frame.Info, call frame.RuntimeCall) frame.Info {
		in := table().Info(call)
		return frame.Info{Weight: i.Weight.Add(in.Weight), Class: in.Class}
	}
	p.Call.Sudo.Weigh(func(a Sudo, i frame.Info) frame.Info { return inner(i, a.Call) })
	p.Call.SudoAs.Weigh(func(a SudoAs, i frame.Info) frame.Info { return inner(i, a.Call) })
	p.Call.SudoUncheckedWeight.Weigh(func(a SudoUncheckedWeight, _ frame.Info) frame.Info {
		return frame.Info{Weight: a.Weight, Class: table().Info(a.Call).Class}
	})
	return p
}

func (p *Pallet) check(c *frame.Ctx) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	if key, ok := p.Storage.Key.TryGet(c.State); !ok || key != who {
		return p.Error.RequireSudo
	}
	return nil
}

// Sudo makes a call as root. Its failure is told by the event; the sudo key pays nothing either way.
func (p *Pallet) Sudo(c *frame.Ctx, a Sudo) error {
	if err := p.check(c); err != nil {
		return err
	}
	out := c.Dispatch(frame.Root(), a.Call)
	p.Event.Sudid.Emit(c, Sudid{frame.ToResult(out.Err)})
	c.Free()
	return nil
}

// SudoUncheckedWeight is Sudo with a stated weight.
func (p *Pallet) SudoUncheckedWeight(c *frame.Ctx, a SudoUncheckedWeight) error {
	return p.Sudo(c, Sudo{a.Call})
}

// SetKey makes another account the sudo account.
func (p *Pallet) SetKey(c *frame.Ctx, a SetKey) error {
	if err := p.check(c); err != nil {
		return err
	}
	key, err := balances.Lookup(a.New)
	if err != nil {
		return err
	}
	old, _ := p.Storage.Key.TryGet(c.State)
	p.Event.KeyChanged.Emit(c, KeyChanged{Old: scale.Some(old), New: key})
	p.Storage.Key.Set(c.State, key)
	c.Free()
	return nil
}

// SudoAs makes a call as another account.
func (p *Pallet) SudoAs(c *frame.Ctx, a SudoAs) error {
	if err := p.check(c); err != nil {
		return err
	}
	who, err := balances.Lookup(a.Who)
	if err != nil {
		return err
	}
	out := c.Dispatch(frame.Signed(who), a.Call)
	p.Event.SudoAsDone.Emit(c, Sudid{frame.ToResult(out.Err)})
	c.Free()
	return nil
}

// RemoveKey gives the key up.
func (p *Pallet) RemoveKey(c *frame.Ctx, _ RemoveKey) error {
	if err := p.check(c); err != nil {
		return err
	}
	p.Event.KeyRemoved.Emit(c, KeyRemoved{})
	p.Storage.Key.Delete(c.State)
	c.Free()
	return nil
}
