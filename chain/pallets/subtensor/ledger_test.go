package subtensor_test

import (
	"encoding/hex"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/sha3"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/serving"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// S-TOK-01: no more than 21,000,000 TAO are ever issued; what is minted is counted in both issuances.
func TestSTOK01MintingStopsAtTheMaximum(t *testing.T) {
	w := newWorld(t)
	issued := w.money.TotalIssuance(w.c)
	if got := w.Pools.MintTao(w.c, bt.Tao); got != bt.Tao || w.money.TotalIssuance(w.c) != issued+bt.Tao {
		t.Errorf("minted %v: %v became %v", got, issued, w.money.TotalIssuance(w.c))
	}
	if err := w.Pools.SpendMinted(w.c, key("miner"), bt.Tao); err != nil {
		t.Fatal(err)
	}
	w.sound()
	w.Pools.RecycleMinted(w.c, w.Pools.MintTao(w.c, bt.Tao))
	w.sound()
	rest := bt.Rao(emission.MaxSupply) - w.money.TotalIssuance(w.c)
	if got := w.Pools.MintTao(w.c, rest+bt.Tao); got != rest {
		t.Errorf("minted %v of the %v that are left", got, rest)
	}
	if got := w.Pools.MintTao(w.c, 1); got != 0 {
		t.Errorf("minted %v beyond the maximum", got)
	}
}

// S-LED-10: a payment that ends an account destroys the dust it leaves, in both issuances; recycled TAO leaves both, burned TAO neither.
func TestSLED10DustRecycleAndBurn(t *testing.T) {
	w := newWorld(t)
	w.fund("payer", 1)
	issued := w.money.TotalIssuance(w.c)
	check := func(what string, lost bt.Rao) {
		t.Helper()
		if got := issued - w.money.TotalIssuance(w.c); got != lost {
			t.Errorf("%s: %d rao are gone, want %d", what, uint64(got), uint64(lost))
		}
		w.sound()
	}
	if err := w.Pools.BurnTao(w.c, key("payer"), bt.Tao/4); err != nil {
		t.Fatal(err)
	}
	check("burn", 0)
	if err := w.Pools.RecycleTao(w.c, key("payer"), bt.Tao/4); err != nil {
		t.Fatal(err)
	}
	check("recycle", bt.Tao/4)
	left := w.money.Free(w.c, key("payer"))
	if err := w.Pools.RecycleTao(w.c, key("payer"), left); err != w.Error.InsufficientTaoBalance {
		t.Errorf("recycling all gives %v", err)
	}
	if err := w.Pools.Transfer(w.c, key("payer"), key("shop"), left-499); err != nil {
		t.Fatal(err)
	}
	check("dust", bt.Tao/4+499)
	if got := w.money.Total(w.c, key("payer")); got != 0 {
		t.Errorf("the ended account has %v", got)
	}
}

// S-TOK-12: recycled alpha leaves the subnet's alpha out; burned alpha stays counted.
func TestSTOK12RecycleAndBurnAlpha(t *testing.T) {
	w, a, _ := stakers(t)
	e, s := &w.Error, w.c.State
	alpha := func(n bt.NetUID, hotkey string, amount bt.Alpha) *staking.Destroy {
		return &staking.Destroy{Hotkey: key(hotkey), Amount: amount, NetUID: n}
	}
	w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: 10 * bt.Tao})
	for _, index := range []uint8{recycleAlpha, burnAlpha} {
		w.fails(frame.BadOrigin, "root", index, alpha(a, "hot", 1))
		w.fails(e.SubnetNotExists, "cold", index, alpha(9, "hot", 1))
		w.fails(e.CannotBurnOrRecycleOnRootSubnet, "cold", index, alpha(0, "hot", 1))
		w.fails(e.SubtokenDisabled, "cold", index, alpha(1, "hot", 1))
		w.fails(e.HotKeyAccountNotExists, "cold", index, alpha(a, "nobody", 1))
	}
	stake, out := w.stake("cold", "hot", a), w.Storage.SubnetAlphaOut.Get(s, a)
	w.do("cold", recycleAlpha, alpha(a, "hot", 1_000_000))
	w.do("cold", burnAlpha, alpha(a, "hot", 500_000))
	if got := w.Storage.SubnetAlphaOut.Get(s, a); got != out-1_000_000 {
		t.Errorf("%v alpha is out, want %v less the recycled", got, out)
	}
	if got := w.Pools.Assets.Storage.AlphaBurned.Get(s, a); got != 500_000 {
		t.Errorf("%v counts as burned", got)
	}
	if got := w.Pools.Assets.Storage.AlphaRecycled.Get(s, a); got != 1_000_000 {
		t.Errorf("%v counts as recycled", got)
	}
	w.do("cold", 136, &staking.LockStake{Hotkey: key("hot"), NetUID: a, Amount: stake - 2_000_000})
	w.fails(e.StakeUnavailable, "cold", burnAlpha, alpha(a, "hot", 1<<63))
	w.do("cold", recycleAlpha, alpha(a, "hot", 500_000))
	w.sound()

	burned := &staking.AddStakeBurn{Hotkey: key("hot"), NetUID: a, Amount: bt.Tao}
	before := w.stake("cold", "hot", a)
	w.do("cold", addStakeBurn, burned)
	if got := w.stake("cold", "hot", a); got > before || before-got > 8 {
		t.Errorf("buying and burning changed the stake from %v to %v", before, got)
	}
	burned.Limit = scale.Some(bt.Rao(1_100_000_000))
	w.do("cold", addStakeBurn, burned)
	burned.Limit = scale.Some(bt.Rao(1))
	w.fails(w.Pools.Swap.Error.PriceLimitExceeded, "cold", addStakeBurn, burned)
	w.sound()
}

// The calls about root dividends: who may, how many subnets, and what they do.
func TestRootClaimCalls(t *testing.T) {
	w, a, b := stakers(t)
	e, s := &w.Error, w.c.State
	w.fails(e.InvalidSubnetNumber, "cold", claimRoot, &staking.ClaimRoot{})
	w.fails(e.InvalidSubnetNumber, "cold", claimRoot, &staking.ClaimRoot{Subnets: state.NetUIDSet{1, 2, 3, 4, 5, 6}})
	w.fails(frame.BadOrigin, "root", claimRoot, &staking.ClaimRoot{Subnets: state.NetUIDSet{1}})
	w.fails(e.InvalidSubnetNumber, "cold", setClaimType, &staking.SetRootClaimType{NewRootClaimType: state.RootClaimType{KeepSubnets: &state.KeepSubnets{}}})
	w.fails(frame.BadOrigin, "cold", setNumClaims, &staking.SetNumRootClaims{NewValue: 1})
	w.fails(e.InvalidNumRootClaim, "root", setNumClaims, &staking.SetNumRootClaims{NewValue: 51})
	w.fails(frame.BadOrigin, "cold", setClaimThreshold, &staking.SetRootClaimThreshold{NetUID: a})
	w.fails(e.InvalidRootClaimThreshold, "owner a", setClaimThreshold, &staking.SetRootClaimThreshold{NetUID: a, NewValue: 10_000_001})
	w.fails(e.Deprecated, "cold", scheduleSwapColdkey, &staking.ScheduleSwapColdkey{NewColdkey: key("new")})
	w.do("root", setNumClaims, &staking.SetNumRootClaims{NewValue: 50})
	w.do("owner a", setClaimThreshold, &staking.SetRootClaimThreshold{NetUID: a, NewValue: 10_000_000})
	if n, least := w.Storage.NumRootClaim.Get(s), w.Storage.RootClaimableThreshold.Get(s, a); n != 50 || least != fixed.I96F32FromUint(10_000_000) {
		t.Errorf("%d claims a block, threshold %v", n, least)
	}

	// 100 TAO on root have earned 10 alpha of each subnet.
	w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), AmountStaked: 100 * bt.Tao})
	for _, id := range []bt.NetUID{a, b} {
		w.Pools.RaiseClaimable(w.c, key("hot"), id, bt.Alpha(10*bt.Tao))
		w.Storage.SubnetAlphaOut.Mutate(s, id, func(v *bt.Alpha) { *v += bt.Alpha(10 * bt.Tao) })
	}
	earned := bt.Alpha(10 * bt.Tao)
	earned -= 10_000_000_000 - bt.Alpha(fixed.I96F32FromRatio(1, 10).Mul(fixed.I96F32FromUint(100_000_000_000)).ToUint64())
	keep := state.RootClaimType{KeepSubnets: &state.KeepSubnets{Subnets: state.NetUIDSet{a}}}
	w.do("cold", setClaimType, &staking.SetRootClaimType{NewRootClaimType: keep})
	w.do("cold", claimRoot, &staking.ClaimRoot{Subnets: state.NetUIDSet{a}})
	if kept, root := w.stake("cold", "hot", a), w.stake("cold", "hot", 0); kept != earned || root != bt.Alpha(100*bt.Tao) {
		t.Errorf("kept %v, root stake %v", kept, root)
	}
	w.do("cold", claimRootOn, &staking.ClaimRootWithHotkey{Hotkey: key("warm")}) // nothing there
	w.do("cold", claimRootOn, &staking.ClaimRootWithHotkey{Hotkey: key("hot")})
	if kept, sold, root := w.stake("cold", "hot", a), w.stake("cold", "hot", b), w.stake("cold", "hot", 0); kept != earned || sold != 0 || root <= bt.Alpha(109*bt.Tao) {
		t.Errorf("kept %v, unsold %v, root stake %v", kept, sold, root)
	}
	w.sound()
}

// A set on the wire may come in any order and with repetitions.
func TestNetUIDSetIsSorted(t *testing.T) {
	var set state.NetUIDSet
	if err := scale.Unmarshal([]byte{4 << 2, 3, 0, 1, 0, 3, 0, 2, 0}, &set); err != nil || len(set) != 3 || set[0] != 1 || set[2] != 3 {
		t.Errorf("%v, %v", set, err)
	}
	if err := scale.Unmarshal([]byte{0xfe, 0xff, 0xff, 0xff, 3, 0}, &set); err == nil {
		t.Error("a set longer than its bytes was read")
	}
}

// A lock moves with its conviction between hotkeys of one owner, and without it to a stranger's.
func TestMoveLock(t *testing.T) {
	w, a, _ := stakers(t)
	w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: 10 * bt.Tao})
	move := func(to string) *staking.MoveLock {
		return &staking.MoveLock{DestinationHotkey: key(to), NetUID: a}
	}
	w.fails(w.Error.HotKeyAccountNotExists, "cold", moveLock, move("nobody"))
	w.fails(w.Error.NoExistingLock, "cold", moveLock, move("warm"))
	w.do("cold", 136, &staking.LockStake{Hotkey: key("hot"), NetUID: a, Amount: bt.Alpha(bt.Tao)})
	w.at(50_000)
	before, _ := w.Pools.ColdkeyLock(w.c, key("cold"), a)
	w.do("cold", moveLock, move("warm"))
	if l, _ := w.Pools.ColdkeyLock(w.c, key("cold"), a); l != before || l.Conviction.IsZero() || w.Pools.Conviction(w.c, key("warm"), a) != l.Conviction {
		t.Errorf("%+v became %+v", before, l)
	}
	w.fund("stranger", 10)
	w.do("stranger", associate, &staking.TryAssociateHotkey{Hotkey: key("strange")})
	w.do("cold", moveLock, move("strange"))
	if l, _ := w.Pools.ColdkeyLock(w.c, key("cold"), a); l.LockedMass != before.LockedMass || !l.Conviction.IsZero() {
		t.Errorf("at a stranger's %+v", l)
	}
	if !w.Pools.Conviction(w.c, key("warm"), a).IsZero() {
		t.Error("conviction is left where the lock was")
	}
}

// Limits and hotkeys of the later kinds of moves.
func TestMovesWithLimitAndToOthersHotkeys(t *testing.T) {
	w, a, b := stakers(t)
	w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: 100 * bt.Tao})
	m := staking.MoveStakeLimit{OriginHotkey: key("hot"), DestinationHotkey: key("warm"), OriginNetUID: a, DestinationNetUID: b, AlphaAmount: 50_000_000_000, LimitPrice: 1_150_000_000}
	w.fails(w.Error.SlippageTooHigh, "cold", moveStakeLimit, &m)
	m.AllowPartial = true
	w.do("cold", moveStakeLimit, &m)
	if moved, left := w.stake("cold", "warm", b), w.stake("cold", "hot", a); moved == 0 || left <= 40_000_000_000 {
		t.Errorf("moved %v, left %v", moved, left)
	}
	x := staking.TransferStakeAndHotkey{DestinationColdkey: key("other"), OriginHotkey: key("hot"), DestinationHotkey: key("warm"), OriginNetUID: a, DestinationNetUID: a, AlphaAmount: 1_000_000_000}
	w.do("cold", transferStakeAndHotkey, &x)
	if got := w.stake("other", "warm", a); got < 999_999_990 || got > 1_000_000_000 {
		t.Errorf("the other has %v", got)
	}
	w.Storage.TransferToggle.Set(w.c.State, a, false)
	w.fails(w.Error.TransferDisallowed, "cold", transferStakeAndHotkey, &x)
	w.sound()
}

// An Ethereum key signs for a hotkey as wallets sign texts; the signature of another is refused.
func TestAssociateEvmKey(t *testing.T) {
	w, a, _ := stakers(t)
	w.miner("cold", "hot", a)
	raw, _ := hex.DecodeString("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")
	secret := secp256k1.PrivKeyFromBytes(raw)
	digest := serving.EvmDigest(key("hot"), 7)
	compact := ecdsa.SignCompact(secret, digest[:], false)
	h := sha3.NewLegacyKeccak256()
	h.Write(secret.PubKey().SerializeUncompressed()[1:])
	call := serving.AssociateEvmKey{NetUID: a, EvmKey: state.H160(h.Sum(nil)[12:]), BlockNumber: 7}
	if got := hex.EncodeToString(call.EvmKey[:]); got != "2c7536e3605d9c16a7a3d7b1898e529396a65c23" {
		t.Fatalf("the key's address is %s", got) // as Ethereum's documentation of accounts has it
	}
	copy(call.Signature[:], compact[1:])
	call.Signature[64] = compact[0]                                                  // 27 and the recovery id
	w.fails(w.Error.EvmKeyAssociateRateLimitExceeded, "hot", associateEvmKey, &call) // since block 0
	w.at(uint32(w.Settings.EvmKeyRateLimit))
	w.fails(w.Error.HotKeyNotRegisteredInSubNet, "warm", associateEvmKey, &call)
	bad := call
	bad.Signature[64] = 4
	w.fails(w.Error.InvalidIdentity, "hot", associateEvmKey, &bad)
	bad = call
	bad.BlockNumber++
	w.fails(w.Error.InvalidRecoveredPublicKey, "hot", associateEvmKey, &bad)
	w.do("hot", associateEvmKey, &call)
	uid := w.Storage.Uids.Get(w.c.State, a, key("hot"))
	if got, _ := w.Storage.AssociatedEvmAddress.TryGet(w.c.State, a, uid); got.A != call.EvmKey || got.B != w.Settings.EvmKeyRateLimit {
		t.Errorf("noted %+v", got)
	}
}
