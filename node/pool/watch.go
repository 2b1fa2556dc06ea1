package pool

import (
	"cmp"
	"slices"
	"sync"

	"github.com/myelin-go/myelin/bt"
)

// Kind is what happened to a watched transaction.
type Kind uint8

// The kinds. After InBlock and those behind it a watcher hears no more: both engines make blocks that are final.
const (
	Future  Kind = iota // it waits for an earlier one
	Ready               // it may be in the next block
	InBlock             // Hash is the block, Index its place
	Usurped             // Hash is the transaction that took its place
	Dropped             // the pool was full
	Invalid             // it can no longer be in a block
)

// Last tells whether nothing comes after a status of this kind.
func (k Kind) Last() bool { return k >= InBlock }

// Status is one step in a transaction's life.
type Status struct {
	Kind  Kind
	Hash  bt.Hash
	Index uint32
}

// Watch hears what becomes of one transaction. Steps are never lost; a watcher that does not listen holds only its own few.
type Watch struct {
	pool *Pool
	hash bt.Hash

	mu     sync.Mutex
	steps  []Status
	wake   chan struct{} // capacity 1
	closed bool
}

func newWatch(p *Pool, hash bt.Hash) *Watch {
	return &Watch{pool: p, hash: hash, wake: make(chan struct{}, 1)}
}

// Hash is the transaction's hash.
func (w *Watch) Hash() bt.Hash { return w.hash }

// Wake receives when there may be new steps.
func (w *Watch) Wake() <-chan struct{} { return w.wake }

// Steps returns the steps that came since the last call.
func (w *Watch) Steps() []Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.steps
	w.steps = nil
	return out
}

// Close ends the watch.
func (w *Watch) Close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	p := w.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.all[w.hash]; t != nil {
		t.watchers = slices.DeleteFunc(t.watchers, func(o *Watch) bool { return o == w })
	}
}

func (w *Watch) tell(s Status) {
	w.mu.Lock()
	if !w.closed {
		w.steps = append(w.steps, s)
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (t *tx) tell(s Status) {
	for _, w := range t.watchers {
		w.tell(s)
	}
}

func inOrder(txs []*tx) []*tx {
	slices.SortFunc(txs, func(a, b *tx) int { return cmp.Compare(a.order, b.order) })
	return txs
}
