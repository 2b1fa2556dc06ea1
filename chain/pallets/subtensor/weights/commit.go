package weights

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// maxUnrevealed is how many commits a hotkey may have open in one mechanism.
const maxUnrevealed = 10

// Commit is an open commit: its hash, the epoch and the block it was made in, and an unused number.
type Commit = state.Quad[bt.Hash, uint64, uint64, uint64]

// CommitWeights are the arguments of commit_weights.
type CommitWeights struct {
	NetUID     bt.NetUID
	CommitHash bt.Hash
}

// CommitMechanismWeights are the arguments of commit_mechanism_weights.
type CommitMechanismWeights struct {
	NetUID     bt.NetUID
	Mecid      bt.MechID
	CommitHash bt.Hash
}

// RevealWeights are the arguments of reveal_weights: what was hashed.
type RevealWeights struct {
	NetUID     bt.NetUID
	Uids       []uint16
	Values     []uint16
	Salt       []uint16
	VersionKey uint64
}

// RevealMechanismWeights are the arguments of reveal_mechanism_weights.
type RevealMechanismWeights struct {
	NetUID     bt.NetUID
	Mecid      bt.MechID
	Uids       []uint16
	Values     []uint16
	Salt       []uint16
	VersionKey uint64
}

// CommitHash is blake2b-256 over what a validator will reveal.
func CommitHash(who bt.AccountID, index bt.NetUIDIndex, uids, values, salt []uint16, versionKey uint64) bt.Hash {
	var e scale.Encoder
	e.Raw(who[:])
	e.U16(uint16(index))
	e.Encode(uids)
	e.Encode(values)
	e.Encode(salt)
	e.U64(versionKey)
	return hash.Blake256(e.Bytes())
}

// Commit stores the hash of weights that the signer will reveal RevealPeriodEpochs later.
func (r *Room) Commit(c *frame.Ctx, a CommitWeights) error {
	return r.CommitMechanism(c, CommitMechanismWeights{NetUID: a.NetUID, CommitHash: a.CommitHash})
}

// CommitMechanism is Commit for one mechanism.
func (r *Room) CommitMechanism(c *frame.Ctx, a CommitMechanismWeights) error {
	s, st, e := c.State, &r.st.Storage, &r.st.Error
	if err := r.mechanismExists(c, a.NetUID, a.Mecid); err != nil {
		return err
	}
	who, err := c.Signer()
	if err != nil {
		return err
	}
	if !st.CommitRevealWeightsEnabled.Get(s, a.NetUID) {
		return e.CommitRevealDisabled
	}
	uid, registered := st.Uids.TryGet(s, a.NetUID, who)
	if !registered {
		return e.HotKeyNotRegisteredInSubNet
	}
	if err := r.mayJudge(c, who, a.NetUID); err != nil {
		return err
	}
	if !r.RateOK(c, a.NetUID, a.Mecid, uid) {
		return e.CommittingWeightsTooFast
	}
	index := epoch.Index(a.NetUID, a.Mecid)
	open, _ := r.dropExpired(c, a.NetUID, st.WeightCommits.Get(s, index, who))
	if len(open) >= maxUnrevealed {
		return e.TooManyUnrevealedCommits
	}
	open = append(open, Commit{A: a.CommitHash, B: r.epoch.Current(c, a.NetUID), C: uint64(c.Env.Number)})
	st.WeightCommits.Set(s, index, who, open)
	r.st.Event.WeightsCommitted.Emit(c, state.WeightsCommitted{Hotkey: who, Index: index, CommitHash: a.CommitHash})
	r.touch(c, index, uid)
	return nil
}

// dropExpired takes the commits off the front of a queue that can no longer be revealed, and returns their hashes.
func (r *Room) dropExpired(c *frame.Ctx, id bt.NetUID, queue []Commit) (open []Commit, expired []bt.Hash) {
	for len(queue) > 0 && r.epoch.CommitExpired(c, id, queue[0].B) {
		expired = append(expired, queue[0].A)
		queue = queue[1:]
	}
	return queue, expired
}

// Reveal shows committed weights and sets them.
func (r *Room) Reveal(c *frame.Ctx, a RevealWeights) error {
	return r.RevealMechanism(c, RevealMechanismWeights{
		NetUID: a.NetUID, Uids: a.Uids, Values: a.Values, Salt: a.Salt, VersionKey: a.VersionKey,
	})
}

// RevealMechanism is Reveal for one mechanism. Older commits of the signer are dropped with the revealed one.
func (r *Room) RevealMechanism(c *frame.Ctx, a RevealMechanismWeights) error {
	s, st, e := c.State, &r.st.Storage, &r.st.Error
	index := epoch.Index(a.NetUID, a.Mecid)
	who, err := c.Signer()
	if err != nil {
		return err
	}
	if !st.CommitRevealWeightsEnabled.Get(s, a.NetUID) {
		return e.CommitRevealDisabled
	}
	if err := r.mayJudge(c, who, a.NetUID); err != nil {
		return err
	}
	queue, ok := st.WeightCommits.TryGet(s, index, who)
	if !ok {
		return e.NoWeightsCommitFound
	}
	open, expired := r.dropExpired(c, a.NetUID, queue)
	revealed := CommitHash(who, index, a.Uids, a.Values, a.Salt, a.VersionKey)
	at := find(open, revealed)
	switch {
	case at < 0 && slices.Contains(expired, revealed):
		return e.ExpiredWeightCommit
	case len(open) == 0:
		return e.NoWeightsCommitFound
	case at < 0:
		return e.InvalidRevealCommitHashNotMatch
	case !r.epoch.Revealable(c, a.NetUID, open[at].B):
		return e.RevealTooEarly
	}
	r.keep(c, index, who, open[at+1:])
	if err := r.set(c, SetMechanismWeights{
		NetUID: a.NetUID, Mecid: a.Mecid, Dests: a.Uids, Weights: a.Values, VersionKey: a.VersionKey,
	}); err != nil {
		return err
	}
	r.st.Event.WeightsRevealed.Emit(c, state.WeightsRevealed{Hotkey: who, Index: index, CommitHash: revealed})
	return nil
}

// find is the place of a hash in a queue, or -1.
func find(queue []Commit, h bt.Hash) int {
	return slices.IndexFunc(queue, func(m Commit) bool { return m.A == h })
}

// keep stores what is left of a queue; an empty one is removed.
func (r *Room) keep(c *frame.Ctx, index bt.NetUIDIndex, who bt.AccountID, open []Commit) {
	if len(open) == 0 {
		r.st.Storage.WeightCommits.Delete(c.State, index, who)
		return
	}
	r.st.Storage.WeightCommits.Set(c.State, index, who, open)
}
