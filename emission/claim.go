package emission

import (
	"encoding/binary"
	"math"
	"slices"
)

// ClaimIndices picks up to k of n indices from a block hash, ascending and each once: the coldkeys whose root dividends
// are claimed for them in that block. The hash's four big-endian words are taken in turn as steps, from the first word on.
func ClaimIndices(hash [32]byte, k, n uint64) []uint64 {
	picked := make([]uint64, 0, min(k, 64))
	at := binary.BigEndian.Uint64(hash[:8])
	for i := range k {
		step := binary.BigEndian.Uint64(hash[i%4*8:])
		if at > math.MaxUint64-step {
			at = math.MaxUint64
		} else {
			at += step
		}
		if n == 0 {
			at = 0
		} else {
			at %= n
		}
		picked = append(picked, at)
	}
	slices.Sort(picked)
	return slices.Compact(picked)
}
