// Package miner serves a language model on the text subnet: it registers, publishes its axon, and answers the questions of
// validators.
//
// A miner can also be told to behave badly, so that a network can show what it does about it: to answer garbage, to answer too late,
// to be down half of the time.
package miner

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/myelin-go/myelin/axon"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/model"
	"github.com/myelin-go/myelin/neuron"
	"github.com/myelin-go/myelin/synapse"
)

// Behaviour tells how a miner serves its model.
type Behaviour int

const (
	// Honest answers each question by the model.
	Honest Behaviour = iota
	// Garbage answers with well-formed distributions that have nothing to do with the question.
	Garbage
	// Late answers when the caller has stopped waiting.
	Late
	// Flaky answers as Honest, but does not listen during every second period (Config.Period).
	Flaky
)

// String names the behaviour.
func (b Behaviour) String() string {
	switch b {
	case Honest:
		return "honest"
	case Garbage:
		return "garbage"
	case Late:
		return "late"
	case Flaky:
		return "flaky"
	}
	return fmt.Sprintf("behaviour %d", int(b))
}

// Config says what a miner serves, and to whom. Key, Chain and Model are needed; every other zero value means the default named
// beside it.
type Config struct {
	Key   *keys.Pair // the hotkey, sr25519
	Chain neuron.Chain
	Model model.LanguageModel

	Listen   string         // address of the axon; "127.0.0.1:0", a free port
	Announce netip.AddrPort // published on the chain; port 0 means the port listened on, no address the one listened on

	MinStake      uint64 // callers with less are refused, in units of 1e-9; 0 serves every registered neuron
	RequirePermit bool   // callers without a validator permit are refused

	Behaviour Behaviour     // Honest
	Period    time.Duration // of Flaky: up for one, down for the next; 5 s
	Seed      uint64        // of Garbage

	SyncEvery time.Duration // between looks at the chain; 12 s
	CallLimit time.Duration // for one call to the chain; 1 min
	Log       *slog.Logger  // nil is silent
}

// Miner is a miner. Make it with New, then Run it once.
type Miner struct {
	cfg      Config
	callers  atomic.Pointer[map[bt.AccountID]neuron.Peer]
	answered atomic.Uint64
}

// New checks a configuration and makes a miner of it.
func New(cfg Config) (*Miner, error) {
	switch {
	case cfg.Key == nil:
		return nil, errors.New("miner: no key; give the hotkey in Config.Key")
	case cfg.Chain == nil:
		return nil, errors.New("miner: no chain; give one in Config.Chain")
	case cfg.Model == nil:
		return nil, errors.New("miner: no model; give one in Config.Model")
	case cfg.Behaviour < Honest || cfg.Behaviour > Flaky:
		return nil, fmt.Errorf("miner: %v is not known", cfg.Behaviour)
	}
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if cfg.Period <= 0 {
		cfg.Period = 5 * time.Second
	}
	if cfg.SyncEvery <= 0 {
		cfg.SyncEvery = 12 * time.Second
	}
	if cfg.CallLimit <= 0 {
		cfg.CallLimit = time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Miner{cfg: cfg}
	m.callers.Store(&map[bt.AccountID]neuron.Peer{})
	return m, nil
}

// Answered counts the questions that the miner answered.
func (m *Miner) Answered() uint64 { return m.answered.Load() }

// Run serves until ctx ends, and then returns nil after everything it started is gone. It fails at once if it cannot listen;
// trouble with the chain is logged and tried again.
func (m *Miner) Run(ctx context.Context) error {
	ln, err := net.Listen("tcp", m.cfg.Listen)
	if err != nil {
		return fmt.Errorf("miner: listen on %s: %w", m.cfg.Listen, err)
	}
	at := m.announced(ln)
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() {
		defer stop()
		served <- m.serve(ctx, ln)
	}()
	next := time.NewTicker(m.cfg.SyncEvery)
	defer next.Stop()
	for ctx.Err() == nil {
		if err := m.sync(ctx, at); err != nil && ctx.Err() == nil {
			m.cfg.Log.Warn("miner: chain", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-next.C:
		}
	}
	stop()
	return <-served
}

// announced completes Config.Announce by where the axon listens.
func (m *Miner) announced(ln net.Listener) netip.AddrPort {
	listens := ln.Addr().(*net.TCPAddr).AddrPort()
	addr, port := m.cfg.Announce.Addr(), m.cfg.Announce.Port()
	if !addr.IsValid() {
		addr = listens.Addr()
	}
	if port == 0 {
		port = listens.Port()
	}
	return netip.AddrPortFrom(addr.Unmap(), port)
}

// serve runs the axon; a flaky miner's one comes and goes.
func (m *Miner) serve(ctx context.Context, ln net.Listener) error {
	if m.cfg.Behaviour != Flaky {
		return m.serveOnce(ctx, ln)
	}
	for {
		up, down := context.WithTimeout(ctx, m.cfg.Period)
		err := m.serveOnce(up, ln)
		down()
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(m.cfg.Period):
		}
		if ln, err = m.listenAgain(ctx, ln.Addr().String()); ln == nil {
			return err
		}
	}
}

// listenAgain takes its port back. Somebody else may hold it for a moment as the outgoing port of a connection.
func (m *Miner) listenAgain(ctx context.Context, addr string) (net.Listener, error) {
	for {
		ln, err := net.Listen("tcp", addr)
		if err == nil {
			return ln, nil
		}
		m.cfg.Log.Warn("miner: cannot listen again yet", "addr", addr, "err", err)
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (m *Miner) serveOnce(ctx context.Context, ln net.Listener) error {
	a, err := axon.New(axon.Config{Key: m.cfg.Key, Log: m.cfg.Log, DrainTimeout: time.Second})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	hooks := axon.Hooks[neuron.NextToken]{Blacklist: m.blacklist, Priority: m.priority}
	if err := axon.Attach(a, m.forward, hooks); err != nil {
		return errors.Join(err, ln.Close())
	}
	return a.Serve(ctx, ln)
}

// sync looks at the chain once, and mends what is missing there: membership, and the published axon. Both follow from what the
// chain shows, so a call that was lost is made again.
func (m *Miner) sync(ctx context.Context, at netip.AddrPort) error {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.CallLimit)
	defer cancel()
	subnet, err := m.look(ctx)
	if err != nil {
		return err
	}
	me, member := subnet.Find(m.cfg.Key.Public())
	if !member {
		if err := m.cfg.Chain.Register(ctx); err != nil {
			return fmt.Errorf("register: %w", err)
		}
		m.cfg.Log.Info("miner: registered", "hotkey", m.cfg.Key.Public())
	}
	if me.Axon != at {
		if err := m.cfg.Chain.ServeAxon(ctx, at); err != nil {
			return fmt.Errorf("serve axon at %s: %w", at, err)
		}
		m.cfg.Log.Info("miner: axon published", "at", at)
	}
	return nil
}

// look takes the callers from the chain.
func (m *Miner) look(ctx context.Context) (*neuron.Subnet, error) {
	subnet, err := m.cfg.Chain.Subnet(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at the subnet: %w", err)
	}
	callers := make(map[bt.AccountID]neuron.Peer, len(subnet.Peers))
	for _, p := range subnet.Peers {
		callers[p.Hotkey] = p
	}
	m.callers.Store(&callers)
	return subnet, nil
}

// caller finds who claims to call. The signature is verified later and covers the hotkey.
func (m *Miner) caller(msg *synapse.Message[neuron.NextToken]) (neuron.Peer, bool) {
	hotkey, err := bt.ParseAccount(msg.Dendrite.Hotkey)
	if err != nil {
		return neuron.Peer{}, false
	}
	p, ok := (*m.callers.Load())[hotkey]
	return p, ok
}

func (m *Miner) blacklist(_ context.Context, msg *synapse.Message[neuron.NextToken]) (bool, string) {
	p, known := m.caller(msg)
	switch {
	case !known:
		return true, "the hotkey is not registered on this subnet"
	case m.cfg.RequirePermit && !p.Permit:
		return true, "the hotkey has no validator permit"
	case p.Stake < m.cfg.MinStake:
		return true, fmt.Sprintf("the hotkey has a stake of %s, at least %s is served", bt.Alpha(p.Stake), bt.Alpha(m.cfg.MinStake))
	case msg.Dendrite.Signature == "":
		return true, "the request is not signed" // the wire protocol itself lets such requests pass
	}
	return false, ""
}

func (m *Miner) priority(_ context.Context, msg *synapse.Message[neuron.NextToken]) float64 {
	p, _ := m.caller(msg)
	return float64(p.Stake)
}

func (m *Miner) forward(ctx context.Context, msg *synapse.Message[neuron.NextToken]) error {
	q := &msg.Body
	tokenizer := m.cfg.Model.Tokenizer()
	if err := q.Check(tokenizer.ID(), tokenizer.Size()); err != nil {
		return synapse.Errorf(synapse.StatusBadRequest, "%v", err)
	}
	var next []model.Distribution
	switch m.cfg.Behaviour {
	case Garbage:
		next = m.garbage(q)
	case Late:
		<-ctx.Done() // the context ends with the caller's timeout
		return ctx.Err()
	default:
		out, err := m.cfg.Model.Forward(ctx, model.Batch{Tokens: q.Contexts}, model.Want{TopK: q.TopK})
		if err != nil {
			return err
		}
		next = out.Next
	}
	q.Tokens, q.Probs = make([][]int32, len(next)), make([][]float64, len(next))
	for i, d := range next {
		q.Tokens[i], q.Probs[i] = d.Tokens, round(d.Probs)
	}
	m.answered.Add(1)
	return nil
}

// round cuts probabilities to millionths: short on the wire, and the sum cannot rise.
func round(probs []float64) []float64 {
	out := make([]float64, len(probs))
	for i, p := range probs {
		out[i] = math.Floor(p*1e6) / 1e6
	}
	return out
}

// garbage draws a distribution for each context that knows nothing of it. It is the same for the same question.
func (m *Miner) garbage(q *neuron.NextToken) []model.Distribution {
	h := fnv.New64a()
	fmt.Fprint(h, q.Contexts)
	rng := rand.New(rand.NewPCG(m.cfg.Seed, h.Sum64()))
	out := make([]model.Distribution, len(q.Contexts))
	for i := range out {
		probs := make([]float64, m.cfg.Model.Tokenizer().Size())
		sum := 0.0
		for t := range probs {
			probs[t] = math.Pow(rng.Float64(), 8) // a few tokens get most of it, as a model's would
			sum += probs[t]
		}
		for t := range probs {
			probs[t] /= sum
		}
		out[i] = model.Top(probs, q.TopK)
	}
	return out
}
