package info

import (
	"reflect"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// StakeInfo is what a coldkey has staked on a hotkey in a subnet.
type StakeInfo struct {
	Hotkey       bt.AccountID
	Coldkey      bt.AccountID
	NetUID       bt.NetUID `name:"netuid" scale:"compact"`
	Stake        bt.Alpha  `scale:"compact"`
	Locked       uint64    `scale:"compact"` // no longer computed: 0
	Emission     bt.Alpha  `scale:"compact"` // dividends of the hotkey's stakers in the last epoch
	TaoEmission  bt.Rao    `scale:"compact"` // no longer computed: 0
	Drain        uint64    `scale:"compact"` // no longer computed: 0
	IsRegistered bool
}

// ScaleName is upstream's.
func (StakeInfo) ScaleName() scale.Name { return typed("stake_info::StakeInfo") }

// StakeAvailability is how much of a coldkey's stake in a subnet is free to leave.
type StakeAvailability struct {
	Total     bt.Alpha `scale:"compact"`
	Locked    bt.Alpha `scale:"compact"`
	Available bt.Alpha `scale:"compact"`
}

// ScaleName is upstream's.
func (StakeAvailability) ScaleName() scale.Name { return plain("stake_info::StakeAvailability") }

// BySubnet is availability by netuid, ascending: a BTreeMap on the wire.
type BySubnet []scale.Pair[bt.NetUID, StakeAvailability]

// ScaleName is Rust's.
func (BySubnet) ScaleName() scale.Name {
	return scale.Name{Path: "BTreeMap", Params: []scale.Param{
		{Name: "K", Type: reflect.TypeFor[bt.NetUID]()}, {Name: "V", Type: reflect.TypeFor[StakeAvailability]()},
	}}
}

// ByColdkey is BySubnet by coldkey, ascending.
type ByColdkey []scale.Pair[bt.AccountID, BySubnet]

// ScaleName is Rust's.
func (ByColdkey) ScaleName() scale.Name {
	return scale.Name{Path: "BTreeMap", Params: []scale.Param{
		{Name: "K", Type: reflect.TypeFor[bt.AccountID]()}, {Name: "V", Type: reflect.TypeFor[BySubnet]()},
	}}
}

type stakeAPI struct {
	GetStakeInfoForColdkey             frame.Method[coldkeyAccountArg, []StakeInfo]                       `doc:"All stake of a coldkey."`
	GetStakeInfoForColdkeys            frame.Method[coldkeysArg, []scale.Pair[bt.AccountID, []StakeInfo]] `doc:"All stake of several coldkeys: an entry for each, also without stake."`
	GetStakeInfoForHotkeyColdkeyNetuid frame.Method[stakeArg, scale.Option[StakeInfo]]                    `doc:"A coldkey's stake on a hotkey in a subnet."`
	GetStakeAvailabilityForColdkeys    frame.Method[availabilityArg, ByColdkey]                           `doc:"How much of coldkeys' stake is free to leave; subnets with neither stake nor lock are left out."`
	GetStakeFee                        frame.Method[feeArg, uint64]                                       `doc:"Fee of moving an amount of stake, in what is paid in."`
	GetColdkeyLock                     frame.Method[autoStakeArg, scale.Option[state.LockState]]          `doc:"A coldkey's lock in a subnet, as of now."`
	GetHotkeyConviction                frame.Method[convictionArg, fixed.U64F64]                          `doc:"Conviction of all locks for a hotkey in a subnet."`
	GetMostConvictedHotkeyOnSubnet     frame.Method[subnetArg, scale.Option[bt.AccountID]]                `doc:"The hotkey with most conviction in a subnet."`
}

type (
	coldkeyAccountArg struct{ ColdkeyAccount bt.AccountID }
	coldkeysArg       struct{ ColdkeyAccounts []bt.AccountID }
	stakeArg          struct {
		HotkeyAccount  bt.AccountID
		ColdkeyAccount bt.AccountID
		NetUID         bt.NetUID `name:"netuid"`
	}
	availabilityArg struct {
		ColdkeyAccounts []bt.AccountID
		Netuids         scale.Option[[]bt.NetUID]
	}
	feeArg struct {
		Origin                    scale.Option[scale.Pair[bt.AccountID, bt.NetUID]]
		OriginColdkeyAccount      bt.AccountID
		Destination               scale.Option[scale.Pair[bt.AccountID, bt.NetUID]]
		DestinationColdkeyAccount bt.AccountID
		Amount                    uint64
	}
	convictionArg struct {
		Hotkey bt.AccountID
		NetUID bt.NetUID `name:"netuid"`
	}
)

func (r *room) stakeAPI() frame.API {
	m := &stakeAPI{}
	m.GetStakeInfoForColdkey.Handle(func(c *frame.Ctx, a coldkeyAccountArg) []StakeInfo {
		return r.stakeOf(c, a.ColdkeyAccount, r.Subnets(c))
	})
	m.GetStakeInfoForColdkeys.Handle(func(c *frame.Ctx, a coldkeysArg) []scale.Pair[bt.AccountID, []StakeInfo] {
		ids := r.Subnets(c)
		return each(a.ColdkeyAccounts, func(k bt.AccountID) scale.Pair[bt.AccountID, []StakeInfo] {
			return scale.Pair[bt.AccountID, []StakeInfo]{A: k, B: r.stakeOf(c, k, ids)}
		})
	})
	m.GetStakeInfoForHotkeyColdkeyNetuid.Handle(func(c *frame.Ctx, a stakeArg) scale.Option[StakeInfo] {
		return scale.Some(r.stakeInfo(c, a.HotkeyAccount, a.ColdkeyAccount, a.NetUID))
	})
	m.GetStakeAvailabilityForColdkeys.Handle(r.availability)
	m.GetStakeFee.Handle(func(c *frame.Ctx, a feeArg) uint64 {
		if a.Origin == a.Destination {
			return 0
		}
		paidInto := a.Destination
		if !paidInto.Set {
			paidInto = a.Origin
		}
		return r.Swap.Fee(c, paidInto.Value.B, a.Amount)
	})
	m.GetColdkeyLock.Handle(func(c *frame.Ctx, a autoStakeArg) (out scale.Option[state.LockState]) {
		out.Value, out.Set = r.ColdkeyLock(c, a.Coldkey, a.NetUID)
		return out
	})
	m.GetHotkeyConviction.Handle(func(c *frame.Ctx, a convictionArg) fixed.U64F64 { return r.Conviction(c, a.Hotkey, a.NetUID) })
	m.GetMostConvictedHotkeyOnSubnet.Handle(func(c *frame.Ctx, a subnetArg) (out scale.Option[bt.AccountID]) {
		out.Value, out.Set = r.MostConvicted(c, a.NetUID)
		return out
	})
	return frame.API{Name: "StakeInfoRuntimeApi", Version: 1, Methods: m}
}

// stakeOf lists a coldkey's stake by subnet and then by hotkey, in the order in which it began to stake on them.
func (r *room) stakeOf(c *frame.Ctx, coldkey bt.AccountID, ids []bt.NetUID) []StakeInfo {
	out := []StakeInfo{}
	hotkeys := r.Storage.StakingHotkeys.Get(c.State, coldkey)
	for _, id := range ids {
		for _, hotkey := range hotkeys {
			if r.HotkeyStake(c, hotkey, id) == 0 {
				continue // nobody's, which is the usual case: the hotkeys of one subnet seldom have stake in others
			}
			if v := r.stakeInfo(c, hotkey, coldkey, id); v.Stake != 0 {
				out = append(out, v)
			}
		}
	}
	return out
}

func (r *room) stakeInfo(c *frame.Ctx, hotkey, coldkey bt.AccountID, id bt.NetUID) StakeInfo {
	s, st := r.shared(c)
	out := StakeInfo{Hotkey: hotkey, Coldkey: coldkey, NetUID: id, Stake: r.Stake(c, hotkey, coldkey, id)}
	out.Emission = st.AlphaDividendsPerSubnet.Get(s, id, hotkey)
	out.IsRegistered = st.Uids.Has(s, id, hotkey)
	return out
}

// availability answers for the subnets asked for, or all. A list that is empty, or longer than there are subnets, asks for none.
func (r *room) availability(c *frame.Ctx, a availabilityArg) ByColdkey {
	existing := r.Subnets(c)
	ids := slices.Clone(existing)
	if asked, ok := a.Netuids.Get(); ok {
		ids = slices.Clone(asked)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > len(existing) {
		ids = nil
	}
	coldkeys := slices.Clone(a.ColdkeyAccounts)
	slices.SortFunc(coldkeys, bt.AccountID.Compare)
	out := ByColdkey{}
	for _, k := range slices.Compact(coldkeys) {
		row := scale.Pair[bt.AccountID, BySubnet]{A: k}
		for _, id := range ids {
			v := StakeAvailability{Total: r.ColdkeyStake(c, k, id), Locked: r.Locked(c, k, id)}
			if v.Total == 0 && v.Locked == 0 || !r.Exists(c, id) {
				continue
			}
			v.Available = v.Total - min(v.Total, v.Locked)
			row.B = append(row.B, scale.Pair[bt.NetUID, StakeAvailability]{A: id, B: v})
		}
		out = append(out, row)
	}
	return out
}
