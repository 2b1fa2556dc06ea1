package pool

import (
	"errors"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
)

// Imported tells the pool of the new head, after a commit or a revert: the block's transactions leave, those that it makes stale or that
// have become too old are invalid, and the rest is judged again.
func (p *Pool) Imported(hash bt.Hash, number bt.BlockNumber, xs []bt.Extrinsic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.head = number
	p.imports++
	if len(p.all) == 0 {
		return
	}
	for i, x := range xs {
		h := x.Hash()
		if t := p.all[h]; t != nil {
			delete(p.all, h)
			t.tell(Status{Kind: InBlock, Hash: hash, Index: uint32(i)})
		}
	}
	rest := make([]*tx, 0, len(p.all))
	for _, t := range p.all {
		rest = append(rest, t)
	}
	inOrder(rest)
	checked := make([]*chain.Checked, len(rest))
	for i, t := range rest {
		checked[i] = t.checked
	}
	validities, errs := p.judge.Again(checked)
	keep := rest[:0]
	for i, t := range rest {
		var bad *chain.InvalidTransaction
		switch {
		case errs[i] == nil && number < t.until:
			validities[i].Provides = t.validity.Provides // what it can replace was settled when it came
			t.validity = validities[i]
			keep = append(keep, t)
		case errs[i] == nil || errors.As(errs[i], &bad):
			t.tell(Status{Kind: Invalid})
		default:
			t.tell(Status{Kind: Dropped})
		}
	}
	p.rebuild(keep)
	p.settle()
}
