package delegation

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/fixed"
)

type key struct {
	Alpha        uint64 `json:",string"`
	Root         uint64 `json:",string"`
	Owner        int
	ChildkeyTake uint16 `json:"childkey_take"`
	Dividend     struct{ U96F32 string }
}

// family is a set of hotkeys and who lends to whom.
type family struct {
	TaoWeight string `json:"tao_weight"`
	Burn      string `json:"childkey_burn"`
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

func (f family) self(t *testing.T, k int) uint64 {
	return SelfContribution(f.Keys[k].Alpha, f.Keys[k].Root, f.toChildren(k), emission.Fraction(number(t, f.TaoWeight)))
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func bits(t *testing.T, s string) fixed.U96F32 {
	t.Helper()
	v, err := fixed.ParseUint128(s)
	if err != nil {
		t.Fatal(err)
	}
	return fixed.U96F32FromBits(v)
}

func parse(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%.300s: %v", data, err)
	}
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// pair is [key, amount] in JSON.
type pair struct {
	key    int
	amount string
}

func (p *pair) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&p.key, &p.amount})
}

func openVectors(t *testing.T) io.Reader {
	t.Helper()
	path := filepath.Join("testdata", "stake.jsonl.gz")
	if folder := os.Getenv("MYELIN_VECTORS"); folder != "" {
		path = filepath.Join(folder, "stake.jsonl")
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if filepath.Ext(path) != ".gz" {
		return file
	}
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVectors(t *testing.T) {
	checks := map[string]func(t *testing.T, in, out json.RawMessage){
		"inherited_stake":                 checkInherited,
		"dividend_distribution":           checkDistribution,
		"calculate_dividend_distribution": checkDistribute,
	}
	seen := map[string]int{}
	lines := bufio.NewScanner(openVectors(t))
	lines.Buffer(nil, 1<<22)
	for n := 1; lines.Scan(); n++ {
		var v struct {
			Fn      string
			In, Out json.RawMessage
		}
		parse(t, lines.Bytes(), &v)
		seen[v.Fn]++
		if check := checks[v.Fn]; check != nil {
			t.Run("", func(t *testing.T) {
				check(t, v.In, v.Out)
				if t.Failed() {
					t.Logf("line %d: %s", n, lines.Bytes())
				}
			})
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for fn := range checks {
		if seen[fn] == 0 {
			t.Errorf("no vector of %s", fn)
		}
	}
}

func checkInherited(t *testing.T, in, out json.RawMessage) {
	var f family
	var want []struct {
		Alpha  string                  `json:"inherited_alpha"`
		Tao    string                  `json:"inherited_tao"`
		Weight struct{ I64F64 string } `json:"stake_weight"`
		Self   string                  `json:"self_contribution"`
	}
	parse(t, in, &f)
	parse(t, out, &want)
	for k, w := range want {
		alpha := f.inherited(k, func(k key) uint64 { return k.Alpha })
		tao := f.inherited(k, func(k key) uint64 { return k.Root })
		expect(t, "alpha", alpha, number(t, w.Alpha))
		expect(t, "tao", tao, number(t, w.Tao))
		weight, err := fixed.ParseInt128(w.Weight.I64F64)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "weight", StakeWeight(alpha, tao, emission.Fraction(number(t, f.TaoWeight))), fixed.I64F64FromBits(weight))
		expect(t, "self", f.self(t, k), number(t, w.Self))
	}
}

func checkDistribution(t *testing.T, in, out json.RawMessage) {
	var a struct {
		family
		Emission     []struct{ Server, Validator string }
		PendingAlpha string `json:"pending_validator_alpha"`
		PendingRoot  string `json:"pending_root_alpha"`
	}
	var want struct {
		Routes []struct {
			Recycled string
			To       []pair
		}
		Alpha struct{ U96F32 []pair } `json:"alpha_dividends"`
		Root  struct{ U96F32 []pair } `json:"root_alpha_dividends"`
	}
	parse(t, in, &a)
	parse(t, out, &want)
	rates := Rates{TaoWeight: emission.Fraction(number(t, a.TaoWeight)), Burn: emission.Fraction(number(t, a.Burn))}
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
		routed := Route(number(t, a.Emission[k].Validator), a.self(t, k), parents, rates)
		expect(t, "recycled", routed.Recycled, number(t, want.Routes[k].Recycled))
		expect(t, "routes", len(parents)+1, len(want.Routes[k].To))
		for i, amount := range append(routed.ToParents, routed.ToSelf) {
			to := k
			if i < len(numbers) {
				to = numbers[i]
			}
			expect(t, "receiver", to, want.Routes[k].To[i].key)
			expect(t, "amount", amount, number(t, want.Routes[k].To[i].amount))
			credit(to, amount)
		}
	}
	alpha, root := Distribute(holders, number(t, a.PendingAlpha), number(t, a.PendingRoot), rates.TaoWeight)
	expectAll(t, "alpha", alpha, want.Alpha.U96F32)
	expectAll(t, "root", root, want.Root.U96F32)
}

func expectAll(t *testing.T, what string, got []fixed.U96F32, want []pair) {
	t.Helper()
	expect(t, what+" receivers", len(got), len(want))
	for i, w := range want {
		expect(t, what+" receiver", i, w.key)
		expect(t, what, got[i], bits(t, w.amount))
	}
}

func checkDistribute(t *testing.T, in, out json.RawMessage) {
	var a struct {
		PendingAlpha string                  `json:"pending_alpha"`
		PendingRoot  string                  `json:"pending_root_alpha"`
		TaoWeight    struct{ U96F32 string } `json:"tao_weight"`
		Keys         []key
	}
	var want struct{ Alpha, Root struct{ U96F32 []pair } }
	parse(t, in, &a)
	parse(t, out, &want)
	var holders []Holder
	for _, k := range a.Keys {
		holders = append(holders, Holder{Alpha: k.Alpha, Root: k.Root, Dividend: bits(t, k.Dividend.U96F32)})
	}
	alpha, root := Distribute(holders, number(t, a.PendingAlpha), number(t, a.PendingRoot), bits(t, a.TaoWeight.U96F32))
	expectAll(t, "alpha", alpha, want.Alpha.U96F32)
	expectAll(t, "root", root, want.Root.U96F32)
}
