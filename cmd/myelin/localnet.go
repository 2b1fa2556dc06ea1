package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/localnet"
	"github.com/myelin-go/myelin/node/sealer"
)

type localnetOptions struct {
	cfg       localnet.Config
	sealing   string
	rpc       rpcFlags
	seed      uint64
	ci        bool
	noPurge   bool
	buildOnly bool
	profile   string
}

func newLocalnet() *cobra.Command {
	var o localnetOptions
	cmd := &cobra.Command{
		Use:   "localnet [True|False]",
		Short: "Run a living network on this machine: chain, wallets, validators, miners",
		Long: `Run a living network on this machine, in one process: a chain with blocks every 250 ms, funded wallets, and a text subnet whose
validators pay the better language models more. Ctrl-C ends it.

Without --base-path everything lies in a temporary folder that is removed at the end.

With --ci it behaves as upstream's scripts/localnet.sh does for test suites that start one for each test: a bare chain, begun anew, on two
ports; one line, Imported #1, on standard output when it can be used, and nothing after it; the log in a file. Its argument is that
script's: False chooses the constants of the main network, whose blocks are then 12 s apart by their own clock, but sealed faster;
anything else, or none, is the fast chain. --no-purge and --build-only are taken as there. The environment variable BT_DEFAULT_TOKEN_WALLET
names, in SS58, an account that gets 1,000,000 TAO.`,
		Example: `  myelin localnet                                  # watch it
  myelin localnet --no-neurons                     # the bare chain, for other tools
  myelin localnet --no-neurons --ci                # as scripts/localnet.sh, for test suites; see docs/ci.md
  myelin localnet --base-path ./net                # keep the chain and go on later
  myelin localnet --json --blocks 400 | tail -n 1  # the final report, for scripts
  myelin localnet --no-neurons --sealing manual    # blocks on dev_mine only`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.ci {
				return nil
			}
			return noArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return &usageError{err, cmd.CommandPath() + " --help"}
			}
			if o.buildOnly {
				return nil // this program is built
			}
			return localnet.Run(cmd.Context(), o.cfg)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.cfg.NoNeurons, "no-neurons", false, "only the chain, as its genesis has it")
	f.StringVar(&o.cfg.BasePath, "base-path", "", "folder that keeps the chain and the wallets (default: a temporary one)")
	f.DurationVar(&o.cfg.BlockTime, "block-time", 250*time.Millisecond, "time between blocks (with --ci False: 12s)")
	f.DurationVar(&o.cfg.Every, "seal-every", 0, "time on the clock between blocks, when that is less than their own (default: the block time; with --ci False: 2s)")
	f.StringVar(&o.sealing, "sealing", "interval", "when blocks are made: interval, instant (on transactions) or manual (on dev_mine)")
	f.Uint32Var(&o.cfg.Blocks, "blocks", 0, "stop after so many blocks (0: never)")
	o.rpc.add(f, "auto", "port of JSON-RPC; the next one serves it too (0: free ones)")
	f.StringVar(&o.cfg.LogFile, "log-file", "", "file to append the node's log to (default: none)")
	f.BoolVar(&o.ci, "ci", false, "for test suites: without neurons, one line of output when it can be used; takes the arguments of upstream's scripts/localnet.sh")
	f.StringVar(&o.profile, "profile", "today", "rules and metadata of the chain: today, or march-2026 for clients and test suites of that time (bittensor 10.2, bittensor-cli 9.21)")
	f.BoolVar(&o.noPurge, "no-purge", false, "with --ci: go on with the chain that --base-path holds")
	f.BoolVar(&o.buildOnly, "build-only", false, "with --ci: do nothing")
	f.StringVar(&o.cfg.Metrics, "metrics", "", "address of the Prometheus endpoint, such as 127.0.0.1:9615 (default: none)")
	f.BoolVar(&o.cfg.JSON, "json", false, "print one JSON object a line on standard output")
	f.Uint64Var(&o.seed, "seed", 0, "seed of wallets, training data and questions (default: random, and told)")
	if err := cmd.RegisterFlagCompletionFunc("sealing", cobra.FixedCompletions([]string{"interval", "instant", "manual"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
	if err := cmd.RegisterFlagCompletionFunc("profile", cobra.FixedCompletions([]string{"today", "march-2026"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
	o.rpc.complete(cmd)
	return cmd
}

// tokenWallet names the environment variable with an account that upstream's local networks make rich.
const tokenWallet = "BT_DEFAULT_TOKEN_WALLET"

// completeCI turns what stands for upstream's script into a configuration.
func (o *localnetOptions) completeCI(cmd *cobra.Command, args []string) error {
	if !o.ci {
		if o.noPurge || o.buildOnly {
			return errors.New("--no-purge and --build-only are for --ci")
		}
		return nil
	}
	if o.cfg.BasePath != "" && !o.noPurge {
		return errors.New("--ci begins anew, and --base-path keeps the chain: add --no-purge to go on with it")
	}
	o.cfg.NoNeurons, o.cfg.Quiet = true, true
	if len(args) > 0 && args[0] == "False" {
		o.cfg.Slow = true
		if !cmd.Flags().Changed("block-time") {
			o.cfg.BlockTime = 12 * time.Second
		}
		if !cmd.Flags().Changed("seal-every") {
			o.cfg.Every = min(2*time.Second, o.cfg.BlockTime)
		}
	}
	if who := os.Getenv(tokenWallet); who != "" {
		account, err := bt.ParseAccount(who)
		if err != nil {
			return fmt.Errorf("%s: %w", tokenWallet, err)
		}
		o.cfg.Rich = []bt.AccountID{account}
	}
	return nil
}

// complete turns flags into a configuration.
func (o *localnetOptions) complete(cmd *cobra.Command, args []string) error {
	if err := o.completeCI(cmd, args); err != nil {
		return err
	}
	mode, err := sealer.ParseMode(o.sealing)
	if err != nil {
		return err
	}
	o.cfg.Sealing = mode
	switch o.profile {
	case "today", "march-2026":
		o.cfg.March2026 = o.profile == "march-2026"
	default:
		return fmt.Errorf("unknown --profile %q, want today or march-2026", o.profile)
	}
	switch {
	case o.cfg.BlockTime < 2*time.Millisecond:
		return fmt.Errorf("--block-time is %v, want at least 2ms", o.cfg.BlockTime)
	case o.cfg.BlockTime > time.Minute:
		return fmt.Errorf("--block-time is %v, want at most 1m", o.cfg.BlockTime)
	case mode != sealer.Interval && !o.cfg.NoNeurons:
		return fmt.Errorf("--sealing %s gives neurons no blocks to live on: add --no-neurons", o.sealing)
	case o.cfg.Every < 0 || o.cfg.Every > o.cfg.BlockTime:
		return fmt.Errorf("--seal-every is %v, want at most the block time, %v", o.cfg.Every, o.cfg.BlockTime)
	}
	if o.cfg.RPC, err = o.rpc.addresses(2); err != nil {
		return err
	}
	if o.cfg.Limits, o.cfg.UnsafeRPC, err = o.rpc.config(); err != nil {
		return err
	}
	if cmd.Flags().Changed("seed") {
		o.cfg.Seed = &o.seed
	}
	o.cfg.Out, o.cfg.Err = cmd.OutOrStdout(), cmd.ErrOrStderr()
	if f, ok := o.cfg.Out.(*os.File); ok {
		o.cfg.Terminal = term.IsTerminal(int(f.Fd()))
	}
	return nil
}
