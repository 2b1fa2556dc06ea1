package neuron_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/dataset"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/model/bpe"
	"github.com/myelin-go/myelin/model/ngram"
	"github.com/myelin-go/myelin/neuron"
	"github.com/myelin-go/myelin/neuron/miner"
	"github.com/myelin-go/myelin/neuron/validator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ledger is the little of a chain that neurons need: a subnet in memory whose blocks come by the clock. It refuses what the real one
// refuses (strangers, lack of a permit, weights too often), and the first two settings of weights get lost on the way.
type ledger struct {
	mu      sync.Mutex
	start   time.Time
	peers   []neuron.Peer
	weights map[bt.UID][]uint16 // by validator, indexed by uid
	lose    int
}

const (
	blockTime = 20 * time.Millisecond
	tempo     = 10
)

func (l *ledger) block() bt.BlockNumber { return 1 + bt.BlockNumber(time.Since(l.start)/blockTime) }

// account is one neuron's view of the ledger.
type account struct {
	*ledger
	hotkey bt.AccountID
	stake  uint64 // registered with; a stake makes a validator
}

func (a account) Subnet(context.Context) (*neuron.Subnet, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return &neuron.Subnet{Block: a.block(), Tempo: tempo, WeightsRateLimit: 5, Peers: slices.Clone(a.peers)}, nil
}

func (a account) Register(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.peers = append(a.peers, neuron.Peer{
		UID: bt.UID(len(a.peers)), Hotkey: a.hotkey, Stake: a.stake, Permit: a.stake > 0, LastUpdate: a.block(),
	})
	return nil
}

func (a account) me() (*neuron.Peer, error) {
	for i := range a.peers {
		if a.peers[i].Hotkey == a.hotkey {
			return &a.peers[i], nil
		}
	}
	return nil, errors.New("not registered")
}

func (a account) ServeAxon(_ context.Context, at netip.AddrPort) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	me, err := a.me()
	if err != nil {
		return err
	}
	me.Axon = at
	return nil
}

func (a account) SetWeights(_ context.Context, uids []bt.UID, weights []uint16) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	me, err := a.me()
	if err != nil {
		return err
	}
	if !me.Permit {
		return errors.New("no permit")
	}
	if now := a.block(); now-me.LastUpdate < 5 {
		return fmt.Errorf("weights set %d blocks after the last time", now-me.LastUpdate)
	}
	if a.lose > 0 {
		a.lose--
		return errors.New("lost on the way")
	}
	me.LastUpdate = a.block()
	row := make([]uint16, len(a.peers))
	for i, uid := range uids {
		row[uid] = weights[i]
	}
	a.weights[me.UID] = row
	return nil
}

func join(t testing.TB, l *ledger, uri string, stake uint64) (*keys.Pair, account) {
	t.Helper()
	key, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return key, account{l, key.Public(), stake}
}

// announced stands for the address of this machine: the chain takes no loopback address, and who is on the same machine calls its
// own address by loopback.
var announced = netip.MustParseAddr("192.0.2.1")

// entrant is a miner of the contest: its model and how it behaves.
type entrant struct {
	kind      string
	share     float64
	behaviour miner.Behaviour
}

// entrants are listed best first as far as they are honest.
var entrants = []entrant{
	{"kneser-ney", 1, miner.Honest},
	{"trigram", 1, miner.Honest},
	{"kneser-ney", 0.3, miner.Honest},
	{"bigram", 1, miner.Honest},
	{"unigram", 1, miner.Honest},
	{"kneser-ney", 1, miner.Flaky},
	{"kneser-ney", 1, miner.Garbage},
	{"kneser-ney", 1, miner.Late},
}

func trained(t testing.TB, e entrant, seed uint64) *ngram.Model {
	t.Helper()
	kind, err := ngram.ByName(e.kind)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := dataset.English().Share(seed, e.share)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ngram.Train(kind, bpe.English(), dataset.Encode(pieces, bpe.English()))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSubnetRewardsQuality runs three validators and eight miners against each other over signed HTTP until every validator has asked
// enough, and looks at the weights that they set.
func TestSubnetRewardsQuality(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			if testing.Short() && seed > 1 {
				t.Skip("one seed is enough in a hurry")
			}
			t.Parallel()
			contest(t, seed)
		})
	}
}

func contest(t *testing.T, seed uint64) {
	chain := &ledger{start: time.Now(), weights: map[bt.UID][]uint16{}, lose: 2}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	start := func(run func(context.Context) error) {
		running.Go(func() {
			if err := run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	held := dataset.Encode(dataset.English().HeldOut(), bpe.English())
	var validators []*validator.Validator
	for i, stake := range []uint64{3000, 2000, 1000} {
		key, acc := join(t, chain, fmt.Sprintf("//validator%d", i), stake*uint64(bt.Tao))
		if err := acc.Register(ctx); err != nil {
			t.Fatal(err)
		}
		v, err := validator.New(validator.Config{
			Key: key, Chain: acc, Tokenizer: bpe.English(), HeldOut: held, Contexts: neuron.MaxContexts,
			StepEvery: time.Second, Timeout: time.Second, SyncEvery: blockTime, Seed: seed,
			ExternalIP: announced,
		})
		if err != nil {
			t.Fatal(err)
		}
		validators = append(validators, v)
	}
	keyOf := map[bt.AccountID]int{}
	for i, e := range entrants {
		key, acc := join(t, chain, fmt.Sprintf("//miner%d", i), 0)
		keyOf[key.Public()] = i
		m, err := miner.New(miner.Config{
			Key: key, Chain: acc, Model: trained(t, e, seed), Behaviour: e.behaviour, Period: 1300 * time.Millisecond, Seed: seed,
			MinStake: uint64(bt.Tao), RequirePermit: true, SyncEvery: 4 * blockTime, Announce: netip.AddrPortFrom(announced, 0),
		})
		if err != nil {
			t.Fatal(err)
		}
		start(m.Run)
	}
	members := func() int {
		chain.mu.Lock()
		defer chain.mu.Unlock()
		n := 0
		for _, p := range chain.peers {
			if p.Axon.IsValid() {
				n++
			}
		}
		return n
	}
	waitFor(t, 10*time.Second, "all miners to serve", func() bool { return members() == len(entrants) })
	for _, v := range validators {
		start(v.Run)
	}
	const rounds = 9
	waitFor(t, 60*time.Second, "every validator to ask enough", func() bool {
		for _, v := range validators {
			stats := v.Stats()
			if len(stats) < len(entrants) || stats[0].Asked < rounds {
				return false
			}
		}
		return true
	})
	set := make([]uint64, len(validators))
	for i, v := range validators {
		set[i] = v.WeightsSet()
	}
	waitFor(t, 10*time.Second, "weights after the last question", func() bool {
		for i, v := range validators {
			if v.WeightsSet() < set[i]+2 {
				return false
			}
		}
		return true
	})
	stop()
	running.Wait()

	for i, v := range validators {
		row := chain.weights[bt.UID(i)]
		weight, answered := make([]uint16, len(entrants)), make([]float64, len(entrants))
		line := ""
		for _, s := range v.Stats() {
			at := keyOf[s.Hotkey]
			weight[at] = row[s.UID]
			answered[at] = float64(s.Answered) / float64(s.Asked)
			e := entrants[at]
			line += fmt.Sprintf("\n  %-10s %3.0f%% %-8v gain %5.2f answered %2d/%2d weight %5d",
				e.kind, 100*e.share, e.behaviour, s.Gain, s.Answered, s.Asked, weight[at])
		}
		t.Logf("validator %d set weights %d times:%s", i, v.WeightsSet(), line)
		if weight[0] != 65535 {
			t.Errorf("validator %d: the best miner has weight %d", i, weight[0])
		}
		for at, e := range entrants {
			switch {
			case e.behaviour == miner.Honest && at > 0 && float64(weight[at]) > 0.97*float64(weight[at-1]):
				t.Errorf("validator %d: %s of %v has weight %d, the better one before it %d", i, e.kind, e.share, weight[at], weight[at-1])
			case e.behaviour == miner.Flaky && (answered[at] == 0 || answered[at] == 1 || weight[at] > weight[0]/2):
				t.Errorf("validator %d: flaky answered %.2f and has weight %d", i, answered[at], weight[at])
			case e.behaviour == miner.Garbage && (answered[at] == 0 || weight[at] > 0):
				t.Errorf("validator %d: garbage answered %.2f and has weight %d", i, answered[at], weight[at])
			case e.behaviour == miner.Late && (answered[at] > 0 || weight[at] > 0):
				t.Errorf("validator %d: late answered %.2f and has weight %d", i, answered[at], weight[at])
			}
		}
	}
}

func waitFor(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", limit, what)
		}
	}
}
