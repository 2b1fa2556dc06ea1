package yuma

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/fixed"
)

func stakes(amounts ...uint64) []fixed.I64F64 {
	out := make([]fixed.I64F64, len(amounts))
	for i, a := range amounts {
		out[i] = fixed.I64F64FromUint(a)
	}
	return out
}

// four is a subnet of four neurons at block 100, of whom the first two have stake, weighed by the first: 3 for uid 2, 1 for uid 3.
func four(stake ...uint64) *Input {
	return &Input{
		Neurons: 4, Block: 100, ActivityCutoff: 10, Stake: stakes(stake...), LastUpdate: []uint64{50, 95, 95, 50}, BlockAtRegistration: make([]uint64, 4),
		Weights: [][]Entry{{{2, 3}, {3, 1}}, {{3, 65535}}},
	}
}

func TestNullPays(t *testing.T) {
	for _, c := range []struct {
		name                 string
		change               func(in *Input)
		stake                []uint64
		budgets              Budgets
		server, validator    []uint64
		incentive, dividends []uint16
		permits              []bool
	}{
		{
			name: "weights of the greatest stake, dividends for all stake", stake: []uint64{300, 100, 0, 0}, budgets: Budgets{500_000, 300_000, 200_000},
			server: []uint64{0, 0, 375_000, 125_000}, validator: []uint64{375_000, 125_000, 0, 0},
			incentive: []uint16{0, 0, 49151, 16383}, dividends: []uint16{49151, 16383, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "of equal ones the lowest uid decides", stake: []uint64{100, 100, 0, 0}, budgets: Budgets{Miners: 4, Validators: 3},
			server: []uint64{0, 0, 3, 1}, validator: []uint64{2, 1, 0, 0},
			incentive: []uint16{0, 0, 49151, 16383}, dividends: []uint16{32767, 32767, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "less than a unit decides", stake: []uint64{100, 100, 0, 0}, budgets: Budgets{Miners: 5, Validators: 2},
			change: func(in *Input) { in.Stake[1] = in.Stake[1].Add(fixed.I64F64FromBits(fixed.Int128{Lo: 1})) },
			server: []uint64{0, 0, 0, 5}, validator: []uint64{1, 1, 0, 0},
			incentive: []uint16{0, 0, 0, 65535}, dividends: []uint16{32767, 32767, 0, 0}, permits: []bool{false, true, false, false},
		},
		{
			name: "an odd unit goes to the lowest uid whose share is broken", stake: []uint64{1, 2, 0, 0}, budgets: Budgets{Miners: 7, Validators: 1},
			server: []uint64{0, 0, 0, 7}, validator: []uint64{1, 0, 0, 0},
			incentive: []uint16{0, 0, 0, 65535}, dividends: []uint16{21845, 43690, 0, 0}, permits: []bool{false, true, false, false},
		},
		{
			name: "without weights all neurons are the same", stake: []uint64{300, 100, 0, 0}, budgets: Budgets{Miners: 10, Validators: 4},
			change: func(in *Input) { in.Weights[0] = nil },
			server: []uint64{3, 3, 2, 2}, validator: []uint64{3, 1, 0, 0},
			incentive: []uint16{16383, 16383, 16383, 16383}, dividends: []uint16{49151, 16383, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "weights of nothing are none", stake: []uint64{300, 100, 0, 0}, budgets: Budgets{Miners: 8},
			change: func(in *Input) { in.Weights[0] = []Entry{{2, 0}} },
			server: []uint64{2, 2, 2, 2}, validator: []uint64{0, 0, 0, 0},
			incentive: []uint16{16383, 16383, 16383, 16383}, dividends: []uint16{49151, 16383, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "a weight for a neuron that was replaced is not for its successor", stake: []uint64{300, 100, 0, 0}, budgets: Budgets{Miners: 8},
			change: func(in *Input) { in.BlockAtRegistration[2] = 50 },
			server: []uint64{0, 0, 0, 8}, validator: []uint64{0, 0, 0, 0},
			incentive: []uint16{0, 0, 0, 65535}, dividends: []uint16{49151, 16383, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "nor one that was committed before", stake: []uint64{300, 100, 0, 0}, budgets: Budgets{Miners: 8},
			change: func(in *Input) {
				in.CommitBlocks = []uint64{20, NoCommit, NoCommit, NoCommit}
				in.BlockAtRegistration[3] = 21
			},
			server: []uint64{0, 0, 8, 0}, validator: []uint64{0, 0, 0, 0},
			incentive: []uint16{0, 0, 65535, 0}, dividends: []uint16{49151, 16383, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "whoever judges does not judge itself, and uids beyond the last are nobody", stake: []uint64{300, 100, 0, 0}, budgets: Budgets{Miners: 8},
			change: func(in *Input) { in.Weights[0] = []Entry{{0, 9}, {3, 1}, {4, 9}} },
			server: []uint64{0, 0, 0, 8}, validator: []uint64{0, 0, 0, 0},
			incentive: []uint16{0, 0, 0, 65535}, dividends: []uint16{49151, 16383, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "but the owner may", stake: []uint64{300, 100, 0, 0}, budgets: Budgets{Miners: 8},
			change: func(in *Input) { in.Weights[0] = []Entry{{0, 3}, {3, 1}}; in.HasOwner = true },
			server: []uint64{6, 0, 0, 2}, validator: []uint64{0, 0, 0, 0},
			incentive: []uint16{49151, 0, 0, 16383}, dividends: []uint16{49151, 16383, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "stake below the threshold counts", stake: []uint64{3, 1, 0, 0}, budgets: Budgets{Validators: 8},
			change: func(in *Input) { in.StakeThreshold = 1000 },
			server: []uint64{0, 0, 0, 0}, validator: []uint64{6, 2, 0, 0},
			incentive: []uint16{0, 0, 49151, 16383}, dividends: []uint16{49151, 16383, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "without stake all neurons are the same, and root gets nothing", stake: []uint64{0, 0, 0, 0}, budgets: Budgets{6, 5, 100},
			server: []uint64{3, 3, 3, 2}, validator: []uint64{0, 0, 0, 0},
			incentive: []uint16{16383, 16383, 16383, 16383}, dividends: []uint16{0, 0, 0, 0}, permits: []bool{true, false, false, false},
		},
		{
			name: "more than 64 bits of stake", stake: []uint64{math.MaxInt64, math.MaxInt64, 2, math.MaxInt64}, budgets: Budgets{Validators: 9},
			server: []uint64{0, 0, 0, 0}, validator: []uint64{3, 3, 1, 2},
			incentive: []uint16{0, 0, 49151, 16383}, dividends: []uint16{21844, 21844, 0, 21844}, permits: []bool{true, false, false, false},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := four(c.stake...)
			if c.change != nil {
				c.change(in)
			}
			out := Null(in, c.budgets)
			none := make([]uint16, 4)
			combined := make([]uint64, 4)
			for i := range combined {
				combined[i] = c.server[i] + c.validator[i]
			}
			for what, pair := range map[string][2]any{
				"miners": {out.ServerEmission, c.server}, "validators": {out.ValidatorEmission, c.validator}, "all": {out.Emission, combined},
				"incentive": {out.Incentive, c.incentive}, "dividends": {out.Dividends, c.dividends}, "stake": {out.StakeWeight, c.dividends},
				"permits": {out.ValidatorPermit, c.permits}, "active": {out.Active, []bool{false, true, true, false}},
				"consensus": {out.Consensus, none}, "trust of validators": {out.ValidatorTrust, none}, "rank": {out.Rank, none}, "trust": {out.Trust, none},
				"bonds": {out.Bonds, make([][]Entry, 4)},
			} {
				if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
			}
		})
	}
}

func TestNullOfNobody(t *testing.T) {
	if out := Null(&Input{}, Budgets{1, 1, 1}); len(out.ServerEmission) != 0 || len(out.ValidatorPermit) != 0 {
		t.Errorf("%+v", out)
	}
}

// Whatever the shares, all is given: each gets its exact share rounded down or up, and nothing where that is nothing.
func TestApportionGivesAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64Range(0, 65535), rapid.Uint64Range(0, 1<<56)), 1, 100).Draw(t, "parts")
		amount := rapid.OneOf(rapid.Uint64Range(0, 10), rapid.Uint64(), rapid.Just[uint64](math.MaxUint64)).Draw(t, "amount")
		s := newShares(slices.Clone(parts))
		paid := s.apportion(amount)
		sum, total := new(big.Int), new(big.Int)
		for i := range parts {
			sum.Add(sum, new(big.Int).SetUint64(paid[i]))
			total.Add(total, new(big.Int).SetUint64(parts[i]))
		}
		if total.Sign() == 0 {
			if sum.Sign() != 0 {
				t.Fatalf("%v paid to nobody", sum)
			}
			return
		}
		if sum.Cmp(new(big.Int).SetUint64(amount)) != 0 {
			t.Fatalf("%v paid of %d", sum, amount)
		}
		for i := range parts {
			exact, rest := new(big.Int).Mul(new(big.Int).SetUint64(amount), new(big.Int).SetUint64(parts[i])), new(big.Int)
			exact.DivMod(exact, total, rest)
			more := new(big.Int).SetUint64(paid[i])
			if more.Sub(more, exact); more.Sign() < 0 || more.Cmp(big.NewInt(1)) > 0 || more.Sign() > 0 && rest.Sign() == 0 {
				t.Fatalf("uid %d has %d of %d and gets %d of %d", i, parts[i], total, paid[i], amount)
			}
		}
	})
}

// The budgets of mechanisms sum to those of the subnet, whatever the split, so that rounding in four mechanisms does not pay a unit four times.
func TestBudgetsSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Budgets{rapid.Uint64Range(0, 1<<62).Draw(t, "miners"), rapid.Uint64Range(0, 1<<62).Draw(t, "validators"), rapid.Uint64Range(0, 1<<62).Draw(t, "root")}
		n := rapid.IntRange(1, 16).Draw(t, "mechanisms")
		var split []uint16
		if rapid.Bool().Draw(t, "custom") {
			left := 65535
			for range n - 1 {
				part := rapid.IntRange(0, left).Draw(t, "part")
				split, left = append(split, uint16(part)), left-part
			}
			split = append(split, uint16(left))
		}
		var sum Budgets
		for _, part := range b.Split(n, split) {
			sum.Miners, sum.Validators, sum.Root = sum.Miners+part.Miners, sum.Validators+part.Validators, sum.Root+part.Root
		}
		if sum != b {
			t.Fatalf("%+v of %+v", sum, b)
		}
	})
	if got := (Budgets{math.MaxUint64, 1, 1}).Total(); got != math.MaxUint64 {
		t.Errorf("a total of %d", got)
	}
}
