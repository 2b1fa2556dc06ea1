// Package registration seats neurons: it sells uids of subnets for a burned price, gives the uids of root to those with the most root stake, and finds who must make
// room.
//
// It deliberately does not register subnets (room subnets), and holds no price rule: that is package emission's.
package registration

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/emission"
)

// Room runs the calls of this package.
type Room struct{ *stakepool.Pools }

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

// Register is the call's arguments. Block, nonce, work and coldkey were those of proof of work.
type Register struct {
	NetUID      bt.NetUID `name:"netuid"`
	BlockNumber uint64
	Nonce       uint64
	Work        []byte
	Hotkey      bt.AccountID
	Coldkey     bt.AccountID
}

// RootRegister is the call's arguments.
type RootRegister struct{ Hotkey bt.AccountID }

// BurnedRegister buys the signer's hotkey a uid on a subnet. The TAO stays in the subnet; the alpha that it buys is burned.
func (r *Room) BurnedRegister(c *frame.Ctx, a BurnedRegister) error {
	return r.buy(c, a.NetUID, a.Hotkey)
}

// Register is BurnedRegister under its older name; the proof of work is not looked at.
func (r *Room) Register(c *frame.Ctx, a Register) error { return r.buy(c, a.NetUID, a.Hotkey) }

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
	rule := r.PriceRule(c, netuid)
	st.Burn.Set(s, netuid, bt.Rao(rule.AfterRegistration(uint64(price))))
	st.RegistrationsThisBlock.Mutate(s, netuid, increment)
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

func increment(n *uint16) {
	if *n < 1<<16-1 {
		*n++
	}
}

// PriceRule is how a subnet's registration price moves.
func (r *Room) PriceRule(c *frame.Ctx, netuid bt.NetUID) emission.PriceRule {
	return emission.PriceRule{
		Min: uint64(r.Storage.MinBurn.Get(c.State, netuid)), Max: uint64(r.Storage.MaxBurn.Get(c.State, netuid)),
		HalfLife: r.Storage.BurnHalfLife.Get(c.State, netuid), IncreaseMult: r.Storage.BurnIncreaseMult.Get(c.State, netuid),
	}
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
	switch {
	case st.RegistrationsThisBlock.Get(s, stakepool.Root) >= st.MaxRegistrationsPerBlock.Get(s, stakepool.Root):
		return r.Error.TooManyRegistrationsThisBlock
	case uint32(st.RegistrationsThisInterval.Get(s, stakepool.Root)) >= min(3*uint32(st.TargetRegistrationsPerInterval.Get(s, stakepool.Root)), 1<<16-1):
		return r.Error.TooManyRegistrationsThisInterval
	case st.Uids.Has(s, stakepool.Root, a.Hotkey):
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
