// Package utility is the pallet that makes several calls in one: batches, calls with a fallback, calls in another account's or origin's name.
//
// It deliberately does not know what may be batched: the runtime's filter (NoNesting) refuses batches inside batches.
package utility

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the utility pallet.
type Pallet struct {
	Constants struct {
		BatchedCallsLimit frame.Const[uint32] `name:"batched_calls_limit" doc:"How many calls a batch may hold."`
	}
	Event struct {
		BatchInterrupted         frame.Event[BatchInterrupted] `index:"0" doc:"A batch stopped at a call that failed; those before it hold."`
		BatchCompleted           frame.Event[None]             `index:"1" doc:"All calls of a batch succeeded."`
		BatchCompletedWithErrors frame.Event[None]             `index:"2" doc:"A batch was carried through although calls in it failed."`
		ItemCompleted            frame.Event[None]             `index:"3" doc:"A call in a batch succeeded."`
		ItemFailed               frame.Event[ItemFailed]       `index:"4" doc:"A call in a batch failed."`
		DispatchedAs             frame.Event[DispatchedAs]     `index:"5" doc:"A call was made with another origin."`
		IfElseMainSuccess        frame.Event[None]             `index:"6" doc:"The main call succeeded."`
		IfElseFallbackCalled     frame.Event[FallbackCalled]   `index:"7" doc:"The main call failed and the fallback succeeded."`
	}
	Error struct {
		TooManyCalls          frame.Error `index:"0" doc:"The batch holds too many calls."`
		InvalidDerivedAccount frame.Error `index:"1" doc:"No account can be derived."`
	}
	Call struct {
		Batch              frame.Call[Calls]        `index:"0" weight:"19446696,3983,2,0" doc:"Makes calls in turn and stops at the first that fails; those before it hold."`
		AsDerivative       frame.Call[AsDerivative] `index:"1" weight:"15378000,3983,3,1" doc:"Makes a call in the name of an account derived from the sender's."`
		BatchAll           frame.Call[Calls]        `index:"2" weight:"13428230,3983,2,0" doc:"Makes calls in turn; when one fails, all are taken back."`
		DispatchAs         frame.Call[DispatchAs]   `index:"3" weight:"6893000,0,0,0" doc:"Root makes a call with another origin."`
		ForceBatch         frame.Call[Calls]        `index:"4" weight:"12134867,3983,2,0" doc:"Makes calls in turn, whether they succeed or not."`
		WithWeight         frame.Call[WithWeight]   `index:"5" doc:"Root makes a call whose weight it states."`
		IfElse             frame.Call[IfElse]       `index:"6" weight:"21831000,3983,2,0" doc:"Makes a call, and another when the first fails."`
		DispatchAsFallible frame.Call[DispatchAs]   `index:"7" weight:"7113000,0,0,0" doc:"Root makes a call with another origin and fails when it does."`
	}

	table func() *frame.Table
}

// The fields of the events.
type (
	None             struct{}
	BatchInterrupted struct {
		Index uint32
		Error frame.DispatchError
	}
	ItemFailed   struct{ Error frame.DispatchError }
	DispatchedAs struct {
		Result scale.Result[scale.Unit, frame.DispatchError]
	}
	FallbackCalled struct{ MainError frame.DispatchError }
)

// The arguments of the calls.
type (
	Calls        struct{ Calls []frame.RuntimeCall }
	AsDerivative struct {
		Index uint16
		Call  frame.RuntimeCall
	}
	DispatchAs struct {
		AsOrigin OriginCaller
		Call     frame.RuntimeCall
	}
	WithWeight struct {
		Call   frame.RuntimeCall
		Weight frame.Weight
	}
	IfElse struct{ Main, Fallback frame.RuntimeCall }
)

// OriginCaller is an origin on the wire.
type OriginCaller struct {
	scale.Enum
	System *RawOrigin `index:"0" name:"system"`
}

// ScaleName is upstream's.
func (OriginCaller) ScaleName() scale.Name {
	return scale.Name{Path: "node_subtensor_runtime::OriginCaller"}
}

// RawOrigin is one of the plain origins.
type RawOrigin struct {
	scale.Enum
	Root       *scale.Unit   `index:"0"`
	Signed     *bt.AccountID `index:"1"`
	None       *scale.Unit   `index:"2"`
	Authorized *scale.Unit   `index:"3"`
}

// ScaleName is Substrate's.
func (RawOrigin) ScaleName() scale.Name {
	return scale.Name{Path: "frame_support::dispatch::RawOrigin", Params: []scale.Param{{Name: "AccountId", Type: reflect.TypeFor[bt.AccountID]()}}}
}

// CallerOf is the wire form of an origin.
func CallerOf(o frame.Origin) OriginCaller {
	raw := &RawOrigin{None: &scale.Unit{}}
	if who, ok := o.Account(); ok {
		raw = &RawOrigin{Signed: &who}
	} else if o.IsRoot() {
		raw = &RawOrigin{Root: &scale.Unit{}}
	}
	return OriginCaller{System: raw}
}

// Origin is the origin, or BadOrigin where nobody can have it.
func (o OriginCaller) Origin() (frame.Origin, error) {
	switch {
	case o.System.Root != nil:
		return frame.Root(), nil
	case o.System.Signed != nil:
		return frame.Signed(*o.System.Signed), nil
	case o.System.None != nil:
		return frame.None(), nil
	}
	return frame.Origin{}, frame.BadOrigin
}

// The reference time that one more call costs in a batch.
const (
	perBatch = 5_450_264
	perAll   = 5_663_250
	perForce = 5_477_293
)

// New makes the pallet. table is asked for the cost of inner calls when the runtime is complete. Whatever they hold, its calls are of the class normal; a batch
// is free when all of its calls are, an empty one too.
func New(table func() *frame.Table) *Pallet {
	p := &Pallet{table: table}
	p.Constants.BatchedCallsLimit.Set(10_922)
	batch := func(per uint64) func(Calls, frame.Info) frame.Info {
		return func(a Calls, i frame.Info) frame.Info {
			i.Weight = base(i.Weight, per, len(a.Calls))
			i.Pays = frame.PaysNo // unless one of the calls pays
			for _, call := range a.Calls {
				in := table().Info(call)
				i.Weight = i.Weight.Add(in.Weight)
				if in.Pays == frame.PaysYes {
					i.Pays = frame.PaysYes
				}
			}
			return i
		}
	}
	p.Call.Batch.Weigh(batch(perBatch))
	p.Call.BatchAll.Weigh(batch(perAll))
	p.Call.ForceBatch.Weigh(batch(perForce))
	inner := func(i frame.Info, call frame.RuntimeCall) frame.Info {
		in := table().Info(call)
		return frame.Info{Weight: i.Weight.Add(in.Weight)}
	}
	p.Call.AsDerivative.Weigh(func(a AsDerivative, i frame.Info) frame.Info { return inner(i, a.Call) })
	p.Call.DispatchAs.Weigh(func(a DispatchAs, i frame.Info) frame.Info { return inner(i, a.Call) })
	p.Call.DispatchAsFallible.Weigh(func(a DispatchAs, i frame.Info) frame.Info { return inner(i, a.Call) })
	p.Call.WithWeight.Weigh(func(a WithWeight, _ frame.Info) frame.Info { return frame.Info{Weight: a.Weight} })
	p.Call.IfElse.Weigh(func(a IfElse, i frame.Info) frame.Info {
		main, fallback := table().Info(a.Main), table().Info(a.Fallback)
		i.Weight = i.Weight.Add(main.Weight).Add(fallback.Weight)
		return i
	})
	return p
}

func base(w frame.Weight, per uint64, n int) frame.Weight {
	return w.Add(frame.Weight{RefTime: per * uint64(n)})
}

// NoNesting is the runtime's filter: it refuses batches that hold batches.
func (p *Pallet) NoNesting(call frame.RuntimeCall) bool {
	outer, ok := call.Args.(*Calls)
	if !ok {
		return true
	}
	for _, in := range outer.Calls {
		if _, nested := in.Args.(*Calls); nested {
			return false
		}
	}
	return true
}

// run makes one call of a batch and adds what it cost.
func (p *Pallet) run(c *frame.Ctx, call frame.RuntimeCall, spent *frame.Weight) error {
	out := c.Dispatch(c.Origin, call)
	if out.Actual != nil {
		*spent = spent.Add(*out.Actual)
	} else {
		*spent = spent.Add(p.table().Info(call).Weight)
	}
	return out.Err
}

func (p *Pallet) check(c *frame.Ctx, a Calls) error {
	if c.Origin.IsNone() {
		return frame.BadOrigin
	}
	if len(a.Calls) > int(p.Constants.BatchedCallsLimit.Get()) {
		return p.Error.TooManyCalls
	}
	return nil
}

// Batch makes calls until one fails.
func (p *Pallet) Batch(c *frame.Ctx, a Calls) error {
	if err := p.check(c, a); err != nil {
		return err
	}
	var spent frame.Weight
	fixed := frame.WeightOf(19_446_696, 3983, 2, 0)
	for i, call := range a.Calls {
		if err := p.run(c, call, &spent); err != nil {
			p.Event.BatchInterrupted.Emit(c, BatchInterrupted{Index: uint32(i), Error: frame.ToDispatch(err)})
			c.Used(base(fixed, perBatch, i+1).Add(spent))
			return nil
		}
		p.Event.ItemCompleted.Emit(c, None{})
	}
	p.Event.BatchCompleted.Emit(c, None{})
	c.Used(base(fixed, perBatch, len(a.Calls)).Add(spent))
	return nil
}

// BatchAll makes all calls or none.
func (p *Pallet) BatchAll(c *frame.Ctx, a Calls) error {
	if err := p.check(c, a); err != nil {
		return err
	}
	var spent frame.Weight
	fixed := frame.WeightOf(13_428_230, 3983, 2, 0)
	for i, call := range a.Calls {
		if err := p.run(c, call, &spent); err != nil {
			c.Used(base(fixed, perAll, i+1).Add(spent))
			return err
		}
		p.Event.ItemCompleted.Emit(c, None{})
	}
	p.Event.BatchCompleted.Emit(c, None{})
	c.Used(base(fixed, perAll, len(a.Calls)).Add(spent))
	return nil
}

// ForceBatch makes all calls, whether they succeed or not.
func (p *Pallet) ForceBatch(c *frame.Ctx, a Calls) error {
	if err := p.check(c, a); err != nil {
		return err
	}
	var spent frame.Weight
	failed := false
	for _, call := range a.Calls {
		if err := p.run(c, call, &spent); err != nil {
			failed = true
			p.Event.ItemFailed.Emit(c, ItemFailed{frame.ToDispatch(err)})
			continue
		}
		p.Event.ItemCompleted.Emit(c, None{})
	}
	if failed {
		p.Event.BatchCompletedWithErrors.Emit(c, None{})
	} else {
		p.Event.BatchCompleted.Emit(c, None{})
	}
	c.Used(base(frame.WeightOf(12_134_867, 3983, 2, 0), perForce, len(a.Calls)).Add(spent))
	return nil
}

// Derivative is the account that as_derivative acts for.
func Derivative(who bt.AccountID, index uint16) bt.AccountID {
	return hash.Blake256([]byte("modlpy/utilisuba"), who[:], []byte{byte(index), byte(index >> 8)})
}

// AsDerivative makes a call for an account derived from the signer's.
func (p *Pallet) AsDerivative(c *frame.Ctx, a AsDerivative) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	spent := frame.WeightOf(15_378_000, 3983, 3, 1)
	err = p.run(c.As(c.Origin.ActingFor(Derivative(who, a.Index))), a.Call, &spent)
	c.Used(spent)
	return err
}

// DispatchAs makes a call with an origin that root chooses.
func (p *Pallet) DispatchAs(c *frame.Ctx, a DispatchAs) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	origin, err := a.AsOrigin.Origin()
	if err == nil {
		err = c.DispatchUnfiltered(origin, a.Call).Err
	}
	p.Event.DispatchedAs.Emit(c, DispatchedAs{frame.ToResult(err)})
	return nil
}

// DispatchAsFallible is DispatchAs that fails when the call does.
func (p *Pallet) DispatchAsFallible(c *frame.Ctx, a DispatchAs) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	origin, err := a.AsOrigin.Origin()
	if err != nil {
		return err
	}
	if err := c.DispatchUnfiltered(origin, a.Call).Err; err != nil {
		return err
	}
	p.Event.DispatchedAs.Emit(c, DispatchedAs{frame.ToResult(nil)})
	return nil
}

// WithWeight makes a call as root.
func (p *Pallet) WithWeight(c *frame.Ctx, a WithWeight) error {
	if !c.Origin.IsRoot() {
		return frame.BadOrigin
	}
	return c.Dispatch(frame.Root(), a.Call).Err
}

// IfElse makes the main call, and the fallback when that fails.
func (p *Pallet) IfElse(c *frame.Ctx, a IfElse) error {
	if c.Origin.IsNone() {
		return frame.BadOrigin
	}
	spent := frame.WeightOf(21_831_000, 3983, 2, 0)
	first := p.run(c, a.Main, &spent)
	if first == nil {
		p.Event.IfElseMainSuccess.Emit(c, None{})
		c.Used(spent)
		return nil
	}
	err := p.run(c, a.Fallback, &spent)
	c.Used(spent)
	if err == nil {
		p.Event.IfElseFallbackCalled.Emit(c, FallbackCalled{frame.ToDispatch(first)})
	}
	return err
}
