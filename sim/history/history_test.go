package history

import (
	"flag"
	"maps"
	"runtime"
	"slices"
	"testing"
)

var (
	histories  = flag.Int("histories", 4, "random histories to play")
	operations = flag.Int("operations", 100, "calls in each")
	first      = flag.Uint64("first", 1, "seed of the first history; the next ones count on")
)

func TestRandomHistories(t *testing.T) {
	seen := map[string]int{}
	total := Summary{}
	for i := range uint64(*histories) {
		s, err := Play(Config{Seed: *first + i, Operations: *operations})
		if err != nil {
			t.Error(err)
		}
		for name, n := range s.Succeeded {
			seen[name] += n
		}
		total.Blocks, total.Calls, total.Failed, total.Refused = total.Blocks+s.Blocks, total.Calls+s.Calls, total.Failed+s.Failed, total.Refused+s.Refused
	}
	t.Logf("%d histories: %d blocks, %d calls, %d failed, %d refused", *histories, total.Blocks, total.Calls, total.Failed, total.Refused)
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("%6d %s", seen[name], name)
	}
}

// The same history gives the same state, on one core and on two, and when the chain is started anew from its raw rows in the middle.
func TestHistoryIsTheSameEveryTime(t *testing.T) {
	for _, seed := range []uint64{11, 12} {
		cfg := Config{Seed: seed, Operations: *operations}
		want, err := Play(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, procs := range []int{1, 2} {
			before := runtime.GOMAXPROCS(procs)
			got, err := Play(cfg)
			runtime.GOMAXPROCS(before)
			if err != nil || got.Root != want.Root {
				t.Errorf("seed %d with GOMAXPROCS %d: root %v, want %v; %v", seed, procs, got.Root, want.Root, err)
			}
		}
		cfg.ReloadAt = cfg.Operations / 2
		if got, err := Play(cfg); err != nil || got.Root != want.Root {
			t.Errorf("seed %d, started anew in the middle: root %v, want %v; %v", seed, got.Root, want.Root, err)
		}
		other, err := Play(Config{Seed: seed + 100, Operations: *operations})
		if err != nil || other.Root == want.Root {
			t.Errorf("seeds %d and %d: the same root %v; %v", seed, seed+100, other.Root, err)
		}
	}
}
