// Package subtensortest starts a real node in memory for tests of what speaks to the chain, and dials it. It holds no chain of its own making and
// no answers: whatever a test hears, the node said. Only tests may import it, for it joins the client and the node, which are strangers.
package subtensortest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/sealer"
	"github.com/myelin-go/myelin/subtensor"
)

// Start runs a node of the local network that seals a block for each transaction, 250 ms of chain time apart, and dials it. Both end with the
// test, which fails when the node ends with an error.
func Start(t testing.TB) (*subtensor.Client, *node.Node) {
	t.Helper()
	n, err := node.New(node.Config{
		Chain:  genesis.New(genesis.Localnet(), genesis.Subtensor),
		Engine: node.Sealed(sealer.Config{Mode: sealer.Instant, BlockTime: 250 * time.Millisecond}),
		RPC:    []string{"127.0.0.1:0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	c, err := subtensor.Dial(ctx, n.Endpoints()[0], subtensor.Options{})
	t.Cleanup(func() {
		if c != nil {
			c.Close()
		}
		cancel()
		if err := errors.Join(<-done, n.Close()); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, n
}

// Pair is the key pair of a secret URI, as "//Alice".
func Pair(t testing.TB, uri string) *keys.Pair {
	t.Helper()
	p, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Submit signs a call, waits until it is in a block and returns what it did there; the test fails when the chain refuses it.
func Submit(ctx context.Context, t testing.TB, c *subtensor.Client, call subtensor.Call, signer *keys.Pair) *subtensor.Receipt {
	t.Helper()
	r, err := c.Submit(ctx, call, signer, subtensor.SubmitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
