package beacon_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/node/beacon"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/sealer"
	"github.com/myelin-go/myelin/node/store"
	"github.com/myelin-go/myelin/tlock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is when the tests' chains begin, in milliseconds since 1970.
const start = 1_900_000_000_000

// world is a sealed chain in memory whose blocks the test makes.
type world struct {
	t      *testing.T
	ledger *ledger.Ledger
	sealer *sealer.Sealer
	module *subtensor.Pallet
}

func newWorld(t *testing.T, spec genesis.Spec, source beacon.Source) *world {
	t.Helper()
	c := genesis.Bittensor(spec)
	st, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	header, rows := c.Genesis()
	w := &world{t: t, module: chain.Pallet[subtensor.Pallet](c.Runtime)}
	if w.ledger, err = ledger.Open(c.Runtime, st, header, rows); err != nil {
		t.Fatal(err)
	}
	writer, err := beacon.NewWriter(c.Runtime, source)
	if err != nil {
		t.Fatal(err)
	}
	w.ledger.Author(func(now uint64) ([]*chain.Checked, error) { return writer.Transactions(w.ledger, now) })
	w.sealer, err = sealer.New(w.ledger, pool.New(w.ledger, pool.Config{}), sealer.Config{Mode: sealer.Manual, BlockTime: 250 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.sealer.SetTime(start); err != nil {
		t.Fatal(err)
	}
	return w
}

// mine makes n blocks.
func (w *world) mine(n uint32) *ledger.Block {
	w.t.Helper()
	b, err := w.sealer.Mine(w.t.Context(), n)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// look reads the state after the head.
func (w *world) look(read func(c *frame.Ctx)) {
	w.t.Helper()
	v, err := w.ledger.At(w.ledger.Head().Hash)
	if err != nil {
		w.t.Fatal(err)
	}
	defer v.Close()
	read(frame.NewCtx(storage.New(v), &frame.Env{Number: v.Header.Number}, frame.None()))
}

// TestOwnBeaconFollowsTheChain mines blocks and jumps in time: rounds come as the blocks' times say, each once and verified by the pallet.
func TestOwnBeaconFollowsTheChain(t *testing.T) {
	source, err := beacon.Development(genesis.Localnet())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, genesis.Localnet(), source)
	config := genesis.DevelopmentBeacon().Configuration()
	stored := func() (rounds []uint64) {
		w.look(func(c *frame.Ctx) {
			for round := range w.module.Drand.Storage.Pulses.All(c.State) {
				rounds = append(rounds, round)
			}
			if now, err := w.ledger.Time(); err != nil || w.module.Drand.LastRound(c) != config.RoundAt(now) {
				t.Errorf("the last round is %d at %d ms, want %d; %v", w.module.Drand.LastRound(c), now, config.RoundAt(now), err)
			}
		})
		return rounds
	}
	w.mine(1)
	if n := len(stored()); n != 1 {
		t.Errorf("%d rounds after the first block, want 1", n)
	}
	w.mine(40) // 10 seconds: three or four rounds of 3 seconds
	if n := len(stored()); n < 4 || n > 5 {
		t.Errorf("%d rounds after ten seconds, want 4 or 5", n)
	}
	before := len(stored())
	if err := w.sealer.SetTime(start + 24*3600*1000); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	if n := len(stored()); n != before+1 {
		t.Errorf("%d rounds after a jump of a day, want one more than %d", n, before)
	}
	if b := w.ledger.Head(); len(b.Extrinsics) != 2 {
		t.Errorf("%d extrinsics, want the time and a pulse", len(b.Extrinsics))
	}
}

// TestJumpBringsAwaitedRounds jumps over the round of a commit: the chain gets it all the same.
func TestJumpBringsAwaitedRounds(t *testing.T) {
	local, err := beacon.NewLocal([]byte(genesis.DevelopmentSeed))
	if err != nil {
		t.Fatal(err)
	}
	spec := genesis.Localnet()
	c := genesis.Bittensor(spec)
	module := chain.Pallet[subtensor.Pallet](c.Runtime)
	config := spec.Beacon.Configuration()
	st, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	awaited := config.RoundAt(start) + 5000
	// The commit stands in the first state.
	_, rows := c.Genesis()
	s := storage.New(nil)
	for _, r := range rows {
		s.Set(r.Key, r.Value)
	}
	module.Storage.TimelockedWeightCommits.Set(s, 1, 0, []state.Quad[bt.AccountID, uint64, state.BoundedBytes, uint64]{{C: state.BoundedBytes{}, D: awaited}})
	rows = s.Changes()
	l, err := ledger.Open(c.Runtime, st, c.Runtime.GenesisHeader(rows), rows)
	if err != nil {
		t.Fatal(err)
	}
	w, err := beacon.NewWriter(c.Runtime, local)
	if err != nil {
		t.Fatal(err)
	}
	rounds := func(now uint64) (out []uint64) {
		xs, err := w.Transactions(l, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range xs {
			out = append(out, x.Call.Args.(*drand.WritePulse).PulsesPayload.Pulses[0].Round)
		}
		candidate, err := l.Propose(ledger.Plan{Now: now, Transactions: xs, Refused: func(_ bt.Extrinsic, why error) { t.Error(why) }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Commit(candidate, true); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := rounds(start); len(got) != 1 || got[0] != config.RoundAt(start) {
		t.Errorf("at first rounds %d", got)
	}
	later := uint64(start + 24*3600*1000)
	if got, want := fmt.Sprint(rounds(later)), fmt.Sprint([]uint64{awaited, config.RoundAt(later)}); got != want {
		t.Errorf("after a day rounds %s, want %s", got, want)
	}
}

// TestRelay fetches from a server that speaks drand's API; one that is down, and one that lies, stand before it.
func TestRelay(t *testing.T) {
	secret, err := tlock.NewSecretKey([]byte("a beacon on the internet"))
	if err != nil {
		t.Fatal(err)
	}
	public := secret.Public().Bytes()
	spec := genesis.Localnet()
	spec.Beacon = &genesis.Beacon{Name: "far", PublicKey: hex.EncodeToString(public[:]), Period: 3, GenesisTime: 1_692_803_367}
	config := spec.Beacon.Configuration()
	const latest = 77
	answer := func(round uint64, by *tlock.SecretKey) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			asked := round
			if name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; name != "latest" {
				if _, err := fmt.Sscan(name, &asked); err != nil {
					t.Error(err)
				}
			}
			if !strings.HasPrefix(r.URL.Path, fmt.Sprintf("/%x/public/", []byte(config.Hash))) || asked > latest {
				http.NotFound(w, r)
				return
			}
			signature := by.Sign(asked).Bytes()
			fmt.Fprintf(w, `{"round":%d,"randomness":"","signature":"%x"}`, asked, signature)
		}
	}
	liar, err := tlock.NewSecretKey([]byte("another beacon altogether"))
	if err != nil {
		t.Fatal(err)
	}
	lying, honest := httptest.NewServer(answer(latest, liar)), httptest.NewServer(answer(latest, secret))
	defer lying.Close()
	defer honest.Close()
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	relay, err := beacon.NewRelay(beacon.RelayConfig{Servers: []string{down.URL, lying.URL, honest.URL}, Every: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- relay.Run(t.Context()) }()
	w := newWorld(t, spec, relay)
	for {
		w.mine(1)
		last := uint64(0)
		w.look(func(c *frame.Ctx) { last = w.module.Drand.LastRound(c) })
		if last == latest {
			break
		}
		if t.Context().Err() != nil || w.ledger.Height() > 5000 {
			t.Fatalf("round %d after %d blocks", last, w.ledger.Height())
		}
		time.Sleep(time.Millisecond)
	}
	for _, bad := range []string{"", "api.drand.sh", "ftp://api.drand.sh", "http://"} {
		if _, err := beacon.NewRelay(beacon.RelayConfig{Servers: []string{bad}}); err == nil {
			t.Errorf("a server called %q was taken", bad)
		}
	}
}

// TestWrongKeyBringsNothing: a node with the key of another beacon makes blocks without pulses.
func TestWrongKeyBringsNothing(t *testing.T) {
	local, err := beacon.NewLocal([]byte("the seed of another chain"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, genesis.Localnet(), local)
	if b := w.mine(3); len(b.Extrinsics) != 1 {
		t.Errorf("%d extrinsics, want the time alone", len(b.Extrinsics))
	}
	spec := genesis.Localnet()
	spec.Beacon = nil
	if source, err := beacon.Development(spec); source != nil || err != nil {
		t.Errorf("the known key serves quicknet: %v, %v", source, err)
	}
}
