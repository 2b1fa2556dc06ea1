package scale

import (
	"encoding/binary"
	"reflect"
)

func (c *compiler) slice(t reflect.Type, self *plan) *plan {
	if t.Elem().Kind() == reflect.Uint8 && !t.Elem().Implements(variantsType) {
		return &plan{
			encode: func(e *Encoder, v reflect.Value) { e.ByteSlice(v.Bytes()) },
			decode: func(d *Decoder, v reflect.Value) { v.SetBytes(append([]byte(nil), d.ByteSlice()...)) },
			min:    1,
		}
	}
	if t == reflect.TypeFor[[]Pair[uint16, uint16]]() {
		return pairsPlan()
	}
	self.min = 1 // known before the element, which may contain this slice
	elem := c.compile(t.Elem())
	return &plan{
		encode: func(e *Encoder, v reflect.Value) {
			n := v.Len()
			e.Compact(uint64(n))
			for i := range n {
				elem.encode(e, v.Index(i))
			}
		},
		decode: func(d *Decoder, v reflect.Value) {
			n := d.Length(elem.min)
			if n == 0 || !d.Nest() {
				v.SetZero()
				return
			}
			defer d.Unnest()
			// Grow as bytes are consumed: the elements in memory may be much wider than their shortest encoding.
			const first = 64
			s := reflect.MakeSlice(t, min(n, first), min(n, first))
			for i := range n {
				if d.err != nil {
					return
				}
				if i == s.Len() {
					s = lengthened(s, min(n, 2*i))
				}
				elem.decode(d, s.Index(i))
			}
			v.Set(s)
		},
		min: 1,
	}
}

// lengthened is a copy of s with n elements.
func lengthened(s reflect.Value, n int) reflect.Value {
	longer := reflect.MakeSlice(s.Type(), n, n)
	reflect.Copy(longer, s)
	return longer
}

// pairsPlan serves rows of weights and bonds, by far the longest values of the chain.
func pairsPlan() *plan {
	const size = 4
	return &plan{
		encode: func(e *Encoder, v reflect.Value) {
			row := v.Interface().([]Pair[uint16, uint16])
			e.Compact(uint64(len(row)))
			for _, p := range row {
				e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(p.A)|uint32(p.B)<<16)
			}
		},
		decode: func(d *Decoder, v reflect.Value) {
			n := d.Length(size)
			if n == 0 || !d.Nest() {
				v.SetZero()
				return
			}
			defer d.Unnest()
			row := make([]Pair[uint16, uint16], n)
			raw := d.Raw(size * n)
			for i := range row {
				at := raw[size*i : size*i+size]
				row[i].A, row[i].B = binary.LittleEndian.Uint16(at), binary.LittleEndian.Uint16(at[2:])
			}
			v.Set(reflect.ValueOf(row))
		},
		min: 1,
	}
}
