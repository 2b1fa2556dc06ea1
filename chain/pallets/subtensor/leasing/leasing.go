// Package leasing registers subnets that belong to the contributors of a crowdloan, and hands them to their beneficiaries when the lease ends.
//
// It deliberately pays no dividends: room subnets does, where an owner is paid (PayLease).
package leasing

import (
	"iter"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/crowdloan"
	"github.com/myelin-go/myelin/chain/pallets/proxy"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Room runs the calls of this package. A runtime with leases sets the fields behind the first.
type Room struct {
	*subnets.Room

	Crowdloans Crowdloans
	Accounts   Accounts
	Balances   Balances
	Proxies    Proxies
}

// Crowdloans tells of the crowdloan that pays for a lease.
type Crowdloans interface {
	// Current is the crowdloan whose call is being made.
	Current(c *frame.Ctx) (id uint32, info crowdloan.Info, err error)
	// Contributors goes through who gave how much to it.
	Contributors(c *frame.Ctx, id uint32) iter.Seq2[bt.AccountID, bt.Rao]
	// MaxContributors is how many there may be.
	MaxContributors() uint32
}

// Accounts keeps the accounts of leases alive.
type Accounts interface {
	IncProviders(c *frame.Ctx, who bt.AccountID)
	DecProviders(c *frame.Ctx, who bt.AccountID) error
}

// Balances tells what an account has.
type Balances interface {
	Free(c *frame.Ctx, who bt.AccountID) bt.Rao
}

// Proxies lets a beneficiary operate a subnet that is not its own.
type Proxies interface {
	Add(c *frame.Ctx, real, delegate bt.AccountID, kind proxy.Kind, delay uint32) error
	Remove(c *frame.Ctx, real, delegate bt.AccountID, kind proxy.Kind, delay uint32) error
}

// Register is the call's arguments.
type Register struct {
	EmissionsShare state.Percent
	EndBlock       scale.Option[uint32]
}

// Terminate is the call's arguments.
type Terminate struct {
	LeaseID uint32 `name:"lease_id"`
	Hotkey  bt.AccountID
}

// Weigh makes the cost of the calls depend on how many contributors there may be.
func (r *Room) Weigh(register *frame.Call[Register], terminate *frame.Call[Terminate]) {
	most := func() uint32 {
		if r.Crowdloans == nil {
			return 0
		}
		return r.Crowdloans.MaxContributors()
	}
	register.Weigh(func(_ Register, i frame.Info) frame.Info {
		i.Weight = i.Weight.Add(perRegistered(most()))
		return i
	})
	terminate.Weigh(func(_ Terminate, i frame.Info) frame.Info {
		i.Weight = i.Weight.Add(perTerminated(most()))
		return i
	})
}

func perRegistered(contributors uint32) frame.Weight {
	n := uint64(contributors)
	return frame.WeightOf(46_027_026*n, 2579*n, 2*n, 2*n)
}

func perTerminated(contributors uint32) frame.Weight {
	n := uint64(contributors)
	return frame.WeightOf(1_566_532*n, 2529*n, n, n)
}

// What upstream gives back when fewer contributors take part than there may be: other figures than it asks for at first.
var (
	registered = frame.WeightOf(301_560_714, 10_079, 41, 55)
	terminated = frame.WeightOf(56_635_122, 6148, 4, 6)
)

// key derives the coldkey or the hotkey of a lease.
func key(kind string, lease uint32) bt.AccountID {
	e := scale.NewEncoder(nil)
	e.ByteSlice([]byte("leasing/" + kind))
	e.U32(lease)
	return hash.Blake256(e.Bytes())
}

// Coldkey is the account that owns the subnet of a lease; nobody has its key.
func Coldkey(lease uint32) bt.AccountID { return key("coldkey", lease) }

// Hotkey is the hotkey at uid 0 of the subnet of a lease.
func Hotkey(lease uint32) bt.AccountID { return key("hotkey", lease) }

// Register registers a subnet with what a crowdloan raised, as the crowdloan's call. What the subnet did not cost goes back to the contributors by their
// shares, rounded down, and the rest to the beneficiary. Event SubnetLeaseCreated.
func (r *Room) Register(c *frame.Ctx, a Register) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	loan, info, err := r.Crowdloans.Current(c)
	if err != nil {
		return err
	}
	if who != info.Creator {
		return r.Error.InvalidLeaseBeneficiary
	}
	if end, ok := a.EndBlock.Get(); ok && end <= c.Env.Number {
		return r.Error.LeaseCannotEndInThePast
	}
	st, s := &r.Storage, c.State
	id := st.NextSubnetLeaseId.Get(s)
	if id == 1<<32-1 {
		return r.Error.Overflow
	}
	st.NextSubnetLeaseId.Set(s, id+1)
	coldkey, hotkey := Coldkey(id), Hotkey(id)
	r.Accounts.IncProviders(c, coldkey)
	r.Accounts.IncProviders(c, hotkey)
	if err := r.Money.Transfer(c, info.FundsAccount, coldkey, info.Raised, balances.Expendable); err != nil {
		return err
	}
	if err := r.RegisterNetwork(c.As(frame.Signed(coldkey)), subnets.RegisterNetwork{Hotkey: hotkey}); err != nil {
		return err
	}
	netuid, ok := r.ownedBy(c, coldkey)
	if !ok {
		return r.Error.LeaseNetuidNotFound
	}
	if err := r.Proxies.Add(c, coldkey, who, proxy.SubnetLeaseBeneficiary, 0); err != nil {
		return err
	}
	left := r.Balances.Free(c, coldkey)
	st.SubnetLeases.Set(s, id, state.SubnetLease{
		Beneficiary: who, Coldkey: coldkey, Hotkey: hotkey, EmissionsShare: a.EmissionsShare, EndBlock: a.EndBlock, NetUID: netuid,
		Cost: info.Raised - min(info.Raised, left),
	})
	st.SubnetUidToLeaseId.Set(s, netuid, id)
	st.Delegates.Set(s, hotkey, 0) // all dividends are the contributors'
	if err := r.giveBack(c, id, loan, info.Raised, left, who); err != nil {
		return err
	}
	r.Event.SubnetLeaseCreated.Emit(c, state.SubnetLeaseCreated{Beneficiary: who, LeaseId: id, NetUID: netuid, EndBlock: a.EndBlock})
	if info.ContributorsCount < r.Crowdloans.MaxContributors() {
		n := uint64(info.ContributorsCount)
		c.Used(registered.Add(frame.WeightOf(26_884_006*n, 2579*n, 2*n, 2*n)))
	}
	return nil
}

// ownedBy is the first subnet of an owner, in the order of the storage.
func (r *Room) ownedBy(c *frame.Ctx, owner bt.AccountID) (bt.NetUID, bool) {
	for netuid, who := range r.Storage.SubnetOwner.All(c.State) {
		if who == owner {
			return netuid, true
		}
	}
	return 0, false
}

// giveBack notes the contributors' shares and pays back what is left of the crowdloan.
func (r *Room) giveBack(c *frame.Ctx, lease, loan uint32, raised, left bt.Rao, beneficiary bt.AccountID) error {
	rest := left
	for who, amount := range r.Crowdloans.Contributors(c, loan) {
		if who == beneficiary {
			continue
		}
		share := fixed.U64F64FromUint(uint64(amount)).SafeDiv(fixed.U64F64FromUint(uint64(raised)))
		r.Storage.SubnetLeaseShares.Set(c.State, lease, who, share)
		back := bt.Rao(share.Mul(fixed.U64F64FromUint(uint64(left))).Floor().ToUint64())
		if err := r.Money.Transfer(c, Coldkey(lease), who, back, balances.Expendable); err != nil {
			return err
		}
		rest -= min(rest, back)
	}
	return r.Money.Transfer(c, Coldkey(lease), beneficiary, rest, balances.Expendable)
}

// Terminate hands the subnet of a lease whose time is over to its beneficiary. Dividends that were not paid yet are lost. Event SubnetLeaseTerminated.
func (r *Room) Terminate(c *frame.Ctx, a Terminate) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	st, s := &r.Storage, c.State
	lease, ok := st.SubnetLeases.TryGet(s, a.LeaseID)
	end, ends := lease.EndBlock.Get()
	switch {
	case !ok:
		return r.Error.LeaseDoesNotExist
	case who != lease.Beneficiary:
		return r.Error.ExpectedBeneficiaryOrigin
	case !ends:
		return r.Error.LeaseHasNoEndBlock
	case c.Env.Number < end:
		return r.Error.LeaseHasNotEnded
	case !r.Owns(c, who, a.Hotkey):
		return r.Error.BeneficiaryDoesNotOwnHotkey
	}
	st.SubnetOwner.Set(s, lease.NetUID, who)
	if err := r.SetOwnerHotkey(c, lease.NetUID, a.Hotkey); err != nil {
		return err
	}
	_ = r.Accounts.DecProviders(c, lease.Coldkey) // an account that something consumes stays
	_ = r.Accounts.DecProviders(c, lease.Hotkey)
	n := st.SubnetLeaseShares.DeleteOf(s, a.LeaseID)
	st.AccumulatedLeaseDividends.Delete(s, a.LeaseID)
	st.SubnetLeases.Delete(s, a.LeaseID)
	if err := r.Proxies.Remove(c, lease.Coldkey, who, proxy.SubnetLeaseBeneficiary, 0); err != nil {
		return err
	}
	r.Event.SubnetLeaseTerminated.Emit(c, state.SubnetLeaseTerminated{Beneficiary: who, NetUID: lease.NetUID})
	if n := uint64(n); n < uint64(r.Crowdloans.MaxContributors()) {
		c.Used(terminated.Add(frame.WeightOf(912_993*n, 2529*n, n, n)))
	}
	return nil
}
