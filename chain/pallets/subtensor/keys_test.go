package subtensor_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/children"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/keyswap"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

const (
	setChildren, swapHotkey, setChildkeyTake        = 67, 70, 75
	announceSwap, swapAnnounced, disputeSwap, reset = 125, 126, 127, 128
	clearSwap                                       = 133
)

func TestSwapHotkeyErrors(t *testing.T) {
	w := newWorld(t)
	n := w.subnet("owner")
	w.miner("miner", "old", n)
	w.miner("other", "theirs", n)
	swap := func(old, to string, netuid ...bt.NetUID) *keyswap.SwapHotkey {
		a := &keyswap.SwapHotkey{Hotkey: key(old), NewHotkey: key(to)}
		if len(netuid) > 0 {
			a.NetUID = scale.Some(netuid[0])
		}
		return a
	}
	w.at(20_000)
	w.fails(w.Error.NonAssociatedColdKey, "other", swapHotkey, swap("old", "new"))
	w.fails(w.Error.NonAssociatedColdKey, "miner", swapHotkey, swap("old", "theirs"))
	w.fails(w.Error.NewHotKeyIsSameWithOld, "miner", swapHotkey, swap("old", "old"))
	w.do("miner", swapHotkey, swap("old", "new", n))
	if owner := w.Pools.OwnerOf(w.c, key("old")); owner != key("miner") {
		t.Errorf("after a swap in one subnet the old hotkey belongs to %v", owner)
	}
	w.at(21_000)
	w.fails(w.Error.HotKeySetTxRateLimitExceeded, "miner", swapHotkey, swap("new", "newer", n))
	w.at(21_001)
	w.fails(w.Error.HotKeySwapOnSubnetIntervalNotPassed, "miner", swapHotkey, swap("new", "newer", n))
	w.fails(w.Error.HotKeySwapOnSubnetIntervalNotPassed, "miner", swapHotkey, swap("new", "newer"))
	w.fails(w.Error.HotKeyAlreadyRegisteredInSubNet, "miner", swapHotkey, swap("old", "new"))
	w.at(27_201)
	w.do("miner", swapHotkey, swap("new", "newer"))
	if w.Pools.HotkeyExists(w.c, key("new")) || !w.Storage.Uids.Has(w.c.State, n, key("newer")) {
		t.Error("a swap in all subnets left the old hotkey")
	}
	w.sound()
}

func TestSwapColdkeyErrors(t *testing.T) {
	w := newWorld(t)
	n := w.subnet("owner")
	w.miner("old", "hotkey", n)
	w.fund("poor", 0)
	to := key("successor")
	announce := &keyswap.AnnounceColdkeySwap{NewColdkeyHash: bt.Hash(hash.Blake256(to[:]))}
	swap := &keyswap.SwapColdkeyAnnounced{NewColdkey: to}
	w.at(100)
	w.fails(w.Error.ColdkeySwapAnnouncementNotFound, "old", swapAnnounced, swap)
	w.fails(w.Error.ColdkeySwapAnnouncementNotFound, "old", disputeSwap, &keyswap.DisputeColdkeySwap{})
	w.fails(w.Error.ColdkeySwapAnnouncementNotFound, "old", clearSwap, &keyswap.ClearColdkeySwap{})
	w.fails(w.Error.NotEnoughBalanceToPaySwapColdKey, "poor", announceSwap, announce)
	w.do("old", announceSwap, announce)
	w.fails(w.Error.ColdkeySwapReannouncedTooEarly, "old", announceSwap, announce)
	w.fails(w.Error.ColdkeySwapClearTooEarly, "old", clearSwap, &keyswap.ClearColdkeySwap{})
	w.fails(w.Error.ColdkeySwapTooEarly, "old", swapAnnounced, swap)
	w.fails(w.Error.AnnouncedColdkeyHashDoesNotMatch, "old", swapAnnounced, &keyswap.SwapColdkeyAnnounced{NewColdkey: key("thief")})
	w.do("old", disputeSwap, &keyswap.DisputeColdkeySwap{})
	w.at(36_100)
	w.fails(w.Error.ColdkeySwapDisputed, "old", swapAnnounced, swap)
	w.fails(frame.BadOrigin, "owner", reset, &keyswap.ResetColdkeySwap{Coldkey: key("old")})
	w.do("root", reset, &keyswap.ResetColdkeySwap{Coldkey: key("old")})
	w.do("old", announceSwap, announce)
	w.at(72_100)
	w.do("old", swapAnnounced, swap)
	if owner := w.Pools.OwnerOf(w.c, key("hotkey")); owner != to {
		t.Errorf("the hotkey belongs to %v, want the successor", owner)
	}
	if left := w.money.Free(w.c, key("old")); left != 0 {
		t.Errorf("the old coldkey kept %v", left)
	}
	w.sound()
}

func TestSetChildrenErrors(t *testing.T) {
	w := newWorld(t)
	n := w.subnet("owner")
	w.miner("parent", "parent hotkey", n)
	set := func(netuid bt.NetUID, list ...children.Edge) *children.SetChildren {
		return &children.SetChildren{Hotkey: key("parent hotkey"), NetUID: netuid, Children: list}
	}
	child := func(name string, share uint64) children.Edge { return children.Edge{A: share, B: key(name)} }
	const whole = 1<<64 - 1
	w.at(1000)
	w.fails(w.Error.RegistrationNotPermittedOnRootSubnet, "parent", setChildren, set(0))
	w.fails(w.Error.SubnetNotExists, "parent", setChildren, set(99))
	w.fails(w.Error.NonAssociatedColdKey, "owner", setChildren, set(n))
	w.fails(w.Error.DuplicateChild, "parent", setChildren, set(n, child("a", 1), child("a", 2)))
	w.fails(w.Error.InvalidChild, "parent", setChildren, set(n, child("parent hotkey", 1)))
	w.fails(w.Error.ProportionOverflow, "parent", setChildren, set(n, child("a", whole), child("b", 1)))
	w.fails(w.Error.TooManyChildren, "parent", setChildren,
		set(n, child("a", 1), child("b", 1), child("c", 1), child("d", 1), child("e", 1), child("f", 1)))
	w.Storage.StakeThreshold.Set(w.c.State, 1<<60)
	w.fails(w.Error.NotEnoughStakeToSetChildkeys, "parent", setChildren, set(n, child("a", whole)))
	w.Storage.StakeThreshold.Set(w.c.State, 0)
	w.do("parent", setChildren, set(n, child("a", whole)))
	w.fails(w.Error.TxRateLimitExceeded, "parent", setChildren, set(n))
	if w.Storage.ChildKeys.Has(w.c.State, key("parent hotkey"), n) {
		t.Error("a child of a started subnet did not wait")
	}
	w.at(1000 + 7200)
	w.Children.ApplyPending(w.c, n)
	if w.Storage.ChildKeys.Has(w.c.State, key("parent hotkey"), n) {
		t.Error("a child was effective in the last block of its cooldown")
	}
	w.at(1000 + 7201)
	w.Children.ApplyPending(w.c, n)
	if got := w.Storage.ParentKeys.Get(w.c.State, key("a"), n); len(got) != 1 || got[0] != child("parent hotkey", whole) {
		t.Errorf("the child's parents are %v", got)
	}

	take := func(v state.PerU16) *children.SetChildkeyTake {
		return &children.SetChildkeyTake{Hotkey: key("parent hotkey"), NetUID: n, Take: v}
	}
	w.fails(w.Error.NonAssociatedColdKey, "owner", setChildkeyTake, take(1))
	w.fails(w.Error.InvalidChildkeyTake, "parent", setChildkeyTake, take(11_797))
	w.do("parent", setChildkeyTake, take(2))
	w.fails(w.Error.TxChildkeyTakeRateLimitExceeded, "parent", setChildkeyTake, take(3))
	w.do("parent", setChildkeyTake, take(1))
}
