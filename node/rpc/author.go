package rpc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

func (a *api) author(r *jsonrpc.Registry) {
	r.Call(a.submit, "author_submitExtrinsic")
	r.Call(a.pending, "author_pendingExtrinsics")
	r.Subscription("author_submitAndWatchExtrinsic", "author_extrinsicUpdate", "author_unwatchExtrinsic", a.submitAndWatch)
}

// The codes of author_*, as Substrate's node gives them.
const (
	codeBadFormat = 1001
	codeInvalid   = 1010
	codeUnknown   = 1011
	codeKnown     = 1013
	codeTooLow    = 1014
	codeDropped   = 1016
)

// poolError is a refusal in the words that clients look for.
func poolError(err error) error {
	var bad *chain.InvalidTransaction
	var low *pool.TooLowError
	switch {
	case errors.As(err, &bad):
		switch {
		case bad.Reason == chain.Undecodable:
			return &jsonrpc.Error{Code: codeBadFormat, Message: "Extrinsic has invalid format: " + bad.Error()}
		case bad.Unknown():
			return &jsonrpc.Error{Code: codeUnknown, Message: "Unknown Transaction Validity", Data: bad.Error()}
		}
		return &jsonrpc.Error{Code: codeInvalid, Message: "Invalid Transaction", Data: bad.Error()}
	case errors.Is(err, pool.ErrKnown):
		return &jsonrpc.Error{Code: codeKnown, Message: "Transaction is already imported", Data: err.Error()}
	case errors.As(err, &low):
		return &jsonrpc.Error{
			Code: codeTooLow, Message: fmt.Sprintf("Priority is too low: (%d > %d)", low.Old, low.New),
			Data: "The transaction has too low priority to replace another transaction already in the pool.",
		}
	case errors.Is(err, pool.ErrFull):
		return &jsonrpc.Error{
			Code: codeDropped, Message: "Immediately Dropped", Data: "The transaction couldn't enter the pool because of the limit: " + err.Error(),
		}
	}
	return err
}

func (a *api) submit(_ context.Context, p jsonrpc.Params) (any, error) {
	var x hexBytes
	if err := need(p, 1, &x); err != nil {
		return nil, err
	}
	hash, err := a.pool.Submit(bt.Extrinsic(x))
	if err != nil {
		return nil, poolError(err)
	}
	return hash, nil
}

func (a *api) pending(context.Context, jsonrpc.Params) (any, error) {
	out := []hexBytes{}
	for _, x := range a.pool.Pending() {
		out = append(out, hexBytes(x))
	}
	return out, nil
}

func (a *api) submitAndWatch(_ context.Context, p jsonrpc.Params) (func(context.Context, *jsonrpc.Sink), error) {
	var x hexBytes
	if err := need(p, 1, &x); err != nil {
		return nil, err
	}
	w, err := a.pool.SubmitAndWatch(bt.Extrinsic(x))
	if err != nil {
		return nil, poolError(err)
	}
	return func(ctx context.Context, sink *jsonrpc.Sink) {
		defer w.Close()
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.Wake():
			}
			for _, s := range w.Steps() {
				if !sink.Send(statusJSON(s)) {
					return
				}
				if s.Kind == pool.InBlock {
					if a.waitNextBlock(ctx) {
						sink.Send(map[string]any{"finalized": s.Hash})
					}
					return
				}
				if s.Kind.Last() {
					return
				}
			}
		}
	}, nil
}

// Blocks are final at once, but clients that still fetch the block when the second status comes drop the first one. So "finalized" comes
// with the next block, not before leastGap behind "in block", and after mostGap when no further block comes.
const (
	leastGap = 20 * time.Millisecond
	mostGap  = time.Second
)

// waitNextBlock waits for the block after the head within these bounds; false means that ctx ended.
func (a *api) waitNextBlock(ctx context.Context) bool {
	sub := a.ledger.Subscribe()
	defer sub.Close()
	least, most := time.NewTimer(leastGap), time.NewTimer(mostGap)
	defer least.Stop()
	defer most.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-least.C:
	}
	select {
	case <-ctx.Done():
		return false
	case <-sub.Wake():
	case <-most.C:
	}
	return true
}

func statusJSON(s pool.Status) any {
	switch s.Kind {
	case pool.Future:
		return "future"
	case pool.Ready:
		return "ready"
	case pool.InBlock:
		return map[string]any{"inBlock": s.Hash}
	case pool.Usurped:
		return map[string]any{"usurped": s.Hash}
	case pool.Dropped:
		return "dropped"
	}
	return "invalid"
}
