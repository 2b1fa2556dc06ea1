package subtensor_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/scale"
)

// The indices of the calls about weights.
const (
	setWeights, batchSet, commitWeights, revealWeights, batchReveal = 0, 80, 96, 97, 98
	batchCommit, commitMechanism, setMechanism                      = 100, 115, 119
)

type entry = scale.Pair[uint16, uint16]

// validators is a world with a subnet of four neurons: the owner's hotkey (uid 0), a validator "v" with a permit (1), and the miners "m" (2) and "n" (3).
func validators(t testing.TB) (w *world, id bt.NetUID) {
	w = newWorld(t)
	w.Storage.NetworkRateLimit.Set(w.c.State, 0)
	id = w.subnet("owner")
	for _, name := range []string{"v", "m", "n"} {
		w.Storage.RegistrationsThisInterval.Set(w.c.State, id, 0)
		w.Storage.RegistrationsThisBlock.Set(w.c.State, id, 0)
		w.miner(name+" cold", name, id)
	}
	s := w.c.State
	w.Storage.ValidatorPermit.Set(s, id, []bool{false, true, false, false})
	w.Storage.CommitRevealWeightsEnabled.Set(s, id, false)
	w.Storage.MinAllowedWeights.Set(s, id, 2)
	w.Storage.LastUpdate.Set(s, bt.NetUIDIndex(id), []uint64{0, 0, 0, 0})
	w.Storage.Tempo.Set(s, id, 10)
	w.Storage.LastEpochBlock.Set(s, id, 1000)
	w.at(1001)
	return w, id
}

func TestSetWeights(t *testing.T) {
	w, id := validators(t)
	s, e := w.c.State, &w.Error
	set := func(dests, values []uint16) *weights.SetWeights {
		return &weights.SetWeights{NetUID: id, Dests: dests, Weights: values, VersionKey: 7}
	}
	good := set([]uint16{2, 3}, []uint16{1, 2})
	w.fails(frame.BadOrigin, "root", setWeights, good)
	w.Storage.CommitRevealWeightsEnabled.Set(s, 0, false)
	w.Storage.CommitRevealWeightsEnabled.Set(s, 9, false)
	w.fails(e.MechanismDoesNotExist, "v", setWeights, &weights.SetWeights{NetUID: 9})
	w.fails(e.CanNotSetRootNetworkWeights, "v", setWeights, &weights.SetWeights{})
	w.fails(e.WeightVecNotEqualSize, "v", setWeights, set([]uint16{2, 3}, []uint16{1}))
	w.fails(e.UidsLengthExceedUidsInSubNet, "v", setWeights, set(make([]uint16, 5), make([]uint16, 5)))
	w.fails(e.HotKeyNotRegisteredInSubNet, "stranger", setWeights, good)
	w.fails(e.NeuronNoValidatorPermit, "m", setWeights, good)
	w.fails(e.DuplicateUids, "v", setWeights, set([]uint16{2, 2}, []uint16{1, 2}))
	w.fails(e.UidVecContainInvalidOne, "v", setWeights, set([]uint16{2, 4}, []uint16{1, 2}))
	w.fails(e.WeightVecLengthIsLow, "v", setWeights, set([]uint16{2}, []uint16{1}))
	w.fails(e.WeightVecLengthIsLow, "v", setWeights, set(nil, nil))
	second := weights.SetMechanismWeights{NetUID: id, Mecid: 1, Dests: good.Dests, Weights: good.Weights}
	w.fails(e.SettingWeightsTooFast, "v", setMechanism, &second) // the guard lets nobody on where nothing is
	if err := w.Weights.SetMechanism(w.c.As(frame.Signed(key("v"))), second); err != e.MechanismDoesNotExist {
		t.Errorf("past the guard a mechanism that does not exist gives %v", err)
	}
	w.Storage.WeightsVersionKey.Set(s, id, 8)
	w.fails(e.IncorrectWeightVersionKey, "v", setWeights, good)
	w.Storage.WeightsVersionKey.Set(s, id, 7)
	w.Storage.StakeThreshold.Set(s, 1)
	w.fails(e.NotEnoughStakeToSetWeights, "v", setWeights, good)
	w.do("owner hotkey", setWeights, good) // needs neither stake nor permit
	w.Storage.StakeThreshold.Set(s, 0)
	w.do("m", setWeights, set([]uint16{2}, []uint16{5})) // anybody may weigh himself, alone

	w.do("v", setWeights, good)
	if diff := cmp.Diff(w.Storage.Weights.Get(s, bt.NetUIDIndex(id), 1), []entry{{A: 2, B: 32768}, {A: 3, B: 65535}}); diff != "" {
		t.Error(diff)
	}
	if got := w.Storage.LastUpdate.Get(s, bt.NetUIDIndex(id)); got[0] != 1001 || got[1] != 1001 || got[2] != 1001 || got[3] != 0 {
		t.Errorf("last updates %v", got)
	}
	// The rate limit counts from the block of the last setting.
	w.at(1001 + 99)
	w.fails(e.SettingWeightsTooFast, "v", setWeights, good)
	w.at(1001 + 100)
	w.do("v", setWeights, set([]uint16{3, 2}, []uint16{0, 0}))
	if diff := cmp.Diff(w.Storage.Weights.Get(s, bt.NetUIDIndex(id), 1), []entry{{A: 3}, {A: 2}}); diff != "" {
		t.Error(diff)
	}
	w.Storage.CommitRevealWeightsEnabled.Set(s, id, true)
	w.at(2000)
	w.fails(e.CommitRevealEnabled, "v", setWeights, good)
}

// Each mechanism has its own weights and its own rate limit.
func TestSetMechanismWeights(t *testing.T) {
	w, id := validators(t)
	s := w.c.State
	w.Storage.MechanismCountCurrent.Set(s, id, 2)
	for m := range bt.MechID(2) {
		w.do("v", setMechanism, &weights.SetMechanismWeights{NetUID: id, Mecid: m, Dests: []uint16{2, 3}, Weights: []uint16{65535, uint16(m)}})
	}
	second := epoch.Index(id, 1)
	if got := w.Storage.Weights.Get(s, second, 1); len(got) != 2 || got[1] != (entry{A: 3, B: 1}) {
		t.Errorf("weights %v in the second mechanism", got)
	}
	if got := w.Storage.LastUpdate.Get(s, second); len(got) != 4 || got[1] != 1001 {
		t.Errorf("last updates %v in the second mechanism", got)
	}
	w.fails(w.Error.SettingWeightsTooFast, "v", setMechanism, &weights.SetMechanismWeights{NetUID: id, Mecid: 1, Dests: []uint16{2, 3}, Weights: []uint16{1, 1}})
}

func TestCommitReveal(t *testing.T) {
	w, id := validators(t)
	s, e := w.c.State, &w.Error
	reveal := func(salt uint16) *weights.RevealWeights {
		return &weights.RevealWeights{NetUID: id, Uids: []uint16{2, 3}, Values: []uint16{1, 1}, Salt: []uint16{salt}}
	}
	commit := func(salt uint16) *weights.CommitWeights {
		r := reveal(salt)
		return &weights.CommitWeights{NetUID: id, CommitHash: weights.CommitHash(key("v"), epoch.Index(id, 0), r.Uids, r.Values, r.Salt, 0)}
	}
	w.fails(e.CommitRevealDisabled, "v", commitWeights, commit(1))
	w.fails(e.NoWeightsCommitFound, "v", revealWeights, reveal(1))
	w.Storage.CommitRevealWeightsEnabled.Set(s, id, true)
	w.Storage.WeightsSetRateLimit.Set(s, id, 5)
	w.fails(frame.BadOrigin, "root", commitWeights, commit(1))
	w.fails(frame.BadOrigin, "root", revealWeights, reveal(1))
	w.fails(e.HotKeyNotRegisteredInSubNet, "stranger", commitWeights, commit(1))
	w.fails(e.CommittingWeightsTooFast, "v", commitMechanism, &weights.CommitMechanismWeights{NetUID: id, Mecid: 1}) // the guard's
	if err := w.Weights.CommitMechanism(w.c.As(frame.Signed(key("v"))), weights.CommitMechanismWeights{NetUID: id, Mecid: 1}); err != e.MechanismDoesNotExist {
		t.Errorf("past the guard a mechanism that does not exist gives %v", err)
	}
	w.do("v", commitWeights, commit(1))
	w.fails(e.CommittingWeightsTooFast, "v", commitWeights, commit(2))
	w.fails(e.RevealTooEarly, "v", revealWeights, reveal(1))
	w.fails(e.NoWeightsCommitFound, "v", revealWeights, reveal(2)) // the guard's
	w.fails(e.NoWeightsCommitFound, "m", revealWeights, reveal(1)) // another's

	w.at(1006)
	w.do("v", commitWeights, commit(2))
	w.Storage.SubnetEpochIndex.Mutate(s, id, func(n *uint64) { *n++ })
	w.do("v", revealWeights, reveal(2)) // and drops the older one
	if got := w.Storage.Weights.Get(s, bt.NetUIDIndex(id), 1); len(got) != 2 {
		t.Errorf("weights %v", got)
	}
	if w.Storage.WeightCommits.Has(s, epoch.Index(id, 0), key("v")) {
		t.Error("commits are left")
	}
	w.fails(e.NoWeightsCommitFound, "v", revealWeights, reveal(1))

	// Two epochs later a commit has expired: the guard finds it no longer in time.
	w.Storage.WeightsSetRateLimit.Set(s, id, 0)
	w.do("v", commitWeights, commit(3))
	w.Storage.SubnetEpochIndex.Mutate(s, id, func(n *uint64) { *n += 2 })
	w.fails(e.RevealTooEarly, "v", revealWeights, reveal(3))
	signed := w.c.As(frame.Signed(key("v")))
	if err := w.Weights.Reveal(signed, *reveal(3)); err != e.ExpiredWeightCommit { // past the guard, as in a batch
		t.Errorf("an expired reveal gives %v", err)
	}
	if err := w.Weights.Reveal(signed, *reveal(4)); err != e.NoWeightsCommitFound {
		t.Errorf("an unknown reveal among expired ones gives %v", err)
	}
	for salt := range uint16(10) {
		w.do("v", commitWeights, commit(10+salt))
	}
	w.fails(e.TooManyUnrevealedCommits, "v", commitWeights, commit(20))
	if err := w.Weights.Reveal(signed, *reveal(21)); err != e.InvalidRevealCommitHashNotMatch {
		t.Errorf("an unknown reveal gives %v", err)
	}

	// A batch reveals all or nothing, in any order.
	w.Storage.SubnetEpochIndex.Mutate(s, id, func(n *uint64) { *n++ })
	batch := &weights.BatchRevealWeights{NetUID: id}
	for _, salt := range []uint16{12, 10} {
		r := reveal(salt)
		batch.UidsList, batch.ValuesList = append(batch.UidsList, r.Uids), append(batch.ValuesList, r.Values)
		batch.SaltsList, batch.VersionKeys = append(batch.SaltsList, r.Salt), append(batch.VersionKeys, 0)
	}
	short := *batch
	short.VersionKeys = short.VersionKeys[:1]
	w.fails(e.InputLengthsUnequal, "v", batchReveal, &short)
	twice := *batch
	twice.SaltsList = [][]uint16{{12}, {12}}
	w.fails(e.InvalidRevealCommitHashNotMatch, "v", batchReveal, &twice)
	w.do("v", batchReveal, batch)
	if got := w.Storage.WeightCommits.Get(s, epoch.Index(id, 0), key("v")); len(got) != 8 {
		t.Errorf("%d commits are left, want 8", len(got))
	}
}

// A batch over subnets goes on where one refuses, and tells which.
func TestBatches(t *testing.T) {
	w, id := validators(t)
	e := &w.Error
	type row = scale.Pair[scale.Compact[uint16], scale.Compact[uint16]]
	cell := func(a, b uint16) row { return row{A: scale.Compact[uint16]{V: a}, B: scale.Compact[uint16]{V: b}} }
	ids := []scale.Compact[bt.NetUID]{{V: 9}, {V: id}}
	set := &weights.BatchSetWeights{Netuids: ids, Weights: [][]row{{cell(2, 1)}, {cell(2, 1), cell(3, 3)}}, VersionKeys: make([]scale.Compact[uint64], 2)}
	w.fails(e.InputLengthsUnequal, "v", batchSet, &weights.BatchSetWeights{Netuids: ids})
	w.fails(e.InputLengthsUnequal, "v", batchCommit, &weights.BatchCommitWeights{Netuids: ids})
	events := len(w.c.Env.Events)
	w.do("v", batchSet, set)
	if got := w.Storage.Weights.Get(w.c.State, bt.NetUIDIndex(id), 1); len(got) != 2 || got[0].B != 21845 {
		t.Errorf("weights %v", got)
	}
	if got := len(w.c.Env.Events) - events; got != 4 { // set, with errors, which, completed
		t.Errorf("%d events, want 4", got)
	}
	w.Storage.CommitRevealWeightsEnabled.Set(w.c.State, id, true)
	w.at(2000)
	w.do("v", batchCommit, &weights.BatchCommitWeights{Netuids: ids, CommitHashes: []bt.Hash{{1}, {2}}})
	if got := w.Storage.WeightCommits.Get(w.c.State, epoch.Index(id, 0), key("v")); len(got) != 1 || got[0].A != (bt.Hash{2}) || got[0].C != 2000 {
		t.Errorf("commits %v", got)
	}
}
