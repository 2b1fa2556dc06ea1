package subtensor

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
)

// rulesHost is the pallet as package rules needs it.
type rulesHost struct{ p *Pallet }

// CheckSetting refuses a change of a subnet's rules by anybody but its owner and root, of a subnet that does not exist, and shortly before an epoch.
func (h rulesHost) CheckSetting(c *frame.Ctx, netuid bt.NetUID) error {
	if err := h.p.Subnets.EnsureOwnerOrRoot(c, netuid); err != nil {
		return err
	}
	if !h.p.Pools.Exists(c, netuid) {
		return h.p.Error.SubnetNotExists
	}
	if h.p.InFreezeWindow(c, netuid) {
		return h.p.Error.AdminActionProhibitedDuringWeightsWindow
	}
	return nil
}

// ForgetBonds drops the bonds of all mechanisms of a subnet.
func (h rulesHost) ForgetBonds(c *frame.Ctx, netuid bt.NetUID) {
	for _, index := range h.p.Registration.Indices(c, netuid) {
		h.p.Storage.Bonds.DeleteOf(c.State, index)
	}
}

// InFreezeWindow tells whether a subnet's epoch is so near, or triggered, that its settings stay as they are.
func (p *Pallet) InFreezeWindow(c *frame.Ctx, netuid bt.NetUID) bool {
	st, now := &p.Storage, stakepool.Now(c)
	tempo := uint64(st.Tempo.Get(c.State, netuid))
	if tempo == 0 {
		return false
	}
	if st.PendingEpochAt.Get(c.State, netuid) > now {
		return true
	}
	next := st.LastEpochBlock.Get(c.State, netuid) + tempo
	return next-min(next, now) < uint64(st.AdminFreezeWindow.Get(c.State))
}
