package rpc

import (
	"context"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// maxMined bounds one dev_mine.
const maxMined = 1_000_000

// dev is command over time and blocks, and the methods of Substrate's manual seal. They change the chain, so they are unsafe.
func (a *api) dev(r *jsonrpc.Registry) {
	r.Call(a.unsafe(func(ctx context.Context, p jsonrpc.Params) (any, error) {
		n := uint32(1)
		if err := p.Bind(&n); err != nil {
			return nil, err
		}
		if n > maxMined {
			return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: %d blocks, at most %d at once", n, maxMined)
		}
		b, err := a.Commander.Mine(ctx, n)
		if err != nil {
			return nil, err
		}
		return b.Hash, nil
	}), "dev_mine")
	r.Call(a.unsafe(func(_ context.Context, p jsonrpc.Params) (any, error) {
		var ms number
		if err := need(p, 1, &ms); err != nil {
			return nil, err
		}
		return nil, a.Commander.SetTime(uint64(ms))
	}), "dev_setTime")
	r.Call(a.unsafe(func(_ context.Context, p jsonrpc.Params) (any, error) {
		var to number
		if err := need(p, 1, &to); err != nil {
			return nil, err
		}
		if to > 1<<32-1 {
			return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: block %d does not exist", to)
		}
		return nil, a.Commander.Revert(bt.BlockNumber(to))
	}), "dev_revert")
	r.Call(a.unsafe(func(_ context.Context, p jsonrpc.Params) (any, error) {
		var createEmpty, finalize bool // a block is made whatever is in it, and every block is final
		var parent *bt.Hash
		if err := p.Bind(&createEmpty, &finalize, &parent); err != nil {
			return nil, err
		}
		if parent != nil && *parent != a.ledger.Head().Hash {
			return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: block %s is not the head: revert to it first", *parent)
		}
		b, err := a.Commander.Seal()
		if err != nil {
			return nil, err
		}
		return map[string]any{"hash": b.Hash, "aux": map[string]any{"header_only": false}}, nil
	}), "engine_createBlock")
	r.Call(a.unsafe(func(_ context.Context, p jsonrpc.Params) (any, error) {
		var at bt.Hash
		var justification any
		if err := need(p, 1, &at, &justification); err != nil {
			return nil, err
		}
		if _, err := a.ledger.Header(at); err != nil {
			return nil, jsonrpc.Errorf(codeState, "Client error: UnknownBlock: Header was not found in the database: %s", at)
		}
		return true, nil // it has been final since it was made
	}), "engine_finalizeBlock")
}
