package subtensor_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/internal/vectors/forms"
	"github.com/myelin-go/myelin/scale"
)

// The recorded functions that read the chain's state; those of pure arithmetic are checked in packages conviction and delegation.
func TestVectors(t *testing.T) {
	vectors.Calls(t, "stake.jsonl", map[string]vectors.Check{
		"get_neuron_to_prune":  checkNeuronToPrune,
		"get_network_to_prune": checkNetworkToPrune,
		"root_claim_sequence":  checkRootClaims,
	}, func(fn string) bool {
		return slices.Contains([]string{
			"inherited_stake", "dividend_distribution", "calculate_dividend_distribution", "exp_decay", "roll_forward_lock", "voting_power_ema",
		}, fn)
	})
}

func checkNeuronToPrune(t *testing.T, in, out json.RawMessage) {
	var a struct {
		Block        uint32  `json:",string"`
		Immunity     uint16  `json:"immunity_period"`
		MinNonImmune uint16  `json:"min_non_immune_uids"`
		OwnerLimit   uint16  `json:"immune_owner_uids_limit"`
		OwnerUID     *uint16 `json:"owner_hotkey_uid"`
		Neurons      []struct {
			Emission   bt.Alpha `json:",string"`
			Registered uint64   `json:",string"`
			Owned      bool     `json:"owned_by_subnet_owner"`
		}
	}
	var want struct {
		UID    *uint16
		Owners []uint16 `json:"immune_owner_uids"`
	}
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	w := newWorld(t)
	s, st := w.c.State, &w.Storage
	const id bt.NetUID = 2
	w.at(a.Block)
	st.NetworksAdded.Set(s, id, true)
	st.SubnetworkN.Set(s, id, uint16(len(a.Neurons)))
	st.ImmunityPeriod.Set(s, id, a.Immunity)
	st.MinNonImmuneUids.Set(s, id, a.MinNonImmune)
	st.ImmuneOwnerUidsLimit.Set(s, id, a.OwnerLimit)
	st.SubnetOwner.Set(s, id, key("owner"))
	var owned []bt.AccountID
	var emissions []bt.Alpha
	for i, n := range a.Neurons {
		uid, hotkey := uint16(i), key(fmt.Sprint("hotkey ", i))
		st.Keys.Set(s, id, uid, hotkey)
		st.Uids.Set(s, id, hotkey, uid)
		st.BlockAtRegistration.Set(s, id, uid, n.Registered)
		emissions = append(emissions, n.Emission)
		if n.Owned {
			owned = append(owned, hotkey)
		}
	}
	st.OwnedHotkeys.Set(s, key("owner"), owned)
	st.Emission.Set(s, id, emissions)
	if a.OwnerUID != nil {
		st.SubnetOwnerHotkey.Set(s, id, key(fmt.Sprint("hotkey ", *a.OwnerUID)))
	}
	uid, ok := w.Registration.ToPrune(w.c, id)
	if ok != (want.UID != nil) || ok && uid != *want.UID {
		t.Errorf("to prune %d %t, want %s", uid, ok, out)
	}
	var seats []uint16
	for _, seat := range w.Registration.OwnerSeats(w.c, id) {
		seats = append(seats, seat.UID)
	}
	if !slices.Equal(seats, want.Owners) {
		t.Errorf("the owner's seats are %d, want %d", seats, want.Owners)
	}
}

func checkNetworkToPrune(t *testing.T, in, out json.RawMessage) {
	var a struct {
		Block    uint32 `json:",string"`
		Immunity uint64 `json:"immunity_period,string"`
		Subnets  []struct {
			NetUID     bt.NetUID               `json:"netuid"`
			Price      forms.One[fixed.I96F32] `json:"moving_price"`
			Registered uint64                  `json:"registered_at,string"`
		}
	}
	var want *bt.NetUID
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	w := newWorld(t)
	s, st := w.c.State, &w.Storage
	w.at(a.Block)
	st.NetworksAdded.Delete(s, 1)
	st.NetworkImmunityPeriod.Set(s, a.Immunity)
	for _, n := range a.Subnets {
		st.NetworksAdded.Set(s, n.NetUID, true)
		st.SubnetMechanism.Set(s, n.NetUID, amm.Dynamic)
		st.SubnetMovingPrice.Set(s, n.NetUID, n.Price.V)
		st.NetworkRegisteredAt.Set(s, n.NetUID, n.Registered)
	}
	if netuid, ok := w.Subnets.ToPruneNetwork(w.c); ok != (want != nil) || ok && netuid != *want {
		t.Errorf("to prune %d %t, want %s", netuid, ok, out)
	}
}

// checkRootClaims carries the recorded operations out and compares the books of all coldkeys after each.
func checkRootClaims(t *testing.T, in, out json.RawMessage) {
	type book struct {
		Root      bt.Alpha `json:"root_stake,string"`
		Claimable forms.One[fixed.I96F32]
		Claimed   uint64   `json:",string"`
		Owed      uint64   `json:",string"`
		Alpha     bt.Alpha `json:",string"`
	}
	var a struct {
		Owner int `json:"hotkey_owner"`
	}
	var steps []struct {
		Op        string
		Coldkey   int
		Amount    vectors.U64
		Rate      forms.One[fixed.I96F32]
		TotalRoot bt.Alpha `json:"total_root,string"`
		Coldkeys  []book
	}
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &steps)
	w := newWorld(t)
	const id bt.NetUID = 2
	s, st, hotkey := w.c.State, &w.Storage, key("hotkey")
	coldkey := func(i int) string { return fmt.Sprint("coldkey ", i) }
	for i := range 3 {
		w.fund(coldkey(i), 1_000_000)
		st.RootClaimType.Set(s, key(coldkey(i)), state.RootClaimType{Keep: &scale.Unit{}})
	}
	if err := w.money.Mint(w.c, w.Pools.CustodyAccount(0), bt.Tao); err != nil { // so that the account lives, however little is staked
		t.Fatal(err)
	}
	st.NetworksAdded.Set(s, id, true)
	st.RootClaimableThreshold.Set(s, id, fixed.I96F32{}) // the recorded claims are made whatever they are worth
	if err := w.Pools.Associate(w.c, key(coldkey(a.Owner)), hotkey); err != nil {
		t.Fatal(err)
	}
	for n, step := range steps {
		var err error
		who := key(coldkey(step.Coldkey))
		switch step.Op {
		case "stake_root":
			_, err = w.Pools.StakeInto(w.c, hotkey, who, 0, bt.Rao(step.Amount), bt.Rao(amm.MaxPrice), false)
		case "unstake_root":
			if step.Amount != 0 {
				_, err = w.Pools.UnstakeFrom(w.c, hotkey, who, who, 0, bt.Alpha(step.Amount), bt.Rao(amm.MinPrice), false)
			}
		case "accrue":
			w.Pools.RaiseClaimable(w.c, hotkey, id, bt.Alpha(step.Amount))
		case "claim_keep":
			_, err = w.Pools.ClaimRootOn(w.c, hotkey, who)
		default:
			t.Fatalf("unknown operation %q", step.Op)
		}
		if err != nil {
			t.Fatalf("operation %d, %s: %v", n, step.Op, err)
		}
		var rate fixed.I96F32
		for _, r := range st.RootClaimable.Get(s, hotkey) {
			rate = r.B
		}
		vectors.Expect(t, fmt.Sprintf("rate after operation %d, %s", n, step.Op), rate, step.Rate.V)
		vectors.Expect(t, fmt.Sprintf("root stake after operation %d, %s", n, step.Op), w.Pools.HotkeyStake(w.c, hotkey, 0), step.TotalRoot)
		for i, b := range step.Coldkeys {
			var got book
			got.Root, got.Alpha = w.stake(coldkey(i), "hotkey", 0), w.stake(coldkey(i), "hotkey", id)
			claimed := st.RootClaimed.Get(s, state.RootClaimedKey{NetUID: id, Hotkey: hotkey, Coldkey: key(coldkey(i))})
			got.Claimed = claimed.Lo
			got.Claimable.V = rate.Mul(fixed.I96F32FromUint(uint64(got.Root)))
			got.Owed = got.Claimable.V.Sub(fixed.I96F32FromUint(got.Claimed)).ToUint64()
			if got != b {
				t.Errorf("after operation %d, %s: coldkey %d has %+v, want %+v", n, step.Op, i, got, b)
			}
		}
	}
}
