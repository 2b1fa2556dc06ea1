// Package subtensor is a client of any Subtensor node: it dials, reads storage and runtime functions at a block, follows blocks, and signs,
// submits and watches extrinsics. It knows pallets, items, calls and errors by their names in the node's metadata, so it works with every
// version of the runtime, and follows upgrades while connected.
//
//	c, err := subtensor.Dial(ctx, "ws://127.0.0.1:9944", subtensor.Options{})
//	balance, err := c.Latest().Balance(ctx, alice.Public())
//	receipt, err := c.Submit(ctx, subtensor.Transfer(bob, 5*bt.Tao), alice, subtensor.SubmitOptions{})
//
// Values are decoded by subtensor/codec; the connection is kept up by subtensor/jsonrpc.
//
// It deliberately holds no key files (wallet), no view of a whole subnet (metagraph) and no code of the chain.
package subtensor

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
	"github.com/myelin-go/myelin/subtensor/codec"
	"github.com/myelin-go/myelin/subtensor/jsonrpc"
)

// Options bound what a client does; the zero value has the defaults.
type Options struct {
	// Connection bounds the WebSocket.
	Connection jsonrpc.Options
	// Period is the least number of blocks that an extrinsic stays valid; 0 is 128.
	Period uint64
}

// Endpoint turns the name of a network (finney, test, archive, local) to its URL; other text is returned as it is.
func Endpoint(network string) string {
	switch network {
	case "finney":
		return "wss://entrypoint-finney.opentensor.ai:443"
	case "test":
		return "wss://test.finney.opentensor.ai:443"
	case "archive":
		return "wss://archive.chain.opentensor.ai:443"
	case "local":
		return "ws://127.0.0.1:9944"
	}
	return network
}

// Client is a connection to a node. It is safe for concurrent use.
type Client struct {
	rpc     *jsonrpc.Client
	opts    Options
	genesis bt.Hash

	follow  *jsonrpc.Subscription // of the runtime version
	stopped chan struct{}

	mu       sync.Mutex
	version  Version // of the best block
	runtimes map[Version]*loading
	versions map[bt.Hash]Version // of blocks, as far as asked for
	nonces   map[bt.AccountID]*nonce
}

// Dial connects to a node and reads its metadata. The URL is ws:// or wss://, or the name of a network.
func Dial(ctx context.Context, url string, opts Options) (_ *Client, err error) {
	if opts.Period == 0 {
		const period = 128
		opts.Period = period
	}
	rpc, err := jsonrpc.Dial(ctx, Endpoint(url), opts.Connection)
	if err != nil {
		return nil, err
	}
	c := &Client{
		rpc: rpc, opts: opts, stopped: make(chan struct{}),
		runtimes: map[Version]*loading{}, versions: map[bt.Hash]Version{}, nonces: map[bt.AccountID]*nonce{},
	}
	defer func() {
		if err != nil {
			rpc.Close()
		}
	}()
	if c.genesis, err = c.BlockHash(ctx, 0); err != nil {
		return nil, err
	}
	if c.version, err = c.versionAt(ctx, nil); err != nil {
		return nil, err
	}
	if _, err = c.Runtime(ctx); err != nil {
		return nil, err
	}
	if c.follow, err = rpc.Subscribe(ctx, "state_subscribeRuntimeVersion", "state_unsubscribeRuntimeVersion"); err != nil {
		return nil, err
	}
	go c.followRuntime()
	return c, nil
}

// Close ends the connection; everything that waits on it fails.
func (c *Client) Close() {
	c.rpc.Close()
	<-c.stopped
}

// RPC calls any method of the node and decodes its JSON into the pointer, unless that is nil.
func (c *Client) RPC(ctx context.Context, into any, method string, params ...any) error {
	return c.rpc.Call(ctx, into, method, params...)
}

// Genesis is the hash of block 0, which names the chain.
func (c *Client) Genesis() bt.Hash { return c.genesis }

// Version names a runtime.
type Version struct {
	Name        string `json:"specName"`
	Spec        uint32 `json:"specVersion"`
	Transaction uint32 `json:"transactionVersion"`
}

// Runtime is a runtime's version and description.
type Runtime struct {
	Version
	Codec *codec.Codec
}

// loading is a runtime that is being fetched or is there.
type loading struct {
	done    chan struct{}
	runtime *Runtime
	err     error
}

func (c *Client) followRuntime() {
	defer close(c.stopped)
	for raw := range c.follow.Notes() {
		var v Version
		if json.Unmarshal(raw, &v) != nil {
			continue
		}
		c.mu.Lock()
		c.version = v
		c.mu.Unlock()
	}
}

// errUpgraded says that the best block got another runtime while its metadata was read.
var errUpgraded = errors.New("runtime changed while its metadata was read")

// Runtime is the runtime of the best block.
func (c *Client) Runtime(ctx context.Context) (*Runtime, error) {
	for {
		c.mu.Lock()
		v := c.version
		c.mu.Unlock()
		r, err := c.runtime(ctx, v, nil)
		if !errors.Is(err, errUpgraded) {
			return r, err
		}
		if v, err = c.versionAt(ctx, nil); err != nil {
			return nil, err
		}
		c.mu.Lock()
		c.version = v
		c.mu.Unlock()
	}
}

func (c *Client) versionAt(ctx context.Context, at *bt.Hash) (v Version, err error) {
	if at == nil {
		err = c.RPC(ctx, &v, "state_getRuntimeVersion")
		return v, err
	}
	err = c.RPC(ctx, &v, "state_getRuntimeVersion", at)
	return v, err
}

// RuntimeOf is the runtime that executed a block: that of its parent's state.
func (c *Client) RuntimeOf(ctx context.Context, block bt.Hash) (*Runtime, error) {
	c.mu.Lock()
	v, ok := c.versions[block]
	c.mu.Unlock()
	if !ok {
		h, err := c.Header(ctx, block)
		if err != nil {
			return nil, err
		}
		at := h.Parent
		if h.Number == 0 {
			at = block
		}
		if v, err = c.versionAt(ctx, &at); err != nil {
			return nil, err
		}
		c.mu.Lock()
		const most = 4096
		if len(c.versions) >= most {
			clear(c.versions)
		}
		c.versions[block] = v
		c.mu.Unlock()
	}
	return c.runtime(ctx, v, &block)
}

// runtime loads a runtime once; at is a block that has it, the best block when nil.
func (c *Client) runtime(ctx context.Context, v Version, at *bt.Hash) (*Runtime, error) {
	for {
		c.mu.Lock()
		l, found := c.runtimes[v]
		if !found {
			const most = 8
			if len(c.runtimes) >= most {
				clear(c.runtimes)
			}
			l = &loading{done: make(chan struct{})}
			c.runtimes[v] = l
		}
		c.mu.Unlock()
		if !found {
			l.runtime, l.err = c.load(ctx, v, at)
			if l.err != nil {
				c.mu.Lock()
				if c.runtimes[v] == l {
					delete(c.runtimes, v)
				}
				c.mu.Unlock()
			}
			close(l.done)
			return l.runtime, l.err
		}
		select {
		case <-l.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		// The one who loaded may have given up early; that says nothing about us.
		if l.err == nil || !errors.Is(l.err, context.Canceled) && !errors.Is(l.err, context.DeadlineExceeded) {
			return l.runtime, l.err
		}
	}
}

// load fetches metadata in version 15, or 14 where the node has no other.
func (c *Client) load(ctx context.Context, v Version, at *bt.Hash) (*Runtime, error) {
	raw, err := c.metadata15(ctx, at)
	if err != nil {
		return nil, err
	}
	if raw == nil {
		if raw, err = c.bytes(ctx, "state_getMetadata", at); err != nil {
			return nil, err
		}
	}
	m, err := metadata.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("runtime %d: %w", v.Spec, err)
	}
	if at == nil {
		now, err := c.versionAt(ctx, nil)
		if err != nil {
			return nil, err
		}
		if now != v {
			return nil, fmt.Errorf("%w: from %d to %d", errUpgraded, v.Spec, now.Spec)
		}
	}
	return &Runtime{Version: v, Codec: codec.New(m)}, nil
}

// metadata15 is nil without an error when the node has no metadata of version 15.
func (c *Client) metadata15(ctx context.Context, at *bt.Hash) ([]byte, error) {
	raw, err := c.bytes(ctx, "state_call", "Metadata_metadata_at_version", "0x0f000000", at)
	var answer *jsonrpc.Error
	if errors.As(err, &answer) && strings.Contains(answer.Error(), "Metadata_metadata_at_version") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out scale.Option[[]byte]
	d := scale.NewDecoder(raw)
	d.Decode(&out)
	if err := d.End(); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return out.Value, nil
}

// hexText is 0x and hex digits.
func hexText(raw []byte) string { return "0x" + hex.EncodeToString(raw) }

func parseHex(s string) ([]byte, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		return nil, fmt.Errorf("node answers %.20q, want hex digits: %w", s, err)
	}
	return raw, nil
}

// bytes calls a method that answers in hex; nil when it answers null. A trailing nil block is left out.
func (c *Client) bytes(ctx context.Context, method string, params ...any) ([]byte, error) {
	if n := len(params); n > 0 {
		if at, ok := params[n-1].(*bt.Hash); ok && at == nil {
			params = params[:n-1]
		}
	}
	var text *string
	if err := c.RPC(ctx, &text, method, params...); err != nil || text == nil {
		return nil, err
	}
	raw, err := parseHex(*text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return raw, nil
}

// ErrNoBlock is wrapped when the node does not know a block.
var ErrNoBlock = errors.New("node knows no such block")

// BlockHash is the hash of the block of a height on the best chain.
func (c *Client) BlockHash(ctx context.Context, number bt.BlockNumber) (bt.Hash, error) {
	var h *bt.Hash
	if err := c.RPC(ctx, &h, "chain_getBlockHash", number); err != nil {
		return bt.Hash{}, err
	}
	if h == nil {
		return bt.Hash{}, fmt.Errorf("%w: height %d", ErrNoBlock, number)
	}
	return *h, nil
}

// Head is the best block.
func (c *Client) Head(ctx context.Context) (bt.Header, error) {
	return c.header(ctx)
}

// Finalized is the last final block.
func (c *Client) Finalized(ctx context.Context) (bt.Header, error) {
	var h bt.Hash
	if err := c.RPC(ctx, &h, "chain_getFinalizedHead"); err != nil {
		return bt.Header{}, err
	}
	return c.Header(ctx, h)
}

// Header is the header of a block.
func (c *Client) Header(ctx context.Context, block bt.Hash) (bt.Header, error) {
	return c.header(ctx, block)
}

func (c *Client) header(ctx context.Context, at ...any) (bt.Header, error) {
	var h *headerJSON
	if err := c.RPC(ctx, &h, "chain_getHeader", at...); err != nil {
		return bt.Header{}, err
	}
	if h == nil {
		return bt.Header{}, fmt.Errorf("%w: %v", ErrNoBlock, at)
	}
	return h.parse()
}

// Block is a block with its extrinsics.
func (c *Client) Block(ctx context.Context, block bt.Hash) (bt.Block, error) {
	var answer *struct {
		Block struct {
			Header     headerJSON
			Extrinsics []string
		}
	}
	if err := c.RPC(ctx, &answer, "chain_getBlock", block); err != nil {
		return bt.Block{}, err
	}
	if answer == nil {
		return bt.Block{}, fmt.Errorf("%w: %v", ErrNoBlock, block)
	}
	h, err := answer.Block.Header.parse()
	if err != nil {
		return bt.Block{}, err
	}
	out := bt.Block{Header: h}
	for i, text := range answer.Block.Extrinsics {
		raw, err := parseHex(text)
		if err != nil {
			return bt.Block{}, fmt.Errorf("block %d, extrinsic %d: %w", h.Number, i, err)
		}
		out.Extrinsics = append(out.Extrinsics, raw)
	}
	return out, nil
}

// headerJSON is a header as nodes write it.
type headerJSON struct {
	ParentHash     bt.Hash `json:"parentHash"`
	Number         string  `json:"number"`
	StateRoot      bt.Hash `json:"stateRoot"`
	ExtrinsicsRoot bt.Hash `json:"extrinsicsRoot"`
	Digest         struct {
		Logs []string `json:"logs"`
	} `json:"digest"`
}

func (j *headerJSON) parse() (bt.Header, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(j.Number, "0x"), 16, 32)
	if err != nil {
		return bt.Header{}, fmt.Errorf("header: number %q: %w", j.Number, err)
	}
	h := bt.Header{Parent: j.ParentHash, Number: bt.BlockNumber(n), StateRoot: j.StateRoot, ExtrinsicsRoot: j.ExtrinsicsRoot}
	for i, text := range j.Digest.Logs {
		raw, err := parseHex(text)
		if err != nil {
			return bt.Header{}, fmt.Errorf("header %d: log %d: %w", n, i, err)
		}
		var item bt.DigestItem
		d := scale.NewDecoder(raw)
		d.Decode(&item)
		if err := d.End(); err != nil {
			return bt.Header{}, fmt.Errorf("header %d: log %d: %w", n, i, err)
		}
		h.Digest = append(h.Digest, item)
	}
	return h, nil
}
