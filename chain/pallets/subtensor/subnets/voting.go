package subnets

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// TrackVotingPower is the arguments of enable_voting_power_tracking and disable_voting_power_tracking.
type TrackVotingPower struct {
	NetUID bt.NetUID `name:"netuid"`
}

// SetVotingPowerEmaAlpha is the call's arguments; the weight of an epoch's stake is of 1e18.
type SetVotingPowerEmaAlpha struct {
	NetUID bt.NetUID `name:"netuid"`
	Alpha  uint64
}

const (
	votingPowerGrace = 100_800                   // blocks for which voting power is still tracked after that was switched off: two weeks
	votingPowerOne   = 1_000_000_000_000_000_000 // the weight of an epoch that leaves nothing of earlier ones
)

// EnableVotingPower has the stake of a subnet's validators smoothed from the next epoch on, and calls off an end of it; the owner or root may. Event
// VotingPowerTrackingEnabled.
func (r *Room) EnableVotingPower(c *frame.Ctx, a TrackVotingPower) error {
	if err := r.EnsureOwnerOrRoot(c, a.NetUID); err != nil {
		return err
	}
	r.Storage.VotingPowerTrackingEnabled.Set(c.State, a.NetUID, true)
	r.Storage.VotingPowerDisableAtBlock.Delete(c.State, a.NetUID)
	r.Event.VotingPowerTrackingEnabled.Emit(c, state.VotingPowerTrackingEnabled(a))
	return nil
}

// DisableVotingPower ends that two weeks later; the owner or root may. It fails with VotingPowerTrackingNotEnabled. Event VotingPowerTrackingDisableScheduled.
func (r *Room) DisableVotingPower(c *frame.Ctx, a TrackVotingPower) error {
	if err := r.EnsureOwnerOrRoot(c, a.NetUID); err != nil {
		return err
	}
	if !r.Storage.VotingPowerTrackingEnabled.Get(c.State, a.NetUID) {
		return r.Error.VotingPowerTrackingNotEnabled
	}
	last := stakepool.Now(c) + votingPowerGrace
	r.Storage.VotingPowerDisableAtBlock.Set(c.State, a.NetUID, last)
	r.Event.VotingPowerTrackingDisableScheduled.Emit(c, state.VotingPowerTrackingDisableScheduled{NetUID: a.NetUID, DisableAtBlock: last})
	return nil
}

// SetVotingPowerEmaAlpha sets how much an epoch's stake counts against earlier ones; root alone may. It fails with InvalidVotingPowerEmaAlpha above one. Event
// VotingPowerEmaAlphaSet.
func (r *Room) SetVotingPowerEmaAlpha(c *frame.Ctx, a SetVotingPowerEmaAlpha) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	if a.Alpha > votingPowerOne {
		return r.Error.InvalidVotingPowerEmaAlpha
	}
	r.Storage.VotingPowerEmaAlpha.Set(c.State, a.NetUID, a.Alpha)
	r.Event.VotingPowerEmaAlphaSet.Emit(c, state.VotingPowerEmaAlphaSet(a))
	return nil
}
