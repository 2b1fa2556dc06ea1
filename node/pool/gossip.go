package pool

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
)

// Since lists the transactions in the pool that arrived after a mark, in the order of arrival, as far as maxBytes allows (0 is no bound, and
// one is always given), and the mark to ask with next. The first mark is 0.
func (p *Pool) Since(mark uint64, maxBytes int) (xs []bt.Extrinsic, next uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if mark >= p.arrived {
		return nil, mark
	}
	var txs []*tx
	for _, t := range p.all {
		if t.order > mark {
			txs = append(txs, t)
		}
	}
	size := 0
	for _, t := range inOrder(txs) {
		if size += len(t.checked.Raw); maxBytes > 0 && size > maxBytes && len(xs) > 0 {
			return xs, mark
		}
		xs, mark = append(xs, t.checked.Raw), t.order
	}
	return xs, p.arrived
}

// Checked is a transaction in the pool as it was verified, nil when it is not there.
func (p *Pool) Checked(hash bt.Hash) *chain.Checked {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.all[hash]; t != nil {
		return t.checked
	}
	return nil
}
