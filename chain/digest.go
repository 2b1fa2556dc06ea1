package chain

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale/metadata"
)

// What the digest says of the token, as upstream's does. Clients that make digests hold the same.
const (
	tokenSymbol   = "TAO"
	tokenDecimals = 9
)

// MetadataHash is the digest of RFC-78 over the runtime's metadata: what a transaction with CheckMetadataHash in mode 1 has signed. It is computed when it
// is first asked for.
func (r *Runtime) MetadataHash() bt.Hash { return r.metadataHash() }

func (r *Runtime) makeMetadataHash() bt.Hash {
	m, err := metadata.Decode(r.metadata[15])
	if err != nil {
		panic(fmt.Sprintf("chain: the runtime's own metadata: %v", err))
	}
	h, err := m.Digest(metadata.Chain{
		SpecVersion: r.version.SpecVersion, SpecName: string(r.version.SpecName), Prefix: r.system.Constants.SS58Prefix.Get(),
		Decimals: tokenDecimals, Symbol: tokenSymbol,
	})
	if err != nil {
		panic(fmt.Sprintf("chain: the runtime's own metadata: %v", err))
	}
	return h
}
