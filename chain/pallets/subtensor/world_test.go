package subtensor_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
)

// world is SubtensorModule with the pallets it needs over an own state, from genesis on.
type world struct {
	t testing.TB
	*subtensor.Pallet
	money *balances.Pallet
	fees  *payment.Pallet
	c     *frame.Ctx
	table *frame.Table
}

func newWorld(t testing.TB, configs ...state.Config) *world {
	sys := system.New()
	w := &world{t: t, money: balances.New(sys)}
	w.Pallet = subtensor.New(w.money, configs...)
	w.fees = payment.New(sys, w.money)
	w.fees.SetFallback(staking.AlphaFees{Room: w.Staking})
	var compiled []*frame.Description
	for _, m := range []frame.Module{
		{Name: "System", Index: 0, Pallet: sys},
		{Name: "Balances", Index: 5, Pallet: w.money},
		{Name: "TransactionPayment", Index: 6, Pallet: w.fees},
		{Name: subtensor.Name, Index: subtensor.Index, Pallet: w.Pallet},
		{Name: subtensor.SwapName, Index: subtensor.SwapIndex, Pallet: w.Pools.Swap},
		{Name: subtensor.AssetsName, Index: subtensor.AssetsIndex, Pallet: w.Pools.Assets},
		{Name: drand.Name, Index: drand.Index, Pallet: w.Drand},
	} {
		compiled = append(compiled, frame.Compile(m))
	}
	w.table = frame.NewTable(compiled)
	w.c = frame.NewCtx(storage.New(nil), &frame.Env{Number: 1, Author: key("author"), Table: w.table, Guard: w.Guard}, frame.None())
	w.Build(w.c, subtensor.Genesis{RootOwner: key("root owner"), RootOwnerHotkey: key("root hotkey")})
	w.fund("author", 1)
	return w
}

// key is an account named by a text.
func key(name string) (a bt.AccountID) {
	copy(a[:], name)
	return a
}

// fund gives an account TAO that SubtensorModule counts as issued.
func (w *world) fund(name string, tao bt.Rao) {
	w.t.Helper()
	if err := w.money.Mint(w.c, key(name), tao*bt.Tao); err != nil {
		w.t.Fatal(err)
	}
	w.Storage.TotalIssuance.Mutate(w.c.State, func(total *bt.Rao) { *total += tao * bt.Tao })
}

// try dispatches a call of SubtensorModule, as a transaction would.
func (w *world) try(who string, index uint8, args any) error {
	origin := frame.Signed(key(who))
	if who == "root" {
		origin = frame.Root()
	}
	return w.c.Dispatch(origin, frame.RuntimeCall{Pallet: subtensor.Index, Index: index, Args: args}).Err
}

// do is try that must succeed.
func (w *world) do(who string, index uint8, args any) {
	w.t.Helper()
	if err := w.try(who, index, args); err != nil {
		w.t.Fatalf("call %d of %q: %v", index, who, err)
	}
}

// fails is try that must fail with an error, and change nothing.
func (w *world) fails(want error, who string, index uint8, args any) {
	w.t.Helper()
	before := len(w.c.State.Changes())
	if got := w.try(who, index, args); got != want {
		w.t.Errorf("call %d of %q %+v: error %v, want %v", index, who, args, got, want)
	}
	if after := len(w.c.State.Changes()); after != before {
		w.t.Errorf("call %d of %q failed, but %d rows became %d", index, who, before, after)
	}
}

// at goes to a block.
func (w *world) at(block uint32) { w.c.Env.Number = block }

// The indices of calls.
const (
	addStake, removeStake, serveAxon, servePrometheus, register, burnedRegister = 2, 3, 4, 5, 6, 7
	serveAxonTLS, registerNetwork, dissolve, rootRegister, lowerTake, raiseTake = 40, 59, 61, 62, 65, 66
	setIdentity, setSubnetIdentity, registerWithIdentity                        = 68, 78, 79
	unstakeAll, unstakeAllAlpha, moveStake, transferStake, swapStake            = 83, 84, 85, 86, 87
	addStakeLimit, removeStakeLimit, swapStakeLimit, associate, startCall       = 88, 89, 90, 91, 92
	removeStakeFullLimit, updateSymbol, autoStake, registerLimit                = 103, 112, 114, 134
	recycleAlpha, burnAlpha, addStakeBurn, moveLock, associateEvmKey            = 101, 102, 132, 137, 93
	claimRoot, setClaimType, setNumClaims, setClaimThreshold, claimRootOn       = 121, 122, 123, 124, 148
	scheduleSwapColdkey, transferStakeAndHotkey, moveStakeLimit                 = 73, 143, 149
)

// subnet registers a subnet for an owner, and starts it.
func (w *world) subnet(owner string) bt.NetUID {
	w.t.Helper()
	w.fund(owner, 100_000)
	netuid := bt.NetUID(1)
	for w.Pools.Exists(w.c, netuid) {
		netuid++
	}
	w.do(owner, registerNetwork, &subnets.RegisterNetwork{Hotkey: key(owner + " hotkey")})
	w.do(owner, startCall, &subnets.StartCall{NetUID: netuid})
	return netuid
}

// miner funds a coldkey and registers a hotkey of it.
func (w *world) miner(coldkey, hotkey string, netuid bt.NetUID) {
	w.t.Helper()
	w.fund(coldkey, 10_000)
	w.do(coldkey, burnedRegister, &registration.BurnedRegister{NetUID: netuid, Hotkey: key(hotkey)})
}

func (w *world) stake(coldkey, hotkey string, netuid bt.NetUID) bt.Alpha {
	return w.Pools.Stake(w.c, key(hotkey), key(coldkey), netuid)
}

// sound checks what must hold after every call: both issuances are what accounts hold, custody covers the pools, and what is out of each subnet's
// alpha covers what is staked.
func (w *world) sound() {
	w.t.Helper()
	s := w.c.State
	var held bt.Rao
	sys := system.New()
	frame.Compile(frame.Module{Name: "System", Pallet: sys})
	for _, a := range sys.Storage.Account.All(s) {
		held += a.Data.Free + a.Data.Reserved
	}
	if total := w.money.TotalIssuance(w.c); held != total {
		w.t.Errorf("accounts hold %v, issued are %v", held, total)
	}
	if total := w.Storage.TotalIssuance.Get(s); held != total {
		w.t.Errorf("accounts hold %v, SubtensorModule counts %v", held, total)
	}
	staked := map[bt.NetUID]bt.Alpha{}
	for key, amount := range w.Storage.TotalHotkeyAlpha.All(s) {
		staked[key.B] += amount
		var shares bt.Alpha
		for h := range w.Storage.AlphaV2.Of(s, state.AlphaV2Key{Hotkey: key.A}, 1) {
			if h.NetUID == key.B {
				shares += w.Pools.Stake(w.c, h.Hotkey, h.Coldkey, h.NetUID)
			}
		}
		if shares > amount || amount-shares > 8 {
			w.t.Errorf("shares in %v on %d are worth %v, together %v", key.A, key.B, shares, amount)
		}
	}
	for netuid := range w.Storage.NetworksAdded.Keys(s) {
		if out := w.Storage.SubnetAlphaOut.Get(s, netuid); staked[netuid] > out {
			w.t.Errorf("subnet %d: %v staked, %v out", netuid, staked[netuid], out)
		}
		if netuid == 1 {
			continue // its first TAO is nobody's
		}
		pool, custody := w.Storage.SubnetTAO.Get(s, netuid), w.money.Free(w.c, w.Pools.CustodyAccount(netuid))
		if custody < pool {
			w.t.Errorf("subnet %d: the pool has %v, custody %v", netuid, pool, custody)
		}
	}
}
