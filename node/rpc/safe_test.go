package rpc_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/sealer"
)

// files are the sums of all files below a folder.
func files(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(name)
		out[name] = sha256.Sum256(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every method that a node with safe methods alone answers is asked properly, and no file of the node changes, nor its head: what clients may change is the
// pool, in memory, which only the submitting methods do.
func TestSafeMethodsWriteNothing(t *testing.T) {
	dir := t.TempDir()
	n, err := node.New(node.Config{
		Chain: genesis.Bittensor(genesis.Localnet()), RPC: []string{"127.0.0.1:0"}, BasePath: dir,
		Engine: node.Sealed{Mode: sealer.Manual, BlockTime: 250 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := run(t, n)
	w.seal()
	head := w.seal()
	alice := key(t, "//Alice")
	public := alice.Public()
	account := hexOf(accountKey(public))
	lists := map[string]any{"keys": []string{account}, "hashes": []bt.Hash{head.Hash}, "indexes": []int{0, 1}}
	given := map[string]any{
		"at": head.Hash, "hash": head.Hash, "fromBlock": n.Ledger().Genesis(), "toBlock": head.Hash, "previousHash": n.Ledger().Genesis(), "key": account, "prefix": account[:66],
		"startKey": account, "count": 10, "number": 1, "height": 1, "function": "Core_version", "arguments": "0x", "childKey": hexOf([]byte(":child_storage:default:x")), "subscription": "my0", "followSubscription": "my0", "operationId": "1", "childTrie": nil,
		"coldkey": hexOf(public[:]), "hotkey": hexOf(public[:]), "account": public, "netuid": 1, "uid": 0, "mechanism": 0, "tao": 1000, "alpha": 1000, "withRuntime": true,
		"extrinsic": hexOf(w.sign(alice, remark(1), terms{})),
	}
	maps.Copy(given, lists)
	submits := []string{
		"author_submitExtrinsic", "author_submitAndWatchExtrinsic", "transaction_v1_broadcast", "transactionWatch_v1_submitAndWatch",
	}
	before := files(t, dir)
	answered, asked := 0, 0
	methods := w.discover()
	slices.SortStableFunc(methods, func(a, b described) int { // submitting last
		return cmp.Compare(slices.Index(submits, a.Name), slices.Index(submits, b.Name))
	})
	for _, m := range methods {
		if !m.Safe {
			continue
		}
		if slices.Contains(submits, m.Name) && m.Name == submits[0] && len(w.pool()) > 0 {
			t.Fatal("methods that do not submit put transactions into the pool")
		}
		params := make([]any, len(m.Params))
		for i, p := range m.Params {
			params[i] = given[p.Name]
			if params[i] == nil && p.Required && p.Schema.takes("array") {
				params[i] = []any{map[string]any{"key": account, "type": "value", "returnType": "value"}}
			}
		}
		asked++
		c := w.dial()
		if _, failed := c.ask(m.Name, params...); failed == nil {
			answered++
		} else {
			t.Logf("%s: %v", m.Name, failed)
		}
		c.ws.CloseNow()
	}
	if answered < asked*3/4 {
		t.Errorf("only %d of %d methods were answered: the test asks wrongly", answered, asked)
	}
	after := files(t, dir)
	for name, sum := range after {
		if was, ok := before[name]; !ok || was != sum {
			t.Errorf("%s has changed, or is new", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files before, %d after", len(before), len(after))
	}
	if now := n.Ledger().Head(); now.Hash != head.Hash {
		t.Errorf("the head was %d, is %d", head.Header.Number, now.Header.Number)
	}
	t.Logf("%d of %d methods answered", answered, asked)
}

// pool is the transactions in the pool, in hex.
func (w *world) pool() (xs []string) {
	w.Helper()
	raw, err := w.post("author_pendingExtrinsics")
	if err != nil {
		w.Fatal(err)
	}
	if err := json.Unmarshal(raw, &xs); err != nil {
		w.Fatal(err)
	}
	return xs
}
