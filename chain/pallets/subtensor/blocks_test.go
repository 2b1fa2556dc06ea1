package subtensor_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
)

// blockLine is a line of the recorded blocks: a scenario's first state, or a block.
type blockLine struct {
	Scenario     int
	Block        string
	BlockAuthor  string                       `json:"block_author"`
	Constants    map[string]map[string]string `json:"constants"`
	State        map[string]string
	ParentHash   string             `json:"parent_hash"`
	OnInitialize map[string]*string `json:"on_initialize"`
	Calls        []struct {
		Call, Signer, Encoded, Result string
		Changes                       map[string]*string
	}
}

// tally counts what was replayed of a scenario.
type tally struct {
	blocks, sameBlocks, calls, sameCalls int
}

func (c tally) String() string {
	return fmt.Sprintf("blocks equal %d of %d, calls equal %d of %d", c.sameBlocks, c.blocks, c.sameCalls, c.calls)
}

// TestReplayBlocks runs the recorded scenarios: the block step and every call, each over the state upstream had before it.
func TestReplayBlocks(t *testing.T) {
	var m *mock
	var rows *rows
	var who bt.AccountID
	counts := map[int]*tally{}
	eachLine(t, filepath.Join(vectorFolder("testdata/blocks", ""), "chain-trace.jsonl.gz"), func(raw []byte) {
		var line blockLine
		if err := json.Unmarshal(raw, &line); err != nil {
			t.Fatal(err)
		}
		if line.State != nil {
			m, rows = newMock(t, runtimeOf(line.Constants)), newRows(t, line.State)
			copy(who[:], unhex(t, line.BlockAuthor))
			counts[line.Scenario] = &tally{}
			return
		}
		m.replayBlock(t, &line, rows, who, counts[line.Scenario])
	})
	if len(counts) == 0 {
		t.Fatal("no scenarios")
	}
	for _, scenario := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("scenario %d: %v", scenario, counts[scenario])
	}
}

func (m *mock) replayBlock(t *testing.T, line *blockLine, rows *rows, author bt.AccountID, count *tally) {
	number, err := strconv.ParseUint(line.Block, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	env := func() *frame.Env { // a new one for each operation, as for the state
		e := &frame.Env{Number: uint32(number), Author: author, Table: m.table}
		copy(e.Parent[:], unhex(t, line.ParentHash))
		return e
	}
	what := fmt.Sprintf("scenario %d", line.Scenario)
	count.blocks++
	if m.compare(t, recorded{what: what, where: fmt.Sprintf("block %d", number), result: "ok", changes: line.OnInitialize}, rows, env(), m.block) {
		count.sameBlocks++
	}
	rows.apply(t, line.OnInitialize)
	for i, c := range line.Calls {
		call, ok := m.decode(t, c.Encoded)
		if !ok {
			t.Fatalf("%s, block %d: the pallet has no call %s, encoded %s", what, number, c.Call, c.Encoded)
		}
		count.calls++
		var signer bt.AccountID
		copy(signer[:], unhex(t, c.Signer))
		r := recorded{what: what, where: fmt.Sprintf("block %d, call %d, %s", number, i, c.Call), result: c.Result, changes: c.Changes}
		if m.compare(t, r, rows, env(), func(ctx *frame.Ctx) error { return ctx.Dispatch(frame.Signed(signer), call).Err }) {
			count.sameCalls++
		}
		rows.apply(t, c.Changes)
	}
}

// runtimeOf is upstream's test runtime with given constants; the indices of its pallets do not show in blocks.
func runtimeOf(constants map[string]map[string]string) runtime {
	return runtime{
		Pallets:   map[string]uint8{"System": 0, "Balances": 1, "SubtensorModule": 7, "Swap": 28, "AlphaAssets": 31, "Drand": 26},
		Constants: constants,
	}
}

// vectorFolder is the folder of recordings: ours, or one below that which MYELIN_VECTORS names, for a set of another version.
func vectorFolder(ours, below string) string {
	if folder := os.Getenv("MYELIN_VECTORS"); folder != "" {
		return filepath.Join(folder, below)
	}
	return ours
}

// eachLine calls f for every line of a gzipped file.
func eachLine(t *testing.T, file string, f func([]byte)) {
	t.Helper()
	packed, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(unpacked)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			f(line)
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
