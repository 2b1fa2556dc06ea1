package commitments_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/commitments"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
)

// world has the pallets of upstream's test runtime at their places there.
type world struct {
	t     *testing.T
	sys   *system.Pallet
	money *balances.Pallet
	p     *commitments.Pallet
	drand *drand.Pallet
	table *frame.Table
	names map[[2]uint8]string
	c     *frame.Ctx

	strangers map[bt.AccountID]bool // who may not commit
	epoch     func(c *frame.Ctx, netuid bt.NetUID) uint64
	resets    []bt.AccountID
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, sys: system.New(), drand: drand.New(), names: map[[2]uint8]string{}, strangers: map[bt.AccountID]bool{}}
	w.epoch = func(*frame.Ctx, bt.NetUID) uint64 { return 0 }
	w.money = balances.New(w.sys)
	w.p = commitments.New(w.money, w, w.drand)
	var compiled []*frame.Description
	for i, m := range []frame.Module{
		{Name: "System", Pallet: w.sys}, {Name: "Balances", Pallet: w.money}, {Name: "Commitments", Pallet: w.p}, {Name: "Drand", Pallet: w.drand},
	} {
		m.Index = uint8(i + 1)
		d := frame.Compile(m)
		for _, e := range d.Events {
			w.names[[2]uint8{d.Index, e.Index}] = d.Name + "." + e.Name
		}
		compiled = append(compiled, d)
	}
	w.table = frame.NewTable(compiled)
	w.c = w.ctx(storage.New(nil), 1)
	return w
}

func (w *world) ctx(s *storage.State, block uint32) *frame.Ctx {
	return frame.NewCtx(s, &frame.Env{Number: block, Table: w.table}, frame.None())
}

func (w *world) MayCommit(_ *frame.Ctx, _ bt.NetUID, who bt.AccountID) bool { return !w.strangers[who] }

func (w *world) EpochIndex(c *frame.Ctx, netuid bt.NetUID) uint64 { return w.epoch(c, netuid) }

func (w *world) ResetBonds(_ *frame.Ctx, _ bt.NetUID, who bt.AccountID) {
	w.resets = append(w.resets, who)
}

// commit dispatches a commitment on subnet 1 and takes its events.
func (w *world) commit(who bt.AccountID, fields ...commitments.Data) error {
	return w.c.Dispatch(frame.Signed(who), frame.RuntimeCall{Pallet: 3, Index: 0, Args: &commitments.SetCommitment{
		NetUID: 1, Info: commitments.CommitmentInfo{Fields: fields},
	}}).Err
}

// events are the names of what happened since the last call.
func (w *world) events() (out []string) {
	for _, e := range w.c.Env.Events {
		out = append(out, w.names[[2]uint8{e.Data[0], e.Data[1]}])
	}
	w.c.Env.Events = nil
	return out
}
