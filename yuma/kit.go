package yuma

import "github.com/myelin-go/myelin/fixed"

// The functions here are for consensus rules that stand beside this package. Rows are sparse: one for each uid, each cell with its column.

// Normalize divides in place by the sum, unless that is 0.
func Normalize(x []fixed.I32F32) { normalize(x) }

// Products is the element-wise product of two vectors.
func Products(x, y []fixed.I32F32) []fixed.I32F32 { return products(x, y) }

// FromFraction is a number stored in parts of 65535.
func FromFraction(v uint16) fixed.I32F32 { return fromFraction(v) }

// Exp is e^x for x clamped to -20..20, where it cannot overflow.
func Exp(x fixed.I32F32) fixed.I32F32 { return clampedExp(x) }

// NewShare is the share of new bonds in their moving average: 1 - average / 10^6.
func NewShare(average uint64) fixed.I32F32 { return newShare(average) }

// RowSums is the sum of each row.
func RowSums(rows [][]Cell) []fixed.I32F32 { return matrix(rows).rowSums() }

// WeighColumns is, for each column, the sum of its cells times their row's weight.
func WeighColumns(rows [][]Cell, weights []fixed.I32F32, columns int) []fixed.I32F32 {
	return matrix(rows).weightedColumnSums(weights, columns)
}

// WeighRows is, for each row, the sum of its cells times their column's weight.
func WeighRows(rows [][]Cell, weights []fixed.I32F32) []fixed.I32F32 {
	return matrix(rows).weightedRowSums(weights)
}

// ScaledRows is a copy of the rows, each multiplied by its factor.
func ScaledRows(rows [][]Cell, factors []fixed.I32F32) [][]Cell {
	return matrix(rows).scaledRows(factors)
}

// ClippedRows is a copy of the rows with cells lowered to their column's threshold; a cell above a threshold of 0 is dropped.
func ClippedRows(rows [][]Cell, thresholds []fixed.I32F32) [][]Cell {
	return matrix(rows).clipped(thresholds)
}

// NormalizeColumns makes each column sum to 1, in place.
func NormalizeColumns(rows [][]Cell, columns int) { matrix(rows).columnNormalize(columns) }

// MaxScaleColumns makes the highest cell of each column 1, in place.
func MaxScaleColumns(rows [][]Cell, columns int) {
	matrix(rows).divideColumns(matrix(rows).columnMaxima(columns))
}

// MovingAverage is share * fresh + (1 - share) * former, over the union of cells; rows come out sorted.
func MovingAverage(fresh, former [][]Cell, share fixed.I32F32) [][]Cell {
	return emaBonds(fresh, matrix(former).rows(), share)
}
