package chain

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// A chain begins with one runtime and may go on to those that follow it (Config.Next), as ":code" in its state says. The runtime that it began with stands for
// all: what it is given a state for, it hands to the one whose state that is. So old blocks are read and executed with the runtime that made them.

// codeMark is what codes of this program begin with.
var codeMark = []byte("myelin")

// At is the runtime of a state, the one that executes the block that follows. r may be any runtime of the chain.
func (r *Runtime) At(state storage.Reader) (*Runtime, error) {
	code, ok := state.Get(system.CodeKey)
	if !ok {
		return r.first, nil
	}
	return r.Of(code)
}

// Of is the runtime of the chain that a value of ":code" names. A code of another kind, from upstream or from a test, is the first runtime's. The error tells that
// the program is too old for the chain.
func (r *Runtime) Of(code []byte) (*Runtime, error) {
	if bytes.Equal(code, r.code) {
		return r, nil
	}
	if found := r.find(code); found != nil {
		return found, nil
	}
	if bytes.HasPrefix(code, codeMark) {
		return nil, fmt.Errorf("the chain goes on with a runtime of hash %v that this program does not hold; update the program", bt.Hash(hash.Blake256(code)))
	}
	return r.first, nil
}

// find is the runtime with a code among r's first and all that follow it, or nil.
func (r *Runtime) find(code []byte) *Runtime {
	for v := r.first; v != nil; v = v.Next() {
		if bytes.Equal(v.code, code) {
			return v
		}
	}
	return nil
}

// Next is the runtime that follows this one; nil when it is the newest that the program holds.
func (r *Runtime) Next() *Runtime {
	r.nextOnce.Do(func() {
		if r.cfg.Next != nil {
			r.next = r.cfg.Next()
			r.next.first = r.first
		}
	})
	return r.next
}

// versionOf tells the version of a runtime by its code.
func (r *Runtime) versionOf(code []byte) (system.Version, bool) {
	if v := r.find(code); v != nil {
		return v.version, true
	}
	return system.Version{}, false
}

// Upgrader is implemented by pallets whose storage changes when a later runtime takes over: Upgrade runs at the begin of the first block of a runtime that did not
// make the block before, and in the first state of a chain that begins with a later runtime. It returns the cost, which the block has less room for. A change that must
// not be made twice marks in storage that it was made: root may go back to an earlier runtime and on again.
type Upgrader interface {
	Upgrade(c *frame.Ctx) frame.Weight
}

// upgrade lets the pallets of a runtime that made not the last block change their storage.
func (b *Builder) upgrade() (cost frame.Weight) {
	last, now := &b.r.system.Storage.LastRuntimeUpgrade, b.r.lastUpgrade()
	if before, ok := last.TryGet(b.s); ok && before == now {
		return cost
	}
	last.Set(b.s, now)
	return b.r.runUpgrades(b.c)
}

func (r *Runtime) runUpgrades(c *frame.Ctx) (cost frame.Weight) {
	for _, h := range r.hooks {
		if h.upgrade != nil {
			cost = cost.Add(h.upgrade.Upgrade(c))
		}
	}
	return cost
}

// own is a transaction as the block's runtime reads it. One that was checked by another runtime, before an upgrade, or made by the node itself is checked anew: its bytes may
// mean something else now, and its call may cost something else.
func (b *Builder) own(x *Checked) (*Checked, error) {
	if x.by == b.r {
		return x, nil
	}
	k := Checker{r: b.r, state: b.s, parent: b.env.Parent, at: b.env.Number - 1, genesis: b.genesis}
	return k.Check(x.Raw)
}

// hidden takes what a runtime does not have yet (Config.Absent) out of the descriptions of its pallets: it is not in the metadata then, and no call of it can be made.
func hidden(pallets []*frame.Description, absent []string) {
	left := make(map[string]bool, len(absent))
	for _, name := range absent {
		left[name] = true
	}
	take := func(pallet, kind, name string) bool {
		full := pallet + "." + kind + "." + name
		found := left[full]
		delete(left, full)
		return found
	}
	for _, p := range pallets {
		p.Storage = slices.DeleteFunc(p.Storage, func(i *storage.Item) bool { return take(p.Name, "storage", i.Name) })
		p.Constants = slices.DeleteFunc(p.Constants, func(c frame.Constant) bool { return take(p.Name, "constant", c.Name) })
		p.Events = slices.DeleteFunc(p.Events, func(v frame.Variant) bool { return take(p.Name, "event", v.Name) })
		p.Errors = slices.DeleteFunc(p.Errors, func(v frame.Variant) bool { return take(p.Name, "error", v.Name) })
		p.Calls = slices.DeleteFunc(p.Calls, func(v frame.CallVariant) bool { return take(p.Name, "call", v.Name) })
	}
	for _, name := range absent {
		if left[name] {
			panic(fmt.Sprintf("chain: the runtime is to lack %s, which no pallet declares", name))
		}
	}
}

// withoutUpgrade is what consensus put into a header's digest: the log of an upgrade comes of executing the block.
func withoutUpgrade(digest []bt.DigestItem) []bt.DigestItem {
	return slices.DeleteFunc(slices.Clone(digest), func(d bt.DigestItem) bool { return d.RuntimeEnvironmentUpdated != nil })
}

// bare judges a transaction without signature that is no inherent.
func (r *Runtime) bare(c *frame.Ctx, call frame.RuntimeCall) (Validity, *InvalidTransaction) {
	if code, ok := call.Args.(*system.CodeArgs); ok && call.Index == system.ApplyIndex && r.isCall(call, r.system) {
		leave, err := r.system.Authorized(c, code.Code)
		if err != nil {
			return Validity{}, invalidf(BadCall, "%v", err)
		}
		return Validity{Priority: 1<<64 - 1, Longevity: 1<<64 - 1, Provides: [][]byte{scale.Marshal(&leave.CodeHash)}, Propagate: true}, nil
	}
	if r.cfg.Bare == nil {
		return Validity{}, invalid(NoUnsignedValidator)
	}
	return r.cfg.Bare(c, call)
}
