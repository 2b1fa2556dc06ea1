package localnet

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/dataset"
	"github.com/myelin-go/myelin/model"
	"github.com/myelin-go/myelin/model/bpe"
	"github.com/myelin-go/myelin/model/ngram"
	"github.com/myelin-go/myelin/neuron/miner"
	"github.com/myelin-go/myelin/neuron/onchain"
	"github.com/myelin-go/myelin/neuron/validator"
	"github.com/myelin-go/myelin/subtensor"
)

// live sets the network up, runs its neurons and reports on them until ctx ends.
func (n *network) live(ctx context.Context, first <-chan struct{}) error {
	var err error
	if n.cast, err = newCast(n.seed); err != nil {
		return err
	}
	if err := n.saveWallets(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-first:
	}
	c, err := subtensor.Dial(ctx, n.endpoint, subtensor.Options{})
	if err != nil {
		return quiet(ctx, fmt.Errorf("connect to the own node: %w", err))
	}
	defer c.Close()
	netuid, err := n.setUp(ctx, c)
	if err != nil {
		return quiet(ctx, err)
	}
	g, neurons := errgroup.WithContext(ctx)
	counts := &tally{}
	for _, m := range n.cast {
		g.Go(func() error { return n.play(neurons, m, netuid, counts) })
	}
	g.Go(func() error { return n.report(neurons, c, netuid, counts) })
	return quiet(ctx, g.Wait())
}

// quiet drops errors that only say that the network was told to end.
func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// tally collects what the validators counted.
type tally struct {
	mu         sync.Mutex
	validators map[bt.AccountID]*validator.Validator
}

func (t *tally) add(hotkey bt.AccountID, v *validator.Validator) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.validators == nil {
		t.validators = map[bt.AccountID]*validator.Validator{}
	}
	t.validators[hotkey] = v
}

// counts are how often each hotkey was asked and answered: for a miner by all validators, for a validator of all miners.
func (t *tally) counts() map[bt.AccountID][2]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[bt.AccountID][2]uint64{}
	for hotkey, v := range t.validators {
		for _, s := range v.Stats() {
			for _, who := range []bt.AccountID{hotkey, s.Hotkey} {
				sum := out[who]
				out[who] = [2]uint64{sum[0] + s.Asked, sum[1] + s.Answered}
			}
		}
	}
	return out
}

// play is one neuron's life. Each has a connection of its own.
func (n *network) play(ctx context.Context, m *member, netuid bt.NetUID, counts *tally) error {
	c, err := subtensor.Dial(ctx, n.endpoint, subtensor.Options{})
	if err != nil {
		return fmt.Errorf("%s: connect: %w", m.name, err)
	}
	defer c.Close()
	chain, err := onchain.New(onchain.Config{Client: c, NetUID: netuid, Hotkey: m.hot, Coldkey: m.cold})
	if err != nil {
		return err
	}
	pace := n.pace()
	if m.role == validating {
		v, err := validator.New(validator.Config{
			Key: m.hot, Chain: chain, Tokenizer: bpe.English(), HeldOut: dataset.Encode(dataset.English().HeldOut(), bpe.English()),
			StepEvery: pace.step, Timeout: pace.timeout, SyncEvery: pace.sync, CallLimit: pace.call, ExternalIP: published.Addr(), Seed: m.seed,
		})
		if err != nil {
			return err
		}
		counts.add(m.hot.Public(), v)
		return v.Run(ctx)
	}
	lm, err := m.train()
	if err != nil {
		return err
	}
	one, err := miner.New(miner.Config{
		Key: m.hot, Chain: chain, Model: lm, Listen: "127.0.0.1:0", Announce: published, Behaviour: m.behaviour, Seed: m.seed,
		SyncEvery: pace.sync, CallLimit: pace.call, Period: pace.flaky,
	})
	if err != nil {
		return err
	}
	return one.Run(ctx)
}

// published is where miners say they serve: the chain refuses loopback addresses, so it is an address of documentation (RFC 5737) that validators of
// the same machine know as their own.
var published = netip.MustParseAddrPort("192.0.2.1:0")

// train makes a miner's model from its share of the text.
func (m *member) train() (model.LanguageModel, error) {
	kind, err := ngram.ByName(m.model)
	if err != nil {
		return nil, err
	}
	pieces, err := dataset.English().Share(m.seed, m.share)
	if err != nil {
		return nil, err
	}
	return ngram.Train(kind, bpe.English(), dataset.Encode(pieces, bpe.English()))
}

// pace is how fast neurons go, by the network's blocks.
type pace struct{ step, timeout, sync, call, flaky time.Duration }

func (n *network) pace() pace {
	block := n.cfg.BlockTime
	return pace{
		step: max(4*block, time.Second), timeout: max(3*block, 800*time.Millisecond), sync: max(2*block, 200*time.Millisecond),
		call: max(40*block, 10*time.Second), flaky: max(20*block, 2*time.Second),
	}
}

// report shows the network at every epoch, on a terminal at every block, and once more at the end.
func (n *network) report(ctx context.Context, c *subtensor.Client, netuid bt.NetUID, counts *tally) error {
	var p presenter = &plainLines{w: n.cfg.Out}
	switch {
	case n.cfg.JSON:
		p = jsonLines{n.cfg.Out}
	case n.cfg.Terminal:
		p = &liveTable{w: n.cfg.Out}
	}
	o := &observer{client: c, netuid: netuid, seed: n.seed, cast: n.cast, counts: counts}
	var shown uint64
	var last *Report
	for head, err := range c.Heads(ctx) {
		if err != nil {
			if ctx.Err() != nil {
				break
			}
			return err
		}
		r, err := o.look(ctx, head)
		if err != nil {
			if ctx.Err() != nil {
				break
			}
			return fmt.Errorf("read the subnet at block %d: %w", head.Number, err)
		}
		last = r
		if n.cfg.Terminal && !n.cfg.JSON || r.Epoch != shown {
			shown = r.Epoch
			p.show(r, false)
		}
	}
	// The network has been told to end; the chain still answers.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	head, err := c.Head(end)
	if err == nil {
		if r, lerr := o.look(end, head); lerr == nil {
			last = r
		} else {
			err = lerr
		}
	}
	if last == nil {
		return errors.Join(errors.New("the network ended before its first report"), err)
	}
	last.Type = "final"
	p.show(last, true)
	n.ended = true
	return nil
}

// lastLook bounds the final report, so that the network ends when it is told to.
const lastLook = time.Second
