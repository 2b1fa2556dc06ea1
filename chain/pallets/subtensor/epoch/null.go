package epoch

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
)

// nullSeats is how many uids all mechanisms of a subnet without consensus may have together.
const nullSeats = 2_500

// Null tells whether a subnet's epochs run without consensus: see [yuma.Null].
func (r *Room) Null(c *frame.Ctx, id bt.NetUID) bool {
	return r.st.Storage.SubnetEpochConsensus.Get(c.State, id) == state.Null
}

// Seats is how many uids all mechanisms of a subnet may have together.
func (r *Room) Seats(c *frame.Ctx, id bt.NetUID) uint16 {
	return r.seatsOf(r.st.Storage.SubnetEpochConsensus.Get(c.State, id))
}

func (r *Room) seatsOf(mode state.EpochConsensus) uint16 {
	if mode == state.Null {
		return nullSeats
	}
	return r.st.Constants.InitialMaxAllowedUids.Get()
}

// SetConsensus changes the consensus that a subnet's epochs run. Room for neurons is cut to what its new kind allows, but nobody is taken away. A subnet without
// consensus has one validator, whoever has the most stake, and the number of before comes back with consensus; bonds stay as they are while there is none. The same
// consensus again changes nothing. It fails with InvalidValue for root, while timelocked weights wait for their reveal, and where the subnet has more neurons than
// its new kind allows. Event EpochConsensusSet.
func (r *Room) SetConsensus(c *frame.Ctx, id bt.NetUID, mode state.EpochConsensus) error {
	s, st := c.State, &r.st.Storage
	most := r.seatsOf(mode) / max(1, uint16(st.MechanismCountCurrent.Get(s, id)))
	if id == stakepool.Root || r.awaitsReveal(c, id) || st.SubnetworkN.Get(s, id) > most {
		return r.st.Error.InvalidValue
	}
	if st.SubnetEpochConsensus.Get(s, id) != mode {
		st.SubnetEpochConsensus.Set(s, id, mode)
		if st.MaxAllowedUids.Get(s, id) > most {
			st.MaxAllowedUids.Set(s, id, most)
		}
		if mode == state.Null {
			r.enterNull(c, id)
		} else {
			r.leaveNull(c, id)
		}
	}
	r.st.Event.EpochConsensusSet.Emit(c, state.EpochConsensusSet{NetUID: id, Value: mode})
	return nil
}

// awaitsReveal tells whether timelocked weights wait for their reveal in any mechanism that a subnet has or had.
func (r *Room) awaitsReveal(c *frame.Ctx, id bt.NetUID) bool {
	for m := range bt.MechID(MostMechanisms) {
		for range r.st.Storage.TimelockedWeightCommits.Of(c.State, Index(id, m)) {
			return true
		}
	}
	return false
}

// enterNull remembers how many validators there were, and when bonds were last made.
func (r *Room) enterNull(c *frame.Ctx, id bt.NetUID) {
	s, st := c.State, &r.st.Storage
	st.SavedYumaMaxAllowedValidators.Set(s, id, st.MaxAllowedValidators.Get(s, id))
	st.MaxAllowedValidators.Set(s, id, 1)
	st.LastYumaStepBlock.Set(s, id, r.lastBonds(c, id))
	r.Elect(c, id)
}

// leaveNull brings the number of validators back. A trimming that is not over ends.
func (r *Room) leaveNull(c *frame.Ctx, id bt.NetUID) {
	s, st := c.State, &r.st.Storage
	if saved, ok := st.SavedYumaMaxAllowedValidators.TryGet(s, id); ok {
		st.MaxAllowedValidators.Set(s, id, min(saved, st.MaxAllowedUids.Get(s, id)))
		st.SavedYumaMaxAllowedValidators.Delete(s, id)
	}
	st.NullPruningTarget.Delete(s, id)
}

// Elect gives the only permit of a subnet without consensus to the uid with the most stake.
func (r *Room) Elect(c *frame.Ctx, id bt.NetUID) {
	stakes := r.StakeByUID(c, id)
	totals, permits := make([]fixed.I64F64, len(stakes)), make([]bool, len(stakes))
	for uid, stake := range stakes {
		totals[uid] = stake.Total
	}
	if uid, ok := yuma.Winner(totals, len(totals)); ok {
		permits[uid] = true
	}
	r.st.Storage.ValidatorPermit.Set(c.State, id, permits)
}

// lastBonds is the block of the last epoch that made bonds. It is kept apart from that of the last epoch once a subnet was without consensus.
func (r *Room) lastBonds(c *frame.Ctx, id bt.NetUID) uint64 {
	if block, ok := r.st.Storage.LastYumaStepBlock.TryGet(c.State, id); ok {
		return block
	}
	return r.st.Storage.LastMechansimStepBlock.Get(c.State, id)
}

// Done notes that a subnet's epoch ran in this block and was paid.
func (r *Room) Done(c *frame.Ctx, id bt.NetUID) {
	s, st, now := c.State, &r.st.Storage, uint64(c.Env.Number)
	st.LastMechansimStepBlock.Set(s, id, now)
	if !r.Null(c, id) && st.LastYumaStepBlock.Has(s, id) {
		st.LastYumaStepBlock.Set(s, id, now)
	}
}

// runNull runs one mechanism of a subnet without consensus, of which it reads the deciding validator's weights only, and stores what miners got.
func (r *Room) runNull(c *frame.Ctx, id bt.NetUID, index bt.NetUIDIndex, in yuma.Input, b yuma.Budgets, seats []seat) *yuma.Output {
	s, st := c.State, &r.st.Storage
	in.LastUpdate = st.LastUpdate.Get(s, index)
	if winner, ok := yuma.Winner(in.Stake, in.Neurons); ok {
		in.Weights = make([][]yuma.Entry, winner+1)
		in.Weights[winner] = entries(st.Weights.Get(s, index, uint16(winner)))
	}
	in.CommitBlocks = r.commitBlocks(c, id, index, in.Neurons)
	out := yuma.Null(&in, b)
	r.storeIncentive(c, index, out, seats)
	return out
}
