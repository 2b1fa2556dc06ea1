package rpc

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/scale"
)

func (a *api) state(r *jsonrpc.Registry) {
	r.Call(a.storageOf(func(value []byte, ok bool) any {
		if !ok {
			return nil
		}
		return hexBytes(value)
	}), "state_getStorage", "state_getStorageAt")
	r.Call(a.storageOf(func(value []byte, ok bool) any {
		if !ok {
			return nil
		}
		return bt.Hash(hash.Blake256(value))
	}), "state_getStorageHash", "state_getStorageHashAt")
	r.Call(a.storageOf(func(value []byte, ok bool) any {
		if !ok {
			return nil
		}
		return len(value)
	}), "state_getStorageSize", "state_getStorageSizeAt")
	r.Call(a.keys, "state_getKeys")
	r.Call(a.unsafe(a.pairs), "state_getPairs")
	r.Call(a.keysPaged, "state_getKeysPaged", "state_getKeysPagedAt")
	r.Call(a.queryAt, "state_queryStorageAt")
	r.Call(a.query, "state_queryStorage")
	r.Call(a.call, "state_call", "state_callAt")
	r.Call(a.metadata, "state_getMetadata")
	r.Call(a.runtimeVersion, "state_getRuntimeVersion", "chain_getRuntimeVersion")
	r.Call(a.readProof, "state_getReadProof")
	r.Subscription("state_subscribeStorage", "state_storage", "state_unsubscribeStorage", a.subscribeStorage)
	r.Subscription("state_subscribeRuntimeVersion", "state_runtimeVersion", "state_unsubscribeRuntimeVersion", a.subscribeVersion)
	r.Subscription("chain_subscribeRuntimeVersion", "state_runtimeVersion", "chain_unsubscribeRuntimeVersion", a.subscribeVersion)
}

func (a *api) storageOf(show func(value []byte, ok bool) any) jsonrpc.Handler {
	return func(_ context.Context, p jsonrpc.Params) (any, error) {
		var key hexBytes
		var at *bt.Hash
		if err := need(p, 1, &key, &at); err != nil {
			return nil, err
		}
		return a.view(at, func(v *ledger.View) (any, error) {
			value, ok := v.Get(key)
			return show(value, ok), nil
		})
	}
}

// need binds parameters of which the first n must be there.
func need(p jsonrpc.Params, n int, targets ...any) error {
	if err := p.Need(n); err != nil {
		return err
	}
	return p.Bind(targets...)
}

// maxKeys bounds how many keys one answer may hold, as Substrate's node does for pages.
const maxKeys = 1000

// maxAllKeys bounds the answer without pages, which older clients ask for.
const maxAllKeys = 100_000

func (a *api) keysPaged(_ context.Context, p jsonrpc.Params) (any, error) {
	var prefix, start hexBytes
	var count uint32
	var at *bt.Hash
	if err := p.Need(2); err != nil && (!isNull(p.At(0)) || len(p.At(1)) == 0 || isNull(p.At(1))) { // null is the empty prefix
		return nil, err
	}
	if err := p.Bind(&prefix, &count, &start, &at); err != nil {
		return nil, err
	}
	if count > maxKeys {
		return nil, jsonrpc.Errorf(4002, "count exceeds maximum value. value: %d, max: %d", count, maxKeys)
	}
	return a.view(at, func(v *ledger.View) (any, error) {
		out := hexList{}
		if count == 0 {
			return out, nil
		}
		from := []byte(start)
		if len(from) > 0 {
			from = append(from, 0) // behind the start, which need not be a key
		}
		for key := range v.Iterate(prefix, from) {
			if out = append(out, key); uint32(len(out)) == count {
				break
			}
		}
		return out, nil
	})
}

func isNull(raw []byte) bool { return string(raw) == "null" }

func (a *api) keys(_ context.Context, p jsonrpc.Params) (any, error) {
	var prefix hexBytes
	var at *bt.Hash
	if err := need(p, 1, &prefix, &at); err != nil {
		return nil, err
	}
	return a.view(at, func(v *ledger.View) (any, error) {
		out := hexList{}
		for key := range v.Iterate(prefix, prefix) {
			if len(out) == maxAllKeys {
				return nil, jsonrpc.Errorf(4002, "more than %d keys begin with %s: ask for pages by state_getKeysPaged", maxAllKeys, hexText(prefix))
			}
			out = append(out, key)
		}
		return out, nil
	})
}

func (a *api) pairs(_ context.Context, p jsonrpc.Params) (any, error) {
	var prefix hexBytes
	var at *bt.Hash
	if err := need(p, 1, &prefix, &at); err != nil {
		return nil, err
	}
	return a.view(at, func(v *ledger.View) (any, error) {
		out := [][2]hexBytes{}
		for key, value := range v.Iterate(prefix, prefix) {
			out = append(out, [2]hexBytes{key, value})
		}
		return out, nil
	})
}

// changeSet is what storage queries and subscriptions answer: keys with their values, null where absent.
type changeSet struct {
	Block   bt.Hash        `json:"block"`
	Changes [][2]*hexBytes `json:"changes"`
}

// changeSets are change sets, for answers that are long.
type changeSets []changeSet

// AppendJSON is the list as a JSON array.
func (l changeSets) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, set := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"block":`...)
		dst = append(hexBytes(set.Block[:]).AppendJSON(dst), `,"changes":[`...)
		for j, c := range set.Changes {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(c[0].AppendJSON(append(dst, '[')), ',')
			if c[1] == nil {
				dst = append(dst, "null"...)
			} else {
				dst = c[1].AppendJSON(dst)
			}
			dst = append(dst, ']')
		}
		dst = append(dst, "]}"...)
	}
	return append(dst, ']')
}

func change(key, value []byte, ok bool) [2]*hexBytes {
	k, v := hexBytes(key), hexBytes(value)
	if !ok {
		return [2]*hexBytes{&k, nil}
	}
	return [2]*hexBytes{&k, &v}
}

func (a *api) queryAt(_ context.Context, p jsonrpc.Params) (any, error) {
	var keys []hexBytes
	var at *bt.Hash
	if err := need(p, 1, &keys, &at); err != nil {
		return nil, err
	}
	return a.view(at, func(v *ledger.View) (any, error) { return changeSets{changesOf(v, keys)}, nil })
}

func changesOf(v *ledger.View, keys []hexBytes) changeSet {
	set := changeSet{Block: v.Hash, Changes: make([][2]*hexBytes, len(keys))}
	for i, k := range keys {
		value, ok := v.Get(k)
		set.Changes[i] = change(k, value, ok)
	}
	return set
}

// maxQueryBlocks bounds state_queryStorage.
const maxQueryBlocks = 10_000

// query answers what keys were at the first block of a range and where they changed after it.
func (a *api) query(_ context.Context, p jsonrpc.Params) (any, error) {
	var keys []hexBytes
	var from bt.Hash
	var to *bt.Hash
	if err := need(p, 2, &keys, &from, &to); err != nil {
		return nil, err
	}
	first, err := a.ledger.Header(from)
	if err != nil {
		return nil, jsonrpc.Errorf(codeState, "Client error: UnknownBlock: Header was not found in the database: %s", from)
	}
	last := &a.ledger.Head().Header
	if to != nil {
		if last, err = a.ledger.Header(*to); err != nil {
			return nil, jsonrpc.Errorf(codeState, "Client error: UnknownBlock: Header was not found in the database: %s", *to)
		}
	}
	if last.Number < first.Number || last.Number-first.Number > maxQueryBlocks {
		return nil, jsonrpc.Errorf(4001, "Cannot resolve a block range [%d, %d]: at most %d blocks, ascending", first.Number, last.Number, maxQueryBlocks)
	}
	out := changeSets{}
	var before changeSet
	for n := first.Number; n <= last.Number; n++ {
		hash, ok := a.ledger.HashAt(n)
		if !ok {
			break
		}
		if _, err := a.view(&hash, func(v *ledger.View) (any, error) {
			now := changesOf(v, keys)
			if set := now.since(before); len(set.Changes) > 0 {
				out = append(out, set)
			}
			before = now
			return nil, nil
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// since keeps the keys whose values differ from those of an earlier set of the same keys.
func (s changeSet) since(before changeSet) changeSet {
	out := changeSet{Block: s.Block}
	for i, c := range s.Changes {
		if before.Changes == nil || !same(c[1], before.Changes[i][1]) {
			out.Changes = append(out.Changes, c)
		}
	}
	return out
}

func same(a, b *hexBytes) bool {
	if a == nil || b == nil {
		return a == b
	}
	return bytes.Equal(*a, *b)
}

// maxWatchedKeys bounds a storage subscription.
const maxWatchedKeys = 10_000

func (a *api) subscribeStorage(_ context.Context, p jsonrpc.Params) (func(context.Context, *jsonrpc.Sink), error) {
	var keys []hexBytes
	if err := need(p, 1, &keys); err != nil {
		return nil, err
	}
	if len(keys) > maxWatchedKeys {
		return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: %d keys, at most %d can be watched", len(keys), maxWatchedKeys)
	}
	return func(_ context.Context, sink *jsonrpc.Sink) {
		read := func(hash bt.Hash) (set changeSet, ok bool) {
			_, err := a.view(&hash, func(v *ledger.View) (any, error) {
				set = changesOf(v, keys)
				return nil, nil
			})
			return set, err == nil
		}
		w := watch{at: make(map[string]int, len(keys))}
		begin := func() (ok bool) {
			w.first = a.ledger.Head()
			w.last, ok = read(w.first.Hash)
			for i, k := range keys {
				w.at[string(k)] = i
			}
			return ok && sink.Send(w.last)
		}
		known := true // as in heads
		a.hub.each(sink, begin, func(u *news) bool {
			if b := u.Reverted; b != nil {
				known = false
				now, ok := read(b.Hash)
				if !ok {
					return true // reverted further meanwhile: the next update tells
				}
				set := now.since(w.last)
				w.last = now
				return len(set.Changes) == 0 || sink.Send(set)
			}
			known = known && u.Imported.Header.Number <= w.first.Header.Number
			if known {
				return true
			}
			set := w.changes(u)
			return len(set.Changes) == 0 || sink.Send(set)
		}, func() {})
	}, nil
}

// watch is what a storage subscription has told of its keys.
type watch struct {
	first *ledger.Block
	last  changeSet      // one change for each key
	at    map[string]int // place of a key in last
}

// changes are the watched rows that have other values after an imported block.
func (w *watch) changes(u *news) changeSet {
	set, changed := changeSet{Block: u.Imported.Hash}, u.changed()
	see := func(key string, value []byte) {
		i := w.at[key]
		now := change([]byte(key), value, value != nil)
		if !same(now[1], w.last.Changes[i][1]) {
			w.last.Changes[i] = now
			set.Changes = append(set.Changes, now)
		}
	}
	if len(changed) < len(w.at) {
		for _, c := range u.Changes {
			if _, ok := w.at[string(c.Key)]; ok {
				see(string(c.Key), changed[string(c.Key)])
			}
		}
		return set
	}
	for _, c := range w.last.Changes {
		if value, ok := changed[string(*c[0])]; ok {
			see(string(*c[0]), value)
		}
	}
	return set
}

func (a *api) call(_ context.Context, p jsonrpc.Params) (any, error) {
	var method string
	var args hexBytes
	var at *bt.Hash
	if err := need(p, 1, &method, &args, &at); err != nil {
		return nil, err
	}
	return a.view(at, func(v *ledger.View) (any, error) {
		out, err := a.ledger.Runtime().Call(v, v.Header, method, args)
		if err != nil {
			return nil, jsonrpc.Errorf(codeState, "Client error: %v", err)
		}
		return hexBytes(out), nil
	})
}

// ofRuntime answers a method whose one parameter is a block, the best one when there is none, by the runtime of that block's state.
func (a *api) ofRuntime(p jsonrpc.Params, answer func(*chain.Runtime) any) (any, error) {
	var at *bt.Hash
	if err := p.Bind(&at); err != nil {
		return nil, err
	}
	return a.view(at, func(v *ledger.View) (any, error) {
		rt, err := a.ledger.Runtime().At(v)
		if err != nil {
			return nil, err
		}
		return answer(rt), nil
	})
}

func (a *api) metadata(_ context.Context, p jsonrpc.Params) (any, error) {
	return a.ofRuntime(p, func(rt *chain.Runtime) any { return a.metadataText.of(rt) })
}

// metadataCache remembers the JSON of the last runtime's metadata: it is what every client asks for first, and a third of a megabyte.
type metadataCache struct {
	mu   sync.Mutex
	rt   *chain.Runtime
	json json.RawMessage
}

func (c *metadataCache) of(rt *chain.Runtime) json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rt != rt {
		metadata, _ := rt.Metadata(14)
		c.rt, c.json = rt, hexBytes(metadata).AppendJSON(nil)
	}
	return c.json
}

// versionJSON is the runtime's version as clients know it; an API is named by the first 8 bytes of the blake2b of its name.
type versionJSON struct {
	SpecName           string   `json:"specName"`
	ImplName           string   `json:"implName"`
	AuthoringVersion   uint32   `json:"authoringVersion"`
	SpecVersion        uint32   `json:"specVersion"`
	ImplVersion        uint32   `json:"implVersion"`
	APIs               [][2]any `json:"apis"`
	TransactionVersion uint32   `json:"transactionVersion"`
	SystemVersion      uint8    `json:"systemVersion"`
	StateVersion       uint8    `json:"stateVersion"`
}

func versionOf(v system.Version) versionJSON {
	out := versionJSON{
		SpecName: string(v.SpecName), ImplName: string(v.ImplName), AuthoringVersion: v.AuthoringVersion, SpecVersion: v.SpecVersion,
		ImplVersion: v.ImplVersion, TransactionVersion: v.TransactionVersion, SystemVersion: v.SystemVersion, StateVersion: v.SystemVersion,
		APIs: [][2]any{},
	}
	for _, api := range v.APIs {
		out.APIs = append(out.APIs, [2]any{"0x" + hex.EncodeToString(api.A[:]), api.B})
	}
	return out
}

func (a *api) runtimeVersion(_ context.Context, p jsonrpc.Params) (any, error) {
	return a.ofRuntime(p, func(rt *chain.Runtime) any { return versionOf(rt.Version()) })
}

// subscribeVersion sends the version of the head's state, and each other one that it gets.
func (a *api) subscribeVersion(context.Context, jsonrpc.Params) (func(context.Context, *jsonrpc.Sink), error) {
	return func(_ context.Context, sink *jsonrpc.Sink) {
		var last *chain.Runtime
		begin := func() bool {
			last = a.ledger.Runtime()
			return sink.Send(versionOf(last.Version()))
		}
		a.hub.each(sink, begin, func(*news) bool {
			now := a.ledger.Runtime()
			same := now == last
			last = now
			return same || sink.Send(versionOf(now.Version()))
		}, func() {})
	}, nil
}

func (a *api) readProof(_ context.Context, p jsonrpc.Params) (any, error) {
	var keys []hexBytes
	var at *bt.Hash
	if err := need(p, 1, &keys, &at); err != nil {
		return nil, err
	}
	return a.view(at, func(v *ledger.View) (any, error) {
		list := make([][]byte, len(keys))
		for i, k := range keys {
			list[i] = k
		}
		nodes, err := v.Prove(list)
		if err != nil {
			return nil, err
		}
		out := make([]hexBytes, len(nodes))
		for i, n := range nodes {
			out[i] = n
		}
		return map[string]any{"at": v.Hash, "proof": out}, nil
	})
}

// fee of an encoded extrinsic, by the runtime's own estimate.
func (a *api) paymentCall(method string) jsonrpc.Handler {
	return func(_ context.Context, p jsonrpc.Params) (any, error) {
		var x hexBytes
		var at *bt.Hash
		if err := need(p, 1, &x, &at); err != nil {
			return nil, err
		}
		return a.view(at, func(v *ledger.View) (any, error) {
			var e scale.Encoder
			e.Raw(x)
			e.U32(uint32(len(x)))
			out, err := a.ledger.Runtime().Call(v, v.Header, "TransactionPaymentApi_"+method, e.Bytes())
			if err != nil {
				return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Unable to query dispatch info: %v", err)
			}
			return feeJSON(method, out)
		})
	}
}
