package store

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// TestCrash takes pictures of the disk as a power cut would leave it, at random writes during commits, with random
// parts of what was not synced. Each must open with the old head or the new one and with all of its state.
func TestCrash(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 2))
		mem := vfs.NewCrashableMem()
		c := newChain(seed)
		type picture struct {
			fs      *vfs.MemFS
			settled int // blocks surely written
			chain   chain
		}
		var pictures []picture
		settled := -1
		var armed atomic.Bool // Pebble also writes in the background, where the chain must not be read
		fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if armed.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && strings.HasSuffix(op.Path, ".log") && r.IntN(2) == 0 {
				old := chain{c.r, slices.Clone(c.blocks), slices.Clone(c.tries), slices.Clone(c.states)}
				pictures = append(pictures, picture{mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: r}), settled, old})
			}
			return nil
		}))
		s := open(t, "db", Options{FS: fs})
		for i := range 25 {
			b, tr := c.next(15)
			armed.Store(true)
			err := s.Commit(b, tr)
			armed.Store(false)
			if err != nil {
				t.Fatal(err)
			}
			settled = i
		}
		closed(t, s)
		if len(pictures) < 5 {
			t.Fatalf("seed %d: only %d crashes", seed, len(pictures))
		}
		for _, p := range pictures {
			s := open(t, "db", Options{FS: p.fs})
			head, ok := s.Head()
			if at := int(head.Height); ok && (at < p.settled || at > p.settled+1) || !ok && p.settled >= 0 {
				t.Fatalf("seed %d: head %d, %t after a crash during commit %d", seed, head.Height, ok, p.settled+1)
			}
			if ok {
				p.chain.revert(head.Height)
				p.chain.check(t, s)
				p.chain.commit(t, s, 5)
			}
			closed(t, s)
		}
	}
}

// TestDiskFaults makes the log's writes fail one after the other: the commit reports it, nothing more is taken, and what is on disk
// afterwards is whole.
func TestDiskFaults(t *testing.T) {
	fault := errors.New("the disk is on fire")
	for fail := range int32(6) {
		mem := vfs.NewCrashableMem()
		var armed atomic.Bool
		var left atomic.Int32
		left.Store(fail)
		fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if armed.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && filepath.Ext(op.Path) == ".log" && left.Add(-1) < 0 {
				return fault
			}
			return nil
		}))
		s := open(t, "db", Options{FS: fs})
		c := newChain(uint64(fail))
		c.commit(t, s, 30)
		armed.Store(true)
		var err error
		for range 10 {
			if err = s.Commit(c.next(30)); err != nil {
				break
			}
		}
		if err == nil {
			t.Fatalf("no commit failed although write %d did", fail)
		}
		tried := len(c.blocks) - 1
		armed.Store(false)
		b, tr := c.next(1)
		if err := s.Commit(b, tr); err == nil {
			t.Fatal("a commit was taken after a failed one")
		}
		if head, _ := s.Head(); int(head.Height) != tried-1 {
			t.Fatalf("head is %d after commit %d failed", head.Height, tried)
		}
		again := open(t, "db", Options{FS: mem.CrashClone(vfs.CrashCloneCfg{})})
		head, _ := again.Head()
		if int(head.Height) != tried-1 && int(head.Height) != tried {
			t.Fatalf("reopened at %d after commit %d failed", head.Height, tried)
		}
		c.revert(head.Height)
		c.check(t, again)
		closed(t, again)
	}
}

// TestKillWithoutSync copies the files as they stand after each commit, as a killed process leaves them: the last block is among them
// though nothing was synced.
func TestKillWithoutSync(t *testing.T) {
	disk := vfs.NewMem()
	s := open(t, "db", Options{FS: disk, NoSync: true})
	defer closed(t, s)
	c := newChain(1)
	for range 8 {
		c.commit(t, s, 5)
		left := vfs.NewMem()
		if ok, err := vfs.Clone(disk, left, "db", "db"); err != nil || !ok {
			t.Fatalf("copy of the files: %t, %v", ok, err)
		}
		again := open(t, "db", Options{FS: left, NoSync: true})
		c.check(t, again)
		closed(t, again)
	}
}
