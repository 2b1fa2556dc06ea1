package payment_test

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

var payer, author = bt.AccountID{1}, bt.AccountID{2}

// baseFee is the weight fee of what every extrinsic costs beside its call.
const baseFee = 54_078

// world is the three pallets that fees concern, over a state of their own.
type world struct {
	*payment.Pallet
	sys   *system.Pallet
	money *balances.Pallet
	c     *frame.Ctx
}

func newWorld(author bt.AccountID) *world {
	w := &world{sys: system.New()}
	w.money = balances.New(w.sys)
	w.Pallet = payment.New(w.sys, w.money)
	frame.Compile(frame.Module{Name: "System", Index: 0, Pallet: w.sys})
	frame.Compile(frame.Module{Name: "Balances", Index: 5, Pallet: w.money})
	frame.Compile(frame.Module{Name: "TransactionPayment", Index: 6, Pallet: w.Pallet})
	w.c = frame.NewCtx(storage.New(nil), &frame.Env{Author: author}, frame.None())
	return w
}

func (w *world) mint(t testing.TB, who bt.AccountID, amount bt.Rao) {
	t.Helper()
	if err := w.money.Mint(w.c, who, amount); err != nil {
		t.Fatal(err)
	}
	w.c.Env.Events = nil
}

// event is an event about one account: pallet, index, account and amounts.
type event struct {
	Pallet, Index uint8
	Who           bt.AccountID
	Amounts       []bt.Rao
}

// events lists what was emitted since the last call.
func (w *world) events(t testing.TB) (out []event) {
	t.Helper()
	for _, e := range w.c.Env.Events {
		d := scale.NewDecoder(e.Data[2:])
		v := event{Pallet: e.Data[0], Index: e.Data[1]}
		copy(v.Who[:], d.Raw(32))
		for d.Err() == nil && d.Left() > 0 {
			v.Amounts = append(v.Amounts, bt.Rao(d.U64()))
		}
		if d.Err() != nil {
			t.Fatalf("event %x: %v", e.Data, d.Err())
		}
		out = append(out, v)
	}
	w.c.Env.Events = nil
	return out
}

func deposit(who bt.AccountID, amount bt.Rao) event { return event{5, 7, who, []bt.Rao{amount}} }
func withdraw(who bt.AccountID, amount bt.Rao) event {
	return event{5, 8, who, []bt.Rao{amount}}
}
func feePaid(fee, tip bt.Rao) event { return event{6, 0, payer, []bt.Rao{fee, tip}} }

// Fees of upstream's calls by their declared weights, without extensions, and that of a recorded transfer at spec 461 with them.
func TestFeesOfCalls(t *testing.T) {
	const read, write = 25_000_000, 100_000_000
	w := newWorld(author)
	for _, c := range []struct {
		call   string
		weight uint64
		length uint32
		want   bt.Rao
	}{
		{"nothing", 0, 0, baseFee},
		{"add_stake", 664_064_000 + 32*read + 16*write, 0, 1_586_110},
		{"remove_stake", 569_198_000 + 28*read + 13*write, 0, 1_338_677},
		{"burned_register", 336_815_000 + 34*read + 29*write, 0, 2_097_485},
		{"register_network", 277_125_000 + 40*read + 48*write, 0, 3_092_640},
		{"transfer_keep_alive, recorded", 224_051_000, 144, 166_247},
	} {
		info := frame.Info{Weight: frame.Weight{RefTime: c.weight}}
		if got := w.Fee(c.length, info, 0); got.Total() != c.want || got.InclusionFee.Value.BaseFee != baseFee || got.InclusionFee.Value.LenFee != bt.Rao(c.length) {
			t.Errorf("%s costs %d, %+v, want %d", c.call, got.Total(), got, c.want)
		}
	}
}

func TestFee(t *testing.T) {
	w := newWorld(author)
	limits := w.sys.BlockLimits()
	most := limits.PerClass.Normal.MaxExtrinsic.Value
	for _, c := range []struct {
		name string
		info frame.Info
		tip  bt.Rao
		want payment.Details
	}{
		{"pays nothing", frame.Info{Pays: frame.PaysNo, Weight: frame.Weight{RefTime: 1e9}}, 0, payment.Details{}},
		{"pays its tip only", frame.Info{Pays: frame.PaysNo, Weight: frame.Weight{RefTime: 1e9}}, 7, payment.Details{Tip: 7}},
		{"tip", frame.Info{Weight: frame.Weight{RefTime: 1e9}}, 7,
			payment.Details{Tip: 7, InclusionFee: scale.Some(payment.InclusionFee{BaseFee: baseFee, LenFee: 100, AdjustedWeightFee: 500_000})}},
		{"operational, as normal", frame.Info{Class: frame.Operational, Weight: frame.Weight{RefTime: 1e9}}, 0,
			payment.Details{InclusionFee: scale.Some(payment.InclusionFee{BaseFee: baseFee, LenFee: 100, AdjustedWeightFee: 500_000})}},
		{"size of a proof costs nothing", frame.Info{Weight: frame.Weight{ProofSize: 1 << 60}}, 0,
			payment.Details{InclusionFee: scale.Some(payment.InclusionFee{BaseFee: baseFee, LenFee: 100})}},
		{"no more than the heaviest that fits", frame.Info{Weight: frame.Weight{RefTime: most.RefTime + 1e9}}, 0,
			payment.Details{InclusionFee: scale.Some(payment.InclusionFee{BaseFee: baseFee, LenFee: 100, AdjustedWeightFee: payment.WeightFee(most)})}},
		{"no more than a block", frame.Info{Class: frame.Mandatory, Weight: frame.Weight{RefTime: 1<<64 - 1}}, 0,
			payment.Details{InclusionFee: scale.Some(payment.InclusionFee{BaseFee: baseFee, LenFee: 100, AdjustedWeightFee: payment.WeightFee(limits.MaxBlock)})}},
	} {
		if diff := cmp.Diff(c.want, w.Fee(100, c.info, c.tip)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if got := w.Fee(1, frame.Info{}, 1<<64-2).Total(); got != 1<<64-1 {
		t.Errorf("a sum beyond the largest amount is %d", got)
	}
}

// A weight fee is the nearest to five ten-thousandths, the lower one in the middle.
func TestWeightFee(t *testing.T) {
	for weight, want := range map[uint64]bt.Rao{
		0: 0, 999: 0, 1000: 0, 1001: 1, 2000: 1, 3000: 1, 3001: 2, 108_157_000: baseFee, 1<<64 - 1: 9_223_372_036_854_776,
	} {
		if got := payment.WeightFee(frame.Weight{RefTime: weight, ProofSize: 5}); got != want {
			t.Errorf("fee of %d is %d, want %d", weight, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.Uint64().Draw(t, "weight")
		q, rest := new(big.Int).QuoRem(new(big.Int).SetUint64(weight), big.NewInt(2000), new(big.Int))
		if rest.Int64() > 1000 {
			q.Add(q, big.NewInt(1))
		}
		if got := payment.WeightFee(frame.Weight{RefTime: weight}); q.Cmp(new(big.Int).SetUint64(uint64(got))) != 0 {
			t.Fatalf("fee of %d is %d, want %v", weight, got, q)
		}
	})
}

// What is taken before a call and settled after it. The events of the first row are those of the recorded transfer, whose block had no author.
func TestTakeAndSettle(t *testing.T) {
	const minted, others = 1_000_000, 50_000
	for _, c := range []struct {
		name             string
		author           bt.AccountID
		fee, actual, tip bt.Rao
		during           func(w *world) // the call
		left, got        bt.Rao
		issued           bt.Rao
		events           []event
	}{
		{"no author", bt.AccountID{}, 166_247, 166_247, 0, nil, minted - 166_247, others, minted + others - 166_247,
			[]event{withdraw(payer, 166_247), deposit(payer, 0), feePaid(166_247, 0)}},
		{"author", author, 1000, 1000, 0, nil, minted - 1000, others + 1000, minted + others,
			[]event{withdraw(payer, 1000), deposit(payer, 0), deposit(author, 1000), feePaid(1000, 0)}},
		{"tip goes to the author too", author, 1000, 1000, 400, nil, minted - 1000, others + 1000, minted + others,
			[]event{withdraw(payer, 1000), deposit(payer, 0), deposit(author, 1000), feePaid(1000, 400)}},
		{"call was lighter", author, 1000, 600, 100, nil, minted - 600, others + 600, minted + others,
			[]event{withdraw(payer, 1000), deposit(payer, 400), deposit(author, 600), feePaid(600, 100)}},
		{"call turned out free", author, 1000, 0, 0, nil, minted, others, minted + others,
			[]event{withdraw(payer, 1000), deposit(payer, 1000), feePaid(0, 0)}},
		{"call was heavier than declared", author, 1000, 3000, 0, nil, minted - 1000, others + 1000, minted + others,
			[]event{withdraw(payer, 1000), deposit(payer, 0), deposit(author, 1000), feePaid(3000, 0)}},
		{"free", author, 0, 0, 0, nil, minted, others, minted + others, []event{feePaid(0, 0)}},
		{"payer is gone after the call", author, 1000, 600, 0, func(w *world) {
			if err := w.money.Transfer(w.c, payer, author, minted-1000, balances.Expendable); err != nil {
				panic(err)
			}
			w.c.Env.Events = nil
		}, 0, others + minted, minted + others, []event{deposit(author, 1000), feePaid(600, 0)}},
	} {
		w := newWorld(c.author)
		w.mint(t, payer, minted)
		w.mint(t, author, others)
		if !w.CanPay(w.c, payer, frame.RuntimeCall{}, c.fee) {
			t.Errorf("%s: cannot pay", c.name)
		}
		charge, ok := w.Take(w.c, payer, frame.RuntimeCall{}, c.fee)
		if !ok || w.money.Free(w.c, payer) != minted-c.fee {
			t.Errorf("%s: taken %t, %d are left", c.name, ok, w.money.Free(w.c, payer))
		}
		if c.during != nil {
			c.during(w)
		}
		w.Settle(w.c, charge, c.actual, c.tip)
		if diff := cmp.Diff(c.events, w.events(t)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if left, got := w.money.Free(w.c, payer), w.money.Free(w.c, author); left != c.left || got != c.got || w.money.TotalIssuance(w.c) != c.issued {
			t.Errorf("%s: payer %d, author %d, all %d, want %d, %d, %d", c.name, left, got, w.money.TotalIssuance(w.c), c.left, c.got, c.issued)
		}
	}
}

// Whatever the account, the pool's answer is the block's, nobody is killed by a fee, and TAO is neither made nor lost.
func TestPoolAndBlockAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(author)
		amount := func(name string) bt.Rao { return bt.Rao(rapid.Uint64Range(0, 3000).Draw(t, name)) }
		const others = 5000
		a := system.AccountInfo{
			Nonce: 1, Providers: rapid.Uint32Range(1, 2).Draw(t, "providers"), Consumers: rapid.Uint32Range(0, 1).Draw(t, "consumers"),
			Data: system.NewAccountData(),
		}
		a.Data.Free, a.Data.Reserved, a.Data.Frozen = 500+amount("free"), amount("reserved"), amount("frozen")
		w.sys.Storage.Account.Set(w.c.State, payer, a)
		all := a.Data.Free + a.Data.Reserved + others
		if err := w.money.Mint(w.c, author, others); err != nil {
			t.Fatal(err)
		}
		w.money.Storage.TotalIssuance.Set(w.c.State, all)
		fee, actual := amount("fee"), amount("actual")

		can := w.CanPay(w.c, payer, frame.RuntimeCall{}, fee)
		charge, ok := w.Take(w.c, payer, frame.RuntimeCall{}, fee)
		if can != ok {
			t.Fatalf("the pool says %t, the block %t", can, ok)
		}
		free := w.money.Free(w.c, payer)
		if !ok {
			if free != a.Data.Free {
				t.Fatalf("a fee that was not taken left %d of %d", free, a.Data.Free)
			}
			return
		}
		locked := a.Data.Frozen - min(a.Data.Frozen, a.Data.Reserved)
		if fee > 0 && (free != a.Data.Free-fee || free < w.money.Constants.ExistentialDeposit.Get() || free < locked) {
			t.Fatalf("%d are left of %d", free, a.Data.Free)
		}
		w.Settle(w.c, charge, actual, 0)
		if got := w.money.Total(w.c, payer) + w.money.Total(w.c, author); got != all || w.money.TotalIssuance(w.c) != all {
			t.Fatalf("accounts hold %d, issued are %d, before it was %d", got, w.money.TotalIssuance(w.c), all)
		}
		if got := a.Data.Free - w.money.Free(w.c, payer); got != min(fee, actual) {
			t.Fatalf("it cost %d, want %d", got, min(fee, actual))
		}
	})
}

// purse is a fallback that pays up to what it holds, and notes what it is asked.
type purse struct {
	holds bt.Rao
	asked []string
}

func (p *purse) CanPay(_ *frame.Ctx, _ bt.AccountID, _ frame.RuntimeCall, fee bt.Rao) bool {
	p.asked = append(p.asked, "can")
	return fee <= p.holds
}

func (p *purse) Pay(_ *frame.Ctx, _ bt.AccountID, _ frame.RuntimeCall, fee bt.Rao) (func(*frame.Ctx), bool) {
	p.asked = append(p.asked, "pay")
	if fee > p.holds {
		return nil, false
	}
	p.holds -= fee
	return func(c *frame.Ctx) { p.asked = append(p.asked, "told") }, true
}

// TAO is taken first, and wholly; only when it does not suffice is the fallback asked, for all of it. It gives nothing back.
func TestFallback(t *testing.T) {
	for _, c := range []struct {
		name       string
		free, fee  bt.Rao
		purse      bt.Rao
		ok         bool
		left, rest bt.Rao // in TAO, in the purse
		asked      []string
		events     []event
	}{
		{"TAO suffices", 2000, 1000, 9000, true, 1600, 9000, nil, []event{withdraw(payer, 1000), deposit(payer, 600), deposit(author, 400), feePaid(400, 0)}},
		{"nothing to pay", 600, 0, 9000, true, 600, 9000, nil, []event{feePaid(400, 0)}},
		{"the account would die", 1200, 1000, 9000, true, 1200, 8000, []string{"can", "pay", "told"}, []event{feePaid(400, 0)}},
		{"too little TAO", 600, 1000, 1000, true, 600, 0, []string{"can", "pay", "told"}, []event{feePaid(400, 0)}},
		{"too little of both", 600, 1000, 999, false, 600, 999, []string{"can", "pay"}, nil},
	} {
		w := newWorld(author)
		w.mint(t, payer, c.free)
		w.mint(t, author, 10_000)
		p := &purse{holds: c.purse}
		w.SetFallback(p)
		if got := w.CanPay(w.c, payer, frame.RuntimeCall{}, c.fee); got != c.ok {
			t.Errorf("%s: the pool says %t", c.name, got)
		}
		charge, ok := w.Take(w.c, payer, frame.RuntimeCall{}, c.fee)
		if ok != c.ok {
			t.Errorf("%s: taken %t", c.name, ok)
		}
		if ok {
			w.Settle(w.c, charge, 400, 0)
		}
		if got := w.money.Free(w.c, payer); got != c.left || p.holds != c.rest {
			t.Errorf("%s: %d and %d are left, want %d and %d", c.name, got, p.holds, c.left, c.rest)
		}
		if diff := cmp.Diff(c.asked, p.asked); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if diff := cmp.Diff(c.events, w.events(t)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestPayer(t *testing.T) {
	w := newWorld(author)
	if got := w.Payer(w.c, frame.RuntimeCall{}, payer); got != payer {
		t.Errorf("%v pays for %v", got, payer)
	}
	w.SetPayer(func(_ *frame.Ctx, call frame.RuntimeCall, signer bt.AccountID) bt.AccountID {
		if call.Pallet == 16 {
			return author
		}
		return signer
	})
	for pallet, want := range map[uint8]bt.AccountID{5: payer, 16: author} {
		if got := w.Payer(w.c, frame.RuntimeCall{Pallet: pallet}, payer); got != want {
			t.Errorf("%v pays for a call of pallet %d, want %v", got, pallet, want)
		}
	}
}

func TestFeePaidOnTheWire(t *testing.T) {
	want := payment.FeePaid{Who: payer, ActualFee: 1 << 40, Tip: 3}
	raw := scale.Marshal(&want)
	var got payment.FeePaid
	if err := scale.Unmarshal(raw, &got); err != nil || got != want || len(raw) != got.MinScale() {
		t.Errorf("%+v came back as %+v, %v, of %d bytes", want, got, err, len(raw))
	}
}
