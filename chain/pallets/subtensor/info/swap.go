package info

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// SubnetPrice is a subnet's price in rao per alpha.
type SubnetPrice struct {
	NetUID bt.NetUID `name:"netuid"`
	Price  uint64
}

// ScaleName is upstream's.
func (SubnetPrice) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor_swap_runtime_api::SubnetPrice"}
}

// SimSwapResult is what a trade would do: the amounts that would enter and leave the pool, the fee in what is paid in, and what is lost against the same trade
// at the current price without fee.
type SimSwapResult struct {
	TaoAmount     bt.Rao
	AlphaAmount   bt.Alpha
	TaoFee        bt.Rao
	AlphaFee      bt.Alpha
	TaoSlippage   bt.Rao
	AlphaSlippage bt.Alpha
}

// ScaleName is upstream's.
func (SimSwapResult) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor_swap_runtime_api::SimSwapResult"}
}

type swapAPI struct {
	CurrentAlphaPrice    frame.Method[subnetArg, uint64]      `doc:"A subnet's price in rao per alpha."`
	CurrentAlphaPriceAll frame.Method[noArgs, []SubnetPrice]  `doc:"All subnets' prices."`
	SimSwapTaoForAlpha   frame.Method[buyArg, SimSwapResult]  `doc:"What buying alpha would do; zeros if it would fail."`
	SimSwapAlphaForTao   frame.Method[sellArg, SimSwapResult] `doc:"What selling alpha would do; zeros if it would fail."`
}

type (
	buyArg struct {
		NetUID bt.NetUID `name:"netuid"`
		Tao    bt.Rao
	}
	sellArg struct {
		NetUID bt.NetUID `name:"netuid"`
		Alpha  bt.Alpha
	}
)

func (r *room) swapAPI() frame.API {
	m := &swapAPI{}
	m.CurrentAlphaPrice.Handle(of(r.price))
	m.CurrentAlphaPriceAll.Handle(func(c *frame.Ctx, _ noArgs) []SubnetPrice {
		return each(r.Subnets(c), func(id bt.NetUID) SubnetPrice { return SubnetPrice{NetUID: id, Price: r.price(c, id)} })
	})
	m.SimSwapTaoForAlpha.Handle(func(c *frame.Ctx, a buyArg) (out SimSwapResult) {
		s, err := r.Swap.SimBuy(c, a.NetUID, a.Tao)
		if err != nil {
			return out
		}
		ideal := fixed.U64F64FromUint(uint64(a.Tao)).SafeDiv(r.Swap.Price(c, a.NetUID)).ToUint64()
		return SimSwapResult{TaoAmount: bt.Rao(s.In), AlphaAmount: bt.Alpha(s.Out), TaoFee: bt.Rao(s.Fee), AlphaSlippage: bt.Alpha(ideal - min(ideal, s.Out))}
	})
	m.SimSwapAlphaForTao.Handle(func(c *frame.Ctx, a sellArg) (out SimSwapResult) {
		s, err := r.Swap.SimSell(c, a.NetUID, a.Alpha)
		if err != nil {
			return out
		}
		ideal := fixed.U64F64FromUint(uint64(a.Alpha)).Mul(r.Swap.Price(c, a.NetUID)).ToUint64()
		return SimSwapResult{TaoAmount: bt.Rao(s.Out), AlphaAmount: bt.Alpha(s.In), AlphaFee: bt.Alpha(s.Fee), TaoSlippage: bt.Rao(ideal - min(ideal, s.Out))}
	})
	return frame.API{Name: "SwapRuntimeApi", Version: 1, Methods: m}
}

// price is in rao per alpha, rounded down.
func (r *room) price(c *frame.Ctx, netuid bt.NetUID) uint64 {
	return r.Swap.Price(c, netuid).Mul(fixed.U64F64FromUint(uint64(bt.Tao))).ToUint64()
}
