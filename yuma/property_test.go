package yuma

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/fixed"
)

// subnets draws small subnets, ill-formed ones among them: short vectors, unsorted and repeated columns, columns beyond the
// last neuron.
func subnets(wellFormed bool) *rapid.Generator[*Input] {
	return rapid.Custom(func(t *rapid.T) *Input {
		n := rapid.IntRange(0, 12).Draw(t, "neurons")
		length := func(name string) int {
			if wellFormed {
				return n
			}
			return rapid.SampledFrom([]int{n, n, n, 0, n / 2, n + 3}).Draw(t, name+" length")
		}
		block := rapid.Uint64Range(0, 2000)
		in := &Input{
			Neurons: n, Block: 2000, Tempo: 360,
			LastStepBlock:        rapid.SampledFrom([]uint64{0, 1000, 1639, math.MaxUint64}).Draw(t, "last step"),
			ActivityCutoff:       rapid.Uint64Range(1, 3000).Draw(t, "cutoff"),
			StakeThreshold:       rapid.Uint64Range(0, 1000).Draw(t, "threshold"),
			Owner:                uint16(rapid.IntRange(0, 14).Draw(t, "owner")),
			HasOwner:             rapid.Bool().Draw(t, "has owner"),
			MaxAllowedValidators: uint16(rapid.IntRange(0, 14).Draw(t, "validators")),
			Emission:             rapid.Uint64().Draw(t, "emission"),
			Parameters: Parameters{
				Kappa:                 rapid.Uint16().Draw(t, "kappa"),
				BondsPenalty:          rapid.SampledFrom([]uint16{0, 1, 32768, 65535}).Draw(t, "penalty"),
				BondsMovingAverage:    rapid.Uint64Range(0, 1_000_000).Draw(t, "average"),
				LiquidAlpha:           rapid.Bool().Draw(t, "liquid"),
				AlphaLow:              rapid.Uint16Range(0, 32768).Draw(t, "low"),
				AlphaHigh:             rapid.Uint16Range(32768, 65535).Draw(t, "high"),
				AlphaSigmoidSteepness: rapid.Int16().Draw(t, "steepness"),
			},
		}
		for range length("stake") {
			in.Stake = append(in.Stake, fixed.I64F64FromUint(rapid.Uint64Range(0, 1<<40).Draw(t, "stake")))
		}
		in.ValidatorPermit = rapid.SliceOfN(rapid.Bool(), 0, length("permit")).Draw(t, "permit")
		if wellFormed {
			in.ValidatorPermit = rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "permit")
		}
		for range length("update") {
			in.LastUpdate = append(in.LastUpdate, block.Draw(t, "update"))
		}
		for range length("registration") {
			in.BlockAtRegistration = append(in.BlockAtRegistration, block.Draw(t, "registration"))
		}
		if rapid.Bool().Draw(t, "commit-reveal") {
			in.CommitBlocks = make([]uint64, n)
			for i := range in.CommitBlocks {
				in.CommitBlocks[i] = rapid.SampledFrom([]uint64{NoCommit, 500, 1500}).Draw(t, "commit")
			}
		}
		rows := func(name string) (rows [][]Entry) {
			for range length(name) {
				if wellFormed {
					var row []Entry
					for j := range n {
						if rapid.Bool().Draw(t, "present") {
							row = append(row, Entry{uint16(j), rapid.Uint16().Draw(t, name)})
						}
					}
					rows = append(rows, row)
					continue
				}
				rows = append(rows, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Entry {
					return Entry{rapid.Uint16Range(0, 15).Draw(t, "uid"), rapid.Uint16().Draw(t, name)}
				}), 0, 12).Draw(t, name+" row"))
			}
			return rows
		}
		in.Weights, in.Bonds = rows("weight"), rows("bond")
		return in
	})
}

var rules = []Rule{Yuma3, Yuma2}

// near1Or0 holds when the shares sum to 1 but for the rounding of each, or are all 0.
func near1Or0(t *rapid.T, name string, shares []fixed.I32F32) {
	total := sum(shares)
	// The rounding of a share is below one unit; sums of tiny ranks, which are themselves rounded, stay within it.
	if slack := fixed.I32F32FromBits(int64(len(shares))); anyNonzero(shares) && slack.Less(total.Sub(one).Abs()) {
		t.Fatalf("%s sums to %s: %v", name, total, shares)
	}
	for _, s := range shares {
		if s.Sign() < 0 || one.Less(s) {
			t.Fatalf("%s has a share outside of 0..1: %s", name, s)
		}
	}
}

func TestSharesAndLengths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := subnets(rapid.Bool().Draw(t, "well-formed")).Draw(t, "subnet")
		for _, rule := range rules {
			out := rule(in)
			near1Or0(t, "incentive", out.Trace.Incentive)
			near1Or0(t, "dividends", out.Trace.Dividends)
			near1Or0(t, "stake", out.Trace.Stake)
			var emitted uint64
			for i := range in.Neurons {
				emitted += out.ServerEmission[i]
				if emitted > in.Emission {
					t.Fatalf("server emission %v is above %d", out.ServerEmission, in.Emission)
				}
				if !out.ValidatorPermit[i] && out.Bonds[i] != nil {
					t.Fatalf("uid %d keeps bonds without a permit", i)
				}
				for _, b := range out.Bonds[i] {
					if int(b.UID) >= in.Neurons {
						t.Fatalf("bond to uid %d of %d", b.UID, in.Neurons)
					}
				}
			}
			for _, length := range []int{
				len(out.Consensus), len(out.ValidatorTrust), len(out.Incentive), len(out.Trust), len(out.Dividends),
				len(out.StakeWeight), len(out.PruningScore), len(out.Active), len(out.ValidatorPermit), len(out.Emission),
				len(out.ServerEmission), len(out.ValidatorEmission), len(out.Stake), len(out.Bonds),
			} {
				if length != in.Neurons {
					t.Fatalf("a result has %d values, want %d", length, in.Neurons)
				}
			}
		}
	})
}

// TestRenumbering gives the neurons other uids. All sums of an epoch are exact integer sums, which no order changes; only
// the median's saturating sums and ties for a permit look at the order, so ties are excluded here.
func TestRenumbering(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := subnets(true).Draw(t, "subnet")
		order := make([]int, in.Neurons) // the new uid of each
		for i := range order {
			order[i] = i
		}
		order = rapid.Permutation(order).Draw(t, "order")
		for i := range in.Stake {
			in.Stake[i] = in.Stake[i].Add(fixed.I64F64FromInt(int64(1+i) << 41)) // no ties
		}
		renumbered := *in
		renumbered.Stake = moved(in.Stake, order)
		renumbered.ValidatorPermit = moved(in.ValidatorPermit, order)
		renumbered.LastUpdate = moved(in.LastUpdate, order)
		renumbered.BlockAtRegistration = moved(in.BlockAtRegistration, order)
		renumbered.Weights = movedRows(in.Weights, order)
		renumbered.Bonds = movedRows(in.Bonds, order)
		if in.CommitBlocks != nil {
			renumbered.CommitBlocks = moved(in.CommitBlocks, order)
		}
		if int(in.Owner) < in.Neurons {
			renumbered.Owner = uint16(order[in.Owner])
		}
		for _, rule := range rules {
			a, b := rule(in), rule(&renumbered)
			equal(t, "consensus", moved(a.Trace.Consensus, order), b.Trace.Consensus)
			equal(t, "validator trust", moved(a.Trace.ValidatorTrust, order), b.Trace.ValidatorTrust)
			equal(t, "incentive", moved(a.Trace.Incentive, order), b.Trace.Incentive)
			equal(t, "dividends", moved(a.Trace.Dividends, order), b.Trace.Dividends)
			equal(t, "permits", moved(a.ValidatorPermit, order), b.ValidatorPermit)
			equal(t, "emission", moved(a.Emission, order), b.Emission)
			for i, row := range movedRows(a.Bonds, order) {
				equal(t, "bonds", row, b.Bonds[i])
			}
		}
	})
}

func moved[T any](x []T, order []int) []T {
	out := make([]T, len(x))
	for i, v := range x {
		out[order[i]] = v
	}
	return out
}

func movedRows(rows [][]Entry, order []int) [][]Entry {
	out := moved(rows, order)
	for i, row := range out {
		var renamed []Entry
		for _, e := range row {
			renamed = append(renamed, Entry{uint16(order[e.UID]), e.Value})
		}
		slices.SortFunc(renamed, func(a, b Entry) int { return int(a.UID) - int(b.UID) })
		out[i] = renamed
	}
	return out
}

func equal[T comparable](t *rapid.T, name string, want, got []T) {
	if !slices.Equal(want, got) {
		t.Fatalf("%s after renumbering %v, want %v", name, got, want)
	}
}

func TestMovingAverageShare(t *testing.T) {
	for _, c := range []struct {
		average      uint64
		yuma2, yuma3 int64 // bits
	}{
		{0, 1 << 32, 1 << 32},
		{1_000_000, 0, 0},
		{900_000, 429496730, 429496730},
		{2_000_000, -1 << 32, -1 << 32},
		// 5 * 10^9 does not fit: Yuma 2 takes the highest number, Yuma 3 5 * 10^9 - 2^32.
		{5_000_000_000_000_000, 1<<32 - math.MaxInt64, (1 - (5_000_000_000 - 1<<32)) << 32},
	} {
		if got := newShare(c.average).Bits(); got != c.yuma2 {
			t.Errorf("Yuma 2, average %d: %d, want %d", c.average, got, c.yuma2)
		}
		if got := newShareWrapping(c.average).Bits(); got != c.yuma3 {
			t.Errorf("Yuma 3, average %d: %d, want %d", c.average, got, c.yuma3)
		}
	}
}
