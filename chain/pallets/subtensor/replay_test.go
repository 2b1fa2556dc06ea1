package subtensor_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/crowdloan"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/chain/pallets/proxy"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// trace is one test of upstream, as testdata/README.md describes.
type trace struct {
	Pallet, Test, Runtime string
	State                 map[string]string
	Ops                   []operation
}

type operation struct {
	Block, Pallet, Call, Hook, Encoded, Via, Result string
	Set, Changes                                    map[string]*string
	Origin                                          json.RawMessage
	Events                                          []event
	Info                                            declared
	Post                                            charged
}

type event struct{ Pallet, Name, Data string }

type header struct{ Runtimes map[string]runtime }

// runtime is one of upstream's test runtimes: the indices of its pallets and their constants.
type runtime struct {
	Pallets   map[string]uint8
	Constants map[string]map[string]string
}

// mock is upstream's test runtime.
type mock struct {
	pallet *subtensor.Pallet
	system *system.Pallet
	causes map[string]string // of explained differences; they leave as they occur
	table  *frame.Table
	names  map[[2]uint8]string // events
}

// author is who makes the blocks of upstream's test runtime.
var author = bt.AccountID{0x39, 0x30} // 12345, little endian

func newMock(t testing.TB, r runtime) *mock {
	t.Helper()
	sys := system.New()
	money := balances.New(sys)
	setConstants(t, &money.Constants, r.Constants["Balances"])
	m := &mock{system: sys, names: map[[2]uint8]string{}}
	m.pallet = subtensor.New(money, func(c *state.Constants, s *state.Settings) {
		setConstants(t, c, r.Constants["SubtensorModule"])
		s.EvmKeyRateLimit = 10 // upstream's test runtime does not show it in its metadata
	})
	setConstants(t, &m.pallet.Pools.Swap.Constants, r.Constants["Swap"])
	calls := preimage.New(money)
	crowd := crowdloan.New(money, sys, calls, func() *frame.Table { return m.table }, false)
	setConstants(t, &crowd.Constants, r.Constants["Crowdloan"])
	lease := m.pallet.Leasing
	lease.Crowdloans, lease.Accounts, lease.Balances, lease.Proxies = crowd, sys, money, noProxies{}
	var compiled []*frame.Description
	for name, pallet := range map[string]any{
		"System": sys, "Balances": money, "Crowdloan": crowd, "Preimage": calls, "SubtensorModule": m.pallet, "Swap": m.pallet.Pools.Swap, "AlphaAssets": m.pallet.Pools.Assets, "Drand": m.pallet.Drand,
	} {
		d := frame.Compile(frame.Module{Name: name, Index: r.Pallets[name], Pallet: pallet})
		for _, e := range d.Events {
			m.names[[2]uint8{d.Index, e.Index}] = e.Name
		}
		compiled = append(compiled, d)
	}
	m.table = frame.NewTable(compiled)
	return m
}

// noProxies is what upstream's test runtime has: it keeps no account of the proxies of leases.
type noProxies struct{}

func (noProxies) Add(*frame.Ctx, bt.AccountID, bt.AccountID, proxy.Kind, uint32) error { return nil }

func (noProxies) Remove(*frame.Ctx, bt.AccountID, bt.AccountID, proxy.Kind, uint32) error { return nil }

// setConstants sets a pallet's constants from their encodings; those that it lacks, and block numbers that the test runtime has wider, are brought to
// the type here.
func setConstants(t testing.TB, constants any, values map[string]string) {
	t.Helper()
	v := reflect.ValueOf(constants).Elem()
	for name, text := range values {
		f := v.FieldByName(name)
		if !f.IsValid() {
			continue
		}
		raw := unhex(t, text)
		set := f.Addr().MethodByName("Set")
		arg := reflect.New(set.Type().In(0))
		if size := len(scale.Marshal(arg.Interface())); size < len(raw) {
			raw = raw[:size]
		}
		if err := scale.Unmarshal(raw, arg.Interface()); err != nil {
			t.Fatalf("constant %s: %v", name, err)
		}
		set.Call([]reflect.Value{arg.Elem()})
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestReplay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectorFolder("testdata", "dispatch"), "*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no traces: %v", err)
	}
	done, causes := agreements{}, explained(t)
	elsewhere := explanations(t, "testdata/elsewhere.txt")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl.gz"), func(t *testing.T) { replayFile(t, file, causes, done) })
	}
	for what := range causes {
		if os.Getenv("MYELIN_VECTORS") == "" { // other recordings need not have it
			t.Errorf("%s is explained, but does not occur", what)
		}
	}
	for name, a := range done {
		pallet, _, _ := strings.Cut(name, ".")
		if a.lacking > 0 && elsewhere[pallet] == "" {
			t.Errorf("%s: %d recorded calls cannot be decoded, and elsewhere.txt does not say why", name, a.lacking)
		}
	}
	if all := done.sum(); os.Getenv("MYELIN_VECTORS") == "" && all != recordedCalls {
		t.Errorf("%d calls are in the recordings, want %d", all, recordedCalls)
	}
	t.Logf("how many of the recorded calls and block steps have the same result, changes, events, and cost before and after:\n%v", done)
}

// agreement counts what was replayed of a call.
type agreement struct {
	same, of int
	lacking  int // calls that the runtime here does not have
}

func (a *agreement) add(same bool) {
	if a.of++; same {
		a.same++
	}
}

// agreements are by the call's name, Pallet.call, or that of a hook.
type agreements map[string]*agreement

func (a agreements) at(name string) *agreement {
	if a[name] == nil {
		a[name] = &agreement{}
	}
	return a[name]
}

// recordedCalls is how many the whole set has.
const recordedCalls = 2426

// sum is how many calls there are, replayed or not.
func (a agreements) sum() (n int) {
	for name, calls := range a {
		if strings.Contains(name, ".") {
			n += calls.of + calls.lacking
		}
	}
	return n
}

// String is a table with its sums.
func (a agreements) String() string {
	var out strings.Builder
	var calls, hooks agreement
	for _, name := range slices.Sorted(maps.Keys(a)) {
		n, sum := a[name], &calls
		if !strings.Contains(name, ".") {
			sum = &hooks
		}
		sum.same, sum.of, sum.lacking = sum.same+n.same, sum.of+n.of, sum.lacking+n.lacking
		fmt.Fprintf(&out, "%6d of %6d  %s", n.same, n.of, name)
		if n.lacking > 0 {
			fmt.Fprintf(&out, "  (%d not replayed)", n.lacking)
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "%6d of %6d  calls, and %d that are not replayed here\n%6d of %6d  block steps", calls.same, calls.of, calls.lacking, hooks.same, hooks.of)
	return out.String()
}

// explained reads the causes of explained differences.
func explained(t *testing.T) map[string]string {
	t.Helper()
	return explanations(t, "testdata/explained.txt")
}

// explanations reads lines "what: why".
func explanations(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	causes := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if what, cause, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			causes[what] = cause
		}
	}
	return causes
}

func replayFile(t *testing.T, file string, causes map[string]string, done agreements) {
	var m *mock
	first := true
	eachLine(t, file, func(line []byte) {
		if first {
			first = false
			var h header
			if err := json.Unmarshal(line, &h); err != nil {
				t.Fatal(err)
			}
			if r, ok := h.Runtimes["mock"]; ok {
				m = newMock(t, r)
				m.causes = causes
			}
			return
		}
		var tr trace
		if err := json.Unmarshal(line, &tr); err != nil {
			t.Fatal(err)
		}
		if tr.Runtime == "mock" {
			t.Run(tr.Test, func(t *testing.T) { m.replay(t, &tr, done) })
			return
		}
		for _, op := range tr.Ops {
			done.at(op.Pallet+"."+op.Call).lacking++
		}
	})
}

func (m *mock) replay(t *testing.T, tr *trace, done agreements) {
	rows := newRows(t, tr.State)
	for i, op := range tr.Ops {
		rows.apply(t, op.Set)
		number, err := strconv.ParseUint(op.Block, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		r := recorded{what: fmt.Sprintf("%s operation %d", tr.Test, i), where: fmt.Sprintf("block %d, %s%s", number, op.Call, op.Hook), result: op.Result, changes: op.Changes}
		if number > 0 { // FRAME records no events at genesis
			r.events = &op.Events
		}
		env := &frame.Env{Number: uint32(number), Author: author, Table: m.table}
		copy(env.Parent[:], rows.values[string(m.system.Storage.ParentHash.Key())])
		if op.Hook != "" {
			r.result = "ok"
			done.at(op.Hook).add(m.compare(t, r, rows, env, m.block))
		} else if call, ok := m.decode(t, op.Encoded); ok && op.Pallet == "SubtensorModule" {
			var end frame.Outcome
			same := m.compare(t, r, rows, env, func(c *frame.Ctx) error {
				end = c.Dispatch(origin(t, op.Origin), call)
				return end.Err
			})
			for _, d := range m.costs(t, &op, m.table.Info(call), end) {
				same = false
				if what := r.what + " cost"; m.causes[what] != "" {
					t.Logf("%s differs: %s", what, m.causes[what])
					delete(m.causes, what)
					continue
				}
				t.Errorf("%s, %s: %s", r.what, r.where, d)
			}
			done.at(op.Pallet + "." + op.Call).add(same)
		} else {
			done.at(op.Pallet+"."+op.Call).lacking++
		}
		rows.apply(t, op.Changes)
	}
}

const registerLeased = 110 // register_leased_network

// decode reads a call of SubtensorModule; ok is false when the pallet does not have it.
func (m *mock) decode(t testing.TB, encoded string) (call frame.RuntimeCall, ok bool) {
	raw := append([]byte{m.pallet.Error.AmountTooLow.Pallet}, unhex(t, encoded)...)
	if raw[1] == registerLeased && raw[3] == 1 { // with an end, of eight bytes in the test runtime
		raw = raw[:8]
	}
	call, err := m.table.Decode(raw)
	return call, err == nil
}

// block is the pallet's part of a block before its calls.
func (m *mock) block(c *frame.Ctx) error {
	m.pallet.OnInitialize(c)
	return nil
}

// What keys of System.Account, of SubnetLeases and of Crowdloans begin with.
const (
	loans    = "0x3d9cad2baf702e20b136f4c8900cd802a2cb009a4b2e5c088ba7ef196ed50206"
	accounts = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
	leases   = "0x658faa385070e074c85bf6b568cf0555c4625eddace838acd0d3d18f83771731"
)

// coldkeySwaps is what keys of rows begin with that have a block of a coldkey's swap in front.
var coldkeySwaps = func() (out []string) {
	module := hash.Twox128([]byte("SubtensorModule"))
	for _, item := range []string{
		"ColdkeySwapAnnouncements", "ColdkeySwapDisputes", "ColdkeySwapAnnouncementDelay", "ColdkeySwapReannouncementDelay",
	} {
		name := hash.Twox128([]byte(item))
		out = append(out, "0x"+hex.EncodeToString(module[:])+hex.EncodeToString(name[:]))
	}
	return out
}()

// narrow brings nonces and block numbers in a value to the four bytes that they have outside the test runtime, where they have eight.
func narrow(key string, value []byte) []byte {
	at := 0
	switch {
	case strings.HasPrefix(key, accounts):
		at = 4
	case strings.HasPrefix(key, loans):
		at = 32 + 8 + 8 + 4 // behind the creator, the deposit and the least contribution
	case strings.HasPrefix(key, leases):
		at = 3*32 + 1 + 1 + 4 // behind accounts, share and the mark that there is an end
		if value[at-5] == 0 {
			return value
		}
	case slices.ContainsFunc(coldkeySwaps, func(prefix string) bool { return strings.HasPrefix(key, prefix) }):
		at = 4
	default:
		return value
	}
	return append(append([]byte{}, value[:at]...), value[at+4:]...)
}

// recorded is what upstream made of an operation.
type recorded struct {
	what, where string
	result      string
	changes     map[string]*string
	events      *[]event // nil: not recorded
}

// compare runs an operation over the trace's own state and compares result, changes and events; it tells whether all are equal.
func (m *mock) compare(t *testing.T, r recorded, rows *rows, env *frame.Env, run func(*frame.Ctx) error) (same bool) {
	t.Helper()
	s := storage.New(rows)
	err := run(frame.NewCtx(s, env, frame.None()))
	if got := resultName(err); got != r.result {
		t.Errorf("%s, %s: result %s, want %s", r.what, r.where, got, r.result)
		return false
	}
	same = true
	got := map[string]string{}
	for _, c := range s.Changes() {
		if c.Value == nil {
			got["0x"+hex.EncodeToString(c.Key)] = "removed"
		} else {
			got["0x"+hex.EncodeToString(c.Key)] = "0x" + hex.EncodeToString(c.Value)
		}
	}
	want := map[string]string{}
	for k, v := range r.changes {
		if v == nil {
			want[k] = "removed"
		} else {
			want[k] = "0x" + hex.EncodeToString(narrow(k, unhex(t, *v)))
		}
	}
	for _, k := range union(got, want) {
		if got[k] == want[k] {
			continue
		}
		item := m.keyName(k)
		name, _, _ := strings.Cut(item, " ")
		if what := r.what + " " + name; m.causes[what] != "" {
			t.Logf("%s differs: %s", what, m.causes[what])
			delete(m.causes, what)
			same = false
			continue
		}
		same = false
		t.Errorf("%s, %s: %s\n\tgot  %s\n\twant %s", r.what, r.where, item, show(got, k), show(want, k))
	}
	if r.events == nil {
		return same
	}
	var gotEvents, wantEvents []string
	for _, e := range env.Events {
		name, fields := m.names[[2]uint8{e.Data[0], e.Data[1]}], e.Data[2:]
		fields = fields[:len(fields)-newFields[name]]
		gotEvents = append(gotEvents, fmt.Sprintf("%s 0x%x", name, fields))
	}
	for _, e := range *r.events {
		// Compare names, not indices: some have moved since the traces were recorded.
		data := e.Data[len("0x")+4:]
		if withEnd := 2 * (32 + 4 + 2 + 1 + 8); e.Name == "SubnetLeaseCreated" && len(data) == withEnd { // an end of eight bytes
			data = data[:withEnd-8]
		}
		wantEvents = append(wantEvents, e.Name+" 0x"+data)
	}
	if g, w := strings.Join(gotEvents, "\n\t"), strings.Join(wantEvents, "\n\t"); g != w {
		same = false
		t.Errorf("%s, %s: events\n\t%s\nwant\n\t%s", r.what, r.where, g, w)
	}
	return same
}

// newFields is how many bytes of an event's fields came after the version of the traces.
var newFields = map[string]int{"RootClaimed": 8} // the TAO of what was sold

func union(a, b map[string]string) []string {
	var keys []string
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}

func show(rows map[string]string, k string) string {
	if v, ok := rows[k]; ok {
		return v
	}
	return "unchanged"
}

// keyName names the item of a storage key.
func (m *mock) keyName(k string) string {
	for _, target := range []any{&m.pallet.Storage, &m.pallet.Pools.Swap.Storage, &m.pallet.Pools.Assets.Storage} {
		for _, item := range storage.Items(target) {
			if p := "0x" + hex.EncodeToString(item.Prefix[:]); strings.HasPrefix(k, p) {
				return item.Name + " " + strings.TrimPrefix(k, p)
			}
		}
	}
	return k
}

func origin(t *testing.T, raw json.RawMessage) frame.Origin {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		if name == "root" {
			return frame.Root()
		}
		return frame.None()
	}
	var signed struct{ Signed string }
	if err := json.Unmarshal(raw, &signed); err != nil || signed.Signed == "" {
		t.Fatalf("origin %s", raw)
	}
	var who bt.AccountID
	copy(who[:], unhex(t, signed.Signed))
	return frame.Signed(who)
}

// renamed are errors that later versions call otherwise, at the same index.
var renamed = map[string]string{"InsufficientTaoBalance": "InsufficientBalance"}

func resultName(err error) string {
	if err == nil {
		return "ok"
	}
	if e, ok := err.(frame.Error); ok {
		if old, ok := renamed[e.Name]; ok {
			return old
		}
		return e.Name
	}
	return err.Error()
}

// rows is a committed state in memory.
type rows struct {
	values map[string][]byte
	keys   []string
}

func newRows(t testing.TB, state map[string]string) *rows {
	t.Helper()
	r := &rows{values: make(map[string][]byte, len(state))}
	for k, v := range state {
		key := string(unhex(t, k))
		r.values[key], r.keys = narrow(k, unhex(t, v)), append(r.keys, key)
	}
	sort.Strings(r.keys)
	return r
}

// apply makes recorded changes.
func (r *rows) apply(t testing.TB, changes map[string]*string) {
	t.Helper()
	for k, v := range changes {
		key := string(unhex(t, k))
		at, found := slices.BinarySearch(r.keys, key)
		switch {
		case v == nil && found:
			delete(r.values, key)
			r.keys = slices.Delete(r.keys, at, at+1)
		case v != nil:
			r.values[key] = narrow(k, unhex(t, *v))
			if !found {
				r.keys = slices.Insert(r.keys, at, key)
			}
		}
	}
}

func (r *rows) Get(key []byte) ([]byte, bool) {
	v, ok := r.values[string(key)]
	return v, ok
}

func (r *rows) Next(key []byte) ([]byte, bool) {
	at, found := slices.BinarySearch(r.keys, string(key))
	if found {
		at++
	}
	if at == len(r.keys) {
		return nil, false
	}
	return []byte(r.keys[at]), true
}
