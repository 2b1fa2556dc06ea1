package emission

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/internal/vectors/forms"
)

type u64 = vectors.U64

// leftOut are functions in the recording that this package does not have.
var leftOut = map[string]string{
	"shares_flow":   "upstream carries the flow-based shares along without calling them",
	"pow_normalize": "a part of the flow-based shares",
	"pow_seal":      "the registration puzzle has its own package",
}

func TestVectors(t *testing.T) {
	vectors.Calls(t, "emission.jsonl", checks, func(fn string) bool { return leftOut[fn] != "" })
}

var checks = map[string]vectors.Check{
	"block_emission_for_issuance": func(t *testing.T, in, out json.RawMessage) {
		var a, want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		vectors.Expect(t, "emission", PerBlock(uint64(a)), uint64(want))
	},
	"subnet_emissions": checkSubnets,
	"decay_factor_q32": func(t *testing.T, in, out json.RawMessage) {
		var a, want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		vectors.Expect(t, "factor", DecayFactor(uint16(a)), uint64(want))
	},
	"mul_by_q32": func(t *testing.T, in, out json.RawMessage) {
		var a struct{ Value, Factor u64 }
		var want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		vectors.Expect(t, "product", MulQ32(uint64(a.Value), uint64(a.Factor)), uint64(want))
	},
	"pow_q32": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Base u64
			Exp  uint16
		}
		var want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		vectors.Expect(t, "power", PowQ32(uint64(a.Base), a.Exp), uint64(want))
	},
	"registration_price": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Block, Burn u64
			MinBurn     u64                     `json:"min_burn"`
			MaxBurn     u64                     `json:"max_burn"`
			HalfLife    uint16                  `json:"half_life"`
			Mult        forms.One[fixed.U64F64] `json:"increase_mult"`
		}
		var want struct {
			AfterBlock        u64 `json:"after_block"`
			AfterRegistration u64 `json:"after_registration"`
		}
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		rule := PriceRule{Min: uint64(a.MinBurn), Max: uint64(a.MaxBurn), HalfLife: a.HalfLife, IncreaseMult: a.Mult.V}
		price := rule.AfterBlock(uint64(a.Burn), uint64(a.Block))
		vectors.Expect(t, "after the block", price, uint64(want.AfterBlock))
		vectors.Expect(t, "after a registration", rule.AfterRegistration(price), uint64(want.AfterRegistration))
	},
	"network_lock_cost": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Last      u64 `json:"last_lock"`
			Min       u64 `json:"min_lock"`
			LastBlock u64 `json:"last_lock_block"`
			Interval  u64 `json:"reduction_interval"`
			Block     u64
		}
		var want u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		lock := NetworkLock{Last: uint64(a.Last), Min: uint64(a.Min), LastBlock: uint64(a.LastBlock),
			// Recorded on a chain that had issued next to nothing.
			Interval: LockInterval(uint64(a.Interval), PerBlock(0))}
		vectors.Expect(t, "cost", lock.Cost(uint64(a.Block)), uint64(want))
	},
	"block_hash_to_indices": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Hash string
			K, N u64
		}
		var want []u64
		vectors.Parse(t, in, &a)
		vectors.Parse(t, out, &want)
		hash, err := hex.DecodeString(a.Hash)
		if err != nil {
			t.Fatal(err)
		}
		got := ClaimIndices([32]byte(hash), uint64(a.K), uint64(a.N))
		if !slices.EqualFunc(got, want, func(g uint64, w u64) bool { return g == uint64(w) }) {
			t.Errorf("got %v, want %v", got, want)
		}
	},
}

func checkSubnets(t *testing.T, in, out json.RawMessage) {
	var a struct {
		Block         u64
		BlockEmission u64                     `json:"block_emission"`
		TaoWeight     u64                     `json:"tao_weight"`
		RootTao       u64                     `json:"root_tao"`
		MovingAlpha   forms.One[fixed.I96F32] `json:"moving_alpha"`
		Subnets       []struct {
			Mechanism     uint16
			Tao           u64
			AlphaIn       u64                     `json:"alpha_in"`
			AlphaOut      u64                     `json:"alpha_out"`
			Quote         u64                     `json:"quote_weight"`
			MovingPrice   forms.One[fixed.I96F32] `json:"moving_price"`
			MinerBurned   forms.One[fixed.U96F32] `json:"miner_burned"`
			Enabled       bool                    `json:"emission_enabled"`
			FirstEmission u64                     `json:"first_emission_block"`
			Halving       u64                     `json:"ema_price_halving_blocks"`
		}
	}
	var want struct {
		Price          forms.List[fixed.U64F64]
		RootProportion forms.List[fixed.U96F32] `json:"root_proportion"`
		PriceShares    forms.List[fixed.U64F64] `json:"price_shares"`
		Shares         forms.List[fixed.U64F64] `json:"shares"`
		SubnetEmission forms.List[fixed.U96F32] `json:"subnet_emission"`
		TaoIn          forms.List[fixed.U96F32] `json:"tao_in"`
		AlphaIn        forms.List[fixed.U96F32] `json:"alpha_in"`
		AlphaOut       forms.List[fixed.U96F32] `json:"alpha_out"`
		ExcessTao      forms.List[fixed.U96F32] `json:"excess_tao"`
		RootSell       bool                     `json:"root_sell_flag"`
		Median         forms.One[fixed.U64F64]  `json:"median_price"`
		NewMoving      forms.List[fixed.I96F32] `json:"new_moving_price"`
	}
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	n := len(a.Subnets)
	moving, spot := make([]fixed.U64F64, n), make([]fixed.U64F64, n)
	burned, enabled := make([]fixed.U96F32, n), make([]bool, n)
	for i, s := range a.Subnets {
		moving[i] = s.MovingPrice.V.ToU64F64()
		if s.Mechanism == amm.Stable {
			moving[i] = fixed.OneU64F64
		}
		burned[i], enabled[i] = s.MinerBurned.V, s.Enabled
		spot[i] = amm.Pool{Alpha: uint64(s.AlphaIn), Tao: uint64(s.Tao), QuoteWeight: amm.Weight(s.Quote), Mechanism: s.Mechanism}.Price()
		vectors.Expect(t, "spot price", spot[i], want.Price[i])
	}
	shares := Shares(moving, burned)
	parts := SubnetEmissions(shares, enabled, uint64(a.BlockEmission))
	for i, s := range a.Subnets {
		vectors.Expect(t, "price share", PriceShares(moving)[i], want.PriceShares[i])
		vectors.Expect(t, "share", shares[i], want.Shares[i])
		vectors.Expect(t, "emission", parts[i], want.SubnetEmission[i])
		issued := uint64(s.AlphaIn) + uint64(s.AlphaOut)
		root := RootProportion(uint64(a.RootTao), Fraction(uint64(a.TaoWeight)), issued)
		vectors.Expect(t, "root proportion", root, want.RootProportion[i])
		terms := SubnetTerms(parts[i], PerBlock(issued), spot[i], root)
		vectors.Expect(t, "tao in", terms.TaoIn, want.TaoIn[i])
		vectors.Expect(t, "alpha in", terms.AlphaIn, want.AlphaIn[i])
		vectors.Expect(t, "alpha out", terms.AlphaOut, want.AlphaOut[i])
		vectors.Expect(t, "excess tao", terms.ExcessTao, want.ExcessTao[i])
		next := MovingPrice(moving[i], spot[i], a.MovingAlpha.V, uint64(a.Block), uint64(s.FirstEmission), uint64(s.Halving))
		vectors.Expect(t, "moving price", next, want.NewMoving[i])
	}
	vectors.Expect(t, "root sell flag", RootSellFlag(moving), want.RootSell)
	vectors.Expect(t, "median price", MedianPrice(spot), want.Median.V)
}
