package genesis_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/rules"
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
