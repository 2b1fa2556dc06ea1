// Package conviction is the arithmetic of locked alpha: how a lock and the conviction that it earns move with time, and
// the moving average that gives voting power. Both are exact to the last bit against upstream
// (pallets/subtensor/src/staking/lock.rs, utils/voting_power.rs; spec 425).
//
// A lock of mass m decays with the unlock rate as time constant; conviction follows the mass with the maturity rate:
// new mass feeds it, old conviction decays. Rates are blocks. Which locks exist, how they add up per hotkey and owner, and
// what conviction decides is the pallet's business.
package conviction

import (
	"math"
	"math/bits"

	"github.com/myelin-go/myelin/fixed"
)

// dust is the mass and conviction below which a lock counts as gone.
const dust = 100

// furthest is the number of time constants after which decay stands still.
const furthest = 40

// Lock is the state of a lock at a block.
type Lock struct {
	Mass       uint64       // locked alpha, in smallest units
	Conviction fixed.U64F64 // in the same units
	LastUpdate uint64       // block
}

// IsZero reports whether both the mass and the conviction are below 100 units.
func (l Lock) IsZero() bool {
	return l.Mass < dust && l.Conviction.Less(fixed.U64F64FromUint(dust))
}

// Rates say how locks move; 0 means at once.
type Rates struct {
	Unlock, Maturity uint64 // time constants in blocks
	Owner            bool   // an owner's lock: conviction equals the mass
	Perpetual        bool   // the mass does not decay
}

// Decay is e^(-blocks/tau); 1 for no blocks, 0 for a tau of 0, and never below e^-40 else.
func Decay(blocks, tau uint64) fixed.U64F64 {
	if blocks == 0 {
		return fixed.OneU64F64
	}
	if tau == 0 {
		return fixed.U64F64{}
	}
	lowest := fixed.I64F64FromInt(-furthest)
	x, ok := fixed.I64F64FromUint(blocks).Neg().CheckedDiv(fixed.I64F64FromUint(tau))
	if blocks > math.MaxInt64 {
		x, ok = fixed.MinI64F64.CheckedDiv(fixed.I64F64FromUint(tau))
	}
	if !ok || x.Less(lowest) {
		x = lowest
	}
	v, _ := x.Exp() // the error value is 0
	return v.ToU64F64()
}

// Roll moves a lock forward to block now and returns it with the decreases of mass and conviction (0 where they grew),
// by which the sums that hold it must shrink. A lock from the future does not move, and dust vanishes.
func (l Lock) Roll(now uint64, r Rates) (rolled Lock, massLost uint64, convictionLost fixed.U64F64) {
	rolled = l
	if now > l.LastUpdate {
		rolled = l.after(now-l.LastUpdate, r)
		rolled.LastUpdate = now
	}
	if r.Owner {
		rolled.Conviction = fixed.U64F64FromUint(rolled.Mass)
	}
	if rolled.IsZero() {
		rolled.Mass, rolled.Conviction = 0, fixed.U64F64{}
	}
	if l.Mass > rolled.Mass {
		massLost = l.Mass - rolled.Mass
	}
	return rolled, massLost, l.Conviction.Sub(rolled.Conviction)
}

func (l Lock) after(blocks uint64, r Rates) Lock {
	unlock, maturity := Decay(blocks, r.Unlock), Decay(blocks, r.Maturity)
	mass := fixed.U64F64FromUint(l.Mass)
	var gained fixed.U64F64 // per unit of mass
	switch {
	case r.Perpetual:
		gained = fixed.OneU64F64.Sub(maturity)
	case r.Unlock == r.Maturity:
		gained = fixed.U64F64FromRatio(blocks, r.Maturity).Mul(maturity)
	case r.Unlock != 0 && r.Maturity != 0:
		// unlock/(unlock - maturity) * (e^(-t/unlock) - e^(-t/maturity)); the conversion takes a negative value to 0.
		span := difference(r.Unlock, r.Maturity)
		decays := unlock.ToI64F64().Sub(maturity.ToI64F64())
		gained = fixed.I64F64FromUint(r.Unlock).Mul(decays).SafeDiv(span).ToU64F64()
	}
	next := Lock{Mass: l.Mass, Conviction: maturity.Mul(l.Conviction).Add(mass.Mul(gained))}
	if !r.Perpetual {
		next.Mass = unlock.Mul(mass).ToUint64()
	}
	return next
}

// difference is a - b.
func difference(a, b uint64) fixed.I64F64 {
	if a >= b {
		return fixed.I64F64FromUint(a - b)
	}
	if b-a > math.MaxInt64 {
		return fixed.MinI64F64
	}
	return fixed.I64F64FromUint(b - a).Neg()
}

// OneAlpha is 1 as the smoothing factor of VotingPower.
const OneAlpha uint64 = 1_000_000_000_000_000_000

// VotingPower is the next value of the moving average of a stake: (alpha * stake + (1 - alpha) * previous), rounded down,
// with alpha in parts of 1e18.
func VotingPower(stake, previous, alpha uint64) uint64 {
	var keep uint64
	if alpha < OneAlpha {
		keep = OneAlpha - alpha
	}
	hi, lo := bits.Mul64(alpha, stake)
	hi2, lo2 := bits.Mul64(keep, previous)
	lo, carry := bits.Add64(lo, lo2, 0)
	hi, carry = bits.Add64(hi, hi2, carry)
	if carry != 0 {
		hi, lo = math.MaxUint64, math.MaxUint64
	}
	if hi >= OneAlpha {
		return math.MaxUint64
	}
	v, _ := bits.Div64(hi, lo, OneAlpha)
	return v
}
