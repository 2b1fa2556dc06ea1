package weights

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// BatchSetWeights are the arguments of batch_set_weights: one row and version key for each subnet.
type BatchSetWeights struct {
	Netuids     []scale.Compact[bt.NetUID]
	Weights     [][]scale.Pair[scale.Compact[uint16], scale.Compact[uint16]]
	VersionKeys []scale.Compact[uint64]
}

// BatchCommitWeights are the arguments of batch_commit_weights: one hash for each subnet.
type BatchCommitWeights struct {
	Netuids      []scale.Compact[bt.NetUID]
	CommitHashes []bt.Hash
}

// BatchRevealWeights are the arguments of batch_reveal_weights: several commits of one subnet.
type BatchRevealWeights struct {
	NetUID      bt.NetUID
	UidsList    [][]uint16
	ValuesList  [][]uint16
	SaltsList   [][]uint16
	VersionKeys []uint64
}

// BatchSet sets weights in several subnets; a subnet that refuses gives an event, and the others go on.
func (r *Room) BatchSet(c *frame.Ctx, a BatchSetWeights) error {
	hotkey, err := c.Signer()
	if err != nil {
		return err
	}
	if len(a.Netuids) != len(a.Weights) || len(a.Netuids) != len(a.VersionKeys) {
		return r.st.Error.InputLengthsUnequal
	}
	return r.each(c, hotkey, a.Netuids, func(i int) error {
		set := SetWeights{NetUID: a.Netuids[i].V, VersionKey: a.VersionKeys[i].V}
		for _, p := range a.Weights[i] {
			set.Dests, set.Weights = append(set.Dests, p.A.V), append(set.Weights, p.B.V)
		}
		return r.Set(c, set)
	})
}

// BatchCommit commits in several subnets; a subnet that refuses gives an event, and the others go on.
func (r *Room) BatchCommit(c *frame.Ctx, a BatchCommitWeights) error {
	hotkey, err := c.Signer()
	if err != nil {
		return err
	}
	if len(a.Netuids) != len(a.CommitHashes) {
		return r.st.Error.InputLengthsUnequal
	}
	return r.each(c, hotkey, a.Netuids, func(i int) error {
		return r.Commit(c, CommitWeights{NetUID: a.Netuids[i].V, CommitHash: a.CommitHashes[i]})
	})
}

// each runs the items of a batch and tells their failures by events after the last one.
func (r *Room) each(c *frame.Ctx, hotkey bt.AccountID, ids []scale.Compact[bt.NetUID], run func(i int) error) error {
	type failure struct {
		id  bt.NetUID
		err error
	}
	var failed []failure
	for i, id := range ids {
		if err := run(i); err != nil {
			failed = append(failed, failure{id.V, err})
		}
	}
	for i, f := range failed {
		if i == 0 {
			r.st.Event.BatchCompletedWithErrors.Emit(c, scale.Unit{})
		}
		r.st.Event.BatchWeightItemFailed.Emit(c, state.BatchWeightItemFailed{NetUID: f.id, Error: frame.ToDispatch(f.err)})
	}
	r.st.Event.BatchWeightsCompleted.Emit(c, state.BatchWeightsCompleted{NetUIDs: ids, Hotkey: hotkey})
	return nil
}

// BatchReveal reveals several commits of the first mechanism, all or nothing.
func (r *Room) BatchReveal(c *frame.Ctx, a BatchRevealWeights) error {
	s, st, e := c.State, &r.st.Storage, &r.st.Error
	n := len(a.UidsList)
	if n != len(a.ValuesList) || n != len(a.SaltsList) || n != len(a.VersionKeys) {
		return e.InputLengthsUnequal
	}
	who, err := c.Signer()
	if err != nil {
		return err
	}
	if !st.CommitRevealWeightsEnabled.Get(s, a.NetUID) {
		return e.CommitRevealDisabled
	}
	index := epoch.Index(a.NetUID, 0)
	queue, ok := st.WeightCommits.TryGet(s, index, who)
	if !ok {
		return e.NoWeightsCommitFound
	}
	open, expired := r.dropExpired(c, a.NetUID, queue)
	hashes := make([]bt.Hash, n)
	for i := range n {
		hashes[i] = CommitHash(who, index, a.UidsList[i], a.ValuesList[i], a.SaltsList[i], a.VersionKeys[i])
	}
	locate := func(h bt.Hash) (int, error) {
		at := find(open, h)
		switch {
		case at >= 0:
			return at, nil
		case slices.Contains(expired, h):
			return 0, e.ExpiredWeightCommit
		}
		return 0, e.InvalidRevealCommitHashNotMatch
	}
	for _, h := range hashes {
		at, err := locate(h)
		if err != nil {
			return err
		}
		if !r.epoch.Revealable(c, a.NetUID, open[at].B) {
			return e.RevealTooEarly
		}
	}
	for i, h := range hashes {
		at, err := locate(h) // the same commit cannot be revealed twice
		if err != nil {
			return err
		}
		open = slices.Delete(open, at, at+1)
		if err := r.set(c, SetMechanismWeights{
			NetUID: a.NetUID, Dests: a.UidsList[i], Weights: a.ValuesList[i], VersionKey: a.VersionKeys[i],
		}); err != nil {
			return err
		}
	}
	r.keep(c, index, who, open)
	r.st.Event.WeightsBatchRevealed.Emit(c, state.WeightsBatchRevealed{Hotkey: who, NetUID: a.NetUID, CommitHashes: hashes})
	return nil
}
