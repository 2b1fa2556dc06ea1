package subtensor_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/sealer"
	"github.com/myelin-go/myelin/subtensor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a node in memory that seals a block for each transaction, and dials it.
func start(t testing.TB) (*subtensor.Client, *node.Node) {
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

func pair(t testing.TB, uri string) *keys.Pair {
	t.Helper()
	p, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func timeout(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func balance(t testing.TB, c *subtensor.Client, who bt.AccountID) bt.Rao {
	t.Helper()
	b, err := c.Latest().Balance(timeout(t), who)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTransfer(t *testing.T) {
	c, _ := start(t)
	ctx := timeout(t)
	alice, dave := pair(t, "//Alice"), pair(t, "//Dave")
	beforeA, beforeD := balance(t, c, alice.Public()), balance(t, c, dave.Public())
	call := subtensor.Transfer(dave.Public(), 5*bt.Tao)
	estimate, err := c.Fee(ctx, call, alice.Public())
	if err != nil {
		t.Fatal(err)
	}
	for i, wait := range []subtensor.Wait{subtensor.InBlock, subtensor.Finalized} {
		r, err := c.Submit(ctx, call, alice, subtensor.SubmitOptions{Wait: wait})
		if err != nil {
			t.Fatal(err)
		}
		if r.Fee != estimate || r.Fee == 0 {
			t.Errorf("paid %v, estimated %v", r.Fee, estimate)
		}
		if r.Find("Balances", "Transfer") == nil || r.Number != bt.BlockNumber(i+1) {
			t.Errorf("receipt %+v", r)
		}
	}
	if got := balance(t, c, dave.Public()); got != beforeD+10*bt.Tao {
		t.Errorf("receiver has %v, want %v", got, beforeD+10*bt.Tao)
	}
	if got := balance(t, c, alice.Public()); got != beforeA-10*bt.Tao-2*estimate {
		t.Errorf("sender has %v, want %v", got, beforeA-10*bt.Tao-2*estimate)
	}
}

// Many goroutines sign with one key at once: each extrinsic gets a nonce of its own.
func TestConcurrentNonces(t *testing.T) {
	c, _ := start(t)
	ctx := timeout(t)
	bob, eve := pair(t, "//Bob"), pair(t, "//Eve")
	before := balance(t, c, eve.Public())
	var wg sync.WaitGroup
	const many = 24
	for range many {
		wg.Go(func() {
			if _, err := c.Submit(ctx, subtensor.Transfer(eve.Public(), bt.Tao), bob, subtensor.SubmitOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := balance(t, c, eve.Public()); got != before+many*bt.Tao {
		t.Errorf("receiver has %v, want %v", got, before+many*bt.Tao)
	}
}
