// Package subnets registers subnets, starts them, names them, and takes the one that is worth least away when there is no room for a new one.
//
// It deliberately seats no neurons (room registration) and runs no epochs (rooms epoch and coinbase).
package subnets

import (
	"slices"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// Room runs the calls of this package.
type Room struct {
	*registration.Room

	// Purge, if set, forgets what another pallet keeps of a subnet that goes.
	Purge func(c *frame.Ctx, netuid bt.NetUID)
}

// RegisterNetwork is the call's arguments.
type RegisterNetwork struct{ Hotkey bt.AccountID }

// RegisterNetworkWithIdentity is the call's arguments.
type RegisterNetworkWithIdentity struct {
	Hotkey   bt.AccountID
	Identity scale.Option[state.SubnetIdentityV3]
}

// StartCall is the call's arguments.
type StartCall struct {
	NetUID bt.NetUID `name:"netuid"`
}

// DissolveNetwork is the call's arguments; the coldkey is not looked at.
type DissolveNetwork struct {
	Coldkey bt.AccountID
	NetUID  bt.NetUID `name:"netuid"`
}

// RootDissolveNetwork is the call's arguments.
type RootDissolveNetwork struct {
	NetUID bt.NetUID `name:"netuid"`
}

// A new subnet's parameters, where they differ from the defaults of storage.
const (
	newMaxUids       = 256
	newMaxValidators = 64
	newMinWeights    = 1
	newImmunity      = 5000
	newBurn          = bt.Tao
)

// RegisterNetwork registers a subnet for the signer, who pays the lock cost into its pool; the hotkey gets uid 0.
func (r *Room) RegisterNetwork(c *frame.Ctx, a RegisterNetwork) error {
	return r.register(c, a.Hotkey, scale.None[state.SubnetIdentityV3]())
}

// RegisterNetworkWithIdentity is RegisterNetwork that also says what the subnet is.
func (r *Room) RegisterNetworkWithIdentity(c *frame.Ctx, a RegisterNetworkWithIdentity) error {
	return r.register(c, a.Hotkey, a.Identity)
}

func (r *Room) register(c *frame.Ctx, hotkey bt.AccountID, identity scale.Option[state.SubnetIdentityV3]) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	switch {
	case r.HotkeyExists(c, hotkey) && !r.Owns(c, coldkey, hotkey):
		return r.Error.NonAssociatedColdKey
	case r.IsCustodyAccount(hotkey):
		return r.Error.CannotUseSystemAccount
	case now < st.NetworkRegistrationStartBlock.Get(s):
		return r.Error.SubNetRegistrationDisabled
	case !r.MayRegister(c):
		return r.Error.NetworkTxRateLimitExceeded
	}
	netuid, prune, err := r.place(c)
	if err != nil {
		return err
	}
	cost := r.LockCost(c)
	if cost > r.Spendable(c, coldkey) {
		return r.Error.CannotAffordLockCost
	}
	if prune {
		if err := r.Dissolve(c, netuid); err != nil {
			return err
		}
	}
	price := r.MedianPrice(c)

	r.initialize(c, netuid)
	paid, err := r.PayIn(c, netuid, coldkey, cost)
	if err != nil {
		return err
	}
	st.NetworkLastLockCost.Set(s, paid)
	st.LastRateLimitedBlock.Set(s, lastRegistered, now)
	if err := r.Associate(c, coldkey, hotkey); err != nil {
		return err
	}
	r.Append(c, netuid, hotkey)
	mechanism := amm.Dynamic
	if r.Rules.Storage.SingleToken.Get(s) {
		mechanism = amm.Stable
	}
	st.SubnetMechanism.Set(s, netuid, mechanism)
	st.NetworkRegisteredAt.Set(s, netuid, now)
	st.RegisteredSubnetCounter.Mutate(s, netuid, func(n *uint64) { *n++ })
	st.TokenSymbol.Set(s, netuid, r.nextSymbol(c, netuid))

	tao := max(paid, st.NetworkMinLockCost.Get(s))
	if mechanism == amm.Stable { // no pool: the lock lies in custody beside the stake
		tao = 0
	}
	alpha := fixed.U64F64FromUint(uint64(tao)).SafeDiv(price).Floor().ToUint64()
	st.SubnetTAO.Set(s, netuid, tao)
	st.SubnetAlphaIn.Set(s, netuid, bt.Alpha(alpha))
	st.SubnetOwner.Set(s, netuid, coldkey)
	if err := r.SetOwnerHotkey(c, netuid, hotkey); err != nil {
		return err
	}
	st.SubnetLocked.Set(s, netuid, paid)
	st.SubnetAlphaOut.Set(s, netuid, 0)
	st.SubnetVolume.Set(s, netuid, scale.Uint128{})
	st.RAORecycledForRegistration.Set(s, netuid, 0) // all that is paid is in custody
	if tao > 0 {
		st.TotalStake.Set(s, addSaturating(st.TotalStake.Get(s), tao))
	}
	if v, ok := identity.Get(); ok {
		if !validSubnetIdentity(v) {
			return r.Error.InvalidIdentity
		}
		st.SubnetIdentitiesV3.Set(s, netuid, v)
		r.Event.SubnetIdentitySet.Emit(c, state.One[bt.NetUID]{V: netuid})
	}
	r.delegateRoot(c, netuid)
	r.Event.NetworkAdded.Emit(c, state.NetworkAdded{NetUID: netuid, Mechanism: mechanism})
	st.SubnetEmissionEnabled.Set(s, netuid, r.Rules.Storage.NewSubnetEmission.Get(s))
	if r.Rules.Storage.BurnPrice.Get(s) == rules.Adjusted {
		st.Burn.Delete(s, netuid) // before spec 397 the first price was the constant InitialBurn
	}
	return nil
}

// lastRegistered is the clock of subnet registrations.
var lastRegistered = state.RateLimitKey{NetworkLastRegistered: &scale.Unit{}}

// MayRegister tells whether the pause since the last subnet registration, by anybody, is over.
func (r *Room) MayRegister(c *frame.Ctx) bool {
	last := r.Storage.LastRateLimitedBlock.Get(c.State, lastRegistered)
	return stakepool.Passed(c, last, r.Storage.NetworkRateLimit.Get(c.State))
}

// place finds the netuid of a new subnet. At the limit it is that of a subnet that must go first.
func (r *Room) place(c *frame.Ctx) (netuid bt.NetUID, prune bool, err error) {
	count := 0
	for id, added := range r.Storage.NetworksAdded.All(c.State) {
		if added && id != stakepool.Root {
			count++
		}
	}
	if count < int(r.Storage.SubnetLimit.Get(c.State)) {
		return r.nextNetuid(c), false, nil
	}
	netuid, ok := r.ToPruneNetwork(c)
	if !ok {
		return 0, false, r.Error.SubnetLimitReached
	}
	return netuid, true, nil
}

// nextNetuid is the first free netuid, from 1 on.
func (r *Room) nextNetuid(c *frame.Ctx) bt.NetUID {
	netuid := stakepool.Root + 1
	for r.Storage.NetworksAdded.Has(c.State, netuid) {
		netuid++
	}
	return netuid
}

// LockCost is what registering a subnet costs now.
func (r *Room) LockCost(c *frame.Ctx) bt.Rao {
	st, s := &r.Storage, c.State
	perBlock := emission.PerBlock(uint64(st.TotalIssuance.Get(s)))
	return bt.Rao(emission.NetworkLock{
		Last: uint64(st.NetworkLastLockCost.Get(s)), Min: uint64(st.NetworkMinLockCost.Get(s)),
		LastBlock: st.LastRateLimitedBlock.Get(s, lastRegistered),
		Interval:  emission.LockInterval(st.NetworkLockReductionInterval.Get(s), perBlock),
	}.Cost(stakepool.Now(c)))
}

// MedianPrice is the median of the pools' prices, 1 when there are none.
func (r *Room) MedianPrice(c *frame.Ctx) fixed.U64F64 {
	var prices []fixed.U64F64
	for netuid, added := range r.Storage.NetworksAdded.All(c.State) {
		if price := r.Swap.Price(c, netuid); added && netuid != stakepool.Root && !price.IsZero() {
			prices = append(prices, price)
		}
	}
	if len(prices) == 0 {
		return fixed.OneU64F64
	}
	slices.SortFunc(prices, fixed.U64F64.Cmp)
	lower, upper := prices[(len(prices)-1)/2], prices[len(prices)/2]
	if len(prices)%2 == 1 {
		return upper
	}
	return lower.Add(upper).SafeDiv(fixed.U64F64FromUint(2))
}

// initialize sets a new subnet's parameters.
func (r *Room) initialize(c *frame.Ctx, netuid bt.NetUID) {
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	tempo := r.Constants.InitialTempo.Get()
	st.SubnetworkN.Set(s, netuid, 0)
	st.NetworksAdded.Set(s, netuid, true)
	st.Tempo.Set(s, netuid, tempo)
	stagger := uint64(netuid) % uint64(max(tempo, 1))
	st.LastEpochBlock.Set(s, netuid, now-min(now, stagger))
	st.TotalNetworks.Set(s, st.TotalNetworks.Get(s)+1)

	st.NetworkRegistrationAllowed.Set(s, netuid, true)
	r.Event.RegistrationAllowed.Emit(c, state.RegistrationAllowed{NetUID: netuid, Enabled: true})
	st.MaxAllowedUids.Set(s, netuid, newMaxUids)
	r.Event.MaxAllowedUidsSet.Emit(c, state.MaxAllowedUidsSet{NetUID: netuid, Value: newMaxUids})
	st.MaxAllowedValidators.Set(s, netuid, newMaxValidators)
	r.Event.MaxAllowedValidatorsSet.Emit(c, state.MaxAllowedValidatorsSet{NetUID: netuid, Value: newMaxValidators})
	st.MinAllowedWeights.Set(s, netuid, newMinWeights)
	r.Event.MinAllowedWeightSet.Emit(c, state.MinAllowedWeightSet{NetUID: netuid, Value: newMinWeights})
	st.ImmunityPeriod.Set(s, netuid, newImmunity)
	r.Event.ImmunityPeriodSet.Emit(c, state.ImmunityPeriodSet{NetUID: netuid, Value: newImmunity})
	if !r.Rules.Spring2026 {
		st.Yuma3On.Set(s, netuid, true)
	}
	st.Burn.Set(s, netuid, newBurn)
	st.SubnetEmissionEnabled.Set(s, netuid, true)

	// What a new subnet takes from the defaults is written down, so that later changes of the defaults do not reach it.
	if !st.Kappa.Has(s, netuid) {
		st.Kappa.Set(s, netuid, st.Kappa.Get(s, netuid))
	}
	if !st.ActivityCutoff.Has(s, netuid) {
		st.ActivityCutoff.Set(s, netuid, st.ActivityCutoff.Get(s, netuid))
	}
	if !st.RegistrationsThisInterval.Has(s, netuid) {
		st.RegistrationsThisInterval.Set(s, netuid, st.RegistrationsThisInterval.Get(s, netuid))
	}
}

// SetOwnerHotkey names the hotkey that stands for a subnet's owner.
func (r *Room) SetOwnerHotkey(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) error {
	if r.IsCustodyAccount(hotkey) {
		return r.Error.CannotUseSystemAccount
	}
	r.Storage.SubnetOwnerHotkey.Set(c.State, netuid, hotkey)
	r.Event.SubnetOwnerHotkeySet.Emit(c, state.SubnetOwnerHotkeySet{NetUID: netuid, Hotkey: hotkey})
	return nil
}

// StartCall opens a subnet: from the next block on it is paid alpha, and its alpha can be traded. Its owner does it once.
func (r *Room) StartCall(c *frame.Ctx, a StartCall) error {
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	if !r.Exists(c, a.NetUID) {
		return r.Error.SubnetNotExists
	}
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	switch {
	case st.SubnetOwner.Get(s, a.NetUID) != coldkey:
		return frame.BadOrigin
	case st.FirstEmissionBlockNumber.Has(s, a.NetUID):
		return r.Error.FirstEmissionBlockNumberAlreadySet
	case now < addSaturating(st.NetworkRegisteredAt.Get(s, a.NetUID), st.StartCallDelay.Get(s)):
		return r.Error.NeedWaitingMoreBlocksToStarCall
	}
	st.FirstEmissionBlockNumber.Set(s, a.NetUID, now+1)
	st.SubtokenEnabled.Set(s, a.NetUID, true)
	r.Event.FirstEmissionBlockNumberSet.Emit(c, state.FirstEmissionBlockNumberSet{NetUID: a.NetUID, Block: now + 1})
	return nil
}

func addSaturating[T ~uint64](a, b T) T {
	if sum := a + b; sum >= a {
		return sum
	}
	return 1<<64 - 1
}
