package yuma

import (
	"slices"

	"github.com/myelin-go/myelin/fixed"
)

// rows gives a matrix row by row, each valid until the next is asked for: bonds are read once, and need no memory of their own.
type rows struct {
	cells int // of all rows, at most
	row   func(i int) []Cell
}

// emaBonds is the moving average alpha * fresh + (1 - alpha) * former over the union of cells. Cells of a column add up; rows
// come out sorted, without cells that are not above 0.
func emaBonds(fresh matrix, former rows, alpha fixed.I32F32) matrix {
	columns := len(fresh)
	out := newBuilder(len(fresh), max(fresh.cells(), former.cells))
	rest := one.Sub(alpha)
	row := make([]fixed.I32F32, columns)
	for i := range fresh {
		start := len(out.arena)
		if old := former.row(i); len(fresh[i]) > 0 || len(old) > 0 {
			clear(row)
			for _, c := range fresh[i] {
				if int(c.Column) < columns {
					row[c.Column] = row[c.Column].Add(alpha.Mul(c.Value))
				}
			}
			for _, c := range old {
				if int(c.Column) < columns {
					row[c.Column] = row[c.Column].Add(rest.Mul(c.Value))
				}
			}
			for j, v := range row {
				if v.Sign() > 0 {
					out.add(uint16(j), v)
				}
			}
		}
		out.endRow(start)
	}
	return out.matrix
}

// liquidAlpha is the new share in a bond's moving average as a function of how far the bond is from the weight, or the
// weight above consensus: a sigmoid between low and high.
type liquidAlpha struct {
	low, high fixed.I32F32
	slope     fixed.I32F32 // minus the steepness
}

func newLiquidAlpha(low, high, steepness fixed.I32F32) liquidAlpha {
	return liquidAlpha{low, high, steepness.Div(fixed.I32F32FromInt(-100))}
}

var half = fixed.I32F32FromRatio(1, 2)

func (l liquidAlpha) at(consensus, weight, bond fixed.I32F32) fixed.I32F32 {
	return l.share(clampedExp(l.exponent(consensus, weight, bond)))
}

// exponent is that of the sigmoid's power of e.
func (l liquidAlpha) exponent(consensus, weight, bond fixed.I32F32) fixed.I32F32 {
	from, to := weight, bond
	if !weight.Less(bond) {
		from, to = consensus, weight
	}
	return l.slope.Mul(clamp(to.Sub(from), zero, one).Sub(half))
}

// share is the new share by the sigmoid's power of e.
func (l liquidAlpha) share(power fixed.I32F32) fixed.I32F32 {
	sigmoid := one.Div(one.Add(power))
	return clamp(l.low.Add(sigmoid.Mul(l.high.Sub(l.low))), l.low, l.high)
}

// clamp gives low the last word when the bounds cross.
func clamp(x, low, high fixed.I32F32) fixed.I32F32 {
	if high.Less(x) {
		x = high
	}
	if x.Less(low) {
		x = low
	}
	return x
}

var expLimit = fixed.I32F32FromInt(20)

// clampedExp is e^x for x clamped to -20..20, where it cannot overflow.
func clampedExp(x fixed.I32F32) fixed.I32F32 {
	v, _ := clamp(x, expLimit.Neg(), expLimit).Exp()
	return v
}

// liquidEMA is the moving average with a share of its own for every bond. There is a bond only where fresh has a cell,
// unlike in emaBonds: older bonds elsewhere vanish. Columns of fresh are below columns. share gives the shares of a row's cells, in their order; it is
// handed the row's former bonds, as stored and by column.
func liquidEMA(fresh matrix, former rows, columns int, share func(row int, stored []Cell, old []fixed.I32F32) []fixed.I32F32) matrix {
	out := newBuilder(len(fresh), fresh.cells())
	old := make([]fixed.I32F32, columns)
	for i, row := range fresh {
		start := len(out.arena)
		if len(row) > 0 {
			stored := former.row(i)
			spread(old, stored)
			shares := share(i, stored, old)[:len(row)]
			for k, c := range row {
				alpha := shares[k]
				gained := alpha.Mul(c.Value)
				if gained.Sign() < 0 {
					gained = zero
				}
				v := one.Sub(alpha).Mul(old[c.Column]).Add(gained)
				if one.Less(v) {
					v = one
				}
				if v.Sign() > 0 {
					out.add(c.Column, v)
				}
			}
		}
		out.endRow(start)
	}
	return out.matrix
}

// liquidBonds is the moving average of bonds with liquid alpha.
func liquidBonds(weights matrix, bonds rows, consensus []fixed.I32F32, alpha liquidAlpha) matrix {
	columns := len(consensus)
	weight, merged, shares := make([]fixed.I32F32, columns), make([]fixed.I32F32, columns), []fixed.I32F32(nil)
	return liquidEMA(weights, bonds, columns, func(i int, stored []Cell, bond []fixed.I32F32) []fixed.I32F32 {
		row := weights[i]
		merge(weight, row)
		if !isAscending(stored) {
			merge(merged, stored)
			bond = merged
		}
		shares = slices.Grow(shares[:0], len(row))[:len(row)]
		alpha.ofRow(shares, row, consensus, weight, bond)
		return shares
	})
}

// ofRow sets the shares of a row's cells, four at a time.
func (l liquidAlpha) ofRow(shares []fixed.I32F32, row []Cell, consensus, weight, bond []fixed.I32F32) {
	exponent := func(k int) fixed.I32F32 {
		column := row[min(k, len(row)-1)].Column
		return clamp(l.exponent(consensus[column], weight[column], bond[column]), expLimit.Neg(), expLimit)
	}
	for k := 0; k < len(row); k += 4 {
		var e [4]fixed.I32F32
		e[0], e[1], e[2], e[3], _ = fixed.ExpFour(exponent(k), exponent(k+1), exponent(k+2), exponent(k+3))
		for i := range shares[k:min(k+4, len(row))] {
			shares[k+i] = l.share(e[i])
		}
	}
}

// merge reads a row as the chain's merge of sorted rows does: a cell counts only when its column lies beyond all before it.
// For sorted rows that is every cell; otherwise the cells that come late read as 0.
func merge(dense []fixed.I32F32, row []Cell) {
	clear(dense)
	next := 0
	for _, c := range row {
		if int(c.Column) < next {
			continue
		}
		next = int(c.Column) + 1
		if int(c.Column) < len(dense) {
			dense[c.Column] = c.Value
		}
	}
}
