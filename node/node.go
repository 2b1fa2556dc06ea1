package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/node/beacon"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/rpc"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/sealer"
	"github.com/myelin-go/myelin/node/shield"
	"github.com/myelin-go/myelin/node/store"
)

// Version is the version of the software, as RPC tells it.
const Version = "0.1.0"

// Config is what a node is made of.
type Config struct {
	Chain *genesis.Chain
	// BasePath is the folder that holds the chain; empty keeps it in memory.
	BasePath string
	// Sync writes each block through to the disk before it counts. Without it a crash of the process still loses nothing, a crash of the
	// machine may lose the last blocks.
	Sync bool

	// Engine makes the blocks.
	Engine Engine
	// Beacon has the rounds that the node brings into its blocks; nil brings none. One that has a method Run works while the node runs.
	Beacon beacon.Source

	// Shield lets the node take encrypted transactions: it announces a key in each block that it makes, and opens what was encrypted for it.
	Shield bool

	// RPC are the addresses to serve JSON-RPC on, such as 127.0.0.1:9944; port 0 takes any free one. The host localhost is both loopback
	// addresses, as far as the machine has them.
	RPC []string
	// UnsafeRPC serves the methods that write to the node or cost it without bound, to whoever reaches the addresses.
	UnsafeRPC bool
	// Metrics is the address of the Prometheus endpoint; empty serves none.
	Metrics string
	// Limits bound what RPC clients can cost; see jsonrpc.Config.
	Limits jsonrpc.Config

	Log *slog.Logger // nil is silent
	// LogLevel is the level of Log, which clients may change where UnsafeRPC lets them; nil is a log whose level is fixed.
	LogLevel *slog.LevelVar
}

// Engine makes the blocks of a node.
type Engine interface {
	// Start readies the engine over a ledger and its pool; dir is the engine's own folder, or empty in memory.
	Start(l *ledger.Ledger, p *pool.Pool, dir string, log *slog.Logger) (Running, error)
}

// Running is a started engine.
type Running interface {
	// Run makes blocks until ctx ends; that is no error.
	Run(ctx context.Context) error
	// Commander is command over blocks and time, nil where consensus makes the blocks.
	Commander() rpc.Commander
	// Peers is the number of connected nodes.
	Peers() int
	// Close releases what Start took.
	Close() error
}

// Node is a process around a chain; see the package comment for its life.
type Node struct {
	cfg     Config
	log     *slog.Logger
	store   *store.Store
	ledger  *ledger.Ledger
	pool    *pool.Pool
	engine  Running
	server  *jsonrpc.Server
	rpc     []net.Listener
	also    []net.Listener // the other loopback address of those in rpc that are named localhost
	metrics net.Listener
	gauges  *gauges
	pinned  atomic.Int64 // blocks, by RPC clients

	closing sync.Once
	err     error
}

// New opens a node. Errors are one clear line for a person.
func New(cfg Config) (_ *Node, err error) {
	n := &Node{cfg: cfg, log: cfg.Log}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if err := n.listen(); err != nil { // first: a port in use is the commonest mistake, and nothing is touched yet
		return nil, err
	}
	engineDir := ""
	opts := store.Options{InMemory: cfg.BasePath == "", NoSync: !cfg.Sync}
	dir := ""
	if cfg.BasePath != "" {
		dir, engineDir = filepath.Join(cfg.BasePath, "db"), filepath.Join(cfg.BasePath, "engine")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("cannot write to the base path %s: %w", cfg.BasePath, err)
		}
	}
	if n.store, err = store.Open(dir, opts); err != nil {
		return nil, fmt.Errorf("cannot open the chain in %s: %w", cfg.BasePath, err)
	}
	header, rows := cfg.Chain.Genesis()
	if n.ledger, err = ledger.Open(cfg.Chain.Runtime, n.store, header, rows); err != nil {
		return nil, err
	}
	if err := n.author(); err != nil {
		return nil, err
	}
	n.pool = pool.New(n.ledger, pool.Config{})
	if n.engine, err = cfg.Engine.Start(n.ledger, n.pool, engineDir, n.log); err != nil {
		return nil, err
	}
	n.serve()
	return n, nil
}

// author readies what the node itself puts into the blocks that it makes: its key for encrypted transactions, and a beacon's rounds.
func (n *Node) author() error {
	var keeper *shield.Keeper
	var pulses *beacon.Writer
	var err error
	if n.cfg.Shield {
		_, alone := n.cfg.Engine.(Sealed)
		if keeper, err = shield.New(n.cfg.Chain.Runtime, alone); err != nil {
			return err
		}
		n.ledger.Shield(keeper)
	}
	if n.cfg.Beacon != nil {
		if pulses, err = beacon.NewWriter(n.cfg.Chain.Runtime, n.cfg.Beacon); err != nil {
			return err
		}
	}
	n.ledger.Author(func(now uint64) (own []*chain.Checked, err error) {
		if keeper != nil {
			v, err := n.ledger.At(n.ledger.Head().Hash)
			if err != nil {
				return nil, err
			}
			defer v.Close()
			x, ok, err := keeper.Announcement(v, v.Header.Number)
			if err != nil {
				return nil, err
			}
			if ok {
				own = append(own, x)
			}
		}
		if pulses == nil {
			return own, nil
		}
		brought, err := pulses.Transactions(n.ledger, now)
		return append(own, brought...), err
	})
	return nil
}

func (n *Node) serve() {
	spec := n.cfg.Chain.Spec
	methods := rpc.New(rpc.Config{
		Ledger: n.ledger, Pool: n.pool, Commander: n.engine.Commander(), Peers: n.engine.Peers, Unsafe: n.cfg.UnsafeRPC,
		LogLevel: n.cfg.LogLevel, Pinned: &n.pinned,
		Identity: rpc.Identity{
			Chain: spec.Name, ChainType: spec.ChainType, Name: "Myelin", Version: Version,
			Properties: map[string]any{
				"ss58Format": spec.Properties.SS58Format, "tokenDecimals": spec.Properties.TokenDecimals,
				"tokenSymbol": spec.Properties.TokenSymbol, "isEthereum": false,
			},
		},
	})
	n.gauges = newGauges(n)
	limits := n.cfg.Limits
	limits.Log, limits.Observe = n.log, n.gauges.observe
	n.server = jsonrpc.NewServer(methods, limits)
}

// Ledger is the node's chain.
func (n *Node) Ledger() *ledger.Ledger { return n.ledger }

// Commander is command over blocks and time, nil where consensus makes the blocks.
func (n *Node) Commander() rpc.Commander { return n.engine.Commander() }

// Endpoints are the WebSocket URLs that the node serves.
func (n *Node) Endpoints() (out []string) {
	for _, l := range n.rpc {
		out = append(out, "ws://"+l.Addr().String())
	}
	return out
}

// Head is the last block's height and hash.
func (n *Node) Head() (bt.BlockNumber, bt.Hash) {
	b := n.ledger.Head()
	return b.Header.Number, b.Hash
}

// Run makes blocks and answers until ctx ends.
func (n *Node) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var servers []*http.Server
	var wg sync.WaitGroup
	failed := make(chan error, len(n.rpc)+3)
	start := func(l net.Listener, h http.Handler) {
		s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug)}
		servers = append(servers, s)
		wg.Go(func() {
			if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
	}
	var open atomic.Int64
	for _, l := range slices.Concat(n.rpc, n.also) {
		start(&bounded{Listener: l, open: &open, limit: int64(n.server.MaxConnections())}, n.server)
	}
	if n.metrics != nil {
		start(n.metrics, n.gauges.handler())
	}
	sub := n.ledger.Subscribe() // before the first block
	wg.Go(func() { n.announce(ctx, sub) })
	if b, ok := n.cfg.Beacon.(interface{ Run(context.Context) error }); ok {
		wg.Go(func() { failed <- b.Run(ctx) })
	}
	wg.Go(func() { failed <- n.engine.Run(ctx) })
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	cancel()
	n.server.Close()
	for _, s := range servers {
		s.Close()
	}
	wg.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

// announce logs each block in the words that existing tools wait for.
func (n *Node) announce(ctx context.Context, sub *ledger.Subscription) {
	defer sub.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sub.Wake():
		}
		updates, _ := sub.Updates()
		for _, u := range updates {
			if u.Imported != nil {
				n.gauges.imported(u.Imported)
				n.log.Info(fmt.Sprintf("Imported #%d", u.Imported.Header.Number), "hash", u.Imported.Hash, "extrinsics", len(u.Imported.Extrinsics))
			}
		}
	}
}

// Close releases the store and the ports.
func (n *Node) Close() error {
	n.closing.Do(func() {
		for _, l := range slices.Concat(n.rpc, n.also) {
			l.Close() // a closed server has closed it before
		}
		if n.metrics != nil {
			n.metrics.Close()
		}
		if n.server != nil {
			n.server.Close()
		}
		if n.engine != nil {
			n.err = errors.Join(n.err, n.engine.Close())
		}
		if n.store != nil {
			n.err = errors.Join(n.err, n.store.Close())
		}
	})
	return n.err
}

// Sealed is an engine that makes blocks on command, on one machine.
type Sealed sealer.Config

// Start makes a sealer.
func (s Sealed) Start(l *ledger.Ledger, p *pool.Pool, _ string, log *slog.Logger) (Running, error) {
	cfg := sealer.Config(s)
	if cfg.Log == nil {
		cfg.Log = log
	}
	made, err := sealer.New(l, p, cfg)
	if err != nil {
		return nil, err
	}
	return sealing{made}, nil
}

type sealing struct{ *sealer.Sealer }

func (s sealing) Commander() rpc.Commander { return s.Sealer }
func (sealing) Peers() int                 { return 0 }
func (sealing) Close() error               { return nil }
