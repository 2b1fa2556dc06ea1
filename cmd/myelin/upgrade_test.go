package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/subtensor"
)

// running starts a node of the local network in a folder, with a client; stop ends both.
func running(t *testing.T, dir string) (url string, c *subtensor.Client, stop func()) {
	t.Helper()
	n, err := node.New(node.Config{
		Chain: genesis.Bittensor(genesis.Localnet()), BasePath: dir, RPC: []string{"127.0.0.1:0"}, Engine: node.Sealed{BlockTime: 200 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	url = n.Endpoints()[0]
	if c, err = subtensor.Dial(t.Context(), url, subtensor.Options{}); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		c.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return url, c, stop
}

// A running network is upgraded by one command; Go's own client goes with it and reads the blocks on both sides, before and after the node is started anew.
func TestUpgrade(t *testing.T) {
	dir := t.TempDir()
	url, c, stop := running(t, dir)
	upgrade := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(append([]string{"upgrade", "--url", url}, args...), &out, &errs); code != want {
			t.Fatalf("upgrade %v ended with %d: %s%s", args, code, &out, &errs)
		}
		return out.String() + errs.String()
	}
	pay := func() bt.Hash {
		t.Helper()
		alice, err := keys.FromURI("//Alice")
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Submit(t.Context(), subtensor.Transfer(bt.AccountID{7}, bt.Tao), alice, subtensor.SubmitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Block
	}
	before := pay()
	if said := upgrade(0, "--show"); !strings.Contains(said, `"specVersion":462`) {
		t.Errorf("what comes next: %s", said)
	}
	if said := upgrade(1, "--suri", "//Bob"); !strings.Contains(said, "Invalid signing address") {
		t.Errorf("Bob, who is not root: %s", said)
	}
	said := upgrade(0)
	var first bt.BlockNumber
	if _, err := fmt.Sscanf(said[strings.Index(said, "from block"):], "from block %d on the chain runs spec 462", &first); err != nil {
		t.Fatalf("%q: %v", said, err)
	}
	if said := upgrade(0); said != "spec 462 is the newest runtime that the node holds\n" {
		t.Errorf("once more: %s", said)
	}
	after := pay()

	check := func() {
		t.Helper()
		ctx := t.Context()
		for _, b := range []struct {
			block bt.Hash
			spec  uint32
			made  bool
		}{{before, 461, false}, {after, 462, true}} {
			r, err := c.RuntimeOf(ctx, b.block)
			if err != nil || r.Spec != b.spec {
				t.Errorf("block %v is of %+v, %v; want spec %d", b.block, r, err, b.spec)
			}
			var made bool
			var staked bt.Alpha
			if _, err := c.At(b.block).Query(ctx, &made, "SubtensorModule", "HasMigrationRun", []byte("myelin_count_alpha_staked")); err != nil || made != b.made {
				t.Errorf("the migration is marked as made: %v, %v", made, err)
			}
			if _, err := c.At(b.block).Query(ctx, &staked, "SubtensorModule", "TotalAlphaStaked", bt.NetUID(1)); err != nil || (staked > 0) != b.made {
				t.Errorf("staked on subnet 1: %v, %v", staked, err)
			}
		}
		for n := first - 1; n <= first; n++ {
			hash, err := c.BlockHash(ctx, n)
			if err != nil {
				t.Fatal(err)
			}
			events, err := c.Events(ctx, hash)
			if err != nil {
				t.Fatal(err)
			}
			migrated := 0
			for _, e := range events {
				if e.Is("SubtensorModule", "StorageMigrated") {
					migrated++
				}
			}
			if want := map[bool]int{true: 1}[n == first]; migrated != want {
				t.Errorf("block %d tells of %d migrations, want %d", n, migrated, want)
			}
		}
	}
	check()
	stop()
	url, c, _ = running(t, dir)
	if r, err := c.Runtime(t.Context()); err != nil || r.Spec != 462 {
		t.Fatalf("the node that was started anew is at %+v, %v", r, err)
	}
	check()
	after = pay()
	check()
}
