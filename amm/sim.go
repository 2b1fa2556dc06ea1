package amm

// Simulation is the answer of the runtime API about a swap that is not made: amounts that would enter and leave the pool
// (rao and alpha), the fee in the token paid in, and by how much the amount received falls short of the same input at the
// current price without fee.
type Simulation struct {
	TaoAmount, AlphaAmount     uint64
	TaoFee, AlphaFee           uint64
	TaoSlippage, AlphaSlippage uint64
}

// SimulateBuy answers sim_swap_tao_for_alpha: zeros when the swap would fail.
func (p Pool) SimulateBuy(tao uint64) Simulation {
	s, err := p.Buy(tao, MaxPrice, false)
	if err != nil {
		return Simulation{}
	}
	return Simulation{
		TaoAmount: s.In, AlphaAmount: s.Out, TaoFee: s.Fee,
		AlphaSlippage: saturatingSub(p.AlphaForTao(tao), s.Out),
	}
}

// SimulateSell answers sim_swap_alpha_for_tao: zeros when the swap would fail.
func (p Pool) SimulateSell(alpha uint64) Simulation {
	s, err := p.Sell(alpha, MinPrice, false)
	if err != nil {
		return Simulation{}
	}
	return Simulation{
		TaoAmount: s.Out, AlphaAmount: s.In, AlphaFee: s.Fee,
		TaoSlippage: saturatingSub(p.TaoForAlpha(alpha), s.Out),
	}
}
