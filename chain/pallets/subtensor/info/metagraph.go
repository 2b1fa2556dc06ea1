package info

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// Metagraph is a subnet with its neurons: what SelectiveMetagraph has, all of it but validators and commitments. Vectors are by uid; those that the chain no
// longer computes (pruning score) are empty, and so are trust and rank under Yuma.
type Metagraph struct {
	NetUID                     scale.Compact[bt.NetUID] `name:"netuid"`
	Name                       []scale.Compact[uint8]
	Symbol                     []scale.Compact[uint8]
	Identity                   scale.Option[state.SubnetIdentityV3]
	NetworkRegisteredAt        scale.Compact[uint64]
	OwnerHotkey                bt.AccountID
	OwnerColdkey               bt.AccountID
	Block                      scale.Compact[uint64]
	Tempo                      scale.Compact[uint16]
	LastStep                   scale.Compact[uint64]
	BlocksSinceLastStep        scale.Compact[uint64]
	SubnetEmission             scale.Compact[uint64]
	AlphaIn                    scale.Compact[bt.Alpha]
	AlphaOut                   scale.Compact[bt.Alpha]
	TaoIn                      scale.Compact[bt.Rao]
	AlphaOutEmission           scale.Compact[bt.Alpha]
	AlphaInEmission            scale.Compact[bt.Alpha]
	TaoInEmission              scale.Compact[bt.Rao]
	PendingAlphaEmission       scale.Compact[bt.Alpha]
	PendingRootEmission        scale.Compact[bt.Rao]
	SubnetVolume               scale.Compact128
	MovingPrice                fixed.I96F32
	Rho                        scale.Compact[uint16]
	Kappa                      scale.Compact[uint16]
	MinAllowedWeights          scale.Compact[uint16]
	MaxWeightsLimit            scale.Compact[uint16]
	WeightsVersion             scale.Compact[uint64]
	WeightsRateLimit           scale.Compact[uint64]
	ActivityCutoff             scale.Compact[uint64]
	MaxValidators              scale.Compact[uint16]
	NumUids                    scale.Compact[uint16]
	MaxUids                    scale.Compact[uint16]
	Burn                       scale.Compact[bt.Rao]
	Difficulty                 scale.Compact[uint64]
	RegistrationAllowed        bool
	PowRegistrationAllowed     bool
	ImmunityPeriod             scale.Compact[uint16]
	MinDifficulty              scale.Compact[uint64]
	MaxDifficulty              scale.Compact[uint64]
	MinBurn                    scale.Compact[bt.Rao]
	MaxBurn                    scale.Compact[bt.Rao]
	AdjustmentAlpha            scale.Compact[uint64]
	AdjustmentInterval         scale.Compact[uint16]
	TargetRegsPerInterval      scale.Compact[uint16]
	MaxRegsPerBlock            scale.Compact[uint16]
	ServingRateLimit           scale.Compact[uint64]
	CommitRevealWeightsEnabled bool
	CommitRevealPeriod         scale.Compact[uint64]
	LiquidAlphaEnabled         bool
	AlphaHigh                  scale.Compact[uint16]
	AlphaLow                   scale.Compact[uint16]
	BondsMovingAvg             scale.Compact[uint64]
	Hotkeys                    []bt.AccountID
	Coldkeys                   []bt.AccountID
	Identities                 []scale.Option[state.ChainIdentityV2]
	Axons                      []state.AxonInfo
	Active                     []bool
	ValidatorPermit            []bool
	PruningScore               []scale.Compact[uint16]
	LastUpdate                 []scale.Compact[uint64]
	Emission                   []scale.Compact[bt.Alpha]
	Dividends                  []scale.Compact[state.PerU16]
	Incentives                 []scale.Compact[state.PerU16]
	Consensus                  []scale.Compact[state.PerU16]
	Trust                      []scale.Compact[state.PerU16]
	Rank                       []scale.Compact[uint16]
	BlockAtRegistration        []scale.Compact[uint64]
	AlphaStake                 []scale.Compact[bt.Alpha]
	TaoStake                   []scale.Compact[bt.Rao]
	TotalStake                 []scale.Compact[bt.Rao]
	TaoDividendsPerHotkey      []scale.Pair[bt.AccountID, scale.Compact[bt.Rao]]
	AlphaDividendsPerHotkey    []scale.Pair[bt.AccountID, scale.Compact[bt.Alpha]]
	CollateralLocked           []scale.Compact[bt.Alpha]
	CollateralMin              []scale.Compact[bt.Alpha]
	CollateralEarned           []scale.Compact[bt.Alpha]
}

// ScaleName is upstream's.
func (Metagraph) ScaleName() scale.Name { return typed("metagraph::Metagraph") }

// places says for every field of Metagraph which field of SelectiveMetagraph has the same content: an Option of it, except for the netuid.
var places = func() []int {
	whole, parts := reflect.TypeFor[Metagraph](), reflect.TypeFor[SelectiveMetagraph]()
	out := make([]int, whole.NumField())
	for i := range out {
		f, ok := parts.FieldByName(whole.Field(i).Name)
		if !ok {
			panic("info: SelectiveMetagraph has no " + whole.Field(i).Name)
		}
		out[i] = f.Index[0]
	}
	return out
}()

func (r *room) metagraph(c *frame.Ctx, netuid bt.NetUID) (out scale.Option[Metagraph]) {
	if !r.Exists(c, netuid) {
		return out
	}
	return scale.Some(r.query(c, netuid).metagraph())
}

// mechagraph is the metagraph with the incentives and last updates of a mechanism, under the mechanism's storage index for a netuid.
func (r *room) mechagraph(c *frame.Ctx, netuid bt.NetUID, mecid bt.MechID) (out scale.Option[Metagraph]) {
	if !r.Exists(c, netuid) || mecid >= r.Storage.MechanismCountCurrent.Get(c.State, netuid) {
		return out
	}
	q := r.query(c, netuid)
	q.index = epoch.Index(netuid, mecid)
	out = scale.Some(q.metagraph())
	out.Value.NetUID.V = bt.NetUID(q.index)
	return out
}

func (q *query) metagraph() (out Metagraph) {
	var parts SelectiveMetagraph
	from, to := reflect.ValueOf(&parts).Elem(), reflect.ValueOf(&out).Elem()
	for i, place := range places {
		q.fill(&parts, uint16(place))
		v := from.Field(place)
		if place != indexNetUID {
			v = v.Field(1) // the Option's value
		}
		to.Field(i).Set(v)
	}
	return out
}
