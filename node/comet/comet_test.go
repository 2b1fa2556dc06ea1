package comet

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/store"
	"github.com/myelin-go/myelin/scale"
)

func TestMain(m *testing.M) {
	childMain() // does not return in a child
	goleak.VerifyTestMain(m, leftovers()...)
}

// leftovers are the goroutines that CometBFT leaves behind, see Engine.Close.
func leftovers() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreTopFunction("github.com/cometbft/cometbft/libs/autofile.(*AutoFile).closeFileRoutine"),
		goleak.IgnoreTopFunction("github.com/cometbft/cometbft/libs/autofile.OpenAutoFile.func1"),
		goleak.IgnoreTopFunction("github.com/cometbft/cometbft/internal/guard.NewWithInterval[...].func2"),
		goleak.IgnoreTopFunction("github.com/syndtr/goleveldb/leveldb.(*DB).mpoolDrain"),
		goleak.IgnoreAnyFunction("github.com/cometbft/cometbft/consensus.(*Reactor).queryMaj23Routine"),
	}
}

// member is a node under test: a store, a ledger and a pool on disk with an engine.
type member struct {
	testing.TB
	dir    string
	chain  *genesis.Chain
	store  *store.Store
	ledger *ledger.Ledger
	pool   *pool.Pool
	engine *Engine
	stop   func() // ends Run and closes everything; may be called twice
}

func testLog(t *testing.T) *slog.Logger {
	if !testing.Verbose() {
		return nil
	}
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// open opens a member in a folder without running it.
func open(t *testing.T, dir string, spec genesis.Spec, cfg Config) (*member, error) {
	t.Helper()
	m := &member{TB: t, dir: dir, chain: genesis.New(spec)}
	if cfg.BlockTime == 0 {
		cfg.BlockTime = 50 * time.Millisecond
	}
	db := filepath.Join(dir, "db")
	if err := os.MkdirAll(db, 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	if m.store, err = store.Open(db, store.Options{}); err != nil {
		t.Fatal(err)
	}
	header, rows := m.chain.Genesis()
	if m.ledger, err = ledger.Open(m.chain.Runtime, m.store, header, rows); err != nil {
		t.Fatal(err)
	}
	m.pool = pool.New(m.ledger, pool.Config{})
	m.engine, err = New(m.ledger, m.pool, filepath.Join(dir, "engine"), cfg, testLog(t))
	if err != nil {
		if cerr := m.store.Close(); cerr != nil {
			t.Error(cerr)
		}
		return nil, err
	}
	return m, nil
}

// start opens a member and runs it.
func start(t *testing.T, dir string, cfg Config) *member {
	t.Helper()
	m, err := open(t, dir, spec(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	m.run()
	return m
}

func (m *member) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.engine.Run(ctx) }()
	stopped := false
	m.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			m.Errorf("run: %v", err)
		}
		if err := errors.Join(m.engine.Close(), m.store.Close()); err != nil {
			m.Errorf("close: %v", err)
		}
	}
	m.Cleanup(m.stop)
}

// spec is the local network with blocks as short as the tests make them.
func spec() genesis.Spec {
	s := genesis.Localnet()
	s.BlockTime = 20
	return s
}

// wait waits until a condition holds.
func (m *member) wait(what string, ok func() bool) {
	m.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			m.Fatalf("no %s after 30 s; the head is block %d", what, m.ledger.Head().Header.Number)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (m *member) waitBlock(n bt.BlockNumber) {
	m.Helper()
	m.wait("new block", func() bool { return m.ledger.Head().Header.Number >= n })
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func key(t testing.TB, uri string) *keys.Pair {
	t.Helper()
	p, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// transfer signs a transfer.
func (m *member) transfer(from *keys.Pair, nonce bt.Nonce, to bt.AccountID, amount bt.Rao) bt.Extrinsic {
	m.Helper()
	return m.sign(from, nonce, scale.Append([]byte{5, 3}, &balances.TransferArgs{Dest: bt.AddressOf(to), Value: amount}))
}

// sign signs a call for the block after the head.
func (m *member) sign(from *keys.Pair, nonce bt.Nonce, call []byte) bt.Extrinsic {
	m.Helper()
	v := m.ledger.Runtime().Version()
	extra := bt.Extra{Nonce: nonce}
	sig := [64]byte(from.Sign(bt.SigningPayload(call, extra, bt.Implicit{
		SpecVersion: v.SpecVersion, TransactionVersion: v.TransactionVersion, Genesis: m.ledger.Genesis(), Birth: m.ledger.Genesis(),
	})))
	return bt.Parsed{Signed: &bt.Signed{
		Address: bt.AddressOf(from.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: extra,
	}, Call: call}.Encode()
}

func (m *member) submit(xs ...bt.Extrinsic) {
	m.Helper()
	for _, x := range xs {
		if _, err := m.pool.Submit(x); err != nil {
			m.Fatal(err)
		}
	}
}

// waitIn waits until transactions are in blocks.
func (m *member) waitIn(xs ...bt.Extrinsic) {
	m.Helper()
	for _, x := range xs {
		m.wait("transaction in a block", func() bool {
			height, _, ok := m.store.FindExtrinsic(x.Hash())
			return ok && m.ledger.Head().Header.Number >= height
		})
	}
}

// free is what an account has at the head.
func (m *member) free(who bt.AccountID) bt.Rao {
	m.Helper()
	v, err := m.ledger.At(m.ledger.Head().Hash)
	if err != nil {
		m.Fatal(err)
	}
	defer v.Close()
	return m.chain.Parts.System.Storage.Account.Get(storage.New(v), who).Data.Free
}

// hashes lists the hashes of all blocks.
func (m *member) hashes() (out []bt.Hash) {
	m.Helper()
	for n := bt.BlockNumber(0); n <= m.ledger.Head().Header.Number; n++ {
		h, ok := m.ledger.HashAt(n)
		if !ok {
			m.Fatalf("no block %d", n)
		}
		out = append(out, h)
	}
	return out
}

func TestSingleValidator(t *testing.T) {
	author := key(t, "//Author").Public()
	dir := t.TempDir()
	m := start(t, dir, Config{Author: author})
	alice, to := key(t, "//Alice"), key(t, "//Nobody").Public()
	var xs []bt.Extrinsic
	for i := range bt.Nonce(20) {
		xs = append(xs, m.transfer(alice, i, to, bt.Tao))
	}
	m.submit(xs...)
	m.waitIn(xs...)
	if got := m.free(to); got != 20*bt.Tao {
		t.Errorf("the receiver has %v, want 20", got)
	}
	m.waitBlock(10)
	began := time.Now()
	m.stop()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("stopping took %v, want less than 2 s", took)
	}

	m = start(t, dir, Config{Author: author})
	before := m.hashes()
	if len(before) < 10 {
		t.Fatalf("%d blocks after the restart", len(before))
	}
	if err := m.store.Verify(); err != nil {
		t.Error(err)
	}
	next := m.transfer(alice, 20, to, bt.Tao)
	m.submit(next)
	m.waitIn(next)
	m.waitBlock(bt.BlockNumber(len(before)) + 3)
	if d := cmp.Diff(before, m.hashes()[:len(before)]); d != "" {
		t.Errorf("blocks before the restart changed (-before +after):\n%s", d)
	}
	m.headersNameBlocks()
	fees := m.free(author)
	if fees == 0 {
		t.Error("the author got no fees")
	}
	if err := m.store.Verify(); err != nil {
		t.Error(err)
	}
}

// headersNameBlocks checks that CometBFT's header of each height commits to the hash of our block before it.
func (m *member) headersNameBlocks() {
	m.Helper()
	blocks := m.engine.node.BlockStore()
	top := blocks.Height()
	if top < 3 {
		m.Fatalf("CometBFT has %d blocks", top)
	}
	for h := int64(1); h <= top; h++ {
		meta := blocks.LoadBlockMeta(h)
		want, ok := m.ledger.HashAt(bt.BlockNumber(h - 1))
		if !ok || bt.Hash(meta.Header.AppHash) != want {
			m.Errorf("header %d has app hash %s, block %d is %s", h, meta.Header.AppHash, h-1, want)
		}
	}
}

// A node that lost its chain but kept CometBFT's blocks executes them again, to the same blocks.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	m := start(t, dir, Config{Author: key(t, "//Author").Public()})
	alice, to := key(t, "//Alice"), key(t, "//Nobody").Public()
	x := m.transfer(alice, 0, to, bt.Tao)
	m.submit(x)
	m.waitIn(x)
	m.waitBlock(5)
	m.stop()
	before := reopenHashes(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "db")); err != nil {
		t.Fatal(err)
	}
	m, err := open(t, dir, spec(), Config{Author: key(t, "//Author").Public()})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, m.hashes()); d != "" {
		t.Errorf("replay gives other blocks (-before +after):\n%s", d)
	}
	if err := m.store.Verify(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(m.engine.Close(), m.store.Close()); err != nil {
		t.Error(err)
	}
}

func reopenHashes(t *testing.T, dir string) []bt.Hash {
	t.Helper()
	m, err := open(t, dir, spec(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(m.engine.Close(), m.store.Close()); err != nil {
			t.Error(err)
		}
	}()
	return m.hashes()
}

func TestRefusesWhatDoesNotFit(t *testing.T) {
	made := func(t *testing.T) string {
		dir := t.TempDir()
		m := start(t, dir, Config{})
		m.waitBlock(2)
		m.stop()
		return dir
	}
	other := spec()
	other.Balances = other.Balances[1:]
	for _, c := range []struct {
		name  string
		spec  genesis.Spec
		cfg   Config
		spoil func(t *testing.T, dir string)
		want  string
	}{
		{"another chain", other, Config{}, func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "db")); err != nil {
				t.Fatal(err)
			}
		}, "the base path belongs to another network"},
		{"other validators", spec(), Config{Network: &Network{Start: time.Now(), Validators: []Validator{{Power: 1}}}}, nil, "its start or its validators differ"},
		{"lost record of signatures", spec(), Config{}, func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "engine", validatorStateFile)); err != nil {
				t.Fatal(err)
			}
		}, "could sign two blocks at one height"},
		{"broken key", spec(), Config{}, func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "engine", validatorKeyFile), "{")
		}, "validator key: "},
		{"a chain that another engine went on with", spec(), Config{}, func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "engine", "data")); err != nil {
				t.Fatal(err)
			}
		}, "its network only at block 0"},
		{"a peer without id", spec(), Config{Peers: []string{"127.0.0.1:26656"}}, nil, "want id@host:port"},
		{"no block time", spec(), Config{BlockTime: time.Millisecond}, nil, "want at least 10ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := made(t)
			if c.spoil != nil {
				c.spoil(t, dir)
			}
			m, err := open(t, dir, c.spec, c.cfg)
			if err == nil {
				m.engine.Close()
				m.store.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestKeysAreSecret(t *testing.T) {
	dir := t.TempDir()
	first, err := OpenIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{validatorKeyFile, validatorStateFile, nodeKeyFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, info.Mode().Perm())
		}
	}
	again, err := OpenIdentity(dir)
	if err != nil || again != first {
		t.Errorf("the identity is %v after %v (%v)", again, first, err)
	}
}
