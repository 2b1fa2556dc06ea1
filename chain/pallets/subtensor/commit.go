package subtensor

import (
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

// MayCommit tells whether an account is a hotkey of a subnet. It is part of what the commitments pallet asks.
func (p *Pallet) MayCommit(c *frame.Ctx, netuid bt.NetUID, who bt.AccountID) bool {
	return p.Storage.Uids.Has(c.State, netuid, who)
}

// EpochIndex counts the epochs of a subnet. It is part of what the commitments pallet asks.
func (p *Pallet) EpochIndex(c *frame.Ctx, netuid bt.NetUID) uint64 {
	return p.Storage.SubnetEpochIndex.Get(c.State, netuid)
}

// ResetBonds takes a hotkey out of everybody's bonds, in every mechanism of a subnet whose owner permits that. It is part of what the commitments pallet
// asks.
func (p *Pallet) ResetBonds(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) {
	st, s := &p.Storage, c.State
	uid, ok := st.Uids.TryGet(s, netuid, hotkey)
	if !ok || !st.BondsResetOn.Get(s, netuid) {
		return
	}
	for _, index := range p.Subnets.Indices(c, netuid) {
		for holder, bonds := range st.Bonds.Of(s, index) {
			kept := slices.DeleteFunc(bonds, func(b scale.Pair[uint16, uint16]) bool { return b.A == uid })
			st.Bonds.Set(s, index, holder, kept)
		}
	}
}

// Awaited lists the rounds of the beacon that committed weights wait for.
func (p *Pallet) Awaited(c *frame.Ctx) []uint64 { return p.Weights.Awaited(c) }
