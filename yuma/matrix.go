package yuma

import "github.com/myelin-go/myelin/fixed"

// matrix holds sparse rows. The order of a row's cells is that of storage; a column may repeat. Columns at or beyond the
// number of neurons occur in bonds only, and take part in nothing.
type matrix [][]Cell

func (m matrix) rows() rows {
	return rows{m.cells(), func(i int) []Cell { return m[i] }}
}

func (m matrix) cells() (n int) {
	for _, row := range m {
		n += len(row)
	}
	return n
}

// builder makes a matrix row by row in one piece of memory.
type builder struct {
	matrix matrix
	arena  []Cell
}

func newBuilder(rows, cells int) *builder {
	return &builder{make(matrix, 0, rows), make([]Cell, 0, cells)}
}

func (b *builder) add(column uint16, value fixed.I32F32) {
	b.arena = append(b.arena, Cell{column, value})
}

// endRow makes a row of the cells added since start, the length of the arena when the row began.
func (b *builder) endRow(start int) {
	b.matrix = append(b.matrix, b.arena[start:len(b.arena):len(b.arena)])
}

// rowNormalize makes each row sum to 1, if its sum (which wraps) is above 0.
func (m matrix) rowNormalize() {
	for _, row := range m {
		var total fixed.I32F32
		for _, c := range row {
			total = total.WrappingAdd(c.Value)
		}
		if total.Sign() <= 0 {
			continue
		}
		for k := range row {
			row[k].Value = row[k].Value.SafeDiv(total)
		}
	}
}

// rowSums wrap.
func (m matrix) rowSums() []fixed.I32F32 {
	sums := make([]fixed.I32F32, len(m))
	for i, row := range m {
		for _, c := range row {
			sums[i] = sums[i].WrappingAdd(c.Value)
		}
	}
	return sums
}

// columnSums saturate.
func (m matrix) columnSums(columns int) []fixed.I32F32 {
	sums := make([]fixed.I32F32, columns)
	for _, row := range m {
		for _, c := range row {
			if int(c.Column) < columns {
				sums[c.Column] = sums[c.Column].Add(c.Value)
			}
		}
	}
	return sums
}

// columnMaxima are at least 0.
func (m matrix) columnMaxima(columns int) []fixed.I32F32 {
	maxima := make([]fixed.I32F32, columns)
	for _, row := range m {
		for _, c := range row {
			if int(c.Column) < columns && maxima[c.Column].Less(c.Value) {
				maxima[c.Column] = c.Value
			}
		}
	}
	return maxima
}

// divideColumns divides each cell by its column's divisor, unless that is 0 or there is none.
func (m matrix) divideColumns(divisors []fixed.I32F32) {
	for _, row := range m {
		for k := range row {
			row[k].Value = row[k].dividedBy(divisors)
		}
	}
}

// dividedBy is a cell's value by its column's divisor, unless that is 0 or there is none.
func (c Cell) dividedBy(divisors []fixed.I32F32) fixed.I32F32 {
	if divisor := at(divisors, int(c.Column)); !divisor.IsZero() {
		return c.Value.SafeDiv(divisor)
	}
	return c.Value
}

// columnNormalize makes each column sum to 1.
func (m matrix) columnNormalize(columns int) { m.divideColumns(m.columnSums(columns)) }

// clipped lowers cells to their column's threshold; a cell above a threshold of 0 is dropped.
func (m matrix) clipped(thresholds []fixed.I32F32) matrix {
	b := newBuilder(len(m), m.cells())
	for _, row := range m {
		start := len(b.arena)
		for _, c := range row {
			threshold := at(thresholds, int(c.Column))
			switch {
			case !threshold.Less(c.Value):
				b.arena = append(b.arena, c)
			case threshold.Sign() > 0:
				b.add(c.Column, threshold)
			}
		}
		b.endRow(start)
	}
	return b.matrix
}

// weightedColumnSums is, for each column, the sum of its cells times their row's weight, saturating.
func (m matrix) weightedColumnSums(weights []fixed.I32F32, columns int) []fixed.I32F32 {
	sums := make([]fixed.I32F32, columns)
	for i, row := range m {
		weight := at(weights, i)
		for _, c := range row {
			if int(c.Column) < columns {
				sums[c.Column] = sums[c.Column].Add(weight.Mul(c.Value))
			}
		}
	}
	return sums
}

// weightedRowSums is, for each row, the sum of its cells times their column's weight. It saturates.
func (m matrix) weightedRowSums(weights []fixed.I32F32) []fixed.I32F32 {
	sums := make([]fixed.I32F32, len(m))
	for i, row := range m {
		for _, c := range row {
			sums[i] = sums[i].Add(at(weights, int(c.Column)).Mul(c.Value))
		}
	}
	return sums
}

// heldOf is, for each row, what it holds of the amounts: its share of each column times the column's amount, as many as there are. The sum wraps.
func (m matrix) heldOf(amounts []fixed.I32F32) []fixed.I32F32 {
	held, columns := make([]fixed.I32F32, len(m)), m.columnSums(len(amounts))
	for i, row := range m {
		for _, c := range row {
			held[i] = held[i].WrappingAdd(c.dividedBy(columns).Mul(at(amounts, int(c.Column))))
		}
	}
	return held
}

// scaledRows is the matrix with each row multiplied by its factor.
func (m matrix) scaledRows(factors []fixed.I32F32) matrix {
	b := newBuilder(len(m), m.cells())
	for i, row := range m {
		start, factor := len(b.arena), at(factors, i)
		for _, c := range row {
			b.add(c.Column, c.Value.Mul(factor))
		}
		b.endRow(start)
	}
	return b.matrix
}

// interpolated is a + ratio * (b - a). At 0 and 1 that is a or b itself; between, each row comes out sorted, without cells
// that are not above 0, and of a column that repeats the last cell counts.
func interpolated(a, b matrix, ratio fixed.I32F32, columns int) matrix {
	switch ratio {
	case zero:
		return a
	case one:
		return b
	}
	out := newBuilder(len(a), a.cells())
	from, to := make([]fixed.I32F32, columns), make([]fixed.I32F32, columns)
	for i := range a {
		start := len(out.arena)
		if len(a[i]) > 0 || len(b[i]) > 0 {
			spread(from, a[i])
			spread(to, b[i])
			for j := range columns {
				if v := from[j].Add(ratio.Mul(to[j].Sub(from[j]))); v.Sign() > 0 {
					out.add(uint16(j), v)
				}
			}
		}
		out.endRow(start)
	}
	return out.matrix
}

// spread writes a sparse row over a dense one.
func spread(dense []fixed.I32F32, row []Cell) {
	clear(dense)
	for _, c := range row {
		if int(c.Column) < len(dense) {
			dense[c.Column] = c.Value
		}
	}
}
