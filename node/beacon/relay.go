package beacon

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/tlock"
)

// Relay fetches the rounds of the beacon that the chain follows from servers with drand's HTTP API, such as https://api.drand.sh. It verifies what comes, so
// a server can withhold rounds and nothing else.
type Relay struct {
	cfg    RelayConfig
	client *http.Client

	mu     sync.Mutex
	beacon drand.BeaconConfiguration // that the chain follows; known once a block was asked for
	latest uint64
	have   map[uint64][]byte // signatures by rounds
	want   map[uint64]bool   // rounds asked for that are not at hand
	wake   chan struct{}     // holds a token when want has grown
}

// RelayConfig is how a relay works.
type RelayConfig struct {
	// Servers are asked in this order until one answers. At least one.
	Servers []string
	// Every is how often the newest round is asked for; 1 s when it is zero.
	Every time.Duration
	// Timeout is how long one answer may take; 5 s when it is zero.
	Timeout time.Duration
	Log     *slog.Logger // nil is silent
}

// keep is how many rounds are remembered.
const keep = 1024

// NewRelay is a relay; Run must run for it to have rounds.
func NewRelay(cfg RelayConfig) (*Relay, error) {
	if len(cfg.Servers) == 0 {
		return nil, errors.New("no drand server; name one, such as https://api.drand.sh")
	}
	for _, s := range cfg.Servers {
		if u, err := url.Parse(s); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, fmt.Errorf("%q is no address of a drand server, want one such as https://api.drand.sh", s)
		}
	}
	if cfg.Every == 0 {
		cfg.Every = time.Second
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Relay{cfg: cfg, client: &http.Client{Timeout: cfg.Timeout}, have: map[uint64][]byte{}, want: map[uint64]bool{}, wake: make(chan struct{}, 1)}, nil
}

// Latest is the newest round that a server has given, whatever the chain's clock says.
func (r *Relay) Latest(b drand.BeaconConfiguration, _ uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if string(r.beacon.PublicKey) != string(b.PublicKey) || string(r.beacon.Hash) != string(b.Hash) {
		r.beacon, r.latest, r.have, r.want = b, 0, map[uint64][]byte{}, map[uint64]bool{}
		r.poke()
	}
	return r.latest
}

// Signature is that of a round, once it was fetched; asking for it makes the relay fetch it.
func (r *Relay) Signature(round uint64) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.have[round]; ok {
		return s, true
	}
	if len(r.want) < most {
		r.want[round] = true
		r.poke()
	}
	return nil, false
}

// poke wakes Run; r.mu is held.
func (r *Relay) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run fetches until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	tick := time.NewTicker(r.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-r.wake:
		}
		r.mu.Lock()
		b, wanted := r.beacon, make([]uint64, 0, len(r.want))
		for round := range r.want {
			wanted = append(wanted, round)
		}
		r.mu.Unlock()
		if len(b.PublicKey) == 0 { // no block was asked for yet
			continue
		}
		r.fetch(ctx, b, 0)
		for _, round := range wanted {
			r.fetch(ctx, b, round)
		}
	}
}

// fetch gets a round, or the newest one for 0, and keeps it.
func (r *Relay) fetch(ctx context.Context, b drand.BeaconConfiguration, round uint64) {
	name := "latest"
	if round > 0 {
		name = fmt.Sprint(round)
	}
	for _, server := range r.cfg.Servers {
		got, signature, err := r.ask(ctx, strings.TrimSuffix(server, "/")+"/"+hex.EncodeToString(b.Hash)+"/public/"+name, b)
		if err == nil && round > 0 && got != round {
			err = fmt.Errorf("it answered with round %d", got)
		}
		if err != nil {
			if ctx.Err() == nil {
				r.cfg.Log.Debug("a drand server gave no pulse", "server", server, "round", name, "why", err)
			}
			continue
		}
		r.mu.Lock()
		if string(r.beacon.Hash) == string(b.Hash) {
			r.latest = max(r.latest, got)
			r.have[got] = signature
			delete(r.want, got)
			r.forget()
		}
		r.mu.Unlock()
		return
	}
}

// forget drops rounds that are long over; r.mu is held.
func (r *Relay) forget() {
	for round := range r.have {
		if round+keep < r.latest && len(r.have) > keep {
			delete(r.have, round)
		}
	}
}

// ask makes one request and verifies the answer.
func (r *Relay) ask(ctx context.Context, address string, b drand.BeaconConfiguration) (round uint64, signature []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, nil, fmt.Errorf("it answered %s", res.Status)
	}
	const longest = 4 << 10 // bytes; an answer has some 250
	body, err := io.ReadAll(io.LimitReader(res.Body, longest))
	if err != nil {
		return 0, nil, err
	}
	return readPulse(body, b)
}

// readPulse reads a round as drand's API gives it, and verifies it.
func readPulse(body []byte, b drand.BeaconConfiguration) (round uint64, signature []byte, err error) {
	var p struct {
		Round     uint64 `json:"round"`
		Signature string `json:"signature"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return 0, nil, err
	}
	if signature, err = hex.DecodeString(p.Signature); err != nil {
		return 0, nil, err
	}
	key, err := tlock.ParsePublicKey(b.PublicKey)
	if err != nil {
		return 0, nil, err
	}
	if len(signature) != tlock.SignatureSize {
		return 0, nil, fmt.Errorf("signature of %d bytes, want %d", len(signature), tlock.SignatureSize)
	}
	s, err := tlock.ParseSignature(signature)
	if err != nil {
		return 0, nil, err
	}
	if p.Round == 0 || !key.Verify(p.Round, s) {
		return 0, nil, fmt.Errorf("round %d is not signed by the chain's beacon", p.Round)
	}
	return p.Round, signature, nil
}
