package subtensor_test

import (
	"slices"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/yuma"
)

// sealed is a subnet without consensus on which "v" (1) decides, with commits, the owner's hotkey (0) having less stake and "m" (2) and "n" (3) none.
func sealed(t *testing.T) *timelocks {
	w := newTimelocks(t)
	w.Storage.StakeThreshold.Set(w.c.State, 0)
	w.Pools.AddStake(w.c, key("v"), key("v cold"), w.id, 3_000_000_000_000)
	w.Pools.AddStake(w.c, key("owner hotkey"), key("owner"), w.id, 2_000_000_000_000)
	w.consensus(w.id, state.Null)
	return w
}

// permit gives the only permit to a uid, as an epoch would in which it has the most stake.
func (w *timelocks) permit(uid int) {
	permits := make([]bool, w.Storage.SubnetworkN.Get(w.c.State, w.id))
	permits[uid] = true
	w.Storage.ValidatorPermit.Set(w.c.State, w.id, permits)
}

func (w *timelocks) queued(mechanism bt.MechID, fill byte, bytes int) *weights.CommitTimelockedMechanism {
	return &weights.CommitTimelockedMechanism{NetUID: w.id, Mecid: mechanism, Commit: slices.Repeat(weights.Timelocked{fill}, bytes), RevealRound: 20, CommitRevealVersion: 4}
}

// holders names whose commits wait in a mechanism, in their order.
func (w *timelocks) holders(mechanism bt.NetUIDIndex, names ...string) (out []string) {
	for _, m := range w.Storage.TimelockedWeightCommits.Get(w.c.State, mechanism*4096+bt.NetUIDIndex(w.id), w.Epoch.Current(w.c, w.id)) {
		for _, name := range names {
			if m.A == key(name) {
				out = append(out, name)
			}
		}
	}
	return out
}

func TestQueueWithoutConsensus(t *testing.T) {
	w := sealed(t)
	e, index, now := &w.Error, bt.NetUIDIndex(w.id), w.Epoch.Current(w.c, w.id)
	all := []string{"owner hotkey", "v", "m", "n", "gone"}
	w.do("v", commitTimelockedMechanism, w.queued(0, 1, 32<<10))
	w.do("v", commitTimelockedMechanism, w.queued(0, 9, 32<<10)) // in the place of the first
	if got := w.Storage.TimelockedWeightCommits.Get(w.c.State, index, now); len(got) != 1 || got[0].C[0] != 9 {
		t.Fatalf("%d commits wait", len(got))
	}

	// Rows of others, as former holders of the permit leave them: they go when room is needed, the weakest first.
	for _, name := range []string{"m", "gone", "owner hotkey"} {
		w.Storage.TimelockedWeightCommits.Mutate(w.c.State, index, now, func(q *[]state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64]) {
			*q = append(*q, queueEntry(key(name), make([]byte, 8<<10)))
		})
	}
	w.do("v", commitTimelockedMechanism, w.queued(0, 2, 32<<10)) // 56 KiB in all: everybody may stay
	if got, want := w.holders(0, all...), []string{"m", "gone", "owner hotkey", "v"}; !slices.Equal(got, want) {
		t.Errorf("%v wait, want %v", got, want)
	}
	w.permit(3) // "n" has no stake and the highest uid: only who is no neuron any more stands below it
	w.do("n", commitTimelockedMechanism, w.queued(0, 3, 16<<10))
	if got, want := w.holders(0, all...), []string{"m", "owner hotkey", "v", "n"}; !slices.Equal(got, want) {
		t.Errorf("%v wait, want %v", got, want)
	}
	w.fails(e.CommitQueueFull, "n", commitTimelockedMechanism, w.queued(0, 4, 16<<10+1))
	w.permit(0)
	w.do("owner hotkey", commitTimelockedMechanism, w.queued(0, 5, 20<<10)) // n stands below m, of equal stake
	if got, want := w.holders(0, all...), []string{"m", "v", "owner hotkey"}; !slices.Equal(got, want) {
		t.Errorf("%v wait, want %v", got, want)
	}
}

// The bounds are those of all mechanisms together.
func TestQueueOfMechanismsWithoutConsensus(t *testing.T) {
	w := sealed(t)
	e, now := &w.Error, w.Epoch.Current(w.c, w.id)
	w.Storage.MechanismCountCurrent.Set(w.c.State, w.id, 2)
	for m := range bt.MechID(2) {
		w.fails(e.CommitPayloadTooLarge, "v", commitTimelockedMechanism, w.queued(m, 1, 16<<10+1))
		w.do("v", commitTimelockedMechanism, w.queued(m, 1, 16<<10))
	}
	rows := make([]state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64], 62)
	for i := range rows {
		rows[i] = queueEntry(key("m"), []byte{1})
	}
	other := 4096 + bt.NetUIDIndex(w.id)
	w.Storage.TimelockedWeightCommits.Mutate(w.c.State, other, now, func(q *[]state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64]) { *q = append(*q, rows...) })
	w.permit(0)
	w.do("owner hotkey", commitTimelockedMechanism, w.queued(0, 1, 1)) // the 65th row
	if got := w.Storage.TimelockedWeightCommits.Get(w.c.State, other, now); len(got) != 62 || len(w.holders(0, "owner hotkey")) != 1 {
		t.Errorf("%d rows wait in the other mechanism, want 62", len(got))
	}
}

// A row for as many neurons as there may be is committed, opened and paid.
func TestFullRowWithoutConsensus(t *testing.T) {
	const n = 2500
	w := sealed(t)
	st, s, index := &w.Storage, w.c.State, bt.NetUIDIndex(w.id)
	st.MaxAllowedUids.Set(s, w.id, n)
	for uid := uint16(4); uid < n; uid++ {
		st.Keys.Set(s, w.id, uid, bt.AccountID{1, byte(uid), byte(uid >> 8)})
	}
	st.SubnetworkN.Set(s, w.id, n)
	st.LastUpdate.Set(s, index, make([]uint64, n))
	w.permit(1)
	uids, values := make([]uint16, n), slices.Repeat([]uint16{1}, n)
	for uid := range uids {
		uids[uid] = uint16(uid)
	}
	values[2] = 65534
	w.commit("v", 20, w.seal(20, plain("v", uids, values)))
	w.pulse(20)
	w.epochOf(6, 1012)
	w.Weights.RevealMatured(w.c, w.id)
	if row := w.row(1); len(row) != n || row[2].B != 65534 || row[n-1].B != 1 {
		t.Fatalf("a row of %d", len(row))
	}
	var server, dividend bt.Alpha
	for _, e := range w.Epoch.Run(w.c, w.id, yuma.Budgets{Miners: 500_001, Validators: 500_000}) {
		server, dividend = server+e.Server, dividend+e.Dividend
	}
	if server != 500_001 || dividend != 500_000 {
		t.Errorf("miners got %d, validators %d", server, dividend)
	}
}
