package info

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// SelectiveMetagraph is chosen parts of a subnet with its neurons. The index of a part is the place of its field, from 0. Vectors are by uid; amounts per block and
// durations are as in DynamicInfo and SubnetHyperparams.
type SelectiveMetagraph struct {
	NetUID                     scale.Compact[bt.NetUID] `name:"netuid"`
	Name                       scale.Option[[]scale.Compact[uint8]]
	Symbol                     scale.Option[[]scale.Compact[uint8]]
	Identity                   scale.Option[scale.Option[state.SubnetIdentityV3]]
	NetworkRegisteredAt        scale.Option[scale.Compact[uint64]]
	OwnerHotkey                scale.Option[bt.AccountID]
	OwnerColdkey               scale.Option[bt.AccountID]
	Block                      scale.Option[scale.Compact[uint64]]
	Tempo                      scale.Option[scale.Compact[uint16]]
	LastStep                   scale.Option[scale.Compact[uint64]]
	BlocksSinceLastStep        scale.Option[scale.Compact[uint64]]
	SubnetEmission             scale.Option[scale.Compact[uint64]]
	AlphaIn                    scale.Option[scale.Compact[bt.Alpha]]
	AlphaOut                   scale.Option[scale.Compact[bt.Alpha]]
	TaoIn                      scale.Option[scale.Compact[bt.Rao]]
	AlphaOutEmission           scale.Option[scale.Compact[bt.Alpha]]
	AlphaInEmission            scale.Option[scale.Compact[bt.Alpha]]
	TaoInEmission              scale.Option[scale.Compact[bt.Rao]]
	PendingAlphaEmission       scale.Option[scale.Compact[bt.Alpha]]
	PendingRootEmission        scale.Option[scale.Compact[bt.Rao]]
	SubnetVolume               scale.Option[scale.Compact128]
	MovingPrice                scale.Option[fixed.I96F32]
	Rho                        scale.Option[scale.Compact[uint16]]
	Kappa                      scale.Option[scale.Compact[uint16]]
	MinAllowedWeights          scale.Option[scale.Compact[uint16]]
	MaxWeightsLimit            scale.Option[scale.Compact[uint16]]
	WeightsVersion             scale.Option[scale.Compact[uint64]]
	WeightsRateLimit           scale.Option[scale.Compact[uint64]]
	ActivityCutoff             scale.Option[scale.Compact[uint64]]
	MaxValidators              scale.Option[scale.Compact[uint16]]
	NumUids                    scale.Option[scale.Compact[uint16]]
	MaxUids                    scale.Option[scale.Compact[uint16]]
	Burn                       scale.Option[scale.Compact[bt.Rao]]
	Difficulty                 scale.Option[scale.Compact[uint64]]
	RegistrationAllowed        scale.Option[bool]
	PowRegistrationAllowed     scale.Option[bool]
	ImmunityPeriod             scale.Option[scale.Compact[uint16]]
	MinDifficulty              scale.Option[scale.Compact[uint64]]
	MaxDifficulty              scale.Option[scale.Compact[uint64]]
	MinBurn                    scale.Option[scale.Compact[bt.Rao]]
	MaxBurn                    scale.Option[scale.Compact[bt.Rao]]
	AdjustmentAlpha            scale.Option[scale.Compact[uint64]]
	AdjustmentInterval         scale.Option[scale.Compact[uint16]]
	TargetRegsPerInterval      scale.Option[scale.Compact[uint16]]
	MaxRegsPerBlock            scale.Option[scale.Compact[uint16]]
	ServingRateLimit           scale.Option[scale.Compact[uint64]]
	CommitRevealWeightsEnabled scale.Option[bool]
	CommitRevealPeriod         scale.Option[scale.Compact[uint64]]
	LiquidAlphaEnabled         scale.Option[bool]
	AlphaHigh                  scale.Option[scale.Compact[uint16]]
	AlphaLow                   scale.Option[scale.Compact[uint16]]
	BondsMovingAvg             scale.Option[scale.Compact[uint64]]
	Hotkeys                    scale.Option[[]bt.AccountID]
	Coldkeys                   scale.Option[[]bt.AccountID]
	Identities                 scale.Option[[]scale.Option[state.ChainIdentityV2]]
	Axons                      scale.Option[[]state.AxonInfo]
	Active                     scale.Option[[]bool]
	ValidatorPermit            scale.Option[[]bool]
	PruningScore               scale.Option[[]scale.Compact[uint16]]
	LastUpdate                 scale.Option[[]scale.Compact[uint64]]
	Emission                   scale.Option[[]scale.Compact[bt.Alpha]]
	Dividends                  scale.Option[[]scale.Compact[state.PerU16]]
	Incentives                 scale.Option[[]scale.Compact[state.PerU16]]
	Consensus                  scale.Option[[]scale.Compact[state.PerU16]]
	Trust                      scale.Option[[]scale.Compact[state.PerU16]]
	Rank                       scale.Option[[]scale.Compact[uint16]]
	BlockAtRegistration        scale.Option[[]scale.Compact[uint64]]
	AlphaStake                 scale.Option[[]scale.Compact[bt.Alpha]]
	TaoStake                   scale.Option[[]scale.Compact[bt.Rao]]
	TotalStake                 scale.Option[[]scale.Compact[bt.Rao]]
	TaoDividendsPerHotkey      scale.Option[[]scale.Pair[bt.AccountID, scale.Compact[bt.Rao]]]
	AlphaDividendsPerHotkey    scale.Option[[]scale.Pair[bt.AccountID, scale.Compact[bt.Alpha]]]
	Validators                 scale.Option[[]scale.Compact[uint16]]
	Commitments                scale.Option[[]scale.Pair[bt.AccountID, []scale.Compact[uint8]]]
	CollateralLocked           scale.Option[[]scale.Compact[bt.Alpha]]
	CollateralMin              scale.Option[[]scale.Compact[bt.Alpha]]
	CollateralEarned           scale.Option[[]scale.Compact[bt.Alpha]]
}

// ScaleName is upstream's.
func (SelectiveMetagraph) ScaleName() scale.Name { return typed("metagraph::SelectiveMetagraph") }

// indexNetUID is the index of the netuid, the only part that is not optional: it is 0 unless asked for.
const indexNetUID = 0

func (r *room) selective(c *frame.Ctx, netuid bt.NetUID, indexes []uint16) (out scale.Option[SelectiveMetagraph]) {
	if !r.Exists(c, netuid) {
		return out
	}
	return scale.Some(r.query(c, netuid).selective(indexes))
}

// selectiveMechanism is selective with a mechanism's incentives and last updates, and always with the netuid. A mechanism that does not exist has none.
func (r *room) selectiveMechanism(c *frame.Ctx, netuid bt.NetUID, mecid bt.MechID, indexes []uint16) (out scale.Option[SelectiveMetagraph]) {
	if !r.Exists(c, netuid) {
		return out
	}
	q := r.query(c, netuid)
	q.index = epoch.Index(netuid, mecid)
	out = scale.Some(q.selective(indexes))
	out.Value.NetUID.V = netuid
	return out
}

// selective works out each part once, however often it is asked for.
func (q *query) selective(indexes []uint16) (out SelectiveMetagraph) {
	asked := slices.Clone(indexes)
	slices.Sort(asked)
	for _, i := range slices.Compact(asked) {
		q.fill(&out, i)
	}
	return out
}

// fill adds the part with an index; indices beyond the last are passed over.
func (q *query) fill(m *SelectiveMetagraph, index uint16) {
	s, st, id := q.c.State, q.st, q.netuid
	switch index {
	case indexNetUID:
		m.NetUID = compact(id)
	case 1:
		m.Name = scale.Some(q.name())
	case 2:
		m.Symbol = scale.Some(q.symbol())
	case 3:
		m.Identity = scale.Some(q.identity())
	case 4:
		m.NetworkRegisteredAt = some(st.NetworkRegisteredAt.Get(s, id))
	case 5:
		m.OwnerHotkey = scale.Some(st.SubnetOwnerHotkey.Get(s, id))
	case 6:
		m.OwnerColdkey = scale.Some(st.SubnetOwner.Get(s, id))
	case 7:
		m.Block = some(stakepool.Now(q.c))
	case 8:
		m.Tempo = some(st.Tempo.Get(s, id))
	case 9:
		m.LastStep = some(q.lastStep())
	case 10:
		m.BlocksSinceLastStep = some(q.sinceLastStep())
	case 11:
		m.SubnetEmission = some[uint64](0)
	case 12:
		m.AlphaIn = some(st.SubnetAlphaIn.Get(s, id))
	case 13:
		m.AlphaOut = some(st.SubnetAlphaOut.Get(s, id))
	case 14:
		m.TaoIn = some(st.SubnetTAO.Get(s, id))
	case 15:
		m.AlphaOutEmission = some(st.SubnetAlphaOutEmission.Get(s, id))
	case 16:
		m.AlphaInEmission = some(st.SubnetAlphaInEmission.Get(s, id))
	case 17:
		m.TaoInEmission = some(st.SubnetTaoInEmission.Get(s, id))
	case 18:
		m.PendingAlphaEmission = some(q.pending())
	case 19:
		m.PendingRootEmission = some[bt.Rao](0)
	case 20:
		m.SubnetVolume = scale.Some(scale.Compact128{V: st.SubnetVolume.Get(s, id)})
	case 21:
		m.MovingPrice = scale.Some(st.SubnetMovingPrice.Get(s, id))
	case 22:
		m.Rho = some(st.Rho.Get(s, id))
	case 23:
		m.Kappa = some(st.Kappa.Get(s, id))
	case 24:
		m.MinAllowedWeights = some(st.MinAllowedWeights.Get(s, id))
	case 25:
		m.MaxWeightsLimit = some[uint16](maxWeightsLimit)
	case 26:
		m.WeightsVersion = some(st.WeightsVersionKey.Get(s, id))
	case 27:
		m.WeightsRateLimit = some(st.WeightsSetRateLimit.Get(s, id))
	case 28:
		m.ActivityCutoff = some(q.r.ActivityCutoff(q.c, id))
	case 29:
		m.MaxValidators = some(st.MaxAllowedValidators.Get(s, id))
	case 30:
		m.NumUids = some(q.n)
	case 31:
		m.MaxUids = some(st.MaxAllowedUids.Get(s, id))
	case 32:
		m.Burn = some(st.Burn.Get(s, id))
	case 33:
		m.Difficulty = some(st.Difficulty.Get(s, id))
	case 34:
		m.RegistrationAllowed = scale.Some(st.NetworkRegistrationAllowed.Get(s, id))
	case 35:
		m.PowRegistrationAllowed = scale.Some(st.NetworkPowRegistrationAllowed.Get(s, id))
	case 36:
		m.ImmunityPeriod = some(st.ImmunityPeriod.Get(s, id))
	case 37:
		m.MinDifficulty = some(st.MinDifficulty.Get(s, id))
	case 38:
		m.MaxDifficulty = some(st.MaxDifficulty.Get(s, id))
	case 39:
		m.MinBurn = some(st.MinBurn.Get(s, id))
	case 40:
		m.MaxBurn = some(st.MaxBurn.Get(s, id))
	case 41:
		m.AdjustmentAlpha = some(st.AdjustmentAlpha.Get(s, id))
	case 42:
		m.AdjustmentInterval = some(st.AdjustmentInterval.Get(s, id))
	case 43:
		m.TargetRegsPerInterval = some(st.TargetRegistrationsPerInterval.Get(s, id))
	case 44:
		m.MaxRegsPerBlock = some(st.MaxRegistrationsPerBlock.Get(s, id))
	case 45:
		m.ServingRateLimit = some(st.ServingRateLimit.Get(s, id))
	case 46:
		m.CommitRevealWeightsEnabled = scale.Some(st.CommitRevealWeightsEnabled.Get(s, id))
	case 47:
		m.CommitRevealPeriod = some(st.RevealPeriodEpochs.Get(s, id))
	case 48:
		m.LiquidAlphaEnabled = scale.Some(st.LiquidAlphaOn.Get(s, id))
	case 49:
		m.AlphaHigh = some(st.AlphaValues.Get(s, id).B)
	case 50:
		m.AlphaLow = some(st.AlphaValues.Get(s, id).A)
	case 51:
		m.BondsMovingAvg = some(st.BondsMovingAverage.Get(s, id))
	default:
		q.fillNeurons(m, index)
	}
}

// fillNeurons is fill for the vectors.
func (q *query) fillNeurons(m *SelectiveMetagraph, index uint16) {
	s, st, id := q.c.State, q.st, q.netuid
	switch index {
	case 52:
		m.Hotkeys = scale.Some(q.hotkeys())
	case 53:
		m.Coldkeys = scale.Some(q.coldkeys())
	case 54:
		m.Identities = scale.Some(each(q.coldkeys(), func(k bt.AccountID) (out scale.Option[state.ChainIdentityV2]) {
			out.Value, out.Set = st.IdentitiesV2.TryGet(s, k)
			return out
		}))
	case 55:
		m.Axons = scale.Some(each(q.hotkeys(), func(k bt.AccountID) state.AxonInfo { return st.Axons.Get(s, id, k) }))
	case 56:
		m.Active = scale.Some(st.Active.Get(s, id))
	case 57:
		m.ValidatorPermit = scale.Some(st.ValidatorPermit.Get(s, id))
	case 58:
		m.PruningScore = scale.Some(compacts(retired[uint16](q, nil)))
	case 59:
		m.LastUpdate = scale.Some(compacts(st.LastUpdate.Get(s, q.index)))
	case 60:
		m.Emission = scale.Some(compacts(st.Emission.Get(s, id)))
	case 61:
		m.Dividends = scale.Some(compacts(st.Dividends.Get(s, id)))
	case 62:
		m.Incentives = scale.Some(compacts(st.Incentive.Get(s, q.index)))
	case 63:
		m.Consensus = scale.Some(compacts(st.Consensus.Get(s, id)))
	case 64:
		m.Trust = scale.Some(compacts(retired(q, st.Trust.Get(s, id))))
	case 65:
		m.Rank = scale.Some(compacts(retired(q, st.Rank.Get(s, id))))
	case 66:
		m.BlockAtRegistration = scale.Some(byUID(q.n, func(uid uint16) scale.Compact[uint64] { return compact(st.BlockAtRegistration.Get(s, id, uid)) }))
	case 67:
		m.AlphaStake = scale.Some(each(q.stakes(), func(k epoch.Stake) scale.Compact[bt.Alpha] { return compact(k.Alpha) }))
	case 68:
		m.TaoStake = scale.Some(each(q.stakes(), func(k epoch.Stake) scale.Compact[bt.Rao] { return compact(k.Tao) }))
	case 69:
		m.TotalStake = scale.Some(each(q.stakes(), func(k epoch.Stake) scale.Compact[bt.Rao] { return compact(bt.Rao(k.Total.ToUint64())) }))
	case 70: // dividends of root are no longer paid in TAO
		m.TaoDividendsPerHotkey = scale.Some(each(q.hotkeys(), func(k bt.AccountID) scale.Pair[bt.AccountID, scale.Compact[bt.Rao]] {
			return scale.Pair[bt.AccountID, scale.Compact[bt.Rao]]{A: k}
		}))
	case 71:
		m.AlphaDividendsPerHotkey = scale.Some(each(q.hotkeys(), func(k bt.AccountID) scale.Pair[bt.AccountID, scale.Compact[bt.Alpha]] {
			return scale.Pair[bt.AccountID, scale.Compact[bt.Alpha]]{A: k, B: compact(st.AlphaDividendsPerSubnet.Get(s, id, k))}
		}))
	case 72:
		m.Validators = scale.Some(q.validators())
	case 73:
		m.Commitments = scale.Some(q.commitments())
	case 74:
		m.CollateralLocked = scale.Some(each(q.collateral(), func(k state.MinerCollateralState) scale.Compact[bt.Alpha] { return compact(k.Locked) }))
	case 75:
		m.CollateralMin = scale.Some(each(q.collateral(), func(k state.MinerCollateralState) scale.Compact[bt.Alpha] { return compact(k.MinLocked) }))
	case 76:
		m.CollateralEarned = scale.Some(each(q.collateral(), func(k state.MinerCollateralState) scale.Compact[bt.Alpha] { return compact(k.Earned) }))
	}
}

// retired is a vector that Yuma no longer fills; in spring 2026 there was a zero for each neuron.
func retired[T compactable](q *query, stored []T) []T {
	if q.r.Rules.Spring2026 {
		stored = append(stored, make([]T, int(q.n)-min(len(stored), int(q.n)))...)
	}
	return stored
}

func some[T compactable](v T) scale.Option[scale.Compact[T]] { return scale.Some(compact(v)) }
