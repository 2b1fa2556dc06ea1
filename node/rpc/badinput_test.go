package rpc_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// kinds are JSON values of every type; nesting is as deep as a parser may be asked to go, and huge is a value that is far too long.
var kinds = map[string]string{
	"string": `"\u0000zz"`, "integer": `-3.5`, "boolean": `true`, "array": `[[],{"a":null}]`, "object": `{"key":[1,{"x":"y"}]}`,
}

// Every method is asked wrongly, as its own description allows to: with parameters missing, of a wrong type, one too many, nested without end, and
// far too long; by HTTP and by WebSocket. Each is told what is wrong, nothing panics, and the node goes on as if nothing had been.
func TestBadInput(t *testing.T) {
	w := manual(t)
	w.seal()
	methods := w.discover()
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	huge := `"0x` + strings.Repeat("ab", 100_000) + `"`
	c := w.dial()
	var asked int
	ask := func(m described, what, params string, mustFail bool) {
		t.Helper()
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":%q,"params":%s}`, "q", m.Name, params)
		for _, by := range []string{"HTTP", "WebSocket"} {
			asked++
			var failed *jsonrpc.Error
			if by == "HTTP" {
				_, failed = w.send(body)
			} else {
				failed = c.sendRaw(body)
			}
			switch {
			case failed == nil && mustFail:
				t.Errorf("%s by %s with %s: no error", m.Name, by, what)
			case failed == nil:
			case failed.Message == "" || failed.Code == jsonrpc.CodeInternal || failed.Code == jsonrpc.CodeParse:
				t.Errorf("%s by %s with %s: %v", m.Name, by, what, failed)
			case len(failed.Error()) > 1000:
				t.Errorf("%s by %s with %s: the error has %d bytes", m.Name, by, what, len(failed.Error()))
			}
		}
	}
	for _, m := range methods {
		if m.AliasOf != "" || !m.Safe {
			continue // the same handlers, and those that are to work without bound
		}
		needs := 0
		for _, p := range m.Params {
			if p.Required {
				needs++
			}
		}
		ask(m, "parameters by name", `{"at":null}`, true)
		if needs > 0 {
			ask(m, "no parameters", `[]`, true)
			ask(m, "nulls", `[`+strings.Repeat("null,", needs-1)+`null]`, true)
		}
		for i, p := range m.Params {
			before := strings.Repeat("null,", i)
			for kind, value := range kinds {
				if !p.Schema.takes(kind) {
					ask(m, fmt.Sprintf("%s for %s", kind, p.Name), `[`+before+value+`]`, true)
				} else {
					ask(m, fmt.Sprintf("a strange %s for %s", kind, p.Name), `[`+before+value+`]`, false)
				}
			}
			if !p.Schema.takes("array") {
				ask(m, "deep nesting for "+p.Name, `[`+before+deep+`]`, true)
			}
			if i == 0 {
				ask(m, "a huge value for "+p.Name, `[`+huge+`]`, false)
			}
		}
		if len(m.Params) > 0 {
			ask(m, "too many", `[`+strings.Repeat("null,", len(m.Params))+`7]`, true)
		}
	}
	if head := w.node.Ledger().Head().Header.Number; head != 1 {
		t.Errorf("the head is %d after bad input, want 1", head)
	}
	t.Logf("asked %d times about %d methods", asked, len(methods))
}

// sendRaw sends a body and waits for its answer, which has the id q, past notifications of subscriptions.
func (c *client) sendRaw(body string) *jsonrpc.Error {
	c.Helper()
	c.write([]byte(body))
	for {
		var answer struct {
			ID    json.RawMessage
			Error *jsonrpc.Error
		}
		raw := c.read()
		if err := json.Unmarshal(raw, &answer); err != nil {
			c.Fatalf("%.200s: %v", raw, err)
		}
		if len(answer.ID) > 0 {
			return answer.Error
		}
	}
}

// Connections that end in the middle of anything leave nothing behind: no goroutine, no subscription, no pinned block.
func TestCutConnections(t *testing.T) {
	w := start(t, 0, 20*time.Millisecond, jsonrpc.Config{MaxConnections: 100})
	w.settleGoroutines(0)
	before := runtime.NumGoroutine()
	for i := range 60 {
		ws, _, err := websocket.Dial(t.Context(), w.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []string{
			`{"jsonrpc":"2.0","id":1,"method":"chainHead_v1_follow","params":[true]}`,
			`{"jsonrpc":"2.0","id":2,"method":"chain_subscribeNewHeads"}`,
			`{"jsonrpc":"2.0","id":3,"method":"state_subscribeStorage","params":[["0x00"]]}`,
			`[{"jsonrpc":"2.0","id":4,"method":"state_getKeysPaged","params":["0x",1000]},{"jsonrpc":"2.0","id":5,"method":"archive_v1_storageDiff"`,
		} {
			if err := ws.Write(t.Context(), websocket.MessageText, []byte(m)); err != nil {
				t.Fatal(err)
			}
		}
		if i%2 == 0 {
			if _, _, err := ws.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ws.CloseNow()
	}
	if after := w.settleGoroutines(before); after > before+5 {
		t.Errorf("%d goroutines before 60 connections were cut, %d after", before, after)
	}
	if _, err := w.post("system_health"); err != nil {
		t.Error(err)
	}
}

// settleGoroutines waits until there are few more goroutines than wanted, and returns how many there are.
func (w *world) settleGoroutines(wanted int) (n int) {
	for range 200 {
		if n = runtime.NumGoroutine(); n <= wanted+5 {
			break
		}
		if wanted == 0 {
			time.Sleep(50 * time.Millisecond)
			return runtime.NumGoroutine()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return n
}
