package info

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/scale"
)

// BasketHolding is alpha of one subnet in a root validator's fund.
type BasketHolding struct {
	NetUID        bt.NetUID `name:"netuid"`
	Alpha         bt.Alpha
	SpotTao       bt.Rao
	RealizableTao bt.Rao
}

// ScaleName is upstream's.
func (BasketHolding) ScaleName() scale.Name { return plain("basket_info::BasketHolding") }

// BasketSummary is a root validator's fund.
type BasketSummary struct {
	Hotkey       bt.AccountID
	NavTao       bt.Rao
	SpotNavTao   bt.Rao
	Shares       uint64
	DepositedTao bt.Rao
	RedeemedTao  bt.Rao
	Holdings     []BasketHolding
}

// ScaleName is upstream's.
func (BasketSummary) ScaleName() scale.Name { return typed("basket_info::BasketSummary") }

// BasketPosition is a coldkey's part of a fund.
type BasketPosition struct {
	Hotkey       bt.AccountID
	Beta         uint64
	BetaTotal    uint64
	NavTao       bt.Rao
	ValueTao     bt.Rao
	SpotValueTao bt.Rao
}

// ScaleName is upstream's.
func (BasketPosition) ScaleName() scale.Name { return typed("basket_info::BasketPosition") }

// BetaPricing is what a fund's shares are worth.
type BetaPricing struct {
	Hotkey        bt.AccountID
	SpotPrice     fixed.U64F64
	DisplayPrice  fixed.U64F64
	StakePrice    fixed.U64F64
	StakerYield   fixed.U64F64
	StakerTwr     fixed.U64F64
	BagIndex      fixed.U64F64
	StakeIndex    fixed.U64F64
	FirstBlock    uint64
	Provisional   bool
	SpotNavTao    bt.Rao
	Shares        uint64
	DisplayShares fixed.U64F64
}

// ScaleName is upstream's.
func (BetaPricing) ScaleName() scale.Name { return typed("basket_info::BetaPricing") }

// BetaPricingPage is a page of the prices of all funds.
type BetaPricingPage struct {
	Pricing []BetaPricing
	Next    scale.Option[bt.AccountID]
}

// ScaleName is upstream's.
func (BetaPricingPage) ScaleName() scale.Name { return typed("basket_info::BetaPricingPage") }

// BetaPosition is a coldkey's part of a fund, as wallets show it.
type BetaPosition struct {
	Hotkey       bt.AccountID
	Beta         uint64
	DisplayBeta  fixed.U64F64
	DisplayPrice fixed.U64F64
	ValueTao     bt.Rao
	SpotValueTao bt.Rao
	Provisional  bool
}

// ScaleName is upstream's.
func (BetaPosition) ScaleName() scale.Name { return typed("basket_info::BetaPosition") }

// BasketTradingStatus is whether and how much a fund may trade.
type BasketTradingStatus struct {
	Enabled      bool
	Frozen       bool
	RefillBlocks uint64
	TaoAvailable bt.Rao
	BudgetTao    bt.Rao
}

// ScaleName is upstream's.
func (BasketTradingStatus) ScaleName() scale.Name { return plain("basket_info::BasketTradingStatus") }

// BasketClaimPreview is what claiming a coldkey's part of a fund would pay. It came after spec 461; the order of its last fields is not known for sure.
type BasketClaimPreview struct {
	Hotkey          bt.AccountID
	OwedShares      uint64
	AccruedTao      bt.Rao
	RedeemableTao   bt.Rao
	ForfeitedTaoEst bt.Rao
	Rows            uint32
	RowsToSell      uint32
	DustRows        uint32
}

// ScaleName is upstream's.
func (BasketClaimPreview) ScaleName() scale.Name { return typed("basket_info::BasketClaimPreview") }

type basketMethods struct {
	GetRootBasketOwed          frame.Method[coldkeyArg, bt.Rao]                                       `doc:"TAO that root baskets owe a coldkey: none."`
	GetBasketPayout            frame.Method[holderArg, bt.Rao]                                        `doc:"TAO that a claim would pay: none."`
	GetValidatorBasketNav      frame.Method[hotkeyArg, bt.Rao]                                        `doc:"Worth of a validator's basket: none."`
	GetValidatorBasket         frame.Method[hotkeyArg, []scale.Triple[bt.NetUID, bt.Alpha, bt.Rao]]   `doc:"Holdings of a validator's basket: none."`
	GetRootBasketTotalNav      frame.Method[noArgs, bt.Rao]                                           `doc:"Worth of all baskets: none."`
	GetValidatorBasketSummary  frame.Method[hotkeyArg, BasketSummary]                                 `doc:"A validator's basket: empty."`
	GetAllValidatorBaskets     frame.Method[noArgs, []BasketSummary]                                  `doc:"All baskets: none."`
	GetRootBasketPositions     frame.Method[coldkeyArg, []scale.Triple[bt.AccountID, uint64, bt.Rao]] `doc:"A coldkey's parts of baskets: none."`
	GetBasketPosition          frame.Method[holderArg, scale.Option[BasketPosition]]                  `doc:"A coldkey's part of a basket: none."`
	GetRootBasketPortfolio     frame.Method[coldkeyArg, []BasketPosition]                             `doc:"A coldkey's parts of baskets: none."`
	GetBetaPricing             frame.Method[hotkeyArg, scale.Option[BetaPricing]]                     `doc:"Prices of a basket's shares: none."`
	GetAllBetaPricing          frame.Method[pageArg, BetaPricingPage]                                 `doc:"Prices of all baskets' shares: none."`
	GetBetaIndex               frame.Method[noArgs, scale.Pair[fixed.U64F64, fixed.U64F64]]           `doc:"Levels of the index of baskets: 0."`
	GetBetaPosition            frame.Method[holderArg, scale.Option[BetaPosition]]                    `doc:"A coldkey's part of a basket: none."`
	GetBetaPortfolio           frame.Method[coldkeyArg, []BetaPosition]                               `doc:"A coldkey's parts of baskets: none."`
	GetBasketTradingStatus     frame.Method[hotkeyArg, BasketTradingStatus]                           `doc:"Whether a basket may trade: no."`
	GetBasketClaimPreview      frame.Method[holderArg, scale.Option[BasketClaimPreview]]              `doc:"What a claim would do: nothing."`
	GetRootBasketClaimPreviews frame.Method[coldkeyArg, []BasketClaimPreview]                         `doc:"What claims would do: nothing."`
}

type (
	holderArg struct{ Hotkey, Coldkey bt.AccountID }
	pageArg   struct {
		StartAfter scale.Option[bt.AccountID]
		Limit      uint32
	}
)

// basketAPI answers for root baskets, which this chain does not have: nothing is held, owed or traded.
func basketAPI() frame.API {
	m := &basketMethods{}
	handleZero(&m.GetRootBasketOwed)
	handleZero(&m.GetBasketPayout)
	handleZero(&m.GetValidatorBasketNav)
	handleZero(&m.GetValidatorBasket)
	handleZero(&m.GetRootBasketTotalNav)
	m.GetValidatorBasketSummary.Handle(func(_ *frame.Ctx, a hotkeyArg) BasketSummary { return BasketSummary{Hotkey: a.Hotkey} })
	handleZero(&m.GetAllValidatorBaskets)
	handleZero(&m.GetRootBasketPositions)
	handleZero(&m.GetBasketPosition)
	handleZero(&m.GetRootBasketPortfolio)
	handleZero(&m.GetBetaPricing)
	handleZero(&m.GetAllBetaPricing)
	handleZero(&m.GetBetaIndex)
	handleZero(&m.GetBetaPosition)
	handleZero(&m.GetBetaPortfolio)
	handleZero(&m.GetBasketTradingStatus)
	handleZero(&m.GetBasketClaimPreview)
	handleZero(&m.GetRootBasketClaimPreviews)
	return frame.API{Name: "BetaBasketRuntimeApi", Version: 4, Methods: m}
}

// handleZero makes a function answer with the zero value of its result, whatever it is asked.
func handleZero[A, R any](m *frame.Method[A, R]) {
	m.Handle(func(*frame.Ctx, A) (zero R) { return zero })
}
