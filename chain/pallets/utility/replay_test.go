package utility_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/recorded"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/timestamp"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
)

// example is the pallet of upstream's tests whose call costs what it is told, and fails when it is told to.
type example struct {
	Call struct {
		Foobar frame.Call[foobar] `index:"1" weight:"0,0,0,0" doc:"Costs what its arguments say."`
	}
}

type foobar struct {
	Fails       bool
	StartWeight frame.Weight
	EndWeight   scale.Option[frame.Weight]
}

func (*example) Foobar(c *frame.Ctx, a foobar) error {
	if w, ok := a.EndWeight.Get(); ok {
		c.Used(w)
	}
	if a.Fails {
		return frame.OtherError("The cake is a lie.")
	}
	return nil
}

// world has the pallets of upstream's test runtime at their places there.
type world struct {
	sys   *system.Pallet
	money *balances.Pallet
	table *frame.Table
	names map[[2]uint8]string
}

func newWorld() *world {
	w := &world{sys: system.New(), names: map[[2]uint8]string{}}
	w.money = balances.New(w.sys)
	w.money.Constants.ExistentialDeposit.Set(1)
	stub := &example{}
	stub.Call.Foobar.Weigh(func(a foobar, i frame.Info) frame.Info {
		i.Weight = a.StartWeight
		return i
	})
	var compiled []*frame.Description
	for _, m := range []frame.Module{
		{Name: "System", Index: 1, Pallet: w.sys}, {Name: "Timestamp", Index: 2, Pallet: timestamp.New(3)}, {Name: "Balances", Index: 3, Pallet: w.money},
		{Name: "Utility", Index: 6, Pallet: utility.New(func() *frame.Table { return w.table })}, {Name: "Example", Index: 7, Pallet: stub},
	} {
		d := frame.Compile(m)
		for _, e := range d.Events {
			w.names[[2]uint8{d.Index, e.Index}] = d.Name + "." + e.Name
		}
		compiled = append(compiled, d)
	}
	w.table = frame.NewTable(compiled)
	return w
}

func (w *world) ctx(s *storage.State, block uint32) *frame.Ctx {
	env := &frame.Env{Number: block, Table: w.table}
	env.Guard = func(_ *frame.Ctx, call frame.RuntimeCall) error {
		if call.Pallet == 2 { // upstream's test runtime lets no inherents through
			return w.sys.Error.CallFiltered
		}
		return nil
	}
	return frame.NewCtx(s, env, frame.None())
}

// derivative is the account that as_derivative uses for account 1 with index 0, there.
const derivative = "eaec1c60b1a898c1"

func account(at []byte) (a bt.AccountID) {
	copy(a[:], at[:8])
	if hex.EncodeToString(at[:8]) == derivative {
		a = utility.Derivative(bt.AccountID{1}, 0)
	}
	return a
}

// wider rewrites what upstream's test runtime encoded, with accounts of eight bytes, as it is here.
type wider struct {
	in, out []byte
}

func (w *wider) copy(n int) []byte {
	w.out = append(w.out, w.in[:n]...)
	got := w.in[:n]
	w.in = w.in[n:]
	return got
}

func (w *wider) account() {
	a := account(w.in)
	w.out, w.in = append(w.out, a[:]...), w.in[8:]
}

func (w *wider) weight() {
	w.compact()
	w.compact()
}

func (w *wider) compact() { w.copy(1 << (w.in[0] & 3)) } // of at most four bytes

func (w *wider) fields(t *testing.T, layout string) {
	for _, f := range layout {
		switch f {
		case 'a':
			w.account()
		case 'A':
			w.out = append(w.out, 0)
			w.account()
		case 'k':
			w.compact()
		case '1':
			w.copy(1)
		case '2':
			w.copy(2)
		case '8':
			w.copy(8)
		case 'w':
			w.weight()
		case '?':
			if w.copy(1)[0] == 1 {
				w.weight()
			}
		case 'o': // an origin: System is the pallet 1 there
			w.out, w.in = append(w.out, 0), w.in[1:]
			if w.copy(1)[0] == 1 {
				w.account()
			}
		case 'c':
			w.call(t)
		case 'C':
			for n := w.copy(1)[0] >> 2; n > 0; n-- {
				w.call(t)
			}
		}
	}
}

// calls lays out the arguments of the calls that occur.
var calls = map[[2]byte]string{
	{2, 0}: "k", {3, 0}: "Ak", {3, 8}: "Ak", {6, 0}: "C", {6, 1}: "2c", {6, 2}: "C", {6, 4}: "C", {6, 6}: "cc", {6, 7}: "oc", {7, 1}: "1w?",
}

func (w *wider) call(t *testing.T) {
	at := [2]byte(w.copy(2))
	layout, ok := calls[at]
	if !ok {
		t.Fatalf("no layout for call %v", at)
	}
	w.fields(t, layout)
}

// events lays out the fields of events with accounts; others are as they are.
var events = map[string]string{
	"System.NewAccount": "a", "System.KilledAccount": "a", "Balances.Endowed": "a8", "Balances.Transfer": "aa8", "Balances.BalanceSet": "a8",
}

// row rewrites a row; ok is false for those that play no part.
func (w *world) row(t *testing.T, key string, value *string) (k []byte, v []byte, ok bool) {
	raw := recorded.Bytes(t, key)
	if value != nil {
		v = recorded.Bytes(t, *value)
	}
	switch {
	case bytes.HasPrefix(raw, w.sys.Storage.Account.Prefix()):
		return w.sys.Storage.Account.Key(account(raw[48:])), v, true
	case bytes.HasPrefix(raw, w.money.Storage.TotalIssuance.Key()):
		return raw, v, true
	}
	return nil, nil, false
}

func TestReplay(t *testing.T) {
	n := 0
	for _, trace := range recorded.Traces(t, vectors.Bytes(t, "utility.jsonl")) {
		t.Run(trace.Test, func(t *testing.T) {
			w, base := newWorld(), storage.New(nil)
			apply := func(rows map[string]*string) {
				for key, value := range rows {
					switch k, v, ok := w.row(t, key, value); {
					case ok && value == nil:
						base.Delete(k)
					case ok:
						base.Set(k, v)
					}
				}
			}
			for k, v := range trace.State {
				apply(map[string]*string{k: &v})
			}
			for i, op := range trace.Ops {
				apply(op.Set)
				n++
				in := &wider{in: append([]byte{map[string]byte{"Balances": 3, "Utility": 6}[op.Pallet]}, recorded.Bytes(t, op.Encoded)...)}
				in.call(t)
				call, err := w.table.Decode(in.out)
				if err != nil {
					t.Fatal(err)
				}
				work := storage.New(base)
				c := w.ctx(work, op.Number(t))
				end := c.Dispatch(op.By(t, account), call)
				if got := recorded.Result(end.Err); got != op.Result {
					t.Errorf("operation %d, %s: %s, want %s", i, op.Call, got, op.Result)
				}
				want := map[string]string{}
				for k, v := range op.Changes {
					if k, raw, ok := w.row(t, k, v); ok && v == nil {
						want[hex.EncodeToString(k)] = recorded.Removed
					} else if ok {
						want[hex.EncodeToString(k)] = hex.EncodeToString(raw)
					}
				}
				if diff := cmp.Diff(want, recorded.Rows(work.Changes())); diff != "" {
					t.Errorf("operation %d, %s: rows %s", i, op.Call, diff)
				}
				var wantEvents, haveEvents []string
				for _, e := range op.Events {
					x := &wider{in: recorded.Bytes(t, e.Data)[2:]}
					x.fields(t, events[e.Pallet+"."+e.Name])
					wantEvents = append(wantEvents, e.Pallet+"."+e.Name+" "+hex.EncodeToString(append(x.out, x.in...)))
				}
				for _, e := range c.Env.Events {
					haveEvents = append(haveEvents, w.names[[2]uint8{e.Data[0], e.Data[1]}]+" "+hex.EncodeToString(e.Data[2:]))
				}
				if diff := cmp.Diff(wantEvents, haveEvents); diff != "" {
					t.Errorf("operation %d, %s: events %s", i, op.Call, diff)
				}
				// There as_derivative's reading and writing of the other account costs nothing.
				free := frame.Weight{}
				if op.Call == "as_derivative" {
					free = frame.WeightOf(0, 0, 1, 1)
				}
				info := w.table.Info(call).Weight
				if want := op.Info.Weight.Read(t).Add(free); info != want {
					t.Errorf("operation %d, %s: declared to weigh %v, want %v", i, op.Call, info, want)
				}
				if end.Actual != nil {
					info = *end.Actual
				}
				if want := op.End(t).Add(free); info != want {
					t.Errorf("operation %d, %s: weighs %v in the end, want %v", i, op.Call, info, want)
				}
				apply(op.Changes)
			}
		})
	}
	if n != 24 {
		t.Errorf("%d calls replayed, 24 are recorded", n)
	}
}
