// Package weights is how validators say what miners are worth: setting weights directly, by commit and reveal with a hash, and encrypted to a round of a beacon, to be
// revealed by the chain itself.
//
// It deliberately holds no consensus over the weights (epoch) and no rate limits at the pool (the pallet's guards call Check here).
package weights

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// Room works on SubtensorModule's state.
type Room struct {
	st    *state.State
	epoch *epoch.Room
	drand *drand.Pallet
}

// New is the room over a state and the pulses that open timelocked weights.
func New(st *state.State, e *epoch.Room, d *drand.Pallet) *Room {
	return &Room{st: st, epoch: e, drand: d}
}

// SetWeights are the arguments of set_weights: u16 weights of any scale for distinct uids.
type SetWeights struct {
	NetUID     bt.NetUID
	Dests      []uint16
	Weights    []uint16
	VersionKey uint64
}

// SetMechanismWeights are the arguments of set_mechanism_weights.
type SetMechanismWeights struct {
	NetUID     bt.NetUID
	Mecid      bt.MechID
	Dests      []uint16
	Weights    []uint16
	VersionKey uint64
}

// Set sets the signer's weights in the first mechanism. Refused while the subnet demands commit and reveal.
func (r *Room) Set(c *frame.Ctx, a SetWeights) error {
	return r.SetMechanism(c, SetMechanismWeights{NetUID: a.NetUID, Dests: a.Dests, Weights: a.Weights, VersionKey: a.VersionKey})
}

// SetMechanism sets the signer's weights in one mechanism. Refused while the subnet demands commit and reveal.
func (r *Room) SetMechanism(c *frame.Ctx, a SetMechanismWeights) error {
	if r.st.Storage.CommitRevealWeightsEnabled.Get(c.State, a.NetUID) {
		return r.st.Error.CommitRevealEnabled
	}
	return r.set(c, a)
}

// set checks in upstream's order and stores the row, scaled so that the largest weight is 65535; as it is on subnets without consensus.
func (r *Room) set(c *frame.Ctx, a SetMechanismWeights) error {
	s, st, e := c.State, &r.st.Storage, &r.st.Error
	hotkey, err := c.Signer()
	if err != nil {
		return err
	}
	switch {
	case a.NetUID == 0:
		return e.CanNotSetRootNetworkWeights
	case len(a.Dests) != len(a.Weights):
		return e.WeightVecNotEqualSize
	}
	if err := r.mechanismExists(c, a.NetUID, a.Mecid); err != nil {
		return err
	}
	n := st.SubnetworkN.Get(s, a.NetUID)
	if len(a.Dests) > int(n) {
		return e.UidsLengthExceedUidsInSubNet
	}
	uid, registered := st.Uids.TryGet(s, a.NetUID, hotkey)
	if !registered {
		return e.HotKeyNotRegisteredInSubNet
	}
	if !r.EnoughStake(c, hotkey, a.NetUID) {
		return e.NotEnoughStakeToSetWeights
	}
	if want := st.WeightsVersionKey.Get(s, a.NetUID); want != 0 && a.VersionKey < want {
		return e.IncorrectWeightVersionKey
	}
	index := epoch.Index(a.NetUID, a.Mecid)
	direct := !st.CommitRevealWeightsEnabled.Get(s, a.NetUID)
	if direct && !r.RateOK(c, a.NetUID, a.Mecid, uid) {
		return e.SettingWeightsTooFast
	}
	self, null := len(a.Dests) == 1 && a.Dests[0] == uid, r.epoch.Null(c, a.NetUID)
	if owner, ok := r.epoch.OwnerUID(c, a.NetUID); (null || !self && !(ok && uint16(owner) == uid)) && !r.permitted(c, a.NetUID, uid) {
		return e.NeuronNoValidatorPermit
	}
	switch {
	case hasDuplicates(a.Dests):
		return e.DuplicateUids
	case slices.ContainsFunc(a.Dests, func(d uint16) bool { return !st.Keys.Has(s, a.NetUID, d) }):
		return e.UidVecContainInvalidOne
	case !self && len(a.Weights) < min(int(n), int(st.MinAllowedWeights.Get(s, a.NetUID))):
		return e.WeightVecLengthIsLow
	}
	row, values := make([]scale.Pair[uint16, uint16], len(a.Dests)), a.Weights
	if !null {
		values = upscale(values)
	}
	for i, w := range values {
		row[i] = scale.Pair[uint16, uint16]{A: a.Dests[i], B: w}
	}
	st.Weights.Set(s, index, uid, row)
	if direct {
		r.touch(c, index, uid)
	}
	r.st.Event.WeightsSet.Emit(c, state.WeightsSet{Index: index, UID: uid})
	return nil
}

// mechanismExists refuses subnets and mechanisms that do not exist.
func (r *Room) mechanismExists(c *frame.Ctx, id bt.NetUID, mechanism bt.MechID) error {
	if !r.st.Storage.NetworksAdded.Get(c.State, id) || r.st.Storage.MechanismCountCurrent.Get(c.State, id) <= mechanism {
		return r.st.Error.MechanismDoesNotExist
	}
	return nil
}

// EnoughStake tells whether a hotkey may set weights by its stake: it holds StakeThreshold, or is the owner's.
func (r *Room) EnoughStake(c *frame.Ctx, hotkey bt.AccountID, id bt.NetUID) bool {
	if owner, ok := r.epoch.OwnerUID(c, id); ok {
		if uid, registered := r.st.Storage.Uids.TryGet(c.State, id, hotkey); registered && uid == uint16(owner) {
			return true
		}
	}
	total := r.epoch.StakeOf(c, hotkey, id).Total
	return total.Cmp(fixed.I64F64FromUint(r.st.Storage.StakeThreshold.Get(c.State))) >= 0
}

// RateOK tells whether a uid may set or commit weights again: it never did, or WeightsSetRateLimit blocks have passed.
func (r *Room) RateOK(c *frame.Ctx, id bt.NetUID, mechanism bt.MechID, uid uint16) bool {
	s, st := c.State, &r.st.Storage
	if r.mechanismExists(c, id, mechanism) != nil || !st.Keys.Has(s, id, uid) {
		return false
	}
	var last uint64
	if updates := st.LastUpdate.Get(s, epoch.Index(id, mechanism)); int(uid) < len(updates) {
		last = updates[uid]
	}
	return last == 0 || uint64(c.Env.Number) >= last && uint64(c.Env.Number)-last >= st.WeightsSetRateLimit.Get(s, id)
}

// mayJudge refuses whoever is not the validator that decides on a subnet without consensus. On others everybody may try.
func (r *Room) mayJudge(c *frame.Ctx, who bt.AccountID, id bt.NetUID) error {
	if !r.epoch.Null(c, id) {
		return nil
	}
	if uid, registered := r.st.Storage.Uids.TryGet(c.State, id, who); registered && r.permitted(c, id, uid) {
		return nil
	}
	return r.st.Error.NeuronNoValidatorPermit
}

func (r *Room) permitted(c *frame.Ctx, id bt.NetUID, uid uint16) bool {
	permits := r.st.Storage.ValidatorPermit.Get(c.State, id)
	return int(uid) < len(permits) && permits[uid]
}

// touch sets the uid's last update to this block. The list of a mechanism that came after the neurons is filled up first.
func (r *Room) touch(c *frame.Ctx, index bt.NetUIDIndex, uid uint16) {
	updates := r.st.Storage.LastUpdate.Get(c.State, index)
	const mechanismStride = 4096
	if missing := int(r.st.Storage.SubnetworkN.Get(c.State, bt.NetUID(index%mechanismStride))) - len(updates); missing > 0 {
		updates = append(updates, make([]uint64, missing)...)
	}
	if int(uid) < len(updates) {
		updates[uid] = uint64(c.Env.Number)
		r.st.Storage.LastUpdate.Set(c.State, index, updates)
	}
}

func hasDuplicates(uids []uint16) bool {
	seen := make(map[uint16]bool, len(uids))
	for _, u := range uids {
		if seen[u] {
			return true
		}
		seen[u] = true
	}
	return false
}

// upscale stretches weights so that the largest is 65535: v*65535/max, rounded half up; all zero stays so. Above 32768 upstream's arithmetic
// multiplies by the rounded quotient instead, which this follows through fixed point.
func upscale(weights []uint16) []uint16 {
	out := slices.Clone(weights)
	if len(weights) == 0 {
		return out
	}
	largest := slices.Max(weights)
	if largest == 0 || largest == 1<<16-1 {
		return out
	}
	top, full := fixed.I32F32FromInt(int64(largest)), fixed.I32F32FromInt(1<<16-1)
	for i, w := range weights {
		v := fixed.I32F32FromInt(int64(w))
		if largest > 1<<15 {
			v = v.Mul(full.SafeDiv(top))
		} else {
			v = v.Mul(full).SafeDiv(top)
		}
		out[i] = v.Round().ToUint16()
	}
	return out
}
