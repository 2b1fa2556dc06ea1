package dendrite_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/axon"
	"github.com/myelin-go/myelin/dendrite"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/synapse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type echo struct {
	Text    string    `json:"text" synapse:"required,hash,frozen"`
	Numbers []float64 `json:"numbers" synapse:"hash"`
	Answer  *string   `json:"answer"`
}

func (echo) SynapseName() string { return "Echo" }

type slow struct {
	Seconds float64 `json:"seconds"`
}

type private struct{}

type fails struct{}

type tokens struct {
	Prompt string `json:"prompt" synapse:"required,hash"`
}

func pair(t testing.TB, uri string) *keys.Pair {
	t.Helper()
	p, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// start runs an axon on loopback with one class per kind of outcome.
func start(t testing.TB, cfg axon.Config) dendrite.Target {
	t.Helper()
	cfg.Key = pair(t, "//Bob")
	a, err := axon.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(axon.Attach(a, func(_ context.Context, m *synapse.Message[echo]) error {
		s := strings.ToUpper(m.Body.Text)
		m.Body.Answer = &s
		m.Body.Text = "changed by the axon"
		return nil
	}, axon.Hooks[echo]{}))
	must(axon.Attach(a, func(ctx context.Context, m *synapse.Message[slow]) error {
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(m.Body.Seconds * float64(time.Second))):
		}
		return ctx.Err()
	}, axon.Hooks[slow]{}))
	must(axon.Attach(a, func(context.Context, *synapse.Message[private]) error { return nil }, axon.Hooks[private]{
		Blacklist: func(context.Context, *synapse.Message[private]) (bool, string) { return true, "not a friend" },
	}))
	must(axon.Attach(a, func(context.Context, *synapse.Message[fails]) error { panic("secret") }, axon.Hooks[fails]{}))
	must(axon.AttachStream(a, func(_ context.Context, m *synapse.Message[tokens], send func([]byte) error) error {
		if m.Body.Prompt == "" {
			return synapse.Errorf(503, "no prompt")
		}
		for w := range strings.FieldsSeq(m.Body.Prompt) {
			if w == "cut" {
				return errors.New("broken")
			}
			if err := send([]byte(w + " ")); err != nil {
				return err
			}
		}
		return nil
	}, axon.Hooks[tokens]{}))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	done := make(chan error, 1)
	go func() { done <- a.Serve(context.Background(), ln) }()
	t.Cleanup(func() {
		_ = a.Close()
		if err := <-done; err != nil {
			t.Error("serve:", err)
		}
	})
	return dendrite.Target{Addr: ln.Addr().(*net.TCPAddr).AddrPort(), Hotkey: a.Hotkey()}
}

func client(t testing.TB, cfg dendrite.Config) *dendrite.Dendrite {
	t.Helper()
	if cfg.Key == nil {
		cfg.Key = pair(t, "//Alice")
	}
	d, err := dendrite.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestOutcomes(t *testing.T) {
	to := start(t, axon.Config{})
	d := client(t, dendrite.Config{Timeout: 300 * time.Millisecond, Check: dendrite.CheckRequired})
	ctx := t.Context()

	m, err := dendrite.Call(ctx, d, to, echo{Text: "it's é\n", Numbers: []float64{1, 2.5}})
	if err != nil {
		t.Fatal(err)
	}
	if m.Body.Answer == nil || *m.Body.Answer != "IT'S É\n" {
		t.Errorf("answer %v, want IT'S É", m.Body.Answer)
	}
	if m.Body.Text != "it's é\n" {
		t.Errorf("frozen field became %q", m.Body.Text)
	}
	if m.Axon.StatusCode != 200 || m.Dendrite.StatusMessage != "Success" || m.Axon.ProcessTime <= 0 || m.Dendrite.ProcessTime <= 0 {
		t.Errorf("head after success: %+v", m.Info)
	}

	other := to
	other.Hotkey = charlie(t)
	closed := to
	closed.Addr = netip.AddrPortFrom(to.Addr.Addr(), freePort(t))
	// An axon gives up at the same moment as the dendrite; one that never says anything leaves the word to the dendrite.
	silent := to
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	silent.Addr = ln.Addr().(*net.TCPAddr).AddrPort()
	for _, c := range []struct {
		name    string
		call    func() (*synapse.Info, error)
		code    synapse.Status
		message string
	}{
		{"ping", call(ctx, d, to, synapse.Ping{}), 200, ""},
		{"unknown", call(ctx, d, to, unattached{}), 404, "Synapse name 'unattached' not found. Available synapses ['Synapse', 'Echo', 'slow', 'private', 'fails', 'tokens']"},
		{"blacklisted", call(ctx, d, to, private{}), 403, "Forbidden. Key is blacklisted: not a friend."},
		{"timeout", call(ctx, d, silent, slow{Seconds: 5}), 408, "Request timeout after 0.3 seconds"},
		{"panic", call(ctx, d, to, fails{}), 500, "Internal Server Error #"},
		{"wrong axon", call(ctx, d, other, echo{Text: "x"}), 401, "Not Verified with error: Signature mismatch with "},
		{"refused", call(ctx, d, closed, echo{Text: "x"}), 503, fmt.Sprintf("Service unavailable at %s/Echo", closed.Addr)},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := c.call()
			if got := synapse.CodeOf(err); got != c.code {
				t.Fatalf("code %d (%v), want %d", got, err, c.code)
			}
			if !strings.HasPrefix(h.Dendrite.StatusMessage, c.message) {
				t.Errorf("message %q, want %q", h.Dendrite.StatusMessage, c.message)
			}
			if h.Dendrite.StatusCode != int(c.code) {
				t.Errorf("head says %d, want %d", h.Dendrite.StatusCode, c.code)
			}
			if strings.Contains(h.Dendrite.StatusMessage, "secret") {
				t.Error("the axon leaks its inner errors")
			}
		})
	}
}

type unattached struct{}

func call[T any](ctx context.Context, d *dendrite.Dendrite, to dendrite.Target, body T) func() (*synapse.Info, error) {
	return func() (*synapse.Info, error) {
		m, err := dendrite.Call(ctx, d, to, body)
		return &m.Info, err
	}
}

func charlie(t *testing.T) (a [32]byte) { return pair(t, "//Charlie").Public() }

func freePort(t *testing.T) uint16 {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).AddrPort().Port()
}

func TestStream(t *testing.T) {
	to := start(t, axon.Config{})
	d := client(t, dendrite.Config{Check: dendrite.CheckRequired})
	var got []byte
	m, err := dendrite.CallStream(t.Context(), d, to, tokens{Prompt: "one two three"}, func(b []byte) error {
		got = append(got, b...)
		return nil
	})
	if err != nil || string(got) != "one two three " || m.Axon.StatusMessage != "Success" {
		t.Fatalf("stream %q, %v, head %+v", got, err, m.Axon)
	}
	each := func([]byte) error { return nil }
	if _, err := dendrite.CallStream(t.Context(), d, to, tokens{}, each); synapse.CodeOf(err) != 503 {
		t.Errorf("error before the first piece: %v, want status 503", err)
	}
	if _, err := dendrite.CallStream(t.Context(), d, to, tokens{Prompt: "one cut"}, each); synapse.CodeOf(err) != 400 {
		t.Errorf("stream cut in the middle: %v, want status 400", err)
	}
	stop := errors.New("enough")
	if _, err := dendrite.CallStream(t.Context(), d, to, tokens{Prompt: "one two"}, func([]byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("own error came back as %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	to := start(t, axon.Config{})
	d := client(t, dendrite.Config{})
	for i, r := range dendrite.CallAll(t.Context(), d, slices.Repeat([]dendrite.Target{to}, 60), echo{Text: "x"}) {
		if r.Err != nil || *r.Body.Answer != "X" {
			t.Errorf("call %d: %v", i, r.Err)
		}
	}
}

func TestInterceptorsOnBothSides(t *testing.T) {
	var calls []string
	trace := func(side string) synapse.Interceptor {
		return func(next synapse.Func) synapse.Func {
			return func(ctx context.Context, m synapse.Any) error {
				err := next(ctx, m)
				calls = append(calls, fmt.Sprint(side, " ", m.Head().Name, " ", int(synapse.CodeOf(err))))
				return err
			}
		}
	}
	to := start(t, axon.Config{Interceptors: []synapse.Interceptor{trace("axon")}})
	d := client(t, dendrite.Config{Interceptors: []synapse.Interceptor{trace("outer"), trace("inner")}})
	_, _ = dendrite.Call(t.Context(), d, to, private{})
	want := []string{"axon private 403", "inner private 403", "outer private 403"}
	if !slices.Equal(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
}

// TestHangUps meets servers that answer with anything but a synapse.
func TestHangUps(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		code         synapse.Status
		message      string
	}{
		{"hangs up", "", 503, "Service disconnected: "},
		{"breaks off", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{", 400, "Payload error: "},
		{"not JSON by type", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", 422, "Failed to parse response: "},
		{"not JSON", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\nhi", 422, "Failed to parse response: "},
		{"too long", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n", 400, "Payload error: answer of 99999 bytes, at most 1000"},
		{"no HTTP", "SSH-2.0-OpenSSH\r\n\r\n", 400, "Client response error: "},
		{"redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 302, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				buf := make([]byte, 64<<10)
				_, _ = conn.Read(buf)
				_, _ = io.WriteString(conn, c.answer)
				time.Sleep(10 * time.Millisecond)
				conn.Close()
			}()
			defer func() { ln.Close(); <-done }()
			d := client(t, dendrite.Config{Timeout: time.Second, MaxResponse: 1000})
			to := dendrite.Target{Addr: ln.Addr().(*net.TCPAddr).AddrPort(), Hotkey: charlie(t)}
			m, err := dendrite.Call(t.Context(), d, to, synapse.Ping{})
			if synapse.CodeOf(err) != c.code || !strings.HasPrefix(m.Dendrite.StatusMessage, c.message) {
				t.Errorf("%d %q (%v), want %d %q", synapse.CodeOf(err), m.Dendrite.StatusMessage, err, c.code, c.message)
			}
		})
	}
}

func BenchmarkCall1KiB(b *testing.B) {
	to := start(b, axon.Config{})
	d := client(b, dendrite.Config{Check: dendrite.CheckRequired})
	body := echo{Text: strings.Repeat("x", 1024)}
	times := make([]time.Duration, 0, 1<<16)
	for b.Loop() {
		t := time.Now()
		if _, err := dendrite.Call(context.Background(), d, to, body); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(t))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}

func BenchmarkCall1KiBParallel(b *testing.B) {
	to := start(b, axon.Config{})
	d := client(b, dendrite.Config{})
	body := echo{Text: strings.Repeat("x", 1024)}
	start := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := dendrite.Call(context.Background(), d, to, body); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "requests/s")
}
