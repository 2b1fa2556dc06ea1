package registration_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/pow"
)

func unhex32(t testing.TB, s string) (out [32]byte) {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 32 {
		t.Fatalf("%q is not 32 bytes: %v", s, err)
	}
	return [32]byte(b)
}

// The published proofs: block hash 0, 1, … 31, hotkey //Bob, coldkey //Alice, subnet 2.
func TestPowRegisterTakesThePublishedProofs(t *testing.T) {
	account := func(uri string) bt.AccountID {
		p, err := keys.FromURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		return p.Public()
	}
	alice, bob := account("//Alice"), account("//Bob")
	for _, c := range []struct {
		difficulty, nonce uint64
		seal              string
		want              func(e *state.Error) error
	}{
		{1000, 0, "9f90497ac4bbf1a93a50e761c65d56a1aac0574c3e7b2c47a3242400ed07fe15", func(e *state.Error) error { return e.InvalidDifficulty }},
		{1000, 521, "4de63156a58563ccbd238b88929f18cd1cfe1fc3ad8d5d2459c71a1d744d1400", nil},
		{100_000, 521, "4de63156a58563ccbd238b88929f18cd1cfe1fc3ad8d5d2459c71a1d744d1400", func(e *state.Error) error { return e.InvalidDifficulty }},
		{100_000, 29885, "b9b569b64c894bc007cfcfbe8badb3d614f1e7888463d056ef14b0dc305b0000", nil},
	} {
		w := newWorld(t)
		w.open(false)
		var counting bt.Hash
		for i := range counting {
			counting[i] = byte(i)
		}
		w.system.Storage.BlockHash.Set(w.c.State, 16, counting)
		w.Storage.Difficulty.Set(w.c.State, subnet, c.difficulty)
		err := w.c.Dispatch(frame.Signed(alice), frame.RuntimeCall{Pallet: 7, Index: powRegister, Args: &registration.PowRegister{
			NetUID: subnet, WorkBlock: 16, Nonce: c.nonce, Work: unhex32(t, c.seal), Hotkey: bob,
		}}).Err
		if c.want != nil {
			if err != c.want(&w.Error) {
				t.Errorf("nonce %d at %d: %v", c.nonce, c.difficulty, err)
			}
			continue
		}
		if err != nil || !w.Storage.Uids.Has(w.c.State, subnet, bob) || w.Storage.Owner.Get(w.c.State, bob) != alice {
			t.Errorf("nonce %d at %d: %v", c.nonce, c.difficulty, err)
		}
		if got, want := w.Storage.Difficulty.Get(w.c.State, subnet), c.difficulty*126/100; got != want {
			t.Errorf("difficulty %d became %d, want %d", c.difficulty, got, want)
		}
	}
}

// Everything is wrong at first; each step mends what was complained of, so that the errors come in the documented order.
func TestPowRegisterRefusesInOrder(t *testing.T) {
	w := newWorld(t)
	st, s, e := &w.Storage, w.c.State, &w.Error
	custody := w.Pools.CustodyAccount(1)
	st.MaxAllowedUids.Set(s, subnet, 0)
	st.RegistrationsThisBlock.Set(s, subnet, 1)
	a := registration.PowRegister{WorkBlock: 20, Hotkey: key("owner hotkey")}
	mine := func(miss bool) {
		p := pow.Register(uint16(subnet), hashOf(15), a.Hotkey, key("miner"))
		a.Nonce, a.Work = 0, [32]byte{}
		nonce, seal := solve(t, p, 0, 64, miss)
		a.Nonce, a.Work = nonce, seal
	}
	refuse := func(want error, mend func()) {
		t.Helper()
		w.fails(want, "miner", powRegister, &a, true)
		mend()
	}
	refuse(e.RegistrationNotPermittedOnRootSubnet, func() { a.NetUID = 9 })
	refuse(e.SubnetNotExists, func() { a.NetUID = subnet })
	refuse(e.SubNetRegistrationDisabled, func() { w.open(false) })
	refuse(e.HotKeyAlreadyRegisteredInSubNet, func() { a.Hotkey = custody })
	refuse(e.NoNeuronIdAvailable, func() { st.MaxAllowedUids.Set(s, subnet, 3) })
	refuse(e.TooManyRegistrationsThisBlock, func() { st.MaxRegistrationsPerBlock.Set(s, subnet, 2) })
	refuse(e.InvalidWorkBlock, func() { a.WorkBlock = 21 }) // the block itself
	refuse(e.InvalidWorkBlock, func() { a.WorkBlock = 14 }) // one to come
	refuse(e.InvalidWorkBlock, func() { a.WorkBlock = 15 }) // six blocks old
	st.LastPowRegistrationBlock.Set(s, custody, 15)         //
	refuse(e.InvalidWorkBlock, func() {                     // used by this hotkey
		st.LastPowRegistrationBlock.Set(s, custody, 14)
		w.system.Storage.BlockHash.Delete(s, 15)
	})
	refuse(e.InvalidWorkBlock, func() { w.at(20) }) // no hash of it is known
	refuse(e.InvalidSeal, func() { mine(true) })
	refuse(e.InvalidDifficulty, func() { mine(false) })
	refuse(e.CannotUseSystemAccount, func() {
		a.Hotkey = key("taken")
		st.Owner.Set(s, a.Hotkey, key("somebody"))
		mine(false)
	})
	refuse(e.NonAssociatedColdKey, func() {
		a.Hotkey = key("new")
		mine(false)
		st.OwnedHotkeys.Set(s, key("miner"), many(255))
		st.StakingHotkeys.Set(s, key("miner"), many(256))
	})
	refuse(e.TooManyStakingHotkeys, func() { st.StakingHotkeys.Set(s, key("miner"), many(255)) })
	w.do("miner", powRegister, &a)
	if w.uid("new") != 1 {
		t.Errorf("uid %d, want 1", w.uid("new"))
	}
	// Nobody's signature.
	if err := w.c.Dispatch(frame.None(), frame.RuntimeCall{Pallet: 7, Index: powRegister, Args: &a}).Err; err != frame.BadOrigin {
		t.Errorf("unsigned: %v", err)
	}
}

func many(n int) (out []bt.AccountID) {
	for i := range n {
		out = append(out, key(fmt.Sprint("hotkey ", i)))
	}
	return out
}

// A seal binds subnet, block, hotkey and coldkey: none of them can be another.
func TestPowRegisterIsBoundToItsWords(t *testing.T) {
	w := newWorld(t)
	w.open(false)
	w.Storage.NetworkPowRegistrationAllowed.Set(w.c.State, 1, true)
	good := w.proof("miner", "hotkey", 18)
	for what, change := range map[string]func(a *registration.PowRegister){
		"subnet": func(a *registration.PowRegister) { a.NetUID = 1 },
		"block":  func(a *registration.PowRegister) { a.WorkBlock = 17 },
		"nonce":  func(a *registration.PowRegister) { a.Nonce++ },
		"hotkey": func(a *registration.PowRegister) { a.Hotkey = key("other") },
		"work":   func(a *registration.PowRegister) { a.Work[31]++ },
	} {
		t.Run(what, func(t *testing.T) {
			bad := *good
			change(&bad)
			w.fails(w.Error.InvalidSeal, "miner", powRegister, &bad, true)
		})
	}
	w.fails(w.Error.InvalidSeal, "thief", powRegister, good, true)
	w.do("miner", powRegister, good)
}

func TestPowRegisterMovesOnlyItsOwn(t *testing.T) {
	w := newWorld(t)
	w.open(false)
	st, s := &w.Storage, w.c.State
	price, recycled, out, tao := st.Burn.Get(s, subnet), st.RAORecycledForRegistration.Get(s, subnet), st.SubnetAlphaOut.Get(s, subnet), st.SubnetTAO.Get(s, subnet)
	a := w.proof("poor", "hotkey", 19)
	events := len(w.c.Env.Events)
	w.do("poor", powRegister, a)
	if st.Burn.Get(s, subnet) != price || st.RAORecycledForRegistration.Get(s, subnet) != recycled || st.SubnetAlphaOut.Get(s, subnet) != out || st.SubnetTAO.Get(s, subnet) != tao {
		t.Error("work moved money")
	}
	if st.UsedWork.Has(s, a.Work[:]) {
		t.Error("pow_register wrote UsedWork")
	}
	if got := st.LastPowRegistrationBlock.Get(s, key("hotkey")); got != 19 {
		t.Errorf("the last work of the hotkey is of block %d, want 19", got)
	}
	if got := st.RegistrationsThisBlock.Get(s, subnet); got != 1 {
		t.Errorf("%d registrations in this block, want 1", got)
	}
	if st.RegistrationsThisInterval.Get(s, subnet) != 0 || st.POWRegistrationsThisInterval.Get(s, subnet) != 0 {
		t.Error("an interval was counted where none is kept")
	}
	if got := len(w.c.Env.Events) - events; got != 1 {
		t.Errorf("%d events, want NeuronRegistered alone", got)
	}
	if got := st.Difficulty.Get(s, subnet); got != 80 { // 64 * 1.26 = 80.64
		t.Errorf("difficulty %d, want 80", got)
	}
	// And a burned registration moves the price alone.
	w.fund("rich", 100)
	w.do("rich", burnedRegister, &registration.BurnedRegister{NetUID: subnet, Hotkey: key("bought")})
	if got := st.Difficulty.Get(s, subnet); got != 80 {
		t.Errorf("difficulty %d after a purchase, want 80", got)
	}
	if st.Burn.Get(s, subnet) <= price {
		t.Error("the price did not rise")
	}
	// The purchase fills the block for work, but not the other way round.
	w.fails(w.Error.TooManyRegistrationsThisBlock, "poor", powRegister, w.proof("poor", "second", 19), true)
}

func TestDifficultyOfBlocks(t *testing.T) {
	w := newWorld(t)
	st, s := &w.Storage, w.c.State
	for _, c := range []struct {
		name                           string
		open                           bool
		difficulty, low, high, expects uint64
	}{
		{"decays", true, 20_000_000, 10_000_000, 1 << 62, 19_961_528},
		{"stops at the lowest", true, 10_000_001, 10_000_000, 1 << 62, 10_000_000},
		{"stays within the highest", true, 20_000_000, 1, 1000, 1000},
		{"the lowest beats the highest", true, 20_000_000, 5000, 1000, 5000},
		{"counts no bound as 1", true, 1, 0, 0, 1},
		{"stands still while closed", false, 20_000_000, 10_000_000, 1 << 62, 20_000_000},
	} {
		st.NetworkPowRegistrationAllowed.Set(s, subnet, c.open)
		st.Difficulty.Set(s, subnet, c.difficulty)
		st.MinDifficulty.Set(s, subnet, c.low)
		st.MaxDifficulty.Set(s, subnet, c.high)
		w.next()
		if got := st.Difficulty.Get(s, subnet); got != c.expects {
			t.Errorf("%s: %d became %d, want %d", c.name, c.difficulty, got, c.expects)
		}
	}
	st.NetworkPowRegistrationAllowed.Set(s, 0, true)
	st.Difficulty.Set(s, 0, 1<<40)
	w.next()
	if got := st.Difficulty.Get(s, 0); got != 1<<40 {
		t.Errorf("root's difficulty moved to %d", got)
	}
}

// Work of one hotkey must be over a later block each time, whatever the subnet.
func TestPowRegisterWatermark(t *testing.T) {
	w := newWorld(t)
	w.open(false)
	first := w.proof("miner", "hotkey", 17)
	older, later := w.proof("miner", "hotkey", 16), w.proof("miner", "hotkey", 18)
	w.do("miner", powRegister, first)
	w.at(21)
	w.Storage.RegistrationsThisBlock.Set(w.c.State, subnet, 0)
	w.Storage.Difficulty.Set(w.c.State, subnet, 64)
	w.Registration.Replace(w.c, subnet, uint16(w.uid("hotkey")), key("successor")) // so that it may come again
	w.fails(w.Error.InvalidWorkBlock, "miner", powRegister, first, true)
	w.fails(w.Error.InvalidWorkBlock, "miner", powRegister, older, true)
	w.do("miner", powRegister, later)
}

// S-REG-02, S-REG-03: a free uid first, then that of the neuron that earns least and is not immune; its data goes, that of the others stays.
func TestPowRegisterAppendsThenReplaces_S_REG_02_03(t *testing.T) {
	w := newWorld(t)
	w.open(false)
	st, s := &w.Storage, w.c.State
	st.MaxAllowedUids.Set(s, subnet, 4)
	st.ImmunityPeriod.Set(s, subnet, 5)
	st.MinNonImmuneUids.Set(s, subnet, 0)
	for i, name := range []string{"a", "b", "c"} {
		w.at(20 + uint32(i))
		st.RegistrationsThisBlock.Set(s, subnet, 0)
		w.do("miner", powRegister, w.proof("miner", name, 19+uint32(i)))
		if w.uid(name) != i+1 {
			t.Fatalf("%s has uid %d, want %d", name, w.uid(name), i+1)
		}
		st.Axons.Set(s, subnet, key(name), state.AxonInfo{Port: uint16(i + 1)})
	}
	st.Emission.Set(s, subnet, []bt.Alpha{0, 30, 20, 10}) // the owner earns least, but stays
	w.at(26)                                              // a is 6 blocks old, b 5, c still immune with 4
	st.RegistrationsThisBlock.Set(s, subnet, 0)
	w.do("miner", powRegister, w.proof("miner", "d", 25))
	if w.uid("b") != -1 || w.uid("d") != 2 {
		t.Errorf("b has uid %d and d %d, want none and 2", w.uid("b"), w.uid("d"))
	}
	if st.Axons.Has(s, subnet, key("b")) || !st.Axons.Has(s, subnet, key("a")) || !st.Axons.Has(s, subnet, key("c")) {
		t.Error("axons: b's must go, a's and c's stay")
	}
	if st.IsNetworkMember.Has(s, key("b"), subnet) || !st.IsNetworkMember.Get(s, key("d"), subnet) {
		t.Error("membership does not follow")
	}
	if owner := st.Owner.Get(s, key("b")); owner != key("miner") {
		t.Error("the hotkey lost its owner")
	}
	if got := st.SubnetworkN.Get(s, subnet); got != 4 {
		t.Errorf("%d neurons, want 4", got)
	}
	// With the owner alone there is nobody to replace.
	st.MaxAllowedUids.Set(s, subnet, 1)
	st.SubnetworkN.Set(s, subnet, 1)
	st.RegistrationsThisBlock.Set(s, subnet, 0)
	before := w.proof("miner", "e", 25)
	w.fails(w.Error.NoNeuronIdAvailable, "miner", powRegister, before, false)
	if code := w.Judge(w.c.As(frame.Signed(key("miner"))), frame.RuntimeCall{Pallet: 7, Index: powRegister, Args: before}); code != nil {
		t.Errorf("the pool refuses with %d what only a block can tell", *code)
	}
}
