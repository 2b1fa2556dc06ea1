// Package stakepool is where stake and money meet: the accounts that hold subnets' TAO, trades with their pools, the shares that hotkeys' stakers have in
// their stake, and who owns which hotkey. Rooms that pay (registration, staking, subnets, coinbase) do it through here, so that every unit of
// TAO and alpha is accounted for in one place.
//
// It deliberately checks no call: whether somebody may stake, and how much, is the staking room's business. The arithmetic of pools and shares is that of
// packages amm and amm/sharepool.
package stakepool

import (
	"math"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/alphaassets"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/swap"
	"github.com/myelin-go/myelin/yuma"
)

// Root is the subnet without a pool, whose stake is TAO itself.
const Root bt.NetUID = 0

// Money is what pools need of the balances pallet; amounts are rao.
type Money interface {
	Reducible(c *frame.Ctx, who bt.AccountID, keep balances.Preservation) bt.Rao
	Transfer(c *frame.Ctx, from, to bt.AccountID, amount bt.Rao, keep balances.Preservation) error
	Withdraw(c *frame.Ctx, who bt.AccountID, amount bt.Rao, keep balances.Preservation) error
	Deposit(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error
	Issue(c *frame.Ctx, amount bt.Rao)
	Drop(c *frame.Ctx, amount bt.Rao)
	TotalIssuance(c *frame.Ctx) bt.Rao
}

// Pools works on SubtensorModule's state with the pallets it needs.
type Pools struct {
	*state.State
	Money  Money
	Swap   *swap.Pallet
	Assets *alphaassets.Pallet
	Rules  *rules.Pallet // which historic rules are in force
}

// Now is the height of the block under execution.
func Now(c *frame.Ctx) uint64 { return uint64(c.Env.Number) }

// Passed tells whether limit blocks went by since the block last; 0 stands for never.
func Passed(c *frame.Ctx, last, limit uint64) bool {
	now := Now(c)
	return last == 0 || now-min(last, now) >= limit
}

// Exists tells whether a subnet is registered.
func (p *Pools) Exists(c *frame.Ctx, netuid bt.NetUID) bool {
	return p.Storage.NetworksAdded.Get(c.State, netuid)
}

// UntilEpoch is how many blocks a subnet's next epoch by tempo is away; triggered and deferred epochs are left aside. Without a tempo it never comes: 2^64-1.
// The rule in force says when it is: tempo blocks after the last one, or, as before spec 423, where (block + netuid + 1) mod (tempo + 1) is tempo.
func (p *Pools) UntilEpoch(c *frame.Ctx, netuid bt.NetUID) uint64 {
	tempo, now := uint64(p.Storage.Tempo.Get(c.State, netuid)), Now(c)
	switch {
	case tempo == 0:
		return math.MaxUint64
	case p.Rules.Storage.EpochDue.Get(c.State) == rules.TempoPlusOne:
		return tempo - (now+uint64(netuid)+1)%(tempo+1)
	}
	next := addSaturating(p.Storage.LastEpochBlock.Get(c.State, netuid), tempo)
	return next - min(next, now)
}

// ActivityCutoff is after how many blocks without weights a validator counts as inactive.
func (p *Pools) ActivityCutoff(c *frame.Ctx, netuid bt.NetUID) uint64 {
	if p.Rules.Spring2026 {
		return uint64(p.Storage.ActivityCutoff.Get(c.State, netuid))
	}
	return yuma.CutoffBlocks(p.Storage.ActivityCutoffFactorMilli.Get(c.State, netuid), p.Storage.Tempo.Get(c.State, netuid))
}

// PaysTao tells whether what a subnet earns is TAO: it has no pool, and each unit of its stake stands for a rao in its custody.
func (p *Pools) PaysTao(c *frame.Ctx, netuid bt.NetUID) bool {
	return netuid != Root && p.Storage.SubnetMechanism.Get(c.State, netuid) == amm.Stable && p.Rules.Storage.SingleToken.Get(c.State)
}

// Subnets lists the registered subnets, root included, in the order of their storage keys.
func (p *Pools) Subnets(c *frame.Ctx) []bt.NetUID {
	var out []bt.NetUID
	for netuid := range p.Storage.NetworksAdded.Keys(c.State) {
		out = append(out, netuid)
	}
	return out
}
