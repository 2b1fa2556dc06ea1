package rpc_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// Subtensor's own methods give what the runtime function of the same meaning gives, as an array of bytes or as JSON, now and at a block.
func TestCustomMethods(t *testing.T) {
	w := manual(t)
	then := w.seal().Hash
	w.seal()
	alice := key(t, "//Alice").Public()
	aliceHex := hex.EncodeToString(alice[:])
	var aliceBytes []int
	for _, b := range alice {
		aliceBytes = append(aliceBytes, int(b))
	}
	const delegates, neurons, subnets, swap = "DelegateInfoRuntimeApi_", "NeuronInfoRuntimeApi_", "SubnetInfoRuntimeApi_", "SwapRuntimeApi_"
	list := []struct {
		method, function string
		params           []any
		args             string // in SCALE
	}{
		{"delegateInfo_getDelegates", delegates + "get_delegates", nil, ""},
		{"delegateInfo_getDelegate", delegates + "get_delegate", []any{aliceBytes}, aliceHex},
		{"delegateInfo_getDelegated", delegates + "get_delegated", []any{aliceBytes}, aliceHex},
		{"neuronInfo_getNeuronsLite", neurons + "get_neurons_lite", []any{1}, "0100"},
		{"neuronInfo_getNeuronLite", neurons + "get_neuron_lite", []any{1, 0}, "01000000"},
		{"neuronInfo_getNeurons", neurons + "get_neurons", []any{1}, "0100"},
		{"neuronInfo_getNeuron", neurons + "get_neuron", []any{1, 0}, "01000000"},
		{"subnetInfo_getSubnetInfo", subnets + "get_subnet_info", []any{1}, "0100"},
		{"subnetInfo_getSubnetsInfo", subnets + "get_subnets_info", nil, ""},
		{"subnetInfo_getSubnetInfo_v2", subnets + "get_subnet_info_v2", []any{1}, "0100"},
		{"subnetInfo_getSubnetsInfo_v2", subnets + "get_subnets_info_v2", nil, ""},
		{"subnetInfo_getSubnetHyperparams", subnets + "get_subnet_hyperparams", []any{1}, "0100"},
		{"subnetInfo_getSubnetHyperparamsV2", subnets + "get_subnet_hyperparams_v2", []any{1}, "0100"},
		{"subnetInfo_getAllDynamicInfo", subnets + "get_all_dynamic_info", nil, ""},
		{"subnetInfo_getDynamicInfo", subnets + "get_dynamic_info", []any{1}, "0100"},
		{"subnetInfo_getAllMetagraphs", subnets + "get_all_metagraphs", nil, ""},
		{"subnetInfo_getMetagraph", subnets + "get_metagraph", []any{1}, "0100"},
		{"subnetInfo_getAllMechagraphs", subnets + "get_all_mechagraphs", nil, ""},
		{"subnetInfo_getMechagraph", subnets + "get_mechagraph", []any{1, 0}, "010000"},
		{"subnetInfo_getSubnetState", subnets + "get_subnet_state", []any{1}, "0100"},
		{"subnetInfo_getSelectiveMetagraph", subnets + "get_selective_metagraph", []any{1, []int{0, 3, 72}}, "01000c000003004800"},
		{"subnetInfo_getColdkeyAutoStakeHotkey", subnets + "get_coldkey_auto_stake_hotkey", []any{alice.String(), 1}, aliceHex + "0100"},
		{"subnetInfo_getSelectiveMechagraph", subnets + "get_selective_mechagraph", []any{1, 0, []int{1}}, "010000040100"},
		{"subnetInfo_getSubnetAccountId", subnets + "get_subnet_account_id", []any{1}, "0100"},
		{"stakeInfo_getColdkeyLock", "StakeInfoRuntimeApi_get_coldkey_lock", []any{alice.String(), 1}, aliceHex + "0100"},
		{"swap_simSwapTaoForAlpha", swap + "sim_swap_tao_for_alpha", []any{1, 1_000_000_000}, "010000ca9a3b00000000"},
		{"swap_simSwapAlphaForTao", swap + "sim_swap_alpha_for_tao", []any{1, 1_000_000_000}, "010000ca9a3b00000000"},
	}
	asArray := func(raw json.RawMessage) string {
		t.Helper()
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		if err != nil {
			t.Fatal(err)
		}
		parts := make([]string, len(b))
		for i, v := range b {
			parts[i] = fmt.Sprint(v)
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	for _, c := range list {
		for name, at := range map[string]any{"at the head": nil, "at a block": then} {
			params, args := slices.Clone(c.params), []any{c.function, "0x" + c.args}
			if at != nil {
				params, args = append(params, at), append(args, at)
			}
			got, err := w.post(c.method, params...)
			if err != nil {
				t.Errorf("%s %s: %v", c.method, name, err)
				continue
			}
			want, err := w.post("state_call", args...)
			if err != nil {
				t.Fatal(c.function, err)
			}
			if want := asArray(want); string(got) != want {
				t.Errorf("%s %s is %.80s, the runtime says %.80s", c.method, name, got, want)
			}
		}
	}
	for _, c := range []struct {
		method string
		params []any
		want   string
	}{
		{"neuronInfo_getNeurons", []any{9999}, `[0]`},
		{"neuronInfo_getNeuronLite", []any{9999, 0}, `[0]`},
		{"neuronInfo_getNeuron", []any{1, 60000}, `[0]`},
		{"subnetInfo_getMetagraph", []any{9999}, `[0]`},
		{"subnetInfo_getSelectiveMetagraph", []any{9999, []int{1}}, `[0]`},
		{"subnetInfo_getMechagraph", []any{1, 9}, `[0]`},
		{"subnetInfo_getDynamicInfo", []any{9999}, `[0]`},
		{"subnetInfo_getSubnetHyperparams", []any{9999}, `[0]`},
		{"subnetInfo_getSubnetAccountId", []any{9999}, `[0]`},
		{"delegateInfo_getDelegate", []any{slices.Repeat([]int{7}, 32)}, `[0]`},
		{"delegateInfo_getDelegated", []any{slices.Repeat([]int{7}, 32)}, `[0]`},
	} {
		if got, err := w.post(c.method, c.params...); err != nil || string(got) != c.want {
			t.Errorf("%s%v is %.80s, %v; want %s", c.method, c.params, got, err, c.want)
		}
	}
	for _, c := range []struct {
		method string
		params []any
		code   int
	}{
		{"neuronInfo_getNeurons", nil, jsonrpc.CodeParams},
		{"neuronInfo_getNeurons", []any{-1}, jsonrpc.CodeParams},
		{"neuronInfo_getNeurons", []any{65536}, jsonrpc.CodeParams},
		{"neuronInfo_getNeurons", []any{"one"}, jsonrpc.CodeParams},
		{"neuronInfo_getNeurons", []any{1, then, 3}, jsonrpc.CodeParams},
		{"neuronInfo_getNeurons", []any{1, "0x" + strings.Repeat("12", 32)}, 4003},
		{"delegateInfo_getDelegate", []any{[]int{1, 2}}, jsonrpc.CodeParams},
		{"delegateInfo_getDelegate", []any{slices.Repeat([]int{256}, 32)}, jsonrpc.CodeParams},
		{"subnetInfo_getMechagraph", []any{1, 256}, jsonrpc.CodeParams},
		{"subnetInfo_getSelectiveMetagraph", []any{1, []int{70000}}, jsonrpc.CodeParams},
		{"subnetInfo_getColdkeyAutoStakeHotkey", []any{"nobody", 1}, jsonrpc.CodeParams},
		{"swap_simSwapTaoForAlpha", []any{1, 1.5}, jsonrpc.CodeParams},
	} {
		_, err := w.post(c.method, c.params...)
		var e *jsonrpc.Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s%v gave %v, want code %d", c.method, c.params, err, c.code)
		}
	}
}

// What upstream gives as JSON numbers and objects is the runtime's value.
func TestCustomMethodsInJSON(t *testing.T) {
	w := manual(t)
	w.seal()
	for _, c := range []struct {
		method, function string
		params           []any
		args             string
		show             func(scale []byte) string
	}{
		{"subnetInfo_getLockCost", "SubnetRegistrationRuntimeApi_get_network_registration_cost", nil, "", little},
		{"swap_currentAlphaPrice", "SwapRuntimeApi_current_alpha_price", []any{1}, "0100", little},
		{"swap_currentAlphaPrice", "SwapRuntimeApi_current_alpha_price", []any{9999}, "0f27", little},
		{"subnetInfo_getSubnetToPrune", "SubnetInfoRuntimeApi_get_subnet_to_prune", nil, "", func(b []byte) string {
			if b[0] == 0 {
				return "null"
			}
			return little(b[1:])
		}},
		{"swap_currentAlphaPriceAll", "SwapRuntimeApi_current_alpha_price_all", nil, "", func(b []byte) string {
			var out []string
			for b = b[1:]; len(b) >= 10; b = b[10:] {
				out = append(out, fmt.Sprintf(`{"netuid":%s,"price":%s}`, little(b[:2]), little(b[2:10])))
			}
			return "[" + strings.Join(out, ",") + "]"
		}},
	} {
		got, err := w.post(c.method, c.params...)
		if err != nil {
			t.Errorf("%s: %v", c.method, err)
			continue
		}
		raw, err := w.post("state_call", c.function, "0x"+c.args)
		if err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(strings.Trim(string(raw), `"`)[2:])
		if err != nil {
			t.Fatal(err)
		}
		if want := c.show(b); string(got) != want {
			t.Errorf("%s%v is %s, the runtime says %s", c.method, c.params, got, want)
		}
	}
}

// little prints a little-endian number.
func little(b []byte) string {
	var v uint64
	for i := range b {
		v |= uint64(b[i]) << (8 * i)
	}
	return fmt.Sprint(v)
}
