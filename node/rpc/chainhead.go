package rpc

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// The limits of chainHead_v1, as Substrate's node has them.
const (
	maxFollows    = 2   // per connection
	maxPinned     = 512 // blocks per follow; beyond them the follow ends with "stop"
	maxOperations = 16  // under way per follow
	firstBlocks   = 16  // finalised blocks that a follow begins with, at most
)

// The codes of chainHead_v1.
const (
	codeFollows    = -32800
	codeNotPinned  = -32801
	codeNotWaiting = -32803
	codeDuplicates = -32804
)

// follows are the open chainHead_v1_follow subscriptions of all connections.
type follows struct {
	mu   sync.Mutex
	byID map[string]*follow
	open map[any]int // by connection
}

// follow is one of them: the blocks that it has pinned and the operations under way.
type follow struct {
	id   string
	peer any
	sink *jsonrpc.Sink
	ctx  context.Context
	pins *atomic.Int64 // of all follows together

	mu     sync.Mutex
	pinned map[bt.Hash]bool
	ops    map[string]*operation
	lastOp uint64
}

func (a *api) chainHead(r *jsonrpc.Registry) {
	a.follows = &follows{byID: map[string]*follow{}, open: map[any]int{}}
	r.Subscription("chainHead_v1_follow", "chainHead_v1_followEvent", "chainHead_v1_unfollow", a.follow)
	r.Call(a.headHeader, "chainHead_v1_header")
	r.Call(a.headBody, "chainHead_v1_body")
	r.Call(a.headCall, "chainHead_v1_call")
	r.Call(a.headStorage, "chainHead_v1_storage")
	r.Call(a.headUnpin, "chainHead_v1_unpin")
	r.Call(a.headContinue, "chainHead_v1_continue")
	r.Call(a.headStopOperation, "chainHead_v1_stopOperation")
}

// enter counts a follow of a connection in, unless it has all it may.
func (s *follows) enter(peer any) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[peer] >= maxFollows {
		return false
	}
	s.open[peer]++
	return true
}

func (s *follows) leave(peer any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[peer]--; s.open[peer] == 0 {
		delete(s.open, peer)
	}
}

func (s *follows) add(f *follow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[f.id] = f
}

func (s *follows) remove(f *follow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, f.id)
}

// of is the open follow that the caller's connection knows by this id, or nil.
func (s *follows) of(ctx context.Context, id string) *follow {
	peer, ok := jsonrpc.PeerOf(ctx)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.byID[id]; f != nil && f.peer == peer.Key() {
		return f
	}
	return nil
}

// runtimeJSON is a runtime's version as chainHead_v1 gives it.
type runtimeJSON struct {
	Type string `json:"type"`
	Spec struct {
		SpecName           string            `json:"specName"`
		ImplName           string            `json:"implName"`
		SpecVersion        uint32            `json:"specVersion"`
		ImplVersion        uint32            `json:"implVersion"`
		TransactionVersion uint32            `json:"transactionVersion"`
		APIs               map[string]uint32 `json:"apis"`
	} `json:"spec"`
}

func runtimeJSONOf(v system.Version) *runtimeJSON {
	out := &runtimeJSON{Type: "valid"}
	s := &out.Spec
	s.SpecName, s.ImplName, s.SpecVersion = string(v.SpecName), string(v.ImplName), v.SpecVersion
	s.ImplVersion, s.TransactionVersion, s.APIs = v.ImplVersion, v.TransactionVersion, map[string]uint32{}
	for _, api := range v.APIs {
		s.APIs["0x"+hex.EncodeToString(api.A[:])] = api.B
	}
	return out
}

// The events of blocks. Both engines make blocks final at once, so a block is new, best and final one right after the other.
type (
	initializedEvent struct {
		Event   string       `json:"event"`
		Hashes  []bt.Hash    `json:"finalizedBlockHashes"`
		Runtime *runtimeJSON `json:"finalizedBlockRuntime,omitempty"`
	}
	newBlockEvent struct {
		Event   string       `json:"event"`
		Hash    bt.Hash      `json:"blockHash"`
		Parent  bt.Hash      `json:"parentBlockHash"`
		Runtime *runtimeJSON `json:"newRuntime"`
	}
	bestEvent struct {
		Event string  `json:"event"`
		Hash  bt.Hash `json:"bestBlockHash"`
	}
	finalizedEvent struct {
		Event  string    `json:"event"`
		Hashes []bt.Hash `json:"finalizedBlockHashes"`
		Pruned []bt.Hash `json:"prunedBlockHashes"`
	}
	stopEvent struct {
		Event string `json:"event"`
	}
)

func (a *api) follow(ctx context.Context, p jsonrpc.Params) (func(context.Context, *jsonrpc.Sink), error) {
	var withRuntime bool
	if err := need(p, 1, &withRuntime); err != nil {
		return nil, err
	}
	peer, _ := jsonrpc.PeerOf(ctx) // subscriptions come by connections only
	if !a.follows.enter(peer.Key()) {
		return nil, jsonrpc.Errorf(codeFollows, "Maximum number of chainHead_follow has been reached: at most %d per connection", maxFollows)
	}
	return func(ctx context.Context, sink *jsonrpc.Sink) {
		f := &follow{id: sink.ID(), peer: peer.Key(), sink: sink, ctx: ctx, pins: a.Pinned, pinned: map[bt.Hash]bool{}, ops: map[string]*operation{}}
		a.follows.add(f)
		a.runFollow(f, withRuntime)
	}, nil
}

// runFollow tells of blocks until the client ends the follow, or it must end, which the client is told.
func (a *api) runFollow(f *follow, withRuntime bool) {
	stopped := false
	var first *ledger.Block
	var last *chain.Runtime
	gone := false
	begin := func() bool {
		var err error
		first = a.ledger.Finalized()
		if last, err = a.runtimeOf(first.Hash); err != nil {
			stopped = true // the chain went back meanwhile
			return false
		}
		start := initializedEvent{Event: "initialized", Hashes: a.lastHashes(first)}
		for _, h := range start.Hashes {
			f.pin(h)
		}
		if withRuntime {
			start.Runtime = runtimeJSONOf(last.Version())
		}
		gone = !f.sink.Send(start) || !f.sink.Send(bestEvent{"bestBlockChanged", first.Hash})
		return !gone
	}
	a.hub.each(f.sink, begin, func(u *news) bool {
		b := u.Imported
		if b == nil { // the chain went back, on command: what the client knows as final is not
			stopped = true
			return false
		}
		if b.Header.Number <= first.Header.Number {
			return true // it came between the call of each and Finalized
		}
		if !f.pin(b.Hash) {
			stopped = true
			return false
		}
		gone = !f.tell(u, withRuntime && u.Runtime != last)
		last = u.Runtime
		return !gone
	}, func() {
		a.follows.remove(f)
		a.follows.leave(f.peer)
		f.stopAll()
		if stopped || !gone && f.ctx.Err() == nil { // the rest: too slow for the blocks
			f.sink.Send(stopEvent{"stop"})
		}
	})
}

// tell tells the client of an imported block, and of its runtime where that is another one; false when the client is gone.
func (f *follow) tell(u *news, upgraded bool) bool {
	b := u.Imported
	made := func() any {
		e := newBlockEvent{Event: "newBlock", Hash: b.Hash, Parent: b.Header.Parent}
		if upgraded {
			e.Runtime = runtimeJSONOf(u.Runtime.Version())
		}
		return e
	}
	name := "made"
	if upgraded {
		name = "made with a runtime"
	}
	ok := f.sink.Send(u.once(name, made)) && f.sink.Send(u.once("best", func() any { return bestEvent{"bestBlockChanged", b.Hash} }))
	if ok && u.Final {
		ok = f.sink.Send(u.once("final", func() any { return finalizedEvent{"finalized", []bt.Hash{b.Hash}, []bt.Hash{}} }))
	}
	return ok
}

// runtimeOf is the runtime of the state after a block.
func (a *api) runtimeOf(hash bt.Hash) (*chain.Runtime, error) {
	v, err := a.ledger.At(hash)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return a.ledger.Runtime().At(v)
}

// lastHashes are the hashes of the last finalised blocks, oldest first.
func (a *api) lastHashes(last *ledger.Block) []bt.Hash {
	out := []bt.Hash{last.Hash}
	for n := last.Header.Number; n > 0 && len(out) < firstBlocks; n-- {
		hash, ok := a.ledger.HashAt(n - 1)
		if !ok {
			break
		}
		out = append(out, hash)
	}
	slices.Reverse(out)
	return out
}

// pin keeps a block for the client; false when it has too many.
func (f *follow) pin(h bt.Hash) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pinned) >= maxPinned {
		return false
	}
	if !f.pinned[h] {
		f.pinned[h] = true
		f.pins.Add(1)
	}
	return true
}

func (f *follow) has(h bt.Hash) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pinned[h]
}

func errNotPinned(h bt.Hash) error {
	return jsonrpc.Errorf(codeNotPinned, "Invalid block hash: %s is not pinned by this subscription", h)
}

func (a *api) headHeader(ctx context.Context, p jsonrpc.Params) (any, error) {
	var id string
	var at bt.Hash
	if err := need(p, 2, &id, &at); err != nil {
		return nil, err
	}
	f := a.follows.of(ctx, id)
	if f == nil {
		return nil, nil
	}
	if !f.has(at) {
		return nil, errNotPinned(at)
	}
	return a.archiveHeader(ctx, jsonrpc.ParamsOf(raw(at)))
}

// hashList is one hash or a list of them.
type hashList []bt.Hash

// JSONSchema describes it.
func (hashList) JSONSchema() map[string]any {
	return either(schemaOf(bt.Hash{}), schemaOf([]bt.Hash{}))
}

// UnmarshalJSON reads either form.
func (l *hashList) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]bt.Hash)(l))
	}
	*l = make(hashList, 1)
	return json.Unmarshal(raw, &(*l)[0])
}

func (a *api) headUnpin(ctx context.Context, p jsonrpc.Params) (any, error) {
	var id string
	var list hashList
	if err := need(p, 2, &id, &list); err != nil {
		return nil, err
	}
	f := a.follows.of(ctx, id)
	if f == nil {
		return nil, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := make(map[bt.Hash]bool, len(list))
	for _, h := range list {
		if seen[h] {
			return nil, jsonrpc.Errorf(codeDuplicates, "Received duplicate hashes for the chainHead_unpin method: %s", h)
		}
		seen[h] = true
		if !f.pinned[h] {
			return nil, errNotPinned(h)
		}
	}
	for _, h := range list {
		delete(f.pinned, h)
	}
	f.pins.Add(-int64(len(list)))
	return nil, nil
}

func (f *follow) newOperation() (*operation, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ops) >= maxOperations {
		return nil, false
	}
	f.lastOp++
	op := &operation{id: strconv.FormatUint(f.lastOp, 10), follow: f, proceed: make(chan struct{}, 1)}
	op.ctx, op.cancel = context.WithCancel(f.ctx)
	f.ops[op.id] = op
	return op, true
}

// stopAll ends the operations and lets all blocks go.
func (f *follow) stopAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pins.Add(-int64(len(f.pinned)))
	f.pinned = nil
	for _, op := range f.ops {
		op.cancel()
	}
}
