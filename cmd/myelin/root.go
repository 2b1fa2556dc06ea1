package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/myelin-go/myelin/node"
)

// run executes a command line and returns the exit code: 0 done, 1 failed, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "myelin: %v\nhint: see %q\n", err, usage.help)
		return 2
	}
	fmt.Fprintf(stderr, "myelin: %v\n", err)
	return 1
}

// usageError is a command line that makes no sense.
type usageError struct {
	err  error
	help string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		return &usageError{err, cmd.CommandPath() + " --help"}
	}
	return nil
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "myelin",
		Short:         "Bittensor in Go: networks, nodes and neurons",
		Version:       node.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err, cmd.CommandPath() + " --help"}
	})
	root.AddCommand(newLocalnet(), newNode(), newMetadata(), newSpec(), newUpgrade(), newResults())
	return root
}
