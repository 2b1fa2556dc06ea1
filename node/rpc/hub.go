package rpc

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// hub tells the subscriptions of all clients of the ledger's updates. One goroutine goes around: a block that wakes a goroutine for each of ten thousand
// subscriptions leaves the calls of everybody else waiting behind all of them.
type hub struct {
	ledger *ledger.Ledger

	mu        sync.Mutex
	listeners map[any]map[*listener]struct{} // by connection
	end       chan struct{}                  // closed when the last listener goes; nil while there is none
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
	sink  *jsonrpc.Sink
	tell  func(*news) bool
	leave func() // when nothing more is to be told; once

	mu    sync.Mutex
	ready bool
	over  bool
	early []*news // came before it was ready
}

// each calls begin, and then tell with every update that comes after each was called, one after the other, until it returns false, the subscription ends, or
// there were more updates than could be told. Then it calls after. Nothing is told before begin has returned true.
//
// It returns when the listener is ready; the subscription then has no goroutine. tell and after must not wait for anything: the others are told behind them.
func (h *hub) each(sink *jsonrpc.Sink, begin func() bool, tell func(*news) bool, after func()) {
	l := &listener{sink: sink, tell: tell}
	l.leave = sync.OnceFunc(func() {
		l.stop()
		h.remove(l)
		after()
	})
	h.add(l)
	if begin() && l.begin() {
		sink.Stay(l.leave)
	} else {
		l.leave()
	}
}

func (h *hub) add(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.end == nil {
		h.end = make(chan struct{})
		go h.run(h.ledger.Subscribe(), h.end)
	}
	conn := l.sink.Conn()
	if h.listeners[conn] == nil {
		h.listeners[conn] = map[*listener]struct{}{}
	}
	h.listeners[conn][l] = struct{}{}
}

func (h *hub) remove(l *listener) {
	conn := l.sink.Conn()
	h.mu.Lock()
	defer h.mu.Unlock()
	if delete(h.listeners[conn], l); len(h.listeners[conn]) == 0 {
		delete(h.listeners, conn)
	}
	if len(h.listeners) == 0 && h.end != nil {
		close(h.end)
		h.end = nil
	}
}

// After so many connections, or listeners, the hub lets others go first: those whom it told have something to write, and calls have come meanwhile.
const (
	turnOfConns     = 64
	turnOfListeners = 512
	pause           = 500 * time.Microsecond
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
			now = h.present(now, end)
			n := &news{Update: u, events: map[string]json.RawMessage{}}
			conns, told := 0, 0
			for i, l := range now {
				if i > 0 && l.sink.Conn() != now[i-1].sink.Conn() {
					conns++
				}
				if conns == turnOfConns || told == turnOfListeners {
					time.Sleep(pause)
					conns, told = 0, 0
				}
				if !l.hear(n) {
					l.leave() // before the subscription ends, so that its last word is known to be the hub's
					l.sink.End()
				}
				told++
			}
		}
		if lost {
			h.giveUp(end)
			return
		}
	}
}

// present are the listeners, those of a connection one behind the other, so that it writes to its client once; otherwise in any order, so that nobody is always
// the last. A round that is to end has none: who came since is told by the next one.
func (h *hub) present(space []*listener, end chan struct{}) []*listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(space)
	space = space[:0]
	if h.end != end {
		return space
	}
	for _, of := range h.listeners {
		space = slices.AppendSeq(space, maps.Keys(of))
	}
	return space
}

// giveUp ends all listeners; those who come later are told by another round.
func (h *hub) giveUp(end chan struct{}) {
	all := h.present(nil, end)
	h.mu.Lock()
	if h.end == end {
		h.end = nil
	}
	h.mu.Unlock()
	for _, l := range all {
		l.leave()
		l.sink.End()
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
				return false
			}
		}
	}
}

// hear tells the client, or notes what is to be told; false when it was the last.
func (l *listener) hear(n *news) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return true // whoever ended it lets it leave
	}
	if !l.ready {
		l.early = append(l.early, n)
		return true
	}
	l.over = !l.tell(n)
	return !l.over
}

// stop returns when the listener is told nothing more.
func (l *listener) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.early = nil
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
