package ledger_test

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/ledger/ledgertest"
	"github.com/myelin-go/myelin/node/store"
	"github.com/myelin-go/myelin/scale"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var alice, bob = ledgertest.Account(0), ledgertest.Account(1)

// plan is the next block's, with these transactions.
func plan(c *ledgertest.Chain, xs ...bt.Extrinsic) ledger.Plan {
	c.Helper()
	now, err := c.Time()
	if err != nil {
		c.Fatal(err)
	}
	checked, err := c.Check(xs)
	if err != nil {
		c.Fatal(err)
	}
	return ledger.Plan{Now: max(now, ledgertest.Start) + 250, Author: bob.Public(), Transactions: checked, Refused: func(x bt.Extrinsic, why error) {
		c.Errorf("%v: %v", x.Hash(), why)
	}}
}

func propose(c *ledgertest.Chain, p ledger.Plan) *ledger.Candidate {
	c.Helper()
	out, err := c.Propose(p)
	if err != nil {
		c.Fatal(err)
	}
	return out
}

func commit(c *ledgertest.Chain, candidate *ledger.Candidate) *ledger.Block {
	c.Helper()
	b, err := c.Commit(candidate, true)
	if err != nil {
		c.Fatal(err)
	}
	return b
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(dir, store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	spec := genesis.Localnet()
	ch := genesis.Bittensor(spec)
	header, rows := ch.Genesis()
	l, err := ledger.Open(ch.Runtime, st, header, rows)
	if err != nil {
		t.Fatal(err)
	}
	if l.Head().Hash != header.Hash() || l.Finalized() != l.Head() || l.Genesis() != header.Hash() || l.Height() != 0 {
		t.Errorf("it opens at %v, want genesis %v", l.Head(), header.Hash())
	}
	if now, err := l.Time(); err != nil || now != 0 {
		t.Errorf("time of genesis is %d, %v", now, err)
	}
	if _, err := ledger.Open(ch.Runtime, st, header, rows); err != nil {
		t.Errorf("opened again: %v", err)
	}
	spec.Balances = spec.Balances[1:]
	other := genesis.Bittensor(spec)
	header, rows = other.Genesis()
	if _, err := ledger.Open(other.Runtime, st, header, rows); !errors.Is(err, ledger.ErrOtherChain) || !strings.Contains(err.Error(), header.Hash().String()) {
		t.Errorf("another chain gives %v", err)
	}
}

// Proposing leaves no trace: twice gives the same, and another ledger executes it to the same.
func TestProposeAndExecute(t *testing.T) {
	a, b := ledgertest.New(t), ledgertest.New(t)
	for i := range 3 {
		p := plan(a, a.Transfer(alice, bt.Nonce(i), bob.Public(), 1_000_000))
		one, two := propose(a, p), propose(a, p)
		if diff := cmp.Diff(one.Result.Block(), two.Result.Block()); diff != "" {
			t.Fatal(diff)
		}
		p.Now++
		if three := propose(a, p); three.Hash == one.Hash {
			t.Error("another time gives the same block")
		}
		executed, err := b.Execute(one.Block(), bob.Public())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(one.Changes, executed.Changes); diff != "" || executed.Hash != one.Hash || len(executed.Events) != len(one.Events) {
			t.Fatalf("executed to %v, proposed %v: %s", executed.Hash, one.Hash, diff)
		}
		made := commit(a, two)
		commit(b, executed)
		if b.Head().Hash != made.Hash || a.Head() != made || made.Header.Number != bt.BlockNumber(i+1) {
			t.Fatalf("heads %v and %v", a.Head().Hash, b.Head().Hash)
		}
		if _, err := a.Commit(one, true); err == nil {
			t.Error("a block is committed twice")
		}
	}
	if free := b.Free(alice.Public()); free >= 100*bt.Tao-3_000_000 || free < 99*bt.Tao {
		t.Errorf("Alice has %v", free)
	}
}

// What cannot be in a block is left out and told; what may be later is only left out.
func TestRefused(t *testing.T) {
	c := ledgertest.New(t)
	poor := ledgertest.Account(ledgertest.Rich)
	xs := []bt.Extrinsic{
		c.Transfer(alice, 1, bob.Public(), 1), c.Transfer(alice, 0, bob.Public(), 2), c.Transfer(alice, 0, bob.Public(), 3),
		c.Transfer(poor, 0, bob.Public(), 1), c.Transfer(bob, 0, alice.Public(), 4),
	}
	p := plan(c, xs...)
	refused := map[bt.Hash]chain.Reason{}
	p.Refused = func(x bt.Extrinsic, why error) {
		var bad *chain.InvalidTransaction
		if !errors.As(why, &bad) {
			t.Error(why)
			return
		}
		refused[x.Hash()] = bad.Reason
	}
	got := propose(c, p)
	if diff := cmp.Diff(got.Extrinsics[1:], []bt.Extrinsic{xs[1], xs[4]}); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(refused, map[bt.Hash]chain.Reason{xs[2].Hash(): chain.Stale, xs[3].Hash(): chain.Payment}); diff != "" {
		t.Error(diff)
	}
	p.MaxBytes = len(xs[1])
	if got := propose(c, p); len(got.Extrinsics) != 2 {
		t.Errorf("%d extrinsics in %d bytes", len(got.Extrinsics), p.MaxBytes)
	}
	p.Refused, p.MaxBytes = nil, 0
	if got := propose(c, p); len(got.Extrinsics) != 3 {
		t.Errorf("%d extrinsics", len(got.Extrinsics))
	}
}

// A block that is not what executing it gives is refused, whatever was changed, and leaves no trace.
func TestTampered(t *testing.T) {
	c := ledgertest.New(t)
	c.Grow(2)
	good := propose(c, plan(c, c.Transfer(alice, 0, bob.Public(), 1_000_000), c.Transfer(bob, 0, alice.Public(), 1_000_000)))
	early := plan(c)
	early.Now, _ = c.Time()
	if _, err := c.Propose(early); err == nil {
		t.Error("time may stand still")
	}
	forged := slices.Clone(good.Extrinsics[1])
	forged[len(forged)-1] ^= 1
	for name, change := range map[string]func(*bt.Block){
		"state root":      func(b *bt.Block) { b.Header.StateRoot[0] ^= 1 },
		"extrinsics root": func(b *bt.Block) { b.Header.ExtrinsicsRoot[31] ^= 1 },
		"parent":          func(b *bt.Block) { b.Header.Parent[0] ^= 1 },
		"number":          func(b *bt.Block) { b.Header.Number++ },
		"digest":          func(b *bt.Block) { b.Header.Digest = append(b.Header.Digest, bt.DigestItem{Other: &[]byte{1}}) },
		"no inherent":     func(b *bt.Block) { b.Extrinsics = b.Extrinsics[1:] },
		"nothing":         func(b *bt.Block) { b.Extrinsics = nil },
		"two inherents":   func(b *bt.Block) { b.Extrinsics = slices.Insert(b.Extrinsics, 1, b.Extrinsics[0]) },
		"late inherent":   func(b *bt.Block) { b.Extrinsics[0], b.Extrinsics[1] = b.Extrinsics[1], b.Extrinsics[0] },
		"order":           func(b *bt.Block) { b.Extrinsics[1], b.Extrinsics[2] = b.Extrinsics[2], b.Extrinsics[1] },
		"one left out":    func(b *bt.Block) { b.Extrinsics = b.Extrinsics[:2] },
		"one twice":       func(b *bt.Block) { b.Extrinsics = append(b.Extrinsics, b.Extrinsics[1]) },
		"signature":       func(b *bt.Block) { b.Extrinsics[1] = forged },
		"garbage":         func(b *bt.Block) { b.Extrinsics[1] = bt.Extrinsic{0xff} },
	} {
		bad := &bt.Block{Header: good.Header, Extrinsics: slices.Clone(good.Extrinsics)}
		bad.Header.Digest = slices.Clone(good.Header.Digest)
		change(bad)
		if _, err := c.Execute(bad, bob.Public()); !errors.Is(err, chain.ErrBlock) {
			t.Errorf("%s: %v, want %v", name, err, chain.ErrBlock)
		}
	}
	if _, err := c.Execute(good.Block(), alice.Public()); !errors.Is(err, chain.ErrBlock) {
		t.Errorf("another author's fees: %v", err)
	}
	if c.Height() != 2 {
		t.Errorf("the head is %d", c.Height())
	}
	got, err := c.Execute(good.Block(), bob.Public())
	if err != nil {
		t.Fatal(err)
	}
	commit(c, got)
}

// Blocks and states of the past stay readable while blocks are committed; a revert takes them away.
func TestPastAndRevert(t *testing.T) {
	c := ledgertest.New(t)
	sub := c.Subscribe()
	defer sub.Close()
	c.Grow(1)
	before, err := c.At(c.Head().Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	var blocks []*ledger.Block
	for i := range 4 {
		blocks = append(blocks, commit(c, propose(c, plan(c, c.Transfer(alice, bt.Nonce(i), bob.Public(), bt.Tao)))))
	}
	nonce := func(v *ledger.View) byte {
		who := alice.Public()
		raw, err := c.Runtime().Call(v, v.Header, "AccountNonceApi_account_nonce", who[:])
		if err != nil {
			t.Fatal(err)
		}
		return raw[0]
	}
	if n := nonce(before); n != 0 {
		t.Errorf("nonce %d in a view of the past", n)
	}
	for i, b := range blocks {
		read, err := c.Block(b.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, read, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		if hash, ok := c.HashAt(b.Header.Number); !ok || hash != b.Hash {
			t.Errorf("block %d is %v", b.Header.Number, hash)
		}
		v, err := c.At(b.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if n := nonce(v); n != byte(i+1) {
			t.Errorf("nonce %d after block %d", n, b.Header.Number)
		}
		v.Close()
	}
	for _, to := range []bt.BlockNumber{3, 0} {
		if err := c.Revert(to); err != nil {
			t.Fatal(err)
		}
		if c.Height() != to || c.Finalized() != c.Head() {
			t.Errorf("the head is %d, final %d, want %d", c.Height(), c.Finalized().Header.Number, to)
		}
		if _, err := c.At(blocks[3].Hash); !errors.Is(err, store.ErrUnknownBlock) {
			t.Errorf("a block that is gone gives %v", err)
		}
		if _, ok := c.HashAt(to + 1); ok {
			t.Errorf("there is a block %d", to+1)
		}
	}
	if err := c.Revert(1); err == nil {
		t.Error("reverted forward")
	}
	if n := nonce(before); n != 0 {
		t.Errorf("nonce %d in a view of a block that is gone", n)
	}
	commit(c, propose(c, plan(c, c.Transfer(alice, 0, bob.Public(), bt.Tao))))
	if err := c.Store().Verify(); err != nil {
		t.Error(err)
	}
	updates, lost := sub.Updates()
	var heard []bt.BlockNumber
	for _, u := range updates {
		if u.Reverted != nil {
			heard = append(heard, 100+u.Reverted.Header.Number)
			continue
		}
		heard = append(heard, u.Imported.Header.Number)
		if len(u.Changes) == 0 || !u.Final {
			t.Errorf("block %d came with %d changes, final: %t", u.Imported.Header.Number, len(u.Changes), u.Final)
		}
	}
	if want := []bt.BlockNumber{1, 2, 3, 4, 5, 103, 100, 1}; !slices.Equal(heard, want) || lost {
		t.Errorf("heard %v, lost %t, want %v", heard, lost, want)
	}
}

// A subscriber loses nothing up to the bound, and learns it when it lost; others are not held up.
func TestSlowSubscriber(t *testing.T) {
	c := ledgertest.New(t)
	slow, just, closed := c.Subscribe(), c.Subscribe(), c.Subscribe()
	defer slow.Close()
	defer just.Close()
	closed.Close()
	closed.Close()
	const bound = 4096
	head := c.Head()
	for range bound { // reverting to the head is the cheapest update
		if err := c.Revert(head.Header.Number); err != nil {
			t.Fatal(err)
		}
	}
	if got, lost := just.Updates(); len(got) != bound || lost {
		t.Errorf("%d updates, lost %t, want %d", len(got), lost, bound)
	}
	c.Grow(1)
	<-slow.Wake()
	if got, lost := slow.Updates(); len(got) != 0 || !lost {
		t.Errorf("%d updates, lost %t, want it to know", len(got), lost)
	}
	<-just.Wake()
	if got, lost := just.Updates(); len(got) != 1 || lost {
		t.Errorf("%d updates, lost %t, want 1", len(got), lost)
	}
	if got, _ := closed.Updates(); len(got) != 0 {
		t.Errorf("a closed subscription heard %d", len(got))
	}
}

// Readers never meet a chain without a head, whatever is committed and reverted.
func TestReadersWhileReverting(t *testing.T) {
	c := ledgertest.New(t)
	x := c.Transfer(alice, 0, bob.Public(), 1)
	checked, err := c.Check([]bt.Extrinsic{x})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, _, err := c.Judge(x); err != nil && !errors.Is(err, store.ErrUnknownBlock) {
					t.Error(err)
				}
				if _, errs := c.Again(checked); errs[0] != nil && !errors.Is(errs[0], store.ErrUnknownBlock) {
					t.Error(errs[0])
				}
				v, err := c.At(c.Head().Hash)
				switch {
				case err == nil:
					v.Close()
				case !errors.Is(err, store.ErrUnknownBlock):
					t.Error(err)
				}
			}
		})
	}
	for range 30 {
		c.Grow(3)
		if err := c.Revert(c.Height() - 2); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}

// history is blocks of transactions that move what the chain is about: balances, subnets, stake.
func history(c *ledgertest.Chain, blocks int) (out [][]bt.Extrinsic) {
	owner, err := keys.FromURI("//Alice")
	if err != nil {
		c.Fatal(err)
	}
	hot := ledgertest.Account(7).Public()
	var nonce bt.Nonce
	mine := func(index uint8, args any) bt.Extrinsic {
		nonce++
		return c.Sign(owner, bt.Extra{Nonce: nonce - 1}, ledgertest.Call(subtensor.Index, index, args))
	}
	for i := range blocks {
		var xs []bt.Extrinsic
		for k := range 70 { // more than one core's part
			xs = append(xs, c.Transfer(ledgertest.Account(100+k), bt.Nonce(i), ledgertest.Account(6000+i*k).Public(), bt.Rao(1_000_000+k)))
		}
		switch i {
		case 1:
			xs = append(xs, mine(59, &subnets.RegisterNetwork{Hotkey: hot}))
		case 2:
			xs = append(xs, mine(92, &subnets.StartCall{NetUID: 2}), mine(7, &registration.BurnedRegister{NetUID: 2, Hotkey: ledgertest.Account(8).Public()}))
		case 4:
			xs = append(xs, mine(2, &staking.AddStake{Hotkey: hot, NetUID: 2, AmountStaked: 50 * bt.Tao}))
		}
		out = append(out, xs)
	}
	return out
}

// The same transactions give the same chain on one core and on two, proposed and executed, and with a restart between any two blocks.
func TestDeterminism(t *testing.T) {
	one, two := ledgertest.New(t), ledgertest.New(t)
	dir := t.TempDir()
	blocks := history(one, 16)
	var hashes []bt.Hash
	failed := 0
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, xs := range blocks {
		got := propose(one, plan(one, xs...))
		for _, o := range got.Outcomes {
			if o.Err != nil {
				failed++
				t.Log(o.Err)
			}
		}
		hashes = append(hashes, commit(one, got).Hash)
	}
	if failed > 0 {
		t.Errorf("%d calls failed", failed)
	}
	runtime.GOMAXPROCS(2)
	for i, xs := range blocks {
		if got := commit(two, propose(two, plan(two, xs...))); got.Hash != hashes[i] {
			t.Fatalf("block %d is %v on two cores, %v on one", i+1, got.Hash, hashes[i])
		}
	}
	for i, hash := range hashes {
		t.Run("restart", func(t *testing.T) {
			c := ledgertest.Open(t, dir)
			b, err := two.Block(hash)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Execute(&bt.Block{Header: b.Header, Extrinsics: b.Extrinsics}, bob.Public())
			if err != nil {
				t.Fatalf("block %d: %v", i+1, err)
			}
			commit(c, got)
		})
	}
	last := ledgertest.Open(t, dir)
	if last.Head().Hash != hashes[len(hashes)-1] {
		t.Errorf("the head is %v", last.Head().Hash)
	}
	if err := last.Store().Verify(); err != nil {
		t.Error(err)
	}
}

// Where the chain goes on with a runtime that the program lacks, no block follows and the error says what to do; back before that the chain goes on.
func TestRuntimeThatTheProgramLacks(t *testing.T) {
	c := ledgertest.New(t)
	c.Grow(1)
	root, err := keys.FromURI("//Alice")
	if err != nil {
		t.Fatal(err)
	}
	rows := system.SetStorage{Items: []scale.Pair[[]byte, []byte]{{A: system.CodeKey, B: []byte("myelin of tomorrow")}}}
	x := c.Sign(root, bt.Extra{}, append([]byte{12, 0}, ledgertest.Call(0, 4, &rows)...))
	checked, err := c.Check([]bt.Extrinsic{x})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.Propose(ledger.Plan{Now: ledgertest.Start + 1000, Transactions: checked})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(b, true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Propose(ledger.Plan{Now: ledgertest.Start + 2000}); err == nil || !strings.Contains(err.Error(), "update the program") {
		t.Errorf("a block follows: %v", err)
	}
	if err := c.Revert(1); err != nil {
		t.Fatal(err)
	}
	c.Grow(1)
}
