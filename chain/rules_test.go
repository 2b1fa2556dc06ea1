package chain_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/utility"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
)

// ctx reads the committed state.
func (n *net) ctx() *frame.Ctx {
	return frame.NewCtx(storage.New(n.state), &frame.Env{}, frame.None())
}

func (n *net) free(who bt.AccountID) bt.Rao { return n.balances.Free(n.ctx(), who) }

func (n *net) nonce(who bt.AccountID) bt.Nonce { return n.system.Account(n.ctx(), who).Nonce }

func withUtility(cfg *chain.Config) {
	var table *frame.Table
	u := utility.New(func() *frame.Table { return table })
	cfg.Modules = append(cfg.Modules, frame.Module{Name: "Utility", Index: 11, Pallet: u})
	cfg.Filter = func(_ *frame.Ctx, call frame.RuntimeCall) bool { return u.NoNesting(call) }
	tableOf[u] = func(t *frame.Table) { table = t }
}

// tableOf gives utility pallets of tests their table once the runtime is there.
var tableOf = map[*utility.Pallet]func(*frame.Table){}

func newBatchNet(t testing.TB) *net {
	n := newNet(t, withUtility)
	tableOf[chain.Pallet[utility.Pallet](n.r)](n.r.Table())
	return n
}

func batch(index uint8, calls ...[]byte) []byte {
	out := scale.AppendCompact([]byte{11, index}, uint64(len(calls)))
	for _, c := range calls {
		out = append(out, c...)
	}
	return out
}

func TestFailedCallChangesNothingButFeeAndNonce(t *testing.T) {
	n := newNet(t)
	before := chaintest.New(n.state.Rows())
	x := n.sign(alice, 0, transfer(bob.Public(), richFree))
	out := n.block(x)
	if out.Outcomes[1].Err != frame.NotExpendable && out.Outcomes[1].Err != frame.FundsUnavailable {
		t.Fatalf("the transfer of everything ended with %v", out.Outcomes[1].Err)
	}
	fee := out.Outcomes[1].Fee
	if got := n.free(alice.Public()); got != richFree-fee {
		t.Errorf("alice has %v, want %v less the fee %v", got, richFree, fee)
	}
	if n.nonce(alice.Public()) != 1 {
		t.Errorf("nonce %d, want 1", n.nonce(alice.Public()))
	}
	if got := n.free(one.Public()); got != fee {
		t.Errorf("the author has %v, want the fee %v", got, fee)
	}
	// Apart from the rows of the block itself, only the two accounts may differ.
	allowed := [][]byte{
		n.system.Storage.Account.Key(alice.Public()), n.system.Storage.Account.Key(one.Public()), []byte(":extrinsic_index"),
		[]byte("\xf0\xc3\x65\xc3\xcf\x59\xd6\x71"), // Timestamp
	}
	block := n.system.Storage.Number.Key()[:16]
	account := n.system.Storage.Account.Prefix()
	for _, c := range out.Changes {
		if bytes.HasPrefix(c.Key, block) && !bytes.HasPrefix(c.Key, account) {
			continue
		}
		if ok := func() bool {
			for _, a := range allowed {
				if bytes.HasPrefix(c.Key, a) {
					return true
				}
			}
			return false
		}(); !ok {
			was, _ := before.Get(c.Key)
			t.Errorf("row %x changed from %x to %x", c.Key, was, c.Value)
		}
	}
}

func TestInvalidTransactions(t *testing.T) {
	n := newBatchNet(t)
	for range 70 {
		n.block()
	}
	n.block(n.sign(alice, 0, transfer(carol.Public(), bt.Tao)))
	ok := transfer(bob.Public(), 1000)
	bad := bytes.Clone(n.sign(alice, 1, ok))
	bad[40] ^= 1
	old := bt.MortalEra(4, 2)
	deep := ok
	for range 9 {
		deep = append([]byte{12, 0}, deep...)
	}
	nobody, err := keys.FromURI("//Nobody")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		x      bt.Extrinsic
		reason chain.Reason
	}{
		{"no extrinsic", bt.Extrinsic{0x04, 0xff}, chain.Undecodable},
		{"unknown call", n.sign(alice, 1, []byte{5, 77}), chain.Undecodable},
		{"bytes after the call", n.sign(alice, 1, append(bytes.Clone(ok), 0)), chain.Undecodable},
		{"calls nested nine deep", n.sign(alice, 1, deep), chain.BadCall},
		{"bad signature", bad, chain.BadProof},
		{"another chain", func() bt.Extrinsic {
			m := *n
			m.genesis = bt.Hash{1}
			return m.sign(alice, 1, ok)
		}(), chain.BadProof},
		{"stale nonce", n.sign(alice, 0, ok), chain.Stale},
		{"future nonce", n.sign(alice, 5, ok), chain.Future},
		{"era long gone", n.signExtra(alice, bt.Extra{Era: old, Nonce: 1}, bt.Hash{2}, ok), chain.BadProof},
		{"no account", n.sign(nobody, 0, ok), chain.Payment},
		{"cannot pay the tip", n.signExtra(alice, bt.Extra{Nonce: 1, Tip: richFree}, n.genesis, ok), chain.Payment},
		{"sudo by another", n.sign(bob, 0, append([]byte{12, 0}, ok...)), chain.BadSigner},
		{"no metadata hash", n.signExtra(alice, bt.Extra{Nonce: 1, Mode: 1}, n.genesis, ok), chain.BadProof},
		{"another metadata hash", n.signHash(alice, 1, 1, scale.Some(bt.Hash{1}), ok), chain.BadProof},
		{"metadata hash where the mode says none", n.signHash(alice, 1, 0, scale.Some(n.r.MetadataHash()), ok), chain.BadProof},
		{"metadata hash of a later kind", n.signHash(alice, 1, 2, scale.Some(n.r.MetadataHash()), ok), chain.Undecodable},
		{"inherent twice", n.r.Bare(frame.RuntimeCall{Pallet: 2, Index: 0, Args: &setArgs{n.now + 1000}}), chain.BadMandatory},
		{"bare call", bt.Parsed{Call: ok}.Encode(), chain.NoUnsignedValidator},
		{"too long", n.sign(alice, 1, call(0, 0, &system.RemarkArgs{Remark: make([]byte, 8<<20)})), chain.ExhaustsResources},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n.TB = t
			b := n.begin()
			n.now -= 250
			checked, err := n.r.Checker(n.state, &n.head).Check(c.x)
			if err == nil {
				_, err = b.Apply(checked)
			}
			var invalid *chain.InvalidTransaction
			if !errors.As(err, &invalid) || invalid.Reason != c.reason {
				t.Fatalf("refused with %v, want reason %d", err, c.reason)
			}
			empty := n.begin()
			n.now -= 250
			if diff := cmp.Diff(empty.Finish().Hash, b.Finish().Hash); diff != "" {
				t.Errorf("the block changed: %s", diff)
			}
			if c.reason == chain.Future || c.reason == chain.BadMandatory {
				return // the pool keeps the one, and says MandatoryValidation to the other
			}
			if _, err := n.r.Validate(n.state, &n.head, c.x, chain.External); !errors.As(err, &invalid) || invalid.Reason != c.reason {
				t.Errorf("the pool says %v, want reason %d", err, c.reason)
			}
		})
	}
	n.TB = t
}

// A transaction may bind the metadata that its signer was shown: the digest over what the runtime says of itself.
func TestMetadataHash(t *testing.T) {
	n := newNet(t)
	raw, _ := n.r.Metadata(15)
	m, err := metadata.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	want, err := m.Digest(metadata.Chain{SpecVersion: 461, SpecName: "node-subtensor", Prefix: 42, Decimals: 9, Symbol: "TAO"})
	if err != nil || n.r.MetadataHash() != want {
		t.Fatalf("the hash is %v, want %x, %v", n.r.MetadataHash(), want, err)
	}
	x := n.signHash(alice, 0, 1, scale.Some(bt.Hash(want)), transfer(carol.Public(), bt.Tao))
	if _, err := n.r.Validate(n.state, &n.head, x, chain.External); err != nil {
		t.Error(err)
	}
	if out := n.block(x); len(out.Outcomes) != 2 || out.Outcomes[1].Err != nil || n.free(carol.Public()) != bt.Tao {
		t.Errorf("%+v; carol has %v", out.Outcomes, n.free(carol.Public()))
	}
	for _, other := range []func(*chain.Config){
		func(c *chain.Config) { c.SpecVersion++ }, func(c *chain.Config) { c.SpecName = "other" }, withUtility,
	} {
		if got := newNet(t, other).r.MetadataHash(); got == want {
			t.Errorf("a runtime with other calls or another name has the hash %v too", got)
		}
	}
}

type setArgs struct {
	Now uint64 `scale:"compact"`
}

func TestMortalEras(t *testing.T) {
	n := newNet(t)
	hashes := []bt.Hash{n.genesis}
	for i := range 40 {
		current := uint64(n.head.Number) + 1
		era := bt.MortalEra(8, uint64(n.head.Number))
		birth := era.Birth(current)
		out := n.block(n.signExtra(alice, bt.Extra{Era: era, Nonce: bt.Nonce(i)}, hashes[birth], transfer(bob.Public(), 1)))
		hashes = append(hashes, out.Hash)
	}
	// One that was valid eight blocks ago has another birth block now: its signature does not fit any more.
	era := bt.MortalEra(8, 30)
	_, err := n.r.Validate(n.state, &n.head, n.signExtra(alice, bt.Extra{Era: era, Nonce: 40}, hashes[era.Birth(30)], transfer(bob.Public(), 1)), chain.Local)
	var invalid *chain.InvalidTransaction
	if !errors.As(err, &invalid) || invalid.Reason != chain.BadProof {
		t.Errorf("an era that ended: %v", err)
	}
}

func TestBlockHashesAreKeptAsLongAsTold(t *testing.T) {
	n := newNet(t)
	n.system.Constants.BlockHashCount.Set(5)
	hashes := map[uint32]bt.Hash{0: n.genesis}
	for range 12 {
		out := n.block()
		hashes[out.Header.Number] = out.Hash
	}
	s := storage.New(n.state)
	for i := range uint32(13) {
		got, ok := n.system.Storage.BlockHash.TryGet(s, i)
		if want := i == 0 || i >= 12-5 && i < 12; ok != want || ok && got != hashes[i] {
			t.Errorf("hash of block %d is kept: %v, want %v", i, ok, want)
		}
	}
}

func TestPoolVerdict(t *testing.T) {
	n := newNet(t)
	v, err := n.r.Validate(n.state, &n.head, n.sign(alice, 2, transfer(bob.Public(), 1)), chain.External)
	if err != nil {
		t.Fatal(err)
	}
	want := chain.Validity{
		Priority: 1, Requires: [][]byte{chain.NonceTag(alice.Public(), 1)}, Provides: [][]byte{chain.NonceTag(alice.Public(), 2)},
		Longevity: 1<<64 - 1, Propagate: true,
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Error(diff)
	}
	v, err = n.r.Validate(n.state, &n.head, n.signExtra(alice, bt.Extra{Era: bt.MortalEra(64, 0)}, n.genesis, transfer(bob.Public(), 1)), chain.External)
	if err != nil || v.Longevity != 63 || v.Requires != nil {
		t.Errorf("mortal: %+v, %v", v, err)
	}
}

func TestBatches(t *testing.T) {
	n := newBatchNet(t)
	good, bad := transfer(carol.Public(), bt.Tao), transfer(carol.Public(), richFree)
	cases := []struct {
		name   string
		call   []byte
		events string
		gain   bt.Rao
		err    error
	}{
		{"batch", batch(0, good, good), "3 3 1", 2 * bt.Tao, nil},
		{"batch stops", batch(0, good, bad, good), "3 0", bt.Tao, nil},
		{"batch all", batch(2, good, good), "3 3 1", 2 * bt.Tao, nil},
		{"batch all fails", batch(2, good, bad), "", 0, frame.FundsUnavailable},
		{"force", batch(4, bad, good), "4 3 2", bt.Tao, nil},
		{"if else", append([]byte{11, 6}, append(bytes.Clone(bad), good...)...), "7", bt.Tao, nil},
		{"nested", batch(0, batch(2, good)), "", 0, n.system.Error.CallFiltered},
	}
	for i, c := range cases {
		before := n.free(carol.Public())
		out := n.block(n.sign(alice, bt.Nonce(i), c.call))
		if err := out.Outcomes[1].Err; err != c.err {
			t.Errorf("%s ended with %v, want %v", c.name, err, c.err)
		}
		if got := n.free(carol.Public()) - before; got != c.gain {
			t.Errorf("%s moved %v, want %v", c.name, got, c.gain)
		}
		var events []string
		for _, ev := range out.Events {
			if ev.Data[0] == 11 {
				events = append(events, fmt.Sprint(ev.Data[1]))
			}
		}
		if got := strings.Join(events, " "); got != c.events {
			t.Errorf("%s emitted %q, want %q", c.name, got, c.events)
		}
	}
}

func TestSudo(t *testing.T) {
	n := newNet(t)
	set := call(5, 8, &balances.ForceSetBalanceArgs{Who: bt.AddressOf(carol.Public()), NewFree: 7 * bt.Tao})
	issued := n.balances.TotalIssuance(n.ctx())
	out := n.block(n.sign(alice, 0, append([]byte{12, 0}, set...)))
	if out.Outcomes[1].Err != nil || n.free(carol.Public()) != 7*bt.Tao {
		t.Errorf("%v; carol has %v", out.Outcomes[1].Err, n.free(carol.Public()))
	}
	if out.Outcomes[1].Fee != 0 || n.free(alice.Public()) != richFree {
		t.Errorf("sudo cost %v", out.Outcomes[1].Fee)
	}
	if got := n.balances.TotalIssuance(n.ctx()) - issued; got != 7*bt.Tao {
		t.Errorf("issuance grew by %v", got)
	}
	if out := n.block(n.sign(bob, 0, set)); out.Outcomes[1].Err != frame.BadOrigin {
		t.Errorf("bob set a balance: %v", out.Outcomes[1].Err)
	}
}

// A thousand blocks of random transfers: the root of each must be that of all rows, built afresh now and then; nothing is created or lost.
func TestRandomBlocks(t *testing.T) {
	n := newNet(t)
	who := []*keys.Pair{alice, bob, carol, mustKey("//Dave")}
	nonces := map[bt.AccountID]bt.Nonce{}
	r := rand.New(rand.NewPCG(1, 2))
	blocks := 1000
	if testing.Short() {
		blocks = 100
	}
	for i := range blocks {
		var xs []bt.Extrinsic
		b := n.begin()
		k := n.r.Checker(n.state, &n.head)
		for range r.IntN(3) {
			from, to := who[r.IntN(len(who))], who[r.IntN(len(who))].Public()
			amount := bt.Rao(r.Uint64N(1 << r.UintN(52)))
			index := uint8(r.IntN(2) * 3) // transfer_allow_death or transfer_keep_alive
			x := n.sign(from, nonces[from.Public()], call(5, index, &balances.TransferArgs{Dest: bt.AddressOf(to), Value: amount}))
			checked, err := k.Check(x)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Apply(checked); err == nil {
				nonces[from.Public()]++
				xs = append(xs, x)
			}
		}
		out := b.Finish()
		if len(out.Extrinsics) != len(xs)+1 {
			t.Fatalf("block %d has %d extrinsics, want %d", i, len(out.Extrinsics), len(xs)+1)
		}
		n.state.Commit(out.Changes)
		n.head = out.Header
		for _, p := range who { // a killed account starts again
			nonces[p.Public()] = n.nonce(p.Public())
		}
		if got := chaintest.New(n.state.Rows()).Root(nil); got != out.Header.StateRoot {
			t.Fatalf("block %d: root of all rows %v, header says %v", i, got, out.Header.StateRoot)
		}
		var total bt.Rao
		for _, a := range n.system.Storage.Account.All(storage.New(n.state)) {
			total += a.Data.Free + a.Data.Reserved
		}
		if issued := n.balances.TotalIssuance(n.ctx()); issued != total {
			t.Fatalf("block %d: accounts hold %v, issued are %v", i, total, issued)
		}
	}
}

func TestExecuteRefusesWrongBlocks(t *testing.T) {
	n := newNet(t)
	b := n.begin()
	good := b.Finish()
	cases := map[string]func(*bt.Block){
		"state root":      func(b *bt.Block) { b.Header.StateRoot[0]++ },
		"extrinsics root": func(b *bt.Block) { b.Header.ExtrinsicsRoot[0]++ },
		"number":          func(b *bt.Block) { b.Header.Number++ },
		"parent":          func(b *bt.Block) { b.Header.Parent[0]++ },
		"no time":         func(b *bt.Block) { b.Extrinsics = nil },
		"time twice":      func(b *bt.Block) { b.Extrinsics = append(b.Extrinsics, b.Extrinsics[0]) },
		"bad extrinsic":   func(b *bt.Block) { b.Extrinsics = append(b.Extrinsics, bt.Extrinsic{4, 1}) },
	}
	for name, spoil := range cases {
		block := &bt.Block{Header: good.Header, Extrinsics: append([]bt.Extrinsic{}, good.Extrinsics...)}
		spoil(block)
		if _, err := n.r.Execute(n.state, &n.head, block, n.author, nil); !errors.Is(err, chain.ErrBlock) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRuntimeFunctions(t *testing.T) {
	n := newNet(t)
	out := n.block(n.sign(alice, 0, transfer(bob.Public(), bt.Tao)))
	x := out.Extrinsics[1]
	ask := func(method string, args any, result any) {
		t.Helper()
		raw, err := n.r.Call(n.state, &n.head, method, scale.Marshal(args))
		if err != nil {
			t.Fatal(err)
		}
		if err := scale.Unmarshal(raw, result); err != nil {
			t.Fatalf("%s answered %x: %v", method, raw, err)
		}
	}
	a := alice.Public()
	var nonce bt.Nonce
	if ask("AccountNonceApi_account_nonce", &a, &nonce); nonce != 1 {
		t.Errorf("nonce %d", nonce)
	}
	var info struct {
		Weight frame.Weight
		Class  frame.Class
		Fee    bt.Rao
	}
	raw, err := n.r.Call(n.state, &n.head, "TransactionPaymentApi_query_info", append(bytes.Clone(x), 144, 0, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := scale.Unmarshal(raw, &info); err != nil || info.Weight != (frame.Weight{RefTime: 224_051_000, ProofSize: 7791}) || info.Fee != 166_247 {
		t.Errorf("%+v, %v; recorded were 224051000, 7791 and 166247", info, err)
	}
	raw, err = n.r.Call(n.state, &n.head, "TaggedTransactionQueue_validate_transaction", append(append([]byte{2}, x...), make([]byte, 32)...))
	if err != nil || !bytes.Equal(raw, []byte{1, 0, 3}) {
		t.Errorf("an outdated transaction: %x, %v; want 010003", raw, err)
	}
	fresh := n.sign(alice, 1, transfer(bob.Public(), 1))
	raw, err = n.r.Call(n.state, &n.head, "TaggedTransactionQueue_validate_transaction", append(append([]byte{2}, fresh...), make([]byte, 32)...))
	if err != nil || raw[0] != 0 {
		t.Errorf("a valid transaction: %x, %v", raw, err)
	}
	var version system.Version
	if ask("Core_version", &struct{}{}, &version); version.SpecVersion != 461 || version.SpecName != "node-subtensor" || len(version.APIs) != 9 {
		t.Errorf("%+v", version)
	}
	var versions []uint32
	if ask("Metadata_metadata_versions", &struct{}{}, &versions); !cmp.Equal(versions, []uint32{14, 15}) {
		t.Errorf("versions %v", versions)
	}
	for _, v := range []uint32{13, 14, 15, 16} {
		var got scale.Option[[]byte]
		ask("Metadata_metadata_at_version", &v, &got)
		want, ok := n.r.Metadata(v)
		if got.Set != ok || !bytes.Equal(got.Value, want) {
			t.Errorf("version %d: %v", v, got.Set)
		}
	}
	if _, err := n.r.Call(n.state, &n.head, "Metadata_nothing", nil); err == nil || !strings.Contains(err.Error(), "Exported method Metadata_nothing is not found") {
		t.Errorf("an unknown function: %v", err)
	}
	if _, err := n.r.Call(n.state, &n.head, "AccountNonceApi_account_nonce", []byte{1}); err == nil {
		t.Error("short arguments were accepted")
	}
}

// What a block leaves in storage beside its effects is what frame_system leaves.
func TestRowsAfterABlock(t *testing.T) {
	n := newNet(t)
	out := n.block(n.sign(alice, 0, transfer(bob.Public(), 1)))
	s, sys := storage.New(n.state), &n.system.Storage
	if sys.Number.Get(s) != 1 || sys.ParentHash.Get(s) != n.genesis || sys.BlockHash.Get(s, 0) != n.genesis {
		t.Error("number, parent or hash of genesis")
	}
	if int(sys.EventCount.Get(s)) != len(out.Events) || len(out.Events) == 0 {
		t.Error("event count")
	}
	for _, absent := range [][]byte{
		sys.ExtrinsicCount.Key(), sys.AllExtrinsicsLen.Key(), sys.ExecutionPhase.Key(), sys.InherentsApplied.Key(), []byte(":extrinsic_index"),
	} {
		if s.Has(absent) {
			t.Errorf("row %x is left", absent)
		}
	}
	weight := sys.BlockWeight.Get(s)
	if weight.Normal.RefTime != 224_051_000+108_157_000 || weight.Normal.ProofSize != 7791+uint64(len(out.Extrinsics[1])) {
		t.Errorf("weight of normal calls %+v", weight.Normal)
	}
	if !s.Has([]byte(":code")) || !sys.LastRuntimeUpgrade.Has(s) {
		t.Error("the runtime's rows are missing")
	}
}
