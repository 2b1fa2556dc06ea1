package node

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// listen opens the ports.
func (n *Node) listen() error {
	for _, addr := range n.cfg.RPC {
		l, also, err := listenRPC(addr)
		if err != nil {
			return fmt.Errorf("cannot serve RPC on %s: %w; is another node running? name another port with --rpc-port", addr, reason(err))
		}
		n.rpc = append(n.rpc, l)
		if also != nil {
			n.also = append(n.also, also)
		}
	}
	if n.cfg.Metrics == "" {
		return nil
	}
	l, err := net.Listen("tcp", n.cfg.Metrics)
	if err != nil {
		return fmt.Errorf("cannot serve metrics on %s: %w; name another address with --metrics", n.cfg.Metrics, reason(err))
	}
	n.metrics = l
	return nil
}

// listenRPC opens an address. For localhost that is 127.0.0.1, and ::1 with the same port where there is one and nobody else has it: clients
// try both, in an order of their own.
func listenRPC(addr string) (first, also net.Listener, err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host != "localhost" {
		first, err = net.Listen("tcp", addr)
		return first, nil, err
	}
	if first, err = net.Listen("tcp4", net.JoinHostPort("127.0.0.1", port)); err != nil {
		return nil, nil, err
	}
	chosen := first.Addr().(*net.TCPAddr).Port
	if l, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(chosen))); err == nil {
		also = l
	}
	return first, also, nil
}

// reason strips what net repeats of the address.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// bounded is a listener whose connections are limited in number, together with those of others that share the count. Who comes beyond them
// is told so and hung up on at once: left waiting, they would take the places of clients that come after them.
type bounded struct {
	net.Listener
	open  *atomic.Int64
	limit int64
}

// full is what a connection beyond the limit reads.
const full = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\ntoo many connections: at most %d\n"

// unread bounds, in bytes, what the operating system takes for a client that does not read. By itself it takes megabytes for each, and when those of all are
// too many, every connection of the machine is slowed down.
const unread = 256 << 10

// Accept waits for the next connection within the limit.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if b.open.Add(1) <= b.limit {
			if tcp, ok := c.(*net.TCPConn); ok {
				tcp.SetWriteBuffer(unread) // where it cannot be set, the system's own bound holds
			}
			return &counted{Conn: c, open: b.open}, nil
		}
		b.open.Add(-1)
		c.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)) // an empty send buffer takes it at once
		fmt.Fprintf(c, full, b.limit)
		c.Close()
	}
}

// counted is a connection that leaves the count when it is closed.
type counted struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

// Close closes the connection.
func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
