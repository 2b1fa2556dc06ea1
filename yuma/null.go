package yuma

import (
	"math/bits"

	"github.com/myelin-go/myelin/fixed"
)

// Budgets are what an epoch has to share out, by whom it is meant for, in the smallest unit of alpha. A [Rule] is given the sum and finds the parts itself.
type Budgets struct {
	Miners     uint64
	Validators uint64
	Root       uint64 // of those who stake on root; shared out as the validators' part is
}

// Total is all of it, at most 2^64-1.
func (b Budgets) Total() uint64 {
	return saturatingAdd(saturatingAdd(b.Miners, b.Validators), b.Root)
}

// Split divides each part over a subnet's mechanisms, as SplitEmission does. Each part keeps its sum.
func (b Budgets) Split(mechanisms int, split []uint16) []Budgets {
	miners, validators, root := SplitEmission(b.Miners, mechanisms, split), SplitEmission(b.Validators, mechanisms, split), SplitEmission(b.Root, mechanisms, split)
	out := make([]Budgets, mechanisms)
	for m := range out {
		out[m] = Budgets{miners[m], validators[m], root[m]}
	}
	return out
}

// Null is an epoch without consensus, as upstream has it since spec 475: one validator decides, whoever has the most stake. Miners share their part by that
// validator's row of weights, which counts as for Yuma: without the weight on itself, unless it is the owner's, and without weights that are older than the neuron
// they refer to; with nothing left, all neurons share equally. All who have stake share the validators' part and root's by their stake, whether they are active or
// may validate or not, and below the threshold too. Without any stake all neurons share the miners' and the validators' part equally, and nobody gets root's.
//
// Everything is paid in whole units, and each part in full. There are no bonds: former ones are to be kept as they are. Of the weights only the row of
// [Winner] is read; Emission and Parameters are not. The output has no trace.
func Null(in *Input, b Budgets) *Output {
	n := in.Neurons
	out := &Output{
		Consensus: make([]uint16, n), ValidatorTrust: make([]uint16, n), Incentive: make([]uint16, n), Rank: make([]uint16, n), Trust: make([]uint16, n),
		Dividends: make([]uint16, n), StakeWeight: make([]uint16, n), PruningScore: make([]uint16, n), Active: make([]bool, n), ValidatorPermit: make([]bool, n),
		Emission: make([]uint64, n), Stake: make([]uint64, n), Bonds: make([][]Entry, n),
	}
	for i := range n {
		out.Active[i] = i < len(in.LastUpdate) && saturatingAdd(in.LastUpdate[i], in.ActivityCutoff) >= in.Block
		out.Stake[i] = at(in.Stake, i).ToUint64()
	}
	stakes := newShares(out.Stake)
	winner, ok := Winner(in.Stake, n)
	if ok {
		out.ValidatorPermit[winner] = true
	}
	miners := newShares(in.judged(winner))
	if stakes.total == 0 {
		b.Miners, b.Validators, b.Root = saturatingAdd(b.Miners, b.Validators), 0, 0
		miners.total = 0
	}
	if miners.total == 0 {
		miners = equalShares(n)
	}
	out.ServerEmission = miners.apportion(b.Miners)
	out.ValidatorEmission = stakes.apportion(saturatingAdd(b.Validators, b.Root))
	for i := range n {
		out.Emission[i] = saturatingAdd(out.ServerEmission[i], out.ValidatorEmission[i])
		out.Incentive[i], out.StakeWeight[i] = miners.fraction(i), stakes.fraction(i)
	}
	copy(out.Dividends, out.StakeWeight)
	return out
}

// Winner is the uid, of n, with the most stake, of equal ones the lowest. ok is false where there is none.
func Winner(stakes []fixed.I64F64, n int) (uid int, ok bool) {
	for i := range n {
		if at(stakes, uid).Less(at(stakes, i)) {
			uid = i
		}
	}
	return uid, n > 0
}

// judged is what counts of a validator's weights, by uid.
func (in *Input) judged(validator int) []uint64 {
	out := make([]uint64, in.Neurons)
	updated, commit := at(in.LastUpdate, validator), uint64(NoCommit)
	if in.CommitBlocks != nil {
		commit = at(in.CommitBlocks, validator)
	}
	owner := in.HasOwner && validator == int(in.Owner)
	for _, w := range at(in.Weights, validator) {
		j := int(w.UID)
		if j >= in.Neurons || j == validator && !owner {
			continue
		}
		if registered := at(in.BlockAtRegistration, j); updated <= registered || commit < registered {
			continue
		}
		out[j] += uint64(w.Value)
	}
	return out
}

// shares are parts of a whole, by uid.
type shares struct {
	parts []uint64
	total uint64 // of the parts
}

// newShares takes parts whose sum may be beyond 64 bits: all of them lose as many low bits as it takes.
func newShares(parts []uint64) shares {
	var high, total uint64
	for _, p := range parts {
		var carry uint64
		total, carry = bits.Add64(total, p, 0)
		high += carry
	}
	if high == 0 {
		return shares{parts, total}
	}
	shift, scaled := bits.Len64(high), make([]uint64, len(parts))
	total = 0
	for i, p := range parts {
		scaled[i] = p >> shift
		total += scaled[i]
	}
	return shares{scaled, total}
}

// equalShares gives each of n the same.
func equalShares(n int) shares {
	s := shares{make([]uint64, n), uint64(n)}
	for i := range s.parts {
		s.parts[i] = 1
	}
	return s
}

// apportion divides an amount by the shares into whole units: each gets its share rounded down, and the units that are left go, one each, to the
// lowest uids of those whose share was not whole. So all of it is given, unless there is nobody.
func (s shares) apportion(amount uint64) []uint64 {
	out := make([]uint64, len(s.parts))
	if s.total == 0 {
		return out
	}
	broken, left := make([]bool, len(out)), amount
	for i, part := range s.parts {
		high, low := bits.Mul64(amount, part)
		whole, rest := bits.Div64(high, low, s.total) // high < total, since part <= total and amount < 2^64
		out[i], broken[i] = whole, rest != 0
		left -= whole
	}
	// What is left is the sum of the rests, each less than a unit: there are more of them than units.
	for i := 0; left > 0; i++ {
		if broken[i] {
			out[i]++
			left--
		}
	}
	return out
}

// fraction is a share of the whole, of 65535, rounded down.
func (s shares) fraction(uid int) uint16 {
	if s.total == 0 {
		return 0
	}
	high, low := bits.Mul64(s.parts[uid], 65535)
	whole, _ := bits.Div64(high, low, s.total)
	return uint16(whole)
}
