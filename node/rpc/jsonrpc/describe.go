package jsonrpc

import (
	"context"
	"errors"
	"reflect"
)

// Signature is what a method's handler says of its parameters by binding them.
type Signature struct {
	Targets []any // new values of the types that the parameters are decoded into, as pointers
	Needed  int   // so many of the first ones must be there
	Marks   []string
}

func (s *Signature) bind(targets []any) {
	s.Targets = make([]any, len(targets))
	for i, t := range targets {
		s.Targets[i] = reflect.New(reflect.TypeOf(t).Elem()).Interface()
	}
}

// Description is a method as its registration and its handler declare it.
type Description struct {
	Name        string
	AliasOf     string // the method that this is another name of
	Notify      string // of a subscription: name of its notifications
	Unsubscribe string // of a subscription: name of the method that ends it
	Ends        bool   // it ends a subscription
	Signature
}

// errDescribed ends a handler whose parameters were asked for.
var errDescribed = errors.New("the parameters are described")

// Describe lists the methods in the order they were added. Handlers are run as far as their binding of parameters; those that bind none are run
// in full, so they must change nothing.
func (r *Registry) Describe(ctx context.Context) []Description {
	out := make([]Description, len(r.names))
	for i, name := range r.names {
		m := r.methods[name]
		d := Description{Name: name, AliasOf: m.aliasOf, Notify: m.notify, Unsubscribe: m.ending, Ends: m.unsubscribe}
		p := Params{sig: &d.Signature}
		switch {
		case m.call != nil:
			_, _ = m.call(ctx, p) // the error is errDescribed, or of a handler without parameters, whose result does not matter
		case m.subscribe != nil:
			_, _ = m.subscribe(ctx, p)
		default:
			d.Signature = Signature{Targets: []any{new(subscriptionID)}, Needed: 1}
		}
		out[i] = d
	}
	return out
}
