package rpc

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/store"
)

// operation is a read of chainHead_v1 under way: its result comes as events of the follow.
type operation struct {
	id      string
	follow  *follow
	ctx     context.Context
	cancel  context.CancelFunc
	waiting atomic.Bool   // for chainHead_v1_continue
	proceed chan struct{} // capacity 1: it has come
}

func (op *operation) send(event string, with map[string]any) bool {
	if op.ctx.Err() != nil {
		return false // stopped, or the follow has ended
	}
	if with == nil {
		with = map[string]any{}
	}
	with["event"], with["operationId"] = event, op.id
	return op.follow.sink.Send(with)
}

// fail ends an operation: the block's state is no longer kept, or something else is wrong.
func (op *operation) fail(err error) {
	if errors.Is(err, store.ErrPruned) || errors.Is(err, store.ErrUnknownBlock) {
		op.send("operationInaccessible", nil)
		return
	}
	op.send("operationError", map[string]any{"error": err.Error()})
}

// begin starts an operation on a pinned block behind the answer to the call. extra is told with the operation's id.
func (a *api) begin(ctx context.Context, id string, at bt.Hash, extra map[string]any, run func(op *operation)) (any, error) {
	refused := map[string]any{"result": "limitReached"}
	f := a.follows.of(ctx, id)
	if f == nil {
		return refused, nil
	}
	if !f.has(at) {
		return nil, errNotPinned(at)
	}
	op, ok := f.newOperation()
	if !ok {
		return refused, nil
	}
	peer, _ := jsonrpc.PeerOf(ctx) // the follow is this connection's
	peer.After(func(context.Context) {
		defer func() {
			f.mu.Lock()
			delete(f.ops, op.id)
			f.mu.Unlock()
			op.cancel()
		}()
		run(op)
	})
	out := map[string]any{"result": "started", "operationId": op.id}
	for k, v := range extra {
		out[k] = v
	}
	return out, nil
}

func (a *api) headBody(ctx context.Context, p jsonrpc.Params) (any, error) {
	var id string
	var at bt.Hash
	if err := need(p, 2, &id, &at); err != nil {
		return nil, err
	}
	return a.begin(ctx, id, at, nil, func(op *operation) {
		xs, ok, err := a.bodyOf(at)
		switch {
		case err != nil:
			op.fail(err)
		case !ok:
			op.fail(store.ErrUnknownBlock)
		default:
			op.send("operationBodyDone", map[string]any{"value": xs})
		}
	})
}

func (a *api) headCall(ctx context.Context, p jsonrpc.Params) (any, error) {
	var id, function string
	var at bt.Hash
	var args hexBytes
	if err := need(p, 4, &id, &at, &function, &args); err != nil {
		return nil, err
	}
	peer, _ := jsonrpc.PeerOf(ctx) // without one there is no follow, and nothing begins
	return a.begin(ctx, id, at, nil, func(op *operation) {
		peer.Heavy(op.ctx, func() { a.runCall(op, at, function, args) })
	})
}

func (a *api) runCall(op *operation, at bt.Hash, function string, args []byte) {
	v, err := a.ledger.At(at)
	if err != nil {
		op.fail(err)
		return
	}
	defer v.Close()
	out, err := a.ledger.Runtime().Call(v, v.Header, function, args)
	if err != nil {
		op.fail(err)
		return
	}
	op.send("operationCallDone", map[string]any{"output": hexBytes(out)})
}

func (a *api) headStorage(ctx context.Context, p jsonrpc.Params) (any, error) {
	var id string
	var at bt.Hash
	var items []storageItem
	var child *hexBytes
	if err := need(p, 3, &id, &at, &items, &child); err != nil {
		return nil, err
	}
	if err := checkItems(items); err != nil {
		return nil, err
	}
	for i := range items {
		items[i].After = nil // archive's alone
	}
	return a.begin(ctx, id, at, map[string]any{"discardedItems": 0}, func(op *operation) { a.runStorage(op, at, newScan(items, child)) })
}

// runStorage sends a page at a time; further ones wait for the client to say that it has read.
func (a *api) runStorage(op *operation, at bt.Hash, s *scan) {
	for {
		page, err := a.storagePage(at, s)
		if err != nil {
			op.fail(err)
			return
		}
		if len(page) > 0 && !op.send("operationStorageItems", map[string]any{"items": page}) {
			return
		}
		if len(s.items) == 0 {
			op.send("operationStorageDone", nil)
			return
		}
		op.waiting.Store(true) // before the client may answer
		if !op.send("operationWaitingForContinue", nil) {
			return
		}
		select {
		case <-op.proceed:
		case <-op.ctx.Done():
			return
		}
	}
}

// storagePage is page with the store's own errors, which tell whether the state is gone.
func (a *api) storagePage(at bt.Hash, s *scan) ([]storageFound, error) {
	v, err := a.ledger.At(at)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return s.page(v)
}

// operationOf is the operation that the caller names, nil when it is none of its.
func (a *api) operationOf(ctx context.Context, p jsonrpc.Params) (*operation, error) {
	var id, name string
	if err := need(p, 2, &id, &name); err != nil {
		return nil, err
	}
	f := a.follows.of(ctx, id)
	if f == nil {
		return nil, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ops[name], nil
}

func (a *api) headContinue(ctx context.Context, p jsonrpc.Params) (any, error) {
	op, err := a.operationOf(ctx, p)
	if err != nil || op == nil {
		return nil, err
	}
	if !op.waiting.CompareAndSwap(true, false) {
		return nil, jsonrpc.Errorf(codeNotWaiting, "Operation %s does not wait to be continued", op.id)
	}
	op.proceed <- struct{}{}
	return nil, nil
}

func (a *api) headStopOperation(ctx context.Context, p jsonrpc.Params) (any, error) {
	op, err := a.operationOf(ctx, p)
	if err != nil || op == nil {
		return nil, err
	}
	op.cancel()
	return nil, nil
}
