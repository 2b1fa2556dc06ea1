package delegation

import (
	"math"

	"github.com/myelin-go/myelin/fixed"
)

// Inflow is a parent's stake and the proportion of it that it lends.
type Inflow struct {
	Stake      uint64 // in alpha, or in TAO on root
	Proportion uint64 // parts of 2^64-1
}

// InheritedStake is the stake that counts for a hotkey on a subnet: its own, less what it lends to children, plus what
// parents lend to it. It serves alpha and root TAO alike.
func InheritedStake(own uint64, toChildren []uint64, fromParents []Inflow) uint64 {
	stake := fixed.U96F32FromUint(own)
	var lent, inherited fixed.U96F32
	for _, p := range toChildren {
		lent = lent.Add(stake.Mul(proportion(p)))
	}
	for _, in := range fromParents {
		inherited = inherited.Add(fixed.U96F32FromUint(in.Stake).Mul(proportion(in.Proportion)))
	}
	return stake.Sub(lent).Add(inherited).ToUint64()
}

// StakeWeight is alpha + tao * weight, the stake with which a hotkey enters consensus.
func StakeWeight(alpha, tao uint64, taoWeight fixed.U96F32) fixed.I64F64 {
	return fixed.I64F64FromUint(alpha).Add(fixed.I64F64FromUint(tao).Mul(taoWeight.ToI64F64()))
}

// SelfContribution is the weighted stake that a hotkey keeps for itself: (alpha + root * weight) times what its children
// leave.
func SelfContribution(alpha, root uint64, toChildren []uint64, taoWeight fixed.U96F32) uint64 {
	left := fixed.OneU96F32
	for _, p := range toChildren {
		left = left.Sub(proportion(p))
	}
	return weighted(alpha, root, left, taoWeight).ToUint64()
}

// Parent is one that lends stake to a hotkey.
type Parent struct {
	Alpha, Root uint64 // its own stake on the subnet and on root
	Proportion  uint64 // parts of 2^64-1
	SameOwner   bool   // whether its coldkey is the child's: then nothing is taken or burned
}

// Rates are the constants of a Route.
type Rates struct {
	TaoWeight fixed.U96F32
	Burn      fixed.U96F32 // child key burn
	Take      uint16       // the child's take, parts of 65535
}

// Routed is where a hotkey's dividend goes, in smallest units, each rounded down.
type Routed struct {
	ToParents []uint64 // in the order of the parents
	ToSelf    uint64   // with the takes
	Recycled  uint64
}

// Route divides the dividend that a hotkey earned among its parents and itself in proportion to contributions. self is
// its SelfContribution.
func Route(dividend, self uint64, parents []Parent, r Rates) Routed {
	whole := fixed.U96F32FromUint(dividend)
	take := fixed.U96F32FromRatio(uint64(r.Take), math.MaxUint16)
	contributions := make([]fixed.U96F32, len(parents))
	sum := fixed.U96F32FromUint(self)
	for i, p := range parents {
		contributions[i] = weighted(p.Alpha, p.Root, proportion(p.Proportion), r.TaoWeight)
		sum = sum.Add(contributions[i])
	}
	routed := Routed{ToParents: make([]uint64, len(parents))}
	left := whole
	var taken fixed.U96F32
	for i, p := range parents {
		part := whole.Mul(contributions[i].SafeDiv(sum))
		left = left.Sub(part)
		if !p.SameOwner {
			burned, kept := r.Burn.Mul(part), take.Mul(part)
			part = part.Sub(burned).Sub(kept)
			taken = taken.Add(kept)
			routed.Recycled += burned.ToUint64()
		}
		routed.ToParents[i] = part.ToUint64()
	}
	routed.ToSelf = left.Add(taken).ToUint64()
	return routed
}

// Holder is a hotkey that earned a dividend, with its stake.
type Holder struct {
	Alpha, Root uint64
	Dividend    fixed.U96F32
}

// Distribute divides the pending alpha of validators and of root among holders. Each dividend is first split by the
// holder's alpha and weighted root stake; then pendingAlpha is shared in proportion to the alpha parts and pendingRoot in
// proportion to the root parts. Results are in the order of the holders, which must be distinct hotkeys.
func Distribute(holders []Holder, pendingAlpha, pendingRoot uint64, taoWeight fixed.U96F32) (alpha, root []fixed.U96F32) {
	alpha, root = make([]fixed.U96F32, len(holders)), make([]fixed.U96F32, len(holders))
	for i, h := range holders {
		rootAlpha := fixed.U96F32FromUint(h.Root).Mul(taoWeight)
		rootPart := rootAlpha.SafeDiv(fixed.U96F32FromUint(h.Alpha).Add(rootAlpha))
		root[i] = h.Dividend.Mul(rootPart)
		alpha[i] = h.Dividend.Sub(root[i])
	}
	share(alpha, pendingAlpha)
	share(root, pendingRoot)
	return alpha, root
}

// share replaces parts by their share of pending.
func share(parts []fixed.U96F32, pending uint64) {
	var sum fixed.U96F32
	for _, p := range parts {
		sum = sum.Add(p)
	}
	for i, p := range parts {
		parts[i] = fixed.U96F32FromUint(pending).Mul(p.SafeDiv(sum))
	}
}

// weighted is alpha*part + root*part*weight.
func weighted(alpha, root uint64, part, taoWeight fixed.U96F32) fixed.U96F32 {
	return fixed.U96F32FromUint(alpha).Mul(part).Add(fixed.U96F32FromUint(root).Mul(part).Mul(taoWeight))
}

func proportion(p uint64) fixed.U96F32 { return fixed.U96F32FromRatio(p, math.MaxUint64) }
