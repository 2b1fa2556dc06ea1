// Package pool holds transactions that wait for a block. It asks the chain whether each one is valid, keeps those that are ready apart from those
// that wait for an earlier nonce, hands them out in order, and tells watchers what becomes of them.
//
// Order and dependence go by the tags of Substrate's transaction validity, not by accounts: a transaction provides tags and may require
// some; nonces are one use of them.
//
// It deliberately holds no blocks and no rule of validity (chain), and does not gossip (node/comet).
package pool

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
)

// Judge says whether a transaction may follow the head block. The error is a *chain.InvalidTransaction.
type Judge interface {
	Judge(x bt.Extrinsic) (*chain.Checked, chain.Validity, error)
	// Again judges a transaction whose signature was verified before.
	Again(x *chain.Checked) (chain.Validity, error)
}

// Config bounds the pool; zero fields take the default named.
type Config struct {
	MaxCount  int // transactions, ready and waiting together; 8,192
	MaxBytes  int // their sizes together; 20 MiB
	MaxFuture int // waiting for earlier ones; 2,048
}

func (c Config) withDefaults() Config {
	if c.MaxCount == 0 {
		c.MaxCount = 8192
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 20 << 20
	}
	if c.MaxFuture == 0 {
		c.MaxFuture = 2048
	}
	return c
}

var (
	// ErrKnown is wrapped when the transaction is in the pool already.
	ErrKnown = errors.New("the transaction is in the pool already")
	// ErrFull is wrapped when the pool is full of transactions that go first.
	ErrFull = errors.New("the pool is full")
)

// TooLowError is a transaction that would take the place of another one with at least its priority.
type TooLowError struct{ Old, New uint64 }

// Error names both priorities.
func (e *TooLowError) Error() string {
	return fmt.Sprintf("priority is too low: (%d > %d)", e.Old, e.New)
}

// tx is a transaction in the pool.
type tx struct {
	hash     bt.Hash
	checked  *chain.Checked
	validity chain.Validity
	since    bt.BlockNumber // head when it came
	order    uint64         // of arrival
	missing  int            // required tags that nobody provides yet
	watchers []*Watch
}

// Pool is safe for use by any number of goroutines.
type Pool struct {
	cfg   Config
	judge Judge

	mu       sync.Mutex
	all      map[bt.Hash]*tx
	provides map[string]*tx   // tag -> who provides it
	waits    map[string][]*tx // tag -> who misses it
	head     bt.BlockNumber
	bytes    int
	future   int
	arrived  uint64
	changed  chan struct{} // closed and renewed when a transaction becomes ready
}

// New is an empty pool.
func New(judge Judge, cfg Config) *Pool {
	return &Pool{
		cfg: cfg.withDefaults(), judge: judge, all: map[bt.Hash]*tx{}, provides: map[string]*tx{}, waits: map[string][]*tx{},
		changed: make(chan struct{}),
	}
}

// Submit takes a transaction in and returns its hash.
func (p *Pool) Submit(x bt.Extrinsic) (bt.Hash, error) {
	t, err := p.submit(x, nil)
	if err != nil {
		return bt.Hash{}, err
	}
	return t.hash, nil
}

// SubmitAndWatch takes a transaction in and watches it. The watch must be closed.
func (p *Pool) SubmitAndWatch(x bt.Extrinsic) (*Watch, error) {
	w := newWatch(p, x.Hash())
	if _, err := p.submit(x, w); err != nil {
		return nil, err
	}
	return w, nil
}

func (p *Pool) submit(x bt.Extrinsic, w *Watch) (*tx, error) {
	hash := x.Hash()
	p.mu.Lock()
	_, known := p.all[hash]
	p.mu.Unlock()
	if known {
		return nil, fmt.Errorf("%w: %s", ErrKnown, hash)
	}
	checked, validity, err := p.judge.Judge(x) // outside the lock: it verifies a signature
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.all[hash]; known {
		return nil, fmt.Errorf("%w: %s", ErrKnown, hash)
	}
	p.arrived++
	t := &tx{hash: hash, checked: checked, validity: validity, since: p.head, order: p.arrived}
	if err := p.replace(t); err != nil {
		return nil, err
	}
	if err := p.makeRoom(t); err != nil {
		return nil, err
	}
	if w != nil {
		t.watchers = append(t.watchers, w)
	}
	p.insert(t)
	return t, nil
}

// replace removes the transactions that provide the same tags as t, if t has a higher priority than each.
func (p *Pool) replace(t *tx) error {
	var old []*tx
	for _, tag := range t.validity.Provides {
		if o := p.provides[string(tag)]; o != nil && !slices.Contains(old, o) {
			old = append(old, o)
		}
	}
	for _, o := range old {
		if o.validity.Priority >= t.validity.Priority {
			return &TooLowError{Old: o.validity.Priority, New: t.validity.Priority}
		}
	}
	for _, o := range old {
		p.remove(o)
		o.tell(Status{Kind: Usurped, Hash: t.hash})
	}
	return nil
}

// makeRoom drops waiting transactions, then those of lower priority, until t fits.
func (p *Pool) makeRoom(t *tx) error {
	fits := func() bool {
		return len(p.all) < p.cfg.MaxCount && p.bytes+len(t.checked.Raw) <= p.cfg.MaxBytes
	}
	if p.missing(t) > 0 && p.future >= p.cfg.MaxFuture {
		return fmt.Errorf("%w: %d transactions wait for earlier ones, at most %d may", ErrFull, p.future, p.cfg.MaxFuture)
	}
	for !fits() {
		worst := p.worst()
		if worst == nil || worst.missing == 0 && worst.validity.Priority >= t.validity.Priority {
			return fmt.Errorf("%w: the pool holds %d transactions of %d bytes, at most %d and %d", ErrFull, len(p.all), p.bytes, p.cfg.MaxCount, p.cfg.MaxBytes)
		}
		p.remove(worst)
		worst.tell(Status{Kind: Dropped})
	}
	return nil
}

// worst is what is dropped first: what waits, then the lowest priority, then the newest.
func (p *Pool) worst() (worst *tx) {
	for _, t := range p.all {
		if worst == nil || goesBefore(worst, t) {
			worst = t
		}
	}
	return worst
}

func goesBefore(a, b *tx) bool {
	if (a.missing > 0) != (b.missing > 0) {
		return b.missing > 0
	}
	if a.validity.Priority != b.validity.Priority {
		return a.validity.Priority > b.validity.Priority
	}
	return a.order < b.order
}

func (p *Pool) missing(t *tx) (n int) {
	for _, tag := range t.validity.Requires {
		if !p.ready(string(tag)) {
			n++
		}
	}
	return n
}

// ready tells whether a tag is provided by a transaction that is ready itself.
func (p *Pool) ready(tag string) bool {
	o := p.provides[tag]
	return o != nil && o.missing == 0
}

func (p *Pool) insert(t *tx) {
	p.all[t.hash] = t
	p.bytes += len(t.checked.Raw)
	for _, tag := range t.validity.Provides {
		p.provides[string(tag)] = t
	}
	for _, tag := range t.validity.Requires {
		if !p.ready(string(tag)) {
			t.missing++
			p.waits[string(tag)] = append(p.waits[string(tag)], t)
		}
	}
	if t.missing > 0 {
		p.future++
		t.tell(Status{Kind: Future})
		return
	}
	p.nowReady(t)
}

// nowReady tells watchers, and frees those who waited for t.
func (p *Pool) nowReady(t *tx) {
	for queue := []*tx{t}; len(queue) > 0; queue = queue[1:] {
		t := queue[0]
		t.tell(Status{Kind: Ready})
		for _, tag := range t.validity.Provides {
			waiting := p.waits[string(tag)]
			delete(p.waits, string(tag))
			for _, w := range waiting {
				if w.missing--; w.missing == 0 {
					p.future--
					queue = append(queue, w)
				}
			}
		}
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// remove takes t out. Those who require its tags wait again.
func (p *Pool) remove(t *tx) {
	if p.all[t.hash] != t {
		return
	}
	delete(p.all, t.hash)
	p.bytes -= len(t.checked.Raw)
	if t.missing > 0 {
		p.future--
		for _, tag := range t.validity.Requires {
			key := string(tag)
			if rest := slices.DeleteFunc(p.waits[key], func(o *tx) bool { return o == t }); len(rest) > 0 {
				p.waits[key] = rest
			} else {
				delete(p.waits, key)
			}
		}
	}
	for _, tag := range t.validity.Provides {
		if p.provides[string(tag)] == t {
			delete(p.provides, string(tag))
		}
	}
}

// Ready lists the transactions that may be in the next block, in the order in which they should be tried: higher priority first, older first
// among equals, and never before one that they require.
func (p *Pool) Ready() []*chain.Checked {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := make(map[*tx]int, len(p.all))
	users := map[string][]*tx{}
	var h txHeap
	for _, t := range p.all {
		if t.missing > 0 {
			continue
		}
		n := 0
		for _, tag := range t.validity.Requires {
			if p.provides[string(tag)] != nil {
				n++
				users[string(tag)] = append(users[string(tag)], t)
			}
		}
		if left[t] = n; n == 0 {
			h = append(h, t)
		}
	}
	heap.Init(&h)
	out := make([]*chain.Checked, 0, len(left))
	for len(h) > 0 {
		t := heap.Pop(&h).(*tx)
		out = append(out, t.checked)
		for _, tag := range t.validity.Provides {
			for _, u := range users[string(tag)] {
				if left[u]--; left[u] == 0 {
					heap.Push(&h, u)
				}
			}
		}
	}
	return out
}

type txHeap []*tx

func (h txHeap) Len() int           { return len(h) }
func (h txHeap) Less(i, j int) bool { return goesBefore(h[i], h[j]) }
func (h txHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *txHeap) Push(x any)        { *h = append(*h, x.(*tx)) }
func (h *txHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h = old[:len(old)-1]
	return t
}

// Pending lists all transactions in the pool, ready ones first.
func (p *Pool) Pending() []bt.Extrinsic {
	p.mu.Lock()
	defer p.mu.Unlock()
	txs := make([]*tx, 0, len(p.all))
	for _, t := range p.all {
		txs = append(txs, t)
	}
	slices.SortFunc(txs, func(a, b *tx) int {
		return cmp.Or(cmp.Compare(a.missing, b.missing), cmp.Compare(a.order, b.order))
	})
	out := make([]bt.Extrinsic, len(txs))
	for i, t := range txs {
		out[i] = t.checked.Raw
	}
	return out
}

// Len is the number of ready and of waiting transactions.
func (p *Pool) Len() (ready, future int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.all) - p.future, p.future
}

// Changed is closed when a transaction becomes ready; ask again for the next time.
func (p *Pool) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// HasTag tells whether a ready transaction provides a tag: how the next nonce is found beyond those in blocks.
func (p *Pool) HasTag(tag []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ready(string(tag))
}

// Remove takes transactions out that a block builder found invalid.
func (p *Pool) Remove(xs ...bt.Extrinsic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range xs {
		if t := p.all[x.Hash()]; t != nil {
			p.remove(t)
			t.tell(Status{Kind: Invalid})
		}
	}
}
