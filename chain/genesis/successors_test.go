package genesis

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
)

// net is the local network in memory, whose //Alice is root and stakes.
type net struct {
	testing.TB
	*Chain
	state *chaintest.Memory
	head  bt.Header
	first bt.Hash
	alice *keys.Pair
	nonce bt.Nonce
	spec  uint32
	past  []*bt.Block
}

func newNet(t testing.TB) *net {
	n := &net{TB: t, Chain: Bittensor(Localnet()), spec: SpecVersion}
	head, rows := n.Genesis()
	n.head, n.first, n.state = head, head.Hash(), chaintest.New(rows)
	var err error
	if n.alice, err = keys.FromURI("//Alice"); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *net) signed(pallet, index uint8, args any) bt.Extrinsic {
	call := scale.Append([]byte{pallet, index}, args)
	extra := bt.Extra{Nonce: n.nonce}
	n.nonce++
	sig := [64]byte(n.alice.Sign(bt.SigningPayload(call, extra, bt.Implicit{SpecVersion: n.spec, TransactionVersion: 1, Genesis: n.first, Birth: n.first})))
	return bt.Parsed{Signed: &bt.Signed{Address: bt.AddressOf(n.alice.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: extra}, Call: call}.Encode()
}

func (n *net) asRoot(pallet, index uint8, args any) bt.Extrinsic {
	return n.signed(12, 0, &sudo.Sudo{Call: frame.RuntimeCall{Pallet: pallet, Index: index, Args: args}})
}

// block makes a block; each of its calls must succeed.
func (n *net) block(xs ...bt.Extrinsic) *chain.Result {
	n.Helper()
	b, err := n.Runtime.Begin(n.state, &n.head, 1_700_000_000_000+250*uint64(n.head.Number), bt.AccountID{}, nil)
	if err != nil {
		n.Fatal(err)
	}
	k := n.Runtime.Checker(n.state, &n.head)
	for i, x := range xs {
		checked, err := k.Check(x)
		if err != nil {
			n.Fatalf("extrinsic %d: %v", i, err)
		}
		if out, err := b.Apply(checked); err != nil || out.Err != nil {
			n.Fatalf("extrinsic %d: %v, %v", i, err, out.Err)
		}
	}
	out := b.Finish()
	n.past = append(n.past, out.Block())
	n.state.Commit(out.Changes)
	n.head = out.Header
	return out
}

func (n *net) goOn() (code []byte) {
	n.Helper()
	next := n.Runtime.Next()
	if next == nil {
		n.Fatal("nothing follows the first runtime")
	}
	code = next.Code()
	n.block(n.asRoot(0, 9, &system.CodeHashArgs{CodeHash: hash.Blake256(code)}))
	n.block(n.Runtime.Bare(frame.RuntimeCall{Pallet: 0, Index: system.ApplyIndex, Args: &system.CodeArgs{Code: code}}))
	n.spec = next.Version().SpecVersion
	return code
}

// totals are TotalAlphaStaked, and what it should be.
func (n *net) totals() (told, want map[bt.NetUID]bt.Alpha) {
	st, s := &chain.Pallet[subtensor.Pallet](n.Runtime).Storage, storage.New(n.state)
	told, want = map[bt.NetUID]bt.Alpha{}, map[bt.NetUID]bt.Alpha{}
	for netuid, total := range st.TotalAlphaStaked.All(s) {
		if told[netuid] = total; total == 0 {
			delete(told, netuid)
		}
	}
	for key, staked := range st.TotalHotkeyAlpha.All(s) {
		want[key.B] += staked
	}
	return told, want
}

func (n *net) checkTotals() {
	n.Helper()
	told, want := n.totals()
	if diff := cmp.Diff(want, told); diff != "" {
		n.Fatalf("staked after block %d: %s", n.head.Number, diff)
	}
}

// migrated are the events of migrations in a block.
func (n *net) migrated(b *chain.Result) (out []state.StorageMigrated) {
	n.Helper()
	for _, ev := range b.Events {
		if ev.Data[0] != subtensor.Index || ev.Data[1] != 249 {
			continue
		}
		var m state.StorageMigrated
		if err := scale.Unmarshal(ev.Data[2:], &m); err != nil {
			n.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// Spec 462 counts what is staked, once, and keeps the count: in stakes, epochs and the end of a subnet.
func TestStakedIsCountedFromSpec462On(t *testing.T) {
	n := newNet(t)
	hotkey := wellKnown("//Alice_hk")
	stake := func(netuid bt.NetUID, amount bt.Rao) bt.Extrinsic {
		return n.signed(subtensor.Index, 2, &staking.AddStake{Hotkey: hotkey, NetUID: netuid, AmountStaked: amount})
	}
	st := &chain.Pallet[subtensor.Pallet](n.Runtime).Storage
	var open system.SetStorage
	for _, netuid := range []bt.NetUID{0, 1} {
		open.Items = append(open.Items, scale.Pair[[]byte, []byte]{A: st.SubtokenEnabled.Key(netuid), B: []byte{1}},
			scale.Pair[[]byte, []byte]{A: st.FirstEmissionBlockNumber.Key(netuid), B: scale.Marshal(new(uint64))})
	}
	n.block(n.asRoot(0, 4, &open), n.signed(subtensor.Index, 91, &staking.TryAssociateHotkey{Hotkey: hotkey}))
	n.block(stake(0, 100*bt.Tao), stake(1, 10*bt.Tao))
	told, want := n.totals()
	if len(told) != 0 || len(want) != 2 || len(n.migrated(n.block())) != 0 {
		t.Fatalf("spec 461 tells %v of %v", told, want)
	}
	old, _ := n.Runtime.At(n.state)
	code := n.goOn()
	if told, _ := n.totals(); len(told) != 0 {
		t.Fatalf("the block that sets the code has already %v", told)
	}
	b := n.block(stake(0, 7*bt.Tao))
	n.checkTotals()
	if diff := cmp.Diff([]state.StorageMigrated{{Name: []byte("myelin_count_alpha_staked"), Read: 3}}, n.migrated(b)); diff != "" {
		t.Error(diff)
	}
	for range 35 { // epochs are due every ten blocks
		b := n.block()
		n.checkTotals()
		if len(n.migrated(b)) != 0 {
			t.Fatalf("block %d changes storage again", n.head.Number)
		}
	}
	n.block(n.signed(subtensor.Index, 3, &staking.RemoveStake{Hotkey: hotkey, NetUID: 0, AmountUnstaked: 50 * bt.Alpha(bt.Tao)}))
	n.checkTotals()

	// Back to spec 461, which does not count, and on again: it is counted anew.
	n.block(n.asRoot(0, 3, &system.CodeArgs{Code: old.Code()}))
	n.spec = 461
	n.block(stake(0, 11*bt.Tao))
	if told, want := n.totals(); cmp.Equal(told, want) {
		t.Errorf("spec 461 counts: %v", told)
	}
	n.block(n.asRoot(0, 3, &system.CodeArgs{Code: code}))
	n.spec = 462
	if b := n.block(); len(n.migrated(b)) != 1 {
		t.Error("what spec 461 did is not counted")
	}
	n.checkTotals()

	n.block(n.asRoot(subtensor.Index, 120, &subnets.RootDissolveNetwork{NetUID: 1}))
	n.checkTotals()
	if told, _ := n.totals(); len(told) != 1 {
		t.Errorf("after the end of subnet 1 there is %v", told)
	}

	// Who executes the chain from its begin comes to the same.
	head, rows := n.Genesis()
	again := chaintest.New(rows)
	for _, b := range n.past {
		out, err := n.Runtime.Execute(again, &head, b, bt.AccountID{}, nil)
		if err != nil {
			t.Fatalf("block %d: %v", b.Header.Number, err)
		}
		again.Commit(out.Changes)
		head = out.Header
	}
	if head.Hash() != n.head.Hash() {
		t.Error("the chain's blocks lead somewhere else")
	}
}

// A chain that would begin with spec 462 counts from the start.
func TestStakedIsCountedAtTheGenesisOfSpec462(t *testing.T) {
	n := newNet(t)
	n.Chain = at(462, Localnet(), []Extension{Subtensor})
	head, rows := n.Genesis()
	n.head, n.state, n.spec = head, chaintest.New(rows), 462
	n.checkTotals()
	if b := n.block(); len(n.migrated(b)) != 0 {
		t.Error("the first block counts again")
	}
	n.checkTotals()
	if n.Runtime.Next() != nil {
		t.Error("more follows the newest runtime")
	}
}
