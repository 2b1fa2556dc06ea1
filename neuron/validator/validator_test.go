package validator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/dataset"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/model"
	"github.com/myelin-go/myelin/model/bpe"
	"github.com/myelin-go/myelin/model/ngram"
	"github.com/myelin-go/myelin/neuron"
	"github.com/myelin-go/myelin/neuron/scoring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func heldOut() [][]int32 { return dataset.Encode(dataset.English().HeldOut(), bpe.English()) }

func TestWindowsNeverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const context = 4
		// Every token of these texts is different, so a token tells its place.
		var texts [][]int32
		next := int32(0)
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 60), 1, 5).Draw(t, "lengths") {
			text := make([]int32, n)
			for i := range text {
				text[i] = next
				next++
			}
			texts = append(texts, text)
		}
		n := rapid.IntRange(1, 8).Draw(t, "contexts")
		w, err := newWindows(texts, context, n, rapid.Uint64().Draw(t, "seed"), 0)
		if err != nil { // only for too little text, of which each piece may lose a window at its end and one to the shift
			if pieces := int(next) / (context + 1); pieces >= n+2*len(texts) {
				t.Fatalf("%v, of %d pieces in %d texts", err, pieces, len(texts))
			}
			return
		}
		for range 5 {
			q := w.draw(n)
			if len(q.contexts) != n || len(q.targets) != n {
				t.Fatalf("%d contexts and %d targets, want %d", len(q.contexts), len(q.targets), n)
			}
			seen := map[int32]bool{}
			for i, c := range q.contexts {
				for j, token := range append(slices.Clone(c), q.targets[i]) {
					if seen[token] {
						t.Fatalf("token %d is in two windows of %v, %v", token, q.contexts, q.targets)
					}
					seen[token] = true
					if token != c[0]+int32(j) {
						t.Fatalf("window %v then %d is not a run of the text", c, q.targets[i])
					}
				}
			}
		}
	})
}

// TestRankingEqualsQuality judges models without a network, as long as a young network would, with several seeds.
func TestRankingEqualsQuality(t *testing.T) {
	ladder := []struct {
		kind  string
		share float64
	}{{"kneser-ney", 1}, {"trigram", 1}, {"kneser-ney", 0.3}, {"bigram", 1}, {"kneser-ney", 0.1}, {"bigram", 0.1}, {"unigram", 1}, {"uniform", 1}}
	held, tk := heldOut(), bpe.English()
	for _, seed := range []uint64{1, 42} {
		var models []*ngram.Model
		for _, rung := range ladder {
			kind, err := ngram.ByName(rung.kind)
			if err != nil {
				t.Fatal(err)
			}
			pieces, err := dataset.English().Share(seed, rung.share)
			if err != nil {
				t.Fatal(err)
			}
			m, err := ngram.Train(kind, tk, dataset.Encode(pieces, tk))
			if err != nil {
				t.Fatal(err)
			}
			models = append(models, m)
		}
		for validator := range uint64(2) {
			w, err := newWindows(held, 16, 32, seed, validator)
			if err != nil {
				t.Fatal(err)
			}
			averages, err := scoring.NewAverages(scoring.DefaultAlpha)
			if err != nil {
				t.Fatal(err)
			}
			gains := make([]float64, len(models))
			for range 20 {
				q := w.draw(32)
				for i, m := range models {
					out, err := m.Forward(t.Context(), model.Batch{Tokens: q.contexts}, model.Want{TopK: 64})
					if err != nil {
						t.Fatal(err)
					}
					var answers []scoring.Answer
					for _, d := range out.Next {
						answers = append(answers, scoring.Answer{Tokens: d.Tokens, Probs: d.Probs})
					}
					gain, err := scoring.Gain(answers, q.targets, tk.Size(), 64)
					if err != nil {
						t.Fatal(err)
					}
					averages.Observe(bt.UID(i), bt.AccountID{}, gain)
					gains[i] = averages.Gain(bt.UID(i), bt.AccountID{})
				}
			}
			weights := scoring.Weights(gains, scoring.DefaultPower)
			for i := range weights[1:] {
				if weights[i+1] > 0.97*weights[i] {
					t.Errorf("seed %d, validator %d: %v gains %.3f, the better %v %.3f", seed, validator, ladder[i+1], gains[i+1], ladder[i], gains[i])
				}
			}
			t.Logf("seed %d, validator %d: gains %.2f weights %.3f", seed, validator, gains, weights)
		}
	}
}

func TestDue(t *testing.T) {
	for _, tt := range []struct {
		name    string
		block   bt.BlockNumber
		last    bt.BlockNumber
		tempo   uint16
		limit   uint64
		permit  bool
		expects bool
	}{
		{"never set", 5, 0, 10, 100, true, true},
		{"an epoch ago", 20, 10, 10, 5, true, true},
		{"within the epoch", 19, 10, 10, 5, true, false},
		{"limit longer than the epoch", 50, 10, 10, 100, true, false},
		{"limit over", 110, 10, 10, 100, true, true},
		{"no permit", 110, 10, 10, 100, false, false},
		{"a chain that went back", 5, 10, 10, 0, true, false},
	} {
		s := &neuron.Subnet{Block: tt.block, Tempo: tt.tempo, WeightsRateLimit: tt.limit}
		if got := due(s, neuron.Peer{LastUpdate: tt.last, Permit: tt.permit}); got != tt.expects {
			t.Errorf("%s: due is %v", tt.name, got)
		}
	}
}

func config(t testing.TB) Config {
	t.Helper()
	key, err := keys.FromURI("//validator")
	if err != nil {
		t.Fatal(err)
	}
	return Config{Key: key, Chain: &silent{}, Tokenizer: bpe.English(), HeldOut: heldOut()}
}

func TestNewRefuses(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"no key":          func(c *Config) { c.Key = nil },
		"no chain":        func(c *Config) { c.Chain = nil },
		"no tokenizer":    func(c *Config) { c.Tokenizer = nil },
		"room for 0":      func(c *Config) { c.HeldOut = nil },
		"Config.Contexts": func(c *Config) { c.Contexts = 65 },
		"Config.Context ": func(c *Config) { c.Context = -1 },
		"Config.TopK":     func(c *Config) { c.TopK = 5000 },
		"Config.Power":    func(c *Config) { c.Power = 0.5 },
		"alpha":           func(c *Config) { c.Alpha = 2 },
	} {
		c := config(t)
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// silent is a chain that answers nothing until the call is given up, or that fails.
type silent struct {
	fails   bool
	looks   atomic.Int32
	waiting atomic.Int32
}

func (s *silent) Subnet(ctx context.Context) (*neuron.Subnet, error) {
	s.looks.Add(1)
	if s.fails {
		return nil, errors.New("no connection")
	}
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	<-ctx.Done()
	return nil, ctx.Err()
}
func (s *silent) Register(context.Context) error                       { return nil }
func (s *silent) ServeAxon(context.Context, netip.AddrPort) error      { return nil }
func (s *silent) SetWeights(context.Context, []bt.UID, []uint16) error { return nil }

// TestRunSurvivesASilentChain checks that calls to a chain that hangs or fails end and are made again, and that Run ends at once.
func TestRunSurvivesASilentChain(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprintf("fails=%v", fails), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := config(t)
				chain := &silent{fails: fails}
				c.Chain, c.CallLimit, c.SyncEvery = chain, 30*time.Second, 10*time.Second
				v, err := New(c)
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- v.Run(ctx) }()
				time.Sleep(10 * time.Minute)
				if looks := chain.looks.Load(); looks < 15 {
					t.Errorf("%d looks at the chain in ten minutes", looks)
				}
				before := time.Now()
				stop()
				if err := <-done; err != nil {
					t.Error(err)
				}
				if took := time.Since(before); took > time.Second || chain.waiting.Load() != 0 {
					t.Errorf("Run ended %v after its context, %d calls wait", took, chain.waiting.Load())
				}
			})
		})
	}
}

func TestObserveForgetsAFormerOwner(t *testing.T) {
	v, err := New(config(t))
	if err != nil {
		t.Fatal(err)
	}
	one, two := neuron.Peer{UID: 2, Hotkey: bt.AccountID{1}}, neuron.Peer{UID: 2, Hotkey: bt.AccountID{2}}
	v.observe(one, 3, true)
	v.observe(one, 0, false)
	if s := v.Stats(); len(s) != 1 || s[0].Asked != 2 || s[0].Answered != 1 || math.Abs(s[0].Gain-0.95*3/1.95) > 1e-9 {
		t.Errorf("after two questions: %+v", s)
	}
	v.observe(two, 1, true)
	if s := v.Stats(); len(s) != 1 || s[0].Hotkey != two.Hotkey || s[0].Asked != 1 || s[0].Gain != 1 {
		t.Errorf("after the uid changed hands: %+v", s)
	}
	// What the former owner gained is no longer worth weight.
	uids, _ := v.judge(&neuron.Subnet{Peers: []neuron.Peer{{UID: 0}, {UID: 1}, one}})
	if len(uids) != 0 {
		t.Errorf("the former owner gets weight: %v", uids)
	}
}

func BenchmarkDraw(b *testing.B) {
	w, err := newWindows(heldOut(), 16, 32, 1, 2)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w.draw(32)
	}
}
