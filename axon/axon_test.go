package axon

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/synapse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type work struct {
	Text  string `json:"text" synapse:"required,hash"`
	Level int    `json:"level" synapse:"hash"`
}

func pairOf(t testing.TB, uri string) *keys.Pair {
	t.Helper()
	p, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newAxon(t testing.TB, cfg Config, forward Forward[work], hooks Hooks[work]) *Axon {
	t.Helper()
	cfg.Key = pairOf(t, "//Bob")
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := Attach(a, forward, hooks); err != nil {
		t.Fatal(err)
	}
	return a
}

func nop(context.Context, *synapse.Message[work]) error { return nil }

// request is a request as a dendrite would sign it; change alters it before it is printed.
func request(t testing.TB, a *Axon, body work, change func(*synapse.Info)) *http.Request {
	t.Helper()
	alice := pairOf(t, "//Alice")
	m := synapse.New(body)
	m.Dendrite = synapse.Terminal{Version: synapse.Version, Nonce: time.Now().UnixNano(), UUID: "u", Hotkey: alice.Public().String()}
	enc, err := synapse.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	m.ComputedBodyHash, _ = enc.BodyHash()
	m.Dendrite.Signature = synapse.Sign(alice, synapse.RequestText(&m.Info, a.Hotkey().String()))
	if change != nil {
		change(&m.Info)
	}
	data, err := enc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/work", bytes.NewReader(data))
	enc.AddHeaders(r.Header, m.ComputedBodyHash)
	return r
}

func TestAnswers(t *testing.T) {
	var event Event
	forward := func(_ context.Context, m *synapse.Message[work]) error {
		switch m.Body.Text {
		case "teapot":
			m.Axon.StatusCode, m.Axon.StatusMessage = 418, "short\nand stout \u2603"
		case "busy":
			return synapse.Errorf(503, "later")
		case "error":
			return errors.New("secret")
		case "status":
			m.Axon.StatusCode = 42
		}
		return nil
	}
	a := newAxon(t, Config{MaxBody: 1000, Observe: func(e Event) { event = e }}, forward, Hooks[work]{})
	for _, c := range []struct {
		name, text string
		change     func(*synapse.Info)
		edit       func(*http.Request)
		code       int
		body       string
	}{
		{name: "success", text: "x", code: 200, body: `{"name":"work","timeout":12.0,`},
		{name: "own status", text: "teapot", code: 418, body: `{"name":"work"`},
		{name: "own error", text: "busy", code: 503, body: `{"message":"later"}`},
		{name: "inner error", text: "error", code: 500, body: `{"message":"Internal Server Error #`},
		{name: "impossible status", text: "status", code: 500, body: `{"message":"Internal Server Error #`},
		{name: "no nonce", change: func(h *synapse.Info) { h.Dendrite.Nonce = 0 }, code: 401, body: `{"message":"Not Verified with error: Missing Nonce"}`},
		{name: "no signature", change: func(h *synapse.Info) { h.Dendrite.Signature = "" }, code: 401, body: `{"message":"Not Verified with error: Missing Signature"}`},
		{name: "other hash", change: func(h *synapse.Info) { h.ComputedBodyHash = "00" }, code: 401, body: `{"message":"Not Verified with error: Signature mismatch with `},
		{name: "bad hotkey", change: func(h *synapse.Info) { h.Dendrite.Hotkey = "5xyz" }, code: 401, body: `{"message":"Not Verified with error: Signature mismatch`},
		{name: "bad nonce", edit: func(r *http.Request) { r.Header["bt_header_dendrite_nonce"] = []string{"soon"} }, code: 400, body: `{"message":"Improperly formatted request. Could not parse headers`},
		{name: "other body", edit: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"text": "y", "level": 0}`)) }, code: 500, body: `{"message":"Internal Server Error #`},
		{name: "no JSON", edit: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("hi")) }, code: 500, body: `{"message":"Internal Server Error #`},
		{name: "large body", text: strings.Repeat("x", 1000), code: 413, body: `{"message":"Request body is larger than 1000 bytes"}`},
		{name: "large body, length not told", text: strings.Repeat("x", 1000), edit: func(r *http.Request) { r.ContentLength = -1 }, code: 413, body: `{"message":"Request body is larger than 1000 bytes"}`},
		{name: "method", edit: func(r *http.Request) { r.Method = http.MethodPut }, code: 405, body: `{"detail":"Method Not Allowed"}`},
		{name: "unknown", edit: func(r *http.Request) { r.URL.Path = "/Nothing" }, code: 404, body: `{"message":"Synapse name 'Nothing' not found. Available synapses ['Synapse', 'work']"}`},
		{name: "no path", edit: func(r *http.Request) { r.URL.Path = "*" }, code: 400, body: `{"message":"Improperly formatted request. Could not parser request *."}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t, a, work{Text: c.text}, c.change)
			if c.edit != nil {
				c.edit(r)
			}
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			if w.Code != c.code || !strings.HasPrefix(w.Body.String(), c.body) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.code, c.body)
			}
			if int(event.Status) != w.Code || event.BytesOut != int64(w.Body.Len()) {
				t.Errorf("observed %+v after status %d", event, w.Code)
			}
			for k, v := range w.Header() {
				if strings.HasPrefix(k, "bt_") && strings.ContainsAny(v[0], "\r\n") {
					t.Errorf("header %s: %q", k, v)
				}
			}
			if strings.Contains(fmt.Sprint(w.Header(), w.Body), "secret") {
				t.Error("the answer leaks inner errors")
			}
		})
	}
}

// TestHeadersOnTheSocket looks at the bytes: Python tells header names by case, and refuses doubled ones.
func TestHeadersOnTheSocket(t *testing.T) {
	a := newAxon(t, Config{}, nop, Hooks[work]{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Serve(t.Context(), ln) }()
	defer func() { _ = a.Close(); <-done }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := request(t, a, work{Text: "x"}, nil)
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for s := bufio.NewScanner(conn); s.Scan() && s.Text() != ""; {
		name, _, ok := strings.Cut(s.Text(), ": ")
		if !ok {
			continue
		}
		if low := strings.ToLower(name); seen[low] {
			t.Errorf("header %s twice", name)
		} else if seen[low] = true; low != name && strings.HasPrefix(low, "bt_") {
			t.Errorf("header %s, want %s", name, low)
		}
	}
	for _, want := range []string{"name", "timeout", "bt_header_axon_status_code", "bt_header_axon_signature", "bt_header_input_obj_text", "computed_body_hash", "content-length"} {
		if !seen[want] {
			t.Errorf("no header %s", want)
		}
	}
}

func TestNonces(t *testing.T) {
	const second = int64(time.Second)
	now := time.Unix(1_800_000_000, 0)
	base := now.UnixNano()
	yes := func() error { return nil }
	head := func(hotkey, uuid string, nonce int64, timeout float64) *synapse.Info {
		return &synapse.Info{Timeout: timeout, Dendrite: synapse.Terminal{Hotkey: hotkey, UUID: uuid, Nonce: nonce, Version: synapse.Version}}
	}
	n := newNonceTable(NonceConfig{MaxPairs: 4, MaxPerKey: 2}, time.Minute)
	for i, c := range []struct {
		head *synapse.Info
		err  string
	}{
		{head("a", "1", base-15*second, 12), ""},
		{head("a", "1", base-15*second, 12), "newer one was last processed"},
		{head("a", "1", base-14*second, 0), ""}, // known pairs need only rise
		{head("b", "1", base-16*second, 12), "Nonce is too old: acceptable delta is 16.00 seconds but request was 16.00 seconds old"},
		{head("b", "1", base-70*second, 1e9), "acceptable delta is 64.00 seconds"}, // the timeout is capped
		{head("b", "1", base, -5), ""},
		{head("b", "2", base+31*second, 12), "too new"},
		{head("b", "2", base+29*second, 12), ""},
		{head("b", "3", base, 12), "Too many uuids"},
		{head("c", "1", base, 12), ""},
		{head("d", "1", base, 12), "Too many callers"},
		{head("a", strings.Repeat("u", 65), base, 12), "too long"},
		{head("e", "1", 0, 12), "Missing Nonce"},
	} {
		err := n.use(c.head, now, yes)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%d: %v, want %q", i, err, c.err)
		}
	}
	bad := errors.New("bad signature")
	if err := n.use(head("a", "1", base, 12), now, func() error { return bad }); !errors.Is(err, bad) {
		t.Error(err)
	}
	if err := n.use(head("a", "1", base, 12), now, yes); err != nil {
		t.Error("a bad signature used up the nonce:", err)
	}
	now = now.Add(65 * time.Second) // all but b:2 are stale now
	if err := n.use(head("d", "1", now.UnixNano(), 12), now, yes); err != nil || len(n.last) != 2 || len(n.perKey) != 2 {
		t.Errorf("after pruning: %v, %v, %v", err, n.last, n.perKey)
	}

	old := head("z", "1", 5, 12)
	old.Dendrite.Version = 6_000_000
	if err := n.use(old, now, yes); err == nil {
		t.Error("an old-style nonce passed by default")
	}
	n = newNonceTable(NonceConfig{AllowOld: true}, time.Minute)
	if err := n.use(old, now, yes); err != nil {
		t.Error(err)
	}
	if err := n.use(old, now, yes); err == nil {
		t.Error("an old-style nonce passed twice")
	}
}

// TestNoReplayEver: whatever the order of requests and the flow of time, no nonce of a pair passes twice.
func TestNoReplayEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := newNonceTable(NonceConfig{MaxPairs: 3, MaxPerKey: 2, MaxAhead: 10 * time.Second}, 20*time.Second)
		now := time.Unix(1_800_000_000, 0)
		used := make(map[string]bool)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "pause")) * time.Second)
			h := &synapse.Info{Timeout: float64(rapid.IntRange(0, 100).Draw(t, "timeout"))}
			h.Dendrite = synapse.Terminal{
				Version: rapid.SampledFrom([]int{0, synapse.Version}).Draw(t, "version"),
				Hotkey:  rapid.SampledFrom([]string{"a", "b"}).Draw(t, "hotkey"), UUID: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "uuid"),
				Nonce: (1_800_000_000 + int64(rapid.IntRange(-50, 150).Draw(t, "nonce"))) * int64(time.Second),
			}
			id := fmt.Sprint(h.Dendrite.Hotkey, h.Dendrite.UUID, h.Dendrite.Nonce)
			if n.use(h, now, func() error { return nil }) == nil {
				if used[id] {
					t.Fatalf("%s passed twice", id)
				}
				used[id] = true
			}
			if len(n.last) > 3 {
				t.Fatalf("%d pairs, at most 3", len(n.last))
			}
		}
	})
}

func TestPriorityOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 4)
		if err := q.acquire(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []float64
		var wg sync.WaitGroup
		results := make(map[float64]error)
		for _, p := range []float64{1, 5, 3, 3.5, 4, 0.5} { // 4 displaces 1, 0.5 finds no place
			wg.Go(func() {
				err := q.acquire(t.Context(), p)
				mu.Lock()
				defer mu.Unlock()
				results[p] = err
				if err == nil {
					order = append(order, p)
					q.release()
				}
			})
			synctest.Wait()
		}
		q.release()
		wg.Wait()
		if want := []float64{5, 4, 3.5, 3}; !slices.Equal(order, want) {
			t.Errorf("served %v, want %v", order, want)
		}
		if !errors.Is(results[1], errOverloaded) || !errors.Is(results[0.5], errOverloaded) {
			t.Errorf("displaced and late: %v, %v", results[1], results[0.5])
		}
		if q.free != 1 || len(q.waiting) != 0 {
			t.Errorf("%d free, %d waiting at the end", q.free, len(q.waiting))
		}
	})
}

func TestQueueWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 4)
		_ = q.acquire(t.Context(), 0)
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		start := time.Now()
		if err := q.acquire(ctx, 9); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 12*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		q.release()
		if q.free != 1 {
			t.Errorf("%d free, want 1", q.free)
		}
	})
}

func TestQueueTimeoutIsAnswered(t *testing.T) {
	hold := make(chan struct{})
	entered := make(chan struct{})
	a := newAxon(t, Config{Workers: 1, QueueWait: 20 * time.Millisecond}, func(context.Context, *synapse.Message[work]) error {
		close(entered)
		<-hold
		return nil
	}, Hooks[work]{Priority: func(_ context.Context, m *synapse.Message[work]) float64 { return float64(m.Body.Level) }})
	var wg sync.WaitGroup
	wg.Go(func() { a.ServeHTTP(httptest.NewRecorder(), request(t, a, work{}, nil)) })
	<-entered
	w := httptest.NewRecorder()
	a.ServeHTTP(w, request(t, a, work{Level: 9}, nil))
	if w.Code != 408 || w.Body.String() != `{"message":"Response timeout after: 12.0s"}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	close(hold)
	wg.Wait()
}

func TestSlowAndManyPeers(t *testing.T) {
	a := newAxon(t, Config{ReadTimeout: 50 * time.Millisecond, MaxConns: 1, DrainTimeout: 50 * time.Millisecond}, nop, Hooks[work]{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Serve(t.Context(), ln) }()
	var whole bytes.Buffer
	if err := request(t, a, work{Text: "x"}, nil).Write(&whole); err != nil {
		t.Fatal(err)
	}
	slow, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := slow.Write(whole.Bytes()[:whole.Len()-5]); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil || answer.StatusCode != 400 {
		t.Fatalf("slow body: %v, %v", answer, err)
	}
	answer.Body.Close()
	second, err := net.Dial("tcp", ln.Addr().String()) // waits for the first to go, and must not keep the axon from ending
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := a.Run(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("run after close: %v", err)
	}
}

func TestCloseCancelsHandlers(t *testing.T) {
	entered := make(chan struct{})
	a := newAxon(t, Config{Addr: "127.0.0.1:0", DrainTimeout: 10 * time.Millisecond}, func(ctx context.Context, _ *synapse.Message[work]) error {
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	}, Hooks[work]{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	for a.Addr() == nil {
		time.Sleep(time.Millisecond)
	}
	conn, err := net.Dial("tcp", a.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := request(t, a, work{}, nil).Write(conn); err != nil {
		t.Fatal(err)
	}
	<-entered
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzServe(f *testing.F) {
	a := newAxon(f, Config{Log: nil}, nop, Hooks[work]{Verify: func(context.Context, *synapse.Message[work]) error { return nil }})
	f.Add("/work", "bt_header_dendrite_nonce", "1", []byte(`{"text": "x"}`))
	f.Add("/", "timeout", "1e300", []byte(`{}`))
	f.Fuzz(func(t *testing.T, path, key, val string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/work", bytes.NewReader(body))
		r.URL.Path = path
		r.Header[key] = []string{val}
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 599 {
			t.Fatalf("status %d", w.Code)
		}
	})
}
