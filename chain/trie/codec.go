package trie

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/myelin-go/myelin/internal/hash"
)

// The first bits of a node's first byte name its kind; the rest begin the count of its partial key's half-bytes.
const (
	leafPrefix         = 0b01 << 6
	branchPrefix       = 0b10 << 6
	valueBranchPrefix  = 0b11 << 6
	hashedLeafPrefix   = 0b001 << 5
	hashedBranchPrefix = 0b0001 << 4

	emptyNode = 0 // the one byte that encodes an empty trie
	hashLen   = 32
	// maxNibbles bounds a partial key, as upstream's codec does.
	maxNibbles = 1<<16 - 1
)

// MaxKey is the longest key in bytes that the node format can hold.
const MaxKey = maxNibbles / 2

// ErrNode is wrapped by every error about bytes that are no trie node.
var ErrNode = errors.New("not a trie node")

type valueKind uint8

const (
	noValue valueKind = iota
	inlineValue
	hashedValue // data is the blake2b-256 of the value
)

type value struct {
	kind valueKind
	data string
}

// Version is Substrate's state version: how a value enters its node.
type Version uint8

const (
	// V0 holds every value inside its node.
	V0 Version = 0
	// V1 holds values of more than 32 bytes by their blake2b-256.
	V1 Version = 1
)

// maxInline is the longest value that a V1 node holds itself.
const maxInline = 32

func (v Version) value(raw []byte) value {
	if v != V0 && len(raw) > maxInline {
		sum := hash.Blake256(raw)
		return value{hashedValue, string(sum[:])}
	}
	return value{inlineValue, string(raw)}
}

// appendNode encodes a node. A leaf has no bitmap; a branch's kids are the merkle values of the set bits, lowest first.
func appendNode(dst []byte, path nibbles, val value, bitmap uint16, kid func(i int) string) []byte {
	switch {
	case bitmap == 0 && val.kind == hashedValue:
		dst = appendSize(dst, hashedLeafPrefix, 3, path.len())
	case bitmap == 0:
		dst = appendSize(dst, leafPrefix, 2, path.len())
	case val.kind == hashedValue:
		dst = appendSize(dst, hashedBranchPrefix, 4, path.len())
	case val.kind == inlineValue:
		dst = appendSize(dst, valueBranchPrefix, 2, path.len())
	default:
		dst = appendSize(dst, branchPrefix, 2, path.len())
	}
	dst = path.appendTo(dst)
	if bitmap != 0 {
		dst = append(dst, byte(bitmap), byte(bitmap>>8))
	}
	switch val.kind {
	case inlineValue:
		dst = appendBytes(dst, val.data)
	case hashedValue:
		dst = append(dst, val.data...)
	}
	for i := range bits.OnesCount16(bitmap) {
		dst = appendBytes(dst, kid(i))
	}
	return dst
}

// appendSize writes the prefix of the given width in bits and the count, which spills into more bytes when long.
func appendSize(dst []byte, prefix byte, width, size int) []byte {
	most := 255 >> width
	if size < most {
		return append(dst, prefix|byte(size))
	}
	dst = append(dst, prefix|byte(most))
	for size -= most; size >= 255; size -= 255 {
		dst = append(dst, 255)
	}
	return append(dst, byte(size))
}

// appendBytes writes a SCALE byte vector.
func appendBytes(dst []byte, s string) []byte {
	return append(appendCompact(dst, uint32(len(s))), s...)
}

// appendCompact writes a SCALE compact integer.
func appendCompact(dst []byte, n uint32) []byte {
	switch {
	case n < 1<<6:
		return append(dst, byte(n<<2))
	case n < 1<<14:
		return append(dst, byte(n<<2)|1, byte(n>>6))
	case n < 1<<30:
		return append(dst, byte(n<<2)|2, byte(n>>6), byte(n>>14), byte(n>>22))
	default:
		return append(dst, 3, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
}

// decoded is a node as read from its encoding; its strings are views of it.
type decoded struct {
	path   nibbles
	val    value
	bitmap uint16     // 0 for a leaf
	kids   [16]string // merkle values: 32 bytes are a hash, fewer the node itself
}

// decodeNode reads exactly one node other than the empty one. It accepts only what appendNode writes.
func decodeNode(enc string) (decoded, error) {
	var n decoded
	d := reader{rest: enc}
	head, ok := d.byte()
	if !ok {
		return n, fmt.Errorf("%w: no bytes", ErrNode)
	}
	var width int
	branch := false
	switch {
	case head&0xc0 == leafPrefix:
		width, n.val.kind = 2, inlineValue
	case head&0xc0 == branchPrefix:
		width, branch = 2, true
	case head&0xc0 == valueBranchPrefix:
		width, branch, n.val.kind = 2, true, inlineValue
	case head&0xe0 == hashedLeafPrefix:
		width, n.val.kind = 3, hashedValue
	case head&0xf0 == hashedBranchPrefix:
		width, branch, n.val.kind = 4, true, hashedValue
	default:
		return n, fmt.Errorf("%w: first byte %#02x names no kind", ErrNode, head)
	}
	count, err := d.size(head, width)
	if err != nil {
		return n, err
	}
	packed, ok := d.take((count + 1) / 2)
	if !ok {
		return n, fmt.Errorf("%w: %d half-bytes of key announced, %d bytes left", ErrNode, count, len(d.rest))
	}
	if count&1 == 1 && packed[0] > 0x0f {
		return n, fmt.Errorf("%w: padding half-byte of the partial key is %#x, want 0", ErrNode, packed[0]>>4)
	}
	n.path = nibbles{packed, count & 1, count&1 + count}
	if branch {
		b, ok := d.take(2)
		if !ok {
			return n, fmt.Errorf("%w: bitmap cut short", ErrNode)
		}
		if n.bitmap = uint16(b[0]) | uint16(b[1])<<8; n.bitmap == 0 {
			return n, fmt.Errorf("%w: branch without children", ErrNode)
		}
	}
	switch n.val.kind {
	case inlineValue:
		n.val.data, err = d.bytes()
	case hashedValue:
		if n.val.data, ok = d.take(hashLen); !ok {
			err = fmt.Errorf("%w: value hash has %d bytes, want %d", ErrNode, len(d.rest), hashLen)
		}
	}
	if err != nil {
		return n, err
	}
	for i := range 16 {
		if n.bitmap&(1<<i) == 0 {
			continue
		}
		if n.kids[i], err = d.bytes(); err != nil {
			return n, err
		}
		if l := len(n.kids[i]); l == 0 || l > hashLen {
			return n, fmt.Errorf("%w: child %x has a merkle value of %d bytes, want 1 to %d", ErrNode, i, l, hashLen)
		}
	}
	if len(d.rest) > 0 {
		return n, fmt.Errorf("%w: %d bytes left over", ErrNode, len(d.rest))
	}
	return n, nil
}

// reader takes pieces off the front of an encoding.
type reader struct{ rest string }

func (d *reader) take(n int) (string, bool) {
	if n > len(d.rest) {
		return "", false
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s, true
}

func (d *reader) byte() (byte, bool) {
	s, ok := d.take(1)
	if !ok {
		return 0, false
	}
	return s[0], true
}

func (d *reader) size(head byte, width int) (int, error) {
	most := 255 >> width
	size := int(head) & most
	if size < most {
		return size, nil
	}
	for {
		b, ok := d.byte()
		if !ok {
			return 0, fmt.Errorf("%w: length of the partial key cut short", ErrNode)
		}
		if size += int(b); size > maxNibbles {
			return 0, fmt.Errorf("%w: partial key of at least %d half-bytes, at most %d", ErrNode, size, maxNibbles)
		}
		if b < 255 {
			return size, nil
		}
	}
}

// bytes reads a SCALE byte vector whose length is in its shortest form.
func (d *reader) bytes() (string, error) {
	whole := d.rest
	head, ok := d.byte()
	if !ok {
		return "", fmt.Errorf("%w: length cut short", ErrNode)
	}
	extra := []int{0, 1, 3, 4}[head&3]
	more, ok := d.take(extra)
	if !ok || head&3 == 3 && head != 3 {
		return "", fmt.Errorf("%w: bad length", ErrNode)
	}
	n := uint64(head >> 2)
	for i := range extra {
		if head&3 == 3 {
			n |= uint64(more[i]) << (8 * i)
		} else {
			n |= uint64(more[i]) << (6 + 8*i)
		}
	}
	s, ok := d.take(int(min(n, uint64(len(whole)))))
	if !ok || uint64(len(s)) != n {
		return "", fmt.Errorf("%w: %d bytes announced, %d left", ErrNode, n, len(d.rest))
	}
	if short := appendCompact(nil, uint32(n)); len(short) != 1+extra {
		return "", fmt.Errorf("%w: length %d in %d bytes, want %d", ErrNode, n, 1+extra, len(short))
	}
	return s, nil
}
