package jsonrpc

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// Clients that leave little unread each are cut off when all of them together leave too much, and one that reads is served on.
func TestUnreadOfAllIsBounded(t *testing.T) {
	s, h := serve(t, Config{MaxUnread: 64 << 20, MaxUnreadAll: 1 << 20})
	good := dial(t, h)
	var bad []*websocket.Conn
	for range 5 {
		ws := dial(t, h)
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"count","params":[200000]}`)); err != nil {
			t.Fatal(err)
		}
		bad = append(bad, ws)
	}
	deadline := time.Now().Add(20 * time.Second)
	for s.Connections() > 1 && time.Now().Before(deadline) {
		if err := good.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}`)); err != nil {
			t.Fatal(err)
		}
		if _, raw, err := good.Read(t.Context()); err != nil || string(raw) != `{"jsonrpc":"2.0","id":1,"result":3}` {
			t.Fatalf("the client that reads got %s, %v", raw, err)
		}
		time.Sleep(time.Millisecond)
	}
	if n := s.Connections(); n != 1 {
		t.Errorf("%d clients are connected, want the one that reads", n)
	}
	for s.Unread() != 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if n := s.Unread(); n != 0 {
		t.Errorf("%d bytes are unread by nobody", n)
	}
	for _, ws := range bad {
		ws.CloseNow()
	}
}

// However many heavy calls there are, some wait and the others are answered; those whose client is gone wait no more.
func TestHeavyCallsLeaveRoom(t *testing.T) {
	began, finish := make(chan struct{}, 1000), make(chan struct{})
	r := testRegistry()
	r.Call(func(context.Context, Params) (any, error) {
		began <- struct{}{}
		<-finish
		return hexed{1, 2}, nil
	}, "long")
	r.Heavy("long")
	s := NewServer(r, Config{})
	h := httptest.NewServer(s)
	defer func() {
		s.Close()
		h.Close()
		http.DefaultClient.CloseIdleConnections()
	}()
	room := cap(s.heavy)
	ws := dial(t, h)
	for i := range room + 3 {
		if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"long"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	for range room {
		<-began
	}
	gone := dial(t, h)
	if err := gone.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"long"}`)); err != nil {
		t.Fatal(err)
	}
	gone.CloseNow()
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":"x","method":"add","params":[1,2]}`)); err != nil {
		t.Fatal(err)
	}
	if _, raw, err := ws.Read(t.Context()); err != nil || string(raw) != `{"jsonrpc":"2.0","id":"x","result":3}` {
		t.Fatalf("the light call got %s, %v", raw, err)
	}
	if n := len(began); n > 0 {
		t.Errorf("%d heavy calls more than the %d that there is room for are under way", n, room)
	}
	for deadline := time.Now().Add(10 * time.Second); s.Connections() > 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the call of a client that is gone still waits for room")
		}
	}
	close(finish)
	for range room + 3 {
		var answer struct{ Result string }
		if _, raw, err := ws.Read(t.Context()); err != nil || json.Unmarshal(raw, &answer) != nil || answer.Result != "0x0102" {
			t.Fatalf("a heavy call got %s, %v", raw, err)
		}
	}
}

// Of a client that does not read no more calls are worked on than fill its buffers; when it reads on, all are answered, in whole.
func TestNothingIsDoneForThoseWhoDoNotRead(t *testing.T) {
	const calls, size = 120, 256 << 10
	var done atomic.Int64
	shared := json.RawMessage(`"` + strings.Repeat("x", size) + `"`)
	r := testRegistry()
	r.Call(func(context.Context, Params) (any, error) {
		done.Add(1)
		return shared, nil
	}, "large")
	r.Call(func(context.Context, Params) (any, error) {
		done.Add(1)
		return shared, nil
	}, "heavy")
	r.Heavy("heavy")
	s := NewServer(r, Config{})
	h := httptest.NewServer(s)
	defer func() {
		s.Close()
		h.Close()
		http.DefaultClient.CloseIdleConnections()
	}()
	for _, name := range []string{"large", "heavy"} {
		done.Store(0)
		ws := dial(t, h)
		wrote := make(chan error, 1)
		go func() {
			for i := range calls {
				if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":%q}`, i, name)); err != nil {
					wrote <- err
					return
				}
			}
			wrote <- nil
		}()
		last := int64(-1)
		for n := done.Load(); n != last || n == 0; n = done.Load() { // until no more is done
			last = n
			time.Sleep(100 * time.Millisecond)
		}
		if last > calls/2 {
			t.Errorf("%s: %d of %d answers of %d bytes were made for a client that reads none", name, last, calls, size)
		}
		seen := map[int]bool{}
		for range calls {
			var answer struct {
				ID     int
				Result string
			}
			if _, raw, err := ws.Read(t.Context()); err != nil || json.Unmarshal(raw, &answer) != nil || len(answer.Result) != size || seen[answer.ID] {
				t.Fatalf("%s: after %d answers %.100s, %v", name, len(seen), raw, err)
			}
			seen[answer.ID] = true
		}
		if err := <-wrote; err != nil {
			t.Error(err)
		}
	}
}

// A client that asks for one thing at a time is answered while another one has all the calls under way that it may.
func TestThoseWhoAskMuchWaitInLine(t *testing.T) {
	began, finish := make(chan struct{}, 1000), make(chan struct{})
	r := testRegistry()
	r.Call(func(context.Context, Params) (any, error) {
		began <- struct{}{}
		<-finish
		return 1, nil
	}, "long")
	s := NewServer(r, Config{MaxCalls: 1000})
	h := httptest.NewServer(s)
	defer func() {
		s.Close()
		h.Close()
		http.DefaultClient.CloseIdleConnections()
	}()
	much, room := dial(t, h), cap(s.line)+1 // the first call is not in the line
	for i := range room + 10 {
		if err := much.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"long"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	for range room {
		<-began
	}
	little := dial(t, h)
	for range 3 {
		if err := little.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}`)); err != nil {
			t.Fatal(err)
		}
		if _, raw, err := little.Read(t.Context()); err != nil || string(raw) != `{"jsonrpc":"2.0","id":1,"result":3}` {
			t.Fatalf("got %s, %v", raw, err)
		}
	}
	if n := len(began); n > 0 {
		t.Errorf("%d calls more than the %d that there is room for are under way", n, room)
	}
	close(finish)
	for range room + 10 {
		if _, _, err := much.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// hexed writes itself down.
type hexed []byte

func (b hexed) AppendJSON(dst []byte) []byte {
	return append(hex.AppendEncode(append(dst, `"0x`...), b), '"')
}

// What a client may take to read grows with what it has to read.
func TestPatience(t *testing.T) {
	small, large := patience(100), patience(15<<20)
	if small != 15*time.Second || large != 255*time.Second {
		t.Errorf("patience is %v for 100 bytes and %v for 15 MiB", small, large)
	}
}

// A name that is not there cannot be heavy, as no name can be there twice: both are mistakes of the program.
func TestMistakesInTheRegistry(t *testing.T) {
	for name, mistake := range map[string]func(r *Registry){
		"two methods named add":  func(r *Registry) { r.Ending("add", "uncount") },
		"no method named absent": func(r *Registry) { r.Heavy("absent") },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, name) {
					t.Errorf("got %q, want %q", got, name)
				}
			}()
			mistake(testRegistry())
		}()
	}
}
