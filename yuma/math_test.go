package yuma

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/internal/vectors/forms"
)

// mathCase is a line of math.jsonl; the arguments are decoded by the function's own type.
type mathCase struct {
	Fn  string
	In  json.RawMessage
	Out json.RawMessage
}

// uncovered are functions of upstream's library that this package has no counterpart for, with the reason.
var uncovered = map[string]string{
	"inplace_col_clip":               "dense: upstream runs it in tests only",
	"inplace_col_max_upscale":        "dense: upstream runs it in tests only",
	"inplace_col_normalize":          "dense: upstream runs it in tests only",
	"inplace_mask_cols":              "dense: upstream runs it in tests only",
	"inplace_mask_diag":              "dense: upstream runs it in tests only",
	"inplace_mask_diag_except_index": "dense: upstream runs it in tests only",
	"inplace_mask_matrix":            "dense: upstream runs it in tests only",
	"inplace_mask_rows":              "dense: upstream runs it in tests only",
	"inplace_row_normalize":          "dense: upstream runs it in tests only",
	"inplace_row_normalize_64":       "dense: upstream runs it in tests only",
	"interpolate":                    "dense: upstream runs it in tests only",
	"mat_ema":                        "dense: upstream runs it in tests only",
	"mat_ema_alpha":                  "dense: upstream runs it in tests only",
	"mat_vec_mul":                    "dense: upstream runs it in tests only",
	"matmul":                         "dense: upstream runs it in tests only",
	"matmul_transpose":               "dense: upstream runs it in tests only",
	"row_hadamard":                   "dense: upstream runs it in tests only",
	"row_sum":                        "dense: upstream runs it in tests only",
	"weighted_median_col":            "dense: upstream runs it in tests only",

	"mask_rows_sparse":                 "part of loadWeights, which the epochs test",
	"mask_diag_sparse":                 "part of loadWeights, which the epochs test",
	"mask_diag_sparse_except_index":    "part of loadWeights, which the epochs test",
	"vec_mask_sparse_matrix_le":        "part of loadWeights, which the epochs test",
	"vec_mask_sparse_matrix_lt":        "part of loadWeights, which the epochs test",
	"scalar_vec_mask_sparse_matrix_le": "part of loadBonds, which the epochs test",

	"mat_vec_mul_sparse": "part of heldOf, which the epochs test",

	"is_topk":                    "no rule here lets a neuron without stake validate",
	"check_vec_max_limited":      "a check of set weights, not of the epoch",
	"vec_u16_max_upscale_to_u16": "a conversion of set weights, not of the epoch",
	"sigmoid_safe":               "the 2022 rule's",
	"safe_ln":                    "no rule here takes a logarithm",
}

// cases maps a function to its check: it decodes the line and compares.
var cases = map[string]func(*testing.T, *mathCase){
	"alpha_sigmoid": line(func(in struct {
		Consensus, Weight, Bond, Steepness scalar
		AlphaLow                           scalar `json:"alpha_low"`
		AlphaHigh                          scalar `json:"alpha_high"`
	}) scalar {
		l := newLiquidAlpha(in.AlphaLow.V, in.AlphaHigh.V, in.Steepness.V)
		return toScalar(l.at(in.Consensus.V, in.Weight.V, in.Bond.V))
	}),
	"clamp_value": line(func(in struct{ Value, Low, High scalar }) scalar {
		return toScalar(clamp(in.Value.V, in.Low.V, in.High.V))
	}),
	"exp_safe":                      line(func(in struct{ X scalar }) scalar { return toScalar(clampedExp(in.X.V)) }),
	"fixed_proportion_to_u16":       line(func(in struct{ X scalar }) uint16 { return toFraction(in.X.V) }),
	"vec_fixed_proportions_to_u16":  line(func(in struct{ X vector }) []uint16 { return toFractions(in.X) }),
	"u16_proportion_to_fixed":       line(func(in struct{ X uint16 }) scalar { return toScalar(fromFraction(in.X)) }),
	"fixed_to_fixed_u16_proportion": line(func(in struct{ X scalar }) scalar { return toScalar(in.X.V.SafeDiv(maxU16)) }),
	"u16_to_fixed":                  line(func(in struct{ X uint16 }) scalar { return toScalar(fixed.I32F32FromInt(int64(in.X))) }),
	"fixed_to_u16":                  line(func(in struct{ X scalar }) uint16 { return in.X.V.ToUint16() }),
	"fixed_to_u64":                  line(func(in struct{ X scalar }) u64 { return u64(in.X.V.ToUint64()) }),
	"fixed64_to_u64":                line(func(in struct{ X wideScalar }) u64 { return u64(in.X.V.ToUint64()) }),
	"fixed64_to_fixed32":            line(func(in struct{ X wideScalar }) scalar { return toScalar(in.X.V.ToI32F32()) }),
	"fixed32_to_fixed64":            line(func(in struct{ X scalar }) wideScalar { return wideScalar{V: in.X.V.ToI64F64()} }),

	"sum":     line(func(in struct{ X vector }) scalar { return toScalar(sum(in.X)) }),
	"is_zero": line(func(in struct{ X vector }) bool { return sum(in.X).IsZero() }),
	"normalize": line(func(in struct{ X vector }) vector {
		x := in.X
		normalize(x)
		return x
	}),
	"inplace_normalize_using_sum": line(func(in struct {
		X   vector
		Sum scalar
	}) vector {
		x := in.X
		normalizeBy(x, in.Sum.V)
		return x
	}),
	"inplace_normalize_64": line(func(in struct{ X wideVector }) wideVector {
		x := in.X
		normalizeWide(x)
		return x
	}),
	"inplace_mask_vector": line(func(in struct {
		Mask []bool
		X    vector
	}) vector {
		x := in.X
		maskVector(x, in.Mask)
		return x
	}),
	"is_topk_nonzero": line(func(in struct {
		X vector
		K int
	}) []bool {
		return topNonzero(in.X, in.K)
	}),
	"vec_max_upscale_to_u16": line(func(in struct{ X vector }) []uint16 { return maxUpscale(in.X) }),
	"vec_mul":                line(func(in struct{ A, B vector }) vector { return products(in.A, in.B) }),
	"vecdiv":                 line(func(in struct{ X, Y vector }) vector { return ratios(in.X, in.Y) }),

	"inplace_row_normalize_sparse": line(func(in struct{ X sparse }) sparse {
		m := in.X.matrix()
		m.rowNormalize()
		return toSparse(m)
	}),
	"row_sum_sparse": line(func(in struct{ X sparse }) vector { return in.X.matrix().rowSums() }),
	"inplace_col_normalize_sparse": line(func(in struct {
		X       sparse
		Columns int
	}) sparse {
		m := in.X.matrix()
		m.columnNormalize(in.Columns)
		return toSparse(m)
	}),
	"inplace_col_max_upscale_sparse": line(func(in struct {
		X       sparse
		Columns int
	}) sparse {
		m := in.X.matrix()
		m.divideColumns(m.columnMaxima(in.Columns))
		return toSparse(m)
	}),
	"col_clip_sparse": line(func(in struct {
		X         sparse
		Threshold vector
	}) sparse {
		return toSparse(in.X.matrix().clipped(in.Threshold))
	}),
	"matmul_sparse": line(func(in struct {
		Matrix  sparse
		Vector  vector
		Columns int
	}) vector {
		return in.Matrix.matrix().weightedColumnSums(in.Vector, in.Columns)
	}),
	"matmul_transpose_sparse": line(func(in struct {
		Matrix sparse
		Vector vector
	}) vector {
		return in.Matrix.matrix().weightedRowSums(in.Vector)
	}),
	"row_hadamard_sparse": line(func(in struct {
		Matrix sparse
		Vector vector
	}) sparse {
		return toSparse(in.Matrix.matrix().scaledRows(in.Vector))
	}),
	"interpolate_sparse": line(func(in struct {
		Mat1, Mat2 sparse
		Columns    int
		Ratio      scalar
	}) sparse {
		return toSparse(interpolated(in.Mat1.matrix(), in.Mat2.matrix(), in.Ratio.V, in.Columns))
	}),
	"mat_ema_sparse": line(func(in struct {
		New, Old sparse
		Alpha    scalar
	}) sparse {
		return toSparse(emaBonds(in.New.matrix(), in.Old.matrix().rows(), in.Alpha.V))
	}),
	"mat_ema_alpha_sparse": line(func(in struct {
		New, Old sparse
		Alpha    struct{ I32F32 [][]forms.Bits[fixed.I32F32] }
	}) sparse {
		columns := 0
		for _, row := range in.Alpha.I32F32 {
			columns = len(row)
		}
		fresh := in.New.matrix()
		return toSparse(liquidEMA(fresh, in.Old.matrix().rows(), columns, func(row int, _ []Cell, _ []fixed.I32F32) (shares []fixed.I32F32) {
			for _, c := range fresh[row] {
				shares = append(shares, in.Alpha.I32F32[row][c.Column].V)
			}
			return shares
		}))
	}),
	"weighted_median": line(func(in struct {
		Stake, Score vector
		PartitionIdx []int `json:"partition_idx"`
		Minority     scalar
		PartitionLo  scalar `json:"partition_lo"`
		PartitionHi  scalar `json:"partition_hi"`
	}) scalar {
		var votes []vote
		for _, i := range in.PartitionIdx {
			votes = append(votes, vote{in.Stake[i], in.Score[i]})
		}
		var scratch medianScratch
		return toScalar(scratch.weightedMedian(votes, in.Minority.V, in.PartitionLo.V, in.PartitionHi.V))
	}),
	"weighted_median_col_sparse": line(func(in struct {
		Stake    vector
		Score    sparse
		Columns  int
		Majority scalar
	}) vector {
		return in.Score.matrix().columnMedians(in.Stake, in.Columns, in.Majority.V)
	}),
}

// line makes a check of a function from its arguments to its result.
func line[In, Out any](f func(In) Out) func(*testing.T, *mathCase) {
	return func(t *testing.T, c *mathCase) {
		t.Helper()
		var in In
		var want Out
		decode(t, c.In, &in)
		decode(t, c.Out, &want)
		same(t, fmt.Sprintf("%s of %.300s", c.Fn, c.In), []Out{f(in)}, []Out{want})
	}
}

func TestMathVectors(t *testing.T) {
	seen := map[string]bool{}
	vectors.Lines(t, "math.jsonl", 4252, func(n int, c *mathCase) {
		seen[c.Fn] = true
		check, covered := cases[c.Fn]
		if _, left := uncovered[c.Fn]; covered == left {
			t.Fatalf("line %d: %s has a check: %v, is listed as left out: %v", n, c.Fn, covered, left)
		}
		if covered {
			check(t, c)
		}
	})
	for _, fn := range append(slices.Collect(maps.Keys(cases)), slices.Collect(maps.Keys(uncovered))...) {
		if !seen[fn] {
			t.Errorf("%s is in no line", fn)
		}
	}
}
