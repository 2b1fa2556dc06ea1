package chain_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/timestamp"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
)

// net is a small chain in memory.
type net struct {
	testing.TB
	r        *chain.Runtime
	state    *chaintest.Memory
	head     bt.Header
	genesis  bt.Hash
	now      uint64
	author   bt.AccountID
	balances *balances.Pallet
	system   *system.Pallet
	payment  *payment.Pallet
	sudo     *sudo.Pallet
}

var (
	alice = mustKey("//Alice")
	bob   = mustKey("//Bob")
	carol = mustKey("//Charlie")
	one   = mustKey("//One")
)

func mustKey(uri string) *keys.Pair {
	p, err := keys.FromURI(uri)
	if err != nil {
		panic(err)
	}
	return p
}

const richFree = 1_000_000 * bt.Tao

func newNet(t testing.TB, change ...func(*chain.Config)) *net {
	n := &net{TB: t, now: 1_000_000, author: one.Public()}
	var table *frame.Table
	n.system = system.New()
	n.balances = balances.New(n.system)
	n.payment = payment.New(n.system, n.balances)
	n.sudo = sudo.New(func() *frame.Table { return table })
	cfg := chain.Config{
		SpecVersion: 461, TransactionVersion: 1, ExtensionWeight: frame.Weight{RefTime: 60_000_000, ProofSize: 4198},
		Modules: []frame.Module{
			{Name: "System", Index: 0, Pallet: n.system},
			{Name: "Timestamp", Index: 2, Pallet: timestamp.New(125)},
			{Name: "Balances", Index: 5, Pallet: n.balances},
			{Name: "TransactionPayment", Index: 6, Pallet: n.payment},
			{Name: "Sudo", Index: 12, Pallet: n.sudo},
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	n.r = chain.New(cfg)
	table = n.r.Table()
	head, rows := n.r.Genesis(func(c *frame.Ctx) {
		for _, k := range []*keys.Pair{alice, bob} {
			if err := n.balances.Mint(c, k.Public(), richFree); err != nil {
				t.Fatal(err)
			}
		}
		n.sudo.Storage.Key.Set(c.State, alice.Public())
	})
	n.head, n.genesis, n.state = head, head.Hash(), chaintest.New(rows)
	return n
}

// sign makes an immortal extrinsic.
func (n *net) sign(who *keys.Pair, nonce bt.Nonce, call []byte) bt.Extrinsic {
	return n.signExtra(who, bt.Extra{Nonce: nonce}, n.genesis, call)
}

func (n *net) signExtra(who *keys.Pair, extra bt.Extra, birth bt.Hash, call []byte) bt.Extrinsic {
	return signed(who, extra, bt.Implicit{SpecVersion: 461, TransactionVersion: 1, Genesis: n.genesis, Birth: birth}, call)
}

// signHash signs with a mode of CheckMetadataHash and a metadata hash, which need not fit.
func (n *net) signHash(who *keys.Pair, nonce bt.Nonce, mode uint8, hash scale.Option[bt.Hash], call []byte) bt.Extrinsic {
	implicit := bt.Implicit{SpecVersion: 461, TransactionVersion: 1, Genesis: n.genesis, Birth: n.genesis, MetadataHash: hash}
	return signed(who, bt.Extra{Nonce: nonce, Mode: mode}, implicit, call)
}

func signed(who *keys.Pair, extra bt.Extra, implicit bt.Implicit, call []byte) bt.Extrinsic {
	sig := [64]byte(who.Sign(bt.SigningPayload(call, extra, implicit)))
	return bt.Parsed{Signed: &bt.Signed{
		Address: bt.AddressOf(who.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: extra,
	}, Call: call}.Encode()
}

func call(pallet, index uint8, args any) []byte {
	return scale.Append([]byte{pallet, index}, args)
}

func transfer(to bt.AccountID, amount bt.Rao) []byte {
	return call(5, 3, &balances.TransferArgs{Dest: bt.AddressOf(to), Value: amount})
}

// begin starts the next block.
func (n *net) begin() *chain.Builder {
	n.Helper()
	n.now += 250
	b, err := n.r.Begin(n.state, &n.head, n.now, n.author, nil)
	if err != nil {
		n.Fatal(err)
	}
	return b
}

// block makes, re-executes and commits a block; every extrinsic must be valid.
func (n *net) block(xs ...bt.Extrinsic) *chain.Result {
	n.Helper()
	b := n.begin()
	k := n.r.Checker(n.state, &n.head)
	for i, x := range xs {
		checked, err := k.Check(x)
		if err != nil {
			n.Fatalf("extrinsic %d: %v", i, err)
		}
		if _, err := b.Apply(checked); err != nil {
			n.Fatalf("extrinsic %d: %v", i, err)
		}
	}
	out := b.Finish()
	again, err := n.r.Execute(n.state, &n.head, out.Block(), n.author, nil)
	if err != nil {
		n.Fatal(err)
	}
	if again.Hash != out.Hash {
		n.Fatalf("executed to %v, built %v", again.Hash, out.Hash)
	}
	n.state.Commit(out.Changes)
	n.head = out.Header
	return out
}

func TestSignedTransfer(t *testing.T) {
	n := newNet(t)
	out := n.block(n.sign(alice, 0, transfer(bob.Public(), bt.Tao)))
	if out.Outcomes[1].Err != nil {
		t.Fatal(out.Outcomes[1].Err)
	}
	t.Log(out.Outcomes[1].Fee, len(out.Extrinsics[1]))
}
