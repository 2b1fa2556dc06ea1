// Package interop holds checks against the official Python SDK. They run only where MYELIN_PYTHON names a Python
// interpreter that has bittensor 10.5.0 installed.
package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/myelin-go/myelin/axon"
	"github.com/myelin-go/myelin/dendrite"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/synapse"
	"github.com/myelin-go/myelin/synapse/pyval"
)

// The classes of python/axon_dendrite.py.
type (
	Echo struct {
		Text    string      `json:"text" synapse:"required,hash"`
		Numbers []float64   `json:"numbers" synapse:"hash"`
		Meta    *pyval.Dict `json:"meta" synapse:"hash"`
		Count   *int        `json:"count"`
		Answer  *string     `json:"answer"`
	}
	Slow struct {
		Seconds float64 `json:"seconds"`
	}
	Private struct{}
	Fail    struct{}
	Unknown struct{}
	Tokens  struct {
		Prompt     string  `json:"prompt" synapse:"required,hash"`
		Completion *string `json:"completion"`
	}
)

func script(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	python := os.Getenv("MYELIN_PYTHON")
	if python == "" {
		t.Skip("set MYELIN_PYTHON to a Python with bittensor 10.5.0")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, python, append([]string{"python/axon_dendrite.py"}, args...)...)
}

func key(t *testing.T, uri string) *keys.Pair {
	t.Helper()
	p, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// outcome is one line of the script's call command.
type outcome struct {
	Case    string
	Code    int
	Message string
	Body    map[string]any
	Joined  string
	Codes   []int
}

func TestPythonDendriteCallsOurAxon(t *testing.T) {
	cmd := script(t)
	a, err := axon.New(axon.Config{Key: key(t, "//Bob")})
	if err != nil {
		t.Fatal(err)
	}
	attach(t, a)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Serve(context.Background(), ln) }()
	defer func() { _ = a.Close(); <-done }()

	port := ln.Addr().(*net.TCPAddr).Port
	cmd.Args = append(cmd.Args, "call", strconv.Itoa(port), a.Hotkey().String())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	got := make(map[string]outcome)
	for line := range bytes.Lines(out) {
		var o outcome
		if json.Unmarshal(line, &o) == nil && o.Case != "" { // the SDK prints its own lines between
			got[o.Case] = o
		}
	}
	for _, want := range []struct {
		name, message string
		code          int
	}{
		{"ping", "Success", 200},
		{"echo", "Success", 200},
		{"unknown", "Synapse name 'Unknown' not found. Available synapses ['Synapse', 'Echo', 'Slow', 'Private', 'Fail', 'Tokens']", 404},
		{"blacklisted", "Forbidden. Key is blacklisted: not a friend.", 403},
		{"timeout", "Request timeout after 0.5 seconds", 408},
		{"fail", "Internal Server Error #", 500},
		{"wrong axon", "Not Verified with error: Signature mismatch with ", 401},
		{"nonce", "Success", 200},
		{"replayed nonce", "Not Verified with error: Nonce is too old, a newer one was last processed", 401},
		{"future nonce", "Not Verified with error: Nonce is too new: acceptable delta is 30.00 seconds but request was 3", 401},
		{"old nonce", "Not Verified with error: Nonce is too old: acceptable delta is 9.00 seconds but request was 360", 401},
		{"stream", "Success", 200},
		{"many", "", 0},
	} {
		t.Run(want.name, func(t *testing.T) {
			o, ok := got[want.name]
			if !ok || o.Code != want.code || !strings.HasPrefix(o.Message, want.message) {
				t.Errorf("%d %q, want %d %q", o.Code, o.Message, want.code, want.message)
			}
			switch want.name {
			case "echo":
				if o.Body["answer"] != "IT'S \"É\" \u200b\n" || o.Body["count"] != 4.0 {
					t.Errorf("it came back as %v", o.Body)
				}
			case "stream":
				if o.Joined != "one two three " {
					t.Errorf("it came as %q", o.Joined)
				}
			case "many":
				checkMany(t, o.Codes)
			}
		})
	}
	if t.Failed() {
		t.Logf("%s", stderr.String())
	}
}

// checkMany judges calls made at once under one uuid: those that overtake each other are refused, also upstream.
func checkMany(t *testing.T, codes []int) {
	t.Helper()
	good := 0
	for _, code := range codes {
		if code == 200 {
			good++
		} else if code != 401 {
			t.Errorf("one call gave %d", code)
		}
	}
	if good == 0 || len(codes) != 20 {
		t.Errorf("%d of %v calls at once succeeded", good, codes)
	}
}

func attach(t *testing.T, a *axon.Axon) {
	t.Helper()
	for _, err := range []error{
		axon.Attach(a, func(_ context.Context, m *synapse.Message[Echo]) error {
			answer, count := strings.ToUpper(m.Body.Text), len(m.Body.Numbers)
			m.Body.Answer, m.Body.Count = &answer, &count
			return nil
		}, axon.Hooks[Echo]{Priority: func(context.Context, *synapse.Message[Echo]) float64 { return 1 }}),
		axon.Attach(a, func(ctx context.Context, m *synapse.Message[Slow]) error {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(m.Body.Seconds * float64(time.Second))):
			}
			return ctx.Err()
		}, axon.Hooks[Slow]{}),
		axon.Attach(a, func(context.Context, *synapse.Message[Private]) error { return nil }, axon.Hooks[Private]{
			Blacklist: func(context.Context, *synapse.Message[Private]) (bool, string) { return true, "not a friend" },
		}),
		axon.Attach(a, func(context.Context, *synapse.Message[Fail]) error { panic("secret") }, axon.Hooks[Fail]{}),
		axon.AttachStream(a, func(_ context.Context, m *synapse.Message[Tokens], send func([]byte) error) error {
			for w := range strings.FieldsSeq(m.Body.Prompt) {
				if err := send([]byte(w + " ")); err != nil {
					return err
				}
			}
			return nil
		}, axon.Hooks[Tokens]{}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestOurDendriteCallsPythonAxon(t *testing.T) {
	cmd := script(t)
	port := freePort(t)
	cmd.Args = append(cmd.Args, "serve", strconv.Itoa(int(port)))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stdin.Close(); _ = cmd.Wait() }()
	for lines := bufio.NewScanner(stdout); ; {
		if !lines.Scan() {
			t.Fatal("the Python axon did not start")
		}
		if lines.Text() == "READY" {
			go func() {
				for lines.Scan() { // keep the pipe empty
				}
			}()
			break
		}
	}
	d, err := dendrite.New(dendrite.Config{Key: key(t, "//Alice"), Timeout: 3 * time.Second, Check: dendrite.CheckPresent})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	to := dendrite.Target{Addr: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), Hotkey: key(t, "//Bob").Public()}
	stranger := dendrite.Target{Addr: to.Addr, Hotkey: key(t, "//Charlie").Public()}
	for range 100 { // READY comes before the socket listens
		if _, err = dendrite.Call(t.Context(), d, to, synapse.Ping{}); synapse.CodeOf(err) != synapse.StatusUnavailable {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatal("ping:", err)
	}

	meta := new(pyval.Dict)
	meta.Set("z", []any{int64(1), 2.5, nil, true})
	inner := new(pyval.Dict)
	inner.Set("b", 1e-7)
	meta.Set("a", inner)
	meta.Set("é", "x")
	t.Run("echo", func(t *testing.T) {
		m, err := dendrite.Call(t.Context(), d, to, Echo{Text: "it's \"é\" \u200b\n", Numbers: []float64{1, 2.5, 1e-7, 1e16}, Meta: meta})
		if err != nil || m.Body.Answer == nil || *m.Body.Answer != "IT'S \"É\" \u200b\n" || *m.Body.Count != 4 || !pyval.Equal(m.Body.Meta, meta) {
			t.Errorf("%+v, %v", m.Body, err)
		}
	})

	quick, err := dendrite.New(dendrite.Config{Key: key(t, "//Alice"), Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer quick.Close()
	for _, c := range []struct {
		name    string
		call    func() (*synapse.Info, error)
		code    synapse.Status
		message string
	}{
		{"unknown", call(t, d, to, Unknown{}), 404, "Synapse name 'Unknown' not found. Available synapses ['Synapse', 'Echo', 'Slow', 'Private', 'Fail', 'Tokens']"},
		{"blacklisted", call(t, d, to, Private{}), 403, "Forbidden. Key is blacklisted: not a friend."},
		{"fail", call(t, d, to, Fail{}), 500, "Internal Server Error #"},
		{"wrong axon", call(t, d, stranger, Echo{Text: "x", Meta: meta}), 401, "The axon's signature on its answer is not good"},
		{"wrong axon, unchecked", call(t, quick, stranger, Echo{Text: "x", Meta: meta}), 401, "Not Verified with error: Signature mismatch with "},
		{"timeout", call(t, quick, to, Slow{Seconds: 1}), 408, "Request timeout after 0.3 seconds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := c.call()
			if synapse.CodeOf(err) != c.code || !strings.HasPrefix(h.Dendrite.StatusMessage, c.message) {
				t.Errorf("%v %q, want %d %q", err, h.Dendrite.StatusMessage, c.code, c.message)
			}
		})
	}

	t.Run("stream", func(t *testing.T) {
		var joined []byte
		if _, err := dendrite.CallStream(t.Context(), d, to, Tokens{Prompt: "one two three"}, func(b []byte) error {
			joined = append(joined, b...)
			return nil
		}); err != nil || string(joined) != "one two three " {
			t.Errorf("%q, %v", joined, err)
		}
	})
	t.Run("many", func(t *testing.T) {
		for i, r := range dendrite.CallAll(t.Context(), d, []dendrite.Target{to, to, to, to, to, to, to, to}, Echo{Text: "many", Meta: meta}) {
			if r.Err != nil {
				t.Errorf("call %d: %v", i, r.Err)
			}
		}
	})
}

func call[T any](t *testing.T, d *dendrite.Dendrite, to dendrite.Target, body T) func() (*synapse.Info, error) {
	return func() (*synapse.Info, error) {
		m, err := dendrite.Call(t.Context(), d, to, body)
		return &m.Info, err
	}
}

func freePort(t *testing.T) uint16 {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).AddrPort().Port()
}
