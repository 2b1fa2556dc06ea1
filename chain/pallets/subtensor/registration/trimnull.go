package registration

import (
	"iter"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

const (
	// nullStep is how many neurons a step takes from a subnet without consensus, at most.
	nullStep = 64
	// nullCommits is how many rows of commits a step clears, at most.
	nullCommits = 2_500
)

// TrimNull is a step of Trim for a subnet without consensus, which may have thousands of neurons: 64 of them go at most, and NullPruningTarget says that there is
// more to do. Commits of weights are about the uids of before, so all of them are cleared first; where they are too many, this step clears 2,500 rows of them and
// takes no neurons. Others than in Trim, those with the highest uids move to the ones that are free now, all others stay where they are; only the deciding
// validator's weights are kept, and whoever has the most stake now decides. It fails as Trim does, and with InvalidValue for a subnet with consensus. Event
// NullUidsPruningProgress.
func (r *Room) TrimNull(c *frame.Ctx, netuid bt.NetUID, target uint16) error {
	st, s := &r.Storage, c.State
	if !r.Exists(c, netuid) {
		return r.Error.SubnetNotExists
	}
	if !r.Epochs.Null(c, netuid) || target < st.MinAllowedUids.Get(s, netuid) || target > st.MaxAllowedUids.Get(s, netuid) {
		return r.Error.InvalidValue
	}
	n := st.SubnetworkN.Get(s, netuid)
	if n > target { // the last step must be possible too
		if _, immune := r.untrimmable(c, netuid); percentOf(immune, target) >= r.Constants.MaxImmuneUidsPercentage.Get() {
			return r.Error.TrimmingWouldExceedMaxImmunePercentage
		}
	}
	clean, cleared := r.clearCommits(c, netuid)
	if clean {
		if err := r.trim(c, netuid, max(n-min(n, nullStep), target)); err != nil {
			return err
		}
	}
	left := st.SubnetworkN.Get(s, netuid)
	if clean && left <= target {
		st.NullPruningTarget.Delete(s, netuid)
	} else {
		st.NullPruningTarget.Set(s, netuid, target)
	}
	r.Event.NullUidsPruningProgress.Emit(c, state.NullUidsPruningProgress{
		NetUID: netuid, Target: target, Remaining: left, Removed: n - left, ClearedCommits: cleared,
	})
	return nil
}

// Committed tells whether weights that were committed wait for their reveal in any of a subnet's mechanisms.
func (r *Room) Committed(c *frame.Ctx, netuid bt.NetUID) bool {
	for _, index := range r.Indices(c, netuid) {
		for range r.Storage.WeightCommits.Of(c.State, index) {
			return true
		}
		for range r.Storage.TimelockedWeightCommits.Of(c.State, index) {
			return true
		}
	}
	return false
}

// clearCommits removes commits of all mechanisms, nullCommits rows at most, and tells whether none is left.
func (r *Room) clearCommits(c *frame.Ctx, netuid bt.NetUID) (clean bool, cleared uint32) {
	st, s := &r.Storage, c.State
	for _, index := range r.Indices(c, netuid) {
		cleared += clearSome(st.WeightCommits.Of(s, index), nullCommits-cleared, func(who bt.AccountID) { st.WeightCommits.Delete(s, index, who) })
		cleared += clearSome(st.TimelockedWeightCommits.Of(s, index), nullCommits-cleared, func(made uint64) { st.TimelockedWeightCommits.Delete(s, index, made) })
	}
	return !r.Committed(c, netuid), cleared
}

// clearSome removes the first rows, most at most, and tells how many they were. They are listed first: no row may go while they are walked.
func clearSome[K, V any](rows iter.Seq2[K, V], most uint32, remove func(K)) uint32 {
	var keys []K
	for key := range rows {
		if uint32(len(keys)) == most {
			break
		}
		keys = append(keys, key)
	}
	for _, key := range keys {
		remove(key)
	}
	return uint32(len(keys))
}

// closeUp gives the uids below most that nobody has to the kept ones above, in their order.
func (r *Room) closeUp(c *frame.Ctx, netuid bt.NetUID, most uint16, kept []uint16) error {
	st, s := &r.Storage, c.State
	if len(kept) != int(most) { // too many are immune
		return r.Error.InvalidValue
	}
	permits := st.ValidatorPermit.Get(s, netuid)
	for _, index := range r.Indices(c, netuid) {
		var idle []uint16
		for uid := range st.Weights.Of(s, index) {
			if int(uid) >= len(permits) || !permits[uid] {
				idle = append(idle, uid)
			}
		}
		for _, uid := range idle {
			st.Weights.Delete(s, index, uid)
		}
	}
	tail := slices.DeleteFunc(slices.Clone(kept), func(uid uint16) bool { return uid < most })
	order := make([]uint16, most)
	for uid := range order {
		if _, stays := slices.BinarySearch(kept, uint16(uid)); stays {
			order[uid] = uint16(uid)
			continue
		}
		order[uid], tail = tail[0], tail[1:]
	}
	r.compact(c, netuid, order, false)
	st.SubnetworkN.Set(s, netuid, most)
	r.Epochs.Elect(c, netuid)
	return nil
}
