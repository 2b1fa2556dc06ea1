package weights

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/fixed"
)

// How much timelocked weights may take on a subnet without consensus, where a row may be for 2,500 neurons, in bytes.
const (
	nullCommit     = 32 << 10 // a hotkey's commits in all mechanisms together
	nullQueueBytes = 64 << 10 // all commits of an epoch
	nullQueueRows  = 64       // their number
)

// mostTimelocked is how long a timelocked commit may be on a subnet, in bytes.
func (r *Room) mostTimelocked(c *frame.Ctx, id bt.NetUID) int {
	if !r.epoch.Null(c, id) {
		return yumaTimelocked
	}
	return nullCommit / max(1, int(r.st.Storage.MechanismCountCurrent.Get(c.State, id)))
}

// enqueue puts a timelocked commit into its epoch's queue. With consensus each hotkey may have ten of them. Without, it has one in each mechanism, so that a new one
// takes the place of the old one; and what is beyond the bounds of all mechanisms together goes, the hotkeys with the least stake first, of equal ones those with
// the highest uids. It fails with TooManyUnrevealedCommits, or with CommitQueueFull where there is no weaker hotkey to make room.
func (r *Room) enqueue(c *frame.Ctx, id bt.NetUID, mechanism bt.MechID, made uint64, m timelocked) error {
	s, st, e := c.State, &r.st.Storage, &r.st.Error
	own := func(other timelocked) bool { return other.A == m.A }
	if !r.epoch.Null(c, id) {
		index := epoch.Index(id, mechanism)
		queue := st.TimelockedWeightCommits.Get(s, index, made)
		if len(queue)-len(slices.DeleteFunc(slices.Clone(queue), own)) >= maxUnrevealed {
			return e.TooManyUnrevealedCommits
		}
		st.TimelockedWeightCommits.Set(s, index, made, append(queue, m))
		return nil
	}
	queues := make([][]timelocked, st.MechanismCountCurrent.Get(s, id))
	rows, bytes := 1, len(m.C)
	for i := range queues {
		queues[i] = slices.Clone(st.TimelockedWeightCommits.Get(s, epoch.Index(id, bt.MechID(i)), made))
		if bt.MechID(i) == mechanism {
			queues[i] = slices.DeleteFunc(queues[i], own)
		}
		rows += len(queues[i])
		for _, other := range queues[i] {
			bytes += len(other.C)
		}
	}
	me := r.standing(c, id, m.A)
	for rows > nullQueueRows || bytes > nullQueueBytes {
		weakest, of, at := me, 0, -1
		for i := range queues {
			for j, other := range queues[i] {
				if them := r.standing(c, id, other.A); them.below(weakest) {
					weakest, of, at = them, i, j
				}
			}
		}
		if at < 0 {
			return e.CommitQueueFull
		}
		rows, bytes = rows-1, bytes-len(queues[of][at].C)
		queues[of] = slices.Delete(queues[of], at, at+1)
	}
	queues[mechanism] = append(queues[mechanism], m)
	for i, queue := range queues {
		index := epoch.Index(id, bt.MechID(i))
		switch before := len(st.TimelockedWeightCommits.Get(s, index, made)); {
		case len(queue) == 0 && before > 0:
			st.TimelockedWeightCommits.Delete(s, index, made)
		case len(queue) != before || bt.MechID(i) == mechanism:
			st.TimelockedWeightCommits.Set(s, index, made, queue)
		}
	}
	return nil
}

// standing orders hotkeys on a subnet as the election of its validator does: by stake, and of equal ones the lower uid stands higher. Whoever has no uid stands
// below all.
type standing struct {
	registered bool
	stake      fixed.I64F64
	uid        uint16
}

func (r *Room) standing(c *frame.Ctx, id bt.NetUID, who bt.AccountID) standing {
	uid, registered := r.st.Storage.Uids.TryGet(c.State, id, who)
	if !registered {
		return standing{}
	}
	return standing{true, r.epoch.StakeOf(c, who, id).Total, uid}
}

func (a standing) below(b standing) bool {
	if a.registered != b.registered {
		return b.registered
	}
	if order := a.stake.Cmp(b.stake); order != 0 {
		return order < 0
	}
	return a.uid > b.uid
}
