package onchain_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/neuron/onchain"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/beacon"
	"github.com/myelin-go/myelin/subtensor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dial starts a node of the local network, which signs the rounds of its beacon, and a client of it.
func dial(ctx context.Context, t *testing.T) *subtensor.Client {
	t.Helper()
	const blockTime = 50 * time.Millisecond
	spec := genesis.Localnet()
	spec.BlockTime = uint64(blockTime.Milliseconds())
	rounds, err := beacon.Development(spec)
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.New(node.Config{
		Chain: genesis.Bittensor(spec), Beacon: rounds, Engine: node.Sealed{BlockTime: blockTime}, RPC: []string{"127.0.0.1:0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := subtensor.Dial(ctx, n.Endpoints()[0], subtensor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func key(t *testing.T, uri string) *keys.Pair {
	t.Helper()
	k, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestOnARealNode makes a subnet on a local network and lets two neurons join, publish an axon and set weights.
func TestOnARealNode(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := dial(ctx, t)
	alice, owner, miner := key(t, "//Alice"), key(t, "//Alice//hotkey"), key(t, "//Bob//hotkey")
	submit := func(call subtensor.Call) {
		t.Helper()
		if _, err := client.Submit(ctx, call, alice, subtensor.SubmitOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	submit(subtensor.RegisterNetwork(owner.Public()))
	const netuid = 2 // the first that anybody registers
	view := func(hotkey *keys.Pair, coldkey *keys.Pair) *onchain.Chain {
		c, err := onchain.New(onchain.Config{Client: client, NetUID: netuid, Hotkey: hotkey, Coldkey: coldkey})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ownerView, minerView := view(owner, alice), view(miner, key(t, "//Bob"))
	if err := view(miner, nil).Register(ctx); err == nil {
		t.Error("a hotkey was registered without a coldkey to pay")
	}
	submit(subtensor.StartCall(netuid))
	for _, c := range []struct {
		name string
		args map[string]any
	}{
		{"sudo_set_admin_freeze_window", map[string]any{"window": uint16(0)}}, // else all settings rest at this tempo
		{"sudo_set_commit_reveal_weights_enabled", map[string]any{"netuid": netuid, "enabled": false}},
		{"sudo_set_weights_set_rate_limit", map[string]any{"netuid": netuid, "weights_set_rate_limit": uint64(1)}},
	} {
		submit(subtensor.Sudo(subtensor.Call{Pallet: "AdminUtils", Name: c.name, Args: c.args}))
	}
	if err := minerView.Register(ctx); err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort("192.0.2.7:8091")
	if err := minerView.ServeAxon(ctx, at); err != nil {
		t.Fatal(err)
	}
	if err := minerView.ServeAxon(ctx, netip.MustParseAddrPort("127.0.0.1:8091")); err == nil {
		t.Error("the chain took a loopback address")
	}
	before, err := ownerView.Subnet(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if before.WeightsRateLimit != 1 || before.Tempo == 0 || before.Block == 0 || len(before.Peers) != 2 {
		t.Fatalf("the subnet is %+v", before)
	}
	me, ok := before.Find(miner.Public())
	if !ok || me.UID != 1 || me.Axon != at || me.LastUpdate == 0 {
		t.Errorf("the miner is %+v", me)
	}
	if o, ok := before.Find(owner.Public()); !ok || o.UID != 0 || o.Axon.IsValid() {
		t.Errorf("the owner is %+v", o)
	}
	if _, ok := before.Find(alice.Public()); ok {
		t.Error("a stranger is on the subnet")
	}
	uids, weights := []bt.UID{1}, []uint16{65535}
	if err := ownerView.SetWeights(ctx, uids, weights); err != nil {
		t.Fatal(err)
	}
	after, err := ownerView.Subnet(ctx)
	if err != nil {
		t.Fatal(err)
	}
	was, _ := before.Find(owner.Public())
	if is, _ := after.Find(owner.Public()); is.LastUpdate <= was.LastUpdate {
		t.Errorf("weights were set and the last update is still %d", is.LastUpdate)
	}
	var row []struct{ UID, Value uint16 }
	if _, err := client.Latest().Query(ctx, &row, "SubtensorModule", "Weights", netuid, 0); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(row, []struct{ UID, Value uint16 }{{1, 65535}}) {
		t.Errorf("the chain holds the weights %v", row)
	}
	if err := minerView.SetWeights(ctx, []bt.UID{0}, weights); err == nil {
		t.Error("a neuron without a permit set weights")
	}
}
