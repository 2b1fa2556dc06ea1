package laws

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// statements are how many the sources make of each kind; each has a row in docs/statements.md.
var statements = []struct {
	kind string
	n    int
}{{"LED", 24}, {"TOK", 20}, {"CON", 21}, {"SUB", 32}, {"REG", 11}, {"NEU", 15}}

var quoted = regexp.MustCompile("`([^` ]+)`")

// TestStatementsAreShown checks that every statement has its row, and that each test, script and file that a row names is there.
func TestStatementsAreShown(t *testing.T) {
	page, err := os.ReadFile("../../docs/statements.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| S-") && len(cells) == 5 {
			rows[strings.TrimSpace(cells[1])] = cells[3]
		}
	}
	for _, s := range statements {
		for i := range s.n {
			id := fmt.Sprintf("S-%s-%02d", s.kind, i+1)
			if strings.TrimSpace(rows[id]) == "" {
				t.Errorf("docs/statements.md does not say what shows %s", id)
			}
			for _, named := range quoted.FindAllStringSubmatch(rows[id], -1) {
				if err := stands(named[1]); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			}
			delete(rows, id)
		}
	}
	for id := range rows {
		t.Errorf("docs/statements.md has %s, which the sources do not", id)
	}
}

// stands checks that a named place is there: a script, a file or folder, or file:Test. Words of the chain, such as a preset, are none.
func stands(name string) error {
	file, test, _ := strings.Cut(name, ":")
	switch {
	case strings.HasSuffix(file, ".scn"):
		file = filepath.Join("internal/scenario/testdata", filepath.Base(file))
	case !strings.Contains(file, "/"):
		return nil
	}
	file = filepath.Join("../..", file)
	if test == "" {
		_, err := os.Stat(file)
		return err
	}
	text, err := os.ReadFile(file)
	if err == nil && !strings.Contains(string(text), "\nfunc "+test+"(") {
		err = fmt.Errorf("%s has no %s", file, test)
	}
	return err
}
