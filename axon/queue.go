package axon

import (
	"container/heap"
	"context"
	"errors"
	"sync"
)

// queue hands a bounded number of worker slots to waiting requests, the highest priority first, equal ones in order of
// arrival. It runs nothing itself: the request's own goroutine is the worker.
type queue struct {
	limit int

	mu      sync.Mutex
	free    int
	arrived uint64
	waiting waitHeap
}

type waiter struct {
	priority float64
	order    uint64
	index    int // in the heap; -1 once out of it
	granted  chan error
}

// errOverloaded is given to a request that does not fit the queue, or that a more important one displaced.
var errOverloaded = errors.New("queue is full")

func newQueue(workers, limit int) *queue { return &queue{limit: limit, free: workers} }

// acquire waits for a slot until ctx ends. release must follow each success.
func (q *queue) acquire(ctx context.Context, priority float64) error {
	if priority != priority {
		priority = 0 // NaN would break the order
	}
	q.mu.Lock()
	if q.free > 0 {
		q.free--
		q.mu.Unlock()
		return nil
	}
	q.arrived++
	w := &waiter{priority: priority, order: q.arrived, granted: make(chan error, 1)}
	if len(q.waiting) >= q.limit {
		least := q.waiting.least()
		if w.before(least) {
			heap.Remove(&q.waiting, least.index)
			least.granted <- errOverloaded
		} else {
			q.mu.Unlock()
			return errOverloaded
		}
	}
	heap.Push(&q.waiting, w)
	q.mu.Unlock()

	select {
	case err := <-w.granted:
		return err
	case <-ctx.Done():
	}
	q.mu.Lock()
	if w.index >= 0 {
		heap.Remove(&q.waiting, w.index)
		q.mu.Unlock()
		return ctx.Err()
	}
	q.mu.Unlock()
	if err := <-w.granted; err == nil { // granted in the same moment: pass it on
		q.release()
	}
	return ctx.Err()
}

func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.free++
		return
	}
	heap.Pop(&q.waiting).(*waiter).granted <- nil
}

func (w *waiter) before(o *waiter) bool {
	if w.priority != o.priority {
		return w.priority > o.priority
	}
	return w.order < o.order
}

type waitHeap []*waiter

func (h waitHeap) Len() int           { return len(h) }
func (h waitHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h waitHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *waitHeap) Push(x any) {
	w := x.(*waiter)
	w.index = len(*h)
	*h = append(*h, w)
}

// Pop implements heap.Interface.
func (h *waitHeap) Pop() any {
	old := *h
	w := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	w.index = -1
	return w
}

// least finds the entry that would be served last; it is among the leaves.
func (h waitHeap) least() *waiter {
	last := h[len(h)/2]
	for _, w := range h[len(h)/2:] {
		if last.before(w) {
			last = w
		}
	}
	return last
}
