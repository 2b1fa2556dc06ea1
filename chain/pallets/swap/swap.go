// Package swap keeps what the subnets' pools need beside their reserves: weights and fee rates. It prices alpha and works out trades; the arithmetic is
// package amm's.
//
// It deliberately moves nothing: the reserves are SubtensorModule's and change there (subtensor/stakepool), where the money changes hands.
package swap

import (
	"errors"
	"math/big"
	"math/bits"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// Pallet is Swap, index 28.
type Pallet struct {
	Storage struct {
		FeeRate                storage.Map[storage.Twox64Concat, bt.NetUID, uint16]       `default:"0x2100" doc:"Fee of trades in a subnet's pool, in parts of 65535 of what is paid in."`
		SwapBalancer           storage.Map[storage.Twox64Concat, bt.NetUID, Balancer]     `default:"0x0000b2d3595bf006" doc:"Weights of a pool: the share of its TAO side; that of the alpha side is the rest."`
		PalSwapInitialized     storage.Map[storage.Twox64Concat, bt.NetUID, bool]         `doc:"Whether a pool's weights were set; the first trade sets them to one half."`
		BalancerTaoReservoir   storage.Map[storage.Twox64Concat, bt.NetUID, bt.Rao]       `doc:"TAO that waits to enter a pool; always 0."`
		BalancerAlphaReservoir storage.Map[storage.Twox64Concat, bt.NetUID, bt.Alpha]     `doc:"Alpha that waits to enter a pool; always 0."`
		HasMigrationRun        storage.Map[storage.Identity, MigrationKey, bool]          `doc:"Names of migrations that are done."`
		ScrapReservoirAlpha    storage.Map[storage.Twox64Concat, bt.NetUID, bt.Alpha]     `doc:"Alpha left over from the pools of older versions; always 0."`
		AlphaSqrtPrice         storage.Map[storage.Twox64Concat, bt.NetUID, fixed.U64F64] `doc:"Square root of a pool's price at the end of the block. Upstream dropped it; older clients price stake with it."`
	}
	Constants struct {
		ProtocolId       frame.Const[state.PalletID] `doc:"Names the account of the protocol's liquidity."`
		MaxFeeRate       frame.Const[uint16]         `doc:"The highest fee rate that can be set."`
		MinimumLiquidity frame.Const[uint64]         `doc:"Least liquidity of a position in older versions."`
		MinimumReserve   frame.Const[NonZeroU64]     `doc:"Least reserve from which a trade may pay out."`
	}
	Event struct {
		FeeRateSet frame.Event[FeeRateSet] `index:"0" doc:"The fee rate of a subnet's pool was set."`
	}
	Error struct {
		FeeRateTooHigh          frame.Error `index:"0" doc:"The fee rate is above the highest one allowed."`
		InsufficientInputAmount frame.Error `index:"1" doc:"Nothing is left to trade after the fee."`
		InsufficientLiquidity   frame.Error `index:"2" doc:"The pool holds less than the trade would pay out."`
		PriceLimitExceeded      frame.Error `index:"3" doc:"The limit price is not beyond the pool's current price."`
		InsufficientBalance     frame.Error `index:"4" doc:"The balance does not cover the liquidity to be added."`
		InvalidTickRange        frame.Error `index:"5" doc:"The price range of the position is empty or out of bounds."`
		InvalidLiquidityValue   frame.Error `index:"6" doc:"The liquidity is too small or more than the position has."`
		ReservesTooLow          frame.Error `index:"7" doc:"The side that pays out holds too little, or would pay nothing."`
		MechanismDoesNotExist   frame.Error `index:"8" doc:"There is no such subnet."`
		SubtokenDisabled        frame.Error `index:"9" doc:"The subnet has not been started."`
		ReservesOutOfBalance    frame.Error `index:"10" doc:"A weight of the pool would leave its range of 1 to 99 percent."`
		SwapInputTooLarge       frame.Error `index:"11" doc:"More is paid in than 1000 times the pool's reserve."`
		Deprecated              frame.Error `index:"12" doc:"Liquidity of users no longer exists; this call does nothing."`
	}
	Call struct {
		SetFeeRate          frame.Call[SetFeeRate]          `index:"0" weight:"15063000,3994,1,1" doc:"Set the fee rate of a subnet's pool, in parts of 65535. Root only."`
		AddLiquidity        frame.Call[AddLiquidity]        `index:"1" weight:"15000000,0,0,0" doc:"No longer does anything: fails with Deprecated."`
		RemoveLiquidity     frame.Call[RemoveLiquidity]     `index:"2" weight:"15000000,0,0,0" doc:"No longer does anything: fails with Deprecated."`
		ModifyPosition      frame.Call[ModifyPosition]      `index:"3" weight:"15000000,0,0,0" doc:"No longer does anything: fails with Deprecated."`
		ToggleUserLiquidity frame.Call[ToggleUserLiquidity] `index:"4" weight:"15000000,0,0,0" doc:"No longer does anything: fails with Deprecated."`
		DisableLp           frame.Call[DisableLp]           `index:"5" weight:"15000000,0,0,0" doc:"No longer does anything: fails with Deprecated."`
	}

	subnets *state.State
}

// New is the pallet over SubtensorModule's reserves, with upstream's constants.
func New(subnets *state.State) *Pallet {
	p := &Pallet{subnets: subnets}
	p.Constants.ProtocolId.Set(state.PalletID([]byte("ten/swap")))
	p.Constants.MaxFeeRate.Set(10_000)
	p.Constants.MinimumLiquidity.Set(1000)
	p.Constants.MinimumReserve.Set(NonZeroU64{V: amm.DefaultMinimumReserve})
	return p
}

// Pool is a subnet's pool with its reserves, weights and fee rate.
func (p *Pallet) Pool(c *frame.Ctx, netuid bt.NetUID) amm.Pool {
	st := &p.subnets.Storage
	return amm.Pool{
		Alpha:          uint64(st.SubnetAlphaIn.Get(c.State, netuid)),
		Tao:            uint64(st.SubnetTAO.Get(c.State, netuid)),
		QuoteWeight:    amm.Weight(p.Storage.SwapBalancer.Get(c.State, netuid).Quote.V),
		FeeRate:        p.Storage.FeeRate.Get(c.State, netuid),
		Mechanism:      st.SubnetMechanism.Get(c.State, netuid),
		MinimumReserve: p.Constants.MinimumReserve.Get().V,
	}
}

// Price is TAO per alpha: 1 for subnets without a pool, 0 for a pool without alpha.
func (p *Pallet) Price(c *frame.Ctx, netuid bt.NetUID) fixed.U64F64 {
	pool := p.Pool(c, netuid)
	if pool.Mechanism == amm.Dynamic && pool.Alpha == 0 {
		return fixed.U64F64{}
	}
	return pool.Price()
}

// Fee is the fee on an amount paid into a subnet's pool, in the same token.
func (p *Pallet) Fee(c *frame.Ctx, netuid bt.NetUID, amount uint64) uint64 {
	return p.Pool(c, netuid).Fee(amount)
}

// Buy works out a purchase of alpha with tao, fee included, up to a limit price (rao per alpha), and prepares the pool's weights if it is the first trade.
// The caller moves the reserves. It fails with SwapInputTooLarge, ReservesTooLow or PriceLimitExceeded.
func (p *Pallet) Buy(c *frame.Ctx, netuid bt.NetUID, tao bt.Rao, limit bt.Rao, noFee bool) (amm.Swap, error) {
	s, err := p.trading(c, netuid).Buy(uint64(tao), uint64(limit), noFee)
	return s, p.traded(c, netuid, err)
}

// Sell is Buy's mirror: alpha goes in, down to a limit price.
func (p *Pallet) Sell(c *frame.Ctx, netuid bt.NetUID, alpha bt.Alpha, limit bt.Rao, noFee bool) (amm.Swap, error) {
	s, err := p.trading(c, netuid).Sell(uint64(alpha), uint64(limit), noFee)
	return s, p.traded(c, netuid, err)
}

// SimBuy is what a purchase would do now, without a limit; nothing is stored. Subnets that do not exist give zeros.
func (p *Pallet) SimBuy(c *frame.Ctx, netuid bt.NetUID, tao bt.Rao) (amm.Swap, error) {
	s, err := p.trading(c, netuid).Buy(p.inExisting(c, netuid, uint64(tao)), amm.MaxPrice, false)
	return s, p.wireError(err)
}

// SimSell is what a sale would do now, without a limit; nothing is stored.
func (p *Pallet) SimSell(c *frame.Ctx, netuid bt.NetUID, alpha bt.Alpha) (amm.Swap, error) {
	s, err := p.trading(c, netuid).Sell(p.inExisting(c, netuid, uint64(alpha)), amm.MinPrice, false)
	return s, p.wireError(err)
}

// MaxBuy is the most TAO, fee included, that can be spent up to a limit price.
func (p *Pallet) MaxBuy(c *frame.Ctx, netuid bt.NetUID, limit bt.Rao) (bt.Rao, error) {
	v, err := p.limited(c, netuid).MaxBuy(uint64(limit))
	return bt.Rao(v), p.wireError(err)
}

// MaxSell is the most alpha, fee included, that can be sold down to a limit price.
func (p *Pallet) MaxSell(c *frame.Ctx, netuid bt.NetUID, limit bt.Rao) (bt.Alpha, error) {
	v, err := p.limited(c, netuid).MaxSell(uint64(limit))
	return bt.Alpha(v), p.wireError(err)
}

// MaxMove is the most alpha of one subnet that can be exchanged for another's at a ratio of prices of at least limit / 1e9.
func (p *Pallet) MaxMove(c *frame.Ctx, origin, destination bt.NetUID, limit bt.Rao) (bt.Alpha, error) {
	v, err := amm.MaxMove(p.limited(c, origin), p.limited(c, destination), uint64(limit))
	return bt.Alpha(v), p.wireError(err)
}

// limited is the pool for limits: root counts as stable whatever its mechanism.
func (p *Pallet) limited(c *frame.Ctx, netuid bt.NetUID) amm.Pool {
	pool := p.trading(c, netuid)
	if netuid == 0 {
		pool.Mechanism = amm.Stable
	}
	return pool
}

// trading is the pool as a trade finds it: with equal weights if this would be its first one.
func (p *Pallet) trading(c *frame.Ctx, netuid bt.NetUID) amm.Pool {
	pool := p.Pool(c, netuid)
	if !p.Storage.PalSwapInitialized.Get(c.State, netuid) {
		pool.QuoteWeight = amm.Half
	}
	return pool
}

// inExisting is the amount, or 0 where a stable pool's subnet does not exist.
func (p *Pallet) inExisting(c *frame.Ctx, netuid bt.NetUID, amount uint64) uint64 {
	st := &p.subnets.Storage
	if st.SubnetMechanism.Get(c.State, netuid) != amm.Dynamic && !st.NetworksAdded.Get(c.State, netuid) {
		return 0
	}
	return amount
}

// traded stores the weights of a pool whose first trade this was.
func (p *Pallet) traded(c *frame.Ctx, netuid bt.NetUID, err error) error {
	if err == nil && p.subnets.Storage.SubnetMechanism.Get(c.State, netuid) == amm.Dynamic {
		p.initialize(c, netuid, amm.Half)
	}
	return p.wireError(err)
}

func (p *Pallet) initialize(c *frame.Ctx, netuid bt.NetUID, w amm.Weight) {
	if p.Storage.PalSwapInitialized.Get(c.State, netuid) {
		return
	}
	p.setWeight(c, netuid, w)
	p.Storage.PalSwapInitialized.Set(c.State, netuid, true)
}

// Initialize sets a new pool's weights so that its reserves have the given price. It does nothing to a pool that has weights, and none can be found
// when both reserves are empty or the price is too far from their ratio.
func (p *Pallet) Initialize(c *frame.Ctx, netuid bt.NetUID, price fixed.U64F64) {
	pool := p.Pool(c, netuid)
	if w, err := amm.QuoteWeightForPrice(pool.Alpha, pool.Tao, price); err == nil {
		p.initialize(c, netuid, w)
	}
}

// InjectWeights prepares a pool for reserves that grow by tao and alpha without a change of price, and tells whether they may: not when a weight would leave its
// range. The caller then moves the reserves.
func (p *Pallet) InjectWeights(c *frame.Ctx, netuid bt.NetUID, tao bt.Rao, alpha bt.Alpha) bool {
	w, ok := p.Pool(c, netuid).WeightAfterInjection(uint64(tao), uint64(alpha))
	if ok {
		p.setWeight(c, netuid, w)
	}
	return ok
}

func (p *Pallet) setWeight(c *frame.Ctx, netuid bt.NetUID, w amm.Weight) {
	p.Storage.SwapBalancer.Set(c.State, netuid, Balancer{Quote: Perquintill{V: uint64(w)}})
}

// Clear forgets a subnet's pool.
func (p *Pallet) Clear(c *frame.Ctx, netuid bt.NetUID) {
	p.Storage.PalSwapInitialized.Delete(c.State, netuid)
	p.Storage.FeeRate.Delete(c.State, netuid)
	p.Storage.SwapBalancer.Delete(c.State, netuid)
	p.Storage.AlphaSqrtPrice.Delete(c.State, netuid)
}

// OnFinalize keeps AlphaSqrtPrice current for the clients that still read it. As with upstream, a pool has none before its subnet is started.
func (p *Pallet) OnFinalize(c *frame.Ctx) {
	st := &p.subnets.Storage
	for netuid := range st.NetworksAdded.Keys(c.State) {
		if st.SubnetMechanism.Get(c.State, netuid) == amm.Dynamic && !st.FirstEmissionBlockNumber.Has(c.State, netuid) {
			continue
		}
		// A price of U64F64 has 64 fractional bits, so its root in the same form is the root of the bits shifted left by 64.
		price, last := p.Price(c, netuid).Bits(), p.Storage.AlphaSqrtPrice.Get(c.State, netuid)
		if isRoot(last.Bits(), price) {
			continue
		}
		wide := new(big.Int).Lsh(new(big.Int).SetUint64(price.Hi), 64)
		wide.Add(wide, new(big.Int).SetUint64(price.Lo)).Lsh(wide, 64).Sqrt(wide)
		low := new(big.Int).And(wide, new(big.Int).SetUint64(1<<64-1)).Uint64()
		root := fixed.U64F64FromBits(fixed.Uint128{Hi: wide.Rsh(wide, 64).Uint64(), Lo: low})
		p.Storage.AlphaSqrtPrice.Set(c.State, netuid, root)
	}
}

// isRoot tells whether r is the root of v * 2^64, rounded down: what v leaves over r*r is not negative, and at most 2*r. It is also false of roots of 96 bits and
// more, which no price below 2^64 has.
func isRoot(r, v fixed.Uint128) bool {
	if r.Hi >= 1<<31 {
		return false
	}
	// r*r in three words; that of the lowest is of no weight in v * 2^64.
	h2, l2 := bits.Mul64(r.Lo, r.Lo)
	mh, ml := bits.Mul64(r.Hi<<1, r.Lo)
	mid, carry := bits.Add64(h2, ml, 0)
	high, over := bits.Add64(r.Hi*r.Hi, mh, carry)
	rest0, borrow := bits.Sub64(0, l2, 0)
	rest1, borrow := bits.Sub64(v.Lo, mid, borrow)
	rest2, borrow := bits.Sub64(v.Hi, high, borrow)
	if over != 0 || borrow != 0 || rest2 != 0 {
		return false
	}
	twice := fixed.Uint128{Hi: r.Hi<<1 | r.Lo>>63, Lo: r.Lo << 1}
	return rest1 < twice.Hi || rest1 == twice.Hi && rest0 <= twice.Lo
}

func (p *Pallet) wireError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, amm.ErrReservesTooLow):
		return p.Error.ReservesTooLow
	case errors.Is(err, amm.ErrPriceLimitExceeded):
		return p.Error.PriceLimitExceeded
	case errors.Is(err, amm.ErrSwapInputTooLarge):
		return p.Error.SwapInputTooLarge
	}
	return p.Error.ReservesOutOfBalance
}

// SetFeeRate runs the call.
func (p *Pallet) SetFeeRate(c *frame.Ctx, a SetFeeRate) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	if !p.subnets.Storage.NetworksAdded.Get(c.State, a.NetUID) {
		return p.Error.MechanismDoesNotExist
	}
	if a.Rate > p.Constants.MaxFeeRate.Get() {
		return p.Error.FeeRateTooHigh
	}
	p.Storage.FeeRate.Set(c.State, a.NetUID, a.Rate)
	p.Event.FeeRateSet.Emit(c, FeeRateSet(a))
	return nil
}

// AddLiquidity fails with Deprecated.
func (p *Pallet) AddLiquidity(*frame.Ctx, AddLiquidity) error { return p.Error.Deprecated }

// RemoveLiquidity fails with Deprecated.
func (p *Pallet) RemoveLiquidity(*frame.Ctx, RemoveLiquidity) error { return p.Error.Deprecated }

// ModifyPosition fails with Deprecated.
func (p *Pallet) ModifyPosition(*frame.Ctx, ModifyPosition) error { return p.Error.Deprecated }

// ToggleUserLiquidity fails with Deprecated.
func (p *Pallet) ToggleUserLiquidity(*frame.Ctx, ToggleUserLiquidity) error {
	return p.Error.Deprecated
}

// DisableLp fails with Deprecated.
func (p *Pallet) DisableLp(*frame.Ctx, DisableLp) error { return p.Error.Deprecated }

// Balancer is what is stored of a pool's weights.
type Balancer struct{ Quote Perquintill }

// ScaleName is upstream's.
func (Balancer) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_subtensor_swap::pallet::balancer::Balancer"}
}
