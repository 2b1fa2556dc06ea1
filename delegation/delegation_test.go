package delegation

import (
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"pgregory.net/rapid"
)

// What is routed never exceeds the dividend, and falls short of it by no more than a unit a receiver and what the
// proportions' 32 bits lose.
func TestRouteKeepsTheDividend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parents := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Parent {
			return Parent{
				Alpha:      rapid.Uint64Range(0, 1e15).Draw(t, "alpha"),
				Root:       rapid.Uint64Range(0, 1e15).Draw(t, "root"),
				Proportion: rapid.Uint64().Draw(t, "proportion"),
				SameOwner:  rapid.Bool().Draw(t, "same owner"),
			}
		}), 0, 5).Draw(t, "parents")
		rates := Rates{
			TaoWeight: proportion(rapid.Uint64().Draw(t, "weight")),
			Burn:      fixed.U96F32FromRatio(rapid.Uint64Range(0, 500).Draw(t, "burn"), 1000),
			Take:      rapid.Uint16Range(0, 32767).Draw(t, "take"),
		}
		dividend := rapid.Uint64Range(0, 1e15).Draw(t, "dividend")
		r := Route(dividend, rapid.Uint64Range(0, 1e15).Draw(t, "self"), parents, rates)
		sum := r.ToSelf + r.Recycled
		for i, to := range r.ToParents {
			sum += to
			if parents[i].SameOwner && len(parents) == 1 && r.Recycled != 0 {
				t.Fatal("something was recycled between keys of one owner")
			}
		}
		if sum > dividend || sum+2*uint64(len(parents))+1 < dividend {
			t.Fatalf("%d was routed as %+v", dividend, r)
		}
	})
}

func TestInheritance(t *testing.T) {
	const half = 1 << 63
	// 100 of its own, half of it lent; half of a parent's 1000. A half of 2^64-1 parts is a hair more than 1/2 before it is cut
	// to 32 bits.
	if got := InheritedStake(100, []uint64{half}, []Inflow{{Stake: 1000, Proportion: half}}); got != 550 {
		t.Errorf("inherited stake: got %d, want 550", got)
	}
	if got := SelfContribution(100, 200, []uint64{half}, fixed.U96F32FromRatio(1, 4)); got != 75 {
		t.Errorf("self contribution: got %d, want 75", got)
	}
}

func TestDistributeSplitsPending(t *testing.T) {
	holders := []Holder{
		{Alpha: 300, Root: 400, Dividend: fixed.U96F32FromUint(80)}, // root counts a quarter: 60 alpha, 20 root
		{Alpha: 0, Root: 4, Dividend: fixed.U96F32FromUint(60)},     // all root
		{Alpha: 5, Root: 0, Dividend: fixed.U96F32FromUint(60)},     // all alpha
	}
	alpha, root := Distribute(holders, 1200, 1600, fixed.U96F32FromRatio(1, 4))
	for i, want := range []struct{ alpha, root uint64 }{{600, 400}, {0, 1200}, {600, 0}} {
		if alpha[i] != fixed.U96F32FromUint(want.alpha) || root[i] != fixed.U96F32FromUint(want.root) {
			t.Errorf("holder %d: got %v alpha, %v root, want %+v", i, alpha[i], root[i], want)
		}
	}
}

func BenchmarkRoute(b *testing.B) {
	parents := make([]Parent, 5)
	for i := range parents {
		parents[i] = Parent{Alpha: 1e12, Root: 1e13, Proportion: 1 << 62}
	}
	rates := Rates{TaoWeight: proportion(1 << 61), Take: 11796}
	for b.Loop() {
		Route(123456789, 1e12, parents, rates)
	}
}
