package rpc_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/sealer"
)

// schema is the part of JSON schema that the description uses.
type schema struct {
	Type        string            `json:"type"`
	Enum        []string          `json:"enum"`
	Pattern     string            `json:"pattern"`
	Description string            `json:"description"`
	Minimum     *uint64           `json:"minimum"`
	Maximum     *uint64           `json:"maximum"`
	MinItems    *int              `json:"minItems"`
	MaxItems    *int              `json:"maxItems"`
	Items       *schema           `json:"items"`
	Properties  map[string]schema `json:"properties"`
	Required    []string          `json:"required"`
	OneOf       []schema          `json:"oneOf"`
}

// check tells what is wrong with a schema.
func (s *schema) check() error {
	if s.Type != "" && !slices.Contains([]string{"string", "integer", "boolean", "array", "object", "null"}, s.Type) {
		return fmt.Errorf("there is no type %q", s.Type)
	}
	if (s.Type == "array") != (s.Items != nil) {
		return fmt.Errorf("type %q with items %v", s.Type, s.Items)
	}
	if s.Items != nil {
		return s.Items.check()
	}
	for _, name := range s.Required {
		if _, ok := s.Properties[name]; !ok {
			return fmt.Errorf("property %q is required and not there", name)
		}
	}
	for name, p := range s.Properties {
		if name == "" {
			return fmt.Errorf("a property without name")
		}
		if err := p.check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, one := range s.OneOf {
		if err := one.check(); err != nil {
			return err
		}
	}
	return nil
}

// takes is whether a value of a JSON type can fit; a schema that says nothing takes all.
func (s *schema) takes(kind string) bool {
	if len(s.OneOf) > 0 {
		return slices.ContainsFunc(s.OneOf, func(one schema) bool { return one.takes(kind) })
	}
	if s.Enum != nil {
		return kind == "string"
	}
	return s.Type == "" || s.Type == kind
}

type param struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Schema   schema `json:"schema"`
}

type described struct {
	Name      string  `json:"name"`
	Summary   string  `json:"summary"`
	Structure string  `json:"paramStructure"`
	Params    []param `json:"params"`
	Result    struct {
		Name   string `json:"name"`
		Schema schema `json:"schema"`
	} `json:"result"`
	Tags         []struct{ Name string } `json:"tags"`
	Safe         bool                    `json:"x-safe"`
	AliasOf      string                  `json:"x-alias-of"`
	Subscription *struct {
		Notification string `json:"notification"`
		Unsubscribe  string `json:"unsubscribe"`
		Result       schema `json:"result"`
	} `json:"x-subscription"`
}

func (w *world) discover() []described {
	w.Helper()
	raw, err := w.post("rpc_discover")
	if err != nil {
		w.Fatal(err)
	}
	var doc struct {
		OpenRPC string                          `json:"openrpc"`
		Info    struct{ Title, Version string } `json:"info"`
		Methods []described                     `json:"methods"`
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		w.Fatal(err)
	}
	if doc.OpenRPC != "1.3.2" || doc.Info.Title == "" || doc.Info.Version == "" {
		w.Errorf("openrpc %q, info %+v", doc.OpenRPC, doc.Info)
	}
	return doc.Methods
}

// The description has the shape that OpenRPC's meta schema asks for, and names exactly the methods that there are, each with what it is for
// and a name for each parameter that its handler takes. To make it, nothing is done.
func TestDiscover(t *testing.T) {
	w := manual(t)
	w.seal()
	before := w.node.Ledger().Head().Hash
	methods := w.discover()
	if after := w.node.Ledger().Head().Hash; after != before {
		t.Errorf("describing the methods moved the head from %s to %s", before, after)
	}
	var listed struct{ Methods []string }
	raw, err := w.post("rpc_methods")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &listed); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range methods {
		names = append(names, m.Name)
		if m.Summary == "" || m.Structure != "by-position" || m.Result.Name == "" || len(m.Tags) != 1 || !strings.HasPrefix(m.Name, m.Tags[0].Name+"_") {
			t.Errorf("%s: summary %q, parameters %q, result %q, tags %v", m.Name, m.Summary, m.Structure, m.Result.Name, m.Tags)
		}
		optional := false
		seen := map[string]bool{}
		for _, p := range m.Params {
			if p.Name == "unnamed" || seen[p.Name] {
				t.Errorf("%s: a parameter is named %q", m.Name, p.Name)
			}
			seen[p.Name] = true
			if p.Required && optional {
				t.Errorf("%s: %s must be there behind one that need not", m.Name, p.Name)
			}
			optional = optional || !p.Required
			if err := p.Schema.check(); err != nil {
				t.Errorf("%s, %s: %v", m.Name, p.Name, err)
			}
		}
		if err := m.Result.Schema.check(); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		if m.AliasOf != "" && !slices.Contains(listed.Methods, m.AliasOf) {
			t.Errorf("%s is another name of %s, which is not there", m.Name, m.AliasOf)
		}
		if s := m.Subscription; s != nil && (!slices.Contains(listed.Methods, s.Unsubscribe) || s.Notification == "" || s.Result.check() != nil) {
			t.Errorf("%s: %+v", m.Name, s)
		}
	}
	if !slices.Equal(names, listed.Methods) {
		t.Errorf("described are %v\nlisted are %v", names, listed.Methods)
	}
}

// A node that answers the safe methods alone refuses all others, and the safe ones leave it as it is, whatever they are asked.
func TestSafeMethods(t *testing.T) {
	n, err := node.New(node.Config{
		Chain: genesis.Bittensor(genesis.Localnet()), RPC: []string{"127.0.0.1:0"}, Engine: node.Sealed{Mode: sealer.Manual, BlockTime: 250 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := run(t, n)
	var unsafe []string
	for _, m := range w.discover() {
		if m.Safe {
			continue
		}
		unsafe = append(unsafe, m.Name)
		var refused *jsonrpc.Error
		_, refused = w.ask(m.Name, make([]any, len(m.Params))...)
		if refused == nil || refused.Code != jsonrpc.CodeNoMethod || refused.Message != "RPC call is unsafe to be called externally" {
			t.Errorf("%s: %v", m.Name, refused)
		}
	}
	slices.Sort(unsafe)
	want := []string{
		"author_hasKey", "author_hasSessionKeys", "author_insertKey", "author_removeExtrinsic", "author_rotateKeys", "dev_mine", "dev_revert", "dev_setTime",
		"engine_createBlock", "engine_finalizeBlock", "offchain_localStorageClear", "offchain_localStorageGet", "offchain_localStorageSet", "state_getPairs",
		"system_addLogFilter", "system_addReservedPeer", "system_removeReservedPeer", "system_resetLogFilter",
	}
	if !slices.Equal(unsafe, want) {
		t.Errorf("unsafe are %v\nwant %v", unsafe, want)
	}
	if head := n.Ledger().Head().Header.Number; head != 0 {
		t.Errorf("the head is %d", head)
	}
}

// ask posts a call and returns its error object, if that is what came.
func (w *world) ask(method string, params ...any) (json.RawMessage, *jsonrpc.Error) {
	w.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		w.Fatal(err)
	}
	return w.send(string(body))
}

// send posts a body that need not be a proper call.
func (w *world) send(body string) (json.RawMessage, *jsonrpc.Error) {
	w.Helper()
	resp, err := http.Post(strings.Replace(w.url, "ws://", "http://", 1), "application/json", strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Result json.RawMessage
		Error  *jsonrpc.Error
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		w.Fatalf("%.200s: %v", body, err)
	}
	return answer.Result, answer.Error
}
