package chain_test

import (
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/keys"
)

const transfers = 5000

// transferBlock is a block of signed transfers from as many accounts to as many others.
func transferBlock(b *testing.B) (*net, *bt.Block) {
	b.Helper()
	n := newNet(b)
	pairs := make([]*keys.Pair, transfers)
	for i := range pairs {
		var seed [32]byte
		seed[0], seed[1], seed[2] = byte(i), byte(i>>8), 1
		p, err := keys.FromSeed(keys.Sr25519, seed)
		if err != nil {
			b.Fatal(err)
		}
		pairs[i] = p
	}
	head, rows := n.r.Genesis(func(c *frame.Ctx) {
		for _, p := range pairs {
			if err := n.balances.Mint(c, p.Public(), bt.Tao); err != nil {
				b.Fatal(err)
			}
		}
	})
	n.head, n.genesis, n.state = head, head.Hash(), chaintest.New(rows)
	xs := make([]bt.Extrinsic, len(pairs))
	for i, p := range pairs {
		to := pairs[(i+1)%len(pairs)].Public()
		if i%2 == 0 {
			to[0] ^= 0xff // a new account
		}
		xs[i] = n.sign(p, 0, transfer(to, 1_000_000))
	}
	bl := n.begin()
	checked, errs := n.r.Checker(n.state, &n.head).CheckAll(xs)
	for i := range xs {
		if errs[i] != nil {
			b.Fatal(errs[i])
		}
		if out, err := bl.Apply(checked[i]); err != nil || out.Err != nil {
			b.Fatal(err, out.Err)
		}
	}
	return n, bl.Finish().Block()
}

func perTransfer(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/transfers, "ns/transfer")
}

// BenchmarkBlock executes a block of 5,000 transfers, decode to state root, in parts: the signatures alone, decoding and verifying
// them, everything that comes after, and the whole. x-of-verify and x-of-batch are what the whole takes of the time of its
// signatures alone, verified one by one and in one batch; the three take turns.
func BenchmarkBlock(b *testing.B) {
	n, block := transferBlock(b)
	items := make([]keys.Item, 0, transfers)
	for _, x := range block.Extrinsics[1:] {
		p, err := x.Parse()
		if err != nil {
			b.Fatal(err)
		}
		items = append(items, keys.Item{
			Scheme: keys.Sr25519, Public: *p.Signed.Address.Id, Signature: keys.Signature(*p.Signed.Signature.Sr25519),
			Message: bt.SigningPayload(p.Call, p.Signed.Extra, bt.Implicit{SpecVersion: 461, TransactionVersion: 1, Genesis: n.genesis, Birth: n.genesis}),
		})
	}
	b.Run("signatures", func(b *testing.B) {
		for b.Loop() {
			for _, ok := range keys.VerifyBatch(items) {
				if !ok {
					b.Fatal("bad signature")
				}
			}
		}
		perTransfer(b)
	})
	checked, _ := n.r.Checker(n.state, &n.head).CheckAll(block.Extrinsics)
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			n.r.Checker(n.state, &n.head).CheckAll(block.Extrinsics)
		}
		perTransfer(b)
	})
	b.Run("execute", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := n.r.Execute(n.state, &n.head, block, n.author, checked); err != nil {
				b.Fatal(err)
			}
		}
		perTransfer(b)
	})
	b.Run("whole", func(b *testing.B) {
		b.ReportAllocs()
		var batch, single, whole time.Duration
		for b.Loop() {
			start := time.Now()
			for i := range items {
				keys.Verify(items[i].Scheme, items[i].Public, items[i].Message, items[i].Signature)
			}
			ones := time.Now()
			keys.VerifyBatch(items)
			between := time.Now()
			checked, _ := n.r.Checker(n.state, &n.head).CheckAll(block.Extrinsics)
			if _, err := n.r.Execute(n.state, &n.head, block, n.author, checked); err != nil {
				b.Fatal(err)
			}
			whole += time.Since(between)
			single += ones.Sub(start)
			batch += between.Sub(ones)
		}
		b.ReportMetric(whole.Seconds()/single.Seconds(), "x-of-verify")
		b.ReportMetric(whole.Seconds()/batch.Seconds(), "x-of-batch")
		b.ReportMetric(0, "ns/op") // the iterations hold all three
	})
}

func BenchmarkNewRuntime(b *testing.B) {
	spec := genesis.Localnet()
	for b.Loop() {
		genesis.New(spec)
	}
}
