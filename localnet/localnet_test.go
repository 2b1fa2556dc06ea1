package localnet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/dataset"
	"github.com/myelin-go/myelin/model"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/sealer"
	"github.com/myelin-go/myelin/wallet"
)

var seeds = flag.Int("seeds", 2, "how many seeds TestBetterModelsEarnMore tries")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outcome is what a run printed with --json: the lines before the last, and the last.
type outcome struct {
	epochs []Report
	final  Report
	notes  string
}

func free() []string { return []string{"127.0.0.1:0", "127.0.0.1:0"} }

// run runs a network until it ends by itself.
func run(t *testing.T, cfg Config) outcome {
	t.Helper()
	var out, notes bytes.Buffer
	cfg.JSON, cfg.Out, cfg.Err = true, &out, &notes
	if cfg.RPC == nil {
		cfg.RPC = free()
	}
	if err := Run(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return parse(t, &out, notes.String())
}

// parse reads the lines; unknown members are an error, so that Report and the line cannot differ.
func parse(t *testing.T, out io.Reader, notes string) outcome {
	t.Helper()
	o := outcome{notes: notes}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	var all []Report
	for lines.Scan() {
		var r Report
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		t.Fatal("nothing was printed")
	}
	o.epochs, o.final = all[:len(all)-1], all[len(all)-1]
	for _, r := range o.epochs {
		if r.Type != "epoch" {
			t.Errorf("a line before the last is of type %q", r.Type)
		}
	}
	if o.final.Type != "final" {
		t.Errorf("the last line is of type %q", o.final.Type)
	}
	return o
}

// kindOf names a row for the tests.
func kindOf(r Row) string {
	if r.Role == string(validating) {
		return r.Role
	}
	return fmt.Sprintf("%s %g", r.Model, r.Share)
}

// A network of seconds pays the better model more, whatever the seed; its money and alpha add up in every block.
func TestBetterModelsEarnMore(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = 1
	}
	for range n {
		seed := rand.Uint64() >> 32
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			o := run(t, Config{BasePath: base, BlockTime: 100 * time.Millisecond, Blocks: 180, Seed: &seed})
			checkShape(t, o, seed)
			checkOrder(t, o.final)
			if !testing.Short() { // the race detector has nothing to see there
				audit(t, base, 100*time.Millisecond, o.final)
			}
		})
	}
}

func checkShape(t *testing.T, o outcome, seed uint64) {
	t.Helper()
	f := o.final
	if f.Height != 180 || f.Finalised != 180 || f.Seed != seed || f.StateRoot == (bt.Hash{}) {
		t.Errorf("final is at block %d, finalised %d, seed %d, root %s", f.Height, f.Finalised, f.Seed, f.StateRoot)
	}
	for i, e := range o.epochs {
		if i > 0 && e.Epoch != o.epochs[i-1].Epoch+1 {
			t.Errorf("epoch %d is reported after %d", e.Epoch, o.epochs[i-1].Epoch)
		}
	}
	if len(o.epochs) < 10 {
		t.Errorf("%d epochs are reported, want at least 10", len(o.epochs))
	}
	if f.Price <= 0 || f.PoolTao <= 0 || f.PoolAlpha <= 0 || f.Emission <= 0 {
		t.Errorf("the pool has %v TAO and %v alpha at price %v and gets %v", f.PoolTao, f.PoolAlpha, f.Price, f.Emission)
	}
	var incentive, dividends, emission float64
	uids := map[bt.UID]bool{}
	var validators []Row
	for _, r := range f.Neurons {
		uids[r.UID] = true
		incentive, dividends, emission = incentive+r.Incentive, dividends+r.Dividends, emission+r.Emission
		if r.Hotkey.IsZero() {
			t.Errorf("uid %d has no hotkey", r.UID)
		}
		if r.Asked == 0 || r.Answered > r.Asked {
			t.Errorf("%s answered %d of %d", kindOf(r), r.Answered, r.Asked)
		}
		if r.Role == string(validating) {
			validators = append(validators, r)
		}
	}
	if len(uids) != 11 || len(validators) != 3 {
		t.Fatalf("there are %d neurons, %d of them validators", len(uids), len(validators))
	}
	// Each figure is a fraction of 65535, cut.
	if incentive < 0.999 || incentive > 1.0001 || dividends < 0.999 || dividends > 1.0001 {
		t.Errorf("incentive is %v in all, dividends %v", incentive, dividends)
	}
	if emission <= 0 {
		t.Error("nothing is emitted to neurons")
	}
	for i, v := range validators {
		if v.Dividends <= 0 || v.Trust < 0.5 || v.Emission <= 0 {
			t.Errorf("validator %d earns %v with trust %v", i, v.Dividends, v.Trust)
		}
		if i > 0 && v.Stake >= validators[i-1].Stake {
			t.Errorf("validators are not in the order of their stake: %v after %v", v.Stake, validators[i-1].Stake)
		}
	}
}

// checkOrder wants the order of quality, and no more than crumbs for what is worth nothing.
func checkOrder(t *testing.T, f Report) {
	t.Helper()
	incentive := map[string]Row{}
	var seen []string
	for _, r := range f.Neurons {
		if r.Role == string(mining) {
			incentive[kindOf(r)] = r
			seen = append(seen, fmt.Sprintf("%s %.4f", kindOf(r), r.Incentive))
		}
	}
	order := []string{"kneser-ney 1", "trigram 0.5", "trigram 0.1", "bigram 0.03", "unigram 0.3"}
	for i := range order[1:] {
		if better, worse := incentive[order[i]], incentive[order[i+1]]; better.Incentive <= worse.Incentive {
			t.Errorf("%s earns %.5f, %s earns %.5f; all: %s", order[i], better.Incentive, order[i+1], worse.Incentive, strings.Join(seen, ", "))
		}
	}
	for _, name := range []string{"trigram garbage 0.5", "kneser-ney late 1"} {
		if r, ok := incentive[name]; !ok || r.Incentive > 0.001 {
			t.Errorf("%s earns %.5f, want next to nothing; all: %s", name, r.Incentive, strings.Join(seen, ", "))
		}
	}
	if late := incentive["kneser-ney late 1"]; late.Answered*10 > late.Asked {
		t.Errorf("the late one answered %d of %d in time", late.Answered, late.Asked)
	}
	if flaky, steady := incentive["trigram flaky 0.5"], incentive["trigram 0.5"]; flaky.Answered >= steady.Answered {
		t.Errorf("the flaky one answered %d, the steady one %d", flaky.Answered, steady.Answered)
	}
}

// running is a network under way.
type running struct {
	notes  *bufio.Scanner
	cancel context.CancelFunc
	done   chan error
}

// begin starts a network and returns when its first block is in.
func begin(t *testing.T, cfg Config, wait string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	notes, w := io.Pipe()
	r := &running{notes: bufio.NewScanner(notes), cancel: cancel, done: make(chan error, 1)}
	cfg.Out = w
	if cfg.RPC == nil {
		cfg.RPC = free()
	}
	go func() {
		err := Run(ctx, cfg)
		w.CloseWithError(err)
		r.done <- err
	}()
	t.Cleanup(func() {
		cancel()
		io.Copy(io.Discard, notes)
	})
	for r.notes.Scan() {
		if strings.HasPrefix(r.notes.Text(), wait) {
			return r
		}
	}
	t.Fatalf("the network ended before %q: %v", wait, <-r.done)
	return nil
}

// stop ends the network and returns what it printed from then on.
func (r *running) stop(t *testing.T) (rest string) {
	t.Helper()
	start := time.Now()
	r.cancel()
	for r.notes.Scan() {
		rest += r.notes.Text() + "\n"
	}
	if err := <-r.done; err != nil {
		t.Errorf("run: %v", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the network ended after %v", took)
	}
	return rest
}

// Whenever the network is told to end it does so soon, and leaves no folder, no port and (TestMain) no goroutine behind.
func TestStopsAndLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	seed := uint64(3)
	for _, at := range []string{"Imported #1 ", "funding ", "subnet 2 ", "11 neurons ", "epoch 2 "} {
		t.Run(at, func(t *testing.T) {
			addr := freePort(t)
			r := begin(t, Config{BlockTime: 40 * time.Millisecond, RPC: []string{addr}, Seed: &seed}, at)
			rest := r.stop(t)
			if at == "epoch 2 " && !strings.Contains(rest, "answered/asked") {
				t.Errorf("no table at the end: %q", rest)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			l, err := net.Listen("tcp", addr)
			if err != nil {
				t.Fatalf("the port is still taken: %v", err)
			}
			l.Close()
		})
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A kept base path goes on with the same chain, subnet, wallets and seed.
func TestBasePathIsKept(t *testing.T) {
	base := t.TempDir()
	seed := uint64(11)
	cfg := Config{BasePath: base, BlockTime: 50 * time.Millisecond, Blocks: 60, Seed: &seed}
	first := run(t, cfg)
	cfg.Seed = nil
	second := run(t, cfg)
	if first.final.Height != 60 || second.final.Height != 120 || second.final.Seed != 11 || second.final.NetUID != first.final.NetUID {
		t.Errorf("the first run ended at block %d, the second at %d with seed %d on subnet %d, not %d",
			first.final.Height, second.final.Height, second.final.Seed, second.final.NetUID, first.final.NetUID)
	}
	if !strings.Contains(second.notes, "Imported #61 (0x") || strings.Contains(second.notes, "registered") {
		t.Errorf("the second run says %q", second.notes)
	}
	hotkeys := func(r Report) map[bt.UID]bt.AccountID {
		out := map[bt.UID]bt.AccountID{}
		for _, n := range r.Neurons {
			out[n.UID] = n.Hotkey
		}
		return out
	}
	if d := cmp.Diff(hotkeys(first.final), hotkeys(second.final)); d != "" {
		t.Errorf("neurons of the first run (-) and the second (+):\n%s", d)
	}
	for _, name := range []string{"validator-1", "validator-2"} {
		w, err := wallet.Open(filepath.Join(base, "wallets"), name, "default")
		if err != nil {
			t.Fatal(err)
		}
		hot, err := w.Hotkey(nil)
		if err != nil {
			t.Fatal(err)
		}
		cold, err := w.Coldkey(nil)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(first.final.Neurons, func(r Row) bool { return r.Hotkey == hot.Public() })
		if at < 0 || first.final.Neurons[at].Role != string(validating) || cold.Public() == hot.Public() {
			t.Errorf("wallet %s has the hotkey %s and the coldkey %s", name, hot.Public(), cold.Public())
		}
	}
	verify(t, base, cfg.BlockTime)
}

// verify opens the chain in a base path and recomputes its state root.
func verify(t *testing.T, base string, blockTime time.Duration) {
	t.Helper()
	n := reopen(t, base, blockTime)
	if err := n.Ledger().Store().Verify(); err != nil {
		t.Error(err)
	}
}

// reopen opens the chain that a network left.
func reopen(t *testing.T, base string, blockTime time.Duration) *node.Node {
	t.Helper()
	spec := genesis.Localnet()
	spec.BlockTime = uint64(blockTime.Milliseconds())
	n, err := node.New(node.Config{
		Chain: genesis.Bittensor(spec), BasePath: base, Engine: node.Sealed{Mode: sealer.Manual, BlockTime: blockTime},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func TestRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()

	kept := t.TempDir()
	seed, other := uint64(1), uint64(2)
	run(t, Config{BasePath: kept, NoNeurons: true, BlockTime: 20 * time.Millisecond, Blocks: 1, Seed: &seed})

	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	writeForeignChain(t, foreign)
	noSeed := t.TempDir()
	if err := os.WriteFile(filepath.Join(noSeed, "seed"), []byte("many"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		cfg  Config
		want string
	}{
		"port in use":     {Config{RPC: []string{taken.Addr().String()}}, "cannot serve RPC on " + taken.Addr().String()},
		"another chain":   {Config{BasePath: foreign}, "holds another chain"},
		"a file":          {Config{BasePath: file}, "cannot write to the base path " + file},
		"below a file":    {Config{BasePath: filepath.Join(file, "x")}, "cannot write to the base path " + filepath.Join(file, "x")},
		"another seed":    {Config{BasePath: kept, Seed: &other}, "made with seed 1, not 2"},
		"another pace":    {Config{BasePath: kept, BlockTime: 30 * time.Millisecond}, "holds another chain"},
		"unreadable seed": {Config{BasePath: noSeed}, "holds no seed"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := tc.cfg
			var out bytes.Buffer
			cfg.Out, cfg.Err, cfg.NoNeurons = &out, &out, true
			if cfg.RPC == nil {
				cfg.RPC = free()
			}
			if cfg.BlockTime == 0 {
				cfg.BlockTime = 20 * time.Millisecond
			}
			err := Run(t.Context(), cfg)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want one with %q", err, tc.want)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has several lines: %q", err)
			}
			if out.Len() > 0 {
				t.Errorf("it also printed %q", out.String())
			}
		})
	}
}

// A base path is refused as unwritable, but not to root, whom no permissions bind.
func TestUnwritableBasePath(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	err := Run(t.Context(), Config{BasePath: dir, BlockTime: 20 * time.Millisecond, RPC: free(), NoNeurons: true, Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "cannot write to the base path "+dir) {
		t.Errorf("error is %v", err)
	}
}

// writeForeignChain makes a store with a block 0 that no localnet has.
func writeForeignChain(t *testing.T, base string) {
	t.Helper()
	spec := genesis.Localnet()
	spec.BlockTime = 20
	spec.Balances = spec.Balances[1:]
	n, err := node.New(node.Config{Chain: genesis.Bittensor(spec), BasePath: base, Engine: node.Sealed{Mode: sealer.Manual, BlockTime: time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

// One seed is one set of wallets, training texts and models.
func TestSeedDecides(t *testing.T) {
	type setUp struct {
		Name      string
		Cold, Hot bt.AccountID
		Seed      uint64
		Texts     []dataset.CID
		NextOfThe []float64
	}
	build := func(seed uint64) (out []setUp) {
		cast, err := newCast(seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range cast {
			s := setUp{Name: m.name, Cold: m.cold.Public(), Hot: m.hot.Public(), Seed: m.seed}
			if m.role == mining {
				pieces, err := dataset.English().Share(m.seed, m.share)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range pieces {
					s.Texts = append(s.Texts, p.CID)
				}
				if m.share < 1 { // the others learn all there is
					s.NextOfThe = predict(t, m)
				}
			}
			out = append(out, s)
		}
		return out
	}
	one, again, other := build(5), build(5), build(6)
	if d := cmp.Diff(one, again); d != "" {
		t.Errorf("one seed gives two networks:\n%s", d)
	}
	for i := range one {
		if one[i].Cold == other[i].Cold || one[i].Hot == other[i].Hot {
			t.Errorf("%s has one key with two seeds", one[i].Name)
		}
		if one[i].NextOfThe != nil && (slices.Equal(one[i].Texts, other[i].Texts) || slices.Equal(one[i].NextOfThe, other[i].NextOfThe)) {
			t.Errorf("%s learns the same with two seeds", one[i].Name)
		}
	}
}

// predict is what a member's model expects after "the".
func predict(t *testing.T, m *member) []float64 {
	t.Helper()
	lm, err := m.train()
	if err != nil {
		t.Fatal(err)
	}
	out, err := lm.Forward(t.Context(), model.Batch{Tokens: [][]int32{lm.Tokenizer().Encode("the")}}, model.Want{TopK: 50})
	if err != nil {
		t.Fatal(err)
	}
	return out.Next[0].Probs
}
