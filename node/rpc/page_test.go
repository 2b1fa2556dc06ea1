package rpc_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/rpc.md anew")

const pageFile = "../../docs/rpc.md"

const pageHead = `# JSON-RPC

What a node answers over HTTP and WebSocket, on one port: 9944, and 9945 too for a local network. This page is made from what ` + "`rpc_discover`" + ` tells, which in turn comes from
what the handlers read: ` + "`go test ./node/rpc -run Page -update`" + ` writes it, and the tests fail while it is not up to date. ` + "`rpc_discover`" + ` gives the same as an OpenRPC document, with JSON
schemas of every parameter and result.

Parameters go by position. Those in brackets may be left out or null: a block hash ` + "`at`" + ` that is left out is the head. Bytes are hex with 0x. Methods that are **unsafe** write to the
node or cost it without bound: ` + "`--rpc-methods`" + ` says whether they are answered (auto: where the address is a loopback one). *Alias* methods are other names of the same. A subscription
needs WebSocket; its first answer is an id, notifications carry it, and the method named after the arrow ends it.

## Limits

| what | limit | flag | beyond it |
|---|---|---|---|
| connections, HTTP and WebSocket together | 5,000 | ` + "`--rpc-max-connections`" + ` | HTTP status 503 and the end of the connection |
| a request or batch | 15 MiB | ` + "`--rpc-max-request-size`" + ` | error -32007 |
| an answer, that of a batch in whole | 15 MiB | ` + "`--rpc-max-response-size`" + ` | error -32008, of a batch -32011 |
| calls in a batch | 1,000 | ` + "`--rpc-max-batch-request-len`" + ` | error -32010 |
| subscriptions of a connection | 1,024 | ` + "`--rpc-max-subscriptions-per-connection`" + ` | error -32006 |
| calls of a connection under way | 32 | ` + "`--rpc-max-calls-per-connection`" + ` | further ones wait |
| calls of heavy methods under way, of all clients | one less than there are cores, at least one | | further ones wait |
| calls under way of WebSocket clients that have another one under way, of all together | twice the number of cores | | further ones wait, one of each client in turn |
| output that a WebSocket client leaves unread before it is worked for | 1 MiB, 32 KiB while those of all come to 64 MiB | | its further calls wait |
| output that a WebSocket client leaves unread | 32 MiB, or twice the largest answer | | the connection ends |
| the same of all clients | 256 MiB | | the connections that leave more than the mean end |
| taking one message off the node, or small ones of 64 KiB together | 15 s, and 1 s for each 64 KiB | | the connection ends |
| finishing a message, or the body of a POST, once begun | 1 minute | | the connection ends |
| finishing the headers of a request | 10 s | | the connection ends |
| answering a ping, which come every 20 s | 40 s | | the connection ends |
| keys of state_getKeysPaged, of state_getKeys, of a storage subscription | 1,000, 100,000, 10,000 | | an error that names the limit |
| blocks of state_queryStorage | 10,000 | | error 4001 |
| items of archive_v1 and chainHead_v1 storage | 1,000 | | error -32602 |
| chainHead_v1: follows of a connection; pinned blocks and operations of a follow | 2; 512, 16 | | error -32800; the follow stops, limitReached |
| transaction_v1_broadcast of a connection | 16 | | null instead of an id |
| transactions in the pool | 8,192 of 20 MiB, 2,048 of them waiting for earlier ones | | error 1016 |

Every error has a code and a text that tells what was wrong, of at most 500 bytes.

`

// TestPage compares docs/rpc.md with what a node says of itself.
func TestPage(t *testing.T) {
	w := manual(t)
	methods := w.discover()
	page := new(strings.Builder)
	page.WriteString(pageHead)
	var groups []string
	aliases := map[string][]string{}
	for _, m := range methods {
		if g := m.Tags[0].Name; m.AliasOf == "" && !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
		if m.AliasOf != "" {
			aliases[m.AliasOf] = append(aliases[m.AliasOf], m.Name)
		}
	}
	endings := map[string]bool{}
	for _, m := range methods {
		if m.Subscription != nil {
			endings[m.Subscription.Unsubscribe] = true
		}
	}
	slices.SortFunc(groups, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	for _, g := range groups {
		fmt.Fprintf(page, "## %s\n\n| method | parameters | result | |\n|---|---|---|---|\n", g)
		for _, m := range methods {
			if m.Tags[0].Name != g || m.AliasOf != "" || endings[m.Name] {
				continue
			}
			row(page, m, aliases)
		}
		page.WriteString("\n")
	}
	want := strings.TrimRight(page.String(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(pageFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(pageFile); err != nil || string(got) != want {
		t.Errorf("docs/rpc.md is not what the node says (%v): run go test ./node/rpc -run Page -update", err)
	}
	for _, m := range methods {
		if !strings.Contains(want, "`"+m.Name+"`") {
			t.Errorf("%s is not on the page", m.Name)
		}
	}
}

// row writes one method.
func row(page *strings.Builder, m described, aliases map[string][]string) {
	var params []string
	for _, p := range m.Params {
		text := fmt.Sprintf("%s: %s", p.Name, p.Schema.short())
		if !p.Required {
			text = "[" + strings.TrimSuffix(text, " or null") + "]"
		}
		params = append(params, text)
	}
	result := m.Result.Schema.short()
	note := m.Summary
	if !m.Safe {
		note = "**Unsafe.** " + note
	}
	name := "`" + m.Name + "`"
	ends := ""
	if s := m.Subscription; s != nil {
		result = s.Result.short()
		ends = s.Unsubscribe
		note = fmt.Sprintf("Notifications `%s`. %s", s.Notification, note)
		name += " → `" + ends + "`"
	}
	for _, list := range []string{m.Name, ends} {
		for _, a := range aliases[list] {
			note += " *Alias* `" + a + "`."
		}
	}
	fmt.Fprintf(page, "| %s | %s | %s | %s |\n", name, strings.Join(params, ", "), result, note)
}

// short is a schema in a few words.
func (s *schema) short() string {
	switch {
	case len(s.OneOf) > 0:
		var list []string
		for _, one := range s.OneOf {
			if text := one.short(); !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
		if len(list) == 2 && list[1] == "null" {
			return list[0] + " or null"
		}
		return strings.Join(list, " or ")
	case s.Enum != nil:
		raw, _ := json.Marshal(s.Enum)
		return strings.Trim(strings.ReplaceAll(strings.ReplaceAll(string(raw), `"`, ""), ",", " or "), "[]")
	case s.Type == "array":
		return "list of " + s.Items.short()
	case s.Type == "object" && len(s.Properties) > 0:
		return "object"
	case s.Type == "string" && strings.Contains(s.Pattern, "{64}"):
		return "hash"
	case s.Type == "string" && strings.Contains(s.Pattern, "{2}"):
		return "bytes"
	case s.Type == "string" && s.Description != "":
		return "address"
	case s.Type == "integer" && s.Maximum != nil:
		return map[uint64]string{255: "u8", 65535: "u16", 1<<32 - 1: "u32"}[*s.Maximum]
	case s.Type == "":
		return "any"
	}
	return s.Type
}
