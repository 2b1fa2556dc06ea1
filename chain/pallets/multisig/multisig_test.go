package multisig_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/multisig"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

func key(name string) (a bt.AccountID) {
	copy(a[:], name)
	return a
}

type world struct {
	*testing.T
	sys   *system.Pallet
	money *balances.Pallet
	p     *multisig.Pallet
	table *frame.Table
	c     *frame.Ctx
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, sys: system.New()}
	w.money = balances.New(w.sys)
	w.p = multisig.New(w.money, func() *frame.Table { return w.table })
	w.table = frame.NewTable([]*frame.Description{
		frame.Compile(frame.Module{Name: "System", Index: 0, Pallet: w.sys}), frame.Compile(frame.Module{Name: "Balances", Index: 5, Pallet: w.money}),
		frame.Compile(frame.Module{Name: "Multisig", Index: 13, Pallet: w.p}),
	})
	w.c = frame.NewCtx(storage.New(nil), &frame.Env{Number: 7, Table: w.table}, frame.None())
	for _, name := range []string{"a", "b", "c", "d"} {
		if err := w.money.Mint(w.c, key(name), bt.Tao); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) try(who string, index uint8, args any) error {
	return w.c.Dispatch(frame.Signed(key(who)), frame.RuntimeCall{Pallet: 13, Index: index, Args: args}).Err
}

func (w *world) want(err, want error, what string) {
	w.Helper()
	if err != want {
		w.Errorf("%s: %v, want %v", what, err, want)
	}
}

func accounts(names ...string) (out []bt.AccountID) {
	for _, n := range names {
		out = append(out, key(n))
	}
	return out
}

func TestTwoOfThreePay(t *testing.T) {
	w := newWorld(t)
	shared := multisig.AccountOf(accounts("a", "b", "c"), 2)
	if err := w.money.Mint(w.c, shared, bt.Tao); err != nil {
		t.Fatal(err)
	}
	call := frame.RuntimeCall{Pallet: 5, Index: 0, Args: &balances.TransferArgs{Dest: bt.AddressOf(key("d")), Value: 1000}}
	h := hash.Blake256(scale.Marshal(&call))
	at := multisig.Timepoint{Height: 7}
	weight := w.table.Info(call).Weight
	full := func(others []bt.AccountID, when scale.Option[multisig.Timepoint], most frame.Weight) *multisig.AsMulti {
		return &multisig.AsMulti{Threshold: 2, OtherSignatories: others, MaybeTimepoint: when, Call: call, MaxWeight: most}
	}
	for _, bad := range []struct {
		what   string
		want   error
		others []bt.AccountID
		from   string
		limit  uint16
	}{
		{"one approval", w.p.Error.MinimumThreshold, accounts("b", "c"), "a", 1},
		{"nobody else", w.p.Error.TooFewSignatories, nil, "a", 2},
		{"order", w.p.Error.SignatoriesOutOfOrder, accounts("c", "b"), "a", 2},
		{"sender", w.p.Error.SenderInSignatories, accounts("a", "b"), "a", 2},
		{"too many", w.p.Error.TooManySignatories, make([]bt.AccountID, 100), "a", 2},
	} {
		w.want(w.try(bad.from, 2, &multisig.Approve{Threshold: bad.limit, OtherSignatories: bad.others, CallHash: h}), bad.want, bad.what)
	}
	w.want(w.try("a", 1, full(accounts("b", "c"), scale.Some(at), weight)), w.p.Error.UnexpectedTimepoint, "a time before the beginning")
	w.want(w.try("a", 2, &multisig.Approve{Threshold: 2, OtherSignatories: accounts("b", "c"), CallHash: h}), nil, "begin")
	if got := w.sys.Account(w.c, key("a")).Data.Reserved; got != 132_000_000+2*32_000_000 {
		t.Errorf("reserved %d", got)
	}
	w.want(w.try("a", 1, full(accounts("b", "c"), scale.Some(at), weight)), w.p.Error.AlreadyApproved, "approve twice")
	w.want(w.try("b", 1, full(accounts("a", "c"), scale.None[multisig.Timepoint](), weight)), w.p.Error.NoTimepoint, "no time")
	w.want(w.try("b", 1, full(accounts("a", "c"), scale.Some(multisig.Timepoint{Height: 6}), weight)), w.p.Error.WrongTimepoint, "another time")
	w.want(w.try("b", 1, full(accounts("a", "c"), scale.Some(at), frame.Weight{})), w.p.Error.MaxWeightTooLow, "too heavy")
	w.want(w.try("b", 1, full(accounts("a", "c"), scale.Some(at), weight)), nil, "complete")
	if got := w.money.Free(w.c, key("d")); got != bt.Tao+1000 {
		t.Errorf("the receiver has %d", got)
	}
	if got := w.sys.Account(w.c, key("a")).Data.Reserved; got != 0 {
		t.Errorf("still reserved %d", got)
	}
}

func TestCancelAndPoke(t *testing.T) {
	w := newWorld(t)
	others, h, at := accounts("b", "c"), [32]byte{1}, multisig.Timepoint{Height: 7}
	cancel := &multisig.Cancel{Threshold: 3, OtherSignatories: others, Timepoint: at, CallHash: h}
	touch := &multisig.Poke{Threshold: 3, OtherSignatories: others, CallHash: h}
	w.want(w.try("a", 3, cancel), w.p.Error.NotFound, "cancel nothing")
	w.want(w.try("a", 4, touch), w.p.Error.NotFound, "poke nothing")
	w.want(w.try("a", 2, &multisig.Approve{Threshold: 3, OtherSignatories: others, CallHash: h}), nil, "begin")
	w.want(w.try("b", 2, &multisig.Approve{Threshold: 3, OtherSignatories: accounts("a", "c"), CallHash: h, MaybeTimepoint: scale.Some(at)}), nil, "approve")
	w.want(w.try("b", 3, &multisig.Cancel{Threshold: 3, OtherSignatories: accounts("a", "c"), Timepoint: at, CallHash: h}), w.p.Error.NotOwner, "cancel another's")
	w.want(w.try("b", 4, &multisig.Poke{Threshold: 3, OtherSignatories: accounts("a", "c"), CallHash: h}), w.p.Error.NotOwner, "poke another's")
	w.p.Constants.DepositBase.Set(1_000_000)
	w.want(w.try("a", 4, touch), nil, "poke")
	if got := w.sys.Account(w.c, key("a")).Data.Reserved; got != 1_000_000+3*32_000_000 {
		t.Errorf("reserved %d after poke_deposit", got)
	}
	wrong := *cancel
	wrong.Timepoint.Index = 1
	w.want(w.try("a", 3, &wrong), w.p.Error.WrongTimepoint, "cancel at another time")
	w.want(w.try("a", 3, cancel), nil, "cancel")
	if got := w.sys.Account(w.c, key("a")).Data.Reserved; got != 0 {
		t.Errorf("still reserved %d", got)
	}
}

func TestThresholdOne(t *testing.T) {
	w := newWorld(t)
	shared := multisig.AccountOf(accounts("a", "b"), 1)
	if err := w.money.Mint(w.c, shared, bt.Tao); err != nil {
		t.Fatal(err)
	}
	pay := func(amount bt.Rao) *multisig.Threshold1 {
		return &multisig.Threshold1{OtherSignatories: accounts("a"), Call: frame.RuntimeCall{
			Pallet: 5, Index: 0, Args: &balances.TransferArgs{Dest: bt.AddressOf(key("d")), Value: amount},
		}}
	}
	w.want(w.try("b", 0, pay(5)), nil, "pay")
	w.want(w.try("b", 0, pay(2*bt.Tao)), frame.FundsUnavailable, "pay too much")
	if got := w.money.Free(w.c, key("d")); got != bt.Tao+5 {
		t.Errorf("the receiver has %d", got)
	}
}
