package amm

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/internal/vectors/forms"
)

type (
	u64    = vectors.U64
	u128   = forms.Bits[fixed.Uint128]
	u64f64 = forms.One[fixed.U64F64]
)

// vectorReserve is MinimumReserve of the runtime in which the vectors were recorded.
const vectorReserve = 100

var errorNames = map[string]error{
	"PriceLimitExceeded": ErrPriceLimitExceeded,
	"ReservesTooLow":     ErrReservesTooLow,
	"SwapInputTooLarge":  ErrSwapInputTooLarge,
}

// outcome is a number or {"error": "Name"} in JSON.
type outcome struct {
	Value u64
	Err   error
}

func (o *outcome) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		return json.Unmarshal(data, &o.Value)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(data, &failed); err != nil {
		return err
	}
	o.Err = errorNames[failed.Error]
	if o.Err == nil {
		return errors.New("unknown error " + failed.Error)
	}
	return nil
}

type poolVector struct {
	Mechanism *uint16
	Tao       u64
	AlphaIn   u64 `json:"alpha_in"`
	Quote     u64 `json:"quote_weight"`
	FeeRate   u64 `json:"fee_rate"`
}

func (v poolVector) pool() Pool {
	p := Pool{Alpha: uint64(v.AlphaIn), Tao: uint64(v.Tao), QuoteWeight: Weight(v.Quote), FeeRate: uint16(v.FeeRate),
		Mechanism: Dynamic, MinimumReserve: vectorReserve}
	if v.Mechanism != nil {
		p.Mechanism = *v.Mechanism
	}
	return p
}

func TestSwapVectors(t *testing.T) { vectors.Calls(t, "swap.jsonl", swapChecks, nil) }

var swapChecks = map[string]vectors.Check{
	"calculate_price": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Quote u64 `json:"quote_weight"`
			Alpha u64
			Tao   u64
		}
		var want u64f64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		p := Pool{Alpha: uint64(a.Alpha), Tao: uint64(a.Tao), QuoteWeight: Weight(a.Quote), Mechanism: Dynamic}
		vectors.Expect(t, "price", p.Price(), want.V)
	},
	"exp_base_quote": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Quote u64 `json:"quote_weight"`
			X, Dx u64
		}
		var want u64f64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		w := Weight(a.Quote)
		vectors.Expect(t, "power", shrinkage(uint64(a.X), saturatingAdd(uint64(a.X), uint64(a.Dx)), w.complement(), w), want.V)
	},
	"exp_quote_base": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Quote u64 `json:"quote_weight"`
			Y, Dy u64
		}
		var want u64f64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		w := Weight(a.Quote)
		vectors.Expect(t, "power", shrinkage(uint64(a.Y), saturatingAdd(uint64(a.Y), uint64(a.Dy)), w, w.complement()), want.V)
	},
	"get_base_needed_for_quote": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Quote      u64 `json:"quote_weight"`
			Tao, Alpha u64
			Delta      u64 `json:"delta_tao"`
		}
		var want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		p := Pool{Alpha: uint64(a.Alpha), Tao: uint64(a.Tao), QuoteWeight: Weight(a.Quote), Mechanism: Dynamic}
		vectors.Expect(t, "alpha", p.AlphaNeededForTao(uint64(a.Delta)), uint64(want))
	},
	"calculate_quote_delta_in": checkDelta(buying),
	"calculate_base_delta_in":  checkDelta(selling),
	"update_weights_for_added_liquidity": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Quote      u64 `json:"quote_weight"`
			Tao, Alpha u64
			TaoDelta   u64 `json:"tao_delta"`
			AlphaDelta u64 `json:"alpha_delta"`
		}
		var want struct {
			OK    bool
			Quote u64 `json:"quote_weight"`
		}
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		p := Pool{Alpha: uint64(a.Alpha), Tao: uint64(a.Tao), QuoteWeight: Weight(a.Quote), Mechanism: Dynamic}
		vectors.Expect(t, "done", p.Inject(uint64(a.TaoDelta), uint64(a.AlphaDelta)), want.OK)
		vectors.Expect(t, "weight", p.QuoteWeight, Weight(want.Quote))
	},
	"adjust_protocol_liquidity": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			poolVector
			TaoDelta   u64 `json:"tao_delta"`
			AlphaDelta u64 `json:"alpha_delta"`
		}
		var want struct {
			Tao, Alpha u64
			Quote      u64 `json:"quote_weight"`
		}
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		p := a.pool()
		p.Inject(uint64(a.TaoDelta), uint64(a.AlphaDelta))
		vectors.Expect(t, "tao", p.Tao-uint64(a.Tao), uint64(want.Tao))
		vectors.Expect(t, "alpha", p.Alpha-uint64(a.AlphaIn), uint64(want.Alpha))
		vectors.Expect(t, "weight", p.QuoteWeight, Weight(want.Quote))
	},
	"mul_perquintill_round": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Parts u64
			Value u128
		}
		var want u128
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		vectors.Expect(t, "product", Weight(a.Parts).MulRound(a.Value.V), want.V)
	},
	"perquintill_from_rational": func(t *testing.T, in, out json.RawMessage) {
		var a struct{ N, D u128 }
		var want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		vectors.Expect(t, "weight", WeightFromRatio(a.N.V, a.D.V), Weight(want))
	},
	"init_swap": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Tao, Alpha u64
			Price      *u64f64
		}
		var want struct {
			Initialized bool
			Quote       u64 `json:"quote_weight"`
			Price       u64f64
		}
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		p := Pool{Alpha: uint64(a.Alpha), Tao: uint64(a.Tao), QuoteWeight: Half, Mechanism: Dynamic}
		initialized := true
		if a.Price != nil {
			w, err := QuoteWeightForPrice(p.Alpha, p.Tao, a.Price.V)
			if initialized = err == nil; initialized {
				p.QuoteWeight = w
			}
		}
		vectors.Expect(t, "initialized", initialized, want.Initialized)
		vectors.Expect(t, "weight", p.QuoteWeight, Weight(want.Quote))
		vectors.Expect(t, "price", p.Price(), want.Price.V)
	},
	"swap_tao_for_alpha": checkSwap(buying),
	"swap_alpha_for_tao": checkSwap(selling),
	"get_alpha_amount_for_tao": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			poolVector
			Amount u64
		}
		var want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		vectors.Expect(t, "alpha", a.pool().AlphaForTao(uint64(a.Amount)), uint64(want))
	},
	"fee_amount": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			FeeRate u64 `json:"fee_rate"`
			Amount  u64
		}
		var want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		p := Pool{FeeRate: uint16(a.FeeRate), Mechanism: Dynamic}
		vectors.Expect(t, "fee", p.Fee(uint64(a.Amount)), uint64(want))
	},
	"max_amounts": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Subnets     []poolVector
			AddLimit    u64 `json:"add_limit"`
			RemoveLimit u64 `json:"remove_limit"`
			MoveFrom    int `json:"move_from"`
			MoveTo      int `json:"move_to"`
			MoveLimit   u64 `json:"move_limit"`
		}
		var want struct{ Add, Remove, Move outcome }
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		pools := []Pool{{Mechanism: Stable}} // the root network
		for _, s := range a.Subnets {
			pools = append(pools, s.pool())
		}
		same := func(what string, got uint64, err error, want outcome) {
			t.Helper()
			if !errors.Is(err, want.Err) || (err == nil) != (want.Err == nil) || got != uint64(want.Value) {
				t.Errorf("%s: got %d, %v, want %+v", what, got, err, want)
			}
		}
		got, err := pools[1].MaxBuy(uint64(a.AddLimit))
		same("add", got, err, want.Add)
		got, err = pools[1].MaxSell(uint64(a.RemoveLimit))
		same("remove", got, err, want.Remove)
		got, err = MaxMove(pools[a.MoveFrom], pools[a.MoveTo], uint64(a.MoveLimit))
		same("move", got, err, want.Move)
	},
	"pool_sequence": checkSequence,
}

func checkDelta(d direction) vectors.Check {
	return func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Quote   u64    `json:"quote_weight"`
			Current u64f64 `json:"current_price"`
			Target  u64f64 `json:"target_price"`
			Reserve u64
		}
		var want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		p := Pool{Alpha: uint64(a.Reserve), Tao: uint64(a.Reserve), QuoteWeight: Weight(a.Quote), Mechanism: Dynamic}
		vectors.Expect(t, "input", p.inputUpTo(d, a.Current.V, a.Target.V), uint64(want))
	}
}

func checkSwap(d direction) vectors.Check {
	return func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			poolVector
			AlphaOut   u64 `json:"alpha_out"`
			TotalStake u64 `json:"total_stake"`
			Amount     u64
			Limit      u64  `json:"price_limit"`
			DropFees   bool `json:"drop_fees"`
			Price      u64f64
		}
		var want struct {
			Error   string
			PaidIn  u64 `json:"amount_paid_in"`
			PaidOut u64 `json:"amount_paid_out"`
			Fee     u64 `json:"fee_paid"`
			Author  u64 `json:"fee_to_block_author"`
			Tao     u64
			AlphaIn u64 `json:"alpha_in"`
			Price   u64f64
		}
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		p := a.pool()
		vectors.Expect(t, "price before", p.Price(), a.Price.V)
		s, err := p.swap(d, uint64(a.Amount), uint64(a.Limit), a.DropFees)
		if want.Error != "" {
			if !errors.Is(err, errorNames[want.Error]) || err == nil {
				t.Errorf("got %+v, %v, want %s", s, err, want.Error)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		vectors.Expect(t, "swap", s, Swap{In: uint64(want.PaidIn), Out: uint64(want.PaidOut), Fee: uint64(want.Fee)})
		if s.In != 0 {
			vectors.Expect(t, "fee to the author", s.Fee, uint64(want.Author))
		}
		if d == buying {
			p.ApplyBuy(s)
		} else {
			p.ApplySell(s)
		}
		vectors.Expect(t, "tao", p.Tao, uint64(want.Tao))
		vectors.Expect(t, "alpha", p.Alpha, uint64(want.AlphaIn))
		vectors.Expect(t, "price after", p.Price(), want.Price.V)
	}
}

func checkSequence(t *testing.T, in, out json.RawMessage) {
	var start poolVector
	var steps []struct {
		Op      string
		Amount  u64
		Tao     u64
		Alpha   u64
		PaidOut u64 `json:"paid_out"`
		After   struct {
			poolVector
			Price u64f64
		}
	}
	vectors.Parse(t, in, &start)
	vectors.Parse(t, out, &steps)
	p := start.pool()
	for i, step := range steps {
		var s Swap
		var err error
		switch step.Op {
		case "buy":
			s, err = p.Buy(uint64(step.Amount), MaxPrice, false)
			p.ApplyBuy(s)
		case "sell":
			s, err = p.Sell(uint64(step.Amount), MinPrice, false)
			p.ApplySell(s)
		case "inject":
			p.Inject(uint64(step.Tao), uint64(step.Alpha))
		default:
			t.Fatalf("unknown step %s", step.Op)
		}
		after := step.After
		after.FeeRate = start.FeeRate
		if err != nil || s.Out != uint64(step.PaidOut) || p != after.pool() || p.Price() != after.Price.V {
			t.Fatalf("step %d %+v: got %+v, %v and %+v", i, step, s, err, p)
		}
	}
}
