package synapse

import (
	"errors"
	"fmt"
)

// unpackArray reads msgpack-numpy's map for an array of plain numbers: keys as byte strings or text in any order, big-endian
// data turned round. Structured and pickled arrays are refused.
func unpackArray(raw []byte) (Array, error) {
	a, err := readArray(&msgpack{b: raw})
	if err != nil {
		return Array{}, fmt.Errorf("tensor buffer: %w", err)
	}
	return a, nil
}

func readArray(p *msgpack) (Array, error) {
	n, err := p.length(0x80, 0xde, 0xdf)
	if err != nil {
		return Array{}, err
	}
	var a Array
	var descr string
	var nd bool
	seen := make(map[string]bool)
	for range n {
		key, err := p.bytes()
		if err != nil {
			return Array{}, err
		}
		if seen[string(key)] {
			return Array{}, fmt.Errorf("key %q twice", clip(string(key)))
		}
		switch k := string(key); k {
		case "nd":
			nd, err = p.bool()
		case "type":
			var b []byte
			b, err = p.bytes()
			descr = string(b)
		case "kind":
			var b []byte
			if b, err = p.bytes(); err == nil && len(b) != 0 {
				err = errors.New("structured and object arrays are not supported")
			}
		case "shape":
			a.Shape, err = p.shape()
		case "data":
			a.Data, err = p.bytes()
		default:
			err = fmt.Errorf("unknown key %q", clip(k))
		}
		if err != nil {
			return Array{}, err
		}
		seen[string(key)] = true
	}
	if len(p.b) != 0 {
		return Array{}, fmt.Errorf("%d bytes after the end", len(p.b))
	}
	if !nd || !seen["type"] || !seen["shape"] || !seen["data"] {
		return Array{}, errors.New("not an array: want nd = true, type, shape and data")
	}
	return a, a.setType(descr)
}

// setType checks data against the array-protocol type ("<f4") and makes it little-endian.
func (a *Array) setType(descr string) error {
	if len(descr) != 3 {
		return fmt.Errorf("array type %q is not supported", clip(descr))
	}
	size := 0
	for _, d := range dtypes {
		if d.code == descr[1:] {
			a.DType, size = d.name, d.size
		}
	}
	if size == 0 || descr[0] != '<' && descr[0] != '>' && (descr[0] != '|' || size != 1) {
		return fmt.Errorf("array type %q is not supported", clip(descr))
	}
	n, err := elements(a.Shape)
	if err != nil {
		return err
	}
	if n*size != len(a.Data) {
		return fmt.Errorf("array of shape %v and type %s wants %d bytes, has %d", a.Shape, descr, n*size, len(a.Data))
	}
	a.Data = append([]byte{}, a.Data...)
	if descr[0] == '>' && size > 1 {
		for i := 0; i < len(a.Data); i += size {
			for l, r := i, i+size-1; l < r; l, r = l+1, r-1 {
				a.Data[l], a.Data[r] = a.Data[r], a.Data[l]
			}
		}
	}
	return nil
}

// msgpack reads the few forms that arrays are made of.
type msgpack struct{ b []byte }

var errShort = errors.New("the bytes end too early")

func (p *msgpack) take(n uint64) ([]byte, error) {
	if n > uint64(len(p.b)) {
		return nil, errShort
	}
	out := p.b[:n]
	p.b = p.b[n:]
	return out, nil
}

func (p *msgpack) uint(size uint64) (n uint64, err error) {
	b, err := p.take(size)
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, err
}

func (p *msgpack) tag() (byte, error) {
	b, err := p.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// length reads the head of a map or an array: fix (up to 15), 16 or 32 bits.
func (p *msgpack) length(fix, tag16, tag32 byte) (uint64, error) {
	t, err := p.tag()
	switch {
	case err != nil:
		return 0, err
	case t&0xf0 == fix:
		return uint64(t & 15), nil
	case t == tag16:
		return p.uint(2)
	case t == tag32:
		return p.uint(4)
	}
	return 0, fmt.Errorf("unexpected tag %#02x", t)
}

// bytes reads a byte string or a text.
func (p *msgpack) bytes() ([]byte, error) {
	t, err := p.tag()
	if err != nil {
		return nil, err
	}
	var n uint64
	switch {
	case t&0xe0 == 0xa0:
		n = uint64(t & 31)
	case t == 0xc4 || t == 0xd9:
		n, err = p.uint(1)
	case t == 0xc5 || t == 0xda:
		n, err = p.uint(2)
	case t == 0xc6 || t == 0xdb:
		n, err = p.uint(4)
	default:
		return nil, fmt.Errorf("unexpected tag %#02x, want bytes", t)
	}
	if err != nil {
		return nil, err
	}
	return p.take(n)
}

func (p *msgpack) bool() (bool, error) {
	t, err := p.tag()
	if err == nil && t != 0xc2 && t != 0xc3 {
		err = fmt.Errorf("unexpected tag %#02x, want a bool", t)
	}
	return t == 0xc3, err
}

func (p *msgpack) shape() ([]int, error) {
	n, err := p.length(0x90, 0xdc, 0xdd)
	if err != nil {
		return nil, err
	}
	if n > 64 || n > uint64(len(p.b)) {
		return nil, fmt.Errorf("%d dimensions, at most 64", n)
	}
	out := make([]int, n)
	for i := range out {
		t, err := p.tag()
		if err != nil {
			return nil, err
		}
		d := uint64(t)
		switch {
		case t < 0x80:
		case t >= 0xcc && t <= 0xcf:
			if d, err = p.uint(1 << (t - 0xcc)); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("unexpected tag %#02x, want a dimension", t)
		}
		if d > maxElements {
			return nil, fmt.Errorf("dimension %d is too large", d)
		}
		out[i] = int(d)
	}
	return out, nil
}
