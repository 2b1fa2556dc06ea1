package subtensor

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
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
	if h.p.Tempo.Frozen(c, netuid) {
		return h.p.Error.AdminActionProhibitedDuringWeightsWindow
	}
	return nil
}

// Forget drops a subnet's bonds, ranks and trust.
func (h rulesHost) Forget(c *frame.Ctx, netuid bt.NetUID) { h.p.Epoch.Forget(c, netuid) }

// ForgetBar drops the bar of the emission gate.
func (h rulesHost) ForgetBar(c *frame.Ctx) { h.p.Storage.EmissionGateBar.Delete(c.State) }

// BurnTransferFee takes from a sender what each transfer burns, by the rule in force.
func (p *Pallet) BurnTransferFee(c *frame.Ctx, from bt.AccountID) error {
	fee := p.Pools.Rules.Storage.TransferFee.Get(c.State)
	if fee == 0 {
		return nil
	}
	return p.Pools.RecycleTao(c, from, fee)
}
