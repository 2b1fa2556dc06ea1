// Package aura is what clients read of upstream's block authoring: the length of a slot and the current one. Consensus here works differently;
// the slot number is the time of the block divided by the slot's length.
//
// It deliberately chooses no authors (node/comet, node/sealer).
package aura

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the aura pallet.
type Pallet struct {
	Storage struct {
		Authorities storage.Value[Authorities] `doc:"The accounts that make blocks, as the chain specification names them."`
		CurrentSlot storage.Value[Slot]        `doc:"Slot of the block."`
	}
	Constants struct {
		SlotDuration frame.Const[uint64] `doc:"Length of a slot in milliseconds: the time between two blocks."`
	}
}

// Authorities lists block makers.
type Authorities []AuthorityID

// ScaleName is Substrate's.
func (Authorities) ScaleName() scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{
		{Name: "T", Type: reflect.TypeFor[AuthorityID]()}, {Name: "S"},
	}}
}

// AuthorityID is the sr25519 key of a block maker.
type AuthorityID bt.AccountID

// ScaleName is Substrate's.
func (AuthorityID) ScaleName() scale.Name {
	return scale.Name{Path: "sp_consensus_aura::sr25519::app_sr25519::Public"}
}

// Slot is a slot number.
type Slot uint64

// ScaleName is Substrate's.
func (Slot) ScaleName() scale.Name { return scale.Name{Path: "sp_consensus_slots::Slot"} }

// SlotDuration is a length of time in milliseconds.
type SlotDuration uint64

// ScaleName is Substrate's.
func (SlotDuration) ScaleName() scale.Name {
	return scale.Name{Path: "sp_consensus_slots::SlotDuration"}
}

// New makes the pallet; slot is the time between two blocks in milliseconds.
func New(slot uint64) *Pallet {
	p := &Pallet{}
	p.Constants.SlotDuration.Set(slot)
	return p
}

// OnInitialize stores the slot of the block.
func (p *Pallet) OnInitialize(c *frame.Ctx) {
	p.Storage.CurrentSlot.Set(c.State, Slot(c.Env.Now/p.Constants.SlotDuration.Get()))
}

// Author is the account that the slots would make the author of a block that many slots after this one; ok is false where there are no authorities.
func (p *Pallet) Author(c *frame.Ctx, ahead uint64) (who AuthorityID, ok bool) {
	all := p.Storage.Authorities.Get(c.State)
	if len(all) == 0 {
		return who, false
	}
	return all[(uint64(p.Storage.CurrentSlot.Get(c.State))+ahead)%uint64(len(all))], true
}

type noArgs struct{}

type methods struct {
	SlotDuration frame.Method[noArgs, SlotDuration]  `doc:"Time between two blocks in milliseconds."`
	Authorities  frame.Method[noArgs, []AuthorityID] `doc:"The accounts that make blocks."`
}

// API is the pallet's runtime functions.
func (p *Pallet) API() frame.API {
	m := &methods{}
	m.SlotDuration.Handle(func(*frame.Ctx, noArgs) SlotDuration { return SlotDuration(p.Constants.SlotDuration.Get()) })
	m.Authorities.Handle(func(c *frame.Ctx, _ noArgs) []AuthorityID { return p.Storage.Authorities.Get(c.State) })
	return frame.API{Name: "AuraApi", Version: 1, Methods: m}
}
