package chain_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/shield"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/serving"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/pow"
	"github.com/myelin-go/myelin/scale"
)

// whole is the whole chain of Bittensor: a local network at block 8, in whose subnet 1 Bob's hotkey has uid 0.
type whole struct {
	*net
	module *subtensor.Pallet
	rows   []storage.Change
}

var (
	hotkey   = mustKey("//BobHotkey")
	unused   = mustKey("//BobUnused") // Bob's too, registered nowhere
	stranger = mustKey("//Stranger")
)

const subnet = bt.NetUID(1)

func newWhole(t testing.TB) *whole {
	c := genesis.Bittensor(genesis.Localnet())
	head, rows := c.Genesis()
	n := &net{TB: t, r: c.Runtime, state: chaintest.New(rows), head: head, genesis: head.Hash(), now: 1e12, author: one.Public()}
	n.system = chain.Pallet[system.Pallet](c.Runtime)
	w := &whole{net: n, module: chain.Pallet[subtensor.Pallet](c.Runtime)}
	for range 8 {
		n.block()
	}
	w.change(func(s *storage.State) {
		st := &w.module.Storage
		st.Owner.Set(s, hotkey.Public(), bob.Public())
		st.Owner.Set(s, unused.Public(), bob.Public())
		st.Uids.Set(s, subnet, hotkey.Public(), 0)
		st.Keys.Set(s, subnet, 0, hotkey.Public())
		st.SubnetworkN.Set(s, subnet, 1)
		st.CommitRevealWeightsEnabled.Set(s, subnet, false)
		st.NetworkPowRegistrationAllowed.Set(s, subnet, true)
		st.MinDifficulty.Set(s, subnet, 1)
		st.Difficulty.Set(s, subnet, 1)
	})
	w.rows = n.state.Rows()
	return w
}

// change writes into the state between two blocks.
func (w *whole) change(fn func(s *storage.State)) {
	s := storage.New(w.state)
	fn(s)
	w.state.Commit(s.Changes())
}

// call encodes a call by its names.
func (w *whole) call(pallet, name string, args any) []byte {
	w.Helper()
	for _, p := range w.r.Pallets() {
		for _, c := range p.Calls {
			if p.Name == pallet && c.Name == name {
				return call(p.Index, c.Index, args)
			}
		}
	}
	w.Fatalf("no call %s.%s", pallet, name)
	return nil
}

// work is a call of pow_register over the head.
func (w *whole) work(netuid bt.NetUID, who, hotkey bt.AccountID) *registration.PowRegister {
	p := pow.Register(uint16(netuid), w.head.Hash(), hotkey, who)
	return &registration.PowRegister{NetUID: netuid, WorkBlock: uint64(w.head.Number), Work: p.Seal(0), Hotkey: hotkey}
}

// code is the custom code of an error: -1 when there is no error, -2 when it is another one.
func code(err error) int {
	var bad *chain.InvalidTransaction
	switch {
	case err == nil:
		return -1
	case errors.As(err, &bad) && bad.Reason == chain.Custom:
		return int(bad.Code)
	}
	return -2
}

// Codes of upstream's list for which there is no situation, there or here: nothing that runs before a transaction is in a block ends with their errors.
var neverGiven = map[int]string{
	2:  "BalanceTooLow: whether the balance covers a stake is asked when the call runs",
	5:  "NotEnoughStakeToWithdraw: asked when the call runs",
	7:  "InsufficientLiquidity: asked when the call runs",
	8:  "SlippageTooHigh: asked when the call runs",
	9:  "TransferDisallowed: asked when the call runs",
	14: "ZeroMaxAmount: no error becomes it any more",
	22: "InvalidRealAccount: no error becomes it; a proxy without its real account fails when it runs",
	24: "InvalidShieldedTxPubKeyHash: upstream keeps transactions for another key in the pool until their era ends",
}

// The custom codes of invalid transactions, each in the situations in which upstream gives it. In each row the same call passes before setup, or good passes
// after it, so that nothing but what the row is about refuses it.
func TestCustomCodes(t *testing.T) {
	w := newWhole(t)
	st := &w.module.Storage
	now := uint64(w.head.Number) + 1 // where it would be executed
	module := func(name string, args any) []byte { return w.call("SubtensorModule", name, args) }
	axon := func(change func(*serving.ServeAxon)) []byte {
		a := serving.ServeAxon{NetUID: subnet, IP: scale.U128(0x01020304), Port: 8091, IPType: 4}
		change(&a)
		return module("serve_axon", &a)
	}
	goodAxon := axon(func(*serving.ServeAxon) {})
	take := func(hotkey bt.AccountID, take uint16) []byte {
		return module("increase_take", &staking.SetTake{Hotkey: hotkey, Take: state.PerU16(take)})
	}
	set := module("set_weights", &weights.SetWeights{NetUID: subnet, Dests: []uint16{0}, Weights: []uint16{1}})
	commit := module("commit_weights", &weights.CommitWeights{NetUID: subnet})
	timelocked := module("commit_timelocked_weights", &weights.CommitTimelocked{NetUID: subnet, RevealRound: 1000})
	reveal := weights.RevealWeights{NetUID: subnet, Uids: []uint16{0}, Values: []uint16{1}, Salt: []uint16{7}}
	committed := func(epoch uint64) func(s *storage.State) {
		return func(s *storage.State) {
			hash := weights.CommitHash(hotkey.Public(), bt.NetUIDIndex(subnet), reveal.Uids, reveal.Values, reveal.Salt, 0)
			st.WeightCommits.Set(s, bt.NetUIDIndex(subnet), hotkey.Public(), []state.Quad[bt.Hash, uint64, uint64, uint64]{{A: hash, B: epoch}})
		}
	}
	announced := func(s *storage.State) {
		st.ColdkeySwapAnnouncements.Set(s, alice.Public(), scale.Pair[uint32, bt.Hash]{A: 1})
	}
	disputed := func(s *storage.State) {
		announced(s)
		st.ColdkeySwapDisputes.Set(s, alice.Public(), 2)
	}
	justSet := func(s *storage.State) { st.LastUpdate.Set(s, bt.NetUIDIndex(subnet), []uint64{now - 1}) }
	netuids := []scale.Compact[bt.NetUID]{{V: subnet}}
	evm := module("associate_evm_key", &serving.AssociateEvmKey{NetUID: subnet})
	network := module("register_network", &subnets.RegisterNetwork{Hotkey: stranger.Public()})

	ownWork := module("pow_register", w.work(subnet, stranger.Public(), stranger.Public()))

	rows := []struct {
		code  int
		name  string
		who   *keys.Pair
		call  []byte
		setup func(s *storage.State)
		good  []byte // when it is not call that passes before setup
	}{
		{0, "a coldkey that announced its swap", alice, transfer(bob.Public(), 1), announced, nil},
		{0, "an announced coldkey and another pallet", alice, call(0, 0, &system.RemarkArgs{}), announced, nil},
		{1, "weights without enough stake", hotkey, set, func(s *storage.State) { st.StakeThreshold.Set(s, 1) }, nil},
		{1, "commit without enough stake", hotkey, commit, func(s *storage.State) { st.StakeThreshold.Set(s, 1) }, nil},
		{3, "work for no subnet", stranger, module("pow_register", w.work(77, stranger.Public(), stranger.Public())), nil, ownWork},
		{4, "take of an unknown hotkey", bob, take(stranger.Public(), 1000), nil, take(hotkey.Public(), 1000)},
		{6, "weights again", hotkey, set, justSet, nil},
		{6, "commit again", hotkey, commit, justSet, nil},
		{6, "subnet again", alice, network, func(s *storage.State) {
			st.NetworkRateLimit.Set(s, 7200)
			st.LastRateLimitedBlock.Set(s, state.RateLimitKey{NetworkLastRegistered: &scale.Unit{}}, now-1)
		}, nil},
		{10, "axon of a stranger", stranger, goodAxon, nil, ownWork},
		{11, "axon at broadcast", hotkey, axon(func(a *serving.ServeAxon) { a.IP = scale.U128(0xffffffff) }), nil, goodAxon},
		{11, "metrics nowhere", hotkey, module("serve_prometheus", &serving.ServePrometheus{NetUID: subnet, Port: 1, IPType: 4}), nil,
			module("serve_prometheus", &serving.ServePrometheus{NetUID: subnet, Port: 1, IPType: 4, IP: scale.U128(5)})},
		{12, "axon again", hotkey, goodAxon, func(s *storage.State) {
			st.Axons.Set(s, subnet, hotkey.Public(), state.AxonInfo{Block: now - 1})
		}, nil},
		{13, "axon without port", hotkey, axon(func(a *serving.ServeAxon) { a.Port = 0 }), nil, goodAxon},
		{15, "timelocked to a round that is over", hotkey, timelocked, func(s *storage.State) { w.module.Drand.Storage.LastStoredRound.Set(s, 1001) }, nil},
		{16, "reveal of nothing", hotkey, module("reveal_weights", &reveal), nil, set},
		{16, "reveal of no commits", hotkey, module("batch_reveal_weights", &weights.BatchRevealWeights{NetUID: subnet}), nil, set},
		{16, "reveal of other weights", hotkey, module("reveal_weights", &weights.RevealWeights{NetUID: subnet, Uids: []uint16{0}, Values: []uint16{2}, Salt: []uint16{7}}),
			committed(0), set},
		{17, "reveal too early", hotkey, module("reveal_weights", &reveal), committed(1 << 40), set},
		{18, "batch of weights", hotkey, module("batch_set_weights", &weights.BatchSetWeights{Netuids: netuids}), nil, set},
		{18, "batch of commits", hotkey, module("batch_commit_weights", &weights.BatchCommitWeights{Netuids: netuids}), nil,
			module("batch_commit_weights", &weights.BatchCommitWeights{Netuids: netuids, CommitHashes: []bt.Hash{{}}})},
		{18, "batch of reveals", hotkey, module("batch_reveal_weights", &weights.BatchRevealWeights{NetUID: subnet, VersionKeys: []uint64{1}}), nil, set},
		{19, "Ethereum address of a stranger", stranger, evm, nil, ownWork},
		{20, "Ethereum address again", hotkey, evm, func(s *storage.State) {
			st.AssociatedEvmAddress.Set(s, subnet, 0, scale.Pair[state.H160, uint64]{B: now})
		}, nil},
		{21, "a disputed swap", alice, transfer(bob.Public(), 1), disputed, nil},
		{21, "a disputed swap and what announced ones may", alice, module("swap_coldkey_announced", &struct{ New bt.AccountID }{}), disputed, nil},
		{23, "encrypted transaction that is none", alice, w.call(shield.Name, "submit_encrypted", &shield.SubmitEncrypted{Ciphertext: make([]byte, 20)}), nil,
			transfer(bob.Public(), 1)},
		{25, "take of another's hotkey", alice, take(hotkey.Public(), 1000), nil, transfer(bob.Public(), 1)},
		{25, "work for another's hotkey", alice, module("pow_register", w.work(subnet, alice.Public(), unused.Public())), nil,
			module("pow_register", w.work(subnet, alice.Public(), stranger.Public()))},
		{26, "take below the least", bob, take(hotkey.Public(), 999), func(s *storage.State) { st.MinDelegateTake.Set(s, 1000) }, nil},
		{27, "take above the most", bob, take(hotkey.Public(), 12_000), nil, take(hotkey.Public(), 1000)},
		{255, "axon of an unknown kind", hotkey, axon(func(a *serving.ServeAxon) { a.IPType = 5 }), nil, goodAxon},
		{255, "work that is none", alice, module("pow_register", &registration.PowRegister{NetUID: subnet, WorkBlock: now - 1}), nil,
			module("pow_register", w.work(subnet, alice.Public(), stranger.Public()))},
	}
	var given []int
	for _, c := range rows {
		given = append(given, c.code)
		t.Run(c.name, func(t *testing.T) {
			w.TB, w.state = t, chaintest.New(w.rows)
			sign := func(call []byte) bt.Extrinsic {
				return w.signExtra(c.who, bt.Extra{Era: bt.MortalEra(8, 8), Nonce: w.nonce(c.who.Public())}, w.head.Hash(), call) // born with the head
			}
			validate := func(call []byte) int {
				_, err := w.r.Validate(w.state, &w.head, sign(call), chain.External)
				return code(err)
			}
			if got := validate(c.call); c.setup != nil && c.good == nil && got != -1 {
				t.Fatalf("refused with code %d before", got)
			}
			if c.setup != nil {
				w.change(c.setup)
			}
			if got := validate(c.call); got != c.code {
				t.Errorf("the pool refuses with code %d, want %d", got, c.code)
			}
			if c.good != nil {
				if got := validate(c.good); got != -1 {
					t.Errorf("what is right is refused with code %d", got)
				}
			}
			b := w.begin()
			w.now -= 250
			checked, err := w.r.Checker(w.state, &w.head).Check(sign(c.call))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Apply(checked); code(err) != c.code {
				t.Errorf("a block refuses with %v, want code %d", err, c.code)
			}
		})
	}
	w.TB = t
	for code := range 256 {
		_, never := neverGiven[code]
		if known, here := code < 28 || code == 255, slices.Contains(given, code); known != (here || never) || here && never {
			t.Errorf("code %d: in the table %t, said never to be given %t", code, here, never)
		}
	}
}

// The pool's priorities: by the class of the call, more for signed pulses, never by the tip.
func TestPoolPriorities(t *testing.T) {
	w := newWhole(t)
	for _, c := range []struct {
		name string
		call []byte
		tip  bt.Rao
		want uint64
	}{
		{"normal", transfer(bob.Public(), 1), 0, 1},
		{"normal with a tip", transfer(bob.Public(), 1), bt.Tao, 1},
		{"operational", w.call("System", "set_heap_pages", &system.SetHeapPages{}), 0, 10_000_000_000},
		{"operational with a tip", w.call("System", "set_heap_pages", &system.SetHeapPages{}), bt.Tao, 10_000_000_000},
		{"signed pulse", w.call("Drand", "write_pulse", &drand.WritePulse{PulsesPayload: drand.PulsesPayload{Public: drand.MultiSigner{Sr25519: new([32]byte)}}}), 0, 10_001},
	} {
		v, err := w.r.Validate(w.state, &w.head, w.signExtra(alice, bt.Extra{Tip: c.tip}, w.genesis, c.call), chain.External)
		if err != nil || v.Priority != c.want {
			t.Errorf("%s: priority %d, want %d; %v", c.name, v.Priority, c.want, err)
		}
	}
}
