package proxy

import (
	"slices"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
)

// Rule says which calls a kind permits. Calls are named Pallet.call, or Pallet.* for all of a pallet.
type Rule struct {
	Mode   Mode
	Calls  []string
	Except []string // not permitted although Calls name them
	// Below bounds an argument of a permitted call, by the call's name: only lesser amounts are permitted.
	Below map[string]Limit
	// Holds names the only call that a permitted call may hold, by the outer call's name.
	Holds map[string]Nested
}

// Limit is an upper bound, exclusive, of an argument.
type Limit struct {
	Param string
	Bound uint64
}

// Nested is the call that an argument must hold.
type Nested struct{ Param, Call string }

// Mode is how a rule reads its list of calls.
type Mode uint8

// The modes.
const (
	AllowAll Mode = iota
	DenyAll
	Allow // only those on the list
	Deny  // all but those on the list
)

// What a small transfer is less than, in rao and in units of alpha.
const smallTransfer = uint64(bt.Tao) / 2

// coldkeySwaps are calls by which a coldkey would hand over all it has.
var coldkeySwaps = []string{
	"SubtensorModule.announce_coldkey_swap", "SubtensorModule.swap_coldkey_announced", "SubtensorModule.clear_coldkey_swap_announcement",
	"SubtensorModule.dispute_coldkey_swap",
}

// Rules are upstream's filters, one for each kind. What kinds forbid they also forbid in the form of calls that came later and move the same.
var Rules = [...]Rule{
	Any: {Mode: AllowAll},
	Owner: {
		Mode: Allow, Calls: []string{"AdminUtils.*", "SubtensorModule.set_subnet_identity", "SubtensorModule.update_symbol"},
		Except: []string{"AdminUtils.sudo_set_sn_owner_hotkey", "AdminUtils.sudo_set_subnet_owner_hotkey"},
	},
	NonCritical: {Mode: Deny, Calls: slices.Concat([]string{
		"SubtensorModule.dissolve_network", "SubtensorModule.root_register", "SubtensorModule.burned_register", "Sudo.*",
	}, coldkeySwaps)},
	NonTransfer: {Mode: Deny, Calls: slices.Concat([]string{
		"Balances.*", "SubtensorModule.transfer_stake", "SubtensorModule.transfer_stake_and_hotkey", "SubtensorModule.schedule_swap_coldkey",
		"SubtensorModule.swap_coldkey",
	}, coldkeySwaps)},
	Senate: {Mode: DenyAll},
	NonFungible: {Mode: Deny, Calls: slices.Concat([]string{
		"Balances.*", "SubtensorModule.add_stake", "SubtensorModule.add_stake_limit", "SubtensorModule.remove_stake", "SubtensorModule.remove_stake_limit",
		"SubtensorModule.remove_stake_full_limit", "SubtensorModule.unstake_all", "SubtensorModule.unstake_all_alpha", "SubtensorModule.swap_stake",
		"SubtensorModule.swap_stake_limit", "SubtensorModule.move_stake", "SubtensorModule.move_stake_limit", "SubtensorModule.transfer_stake",
		"SubtensorModule.transfer_stake_and_hotkey", "SubtensorModule.burned_register", "SubtensorModule.root_register",
		"SubtensorModule.schedule_swap_coldkey", "SubtensorModule.swap_coldkey", "SubtensorModule.swap_hotkey", "SubtensorModule.swap_hotkey_v2",
	}, coldkeySwaps)},
	Triumvirate: {Mode: DenyAll},
	Governance:  {Mode: DenyAll},
	Staking: {Mode: Allow, Calls: []string{
		"SubtensorModule.add_stake", "SubtensorModule.remove_stake", "SubtensorModule.unstake_all", "SubtensorModule.unstake_all_alpha",
		"SubtensorModule.swap_stake", "SubtensorModule.swap_stake_limit", "SubtensorModule.move_stake", "SubtensorModule.add_stake_limit",
		"SubtensorModule.remove_stake_limit", "SubtensorModule.remove_stake_full_limit", "SubtensorModule.set_root_claim_type",
	}},
	Registration: {Mode: Allow, Calls: []string{
		"SubtensorModule.burned_register", "SubtensorModule.register", "SubtensorModule.register_limit",
	}},
	Transfer: {Mode: Allow, Calls: []string{
		"Balances.transfer_keep_alive", "Balances.transfer_allow_death", "Balances.transfer_all", "SubtensorModule.transfer_stake",
	}},
	SmallTransfer: {
		Mode: Allow, Calls: []string{"Balances.transfer_keep_alive", "Balances.transfer_allow_death", "SubtensorModule.transfer_stake"},
		Below: map[string]Limit{
			"Balances.transfer_keep_alive": {"value", smallTransfer}, "Balances.transfer_allow_death": {"value", smallTransfer},
			"SubtensorModule.transfer_stake": {"alpha_amount", smallTransfer},
		},
	},
	RootWeights: {Mode: DenyAll},
	ChildKeys:   {Mode: Allow, Calls: []string{"SubtensorModule.set_children", "SubtensorModule.set_childkey_take"}},
	SudoUncheckedSetCode: {
		Mode: Allow, Calls: []string{"Sudo.sudo_unchecked_weight"}, Holds: map[string]Nested{"Sudo.sudo_unchecked_weight": {"call", "System.set_code"}},
	},
	SwapHotkey: {Mode: Allow, Calls: []string{"SubtensorModule.swap_hotkey", "SubtensorModule.swap_hotkey_v2"}},
	SubnetLeaseBeneficiary: {Mode: Allow, Calls: []string{
		"SubtensorModule.start_call", "AdminUtils.sudo_set_serving_rate_limit", "AdminUtils.sudo_set_min_difficulty", "AdminUtils.sudo_set_max_difficulty",
		"AdminUtils.sudo_set_weights_version_key", "AdminUtils.sudo_set_adjustment_alpha", "AdminUtils.sudo_set_immunity_period",
		"AdminUtils.sudo_set_min_allowed_weights", "AdminUtils.sudo_set_kappa", "AdminUtils.sudo_set_rho", "AdminUtils.sudo_set_activity_cutoff",
		"AdminUtils.sudo_set_network_registration_allowed", "AdminUtils.sudo_set_network_pow_registration_allowed", "AdminUtils.sudo_set_max_burn",
		"AdminUtils.sudo_set_bonds_moving_average", "AdminUtils.sudo_set_bonds_penalty", "AdminUtils.sudo_set_commit_reveal_weights_enabled",
		"AdminUtils.sudo_set_liquid_alpha_enabled", "AdminUtils.sudo_set_alpha_values", "AdminUtils.sudo_set_commit_reveal_weights_interval",
		"AdminUtils.sudo_set_toggle_transfer", "AdminUtils.sudo_set_subnet_emission_enabled", "AdminUtils.sudo_set_min_childkey_take_per_subnet",
	}},
	RootClaim:     {Mode: Allow, Calls: []string{"SubtensorModule.claim_root"}},
	BasketTrading: {Mode: Allow, Calls: []string{"SubtensorModule.swap_basket"}},
}

// Filter decides which calls a kind of proxy may make and which kinds it covers; a runtime may have another one.
type Filter interface {
	Permits(k Kind, call frame.RuntimeCall) bool
	// Covers tells whether every call of other is one of k.
	Covers(k, other Kind) bool
}

// standard is the Filter of the rules above.
type standard struct{ table func() *frame.Table }

func (f standard) Permits(k Kind, call frame.RuntimeCall) bool {
	r, table := &Rules[k], f.table()
	name := table.Name(call)
	if !r.Names(name) {
		return false
	}
	if limit, ok := r.Below[name]; ok && amountOf(call.Args, limit.Param) >= limit.Bound {
		return false
	}
	if want, ok := r.Holds[name]; ok {
		inner, ok := frame.Argument(call.Args, want.Param).(frame.RuntimeCall)
		return ok && table.Name(inner) == want.Call
	}
	return true
}

// Names tells whether a call, as Pallet.call, is permitted with some arguments.
func (r *Rule) Names(name string) bool {
	switch r.Mode {
	case AllowAll:
		return true
	case DenyAll:
		return false
	case Deny:
		return !lists(r.Calls, name)
	}
	return lists(r.Calls, name) && !lists(r.Except, name)
}

// lists tells whether calls name one, or all calls of its pallet.
func lists(calls []string, name string) bool {
	pallet, _, _ := strings.Cut(name, ".")
	for _, c := range calls {
		if c == name || strings.TrimSuffix(c, ".*") == pallet && strings.HasSuffix(c, ".*") {
			return true
		}
	}
	return false
}

// amountOf is an argument that is an amount; what is none counts as beyond all bounds.
func amountOf(args any, param string) uint64 {
	switch v := frame.Argument(args, param).(type) {
	case bt.Rao:
		return uint64(v)
	case bt.Alpha:
		return uint64(v)
	}
	return 1<<64 - 1
}

// Covers is upstream's order of the kinds.
func (standard) Covers(k, other Kind) bool {
	switch {
	case k == other, k == Any:
		return true
	case other == Any:
		return false
	case k == NonTransfer:
		return other != Transfer && other != SmallTransfer
	}
	return k == Transfer && other == SmallTransfer
}
