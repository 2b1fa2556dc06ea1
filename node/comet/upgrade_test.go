package comet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Two validators go over to another runtime at the same block, whichever of them is started anew meanwhile, and a node that comes late executes all of it from genesis to
// the same blocks.
func TestNetworkUpgrades(t *testing.T) {
	if testing.Short() {
		t.Skip("three nodes")
	}
	dirs, cfgs := network(t, 3)
	nw := *cfgs[0].Network
	nw.Validators = nw.Validators[:2]
	for i := range cfgs {
		cfgs[i].Network = &nw
	}
	ms := []*member{start(t, dirs[0], cfgs[0]), start(t, dirs[1], cfgs[1])}
	alice, to := key(t, "//Alice"), key(t, "//Nobody").Public()
	in := func(x bt.Extrinsic) {
		t.Helper()
		for _, m := range ms {
			m.waitIn(x)
		}
	}
	restart := func(i int) {
		ms[i].stop()
		ms[i] = start(t, dirs[i], cfgs[i])
	}
	spec := func(want uint32) {
		t.Helper()
		for i, m := range ms {
			if got := m.ledger.Runtime().Version().SpecVersion; got != want {
				t.Errorf("validator %d is at spec %d, want %d", i, got, want)
			}
		}
	}

	next := ms[0].chain.Runtime.Next()
	leave := frame.RuntimeCall{Pallet: 0, Index: 9, Args: &system.CodeHashArgs{CodeHash: hash.Blake256(next.Code())}}
	authorize := ms[0].sign(alice, 0, scale.Append([]byte{12, 0}, &sudo.Sudo{Call: leave}))
	ms[0].submit(authorize)
	in(authorize)
	restart(1)
	spec(461)
	apply := ms[1].chain.Runtime.Bare(frame.RuntimeCall{Pallet: 0, Index: system.ApplyIndex, Args: &system.CodeArgs{Code: next.Code()}})
	ms[1].submit(apply)
	in(apply)
	spec(462)
	restart(0)
	spec(462)
	transfer := ms[0].transfer(alice, 1, to, bt.Tao)
	ms[0].submit(transfer)
	in(transfer)

	ms = append(ms, start(t, dirs[2], cfgs[2]))
	in(transfer)
	spec(462)
	reached, _, _ := ms[0].store.FindExtrinsic(transfer.Hash())
	want := ms[0].hashes()[:reached+1]
	for i, m := range ms[1:] {
		if d := cmp.Diff(want, m.hashes()[:reached+1]); d != "" {
			t.Errorf("node %d has other blocks (-first +it):\n%s", i+1, d)
		}
		if got := m.free(to); got != bt.Tao {
			t.Errorf("the receiver has %v, want 1", got)
		}
	}
	for _, m := range ms {
		m.stop()
	}
}
