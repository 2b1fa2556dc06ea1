package subtensor_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/scale"
)

// stakers is a world with two started subnets besides root, and a staker "cold" on hotkeys "hot" and "warm".
func stakers(t testing.TB) (w *world, a, b bt.NetUID) {
	w = newWorld(t)
	w.Storage.NetworkRateLimit.Set(w.c.State, 0)
	w.do("root owner", startCall, &subnets.StartCall{})
	a = w.subnet("owner a")
	b = w.subnet("owner b")
	w.fund("cold", 1000)
	w.do("cold", associate, &staking.TryAssociateHotkey{Hotkey: key("hot")})
	w.do("cold", associate, &staking.TryAssociateHotkey{Hotkey: key("warm")})
	return w, a, b
}

func TestAddStake(t *testing.T) {
	w, a, _ := stakers(t)
	e := &w.Error
	add := func(n bt.NetUID, hotkey string, amount bt.Rao) *staking.AddStake {
		return &staking.AddStake{Hotkey: key(hotkey), NetUID: n, AmountStaked: amount}
	}
	w.fails(frame.BadOrigin, "root", addStake, add(a, "hot", bt.Tao))
	w.fails(e.SubnetNotExists, "cold", addStake, add(9, "hot", bt.Tao))
	w.fails(e.SubtokenDisabled, "cold", addStake, add(1, "hot", bt.Tao))
	w.fails(e.AmountTooLow, "cold", addStake, add(a, "hot", 2_000_000))
	w.fails(e.NotEnoughBalanceToStake, "cold", addStake, add(a, "hot", 1001*bt.Tao))
	w.fails(e.HotKeyAccountNotExists, "cold", addStake, add(a, "nobody", bt.Tao))
	w.fails(e.InsufficientLiquidity, "cold", addStake, add(a, "hot", 1_000_001*bt.Tao))

	// 10 TAO less a fee of 33/65535 into a pool of 1000 by 1000.
	w.do("cold", addStake, add(a, "hot", 10*bt.Tao))
	const net, reserve = 10_000_000_000 - 5_035_477, 1_000_000_000_000
	want := bt.Alpha(reserve - reserve*reserve/1_000/(reserve+net)*1_000)
	if got := w.stake("cold", "hot", a); got < want-1000 || got > want+1000 {
		t.Errorf("10 TAO bought %v alpha, want about %v", got, want)
	}
	if fee := w.money.Free(w.c, key("author")) - bt.Tao; fee != 5_035_477 {
		t.Errorf("the author got a fee of %d rao, want 5035477", uint64(fee))
	}
	w.do("cold", addStake, add(0, "hot", bt.Tao))
	if got := w.stake("cold", "hot", 0); got != bt.Alpha(bt.Tao) {
		t.Errorf("1 TAO on root is %v", got)
	}
	w.sound()

	limit := staking.AddStakeLimit{Hotkey: key("hot"), NetUID: a, AmountStaked: 100 * bt.Tao, LimitPrice: 1_030_000_000}
	w.fails(e.SlippageTooHigh, "cold", addStakeLimit, &limit)
	limit.LimitPrice = 900_000_000
	w.fails(w.Pools.Swap.Error.PriceLimitExceeded, "cold", addStakeLimit, &limit)
	limit.LimitPrice, limit.AllowPartial = 1_030_000_000, true
	w.do("cold", addStakeLimit, &limit)
	if price := w.Pools.Swap.Price(w.c, a).String(); price[:6] != "1.0299" && price[:4] != "1.03" {
		t.Errorf("the price stopped at %s, want 1.03", price)
	}
	w.sound()
}

func TestRemoveStake(t *testing.T) {
	w, a, b := stakers(t)
	e := &w.Error
	w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: 10 * bt.Tao})
	remove := func(n bt.NetUID, hotkey string, amount bt.Alpha) *staking.RemoveStake {
		return &staking.RemoveStake{Hotkey: key(hotkey), NetUID: n, AmountUnstaked: amount}
	}
	w.fails(frame.BadOrigin, "root", removeStake, remove(a, "hot", 1))
	w.fails(e.SubtokenDisabled, "cold", removeStake, remove(1, "hot", 1))
	w.fails(e.AmountTooLow, "cold", removeStake, remove(b, "hot", 1))
	w.fails(e.AmountTooLow, "cold", removeStake, remove(a, "hot", 1_000_000))
	w.do("cold", removeStake, remove(a, "hot", 5e9))
	w.sound()

	limit := staking.RemoveStakeLimit{Hotkey: key("hot"), NetUID: a, AmountUnstaked: 100e9, LimitPrice: 1}
	w.fails(e.NotEnoughStakeToWithdraw, "cold", removeStakeLimit, &limit)
	limit.AmountUnstaked, limit.LimitPrice = 4e9, 1_005_000_000
	w.fails(e.SlippageTooHigh, "cold", removeStakeLimit, &limit)
	w.fails(e.SlippageTooHigh, "cold", removeStakeFullLimit, &staking.RemoveStakeFullLimit{Hotkey: key("hot"), NetUID: a, LimitPrice: scale.Some(bt.Rao(1_005_000_000))})
	limit.AllowPartial = true
	w.do("cold", removeStakeLimit, &limit)
	w.do("cold", 136, &staking.LockStake{Hotkey: key("hot"), NetUID: a, Amount: 1e9})
	w.fails(e.StakeUnavailable, "cold", removeStake, remove(a, "hot", 1e18))
	w.Storage.UnlockRate.Set(w.c.State, 1)
	w.at(200) // the lock has decayed
	w.do("cold", removeStakeFullLimit, &staking.RemoveStakeFullLimit{Hotkey: key("hot"), NetUID: a})
	if got := w.stake("cold", "hot", a); got != 0 {
		t.Errorf("%v is left", got)
	}
	w.sound()
}

func TestUnstakeAll(t *testing.T) {
	w, a, b := stakers(t)
	e := &w.Error
	for _, n := range []bt.NetUID{0, a, b} {
		w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: n, AmountStaked: 10 * bt.Tao})
	}
	w.fails(e.HotKeyAccountNotExists, "cold", unstakeAll, &staking.UnstakeAll{Hotkey: key("nobody")})
	w.do("cold", unstakeAllAlpha, &staking.UnstakeAll{Hotkey: key("hot")})
	if x, y, root := w.stake("cold", "hot", a), w.stake("cold", "hot", b), w.stake("cold", "hot", 0); x != 0 || y != 0 || root < 29e9 {
		t.Errorf("left %v and %v, on root %v", x, y, root)
	}
	w.fails(e.AmountTooLow, "cold", unstakeAllAlpha, &staking.UnstakeAll{Hotkey: key("hot")})
	w.do("cold", unstakeAll, &staking.UnstakeAll{Hotkey: key("hot")})
	if root := w.stake("cold", "hot", 0); root != 0 {
		t.Errorf("left on root %v", root)
	}
	if n := w.Storage.NumStakingColdkeys.Get(w.c.State); n != 0 {
		t.Errorf("%d coldkeys are indexed for claims, want none", n)
	}
	w.sound()
}

func TestMoves(t *testing.T) {
	w, a, b := stakers(t)
	e := &w.Error
	w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: 50 * bt.Tao})
	move := staking.MoveStake{OriginHotkey: key("hot"), DestinationHotkey: key("warm"), OriginNetUID: a, DestinationNetUID: a, AlphaAmount: 10e9}
	with := func(change func(*staking.MoveStake)) *staking.MoveStake {
		m := move
		change(&m)
		return &m
	}
	w.fails(e.SameNetuid, "cold", moveStake, with(func(m *staking.MoveStake) { m.DestinationHotkey = m.OriginHotkey }))
	w.fails(e.SubnetNotExists, "cold", moveStake, with(func(m *staking.MoveStake) { m.DestinationNetUID = 9 }))
	w.fails(e.SubtokenDisabled, "cold", moveStake, with(func(m *staking.MoveStake) { m.DestinationNetUID = 1 }))
	w.fails(e.HotKeyAccountNotExists, "cold", moveStake, with(func(m *staking.MoveStake) { m.DestinationHotkey = key("nobody") }))
	w.fails(e.AmountTooLow, "cold", moveStake, with(func(m *staking.MoveStake) { m.AlphaAmount = 1000 }))
	w.fails(e.AmountTooLow, "cold", moveStake, with(func(m *staking.MoveStake) { m.AlphaAmount, m.DestinationNetUID = 1000, b }))
	w.do("cold", moveStake, &move)
	if got := w.stake("cold", "warm", a); got != 10e9 {
		t.Errorf("moved %v, want 10", got)
	}
	w.do("cold", swapStake, &staking.SwapStake{Hotkey: key("hot"), OriginNetUID: a, DestinationNetUID: b, AlphaAmount: 5e9})
	swap := staking.SwapStakeLimit{Hotkey: key("hot"), OriginNetUID: a, DestinationNetUID: b, AlphaAmount: 5e9, LimitPrice: 2e9}
	w.fails(e.SlippageTooHigh, "cold", swapStakeLimit, &swap)
	swap.LimitPrice = 1e8
	w.do("cold", swapStakeLimit, &swap)
	w.sound()

	give := staking.TransferStake{DestinationColdkey: key("friend"), Hotkey: key("hot"), OriginNetUID: a, DestinationNetUID: a, AlphaAmount: 1e9}
	w.Storage.TransferToggle.Set(w.c.State, a, false)
	w.fails(e.TransferDisallowed, "cold", transferStake, &give)
	w.Storage.TransferToggle.Delete(w.c.State, a)
	w.do("cold", transferStake, &give)
	if got := w.stake("friend", "hot", a); got != 1e9 {
		t.Errorf("the friend has %v, want 1", got)
	}

	// Locked alpha goes only to those who accept it.
	w.do("cold", 136, &staking.LockStake{Hotkey: key("hot"), NetUID: a, Amount: w.Pools.Unlocked(w.c, key("cold"), a)})
	w.fails(e.AccountRejectsLockedAlpha, "cold", transferStake, &give)
	w.do("friend", 142, &staking.SetRejectLockedAlpha{})
	w.do("cold", transferStake, &give)
	if got := w.Pools.Locked(w.c, key("friend"), a); got != 1e9 {
		t.Errorf("%v of the friend's alpha is locked, want 1", got)
	}
	w.fails(e.StakeUnavailable, "cold", swapStake, &staking.SwapStake{Hotkey: key("hot"), OriginNetUID: a, DestinationNetUID: b, AlphaAmount: 5e9})
	w.sound()
}

func TestSmallNominationsAreCleared(t *testing.T) {
	w, a, _ := stakers(t)
	w.fund("nominator", 10)
	w.Storage.NominatorMinRequiredStake.Set(w.c.State, 1_000_000_000) // 1000 times the least stake: 2 TAO
	w.do("nominator", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: 5 * bt.Tao})
	w.do("nominator", removeStake, &staking.RemoveStake{Hotkey: key("hot"), NetUID: a, AmountUnstaked: 4e9})
	if got := w.stake("nominator", "hot", a); got != 0 {
		t.Errorf("%v is left, want nothing", got)
	}
	w.sound()
}

func TestDissolvePaysHolders(t *testing.T) {
	w, a, _ := stakers(t)
	w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: 100 * bt.Tao})
	before := w.money.Free(w.c, key("cold"))
	w.fails(frame.BadOrigin, "owner a", 120, &subnets.RootDissolveNetwork{NetUID: a})
	w.fails(w.Error.SubnetNotExists, "root", 120, &subnets.RootDissolveNetwork{})
	w.do("root", dissolve, &subnets.DissolveNetwork{NetUID: a})
	// The pool of about 1100 TAO is shared by 1000 alpha, of which cold holds about 91.
	if got := w.money.Free(w.c, key("cold")) - before; got < 99*bt.Tao || got > 101*bt.Tao {
		t.Errorf("cold was paid %v TAO, want about 100", got)
	}
	w.sound()
	for netuid := range w.Storage.Tempo.Keys(w.c.State) {
		if netuid == a {
			t.Error("the subnet's tempo is still there")
		}
	}
}

// Whatever is called, TAO and alpha are neither made nor lost.
func TestCallsKeepTheBooks(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w, a, b := stakers(t)
		w.fund("other", 500)
		netuids := []bt.NetUID{0, 1, a, b}
		pick := func(names ...string) string { return rapid.SampledFrom(names).Draw(r, "name") }
		netuid := func() bt.NetUID { return rapid.SampledFrom(netuids).Draw(r, "netuid") }
		tao := func() bt.Rao { return bt.Rao(rapid.Uint64Range(1, 300_000_000_000).Draw(r, "tao")) }
		alpha := func() bt.Alpha { return bt.Alpha(rapid.Uint64Range(1, 100_000_000_000).Draw(r, "alpha")) }
		succeeded := 0
		for range rapid.IntRange(1, 25).Draw(r, "calls") {
			who, hotkey := pick("cold", "other"), key(pick("hot", "warm", "third"))
			var index uint8
			var args any
			switch rapid.IntRange(0, 9).Draw(r, "call") {
			case 0, 1:
				index, args = addStake, &staking.AddStake{Hotkey: hotkey, NetUID: netuid(), AmountStaked: tao()}
			case 2:
				index, args = removeStake, &staking.RemoveStake{Hotkey: hotkey, NetUID: netuid(), AmountUnstaked: alpha()}
			case 3:
				index, args = burnedRegister, &registration.BurnedRegister{NetUID: netuid(), Hotkey: hotkey}
			case 4:
				index, args = moveStake, &staking.MoveStake{
					OriginHotkey: hotkey, DestinationHotkey: key(pick("hot", "warm")), OriginNetUID: netuid(), DestinationNetUID: netuid(), AlphaAmount: alpha(),
				}
			case 5:
				index, args = transferStake, &staking.TransferStake{
					DestinationColdkey: key(pick("cold", "other")), Hotkey: hotkey, OriginNetUID: netuid(), DestinationNetUID: netuid(), AlphaAmount: alpha(),
				}
			case 6:
				index, args = unstakeAllAlpha, &staking.UnstakeAll{Hotkey: hotkey}
			case 7:
				index, args = addStakeLimit, &staking.AddStakeLimit{
					Hotkey: hotkey, NetUID: netuid(), AmountStaked: tao(), LimitPrice: bt.Rao(rapid.Uint64Range(9e8, 3e9).Draw(r, "limit")), AllowPartial: true,
				}
			case 8:
				index, args = 136, &staking.LockStake{Hotkey: hotkey, NetUID: netuid(), Amount: alpha()}
			case 9:
				index, args = registerNetwork, &subnets.RegisterNetwork{Hotkey: hotkey}
			}
			w.at(w.c.Env.Number + uint32(rapid.IntRange(0, 100).Draw(r, "blocks")))
			if w.try(who, index, args) == nil {
				succeeded++
			}
			w.sound()
		}
		if t.Failed() {
			r.FailNow()
		}
	})
}

// The constants of a runtime decide what is read where nothing is stored.
func TestConstantsAreDefaults(t *testing.T) {
	fast, main := newWorld(t, state.Fast), newWorld(t)
	for name, c := range map[string]struct{ got, want uint64 }{
		"tempo":              {uint64(main.Storage.Tempo.Get(main.c.State, 5)), 360},
		"tempo, fast":        {uint64(fast.Storage.Tempo.Get(fast.c.State, 5)), 10},
		"network rate limit": {main.Storage.NetworkRateLimit.Get(main.c.State), 7200},
		"cooldown, fast":     {fast.Storage.PendingChildKeyCooldown.Get(fast.c.State), 15},
		"kappa":              {uint64(main.Storage.Kappa.Get(main.c.State, 5)), 32_767},
		"root's tempo":       {uint64(fast.Storage.Tempo.Get(fast.c.State, 0)), 100},
	} {
		if c.got != c.want {
			t.Errorf("%s is %d, want %d", name, c.got, c.want)
		}
	}
}
