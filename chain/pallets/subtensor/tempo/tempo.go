// Package tempo is about when: when a subnet's epochs run, as far as its owner chooses that, when settings are frozen because an epoch is near, and how
// often an owner may change a setting.
//
// It deliberately runs no epochs (rooms epoch and coinbase), and holds no settings but tempo and activity (pallet adminutils).
package tempo

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
)

// Room runs the calls of this package.
type Room struct{ *subnets.Room }

// SetTempo is the call's arguments; the tempo is in blocks.
type SetTempo struct {
	NetUID bt.NetUID `name:"netuid"`
	Tempo  uint16
}

// SetActivityCutoffFactor is the call's arguments; the factor is in thousandths of a tempo.
type SetActivityCutoffFactor struct {
	NetUID      bt.NetUID `name:"netuid"`
	FactorMilli uint32
}

// TriggerEpoch is the call's arguments.
type TriggerEpoch struct {
	NetUID bt.NetUID `name:"netuid"`
}

// SetTempo lets a subnet's owner choose the blocks between two epochs, within MinTempo and MaxTempo and once in MinTempo blocks. A new tempo begins with this
// block. It fails with TempoOutOfBounds, AdminActionProhibitedDuringWeightsWindow or TxRateLimitExceeded. Event TempoSet.
func (r *Room) SetTempo(c *frame.Ctx, a SetTempo) error {
	owner, err := r.ensureOwner(c, a.NetUID)
	switch {
	case err != nil:
		return err
	case a.Tempo < r.Constants.MinTempo.Get() || a.Tempo > r.Constants.MaxTempo.Get():
		return r.Error.TempoOutOfBounds
	case r.Frozen(c, a.NetUID):
		return r.Error.AdminActionProhibitedDuringWeightsWindow
	case !r.Ready(c, TempoUpdate, owner, a.NetUID):
		return r.Error.TxRateLimitExceeded
	}
	r.Restart(c, a.NetUID, a.Tempo)
	r.Note(c, TempoUpdate, owner, a.NetUID)
	return nil
}

// Restart sets a subnet's tempo, in blocks, and lets it begin with this block. A tempo of 0 stops its epochs. Event TempoSet.
func (r *Room) Restart(c *frame.Ctx, netuid bt.NetUID, tempo uint16) {
	r.Storage.Tempo.Set(c.State, netuid, tempo)
	r.Event.TempoSet.Emit(c, state.TempoSet{NetUID: netuid, Value: tempo})
	r.Storage.LastEpochBlock.Set(c.State, netuid, stakepool.Now(c))
}

// SetActivityCutoffFactor chooses after how many thousandths of a tempo without weights a validator counts as inactive. Root is bound to the range
// only; the owner also to the freeze window and a pace. It fails with ActivityCutoffFactorMilliOutOfBounds, AdminActionProhibitedDuringWeightsWindow or
// TxRateLimitExceeded. Event ActivityCutoffFactorMilliSet.
func (r *Room) SetActivityCutoffFactor(c *frame.Ctx, a SetActivityCutoffFactor) error {
	if err := r.EnsureOwnerOrRoot(c, a.NetUID); err != nil {
		return err
	}
	if a.FactorMilli < r.Constants.MinActivityCutoffFactorMilli.Get() || a.FactorMilli > r.Constants.MaxActivityCutoffFactorMilli.Get() {
		return r.Error.ActivityCutoffFactorMilliOutOfBounds
	}
	owner, signed := c.Origin.Account()
	switch {
	case signed && r.Frozen(c, a.NetUID):
		return r.Error.AdminActionProhibitedDuringWeightsWindow
	case signed && !r.Ready(c, ActivityCutoffFactor, owner, a.NetUID):
		return r.Error.TxRateLimitExceeded
	}
	r.Storage.ActivityCutoffFactorMilli.Set(c.State, a.NetUID, a.FactorMilli)
	r.Event.ActivityCutoffFactorMilliSet.Emit(c, state.ActivityCutoffFactorMilliSet(a))
	if signed {
		r.Note(c, ActivityCutoffFactor, owner, a.NetUID)
	}
	return nil
}

// TriggerEpoch lets a subnet's owner have an epoch AdminFreezeWindow blocks from now, so that validators see it coming: settings are frozen until then. Not
// where weights are committed first, because their reveal is timed by epochs. It fails with DynamicTempoBlockedByCommitReveal,
// EpochTriggerAlreadyPending, AutoEpochAlreadyImminent or TxRateLimitExceeded. Event EpochTriggered.
func (r *Room) TriggerEpoch(c *frame.Ctx, a TriggerEpoch) error {
	st, s := &r.Storage, c.State
	owner, err := r.ensureOwner(c, a.NetUID)
	window := uint64(st.AdminFreezeWindow.Get(s))
	switch {
	case err != nil:
		return err
	case st.CommitRevealWeightsEnabled.Get(s, a.NetUID):
		return r.Error.DynamicTempoBlockedByCommitReveal
	case st.PendingEpochAt.Get(s, a.NetUID) != 0:
		return r.Error.EpochTriggerAlreadyPending
	case r.UntilEpoch(c, a.NetUID) < window:
		return r.Error.AutoEpochAlreadyImminent
	case !r.Ready(c, EpochTrigger, owner, a.NetUID):
		return r.Error.TxRateLimitExceeded
	}
	fires := stakepool.Now(c) + window
	st.PendingEpochAt.Set(s, a.NetUID, fires)
	r.Note(c, EpochTrigger, owner, a.NetUID)
	r.Event.EpochTriggered.Emit(c, state.EpochTriggered{NetUID: a.NetUID, By: owner, FiresAt: fires})
	return nil
}

// Frozen tells whether a subnet's epoch is so near, or triggered, that its settings stay as they are: validators that set weights in the last AdminFreezeWindow
// blocks must know what they are judged by. Nothing is frozen without epochs.
func (r *Room) Frozen(c *frame.Ctx, netuid bt.NetUID) bool {
	if r.Storage.Tempo.Get(c.State, netuid) == 0 {
		return false
	}
	return r.Storage.PendingEpochAt.Get(c.State, netuid) > stakepool.Now(c) ||
		r.UntilEpoch(c, netuid) < uint64(r.Storage.AdminFreezeWindow.Get(c.State))
}

// ensureOwner refuses everybody but a subnet's owner, whom it returns; root too.
func (r *Room) ensureOwner(c *frame.Ctx, netuid bt.NetUID) (bt.AccountID, error) {
	who, err := c.Signer()
	if err == nil && r.Storage.SubnetOwner.Get(c.State, netuid) != who {
		err = frame.BadOrigin
	}
	return who, err
}
