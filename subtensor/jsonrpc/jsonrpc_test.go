package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	server "github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// relay passes connections on to a server, and can cut them.
type relay struct {
	net.Listener
	to    string
	wg    sync.WaitGroup
	mu    sync.Mutex
	conns map[net.Conn]bool
	down  atomic.Bool // new connections are cut at once
	dials atomic.Int32
}

func (r *relay) run() {
	for {
		in, err := r.Accept()
		if err != nil {
			return
		}
		r.dials.Add(1)
		out, err := net.Dial("tcp", r.to)
		if err != nil || r.down.Load() {
			in.Close()
			if out != nil {
				out.Close()
			}
			continue
		}
		r.mu.Lock()
		r.conns[in], r.conns[out] = true, true
		r.mu.Unlock()
		for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
			r.wg.Go(func() {
				_, _ = io.Copy(pair[0], pair[1])
				pair[0].Close()
			})
		}
	}
}

func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		c.Close()
	}
	clear(r.conns)
}

// world is a real server behind a relay.
type world struct {
	relay   *relay
	release chan struct{} // lets "slow" answer
	calls   atomic.Int32  // of "slow"
	ticks   chan int      // what "ticks" subscriptions send
}

func start(t *testing.T, opts Options) (*Client, *world) {
	t.Helper()
	w := &world{release: make(chan struct{}), ticks: make(chan int)}
	methods := server.NewRegistry()
	methods.Call(func(_ context.Context, p server.Params) (any, error) {
		var n int
		if err := p.Bind(&n); err != nil {
			return nil, err
		}
		return n + 1, nil
	}, "next")
	methods.Call(func(ctx context.Context, _ server.Params) (any, error) {
		w.calls.Add(1)
		select {
		case <-w.release:
		case <-ctx.Done():
		}
		return "done", nil
	}, "slow")
	methods.Call(func(context.Context, server.Params) (any, error) {
		return nil, &server.Error{Code: 1010, Message: "Invalid Transaction", Data: "Custom error: 6"}
	}, "refuse")
	methods.Subscription("watch", "tick", "unwatch", func(context.Context, server.Params) (func(context.Context, *server.Sink), error) {
		return func(ctx context.Context, s *server.Sink) {
			for {
				select {
				case n := <-w.ticks:
					s.Send(n)
				case <-ctx.Done():
					return
				}
			}
		}, nil
	})
	s := server.NewServer(methods, server.Config{})
	h := httptest.NewServer(s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.relay = &relay{Listener: l, to: h.Listener.Addr().String(), conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(w.relay.run)
	c, err := Dial(context.Background(), "ws://"+l.Addr().String(), opts)
	t.Cleanup(func() {
		if c != nil {
			c.Close()
		}
		l.Close()
		w.relay.cut()
		wg.Wait()
		w.relay.wg.Wait()
		s.Close()
		h.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestCallsAndErrors(t *testing.T) {
	c, _ := start(t, Options{})
	var wg sync.WaitGroup
	for i := range 500 { // more than MaxOpen
		wg.Go(func() {
			var n int
			if err := c.Call(limit(t), &n, "next", i); err != nil || n != i+1 {
				t.Errorf("next(%d) is %d: %v", i, n, err)
			}
		})
	}
	wg.Wait()
	var answer *Error
	err := c.Call(limit(t), nil, "refuse")
	if !errors.As(err, &answer) || answer.Code != 1010 || answer.Text() != "Custom error: 6" || !strings.Contains(err.Error(), "refuse: node answers: Invalid Transaction: Custom error: 6 (code 1010)") {
		t.Errorf("refusal is %v", err)
	}
	var text string
	if err := c.Call(limit(t), &text, "next", 1); err == nil || !strings.Contains(err.Error(), "not what was asked for") {
		t.Errorf("a number as text: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := c.Call(ctx, nil, "slow"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call past its limit: %v", err)
	}
	if err := c.Call(limit(t), nil, "next", 1); err != nil { // one caller's giving up does not hurt the others
		t.Error(err)
	}
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

func TestReconnectSendsAgainWhatMay(t *testing.T) {
	c, w := start(t, Options{})
	again, once := make(chan error, 1), make(chan error, 1)
	var answer string
	go func() { again <- c.Call(limit(t), &answer, "slow") }()
	go func() { once <- c.CallOnce(limit(t), nil, "slow") }()
	until(t, "both calls", func() bool { return w.calls.Load() == 2 })
	w.relay.cut()
	if err := <-once; !errors.Is(err, ErrFateUnknown) {
		t.Errorf("call that must not be sent twice: %v", err)
	}
	until(t, "the call's return", func() bool { return w.calls.Load() == 3 })
	close(w.release)
	if err := <-again; err != nil || answer != "done" {
		t.Errorf("call sent again: %q, %v", answer, err)
	}
	if n := w.relay.dials.Load(); n != 2 {
		t.Errorf("dialled %d times, want 2", n)
	}
}

func TestSubscriptionsComeBack(t *testing.T) {
	c, w := start(t, Options{})
	s, err := c.Subscribe(limit(t), "watch", "unwatch")
	if err != nil {
		t.Fatal(err)
	}
	once, err := c.SubscribeOnce(limit(t), "watch", "unwatch")
	if err != nil {
		t.Fatal(err)
	}
	w.relay.cut()
	if _, ok := <-once.Notes(); ok || !errors.Is(once.Err(), ErrFateUnknown) {
		t.Errorf("subscription that must not be sent twice ended with %v", once.Err())
	}
	// Ticks that the server still gives to the connection that is gone are lost: they go on until one comes.
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 7; ; {
			select {
			case w.ticks <- n:
			case <-stop:
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	for range 3 {
		var got int
		if err := s.Next(limit(t), &got); err != nil || got != 7 {
			t.Errorf("notification %d, want 7: %v", got, err)
		}
	}
	close(stop)
	<-stopped
	s.Close()
	for range s.Notes() { // what had come before
	}
	if s.Err() != nil {
		t.Errorf("closed subscription: %v", s.Err())
	}
}

func TestSlowReaderEnds(t *testing.T) {
	c, w := start(t, Options{Buffer: 2})
	s, err := c.Subscribe(limit(t), "watch", "unwatch")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		w.ticks <- i
	}
	until(t, "the end", func() bool { return s.Err() != nil })
	if !errors.Is(s.Err(), ErrSlow) {
		t.Error(s.Err())
	}
}

func TestPatienceEnds(t *testing.T) {
	c, w := start(t, Options{Patience: 300 * time.Millisecond})
	w.relay.down.Store(true)
	w.relay.cut()
	if err := c.Call(limit(t), nil, "next", 1); !errors.Is(err, ErrUnreachable) {
		t.Errorf("with the node down: %v", err)
	}
	w.relay.down.Store(false)
	if err := c.Call(limit(t), nil, "next", 1); err != nil {
		t.Errorf("with the node back: %v", err)
	}
}

func TestCloseEndsWhatWaits(t *testing.T) {
	c, w := start(t, Options{})
	waiting := make(chan error, 1)
	go func() { waiting <- c.Call(limit(t), nil, "slow") }()
	until(t, "the call", func() bool { return w.calls.Load() == 1 })
	s, err := c.Subscribe(limit(t), "watch", "unwatch")
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	c.Close()
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := s.Next(limit(t), nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := c.Call(limit(t), nil, "next", 1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestDialTellsWhere(t *testing.T) {
	_, err := Dial(limit(t), "ws://127.0.0.1:1", Options{})
	if err == nil || !strings.Contains(err.Error(), "cannot connect to ws://127.0.0.1:1") {
		t.Error(err)
	}
}

// FuzzMessage gives a client anything as a node's message: it must neither panic nor give a subscriber what is not its own.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"result":7}`, `{"id":"1","result":null}`, `{"id":2,"result":"s"}`, `{"id":1,"error":{"code":1,"message":"m","data":{}}}`,
		`{"method":"tick","params":{"subscription":"s","result":5}}`, `[{"id":1,"result":1},{"id":2,"result":3}]`, `[[[`, `{"id":{}}`,
	} {
		f.Add([]byte(s), []byte(`{"method":"tick","params":{"subscription":3,"result":5}}`))
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		c := &Client{
			pending: map[uint64]*request{}, byID: map[string]*Subscription{}, subs: map[*Subscription]bool{}, outbox: make(chan []byte, 4),
		}
		c.opts.defaults()
		plain := &request{answer: make(chan answer, 1)}
		s := &Subscription{c: c, unsub: "unwatch", notes: make(chan json.RawMessage, 1)}
		opening := &request{sub: s, answer: make(chan answer, 1)}
		for _, r := range []*request{plain, opening} {
			if err := c.register(r, "m", nil); err != nil {
				t.Fatal(err)
			}
		}
		c.subs[s] = true
		c.message(one)
		c.message(two)
		if len(c.pending)+len(plain.answer)+len(opening.answer) != 2 {
			t.Errorf("%d requests wait and %d were answered, want 2 together", len(c.pending), len(plain.answer)+len(opening.answer))
		}
		if len(s.notes) > 0 && !s.opened {
			t.Error("a notification before the subscription was open")
		}
	})
}
