package comet

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
)

// network makes the configurations of n validators on this machine, and their folders.
func network(t *testing.T, n int) (dirs []string, cfgs []Config) {
	t.Helper()
	nw := &Network{Start: time.Now().Truncate(time.Millisecond)}
	var addresses []string
	for i := range n {
		dir := t.TempDir()
		id, err := OpenIdentity(dir + "/engine")
		if err != nil {
			t.Fatal(err)
		}
		nw.Validators = append(nw.Validators, Validator{
			Name: fmt.Sprint("validator ", i), Key: id.Key, Power: 1, Account: key(t, fmt.Sprint("//Validator/", i)).Public(),
		})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		cfgs = append(cfgs, Config{Listen: l.Addr().String(), Private: true, BlockTime: 150 * time.Millisecond})
		l.Close()
		addresses = append(addresses, id.NodeID+"@"+l.Addr().String())
		dirs = append(dirs, dir)
	}
	for i := range cfgs {
		cfgs[i].Network = nw
		for k, a := range addresses {
			if k != i {
				cfgs[i].Peers = append(cfgs[i].Peers, a)
			}
		}
	}
	return dirs, cfgs
}

// Four validators agree on the same blocks, three of them go on without the fourth, and it catches up.
func TestNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("four nodes")
	}
	dirs, cfgs := network(t, 4)
	var ms []*member
	for i := range dirs {
		ms = append(ms, start(t, dirs[i], cfgs[i]))
	}
	first := ms[0]
	alice, to := key(t, "//Alice"), key(t, "//Nobody").Public()
	var xs []bt.Extrinsic
	for i := range bt.Nonce(60) {
		x := first.transfer(alice, i, to, bt.Tao)
		xs = append(xs, x)
		ms[int(i)%4].submit(x) // those that come before their predecessors wait for them
	}
	for _, m := range ms {
		m.waitIn(xs...)
		m.waitBlock(8)
		if got := m.free(to); got != 60*bt.Tao {
			t.Errorf("the receiver has %v, want 60", got)
		}
	}
	for i := range ms {
		author := key(t, fmt.Sprint("//Validator/", i)).Public()
		first.wait("fees of each validator", func() bool { return first.free(author) > 0 || first.ledger.Head().Header.Number > 12 })
	}
	if n := first.engine.Peers(); n != 3 {
		t.Errorf("%d peers, want 3", n)
	}

	ms[3].stop()
	reached := first.ledger.Head().Header.Number
	more := first.transfer(alice, 60, to, bt.Tao)
	first.submit(more)
	first.waitIn(more)
	first.waitBlock(reached + 4)

	ms[3] = start(t, dirs[3], cfgs[3])
	ms[3].waitIn(more)
	reached = first.ledger.Head().Header.Number
	for _, m := range ms {
		m.waitBlock(reached + 3)
	}
	want := first.hashes()[:reached+3]
	for i, m := range ms {
		if d := cmp.Diff(want, m.hashes()[:reached+3]); d != "" {
			t.Errorf("node %d has other blocks (-first +it):\n%s", i, d)
		}
		if err := m.store.Verify(); err != nil {
			t.Errorf("node %d: %v", i, err)
		}
	}
	for _, m := range ms {
		m.stop()
	}
}

// A transaction reaches a validator through a node in between.
func TestGossipIsPassedOn(t *testing.T) {
	if testing.Short() {
		t.Skip("three nodes")
	}
	dirs, cfgs := network(t, 3)
	nw := *cfgs[0].Network
	nw.Validators = nw.Validators[2:] // the last one alone makes blocks; the others follow
	for i := range cfgs {
		cfgs[i].Network = &nw
	}
	chain := [][]string{{cfgs[1].Peers[0]}, nil, nil} // node 1 is in the middle
	chain[0] = []string{cfgs[0].Peers[0]}
	chain[2] = []string{cfgs[2].Peers[1]}
	var ms []*member
	for i := range dirs {
		cfgs[i].Peers = chain[i]
		ms = append(ms, start(t, dirs[i], cfgs[i]))
	}
	ms[0].wait("peer", func() bool { return ms[0].engine.Peers() == 1 && ms[2].engine.Peers() == 1 })
	x := ms[0].transfer(key(t, "//Alice"), 0, key(t, "//Nobody").Public(), bt.Tao)
	ms[0].waitBlock(2)
	ms[0].submit(x)
	ms[2].waitIn(x)
	ms[0].waitIn(x)
	if n := ms[0].engine.Peers(); n != 1 {
		t.Errorf("the first node has %d peers, want the middle one only", n)
	}
	for _, m := range ms {
		m.stop()
	}
}
