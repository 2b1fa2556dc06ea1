// Package crowdloan is the pallet that collects TAO for a purpose: a call that its creator makes once the cap is raised, or a transfer to an account. Until
// then contributors may take their part back.
//
// It deliberately knows no purpose: a call that is made for a crowdloan finds it by Current (leased subnets do).
package crowdloan

import (
	"iter"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is the crowdloan pallet.
type Pallet struct {
	Storage struct {
		Crowdloans         storage.Map[storage.Twox64Concat, uint32, Info]                                         `storage:"optional" doc:"The crowdloans that are not dissolved."`
		NextCrowdloanId    storage.Value[uint32]                                                                   `doc:"The number of the next crowdloan."`
		Contributions      storage.DoubleMap[storage.Twox64Concat, uint32, storage.Identity, bt.AccountID, bt.Rao] `storage:"optional" doc:"What accounts gave to crowdloans, in rao."`
		MaxContributions   storage.Map[storage.Twox64Concat, uint32, bt.Rao]                                       `storage:"optional" doc:"The most that one account may give to a crowdloan, in rao, where there is a limit."`
		CurrentCrowdloanId storage.Value[uint32]                                                                   `storage:"optional" doc:"The crowdloan whose call is being made."`
		HasMigrationRun    storage.Map[storage.Identity, preimage.Bytes, bool]                                     `doc:"The changes of this pallet's storage that were made, by name."`
	}
	Constants struct {
		PalletId                    frame.Const[PalletID] `doc:"The name from which the accounts of crowdloans derive."`
		MinimumDeposit              frame.Const[bt.Rao]   `doc:"The least that a creator gives at once, in rao."`
		AbsoluteMinimumContribution frame.Const[bt.Rao]   `doc:"The least that a crowdloan may ask of contributors, in rao."`
		MinimumBlockDuration        frame.Const[uint32]   `doc:"The fewest blocks that a crowdloan runs."`
		MaximumBlockDuration        frame.Const[uint32]   `doc:"The most blocks that a crowdloan runs."`
		RefundContributorsLimit     frame.Const[uint32]   `doc:"How many contributors one refund pays back."`
		MaxContributors             frame.Const[uint32]   `doc:"How many contributors a crowdloan may have."`
	}
	Event struct {
		Created                frame.Event[Created]                `index:"0" doc:"A crowdloan began."`
		Contributed            frame.Event[Contribution]           `index:"1" doc:"An account gave to a crowdloan."`
		Withdrew               frame.Event[Contribution]           `index:"2" doc:"An account took back what it gave."`
		PartiallyRefunded      frame.Event[Only]                   `index:"3" doc:"Some contributors were paid back; more are left."`
		AllRefunded            frame.Event[Only]                   `index:"4" doc:"All contributors were paid back."`
		Finalized              frame.Event[Only]                   `index:"5" doc:"A crowdloan served its purpose."`
		Dissolved              frame.Event[Only]                   `index:"6" doc:"A crowdloan ended without its purpose."`
		MinContributionUpdated frame.Event[MinContributionUpdated] `index:"7" doc:"A crowdloan asks for another least contribution."`
		EndUpdated             frame.Event[EndUpdated]             `index:"8" doc:"A crowdloan ends at another block."`
		CapUpdated             frame.Event[CapUpdated]             `index:"9" doc:"A crowdloan raises another sum."`
		MaxContributionUpdated frame.Event[MaxContributionUpdated] `index:"10" doc:"A crowdloan takes another sum at most from one account."`
	}
	Error struct {
		DepositTooLow              frame.Error `index:"0" doc:"The creator gives too little."`
		CapTooLow                  frame.Error `index:"1" doc:"The cap is too low."`
		MinimumContributionTooLow  frame.Error `index:"2" doc:"The least contribution is too low."`
		CannotEndInPast            frame.Error `index:"3" doc:"A crowdloan cannot end in the past."`
		BlockDurationTooShort      frame.Error `index:"4" doc:"The crowdloan would end too early."`
		BlockDurationTooLong       frame.Error `index:"5" doc:"The crowdloan would end too late."`
		InsufficientBalance        frame.Error `index:"6" doc:"The balance is too low."`
		Overflow                   frame.Error `index:"7" doc:"A sum became too large."`
		InvalidCrowdloanId         frame.Error `index:"8" doc:"There is no such crowdloan."`
		CapRaised                  frame.Error `index:"9" doc:"The cap is raised already."`
		ContributionPeriodEnded    frame.Error `index:"10" doc:"The time to contribute is over."`
		ContributionTooLow         frame.Error `index:"11" doc:"The contribution is too low."`
		InvalidOrigin              frame.Error `index:"12" doc:"Only the creator may do this."`
		AlreadyFinalized           frame.Error `index:"13" doc:"The crowdloan served its purpose already."`
		AlreadyFinalizing          frame.Error `index:"14" doc:"A crowdloan is being finalised already."`
		ContributionPeriodNotEnded frame.Error `index:"15" doc:"The time to contribute is not over."`
		NoContribution             frame.Error `index:"16" doc:"The account gave nothing."`
		CapNotRaised               frame.Error `index:"17" doc:"The cap is not raised."`
		Underflow                  frame.Error `index:"18" doc:"A sum became negative."`
		CallUnavailable            frame.Error `index:"19" doc:"The call of the crowdloan is not available."`
		NotReadyToDissolve         frame.Error `index:"20" doc:"Contributors must be paid back first."`
		DepositCannotBeWithdrawn   frame.Error `index:"21" doc:"The creator's deposit stays in."`
		MaxContributorsReached     frame.Error `index:"22" doc:"The crowdloan has as many contributors as it may."`
		InvalidFinalizationConfig  frame.Error `index:"23" doc:"A crowdloan needs either a call or a target address."`
		MaxContributionReached     frame.Error `index:"24" doc:"The account gave as much as it may."`
		MaximumContributionTooLow  frame.Error `index:"25" doc:"The most that one account may give is too low."`
		MinimumContributionTooHigh frame.Error `index:"26" doc:"The least contribution is above the most."`
		FundsNotSettled            frame.Error `index:"27" doc:"The call did not spend all that was raised."`
	}
	Call struct {
		Create                frame.Call[CreateArgs]          `index:"0" weight:"59829000,6148,3,5" doc:"Begins a crowdloan for a call or for an account, with a deposit as its first contribution."`
		Contribute            frame.Call[ContributeArgs]      `index:"1" weight:"66609000,6148,5,4" doc:"Gives to a crowdloan, at most what it still needs."`
		Withdraw              frame.Call[OnlyArgs]            `index:"2" weight:"60259000,6148,4,4" doc:"Takes back what the sender gave; a creator's deposit stays in."`
		Finalize              frame.Call[OnlyArgs]            `index:"3" weight:"31507000,4197809,4,2" doc:"Makes the crowdloan's call, or pays its target, once the cap is raised. Its creator only."`
		Refund                frame.Call[OnlyArgs]            `index:"4" weight:"110703000,3747,2,0" doc:"Pays contributors back, some at a time. Its creator only."`
		Dissolve              frame.Call[OnlyArgs]            `index:"5" weight:"66939000,6148,4,5" doc:"Ends a crowdloan once only the creator's part is in it. Its creator only."`
		UpdateMinContribution frame.Call[MinContributionArgs] `index:"6" weight:"13259000,3747,2,1" doc:"Changes the least contribution. Its creator only."`
		UpdateEnd             frame.Call[EndArgs]             `index:"7" weight:"12048000,3747,1,1" doc:"Changes the block at which the crowdloan ends. Its creator only."`
		UpdateCap             frame.Call[CapArgs]             `index:"8" weight:"11357000,3747,1,1" doc:"Changes what is to be raised. Its creator only."`
		SetMaxContribution    frame.Call[MaxContributionArgs] `index:"9" weight:"16024000,3747,2,1" doc:"Limits what one account may give, or takes the limit away. Its creator only."`
	}

	// MayLeaveFunds is the rule before spec 461: the call of a crowdloan need not spend what was raised.
	MayLeaveFunds bool

	money Money
	sys   Accounts
	calls *preimage.Pallet
}

// Money is what the pallet needs of balances.
type Money interface {
	Free(c *frame.Ctx, who bt.AccountID) bt.Rao
	Transfer(c *frame.Ctx, from, to bt.AccountID, amount bt.Rao, keep balances.Preservation) error
}

// Accounts keeps the accounts of crowdloans alive.
type Accounts interface {
	IncProviders(c *frame.Ctx, who bt.AccountID)
	DecProviders(c *frame.Ctx, who bt.AccountID) error
}

// New makes the pallet with upstream's constants, those of its fast build where fast.
func New(money Money, sys Accounts, calls *preimage.Pallet, table func() *frame.Table, fast bool) *Pallet {
	p := &Pallet{money: money, sys: sys, calls: calls}
	p.Constants.PalletId.Set(PalletID{V: [8]byte([]byte("bt/cloan"))})
	p.Constants.MinimumDeposit.Set(10 * bt.Tao)
	p.Constants.AbsoluteMinimumContribution.Set(bt.Tao / 10)
	p.Constants.MinimumBlockDuration.Set(50_400)
	p.Constants.MaximumBlockDuration.Set(432_000)
	if fast {
		p.Constants.MinimumBlockDuration.Set(50)
		p.Constants.MaximumBlockDuration.Set(20_000)
	}
	p.Constants.RefundContributorsLimit.Set(50)
	p.Constants.MaxContributors.Set(500)
	p.Call.Create.Weigh(func(a CreateArgs, i frame.Info) frame.Info {
		if call, ok := a.Call.Get(); ok {
			i.Weight = i.Weight.Add(table().Info(call).Weight)
		}
		return i
	})
	p.Call.Refund.Weigh(func(_ OnlyArgs, i frame.Info) frame.Info {
		i.Weight = refundWeight(p.Constants.RefundContributorsLimit.Get())
		return i
	})
	return p
}

func refundWeight(contributors uint32) frame.Weight {
	n := uint64(contributors)
	return frame.WeightOf(110_703_000+n*39_503_253, 3747+n*2579, 2+2*n, 2*n)
}

// Current is the crowdloan whose call is being made; it fails with InvalidCrowdloanId when there is none.
func (p *Pallet) Current(c *frame.Ctx) (id uint32, info Info, err error) {
	id, ok := p.Storage.CurrentCrowdloanId.TryGet(c.State)
	if !ok {
		return 0, Info{}, p.Error.InvalidCrowdloanId
	}
	info, err = p.find(c, id)
	return id, info, err
}

// Contributors goes through who gave how much to a crowdloan, in the order of their accounts.
func (p *Pallet) Contributors(c *frame.Ctx, id uint32) iter.Seq2[bt.AccountID, bt.Rao] {
	return p.Storage.Contributions.Of(c.State, id)
}

// MaxContributors is how many contributors a crowdloan may have.
func (p *Pallet) MaxContributors() uint32 { return p.Constants.MaxContributors.Get() }

func (p *Pallet) find(c *frame.Ctx, id uint32) (Info, error) {
	info, ok := p.Storage.Crowdloans.TryGet(c.State, id)
	if !ok {
		return Info{}, p.Error.InvalidCrowdloanId
	}
	return info, nil
}

// own finds a crowdloan that has not served its purpose and that the sender created.
func (p *Pallet) own(c *frame.Ctx, id uint32) (Info, error) {
	who, err := c.Signer()
	if err != nil {
		return Info{}, err
	}
	info, err := p.find(c, id)
	switch {
	case err != nil:
		return Info{}, err
	case info.Finalized:
		return Info{}, p.Error.AlreadyFinalized
	case who != info.Creator:
		return Info{}, p.Error.InvalidOrigin
	}
	return info, nil
}

// FundsAccount is the account that holds what a crowdloan raised.
func (p *Pallet) FundsAccount(id uint32) (a bt.AccountID) {
	name := p.Constants.PalletId.Get().V
	e := scale.NewEncoder(a[:0])
	e.Raw([]byte("modl"))
	e.Raw(name[:])
	e.U32(id)
	copy(a[:], e.Bytes())
	return a
}

func (p *Pallet) checkEnd(c *frame.Ctx, end uint32) error {
	now := c.Env.Number
	switch {
	case end <= now:
		return p.Error.CannotEndInPast
	case end-now < p.Constants.MinimumBlockDuration.Get():
		return p.Error.BlockDurationTooShort
	case end-now > p.Constants.MaximumBlockDuration.Get():
		return p.Error.BlockDurationTooLong
	}
	return nil
}

// Create begins a crowdloan.
func (p *Pallet) Create(c *frame.Ctx, a CreateArgs) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	switch {
	case a.Deposit < p.Constants.MinimumDeposit.Get():
		return p.Error.DepositTooLow
	case a.Cap <= a.Deposit:
		return p.Error.CapTooLow
	case a.MinContribution < p.Constants.AbsoluteMinimumContribution.Get():
		return p.Error.MinimumContributionTooLow
	case a.Call.Set == a.TargetAddress.Set:
		return p.Error.InvalidFinalizationConfig
	}
	if err := p.checkEnd(c, a.End); err != nil {
		return err
	}
	if p.money.Free(c, who) < a.Deposit {
		return p.Error.InsufficientBalance
	}
	id := p.Storage.NextCrowdloanId.Get(c.State)
	if id == 1<<32-1 {
		return p.Error.Overflow
	}
	p.Storage.NextCrowdloanId.Set(c.State, id+1)
	info := Info{
		Creator: who, Deposit: a.Deposit, MinContribution: a.MinContribution, End: a.End, Cap: a.Cap, FundsAccount: p.FundsAccount(id),
		Raised: a.Deposit, TargetAddress: a.TargetAddress, ContributorsCount: 1,
	}
	p.sys.IncProviders(c, info.FundsAccount)
	if call, ok := a.Call.Get(); ok {
		bound, err := p.calls.Bound(c, call)
		if err != nil {
			return err
		}
		info.Call = scale.Some(bound)
	}
	p.Storage.Crowdloans.Set(c.State, id, info)
	if err := p.money.Transfer(c, who, info.FundsAccount, a.Deposit, balances.Expendable); err != nil {
		return err
	}
	p.Storage.Contributions.Set(c.State, id, who, a.Deposit)
	p.Event.Created.Emit(c, Created{CrowdloanId: id, Creator: who, End: a.End, Cap: a.Cap})
	return nil
}

// Contribute gives to a crowdloan.
func (p *Pallet) Contribute(c *frame.Ctx, a ContributeArgs) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	info, err := p.find(c, a.CrowdloanId)
	switch {
	case err != nil:
		return err
	case c.Env.Number >= info.End:
		return p.Error.ContributionPeriodEnded
	case info.Raised >= info.Cap:
		return p.Error.CapRaised
	case a.Amount < info.MinContribution:
		return p.Error.ContributionTooLow
	case info.ContributorsCount >= p.Constants.MaxContributors.Get():
		return p.Error.MaxContributorsReached
	}
	before, again := p.Storage.Contributions.TryGet(c.State, a.CrowdloanId, who)
	amount := min(a.Amount, info.Cap-info.Raised)
	if most, ok := p.Storage.MaxContributions.TryGet(c.State, a.CrowdloanId); ok {
		if before >= most {
			return p.Error.MaxContributionReached
		}
		amount = min(amount, most-before)
	}
	if before+amount < before {
		return p.Error.Overflow
	}
	info.Raised += amount // at most the cap
	if !again {
		info.ContributorsCount++
	}
	if p.money.Free(c, who) < amount {
		return p.Error.InsufficientBalance
	}
	if err := p.money.Transfer(c, who, info.FundsAccount, amount, balances.Expendable); err != nil {
		return err
	}
	p.Storage.Contributions.Set(c.State, a.CrowdloanId, who, before+amount)
	p.Storage.Crowdloans.Set(c.State, a.CrowdloanId, info)
	p.Event.Contributed.Emit(c, Contribution{CrowdloanId: a.CrowdloanId, Contributor: who, Amount: amount})
	return nil
}

// Withdraw takes a contribution back.
func (p *Pallet) Withdraw(c *frame.Ctx, a OnlyArgs) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	info, err := p.find(c, a.CrowdloanId)
	if err != nil {
		return err
	}
	if info.Finalized {
		return p.Error.AlreadyFinalized
	}
	amount := p.Storage.Contributions.Get(c.State, a.CrowdloanId, who)
	if amount == 0 {
		return p.Error.NoContribution
	}
	if who == info.Creator {
		if amount <= info.Deposit {
			return p.Error.DepositCannotBeWithdrawn
		}
		amount -= info.Deposit
		p.Storage.Contributions.Set(c.State, a.CrowdloanId, who, info.Deposit)
	} else {
		if info.ContributorsCount == 0 {
			return p.Error.Underflow
		}
		p.Storage.Contributions.Delete(c.State, a.CrowdloanId, who)
		info.ContributorsCount--
	}
	if err := p.money.Transfer(c, info.FundsAccount, who, amount, balances.Expendable); err != nil {
		return err
	}
	info.Raised -= min(info.Raised, amount)
	p.Storage.Crowdloans.Set(c.State, a.CrowdloanId, info)
	p.Event.Withdrew.Emit(c, Contribution{CrowdloanId: a.CrowdloanId, Contributor: who, Amount: amount})
	return nil
}
