package subtensor_test

import (
	"bytes"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/serving"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/scale"
)

func TestRegisterNetwork(t *testing.T) {
	w := newWorld(t)
	e := &w.Error
	netuid := w.subnet("owner")
	if netuid != 2 {
		t.Errorf("the first new subnet is %d, want 2", netuid)
	}
	if tao, alpha := w.Storage.SubnetTAO.Get(w.c.State, netuid), w.Storage.SubnetAlphaIn.Get(w.c.State, netuid); tao != 1000*bt.Tao || alpha != bt.Alpha(tao) {
		t.Errorf("pool of %v TAO and %v alpha, want 1000 of both at the price of 1", tao, alpha)
	}
	w.sound()
	next := &subnets.RegisterNetwork{Hotkey: key("next hotkey")}
	w.fund("next", 1999)
	w.fails(e.NetworkTxRateLimitExceeded, "next", registerNetwork, next) // the guard's
	w.Storage.NetworkRateLimit.Set(w.c.State, 0)
	w.fails(e.CannotAffordLockCost, "next", registerNetwork, next) // 1000 TAO doubled
	w.fails(e.NonAssociatedColdKey, "next", registerNetwork, &subnets.RegisterNetwork{Hotkey: key("owner hotkey")})
	w.fails(e.CannotUseSystemAccount, "next", registerNetwork, &subnets.RegisterNetwork{Hotkey: w.Pools.CustodyAccount(2)})
	w.fails(frame.BadOrigin, "root", registerNetwork, next)
	w.Storage.NetworkRegistrationStartBlock.Set(w.c.State, 100)
	w.fails(e.SubNetRegistrationDisabled, "next", registerNetwork, next)
	w.Storage.NetworkRegistrationStartBlock.Delete(w.c.State)
	w.fund("next", 1000)
	long := state.SubnetIdentityV3{SubnetName: make([]byte, 257)}
	w.fails(e.InvalidIdentity, "next", registerWithIdentity, &subnets.RegisterNetworkWithIdentity{Hotkey: next.Hotkey, Identity: scale.Some(long)})

	w.Storage.SubnetLimit.Set(w.c.State, 1)
	w.fails(e.SubnetLimitReached, "next", registerNetwork, next)
	w.at(2_000_000) // immunity is over: one of the two makes room, both at a price of 0, so the older
	w.do("next", registerNetwork, next)
	if owner := w.Storage.SubnetOwner.Get(w.c.State, 1); owner != key("next") {
		t.Errorf("subnet 1 belongs to %v", owner)
	}
	w.sound()
}

func TestStartCall(t *testing.T) {
	w := newWorld(t)
	e := &w.Error
	w.fails(e.SubnetNotExists, "root owner", startCall, &subnets.StartCall{NetUID: 7})
	w.fails(frame.BadOrigin, "somebody", startCall, &subnets.StartCall{})
	w.fails(frame.BadOrigin, "root", startCall, &subnets.StartCall{})
	w.Storage.StartCallDelay.Set(w.c.State, 5)
	w.fails(e.NeedWaitingMoreBlocksToStarCall, "root owner", startCall, &subnets.StartCall{})
	w.at(5)
	w.do("root owner", startCall, &subnets.StartCall{})
	if first, _ := w.Storage.FirstEmissionBlockNumber.TryGet(w.c.State, 0); first != 6 {
		t.Errorf("first emission in block %d, want 6", first)
	}
	w.fails(e.FirstEmissionBlockNumberAlreadySet, "root owner", startCall, &subnets.StartCall{})
}

func TestBurnedRegister(t *testing.T) {
	w := newWorld(t)
	e := &w.Error
	netuid := w.subnet("owner")
	w.fund("miner", 1)
	reg := func(n bt.NetUID, hotkey string) *registration.BurnedRegister {
		return &registration.BurnedRegister{NetUID: n, Hotkey: key(hotkey)}
	}
	w.fails(frame.BadOrigin, "root", burnedRegister, reg(netuid, "h1"))
	w.fails(e.RegistrationNotPermittedOnRootSubnet, "miner", burnedRegister, reg(0, "h1"))
	w.fails(e.SubnetNotExists, "miner", burnedRegister, reg(9, "h1"))
	w.fails(e.NonAssociatedColdKey, "author", burnedRegister, reg(1, "owner hotkey"))
	w.fails(e.HotKeyAlreadyRegisteredInSubNet, "miner", burnedRegister, reg(netuid, "owner hotkey"))
	w.fails(e.CannotUseSystemAccount, "miner", burnedRegister, &registration.BurnedRegister{NetUID: netuid, Hotkey: w.Pools.CustodyAccount(3)})
	w.fails(e.RegistrationPriceLimitExceeded, "miner", registerLimit, &registration.RegisterLimit{NetUID: netuid, Hotkey: key("h1"), LimitPrice: uint64(bt.Tao) - 1})
	w.fails(e.SubnetNotExists, "miner", registerLimit, &registration.RegisterLimit{NetUID: 9})
	w.fails(e.RegistrationNotPermittedOnRootSubnet, "miner", registerLimit, &registration.RegisterLimit{})
	w.do("miner", registerLimit, &registration.RegisterLimit{NetUID: netuid, Hotkey: key("h1"), LimitPrice: uint64(bt.Tao)})
	if uid, ok := w.Storage.Uids.TryGet(w.c.State, netuid, key("h1")); !ok || uid != 1 {
		t.Errorf("uid %d %t, want 1", uid, ok)
	}
	if price := w.Storage.Burn.Get(w.c.State, netuid); price != 1_260_000_000-1 && price != 1_260_000_000 {
		t.Errorf("the next registration costs %v, want 1.26", price)
	}
	w.fails(e.NotEnoughBalanceToStake, "miner", burnedRegister, reg(netuid, "h2"))
	w.Storage.NetworkRegistrationAllowed.Set(w.c.State, netuid, false)
	w.fails(e.SubNetRegistrationDisabled, "miner", burnedRegister, reg(netuid, "h2"))
	w.Storage.NetworkRegistrationAllowed.Set(w.c.State, netuid, true)

	// A full subnet gives the miner's uid away, never the owner's.
	w.fund("late", 10_000)
	w.Storage.MaxAllowedUids.Set(w.c.State, netuid, 2)
	w.do("late", register, &registration.Register{NetUID: netuid, Hotkey: key("h3"), Work: []byte{1}})
	if got := w.Storage.Keys.Get(w.c.State, netuid, 1); got != key("h3") {
		t.Errorf("uid 1 is %v, want h3", got)
	}
	if w.Storage.Uids.Has(w.c.State, netuid, key("h1")) {
		t.Error("h1 has its uid still")
	}
	w.Storage.MaxAllowedUids.Set(w.c.State, netuid, 1)
	w.Storage.SubnetworkN.Set(w.c.State, netuid, 1)
	w.fails(e.NoNeuronIdAvailable, "late", burnedRegister, reg(netuid, "h4"))
	w.Storage.MaxAllowedUids.Set(w.c.State, netuid, 0)
	w.fails(e.NoNeuronIdAvailable, "late", burnedRegister, reg(netuid, "h4"))
	w.sound()
}

func TestRootRegister(t *testing.T) {
	w := newWorld(t)
	e := &w.Error
	join := func(hotkey string) *registration.RootRegister {
		return &registration.RootRegister{Hotkey: key(hotkey)}
	}
	w.fails(frame.BadOrigin, "root", rootRegister, join("r1"))
	w.fails(e.CannotUseSystemAccount, "a", rootRegister, &registration.RootRegister{Hotkey: w.Pools.CustodyAccount(0)})
	w.do("a", rootRegister, join("r1"))
	if take := w.Storage.Delegates.Get(w.c.State, key("r1")); take != 11_796 {
		t.Errorf("take %d", take)
	}
	w.fails(e.TooManyRegistrationsThisBlock, "b", rootRegister, join("r2"))
	w.Storage.MaxRegistrationsPerBlock.Set(w.c.State, 0, 9)
	w.fails(e.HotKeyAlreadyRegisteredInSubNet, "a", rootRegister, join("r1"))
	w.do("b", rootRegister, join("r2"))
	w.do("c", rootRegister, join("r3"))
	w.fails(e.TooManyRegistrationsThisInterval, "d", rootRegister, join("r4"))
	w.Storage.RegistrationsThisInterval.Set(w.c.State, 0, 0)
	w.Storage.MaxAllowedUids.Set(w.c.State, 0, 3)
	w.fails(e.StakeTooLowForRoot, "d", rootRegister, join("r4"))

	w.do("root owner", startCall, &subnets.StartCall{})
	w.fund("d", 100)
	w.do("d", associate, &staking.TryAssociateHotkey{Hotkey: key("r4")})
	w.do("d", addStake, &staking.AddStake{Hotkey: key("r4"), AmountStaked: bt.Tao})
	w.do("d", rootRegister, join("r4"))
	if got := w.Storage.Keys.Get(w.c.State, 0, 0); got != key("r4") {
		t.Errorf("uid 0 of root is %v, want r4", got)
	}
	w.Storage.NetworksAdded.Delete(w.c.State, 0)
	w.fails(e.RootNetworkDoesNotExist, "d", rootRegister, join("r5"))
}

func TestTakes(t *testing.T) {
	w := newWorld(t)
	e := &w.Error
	w.do("cold", associate, &staking.TryAssociateHotkey{Hotkey: key("hot")})
	set := func(hotkey string, take state.PerU16) *staking.SetTake {
		return &staking.SetTake{Hotkey: key(hotkey), Take: take}
	}
	w.fails(e.HotKeyAccountNotExists, "cold", lowerTake, set("nobody", 5))
	w.fails(e.NonAssociatedColdKey, "other", lowerTake, set("hot", 5))
	w.fails(e.DelegateTakeTooHigh, "cold", raiseTake, set("hot", 12_000))
	w.do("cold", lowerTake, set("hot", 500))
	w.fails(e.DelegateTakeTooLow, "cold", lowerTake, set("hot", 500))
	w.fails(e.DelegateTakeTooLow, "cold", raiseTake, set("hot", 500))
	w.fails(e.DelegateTxRateLimitExceeded, "cold", raiseTake, set("hot", 600))
	w.at(1 + 216_000)
	w.fails(e.DelegateTxRateLimitExceeded, "cold", raiseTake, set("hot", 600))
	w.at(2 + 216_000)
	w.do("cold", raiseTake, set("hot", 600))
	w.Storage.MinDelegateTake.Set(w.c.State, 400)
	w.fails(e.DelegateTakeTooLow, "cold", lowerTake, set("hot", 399))
	if got := w.Storage.Delegates.Get(w.c.State, key("hot")); got != 600 {
		t.Errorf("take %d, want 600", got)
	}
	w.fails(e.CannotUseSystemAccount, "cold", associate, &staking.TryAssociateHotkey{Hotkey: w.Pools.CustodyAccount(1)})
}

func TestServing(t *testing.T) {
	w := newWorld(t)
	e := &w.Error
	netuid := w.subnet("owner")
	w.at(10)
	axon := serving.ServeAxon{NetUID: netuid, Version: 1, IP: scale.U128(0x01020304), Port: 8091, IPType: 4}
	with := func(change func(*serving.ServeAxon)) *serving.ServeAxon {
		a := axon
		change(&a)
		return &a
	}
	for name, c := range map[string]struct {
		err  error
		axon *serving.ServeAxon
	}{
		"kind of address": {e.InvalidIpType, with(func(a *serving.ServeAxon) { a.IPType = 5 })},
		"localhost":       {e.InvalidIpAddress, with(func(a *serving.ServeAxon) { a.IP = scale.U128(0x7f000001) })},
		"broadcast":       {e.InvalidIpAddress, with(func(a *serving.ServeAxon) { a.IP = scale.U128(0xffffffff) })},
		"v6 as v4":        {e.InvalidIpAddress, with(func(a *serving.ServeAxon) { a.IP = scale.Uint128{Hi: 1} })},
		"v6 localhost":    {e.InvalidIpAddress, with(func(a *serving.ServeAxon) { a.IPType, a.IP = 6, scale.U128(1) })},
		"no port":         {e.InvalidPort, with(func(a *serving.ServeAxon) { a.Port = 0 })},
		"no such subnet":  {e.HotKeyNotRegisteredInNetwork, with(func(a *serving.ServeAxon) { a.NetUID = 9 })},
	} {
		t.Run(name, func(*testing.T) { w.fails(c.err, "owner hotkey", serveAxon, c.axon) })
	}
	w.fails(frame.BadOrigin, "root", serveAxon, &axon)
	w.do("owner hotkey", serveAxon, &axon)
	w.fails(e.ServingRateLimitExceeded, "owner hotkey", serveAxon, &axon)
	w.at(60)
	tls := serving.ServeAxonTLS{NetUID: netuid, IP: axon.IP, Port: 1, IPType: 4, Certificate: bytes.Repeat([]byte{7}, 65)}
	w.do("owner hotkey", serveAxonTLS, &tls)
	if cert, ok := w.Storage.NeuronCertificates.TryGet(w.c.State, netuid, key("owner hotkey")); !ok || cert.Algorithm != 7 || len(cert.PublicKey) != 64 {
		t.Errorf("certificate %+v %t", cert, ok)
	}
	p := serving.ServePrometheus{NetUID: netuid, IP: axon.IP, Port: 9, IPType: 4}
	w.do("owner hotkey", servePrometheus, &p)
	w.fails(e.ServingRateLimitExceeded, "owner hotkey", servePrometheus, &p)
	p.IP = scale.Uint128{}
	w.fails(e.InvalidIpAddress, "owner hotkey", servePrometheus, &p)
	p.IPType = 0
	w.fails(e.InvalidIpType, "owner hotkey", servePrometheus, &p)
}

func TestIdentitiesAndSymbols(t *testing.T) {
	w := newWorld(t)
	e := &w.Error
	netuid := w.subnet("owner")
	w.fails(e.HotKeyNotRegisteredInNetwork, "somebody", setIdentity, &subnets.SetIdentity{})
	w.fails(e.InvalidIdentity, "owner", setIdentity, &subnets.SetIdentity{Description: make([]byte, 1025)})
	w.do("owner", setIdentity, &subnets.SetIdentity{Name: []byte("me")})
	w.fails(e.NotSubnetOwner, "somebody", setSubnetIdentity, &subnets.SetSubnetIdentity{NetUID: netuid})
	w.fails(e.InvalidIdentity, "owner", setSubnetIdentity, &subnets.SetSubnetIdentity{NetUID: netuid, Discord: make([]byte, 257)})
	w.do("owner", setSubnetIdentity, &subnets.SetSubnetIdentity{NetUID: netuid, SubnetName: []byte("words")})

	if got := string(w.Storage.TokenSymbol.Get(w.c.State, netuid)); got != "β" {
		t.Errorf("symbol of subnet 2 is %q, want β", got)
	}
	w.fails(frame.BadOrigin, "somebody", updateSymbol, &subnets.UpdateSymbol{NetUID: netuid, Symbol: []byte("γ")})
	w.fails(e.SymbolAlreadyInUse, "owner", updateSymbol, &subnets.UpdateSymbol{NetUID: netuid, Symbol: []byte("α")})
	w.fails(e.SymbolDoesNotExist, "owner", updateSymbol, &subnets.UpdateSymbol{NetUID: netuid, Symbol: []byte("Τ")}) // root's
	w.do("root", updateSymbol, &subnets.UpdateSymbol{NetUID: netuid, Symbol: []byte("γ")})

	w.fails(e.SubnetNotExists, "owner", autoStake, &staking.SetColdkeyAutoStakeHotkey{NetUID: 9})
	w.fails(e.HotKeyNotRegisteredInSubNet, "owner", autoStake, &staking.SetColdkeyAutoStakeHotkey{NetUID: netuid})
	auto := &staking.SetColdkeyAutoStakeHotkey{NetUID: netuid, Hotkey: key("owner hotkey")}
	w.do("owner", autoStake, auto)
	w.fails(e.SameAutoStakeHotkeyAlreadySet, "owner", autoStake, auto)
}

func TestValidityCodes(t *testing.T) {
	w := newWorld(t)
	w.Storage.ColdkeySwapAnnouncements.Set(w.c.State, key("leaver"), scale.Pair[uint32, bt.Hash]{A: 9})
	judge := func(who string, index uint8, args any) *uint8 {
		call := frame.RuntimeCall{Pallet: 7, Index: index, Args: args}
		return w.Judge(w.c.As(frame.Signed(key(who))), call)
	}
	for _, c := range []struct {
		who  string
		args any
		code uint8
	}{
		{"leaver", &staking.AddStake{}, 0},
		{"anybody", &serving.ServeAxon{Port: 1, IPType: 4}, 10},
		{"anybody", &staking.SetTake{Take: 12_000}, 27},
		{"anybody", &staking.SetTake{Hotkey: key("nobody"), Take: 1}, 4},
		{"anybody", &staking.SetTake{Take: 1}, 25}, // the zero account owns itself
	} {
		if got := judge(c.who, addStake, c.args); got == nil || *got != c.code {
			t.Errorf("%T of %s is refused: %t, with code %d, want %d", c.args, c.who, got != nil, *got, c.code)
		}
	}
	if got := judge("anybody", addStake, &staking.AddStake{}); got != nil {
		t.Errorf("add_stake is refused with code %d", *got)
	}
	w.Storage.ColdkeySwapDisputes.Set(w.c.State, key("leaver"), 1)
	if got := judge("leaver", 126, &staking.AddStake{}); got == nil || *got != 21 {
		t.Errorf("disputed: code %v, want 21", got)
	}
}
