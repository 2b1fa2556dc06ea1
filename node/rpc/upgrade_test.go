package rpc_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// next is what myelin_nextRuntime answers.
type next struct {
	SpecVersion uint32
	Code        string
	CodeHash    string
}

func (w *world) get(into any, method string, params ...any) {
	w.Helper()
	raw, err := w.post(method, params...)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		w.Fatalf("%s: %v", method, err)
	}
}

// spec is the version of a block's state, asked in every way that there is.
func (w *world) spec(at bt.Hash) uint32 {
	w.Helper()
	var told, again struct{ SpecVersion uint32 }
	w.get(&told, "state_getRuntimeVersion", at)
	w.get(&again, "chain_getRuntimeVersion", at)
	var raw, code, codeHash, v14, v15 string
	w.get(&raw, "state_call", "Core_version", "0x", at)
	text, impl := []byte("node-subtensor"), uint32(1)
	want := scale.Append(scale.Append(scale.Append(scale.Append(scale.Append(nil, &text), &text), &impl), &told.SpecVersion), &impl)
	if again != told || !strings.HasPrefix(raw, hexOf(want)) {
		w.Errorf("the version is %d, or %d, or %s", told.SpecVersion, again.SpecVersion, raw)
	}
	w.get(&code, "state_getStorage", hexOf([]byte(":code")), at)
	w.get(&codeHash, "state_getStorageHash", hexOf([]byte(":code")), at)
	if !strings.Contains(code, hexOf(want)[2:]) || codeHash == "" {
		w.Errorf("the code %s with hash %s is not that of version %d", code, codeHash, told.SpecVersion)
	}
	w.get(&v14, "state_getMetadata", at)
	w.get(&v15, "state_call", "Metadata_metadata_at_version", "0x0f000000", at)
	var whole string
	w.get(&whole, "state_call", "Metadata_metadata", "0x", at)
	// The event that spec 462 has, by its name; and the constant System.Version.
	event := fmt.Sprintf("%x", "StorageMigrated")
	for name, m := range map[string]string{"14": v14, "14 by call": whole, "15": v15} {
		if strings.Contains(m, event) != (told.SpecVersion == 462) || !strings.Contains(m, hexOf(want)[2:]) {
			w.Errorf("metadata %s of version %d is another runtime's", name, told.SpecVersion)
		}
	}
	return told.SpecVersion
}

// version is the next notification of a version.
func (c *client) version() uint32 {
	c.Helper()
	var note struct {
		Method string
		Params struct{ Result struct{ SpecVersion uint32 } }
	}
	if raw := c.read(); json.Unmarshal(raw, &note) != nil || note.Method != "state_runtimeVersion" {
		c.Fatalf("no version: %s", raw)
	}
	return note.Params.Result.SpecVersion
}

// An upgrade as those who watch it see it: who looks at a block sees that block's own runtime, subscribers are told once, and what waits in the pool for the old runtime
// goes. When the chain goes back behind it, all that is undone.
func TestUpgrade(t *testing.T) {
	w := manual(t)
	versions, blocks := w.dial(), w.dial()
	versions.begin("state_subscribeRuntimeVersion")
	if got := versions.version(); got != 461 {
		t.Fatalf("a network begins with version %d", got)
	}
	blocks.begin("chainHead_v1_follow", true)
	blocks.event()
	blocks.event()
	sealed := func(changes bool) bt.Hash {
		t.Helper()
		b := w.seal()
		if e := blocks.event(); e.BlockHash != b.Hash.String() || (e.NewRuntime != nil) != changes {
			t.Fatalf("block %d is told as %+v", b.Header.Number, e)
		}
		blocks.event()
		blocks.event()
		return b.Hash
	}

	var to next
	w.get(&to, "myelin_nextRuntime")
	var code []byte
	if _, err := fmt.Sscanf(to.Code, "0x%x", &code); err != nil || to.SpecVersion != 462 || to.CodeHash != bt.Hash(hash.Blake256(code)).String() {
		t.Fatalf("next is %+v", to)
	}
	alice, bob := key(t, "//Alice"), key(t, "//Bob")
	codeHash := hash.Blake256(code)
	authorize := w.sign(alice, append([]byte{12, 0, 0, 9}, codeHash[:]...), terms{})
	apply := scale.Append([]byte{4, 0, 11}, &code) // version 4 without signature
	apply = append(scale.AppendCompact(nil, uint64(len(apply))), apply...)
	if _, err := w.post("author_submitExtrinsic", hexOf(apply)); err == nil {
		t.Error("the pool takes an upgrade that nobody authorised")
	}
	w.get(new(string), "author_submitExtrinsic", hexOf(authorize))
	sealed(false)
	waiting := w.sign(bob, remark(1), terms{extra: bt.Extra{Nonce: 1}}) // waits for nonce 0
	w.get(new(string), "author_submitExtrinsic", hexOf(waiting))
	w.get(new(string), "author_submitExtrinsic", hexOf(apply))
	before := w.node.Ledger().Head().Hash
	set := sealed(true)
	if got := versions.version(); got != 462 {
		t.Fatalf("subscribers are told version %d", got)
	}
	if w.spec(before) != 461 || w.spec(set) != 462 {
		t.Error("the version does not change with the block that sets the code")
	}
	var left []string
	if w.get(&left, "author_pendingExtrinsics"); len(left) != 0 {
		t.Errorf("%d transactions for the old runtime wait in the pool", len(left))
	}
	first := sealed(false)
	var digest struct {
		Digest struct{ Logs []string }
	}
	if w.get(&digest, "chain_getHeader", set); fmt.Sprint(digest.Digest.Logs) != "[0x08]" {
		t.Errorf("the header's logs are %v", digest.Digest.Logs)
	}
	if w.get(&digest, "chain_getHeader", first); len(digest.Digest.Logs) != 0 {
		t.Errorf("the next header's logs are %v", digest.Digest.Logs)
	}
	var none any
	if w.get(&none, "myelin_nextRuntime"); none != nil {
		t.Errorf("after the newest runtime comes %v", none)
	}
	if w.get(&to, "myelin_nextRuntime", before); to.SpecVersion != 462 {
		t.Errorf("before the upgrade came next %+v", to)
	}
	w.get(new(string), "author_submitExtrinsic", hexOf(w.sign(bob, remark(1), terms{})))
	if _, err := w.post("author_submitExtrinsic", hexOf(w.sign(alice, remark(1), terms{extra: bt.Extra{Nonce: 1}, spec: 461}))); err == nil {
		t.Error("the pool takes what is signed for version 461")
	}
	last := sealed(false)
	if n := len(w.node.Ledger().Head().Extrinsics); n != 2 || w.spec(last) != 462 || w.spec(before) != 461 {
		t.Errorf("the block of version 462 has %d extrinsics", n)
	}

	if err := w.node.Commander().Revert(1); err != nil {
		t.Fatal(err)
	}
	if got := versions.version(); got != 461 || w.spec(before) != 461 {
		t.Errorf("the chain went back, and subscribers are told version %d", got)
	}
	w.get(new(string), "author_submitExtrinsic", hexOf(w.sign(bob, remark(1), terms{spec: 461})))
	w.seal()
	if n := len(w.node.Ledger().Head().Extrinsics); n != 2 {
		t.Errorf("the block of version 461 has %d extrinsics", n)
	}
}
