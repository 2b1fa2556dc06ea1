package subtensor

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/amm/sharepool"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
)

// Genesis is what a chain specification says of SubtensorModule.
type Genesis struct {
	RootOwner, RootOwnerHotkey bt.AccountID // who may start the root subnet; the zero account when nobody may
	Issuance                   bt.Rao       // TAO that counts as issued at first
	StartCallDelay             *uint64      // blocks from a subnet's registration until it may be started; nil leaves the default
	NetworkRateLimit           *uint64      // blocks between two registrations of subnets; nil leaves the default
	OwnSubnets                 bool         // the chain specification founds its subnets: there is no subnet 1 that belongs to nobody
}

// The first subnets, as upstream's genesis has them.
const (
	firstTempo      = 100
	rootSeats       = 64
	rootPerInterval = 1
	firstSubnet     = bt.NetUID(1)
	firstUids       = 256
	firstValidators = 64
	firstReserve    = 10_000_000_000 // of TAO and of alpha
	firstStake      = 1_000_000_000
)

// Build writes the first state: the root subnet, open for members, and subnet 1, which belongs to the zero account and was never started.
func (p *Pallet) Build(c *frame.Ctx, g Genesis) {
	st, s := &p.Storage, c.State
	st.TotalIssuance.Set(s, g.Issuance)
	if g.StartCallDelay != nil {
		st.StartCallDelay.Set(s, *g.StartCallDelay)
	}
	if g.NetworkRateLimit != nil {
		st.NetworkRateLimit.Set(s, *g.NetworkRateLimit)
	}

	st.SubnetOwner.Set(s, stakepool.Root, g.RootOwner)
	st.SubnetOwnerHotkey.Set(s, stakepool.Root, g.RootOwnerHotkey)
	st.TargetRegistrationsPerInterval.Set(s, stakepool.Root, rootPerInterval)
	p.open(c, stakepool.Root, rootSeats, rootSeats)

	if g.OwnSubnets {
		return
	}
	var nobody bt.AccountID
	st.SubnetMechanism.Set(s, firstSubnet, amm.Dynamic)
	st.Owner.Set(s, nobody, nobody)
	st.SubnetAlphaIn.Set(s, firstSubnet, firstReserve)
	st.SubnetTAO.Set(s, firstSubnet, firstReserve)
	st.SubnetOwner.Set(s, firstSubnet, nobody)
	st.SubnetLocked.Set(s, firstSubnet, 1)
	st.LargestLocked.Set(s, firstSubnet, 1)
	st.AlphaV2.Set(s, state.AlphaV2Key{NetUID: firstSubnet}, sharepool.FromUint(firstStake))
	st.TotalHotkeySharesV2.Set(s, nobody, firstSubnet, sharepool.FromUint(firstStake))
	st.TotalHotkeyAlpha.Set(s, nobody, firstSubnet, firstStake)
	st.SubnetAlphaOut.Set(s, firstSubnet, firstStake)
	st.StakingHotkeys.Set(s, nobody, []bt.AccountID{nobody})
	p.open(c, firstSubnet, firstUids, firstValidators)
	p.Registration.Append(c, firstSubnet, nobody)
}

// Found writes a subnet without a pool, open from block 1 on, to the first state. Its owner's hotkey has uid 0.
func (p *Pallet) Found(c *frame.Ctx, netuid bt.NetUID, owner, hotkey bt.AccountID) {
	st, s := &p.Storage, c.State
	p.open(c, netuid, firstUids, firstValidators)
	st.SubnetMechanism.Set(s, netuid, amm.Stable)
	st.SubnetOwner.Set(s, netuid, owner)
	st.SubnetOwnerHotkey.Set(s, netuid, hotkey)
	st.SubtokenEnabled.Set(s, netuid, true)
	st.FirstEmissionBlockNumber.Set(s, netuid, 1)
	_ = p.Pools.Associate(c, owner, hotkey) // a hotkey of another owner keeps it
	p.Registration.Append(c, netuid, hotkey)
}

// open writes what first subnets have.
func (p *Pallet) open(c *frame.Ctx, netuid bt.NetUID, uids, validators uint16) {
	st, s := &p.Storage, c.State
	st.NetworksAdded.Set(s, netuid, true)
	st.TotalNetworks.Set(s, st.TotalNetworks.Get(s)+1)
	st.SubnetworkN.Set(s, netuid, 0)
	st.MaxAllowedUids.Set(s, netuid, uids)
	st.MaxAllowedValidators.Set(s, netuid, validators)
	st.MinAllowedWeights.Set(s, netuid, 0)
	st.Tempo.Set(s, netuid, firstTempo)
	st.NetworkRegistrationAllowed.Set(s, netuid, true)
	st.TokenSymbol.Set(s, netuid, subnets.Symbol(netuid))
}
