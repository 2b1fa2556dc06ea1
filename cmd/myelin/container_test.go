//go:build linux

package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The program needs nothing beside itself, as the Containerfile has it: in a root folder that is empty but for it and a folder for temporary files, as a
// user without name, home or environment, it comes up and ends as anywhere else. Only root may change the root folder.
func TestInAnEmptyRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("changing the root folder needs root")
	}
	const nobody = 65532
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.MkdirTemp("", "root")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(root, "tmp"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "myelin"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(freePorts(t))
	cmd := exec.Command("/myelin", "localnet", "--no-neurons", "--ci", "--rpc-bind", "0.0.0.0", "--rpc-port", port)
	cmd.Dir, cmd.Env = "/", []string{asMyelin + "=1", "TMPDIR=/tmp"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("the root folder cannot be changed here: %v", err)
	}
	stuck := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer stuck.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "Imported #1 ") {
		t.Errorf("the first line is %q (%v)\n%s", line, err, errs.String())
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	resp, err := client.Post("http://127.0.0.1:"+port, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"system_chain"}`))
	if err != nil {
		t.Error(err)
	} else {
		if raw, err := io.ReadAll(resp.Body); !strings.Contains(string(raw), "Bittensor") {
			t.Errorf("got %s (%v)", raw, err)
		}
		resp.Body.Close()
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, errs.String())
	}
	if left, err := os.ReadDir(filepath.Join(root, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
