package yuma

import "github.com/myelin-go/myelin/fixed"

// vote is a validator's share of the stake and its weight for one neuron.
type vote struct{ stake, score fixed.I32F32 }

// medianScratch holds the lists into which a search moves votes.
type medianScratch struct{ lists [2][]vote }

// weightedMedian finds the score at which the stake below it passes the minority, by quickselect with the middle vote as
// pivot. low and high are the ends of the votes' segment of the stake. Which vote is the pivot shows in the last bits of
// the saturating stake sums, so the votes keep their order throughout. There must be a
// vote; the list is used up.
func (m *medianScratch) weightedMedian(votes []vote, minority, low, high fixed.I32F32) fixed.I32F32 {
	spare := 0
	for {
		if len(votes) == 1 {
			return votes[0].score
		}
		if len(m.lists[spare]) < len(votes) {
			m.lists[spare] = make([]vote, len(votes))
		}
		// Each vote is written to both lists and counted in one or none: on which side of the pivot it lies is a toss that no processor foresees,
		// and a wrong guess takes longer than the writes. Those below move up in place.
		pivot := votes[len(votes)/2].score
		above := m.lists[spare][:len(votes)]
		var below, over int
		var stakeBelow, stakeAbove fixed.I32F32
		for _, v := range votes {
			votes[below], above[over] = v, v
			isBelow, isOver := bit(v.score.Less(pivot)), bit(pivot.Less(v.score))
			stakeBelow = stakeBelow.Add(fixed.I32F32FromBits(v.stake.Bits() & -isBelow))
			stakeAbove = stakeAbove.Add(fixed.I32F32FromBits(v.stake.Bits() & -isOver))
			below, over = below+int(isBelow), over+int(isOver)
		}
		switch {
		case minority.Less(low.Add(stakeBelow)) && below > 0:
			votes, high = votes[:below], low.Add(stakeBelow)
		case !minority.Less(high.Sub(stakeAbove)) && over > 0:
			votes, low = above[:over], high.Sub(stakeAbove)
			spare = 1 - spare
		default:
			return pivot
		}
	}
}

// bit is 1 for true. The compiler makes it a move, not a jump.
func bit(b bool) (v int64) {
	if b {
		v = 1
	}
	return v
}

// ballotColumns is how many columns' votes are collected at a time: few enough to stay in the processor's nearest memory.
const ballotColumns = 16

// columnMedians is the stake-weighted median of every column over the rows with stake above 0; a row without a cell votes
// 0, and of a column that repeats in a row the last cell counts.
func (m matrix) columnMedians(stake []fixed.I32F32, columns int, majority fixed.I32F32) []fixed.I32F32 {
	var shares []fixed.I32F32
	var rows [][]Cell // what is left to read of each voter's
	for i, s := range stake {
		if s.Sign() > 0 {
			shares = append(shares, s)
			rows = append(rows, ascending(at(m, i), columns))
		}
	}
	normalize(shares)
	medians := make([]fixed.I32F32, columns)
	if len(shares) == 0 {
		return medians
	}
	total := sum(shares)
	minority := total.Sub(majority)

	scores := make([]fixed.I32F32, ballotColumns*len(shares)) // of each column one after the other
	votes := make([]vote, len(shares))
	var scratch medianScratch
	for first := 0; first < columns; first += ballotColumns {
		clear(scores)
		end := first + ballotColumns
		for k, row := range rows {
			read := 0
			for ; read < len(row) && int(row[read].Column) < end; read++ {
				scores[(int(row[read].Column)-first)*len(shares)+k] = row[read].Value
			}
			rows[k] = row[read:]
		}
		for j := first; j < min(end, columns); j++ {
			for k, score := range scores[(j-first)*len(shares):][:len(shares)] {
				votes[k] = vote{shares[k], score}
			}
			medians[j] = scratch.weightedMedian(votes, minority, zero, total)
		}
	}
	return medians
}

// ascending is a row by column, each once and with its last cell. Rows are stored so as a rule, and then it is the row itself.
func ascending(row []Cell, columns int) []Cell {
	if isAscending(row) {
		return row
	}
	dense := make([]fixed.I32F32, columns)
	spread(dense, row)
	var out []Cell
	for j, v := range dense {
		if !v.IsZero() {
			out = append(out, Cell{uint16(j), v})
		}
	}
	return out
}

func isAscending(row []Cell) bool {
	for k := 1; k < len(row); k++ {
		if row[k].Column <= row[k-1].Column {
			return false
		}
	}
	return true
}
