package weights

import (
	"errors"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

const (
	// maxTimelocked is how long a timelocked commit may be, in bytes; most subnets take yumaTimelocked.
	maxTimelocked  = nullCommit
	yumaTimelocked = 5000
	// crv3Version is the version of commits that do not say theirs.
	crv3Version = 4
)

// Timelocked is weights encrypted to a round of the beacon (package tlock): at most 32 KiB.
type Timelocked []byte

// ScaleName is Substrate's.
func (Timelocked) ScaleName() scale.Name { return state.BoundedBytes(nil).ScaleName() }

// EncodeScale writes the length and the bytes.
func (b Timelocked) EncodeScale(e *scale.Encoder) {
	e.Compact(uint64(len(b)))
	e.Raw(b)
}

// DecodeScale reads what EncodeScale writes.
func (b *Timelocked) DecodeScale(d *scale.Decoder) {
	raw := d.ByteSlice()
	if len(raw) > maxTimelocked {
		d.Invalid("a commit of %d bytes, at most %d", len(raw), maxTimelocked)
		return
	}
	*b = append(Timelocked{}, raw...)
}

// CommitTimelocked are the arguments of commit_timelocked_weights.
type CommitTimelocked struct {
	NetUID              bt.NetUID
	Commit              Timelocked
	RevealRound         uint64
	CommitRevealVersion uint16
}

// CommitTimelockedMechanism are the arguments of commit_timelocked_mechanism_weights.
type CommitTimelockedMechanism struct {
	NetUID              bt.NetUID
	Mecid               bt.MechID
	Commit              Timelocked
	RevealRound         uint64
	CommitRevealVersion uint16
}

// CommitCRV3Mechanism are the arguments of commit_crv3_mechanism_weights.
type CommitCRV3Mechanism struct {
	NetUID      bt.NetUID
	Mecid       bt.MechID
	Commit      Timelocked
	RevealRound uint64
}

// timelocked is a commit in its queue: who, the block it was made in, the ciphertext and the round that opens it.
type timelocked = state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64]

// CommitTimelocked stores encrypted weights that the chain itself will reveal RevealPeriodEpochs later.
func (r *Room) CommitTimelocked(c *frame.Ctx, a CommitTimelocked) error {
	return r.CommitTimelockedMechanism(c, CommitTimelockedMechanism{
		NetUID: a.NetUID, Commit: a.Commit, RevealRound: a.RevealRound, CommitRevealVersion: a.CommitRevealVersion,
	})
}

// CommitCRV3Mechanism is CommitTimelockedMechanism for commits that do not say their version.
func (r *Room) CommitCRV3Mechanism(c *frame.Ctx, a CommitCRV3Mechanism) error {
	return r.CommitTimelockedMechanism(c, CommitTimelockedMechanism{
		NetUID: a.NetUID, Mecid: a.Mecid, Commit: a.Commit, RevealRound: a.RevealRound, CommitRevealVersion: crv3Version,
	})
}

// CommitTimelockedMechanism is CommitTimelocked for one mechanism. What is encrypted is not looked at before its round is there.
func (r *Room) CommitTimelockedMechanism(c *frame.Ctx, a CommitTimelockedMechanism) error {
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
	if a.CommitRevealVersion != st.CommitRevealWeightsVersion.Get(s) {
		return e.IncorrectCommitRevealVersion
	}
	uid, registered := st.Uids.TryGet(s, a.NetUID, who)
	if !registered {
		return e.HotKeyNotRegisteredInSubNet
	}
	if err := r.mayJudge(c, who, a.NetUID); err != nil {
		return err
	}
	if len(a.Commit) > r.mostTimelocked(c, a.NetUID) {
		return e.CommitPayloadTooLarge
	}
	if !r.RateOK(c, a.NetUID, a.Mecid, uid) {
		return e.CommittingWeightsTooFast
	}
	index := epoch.Index(a.NetUID, a.Mecid)
	entry := timelocked{A: who, B: uint64(c.Env.Number), C: state.BoundedBytes(a.Commit), D: a.RevealRound}
	if err := r.enqueue(c, a.NetUID, a.Mecid, r.epoch.Current(c, a.NetUID), entry); err != nil {
		return err
	}
	r.st.Event.TimelockedWeightsCommitted.Emit(c, state.TimelockedWeightsCommitted{
		Hotkey: who, Index: index, CommitHash: hash.Blake256(a.Commit), RevealRound: a.RevealRound,
	})
	r.touch(c, index, uid)
	return nil
}

// RevealMatured reveals the timelocked weights of a subnet whose epoch of reveal this is. Commits whose round is not there yet wait for a later block of the
// epoch; those that cannot be opened, are somebody else's, or that the chain refuses to set are dropped without a word, and those of older epochs too.
func (r *Room) RevealMatured(c *frame.Ctx, id bt.NetUID) {
	s, st := c.State, &r.st.Storage
	now, period := r.epoch.Current(c, id), st.RevealPeriodEpochs.Get(s, id)
	due := now - min(now, period)
	for mechanism := range st.MechanismCountCurrent.Get(s, id) {
		index := epoch.Index(id, mechanism)
		var expired []uint64
		for made := range st.TimelockedWeightCommits.Of(s, index) {
			if made < due {
				expired = append(expired, made)
			}
		}
		for _, made := range expired {
			st.TimelockedWeightCommits.Delete(s, index, made)
		}
		if now < period { // no epoch lies so far back
			return
		}
		queue, ok := st.TimelockedWeightCommits.TryGet(s, index, due)
		if !ok {
			continue
		}
		waiting := slices.DeleteFunc(slices.Clone(queue), func(m timelocked) bool { return r.reveal(c, id, mechanism, m) })
		switch len(waiting) {
		case 0:
			st.TimelockedWeightCommits.Delete(s, index, due)
		case len(queue):
		default:
			st.TimelockedWeightCommits.Set(s, index, due, waiting)
		}
	}
}

// reveal opens a commit and sets its weights; done is false when it must wait for its round.
func (r *Room) reveal(c *frame.Ctx, id bt.NetUID, mechanism bt.MechID, m timelocked) (done bool) {
	plain, err := r.drand.Decrypt(c, m.D, m.C)
	if errors.Is(err, drand.ErrNoPulse) {
		return false
	}
	if err != nil {
		return true
	}
	set, ok := readPayload(plain, m.A)
	if !ok {
		return true
	}
	set.NetUID, set.Mecid = id, mechanism
	if err := r.set(c.As(frame.Signed(m.A)), set); err != nil {
		return true
	}
	r.st.Event.TimelockedWeightsRevealed.Emit(c, state.TimelockedWeightsRevealed{Index: epoch.Index(id, mechanism), Hotkey: m.A})
	return true
}

// payload is what is encrypted in a timelocked commit: whose weights these are, so that nobody can commit a copy of another's ciphertext.
type payload struct {
	Hotkey []byte
	legacyPayload
}

// legacyPayload is the older form, without hotkey.
type legacyPayload struct {
	Uids       []uint16
	Values     []uint16
	VersionKey uint64
}

// readPayload reads the decrypted weights of a committer, in the older form too. Bytes behind them are not looked at, as upstream does not.
func readPayload(plain []byte, who bt.AccountID) (SetMechanismWeights, bool) {
	d := scale.NewDecoder(plain)
	var p payload
	d.Decode(&p.Hotkey)
	d.Decode(&p.legacyPayload)
	if d.Err() == nil && len(p.Hotkey) >= len(who) {
		return p.weights(), bt.AccountID(p.Hotkey[:len(who)]) == who
	}
	d = scale.NewDecoder(plain)
	var old legacyPayload
	d.Decode(&old)
	return old.weights(), d.Err() == nil
}

func (p *legacyPayload) weights() SetMechanismWeights {
	return SetMechanismWeights{Dests: p.Uids, Weights: p.Values, VersionKey: p.VersionKey}
}

// Awaited lists the rounds that commits of all subnets wait for, in ascending order.
func (r *Room) Awaited(c *frame.Ctx) (rounds []uint64) {
	for _, queue := range r.st.Storage.TimelockedWeightCommits.All(c.State) {
		for _, m := range queue {
			rounds = append(rounds, m.D)
		}
	}
	slices.Sort(rounds)
	return slices.Compact(rounds)
}
