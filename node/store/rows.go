package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// The rows. Numbers are big endian, so that rows lie in the order of heights.
//
//	s key                         value of a state key after the head block
//	h escaped-key height          what the key held before the block of that height: 0 absent, or 1 and the value
//	c height                      the state keys which that block changed
//	b height                      block hash and state root
//	n block-hash                  height
//	d height                      SCALE of the header
//	x height                      extrinsics
//	e height key                  extra pairs
//	t extrinsic-hash              height and index of an extrinsic; of several equal ones the first
//	m name                        head, genesis, oldest readable height, layout number
const (
	rowState     = 's'
	rowHistory   = 'h'
	rowChanged   = 'c'
	rowHash      = 'b'
	rowHeight    = 'n'
	rowHeader    = 'd'
	rowBody      = 'x'
	rowExtra     = 'e'
	rowExtrinsic = 't'
	rowMeta      = 'm'
)

var (
	metaHead    = []byte("mhead")
	metaGenesis = []byte("mgenesis")
	metaOldest  = []byte("moldest")
	metaLayout  = []byte("mlayout")
)

// layout is the number of this arrangement of rows. A store with another one is refused.
const layout = 1

func stateRow(key []byte) []byte {
	return append(append(make([]byte, 0, 1+len(key)), rowState), key...)
}

func heightRow(kind byte, height uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{kind}, height)
}

func hashRow(kind byte, hash [32]byte) []byte { return append([]byte{kind}, hash[:]...) }

func extraRow(height uint32, key []byte) []byte { return append(heightRow(rowExtra, height), key...) }

// historyPrefix begins all history rows of a key. Keys may be prefixes of other keys, so the key is closed by 0 0 and each zero
// byte in it followed by 255: that keeps the order of keys and keeps a key's rows together.
func historyPrefix(key []byte) []byte {
	out := append(make([]byte, 0, 1+len(key)+bytes.Count(key, []byte{0})+2+4), rowHistory)
	for _, b := range key {
		if out = append(out, b); b == 0 {
			out = append(out, 0xff)
		}
	}
	return append(out, 0, 0)
}

func historyRow(key []byte, height uint32) []byte {
	return binary.BigEndian.AppendUint32(historyPrefix(key), height)
}

// parseHistoryRow undoes historyRow.
func parseHistoryRow(row []byte) (key []byte, height uint32, err error) {
	key = []byte{}
	rest, ok := bytes.CutPrefix(row, []byte{rowHistory})
	for ok && len(rest) > 0 {
		b := rest[0]
		if rest = rest[1:]; b != 0 {
			key = append(key, b)
			continue
		}
		if ok = len(rest) > 0; !ok {
			break
		}
		mark := rest[0]
		if rest = rest[1:]; mark == 0xff {
			key = append(key, 0)
			continue
		}
		if mark == 0 && len(rest) == 4 {
			return key, binary.BigEndian.Uint32(rest), nil
		}
		break
	}
	return nil, 0, fmt.Errorf("%w: %x is no history row", ErrCorrupt, row)
}

// after is the first row behind all that begin with prefix.
func after(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// oldValue encodes what a key held before a block.
func oldValue(value []byte, present bool) []byte {
	if !present {
		return []byte{0}
	}
	return append([]byte{1}, value...)
}

func parseOldValue(raw []byte) (value []byte, present bool, err error) {
	switch {
	case len(raw) == 1 && raw[0] == 0:
		return nil, false, nil
	case len(raw) > 0 && raw[0] == 1:
		return raw[1:], true, nil
	}
	return nil, false, fmt.Errorf("%w: %x is no earlier value", ErrCorrupt, raw)
}

// appendList writes byte strings one after the other, each behind its length.
func appendList(dst []byte, items [][]byte) []byte {
	for _, item := range items {
		dst = binary.AppendUvarint(dst, uint64(len(item)))
		dst = append(dst, item...)
	}
	return dst
}

// parseList gives views of raw.
func parseList(raw []byte) ([][]byte, error) {
	var out [][]byte
	for rest := raw; len(rest) > 0; {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > uint64(len(rest)-size) || size > 1 && rest[size-1] == 0 {
			return nil, fmt.Errorf("%w: list of %d bytes breaks off at byte %d", ErrCorrupt, len(raw), len(raw)-len(rest))
		}
		end := size + int(n)
		out = append(out, rest[size:end:end])
		rest = rest[end:]
	}
	return out, nil
}

func encodeRef(r Ref) []byte {
	return append(binary.BigEndian.AppendUint32(nil, r.Height), r.Hash[:]...)
}

func parseRef(raw []byte) (Ref, error) {
	if len(raw) != 36 {
		return Ref{}, fmt.Errorf("%w: head row has %d bytes, want 36", ErrCorrupt, len(raw))
	}
	return Ref{binary.BigEndian.Uint32(raw), [32]byte(raw[4:])}, nil
}

// parseBlock reads a row of kind rowHash.
func parseBlock(raw []byte) (hash, stateRoot [32]byte, err error) {
	if len(raw) != 64 {
		return hash, stateRoot, fmt.Errorf("%w: block row has %d bytes, want 64", ErrCorrupt, len(raw))
	}
	return [32]byte(raw), [32]byte(raw[32:]), nil
}

func parseHeight(raw []byte) (uint32, error) {
	if len(raw) != 4 {
		return 0, fmt.Errorf("%w: height row has %d bytes, want 4", ErrCorrupt, len(raw))
	}
	return binary.BigEndian.Uint32(raw), nil
}

func parsePlace(raw []byte) (height, index uint32, err error) {
	if len(raw) != 8 {
		return 0, 0, fmt.Errorf("%w: extrinsic row has %d bytes, want 8", ErrCorrupt, len(raw))
	}
	return binary.BigEndian.Uint32(raw), binary.BigEndian.Uint32(raw[4:]), nil
}
