package registration_test

import (
	"math/big"
	"math/rand"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/pow"
)

// S-REG-01: where the subnet chooses so, work is the price; elsewhere the same call pays.
func TestRegisterFollowsTheRuleOfTheSubnet_S_REG_01(t *testing.T) {
	w := newWorld(t)
	st, s := &w.Storage, w.c.State
	// By price: the signer is the coldkey, and no work is looked at.
	w.fund("rich", 100)
	price := st.Burn.Get(s, subnet)
	w.do("rich", register, &registration.Register{NetUID: subnet, Hotkey: key("bought"), Coldkey: key("nobody")})
	if w.uid("bought") != 1 || st.Owner.Get(s, key("bought")) != key("rich") || st.Burn.Get(s, subnet) <= price {
		t.Error("register did not buy a uid")
	}
	w.open(true)
	st.RegistrationsThisBlock.Set(s, subnet, 0)
	price = st.Burn.Get(s, subnet)
	a := w.work("owner of worked", "worked", 19)
	w.do("worked", register, a)
	if w.uid("worked") != 2 || st.Owner.Get(s, key("worked")) != key("owner of worked") {
		t.Error("register did not take work")
	}
	if st.Burn.Get(s, subnet) != price || st.Difficulty.Get(s, subnet) != 64 {
		t.Error("price or difficulty moved before the interval is over")
	}
	if got := st.UsedWork.Get(s, a.Work); got != 20 {
		t.Errorf("the work was used in block %d, want 20", got)
	}
	if got := [3]uint16{st.RegistrationsThisBlock.Get(s, subnet), st.RegistrationsThisInterval.Get(s, subnet), st.POWRegistrationsThisInterval.Get(s, subnet)}; got != [3]uint16{1, 1, 1} {
		t.Errorf("counters %v, want 1 each", got)
	}
}

// Everything is wrong at first; each step mends what was complained of, so that the errors come in the order of the historic chain.
func TestRegisterByWorkRefusesInOrder(t *testing.T) {
	w := newWorld(t)
	st, s, e := &w.Storage, w.c.State, &w.Error
	w.Pools.Rules.Storage.Registration.Set(s, 0, rules.ProofOfWork)
	w.Pools.Rules.Storage.Registration.Set(s, 9, rules.ProofOfWork)
	w.Pools.Rules.Storage.Registration.Set(s, subnet, rules.ProofOfWork)
	custody := w.Pools.CustodyAccount(1)
	st.RegistrationsThisBlock.Set(s, subnet, 1)
	st.RegistrationsThisInterval.Set(s, subnet, 6) // three times the target of 2
	st.MaxAllowedUids.Set(s, subnet, 0)
	a := registration.Register{BlockNumber: 20, Hotkey: key("owner hotkey"), Coldkey: key("miner")}
	signer := "miner"
	mine := func(miss bool) {
		nonce, seal := solveBig(t, pow.Legacy(hashOf(18), a.Hotkey), 64, miss)
		a.Nonce, a.Work = nonce, seal[:]
	}
	refuse := func(want error, mend func()) {
		t.Helper()
		w.fails(want, signer, register, &a, true)
		mend()
	}
	sign := func(who bt.AccountID) { signer, a.Hotkey = string(who[:]), who }
	refuse(e.TransactorAccountShouldBeHotKey, func() { sign(key("owner hotkey")) })
	refuse(e.RegistrationNotPermittedOnRootSubnet, func() { a.NetUID = 9 })
	refuse(e.SubnetNotExists, func() { a.NetUID = subnet })
	refuse(e.SubNetRegistrationDisabled, func() { w.open(true) })
	refuse(e.TooManyRegistrationsThisBlock, func() { st.MaxRegistrationsPerBlock.Set(s, subnet, 2) })
	refuse(e.TooManyRegistrationsThisInterval, func() { st.RegistrationsThisInterval.Set(s, subnet, 5) })
	refuse(e.HotKeyAlreadyRegisteredInSubNet, func() { sign(custody) })
	refuse(e.InvalidWorkBlock, func() { a.BlockNumber = 21 })      // the block itself: nobody knows its hash
	refuse(e.InvalidWorkBlock, func() { a.BlockNumber = 17 })      // one to come
	refuse(e.InvalidWorkBlock, func() { a.BlockNumber = 1 << 60 }) // three blocks old
	refuse(e.InvalidWorkBlock, func() {                            // never
		a.BlockNumber = 18
		mine(true)
		st.UsedWork.Set(s, a.Work, 3)
	})
	refuse(e.WorkRepeated, func() { st.UsedWork.Delete(s, a.Work) })
	refuse(e.InvalidDifficulty, func() { a.Work = a.Work[:31] })
	refuse(e.InvalidSeal, func() { mine(false); a.Work = append(a.Work, 0) })
	refuse(e.InvalidSeal, func() { mine(false); a.Nonce++ })
	refuse(e.InvalidSeal, func() { mine(false) })
	refuse(e.CannotUseSystemAccount, func() {
		sign(key("taken"))
		mine(false)
		st.Owner.Set(s, a.Hotkey, key("somebody"))
	})
	refuse(e.NonAssociatedColdKey, func() {
		sign(key("new"))
		mine(false)
	})
	refuse(e.NoNeuronIdAvailable, func() { st.MaxAllowedUids.Set(s, subnet, 2) })
	w.do("new", register, &a)
	if w.uid("new") != 1 {
		t.Errorf("uid %d, want 1", w.uid("new"))
	}
	if err := w.c.Dispatch(frame.None(), frame.RuntimeCall{Pallet: 7, Index: register, Args: &a}).Err; err != frame.BadOrigin {
		t.Errorf("unsigned: %v", err)
	}
}

// The old seal does not name the subnet: only the memory of used work keeps one seal from opening two.
func TestWorkOpensOneSubnetOnly(t *testing.T) {
	w := newWorld(t)
	w.open(true)
	w.Storage.NetworkPowRegistrationAllowed.Set(w.c.State, 1, true)
	w.Pools.Rules.Storage.Registration.Set(w.c.State, 1, rules.ProofOfWork)
	w.Storage.Difficulty.Set(w.c.State, 1, 1)
	a := w.work("miner", "hotkey", 19)
	w.do("hotkey", register, a)
	a.NetUID = 1
	w.fails(w.Error.WorkRepeated, "hotkey", register, a, true)
	w.at(21)
	again := w.work("miner", "hotkey", 20)
	again.NetUID = 1
	w.do("hotkey", register, again)
}

// S-REG-03: replacement follows the same rules whatever opened the door.
func TestRegisterByWorkReplaces_S_REG_03(t *testing.T) {
	w := newWorld(t)
	w.open(true)
	st, s := &w.Storage, w.c.State
	st.MaxAllowedUids.Set(s, subnet, 3)
	st.MaxRegistrationsPerBlock.Set(s, subnet, 10)
	st.TargetRegistrationsPerInterval.Set(s, subnet, 10)
	st.ImmunityPeriod.Set(s, subnet, 3)
	st.MinNonImmuneUids.Set(s, subnet, 1)
	w.do("a", register, w.work("miner", "a", 19))
	w.do("b", register, w.work("miner", "b", 19))
	st.Emission.Set(s, subnet, []bt.Alpha{0, 20, 10})
	w.at(21)
	// All are immune: the one that earns least goes all the same.
	w.do("c", register, w.work("miner", "c", 20))
	if w.uid("b") != -1 || w.uid("c") != 2 {
		t.Fatalf("uids: b %d, c %d", w.uid("b"), w.uid("c"))
	}
	// a is no longer immune, but as long as only MinNonImmuneUids are not, an immune one goes.
	w.at(23)
	w.do("d", register, w.work("miner", "d", 22))
	if w.uid("c") != -1 || w.uid("a") != 1 || w.uid("d") != 2 {
		t.Errorf("uids: a %d, c %d, d %d", w.uid("a"), w.uid("c"), w.uid("d"))
	}
	st.MinNonImmuneUids.Set(s, subnet, 0)
	w.do("e", register, w.work("miner", "e", 22))
	if w.uid("a") != -1 || w.uid("e") != 1 {
		t.Errorf("uids: a %d, e %d", w.uid("a"), w.uid("e"))
	}
	if w.uid("owner hotkey") != 0 {
		t.Error("the owner's neuron was replaced")
	}
}

// Purchases on a subnet of the historic rule count and are limited with the work, and leave the price to the interval.
func TestPurchasesUnderTheHistoricRule(t *testing.T) {
	w := newWorld(t)
	w.open(true)
	st, s := &w.Storage, w.c.State
	w.fund("rich", 10_000)
	price := st.Burn.Get(s, subnet)
	buy := func(hotkey string) *registration.BurnedRegister {
		return &registration.BurnedRegister{NetUID: subnet, Hotkey: key(hotkey)}
	}
	w.do("rich", burnedRegister, buy("1"))
	w.fails(w.Error.TooManyRegistrationsThisBlock, "rich", burnedRegister, buy("2"), false)
	w.fails(w.Error.TooManyRegistrationsThisBlock, "2", register, w.work("rich", "2", 19), true)
	st.MaxRegistrationsPerBlock.Set(s, subnet, 100)
	for _, name := range []string{"2", "3", "4", "5"} {
		w.do("rich", burnedRegister, buy(name))
	}
	w.do("6", register, w.work("rich", "6", 19))
	w.fails(w.Error.TooManyRegistrationsThisInterval, "rich", burnedRegister, buy("7"), false)
	if got := st.Burn.Get(s, subnet); got != price {
		t.Errorf("the price moved from %v to %v within the interval", price, got)
	}
	if got := [3]uint16{st.RegistrationsThisInterval.Get(s, subnet), st.BurnRegistrationsThisInterval.Get(s, subnet), st.POWRegistrationsThisInterval.Get(s, subnet)}; got != [3]uint16{6, 5, 1} {
		t.Errorf("counters %v, want 6, 5, 1", got)
	}
	// Only the subnet that chose: the other's price moves with each purchase, and no interval is counted there.
	other, before := bt.NetUID(1), st.Burn.Get(s, 1)
	w.do("rich", burnedRegister, &registration.BurnedRegister{NetUID: other, Hotkey: key("1")})
	if st.Burn.Get(s, other) <= before || st.BurnRegistrationsThisInterval.Get(s, other) != 0 {
		t.Error("the rule of one subnet changed the other")
	}
	// The rule for prices of the whole network.
	w.Pools.Rules.Storage.BurnPrice.Set(s, rules.Adjusted)
	w.fails(w.Error.TooManyRegistrationsThisBlock, "rich", burnedRegister, &registration.BurnedRegister{NetUID: other, Hotkey: key("2")}, false)
}

// pow_register on a subnet of the historic rule leaves the difficulty to the interval, and is limited by it.
func TestPowRegisterUnderTheHistoricRule(t *testing.T) {
	w := newWorld(t)
	w.open(true)
	st, s := &w.Storage, w.c.State
	st.MaxRegistrationsPerBlock.Set(s, subnet, 2)
	w.do("miner", powRegister, w.proof("miner", "1", 19))
	if st.Difficulty.Get(s, subnet) != 64 || st.POWRegistrationsThisInterval.Get(s, subnet) != 1 {
		t.Errorf("difficulty %d, %d by work", st.Difficulty.Get(s, subnet), st.POWRegistrationsThisInterval.Get(s, subnet))
	}
	st.RegistrationsThisInterval.Set(s, subnet, 6)
	w.fails(w.Error.TooManyRegistrationsThisInterval, "miner", powRegister, w.proof("miner", "2", 19), true)
}

// S-REG-07: difficulty and price follow the registrations, over many intervals, as the formula in exact numbers says; each is compared with the exact value
// from where the chain stood before, within what cutting to 18 binary digits and to whole units costs.
func TestAdjustmentOverIntervals_S_REG_07(t *testing.T) {
	w := newWorld(t)
	w.open(true)
	st, s := &w.Storage, w.c.State
	const interval, target, alpha = 7, 3, uint64(5_534_023_222_112_865_485) // 0.3
	st.AdjustmentInterval.Set(s, subnet, interval)
	st.TargetRegistrationsPerInterval.Set(s, subnet, target)
	st.AdjustmentAlpha.Set(s, subnet, alpha)
	st.MaxRegistrationsPerBlock.Set(s, subnet, 2)
	st.MinDifficulty.Set(s, subnet, 16)
	st.MaxDifficulty.Set(s, subnet, 4096)
	w.fund("rich", 1_000_000)

	exact := func(old uint64, lowest, highest, registrations int64) (low, high *big.Rat) {
		was := new(big.Rat).SetInt(new(big.Int).SetUint64(old))
		stays := new(big.Rat).SetFrac(new(big.Int).SetUint64(alpha), new(big.Int).SetUint64(1<<64-1))
		updated := new(big.Rat).Mul(was, big.NewRat(registrations+target, 2*target))
		next := new(big.Rat).Add(new(big.Rat).Mul(stays, was), new(big.Rat).Mul(new(big.Rat).Sub(big.NewRat(1, 1), stays), updated))
		cut := new(big.Rat).Sub(was, updated)
		cut.Abs(cut).Mul(cut, big.NewRat(1, 1<<18)).Add(cut, big.NewRat(2, 1))
		clip := func(v *big.Rat) *big.Rat {
			if lo := big.NewRat(lowest, 1); v.Cmp(lo) < 0 {
				return lo
			}
			if hi := big.NewRat(highest, 1); v.Cmp(hi) > 0 {
				return hi
			}
			return v
		}
		return clip(new(big.Rat).Sub(next, cut)), clip(new(big.Rat).Add(next, cut))
	}
	check := func(what string, got uint64, low, high *big.Rat) {
		t.Helper()
		if v := new(big.Rat).SetInt(new(big.Int).SetUint64(got)); v.Cmp(low) < 0 || v.Cmp(high) > 0 {
			t.Fatalf("block %d: %s is %d, exact %s to %s", w.c.Env.Number, what, got, low.FloatString(3), high.FloatString(3))
		}
	}

	random := rand.New(rand.NewSource(7))
	var rises, falls, priceRises, priceFalls int
	busy := 0 // in how many of 8 blocks somebody comes, by work or by price
	name := 0
	w.next() // the first interval begins
	began := st.LastAdjustmentBlock.Get(s, subnet)
	if began != 20 {
		t.Fatalf("the first interval began at %d, want 20", began)
	}
	for range 40 * interval {
		if random.Intn(interval*2) == 0 {
			busy = random.Intn(9)
		}
		for range 2 {
			if random.Intn(8) >= busy {
				continue
			}
			name++
			hotkey := string(rune('A'+name%26)) + string(rune('0'+name/26))
			var err error
			if random.Intn(2) == 0 {
				err = w.try(hotkey, register, w.work("rich", hotkey, w.c.Env.Number-1))
			} else {
				err = w.try("rich", burnedRegister, &registration.BurnedRegister{NetUID: subnet, Hotkey: key(hotkey)})
			}
			if err != nil && err != error(w.Error.TooManyRegistrationsThisInterval) && err != error(w.Error.TooManyRegistrationsThisBlock) {
				t.Fatal(err)
			}
		}
		all, byWork, byPrice := st.RegistrationsThisInterval.Get(s, subnet), st.POWRegistrationsThisInterval.Get(s, subnet), st.BurnRegistrationsThisInterval.Get(s, subnet)
		if all != byWork+byPrice || all > 3*target {
			t.Fatalf("%d registrations, %d by work and %d by price, of %d at most", all, byWork, byPrice, 3*target)
		}
		difficulty, price := st.Difficulty.Get(s, subnet), st.Burn.Get(s, subnet)
		w.next()
		newDifficulty, newPrice := st.Difficulty.Get(s, subnet), st.Burn.Get(s, subnet)
		if uint64(w.c.Env.Number) < began+interval {
			if newDifficulty != difficulty || newPrice != price {
				t.Fatalf("block %d: something moved within the interval", w.c.Env.Number)
			}
			continue
		}
		began += interval
		if got := st.LastAdjustmentBlock.Get(s, subnet); got != began {
			t.Fatalf("the last adjustment was at %d, want %d", got, began)
		}
		if st.RegistrationsThisInterval.Get(s, subnet)+st.POWRegistrationsThisInterval.Get(s, subnet)+st.BurnRegistrationsThisInterval.Get(s, subnet) != 0 {
			t.Fatal("the counters of the interval were not reset")
		}
		// Who moves: above the target the way that most took, up to it the other way; both when as many came either way.
		many := all > target
		if byWork == byPrice || many == (byWork > byPrice) {
			low, high := exact(difficulty, 16, 4096, int64(all))
			check("difficulty", newDifficulty, low, high)
		} else if newDifficulty != difficulty {
			t.Fatalf("block %d: the difficulty moved with %d by work and %d by price", w.c.Env.Number, byWork, byPrice)
		}
		if byWork == byPrice || many == (byWork < byPrice) {
			low, high := exact(uint64(price), int64(st.MinBurn.Get(s, subnet)), int64(st.MaxBurn.Get(s, subnet)), int64(all))
			check("price", uint64(newPrice), low, high)
		} else if newPrice != price {
			t.Fatalf("block %d: the price moved with %d by work and %d by price", w.c.Env.Number, byWork, byPrice)
		}
		count := func(up bool, a, b *int) {
			if up {
				*a++
			} else {
				*b++
			}
		}
		if newDifficulty != difficulty {
			count(newDifficulty > difficulty, &rises, &falls)
		}
		if newPrice != price {
			count(newPrice > price, &priceRises, &priceFalls)
		}
	}
	if rises == 0 || falls == 0 || priceRises == 0 || priceFalls == 0 {
		t.Errorf("the difficulty rose %d times and fell %d times, the price %d and %d: the test sees too little", rises, falls, priceRises, priceFalls)
	}
}

// Upstream's own test of the historic rule: difficulty 20000, three registrations, target 1, makes 40000; an interval that is not over changes nothing.
func TestHistoricDifficultyTest(t *testing.T) {
	w := newWorld(t)
	w.open(true)
	st, s := &w.Storage, w.c.State
	st.MinDifficulty.Set(s, subnet, 10_000)
	st.AdjustmentAlpha.Set(s, subnet, 58_000)
	st.AdjustmentInterval.Set(s, subnet, 1)
	st.TargetRegistrationsPerInterval.Set(s, subnet, 1)
	st.MaxRegistrationsPerBlock.Set(s, subnet, 3)
	w.next()
	st.Difficulty.Set(s, subnet, 20_000)
	for _, name := range []string{"1", "2", "3"} {
		w.do(name, register, w.work("miner", name, w.c.Env.Number-1))
	}
	events := len(w.c.Env.Events)
	w.next()
	if got := st.Difficulty.Get(s, subnet); got != 40_000 {
		t.Errorf("difficulty %d, want 40000", got)
	}
	if len(w.c.Env.Events) == events {
		t.Error("no event told of the difficulty")
	}
	st.AdjustmentInterval.Set(s, subnet, 3)
	st.RegistrationsThisInterval.Set(s, subnet, 3)
	w.next()
	if st.Difficulty.Get(s, subnet) != 40_000 || st.RegistrationsThisInterval.Get(s, subnet) != 3 || st.RegistrationsThisBlock.Get(s, subnet) != 0 {
		t.Error("an interval that is not over changed something")
	}
}

func TestFaucet(t *testing.T) {
	w := newWorld(t)
	s, e := w.c.State, &w.Error
	p := pow.Legacy(hashOf(18), key("poor"))
	nonce, seal := solve(t, p, 2_284_000, 1_000_000, false) // the first from 0 on is 2284388
	_, easy := solve(t, p, 0, 1_000_000, true)
	a := registration.Faucet{BlockNumber: 18, Nonce: nonce, Work: seal[:]}
	w.fails(e.FaucetDisabled, "poor", faucet, &a, true)
	w.Pools.Rules.Storage.FaucetAllowed.Set(s, true)
	for _, c := range []struct {
		name   string
		want   error
		who    string
		change func(a *registration.Faucet)
	}{
		{"of the block itself", e.InvalidWorkBlock, "poor", func(a *registration.Faucet) { a.BlockNumber = 20 }},
		{"three blocks old", e.InvalidWorkBlock, "poor", func(a *registration.Faucet) { a.BlockNumber = 17 }},
		{"too easy", e.InvalidDifficulty, "poor", func(a *registration.Faucet) { a.Work = easy[:] }},
		{"too short", e.InvalidSeal, "poor", func(a *registration.Faucet) { a.Work = seal[:4] }},
		{"empty", e.InvalidSeal, "poor", func(a *registration.Faucet) { a.Work = nil }},
		{"another nonce", e.InvalidSeal, "poor", func(a *registration.Faucet) { a.Nonce++ }},
		{"another block", e.InvalidSeal, "poor", func(a *registration.Faucet) { a.BlockNumber = 19 }},
		{"of somebody else", e.InvalidSeal, "thief", func(*registration.Faucet) {}},
	} {
		bad := a
		c.change(&bad)
		t.Run(c.name, func(t *testing.T) { w.fails(c.want, c.who, faucet, &bad, true) })
	}
	issued, counted := w.money.TotalIssuance(w.c), w.Storage.TotalIssuance.Get(s)
	w.do("poor", faucet, &a)
	if got := w.money.Free(w.c, key("poor")); got != 1000*bt.Tao {
		t.Errorf("the faucet paid %v, want 1000 TAO", got)
	}
	if w.money.TotalIssuance(w.c) != issued+1000*bt.Tao || w.Storage.TotalIssuance.Get(s) != counted+1000*bt.Tao {
		t.Error("issuance does not follow")
	}
	w.fails(e.WorkRepeated, "poor", faucet, &a, true)
}
