package comet

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	cometconfig "github.com/cometbft/cometbft/config"
)

// settings is CometBFT's configuration for ours.
func settings(dir string, cfg *Config) (*cometconfig.Config, error) {
	c := cometconfig.DefaultConfig()
	c.SetRoot(dir)
	c.Moniker = cmp.Or(cfg.Moniker, "myelin")
	c.TxIndex.Indexer = "null"
	c.Storage.DiscardABCIResponses = true
	c.Instrumentation.Prometheus = false
	c.RPC.ListenAddress, c.RPC.GRPCListenAddress = "", ""
	if cfg.RPC != "" {
		c.RPC.ListenAddress = "tcp://" + cfg.RPC
	}

	// The pool of transactions is ours.
	c.Mempool.Type = cometconfig.MempoolTypeApp
	c.Mempool.ReapInterval = 20 * time.Millisecond
	c.Mempool.SeenCacheSize = 16384 // twice the pool; 100,000 by default

	// A round is to end soon after a proposer failed, but not before a healthy one is done.
	t := min(max(2*cfg.BlockTime, 500*time.Millisecond), 3*time.Second)
	cs := c.Consensus
	cs.TimeoutPropose, cs.TimeoutProposeDelta = t, t/4
	cs.TimeoutPrevote, cs.TimeoutPrevoteDelta = t/2, t/4
	cs.TimeoutPrecommit, cs.TimeoutPrecommitDelta = t/2, t/4
	cs.TimeoutCommit = cfg.BlockTime // see pace
	cs.CreateEmptyBlocks = true      // every block changes the state
	// At 100 ms, CometBFT's default, gossip alone takes 200 ms a block.
	cs.PeerGossipSleepDuration = min(max(cfg.BlockTime/50, 2*time.Millisecond), 50*time.Millisecond)

	p := c.P2P
	p.FlushThrottleTimeout = time.Millisecond
	p.ListenAddress = "tcp://" + cmp.Or(cfg.Listen, "127.0.0.1:0")
	p.ExternalAddress = cfg.External
	p.PersistentPeers = strings.Join(cfg.Peers, ",")
	p.PexReactor = cfg.Discover
	p.AddrBook = addressFile
	p.AddrBookStrict, p.AllowDuplicateIP = !cfg.Private, cfg.Private
	for _, peer := range cfg.Peers {
		if id, _, ok := strings.Cut(peer, "@"); !ok || id == "" {
			return nil, fmt.Errorf("peer %q has no id, want id@host:port", peer)
		}
	}
	if err := c.ValidateBasic(); err != nil {
		return nil, fmt.Errorf("network settings: %w", err)
	}
	return c, nil
}

// databases opens CometBFT's databases and closes them: CometBFT closes some itself, and none when it fails to start.
type databases struct {
	mu     sync.Mutex
	opened []*database
}

// database can be closed twice.
type database struct {
	dbm.DB
	once sync.Once
	err  error
}

// Close closes the database.
func (d *database) Close() error {
	d.once.Do(func() { d.err = d.DB.Close() })
	return d.err
}

func (d *databases) open(ctx *cometconfig.DBContext) (dbm.DB, error) {
	db, err := dbm.NewDB(ctx.ID, dbm.GoLevelDBBackend, filepath.Join(ctx.Config.RootDir, "data"))
	if err != nil {
		return nil, fmt.Errorf("%w; is another node running on this base path?", err)
	}
	out := &database{DB: db}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = append(d.opened, out)
	return out, nil
}

func (d *databases) close() (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, db := range d.opened {
		err = errors.Join(err, db.Close())
	}
	return err
}

// pace holds blocks to their interval: what CometBFT waits after a block is added to the time that a round takes, so it must be less than
// the interval by just that. It belongs to the goroutine that commits; CometBFT reads the knob in the same one.
type pace struct {
	target time.Duration
	knob   *time.Duration
	last   time.Time
}

// committed adjusts the wait after a block.
func (p *pace) committed(now time.Time) {
	if !p.last.IsZero() {
		// A round that failed says nothing of the others: one block moves the wait by little.
		off := min(max(p.target-now.Sub(p.last), -p.target/5), p.target/5)
		*p.knob = min(max(*p.knob+off/4, p.target/10), p.target)
	}
	p.last = now
}
