package yuma

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
)

// sameBits compares fixed-point numbers by their bits and takes nil for an empty row.
var sameBits = cmp.Options{
	cmp.Comparer(func(a, b fixed.I32F32) bool { return a == b }),
	cmp.Comparer(func(a, b fixed.I64F64) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

func TestRecordedEpochs(t *testing.T) {
	for file, count := range map[string]int{
		"epoch.jsonl": 444, "epoch-runs.jsonl": 168, "published-epoch-cases.jsonl": 289,
	} {
		t.Run(file, func(t *testing.T) {
			stated := 0
			vectors.Lines(t, file, count, func(_ int, c *epochCase) {
				t.Run(c.Case, func(t *testing.T) {
					checkEpoch(t, c)
					if c.Published != nil {
						stated++
						checkPublished(t, c)
					}
				})
			})
			if file == "published-epoch-cases.jsonl" && stated != 98 {
				t.Errorf("%d cases with published numbers, want 98", stated)
			}
		})
	}
}

// checkEpoch runs the case and compares every figure, the inner ones first.
func checkEpoch(t *testing.T, c *epochCase) *Output {
	t.Helper()
	in := c.input()
	if in.ActivityCutoff != uint64(c.In.ActivityCutoffBlocks) {
		t.Errorf("activity cutoff %d blocks, want %d", in.ActivityCutoff, c.In.ActivityCutoffBlocks)
	}
	if c.Mid.CommitBlocks != nil {
		same(t, "commit blocks", in.CommitBlocks, uints(c.Mid.CommitBlocks))
	}
	out := c.rule()(in)
	same(t, "stake (inner)", out.Trace.Stake, c.Mid.Stake)
	same(t, "active stake (inner)", out.Trace.ActiveStake, c.Mid.ActiveStake)
	if c.Mid.Weights != nil {
		same(t, "weights (inner)", out.Trace.Weights, c.Mid.Weights.matrix())
	}
	same(t, "consensus (inner)", out.Trace.Consensus, c.Mid.Consensus)
	same(t, "validator trust (inner)", out.Trace.ValidatorTrust, c.Mid.ValidatorTrust)
	same(t, "incentive (inner)", out.Trace.Incentive, c.Mid.Incentive)
	if c.Mid.EMABonds != nil {
		same(t, "bonds (inner)", out.Trace.Bonds, c.Mid.EMABonds.matrix())
	}
	same(t, "dividends (inner)", out.Trace.Dividends, c.Mid.Dividends)

	same(t, "incentive", out.Incentive, c.Out.Incentive)
	same(t, "dividends", out.Dividends, c.Out.Dividends)
	same(t, "consensus", out.Consensus, c.Out.Consensus)
	same(t, "validator trust", out.ValidatorTrust, c.Out.ValidatorTrust)
	same(t, "stake weight", out.StakeWeight, c.Out.StakeWeight)
	same(t, "active", out.Active, c.Out.Active)
	same(t, "validator permit", out.ValidatorPermit, c.Out.ValidatorPermit)
	same(t, "emission", out.Emission, uints(c.Out.Emission))
	same(t, "server emission", out.ServerEmission, uints(c.Out.ServerEmission))
	same(t, "validator emission", out.ValidatorEmission, uints(c.Out.ValidatorEmission))
	same(t, "stake", out.Stake, uints(c.Out.Stake))
	same(t, "bonds", out.Bonds, stored(c.Out.Bonds))
	return out
}

func same[T any](t *testing.T, name string, got, want []T) {
	t.Helper()
	if diff := cmp.Diff(want, got, sameBits); diff != "" {
		t.Errorf("%s differs (- want, + got):\n%s", name, diff)
	}
}

// checkPublished compares with the numbers that upstream's own tests state.
func checkPublished(t *testing.T, c *epochCase) {
	t.Helper()
	p, out := c.Published, c.rule()(c.input())
	for _, b := range p.Bonds {
		row := out.Bonds[b[0]]
		if k := slices.IndexFunc(row, func(e Entry) bool { return e.UID == b[1] }); k < 0 && b[2] != 0 || k >= 0 && row[k].Value != b[2] {
			t.Errorf("published bond %v, got row %v", b, row)
		}
	}
	for name, field := range map[string]struct {
		want map[string]uint16
		got  []uint16
	}{
		"dividends": {p.Dividends, out.Dividends},
		"incentive": {p.Incentive, out.Incentive},
		"consensus": {p.Consensus, out.Consensus},
	} {
		for uid, want := range field.want {
			if got := field.got[index(t, uid)]; got != want {
				t.Errorf("published %s of %s is %d, got %d", name, uid, want, got)
			}
		}
	}
	for uid, want := range p.Emission {
		if got := out.Emission[index(t, uid)]; got != uint64(want) {
			t.Errorf("published emission of %s is %d, got %d", uid, want, got)
		}
	}
	for uid, want := range p.DividendsNear {
		if got := float64(out.Dividends[uid]) / 65535; math.Abs(got-want) > p.Epsilon {
			t.Errorf("published dividends of %d are %v, got %v", uid, want, got)
		}
	}
	for i, row := range p.BondsNear {
		for j, want := range row {
			got := 0.0
			for _, e := range out.Bonds[i] {
				if int(e.UID) == p.BondsNearFrom+j {
					got = float64(e.Value) / 65535
				}
			}
			if math.Abs(got-want) > p.Epsilon {
				t.Errorf("published bond %d, %d is %v, got %v", i, p.BondsNearFrom+j, want, got)
			}
		}
	}
}

func index(t *testing.T, uid string) int {
	t.Helper()
	n, err := strconv.Atoi(uid)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mechanismCase is a line of mechanisms.jsonl.
type mechanismCase struct {
	Fn string
	In struct {
		MechanismCount  int `json:"mechanism_count"`
		Split           []uint16
		Alpha           u64
		Existing, Added any
		Weight          struct{ U64F64 string }
		Mechanisms      []*epochCase
	}
	Out any
}

// mechanismOut is Out of epoch_with_mechanisms.
type mechanismOut struct {
	Incentive [][]uint16
	recorded
}

func TestMechanismVectors(t *testing.T) {
	vectors.Lines(t, "mechanisms.jsonl", 252, func(n int, c *mechanismCase) {
		weight := func() fixed.U64F64 {
			raw, err := fixed.ParseUint128(c.In.Weight.U64F64)
			if err != nil {
				t.Fatal(err)
			}
			return fixed.U64F64FromBits(raw)
		}
		number := func(v any) uint64 {
			n, err := strconv.ParseUint(fmt.Sprint(v), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		switch c.Fn {
		case "split_emissions":
			var want []uint64
			for _, v := range c.Out.([]any) {
				want = append(want, number(v))
			}
			same(t, fmt.Sprint("line ", n), SplitEmission(uint64(c.In.Alpha), c.In.MechanismCount, c.In.Split), want)
		case "weighted_acc_u16":
			got := addWeighted16(uint16(number(c.In.Existing)), uint16(number(c.In.Added)), weight())
			if uint64(got) != number(c.Out) {
				t.Errorf("line %d: %d, want %v", n, got, c.Out)
			}
		case "weighted_acc_alpha":
			if got := addWeighted64(number(c.In.Existing), number(c.In.Added), weight()); got != number(c.Out) {
				t.Errorf("line %d: %d, want %v", n, got, c.Out)
			}
		case "epoch_with_mechanisms":
			t.Run(fmt.Sprint("line ", n), func(t *testing.T) { checkMechanisms(t, c) })
		default:
			t.Errorf("line %d: unknown function %s", n, c.Fn)
		}
	})
}

func checkMechanisms(t *testing.T, c *mechanismCase) {
	var want mechanismOut
	decode(t, c.Out, &want)
	alpha := uint64(c.In.Alpha)
	parts := SplitEmission(alpha, c.In.MechanismCount, c.In.Split)
	var outputs []*Output
	for m, one := range c.In.Mechanisms {
		if parts[m] != uint64(one.In.Emission) {
			t.Errorf("mechanism %d gets %d, want %d", m, parts[m], one.In.Emission)
		}
		outputs = append(outputs, checkEpoch(t, one))
		same(t, "stored incentive", outputs[m].Incentive, want.Incentive[m])
	}
	got := Combine(outputs, parts, alpha)
	same(t, "dividends", got.Dividends, want.Dividends)
	same(t, "consensus", got.Consensus, want.Consensus)
	same(t, "validator trust", got.ValidatorTrust, want.ValidatorTrust)
	same(t, "stake weight", got.StakeWeight, want.StakeWeight)
	same(t, "active", got.Active, want.Active)
	same(t, "validator permit", got.ValidatorPermit, want.ValidatorPermit)
	same(t, "emission", got.Emission, uints(want.Emission))
	same(t, "server emission", got.ServerEmission, uints(want.ServerEmission))
	same(t, "validator emission", got.ValidatorEmission, uints(want.ValidatorEmission))
}

func TestMechanismsWithoutEmission(t *testing.T) {
	if got := SplitEmission(5, 0, nil); len(got) != 0 {
		t.Errorf("split over no mechanism: %v", got)
	}
	first, second := network(8, 3), network(8, 3)
	first.Emission, second.Emission = 0, 0
	second.LastUpdate = make([]uint64, 8) // nobody has weights there
	outputs := []*Output{Yuma3(first), Yuma3(second)}
	got := Combine(outputs, SplitEmission(0, 2, nil), 0)
	same(t, "dividends", got.Dividends, outputs[0].Dividends)
	same(t, "consensus", got.Consensus, outputs[0].Consensus)
	same(t, "stake weight", got.StakeWeight, outputs[0].StakeWeight)
	if !slices.Equal(got.Emission, make([]uint64, 8)) || slices.Max(got.Dividends) == 0 {
		t.Errorf("emission %v, dividends %v", got.Emission, got.Dividends)
	}
	if got := Combine(nil, nil, 0); len(got.Stake) != 0 {
		t.Errorf("no mechanisms combine to %v", got)
	}
}
