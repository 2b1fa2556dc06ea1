// Package coinbase is where money comes from: each block it mints TAO and alpha, divides them among the subnets, fills their pools, and
// when a subnet's epoch is due pays its owner, miners, validators and their stakers.
//
// It deliberately holds no formula (emission, yuma, delegation, amm) and no share of any single neuron (epoch).
package coinbase

import (
	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/children"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/fixed"
)

// Room works on SubtensorModule's state and pools.
type Room struct {
	*stakepool.Pools
	epoch    *epoch.Room
	owners   *subnets.Room
	children *children.Room
}

// New is the room over pools and the rooms that a block step works with.
func New(pools *stakepool.Pools, e *epoch.Room, s *subnets.Room, ch *children.Room) *Room {
	return &Room{Pools: pools, epoch: e, owners: s, children: ch}
}

// Step is the part of a block that comes before its transactions: prices of registration, emission, epochs that are due, moving
// prices, children that waited for the epoch, and claims of root dividends. matured runs between minting and coinbase, for weights whose time of reveal has come; it gets the subnets whose epochs are
// not put off in this block.
func (r *Room) Step(c *frame.Ctx, matured func(c *frame.Ctx, id bt.NetUID)) {
	all := r.Subnets(c) // no step founds or ends one
	r.registrationPrices(c, all)
	minted := r.MintTao(c, r.blockEmission(c))
	subnets := withoutRoot(all)
	put := r.deferred(c, subnets)
	for _, id := range subnets {
		if !put[id] {
			matured(c, id)
		}
	}
	r.run(c, subnets, minted)
	emitting := r.emitting(c, subnets)
	for _, id := range emitting {
		r.updateMovingPrice(c, id)
	}
	for _, id := range emitting {
		r.Storage.RootProp.Set(c.State, id, r.rootProportion(c, id))
	}
	for _, id := range all {
		if r.Storage.LastEpochBlock.Get(c.State, id) == uint64(c.Env.Number) {
			r.children.ApplyPending(c, id)
		}
	}
	r.AutoClaimRoot(c)
	r.IndexRootStakers(c)
}

// withoutRoot is the subnets that emission is for, in the same order.
func withoutRoot(all []bt.NetUID) []bt.NetUID {
	out := make([]bt.NetUID, 0, len(all))
	for _, id := range all {
		if id != stakepool.Root {
			out = append(out, id)
		}
	}
	return out
}

// registrationPrices begins the block for registrations: prices and difficulties move, counters start anew.
func (r *Room) registrationPrices(c *frame.Ctx, all []bt.NetUID) {
	for _, id := range all {
		r.owners.Reprice(c, id)
		if id == stakepool.Root && r.epoch.Due(c, id) {
			r.Storage.RegistrationsThisInterval.Set(c.State, id, 0)
		}
	}
}

// blockEmission is what this block mints by the issuance so far. BlockEmission remembers the last figure, of TAO or of alpha alike.
func (r *Room) blockEmission(c *frame.Ctx) bt.Rao {
	return bt.Rao(r.perBlock(c, uint64(r.Storage.TotalIssuance.Get(c.State))))
}

func (r *Room) perBlock(c *frame.Ctx, issuance uint64) uint64 {
	amount := emission.PerBlock(issuance)
	if issuance < emission.MaxSupply && r.Storage.BlockEmission.Get(c.State) != amount {
		r.Storage.BlockEmission.Set(c.State, amount)
	}
	return amount
}

// emitting lists the subnets that take part in emission: started, open for stake and for registration.
func (r *Room) emitting(c *frame.Ctx, subnets []bt.NetUID) (out []bt.NetUID) {
	s, st := c.State, &r.Storage
	for _, id := range subnets {
		if st.FirstEmissionBlockNumber.Has(s, id) && st.SubtokenEnabled.Get(s, id) && st.NetworkRegistrationAllowed.Get(s, id) {
			out = append(out, id)
		}
	}
	return out
}

// run is the coinbase proper.
func (r *Room) run(c *frame.Ctx, subnets []bt.NetUID, minted bt.Rao) {
	r.Storage.SubnetRootSellTao.Clear(c.State)
	emitting := r.emitting(c, subnets)
	prices := make([]fixed.U64F64, len(emitting))
	for i, id := range emitting {
		prices[i] = r.movingPrice(c, id)
	}
	r.emit(c, emitting, r.shareOut(c, emitting, prices, uint64(minted)), minted, emission.RootSellFlag(prices))
	r.distribute(c, r.drain(c, subnets))
}

// movingPrice is a subnet's moving price; 1 for subnets without a pool.
func (r *Room) movingPrice(c *frame.Ctx, id bt.NetUID) fixed.U64F64 {
	if id == stakepool.Root || r.Storage.SubnetMechanism.Get(c.State, id) == amm.Stable {
		return fixed.U64F64FromUint(1)
	}
	return r.Storage.SubnetMovingPrice.Get(c.State, id).ToU64F64()
}

// shareOut is each emitting subnet's TAO of this block.
func (r *Room) shareOut(c *frame.Ctx, emitting []bt.NetUID, prices []fixed.U64F64, minted uint64) []fixed.U96F32 {
	burned, enabled := make([]fixed.U96F32, len(emitting)), make([]bool, len(emitting))
	for i, id := range emitting {
		burned[i] = r.Storage.MinerBurned.Get(c.State, id)
		enabled[i] = r.Storage.SubnetEmissionEnabled.Get(c.State, id)
	}
	shares := emission.Shares(prices, burned)
	if r.Rules.Storage.EmissionGate.Get(c.State) {
		shares = r.gated(c, shares)
	}
	return emission.SubnetEmissions(shares, enabled, minted)
}

// gated is the shares after the emission gate (spec 440). Its bar is found anew every 360 blocks, and when there is none.
func (r *Room) gated(c *frame.Ctx, shares []fixed.U64F64) []fixed.U64F64 {
	s, st := c.State, &r.Storage
	bar := st.EmissionGateBar.Get(s)
	if c.Env.Number%emission.GateInterval == 0 || bar.IsZero() {
		if found := emission.GateBar(shares, st.EmissionBarRank.Get(s), st.EmissionBarQuantile.Get(s)); !found.IsZero() {
			bar = found
			st.EmissionGateBar.Set(s, bar)
		}
	}
	return emission.Gated(shares, bar, st.EmissionGateExponent.Get(s))
}

// emit puts TAO and alpha of one block where they belong: into pools, into what waits for the next epoch. What is left of the minted TAO
// is recycled. The terms of all subnets are worked out before any pool moves.
func (r *Room) emit(c *frame.Ctx, emitting []bt.NetUID, tao []fixed.U96F32, minted bt.Rao, rootSell bool) {
	terms := make([]emission.Terms, len(emitting))
	for i, id := range emitting {
		if r.PaysTao(c, id) {
			terms[i] = emission.Terms{TaoIn: tao[i]}
			continue
		}
		terms[i] = emission.SubnetTerms(tao[i], r.perBlock(c, uint64(r.alphaIssuance(c, id))), r.Swap.Price(c, id), r.rootProportion(c, id))
	}
	left := minted
	for i, id := range emitting {
		left = r.inject(c, id, terms[i], left)
	}
	if left > 0 {
		r.RecycleMinted(c, left)
	}
	for i, id := range emitting {
		out := terms[i].AlphaOut
		if r.PaysTao(c, id) { // each unit stands for one of the TAO that came into custody
			out = fixed.U96F32FromUint(uint64(r.Storage.SubnetTaoInEmission.Get(c.State, id)))
		}
		r.accrue(c, id, out, rootSell)
	}
}

// inject fills a subnet's pool at its price, buys alpha for the TAO that does not fit, and returns what is left of the minted TAO.
func (r *Room) inject(c *frame.Ctx, id bt.NetUID, t emission.Terms, left bt.Rao) bt.Rao {
	s, st := c.State, &r.Storage
	tao, alpha, excess := bt.Rao(t.TaoIn.ToUint64()), bt.Alpha(t.AlphaIn.ToUint64()), bt.Rao(t.ExcessTao.ToUint64())
	if !r.PaysTao(c, id) && !r.Swap.InjectWeights(c, id, tao, alpha) {
		tao, alpha = 0, 0
	}
	st.SubnetExcessTao.Set(s, id, 0)
	st.SubnetTaoInEmission.Set(s, id, 0)
	custody := r.CustodyAccount(id)
	if excess > 0 && excess <= left && r.SpendMinted(c, custody, excess) == nil {
		left -= excess
		if bought, err := r.BuyAlpha(c, id, excess, bt.Rao(amm.MaxPrice), true); err == nil {
			st.SubnetProtocolAlpha.Mutate(s, id, func(a *bt.Alpha) { *a = saturatingAdd(*a, bt.Alpha(bought.Out)) })
			st.SubnetExcessTao.Set(s, id, bt.Rao(bought.In))
			r.NoteProtocolInflow(c, id, bt.Rao(bought.In))
		}
	}
	st.SubnetAlphaInEmission.Set(s, id, alpha)
	r.Assets.Mint(c, id, alpha)
	if alpha > 0 {
		st.SubnetAlphaIn.Mutate(s, id, func(a *bt.Alpha) { *a = saturatingAdd(*a, alpha) })
	}
	if tao > 0 && tao <= left && r.SpendMinted(c, custody, tao) == nil {
		left -= tao
		st.SubnetTaoInEmission.Set(s, id, tao)
		st.SubnetTAO.Mutate(s, id, func(t *bt.Rao) { *t = saturatingAdd(*t, tao) })
		st.TotalStake.Mutate(s, func(t *bt.Rao) { *t = saturatingAdd(*t, tao) })
		r.NoteProtocolInflow(c, id, tao)
	}
	return left
}

// accrue mints a block's alpha for the participants; it waits for the next epoch. Root's part is recycled while root dividends are not paid.
func (r *Room) accrue(c *frame.Ctx, id bt.NetUID, out fixed.U96F32, rootSell bool) {
	s, st := c.State, &r.Storage
	created := bt.Alpha(out.ToUint64())
	st.SubnetAlphaOutEmission.Set(s, id, created)
	r.Assets.Mint(c, id, created)
	if created > 0 {
		st.SubnetAlphaOut.Mutate(s, id, func(a *bt.Alpha) { *a = saturatingAdd(*a, created) })
	}
	cut, cutOn := fixed.U96F32{}, st.OwnerCutEnabled.Get(s, id)
	if cutOn {
		cut = emission.OwnerCut(st.SubnetOwnerCut.Get(s))
	}
	parts := emission.SplitAlphaOut(out, cut, r.rootProportion(c, id))
	if cutOn {
		st.PendingOwnerCut.Mutate(s, id, func(a *bt.Alpha) { *a = saturatingAdd(*a, bt.Alpha(parts.Owner)) })
	}
	st.PendingServerEmission.Mutate(s, id, func(a *bt.Alpha) { *a = saturatingAdd(*a, bt.Alpha(parts.Server)) })
	st.PendingValidatorEmission.Mutate(s, id, func(a *bt.Alpha) { *a = saturatingAdd(*a, bt.Alpha(parts.Validator)) })
	if rootSell {
		st.PendingRootAlphaDivs.Mutate(s, id, func(a *bt.Alpha) { *a = saturatingAdd(*a, bt.Alpha(parts.Root)) })
	} else {
		r.RecycleAlpha(c, id, bt.Alpha(parts.Root))
	}
}

// alphaIssuance is a subnet's alpha in its pool and outside.
func (r *Room) alphaIssuance(c *frame.Ctx, id bt.NetUID) bt.Alpha {
	return saturatingAdd(r.Storage.SubnetAlphaIn.Get(c.State, id), r.Storage.SubnetAlphaOut.Get(c.State, id))
}

// rootProportion is root's part of a subnet's validator emission.
func (r *Room) rootProportion(c *frame.Ctx, id bt.NetUID) fixed.U96F32 {
	return emission.RootProportion(uint64(r.Storage.SubnetTAO.Get(c.State, stakepool.Root)), r.epoch.TaoWeight(c), uint64(r.alphaIssuance(c, id)))
}

func (r *Room) updateMovingPrice(c *frame.Ctx, id bt.NetUID) {
	s, st := c.State, &r.Storage
	spot, a, now := r.Swap.Price(c, id), st.SubnetMovingAlpha.Get(s), uint64(c.Env.Number)
	first, halving := st.FirstEmissionBlockNumber.Get(s, id), st.EMAPriceHalvingBlocks.Get(s, id)
	if r.Rules.Spring2026 && st.SubnetMechanism.Get(s, id) != amm.Stable {
		st.SubnetMovingPrice.Set(s, id, emission.WideMovingPrice(st.SubnetMovingPrice.Get(s, id), spot, a, now, first, halving))
		return
	}
	st.SubnetMovingPrice.Set(s, id, emission.MovingPrice(r.movingPrice(c, id), spot, a, now, first, halving))
}

func saturatingAdd[T ~uint64](a, b T) T {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

// pending is what a subnet's epoch shares out.
type pending struct {
	id                             bt.NetUID
	server, validator, root, owner bt.Alpha
}

// mostEpochs is how many epochs this block may run: MaxEpochsPerBlock, but no more than one where a subnet without consensus is due, because it may have thousands of
// neurons.
func (r *Room) mostEpochs(c *frame.Ctx, subnets []bt.NetUID) int {
	most := int(r.Storage.MaxEpochsPerBlock.Get(c.State))
	for _, id := range subnets {
		if id != stakepool.Root && r.epoch.Null(c, id) && r.epoch.Due(c, id) {
			return min(most, 1)
		}
	}
	return most
}

// deferred lists the subnets whose epochs are due but beyond this block's limit.
func (r *Room) deferred(c *frame.Ctx, subnets []bt.NetUID) map[bt.NetUID]bool {
	left := r.mostEpochs(c, subnets)
	out := map[bt.NetUID]bool{}
	for _, id := range subnets {
		switch {
		case !r.epoch.Due(c, id):
		case left <= 0:
			out[id] = true
		case r.epoch.Consistent(c, id):
			left--
		}
	}
	return out
}

// drain takes what is pending of the subnets whose epochs run in this block; epochs beyond the limit go to the next block. A slot is used
// up even where the epoch is skipped because the subnet's keys are inconsistent.
func (r *Room) drain(c *frame.Ctx, subnets []bt.NetUID) (out []pending) {
	s, st, now := c.State, &r.Storage, uint64(c.Env.Number)
	left := r.mostEpochs(c, subnets)
	for _, id := range subnets {
		st.BlocksSinceLastStep.Mutate(s, id, func(n *uint64) { *n = saturatingAdd(*n, 1) })
		if !r.epoch.Due(c, id) {
			continue
		}
		if left <= 0 {
			st.PendingEpochAt.Set(s, id, now+1)
			r.Event.EpochDeferred.Emit(c, state.EpochDeferred{NetUID: id, FromBlock: now, ToBlock: now + 1})
			continue
		}
		if r.epoch.Consistent(c, id) {
			st.BlocksSinceLastStep.Set(s, id, 0)
			p := pending{
				id: id, server: st.PendingServerEmission.Get(s, id), validator: st.PendingValidatorEmission.Get(s, id),
				root: st.PendingRootAlphaDivs.Get(s, id), owner: st.PendingOwnerCut.Get(s, id),
			}
			st.PendingServerEmission.Set(s, id, 0)
			st.PendingValidatorEmission.Set(s, id, 0)
			st.PendingRootAlphaDivs.Set(s, id, 0)
			st.PendingOwnerCut.Set(s, id, 0)
			out = append(out, p)
			left--
			r.owners.OwnerByConviction(c, id)
		} else {
			r.Event.EpochSkipped.Emit(c, state.EpochSkipped{NetUID: id, Block: now})
		}
		st.LastEpochBlock.Set(s, id, now)
		st.PendingEpochAt.Set(s, id, 0)
		st.SubnetEpochIndex.Mutate(s, id, func(n *uint64) { *n = saturatingAdd(*n, 1) })
	}
	return out
}
