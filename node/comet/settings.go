package comet

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	cometconfig "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/store"

	"github.com/myelin-go/myelin/bt"
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
	p.PexReactor = cfg.Discover
	p.AddrBook = addressFile
	p.AddrBookStrict, p.AllowDuplicateIP = !cfg.Private, cfg.Private
	var ids []string
	for _, peer := range cfg.Peers {
		id, err := peerID(peer)
		if err != nil {
			return nil, err
		}
		ids = append(ids, string(id))
	}
	p.UnconditionalPeerIDs = strings.Join(ids, ",") // dial dials them; they are let in however many others there are
	if err := c.ValidateBasic(); err != nil {
		return nil, fmt.Errorf("network settings: %w", err)
	}
	return c, nil
}

// databases opens CometBFT's databases, each once, and closes them: CometBFT closes some itself, and none when it fails to start.
type databases struct {
	dir string

	mu     sync.Mutex
	opened map[string]*database
}

// database can be closed twice, and has nothing in it once it is closed: some of CometBFT's goroutines sleep through the end of their node, look
// once more for a block to send, and would panic on an error.
type database struct {
	dbm.DB
	once   sync.Once
	closed atomic.Bool
	err    error
}

// Close closes the database.
func (d *database) Close() error {
	d.once.Do(func() {
		d.closed.Store(true)
		d.err = d.DB.Close()
	})
	return d.err
}

// Get reads the value of a key, nil when there is none.
func (d *database) Get(key []byte) ([]byte, error) {
	v, err := d.DB.Get(key)
	if err != nil && d.closed.Load() {
		return nil, nil
	}
	return v, err
}

func (d *databases) open(id string) (dbm.DB, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if db := d.opened[id]; db != nil {
		return db, nil
	}
	db, err := dbm.NewDB(id, dbm.GoLevelDBBackend, filepath.Join(d.dir, "data"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w; is another node running on this base path?", filepath.Join(d.dir, "data"), err)
	}
	if d.opened == nil {
		d.opened = map[string]*database{}
	}
	d.opened[id] = &database{DB: db}
	return d.opened[id], nil
}

// provide is open as CometBFT asks for it.
func (d *databases) provide(ctx *cometconfig.DBContext) (dbm.DB, error) { return d.open(ctx.ID) }

// checkHeight tells whether the network's blocks reach as far as the ledger; CometBFT can bring it forward, but not back.
func (d *databases) checkHeight(head bt.BlockNumber) error {
	db, err := d.open("blockstore")
	if err != nil {
		return err
	}
	if top := store.NewBlockStore(db).Height(); top < int64(head) {
		return fmt.Errorf("the chain in the base path is at block %d, its network only at block %d: another engine went on with it; "+
			"revert the chain with that one, or name another base path", head, top)
	}
	return nil
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
