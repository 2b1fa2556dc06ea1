package stakepool

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// BuyAlpha trades TAO that is already in a subnet's custody for alpha, and moves the reserves. Limit is rao per alpha (amm.MaxPrice for none).
// The fee stays in custody: the caller hands it on. Errors are those of swap.Buy.
func (p *Pools) BuyAlpha(c *frame.Ctx, netuid bt.NetUID, tao, limit bt.Rao, noFee bool) (amm.Swap, error) {
	s, err := p.Swap.Buy(c, netuid, tao, limit, noFee)
	if err != nil {
		return amm.Swap{}, err
	}
	if s.Out != 0 {
		p.Storage.SubnetAlphaIn.Mutate(c.State, netuid, func(v *bt.Alpha) { *v -= min(*v, bt.Alpha(s.Out)) })
	}
	p.Storage.SubnetAlphaOut.Mutate(c.State, netuid, func(v *bt.Alpha) { *v = addSaturating(*v, bt.Alpha(s.Out)) })
	p.Storage.SubnetTAO.Mutate(c.State, netuid, func(v *bt.Rao) { *v = addSaturating(*v, bt.Rao(s.In)) })
	p.Storage.TotalStake.Mutate(c.State, func(v *bt.Rao) { *v = addSaturating(*v, tao) })
	p.addVolume(c, netuid, uint64(tao))
	return s, nil
}

// SellAlpha trades alpha that was taken from somebody's stake for TAO, and moves the reserves. The TAO stays in custody: the caller pays it out. Errors are those
// of swap.Sell.
func (p *Pools) SellAlpha(c *frame.Ctx, netuid bt.NetUID, alpha bt.Alpha, limit bt.Rao, noFee bool) (amm.Swap, error) {
	s, err := p.Swap.Sell(c, netuid, alpha, limit, noFee)
	if err != nil {
		return amm.Swap{}, err
	}
	p.Storage.SubnetAlphaIn.Mutate(c.State, netuid, func(v *bt.Alpha) { *v = addSaturating(*v, bt.Alpha(s.In)) })
	p.Storage.SubnetAlphaOut.Mutate(c.State, netuid, func(v *bt.Alpha) { *v -= min(*v, bt.Alpha(s.In)) })
	if s.Out != 0 {
		p.Storage.SubnetTAO.Mutate(c.State, netuid, func(v *bt.Rao) { *v -= min(*v, bt.Rao(s.Out)) })
	}
	p.Storage.TotalStake.Mutate(c.State, func(v *bt.Rao) { *v -= min(*v, bt.Rao(s.Out)) })
	p.addVolume(c, netuid, s.Out)
	return s, nil
}

func (p *Pools) addVolume(c *frame.Ctx, netuid bt.NetUID, amount uint64) {
	p.Storage.SubnetVolume.Mutate(c.State, netuid, func(v *scale.Uint128) {
		if v.Lo += amount; v.Lo < amount {
			v.Hi++
		}
	})
}

// NoteInflow counts TAO that entered a subnet; NoteOutflow what left it.
func (p *Pools) NoteInflow(c *frame.Ctx, netuid bt.NetUID, tao bt.Rao) {
	p.Storage.SubnetTaoFlow.Mutate(c.State, netuid, flowOf(int64(tao)))
}

// NoteOutflow counts TAO that left a subnet.
func (p *Pools) NoteOutflow(c *frame.Ctx, netuid bt.NetUID, tao bt.Rao) {
	p.Storage.SubnetTaoFlow.Mutate(c.State, netuid, flowOf(-int64(tao)))
}

// NoteProtocolInflow counts TAO that the chain itself put into a subnet's pool; NoteProtocolOutflow what it took out.
func (p *Pools) NoteProtocolInflow(c *frame.Ctx, netuid bt.NetUID, tao bt.Rao) {
	p.Storage.SubnetProtocolFlow.Mutate(c.State, netuid, flowOf(int64(tao)))
}

// NoteProtocolOutflow counts TAO that the chain itself took out of a subnet's pool.
func (p *Pools) NoteProtocolOutflow(c *frame.Ctx, netuid bt.NetUID, tao bt.Rao) {
	p.Storage.SubnetProtocolFlow.Mutate(c.State, netuid, flowOf(-int64(tao)))
}

// flowOf adds to a flow, saturating.
func flowOf(tao int64) func(*int64) {
	return func(flow *int64) {
		sum := *flow + tao
		switch {
		case tao > 0 && sum < *flow:
			sum = 1<<63 - 1
		case tao < 0 && sum > *flow:
			sum = -1 << 63
		}
		*flow = sum
	}
}

// BurnAlpha puts alpha of a subnet out of reach; it still counts as out.
func (p *Pools) BurnAlpha(c *frame.Ctx, netuid bt.NetUID, amount bt.Alpha) {
	p.Assets.Burn(c, netuid, amount)
}

// RecycleAlpha destroys alpha of a subnet that nobody holds any more.
func (p *Pools) RecycleAlpha(c *frame.Ctx, netuid bt.NetUID, amount bt.Alpha) {
	if amount == 0 {
		return
	}
	p.Storage.SubnetAlphaOut.Mutate(c.State, netuid, func(v *bt.Alpha) { *v -= min(*v, amount) })
	p.Assets.Recycle(c, netuid, amount)
}

// Worth is what alpha is worth in TAO at the current price, without slippage or fee.
func (p *Pools) Worth(c *frame.Ctx, netuid bt.NetUID, alpha bt.Alpha) fixed.U64F64 {
	return fixed.U64F64FromUint(uint64(alpha)).Mul(p.Swap.Price(c, netuid))
}

// HotkeyWorth is what all stake on a hotkey in all subnets is worth at current prices.
func (p *Pools) HotkeyWorth(c *frame.Ctx, hotkey bt.AccountID) bt.Rao {
	var sum fixed.U64F64
	for _, netuid := range p.Subnets(c) {
		sum = sum.WrappingAdd(p.Worth(c, netuid, p.HotkeyStake(c, hotkey, netuid)))
	}
	return bt.Rao(sum.ToUint64())
}
