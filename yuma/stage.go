package yuma

import (
	"slices"

	"github.com/myelin-go/myelin/fixed"
)

// Stage is what an epoch of any rule begins with: who takes part, with what stake, and which weights count. A rule derives
// Scores from it and hands them to Output.
type Stage struct {
	Input       *Input
	Active      []bool         // by the activity cutoff
	NewPermits  []bool         // who may set weights from now on
	Stake       []fixed.I32F32 // that reaches the threshold, made to sum to 1
	ActiveStake []fixed.I32F32 // of active neurons with a permit, made to sum to 1
	Weights     [][]Cell       // of neurons with a permit, each row made to sum to 1; self-weights and outdated ones removed
}

// Scores are what a rule finds. The vectors are by uid and as long as the subnet.
type Scores struct {
	Consensus      []fixed.I32F32
	ValidatorTrust []fixed.I32F32
	Rank           []fixed.I32F32
	Trust          []fixed.I32F32
	Incentive      []fixed.I32F32
	Dividends      []fixed.I32F32
	Bonds          [][]Cell // as they are to be stored, in 0..1
}

// Prepare does what comes before the rule proper.
func Prepare(in *Input) *Stage {
	s := &Stage{Input: in, Active: make([]bool, in.Neurons)}
	inactive := make([]bool, len(in.LastUpdate))
	for i, updated := range in.LastUpdate {
		inactive[i] = saturatingAdd(updated, in.ActivityCutoff) < in.Block
		if i < in.Neurons {
			s.Active[i] = !inactive[i]
		}
	}
	forbidden := make([]bool, len(in.ValidatorPermit))
	for i, permit := range in.ValidatorPermit {
		forbidden[i] = !permit && !s.isOwner(i)
	}
	s.Stake = s.normalizedStake()
	s.NewPermits = topNonzero(s.Stake, int(in.MaxAllowedValidators))
	if in.HasOwner && int(in.Owner) < in.Neurons {
		s.NewPermits[in.Owner] = true
	}
	s.ActiveStake = slices.Clone(s.Stake)
	maskVector(s.ActiveStake, inactive)
	maskVector(s.ActiveStake, forbidden)
	normalize(s.ActiveStake)
	s.Weights = s.loadWeights(forbidden)
	return s
}

func (s *Stage) isOwner(uid int) bool { return s.Input.HasOwner && uid == int(s.Input.Owner) }

// normalizedStake is the stake that reaches the threshold, made to sum to 1.
func (s *Stage) normalizedStake() []fixed.I32F32 {
	counted := make([]fixed.I64F64, s.Input.Neurons)
	for i := range counted {
		if stake := at(s.Input.Stake, i); s.isOwner(i) || stake.ToUint64() >= s.Input.StakeThreshold {
			counted[i] = stake
		}
	}
	normalizeWide(counted)
	stakes := make([]fixed.I32F32, len(counted))
	for i, stake := range counted {
		stakes[i] = stake.ToI32F32()
	}
	return stakes
}

// loadWeights reads the rows of permitted validators without self-weights (but for the owner's) and without weights that
// are older than the neuron they refer to, and normalises them.
func (s *Stage) loadWeights(forbidden []bool) matrix {
	in, n := s.Input, s.Input.Neurons
	cells := 0
	for i := range min(n, len(in.Weights)) {
		if i < len(forbidden) && !forbidden[i] {
			cells += len(in.Weights[i])
		}
	}
	b := newBuilder(n, cells)
	for i := range n {
		start := len(b.arena)
		if i < len(forbidden) && !forbidden[i] {
			updated, commit := at(in.LastUpdate, i), uint64(NoCommit)
			if in.CommitBlocks != nil {
				commit = at(in.CommitBlocks, i)
			}
			for _, w := range at(in.Weights, i) {
				j := int(w.UID)
				if j >= n || j == i && !s.isOwner(i) {
					continue
				}
				if registered := at(in.BlockAtRegistration, j); updated <= registered || commit < registered {
					continue
				}
				b.add(w.UID, fixed.I32F32FromInt(int64(w.Value)))
			}
		}
		b.endRow(start)
	}
	b.matrix.rowNormalize()
	return b.matrix
}

// Bonds reads the stored bonds without those to neurons registered since the last epoch; value turns the stored number
// into what the rule takes it for.
func (s *Stage) Bonds(value func(uint16) fixed.I32F32) [][]Cell {
	b := newBuilder(s.Input.Neurons, s.bondCells())
	first := s.epochStart()
	for i := range s.Input.Neurons {
		start := len(b.arena)
		b.arena = s.appendBonds(b.arena, i, first, value)
		b.endRow(start)
	}
	return b.matrix
}

// bondRows is Bonds row by row.
func (s *Stage) bondRows(value func(uint16) fixed.I32F32) rows {
	var row []Cell
	first := s.epochStart()
	return rows{s.bondCells(), func(i int) []Cell {
		row = s.appendBonds(row[:0], i, first, value)
		return row
	}}
}

// bondCells is how many bonds are stored.
func (s *Stage) bondCells() (n int) {
	for i := range min(s.Input.Neurons, len(s.Input.Bonds)) {
		n += len(s.Input.Bonds[i])
	}
	return n
}

func (s *Stage) appendBonds(row []Cell, i int, start uint64, value func(uint16) fixed.I32F32) []Cell {
	for _, bond := range at(s.Input.Bonds, i) {
		if start > at(s.Input.BlockAtRegistration, int(bond.UID)) {
			row = append(row, Cell{bond.UID, value(bond.Value)})
		}
	}
	return row
}

// epochStart is the first block of this epoch: bonds to who registered in it or later are not theirs.
func (s *Stage) epochStart() uint64 {
	if in := s.Input; in.LastStepBlock == 0 {
		return in.Block - min(in.Block, in.Tempo)
	}
	return saturatingAdd(s.Input.LastStepBlock, 1)
}

// Output shares out the emission by incentive and dividends and rounds everything to what is stored.
func (s *Stage) Output(scores Scores) *Output {
	in := s.Input
	combined := make([]fixed.I32F32, in.Neurons)
	for i := range combined {
		combined[i] = scores.Incentive[i].Add(scores.Dividends[i])
	}
	total := sum(combined)
	server := slices.Clone(scores.Incentive)
	validator := slices.Clone(scores.Dividends)
	if total.IsZero() {
		// No weights, only outdated ones, or only self-weights: emission follows stake, of active validators if there is any.
		validator = s.ActiveStake
		if sum(s.ActiveStake).IsZero() {
			validator = s.Stake
		}
		combined = validator
	} else {
		normalizeBy(server, total)
		normalizeBy(validator, total)
		normalizeBy(combined, total)
	}

	out := &Output{
		Consensus:         toFractions(scores.Consensus),
		ValidatorTrust:    toFractions(scores.ValidatorTrust),
		Incentive:         toFractions(scores.Incentive),
		Rank:              toFractions(scores.Rank),
		Trust:             toFractions(scores.Trust),
		Dividends:         toFractions(scores.Dividends),
		StakeWeight:       toFractions(s.Stake),
		PruningScore:      maxUpscale(combined),
		Active:            s.Active,
		ValidatorPermit:   s.NewPermits,
		Emission:          amounts(combined, in.Emission),
		ServerEmission:    amounts(server, in.Emission),
		ValidatorEmission: amounts(validator, in.Emission),
		Stake:             make([]uint64, in.Neurons),
		Bonds:             make([][]Entry, in.Neurons),
		Trace: Trace{
			Stake:          s.Stake,
			ActiveStake:    s.ActiveStake,
			Consensus:      scores.Consensus,
			ValidatorTrust: scores.ValidatorTrust,
			Incentive:      scores.Incentive,
			Dividends:      scores.Dividends,
			Weights:        s.Weights,
			Bonds:          scores.Bonds,
		},
	}
	for i := range in.Neurons {
		out.Stake[i] = at(in.Stake, i).ToUint64()
		if !s.NewPermits[i] {
			continue
		}
		row := make([]Entry, len(scores.Bonds[i]))
		for k, c := range scores.Bonds[i] {
			row[k] = Entry{c.Column, toFraction(c.Value)}
		}
		out.Bonds[i] = row
	}
	return out
}

// amounts is each share of the emission, rounded down.
func amounts(shares []fixed.I32F32, emission uint64) []uint64 {
	whole := fixed.I96F32FromUint(emission)
	out := make([]uint64, len(shares))
	for i, s := range shares {
		out[i] = s.ToI96F32().Mul(whole).ToUint64()
	}
	return out
}

func saturatingAdd(a, b uint64) uint64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return ^uint64(0)
}
