package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/subtensor"
)

type upgradeOptions struct {
	url     string
	suri    string
	keyFile string
	show    bool
}

// nextRuntime is what a node answers to myelin_nextRuntime.
type nextRuntime struct {
	SpecVersion uint32  `json:"specVersion"`
	Code        string  `json:"code"`
	CodeHash    bt.Hash `json:"codeHash"`
}

func newUpgrade() *cobra.Command {
	var o upgradeOptions
	cmd := &cobra.Command{
		Use:   "upgrade",
		Short: "Let a running chain go on with the next runtime that its node holds",
		Long: `Let a running chain go on with the next runtime that its node holds: the chain's root (the sudo account) authorises that runtime, and brings it. The
block behind the one that brings it is the first one of the new runtime.

Every node of the network must hold the new runtime before: start them with the newer program first. docs/upgrades.md tells more.`,
		Example: `  myelin upgrade                                               # a local network, whose root is //Alice
  myelin upgrade --show                                        # what would be brought, with its hash; nothing is sent
  myelin upgrade --url ws://10.0.0.2:9944 --key-file root.suri  # the root's secret stands in a file`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "url", "ws://127.0.0.1:9944", "WebSocket address of a node")
	f.StringVar(&o.suri, "suri", "//Alice", "secret URI of the chain's root: a mnemonic, a seed in hex, or a well-known //Name")
	f.StringVar(&o.keyFile, "key-file", "", "file that holds the secret URI, instead of --suri")
	f.BoolVar(&o.show, "show", false, "only print the next runtime, in JSON")
	return cmd
}

func (o *upgradeOptions) run(cmd *cobra.Command) error {
	if o.keyFile != "" {
		if cmd.Flags().Changed("suri") {
			return &usageError{errors.New("--suri and --key-file exclude each other"), cmd.CommandPath() + " --help"}
		}
		raw, err := os.ReadFile(o.keyFile)
		if err != nil {
			return fmt.Errorf("--key-file: %w", err)
		}
		o.suri = strings.TrimSpace(string(raw))
	}
	root, err := keys.FromURI(o.suri)
	if err != nil {
		return &usageError{fmt.Errorf("the root's secret: %w", err), cmd.CommandPath() + " --help"}
	}
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	c, err := subtensor.Dial(ctx, o.url, subtensor.Options{})
	if err != nil {
		return fmt.Errorf("%w; is a node running there?", err)
	}
	defer c.Close()
	now, err := c.Runtime(ctx)
	if err != nil {
		return err
	}
	var next *nextRuntime
	if err := c.RPC(ctx, &next, "myelin_nextRuntime"); err != nil {
		return fmt.Errorf("ask for the next runtime: %w; only Myelin's nodes know", err)
	}
	switch {
	case o.show:
		return json.NewEncoder(out).Encode(next)
	case next == nil:
		fmt.Fprintf(out, "spec %d is the newest runtime that the node holds\n", now.Spec)
		return nil
	}
	if _, err := c.Submit(ctx, subtensor.Sudo(subtensor.Call{
		Pallet: "System", Name: "authorize_upgrade", Args: map[string]any{"code_hash": next.CodeHash},
	}), root, subtensor.SubmitOptions{}); err != nil {
		return err
	}
	fmt.Fprintf(out, "spec %d is authorised, code hash %v\n", next.SpecVersion, next.CodeHash)
	brought, err := c.Submit(ctx, subtensor.Call{Pallet: "System", Name: "apply_authorized_upgrade", Args: map[string]any{"code": next.Code}}, root, subtensor.SubmitOptions{})
	switch {
	case err != nil:
		return err
	case brought.Find("System", "CodeUpdated") == nil:
		return fmt.Errorf("block %d took the runtime and refused it: %v", brought.Number, brought.Find("System", "RejectedInvalidAuthorizedUpgrade"))
	}
	fmt.Fprintf(out, "block %d brings it: from block %d on the chain runs spec %d\n", brought.Number, brought.Number+1, next.SpecVersion)
	return nil
}
