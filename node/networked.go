package node

import (
	"log/slog"

	"github.com/myelin-go/myelin/node/comet"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/rpc"
)

// Networked is an engine that makes blocks by consensus with other machines.
type Networked comet.Config

// Start opens the consensus and brings the ledger level with its blocks.
func (c Networked) Start(l *ledger.Ledger, p *pool.Pool, dir string, log *slog.Logger) (Running, error) {
	e, err := comet.New(l, p, dir, comet.Config(c), log)
	if err != nil {
		return nil, err
	}
	return networking{e}, nil
}

type networking struct{ *comet.Engine }

func (networking) Commander() rpc.Commander { return nil }
