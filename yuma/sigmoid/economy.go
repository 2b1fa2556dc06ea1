package sigmoid

import "github.com/myelin-go/myelin/fixed"

// Economy is the whitepaper's model of a network: peers with stake and with bonds on each other, where what a peer earns becomes its stake. It counts with
// 64 fractional bits. The zero value has no peers; set Stake, Temperature and Inflation before the first Step.
type Economy struct {
	Stake       []fixed.I64F64   // by peer, in any unit; at least 0
	Bonds       [][]fixed.I64F64 // by holder and peer; empty stands for none
	Temperature fixed.I64F64     // rho, 10 in the paper; up to 40
	Inflation   fixed.I64F64     // tau: the part of all stake that a block adds, 0..1
}

// Earned is what a block found.
type Earned struct {
	Trust     []fixed.I64F64 // share of stake behind a ranking that is not 0
	Consensus []fixed.I64F64 // sigmoid of the trust around one half
	Incentive []fixed.I64F64 // sums to 1
	Dividends []fixed.I64F64 // of bonds on the incentive
}

var (
	unit = fixed.OneI64F64
	half = fixed.I64F64FromRatio(1, 2)
)

// Step is one block in which each peer ranks others by its row of weights, which must sum to 1 and be as long as Stake. It adds the increments W∘S to the
// bonds and tau (I/2 + D/2) of all stake to the stake, where D is what each peer's shares in the bonds earn of the incentive.
func (e *Economy) Step(weights [][]fixed.I64F64) Earned {
	n := len(e.Stake)
	total := sum(e.Stake)
	share := scaled(e.Stake, total)
	out := Earned{Trust: make([]fixed.I64F64, n), Consensus: make([]fixed.I64F64, n), Incentive: make([]fixed.I64F64, n), Dividends: make([]fixed.I64F64, n)}
	for j := range n {
		var rank fixed.I64F64
		for i := range n {
			rank = rank.Add(share[i].Mul(weights[i][j]))
			if !weights[i][j].IsZero() {
				out.Trust[j] = out.Trust[j].Add(share[i])
			}
		}
		out.Consensus[j] = e.sigmoid(out.Trust[j])
		out.Incentive[j] = rank.Mul(out.Consensus[j])
	}
	out.Incentive = scaled(out.Incentive, sum(out.Incentive))
	e.bond(weights, share)
	for j := range n {
		var held fixed.I64F64
		for i := range n {
			held = held.Add(e.Bonds[i][j])
		}
		if held.IsZero() {
			continue
		}
		for i := range n {
			out.Dividends[i] = out.Dividends[i].Add(e.Bonds[i][j].Div(held).Mul(out.Incentive[j]))
		}
	}
	minted := e.Inflation.Mul(total)
	for i := range n {
		e.Stake[i] = e.Stake[i].Add(minted.Mul(out.Incentive[i].Add(out.Dividends[i]).Mul(half)))
	}
	return out
}

// bond adds a block's increments.
func (e *Economy) bond(weights [][]fixed.I64F64, share []fixed.I64F64) {
	if e.Bonds == nil {
		e.Bonds = make([][]fixed.I64F64, len(share))
	}
	for i, s := range share {
		if e.Bonds[i] == nil {
			e.Bonds[i] = make([]fixed.I64F64, len(share))
		}
		for j, w := range weights[i] {
			e.Bonds[i][j] = e.Bonds[i][j].Add(w.Mul(s))
		}
	}
}

func (e *Economy) sigmoid(trust fixed.I64F64) fixed.I64F64 {
	x, ok := e.Temperature.Mul(half.Sub(trust)).Exp()
	if !ok { // e^x has no room: the sigmoid is below the last bit
		return fixed.I64F64{}
	}
	return unit.Div(unit.Add(x))
}

// Collusion is the whitepaper's contest between an honest majority with the share honest of all stake and a cabal with the rest, where each side ranks only
// itself. It returns the cabal's share of the stake after each block. The paper's own example is a majority of 0.51, temperature 10 and inflation 0.1.
func Collusion(honest, temperature, inflation fixed.I64F64, blocks int) []fixed.I64F64 {
	e := Economy{Stake: []fixed.I64F64{honest, unit.Sub(honest)}, Temperature: temperature, Inflation: inflation}
	self := [][]fixed.I64F64{{unit, {}}, {{}, unit}}
	out := make([]fixed.I64F64, blocks)
	for i := range out {
		e.Step(self)
		out[i] = e.Stake[1].Div(sum(e.Stake))
	}
	return out
}

func sum(x []fixed.I64F64) (total fixed.I64F64) {
	for _, v := range x {
		total = total.Add(v)
	}
	return total
}

// scaled is x / total, 0 where total is 0.
func scaled(x []fixed.I64F64, total fixed.I64F64) []fixed.I64F64 {
	out := make([]fixed.I64F64, len(x))
	for i, v := range x {
		out[i] = v.SafeDiv(total)
	}
	return out
}
