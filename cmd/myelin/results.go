package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/myelin-go/myelin/sim/results"
)

func newResults() *cobra.Command {
	var asJSON, full bool
	cmd := &cobra.Command{
		Use:   "results",
		Short: "Compute the published figures of Bittensor anew",
		Long: `Compute the published figures of Bittensor anew: the whitepaper's contest with a cabal, upstream's retention guarantees, the figures of upstream's tests and
the runs of the public Yuma simulator. Ends with 1 if one of them does not agree.`,
		Example: `  myelin results
  myelin results --json | jq '.[] | select(.agrees | not)'
  myelin results --full`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rows, err := results.Compute(full)
			if err != nil {
				return err
			}
			if err := printResults(cmd, rows, asJSON); err != nil {
				return err
			}
			wrong := 0
			for _, r := range rows {
				if !r.Agrees {
					wrong++
				}
			}
			if wrong > 0 {
				return fmt.Errorf("%d of %d published figures do not agree", wrong, len(rows))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&full, "full", false, "retention guarantees on the full grid; minutes")
	return cmd
}

func printResults(cmd *cobra.Command, rows []results.Row, asJSON bool) error {
	out := cmd.OutOrStdout()
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(rows)
	}
	const gap = 2
	w := tabwriter.NewWriter(out, 0, 0, gap, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tCASE\tPUBLISHED\tOURS\tAGREES")
	for _, r := range rows {
		agrees := "no"
		if r.Agrees {
			agrees = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Source, r.Case, r.Published, r.Ours, agrees)
	}
	return w.Flush()
}
