package results

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/results.md anew")

const (
	page  = "../../docs/results.md"
	start = "<!-- computed -->\n"
	end   = "<!-- end -->\n"
)

// Every published figure must agree, and docs/results.md hold what is computed.
func TestPublishedResults(t *testing.T) {
	rows, err := Compute(false)
	if err != nil {
		t.Fatal(err)
	}
	const fewest = 28 // 5 of the whitepaper, 9 guarantees, 14 of upstream's tests
	if len(rows) <= fewest {
		t.Fatalf("only %d rows", len(rows))
	}
	for _, r := range rows {
		if !r.Agrees {
			t.Errorf("%s, %s: published %s, ours %s, want them within %s", r.Source, r.Case, r.Published, r.Ours, r.Within)
		}
	}
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(raw), start)
	table, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", page)
	}
	if want := Markdown(rows); table != want {
		if *update {
			if err := os.WriteFile(page, []byte(head+start+want+end+tail), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		t.Errorf("%s is not what is computed; write it anew with: go test ./sim/results -args -update", page)
	}
}

// What is retained must depend on the honest side's utility as upstream says: more of it is never worse, and an honest minority cannot hold out.
func TestContestIsMonotone(t *testing.T) {
	n := drawNetwork(Contest{HonestStake: 0.6, Deviation: 0.2, Penalty: 1, Validation: 0.5}, 0)
	before := 0.0
	for _, utility := range []float64{0.3, 0.5, 0.7, 0.9, 1} {
		got := n.honestEmission(utility, 0.8)
		if got < before || got > 1+1e-6 {
			t.Errorf("honest utility %v is paid %v, a lower one %v", utility, got, before)
		}
		before = got
	}
	if got := drawNetwork(Contest{HonestStake: 0.4, Deviation: 0.2, Penalty: 1, Validation: 0.5}, 0).honestEmission(0.9, 1); got >= 0.4 {
		t.Errorf("a minority of 40 %% is paid %v against a cabal that ranks only itself", got)
	}
}
