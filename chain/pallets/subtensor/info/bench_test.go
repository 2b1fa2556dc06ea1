package info_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/serving"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// crowded is a world with a subnet of 256 neurons, each with an axon, stake, an identity and, for 64 of them, full rows of weights and bonds.
func crowded(b *testing.B) *world {
	w := settle(b)
	st, s := &w.Storage, w.c.State
	const seats = 256
	row := make([]scale.Pair[uint16, uint16], seats)
	for i := range row {
		row[i] = scale.Pair[uint16, uint16]{A: uint16(i), B: uint16(1 + i)}
	}
	st.MaxAllowedUids.Set(s, home, seats)
	for uid := st.SubnetworkN.Get(s, home); uid < seats; uid++ {
		hot, cold := bt.AccountID{200, byte(uid), byte(uid >> 8)}, bt.AccountID{201, byte(uid), byte(uid >> 8)}
		w.must(w.Pools.Associate(w.c, cold, hot))
		w.Registration.Append(w.c, home, hot)
		w.Pools.AddStake(w.c, hot, cold, home, bt.Alpha(1_000_000_000*uint64(1+uid)))
		w.must(w.Serving.ServeAxon(w.by(hot), serving.ServeAxon{NetUID: home, Version: 10, IP: scale.U128(1<<27 | uint64(uid)), Port: 8091, IPType: 4}))
		st.IdentitiesV2.Set(s, cold, state.ChainIdentityV2{Name: []byte("somebody"), URL: []byte("https://somebody.example")})
		if uid < 64 {
			st.Weights.Set(s, bt.NetUIDIndex(home), uid, row)
			st.Bonds.Set(s, bt.NetUIDIndex(home), uid, row)
		}
	}
	// Answers are worked out over a committed state, as on a node.
	w.c = frame.NewCtx(storage.New(chaintest.New(s.Changes())), w.c.Env, frame.None())
	return w
}

func benchmark(b *testing.B, method string, args ...any) {
	w := crowded(b)
	var raw []byte
	for _, a := range args {
		raw = scale.Append(raw, a)
	}
	var size int
	for b.Loop() {
		size = len(w.raw(method, raw))
	}
	b.ReportMetric(float64(size), "bytes")
}

func BenchmarkMetagraph(b *testing.B) {
	benchmark(b, "SubnetInfoRuntimeApi_get_metagraph", home)
}

func BenchmarkNeurons(b *testing.B) {
	benchmark(b, "NeuronInfoRuntimeApi_get_neurons", home)
}

func BenchmarkNeuronsLite(b *testing.B) {
	benchmark(b, "NeuronInfoRuntimeApi_get_neurons_lite", home)
}

func BenchmarkSubnetState(b *testing.B) {
	benchmark(b, "SubnetInfoRuntimeApi_get_subnet_state", home)
}

func BenchmarkSelection(b *testing.B) {
	benchmark(b, "SubnetInfoRuntimeApi_get_selective_metagraph", home, []uint16{0, 7, 52, 53, 62})
}
