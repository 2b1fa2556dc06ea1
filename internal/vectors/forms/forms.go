// Package forms reads the fixed-point numbers of golden files: raw bits as a decimal string, with the type's name around them or without. It
// does no arithmetic and reads no files.
package forms

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/myelin-go/myelin/fixed"
)

// Number is a fixed-point type, or an integer of 128 bits.
type Number interface {
	fixed.I32F32 | fixed.I64F64 | fixed.I96F32 | fixed.U64F64 | fixed.U96F32 | fixed.Uint128
}

// Parse reads the bits of a number from decimal digits.
func Parse[T Number](digits string) (v T, err error) {
	switch p := any(&v).(type) {
	case *fixed.I32F32:
		var n int64
		n, err = strconv.ParseInt(digits, 10, 64)
		*p = fixed.I32F32FromBits(n)
	case *fixed.Uint128:
		*p, err = fixed.ParseUint128(digits)
	case *fixed.I64F64:
		var n fixed.Int128
		n, err = fixed.ParseInt128(digits)
		*p = fixed.I64F64FromBits(n)
	case *fixed.I96F32:
		var n fixed.Int128
		n, err = fixed.ParseInt128(digits)
		*p = fixed.I96F32FromBits(n)
	case *fixed.U64F64:
		var n fixed.Uint128
		n, err = fixed.ParseUint128(digits)
		*p = fixed.U64F64FromBits(n)
	case *fixed.U96F32:
		var n fixed.Uint128
		n, err = fixed.ParseUint128(digits)
		*p = fixed.U96F32FromBits(n)
	}
	return v, err
}

// Bits is "bits" in JSON.
type Bits[T Number] struct{ V T }

// UnmarshalJSON reads a string of decimal digits.
func (b *Bits[T]) UnmarshalJSON(raw []byte) error {
	var digits string
	if err := json.Unmarshal(raw, &digits); err != nil {
		return err
	}
	v, err := Parse[T](digits)
	b.V = v
	return err
}

// One is {"Type": "bits"} in JSON, where Type is T's name.
type One[T Number] struct{ V T }

// UnmarshalJSON refuses a number of another type.
func (o *One[T]) UnmarshalJSON(raw []byte) error {
	bits, err := unwrap[T, Bits[T]](raw)
	o.V = bits.V
	return err
}

// List is {"Type": ["bits", …]} in JSON, where Type is T's name.
type List[T Number] []T

// UnmarshalJSON refuses numbers of another type.
func (l *List[T]) UnmarshalJSON(raw []byte) error {
	all, err := unwrap[T, []Bits[T]](raw)
	if err != nil {
		return err
	}
	*l = make(List[T], len(all))
	for i, bits := range all {
		(*l)[i] = bits.V
	}
	return nil
}

// unwrap reads what stands under T's name in an object that has nothing else.
func unwrap[T Number, Inner any](raw []byte) (inner Inner, err error) {
	var object map[string]Inner
	if err := json.Unmarshal(raw, &object); err != nil {
		return inner, err
	}
	name := reflect.TypeFor[T]().Name()
	inner, ok := object[name]
	if !ok || len(object) != 1 {
		return inner, fmt.Errorf("%.80s is not an object with nothing but %s", raw, name)
	}
	return inner, nil
}
