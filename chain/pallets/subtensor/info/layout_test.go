package info_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/info"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

type recorded struct {
	Types []struct {
		Name    string
		Samples []string
	}
	Calls []struct {
		Method, Args, Answer string
		Decoded              json.RawMessage
	}
}

func readRecorded(t testing.TB) (r recorded) {
	t.Helper()
	vectors.JSON(t, "answers-461.json", &r)
	return r
}

// newPallet is SubtensorModule with its APIs, compiled.
func newPallet(commitments info.Commitments) (*subtensor.Pallet, []frame.API) {
	p := subtensor.New(balances.New(system.New()))
	return p, info.APIs(p.Subnets, p.Epoch, commitments)
}

// upstream is the metadata of spec 461.
func upstream(t testing.TB) *metadata.Metadata {
	t.Helper()
	m, err := metadata.Decode(vectors.Bytes(t, "codec/metadata-v15-461.scale"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// beyond is what these APIs have more than spec 461.
var beyond = []string{"BetaBasketRuntimeApi_get_basket_claim_preview", "BetaBasketRuntimeApi_get_root_basket_claim_previews"}

// TestDeclarations compares every function with upstream's metadata: names, order of arguments, and all types down to the last field.
func TestDeclarations(t *testing.T) {
	want := upstream(t)
	_, apis := newPallet(nil)
	registry := metadata.NewRegistry(nil)
	type pair struct{ got, want uint32 }
	var pairs []pair
	for _, a := range apis {
		i := slices.IndexFunc(want.APIs, func(w metadata.API) bool { return w.Name == a.Name })
		if i < 0 {
			t.Errorf("upstream has no %s", a.Name)
			continue
		}
		var got []string
		for _, m := range a.Compile() {
			full := a.Name + "_" + m.Name
			if slices.Contains(beyond, full) {
				continue
			}
			got = append(got, m.Name)
			j := slices.IndexFunc(want.APIs[i].Methods, func(w metadata.Method) bool { return w.Name == m.Name })
			if j < 0 {
				t.Errorf("upstream has no %s", full)
				continue
			}
			w := want.APIs[i].Methods[j]
			if m.Args.NumField() != len(w.Inputs) {
				t.Errorf("%s: %d arguments, want %d", full, m.Args.NumField(), len(w.Inputs))
				continue
			}
			for k, in := range w.Inputs {
				f := m.Args.Field(k)
				if name := scale.FieldName(f); name != in.Name {
					t.Errorf("%s: argument %d is %s, want %s", full, k, name, in.Name)
				}
				pairs = append(pairs, pair{registry.TypeOf(f.Type), in.Type})
			}
			pairs = append(pairs, pair{registry.TypeOf(m.Result), w.Output})
		}
		var all []string
		for _, m := range want.APIs[i].Methods {
			all = append(all, m.Name)
		}
		if !slices.Equal(got, all) {
			t.Errorf("%s has %v, want %v", a.Name, got, all)
		}
	}

	types := registry.Types()
	seen := map[pair]bool{}
	var same func(path string, p pair)
	same = func(path string, p pair) {
		if seen[p] || t.Failed() {
			return
		}
		seen[p] = true
		got, w := types[p.got], *want.Type(p.want)
		if got.Kind != w.Kind || got.Basic != w.Basic || got.Len != w.Len || !slices.Equal(got.Path, w.Path) || len(got.Params) != len(w.Params) {
			t.Errorf("%s is %v %v, want %v %v", path, got.Path, got, w.Path, w)
			return
		}
		for i, q := range got.Params {
			if q.Name != w.Params[i].Name || q.Type.Set != w.Params[i].Type.Set {
				t.Errorf("%s: parameter %d is %v, want %v", path, i, q, w.Params[i])
			} else if q.Type.Set {
				same(path+"<"+q.Name+">", pair{q.Type.Value, w.Params[i].Type.Value})
			}
		}
		fields := func(path string, got, want []metadata.Field) {
			if len(got) != len(want) {
				t.Errorf("%s has %d fields, want %d", path, len(got), len(want))
				return
			}
			for i, f := range got {
				if f.Name != want[i].Name {
					t.Errorf("%s: field %d is %v, want %v", path, i, f.Name, want[i].Name)
				}
				same(fmt.Sprint(path, ".", f.Name.Value), pair{f.Type, want[i].Type})
			}
		}
		switch got.Kind {
		case metadata.Composite:
			fields(path, got.Fields, w.Fields)
		case metadata.Enum:
			if len(got.Variants) != len(w.Variants) {
				t.Errorf("%s has %d variants, want %d", path, len(got.Variants), len(w.Variants))
				return
			}
			for i, v := range got.Variants {
				if v.Name != w.Variants[i].Name || v.Index != w.Variants[i].Index {
					t.Errorf("%s: variant %d is %d %s, want %d %s", path, i, v.Index, v.Name, w.Variants[i].Index, w.Variants[i].Name)
				}
				fields(path+"::"+v.Name, v.Fields, w.Variants[i].Fields)
			}
		case metadata.Sequence, metadata.Array, metadata.Compact:
			same(path+"[]", pair{got.Elem, w.Elem})
		case metadata.Tuple:
			if len(got.Tuple) != len(w.Tuple) {
				t.Errorf("%s is a tuple of %d, want %d", path, len(got.Tuple), len(w.Tuple))
				return
			}
			for i, id := range got.Tuple {
				same(fmt.Sprint(path, ".", i), pair{id, w.Tuple[i]})
			}
		}
	}
	for _, p := range pairs {
		same(strings.Join(want.Type(p.want).Path, "::"), p)
	}
	if len(seen) < 100 {
		t.Errorf("only %d types compared", len(seen))
	}
}

var shapes = map[string]reflect.Type{
	"pallet_subtensor::staking::lock::LockState":                   reflect.TypeFor[state.LockState](),
	"pallet_subtensor::rpc_info::delegate_info::DelegateInfo":      reflect.TypeFor[info.DelegateInfo](),
	"pallet_subtensor::rpc_info::neuron_info::NeuronInfo":          reflect.TypeFor[info.NeuronInfo](),
	"pallet_subtensor::rpc_info::neuron_info::NeuronInfoLite":      reflect.TypeFor[info.NeuronInfoLite](),
	"pallet_subtensor::rpc_info::subnet_info::SubnetInfo":          reflect.TypeFor[info.SubnetInfo](),
	"pallet_subtensor::rpc_info::subnet_info::SubnetInfov2":        reflect.TypeFor[info.SubnetInfoV2](),
	"pallet_subtensor::rpc_info::subnet_info::SubnetHyperparams":   reflect.TypeFor[info.SubnetHyperparams](),
	"pallet_subtensor::rpc_info::subnet_info::SubnetHyperparamsV2": reflect.TypeFor[info.SubnetHyperparamsV2](),
	"pallet_subtensor::rpc_info::subnet_info::HyperparamEntry":     reflect.TypeFor[info.HyperparamEntry](),
	"pallet_subtensor::rpc_info::subnet_info::HyperparamValue":     reflect.TypeFor[info.HyperparamValue](),
	"pallet_subtensor::rpc_info::dynamic_info::DynamicInfo":        reflect.TypeFor[info.DynamicInfo](),
	"pallet_subtensor::rpc_info::metagraph::Metagraph":             reflect.TypeFor[info.Metagraph](),
	"pallet_subtensor::rpc_info::metagraph::SelectiveMetagraph":    reflect.TypeFor[info.SelectiveMetagraph](),
	"pallet_subtensor::rpc_info::show_subnet::SubnetState":         reflect.TypeFor[info.SubnetState](),
	"pallet_subtensor::rpc_info::stake_info::StakeInfo":            reflect.TypeFor[info.StakeInfo](),
	"pallet_subtensor::rpc_info::stake_info::StakeAvailability":    reflect.TypeFor[info.StakeAvailability](),
	"pallet_subtensor::rpc_info::basket_info::BasketSummary":       reflect.TypeFor[info.BasketSummary](),
	"pallet_subtensor::rpc_info::basket_info::BasketHolding":       reflect.TypeFor[info.BasketHolding](),
	"pallet_subtensor::rpc_info::basket_info::BasketPosition":      reflect.TypeFor[info.BasketPosition](),
	"pallet_subtensor::rpc_info::basket_info::BetaPricing":         reflect.TypeFor[info.BetaPricing](),
	"pallet_subtensor::rpc_info::basket_info::BetaPricingPage":     reflect.TypeFor[info.BetaPricingPage](),
	"pallet_subtensor::rpc_info::basket_info::BetaPosition":        reflect.TypeFor[info.BetaPosition](),
	"pallet_subtensor::rpc_info::basket_info::BasketTradingStatus": reflect.TypeFor[info.BasketTradingStatus](),
	"pallet_subtensor_swap_runtime_api::SubnetPrice":               reflect.TypeFor[info.SubnetPrice](),
	"pallet_subtensor_swap_runtime_api::SimSwapResult":             reflect.TypeFor[info.SimSwapResult](),
}

// printsBack decodes a value of a type and encodes it again.
func printsBack(t *testing.T, what string, typ reflect.Type, raw []byte) {
	t.Helper()
	v := reflect.New(typ)
	if err := scale.Unmarshal(raw, v.Interface()); err != nil {
		t.Errorf("%s: %v", what, err)
	} else if again := scale.Marshal(v.Interface()); !bytes.Equal(again, raw) {
		t.Errorf("%s: %x printed back as %x", what, raw, again)
	}
}

// fitting copies a value by its description. The samples' compact integers are random and often wider than their type: they are cut to it.
func fitting(m *metadata.Metadata, id uint32, d *scale.Decoder, e *scale.Encoder) {
	typ := m.Type(id)
	fields := func(list []metadata.Field) {
		for _, f := range list {
			fitting(m, f.Type, d, e)
		}
	}
	switch typ.Kind {
	case metadata.Composite:
		fields(typ.Fields)
	case metadata.Enum:
		tag := d.Byte()
		e.Byte(tag)
		if v := typ.Variant(tag); v != nil {
			fields(v.Fields)
		}
	case metadata.Sequence:
		n := d.Compact()
		e.Compact(n)
		for range n {
			fitting(m, typ.Elem, d, e)
		}
	case metadata.Array:
		for range typ.Len {
			fitting(m, typ.Elem, d, e)
		}
	case metadata.Tuple:
		for _, id := range typ.Tuple {
			fitting(m, id, d, e)
		}
	case metadata.Compact:
		inner := m.Type(typ.Elem)
		for inner.Kind == metadata.Composite {
			inner = m.Type(inner.Fields[0].Type)
		}
		var v scale.Compact128
		v.DecodeScale(d)
		if bits := 8 * sizes[inner.Basic]; bits < 64 {
			v.V = scale.U128(v.V.Lo & (1<<bits - 1))
		} else if bits == 64 {
			v.V.Hi = 0
		}
		v.EncodeScale(e)
	case metadata.Primitive:
		e.Raw(d.Raw(sizes[typ.Basic]))
	}
}

var sizes = map[metadata.Basic]int{
	metadata.Bool: 1, metadata.U8: 1, metadata.U16: 2, metadata.U32: 4, metadata.U64: 8, metadata.U128: 16,
	metadata.I8: 1, metadata.I16: 2, metadata.I32: 4, metadata.I64: 8, metadata.I128: 16,
}

func TestRecordedShapes(t *testing.T) {
	r, m := readRecorded(t), upstream(t)
	described := map[string]uint32{}
	for _, typ := range m.Types {
		described[strings.Join(typ.Path, "::")] = typ.ID
	}
	left := maps.Clone(shapes)
	for _, typ := range r.Types {
		goType, ok := left[typ.Name]
		if !ok {
			t.Errorf("nothing declares %s", typ.Name)
			continue
		}
		delete(left, typ.Name)
		if len(typ.Samples) == 0 {
			t.Errorf("no samples of %s", typ.Name)
		}
		for i, sample := range typ.Samples {
			d, e := scale.NewDecoder(vectors.Unhex(t, sample)), scale.NewEncoder(nil)
			fitting(m, described[typ.Name], d, e)
			if err := d.End(); err != nil {
				t.Errorf("%s, sample %d: %v", typ.Name, i, err)
			}
			printsBack(t, fmt.Sprintf("%s, sample %d", typ.Name, i), goType, e.Bytes())
		}
	}
	if len(left) > 0 {
		t.Errorf("no samples of %v", left)
	}
}

func TestRecordedAnswers(t *testing.T) {
	_, apis := newPallet(nil)
	methods := map[string]frame.MethodDescription{}
	for _, a := range apis {
		for _, m := range a.Compile() {
			methods[a.Name+"_"+m.Name] = m
		}
	}
	r := readRecorded(t)
	for _, call := range r.Calls {
		m, ok := methods[call.Method]
		if !ok {
			t.Errorf("nothing answers %s", call.Method)
			continue
		}
		printsBack(t, call.Method+": arguments", m.Args, vectors.Unhex(t, call.Args))
		printsBack(t, call.Method, m.Result, vectors.Unhex(t, call.Answer))
	}
	if len(r.Calls) != 3 {
		t.Errorf("%d recorded calls, want 3", len(r.Calls))
	}
}
