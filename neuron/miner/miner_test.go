package miner

import (
	"context"
	"errors"
	"math"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/dataset"
	"github.com/myelin-go/myelin/dendrite"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/model/bpe"
	"github.com/myelin-go/myelin/model/ngram"
	"github.com/myelin-go/myelin/neuron"
	"github.com/myelin-go/myelin/synapse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// roll is the subnet in memory, seen by the miner.
type roll struct {
	mu         sync.Mutex
	hotkey     bt.AccountID
	peers      []neuron.Peer
	registered int
	down       bool
}

func (r *roll) Subnet(context.Context) (*neuron.Subnet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		return nil, errors.New("no connection")
	}
	return &neuron.Subnet{Peers: slices.Clone(r.peers)}, nil
}

func (r *roll) Register(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.registered++
	r.peers = append(r.peers, neuron.Peer{UID: bt.UID(len(r.peers)), Hotkey: r.hotkey})
	return nil
}

func (r *roll) ServeAxon(_ context.Context, at netip.AddrPort) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.peers {
		if r.peers[i].Hotkey == r.hotkey {
			r.peers[i].Axon = at
		}
	}
	return nil
}

func (r *roll) SetWeights(context.Context, []bt.UID, []uint16) error {
	return errors.New("miners set no weights")
}

func (r *roll) axon() netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.peers {
		if p.Hotkey == r.hotkey {
			return p.Axon
		}
	}
	return netip.AddrPort{}
}

func pair(t testing.TB, uri string) *keys.Pair {
	t.Helper()
	key, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func bigram(t testing.TB) *ngram.Model {
	t.Helper()
	pieces, err := dataset.English().Share(1, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	kind, err := ngram.ByName("bigram")
	if err != nil {
		t.Fatal(err)
	}
	m, err := ngram.Train(kind, bpe.English(), dataset.Encode(pieces, bpe.English()))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// begin runs a miner and waits until its axon is published. The peers //rich, with a permit, and //poor are on the subnet.
func begin(t *testing.T, change func(*Config)) (*Miner, *roll, dendrite.Target) {
	t.Helper()
	key := pair(t, "//miner")
	chain := &roll{hotkey: key.Public(), peers: []neuron.Peer{
		{UID: 0, Hotkey: pair(t, "//rich").Public(), Stake: 1000, Permit: true},
		{UID: 1, Hotkey: pair(t, "//poor").Public(), Stake: 10},
	}}
	cfg := Config{Key: key, Chain: chain, Model: bigram(t), SyncEvery: 10 * time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := m.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); running.Wait() })
	await(t, "the axon to be published", func() bool { return chain.axon().IsValid() })
	return m, chain, dendrite.Target{Addr: chain.axon(), Hotkey: key.Public()}
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func ask(t *testing.T, uri string, to dendrite.Target, timeout time.Duration, q neuron.NextToken) (neuron.NextToken, error) {
	t.Helper()
	d, err := dendrite.New(dendrite.Config{Key: pair(t, uri), Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	m, err := dendrite.Call(t.Context(), d, to, q)
	return m.Body, err
}

func good() neuron.NextToken {
	return neuron.NextToken{Vocabulary: bpe.English().ID(), Contexts: [][]int32{bpe.English().Encode("the Rays of")}, TopK: 20}
}

func TestAnswers(t *testing.T) {
	m, chain, to := begin(t, nil)
	got, err := ask(t, "//poor", to, 5*time.Second, good())
	if err != nil {
		t.Fatal(err)
	}
	answers, err := got.Answers()
	if err != nil || len(answers) != 1 {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	if err := answers[0].Check(bpe.English().Size(), 20); err != nil {
		t.Error(err)
	}
	if likeliest := bpe.English().Decode(answers[0].Tokens[:1]); likeliest != " the" {
		t.Errorf("after %q comes %q", "the Rays of", likeliest)
	}
	for _, p := range answers[0].Probs {
		if millionths := p * 1e6; math.Abs(millionths-math.Round(millionths)) > 1e-6 {
			t.Errorf("probability %v is not in millionths", p)
		}
	}
	if m.Answered() != 1 || chain.registered != 1 {
		t.Errorf("answered %d, registered %d times, want 1 and 1", m.Answered(), chain.registered)
	}
}

func TestRefuses(t *testing.T) {
	_, _, to := begin(t, func(c *Config) { c.MinStake, c.RequirePermit = 100, true })
	_, _, open := begin(t, func(c *Config) { c.MinStake = 100 })
	for _, tt := range []struct {
		name, caller string
		to           dendrite.Target
		change       func(*neuron.NextToken)
		code         synapse.Status
		want         string
	}{
		{"a stranger", "//stranger", to, nil, synapse.StatusForbidden, "not registered"},
		{"no permit", "//poor", to, nil, synapse.StatusForbidden, "no validator permit"},
		{"little stake", "//poor", open, nil, synapse.StatusForbidden, "stake of 0.000000010"},
		{"another vocabulary", "//rich", to, func(q *neuron.NextToken) { q.Vocabulary = "gpt2" }, synapse.StatusBadRequest, "vocabulary"},
		{"no context", "//rich", to, func(q *neuron.NextToken) { q.Contexts = nil }, synapse.StatusBadRequest, "0 contexts"},
		{"many contexts", "//rich", to, func(q *neuron.NextToken) { q.Contexts = make([][]int32, 65) }, synapse.StatusBadRequest, "65 contexts"},
		{"a long context", "//rich", to, func(q *neuron.NextToken) { q.Contexts = [][]int32{make([]int32, 257)} }, synapse.StatusBadRequest, "257 tokens"},
		{"no such token", "//rich", to, func(q *neuron.NextToken) { q.Contexts = [][]int32{{1024}} }, synapse.StatusBadRequest, "token 1024"},
		{"too much", "//rich", to, func(q *neuron.NextToken) { q.TopK = 1025 }, synapse.StatusBadRequest, "top 1025"},
		{"nothing", "//rich", to, func(q *neuron.NextToken) { q.TopK = 0 }, synapse.StatusBadRequest, "top 0"},
	} {
		q := good()
		if tt.change != nil {
			tt.change(&q)
		}
		_, err := ask(t, tt.caller, tt.to, 5*time.Second, q)
		if synapse.CodeOf(err) != tt.code || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %d and %q", tt.name, err, tt.code, tt.want)
		}
	}
	if _, err := ask(t, "//rich", to, 5*time.Second, good()); err != nil {
		t.Errorf("a validator is refused: %v", err)
	}
}

func TestGarbageIsWellFormed(t *testing.T) {
	_, _, to := begin(t, func(c *Config) { c.Behaviour = Garbage })
	q := good()
	q.Contexts = append(q.Contexts, q.Contexts[0], nil)
	got, err := ask(t, "//rich", to, 5*time.Second, q)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := got.Answers()
	if err != nil || len(answers) != 3 {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	for _, a := range answers {
		if err := a.Check(bpe.English().Size(), q.TopK); err != nil {
			t.Error(err)
		}
	}
	if slices.Equal(answers[0].Tokens, answers[1].Tokens) {
		t.Error("garbage for one context is the same twice: it looks like knowledge")
	}
}

func TestLateIsTooLate(t *testing.T) {
	m, _, to := begin(t, func(c *Config) { c.Behaviour = Late })
	start := time.Now()
	_, err := ask(t, "//rich", to, 200*time.Millisecond, good())
	if synapse.CodeOf(err) != synapse.StatusTimeout {
		t.Errorf("%v, want a timeout", err)
	}
	if took := time.Since(start); took > 3*time.Second || m.Answered() != 0 {
		t.Errorf("given up after %v, %d answered", took, m.Answered())
	}
}

func TestFlakyComesAndGoes(t *testing.T) {
	_, chain, to := begin(t, func(c *Config) { c.Behaviour, c.Period = Flaky, 300*time.Millisecond })
	changes, was := 0, true
	await(t, "two absences and two returns", func() bool {
		conn, err := net.DialTimeout("tcp", to.Addr.String(), time.Second)
		if err == nil {
			conn.Close()
		}
		if up := err == nil; up != was {
			changes, was = changes+1, up
		}
		return changes >= 4
	})
	if chain.registered != 1 || chain.axon() != to.Addr {
		t.Errorf("registered %d times, axon at %s, was %s", chain.registered, chain.axon(), to.Addr)
	}
}

func TestComesBackAfterPruningAndOutage(t *testing.T) {
	_, chain, to := begin(t, nil)
	chain.mu.Lock()
	chain.down = true
	chain.mu.Unlock()
	if _, err := ask(t, "//rich", to, 5*time.Second, good()); err != nil {
		t.Errorf("while the chain is away the miner does not answer: %v", err)
	}
	chain.mu.Lock()
	chain.down = false
	chain.peers = chain.peers[:2] // the miner lost its place
	chain.mu.Unlock()
	await(t, "the miner to register and serve again", func() bool { return chain.axon() == to.Addr })
}

func TestNewAndRunRefuse(t *testing.T) {
	key, m := pair(t, "//miner"), bigram(t)
	for want, c := range map[string]Config{
		"no key":      {Chain: &roll{}, Model: m},
		"no chain":    {Key: key, Model: m},
		"no model":    {Key: key, Chain: &roll{}},
		"behaviour 9": {Key: key, Chain: &roll{}, Model: m, Behaviour: 9},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy, err := New(Config{Key: key, Chain: &roll{}, Model: m, Listen: taken.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	if err := busy.Run(t.Context()); err == nil || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("on a port in use Run gives %v", err)
	}
}

func TestAnnounced(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	port := ln.Addr().(*net.TCPAddr).AddrPort().Port()
	for _, tt := range []struct {
		announce, want netip.AddrPort
	}{
		{netip.AddrPort{}, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)},
		{netip.MustParseAddrPort("10.1.2.3:0"), netip.AddrPortFrom(netip.MustParseAddr("10.1.2.3"), port)},
		{netip.MustParseAddrPort("10.1.2.3:99"), netip.MustParseAddrPort("10.1.2.3:99")},
		{netip.MustParseAddrPort("[::ffff:10.1.2.3]:99"), netip.MustParseAddrPort("10.1.2.3:99")},
	} {
		m := Miner{cfg: Config{Announce: tt.announce}}
		if got := m.announced(ln); got != tt.want {
			t.Errorf("%v announces %v, want %v", tt.announce, got, tt.want)
		}
	}
}
