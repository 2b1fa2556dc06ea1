// Package jsonrpc is a JSON-RPC 2.0 client over one WebSocket that it keeps up: it reconnects with growing pauses, sends requests
// without an answer again, and renews subscriptions. A request that must not be sent twice (CallOnce) fails with ErrFateUnknown when
// the connection is lost before its answer.
//
// It deliberately knows no method by name (subtensor does) and speaks no HTTP.
package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

var (
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the connection was closed")
	// ErrFateUnknown is wrapped when the connection was lost after a request that must not be sent twice: the node may have acted on it.
	ErrFateUnknown = errors.New("connection lost before the answer: fate unknown")
	// ErrUnreachable is wrapped when a request found no connection for as long as Options.Patience.
	ErrUnreachable = errors.New("node not reachable")
	// ErrSlow ends a subscription whose notifications were not taken in time.
	ErrSlow = errors.New("subscription fell behind: its notifications were not read in time")
)

// Error is what a node answers in place of a result.
type Error struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Error prints message, data and code.
func (e *Error) Error() string {
	if text := e.Text(); text != "" {
		return fmt.Sprintf("node answers: %s: %s (code %d)", e.Message, text, e.Code)
	}
	return fmt.Sprintf("node answers: %s (code %d)", e.Message, e.Code)
}

// Text is the data: as it is when it is a string, else in JSON; empty when there is none.
func (e *Error) Text() string {
	var s string
	if json.Unmarshal(e.Data, &s) == nil {
		return s
	}
	return string(e.Data)
}

// Options bound what a client does; the zero value has the defaults.
type Options struct {
	// Patience is how long a request waits while there is no connection; 0 is a minute.
	Patience time.Duration
	// Ping is the time between pings, and how long each may take; 0 is 20 seconds.
	Ping time.Duration
	// MaxMessage is the longest message read, in bytes; 0 is 256 MiB.
	MaxMessage int64
	// MaxOpen is how many requests may wait for their answers at a time; further ones wait their turn. 0 is 256.
	MaxOpen int
	// Buffer is how many notifications of one subscription wait to be read; 0 is 1024.
	Buffer int
}

func (o *Options) defaults() {
	set(&o.Patience, time.Minute)
	set(&o.Ping, 20*time.Second)
	set(&o.MaxMessage, 256<<20)
	set(&o.MaxOpen, 256)
	set(&o.Buffer, 1024)
}

func set[T comparable](to *T, value T) {
	var zero T
	if *to == zero {
		*to = value
	}
}

// Client is a connection to one node. It is safe for concurrent use.
type Client struct {
	url    string
	opts   Options
	open   chan struct{} // a place for each open request
	outbox chan []byte   // requests whose answers nobody waits for

	stop context.CancelFunc
	done chan struct{} // closed when every goroutine is gone

	mu      sync.Mutex
	conn    *websocket.Conn // nil while there is none
	closed  bool
	last    uint64
	pending map[uint64]*request
	byID    map[string]*Subscription // by the node's id
	subs    map[*Subscription]bool
}

type request struct {
	id      uint64
	payload []byte
	once    bool
	sent    bool
	since   time.Time     // without a connection since
	sub     *Subscription // that this request opens
	answer  chan answer   // of capacity 1; nil when nobody waits
}

type answer struct {
	result json.RawMessage
	err    error
}

// Dial connects to ws:// or wss://. The first connection must succeed within ctx; afterwards the client reconnects until Close.
func Dial(ctx context.Context, url string, opts Options) (*Client, error) {
	opts.defaults()
	c := &Client{
		url: url, opts: opts, open: make(chan struct{}, opts.MaxOpen), outbox: make(chan []byte, 64), done: make(chan struct{}),
		pending: map[uint64]*request{}, byID: map[string]*Subscription{}, subs: map[*Subscription]bool{},
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot connect to %s: %w", url, err)
	}
	run, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.conn = conn
	go c.run(run, conn)
	return c, nil
}

const handshake = 10 * time.Second

func (c *Client) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshake)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, c.url, nil)
	if err != nil {
		if resp != nil && resp.Body != nil {
			resp.Body.Close()
		}
		return nil, err
	}
	conn.SetReadLimit(c.opts.MaxMessage)
	return conn, nil
}

// Close ends the connection and everything that waits on it, and returns when no goroutine is left.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	<-c.done
}

// run serves connections one after the other.
func (c *Client) run(ctx context.Context, conn *websocket.Conn) {
	defer close(c.done)
	for {
		c.serve(ctx, conn)
		if conn = c.reconnect(ctx); conn == nil {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, r := range c.pending {
		delete(c.pending, id)
		r.finish(answer{err: ErrClosed})
	}
	for s := range c.subs {
		c.end(s, ErrClosed)
	}
}

const (
	pause        = 250 * time.Millisecond // per failure
	longestPause = 5 * time.Second
)

// reconnect tries until there is a connection; nil means that ctx ended.
func (c *Client) reconnect(ctx context.Context) *websocket.Conn {
	for failures := 1; ; failures++ {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(min(time.Duration(failures)*pause, longestPause)):
		}
		conn, err := c.dial(ctx)
		if err == nil {
			c.renew(ctx, conn)
			return conn
		}
		c.expire(err)
	}
}

// expire fails the requests that waited for a connection too long.
func (c *Client) expire(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, r := range c.pending {
		if time.Since(r.since) < c.opts.Patience {
			continue
		}
		delete(c.pending, id)
		err := fmt.Errorf("%w for %v: %w", ErrUnreachable, c.opts.Patience, cause)
		if r.sub != nil {
			c.end(r.sub, err)
		}
		r.finish(answer{err: err})
	}
}

// renew sends everything that is open through a new connection.
func (c *Client) renew(ctx context.Context, conn *websocket.Conn) {
	c.mu.Lock()
	c.conn = conn
	for s := range c.subs {
		if s.opened && !s.once {
			s.opened = false
			_ = c.register(&request{sub: s}, s.method, s.params) // its parameters were marshalled before
		}
	}
	var open [][]byte
	for id, r := range c.pending {
		if r.sub != nil && r.sub.over {
			delete(c.pending, id)
			continue
		}
		r.sent = true
		open = append(open, r.payload)
	}
	c.mu.Unlock()
	for _, payload := range open {
		if c.write(ctx, conn, payload) != nil {
			return // the reader sees it too
		}
	}
}

// serve reads one connection to its end, with pings beside.
func (c *Client) serve(ctx context.Context, conn *websocket.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { c.keepAlive(ctx, conn) })
	for {
		_, raw, err := conn.Read(ctx)
		if err != nil {
			break
		}
		c.message(raw)
	}
	cancel()
	conn.CloseNow()
	wg.Wait()
	c.lost()
}

func (c *Client) keepAlive(ctx context.Context, conn *websocket.Conn) {
	tick := time.NewTicker(c.opts.Ping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case payload := <-c.outbox:
			if c.write(ctx, conn, payload) != nil {
				return
			}
			continue
		case <-tick.C:
		}
		ping, cancel := context.WithTimeout(ctx, c.opts.Ping)
		err := conn.Ping(ping)
		cancel()
		if err != nil {
			conn.CloseNow()
			return
		}
	}
}

// lost sorts what was open on a connection that is gone: what may be sent again waits, the rest fails.
func (c *Client) lost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = nil
	clear(c.byID)
	for id, r := range c.pending {
		r.since = time.Now()
		if r.once && r.sent {
			delete(c.pending, id)
			if r.sub != nil {
				c.end(r.sub, ErrFateUnknown)
			}
			r.finish(answer{err: ErrFateUnknown})
		}
	}
	for s := range c.subs {
		if s.opened && s.once {
			c.end(s, ErrFateUnknown)
		}
	}
}

func (r *request) finish(a answer) {
	if r.answer != nil {
		r.answer <- a
	}
}

func (c *Client) write(ctx context.Context, conn *websocket.Conn, payload []byte) error {
	// A caller that gives up must not break the connection that others share.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.opts.Ping)
	defer cancel()
	err := conn.Write(ctx, websocket.MessageText, payload)
	if err != nil {
		conn.CloseNow()
	}
	return err
}

// message is anything a node sends.
type message struct {
	ID     json.RawMessage `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *Error          `json:"error"`
	Method string          `json:"method"`
	Params struct {
		Subscription json.RawMessage `json:"subscription"`
		Result       json.RawMessage `json:"result"`
		Error        *Error          `json:"error"`
	} `json:"params"`
}

// key is a number or string of JSON in one form, so that 7 and "7" are the same.
func key(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

func (c *Client) message(raw []byte) {
	if len(raw) > 0 && raw[0] == '[' {
		var batch []json.RawMessage
		if json.Unmarshal(raw, &batch) == nil {
			for _, one := range batch {
				c.message(one)
			}
		}
		return
	}
	var m message
	if json.Unmarshal(raw, &m) != nil {
		return // a node that does not speak JSON is no better after an error
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.Method != "" {
		if s := c.byID[key(m.Params.Subscription)]; s != nil {
			c.deliver(s, m.Params.Result, m.Params.Error)
		}
		return
	}
	id, err := strconv.ParseUint(key(m.ID), 10, 64)
	r := c.pending[id]
	if err != nil || r == nil {
		return
	}
	delete(c.pending, id)
	if m.Error != nil {
		if r.sub != nil {
			c.end(r.sub, m.Error)
		}
		r.finish(answer{err: m.Error})
		return
	}
	if r.sub != nil {
		r.sub.id = m.Result
		r.sub.opened = true
		c.byID[key(m.Result)] = r.sub
		if r.sub.over {
			c.unsubscribe(r.sub)
		}
	}
	r.finish(answer{result: m.Result})
}

// register gives a request its id and payload; the caller holds mu.
func (c *Client) register(r *request, method string, params []any) error {
	if params == nil {
		params = []any{}
	}
	c.last++
	payload, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		ID      uint64 `json:"id"`
		Method  string `json:"method"`
		Params  []any  `json:"params"`
	}{"2.0", c.last, method, params})
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	r.id, r.payload, r.since = c.last, payload, time.Now()
	c.pending[r.id] = r
	return nil
}

// send registers a request, sends it when there is a connection, and waits for its answer.
func (c *Client) send(ctx context.Context, r *request, method string, params []any) (json.RawMessage, error) {
	select {
	case c.open <- struct{}{}:
		defer func() { <-c.open }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", method, ctx.Err())
	case <-c.done:
		return nil, fmt.Errorf("%s: %w", method, ErrClosed)
	}
	r.answer = make(chan answer, 1)
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, fmt.Errorf("%s: %w", method, ErrClosed)
	}
	if err := c.register(r, method, params); err != nil {
		c.mu.Unlock()
		return nil, err
	}
	if r.sub != nil {
		c.subs[r.sub] = true
	}
	conn := c.conn
	r.sent = conn != nil
	c.mu.Unlock()
	if conn != nil {
		// A failure closes the connection; its reader then decides what becomes of the request.
		_ = c.write(ctx, conn, r.payload)
	}
	select {
	case a := <-r.answer:
		if a.err != nil {
			return nil, fmt.Errorf("%s: %w", method, a.err)
		}
		return a.result, nil
	case <-ctx.Done():
		c.mu.Lock()
		// A subscription that is not wanted any more stays until its id comes, to be taken back then.
		if r.sub == nil {
			delete(c.pending, r.id)
		}
		c.mu.Unlock()
		return nil, fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// Call asks for a result and decodes it into the pointer, unless that is nil. It may reach the node twice.
func (c *Client) Call(ctx context.Context, into any, method string, params ...any) error {
	return c.call(ctx, false, into, method, params)
}

// CallOnce is Call for requests that must not reach the node twice; see ErrFateUnknown.
func (c *Client) CallOnce(ctx context.Context, into any, method string, params ...any) error {
	return c.call(ctx, true, into, method, params)
}

func (c *Client) call(ctx context.Context, once bool, into any, method string, params []any) error {
	raw, err := c.send(ctx, &request{once: once}, method, params)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: answer is not what was asked for: %w", method, err)
	}
	return nil
}
