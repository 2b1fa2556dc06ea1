package jsonrpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// Config bounds what clients can cost. The zero value of a field takes the default that is named.
type Config struct {
	MaxMessage       int64         // bytes of one request or batch; 15 MiB
	MaxAnswer        int           // bytes of one answer, that of a batch in whole; 15 MiB
	MaxBatch         int           // calls in a batch; 1,000
	MaxConnections   int           // WebSocket connections; 5,000
	MaxSubscriptions int           // per connection; 1,024
	MaxCalls         int           // under way per connection; 32
	MaxUnread        int           // bytes of output a WebSocket client may leave unread before it is cut off; 32 MiB
	MaxUnreadAll     int64         // the same of all clients together, beyond which those with the most are cut off; 256 MiB
	Ping             time.Duration // between pings of idle WebSocket clients; 20 s
	Origins          []string      // browser origins that may connect, such as https://polkadot.js.org or http://localhost:*; nil allows all
	Log              *slog.Logger  // nil is silent

	// Observe, if set, hears of every finished call: its method ("?" when unknown), how long it took until its answer was written down, and
	// whether it failed.
	Observe func(method string, took time.Duration, failed bool)
}

func (c Config) withDefaults() Config {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	if c.MaxMessage == 0 {
		c.MaxMessage = 15 << 20
	}
	def(&c.MaxAnswer, 15<<20)
	def(&c.MaxBatch, 1000)
	def(&c.MaxConnections, 5000)
	def(&c.MaxSubscriptions, 1024)
	def(&c.MaxCalls, 32)
	def(&c.MaxUnread, 32<<20)
	if c.MaxUnreadAll == 0 {
		c.MaxUnreadAll = 256 << 20
	}
	if c.Ping == 0 {
		c.Ping = 20 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Server is an http.Handler for both transports: WebSocket upgrades and HTTP POST.
type Server struct {
	cfg     Config
	methods *Registry
	heavy   chan struct{} // a place for each call of a heavy method under way: fewer than there are cores
	line    chan struct{} // a place for each call under way of those whose client has another one under way

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex // orders wg.Add against Close
	closed bool

	connections   atomic.Int64
	subscriptions atomic.Int64
	unread        atomic.Int64 // bytes that WebSocket clients have not read
	lastSub       atomic.Uint64
}

// NewServer serves the methods of a registry, which must not change afterwards.
func NewServer(methods *Registry, cfg Config) *Server {
	cores := runtime.GOMAXPROCS(0)
	s := &Server{cfg: cfg.withDefaults(), methods: methods, heavy: make(chan struct{}, max(cores-1, 1)), line: make(chan struct{}, 2*cores)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Connections and Subscriptions are what is open now.
func (s *Server) Connections() int64 { return s.connections.Load() }

// MaxConnections is how many clients may be connected at once.
func (s *Server) MaxConnections() int { return s.cfg.MaxConnections }

// Subscriptions is the number of subscriptions open now.
func (s *Server) Subscriptions() int64 { return s.subscriptions.Load() }

// Unread is how many bytes of output WebSocket clients have not read.
func (s *Server) Unread() int64 { return s.unread.Load() }

// Close ends all connections and blocks until their goroutines are gone.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
}

// enter counts a request in; it refuses after Close.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Add(1)
	return true
}

// ServeHTTP upgrades WebSocket clients and answers POST.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		http.Error(w, "the node is shutting down", http.StatusServiceUnavailable)
		return
	}
	defer s.wg.Done()
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		s.serveSocket(w, r)
		return
	}
	s.cors(w, r)
	switch r.Method {
	case http.MethodPost:
		s.servePost(w, r)
	case http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", "POST, OPTIONS")
		http.Error(w, "this is a JSON-RPC endpoint: POST a request or connect by WebSocket", http.StatusMethodNotAllowed)
	}
}

func (s *Server) cors(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" || !s.allowed(origin) {
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Vary", "Origin")
	h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Content-Type")
}

func (s *Server) allowed(origin string) bool {
	if s.cfg.Origins == nil {
		return true
	}
	for _, o := range s.cfg.Origins {
		if o == origin || o == "*" || anyPort(o, origin) {
			return true
		}
	}
	return false
}

// anyPort is whether an allowed origin leaves the port open, as http://localhost:* does, and covers one with a port or without.
func anyPort(allowed, origin string) bool {
	prefix, ok := strings.CutSuffix(allowed, ":*")
	if !ok {
		return false
	}
	rest, ok := strings.CutPrefix(origin, prefix)
	if !ok || rest == "" {
		return ok
	}
	port, ok := strings.CutPrefix(rest, ":")
	return ok && port != "" && strings.Trim(port, "0123456789") == ""
}

func (s *Server) servePost(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	patience := http.NewResponseController(w) // where deadlines cannot be set, nobody is waited for
	_ = patience.SetReadDeadline(time.Now().Add(bodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.MaxMessage))
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			w.Write(failure(nil, Errorf(CodeOversized, "Request is too big: at most %d bytes", s.cfg.MaxMessage)).bytes())
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		w.Write(failure(nil, Errorf(CodeParse, "Parse error: %v", err)).bytes())
		return
	}
	out, answered := s.handle(r.Context(), body, nil)
	if !answered {
		w.WriteHeader(http.StatusNoContent) // only notifications
		return
	}
	_ = patience.SetWriteDeadline(time.Now().Add(bodyTime))
	w.Header().Set("Content-Length", strconv.Itoa(out.len()))
	w.Write(out.head)
	w.Write(out.body)
	io.WriteString(w, out.tail)
}

// bodyTime is how long a client may take to send a request, and by HTTP to read the answer.
const bodyTime = time.Minute

// handle answers a request or batch; from is nil over HTTP. answered is false when there is nothing to answer.
func (s *Server) handle(ctx context.Context, body []byte, from *message) (out text, answered bool) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '[' {
		return s.handleOne(ctx, body, from)
	}
	var batch []json.RawMessage
	if err := json.Unmarshal(body, &batch); err != nil {
		return failure(nil, Errorf(CodeParse, "Parse error: %v", err)), true
	}
	switch {
	case len(batch) == 0:
		return failure(nil, Errorf(CodeInvalidRequest, "Invalid request: an empty batch")), true
	case len(batch) > s.cfg.MaxBatch:
		return failure(nil, Errorf(CodeBatchTooLong, "The batch is too long: %d calls, at most %d", len(batch), s.cfg.MaxBatch)), true
	}
	answers := []byte{'['}
	for _, raw := range batch {
		answer, ok := s.handleOne(ctx, raw, from)
		if !ok {
			continue
		}
		if len(answers) > 1 {
			answers = append(answers, ',')
		}
		if len(answers)+answer.len() > s.cfg.MaxAnswer {
			return failure(nil, Errorf(CodeBatchTooBig, "The batch response was too large: more than %d bytes; ask in smaller batches", s.cfg.MaxAnswer)), true
		}
		answers = answer.appendTo(answers)
	}
	return text{head: answers, tail: "]"}, len(answers) > 1
}

func (s *Server) handleOne(ctx context.Context, raw []byte, from *message) (answer text, answered bool) {
	var q request
	if err := json.Unmarshal(raw, &q); err != nil {
		if json.Valid(raw) {
			return failure(nil, Errorf(CodeInvalidRequest, "Invalid request: %v", err)), true
		}
		return failure(nil, Errorf(CodeParse, "Parse error: %v", err)), true
	}
	if q.Method == "" {
		return failure(q.ID, Errorf(CodeInvalidRequest, "Invalid request: no method")), true
	}
	if len(q.ID) > 0 && (q.ID[0] == '{' || q.ID[0] == '[') {
		return failure(nil, Errorf(CodeInvalidRequest, "Invalid request: an id is a string, a number or null")), true
	}
	start, name, failed := time.Now(), q.Method, true
	if s.methods.methods[q.Method] == nil {
		name = "?"
	}
	if s.cfg.Observe != nil {
		defer func() { s.cfg.Observe(name, time.Since(start), failed) }()
	}
	if m := s.methods.methods[q.Method]; m != nil && m.heavy {
		leave, ok := s.enterHeavy(ctx, from)
		if !ok { // the client is gone
			return text{}, false
		}
		defer leave()
	}
	result, err := s.dispatch(ctx, &q, from)
	if len(q.ID) == 0 {
		failed = err != nil
		return text{}, false
	}
	if err != nil {
		return failure(q.ID, err), true
	}
	answer = success(q.ID, result)
	if answer.len() > s.cfg.MaxAnswer {
		return failure(q.ID, Errorf(CodeAnswerTooBig, "Response is too big: %d bytes, at most %d; ask for less at once", answer.len(), s.cfg.MaxAnswer)), true
	}
	failed = false
	return answer, true
}

// enterHeavy waits for a place for a heavy call, which leave gives back; false when ctx ends before. A client that has left much unread gets none: what it
// has is enough.
func (s *Server) enterHeavy(ctx context.Context, from *message) (leave func(), ok bool) {
	for {
		if from != nil {
			from.place.leave() // those who wait here are not to hold up calls that are not heavy
			if !from.conn.caughtUp(ctx) {
				return nil, false
			}
		}
		select {
		case s.heavy <- struct{}{}:
		case <-ctx.Done():
			return nil, false
		}
		if from == nil || !from.conn.behind() { // others of its calls may have been answered since
			return func() { <-s.heavy }, true
		}
		<-s.heavy
	}
}

func (s *Server) dispatch(ctx context.Context, q *request, from *message) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.cfg.Log.Error("a method panicked", "method", q.Method, "panic", r)
			result, err = nil, Errorf(CodeInternal, "Internal error: %v", r)
		}
	}()
	m := s.methods.methods[q.Method]
	if m == nil {
		return nil, Errorf(CodeNoMethod, "Method not found")
	}
	p, err := q.params()
	if err != nil {
		return nil, err
	}
	switch {
	case m.call != nil:
		return m.call(ctx, p)
	case from == nil:
		return nil, Errorf(CodeServer, "Subscriptions need a WebSocket connection")
	case m.unsubscribe:
		var id subscriptionID
		if err := errors.Join(p.Need(1), p.Bind(&id)); err != nil {
			return nil, err
		}
		return from.conn.unsubscribe(string(id)), nil
	}
	return from.subscribe(m, p)
}

// subscriptionID is a string or a number in JSON.
type subscriptionID string

// JSONSchema describes it.
func (subscriptionID) JSONSchema() map[string]any {
	return map[string]any{"oneOf": []any{map[string]any{"type": "string"}, map[string]any{"type": "integer"}}}
}

func (id *subscriptionID) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(id))
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		return errors.New("a subscription's id is a string or a number")
	}
	*id = subscriptionID(n)
	return nil
}

func (s *Server) newSubscriptionID() string { return fmt.Sprintf("my%014x", s.lastSub.Add(1)) }

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if n := s.connections.Add(1); n > int64(s.cfg.MaxConnections) {
		s.connections.Add(-1)
		http.Error(w, fmt.Sprintf("too many connections: at most %d", s.cfg.MaxConnections), http.StatusServiceUnavailable)
		return
	}
	defer s.connections.Add(-1)
	opts := &websocket.AcceptOptions{InsecureSkipVerify: true} // origins are checked here, against full origins rather than hosts
	if origin := r.Header.Get("Origin"); origin != "" && !s.allowed(origin) {
		http.Error(w, fmt.Sprintf("origin %q may not connect", origin), http.StatusForbidden)
		return
	}
	h := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(h, r, opts)
	if err != nil {
		return // Accept has answered
	}
	ws.SetReadLimit(-1) // conn reads with a limit of its own, to answer instead of hanging up
	newConn(s, ws, h.conn).run()
}
