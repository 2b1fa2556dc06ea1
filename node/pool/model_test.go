package pool_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/node/pool"
)

// tags is a chain with nothing but accounts and nonces, whose transactions name their own priority: real ones have too few of them.
type tags struct {
	nonces [3]bt.Nonce
	height bt.BlockNumber
	banned map[string]bool
}

type item struct {
	who      int
	nonce    bt.Nonce
	priority uint64
	order    int
	until    bt.BlockNumber
	raw      bt.Extrinsic
}

// write is a transaction as bytes.
func (i item) write(longevity uint64, size int) bt.Extrinsic {
	return fmt.Appendf(nil, "%d %d %d %d %d %s", i.who, i.nonce, i.priority, i.order, longevity, strings.Repeat(".", size))
}

func (c *tags) Height() bt.BlockNumber { return c.height }

func (c *tags) Judge(x bt.Extrinsic) (*chain.Checked, chain.Validity, error) {
	checked := &chain.Checked{Raw: x}
	vs, errs := c.Again([]*chain.Checked{checked})
	return checked, vs[0], errs[0]
}

func (c *tags) Again(xs []*chain.Checked) ([]chain.Validity, []error) {
	out, errs := make([]chain.Validity, len(xs)), make([]error, len(xs))
	for i, x := range xs {
		var it item
		var longevity uint64
		if _, err := fmt.Sscanf(string(x.Raw), "%d %d %d %d %d", &it.who, &it.nonce, &it.priority, &it.order, &longevity); err != nil {
			panic(err)
		}
		if it.nonce < c.nonces[it.who] || c.banned[string(x.Raw)] {
			errs[i] = &chain.InvalidTransaction{Reason: chain.Stale}
			continue
		}
		tag := func(n bt.Nonce) [][]byte { return [][]byte{fmt.Appendf(nil, "%d/%d", it.who, n)} }
		out[i] = chain.Validity{Priority: it.priority, Longevity: longevity, Provides: tag(it.nonce)}
		if it.nonce > c.nonces[it.who] {
			out[i].Requires = tag(it.nonce - 1)
		}
	}
	return out, errs
}

// model is the pool as one would write it without care for speed.
type model struct {
	*tags
	in []item
}

func (m *model) ready(it item) bool {
	for n := m.nonces[it.who]; n < it.nonce; n++ {
		if !slices.ContainsFunc(m.in, func(o item) bool { return o.who == it.who && o.nonce == n }) {
			return false
		}
	}
	return true
}

// order is the ready transactions in the order in which they should be tried.
func (m *model) order() (out []item) {
	left := slices.DeleteFunc(slices.Clone(m.in), func(it item) bool { return !m.ready(it) })
	next := m.nonces
	for len(left) > 0 {
		best := -1
		for i, it := range left {
			if it.nonce == next[it.who] && (best < 0 || cmp.Or(cmp.Compare(left[best].priority, it.priority), cmp.Compare(it.order, left[best].order)) < 0) {
				best = i
			}
		}
		out = append(out, left[best])
		next[left[best].who]++
		left = slices.Delete(left, best, best+1)
	}
	return out
}

func (m *model) bytes() (n int) {
	for _, it := range m.in {
		n += len(it.raw)
	}
	return n
}

func (m *model) before(a, b item) bool {
	if m.ready(a) != m.ready(b) {
		return m.ready(a)
	}
	return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.order, b.order)) < 0
}

func (m *model) drop(raw bt.Extrinsic) {
	m.in = slices.DeleteFunc(m.in, func(o item) bool { return string(o.raw) == string(raw) })
}

const maxCount, maxBytes, maxFuture = 8, 200, 4

// submit is what the pool should do; the error only says of which kind it is.
func (m *model) submit(it item) error {
	was := slices.Clone(m.in)
	for _, o := range m.in {
		if o.who == it.who && o.nonce == it.nonce {
			if o.priority >= it.priority {
				return &pool.TooLowError{}
			}
			m.drop(o.raw)
			break
		}
	}
	future := 0
	for _, o := range was {
		keep := m.in
		m.in = was
		if !m.ready(o) {
			future++
		}
		m.in = keep
	}
	if !m.ready(it) && future >= maxFuture && len(was) == len(m.in) {
		m.in = was
		return pool.ErrFull
	}
	// The order among those inside is that before the replaced one left.
	order := slices.Clone(was)
	all := &model{tags: m.tags, in: was}
	slices.SortFunc(order, func(a, b item) int {
		if all.before(b, a) {
			return -1
		}
		return 1
	})
	waits := !(&model{tags: m.tags, in: was}).ready(it)
	goesLast := func(o item) bool {
		if all.ready(o) == waits {
			return waits
		}
		return o.priority >= it.priority
	}
	for _, o := range order {
		if len(m.in)+1 <= maxCount && m.bytes()+len(it.raw) <= maxBytes {
			break
		}
		if goesLast(o) || o.who == it.who && o.nonce+1 == it.nonce && it.nonce > m.nonces[it.who] {
			m.in = was
			return pool.ErrFull
		}
		m.drop(o.raw)
	}
	if len(m.in)+1 > maxCount || m.bytes()+len(it.raw) > maxBytes {
		m.in = was
		return pool.ErrFull
	}
	m.in = append(m.in, it)
	return nil
}

// A pool does what the model does over any history, and each watcher hears exactly what became of its transaction.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &tags{banned: map[string]bool{}}
		m := &model{tags: c}
		p := pool.New(c, pool.Config{MaxCount: maxCount, MaxBytes: maxBytes, MaxFuture: maxFuture})
		type heard struct {
			watch *pool.Watch
			raw   bt.Extrinsic
			last  pool.Kind
		}
		var watches []*heard
		submitted := 0
		t.Repeat(map[string]func(*rapid.T){
			"submit": func(t *rapid.T) {
				submitted++
				it := item{who: rapid.IntRange(0, len(c.nonces)-1).Draw(t, "who"), priority: rapid.Uint64Range(1, 3).Draw(t, "priority"), order: submitted}
				it.nonce = c.nonces[it.who] + rapid.Uint32Range(0, 3).Draw(t, "ahead")
				longevity := rapid.Uint64Range(1, 6).Draw(t, "longevity")
				it.until = c.height + bt.BlockNumber(longevity)
				it.raw = it.write(longevity, rapid.IntRange(0, 60).Draw(t, "size"))
				w, err := p.SubmitAndWatch(it.raw)
				want := m.submit(it)
				var low *pool.TooLowError
				switch {
				case want == nil && err == nil:
					watches = append(watches, &heard{watch: w, raw: it.raw, last: 255})
				case errors.Is(want, pool.ErrFull) && errors.Is(err, pool.ErrFull), errors.As(want, &low) && errors.As(err, &low):
				default:
					t.Fatalf("%s gives %v, want %v", it.raw, err, want)
				}
			},
			"block": func(t *rapid.T) {
				order := m.order()
				n := rapid.IntRange(0, len(order)).Draw(t, "n")
				c.height++
				var xs []bt.Extrinsic
				for _, it := range order[:n] {
					xs = append(xs, it.raw)
					c.nonces[it.who]++
					m.drop(it.raw)
				}
				m.in = slices.DeleteFunc(m.in, func(it item) bool { return it.until <= c.height })
				p.Imported(bt.Hash{byte(c.height)}, c.height, xs)
			},
			"remove": func(t *rapid.T) {
				if len(m.in) == 0 {
					return
				}
				it := rapid.SampledFrom(m.in).Draw(t, "one")
				m.drop(it.raw)
				p.Remove(it.raw)
			},
			"spoil": func(t *rapid.T) { // becomes invalid by somebody else's block
				c.height++
				m.in = slices.DeleteFunc(m.in, func(it item) bool {
					c.banned[string(it.raw)] = rapid.Bool().Draw(t, "bad")
					return c.banned[string(it.raw)] || it.until <= c.height
				})
				p.Imported(bt.Hash{byte(c.height)}, c.height, nil)
			},
			"": func(t *rapid.T) {
				var got, want []string
				for _, x := range p.Ready() {
					got = append(got, string(x.Raw))
				}
				for _, it := range m.order() {
					want = append(want, string(it.raw))
				}
				if !slices.Equal(got, want) {
					t.Fatalf("ready are %q, want %q", got, want)
				}
				if ready, future := p.Len(); ready != len(want) || ready+future != len(m.in) {
					t.Fatalf("%d ready, %d wait, want %d and %d", ready, future, len(want), len(m.in)-len(want))
				}
				for _, h := range watches {
					for _, s := range h.watch.Steps() {
						if h.last != 255 && (h.last.Last() || h.last == s.Kind) {
							t.Fatalf("%s heard %d after %d", h.raw, s.Kind, h.last)
						}
						h.last = s.Kind
					}
					at := slices.IndexFunc(m.in, func(it item) bool { return string(it.raw) == string(h.raw) })
					switch {
					case at < 0 && !h.last.Last():
						t.Fatalf("%s heard %d last, but is not in the pool", h.raw, h.last)
					case at >= 0 && m.ready(m.in[at]) != (h.last == pool.Ready), at >= 0 && h.last.Last():
						t.Fatalf("%s heard %d last, but is in the pool, ready: %t", h.raw, h.last, m.ready(m.in[at]))
					}
				}
			},
		})
	})
}
