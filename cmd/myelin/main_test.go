package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// asMyelin set makes the test binary the program.
const asMyelin = "MYELIN_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asMyelin) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"myelin": main})
}

// TestScripts runs the command lines of testdata/script as a person would.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			e.Defer(func() { l.Close() })
			_, port, err := net.SplitHostPort(l.Addr().String())
			e.Setenv("TAKEN", port)
			e.Setenv("TMPDIR", e.WorkDir+"/tmp")
			return errors.Join(err, os.Mkdir(e.WorkDir+"/tmp", 0o700))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"interrupt": interrupt, "status": status, "empty": empty},
	})
}

// status CODE COMMAND…: runs a command that must end with this code.
func status(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status CODE COMMAND...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("%v", err)
		}
		code = ended.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("ended with code %d, want %s:\n%s%s", code, args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// empty FOLDER: nothing is in it.
func empty(ts *testscript.TestScript, _ bool, args []string) {
	left, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(left) > 0 {
		ts.Fatalf("left in %s: %v", args[0], left)
	}
}

// interrupt SIGNAL PATTERN COMMAND…: runs myelin, sends it the signal when a line of its output matches, and wants it to end with code 0 within
// two seconds. What it printed is in the files out and err.
func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: interrupt SIGNAL PATTERN COMMAND...")
	}
	signal := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}[args[0]]
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	self, err := os.Executable()
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	seen := make(chan struct{})
	out, errs := &watcher{re: re, seen: seen}, &watcher{re: re, seen: seen}
	cmd := exec.CommandContext(ctx, self, args[2:]...)
	cmd.Env = append(os.Environ(), asMyelin+"=1", "TMPDIR="+ts.Getenv("TMPDIR"))
	cmd.Dir = ts.Getenv("WORK")
	cmd.Stdout, cmd.Stderr = out, errs
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-seen:
	case err := <-ended:
		ts.Fatalf("ended before %q: %v\n%s%s", args[1], err, out.text, errs.text)
	}
	start := time.Now()
	ts.Check(cmd.Process.Signal(signal))
	err = <-ended
	if took := time.Since(start); took > 2*time.Second {
		ts.Fatalf("ended %v after the signal", took)
	}
	if err != nil {
		ts.Fatalf("%v\n%s%s", err, out.text, errs.text)
	}
	ts.Check(os.WriteFile(ts.MkAbs("out"), out.text, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("err"), errs.text, 0o600))
}

// watcher keeps what is written and tells when it matches.
type watcher struct {
	re   *regexp.Regexp
	seen chan struct{}
	text []byte
	done bool
}

var _ io.Writer = (*watcher)(nil)

func (w *watcher) Write(p []byte) (int, error) {
	w.text = append(w.text, p...)
	if !w.done && w.re.Match(w.text) {
		w.done = true
		close(w.seen)
	}
	return len(p), nil
}
