// Package alphaassets counts each subnet's alpha: how much exists, and how much was burned or recycled.
//
// It deliberately holds no alpha itself: who owns it is the business of package subtensor/stakepool, the reserves of pools are SubtensorModule's.
package alphaassets

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
)

// Pallet is AlphaAssets, index 31. Amounts are in 1e-9 alpha.
type Pallet struct {
	Storage struct {
		TotalAlphaIssuance storage.Map[storage.Twox64Concat, bt.NetUID, bt.Alpha] `doc:"Alpha of a subnet that exists, as counted by minting and recycling."`
		AlphaBurned        storage.Map[storage.Twox64Concat, bt.NetUID, bt.Alpha] `doc:"Alpha of a subnet that was put out of reach; it still counts as existing."`
		AlphaRecycled      storage.Map[storage.Twox64Concat, bt.NetUID, bt.Alpha] `doc:"Alpha of a subnet that was destroyed, so that it can be emitted again."`
	}
}

// New is the pallet.
func New() *Pallet { return &Pallet{} }

// Mint counts alpha that comes into being.
func (p *Pallet) Mint(c *frame.Ctx, netuid bt.NetUID, amount bt.Alpha) {
	add(c, &p.Storage.TotalAlphaIssuance, netuid, amount)
}

// Burn counts alpha that is put out of reach.
func (p *Pallet) Burn(c *frame.Ctx, netuid bt.NetUID, amount bt.Alpha) {
	add(c, &p.Storage.AlphaBurned, netuid, amount)
}

// Recycle counts alpha that is destroyed.
func (p *Pallet) Recycle(c *frame.Ctx, netuid bt.NetUID, amount bt.Alpha) {
	if amount == 0 {
		return
	}
	add(c, &p.Storage.AlphaRecycled, netuid, amount)
	p.Storage.TotalAlphaIssuance.Mutate(c.State, netuid, func(total *bt.Alpha) { *total -= min(*total, amount) })
}

func add(c *frame.Ctx, counter *storage.Map[storage.Twox64Concat, bt.NetUID, bt.Alpha], netuid bt.NetUID, amount bt.Alpha) {
	if amount == 0 {
		return
	}
	counter.Mutate(c.State, netuid, func(total *bt.Alpha) {
		if *total += amount; *total < amount {
			*total = 1<<64 - 1
		}
	})
}
