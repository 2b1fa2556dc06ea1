// Package timestamp is the pallet that stores the time of the block: the first extrinsic of every block sets it.
//
// It deliberately reads no clock: the node that makes a block chooses the time.
package timestamp

import (
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
)

// Pallet is the timestamp pallet.
type Pallet struct {
	Storage struct {
		Now       storage.Value[uint64] `doc:"Time of the block in milliseconds since 1970."`
		DidUpdate storage.Value[bool]   `doc:"Whether the time was set in this block."`
	}
	Constants struct {
		MinimumPeriod frame.Const[uint64] `doc:"Least time between two blocks in milliseconds."`
	}
	Call struct {
		Set frame.Call[SetArgs] `index:"0" weight:"3816000,1493,2,1" class:"mandatory" doc:"Sets the time of the block; once in each block, by its author."`
	}
}

// SetArgs is the arguments of set.
type SetArgs struct {
	Now uint64 `scale:"compact"`
}

// New makes the pallet; minimumPeriod is half the time between two blocks, in milliseconds.
func New(minimumPeriod uint64) *Pallet {
	p := &Pallet{}
	p.Constants.MinimumPeriod.Set(minimumPeriod)
	return p
}

// errTwice and errEarly cannot come from a block that the node made; a block with them is invalid as a whole.
const (
	errTwice = frame.OtherError("the time was set twice in one block")
	errEarly = frame.OtherError("the time must grow by at least the minimum period")
)

// Set stores the time.
func (p *Pallet) Set(c *frame.Ctx, a SetArgs) error {
	if !c.Origin.IsNone() {
		return frame.BadOrigin
	}
	if p.Storage.DidUpdate.Has(c.State) {
		return errTwice
	}
	if before := p.Storage.Now.Get(c.State); before != 0 && a.Now < before+p.Constants.MinimumPeriod.Get() {
		return errEarly
	}
	p.Storage.Now.Set(c.State, a.Now)
	p.Storage.DidUpdate.Set(c.State, true)
	c.Env.Now = a.Now
	return nil
}

// OnFinalize forgets that the time was set.
func (p *Pallet) OnFinalize(c *frame.Ctx) { p.Storage.DidUpdate.Delete(c.State) }
