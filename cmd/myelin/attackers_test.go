//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// asAttackers set makes the test binary attackers, as its value says, or what they attack in a control.
const asAttackers = "MYELIN_TEST_AS_ATTACKERS"

func init() {
	switch attack := os.Getenv(asAttackers); attack {
	case "":
	case "nothing":
		absorb()
	default:
		besiege(attack)
	}
}

// attackers are the clients without manners, in a process of their own.
type attackers struct {
	addr   string
	many   int
	rate   time.Duration
	hold   time.Duration // how long an attack stays when all of it is there
	failed atomic.Bool
}

func (a *attackers) errorf(format string, args ...any) {
	a.failed.Store(true)
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

// attacks are all kinds, in the order of the siege.
var attacks = []struct {
	name string
	run  func(*attackers)
}{
	{"handshakes without end", (*attackers).handshakes},
	{"idle connections", (*attackers).idle},
	{"connections cut in the middle", (*attackers).cut},
	{"frames and bodies of nonsense", (*attackers).nonsense},
	{"subscriptions that nobody reads", (*attackers).unread},
}

// besiege attacks the address that is the first argument; then come how many, at which rate and how long. It says when it begins.
func besiege(name string) {
	syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) // in earnest they are on machines of their own
	a := &attackers{addr: os.Args[1]}
	a.many, _ = strconv.Atoi(os.Args[2])
	a.rate, _ = time.ParseDuration(os.Args[3])
	a.hold, _ = time.ParseDuration(os.Args[4])
	fmt.Println("begin")
	for _, attack := range attacks {
		if attack.name == name {
			attack.run(a)
		}
	}
	if a.failed.Load() {
		os.Exit(1)
	}
	os.Exit(0)
}

// absorb is what attackers meet in a control: it takes whatever comes, with as little work as there can be, and answers all of it alike. It says where it is.
func absorb() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin) // until the test ends
		os.Exit(0)
	}()
	const answer = `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}`
	socket := append([]byte{0x81, byte(len(answer))}, answer...)
	for {
		conn, err := l.Accept()
		if err != nil {
			os.Exit(1)
		}
		go func() {
			defer conn.Close()
			r, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				return
			}
			if r.Header.Get("Upgrade") == "" {
				io.Copy(io.Discard, r.Body)
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
				return
			}
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			for buf := make([]byte, 4096); err == nil; {
				if _, err = conn.Read(buf); err == nil {
					_, err = conn.Write(socket)
				}
			}
		}()
	}
}

// attack runs do for each of many, at the given rate, and waits for all of them; those that are kept stay for a while.
func (a *attackers) attack(many int, do func(i int, conn *net.TCPConn) (keep bool)) {
	var mu sync.Mutex
	var kept []net.Conn
	var wg sync.WaitGroup
	busy := make(chan struct{}, 64)
	for i := range many {
		busy <- struct{}{}
		wg.Go(func() {
			defer func() { <-busy }()
			conn, err := net.Dial("tcp", a.addr)
			if err != nil {
				a.errorf("connection %d: %v", i, err)
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
		time.Sleep(a.rate)
	}
	wg.Wait()
	if len(kept) > 0 {
		fmt.Println(len(kept), "connections are open")
		time.Sleep(a.hold)
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
func (a *attackers) handshakes() {
	a.attack(a.many, func(i int, conn *net.TCPConn) bool {
		io.WriteString(conn, upgrade[:i%len(upgrade)])
		return true
	})
}

// idle are WebSockets that ask for nothing.
func (a *attackers) idle() {
	a.attack(a.many, func(i int, conn *net.TCPConn) bool {
		if err := connect(conn); err != nil {
			a.errorf("idle connection %d: %v", i, err)
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
func (a *attackers) cut() {
	a.attack(a.many/4, func(i int, conn *net.TCPConn) bool {
		if err := connect(conn); err != nil {
			a.errorf("connection %d: %v", i, err)
			return false
		}
		for _, text := range asked {
			if _, err := conn.Write(frame(text)); err != nil {
				a.errorf("connection %d: %v", i, err)
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
func (a *attackers) nonsense() {
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
	a.attack(a.many/4, func(i int, conn *net.TCPConn) bool {
		conn.SetDeadline(time.Now().Add(30 * time.Second))
		if i%3 == 0 {
			body := string(wrong[rand.IntN(len(wrong))])
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			var answer struct{ Error *struct{ Message string } }
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				a.errorf("%.20q by HTTP: %v", body, err)
			} else if err := json.NewDecoder(resp.Body).Decode(&answer); !strings.HasPrefix(body, "[{") && (err != nil || answer.Error == nil || answer.Error.Message == "") {
				a.errorf("%.20q by HTTP: %v, %+v", body, err, answer.Error)
			}
			return false
		}
		if err := connect(conn); err != nil {
			a.errorf("connection %d: %v", i, err)
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
func (a *attackers) unread() {
	a.attack(a.many/20, func(i int, conn *net.TCPConn) bool {
		conn.SetReadBuffer(4096)
		if err := connect(conn); err != nil {
			a.errorf("connection %d: %v", i, err)
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
