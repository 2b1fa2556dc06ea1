package genesis

import (
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/adminutils"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/info"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// Subtensor is the extension that makes a chain Bittensor's: SubtensorModule with the pallets beside it, its first subnets, and its checks.
func Subtensor(s Spec, p *Parts, cfg *chain.Config) func(c *frame.Ctx) {
	var configs []state.Config
	if s.Fast {
		configs = append(configs, state.Fast)
	}
	module := subtensor.New(p.Balances, configs...)
	cfg.Modules = append(cfg.Modules,
		frame.Module{Name: subtensor.Name, Index: subtensor.Index, Pallet: module},
		frame.Module{Name: adminutils.Name, Index: adminutils.Index, Pallet: adminutils.New(module)},
		frame.Module{Name: subtensor.SwapName, Index: subtensor.SwapIndex, Pallet: module.Pools.Swap},
		frame.Module{Name: subtensor.AssetsName, Index: subtensor.AssetsIndex, Pallet: module.Pools.Assets},
	)
	cfg.APIs = append(cfg.APIs, info.APIs(module.Subnets, module.Epoch, nil)...)
	cfg.Guard, cfg.Judge = module.Guard, module.Judge
	return func(c *frame.Ctx) {
		module.Build(c, subtensor.Genesis{RootOwner: s.RootOwner, RootOwnerHotkey: s.RootOwnerHotkey})
	}
}
