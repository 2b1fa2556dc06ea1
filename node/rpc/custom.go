package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/scale"
)

// codeCustom is the code of errors of Subtensor's own methods; they have no data.
const codeCustom = 1

// customMethod is a JSON-RPC method of Subtensor's own, which is a runtime function under another name: the parameters are its arguments
// in order, then the hash of a block.
type customMethod struct {
	name     string
	function string // of the runtime
	params   []func() param
	show     func(scale []byte) (any, error)
}

// param is an argument in JSON, and how the runtime wants it.
type param interface {
	append(e *scale.Encoder) error
}

// numberParam is a JSON number of the width of T; indexParams is a list of u16; accountParam is an address; accountBytes is an account as
// an array of 32 numbers.
type (
	numberParam[T uint8 | uint16 | uint64] struct{ v T }
	indexParams                            []uint16
	accountParam                           bt.AccountID
	accountBytes                           byteList
)

// JSONSchema describes it.
func (n numberParam[T]) JSONSchema() map[string]any { return schemaOf(n.v) }

// JSONSchema describes it.
func (accountParam) JSONSchema() map[string]any { return schemaOf(bt.AccountID{}) }

// JSONSchema describes it.
func (accountBytes) JSONSchema() map[string]any { return byteList{}.JSONSchema() }

func (n *numberParam[T]) UnmarshalJSON(raw []byte) error { return json.Unmarshal(raw, &n.v) }

func (n *numberParam[T]) append(e *scale.Encoder) error {
	e.Encode(&n.v)
	return nil
}

func (p *indexParams) append(e *scale.Encoder) error {
	e.Encode((*[]uint16)(p))
	return nil
}

func (p *accountParam) UnmarshalText(text []byte) error {
	return (*bt.AccountID)(p).UnmarshalText(text)
}

func (p *accountParam) append(e *scale.Encoder) error {
	e.Raw(p[:])
	return nil
}

func (p *accountBytes) UnmarshalJSON(raw []byte) error { return (*byteList)(p).UnmarshalJSON(raw) }

func (p *accountBytes) append(e *scale.Encoder) error {
	if len(*p) != len(bt.AccountID{}) {
		return fmt.Errorf("an account of %d bytes, want %d", len(*p), len(bt.AccountID{}))
	}
	e.Raw(*p)
	return nil
}

func netuid() param  { return new(numberParam[uint16]) }
func uid() param     { return new(numberParam[uint16]) }
func mecid() param   { return new(numberParam[uint8]) }
func amount() param  { return new(numberParam[uint64]) }
func indices() param { return new(indexParams) }
func account() param { return new(accountParam) }
func bytes32() param { return new(accountBytes) }

func takes(list ...func() param) []func() param { return list }

// customMethods are those of pallet-subtensor's and the swap's RPC at spec 461.
var customMethods = []customMethod{
	{"delegateInfo_getDelegates", "DelegateInfoRuntimeApi_get_delegates", nil, asBytes},
	{"delegateInfo_getDelegate", "DelegateInfoRuntimeApi_get_delegate", takes(bytes32), asBytes},
	{"delegateInfo_getDelegated", "DelegateInfoRuntimeApi_get_delegated", takes(bytes32), asBytes},
	{"neuronInfo_getNeuronsLite", "NeuronInfoRuntimeApi_get_neurons_lite", takes(netuid), asBytes},
	{"neuronInfo_getNeuronLite", "NeuronInfoRuntimeApi_get_neuron_lite", takes(netuid, uid), asBytes},
	{"neuronInfo_getNeurons", "NeuronInfoRuntimeApi_get_neurons", takes(netuid), asBytes},
	{"neuronInfo_getNeuron", "NeuronInfoRuntimeApi_get_neuron", takes(netuid, uid), asBytes},
	{"subnetInfo_getSubnetInfo", "SubnetInfoRuntimeApi_get_subnet_info", takes(netuid), asBytes},
	{"subnetInfo_getSubnetsInfo", "SubnetInfoRuntimeApi_get_subnets_info", nil, asBytes},
	{"subnetInfo_getSubnetInfo_v2", "SubnetInfoRuntimeApi_get_subnet_info_v2", takes(netuid), asBytes},
	{"subnetInfo_getSubnetsInfo_v2", "SubnetInfoRuntimeApi_get_subnets_info_v2", nil, asBytes},
	{"subnetInfo_getSubnetHyperparams", "SubnetInfoRuntimeApi_get_subnet_hyperparams", takes(netuid), asBytes},
	{"subnetInfo_getSubnetHyperparamsV2", "SubnetInfoRuntimeApi_get_subnet_hyperparams_v2", takes(netuid), asBytes},
	{"subnetInfo_getAllDynamicInfo", "SubnetInfoRuntimeApi_get_all_dynamic_info", nil, asBytes},
	{"subnetInfo_getDynamicInfo", "SubnetInfoRuntimeApi_get_dynamic_info", takes(netuid), asBytes},
	{"subnetInfo_getAllMetagraphs", "SubnetInfoRuntimeApi_get_all_metagraphs", nil, asBytes},
	{"subnetInfo_getMetagraph", "SubnetInfoRuntimeApi_get_metagraph", takes(netuid), asBytes},
	{"subnetInfo_getAllMechagraphs", "SubnetInfoRuntimeApi_get_all_mechagraphs", nil, asBytes},
	{"subnetInfo_getMechagraph", "SubnetInfoRuntimeApi_get_mechagraph", takes(netuid, mecid), asBytes},
	{"subnetInfo_getSubnetState", "SubnetInfoRuntimeApi_get_subnet_state", takes(netuid), asBytes},
	{"subnetInfo_getLockCost", "SubnetRegistrationRuntimeApi_get_network_registration_cost", nil, typed[bt.Rao]},
	{"subnetInfo_getSelectiveMetagraph", "SubnetInfoRuntimeApi_get_selective_metagraph", takes(netuid, indices), asBytes},
	{"subnetInfo_getColdkeyAutoStakeHotkey", "SubnetInfoRuntimeApi_get_coldkey_auto_stake_hotkey", takes(account, netuid), asBytes},
	{"subnetInfo_getSelectiveMechagraph", "SubnetInfoRuntimeApi_get_selective_mechagraph", takes(netuid, mecid, indices), asBytes},
	{"subnetInfo_getSubnetToPrune", "SubnetInfoRuntimeApi_get_subnet_to_prune", nil, nullable[bt.NetUID]},
	{"subnetInfo_getSubnetAccountId", "SubnetInfoRuntimeApi_get_subnet_account_id", takes(netuid), asBytes},
	{"stakeInfo_getColdkeyLock", "StakeInfoRuntimeApi_get_coldkey_lock", takes(account, netuid), asBytes},
	{"swap_currentAlphaPrice", "SwapRuntimeApi_current_alpha_price", takes(netuid), typed[uint64]},
	{"swap_currentAlphaPriceAll", "SwapRuntimeApi_current_alpha_price_all", nil, typed[[]subnetPrice]},
	{"swap_simSwapTaoForAlpha", "SwapRuntimeApi_sim_swap_tao_for_alpha", takes(netuid, amount), asBytes},
	{"swap_simSwapAlphaForTao", "SwapRuntimeApi_sim_swap_alpha_for_tao", takes(netuid, amount), asBytes},
}

// subnetPrice is a subnet's price of alpha in rao per TAO's worth, as the runtime lists it.
type subnetPrice struct {
	NetUID bt.NetUID `json:"netuid"`
	Price  uint64    `json:"price"`
}

func asBytes(raw []byte) (any, error) { return byteList(raw), nil }

func typed[T any](raw []byte) (any, error) {
	var v T
	err := scale.Unmarshal(raw, &v)
	return v, err
}

func nullable[T any](raw []byte) (any, error) {
	var v scale.Option[T]
	if err := scale.Unmarshal(raw, &v); err != nil || !v.Set {
		return nil, err
	}
	return v.Value, nil
}

// byteList is bytes as a JSON array of numbers, the form of Vec<u8> in Subtensor's own methods. Reading accepts hex too.
type byteList []byte

// JSONSchema describes it.
func (byteList) JSONSchema() map[string]any { return schemaOf([]uint8{}) }

// MarshalJSON prints numbers.
func (b byteList) MarshalJSON() ([]byte, error) {
	out := append(make([]byte, 0, 4*len(b)+2), '[')
	for i, v := range b {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendUint(out, uint64(v), 10)
	}
	return append(out, ']'), nil
}

// UnmarshalJSON reads an array of numbers from 0 to 255, or hex digits.
func (b *byteList) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, (*hexBytes)(b))
	}
	var list []uint16
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	*b = make(byteList, len(list))
	for i, v := range list {
		if v > 255 {
			return fmt.Errorf("number %d of the list is %d, want a byte: 0 to 255", i, v)
		}
		(*b)[i] = byte(v)
	}
	return nil
}

func (a *api) custom(r *jsonrpc.Registry) {
	for _, m := range customMethods {
		r.Call(func(_ context.Context, p jsonrpc.Params) (any, error) { return a.runCustom(&m, p) }, m.name)
	}
}

func (a *api) runCustom(m *customMethod, p jsonrpc.Params) (any, error) {
	var at *bt.Hash
	args := make([]param, len(m.params))
	targets := make([]any, len(args)+1)
	for i, make := range m.params {
		args[i] = make()
		targets[i] = args[i]
	}
	targets[len(args)] = &at
	if err := need(p, len(args), targets...); err != nil {
		return nil, err
	}
	var e scale.Encoder
	for i, arg := range args {
		if err := arg.append(&e); err != nil {
			return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: parameter %d: %v", i+1, err)
		}
	}
	return a.view(at, func(v *ledger.View) (any, error) {
		raw, err := a.ledger.Runtime().Call(v, v.Header, m.function, e.Bytes())
		if err != nil {
			return nil, jsonrpc.Errorf(codeCustom, "Unable to call %s: %v", m.function, err)
		}
		return m.show(raw)
	})
}
