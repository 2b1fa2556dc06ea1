// Package scheduler is the pallet by which root makes calls in later blocks: once or periodically, by name or by place, again when they fail. Each block
// makes the calls that are due, as far as its weight goes; what is left is made in the next blocks.
//
// It deliberately keeps no long calls: those are preimages.
package scheduler

import (
	"slices"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the scheduler pallet.
type Pallet struct {
	Storage struct {
		IncompleteSince storage.Value[uint32]                                       `storage:"optional" doc:"The first block whose calls may not all be made."`
		Agenda          storage.Map[storage.Twox64Concat, uint32, Agenda]           `doc:"The calls of a block, with gaps where some were taken out."`
		Retries         storage.Map[storage.Blake2_128Concat, Address, RetryConfig] `storage:"optional" doc:"How often and when calls are tried again."`
		Lookup          storage.Map[storage.Twox64Concat, TaskName, Address]        `storage:"optional" doc:"The places of the named calls."`
	}
	Constants struct {
		MaximumWeight        frame.Const[frame.Weight] `doc:"What the calls of one block may weigh together."`
		MaxScheduledPerBlock frame.Const[uint32]       `doc:"How many calls may be due in one block."`
	}
	Event struct {
		Scheduled             frame.Event[At]         `index:"0" doc:"A call was scheduled."`
		Canceled              frame.Event[At]         `index:"1" doc:"A call was taken out."`
		Dispatched            frame.Event[Dispatched] `index:"2" doc:"A call was made."`
		RetrySet              frame.Event[RetrySet]   `index:"3" doc:"A call is tried again if it fails."`
		RetryCancelled        frame.Event[Task]       `index:"4" doc:"A call is not tried again any more."`
		CallUnavailable       frame.Event[Task]       `index:"5" doc:"A call could not be found."`
		PeriodicFailed        frame.Event[Task]       `index:"6" doc:"A periodic call could not be scheduled again."`
		RetryFailed           frame.Event[Task]       `index:"7" doc:"A failed call could not be scheduled again."`
		PermanentlyOverweight frame.Event[Task]       `index:"8" doc:"A call weighs more than any block has room for."`
		AgendaIncomplete      frame.Event[AgendaOpen] `index:"9" doc:"Not all calls could be made."`
	}
	Error struct {
		FailedToSchedule        frame.Error `index:"0" doc:"The call cannot be scheduled: the name is taken."`
		NotFound                frame.Error `index:"1" doc:"There is no such call."`
		TargetBlockNumberInPast frame.Error `index:"2" doc:"The block is not in the future."`
		RescheduleNoChange      frame.Error `index:"3" doc:"The call is due in that block already."`
		Named                   frame.Error `index:"4" doc:"A named call is known by its name only."`
	}
	Call struct {
		Schedule           frame.Call[Schedule]           `index:"0" weight:"36267366,110487,1,1" doc:"Makes a call in a later block."`
		Cancel             frame.Call[At]                 `index:"1" weight:"47651203,110487,1,3" doc:"Takes a call out."`
		ScheduleNamed      frame.Call[ScheduleNamed]      `index:"2" weight:"44136877,110487,2,2" doc:"Makes a named call in a later block."`
		CancelNamed        frame.Call[Named]              `index:"3" weight:"54121523,110487,2,3" doc:"Takes a named call out."`
		ScheduleAfter      frame.Call[ScheduleAfter]      `index:"4" weight:"36267366,110487,1,1" doc:"Makes a call some blocks later."`
		ScheduleNamedAfter frame.Call[ScheduleNamedAfter] `index:"5" weight:"44136877,110487,2,2" doc:"Makes a named call some blocks later."`
		SetRetry           frame.Call[SetRetry]           `index:"6" weight:"147698000,110487,1,1" doc:"Tries a call again when it fails."`
		SetRetryNamed      frame.Call[SetRetryNamed]      `index:"7" weight:"160844000,110487,2,1" doc:"Tries a named call again when it fails."`
		CancelRetry        frame.Call[OfTask]             `index:"8" weight:"148172000,110487,1,1" doc:"Does not try a call again."`
		CancelRetryNamed   frame.Call[Named]              `index:"9" weight:"162653000,110487,2,1" doc:"Does not try a named call again."`
	}

	calls *preimage.Pallet
}

// New makes the pallet. limit is what a block has room for, of which scheduled calls may use four fifths.
func New(calls *preimage.Pallet, limit frame.Weight) *Pallet {
	p := &Pallet{calls: calls}
	p.Constants.MaximumWeight.Set(frame.Weight{RefTime: limit.RefTime / 10 * 8, ProofSize: limit.ProofSize / 5 * 4})
	p.Constants.MaxScheduledPerBlock.Set(50)
	return p
}

// Schedule makes a call in a later block.
func (p *Pallet) Schedule(c *frame.Ctx, a Schedule) error {
	return p.schedule(c, nil, a.When, scale.None[uint32](), a.MaybePeriodic, a.Priority, a.Call)
}

// ScheduleAfter makes a call some blocks after the next.
func (p *Pallet) ScheduleAfter(c *frame.Ctx, a ScheduleAfter) error {
	return p.schedule(c, nil, 0, scale.Some(a.After), a.MaybePeriodic, a.Priority, a.Call)
}

// ScheduleNamed makes a named call in a later block.
func (p *Pallet) ScheduleNamed(c *frame.Ctx, a ScheduleNamed) error {
	return p.schedule(c, &a.ID, a.When, scale.None[uint32](), a.MaybePeriodic, a.Priority, a.Call)
}

// ScheduleNamedAfter makes a named call some blocks after the next.
func (p *Pallet) ScheduleNamedAfter(c *frame.Ctx, a ScheduleNamedAfter) error {
	return p.schedule(c, &a.ID, 0, scale.Some(a.After), a.MaybePeriodic, a.Priority, a.Call)
}

func (p *Pallet) schedule(c *frame.Ctx, name *TaskName, when uint32, after scale.Option[uint32], periodic scale.Option[Period], priority uint8, call frame.RuntimeCall) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	bound, err := p.calls.Bound(c, call)
	if err != nil {
		return err
	}
	task := Scheduled{Priority: priority, Call: bound, Origin: utility.CallerOf(c.Origin)}
	if name != nil {
		if p.Storage.Lookup.Has(c.State, *name) {
			return p.Error.FailedToSchedule
		}
		task.MaybeID = scale.Some(*name)
	}
	now := c.Env.Number
	if n, ok := after.Get(); ok {
		when = later(later(now, n), 1) // this block's calls have been made
	}
	if when <= now {
		return p.Error.TargetBlockNumberInPast
	}
	if period, ok := periodic.Get(); ok && period.B > 1 && period.A > 0 {
		task.MaybePeriodic = scale.Some(Period{A: period.A, B: period.B - 1})
	}
	if _, err := p.place(c, when, task); err != nil {
		return err
	}
	p.calls.Request(c, bound)
	return nil
}

func later(block, by uint32) uint32 { return block + min(by, 1<<32-1-block) }

// place puts a call on the agenda of a block: at its end or, when that is full, into a gap.
func (p *Pallet) place(c *frame.Ctx, when uint32, task Scheduled) (Address, error) {
	agenda := p.Storage.Agenda.Get(c.State, when)
	at := len(agenda)
	if at < int(p.Constants.MaxScheduledPerBlock.Get()) {
		agenda = append(agenda, scale.Some(task))
	} else {
		at = slices.IndexFunc(agenda, func(t scale.Option[Scheduled]) bool { return !t.Set })
		if at < 0 {
			return Address{}, frame.Exhausted
		}
		agenda[at] = scale.Some(task)
	}
	p.Storage.Agenda.Set(c.State, when, agenda)
	address := Address{A: when, B: uint32(at)}
	if name, ok := task.MaybeID.Get(); ok {
		p.Storage.Lookup.Set(c.State, name, address)
	}
	p.Event.Scheduled.Emit(c, At{When: when, Index: uint32(at)})
	return address, nil
}

// Cancel takes a call out.
func (p *Pallet) Cancel(c *frame.Ctx, a At) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	return p.remove(c, Address{A: a.When, B: a.Index})
}

// CancelNamed takes a named call out.
func (p *Pallet) CancelNamed(c *frame.Ctx, a Named) error {
	at, err := p.named(c, a.ID)
	if err != nil {
		return err
	}
	return p.remove(c, at)
}

// named finds a call for root by its name.
func (p *Pallet) named(c *frame.Ctx, name TaskName) (Address, error) {
	if err := c.EnsureRoot(); err != nil {
		return Address{}, err
	}
	at, ok := p.Storage.Lookup.TryGet(c.State, name)
	if !ok {
		return Address{}, p.Error.NotFound
	}
	return at, nil
}

func (p *Pallet) remove(c *frame.Ctx, at Address) error {
	agenda := p.Storage.Agenda.Get(c.State, at.A)
	if int(at.B) >= len(agenda) || !agenda[at.B].Set {
		return p.Error.NotFound
	}
	task := agenda[at.B].Value
	p.calls.Drop(c, task.Call)
	if name, ok := task.MaybeID.Get(); ok {
		p.Storage.Lookup.Delete(c.State, name)
	}
	p.Storage.Retries.Delete(c.State, at)
	agenda[at.B] = scale.None[Scheduled]()
	for len(agenda) > 0 && !agenda[len(agenda)-1].Set {
		agenda = agenda[:len(agenda)-1]
	}
	if len(agenda) > 0 {
		p.Storage.Agenda.Set(c.State, at.A, agenda)
	} else {
		p.Storage.Agenda.Delete(c.State, at.A)
	}
	p.Event.Canceled.Emit(c, At{When: at.A, Index: at.B})
	return nil
}

// SetRetry tries a call again when it fails.
func (p *Pallet) SetRetry(c *frame.Ctx, a SetRetry) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	return p.setRetry(c, a.Task, scale.None[TaskName](), a.Retries, a.Period)
}

// SetRetryNamed tries a named call again when it fails.
func (p *Pallet) SetRetryNamed(c *frame.Ctx, a SetRetryNamed) error {
	at, err := p.named(c, a.ID)
	if err != nil {
		return err
	}
	return p.setRetry(c, at, scale.Some(a.ID), a.Retries, a.Period)
}

func (p *Pallet) has(c *frame.Ctx, at Address) bool {
	agenda := p.Storage.Agenda.Get(c.State, at.A)
	return int(at.B) < len(agenda) && agenda[at.B].Set
}

func (p *Pallet) setRetry(c *frame.Ctx, at Address, name scale.Option[TaskName], retries uint8, period uint32) error {
	if !p.has(c, at) {
		return p.Error.NotFound
	}
	p.Storage.Retries.Set(c.State, at, RetryConfig{TotalRetries: retries, Remaining: retries, Period: period})
	p.Event.RetrySet.Emit(c, RetrySet{Task: at, ID: name, Period: period, Retries: retries})
	return nil
}

// CancelRetry does not try a call again.
func (p *Pallet) CancelRetry(c *frame.Ctx, a OfTask) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	return p.cancelRetry(c, a.Task, scale.None[TaskName]())
}

// CancelRetryNamed does not try a named call again.
func (p *Pallet) CancelRetryNamed(c *frame.Ctx, a Named) error {
	at, err := p.named(c, a.ID)
	if err != nil {
		return err
	}
	return p.cancelRetry(c, at, scale.Some(a.ID))
}

func (p *Pallet) cancelRetry(c *frame.Ctx, at Address, name scale.Option[TaskName]) error {
	if !p.has(c, at) {
		return p.Error.NotFound
	}
	p.Storage.Retries.Delete(c.State, at)
	p.Event.RetryCancelled.Emit(c, Task{Task: at, ID: name})
	return nil
}
