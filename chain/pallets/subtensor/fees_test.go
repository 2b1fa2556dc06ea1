package subtensor_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// bill is what a transaction's fee came to.
type bill struct {
	fee    bt.Rao   // as declared
	alpha  bt.Alpha // sold for it
	tao    bt.Rao   // that the sale gave the author
	netuid bt.NetUID
	told   []string // events about fees, in their order
	err    error    // of the call
}

// transact charges a call as the runtime does, around its dispatch. It fails where the payer cannot pay: ok is false, and nothing may have changed.
func (w *world) transact(who string, index uint8, args any) (b bill, ok bool) {
	w.t.Helper()
	call := frame.RuntimeCall{Pallet: subtensor.Index, Index: index, Args: args}
	b.fee = w.fees.Fee(0, w.table.Info(call), 0).Total()
	if !w.fees.CanPay(w.c, key(who), call, b.fee) {
		return b, false
	}
	events := len(w.c.Env.Events)
	charge, ok := w.fees.Take(w.c, key(who), call, b.fee)
	if !ok {
		return b, false
	}
	b.err = w.c.Dispatch(frame.Signed(key(who)), call).Err
	w.fees.Settle(w.c, charge, b.fee, 0)
	for _, e := range w.c.Env.Events[events:] {
		switch [2]uint8(e.Data[:2]) {
		case [2]uint8{subtensor.Index, 128}:
			var paid state.TransactionFeePaidWithAlpha
			if err := scale.Unmarshal(e.Data[2:], &paid); err != nil {
				w.t.Fatal(err)
			}
			if paid.Who != key(who) {
				w.t.Errorf("%v paid with alpha, want %q", paid.Who, who)
			}
			b.alpha, b.tao, b.netuid = paid.AlphaFee, paid.TaoAmount, paid.NetUID
			b.told = append(b.told, "TransactionFeePaidWithAlpha")
		case [2]uint8{6, 0}:
			var paid payment.FeePaid
			if err := scale.Unmarshal(e.Data[2:], &paid); err != nil {
				w.t.Fatal(err)
			}
			if paid.ActualFee != b.fee || paid.Who != key(who) {
				w.t.Errorf("TransactionFeePaid %+v, want %d rao of %q", paid, uint64(b.fee), who)
			}
			b.told = append(b.told, "TransactionFeePaid")
		}
	}
	return b, true
}

// poor is stakers with 10 TAO of "cold" on "hot" in both subnets and on root, and no TAO left but the existential deposit.
func poor(t testing.TB, netuids ...int) (w *world, a, b bt.NetUID) {
	w, a, b = stakers(t)
	for _, i := range netuids {
		w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: []bt.NetUID{0, a, b}[i], AmountStaked: 10 * bt.Tao})
	}
	w.spend("cold", 500)
	return w, a, b
}

// spend leaves an account with an amount.
func (w *world) spend(who string, left bt.Rao) {
	w.t.Helper()
	if err := w.money.Transfer(w.c, key(who), key("shop"), w.money.Free(w.c, key(who))-left, balances.Preserve); err != nil {
		w.t.Fatal(err)
	}
}

const tenth = bt.Alpha(bt.Tao / 10)

// A fee that TAO covers is paid in TAO.
func TestFeesInTao(t *testing.T) {
	w, a, _ := poor(t, 1)
	w.fund("cold", 1)
	balance, stake, author := w.money.Free(w.c, key("cold")), w.stake("cold", "hot", a), w.money.Free(w.c, key("author"))
	sale, err := w.Pools.Swap.SimSell(w.c, a, tenth)
	if err != nil {
		t.Fatal(err)
	}
	b, ok := w.transact("cold", removeStake, &staking.RemoveStake{Hotkey: key("hot"), NetUID: a, AmountUnstaked: tenth})
	if !ok || b.err != nil {
		t.Fatal(ok, b.err)
	}
	if got := w.money.Free(w.c, key("cold")); got != balance-b.fee+bt.Rao(sale.Out) {
		t.Errorf("the balance is %v, want %v - %v + %v", got, balance, b.fee, sale.Out)
	}
	if got := w.stake("cold", "hot", a); got != stake-tenth {
		t.Errorf("the stake is %v, want %v less %v", got, stake, tenth)
	}
	if got := w.money.Free(w.c, key("author")); got < author+b.fee {
		t.Errorf("the author has %v, had %v, the fee is %v", got, author, b.fee)
	}
	if len(b.told) != 1 || b.told[0] != "TransactionFeePaid" {
		t.Errorf("events %v", b.told)
	}
	w.sound()
}

// Each call that takes stake away pays from that stake when there is no TAO: fee / price, sold without a fee for the author, told before
// TransactionFeePaid; and then does what it does.
func TestFeesInAlpha(t *testing.T) {
	hot, warm := key("hot"), key("warm")
	for name, test := range map[string]struct {
		index uint8
		args  func(a, b bt.NetUID) any
		gone  bt.Alpha // of the stake by the call itself; 0 means all
	}{
		"remove_stake":     {removeStake, func(a, b bt.NetUID) any { return &staking.RemoveStake{Hotkey: hot, NetUID: a, AmountUnstaked: tenth} }, tenth},
		"remove_stake_all": {removeStake, func(a, b bt.NetUID) any { return &staking.RemoveStake{Hotkey: hot, NetUID: a, AmountUnstaked: 1 << 60} }, 0},
		"remove_stake_limit": {removeStakeLimit, func(a, b bt.NetUID) any {
			return &staking.RemoveStakeLimit{Hotkey: hot, NetUID: a, AmountUnstaked: tenth, LimitPrice: 1000}
		}, tenth},
		"remove_stake_full_limit": {removeStakeFullLimit, func(a, b bt.NetUID) any { return &staking.RemoveStakeFullLimit{Hotkey: hot, NetUID: a} }, 0},
		"unstake_all":             {unstakeAll, func(a, b bt.NetUID) any { return &staking.UnstakeAll{Hotkey: hot} }, 0},
		"unstake_all_alpha":       {unstakeAllAlpha, func(a, b bt.NetUID) any { return &staking.UnstakeAll{Hotkey: hot} }, 0},
		"move_stake": {moveStake, func(a, b bt.NetUID) any {
			return &staking.MoveStake{OriginHotkey: hot, DestinationHotkey: warm, OriginNetUID: a, DestinationNetUID: b, AlphaAmount: tenth}
		}, tenth},
		"move_stake_all": {moveStake, func(a, b bt.NetUID) any {
			return &staking.MoveStake{OriginHotkey: hot, DestinationHotkey: warm, OriginNetUID: a, DestinationNetUID: b, AlphaAmount: 1 << 60}
		}, 0},
		"move_stake_limit": {moveStakeLimit, func(a, b bt.NetUID) any {
			return &staking.MoveStakeLimit{OriginHotkey: hot, DestinationHotkey: warm, OriginNetUID: a, DestinationNetUID: b, AlphaAmount: tenth, LimitPrice: 1000}
		}, tenth},
		"transfer_stake": {transferStake, func(a, b bt.NetUID) any {
			return &staking.TransferStake{DestinationColdkey: key("other"), Hotkey: hot, OriginNetUID: a, DestinationNetUID: b, AlphaAmount: tenth}
		}, tenth},
		"transfer_stake_hotkey": {transferStakeAndHotkey, func(a, b bt.NetUID) any {
			return &staking.TransferStakeAndHotkey{DestinationColdkey: key("other"), OriginHotkey: hot, DestinationHotkey: warm, OriginNetUID: a, DestinationNetUID: b, AlphaAmount: tenth}
		}, tenth},
		"swap_stake": {swapStake, func(a, b bt.NetUID) any {
			return &staking.SwapStake{Hotkey: hot, OriginNetUID: a, DestinationNetUID: b, AlphaAmount: tenth}
		}, tenth},
		"swap_stake_limit": {swapStakeLimit, func(a, b bt.NetUID) any {
			return &staking.SwapStakeLimit{Hotkey: hot, OriginNetUID: a, DestinationNetUID: b, AlphaAmount: tenth, LimitPrice: 1000}
		}, tenth},
		"recycle_alpha": {recycleAlpha, func(a, b bt.NetUID) any { return &staking.Destroy{Hotkey: hot, NetUID: a, Amount: tenth} }, tenth},
		"burn_alpha":    {burnAlpha, func(a, b bt.NetUID) any { return &staking.Destroy{Hotkey: hot, NetUID: a, Amount: tenth} }, tenth},
	} {
		t.Run(name, func(t *testing.T) {
			w, a, bID := poor(t, 1)
			stake, author := w.stake("cold", "hot", a), w.money.Free(w.c, key("author"))
			price := w.Pools.Swap.Price(w.c, a)
			b, ok := w.transact("cold", test.index, test.args(a, bID))
			if !ok || b.err != nil {
				t.Fatalf("paid %t, error %v", ok, b.err)
			}
			if want := bt.Alpha(fixed.U64F64FromUint(uint64(b.fee)).SafeDiv(price).ToUint64()); b.alpha != want || b.netuid != a || want == 0 {
				t.Errorf("paid %v alpha of subnet %d, want %v of %d", b.alpha, b.netuid, want, a)
			}
			gone := test.gone
			if gone == 0 {
				gone = stake - b.alpha
			}
			if got := w.stake("cold", "hot", a); got != stake-b.alpha-gone {
				t.Errorf("the stake is %v, want %v - %v - %v", got, stake, b.alpha, gone)
			}
			if got := w.money.Free(w.c, key("author")); got < author+b.tao || b.tao+1000 < b.fee || b.tao > b.fee {
				t.Errorf("the author got %v, the sale gave %v, the fee is %v", got-author, b.tao, b.fee)
			}
			if len(b.told) != 2 || b.told[0] != "TransactionFeePaidWithAlpha" || b.told[1] != "TransactionFeePaid" {
				t.Errorf("events %v", b.told)
			}
			w.sound()
		})
	}
}

// On root alpha is TAO: the fee is what the stake loses.
func TestFeesFromRoot(t *testing.T) {
	for _, amount := range []bt.Alpha{tenth, bt.Alpha(10 * bt.Tao)} {
		w, _, _ := poor(t, 0)
		b, ok := w.transact("cold", removeStake, &staking.RemoveStake{Hotkey: key("hot"), AmountUnstaked: amount})
		if !ok || b.err != nil {
			t.Fatal(ok, b.err)
		}
		left := bt.Alpha(10*bt.Tao) - bt.Alpha(b.fee)
		taken := min(amount, left)
		if b.alpha != bt.Alpha(b.fee) || b.tao != b.fee || w.stake("cold", "hot", 0) != left-taken {
			t.Errorf("of %v: paid %v for %v TAO, fee %v, %v left", amount, b.alpha, b.tao, b.fee, w.stake("cold", "hot", 0))
		}
		if got := w.money.Free(w.c, key("cold")); got != 500+bt.Rao(taken) {
			t.Errorf("the balance is %v, want 500 rao and %v", got, taken)
		}
		w.sound()
	}
}

// Stake in several subnets does not pay, nor do calls that take no stake away.
func TestFeesInAlphaOfOneSubnetOnly(t *testing.T) {
	w, a, b := poor(t, 0, 1, 2)
	calls := map[uint8]any{
		unstakeAll: &staking.UnstakeAll{Hotkey: key("hot")}, unstakeAllAlpha: &staking.UnstakeAll{Hotkey: key("hot")},
		addStake: &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: bt.Tao},
	}
	before := len(w.c.State.Changes())
	for index, args := range calls {
		if _, ok := w.transact("cold", index, args); ok {
			t.Errorf("call %d was paid", index)
		}
		call := frame.RuntimeCall{Pallet: subtensor.Index, Index: index, Args: args}
		if _, ok := w.fees.Take(w.c, key("cold"), call, 1); ok {
			t.Errorf("call %d was paid without a check before", index)
		}
	}
	if after := len(w.c.State.Changes()); after != before {
		t.Errorf("%d rows became %d", before, after)
	}
	w.fund("cold", 1)
	bill, ok := w.transact("cold", unstakeAll, calls[unstakeAll])
	if !ok || bill.err != nil || len(bill.told) != 1 {
		t.Fatalf("with TAO: %t, %+v", ok, bill)
	}
	for _, netuid := range []bt.NetUID{0, a, b} {
		if got := w.stake("cold", "hot", netuid); got != 0 {
			t.Errorf("%v is left in subnet %d", got, netuid)
		}
	}
	w.sound()
}

// Stake that is worth less than the fee does not pay; whether it does is a matter of the price.
func TestFeesInAlphaAtAPrice(t *testing.T) {
	w, a, _ := poor(t, 1)
	w.Pools.TakeStake(w.c, key("hot"), key("cold"), a, w.stake("cold", "hot", a)-2_000_000)
	call := frame.RuntimeCall{Pallet: subtensor.Index, Index: removeStake, Args: &staking.RemoveStake{Hotkey: key("hot"), NetUID: a, AmountUnstaked: 2_000_000}}
	fee := w.fees.Fee(10, w.table.Info(call), 0).Total()
	if !w.fees.CanPay(w.c, key("cold"), call, fee) {
		t.Errorf("2000000 alpha at a price of about 1 do not pay %v", fee)
	}
	w.Storage.SubnetTAO.Set(w.c.State, a, 1_000_000)
	w.Storage.SubnetAlphaIn.Set(w.c.State, a, 10_000_000_000)
	if w.fees.CanPay(w.c, key("cold"), call, fee) {
		t.Errorf("2000000 alpha at a price of 0.0001 pay %v", fee)
	}
	w.Storage.SubnetAlphaIn.Set(w.c.State, a, 0) // without a price all stake is the fee; the pool then refuses the sale
	if !w.fees.CanPay(w.c, key("cold"), call, fee) {
		t.Error("alpha without a price does not pay at the check")
	}
}

// A call that fails has paid, in TAO or in alpha.
func TestFeesOfFailingCalls(t *testing.T) {
	w, a, _ := poor(t, 1)
	w.Storage.SubtokenEnabled.Set(w.c.State, a, false)
	args := &staking.RemoveStake{Hotkey: key("hot"), NetUID: a, AmountUnstaked: tenth}
	stake, balance := w.stake("cold", "hot", a), w.money.Free(w.c, key("cold"))
	b, ok := w.transact("cold", removeStake, args)
	if !ok || b.err != w.Error.SubtokenDisabled {
		t.Fatal(ok, b.err)
	}
	if got := w.stake("cold", "hot", a); got != stake-b.alpha || b.alpha == 0 {
		t.Errorf("the stake is %v, want %v less %v", got, stake, b.alpha)
	}
	if got := w.money.Free(w.c, key("cold")); got != balance {
		t.Errorf("the balance went from %v to %v", balance, got)
	}
	w.fund("cold", 1)
	stake, balance = w.stake("cold", "hot", a), w.money.Free(w.c, key("cold"))
	if b, ok = w.transact("cold", removeStake, args); !ok || b.err != w.Error.SubtokenDisabled {
		t.Fatal(ok, b.err)
	}
	if got := w.money.Free(w.c, key("cold")); got != balance-b.fee || w.stake("cold", "hot", a) != stake {
		t.Errorf("the balance went from %v to %v, the fee is %v", balance, got, b.fee)
	}
	w.sound()
}

// When the sale cannot be paid out, the transaction is refused and nothing has changed.
func TestFeeInAlphaThatCannotBeTaken(t *testing.T) {
	w, a, _ := poor(t, 1)
	custody := w.Pools.CustodyAccount(a)
	if err := w.money.Transfer(w.c, custody, key("shop"), w.money.Free(w.c, custody), balances.Expendable); err != nil {
		t.Fatal(err)
	}
	s, st := w.c.State, &w.Storage
	type books struct {
		stake, in, out bt.Alpha
		tao, total     bt.Rao
		volume         scale.Uint128
	}
	read := func() books {
		return books{
			w.stake("cold", "hot", a), st.SubnetAlphaIn.Get(s, a), st.SubnetAlphaOut.Get(s, a),
			st.SubnetTAO.Get(s, a), st.TotalStake.Get(s), st.SubnetVolume.Get(s, a),
		}
	}
	before, events := read(), len(w.c.Env.Events)
	if _, ok := w.transact("cold", removeStake, &staking.RemoveStake{Hotkey: key("hot"), NetUID: a, AmountUnstaked: tenth}); ok {
		t.Error("the fee was taken")
	}
	if after := read(); after != before || len(w.c.Env.Events) != events {
		t.Errorf("%+v became %+v, with %d events", before, after, len(w.c.Env.Events)-events)
	}
}

// Without an author nobody is paid: alpha is not even sold.
func TestFeesWithoutAuthor(t *testing.T) {
	w, a, _ := poor(t, 1)
	w.c.Env.Author = bt.AccountID{}
	stake := w.stake("cold", "hot", a)
	b, ok := w.transact("cold", recycleAlpha, &staking.Destroy{Hotkey: key("hot"), NetUID: a, Amount: tenth})
	if !ok || b.err != nil || b.alpha != 0 || b.tao != 0 || len(b.told) != 2 {
		t.Errorf("%t, %+v", ok, b)
	}
	if got := w.stake("cold", "hot", a); got != stake-tenth {
		t.Errorf("the stake is %v, want %v less %v", got, stake, tenth)
	}
}

// The author gets the fee of a trade and that of the transaction.
func TestAuthorGetsBothFees(t *testing.T) {
	w, a, _ := stakers(t)
	author := w.money.Free(w.c, key("author"))
	trade := w.Pools.Swap.Fee(w.c, a, uint64(bt.Tao))
	b, ok := w.transact("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: bt.Tao})
	if !ok || b.err != nil {
		t.Fatal(ok, b.err)
	}
	if got, want := w.money.Free(w.c, key("author"))-author, bt.Rao(trade)+b.fee; got != want || trade == 0 {
		t.Errorf("the author got %v, want %v", got, want)
	}
	w.sound()
}
