package subnets

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// perSubnet is an item with one row for each subnet; perSubnetAndMore has several, under the netuid.
type (
	perSubnet interface {
		Delete(s *storage.State, netuid bt.NetUID)
	}
	perSubnetAndMore interface {
		DeleteOf(s *storage.State, netuid bt.NetUID) int
	}
)

// ToPruneNetwork is the subnet that makes room for a new one: of those that are no longer immune the one with the lowest moving price, and of equals the oldest. Where
// subnets have no token, and so no price, it is the one to which this block's emission brought the least TAO.
func (r *Room) ToPruneNetwork(c *frame.Ctx) (netuid bt.NetUID, ok bool) {
	standing := r.MovingPrice
	if r.Rules.Storage.SingleToken.Get(c.State) {
		standing = r.emitted
	}
	var lowest fixed.U64F64
	var registered uint64
	for id, added := range r.Storage.NetworksAdded.All(c.State) {
		at := r.Storage.NetworkRegisteredAt.Get(c.State, id)
		if !added || id == stakepool.Root || stakepool.Now(c) < addSaturating(at, r.Storage.NetworkImmunityPeriod.Get(c.State)) {
			continue
		}
		its := standing(c, id)
		if d := its.Cmp(lowest); !ok || d < 0 || d == 0 && at < registered {
			netuid, lowest, registered, ok = id, its, at, true
		}
	}
	return netuid, ok
}

// emitted is the TAO that this block's emission brought a subnet.
func (r *Room) emitted(c *frame.Ctx, netuid bt.NetUID) fixed.U64F64 {
	return fixed.U64F64FromUint(uint64(r.Storage.SubnetTaoInEmission.Get(c.State, netuid)))
}

// MovingPrice is the moving average of a subnet's price: 1 for root and subnets without a pool.
func (r *Room) MovingPrice(c *frame.Ctx, netuid bt.NetUID) fixed.U64F64 {
	if netuid == stakepool.Root || r.Storage.SubnetMechanism.Get(c.State, netuid) == 0 {
		return fixed.OneU64F64
	}
	return r.Storage.SubnetMovingPrice.Get(c.State, netuid).ToU64F64()
}

// Dissolve takes a subnet away: its TAO is paid to those who hold its alpha, and all that is stored of it goes. It fails with SubnetNotExists, also for root.
func (r *Room) Dissolve(c *frame.Ctx, netuid bt.NetUID) error {
	if !r.Exists(c, netuid) || netuid == stakepool.Root {
		return r.Error.SubnetNotExists
	}
	r.dropRootDividends(c, netuid)
	r.settle(c, netuid)
	r.drainReserves(c, netuid)
	r.Swap.Clear(c, netuid)
	if r.Purge != nil {
		r.Purge(c, netuid)
	}
	r.remove(c, netuid)
	r.Event.NetworkRemoved.Emit(c, state.One[bt.NetUID]{V: netuid})
	return nil
}

// DissolveNetwork is Dissolve for root.
func (r *Room) DissolveNetwork(c *frame.Ctx, a DissolveNetwork) error {
	return r.RootDissolveNetwork(c, RootDissolveNetwork{NetUID: a.NetUID})
}

// RootDissolveNetwork is Dissolve for root.
func (r *Room) RootDissolveNetwork(c *frame.Ctx, a RootDissolveNetwork) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	return r.Dissolve(c, a.NetUID)
}

// dropRootDividends forgets what root stakers could still claim of a subnet.
func (r *Room) dropRootDividends(c *frame.Ctx, netuid bt.NetUID) {
	for hotkey := range r.Storage.RootClaimable.Keys(c.State) {
		r.Storage.RootClaimable.Mutate(c.State, hotkey, func(rates *state.ClaimRates) {
			*rates = slices.DeleteFunc(*rates, func(e scale.Pair[bt.NetUID, fixed.I96F32]) bool { return e.A == netuid })
		})
	}
	r.Storage.RootClaimed.DeleteOf(c.State, state.RootClaimedKey{NetUID: netuid}, 1)
}

// drainReserves takes what reserves are left from the pool.
func (r *Room) drainReserves(c *frame.Ctx, netuid bt.NetUID) {
	if r.Storage.SubnetTAO.Get(c.State, netuid) != 0 {
		r.Storage.SubnetTAO.Set(c.State, netuid, 0)
	}
	if r.Storage.SubnetAlphaIn.Get(c.State, netuid) != 0 {
		r.Storage.SubnetAlphaIn.Set(c.State, netuid, 0)
	}
}

// remove clears all that is stored of a subnet.
func (r *Room) remove(c *frame.Ctx, netuid bt.NetUID) {
	st, s := &r.Storage, c.State
	indices := r.Indices(c, netuid)
	for _, hotkey := range st.Keys.Of(s, netuid) {
		st.IsNetworkMember.Delete(s, hotkey, netuid)
	}
	for _, item := range []perSubnet{
		&st.SubnetOwner, &st.SubnetworkN, &st.NetworksAdded, &st.NetworkRegisteredAt, &st.Active, &st.Emission, &st.Consensus,
		&st.Dividends, &st.ValidatorPermit, &st.ValidatorTrust, &st.Rank, &st.Trust, &st.Tempo, &st.Kappa, &st.Difficulty, &st.MaxAllowedUids,
		&st.ImmunityPeriod, &st.ActivityCutoff, &st.ActivityCutoffFactorMilli, &st.LastEpochBlock, &st.PendingEpochAt,
		&st.SubnetEpochIndex, &st.MinAllowedWeights, &st.RegistrationsThisInterval, &st.POWRegistrationsThisInterval,
		&st.BurnRegistrationsThisInterval, &st.SubnetAlphaInEmission, &st.SubnetAlphaOutEmission, &st.SubnetTaoInEmission,
		&st.SubnetVolume, &st.SubnetMovingPrice, &st.SubnetTaoFlow, &st.SubnetEmaTaoFlow, &st.SubnetProtocolFlow,
		&st.SubnetEmaProtocolFlow, &st.SubnetExcessTao, &st.SubnetRootSellTao, &st.TokenSymbol, &st.SubnetMechanism,
		&st.SubnetOwnerHotkey, &st.NetworkRegistrationAllowed, &st.NetworkPowRegistrationAllowed, &st.TransferToggle,
		&st.SubnetLocked, &st.LargestLocked, &st.FirstEmissionBlockNumber, &st.PendingValidatorEmission,
		&st.PendingServerEmission, &st.PendingRootAlphaDivs, &st.PendingOwnerCut, &st.MinerBurned, &st.BlocksSinceLastStep,
		&st.LastMechansimStepBlock, &st.LastAdjustmentBlock, &st.ServingRateLimit, &st.Rho, &st.AlphaSigmoidSteepness,
		&st.MaxAllowedValidators, &st.BondsMovingAverage, &st.BondsPenalty, &st.BondsResetOn, &st.WeightsSetRateLimit,
		&st.ValidatorPruneLen, &st.ScalingLawPower, &st.TargetRegistrationsPerInterval, &st.CommitRevealWeightsEnabled,
		&st.BurnHalfLife, &st.BurnIncreaseMult, &st.Burn, &st.MinBurn, &st.MaxBurn, &st.MinDifficulty, &st.MaxDifficulty,
		&st.RegistrationsThisBlock, &st.EMAPriceHalvingBlocks, &st.RAORecycledForRegistration, &st.MaxRegistrationsPerBlock,
		&st.WeightsVersionKey, &st.LiquidAlphaOn, &st.Yuma3On, &st.AlphaValues, &st.SubtokenEnabled, &st.OwnerCutAutoLockEnabled,
		&st.ImmuneOwnerUidsLimit, &st.StakeWeight, &st.LoadedEmission, &st.RevealPeriodEpochs, &st.MechanismCountCurrent,
		&st.MechanismEmissionSplit, &st.SubnetEpochConsensus, &st.SavedYumaMaxAllowedValidators, &st.LastYumaStepBlock,
		&st.NullPruningTarget, &st.LiquidAlphaConsensusMode, &r.Rules.Storage.Consensus, &r.Rules.Storage.Registration,
	} {
		item.Delete(s, netuid)
	}
	for _, item := range []perSubnetAndMore{
		&st.Uids, &st.Keys, &st.BlockAtRegistration, &st.Axons, &st.NeuronCertificates, &st.Prometheus,
		&st.AlphaDividendsPerSubnet, &st.PendingChildKeys, &st.AssociatedEvmAddress, &st.LastHotkeySwapOnNetuid,
	} {
		item.DeleteOf(s, netuid)
	}
	st.TotalNetworks.Mutate(s, func(n *uint16) { *n -= min(*n, 1) })
	r.dropRootWeights(c, netuid)
	for _, index := range indices {
		r.dropMechanism(c, index)
		st.CRV3WeightCommits.DeleteOf(s, index)
		st.CRV3WeightCommitsV2.DeleteOf(s, index)
	}
	if st.SubnetIdentitiesV3.Has(s, netuid) {
		st.SubnetIdentitiesV3.Delete(s, netuid)
		r.Event.SubnetIdentityRemoved.Emit(c, state.One[bt.NetUID]{V: netuid})
	}
	deleteUnderHotkeys(c, &st.ChildkeyTake, netuid)
	deleteUnderHotkeys(c, &st.ChildKeys, netuid)
	deleteUnderHotkeys(c, &st.ParentKeys, netuid)
	deleteUnderHotkeys(c, &st.LastHotkeyEmissionOnNetuid, netuid)
	deleteUnderHotkeys(c, &st.TotalHotkeyAlphaLastEpoch, netuid)
	for key := range st.TransactionKeyLastBlock.Of(s, state.TransactionKeyLastBlockKey{}, 0) {
		if key.NetUID == netuid {
			st.TransactionKeyLastBlock.Delete(s, key)
		}
	}
	if lease, ok := st.SubnetUidToLeaseId.TryGet(s, netuid); ok {
		st.SubnetUidToLeaseId.Delete(s, netuid)
		st.SubnetLeases.Delete(s, lease)
		st.SubnetLeaseShares.DeleteOf(s, lease)
		st.AccumulatedLeaseDividends.Delete(s, lease)
	}
	r.ClearLocks(c, netuid)
}

// dropRootWeights zeroes what root's members once weighed the subnet with.
func (r *Room) dropRootWeights(c *frame.Ctx, netuid bt.NetUID) {
	const root = bt.NetUIDIndex(stakepool.Root)
	for uid := range r.Storage.Weights.Of(c.State, root) {
		r.Storage.Weights.Mutate(c.State, root, uid, func(row *[]scale.Pair[uint16, uint16]) {
			for i := range *row {
				if (*row)[i].A == uint16(netuid) {
					(*row)[i].B = 0
				}
			}
		})
	}
}

// deleteUnderHotkeys removes a subnet's rows of an item that has the hotkey in front.
func deleteUnderHotkeys[V any](
	c *frame.Ctx, m *storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, V], netuid bt.NetUID,
) {
	for key := range m.All(c.State) {
		if key.B == netuid {
			m.Delete(c.State, key.A, netuid)
		}
	}
}
