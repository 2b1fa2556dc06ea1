package rpc_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/sealer"
)

// What may not be in a block is refused with the code that clients know, under both names of submitting, and changes nothing.
func TestRefusedExtrinsics(t *testing.T) {
	w := start(t, sealer.Manual, 250*time.Millisecond, jsonrpc.Config{MaxMessage: 32 << 20}) // by default no over-long extrinsic comes through
	alice, bob := key(t, "//Alice"), key(t, "//Bob")
	call := transfer(bob.Public(), bt.Tao)
	if _, err := w.post("author_submitExtrinsic", hexOf(w.sign(alice, call, terms{}))); err != nil {
		t.Fatal(err)
	}
	born := w.seal()
	for range 8 {
		w.seal()
	}
	one := bt.Extra{Nonce: 1}
	mortal := func(period uint64, birth *bt.Hash) bt.Extrinsic {
		e := one
		e.Era = bt.MortalEra(period, uint64(born.Header.Number))
		return w.sign(alice, call, terms{extra: e, birth: birth})
	}
	flip := func(x bt.Extrinsic) bt.Extrinsic {
		x[len(x)-1] ^= 1
		return x
	}
	elsewhere := bt.Hash{7}
	for _, c := range []struct {
		name string
		x    bt.Extrinsic
		code int
		data string // what it begins with
	}{
		{"unsigned", bt.Parsed{Call: call}.Encode(), 1011, "Could not find an unsigned validator"},
		{"changed after signing", flip(w.sign(alice, call, terms{extra: one})), 1010, "Transaction has a bad signature"},
		{"signed by another", forged(w, alice, bob, call), 1010, "Transaction has a bad signature"},
		{"for another runtime", w.sign(alice, call, terms{extra: one, spec: 460}), 1010, "Transaction has a bad signature"},
		{"without the metadata hash that its mode tells of", w.sign(alice, call, terms{extra: bt.Extra{Nonce: 1, Mode: 1}}), 1010, "Transaction has a bad signature"},
		{"stale", w.sign(alice, call, terms{}), 1010, "Transaction is outdated"},
		{"under-funded", w.sign(key(t, "//Nobody"), call, terms{}), 1010, "Inability to pay some fees (e.g. account balance too low)"},
		{"tip beyond the balance", w.sign(alice, call, terms{extra: bt.Extra{Nonce: 1, Tip: 20_000_000 * bt.Tao}}), 1010, "Inability to pay some fees"},
		{"over-long", w.sign(alice, remark(8<<20), terms{extra: one}), 1010, "Transaction would exhaust the block limits"},
		{"mortal, expired", mortal(4, &born.Hash), 1010, "Transaction has a bad signature"}, // its birth block is now taken for a later one
		{"mortal, of another fork", mortal(64, &elsewhere), 1010, "Transaction has a bad signature"},
		{"undecodable", bt.Extrinsic("\x08\x84\x00"), 1001, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "over-long" && testing.Short() {
				t.Skip("the race detector is slow with megabytes, and sees nothing in them")
			}
			before, _ := w.node.Head()
			for _, method := range []string{"author_submitExtrinsic", "system_dryRun"} {
				_, err := w.post(method, hexOf(c.x))
				var e *jsonrpc.Error
				if !errors.As(err, &e) || e.Code != c.code {
					t.Fatalf("%s gave %v, want code %d", method, err, c.code)
				}
				if data, _ := e.Data.(string); !strings.HasPrefix(data, c.data) || c.code == 1010 && e.Message != "Invalid Transaction" {
					t.Errorf("%s gave %q with data %q, want %q", method, e.Message, data, c.data)
				}
			}
			if pending, err := w.post("author_pendingExtrinsics"); err != nil || string(pending) != "[]" {
				t.Errorf("the pool holds %.200s, %v", pending, err)
			}
			if after, _ := w.node.Head(); after != before {
				t.Errorf("the head went from %d to %d", before, after)
			}
		})
	}
	state := w.node.Ledger().Head().Header.StateRoot
	if b := w.seal(); len(b.Extrinsics) != 1 {
		t.Errorf("the next block has %d extrinsics, want its inherent alone", len(b.Extrinsics))
	}
	if err := w.node.Commander().Revert(w.node.Ledger().Head().Header.Number - 1); err != nil {
		t.Fatal(err)
	}
	if got := w.node.Ledger().Head().Header.StateRoot; got != state {
		t.Errorf("the state root is %v, was %v", got, state)
	}
	// The account goes on as if nothing had been.
	if _, err := w.post("author_submitExtrinsic", hexOf(w.sign(alice, call, terms{extra: one}))); err != nil {
		t.Fatal(err)
	}
	if b := w.seal(); len(b.Extrinsics) != 2 {
		t.Errorf("a good transfer did not get into the next block: %d extrinsics", len(b.Extrinsics))
	}
}

// forged is signed by one key in the name of another.
func forged(w *world, name, signer *keys.Pair, call []byte) bt.Extrinsic {
	x, err := w.sign(signer, call, terms{extra: bt.Extra{Nonce: 1}}).Parse()
	if err != nil {
		w.Fatal(err)
	}
	x.Signed.Address = bt.AddressOf(name.Public())
	return x.Encode()
}

// A message beyond the limit is answered, over both transports, and the connection goes on.
func TestOversizedMessage(t *testing.T) {
	w := start(t, sealer.Manual, time.Second, jsonrpc.Config{MaxMessage: 1 << 16})
	big := `{"jsonrpc":"2.0","id":1,"method":"system_chain","params":["` + strings.Repeat("a", 1<<17) + `"]}`
	c := w.dial()
	for range 3 {
		c.write([]byte(big))
		var answer struct{ Error jsonrpc.Error }
		if err := json.Unmarshal(c.read(), &answer); err != nil || answer.Error.Code != jsonrpc.CodeOversized {
			t.Fatalf("got %+v, %v", answer, err)
		}
		c.write([]byte(`{"jsonrpc":"2.0","id":1,"method":"system_chain"}`))
		if got := string(c.read()); got != `{"jsonrpc":"2.0","id":1,"result":"Bittensor"}` {
			t.Fatalf("after an oversized message: %s", got)
		}
	}
	var e *jsonrpc.Error
	if _, err := w.post("system_chain", strings.Repeat("a", 1<<17)); !errors.As(err, &e) || e.Code != jsonrpc.CodeOversized {
		t.Errorf("over HTTP: %v", err)
	}
}

// Whatever is given for parameters, every method answers with a result or an error, and never with a panic.
func FuzzParams(f *testing.F) {
	w := manual(f)
	w.seal()
	raw, err := w.post("rpc_methods")
	if err != nil {
		f.Fatal(err)
	}
	var list struct{ Methods []string }
	if err := json.Unmarshal(raw, &list); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		`[]`, `[null]`, `["0x"]`, `["0x00",1]`, `[[]]`, `[["0x00"]]`, `[{"a":1}]`, `["Metadata_metadata_at_version","0x0f000000"]`, `[-1]`, `[1e400]`,
		`["\ud800"]`, `[["0x00",null]]`, `["0x","0x","0x","0x"]`, `["TransactionPaymentApi_query_info","0x0000000000"]`, `["0x",1000,"0x",null]`,
	} {
		for i := range list.Methods {
			f.Add(uint8(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, at uint8, params string) {
		if !json.Valid([]byte(params)) {
			return
		}
		method := list.Methods[int(at)%len(list.Methods)]
		w := &world{t, w.node, w.url}
		if strings.HasPrefix(method, "dev_") || method == "engine_createBlock" {
			return // they may take long, as asked
		}
		_, err := w.post(method, json.RawMessage(params))
		var values []any
		if json.Unmarshal([]byte(params), &values) == nil {
			_, err = w.post(method, values...)
		}
		var e *jsonrpc.Error
		if errors.As(err, &e) && e.Code == jsonrpc.CodeInternal {
			t.Errorf("%s%s: %v", method, params, err)
		}
	})
}
