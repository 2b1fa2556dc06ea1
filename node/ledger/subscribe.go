package ledger

import (
	"sync"

	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/storage"
)

// Change is one changed row of the state.
type Change = storage.Change

// Update is what subscribers hear, in order: a block was imported, or the chain went back to one.
type Update struct {
	Imported *Block
	Final    bool             // the imported block can no longer change
	Changes  []storage.Change // of the imported block

	Reverted *Block // the new head after a revert

	Runtime *chain.Runtime // of the new head's state
}

// Subscription delivers updates. A subscriber that does not keep up loses none, but its queue is bounded: beyond the bound it is ended, which
// its reader sees by Lost.
type Subscription struct {
	subs *subscribers

	mu    sync.Mutex
	queue []Update
	wake  chan struct{} // capacity 1
	lost  bool
}

// maxBehind is how many updates a subscriber may lie behind.
const maxBehind = 4096

type subscribers struct {
	mu  sync.Mutex
	all map[*Subscription]struct{}
}

// Subscribe hears of every update from now on. The subscription must be closed.
func (l *Ledger) Subscribe() *Subscription {
	s := &Subscription{subs: &l.subs, wake: make(chan struct{}, 1)}
	l.subs.mu.Lock()
	if l.subs.all == nil {
		l.subs.all = map[*Subscription]struct{}{}
	}
	l.subs.all[s] = struct{}{}
	l.subs.mu.Unlock()
	return s
}

// Wake receives when there may be updates.
func (s *Subscription) Wake() <-chan struct{} { return s.wake }

// Updates returns what came since the last call; lost tells that some are missing because the reader was too slow, and that no more
// will come.
func (s *Subscription) Updates() (updates []Update, lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	updates, s.queue = s.queue, nil
	return updates, s.lost
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.subs.mu.Lock()
	delete(s.subs.all, s)
	s.subs.mu.Unlock()
}

func (s *subscribers) publish(u Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sub := range s.all {
		sub.mu.Lock()
		if len(sub.queue) >= maxBehind {
			sub.lost, sub.queue = true, nil
			delete(s.all, sub)
		} else {
			sub.queue = append(sub.queue, u)
		}
		sub.mu.Unlock()
		select {
		case sub.wake <- struct{}{}:
		default:
		}
	}
}
