// Package validator judges the miners of the text subnet: it asks them to go on with text that they have not seen, scores what
// they say (neuron/scoring), and sets weights on the chain.
//
// Two loops run side by side. One asks, at a steady pace, whatever the chain does. The other watches the chain and sets weights as
// often as an epoch comes; that they are due follows from what the chain shows, so weights that got lost on the way are set
// again. Every wait is bounded.
package validator

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/dendrite"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/model"
	"github.com/myelin-go/myelin/neuron"
	"github.com/myelin-go/myelin/neuron/scoring"
)

// Config says what a validator asks and how it judges. Key, Chain, Tokenizer and HeldOut are needed; every other zero value means
// the default named beside it.
type Config struct {
	Key       *keys.Pair // the hotkey, sr25519
	Chain     neuron.Chain
	Tokenizer model.Tokenizer
	HeldOut   [][]int32 // texts to ask about, which miners should not have seen

	Contexts int // in one question; 32
	Context  int // tokens of a context; 16
	TopK     int // tokens that an answer may name; 64

	Alpha float64 // weight of the newest gain in a miner's average; 0.05
	Power float64 // of the gain, which gives the weight; 4

	StepEvery time.Duration // between questions; 12 s
	Timeout   time.Duration // for an answer, at most StepEvery; 6 s
	SyncEvery time.Duration // between looks at the chain; 12 s
	CallLimit time.Duration // for one call to the chain; 1 min

	ExternalIP netip.Addr   // own address as published on the chain: axons there are called on this machine
	Seed       uint64       // of the choice of questions; the hotkey counts too
	Log        *slog.Logger // nil is silent
}

func (c *Config) complete() error {
	switch {
	case c.Key == nil:
		return errors.New("no key; give the hotkey in Config.Key")
	case c.Chain == nil:
		return errors.New("no chain; give one in Config.Chain")
	case c.Tokenizer == nil:
		return errors.New("no tokenizer; give one in Config.Tokenizer")
	}
	for _, v := range []struct {
		field       *int
		name        string
		value, most int
	}{
		{&c.Contexts, "Contexts", 32, neuron.MaxContexts},
		{&c.Context, "Context", 16, neuron.MaxContext},
		{&c.TopK, "TopK", 64, neuron.MaxTopK},
	} {
		if *v.field == 0 {
			*v.field = v.value
		}
		if *v.field < 1 || *v.field > v.most {
			return fmt.Errorf("field Config.%s is %d, want 1 to %d", v.name, *v.field, v.most)
		}
	}
	if c.Alpha == 0 {
		c.Alpha = scoring.DefaultAlpha
	}
	if c.Power == 0 {
		c.Power = scoring.DefaultPower
	}
	if c.Power < 1 {
		return fmt.Errorf("field Config.Power is %v, want 1 or more", c.Power)
	}
	if c.StepEvery <= 0 {
		c.StepEvery = 12 * time.Second
	}
	if c.Timeout <= 0 {
		c.Timeout = 6 * time.Second
	}
	c.Timeout = min(c.Timeout, c.StepEvery)
	if c.SyncEvery <= 0 {
		c.SyncEvery = 12 * time.Second
	}
	if c.CallLimit <= 0 {
		c.CallLimit = time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Validator is a validator. Make it with New, then Run it once.
type Validator struct {
	cfg     Config
	windows *windows

	mu       sync.Mutex
	subnet   *neuron.Subnet // as last seen; nil at first
	averages *scoring.Averages
	stats    []Stat // by uid
	weights  uint64 // settings that the chain accepted
}

// Stat is what a validator knows of one miner.
type Stat struct {
	UID    bt.UID
	Hotkey bt.AccountID
	// Asked counts the questions put to the miner, Answered those that it answered in time and well-formed.
	Asked, Answered uint64
	// Gain is its average gain in nats a token over knowing nothing.
	Gain float64
}

// New checks a configuration and makes a validator of it.
func New(cfg Config) (*Validator, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("validator: %w", err)
	}
	averages, err := scoring.NewAverages(cfg.Alpha)
	if err != nil {
		return nil, fmt.Errorf("validator: %w", err)
	}
	// Each validator asks questions of its own, so that no miner can learn them from another's.
	hotkey := cfg.Key.Public()
	w, err := newWindows(cfg.HeldOut, cfg.Context, cfg.Contexts, cfg.Seed, binary.LittleEndian.Uint64(hotkey[:]))
	if err != nil {
		return nil, fmt.Errorf("validator: %w", err)
	}
	return &Validator{cfg: cfg, windows: w, averages: averages}, nil
}

// Stats lists what the validator knows of the miners it asked, by uid.
func (v *Validator) Stats() []Stat {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []Stat
	for _, s := range v.stats {
		if s.Asked > 0 {
			s.Gain = v.averages.Gain(s.UID, s.Hotkey)
			out = append(out, s)
		}
	}
	return out
}

// WeightsSet counts the settings of weights that the chain accepted.
func (v *Validator) WeightsSet() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.weights
}

// Run validates until ctx ends, and then returns nil after everything it started is gone. Trouble with the chain or with miners is
// logged and tried again.
func (v *Validator) Run(ctx context.Context) error {
	d, err := dendrite.New(dendrite.Config{
		Key: v.cfg.Key, Timeout: v.cfg.Timeout, ExternalIP: v.cfg.ExternalIP, MaxResponse: maxResponse, Log: v.cfg.Log,
	})
	if err != nil {
		return fmt.Errorf("validator: %w", err)
	}
	defer d.Close()
	var loops sync.WaitGroup
	loops.Go(func() {
		every(ctx, v.cfg.SyncEvery, func() {
			if err := v.sync(ctx); err != nil && ctx.Err() == nil {
				v.cfg.Log.Warn("validator: chain", "err", err)
			}
		})
	})
	loops.Go(func() { every(ctx, v.cfg.StepEvery, func() { v.ask(ctx, d) }) })
	loops.Wait()
	return nil
}

// maxResponse bounds an answer: the largest one allowed is 64 contexts of 1,024 tokens at about 16 bytes each.
const maxResponse = 4 << 20

// every calls f at once and then at each interval, until ctx ends; a call that takes longer delays the next one.
func every(ctx context.Context, interval time.Duration, f func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		f()
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// ask puts one question to every miner that serves and takes down what they gain.
func (v *Validator) ask(ctx context.Context, d *dendrite.Dendrite) {
	v.mu.Lock()
	subnet := v.subnet
	v.mu.Unlock()
	if subnet == nil {
		return
	}
	var miners []neuron.Peer
	var targets []dendrite.Target
	for _, p := range subnet.Peers {
		if p.Axon.IsValid() && p.Hotkey != v.cfg.Key.Public() {
			miners = append(miners, p)
			targets = append(targets, dendrite.Target{Addr: p.Axon, Hotkey: p.Hotkey})
		}
	}
	if len(miners) == 0 {
		return
	}
	q := v.windows.draw(v.cfg.Contexts)
	body := neuron.NextToken{Vocabulary: v.cfg.Tokenizer.ID(), Contexts: q.contexts, TopK: v.cfg.TopK}
	results := dendrite.CallAll(ctx, d, targets, body)
	if ctx.Err() != nil {
		return // those that did not answer were not given the time
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, r := range results {
		gain, err := v.gain(r, q)
		if err != nil {
			v.cfg.Log.Debug("validator: no gain", "uid", miners[i].UID, "err", err)
		}
		v.observe(miners[i], gain, err == nil)
	}
}

func (v *Validator) gain(r dendrite.Result[neuron.NextToken], q question) (float64, error) {
	if r.Err != nil {
		return 0, r.Err
	}
	answers, err := r.Body.Answers()
	if err != nil {
		return 0, err
	}
	return scoring.Gain(answers, q.targets, v.cfg.Tokenizer.Size(), v.cfg.TopK)
}

func (v *Validator) observe(p neuron.Peer, gain float64, answered bool) {
	for int(p.UID) >= len(v.stats) {
		v.stats = append(v.stats, Stat{})
	}
	s := &v.stats[p.UID]
	if s.Hotkey != p.Hotkey || s.Asked == 0 {
		*s = Stat{UID: p.UID, Hotkey: p.Hotkey}
	}
	s.Asked++
	if answered {
		s.Answered++
	}
	v.averages.Observe(p.UID, p.Hotkey, gain)
}

// sync looks at the chain once, and sets weights if they are due.
func (v *Validator) sync(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.CallLimit)
	defer cancel()
	subnet, err := v.cfg.Chain.Subnet(ctx)
	if err != nil {
		return fmt.Errorf("look at the subnet: %w", err)
	}
	v.mu.Lock()
	v.subnet = subnet
	v.mu.Unlock()
	me, member := subnet.Find(v.cfg.Key.Public())
	if !member {
		return fmt.Errorf("hotkey %s is not registered on the subnet", v.cfg.Key.Public())
	}
	if !due(subnet, me) {
		return nil
	}
	uids, weights := v.judge(subnet)
	if len(uids) == 0 {
		return nil // nobody was worth anything so far
	}
	if err := v.cfg.Chain.SetWeights(ctx, uids, weights); err != nil {
		return fmt.Errorf("set weights at block %d: %w", subnet.Block, err)
	}
	v.mu.Lock()
	v.weights++
	v.mu.Unlock()
	v.cfg.Log.Info("validator: weights set", "block", subnet.Block, "uids", len(uids))
	return nil
}

// due tells whether weights may and should be set: with a permit, once in the time of an epoch, and not before the chain's rate limit
// allows it.
func due(subnet *neuron.Subnet, me neuron.Peer) bool {
	since := uint64(subnet.Block) - min(uint64(me.LastUpdate), uint64(subnet.Block))
	return me.Permit && (me.LastUpdate == 0 || since >= max(subnet.WeightsRateLimit, uint64(subnet.Tempo)))
}

// judge turns the averages of the present members into weights.
func (v *Validator) judge(subnet *neuron.Subnet) ([]bt.UID, []uint16) {
	v.mu.Lock()
	defer v.mu.Unlock()
	gains := make([]float64, 0, len(subnet.Peers))
	for _, p := range subnet.Peers {
		for int(p.UID) >= len(gains) {
			gains = append(gains, 0)
		}
		gains[p.UID] = v.averages.Gain(p.UID, p.Hotkey)
	}
	return scoring.Emit(scoring.Weights(gains, v.cfg.Power))
}
