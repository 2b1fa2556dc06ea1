package genesis

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/adminutils"
	"github.com/myelin-go/myelin/chain/pallets/commitments"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/info"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// Subtensor is the extension that makes a chain Bittensor's: SubtensorModule with the pallets beside it, its first subnets, and its checks.
func Subtensor(s Spec, p *Parts, cfg *chain.Config) func(c *frame.Ctx) {
	var configs []state.Config
	if s.Fast {
		configs = append(configs, state.Fast)
	}
	if cfg.SpecVersion >= countedStake {
		configs = append(configs, state.CountStaked)
	} else {
		cfg.Absent = append(cfg.Absent, subtensor.Name+".event.StorageMigrated")
	}
	module := subtensor.New(p.Balances, append(configs, configure(&s.Network))...)
	if s.Spring2026 {
		module.Pools.Rules.Spring2026 = true
		module.Storage.NetworkPowRegistrationAllowed.SetDefault(true)
	}
	p.Balances.SetTransferFee(module.BurnTransferFee)
	lease := module.Leasing
	lease.Crowdloans, lease.Accounts, lease.Balances, lease.Proxies = p.Crowdloan, p.System, p.Balances, p.Proxy
	committed := commitments.New(p.Balances, module, module.Drand)
	module.Subnets.Purge = committed.Purge
	cfg.Modules = append(cfg.Modules,
		frame.Module{Name: subtensor.Name, Index: subtensor.Index, Pallet: module},
		frame.Module{Name: commitments.Name, Index: commitments.Index, Pallet: committed},
		frame.Module{Name: adminutils.Name, Index: adminutils.Index, Pallet: adminutils.New(module)},
		frame.Module{Name: subtensor.SwapName, Index: subtensor.SwapIndex, Pallet: module.Pools.Swap},
		frame.Module{Name: subtensor.AssetsName, Index: subtensor.AssetsIndex, Pallet: module.Pools.Assets},
		frame.Module{Name: drand.Name, Index: drand.Index, Pallet: module.Drand},
		frame.Module{Name: rules.Name, Index: rules.Index, Pallet: module.Pools.Rules},
	)
	p.Payment.SetFallback(staking.AlphaFees{Room: module.Staking})
	cfg.APIs = append(cfg.APIs, info.APIs(module.Subnets, module.Epoch, listed(committed))...)
	cfg.Guard, cfg.Judge = module.Guard, firstOf(cfg.Judge, module.Judge)
	cfg.Lifetime, cfg.Free = module.Lifetime, module.Free
	cfg.Bare, cfg.Priority = pulses(module.Drand, cfg.Bare), pulsePriority
	return func(c *frame.Ctx) {
		g := subtensor.Genesis{RootOwner: s.RootOwner, RootOwnerHotkey: s.RootOwnerHotkey, OwnSubnets: len(s.Network.Subnets) > 0}
		if s.Fast {
			g.NetworkRateLimit = new(uint64) // as in upstream's local network
		}
		module.Build(c, g)
		build(c, &s.Network, module)
		if s.Beacon != nil {
			module.Drand.Storage.BeaconConfig.Set(c.State, s.Beacon.Configuration())
		}
	}
}

// firstOf asks one judge after the other.
func firstOf(judges ...func(*frame.Ctx, frame.RuntimeCall) *uint8) func(*frame.Ctx, frame.RuntimeCall) *uint8 {
	return func(c *frame.Ctx, call frame.RuntimeCall) *uint8 {
		for _, judge := range judges {
			if code := judge(c, call); code != nil {
				return code
			}
		}
		return nil
	}
}

// listed gives the runtime functions about subnets what is committed there.
func listed(p *commitments.Pallet) info.Commitments {
	return func(c *frame.Ctx, netuid bt.NetUID) []info.Commitment {
		out := []info.Commitment{}
		for hotkey, entry := range p.Storage.CommitmentOf.Of(c.State, netuid) {
			out = append(out, info.Commitment{Hotkey: hotkey, Raw: scale.Marshal(&entry)})
		}
		return out
	}
}
