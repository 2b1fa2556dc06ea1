package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/beacon"
	"github.com/myelin-go/myelin/node/comet"
	"github.com/myelin-go/myelin/node/sealer"
)

type nodeOptions struct {
	cfg       node.Config
	chain     string
	engine    string
	blockTime time.Duration
	sealing   string
	author    string
	rpc       rpcFlags
	logLevel  string
	network   string
	drand     []string
	beacon    string
	consensus comet.Config
}

func newNode() *cobra.Command {
	var o nodeOptions
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Run a node of a chain, without neurons",
		Long: `Run a node of a chain, without neurons. The sealer makes blocks on this machine alone; comet makes them by consensus with others,
or alone when no network is named. Ctrl-C ends it.`,
		Example: `  myelin node                                                     # the local chain, in memory
  myelin node --base-path ./alice --sync                          # kept, each block written through to the disk
  myelin node --base-path ./alice --engine comet                  # by consensus, as a network of one
  myelin node identity --base-path ./alice                        # what others need to know of this node
  myelin node --base-path ./alice --engine comet --network net.json --peer ID@10.0.0.2:26656 --p2p-listen 0.0.0.0:26656
  myelin node --chain spec.json --sealing instant --metrics 127.0.0.1:9615`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := o.complete(cmd); err != nil {
				return &usageError{err, cmd.CommandPath() + " --help"}
			}
			n, err := node.New(o.cfg)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, n.Close()) }()
			number, hash := n.Head()
			o.cfg.Log.Info("serving", "chain", o.cfg.Chain.Spec.Name, "endpoints", n.Endpoints(), "head", number, "hash", hash)
			return n.Run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.cfg.BasePath, "base-path", "", "folder that keeps the chain (default: in memory)")
	f.StringVar(&o.chain, "chain", "localnet", "a preset ("+strings.Join(genesis.Presets(), ", ")+") or a file with a chain specification in JSON; see myelin spec")
	f.StringVar(&o.engine, "engine", "sealer", "who makes blocks: sealer (this machine alone) or comet (consensus)")
	f.DurationVar(&o.blockTime, "block-time", 0, "time between blocks; it belongs to the chain, as its specification does (default: as that says)")
	f.StringVar(&o.sealing, "sealing", "interval", "when the sealer makes blocks: interval, instant (on transactions) or manual (on dev_mine)")
	f.StringVar(&o.author, "author", "", "SS58 address that gets the fees (default: the chain's first authority)")
	f.BoolVar(&o.cfg.Sync, "sync", false, "write each block through to the disk: also a machine that loses power then loses no block")
	o.rpc.add(f, "safe", "port of JSON-RPC (0: a free one, which the log tells)")
	f.StringVar(&o.cfg.Metrics, "metrics", "", "address of the Prometheus endpoint, such as 127.0.0.1:9615 (default: none)")
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringArrayVar(&o.drand, "drand", nil, "bring the rounds of drand's quicknet from this server, such as https://api.drand.sh; localnet follows quicknet then; may be repeated")
	f.StringVar(&o.beacon, "beacon-seed", "", "file with the seed of the chain's own beacon, whose rounds the node then signs (default: the known seed of a development beacon)")

	f.StringVar(&o.network, "network", "", "comet: file in JSON that says who makes blocks at first (default: this node alone)")
	f.StringArrayVar(&o.consensus.Peers, "peer", nil, "comet: id@host:port of a node to hold a connection to; may be repeated")
	f.StringVar(&o.consensus.Listen, "p2p-listen", "", "comet: address for peers (default: a free port of 127.0.0.1)")
	f.StringVar(&o.consensus.External, "p2p-external", "", "comet: address that peers are told (default: the one listened on)")
	f.StringVar(&o.consensus.RPC, "comet-rpc", "", "comet: address of CometBFT's own RPC, for light clients (default: none)")
	f.StringVar(&o.consensus.Moniker, "moniker", "", "comet: name of the node among its peers")
	f.BoolVar(&o.consensus.Discover, "discover", false, "comet: find further peers by asking those there are")
	f.BoolVar(&o.consensus.Private, "private", false, "comet: permit peers at private addresses, and several at one")
	f.Uint32Var(&o.consensus.KeepBlocks, "keep-blocks", 0, "comet: how many of consensus' own blocks are kept (0: all)")
	for flag, values := range map[string][]string{
		"engine": {"sealer", "comet"}, "sealing": {"interval", "instant", "manual"}, "log-level": {"debug", "info", "warn", "error"},
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err)
		}
	}
	o.rpc.complete(cmd)
	cmd.AddCommand(newIdentity())
	return cmd
}

// onlyComet are the flags that the sealer has no use for.
var onlyComet = []string{"network", "peer", "p2p-listen", "p2p-external", "comet-rpc", "moniker", "discover", "private", "keep-blocks"}

// complete turns flags into a configuration.
func (o *nodeOptions) complete(cmd *cobra.Command) error {
	spec, err := chainSpec(o.chain)
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("block-time") {
		if o.blockTime < 2*time.Millisecond || o.blockTime > time.Hour || o.blockTime%time.Millisecond != 0 {
			return fmt.Errorf("--block-time is %v, want whole milliseconds from 2ms to 1h", o.blockTime)
		}
		spec.BlockTime = uint64(o.blockTime.Milliseconds())
	}
	blockTime := time.Duration(spec.BlockTime) * time.Millisecond
	var author bt.AccountID
	if len(spec.Authorities) > 0 {
		author = spec.Authorities[0]
	}
	if o.author != "" {
		if author, err = bt.ParseAccount(o.author); err != nil {
			return fmt.Errorf("--author: %w", err)
		}
	}
	switch o.engine {
	case "sealer":
		for _, name := range onlyComet {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--%s is for --engine comet", name)
			}
		}
		mode, err := sealer.ParseMode(o.sealing)
		if err != nil {
			return err
		}
		o.cfg.Engine = node.Sealed{Mode: mode, BlockTime: blockTime, Author: author}
	case "comet":
		if cmd.Flags().Changed("sealing") {
			return errors.New("--sealing is for --engine sealer")
		}
		if blockTime < 10*time.Millisecond {
			return fmt.Errorf("the block time is %v, want at least 10ms for --engine comet", blockTime)
		}
		o.consensus.BlockTime, o.consensus.Author = blockTime, author
		if o.network != "" {
			if o.consensus.Network, err = readNetwork(o.network); err != nil {
				return err
			}
		}
		o.cfg.Engine = consensus(o.consensus)
	default:
		return fmt.Errorf("unknown engine %q, want sealer or comet", o.engine)
	}
	o.cfg.Shield = true
	if o.cfg.Limits, o.cfg.UnsafeRPC, err = o.rpc.config(); err != nil {
		return err
	}
	level := new(slog.LevelVar)
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return fmt.Errorf("unknown log level %q, want debug, info, warn or error", o.logLevel)
	}
	o.cfg.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
	o.cfg.LogLevel = level
	if err := o.completeBeacon(&spec); err != nil {
		return err
	}
	o.cfg.Chain = genesis.Bittensor(spec)
	o.cfg.RPC, err = o.rpc.addresses(1)
	return err
}

// completeBeacon chooses where the rounds of the chain's beacon come from.
func (o *nodeOptions) completeBeacon(spec *genesis.Spec) (err error) {
	switch {
	case len(o.drand) > 0 && o.beacon != "":
		return errors.New("--drand brings the rounds of quicknet, --beacon-seed signs those of the chain's own beacon: name one of them")
	case len(o.drand) > 0:
		if o.chain == "localnet" {
			spec.Beacon = nil
		}
		if spec.Beacon != nil {
			return fmt.Errorf("--drand: %s follows a beacon of its own, %s, not quicknet", o.chain, spec.Beacon.Name)
		}
		relay, err := beacon.NewRelay(beacon.RelayConfig{Servers: o.drand, Log: o.cfg.Log})
		if err != nil {
			return fmt.Errorf("--drand: %w", err)
		}
		o.cfg.Beacon = relay
	case o.beacon != "":
		seed, err := os.ReadFile(o.beacon)
		if err != nil {
			return fmt.Errorf("--beacon-seed: %w", err)
		}
		local, err := beacon.NewLocal(seed)
		if err != nil {
			return fmt.Errorf("--beacon-seed %s: %w", o.beacon, err)
		}
		if spec.Beacon == nil || !local.Holds(spec.Beacon.Configuration()) {
			return fmt.Errorf("--beacon-seed %s gives the public key %x, which is not that of the chain's beacon", o.beacon, local.Public())
		}
		o.cfg.Beacon = local
	default:
		o.cfg.Beacon, err = beacon.Development(*spec)
	}
	return err
}

// chainSpec is a preset or what a file says.
func chainSpec(name string) (genesis.Spec, error) {
	if s, err := genesis.Preset(name); err == nil {
		return s, nil
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return genesis.Spec{}, fmt.Errorf("--chain is one of %s or a file: %w", strings.Join(genesis.Presets(), ", "), err)
	}
	s, err := genesis.Parse(raw)
	if err != nil {
		return genesis.Spec{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func readNetwork(file string) (*comet.Network, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--network: %w", err)
	}
	n := new(comet.Network)
	if err := json.Unmarshal(raw, n); err != nil {
		return nil, fmt.Errorf("%s is no network in JSON: %w", file, err)
	}
	if err := n.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return n, nil
}

func newIdentity() *cobra.Command {
	var basePath string
	cmd := &cobra.Command{
		Use:   "identity",
		Short: "Print how other nodes name this one, as JSON; makes its keys if there are none",
		Example: `  myelin node identity --base-path ./alice
  myelin node identity --base-path ./alice | jq -r .key  # for the network file's validators`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if basePath == "" {
				return &usageError{errors.New("--base-path is missing: the identity lies in it"), cmd.CommandPath() + " --help"}
			}
			id, err := comet.OpenIdentity(filepath.Join(basePath, "engine"))
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(id)
		},
	}
	cmd.Flags().StringVar(&basePath, "base-path", "", "folder of the node")
	return cmd
}
