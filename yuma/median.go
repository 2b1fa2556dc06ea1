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
		pivot := votes[len(votes)/2].score
		below, above := votes[:0], m.lists[spare][:0] // below moves up in place
		var stakeBelow, stakeAbove fixed.I32F32
		for _, v := range votes {
			switch {
			case v.score == pivot:
			case v.score.Less(pivot):
				stakeBelow = stakeBelow.Add(v.stake)
				below = append(below, v)
			default:
				stakeAbove = stakeAbove.Add(v.stake)
				above = append(above, v)
			}
		}
		m.lists[spare] = above
		switch {
		case minority.Less(low.Add(stakeBelow)) && len(below) > 0:
			votes, high = below, low.Add(stakeBelow)
		case !minority.Less(high.Sub(stakeAbove)) && len(above) > 0:
			votes, low = above, high.Sub(stakeAbove)
			spare = 1 - spare
		default:
			return pivot
		}
	}
}

// columnMedians is the stake-weighted median of every column over the rows with stake above 0; a row without a cell votes
// 0, and of a column that repeats in a row the last cell counts.
func (m matrix) columnMedians(stake []fixed.I32F32, columns int, majority fixed.I32F32) []fixed.I32F32 {
	var shares []fixed.I32F32
	for _, s := range stake {
		if s.Sign() > 0 {
			shares = append(shares, s)
		}
	}
	normalize(shares)
	medians := make([]fixed.I32F32, columns)
	if len(shares) == 0 {
		return medians
	}
	total := sum(shares)
	minority := total.Sub(majority)

	// ballots holds the votes of each column one after the other.
	ballots := make([]vote, columns*len(shares))
	for j := range columns {
		for k, s := range shares {
			ballots[j*len(shares)+k].stake = s
		}
	}
	k := 0
	for i, row := range m {
		if at(stake, i).Sign() <= 0 {
			continue
		}
		for _, c := range row {
			if int(c.Column) < columns {
				ballots[int(c.Column)*len(shares)+k].score = c.Value
			}
		}
		k++
	}
	var scratch medianScratch
	for j := range columns {
		medians[j] = scratch.weightedMedian(ballots[j*len(shares):(j+1)*len(shares)], minority, zero, total)
	}
	return medians
}
