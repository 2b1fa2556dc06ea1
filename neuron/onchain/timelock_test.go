package onchain_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/neuron/onchain"
	"github.com/myelin-go/myelin/subtensor"
)

// TestCommitsOnARealNode sets weights in a subnet that takes them by commit and reveal only: they are hidden at first, and the chain sets them by itself when its own beacon has
// signed the round.
func TestCommitsOnARealNode(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	client := dial(ctx, t)
	alice, owner := key(t, "//Alice"), key(t, "//Alice//hotkey")
	const netuid = 2
	for _, call := range []subtensor.Call{
		subtensor.RegisterNetwork(owner.Public()),
		subtensor.StartCall(netuid),
		subtensor.Sudo(subtensor.Call{Pallet: "AdminUtils", Name: "sudo_set_admin_freeze_window", Args: map[string]any{"window": uint16(0)}}),
		subtensor.Sudo(subtensor.Call{Pallet: "AdminUtils", Name: "sudo_set_weights_set_rate_limit", Args: map[string]any{"netuid": netuid, "weights_set_rate_limit": uint64(1)}}),
	} {
		if _, err := client.Submit(ctx, call, alice, subtensor.SubmitOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if on, err := client.Latest().CommitReveal(ctx, netuid); err != nil || !on {
		t.Fatalf("commit and reveal is on: %t, %v", on, err)
	}
	c, err := onchain.New(onchain.Config{Client: client, NetUID: netuid, Hotkey: owner, Coldkey: alice})
	if err != nil {
		t.Fatal(err)
	}
	read := func() (row []struct{ UID, Value uint16 }) {
		if _, err := client.Latest().Query(ctx, &row, "SubtensorModule", "Weights", netuid, 0); err != nil {
			t.Fatal(err)
		}
		return row
	}
	for try := 0; ; try++ {
		err := c.SetWeights(ctx, []bt.UID{0}, []uint16{65535})
		if err == nil {
			break
		}
		if try == 3 || !strings.Contains(err.Error(), "InvalidRevealRound") { // a round was signed between the look and the block
			t.Fatal(err)
		}
	}
	if row := read(); len(row) != 0 {
		t.Errorf("the weights are open at once: %v", row)
	}
	want := []struct{ UID, Value uint16 }{{0, 65535}}
	for h, err := range client.Heads(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(read(), want) {
			t.Logf("revealed by block %d", h.Number)
			return
		}
	}
}
