package crowdloan_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/recorded"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/crowdloan"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/vectors"
)

// purpose is the pallet whose calls crowdloans of upstream's test runtime make.
type purpose struct {
	Storage struct {
		PassedCrowdloanId storage.Value[uint32] `storage:"optional"`
	}
	Error struct {
		ShouldFail frame.Error `index:"0"`
	}
	Call struct {
		Noop                 frame.Call[none]     `index:"0"`
		TransferFunds        frame.Call[transfer] `index:"1"`
		SetPassedCrowdloanId frame.Call[none]     `index:"2"`
		FailingExtrinsic     frame.Call[none]     `index:"3"`
	}
	loans *crowdloan.Pallet
	money *balances.Pallet
}

type (
	none     struct{}
	transfer struct{ Dest bt.AccountID }
)

func (p *purpose) Noop(*frame.Ctx, none) error { return nil }

func (p *purpose) TransferFunds(c *frame.Ctx, a transfer) error {
	id, info, err := p.loans.Current(c)
	if err != nil {
		return err
	}
	p.Storage.PassedCrowdloanId.Set(c.State, id)
	return p.money.Transfer(c, info.FundsAccount, a.Dest, info.Raised, balances.Expendable)
}

func (p *purpose) SetPassedCrowdloanId(c *frame.Ctx, _ none) error {
	id, _, err := p.loans.Current(c)
	p.Storage.PassedCrowdloanId.Set(c.State, id)
	return err
}

func (p *purpose) FailingExtrinsic(*frame.Ctx, none) error { return p.Error.ShouldFail }

// runtime is upstream's test runtime of the pallet.
type runtime struct {
	sys   *system.Pallet
	money *balances.Pallet
	calls *preimage.Pallet
	loans *crowdloan.Pallet
	test  *purpose
	table *frame.Table
	names map[[2]uint8]string
}

func newRuntime() *runtime {
	r := &runtime{sys: system.New(), names: map[[2]uint8]string{}}
	r.money = balances.New(r.sys)
	r.money.Constants.ExistentialDeposit.Set(1)
	r.calls = preimage.New(r.money)
	r.loans = crowdloan.New(r.money, r.sys, r.calls, func() *frame.Table { return r.table }, false)
	r.loans.MayLeaveFunds = true
	k := &r.loans.Constants
	k.MinimumDeposit.Set(50)
	k.AbsoluteMinimumContribution.Set(10)
	k.MinimumBlockDuration.Set(20)
	k.MaximumBlockDuration.Set(100)
	k.RefundContributorsLimit.Set(5)
	k.MaxContributors.Set(10)
	r.test = &purpose{loans: r.loans, money: r.money}
	var compiled []*frame.Description
	for i, m := range []frame.Module{
		{Name: "System", Pallet: r.sys}, {Name: "Balances", Pallet: r.money}, {Name: "Crowdloan", Pallet: r.loans},
		{Name: "Preimage", Pallet: r.calls}, {Name: "TestPallet", Pallet: r.test},
	} {
		m.Index = uint8(i + 1)
		d := frame.Compile(m)
		for _, e := range d.Events {
			r.names[[2]uint8{d.Index, e.Index}] = e.Name
		}
		compiled = append(compiled, d)
	}
	r.table = frame.NewTable(compiled)
	return r
}

func (r *runtime) ctx(s *storage.State, block uint32) *frame.Ctx {
	env := &frame.Env{Number: block, Table: r.table}
	env.Guard = func(c *frame.Ctx, call frame.RuntimeCall) error {
		if !c.Origin.Permits(call) {
			return r.sys.Error.CallFiltered
		}
		return nil
	}
	return frame.NewCtx(s, env, frame.None())
}

// Keys of Crowdloans begin with this; block numbers of upstream's test runtime have eight bytes.
const loansPrefix = "3d9cad2baf702e20b136f4c8900cd802a2cb009a4b2e5c088ba7ef196ed50206"

func cut(text string, at int) string { return text[:2*at+8] + text[2*at+16:] }

func narrow(key, value string) string {
	if strings.HasPrefix(key, loansPrefix) {
		return cut(value, 32+8+8)
	}
	return value
}

func narrowEvent(name, data string) string {
	switch name {
	case "Created":
		return cut(data, 2+4+32)
	case "EndUpdated":
		return cut(data, 2+4)
	}
	return data
}

func TestReplay(t *testing.T) {
	calls := 0
	for _, trace := range recorded.Traces(t, vectors.Bytes(t, "crowdloan.jsonl")) {
		t.Run(trace.Test, func(t *testing.T) {
			r := newRuntime()
			s := storage.New(nil)
			apply := func(rows map[string]*string) {
				for k, v := range rows {
					k = strings.TrimPrefix(k, "0x")
					if v == nil {
						s.Delete(recorded.Bytes(t, k))
						continue
					}
					s.Set(recorded.Bytes(t, k), recorded.Bytes(t, narrow(k, strings.TrimPrefix(*v, "0x"))))
				}
			}
			first := map[string]*string{}
			for k, v := range trace.State {
				first[k] = &v
			}
			apply(first)
			for n, op := range trace.Ops {
				apply(op.Set)
				if op.Pallet == "Crowdloan" && op.Call != "" {
					calls++
					r.replay(t, n, &op, s)
				}
				apply(op.Changes)
			}
		})
	}
	if calls != 106 {
		t.Errorf("%d calls replayed, 106 are recorded", calls)
	}
}

func (r *runtime) replay(t *testing.T, n int, op *recorded.Operation, s *storage.State) {
	t.Helper()
	call, err := r.table.Decode(append([]byte{3}, recorded.Bytes(t, op.Encoded)...))
	if err != nil {
		t.Fatalf("operation %d, %s: %v", n, op.Call, err)
	}
	work := storage.New(s)
	c := r.ctx(work, op.Number(t))
	got := recorded.Result(c.Dispatch(op.By(t, nil), call).Err)
	if got != op.Result {
		t.Errorf("operation %d, %s: %s, want %s", n, op.Call, got, op.Result)
		return
	}
	want := map[string]string{}
	for k, v := range op.Changes {
		k = strings.TrimPrefix(k, "0x")
		if want[k] = recorded.Removed; v != nil {
			want[k] = narrow(k, strings.TrimPrefix(*v, "0x"))
		}
	}
	if diff := cmp.Diff(want, recorded.Rows(work.Changes())); diff != "" {
		t.Errorf("operation %d, %s: %s", n, op.Call, diff)
	}
	var wantEvents, events []string
	for _, e := range op.Events {
		wantEvents = append(wantEvents, e.Name+" "+narrowEvent(e.Name, e.Data[2:]))
	}
	for _, e := range c.Env.Events {
		events = append(events, r.names[[2]uint8{e.Data[0], e.Data[1]}]+" "+hex.EncodeToString(e.Data))
	}
	if diff := cmp.Diff(wantEvents, events); diff != "" {
		t.Errorf("operation %d, %s: events %s", n, op.Call, diff)
	}
}
