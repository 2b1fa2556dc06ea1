package comet

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/cometbft/cometbft/p2p"
)

// How often a peer that is not connected is dialled. Of two nodes that name each other one is quick, so that they seldom dial each other
// at once. CometBFT's own dialling is not used: both sides retry without a pause, and when two such connections cross, each may keep the one that
// the other gave up; they then connect and part a thousand times a second for good.
const (
	dialSoon = time.Second
	dialLate = 4 * time.Second
)

// dial keeps up the connection to one peer until ctx ends.
func (e *Engine) dial(ctx context.Context, peer p2p.ID, at string) {
	wait := dialSoon
	if string(peer) < e.own.NodeID {
		wait = dialLate
	}
	tick := time.NewTicker(wait)
	defer tick.Stop()
	if wait == dialSoon {
		e.dialOnce(peer, at)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.dialOnce(peer, at)
		}
	}
}

func (e *Engine) dialOnce(peer p2p.ID, at string) {
	sw := e.node.Switch()
	if sw.Peers().Has(peer) {
		return
	}
	addr, err := p2p.NewNetAddressString(at) // each time: a name may lead elsewhere now
	if err == nil {
		err = sw.DialPeerWithAddress(addr)
	}
	if err != nil {
		e.log.Debug("a peer cannot be reached", "peer", at, "why", err)
	}
}

// peerID is the id of a peer written as id@host:port.
func peerID(peer string) (p2p.ID, error) {
	id, host, _ := strings.Cut(peer, "@")
	raw, err := hex.DecodeString(id)
	if _, _, perr := net.SplitHostPort(host); err != nil || len(raw) != p2p.IDByteLength || perr != nil {
		return "", fmt.Errorf("peer is %q, want id@host:port with an id of %d hex digits", peer, 2*p2p.IDByteLength)
	}
	return p2p.ID(id), nil
}
