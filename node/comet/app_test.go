package comet

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/store"
)

// newApp is an application over a chain in memory, without consensus around it, in a network of one validator.
func newApp(t testing.TB) (*application, *member) {
	t.Helper()
	return newAppOf(t, &Network{Start: startTime, Validators: []Validator{{Power: 1, Key: ConsensusKey{1}, Account: bt.AccountID{7}}}})
}

func newAppOf(t testing.TB, n *Network) (*application, *member) {
	t.Helper()
	s, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := genesis.New(spec())
	header, rows := c.Genesis()
	l, err := ledger.Open(c.Runtime, s, header, rows)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{TB: t, chain: c, store: s, ledger: l, pool: pool.New(l, pool.Config{})}
	wait := 20 * time.Millisecond
	return newApplication(l, m.pool, n, &pace{target: wait, knob: &wait}, 0, slog.New(slog.DiscardHandler)), m
}

var startTime = time.UnixMilli(1_800_000_000_000)

// judge asks the application to judge a block at the next height.
func (m *member) judge(a *application, at time.Time, txs ...[]byte) bool {
	m.Helper()
	r, err := a.ProcessProposal(m.Context(), &abci.RequestProcessProposal{
		Height: int64(m.ledger.Head().Header.Number) + 1, Time: at, Txs: txs,
	})
	if err != nil {
		m.Fatal(err)
	}
	return r.Status == abci.ResponseProcessProposal_ACCEPT
}

// block lets the application execute and commit a block.
func (m *member) block(a *application, at time.Time, proposer []byte, txs ...[]byte) *abci.ResponseFinalizeBlock {
	m.Helper()
	r, err := a.FinalizeBlock(m.Context(), &abci.RequestFinalizeBlock{
		Height: int64(m.ledger.Head().Header.Number) + 1, Time: at, ProposerAddress: proposer, Txs: txs,
	})
	if err != nil {
		m.Fatal(err)
	}
	if _, err := a.Commit(m.Context(), &abci.RequestCommit{}); err != nil {
		m.Fatal(err)
	}
	if head := m.ledger.Head().Hash; bt.Hash(r.AppHash) != head {
		m.Fatalf("app hash %x, the block is %s", r.AppHash, head)
	}
	return r
}

// A proposal is accepted exactly when all of its transactions may stand where they do.
func TestProposalsAreJudged(t *testing.T) {
	a, m := newApp(t)
	alice, to := key(t, "//Alice"), key(t, "//Nobody").Public()
	x0, x1, x2 := m.transfer(alice, 0, to, bt.Tao), m.transfer(alice, 1, to, bt.Tao), m.transfer(alice, 2, to, bt.Tao)
	forged := append(bt.Extrinsic(nil), x0...)
	forged[60] ^= 1
	poor := m.transfer(key(t, "//Poor"), 0, to, bt.Tao)
	for _, c := range []struct {
		name string
		txs  [][]byte
		want bool
	}{
		{"empty", nil, true},
		{"one", [][]byte{x0}, true},
		{"in order", [][]byte{x0, x1, x2}, true},
		{"out of order", [][]byte{x1, x0}, false},
		{"a gap", [][]byte{x0, x2}, false},
		{"twice", [][]byte{x0, x0}, false},
		{"forged", [][]byte{forged}, false},
		{"cannot pay", [][]byte{poor}, false},
		{"garbage", [][]byte{{1, 2, 3}}, false},
		{"nothing as a transaction", [][]byte{{}}, false},
		{"the time a second time", [][]byte{timestampSet(m)}, false},
	} {
		if got := m.judge(a, startTime, c.txs...); got != c.want {
			t.Errorf("%s: accepted is %v, want %v", c.name, got, c.want)
		}
	}
	if n := m.ledger.Head().Header.Number; n != 0 {
		t.Errorf("judging made block %d", n)
	}
	r, err := a.ProcessProposal(t.Context(), &abci.RequestProcessProposal{Height: 2, Time: startTime})
	if err != nil || r.Status != abci.ResponseProcessProposal_REJECT {
		t.Errorf("a proposal for a later height gives %v, %v", r, err)
	}
	if _, err := a.FinalizeBlock(t.Context(), &abci.RequestFinalizeBlock{Height: 1, Time: startTime, Txs: [][]byte{forged}}); err == nil {
		t.Error("a decided block with a forged transaction was executed")
	}
}

// timestampSet is the inherent that each block begins with.
func timestampSet(m *member) []byte {
	m.Helper()
	c, err := m.ledger.Propose(ledger.Plan{Now: uint64(startTime.UnixMilli())})
	if err != nil {
		m.Fatal(err)
	}
	return c.Extrinsics[0]
}

// What one node proposes from its pool another one, which has never seen the transactions, executes to the same block.
func TestProposerAndFollowerAgree(t *testing.T) {
	a, m := newApp(t)
	b, follower := newApp(t)
	alice, to := key(t, "//Alice"), key(t, "//Nobody").Public()
	proposer := ConsensusKey{1}.address()
	at := startTime
	for round := range 3 {
		for i := range 5 {
			m.submit(m.transfer(alice, bt.Nonce(5*round+i), to, bt.Tao))
		}
		if round == 1 { // it succeeds in the pool and fails in the block
			m.submit(m.transfer(key(t, "//Dave"), 0, to, 1_999_999_999_999), m.transfer(key(t, "//Dave"), 1, to, bt.Tao*1999))
		}
		p, err := a.PrepareProposal(t.Context(), &abci.RequestPrepareProposal{
			Height: int64(round) + 1, Time: at, ProposerAddress: proposer[:], MaxTxBytes: maxBlockBytes,
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Txs) < 5 {
			t.Fatalf("round %d: %d transactions proposed, want 5 or more", round, len(p.Txs))
		}
		for range 2 { // a block may be finalized twice before it is committed
			if _, err := b.FinalizeBlock(t.Context(), &abci.RequestFinalizeBlock{Height: int64(round) + 1, Time: at, ProposerAddress: proposer[:], Txs: p.Txs}); err != nil {
				t.Fatal(err)
			}
			b.built = nil
		}
		x, y := m.block(a, at, proposer[:], p.Txs...), follower.block(b, at, proposer[:], p.Txs...)
		if string(x.AppHash) != string(y.AppHash) {
			t.Fatalf("round %d: proposer has %x, follower %x", round, x.AppHash, y.AppHash)
		}
		for i := range x.TxResults {
			if x.TxResults[i].Code != y.TxResults[i].Code {
				t.Errorf("round %d: transaction %d ends with %d and %d", round, i, x.TxResults[i].Code, y.TxResults[i].Code)
			}
		}
		at = at.Add(250 * time.Millisecond)
	}
	if m.free(bt.AccountID{7}) == 0 {
		t.Error("the proposer's account got no fees")
	}
	if ready, future := m.pool.Len(); ready+future != 0 {
		t.Errorf("%d and %d transactions are left in the pool", ready, future)
	}
}

// Blocks closer than the runtime allows are moved apart, and time never stands still.
func TestTimeOfBlocks(t *testing.T) {
	a, m := newApp(t)
	first := uint64(startTime.UnixMilli())
	for i, c := range []struct {
		header time.Duration
		want   uint64
	}{{0, 0}, {time.Millisecond, 10}, {2 * time.Millisecond, 20}, {500 * time.Millisecond, 500}, {400 * time.Millisecond, 510}} {
		m.block(a, startTime.Add(c.header), nil)
		now, err := m.ledger.Time()
		if err != nil || now != first+c.want {
			t.Errorf("block %d is at %d ms after the start, want %d (%v)", i+1, now-first, c.want, err)
		}
	}
}

func TestPoolCodes(t *testing.T) {
	a, m := newApp(t)
	x := m.transfer(key(t, "//Alice"), 0, bt.AccountID{9}, bt.Tao)
	for _, c := range []struct {
		name string
		tx   []byte
		want uint32
	}{{"new", x, 0}, {"known", x, 0}, {"garbage", []byte{9}, codeFailed}} {
		r, err := a.InsertTx(t.Context(), &abci.RequestInsertTx{Tx: c.tx})
		if err != nil || r.Code != c.want {
			t.Errorf("%s: code %d, want %d (%v)", c.name, r.Code, c.want, err)
		}
	}
	a.pool = pool.New(m.ledger, pool.Config{MaxBytes: 10})
	r, err := a.CheckTx(t.Context(), &abci.RequestCheckTx{Tx: x})
	if err != nil || r.Code != codeRetry {
		t.Errorf("a full pool gives code %d, want %d (%v)", r.Code, codeRetry, err)
	}
}

// Each transaction is handed out once; all of them again to a further peer and after many blocks.
func TestGossip(t *testing.T) {
	_, m := newApp(t)
	alice := key(t, "//Alice")
	var g gossip
	x0, x1 := m.transfer(alice, 0, bt.AccountID{9}, bt.Tao), m.transfer(alice, 1, bt.AccountID{9}, bt.Tao)
	m.submit(x0)
	for i, c := range []struct {
		before   func()
		peers    int
		head     bt.BlockNumber
		maxBytes int
		want     []bt.Extrinsic
	}{
		{nil, 0, 1, 0, nil},
		{nil, 1, 1, 0, []bt.Extrinsic{x0}},
		{nil, 1, 1, 0, nil},
		{func() { m.submit(x1) }, 1, 2, 0, []bt.Extrinsic{x1}},
		{nil, 2, 2, 0, []bt.Extrinsic{x0, x1}},
		{nil, 1, 3, 0, nil},
		{nil, 1, 2 + reofferAfter, 1, []bt.Extrinsic{x0}}, // one at least
		{nil, 1, 2 + reofferAfter, 1, []bt.Extrinsic{x1}},
		{nil, 1, 2 + reofferAfter, 1, nil},
	} {
		if c.before != nil {
			c.before()
		}
		got := g.next(m.pool, c.peers, c.head, c.maxBytes)
		if len(got) != len(c.want) {
			t.Fatalf("step %d: %d transactions, want %d", i, len(got), len(c.want))
		}
		for k := range got {
			if got[k].Hash() != c.want[k].Hash() {
				t.Errorf("step %d: transaction %d is another", i, k)
			}
		}
	}
}

// The wait after a block settles where wait and round together take the interval.
func TestPace(t *testing.T) {
	for _, round := range []time.Duration{0, 5 * time.Millisecond, 40 * time.Millisecond} {
		knob := 250 * time.Millisecond
		p := &pace{target: 250 * time.Millisecond, knob: &knob}
		now := time.Unix(0, 0)
		for range 60 {
			p.committed(now)
			now = now.Add(knob + round)
		}
		if off := knob + round - p.target; off.Abs() > time.Millisecond {
			t.Errorf("with rounds of %v blocks are %v apart, want %v", round, knob+round, p.target)
		}
		before := knob
		p.committed(now.Add(time.Minute)) // a halt of the network
		if before-knob > p.target/10 {
			t.Errorf("one late block moved the wait from %v to %v", before, knob)
		}
	}
}

func TestNetworkFile(t *testing.T) {
	digits := strings.Repeat("ab", 32)
	for _, c := range []struct{ name, text, want string }{
		{"good", `{"start":"2026-01-01T00:00:00Z","validators":[{"name":"a","key":"` + digits + `","power":1}]}`, ""},
		{"no validators", `{"start":"2026-01-01T00:00:00Z"}`, "no validators"},
		{"no start", `{"validators":[{"key":"` + digits + `","power":1}]}`, "no start"},
		{"no power", `{"start":"2026-01-01T00:00:00Z","validators":[{"key":"` + digits + `"}]}`, "has power 0"},
		{"short key", `{"start":"2026-01-01T00:00:00Z","validators":[{"key":"abcd","power":1}]}`, "64 hex digits"},
		{"twice", `{"start":"2026-01-01T00:00:00Z","validators":[{"key":"` + digits + `","power":1},{"key":"` + digits + `","power":1}]}`, "key of another"},
		{"mistyped", `{"begin":"2026-01-01T00:00:00Z"}`, "unknown field"},
	} {
		path := filepath.Join(t.TempDir(), "net.json")
		writeFile(t, path, c.text)
		n, err := ReadNetwork(path)
		if c.want == "" && (err != nil || n.Validators[0].Key.String() != digits) {
			t.Errorf("%s: %+v, %v", c.name, n, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// When the application cannot go on, the node ends with the reason and does not stand there silently.
func TestHaltEndsRun(t *testing.T) {
	m, err := open(t, t.TempDir(), spec(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- m.engine.Run(t.Context()) }()
	m.waitBlock(2)
	if err := m.ledger.Revert(1); err != nil { // somebody else meddles with the chain
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "consensus halted") {
			t.Errorf("run ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("consensus did not end")
	}
	if err := errors.Join(m.engine.Close(), m.store.Close()); err != nil {
		t.Error(err)
	}
}

// Whatever a peer proposes is accepted or rejected, and nothing of it stays.
func FuzzProposal(f *testing.F) {
	a, m := newApp(f)
	f.Add([]byte(m.transfer(key(f, "//Alice"), 0, bt.AccountID{9}, bt.Tao)))
	f.Add(timestampSet(m))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, tx []byte) {
		r, err := a.ProcessProposal(t.Context(), &abci.RequestProcessProposal{Height: 1, Time: startTime, Txs: [][]byte{tx}})
		if err != nil {
			t.Fatal(err)
		}
		if head := m.ledger.Head().Header.Number; head != 0 {
			t.Fatalf("judging made block %d", head)
		}
		if r.Status == abci.ResponseProcessProposal_ACCEPT && string(a.built.Extrinsics[1]) != string(tx) {
			t.Fatal("the block accepted holds another transaction")
		}
	})
}
