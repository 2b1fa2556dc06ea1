package pool_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger/ledgertest"
	"github.com/myelin-go/myelin/node/pool"
)

// crowd is a transfer of each of n accounts.
func crowd(c *ledgertest.Chain, n int) []bt.Extrinsic {
	xs := make([]bt.Extrinsic, n)
	for i := range xs {
		xs[i] = c.Transfer(ledgertest.Account(i), 0, bob.Public(), 1_000_000)
	}
	return xs
}

// BenchmarkSubmit submits signed transfers one after the other.
func BenchmarkSubmit(b *testing.B) {
	n := newNet(b, pool.Config{})
	xs := crowd(n.Chain, ledgertest.Rich)
	for b.Loop() {
		n.pool = pool.New(n.Chain, pool.Config{})
		n.submit(xs...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(xs)), "ns/transfer")
}

// BenchmarkSubmitFull submits to a full pool, which refuses each.
func BenchmarkSubmitFull(b *testing.B) {
	n := newNet(b, pool.Config{MaxCount: ledgertest.Rich - 1})
	xs := crowd(n.Chain, ledgertest.Rich)
	n.submit(xs[1:]...)
	for b.Loop() {
		n.submitFails(xs[0])
	}
}

// BenchmarkImported tells a pool of waiting transfers about a block that holds none of them.
func BenchmarkImported(b *testing.B) {
	n := newNet(b, pool.Config{})
	n.submit(crowd(n.Chain, ledgertest.Rich)...)
	head := n.Head()
	for b.Loop() {
		n.pool.Imported(head.Hash, head.Header.Number, nil)
	}
}

// BenchmarkReady orders a pool of transfers for a block.
func BenchmarkReady(b *testing.B) {
	n := newNet(b, pool.Config{})
	n.submit(crowd(n.Chain, ledgertest.Rich)...)
	for b.Loop() {
		n.pool.Ready()
	}
}
