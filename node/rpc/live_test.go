package rpc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/sealer"
)

// A watcher hears ready, in-block and finalised in this order; the last comes with the next block, or after a second, and never right behind.
func TestWatchToFinalised(t *testing.T) {
	for name, nextBlock := range map[string]bool{"with the next block": true, "without another block": false} {
		t.Run(name, func(t *testing.T) {
			w := manual(t)
			alice := key(t, "//Alice")
			c := w.dial()
			c.write(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"author_submitAndWatchExtrinsic","params":[%q]}`, hexOf(w.sign(alice, remark(10), terms{}))))
			var answer struct{ Result string }
			if err := json.Unmarshal(c.read(), &answer); err != nil || answer.Result == "" {
				t.Fatalf("no subscription: %v", err)
			}
			step := func() (status json.RawMessage) {
				t.Helper()
				var note struct {
					Method string
					Params struct {
						Subscription string
						Result       json.RawMessage
					}
				}
				if err := json.Unmarshal(c.read(), &note); err != nil || note.Method != "author_extrinsicUpdate" || note.Params.Subscription != answer.Result {
					t.Fatalf("got %+v, %v", note, err)
				}
				return note.Params.Result
			}
			if got := string(step()); got != `"ready"` {
				t.Fatalf("first %s, want ready", got)
			}
			at := time.Now() // not when in-block is read, which may be late
			b := w.seal()
			if got, want := string(step()), fmt.Sprintf(`{"inBlock":%q}`, b.Hash); got != want {
				t.Fatalf("then %s, want %s", got, want)
			}
			if nextBlock {
				time.Sleep(20 * time.Millisecond)
				w.seal()
			}
			if got, want := string(step()), fmt.Sprintf(`{"finalized":%q}`, b.Hash); got != want {
				t.Fatalf("last %s, want %s", got, want)
			}
			if gap := time.Since(at); gap < 10*time.Millisecond || gap > 5*time.Second {
				t.Errorf("finalised came %v behind in-block", gap)
			}
		})
	}
}

// What waits for an earlier one is told so, and when another takes its place.
func TestWatchFutureAndUsurped(t *testing.T) {
	w := manual(t)
	alice := key(t, "//Alice")
	c := w.dial()
	later := bt.Extra{Nonce: 1}
	c.write(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"author_submitAndWatchExtrinsic","params":[%q]}`, hexOf(w.sign(alice, remark(1), terms{extra: later}))))
	c.read()
	operational := []byte{0, 1, 8, 0, 0, 0, 0, 0, 0, 0} // System.set_heap_pages, which goes before others
	urgent := w.sign(alice, operational, terms{extra: later})
	if got := string(c.read()); !strings.HasSuffix(got, `"result":"future"}}`) {
		t.Errorf("first %s, want future", got)
	}
	if _, err := w.post("author_submitExtrinsic", hexOf(urgent)); err != nil {
		t.Fatal(err)
	}
	if got, want := string(c.read()), fmt.Sprintf(`"result":{"usurped":%q}}}`, urgent.Hash()); !strings.HasSuffix(got, want) {
		t.Errorf("then %s, want %s", got, want)
	}
}

// Blocks one right after the other must not bring both statuses together either.
func TestFinalisedKeepsItsDistance(t *testing.T) {
	w := manual(t)
	c := w.dial()
	c.write(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"author_submitAndWatchExtrinsic","params":[%q]}`, hexOf(w.sign(key(t, "//Alice"), remark(10), terms{}))))
	c.read()
	c.read()
	at := time.Now() // not when in-block is read, which may be late
	for range 2 {
		w.seal()
	}
	c.read()
	c.read()
	if gap := time.Since(at); gap < 10*time.Millisecond {
		t.Errorf("finalised came %v behind in-block", gap)
	}
}

// A subscription's first head and those that follow are one unbroken line, however it falls between two blocks.
func TestHeadsHaveNoGapAndNoDouble(t *testing.T) {
	w := manual(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := w.node.Commander().Seal(); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	for range 30 {
		c := w.dial()
		c.write([]byte(`{"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads"}`))
		c.read()
		last := number(c, c.read())
		for range 10 {
			if n := number(c, c.read()); n != last+1 {
				t.Fatalf("block %d came behind block %d", n, last)
			} else {
				last = n
			}
		}
		c.ws.CloseNow()
	}
	close(stop)
	<-stopped
}

func number(t testing.TB, raw []byte) uint64 {
	t.Helper()
	var note struct {
		Params struct{ Result struct{ Number string } }
	}
	if err := json.Unmarshal(raw, &note); err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(note.Params.Result.Number, 0, 64)
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return n
}

// Clients that subscribe and do not read are cut off; the others hear every block.
func TestSlowReadersDoNotHoldOthers(t *testing.T) {
	w := start(t, sealer.Manual, time.Second, jsonrpc.Config{MaxUnread: 1 << 18})
	var slow []*client
	for range 10 {
		c := w.dial()
		for i := range 200 { // enough output that sockets' buffers do not hide it
			c.write(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"chain_subscribeNewHeads"}`, i))
		}
		slow = append(slow, c)
	}
	good := w.dial()
	good.write([]byte(`{"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads"}`))
	good.read()
	last := number(t, good.read())
	for range 300 {
		w.seal()
		n := number(t, good.read())
		if n != last+1 {
			t.Fatalf("block %d came behind block %d", n, last)
		}
		last = n
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for i, c := range slow { // reading on, each comes to the end of its connection
		for {
			_, _, err := c.ws.Read(ctx)
			if ctx.Err() != nil {
				t.Fatalf("slow reader %d is still served", i)
			}
			if err != nil {
				break
			}
		}
	}
}

// BenchmarkSubscribers has a thousand WebSocket clients follow new heads, as fast as blocks are made and read by all.
func BenchmarkSubscribers(b *testing.B) {
	const clients = 1000
	w := start(b, sealer.Manual, 250*time.Millisecond, jsonrpc.Config{})
	subs := make([]*client, clients)
	for i := range subs {
		subs[i] = w.dial()
		subs[i].write([]byte(`{"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads"}`))
		subs[i].read()
		subs[i].read()
	}
	var mu sync.Mutex
	var took []time.Duration
	made := make([]time.Time, b.N)
	got := make([]sync.WaitGroup, b.N)
	for i := range got {
		got[i].Add(clients)
	}
	var all sync.WaitGroup
	for _, c := range subs {
		all.Go(func() {
			mine := make([]time.Duration, 0, b.N)
			for i := range b.N {
				_, raw, err := c.ws.Read(context.Background())
				if err != nil {
					b.Error(err)
					return
				}
				mine = append(mine, time.Since(made[i]))
				if n := number(b, raw); n != uint64(i+1) {
					b.Errorf("block %d came, want %d", n, i+1)
				}
				got[i].Done()
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	b.ResetTimer()
	for i := range b.N {
		made[i] = time.Now()
		w.seal()
		got[i].Wait()
	}
	all.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkStorageRead reads accounts at recent blocks over one WebSocket connection.
func BenchmarkStorageRead(b *testing.B) {
	w := manual(b)
	var hashes []bt.Hash
	for range 200 {
		hashes = append(hashes, w.seal().Hash)
	}
	c := w.dial()
	who := hexOf(accountKey(key(b, "//Bob").Public()))
	var took []time.Duration
	for b.Loop() {
		at := time.Now()
		c.write(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"state_getStorage","params":[%q,%q]}`, who, hashes[rand.IntN(len(hashes))]))
		if _, _, err := c.ws.Read(context.Background()); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
