package registration_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/pow"
)

// subnet is what the tests register in.
const subnet = bt.NetUID(2)

// world is SubtensorModule over an own state, with one subnet that an owner registered and started in block 1.
type world struct {
	t testing.TB
	*subtensor.Pallet
	money  *balances.Pallet
	system *system.Pallet
	c      *frame.Ctx
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, system: system.New()}
	w.money = balances.New(w.system)
	w.Pallet = subtensor.New(w.money)
	var compiled []*frame.Description
	for _, m := range []frame.Module{
		{Name: "System", Index: 0, Pallet: w.system},
		{Name: "Balances", Index: 5, Pallet: w.money},
		{Name: subtensor.Name, Index: subtensor.Index, Pallet: w.Pallet},
		{Name: subtensor.SwapName, Index: subtensor.SwapIndex, Pallet: w.Pools.Swap},
		{Name: subtensor.AssetsName, Index: subtensor.AssetsIndex, Pallet: w.Pools.Assets},
		{Name: rules.Name, Index: rules.Index, Pallet: w.Pools.Rules},
	} {
		compiled = append(compiled, frame.Compile(m))
	}
	w.c = frame.NewCtx(storage.New(nil), &frame.Env{Author: key("author"), Table: frame.NewTable(compiled), Guard: w.Guard}, frame.None())
	w.Build(w.c, subtensor.Genesis{})
	w.at(1)
	w.fund("owner", 100_000)
	w.do("owner", 59, &subnets.RegisterNetwork{Hotkey: key("owner hotkey")})
	w.do("owner", 92, &subnets.StartCall{NetUID: subnet})
	w.at(20)
	w.Storage.MinDifficulty.Set(w.c.State, subnet, 1)
	w.Storage.Difficulty.Set(w.c.State, subnet, 64)
	return w
}

// key is an account named by a text.
func key(name string) (a bt.AccountID) {
	copy(a[:], name)
	return a
}

// hashOf is the hash of a block in these tests.
func hashOf(block uint32) (h bt.Hash) {
	copy(h[:], "block")
	h[30], h[31] = byte(block>>8), byte(block)
	return h
}

// at goes to a block without its hooks; the hashes of the blocks before are known.
func (w *world) at(block uint32) {
	w.c.Env.Number, w.c.Env.Parent = block, hashOf(block-1)
	for n := block - min(block, 10); n < block; n++ {
		w.system.Storage.BlockHash.Set(w.c.State, n, hashOf(n))
	}
}

// next begins the next block.
func (w *world) next() {
	w.at(w.c.Env.Number + 1)
	w.OnInitialize(w.c)
}

func (w *world) fund(name string, tao bt.Rao) {
	w.t.Helper()
	if err := w.money.Mint(w.c, key(name), tao*bt.Tao); err != nil {
		w.t.Fatal(err)
	}
	w.Storage.TotalIssuance.Mutate(w.c.State, func(total *bt.Rao) { *total += tao * bt.Tao })
}

// try dispatches a call of SubtensorModule, as a transaction would.
func (w *world) try(who string, index uint8, args any) error {
	return w.c.Dispatch(frame.Signed(key(who)), frame.RuntimeCall{Pallet: subtensor.Index, Index: index, Args: args}).Err
}

func (w *world) do(who string, index uint8, args any) {
	w.t.Helper()
	if err := w.try(who, index, args); err != nil {
		w.t.Fatalf("call %d of %q: %v", index, who, err)
	}
}

// fails is try that must fail with an error and leave no trace; the pool must say the same when judged is set.
func (w *world) fails(want error, who string, index uint8, args any, judged bool) {
	w.t.Helper()
	before, events := w.c.State.Changes(), len(w.c.Env.Events)
	if got := w.try(who, index, args); got != want {
		w.t.Errorf("call %d of %q %+v: error %v, want %v", index, who, args, got, want)
	}
	if judged {
		code := w.Judge(w.c.As(frame.Signed(key(who))), frame.RuntimeCall{Pallet: subtensor.Index, Index: index, Args: args})
		if code == nil || *code != w.ValidityCode(want) {
			w.t.Errorf("call %d of %q %+v: the pool says %v, want %d", index, who, args, code, w.ValidityCode(want))
		}
	}
	same := func(a, b storage.Change) bool { return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) }
	if !slices.EqualFunc(before, w.c.State.Changes(), same) || len(w.c.Env.Events) != events {
		w.t.Errorf("call %d of %q failed, but changed the state", index, who)
	}
}

// The indices of the calls.
const register, burnedRegister, faucet, powRegister = 6, 7, 60, 152

// solve searches the first nonce from a start that meets a difficulty; with miss it searches the first that does not.
func solve(t testing.TB, p pow.Puzzle, from, difficulty uint64, miss bool) (uint64, pow.Seal) {
	t.Helper()
	return search(t, p, from, func(s pow.Seal) bool { return s.Meets(difficulty) != miss })
}

// solveBig is solve for the call register: it reads seals big-endian.
func solveBig(t testing.TB, p pow.Puzzle, difficulty uint64, miss bool) (uint64, pow.Seal) {
	t.Helper()
	return search(t, p, 0, func(s pow.Seal) bool { return s.MeetsBigEndian(difficulty) != miss })
}

func search(t testing.TB, p pow.Puzzle, from uint64, good func(pow.Seal) bool) (uint64, pow.Seal) {
	t.Helper()
	for nonce := from; nonce < from+10_000_000; nonce++ {
		if s := p.Seal(nonce); good(s) {
			return nonce, s
		}
	}
	t.Fatal("no nonce is good")
	return 0, pow.Seal{}
}

// proof is a call of pow_register with work over a block, at the subnet's present difficulty.
func (w *world) proof(coldkey, hotkey string, block uint32) *registration.PowRegister {
	w.t.Helper()
	p := pow.Register(uint16(subnet), hashOf(block), key(hotkey), key(coldkey))
	nonce, seal := solve(w.t, p, 0, w.Storage.Difficulty.Get(w.c.State, subnet), false)
	return &registration.PowRegister{NetUID: subnet, WorkBlock: uint64(block), Nonce: nonce, Work: seal, Hotkey: key(hotkey)}
}

// work is a call of register with work over a block, at the subnet's present difficulty.
func (w *world) work(coldkey, hotkey string, block uint32) *registration.Register {
	w.t.Helper()
	nonce, seal := solveBig(w.t, pow.Legacy(hashOf(block), key(hotkey)), w.Storage.Difficulty.Get(w.c.State, subnet), false)
	return &registration.Register{NetUID: subnet, BlockNumber: uint64(block), Nonce: nonce, Work: seal[:], Hotkey: key(hotkey), Coldkey: key(coldkey)}
}

// open lets neurons come by work: by pow_register, and where historic is set by register, too.
func (w *world) open(historic bool) {
	w.Storage.NetworkPowRegistrationAllowed.Set(w.c.State, subnet, true)
	if historic {
		w.Pools.Rules.Storage.Registration.Set(w.c.State, subnet, rules.ProofOfWork)
	}
}

// uid is where a hotkey sits, or -1.
func (w *world) uid(hotkey string) int {
	if uid, ok := w.Storage.Uids.TryGet(w.c.State, subnet, key(hotkey)); ok {
		return int(uid)
	}
	return -1
}
