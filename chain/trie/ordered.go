package trie

// OrderedRoot is the root of the trie that maps the compact-SCALE index of each value to the value: how a header commits to its
// extrinsics. A chain whose runtime declares system_version 0 or 1 uses V0 for extrinsics, one that declares 2 uses V1.
func OrderedRoot(values [][]byte, v Version) [32]byte {
	changes := make([]Change, len(values))
	for i, raw := range values {
		if raw == nil {
			raw = []byte{}
		}
		changes[i] = Change{Key: appendCompact(nil, uint32(i)), Value: raw}
	}
	return new(Trie).update(changes, v).Root()
}
