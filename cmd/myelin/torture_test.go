package main

import (
	"net"
	"os"
	"testing"

	"github.com/myelin-go/myelin/internal/torture"
)

// A node that is killed under load loses no block that it called final, whatever makes its blocks. Nothing is synced to the disk: what a
// killed process has handed to the operating system stays.
func TestTorture(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{"sealer", "comet"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			host, port, err := net.SplitHostPort(l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
			dir := t.TempDir()
			torture.Run(t, torture.Subject{
				Command: []string{self, "node", "--engine", engine, "--base-path", dir, "--block-time", "100ms", "--rpc-bind", host, "--rpc-port", port},
				Env:     []string{asMyelin + "=1"},
				RPC:     "http://" + net.JoinHostPort(host, port), BasePath: dir, Sender: "//Alice",
			})
		})
	}
}
