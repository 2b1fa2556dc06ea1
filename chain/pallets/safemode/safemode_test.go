package safemode_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/ground"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/safemode"
	"github.com/myelin-go/myelin/chain/pallets/system"
)

func TestSafeMode(t *testing.T) {
	g := ground.New(t)
	p := safemode.New(g.Money, g.Calls)
	g.Open(10, frame.Module{Name: "SafeMode", Index: safemode.Index, Pallet: p})
	c, money, who := g.C, g.Money, bt.AccountID{1}
	g.Mint(who, bt.Tao)
	call := func(origin frame.Origin, index uint8, args any, want error) {
		t.Helper()
		if err := c.Dispatch(origin, frame.RuntimeCall{Pallet: safemode.Index, Index: index, Args: args}).Err; err != want {
			t.Errorf("call %d: %v, want %v", index, err, want)
		}
	}
	pay := frame.RuntimeCall{Pallet: 5, Index: 0, Args: &balances.TransferArgs{}}
	remark := frame.RuntimeCall{Pallet: 0, Index: 0, Args: &system.RemarkArgs{}}
	none, user := &safemode.None{}, frame.Signed(who)
	deposit := &safemode.DepositArgs{Account: who, Block: 3}

	if !p.Permits(c, pay) {
		t.Error("a transfer is refused outside the safe mode")
	}
	call(user, 0, none, p.Error.NotConfigured)
	call(user, 2, none, p.Error.Exited)
	call(user, 1, none, frame.BadOrigin)
	call(frame.Root(), 3, none, p.Error.Exited)
	call(frame.Root(), 4, none, p.Error.Exited)
	call(frame.Root(), 1, none, nil)
	call(frame.Root(), 1, none, p.Error.Entered)
	call(user, 0, none, p.Error.Entered)
	call(user, 2, none, p.Error.NotConfigured)
	if p.Permits(c, pay) || !p.Permits(c, remark) {
		t.Error("the safe mode lets the wrong calls pass")
	}
	call(frame.Root(), 3, none, nil)
	if got := p.Storage.EnteredUntil.Get(c.State); got != 10+7200+3600 {
		t.Errorf("it lasts until %d", got)
	}
	c.Env.Number = 10 + 7200 + 3600
	p.OnInitialize(c)
	if p.Permits(c, pay) {
		t.Error("it ends in its last block")
	}
	c.Env.Number++
	p.OnInitialize(c)
	if !p.Permits(c, pay) {
		t.Error("it does not end")
	}
	call(user, 6, deposit, p.Error.NoDeposit)
	call(frame.Root(), 5, deposit, p.Error.NoDeposit)
	for _, index := range []uint8{7, 5} { // release, slash
		if err := money.Hold(c, frame.HoldReason{Pallet: safemode.Index}, who, 1000); err != nil {
			t.Fatal(err)
		}
		p.Storage.Deposits.Set(c.State, who, 3, 1000)
		call(user, 6, deposit, p.Error.NotConfigured)
		call(frame.Root(), index, deposit, nil)
	}
	if got := money.Total(c, who); got != bt.Tao-1000 {
		t.Errorf("the account has %d, want what was slashed less", got)
	}
	call(frame.Root(), 1, none, nil)
	call(frame.Root(), 4, none, nil)
}
