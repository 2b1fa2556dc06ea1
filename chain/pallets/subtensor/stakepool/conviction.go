package stakepool

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/conviction"
	"github.com/myelin-go/myelin/fixed"
)

// lockRule is how a lock changes with time; the arithmetic is package conviction's.
type lockRule conviction.Rates

// roll brings a lock to the block now.
func (r lockRule) roll(l state.LockState, now uint64) state.LockState {
	rolled, _, _ := asLock(l).Roll(now, conviction.Rates(r))
	return state.LockState{LockedMass: bt.Alpha(rolled.Mass), Conviction: rolled.Conviction, LastUpdate: rolled.LastUpdate}
}

func asLock(l state.LockState) conviction.Lock {
	return conviction.Lock{Mass: uint64(l.LockedMass), Conviction: l.Conviction, LastUpdate: l.LastUpdate}
}

func emptyLock(now uint64) state.LockState { return state.LockState{LastUpdate: now} }

// isDust tells whether a lock is so small that it counts as none.
func isDust(l state.LockState) bool { return asLock(l).IsZero() }

func reducedLock(l state.LockState, mass bt.Alpha, conviction fixed.U64F64) state.LockState {
	l.LockedMass -= min(l.LockedMass, mass)
	l.Conviction = l.Conviction.Sub(conviction)
	return l
}

func mergedLock(a, b state.LockState) state.LockState {
	return state.LockState{
		LockedMass: addSaturating(a.LockedMass, b.LockedMass), Conviction: a.Conviction.Add(b.Conviction),
		LastUpdate: max(a.LastUpdate, b.LastUpdate),
	}
}
