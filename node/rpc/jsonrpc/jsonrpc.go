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
	"strings"
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
	CodeAnswerTooBig   = -32008
	CodeBusy           = -32009
	CodeBatchTooLong   = -32010
	CodeBatchTooBig    = -32011
)

// Errorf makes an error object.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Params are the parameters of a call: a JSON array, or nothing.
type Params struct {
	list []json.RawMessage
	sig  *Signature // to be filled in, instead of a call
}

// ParamsOf makes parameters, for methods that go on as another one.
func ParamsOf(list ...json.RawMessage) Params { return Params{list: list} }

// Len is how many parameters were given.
func (p Params) Len() int { return len(p.list) }

// At is a parameter's JSON; nothing when it was not given.
func (p Params) At(i int) json.RawMessage {
	if i >= len(p.list) {
		return nil
	}
	return p.list[i]
}

// Bind decodes the parameters into pointers, in order. Missing and null parameters leave their target as it is, which makes them optional
// where the target is a pointer or has a sensible zero; use Need for the number that must be there. More parameters than targets
// are an error, unless they are null.
//
// Handlers return its error at once: it is also how Registry.Describe ends a handler whose parameters it has learned.
func (p Params) Bind(targets ...any) error {
	if p.sig != nil {
		p.sig.bind(targets)
		return errDescribed
	}
	for i, raw := range p.list {
		if isNull(raw) {
			continue
		}
		if i >= len(targets) {
			return Errorf(CodeParams, "Invalid params: got %d parameters, at most %d are known", len(p.list), len(targets))
		}
		if err := json.Unmarshal(raw, targets[i]); err != nil {
			return Errorf(CodeParams, "Invalid params: parameter %d: %v", i+1, describe(err, raw))
		}
	}
	return nil
}

// Need fails when fewer than n parameters are given or one of the first n is null.
func (p Params) Need(n int) error {
	if p.sig != nil {
		p.sig.Needed = n
		return nil
	}
	for i := range n {
		if isNull(p.At(i)) {
			return Errorf(CodeParams, "Invalid params: got %d parameters, at least %d are needed", min(i, len(p.list)), n)
		}
	}
	return nil
}

// Mark notes a property of the method when it is only described, and is true then; handlers call it before they bind.
func (p Params) Mark(property string) bool {
	if p.sig == nil {
		return false
	}
	p.sig.Marks = append(p.sig.Marks, property)
	return true
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

// Appender is a result that writes itself down as JSON: what is large and of plain shape goes out several times faster so.
type Appender interface {
	AppendJSON(dst []byte) []byte
}

// Handler answers one call. The result is marshalled as JSON; json.RawMessage goes out as it is.
type Handler func(ctx context.Context, p Params) (any, error)

// Subscriber serves one subscription. It checks the parameters and returns a run function, which is called after the client has its
// subscription id: it sends notifications by the sink until ctx ends (unsubscribed or disconnected) or nothing more will come, or lets the subscription go on
// by Sink.Stay.
type Subscriber func(ctx context.Context, p Params) (run func(ctx context.Context, sink *Sink), err error)

type method struct {
	call        Handler
	subscribe   Subscriber
	notify      string // name of the notifications
	ending      string // name of the method that ends the subscription
	unsubscribe bool
	heavy       bool
	aliasOf     string
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
	for i, n := range names {
		m := &method{call: fn}
		if i > 0 {
			m.aliasOf = names[0]
		}
		r.add(n, m)
	}
}

// Heavy marks methods that may take long: a server works on few of them at once, so that the others are answered meanwhile.
func (r *Registry) Heavy(names ...string) {
	for _, n := range names {
		m, ok := r.methods[n]
		if !ok {
			panic("jsonrpc: no method named " + n)
		}
		m.heavy = true
	}
}

// Subscription adds a subscription: how it is called, what its notifications are called, and how it is ended.
func (r *Registry) Subscription(subscribe, notify, unsubscribe string, fn Subscriber) {
	r.add(subscribe, &method{subscribe: fn, notify: notify, ending: unsubscribe})
	if _, shared := r.methods[unsubscribe]; !shared {
		r.add(unsubscribe, &method{unsubscribe: true})
	}
}

// Ending adds another name of a method that ends a subscription.
func (r *Registry) Ending(name, of string) { r.add(name, &method{unsubscribe: true, aliasOf: of}) }

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
		return Params{}, nil
	}
	var p Params
	if err := json.Unmarshal(q.Params, &p.list); err != nil {
		return Params{}, Errorf(CodeParams, "Invalid params: want an array")
	}
	return p, nil
}

type response struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

// maxError bounds the texts of an error: they may quote what the client sent.
const maxError = 500

func shorten(text string) string {
	if len(text) <= maxError {
		return text
	}
	return strings.ToValidUTF8(text[:maxError], "") + "…"
}
