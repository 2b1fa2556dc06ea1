package genesis_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

func TestMarch2026(t *testing.T) {
	spec := genesis.Localnet().OfMarch2026()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if spec, err = genesis.Parse(raw); err != nil {
		t.Fatal(err)
	}
	p := load(t, spec)
	r := p.Pools.Rules.Storage
	if due, price := r.EpochDue.Get(p.c.State), r.BurnPrice.Get(p.c.State); due != rules.TempoPlusOne || price != rules.Adjusted || !r.NewSubnetEmission.Get(p.c.State) {
		t.Errorf("epochs are due by rule %d, prices follow rule %d, new subnets have emission: %t", due, price, r.NewSubnetEmission.Get(p.c.State))
	}
	if genesis.Localnet().Network.Rules != nil {
		t.Error("the specification of today has rules of then")
	}

	if now := load(t, genesis.Localnet()); p.Pools.ActivityCutoff(p.c, 1) != 5000 || now.Pools.ActivityCutoff(now.c, 1) != 1388 {
		t.Errorf("validators of subnet 1 are inactive after %d blocks, and today after %d; want 5000, and 13.889 tempos", p.Pools.ActivityCutoff(p.c, 1), now.Pools.ActivityCutoff(now.c, 1))
	}
	if !p.Storage.NetworkPowRegistrationAllowed.Get(p.c.State, 1) || !p.chain.Parts.Crowdloan.MayLeaveFunds {
		t.Error("subnets are not open for work, or a crowdloan's call must spend what was raised")
	}
	for _, x := range []struct {
		*preset
		yuma3 bool
	}{{p, false}, {load(t, genesis.Localnet()), true}} {
		owner := frame.Signed(x.spec.Balances[0].Account)
		if err := x.call(owner, subtensor.Index, 59, &subnets.RegisterNetwork{Hotkey: bt.AccountID{7}}); err != nil {
			t.Fatal(err)
		}
		if got := x.Storage.Yuma3On.Get(x.c.State, 2); got != x.yuma3 {
			t.Errorf("a new subnet begins with Yuma 3: %t, want %t", got, x.yuma3)
		}
	}

	// Who announced a swap is told at dispatch, not by the pool; the same for takes.
	who := p.spec.Balances[0].Account
	p.Storage.ColdkeySwapAnnouncements.Set(p.c.State, who, scale.Pair[uint32, bt.Hash]{})
	calls := []frame.RuntimeCall{
		{Pallet: 5, Index: 3, Args: &struct{}{}},
		{Pallet: subtensor.Index, Index: 66, Args: &staking.SetTake{Hotkey: who, Take: 65535}},
	}
	for _, call := range calls {
		signed := p.c.As(frame.Signed(who))
		if code := p.Judge(signed, call); code != nil {
			t.Errorf("call %d.%d: the pool refuses it with code %d", call.Pallet, call.Index, *code)
		}
		if p.Guard(signed, call) == nil {
			t.Errorf("call %d.%d: dispatch lets it pass", call.Pallet, call.Index)
		}
		now := load(t, genesis.Localnet())
		now.Storage.ColdkeySwapAnnouncements.Set(now.c.State, who, scale.Pair[uint32, bt.Hash]{})
		if now.Judge(now.c.As(frame.Signed(who)), call) == nil {
			t.Errorf("call %d.%d: today's pool lets it pass", call.Pallet, call.Index)
		}
	}

	names := []string{"TaoBalance", "AlphaBalance", "NetUid", "NetUidStorageIndex", "MechId", "PerU16"}
	for _, then := range []bool{true, false} {
		s := genesis.Localnet()
		if then {
			s = spec
		}
		for _, version := range []uint32{14, 15} {
			raw, _ := genesis.Bittensor(s).Runtime.Metadata(version)
			m, err := metadata.Decode(raw)
			if err != nil {
				t.Fatalf("version %d, then: %t: %v", version, then, err)
			}
			for _, name := range names {
				composite := false
				for _, x := range m.Types {
					composite = composite || x.Kind == metadata.Composite && len(x.Path) > 0 && x.Path[len(x.Path)-1] == name
				}
				if composite == then {
					t.Errorf("version %d, then: %t: %s is a composite: %t", version, then, name, composite)
				}
			}
			if again := m.Encode(); !bytes.Equal(again, raw) {
				t.Errorf("version %d, then: %t: metadata of %d bytes prints as %d bytes", version, then, len(raw), len(again))
			}
		}
	}
}

// TestErrorsStandAtTheirIndexes: the Python clients take an error's index for its place in the metadata's list.
func TestErrorsStandAtTheirIndexes(t *testing.T) {
	raw, _ := genesis.Bittensor(genesis.Localnet()).Runtime.Metadata(14)
	m, err := metadata.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	lists := 0
	for _, x := range m.Types {
		if x.Kind != metadata.Enum || len(x.Path) < 3 || x.Path[len(x.Path)-1] != "Error" || x.Path[len(x.Path)-2] != "pallet" {
			continue
		}
		lists++
		for i, v := range x.Variants {
			if int(v.Index) != i {
				t.Fatalf("%v: %s has index %d and stands at %d", x.Path, v.Name, v.Index, i)
			}
		}
	}
	if lists < 15 {
		t.Errorf("only %d lists of errors", lists)
	}
}
