package rpc

import (
	"context"
	"errors"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/store"
	"github.com/myelin-go/myelin/scale"
)

// archive is the group archive_v1, which reads any block that is kept, and chainSpec_v1, both of the JSON-RPC interface specification.
func (a *api) archive(r *jsonrpc.Registry) {
	constant := func(name string, value any) {
		r.Call(func(context.Context, jsonrpc.Params) (any, error) { return value, nil }, name)
	}
	constant("chainSpec_v1_chainName", a.Identity.Chain)
	constant("chainSpec_v1_genesisHash", a.ledger.Genesis())
	constant("chainSpec_v1_properties", a.Identity.Properties)
	constant("archive_v1_genesisHash", a.ledger.Genesis())
	r.Call(func(context.Context, jsonrpc.Params) (any, error) {
		return a.ledger.Finalized().Header.Number, nil
	}, "archive_v1_finalizedHeight")
	r.Call(a.archiveHashes, "archive_v1_hashByHeight")
	r.Call(a.archiveHeader, "archive_v1_header")
	r.Call(a.archiveBody, "archive_v1_body")
	r.Call(a.archiveCall, "archive_v1_call")
	r.Subscription("archive_v1_storageDiff", "archive_v1_storageDiffEvent", "archive_v1_stopStorageDiff", a.storageDiff)
	r.Ending("archive_v1_storageDiff_stopStorageDiff", "archive_v1_stopStorageDiff") // as Substrate's node calls it
	r.Subscription("archive_v1_storage", "archive_v1_storageEvent", "archive_v1_stopStorage", a.archiveStorage)
}

func (a *api) archiveHashes(_ context.Context, p jsonrpc.Params) (any, error) {
	var n number
	if err := need(p, 1, &n); err != nil {
		return nil, err
	}
	out := []any{}
	if h := a.hashOf(n); h != nil {
		out = append(out, h)
	}
	return out, nil
}

func (a *api) archiveHeader(_ context.Context, p jsonrpc.Params) (any, error) {
	var at bt.Hash
	if err := need(p, 1, &at); err != nil {
		return nil, err
	}
	h, err := a.ledger.Header(at)
	if errors.Is(err, store.ErrUnknownBlock) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return hexBytes(scale.Marshal(h)), nil
}

// bodyOf is a block's extrinsics; ok is false when the block is unknown.
func (a *api) bodyOf(at bt.Hash) (xs []hexBytes, ok bool, err error) {
	b, err := a.ledger.Block(at)
	if errors.Is(err, store.ErrUnknownBlock) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	xs = make([]hexBytes, len(b.Extrinsics))
	for i, x := range b.Extrinsics {
		xs[i] = hexBytes(x)
	}
	return xs, true, nil
}

func (a *api) archiveBody(_ context.Context, p jsonrpc.Params) (any, error) {
	var at bt.Hash
	if err := need(p, 1, &at); err != nil {
		return nil, err
	}
	xs, ok, err := a.bodyOf(at)
	if err != nil || !ok {
		return nil, err
	}
	return xs, nil
}

func (a *api) archiveCall(_ context.Context, p jsonrpc.Params) (any, error) {
	var at bt.Hash
	var function string
	var args hexBytes
	if err := need(p, 3, &at, &function, &args); err != nil {
		return nil, err
	}
	v, err := a.ledger.At(at)
	switch {
	case errors.Is(err, store.ErrUnknownBlock):
		return nil, nil
	case err != nil:
		return map[string]any{"success": false, "error": err.Error()}, nil
	}
	defer v.Close()
	out, err := a.ledger.Runtime().Call(v, v.Header, function, args)
	if err != nil {
		return map[string]any{"success": false, "error": err.Error()}, nil
	}
	return map[string]any{"success": true, "value": hexBytes(out)}, nil
}

func (a *api) archiveStorage(_ context.Context, p jsonrpc.Params) (func(context.Context, *jsonrpc.Sink), error) {
	var at bt.Hash
	var items []storageItem
	var child *hexBytes
	if err := need(p, 2, &at, &items, &child); err != nil {
		return nil, err
	}
	if err := checkItems(items); err != nil {
		return nil, err
	}
	return func(ctx context.Context, sink *jsonrpc.Sink) {
		s := newScan(items, child)
		for {
			page, err := a.page(at, s)
			if err != nil {
				sink.Send(map[string]any{"event": "storageError", "error": err.Error()})
				return
			}
			for _, f := range page {
				f.Event = "storage"
				if !sink.Send(f) {
					return
				}
			}
			if len(s.items) == 0 {
				sink.Send(map[string]any{"event": "storageDone"})
				return
			}
			if !sink.Wait(ctx) {
				return
			}
		}
	}, nil
}

// page opens the state after a block for one page of a scan.
func (a *api) page(at bt.Hash, s *scan) (page []storageFound, err error) {
	_, err = a.view(&at, func(v *ledger.View) (any, error) {
		page, err = s.page(v)
		return nil, err
	})
	return page, err
}
