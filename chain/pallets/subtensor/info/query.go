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

// query is a question about one subnet that exists. What several parts of the answer need is read once.
type query struct {
	r      *room
	c      *frame.Ctx
	st     *state.Storage
	netuid bt.NetUID
	index  bt.NetUIDIndex // of the mechanism that is asked about
	n      uint16

	hot, cold   []bt.AccountID
	stake       []epoch.Stake
	collaterals []state.MinerCollateralState
}

func (r *room) query(c *frame.Ctx, netuid bt.NetUID) *query {
	return &query{r: r, c: c, st: &r.Storage, netuid: netuid, index: epoch.Index(netuid, 0), n: r.Storage.SubnetworkN.Get(c.State, netuid)}
}

// name is what the owner calls the subnet, or its name in the table.
func (q *query) name() []scale.Compact[uint8] {
	if identity, ok := q.st.SubnetIdentitiesV3.TryGet(q.c.State, q.netuid); ok && len(identity.SubnetName) > 0 {
		return compacts(identity.SubnetName)
	}
	return compacts([]byte(defaultName(q.netuid)))
}

func (q *query) symbol() []scale.Compact[uint8] {
	return compacts(q.st.TokenSymbol.Get(q.c.State, q.netuid))
}

func (q *query) identity() (out scale.Option[state.SubnetIdentityV3]) {
	out.Value, out.Set = q.st.SubnetIdentitiesV3.TryGet(q.c.State, q.netuid)
	return out
}

func (q *query) lastStep() uint64 { return q.st.LastMechansimStepBlock.Get(q.c.State, q.netuid) }

func (q *query) sinceLastStep() uint64 {
	now := stakepool.Now(q.c)
	return now - min(now, q.lastStep())
}

// pending is the alpha that waits for the next epoch, of miners and validators.
func (q *query) pending() bt.Alpha {
	a, b := q.st.PendingValidatorEmission.Get(q.c.State, q.netuid), q.st.PendingServerEmission.Get(q.c.State, q.netuid)
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

func (q *query) hotkeys() []bt.AccountID {
	if q.hot == nil {
		q.hot = byUID(q.n, func(uid uint16) bt.AccountID { return q.st.Keys.Get(q.c.State, q.netuid, uid) })
	}
	return q.hot
}

func (q *query) coldkeys() []bt.AccountID {
	if q.cold == nil {
		q.cold = each(q.hotkeys(), func(k bt.AccountID) bt.AccountID { return q.st.Owner.Get(q.c.State, k) })
	}
	return q.cold
}

func (q *query) stakes() []epoch.Stake {
	if q.stake == nil {
		q.stake = q.r.epochs.StakeByUID(q.c, q.netuid)
	}
	return q.stake
}

// collateral is what the neurons' owners have put up.
func (q *query) collateral() []state.MinerCollateralState {
	if q.collaterals == nil {
		hot, cold := q.hotkeys(), q.coldkeys()
		q.collaterals = byUID(q.n, func(uid uint16) state.MinerCollateralState {
			return q.st.MinerCollateral.Get(q.c.State, state.MinerCollateralKey{NetUID: q.netuid, Hotkey: hot[uid], Coldkey: cold[uid]})
		})
	}
	return q.collaterals
}

// validators lists the uids with a permit and more than the least stake, by ascending stake.
func (q *query) validators() []scale.Compact[uint16] {
	type validator struct {
		uid   uint16
		stake fixed.I64F64
	}
	var list []validator
	permits, least := q.st.ValidatorPermit.Get(q.c.State, q.netuid), fixed.I64F64FromUint(q.st.StakeThreshold.Get(q.c.State))
	for uid, hotkey := range q.st.Keys.Of(q.c.State, q.netuid) {
		if !at(permits, uid) {
			continue
		}
		if total := q.r.epochs.StakeOf(q.c, hotkey, q.netuid).Total; least.Less(total) {
			list = append(list, validator{uid, total})
		}
	}
	slices.SortStableFunc(list, func(a, b validator) int { return a.stake.Cmp(b.stake) })
	return each(list, func(v validator) scale.Compact[uint16] { return compact(v.uid) })
}

func (q *query) commitments() []scale.Pair[bt.AccountID, []scale.Compact[uint8]] {
	if q.r.commitments == nil {
		return nil
	}
	return each(q.r.commitments(q.c, q.netuid), func(v Commitment) scale.Pair[bt.AccountID, []scale.Compact[uint8]] {
		return scale.Pair[bt.AccountID, []scale.Compact[uint8]]{A: v.Hotkey, B: compacts(v.Raw)}
	})
}

// byUID is a value for every uid below n.
func byUID[T any](n uint16, of func(uid uint16) T) []T {
	out := make([]T, n)
	for uid := range n {
		out[uid] = of(uid)
	}
	return out
}

func each[A, B any](in []A, of func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = of(v)
	}
	return out
}
