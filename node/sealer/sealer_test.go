package sealer_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/ledger/ledgertest"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/sealer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var alice, bob = ledgertest.Account(0), ledgertest.Account(1)

// net is a sealed chain.
type net struct {
	*ledgertest.Chain
	pool *pool.Pool
	seal *sealer.Sealer
}

func newNet(t testing.TB, cfg sealer.Config) *net {
	t.Helper()
	n := &net{Chain: ledgertest.New(t)}
	n.pool = pool.New(n.Chain, pool.Config{})
	if cfg.BlockTime == 0 {
		cfg.BlockTime = 250 * time.Millisecond
	}
	var err error
	if n.seal, err = sealer.New(n.Ledger, n.pool, cfg); err != nil {
		t.Fatal(err)
	}
	return n
}

// run runs the sealer; stop ends it and waits.
func (n *net) run() (stop func()) {
	ctx, cancel := context.WithCancel(n.Context())
	done := make(chan error, 1)
	go func() { done <- n.seal.Run(ctx) }()
	return func() {
		n.Helper()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			n.Errorf("it ended with %v", err)
		}
	}
}

func (n *net) submit(xs ...bt.Extrinsic) {
	n.Helper()
	for _, x := range xs {
		if _, err := n.pool.Submit(x); err != nil {
			n.Fatal(err)
		}
	}
}

// time is the head's, in milliseconds.
func (n *net) time() uint64 {
	n.Helper()
	now, err := n.Time()
	if err != nil {
		n.Fatal(err)
	}
	return now
}

func (n *net) mine(count uint32) *ledger.Block {
	n.Helper()
	b, err := n.seal.Mine(n.Context(), count)
	if err != nil {
		n.Fatal(err)
	}
	return b
}

// last waits for the end of a watched transaction.
func (n *net) last(w *pool.Watch) pool.Status {
	for {
		<-w.Wake()
		for _, s := range w.Steps() {
			if s.Kind.Last() {
				return s
			}
		}
	}
}

func TestParseMode(t *testing.T) {
	for name, want := range map[string]sealer.Mode{"interval": sealer.Interval, "instant": sealer.Instant, "manual": sealer.Manual} {
		if got, err := sealer.ParseMode(name); got != want || err != nil {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
	if _, err := sealer.ParseMode("Manual"); err == nil || !strings.Contains(err.Error(), `"Manual"`) {
		t.Errorf("an unknown mode gives %v", err)
	}
	c := ledgertest.New(t)
	for _, d := range []time.Duration{0, -time.Second, time.Microsecond} {
		if _, err := sealer.New(c.Ledger, pool.New(c, pool.Config{}), sealer.Config{BlockTime: d}); err == nil {
			t.Errorf("a block time of %v is taken", d)
		}
	}
}

// A block comes at once, and then one in each interval; after as many as asked for it only waits.
func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNet(t, sealer.Config{BlockTime: 12 * time.Second, Blocks: 5})
		began := time.Now()
		stop := n.run()
		synctest.Wait()
		for i := range bt.BlockNumber(5) {
			if n.Height() != i+1 {
				t.Fatalf("the head is %d after %v, want %d", n.Height(), time.Since(began), i+1)
			}
			if got, want := n.time(), uint64(began.UnixMilli())+uint64(i)*12_000; got != want {
				t.Errorf("block %d has the time %d, want %d", i+1, got, want)
			}
			time.Sleep(12 * time.Second)
			synctest.Wait()
		}
		time.Sleep(time.Hour)
		if n.Height() != 5 {
			t.Errorf("%d blocks, want 5", n.Height())
		}
		if _, err := n.seal.Seal(); !errors.Is(err, sealer.ErrDone) {
			t.Errorf("one more gives %v", err)
		}
		if _, err := n.seal.Mine(t.Context(), 2); !errors.Is(err, sealer.ErrDone) || !strings.Contains(err.Error(), "mined 0 of 2") {
			t.Errorf("two more give %v", err)
		}
		stop()
	})
}

// A chain may be sealed faster than its blocks' times tell; a clock that is set ahead meanwhile counts.
func TestIntervalAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNet(t, sealer.Config{BlockTime: 12 * time.Second, Every: 2 * time.Second})
		first := uint64(time.Now().UnixMilli())
		stop := n.run()
		for i := range uint64(5) {
			synctest.Wait()
			if got := uint64(n.Height()); got != i+1 {
				t.Fatalf("%d blocks after %d intervals", got, i)
			}
			if got, want := n.time(), first+i*12_000; got != want {
				t.Errorf("block %d has the time %d, want %d", i+1, got, want)
			}
			time.Sleep(2 * time.Second)
		}
		synctest.Wait()
		ahead := n.time() + 3_600_000
		if err := n.seal.SetTime(ahead); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := n.time(); got != ahead+2000 {
			t.Errorf("the block after the clock was set to %d has the time %d", ahead, got)
		}
		stop()
	})
	n := newNet(t, sealer.Config{})
	if _, err := sealer.New(n.Ledger, n.pool, sealer.Config{BlockTime: time.Second, Every: 2 * time.Second}); err == nil {
		t.Error("an interval longer than the block time is taken")
	}
}

// Blocks come only with transactions, and chains of them come whole.
func TestInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNet(t, sealer.Config{Mode: sealer.Instant})
		xs := []bt.Extrinsic{n.Transfer(alice, 0, bob.Public(), 1), n.Transfer(alice, 1, bob.Public(), 1), n.Transfer(alice, 2, bob.Public(), 1)}
		stop := n.run()
		time.Sleep(time.Hour)
		n.submit(xs[2], xs[1])
		synctest.Wait()
		if n.Height() != 0 {
			t.Fatalf("%d blocks without a ready transaction", n.Height())
		}
		n.submit(xs[0])
		synctest.Wait()
		if n.Height() != 1 || len(n.Head().Extrinsics) != 4 {
			t.Errorf("block %d has %d extrinsics, want the inherent and 3 in block 1", n.Height(), len(n.Head().Extrinsics))
		}
		time.Sleep(time.Hour)
		if n.Height() != 1 {
			t.Errorf("%d blocks", n.Height())
		}
		stop()
	})
}

// Many submit at once while blocks are made; every transaction gets in, once.
func TestInstantUnderLoad(t *testing.T) {
	n := newNet(t, sealer.Config{Mode: sealer.Instant})
	const who, each = 8, 20
	xs := make([][]bt.Extrinsic, who)
	for i := range xs {
		for nonce := range bt.Nonce(each) {
			xs[i] = append(xs[i], n.Transfer(ledgertest.Account(10+i), nonce, bob.Public(), 1))
		}
	}
	stop := n.run()
	var wg sync.WaitGroup
	for _, mine := range xs {
		wg.Go(func() {
			for at, x := range mine {
				w, err := n.pool.SubmitAndWatch(x)
				if err != nil {
					t.Error(err)
					return
				}
				if at%5 == 4 { // wait now and then, so that blocks come between
					if s := n.last(w); s.Kind != pool.InBlock {
						t.Errorf("transaction %d ended with %d", at, s.Kind)
					}
				}
				w.Close()
			}
		})
	}
	wg.Wait()
	stop()
	seen := map[bt.Hash]bool{}
	for height := range n.Height() {
		hash, _ := n.HashAt(height + 1)
		b, err := n.Block(hash)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range b.Extrinsics[1:] {
			if seen[x.Hash()] {
				t.Errorf("%v came twice", x.Hash())
			}
			seen[x.Hash()] = true
		}
	}
	if len(seen) != who*each {
		t.Errorf("%d transactions are in blocks, want %d", len(seen), who*each)
	}
	if err := n.Store().Verify(); err != nil {
		t.Error(err)
	}
}

// A day of blocks keeps time: they are twelve seconds apart, and afterwards the clock goes on from there.
func TestDay(t *testing.T) {
	if testing.Short() {
		t.Skip("mines 7,200 blocks")
	}
	n := newNet(t, sealer.Config{Mode: sealer.Manual, BlockTime: 12 * time.Second})
	n.mine(1)
	first := n.time()
	began := time.Now()
	n.mine(7200)
	t.Logf("7,200 blocks in %v", time.Since(began))
	if got, want := n.time()-first, uint64(7200*12_000); n.Height() != 7201 || got < want || got > want+60_000 {
		t.Errorf("%d ms in %d blocks, want %d in 7201", got, n.Height(), want)
	}
	day := n.time()
	if _, err := n.seal.Seal(); err != nil {
		t.Fatal(err)
	}
	if step := n.time() - day; step < 12_000 || step > 60_000 {
		t.Errorf("the next block is %d ms later, want 12000", step)
	}
}

// Mined blocks are BlockTime apart even when blocks before them came so fast that the chain's time is ahead of the clock.
func TestMine(t *testing.T) {
	n := newNet(t, sealer.Config{Mode: sealer.Manual, BlockTime: time.Second})
	period := n.MinPeriod()
	for range 40 { // 5 s of chain time in no time
		before := n.time()
		if _, err := n.seal.Seal(); err != nil {
			t.Fatal(err)
		}
		if got := n.time() - before; before > 0 && got < period {
			t.Fatalf("%d ms between two blocks, at least %d must be", got, period)
		}
	}
	n.mine(1)
	for range 3 {
		before := n.time()
		if n.mine(1); n.time()-before < 1000 || n.time()-before > 2000 {
			t.Errorf("mined %d ms later, want 1000", n.time()-before)
		}
	}
	if b := n.mine(0); b != n.Head() {
		t.Errorf("mining nothing gives %v", b)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.seal.Mine(ctx, 3); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "mined 0 of 3") {
		t.Errorf("a mine that is cancelled gives %v", err)
	}
}

func TestSetTime(t *testing.T) {
	n := newNet(t, sealer.Config{Mode: sealer.Manual})
	n.mine(2)
	day := n.time() + 86_400_000
	if err := n.seal.SetTime(day); err != nil {
		t.Fatal(err)
	}
	if _, err := n.seal.Seal(); err != nil {
		t.Fatal(err)
	}
	if got := n.time(); got < day || got > day+60_000 {
		t.Errorf("time is %d, want %d", got, day)
	}
	for _, bad := range []uint64{0, day - 1, 1 << 62, 1<<64 - 1} {
		if err := n.seal.SetTime(bad); err == nil {
			t.Errorf("time %d is taken after %d", bad, day)
		}
	}
	if err := n.seal.Revert(1); err != nil {
		t.Fatal(err)
	}
	if err := n.seal.SetTime(n.time() + 1000); err != nil { // the head is earlier now
		t.Error(err)
	}
	if _, err := n.seal.Seal(); err != nil || n.time() >= day {
		t.Errorf("time is %d, %v, want before %d", n.time(), err, day)
	}
}

func TestRevert(t *testing.T) {
	n := newNet(t, sealer.Config{Mode: sealer.Manual})
	n.submit(n.Transfer(alice, 0, bob.Public(), 1))
	first := n.mine(1)
	n.submit(n.Transfer(alice, 1, bob.Public(), 1))
	n.mine(1)
	waits, err := n.pool.SubmitAndWatch(n.Transfer(alice, 2, bob.Public(), 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.seal.Revert(3); err == nil {
		t.Error("reverted forward")
	}
	if err := n.seal.Revert(1); err != nil || n.Head().Hash != first.Hash {
		t.Errorf("the head is %d, %v", n.Height(), err)
	}
	if steps := waits.Steps(); len(steps) != 2 || steps[1].Kind != pool.Future { // nonce 1 is not in a block any more
		t.Errorf("steps %v", steps)
	}
	n.submit(n.Transfer(alice, 1, bob.Public(), 2))
	n.mine(1)
	if s := n.last(waits); s.Kind != pool.InBlock || len(n.Head().Extrinsics) != 3 {
		t.Errorf("it ended with %d, %d extrinsics in the block", s.Kind, len(n.Head().Extrinsics))
	}
}

// What a block refuses leaves the pool, and what needs it waits.
func TestRefusals(t *testing.T) {
	n := newNet(t, sealer.Config{Mode: sealer.Manual, Author: bob.Public()})
	poor := ledgertest.Account(ledgertest.Rich)
	n.submit(n.Transfer(alice, 0, poor.Public(), 10_000_000))
	n.mine(1)
	n.submit(n.Sign(poor, bt.Extra{Tip: 6_000_000}, ledgertest.TransferCall(bob.Public(), 600)))
	second, err := n.pool.SubmitAndWatch(n.Sign(poor, bt.Extra{Nonce: 1, Tip: 6_000_000}, ledgertest.TransferCall(bob.Public(), 600))) // each could pay alone
	if err != nil {
		t.Fatal(err)
	}
	third, err := n.pool.SubmitAndWatch(n.Transfer(poor, 2, bob.Public(), 600))
	if err != nil {
		t.Fatal(err)
	}
	had := n.Free(bob.Public())
	n.mine(1)
	if s := n.last(second); s.Kind != pool.Invalid {
		t.Errorf("it ended with %d", s.Kind)
	}
	if steps := third.Steps(); steps[len(steps)-1].Kind != pool.Future {
		t.Errorf("steps %v", steps)
	}
	if ready, future := n.pool.Len(); ready != 0 || future != 1 {
		t.Errorf("%d ready, %d wait", ready, future)
	}
	if got := n.Free(bob.Public()) - had; got < 6_000_600 {
		t.Errorf("the author got %v", got)
	}
}

// BenchmarkDrain submits 5,000 signed transfers of as many accounts and seals them.
func BenchmarkDrain(b *testing.B) {
	probe := ledgertest.New(b)
	xs := make([]bt.Extrinsic, ledgertest.Rich)
	for i := range xs {
		xs[i] = probe.Transfer(ledgertest.Account(i), 0, alice.Public(), 1_000_000)
	}
	for b.Loop() {
		b.StopTimer()
		n := newNet(b, sealer.Config{Mode: sealer.Instant})
		stop := n.run()
		b.StartTimer()
		w, err := n.pool.SubmitAndWatch(xs[len(xs)-1])
		if err != nil {
			b.Fatal(err)
		}
		var wg sync.WaitGroup
		for part := range 2 {
			wg.Go(func() {
				for i := part; i < len(xs)-1; i += 2 {
					if _, err := n.pool.Submit(xs[i]); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
		n.last(w)
		for ready, _ := n.pool.Len(); ready > 0; ready, _ = n.pool.Len() {
			time.Sleep(time.Millisecond)
		}
		b.StopTimer()
		b.ReportMetric(float64(n.Height()), "blocks")
		stop()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*len(xs))/b.Elapsed().Seconds(), "transfers/s")
}
