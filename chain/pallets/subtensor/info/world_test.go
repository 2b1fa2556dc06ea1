package info_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/info"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/serving"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// world is a chain at one block, with the pallets that SubtensorModule needs.
type world struct {
	*subtensor.Pallet
	t        testing.TB
	money    *balances.Pallet
	c        *frame.Ctx
	methods  map[string]frame.MethodDescription
	versions map[string]uint32

	committed []info.Commitment
}

func account(b byte) bt.AccountID { return bt.AccountID{b, 31: b} }

// People of the tests: coldkeys and their hotkeys.
var (
	alice, bob, carol          = account(1), account(2), account(3)
	aliceHot, bobHot, carolHot = account(11), account(12), account(13)
)

func newWorld(t testing.TB, configs ...state.Config) *world {
	t.Helper()
	sys := system.New()
	w := &world{t: t, money: balances.New(sys), methods: map[string]frame.MethodDescription{}, versions: map[string]uint32{}}
	w.Pallet = subtensor.New(w.money, configs...)
	var compiled []*frame.Description
	for _, m := range []frame.Module{
		{Name: "System", Index: 0, Pallet: sys},
		{Name: "Balances", Index: 5, Pallet: w.money},
		{Name: subtensor.Name, Index: subtensor.Index, Pallet: w.Pallet},
		{Name: subtensor.SwapName, Index: subtensor.SwapIndex, Pallet: w.Pools.Swap},
		{Name: subtensor.AssetsName, Index: subtensor.AssetsIndex, Pallet: w.Pools.Assets},
		{Name: drand.Name, Index: drand.Index, Pallet: w.Drand},
	} {
		compiled = append(compiled, frame.Compile(m))
	}
	apis := info.APIs(w.Subnets, w.Epoch, func(*frame.Ctx, bt.NetUID) []info.Commitment { return w.committed })
	for _, a := range apis {
		w.versions[a.Name] = a.Version
		for _, m := range a.Compile() {
			w.methods[a.Name+"_"+m.Name] = m
		}
	}
	w.c = frame.NewCtx(storage.New(storage.Empty{}), &frame.Env{Table: frame.NewTable(compiled)}, frame.None())
	w.Build(w.c, subtensor.Genesis{RootOwner: alice, RootOwnerHotkey: aliceHot})
	return w
}

// by is the context of a call that an account signed.
func (w *world) by(who bt.AccountID) *frame.Ctx {
	return frame.NewCtx(w.c.State, w.c.Env, frame.Signed(who))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) mint(who bt.AccountID, tao bt.Rao) {
	w.t.Helper()
	w.must(w.money.Mint(w.c, who, tao*bt.Tao))
}

// raw calls a runtime function as clients do.
func (w *world) raw(method string, args []byte) []byte {
	w.t.Helper()
	m, ok := w.methods[method]
	if !ok {
		w.t.Fatalf("nothing answers %s", method)
	}
	out, err := m.Run(w.c, args)
	if err != nil {
		w.t.Fatalf("%s: %v", method, err)
	}
	return out
}

// ask calls a runtime function with arguments in their order and decodes the answer.
func ask[R any](w *world, method string, args ...any) (out R) {
	w.t.Helper()
	var raw []byte
	for _, a := range args {
		raw = scale.Append(raw, a)
	}
	if err := scale.Unmarshal(w.raw(method, raw), &out); err != nil {
		w.t.Fatalf("%s: %v", method, err)
	}
	return out
}

const home bt.NetUID = 2 // the subnet that settle registers

// settle gives the world a subnet of alice's with three neurons, an axon, stake, dividends and a lock, all by the calls that make them.
func settle(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, state.Fast)
	w.c.Env.Number = 5
	for _, who := range []bt.AccountID{alice, bob, carol} {
		w.mint(who, 100_000)
	}
	identity := state.SubnetIdentityV3{SubnetName: []byte("harbour"), SubnetURL: []byte("https://harbour.example")}
	w.must(w.Subnets.RegisterNetworkWithIdentity(w.by(alice), subnets.RegisterNetworkWithIdentity{Hotkey: aliceHot, Identity: scale.Some(identity)}))
	for _, id := range []bt.NetUID{0, home} {
		w.must(w.Subnets.StartCall(w.by(alice), subnets.StartCall{NetUID: id}))
	}
	for _, n := range []struct{ cold, hot bt.AccountID }{{bob, bobHot}, {carol, carolHot}} {
		w.c.Env.Number++
		w.Storage.RegistrationsThisBlock.Set(w.c.State, home, 0)
		w.must(w.Registration.BurnedRegister(w.by(n.cold), registration.BurnedRegister{NetUID: home, Hotkey: n.hot}))
	}
	w.must(w.Serving.ServeAxon(w.by(bobHot), serving.ServeAxon{NetUID: home, Version: 10, IP: scale.U128(1<<27 | 1), Port: 8091, IPType: 4}))
	w.must(w.Staking.AddStake(w.by(bob), staking.AddStake{Hotkey: aliceHot, NetUID: home, AmountStaked: 50 * bt.Tao}))
	w.must(w.Staking.AddStake(w.by(carol), staking.AddStake{Hotkey: carolHot, NetUID: home, AmountStaked: 20 * bt.Tao}))
	w.must(w.Registration.RootRegister(w.by(alice), registration.RootRegister{Hotkey: aliceHot}))
	w.must(w.Staking.AddStake(w.by(bob), staking.AddStake{Hotkey: aliceHot, NetUID: 0, AmountStaked: 10 * bt.Tao}))
	w.must(w.Staking.LockStake(w.by(bob), staking.LockStake{Hotkey: aliceHot, NetUID: home, Amount: 5_000_000_000}))

	// What an epoch would leave.
	st, s := &w.Storage, w.c.State
	st.Emission.Set(s, home, []bt.Alpha{7000, 0, 900})
	st.Incentive.Set(s, bt.NetUIDIndex(home), []state.PerU16{0, 65535, 12})
	st.Incentive.Set(s, bt.NetUIDIndex(4096+home), []state.PerU16{5, 6, 7})
	st.LastUpdate.Set(s, bt.NetUIDIndex(4096+home), []uint64{3, 2, 1})
	st.Consensus.Set(s, home, []state.PerU16{1, 2, 3})
	st.Dividends.Set(s, home, []state.PerU16{65535, 4, 5})
	st.ValidatorTrust.Set(s, home, []state.PerU16{100, 200, 300})
	st.ValidatorPermit.Set(s, home, []bool{true, false, true})
	st.AlphaDividendsPerSubnet.Set(s, home, aliceHot, 444)
	st.LastHotkeyEmissionOnNetuid.Set(s, carolHot, home, 900)
	st.PendingServerEmission.Set(s, home, 30)
	st.PendingValidatorEmission.Set(s, home, 12)
	st.LastMechansimStepBlock.Set(s, home, 4)
	st.Weights.Set(s, bt.NetUIDIndex(home), 0, []scale.Pair[uint16, uint16]{{A: 1, B: 65535}, {A: 2, B: 0}})
	st.Bonds.Set(s, bt.NetUIDIndex(home), 0, []scale.Pair[uint16, uint16]{{A: 1, B: 0}, {A: 2, B: 9}})
	st.MechanismCountCurrent.Set(s, home, 2)
	st.IdentitiesV2.Set(s, bob, state.ChainIdentityV2{Name: []byte("Bob")})
	st.MinerCollateral.Set(s, state.MinerCollateralKey{NetUID: home, Hotkey: carolHot, Coldkey: carol}, state.MinerCollateralState{Locked: 1, MinLocked: 2, Earned: 3})
	w.committed = []info.Commitment{{Hotkey: bobHot, Raw: []byte{9, 200}}}
	w.c.Env.Number = 20
	return w
}
