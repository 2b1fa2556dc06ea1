package multisig_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/ground"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/multisig"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

type world struct {
	*ground.Ground
	p *multisig.Pallet
}

func newWorld(t *testing.T) *world {
	w := &world{Ground: ground.New(t)}
	w.p = multisig.New(w.Money, w.Calls)
	w.Open(7, frame.Module{Name: "Multisig", Index: 13, Pallet: w.p})
	for _, name := range []string{"a", "b", "c", "d"} {
		w.Mint(ground.Key(name), bt.Tao)
	}
	return w
}

func (w *world) try(who string, index uint8, args any) error {
	return w.C.Dispatch(frame.Signed(ground.Key(who)), frame.RuntimeCall{Pallet: 13, Index: index, Args: args}).Err
}

func accounts(names ...string) (out []bt.AccountID) {
	for _, n := range names {
		out = append(out, ground.Key(n))
	}
	return out
}

func TestTwoOfThreePay(t *testing.T) {
	w := newWorld(t)
	shared := multisig.AccountOf(accounts("a", "b", "c"), 2)
	if err := w.Money.Mint(w.C, shared, bt.Tao); err != nil {
		t.Fatal(err)
	}
	call := frame.RuntimeCall{Pallet: 5, Index: 0, Args: &balances.TransferArgs{Dest: bt.AddressOf(ground.Key("d")), Value: 1000}}
	h := hash.Blake256(scale.Marshal(&call))
	at := multisig.Timepoint{Height: 7}
	weight := w.Table.Info(call).Weight
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
		w.Want(w.try(bad.from, 2, &multisig.Approve{Threshold: bad.limit, OtherSignatories: bad.others, CallHash: h}), bad.want, bad.what)
	}
	w.Want(w.try("a", 1, full(accounts("b", "c"), scale.Some(at), weight)), w.p.Error.UnexpectedTimepoint, "a time before the beginning")
	w.Want(w.try("a", 2, &multisig.Approve{Threshold: 2, OtherSignatories: accounts("b", "c"), CallHash: h}), nil, "begin")
	if got := w.System.Account(w.C, ground.Key("a")).Data.Reserved; got != 132_000_000+2*32_000_000 {
		t.Errorf("reserved %d", got)
	}
	w.Want(w.try("a", 1, full(accounts("b", "c"), scale.Some(at), weight)), w.p.Error.AlreadyApproved, "approve twice")
	w.Want(w.try("b", 1, full(accounts("a", "c"), scale.None[multisig.Timepoint](), weight)), w.p.Error.NoTimepoint, "no time")
	w.Want(w.try("b", 1, full(accounts("a", "c"), scale.Some(multisig.Timepoint{Height: 6}), weight)), w.p.Error.WrongTimepoint, "another time")
	w.Want(w.try("b", 1, full(accounts("a", "c"), scale.Some(at), frame.Weight{})), w.p.Error.MaxWeightTooLow, "too heavy")
	w.Want(w.try("b", 1, full(accounts("a", "c"), scale.Some(at), weight)), nil, "complete")
	if got := w.Money.Free(w.C, ground.Key("d")); got != bt.Tao+1000 {
		t.Errorf("the receiver has %d", got)
	}
	if got := w.System.Account(w.C, ground.Key("a")).Data.Reserved; got != 0 {
		t.Errorf("still reserved %d", got)
	}
}

func TestCancelAndPoke(t *testing.T) {
	w := newWorld(t)
	others, h, at := accounts("b", "c"), [32]byte{1}, multisig.Timepoint{Height: 7}
	cancel := &multisig.Cancel{Threshold: 3, OtherSignatories: others, Timepoint: at, CallHash: h}
	touch := &multisig.Poke{Threshold: 3, OtherSignatories: others, CallHash: h}
	w.Want(w.try("a", 3, cancel), w.p.Error.NotFound, "cancel nothing")
	w.Want(w.try("a", 4, touch), w.p.Error.NotFound, "poke nothing")
	w.Want(w.try("a", 2, &multisig.Approve{Threshold: 3, OtherSignatories: others, CallHash: h}), nil, "begin")
	w.Want(w.try("b", 2, &multisig.Approve{Threshold: 3, OtherSignatories: accounts("a", "c"), CallHash: h, MaybeTimepoint: scale.Some(at)}), nil, "approve")
	w.Want(w.try("b", 3, &multisig.Cancel{Threshold: 3, OtherSignatories: accounts("a", "c"), Timepoint: at, CallHash: h}), w.p.Error.NotOwner, "cancel another's")
	w.Want(w.try("b", 4, &multisig.Poke{Threshold: 3, OtherSignatories: accounts("a", "c"), CallHash: h}), w.p.Error.NotOwner, "poke another's")
	w.p.Constants.DepositBase.Set(1_000_000)
	w.Want(w.try("a", 4, touch), nil, "poke")
	if got := w.System.Account(w.C, ground.Key("a")).Data.Reserved; got != 1_000_000+3*32_000_000 {
		t.Errorf("reserved %d after poke_deposit", got)
	}
	wrong := *cancel
	wrong.Timepoint.Index = 1
	w.Want(w.try("a", 3, &wrong), w.p.Error.WrongTimepoint, "cancel at another time")
	w.Want(w.try("a", 3, cancel), nil, "cancel")
	if got := w.System.Account(w.C, ground.Key("a")).Data.Reserved; got != 0 {
		t.Errorf("still reserved %d", got)
	}
}

func TestThresholdOne(t *testing.T) {
	w := newWorld(t)
	shared := multisig.AccountOf(accounts("a", "b"), 1)
	if err := w.Money.Mint(w.C, shared, bt.Tao); err != nil {
		t.Fatal(err)
	}
	pay := func(amount bt.Rao) *multisig.Threshold1 {
		return &multisig.Threshold1{OtherSignatories: accounts("a"), Call: frame.RuntimeCall{
			Pallet: 5, Index: 0, Args: &balances.TransferArgs{Dest: bt.AddressOf(ground.Key("d")), Value: amount},
		}}
	}
	w.Want(w.try("b", 0, pay(5)), nil, "pay")
	w.Want(w.try("b", 0, pay(2*bt.Tao)), frame.FundsUnavailable, "pay too much")
	if got := w.Money.Free(w.C, ground.Key("d")); got != bt.Tao+5 {
		t.Errorf("the receiver has %d", got)
	}
}
