// Package registration seats neurons: it sells uids of subnets for a burned price, gives them for proofs of work, gives the uids of root to those with the
// most root stake, and finds who must make room. At the start of each block it moves prices and difficulties. The faucet, which pays for work, is here too.
//
// It deliberately does not register subnets (room subnets), and holds no arithmetic: how prices and difficulties move is package emission's, what a proof of
// work is package pow's. Which rule a subnet follows is told by package rules.
package registration

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
)

// Room runs the calls of this package.
type Room struct {
	*stakepool.Pools
	Epochs *epoch.Room

	system struct { // what it reads of System
		BlockHash storage.Map[storage.Twox64Concat, bt.BlockNumber, bt.Hash]
	}
}

// New is the room over the pools.
func New(pools *stakepool.Pools) *Room {
	r := &Room{Pools: pools, Epochs: epoch.New(pools)}
	storage.Bind("System", &r.system)
	return r
}

// BurnedRegister is the call's arguments.
type BurnedRegister struct {
	NetUID bt.NetUID `name:"netuid"`
	Hotkey bt.AccountID
}

// RegisterLimit is the call's arguments.
type RegisterLimit struct {
	NetUID     bt.NetUID `name:"netuid"`
	Hotkey     bt.AccountID
	LimitPrice uint64
}

// RootRegister is the call's arguments.
type RootRegister struct{ Hotkey bt.AccountID }

// BurnedRegister buys the signer's hotkey a uid on a subnet. The TAO stays in the subnet; the alpha that it buys is burned.
func (r *Room) BurnedRegister(c *frame.Ctx, a BurnedRegister) error {
	return r.buy(c, a.NetUID, a.Hotkey)
}

// RegisterLimit is BurnedRegister unless the price is above a limit.
func (r *Room) RegisterLimit(c *frame.Ctx, a RegisterLimit) error {
	if _, err := c.Signer(); err != nil {
		return err
	}
	if a.NetUID == stakepool.Root {
		return r.Error.RegistrationNotPermittedOnRootSubnet
	}
	if !r.Exists(c, a.NetUID) {
		return r.Error.SubnetNotExists
	}
	if r.Storage.Burn.Get(c.State, a.NetUID) > bt.Rao(a.LimitPrice) {
		return r.Error.RegistrationPriceLimitExceeded
	}
	return r.buy(c, a.NetUID, a.Hotkey)
}

func (r *Room) buy(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	st, s := &r.Storage, c.State
	price := st.Burn.Get(s, netuid)
	switch {
	case netuid == stakepool.Root:
		return r.Error.RegistrationNotPermittedOnRootSubnet
	case !r.Exists(c, netuid):
		return r.Error.SubnetNotExists
	case !st.NetworkRegistrationAllowed.Get(s, netuid):
		return r.Error.SubNetRegistrationDisabled
	}
	if err := r.checkAdjusted(c, netuid); err != nil {
		return err
	}
	switch {
	case st.Uids.Has(s, netuid, hotkey):
		return r.Error.HotKeyAlreadyRegisteredInSubNet
	case price > r.Spendable(c, coldkey):
		return r.Error.NotEnoughBalanceToStake
	}
	if err := r.Associate(c, coldkey, hotkey); err != nil {
		return err
	}
	if !r.Owns(c, coldkey, hotkey) {
		return r.Error.NonAssociatedColdKey
	}
	most := st.MaxAllowedUids.Get(s, netuid)
	if most == 0 {
		return r.Error.NoNeuronIdAvailable
	}
	full := st.SubnetworkN.Get(s, netuid) >= most
	if _, ok := r.ToPrune(c, netuid); full && !ok {
		return r.Error.NoNeuronIdAvailable
	}

	paid, err := r.PayIn(c, netuid, coldkey, price)
	if err != nil {
		return err
	}
	trade, err := r.BuyAlpha(c, netuid, paid, bt.Rao(amm.MaxPrice), false)
	if err != nil {
		return err
	}
	st.SubnetAlphaOut.Mutate(s, netuid, func(out *bt.Alpha) { *out -= min(*out, bt.Alpha(trade.Out)) })

	uid, ok := r.take(c, netuid, hotkey)
	if !ok {
		return r.Error.NoNeuronIdAvailable
	}
	if !r.adjusted(c, netuid) {
		st.Burn.Set(s, netuid, bt.Rao(r.PriceRule(c, netuid).AfterRegistration(uint64(price))))
	}
	r.count(c, netuid, &st.BurnRegistrationsThisInterval)
	recycled := st.RAORecycledForRegistration.Get(s, netuid)
	if sum := recycled + price; sum >= recycled {
		recycled = sum
	}
	st.RAORecycledForRegistration.Set(s, netuid, recycled)
	r.Event.RAORecycledForRegistrationSet.Emit(c, state.RAORecycledForRegistrationSet{NetUID: netuid, Value: recycled})
	r.NoteInflow(c, netuid, paid)
	r.Event.NeuronRegistered.Emit(c, state.NeuronRegistered{NetUID: netuid, UID: uid, Hotkey: hotkey})
	return nil
}

// take seats a hotkey on a free uid or on that of the neuron to prune.
func (r *Room) take(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) (uint16, bool) {
	if r.Storage.SubnetworkN.Get(c.State, netuid) < r.Storage.MaxAllowedUids.Get(c.State, netuid) {
		return r.Append(c, netuid, hotkey), true
	}
	uid, ok := r.ToPrune(c, netuid)
	if ok {
		r.Replace(c, netuid, uid, hotkey)
	}
	return uid, ok
}

// Seated gives a hotkey a uid of a subnet, without payment, if it has none; it tells whether it has one now.
func (r *Room) Seated(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) bool {
	if r.Storage.Uids.Has(c.State, netuid, hotkey) {
		return true
	}
	_, ok := r.take(c, netuid, hotkey)
	return ok
}

// rootTake is the take that a new member of root gets if it had none.
const rootTake state.PerU16 = 11_796

// RootRegister seats a hotkey on root: on a free uid, or in the place of the member with the least root stake when it has more. It costs nothing.
func (r *Room) RootRegister(c *frame.Ctx, a RootRegister) error {
	st, s := &r.Storage, c.State
	if !r.Exists(c, stakepool.Root) {
		return r.Error.RootNetworkDoesNotExist
	}
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.checkBlock(c, stakepool.Root); err != nil {
		return err
	}
	if err := r.checkInterval(c, stakepool.Root); err != nil {
		return err
	}
	if st.Uids.Has(s, stakepool.Root, a.Hotkey) {
		return r.Error.HotKeyAlreadyRegisteredInSubNet
	}
	if err := r.Associate(c, coldkey, a.Hotkey); err != nil {
		return err
	}
	var uid uint16
	if st.SubnetworkN.Get(s, stakepool.Root) < st.MaxAllowedUids.Get(s, stakepool.Root) {
		uid = r.Append(c, stakepool.Root, a.Hotkey)
	} else {
		least := ^bt.Alpha(0)
		for at, hotkey := range st.Keys.Of(s, stakepool.Root) {
			if stake := r.HotkeyStake(c, hotkey, stakepool.Root); stake < least {
				least, uid = stake, at
			}
		}
		if !st.Keys.Has(s, stakepool.Root, uid) {
			return r.Error.HotKeyNotRegisteredInSubNet
		}
		if least >= r.HotkeyStake(c, a.Hotkey, stakepool.Root) {
			return r.Error.StakeTooLowForRoot
		}
		r.Replace(c, stakepool.Root, uid, a.Hotkey)
	}
	if !st.Delegates.Has(s, a.Hotkey) {
		st.Delegates.Set(s, a.Hotkey, rootTake)
	}
	st.RegistrationsThisInterval.Mutate(s, stakepool.Root, increment)
	st.RegistrationsThisBlock.Mutate(s, stakepool.Root, increment)
	r.Event.NeuronRegistered.Emit(c, state.NeuronRegistered{NetUID: stakepool.Root, UID: uid, Hotkey: a.Hotkey})
	return nil
}
