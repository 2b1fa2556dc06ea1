package yuma

import "github.com/myelin-go/myelin/fixed"

// emaBonds is the moving average alpha * fresh + (1 - alpha) * former over the union of cells. Cells of a column add up; rows
// come out sorted, without cells that are not above 0.
func emaBonds(fresh, former matrix, alpha fixed.I32F32) matrix {
	columns := len(fresh)
	out := newBuilder(len(fresh), max(fresh.cells(), former.cells()))
	rest := one.Sub(alpha)
	row := make([]fixed.I32F32, columns)
	for i := range fresh {
		start := len(out.arena)
		if len(fresh[i]) > 0 || len(former[i]) > 0 {
			clear(row)
			for _, c := range fresh[i] {
				if int(c.Column) < columns {
					row[c.Column] = row[c.Column].Add(alpha.Mul(c.Value))
				}
			}
			for _, c := range former[i] {
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

// clampedExpPair is clampedExp of two at once.
func clampedExpPair(x, y fixed.I32F32) (ex, ey fixed.I32F32) {
	ex, ey, _ = fixed.ExpPair(clamp(x, expLimit.Neg(), expLimit), clamp(y, expLimit.Neg(), expLimit))
	return ex, ey
}

// liquidEMA is the moving average with a share of its own for every bond. There is a bond only where fresh has a cell,
// unlike in emaBonds: older bonds elsewhere vanish. Columns of fresh are below columns.
func liquidEMA(fresh, former matrix, columns int, share func(row int, column uint16) fixed.I32F32) matrix {
	out := newBuilder(len(fresh), fresh.cells())
	old := make([]fixed.I32F32, columns)
	for i := range fresh {
		start := len(out.arena)
		if len(fresh[i]) > 0 {
			spread(old, former[i])
		}
		for _, c := range fresh[i] {
			alpha := share(i, c.Column)
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
		out.endRow(start)
	}
	return out.matrix
}

// liquidBonds is the moving average of bonds with liquid alpha.
func liquidBonds(weights, bonds matrix, consensus []fixed.I32F32, alpha liquidAlpha) matrix {
	columns := len(consensus)
	weight, bond, share := make([]fixed.I32F32, columns), make([]fixed.I32F32, columns), make([]fixed.I32F32, columns)
	current := -1
	return liquidEMA(weights, bonds, columns, func(row int, column uint16) fixed.I32F32 {
		if row != current {
			merge(weight, weights[row])
			merge(bond, bonds[row])
			alpha.ofRow(share, weights[row], consensus, weight, bond)
			current = row
		}
		return share[column]
	})
}

// ofRow sets the shares of the columns that a row has cells in, two at a time.
func (l liquidAlpha) ofRow(share []fixed.I32F32, row []Cell, consensus, weight, bond []fixed.I32F32) {
	exponent := func(k int) (uint16, fixed.I32F32) {
		column := row[k].Column
		return column, l.exponent(consensus[column], weight[column], bond[column])
	}
	for k := 0; k < len(row); k += 2 {
		first, x := exponent(k)
		second, y := exponent(min(k+1, len(row)-1))
		ex, ey := clampedExpPair(x, y)
		share[first], share[second] = l.share(ex), l.share(ey)
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
