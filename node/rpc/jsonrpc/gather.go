package jsonrpc

import (
	"bufio"
	"net"
	"net/http"
	"sync"
)

// gathered is how many bytes of messages go out together at most.
const gathered = 64 << 10

// gatherer is a connection that can gather what is written to it, so that a client with many subscriptions is told of a block by one call of the operating
// system and not by one for each.
type gatherer struct {
	net.Conn

	mu        sync.Mutex
	gathering bool
	waiting   []byte
}

// gather lets what is written from now on wait, until release.
func (g *gatherer) gather() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gathering = true
}

// Write writes, or lets wait, whole frames: the WebSocket gives it one at a time.
func (g *gatherer) Write(p []byte) (int, error) {
	g.mu.Lock()
	if g.gathering {
		defer g.mu.Unlock()
		g.waiting = append(g.waiting, p...)
		return len(p), nil
	}
	g.mu.Unlock()
	return g.Conn.Write(p)
}

// release writes what waits. Other frames, such as pongs, come between what is released together or behind it.
func (g *gatherer) release() error {
	g.mu.Lock()
	out := g.waiting
	g.gathering, g.waiting = false, nil
	g.mu.Unlock()
	_, err := g.Conn.Write(out)
	return err
}

// hijacker gives the WebSocket a connection that gathers.
type hijacker struct {
	http.ResponseWriter
	conn *gatherer
}

// Hijack takes the connection from the HTTP server.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = &gatherer{Conn: conn}
	rw.Writer.Reset(h.conn)
	return h.conn, rw, nil
}
