package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/myelin-go/myelin/localnet"
	"github.com/myelin-go/myelin/node/sealer"
)

type localnetOptions struct {
	cfg     localnet.Config
	sealing string
	port    uint16
	bind    string
	metrics string
	seed    uint64
}

func newLocalnet() *cobra.Command {
	var o localnetOptions
	cmd := &cobra.Command{
		Use:   "localnet",
		Short: "Run a living network on this machine: chain, wallets, validators, miners",
		Long: `Run a living network on this machine, in one process: a chain with blocks every 250 ms, funded wallets, and a text subnet whose
validators pay the better language models more. Ctrl-C ends it.

Without --base-path everything lies in a temporary folder that is removed at the end.`,
		Example: `  myelin localnet                                  # watch it
  myelin localnet --no-neurons                     # the bare chain, for other tools
  myelin localnet --base-path ./net                # keep the chain and go on later
  myelin localnet --json --blocks 400 | tail -n 1  # the final report, for scripts
  myelin localnet --no-neurons --sealing manual    # blocks on dev_mine only`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return &usageError{err, cmd.CommandPath() + " --help"}
			}
			return localnet.Run(cmd.Context(), o.cfg)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.cfg.NoNeurons, "no-neurons", false, "only the chain, as its genesis has it")
	f.StringVar(&o.cfg.BasePath, "base-path", "", "folder that keeps the chain and the wallets (default: a temporary one)")
	f.DurationVar(&o.cfg.BlockTime, "block-time", 250*time.Millisecond, "time between blocks")
	f.StringVar(&o.sealing, "sealing", "interval", "when blocks are made: interval, instant (on transactions) or manual (on dev_mine)")
	f.Uint32Var(&o.cfg.Blocks, "blocks", 0, "stop after so many blocks (0: never)")
	f.Uint16Var(&o.port, "rpc-port", 9944, "port of JSON-RPC; the next one serves it too (0: free ones)")
	f.StringVar(&o.bind, "rpc-bind", "127.0.0.1", "address to serve JSON-RPC on")
	f.StringVar(&o.metrics, "metrics", "", "address of the Prometheus endpoint, such as 127.0.0.1:9615 (default: none)")
	f.BoolVar(&o.cfg.JSON, "json", false, "print one JSON object a line on standard output")
	f.Uint64Var(&o.seed, "seed", 0, "seed of wallets, training data and questions (default: random, and told)")
	if err := cmd.RegisterFlagCompletionFunc("sealing", cobra.FixedCompletions([]string{"interval", "instant", "manual"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
	return cmd
}

// complete turns flags into a configuration.
func (o *localnetOptions) complete(cmd *cobra.Command) error {
	mode, err := sealer.ParseMode(o.sealing)
	if err != nil {
		return err
	}
	o.cfg.Sealing = mode
	switch {
	case o.cfg.BlockTime < 2*time.Millisecond:
		return fmt.Errorf("--block-time is %v, want at least 2ms", o.cfg.BlockTime)
	case o.cfg.BlockTime > time.Minute:
		return fmt.Errorf("--block-time is %v, want at most 1m", o.cfg.BlockTime)
	case mode != sealer.Interval && !o.cfg.NoNeurons:
		return fmt.Errorf("--sealing %s gives neurons no blocks to live on: add --no-neurons", o.sealing)
	case o.port == 1<<16-1:
		return fmt.Errorf("--rpc-port is %d, but the port after it serves RPC too: want at most %d", o.port, o.port-1)
	}
	second := o.port
	if o.port != 0 {
		second++
	}
	for _, port := range []uint16{o.port, second} {
		o.cfg.RPC = append(o.cfg.RPC, net.JoinHostPort(o.bind, strconv.Itoa(int(port))))
	}
	o.cfg.Metrics = o.metrics
	if cmd.Flags().Changed("seed") {
		o.cfg.Seed = &o.seed
	}
	o.cfg.Out, o.cfg.Err = cmd.OutOrStdout(), cmd.ErrOrStderr()
	if f, ok := o.cfg.Out.(*os.File); ok {
		o.cfg.Terminal = term.IsTerminal(int(f.Fd()))
	}
	return nil
}
