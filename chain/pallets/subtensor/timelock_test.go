package subtensor_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/tlock"
)

// The indices of the timelocked calls.
const (
	commitTimelocked, commitCRV3, commitTimelockedMechanism = 113, 117, 118
)

// timelocks is a world of validators whose chain follows a beacon of its own; both the owner's hotkey and "v" may set weights, and commits were possible.
type timelocks struct {
	*world
	id     bt.NetUID
	secret *tlock.SecretKey
}

func newTimelocks(t testing.TB) *timelocks {
	w, id := validators(t)
	secret, err := tlock.NewSecretKey([]byte("a seed for this test"))
	if err != nil {
		t.Fatal(err)
	}
	public := secret.Public().Bytes()
	beacon := w.Drand.Storage.BeaconConfig.Get(w.c.State)
	beacon.PublicKey = public[:]
	w.Drand.Storage.BeaconConfig.Set(w.c.State, beacon)
	w.Storage.CommitRevealWeightsEnabled.Set(w.c.State, id, true)
	w.Storage.WeightsSetRateLimit.Set(w.c.State, id, 0)
	w.Storage.SubnetEpochIndex.Set(w.c.State, id, 5)
	w.Storage.MinAllowedWeights.Set(w.c.State, id, 1)
	return &timelocks{world: w, id: id, secret: secret}
}

// seal encrypts to a round.
func (w *timelocks) seal(round uint64, plain []byte) weights.Timelocked {
	w.t.Helper()
	c, err := tlock.Encrypt(w.secret.Public(), round, plain, rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Bytes()
}

// plain is the content of a commit; without a hotkey that of the older form.
func plain(hotkey string, uids, values []uint16) []byte {
	var e scale.Encoder
	if hotkey != "" {
		who := key(hotkey)
		e.Encode(who[:])
	}
	e.Encode(uids)
	e.Encode(values)
	e.U64(0)
	return e.Bytes()
}

func (w *timelocks) commit(who string, round uint64, commit weights.Timelocked) {
	w.t.Helper()
	w.do(who, commitTimelocked, &weights.CommitTimelocked{NetUID: w.id, Commit: commit, RevealRound: round, CommitRevealVersion: 4})
}

// pulse lets the beacon sign a round.
func (w *timelocks) pulse(round uint64) {
	w.t.Helper()
	signature := w.secret.Sign(round).Bytes()
	random := tlock.Randomness(signature[:])
	if err := w.Drand.WritePulse(w.c.As(frame.None()), drand.WritePulse{PulsesPayload: drand.PulsesPayload{
		Pulses: []drand.Pulse{{Round: round, Randomness: random[:], Signature: signature[:]}},
	}}); err != nil {
		w.t.Fatal(err)
	}
}

// epochOf goes to a block of an epoch, counted as the commits count: 5 is the present one, and block 1010 begins epoch 6.
func (w *timelocks) epochOf(number uint64, block uint32) {
	w.Storage.SubnetEpochIndex.Set(w.c.State, w.id, number)
	w.Storage.LastEpochBlock.Set(w.c.State, w.id, uint64(block)-1)
	w.at(block)
}

func (w *timelocks) row(uid uint16) []entry {
	return w.Storage.Weights.Get(w.c.State, bt.NetUIDIndex(w.id), uid)
}

// open is how many commits wait in an epoch's queue.
func (w *timelocks) open(made uint64) int {
	return len(w.Storage.TimelockedWeightCommits.Get(w.c.State, bt.NetUIDIndex(w.id), made))
}

// TestTimelockedWeights commits, waits, and sees the weights land in the epoch of the reveal, when the round is there.
func TestTimelockedWeights(t *testing.T) {
	w := newTimelocks(t)
	w.commit("v", 20, w.seal(20, plain("v", []uint16{2, 3}, []uint16{1, 2})))
	w.commit("owner hotkey", 21, w.seal(21, plain("", []uint16{2}, []uint16{7}))) // the form of CRv3's beginning
	w.pulse(20)
	for block := uint32(1002); block < 1010; block++ { // the rest of the epoch: even with the round, nothing happens
		w.at(block)
		w.Weights.RevealMatured(w.c, w.id)
	}
	if w.open(5) != 2 || len(w.row(1)) != 0 {
		t.Fatalf("%d commits wait, weights %v: revealed too early", w.open(5), w.row(1))
	}
	w.at(1010) // the block of the next epoch: it counts as begun
	w.c.Env.Events = nil
	w.Weights.RevealMatured(w.c, w.id)
	if diff := cmp.Diff([]entry{{A: 2, B: 32768}, {A: 3, B: 65535}}, w.row(1)); diff != "" {
		t.Error(diff)
	}
	if len(w.c.Env.Events) != 2 || w.c.Env.Events[1].Data[1] != 109 {
		t.Errorf("events %v, want WeightsSet and TimelockedWeightsRevealed (109)", w.c.Env.Events)
	}
	if w.open(5) != 1 || len(w.row(0)) != 0 {
		t.Errorf("%d commits wait, want the one whose round is not there", w.open(5))
	}
	w.epochOf(6, 1012)
	w.pulse(21)
	w.Weights.RevealMatured(w.c, w.id)
	if diff := cmp.Diff([]entry{{A: 2, B: 65535}}, w.row(0)); diff != "" || w.open(5) != 0 {
		t.Errorf("%s, %d commits left", diff, w.open(5))
	}
}

// TestTimelockedWeightsThatAreDropped: none of these sets weights, each leaves the queue without an event, and a good one behind them is not kept from its reveal.
func TestTimelockedWeightsThatAreDropped(t *testing.T) {
	w := newTimelocks(t)
	good := w.seal(20, plain("v", []uint16{2}, []uint16{9}))
	other, err := tlock.NewSecretKey([]byte("quite another beacon"))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := tlock.Encrypt(other.Public(), 20, plain("v", []uint16{2}, []uint16{1}), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]weights.Timelocked{
		"no ciphertext":               {1, 2, 3},
		"nothing":                     {},
		"a cut one":                   good[:len(good)-20],
		"to another beacon":           foreign.Bytes(),
		"to another round":            w.seal(19, plain("v", []uint16{2}, []uint16{1})),
		"no weights inside":           w.seal(20, []byte("not weights")),
		"a copy of another's weights": w.seal(20, plain("owner hotkey", []uint16{2}, []uint16{1})),
		"a uid that does not exist":   w.seal(20, plain("v", []uint16{9}, []uint16{1})),
		"lengths that differ":         w.seal(20, plain("v", []uint16{2, 3}, []uint16{1})),
	} {
		w.Storage.TimelockedWeightCommits.Delete(w.c.State, bt.NetUIDIndex(w.id), 5)
		w.epochOf(5, 1001)
		w.commit("v", 20, c)
		if w.Drand.LastRound(w.c) < 20 {
			w.pulse(20)
		}
		w.c.Env.Events = nil
		w.epochOf(6, 1012)
		w.Weights.RevealMatured(w.c, w.id)
		if w.open(5) != 0 || len(w.row(1)) != 0 || len(w.c.Env.Events) != 0 {
			t.Errorf("%s: %d wait, weights %v, events %v", what, w.open(5), w.row(1), w.c.Env.Events)
		}
	}
	w.epochOf(5, 1001)
	w.commit("v", 20, weights.Timelocked{1})
	w.commit("v", 20, good)
	w.epochOf(6, 1012)
	w.Weights.RevealMatured(w.c, w.id)
	if diff := cmp.Diff([]entry{{A: 2, B: 65535}}, w.row(1)); diff != "" {
		t.Errorf("behind a bad one: %s", diff)
	}
}

// TestTimelockedWeightsExpire: a commit whose round does not come while its epoch of reveal lasts is dropped; the period may be longer than one epoch.
func TestTimelockedWeightsExpire(t *testing.T) {
	w := newTimelocks(t)
	w.Storage.RevealPeriodEpochs.Set(w.c.State, w.id, 3)
	w.commit("v", 20, w.seal(20, plain("v", []uint16{2}, []uint16{1})))
	for _, c := range []struct {
		epoch uint64
		left  int
	}{{6, 1}, {7, 1}, {8, 1}, {9, 0}} {
		w.epochOf(c.epoch, uint32(1000+10*c.epoch))
		w.Weights.RevealMatured(w.c, w.id)
		if got := w.open(5); got != c.left {
			t.Errorf("in epoch %d %d commits wait, want %d", c.epoch, got, c.left)
		}
	}
	w.pulse(20)
	w.Weights.RevealMatured(w.c, w.id)
	if len(w.row(1)) != 0 {
		t.Errorf("an expired commit was revealed: %v", w.row(1))
	}
	early := newTimelocks(t) // no epoch lies three back
	early.Storage.RevealPeriodEpochs.Set(early.c.State, early.id, 9)
	early.commit("v", 20, early.seal(20, plain("v", []uint16{2}, []uint16{1})))
	early.pulse(20)
	early.Weights.RevealMatured(early.c, early.id)
	if early.open(5) != 1 {
		t.Error("a commit left before its time")
	}
}

// TestTimelockedCommitsRefused goes through the checks of a commit in their order.
func TestTimelockedCommitsRefused(t *testing.T) {
	w := newTimelocks(t)
	s, e := w.c.State, &w.Error
	commit := func(id bt.NetUID, version uint16) *weights.CommitTimelocked {
		return &weights.CommitTimelocked{NetUID: id, Commit: weights.Timelocked{1}, RevealRound: 20, CommitRevealVersion: version}
	}
	w.fails(e.MechanismDoesNotExist, "v", commitTimelocked, commit(9, 4))
	w.fails(e.MechanismDoesNotExist, "v", commitTimelockedMechanism, &weights.CommitTimelockedMechanism{NetUID: w.id, Mecid: 1, CommitRevealVersion: 4})
	w.fails(frame.BadOrigin, "root", commitTimelocked, commit(w.id, 4))
	for _, version := range []uint16{0, 3, 5, 65535} {
		w.fails(e.IncorrectCommitRevealVersion, "v", commitTimelocked, commit(w.id, version))
	}
	w.fails(e.HotKeyNotRegisteredInSubNet, "stranger", commitTimelocked, commit(w.id, 4))
	w.Storage.CommitRevealWeightsEnabled.Set(s, w.id, false)
	w.fails(e.CommitRevealDisabled, "v", commitTimelocked, commit(w.id, 3))
	w.Storage.CommitRevealWeightsEnabled.Set(s, w.id, true)
	sized := func(bytes int) *weights.CommitTimelocked {
		return &weights.CommitTimelocked{NetUID: w.id, Commit: make(weights.Timelocked, bytes), RevealRound: 20, CommitRevealVersion: 4}
	}
	for _, guard := range []func(*frame.Ctx, frame.RuntimeCall) error{nil, w.Guard} {
		w.c.Env.Guard = guard
		w.fails(e.CommitPayloadTooLarge, "v", commitTimelocked, sized(5001))
	}
	if err := w.Weights.CommitTimelocked(frame.NewCtx(storage.New(s), w.c.Env, frame.Signed(key("v"))), *sized(5000)); err != nil {
		t.Error(err)
	}
	w.do("v", commitCRV3, &weights.CommitCRV3Mechanism{NetUID: w.id, Commit: weights.Timelocked{1}, RevealRound: 20}) // version 4 without a word
	w.Storage.WeightsSetRateLimit.Set(s, w.id, 5)
	w.fails(e.CommittingWeightsTooFast, "v", commitTimelocked, commit(w.id, 4))
	w.Storage.WeightsSetRateLimit.Set(s, w.id, 0)
	for range 9 {
		w.do("v", commitTimelocked, commit(w.id, 4))
	}
	w.fails(e.TooManyUnrevealedCommits, "v", commitTimelocked, commit(w.id, 4))
	w.do("owner hotkey", commitTimelocked, commit(w.id, 4)) // another's ten are its own
	w.pulse(21)
	w.fails(e.InvalidRevealRound, "n", commitTimelocked, commit(w.id, 4))
	w.Storage.StakeThreshold.Set(s, 1<<60)
	w.fails(e.NotEnoughStakeToSetWeights, "n", commitTimelocked, commit(w.id, 4))
	if got := w.Weights.Awaited(w.c); !cmp.Equal(got, []uint64{20}) {
		t.Errorf("rounds %v are awaited, want 20 once", got)
	}
	var long weights.Timelocked
	if err := scale.Unmarshal(scale.Marshal(bytes.Repeat([]byte{1}, 32<<10)), &long); err != nil {
		t.Error(err)
	}
	if err := scale.Unmarshal(scale.Marshal(bytes.Repeat([]byte{1}, 32<<10+1)), &long); err == nil {
		t.Error("a commit of 32,769 bytes was read")
	}
}

// TestTimelockedMechanisms: a commit is revealed in the mechanism that it was made for.
func TestTimelockedMechanisms(t *testing.T) {
	w := newTimelocks(t)
	w.Storage.MechanismCountCurrent.Set(w.c.State, w.id, 2)
	w.do("v", commitTimelockedMechanism, &weights.CommitTimelockedMechanism{
		NetUID: w.id, Mecid: 1, Commit: w.seal(20, plain("v", []uint16{3}, []uint16{1})), RevealRound: 20, CommitRevealVersion: 4,
	})
	w.pulse(20)
	w.epochOf(6, 1012)
	w.Weights.RevealMatured(w.c, w.id)
	if diff := cmp.Diff([]entry{{A: 3, B: 65535}}, w.Storage.Weights.Get(w.c.State, epoch.Index(w.id, 1), 1)); diff != "" || len(w.row(1)) != 0 {
		t.Errorf("%s, in mechanism 0 %v", diff, w.row(1))
	}
}

// FuzzTimelocked holds the law of decoders for the calls, and that no commit makes the reveal panic.
func FuzzTimelocked(f *testing.F) {
	w := newTimelocks(f)
	good := w.seal(20, plain("v", []uint16{2}, []uint16{1}))
	f.Add([]byte(good))
	f.Add([]byte{1, 2, 3})
	w.pulse(20)
	w.Storage.SubnetEpochIndex.Set(w.c.State, w.id, 6)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c weights.Timelocked
		if err := scale.Unmarshal(raw, &c); err == nil && !bytes.Equal(scale.Marshal(&c), raw) {
			t.Errorf("%x is printed back as %x", raw, scale.Marshal(&c))
		}
		at := frame.NewCtx(storage.New(w.c.State), w.c.Env, frame.None())
		queue := w.Storage.TimelockedWeightCommits.Get(at.State, bt.NetUIDIndex(w.id), 5)
		queue = append(queue, queueEntry(key("v"), raw))
		w.Storage.TimelockedWeightCommits.Set(at.State, bt.NetUIDIndex(w.id), 5, queue)
		w.Weights.RevealMatured(at, w.id)
		if left := w.Storage.TimelockedWeightCommits.Get(at.State, bt.NetUIDIndex(w.id), 5); len(left) != 0 {
			t.Errorf("%d commits stay", len(left))
		}
	})
}

// queueEntry is a commit to round 20 in its queue.
func queueEntry(who bt.AccountID, commit []byte) state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64] {
	return state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64]{A: who, B: 1001, C: commit, D: 20}
}
