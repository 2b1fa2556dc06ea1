package rpc

import (
	"context"
	"errors"
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/store"
	"github.com/myelin-go/myelin/scale"
)

func (a *api) chain(r *jsonrpc.Registry) {
	r.Call(a.blockHash, "chain_getBlockHash", "chain_getHead")
	r.Call(a.header, "chain_getHeader")
	r.Call(a.block, "chain_getBlock")
	r.Call(func(context.Context, jsonrpc.Params) (any, error) { return a.ledger.Finalized().Hash, nil },
		"chain_getFinalizedHead", "chain_getFinalisedHead")
	imported := func(u ledger.Update) *ledger.Block { return u.Imported }
	final := func(u ledger.Update) *ledger.Block {
		if u.Final {
			return u.Imported
		}
		return nil
	}
	for _, s := range []struct {
		name, notify string
		head         func() *ledger.Block
		pick         func(ledger.Update) *ledger.Block
	}{
		{"NewHead", "chain_newHead", a.ledger.Head, imported},
		{"NewHeads", "chain_newHead", a.ledger.Head, imported},
		{"AllHeads", "chain_allHead", a.ledger.Head, imported},
		{"FinalizedHeads", "chain_finalizedHead", a.ledger.Finalized, final},
		{"FinalisedHeads", "chain_finalizedHead", a.ledger.Finalized, final},
	} {
		r.Subscription("chain_subscribe"+s.name, s.notify, "chain_unsubscribe"+s.name,
			func(context.Context, jsonrpc.Params) (func(context.Context, *jsonrpc.Sink), error) {
				return func(_ context.Context, sink *jsonrpc.Sink) { a.heads(sink, s.head, s.pick) }, nil
			})
	}
}

// heads sends the present head and then every one that comes.
func (a *api) heads(sink *jsonrpc.Sink, head func() *ledger.Block, pick func(ledger.Update) *ledger.Block) {
	var first *ledger.Block
	begin := func() bool {
		first = head()
		return sink.Send(headers.of(first))
	}
	known := true // updates up to the first head are of blocks that came between the call of each and head
	a.hub.each(sink, begin, func(u *news) bool {
		known = known && u.Reverted == nil
		b := pick(u.Update)
		if b == nil || known && b.Header.Number <= first.Header.Number {
			return true
		}
		known = false
		return sink.Send(headers.of(b))
	}, func() {})
}

func headerOf(h *bt.Header) headerJSON {
	out := headerJSON{
		ParentHash: h.Parent, Number: fmt.Sprintf("0x%x", h.Number), StateRoot: h.StateRoot, ExtrinsicsRoot: h.ExtrinsicsRoot,
		Digest: digestJSON{Logs: []hexBytes{}},
	}
	for i := range h.Digest {
		out.Digest.Logs = append(out.Digest.Logs, scale.Marshal(&h.Digest[i]))
	}
	return out
}

// blockHash answers for one number, a list of them, or none (the head).
func (a *api) blockHash(_ context.Context, p jsonrpc.Params) (any, error) {
	if first := p.At(0); len(first) > 0 && first[0] == '[' {
		var list []number
		if err := p.Bind(&list); err != nil {
			return nil, err
		}
		out := make([]any, len(list))
		for i, n := range list {
			out[i] = a.hashOf(n)
		}
		return out, nil
	}
	var n *number
	if err := p.Bind(&n); err != nil {
		return nil, err
	}
	if n == nil {
		return a.ledger.Head().Hash, nil
	}
	return a.hashOf(*n), nil
}

// hashOf is the hash at a height, or nil.
func (a *api) hashOf(n number) any {
	if uint64(n) > uint64(a.ledger.Head().Header.Number) {
		return nil
	}
	if hash, ok := a.ledger.HashAt(bt.BlockNumber(n)); ok {
		return hash
	}
	return nil
}

func (a *api) header(_ context.Context, p jsonrpc.Params) (any, error) {
	var at *bt.Hash
	if err := p.Bind(&at); err != nil {
		return nil, err
	}
	if at == nil {
		return headers.of(a.ledger.Head()), nil
	}
	h, err := a.ledger.Header(*at)
	if errors.Is(err, store.ErrUnknownBlock) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return headerOf(h), nil
}

func (a *api) block(_ context.Context, p jsonrpc.Params) (any, error) {
	var at *bt.Hash
	if err := p.Bind(&at); err != nil {
		return nil, err
	}
	b := a.ledger.Head()
	if at != nil {
		var err error
		b, err = a.ledger.Block(*at)
		if errors.Is(err, store.ErrUnknownBlock) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	xs := make([]hexBytes, len(b.Extrinsics))
	for i, x := range b.Extrinsics {
		xs[i] = hexBytes(x)
	}
	return map[string]any{
		"block": map[string]any{"header": headerOf(&b.Header), "extrinsics": xs}, "justifications": nil,
	}, nil
}
