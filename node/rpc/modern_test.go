package rpc_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/sealer"
)

// ask sends a call and returns its answer, which must come next.
func (c *client) ask(method string, params ...any) (json.RawMessage, *jsonrpc.Error) {
	c.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
	if err != nil {
		c.Fatal(err)
	}
	c.write(body)
	var answer struct {
		ID     int
		Result json.RawMessage
		Error  *jsonrpc.Error
	}
	if raw := c.read(); json.Unmarshal(raw, &answer) != nil || answer.ID != 7 {
		c.Fatalf("%s got %s", method, raw)
	}
	return answer.Result, answer.Error
}

// begin subscribes and returns the id.
func (c *client) begin(method string, params ...any) (id string) {
	c.Helper()
	raw, e := c.ask(method, params...)
	if e != nil || json.Unmarshal(raw, &id) != nil {
		c.Fatalf("%s gave %s, %v", method, raw, e)
	}
	return id
}

// event is the next notification's result, with what most events have.
type event struct {
	Event, OperationID         string
	BlockHash, ParentBlockHash string
	BestBlockHash              string
	FinalizedBlockHashes       []string
	PrunedBlockHashes          []string
	NewRuntime                 any
	Items                      []struct{ Key, Value string }
	Block                      *struct {
		Hash  string
		Index int
	}
	Error string
}

func (c *client) event() (e event) {
	c.Helper()
	var note struct {
		Params struct{ Result json.RawMessage }
	}
	raw := c.read()
	if json.Unmarshal(raw, &note) != nil || json.Unmarshal(note.Params.Result, &e) != nil || e.Event == "" {
		c.Fatalf("no event: %s", raw)
	}
	return e
}

// A follow hears of each block that it is new, best and final, and reads it while it is pinned.
func TestFollowBlocks(t *testing.T) {
	w := manual(t)
	c := w.dial()
	id := c.begin("chainHead_v1_follow", true)
	if e := c.event(); e.Event != "initialized" || !slices.Equal(e.FinalizedBlockHashes, []string{w.node.Ledger().Genesis().String()}) {
		t.Fatalf("got %+v", e)
	}
	c.event()
	for range 3 {
		b := w.seal()
		hash := b.Hash.String()
		if e := c.event(); e.Event != "newBlock" || e.BlockHash != hash || e.ParentBlockHash != b.Header.Parent.String() || e.NewRuntime != nil {
			t.Fatalf("got %+v", e)
		}
		if e := c.event(); e.Event != "bestBlockChanged" || e.BestBlockHash != hash {
			t.Fatalf("got %+v", e)
		}
		if e := c.event(); e.Event != "finalized" || !slices.Equal(e.FinalizedBlockHashes, []string{hash}) || e.PrunedBlockHashes == nil || len(e.PrunedBlockHashes) != 0 {
			t.Fatalf("got %+v", e)
		}
		if raw, e := c.ask("chainHead_v1_header", id, hash); e != nil || len(raw) < 200 {
			t.Fatalf("header %s, %v", raw, e)
		}
	}
	// Another connection cannot use the follow.
	if raw, e := w.dial().ask("chainHead_v1_header", id, w.node.Ledger().Head().Hash); e != nil || string(raw) != "null" {
		t.Errorf("another connection read %s, %v", raw, e)
	}
	// When the chain goes back, what was final is not: the follow ends.
	if err := w.node.Commander().Revert(1); err != nil {
		t.Fatal(err)
	}
	if e := c.event(); e.Event != "stop" {
		t.Errorf("got %+v", e)
	}
	if raw, e := c.ask("chainHead_v1_header", id, w.node.Ledger().Head().Hash); e != nil || string(raw) != "null" {
		t.Errorf("the ended follow reads %s, %v", raw, e)
	}
	for range 2 { // its place is free again
		c.begin("chainHead_v1_follow", false)
		c.event()
		c.event()
	}
}

// Blocks that the client never unpins end the follow.
func TestFollowPinLimit(t *testing.T) {
	w := manual(t)
	c := w.dial()
	c.begin("chainHead_v1_follow", false)
	c.event()
	c.event()
	for i := range 511 { // genesis is pinned
		w.seal()
		for range 3 {
			if e := c.event(); e.Event == "stop" {
				t.Fatalf("stopped after %d blocks", i)
			}
		}
	}
	w.seal()
	if e := c.event(); e.Event != "stop" {
		t.Errorf("block 512 of the pinned gave %+v", e)
	}
}

// Everything in the state comes in order and once, a page at a time, each when the client goes on; stopped operations say no more.
func TestStorageInPages(t *testing.T) {
	w := manual(t)
	head := w.seal().Hash
	var want []string
	v, err := w.node.Ledger().At(head)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range v.Iterate(nil, nil) {
		want = append(want, "0x"+hex.EncodeToString(key)+" 0x"+hex.EncodeToString(value))
	}
	v.Close()
	c := w.dial()
	id := c.begin("chainHead_v1_follow", false)
	c.event()
	c.event()
	all := []map[string]string{{"key": "0x", "type": "descendantsValues"}, {"key": "0x", "type": "descendantsValues"}, {"key": "0x", "type": "descendantsValues"}}
	for len(all) < 40 && len(all)*len(want) < 3000 {
		all = append(all, all[0])
	}
	var started struct{ OperationID string }
	begin := func() {
		raw, e := c.ask("chainHead_v1_storage", id, head, all, nil)
		if e != nil || json.Unmarshal(raw, &started) != nil {
			t.Fatal(string(raw), e)
		}
	}
	begin()
	var got []string
	pages := 0
	for done := false; !done; {
		switch e := c.event(); e.Event {
		case "operationStorageItems":
			for _, it := range e.Items {
				got = append(got, it.Key+" "+it.Value)
			}
		case "operationWaitingForContinue":
			pages++
			if _, e := c.ask("chainHead_v1_continue", id, started.OperationID); e != nil {
				t.Fatal(e)
			}
		case "operationStorageDone":
			done = true
		default:
			t.Fatalf("got %+v", e)
		}
	}
	if pages == 0 {
		t.Error("all came in one page")
	}
	if len(got) != len(all)*len(want) {
		t.Fatalf("%d items came, want %d", len(got), len(all)*len(want))
	}
	for i := range got {
		if got[i] != want[i%len(want)] {
			t.Fatalf("item %d is %.100s, want %.100s", i, got[i], want[i%len(want)])
		}
	}
	for range 20 { // more than may be under way together
		begin()
		for c.event().Event != "operationWaitingForContinue" {
		}
		if _, e := c.ask("chainHead_v1_stopOperation", id, started.OperationID); e != nil {
			t.Fatal(e)
		}
	}
	// The archive sends all of it without being asked to go on.
	c.begin("archive_v1_storage", head, all[:2])
	n := 0
	for c.event().Event == "storage" {
		n++
	}
	if n != 2*len(want) {
		t.Errorf("the archive gave %d items, want %d", n, 2*len(want))
	}
}

// A reader who takes its time gets all of the archive's answer, though that is far beyond what may lie unread.
func TestArchiveWaitsForItsReader(t *testing.T) {
	const unread = 2 << 20
	w := start(t, sealer.Manual, time.Second, jsonrpc.Config{MaxUnread: unread})
	head := w.seal().Hash
	c := w.dial()
	c.begin("archive_v1_storage", head, slices.Repeat([]any{map[string]string{"key": "0x", "type": "descendantsValues"}}, 600))
	time.Sleep(300 * time.Millisecond)
	size := 0
	for {
		raw := c.read()
		if size += len(raw); strings.Contains(string(raw), `"storageDone"`) {
			break
		}
	}
	if size < 4*unread {
		t.Errorf("the answer had %d bytes, too few to tell", size)
	}
}

// A broadcast keeps a transaction in the pool until it is in a block; a watched one tells of its block, or why there will be none.
func TestModernTransactions(t *testing.T) {
	w := manual(t)
	alice := key(t, "//Alice")
	c := w.dial()
	id := c.begin("transaction_v1_broadcast", hexOf(w.sign(alice, remark(1), terms{})))
	waitFor(t, func() bool { ready, _ := pending(w); return ready == 1 })
	b := w.seal()
	if len(b.Extrinsics) != 2 {
		t.Fatalf("the block has %d extrinsics", len(b.Extrinsics))
	}
	if _, e := w.dial().ask("transaction_v1_stop", id); e == nil || e.Code != jsonrpc.CodeParams {
		t.Errorf("another connection stopped it: %v", e)
	}
	if _, e := c.ask("transaction_v1_stop", id); e != nil {
		t.Error(e)
	}
	if _, e := c.ask("transaction_v1_stop", id); e == nil || e.Code != jsonrpc.CodeParams {
		t.Errorf("stopped twice: %v", e)
	}
	for range 16 {
		c.begin("transaction_v1_broadcast", "0x00")
	}
	if raw, e := c.ask("transaction_v1_broadcast", "0x00"); e != nil || string(raw) != "null" {
		t.Errorf("the 17th broadcast gave %s, %v", raw, e)
	}
	var e *jsonrpc.Error
	if _, err := w.post("transaction_v1_broadcast", "0x00"); !errors.As(err, &e) || e.Code != jsonrpc.CodeServer {
		t.Errorf("over HTTP: %v", err)
	}

	x := w.sign(alice, remark(2), terms{extra: bt.Extra{Nonce: 1}})
	c.begin("transactionWatch_v1_submitAndWatch", hexOf(x))
	if e := c.event(); e.Event != "validated" {
		t.Fatalf("got %+v", e)
	}
	hash := w.seal().Hash.String()
	for _, kind := range []string{"bestChainBlockIncluded", "finalized"} {
		if e := c.event(); e.Event != kind || e.Block == nil || e.Block.Hash != hash || e.Block.Index != 1 {
			t.Fatalf("got %+v, want %s", e, kind)
		}
	}
	c.begin("transactionWatch_v1_submitAndWatch", hexOf(x))
	if e := c.event(); e.Event != "invalid" || !strings.Contains(e.Error, "outdated") {
		t.Fatalf("got %+v", e)
	}
}

func pending(w *world) (ready, future int) {
	raw, err := w.post("author_pendingExtrinsics")
	if err != nil {
		w.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		w.Fatal(err)
	}
	return len(list), 0
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not come to pass within 5 s")
}

// What writes to the node is listed, and refused unless the configuration allows it.
func TestUnsafeMethods(t *testing.T) {
	bob := key(t, "//Bob").Public()
	public := "0x" + hex.EncodeToString(bob[:])
	calls := []struct {
		method string
		params []any
		want   string
	}{
		{"author_hasKey", []any{public, "aura"}, `false`},
		{"author_insertKey", []any{"aura", "//Bob", public}, `null`},
		{"author_hasKey", []any{public, "aura"}, `true`},
		{"author_hasKey", []any{public, "gran"}, `false`},
		{"author_hasSessionKeys", []any{public + public[2:]}, `false`},
		{"offchain_localStorageSet", []any{"PERSISTENT", "0x01", "0x0203"}, `null`},
		{"offchain_localStorageGet", []any{"PERSISTENT", "0x01"}, `"0x0203"`},
		{"offchain_localStorageGet", []any{"LOCAL", "0x01"}, `null`},
		{"offchain_localStorageClear", []any{"PERSISTENT", "0x01"}, `null`},
		{"offchain_localStorageGet", []any{"PERSISTENT", "0x01"}, `null`},
		{"author_removeExtrinsic", []any{[]any{map[string]any{"hash": "0x" + strings.Repeat("12", 32)}}}, `[]`},
		{"state_getPairs", []any{"0x3a636f6465ff"}, `[]`},
	}
	w := manual(t)
	for _, c := range calls {
		if got, err := w.post(c.method, c.params...); err != nil || string(got) != c.want {
			t.Errorf("%s%v is %s, %v; want %s", c.method, c.params, got, err, c.want)
		}
	}
	rotated, err := w.post("author_rotateKeys")
	if err != nil || len(rotated) != 2+2+128 {
		t.Fatalf("new session keys %s, %v", rotated, err)
	}
	if got, err := w.post("author_hasSessionKeys", rotated); err != nil || string(got) != "true" {
		t.Errorf("the new session keys are there: %s, %v", got, err)
	}
	if _, err := w.post("author_insertKey", "aura", "//Alice", public); err == nil {
		t.Error("a secret of another key was taken")
	}
	x := w.sign(key(t, "//Alice"), remark(1), terms{})
	if _, err := w.post("author_submitExtrinsic", hexOf(x)); err != nil {
		t.Fatal(err)
	}
	if got, err := w.post("author_removeExtrinsic", []any{map[string]any{"hash": x.Hash()}}); err != nil || string(got) != fmt.Sprintf("[%q]", x.Hash()) {
		t.Errorf("removed %s, %v", got, err)
	}
	if n, _ := pending(w); n != 0 {
		t.Errorf("%d extrinsics are left in the pool", n)
	}

	n, err := node.New(node.Config{
		Chain: genesis.Bittensor(genesis.Localnet()), RPC: []string{"127.0.0.1:0"},
		Engine: node.Sealed{Mode: sealer.Manual, BlockTime: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	safe := run(t, n)
	raw, err := safe.post("rpc_methods")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(calls, struct {
		method string
		params []any
		want   string
	}{"author_rotateKeys", nil, ""}) {
		_, err := safe.post(c.method, c.params...)
		var e *jsonrpc.Error
		if !errors.As(err, &e) || e.Code != -32601 || e.Message != "RPC call is unsafe to be called externally" {
			t.Errorf("%s gave %v", c.method, err)
		}
		if !strings.Contains(string(raw), `"`+c.method+`"`) {
			t.Errorf("rpc_methods does not list %s", c.method)
		}
	}
}

// Whatever is asked of a follow, it answers with a result or an error of its own codes, and goes on.
func FuzzChainHead(f *testing.F) {
	w := manual(f)
	head := w.seal().Hash
	methods := []string{
		"chainHead_v1_header", "chainHead_v1_body", "chainHead_v1_call", "chainHead_v1_storage", "chainHead_v1_unpin", "chainHead_v1_continue",
		"chainHead_v1_stopOperation", "archive_v1_storage", "transaction_v1_broadcast", "transaction_v1_stop", "transactionWatch_v1_submitAndWatch",
	}
	for i := range methods {
		for _, seed := range []string{
			`["SUB","HEAD"]`, `["SUB",["HEAD","HEAD"]]`, `["SUB","HEAD","Core_version","0x"]`, `["SUB","HEAD",[{"key":"0x","type":"descendantsHashes"}],null]`,
			`["SUB","HEAD",[{"key":"0x26","type":"closestDescendantMerkleValue"}],"0x00"]`, `["SUB","1"]`, `["HEAD",[{"key":"0x3a","type":"descendantsValues","paginationStartKey":"0x3b"}]]`,
			`["0x00"]`, `[null]`, `{}`, `["SUB",{"HEAD":1}]`, `["SUB","HEAD",[[]]]`,
		} {
			f.Add(uint8(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, at uint8, params string) {
		if !json.Valid([]byte(params)) {
			return
		}
		method := methods[int(at)%len(methods)]
		c := (&world{t, w.node, w.url}).dial()
		defer c.ws.CloseNow()
		id := c.begin("chainHead_v1_follow", false)
		params = strings.ReplaceAll(strings.ReplaceAll(params, "SUB", id), "HEAD", head.String())
		if !json.Valid([]byte(params)) {
			return
		}
		c.write(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params))
		c.write([]byte(`{"jsonrpc":"2.0","id":2,"method":"system_name"}`))
		for answers := 0; answers < 2; {
			var answer struct {
				ID    int
				Error *jsonrpc.Error
			}
			if raw := c.read(); json.Unmarshal(raw, &answer) != nil {
				t.Fatalf("%s%s got %s", method, params, raw)
			}
			if answer.ID == 0 {
				continue // a notification
			}
			answers++
			if answer.Error != nil && answer.Error.Code == jsonrpc.CodeInternal {
				t.Errorf("%s%s: %v", method, params, answer.Error)
			}
		}
	})
}
