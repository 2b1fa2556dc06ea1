package comet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/internal/torture"
	"github.com/myelin-go/myelin/node"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/rpc"
)

// The test binary is the node that is killed when these are set.
const (
	childPath = "MYELIN_TEST_BASE_PATH"
	childRPC  = "MYELIN_TEST_RPC"
)

type child Config

func (c child) Start(l *ledger.Ledger, p *pool.Pool, dir string, log *slog.Logger) (node.Running, error) {
	e, err := New(l, p, dir, Config(c), log)
	return childRunning{e}, err
}

type childRunning struct{ *Engine }

func (childRunning) Commander() rpc.Commander { return nil }

// runChild is a node of the local network with CometBFT.
func runChild(path, addr string) error {
	n, err := node.New(node.Config{
		Chain: genesis.New(spec()), BasePath: path, Sync: true, RPC: []string{addr}, Engine: child{BlockTime: 100 * time.Millisecond},
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	return errors.Join(n.Run(context.Background()), n.Close())
}

// A node that is killed under load loses no block that it called final, whatever it was doing.
func TestTorture(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	torture.Run(t, torture.Subject{
		Command: []string{self}, Env: []string{childPath + "=" + dir, childRPC + "=" + addr},
		RPC: "http://" + addr, BasePath: dir, Sender: "//Alice",
	})
}

func childMain() {
	path := os.Getenv(childPath)
	if path == "" {
		return
	}
	if err := runChild(path, os.Getenv(childRPC)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
