package proxy_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/recorded"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/proxy"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
)

// testKinds is the filter of upstream's test runtime: anything, transfers only, batches and their like only.
type testKinds struct{}

func (testKinds) Permits(k proxy.Kind, call frame.RuntimeCall) bool {
	return k == 0 || k == 1 && call.Pallet == 2 && call.Index == 0 || k == 2 && call.Pallet == 4
}

func (testKinds) Covers(k, other proxy.Kind) bool { return k == 0 || k == other }

// wider rewrites what upstream's test runtime encoded, with accounts and block numbers of eight bytes, as it is here.
type wider struct {
	t   *testing.T
	in  []byte
	out []byte
}

func (w *wider) copy(n int) []byte {
	w.out = append(w.out, w.in[:n]...)
	got := w.in[:n]
	w.in = w.in[n:]
	return got
}

// The account that as_derivative uses for account 1 with index 0, there.
const derivative = "eaec1c60b1a898c1"

func (w *wider) account() {
	var a bt.AccountID
	copy(a[:], w.in[:8])
	if hex.EncodeToString(w.in[:8]) == derivative {
		a = utility.Derivative(bt.AccountID{1}, 0)
	}
	w.out, w.in = append(w.out, a[:]...), w.in[8:]
}

func (w *wider) address() {
	w.out = append(w.out, 0)
	w.account()
}

func (w *wider) block() {
	w.copy(4)
	w.in = w.in[4:]
}

// hash rewrites the hash of the only call that the recorded tests announce.
func (w *wider) hash() {
	theirs := []byte{2, 0, 6, 0, 0, 0, 0, 0, 0, 0, 4}
	h := hash.Blake256(theirs)
	if !bytes.Equal(h[:], w.in[:32]) {
		w.copy(32)
		return
	}
	call := wider{t: w.t, in: theirs}
	call.call()
	h = hash.Blake256(call.out)
	w.out, w.in = append(w.out, h[:]...), w.in[32:]
}

// list rewrites a list of at most 63 elements.
func (w *wider) list(element func()) {
	for n := w.copy(1)[0] >> 2; n > 0; n-- {
		element()
	}
}

func (w *wider) fields(layout string) {
	for _, f := range layout {
		switch f {
		case 'a':
			w.account()
		case 'A':
			w.address()
		case 'n':
			w.block()
		case 'h':
			w.hash()
		case '1':
			w.copy(1)
		case '2':
			w.copy(2)
		case '8':
			w.copy(8)
		case '?': // of one byte
			if w.copy(1)[0] == 1 {
				w.copy(1)
			}
		case 'c':
			w.call()
		case 'C':
			w.list(w.call)
		}
	}
}

// calls lays out the arguments of the calls that occur.
var calls = map[[2]byte]string{
	{2, 0}: "A1", {3, 0}: "A?c", {3, 1}: "A1n", {3, 2}: "A1n", {3, 3}: "", {3, 6}: "Ah", {3, 7}: "Ah", {3, 8}: "Ah", {3, 9}: "AA?c", {3, 11}: "A1",
	{4, 0}: "C", {4, 1}: "2c",
}

func (w *wider) call() {
	at := [2]byte(w.copy(2))
	layout, ok := calls[at]
	if !ok {
		w.t.Fatalf("no layout for call %v", at)
	}
	w.fields(layout)
}

// events lays out the fields of events with accounts or blocks; others are as they are.
var events = map[string]string{
	"System.NewAccount": "a", "System.KilledAccount": "a", "Balances.Endowed": "a8", "Balances.Transfer": "aa8", "Balances.Reserved": "a8",
	"Balances.Unreserved": "a8", "Proxy.ProxyAdded": "aa1n", "Proxy.ProxyRemoved": "aa1n", "Proxy.Announced": "aah", "Proxy.RealPaysFeeSet": "aa1",
}

// row rewrites a row; ok is false for those that play no part.
func (w *world) row(key, value string) (k, v string, ok bool) {
	raw, err := hex.DecodeString(strings.TrimPrefix(key, "0x"))
	if err != nil {
		w.t.Fatal(err)
	}
	val, _ := hex.DecodeString(strings.TrimPrefix(value, "0x"))
	in := &wider{t: w.t, in: val}
	p := &w.p.Storage
	oldConsent := append(hash16("Proxy"), hash16("RealPaysFee")...)
	account := func(at []byte) (a bt.AccountID) {
		x := wider{t: w.t, in: at}
		x.account()
		copy(a[:], x.out)
		return a
	}
	out := func(at []byte) (string, string, bool) {
		return hex.EncodeToString(at), hex.EncodeToString(append(in.out, in.in...)), true
	}
	switch {
	case bytes.HasPrefix(raw, w.sys.Storage.Account.Prefix()):
		return out(w.sys.Storage.Account.Key(account(raw[48:])))
	case bytes.HasPrefix(raw, w.money.Storage.TotalIssuance.Key()):
		return out(raw)
	case bytes.HasPrefix(raw, p.Proxies.Prefix()):
		if len(val) > 0 {
			in.list(func() { in.fields("a1n") })
		}
		return out(p.Proxies.Key(account(raw[40:])))
	case bytes.HasPrefix(raw, p.Announcements.Prefix()):
		if len(val) > 0 {
			in.list(func() { in.fields("ahn") })
		}
		return out(p.Announcements.Key(account(raw[40:])))
	case bytes.HasPrefix(raw, p.LastCallResult.Prefix()):
		return out(p.LastCallResult.Key(account(raw[40:])))
	case bytes.HasPrefix(raw, oldConsent):
		return out(p.RealPaysFeeConsentV1.Key(account(raw[40:48]), account(raw[56:])))
	}
	return "", "", false
}

func hash16(name string) []byte {
	h := hash.Twox128([]byte(name))
	return h[:]
}

func TestReplay(t *testing.T) {
	n := 0
	for _, trace := range recorded.Traces(t, vectors.Bytes(t, "proxy.jsonl")) {
		t.Run(trace.Test, func(t *testing.T) {
			w := newWorld(t, testKinds{})
			w.money.Constants.ExistentialDeposit.Set(1)
			for _, k := range []*frame.Const[bt.Rao]{
				&w.p.Constants.ProxyDepositBase, &w.p.Constants.ProxyDepositFactor, &w.p.Constants.AnnouncementDepositBase, &w.p.Constants.AnnouncementDepositFactor,
			} {
				k.Set(1)
			}
			w.p.Constants.MaxProxies.Set(4)
			w.p.Constants.MaxPending.Set(2)
			base := storage.New(nil)
			apply := func(key string, value *string) {
				text := ""
				if value != nil {
					text = *value
				}
				k, v, ok := w.row(key, text)
				at, _ := hex.DecodeString(k)
				switch raw, _ := hex.DecodeString(v); {
				case ok && value == nil:
					base.Delete(at)
				case ok:
					base.Set(at, raw)
				}
			}
			for k, v := range trace.State {
				apply(k, &v)
			}
			for i, op := range trace.Ops {
				for k, v := range op.Set {
					apply(k, v)
				}
				n++
				in := &wider{t: t, in: append([]byte{3}, recorded.Bytes(t, op.Encoded)...)}
				in.call()
				call, err := w.table.Decode(in.out)
				if err != nil {
					t.Fatal(err)
				}
				work := storage.New(base)
				c := w.ctx(work, op.Number(t))
				who := func(at []byte) (a bt.AccountID) {
					copy(a[:], at)
					return a
				}
				if got := recorded.Result(c.Dispatch(op.By(t, who), call).Err); got != op.Result {
					t.Errorf("operation %d, %s: %s, want %s", i, op.Call, got, op.Result)
				}
				want := map[string]string{}
				for k, v := range op.Changes {
					if v == nil {
						if k, _, ok := w.row(k, ""); ok {
							want[k] = recorded.Removed
						}
					} else if k, v, ok := w.row(k, *v); ok {
						want[k] = v
					}
				}
				if diff := cmp.Diff(want, recorded.Rows(work.Changes())); diff != "" {
					t.Errorf("operation %d, %s: rows %s", i, op.Call, diff)
				}
				var wantEvents, haveEvents []string
				for _, e := range op.Events {
					data, _ := hex.DecodeString(e.Data[2:])
					x := &wider{t: t, in: data[2:]}
					x.fields(events[e.Pallet+"."+e.Name])
					wantEvents = append(wantEvents, e.Pallet+"."+e.Name+" "+hex.EncodeToString(append(x.out, x.in...)))
				}
				for _, e := range c.Env.Events {
					haveEvents = append(haveEvents, w.names[[2]uint8{e.Data[0], e.Data[1]}]+" "+hex.EncodeToString(e.Data[2:]))
				}
				if diff := cmp.Diff(wantEvents, haveEvents); diff != "" {
					t.Errorf("operation %d, %s: events %s", i, op.Call, diff)
				}
				for k, v := range op.Changes {
					apply(k, v)
				}
			}
		})
	}
	if n != 60 {
		t.Errorf("%d calls replayed, 60 are recorded", n)
	}
}

// Encodings of what is stored must not change unnoticed.
func TestStoredForm(t *testing.T) {
	d := proxy.Proxies{A: proxy.Definitions{{Delegate: key("d"), ProxyType: proxy.RootClaim, Delay: 7}}, B: 93_000_000}
	want := "04" + hex.EncodeToString(append([]byte("d"), make([]byte, 31)...)) + "11" + "07000000" + "40118b0500000000"
	if got := hex.EncodeToString(scale.Marshal(&d)); got != want {
		t.Errorf("proxies are stored as %s, want %s", got, want)
	}
}
