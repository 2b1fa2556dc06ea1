package subtensor

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/subtensor/codec"
	"github.com/myelin-go/myelin/subtensor/jsonrpc"
)

// State reads the state after a block.
type State struct {
	c  *Client
	at *bt.Hash // nil is the best block of each request
}

// Latest reads the state of the best block; each request takes the block that is best then.
func (c *Client) Latest() State { return State{c: c} }

// At reads the state after a block.
func (c *Client) At(block bt.Hash) State { return State{c: c, at: &block} }

func (s State) runtime(ctx context.Context) (*Runtime, error) {
	if s.at == nil {
		return s.c.Runtime(ctx)
	}
	return s.c.RuntimeOf(ctx, *s.at)
}

// Value reads a storage item: its value, its default, or nil for an optional item without a value. The forms are those of package codec.
func (s State) Value(ctx context.Context, pallet, item string, keys ...any) (any, error) {
	it, key, err := s.item(ctx, pallet, item, keys)
	if err != nil {
		return nil, err
	}
	if len(keys) != it.Keys() {
		return nil, fmt.Errorf("storage item %s.%s: %w: %d keys given, it takes %d", pallet, item, codec.ErrValue, len(keys), it.Keys())
	}
	raw, err := s.Raw(ctx, key)
	if err != nil {
		return nil, err
	}
	return it.Decode(raw)
}

func (s State) item(ctx context.Context, pallet, item string, keys []any) (*codec.Item, []byte, error) {
	r, err := s.runtime(ctx)
	if err != nil {
		return nil, nil, err
	}
	it, err := r.Codec.Item(pallet, item)
	if err != nil {
		return nil, nil, err
	}
	key, err := it.Key(keys...)
	return it, key, err
}

// Query reads a storage item into the pointer, as codec.Into does. It is false when there is no value: then an optional item leaves the
// variable as it is, and others set it to their default.
func (s State) Query(ctx context.Context, into any, pallet, item string, keys ...any) (bool, error) {
	it, key, err := s.item(ctx, pallet, item, keys)
	if err != nil {
		return false, err
	}
	raw, err := s.Raw(ctx, key)
	if err != nil {
		return false, err
	}
	v, err := it.Decode(raw)
	if err != nil || v == nil {
		return false, err
	}
	if err := codec.Into(v, into); err != nil {
		return false, fmt.Errorf("storage item %s.%s: %w", pallet, item, err)
	}
	return raw != nil, nil
}

// Raw reads the bytes under a storage key; nil when there are none.
func (s State) Raw(ctx context.Context, key []byte) ([]byte, error) {
	raw, err := s.c.bytes(ctx, "state_getStorage", hexText(key), s.at)
	return raw, err
}

// Entry is an entry of a storage map.
type Entry struct {
	Keys  []any
	Value any
}

const page = 512 // entries asked for at a time

// Entries goes through a storage map, or the part of it under the first keys, in the order of the storage keys. It reads in pages; with
// Latest the first one fixes the block for all.
func (s State) Entries(ctx context.Context, pallet, item string, first ...any) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := s.entries(ctx, pallet, item, first, func(e Entry) bool { return yield(e, nil) }); err != nil {
			yield(Entry{}, err)
		}
	}
}

func (s State) entries(ctx context.Context, pallet, item string, first []any, yield func(Entry) bool) error {
	if s.at == nil {
		var h bt.Hash
		if err := s.c.RPC(ctx, &h, "chain_getBlockHash"); err != nil {
			return err
		}
		s.at = &h
	}
	it, prefix, err := s.item(ctx, pallet, item, first)
	if err != nil {
		return err
	}
	start := hexText(prefix)
	for {
		var keys []string
		if err := s.c.RPC(ctx, &keys, "state_getKeysPaged", hexText(prefix), page, start, s.at); err != nil {
			return err
		}
		if len(keys) == 0 {
			return nil
		}
		values, err := s.values(ctx, keys)
		if err != nil {
			return err
		}
		for _, key := range keys {
			e, err := entryOf(it, key, values[key])
			if err != nil {
				return err
			}
			if !yield(e) {
				return nil
			}
		}
		if len(keys) < page {
			return nil
		}
		if keys[len(keys)-1] == start {
			return fmt.Errorf("storage item %s.%s: the node repeats the key %s", pallet, item, start)
		}
		start = keys[len(keys)-1]
	}
}

func entryOf(it *codec.Item, key string, value *string) (e Entry, err error) {
	rawKey, err := parseHex(key)
	if err != nil {
		return e, err
	}
	var raw []byte
	if value != nil {
		if raw, err = parseHex(*value); err != nil {
			return e, err
		}
	}
	if e.Keys, err = it.DecodeKey(rawKey); err != nil {
		return e, err
	}
	e.Value, err = it.Decode(raw)
	return e, err
}

func (s State) values(ctx context.Context, keys []string) (map[string]*string, error) {
	var sets []struct{ Changes [][2]*string }
	if err := s.c.RPC(ctx, &sets, "state_queryStorageAt", keys, s.at); err != nil {
		return nil, err
	}
	out := map[string]*string{}
	for _, set := range sets {
		for _, c := range set.Changes {
			if c[0] != nil {
				out[*c[0]] = c[1]
			}
		}
	}
	return out, nil
}

// ErrNoAPI is wrapped when the node's runtime does not have or does not describe a runtime function.
var ErrNoAPI = errors.New("the node's runtime has no such function")

// Call calls a runtime function and copies its result into the pointer, as codec.Into does.
func (s State) Call(ctx context.Context, into any, api, method string, args ...any) error {
	v, err := s.CallValue(ctx, api, method, args...)
	if err != nil {
		return err
	}
	if err := codec.Into(v, into); err != nil {
		return fmt.Errorf("runtime function %s.%s: %w", api, method, err)
	}
	return nil
}

// CallValue calls a runtime function. The form of its result is that of package codec.
func (s State) CallValue(ctx context.Context, api, method string, args ...any) (any, error) {
	r, err := s.runtime(ctx)
	if err != nil {
		return nil, err
	}
	if r.Codec.Metadata.Method(api+"_"+method) == nil {
		return nil, fmt.Errorf("%s.%s: %w", api, method, ErrNoAPI)
	}
	raw, err := r.Codec.EncodeArgs(api, method, args...)
	if err != nil {
		return nil, err
	}
	// Arguments travel without 0x: nodes take both forms, some older clients' expectations only this one.
	out, err := s.c.bytes(ctx, "state_call", api+"_"+method, hex.EncodeToString(raw), s.at)
	if err != nil {
		return nil, err
	}
	return r.Codec.DecodeResult(api, method, out)
}

// Account is what System.Account holds of an account; amounts are in rao.
type Account struct {
	Nonce bt.Nonce
	Data  struct{ Free, Reserved, Frozen bt.Rao }
}

// Account reads an account; one that does not exist has nothing.
func (s State) Account(ctx context.Context, who bt.AccountID) (a Account, err error) {
	_, err = s.Query(ctx, &a, "System", "Account", who)
	return a, err
}

// Balance is the free balance of an account.
func (s State) Balance(ctx context.Context, who bt.AccountID) (bt.Rao, error) {
	a, err := s.Account(ctx, who)
	return a.Data.Free, err
}

// Constant reads a constant of a pallet into the pointer.
func (c *Client) Constant(ctx context.Context, into any, pallet, name string) error {
	r, err := c.Runtime(ctx)
	if err != nil {
		return err
	}
	v, err := r.Codec.Constant(pallet, name)
	if err != nil {
		return err
	}
	return codec.Into(v, into)
}

// Events are the events of a block in order.
func (c *Client) Events(ctx context.Context, block bt.Hash) ([]codec.Event, error) {
	r, err := c.RuntimeOf(ctx, block)
	if err != nil {
		return nil, err
	}
	it, err := r.Codec.Item("System", "Events")
	if err != nil {
		return nil, err
	}
	key, err := it.Key()
	if err != nil {
		return nil, err
	}
	raw, err := c.At(block).Raw(ctx, key)
	if err != nil || raw == nil {
		return nil, err
	}
	return r.Codec.DecodeEvents(raw)
}

// Heads follows the best blocks until ctx ends or the caller stops. Blocks that come while the connection is down are missed; their
// numbers tell. The last pair carries the error that ended it, if any.
func (c *Client) Heads(ctx context.Context) iter.Seq2[bt.Header, error] {
	return c.headers(ctx, "chain_subscribeNewHeads", "chain_unsubscribeNewHeads")
}

// FinalizedHeads follows the final blocks; see Heads.
func (c *Client) FinalizedHeads(ctx context.Context) iter.Seq2[bt.Header, error] {
	return c.headers(ctx, "chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads")
}

func (c *Client) headers(ctx context.Context, method, unsubscribe string) iter.Seq2[bt.Header, error] {
	return func(yield func(bt.Header, error) bool) {
		sub, err := c.rpc.Subscribe(ctx, method, unsubscribe)
		if err != nil {
			yield(bt.Header{}, err)
			return
		}
		defer sub.Close()
		for {
			var j headerJSON
			err := sub.Next(ctx, &j)
			var h bt.Header
			if err == nil {
				h, err = j.parse()
			}
			if !yield(h, err) || err != nil {
				return
			}
		}
	}
}

// WaitBlock waits until the best block has at least a height, and returns its header.
func (c *Client) WaitBlock(ctx context.Context, number bt.BlockNumber) (bt.Header, error) {
	for h, err := range c.Heads(ctx) {
		if err != nil {
			return bt.Header{}, err
		}
		if h.Number >= number {
			return h, nil
		}
	}
	return bt.Header{}, jsonrpc.ErrClosed
}

// CommitReveal tells whether a subnet takes weights by commit and reveal only.
func (s State) CommitReveal(ctx context.Context, netuid bt.NetUID) (on bool, err error) {
	_, err = s.Query(ctx, &on, subtensorModule, "CommitRevealWeightsEnabled", netuid)
	return on, err
}
