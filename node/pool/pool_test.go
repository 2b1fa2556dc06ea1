package pool_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/ledger/ledgertest"
	"github.com/myelin-go/myelin/node/pool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var alice, bob = ledgertest.Account(0), ledgertest.Account(1)

// net is a pool over a real chain.
type net struct {
	*ledgertest.Chain
	pool *pool.Pool
}

func newNet(t testing.TB, cfg pool.Config) *net {
	c := ledgertest.New(t)
	return &net{c, pool.New(c, cfg)}
}

// pay is a transfer of Alice's with a nonce.
func (n *net) pay(nonce bt.Nonce) bt.Extrinsic {
	return n.Transfer(alice, nonce, bob.Public(), 1_000_000)
}

func (n *net) submit(xs ...bt.Extrinsic) {
	n.Helper()
	for _, x := range xs {
		if _, err := n.pool.Submit(x); err != nil {
			n.Fatal(err)
		}
	}
}

func (n *net) watch(x bt.Extrinsic) *pool.Watch {
	n.Helper()
	w, err := n.pool.SubmitAndWatch(x)
	if err != nil {
		n.Fatal(err)
	}
	return w
}

// block makes a block of these transactions, which must all fit in, and tells the pool.
func (n *net) block(xs ...*chain.Checked) *ledger.Block {
	n.Helper()
	b := commit(n.Chain, xs...)
	n.pool.Imported(b.Hash, b.Header.Number, b.Extrinsics)
	return b
}

func commit(c *ledgertest.Chain, xs ...*chain.Checked) *ledger.Block {
	c.Helper()
	now, err := c.Time()
	if err != nil {
		c.Fatal(err)
	}
	candidate, err := c.Propose(ledger.Plan{Now: max(now, ledgertest.Start) + 250, Transactions: xs, Refused: func(_ bt.Extrinsic, why error) { c.Error(why) }})
	if err != nil {
		c.Fatal(err)
	}
	b, err := c.Commit(candidate, true)
	if err != nil {
		c.Fatal(err)
	}
	return b
}

func (n *net) ready(want ...bt.Extrinsic) {
	n.Helper()
	var got []bt.Extrinsic
	for _, x := range n.pool.Ready() {
		got = append(got, x.Raw)
	}
	if !slices.EqualFunc(got, want, func(a, b bt.Extrinsic) bool { return string(a) == string(b) }) {
		n.Errorf("%d transactions are ready, want other %d or another order", len(got), len(want))
	}
}

func (n *net) steps(w *pool.Watch, want ...pool.Kind) (last pool.Status) {
	n.Helper()
	var got []pool.Kind
	for _, s := range w.Steps() {
		got, last = append(got, s.Kind), s
	}
	if !slices.Equal(got, want) {
		n.Errorf("steps %v, want %v", got, want)
	}
	return last
}

func reason(err error) chain.Reason {
	var bad *chain.InvalidTransaction
	if errors.As(err, &bad) {
		return bad.Reason
	}
	return 255
}

// Nonces become ready in their order, whatever the order in which they come.
func TestNonces(t *testing.T) {
	n := newNet(t, pool.Config{})
	x0, x1, x3 := n.pay(0), n.pay(1), n.pay(3)
	other := n.Transfer(bob, 0, alice.Public(), 1_000_000)
	w1, w3 := n.watch(x1), n.watch(x3)
	n.submit(other)
	n.ready(other)
	tag := chain.NonceTag(alice.Public(), 1)
	if n.pool.HasTag(tag) {
		t.Error("nonce 1 counts before nonce 0 came")
	}
	changed := n.pool.Changed()
	w0 := n.watch(x0)
	select {
	case <-changed:
	default:
		t.Error("nobody was woken")
	}
	n.ready(other, x0, x1) // x1 is the oldest but needs x0
	if !n.pool.HasTag(tag) {
		t.Error("nonce 1 does not count")
	}
	if ready, future := n.pool.Len(); ready != 3 || future != 1 {
		t.Errorf("%d ready, %d wait", ready, future)
	}
	if p := n.pool.Pending(); len(p) != 4 || string(p[0]) != string(x1) || string(p[3]) != string(x3) {
		t.Errorf("%d pending, or in another order", len(p))
	}
	b := n.block(n.pool.Ready()[1:]...)
	n.steps(w1, pool.Future, pool.Ready, pool.InBlock)
	if last := n.steps(w0, pool.Ready, pool.InBlock); last.Hash != b.Hash || last.Index != 1 {
		t.Errorf("in block %v at %d, want %v at 1", last.Hash, last.Index, b.Hash)
	}
	n.steps(w3, pool.Future)
	n.submit(n.pay(2))
	n.steps(w3, pool.Ready)
	n.block(n.pool.Ready()...)
	n.steps(w3, pool.InBlock)
	if len(n.pool.Pending()) != 0 {
		t.Error("the pool is not empty")
	}
	if _, err := n.pool.Submit(x0); reason(err) != chain.Stale {
		t.Errorf("an old nonce gives %v", err)
	}
}

// What is judged while a block is made is judged again: else it would wait for what is in a block already.
func TestBlockWhileJudging(t *testing.T) {
	c := ledgertest.New(t)
	race := &racingJudge{Chain: c}
	n := &net{c, pool.New(race, pool.Config{})}
	n.submit(n.pay(0))
	race.during = func() { n.block(n.pool.Ready()...) }
	w := n.watch(n.pay(1))
	n.steps(w, pool.Ready)
	race.during = func() { n.block(n.pool.Ready()...) }
	if _, err := n.pool.Submit(n.Transfer(alice, 1, bob.Public(), 7)); reason(err) != chain.Stale {
		t.Errorf("what is in a block gives %v", err)
	}
	if ready, future := n.pool.Len(); ready+future != 0 {
		t.Errorf("%d ready and %d wait, want none", ready, future)
	}
}

// racingJudge makes a block between a judgement and its use.
type racingJudge struct {
	*ledgertest.Chain
	during func()
}

func (r *racingJudge) Judge(x bt.Extrinsic) (*chain.Checked, chain.Validity, error) {
	checked, v, err := r.Chain.Judge(x)
	if f := r.during; f != nil {
		r.during = nil
		f()
	}
	return checked, v, err
}

// A mortal transaction stays until the last block of its era, also in a pool that opened behind genesis.
func TestMortality(t *testing.T) {
	n := newNet(t, pool.Config{})
	n.Grow(10)
	n.pool = pool.New(n.Chain, pool.Config{})
	w := n.watch(n.Sign(alice, bt.Extra{Era: bt.MortalEra(8, 10)}, ledgertest.TransferCall(bob.Public(), 1_000_000)))
	long := n.watch(n.Transfer(bob, 0, alice.Public(), 1_000_000))
	for n.Height() < 16 {
		n.block()
	}
	if got := n.pool.Ready(); len(got) != 2 { // the era is blocks 10 to 17
		t.Fatalf("%d are ready for block 17, want 2", len(got))
	}
	n.block()
	n.steps(w, pool.Ready, pool.Invalid)
	n.steps(long, pool.Ready)

	last := n.watch(n.Sign(alice, bt.Extra{Era: bt.MortalEra(8, 17)}, ledgertest.TransferCall(bob.Public(), 1_000_000)))
	for n.Height() < 23 {
		n.block()
	}
	n.block(n.pool.Ready()...) // block 24, the last of the era
	n.steps(last, pool.Ready, pool.InBlock)
}

// A block makes other transactions invalid: by their nonce, and by what is left to pay the fee.
func TestBlockInvalidates(t *testing.T) {
	n := newNet(t, pool.Config{})
	poor := ledgertest.Account(ledgertest.Rich) // has nothing
	n.submit(n.Transfer(alice, 0, poor.Public(), 10_000_000))
	n.block(n.pool.Ready()...)

	spend, twin := n.Transfer(poor, 0, alice.Public(), 9_000_000), n.Transfer(poor, 0, alice.Public(), 8_000_000)
	after := n.watch(n.Sign(poor, bt.Extra{Nonce: 1, Tip: 5_000_000}, ledgertest.TransferCall(alice.Public(), 1000)))
	w := n.watch(twin)
	n.steps(after, pool.Future, pool.Ready)
	checked, _, err := n.Judge(spend) // comes by another node's block
	if err != nil {
		t.Fatal(err)
	}
	n.block(checked)
	n.steps(w, pool.Ready, pool.Invalid)
	if free := n.Free(poor.Public()); free < 500 || free > 1_000_000 {
		t.Fatalf("%v is left", free)
	}
	n.steps(after, pool.Invalid) // its tip
}

// When a transaction leaves that others require, these wait again, and go on with its successor.
func TestRemove(t *testing.T) {
	n := newNet(t, pool.Config{})
	xs := []bt.Extrinsic{n.pay(0), n.pay(1), n.pay(2)}
	var ws []*pool.Watch
	for _, x := range xs {
		ws = append(ws, n.watch(x))
	}
	n.pool.Remove(xs[0], n.pay(9))
	n.steps(ws[0], pool.Ready, pool.Invalid)
	n.steps(ws[1], pool.Ready, pool.Future)
	n.ready()
	if n.pool.HasTag(chain.NonceTag(alice.Public(), 2)) {
		t.Error("nonce 2 counts, though nonce 0 is missing")
	}
	if ready, future := n.pool.Len(); ready != 0 || future != 2 {
		t.Errorf("%d ready, %d wait", ready, future)
	}
	n.submit(n.Transfer(alice, 0, bob.Public(), 5_000_000))
	n.steps(ws[1], pool.Ready)
	n.steps(ws[2], pool.Ready, pool.Future, pool.Ready)
	n.pool.Remove(xs[1])
	n.pool.Remove(xs[2])
	if ready, future := n.pool.Len(); ready != 1 || future != 0 {
		t.Errorf("%d ready, %d wait", ready, future)
	}
}

func TestRefusals(t *testing.T) {
	n := newNet(t, pool.Config{MaxCount: 3, MaxFuture: 1})
	stranger := ledgertest.Account(ledgertest.Rich + 1)
	forged := n.pay(0)
	forged[40] ^= 1
	for name, c := range map[string]struct {
		x    bt.Extrinsic
		want chain.Reason
	}{
		"no extrinsic": {bt.Extrinsic{1, 2, 3}, chain.Undecodable}, "empty": {nil, chain.Undecodable}, "forged": {forged, chain.BadProof},
		"no money": {n.Transfer(stranger, 0, bob.Public(), 1), chain.Payment},
	} {
		if _, err := n.pool.Submit(c.x); reason(err) != c.want {
			t.Errorf("%s: %v, want %d", name, err, c.want)
		}
		if w, err := n.pool.SubmitAndWatch(c.x); reason(err) != c.want || w != nil {
			t.Errorf("%s, watched: %v, want %d", name, err, c.want)
		}
	}
	n.submit(n.pay(0), n.pay(2))
	var low *pool.TooLowError
	if _, err := n.pool.Submit(n.Transfer(alice, 0, bob.Public(), 7)); !errors.As(err, &low) || low.Error() != "priority is too low: (1 > 1)" {
		t.Errorf("another transfer with the nonce gives %v", err)
	}
	if _, err := n.pool.Submit(n.pay(4)); !errors.Is(err, pool.ErrFull) {
		t.Errorf("a second one that waits gives %v", err)
	}
	n.submit(n.Transfer(bob, 0, alice.Public(), 1_000_000))
	n.submit(n.Transfer(ledgertest.Account(2), 0, alice.Public(), 1_000_000)) // pushes out what waits
	n.submitFails(n.Transfer(ledgertest.Account(3), 0, alice.Public(), 1_000_000))
	if ready, future := n.pool.Len(); ready != 3 || future != 0 {
		t.Errorf("%d ready, %d wait", ready, future)
	}
}

func (n *net) submitFails(x bt.Extrinsic) {
	n.Helper()
	if _, err := n.pool.Submit(x); !errors.Is(err, pool.ErrFull) {
		n.Errorf("a full pool gives %v", err)
	}
}

func TestMaxBytes(t *testing.T) {
	n := newNet(t, pool.Config{MaxBytes: 2*len(newNet(t, pool.Config{}).pay(0)) + 5})
	n.submit(n.pay(0), n.pay(1))
	n.submitFails(n.pay(2))
	n.block(n.pool.Ready()...)
	n.submit(n.pay(2), n.pay(3))
}

// One of many that submit the same transaction at once gets it in.
func TestSameAtOnce(t *testing.T) {
	n := newNet(t, pool.Config{})
	x := n.pay(0)
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() {
			w, err := n.pool.SubmitAndWatch(x)
			if errs[i] = err; err == nil {
				<-w.Wake()
				n.steps(w, pool.Ready)
				w.Close()
			}
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, pool.ErrKnown):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d got it in, want 1", won)
	}
}

func TestClosedWatch(t *testing.T) {
	n := newNet(t, pool.Config{})
	w := n.watch(n.pay(0))
	if w.Hash() != n.pool.Ready()[0].Raw.Hash() {
		t.Error("it watches another transaction")
	}
	w.Close()
	w.Close()
	n.steps(w, pool.Ready) // came before
	n.block(n.pool.Ready()...)
	n.steps(w)
}

// Peers get what came since they asked last, in pieces.
func TestSince(t *testing.T) {
	n := newNet(t, pool.Config{})
	if xs, mark := n.pool.Since(0, 0); len(xs) != 0 || mark != 0 {
		t.Errorf("an empty pool gives %d, mark %d", len(xs), mark)
	}
	var all []bt.Extrinsic
	for nonce := range bt.Nonce(5) {
		all = append(all, n.pay(nonce))
	}
	n.submit(all[0], all[4], all[1])
	size := len(all[0])
	xs, mark := n.pool.Since(0, 2*size)
	if len(xs) != 2 || string(xs[1]) != string(all[4]) {
		t.Fatalf("%d came", len(xs))
	}
	if xs, mark = n.pool.Since(mark, 1); len(xs) != 1 || string(xs[0]) != string(all[1]) { // one always comes
		t.Fatalf("%d came", len(xs))
	}
	n.block(n.pool.Ready()...)
	n.submit(all[2])
	if xs, mark = n.pool.Since(mark, 0); len(xs) != 1 || string(xs[0]) != string(all[2]) {
		t.Fatalf("%d came after a block", len(xs))
	}
	if xs, _ = n.pool.Since(mark, 0); len(xs) != 0 {
		t.Errorf("%d came twice", len(xs))
	}
	if n.pool.Checked(all[2].Hash()) == nil || n.pool.Checked(all[0].Hash()) != nil {
		t.Error("Checked knows other transactions than those in the pool")
	}
}

// A revert takes the chain back under the transactions in the pool; those stay that may follow the new head.
func TestRevert(t *testing.T) {
	n := newNet(t, pool.Config{})
	n.Grow(40)
	n.pool = pool.New(n.Chain, pool.Config{})
	mortal := n.watch(n.Sign(alice, bt.Extra{Era: bt.MortalEra(64, 40)}, ledgertest.TransferCall(bob.Public(), 1_000_000)))
	if err := n.Revert(39); err != nil {
		t.Fatal(err)
	}
	n.pool.Imported(n.Head().Hash, 39, nil)
	n.steps(mortal, pool.Ready)
	n.submit(n.Transfer(bob, 0, alice.Public(), 1_000_000))
	n.block(n.pool.Ready()[1:]...)
	if ready, future := n.pool.Len(); ready != 1 || future != 0 {
		t.Errorf("%d ready, %d wait", ready, future)
	}
}
