package rpc

import (
	"bytes"
	"context"
	"iter"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// diffItem is which keys archive_v1_storageDiff looks at, and what it tells of them.
type diffItem struct {
	Key    hexBytes  `json:"key"` // a prefix
	Return string    `json:"returnType"`
	Child  *hexBytes `json:"childTrieKey"`
}

// diffFound is one difference.
type diffFound struct {
	Event string    `json:"event"`
	Key   hexBytes  `json:"key"`
	Value *hexBytes `json:"value,omitempty"`
	Hash  *bt.Hash  `json:"hash,omitempty"`
	Type  string    `json:"type"` // added, modified or deleted
}

// visitsPerPage bounds how many keys are compared before the states of both blocks are let go for a moment.
const visitsPerPage = 50_000

// storageDiff tells how the state after a block differs from that after another one, its parent when none is named.
func (a *api) storageDiff(_ context.Context, p jsonrpc.Params) (func(context.Context, *jsonrpc.Sink), error) {
	var at bt.Hash
	var items []diffItem
	var before *bt.Hash
	if err := need(p, 1, &at, &items, &before); err != nil {
		return nil, err
	}
	if len(items) > maxItems {
		return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: %d storage items, at most %d", len(items), maxItems)
	}
	if items == nil {
		items = []diffItem{{Return: askValue}}
	}
	for i, it := range items {
		if it.Return != askValue && it.Return != askHash {
			return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: item %d wants %q returned, not %s or %s", i, it.Return, askValue, askHash)
		}
	}
	return func(ctx context.Context, sink *jsonrpc.Sink) {
		if err := a.runDiff(ctx, sink, at, before, items); err != nil {
			sink.Send(map[string]any{"event": "storageDiffError", "error": err.Error()})
			return
		}
		sink.Send(map[string]any{"event": "storageDiffDone"})
	}, nil
}

func (a *api) runDiff(ctx context.Context, sink *jsonrpc.Sink, at bt.Hash, before *bt.Hash, items []diffItem) error {
	unknown := func(h bt.Hash) error {
		return jsonrpc.Errorf(codeState, "Client error: UnknownBlock: Header was not found in the database: %s", h)
	}
	h, err := a.ledger.Header(at)
	switch {
	case err != nil:
		return unknown(at)
	case before == nil && h.Number == 0:
		return jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: block %s is the first one and has no parent to compare with", at)
	case before == nil:
		before = &h.Parent
	default:
		older, err := a.ledger.Header(*before)
		if err != nil {
			return unknown(*before)
		}
		if older.Number >= h.Number { // there is one chain: who is lower is an ancestor
			return jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: block %d is no ancestor of block %d", older.Number, h.Number)
		}
	}
	for _, it := range items {
		if it.Child != nil {
			continue // no child trie holds anything
		}
		for from, more := []byte(it.Key), true; more; more = from != nil {
			found, next, err := a.diffPage(*before, at, it, from)
			if err != nil {
				return err
			}
			for _, f := range found {
				if !sink.Send(f) {
					return nil
				}
			}
			if !sink.Wait(ctx) {
				return nil
			}
			from = next
		}
	}
	return nil
}

// diffPage compares keys from one on; next is where to go on, nil at the end.
func (a *api) diffPage(before, at bt.Hash, it diffItem, from []byte) (found []diffFound, next []byte, err error) {
	_, err = a.view(&before, func(older *ledger.View) (any, error) {
		return a.view(&at, func(newer *ledger.View) (any, error) {
			was, endWas := iter.Pull2(older.Iterate(it.Key, from))
			defer endWas()
			is, endIs := iter.Pull2(newer.Iterate(it.Key, from))
			defer endIs()
			oldKey, oldValue, hadOld := was()
			newKey, newValue, hasNew := is()
			for visits, size := 0, 0; hadOld || hasNew; visits++ {
				order := bytes.Compare(oldKey, newKey)
				switch {
				case !hadOld:
					order = 1
				case !hasNew:
					order = -1
				}
				key, value, kind := newKey, newValue, "modified"
				switch {
				case order < 0:
					key, value, kind = oldKey, nil, "deleted"
				case order > 0:
					kind = "added"
				}
				if visits >= visitsPerPage || len(found) >= pageItems || size >= pageBytes {
					next = bytes.Clone(key)
					return nil, nil
				}
				if order != 0 || !bytes.Equal(oldValue, newValue) {
					found = append(found, difference(key, value, kind, it.Return == askHash))
					size += len(key) + len(value)
				}
				if order <= 0 {
					oldKey, oldValue, hadOld = was()
				}
				if order >= 0 {
					newKey, newValue, hasNew = is()
				}
			}
			return nil, nil
		})
	})
	return found, next, err
}

func difference(key, value []byte, kind string, hashed bool) diffFound {
	f := diffFound{Event: "storageDiff", Key: bytes.Clone(key), Type: kind}
	switch {
	case kind == "deleted":
	case hashed:
		sum := bt.Hash(hash.Blake256(value))
		f.Hash = &sum
	default:
		v := hexBytes(bytes.Clone(value))
		if v == nil {
			v = hexBytes{}
		}
		f.Value = &v
	}
	return f
}
