package registration_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/pow"
	"github.com/myelin-go/myelin/scale"
)

// open1 is the subnet of genesis, opened for work of any kind at difficulty 1.
const open1 = bt.NetUID(1)

// network is the whole chain of Bittensor in memory.
type network struct {
	t       testing.TB
	r       *chain.Runtime
	module  *subtensor.Pallet
	state   *chaintest.Memory
	head    bt.Header
	genesis bt.Hash
	now     uint64
}

func newNetwork(t testing.TB) *network {
	c := genesis.Bittensor(genesis.Localnet())
	head, rows := c.Genesis()
	n := &network{t: t, r: c.Runtime, module: chain.Pallet[subtensor.Pallet](c.Runtime), state: chaintest.New(rows), head: head, genesis: head.Hash(), now: 1e12}
	n.change(func(s *storage.State) {
		n.module.Storage.NetworkPowRegistrationAllowed.Set(s, open1, true)
		n.module.Storage.MinDifficulty.Set(s, open1, 1)
		n.module.Storage.Difficulty.Set(s, open1, 1)
	})
	for range 8 {
		n.block()
	}
	return n
}

// change writes into the state between two blocks.
func (n *network) change(fn func(s *storage.State)) {
	s := storage.New(n.state)
	fn(s)
	n.state.Commit(s.Changes())
}

func pair(t testing.TB, uri string) *keys.Pair {
	p, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (n *network) sign(who *keys.Pair, nonce bt.Nonce, pallet, index uint8, args any) bt.Extrinsic {
	call := scale.Append([]byte{pallet, index}, args)
	extra := bt.Extra{Nonce: nonce}
	v := n.r.Version()
	implicit := bt.Implicit{SpecVersion: v.SpecVersion, TransactionVersion: v.TransactionVersion, Genesis: n.genesis, Birth: n.genesis}
	sig := [64]byte(who.Sign(bt.SigningPayload(call, extra, implicit)))
	return bt.Parsed{Signed: &bt.Signed{Address: bt.AddressOf(who.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: extra}, Call: call}.Encode()
}

// block makes a block of the transactions that are valid, and returns why the others were refused and how those within ended.
func (n *network) block(xs ...bt.Extrinsic) (refused []error, ended []chain.Outcome) {
	n.t.Helper()
	n.now += 250
	b, err := n.r.Begin(n.state, &n.head, n.now, bt.AccountID{}, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	k := n.r.Checker(n.state, &n.head)
	for _, x := range xs {
		checked, err := k.Check(x)
		if err != nil {
			n.t.Fatal(err)
		}
		out, err := b.Apply(checked)
		refused = append(refused, err)
		ended = append(ended, out)
	}
	out := b.Finish()
	n.state.Commit(out.Changes)
	n.head = out.Header
	return refused, ended
}

// work is a call of pow_register over a block before the head: 0 is the head.
func (n *network) work(coldkey, hotkey bt.AccountID, back uint32) *registration.PowRegister {
	block := n.head.Number - back
	p := pow.Register(uint16(open1), n.hash(block), hotkey, coldkey)
	return &registration.PowRegister{NetUID: open1, WorkBlock: uint64(block), Work: p.Seal(0), Hotkey: hotkey}
}

func (n *network) hash(block uint32) bt.Hash {
	if block == n.head.Number {
		return n.head.Hash()
	}
	var system struct {
		BlockHash storage.Map[storage.Twox64Concat, bt.BlockNumber, bt.Hash]
	}
	storage.Bind("System", &system)
	return system.BlockHash.Get(storage.New(n.state), block)
}

func (n *network) validate(x bt.Extrinsic) (chain.Validity, error) {
	return n.r.Validate(n.state, &n.head, x, chain.External)
}

// code is the custom code of an invalid transaction, or -1.
func code(err error) int {
	var bad *chain.InvalidTransaction
	if errors.As(err, &bad) && bad.Reason == chain.Custom {
		return int(bad.Code)
	}
	return -1
}

func TestPoolTakesWorkAsLongAsItIsGood(t *testing.T) {
	n := newNetwork(t)
	miner, hotkey := pair(t, "//Miner"), pair(t, "//MinerHotkey").Public()
	for back := range uint32(7) {
		a := n.work(miner.Public(), hotkey, back)
		v, err := n.validate(n.sign(miner, 0, subtensor.Index, powRegister, a))
		if back > 4 { // six blocks old where it would be executed
			if code(err) != 255 {
				t.Errorf("%d blocks behind the head: %v", back, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d blocks behind the head: %v", back, err)
		}
		if want := uint64(5 - back); v.Longevity != want {
			t.Errorf("%d blocks behind the head: longevity %d, want %d", back, v.Longevity, want)
		}
		tag := append([]byte("pow-registration"), hotkey[:]...)
		tag = binary.LittleEndian.AppendUint64(tag, uint64(n.head.Number-back))
		if len(v.Provides) != 2 || !bytes.Equal(v.Provides[1], tag) || len(tag) != 56 {
			t.Errorf("%d blocks behind the head: tags %x, want %x beside the nonce", back, v.Provides, tag)
		}
	}
}

func TestPoolSaysWhyWorkIsBad(t *testing.T) {
	n := newNetwork(t)
	miner, hotkey := pair(t, "//Miner"), pair(t, "//MinerHotkey").Public()
	n.change(func(s *storage.State) {
		n.module.Storage.Owner.Set(s, pair(t, "//Taken").Public(), pair(t, "//Bob").Public())
	})
	for _, c := range []struct {
		name   string
		want   int
		change func(a *registration.PowRegister)
	}{
		{"no such subnet", 3, func(a *registration.PowRegister) { a.NetUID = 77 }},
		{"root", 255, func(a *registration.PowRegister) { a.NetUID = 0 }},
		{"another's hotkey", 25, func(a *registration.PowRegister) { *a = *n.work(miner.Public(), pair(t, "//Taken").Public(), 0) }},
		{"another nonce", 255, func(a *registration.PowRegister) { a.Nonce = 1 }},
		{"a block to come", 255, func(a *registration.PowRegister) { a.WorkBlock = uint64(n.head.Number) + 1 }},
		{"the end of time", 255, func(a *registration.PowRegister) { a.WorkBlock = 1<<64 - 1 }},
	} {
		a := *n.work(miner.Public(), hotkey, 0)
		c.change(&a)
		x := n.sign(miner, 0, subtensor.Index, powRegister, &a)
		if _, err := n.validate(x); code(err) != c.want {
			t.Errorf("%s: %v, want custom error %d", c.name, err, c.want)
		}
		if refused, _ := n.block(x); code(refused[0]) != c.want {
			t.Errorf("%s: in a block %v, want custom error %d", c.name, refused[0], c.want)
		}
	}
}

// Work costs nothing: the coldkey needs no account. Within a batch it is judged only when it is executed, and so it is paid for.
func TestWorkIsFree(t *testing.T) {
	n := newNetwork(t)
	miner, hotkey := pair(t, "//Miner"), pair(t, "//MinerHotkey").Public()
	a := n.work(miner.Public(), hotkey, 0)
	x := n.sign(miner, 0, subtensor.Index, powRegister, a)
	refused, ended := n.block(x)
	if refused[0] != nil || ended[0].Err != nil || ended[0].Fee != 0 {
		t.Fatalf("refused %v, ended %+v", refused[0], ended[0])
	}
	if !n.module.Storage.Uids.Has(storage.New(n.state), open1, hotkey) {
		t.Fatal("the hotkey has no uid")
	}
	if _, err := n.validate(n.sign(miner, 1, subtensor.Index, powRegister, a)); code(err) != 255 {
		t.Errorf("the same work again: %v", err)
	}

	alice := pair(t, "//Alice")
	bad := n.work(alice.Public(), pair(t, "//AliceHotkey").Public(), 0)
	bad.Nonce++
	within := frame.RuntimeCall{Pallet: subtensor.Index, Index: powRegister, Args: bad}
	paid := frame.RuntimeCall{Args: &system.RemarkArgs{}}
	for i, calls := range [][]frame.RuntimeCall{{within}, {within, paid}, {paid, within}} {
		batch := n.sign(alice, bt.Nonce(i), 11, 0, &utility.Calls{Calls: calls})
		if _, err := n.validate(batch); err != nil {
			t.Errorf("batch %d with bad work: %v", i, err)
		}
		if refused, ended := n.block(batch); refused[0] != nil || ended[0].Fee == 0 {
			t.Errorf("batch %d with bad work: refused %v, fee %d", i, refused[0], ended[0].Fee)
		}
	}
	if n.module.Storage.Uids.Has(storage.New(n.state), open1, bad.Hotkey) {
		t.Error("bad work within a batch opened the subnet")
	}
}

// The call register is paid for, but not where work is its price: then a hotkey without an account can sign it.
func TestRegisterIsFreeWhereItTakesWork(t *testing.T) {
	n := newNetwork(t)
	hotkey, coldkey := pair(t, "//MinerHotkey"), pair(t, "//Miner").Public()
	work := func() *registration.Register {
		seal := pow.Legacy(n.head.Hash(), hotkey.Public()).Seal(0)
		return &registration.Register{NetUID: open1, BlockNumber: uint64(n.head.Number), Work: seal[:], Hotkey: hotkey.Public(), Coldkey: coldkey}
	}
	sign := func(a *registration.Register) bt.Extrinsic { return n.sign(hotkey, 0, subtensor.Index, register, a) }
	var bad *chain.InvalidTransaction
	if _, err := n.validate(sign(work())); !errors.As(err, &bad) || bad.Reason != chain.Payment {
		t.Errorf("on a subnet that sells its uids: %v, want a refusal for want of payment", err)
	}
	n.change(func(s *storage.State) { n.module.Pools.Rules.Storage.Registration.Set(s, open1, rules.ProofOfWork) })
	v, err := n.validate(sign(work()))
	if err != nil || v.Longevity != 2 || len(v.Provides) != 2 {
		t.Fatalf("on a subnet that takes work: %v, %+v", err, v)
	}
	wrong := work()
	wrong.Nonce++
	if _, err := n.validate(sign(wrong)); code(err) != 255 {
		t.Errorf("wrong work: %v", err)
	}
	refused, ended := n.block(sign(work()))
	if refused[0] != nil || ended[0].Err != nil || ended[0].Fee != 0 {
		t.Fatalf("refused %v, ended %+v", refused[0], ended[0])
	}
	if got := n.module.Storage.Owner.Get(storage.New(n.state), hotkey.Public()); got != coldkey {
		t.Errorf("the owner is %v, want the coldkey that the hotkey named", got)
	}
}

func TestFaucetOfTheNetwork(t *testing.T) {
	n := newNetwork(t)
	poor := pair(t, "//Poor")
	x := n.sign(poor, 0, subtensor.Index, faucet, &registration.Faucet{BlockNumber: uint64(n.head.Number), Work: make([]byte, 32)})
	if refused, _ := n.block(x); code(refused[0]) != 255 {
		t.Errorf("a chain without faucet: %v", refused[0])
	}
}
