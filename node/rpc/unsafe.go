package rpc

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// unsafe marks a method that writes to the node, or costs it without bound: only a node whose configuration allows it answers.
func (a *api) unsafe(fn jsonrpc.Handler) jsonrpc.Handler {
	return func(ctx context.Context, p jsonrpc.Params) (any, error) {
		if !p.Mark(unsafeMark) && !a.Unsafe {
			return nil, jsonrpc.Errorf(jsonrpc.CodeNoMethod, "RPC call is unsafe to be called externally")
		}
		return fn(ctx, p)
	}
}

// unsafeMark is the mark of unsafe methods in their descriptions.
const unsafeMark = "unsafe"

// The bounds of what the unsafe methods keep in memory.
const (
	maxKept      = 1000 // keys of the keystore, and keys of each local storage
	maxKeptValue = 1 << 20
)

// kept is what the unsafe methods keep until the node ends: session keys by type and public key, and the storages of off-chain workers.
// Consensus has keys of its own and the chain has no off-chain workers, so nothing in the node reads either.
type kept struct {
	mu       sync.Mutex
	sessions map[sessionKey]bool
	local    [2]map[string][]byte // PERSISTENT and LOCAL
}

type sessionKey struct {
	kind   string
	public bt.AccountID
}

// The kinds of session keys that Subtensor's runtime has: those of block production and of finality, 32 bytes each, in this order.
const (
	auraKey    = "aura"
	grandpaKey = "gran"
)

func (a *api) unsafeMethods(r *jsonrpc.Registry) {
	a.kept = &kept{sessions: map[sessionKey]bool{}, local: [2]map[string][]byte{{}, {}}}
	r.Call(a.unsafe(a.insertKey), "author_insertKey")
	r.Call(a.unsafe(a.rotateKeys), "author_rotateKeys")
	r.Call(a.unsafe(a.hasKey), "author_hasKey")
	r.Call(a.unsafe(a.hasSessionKeys), "author_hasSessionKeys")
	r.Call(a.unsafe(a.removeExtrinsic), "author_removeExtrinsic")
	r.Call(a.unsafe(a.localSet), "offchain_localStorageSet")
	r.Call(a.unsafe(a.localGet), "offchain_localStorageGet")
	r.Call(a.unsafe(a.localClear), "offchain_localStorageClear")
}

func (k *kept) add(list ...sessionKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.sessions)+len(list) > maxKept {
		return jsonrpc.Errorf(jsonrpc.CodeServer, "The keystore is full: %d keys, at most %d", len(k.sessions), maxKept)
	}
	for _, s := range list {
		k.sessions[s] = true
	}
	return nil
}

func (k *kept) has(list ...sessionKey) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range list {
		if !k.sessions[s] {
			return false
		}
	}
	return true
}

// schemeOf is the scheme of a kind of key: ed25519 for finality, sr25519 for all others.
func schemeOf(kind string) keys.Scheme {
	if kind == grandpaKey {
		return keys.Ed25519
	}
	return keys.Sr25519
}

func checkKind(kind string) error {
	if len(kind) != 4 {
		return jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: a key type is 4 characters, such as %s: %q", auraKey, kind)
	}
	return nil
}

// insertKey checks that the secret belongs to the public key and keeps the latter.
func (a *api) insertKey(_ context.Context, p jsonrpc.Params) (any, error) {
	var kind, uri string
	var public hexBytes
	if err := need(p, 3, &kind, &uri, &public); err != nil {
		return nil, err
	}
	if err := checkKind(kind); err != nil {
		return nil, err
	}
	pair, err := keys.FromURIScheme(schemeOf(kind), uri)
	if err != nil {
		return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: parameter 2 is no secret URI")
	}
	own := pair.Public()
	if !bytes.Equal(own[:], public) {
		return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: the secret belongs to public key 0x%x, not 0x%x", own[:], []byte(public))
	}
	return nil, a.kept.add(sessionKey{kind, own})
}

func (a *api) rotateKeys(_ context.Context, p jsonrpc.Params) (any, error) {
	if err := p.Bind(); err != nil {
		return nil, err
	}
	var out hexBytes
	var made []sessionKey
	for _, kind := range []string{auraKey, grandpaKey} {
		pair, err := keys.Generate(schemeOf(kind))
		if err != nil {
			return nil, fmt.Errorf("no new session keys: %w", err)
		}
		public := pair.Public()
		made, out = append(made, sessionKey{kind, public}), append(out, public[:]...)
	}
	return out, a.kept.add(made...)
}

func (a *api) hasKey(_ context.Context, p jsonrpc.Params) (any, error) {
	var public bt.Hash
	var kind string
	if err := need(p, 2, &public, &kind); err != nil {
		return nil, err
	}
	if err := checkKind(kind); err != nil {
		return nil, err
	}
	return a.kept.has(sessionKey{kind, bt.AccountID(public)}), nil
}

func (a *api) hasSessionKeys(_ context.Context, p jsonrpc.Params) (any, error) {
	var both hexBytes
	if err := need(p, 1, &both); err != nil {
		return nil, err
	}
	if len(both) != 64 {
		return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Session keys are not encoded correctly: %d bytes, want 64", len(both))
	}
	return a.kept.has(sessionKey{auraKey, bt.AccountID(both[:32])}, sessionKey{grandpaKey, bt.AccountID(both[32:])}), nil
}

// removeExtrinsic takes transactions out of the pool, by hash or in full, and tells the hashes of those that were in it.
func (a *api) removeExtrinsic(_ context.Context, p jsonrpc.Params) (any, error) {
	var list []struct {
		Hash      *bt.Hash  `json:"hash"`
		Extrinsic *hexBytes `json:"extrinsic"`
	}
	if err := need(p, 1, &list); err != nil {
		return nil, err
	}
	wanted := make(map[bt.Hash]bool, len(list))
	for i, x := range list {
		switch {
		case x.Hash != nil && x.Extrinsic == nil:
			wanted[*x.Hash] = true
		case x.Extrinsic != nil && x.Hash == nil:
			wanted[bt.Extrinsic(*x.Extrinsic).Hash()] = true
		default:
			return nil, jsonrpc.Errorf(jsonrpc.CodeParams, `Invalid params: item %d is neither {"hash": …} nor {"extrinsic": …}`, i)
		}
	}
	out := []bt.Hash{}
	for _, x := range a.pool.Pending() {
		if h := x.Hash(); wanted[h] {
			a.pool.Remove(x)
			out = append(out, h)
		}
	}
	return out, nil
}

// storageKind is PERSISTENT or LOCAL, as an index.
type storageKind int

// JSONSchema describes it.
func (storageKind) JSONSchema() map[string]any {
	return map[string]any{"enum": []string{"PERSISTENT", "LOCAL"}}
}

// UnmarshalText reads a name.
func (k *storageKind) UnmarshalText(text []byte) error {
	switch string(text) {
	case "PERSISTENT":
		*k = 0
	case "LOCAL":
		*k = 1
	default:
		return fmt.Errorf("%q is no kind of storage, want PERSISTENT or LOCAL", text)
	}
	return nil
}

func (a *api) localSet(_ context.Context, p jsonrpc.Params) (any, error) {
	var kind storageKind
	var key, value hexBytes
	if err := need(p, 3, &kind, &key, &value); err != nil {
		return nil, err
	}
	k := a.kept
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, there := k.local[kind][string(key)]; !there && len(k.local[kind]) >= maxKept || len(key)+len(value) > maxKeptValue {
		return nil, jsonrpc.Errorf(jsonrpc.CodeServer, "The off-chain storage is bounded: %d entries of %d bytes", maxKept, maxKeptValue)
	}
	k.local[kind][string(key)] = value
	return nil, nil
}

func (a *api) localGet(_ context.Context, p jsonrpc.Params) (any, error) {
	var kind storageKind
	var key hexBytes
	if err := need(p, 2, &kind, &key); err != nil {
		return nil, err
	}
	a.kept.mu.Lock()
	defer a.kept.mu.Unlock()
	if value, ok := a.kept.local[kind][string(key)]; ok {
		return hexBytes(value), nil
	}
	return nil, nil
}

func (a *api) localClear(_ context.Context, p jsonrpc.Params) (any, error) {
	var kind storageKind
	var key hexBytes
	if err := need(p, 2, &kind, &key); err != nil {
		return nil, err
	}
	a.kept.mu.Lock()
	defer a.kept.mu.Unlock()
	delete(a.kept.local[kind], string(key))
	return nil, nil
}
