package rpc_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
)

// rows is the whole state after a block.
func (w *world) rows(at bt.Hash) map[string][]byte {
	w.Helper()
	v, err := w.node.Ledger().At(at)
	if err != nil {
		w.Fatal(err)
	}
	defer v.Close()
	return maps.Collect(func(yield func(string, []byte) bool) {
		for k, value := range v.Iterate(nil, nil) {
			if !yield(string(k), value) {
				return
			}
		}
	})
}

// change is a difference as archive_v1_storageDiff tells it.
type change struct{ Event, Key, Value, Hash, Type, Error string }

// diff asks for differences and returns them, and the error that ended them, if any.
func (c *client) diff(params ...any) (changes []change, failed string) {
	c.Helper()
	c.begin("archive_v1_storageDiff", params...)
	for {
		var note struct {
			Method string
			Params struct{ Result change }
		}
		if raw := c.read(); json.Unmarshal(raw, &note) != nil || note.Method != "archive_v1_storageDiffEvent" {
			c.Fatalf("got %s", raw)
		}
		switch e := note.Params.Result; e.Event {
		case "storageDiff":
			changes = append(changes, e)
		case "storageDiffDone":
			return changes, ""
		case "storageDiffError":
			return changes, e.Error
		default:
			c.Fatalf("an event %q", e.Event)
		}
	}
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The older state with the differences applied is the newer state, and each is of the kind that it is said to be: against the parent, against an
// earlier block, below a prefix, with values and with hashes.
func TestStorageDiff(t *testing.T) {
	w := manual(t)
	var blocks []bt.Hash
	pay := func(to string, n uint32) {
		t.Helper()
		x := w.sign(key(t, "//Alice"), transfer(key(t, to).Public(), bt.Tao), terms{extra: bt.Extra{Nonce: n}})
		if _, err := w.post("author_submitExtrinsic", hexOf(x)); err != nil {
			t.Fatal(err)
		}
	}
	for i, to := range []string{"//New", "//Bob", "//Newer"} {
		pay(to, uint32(i))
		blocks = append(blocks, w.seal().Hash)
	}
	alice := key(t, "//Alice").Public()
	all := append(append([]byte{5, 4, 0}, alice[:]...), 0) // transfer_all, which ends the account
	if _, err := w.post("author_submitExtrinsic", hexOf(w.sign(key(t, "//New"), all, terms{}))); err != nil {
		t.Fatal(err)
	}
	blocks = append(blocks, w.seal().Hash)
	c := w.dial()
	accounts := accountKey(bt.AccountID{})[:32]
	for _, q := range []struct {
		name       string
		at, before bt.Hash
		params     []any
		prefix     []byte
		hashes     bool
		kinds      string // that must be there
	}{
		{"parent", blocks[3], blocks[2], []any{blocks[3]}, nil, false, "added modified deleted"},
		{"an earlier block, hashes", blocks[2], blocks[0], []any{blocks[2], []any{map[string]any{"returnType": "hash"}}, blocks[0]}, nil, true, "added modified"},
		{"accounts", blocks[2], blocks[0], []any{blocks[2], []any{map[string]any{"key": hexOf(accounts), "returnType": "value"}}, blocks[0]}, accounts, false, "added modified"},
	} {
		old, now := w.rows(q.before), w.rows(q.at)
		got, failed := c.diff(q.params...)
		if failed != "" {
			t.Fatalf("%s: %s", q.name, failed)
		}
		kinds := map[string]int{}
		for _, d := range got {
			k := unhex(t, d.Key)
			was, had := old[string(k)]
			is, has := now[string(k)]
			want := map[[2]bool]string{{false, true}: "added", {true, true}: "modified", {true, false}: "deleted"}[[2]bool{had, has}]
			if d.Type != want || want == "modified" && bytes.Equal(was, is) || !bytes.HasPrefix(k, q.prefix) {
				t.Errorf("%s: key %s is told as %s, is %q", q.name, d.Key, d.Type, want)
			}
			sum := hash.Blake256(is)
			switch {
			case d.Type == "deleted":
				if d.Value != "" || d.Hash != "" {
					t.Errorf("%s: deleted with %q, %q", q.name, d.Value, d.Hash)
				}
			case q.hashes && d.Hash != hexOf(sum[:]) || !q.hashes && !bytes.Equal(unhex(t, d.Value), is):
				t.Errorf("%s: key %s is told as %q, %q", q.name, d.Key, d.Value, d.Hash)
			}
			kinds[d.Type]++
			delete(old, string(k))
			delete(now, string(k))
		}
		for k, v := range old {
			if is, ok := now[k]; strings.HasPrefix(k, string(q.prefix)) && (!ok || !bytes.Equal(v, is)) {
				t.Errorf("%s: the change of %x is not told", q.name, k)
			}
			delete(now, k)
		}
		for k := range now {
			if strings.HasPrefix(k, string(q.prefix)) {
				t.Errorf("%s: the new row %x is not told", q.name, k)
			}
		}
		for _, kind := range strings.Fields(q.kinds) {
			if kinds[kind] == 0 {
				t.Errorf("%s: nothing is %s among %d differences", q.name, kind, len(got))
			}
		}
	}
	for _, q := range []struct {
		params []any
		want   string
	}{
		{[]any{blocks[0], nil, blocks[2]}, "no ancestor"},
		{[]any{w.node.Ledger().Genesis()}, "has no parent"},
		{[]any{bt.Hash{1}}, "UnknownBlock"},
	} {
		if got, failed := c.diff(q.params...); !strings.Contains(failed, q.want) || len(got) > 0 {
			t.Errorf("%v gave %d differences and %q, want %q", q.params, len(got), failed, q.want)
		}
	}
	for _, stop := range []string{"archive_v1_stopStorageDiff", "archive_v1_storageDiff_stopStorageDiff"} {
		if got, e := c.ask(stop, "my0"); e != nil || string(got) != "false" {
			t.Errorf("%s of nothing gave %s, %v", stop, got, e)
		}
	}
}

// What is told of the nearest node below a prefix changes when, and only when, something below the prefix does: watchers of a map rely on it.
func TestClosestDescendant(t *testing.T) {
	w := manual(t)
	c := w.dial()
	closest := func(at bt.Hash, key []byte) string {
		t.Helper()
		c.begin("archive_v1_storage", at, []any{map[string]any{"key": hexOf(key), "type": "closestDescendantMerkleValue"}})
		var value string
		for {
			var note struct {
				Params struct {
					Result struct{ Event, Key, ClosestDescendantMerkleValue string }
				}
			}
			if raw := c.read(); json.Unmarshal(raw, &note) != nil {
				t.Fatalf("got %s", raw)
			}
			switch r := note.Params.Result; r.Event {
			case "storage":
				if r.Key != hexOf(key) {
					t.Errorf("asked for %x, told of %s", key, r.Key)
				}
				value = r.ClosestDescendantMerkleValue
			case "storageDone":
				return value
			default:
				t.Fatalf("an event %q", r.Event)
			}
		}
	}
	accounts := accountKey(bt.AccountID{})[:32]
	empty := w.seal().Hash
	if _, err := w.post("author_submitExtrinsic", hexOf(w.sign(key(t, "//Alice"), transfer(key(t, "//Bob").Public(), bt.Tao), terms{}))); err != nil {
		t.Fatal(err)
	}
	paid := w.seal().Hash
	still := w.seal().Hash
	for _, q := range []struct {
		name    string
		key     []byte
		changed bool
	}{
		{"accounts", accounts, true}, {"the beginning of them", accounts[:3], true}, {"Bob", accountKey(key(t, "//Bob").Public()), true},
		{"Charlie", accountKey(key(t, "//Charlie").Public()), false}, {"the code", []byte(":code"), false},
	} {
		before, after := closest(empty, q.key), closest(paid, q.key)
		if before == "" || after == "" || (before != after) != q.changed {
			t.Errorf("%s: %q before the transfer, %q after it", q.name, before, after)
		}
		if later := closest(still, q.key); q.name != "the beginning of them" && later != after {
			t.Errorf("%s: %q after the transfer, %q a block without one later", q.name, after, later)
		}
	}
	if got := closest(paid, []byte("nothing begins so")); got != "" {
		t.Errorf("below a prefix that nothing has is %q", got)
	}
}
