package info

import (
	"cmp"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// DelegateInfo is a hotkey that others may stake on.
type DelegateInfo struct {
	DelegateSs58     bt.AccountID
	Take             state.PerU16                                                                              `scale:"compact"`
	Nominators       []scale.Pair[bt.AccountID, []scale.Pair[scale.Compact[bt.NetUID], scale.Compact[uint64]]] // stake by coldkey and subnet
	OwnerSs58        bt.AccountID
	Registrations    []scale.Compact[bt.NetUID]
	ValidatorPermits []scale.Compact[bt.NetUID]
	ReturnPer1000    uint64 `name:"return_per_1000" scale:"compact"` // a day, for 1000 TAO of root stake, after the take
	TotalDailyReturn uint64 `scale:"compact"`
}

// ScaleName is upstream's.
func (DelegateInfo) ScaleName() scale.Name { return typed("delegate_info::DelegateInfo") }

// Delegated is a delegate with a coldkey's stake on it in one subnet.
type Delegated = scale.Pair[DelegateInfo, scale.Pair[scale.Compact[bt.NetUID], scale.Compact[bt.Alpha]]]

type delegateAPI struct {
	GetDelegates frame.Method[noArgs, []DelegateInfo]                  `doc:"All hotkeys that others may stake on."`
	GetDelegate  frame.Method[delegateArg, scale.Option[DelegateInfo]] `doc:"A hotkey that others may stake on."`
	GetDelegated frame.Method[delegateeArg, []Delegated]               `doc:"The delegates of a coldkey with its stake; nominators are left out."`
}

type (
	delegateArg  struct{ DelegateAccount bt.AccountID }
	delegateeArg struct{ DelegateeAccount bt.AccountID }
)

func (r *room) delegateAPI() frame.API {
	m := &delegateAPI{}
	m.GetDelegates.Handle(func(c *frame.Ctx, _ noArgs) []DelegateInfo {
		out, v := []DelegateInfo{}, r.delegates(c)
		for hotkey := range r.Storage.Delegates.Keys(c.State) {
			out = append(out, v.delegate(hotkey, true))
		}
		return out
	})
	m.GetDelegate.Handle(func(c *frame.Ctx, a delegateArg) (out scale.Option[DelegateInfo]) {
		if r.Storage.Delegates.Has(c.State, a.DelegateAccount) {
			out = scale.Some(r.delegates(c).delegate(a.DelegateAccount, true))
		}
		return out
	})
	m.GetDelegated.Handle(func(c *frame.Ctx, a delegateeArg) []Delegated { return r.delegated(c, a.DelegateeAccount) })
	return frame.API{Name: "DelegateInfoRuntimeApi", Version: 1, Methods: m}
}

func (r *room) delegated(c *frame.Ctx, coldkey bt.AccountID) []Delegated {
	out, view := []Delegated{}, r.delegates(c)
	for hotkey := range r.Storage.Delegates.Keys(c.State) {
		var info *DelegateInfo
		for _, id := range r.stakedOn(c, hotkey, coldkey) {
			if info == nil {
				v := view.delegate(hotkey, false)
				info = &v
			}
			d := Delegated{A: *info}
			d.B.A.V, d.B.B.V = id, r.Stake(c, hotkey, coldkey, id)
			out = append(out, d)
		}
	}
	return out
}

// stakedOn lists the subnets, ascending, in which a coldkey has shares of a hotkey's pool, in the older or the newer form.
func (r *room) stakedOn(c *frame.Ctx, hotkey, coldkey bt.AccountID) (ids []bt.NetUID) {
	s, st := r.shared(c)
	for k, share := range st.Alpha.Of(s, state.AlphaKey{Hotkey: hotkey, Coldkey: coldkey}, 2) {
		if !share.IsZero() {
			ids = append(ids, k.NetUID)
		}
	}
	for k, share := range st.AlphaV2.Of(s, state.AlphaV2Key{Hotkey: hotkey, Coldkey: coldkey}, 2) {
		if !share.IsZero() {
			ids = append(ids, k.NetUID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// delegates is a question about delegates. What is kept by subnet is read once, not for each of its hotkeys.
type delegates struct {
	*room
	c        *frame.Ctx
	emission map[bt.NetUID][]bt.Alpha
	permits  map[bt.NetUID][]bool
}

func (r *room) delegates(c *frame.Ctx) *delegates {
	return &delegates{room: r, c: c, emission: map[bt.NetUID][]bt.Alpha{}, permits: map[bt.NetUID][]bool{}}
}

// seats are the emission and the permits of a subnet's neurons, by uid.
func (r *delegates) seats(id bt.NetUID) ([]bt.Alpha, []bool) {
	if _, ok := r.permits[id]; !ok {
		r.emission[id], r.permits[id] = r.Storage.Emission.Get(r.c.State, id), r.Storage.ValidatorPermit.Get(r.c.State, id)
	}
	return r.emission[id], r.permits[id]
}

func (r *delegates) delegate(hotkey bt.AccountID, withNominators bool) DelegateInfo {
	c := r.c
	s, st := r.shared(c)
	out := DelegateInfo{DelegateSs58: hotkey, Take: st.Delegates.Get(s, hotkey), OwnerSs58: r.OwnerOf(c, hotkey)}
	if withNominators {
		out.Nominators = r.nominators(c, hotkey)
	}
	const blocksPerDay = 7200
	var daily fixed.U64F64
	for id, member := range st.IsNetworkMember.Of(s, hotkey) {
		if !member {
			continue
		}
		out.Registrations = append(out.Registrations, compact(id))
		uid, ok := st.Uids.TryGet(s, id, hotkey)
		if !ok {
			continue
		}
		emission, permits := r.seats(id)
		if at(permits, uid) {
			out.ValidatorPermits = append(out.ValidatorPermits, compact(id))
		}
		if tempo := st.Tempo.Get(s, id); tempo > 0 {
			epochs := fixed.U64F64FromUint(blocksPerDay).SafeDiv(fixed.U64F64FromUint(uint64(tempo)))
			daily = daily.Add(fixed.U64F64FromUint(uint64(at(emission, uid))).Mul(epochs))
		}
	}
	out.TotalDailyReturn = daily.ToUint64()
	out.ReturnPer1000 = returnPer1000(out.Take, r.HotkeyStake(c, hotkey, stakepool.Root), daily).ToUint64()
	return out
}

// returnPer1000 is what 1000 TAO of root stake get of a hotkey's daily emission after the take, as upstream reckons it.
func returnPer1000(take state.PerU16, stake bt.Alpha, daily fixed.U64F64) fixed.U64F64 {
	if stake == 0 {
		return fixed.U64F64{}
	}
	rest := fixed.OneU64F64.Sub(fixed.U64F64FromUint(uint64(take)).SafeDiv(fixed.U64F64FromUint(1<<16 - 1)))
	thousands := fixed.U64F64FromUint(uint64(stake)).SafeDiv(fixed.U64F64FromUint(1000 * uint64(bt.Tao)))
	return daily.Mul(rest).SafeDiv(thousands)
}

// nominators lists the coldkeys that stake on a hotkey, ascending, with their stake by netuid.
func (r *room) nominators(c *frame.Ctx, hotkey bt.AccountID) []scale.Pair[bt.AccountID, []scale.Pair[scale.Compact[bt.NetUID], scale.Compact[uint64]]] {
	s, st := r.shared(c)
	type place struct {
		coldkey bt.AccountID
		netuid  bt.NetUID
	}
	var places []place
	note := func(coldkey bt.AccountID, id bt.NetUID, zero bool) {
		if !zero && r.Storage.NetworksAdded.Has(s, id) {
			places = append(places, place{coldkey, id})
		}
	}
	for k, share := range st.Alpha.Of(s, state.AlphaKey{Hotkey: hotkey}, 1) {
		note(k.Coldkey, k.NetUID, share.IsZero())
	}
	for k, share := range st.AlphaV2.Of(s, state.AlphaV2Key{Hotkey: hotkey}, 1) {
		note(k.Coldkey, k.NetUID, share.IsZero())
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(a.coldkey.Compare(b.coldkey), cmp.Compare(a.netuid, b.netuid))
	})
	var out []scale.Pair[bt.AccountID, []scale.Pair[scale.Compact[bt.NetUID], scale.Compact[uint64]]]
	for _, p := range slices.Compact(places) {
		if len(out) == 0 || out[len(out)-1].A != p.coldkey {
			out = append(out, scale.Pair[bt.AccountID, []scale.Pair[scale.Compact[bt.NetUID], scale.Compact[uint64]]]{A: p.coldkey})
		}
		last := &out[len(out)-1]
		last.B = append(last.B, scale.Pair[scale.Compact[bt.NetUID], scale.Compact[uint64]]{
			A: compact(p.netuid), B: compact(uint64(r.Stake(c, hotkey, p.coldkey, p.netuid))),
		})
	}
	return out
}
