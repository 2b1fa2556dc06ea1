package jsonrpc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func testRegistry() *Registry {
	r := NewRegistry()
	r.Call(func(_ context.Context, p Params) (any, error) {
		var a, b int
		if err := p.Need(2); err != nil {
			return nil, err
		}
		if err := p.Bind(&a, &b); err != nil {
			return nil, err
		}
		return a + b, nil
	}, "add", "plus")
	r.Call(func(context.Context, Params) (any, error) { return nil, nil }, "nothing")
	r.Call(func(context.Context, Params) (any, error) { panic("oh") }, "panics")
	r.Call(func(context.Context, Params) (any, error) {
		return nil, &Error{Code: 1010, Message: "Invalid Transaction", Data: "bad"}
	}, "fails")
	r.Subscription("count", "counted", "uncount", func(_ context.Context, p Params) (func(context.Context, *Sink), error) {
		var n int
		if err := p.Bind(&n); err != nil {
			return nil, err
		}
		return func(ctx context.Context, sink *Sink) {
			for i := range n {
				if ctx.Err() != nil || !sink.Send(i) {
					return
				}
			}
			<-ctx.Done()
		}, nil
	})
	return r
}

func serve(t testing.TB, cfg Config) (*Server, *httptest.Server) {
	s := NewServer(testRegistry(), cfg)
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		h.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return s, h
}

func dial(t testing.TB, h *httptest.Server) *websocket.Conn {
	ws, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	ws.SetReadLimit(-1)
	t.Cleanup(func() { ws.CloseNow() })
	return ws
}

func TestCalls(t *testing.T) {
	_, h := serve(t, Config{MaxMessage: 2000, MaxBatch: 3})
	for _, c := range []struct{ name, in, want string }{
		{"number id", `{"jsonrpc":"2.0","id":7,"method":"add","params":[1,2]}`, `{"jsonrpc":"2.0","id":7,"result":3}`},
		{"string id", `{"jsonrpc":"2.0","id":"xY17","method":"plus","params":[1,2]}`, `{"jsonrpc":"2.0","id":"xY17","result":3}`},
		{"null result", `{"jsonrpc":"2.0","id":1,"method":"nothing"}`, `{"jsonrpc":"2.0","id":1,"result":null}`},
		{"unknown", `{"jsonrpc":"2.0","id":1,"method":"x"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}`},
		{"data", `{"jsonrpc":"2.0","id":1,"method":"fails"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":1010,"message":"Invalid Transaction","data":"bad"}}`},
		{"too few", `{"jsonrpc":"2.0","id":1,"method":"add","params":[1]}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params: got 1 parameters, at least 2 are needed"}}`},
		{"too many", `{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2,3]}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params: got 3 parameters, at most 2 are known"}}`},
		{"wrong type", `{"jsonrpc":"2.0","id":1,"method":"add","params":["a",2]}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params: parameter 1: \"a\" is a JSON string, want a number"}}`},
		{"object params", `{"jsonrpc":"2.0","id":1,"method":"add","params":{}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params: want an array"}}`},
		{"panic", `{"jsonrpc":"2.0","id":1,"method":"panics"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error: oh"}}`},
		{"not JSON", `{'id': 1}`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error: invalid character '\\'' looking for beginning of object key string"}}`},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"nothing"},{"jsonrpc":"2.0","method":"nothing"},{"jsonrpc":"2.0","id":2,"method":"add","params":[2,2]}]`,
			`[{"jsonrpc":"2.0","id":1,"result":null},{"jsonrpc":"2.0","id":2,"result":4}]`},
		{"empty batch", `[]`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request: an empty batch"}}`},
		{"long batch", `[1,1,1,1]`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32010,"message":"The batch is too long: 4 calls, at most 3"}}`},
		{"oversized", `{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 2000) + `"}`,
			`{"jsonrpc":"2.0","id":null,"error":{"code":-32007,"message":"Request is too big: at most 2000 bytes"}}`},
		{"object id", `{"jsonrpc":"2.0","id":{},"method":"nothing"}`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request: an id is a string, a number or null"}}`},
	} {
		t.Run(c.name+" by HTTP", func(t *testing.T) {
			resp, err := http.Post(h.URL, "application/json", strings.NewReader(c.in))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
		t.Run(c.name+" by WebSocket", func(t *testing.T) {
			ws := dial(t, h)
			if err := ws.Write(t.Context(), websocket.MessageText, []byte(c.in)); err != nil {
				t.Fatal(err)
			}
			_, got, err := ws.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSubscriptionAnswersFirst(t *testing.T) {
	s, h := serve(t, Config{})
	ws := dial(t, h)
	ws.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"count","params":[3]}`))
	var answer struct{ Result string }
	read(t, ws, &answer)
	for want := range 3 {
		var note struct {
			Method string
			Params struct {
				Subscription string
				Result       int
			}
		}
		read(t, ws, &note)
		if note.Method != "counted" || note.Params.Subscription != answer.Result || note.Params.Result != want {
			t.Fatalf("notification %+v, want counted %d for %s", note, want, answer.Result)
		}
	}
	ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":2,"method":"uncount","params":[%q]}`, answer.Result))
	var ended struct{ Result bool }
	if read(t, ws, &ended); !ended.Result {
		t.Error("unsubscribing a known subscription answered false")
	}
	if n := s.Subscriptions(); n != 0 {
		t.Errorf("%d subscriptions left", n)
	}
}

func read(t *testing.T, ws *websocket.Conn, into any) {
	t.Helper()
	_, raw, err := ws.Read(t.Context())
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestSubscriptionNeedsSocket(t *testing.T) {
	_, h := serve(t, Config{})
	resp, err := http.Post(h.URL, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"count"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, _ := io.ReadAll(resp.Body); !bytes.Contains(got, []byte("WebSocket")) {
		t.Errorf("got %s", got)
	}
}

// A client that subscribes and never reads is cut off at its limit, and others do not feel it.
func TestSlowReaderIsCutOff(t *testing.T) {
	s, h := serve(t, Config{MaxUnread: 1 << 20})
	slow := dial(t, h)
	slow.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"count","params":[100000000]}`))
	other := dial(t, h)
	deadline := time.Now().Add(20 * time.Second)
	for s.Connections() > 1 {
		if time.Now().After(deadline) {
			t.Fatal("the slow reader is still connected")
		}
		other.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"add","params":[1,1]}`))
		var sum struct{ Result int }
		if read(t, other, &sum); sum.Result != 2 {
			t.Fatal("the other client got a wrong answer")
		}
	}
}

func TestManyClients(t *testing.T) {
	s, h := serve(t, Config{})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			ws, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http"), nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer ws.Close(websocket.StatusNormalClosure, "")
			for i := range 20 {
				ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"add","params":[%d,1]}`, i, i))
				_, got, err := ws.Read(t.Context())
				if want := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":%d}`, i, i+1); err != nil || string(got) != want {
					t.Errorf("got %s, %v; want %s", got, err, want)
				}
			}
		})
	}
	wg.Wait()
	for range 100 {
		if s.Connections() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d connections left", s.Connections())
}

func FuzzHandle(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}`))
	f.Add([]byte(`[{"jsonrpc":"2.0","id":"a","method":"nothing"}]`))
	f.Add([]byte(`{"id":{},"method":"count","params":[null]}`))
	s := NewServer(testRegistry(), Config{})
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, body []byte) {
		if out, answered := s.handle(t.Context(), body, nil); answered && !json.Valid(out.bytes()) {
			t.Errorf("%q is answered by %q, which is not JSON", body, out)
		}
	})
}
