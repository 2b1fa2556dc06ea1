package tempo_test

import (
	"math"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/tempo"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
)

var owner, stranger = frame.Signed(bt.AccountID{1}), frame.Signed(bt.AccountID{2})

const setTempo, setCutoff, trigger, track, untrack, setAlpha = 139, 140, 141, 129, 130, 131

// setup is the pallet with subnet 1, whose last epoch was at block 1000 of a tempo of 360, at block 1100.
func setup(t *testing.T) (*subtensor.Pallet, *frame.Ctx, func(origin frame.Origin, index uint8, args any) error) {
	t.Helper()
	sys := system.New()
	money := balances.New(sys)
	p := subtensor.New(money)
	table := frame.NewTable([]*frame.Description{
		frame.Compile(frame.Module{Name: "System", Index: 0, Pallet: sys}),
		frame.Compile(frame.Module{Name: "Balances", Index: 5, Pallet: money}),
		frame.Compile(frame.Module{Name: subtensor.Name, Index: subtensor.Index, Pallet: p}),
	})
	c := frame.NewCtx(storage.New(nil), &frame.Env{Number: 1100, Table: table}, frame.None())
	st := &p.Storage
	st.NetworksAdded.Set(c.State, 1, true)
	st.SubnetOwner.Set(c.State, 1, bt.AccountID{1})
	st.LastEpochBlock.Set(c.State, 1, 1000)
	return p, c, func(origin frame.Origin, index uint8, args any) error {
		rows := len(c.State.Changes())
		err := c.Dispatch(origin, frame.RuntimeCall{Pallet: subtensor.Index, Index: index, Args: args}).Err
		if err != nil && len(c.State.Changes()) != rows {
			t.Errorf("call %d failed with %v, but changed something", index, err)
		}
		return err
	}
}

func TestTempoIsTheOwners(t *testing.T) {
	p, c, call := setup(t)
	to := func(n uint16) *tempo.SetTempo { return &tempo.SetTempo{NetUID: 1, Tempo: n} }
	for _, s := range []struct {
		name   string
		origin frame.Origin
		tempo  uint16
		want   error
	}{
		{"root", frame.Root(), 400, frame.BadOrigin}, {"stranger", stranger, 400, frame.BadOrigin}, {"nobody", frame.None(), 400, frame.BadOrigin},
		{"too short", owner, 359, p.Error.TempoOutOfBounds}, {"too long", owner, 50_401, p.Error.TempoOutOfBounds},
		{"longest", owner, 50_400, nil}, {"again", owner, 360, p.Error.TxRateLimitExceeded},
	} {
		if got := call(s.origin, setTempo, to(s.tempo)); got != s.want {
			t.Errorf("%s: error %v, want %v", s.name, got, s.want)
		}
	}
	if last, n := p.Storage.LastEpochBlock.Get(c.State, 1), p.Storage.Tempo.Get(c.State, 1); last != 1100 || n != 50_400 {
		t.Errorf("a tempo of %d begins with block %d, want 50400 with 1100", n, last)
	}
	c.Env.Number = 1100 + 360
	if err := call(owner, setTempo, to(360)); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	c.Env.Number += 351
	if err := call(owner, setTempo, to(400)); err != p.Error.AdminActionProhibitedDuringWeightsWindow {
		t.Errorf("in the freeze: error %v", err)
	}
}

func TestActivityFactorIsRootsToo(t *testing.T) {
	p, c, call := setup(t)
	to := func(n uint32) *tempo.SetActivityCutoffFactor {
		return &tempo.SetActivityCutoffFactor{NetUID: 1, FactorMilli: n}
	}
	for _, origin := range []frame.Origin{owner, frame.Root()} {
		for _, n := range []uint32{999, 50_001} {
			if err := call(origin, setCutoff, to(n)); err != p.Error.ActivityCutoffFactorMilliOutOfBounds {
				t.Errorf("%d: error %v", n, err)
			}
		}
	}
	if err := call(stranger, setCutoff, to(1000)); err != frame.BadOrigin {
		t.Errorf("stranger: error %v", err)
	}
	if err := call(owner, setCutoff, to(1000)); err != nil {
		t.Errorf("owner: %v", err)
	}
	if err := call(owner, setCutoff, to(1001)); err != p.Error.TxRateLimitExceeded {
		t.Errorf("again: error %v", err)
	}
	c.Env.Number = 1351
	if err := call(owner, setCutoff, to(1001)); err != p.Error.AdminActionProhibitedDuringWeightsWindow {
		t.Errorf("in the freeze: error %v", err)
	}
	if err := call(frame.Root(), setCutoff, to(50_000)); err != nil {
		t.Errorf("root, in the freeze: %v", err)
	}
}

func TestTriggeredEpochFreezesUntilItFires(t *testing.T) {
	p, c, call := setup(t)
	st, args := &p.Storage, &tempo.TriggerEpoch{NetUID: 1}
	if err := call(frame.Root(), trigger, args); err != frame.BadOrigin {
		t.Errorf("root: error %v", err)
	}
	if err := call(owner, trigger, args); err != p.Error.DynamicTempoBlockedByCommitReveal {
		t.Errorf("with commits: error %v", err)
	}
	st.CommitRevealWeightsEnabled.Set(c.State, 1, false)
	c.Env.Number = 1351
	if err := call(owner, trigger, args); err != p.Error.AutoEpochAlreadyImminent {
		t.Errorf("nine blocks before an epoch: error %v", err)
	}
	c.Env.Number = 1350
	if err := call(owner, trigger, args); err != nil || st.PendingEpochAt.Get(c.State, 1) != 1360 {
		t.Errorf("ten blocks before: error %v, fires at %d, want 1360", err, st.PendingEpochAt.Get(c.State, 1))
	}
	if !p.Tempo.Frozen(c, 1) {
		t.Error("not frozen while an epoch is awaited")
	}
	if err := call(owner, trigger, args); err != p.Error.EpochTriggerAlreadyPending {
		t.Errorf("twice: error %v", err)
	}
	st.PendingEpochAt.Delete(c.State, 1)
	st.LastEpochBlock.Set(c.State, 1, 1350)
	if err := call(owner, trigger, args); err != p.Error.TxRateLimitExceeded {
		t.Errorf("again after it fired: error %v", err)
	}
}

func TestNothingIsFrozenWithoutEpochs(t *testing.T) {
	p, c, _ := setup(t)
	p.Storage.Tempo.Set(c.State, 1, 0)
	p.Storage.PendingEpochAt.Set(c.State, 1, 5000)
	if p.Tempo.Frozen(c, 1) || p.Tempo.UntilEpoch(c, 1) != math.MaxUint64 {
		t.Error("frozen, or an epoch is near, without a tempo")
	}
	p.Storage.Tempo.Set(c.State, 1, 10)
	p.Storage.LastEpochBlock.Set(c.State, 1, math.MaxUint64-3)
	if got := p.Tempo.UntilEpoch(c, 1); got != math.MaxUint64-1100 {
		t.Errorf("beyond the end of numbers: %d blocks", got)
	}
}

func TestVotingPowerEndsTwoWeeksLater(t *testing.T) {
	p, c, call := setup(t)
	args := &subnets.TrackVotingPower{NetUID: 1}
	if err := call(owner, untrack, args); err != p.Error.VotingPowerTrackingNotEnabled {
		t.Errorf("off before on: error %v", err)
	}
	for _, index := range []uint8{track, untrack} {
		if err := call(stranger, index, args); err != frame.BadOrigin {
			t.Errorf("call %d by a stranger: error %v", index, err)
		}
	}
	if err := call(owner, track, args); err != nil || !p.Storage.VotingPowerTrackingEnabled.Get(c.State, 1) {
		t.Errorf("on: error %v", err)
	}
	if err := call(frame.Root(), untrack, args); err != nil || p.Storage.VotingPowerDisableAtBlock.Get(c.State, 1) != 1100+100_800 {
		t.Errorf("off: error %v, at block %d", err, p.Storage.VotingPowerDisableAtBlock.Get(c.State, 1))
	}
	if err := call(owner, track, args); err != nil || p.Storage.VotingPowerDisableAtBlock.Has(c.State, 1) {
		t.Errorf("on again: error %v", err)
	}
	weigh := func(n uint64) *subnets.SetVotingPowerEmaAlpha {
		return &subnets.SetVotingPowerEmaAlpha{NetUID: 1, Alpha: n}
	}
	if err := call(owner, setAlpha, weigh(1)); err != frame.BadOrigin {
		t.Errorf("weight by the owner: error %v", err)
	}
	if err := call(frame.Root(), setAlpha, weigh(1e18+1)); err != p.Error.InvalidVotingPowerEmaAlpha {
		t.Errorf("more than one: error %v", err)
	}
	if err := call(frame.Root(), setAlpha, weigh(1e18)); err != nil {
		t.Errorf("one: %v", err)
	}
}
