package genesis

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// Settings are values by the names that the chain has for them: numbers, true or false, or the name of a choice in quotes.
type Settings map[string]json.RawMessage

// Network is what a specification says of Bittensor's parameters. What is not named has the value of upstream's code.
type Network struct {
	Constants Settings `json:"constants,omitempty"` // of SubtensorModule, fixed while the chain lives: InitialMaxAllowedUids …
	Global    Settings `json:"global,omitempty"`    // SubtensorModule's values for the whole network: SubnetLimit, TaoWeight …
	Root      Settings `json:"root,omitempty"`      // SubtensorModule's values for subnet 0: SubtokenEnabled …
	Rules     Settings `json:"rules,omitempty"`     // the pallet Rules' values for the whole network: TransferFee (rao), SingleToken …
	Subnets   []Subnet `json:"subnets,omitempty"`   // open from block 1 on; without any there is upstream's subnet 1, which belongs to nobody
}

// Subnet is a subnet that the first state has. Its tokens are TAO, so the rule SingleToken must be in force.
type Subnet struct {
	NetUID      bt.NetUID    `json:"netuid"`
	Owner       bt.AccountID `json:"owner"`
	OwnerHotkey bt.AccountID `json:"ownerHotkey"`
	Settings    Settings     `json:"settings,omitempty"` // SubtensorModule's values for a subnet: Tempo, MaxAllowedUids …
	Rules       Settings     `json:"rules,omitempty"`    // the pallet Rules' values for a subnet: Consensus, Registration
}

// validate tells what is wrong with a network.
func (n *Network) validate() error {
	var module state.State
	var pallet rules.Pallet
	seen := map[bt.NetUID]bool{}
	type part struct {
		settings Settings
		of       any
		keyed    bool
	}
	all := []part{{n.Constants, &module.Constants, false}, {n.Global, &module.Storage, false}, {n.Root, &module.Storage, true}, {n.Rules, &pallet.Storage, false}}
	for _, s := range n.Subnets {
		if s.NetUID == 0 || seen[s.NetUID] {
			return fmt.Errorf("%w: subnet %d stands twice or is root", ErrSpec, s.NetUID)
		}
		seen[s.NetUID] = true
		all = append(all, part{s.Settings, &module.Storage, true}, part{s.Rules, &pallet.Storage, true})
	}
	for _, p := range all {
		for _, name := range p.settings.names() {
			if _, _, err := p.settings.find(p.of, name, p.keyed); err != nil {
				return err
			}
		}
	}
	if len(n.Subnets) > 0 && string(n.Rules["SingleToken"]) != "true" {
		return fmt.Errorf("%w: subnets in the first state have no pool: they need the rule SingleToken", ErrSpec)
	}
	return nil
}

func (s Settings) names() []string { return slices.Sorted(maps.Keys(s)) }

// find returns the setter of the item that a setting names in a struct of items, and the value; keyed tells whether items are by subnet.
func (s Settings) find(items any, name string, keyed bool) (set, value reflect.Value, err error) {
	field := reflect.ValueOf(items).Elem().FieldByName(name)
	if !field.IsValid() {
		return set, value, fmt.Errorf("%w: there is no setting %q", ErrSpec, name)
	}
	set = field.Addr().MethodByName("Set")
	parameters := 1 // of a constant: the value
	if set.IsValid() && set.Type().NumIn() > 1 {
		if keyed != (set.Type().NumIn() == 3 && set.Type().In(1) == reflect.TypeFor[bt.NetUID]()) || !keyed && set.Type().NumIn() != 2 {
			return set, value, fmt.Errorf("%w: %q is no setting of this place", ErrSpec, name)
		}
		parameters = set.Type().NumIn()
	} else if keyed || !set.IsValid() {
		return set, value, fmt.Errorf("%w: %q is no setting of this place", ErrSpec, name)
	}
	value, err = read(s[name], set.Type().In(parameters-1))
	if err != nil {
		return set, value, fmt.Errorf("%w: %s: %v", ErrSpec, name, err)
	}
	return set, value, nil
}

// read turns JSON into a value of a type: a number, a bool, or a choice by its name.
func read(raw json.RawMessage, t reflect.Type) (reflect.Value, error) {
	v := reflect.New(t)
	if choice, ok := v.Interface().(interface{ Variants() []scale.Variant }); ok && t.Kind() == reflect.Uint8 {
		var name string
		if err := json.Unmarshal(raw, &name); err != nil {
			return v, err
		}
		for i, variant := range choice.Variants() {
			if variant.Name == name {
				v.Elem().SetUint(uint64(i))
				return v.Elem(), nil
			}
		}
		return v, fmt.Errorf("there is no choice %q", name)
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Int16, reflect.Int64:
		return v.Elem(), json.Unmarshal(raw, v.Interface())
	}
	return v, fmt.Errorf("a value of type %v cannot be set by a specification", t)
}

// configure sets the constants of a network. It is no method of Network, as build is none: who sees a type sees the types of its methods, and would
// compile every item of SubtensorModule anew.
func configure(n *Network) state.Config {
	return func(c *state.Constants, _ *state.Settings) {
		for _, name := range n.Constants.names() {
			set, value := n.Constants.must(c, name, false)
			set.Call([]reflect.Value{value})
		}
	}
}

// must is find for settings that Validate has seen.
func (s Settings) must(items any, name string, keyed bool) (set, value reflect.Value) {
	set, value, err := s.find(items, name, keyed)
	if err != nil {
		panic(err)
	}
	return set, value
}

// store writes settings to the first state: of the network, or of a subnet.
func (s Settings) store(c *frame.Ctx, items any, netuid ...bt.NetUID) {
	for _, name := range s.names() {
		set, value := s.must(items, name, len(netuid) > 0)
		in := []reflect.Value{reflect.ValueOf(c.State)}
		for _, id := range netuid {
			in = append(in, reflect.ValueOf(id))
		}
		set.Call(append(in, value))
	}
}

// build writes the network's part of the first state, after the module's own.
func build(c *frame.Ctx, n *Network, module *subtensor.Pallet) {
	n.Rules.store(c, &module.Pools.Rules.Storage)
	n.Global.store(c, &module.Storage)
	n.Root.store(c, &module.Storage, 0)
	for _, s := range n.Subnets {
		module.Found(c, s.NetUID, s.Owner, s.OwnerHotkey)
		s.Settings.store(c, &module.Storage, s.NetUID)
		s.Rules.store(c, &module.Pools.Rules.Storage, s.NetUID)
	}
}
