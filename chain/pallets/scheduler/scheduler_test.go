package scheduler_test

import (
	"bytes"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/ground"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/chain/pallets/scheduler"
	"github.com/myelin-go/myelin/scale"
)

type world struct {
	*ground.Ground
	calls *preimage.Pallet
	p     *scheduler.Pallet
	left  frame.Weight
}

func newWorld(t *testing.T) *world {
	w := &world{Ground: ground.New(t)}
	w.calls = preimage.New(w.Money)
	w.left = w.System.BlockLimits().MaxBlock
	w.p = scheduler.New(w.calls, w.left)
	w.Open(1, frame.Module{Name: "Preimage", Index: 14, Pallet: w.calls}, frame.Module{Name: "Scheduler", Index: 15, Pallet: w.p})
	return w
}

// give is a call of root that adds up: it sets the balance of an account.
func give(name string, amount bt.Rao) frame.RuntimeCall {
	return frame.RuntimeCall{Pallet: 5, Index: 8, Args: &balances.ForceSetBalanceArgs{Who: bt.AddressOf(ground.Key(name)), NewFree: amount}}
}

func failing() frame.RuntimeCall {
	return frame.RuntimeCall{Pallet: 5, Index: 0, Args: &balances.TransferArgs{Dest: bt.AddressOf(ground.Key("x")), Value: 1}} // root cannot transfer
}

func (w *world) root(index uint8, args any) error {
	return w.C.Dispatch(frame.Root(), frame.RuntimeCall{Pallet: 15, Index: index, Args: args}).Err
}

// to goes on to a block, with the work of each on the way.
func (w *world) to(block uint32) {
	for w.C.Env.Number < block {
		w.C.Env.Number++
		w.p.Work(w.C, w.left)
	}
}

func (w *world) has(name string, want bt.Rao) {
	w.Helper()
	if got := w.Money.Free(w.C, ground.Key(name)); got != want {
		w.Errorf("block %d: %s has %d, want %d", w.C.Env.Number, name, got, want)
	}
}

func TestScheduleAndCancel(t *testing.T) {
	w := newWorld(t)
	name := scheduler.TaskName{1}
	err := w.C.Dispatch(frame.Signed(ground.Key("x")), frame.RuntimeCall{Pallet: 15, Index: 0, Args: &scheduler.Schedule{When: 5, Call: give("a", 1000)}}).Err
	w.Want(err, frame.BadOrigin, "not root")
	w.Want(w.root(0, &scheduler.Schedule{When: 1, Call: give("a", 1000)}), w.p.Error.TargetBlockNumberInPast, "now")
	w.Want(w.root(0, &scheduler.Schedule{When: 3, Call: give("a", 1000)}), nil, "schedule")
	w.Want(w.root(4, &scheduler.ScheduleAfter{After: 1, Call: give("b", 2000)}), nil, "schedule_after")
	w.Want(w.root(2, &scheduler.ScheduleNamed{ID: name, When: 4, Call: give("c", 3000)}), nil, "schedule_named")
	w.Want(w.root(5, &scheduler.ScheduleNamedAfter{ID: name, After: 4, Call: give("c", 1)}), w.p.Error.FailedToSchedule, "a name twice")
	w.Want(w.root(1, &scheduler.At{When: 3, Index: 9}), w.p.Error.NotFound, "cancel nothing")
	w.Want(w.root(3, &scheduler.Named{ID: scheduler.TaskName{2}}), w.p.Error.NotFound, "cancel no name")
	w.to(2)
	w.has("a", 0)
	w.to(3)
	w.has("a", 1000)
	w.has("b", 2000)
	w.Want(w.root(3, &scheduler.Named{ID: name}), nil, "cancel_named")
	w.to(6)
	w.has("c", 0)
	if w.p.Storage.Agenda.Has(w.C.State, 3) || w.p.Storage.Agenda.Has(w.C.State, 4) {
		t.Error("agendas that were served are kept")
	}
	if got := w.p.Storage.IncompleteSince.Get(w.C.State); got != 7 {
		t.Errorf("the next block to serve is %d, want 7", got)
	}
}

func TestPeriodicCall(t *testing.T) {
	w := newWorld(t)
	w.Want(w.root(0, &scheduler.Schedule{When: 2, MaybePeriodic: scale.Some(scheduler.Period{A: 3, B: 2}), Call: give("a", 1000)}), nil, "schedule")
	for _, at := range []uint32{2, 5} {
		w.to(at - 1)
		w.Want(w.C.Dispatch(frame.Root(), give("a", 0)).Err, nil, "empty the account")
		w.to(at)
		w.has("a", 1000)
	}
	w.Want(w.C.Dispatch(frame.Root(), give("a", 0)).Err, nil, "empty the account")
	w.to(20)
	w.has("a", 0)
}

func TestRetries(t *testing.T) {
	w := newWorld(t)
	w.Want(w.root(6, &scheduler.SetRetry{Task: scheduler.Address{A: 2}, Retries: 2, Period: 3}), w.p.Error.NotFound, "no call")
	w.Want(w.root(2, &scheduler.ScheduleNamed{ID: scheduler.TaskName{1}, When: 2, Call: failing()}), nil, "schedule")
	w.Want(w.root(7, &scheduler.SetRetryNamed{ID: scheduler.TaskName{1}, Retries: 9, Period: 1}), nil, "set_retry_named")
	w.Want(w.root(9, &scheduler.Named{ID: scheduler.TaskName{1}}), nil, "cancel_retry_named")
	w.Want(w.root(6, &scheduler.SetRetry{Task: scheduler.Address{A: 2}, Retries: 2, Period: 3}), nil, "set_retry")
	for _, at := range []uint32{2, 5, 8} { // itself, then twice again
		if !w.p.Storage.Agenda.Has(w.C.State, at) {
			t.Fatalf("nothing is due in block %d", at)
		}
		w.to(at)
	}
	if w.p.Storage.Agenda.Has(w.C.State, 11) {
		t.Error("it is tried a third time again")
	}
}

func TestNoRoomInTheBlock(t *testing.T) {
	w := newWorld(t)
	w.Want(w.root(0, &scheduler.Schedule{When: 2, Priority: 9, Call: give("late", 1000)}), nil, "schedule")
	w.Want(w.root(0, &scheduler.Schedule{When: 2, Priority: 1, Call: give("soon", 1000)}), nil, "schedule")
	full := w.left
	w.left = frame.WeightOf(500_000_000, 400_000, 0, 0) // for the agenda and one call
	w.to(2)
	w.has("soon", 1000)
	w.has("late", 0)
	w.left = full
	w.to(3)
	w.has("late", 1000)
}

func TestLongCallsArePreimages(t *testing.T) {
	w := newWorld(t)
	long := frame.RuntimeCall{Pallet: 14, Index: 0, Args: &preimage.NoteArgs{Bytes: bytes.Repeat([]byte{7}, 500)}}
	w.Want(w.root(0, &scheduler.Schedule{When: 2, Call: long}), nil, "schedule")
	before := len(w.C.Env.Events)
	w.to(2)
	noted := false
	for _, e := range w.C.Env.Events[before:] {
		noted = noted || e.Data[0] == 14 && e.Data[1] == 0
	}
	if !noted {
		t.Error("the call was not made")
	}
}
