// Package synapse is the typed message that neurons exchange, and its form on the wire: the JSON body, the headers, the body
// hash, the texts that both sides sign, the status codes, and tensors. It speaks to Python neurons (bittensor 10) byte for byte.
//
// A synapse is an ordinary Go struct with json tags. Its fields are marked by the tag `synapse:"…"`:
//
//	required  the Python class has no default for it: a placeholder travels in the headers
//	hash      it is one of required_hash_fields: the signature covers it (struct order; see HashFields for another order)
//	frozen    the caller's value stays, whatever the answer says
//
// Message[T] carries the struct beside the fields that every synapse has. A caller (package dendrite) and a server (package
// axon) wrap the same function type, Func, with the same Interceptors.
//
// Deliberately not here: sockets, nonce tables, queues (packages axon and dendrite), and the chain.
package synapse

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/myelin-go/myelin/synapse/pyval"
)

// DefaultTimeout is the seconds a caller waits unless told otherwise: one block.
const DefaultTimeout = 12.0

// Version is the protocol version that this implementation announces, as major*10^6 + minor*10^3 + patch of the Python SDK
// that it follows (10.5.0).
const Version = 10_005_000

// Terminal describes one end of a call. Zero values stand for Python's None: they do not travel.
type Terminal struct {
	StatusCode    int     `json:"status_code"`
	StatusMessage string  `json:"status_message"`
	ProcessTime   float64 `json:"process_time"` // seconds
	IP            string  `json:"ip"`
	Port          int     `json:"port"`
	Version       int     `json:"version"`
	Nonce         int64   `json:"nonce"` // nanoseconds since 1970
	UUID          string  `json:"uuid"`
	Hotkey        string  `json:"hotkey"`    // SS58 address
	Signature     string  `json:"signature"` // 0x and 128 hex digits
}

// Info is what every synapse carries beside its own fields.
type Info struct {
	Name             string   // class name: the route
	Timeout          float64  // seconds
	TotalSize        int64    // bytes, informational
	HeaderSize       int64    // bytes, informational
	Dendrite         Terminal // the caller
	Axon             Terminal // the server
	ComputedBodyHash string   // as the sender told it in the headers; the caller's signature covers it
}

// Message is a synapse of class T under way.
type Message[T any] struct {
	Info
	Body T
}

// New wraps a body; its name and timeout are the class's and the default.
func New[T any](body T) *Message[T] {
	m := &Message[T]{Body: body}
	m.Name = m.Class().Name
	m.Timeout = DefaultTimeout
	return m
}

// Any is a *Message[T] for some T: what interceptors see.
type Any interface {
	Head() *Info   // never nil
	Value() any    // pointer to the body, a *T
	Class() *Class // of T
	isMessage()    // only Message implements Any
	body() reflect.Value
}

// Head returns the fields that every synapse has.
func (m *Message[T]) Head() *Info { return &m.Info }

// Value returns a pointer to the body.
func (m *Message[T]) Value() any { return &m.Body }

// Class describes T.
func (m *Message[T]) Class() *Class { return ClassOf(reflect.TypeFor[T]()) }

func (m *Message[T]) isMessage() {}

func (m *Message[T]) body() reflect.Value { return reflect.ValueOf(&m.Body).Elem() }

// Func handles a message in place: a server's handler fills the body with the answer, a caller's transport replaces it by
// what came back. The error is an *Error where its status matters.
type Func func(ctx context.Context, m Any) error

// Interceptor wraps a Func on either side: for metrics, tracing, rate limits.
type Interceptor func(next Func) Func

// Chain makes one interceptor of several; the first is outermost.
func Chain(interceptors ...Interceptor) Interceptor {
	return func(next Func) Func {
		for i := len(interceptors) - 1; i >= 0; i-- {
			next = interceptors[i](next)
		}
		return next
	}
}

// Ping is the class without fields that every axon answers; its name on the wire is Synapse.
type Ping struct{}

// SynapseName is the Python base class's name.
func (Ping) SynapseName() string { return "Synapse" }

// Namer is implemented by bodies whose class name is not their Go type's.
type Namer interface{ SynapseName() string }

// HashFields is implemented by bodies that list required_hash_fields in an order other than the struct's. The names are wire
// names.
type HashFields interface{ RequiredHashFields() []string }

// Class is what the declaration of a body says.
type Class struct {
	Name   string // of the route
	fields []pyval.Field
	hashed []string // required_hash_fields, in order
	err    error    // the declaration is unusable
}

var classes sync.Map // reflect.Type -> *Class

// ClassOf describes a body's type. A faulty declaration shows as Class.Err.
func ClassOf(t reflect.Type) *Class {
	if c, ok := classes.Load(t); ok {
		return c.(*Class)
	}
	c := newClass(t)
	classes.Store(t, c)
	return c
}

// Err says what is wrong with the declaration: not a struct, a field that collides with one that every synapse has, a hash
// field that does not exist, a required field whose name cannot travel as a header.
func (c *Class) Err() error { return c.err }

// HashedFields lists the wire names of the fields under the body hash, in order.
func (c *Class) HashedFields() []string { return append([]string(nil), c.hashed...) }

var baseNames = []string{"name", "timeout", "total_size", "header_size", "dendrite", "axon", "computed_body_hash"}

func newClass(t reflect.Type) *Class {
	c := &Class{Name: t.Name()}
	if t.Kind() != reflect.Struct {
		c.err = fmt.Errorf("synapse %s is not a struct", t)
		return c
	}
	zero := reflect.New(t).Interface()
	if n, ok := zero.(Namer); ok {
		c.Name = n.SynapseName()
	}
	if c.Name == "" || strings.ContainsAny(c.Name, "/?#% []") {
		c.err = fmt.Errorf("synapse %s: %q cannot be a route; implement SynapseName", t, c.Name)
	}
	c.fields = pyval.Fields(t)
	seen := make(map[string]bool)
	for _, n := range baseNames {
		seen[n] = true
	}
	for _, f := range c.fields {
		if seen[f.Name] {
			c.err = fmt.Errorf("synapse %s: field %q is there twice, or every synapse has it already", c.Name, f.Name)
		}
		seen[f.Name] = true
		if f.Has("required") && !isHeaderName(f.Name) {
			c.err = fmt.Errorf("synapse %s: required field %q must be lower-case ASCII letters, digits and _ (it travels as a header)", c.Name, f.Name)
		}
		if f.Has("hash") {
			c.hashed = append(c.hashed, f.Name)
		}
	}
	if h, ok := zero.(HashFields); ok {
		c.hashed = h.RequiredHashFields()
	}
	for _, n := range c.hashed {
		if !seen[n] {
			c.err = fmt.Errorf("synapse %s: hash field %q does not exist", c.Name, n)
		}
	}
	return c
}

func isHeaderName(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	return s != ""
}
