package stakepool

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/fixed"
)

// lockDust is the mass and the conviction below which a lock is nothing.
const lockDust = 100

func emptyLock(now uint64) state.LockState { return state.LockState{LastUpdate: now} }

func isDust(l state.LockState) bool {
	return l.LockedMass < lockDust && l.Conviction.Less(fixed.U64F64FromUint(lockDust))
}

// lockRule is how a lock changes with time: a decaying one loses mass; conviction moves towards the mass. Rates are in blocks.
type lockRule struct {
	unlock, maturity uint64
	owner            bool // locked to the subnet owner's hotkey: the conviction is the mass at once
	perpetual        bool // the mass stays
}

// roll brings a lock to the block now.
func (r lockRule) roll(l state.LockState, now uint64) state.LockState {
	if now > l.LastUpdate {
		l = r.decayed(l, now-l.LastUpdate)
		l.LastUpdate = now
	}
	if r.owner {
		l.Conviction = fixed.U64F64FromUint(uint64(l.LockedMass))
	}
	if isDust(l) {
		l.LockedMass, l.Conviction = 0, fixed.U64F64{}
	}
	return l
}

func (r lockRule) decayed(l state.LockState, dt uint64) state.LockState {
	unlock, maturity := decay(dt, r.unlock), decay(dt, r.maturity)
	mass := fixed.U64F64FromUint(uint64(l.LockedMass))
	var gained fixed.U64F64
	switch {
	case r.perpetual:
		gained = mass.Mul(fixed.OneU64F64.Sub(maturity))
	case r.unlock == r.maturity:
		gained = mass.Mul(fixed.U64F64FromUint(dt).SafeDiv(fixed.U64F64FromUint(r.maturity)).Mul(maturity))
	case r.unlock != 0 && r.maturity != 0:
		gamma := fixed.I64F64FromUint(r.unlock).Mul(unlock.ToI64F64().Sub(maturity.ToI64F64())).
			SafeDiv(fixed.I64F64FromInt(int64(r.unlock - r.maturity)))
		if gamma.Sign() > 0 {
			gained = mass.Mul(gamma.ToU64F64())
		}
	}
	l.Conviction = maturity.Mul(l.Conviction).Add(gained)
	if !r.perpetual {
		l.LockedMass = bt.Alpha(unlock.Mul(mass).ToUint64())
	}
	return l
}

// decay is exp(-dt/tau), exponents below -40 counting as -40.
func decay(dt, tau uint64) fixed.U64F64 {
	switch {
	case dt == 0:
		return fixed.OneU64F64
	case tau == 0:
		return fixed.U64F64{}
	}
	lowest := fixed.I64F64FromInt(-40)
	exponent := fixed.I64F64FromUint(dt).Neg().Div(fixed.I64F64FromUint(tau))
	if exponent.Less(lowest) {
		exponent = lowest
	}
	v, _ := exponent.Exp()
	return v.ToU64F64()
}

func reducedLock(l state.LockState, mass bt.Alpha, conviction fixed.U64F64) state.LockState {
	l.LockedMass -= min(l.LockedMass, mass)
	l.Conviction = l.Conviction.Sub(conviction)
	return l
}

func mergedLock(a, b state.LockState) state.LockState {
	return state.LockState{
		LockedMass: addSaturating(a.LockedMass, b.LockedMass), Conviction: a.Conviction.Add(b.Conviction),
		LastUpdate: max(a.LastUpdate, b.LastUpdate),
	}
}
