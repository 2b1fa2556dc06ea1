// Package dendrite calls axons: it signs a synapse with the caller's hotkey, sends it to one axon or many at once, and gives
// back typed answers with the status codes that Python dendrites (bittensor 10) give for the same failures.
//
// Connections are kept and reused. Calls that run to one axon at the same time use different uuids: axons demand rising
// nonces per hotkey and uuid, and requests in flight can overtake each other.
//
// Deliberately not here: which axons exist (packages metagraph and subtensor), serving (package axon), and asking third
// parties for one's own IP address.
package dendrite

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/synapse"
	"github.com/myelin-go/myelin/synapse/pyval"
)

// Check says what a dendrite demands of an axon's signature on its answers.
type Check int

const (
	// CheckNothing takes answers as they come, as Python dendrites do.
	CheckNothing Check = iota
	// CheckPresent refuses wrong signatures and lets answers without one pass: Python axons sign only their errors.
	CheckPresent
	// CheckRequired refuses successful answers without a good signature. The signature proves that the axon holds the
	// hotkey now; it covers no part of the answer.
	CheckRequired
)

// Config says how a dendrite calls. Only Key is needed; every other zero value means the default named beside it.
type Config struct {
	Key         *keys.Pair    // the caller's hotkey, sr25519
	Timeout     time.Duration // of a call, told to the axon; 12 s
	ExternalIP  netip.Addr    // told to axons; an axon on this address is called by 0.0.0.0. None: not told
	MaxResponse int64         // bytes of an answer; 64 MiB
	Concurrency int           // calls of one CallAll at once; 256
	Check       Check         // CheckNothing

	Interceptors []synapse.Interceptor // around every call, first is outermost
	Log          *slog.Logger          // nil is silent
}

// Target is an axon to call.
type Target struct {
	Addr   netip.AddrPort
	Hotkey bt.AccountID
}

// Dendrite calls axons; it is safe for concurrent use. Make it with New, end it with Close.
type Dendrite struct {
	cfg       Config
	hotkey    string
	client    *http.Client
	transport *http.Transport

	mu    sync.Mutex
	lanes map[Target][]*lane // free ones
}

// lane is one uuid: its calls to an axon follow one another.
type lane struct {
	uuid  string
	nonce int64
}

// maxTargets bounds the memory for lanes of axons called once; beyond it the free lanes are forgotten (new uuids are always
// acceptable to an axon).
const maxTargets = 4096

// New makes a dendrite.
func New(cfg Config) (*Dendrite, error) {
	if cfg.Key == nil {
		return nil, errors.New("dendrite: no key; give the hotkey in Config.Key")
	}
	if cfg.Key.Scheme() != keys.Sr25519 {
		return nil, fmt.Errorf("dendrite: hotkey is %v, axons verify only %v", cfg.Key.Scheme(), keys.Sr25519)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = time.Duration(synapse.DefaultTimeout * float64(time.Second))
	}
	if cfg.MaxResponse <= 0 {
		cfg.MaxResponse = 64 << 20
	}
	if cfg.Concurrency <= 0 {
		cfg.Concurrency = 256
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	t := &http.Transport{
		DialContext:            (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        60 * time.Second, // below the axon's, so that we are the side that closes
		DisableCompression:     true,
		MaxResponseHeaderBytes: 256 << 10,
	}
	return &Dendrite{
		cfg:       cfg,
		hotkey:    cfg.Key.Public().String(),
		transport: t,
		client: &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a signed request goes to nobody but its axon
		}},
		lanes: make(map[Target][]*lane),
	}, nil
}

// Close drops the idle connections. Running calls end by themselves.
func (d *Dendrite) Close() { d.transport.CloseIdleConnections() }

func (d *Dendrite) takeLane(t Target) *lane {
	d.mu.Lock()
	defer d.mu.Unlock()
	if free := d.lanes[t]; len(free) > 0 {
		l := free[len(free)-1]
		d.lanes[t] = free[:len(free)-1]
		return l
	}
	return &lane{uuid: newUUID()}
}

func (d *Dendrite) giveLane(t Target, l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.lanes[t]; !ok && len(d.lanes) >= maxTargets {
		clear(d.lanes)
	}
	d.lanes[t] = append(d.lanes[t], l)
}

func (l *lane) next() int64 {
	l.nonce = max(l.nonce+1, time.Now().UnixNano())
	return l.nonce
}

// newUUID is a random UUID (version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Call sends body to one axon and waits for the answer. The message is never nil: its head tells both ends' view, its body
// what came back. The error is a *synapse.Error for every outcome but success.
func Call[T any](ctx context.Context, d *Dendrite, to Target, body T) (*synapse.Message[T], error) {
	m := synapse.New(body)
	return m, d.Do(ctx, to, m)
}

// Result is one axon's part of CallAll.
type Result[T any] struct {
	*synapse.Message[T]
	Err error
}

// CallAll sends body to many axons at once and waits until each has answered or failed. Results come in the order of the
// axons. The body is shared by all requests: it must not change meanwhile.
func CallAll[T any](ctx context.Context, d *Dendrite, to []Target, body T) []Result[T] {
	results := make([]Result[T], len(to))
	slots := make(chan struct{}, d.cfg.Concurrency)
	var wg sync.WaitGroup
	for i := range to {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			results[i].Message, results[i].Err = Call(ctx, d, to[i], body)
		})
	}
	wg.Wait()
	return results
}

// CallStream sends body to an axon that answers piece by piece and gives each piece to each as it comes; an error from each
// ends the call. The pieces are as the network cut them: their borders mean nothing. A piece is valid only until each returns.
func CallStream[T any](ctx context.Context, d *Dendrite, to Target, body T, each func(chunk []byte) error) (*synapse.Message[T], error) {
	m := synapse.New(body)
	return m, d.run(ctx, to, m, each)
}

// Do is Call for a message made elsewhere.
func (d *Dendrite) Do(ctx context.Context, to Target, m synapse.Any) error {
	return d.run(ctx, to, m, nil)
}

func (d *Dendrite) run(ctx context.Context, to Target, m synapse.Any, each func([]byte) error) error {
	if err := m.Class().Err(); err != nil {
		return &synapse.Error{Code: synapse.StatusUnparsed, Message: err.Error()}
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	send := func(ctx context.Context, m synapse.Any) error {
		err := d.send(ctx, to, m, each)
		h := m.Head()
		h.Dendrite.ProcessTime = time.Since(start).Seconds()
		if err != nil {
			var e *synapse.Error
			if !errors.As(err, &e) {
				e = d.failure(ctx, to, h, err)
			}
			h.Dendrite.StatusCode, h.Dendrite.StatusMessage = int(e.Code), e.Message
			err = e
		}
		d.cfg.Log.Debug("call", "name", h.Name, "axon", to.Addr, "hotkey", to.Hotkey, "status", h.Dendrite.StatusCode, "err", err)
		return err
	}
	return synapse.Chain(d.cfg.Interceptors...)(send)(ctx, m)
}

// consumerError keeps an error of the caller's own callback apart from the network's.
type consumerError struct{ error }

func (e consumerError) Unwrap() error { return e.error }

// payloadError marks an answer that broke off or was too large.
type payloadError struct{ error }

func (e payloadError) Unwrap() error { return e.error }

// failure gives an error of the transport the code and words that Python dendrites give it.
func (d *Dendrite) failure(ctx context.Context, to Target, h *synapse.Info, err error) *synapse.Error {
	out := func(code synapse.Status, format string, args ...any) *synapse.Error {
		e := synapse.Errorf(code, format, args...)
		e.Err = err
		return e
	}
	var op *net.OpError
	var mine consumerError
	var payload payloadError
	var netErr net.Error
	switch {
	case errors.As(err, &mine):
		return out(synapse.StatusUnparsed, "Failed to parse response: %v", mine.error)
	case errors.Is(ctx.Err(), context.Canceled):
		return out(synapse.StatusTimeout, "Request cancelled by the caller")
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		return out(synapse.StatusTimeout, "Request timeout after %s seconds", pyval.FloatText(h.Timeout))
	case errors.As(err, &op) && op.Op == "dial":
		return out(synapse.StatusUnavailable, "Service unavailable at %s/%s", to.Addr, h.Name)
	case errors.As(err, &payload):
		return out(synapse.StatusBadRequest, "Payload error: %v", payload.error)
	case errors.As(err, &netErr) && netErr.Timeout():
		return out(synapse.StatusServerLate, "Server timeout error: %v", err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &op):
		return out(synapse.StatusUnavailable, "Service disconnected: %v", err)
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "malformed MIME"):
		return out(synapse.StatusBadRequest, "Client response error: %v", err)
	default:
		return out(synapse.StatusUnparsed, "Failed to parse response: %v", err)
	}
}

// send does one exchange: sign, post, read.
func (d *Dendrite) send(ctx context.Context, to Target, m synapse.Any, each func([]byte) error) error {
	l := d.takeLane(to)
	defer d.giveLane(to, l)
	req, err := d.request(ctx, to, m, l)
	if err != nil {
		return err
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if each != nil && resp.StatusCode == http.StatusOK {
		err = d.readStream(resp, m, each)
	} else {
		err = d.readAnswer(resp, m)
	}
	if err != nil {
		return err
	}
	return d.conclude(resp, to, m)
}

func (d *Dendrite) request(ctx context.Context, to Target, m synapse.Any, l *lane) (*http.Request, error) {
	h := m.Head()
	h.Timeout = d.cfg.Timeout.Seconds()
	h.Dendrite = synapse.Terminal{Version: synapse.Version, Nonce: l.next(), UUID: l.uuid, Hotkey: d.hotkey}
	if d.cfg.ExternalIP.IsValid() {
		h.Dendrite.IP = d.cfg.ExternalIP.String()
	}
	h.Axon = synapse.Terminal{IP: to.Addr.Addr().String(), Port: int(to.Addr.Port()), Hotkey: to.Hotkey.String()}
	enc, err := synapse.Encode(m)
	if err != nil {
		return nil, err
	}
	if h.ComputedBodyHash, err = enc.BodyHash(); err != nil {
		return nil, err
	}
	h.Dendrite.Signature = synapse.Sign(d.cfg.Key, synapse.RequestText(h, h.Axon.Hotkey))
	body, err := enc.JSON()
	if err != nil {
		return nil, err
	}
	host := to.Addr
	if d.cfg.ExternalIP.IsValid() && host.Addr() == d.cfg.ExternalIP {
		host = netip.AddrPortFrom(netip.IPv4Unspecified(), host.Port())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host.String()+"/"+h.Name, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	h.TotalSize = int64(len(body))
	enc.AddHeaders(req.Header, h.ComputedBodyHash)
	req.Header.Set("Content-Type", "application/json")
	return req, nil
}

// readAnswer takes over what a whole answer says.
func (d *Dendrite) readAnswer(resp *http.Response, m synapse.Any) error {
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "application/json" {
		return fmt.Errorf("%d, attempt to decode JSON with unexpected content type %q", resp.StatusCode, kind)
	}
	data, err := d.read(resp)
	if err != nil {
		return err
	}
	h := m.Head()
	if resp.StatusCode == http.StatusOK {
		got, err := synapse.Decode(m, data)
		if err != nil {
			return err
		}
		if err := got.Fill(m, true); err != nil {
			return err
		}
		head := got.Head()
		h.Axon.Merge(&head.Axon)
		return nil
	}
	h.Axon.StatusCode = resp.StatusCode
	var e struct {
		Message string `json:"message"`
	}
	v, err := pyval.Parse(data)
	if err == nil {
		err = pyval.Into(v, &e)
	}
	if err != nil {
		return err
	}
	h.Axon.StatusMessage = e.Message
	return nil
}

// read takes the body whole, in a buffer of the announced size.
func (d *Dendrite) read(resp *http.Response) ([]byte, error) {
	limit := d.cfg.MaxResponse
	if resp.ContentLength > limit {
		return nil, payloadError{fmt.Errorf("answer of %d bytes, at most %d", resp.ContentLength, limit)}
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, payloadError{err}
	}
	if int64(len(data)) > limit {
		return nil, payloadError{fmt.Errorf("answer longer than %d bytes", limit)}
	}
	return data, nil
}

func (d *Dendrite) readStream(resp *http.Response, m synapse.Any, each func([]byte) error) error {
	m.Head().Axon.StatusCode = resp.StatusCode
	buf := make([]byte, 32<<10)
	var total int64
	for {
		n, err := resp.Body.Read(buf)
		if total += int64(n); total > d.cfg.MaxResponse {
			return payloadError{fmt.Errorf("answer longer than %d bytes", d.cfg.MaxResponse)}
		}
		if n > 0 {
			if err := each(buf[:n]); err != nil {
				return consumerError{err}
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return payloadError{err}
		}
	}
}

// conclude merges the answer's headers, checks its signature and turns its status into the outcome. What identifies the two
// ends stays as we sent it: an axon cannot rename itself or us.
func (d *Dendrite) conclude(resp *http.Response, to Target, m synapse.Any) error {
	h := m.Head()
	sent := *h
	hash := h.ComputedBodyHash
	if err := h.ReadHeaders(resp.Header); err != nil {
		return err
	}
	h.ComputedBodyHash, h.Timeout = hash, d.cfg.Timeout.Seconds()
	h.Dendrite.Nonce, h.Dendrite.UUID, h.Dendrite.Hotkey = sent.Dendrite.Nonce, sent.Dendrite.UUID, d.hotkey
	h.Dendrite.Version, h.Dendrite.Signature = sent.Dendrite.Version, sent.Dendrite.Signature
	h.Axon.Hotkey = to.Hotkey.String()
	h.Dendrite.StatusCode, h.Dendrite.StatusMessage = h.Axon.StatusCode, h.Axon.StatusMessage
	if err := d.check(resp, h); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return synapse.Errorf(synapse.Status(resp.StatusCode), "%s", h.Axon.StatusMessage)
	}
	return nil
}

func (d *Dendrite) check(resp *http.Response, h *synapse.Info) error {
	if d.cfg.Check == CheckNothing {
		return nil
	}
	// Read the signature from the headers alone: the JSON body could repeat an older one.
	var said synapse.Info
	if err := said.ReadHeaders(resp.Header); err != nil {
		return err
	}
	if said.Axon.Signature == "" {
		if d.cfg.Check == CheckRequired && resp.StatusCode == http.StatusOK {
			return synapse.Errorf(synapse.StatusUnauthorized, "The axon did not sign its answer")
		}
		return nil
	}
	age := time.Since(time.Unix(0, said.Axon.Nonce))
	if limit := d.cfg.Timeout + 30*time.Second; age > limit || -age > limit {
		return synapse.Errorf(synapse.StatusUnauthorized, "The axon's nonce is %.0f seconds off, at most %.0f", age.Seconds(), limit.Seconds())
	}
	said.Dendrite.Hotkey, said.Axon.Hotkey = h.Dendrite.Hotkey, h.Axon.Hotkey
	if err := synapse.Verify(h.Axon.Hotkey, synapse.ResponseText(&said), said.Axon.Signature); err != nil {
		return &synapse.Error{Code: synapse.StatusUnauthorized, Message: "The axon's signature on its answer is not good", Err: err}
	}
	return nil
}
