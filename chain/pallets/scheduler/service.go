package scheduler

import (
	"slices"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

// meter counts weight up to a limit.
type meter struct{ used, limit frame.Weight }

func (m *meter) fits(w frame.Weight) bool {
	sum := m.used.Add(w)
	return sum.RefTime <= m.limit.RefTime && sum.ProofSize <= m.limit.ProofSize
}

// take counts a weight, unless it does not fit.
func (m *meter) take(w frame.Weight) bool {
	if !m.fits(w) {
		return false
	}
	m.used = m.used.Add(w)
	return true
}

// What the steps of the work cost.
var (
	agendasWeight  = frame.WeightOf(4_002_000, 1489, 1, 1)
	signedWeight   = frame.WeightOf(9_407_000, 3997, 2, 0)
	unsignedWeight = frame.WeightOf(2_440_000, 0, 0, 0)
)

func agendaWeight(tasks uint32) frame.Weight {
	return frame.WeightOf(3_258_412+457_723*uint64(tasks), 110_487, 1, 1)
}

func retryWeight(tasks uint32) frame.Weight {
	return frame.WeightOf(12_904_309+10_704*uint64(tasks), 110_487, 1, 2)
}

// taskWeight is the cost of a call beside the call itself; length is that of noted bytes.
func taskWeight(length uint32, noted, named bool) frame.Weight {
	const base = 3_490_000
	w := frame.WeightOf(base, 0, 0, 0)
	if noted {
		w = frame.WeightOf(21_269_000+1640*uint64(length), 4_197_809+uint64(length), 3, 2)
	}
	if named {
		w = w.Add(frame.WeightOf(4_954_000-base, 0, 0, 1))
	}
	return w // being periodic costs nothing more: upstream measured less than the base for it
}

// Work makes the calls that are due, those of earlier blocks first, and tells what they weighed.
func (p *Pallet) Work(c *frame.Ctx, left frame.Weight) frame.Weight {
	most := p.Constants.MaximumWeight.Get()
	m := &meter{limit: frame.Weight{RefTime: min(left.RefTime, most.RefTime), ProofSize: min(left.ProofSize, most.ProofSize)}}
	if !m.take(agendasWeight) {
		return m.used
	}
	now := c.Env.Number
	open := later(now, 1)
	when := now
	if since, ok := p.Storage.IncompleteSince.TryGet(c.State); ok {
		when = since
		p.Storage.IncompleteSince.Delete(c.State)
	}
	first := true // a call that does not fit even though it is the first will never fit
	for when <= now && m.fits(agendaWeight(p.Constants.MaxScheduledPerBlock.Get())) {
		if !p.serve(c, m, when, first) {
			open = min(open, when)
		}
		first = false
		when++
	}
	if open = min(open, when); open <= now {
		p.Event.AgendaIncomplete.Emit(c, AgendaOpen{open})
	}
	p.Storage.IncompleteSince.Set(c.State, min(open, later(now, 1)))
	return m.used
}

// How a call that was due ended.
type outcome uint8

const (
	made      outcome = iota
	dropped           // it can never be made; it stays on the agenda, out of reach
	postponed         // there is no room for it in this block
)

// serve makes the calls of one agenda and tells whether all that could ever be made are.
func (p *Pallet) serve(c *frame.Ctx, m *meter, when uint32, first bool) bool {
	agenda := p.Storage.Agenda.Get(c.State, when)
	var order []uint32
	for i, t := range agenda {
		if t.Set {
			order = append(order, uint32(i))
		}
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return int(agenda[a].Value.Priority) - int(agenda[b].Value.Priority) })
	m.take(agendaWeight(uint32(len(order))))
	waiting, stuck := false, false
	for _, i := range order {
		task := agenda[i].Value
		length, noted := task.Call.Len()
		if !m.fits(taskWeight(length, noted, task.MaybeID.Set)) {
			waiting = true
			break
		}
		switch p.make(c, m, Address{A: when, B: i}, task, first) {
		case made:
			first = false
			agenda[i] = scale.None[Scheduled]()
		case dropped:
			stuck = true
		case postponed:
			waiting = true
		}
	}
	if waiting || stuck {
		p.Storage.Agenda.Set(c.State, when, agenda)
	} else {
		p.Storage.Agenda.Delete(c.State, when)
	}
	return !waiting
}

// make makes one call.
func (p *Pallet) make(c *frame.Ctx, m *meter, at Address, task Scheduled, first bool) outcome {
	if name, ok := task.MaybeID.Get(); ok {
		p.Storage.Lookup.Delete(c.State, name)
	}
	told := Task{Task: at, ID: task.MaybeID}
	call, length, err := p.calls.Peek(c, task.Call)
	if err != nil {
		p.Event.CallUnavailable.Emit(c, told)
		p.calls.Drop(c, task.Call)
		length, noted := task.Call.Len()
		m.take(taskWeight(length, noted, task.MaybeID.Set))
		return dropped
	}
	m.take(taskWeight(length, task.Call.Inline == nil, task.MaybeID.Set))
	end, ok := p.dispatch(c, m, task, call)
	if !ok && !first {
		return postponed
	}
	if !ok {
		p.calls.Drop(c, task.Call)
		p.Event.PermanentlyOverweight.Emit(c, told)
		return dropped
	}
	retry, again := p.Storage.Retries.TryGet(c.State, at)
	p.Storage.Retries.Delete(c.State, at)
	p.Event.Dispatched.Emit(c, Dispatched{Task: at, ID: task.MaybeID, Result: frame.ToResult(end)})
	if again && end != nil {
		p.retry(c, m, at, task, retry)
	}
	period, ok := task.MaybePeriodic.Get()
	if !ok {
		p.calls.Drop(c, task.Call)
		return made
	}
	task.MaybePeriodic = scale.None[Period]()
	if period.B > 1 {
		task.MaybePeriodic = scale.Some(Period{A: period.A, B: period.B - 1})
	}
	next, err := p.place(c, later(c.Env.Number, period.A), task)
	switch {
	case err != nil:
		p.calls.Drop(c, task.Call)
		p.Event.PeriodicFailed.Emit(c, told)
	case again:
		p.Storage.Retries.Set(c.State, next, retry)
	}
	return made
}

// dispatch makes a call with the origin it was scheduled with; ok is false when it might weigh more than there is room for.
func (p *Pallet) dispatch(c *frame.Ctx, m *meter, task Scheduled, call frame.RuntimeCall) (end error, ok bool) {
	base := unsignedWeight
	if task.Origin.System.Signed != nil {
		base = signedWeight
	}
	cost := c.Env.Table.Info(call).Weight
	if !m.fits(base.Add(cost)) {
		return nil, false
	}
	origin, err := task.Origin.Origin()
	if err != nil {
		return err, true
	}
	out := c.Dispatch(origin, call)
	if out.Actual != nil {
		cost = *out.Actual
	}
	m.take(base)
	m.take(cost)
	return out.Err, true
}

// retry schedules a call that failed once more.
func (p *Pallet) retry(c *frame.Ctx, m *meter, at Address, task Scheduled, r RetryConfig) {
	told := Task{Task: at, ID: task.MaybeID}
	if !m.take(retryWeight(p.Constants.MaxScheduledPerBlock.Get())) {
		p.Event.RetryFailed.Emit(c, told)
		return
	}
	if r.Remaining == 0 {
		return
	}
	r.Remaining--
	task.MaybeID, task.MaybePeriodic = scale.None[TaskName](), scale.None[Period]()
	next, err := p.place(c, later(c.Env.Number, r.Period), task)
	if err != nil {
		p.calls.Drop(c, task.Call)
		p.Event.RetryFailed.Emit(c, told)
		return
	}
	p.Storage.Retries.Set(c.State, next, r)
}
