package subtensor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/subtensor"
	"github.com/myelin-go/myelin/subtensor/codec"
	"github.com/myelin-go/myelin/subtensor/subtensortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
	c, _ := subtensortest.Start(t)
	ctx := timeout(t)
	alice, dave := subtensortest.Pair(t, "//Alice"), subtensortest.Pair(t, "//Dave")
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
// The chain takes a signature over the digest of its metadata, and refuses one over another's.
func TestSignedMetadata(t *testing.T) {
	c, _ := subtensortest.Start(t)
	ctx := timeout(t)
	alice, call := subtensortest.Pair(t, "//Alice"), subtensor.Transfer(bt.AccountID{4}, bt.Tao)
	r, err := c.Submit(ctx, call, alice, subtensor.SubmitOptions{CheckMetadata: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.Block(ctx, r.Block)
	if err != nil {
		t.Fatal(err)
	}
	if x, err := b.Extrinsics[r.Index].Parse(); err != nil || x.Signed.Extra.Mode != 1 {
		t.Errorf("in the block is %+v, %v", x, err)
	}
	rt, err := c.Runtime(ctx)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := rt.Codec.EncodeCall(call)
	if err != nil {
		t.Fatal(err)
	}
	x, err := rt.Sign(raw, alice, subtensor.Terms{Genesis: c.Genesis(), Birth: c.Genesis(), Nonce: 1, Metadata: &bt.Hash{1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.RPC(ctx, nil, "author_submitExtrinsic", fmt.Sprintf("%#x", []byte(x))); err == nil || !strings.Contains(err.Error(), "bad signature") {
		t.Errorf("another digest: %v", err)
	}
}

func TestConcurrentNonces(t *testing.T) {
	c, _ := subtensortest.Start(t)
	ctx := timeout(t)
	bob, eve := subtensortest.Pair(t, "//Bob"), subtensortest.Pair(t, "//Eve")
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

func TestRefusals(t *testing.T) {
	c, _ := subtensortest.Start(t)
	ctx := timeout(t)
	alice, poor := subtensortest.Pair(t, "//Alice"), subtensortest.Pair(t, "//Nobody")
	_, err := c.Submit(ctx, subtensor.Transfer(alice.Public(), 1), poor, subtensor.SubmitOptions{})
	var rejected *subtensor.Rejected
	if !errors.As(err, &rejected) || rejected.Code != 1010 {
		t.Errorf("transfer from an account without money: %v", err)
	}
	old := bt.Nonce(0)
	if _, err := c.Submit(ctx, subtensor.Transfer(poor.Public(), bt.Tao), alice, subtensor.SubmitOptions{Nonce: &old}); err != nil {
		t.Fatal(err)
	}
	_, err = c.Submit(ctx, subtensor.Transfer(poor.Public(), bt.Tao), alice, subtensor.SubmitOptions{Nonce: &old})
	if !errors.As(err, &rejected) || !rejected.StaleNonce() {
		t.Errorf("nonce used twice: %v", err)
	}
	// After a refusal the count starts again at the node's.
	if _, err := c.Submit(ctx, subtensor.Transfer(poor.Public(), bt.Tao), alice, subtensor.SubmitOptions{Wait: subtensor.InPool}); err != nil {
		t.Error(err)
	}

	receipt, err := c.Submit(ctx, subtensor.StartCall(77), alice, subtensor.SubmitOptions{})
	var failed *subtensor.DispatchError
	if !errors.As(err, &failed) || failed.Pallet != "SubtensorModule" || failed.Docs == "" || receipt == nil || receipt.Fee == 0 {
		t.Errorf("starting a subnet that is not there: %+v, %v", receipt, err)
	}
	_, err = c.Submit(ctx, subtensor.Sudo(subtensor.Call{Pallet: "Balances", Name: "transfer_keep_alive", Args: map[string]any{
		"dest": poor.Public(), "value": bt.Tao,
	}}), alice, subtensor.SubmitOptions{})
	if !errors.As(err, &failed) || failed.Via != "Sudo.Sudid" {
		t.Errorf("a transfer by root: %v", err)
	}
	_, err = c.Submit(ctx, subtensor.Batch(
		subtensor.Transfer(poor.Public(), bt.Tao), subtensor.Transfer(poor.Public(), 21_000_000*bt.Tao),
	), alice, subtensor.SubmitOptions{})
	if !errors.As(err, &failed) {
		t.Errorf("a batch whose second call fails: %v", err)
	}
	if _, err = c.Submit(ctx, subtensor.Call{Pallet: "Balances", Name: "print_money"}, alice, subtensor.SubmitOptions{}); !errors.Is(err, codec.ErrUnknown) {
		t.Errorf("a call that is not there: %v", err)
	}
}

func TestStateAtBlocks(t *testing.T) {
	c, _ := subtensortest.Start(t)
	ctx := timeout(t)
	alice, eve := subtensortest.Pair(t, "//Alice"), subtensortest.Pair(t, "//Eve")
	before := balance(t, c, eve.Public())
	genesisHash, err := c.BlockHash(ctx, 0)
	if err != nil || genesisHash != c.Genesis() {
		t.Fatalf("genesis %v, want %v: %v", genesisHash, c.Genesis(), err)
	}
	r, err := c.Submit(ctx, subtensor.Transfer(eve.Public(), bt.Tao), alice, subtensor.SubmitOptions{Immortal: true, Tip: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		at   bt.Hash
		want bt.Rao
	}{{c.Genesis(), before}, {r.Block, before + bt.Tao}} {
		if got, err := c.At(tt.at).Balance(ctx, eve.Public()); err != nil || got != tt.want {
			t.Errorf("at %v: %v, want %v: %v", tt.at, got, tt.want, err)
		}
	}
	seen := map[bt.AccountID]bt.Rao{}
	for e, err := range c.Latest().Entries(ctx, "System", "Account") {
		if err != nil {
			t.Fatal(err)
		}
		var a subtensor.Account
		if err := codec.Into(e.Value, &a); err != nil {
			t.Fatal(err)
		}
		seen[e.Keys[0].(bt.AccountID)] = a.Data.Free
	}
	if seen[eve.Public()] != before+bt.Tao || len(seen) < 10 {
		t.Errorf("%d accounts, eve has %v", len(seen), seen[eve.Public()])
	}
	var deposit bt.Rao
	if err := c.Constant(ctx, &deposit, "Balances", "ExistentialDeposit"); err != nil || deposit != 500 {
		t.Errorf("existential deposit %v: %v", deposit, err)
	}
	var nonce bt.Nonce
	if err := c.Latest().Call(ctx, &nonce, "AccountNonceApi", "account_nonce", alice.Public()); err != nil || nonce != 1 {
		t.Errorf("nonce %d: %v", nonce, err)
	}
	if _, err := c.Latest().CallValue(ctx, "AccountNonceApi", "no_such"); !errors.Is(err, subtensor.ErrNoAPI) {
		t.Errorf("a function that is not there: %v", err)
	}
	if _, err := c.Block(ctx, bt.Hash{1}); !errors.Is(err, subtensor.ErrNoBlock) {
		t.Errorf("a block that is not there: %v", err)
	}
	block, err := c.Block(ctx, r.Block)
	if err != nil || block.Header.Hash() != r.Block || block.Extrinsics[r.Index].Hash() != r.Extrinsic {
		t.Errorf("block %v: %v", block.Header.Hash(), err)
	}
	var symbol string
	if ok, err := c.Latest().Query(ctx, &symbol, "SubtensorModule", "Owner", bt.AccountID{9}); ok || err == nil {
		t.Errorf("an account as text: %v, %v", ok, err)
	}
}

func TestHeads(t *testing.T) {
	c, n := subtensortest.Start(t)
	ctx := timeout(t)
	const last = 6
	go func() {
		if _, err := n.Commander().Mine(ctx, last); err != nil {
			t.Error(err)
		}
	}()
	var before bt.Header
	for h, err := range c.FinalizedHeads(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if before.Number > 0 && h.Number == before.Number+1 && h.Parent != before.Hash() {
			t.Errorf("block %d does not follow %d", h.Number, before.Number)
		}
		if before = h; h.Number == last {
			break
		}
	}
	if h, err := c.WaitBlock(ctx, last); err != nil || h.Number != last {
		t.Errorf("head %d: %v", h.Number, err)
	}
	head, err := c.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	final, err := c.Finalized(ctx)
	if err != nil || final.Hash() != head.Hash() {
		t.Errorf("head %v, final %v: %v", head.Hash(), final.Hash(), err)
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := c.WaitBlock(short, 1000); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a block that does not come: %v", err)
	}
}

// Weights go to the chain in the open, or by commit and reveal where the subnet demands it.
func TestWeights(t *testing.T) {
	c, n := subtensortest.Start(t)
	ctx := timeout(t)
	alice, hot := subtensortest.Pair(t, "//Alice"), subtensortest.Pair(t, "//Alice//hot")
	do := func(call subtensor.Call, signer *keys.Pair) *subtensor.Receipt {
		t.Helper()
		return subtensortest.Submit(ctx, t, c, call, signer)
	}
	netuid := bt.NetUID(do(subtensor.RegisterNetwork(hot.Public()), alice).Find("SubtensorModule", "NetworkAdded").Fields.([]any)[0].(uint64))
	do(subtensor.Sudo(subtensor.Call{Pallet: "AdminUtils", Name: "sudo_set_admin_freeze_window", Args: map[string]any{"window": 0}}), alice)
	admin := func(name string, args map[string]any) {
		args["netuid"] = netuid
		do(subtensor.Sudo(subtensor.Call{Pallet: "AdminUtils", Name: name, Args: args}), alice)
	}
	admin("sudo_set_weights_set_rate_limit", map[string]any{"weights_set_rate_limit": 0})
	admin("sudo_set_commit_reveal_weights_enabled", map[string]any{"enabled": false})
	if on, err := c.Latest().CommitReveal(ctx, netuid); err != nil || on {
		t.Fatalf("commit and reveal: %v, %v", on, err)
	}
	do(subtensor.SetWeights(netuid, 0, []bt.UID{0}, []uint16{65535}, 0), hot)
	var row []struct {
		UID   bt.UID
		Value uint16
	}
	if _, err := c.Latest().Query(ctx, &row, "SubtensorModule", "Weights", netuid, 0); err != nil || len(row) != 1 || row[0].Value != 65535 {
		t.Errorf("weights %v: %v", row, err)
	}
	admin("sudo_set_commit_reveal_weights_enabled", map[string]any{"enabled": true})
	if on, err := c.Latest().CommitReveal(ctx, netuid); err != nil || !on {
		t.Fatalf("commit and reveal: %v, %v", on, err)
	}
	commit := subtensor.NewWeightsCommit(netuid, 0, []bt.UID{0}, []uint16{65535}, 0)
	do(commit.Commit(hot.Public()), hot)
	if _, err := c.Submit(ctx, commit.Reveal(), hot, subtensor.SubmitOptions{}); err == nil {
		t.Error("revealed before its time")
	}
	for range 30 { // the window is the next epoch
		if _, err := n.Commander().Mine(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Submit(ctx, commit.Reveal(), hot, subtensor.SubmitOptions{}); err == nil {
			return
		}
	}
	t.Error("the reveal never took")
}
