// Package grandpa is what clients read of upstream's finality: its voters and the number of their set. Consensus here works differently: the engine makes
// a block final by itself (node/comet, node/sealer), so there are no voters but those that a chain writes here, and their set never changes.
//
// It deliberately finalises nothing and has no calls.
package grandpa

import (
	"reflect"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Name and Index are the pallet's place in the runtime.
const (
	Name  = "Grandpa"
	Index = 4
)

// Pallet is the grandpa pallet.
type Pallet struct {
	Storage struct {
		State        storage.Value[State]      `default:"0x00" doc:"Whether voting goes on: always."`
		CurrentSetID storage.Value[uint64]     `name:"CurrentSetId" doc:"Number of the set of voters."`
		Authorities  storage.Value[WeakVoters] `doc:"The voters with their weights; none where the engine finalises."`
	}
}

// State is whether voting goes on.
type State struct {
	scale.Enum
	Live          *scale.Unit `index:"0"`
	PendingPause  *Schedule   `index:"1,fields"`
	Paused        *scale.Unit `index:"2"`
	PendingResume *Schedule   `index:"3,fields"`
}

// Schedule is when a pause or its end takes effect.
type Schedule struct {
	ScheduledAt uint32 // block
	Delay       uint32 // blocks
}

// ScaleName is Substrate's.
func (State) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_grandpa::StoredState", Params: []scale.Param{{Name: "N", Type: reflect.TypeFor[uint32]()}}}
}

// VoterID is the ed25519 key of a voter.
type VoterID [32]byte

// ScaleName is Substrate's.
func (VoterID) ScaleName() scale.Name { return scale.Name{Path: "sp_consensus_grandpa::app::Public"} }

// Voter is a voter's key with its weight.
type Voter = scale.Pair[VoterID, uint64]

// WeakVoters lists voters as storage has them.
type WeakVoters []Voter

// ScaleName is Substrate's.
func (WeakVoters) ScaleName() scale.Name {
	return scale.Name{Path: "bounded_collections::weak_bounded_vec::WeakBoundedVec", Params: []scale.Param{
		{Name: "T", Type: reflect.TypeFor[Voter]()}, {Name: "S"},
	}}
}

type noArgs struct{}

type methods struct {
	GrandpaAuthorities frame.Method[noArgs, []Voter] `doc:"The voters with their weights; none where the engine finalises."`
	CurrentSetID       frame.Method[noArgs, uint64]  `name:"current_set_id" doc:"Number of the set of voters."`
}

// API is the pallet's runtime functions.
func (p *Pallet) API() frame.API {
	m := &methods{}
	m.GrandpaAuthorities.Handle(func(c *frame.Ctx, _ noArgs) []Voter { return p.Storage.Authorities.Get(c.State) })
	m.CurrentSetID.Handle(func(c *frame.Ctx, _ noArgs) uint64 { return p.Storage.CurrentSetID.Get(c.State) })
	return frame.API{Name: "GrandpaApi", Version: 3, Methods: m}
}
