package scenario

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write the tables of the scripts anew; look at what changed")

type result struct {
	report *Report
	err    error
}

// results runs all scripts, once, as many at a time as there are processors.
var results = sync.OnceValue(func() map[string]result {
	files, err := filepath.Glob("testdata/*.scn")
	if err != nil {
		panic(err)
	}
	out := map[string]result{}
	var mu sync.Mutex
	var running sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, file := range files {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			report, err := Run(os.DirFS("testdata"), filepath.Base(file), *update)
			mu.Lock()
			defer mu.Unlock()
			out[filepath.Base(file)] = result{report, err}
		})
	}
	running.Wait()
	return out
})

// fewest is how many scripts there are at least: one for each rule, and none is lost unseen.
const fewest = 100

func TestScripts(t *testing.T) {
	if n := len(results()); n < fewest {
		t.Errorf("there are %d scripts, want at least %d", n, fewest)
	}
	for file, done := range results() {
		t.Run(strings.TrimSuffix(file, ".scn"), func(t *testing.T) {
			if done.err != nil {
				t.Fatal(done.err)
			}
			switch r := done.report; {
			case r.Title == "" || r.Why == "":
				t.Error("it needs a title, and says why")
			case !r.Compared:
				t.Error("it needs tables before and after what it shows")
			case len(r.Calls) == 0:
				t.Error("it makes no call")
			}
			if *update {
				if err := os.WriteFile(filepath.Join("testdata", file), done.report.Text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// scriptOf is a folder with one script.
func scriptOf(text string) fs.FS {
	return fstest.MapFS{"bad.scn": &fstest.MapFile{Data: []byte(text)}}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
