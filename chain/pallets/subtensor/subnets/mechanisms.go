package subnets

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/scale"
)

// MostMechanisms is how many mechanisms the storage indices of a subnet have room for.
const MostMechanisms = epoch.MostMechanisms

// SetMechanismCount changes the number of a subnet's incentive mechanisms, 1 … MaxMechanismCount. What is kept of the ones that go is removed, and emission is
// split evenly again when the number changes. It fails with MechanismDoesNotExist where there is no subnet, InvalidValue, also while commits of a subnet without
// consensus wait for their reveal, or TooManyUIDsPerMechanism when the mechanisms would have more neurons together than a subnet may have.
func (r *Room) SetMechanismCount(c *frame.Ctx, netuid bt.NetUID, count bt.MechID) error {
	st, s := &r.Storage, c.State
	if !r.Exists(c, netuid) {
		return r.Error.MechanismDoesNotExist
	}
	if count == 0 || count > st.MaxMechanismCount.Get(s) {
		return r.Error.InvalidValue
	}
	if err := r.CheckMechanismUids(c, netuid, st.MaxAllowedUids.Get(s, netuid), count); err != nil {
		return err
	}
	if count > MostMechanisms {
		return r.Error.InvalidValue
	}
	old := st.MechanismCountCurrent.Get(s, netuid)
	if count != old && r.Epochs.Null(c, netuid) && r.Committed(c, netuid) {
		return r.Error.InvalidValue
	}
	for gone := count; gone < old; gone++ {
		r.dropMechanism(c, epoch.Index(netuid, gone))
	}
	if count != old {
		st.MechanismCountCurrent.Set(s, netuid, count)
		st.MechanismEmissionSplit.Delete(s, netuid)
	}
	return nil
}

// dropMechanism removes what is kept of one mechanism.
func (r *Room) dropMechanism(c *frame.Ctx, index bt.NetUIDIndex) {
	st, s := &r.Storage, c.State
	st.Weights.DeleteOf(s, index)
	st.Incentive.Delete(s, index)
	st.ConsensusByMechanism.Delete(s, index)
	st.LastUpdate.Delete(s, index)
	st.Bonds.DeleteOf(s, index)
	st.WeightCommits.DeleteOf(s, index)
	st.TimelockedWeightCommits.DeleteOf(s, index)
}

// CheckMechanismUids fails with TooManyUIDsPerMechanism when a subnet's mechanisms would have more neurons together than a subnet of one may have.
func (r *Room) CheckMechanismUids(c *frame.Ctx, netuid bt.NetUID, uids uint16, count bt.MechID) error {
	if uint32(uids)*uint32(count) > uint32(r.Epochs.Seats(c, netuid)) {
		return r.Error.TooManyUIDsPerMechanism
	}
	return nil
}

// SetEmissionSplit says which part, of 65535, each mechanism of a subnet gets of its emission; nothing stands for equal parts. Mechanisms at the end that are
// left out get none. It fails with MechanismDoesNotExist where there is no subnet, and InvalidValue unless the parts sum to 65535.
func (r *Room) SetEmissionSplit(c *frame.Ctx, netuid bt.NetUID, split scale.Option[[]uint16]) error {
	st, s := &r.Storage, c.State
	if !r.Exists(c, netuid) {
		return r.Error.MechanismDoesNotExist
	}
	parts, set := split.Get()
	if !set {
		st.MechanismEmissionSplit.Delete(s, netuid)
		return nil
	}
	sum := uint64(0)
	for _, part := range parts {
		sum += uint64(part)
	}
	if len(parts) > int(st.MechanismCountCurrent.Get(s, netuid)) || sum != 65535 {
		return r.Error.InvalidValue
	}
	st.MechanismEmissionSplit.Set(s, netuid, parts)
	return nil
}
