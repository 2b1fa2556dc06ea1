package localnet

import (
	"io"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/node/sealer"
)

// Config is what a local network is like.
type Config struct {
	NoNeurons bool   // only the chain, as its genesis has it
	BasePath  string // keeps chain and wallets; empty is a temporary folder that is removed at the end
	BlockTime time.Duration
	Every     time.Duration // on the clock between blocks, when that is less than BlockTime; 0 is BlockTime
	Sealing   sealer.Mode
	Slow      bool           // the constants of the main network, instead of those of upstream's fast build
	March2026 bool           // the rules and metadata of then, for clients of that time; see genesis.Spec.OfMarch2026
	Rich      []bt.AccountID // accounts that have a million TAO at first, beside the well-known ones
	Blocks    uint32         // stop after so many; 0 never stops
	Seed      *uint64        // nil chooses one and tells it

	RPC       []string       // addresses to serve JSON-RPC on; see node.Config
	UnsafeRPC bool           // serve the methods that write to the node or cost it without bound
	Limits    jsonrpc.Config // what RPC clients can cost
	Metrics   string         // address of the Prometheus endpoint; empty serves none

	// Quiet prints one line, when the first block is in and RPC answers everywhere: for programs that wait for it and then read no more.
	Quiet bool
	// LogFile is where the node logs; empty is nowhere, with Quiet node.log in the base path.
	LogFile string

	JSON     bool // one JSON object a line on Out
	Terminal bool // Out is a terminal: draw the table in place
	Out, Err io.Writer
}
