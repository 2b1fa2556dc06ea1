package adminutils

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// limit is a bound that fails with an error where bad says so. Errors are pointed to, because they get their indices after the declarations.
func limit[V any](text string, err *frame.Error, bad func(s *storage.State, netuid bt.NetUID, v V) bool) bound[V] {
	return bound[V]{text, func(c *frame.Ctx, netuid bt.NetUID, v V, _ bool) error {
		if bad(c.State, netuid, v) {
			return *err
		}
		return nil
	}}
}

// ofOwner is a bound that root is not held to.
func ofOwner[V any](text string, err *frame.Error, bad func(v V) bool) bound[V] {
	return bound[V]{"owner: " + text, func(_ *frame.Ctx, _ bt.NetUID, v V, byOwner bool) error {
		if byOwner && bad(v) {
			return *err
		}
		return nil
	}}
}

// within bounds a number on both sides, included.
func within[V ~uint8 | ~uint16](least, most V, err *frame.Error) bound[V] {
	return limit(fmt.Sprintf("%d … %d", least, most), err, func(_ *storage.State, _ bt.NetUID, v V) bool { return v < least || v > most })
}

// factor bounds a factor on both sides, included.
func (p *Pallet) factor(least, most uint64) bound[fixed.U64F64] {
	low, high := fixed.U64F64FromUint(least), fixed.U64F64FromUint(most)
	return limit(fmt.Sprintf("%d … %d", least, most), &p.Error.InvalidValue, func(_ *storage.State, _ bt.NetUID, v fixed.U64F64) bool {
		return v.Cmp(low) < 0 || v.Cmp(high) > 0
	})
}

// part bounds a part of the whole, which is neither nothing nor all.
func (p *Pallet) part() bound[fixed.U64F64] {
	return limit("above 0, below 1", &p.Error.InvalidValue, func(_ *storage.State, _ bt.NetUID, v fixed.U64F64) bool {
		return v.IsZero() || !v.Less(fixed.OneU64F64)
	})
}

func (p *Pallet) notBelowMinUids() bound[uint16] {
	return limit("at least MinAllowedUids", &p.Error.MaxAllowedUidsLessThanMinAllowedUids, func(s *storage.State, netuid bt.NetUID, v uint16) bool {
		return v < p.module.Storage.MinAllowedUids.Get(s, netuid)
	})
}

func (p *Pallet) notBelowNeurons() bound[uint16] {
	return limit("not below the number of neurons", &p.Error.MaxAllowedUIdsLessThanCurrentUIds, func(s *storage.State, netuid bt.NetUID, v uint16) bool {
		return v < p.module.Storage.SubnetworkN.Get(s, netuid)
	})
}

func (p *Pallet) notAboveSeats() bound[uint16] {
	return bound[uint16]{"at most 256, 2500 without consensus", func(c *frame.Ctx, netuid bt.NetUID, v uint16, _ bool) error {
		if v > p.module.Epoch.Seats(c, netuid) {
			return p.Error.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids
		}
		return nil
	}}
}

func (p *Pallet) roomForMechanisms() bound[uint16] {
	return bound[uint16]{"as many in all mechanisms together", func(c *frame.Ctx, netuid bt.NetUID, v uint16, _ bool) error {
		return p.module.Subnets.CheckMechanismUids(c, netuid, v, p.module.Storage.MechanismCountCurrent.Get(c.State, netuid))
	}}
}

// oneValidator keeps the only validator of a subnet without consensus the only one.
func (p *Pallet) oneValidator() bound[uint16] {
	return bound[uint16]{"1 without consensus", func(c *frame.Ctx, netuid bt.NetUID, v uint16, _ bool) error {
		if v != 1 && p.module.Epoch.Null(c, netuid) {
			return p.Error.InvalidValue
		}
		return nil
	}}
}

func (p *Pallet) belowMaxUids() bound[uint16] {
	return limit("below MaxAllowedUids", &p.Error.MinAllowedUidsGreaterThanMaxAllowedUids, func(s *storage.State, netuid bt.NetUID, v uint16) bool {
		return v >= p.module.Storage.MaxAllowedUids.Get(s, netuid)
	})
}

func (p *Pallet) belowNeurons() bound[uint16] {
	return limit("below the number of neurons", &p.Error.MinAllowedUidsGreaterThanCurrentUids, func(s *storage.State, netuid bt.NetUID, v uint16) bool {
		return v >= p.module.Storage.SubnetworkN.Get(s, netuid)
	})
}

func (p *Pallet) notAboveMaxUids() bound[uint16] {
	return limit("at most MaxAllowedUids", &p.Error.MaxValidatorsLargerThanMaxUIds, func(s *storage.State, netuid bt.NetUID, v uint16) bool {
		return v > p.module.Storage.MaxAllowedUids.Get(s, netuid)
	})
}

func (p *Pallet) belowMaxBurn() bound[bt.Rao] {
	return limit("below 1 TAO and MaxBurn", &p.Error.ValueNotInBounds, func(s *storage.State, netuid bt.NetUID, v bt.Rao) bool {
		return v >= p.module.Constants.MinBurnUpperBound.Get() || v >= p.module.Storage.MaxBurn.Get(s, netuid)
	})
}

func (p *Pallet) aboveMinBurn() bound[bt.Rao] {
	return limit("above 0.1 TAO and MinBurn", &p.Error.ValueNotInBounds, func(s *storage.State, netuid bt.NetUID, v bt.Rao) bool {
		return v <= p.module.Constants.MaxBurnLowerBound.Get() || v <= p.module.Storage.MinBurn.Get(s, netuid)
	})
}

// offWhilePriced keeps one of the two ways into a subnet open.
func (p *Pallet) offWhilePriced() bound[bool] {
	return limit("off only while registration by price is open", &p.Error.InvalidValue, func(s *storage.State, netuid bt.NetUID, on bool) bool {
		return !on && !p.module.Storage.NetworkRegistrationAllowed.Get(s, netuid)
	})
}

func (p *Pallet) activity() bound[uint16] {
	return limit("at least MinActivityCutoff, 360", &p.module.Error.ActivityCutoffTooLow, func(s *storage.State, _ bt.NetUID, v uint16) bool {
		return v < p.module.Storage.MinActivityCutoff.Get(s)
	})
}

// The epochs between commit and reveal.
const leastRevealPeriod, mostRevealPeriod = 1, 100

func (p *Pallet) revealPeriod() []bound[uint64] {
	e := &p.module.Error
	return []bound[uint64]{
		limit("1 … 100", &e.RevealPeriodTooLarge, func(_ *storage.State, _ bt.NetUID, v uint64) bool { return v > mostRevealPeriod }),
		limit("", &e.RevealPeriodTooSmall, func(_ *storage.State, _ bt.NetUID, v uint64) bool { return v < leastRevealPeriod }),
	}
}

func (p *Pallet) childkeyTake() bound[state.PerU16] {
	return limit("MinChildkeyTake … MaxChildkeyTake", &p.Error.InvalidValue, func(s *storage.State, _ bt.NetUID, v state.PerU16) bool {
		return v < p.module.Storage.MinChildkeyTake.Get(s) || v > p.module.Storage.MaxChildkeyTake.Get(s)
	})
}

// leastSpeed is the lowest speed of bonds that may be set: a fortieth.
const leastSpeed = 65535 / 40

func (p *Pallet) setAlphaValues(c *frame.Ctx, a SetAlphaValues) error {
	st, e := &p.module.Storage, &p.module.Error
	switch {
	case !st.LiquidAlphaOn.Get(c.State, a.NetUID):
		return e.LiquidAlphaDisabled
	case a.AlphaHigh < leastSpeed:
		return e.AlphaHighTooLow
	case a.AlphaLow < leastSpeed || a.AlphaLow > a.AlphaHigh:
		return e.AlphaLowOutOfRange
	}
	st.AlphaValues.Set(c.State, a.NetUID, scale.Pair[uint16, uint16]{A: a.AlphaLow, B: a.AlphaHigh})
	return nil
}

// setNominatorMinimum also sells, when the least nomination rises, those that are too small now. Whether it rises, upstream judges by comparing the new
// number of millionths with the old least nomination in rao; so does this.
func (p *Pallet) setNominatorMinimum(c *frame.Ctx, a OfNetwork[uint64]) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	before := p.module.Pools.NominatorMinimum(c)
	p.module.Storage.NominatorMinRequiredStake.Set(c.State, a.Value)
	if a.Value > before {
		p.module.Pools.ClearSmallNominations(c)
	}
	return nil
}
