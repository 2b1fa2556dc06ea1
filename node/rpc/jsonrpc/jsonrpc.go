// Package jsonrpc is a JSON-RPC 2.0 server over HTTP and WebSocket on one port: single calls, batches, and subscriptions with
// notifications. It bounds what a client can cost: message size, batch length, calls under way, subscriptions, unread output.
//
// It deliberately knows no method of the node: those stand in node/rpc.
package jsonrpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Error is a JSON-RPC error object. Handlers return it when the client should see its code; any other error becomes an internal error.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// Error prints code, message and data.
func (e *Error) Error() string {
	if e.Data != nil {
		return fmt.Sprintf("%s: %v (code %d)", e.Message, e.Data, e.Code)
	}
	return fmt.Sprintf("%s (code %d)", e.Message, e.Code)
}

// The codes of the JSON-RPC specification, and of limits as Substrate's server gives them.
const (
	CodeParse          = -32700
	CodeInvalidRequest = -32600
	CodeNoMethod       = -32601
	CodeParams         = -32602
	CodeInternal       = -32603
	CodeServer         = -32000
	CodeTooManySubs    = -32006
	CodeOversized      = -32007
	CodeBusy           = -32009
	CodeBatchTooLong   = -32010
)

// Errorf makes an error object.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Params are the parameters of a call: a JSON array, or nothing.
type Params []json.RawMessage

// Bind decodes the parameters into pointers, in order. Missing and null parameters leave their target as it is, which makes them optional
// where the target is a pointer or has a sensible zero; use Need for the number that must be there. More parameters than targets
// are an error, unless they are null.
func (p Params) Bind(targets ...any) error {
	for i, raw := range p {
		if isNull(raw) {
			continue
		}
		if i >= len(targets) {
			return Errorf(CodeParams, "Invalid params: got %d parameters, at most %d are known", len(p), len(targets))
		}
		if err := json.Unmarshal(raw, targets[i]); err != nil {
			return Errorf(CodeParams, "Invalid params: parameter %d: %v", i+1, describe(err, raw))
		}
	}
	return nil
}

// Need fails when fewer than n parameters are given or one of the first n is null.
func (p Params) Need(n int) error {
	for i := range n {
		if i >= len(p) || isNull(p[i]) {
			return Errorf(CodeParams, "Invalid params: got %d parameters, at least %d are needed", i, n)
		}
	}
	return nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

// describe makes an unmarshalling error speak of JSON rather than of Go types.
func describe(err error, raw []byte) string {
	const shown = 60
	if len(raw) > shown {
		raw = append(append([]byte(nil), raw[:shown]...), "…"...)
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%s is a JSON %s, want %s", raw, wrong.Value, wantOf(wrong.Type))
	}
	return fmt.Sprintf("%s: %v", raw, err)
}

func wantOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a number"
}

// Handler answers one call. The result is marshalled as JSON; json.RawMessage goes out as it is.
type Handler func(ctx context.Context, p Params) (any, error)

// Subscriber serves one subscription. It checks the parameters and returns a run function, which is called after the client has its
// subscription id: it sends notifications by the sink until ctx ends (unsubscribed or disconnected) or nothing more will come.
type Subscriber func(ctx context.Context, p Params) (run func(ctx context.Context, sink *Sink), err error)

type method struct {
	call        Handler
	subscribe   Subscriber
	notify      string // name of the notifications
	unsubscribe bool
}

// Registry is a set of methods by name.
type Registry struct {
	methods map[string]*method
	names   []string
}

// NewRegistry is an empty set.
func NewRegistry() *Registry { return &Registry{methods: map[string]*method{}} }

// Call adds a method; further names are aliases. A name that is there already is a mistake in the program.
func (r *Registry) Call(fn Handler, names ...string) {
	for _, n := range names {
		r.add(n, &method{call: fn})
	}
}

// Subscription adds a subscription: how it is called, what its notifications are called, and how it is ended.
func (r *Registry) Subscription(subscribe, notify, unsubscribe string, fn Subscriber) {
	r.add(subscribe, &method{subscribe: fn, notify: notify})
	if _, shared := r.methods[unsubscribe]; !shared {
		r.add(unsubscribe, &method{unsubscribe: true})
	}
}

func (r *Registry) add(name string, m *method) {
	if _, ok := r.methods[name]; ok {
		panic("jsonrpc: two methods named " + name)
	}
	r.methods[name] = m
	r.names = append(r.names, name)
}

// Names lists the methods in the order they were added.
func (r *Registry) Names() []string { return r.names }

type request struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

func (q *request) params() (Params, error) {
	if isNull(q.Params) {
		return nil, nil
	}
	var p Params
	if err := json.Unmarshal(q.Params, &p); err != nil {
		return nil, Errorf(CodeParams, "Invalid params: want an array")
	}
	return p, nil
}

type response struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

var nullID = json.RawMessage("null")

func failure(id json.RawMessage, err error) []byte {
	if len(id) == 0 {
		id = nullID
	}
	var e *Error
	if !errors.As(err, &e) {
		e = Errorf(CodeInternal, "Internal error: %v", err)
	}
	out, merr := json.Marshal(response{Version: "2.0", ID: id, Error: e})
	if merr != nil {
		out, _ = json.Marshal(response{Version: "2.0", ID: id, Error: Errorf(CodeInternal, "%s", e.Message)})
	}
	return out
}

func success(id json.RawMessage, result any) []byte {
	raw, ok := result.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = json.Marshal(result); err != nil {
			return failure(id, err)
		}
	}
	out := make([]byte, 0, len(raw)+len(id)+40)
	out = append(out, `{"jsonrpc":"2.0","id":`...)
	out = append(out, id...)
	out = append(out, `,"result":`...)
	out = append(out, raw...)
	return append(out, '}')
}
