package surface

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/shield"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
	"github.com/myelin-go/myelin/subtensor/codec"
)

var answers = flag.String("answers", "", "folder to write the largest answers of the benchmarks' chain to")

// crowd is a chain with many subnets full of neurons, at the block after its genesis. Rows are written as a chain that has run for a while has them.
type crowd struct {
	chain  *genesis.Chain
	module *subtensor.Pallet
	state  *chaintest.Memory
	head   bt.Header
}

const home bt.NetUID = 5 // a subnet of any crowd

func crowdHotkey(netuid bt.NetUID, uid uint16) bt.AccountID {
	return bt.AccountID{200, byte(netuid), byte(uid), byte(uid >> 8), 31: 1}
}

func crowdColdkey(uid uint16) bt.AccountID {
	return bt.AccountID{100, byte(uid), byte(uid >> 8), 31: 2}
}

// Every subnet has its own hotkeys; their coldkeys are the same people everywhere. A quarter of the neurons validates.
func newCrowd(subnets, neurons uint16) *crowd {
	c := genesis.Bittensor(genesis.Localnet())
	head, rows := c.Genesis()
	out := &crowd{chain: c, module: chain.Pallet[subtensor.Pallet](c.Runtime), state: chaintest.New(rows), head: head}
	s := storage.New(out.state)
	x := frame.NewCtx(s, &frame.Env{Number: 1, Table: c.Runtime.Table()}, frame.None())
	st, pools := &out.module.Storage, out.module.Pools
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	row := make([]scale.Pair[uint16, uint16], neurons)
	for i := range row {
		row[i] = scale.Pair[uint16, uint16]{A: uint16(i), B: uint16(1 + i)}
	}
	shares := func(value func(uid uint16) state.PerU16) []state.PerU16 {
		list := make([]state.PerU16, neurons)
		for uid := range neurons {
			list[uid] = value(uid)
		}
		return list
	}
	for uid := range neurons {
		st.IdentitiesV2.Set(s, crowdColdkey(uid), state.ChainIdentityV2{Name: []byte("somebody"), URL: []byte("https://somebody.example")})
		must(c.Parts.Balances.Mint(x, crowdColdkey(uid), 1000*bt.Tao))
	}
	for id := bt.NetUID(1); id <= bt.NetUID(subnets); id++ {
		if id > 1 {
			st.NetworksAdded.Set(s, id, true)
			st.SubnetMechanism.Set(s, id, 1)
			st.TokenSymbol.Set(s, id, []byte("x"))
			st.SubnetOwner.Set(s, id, crowdColdkey(0))
			st.SubnetOwnerHotkey.Set(s, id, crowdHotkey(id, 0))
			st.SubtokenEnabled.Set(s, id, true)
			st.SubnetIdentitiesV3.Set(s, id, state.SubnetIdentityV3{SubnetName: []byte("harbour"), SubnetURL: []byte("https://harbour.example")})
		}
		st.Tempo.Set(s, id, 360)
		st.MaxAllowedUids.Set(s, id, neurons)
		st.SubnetTAO.Set(s, id, 10_000*bt.Tao)
		st.SubnetAlphaIn.Set(s, id, bt.Alpha(20_000*bt.Tao))
		for uid := st.SubnetworkN.Get(s, id); uid < neurons; uid++ {
			hot, cold := crowdHotkey(id, uid), crowdColdkey(uid)
			must(pools.Associate(x, cold, hot))
			out.module.Registration.Append(x, id, hot)
			pools.AddStake(x, hot, cold, id, bt.Alpha(bt.Tao)*bt.Alpha(1+uid))
			st.Axons.Set(s, id, hot, state.AxonInfo{Block: 1, Version: 10, IP: scale.U128(1<<27 | uint64(uid)), Port: 8091, IPType: 4})
			st.LastHotkeyEmissionOnNetuid.Set(s, hot, id, 1000)
			if uid < neurons/4 {
				st.Weights.Set(s, bt.NetUIDIndex(id), uid, row)
				st.Bonds.Set(s, bt.NetUIDIndex(id), uid, row)
				st.AlphaDividendsPerSubnet.Set(s, id, hot, 2000)
				st.Delegates.Set(s, hot, 11796)
				must(pools.Associate(x, cold, hot))
			}
		}
		st.Emission.Set(s, id, slices.Repeat([]bt.Alpha{1_000_000_000}, int(neurons)))
		st.Incentive.Set(s, bt.NetUIDIndex(id), shares(func(uid uint16) state.PerU16 { return state.PerU16(uid * 7) }))
		st.Consensus.Set(s, id, shares(func(uid uint16) state.PerU16 { return state.PerU16(uid * 5) }))
		st.Dividends.Set(s, id, shares(func(uid uint16) state.PerU16 { return state.PerU16(uid * 3) }))
		st.ValidatorTrust.Set(s, id, shares(func(uid uint16) state.PerU16 { return state.PerU16(uid) }))
		permits := make([]bool, neurons)
		for uid := range neurons / 4 {
			permits[uid] = true
		}
		st.ValidatorPermit.Set(s, id, permits)
	}
	st.TotalNetworks.Set(s, subnets+1)
	out.state.Commit(s.Changes())
	return out
}

// call runs a function at the head.
func (w *crowd) call(method string, args []byte) ([]byte, error) {
	return w.chain.Runtime.Call(w.state, &w.head, method, args)
}

var few = sync.OnceValue(func() *crowd { return newCrowd(6, 8) })

// arguments are those of a question that has an answer, or of one about what is not there.
func (w *crowd) arguments(t testing.TB, function string, there bool) []byte {
	netuid, uid, mecid, hot, cold := home, uint16(3), bt.MechID(0), crowdHotkey(home, 1), crowdColdkey(1)
	if !there {
		netuid, uid, mecid, hot, cold = 50_000, 60_000, 200, nowhereHot, nowhereCold
	}
	remark := []byte{0, 0, 0} // System.remark of nothing
	header := bt.Header{Parent: w.head.Hash(), Number: w.head.Number + 1, Digest: []bt.DigestItem{}}
	if !there {
		header.Parent = bt.Hash{7}
	}
	bare := []byte(bt.Parsed{Call: remark}.Encode())
	data := append([]byte{4}, append([]byte("timstap0"), scale.Marshal(scale.Marshal(uint64(1000)))...)...)
	all := make([]uint16, 77)
	for i := range all {
		all[i] = uint16(i)
	}
	byName := map[string][]byte{
		"netuid": scale.Marshal(netuid), "uid": scale.Marshal(uid), "mecid": scale.Marshal(mecid), "subid": scale.Marshal(mecid),
		"metagraph_indexes": scale.Marshal(all), "netuids": scale.Marshal(scale.Some([]bt.NetUID{netuid})),
		"hotkey": hot[:], "hotkey_account": hot[:], "delegate_account": hot[:],
		"coldkey": cold[:], "coldkey_account": cold[:], "delegatee_account": cold[:], "account": cold[:], "origin_coldkey_account": cold[:],
		"destination_coldkey_account": cold[:], "coldkey_accounts": scale.Marshal([]bt.AccountID{cold, hot}),
		"origin": append(append([]byte{1}, hot[:]...), scale.Marshal(netuid)...), "destination": {0},
		"amount": scale.Marshal(uint64(bt.Tao)), "tao": scale.Marshal(uint64(bt.Tao)), "alpha": scale.Marshal(uint64(bt.Tao)),
		"start_after": {0}, "limit": scale.Marshal(uint32(10)), "version": scale.Marshal(uint32(15)),
		"header": scale.Marshal(&header), "block": append(scale.Marshal(&header), 0), "block_hash": make([]byte, 32), "source": {2}, "len": scale.Marshal(uint32(100)),
		"call": remark, "uxt": bare, "tx": bare, "extrinsic": bare, "inherent": data, "data": data, "weight": {0, 0}, "length": scale.Marshal(uint32(7)),
		"seed": scale.Marshal(scale.Some([]byte("//Alice"))), "encoded": scale.Marshal(make([]byte, 64)),
		"proxy_types": {0}, "proxy_type": {0}, "json": scale.Marshal([]byte("{}")), "id": {0}, "key_hash": make([]byte, 16),
		"dec_key_bytes": scale.Marshal([]byte("x")), "set_id": make([]byte, 8), "authority_id": make([]byte, 32),
	}
	byName["shielded_tx"] = scale.Marshal(&shield.Envelope{})
	var out []byte
	for _, in := range served(t).Metadata.Method(function).Inputs {
		raw, ok := byName[in.Name]
		if !ok {
			t.Errorf("%s: no argument for %s of type %s", function, in.Name, served(t).TypeName(in.Type))
		}
		out = append(out, raw...)
	}
	return out
}

// served reads values by the metadata that the node serves.
var servedOnce = sync.OnceValues(func() (*codec.Codec, error) {
	raw, _ := few().chain.Runtime.Metadata(15)
	m, err := metadata.Decode(raw)
	if err != nil {
		return nil, err
	}
	return codec.New(m), nil
})

func served(t testing.TB) *codec.Codec {
	t.Helper()
	c, err := servedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refuses are functions that give no answer about what is absent: Substrate's would panic.
var refuses = map[string]string{
	"Core_execute_block":    "block",
	"Core_initialize_block": "block",
}

// An answer about what is absent is none, an empty list, or one of these; several entries of a list or a struct are told by what stands in them.
var absent = map[string]string{
	"AccountNonceApi_account_nonce": "0",
	// As upstream's, these three work with what a subnet's settings are by default.
	"SubnetInfoRuntimeApi_get_next_epoch_start_block": "10",
	"SwapRuntimeApi_current_alpha_price":              "1000000000",
	"SwapRuntimeApi_sim_swap_tao_for_alpha":           "map[alpha_amount:0 alpha_fee:0 alpha_slippage:1000000000 tao_amount:0 tao_fee:0 tao_slippage:0]",
	"SwapRuntimeApi_sim_swap_alpha_for_tao":           "map[alpha_amount:0 alpha_fee:0 alpha_slippage:0 tao_amount:0 tao_fee:0 tao_slippage:1000000000]",
	// Wallets fail without an entry for each coldkey.
	"StakeInfoRuntimeApi_get_stake_info_for_coldkeys":              "[[COLD []] [HOT []]]",
	"StakeInfoRuntimeApi_get_stake_availability_for_coldkeys":      "[[COLD []] [HOT []]]",
	"StakeInfoRuntimeApi_get_stake_info_for_hotkey_coldkey_netuid": "map[coldkey:COLD drain:0 emission:0 hotkey:HOT is_registered:false locked:0 netuid:50000 stake:0 tao_emission:0]",
	"StakeInfoRuntimeApi_get_stake_fee":                            "0",
	"StakeInfoRuntimeApi_get_hotkey_conviction":                    "map[bits:0]",
	"BetaBasketRuntimeApi_get_root_basket_owed":                    "0",
	"BetaBasketRuntimeApi_get_basket_payout":                       "0",
	"BetaBasketRuntimeApi_get_validator_basket_nav":                "0",
	"BetaBasketRuntimeApi_get_validator_basket_summary":            "map[deposited_tao:0 holdings:[] hotkey:HOT nav_tao:0 redeemed_tao:0 shares:0 spot_nav_tao:0]",
	"BetaBasketRuntimeApi_get_basket_trading_status":               "map[budget_tao:0 enabled:false frozen:false refill_blocks:0 tao_available:0]",
}

// Who is nowhere on the chain.
var nowhereHot, nowhereCold = bt.AccountID{9, 9}, bt.AccountID{9, 8}

// TestFunctionsAnswer asks each runtime function about what is there and about what is not: the answer is a value of the type that the metadata tells.
func TestFunctionsAnswer(t *testing.T) {
	w := few()
	for _, name := range w.chain.Runtime.Methods() {
		api, method, _ := strings.Cut(name, "_")
		raw, err := w.call(name, w.arguments(t, name, true))
		if (err != nil) != (name == "Core_execute_block") { // a block whose state root is right is not made of nothing
			t.Errorf("%s: %v", name, err)
		} else if err == nil {
			v, err := served(t).DecodeResult(api, method, raw)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			t.Logf("%s = %.100v", name, v)
		}
		raw, err = w.call(name, w.arguments(t, name, false))
		if why := refuses[name]; why != "" {
			if err == nil || !strings.Contains(err.Error(), why) {
				t.Errorf("%s about what is absent: %v, want an error about a %s", name, err, why)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s about what is absent: %v", name, err)
			continue
		}
		v, err := served(t).DecodeResult(api, method, raw)
		if err != nil {
			t.Errorf("%s about what is absent: %v", name, err)
		}
		got := strings.NewReplacer(nowhereHot.String(), "HOT", nowhereCold.String(), "COLD").Replace(fmt.Sprint(v))
		if dependsOnWhatIsThere(t, name) && got != absent[name] && (absent[name] != "" || got != "<nil>" && got != "[]") {
			t.Errorf("%s about what is absent is %.200s, want none, an empty list or %q", name, got, absent[name])
		}
	}
}

// dependsOnWhatIsThere tells whether a function is asked about an account, a subnet or a neuron.
func dependsOnWhatIsThere(t *testing.T, name string) bool {
	return slices.ContainsFunc(served(t).Metadata.Method(name).Inputs, func(in metadata.Input) bool {
		return in.Name == "netuid" || in.Name == "uid" || strings.Contains(in.Name, "key") && in.Name != "dec_key_bytes" && in.Name != "key_hash" || strings.HasSuffix(in.Name, "account")
	})
}

// TestFunctionsRefuseBadArguments gives each runtime function its arguments cut short anywhere, with more behind them, and noise: an error, or an answer to
// noise that happens to be arguments, and no panic.
func TestFunctionsRefuseBadArguments(t *testing.T) {
	w := few()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, name := range w.chain.Runtime.Methods() {
		args := w.arguments(t, name, true)
		for n := range args {
			if _, err := w.call(name, args[:n]); err == nil {
				t.Errorf("%s accepts %d bytes of %d: %x", name, n, len(args), args[:n])
			}
		}
		for _, more := range [][]byte{{0}, {255}, make([]byte, 1000)} {
			if _, err := w.call(name, append(slices.Clone(args), more...)); err == nil {
				t.Errorf("%s accepts %d bytes behind its arguments", name, len(more))
			}
		}
		for range 60 {
			noise := make([]byte, rng.IntN(2*len(args)+8))
			for i := range noise {
				noise[i] = byte(rng.Uint32())
			}
			w.mustBear(t, name, noise)
			bent := slices.Clone(args)
			if len(bent) > 0 {
				bent[rng.IntN(len(bent))] ^= 1 << rng.IntN(8)
			}
			w.mustBear(t, name, bent)
		}
	}
}

// mustBear calls a function, which may refuse, but not with an answer beside the error.
func (w *crowd) mustBear(t *testing.T, name string, args []byte) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s panics on %x: %v", name, args, p)
		}
	}()
	if out, err := w.call(name, args); err != nil && out != nil {
		t.Errorf("%s: an answer beside the error %v", name, err)
	}
}

func TestUnknownFunctions(t *testing.T) {
	for _, name := range []string{"", "_", "Core", "Core_", "Core_versio", "core_version", "Core.version", "Metadata_metadata_at_version ", strings.Repeat("x", 1000)} {
		_, err := few().call(name, nil)
		var unknown chain.ErrNoMethod
		if want := "Execution failed: Other: Exported method " + name + " is not found"; !errors.As(err, &unknown) || err.Error() != want {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

// FuzzFunctions gives every runtime function whatever bytes as arguments.
func FuzzFunctions(f *testing.F) {
	w := few()
	names := w.chain.Runtime.Methods()
	for i, name := range names {
		f.Add(uint8(i), w.arguments(f, name, true))
		f.Add(uint8(i), w.arguments(f, name, false))
	}
	f.Fuzz(func(t *testing.T, which uint8, args []byte) { w.mustBear(t, names[int(which)%len(names)], args) })
}

// many is the crowd of the benchmarks: 128 subnets of 256 neurons.
var many = sync.OnceValue(func() *crowd { return newCrowd(128, 256) })

// BenchmarkFunctions asks every runtime function on a chain of 128 subnets of 256 neurons each.
func BenchmarkFunctions(b *testing.B) {
	for _, name := range few().chain.Runtime.Methods() {
		b.Run(name, func(b *testing.B) {
			w := many()
			args := w.arguments(b, name, true)
			var out []byte
			for b.Loop() {
				out, _ = w.call(name, args)
			}
			b.ReportMetric(float64(len(out)), "bytes")
		})
	}
}

// largest are the functions with the largest answers that the Python client asks for.
var largest = []string{
	"SubnetInfoRuntimeApi_get_all_metagraphs", "SubnetInfoRuntimeApi_get_all_dynamic_info", "SubnetInfoRuntimeApi_get_metagraph",
	"NeuronInfoRuntimeApi_get_neurons", "NeuronInfoRuntimeApi_get_neurons_lite", "DelegateInfoRuntimeApi_get_delegates",
}

// TestWriteAnswers writes the largest answers of the benchmarks' chain to the folder of -answers, for internal/interop/python/decode.py.
func TestWriteAnswers(t *testing.T) {
	if *answers == "" {
		t.Skip("no -answers")
	}
	for _, name := range largest {
		out, err := many().call(name, many().arguments(t, name, true))
		if err == nil {
			err = os.WriteFile(filepath.Join(*answers, name+".scale"), out, 0o644)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkStart builds the runtime as a process does when it starts, its metadata in both versions included.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		genesis.Bittensor(genesis.Localnet())
	}
}
