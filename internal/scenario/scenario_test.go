package scenario

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of the scripts anew; look at what changed")

// reports are what the scripts did, for the tests that look at all of them.
var reports = sync.OnceValue(func() map[string]*Report { return map[string]*Report{} })

var reportsLock sync.Mutex

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.scn")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	t.Run("all", func(t *testing.T) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".scn"), func(t *testing.T) {
				t.Parallel()
				runScript(t, file)
			})
		}
	})
}

func runScript(t *testing.T, file string) {
	report, err := Run(os.DirFS("."), file, *update)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case report.Title == "" || report.Why == "":
		t.Errorf("%s: it needs a title and says why", file)
	case !report.Compared:
		t.Errorf("%s: it needs tables before and after what it shows", file)
	case len(report.Calls) == 0:
		t.Errorf("%s: it makes no call", file)
	}
	if *update {
		if err := os.WriteFile(file, report.Text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	reportsLock.Lock()
	defer reportsLock.Unlock()
	reports()[filepath.Base(file)] = report
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
