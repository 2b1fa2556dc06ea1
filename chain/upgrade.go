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

// At is the runtime of a state, the one that executes the block that follows: r, or one that follows r. A state with a code of another kind, from
// upstream or from a test, is r's too.
func (r *Runtime) At(state storage.Reader) (*Runtime, error) {
	code, ok := state.Get(system.CodeKey)
	if !ok || bytes.Equal(code, r.code) {
		return r, nil
	}
	if found := r.find(code); found != nil {
		return found, nil
	}
	if bytes.HasPrefix(code, codeMark) {
		return nil, fmt.Errorf("the chain goes on with a runtime of hash %v that this program does not hold; update the program", bt.Hash(hash.Blake256(code)))
	}
	return r, nil
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

// Upgrader is implemented by pallets whose storage changes when a later runtime takes over: Upgrade runs once, at the begin of the first block of a
// runtime that did not make the block before.
type Upgrader interface{ Upgrade(c *frame.Ctx) }

// upgrade lets the pallets of a runtime that made not the last block change their storage.
func (b *Builder) upgrade() {
	last, now := &b.r.system.Storage.LastRuntimeUpgrade, b.r.lastUpgrade()
	if before, ok := last.TryGet(b.s); ok && before == now {
		return
	}
	last.Set(b.s, now)
	for _, h := range b.r.hooks {
		if h.upgrade != nil {
			h.upgrade.Upgrade(b.c)
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
