package synapse

import (
	"crypto/sha3"
	"encoding/hex"
	"fmt"
	"reflect"

	"github.com/myelin-go/myelin/synapse/pyval"
)

// Encoded is a message turned into JSON values once, from which body, hash and headers follow.
type Encoded struct {
	head   *Info
	class  *Class
	fields *pyval.Dict // the class's own fields
}

// Encode takes the body's values. Later changes of the message's head show in what Encoded gives; those of its body do not.
func Encode(m Any) (*Encoded, error) {
	c := m.Class()
	if c.err != nil {
		return nil, c.err
	}
	e := &Encoded{head: m.Head(), class: c, fields: new(pyval.Dict)}
	body := m.body()
	for i := range c.fields {
		f := &c.fields[i]
		v, err := pyval.OfValue(body.FieldByIndex(f.Index))
		if err != nil {
			return nil, fmt.Errorf("synapse %s: field %s: %w", c.Name, f.Name, err)
		}
		e.fields.Set(f.Name, v)
	}
	return e, nil
}

// BodyHash is the hash over the class's required_hash_fields.
func (e *Encoded) BodyHash() (string, error) { return e.class.hash(e.fields, e.head) }

// JSON is the request body as Python's clients send it: every field, the common ones first, in json.dumps form.
func (e *Encoded) JSON() ([]byte, error) { return pyval.AppendDumps(nil, e.dict()) }

// Compact is the response body as Python's servers send it. NaN and infinities are refused.
func (e *Encoded) Compact() ([]byte, error) { return pyval.AppendCompact(nil, e.dict()) }

func (e *Encoded) dict() *pyval.Dict {
	d := new(pyval.Dict)
	d.Set("name", text(e.head.Name))
	d.Set("timeout", e.head.Timeout)
	d.Set("total_size", e.head.TotalSize)
	d.Set("header_size", e.head.HeaderSize)
	d.Set("dendrite", e.head.Dendrite.dict())
	d.Set("axon", e.head.Axon.dict())
	d.Set("computed_body_hash", "") // the hash travels in the headers only
	for i := range e.fields.Len() {
		d.Set(e.fields.At(i))
	}
	return d
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (t *Terminal) dict() *pyval.Dict {
	d := new(pyval.Dict)
	for _, f := range terminalFields {
		d.Set(f.name, f.get(t))
	}
	return d
}

// hash follows Python: each field's str() is hashed, then the joined hex digests are.
func (c *Class) hash(fields *pyval.Dict, head *Info) (string, error) {
	var joined, buf []byte
	for _, name := range c.hashed {
		v, ok := fields.Get(name)
		if !ok {
			v = (&Encoded{head: head, class: c, fields: new(pyval.Dict)}).base(name)
		}
		var err error
		if buf, err = pyval.AppendStr(buf[:0], v); err != nil {
			return "", fmt.Errorf("synapse %s: field %s: %w", c.Name, name, err)
		}
		sum := sha3.Sum256(buf)
		joined = hex.AppendEncode(joined, sum[:])
	}
	sum := sha3.Sum256(joined)
	return hex.EncodeToString(sum[:]), nil
}

// base is the value of a field that every synapse has; classes may put those under the hash too.
func (e *Encoded) base(name string) any {
	v, _ := e.dict().Get(name)
	return v
}

// BodyHash is Encode and BodyHash in one.
func BodyHash(m Any) (string, error) {
	e, err := Encode(m)
	if err != nil {
		return "", err
	}
	return e.BodyHash()
}

// Received is a JSON body that came over the wire, read and laid into its class's form but not yet into a message.
type Received struct {
	head   Info
	class  *Class
	fields *pyval.Dict
}

// Decode reads a body of m's class. It changes nothing in m; Hash and Fill follow. Required fields must be there; other
// absent ones count with their zero value; unknown ones are passed over.
func Decode(m Any, data []byte) (*Received, error) {
	c := m.Class()
	if c.err != nil {
		return nil, c.err
	}
	v, err := pyval.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("synapse %s: %w", c.Name, err)
	}
	d, ok := v.(*pyval.Dict)
	if !ok {
		return nil, fmt.Errorf("synapse %s: the body is not a JSON object", c.Name)
	}
	r := &Received{class: c, fields: new(pyval.Dict)}
	r.head = Info{Name: c.Name, Timeout: DefaultTimeout}
	if err := r.head.fromDict(d); err != nil {
		return nil, fmt.Errorf("synapse %s: %w", c.Name, err)
	}
	for i := range c.fields {
		f := &c.fields[i]
		e, ok := d.Get(f.Name)
		switch {
		case ok:
			e = pyval.Coerce(e, f.Type)
		case f.Has("required"):
			return nil, fmt.Errorf("synapse %s: required field %s is missing", c.Name, f.Name)
		default:
			if e, err = pyval.OfValue(reflect.Zero(f.Type)); err != nil {
				return nil, fmt.Errorf("synapse %s: field %s: %w", c.Name, f.Name, err)
			}
		}
		r.fields.Set(f.Name, e)
	}
	return r, nil
}

// Hash is the body hash of what came, with the order of keys in which it came.
func (r *Received) Hash() (string, error) { return r.class.hash(r.fields, &r.head) }

// Head is what the body says of the fields that every synapse has. Nothing of it is covered by a signature.
func (r *Received) Head() Info { return r.head }

// Fill lays the class's own fields into m's body; keepFrozen leaves those marked frozen as they are. The head of m stays.
func (r *Received) Fill(m Any, keepFrozen bool) error {
	body := m.body()
	if m.Class() != r.class {
		return fmt.Errorf("a body of synapse %s does not fit %s", r.class.Name, m.Class().Name)
	}
	for i := range r.class.fields {
		f := &r.class.fields[i]
		if keepFrozen && f.Has("frozen") {
			continue
		}
		_, v := r.fields.At(i)
		if err := pyval.IntoValue(v, body.FieldByIndex(f.Index)); err != nil {
			return fmt.Errorf("synapse %s: field %s: %w", r.class.Name, f.Name, err)
		}
	}
	return nil
}

// fromDict reads the common fields of a body. The name in it is not believed, as in Python.
func (h *Info) fromDict(d *pyval.Dict) error {
	read := func(name string, ptr any) error {
		v, ok := d.Get(name)
		if !ok || v == nil {
			return nil
		}
		if err := pyval.Into(v, ptr); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	for _, f := range []struct {
		name string
		ptr  any
	}{
		{"timeout", &h.Timeout}, {"total_size", &h.TotalSize}, {"header_size", &h.HeaderSize},
		{"dendrite", &h.Dendrite}, {"axon", &h.Axon}, {"computed_body_hash", &h.ComputedBodyHash},
	} {
		if err := read(f.name, f.ptr); err != nil {
			return err
		}
	}
	return nil
}
