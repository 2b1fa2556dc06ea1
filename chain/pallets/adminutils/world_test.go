package adminutils_test

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/adminutils"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
)

var (
	owner    = frame.Signed(bt.AccountID{1})
	stranger = frame.Signed(bt.AccountID{2})
	hotkey   = frame.Signed(bt.AccountID{3}) // stands for the owner on subnet 1
)

// tester is what is common to tests and random ones.
type tester interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

// world is the pallet over a network with subnet 1, whose owner is owner, in the midst of a tempo.
type world struct {
	t      tester
	p      *adminutils.Pallet
	module *subtensor.Pallet
	money  *balances.Pallet
	calls  map[uint8]frame.CallVariant
	c      *frame.Ctx
}

// The subnet's last epoch was at block 1000, and it is block 1100 now; the next epoch is at 1360, and settings are frozen from 1351 on.
const lastEpoch, now, thaw, freeze = 1000, 1100, 1350, 1351

func newWorld(t tester) *world {
	t.Helper()
	sys := system.New()
	w := &world{t: t, money: balances.New(sys), calls: map[uint8]frame.CallVariant{}}
	w.module = subtensor.New(w.money)
	w.p = adminutils.New(w.module)
	table := frame.NewTable([]*frame.Description{
		frame.Compile(frame.Module{Name: "System", Index: 0, Pallet: sys}),
		frame.Compile(frame.Module{Name: "Balances", Index: 5, Pallet: w.money}),
		frame.Compile(frame.Module{Name: subtensor.Name, Index: subtensor.Index, Pallet: w.module}),
		frame.Compile(frame.Module{Name: subtensor.SwapName, Index: subtensor.SwapIndex, Pallet: w.module.Pools.Swap}),
		frame.Compile(frame.Module{Name: subtensor.AssetsName, Index: subtensor.AssetsIndex, Pallet: w.module.Pools.Assets}),
		w.describe(),
	})
	w.c = frame.NewCtx(storage.New(nil), &frame.Env{Number: now, Table: table}, frame.None())
	w.module.Build(w.c, subtensor.Genesis{})
	st, s := &w.module.Storage, w.c.State
	st.SubnetOwner.Set(s, 1, bt.AccountID{1})
	st.SubnetOwnerHotkey.Set(s, 1, bt.AccountID{3})
	st.Tempo.Set(s, 1, 360)
	st.LastEpochBlock.Set(s, 1, lastEpoch)
	st.LastEpochBlock.Set(s, 0, now-1)     // its tempo is another
	st.LastEpochBlock.Set(s, 9, lastEpoch) // of no subnet: so that the freeze is not what refuses it
	st.NetworkPowRegistrationAllowed.Set(s, 1, true)
	st.LiquidAlphaOn.Set(s, 1, true)
	st.SubnetworkN.Set(s, 1, 70)
	return w
}

func (w *world) describe() *frame.Description {
	d := frame.Compile(frame.Module{Name: adminutils.Name, Index: adminutils.Index, Pallet: w.p})
	for _, call := range d.Calls {
		w.calls[call.Index] = call
	}
	return d
}

// call dispatches a call of AdminUtils with encoded arguments, and returns the name of the error, empty if there is none.
func (w *world) call(origin frame.Origin, index uint8, args ...[]byte) string {
	w.t.Helper()
	raw := []byte{adminutils.Index, index}
	for _, arg := range args {
		raw = append(raw, arg...)
	}
	call, err := w.c.Env.Table.Decode(raw)
	if err != nil {
		w.t.Fatalf("call %d with %x: %v", index, args, err)
	}
	return name(w.c.Dispatch(origin, call).Err)
}

func name(err error) string {
	var e frame.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Name
	}
	return err.Error()
}

// rows is all of the state.
func (w *world) rows() map[string]string {
	out := map[string]string{}
	for _, change := range w.c.State.Changes() {
		if change.Value != nil {
			out[hex.EncodeToString(change.Key)] = hex.EncodeToString(change.Value)
		}
	}
	return out
}

// changed names the items whose rows differ from before, sorted, and the value of the last row of each.
func (w *world) changed(before map[string]string) map[string]string {
	out, after := map[string]string{}, w.rows()
	items := storage.Items(&w.module.Storage)
	note := func(key, value string) {
		for _, it := range items {
			if strings.HasPrefix(key, hex.EncodeToString(it.Prefix[:])) {
				out[it.Name] = value
				return
			}
		}
		out[key] = value
	}
	for key, value := range after {
		if old, ok := before[key]; !ok || old != value {
			note(key, value)
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok {
			note(key, "removed")
		}
	}
	return out
}
