package subtensor_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
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
}

type event struct{ Pallet, Name, Data string }

type header struct {
	Runtimes map[string]struct {
		Pallets   map[string]uint8
		Constants map[string]map[string]string
	}
}

// mock is upstream's test runtime.
type mock struct {
	pallet *subtensor.Pallet
	table  *frame.Table
	names  map[[2]uint8]string // events
}

// author is who makes the blocks of upstream's test runtime.
var author = bt.AccountID{0x39, 0x30} // 12345, little endian

func newMock(t testing.TB, h header) *mock {
	t.Helper()
	r := h.Runtimes["mock"]
	sys := system.New()
	money := balances.New(sys)
	setConstants(t, &money.Constants, r.Constants["Balances"])
	m := &mock{names: map[[2]uint8]string{}}
	m.pallet = subtensor.New(money, func(c *state.Constants, s *state.Settings) {
		setConstants(t, c, r.Constants["SubtensorModule"])
	})
	setConstants(t, &m.pallet.Pools.Swap.Constants, r.Constants["Swap"])
	var compiled []*frame.Description
	for name, pallet := range map[string]any{
		"System": sys, "Balances": money, "SubtensorModule": m.pallet, "Swap": m.pallet.Pools.Swap, "AlphaAssets": m.pallet.Pools.Assets,
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
	files, err := filepath.Glob("testdata/*.jsonl.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no traces: %v", err)
	}
	done := map[string]int{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl.gz"), func(t *testing.T) { replayFile(t, file, done) })
	}
	var calls []string
	for name, n := range done {
		calls = append(calls, fmt.Sprintf("%s %d", name, n))
	}
	sort.Strings(calls)
	t.Logf("calls replayed: %s", strings.Join(calls, ", "))
}

func replayFile(t *testing.T, file string, done map[string]int) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(z)
	var m *mock
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			if m == nil {
				var h header
				if err := json.Unmarshal(line, &h); err != nil {
					t.Fatal(err)
				}
				m = newMock(t, h)
			} else {
				var tr trace
				if err := json.Unmarshal(line, &tr); err != nil {
					t.Fatal(err)
				}
				if tr.Runtime == "mock" {
					t.Run(tr.Test, func(t *testing.T) { m.replay(t, &tr, done) })
				}
			}
		}
		if err != nil {
			return
		}
	}
}

func (m *mock) replay(t *testing.T, tr *trace, done map[string]int) {
	rows := map[string][]byte{}
	for k, v := range tr.State {
		rows[string(unhex(t, k))] = narrow(k, unhex(t, v))
	}
	for i, op := range tr.Ops {
		apply(t, rows, op.Set)
		if op.Pallet == "SubtensorModule" && op.Hook == "" {
			raw := append([]byte{m.pallet.Error.AmountTooLow.Pallet}, unhex(t, op.Encoded)...)
			if call, err := m.table.Decode(raw); err == nil {
				m.dispatch(t, fmt.Sprintf("operation %d, %s", i, op.Call), rows, op, call)
				done[op.Call]++
			}
		}
		apply(t, rows, op.Changes)
	}
}

func apply(t testing.TB, rows map[string][]byte, changes map[string]*string) {
	for k, v := range changes {
		if v == nil {
			delete(rows, string(unhex(t, k)))
		} else {
			rows[string(unhex(t, k))] = narrow(k, unhex(t, *v))
		}
	}
}

// accounts is what keys of System.Account begin with.
const accounts = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"

// narrow brings an account to the four bytes that nonces have outside the test runtime, where they have eight.
func narrow(key string, value []byte) []byte {
	if strings.HasPrefix(key, accounts) {
		return append(append([]byte{}, value[:4]...), value[8:]...)
	}
	return value
}

// dispatch runs a call over the trace's own state and compares result, changes and events.
func (m *mock) dispatch(t *testing.T, what string, rows map[string][]byte, op operation, call frame.RuntimeCall) {
	t.Helper()
	base := newRows(rows)
	s := storage.New(base)
	block, _ := strconv.ParseUint(op.Block, 10, 32)
	env := &frame.Env{Number: uint32(block), Author: author, Table: m.table}
	out := frame.NewCtx(s, env, frame.None()).Dispatch(origin(t, op.Origin), call)

	if got := resultName(out.Err); got != op.Result {
		t.Errorf("%s: result %s, want %s", what, got, op.Result)
		return
	}
	got := map[string]string{}
	for _, c := range s.Changes() {
		if c.Value == nil {
			got["0x"+hex.EncodeToString(c.Key)] = "removed"
		} else {
			got["0x"+hex.EncodeToString(c.Key)] = "0x" + hex.EncodeToString(c.Value)
		}
	}
	want := map[string]string{}
	for k, v := range op.Changes {
		if v == nil {
			want[k] = "removed"
		} else {
			want[k] = "0x" + hex.EncodeToString(narrow(k, unhex(t, *v)))
		}
	}
	for _, k := range union(got, want) {
		if got[k] != want[k] {
			t.Errorf("%s: %s\n\tgot  %s\n\twant %s", what, m.keyName(k), show(got, k), show(want, k))
		}
	}
	if block == 0 {
		return // FRAME records no events at genesis
	}
	var gotEvents, wantEvents []string
	for _, e := range env.Events {
		gotEvents = append(gotEvents, fmt.Sprintf("%s 0x%x", m.names[[2]uint8{e.Data[0], e.Data[1]}], e.Data[2:]))
	}
	for _, e := range op.Events {
		// Compare names, not indices: some have moved since the traces were recorded.
		wantEvents = append(wantEvents, e.Name+" 0x"+e.Data[len("0x")+4:])
	}
	if g, w := strings.Join(gotEvents, "\n\t"), strings.Join(wantEvents, "\n\t"); g != w {
		t.Errorf("%s: events\n\t%s\nwant\n\t%s", what, g, w)
	}
}

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
type rowsReader struct {
	values map[string][]byte
	keys   []string
}

func newRows(values map[string][]byte) *rowsReader {
	r := &rowsReader{values: values}
	for k := range values {
		r.keys = append(r.keys, k)
	}
	sort.Strings(r.keys)
	return r
}

func (r *rowsReader) Get(key []byte) ([]byte, bool) {
	v, ok := r.values[string(key)]
	return v, ok
}

func (r *rowsReader) Next(key []byte) ([]byte, bool) {
	at := sort.Search(len(r.keys), func(i int) bool { return bytes.Compare([]byte(r.keys[i]), key) > 0 })
	if at == len(r.keys) {
		return nil, false
	}
	return []byte(r.keys[at]), true
}
