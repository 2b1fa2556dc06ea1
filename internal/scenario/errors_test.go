package scenario

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/chain/frame"
)

// reasons reads a list of what no script shows, each with the reason.
func reasons(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, reason, ok := strings.Cut(lines.Text(), ": ")
		if strings.HasPrefix(name, "#") || name == "" {
			continue
		}
		if !ok || reason == "" || out[name] != "" {
			t.Errorf("%s: want \"Pallet.Name: reason\", once, not %q", file, lines.Text())
		}
		out[name] = reason
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// covered compares what the metadata lists with what scripts show: each name is shown by a script or listed with the reason why none does, and the list says
// nothing else.
func covered(t *testing.T, names []string, shown func(*Report) []string, list string) {
	t.Helper()
	by := map[string][]string{}
	for file, done := range results() {
		if done.err != nil {
			t.Errorf("%s: %v", file, done.err)
			continue
		}
		for _, name := range shown(done.report) {
			by[name] = append(by[name], file)
		}
	}
	why := reasons(t, list)
	var table []string
	for _, name := range names {
		switch scripts := sorted(by[name]); {
		case len(scripts) == 0 && why[name] == "":
			t.Errorf("no script shows %s, and %s does not say why", name, list)
		case len(scripts) > 0 && why[name] != "":
			t.Errorf("%s lists %s, but %v shows it", list, name, scripts)
		case len(scripts) > 0:
			table = append(table, fmt.Sprintf("%s: %s", name, strings.Join(scripts, ", ")))
		}
		delete(why, name)
	}
	for name := range why {
		t.Errorf("%s lists %s, which there is not", list, name)
	}
	slices.Sort(table)
	t.Logf("%d of %d are shown:\n%s", len(table), len(names), strings.Join(table, "\n"))
}

// TestErrorsAreReached holds that every error of the metadata is expected by a script, or listed.
func TestErrorsAreReached(t *testing.T) {
	var names []string
	for _, d := range presets["localnet"]().chain.Runtime.Pallets() {
		for _, e := range d.Errors {
			names = append(names, d.Name+"."+e.Name)
		}
	}
	covered(t, names, func(r *Report) []string { return r.Errors }, "unreached.txt")
}

// TestCallsAreShown holds that every call of the metadata succeeds in a script, or is listed.
func TestCallsAreShown(t *testing.T) {
	var names []string
	for _, d := range presets["localnet"]().chain.Runtime.Pallets() {
		for _, c := range d.Calls {
			names = append(names, d.Name+"."+c.Name)
		}
	}
	covered(t, names, func(r *Report) []string { return r.Succeeded }, "uncalled.txt")
}

// TestScriptErrorsNameTheirPlace holds what a person sees of a script that is wrong.
func TestScriptErrorsNameTheirPlace(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"given alice has 1 TAO\nalice dances", "bad.scn:2: alice dances: no sentence is of this form"},
		{"given alice has 1 TAO\nalice sends 2 TAO to bob\nshow block", "bad.scn:2: alice sends 2 TAO to bob: failed: "},
		{"given alice has 1 TAO\nalice sends 0.5 TAO to bob\nexpect error BadOrigin", "bad.scn:3: expect error BadOrigin: the call succeeded"},
		{"given alice has 1 TAO\nalice sends 2 TAO to bob\nexpect error BadOrigin", "bad.scn:3: expect error BadOrigin: got Token(FundsUnavailable)"},
		{"given alice has 1 TAO\nshow balances of alice\n| account | free TAO | fees paid |\n| alice | 2 | 0 |", "bad.scn:2: show balances of alice: line 4 says"},
		{"show block\n| block |\n| 0 |\ngiven alice has 1 TAO", "bad.scn:4: given alice has 1 TAO: the chain has begun"},
		{"expect System.Number = 1", "bad.scn:1: expect System.Number = 1: it is 0"},
		{"expect System.Nonsense = 1", "bad.scn:1: expect System.Nonsense = 1: "},
		{"for i from 1 to 2\nshow block", "bad.scn:1: for i from 1 to 2: there is no end"},
		{"given alice has 1 TAO\nalice calls System.remark {remark: [}", "bad.scn:2: "},
		{"use nothing", "bad.scn:1: use nothing: "},
		{"after many blocks", "bad.scn:1: after many blocks: "},
	} {
		_, err := Run(scriptOf(c.script), "bad.scn", false)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q…", c.script, err, c.want)
		}
	}
}

func TestValuesAreReadAsTheyArePrinted(t *testing.T) {
	w := newWorld(presets["localnet"]())
	for text, want := range map[string]string{
		"12": "12", "1_000": "1000", "2^64-1": "18446744073709551615", "1.5 TAO": "1500000000", "[1, [2], []]": "[1, [2], []]", "-7": "-7",
		"{b: 1, a: alice}": "{a: alice, b: 1}", `"text"`: `"text"`, "0x00ff": "0x00ff", "none": "none", "true": "true", "Keep": "Keep",
		"Some(3)": "Some(3)", "custody.2": "custody.2", "nobody": "nobody", "System.remark {remark: 0x01}": "System.remark {remark: 0x01}",
	} {
		v, err := w.parseValue(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := w.text(v); got != want {
			t.Errorf("%s is printed as %s, want %s", text, got, want)
		}
	}
	for _, bad := range []string{"", "[1", "{a 1}", "1 2", "0x0", `"open`, "2^", "1.5", "0.0000000001 TAO", "a.b", "?"} {
		if v, err := w.parseValue(bad); err == nil {
			t.Errorf("%q is read as %s", bad, w.text(v))
		}
	}
	if err := w.edit(func(*frame.Ctx) error { return nil }); err != nil {
		t.Error(err)
	}
}
