package trie

// nibbles is a view of half-bytes, high half first, over bytes that somebody else owns.
type nibbles struct {
	data     string
	from, to int // in half-bytes; 0 <= from <= to <= 2*len(data)
}

// keyNibbles views a whole key.
func keyNibbles(key string) nibbles { return nibbles{key, 0, 2 * len(key)} }

func (n nibbles) len() int { return n.to - n.from }

func (n nibbles) at(i int) byte {
	i += n.from
	b := n.data[i>>1]
	if i&1 == 0 {
		return b >> 4
	}
	return b & 0x0f
}

// drop leaves out the first i half-bytes.
func (n nibbles) drop(i int) nibbles { return nibbles{n.data, n.from + i, n.to} }

// take keeps the first i half-bytes only.
func (n nibbles) take(i int) nibbles { return nibbles{n.data, n.from, n.from + i} }

// common counts the half-bytes that both begin with.
func (n nibbles) common(m nibbles) int {
	limit := min(n.len(), m.len())
	i := 0
	if (n.from^m.from)&1 == 0 { // equal alignment: whole bytes can be compared
		if n.from&1 == 1 && limit > 0 {
			if n.at(0) != m.at(0) {
				return 0
			}
			i = 1
		}
		for i+1 < limit && n.data[(n.from+i)>>1] == m.data[(m.from+i)>>1] {
			i += 2
		}
	}
	for i < limit && n.at(i) == m.at(i) {
		i++
	}
	return i
}

// appendTo packs the half-bytes as nodes store them: aligned to the end, an odd first one alone in its byte.
func (n nibbles) appendTo(dst []byte) []byte {
	if n.to&1 == 0 {
		if n.from&1 == 1 {
			dst = append(dst, n.at(0))
			n = n.drop(1)
		}
		return append(dst, n.data[n.from>>1:n.to>>1]...)
	}
	if n.len()&1 == 1 {
		dst = append(dst, n.at(0))
		n = n.drop(1)
	}
	for i := 0; i < n.len(); i += 2 {
		dst = append(dst, n.at(i)<<4|n.at(i+1))
	}
	return dst
}

// joined is a followed by one half-byte and b, in new memory.
func joined(a nibbles, mid byte, b nibbles) nibbles {
	total := a.len() + 1 + b.len()
	packed := make([]byte, 0, total/2+1)
	high := total&1 == 1 // a lone first half-byte sits in the low half, so pretend that the high one was written
	if high {
		packed = append(packed, 0)
	}
	push := func(x byte) {
		if high {
			packed[len(packed)-1] |= x
		} else {
			packed = append(packed, x<<4)
		}
		high = !high
	}
	for i := range a.len() {
		push(a.at(i))
	}
	push(mid)
	for i := range b.len() {
		push(b.at(i))
	}
	return nibbles{string(packed), total & 1, total&1 + total}
}
