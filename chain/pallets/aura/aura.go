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

// Engine marks the log of a header's digest by which a consensus between machines tells who makes blocks.
var Engine = bt.EngineID([]byte("cmbt"))

// Order is that log: who makes the block, and who is due to make those that follow it. A consensus without accounts for authors names them by its own keys.
func Order(who []AuthorityID) bt.DigestItem {
	return bt.DigestItem{PreRuntime: &bt.EngineEntry{Engine: Engine, Data: scale.Marshal(&who)}}
}

// order reads the log from a block's digest; ok is false where there is none.
func order(digest []bt.DigestItem) (who []AuthorityID, ok bool) {
	for _, d := range digest {
		if e := d.PreRuntime; e != nil && e.Engine == Engine {
			return who, scale.Unmarshal(e.Data, &who) == nil
		}
	}
	return nil, false
}

// Author is who is to make the block that many blocks after this one. Where the digest does not tell it, it is the account that the slots would make its author;
// ok is false where there are no authorities, or where the digest does not look so far ahead.
func (p *Pallet) Author(c *frame.Ctx, ahead uint64) (who AuthorityID, ok bool) {
	if told, ok := order(c.Env.Digest); ok {
		if ahead >= uint64(len(told)) {
			return who, false
		}
		return told[ahead], true
	}
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
