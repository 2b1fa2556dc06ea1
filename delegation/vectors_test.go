package delegation

import (
	"encoding/json"
	"testing"

	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/internal/vectors/forms"
)

type key struct {
	Alpha        uint64 `json:",string"`
	Root         uint64 `json:",string"`
	Owner        int
	ChildkeyTake uint16 `json:"childkey_take"`
	Dividend     forms.One[fixed.U96F32]
}

// family is a set of hotkeys and who lends to whom.
type family struct {
	TaoWeight vectors.U64 `json:"tao_weight"`
	Burn      vectors.U64 `json:"childkey_burn"`
	Keys      []key
	Edges     []struct {
		Parent, Child int
		Proportion    uint64 `json:",string"`
	}
}

func (f family) toChildren(k int) (out []uint64) {
	for _, e := range f.Edges {
		if e.Parent == k {
			out = append(out, e.Proportion)
		}
	}
	return out
}

func (f family) parents(k int) (numbers []int, out []Parent) {
	for _, e := range f.Edges {
		if e.Child == k {
			p := f.Keys[e.Parent]
			numbers = append(numbers, e.Parent)
			out = append(out, Parent{Alpha: p.Alpha, Root: p.Root, Proportion: e.Proportion, SameOwner: p.Owner == f.Keys[k].Owner})
		}
	}
	return numbers, out
}

func (f family) inherited(k int, stake func(key) uint64) uint64 {
	var in []Inflow
	for _, e := range f.Edges {
		if e.Child == k {
			in = append(in, Inflow{Stake: stake(f.Keys[e.Parent]), Proportion: e.Proportion})
		}
	}
	return InheritedStake(stake(f.Keys[k]), f.toChildren(k), in)
}

func (f family) self(k int) uint64 {
	return SelfContribution(f.Keys[k].Alpha, f.Keys[k].Root, f.toChildren(k), emission.Fraction(uint64(f.TaoWeight)))
}

// pair is [key, amount] in JSON.
type pair[T any] struct {
	key    int
	amount T
}

func (p *pair[T]) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&p.key, &p.amount})
}

// parts are what some of the keys get.
type parts struct {
	U96F32 []pair[forms.Bits[fixed.U96F32]]
}

func TestVectors(t *testing.T) {
	vectors.Calls(t, "stake.jsonl", map[string]vectors.Check{
		"inherited_stake":                 checkInherited,
		"dividend_distribution":           checkDistribution,
		"calculate_dividend_distribution": checkDistribute,
	}, vectors.Others)
}

func checkInherited(t *testing.T, in, out json.RawMessage) {
	var f family
	var want []struct {
		Alpha  vectors.U64             `json:"inherited_alpha"`
		Tao    vectors.U64             `json:"inherited_tao"`
		Weight forms.One[fixed.I64F64] `json:"stake_weight"`
		Self   vectors.U64             `json:"self_contribution"`
	}
	vectors.Parse(t, in, &f)
	vectors.Parse(t, out, &want)
	for k, w := range want {
		alpha := f.inherited(k, func(k key) uint64 { return k.Alpha })
		tao := f.inherited(k, func(k key) uint64 { return k.Root })
		vectors.Expect(t, "alpha", alpha, uint64(w.Alpha))
		vectors.Expect(t, "tao", tao, uint64(w.Tao))
		vectors.Expect(t, "weight", StakeWeight(alpha, tao, emission.Fraction(uint64(f.TaoWeight))), w.Weight.V)
		vectors.Expect(t, "self", f.self(k), uint64(w.Self))
	}
}

func checkDistribution(t *testing.T, in, out json.RawMessage) {
	var a struct {
		family
		Emission     []struct{ Server, Validator vectors.U64 }
		PendingAlpha vectors.U64 `json:"pending_validator_alpha"`
		PendingRoot  vectors.U64 `json:"pending_root_alpha"`
	}
	var want struct {
		Routes []struct {
			Recycled vectors.U64
			To       []pair[vectors.U64]
		}
		Alpha parts `json:"alpha_dividends"`
		Root  parts `json:"root_alpha_dividends"`
	}
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	rates := Rates{TaoWeight: emission.Fraction(uint64(a.TaoWeight)), Burn: emission.Fraction(uint64(a.Burn))}
	holders := make([]Holder, len(a.Keys))
	for k, own := range a.Keys {
		holders[k].Alpha, holders[k].Root = own.Alpha, own.Root
	}
	credit := func(k int, amount uint64) {
		holders[k].Dividend = holders[k].Dividend.Add(fixed.U96F32FromUint(amount))
	}
	for k, own := range a.Keys {
		rates.Take = own.ChildkeyTake
		numbers, parents := a.parents(k)
		routed := Route(uint64(a.Emission[k].Validator), a.self(k), parents, rates)
		vectors.Expect(t, "recycled", routed.Recycled, uint64(want.Routes[k].Recycled))
		vectors.Expect(t, "routes", len(parents)+1, len(want.Routes[k].To))
		for i, amount := range append(routed.ToParents, routed.ToSelf) {
			to := k
			if i < len(numbers) {
				to = numbers[i]
			}
			vectors.Expect(t, "receiver", to, want.Routes[k].To[i].key)
			vectors.Expect(t, "amount", amount, uint64(want.Routes[k].To[i].amount))
			credit(to, amount)
		}
	}
	alpha, root := Distribute(holders, uint64(a.PendingAlpha), uint64(a.PendingRoot), rates.TaoWeight)
	expectAll(t, "alpha", alpha, want.Alpha)
	expectAll(t, "root", root, want.Root)
}

func expectAll(t *testing.T, what string, got []fixed.U96F32, want parts) {
	t.Helper()
	vectors.Expect(t, what+" receivers", len(got), len(want.U96F32))
	for i, w := range want.U96F32 {
		vectors.Expect(t, what+" receiver", i, w.key)
		vectors.Expect(t, what, got[i], w.amount.V)
	}
}

func checkDistribute(t *testing.T, in, out json.RawMessage) {
	var a struct {
		PendingAlpha vectors.U64             `json:"pending_alpha"`
		PendingRoot  vectors.U64             `json:"pending_root_alpha"`
		TaoWeight    forms.One[fixed.U96F32] `json:"tao_weight"`
		Keys         []key
	}
	var want struct{ Alpha, Root parts }
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	var holders []Holder
	for _, k := range a.Keys {
		holders = append(holders, Holder{Alpha: k.Alpha, Root: k.Root, Dividend: k.Dividend.V})
	}
	alpha, root := Distribute(holders, uint64(a.PendingAlpha), uint64(a.PendingRoot), a.TaoWeight.V)
	expectAll(t, "alpha", alpha, want.Alpha)
	expectAll(t, "root", root, want.Root)
}
