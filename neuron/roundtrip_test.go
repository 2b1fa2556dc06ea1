package neuron_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/dataset"
	"github.com/myelin-go/myelin/dendrite"
	"github.com/myelin-go/myelin/model/bpe"
	"github.com/myelin-go/myelin/neuron"
	"github.com/myelin-go/myelin/neuron/miner"
)

// BenchmarkQuestion measures one question over signed HTTP, from asking to the decoded answer.
func BenchmarkQuestion(b *testing.B) {
	for _, size := range []struct{ contexts, topK int }{{1, 64}, {32, 64}, {32, 128}, {64, 128}} {
		b.Run(fmt.Sprintf("contexts=%d/top=%d", size.contexts, size.topK), func(b *testing.B) {
			chain := &ledger{start: time.Now(), weights: map[bt.UID][]uint16{}}
			key, acc := join(b, chain, "//miner", 0)
			caller, callerAcc := join(b, chain, "//caller", 1)
			if err := callerAcc.Register(b.Context()); err != nil {
				b.Fatal(err)
			}
			m, err := miner.New(miner.Config{Key: key, Chain: acc, Model: trained(b, entrants[0], 1)})
			if err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(b.Context())
			var running sync.WaitGroup
			running.Go(func() {
				if err := m.Run(ctx); err != nil {
					b.Error(err)
				}
			})
			defer running.Wait()
			defer stop()
			var at netip.AddrPort
			waitFor(b, 5*time.Second, "the miner", func() bool {
				s, _ := acc.Subnet(ctx)
				p, _ := s.Find(key.Public())
				at = p.Axon
				return at.IsValid()
			})
			d, err := dendrite.New(dendrite.Config{Key: caller})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			text := bpe.English().Encode(dataset.English().HeldOut()[0].Text)
			q := neuron.NextToken{Vocabulary: bpe.English().ID(), TopK: size.topK}
			for i := range size.contexts {
				q.Contexts = append(q.Contexts, text[i:i+16])
			}
			for b.Loop() {
				if _, err := dendrite.Call(ctx, d, dendrite.Target{Addr: at, Hotkey: key.Public()}, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
