package rpc

import (
	"bytes"
	"context"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// childPrefix begins the keys of child tries.
const childPrefix = ":child_storage:default:"

// childState is the group childstate. The runtime keeps everything in the main trie, so every child trie is empty; what is asked wrongly
// is told all the same.
func (a *api) childState(r *jsonrpc.Registry) {
	for _, m := range []struct {
		name  string
		empty any
	}{
		{"childstate_getStorage", nil},
		{"childstate_getStorageHash", nil},
		{"childstate_getStorageSize", nil},
		{"childstate_getKeys", []any{}},
	} {
		r.Call(func(_ context.Context, p jsonrpc.Params) (any, error) {
			var child, key hexBytes
			var at *bt.Hash
			if err := need(p, 2, &child, &key, &at); err != nil {
				return nil, err
			}
			return a.child(child, at, m.empty)
		}, m.name)
	}
	pages := func(_ context.Context, p jsonrpc.Params) (any, error) {
		var child, prefix, start hexBytes
		var count uint32
		var at *bt.Hash
		if err := need(p, 3, &child, &prefix, &count, &start, &at); err != nil {
			return nil, err
		}
		return a.child(child, at, []any{})
	}
	r.Call(pages, "childstate_getKeysPaged", "childstate_getKeysPagedAt")
	r.Call(func(_ context.Context, p jsonrpc.Params) (any, error) {
		var child hexBytes
		var list []hexBytes
		var at *bt.Hash
		if err := need(p, 2, &child, &list, &at); err != nil {
			return nil, err
		}
		return a.child(child, at, make([]any, len(list)))
	}, "childstate_getStorageEntries")
	r.Call(a.childProof, "state_getChildReadProof")
}

func (a *api) child(child []byte, at *bt.Hash, empty any) (any, error) {
	if !bytes.HasPrefix(child, []byte(childPrefix)) {
		return nil, jsonrpc.Errorf(codeState, "Client error: Invalid child storage key: want one that begins with %s", hexText([]byte(childPrefix)))
	}
	return a.view(at, func(*ledger.View) (any, error) { return empty, nil })
}

// childProof proves that there is no such child trie.
func (a *api) childProof(ctx context.Context, p jsonrpc.Params) (any, error) {
	var child hexBytes
	var list []hexBytes
	var at *bt.Hash
	if err := need(p, 2, &child, &list, &at); err != nil {
		return nil, err
	}
	if _, err := a.child(child, at, nil); err != nil {
		return nil, err
	}
	return a.readProof(ctx, jsonrpc.ParamsOf(raw([]hexBytes{child}), raw(at)))
}

func hexText(b []byte) string {
	text, _ := hexBytes(b).MarshalText() // it never fails
	return string(text)
}
