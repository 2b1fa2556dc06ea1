package subtensor

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale/metadata"
	"github.com/myelin-go/myelin/subtensor/codec"
)

// recordedRuntime is the runtime of the recordings.
func recordedRuntime(t testing.TB, version string) *Runtime {
	t.Helper()
	m, err := metadata.Decode(vectors.Bytes(t, "codec/metadata-"+version+"-461.scale"))
	if err != nil {
		t.Fatal(err)
	}
	return &Runtime{Version: Version{Spec: 461, Transaction: 1}, Codec: codec.New(m)}
}

type recordedEra struct{ Period, Current uint64 }

func (e *recordedEra) UnmarshalJSON(raw []byte) error {
	if string(raw) == `"00"` {
		return nil
	}
	type plain recordedEra
	return json.Unmarshal(raw, (*plain)(e))
}

func (e recordedEra) era() bt.Era {
	if e.Period == 0 {
		return bt.Era{}
	}
	return bt.MortalEra(e.Period, e.Current)
}

type recording struct {
	Network struct {
		Genesis bt.Hash `json:"genesis_hash"`
	}
	Payloads []struct {
		Call    string      `json:"call_data_hex"`
		Era     recordedEra `json:"era"`
		Birth   *bt.Hash    `json:"era_birth_block_hash"`
		Nonce   bt.Nonce    `json:"nonce"`
		Tip     bt.Rao      `json:"tip"`
		Payload string      `json:"payload_hex"`
	} `json:"signature_payloads"`
	Extrinsics []struct {
		Call      string       `json:"call_data_hex"`
		Address   bt.AccountID `json:"address"`
		Era       recordedEra  `json:"era"`
		Nonce     bt.Nonce     `json:"nonce"`
		Tip       bt.Rao       `json:"tip"`
		Signature string       `json:"signature_hex"`
		Extrinsic string       `json:"extrinsic_hex"`
		Hash      bt.Hash      `json:"extrinsic_hash"`
	} `json:"extrinsics"`
	Events struct {
		Raw string `json:"raw_hex"`
	}
	Block struct {
		Hash bt.Hash `json:"block_hash"`
		Raw  struct {
			Block struct {
				Header     headerJSON
				Extrinsics []string
			}
		}
	}
	Receipt struct {
		Index   int    `json:"extrinsic_idx"`
		Fee     bt.Rao `json:"total_fee_amount"`
		Success bool   `json:"is_success"`
		Events  []struct {
			Module string `json:"module_id"`
			Event  string `json:"event_id"`
		} `json:"triggered_events"`
	}
}

func record(t testing.TB) (g recording) {
	t.Helper()
	vectors.JSON(t, "codec/golden-461.json", &g)
	return g
}

func TestPayloadsAndExtrinsics(t *testing.T) {
	g := record(t)
	if len(g.Payloads) != 2 || len(g.Extrinsics) != 2 {
		t.Fatalf("%d payloads and %d extrinsics, want 2 each", len(g.Payloads), len(g.Extrinsics))
	}
	for _, version := range []string{"v14", "v15"} {
		r := recordedRuntime(t, version)
		for i, p := range g.Payloads {
			terms := Terms{Era: p.Era.era(), Nonce: p.Nonce, Tip: p.Tip, Genesis: g.Network.Genesis, Birth: g.Network.Genesis}
			if p.Birth != nil {
				terms.Birth = *p.Birth
			}
			_, signed, err := r.payload(vectors.Unhex(t, p.Call), terms)
			if err != nil || !bytes.Equal(signed, vectors.Unhex(t, p.Payload)) {
				t.Errorf("%s payload %d is %x, want %s: %v", version, i, signed, p.Payload, err)
			}
		}
		for i, x := range g.Extrinsics {
			call := vectors.Unhex(t, x.Call)
			explicit, _, err := r.payload(call, Terms{Era: x.Era.era(), Nonce: x.Nonce, Tip: x.Tip})
			if err != nil {
				t.Fatal(err)
			}
			got := assemble(x.Address, keys.Sr25519, keys.Signature(vectors.Unhex(t, x.Signature)), explicit, call)
			if !bytes.Equal(got, vectors.Unhex(t, x.Extrinsic)) || got.Hash() != x.Hash {
				t.Errorf("%s extrinsic %d is %x, want %s", version, i, got, x.Extrinsic)
			}
		}
	}
}

// The recorded block and its events give the recorded receipt.
func TestRecordedReceipt(t *testing.T) {
	g := record(t)
	h, err := g.Block.Raw.Block.Header.parse()
	if err != nil || h.Hash() != g.Block.Hash {
		t.Errorf("header hashes to %v, want %v: %v", h.Hash(), g.Block.Hash, err)
	}
	r := recordedRuntime(t, "v15")
	events, err := r.Codec.DecodeEvents(vectors.Unhex(t, g.Events.Raw))
	if err != nil {
		t.Fatal(err)
	}
	receipt := &Receipt{Index: g.Receipt.Index}
	if err := receipt.take(r.Codec, events); (err == nil) != g.Receipt.Success {
		t.Errorf("receipt: %v, want success: %v", err, g.Receipt.Success)
	}
	if receipt.Fee != g.Receipt.Fee || len(receipt.Events) != len(g.Receipt.Events) {
		t.Errorf("fee %v of %d events, want %v of %d", receipt.Fee, len(receipt.Events), g.Receipt.Fee, len(g.Receipt.Events))
	}
	for i, e := range receipt.Events {
		if want := g.Receipt.Events[i]; !e.Is(want.Module, want.Event) {
			t.Errorf("event %d is %v, want %+v", i, e, want)
		}
	}
	if len(g.Block.Raw.Block.Extrinsics) != 3 {
		t.Errorf("%d extrinsics, want 3", len(g.Block.Raw.Block.Extrinsics))
	}
}

// module is a pallet's error as it is decoded.
func module(pallet, index uint64) codec.Variant {
	return codec.Variant{Name: "Module", Value: map[string]any{"index": pallet, "error": []byte{byte(index), 0, 0, 0}}}
}

func TestFailures(t *testing.T) {
	c := recordedRuntime(t, "v15").Codec
	event := func(pallet, name string, fields map[string]any) codec.Event {
		return codec.Event{Pallet: pallet, Name: name, Fields: fields}
	}
	bad := codec.Variant{Name: "Err", Value: module(7, 1)}
	good := codec.Variant{Name: "Ok", Value: []any{}}
	first, ok := c.Error(7, 1)
	if !ok {
		t.Fatal("no error 1 of pallet 7")
	}
	for _, tt := range []struct {
		name   string
		events []codec.Event
		want   string // full name; empty for success
		via    string
	}{
		{"success", []codec.Event{event("Sudo", "Sudid", map[string]any{"sudo_result": good}), event("System", "ExtrinsicSuccess", nil)}, "", ""},
		{"failed", []codec.Event{event("System", "ExtrinsicFailed", map[string]any{"dispatch_error": module(7, 1)})}, "SubtensorModule." + first.Name, ""},
		{"kind", []codec.Event{event("System", "ExtrinsicFailed", map[string]any{"dispatch_error": codec.Variant{Name: "BadOrigin"}})}, "BadOrigin", ""},
		{"token", []codec.Event{event("System", "ExtrinsicFailed", map[string]any{
			"dispatch_error": codec.Variant{Name: "Token", Value: codec.Variant{Name: "FundsUnavailable"}},
		})}, "Token.FundsUnavailable", ""},
		{"sudo", []codec.Event{event("Sudo", "Sudid", map[string]any{"sudo_result": bad})}, "SubtensorModule." + first.Name, "Sudo.Sudid"},
		{"proxy", []codec.Event{event("Proxy", "ProxyExecuted", map[string]any{"result": bad})}, "SubtensorModule." + first.Name, "Proxy.ProxyExecuted"},
		{"item", []codec.Event{event("Utility", "ItemFailed", map[string]any{"error": module(7, 1)})}, "SubtensorModule." + first.Name, "Utility.ItemFailed"},
		{"batch", []codec.Event{event("Utility", "BatchInterrupted", map[string]any{"index": uint64(1), "error": module(7, 1)})},
			"SubtensorModule." + first.Name, "Utility.BatchInterrupted"},
		{"unknown", []codec.Event{event("System", "ExtrinsicFailed", map[string]any{"dispatch_error": module(7, 250)})}, "SubtensorModule.error 250 of pallet 7", ""},
	} {
		got := failure(c, tt.events)
		if got == nil {
			if tt.want != "" {
				t.Errorf("%s: no failure, want %s", tt.name, tt.want)
			}
			continue
		}
		if got.FullName() != tt.want || got.Via != tt.via {
			t.Errorf("%s: %s via %q, want %s via %q", tt.name, got.FullName(), got.Via, tt.want, tt.via)
		}
	}
}

func TestRejections(t *testing.T) {
	for _, tt := range []struct {
		r      Rejected
		custom int // -1: none
		stale  bool
	}{
		{Rejected{1010, "Invalid Transaction", "Custom error: 6"}, 6, false},
		{Rejected{1010, "Invalid Transaction", "custom error: 255"}, 255, false},
		{Rejected{1010, "Invalid Transaction", `{"Custom": 3}`}, 3, false},
		{Rejected{1010, "Invalid Transaction", "Transaction is outdated"}, -1, true},
		{Rejected{1014, "Priority is too low", ""}, -1, true},
		{Rejected{1010, "Invalid Transaction", "Custom error: 600"}, -1, false},
	} {
		n, ok := tt.r.Custom()
		if ok != (tt.custom >= 0) || ok && int(n) != tt.custom || tt.r.StaleNonce() != tt.stale {
			t.Errorf("%v: custom %d %v, stale %v", tt.r.Error(), n, ok, tt.r.StaleNonce())
		}
	}
	if text := (&Rejected{1010, "Invalid Transaction", "Custom error: 6"}).Error(); !strings.Contains(text, "RateLimitExceeded") {
		t.Errorf("%q does not name the error", text)
	}
}

func BenchmarkSignTransfer(b *testing.B) {
	r := recordedRuntime(b, "v15")
	alice, err := keys.FromURI("//Alice")
	if err != nil {
		b.Fatal(err)
	}
	call := Transfer(bt.AccountID{1}, bt.Tao)
	terms := Terms{Era: bt.MortalEra(128, 1000), Nonce: 7}
	b.ReportAllocs()
	for b.Loop() {
		raw, err := r.Codec.EncodeCall(call)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Sign(raw, alice, terms); err != nil {
			b.Fatal(err)
		}
	}
}
