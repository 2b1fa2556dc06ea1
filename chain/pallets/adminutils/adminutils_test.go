package adminutils_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/adminutils"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
)

var owner, stranger = frame.Signed(bt.AccountID{1}), frame.Signed(bt.AccountID{2})

// setup is a pallet over subnet 0 and 1, which owner owns, at block 50 of a tempo of 100 that began with block 1.
func setup(t *testing.T) (*adminutils.Pallet, *subtensor.Pallet, func(frame.Origin, uint8, any) error, *frame.Ctx) {
	t.Helper()
	sys := system.New()
	money := balances.New(sys)
	module := subtensor.New(money)
	p := adminutils.New(module)
	table := frame.NewTable([]*frame.Description{
		frame.Compile(frame.Module{Name: "System", Index: 0, Pallet: sys}),
		frame.Compile(frame.Module{Name: "Balances", Index: 5, Pallet: money}),
		frame.Compile(frame.Module{Name: subtensor.Name, Index: subtensor.Index, Pallet: module}),
		frame.Compile(frame.Module{Name: subtensor.SwapName, Index: subtensor.SwapIndex, Pallet: module.Pools.Swap}),
		frame.Compile(frame.Module{Name: subtensor.AssetsName, Index: subtensor.AssetsIndex, Pallet: module.Pools.Assets}),
		frame.Compile(frame.Module{Name: adminutils.Name, Index: adminutils.Index, Pallet: p}),
	})
	c := frame.NewCtx(storage.New(nil), &frame.Env{Number: 50, Table: table}, frame.None())
	module.Build(c, subtensor.Genesis{})
	module.Storage.SubnetOwner.Set(c.State, 1, bt.AccountID{1})
	module.Storage.LastEpochBlock.Set(c.State, 1, 1)
	call := func(o frame.Origin, index uint8, args any) error {
		return c.Dispatch(o, frame.RuntimeCall{Pallet: adminutils.Index, Index: index, Args: args}).Err
	}
	return p, module, call, c
}

func TestWhoMaySetWhat(t *testing.T) {
	p, module, call, c := setup(t)
	tempo := func(n bt.NetUID) *adminutils.SetTempo { return &adminutils.SetTempo{NetUID: n, Tempo: 20} }
	minBurn := func(v bt.Rao) *adminutils.SetMinBurn { return &adminutils.SetMinBurn{NetUID: 1, MinBurn: v} }
	const setTempo, setMinBurn, setValidators, setEmission, setUids, setBonds, setNetworkRate = 30, 22, 25, 94, 15, 26, 29
	for _, s := range []struct {
		name   string
		origin frame.Origin
		index  uint8
		args   any
		want   error
	}{
		{"tempo by the owner", owner, setTempo, tempo(1), frame.BadOrigin},
		{"tempo of no subnet", frame.Root(), setTempo, tempo(9), p.Error.SubnetDoesNotExist},
		{"global by the owner", owner, setNetworkRate, &adminutils.SetNetworkRateLimit{}, frame.BadOrigin},
		{"price by a stranger", stranger, setMinBurn, minBurn(1), frame.BadOrigin},
		{"price beyond its bound", owner, setMinBurn, minBurn(bt.Tao), p.Error.ValueNotInBounds},
		{"price by the owner", owner, setMinBurn, minBurn(9), nil},
		{"price again at once", owner, setMinBurn, minBurn(8), module.Error.TxRateLimitExceeded},
		{"price by root at any pace", frame.Root(), setMinBurn, minBurn(7), nil},
		{"validators beyond uids", frame.Root(), setValidators, &adminutils.SetMaxAllowedValidators{NetUID: 1, MaxAllowedValidators: 257}, p.Error.MaxValidatorsLargerThanMaxUIds},
		{"emission of root", frame.Root(), setEmission, &adminutils.SetSubnetEmissionEnabled{Enabled: true}, p.Error.NotPermittedOnRootSubnet},
		{"emission", frame.Root(), setEmission, &adminutils.SetSubnetEmissionEnabled{NetUID: 1}, nil},
		{"too few uids", owner, setUids, &adminutils.SetMaxAllowedUids{NetUID: 1, MaxAllowedUids: 63}, p.Error.MaxAllowedUidsLessThanMinAllowedUids},
		{"too many uids", owner, setUids, &adminutils.SetMaxAllowedUids{NetUID: 1, MaxAllowedUids: 257}, p.Error.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids},
		{"bonds too slow for an owner", owner, setBonds, &adminutils.SetBondsMovingAverage{NetUID: 1, BondsMovingAverage: 975_001}, p.Error.BondsMovingAverageMaxReached},
		{"bonds as slow by root", frame.Root(), setBonds, &adminutils.SetBondsMovingAverage{NetUID: 1, BondsMovingAverage: 975_001}, nil},
	} {
		t.Run(s.name, func(t *testing.T) {
			if got := call(s.origin, s.index, s.args); got != s.want {
				t.Errorf("error %v, want %v", got, s.want)
			}
		})
	}
	if got := module.Storage.MinBurn.Get(c.State, 1); got != 7 {
		t.Errorf("lowest price %d rao, want 7", uint64(got))
	}

	// The last ten blocks of a tempo are frozen, for root too.
	c.Env.Number = 92
	if got := call(frame.Root(), setTempo, tempo(1)); got != module.Error.AdminActionProhibitedDuringWeightsWindow {
		t.Errorf("in the freeze window: error %v", got)
	}
	c.Env.Number = 91
	if got := call(frame.Root(), setTempo, tempo(1)); got != nil {
		t.Errorf("before the freeze window: error %v", got)
	}
	if last := module.Storage.LastEpochBlock.Get(c.State, 1); last != 91 {
		t.Errorf("the new tempo begins with block %d, want 91", last)
	}
}
