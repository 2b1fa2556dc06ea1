package subtensor_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/fixed"
)

// priced is a world with three subnets of moving prices 0.6, 0.3 and 0.1, which have their parts in the emission.
func priced(t *testing.T) (*world, []bt.NetUID) {
	w := newWorld(t)
	w.Storage.NetworkRateLimit.Set(w.c.State, 0)
	var ids []bt.NetUID
	for i, owner := range []string{"first", "second", "third"} {
		ids = append(ids, w.subnet(owner))
		w.Storage.SubnetEmissionEnabled.Set(w.c.State, ids[i], true)
	}
	w.price(ids, 6, 3, 1)
	return w, ids
}

func (w *world) price(ids []bt.NetUID, tenths ...uint64) {
	for i, id := range ids {
		w.Storage.SubnetMovingPrice.Set(w.c.State, id, fixed.I96F32FromRatio(tenths[i], 10))
	}
}

// parts is each subnet's part of the TAO that a block brings; what buys alpha at the end of the block counts too.
func (w *world) parts(ids []bt.NetUID, block uint32) []float64 {
	w.at(block)
	w.OnInitialize(w.c)
	out, sum := make([]float64, len(ids)), 0.0
	for i, id := range ids {
		out[i] = float64(w.Storage.SubnetTaoInEmission.Get(w.c.State, id) + w.Storage.SubnetExcessTao.Get(w.c.State, id))
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

func (w *world) expectParts(ids []bt.NetUID, block uint32, want ...float64) {
	w.t.Helper()
	for i, got := range w.parts(ids, block) {
		if math.Abs(got-want[i]) > 2e-4 {
			w.t.Errorf("block %d: subnet %d has a part of %.4f, want %.4f", block, ids[i], got, want[i])
		}
	}
}

func (w *world) bar() float64 {
	v, err := strconv.ParseFloat(w.Storage.EmissionGateBar.Get(w.c.State).String(), 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func TestEmissionGateIsOffUnlessChosen(t *testing.T) {
	w, ids := priced(t)
	w.expectParts(ids, 720, 0.6, 0.3, 0.1)
	if w.Storage.EmissionGateBar.Has(w.c.State) {
		t.Error("without a gate there is a bar")
	}
}

func TestEmissionGate(t *testing.T) {
	w, ids := priced(t)
	w.Pools.Rules.Storage.EmissionGate.Set(w.c.State, true)
	w.expectParts(ids, 700, 0.6377, 0.3089, 0.0534)
	if got := w.bar(); math.Abs(got-0.1) > 1e-6 {
		t.Errorf("the bar is %v, want 0.1: the smallest of fewer than 32", got)
	}
	// The bar stands until a block that 360 divides, whatever prices do.
	w.price(ids, 5, 3, 2)
	w.expectParts(ids, 719, 0.5150, 0.3004, 0.1846)
	if got := w.bar(); math.Abs(got-0.1) > 1e-6 {
		t.Errorf("the bar moved to %v between", got)
	}
	w.price(ids, 5, 3, 2)
	w.expectParts(ids, 720, 0.5864, 0.2888, 0.1248)
	if got := w.bar(); math.Abs(got-0.2) > 1e-6 {
		t.Errorf("the new bar is %v, want 0.2", got)
	}
	// By rank, and by quantile; AdminUtils drops the bar when it changes either.
	s, st := w.c.State, &w.Storage
	st.EmissionBarRank.Set(s, 1)
	st.EmissionGateBar.Delete(s)
	w.price(ids, 6, 3, 1)
	w.expectParts(ids, 721, 0.8988, 0.0999, 0.0014)
	st.EmissionBarRank.Set(s, 0)
	st.EmissionGateBar.Delete(s)
	w.price(ids, 6, 3, 1)
	w.parts(ids, 722) // 0.6 is short of the quantile 0.61
	if got := w.bar(); math.Abs(got-0.3) > 1e-6 {
		t.Errorf("by quantile the bar is %v, want 0.3", got)
	}
}
