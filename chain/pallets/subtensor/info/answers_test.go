package info_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/info"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
)

var numbers = cmpopts.EquateComparable(fixed.I96F32{}, fixed.I32F32{}, fixed.U64F64{})

func compare(want, got any) string { return cmp.Diff(want, got, numbers) }
func equal(a, b any) bool          { return cmp.Equal(a, b, numbers) }

// TestAnswersOfUpstream asks what upstream's local network of spec 461 was asked soon after its first block, and wants the same bytes.
func TestAnswersOfUpstream(t *testing.T) {
	w := newWorld(t, state.Fast)
	r := readRecorded(t)
	for _, call := range r.Calls {
		got, want := w.raw(call.Method, vectors.Unhex(t, call.Args)), vectors.Unhex(t, call.Answer)
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %x\nwant %x\n%s", call.Method, got, want, call.Decoded)
		}
	}
	if len(r.Calls) != 3 {
		t.Errorf("%d recorded calls, want 3", len(r.Calls))
	}
}

func TestVersions(t *testing.T) {
	want := map[string]uint32{
		"DelegateInfoRuntimeApi": 1, "NeuronInfoRuntimeApi": 1, "SubnetInfoRuntimeApi": 2, "StakeInfoRuntimeApi": 1,
		"SubnetRegistrationRuntimeApi": 1, "BetaBasketRuntimeApi": 4, "SwapRuntimeApi": 1,
	}
	if diff := compare(want, newWorld(t).versions); diff != "" {
		t.Error(diff)
	}
}

// TestAbsent asks about what is not there.
func TestAbsent(t *testing.T) {
	w := settle(t)
	const nowhere bt.NetUID = 77
	none, empty := []byte{0}, []byte{0}
	for _, c := range []struct {
		method string
		args   []any
		want   []byte
	}{
		{"NeuronInfoRuntimeApi_get_neurons", []any{nowhere}, empty},
		{"NeuronInfoRuntimeApi_get_neurons_lite", []any{nowhere}, empty},
		{"NeuronInfoRuntimeApi_get_neuron", []any{nowhere, uint16(0)}, none},
		{"NeuronInfoRuntimeApi_get_neuron", []any{home, uint16(3)}, none},
		{"NeuronInfoRuntimeApi_get_neuron_lite", []any{nowhere, uint16(0)}, none},
		{"NeuronInfoRuntimeApi_get_neuron_lite", []any{home, uint16(3)}, none},
		{"SubnetInfoRuntimeApi_get_subnet_info", []any{nowhere}, none},
		{"SubnetInfoRuntimeApi_get_subnet_info_v2", []any{nowhere}, none},
		{"SubnetInfoRuntimeApi_get_subnet_hyperparams", []any{nowhere}, none},
		{"SubnetInfoRuntimeApi_get_subnet_hyperparams_v2", []any{nowhere}, none},
		{"SubnetInfoRuntimeApi_get_subnet_hyperparams_v3", []any{nowhere}, none},
		{"SubnetInfoRuntimeApi_get_dynamic_info", []any{nowhere}, none},
		{"SubnetInfoRuntimeApi_get_metagraph", []any{nowhere}, none},
		{"SubnetInfoRuntimeApi_get_mechagraph", []any{nowhere, bt.MechID(0)}, none},
		{"SubnetInfoRuntimeApi_get_mechagraph", []any{home, bt.MechID(2)}, none},
		{"SubnetInfoRuntimeApi_get_subnet_state", []any{nowhere}, none},
		{"SubnetInfoRuntimeApi_get_selective_metagraph", []any{nowhere, []uint16{0}}, none},
		{"SubnetInfoRuntimeApi_get_selective_mechagraph", []any{nowhere, bt.MechID(0), []uint16{0}}, none},
		{"SubnetInfoRuntimeApi_get_coldkey_auto_stake_hotkey", []any{alice, home}, none},
		{"SubnetInfoRuntimeApi_get_subnet_to_prune", nil, none},
		{"SubnetInfoRuntimeApi_get_subnet_account_id", []any{nowhere}, none},
		{"DelegateInfoRuntimeApi_get_delegate", []any{carol}, none},
		{"DelegateInfoRuntimeApi_get_delegated", []any{account(99)}, empty},
		{"StakeInfoRuntimeApi_get_stake_info_for_coldkey", []any{account(99)}, empty},
		{"StakeInfoRuntimeApi_get_stake_info_for_coldkeys", []any{[]bt.AccountID{}}, empty},
		{"StakeInfoRuntimeApi_get_coldkey_lock", []any{carol, home}, none},
		{"StakeInfoRuntimeApi_get_hotkey_conviction", []any{carolHot, home}, make([]byte, 16)},
		{"StakeInfoRuntimeApi_get_most_convicted_hotkey_on_subnet", []any{nowhere}, none},
		{"SwapRuntimeApi_current_alpha_price", []any{nowhere}, scale.Marshal(uint64(bt.Tao))},
	} {
		var raw []byte
		for _, a := range c.args {
			raw = scale.Append(raw, a)
		}
		if got := w.raw(c.method, raw); !bytes.Equal(got, c.want) {
			t.Errorf("%s%v = %x, want %x", c.method, c.args, got, c.want)
		}
	}
	// A coldkey without stake still has an entry: wallets fail without it.
	type entry = scale.Pair[bt.AccountID, []info.StakeInfo]
	got := ask[[]entry](w, "StakeInfoRuntimeApi_get_stake_info_for_coldkeys", []bt.AccountID{account(99), account(98)})
	if diff := compare([]entry{{A: account(99)}, {A: account(98)}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNeurons(t *testing.T) {
	w := settle(t)
	all := ask[[]info.NeuronInfo](w, "NeuronInfoRuntimeApi_get_neurons", home)
	if len(all) != 3 {
		t.Fatalf("%d neurons, want 3", len(all))
	}
	staked := w.Pools.HotkeyStake(w.c, aliceHot, home)
	if staked == 0 {
		t.Fatal("nothing is staked on alice's hotkey")
	}
	type entry = scale.Pair[scale.Compact[uint16], scale.Compact[uint16]]
	want := info.NeuronInfo{
		Hotkey: aliceHot, Coldkey: alice, NetUID: home, Active: true,
		Stake:    []scale.Pair[bt.AccountID, scale.Compact[bt.Alpha]]{{A: alice, B: scale.Compact[bt.Alpha]{V: staked}}},
		Emission: 7000, Consensus: 1, ValidatorTrust: 100, Dividends: 65535, LastUpdate: 5, ValidatorPermit: true,
		Weights: []entry{{A: scale.Compact[uint16]{V: 1}, B: scale.Compact[uint16]{V: 65535}}},
		Bonds:   []entry{{A: scale.Compact[uint16]{V: 2}, B: scale.Compact[uint16]{V: 9}}}, PruningScore: 65535,
	}
	if diff := compare(want, all[0]); diff != "" {
		t.Error(diff)
	}
	if a := all[1].AxonInfo; a.Port != 8091 || a.IPType != 4 || a.Version != 10 || a.IP != scale.U128(1<<27|1) || a.Block != 7 {
		t.Errorf("axon %+v", a)
	}
	lite := ask[[]info.NeuronInfoLite](w, "NeuronInfoRuntimeApi_get_neurons_lite", home)
	for uid, n := range all {
		if one := ask[scale.Option[info.NeuronInfo]](w, "NeuronInfoRuntimeApi_get_neuron", home, uint16(uid)); !one.Set || !equal(one.Value, n) {
			t.Errorf("neuron %d alone is %+v, among all %+v", uid, one, n)
		}
		one := ask[scale.Option[info.NeuronInfoLite]](w, "NeuronInfoRuntimeApi_get_neuron_lite", home, uint16(uid))
		if !one.Set || !equal(one.Value, lite[uid]) {
			t.Errorf("neuron %d alone is %+v, among all %+v", uid, one, lite[uid])
		}
		sameFields(t, n, lite[uid])
	}
}

// sameFields checks that every field of small is in big with the same content.
func sameFields(t *testing.T, big, small any) {
	t.Helper()
	b, s := reflect.ValueOf(big), reflect.ValueOf(small)
	for i := range s.NumField() {
		name := s.Type().Field(i).Name
		if !b.FieldByName(name).IsValid() || !equal(b.FieldByName(name).Interface(), s.Field(i).Interface()) {
			t.Errorf("%s: %v in one, %v in the other", name, b.FieldByName(name), s.Field(i))
		}
	}
}

func TestMetagraph(t *testing.T) {
	w := settle(t)
	got := ask[scale.Option[info.Metagraph]](w, "SubnetInfoRuntimeApi_get_metagraph", home)
	if !got.Set {
		t.Fatal("no metagraph")
	}
	m := got.Value
	if name := text(m.Name); name != "harbour" {
		t.Errorf("name %q", name)
	}
	if m.NetUID.V != home || m.Block.V != 20 || m.LastStep.V != 4 || m.BlocksSinceLastStep.V != 16 || m.NumUids.V != 3 || m.MaxUids.V != 256 ||
		m.PendingAlphaEmission.V != 42 || m.OwnerColdkey != alice || m.OwnerHotkey != aliceHot || m.NetworkRegisteredAt.V != 5 {
		t.Errorf("%+v", m)
	}
	if diff := compare([]bt.AccountID{aliceHot, bobHot, carolHot}, m.Hotkeys); diff != "" {
		t.Error(diff)
	}
	if diff := compare([]bt.AccountID{alice, bob, carol}, m.Coldkeys); diff != "" {
		t.Error(diff)
	}
	if m.Identities[0].Set || string(m.Identities[1].Value.Name) != "Bob" || len(m.PruningScore) != 0 || len(m.Trust) != 0 || len(m.Rank) != 0 {
		t.Errorf("identities %+v, pruning scores %v, trust %v, rank %v", m.Identities, m.PruningScore, m.Trust, m.Rank)
	}
	if m.AlphaStake[0].V != w.Pools.HotkeyStake(w.c, aliceHot, home) || m.TaoStake[0].V != 10*bt.Tao || m.TaoStake[1].V != 0 {
		t.Errorf("stake %v and %v", m.AlphaStake, m.TaoStake)
	}
	if total := uint64(m.TotalStake[0].V); total <= uint64(m.AlphaStake[0].V) || total >= uint64(m.AlphaStake[0].V)+uint64(10*bt.Tao) {
		t.Errorf("total stake %d of %v alpha and 10 TAO", total, m.AlphaStake[0])
	}
	if m.AlphaDividendsPerHotkey[0].B.V != 444 || m.TaoDividendsPerHotkey[0].A != aliceHot || m.CollateralEarned[2].V != 3 || m.CollateralMin[2].V != 2 || m.CollateralLocked[0].V != 0 {
		t.Errorf("%v %v %v %v", m.AlphaDividendsPerHotkey, m.TaoDividendsPerHotkey, m.CollateralEarned, m.CollateralMin)
	}
	if diff := compare([]scale.Compact[state.PerU16]{{}, {V: 65535}, {V: 12}}, m.Incentives); diff != "" {
		t.Error(diff)
	}

	second := ask[scale.Option[info.Metagraph]](w, "SubnetInfoRuntimeApi_get_mechagraph", home, bt.MechID(1)).Value
	if second.NetUID.V != 4096+home || second.Incentives[1].V != 6 || second.LastUpdate[0].V != 3 {
		t.Errorf("second mechanism: %v %v %v", second.NetUID, second.Incentives, second.LastUpdate)
	}
	second.NetUID, second.Incentives, second.LastUpdate = m.NetUID, m.Incentives, m.LastUpdate
	if diff := compare(m, second); diff != "" {
		t.Error(diff)
	}
	type many = []scale.Option[info.Metagraph]
	if all := ask[many](w, "SubnetInfoRuntimeApi_get_all_metagraphs"); len(all) != 3 || !equal(all[2], got) {
		t.Errorf("%d metagraphs", len(all))
	}
	if all := ask[many](w, "SubnetInfoRuntimeApi_get_all_mechagraphs"); len(all) != 4 || all[3].Value.NetUID.V != 4096+home || !equal(all[2], got) {
		t.Errorf("%d mechagraphs", len(all))
	}
	one := ask[scale.Option[info.Metagraph]](w, "SubnetInfoRuntimeApi_get_metagraph", bt.NetUID(1)).Value
	if text(one.Name) != "apex" {
		t.Errorf("subnet 1 is called %q, want the table's name", text(one.Name))
	}
	sameFields(t, withState(m), ask[scale.Option[info.SubnetState]](w, "SubnetInfoRuntimeApi_get_subnet_state", home).Value)
}

// withState is a metagraph with what SubnetState has otherwise or beside it.
func withState(m info.Metagraph) any {
	return struct {
		info.Metagraph
		NetUID          bt.NetUID
		EmissionHistory [][]scale.Compact[bt.Alpha]
	}{m, m.NetUID.V, [][]scale.Compact[bt.Alpha]{{{}, {}, {}}, {{}, {}, {}}, {{}, {}, {V: 900}}}}
}

func text(s []scale.Compact[uint8]) string {
	var b []byte
	for _, c := range s {
		b = append(b, c.V)
	}
	return string(b)
}

// TestSelection asks for every part alone: exactly that part is there, with the metagraph's content.
func TestSelection(t *testing.T) {
	w := settle(t)
	whole := reflect.ValueOf(ask[scale.Option[info.Metagraph]](w, "SubnetInfoRuntimeApi_get_metagraph", home).Value)
	typ := reflect.TypeFor[info.SelectiveMetagraph]()
	if typ.NumField() != 77 {
		t.Fatalf("%d parts, want 77", typ.NumField())
	}
	var indexes []uint16
	for i := range uint16(typ.NumField()) {
		indexes = append(indexes, i)
		got := ask[scale.Option[info.SelectiveMetagraph]](w, "SubnetInfoRuntimeApi_get_selective_metagraph", home, []uint16{i})
		v := reflect.ValueOf(got.Value)
		for j := range typ.NumField() {
			if f := v.Field(j); j > 0 && f.FieldByName("Set").Bool() != (j == int(i)) {
				t.Errorf("index %d: %s is there: %v", i, typ.Field(j).Name, f.FieldByName("Set"))
			}
		}
		if i == 0 {
			if got.Value.NetUID.V != home {
				t.Errorf("netuid %v", got.Value.NetUID)
			}
		} else if f := whole.FieldByName(typ.Field(int(i)).Name); f.IsValid() {
			if diff := compare(f.Interface(), v.Field(int(i)).FieldByName("Value").Interface()); diff != "" {
				t.Errorf("index %d, %s: %s", i, typ.Field(int(i)).Name, diff)
			}
		}
	}

	all := ask[scale.Option[info.SelectiveMetagraph]](w, "SubnetInfoRuntimeApi_get_selective_metagraph", home, append(indexes, 77, 1000, 3)).Value
	// Alice has 50 TAO's worth and root stake, carol 20: ascending, and without those that may not validate.
	if diff := compare([]scale.Compact[uint16]{{V: 2}, {V: 0}}, all.Validators.Value); diff != "" {
		t.Error(diff)
	}
	w.Storage.StakeThreshold.Set(w.c.State, uint64(all.TotalStake.Value[2].V)+1)
	least := ask[scale.Option[info.SelectiveMetagraph]](w, "SubnetInfoRuntimeApi_get_selective_metagraph", home, []uint16{72}).Value
	if diff := compare([]scale.Compact[uint16]{{V: 0}}, least.Validators.Value); diff != "" {
		t.Error(diff)
	}
	want := []scale.Pair[bt.AccountID, []scale.Compact[uint8]]{{A: bobHot, B: []scale.Compact[uint8]{{V: 9}, {V: 200}}}}
	if diff := compare(want, all.Commitments.Value); diff != "" {
		t.Error(diff)
	}

	if empty := ask[scale.Option[info.SelectiveMetagraph]](w, "SubnetInfoRuntimeApi_get_selective_metagraph", home, []uint16{}); !empty.Set ||
		!equal(empty.Value, info.SelectiveMetagraph{}) {
		t.Errorf("nothing asked: %+v", empty)
	}
	mech := ask[scale.Option[info.SelectiveMetagraph]](w, "SubnetInfoRuntimeApi_get_selective_mechagraph", home, bt.MechID(1), []uint16{59, 62, 52}).Value
	if mech.NetUID.V != home || mech.Incentives.Value[2].V != 7 || mech.LastUpdate.Value[0].V != 3 || len(mech.Hotkeys.Value) != 3 || mech.Rho.Set {
		t.Errorf("%+v", mech)
	}
}

func TestSubnets(t *testing.T) {
	w := settle(t)
	v1 := ask[scale.Option[info.SubnetInfo]](w, "SubnetInfoRuntimeApi_get_subnet_info", home).Value
	v2 := ask[scale.Option[info.SubnetInfoV2]](w, "SubnetInfoRuntimeApi_get_subnet_info_v2", home).Value
	if v1.Owner != alice || v1.SubnetworkN != 3 || v1.Tempo != 10 || v1.MaxWeightsLimit != 65535 || string(v2.Identity.Value.SubnetName) != "harbour" {
		t.Errorf("%+v %+v", v1, v2)
	}
	sameFields(t, struct {
		info.SubnetInfoV2
		EmissionValues uint64
	}{v2, 0}, v1)
	ids := func(list []scale.Option[info.SubnetInfo]) (out []bt.NetUID) {
		for _, v := range list {
			out = append(out, v.Value.NetUID)
		}
		return out
	}
	// 258 comes before 3 in storage, but these lists are by netuid; prices and metagraphs are not.
	for _, id := range []bt.NetUID{3, 258} {
		w.Storage.NetworksAdded.Set(w.c.State, id, true)
	}
	if got := ids(ask[[]scale.Option[info.SubnetInfo]](w, "SubnetInfoRuntimeApi_get_subnets_info")); !slices.Equal(got, []bt.NetUID{0, 1, 2, 3, 258}) {
		t.Errorf("subnets %v", got)
	}
	if got := ask[[]scale.Option[info.SubnetInfoV2]](w, "SubnetInfoRuntimeApi_get_subnets_info_v2"); len(got) != 5 || got[2].Value.NetUID != home {
		t.Errorf("%+v", got)
	}
	dynamic := ask[[]scale.Option[info.DynamicInfo]](w, "SubnetInfoRuntimeApi_get_all_dynamic_info")
	if d := ask[scale.Option[info.DynamicInfo]](w, "SubnetInfoRuntimeApi_get_dynamic_info", home); len(dynamic) != 5 || !equal(d, dynamic[2]) && !equal(d, dynamic[3]) ||
		text(d.Value.SubnetName) != "harbour" || d.Value.AlphaIn != w.Storage.SubnetAlphaIn.Get(w.c.State, home) || d.Value.AlphaIn == 0 ||
		d.Value.SubnetVolume.V == (scale.Uint128{}) || d.Value.PendingAlphaEmission != 42 || d.Value.BlocksSinceLastStep != 16 {
		t.Errorf("%+v", d)
	}
	if custody := ask[scale.Option[bt.AccountID]](w, "SubnetInfoRuntimeApi_get_subnet_account_id", home).Value; custody != w.Pools.CustodyAccount(home) {
		t.Errorf("custody %v", custody)
	}
	if cost := ask[bt.Rao](w, "SubnetRegistrationRuntimeApi_get_network_registration_cost"); cost < 1000*bt.Tao || cost > 2000*bt.Tao {
		t.Errorf("a subnet costs %v, want something between once and twice the last price of 1000", cost)
	}
	if next := ask[scale.Option[uint64]](w, "SubnetInfoRuntimeApi_get_next_epoch_start_block", home).Value; next != w.Storage.LastEpochBlock.Get(w.c.State, home)+10 {
		t.Errorf("next epoch at %d", next)
	}
	w.Storage.Tempo.Set(w.c.State, home, 0)
	if next := ask[scale.Option[uint64]](w, "SubnetInfoRuntimeApi_get_next_epoch_start_block", home); next.Set {
		t.Errorf("next epoch at %d without tempo", next.Value)
	}
	w.Storage.TotalIssuance.Set(w.c.State, 11_000_000*bt.Tao)
	if minted := ask[bt.Rao](w, "SubnetInfoRuntimeApi_get_block_emission"); minted != bt.Tao/2 {
		t.Errorf("%v a block after the first halving, want half a TAO", minted)
	}
	w.c.Env.Number = 2_000_000
	w.Storage.SubnetMovingPrice.Set(w.c.State, home, fixed.I96F32FromUint(1))
	for _, id := range []bt.NetUID{3, 258} {
		w.Storage.NetworksAdded.Delete(w.c.State, id)
	}
	if prune := ask[scale.Option[bt.NetUID]](w, "SubnetInfoRuntimeApi_get_subnet_to_prune"); !prune.Set || prune.Value != 1 {
		t.Errorf("%+v goes, want subnet 1 of the lower price", prune)
	}
	w.Storage.AutoStakeDestination.Set(w.c.State, bob, home, aliceHot)
	if to := ask[scale.Option[bt.AccountID]](w, "SubnetInfoRuntimeApi_get_coldkey_auto_stake_hotkey", bob, home); to.Value != aliceHot {
		t.Errorf("auto stake on %v", to)
	}
}

func TestHyperparameters(t *testing.T) {
	w := settle(t)
	st, s := &w.Storage, w.c.State
	st.Yuma3On.Set(s, home, true)
	st.AlphaSigmoidSteepness.Set(s, home, -3)
	st.MinChildkeyTakePerSubnet.Set(s, home, 77)
	v1 := ask[scale.Option[info.SubnetHyperparams]](w, "SubnetInfoRuntimeApi_get_subnet_hyperparams", home).Value
	v2 := ask[scale.Option[info.SubnetHyperparamsV2]](w, "SubnetInfoRuntimeApi_get_subnet_hyperparams_v2", home).Value
	sameFields(t, v2, v1)
	if v2.YumaVersion != 3 || v2.AlphaSigmoidSteepness != fixed.I32F32FromInt(-3) || !v2.SubnetIsActive || v2.AlphaLow != 45875 || v2.AlphaHigh != 58982 ||
		v2.ActivityCutoff != 138 {
		t.Errorf("%+v", v2)
	}
	v3 := ask[scale.Option[[]info.HyperparamEntry]](w, "SubnetInfoRuntimeApi_get_subnet_hyperparams_v3", home).Value
	if len(v3) != 33 {
		t.Errorf("%d hyperparameters, want 33", len(v3))
	}
	older := reflect.ValueOf(v2)
	shared := 0
	for _, e := range v3 {
		value := reflect.ValueOf(e.Value)
		var got any
		for i := 1; i < value.NumField(); i++ {
			if f := value.Field(i); !f.IsNil() {
				if got = f.Elem().Interface(); f.Elem().Kind() == reflect.Struct && f.Elem().Type().NumField() == 1 && f.Elem().Type().Field(0).Name == "V" {
					got = f.Elem().Field(0).Interface()
				}
			}
		}
		for i := range older.NumField() {
			if scale.SnakeCase(older.Type().Field(i).Name) == string(e.Name) {
				shared++
				if want := older.Field(i).Interface(); got != want {
					t.Errorf("%s is %v, in the older form %v", e.Name, got, want)
				}
			}
		}
		if string(e.Name) == "min_childkey_take" && got != uint16(77) {
			t.Errorf("least take of childkeys %v", got)
		}
	}
	if shared != 27 {
		t.Errorf("%d entries are in both forms, want 27", shared)
	}
}
