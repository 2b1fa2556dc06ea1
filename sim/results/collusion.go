package results

import (
	"fmt"
	"math"
	"strconv"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma/sigmoid"
)

// whitepaper is the cabal's share of the stake after each block, as the whitepaper's section on collusion prints it: a majority of 0.51 and a cabal of 0.49, each ranking
// itself alone, temperature 10, inflation 0.1.
var whitepaper = []string{"0.4877323388820201", "0.4849535784321247", "0.4815511535094221", "0.477389901500398", "0.4723093486843246"}

// collusion plays that contest.
func collusion() (rows []Row) {
	const roundings = 2e-16 // of binary floats of 64 bits, with which the paper computed
	ours := sigmoid.Collusion(fixed.I64F64FromRatio(51, 100), fixed.I64F64FromInt(10), fixed.I64F64FromRatio(1, 10), len(whitepaper))
	for block, published := range whitepaper {
		got, err := strconv.ParseFloat(ours[block].String(), 64)
		want, bad := strconv.ParseFloat(published, 64)
		rows = append(rows, Row{
			Source: "Bittensor whitepaper, collusion", Case: fmt.Sprintf("cabal's share of the stake, block %d", block), Published: published,
			Ours: strconv.FormatFloat(got, 'f', 16, 64), Within: "2e-16, the last digit printed", Agrees: err == nil && bad == nil && math.Abs(got-want) <= roundings,
		})
	}
	return rows
}
