package jsonrpc

import (
	"context"
	"encoding/json"
)

// Subscription is a stream of notifications. It survives reconnects, with a gap, unless it was opened by SubscribeOnce.
type Subscription struct {
	c             *Client
	method, unsub string
	params        []any
	once          bool

	notes chan json.RawMessage

	// Guarded by Client.mu.
	id     json.RawMessage // the node's
	opened bool
	over   bool
	err    error
}

// Subscribe opens a subscription by one method and ends it by another.
func (c *Client) Subscribe(ctx context.Context, method, unsubscribe string, params ...any) (*Subscription, error) {
	return c.subscribe(ctx, false, method, unsubscribe, params)
}

// SubscribeOnce is Subscribe for requests that must not reach the node twice: when the connection is lost it ends with ErrFateUnknown.
func (c *Client) SubscribeOnce(ctx context.Context, method, unsubscribe string, params ...any) (*Subscription, error) {
	return c.subscribe(ctx, true, method, unsubscribe, params)
}

func (c *Client) subscribe(ctx context.Context, once bool, method, unsub string, params []any) (*Subscription, error) {
	s := &Subscription{c: c, method: method, unsub: unsub, params: params, once: once, notes: make(chan json.RawMessage, c.opts.Buffer)}
	if _, err := c.send(ctx, &request{once: once, sub: s}, method, params); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Notes gives the notifications. It is closed when the subscription ends; Err then tells why.
func (s *Subscription) Notes() <-chan json.RawMessage { return s.notes }

// Err is why the subscription ended; nil when it goes on or was closed by Close.
func (s *Subscription) Err() error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.err
}

// Next waits for a notification and decodes it.
func (s *Subscription) Next(ctx context.Context, into any) error {
	select {
	case raw, ok := <-s.notes:
		if !ok {
			if err := s.Err(); err != nil {
				return err
			}
			return ErrClosed
		}
		return json.Unmarshal(raw, into)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends the subscription and tells the node.
func (s *Subscription) Close() {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.over {
		return
	}
	if s.opened {
		s.c.unsubscribe(s)
	}
	s.c.end(s, nil)
}

// deliver hands a notification over; the caller holds mu.
func (c *Client) deliver(s *Subscription, raw json.RawMessage, failed *Error) {
	switch {
	case s.over:
	case failed != nil:
		c.end(s, failed)
	default:
		select {
		case s.notes <- raw:
		default:
			c.unsubscribe(s)
			c.end(s, ErrSlow)
		}
	}
}

// end closes a subscription on this side; the caller holds mu.
func (c *Client) end(s *Subscription, err error) {
	if s.over {
		return
	}
	s.over, s.err = true, err
	close(s.notes)
	delete(c.subs, s)
	if s.opened {
		delete(c.byID, key(s.id))
	}
}

// unsubscribe tells the node without waiting; the caller holds mu. A full outbox leaves it at that: notifications nobody asked for are
// dropped as they come.
func (c *Client) unsubscribe(s *Subscription) {
	r := &request{}
	if s.unsub == "" || c.register(r, s.unsub, []any{s.id}) != nil {
		return
	}
	delete(c.pending, r.id)
	select {
	case c.outbox <- r.payload:
	default:
	}
}
