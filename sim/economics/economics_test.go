package economics

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/economics.md and docs/economics.svg anew")

const (
	page    = "../../docs/economics.md"
	picture = "../../docs/economics.svg"
	start   = "<!-- computed -->\n"
	end     = "<!-- end -->\n"
)

// The books of the window must balance to the last unit, everything that the page tells of must happen in it, and the page must show what is computed.
func TestMoneyFlow(t *testing.T) {
	r, err := Run()
	if err != nil {
		t.Fatal(err)
	}
	if r.Epochs != window/tempo || r.Last-r.First+1 != window {
		t.Errorf("%d epochs in blocks %d to %d", r.Epochs, r.First, r.Last)
	}
	for _, f := range append(r.Tao.Flows, r.Alpha.Flows...) {
		if f.Amount == 0 {
			t.Errorf("nothing went from %s to %s: %s", f.From, f.To, f.Why)
		}
	}
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(raw), start)
	table, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the tables", page)
	}
	drawn, err := os.ReadFile(picture)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if table == r.Markdown() && string(drawn) == r.SVG() {
		return
	}
	if !*update {
		t.Fatalf("%s or its picture is not what is computed; write them anew with: go test ./sim/economics -args -update", page)
	}
	if err := os.WriteFile(page, []byte(head+start+r.Markdown()+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(picture, []byte(r.SVG()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Books that are a unit off must not pass.
func TestBooksThatDoNotBalance(t *testing.T) {
	book := Book{Accounts: []Account{{"a", 5, 3}, {"b", 0, 2}}}
	book.add("a", "b", "gift", 1)
	book.add("a", "b", "gift", 1)
	if err := book.balance(); err != nil || len(book.Flows) != 1 {
		t.Errorf("%+v: %v", book, err)
	}
	book.add("a", "b", "theft", 1)
	if book.balance() == nil {
		t.Errorf("%+v passes", book)
	}
}
