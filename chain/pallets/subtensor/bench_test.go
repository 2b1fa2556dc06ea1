package subtensor_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/yardstick"
	"github.com/myelin-go/myelin/yuma"
)

// A year of blocks at twelve seconds.
const (
	yearTempo  = 360
	yearBlocks = 365 * 24 * 3600 / 12
)

// Upstream declares how many calls fit into a block of twelve seconds.
const (
	upstreamBlock      = 12.0 // seconds
	upstreamSetWeights = 25
	upstreamAddStake   = 980
)

// benchValidators have a permit, stake in the subnet and on root, and a row of weights and of bonds for everybody.
const benchValidators = 64

// dense is a committed subnet that emits, of whose neurons the first are validators.
func dense(b *testing.B, neurons int) (w *world, id bt.NetUID) {
	w = newWorld(b)
	w.Storage.NetworkRateLimit.Set(w.c.State, 0)
	id = w.subnet("owner")
	st, s := &w.Storage, w.c.State
	st.MaxAllowedUids.Set(s, id, uint16(neurons))
	st.MaxAllowedValidators.Set(s, id, benchValidators)
	st.Tempo.Set(s, id, yearTempo)
	st.CommitRevealWeightsEnabled.Set(s, id, false)
	st.Yuma3On.Set(s, id, true)
	st.WeightsSetRateLimit.Set(s, id, 0)
	row, permits := make([]entry, neurons), make([]bool, neurons)
	for i := range row {
		row[i] = entry{A: uint16(i), B: uint16(1 + 251*i)}
		permits[i] = i < benchValidators
	}
	for uid := int(st.SubnetworkN.Get(s, id)); uid < neurons; uid++ {
		hot, cold := benchKey(200, uid), benchKey(201, uid)
		if err := w.Pools.Associate(w.c, cold, hot); err != nil {
			b.Fatal(err)
		}
		w.Registration.Append(w.c, id, hot)
		if uid < benchValidators {
			for _, on := range []bt.NetUID{0, id} {
				amount := bt.Alpha(1_000_000_000_000 + uint64(uid))
				w.Pools.AddStake(w.c, hot, cold, on, amount)
				st.SubnetAlphaOut.Mutate(s, on, func(out *bt.Alpha) { *out += amount })
				if on == 0 {
					st.SubnetTAO.Mutate(s, on, func(tao *bt.Rao) { *tao += bt.Rao(amount) })
				}
			}
			w.Pools.IndexColdkey(w.c, cold)
		}
	}
	for uid := range uint16(benchValidators) {
		st.Weights.Set(s, bt.NetUIDIndex(id), uid, row)
		st.Bonds.Set(s, bt.NetUIDIndex(id), uid, row)
	}
	st.ValidatorPermit.Set(s, id, permits)
	w.at(5000)
	w.fresh(id)
	return w, id
}

func benchKey(kind byte, i int) (a bt.AccountID) {
	a[0] = kind
	binary.LittleEndian.PutUint16(a[1:], uint16(i))
	return a
}

// fresh lets all weights of a subnet count as set in this block.
func (w *world) fresh(id bt.NetUID) {
	updated := make([]uint64, w.Storage.SubnetworkN.Get(w.c.State, id))
	for i := range updated {
		updated[i] = uint64(w.c.Env.Number)
	}
	w.Storage.LastUpdate.Set(w.c.State, bt.NetUIDIndex(id), updated)
}

// reopen commits the world's state and lets it stand on that, as a block on a node does.
func (w *world) reopen() *chaintest.Memory {
	env := *w.c.Env
	env.Accounts, env.Events = nil, nil
	committed := chaintest.New(w.c.State.Changes())
	w.c = frame.NewCtx(storage.NewRemembering(committed), &env, frame.None())
	return committed
}

// BenchmarkEpoch is the epoch over state: the whole, and by itself what reads its input and the arithmetic. The rest of the whole is writing.
// Each time the state is a fresh block's, which has read nothing yet.
func BenchmarkEpoch(b *testing.B) {
	for _, neurons := range []int{256, 4096} {
		w, id := dense(b, neurons)
		base := w.reopen()
		w.at(w.c.Env.Number + yearTempo)
		in := w.Epoch.Input(w.c, id, 0)
		in.Emission = 1_000_000_000
		parts := []struct {
			name string
			run  func(c *frame.Ctx)
		}{
			{"whole", func(c *frame.Ctx) {
				if earned := w.Epoch.Run(c, id, yuma.Budgets{Miners: 1_000_000_000}); len(earned) != neurons {
					b.Fatal(len(earned))
				}
			}},
			{"reading", func(c *frame.Ctx) { w.Epoch.Input(c, id, 0) }},
			{"arithmetic", func(*frame.Ctx) { yuma.Yuma3(in) }},
		}
		for _, part := range parts {
			b.Run(fmt.Sprintf("neurons=%d/part=%s", neurons, part.name), func(b *testing.B) {
				m := yardstick.Start(b)
				for b.Loop() {
					w.c.Env.Events = w.c.Env.Events[:0]
					part.run(frame.NewCtx(storage.NewRemembering(base), w.c.Env, frame.None()))
				}
				each := m.Stop()
				if part.name == "arithmetic" {
					m.Against(each, map[int]time.Duration{256: 2100 * time.Microsecond, 4096: 50 * time.Millisecond}[neurons])
				}
				if part.name == "reading" {
					m.Against(each, map[int]time.Duration{256: 1800 * time.Microsecond, 4096: 35 * time.Millisecond}[neurons])
				}
			})
		}
	}
}

// BenchmarkSetWeights256 dispatches a row of 256 weights.
func BenchmarkSetWeights256(b *testing.B) {
	w, id := dense(b, 256)
	w.reopen()
	set := w.row(id, 256)
	who := frame.Signed(benchKey(200, 1))
	m := yardstick.Start(b)
	for b.Loop() {
		w.c.Env.Events = w.c.Env.Events[:0]
		if err := w.c.Dispatch(who, frame.RuntimeCall{Pallet: subtensor.Index, Index: setWeights, Args: set}).Err; err != nil {
			b.Fatal(err)
		}
	}
	rate(b, m.Stop(), upstreamSetWeights)
}

// row is a call that weighs the first uids of a subnet.
func (w *world) row(id bt.NetUID, n int) *weights.SetWeights {
	set := &weights.SetWeights{NetUID: id, Dests: make([]uint16, n), Weights: make([]uint16, n)}
	for i := range set.Dests {
		set.Dests[i], set.Weights[i] = uint16(i), uint16(1+i)
	}
	return set
}

// rate reports calls per second of the processor, and how many times as many they are as upstream declares.
func rate(b *testing.B, each time.Duration, declared float64) {
	perSecond := float64(time.Second) / float64(max(each, 1))
	b.ReportMetric(perSecond, "calls/s")
	b.ReportMetric(perSecond/(declared/upstreamBlock), "x-declared")
}

// BenchmarkAddStake dispatches purchases in a pool, over a committed state.
func BenchmarkAddStake(b *testing.B) {
	w, a, _ := stakers(b)
	w.do("cold", addStake, &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: 10 * bt.Tao})
	w.reopen()
	call := &staking.AddStake{Hotkey: key("hot"), NetUID: a, AmountStaked: bt.Tao}
	m := yardstick.Start(b)
	for b.Loop() {
		w.c.Env.Events = w.c.Env.Events[:0]
		if w.money.Reducible(w.c, key("cold"), balances.Preserve) < bt.Tao { // once in about a thousand calls
			stake := w.stake("cold", "hot", a)
			if _, err := w.Pools.UnstakeFrom(w.c, key("hot"), key("cold"), key("cold"), a, stake, bt.Rao(amm.MinPrice), true); err != nil {
				b.Fatal(err)
			}
		}
		w.do("cold", addStake, call)
	}
	rate(b, m.Stop(), upstreamAddStake)
}

// BenchmarkYear runs the block steps of one tempo after another of one subnet of 256 neurons, 64 of them validators with stake on it and on root,
// beside the subnets of genesis, and says what a year of such blocks takes. With set=64 each validator also sets its 256 weights once a
// tempo. The state stays in memory and has no trie.
func BenchmarkYear(b *testing.B) {
	for _, calls := range []int{0, benchValidators} {
		b.Run(fmt.Sprintf("set=%d", calls), func(b *testing.B) {
			w, id := dense(b, 256)
			w.reopen()
			set := w.row(id, 256)
			epochs := w.Storage.SubnetEpochIndex.Get(w.c.State, id)
			m := yardstick.Start(b)
			for b.Loop() {
				for at := range yearTempo {
					w.block()
					switch {
					case at < calls:
						call := frame.RuntimeCall{Pallet: subtensor.Index, Index: setWeights, Args: set}
						if err := w.c.Dispatch(frame.Signed(benchKey(200, 1+at%(benchValidators-1))), call).Err; err != nil {
							b.Fatal(err)
						}
					case calls == 0 && at == 0:
						w.fresh(id)
					}
				}
			}
			each := m.Stop()
			if got := w.Storage.SubnetEpochIndex.Get(w.c.State, id) - epochs; got != uint64(b.N) {
				b.Fatalf("%d epochs in %d tempos", got, b.N)
			}
			const tempos = float64(yearBlocks) / yearTempo
			b.ReportMetric(each.Seconds()*tempos, "cpu-s/year")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*tempos, "s/year")
		})
	}
}

// BenchmarkStep is the step of a block in which no epoch is due.
func BenchmarkStep(b *testing.B) {
	w, id := dense(b, 256)
	w.reopen()
	w.Storage.Tempo.Set(w.c.State, id, 50_000)
	m := yardstick.Start(b)
	for b.Loop() {
		w.Storage.LastEpochBlock.Set(w.c.State, id, uint64(w.c.Env.Number))
		w.block()
	}
	m.Stop()
}

// block begins the next block and takes its step.
func (w *world) block() {
	env := w.c.Env
	env.Number++
	env.Events = env.Events[:0]
	binary.LittleEndian.PutUint32(env.Parent[:], env.Number) // picks whose root dividends are claimed
	w.OnInitialize(w.c)
	w.Pools.Swap.OnFinalize(w.c)
}
