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

// Judge says whether transactions may follow the head block. What it says of a bad one is a *chain.InvalidTransaction.
type Judge interface {
	// Height is the height of the head block.
	Height() bt.BlockNumber
	Judge(x bt.Extrinsic) (*chain.Checked, chain.Validity, error)
	// Again judges transactions whose signatures were verified before, all under the same head.
	Again(xs []*chain.Checked) ([]chain.Validity, []error)
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

// Pool is safe for use by any number of goroutines.
type Pool struct {
	cfg   Config
	judge Judge

	mu       sync.Mutex
	all      map[bt.Hash]*tx
	provides map[string]*tx   // tag -> who provides it
	users    map[string][]*tx // tag -> who requires it
	worst    worstFirst
	head     bt.BlockNumber
	imports  uint64 // calls of Imported
	bytes    int
	future   int
	arrived  uint64
	moved    []*tx         // became ready or ceased to be so since the last settle
	changed  chan struct{} // closed and renewed when a transaction becomes ready
}

// New is an empty pool over the judge's head.
func New(judge Judge, cfg Config) *Pool {
	return &Pool{
		cfg: cfg.withDefaults(), judge: judge, head: judge.Height(), all: map[bt.Hash]*tx{}, provides: map[string]*tx{}, users: map[string][]*tx{},
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
	imports := p.imports
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
	if p.imports != imports { // it was judged under a head that is gone: it, or one that it requires, may be in a block by now
		vs, errs := p.judge.Again([]*chain.Checked{checked})
		if errs[0] != nil {
			return nil, errs[0]
		}
		validity = vs[0]
	}
	p.arrived++
	t := &tx{hash: hash, checked: checked, validity: validity, until: lastBlock(p.head, validity.Longevity), order: p.arrived}
	if err := p.admit(t); err != nil {
		return nil, err
	}
	if w != nil {
		t.watchers = append(t.watchers, w)
	}
	p.insert(t)
	p.settle()
	return t, nil
}

// admit makes room for t: it removes those whose tags t provides too, if t has a higher priority than each, and those that go last, if t
// goes before them. When it refuses, nothing was removed.
func (p *Pool) admit(t *tx) error {
	var replaced []*tx
	count, size := len(p.all)+1, p.bytes+len(t.checked.Raw)
	for _, tag := range t.validity.Provides {
		o := p.provides[string(tag)]
		if o == nil || slices.Contains(replaced, o) {
			continue
		}
		if o.validity.Priority >= t.validity.Priority {
			return &TooLowError{Old: o.validity.Priority, New: t.validity.Priority}
		}
		replaced = append(replaced, o)
		count, size = count-1, size-len(o.checked.Raw)
	}
	for _, tag := range t.validity.Requires {
		if !p.ready(string(tag)) {
			t.missing++
		}
	}
	defer func() { t.missing = 0 }() // insert counts anew, after the removals
	if t.missing > 0 && p.future >= p.cfg.MaxFuture && !slices.ContainsFunc(replaced, (*tx).waits) {
		return fmt.Errorf("%w: %d transactions wait for earlier ones, at most %d may", ErrFull, p.future, p.cfg.MaxFuture)
	}
	var popped, dropped []*tx
	for count > p.cfg.MaxCount || size > p.cfg.MaxBytes {
		var worst *tx
		if len(p.worst) > 0 {
			worst = heap.Pop(&p.worst).(*tx)
			popped = append(popped, worst)
		}
		if worst == nil || goesBefore(worst, t) || t.needs(worst) {
			for _, o := range popped {
				heap.Push(&p.worst, o)
			}
			return fmt.Errorf("%w: the pool holds %d transactions of %d bytes, at most %d and %d", ErrFull, len(p.all), p.bytes, p.cfg.MaxCount, p.cfg.MaxBytes)
		}
		if !slices.Contains(replaced, worst) {
			dropped = append(dropped, worst)
			count, size = count-1, size-len(worst.checked.Raw)
		}
	}
	for _, o := range popped {
		heap.Push(&p.worst, o) // remove looks for them there
	}
	for _, o := range replaced {
		p.remove(o)
		o.tell(Status{Kind: Usurped, Hash: t.hash})
	}
	for _, o := range dropped {
		p.remove(o)
		o.tell(Status{Kind: Dropped})
	}
	return nil
}

// Ready lists the transactions that may be in the next block, in the order in which they should be tried: higher priority first, older first
// among equals, and never before one that they require.
func (p *Pool) Ready() []*chain.Checked {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := make(map[*tx]int, len(p.all)) // required tags whose providers are not yet in the list
	var next firstFirst
	for _, t := range p.all {
		if t.waits() {
			continue
		}
		if left[t] = len(t.validity.Requires); left[t] == 0 {
			next = append(next, t)
		}
	}
	heap.Init(&next)
	out := make([]*chain.Checked, 0, len(left))
	for len(next) > 0 {
		t := heap.Pop(&next).(*tx)
		out = append(out, t.checked)
		for _, tag := range t.validity.Provides {
			for _, u := range p.users[string(tag)] {
				if u.waits() {
					continue
				}
				if left[u]--; left[u] == 0 {
					heap.Push(&next, u)
				}
			}
		}
	}
	return out
}

// Pending lists all transactions in the pool, ready ones first, each kind in the order of arrival.
func (p *Pool) Pending() []bt.Extrinsic {
	p.mu.Lock()
	defer p.mu.Unlock()
	txs := make([]*tx, 0, len(p.all))
	for _, t := range p.all {
		txs = append(txs, t)
	}
	slices.SortFunc(txs, func(a, b *tx) int {
		switch {
		case a.waits() == b.waits():
			return cmp.Compare(a.order, b.order)
		case a.waits():
			return 1
		}
		return -1
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

// Remove takes transactions out that a block builder found invalid. Those that require them wait again.
func (p *Pool) Remove(xs ...bt.Extrinsic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range xs {
		if t := p.all[x.Hash()]; t != nil {
			p.remove(t)
			t.tell(Status{Kind: Invalid})
		}
	}
	p.settle()
}
