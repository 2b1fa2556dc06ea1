// Package axon serves synapses over HTTP: a neuron attaches a handler for each class of message, with hooks that refuse,
// verify and rank callers. Python dendrites (bittensor 10) can call it unmodified.
//
// Every request passes preprocess, blacklist, verify, body, priority and forward, in this order. Beyond what the Python axon
// does, all memory and time that a stranger can claim is bounded: headers, bodies, connections, the waiting queue, the nonce
// table, and each wait on a slow peer. A handler sees only what the signature covers as the caller's identity.
//
// Deliberately not here: publishing the endpoint on the chain (package subtensor), calling axons (package dendrite), and
// metrics registries (Config.Observe hands out what they need).
package axon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/synapse"
)

// Config says how an axon serves. Only Key is needed; every other zero value means the default named beside it.
type Config struct {
	Key  *keys.Pair // the hotkey, sr25519
	Addr string     // where Run listens; ":8091"

	Workers    int           // handlers running at once; 10
	QueueLen   int           // requests waiting for a worker, the least important is turned away; 1024
	QueueWait  time.Duration // longest wait for a worker; 12 s, one block
	MaxTimeout time.Duration // longest timeout that a caller can claim, and the age at which a nonce is forgotten; 2 min
	MaxBody    int64         // bytes of a request body; 16 MiB
	MaxConns   int           // open connections, later ones wait unaccepted; 1024

	ReadTimeout  time.Duration // for a body to arrive, and for a slow reader to take each piece of an answer; 15 s
	IdleTimeout  time.Duration // for the next request on an open connection; 75 s
	DrainTimeout time.Duration // for running handlers to finish at the end, then their contexts are cancelled; 5 s

	Nonces NonceConfig // against replays

	Interceptors []synapse.Interceptor // around every recognised request, first is outermost
	Observe      func(Event)           // told of every answered request, recognised or not; must be fast
	Log          *slog.Logger          // nil is silent
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	num := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	if c.Addr == "" {
		c.Addr = ":8091"
	}
	num(&c.Workers, 10)
	num(&c.QueueLen, 1024)
	num(&c.MaxConns, 1024)
	if c.MaxBody <= 0 {
		c.MaxBody = 16 << 20
	}
	def(&c.QueueWait, 12*time.Second)
	def(&c.MaxTimeout, 2*time.Minute)
	def(&c.ReadTimeout, 15*time.Second)
	def(&c.IdleTimeout, 75*time.Second)
	def(&c.DrainTimeout, 5*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Event tells how one request went.
type Event struct {
	Name     string         // route; of an unknown class what the caller asked for
	Hotkey   string         // as the caller claims; proven only if the request passed verification
	Remote   string         // ip:port
	Status   synapse.Status // of the answer
	Err      error          // the whole reason, more than the caller is told
	Duration time.Duration
	BytesIn  int64 // of the body
	BytesOut int64 // of the body
}

// Hooks are what a neuron hangs on a class besides its forward function. Each may be nil.
type Hooks[T any] struct {
	// Blacklist refuses a caller, with a reason that it is told. It runs before the signature is verified and the body
	// read: only the head is filled, and the caller's hotkey is a claim. nil refuses nobody.
	Blacklist func(ctx context.Context, m *synapse.Message[T]) (refused bool, reason string)
	// Verify takes the place of the signature and nonce check. nil is that check.
	Verify func(ctx context.Context, m *synapse.Message[T]) error
	// Priority ranks requests that wait for a worker: higher goes first, equal ones in order of arrival. nil is 0.
	Priority func(ctx context.Context, m *synapse.Message[T]) float64
}

// Forward answers a request by filling m. The context ends with the caller's timeout. A *synapse.Error tells the caller its
// code and message; any other error becomes an anonymous status 500 and goes to the log. A handler that outlives its context
// keeps its worker.
type Forward[T any] func(ctx context.Context, m *synapse.Message[T]) error

// Stream answers piece by piece: each Send goes out at once. An error before the first Send is answered as Forward's is;
// after it the connection is cut, so that the caller notices.
type Stream[T any] func(ctx context.Context, m *synapse.Message[T], send func(chunk []byte) error) error

// Axon is an http.Handler with a life of its own. Make it with New, Attach classes, then Run it, or mount it elsewhere.
type Axon struct {
	cfg    Config
	hotkey string
	uuid   string
	nonces *nonceTable
	queue  *queue

	mu      sync.RWMutex
	routes  map[string]*route
	names   []string // in order of attachment
	cancel  context.CancelFunc
	stopped chan struct{} // of the running Serve, nil while none
	addr    net.Addr
	closed  bool
}

// New makes an axon that serves the Ping class.
func New(cfg Config) (*Axon, error) {
	if cfg.Key == nil {
		return nil, errors.New("axon: no key; give the hotkey in Config.Key")
	}
	if cfg.Key.Scheme() != keys.Sr25519 {
		return nil, fmt.Errorf("axon: hotkey is %v, callers verify only %v", cfg.Key.Scheme(), keys.Sr25519)
	}
	cfg = cfg.withDefaults()
	a := &Axon{
		cfg:    cfg,
		hotkey: cfg.Key.Public().String(),
		uuid:   newUUID(),
		nonces: newNonceTable(cfg.Nonces, cfg.MaxTimeout),
		queue:  newQueue(cfg.Workers, cfg.QueueLen),
		routes: make(map[string]*route),
	}
	ping := func(context.Context, *synapse.Message[synapse.Ping]) error { return nil }
	if err := Attach(a, ping, Hooks[synapse.Ping]{}); err != nil {
		return nil, err
	}
	a.routes["Synapse"].direct = true
	return a, nil
}

// Attach serves class T by forward. A class that is already attached is replaced.
func Attach[T any](a *Axon, forward Forward[T], hooks Hooks[T]) error {
	r, err := newRoute(hooks)
	if err != nil {
		return err
	}
	r.forward = func(ctx context.Context, m synapse.Any, _ func([]byte) error) error {
		return forward(ctx, m.(*synapse.Message[T]))
	}
	a.attach(r)
	return nil
}

// AttachStream serves class T by a streaming handler.
func AttachStream[T any](a *Axon, stream Stream[T], hooks Hooks[T]) error {
	r, err := newRoute(hooks)
	if err != nil {
		return err
	}
	r.streams = true
	r.forward = func(ctx context.Context, m synapse.Any, send func([]byte) error) error {
		return stream(ctx, m.(*synapse.Message[T]), send)
	}
	a.attach(r)
	return nil
}

func (a *Axon) attach(r *route) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.routes[r.name]; !ok {
		a.names = append(a.names, r.name)
	}
	a.routes[r.name] = r
}

// route is an attached class with the type parameter taken off.
type route struct {
	name      string
	direct    bool // needs no worker
	streams   bool
	make      func() synapse.Any
	blacklist func(context.Context, synapse.Any) (bool, string)
	verify    func(context.Context, synapse.Any) error
	priority  func(context.Context, synapse.Any) float64
	forward   func(context.Context, synapse.Any, func([]byte) error) error
}

func newRoute[T any](hooks Hooks[T]) (*route, error) {
	var body T
	proto := synapse.New(body)
	if err := proto.Class().Err(); err != nil {
		return nil, err
	}
	r := &route{
		name: proto.Name,
		make: func() synapse.Any { var body T; return synapse.New(body) },
	}
	if hooks.Blacklist != nil {
		r.blacklist = func(ctx context.Context, m synapse.Any) (bool, string) {
			return hooks.Blacklist(ctx, m.(*synapse.Message[T]))
		}
	}
	if hooks.Verify != nil {
		r.verify = func(ctx context.Context, m synapse.Any) error { return hooks.Verify(ctx, m.(*synapse.Message[T])) }
	}
	if hooks.Priority != nil {
		r.priority = func(ctx context.Context, m synapse.Any) float64 {
			return hooks.Priority(ctx, m.(*synapse.Message[T]))
		}
	}
	return r, nil
}

// Hotkey is the account that the axon signs with and that callers must address.
func (a *Axon) Hotkey() bt.AccountID { return a.cfg.Key.Public() }

// Verify is the check that stands where Hooks.Verify is nil: nonce and signature of m's caller. A hook can call it and add.
// It consumes the nonce: once per request.
func (a *Axon) Verify(m synapse.Any) error {
	h := m.Head()
	return a.nonces.use(h, time.Now(), func() error {
		if h.Dendrite.Signature == "" {
			return errNoSign
		}
		if len(h.ComputedBodyHash) > 64 {
			return errLongHash
		}
		msg := synapse.RequestText(h, a.hotkey)
		if err := synapse.Verify(h.Dendrite.Hotkey, msg, h.Dendrite.Signature); err != nil {
			return toldf("Signature mismatch with %s and %s", msg, clip(h.Dendrite.Signature))
		}
		return nil
	})
}

func clip(s string) string {
	if len(s) > 160 {
		return s[:160] + "…"
	}
	return s
}

// newUUID is a random UUID (version 4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Addr is where the axon listens; nil before Run or Serve.
func (a *Axon) Addr() net.Addr {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.addr
}

// Run listens on Config.Addr and serves until ctx ends or Close is called. It returns nil then, and only after every
// connection and handler is done.
func (a *Axon) Run(ctx context.Context) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", a.cfg.Addr)
	if err != nil {
		return fmt.Errorf("axon: %w", err)
	}
	return a.Serve(ctx, ln)
}

// ErrClosed is returned by Run and Serve of an axon that is closed or already serving.
var ErrClosed = errors.New("axon: closed, or already serving")

// Serve is Run on a listener, which it closes.
func (a *Axon) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.mu.Lock()
	if a.closed || a.stopped != nil {
		a.mu.Unlock()
		return errors.Join(ErrClosed, ln.Close())
	}
	stopped := make(chan struct{})
	a.cancel, a.stopped, a.addr = cancel, stopped, ln.Addr()
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.stopped, a.cancel = nil, nil
		a.mu.Unlock()
		close(stopped)
	}()

	base, cancelBase := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelBase()
	var handlers sync.WaitGroup
	srv := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handlers.Add(1)
			defer handlers.Done()
			a.ServeHTTP(w, r)
		}),
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       a.cfg.IdleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.cfg.Log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(newLimitListener(ln, a.cfg.MaxConns)) }()
	select {
	case err := <-failed:
		cancelBase()
		handlers.Wait()
		return fmt.Errorf("axon: %w", err)
	case <-ctx.Done():
	}
	drain, cancelDrain := context.WithTimeout(context.Background(), a.cfg.DrainTimeout)
	defer cancelDrain()
	err := srv.Shutdown(drain)
	cancelBase()
	if err != nil {
		err = srv.Close()
	}
	handlers.Wait()
	<-failed
	return err
}

// Close ends a running Run or Serve and waits for it; none can be started afterwards.
func (a *Axon) Close() error {
	a.mu.Lock()
	a.closed = true
	cancel, stopped := a.cancel, a.stopped
	a.mu.Unlock()
	if stopped != nil {
		cancel()
		<-stopped
	}
	return nil
}

// limitListener accepts a connection only while fewer than cap(slots) are open.
type limitListener struct {
	net.Listener
	slots chan struct{}
	done  chan struct{}
	once  sync.Once
}

func newLimitListener(ln net.Listener, n int) *limitListener {
	return &limitListener{Listener: ln, slots: make(chan struct{}, n), done: make(chan struct{})}
}

func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitConn{Conn: c, release: sync.OnceFunc(func() { <-l.slots })}, nil
}

func (l *limitListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

type limitConn struct {
	net.Conn
	release func()
}

func (c *limitConn) Close() error {
	err := c.Conn.Close()
	c.release()
	return err
}
