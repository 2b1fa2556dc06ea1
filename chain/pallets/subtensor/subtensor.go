// Package subtensor is SubtensorModule: the call table over its rooms, its first state, and the checks that go before its calls.
//
// It deliberately holds no rule: the rooms do (registration, staking, subnets, serving …), over the declarations of package state and the pools of package
// stakepool.
package subtensor

import (
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/alphaassets"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/children"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/coinbase"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/keyswap"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/leasing"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/serving"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/tempo"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/chain/pallets/swap"
)

// Name and Index are SubtensorModule's place in the runtime; SwapIndex and AssetsIndex those of the two pallets beside it.
const (
	Name              = "SubtensorModule"
	Index       uint8 = 7
	SwapName          = "Swap"
	SwapIndex   uint8 = 28
	AssetsName        = "AlphaAssets"
	AssetsIndex uint8 = 31
)

// Pallet is SubtensorModule.
type Pallet struct {
	*state.State
	Call Call

	Pools        *stakepool.Pools
	Registration *registration.Room
	Staking      *staking.Room
	Subnets      *subnets.Room
	Tempo        *tempo.Room
	Serving      *serving.Room
	Epoch        *epoch.Room
	Weights      *weights.Room
	Drand        *drand.Pallet
	Children     *children.Room
	Coinbase     *coinbase.Room
	Keyswap      *keyswap.Room
	Leasing      *leasing.Room // complete with the pallets that a runtime with leases gives it
}

// New is the pallet with the pallets that it works with; they are compiled into the runtime beside it. Configurations change its constants.
func New(money stakepool.Money, configs ...state.Config) *Pallet {
	st := state.New(configs...)
	pools := &stakepool.Pools{State: st, Money: money, Swap: swap.New(st), Assets: alphaassets.New()}
	p := &Pallet{State: st, Pools: pools}
	pools.Rules = rules.New(rulesHost{p})
	p.Registration = registration.New(pools)
	p.Staking = &staking.Room{Pools: pools}
	p.Subnets = &subnets.Room{Room: p.Registration}
	p.Tempo = &tempo.Room{Room: p.Subnets}
	p.Serving = &serving.Room{Pools: pools}
	p.Epoch = p.Registration.Epochs
	p.Drand = drand.New()
	p.Weights = weights.New(st, p.Epoch, p.Drand)
	p.Children = &children.Room{Pools: pools}
	p.Leasing = &leasing.Room{Room: p.Subnets}
	p.Keyswap = &keyswap.Room{Pools: pools, Subnets: p.Subnets, Children: p.Children}
	p.Coinbase = coinbase.New(pools, p.Epoch, p.Subnets, p.Children)
	p.route()
	return p
}

// OnInitialize is the block step: emission and the epochs that are due.
func (p *Pallet) OnInitialize(c *frame.Ctx) {
	p.Staking.ForgetHotkeySwaps(c)
	p.Coinbase.Step(c, p.Weights.RevealMatured)
}

// hookWeight is what upstream declares for the block step, whatever it does.
var hookWeight = frame.WeightOf(110_634_229_000, 0, 8304, 110)

// HookWeight is the declared cost of OnInitialize.
func (p *Pallet) HookWeight(*frame.Ctx) frame.Weight { return hookWeight }
