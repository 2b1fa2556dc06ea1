package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// conn is one WebSocket client: a reader, a writer with a bounded queue, and the goroutines of its calls and subscriptions.
type conn struct {
	s      *Server
	ws     *websocket.Conn
	out    *gatherer // under ws
	ctx    context.Context
	cancel context.CancelCauseFunc
	calls  chan struct{} // a place for each call under way
	wg     sync.WaitGroup

	mu     sync.Mutex
	wake   chan struct{} // capacity 1: the writer has something to do
	queue  []text
	unread int
	subs   map[string]*subscription

	drained chan struct{} // closed when little is unread; nil while nobody waits for it
	waits   atomic.Bool   // nothing is read from the client until there is room for its calls
}

type subscription struct {
	id     string
	cancel context.CancelFunc
	start  func()
	stays  bool   // it goes on when what start runs has returned
	end    func() // to be called when it ends
}

var errSlow = errors.New("the client does not read its output, or does not finish its message")

func newConn(s *Server, ws *websocket.Conn, out *gatherer) *conn {
	c := &conn{s: s, ws: ws, out: out, calls: make(chan struct{}, s.cfg.MaxCalls), wake: make(chan struct{}, 1), subs: map[string]*subscription{}}
	c.ctx, c.cancel = context.WithCancelCause(s.ctx)
	return c
}

// run serves the client until either side ends it, and returns when all its goroutines are gone.
func (c *conn) run() {
	c.wg.Add(2)
	go c.write()
	go c.ping()
	c.read()
	c.cancel(context.Canceled)
	c.wg.Wait()
	c.mu.Lock()
	left := slices.Collect(maps.Keys(c.subs))
	c.mu.Unlock()
	for _, id := range left {
		c.unsubscribe(id)
	}
	c.ws.CloseNow()
	c.s.unread.Add(-int64(c.unread)) // what was never written
}

func (c *conn) read() {
	for {
		_, r, err := c.ws.Reader(c.ctx)
		if err != nil {
			return
		}
		unfinished := time.AfterFunc(bodyTime, func() { c.cancel(errSlow) }) // half a message takes memory for as long as the other half is waited for
		body, err := io.ReadAll(io.LimitReader(r, c.s.cfg.MaxMessage+1))
		over := err == nil && int64(len(body)) > c.s.cfg.MaxMessage
		if over {
			_, err = io.Copy(io.Discard, r)
		}
		unfinished.Stop()
		if err != nil {
			return
		}
		if over {
			c.send(failure(nil, Errorf(CodeOversized, "Request is too big: at most %d bytes", c.s.cfg.MaxMessage)))
			continue
		}
		place, ok := c.room()
		if !ok {
			return
		}
		c.wg.Add(1)
		go func() {
			defer c.wg.Done()
			defer func() { <-c.calls }()
			c.answer(body, place)
		}()
	}
}

// room waits until the client may ask for more: when it has read most of what it was answered, and has few calls under way. A client that asks before it has
// been answered waits in line with the others that do, so that those who ask one by one are not behind thousands of calls. Meanwhile what it sends waits in its
// own buffers, pongs too: so it is not asked for them.
func (c *conn) room() (p *place, ok bool) {
	c.waits.Store(true)
	defer c.waits.Store(false)
	if !c.caughtUp(c.ctx) {
		return nil, false
	}
	select {
	case c.calls <- struct{}{}:
	case <-c.ctx.Done():
		return nil, false
	}
	if len(c.calls) == 1 {
		return nil, true
	}
	select {
	case c.s.line <- struct{}{}:
		return &place{of: c.s.line}, true
	case <-c.ctx.Done():
		<-c.calls
		return nil, false
	}
}

// place is one of a bounded number of places; nil is none.
type place struct {
	of   chan struct{}
	left atomic.Bool
}

// leave gives the place back, once: what a call leaves to do behind its answer may be the first to do so.
func (p *place) leave() {
	if p != nil && p.left.CompareAndSwap(false, true) {
		<-p.of
	}
}

// message is one message under answer. Subscriptions made by it start once its answer stands in the queue, so that the client knows
// their ids before the first notification.
type message struct {
	conn  *conn
	place *place
	made  []*subscription
	after []func(context.Context)
}

func (c *conn) answer(body []byte, place *place) {
	m := &message{conn: c, place: place}
	defer place.leave()
	if out, answered := c.s.handle(m.context(), body, m); answered {
		c.send(out)
	}
	m.start()
}

// send queues a message. A client that lets too much pile up is cut off; when all clients together do, those are who had left more unread than most
// before.
func (c *conn) send(msg text) bool {
	if c.ctx.Err() != nil {
		return false
	}
	size := msg.len()
	all := c.s.unread.Add(int64(size))
	c.mu.Lock()
	over := c.unread+size > c.s.cfg.MaxUnread ||
		all > c.s.cfg.MaxUnreadAll && int64(c.unread) > c.s.cfg.MaxUnreadAll/max(c.s.connections.Load(), 1)
	c.unread += size
	if !over {
		c.queue = append(c.queue, msg)
	}
	c.mu.Unlock()
	if over {
		c.cancel(errSlow)
		return false
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return true
}

// patience is how long a client may take to read one message: one that takes nothing meanwhile holds memory for nothing.
func patience(size int) time.Duration {
	const slowest = 64 << 10 // bytes a second
	return 15*time.Second + time.Duration(size/slowest)*time.Second
}

func (c *conn) write() {
	defer c.wg.Done()
	for {
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			c.sayGoodbye()
			return
		}
		for {
			c.mu.Lock()
			batch := c.queue
			c.queue = nil
			c.mu.Unlock()
			if len(batch) == 0 {
				break
			}
			for len(batch) > 0 {
				n, size := 1, batch[0].len()
				for n < len(batch) && size+batch[n].len() <= gathered {
					size += batch[n].len()
					n++
				}
				if err := c.writeTogether(batch[:n], size); err != nil {
					c.cancel(err)
					c.ws.CloseNow()
					return
				}
				c.wrote(size)
				batch = batch[n:]
			}
		}
	}
}

// writeTogether writes messages that are small, or one.
func (c *conn) writeTogether(msgs []text, size int) error {
	ctx, cancel := context.WithTimeout(c.ctx, patience(size))
	defer cancel()
	if len(msgs) == 1 {
		return c.ws.Write(ctx, websocket.MessageText, msgs[0].bytes())
	}
	c.out.gather()
	var whole []byte
	for _, msg := range msgs {
		whole = msg.appendTo(whole[:0])
		if err := c.ws.Write(ctx, websocket.MessageText, whole); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(ctx, func() { c.out.Close() })
	defer stop()
	return c.out.release()
}

// sayGoodbye closes with a code that tells why. It must not wait for a client that does not answer.
func (c *conn) sayGoodbye() {
	switch {
	case errors.Is(context.Cause(c.ctx), errSlow):
		c.ws.CloseNow()
	case c.s.ctx.Err() != nil:
		go c.ws.Close(websocket.StatusGoingAway, "the node is shutting down")
		time.Sleep(10 * time.Millisecond) // the frame is on its way; the reader's end closes the rest
		c.ws.CloseNow()
	}
}

func (c *conn) ping() {
	defer c.wg.Done()
	tick := time.NewTicker(c.s.cfg.Ping)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		if c.waits.Load() {
			continue
		}
		ctx, cancel := context.WithTimeout(c.ctx, 2*c.s.cfg.Ping)
		err := c.ws.Ping(ctx)
		cancel()
		if err != nil && !c.waits.Load() {
			c.cancel(err)
			c.ws.CloseNow()
			return
		}
	}
}

func (msg *message) subscribe(m *method, p Params) (string, error) {
	c := msg.conn
	c.mu.Lock()
	full := len(c.subs) >= c.s.cfg.MaxSubscriptions
	c.mu.Unlock()
	if full {
		return "", Errorf(CodeTooManySubs, "Too many subscriptions on the connection: at most %d", c.s.cfg.MaxSubscriptions)
	}
	run, err := m.subscribe(msg.context(), p)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithCancel(c.ctx)
	sub := &subscription{id: c.s.newSubscriptionID(), cancel: cancel}
	sink := &Sink{c: c, sub: sub, head: notification(m.notify, sub.id)}
	sub.start = func() {
		c.wg.Add(1)
		go func() {
			defer c.wg.Done()
			if run(ctx, sink); !sub.stays {
				c.unsubscribe(sub.id)
			}
		}()
	}
	c.mu.Lock()
	c.subs[sub.id] = sub
	c.mu.Unlock()
	msg.made = append(msg.made, sub)
	c.s.subscriptions.Add(1)
	return sub.id, nil
}

func (c *conn) unsubscribe(id string) bool {
	c.mu.Lock()
	sub, ok := c.subs[id]
	delete(c.subs, id)
	c.mu.Unlock()
	if ok {
		sub.cancel()
		c.s.subscriptions.Add(-1)
		if sub.end != nil {
			sub.end()
		}
	}
	return ok
}

// Sink sends the notifications of one subscription.
type Sink struct {
	c    *conn
	sub  *subscription
	head []byte // of each notification
}

// ID is the subscription's id.
func (s *Sink) ID() string { return s.sub.id }

// Stay lets the subscription go on when its run function has returned, without a goroutine of its own: until the client ends it or its connection, or End is
// called. Then end is called, once, which must not wait; that may be before Stay returns. Only the run function may call Stay.
func (s *Sink) Stay(end func()) {
	s.sub.stays = true
	s.c.mu.Lock()
	_, open := s.c.subs[s.sub.id]
	if open {
		s.sub.end = end
	}
	s.c.mu.Unlock()
	if !open {
		end()
	}
}

// End ends the subscription.
func (s *Sink) End() { s.c.unsubscribe(s.sub.id) }

// Conn tells connections apart: equal for the subscriptions of the same one.
func (s *Sink) Conn() any { return s.c }

// Send notifies the client. It does not wait for the client; false means that the connection is gone or cut off. json.RawMessage goes out as it is and must not
// change: sent to many, it is kept once.
func (s *Sink) Send(result any) bool {
	raw, ok := result.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = json.Marshal(result); err != nil {
			return false
		}
	}
	return s.c.send(text{s.head, raw, closing})
}
