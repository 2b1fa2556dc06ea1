package crowdloan

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
)

// Finalize lets a crowdloan that raised its cap serve its purpose. Its call is made in the creator's name, under the restrictions that the creator's proxy
// has, and must spend what was raised.
func (p *Pallet) Finalize(c *frame.Ctx, a OnlyArgs) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	info, err := p.find(c, a.CrowdloanId)
	switch {
	case err != nil:
		return err
	case who != info.Creator:
		return p.Error.InvalidOrigin
	case info.Raised != info.Cap:
		return p.Error.CapNotRaised
	case info.Finalized:
		return p.Error.AlreadyFinalized
	case p.Storage.CurrentCrowdloanId.Has(c.State):
		return p.Error.AlreadyFinalizing
	}
	info.Finalized = true
	p.Storage.Crowdloans.Set(c.State, a.CrowdloanId, info)
	bound, hasCall := info.Call.Get()
	target, hasTarget := info.TargetAddress.Get()
	switch {
	case hasCall == hasTarget:
		return p.Error.InvalidFinalizationConfig
	case hasTarget:
		err = p.money.Transfer(c, info.FundsAccount, target, info.Raised, balances.Expendable)
	default:
		call, _, missing := p.calls.Peek(c, bound)
		if missing != nil {
			return p.Error.CallUnavailable
		}
		before := p.money.Free(c, info.FundsAccount)
		p.Storage.CurrentCrowdloanId.Set(c.State, a.CrowdloanId)
		if err := c.Dispatch(c.Origin, call).Err; err != nil {
			return err
		}
		p.Storage.CurrentCrowdloanId.Delete(c.State)
		if after := p.money.Free(c, info.FundsAccount); !p.MayLeaveFunds && before-min(before, after) < info.Raised {
			return p.Error.FundsNotSettled
		}
	}
	if err != nil {
		return err
	}
	p.Event.Finalized.Emit(c, Only(a))
	return nil
}

// Refund pays contributors back.
func (p *Pallet) Refund(c *frame.Ctx, a OnlyArgs) error {
	info, err := p.own(c, a.CrowdloanId)
	if err != nil {
		return err
	}
	var paid []bt.AccountID
	all := true
	for who, amount := range p.Storage.Contributions.Of(c.State, a.CrowdloanId) {
		if who == info.Creator {
			continue
		}
		if len(paid) >= int(p.Constants.RefundContributorsLimit.Get()) {
			all = false
			break
		}
		if err := p.money.Transfer(c, info.FundsAccount, who, amount, balances.Expendable); err != nil {
			return err
		}
		paid = append(paid, who)
		info.Raised -= min(info.Raised, amount)
	}
	n := uint32(len(paid))
	if info.ContributorsCount < n {
		return p.Error.Underflow
	}
	info.ContributorsCount -= n
	p.Storage.Crowdloans.Set(c.State, a.CrowdloanId, info)
	for _, who := range paid {
		p.Storage.Contributions.Delete(c.State, a.CrowdloanId, who)
	}
	if !all {
		p.Event.PartiallyRefunded.Emit(c, Only(a))
		return nil
	}
	p.Event.AllRefunded.Emit(c, Only(a))
	c.Used(refundWeight(n))
	return nil
}

// Dissolve ends a crowdloan without its purpose.
func (p *Pallet) Dissolve(c *frame.Ctx, a OnlyArgs) error {
	info, err := p.own(c, a.CrowdloanId)
	if err != nil {
		return err
	}
	rest, ok := p.Storage.Contributions.TryGet(c.State, a.CrowdloanId, info.Creator)
	if !ok {
		return p.Error.NoContribution
	}
	if rest != info.Raised {
		return p.Error.NotReadyToDissolve
	}
	if err := p.money.Transfer(c, info.FundsAccount, info.Creator, rest, balances.Expendable); err != nil {
		return err
	}
	p.Storage.Contributions.Delete(c.State, a.CrowdloanId, info.Creator)
	if call, ok := info.Call.Get(); ok {
		p.calls.Drop(c, call)
	}
	_ = p.sys.DecProviders(c, info.FundsAccount) // with something else consuming it the account stays
	p.Storage.Crowdloans.Delete(c.State, a.CrowdloanId)
	p.Storage.MaxContributions.Delete(c.State, a.CrowdloanId)
	p.Event.Dissolved.Emit(c, Only(a))
	return nil
}

// UpdateMinContribution changes the least contribution.
func (p *Pallet) UpdateMinContribution(c *frame.Ctx, a MinContributionArgs) error {
	info, err := p.own(c, a.CrowdloanId)
	if err != nil {
		return err
	}
	if a.NewMinContribution < p.Constants.AbsoluteMinimumContribution.Get() {
		return p.Error.MinimumContributionTooLow
	}
	if most, ok := p.Storage.MaxContributions.TryGet(c.State, a.CrowdloanId); ok && a.NewMinContribution > most {
		return p.Error.MinimumContributionTooHigh
	}
	info.MinContribution = a.NewMinContribution
	p.Storage.Crowdloans.Set(c.State, a.CrowdloanId, info)
	p.Event.MinContributionUpdated.Emit(c, MinContributionUpdated(a))
	return nil
}

// UpdateEnd changes when a crowdloan ends.
func (p *Pallet) UpdateEnd(c *frame.Ctx, a EndArgs) error {
	info, err := p.own(c, a.CrowdloanId)
	if err != nil {
		return err
	}
	if err := p.checkEnd(c, a.NewEnd); err != nil {
		return err
	}
	info.End = a.NewEnd
	p.Storage.Crowdloans.Set(c.State, a.CrowdloanId, info)
	p.Event.EndUpdated.Emit(c, EndUpdated(a))
	return nil
}

// UpdateCap changes what is to be raised.
func (p *Pallet) UpdateCap(c *frame.Ctx, a CapArgs) error {
	info, err := p.own(c, a.CrowdloanId)
	if err != nil {
		return err
	}
	if a.NewCap < info.Raised {
		return p.Error.CapTooLow
	}
	info.Cap = a.NewCap
	p.Storage.Crowdloans.Set(c.State, a.CrowdloanId, info)
	p.Event.CapUpdated.Emit(c, CapUpdated(a))
	return nil
}

// SetMaxContribution limits what one account may give.
func (p *Pallet) SetMaxContribution(c *frame.Ctx, a MaxContributionArgs) error {
	info, err := p.own(c, a.CrowdloanId)
	if err != nil {
		return err
	}
	if most, ok := a.NewMaxContribution.Get(); ok {
		if most < info.MinContribution || most < p.Storage.Contributions.Get(c.State, a.CrowdloanId, info.Creator) {
			return p.Error.MaximumContributionTooLow
		}
		p.Storage.MaxContributions.Set(c.State, a.CrowdloanId, most)
	} else {
		p.Storage.MaxContributions.Delete(c.State, a.CrowdloanId)
	}
	p.Event.MaxContributionUpdated.Emit(c, MaxContributionUpdated(a))
	return nil
}
