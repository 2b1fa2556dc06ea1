// Package info answers clients' questions about subnets, neurons, stake and pools: the runtime functions of SubtensorModule and Swap. It reads state and
// changes nothing.
//
// It deliberately computes no consensus and no price: those are read, or asked of the rooms they belong to. Root baskets, which the newest clients ask
// for, do not exist on this chain: their functions answer with nothing.
package info

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Commitment is what a hotkey has committed on a subnet, as the commitments pallet stores it.
type Commitment struct {
	Hotkey bt.AccountID
	Raw    []byte
}

// Commitments lists the commitments on a subnet in the order of storage.
type Commitments func(c *frame.Ctx, netuid bt.NetUID) []Commitment

type room struct {
	*subnets.Room
	epochs      *epoch.Room
	commitments Commitments
}

// APIs are the runtime functions over the rooms. commitments may be nil: then there are none.
func APIs(s *subnets.Room, e *epoch.Room, commitments Commitments) []frame.API {
	r := &room{Room: s, epochs: e, commitments: commitments}
	return []frame.API{
		r.delegateAPI(), r.neuronAPI(), r.subnetAPI(), r.stakeAPI(), r.registrationAPI(), basketAPI(), r.swapAPI(),
	}
}

type (
	noArgs    struct{}
	subnetArg struct {
		NetUID bt.NetUID `name:"netuid"`
	}
	coldkeyArg struct{ Coldkey bt.AccountID }
	hotkeyArg  struct{ Hotkey bt.AccountID }
)

// all is the answers for all subnets, in the order of storage.
func all[T any](r *room, c *frame.Ctx, one func(*frame.Ctx, bt.NetUID) scale.Option[T]) []scale.Option[T] {
	out := []scale.Option[T]{}
	for _, netuid := range r.Subnets(c) {
		out = append(out, one(c, netuid))
	}
	return out
}

// of makes a function of one subnet a runtime function.
func of[T any](fn func(*frame.Ctx, bt.NetUID) T) func(*frame.Ctx, subnetArg) T {
	return func(c *frame.Ctx, a subnetArg) T { return fn(c, a.NetUID) }
}

// shared is what every answer starts from: the state that is asked and the declaration to ask it by.
func (r *room) shared(c *frame.Ctx) (*storage.State, *state.Storage) { return c.State, &r.Storage }

// typed is the metadata name of a type that upstream has generic over accounts.
func typed(path string) scale.Name {
	return scale.Name{Path: "pallet_subtensor::rpc_info::" + path, Params: []scale.Param{{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()}}}
}

func plain(path string) scale.Name { return scale.Name{Path: "pallet_subtensor::rpc_info::" + path} }

// at is the element at a uid, or zero beyond the end: vectors by uid may be shorter than the subnet.
func at[T any](s []T, uid uint16) (v T) {
	if int(uid) < len(s) {
		v = s[uid]
	}
	return v
}

type compactable interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

func compact[T compactable](v T) scale.Compact[T] { return scale.Compact[T]{V: v} }

func compacts[T compactable](s []T) []scale.Compact[T] {
	out := make([]scale.Compact[T], len(s))
	for i, v := range s {
		out[i].V = v
	}
	return out
}
