package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/myelin-go/myelin/chain/genesis"
)

// newSpec prints a preset, to copy and edit.
func newSpec() *cobra.Command {
	return &cobra.Command{
		Use:       "spec PRESET",
		Short:     "Print the chain specification of a preset: " + strings.Join(genesis.Presets(), ", "),
		Long:      "Prints the chain specification of a preset in JSON. Edit a copy and start it with myelin node --chain FILE. docs/presets.md explains its members.",
		Example:   "  myelin spec nakamoto-2023 > mine.json\n  myelin node --chain mine.json",
		Args:      cobra.ExactArgs(1),
		ValidArgs: genesis.Presets(),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := genesis.Preset(args[0])
			if err != nil {
				return err
			}
			out := json.NewEncoder(cmd.OutOrStdout())
			out.SetIndent("", "  ")
			return out.Encode(s)
		},
	}
}
