// Package results computes the published figures of Bittensor anew and says of each whether ours agrees: the whitepaper's contest with a cabal, upstream's retention
// guarantees, the figures that upstream's unit tests state, and the runs of the public Yuma simulator.
//
// Figures are computed by packages yuma and yuma/sigmoid, the chain's own arithmetic. What is recorded is embedded (folder published). It deliberately prints nothing:
// cmd/myelin does, and docs/results.md holds the same table.
package results

import (
	"fmt"
	"strings"
)

// Row is one published figure, or a group of them.
type Row struct {
	Source    string `json:"source"` // who published it, and where
	Case      string `json:"case"`
	Published string `json:"published"`
	Ours      string `json:"ours"`
	Agrees    bool   `json:"agrees"`
	Within    string `json:"within"` // what counts as agreement
}

// Compute makes the table. A full run takes the retention guarantees on the full grid of the cabal's choices and several draws of the network, minutes; else on a sample, seconds.
func Compute(full bool) ([]Row, error) {
	rows := collusion()
	grid := Sample
	if full {
		grid = Full
	}
	rows = append(rows, retention(grid)...)
	for _, more := range []func() ([]Row, error){epochs, simulations} {
		r, err := more()
		if err != nil {
			return nil, err
		}
		rows = append(rows, r...)
	}
	return rows, nil
}

// Markdown is the table as docs/results.md has it.
func Markdown(rows []Row) string {
	var b strings.Builder
	b.WriteString("| source | case | published | ours | within | agrees |\n|---|---|---|---|---|---|\n")
	for _, r := range rows {
		agrees := "no"
		if r.Agrees {
			agrees = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.Source, r.Case, r.Published, r.Ours, r.Within, agrees)
	}
	return b.String()
}
