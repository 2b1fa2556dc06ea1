package scenario

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/subtensor/codec"
)

// form is a sentence that stands for a call. In its pattern, {name} is a word that becomes the argument of that name, {name$} an amount with its unit, and
// {name…} all up to the next word of the pattern. The signer's name goes before it.
type form struct {
	pattern, call string
	// build makes the arguments of what the sentence says, where they are not the same.
	build func(w *world, signer string, said map[string]any) (map[string]any, error)
	// check looks at what a successful call did, by its events.
	check func(w *world, said map[string]any) error
	// unsigned calls are of those whose content is proof enough.
	unsigned bool

	re *regexp.Regexp
}

var forms = []form{
	{pattern: "sends {value$} to {dest}", call: "Balances.transfer_keep_alive"},
	{pattern: "sends all but the deposit to {dest}", call: "Balances.transfer_all", build: with("keep_alive", true)},
	{pattern: "sends all to {dest}", call: "Balances.transfer_all", build: with("keep_alive", false)},

	{pattern: "registers subnet {netuid} with hotkey {hotkey}", call: "SubtensorModule.register_network", build: without("netuid"), check: isSubnet},
	{pattern: "registers a subnet with hotkey {hotkey}", call: "SubtensorModule.register_network"},
	{pattern: "starts subnet {netuid}", call: "SubtensorModule.start_call"},
	{pattern: "registers {hotkey} in subnet {netuid}", call: "SubtensorModule.burned_register"},
	{pattern: "registers {hotkey} in subnet {netuid} for at most {limit_price$}", call: "SubtensorModule.register_limit"},
	{pattern: "seats {hotkey} on root", call: "SubtensorModule.root_register"},
	{pattern: "owns {hotkey}", call: "SubtensorModule.try_associate_hotkey"},

	{pattern: "stakes {amount_staked$} on {hotkey} in subnet {netuid}", call: "SubtensorModule.add_stake"},
	{pattern: "stakes {amount_staked$} on {hotkey} in subnet {netuid} at {limit_price$} or less",
		call: "SubtensorModule.add_stake_limit", build: with("allow_partial", false)},
	{pattern: "stakes up to {amount_staked$} on {hotkey} in subnet {netuid} at {limit_price$} or less",
		call: "SubtensorModule.add_stake_limit", build: with("allow_partial", true)},
	{pattern: "unstakes {amount_unstaked$} from {hotkey} in subnet {netuid}", call: "SubtensorModule.remove_stake"},
	{pattern: "unstakes {amount_unstaked$} from {hotkey} in subnet {netuid} at {limit_price$} or more",
		call: "SubtensorModule.remove_stake_limit", build: with("allow_partial", false)},
	{pattern: "unstakes up to {amount_unstaked$} from {hotkey} in subnet {netuid} at {limit_price$} or more",
		call: "SubtensorModule.remove_stake_limit", build: with("allow_partial", true)},
	{pattern: "unstakes all from {hotkey} in subnet {netuid}", call: "SubtensorModule.remove_stake_full_limit", build: with("limit_price", nil)},
	{pattern: "unstakes all from {hotkey} in subnet {netuid} at {limit_price$} or more", call: "SubtensorModule.remove_stake_full_limit"},
	{pattern: "unstakes all from {hotkey}", call: "SubtensorModule.unstake_all"},
	{pattern: "moves all alpha of {hotkey} to root", call: "SubtensorModule.unstake_all_alpha"},
	{pattern: "moves {alpha_amount$} from {origin_hotkey} in subnet {origin_netuid} to {destination_hotkey} in subnet {destination_netuid}",
		call: "SubtensorModule.move_stake"},
	{pattern: "swaps {alpha_amount$} on {hotkey} from subnet {origin_netuid} to subnet {destination_netuid}", call: "SubtensorModule.swap_stake"},
	{pattern: "gives {alpha_amount$} on {hotkey} in subnet {origin_netuid} to {destination_coldkey} in subnet {destination_netuid}",
		call: "SubtensorModule.transfer_stake"},
	{pattern: "takes {take} of 65535 for {hotkey}, less than before", call: "SubtensorModule.decrease_take"},
	{pattern: "takes {take} of 65535 for {hotkey}, more than before", call: "SubtensorModule.increase_take"},

	{pattern: "sets weights {weights…} in subnet {netuid}", call: "SubtensorModule.set_weights", build: setWeights},
	{pattern: "sets weights {weights…} in subnet {netuid} with version {version_key}", call: "SubtensorModule.set_weights", build: setWeights},
	{pattern: "commits weights {weights…} in subnet {netuid} with salt {salt}", call: "SubtensorModule.commit_weights", build: commitWeights},
	{pattern: "reveals weights {weights…} in subnet {netuid} with salt {salt}", call: "SubtensorModule.reveal_weights", build: revealWeights},
	{pattern: "commits weights {weights…} in mechanism {mecid} of subnet {netuid} with salt {salt}", call: "SubtensorModule.commit_mechanism_weights", build: commitWeights},
	{pattern: "reveals weights {weights…} in mechanism {mecid} of subnet {netuid} with salt {salt}", call: "SubtensorModule.reveal_mechanism_weights", build: revealWeights},
	{pattern: "commits weights {weights…} in subnet {netuid} until round {reveal_round}", call: "SubtensorModule.commit_timelocked_weights", build: lockWeights(true)},
	{pattern: "commits weights {weights…} in mechanism {mecid} of subnet {netuid} until round {reveal_round}",
		call: "SubtensorModule.commit_timelocked_mechanism_weights", build: lockWeights(true)},
	{pattern: "commits weights {weights…} in mechanism {mecid} of subnet {netuid} until round {reveal_round}, in the older form",
		call: "SubtensorModule.commit_crv3_mechanism_weights", build: lockWeights(false)},

	{pattern: "does work and registers {hotkey} in subnet {netuid}", call: "SubtensorModule.pow_register", build: solve(true)},
	{pattern: "does work over block {block_number} and registers {hotkey} in subnet {netuid}", call: "SubtensorModule.pow_register", build: solve(true)},
	{pattern: "does too little work and registers {hotkey} in subnet {netuid}", call: "SubtensorModule.pow_register", build: solve(false)},
	{pattern: "does work for a place in subnet {netuid} that {coldkey} owns", call: "SubtensorModule.register", build: solveLegacy},
	{pattern: "does work over block {block_number} for a place in subnet {netuid} that {coldkey} owns", call: "SubtensorModule.register", build: solveLegacy},
	{pattern: "does work for the faucet", call: "SubtensorModule.faucet", build: solveFaucet},

	{pattern: "brings round {round} of the beacon", call: "Drand.write_pulse", build: bringRound, unsigned: true},
	{pattern: "brings pulse {pulse…}", call: "Drand.write_pulse", build: bringPulse, unsigned: true},
}

func init() {
	placeholder := regexp.MustCompile(`\\\{(\w+)(\\\$|…)?\\\}`)
	for i := range forms {
		text := placeholder.ReplaceAllStringFunc(regexp.QuoteMeta(forms[i].pattern), func(p string) string {
			m := placeholder.FindStringSubmatch(p)
			switch m[2] {
			case `\$`:
				return `(?P<` + m[1] + `>\S+ (?:TAO|alpha|rao))`
			case "…":
				return `(?P<` + m[1] + `>.+)`
			}
			return `(?P<` + m[1] + `>\S+)`
		})
		forms[i].re = regexp.MustCompile("^" + text + "$")
	}
}

// step is what a sentence stands for.
type step struct {
	call     codec.Call
	asRoot   bool               // through Sudo
	unsigned bool               // made by nobody
	after    func(*world) error // checks what it did; may be nil
}

// sentence finds the call that a sentence stands for.
func (w *world) sentence(signer, said string) (s step, err error) {
	s = step{asRoot: signer == sudoName, unsigned: signer == nobodyName}
	generic, ok := strings.CutPrefix(said, "calls ")
	if !ok {
		if generic, ok = strings.CutPrefix(said, "signs "); ok {
			s.asRoot = false
		}
	}
	if ok {
		v, err := w.parseValue(generic)
		if err != nil {
			return s, err
		}
		if s.call, ok = v.(codec.Call); !ok {
			return s, fmt.Errorf("want \"NAME calls Pallet.call {argument: value}\"")
		}
		return s, nil
	}
	for i := range forms {
		f := &forms[i]
		m := f.re.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		args := map[string]any{}
		for n, name := range f.re.SubexpNames() {
			if name == "" {
				continue
			}
			if name == "weights" || name == "salt" {
				args[name] = m[n]
				continue
			}
			if args[name], err = w.parseValue(m[n]); err != nil {
				return s, err
			}
		}
		heard := args
		if f.build != nil {
			if args, err = f.build(w, signer, args); err != nil {
				return s, err
			}
		}
		if f.check != nil {
			s.after = func(w *world) error { return f.check(w, heard) }
		}
		s.unsigned = s.unsigned || f.unsigned
		pallet, name, _ := strings.Cut(f.call, ".")
		s.call = codec.Call{Pallet: pallet, Name: name, Args: args}
		return s, nil
	}
	return s, fmt.Errorf("no sentence is of this form; see testdata/README.md, or say \"NAME calls Pallet.call {…}\"")
}

// with adds an argument that the sentence says by its words.
func with(name string, value any) func(*world, string, map[string]any) (map[string]any, error) {
	return func(_ *world, _ string, said map[string]any) (map[string]any, error) {
		said[name] = value
		return said, nil
	}
}

// without leaves out what the sentence says of the outcome.
func without(name string) func(*world, string, map[string]any) (map[string]any, error) {
	return func(_ *world, _ string, said map[string]any) (map[string]any, error) {
		args := map[string]any{}
		for k, v := range said {
			if k != name {
				args[k] = v
			}
		}
		return args, nil
	}
}

// isSubnet checks the number that a new subnet got.
func isSubnet(w *world, said map[string]any) error {
	events, err := w.lastEvents()
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Is("SubtensorModule", "NetworkAdded") {
			if fields, _ := e.Fields.([]any); len(fields) == 2 && w.text(fields[0]) == w.text(said["netuid"]) {
				return nil
			}
			return fmt.Errorf("the subnet is another one: %s", w.text(e.Fields))
		}
	}
	return fmt.Errorf("no subnet was added")
}

// number is a value that fits 64 bits.
func number(v any) (uint64, bool) {
	n, ok := v.(*big.Int)
	if !ok || !n.IsUint64() {
		return 0, false
	}
	return n.Uint64(), true
}

// vector reads "mh 3, oh 1": hotkeys, or uids as numbers, each with its weight.
func (w *world) vector(text string, netuid any) (uids, values []uint16, err error) {
	subnet, ok := number(netuid)
	if !ok {
		return nil, nil, fmt.Errorf("no subnet %v", netuid)
	}
	if text == "none" {
		return nil, nil, nil
	}
	for _, part := range strings.Split(text, ",") {
		words := strings.Fields(part)
		if len(words) != 2 {
			return nil, nil, fmt.Errorf("want \"HOTKEY WEIGHT, …\", not %q", part)
		}
		var pair [2]uint16
		for i, word := range words {
			v, err := w.parseValue(word)
			if err != nil {
				return nil, nil, err
			}
			if key, ok := v.(bt.AccountID); ok {
				if v, err = w.uid(bt.NetUID(subnet), key); err != nil {
					return nil, nil, err
				}
			}
			n, ok := number(v)
			if !ok || n > 65535 {
				return nil, nil, fmt.Errorf("%s is no uid or weight", word)
			}
			pair[i] = uint16(n)
		}
		uids, values = append(uids, pair[0]), append(values, pair[1])
	}
	return uids, values, nil
}

func setWeights(w *world, _ string, said map[string]any) (map[string]any, error) {
	uids, values, err := w.vector(said["weights"].(string), said["netuid"])
	version := said["version_key"]
	if version == nil {
		version = uint64(0)
	}
	return map[string]any{"netuid": said["netuid"], "dests": uids, "weights": values, "version_key": version}, err
}

// commitWeights hashes what the chain will hash when the weights are revealed: signer, subnet (and 4096 for each mechanism before), uids, values, salt and version key, in SCALE.
func commitWeights(w *world, signer string, said map[string]any) (map[string]any, error) {
	uids, values, err := w.vector(said["weights"].(string), said["netuid"])
	if err != nil {
		return nil, err
	}
	who, err := w.account(signer)
	if err != nil {
		return nil, err
	}
	subnet, _ := number(said["netuid"])
	mechanism, _ := number(said["mecid"])
	salt, err := wholeNumber(said["salt"].(string))
	if err != nil {
		return nil, err
	}
	type secret struct {
		Who     bt.AccountID
		NetUID  uint16
		UIDs    []uint16
		Values  []uint16
		Salt    []uint16
		Version uint64
	}
	digest := hash.Blake256(scale.Marshal(&secret{who, uint16(4096*mechanism + subnet), uids, values, []uint16{uint16(salt.Uint64())}, 0}))
	return ofMechanism(said, map[string]any{"netuid": said["netuid"], "commit_hash": digest[:]}), nil
}

// ofMechanism adds the mechanism that a sentence names.
func ofMechanism(said, args map[string]any) map[string]any {
	if m, ok := said["mecid"]; ok {
		args["mecid"] = m
	}
	return args
}

func revealWeights(w *world, _ string, said map[string]any) (map[string]any, error) {
	uids, values, err := w.vector(said["weights"].(string), said["netuid"])
	if err != nil {
		return nil, err
	}
	salt, err := wholeNumber(said["salt"].(string))
	if err != nil {
		return nil, err
	}
	return ofMechanism(said, map[string]any{
		"netuid": said["netuid"], "uids": uids, "values": values, "salt": []uint16{uint16(salt.Uint64())}, "version_key": uint64(0),
	}), nil
}

// lockWeights encrypts what the chain sets when the round is there: the hotkey's bytes, uids, values and version key, in SCALE.
func lockWeights(versioned bool) func(*world, string, map[string]any) (map[string]any, error) {
	return func(w *world, signer string, said map[string]any) (map[string]any, error) {
		uids, values, err := w.vector(said["weights"].(string), said["netuid"])
		if err != nil {
			return nil, err
		}
		who, err := w.account(signer)
		if err != nil {
			return nil, err
		}
		type content struct {
			Hotkey       []byte
			UIDs, Values []uint16
			Version      uint64
		}
		commit, err := sealed(w, []any{scale.Marshal(&content{who[:], uids, values, 0}), said["reveal_round"]})
		args := map[string]any{"netuid": said["netuid"], "commit": commit, "reveal_round": said["reveal_round"]}
		if versioned {
			args["commit_reveal_version"] = uint64(weightsVersion)
		}
		return ofMechanism(said, args), err
	}
}

// weightsVersion is the form of timelocked weights that the chain takes.
const weightsVersion = 4
