package rpc

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// describe is the OpenRPC description of the methods: which there are, under which names, how subscriptions are told and ended, the types of
// parameters and which must be there come from their registration and their handlers; their names and what is answered from about.
func (a *api) describe(r *jsonrpc.Registry) any {
	type object = map[string]any
	endings := map[string]string{}
	described := r.Describe(context.Background())
	for _, d := range described {
		if d.Unsubscribe != "" {
			endings[d.Unsubscribe] = d.Name
		}
	}
	methods := make([]object, 0, len(described))
	for _, d := range described {
		first := d.Name
		if d.AliasOf != "" {
			first = d.AliasOf
		}
		t := about[first]
		if d.Ends {
			t = told{"subscription", false, "Ends a subscription of " + endings[first] + "."}
		}
		result := schemaOf(t.result)
		m := object{
			"name": d.Name, "summary": t.about, "paramStructure": "by-position", "params": paramsOf(d.Signature, strings.Fields(t.params)),
			"tags": []object{{"name": groupOf(d.Name)}}, "x-safe": !slices.Contains(d.Marks, unsafeMark),
		}
		if d.AliasOf != "" {
			m["x-alias-of"] = d.AliasOf
		}
		if d.Notify != "" { // the call itself answers with the subscription's id
			m["x-subscription"] = object{"notification": d.Notify, "unsubscribe": d.Unsubscribe, "result": result}
			result = object{"type": "string"}
		}
		m["result"] = object{"name": "result", "schema": result}
		methods = append(methods, m)
	}
	return object{
		"openrpc": "1.3.2",
		"info":    object{"title": a.Identity.Name + " JSON-RPC", "version": a.Identity.Version},
		"methods": methods,
	}
}

// groupOf is a method's group, which ends before the last underscore: chainHead_v1_follow belongs to chainHead_v1.
func groupOf(name string) string {
	parts := strings.Split(name, "_")
	if len(parts) > 2 && strings.Trim(parts[1], "v0123456789") == "" {
		return parts[0] + "_" + parts[1]
	}
	return parts[0]
}

// paramsOf describes what a handler binds, under names; one without a name is a mistake in about, which a test finds.
func paramsOf(s jsonrpc.Signature, names []string) []map[string]any {
	out := make([]map[string]any, len(s.Targets))
	for i, t := range s.Targets {
		name := "unnamed"
		if i < len(names) {
			name = names[i]
		}
		out[i] = map[string]any{"name": name, "required": i < s.Needed, "schema": schemaOf(reflect.ValueOf(t).Elem().Interface())}
	}
	return out
}

// schemer is a type that does not print as its Go type would.
type schemer interface{ JSONSchema() map[string]any }

// schemaOf is the JSON schema of a value's type.
func schemaOf(v any) map[string]any {
	if v == nil {
		return map[string]any{}
	}
	return typeSchema(reflect.TypeOf(v))
}

func either(list ...map[string]any) map[string]any { return map[string]any{"oneOf": list} }

var (
	hashType    = reflect.TypeFor[bt.Hash]()
	accountType = reflect.TypeFor[bt.AccountID]()
	rawType     = reflect.TypeFor[json.RawMessage]()
)

func typeSchema(t reflect.Type) map[string]any {
	type object = map[string]any
	if s, ok := reflect.Zero(t).Interface().(schemer); ok && t.Kind() != reflect.Pointer {
		return s.JSONSchema()
	}
	switch t {
	case hashType:
		return object{"type": "string", "pattern": "^0x[0-9a-fA-F]{64}$"}
	case accountType:
		return object{"type": "string", "description": "an address in SS58, or 32 bytes in hex"}
	case rawType:
		return object{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Interface {
			return object{}
		}
		if t == reflect.TypeOf(nothing) {
			return object{"type": "null"}
		}
		return either(typeSchema(t.Elem()), object{"type": "null"})
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return object{"type": "integer", "minimum": 0, "maximum": uint64(1)<<t.Bits() - 1}
	case reflect.Uint64, reflect.Uint:
		return object{"type": "integer", "minimum": 0}
	case reflect.Slice:
		return object{"type": "array", "items": typeSchema(t.Elem())}
	case reflect.Array:
		return object{"type": "array", "items": typeSchema(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Struct:
		return structSchema(t)
	case reflect.Map:
		return object{"type": "object"}
	}
	return object{}
}

func structSchema(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		properties[name] = typeSchema(f.Type)
		if options != "omitempty" && f.Type.Kind() != reflect.Pointer {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}
