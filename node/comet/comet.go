// Package comet makes blocks by consensus between machines: it runs CometBFT in this process over a ledger and its pool. It is the only
// importer of CometBFT.
//
// A block of the chain is a block of CometBFT at the same height. CometBFT's blocks carry the extrinsics without the one that sets the time: that comes from
// its header, and the author from its proposer. The digest of our header tells the proposer and who is due for the two blocks that follow (aura.Order), which
// the keys of encrypted transactions go by. Every node builds the same Substrate block from them. The application hash is
// the hash of that block, so that validators sign it (in the header of the next height) and CometBFT's light client proves it.
//
// Execution happens in memory; only Commit writes, in one batch of the store. The chain's head is at once what tells CometBFT after a restart
// how far the application has come, so nothing else has to be kept in step.
//
// It deliberately holds no rule of the chain (chain), no order of transactions (node/pool) and no command over blocks and time (node/sealer).
package comet

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	cometconfig "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/types"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
)

// Config is how a node takes part in a network.
type Config struct {
	Moniker   string        // name of the node among its peers; "myelin" when empty
	BlockTime time.Duration // between blocks, at least 10 ms; every validator must have the same

	// Network says who makes blocks at first. Nil is a network of this node alone, made at its first start.
	Network *Network
	// Author gets the fees of the blocks that this node proposes when Network is nil; zero is nobody.
	Author bt.AccountID

	Listen   string   // address for peers, such as 0.0.0.0:26656; empty is any free port of 127.0.0.1
	External string   // address that peers are told, when it is not Listen
	Peers    []string // peers to hold connections to, each as id@host:port (see Identity)
	// Discover lets the node find further peers by asking those it has, and remember them.
	Discover bool
	// Private permits peers at private addresses and several at one address: networks on one machine or in one house.
	Private bool

	// RPC is the address of CometBFT's own RPC, which light clients need; empty serves none.
	RPC string

	// KeepBlocks is how many of CometBFT's blocks are kept at least; 0 keeps all. The chain's own blocks are kept in any case. A node that
	// joins needs peers that keep all.
	KeepBlocks uint32
}

// ErrOtherNetwork is wrapped when a folder holds the blocks of another network than asked for.
var ErrOtherNetwork = errors.New("the base path belongs to another network")

// Engine is a node of CometBFT. Create it with New; its methods may be called by any number of goroutines.
type Engine struct {
	cfg  Config
	log  *slog.Logger
	node *node.Node
	dbs  *databases
	own  Identity
	temp string // folder to remove, when the engine is in memory

	start  time.Time // of the network
	failed chan error
	state  atomic.Int32
	stop   sync.Once
	err    error
}

const (
	ready = iota
	running
	closed
)

// New opens the engine in a folder, which it makes if need be; an empty one is kept in a temporary folder. It brings the ledger level with the
// blocks that the folder holds. A nil log is silent.
func New(l *ledger.Ledger, p *pool.Pool, dir string, cfg Config, log *slog.Logger) (_ *Engine, err error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if cfg.BlockTime < 10*time.Millisecond {
		return nil, fmt.Errorf("block time is %v, want at least 10ms", cfg.BlockTime)
	}
	e := &Engine{cfg: cfg, log: log, failed: make(chan error, 1)}
	if dir == "" {
		if e.temp, err = os.MkdirTemp("", "myelin-comet-"); err != nil {
			return nil, err
		}
		dir = e.temp
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot write to the base path: %w", err)
	}
	signer, nodeKey, err := openKeys(dir)
	if err != nil {
		return nil, err
	}
	e.own = Identity{NodeID: string(nodeKey.ID()), Key: ConsensusKey(signer.Key.PubKey.Bytes())}
	doc, network, err := openGenesis(dir, l.Genesis(), e.own.Key, &cfg)
	if err != nil {
		return nil, err
	}
	e.start = doc.GenesisTime
	knobs, err := settings(dir, &cfg)
	if err != nil {
		return nil, err
	}
	e.dbs = &databases{dir: dir}
	if err := e.dbs.checkHeight(l.Head().Header.Number); err != nil {
		return nil, err
	}
	app := newApplication(l, p, network, &pace{target: cfg.BlockTime, knob: &knobs.Consensus.TimeoutCommit}, cfg.KeepBlocks, log)
	if e.node, err = e.build(knobs, app, doc, signer, nodeKey); err != nil {
		return nil, err
	}
	app.peers = e.Peers
	return e, nil
}

// build makes CometBFT's node, which replays the blocks that the ledger lacks. CometBFT panics where it finds its data inconsistent.
func (e *Engine) build(knobs *cometconfig.Config, app *application, doc *types.GenesisDoc, signer *signer, key *nodeKey) (n *node.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = nil, fmt.Errorf("consensus cannot start: %v", p)
		}
	}()
	return node.NewNode(knobs, signer, key, proxy.NewConnSyncLocalClientCreator(app),
		func() (*types.GenesisDoc, error) { return doc, nil },
		e.dbs.provide, node.DefaultMetricsProvider(knobs.Instrumentation), logger{log: e.log, engine: e})
}

// Run takes part in consensus until ctx ends or consensus halts. It may be called once.
func (e *Engine) Run(ctx context.Context) error {
	if !e.state.CompareAndSwap(ready, running) {
		return errors.New("the engine has run before; make a new one")
	}
	// CometBFT would wait for the start of the network itself, but deaf to ctx.
	if wait := time.Until(e.start); wait > 0 {
		e.log.Info("waiting for the start of the network", "at", e.start)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	if err := e.node.Start(); err != nil {
		return fmt.Errorf("cannot start consensus: %w", err)
	}
	e.log.Info("taking part in consensus", "node", e.own.NodeID, "key", e.own.Key, "listening", e.cfg.Listen)
	dialling, enough := context.WithCancel(ctx)
	defer enough()
	for _, peer := range e.cfg.Peers {
		id, err := peerID(peer)
		if err != nil {
			return errors.Join(err, e.Close())
		}
		go e.dial(dialling, id, peer)
	}
	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case err = <-e.failed:
	}
	return errors.Join(err, e.Close())
}

// fail ends Run with an error.
func (e *Engine) fail(err error) {
	select {
	case e.failed <- err:
	default: // an earlier one is on its way
	}
}

// Identity is how others name this node.
func (e *Engine) Identity() Identity { return e.own }

// Peers is the number of connected nodes.
func (e *Engine) Peers() int {
	if e.node == nil || e.state.Load() != running {
		return 0
	}
	return e.node.Switch().Peers().Size()
}

// Close stops consensus and closes its files. The ledger stays open.
//
// Some goroutines of CometBFT v0.40 outlive it: two that watch its log file and one that empties a list of transactions seen, for good;
// those of goleveldb and of lost peers that sleep, for seconds; and a dial under way. A node that failed to open in its replay leaves its
// event bus.
func (e *Engine) Close() error {
	e.stop.Do(func() {
		ran := e.state.Swap(closed) == running
		if e.node != nil {
			if ran && e.node.IsRunning() {
				if err := e.node.Stop(); err != nil {
					e.err = errors.Join(e.err, fmt.Errorf("stop consensus: %w", err))
				}
				e.node.Wait()
			} else if err := e.node.EventBus().Stop(); err != nil {
				e.err = errors.Join(e.err, err)
			}
			if err := e.node.ProxyApp().Stop(); err != nil { // which CometBFT leaves running
				e.err = errors.Join(e.err, err)
			}
		}
		if e.dbs != nil {
			e.err = errors.Join(e.err, e.dbs.close())
		}
		if e.temp != "" {
			e.err = errors.Join(e.err, os.RemoveAll(e.temp))
		}
	})
	return e.err
}

// ConsensusKey is the ed25519 key with which a validator signs blocks. As text it is hex.
type ConsensusKey [ed25519.PublicKeySize]byte
