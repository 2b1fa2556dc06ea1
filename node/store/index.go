package store

import "github.com/cockroachdb/pebble/v2"

// HashAt is the hash of the block of a height.
func (s *Store) HashAt(height uint32) (hash [32]byte, ok bool) {
	raw, ok := mustGet(s.db, heightRow(rowHash, height))
	if !ok {
		return hash, false
	}
	hash, _, err := parseBlock(raw)
	must(0, err)
	return hash, true
}

// HeightOf is the height of a block.
func (s *Store) HeightOf(hash [32]byte) (height uint32, ok bool) {
	raw, ok := mustGet(s.db, hashRow(rowHeight, hash))
	if !ok {
		return 0, false
	}
	return must(parseHeight(raw)), true
}

// Header is the SCALE of a block's header.
func (s *Store) Header(hash [32]byte) (header []byte, ok bool) {
	height, ok := s.HeightOf(hash)
	if !ok {
		return nil, false
	}
	return mustGet(s.db, heightRow(rowHeader, height))
}

// Extrinsics are a block's, each as on the wire.
func (s *Store) Extrinsics(hash [32]byte) (extrinsics [][]byte, ok bool) {
	height, ok := s.HeightOf(hash)
	if !ok {
		return nil, false
	}
	raw, ok := mustGet(s.db, heightRow(rowBody, height))
	if !ok {
		return nil, false
	}
	return must(parseList(raw)), true
}

// FindExtrinsic tells where an extrinsic stands, by the blake2b-256 of its bytes as on the wire. Of several equal ones, as blocks'
// inherents may be, it is the first.
func (s *Store) FindExtrinsic(hash [32]byte) (height, index uint32, ok bool) {
	raw, ok := mustGet(s.db, hashRow(rowExtrinsic, hash))
	if !ok {
		return 0, 0, false
	}
	height, index, err := parsePlace(raw)
	must(0, err)
	return height, index, true
}

// Extra are the further pairs kept with the block of a height, in the order of their keys.
func (s *Store) Extra(height uint32) []KV {
	low := heightRow(rowExtra, height)
	it := must(s.db.NewIter(&pebble.IterOptions{LowerBound: low, UpperBound: after(low)}))
	var out []KV
	for ok := it.First(); ok; ok = it.Next() {
		out = append(out, KV{append([]byte(nil), it.Key()[len(low):]...), append([]byte(nil), it.Value()...)})
	}
	must(0, it.Close())
	return out
}
