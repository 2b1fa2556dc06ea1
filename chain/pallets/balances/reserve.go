package balances

import (
	"reflect"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/scale"
)

// Reserve moves free balance into reserve: deposits that a pallet takes. It fails with InsufficientBalance, with LiquidityRestrictions when
// frozen balance stands against it, and with ConsumerRemaining when less than the existential deposit would stay free.
func (p *Pallet) Reserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) error {
	if amount == 0 {
		return nil
	}
	frozen := p.sys.Account(c, who).Data.Frozen
	err := p.mutate(c, who, func(d *system.AccountData) error {
		if d.Free < amount {
			return p.Error.InsufficientBalance
		}
		if d.Reserved+amount < d.Reserved {
			return frame.Overflow
		}
		d.Free -= amount
		d.Reserved += amount
		if d.Free < frozen {
			return p.Error.LiquidityRestrictions
		}
		return nil
	})
	if err == nil {
		p.Event.Reserved.Emit(c, WhoAmount{who, amount})
	}
	return err
}

// CanReserve tells whether Reserve would succeed.
func (p *Pallet) CanReserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) bool {
	d := p.sys.Account(c, who).Data
	return amount == 0 || d.Free >= amount && d.Free-amount >= max(d.Frozen, p.Constants.ExistentialDeposit.Get())
}

// Unreserve moves up to an amount of reserved balance back and returns how much could not be.
func (p *Pallet) Unreserve(c *frame.Ctx, who bt.AccountID, amount bt.Rao) bt.Rao {
	var moved bt.Rao
	if amount == 0 {
		return 0
	}
	err := p.mutate(c, who, func(d *system.AccountData) error {
		moved = min(d.Reserved, amount)
		d.Reserved -= moved
		d.Free += moved
		return nil
	})
	if err != nil {
		return amount
	}
	p.Event.Unreserved.Emit(c, WhoAmount{who, moved})
	return amount - moved
}

// RepatriateReserved moves up to an amount of one account's reserve into another's free or reserved balance and returns how much could not be. The
// receiver must exist, else DeadAccount.
func (p *Pallet) RepatriateReserved(c *frame.Ctx, from, to bt.AccountID, amount bt.Rao, status Status) (bt.Rao, error) {
	moved := min(amount, p.sys.Account(c, from).Data.Reserved)
	if amount == 0 {
		return 0, nil
	}
	if from == to {
		if status == FreeStatus {
			return p.Unreserve(c, from, amount), nil
		}
		return amount - moved, nil
	}
	if p.Total(c, to) == 0 {
		return amount, p.Error.DeadAccount
	}
	err := c.Transaction(func() error {
		if err := p.mutate(c, from, func(d *system.AccountData) error { d.Reserved -= moved; return nil }); err != nil {
			return err
		}
		return p.mutate(c, to, func(d *system.AccountData) error {
			if status == FreeStatus {
				d.Free += moved
			} else {
				d.Reserved += moved
			}
			return nil
		})
	})
	if err != nil {
		return amount, err
	}
	p.Event.ReserveRepatriated.Emit(c, ReserveRepatriated{From: from, To: to, Amount: moved, DestinationStatus: status})
	return amount - moved, nil
}

// SlashReserved destroys up to an amount of reserved balance and returns how much there was not.
func (p *Pallet) SlashReserved(c *frame.Ctx, who bt.AccountID, amount bt.Rao) bt.Rao {
	var taken bt.Rao
	err := p.mutate(c, who, func(d *system.AccountData) error {
		taken = min(d.Reserved, amount)
		d.Reserved -= taken
		return nil
	})
	if err != nil {
		return amount
	}
	p.subIssuance(c, taken)
	p.Event.Slashed.Emit(c, WhoAmount{who, taken})
	return amount - taken
}

// Status is which balance a repatriated reserve joins.
type Status uint8

// The two balances.
const (
	FreeStatus Status = iota
	ReservedStatus
)

// Variants lists Substrate's names.
func (Status) Variants() []scale.Variant { return scale.Names("Free", "Reserved") }

// ScaleName is Substrate's.
func (Status) ScaleName() scale.Name {
	return scale.Name{Path: "frame_support::traits::tokens::misc::BalanceStatus"}
}

// Lock is a lock on free balance; several overlap.
type Lock struct {
	ID      [8]byte
	Amount  bt.Rao
	Reasons Reasons
}

// ScaleName is Substrate's.
func (Lock) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_balances::types::BalanceLock", Params: []scale.Param{balanceParam}}
}

var balanceParam = scale.Param{Name: "Balance", Type: reflect.TypeFor[bt.Rao]()}

// Reasons is what a lock forbids.
type Reasons uint8

// The reasons.
const (
	ReasonFee Reasons = iota
	ReasonMisc
	ReasonAll
)

// Variants lists Substrate's names.
func (Reasons) Variants() []scale.Variant { return scale.Names("Fee", "Misc", "All") }

// ScaleName is Substrate's.
func (Reasons) ScaleName() scale.Name { return scale.Name{Path: "pallet_balances::types::Reasons"} }

// Reserved is a named reserve.
type Reserved struct {
	ID     [8]byte
	Amount bt.Rao
}

// ScaleName is Substrate's.
func (Reserved) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_balances::types::ReserveData", Params: []scale.Param{
		{Name: "ReserveIdentifier", Type: reflect.TypeFor[[8]byte]()}, balanceParam,
	}}
}

// Held is balance held for a reason.
type Held struct {
	ID     frame.HoldReason
	Amount bt.Rao
}

// ScaleName is Substrate's.
func (Held) ScaleName() scale.Name {
	return scale.Name{Path: "frame_support::traits::tokens::misc::IdAmount", Params: []scale.Param{
		{Name: "Id", Type: reflect.TypeFor[frame.HoldReason]()}, balanceParam,
	}}
}

// Frozen is balance frozen for a reason; no pallet here freezes.
type Frozen struct {
	ID     frame.FreezeReason
	Amount bt.Rao
}

// ScaleName is Substrate's.
func (Frozen) ScaleName() scale.Name {
	return scale.Name{Path: "frame_support::traits::tokens::misc::IdAmount", Params: []scale.Param{
		{Name: "Id", Type: reflect.TypeFor[frame.FreezeReason]()}, balanceParam,
	}}
}

// The bounded lists of an account.
type (
	Locks    []Lock
	Reserves []Reserved
	Holds    []Held
	Freezes  []Frozen
)

func bounded[T any](path string) scale.Name {
	return scale.Name{Path: path, Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[T]()}, {Name: "S"}}}
}

// ScaleName is Substrate's.
func (Locks) ScaleName() scale.Name {
	return bounded[Lock]("bounded_collections::weak_bounded_vec::WeakBoundedVec")
}

// ScaleName is Substrate's.
func (Reserves) ScaleName() scale.Name {
	return bounded[Reserved]("bounded_collections::bounded_vec::BoundedVec")
}

// ScaleName is Substrate's.
func (Holds) ScaleName() scale.Name {
	return bounded[Held]("bounded_collections::bounded_vec::BoundedVec")
}

// ScaleName is Substrate's.
func (Freezes) ScaleName() scale.Name {
	return bounded[Frozen]("bounded_collections::bounded_vec::BoundedVec")
}
