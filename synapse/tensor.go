package synapse

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Tensor is an array of numbers as Python neurons send it: msgpack-numpy's bytes in base64, beside dtype and shape. As a
// field of a body it travels as Python's Tensor class.
type Tensor struct {
	Buffer string `json:"buffer"`
	DType  string `json:"dtype" synapse:"required"` // numpy's name ("float32") or torch's ("torch.float32")
	Shape  []int  `json:"shape" synapse:"required"` // [0] stands for a scalar
}

// Array is a tensor laid open: elements in row-major order, little-endian.
type Array struct {
	DType string // numpy's name
	Shape []int  // empty for a scalar
	Data  []byte
}

// dtypes lists numpy's names, their array-protocol codes and sizes in bytes. The unsigned ones beyond uint8 can be read, but
// Python's Tensor class does not take them.
var dtypes = []struct {
	name, code string
	size       int
}{
	{"float16", "f2", 2}, {"float32", "f4", 4}, {"float64", "f8", 8},
	{"int8", "i1", 1}, {"int16", "i2", 2}, {"int32", "i4", 4}, {"int64", "i8", 8},
	{"uint8", "u1", 1}, {"uint16", "u2", 2}, {"uint32", "u4", 4}, {"uint64", "u8", 8}, {"bool", "b1", 1},
}

func dtypeSize(name string) (code string, size int, err error) {
	for _, d := range dtypes {
		if d.name == name {
			return d.code, d.size, nil
		}
	}
	return "", 0, fmt.Errorf("tensor dtype %q is not known", clip(name))
}

// Number is what a tensor's elements can be in Go.
type Number interface {
	float32 | float64 | int8 | int16 | int32 | int64 | uint8 | bool
}

// NewTensor packs elements in row-major order; without a shape, they are a row.
func NewTensor[N Number](data []N, shape ...int) (Tensor, error) {
	if len(shape) == 0 {
		shape = []int{len(data)}
	}
	var zero N
	a := Array{DType: fmt.Sprintf("%T", zero), Shape: shape}
	var err error
	if a.Data, err = binary.Append(nil, binary.LittleEndian, data); err != nil {
		return Tensor{}, err
	}
	return a.Tensor()
}

// Tensor packs the array.
func (a Array) Tensor() (Tensor, error) {
	raw, err := a.pack()
	if err != nil {
		return Tensor{}, err
	}
	shape := a.Shape
	if len(shape) == 0 {
		shape = []int{0}
	}
	return Tensor{Buffer: base64.StdEncoding.EncodeToString(raw), DType: a.DType, Shape: append([]int{}, shape...)}, nil
}

// Array unpacks the buffer. Its own shape and dtype must agree with those beside it, a torch prefix and the scalar's [0] aside.
func (t Tensor) Array() (Array, error) {
	raw, err := base64.StdEncoding.DecodeString(t.Buffer)
	if err != nil {
		return Array{}, fmt.Errorf("tensor buffer: %w", err)
	}
	a, err := unpackArray(raw)
	if err != nil {
		return Array{}, err
	}
	if want := strings.TrimPrefix(t.DType, "torch."); a.DType != want {
		return Array{}, fmt.Errorf("tensor says dtype %s, its buffer %s", clip(t.DType), a.DType)
	}
	if len(t.Shape) == 1 && t.Shape[0] == 0 {
		return a, nil
	}
	n, err := elements(t.Shape)
	if err != nil {
		return Array{}, err
	}
	if have, _ := elements(a.Shape); have != n {
		return Array{}, fmt.Errorf("tensor says shape %v, its buffer %v", t.Shape, a.Shape)
	}
	a.Shape = append([]int{}, t.Shape...)
	return a, nil
}

// maxElements keeps products of dimensions far from overflow.
const maxElements = 1 << 40

func elements(shape []int) (int, error) {
	n, empty := 1, false
	for _, d := range shape {
		if d < 0 || d > maxElements {
			return 0, fmt.Errorf("tensor dimension %d, want 0 to 2^40", d)
		}
		if d == 0 {
			empty = true
			continue
		}
		if n > maxElements/d {
			return 0, errors.New("tensor has more than 2^40 elements")
		}
		n *= d
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// Float64s converts the elements to float64; int64 and uint64 beyond 2^53 are rounded, bools become 0 and 1.
func (a Array) Float64s() ([]float64, error) {
	_, size, err := dtypeSize(a.DType)
	if err != nil {
		return nil, err
	}
	if n, err := elements(a.Shape); err != nil || n*size != len(a.Data) {
		return nil, fmt.Errorf("array of shape %v in %d bytes, want %d of %d bytes each", a.Shape, len(a.Data), n, size)
	}
	out := make([]float64, len(a.Data)/size)
	le := binary.LittleEndian
	for i := range out {
		b := a.Data[i*size:]
		switch a.DType {
		case "float16":
			out[i] = half(le.Uint16(b))
		case "float32":
			out[i] = float64(math.Float32frombits(le.Uint32(b)))
		case "float64":
			out[i] = math.Float64frombits(le.Uint64(b))
		case "int8":
			out[i] = float64(int8(b[0]))
		case "int16":
			out[i] = float64(int16(le.Uint16(b)))
		case "int32":
			out[i] = float64(int32(le.Uint32(b)))
		case "int64":
			out[i] = float64(int64(le.Uint64(b)))
		case "uint8", "bool":
			out[i] = float64(b[0])
		case "uint16":
			out[i] = float64(le.Uint16(b))
		case "uint32":
			out[i] = float64(le.Uint32(b))
		case "uint64":
			out[i] = float64(le.Uint64(b))
		}
	}
	return out, nil
}

// half reads IEEE 754 binary16.
func half(bits uint16) float64 {
	sign := 1.0
	if bits>>15 == 1 {
		sign = -1
	}
	exp, frac := int(bits>>10&31), float64(bits&1023)
	switch exp {
	case 0:
		return sign * math.Ldexp(frac, -24)
	case 31:
		if frac != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}

// pack writes msgpack-numpy's map {nd, type, kind, shape, data} with byte-string keys.
func (a Array) pack() ([]byte, error) {
	code, size, err := dtypeSize(a.DType)
	if err != nil {
		return nil, err
	}
	n, err := elements(a.Shape)
	if err != nil {
		return nil, err
	}
	if n*size != len(a.Data) || uint64(len(a.Data)) > math.MaxUint32 || len(a.Shape) > 64 {
		return nil, fmt.Errorf("tensor of shape %v wants %d bytes, has %d (at most 64 dimensions and 4 GiB)", a.Shape, n*size, len(a.Data))
	}
	order := "<"
	if size == 1 {
		order = "|"
	}
	b := make([]byte, 0, len(a.Data)+64+9*len(a.Shape))
	b = append(b, 0x85)
	b = append(packBin(b, "nd"), 0xc3)
	b = append(packBin(b, "type"), 0xa3)
	b = append(append(b, order...), code...)
	b = packBin(packBin(b, "kind"), "")
	b = packBin(b, "shape")
	if len(a.Shape) < 16 {
		b = append(b, 0x90|byte(len(a.Shape)))
	} else {
		b = append(b, 0xdc, 0, byte(len(a.Shape)))
	}
	for _, d := range a.Shape {
		b = packUint(b, uint64(d))
	}
	return packBin(packBin(b, "data"), a.Data), nil
}

func packBin[S string | []byte](b []byte, s S) []byte {
	switch n := len(s); {
	case n < 1<<8:
		b = append(b, 0xc4, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0xc5), uint16(n))
	default:
		b = binary.BigEndian.AppendUint32(append(b, 0xc6), uint32(n))
	}
	return append(b, s...)
}

func packUint(b []byte, n uint64) []byte {
	switch {
	case n < 1<<7:
		return append(b, byte(n))
	case n < 1<<8:
		return append(b, 0xcc, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 0xcd), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, 0xce), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, 0xcf), n)
}
