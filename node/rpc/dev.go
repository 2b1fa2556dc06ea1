package rpc

import (
	"context"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// maxMined bounds one dev_mine.
const maxMined = 1_000_000

// dev is command over time and blocks, and the one method of Substrate's manual seal that tools use.
func (a *api) dev(r *jsonrpc.Registry) {
	r.Call(func(ctx context.Context, p jsonrpc.Params) (any, error) {
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
	}, "dev_mine")
	r.Call(func(_ context.Context, p jsonrpc.Params) (any, error) {
		var ms number
		if err := need(p, 1, &ms); err != nil {
			return nil, err
		}
		return nil, a.Commander.SetTime(uint64(ms))
	}, "dev_setTime")
	r.Call(func(_ context.Context, p jsonrpc.Params) (any, error) {
		var to number
		if err := need(p, 1, &to); err != nil {
			return nil, err
		}
		if to > 1<<32-1 {
			return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: block %d does not exist", to)
		}
		return nil, a.Commander.Revert(bt.BlockNumber(to))
	}, "dev_revert")
	r.Call(func(context.Context, jsonrpc.Params) (any, error) {
		b, err := a.Commander.Seal()
		if err != nil {
			return nil, err
		}
		return map[string]any{"hash": b.Hash, "aux": map[string]any{"header_only": false}}, nil
	}, "engine_createBlock")
}
