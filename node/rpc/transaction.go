package rpc

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// maxBroadcasts bounds the broadcasts of a connection that it has not stopped.
const maxBroadcasts = 16

// broadcasts are the transactions that clients asked to keep in the pool, by operation id.
type broadcasts struct {
	mu   sync.Mutex
	last uint64
	byID map[string]broadcast
	open map[any]int // by connection
}

type broadcast struct {
	peer   any
	cancel context.CancelFunc
}

// transaction is the groups transaction_v1 and transactionWatch_v1 of the JSON-RPC interface specification.
func (a *api) transaction(r *jsonrpc.Registry) {
	a.broadcasts = &broadcasts{byID: map[string]broadcast{}, open: map[any]int{}}
	r.Call(a.broadcast, "transaction_v1_broadcast")
	r.Call(a.stopBroadcast, "transaction_v1_stop")
	r.Subscription("transactionWatch_v1_submitAndWatch", "transactionWatch_v1_watchEvent", "transactionWatch_v1_unwatch", a.watchTransaction)
}

// enter takes in a broadcast and returns its id, or none when the connection has all it may.
func (s *broadcasts) enter(peer any, cancel context.CancelFunc) (id string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[peer] >= maxBroadcasts {
		return "", false
	}
	s.open[peer]++
	s.last++
	id = strconv.FormatUint(s.last, 10)
	s.byID[id] = broadcast{peer, cancel}
	return id, true
}

// leave forgets a broadcast and ends it; false when the connection has none with this id.
func (s *broadcasts) leave(peer any, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.byID[id]
	if !ok || b.peer != peer {
		return false
	}
	delete(s.byID, id)
	if s.open[peer]--; s.open[peer] == 0 {
		delete(s.open, peer)
	}
	b.cancel()
	return true
}

// broadcast answers with an operation's id, or null when there are too many. It has no channel for errors: clients look into the blocks.
func (a *api) broadcast(ctx context.Context, p jsonrpc.Params) (any, error) {
	var x hexBytes
	if err := need(p, 1, &x); err != nil {
		return nil, err
	}
	peer, ok := jsonrpc.PeerOf(ctx)
	if !ok {
		return nil, jsonrpc.Errorf(jsonrpc.CodeServer, "transaction_v1_broadcast needs a WebSocket connection: it ends with the client's")
	}
	ctx, cancel := context.WithCancel(ctx)
	id, ok := a.broadcasts.enter(peer.Key(), cancel)
	if !ok {
		cancel()
		return nil, nil
	}
	peer.After(func(conn context.Context) {
		a.keepInPool(ctx, bt.Extrinsic(x))
		select { // it counts until the client stops it
		case <-ctx.Done():
		case <-conn.Done():
		}
		a.broadcasts.leave(peer.Key(), id)
	})
	return id, nil
}

// keepInPool submits a transaction, and again after each block as long as the pool may take it; it returns when the transaction is in a
// block or can never be in one, or ctx ends.
func (a *api) keepInPool(ctx context.Context, x bt.Extrinsic) {
	sub := a.ledger.Subscribe()
	defer sub.Close()
	for {
		_, err := a.pool.Submit(x)
		var never *chain.InvalidTransaction
		if errors.As(err, &never) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-sub.Wake():
		}
		if _, lost := sub.Updates(); lost {
			return
		}
	}
}

func (a *api) stopBroadcast(ctx context.Context, p jsonrpc.Params) (any, error) {
	var id string
	if err := need(p, 1, &id); err != nil {
		return nil, err
	}
	peer, ok := jsonrpc.PeerOf(ctx)
	if !ok || !a.broadcasts.leave(peer.Key(), id) {
		return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: no broadcast %q of this connection is under way", id)
	}
	return nil, nil
}

// watchTransaction tells of a transaction's life by events; a refusal by the pool is one of them.
func (a *api) watchTransaction(_ context.Context, p jsonrpc.Params) (func(context.Context, *jsonrpc.Sink), error) {
	var x hexBytes
	if err := need(p, 1, &x); err != nil {
		return nil, err
	}
	return func(ctx context.Context, sink *jsonrpc.Sink) {
		w, err := a.pool.SubmitAndWatch(bt.Extrinsic(x))
		if err != nil {
			sink.Send(map[string]any{"event": "invalid", "error": poolError(err).Error()})
			return
		}
		defer w.Close()
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.Wake():
			}
			for _, s := range w.Steps() {
				event := watchEvent(s)
				if event != nil && !sink.Send(event) {
					return
				}
				if s.Kind == pool.InBlock && a.waitNextBlock(ctx) {
					event["event"] = "finalized"
					sink.Send(event)
				}
				if s.Kind.Last() {
					return
				}
			}
		}
	}, nil
}

// watchEvent is a step as transactionWatch_v1 tells it; nil for waiting behind another one, which it does not.
func watchEvent(s pool.Status) map[string]any {
	switch s.Kind {
	case pool.Future:
		return nil
	case pool.Ready:
		return map[string]any{"event": "validated"}
	case pool.InBlock:
		return map[string]any{"event": "bestChainBlockIncluded", "block": map[string]any{"hash": s.Hash, "index": s.Index}}
	case pool.Dropped:
		return map[string]any{"event": "dropped", "error": "The pool was full of transactions that go first"}
	case pool.Usurped:
		return map[string]any{"event": "invalid", "error": "Another transaction took its place: " + s.Hash.String()}
	}
	return map[string]any{"event": "invalid", "error": "It can no longer be in a block"}
}
