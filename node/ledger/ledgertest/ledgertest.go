// Package ledgertest holds what tests of the node share: the local network's real chain over a store, accounts with money on it, and transactions
// that they sign.
//
// It deliberately makes no blocks but Grow's empty ones: pool and engines are what is tested with it.
package ledgertest

import (
	"encoding/binary"
	"sync"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/store"
	"github.com/myelin-go/myelin/scale"
)

// Chain is a ledger under test.
type Chain struct {
	testing.TB
	*ledger.Ledger
}

// Rich is how many accounts Account numbers that have money at genesis.
const Rich = 5000

var local = sync.OnceValue(func() *genesis.Chain {
	s := genesis.Localnet()
	for i := range Rich {
		s.Balances = append(s.Balances, genesis.Balance{Account: Account(i).Public(), Free: 100 * bt.Tao})
	}
	return genesis.Bittensor(s)
})

var first = sync.OnceValue(func() (b genesisBlock) {
	b.header, b.rows = local().Genesis()
	return b
})

type genesisBlock struct {
	header bt.Header
	rows   []ledger.Change
}

// New is the local network in memory, closed at the end of the test.
func New(t testing.TB) *Chain {
	t.Helper()
	return open(t, "", store.Options{InMemory: true})
}

// Open is the local network in a folder, which may hold blocks of it already.
func Open(t testing.TB, dir string) *Chain {
	t.Helper()
	return open(t, dir, store.Options{NoSync: true})
}

func open(t testing.TB, dir string, o store.Options) *Chain {
	t.Helper()
	st, err := store.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	l, err := ledger.Open(local().Runtime, st, first().header, first().rows)
	if err != nil {
		t.Fatal(err)
	}
	return &Chain{t, l}
}

// Account is a key pair by number; those below Rich have 100 TAO.
func Account(i int) *keys.Pair {
	seed := [32]byte{31: 1}
	binary.LittleEndian.PutUint64(seed[:], uint64(i))
	p, err := keys.FromSeed(keys.Sr25519, seed)
	if err != nil {
		panic(err)
	}
	return p
}

// Call encodes a call by its indices.
func Call(pallet, index uint8, args any) []byte { return scale.Append([]byte{pallet, index}, args) }

// Sign makes a transaction for the block after the head.
func (c *Chain) Sign(who *keys.Pair, extra bt.Extra, call []byte) bt.Extrinsic {
	c.Helper()
	v := c.Runtime().Version()
	implicit := bt.Implicit{SpecVersion: v.SpecVersion, TransactionVersion: v.TransactionVersion, Genesis: c.Genesis(), Birth: c.Genesis()}
	if !extra.Era.Immortal() {
		birth := extra.Era.Birth(uint64(c.Height()))
		hash, ok := c.HashAt(bt.BlockNumber(birth))
		if !ok {
			c.Fatalf("an era of block %d, the head is %d", birth, c.Height())
		}
		implicit.Birth = hash
	}
	sig := [64]byte(who.Sign(bt.SigningPayload(call, extra, implicit)))
	return bt.Parsed{Signed: &bt.Signed{
		Address: bt.AddressOf(who.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: extra,
	}, Call: call}.Encode()
}

// Transfer is an immortal transfer of balance.
func (c *Chain) Transfer(from *keys.Pair, nonce bt.Nonce, to bt.AccountID, amount bt.Rao) bt.Extrinsic {
	c.Helper()
	return c.Sign(from, bt.Extra{Nonce: nonce}, TransferCall(to, amount))
}

// TransferCall is Balances.transfer_keep_alive.
func TransferCall(to bt.AccountID, amount bt.Rao) []byte {
	return Call(5, 3, &balances.TransferArgs{Dest: bt.AddressOf(to), Value: amount})
}

// Free is an account's free balance at the head.
func (c *Chain) Free(who bt.AccountID) bt.Rao {
	c.Helper()
	v, err := c.At(c.Head().Hash)
	if err != nil {
		c.Fatal(err)
	}
	defer v.Close()
	return local().Parts.System.Storage.Account.Get(storage.New(v), who).Data.Free
}

// Grow commits n blocks without transactions, a quarter of a second apart.
func (c *Chain) Grow(n int) *ledger.Block {
	c.Helper()
	for range n {
		now, err := c.Time()
		if err != nil {
			c.Fatal(err)
		}
		candidate, err := c.Propose(ledger.Plan{Now: max(now, Start) + 250})
		if err != nil {
			c.Fatal(err)
		}
		if _, err := c.Commit(candidate, true); err != nil {
			c.Fatal(err)
		}
	}
	return c.Head()
}

// Start is a time for the first block, in milliseconds since 1970.
const Start = 1_700_000_000_000
