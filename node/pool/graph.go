package pool

import (
	"container/heap"
	"math"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
)

// tx is a transaction in the pool. It is ready when each tag that it requires is provided by one that is ready itself, else it waits.
type tx struct {
	hash     bt.Hash
	checked  *chain.Checked
	validity chain.Validity
	until    bt.BlockNumber // the last block that it may be in
	order    uint64         // of arrival
	missing  int            // required tags that no ready transaction provides
	place    int            // in Pool.worst
	watchers []*Watch
	told     bool // watchers heard whether it is ready
	toldWait bool // and this is what they heard last
}

func (t *tx) waits() bool { return t.missing > 0 }

// needs tells whether t requires a tag that o provides.
func (t *tx) needs(o *tx) bool {
	for _, tag := range t.validity.Requires {
		for _, have := range o.validity.Provides {
			if string(tag) == string(have) {
				return true
			}
		}
	}
	return false
}

// lastBlock is the last block for a transaction that is valid in so many blocks after head.
func lastBlock(head bt.BlockNumber, longevity uint64) bt.BlockNumber {
	if longevity > uint64(math.MaxUint32-head) {
		return math.MaxUint32
	}
	return head + bt.BlockNumber(longevity)
}

// goesBefore is the order in which transactions are tried, and the reverse of that in which they are dropped: what is ready, then the higher
// priority, then the older.
func goesBefore(a, b *tx) bool {
	if a.waits() != b.waits() {
		return b.waits()
	}
	if a.validity.Priority != b.validity.Priority {
		return a.validity.Priority > b.validity.Priority
	}
	return a.order < b.order
}

// ready tells whether a tag is provided by a transaction that is ready itself.
func (p *Pool) ready(tag string) bool {
	o := p.provides[tag]
	return o != nil && !o.waits()
}

// insert puts t in, whose tags nobody else provides.
func (p *Pool) insert(t *tx) {
	p.all[t.hash] = t
	p.bytes += len(t.checked.Raw)
	t.missing = 0
	for _, tag := range t.validity.Requires {
		p.users[string(tag)] = append(p.users[string(tag)], t)
		if !p.ready(string(tag)) {
			t.missing++
		}
	}
	for _, tag := range t.validity.Provides {
		p.provides[string(tag)] = t
	}
	heap.Push(&p.worst, t)
	p.moved = append(p.moved, t)
	if t.waits() {
		p.future++
		return
	}
	p.spread(t, -1)
}

// remove takes t out. Those who require its tags wait again.
func (p *Pool) remove(t *tx) {
	delete(p.all, t.hash)
	p.bytes -= len(t.checked.Raw)
	heap.Remove(&p.worst, t.place)
	for _, tag := range t.validity.Requires {
		key := string(tag)
		rest := slices.DeleteFunc(p.users[key], func(o *tx) bool { return o == t })
		if p.users[key] = rest; len(rest) == 0 {
			delete(p.users, key)
		}
	}
	for _, tag := range t.validity.Provides {
		delete(p.provides, string(tag))
	}
	if t.waits() {
		p.future--
		return
	}
	p.spread(t, 1)
}

// spread tells those who require t's tags that t became ready (-1) or is no longer (1), and so on along the chain.
func (p *Pool) spread(t *tx, by int) {
	for queue := []*tx{t}; len(queue) > 0; queue = queue[1:] {
		for _, tag := range queue[0].validity.Provides {
			for _, u := range p.users[string(tag)] {
				before := u.waits()
				u.missing += by
				if u.waits() == before {
					continue
				}
				p.future += by
				heap.Fix(&p.worst, u.place)
				p.moved = append(p.moved, u)
				queue = append(queue, u)
			}
		}
	}
}

// rebuild puts exactly these transactions into the pool, whose validities are new and whose tags do not collide.
func (p *Pool) rebuild(txs []*tx) {
	p.all, p.provides, p.users = make(map[bt.Hash]*tx, len(txs)), make(map[string]*tx, len(txs)), map[string][]*tx{}
	p.worst, p.bytes, p.future = nil, 0, 0
	for _, t := range txs {
		for _, tag := range t.validity.Provides {
			p.provides[string(tag)] = t
		}
		t.missing = 1 // until insert, it is not ready
	}
	for _, t := range txs {
		p.insert(t)
	}
}

// settle tells watchers who became ready or waits again, and everybody that there is something new for a block.
func (p *Pool) settle() {
	wake := false
	for _, t := range p.moved {
		if p.all[t.hash] != t || t.told && t.toldWait == t.waits() {
			continue
		}
		t.told, t.toldWait = true, t.waits()
		if t.waits() {
			t.tell(Status{Kind: Future})
			continue
		}
		t.tell(Status{Kind: Ready})
		wake = true
	}
	p.moved = nil
	if wake {
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

// firstFirst is a heap with the transaction on top that goes first.
type firstFirst []*tx

func (h firstFirst) Len() int           { return len(h) }
func (h firstFirst) Less(i, j int) bool { return goesBefore(h[i], h[j]) }
func (h firstFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *firstFirst) Push(x any)        { *h = append(*h, x.(*tx)) }
func (h *firstFirst) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h = old[:len(old)-1]
	return t
}

// worstFirst is a heap with the transaction on top that is dropped first; each knows its place.
type worstFirst []*tx

func (h worstFirst) Len() int           { return len(h) }
func (h worstFirst) Less(i, j int) bool { return goesBefore(h[j], h[i]) }
func (h worstFirst) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}
func (h *worstFirst) Push(x any) {
	t := x.(*tx)
	t.place = len(*h)
	*h = append(*h, t)
}
func (h *worstFirst) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return t
}
