package adminutils_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// encode is the encoding of a value that is no pointer.
func encode(v any) []byte {
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return scale.Marshal(p.Interface())
}

// refused is a value outside the bounds of a setting, and the error it meets.
type refused struct {
	value any
	err   string
}

// What upstream's sources say of a setting of subnets, beside its declaration. Values are chosen around the bounds, in a network as newWorld makes it.
type setting struct {
	index  uint8
	owner  bool   // the owner may too
	pause  uint64 // blocks between two changes by the owner, at a tempo of 360; 0: none
	frozen bool   // not in the last blocks of a tempo
	free   bool   // root too is free of the freeze
	gone   string // the error where there is no subnet
	root   string // the error on the root subnet
	ok     []any
	bad    []refused
	owners []refused // for owners only
	quiet  bool      // no event
	with   []string  // items that change beside the value
}

const (
	two     = 2 * 360 // OwnerHyperparamRateLimit tempos
	five    = 5 * 360 // WeightsVersionKeyRateLimit tempos
	noNet   = "SubnetDoesNotExist"
	notRoot = "NotPermittedOnRootSubnet"
)

func u64f64(n, d uint64) fixed.U64F64 { return fixed.U64F64FromRatio(n, d) }

// justAbove is the next higher number.
func justAbove(n uint64) fixed.U64F64 { return fixed.U64F64FromBits(fixed.Uint128{Hi: n, Lo: 1}) }

var settings = []setting{
	{index: 3, owner: true, pause: two, frozen: true, ok: []any{uint64(0), uint64(math.MaxUint64)}},
	{index: 4, frozen: true, gone: noNet, ok: []any{uint64(7)}},
	{index: 5, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint64(7), uint64(math.MaxUint64)}},
	{index: 6, owner: true, pause: five, frozen: true, gone: noNet, ok: []any{uint64(7)}},
	{index: 7, gone: noNet, ok: []any{uint64(7)}},
	{index: 8, gone: noNet, ok: []any{uint16(7)}},
	{index: 9, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint64(7)}},
	{index: 13, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint16(7)}},
	{index: 14, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint16(7)}},
	{index: 15, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint16(70), uint16(256)}, bad: []refused{
		{uint16(63), "MaxAllowedUidsLessThanMinAllowedUids"}, {uint16(69), "MaxAllowedUIdsLessThanCurrentUIds"}, {uint16(257), "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids"},
	}},
	{index: 16, gone: noNet, ok: []any{uint16(7)}},
	{index: 17, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint16(7)}, quiet: true},
	{index: 18, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint16(360)}, bad: []refused{{uint16(359), "ActivityCutoffTooLow"}}},
	{index: 19, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{false, true}},
	{index: 20, owner: true, pause: two, frozen: true, gone: noNet, root: notRoot, ok: []any{false}, quiet: true},
	{index: 21, frozen: true, gone: noNet, ok: []any{uint16(7)}},
	{index: 22, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{bt.Rao(0), bt.Tao - 1}, bad: []refused{{bt.Tao, "ValueNotInBounds"}}},
	{index: 23, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{bt.Tao/10 + 1}, bad: []refused{{bt.Tao / 10, "ValueNotInBounds"}}},
	{index: 24, frozen: true, gone: noNet, ok: []any{uint64(7)}},
	{index: 25, frozen: true, gone: noNet, ok: []any{uint16(0), uint16(256)}, bad: []refused{{uint16(257), "MaxValidatorsLargerThanMaxUIds"}}},
	{
		index: 26, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint64(975_000)},
		owners: []refused{{uint64(975_001), "BondsMovingAverageMaxReached"}},
	},
	{index: 27, frozen: true, gone: noNet, ok: []any{uint16(7)}},
	{
		index: 30, owner: true, pause: 360, frozen: true, gone: noNet, ok: []any{uint16(50_400)}, with: []string{"LastEpochBlock"},
		owners: []refused{{uint16(359), "TempoOutOfBounds"}, {uint16(50_401), "TempoOutOfBounds"}},
	},
	{index: 39, gone: noNet, ok: []any{bt.Rao(7)}},
	{index: 49, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{false}},
	{index: 50, owner: true, pause: two, frozen: true, ok: []any{false}, quiet: true},
	{index: 51, owner: true, pause: two, frozen: true, gone: "LiquidAlphaDisabled", root: "LiquidAlphaDisabled", quiet: true, ok: []any{
		scale.Pair[uint16, uint16]{A: 1638, B: 1638}, scale.Pair[uint16, uint16]{A: 1638, B: 65535},
	}, bad: []refused{
		{scale.Pair[uint16, uint16]{A: 1638, B: 1637}, "AlphaHighTooLow"}, {scale.Pair[uint16, uint16]{A: 1637, B: 2000}, "AlphaLowOutOfRange"},
		{scale.Pair[uint16, uint16]{A: 2001, B: 2000}, "AlphaLowOutOfRange"},
	}},
	{index: 57, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint64(2), uint64(100)}, bad: []refused{
		{uint64(0), "RevealPeriodTooSmall"}, {uint64(101), "RevealPeriodTooLarge"},
	}},
	{index: 60, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{uint16(7)}},
	{index: 61, owner: true, pause: two, frozen: true, ok: []any{false}},
	{index: 65, ok: []any{uint64(7)}, quiet: true},
	{index: 66, frozen: true, ok: []any{true}, quiet: true},
	{index: 68, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{int16(0), int16(32767)}, owners: []refused{{int16(-1), "NegativeSigmoidSteepness"}}, quiet: true},
	{index: 69, owner: true, pause: two, frozen: true, ok: []any{true}},
	{index: 70, owner: true, pause: two, frozen: true, ok: []any{true}},
	{index: 72, owner: true, pause: two, frozen: true, ok: []any{uint16(2), uint16(10)}, bad: []refused{{uint16(0), "InvalidValue"}, {uint16(11), "InvalidValue"}}, quiet: true},
	{
		index: 76, owner: true, pause: 7200, frozen: true, gone: "MechanismDoesNotExist", ok: []any{bt.MechID(1)}, quiet: true,
		bad: []refused{{bt.MechID(0), "InvalidValue"}, {bt.MechID(2), "TooManyUIDsPerMechanism"}, {bt.MechID(3), "InvalidValue"}},
	},
	{
		index: 77, owner: true, pause: 7200, frozen: true, gone: "MechanismDoesNotExist", ok: []any{scale.Some([]uint16{65535})}, quiet: true,
		bad: []refused{{scale.Some([]uint16{}), "InvalidValue"}, {scale.Some([]uint16{65534}), "InvalidValue"}, {scale.Some([]uint16{65535, 0}), "InvalidValue"}},
	},
	{
		index: 78, owner: true, pause: 216_000, frozen: true, gone: "SubnetNotExists", ok: []any{uint16(255)}, quiet: true,
		bad: []refused{{uint16(63), "InvalidValue"}, {uint16(257), "InvalidValue"}, {uint16(64), "TrimmingWouldExceedMaxImmunePercentage"}},
	},
	{index: 79, frozen: true, gone: noNet, root: "MinAllowedUidsGreaterThanCurrentUids", ok: []any{uint16(0), uint16(69)}, bad: []refused{
		{uint16(70), "MinAllowedUidsGreaterThanCurrentUids"}, {uint16(256), "MinAllowedUidsGreaterThanMaxAllowedUids"},
	}},
	{index: 80, owner: true, pause: two, frozen: true, ok: []any{state.Recycle}, quiet: true},
	{index: 84, ok: []any{uint16(7)}},
	{index: 89, owner: true, pause: two, frozen: true, gone: noNet, root: notRoot, ok: []any{uint16(1), uint16(36_100)}, bad: []refused{
		{uint16(0), "InvalidValue"}, {uint16(36_101), "InvalidValue"},
	}},
	{index: 90, owner: true, pause: two, frozen: true, gone: noNet, root: notRoot, ok: []any{u64f64(1, 1), u64f64(3, 1)}, bad: []refused{
		{u64f64(99, 100), "InvalidValue"}, {justAbove(3), "InvalidValue"},
	}},
	{index: 92, owner: true, frozen: true, gone: noNet, root: notRoot, ok: []any{false}, quiet: true},
	{index: 93, owner: true, pause: two, frozen: true, gone: noNet, ok: []any{state.PerU16(11_796)}, bad: []refused{{state.PerU16(11_797), "InvalidValue"}}},
	{index: 94, gone: noNet, root: notRoot, ok: []any{false}},
	{index: 95, owner: true, frozen: true, gone: noNet, root: notRoot, ok: []any{true}, quiet: true},
	{index: 97, owner: true, pause: two, frozen: true, free: true, ok: []any{uint32(1000), uint32(50_000)}, bad: []refused{
		{uint32(999), "ActivityCutoffFactorMilliOutOfBounds"}, {uint32(50_001), "ActivityCutoffFactorMilliOutOfBounds"},
	}},
	{index: 104, owner: true, pause: two, frozen: true, ok: []any{state.PreviousConsensus, state.CurrentConsensus, state.AutoConsensus}},
	// The same consensus again changes nothing; null_test.go tells of the other.
	{index: 111, owner: true, pause: two, frozen: true, gone: "SubnetNotExists", root: "InvalidValue", ok: []any{state.Yuma}},
}

// item is the name of the storage item that a call sets.
func (w *world) item(index uint8) string {
	for _, s := range w.p.Settings() {
		if s.Index == index && s.Item != nil {
			return s.Item.Name
		}
	}
	w.t.Fatalf("call %d sets no item", index)
	return ""
}

// refuses makes a call that must fail with an error and change nothing.
func (w *world) refuses(origin frame.Origin, index uint8, err string, args ...[]byte) {
	w.t.Helper()
	before, events := w.rows(), len(w.c.Env.Events)
	if got := w.call(origin, index, args...); got != err {
		w.t.Errorf("%x: error %q, want %q", args[1:], got, err)
	}
	if changed := w.changed(before); len(changed) > 0 || len(w.c.Env.Events) != events {
		w.t.Errorf("%x is refused, but changed %v, with %d events", args[1:], changed, len(w.c.Env.Events)-events)
	}
}

// accepts makes a call that must store its value in its item, and change nothing else but the named items.
func (w *world) accepts(origin frame.Origin, s setting, beside []string, netuid uint16, value any) {
	w.t.Helper()
	before, events := w.rows(), len(w.c.Env.Events)
	if got := w.call(origin, s.index, encode(netuid), encode(value)); got != "" {
		w.t.Errorf("%v: error %s", value, got)
		return
	}
	if told := len(w.c.Env.Events) > events; told == s.quiet {
		w.t.Errorf("%v: an event is %v, want %v", value, told, !s.quiet)
	}
	changed := w.changed(before)
	item := w.item(s.index)
	want := hex.EncodeToString(encode(value))
	if s.index == 77 {
		want = strings.TrimPrefix(want, "01") // kept without the mark that there is a value
	}
	if got, ok := changed[item]; ok && got != want {
		w.t.Errorf("%v: %s holds %s, want %s", value, item, got, want)
	}
	delete(changed, item)
	if got := slices.Sorted(maps.Keys(changed)); !slices.Equal(got, beside) && !(len(got) == 0 && len(beside) == 0) {
		w.t.Errorf("%v changed %v beside %s, want %v", value, got, item, beside)
	}
}

// clock is the item that remembers when an owner did it.
func (s setting) clock() string {
	switch s.index {
	case 6, 30, 76, 77, 78:
		return "TransactionKeyLastBlock"
	}
	return "LastRateLimitedBlock"
}

func TestSettingsOfSubnets(t *testing.T) {
	for _, s := range settings {
		t.Run(fmt.Sprintf("%d %s", s.index, newWorld(t).calls[s.index].Name), func(t *testing.T) { testSetting(t, s) })
	}
}

func testSetting(t *testing.T, s setting) {
	const netuid = uint16(1)
	first := s.ok[0]
	w := newWorld(t)
	for name, origin := range map[string]frame.Origin{"owner": owner, "stranger": stranger, "hotkey": hotkey, "none": frame.None()} {
		if name != "owner" || !s.owner {
			t.Run(name, func(t *testing.T) { w.t = t; w.refuses(origin, s.index, "BadOrigin", encode(netuid), encode(first)) })
		}
	}
	w.t = t
	for _, b := range s.bad {
		w.refuses(frame.Root(), s.index, b.err, encode(netuid), encode(b.value))
		if s.owner {
			w.refuses(owner, s.index, b.err, encode(netuid), encode(b.value))
		}
	}
	for _, b := range s.owners {
		w.refuses(owner, s.index, b.err, encode(netuid), encode(b.value))
	}
	for _, value := range s.ok {
		w.accepts(frame.Root(), s, s.with, netuid, value)
	}
	for _, b := range s.owners {
		newWorld(t).accepts(frame.Root(), s, s.with, netuid, b.value)
	}
	for where, err := range map[uint16]string{9: s.gone, 0: s.root} {
		w := newWorld(t)
		if err != "" {
			w.refuses(frame.Root(), s.index, err, encode(where), encode(first))
		} else if s.index != 15 && s.index != 78 { // root has other bounds of uids
			w.accepts(frame.Root(), s, s.with, where, first)
		}
	}
	testFreeze(t, s)
	if s.owner {
		testPace(t, s)
	}
}

// testFreeze tries a setting before and in the last blocks of a tempo, and while a triggered epoch is awaited.
func testFreeze(t *testing.T, s setting) {
	w := newWorld(t)
	frozen := ""
	if s.frozen {
		frozen = "AdminActionProhibitedDuringWeightsWindow"
	}
	try := func(origin frame.Origin, block uint32, pending uint64, err string) {
		t.Helper()
		w = newWorld(t)
		w.c.Env.Number = block
		w.module.Storage.PendingEpochAt.Set(w.c.State, 1, pending)
		if got := w.call(origin, s.index, encode(uint16(1)), encode(s.ok[0])); got != err {
			t.Errorf("at block %d, epoch triggered for %d: error %q, want %q", block, pending, got, err)
		}
	}
	forRoot := frozen
	if s.free {
		forRoot = ""
	}
	try(frame.Root(), thaw, 0, "")
	try(frame.Root(), freeze, 0, forRoot)
	try(frame.Root(), now, now+1, forRoot)
	try(frame.Root(), now, now, "")
	if s.owner {
		try(owner, thaw, 0, "")
		try(owner, freeze, 0, frozen)
		try(owner, now, now+1, frozen)
	}
}

// testPace lets the owner change a setting twice: at once, a block too early, and in time. Root has no pace, and other settings have their own.
func testPace(t *testing.T, s setting) {
	w := newWorld(t)
	beside := slices.Clone(s.with)
	if s.pause > 0 {
		beside = append(beside, s.clock())
	}
	slices.Sort(beside)
	w.accepts(owner, s, beside, 1, s.ok[0])
	tempo := uint64(w.module.Storage.Tempo.Get(w.c.State, 1))
	if s.pause == 0 {
		w.accepts(owner, s, s.with, 1, s.ok[0])
		return
	}
	again := func(block uint64) string {
		w.c.Env.Number = uint32(block)
		w.module.Storage.LastEpochBlock.Set(w.c.State, 1, block)
		return w.call(owner, s.index, encode(uint16(1)), encode(s.ok[0]))
	}
	for _, block := range []uint64{now, now + s.pause - 1} {
		if got := again(block); got != "TxRateLimitExceeded" {
			t.Errorf("again at block %d of a tempo of %d: error %q, want TxRateLimitExceeded", block, tempo, got)
		}
	}
	if got := w.call(frame.Root(), s.index, encode(uint16(1)), encode(s.ok[0])); got != "" {
		t.Errorf("root at any pace: error %s", got)
	}
	if got := again(now + s.pause); got != "" {
		t.Errorf("again after the pause: error %s", got)
	}
	for _, other := range []setting{settings[0], settings[2]} {
		if other.index != s.index {
			w := newWorld(t)
			w.call(owner, s.index, encode(uint16(1)), encode(s.ok[0]))
			if got := w.call(owner, other.index, encode(uint16(1)), encode(other.ok[0])); got != "" {
				t.Errorf("call %d after it: error %s", other.index, got)
			}
		}
	}
}

// Settings of the whole network, with a value to set.
var networkSettings = []struct {
	index uint8
	value any
	bad   []refused
	quiet bool
}{
	{index: 1, value: state.PerU16(7)},
	{index: 2, value: uint64(7)},
	{index: 28, value: uint16(7)},
	{index: 29, value: uint64(7)},
	{index: 35, value: uint64(7)},
	{index: 36, value: bt.Rao(7)},
	{index: 37, value: uint16(7)},
	{index: 38, value: uint64(7)},
	{index: 42, value: uint64(7)},
	{index: 43, value: uint64(7), quiet: true},
	{index: 45, value: uint64(7)},
	{index: 46, value: state.PerU16(7)},
	{index: 55, value: uint32(7)},
	{index: 63, value: fixed.I96F32FromInt(1), quiet: true},
	{index: 71, value: uint16(7)},
	{index: 73, value: uint64(7), quiet: true},
	{index: 74, value: uint16(7)},
	{index: 75, value: uint16(7)},
	{index: 81, value: fixed.I64F64FromInt(-1), quiet: true},
	{index: 82, value: u64f64(1, 1), quiet: true, bad: []refused{{u64f64(99, 100), "InvalidValue"}, {justAbove(2), "InvalidValue"}}},
	{index: 82, value: u64f64(2, 1), quiet: true},
	{index: 83, value: uint64(7), quiet: true},
	{index: 85, value: uint64(0)},
	{index: 86, value: uint32(7)},
	{index: 87, value: uint32(7)},
	{index: 88, value: bt.MechID(16), quiet: true, bad: []refused{{bt.MechID(0), "InvalidValue"}, {bt.MechID(17), "InvalidValue"}}},
	{index: 91, value: false, quiet: true},
	{index: 96, value: uint8(1), bad: []refused{{uint8(0), "ValueNotInBounds"}}},
	{index: 100, value: u64f64(999, 1000), quiet: true, bad: []refused{{u64f64(0, 1), "InvalidValue"}, {u64f64(1, 1), "InvalidValue"}}},
	{index: 100, value: fixed.U64F64FromBits(fixed.Uint128{Lo: 1}), quiet: true},
	{index: 101, value: u64f64(1, 1), quiet: true, bad: []refused{{u64f64(99, 100), "InvalidValue"}, {justAbove(8), "InvalidValue"}}},
	{index: 101, value: u64f64(8, 1), quiet: true},
	{index: 102, value: uint16(0), quiet: true},
	{index: 102, value: uint16(math.MaxUint16), quiet: true},
}

func TestSettingsOfTheNetwork(t *testing.T) {
	for _, s := range networkSettings {
		w := newWorld(t)
		t.Run(fmt.Sprintf("%d %s %v", s.index, w.calls[s.index].Name, s.value), func(t *testing.T) {
			w.t = t
			for _, origin := range []frame.Origin{owner, stranger, hotkey, frame.None()} {
				before := w.rows()
				if got := w.call(origin, s.index, encode(s.value)); got != "BadOrigin" || len(w.changed(before)) > 0 {
					t.Errorf("by %+v: error %q, changed %v", origin, got, w.changed(before))
				}
			}
			for _, b := range s.bad {
				before := w.rows()
				if got := w.call(frame.Root(), s.index, encode(b.value)); got != b.err || len(w.changed(before)) > 0 {
					t.Errorf("%v: error %q, want %q; changed %v", b.value, got, b.err, w.changed(before))
				}
			}
			before := w.rows()
			if got := w.call(frame.Root(), s.index, encode(s.value)); got != "" {
				t.Fatalf("error %s", got)
			}
			want := map[string]string{w.item(s.index): hex.EncodeToString(encode(s.value))}
			if got := w.changed(before); !maps.Equal(got, want) {
				t.Errorf("changed %v, want %v", got, want)
			}
			if told := len(w.c.Env.Events) > 0; told == s.quiet {
				t.Errorf("an event is %v, want %v", told, !s.quiet)
			}
		})
	}
}

// What the bar of the emission gate follows from makes the next block find it anew; how steep the gate is does not.
func TestTheBarOfTheGateIsFoundAnew(t *testing.T) {
	for index, c := range map[uint8]struct {
		value any
		stays bool
	}{100: {value: u64f64(1, 2)}, 101: {value: u64f64(2, 1), stays: true}, 102: {value: uint16(5)}} {
		w := newWorld(t)
		w.module.Storage.EmissionGateBar.Set(w.c.State, u64f64(1, 10))
		if got := w.call(frame.Root(), index, encode(c.value)); got != "" {
			t.Fatalf("call %d: error %s", index, got)
		}
		if got := w.module.Storage.EmissionGateBar.Has(w.c.State); got != c.stays {
			t.Errorf("after call %d a bar is stored: %t, want %t", index, got, c.stays)
		}
	}
}

// TestEveryCallIsInATable holds the tables above complete. Calls 33, 64, 67 and 112 have tests of their own.
func TestEveryCallIsInATable(t *testing.T) {
	tested := map[uint8]bool{33: true, 64: true, 67: true, trimNull: true}
	for _, s := range settings {
		tested[s.index] = true
	}
	for _, s := range networkSettings {
		tested[s.index] = true
	}
	for index, call := range newWorld(t).calls {
		if !tested[index] {
			t.Errorf("call %d %s is in no table", index, call.Name)
		}
	}
}
