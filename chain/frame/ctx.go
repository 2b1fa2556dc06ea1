package frame

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Origin is on whose behalf a call runs.
type Origin struct {
	kind    originKind
	account bt.AccountID
	narrow  *narrowing
}

// narrowing is what an origin may not do although its account may.
type narrowing struct{ permits func(RuntimeCall) bool }

type originKind uint8

const (
	none originKind = iota
	root
	signed
)

// None is the origin of inherents and unsigned transactions.
func None() Origin { return Origin{} }

// Root is the chain itself: sudo, the scheduler.
func Root() Origin { return Origin{kind: root} }

// Signed is an account that signed, or for which somebody with the right to do so acts.
func Signed(who bt.AccountID) Origin { return Origin{kind: signed, account: who} }

// IsRoot tells whether the origin is root.
func (o Origin) IsRoot() bool { return o.kind == root }

// IsNone tells whether nobody signed.
func (o Origin) IsNone() bool { return o.kind == none }

// Account returns the signer, if there is one.
func (o Origin) Account() (bt.AccountID, bool) { return o.account, o.kind == signed }

// Narrowed is the same account that may only make the calls that permits accepts, those that they hold included. The runtime's guard asks for it.
func (o Origin) Narrowed(permits func(RuntimeCall) bool) Origin {
	o.narrow = &narrowing{permits}
	return o
}

// ActingFor is another account under the restrictions of this origin.
func (o Origin) ActingFor(who bt.AccountID) Origin {
	return Origin{kind: signed, account: who, narrow: o.narrow}
}

// Permits tells whether the origin was not narrowed to other calls. Root never is.
func (o Origin) Permits(call RuntimeCall) bool {
	return o.narrow == nil || o.IsRoot() || o.narrow.permits(call)
}

// EventRecord is an event as System.Events stores it. Data holds the pallet's and the event's index and the fields.
type EventRecord struct {
	Phase bt.Phase
	Data  []byte
}

// Env is the block under execution: one per block, shared by all contexts in it.
type Env struct {
	Number uint32          // height of this block
	Parent bt.Hash         // hash of the block before
	Header *bt.Header      // of the block, for runtime functions; nil while a block is executed
	Now    uint64          // milliseconds since 1970, as the block says
	Author bt.AccountID    // who gets the fees; zero when nobody does
	Digest []bt.DigestItem // what consensus put into the header
	Table  *Table
	Phase  bt.Phase
	Events []EventRecord

	// Accounts remembers the rows of accounts that the block touches; the system pallet fills it.
	Accounts map[bt.AccountID]*storage.Slot

	// Guard runs before every dispatch, nested ones included, and may refuse it; root is not asked. The executive sets it.
	Guard func(c *Ctx, call RuntimeCall) error

	data []byte // what the next events are written to
}

// ExtrinsicIndex is the place in the block of the extrinsic under execution, 0 in hooks.
func (e *Env) ExtrinsicIndex() uint32 {
	if e.Phase.ApplyExtrinsic == nil {
		return 0
	}
	return *e.Phase.ApplyExtrinsic
}

// Ctx is what a handler runs with. A context belongs to one dispatch.
type Ctx struct {
	State  *storage.State
	Env    *Env
	Origin Origin

	actual *Weight
	pays   Pays
}

// NewCtx is a context over a state, for hooks, runtime APIs and the executive.
func NewCtx(s *storage.State, env *Env, origin Origin) *Ctx {
	return &Ctx{State: s, Env: env, Origin: origin}
}

// Signer returns the account that signed, or BadOrigin.
func (c *Ctx) Signer() (bt.AccountID, error) {
	who, ok := c.Origin.Account()
	if !ok {
		return bt.AccountID{}, BadOrigin
	}
	return who, nil
}

// EnsureRoot refuses every origin but root.
func (c *Ctx) EnsureRoot() error {
	if !c.Origin.IsRoot() {
		return BadOrigin
	}
	return nil
}

// EnsureNone refuses every origin but none.
func (c *Ctx) EnsureNone() error {
	if !c.Origin.IsNone() {
		return BadOrigin
	}
	return nil
}

// Used sets the weight that a call really took, where it is less than declared.
func (c *Ctx) Used(w Weight) { c.actual = &w }

// Free makes the call free of charge after the fact, as Pays::No in a post-dispatch result.
func (c *Ctx) Free() { c.pays = PaysNo }

// Outcome is how a dispatch ended.
type Outcome struct {
	Err    error
	Actual *Weight // nil: as declared
	Pays   Pays
}

// Dispatch runs a call for an origin in a transaction of its own: when it fails, its changes and events are taken back.
func (c *Ctx) Dispatch(origin Origin, call RuntimeCall) Outcome {
	return c.dispatch(origin, call, !origin.IsRoot())
}

// DispatchUnfiltered is Dispatch without asking Env.Guard, for root that acts with another origin.
func (c *Ctx) DispatchUnfiltered(origin Origin, call RuntimeCall) Outcome {
	return c.dispatch(origin, call, false)
}

func (c *Ctx) dispatch(origin Origin, call RuntimeCall, guarded bool) Outcome {
	inner := &Ctx{State: c.State, Env: c.Env, Origin: origin}
	err := c.Transaction(func() error {
		if c.Env.Guard != nil && guarded {
			if err := c.Env.Guard(inner, call); err != nil {
				return err
			}
		}
		return c.Env.Table.Lookup(call.Pallet, call.Index).call.run(inner, call.Args)
	})
	return Outcome{Err: err, Actual: inner.actual, Pays: inner.pays}
}

// Transaction runs fn; when it fails, its changes and events are taken back.
func (c *Ctx) Transaction(fn func() error) error {
	events := len(c.Env.Events)
	c.State.Begin()
	err := fn()
	if err != nil {
		c.State.Rollback()
		c.Env.Events = c.Env.Events[:events]
		return err
	}
	c.State.Commit()
	return nil
}

// As is a context for the same block with another origin.
func (c *Ctx) As(origin Origin) *Ctx { return NewCtx(c.State, c.Env, origin) }

// Event declares an event with fields F, a struct. Fields of a struct that embeds scale.Tuple have no names on the wire.
type Event[F any] struct{ head eventHead }

// eventHead is an event without its type, where all the work is done: every package that sees an Event compiles its methods anew. Its layout has no gaps,
// so that no function is needed to compare two.
type eventHead struct {
	pallet, index uint16
	size          uint32 // the fewest bytes of the fields
}

// emitter is implemented by Event.
type emitter interface {
	event() (*eventHead, reflect.Type)
}

func (e *Event[F]) event() (*eventHead, reflect.Type) { return &e.head, reflect.TypeFor[F]() }

func (e *eventHead) bind(pallet, index uint8, fields reflect.Type) {
	if err := scale.Check(fields); err != nil {
		panic(err)
	}
	*e = eventHead{uint16(pallet), uint16(index), uint32(scale.MinSize(fields))}
}

// Emit records the event in the current block.
func (e *Event[F]) Emit(c *Ctx, fields F) { e.head.emit(c.Env, &fields) }

func (e *eventHead) emit(env *Env, fields any) {
	const piece, usual = 16 << 10, 64 // bytes: events are small, so many share a piece of memory
	need := 2 + int(e.size)
	if cap(env.data)-len(env.data) < max(usual, need) {
		env.data = make([]byte, 0, max(piece, need))
	}
	from := len(env.data)
	all := scale.Append(append(env.data, byte(e.pallet), byte(e.index)), fields)
	env.data = all
	env.Events = append(env.Events, EventRecord{Phase: env.Phase, Data: all[from:len(all):len(all)]})
}

// RuntimeEvent is an event of any pallet, encoded: its pallet's index, its own index and its fields. Nothing in the chain decodes events;
// clients do, by the metadata.
type RuntimeEvent []byte

// ScaleName is upstream's.
func (RuntimeEvent) ScaleName() scale.Name {
	return scale.Name{Path: "node_subtensor_runtime::RuntimeEvent"}
}

// EncodeScale writes the event without a length.
func (e RuntimeEvent) EncodeScale(enc *scale.Encoder) { enc.Raw(e) }

// DecodeScale refuses: the end of an event is known to the metadata only.
func (*RuntimeEvent) DecodeScale(d *scale.Decoder) { d.Invalid("events are decoded by metadata") }

// MinScale is the two index bytes.
func (RuntimeEvent) MinScale() int { return 2 }

// Hooks that a pallet may implement.
type (
	// Initializer runs at the start of each block, in the order of pallet indices.
	Initializer interface{ OnInitialize(c *Ctx) }
	// Worker runs at the start of each block, where an Initializer of its place would; it may use the weight that is left in the block and tells how
	// much it used.
	Worker interface {
		Work(c *Ctx, left Weight) Weight
	}
	// Finalizer runs at the end of each block.
	Finalizer interface{ OnFinalize(c *Ctx) }
	// HookWeigher tells what the hooks of a pallet cost in this block; it is asked before OnInitialize runs.
	HookWeigher interface{ HookWeight(c *Ctx) Weight }
)
