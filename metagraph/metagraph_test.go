package metagraph

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/subtensor"
	"github.com/myelin-go/myelin/subtensor/subtensortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A subnet is made, joined and served by real extrinsics; both ways to read it agree with what was done and with each other.
func TestLoad(t *testing.T) {
	c, _ := subtensortest.Start(t)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	owner, ownerHot, bob, bobHot := subtensortest.Pair(t, "//Alice"), subtensortest.Pair(t, "//Alice//hot"), subtensortest.Pair(t, "//Bob"), subtensortest.Pair(t, "//Bob//hot")
	do := func(call subtensor.Call, signer *keys.Pair) *subtensor.Receipt {
		t.Helper()
		return subtensortest.Submit(ctx, t, c, call, signer)
	}
	added := do(subtensor.RegisterNetwork(ownerHot.Public()), owner).Find("SubtensorModule", "NetworkAdded")
	if added == nil {
		t.Fatal("no event NetworkAdded")
	}
	netuid := bt.NetUID(added.Fields.([]any)[0].(uint64))
	do(subtensor.BurnedRegister(netuid, bobHot.Public()), bob)
	do(subtensor.StartCall(netuid), owner)
	do(subtensor.AddStake(bobHot.Public(), netuid, 50*bt.Tao), bob)
	at := netip.MustParseAddrPort("203.0.113.7:8091")
	do(subtensor.ServeAxon(netuid, 1, at), bobHot)

	m, err := Load(ctx, c, netuid, Options{Weights: true, Bonds: true})
	if err != nil {
		t.Fatal(err)
	}
	if m.Source != FromRuntime {
		t.Error("the node's runtime function was not asked")
	}
	if m.AlphaStake[1] == 0 || m.TotalStake[1] < uint64(m.AlphaStake[1]) || m.AlphaStake[0] == m.AlphaStake[1] {
		t.Errorf("stake %v, %v in total", m.AlphaStake, m.TotalStake)
	}
	if m.N() != 2 || m.Hotkeys[0] != ownerHot.Public() || m.Coldkeys[1] != bob.Public() || m.OwnerColdkey != owner.Public() || m.Axons[1] != at || m.Axons[0].IsValid() {
		t.Errorf("loaded %+v", m)
	}
	if uid, ok := m.UID(bobHot.Public()); !ok || uid != 1 {
		t.Errorf("uid of the second neuron is %d, %v", uid, ok)
	}
	if m.Tempo != 10 || m.Block == 0 || len(m.Weights) != 2 || len(m.Bonds) != 2 {
		t.Errorf("tempo %d at block %d, %d rows of weights", m.Tempo, m.Block, len(m.Weights))
	}
	if _, err := Load(ctx, c, 99, Options{}); !errors.Is(err, ErrNoSubnet) {
		t.Errorf("subnet 99: %v", err)
	}

	stored := &Metagraph{NetUID: netuid, Block: m.Block, Hash: m.Hash}
	if err := stored.fromStorage(ctx, c.At(m.Hash)); err != nil {
		t.Fatal(err)
	}
	ignore := cmpopts.IgnoreFields(Metagraph{}, "Source", "Name", "Weights", "Bonds", "ValidatorTrust")
	if diff := cmp.Diff(m, stored, ignore, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("from storage it differs:\n%s", diff)
	}
}
