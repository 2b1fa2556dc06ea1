package chain_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/timestamp"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
)

func (n *net) call(method string, args []byte) []byte {
	n.Helper()
	out, err := n.r.Call(n.state, &n.head, method, args)
	if err != nil {
		n.Fatal(err)
	}
	return out
}

// What the block functions say is what the block then does, and they leave nothing behind.
func TestBlockFunctions(t *testing.T) {
	n := newNet(t)
	n.block()
	before := n.state.Root(nil)
	good, bad := n.sign(alice, 0, transfer(bob.Public(), bt.Tao)), n.sign(alice, 0, transfer(bob.Public(), 2*richFree))
	if got := n.call("BlockBuilder_apply_extrinsic", good); string(got) != "\x00\x00" {
		t.Errorf("a transfer would end in %x", got)
	}
	if got := n.call("BlockBuilder_apply_extrinsic", bad); len(got) < 2 || got[0] != 0 || got[1] != 1 {
		t.Errorf("a transfer of too much would end in %x, want a dispatch error", got)
	}
	if got := n.call("BlockBuilder_apply_extrinsic", n.sign(alice, 7, transfer(bob.Public(), 1))); string(got) != "\x01\x00\x02" {
		t.Errorf("a nonce too high gives %x, want Invalid(Future)", got)
	}
	header := n.call("BlockBuilder_finalize_block", nil)

	b, err := n.r.Begin(n.state, &n.head, n.now+250, bt.AccountID{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	next := b.Finish()
	if want := scale.Marshal(&next.Header); string(header) != string(want) {
		t.Errorf("the next header is %x, want %x", header, want)
	}
	if got := n.call("Core_initialize_block", header); string(got) != "\x00" {
		t.Errorf("initialize_block gives %x", got)
	}
	block := scale.AppendCompact(bytes.Clone(header), uint64(len(next.Extrinsics)))
	for _, x := range next.Extrinsics {
		block = append(block, x...)
	}
	n.call("Core_execute_block", block)
	block[40] ^= 1 // the state root
	if _, err := n.r.Call(n.state, &n.head, "Core_execute_block", block); err == nil || !strings.Contains(err.Error(), "state root") {
		t.Errorf("a block with another state root: %v", err)
	}
	block[40] ^= 1

	clock := func(ms uint64) []byte {
		return append([]byte("\x04timstap0\x20"), scale.Marshal(&ms)...)
	}
	want := n.r.Bare(frame.RuntimeCall{Pallet: 2, Args: &timestamp.SetArgs{Now: n.now + 1000}})
	if got := n.call("BlockBuilder_inherent_extrinsics", clock(n.now+1000)); string(got) != "\x04"+string(want) {
		t.Errorf("inherents %x, want %x", got, want)
	}
	for _, c := range []struct {
		name string
		now  uint64
		want string
	}{
		{"right", n.now + 250, "\x01\x00\x00"}, {"30 s ahead", n.now + 250 - 30_000, "\x01\x00\x00"},
		{"further ahead", n.now + 249 - 30_000, "\x00\x01\x04timstap0\x04\x01"},
	} {
		if got := n.call("BlockBuilder_check_inherents", append(block[:len(block):len(block)], clock(c.now)...)); string(got) != c.want {
			t.Errorf("%s: %x, want %x", c.name, got, c.want)
		}
	}
	if n.state.Root(nil) != before {
		t.Error("a runtime function changed the state")
	}
	n.call("OffchainWorkerApi_offchain_worker", header)
}

func TestSessionKeys(t *testing.T) {
	n := newNet(t)
	out := n.call("SessionKeys_generate_session_keys", append([]byte{1, 5 << 2}, "//One"...))
	ed, err := keys.FromURIScheme(keys.Ed25519, "//One")
	if err != nil {
		t.Fatal(err)
	}
	sr := one.Public()
	pub := ed.Public()
	want := append(scale.AppendCompact(nil, 64), append(sr[:], pub[:]...)...)
	if string(out) != string(want) {
		t.Errorf("keys %x, want %x", out, want)
	}
	want = append([]byte{1, 8, 128}, append(sr[:], "aura\x80"...)...)
	want = append(want, append(pub[:], "gran"...)...)
	if got := n.call("SessionKeys_decode_session_keys", out); string(got) != string(want) {
		t.Errorf("decoded %x, want %x", got, want)
	}
	if got := n.call("SessionKeys_decode_session_keys", []byte{4, 0}); string(got) != "\x00" {
		t.Errorf("one byte decoded to %x", got)
	}
	if _, err := n.r.Call(n.state, &n.head, "SessionKeys_generate_session_keys", []byte{0}); err == nil {
		t.Error("keys were drawn at random")
	}
}
