package rpc

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
)

// hub tells the subscriptions of all clients of the ledger's updates. One goroutine goes around: a block that wakes a goroutine for each of ten thousand
// subscriptions leaves the calls of everybody else waiting behind all of them.
type hub struct {
	ledger *ledger.Ledger

	mu        sync.Mutex
	listeners map[*listener]struct{}
	end       chan struct{} // closed when the last listener goes; nil while there is none
}

// news is an update, with what many subscriptions say of it made once. Only json.RawMessage that nobody changes comes out.
type news struct {
	ledger.Update

	mu     sync.Mutex
	events map[string]json.RawMessage
	rows   map[string][]byte
}

// once is what make makes, made by the first who asks for it by this name.
func (n *news) once(name string, make func() any) json.RawMessage {
	n.mu.Lock()
	defer n.mu.Unlock()
	out, ok := n.events[name]
	if !ok {
		out = raw(make())
		n.events[name] = out
	}
	return out
}

// changed are the rows that the imported block has changed, nil where it has removed them.
func (n *news) changed() map[string][]byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.rows == nil {
		n.rows = map[string][]byte{}
		for _, c := range n.Changes {
			n.rows[string(c.Key)] = c.Value
		}
	}
	return n.rows
}

// listener is a subscription that listens.
type listener struct {
	tell func(*news) bool
	done chan struct{} // closed when it is over

	mu    sync.Mutex
	ready bool
	over  bool
	early []*news // came before it was ready
}

// each calls begin, and then tell with every update that comes after each was called, one after the other, until it returns false, ctx ends, or there were more
// updates than could be told. Nothing is told before begin has returned true. tell must not wait for anything: the others are told behind it.
func (h *hub) each(ctx context.Context, begin func() bool, tell func(*news) bool) {
	l := &listener{tell: tell, done: make(chan struct{})}
	h.add(l)
	defer h.remove(l)
	if !begin() || !l.begin() {
		return
	}
	select {
	case <-ctx.Done():
	case <-l.done:
	}
}

func (h *hub) add(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.end == nil {
		h.end = make(chan struct{})
		go h.run(h.ledger.Subscribe(), h.end)
	}
	h.listeners[l] = struct{}{}
}

// remove returns when the listener is told nothing more.
func (h *hub) remove(l *listener) {
	l.stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
	if len(h.listeners) == 0 && h.end != nil {
		close(h.end)
		h.end = nil
	}
}

// After this many listeners the hub lets others go first: those whom it told have something to write, and calls have come meanwhile.
const (
	turn  = 256
	pause = 500 * time.Microsecond
)

// run tells all listeners until there are none.
func (h *hub) run(sub *ledger.Subscription, end chan struct{}) {
	defer sub.Close()
	var now []*listener
	for {
		select {
		case <-end:
			return
		case <-sub.Wake():
		}
		updates, lost := sub.Updates()
		for _, u := range updates {
			now = h.present(now)
			n := &news{Update: u, events: map[string]json.RawMessage{}}
			for i, l := range now {
				if i%turn == turn-1 {
					time.Sleep(pause)
				}
				l.hear(n)
			}
		}
		if lost {
			h.giveUp(end)
			return
		}
	}
}

// present are the listeners, in any order, so that nobody is always the last.
func (h *hub) present(space []*listener) []*listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(space)
	return slices.AppendSeq(space[:0], maps.Keys(h.listeners))
}

// giveUp ends all listeners; those who come later are told by another round.
func (h *hub) giveUp(end chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		l.stop()
	}
	clear(h.listeners)
	if h.end == end {
		h.end = nil
	}
}

// begin makes the listener ready, once it has been told what came early; false when it is over by then.
func (l *listener) begin() bool {
	for {
		l.mu.Lock()
		early := l.early
		l.early = nil
		if len(early) == 0 || l.over {
			l.ready = true
			defer l.mu.Unlock()
			return !l.over
		}
		l.mu.Unlock()
		for _, n := range early {
			if !l.tell(n) {
				l.stop()
				return false
			}
		}
	}
}

func (l *listener) hear(n *news) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over:
	case !l.ready:
		l.early = append(l.early, n)
	case !l.tell(n):
		l.end()
	}
}

func (l *listener) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
}

// end is called with mu held.
func (l *listener) end() {
	if !l.over {
		l.over = true
		l.early = nil
		close(l.done)
	}
}

// headers remembers the JSON of the last header, which a thousand clients ask for at the same moment.
var headers headerCache

type headerCache struct {
	mu   sync.Mutex
	hash bt.Hash
	json json.RawMessage
}

func (c *headerCache) of(b *ledger.Block) json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.json == nil || c.hash != b.Hash {
		c.hash, c.json = b.Hash, raw(headerOf(&b.Header))
	}
	return c.json
}
