package localnet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/beacon"
)

// Run runs a network until ctx ends or Config.Blocks are made; neither is an error.
func Run(ctx context.Context, cfg Config) (err error) {
	base, cleanup, err := basePath(cfg.BasePath)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanup()) }()
	seed, err := recallSeed(base, cfg.Seed)
	if err != nil {
		return err
	}
	spec := cfg.chain()
	rounds, err := beacon.Development(spec)
	if err != nil {
		return err
	}
	log, closeLog, err := cfg.openLog(base)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	n, err := node.New(node.Config{
		Chain: genesis.Bittensor(spec), Beacon: rounds, Shield: true, BasePath: base,
		RPC: cfg.RPC, UnsafeRPC: cfg.UnsafeRPC, Limits: cfg.Limits, Metrics: cfg.Metrics,
		Engine: node.Sealed{Mode: cfg.Sealing, BlockTime: cfg.BlockTime, Every: cfg.Every, Author: spec.Authorities[0], Blocks: cfg.Blocks},
		Log:    log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	cfg.Out, cfg.Err = &shared{w: cfg.Out}, &shared{w: cfg.Err}
	start, _ := n.Head()
	net := &network{cfg: cfg, base: base, seed: seed, node: n, endpoint: n.Endpoints()[0], start: start}
	return net.run(ctx)
}

// openLog opens the node's log, if there is to be one.
func (cfg *Config) openLog(base string) (log *slog.Logger, closeFile func() error, err error) {
	name := cfg.LogFile
	if name == "" {
		if !cfg.Quiet {
			return slog.New(slog.DiscardHandler), func() error { return nil }, nil
		}
		name = filepath.Join(base, "node.log")
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot write the log: %w", err)
	}
	return slog.New(slog.NewTextHandler(f, nil)), f.Close, nil
}

// chain is the specification of the network's chain.
func (cfg *Config) chain() genesis.Spec {
	spec := genesis.Localnet()
	if cfg.Slow {
		spec = spec.Slow()
		// As in upstream's local network, whose build has the faucet and is patched (scripts/localnet_patch.sh).
		spec.Network.Global = genesis.Settings{"NetworkRateLimit": json.RawMessage("0"), "PendingChildKeyCooldown": json.RawMessage("15")}
	}
	if cfg.March2026 {
		spec = spec.OfMarch2026()
	}
	spec.BlockTime = uint64(cfg.BlockTime.Milliseconds())
	const million = 1_000_000 * bt.Tao
	for _, who := range cfg.Rich {
		i := slices.IndexFunc(spec.Balances, func(b genesis.Balance) bool { return b.Account == who })
		if i < 0 {
			spec.Balances = append(spec.Balances, genesis.Balance{Account: who, Free: million})
			continue
		}
		spec.Balances[i].Free = max(spec.Balances[i].Free, million)
	}
	return spec
}

// shared is a writer for several goroutines.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// network is one run.
type network struct {
	cfg      Config
	base     string
	seed     uint64
	node     *node.Node
	endpoint string
	cast     []*member
	start    bt.BlockNumber // the height that the base path had
	ended    bool           // the final report is out; of live until it has returned
}

// note tells a person something, beside the reports.
func (n *network) note(format string, args ...any) {
	w := n.cfg.Out
	switch {
	case n.cfg.Quiet:
		return
	case n.cfg.JSON:
		w = n.cfg.Err
	}
	fmt.Fprintf(w, format+"\n", args...)
}

func (n *network) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	first := make(chan struct{})
	wg.Go(func() { n.waitFirst(ctx, first) })
	life := make(chan error, 1)
	if !n.cfg.NoNeurons {
		wg.Go(func() { life <- n.live(ctx, first) })
	}
	n.greet()
	err := n.serve(ctx, cancel, first, life)
	cancel()
	wg.Wait()
	if err == nil && n.cfg.JSON && !n.ended {
		jsonLines{n.cfg.Out}.show(n.bareReport(), true)
	}
	return err
}

// bareReport is the final one where there are no neurons, or not yet.
func (n *network) bareReport() *Report {
	l := n.node.Ledger()
	head := l.Head().Header
	return &Report{
		Type: "final", Height: head.Number, Finalised: l.Finalized().Header.Number, StateRoot: head.StateRoot,
		BlockTime: float64(n.cfg.BlockTime.Milliseconds()), Seed: n.seed, Neurons: []Row{},
	}
}

// serve runs the node until ctx ends, its blocks are made, or the neurons fail. RPC stays up until the neurons have made their last report.
func (n *network) serve(ctx context.Context, stopNeurons context.CancelFunc, first <-chan struct{}, life chan error) error {
	nodeCtx, stopNode := context.WithCancel(context.WithoutCancel(ctx))
	defer stopNode()
	ended := make(chan error, 1)
	go func() { ended <- n.node.Run(nodeCtx) }()
	var err error
	select {
	case <-ctx.Done():
	case <-n.made(ctx, first):
	case err = <-life:
		life = nil
	case err = <-ended:
		ended = nil
	}
	stopNeurons()
	if !n.cfg.NoNeurons && life != nil {
		err = errors.Join(err, <-life)
	}
	stopNode()
	if ended != nil {
		err = errors.Join(err, <-ended)
	}
	return err
}

// made is closed when Config.Blocks are made, and the first of them was told.
func (n *network) made(ctx context.Context, first <-chan struct{}) <-chan struct{} {
	done := make(chan struct{})
	if n.cfg.Blocks == 0 {
		return done
	}
	go func() {
		sub := n.node.Ledger().Subscribe()
		defer sub.Close()
		select {
		case <-ctx.Done():
			return
		case <-first:
		}
		for {
			if number, _ := n.node.Head(); number >= n.start+n.cfg.Blocks {
				close(done)
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-sub.Wake():
				sub.Updates()
			}
		}
	}()
	return done
}

// waitFirst says so when the first block of this run is in and RPC answers: tools wait for these words.
func (n *network) waitFirst(ctx context.Context, first chan<- struct{}) {
	sub := n.node.Ledger().Subscribe()
	defer sub.Close()
	for {
		if hash, ok := n.node.Ledger().HashAt(n.start + 1); ok {
			if !n.answers(ctx) {
				return
			}
			if n.cfg.Quiet {
				fmt.Fprintf(n.cfg.Out, "Imported #%d (%s)\n", n.start+1, hash)
			}
			n.note("Imported #%d (%s)", n.start+1, hash)
			close(first)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-sub.Wake():
			sub.Updates()
		}
	}
}

// answers waits until every endpoint has answered a call; false means that ctx ended first.
func (n *network) answers(ctx context.Context) bool {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, end := range n.node.Endpoints() {
		for {
			ask, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.Replace(end, "ws://", "http://", 1),
				strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"system_health"}`))
			if err != nil {
				return false
			}
			resp, err := client.Do(ask)
			if err == nil {
				resp.Body.Close()
				break
			}
			select {
			case <-ctx.Done():
				return false
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	return true
}

// greet tells where things are, and what to try.
func (n *network) greet() {
	ends := n.node.Endpoints()
	n.note("Myelin localnet %s, seed %d", node.Version, n.seed)
	n.note("  endpoints  %s", strings.Join(ends, "  "))
	if !n.cfg.NoNeurons {
		n.note("  wallets    %s", n.walletsPath())
	}
	n.note("Try next:")
	n.note("  curl -s -H 'Content-Type: application/json' -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"chain_getHeader\"}' %s", strings.Replace(ends[0], "ws://", "http://", 1))
	n.note("  btcli wallet balance --ss58 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --network %s", ends[0])
	n.note("  open https://polkadot.js.org/apps/?rpc=%s in a browser", strings.ReplaceAll(strings.ReplaceAll(ends[0], ":", "%3A"), "/", "%2F"))
}

func (n *network) walletsPath() string { return filepath.Join(n.base, "wallets") }

// basePath readies the folder of a run; cleanup removes a temporary one.
func basePath(path string) (base string, cleanup func() error, err error) {
	if path != "" {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return "", nil, fmt.Errorf("cannot write to the base path %s: %w", path, err)
		}
		abs, err := filepath.Abs(path)
		return abs, func() error { return nil }, err
	}
	base, err = os.MkdirTemp("", "myelin-localnet-")
	if err != nil {
		return "", nil, fmt.Errorf("cannot make a temporary folder: %w", err)
	}
	return base, func() error { return os.RemoveAll(base) }, nil
}

// recallSeed is the seed of a base path, or the one asked for, or a new one; it is kept beside the chain, since wallets and training data follow from it.
func recallSeed(base string, asked *uint64) (uint64, error) {
	file := filepath.Join(base, "seed")
	raw, err := os.ReadFile(file)
	if err == nil {
		var kept uint64
		if _, err := fmt.Sscan(string(raw), &kept); err != nil {
			return 0, fmt.Errorf("%s holds no seed: %w", file, err)
		}
		if asked != nil && *asked != kept {
			return 0, fmt.Errorf("the base path was made with seed %d, not %d; leave --seed out or name another base path", kept, *asked)
		}
		return kept, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	seed := randomSeed()
	if asked != nil {
		seed = *asked
	}
	if err := os.WriteFile(file, fmt.Appendln(nil, seed), 0o644); err != nil {
		return 0, fmt.Errorf("cannot write to the base path %s: %w", base, err)
	}
	return seed, nil
}
