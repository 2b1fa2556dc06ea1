package pool

import (
	"errors"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
)

// Imported tells the pool of the new head: its transactions leave, those that they make stale or that have become too old are
// invalid, and the rest is judged again.
func (p *Pool) Imported(hash bt.Hash, number bt.BlockNumber, xs []bt.Extrinsic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.head = number
	for i, x := range xs {
		t := p.all[x.Hash()]
		if t == nil {
			continue
		}
		p.remove(t)
		t.tell(Status{Kind: InBlock, Hash: hash, Index: uint32(i)})
	}
	rest := make([]*tx, 0, len(p.all))
	for _, t := range p.all {
		rest = append(rest, t)
	}
	p.all, p.provides, p.waits, p.bytes, p.future = map[bt.Hash]*tx{}, map[string]*tx{}, map[string][]*tx{}, 0, 0
	for _, t := range inOrder(rest) {
		p.again(t)
	}
}

// again judges a transaction under the new head and puts it back if it may stay.
func (p *Pool) again(t *tx) {
	v, err := p.judge.Again(t.checked)
	var bad *chain.InvalidTransaction
	switch {
	case err == nil:
		if uint64(p.head-t.since) > t.validity.Longevity {
			t.tell(Status{Kind: Invalid})
			return
		}
		t.validity = v
	case errors.As(err, &bad):
		t.tell(Status{Kind: Invalid})
		return
	default:
		t.tell(Status{Kind: Dropped})
		return
	}
	wasReady := t.missing == 0
	t.missing = 0
	quiet := t.watchers
	if wasReady {
		t.watchers = nil // it is told once that it is ready
	}
	p.insert(t)
	t.watchers = quiet
}
