package economics

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/adminutils"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/sim/world"
)

// The subnet whose books are kept, and another one that shares the block's TAO with it: root stakers are paid only while the moving prices of
// all subnets add up to more than 1, and one subnet's counts 1 at most.
const (
	ours, other = bt.NetUID(2), bt.NetUID(3)
	root        = bt.NetUID(0)
)

// story is the chain under way with the accounts that act on it.
type story struct {
	w                             *world.World
	sudo, owner, nominator, saver *keys.Pair // coldkeys; the saver has only root stake
	validators, miners            [2]*keys.Pair
	late                          *keys.Pair // registers a miner within the window
	ownerHot, otherHot, lateHot   *keys.Pair
	validatorHot, minerHot        [2]*keys.Pair
	author                        bt.AccountID
}

// cast makes the keys. They sign with ed25519, so that each run is the same.
func cast() (*story, error) {
	s := &story{}
	for _, k := range []struct {
		to  **keys.Pair
		uri string
	}{
		{&s.sudo, "//Alice"}, {&s.owner, "//Bob"}, {&s.nominator, "//Charlie"}, {&s.saver, "//Dave"}, {&s.late, "//Late"},
		{&s.validators[0], "//V0"}, {&s.validators[1], "//V1"}, {&s.miners[0], "//M0"}, {&s.miners[1], "//M1"},
		{&s.ownerHot, "//owner_hk"}, {&s.otherHot, "//other_hk"}, {&s.lateHot, "//late_hk"},
		{&s.validatorHot[0], "//v0_hk"}, {&s.validatorHot[1], "//v1_hk"}, {&s.minerHot[0], "//m0_hk"}, {&s.minerHot[1], "//m1_hk"},
	} {
		p, err := keys.FromURIScheme(keys.Ed25519, k.uri)
		if err != nil {
			return nil, err
		}
		*k.to = p
	}
	author, err := keys.FromURIScheme(keys.Ed25519, "//Author")
	if err != nil {
		return nil, err
	}
	s.author = author.Public()
	spec := genesis.Localnet()
	alice := s.sudo.Public()
	spec.Sudo, spec.RootOwner, spec.Balances = &alice, alice, nil
	for _, p := range []*keys.Pair{s.sudo, s.owner, s.nominator, s.saver, s.late, s.validators[0], s.validators[1], s.miners[0], s.miners[1]} {
		spec.Balances = append(spec.Balances, genesis.Balance{Account: p.Public(), Free: 10_000 * bt.Tao})
	}
	// An author who exists gets every fee; the first one could be below the existential deposit.
	spec.Balances = append(spec.Balances, genesis.Balance{Account: s.author, Free: bt.Tao})
	s.w = world.New(spec)
	return s, nil
}

func (s *story) call(by *keys.Pair, name string, args any) world.Signed {
	return world.Signed{By: by, Call: s.w.Call("SubtensorModule."+name, args)}
}

func (s *story) asRoot(name string, args any) world.Signed {
	return world.Signed{By: s.sudo, Call: s.w.Call("Sudo.sudo", &sudo.Sudo{Call: s.w.Call(name, args)})}
}

func (s *story) stake(by, on *keys.Pair, id bt.NetUID, amount bt.Rao) world.Signed {
	return s.call(by, "add_stake", &staking.AddStake{Hotkey: on.Public(), NetUID: id, AmountStaked: amount})
}

func (s *story) register(by, hot *keys.Pair) world.Signed {
	return s.call(by, "burned_register", &registration.BurnedRegister{NetUID: ours, Hotkey: hot.Public()})
}

// blocks passes n blocks without calls.
func (s *story) blocks(n int) error {
	for range n {
		if _, err := s.w.Must(s.author); err != nil {
			return err
		}
	}
	return nil
}

// set opens the subnets, registers and stakes, has the validators set weights, and passes blocks until every part of the subnet is at work.
func (s *story) set() error {
	for _, step := range [][]world.Signed{
		{
			s.call(s.sudo, "start_call", &subnets.StartCall{NetUID: root}),
			s.asRoot("AdminUtils.sudo_set_network_rate_limit", &adminutils.OfNetwork[uint64]{}),
			s.asRoot("AdminUtils.sudo_set_admin_freeze_window", &adminutils.OfNetwork[uint16]{}),
			// Claims come from those who claim, so that each block says who moved what.
			s.asRoot("SubtensorModule.sudo_set_num_root_claims", &staking.SetNumRootClaims{}),
			// Moving prices that follow the price at once: the two subnets' add up to more than 1 from the first epoch on.
			s.asRoot("AdminUtils.sudo_set_subnet_moving_alpha", &adminutils.OfNetwork[fixed.I96F32]{Value: fixed.I96F32FromUint(1)}),
			s.call(s.owner, "register_network", &subnets.RegisterNetwork{Hotkey: s.ownerHot.Public()}),
			s.call(s.owner, "register_network", &subnets.RegisterNetwork{Hotkey: s.otherHot.Public()}),
			s.call(s.owner, "start_call", &subnets.StartCall{NetUID: ours}),
			s.call(s.owner, "start_call", &subnets.StartCall{NetUID: other}),
			s.asRoot("AdminUtils.sudo_set_subnet_emission_enabled", &adminutils.OfSubnet[bool]{NetUID: ours, Value: true}),
			s.asRoot("AdminUtils.sudo_set_subnet_emission_enabled", &adminutils.OfSubnet[bool]{NetUID: other, Value: true}),
			s.asRoot("AdminUtils.sudo_set_ema_price_halving_period", &adminutils.OfSubnet[uint64]{NetUID: ours, Value: 1}),
			s.asRoot("AdminUtils.sudo_set_ema_price_halving_period", &adminutils.OfSubnet[uint64]{NetUID: other, Value: 1}),
			s.asRoot("AdminUtils.sudo_set_weights_set_rate_limit", &adminutils.OfSubnet[uint64]{NetUID: ours}),
			s.asRoot("AdminUtils.sudo_set_commit_reveal_weights_enabled", &adminutils.OfSubnet[bool]{NetUID: ours}),
		},
		{s.register(s.validators[0], s.validatorHot[0])},
		{s.register(s.validators[1], s.validatorHot[1])},
		{s.register(s.miners[0], s.minerHot[0])},
		{s.register(s.miners[1], s.minerHot[1])},
		{s.call(s.validators[0], "root_register", &registration.RootRegister{Hotkey: s.validatorHot[0].Public()})},
		{
			s.call(s.validators[1], "root_register", &registration.RootRegister{Hotkey: s.validatorHot[1].Public()}),
			s.call(s.validators[1], "decrease_take", &staking.SetTake{Hotkey: s.validatorHot[1].Public(), Take: 65535 * 9 / 100}),
			s.stake(s.validators[0], s.validatorHot[0], root, 1000*bt.Tao),
			s.stake(s.validators[1], s.validatorHot[1], root, 1000*bt.Tao),
			s.stake(s.saver, s.validatorHot[0], root, 5000*bt.Tao),
		},
		{
			s.stake(s.validators[0], s.validatorHot[0], ours, 60*bt.Tao),
			s.stake(s.validators[1], s.validatorHot[1], ours, 40*bt.Tao),
			s.stake(s.nominator, s.validatorHot[0], ours, 50*bt.Tao),
			s.stake(s.owner, s.otherHot, other, 50*bt.Tao),
		},
	} {
		if _, err := s.w.Must(s.author, step...); err != nil {
			return fmt.Errorf("setting the stage: %w", err)
		}
	}
	if err := s.blocks(2 * tempo); err != nil { // permits
		return err
	}
	// Most for the miners; what is for the owner's hotkey is withheld.
	set := weights.SetWeights{NetUID: ours, Dests: []uint16{s.uid(s.ownerHot), s.uid(s.minerHot[0]), s.uid(s.minerHot[1])}, Weights: []uint16{10, 60, 30}}
	if _, err := s.w.Must(s.author, s.call(s.validatorHot[0], "set_weights", &set), s.call(s.validatorHot[1], "set_weights", &set)); err != nil {
		return fmt.Errorf("setting the stage: %w", err)
	}
	if err := s.blocks(5 * tempo); err != nil { // bonds grow
		return err
	}
	for s.w.Module.Storage.LastEpochBlock.Get(s.w.Ctx().State, ours) != uint64(s.w.Head.Number) {
		if err := s.blocks(1); err != nil {
			return err
		}
	}
	return nil
}

// tempo is that of new subnets on a local network, in blocks.
const tempo = 10

func (s *story) uid(hot *keys.Pair) uint16 {
	return uint16(s.w.Module.Storage.Uids.Get(s.w.Ctx().State, ours, hot.Public()))
}
