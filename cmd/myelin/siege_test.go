//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/myelin-go/myelin/internal/torture"
)

// siege is a node in a process of its own, and a client of good manners that reads storage all the time.
type siege struct {
	testing.TB
	addr    string // of JSON-RPC
	metrics string
	many    int // connections of an attack
	rate    time.Duration
	hold    time.Duration // how long an attack stays when all of it is there
	took    chan time.Duration
}

// Clients without manners, one kind after the other, cost the node no more than they are allowed to: it lives, a client that was there before is served
// nearly as fast, and when they are gone so is what they took. make torture has 10,000 connections; the ordinary test some hundred.
func TestTortureRPC(t *testing.T) {
	s := &siege{TB: t, many: 300, rate: 200 * time.Microsecond, hold: 200 * time.Millisecond, took: make(chan time.Duration, 1<<16)}
	// Attackers and attacked share the machine, and work that the node may not refuse takes time: below the bound the p99 is told, not judged.
	calm, bound := 200*time.Millisecond, time.Second
	if torture.Rounds() > 2 {
		s.many, s.hold, calm, bound = 10_000, time.Second, 5*time.Second, 500*time.Millisecond
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if most := int(files.Cur) - 500; s.many > most {
		t.Logf("the limit of open files is %d: %d connections instead of %d", files.Cur, most, s.many)
		s.many = most
	}
	s.start()
	stop := s.probe()
	s.settle(nil)
	normal := s.phase("nobody else", func() { time.Sleep(calm) })
	before, slack := s.read(), 24<<20+float64(s.many)*4096 // what is kept of goroutines and of tables that were larger is used again
	rounds := 1
	if torture.Rounds() > 2 {
		rounds = 2
	}
	for round := range rounds {
		for _, attack := range []struct {
			name string
			run  func()
		}{
			{"handshakes without end", s.handshakes},
			{"idle connections", s.idle},
			{"connections cut in the middle", s.cut},
			{"frames and bodies of nonsense", s.nonsense},
			{"subscriptions that nobody reads", s.unread},
		} {
			p99 := s.phase(attack.name, attack.run)
			if most := max(2*normal, bound); p99 > most {
				t.Errorf("%s: p99 of another client's reads is %v, %v before", attack.name, p99, normal)
			}
			after := s.settle(before)
			t.Logf("%-32s %4.0f goroutines, %5.1f MiB live heap, %3.0f connections, %3.0f subscriptions left", attack.name,
				after["go_goroutines"], after["go_gc_heap_live_bytes"]/(1<<20), after["myelin_rpc_connections"], after["myelin_rpc_subscriptions"])
			for name, slack := range map[string]float64{
				"go_goroutines": 10, "myelin_rpc_connections": 0, "myelin_rpc_subscriptions": 0, "myelin_rpc_pinned_blocks": 0, "myelin_rpc_unread_bytes": 4096,
				"myelin_store_views": 2, "go_gc_heap_live_bytes": slack,
			} {
				if after[name] > before[name]+slack {
					t.Errorf("round %d: %s left %s at %.0f, %.0f before", round+1, attack.name, name, after[name], before[name])
				}
			}
		}
		before, slack = s.settle(nil), 8<<20 // the next round finds all this there
	}
	stop()
}

// start starts the node, with limits that let the attack in.
func (s *siege) start() {
	s.Helper()
	self, err := os.Executable()
	if err != nil {
		s.Fatal(err)
	}
	port := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			s.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	s.addr, s.metrics = port(), port()
	_, rpc, _ := net.SplitHostPort(s.addr)
	var errs bytes.Buffer
	cmd := exec.Command(self, "node", "--engine", "sealer", "--base-path", s.TempDir(), "--block-time", "250ms", "--rpc-bind", "127.0.0.1", "--rpc-port", rpc,
		"--metrics", s.metrics, "--rpc-max-connections", strconv.Itoa(s.many+100), "--rpc-methods", "safe")
	cmd.Env = append(os.Environ(), asMyelin+"=1")
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil || strings.Contains(errs.String(), "panic") {
			s.Errorf("the node ended with %v\n%s", err, errs.String())
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", s.addr); err == nil {
			conn.Close()
			return
		} else if time.Now().After(deadline) {
			s.Fatalf("the node does not answer: %v\n%s", err, errs.String())
		}
	}
}

// probe reads storage by one WebSocket, every five milliseconds, until it is stopped.
func (s *siege) probe() (stop func()) {
	s.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ws, _, err := websocket.Dial(ctx, "ws://"+s.addr, nil)
	if err != nil {
		s.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			at := time.Now()
			err := ws.Write(ctx, websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"state_getStorage","params":["0x3a636f6465"]}`))
			if err == nil {
				_, _, err = ws.Read(ctx)
			}
			if err != nil {
				if ctx.Err() == nil {
					s.Errorf("the well-mannered client: %v", err)
				}
				return
			}
			s.took <- time.Since(at)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return func() {
		cancel()
		<-done
		ws.CloseNow()
	}
}

// phase runs an attack and returns the p99 of the probe's reads meanwhile.
func (s *siege) phase(name string, attack func()) time.Duration {
	s.Helper()
	for len(s.took) > 0 {
		<-s.took
	}
	at := time.Now()
	attack()
	took := make([]time.Duration, 0, len(s.took))
	for len(s.took) > 0 {
		took = append(took, <-s.took)
	}
	if len(took) == 0 {
		s.Fatalf("%s: nobody else was answered for %v", name, time.Since(at))
	}
	slices.Sort(took)
	p99 := took[(len(took)-1)*99/100]
	s.Logf("%-32s %v, reads p50 %v p99 %v worst %v", name, time.Since(at).Round(time.Millisecond), took[len(took)/2], p99, took[len(took)-1])
	return p99
}

// read reads the metrics of the node.
func (s *siege) read() map[string]float64 {
	s.Helper()
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + s.metrics + "/metrics")
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]float64{}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			out[name] = v
		}
	}
	return out
}

// settle waits until the node is as it was, or for some seconds, and lets it collect its garbage: by asking what makes much of it.
func (s *siege) settle(before map[string]float64) (now map[string]float64) {
	s.Helper()
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	collections := s.read()["go_gc_duration_seconds_count"]
	for deadline := time.Now().Add(10 * time.Second); ; {
		for range 10 {
			resp, err := client.Post("http://"+s.addr, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"state_getMetadata"}`))
			if err != nil {
				s.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		now = s.read()
		if now["go_gc_duration_seconds_count"] < collections+3 { // what dies in one collection may be seen to be gone by the next
			continue
		}
		quiet := before == nil || now["go_goroutines"] <= before["go_goroutines"]+10 && now["go_gc_heap_live_bytes"] <= before["go_gc_heap_live_bytes"]+(8<<20)
		if quiet || time.Now().After(deadline) {
			return now
		}
	}
}

// attackers runs do for each of many, at the siege's rate, and waits for all of them.
func (s *siege) attackers(many int, do func(i int, conn *net.TCPConn) (keep bool)) {
	s.Helper()
	var mu sync.Mutex
	var kept []net.Conn
	var wg sync.WaitGroup
	busy := make(chan struct{}, 64)
	for i := range many {
		busy <- struct{}{}
		wg.Go(func() {
			defer func() { <-busy }()
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				s.Errorf("connection %d: %v", i, err)
				return
			}
			if do(i, conn.(*net.TCPConn)) {
				mu.Lock()
				kept = append(kept, conn)
				mu.Unlock()
			} else {
				conn.Close()
			}
		})
		time.Sleep(s.rate)
	}
	wg.Wait()
	if len(kept) > 0 {
		now := s.read()
		s.Logf("%32s %d connections are open; the node: %.0f goroutines, %.0f MiB resident", "", len(kept), now["go_goroutines"], now["process_resident_memory_bytes"]/(1<<20))
		time.Sleep(s.hold)
	}
	for _, conn := range kept {
		conn.Close()
	}
}

const upgrade = "GET / HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// connect makes a WebSocket of a connection, by hand: what follows may be as wrong as it likes.
func connect(conn net.Conn) error {
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, upgrade); err != nil {
		return err
	}
	got, answer := make([]byte, 1), []byte(nil)
	for !bytes.HasSuffix(answer, []byte("\r\n\r\n")) {
		if _, err := conn.Read(got); err != nil {
			return fmt.Errorf("the handshake is answered with %q: %w", answer, err)
		}
		answer = append(answer, got[0])
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 101 ")) {
		return fmt.Errorf("the handshake is answered with %q", answer)
	}
	return nil
}

// frame is a client's text frame, under the mask 0.
func frame(text string) []byte {
	head := []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0}
	if len(text) < 126 {
		head = []byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}
	}
	return append(head, text...)
}

// handshakes are connections that begin to ask for something, each leaving off elsewhere, and stay.
func (s *siege) handshakes() {
	s.attackers(s.many, func(i int, conn *net.TCPConn) bool {
		io.WriteString(conn, upgrade[:i%len(upgrade)])
		return true
	})
}

// idle are WebSockets that ask for nothing.
func (s *siege) idle() {
	s.attackers(s.many, func(i int, conn *net.TCPConn) bool {
		if err := connect(conn); err != nil {
			s.Errorf("idle connection %d: %v", i, err)
			return false
		}
		return true
	})
}

// asked are calls that take, and keep, what there is to take.
var asked = []string{
	`{"jsonrpc":"2.0","id":1,"method":"chainHead_v1_follow","params":[true]}`,
	`{"jsonrpc":"2.0","id":2,"method":"chain_subscribeNewHeads"}`,
	`{"jsonrpc":"2.0","id":3,"method":"state_subscribeStorage","params":[["0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac"]]}`,
	`{"jsonrpc":"2.0","id":4,"method":"state_getKeysPaged","params":["0x",1000]}`,
	`{"jsonrpc":"2.0","id":5,"method":"state_getMetadata"}`,
}

// cut are connections that end while calls are under way and subscriptions open: some by a reset, some with half a frame sent, some without a word.
func (s *siege) cut() {
	s.attackers(s.many/4, func(i int, conn *net.TCPConn) bool {
		if err := connect(conn); err != nil {
			s.Errorf("connection %d: %v", i, err)
			return false
		}
		for _, text := range asked {
			if _, err := conn.Write(frame(text)); err != nil {
				s.Errorf("connection %d: %v", i, err)
			}
		}
		switch i % 3 {
		case 0:
			conn.SetLinger(0)
		case 1:
			conn.Write(frame(asked[0])[:20])
		case 2:
			conn.Read(make([]byte, 100))
		}
		return false
	})
}

// nonsense are frames that no client sends, and bodies that are no JSON-RPC.
func (s *siege) nonsense() {
	wrong := [][]byte{
		{0x81, 0x05, 'h', 'e', 'l', 'l', 'o'},                                       // without a mask
		{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},    // of 2^64 bytes
		{0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1}, // of 2^63 bytes
		{0x83, 0x80, 0, 0, 0, 0},                                                    // of a kind that is not there
		{0x80, 0x80, 0, 0, 0, 0},                                                    // the rest of no message
		{0xf1, 0x80, 0, 0, 0, 0},                                                    // with bits that mean nothing
		{0x89, 0xfe, 0, 200, 0, 0, 0, 0},                                            // a ping that is too long
		frame("\xff\xfe\xfd"),
		frame("[" + strings.Repeat("[", 60_000)),
		frame(`{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 60_000) + `"}`),
		frame("[" + strings.Repeat(`{"id":1,"method":"chain_subscribeNewHeads"},`, 1000) + "1]"),
	}
	s.attackers(s.many/4, func(i int, conn *net.TCPConn) bool {
		conn.SetDeadline(time.Now().Add(30 * time.Second))
		if i%3 == 0 {
			body := string(wrong[rand.IntN(len(wrong))])
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			var answer struct{ Error *struct{ Message string } }
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				s.Errorf("%.20q by HTTP: %v", body, err)
			} else if err := json.NewDecoder(resp.Body).Decode(&answer); !strings.HasPrefix(body, "[{") && (err != nil || answer.Error == nil || answer.Error.Message == "") {
				s.Errorf("%.20q by HTTP: %v, %+v", body, err, answer.Error)
			}
			return false
		}
		if err := connect(conn); err != nil {
			s.Errorf("connection %d: %v", i, err)
			return false
		}
		conn.Write(wrong[i%len(wrong)])
		if i%2 == 0 {
			conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			conn.Read(make([]byte, 1000))
		}
		return false
	})
}

// unread are subscriptions of clients that do not read: twenty to heads and one follow on each connection, behind answers that fill their buffers.
func (s *siege) unread() {
	s.attackers(s.many/20, func(i int, conn *net.TCPConn) bool {
		conn.SetReadBuffer(4096)
		if err := connect(conn); err != nil {
			s.Errorf("connection %d: %v", i, err)
			return false
		}
		for range 20 {
			conn.Write(frame(asked[1]))
		}
		conn.Write(frame(asked[0]))
		for range 8 {
			conn.Write(frame(asked[4]))
		}
		return true
	})
}
