package info_test

import (
	"bytes"
	"testing"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/info"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

func TestStake(t *testing.T) {
	w := settle(t)
	mine := ask[[]info.StakeInfo](w, "StakeInfoRuntimeApi_get_stake_info_for_coldkey", bob)
	alpha := w.Pools.Stake(w.c, aliceHot, bob, home)
	want := []info.StakeInfo{
		{Hotkey: aliceHot, Coldkey: bob, NetUID: 0, Stake: bt.Alpha(10 * bt.Tao), IsRegistered: true},
		{Hotkey: aliceHot, Coldkey: bob, NetUID: home, Stake: alpha, Emission: 444, IsRegistered: true},
	}
	if diff := compare(want, mine); diff != "" || alpha == 0 {
		t.Error(alpha, diff)
	}
	one := ask[scale.Option[info.StakeInfo]](w, "StakeInfoRuntimeApi_get_stake_info_for_hotkey_coldkey_netuid", aliceHot, bob, home)
	if diff := compare(scale.Some(want[1]), one); diff != "" {
		t.Error(diff)
	}
	many := ask[[]scale.Pair[bt.AccountID, []info.StakeInfo]](w, "StakeInfoRuntimeApi_get_stake_info_for_coldkeys", []bt.AccountID{account(99), bob})
	if len(many) != 2 || len(many[0].B) != 0 || !equal(many[1].B, want) {
		t.Errorf("%+v", many)
	}
}

func TestAvailability(t *testing.T) {
	w := settle(t)
	free := func(keys []bt.AccountID, ids scale.Option[[]bt.NetUID]) info.ByColdkey {
		return ask[info.ByColdkey](w, "StakeInfoRuntimeApi_get_stake_availability_for_coldkeys", keys, ids)
	}
	locked := w.Pools.Locked(w.c, bob, home)
	if locked == 0 || locked >= 5_000_000_000 {
		t.Fatalf("%v locked, want a lock of 5 alpha that decays", locked)
	}
	total := w.Pools.Stake(w.c, aliceHot, bob, home)
	here := scale.Pair[bt.NetUID, info.StakeAvailability]{A: home, B: info.StakeAvailability{Total: total, Locked: locked, Available: total - locked}}
	root := scale.Pair[bt.NetUID, info.StakeAvailability]{B: info.StakeAvailability{Total: bt.Alpha(10 * bt.Tao), Available: bt.Alpha(10 * bt.Tao)}}
	for _, c := range []struct {
		name string
		keys []bt.AccountID
		ids  scale.Option[[]bt.NetUID]
		want info.ByColdkey
	}{
		{"all subnets", []bt.AccountID{bob}, scale.None[[]bt.NetUID](), info.ByColdkey{{A: bob, B: info.BySubnet{root, here}}}},
		{"one subnet, twice", []bt.AccountID{bob, bob}, scale.Some([]bt.NetUID{home, home}), info.ByColdkey{{A: bob, B: info.BySubnet{here}}}},
		{"sorted", []bt.AccountID{account(99), bob}, scale.Some([]bt.NetUID{home}), info.ByColdkey{{A: bob, B: info.BySubnet{here}}, {A: account(99)}}},
		{"no subnet", []bt.AccountID{bob}, scale.Some([]bt.NetUID{}), info.ByColdkey{{A: bob}}},
		{"absent subnet", []bt.AccountID{bob}, scale.Some([]bt.NetUID{home, 77}), info.ByColdkey{{A: bob, B: info.BySubnet{here}}}},
		{"more subnets than there are", []bt.AccountID{bob}, scale.Some([]bt.NetUID{0, 1, home, 77}), info.ByColdkey{{A: bob}}},
		{"nobody", nil, scale.None[[]bt.NetUID](), nil},
	} {
		if diff := compare(c.want, free(c.keys, c.ids)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestFee(t *testing.T) {
	w := settle(t)
	type place = scale.Option[scale.Pair[bt.AccountID, bt.NetUID]]
	none, root, here := place{}, place{Set: true}, place{Set: true}
	root.Value.A, here.Value.A, here.Value.B = aliceHot, aliceHot, home
	const amount = uint64(bt.Tao)
	fee := w.Pools.Swap.Fee(w.c, home, amount)
	if fee != amount*33/65535 {
		t.Fatalf("fee %d, want 33 parts of 65535", fee)
	}
	for _, c := range []struct {
		name     string
		from, to place
		want     uint64
	}{
		{"stake", none, here, fee}, {"unstake", here, none, fee}, {"move in", root, here, fee}, {"move to root", here, root, 0}, {"stay", here, here, 0}, {"nothing", none, none, 0},
	} {
		if got := ask[uint64](w, "StakeInfoRuntimeApi_get_stake_fee", c.from, bob, c.to, bob, amount); got != c.want {
			t.Errorf("%s: fee %d, want %d", c.name, got, c.want)
		}
	}
}

func TestLocks(t *testing.T) {
	w := settle(t)
	w.must(w.Staking.LockStake(w.by(carol), staking.LockStake{Hotkey: carolHot, NetUID: home, Amount: 9_000_000_000}))
	lock := ask[scale.Option[state.LockState]](w, "StakeInfoRuntimeApi_get_coldkey_lock", bob, home)
	if !lock.Set || lock.Value.LastUpdate != 20 || lock.Value.LockedMass != w.Pools.Locked(w.c, bob, home) {
		t.Errorf("%+v", lock)
	}
	owners := ask[fixed.U64F64](w, "StakeInfoRuntimeApi_get_hotkey_conviction", aliceHot, home)
	if owners != fixed.U64F64FromUint(uint64(lock.Value.LockedMass)) {
		t.Errorf("conviction for the owner's hotkey is %v, want the mass %v at once", owners, lock.Value.LockedMass)
	}
	most := func() bt.AccountID {
		return ask[scale.Option[bt.AccountID]](w, "StakeInfoRuntimeApi_get_most_convicted_hotkey_on_subnet", home).Value
	}
	if fresh := ask[fixed.U64F64](w, "StakeInfoRuntimeApi_get_hotkey_conviction", carolHot, home); !fresh.Less(owners) || most() != aliceHot {
		t.Errorf("a fresh lock has conviction %v, the owner's %v; most convicted is %v", fresh, owners, most())
	}
	w.c.Env.Number += 500_000
	later := ask[fixed.U64F64](w, "StakeInfoRuntimeApi_get_hotkey_conviction", carolHot, home)
	owners = ask[fixed.U64F64](w, "StakeInfoRuntimeApi_get_hotkey_conviction", aliceHot, home)
	if want := map[bool]bt.AccountID{true: carolHot, false: aliceHot}[owners.Less(later)]; most() != want || later.IsZero() {
		t.Errorf("later: %v against %v, most convicted %v", later, owners, most())
	}
	// Among equals the last account wins.
	even := state.LockState{LockedMass: 1 << 40, Conviction: fixed.U64F64FromUint(1 << 40), LastUpdate: uint64(w.c.Env.Number)}
	for _, hot := range []bt.AccountID{account(51), account(52), account(50)} {
		w.Storage.HotkeyLock.Set(w.c.State, home, hot, even)
	}
	if most() != account(52) {
		t.Errorf("most convicted %v, want the last of three equal ones", most())
	}
}

func TestDelegates(t *testing.T) {
	w := settle(t)
	got := ask[scale.Option[info.DelegateInfo]](w, "DelegateInfoRuntimeApi_get_delegate", aliceHot)
	if !got.Set {
		t.Fatal("alice's hotkey is no delegate")
	}
	d := got.Value
	if d.OwnerSs58 != alice || d.Take != 11796 || len(d.Registrations) != 2 || len(d.ValidatorPermits) != 1 || d.ValidatorPermits[0].V != home {
		t.Errorf("%+v", d)
	}
	// 7000 an epoch of ten blocks, 7200 blocks a day; 10 TAO of stake on root.
	const daily = 7000 * 7200 / 10
	perThousand := uint64(daily) * 100 * (65535 - 11796) / 65535
	if d.TotalDailyReturn != daily || d.ReturnPer1000 > perThousand || d.ReturnPer1000+1 < perThousand {
		t.Errorf("daily return %d, per 1000 TAO %d, want %d and %d", d.TotalDailyReturn, d.ReturnPer1000, daily, perThousand)
	}
	type entry = scale.Pair[scale.Compact[bt.NetUID], scale.Compact[uint64]]
	staked := uint64(w.Pools.Stake(w.c, aliceHot, bob, home))
	want := []scale.Pair[bt.AccountID, []entry]{
		{A: bob, B: []entry{{B: scale.Compact[uint64]{V: uint64(10 * bt.Tao)}}, {A: scale.Compact[bt.NetUID]{V: home}, B: scale.Compact[uint64]{V: staked}}}},
	}
	if diff := compare(want, d.Nominators); diff != "" {
		t.Error(diff)
	}
	all := ask[[]info.DelegateInfo](w, "DelegateInfoRuntimeApi_get_delegates")
	found := false
	for _, v := range all {
		found = found || equal(v, d)
	}
	if !found {
		t.Errorf("%v is not among all delegates %+v", d, all)
	}
	mine := ask[[]info.Delegated](w, "DelegateInfoRuntimeApi_get_delegated", bob)
	if len(mine) != 2 || mine[0].A.Nominators != nil || mine[0].B.A.V != 0 || mine[1].B.A.V != home || uint64(mine[1].B.B.V) != staked {
		t.Errorf("%+v", mine)
	}
}

func TestSwap(t *testing.T) {
	w := settle(t)
	pool := w.Pools.Swap.Pool(w.c, home)
	price := ask[uint64](w, "SwapRuntimeApi_current_alpha_price", home)
	if ratio := pool.Tao * 1000 / pool.Alpha; price/1_000_000 != ratio { // equal weights
		t.Errorf("price %d, reserves %d and %d", price, pool.Tao, pool.Alpha)
	}
	all := ask[[]info.SubnetPrice](w, "SwapRuntimeApi_current_alpha_price_all")
	if len(all) != 3 || all[0] != (info.SubnetPrice{NetUID: 0, Price: uint64(bt.Tao)}) || all[2] != (info.SubnetPrice{NetUID: home, Price: price}) {
		t.Errorf("%+v", all)
	}
	// The pallet's simulation is the other way to the same figures.
	const amount = 3 * bt.Tao
	buy := ask[info.SimSwapResult](w, "SwapRuntimeApi_sim_swap_tao_for_alpha", home, amount)
	sell := ask[info.SimSwapResult](w, "SwapRuntimeApi_sim_swap_alpha_for_tao", home, bt.Alpha(amount))
	for _, c := range []struct {
		got  info.SimSwapResult
		want amm.Simulation
	}{{buy, pool.SimulateBuy(uint64(amount))}, {sell, pool.SimulateSell(uint64(amount))}} {
		if !bytes.Equal(scale.Marshal(c.got), scale.Marshal(c.want)) || c.got == (info.SimSwapResult{}) {
			t.Errorf("%+v, want %+v", c.got, c.want)
		}
	}
	before := w.Pools.Stake(w.c, carolHot, carol, home)
	w.must(w.Staking.AddStake(w.by(carol), staking.AddStake{Hotkey: carolHot, NetUID: home, AmountStaked: amount}))
	if bought := w.Pools.Stake(w.c, carolHot, carol, home) - before; bought+1 < buy.AlphaAmount || bought > buy.AlphaAmount+1 {
		t.Errorf("bought %v, foretold %v", bought, buy.AlphaAmount)
	}
	if root := ask[info.SimSwapResult](w, "SwapRuntimeApi_sim_swap_tao_for_alpha", bt.NetUID(0), amount); root.AlphaAmount != bt.Alpha(amount) || root.TaoFee != 0 || root.AlphaSlippage != 0 {
		t.Errorf("root: %+v", root)
	}
	if huge := ask[info.SimSwapResult](w, "SwapRuntimeApi_sim_swap_tao_for_alpha", home, bt.Rao(1<<63)); huge != (info.SimSwapResult{}) {
		t.Errorf("a trade that cannot be: %+v", huge)
	}
}

// TestBaskets asks everything that wallets ask of baskets: nothing is there, and nothing fails.
func TestBaskets(t *testing.T) {
	w := settle(t)
	asked := 0
	for name, m := range w.methods {
		const api = "BetaBasketRuntimeApi_"
		if len(name) < len(api) || name[:len(api)] != api {
			continue
		}
		asked++
		args := make([]byte, scale.MinSize(m.Args))
		got := w.raw(name, args)
		for i, b := range got {
			if b != 0 {
				t.Errorf("%s: byte %d is %d", name, i, b)
			}
		}
		if min := scale.MinSize(m.Result); len(got) != min {
			t.Errorf("%s: %d bytes, the least is %d", name, len(got), min)
		}
	}
	if asked != 18 {
		t.Errorf("%d functions, want 18", asked)
	}
	if got := ask[info.BasketSummary](w, "BetaBasketRuntimeApi_get_validator_basket_summary", aliceHot); got.Hotkey != aliceHot || got.Shares != 0 {
		t.Errorf("%+v", got)
	}
}
