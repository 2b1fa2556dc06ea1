package jsonrpc

import "context"

// Peer is the WebSocket connection by which a call came, for methods that keep something for as long as the connection lives.
type Peer struct{ msg *message }

type peerKey struct{}

// PeerOf is the connection that a handler's context belongs to; ok is false over HTTP, where nothing outlives the call.
func PeerOf(ctx context.Context) (p Peer, ok bool) {
	msg, ok := ctx.Value(peerKey{}).(*message)
	return Peer{msg}, ok
}

// Key tells connections apart: equal for calls by the same one.
func (p Peer) Key() any { return p.msg.conn }

// After runs fn in a goroutine of its own once the answer to the present call stands in the queue, so that the client has what the call
// returned before fn notifies it. ctx ends with the connection, which waits for fn.
func (p Peer) After(fn func(ctx context.Context)) { p.msg.after = append(p.msg.after, fn) }

// Heavy runs fn in a place for heavy calls, for work that a call leaves to do After; fn is not run when ctx ends before there is one.
func (p Peer) Heavy(ctx context.Context, fn func()) {
	if leave, ok := p.msg.conn.s.enterHeavy(ctx, p.msg); ok {
		defer leave()
		fn()
	}
}

// context is the connection's, from which handlers learn their peer.
func (msg *message) context() context.Context { return context.WithValue(msg.conn.ctx, peerKey{}, msg) }

// start starts what the message's calls left to do behind its answer.
func (msg *message) start() {
	for _, sub := range msg.made {
		sub.start()
	}
	for _, fn := range msg.after {
		msg.conn.wg.Add(1)
		go func() {
			defer msg.conn.wg.Done()
			fn(msg.conn.ctx)
		}()
	}
}

// Wait blocks until the client has read so much of its output that a further page does not bring it near the limit; false means that ctx
// ended first. Without it a subscription that sends faster than the client reads is cut off.
func (s *Sink) Wait(ctx context.Context) bool { return s.c.caughtUp(ctx) }

// behind is whether the client has left so much unread that nothing is done for it but what it has been promised.
func (c *conn) behind() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unread > c.s.enough()
}

// enough is how many bytes a client may leave unread before its further messages wait: few when all clients together leave much.
func (s *Server) enough() int {
	most := min(1<<20, s.cfg.MaxUnread/4)
	if s.unread.Load() > s.cfg.MaxUnreadAll/4 {
		return min(most, 32<<10)
	}
	return most
}

// caughtUp blocks until the client is not behind; false means that ctx ended first.
func (c *conn) caughtUp(ctx context.Context) bool {
	c.mu.Lock()
	if c.unread <= c.s.enough() {
		c.mu.Unlock()
		return ctx.Err() == nil
	}
	if c.drained == nil {
		c.drained = make(chan struct{})
	}
	drained := c.drained
	c.mu.Unlock()
	select {
	case <-drained:
		return true
	case <-ctx.Done():
		return false
	}
}

// wrote counts a written message out; mu is not held.
func (c *conn) wrote(n int) {
	c.s.unread.Add(-int64(n))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unread -= n
	if c.drained != nil && c.unread <= c.s.enough() {
		close(c.drained)
		c.drained = nil
	}
}
