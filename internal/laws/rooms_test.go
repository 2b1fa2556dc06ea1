package laws

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/myelin-go/myelin/"

// mayImport is a statement of policy: a room (a folder with everything below it, the longest match counts) and the rooms of this module
// that it may import besides itself. Arrows point up this list only. ARCHITECTURE.md draws it.
var mayImport = []struct {
	room    string
	imports string
}{
	// Ground floor.
	{"internal/hash", ""},
	{"scale", "internal/hash"},
	{"fixed", ""},
	{"bt", "scale internal/hash"},
	{"keys", "bt internal/hash"},
	{"yuma", "fixed"},
	{"amm", "fixed"},
	{"emission", "fixed amm"},
	{"delegation", "fixed emission"},
	{"conviction", "fixed"},
	{"pow", "internal/hash"},
	{"tlock", ""},
	// Chain.
	{"chain/trie", "internal/hash"},
	{"chain/storage", "scale internal/hash chain/trie"},
	{"chain/frame", "chain/storage bt scale internal/hash"},
	{"chain/pallets", "chain/frame chain/storage bt scale fixed yuma amm emission delegation conviction pow tlock internal/hash"},
	{"chain", "bt scale fixed yuma amm emission delegation conviction pow tlock keys internal/hash"},
	// Node.
	{"node/store", "chain/storage chain/trie bt scale internal/hash"},
	{"node/ledger", "chain node/store bt scale keys internal/hash"},
	{"node/beacon", "node/ledger chain tlock bt scale keys"},
	{"node/pool", "chain bt scale internal/hash"},
	{"node/shield", "node/ledger chain bt scale keys"}, // the ledger and keys for its tests
	{"node/sealer", "node/ledger node/pool bt"},
	{"node/comet", "node/ledger node/pool node/shield chain bt scale internal/hash"}, // the shield for its tests
	{"node/rpc", "node/ledger node/pool node/store chain bt scale keys internal/hash"},
	{"node", "chain bt scale keys internal/hash"},
	// Participants: never chain or node.
	{"subtensor/subtensortest", "subtensor node chain bt keys"}, // for tests only
	{"subtensor", "bt scale fixed keys internal/hash"},
	{"wallet", "bt keys internal/hash"},
	{"metagraph", "bt scale fixed subtensor"},
	{"synapse", "bt keys internal/hash"},
	{"axon", "bt keys synapse"},
	{"dendrite", "bt keys synapse"},
	{"model", ""},
	{"dataset", "internal/hash"},
	{"neuron", "bt scale keys tlock wallet subtensor metagraph synapse axon dendrite model dataset"},
	// Tools.
	{"localnet", "internal/hash node chain bt scale keys wallet subtensor metagraph neuron model dataset"},
	{"sim", "chain bt scale fixed yuma amm emission keys internal/hash"},
	{"cmd", "sim localnet node chain bt scale keys wallet subtensor metagraph neuron model dataset"},
	{"internal", "*"},
}

// oneDoor names what enters by one room each: third parties, and what is as heavy as they.
var oneDoor = map[string]string{
	"github.com/cometbft/":             "node/comet",
	module + "node/comet":              "node/comet cmd", // so that whoever only needs a sealer does not link it
	"github.com/cockroachdb/pebble/":   "node/store",
	"github.com/consensys/":            "tlock",
	"github.com/ipfs/":                 "dataset",
	"github.com/spf13/cobra":           "cmd",
	"github.com/prometheus/":           "node",
	"github.com/coder/websocket":       "node/rpc subtensor",
	module + "subtensor/subtensortest": "", // tests only
}

func TestRoomsImportWhatTheyMay(t *testing.T) {
	for file, imports := range importsByFile(t) {
		dir := path.Dir(file)
		room := roomOf(dir)
		if room == "" {
			t.Errorf("%s is in no room of the table: add it, with a reason in docs/adr", file)
			continue
		}
		for _, imp := range imports {
			if to, ok := strings.CutPrefix(imp, module); ok && !permitted(room, to) {
				t.Errorf("%s imports %s, but %s may import only: %s", file, to, room, allowed(room))
			}
			for prefix, doors := range oneDoor {
				if strings.HasPrefix(imp, prefix) && !strings.HasSuffix(file, "_test.go") && !anyWithin(dir, doors) {
					t.Errorf("%s imports %s, which enters by %s only", file, imp, doors)
				}
			}
		}
	}
}

func roomOf(dir string) string {
	best := ""
	for _, r := range mayImport {
		if within(dir, r.room) && len(r.room) > len(best) {
			best = r.room
		}
	}
	return best
}

func allowed(room string) string {
	for _, r := range mayImport {
		if r.room == room {
			return r.imports
		}
	}
	return ""
}

func permitted(room, to string) bool {
	list := allowed(room)
	return list == "*" || within(to, room) || anyWithin(to, list)
}

func anyWithin(dir, rooms string) bool {
	for _, r := range strings.Fields(rooms) {
		if within(dir, r) {
			return true
		}
	}
	return false
}

func within(dir, room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }

// root is the module's folder, as tests here see it.
const root = "../.."

// importsByFile reads the imports of every Go file but those of tests, which may import test helpers.
func importsByFile(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		imports := []string{}
		for _, imp := range f.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			imports = append(imports, p)
		}
		out[filepath.ToSlash(file)] = imports
	}
	if len(out) < 20 {
		t.Fatalf("found only %d Go files: the walk is broken", len(out))
	}
	return out
}

// goFiles lists the Go files of the module, tests included, relative to its root.
func goFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (strings.HasPrefix(base, ".") || base == "testdata" || nestedModule(name)) {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			rel, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			files = append(files, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func nestedModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil && dir != root
}

// The table itself must have no cycle between rooms.
func TestRoomsHaveNoCycle(t *testing.T) {
	state := map[string]int{}
	var visit func(room string, path []string)
	visit = func(room string, path []string) {
		switch state[room] {
		case 1:
			t.Fatalf("rooms import each other: %s", strings.Join(append(path, room), " -> "))
		case 2:
			return
		}
		state[room] = 1
		for _, to := range strings.Fields(allowed(room)) {
			if to == "*" || within(to, room) || within(room, to) {
				continue // a room and its own group
			}
			visit(to, append(path, room))
		}
		state[room] = 2
	}
	names := make([]string, 0, len(mayImport))
	for _, r := range mayImport {
		names = append(names, r.room)
	}
	sort.Strings(names)
	for i, n := range names {
		if i > 0 && names[i-1] == n {
			t.Errorf("room %s stands twice", n)
		}
		visit(n, nil)
	}
}

func Example_roomOf() {
	fmt.Println(roomOf("chain/pallets/subtensor/epoch"), roomOf("scale/metadata"))
	// Output: chain/pallets scale
}
