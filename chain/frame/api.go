package frame

import (
	"fmt"
	"reflect"

	"github.com/myelin-go/myelin/scale"
)

// API is a group of functions that clients call by state_call against the state after a block: Name_method. Methods is a pointer to a
// struct of Method fields.
type API struct {
	Name    string
	Version uint32
	Methods any
}

// Method declares a runtime function with arguments A (a struct, each field an argument) and result R.
type Method[A, R any] struct{ fn func(*Ctx, A) (R, error) }

// Handle sets the function. Changes that it makes to the state are dropped.
func (m *Method[A, R]) Handle(fn func(*Ctx, A) R) {
	m.fn = func(c *Ctx, a A) (R, error) { return fn(c, a), nil }
}

// Try sets a function that may refuse to answer, where Substrate's would panic.
func (m *Method[A, R]) Try(fn func(*Ctx, A) (R, error)) { m.fn = fn }

// MethodDescription is a compiled runtime function.
type MethodDescription struct {
	Name         string
	Args, Result reflect.Type
	Docs         string
	Run          func(c *Ctx, args []byte) ([]byte, error)
}

// method is implemented by Method. Call gets a pointer to the arguments and gives one to the result.
type method interface {
	types() (args, result reflect.Type)
	call(c *Ctx, args any) (any, error)
}

func (m *Method[A, R]) types() (args, result reflect.Type) {
	return reflect.TypeFor[A](), reflect.TypeFor[R]()
}

func (m *Method[A, R]) call(c *Ctx, args any) (any, error) {
	result, err := m.fn(c, *args.(*A))
	return &result, err
}

func run(m method, args reflect.Type) func(c *Ctx, raw []byte) ([]byte, error) {
	return func(c *Ctx, raw []byte) ([]byte, error) {
		into := reflect.New(args).Interface()
		d := scale.NewDecoder(raw)
		d.Context = c.Env.Table
		d.Decode(into)
		if err := d.End(); err != nil {
			return nil, fmt.Errorf("arguments: %w", err)
		}
		result, err := m.call(c, into)
		if err != nil {
			return nil, err
		}
		return scale.Marshal(result), nil
	}
}

// Compile lists the methods of an API, by the fields' names in snake case or their tags `name:"…"`.
func (a API) Compile() []MethodDescription {
	v := reflect.ValueOf(a.Methods).Elem()
	out := make([]MethodDescription, 0, v.NumField())
	for i := range v.NumField() {
		f := v.Type().Field(i)
		m := v.Field(i).Addr().Interface().(method)
		args, result := m.types()
		out = append(out, MethodDescription{Name: FieldName(f), Args: args, Result: result, Docs: f.Tag.Get("doc"), Run: run(m, args)})
	}
	return out
}
