// Package chain executes blocks: it takes a state and a block and gives changes, events and a header. It is a pure function under the law of
// determinism: no clock, no goroutine, no float, no logging. Time and author come with the block.
//
// A Runtime is a value built from pallets at their places (Config). It decodes and checks extrinsics (Checker), builds blocks
// (Begin, Apply, Finish), executes them again (Execute), judges transactions for the pool (Validate), answers runtime functions (Call) and
// describes itself (Metadata).
//
// It deliberately holds no database (node/store), no queue of transactions (node/pool) and no consensus (node/comet, node/sealer). Which pallets make the
// chain of Bittensor is told by chain/genesis.
package chain

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/timestamp"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Config is what a runtime is made of.
type Config struct {
	// Modules are the pallets at their places, in the order of their indices. System, Timestamp, Balances and TransactionPayment must
	// be among them.
	Modules []frame.Module
	// APIs are groups of runtime functions beside those that every runtime has.
	APIs []frame.API

	SpecName           string // node-subtensor when empty
	SpecVersion        uint32
	TransactionVersion uint32

	// Filter refuses calls of every origin but root, nested ones included, with System.CallFiltered. May be nil.
	Filter func(c *frame.Ctx, call frame.RuntimeCall) bool
	// Guard runs before every dispatch of an origin other than root, nested ones included, and may refuse it. May be nil.
	Guard func(c *frame.Ctx, call frame.RuntimeCall) error
	// Judge looks at the outer call of a signed transaction before it may enter the pool or a block. A code other than nil refuses it as
	// Custom(code). May be nil.
	Judge func(c *frame.Ctx, call frame.RuntimeCall) *uint8
	// LongestEra tells the longest era, in blocks, that a signed transaction with this outer call may have: with a longer one, or none, it is Stale. 0 permits
	// any. May be nil.
	LongestEra func(call frame.RuntimeCall) uint64
	// Lifetime tells for how many blocks at most the outer call of a signed transaction stays valid, and a further tag that the transaction provides: of
	// two with the same tag the pool keeps one. ok is false for calls that stay valid as long as the era says. May be nil.
	Lifetime func(c *frame.Ctx, call frame.RuntimeCall) (blocks uint64, tag []byte, ok bool)
	// Free tells of a call that is declared to pay whether it costs nothing in the present state. May be nil.
	Free func(c *frame.Ctx, call frame.RuntimeCall) bool
	// Bare judges a transaction without signature that is no inherent (drand pulses): for the pool, and again before it goes into a block. May be nil.
	Bare func(c *frame.Ctx, call frame.RuntimeCall) (Validity, *InvalidTransaction)
	// Priority adds to the pool's priority of a signed call. May be nil.
	Priority func(call frame.RuntimeCall) uint64
	// Absent names what pallets declare for later runtimes only, as Pallet.kind.name with the kinds storage, constant, event, error and call.
	Absent []string
	// Next makes the runtime that follows this one on the same chain when an upgrade is applied. May be nil.
	Next func() *Runtime
	// ExtensionWeight is what the transaction extensions cost, beside the call.
	ExtensionWeight frame.Weight
	// PlainIntegers shows amounts, netuids, mechanisms and fractions as plain integers in the metadata, as upstream did until spec 425. The bytes are the same.
	PlainIntegers bool
}

// Runtime executes blocks. It holds no state and may be used by any number of goroutines at once.
type Runtime struct {
	cfg     Config
	version system.Version

	pallets []*frame.Description
	hooks   []hooks
	table   *frame.Table
	apis    map[string]*frame.MethodDescription

	system    *system.Pallet
	timestamp *timestamp.Pallet
	balances  *balances.Pallet
	payment   *payment.Pallet
	sudo      *sudo.Pallet // nil in a runtime without
	places    map[any]uint8

	limits   system.BlockWeights
	lengths  system.PerClass[uint32]
	apiList  []frame.API
	metadata map[uint32][]byte
	code     []byte

	metadataHash func() bt.Hash // computed once

	first    *Runtime // of the chain: this one, unless it is another's next
	next     *Runtime
	nextOnce sync.Once
}

type hooks struct {
	start  frame.Initializer
	work   frame.Worker
	end    frame.Finalizer
	weight frame.HookWeigher

	upgrade Upgrader
}

// New builds a runtime; it panics on mistakes in the declarations.
func New(cfg Config) *Runtime {
	if cfg.SpecName == "" {
		cfg.SpecName = "node-subtensor"
	}
	cfg.Modules = slices.Clone(cfg.Modules)
	slices.SortStableFunc(cfg.Modules, func(a, b frame.Module) int { return int(a.Index) - int(b.Index) })
	r := &Runtime{cfg: cfg, places: map[any]uint8{}}
	for i, m := range cfg.Modules {
		if i > 0 && cfg.Modules[i-1].Index == m.Index {
			panic(fmt.Sprintf("chain: %s and %s have the same index %d", cfg.Modules[i-1].Name, m.Name, m.Index))
		}
		switch p := m.Pallet.(type) {
		case *system.Pallet:
			r.system = p
		case *timestamp.Pallet:
			r.timestamp = p
		case *balances.Pallet:
			r.balances = p
		case *payment.Pallet:
			r.payment = p
		case *sudo.Pallet:
			r.sudo = p
		}
		r.places[m.Pallet] = m.Index
	}
	if r.system == nil || r.timestamp == nil || r.balances == nil || r.payment == nil {
		panic("chain: a runtime needs System, Timestamp, Balances and TransactionPayment")
	}
	r.limits, r.lengths = r.system.Constants.BlockWeights.Get(), r.system.Constants.BlockLength.Get().Max
	r.setVersion()
	for _, m := range cfg.Modules {
		r.pallets = append(r.pallets, frame.Compile(m))
		var h hooks
		h.start, _ = m.Pallet.(frame.Initializer)
		h.work, _ = m.Pallet.(frame.Worker)
		h.end, _ = m.Pallet.(frame.Finalizer)
		h.weight, _ = m.Pallet.(frame.HookWeigher)
		h.upgrade, _ = m.Pallet.(Upgrader)
		r.hooks = append(r.hooks, h)
	}
	hidden(r.pallets, cfg.Absent)
	r.table = frame.NewTable(r.pallets)
	r.compileAPIs()
	r.buildMetadata()
	r.metadataHash = sync.OnceValue(r.makeMetadataHash)
	r.first, r.code = r, r.makeCode()
	r.system.SetRuntimes(r.versionOf)
	return r
}

func (r *Runtime) setVersion() {
	r.apiList = append(r.coreAPIs(), r.cfg.APIs...)
	r.version = system.Version{
		SpecName: system.Text(r.cfg.SpecName), ImplName: system.Text(r.cfg.SpecName), AuthoringVersion: 1,
		SpecVersion: r.cfg.SpecVersion, ImplVersion: 1, TransactionVersion: r.cfg.TransactionVersion, SystemVersion: 1,
	}
	for _, a := range r.apiList {
		r.version.APIs = append(r.version.APIs, system.APIVersion{A: hash.Blake64([]byte(a.Name)), B: a.Version})
	}
	r.system.Constants.Version.Set(r.version)
}

func (r *Runtime) compileAPIs() {
	r.apis = map[string]*frame.MethodDescription{}
	for _, a := range r.apiList {
		for _, m := range a.Compile() {
			r.apis[a.Name+"_"+m.Name] = &m
		}
	}
}

// Version is what the runtime says of itself.
func (r *Runtime) Version() system.Version { return r.version }

// Table finds the calls of the runtime.
func (r *Runtime) Table() *frame.Table { return r.table }

// Pallets describes the runtime's pallets, in the order of their indices.
func (r *Runtime) Pallets() []*frame.Description { return r.pallets }

// Pallet returns the first pallet of type *P in the runtime, or nil.
func Pallet[P any](r *Runtime) *P {
	for _, m := range r.cfg.Modules {
		if p, ok := m.Pallet.(*P); ok {
			return p
		}
	}
	return nil
}

// Implementing lists the pallets that implement I, in the order of the runtime's modules.
func Implementing[I any](r *Runtime) (out []I) {
	for _, m := range r.cfg.Modules {
		if p, ok := m.Pallet.(I); ok {
			out = append(out, p)
		}
	}
	return out
}

// isCall tells whether a call is one of the pallet's.
func (r *Runtime) isCall(call frame.RuntimeCall, pallet any) bool {
	at, ok := r.places[pallet]
	return ok && at == call.Pallet
}

// context is what hooks, calls and runtime functions run with on a state.
func (r *Runtime) context(s *storage.State, env *frame.Env) *frame.Ctx {
	env.Table = r.table
	env.Guard = r.guard
	return frame.NewCtx(s, env, frame.None())
}

func (r *Runtime) guard(c *frame.Ctx, call frame.RuntimeCall) error {
	if r.cfg.Filter != nil && !r.cfg.Filter(c, call) || !c.Origin.Permits(call) {
		return r.system.Error.CallFiltered
	}
	if r.cfg.Guard != nil {
		return r.cfg.Guard(c, call)
	}
	return nil
}

// Genesis builds block 0: build writes the first state. Rows that every chain has are added: block 0's number and hashes, and ":code",
// which holds a digest of the runtime's metadata, so that the genesis hash names the runtime's surface too.
func (r *Runtime) Genesis(build func(c *frame.Ctx)) (bt.Header, []storage.Change) {
	s := storage.New(nil)
	c := r.context(s, &frame.Env{})
	// What frame_system's genesis leaves: the hash of a block before genesis is 69 repeated.
	before := bt.Hash(slices.Repeat([]byte{69}, 32))
	sys := &r.system.Storage
	sys.BlockHash.Set(s, 0, before)
	sys.ParentHash.Set(s, before)
	sys.LastRuntimeUpgrade.Set(s, r.lastUpgrade())
	sys.UpgradedToU32RefCount.Set(s, true)
	sys.UpgradedToTripleRefCount.Set(s, true)
	s.Set(system.ExtrinsicIndexKey, scale.Marshal(new(uint32)))
	s.Set(system.CodeKey, r.code)
	r.payment.Storage.StorageVersion.Set(s, payment.V2)
	build(c)
	r.runUpgrades(c)
	return r.GenesisHeader(s.Changes()), s.Changes()
}

func (r *Runtime) lastUpgrade() system.LastRuntimeUpgradeInfo {
	return system.LastRuntimeUpgradeInfo{SpecVersion: r.cfg.SpecVersion, SpecName: r.version.SpecName}
}

// GenesisHeader is block 0 over rows in the order of their keys, for chains that start from a raw dump.
func (r *Runtime) GenesisHeader(rows []storage.Change) bt.Header {
	return bt.Header{StateRoot: rootOf(rows), ExtrinsicsRoot: extrinsicsRoot(nil), Digest: []bt.DigestItem{}}
}

// Code is the value of ":code": a digest of the metadata and the version, since clients take its hash for the runtime's. Upgrades are asked for by it.
func (r *Runtime) Code() []byte { return slices.Clone(r.code) }

func (r *Runtime) makeCode() []byte {
	var e scale.Encoder
	e.Raw(codeMark)
	e.Encode(&r.version)
	if raw, ok := r.Metadata(15); ok {
		h := hash.Blake256(raw)
		e.Raw(h[:])
	}
	return e.Bytes()
}

// typeOf is shorthand.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// Time is the time of the block whose state is given, in milliseconds since 1970; 0 at genesis.
func (r *Runtime) Time(state storage.Reader) uint64 {
	return r.timestamp.Storage.Now.Get(storage.New(state))
}

// MinPeriod is the fewest milliseconds between two blocks.
func (r *Runtime) MinPeriod() uint64 { return r.timestamp.Constants.MinimumPeriod.Get() }
