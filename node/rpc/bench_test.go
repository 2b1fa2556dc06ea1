package rpc_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/internal/yardstick"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/sealer"
)

// call calls a method by WebSocket and returns the whole answer; the connection must have no subscription.
func (c *client) call(method string, params ...any) []byte {
	c.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		c.Fatal(err)
	}
	c.write(body)
	return c.read()
}

// result decodes the result of an answer.
func result[T any](t testing.TB, answer []byte) (out T) {
	t.Helper()
	var got struct {
		Result T
		Error  *jsonrpc.Error
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.Error != nil {
		t.Fatalf("%.300s: %v", answer, err)
	}
	return got.Result
}

// quantile is the duration below which a share of them lies; it sorts them.
func quantile(took []time.Duration, share float64) time.Duration {
	slices.Sort(took)
	return took[int(float64(len(took)-1)*share)]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkSubmit has one WebSocket client send 2,000 signed transfers without waiting for answers, to a node that seals as soon as there is
// something to seal. Its time runs from the first one sent to the block with the last one; signing is the client's and left out.
func BenchmarkSubmit(b *testing.B) {
	const transfers = 2000
	w := start(b, sealer.Instant, 250*time.Millisecond, jsonrpc.Config{})
	alice, to := key(b, "//Alice"), key(b, "//Bob").Public()
	c := w.dial()
	sub := w.node.Ledger().Subscribe()
	defer sub.Close()
	nonce, blocks := bt.Nonce(0), 0
	var worked time.Duration
	for b.Loop() {
		b.StopTimer()
		bodies := make([][]byte, transfers)
		for i := range bodies {
			x := w.sign(alice, transfer(to, 1000), terms{extra: bt.Extra{Nonce: nonce}})
			bodies[i] = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"author_submitExtrinsic","params":[%q]}`, i, hexOf(x))
			nonce++
		}
		b.StartTimer()
		from := yardstick.ProcessorTime()
		var answers sync.WaitGroup
		answers.Go(func() {
			for range transfers {
				_, raw, err := c.ws.Read(context.Background())
				if err != nil {
					b.Error(err)
					return
				}
				if result[string](b, raw) == "" {
					b.Errorf("no hash in %s", raw)
				}
			}
		})
		for _, body := range bodies {
			c.write(body)
		}
		for included := 0; included < transfers; {
			<-sub.Wake()
			updates, lost := sub.Updates()
			if lost {
				b.Fatal("missed blocks")
			}
			for _, u := range updates {
				blocks++
				included += signed(u.Imported.Extrinsics)
			}
		}
		answers.Wait()
		worked += yardstick.ProcessorTime() - from
	}
	b.ReportMetric(float64(transfers*b.N)/b.Elapsed().Seconds(), "transfers/s")
	b.ReportMetric(float64(worked.Microseconds())/float64(transfers*b.N), "processor-µs/transfer")
	b.ReportMetric(float64(transfers*b.N)/float64(blocks), "transfers/block")
}

// signed is how many of a block's extrinsics are signed.
func signed(xs []bt.Extrinsic) (n int) {
	for _, x := range xs {
		if p, err := x.Parse(); err == nil && p.Signed != nil {
			n++
		}
	}
	return n
}

// blockTime is the time between blocks of BenchmarkPolling, and the pause of its clients between two rounds of questions.
const blockTime = 250 * time.Millisecond

// BenchmarkPolling has 200 clients ask once a block as the SDK's queries do, chain_getHead and then state_getStorageAt at that block, while 1,000 others
// follow heads and a block comes every 250 ms. The time of a storage read is the client's, from sending to having read.
func BenchmarkPolling(b *testing.B) {
	const pollers, followers = 200, 1000
	w := start(b, sealer.Manual, blockTime, jsonrpc.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	var seen, lost atomic.Int64
	var following, polling sync.WaitGroup
	last := make([]uint64, followers)
	for i := range followers {
		c := w.dial()
		c.write([]byte(`{"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads"}`))
		c.read()
		last[i] = number(b, c.read())
		following.Go(func() {
			for {
				_, raw, err := c.ws.Read(ctx)
				if err != nil {
					return
				}
				if _, rest, ok := bytes.Cut(raw, fmt.Appendf(nil, `"number":"0x%x"`, last[i]+1)); !ok || len(rest) == 0 { // cheaper than reading all
					lost.Add(1)
				}
				last[i]++
				seen.Add(1)
			}
		})
	}
	who := hexOf(accountKey(key(b, "//Bob").Public()))
	var mu sync.Mutex
	var took []time.Duration
	stop := make(chan struct{})
	for range pollers {
		c := w.dial()
		polling.Go(func() {
			var mine []time.Duration
			time.Sleep(rand.N(blockTime))
			for {
				select {
				case <-stop:
					mu.Lock()
					defer mu.Unlock()
					took = append(took, mine...)
					return
				case <-time.After(blockTime):
				}
				head := result[string](b, c.call("chain_getHead"))
				at := time.Now()
				value := result[string](b, c.call("state_getStorageAt", who, head))
				mine = append(mine, time.Since(at))
				if len(value) < 100 {
					b.Errorf("the account is %q", value)
				}
			}
		})
	}
	tick := time.NewTicker(blockTime)
	defer tick.Stop()
	blocks := 0
	from := yardstick.ProcessorTime()
	for b.Loop() {
		<-tick.C
		w.seal()
		blocks++
	}
	worked := yardstick.ProcessorTime() - from
	close(stop)
	polling.Wait()
	for deadline := time.Now().Add(5 * time.Second); seen.Load() < int64(blocks*followers) && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	following.Wait()
	if missing := int64(blocks*followers) - seen.Load(); missing != 0 || lost.Load() != 0 {
		b.Errorf("%d heads were lost and %d came out of order", missing, lost.Load())
	}
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "reads/s")
	b.ReportMetric(worked.Seconds()/b.Elapsed().Seconds(), "cores")
	b.ReportMetric(ms(quantile(took, 0.5)), "p50-ms")
	b.ReportMetric(ms(quantile(took, 0.99)), "p99-ms")
}

// mapPrefix begins the keys that filled writes; nothing else uses it.
var mapPrefix = func() []byte {
	pallet, item := hash.Twox128([]byte("Benchmark")), hash.Twox128([]byte("Map"))
	return slices.Concat(pallet[:], item[:])
}()

// filled is a node whose state has n rows more, with keys and values like those of a map from accounts to balances, and their keys in order.
func filled(b *testing.B, n int) (*world, [][]byte) {
	b.Helper()
	keys := make([][]byte, n)
	for i := range keys {
		account := hash.Blake256(binary.LittleEndian.AppendUint64(nil, uint64(i)))
		sum := hash.Blake128(account[:])
		keys[i] = slices.Concat(mapPrefix, sum[:], account[:])
	}
	slices.SortFunc(keys, slices.Compare[[]byte])
	rows := func(genesis.Spec, *genesis.Parts, *chain.Config) func(*frame.Ctx) {
		return func(c *frame.Ctx) {
			for i, k := range keys {
				c.State.Set(k, binary.LittleEndian.AppendUint64(nil, uint64(i)))
			}
		}
	}
	made, err := node.New(node.Config{
		Chain: genesis.Bittensor(genesis.Localnet(), rows), RPC: []string{"127.0.0.1:0"},
		Engine: node.Sealed{Mode: sealer.Manual, BlockTime: 250 * time.Millisecond},
	})
	if err != nil {
		b.Fatal(err)
	}
	return run(b, made), keys
}

// BenchmarkKeys lists a map's keys by state_getKeysPaged in pages of 1,000, all of them one after the other as clients do, and asks for the values of 10, 100 and
// 1,000 keys by one state_queryStorageAt: at the head, and at a block behind it. Both should cost the same for a key, however many there are.
func BenchmarkKeys(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		if testing.Short() && n > 100_000 {
			continue
		}
		w, keys := filled(b, n)
		genesis := w.node.Ledger().Genesis()
		w.seal()
		c := w.dial()
		prefix := hexOf(mapPrefix)
		for _, at := range []struct {
			name string
			hash any
		}{{"head", nil}, {"past", genesis}} {
			b.Run(fmt.Sprintf("listing/keys=%d/at=%s", n, at.name), func(b *testing.B) {
				for b.Loop() {
					var last any
					got := 0
					for {
						page := result[[]string](b, c.call("state_getKeysPaged", prefix, 1000, last, at.hash))
						if len(page) == 0 {
							break
						}
						got += len(page)
						last = page[len(page)-1]
					}
					if got != n {
						b.Fatalf("listed %d keys of %d", got, n)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n)/1000, "µs/key")
			})
			for _, asked := range []int{10, 100, 1000} {
				b.Run(fmt.Sprintf("values/keys=%d/at=%s/asked=%d", n, at.name, asked), func(b *testing.B) {
					list := make([]string, asked)
					for b.Loop() {
						for i := range list {
							list[i] = hexOf(keys[rand.IntN(n)])
						}
						sets := result[[]struct{ Changes [][2]string }](b, c.call("state_queryStorageAt", list, at.hash))
						if len(sets) != 1 || len(sets[0].Changes) != asked || sets[0].Changes[asked-1][1] == "" {
							b.Fatalf("%d keys: %d sets", asked, len(sets))
						}
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*asked)/1000, "µs/key")
				})
			}
		}
	}
}
