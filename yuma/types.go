package yuma

import (
	"math"

	"github.com/myelin-go/myelin/fixed"
)

// Entry is one cell of a stored row of weights or bonds: a neuron and a value, a u16 whose unit the row defines.
type Entry struct{ UID, Value uint16 }

// Input is what an epoch of one mechanism reads. Slices are by uid; one that is shorter than Neurons reads as zero (or
// false) beyond its end unless its comment says otherwise. No slice is changed or kept.
type Input struct {
	Neurons int // how many uids the subnet has, 0..65535

	Block          uint64 // the current block
	Tempo          uint64 // blocks between epochs
	LastStepBlock  uint64 // the block of the last epoch that made bonds; 0 when there was none
	ActivityCutoff uint64 // blocks after which a neuron that did not update its weights is inactive; see CutoffBlocks

	Stake          []fixed.I64F64 // total stake: alpha plus TAO times its weight, inherited stake included
	StakeThreshold uint64         // stake below it counts as none, except the owner's
	Owner          uint16         // the subnet owner's uid; meaningful when HasOwner
	HasOwner       bool

	ValidatorPermit      []bool // permits now in force; without one a row of weights does not count
	MaxAllowedValidators uint16 // how many get a new permit

	LastUpdate          []uint64 // block of the last weights (or registration)
	BlockAtRegistration []uint64 // 0 for a uid without a hotkey
	CommitBlocks        []uint64 // block of the earliest live weight commit, NoCommit without one; nil when commit-reveal is off

	// FormerConsensus is what liquid alpha compares weights with in the place of this epoch's consensus, in parts of 65535: that of the epoch before, say.
	// nil: this epoch's.
	FormerConsensus []uint16

	Weights [][]Entry // rows as stored; columns beyond the last neuron are ignored
	Bonds   [][]Entry // rows as stored

	Emission   uint64 // alpha to share out, in its smallest unit
	Parameters Parameters
}

// NoCommit marks a neuron without a live commit in Input.CommitBlocks.
const NoCommit = math.MaxUint64

// Parameters are the hyperparameters of consensus.
type Parameters struct {
	Kappa                 uint16 // majority, in parts of 65535
	Rho                   uint16 // temperature of the sigmoid; package yuma/sigmoid only
	BondsPenalty          uint16 // how far bonds follow clipped weights: 0 not at all, 65535 fully
	BondsMovingAverage    uint64 // share of the former bonds, in parts of 10^6
	LiquidAlpha           bool   // Yuma 3 only: a moving average for each bond
	AlphaLow, AlphaHigh   uint16 // bounds of the liquid average's new share, in parts of 65535
	AlphaSigmoidSteepness int16  // in hundredths
}

// Output is what an epoch yields, by uid, each slice as long as Input.Neurons unless its comment says otherwise. u16
// values are parts of 65535, rounded down; emission and stake are in the smallest unit of alpha. A uid without a hotkey has
// values as well; it is for the caller not to store them.
type Output struct {
	Consensus       []uint16
	ValidatorTrust  []uint16
	Incentive       []uint16
	Rank            []uint16 // equal to the incentive under the rules here; no longer stored upstream
	Trust           []uint16 // rank after clipping by rank before; no longer stored upstream
	Dividends       []uint16
	StakeWeight     []uint16
	PruningScore    []uint16 // combined emission, scaled so that the highest is 65535; no longer stored upstream
	Active          []bool
	ValidatorPermit []bool // the new permits

	Emission          []uint64 // combined
	ServerEmission    []uint64
	ValidatorEmission []uint64
	Stake             []uint64

	Bonds [][]Entry // new rows; nil for a uid without a new permit

	Trace Trace
}

// Trace holds the figures behind Output before they are rounded to u16.
type Trace struct {
	Stake          []fixed.I32F32 // sums to 1
	ActiveStake    []fixed.I32F32 // of active validators with a permit; sums to 1
	Consensus      []fixed.I32F32
	ValidatorTrust []fixed.I32F32
	Incentive      []fixed.I32F32
	Dividends      []fixed.I32F32
	Weights        [][]Cell // masked, each row normalised
	Bonds          [][]Cell // after the moving average, as stored but not yet rounded
}

// Cell is one entry of a sparse row.
type Cell struct {
	Column uint16
	Value  fixed.I32F32
}

// Rule is a consensus rule: one epoch of one mechanism.
type Rule func(*Input) *Output

// CutoffBlocks is the activity cutoff for a factor in thousandths of a tempo: never below one block.
func CutoffBlocks(factorMilli uint32, tempo uint16) uint64 {
	return max(1, uint64(factorMilli)*uint64(tempo)/1000)
}

// at is a slice's element, or the zero value beyond its end.
func at[T any](s []T, i int) (v T) {
	if i < len(s) {
		return s[i]
	}
	return v
}
