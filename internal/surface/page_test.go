package surface

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/adminutils"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
	"github.com/myelin-go/myelin/subtensor/codec"
)

var update = flag.Bool("update", false, "write docs/surface.md anew")

const pageFile = "../../docs/surface.md"

// TestThePageSaysWhatIsServed compares docs/surface.md with the runtime.
func TestThePageSaysWhatIsServed(t *testing.T) {
	p := newPage(t)
	want := p.write()
	if *update && !t.Failed() {
		if err := os.WriteFile(pageFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/surface.md is not what the runtime says: run go test ./internal/surface -update")
	}
}

// page is docs/surface.md in the making.
type page struct {
	strings.Builder
	t        *testing.T
	chain    *genesis.Chain
	m        *metadata.Metadata
	codec    *codec.Codec
	text     *code
	code     map[string]*callCode
	settings map[string]adminutils.Setting // of AdminUtils, by call
	who      map[string]string
	smallest int // bytes of a signed transaction beside its call
}

func newPage(t *testing.T) *page {
	p := &page{t: t, chain: genesis.Bittensor(genesis.Localnet()), m: ours(t, 15), text: programText(t), settings: map[string]adminutils.Setting{}, who: map[string]string{}}
	p.codec = codec.New(p.m)
	p.code = p.text.bind(t, p.chain.Runtime.Pallets())
	for _, s := range chain.Pallet[adminutils.Pallet](p.chain.Runtime).Settings() {
		p.settings[adminutils.Name+"."+s.Call] = s
	}
	for _, line := range lines(t, "testdata/who.txt") {
		name, who, ok := strings.Cut(line, " ")
		if !ok || p.who[name] != "" {
			t.Errorf("who.txt: want \"Pallet.call who\", once, not %q", line)
		}
		p.who[name] = who
	}
	p.smallest = len(bt.Parsed{Signed: &bt.Signed{Address: bt.AddressOf(bt.AccountID{}), Signature: bt.MultiSignature{Sr25519: &[64]byte{}}, Extra: bt.Extra{Era: bt.MortalEra(64, 0)}}}.Encode())
	return p
}

func lines(t *testing.T, file string) (out []string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

func (p *page) write() string {
	p.WriteString(preamble)
	for _, d := range p.chain.Runtime.Pallets() {
		fmt.Fprintf(p, "- [%s](#%s)\n", d.Name, strings.ToLower(fmt.Sprintf("%s-%d", d.Name, d.Index)))
	}
	p.WriteString("- [Runtime functions](#runtime-functions)\n- [Transaction extensions](#transaction-extensions)\n")
	for _, d := range p.chain.Runtime.Pallets() {
		p.pallet(d)
	}
	for name := range p.who {
		if p.code[name] == nil {
			p.t.Errorf("who.txt lists %s, which is no call", name)
		}
	}
	p.functions()
	return p.String()
}

const preamble = `# The surface of the chain

What the node serves under spec 461, as ` + "`myelin metadata --json`" + ` prints it too, and what calls ask, cost and may fail with. This page is made from the runtime and from
the program's text: ` + "`go test ./internal/surface -update`" + ` writes it, and the tests fail while it is not up to date.

**Who may call.** *Anybody* is an account that signed, or for which a proxy, a multisig or root acts; a hotkey or a coldkey is such an account too. *Root* is the chain
itself: the sudo key by Sudo.sudo, the scheduler. *Nobody* is an extrinsic without signature. Another origin fails with BadOrigin.

**Fee.** Weight is the declared time in microseconds and the size of the proof in bytes, the database included. The fee, in TAO, is that of the smallest signed transaction with this call: the base, the
weight of call and extensions (0.0005 rao for a picosecond), and its length, 1 rao for each byte, so that a longer one costs a rao for each further byte. Tips come on top. *Free* calls cost their tip
only. Where the weight depends on the arguments, *from* gives the least.

**Errors** are all that the code of a call can reach, some of them in rare states only; those of other pallets stand under their names, and Substrate's own under theirs (Token,
Arithmetic …). Any call may also fail with BadOrigin, with System.CallFiltered in safe mode or under a proxy that does not permit it, and, while the signer has announced a swap of its coldkey, with
SubtensorModule.ColdkeySwapAnnounced or ColdkeySwapDisputed. Calls that make other calls fail with those calls' errors as well.

Integers named compact are in SCALE's short form. Items of storage give, in this order: the keys with their hashers, and the value; *or none* means that it may be absent.

`

func (p *page) pallet(d *frame.Description) {
	m := p.m.Pallet(d.Name)
	fmt.Fprintf(p, "\n## %s (%d)\n", d.Name, d.Index)
	if len(d.Calls) > 0 {
		p.WriteString("\n| # | Call | Arguments | Who | Weight | Fee | Errors |\n|---|---|---|---|---|---|---|\n")
		calls := slices.Clone(d.Calls)
		slices.SortFunc(calls, func(a, b frame.CallVariant) int { return int(a.Index) - int(b.Index) })
		for _, v := range calls {
			p.call(d, v)
		}
	}
	if entries := m.Storage.Value.Entries; len(entries) > 0 {
		p.WriteString("\n| Storage | Keys | Value | |\n|---|---|---|---|\n")
		for _, e := range entries {
			value := p.typ(e.Value)
			if e.Optional {
				value += " or none"
			}
			fmt.Fprintf(p, "| %s | %s | %s | %s |\n", e.Name, p.keys(&e), value, cell(e.Docs))
		}
	}
	if m.Event.Set {
		p.WriteString("\n| # | Event | |\n|---|---|---|\n")
		for _, v := range p.m.Type(m.Event.Value).Variants {
			fmt.Fprintf(p, "| %d | %s(%s) | %s |\n", v.Index, v.Name, p.fields(v.Fields), cell(v.Docs))
		}
	}
	if m.Error.Set {
		p.WriteString("\n| # | Error | |\n|---|---|---|\n")
		for _, v := range p.m.Type(m.Error.Value).Variants {
			fmt.Fprintf(p, "| %d | %s | %s |\n", v.Index, v.Name, cell(v.Docs))
		}
	}
	if len(m.Constants) > 0 {
		p.WriteString("\n| Constant | Type | Value | |\n|---|---|---|---|\n")
		for _, c := range m.Constants {
			fmt.Fprintf(p, "| %s | %s | %s | %s |\n", c.Name, p.typ(c.Type), p.constant(c), cell(c.Docs))
		}
	}
}

func (p *page) call(d *frame.Description, v frame.CallVariant) {
	name := d.Name + "." + v.Name
	meta := p.m.CallAt(p.m.Pallet(d.Name), v.Index)
	k := p.code[name]
	if k == nil {
		p.t.Errorf("%s was not found in the program's text", name)
		return
	}
	r := p.text.from(k, "(*"+chainRoot+"/pallets/subtensor.Pallet).Guard")
	if s, ok := p.settings[name]; ok {
		r.errors = append(r.errors, ruleErrors(s)...)
		slices.Sort(r.errors)
		r.errors = slices.Compact(r.errors)
	}
	weight, fee := p.cost(v, r)
	fmt.Fprintf(p, "| %d | **%s** %s | %s | %s | %s | %s | %s |\n",
		v.Index, v.Name, cell(meta.Docs), p.fields(meta.Fields), p.mayCall(name, r), weight, fee, grouped(d.Name, r.errors))
}

// ruleErrors are the errors by which the declared rule of a setting refuses.
func ruleErrors(s adminutils.Setting) (out []string) {
	if s.Pace != "" {
		out = append(out, "SubtensorModule.TxRateLimitExceeded")
	}
	if s.Frozen {
		out = append(out, "SubtensorModule.AdminActionProhibitedDuringWeightsWindow")
	}
	if s.Exists {
		out = append(out, "AdminUtils.SubnetDoesNotExist")
	}
	if s.BeyondRoot {
		out = append(out, "AdminUtils.NotPermittedOnRootSubnet")
	}
	return out
}

// mayCall tells who may make a call: by the declared rule of a setting, by what the code asks, or by who.txt.
func (p *page) mayCall(name string, r reached) string {
	derived := ""
	if s, ok := p.settings[name]; ok {
		if derived = "root"; s.Owner {
			derived = "the subnet's owner, or root"
		}
	} else {
		switch strings.Join(r.origins, " ") {
		case "EnsureRoot", "IsRoot":
			derived = "root"
		case "EnsureNone":
			derived = "nobody"
		case "EnsureOwnerOrRoot", "Account EnsureOwnerOrRoot":
			derived = "the subnet's owner, or root"
		case "ensureOwner":
			derived = "the subnet's owner"
		}
	}
	listed := p.who[name]
	switch {
	case derived == "" && listed == "":
		p.t.Errorf("who.txt lacks %s, and its code does not tell: it asks %v", name, r.origins)
	case derived != "" && listed != "":
		p.t.Errorf("who.txt lists %s, but %s", name, derived)
	case strings.HasPrefix(listed, "root") && !slices.Contains(r.origins, "EnsureRoot"),
		strings.HasPrefix(listed, "nobody") && !slices.Contains(r.origins, "IsNone"),
		strings.HasSuffix(listed, "or root") && !slices.Contains(r.origins, "IsRoot") && !slices.Contains(r.origins, "IsNone"):
		p.t.Errorf("who.txt says of %s: %s; its code asks %v", name, listed, r.origins)
	case listed != "" && len(r.origins) == 0 && !strings.Contains(listed, "in vain") && !strings.Contains(listed, "signed or not"):
		p.t.Errorf("who.txt says of %s: %s; its code asks nobody", name, listed)
	}
	return derived + listed
}

// cost is a call's weight, and the fee of the smallest transaction with it.
func (p *page) cost(v frame.CallVariant, r reached) (weight, fee string) {
	info := v.Info
	weight = fmt.Sprintf("%s µs, %d B", thousandths(info.Weight.RefTime/1000), info.Weight.ProofSize)
	from := ""
	if r.dynamic {
		weight, from = "from "+weight, "from "
	}
	info.Weight = info.Weight.Add(genesis.ExtensionWeight)
	rao := p.chain.Parts.Payment.Fee(uint32(p.smallest+2+scale.MinSize(v.Type)), info, 0).Total()
	switch {
	case info.Class == frame.Mandatory:
		fee = "none"
	case info.Pays == frame.PaysNo:
		fee = "free"
	default:
		if v.Type == reflect.TypeFor[registration.PowRegister]() {
			from = "free; inside another call "
		}
		fee = from + strings.TrimRight(fmt.Sprintf("%d.%09d", rao/bt.Tao, rao%bt.Tao), "0")
		if r.free {
			fee += ", or free by the outcome"
		}
	}
	return weight, fee
}

// thousandths prints a number of thousandths without zeros at the end.
func thousandths(n uint64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%03d", n/1000, n%1000), "0"), ".")
}

// grouped lists errors: the pallet's own by name, others under their pallet's.
func grouped(own string, errs []string) string {
	var order []string
	by := map[string][]string{}
	for _, e := range errs {
		group, name, ok := strings.Cut(e, ".")
		if !ok {
			group, name = "others", e
		}
		if by[group] == nil {
			order = append(order, group)
		}
		by[group] = append(by[group], name)
	}
	slices.SortStableFunc(order, func(a, b string) int { return rank(a, own) - rank(b, own) })
	var out []string
	for _, group := range order {
		text := strings.Join(by[group], ", ")
		if group != own && group != "others" {
			text = group + ": " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// rank puts a pallet's own errors first, then those of other pallets, then Substrate's.
func rank(group, own string) int {
	switch group {
	case own:
		return 0
	case "Token", "Arithmetic":
		return 2
	case "others":
		return 3
	}
	return 1
}

func (p *page) fields(list []metadata.Field) string {
	var out []string
	for _, f := range list {
		text := p.typ(f.Type)
		if f.Name.Set {
			text = f.Name.Value + ": " + text
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// typ is a type for people: a list that is bounded is a list.
func (p *page) typ(id uint32) string {
	t := p.m.Type(id)
	switch {
	case t.Kind == metadata.Compact:
		return "compact " + p.typ(t.Elem)
	case t.Kind == metadata.Composite && strings.Contains(t.Name(), "Bounded") && len(t.Fields) == 1:
		return p.typ(t.Fields[0].Type)
	case t.Kind == metadata.Composite && t.Name() == "BTreeMap" && len(t.Fields) == 1:
		return p.typ(t.Fields[0].Type)
	}
	return strings.ReplaceAll(p.m.TypeName(id), "<", "\\<") // no tag of HTML
}

func (p *page) keys(e *metadata.Entry) string {
	var types []uint32
	switch len(e.Hashers) {
	case 0:
		return ""
	case 1:
		types = []uint32{e.Key}
	default:
		types = p.m.Type(e.Key).Tuple
	}
	var out []string
	for i, h := range e.Hashers {
		out = append(out, fmt.Sprintf("%s %v", p.typ(types[i]), h))
	}
	return strings.Join(out, ", ")
}

// constant is a constant's value, or how long it is where it would fill the page.
func (p *page) constant(c metadata.Constant) string {
	v, err := p.codec.Decode(c.Type, c.Value)
	if err != nil {
		p.t.Errorf("constant %s: %v", c.Name, err)
	}
	text := shown(v)
	if len(text) > 60 {
		return fmt.Sprintf("%d bytes", len(c.Value))
	}
	return text
}

func shown(v any) string {
	switch v := v.(type) {
	case []byte:
		for _, b := range v {
			if b < ' ' || b > '~' {
				return fmt.Sprintf("0x%x", v)
			}
		}
		return string(v)
	case map[string]any:
		var out []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, name+" "+shown(v[name]))
		}
		return strings.Join(out, ", ")
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			out[i] = shown(e)
		}
		return strings.Join(out, ", ")
	case codec.Variant:
		return strings.TrimSpace(v.Name + " " + shown(v.Value))
	case nil:
		return ""
	}
	if s, ok := v.(fmt.Stringer); ok && reflect.ValueOf(v).Kind() != reflect.Uint64 {
		return s.String()
	}
	return fmt.Sprint(v)
}

func (p *page) functions() {
	p.WriteString("\n## Runtime functions\n\nCalled as Group_function by `state_call`.\n")
	for _, a := range p.m.APIs {
		fmt.Fprintf(p, "\n| %s | Arguments | Answer | |\n|---|---|---|---|\n", a.Name)
		for _, f := range a.Methods {
			var args []string
			for _, in := range f.Inputs {
				args = append(args, in.Name+": "+p.typ(in.Type))
			}
			fmt.Fprintf(p, "| %s | %s | %s | %s |\n", f.Name, strings.Join(args, ", "), p.typ(f.Output), cell(f.Docs))
		}
	}
	p.WriteString("\n## Transaction extensions\n\n| Extension | Carried | Only signed |\n|---|---|---|\n")
	for _, x := range p.m.Extrinsic.Extensions {
		fmt.Fprintf(p, "| %s | %s | %s |\n", x.Name, p.typ(x.Explicit), p.typ(x.Implicit))
	}
}

// cell is documentation that fits a table.
func cell(docs []string) string {
	return strings.ReplaceAll(strings.TrimSpace(strings.Join(docs, " ")), "|", "\\|")
}
