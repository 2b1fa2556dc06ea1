package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/myelin-go/myelin/chain/genesis"
)

func newMetadata() *cobra.Command {
	var version uint32
	cmd := &cobra.Command{
		Use:   "metadata",
		Short: "Print the metadata that the node serves, raw",
		Example: `  myelin metadata > metadata.scale
  myelin metadata --version 14 | xxd | head`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			raw, ok := genesis.Bittensor(genesis.Localnet()).Runtime.Metadata(version)
			if !ok {
				return &usageError{fmt.Errorf("there is no metadata of version %d, only 14 and 15", version), cmd.CommandPath() + " --help"}
			}
			_, err := cmd.OutOrStdout().Write(raw)
			return err
		},
	}
	cmd.Flags().Uint32Var(&version, "version", 15, "metadata version: 14 or 15")
	return cmd
}
