package proxy_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/proxy"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale/metadata"
)

// since425 are calls that came after the filters were recorded and that move what a listed call moves.
var since425 = map[string]string{
	"SubtensorModule.transfer_stake_and_hotkey": "SubtensorModule.transfer_stake", "SubtensorModule.move_stake_limit": "SubtensorModule.move_stake",
}

// TestKindsPermitWhatUpstreamsDo compares every call of upstream's spec 461 under every kind with upstream's table.
func TestKindsPermitWhatUpstreamsDo(t *testing.T) {
	raw, err := os.ReadFile("testdata/kinds.json")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []struct {
		Name       string
		Index      int
		Deprecated bool
		Filter     struct {
			Mode          string
			Calls, Except []string
		}
	}
	if err := json.Unmarshal(raw, &kinds); err != nil {
		t.Fatal(err)
	}
	m, err := metadata.Decode(vectors.Bytes(t, "codec/metadata-v15-461.scale"))
	if err != nil {
		t.Fatal(err)
	}
	on := func(list []string, name string) bool {
		pallet, _, _ := strings.Cut(name, ".")
		for _, entry := range list {
			entry, _, _ = strings.Cut(entry, " where ")
			if entry = strings.Replace(entry, "::", ".", 1); entry == name || entry == pallet+".*" {
				return true
			}
		}
		return false
	}
	names := proxy.Any.Variants()
	if len(kinds) != len(names) {
		t.Fatalf("%d kinds, want %d", len(names), len(kinds))
	}
	compared := 0
	for i, k := range kinds {
		kind := proxy.Kind(k.Index)
		if names[i].Name != k.Name || int(names[i].Index) != k.Index || kind.Deprecated() != k.Deprecated {
			t.Errorf("kind %d is %+v, want %+v", i, names[i], k)
		}
		for _, p := range m.Pallets {
			if !p.Calls.Set {
				continue
			}
			for _, call := range m.Type(p.Calls.Value).Variants {
				name := p.Name + "." + call.Name
				known := name
				if kin := since425[name]; kin != "" && k.Filter.Mode == "deny" {
					known = kin
				}
				var want bool
				switch k.Filter.Mode {
				case "allow_all":
					want = true
				case "deny":
					want = !on(k.Filter.Calls, known)
				case "allow", "allow_conditional", "allow_nested":
					want = on(k.Filter.Calls, known) && !on(k.Filter.Except, known)
				case "deny_all":
				default:
					t.Fatalf("mode %s", k.Filter.Mode)
				}
				if got := proxy.Rules[kind].Names(name); got != want {
					t.Errorf("%s: %s is permitted: %v, want %v", k.Name, name, got, want)
				}
				compared++
			}
		}
	}
	if compared < 19*300 {
		t.Errorf("only %d pairs compared", compared)
	}
}

// TestProxyCannotWidenItsRights checks conditions on arguments, nested calls, and who may change proxies.
func TestProxyCannotWidenItsRights(t *testing.T) {
	w := newWorld(t, nil)
	w.fund("real", "x")
	for _, d := range []struct {
		name string
		kind proxy.Kind
	}{{"small", proxy.SmallTransfer}, {"transfer", proxy.Transfer}, {"any", proxy.Any}, {"stakes", proxy.Staking}, {"nontransfer", proxy.NonTransfer}} {
		w.do("real", add, &proxy.ProxyArgs{Delegate: address(d.name), ProxyType: d.kind})
	}
	as := func(who string, call frame.RuntimeCall) bool {
		t.Helper()
		w.do(who, makeCall, &proxy.Proxy{Real: address("real"), Call: call})
		return !w.p.Storage.LastCallResult.Get(w.c.State, key("real")).Failed
	}
	own := func(index uint8, args any) frame.RuntimeCall {
		return frame.RuntimeCall{Pallet: 3, Index: index, Args: args}
	}
	put := func(kind proxy.Kind) frame.RuntimeCall {
		return own(add, &proxy.ProxyArgs{Delegate: address("x"), ProxyType: kind})
	}
	all := frame.RuntimeCall{Pallet: 2, Index: 4, Args: &balances.TransferAllArgs{Dest: address("x"), KeepAlive: true}}
	batch := frame.RuntimeCall{Pallet: 4, Index: 2, Args: &utility.Calls{Calls: []frame.RuntimeCall{w.pay("x", 1)}}}
	for _, c := range []struct {
		who  string
		call frame.RuntimeCall
		want bool
	}{
		{"small", w.pay("x", bt.Tao/2-1), true}, {"small", w.pay("x", bt.Tao/2), false}, {"small", all, false}, {"stakes", w.pay("x", 1), false},
		{"nontransfer", w.pay("x", 1), false}, {"nontransfer", put(proxy.Any), false}, {"nontransfer", put(proxy.Transfer), false},
		{"nontransfer", put(proxy.Staking), true}, {"nontransfer", own(removeAll, &proxy.None{}), false}, {"transfer", put(proxy.SmallTransfer), false},
		{"any", own(poke, &proxy.None{}), true}, {"any", own(removeAll, &proxy.None{}), true},
	} {
		if got := as(c.who, c.call); got != c.want {
			t.Errorf("%s makes %s: %v, want %v", c.who, w.table.Name(c.call), got, c.want)
		}
	}
	w.do("real", add, &proxy.ProxyArgs{Delegate: address("nontransfer"), ProxyType: proxy.NonTransfer})
	if as("nontransfer", batch) {
		t.Error("a batch carries a transfer past the filter")
	}
}
