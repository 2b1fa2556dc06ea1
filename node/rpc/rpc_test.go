package rpc_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/sealer"
	"github.com/myelin-go/myelin/scale"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a running node whose blocks are made on command, with the keys of its local network.
type world struct {
	testing.TB
	node *node.Node
	url  string
}

func start(t testing.TB, mode sealer.Mode, blockTime time.Duration, limits jsonrpc.Config) *world {
	t.Helper()
	n, err := node.New(node.Config{
		Chain: genesis.Bittensor(genesis.Localnet()), RPC: []string{"127.0.0.1:0"}, Limits: limits, UnsafeRPC: true,
		Engine: node.Sealed{Mode: mode, BlockTime: blockTime},
	})
	if err != nil {
		t.Fatal(err)
	}
	return run(t, n)
}

// run lets a node work until the test ends.
func run(t testing.TB, n *node.Node) *world {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return &world{TB: t, node: n, url: n.Endpoints()[0]}
}

func manual(t testing.TB) *world {
	return start(t, sealer.Manual, 250*time.Millisecond, jsonrpc.Config{})
}

func (w *world) seal() *ledger.Block {
	w.Helper()
	b, err := w.node.Commander().Seal()
	if err != nil {
		w.Fatal(err)
	}
	return b
}

func key(t testing.TB, uri string) *keys.Pair {
	t.Helper()
	p, err := keys.FromURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// terms are what a test may change of an extrinsic.
type terms struct {
	extra bt.Extra
	birth *bt.Hash // genesis when nil
	spec  uint32   // the runtime's when 0
}

func (w *world) sign(who *keys.Pair, call []byte, with terms) bt.Extrinsic {
	l := w.node.Ledger()
	v := l.Runtime().Version()
	implicit := bt.Implicit{SpecVersion: v.SpecVersion, TransactionVersion: v.TransactionVersion, Genesis: l.Genesis(), Birth: l.Genesis()}
	if with.birth != nil {
		implicit.Birth = *with.birth
	}
	if with.spec != 0 {
		implicit.SpecVersion = with.spec
	}
	sig := [64]byte(who.Sign(bt.SigningPayload(call, with.extra, implicit)))
	return bt.Parsed{Signed: &bt.Signed{
		Address: bt.AddressOf(who.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: with.extra,
	}, Call: call}.Encode()
}

func transfer(to bt.AccountID, amount bt.Rao) []byte {
	return scale.Append([]byte{5, 3}, &balances.TransferArgs{Dest: bt.AddressOf(to), Value: amount})
}

// remark is a call with as much data as wanted.
func remark(n int) []byte { return scale.Append([]byte{0, 0}, make([]byte, n)) }

func accountKey(who bt.AccountID) []byte {
	system, account, who128 := hash.Twox128([]byte("System")), hash.Twox128([]byte("Account")), hash.Blake128(who[:])
	return append(append(append(system[:], account[:]...), who128[:]...), who[:]...)
}

func hexOf(b []byte) string { return "0x" + hex.EncodeToString(b) }

// vars are the values that scripts name with $.
func (w *world) vars() map[string]string {
	alice, bob := key(w, "//Alice"), key(w, "//Bob")
	call := transfer(bob.Public(), bt.Tao)
	l := w.node.Ledger()
	vars := map[string]string{
		"genesis": l.Genesis().String(), "alice": alice.Public().String(), "bob": bob.Public().String(),
		"nowhere":  "0x" + strings.Repeat("12", 32),
		"key.code": hexOf([]byte(":code")), "key.alice": hexOf(accountKey(alice.Public())), "key.bob": hexOf(accountKey(bob.Public())),
		"key.nobody":       hexOf(accountKey(bt.AccountID{1})),
		"prefix.accounts":  hexOf(accountKey(bt.AccountID{})[:32]),
		"id.alice":         fmt.Sprintf("%x", [32]byte(alice.Public())),
		"tx.0":             hexOf(w.sign(alice, call, terms{})),
		"tx.1":             hexOf(w.sign(alice, call, terms{extra: bt.Extra{Nonce: 1}})),
		"tx.2":             hexOf(w.sign(alice, call, terms{extra: bt.Extra{Nonce: 2}})),
		"tx.2.urgent":      hexOf(w.sign(alice, []byte{0, 1, 8, 0, 0, 0, 0, 0, 0, 0}, terms{extra: bt.Extra{Nonce: 2}})),
		"tx.bare":          hexOf(bt.Parsed{Call: call}.Encode()),
		"tx.inherent":      hexOf(bt.Parsed{Call: []byte{2, 0, 0}}.Encode()),
		"tx.unknown.call":  hexOf(bt.Parsed{Call: []byte{255, 255}}.Encode()),
		"tx.trailing.byte": hexOf(bt.Parsed{Call: append(call, 0)}.Encode()),
	}
	return vars
}

// settle makes three blocks, the second with a transfer of Alice's, and names them.
func (w *world) settle(vars map[string]string) {
	w.Helper()
	for i := range 3 {
		if i == 1 {
			raw, err := hex.DecodeString(vars["tx.0"][2:])
			if err != nil {
				w.Fatal(err)
			}
			if _, err := w.post("author_submitExtrinsic", hexOf(raw)); err != nil {
				w.Fatal(err)
			}
		}
		b := w.seal()
		n := fmt.Sprint(i + 1)
		vars["hash."+n], vars["root."+n], vars["extrinsics."+n] = b.Hash.String(), b.Header.StateRoot.String(), b.Header.ExtrinsicsRoot.String()
		vars["inherent."+n] = hexOf(b.Extrinsics[0])
	}
}

// TestScripts plays the conversations of testdata: --> is what a client sends, <-- what it must get, in this order. In answers "*" stands
// for anything, "~x" for a string that matches x, "=x" for any string, which is $x from then on, and the member "..." lets others be.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonrpc")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".jsonrpc"), func(t *testing.T) {
			w := manual(t)
			vars := w.vars()
			w.settle(vars)
			play(t, w, f, vars)
		})
	}
}

func play(t *testing.T, w *world, file string, vars map[string]string) {
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c := w.dial()
	lines := bufio.NewScanner(in)
	for at := 1; lines.Scan(); at++ {
		kind, text, _ := strings.Cut(lines.Text(), " ")
		text = substitute(text, vars)
		switch kind {
		case "-->":
			c.write([]byte(text))
		case "<--":
			var want any
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatalf("%s:%d: %v", file, at, err)
			}
			raw := c.read()
			var got any
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatalf("%s:%d: %v", file, at, err)
			}
			if diff := differ(want, got, "", vars); diff != "" {
				t.Errorf("%s:%d: %s\ngot  %.600s\nwant %.600s", file, at, diff, raw, text)
			}
		case "", "//":
		default:
			t.Fatalf("%s:%d: a line starts with %q", file, at, kind)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

var variable = regexp.MustCompile(`\$[a-z]+(\.[a-z0-9]+)*`)

func substitute(text string, vars map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		if v, ok := vars[name[1:]]; ok {
			return v
		}
		return name
	})
}

// differ tells where got is not as wanted, or "".
func differ(want, got any, at string, vars map[string]string) string {
	switch want := want.(type) {
	case string:
		text, isText := got.(string)
		switch {
		case want == "*":
			return ""
		case strings.HasPrefix(want, "=") && isText:
			vars[want[1:]] = text
			return ""
		case strings.HasPrefix(want, "~") && isText && regexp.MustCompile("^(?:"+want[1:]+")$").MatchString(text):
			return ""
		}
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			break
		}
		_, open := want["..."]
		for k, v := range want {
			if k == "..." {
				continue
			}
			if _, ok := have[k]; !ok {
				return at + "." + k + " is missing"
			}
			if d := differ(v, have[k], at+"."+k, vars); d != "" {
				return d
			}
		}
		for k := range have {
			if _, ok := want[k]; !ok && !open {
				return at + "." + k + " is too much"
			}
		}
		return ""
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			break
		}
		for i := range want {
			if d := differ(want[i], have[i], fmt.Sprintf("%s[%d]", at, i), vars); d != "" {
				return d
			}
		}
		return ""
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Sprintf("%s is %v, want %v", at, got, want)
	}
	return ""
}

// client is one WebSocket connection of a test.
type client struct {
	testing.TB
	ws *websocket.Conn
}

func (w *world) dial() *client {
	w.Helper()
	ws, _, err := websocket.Dial(context.Background(), w.url, nil)
	if err != nil {
		w.Fatal(err)
	}
	ws.SetReadLimit(-1)
	w.Cleanup(func() { ws.CloseNow() })
	return &client{w.TB, ws}
}

func (c *client) write(raw []byte) {
	c.Helper()
	if err := c.ws.Write(context.Background(), websocket.MessageText, raw); err != nil {
		c.Fatal(err)
	}
}

func (c *client) read() []byte {
	c.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, raw, err := c.ws.Read(ctx)
	if err != nil {
		c.Fatal(err)
	}
	return raw
}

// post calls a method over HTTP.
func (w *world) post(method string, params ...any) (json.RawMessage, error) {
	w.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		w.Fatal(err)
	}
	resp, err := http.Post(strings.Replace(w.url, "ws://", "http://", 1), "application/json", strings.NewReader(string(body)))
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Result json.RawMessage
		Error  *jsonrpc.Error
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		w.Fatal(err)
	}
	if answer.Error != nil {
		return nil, answer.Error
	}
	return answer.Result, nil
}
