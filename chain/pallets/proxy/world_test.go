package proxy_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/proxy"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

type world struct {
	t     *testing.T
	sys   *system.Pallet
	money *balances.Pallet
	p     *proxy.Pallet
	table *frame.Table
	names map[[2]uint8]string
	c     *frame.Ctx
}

// newWorld has the pallets of upstream's test runtime at their places there.
func newWorld(t *testing.T, filter proxy.Filter) *world {
	w := &world{t: t, sys: system.New(), names: map[[2]uint8]string{}}
	table := func() *frame.Table { return w.table }
	w.money = balances.New(w.sys)
	w.p = proxy.New(w.money, table, filter)
	var compiled []*frame.Description
	for i, m := range []frame.Module{
		{Name: "System", Pallet: w.sys}, {Name: "Balances", Pallet: w.money}, {Name: "Proxy", Pallet: w.p}, {Name: "Utility", Pallet: utility.New(table)},
	} {
		m.Index = uint8(i + 1)
		d := frame.Compile(m)
		for _, e := range d.Events {
			w.names[[2]uint8{d.Index, e.Index}] = d.Name + "." + e.Name
		}
		compiled = append(compiled, d)
	}
	w.table = frame.NewTable(compiled)
	w.c = w.ctx(storage.New(nil), 1)
	return w
}

func (w *world) ctx(s *storage.State, block uint32) *frame.Ctx {
	env := &frame.Env{Number: block, Table: w.table}
	env.Guard = func(c *frame.Ctx, call frame.RuntimeCall) error {
		if !c.Origin.Permits(call) {
			return w.sys.Error.CallFiltered
		}
		return nil
	}
	return frame.NewCtx(s, env, frame.None())
}

func key(name string) (a bt.AccountID) {
	copy(a[:], name)
	return a
}

func (w *world) fund(names ...string) {
	for _, name := range names {
		if err := w.money.Mint(w.c, key(name), bt.Tao); err != nil {
			w.t.Fatal(err)
		}
	}
}

// try makes a call of Proxy.
func (w *world) try(who string, index uint8, args any) error {
	return w.c.Dispatch(frame.Signed(key(who)), frame.RuntimeCall{Pallet: 3, Index: index, Args: args}).Err
}

func (w *world) do(who string, index uint8, args any) {
	w.t.Helper()
	if err := w.try(who, index, args); err != nil {
		w.t.Fatalf("call %d of %s: %v", index, who, err)
	}
}

func (w *world) want(err, want error, what string) {
	w.t.Helper()
	if err != want {
		w.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func (w *world) pay(to string, amount bt.Rao) frame.RuntimeCall {
	return frame.RuntimeCall{Pallet: 2, Index: 0, Args: &balances.TransferArgs{Dest: bt.AddressOf(key(to)), Value: amount}}
}

func address(name string) bt.MultiAddress { return bt.AddressOf(key(name)) }

// The indices of calls.
const (
	makeCall, add, remove, removeAll, create, kill, announce, takeBack, reject, makeAnnounced, poke, realPays = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
)

func TestAnnouncedCallIsMadeAfterItsDelay(t *testing.T) {
	w := newWorld(t, nil)
	w.fund("real", "delegate", "other")
	w.do("real", add, &proxy.ProxyArgs{Delegate: address("delegate"), ProxyType: proxy.Transfer, Delay: 10})
	call := w.pay("other", 1000)
	made := &proxy.ProxyAnnounced{Delegate: address("delegate"), Real: address("real"), Call: call}
	w.want(w.try("delegate", makeCall, &proxy.Proxy{Real: address("real"), Call: call}), w.p.Error.Unannounced, "without announcement")
	w.do("delegate", announce, &proxy.Announce{Real: address("real"), CallHash: hash.Blake256(scale.Marshal(&call))})
	if got := w.sys.Account(w.c, key("delegate")).Data.Reserved; got != 36_000_000+68_000_000 {
		t.Errorf("the proxy has reserved %d", got)
	}
	w.c.Env.Number = 10
	w.want(w.try("other", makeAnnounced, made), w.p.Error.Unannounced, "a block too early")
	w.c.Env.Number = 11
	w.do("other", makeAnnounced, made)
	if got := w.money.Free(w.c, key("other")); got != bt.Tao+1000 {
		t.Errorf("the receiver has %d", got)
	}
	if got := w.sys.Account(w.c, key("delegate")).Data.Reserved; got != 0 {
		t.Errorf("the proxy still has reserved %d", got)
	}
	if got, ok := w.p.Storage.LastCallResult.TryGet(w.c.State, key("real")); !ok || got.Failed {
		t.Errorf("last result %+v", got)
	}
	w.p.OnFinalize(w.c)
	if w.p.Storage.LastCallResult.Has(w.c.State, key("real")) {
		t.Error("the result outlives the block")
	}
	w.want(w.try("other", makeAnnounced, made), w.p.Error.Unannounced, "a second time")
}

func TestPureAccount(t *testing.T) {
	w := newWorld(t, nil)
	w.fund("owner", "other")
	extrinsic := uint32(3)
	w.c.Env.Phase = bt.Phase{ApplyExtrinsic: &extrinsic}
	w.do("owner", create, &proxy.CreatePure{Index: 5})
	w.want(w.try("owner", create, &proxy.CreatePure{Index: 5}), w.p.Error.Duplicate, "the same account")
	pure := proxy.PureAccount(key("owner"), proxy.Any, 5, 1, 3)
	if err := w.money.Mint(w.c, pure, bt.Tao); err != nil {
		t.Fatal(err)
	}
	w.do("owner", makeCall, &proxy.Proxy{Real: bt.AddressOf(pure), Call: w.pay("other", 77)})
	if got := w.money.Free(w.c, key("other")); got != bt.Tao+77 {
		t.Errorf("the receiver has %d", got)
	}
	end := &proxy.KillPure{Spawner: address("owner"), Index: 5, Height: 1, ExtIndex: 3}
	w.want(w.try("owner", kill, end), w.p.Error.NoPermission, "the creator itself")
	w.do("owner", makeCall, &proxy.Proxy{Real: bt.AddressOf(pure), Call: frame.RuntimeCall{Pallet: 3, Index: kill, Args: end}})
	if got := w.sys.Account(w.c, key("owner")).Data.Reserved; got != 0 {
		t.Errorf("the creator still has reserved %d", got)
	}
	w.want(w.try("owner", makeCall, &proxy.Proxy{Real: bt.AddressOf(pure), Call: w.pay("other", 1)}), w.p.Error.NotProxy, "a pure account that is gone")
}

func TestErrorsAndDeposits(t *testing.T) {
	w := newWorld(t, nil)
	w.fund("real")
	reserved := func() bt.Rao { return w.sys.Account(w.c, key("real")).Data.Reserved }
	to := func(kind proxy.Kind) *proxy.ProxyArgs {
		return &proxy.ProxyArgs{Delegate: address("delegate"), ProxyType: kind}
	}
	w.want(w.try("real", add, &proxy.ProxyArgs{Delegate: address("real")}), w.p.Error.NoSelfProxy, "oneself")
	w.want(w.try("real", remove, to(proxy.Any)), w.p.Error.NotFound, "no proxy")
	w.do("real", add, to(proxy.Staking))
	w.want(w.try("real", add, to(proxy.Staking)), w.p.Error.Duplicate, "twice")
	w.do("real", add, to(proxy.Any))
	if got := reserved(); got != 60_000_000+2*33_000_000 {
		t.Errorf("two proxies: %d reserved", got)
	}
	w.p.Constants.ProxyDepositFactor.Set(10_000_000)
	w.do("real", poke, &proxy.None{})
	if got := reserved(); got != 80_000_000 {
		t.Errorf("after poke_deposit: %d reserved", got)
	}
	w.p.Constants.MaxProxies.Set(2)
	w.want(w.try("real", add, to(proxy.Owner)), w.p.Error.TooMany, "a third")
	w.do("real", remove, to(proxy.Staking))
	w.do("real", removeAll, &proxy.None{})
	if got := reserved(); got != 0 {
		t.Errorf("without proxies: %d reserved", got)
	}
}

// TestPayer checks who pays for proxied calls, and for those inside them.
func TestPayer(t *testing.T) {
	w := newWorld(t, nil)
	w.fund("a", "b", "c")
	for _, of := range []string{"a", "b"} {
		w.do(of, add, &proxy.ProxyArgs{Delegate: address(map[string]string{"a": "b", "b": "c"}[of])})
	}
	wrap := func(real string, call frame.RuntimeCall) frame.RuntimeCall {
		return frame.RuntimeCall{Pallet: 3, Index: makeCall, Args: &proxy.Proxy{Real: address(real), Call: call}}
	}
	simple, nested := wrap("b", w.pay("x", 1)), wrap("b", wrap("a", w.pay("x", 1)))
	batched := wrap("b", frame.RuntimeCall{Pallet: 4, Index: 2, Args: &utility.Calls{Calls: []frame.RuntimeCall{wrap("a", w.pay("x", 1)), wrap("a", w.pay("y", 1))}}})
	mixed := wrap("b", frame.RuntimeCall{Pallet: 4, Index: 0, Args: &utility.Calls{Calls: []frame.RuntimeCall{wrap("a", w.pay("x", 1)), w.pay("y", 1)}}})
	empty := wrap("b", frame.RuntimeCall{Pallet: 4, Index: 0, Args: &utility.Calls{}})
	check := func(stage string, want ...string) {
		t.Helper()
		for i, call := range []frame.RuntimeCall{w.pay("x", 1), simple, nested, batched, mixed, empty} {
			if got := w.p.Payer(w.c, call, key("c")); got != key(want[i]) {
				t.Errorf("%s, call %d: %q pays, want %s", stage, i, got[:1], want[i])
			}
		}
	}
	check("nobody agreed", "c", "c", "c", "c", "c", "c")
	w.do("a", realPays, &proxy.RealPaysFeeArgs{Delegate: address("b"), PaysFee: true})
	check("only the innermost agreed", "c", "c", "c", "c", "c", "c")
	w.do("b", realPays, &proxy.RealPaysFeeArgs{Delegate: address("c"), PaysFee: true})
	check("both agreed", "c", "b", "a", "a", "b", "b")
	w.do("a", realPays, &proxy.RealPaysFeeArgs{Delegate: address("b")})
	check("only the outer agrees", "c", "b", "b", "b", "b", "b")
}
