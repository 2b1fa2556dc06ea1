package localnet

import (
	"io"
	"time"

	"github.com/myelin-go/myelin/node/sealer"
)

// Config is what a local network is like.
type Config struct {
	NoNeurons bool   // only the chain, as its genesis has it
	BasePath  string // keeps chain and wallets; empty is a temporary folder that is removed at the end
	BlockTime time.Duration
	Sealing   sealer.Mode
	Blocks    uint32   // stop after so many; 0 never stops
	RPC       []string // addresses to serve JSON-RPC on
	Metrics   string   // address of the Prometheus endpoint; empty serves none
	Seed      *uint64  // nil chooses one and tells it

	JSON     bool // one JSON object a line on Out
	Terminal bool // Out is a terminal: draw the table in place
	Out, Err io.Writer
}
