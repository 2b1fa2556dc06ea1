// Package history plays random histories on the whole runtime: random calls of every kind, by those who may and those who may not, with arguments that make
// sense and others that do not. After each block it checks what must hold whatever happened (Audit).
//
// It deliberately knows no rule of the calls: it draws their arguments from their types, so that a call that is added is played too.
package history

import (
	"fmt"
	"math/rand/v2"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/adminutils"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/sim/world"
)

// Config is what makes a history: the same config gives the same history, to the last byte of its state.
type Config struct {
	Seed       uint64
	Operations int // signed calls, beside those that set the stage
	ReloadAt   int // after so many operations the chain is started anew from its raw rows; 0 never
}

// Summary is what a history came to.
type Summary struct {
	Blocks, Calls, Failed, Refused int
	Succeeded                      map[string]int // by the name of the call
	Root                           bt.Hash        // of the last state
}

// History is one under way.
type History struct {
	cfg     Config
	w       *world.World
	rng     *rand.Rand
	choices []choice
	audit   *auditor

	sudo      *keys.Pair
	cold, hot []*keys.Pair
	byAccount map[bt.AccountID]*keys.Pair
	author    bt.AccountID

	// What the next calls are drawn from: looked up anew before each.
	at      *frame.Ctx
	subnets []bt.NetUID
	stakes  []stake
	summary Summary
}

// stake is one that exists.
type stake struct {
	hotkey, coldkey bt.AccountID
	netuid          bt.NetUID
	amount          bt.Alpha
}

// cast are the accounts of every history. The first coldkeys are rich by the genesis; the last have nothing.
var coldURIs, hotURIs = []string{"//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie", "//Poor", "//Poorer"},
	[]string{"//h0", "//h1", "//h2", "//h3", "//h4", "//h5", "//h6", "//h7", "//h8", "//h9"}

// Play plays a history to its end. The error tells what did not hold, and in which block; the summary then is of what was played.
func Play(cfg Config) (Summary, error) {
	h, err := start(cfg)
	if err != nil {
		return Summary{}, err
	}
	err = h.play()
	h.summary.Root = h.w.Head.StateRoot
	return h.summary, err
}

func start(cfg Config) (*History, error) {
	h := &History{cfg: cfg, rng: newRand(cfg.Seed), byAccount: map[bt.AccountID]*keys.Pair{}, summary: Summary{Succeeded: map[string]int{}}}
	for _, list := range []struct {
		uris []string
		to   *[]*keys.Pair
	}{{coldURIs, &h.cold}, {hotURIs, &h.hot}} {
		for _, uri := range list.uris {
			p, err := keys.FromURIScheme(keys.Ed25519, uri)
			if err != nil {
				return nil, err
			}
			*list.to = append(*list.to, p)
			h.byAccount[p.Public()] = p
		}
	}
	one, err := keys.FromURI("//One")
	if err != nil {
		return nil, err
	}
	h.sudo, h.author = h.cold[0], one.Public()
	h.w = world.New(h.spec())
	h.choices = choices(h.w)
	h.audit = newAuditor(h.w)
	return h, h.stage()
}

// spec is the local network, of this cast.
func (h *History) spec() genesis.Spec {
	s := genesis.Localnet()
	alice := h.cold[0].Public()
	s.Sudo, s.RootOwner = &alice, alice
	s.Balances = []genesis.Balance{{Account: h.author, Free: 2000 * bt.Tao}}
	const rich, some, howMany, howManyRich = 1_000_000 * bt.Tao, 2000 * bt.Tao, 6, 3
	for i, p := range h.cold[:howMany] {
		free := some
		if i < howManyRich {
			free = rich
		}
		s.Balances = append(s.Balances, genesis.Balance{Account: p.Public(), Free: free})
	}
	return s
}

// stage lets SubtensorModule count what the genesis gave to accounts and pools (its own counts cannot fall below zero, so they would lose track of what goes), opens root
// and a few subnets, and loosens the limits on rates, so that calls are refused for what they are rather than for how often they come.
func (h *History) stage() error {
	root := func(name string, args any) world.Signed {
		return world.Signed{By: h.sudo, Call: h.w.Call("Sudo.sudo", &sudo.Sudo{Call: h.w.Call("AdminUtils."+name, args)})}
	}
	c := h.w.Ctx()
	issued, pooled := h.w.Chain.Parts.Balances.TotalIssuance(c), bt.Rao(0)
	for _, tao := range h.w.Module.Storage.SubnetTAO.All(c.State) {
		pooled += tao
	}
	steps := []world.Signed{
		{By: h.sudo, Call: h.w.Call("Sudo.sudo", &sudo.Sudo{Call: h.w.Call("System.set_storage", &system.SetStorage{
			Items: []scale.Pair[[]byte, []byte]{
				{A: h.w.Module.Storage.TotalIssuance.Key(), B: scale.Marshal(&issued)}, {A: h.w.Module.Storage.TotalStake.Key(), B: scale.Marshal(&pooled)},
			},
		})})},
		{By: h.sudo, Call: h.w.Call("SubtensorModule.start_call", &subnets.StartCall{NetUID: 0})},
		root("sudo_set_network_rate_limit", &adminutils.OfNetwork[uint64]{}),
		root("sudo_set_tx_rate_limit", &adminutils.OfNetwork[uint64]{}),
		root("sudo_set_admin_freeze_window", &adminutils.OfNetwork[uint16]{}),
	}
	for _, p := range h.hot[:len(h.hot)-2] { // the last ones stay without money
		steps = append(steps, world.Signed{By: h.sudo, Call: h.w.Call("Balances.transfer_keep_alive", &balances.TransferArgs{
			Dest: bt.AddressOf(p.Public()), Value: 10 * bt.Tao,
		})})
	}
	for i := range 1 + h.rng.IntN(3) {
		id := bt.NetUID(2 + i)
		owner := h.cold[1+i%2]
		steps = append(steps,
			world.Signed{By: owner, Call: h.w.Call("SubtensorModule.register_network", &subnets.RegisterNetwork{Hotkey: h.hot[i].Public()})},
			world.Signed{By: owner, Call: h.w.Call("SubtensorModule.start_call", &subnets.StartCall{NetUID: id})},
			root("sudo_set_weights_set_rate_limit", &adminutils.OfSubnet[uint64]{NetUID: id}),
			root("sudo_set_commit_reveal_weights_enabled", &adminutils.OfSubnet[bool]{NetUID: id}),
			root("sudo_set_max_allowed_validators", &adminutils.OfSubnet[uint16]{NetUID: id, Value: uint16(1 + h.rng.IntN(8))}),
		)
		if h.rng.IntN(4) > 0 {
			steps = append(steps, root("sudo_set_subnet_emission_enabled", &adminutils.OfSubnet[bool]{NetUID: id, Value: true}))
		}
	}
	_, err := h.w.Must(h.author, steps...)
	if err != nil {
		return fmt.Errorf("setting the stage: %w", err)
	}
	return nil
}

func (h *History) play() error {
	if err := h.audit.first(h.w); err != nil {
		return err
	}
	reload := h.cfg.ReloadAt
	for h.summary.Calls < h.cfg.Operations {
		if reload > 0 && h.summary.Calls >= reload {
			h.w, reload = h.w.Reload(), 0
		}
		// Every so often a few blocks pass in which nobody does anything: epochs come round.
		n := h.rng.IntN(4)
		author := h.author
		if h.rng.IntN(10) == 0 {
			author = bt.AccountID{}
		}
		calls := make([]world.Signed, min(n, h.cfg.Operations-h.summary.Calls))
		for i := range calls {
			calls[i] = h.draw()
		}
		if err := h.block(author, calls); err != nil {
			return fmt.Errorf("seed %d, block %d, after %d calls (%s): %w", h.cfg.Seed, h.w.Head.Number, h.summary.Calls, h.names(calls), err)
		}
	}
	return nil
}

func (h *History) block(author bt.AccountID, calls []world.Signed) error {
	var idle []change
	if len(calls) == 1 {
		r, _, err := h.w.Try(author)
		if err != nil {
			return err
		}
		idle = sorted(r.Changes)
	}
	r, out, err := h.w.Try(author, calls...)
	if err != nil {
		return err
	}
	if len(calls) == 1 && h.audit.failed(r, out[0]) && !h.audit.paidByStake(r) {
		if err := h.audit.onlyFee(h.w, idle, sorted(r.Changes), calls[0].By.Public(), author); err != nil {
			return err
		}
	}
	h.w.Commit(r)
	h.summary.Blocks++
	h.summary.Calls += len(calls)
	for i, o := range out {
		switch {
		case o.Refused != nil:
			h.summary.Refused++
		case o.Failed != nil:
			h.summary.Failed++
		case len(calls) == 1 && h.audit.failed(r, o): // under sudo's name
			h.summary.Failed++
		default:
			h.summary.Succeeded[h.name(calls[i])]++
		}
	}
	return h.audit.check(h.w, block{r, author, len(calls)})
}

// name is a call's, or that of the call which root makes.
func (h *History) name(s world.Signed) string {
	call := s.Call
	if a, ok := call.Args.(*sudo.Sudo); ok {
		call = a.Call
	}
	return h.w.Chain.Runtime.Table().Name(call)
}

func (h *History) names(calls []world.Signed) (out string) {
	for i, s := range calls {
		if i > 0 {
			out += ", "
		}
		args := s.Call.Args
		if a, ok := args.(*sudo.Sudo); ok {
			args = a.Call.Args
		}
		out += fmt.Sprintf("%v: %s %+v", s.By.Public(), h.name(s), args)
	}
	return out
}

// look refreshes what calls are drawn from.
func (h *History) look() {
	if h.at != nil && h.at.Env.Number == h.w.Head.Number {
		return
	}
	h.at = h.w.Ctx()
	st := &h.w.Module.Storage
	h.subnets, h.stakes = h.subnets[:0], h.stakes[:0]
	for id := range st.NetworksAdded.Keys(h.at.State) {
		h.subnets = append(h.subnets, id)
	}
	for key := range st.AlphaV2.Of(h.at.State, state.AlphaV2Key{}, 0) {
		if amount := h.w.Module.Pools.Stake(h.at, key.Hotkey, key.Coldkey, key.NetUID); amount > 0 {
			h.stakes = append(h.stakes, stake{key.Hotkey, key.Coldkey, key.NetUID, amount})
		}
	}
}
