// Package rpc is the node's JSON-RPC as Substrate clients know it: the older groups (chain, state, childstate, author, system, payment,
// offchain, rpc), those of the JSON-RPC interface specification (chainHead_v1, chainSpec_v1, archive_v1, transaction_v1,
// transactionWatch_v1), Subtensor's own, myelin for upgrades of the runtime, and dev for a chain under command. It answers from the ledger and the pool.
//
// It deliberately holds no transport (node/rpc/jsonrpc) and makes no blocks (the engines).
package rpc

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/store"
)

// Identity is what the node says of itself and its chain.
type Identity struct {
	Chain      string // name of the chain: "Bittensor"
	ChainType  string // Live, Local or Development
	Name       string // of the software
	Version    string
	Properties map[string]any
	PeerID     string
}

// Commander makes blocks on command; nil where consensus makes them.
type Commander interface {
	Seal() (*ledger.Block, error)
	Mine(ctx context.Context, n uint32) (*ledger.Block, error)
	SetTime(ms uint64) error
	Revert(to bt.BlockNumber) error
}

// Config is what the methods answer from.
type Config struct {
	Ledger    *ledger.Ledger
	Pool      *pool.Pool
	Identity  Identity
	Commander Commander  // may be nil
	Peers     func() int // number of connected nodes; nil is none
	Unsafe    bool       // answer the methods that write to the node or cost it without bound

	// LogLevel is the level of the node's log, which clients may change; nil is a log whose level is fixed.
	LogLevel *slog.LevelVar
	// Pinned counts the blocks that clients have pinned by chainHead_v1; it may be nil.
	Pinned *atomic.Int64
}

// api is the methods over their sources.
type api struct {
	Config
	ledger *ledger.Ledger
	pool   *pool.Pool

	hub        *hub
	follows    *follows
	broadcasts *broadcasts
	kept       *kept

	metadataText metadataCache
}

// New lists the methods. Those of dev are there only with a commander.
func New(cfg Config) *jsonrpc.Registry {
	if cfg.Pinned == nil {
		cfg.Pinned = new(atomic.Int64)
	}
	a := &api{Config: cfg, ledger: cfg.Ledger, pool: cfg.Pool, hub: &hub{ledger: cfg.Ledger, listeners: map[any]map[*listener]struct{}{}}}
	r := jsonrpc.NewRegistry()
	a.chain(r)
	a.state(r)
	a.author(r)
	a.system(r)
	a.custom(r)
	a.childState(r)
	a.unsafeMethods(r)
	a.archive(r)
	a.chainHead(r)
	a.transaction(r)
	a.upgrade(r)
	if cfg.Commander != nil {
		a.dev(r)
	}
	r.Call(func(context.Context, jsonrpc.Params) (any, error) {
		return map[string]any{"methods": r.Names()}, nil
	}, "rpc_methods")
	described := sync.OnceValue(func() any { return a.describe(r) })
	r.Call(func(_ context.Context, p jsonrpc.Params) (any, error) {
		if err := p.Bind(); err != nil {
			return nil, err
		}
		return described(), nil
	}, "rpc_discover")
	r.Heavy(heavy...)
	return r
}

// heavy are the methods whose work is not small and does not end with a few rows of the state.
var heavy = []string{
	"state_call", "state_callAt", "state_getMetadata", "state_getKeys", "state_getPairs", "state_getKeysPaged", "state_getKeysPagedAt", "state_queryStorageAt",
	"state_queryStorage", "state_getReadProof", "system_dryRun", "system_dryRunAt", "payment_queryInfo", "payment_queryFeeDetails", "archive_v1_call",
	"subnetInfo_getAllMetagraphs", "subnetInfo_getAllMechagraphs", "subnetInfo_getMetagraph", "subnetInfo_getMechagraph", "subnetInfo_getSelectiveMetagraph",
	"subnetInfo_getSelectiveMechagraph", "subnetInfo_getAllDynamicInfo", "neuronInfo_getNeurons", "neuronInfo_getNeuronsLite", "delegateInfo_getDelegates",
	"myelin_nextRuntime", "rpc_discover",
}

// codeState is the code of errors about a block's state, as Substrate's client gives it.
const codeState = 4003

// hexBytes is 0x and hex digits in JSON; reading accepts digits without 0x, and an empty string for no bytes.
type hexBytes []byte

// JSONSchema describes it.
func (hexBytes) JSONSchema() map[string]any {
	return map[string]any{"type": "string", "pattern": "^(0x)?([0-9a-fA-F]{2})*$"}
}

// MarshalText prints 0x and hex digits.
func (b hexBytes) MarshalText() ([]byte, error) {
	out := make([]byte, 2+2*len(b))
	copy(out, "0x")
	hex.Encode(out[2:], b)
	return out, nil
}

// AppendJSON is the text as a JSON string.
func (b hexBytes) AppendJSON(dst []byte) []byte {
	dst = append(slices.Grow(dst, 2*len(b)+4), `"0x`...)
	return append(hex.AppendEncode(dst, b), '"')
}

// hexList is a list of them, for answers that are long.
type hexList []hexBytes

// AppendJSON is the list as a JSON array.
func (l hexList) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, b := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = b.AppendJSON(dst)
	}
	return append(dst, ']')
}

// UnmarshalText reads hex digits with or without 0x.
func (b *hexBytes) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(strings.TrimPrefix(string(text), "0x"))
	if err != nil {
		return fmt.Errorf("%q is not hex: %w", text, err)
	}
	*b = raw
	return nil
}

// number is a block number: a JSON number, or a string in hex or decimal.
type number uint64

// JSONSchema describes it.
func (number) JSONSchema() map[string]any {
	return either(map[string]any{"type": "integer", "minimum": 0}, map[string]any{"type": "string", "pattern": "^(0x[0-9a-fA-F]+|[0-9]+)$"})
}

// UnmarshalJSON reads either form.
func (n *number) UnmarshalJSON(raw []byte) error {
	text, base := strings.Trim(string(raw), `"`), 10
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		text, base = hex, 16
	}
	v, err := strconv.ParseUint(text, base, 64)
	if err != nil {
		return fmt.Errorf("%s is no block number", raw)
	}
	*n = number(v)
	return nil
}

// view runs fn on the state after a block, the head when at is nil.
func (a *api) view(at *bt.Hash, fn func(v *ledger.View) (any, error)) (any, error) {
	hash := a.ledger.Head().Hash
	if at != nil {
		hash = *at
	}
	v, err := a.ledger.At(hash)
	switch {
	case errors.Is(err, store.ErrPruned):
		return nil, jsonrpc.Errorf(codeState, "Client error: Api called for an unknown Block: State already discarded for %s", hash)
	case errors.Is(err, store.ErrUnknownBlock):
		return nil, jsonrpc.Errorf(codeState, "Client error: UnknownBlock: Header was not found in the database: %s", hash)
	case err != nil:
		return nil, err
	}
	defer v.Close()
	return fn(v)
}

// headerJSON is a header as clients know it.
type headerJSON struct {
	ParentHash     bt.Hash    `json:"parentHash"`
	Number         string     `json:"number"`
	StateRoot      bt.Hash    `json:"stateRoot"`
	ExtrinsicsRoot bt.Hash    `json:"extrinsicsRoot"`
	Digest         digestJSON `json:"digest"`
}

type digestJSON struct {
	Logs []hexBytes `json:"logs"`
}

// raw marshals a value once, for notifications that go to many.
func raw(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // only types of this package come here
	}
	return out
}
