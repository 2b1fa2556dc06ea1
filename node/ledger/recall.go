package ledger

import (
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/storage"
)

// recalled is what was read of one block's state to judge transactions: those of a burst read the same few rows again and again, such as the runtime's
// code and the sender's account.
type recalled struct {
	block bt.Hash

	mu   sync.RWMutex
	rows map[string]recalledRow
}

type recalledRow struct {
	value []byte
	ok    bool
}

// maxRecalled bounds the rows that are remembered, and maxRecalledValue their values; further ones are read anew each time.
const (
	maxRecalled      = 16_384
	maxRecalledValue = 1024
)

// recall is the state after a block through what is remembered of it, which is forgotten with the next block.
func (l *Ledger) recall(v storage.Reader, block bt.Hash) storage.Reader {
	for {
		r := l.recalled.Load()
		if r != nil && r.block == block {
			return &recalling{v, r}
		}
		l.recalled.CompareAndSwap(r, &recalled{block: block, rows: map[string]recalledRow{}})
	}
}

// recalling is a reader that remembers.
type recalling struct {
	storage.Reader
	*recalled
}

// Get returns the value of a key.
func (r *recalling) Get(key []byte) ([]byte, bool) {
	r.mu.RLock()
	row, known := r.rows[string(key)]
	r.mu.RUnlock()
	if known {
		return row.value, row.ok
	}
	value, ok := r.Reader.Get(key)
	if len(value) <= maxRecalledValue {
		r.mu.Lock()
		if len(r.rows) < maxRecalled {
			r.rows[string(key)] = recalledRow{value, ok}
		}
		r.mu.Unlock()
	}
	return value, ok
}
