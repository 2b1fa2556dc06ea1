package crowdloan_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/crowdloan"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

func key(name string) (a bt.AccountID) {
	copy(a[:], name)
	return a
}

// world is a runtime with accounts of 1000 rao.
func world(t *testing.T) (*runtime, *frame.Ctx) {
	t.Helper()
	r := newRuntime()
	r.loans.MayLeaveFunds = false
	c := r.ctx(storage.New(nil), 1)
	for _, who := range []string{"creator", "giver", "other"} {
		if err := r.money.Mint(c, key(who), 1000); err != nil {
			t.Fatal(err)
		}
	}
	return r, c
}

// loan creates a crowdloan of 300 for a call and raises its cap.
func (r *runtime) loan(t *testing.T, c *frame.Ctx, call frame.RuntimeCall) {
	t.Helper()
	if err := r.loans.Create(c.As(frame.Signed(key("creator"))), crowdloan.CreateArgs{
		Deposit: 100, MinContribution: 10, Cap: 300, End: 50, Call: scale.Some(call),
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.loans.Contribute(c.As(frame.Signed(key("giver"))), crowdloan.ContributeArgs{Amount: 500}); err != nil {
		t.Fatal(err)
	}
	if free := r.money.Free(c, key("giver")); free != 800 {
		t.Fatalf("the contributor has %d, want 800: no more is taken than the cap lacks", free)
	}
}

func (r *runtime) finalize(c *frame.Ctx, origin frame.Origin) error {
	return c.Dispatch(origin, frame.RuntimeCall{Pallet: 3, Index: 3, Args: &crowdloan.OnlyArgs{}}).Err
}

func TestCallMustSpendWhatWasRaised(t *testing.T) {
	r, c := world(t)
	r.loan(t, c, frame.RuntimeCall{Pallet: 5, Index: 0, Args: &none{}})
	rows := len(c.State.Changes())
	if err := r.finalize(c, frame.Signed(key("creator"))); err != r.loans.Error.FundsNotSettled {
		t.Errorf("a call that leaves the funds: %v", err)
	}
	if got := len(c.State.Changes()); got != rows {
		t.Errorf("%d rows became %d although it failed", rows, got)
	}
	if err := r.loans.Withdraw(c.As(frame.Signed(key("giver"))), crowdloan.OnlyArgs{}); err != nil || r.money.Free(c, key("giver")) != 1000 {
		t.Errorf("the contributor cannot have its money back: %v", err)
	}
}

func TestFinalizePaysByTheCall(t *testing.T) {
	r, c := world(t)
	r.loan(t, c, frame.RuntimeCall{Pallet: 5, Index: 1, Args: &transfer{Dest: key("other")}})
	if err := r.finalize(c, frame.Signed(key("giver"))); err != r.loans.Error.InvalidOrigin {
		t.Errorf("a contributor finalizes: %v", err)
	}
	narrow := frame.Signed(key("creator")).Narrowed(func(call frame.RuntimeCall) bool { return call.Pallet == 3 })
	if err := r.finalize(c, narrow); err != r.sys.Error.CallFiltered {
		t.Errorf("a proxy that may not make the call finalizes: %v", err)
	}
	if err := r.finalize(c, frame.Signed(key("creator"))); err != nil {
		t.Fatal(err)
	}
	if got := r.money.Free(c, key("other")); got != 1300 {
		t.Errorf("the receiver has %d, want 1300", got)
	}
	if r.loans.Storage.CurrentCrowdloanId.Has(c.State) {
		t.Error("the crowdloan is still current")
	}
	if err := r.finalize(c, frame.Signed(key("creator"))); err != r.loans.Error.AlreadyFinalized {
		t.Errorf("finalizing twice: %v", err)
	}
}

func TestOneCrowdloanIsFinalizedAtATime(t *testing.T) {
	r, c := world(t)
	r.loan(t, c, frame.RuntimeCall{Pallet: 5, Index: 1, Args: &transfer{Dest: key("other")}})
	r.loans.Storage.CurrentCrowdloanId.Set(c.State, 7)
	if err := r.finalize(c, frame.Signed(key("creator"))); err != r.loans.Error.AlreadyFinalizing {
		t.Errorf("finalizing while another one is: %v", err)
	}
}

func TestALongCallIsKeptAsAPreimage(t *testing.T) {
	r, c := world(t)
	inner := frame.RuntimeCall{Pallet: 5, Index: 1, Args: &transfer{Dest: key("other")}}
	for range 10 { // crowdloans for crowdloans, until the call is longer than 128 bytes
		inner = frame.RuntimeCall{Pallet: 3, Index: 0, Args: &crowdloan.CreateArgs{Call: scale.Some(inner), TargetAddress: scale.Some(key("x"))}}
	}
	r.loan(t, c, inner)
	info, _ := r.loans.Storage.Crowdloans.TryGet(c.State, 0)
	if info.Call.Value.Lookup == nil {
		t.Fatalf("the call stands in its place: %+v", info.Call)
	}
	if got, n, err := r.calls.Peek(c, info.Call.Value); err != nil || n != info.Call.Value.Lookup.Len || string(scale.Marshal(&got)) != string(scale.Marshal(&inner)) {
		t.Errorf("the call cannot be found: %v", err)
	}
	for _, who := range []string{"giver"} {
		if err := r.loans.Withdraw(c.As(frame.Signed(key(who))), crowdloan.OnlyArgs{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.loans.Dissolve(c.As(frame.Signed(key("creator"))), crowdloan.OnlyArgs{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.calls.Peek(c, info.Call.Value); err != frame.Unavailable {
		t.Errorf("the call of a crowdloan that is gone: %v", err)
	}
	if r.money.Free(c, key("creator")) != 1000 {
		t.Error("the creator lost money")
	}
}
