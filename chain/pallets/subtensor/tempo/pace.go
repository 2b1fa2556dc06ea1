package tempo

import (
	"fmt"
	"math"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// Pace is how often a subnet's owner may do something. Root has no pace. The first time is free; after it the pause counts in blocks.
type Pace struct {
	parameter state.Hyperparameter // counted under the parameter, whoever owns the subnet …
	kind      uint16               // … or, if this is set, under the owner and this number
}

// The paces that count under the owner, by upstream's numbers of kinds of transactions, and those of hyperparameters that this room changes, by their places
// in state.Hyperparameter.
var (
	WeightsVersion  = Pace{kind: 4}  // WeightsVersionKeyRateLimit tempos
	MechanismCount  = Pace{kind: 7}  // a day
	MechanismSplit  = Pace{kind: 8}  // a day
	TrimmingNeurons = Pace{kind: 9}  // thirty days
	TempoUpdate     = Pace{kind: 11} // MinTempo blocks

	ActivityCutoffFactor = Pace{parameter: 30}
	EpochTrigger         = Pace{parameter: 31}
)

// OfParameter is the pace of a hyperparameter, OwnerHyperparamRateLimit tempos; each one has its own.
func OfParameter(h state.Hyperparameter) Pace { return Pace{parameter: h} }

// Ready tells whether an owner may do it again.
func (r *Room) Ready(c *frame.Ctx, p Pace, owner bt.AccountID, netuid bt.NetUID) bool {
	last := r.Storage.LastRateLimitedBlock.Get(c.State, p.key(netuid))
	if p.kind != 0 {
		last = r.Storage.TransactionKeyLastBlock.Get(c.State, p.ownersKey(owner, netuid))
	}
	return stakepool.Passed(c, last, r.pause(c, p, netuid))
}

// Note remembers that an owner did it in this block.
func (r *Room) Note(c *frame.Ctx, p Pace, owner bt.AccountID, netuid bt.NetUID) {
	if p.kind != 0 {
		r.Storage.TransactionKeyLastBlock.Set(c.State, p.ownersKey(owner, netuid), stakepool.Now(c))
		return
	}
	r.Storage.LastRateLimitedBlock.Set(c.State, p.key(netuid), stakepool.Now(c))
}

// pause is the blocks between two times.
func (r *Room) pause(c *frame.Ctx, p Pace, netuid bt.NetUID) uint64 {
	if blocks, ok := r.fixed(p); ok {
		return blocks
	}
	tempos := uint64(r.Storage.OwnerHyperparamRateLimit.Get(c.State))
	if p == WeightsVersion {
		tempos = r.Storage.WeightsVersionKeyRateLimit.Get(c.State)
	}
	return times(uint64(r.Storage.Tempo.Get(c.State, netuid)), tempos)
}

// fixed is the blocks of a pause that does not depend on the tempo.
func (r *Room) fixed(p Pace) (blocks uint64, ok bool) {
	switch p {
	case MechanismCount:
		return r.Settings.MechanismCountRateLimit, true
	case MechanismSplit:
		return r.Settings.MechanismEmissionRateLimit, true
	case TrimmingNeurons:
		return r.Settings.UidsTrimmingRateLimit, true
	case TempoUpdate:
		return uint64(r.Constants.MinTempo.Get()), true
	}
	return 0, false
}

// times multiplies; what does not fit is 2^64-1.
func times(a, b uint64) uint64 {
	if a != 0 && b > math.MaxUint64/a {
		return math.MaxUint64
	}
	return a * b
}

// Describe says in words how long the pause is where storage holds nothing else.
func (r *Room) Describe(p Pace) string {
	if blocks, ok := r.fixed(p); ok {
		return fmt.Sprintf("%d blocks", blocks)
	}
	if p == WeightsVersion {
		return fmt.Sprintf("%d tempos", r.Storage.WeightsVersionKeyRateLimit.Default())
	}
	return fmt.Sprintf("%d tempos", r.Storage.OwnerHyperparamRateLimit.Default())
}

func (p Pace) key(netuid bt.NetUID) state.RateLimitKey {
	return state.RateLimitKey{OwnerHyperparamUpdate: &scale.Pair[bt.NetUID, state.Hyperparameter]{A: netuid, B: p.parameter}}
}

func (p Pace) ownersKey(owner bt.AccountID, netuid bt.NetUID) state.TransactionKeyLastBlockKey {
	return state.TransactionKeyLastBlockKey{Hotkey: owner, NetUID: netuid, Name: p.kind}
}
