package emission

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/fixed"
)

// number is an integer, plain or as a decimal string, in JSON.
type number struct{ *big.Int }

func (n *number) UnmarshalJSON(data []byte) error {
	n.Int = new(big.Int)
	return n.Int.UnmarshalJSON([]byte(strings.Trim(string(data), `"`)))
}

// u64 is a number that must fit.
type u64 uint64

func (u *u64) UnmarshalJSON(data []byte) error {
	var n number
	err := n.UnmarshalJSON(data)
	if err == nil && !n.IsUint64() {
		err = fmt.Errorf("%s is not a u64", data)
	}
	if err == nil {
		*u = u64(n.Uint64())
	}
	return err
}

// raw is {"Type": "bits"} or {"Type": ["bits", …]} in JSON, whatever the type.
type raw []number

func (r *raw) UnmarshalJSON(data []byte) error {
	var one map[string]json.RawMessage
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	for _, v := range one {
		if v[0] != '[' {
			v = json.RawMessage("[" + string(v) + "]")
		}
		if err := json.Unmarshal(v, (*[]number)(r)); err != nil {
			return err
		}
	}
	return nil
}

func (r raw) u64f64(i int) fixed.U64F64 { return fixed.U64F64FromBits(r.u128(i)) }
func (r raw) u96f32(i int) fixed.U96F32 { return fixed.U96F32FromBits(r.u128(i)) }
func (r raw) i96f32(i int) fixed.I96F32 {
	v, err := fixed.ParseInt128(r[i].String())
	if err != nil {
		panic(err)
	}
	return fixed.I96F32FromBits(v)
}
func (r raw) u128(i int) fixed.Uint128 {
	v, err := fixed.ParseUint128(r[i].String())
	if err != nil {
		panic(err)
	}
	return v
}

func parse(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%.300s: %v", data, err)
	}
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func openVectors(t *testing.T) io.Reader {
	t.Helper()
	path := filepath.Join("testdata", "emission.jsonl.gz")
	if folder := os.Getenv("MYELIN_VECTORS"); folder != "" {
		path = filepath.Join(folder, "emission.jsonl")
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if filepath.Ext(path) != ".gz" {
		return file
	}
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// leftOut are functions in the recording that this package does not have.
var leftOut = map[string]string{
	"shares_flow":   "upstream carries the flow-based shares along without calling them",
	"pow_normalize": "a part of the flow-based shares",
	"pow_seal":      "the registration puzzle has its own package",
}

func TestVectors(t *testing.T) {
	seen := map[string]int{}
	lines := bufio.NewScanner(openVectors(t))
	lines.Buffer(nil, 1<<22)
	for n := 1; lines.Scan(); n++ {
		var v struct {
			Fn      string
			In, Out json.RawMessage
		}
		parse(t, lines.Bytes(), &v)
		seen[v.Fn]++
		if leftOut[v.Fn] != "" {
			continue
		}
		check, ok := checks[v.Fn]
		if !ok {
			t.Fatalf("line %d: unknown function %s", n, v.Fn)
		}
		t.Run("", func(t *testing.T) {
			check(t, v.In, v.Out)
			if t.Failed() {
				t.Logf("line %d: %s", n, lines.Bytes())
			}
		})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for fn := range checks {
		if seen[fn] == 0 {
			t.Errorf("no vector of %s", fn)
		}
	}
}

var checks = map[string]func(t *testing.T, in, out json.RawMessage){
	"block_emission_for_issuance": func(t *testing.T, in, out json.RawMessage) {
		var a, want u64
		parse(t, in, &a)
		parse(t, out, &want)
		expect(t, "emission", PerBlock(uint64(a)), uint64(want))
	},
	"subnet_emissions": checkSubnets,
	"decay_factor_q32": func(t *testing.T, in, out json.RawMessage) {
		var a, want u64
		parse(t, in, &a)
		parse(t, out, &want)
		expect(t, "factor", DecayFactor(uint16(a)), uint64(want))
	},
	"mul_by_q32": func(t *testing.T, in, out json.RawMessage) {
		var a struct{ Value, Factor u64 }
		var want u64
		parse(t, in, &a)
		parse(t, out, &want)
		expect(t, "product", MulQ32(uint64(a.Value), uint64(a.Factor)), uint64(want))
	},
	"pow_q32": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Base u64
			Exp  uint16
		}
		var want u64
		parse(t, in, &a)
		parse(t, out, &want)
		expect(t, "power", PowQ32(uint64(a.Base), a.Exp), uint64(want))
	},
	"registration_price": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Block, Burn u64
			MinBurn     u64    `json:"min_burn"`
			MaxBurn     u64    `json:"max_burn"`
			HalfLife    uint16 `json:"half_life"`
			Mult        raw    `json:"increase_mult"`
		}
		var want struct {
			AfterBlock        u64 `json:"after_block"`
			AfterRegistration u64 `json:"after_registration"`
		}
		parse(t, in, &a)
		parse(t, out, &want)
		rule := PriceRule{Min: uint64(a.MinBurn), Max: uint64(a.MaxBurn), HalfLife: a.HalfLife, IncreaseMult: a.Mult.u64f64(0)}
		price := rule.AfterBlock(uint64(a.Burn), uint64(a.Block))
		expect(t, "after the block", price, uint64(want.AfterBlock))
		expect(t, "after a registration", rule.AfterRegistration(price), uint64(want.AfterRegistration))
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
		parse(t, in, &a)
		parse(t, out, &want)
		lock := NetworkLock{Last: uint64(a.Last), Min: uint64(a.Min), LastBlock: uint64(a.LastBlock),
			// Recorded on a chain that had issued next to nothing.
			Interval: LockInterval(uint64(a.Interval), PerBlock(0))}
		expect(t, "cost", lock.Cost(uint64(a.Block)), uint64(want))
	},
	"block_hash_to_indices": func(t *testing.T, in, out json.RawMessage) {
		var a struct {
			Hash string
			K, N u64
		}
		var want []u64
		parse(t, in, &a)
		parse(t, out, &want)
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
		BlockEmission u64 `json:"block_emission"`
		TaoWeight     u64 `json:"tao_weight"`
		RootTao       u64 `json:"root_tao"`
		MovingAlpha   raw `json:"moving_alpha"`
		Subnets       []struct {
			Mechanism     uint16
			Tao           u64
			AlphaIn       u64  `json:"alpha_in"`
			AlphaOut      u64  `json:"alpha_out"`
			Quote         u64  `json:"quote_weight"`
			MovingPrice   raw  `json:"moving_price"`
			MinerBurned   raw  `json:"miner_burned"`
			Enabled       bool `json:"emission_enabled"`
			FirstEmission u64  `json:"first_emission_block"`
			Halving       u64  `json:"ema_price_halving_blocks"`
		}
	}
	var want struct {
		Price          raw
		RootProportion raw  `json:"root_proportion"`
		PriceShares    raw  `json:"price_shares"`
		Shares         raw  `json:"shares"`
		SubnetEmission raw  `json:"subnet_emission"`
		TaoIn          raw  `json:"tao_in"`
		AlphaIn        raw  `json:"alpha_in"`
		AlphaOut       raw  `json:"alpha_out"`
		ExcessTao      raw  `json:"excess_tao"`
		RootSell       bool `json:"root_sell_flag"`
		Median         raw  `json:"median_price"`
		NewMoving      raw  `json:"new_moving_price"`
	}
	parse(t, in, &a)
	parse(t, out, &want)
	n := len(a.Subnets)
	moving, spot := make([]fixed.U64F64, n), make([]fixed.U64F64, n)
	burned, enabled := make([]fixed.U96F32, n), make([]bool, n)
	for i, s := range a.Subnets {
		moving[i] = s.MovingPrice.i96f32(0).ToU64F64()
		if s.Mechanism == amm.Stable {
			moving[i] = fixed.OneU64F64
		}
		burned[i], enabled[i] = s.MinerBurned.u96f32(0), s.Enabled
		spot[i] = amm.Pool{Alpha: uint64(s.AlphaIn), Tao: uint64(s.Tao), QuoteWeight: amm.Weight(s.Quote), Mechanism: s.Mechanism}.Price()
		expect(t, "spot price", spot[i], want.Price.u64f64(i))
	}
	shares := Shares(moving, burned)
	parts := SubnetEmissions(shares, enabled, uint64(a.BlockEmission))
	for i, s := range a.Subnets {
		expect(t, "price share", PriceShares(moving)[i], want.PriceShares.u64f64(i))
		expect(t, "share", shares[i], want.Shares.u64f64(i))
		expect(t, "emission", parts[i], want.SubnetEmission.u96f32(i))
		issued := uint64(s.AlphaIn) + uint64(s.AlphaOut)
		root := RootProportion(uint64(a.RootTao), Fraction(uint64(a.TaoWeight)), issued)
		expect(t, "root proportion", root, want.RootProportion.u96f32(i))
		terms := SubnetTerms(parts[i], PerBlock(issued), spot[i], root)
		expect(t, "tao in", terms.TaoIn, want.TaoIn.u96f32(i))
		expect(t, "alpha in", terms.AlphaIn, want.AlphaIn.u96f32(i))
		expect(t, "alpha out", terms.AlphaOut, want.AlphaOut.u96f32(i))
		expect(t, "excess tao", terms.ExcessTao, want.ExcessTao.u96f32(i))
		next := MovingPrice(moving[i], spot[i], a.MovingAlpha.i96f32(0), uint64(a.Block), uint64(s.FirstEmission), uint64(s.Halving))
		expect(t, "moving price", next, want.NewMoving.i96f32(i))
	}
	expect(t, "root sell flag", RootSellFlag(moving), want.RootSell)
	expect(t, "median price", MedianPrice(spot), want.Median.u64f64(0))
}
