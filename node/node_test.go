package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/node/sealer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a sealed node of the local network and returns it with a stop function that waits for its end.
func start(t *testing.T, cfg Config) (*Node, func() error) {
	t.Helper()
	if cfg.Chain == nil {
		cfg.Chain = genesis.Bittensor(genesis.Localnet())
	}
	if cfg.Engine == nil {
		cfg.Engine = Sealed{BlockTime: 250 * time.Millisecond}
	}
	if cfg.RPC == nil {
		cfg.RPC = []string{"127.0.0.1:0"}
	}
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	stopped := false
	stop := func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		err := <-done
		if cerr := n.Close(); err == nil {
			err = cerr
		}
		return err
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return n, stop
}

func call(t *testing.T, n *Node, method string, params ...any) json.RawMessage {
	t.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(strings.Replace(n.Endpoints()[0], "ws://", "http://", 1), "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Error != nil {
		t.Fatalf("%s: %s", method, answer.Error.Message)
	}
	return answer.Result
}

func TestBlocksAreMadeAndServed(t *testing.T) {
	n, _ := start(t, Config{Engine: Sealed{BlockTime: 20 * time.Millisecond}})
	deadline := time.Now().Add(10 * time.Second)
	for {
		if number, _ := n.Head(); number >= 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no blocks")
		}
		time.Sleep(5 * time.Millisecond)
	}
	hash := string(call(t, n, "chain_getBlockHash", 2))
	var block struct {
		Block struct {
			Header     struct{ Number string }
			Extrinsics []string
		}
	}
	if err := json.Unmarshal(call(t, n, "chain_getBlock", json.RawMessage(hash)), &block); err != nil {
		t.Fatal(err)
	}
	if block.Block.Header.Number != "0x2" || len(block.Block.Extrinsics) != 1 {
		t.Errorf("block 2 is %+v, want number 0x2 with one inherent", block)
	}
	if err := n.store.Verify(); err != nil {
		t.Error(err)
	}
}

// A chain on disk goes on where it was; another chain's folder is refused.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	sealed := Sealed{BlockTime: 250 * time.Millisecond, Mode: sealer.Manual}
	n, stop := start(t, Config{BasePath: dir, Engine: sealed})
	if _, err := n.Commander().Mine(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	_, head := n.Head()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	n, stop = start(t, Config{BasePath: dir, Engine: sealed})
	number, hash := n.Head()
	if number != 5 || hash != head {
		t.Errorf("the head is %d %s after the restart, want 5 %s", number, hash, head)
	}
	if _, err := n.Commander().Mine(t.Context(), 1); err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	other := genesis.Localnet()
	other.Balances = other.Balances[1:]
	_, err := New(Config{Chain: genesis.Bittensor(other), BasePath: dir, Engine: sealed, RPC: []string{"127.0.0.1:0"}})
	if err == nil || !strings.Contains(err.Error(), "holds another chain") {
		t.Errorf("a base path of another chain gives %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	n, _ := start(t, Config{})
	addr := strings.TrimPrefix(n.Endpoints()[0], "ws://")
	_, err := New(Config{Chain: genesis.Bittensor(genesis.Localnet()), Engine: Sealed{BlockTime: time.Second}, RPC: []string{addr}})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("cannot serve RPC on %s: ", addr)) {
		t.Errorf("a port in use gives %v", err)
	}
}

// Time can be set ahead, many blocks mined at once, and the chain taken back; the state is then as it was.
func TestControlOfTime(t *testing.T) {
	n, _ := start(t, Config{Engine: Sealed{BlockTime: 250 * time.Millisecond, Mode: sealer.Manual}})
	c := n.Commander()
	if _, err := c.Mine(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	_, third := n.Head()
	before, err := n.ledger.Time()
	if err != nil {
		t.Fatal(err)
	}
	const day = 86_400_000
	if err := c.SetTime(before + day); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Seal(); err != nil {
		t.Fatal(err)
	}
	if after, _ := n.ledger.Time(); after < before+day {
		t.Errorf("time is %d after setting it to %d", after, before+day)
	}
	if err := c.SetTime(before); err == nil {
		t.Error("time could be set back")
	}
	if err := c.Revert(3); err != nil {
		t.Fatal(err)
	}
	if _, hash := n.Head(); hash != third {
		t.Errorf("head %s after the revert, want %s", hash, third)
	}
	if err := n.store.Verify(); err != nil {
		t.Error(err)
	}
}

func TestMetricsAreServed(t *testing.T) {
	n, _ := start(t, Config{Metrics: "127.0.0.1:0"})
	resp, err := http.Get("http://" + n.metrics.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	for _, name := range []string{"myelin_block_height", "myelin_rpc_connections", "go_goroutines"} {
		if !bytes.Contains(raw, []byte(name)) {
			t.Errorf("no %s among the metrics", name)
		}
	}
}
