package genesis_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/proxy"
	"github.com/myelin-go/myelin/scale"
)

// asking calls runtime functions on a network's first state.
func asking(t *testing.T) func(method string, args []byte, to any) {
	ch := genesis.Bittensor(genesis.Localnet())
	header, rows := ch.Genesis()
	state := chaintest.New(rows)
	return func(method string, args []byte, to any) {
		t.Helper()
		raw, err := ch.Runtime.Call(state, &header, method, args)
		if err == nil {
			err = scale.Unmarshal(raw, to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestPresetsAreServed(t *testing.T) {
	ask := asking(t)
	var names []string
	ask("GenesisBuilder_preset_names", nil, &names)
	if diff := cmp.Diff(genesis.Presets(), names); diff != "" {
		t.Error(diff)
	}
	var raw scale.Option[[]byte]
	ask("GenesisBuilder_get_preset", scale.Marshal(&scale.Option[string]{Set: true, Value: "nakamoto-2023"}), &raw)
	got, err := genesis.Parse(raw.Value)
	want, _ := genesis.Preset("nakamoto-2023")
	if err != nil || got.Name != want.Name {
		t.Errorf("preset %q, %v", got.Name, err)
	}
	var built scale.Result[scale.Unit, string]
	if ask("GenesisBuilder_build_state", scale.Marshal(&raw.Value), &built); built.Failed {
		t.Error(built.Err)
	}
	wrong := []byte(`{"name":"x","id":"x","blockTimeMs":1}`)
	if ask("GenesisBuilder_build_state", scale.Marshal(&wrong), &built); !built.Failed || !strings.Contains(built.Err, "blockTimeMs") {
		t.Errorf("a block time of 1 ms: %+v", built)
	}
	raw = scale.Option[[]byte]{}
	if ask("GenesisBuilder_get_preset", []byte{0}, &raw); !raw.Set {
		t.Error("the chain's own specification is not told")
	}
	if ask("GenesisBuilder_get_preset", scale.Marshal(&scale.Option[string]{Set: true, Value: "none"}), &raw); raw.Set {
		t.Error("a preset that does not exist is told")
	}
}

// What the filters list is what the rules permit.
func TestProxyFiltersAreTheRules(t *testing.T) {
	ask := asking(t)
	var all, some []proxy.FilterInfo
	ask("ProxyFilterRuntimeApi_get_proxy_filters", []byte{0}, &all)
	ask("ProxyFilterRuntimeApi_get_proxy_filters", []byte{1, 12, 11, 4, 99}, &some)
	if len(all) != len(proxy.Rules) || len(some) != 2 || some[0].ProxyType != 4 || some[1].ProxyType != 11 {
		t.Fatalf("%d filters, want %d; %+v for kinds 4, 11 and one that does not exist", len(all), len(proxy.Rules), some)
	}
	pallets := genesis.Bittensor(genesis.Localnet()).Runtime.Pallets()
	for i, f := range all {
		r := &proxy.Rules[i]
		if f.FilterMode.AllowAll != nil {
			if r.Mode != proxy.AllowAll {
				t.Errorf("%s permits all", f.Name)
			}
			continue
		}
		listed := map[string]bool{}
		for _, call := range *f.FilterMode.Allow {
			listed[string(call.PalletName)+"."+string(call.CallName)] = true
		}
		for _, p := range pallets {
			for _, call := range p.Calls {
				if name := p.Name + "." + call.Name; r.Names(name) != listed[name] {
					t.Errorf("%s: %s is listed: %v", f.Name, name, listed[name])
				}
			}
		}
	}
	for _, call := range *some[1].FilterMode.Allow {
		if limit, ok := call.Constraint.Get(); !ok || limit.ParamLessThan.Limit.Lo != 500_000_000 {
			t.Errorf("small transfers by %s are not bounded: %+v", call.CallName, call.Constraint)
		}
	}
	var kinds []proxy.KindInfo
	ask("ProxyFilterRuntimeApi_get_proxy_types", nil, &kinds)
	if len(kinds) != len(proxy.Rules) || string(kinds[18].Name) != "BasketTrading" || !kinds[4].Deprecated {
		t.Errorf("kinds %+v", kinds)
	}
}
