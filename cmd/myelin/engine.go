package main

import (
	"log/slog"

	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/comet"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/rpc"
)

// consensus is a node's engine that makes blocks with other machines. It is here and not in package node, so that what only needs a sealer
// does not link CometBFT.
type consensus comet.Config

// Start opens the consensus and brings the ledger level with its blocks.
func (c consensus) Start(l *ledger.Ledger, p *pool.Pool, dir string, log *slog.Logger) (node.Running, error) {
	e, err := comet.New(l, p, dir, comet.Config(c), log)
	if err != nil {
		return nil, err
	}
	id := e.Identity()
	log.Info("consensus identity", "node", id.NodeID, "key", id.Key)
	return networked{e}, nil
}

type networked struct{ *comet.Engine }

// Commander is nil: consensus decides when blocks are made.
func (networked) Commander() rpc.Commander { return nil }
