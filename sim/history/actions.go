package history

import (
	"math/rand/v2"
	"reflect"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/sim/world"
)

// often says how many times more often than others a call is drawn: those that move money, and those without which nothing happens.
var often = map[string]int{
	"SubtensorModule.add_stake": 20, "SubtensorModule.remove_stake": 12, "SubtensorModule.move_stake": 8, "SubtensorModule.transfer_stake": 8,
	"SubtensorModule.swap_stake": 8, "SubtensorModule.add_stake_limit": 6, "SubtensorModule.remove_stake_limit": 6, "SubtensorModule.swap_stake_limit": 6,
	"SubtensorModule.remove_stake_full_limit": 3, "SubtensorModule.unstake_all": 2, "SubtensorModule.unstake_all_alpha": 2,
	"SubtensorModule.burned_register": 12, "SubtensorModule.root_register": 4, "SubtensorModule.register_network": 3, "SubtensorModule.start_call": 4,
	"SubtensorModule.set_weights": 16, "SubtensorModule.set_mechanism_weights": 4, "SubtensorModule.set_children": 6, "SubtensorModule.lock_stake": 5,
	"SubtensorModule.swap_hotkey": 3, "SubtensorModule.swap_hotkey_v2": 3, "SubtensorModule.swap_coldkey": 2, "SubtensorModule.recycle_alpha": 4,
	"SubtensorModule.burn_alpha": 4, "SubtensorModule.claim_root": 4, "SubtensorModule.add_stake_burn": 4,
	"Balances.transfer_allow_death": 6, "Balances.transfer_all": 2, "AdminUtils.sudo_set_subnet_emission_enabled": 3, "AdminUtils.sudo_set_subtoken_enabled": 2,
	"AdminUtils.sudo_set_epoch_consensus": 4,
}

// never names what would take the ground from under a history: storage written past all rules, a sudo key or a chain's money set at will, and calls
// of the node itself. Root may do all that, and no rule is left to check afterwards.
var never = []string{
	"System.", "Timestamp.", "Sudo.set_key", "Sudo.remove_key", "Sudo.sudo", "Balances.force_adjust_total_issuance", "Balances.force_set_balance", "Balances.force_transfer", "Balances.upgrade_accounts",
	"SafeMode.", "Scheduler.", "Grandpa.", "Babe.",
}

// choice is a call that can be drawn.
type choice struct {
	name          string
	pallet, index uint8
	args          reflect.Type
}

// choices lists the calls of a runtime, each as often as it is to be drawn.
func choices(w *world.World) (out []choice) {
	for _, p := range w.Chain.Runtime.Pallets() {
	next:
		for _, v := range p.Calls {
			name := p.Name + "." + v.Name
			for _, n := range never {
				if strings.HasPrefix(name, n) {
					continue next
				}
			}
			for range max(1, often[name]) {
				out = append(out, choice{name, p.Index, v.Index, v.Type})
			}
		}
	}
	return out
}

// draw makes the next signed call of a history.
func (h *History) draw() world.Signed {
	h.look()
	pick := h.choices[h.rng.IntN(len(h.choices))]
	call, hint := h.call(pick, 0)
	asRoot := strings.Contains(pick.name, "sudo_") || strings.Contains(pick.name, "root_dissolve") || strings.HasPrefix(pick.name, "Balances.force") ||
		strings.HasPrefix(pick.name, "Swap.") || strings.HasSuffix(pick.name, "dissolve_network") || pick.name == "SubtensorModule.swap_coldkey" ||
		pick.name == "SubtensorModule.reset_coldkey_swap"
	if asRoot && h.rng.IntN(10) > 0 {
		return world.Signed{By: h.sudo, Call: h.w.Call("Sudo.sudo", &sudo.Sudo{Call: call})}
	}
	return world.Signed{By: h.signer(pick.name, hint), Call: call}
}

// signer is mostly one who may make the call: who owns the hotkey that it names, the hotkey itself for what neurons do, the owner of the subnet.
func (h *History) signer(name string, hint hints) *keys.Pair {
	if h.rng.IntN(12) == 0 {
		return h.anyone()
	}
	verb := name[strings.IndexByte(name, '.')+1:]
	switch {
	case strings.Contains(verb, "weights"), strings.HasPrefix(verb, "serve_"):
		if hint.hasSubnet {
			if p, ok := h.byAccount[h.neuron(hint.netuid)]; ok {
				return p
			}
		}
		return h.hot[h.rng.IntN(len(h.hot))]
	case verb == "start_call", strings.HasPrefix(name, "AdminUtils."), strings.Contains(verb, "subnet_identity"):
		if p, ok := h.byAccount[h.w.Module.Storage.SubnetOwner.Get(h.at.State, hint.netuid)]; ok && hint.hasSubnet {
			return p
		}
	}
	if hint.hasHolder && strings.Contains(verb, "stake") {
		if p, ok := h.byAccount[hint.holder]; ok {
			return p
		}
	}
	if hint.hasHotkey {
		if p, ok := h.byAccount[h.w.Module.Storage.Owner.Get(h.at.State, hint.hotkey)]; ok && h.rng.IntN(4) > 0 {
			return p
		}
	}
	return h.cold[h.rng.IntN(len(h.cold))]
}

// hints are what the arguments of a call name, for the choice of the signer and of the amounts.
type hints struct {
	hotkey, holder                  bt.AccountID
	netuid                          bt.NetUID
	hasHotkey, hasHolder, hasSubnet bool
	stake                           bt.Alpha // of the holder on the hotkey in the subnet
}

// call draws the arguments of a call. Most of them make sense, so that many calls succeed; the rest shows that nonsense does no harm.
func (h *History) call(pick choice, depth int) (frame.RuntimeCall, hints) {
	var hint hints
	// Often the call is about stake that is really there.
	if len(h.stakes) > 0 && h.rng.IntN(4) > 0 && (strings.Contains(pick.name, "stake") || strings.Contains(pick.name, "alpha") || strings.Contains(pick.name, "lock")) &&
		!strings.Contains(pick.name, "add_stake") {
		s := h.stakes[h.rng.IntN(len(h.stakes))]
		hint = hints{hotkey: s.hotkey, holder: s.coldkey, netuid: s.netuid, hasHotkey: true, hasHolder: true, hasSubnet: true, stake: s.amount}
	}
	args := reflect.New(pick.args)
	h.fill(args.Elem(), "", &hint, depth)
	h.fit(args.Elem(), &hint)
	return frame.RuntimeCall{Pallet: pick.pallet, Index: pick.index, Args: args.Interface()}, hint
}

// fit makes parallel lists equally long, mostly, and uids ones that exist: else no weights would ever be set.
func (h *History) fit(args reflect.Value, hint *hints) {
	if args.Kind() != reflect.Struct || h.rng.IntN(12) == 0 {
		return
	}
	for _, names := range [][2]string{{"Dests", "Weights"}, {"Uids", "Values"}} {
		uids, values := args.FieldByName(names[0]), args.FieldByName(names[1])
		if !uids.IsValid() || !values.IsValid() || uids.Type() != reflect.TypeFor[[]uint16]() {
			continue
		}
		n := int(h.w.Module.Storage.SubnetworkN.Get(h.at.State, hint.netuid))
		var at, weights []uint16
		for uid := range n {
			if h.rng.IntN(3) > 0 {
				at, weights = append(at, uint16(uid)), append(weights, uint16(h.rng.IntN(1<<16)))
			}
		}
		uids.Set(reflect.ValueOf(at))
		values.Set(reflect.ValueOf(weights))
		if v := args.FieldByName("VersionKey"); v.IsValid() {
			v.SetUint(h.w.Module.Storage.WeightsVersionKey.Get(h.at.State, hint.netuid))
		}
	}
}

var (
	accountType = reflect.TypeFor[bt.AccountID]()
	netuidType  = reflect.TypeFor[bt.NetUID]()
	raoType     = reflect.TypeFor[bt.Rao]()
	alphaType   = reflect.TypeFor[bt.Alpha]()
	hashType    = reflect.TypeFor[bt.Hash]()
	addressType = reflect.TypeFor[bt.MultiAddress]()
	callType    = reflect.TypeFor[frame.RuntimeCall]()
	enumType    = reflect.TypeFor[scale.Enum]()
	mechType    = reflect.TypeFor[bt.MechID]()
)

// fill draws a value of any type that an argument may have. name is the field's.
func (h *History) fill(v reflect.Value, name string, hint *hints, depth int) {
	switch v.Type() {
	case accountType:
		v.Set(reflect.ValueOf(h.account(name, hint)))
		return
	case netuidType:
		v.Set(reflect.ValueOf(h.netuid(name, hint)))
		return
	case mechType:
		v.SetUint(uint64(h.rng.IntN(3)))
		return
	case raoType:
		v.SetUint(h.amount(uint64(100 * bt.Tao)))
		return
	case alphaType:
		if hint.stake > 0 && h.rng.IntN(8) > 0 {
			v.SetUint(h.part(uint64(hint.stake)))
			return
		}
		v.SetUint(h.amount(uint64(100 * bt.Tao)))
		return
	case hashType: // of a key, for those that announce one
		v.Set(reflect.ValueOf(bt.Hash(hash.Blake256(accountBytes(h.anyone().Public())))))
		return
	case addressType:
		v.Set(reflect.ValueOf(bt.AddressOf(h.account(name, &hints{}))))
		return
	case callType:
		pick := h.choices[h.rng.IntN(len(h.choices))]
		for depth >= 2 && strings.HasPrefix(pick.name, "Utility.") {
			pick = h.choices[h.rng.IntN(len(h.choices))]
		}
		inner, _ := h.call(pick, depth+1)
		v.Set(reflect.ValueOf(inner))
		return
	}
	h.fillPlain(v, name, hint, depth)
}

func (h *History) fillPlain(v reflect.Value, name string, hint *hints, depth int) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(h.rng.IntN(3) > 0)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		bits := v.Type().Bits()
		n := h.rng.Uint64() >> (64 - bits)
		switch h.rng.IntN(8) {
		case 0:
			n = 0
		case 1:
			n = 1<<bits - 1
		default:
			n >>= h.rng.IntN(bits)
		}
		v.SetUint(n)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		bits := v.Type().Bits()
		v.SetInt(int64(h.rng.Uint64()) >> (64 - bits + h.rng.IntN(bits)))
	case reflect.Slice:
		n := h.rng.IntN(4)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			h.fill(v.Index(i), name, hint, depth)
		}
	case reflect.Array:
		for i := range v.Len() {
			h.fill(v.Index(i), name, hint, depth)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		h.fill(v.Elem(), name, hint, depth)
	case reflect.Struct:
		h.fillStruct(v, hint, depth)
	}
}

// fillStruct fills every field; of an enum only one, which is the variant.
func (h *History) fillStruct(v reflect.Value, hint *hints, depth int) {
	t := v.Type()
	if set := v.FieldByName("Set"); set.IsValid() && set.Kind() == reflect.Bool && t.NumField() == 2 { // an option
		if set.SetBool(h.rng.IntN(2) == 0); set.Bool() {
			h.fill(v.Field(1), t.Field(1).Name, hint, depth)
		}
		return
	}
	if t.NumField() > 1 && t.Field(0).Type == enumType {
		i := 1 + h.rng.IntN(t.NumField()-1)
		h.fill(v.Field(i), t.Field(i).Name, hint, depth)
		return
	}
	for i := range t.NumField() {
		if t.Field(i).IsExported() && !t.Field(i).Anonymous {
			h.fill(v.Field(i), t.Field(i).Name, hint, depth)
		}
	}
}

// account draws an account that fits a field's name.
func (h *History) account(name string, hint *hints) bt.AccountID {
	if h.rng.IntN(25) == 0 && name != "OldColdkey" { // root may swap even a subnet's custody away
		return [...]bt.AccountID{{}, h.w.Module.Pools.CustodyAccount(2), {1, 2, 3}}[h.rng.IntN(3)]
	}
	lower := strings.ToLower(name)
	switch {
	case strings.Contains(lower, "hotkey") && !strings.Contains(lower, "destination") && !strings.Contains(lower, "new"):
		if !hint.hasHotkey {
			hint.hotkey, hint.hasHotkey = h.hot[h.rng.IntN(len(h.hot))].Public(), true
		}
		return hint.hotkey
	case strings.Contains(lower, "hotkey"):
		return h.hot[h.rng.IntN(len(h.hot))].Public()
	case strings.Contains(lower, "coldkey"):
		return h.cold[h.rng.IntN(len(h.cold))].Public()
	}
	return h.anyone().Public()
}

// netuid draws a subnet, mostly one that exists.
func (h *History) netuid(name string, hint *hints) bt.NetUID {
	any := func() bt.NetUID {
		id := h.subnets[h.rng.IntN(len(h.subnets))]
		for range 2 { // root and the subnet that nobody starts come up less often
			if id < 2 {
				id = h.subnets[h.rng.IntN(len(h.subnets))]
			}
		}
		return id
	}
	if strings.Contains(name, "Destination") && h.rng.IntN(4) > 0 {
		return any()
	}
	if !hint.hasSubnet {
		hint.hasSubnet = true
		hint.netuid = any()
		if h.rng.IntN(30) == 0 {
			hint.netuid = bt.NetUID(h.rng.UintN(1 << 16))
		}
	}
	return hint.netuid
}

// amount draws an amount of any size up to twice usual, seldom far more.
func (h *History) amount(usual uint64) uint64 {
	switch h.rng.IntN(16) {
	case 0:
		return 0
	case 1:
		return 1<<64 - 1
	case 2:
		return h.rng.Uint64()
	}
	return h.rng.Uint64N(2*usual) >> h.rng.IntN(18)
}

// part draws a part of an amount: all, nearly all, a little, or any.
func (h *History) part(of uint64) uint64 {
	switch h.rng.IntN(6) {
	case 0:
		return of
	case 1:
		return of - min(of, 1+h.rng.Uint64N(1000))
	case 2:
		return of >> h.rng.IntN(40)
	}
	return h.rng.Uint64N(of + 1)
}

// anyone is any account that can sign.
func (h *History) anyone() *keys.Pair {
	all := len(h.cold) + len(h.hot)
	if i := h.rng.IntN(all); i < len(h.cold) {
		return h.cold[i]
	} else {
		return h.hot[i-len(h.cold)]
	}
}

// neuron is the hotkey of a random neuron of a subnet.
func (h *History) neuron(netuid bt.NetUID) bt.AccountID {
	n := h.w.Module.Storage.SubnetworkN.Get(h.at.State, netuid)
	if n == 0 {
		return bt.AccountID{}
	}
	return h.w.Module.Storage.Keys.Get(h.at.State, netuid, uint16(h.rng.UintN(uint(n))))
}

func accountBytes(a bt.AccountID) []byte { return a[:] }

// newRand is the only source of chance in a history.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6d79656c696e)) }
