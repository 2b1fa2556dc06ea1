package scenario

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

// rich is the state that bad calls meet.
var rich = sync.OnceValue(func() *world {
	folder := os.DirFS("testdata")
	text, err := os.ReadFile("testdata/rich.part")
	if err != nil {
		panic(err)
	}
	r := &runner{folder: folder, preset: "localnet", report: &Report{}}
	if err := r.lines("rich.part", split(text)); err != nil {
		panic(err)
	}
	return r.world
})

// origins are on whose behalf calls are tried: root, nobody, and people who own subnets, stake, neurons, little or nothing.
func (w *world) origins() []frame.Origin {
	out := []frame.Origin{frame.Root(), frame.None()}
	for _, name := range []string{"alice", "bob", "carol", "v1", "v2", "m1", "erin", "stranger"} {
		out = append(out, frame.Signed(w.pair(name).Public()))
	}
	return out
}

// try dispatches a call on a copy of the state and checks what holds for every call: it does not panic, when it fails nothing has changed, and
// Balances counts what accounts hold. When it succeeds, the next block steps do not panic either.
func (w *world) try(origin frame.Origin, call frame.RuntimeCall) (err error) {
	s := storage.New(w.state)
	env := &frame.Env{Number: w.head.Number + 1, Parent: w.head.Hash(), Now: w.now, Author: w.pair(authorName).Public(), Table: w.chain.Runtime.Table(), Guard: w.module.Guard}
	what := w.chain.Runtime.Table().Name(call)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s panics: %v\n%s", what, p, debug.Stack())
		}
	}()
	c := frame.NewCtx(s, env, frame.None())
	if failed := c.Dispatch(origin, call).Err; failed != nil {
		frame.ToDispatch(failed) // it has a form for clients
		if changes := s.Changes(); len(changes) > 0 {
			return fmt.Errorf("%s failed with %v, but changed %x", what, failed, changes[0].Key)
		}
		if len(env.Events) > 0 {
			return fmt.Errorf("%s failed with %v, but gave events", what, failed)
		}
		return nil
	}
	if err := w.sound(c); err != nil && !origin.IsRoot() { // root may write balances as it likes, 2^64-1 twice too
		return fmt.Errorf("after %s: %w", what, err)
	}
	what = "a block after " + what
	for range 2 {
		env.Number++
		w.module.OnInitialize(c)
	}
	if err := w.sound(c); err != nil && !origin.IsRoot() {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (w *world) sound(c *frame.Ctx) error {
	var held bt.Rao
	for _, a := range w.chain.Parts.System.Storage.Account.All(c.State) {
		held += a.Data.Free + a.Data.Reserved
	}
	if total := w.chain.Parts.Balances.TotalIssuance(c); total != held {
		return fmt.Errorf("issued are %d rao, accounts hold %d", total, held)
	}
	return nil
}

// maker makes arguments: boundaries, values that the state has, and nonsense, as SCALE of the types that the metadata tells.
type maker struct {
	*rand.Rand
	w        *world
	accounts []bt.AccountID
	depth    int
}

func (w *world) maker(seed uint64) *maker {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 1)), w: w}
	for _, name := range []string{"alice", "bob", "carol", "dave", "erin", "ah", "dh", "v1", "v2", "m1", "m2", "stranger", nobodyName, "custody.2", authorName} {
		a, err := w.account(name)
		if err != nil {
			panic(err)
		}
		m.accounts = append(m.accounts, a)
	}
	return m
}

func pick[T any](m *maker, list ...T) T { return list[m.IntN(len(list))] }

// number makes boundaries and amounts that matter more often than others.
func (m *maker) number(size int) (out []byte) {
	var low, high uint64
	switch m.IntN(8) {
	case 0:
		low = uint64(m.IntN(6))
	case 1:
		low, high = ^uint64(0), ^uint64(0)
	case 2:
		low = pick(m, uint64(1)<<63, 1<<62, 1<<32, 1<<16, 1<<8, 1<<15)
		low += pick(m, uint64(0), 1, ^uint64(0))
	case 3:
		low = m.Uint64N(200) * 1e9
	case 4:
		low, high = m.Uint64(), m.Uint64()
	case 5:
		low = pick(m, uint64(500), 499, 2_000_000, 1e9, 1e12, 65535, 360)
	default:
		low = uint64(2 + m.IntN(2))
	}
	e := scale.NewEncoder(nil)
	e.U64(low)
	e.U64(high)
	e.U64(high)
	e.U64(high)
	return e.Bytes()[:size]
}

func (m *maker) length(most int) int {
	n := pick(m, 0, 1, 1, 2, 2, 3, 5, 20, 300)
	return min(n, most)
}

// value makes a value of a type.
func (m *maker) value(id uint32) []byte {
	m.depth++
	defer func() { m.depth-- }()
	t := m.w.codec.Metadata.Type(id)
	switch path := strings.Join(t.Path, "::"); {
	case strings.HasSuffix(path, "::RuntimeCall") && m.depth > 8:
		return []byte{0, 0, 0} // System.remark of nothing
	case strings.HasSuffix(path, "AccountId32"):
		a := pick(m, m.accounts...)
		return a[:]
	case strings.HasSuffix(path, "MultiAddress") && m.IntN(8) > 0:
		a := pick(m, m.accounts...)
		return append([]byte{0}, a[:]...)
	}
	var out []byte
	switch t.Kind {
	case metadata.Composite:
		for _, f := range t.Fields {
			out = append(out, m.value(f.Type)...)
		}
	case metadata.Enum:
		if len(t.Variants) == 0 {
			return nil
		}
		v := t.Variants[m.IntN(len(t.Variants))]
		out = append(out, v.Index)
		for _, f := range v.Fields {
			out = append(out, m.value(f.Type)...)
		}
	case metadata.Sequence:
		n := m.length(pick(m, 300, 3, 3)) / m.depth
		out = scale.AppendCompact(out, uint64(n))
		for range n {
			out = append(out, m.value(t.Elem)...)
		}
	case metadata.Array:
		for range t.Len {
			out = append(out, m.value(t.Elem)...)
		}
	case metadata.Tuple:
		for _, e := range t.Tuple {
			out = append(out, m.value(e)...)
		}
	case metadata.Primitive:
		switch size := t.Basic.Size(); {
		case t.Basic == metadata.Bool:
			out = []byte{byte(m.IntN(2))}
		case size > 0:
			out = m.number(size)
		default: // text
			out = scale.AppendCompact(out, 3)
			out = append(out, "abc"...)
		}
	case metadata.Compact:
		out = m.compact(t.Elem)
	default:
		out = []byte{0}
	}
	return out
}

// compact is a compact integer that fits the type below.
func (m *maker) compact(id uint32) []byte {
	t := m.w.codec.Metadata.Type(id)
	for t.Kind == metadata.Composite && len(t.Fields) == 1 {
		t = m.w.codec.Metadata.Type(t.Fields[0].Type)
	}
	size := 8
	if t.Kind == metadata.Primitive && t.Basic.Size() > 0 {
		size = min(8, t.Basic.Size())
	}
	raw := append(m.number(size), make([]byte, 8-size)...)
	d := scale.NewDecoder(raw)
	return scale.AppendCompact(nil, d.U64())
}

// call is the encoding of a call with random arguments.
func (m *maker) call(d *frame.Description, v frame.CallVariant) []byte {
	p := m.w.codec.Metadata.Pallet(d.Name)
	out := []byte{d.Index, v.Index}
	for _, f := range m.w.codec.Metadata.CallAt(p, v.Index).Fields {
		out = append(out, m.value(f.Type)...)
	}
	return out
}

// TestEveryCallBearsBadInput tries every call of the runtime with boundaries and nonsense, on behalf of everybody.
func TestEveryCallBearsBadInput(t *testing.T) {
	w := rich()
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	m, origins := w.maker(1), w.origins()
	tried, refused := 0, 0
	for _, d := range w.chain.Runtime.Pallets() {
		for _, v := range d.Calls {
			for range rounds {
				raw := m.call(d, v)
				call, err := w.chain.Runtime.Table().Decode(raw)
				if err != nil {
					refused++ // an unknown variant of a type that holds only some of its numbers
					continue
				}
				again := scale.Marshal(&call) // sets are in order now
				if call, err = w.chain.Runtime.Table().Decode(again); err != nil || !bytes.Equal(again, scale.Marshal(&call)) {
					t.Errorf("%s.%s: what is decoded and encoded again is another call: %v %.200x", d.Name, v.Name, err, again)
					continue
				}
				for _, o := range []frame.Origin{origins[0], pick(m, origins...), pick(m, origins[2:]...)} {
					tried++
					if err := w.try(o, call); err != nil {
						t.Errorf("%v\nof %v: %x", err, o, raw)
					}
				}
			}
		}
	}
	if tried < 1000 || refused > tried/20 {
		t.Errorf("%d calls were tried, %d not decoded", tried, refused)
	}
	t.Logf("%d calls tried, %d not decoded", tried, refused)
}

// FuzzDispatch reads an origin and a call, and dispatches it on a rich state.
func FuzzDispatch(f *testing.F) {
	w := rich()
	m := w.maker(2)
	for i, d := range w.chain.Runtime.Pallets() {
		for _, v := range d.Calls {
			f.Add(append([]byte{byte(i)}, m.call(d, v)...))
		}
	}
	origins := w.origins()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < 3 {
			return
		}
		call, err := w.chain.Runtime.Table().DecodeNested(raw[1:], 8)
		if err != nil {
			return
		}
		if err := w.try(origins[int(raw[0])%len(origins)], call); err != nil {
			t.Fatal(err)
		}
	})
}

// TestMakerKnowsEveryType makes sure that random calls are calls.
func TestMakerKnowsEveryType(t *testing.T) {
	w := rich()
	m := w.maker(3)
	var bad []string
	for _, d := range w.chain.Runtime.Pallets() {
		for _, v := range d.Calls {
			decoded := false
			for range 8 {
				if _, err := w.chain.Runtime.Table().Decode(m.call(d, v)); err == nil {
					decoded = true
				}
			}
			if !decoded {
				bad = append(bad, d.Name+"."+v.Name)
			}
		}
	}
	slices.Sort(bad)
	if len(bad) > 0 {
		t.Errorf("no random call of these can be decoded: %v", bad)
	}
}
