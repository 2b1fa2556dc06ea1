package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// freePorts are two ports in a row that nobody has.
func freePorts(t *testing.T) int {
	t.Helper()
	for range 100 {
		a, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := a.Addr().(*net.TCPAddr).Port
		b, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		a.Close()
		if err == nil {
			b.Close()
			return port
		}
	}
	t.Fatal("no two free ports in a row")
	return 0
}

// A suite starts a chain for each of its tests: both ports answer soon after exec, on every loopback address; SIGTERM ends it within a
// second, with clients connected; and the ports are free at once for the next one, whose chain begins anew.
func TestLocalnetInTheSuitesCycle(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	port := freePorts(t)
	hosts := []string{"127.0.0.1"}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		l.Close()
		hosts = append(hosts, "::1")
	}
	client := http.Client{Transport: &http.Transport{}, Timeout: time.Second}
	defer client.CloseIdleConnections()
	fastest := time.Hour
	for range 3 {
		cmd := exec.Command(self, "localnet", "--no-neurons", "--ci", "True", "--rpc-port", strconv.Itoa(port))
		cmd.Env = append(os.Environ(), asMyelin+"=1", "TMPDIR="+t.TempDir())
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{port, port + 1} {
			for {
				resp, err := client.Post(fmt.Sprintf("http://127.0.0.1:%d", at), "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"chain_getHeader"}`))
				if err == nil {
					resp.Body.Close()
					break
				}
				if time.Since(began) > 20*time.Second {
					cmd.Process.Kill()
					t.Fatalf("port %d does not answer: %v\n%s", at, err, errs.String())
				}
				time.Sleep(time.Millisecond)
			}
		}
		fastest = min(fastest, time.Since(began))
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "Imported #1 ") {
			t.Errorf("the first line is %q (%v)", line, err)
		}
		for _, host := range hosts {
			for _, at := range []int{port, port + 1} {
				resp, err := client.Post("http://"+net.JoinHostPort(host, strconv.Itoa(at)), "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"system_chain"}`))
				if err != nil {
					t.Errorf("%s, port %d: %v", host, at, err)
					continue
				}
				if got, err := io.ReadAll(resp.Body); string(got) != `{"jsonrpc":"2.0","id":1,"result":"Bittensor"}` {
					t.Errorf("%s, port %d: %s (%v)", host, at, got, err)
				}
				resp.Body.Close() // the connection stays
			}
		}
		began = time.Now()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil || errs.Len() > 0 {
			t.Errorf("it ended with %v\n%s", err, errs.String())
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it ended %v after SIGTERM", took)
		}
	}
	if fastest > time.Second {
		t.Errorf("the fastest of three starts took %v until both ports answered, want at most 1s", fastest)
	}
	t.Logf("both ports answer %v after exec", fastest)
}
