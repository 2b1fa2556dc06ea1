package registration

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/emission"
)

// Reprice begins a block for a subnet: its price of registration and its difficulty move by the rule in force, and nobody has registered in this block.
func (r *Room) Reprice(c *frame.Ctx, netuid bt.NetUID) {
	r.Storage.RegistrationsThisBlock.Set(c.State, netuid, 0)
	if r.adjusted(c, netuid) {
		r.adjust(c, netuid)
		return
	}
	block := stakepool.Now(c)
	move(c, &r.Storage.Burn, netuid, func(price uint64) uint64 { return r.PriceRule(c, netuid).AfterBlock(price, block) })
	if r.byWork(c, netuid) {
		move(c, &r.Storage.Difficulty, netuid, func(d uint64) uint64 { return r.difficultyRule(c, netuid).AfterBlock(d, block) })
	}
}

// move changes a value, and stores it only if that makes a difference.
func move[V ~uint64](c *frame.Ctx, item *storage.Map[storage.Identity, bt.NetUID, V], netuid bt.NetUID, rule func(uint64) uint64) {
	old := item.Get(c.State, netuid)
	if next := V(rule(uint64(old))); next != old {
		item.Set(c.State, netuid, next)
	}
}

// byWork tells whether neurons may come into a subnet by pow_register. The difficulty of a subnet that is closed for it stands still.
func (r *Room) byWork(c *frame.Ctx, netuid bt.NetUID) bool {
	return netuid != stakepool.Root && r.Storage.NetworkPowRegistrationAllowed.Get(c.State, netuid)
}

// adjusted tells whether price and difficulty of a subnet follow the registrations of each interval instead of decaying.
func (r *Room) adjusted(c *frame.Ctx, netuid bt.NetUID) bool {
	return netuid != stakepool.Root && (r.takesWork(c, netuid) || r.Rules.Storage.BurnPrice.Get(c.State) == rules.Adjusted)
}

// takesWork tells whether the call register takes work instead of the price.
func (r *Room) takesWork(c *frame.Ctx, netuid bt.NetUID) bool {
	return r.Rules.Storage.Registration.Get(c.State, netuid) == rules.ProofOfWork
}

// adjust ends an interval of registrations when it is over. The first one begins when the rule comes into force.
func (r *Room) adjust(c *frame.Ctx, netuid bt.NetUID) {
	st, s, now := &r.Storage, c.State, stakepool.Now(c)
	last, begun := st.LastAdjustmentBlock.TryGet(s, netuid)
	if !begun {
		last = now - min(now, 1)
		st.LastAdjustmentBlock.Set(s, netuid, last)
	}
	if now-min(now, last) < uint64(st.AdjustmentInterval.Get(s, netuid)) {
		return
	}
	rule := emission.Adjustment{Target: st.TargetRegistrationsPerInterval.Get(s, netuid), Alpha: st.AdjustmentAlpha.Get(s, netuid)}
	all := st.RegistrationsThisInterval.Get(s, netuid)
	difficulty, price := rule.Moves(all, st.POWRegistrationsThisInterval.Get(s, netuid), st.BurnRegistrationsThisInterval.Get(s, netuid))
	if price {
		next := rule.Next(uint64(st.Burn.Get(s, netuid)), uint64(st.MinBurn.Get(s, netuid)), uint64(st.MaxBurn.Get(s, netuid)), all)
		st.Burn.Set(s, netuid, bt.Rao(next))
	}
	if difficulty {
		next := rule.Next(st.Difficulty.Get(s, netuid), st.MinDifficulty.Get(s, netuid), st.MaxDifficulty.Get(s, netuid), all)
		st.Difficulty.Set(s, netuid, next)
		r.Event.DifficultySet.Emit(c, state.DifficultySet{NetUID: netuid, Value: next})
	}
	st.LastAdjustmentBlock.Set(s, netuid, now)
	st.RegistrationsThisInterval.Set(s, netuid, 0)
	st.POWRegistrationsThisInterval.Set(s, netuid, 0)
	st.BurnRegistrationsThisInterval.Set(s, netuid, 0)
}

// PriceRule is how a subnet's registration price moves.
func (r *Room) PriceRule(c *frame.Ctx, netuid bt.NetUID) emission.PriceRule {
	return emission.PriceRule{
		Min: uint64(r.Storage.MinBurn.Get(c.State, netuid)), Max: uint64(r.Storage.MaxBurn.Get(c.State, netuid)),
		HalfLife: r.Storage.BurnHalfLife.Get(c.State, netuid), IncreaseMult: r.Storage.BurnIncreaseMult.Get(c.State, netuid),
	}
}

// difficultyRule is how the difficulty of pow_register moves: as the price does, within bounds of its own of which the lower wins.
func (r *Room) difficultyRule(c *frame.Ctx, netuid bt.NetUID) emission.PriceRule {
	rule := r.PriceRule(c, netuid)
	rule.Min = max(1, r.Storage.MinDifficulty.Get(c.State, netuid))
	rule.Max = max(rule.Min, r.Storage.MaxDifficulty.Get(c.State, netuid))
	return rule
}

// checkBlock refuses a registration beyond those that a block may have.
func (r *Room) checkBlock(c *frame.Ctx, netuid bt.NetUID) error {
	if r.Storage.RegistrationsThisBlock.Get(c.State, netuid) >= r.Storage.MaxRegistrationsPerBlock.Get(c.State, netuid) {
		return r.Error.TooManyRegistrationsThisBlock
	}
	return nil
}

// checkInterval refuses a registration beyond those that an interval may have: three times the target.
func (r *Room) checkInterval(c *frame.Ctx, netuid bt.NetUID) error {
	most := min(3*uint32(r.Storage.TargetRegistrationsPerInterval.Get(c.State, netuid)), 1<<16-1)
	if uint32(r.Storage.RegistrationsThisInterval.Get(c.State, netuid)) >= most {
		return r.Error.TooManyRegistrationsThisInterval
	}
	return nil
}

// checkAdjusted is both limits, where price and difficulty follow registrations; elsewhere the price alone keeps the crowd away.
func (r *Room) checkAdjusted(c *frame.Ctx, netuid bt.NetUID) error {
	if !r.adjusted(c, netuid) {
		return nil
	}
	if err := r.checkBlock(c, netuid); err != nil {
		return err
	}
	return r.checkInterval(c, netuid)
}

// count notes a registration for the limits, and where price and difficulty follow registrations for their next adjustment.
func (r *Room) count(c *frame.Ctx, netuid bt.NetUID, kind *storage.Map[storage.Identity, bt.NetUID, uint16]) {
	r.Storage.RegistrationsThisBlock.Mutate(c.State, netuid, increment)
	if r.adjusted(c, netuid) {
		r.Storage.RegistrationsThisInterval.Mutate(c.State, netuid, increment)
		kind.Mutate(c.State, netuid, increment)
	}
}

func increment(n *uint16) {
	if *n < 1<<16-1 {
		*n++
	}
}
