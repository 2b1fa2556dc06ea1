// Package torture kills a node without warning, again and again, while transfers come in, and checks after each restart that nothing it had called
// final is lost and that its store is whole.
//
// It knows the node as an operator does: a command line, a base path and an RPC address. So every engine can be put to the same test.
//
// It deliberately chooses no engine and asserts nothing about speed.
package torture

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/store"
)

var rounds = flag.Int("torture", 2, "how often the node is killed in crash tests")

// Rounds is what the flag -torture says; 2 in ordinary tests.
func Rounds() int { return *rounds }

// Subject is a node that makes blocks by itself when it is started.
type Subject struct {
	Command  []string // program and arguments
	Env      []string // beside this process's
	RPC      string   // where it will answer, such as http://127.0.0.1:9944
	BasePath string   // its folder; the store is in db below it
	Sender   string   // URI of an account with money, such as //Alice
}

// torment is a test under way.
type torment struct {
	testing.TB
	s     Subject
	c     client
	from  *keys.Pair
	to    bt.AccountID
	final []bt.Hash // the blocks that the node called final, by height
	sign  func(nonce bt.Nonce, amount bt.Rao) bt.Extrinsic
}

// Run kills the node as often as the flag -torture says.
func Run(t testing.TB, s Subject) {
	t.Helper()
	from, err := keys.FromURI(s.Sender)
	if err != nil {
		t.Fatal(err)
	}
	to, err := keys.FromURI("//Tortured")
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d rounds", seed, *rounds)
	random := rand.New(rand.NewPCG(seed, 0))
	w := &torment{TB: t, s: s, c: client{url: s.RPC}, from: from, to: to.Public()}
	defer w.c.close()
	for round := range *rounds {
		p := w.start()
		w.nothingLost()
		until := time.Duration(100+random.IntN(1500)) * time.Millisecond
		death := time.AfterFunc(until, p.kill)
		sent := w.load(p, time.Minute)
		death.Stop()
		p.kill()
		t.Logf("round %d: killed after %v at block %d, %d transfers sent", round, until, len(w.final)-1, sent)
		w.storeIsWhole()
	}
	p := w.start()
	w.nothingLost()
	if sent := w.load(p, time.Second); sent == 0 {
		t.Error("the node takes no transfers after the last restart")
	}
	w.booksBalance()
	p.kill()
	w.storeIsWhole()
}

// process is a running node.
type process struct {
	t    testing.TB
	cmd  *exec.Cmd
	out  *bytes.Buffer
	done chan struct{} // closed when it has ended

	dying atomic.Bool
}

// start starts the node and waits until it answers and has made a new block.
func (w *torment) start() *process {
	w.Helper()
	p := &process{t: w.TB, cmd: exec.Command(w.s.Command[0], w.s.Command[1:]...), out: new(bytes.Buffer), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), w.s.Env...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		w.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	w.Cleanup(p.kill)
	first, answered := bt.BlockNumber(0), false
	for deadline := time.Now().Add(30 * time.Second); ; {
		select {
		case <-p.done:
			w.Fatalf("the node ended by itself:\n%s", tail(p.out.Bytes()))
		case <-time.After(5 * time.Millisecond):
		}
		if height, _, err := w.c.final(); err == nil {
			if !answered {
				first, answered = height, true
			}
			if height > first {
				break
			}
		}
		if time.Now().After(deadline) {
			p.kill()
			w.Fatalf("no new block 30 s after the start:\n%s", tail(p.out.Bytes()))
		}
	}
	if w.sign == nil {
		w.sign = w.signer()
	}
	return p
}

// kill ends the node without warning.
func (p *process) kill() {
	p.dying.Store(true)
	p.cmd.Process.Kill()
	<-p.done
}

func tail(out []byte) []byte { return out[max(len(out)-4000, 0):] }

// signer makes transfers that are valid on the node's chain.
func (w *torment) signer() func(bt.Nonce, bt.Rao) bt.Extrinsic {
	w.Helper()
	genesis, err := w.c.hashAt(0)
	if err != nil {
		w.Fatal(err)
	}
	var version struct{ SpecVersion, TransactionVersion uint32 }
	if err := w.c.call(&version, "state_getRuntimeVersion"); err != nil {
		w.Fatal(err)
	}
	implicit := bt.Implicit{SpecVersion: version.SpecVersion, TransactionVersion: version.TransactionVersion, Genesis: genesis, Birth: genesis}
	return func(nonce bt.Nonce, amount bt.Rao) bt.Extrinsic {
		call, extra := transferCall(w.to, amount), bt.Extra{Nonce: nonce}
		sig := [64]byte(w.from.Sign(bt.SigningPayload(call, extra, implicit)))
		return bt.Parsed{Signed: &bt.Signed{
			Address: bt.AddressOf(w.from.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: extra,
		}, Call: call}.Encode()
	}
}

// load sends transfers for a while, or until the node dies, and notes which blocks the node calls final. It returns how many transfers the
// node took.
func (w *torment) load(p *process, length time.Duration) (sent int) {
	w.Helper()
	end := time.Now().Add(length)
	failed := func(what string, err error) {
		if !p.dying.Load() {
			w.Errorf("%s: %v", what, err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		var nonce bt.Nonce
		if err := w.c.call(&nonce, "system_accountNextIndex", w.from.Public()); err != nil {
			failed("next nonce", err)
			return
		}
		for ; time.Now().Before(end); nonce++ {
			x := w.sign(nonce, 1000+bt.Rao(nonce))
			if err := w.c.call(new(bt.Hash), "author_submitExtrinsic", fmt.Sprintf("0x%x", []byte(x))); err != nil {
				failed(fmt.Sprint("transfer ", nonce), err)
				return
			}
			sent++
			time.Sleep(time.Millisecond)
		}
	})
	for time.Now().Before(end) {
		if err := w.note(); err != nil {
			failed("final blocks", err)
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	wg.Wait()
	return sent
}

// note adds the blocks that are final by now.
func (w *torment) note() error {
	height, hash, err := w.c.final()
	if err != nil {
		return err
	}
	for n := bt.BlockNumber(len(w.final)); n < height; n++ {
		h, err := w.c.hashAt(n)
		if err != nil {
			return err
		}
		w.final = append(w.final, h)
	}
	if bt.BlockNumber(len(w.final)) == height {
		w.final = append(w.final, hash)
	}
	return nil
}

// nothingLost checks that the node has every block that it ever called final.
func (w *torment) nothingLost() {
	w.Helper()
	for n, want := range w.final {
		got, err := w.c.hashAt(bt.BlockNumber(n))
		if err != nil || got != want {
			w.Fatalf("block %d was final as %s, after the restart it is %s (%v)", n, want, got, err)
		}
	}
}

// storeIsWhole checks a copy of the store as the kill left it, so that the restart meets the real remains.
func (w *torment) storeIsWhole() {
	w.Helper()
	dir := filepath.Join(w.TempDir(), "db")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(w.s.BasePath, "db"))); err != nil {
		w.Fatal(err)
	}
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		w.Fatalf("the store after the kill: %v", err)
	}
	if err := errors.Join(s.Verify(), s.Close(), os.RemoveAll(dir)); err != nil {
		w.Errorf("the store after the kill: %v", err)
	}
}

// booksBalance reads the whole chain: each block follows the one before, and the accounts have what the transfers in the blocks gave them.
func (w *torment) booksBalance() {
	w.Helper()
	height, hash, err := w.c.final()
	if err != nil {
		w.Fatal(err)
	}
	var nonce bt.Nonce
	var total bt.Rao
	parent := bt.Hash{}
	for n := bt.BlockNumber(0); n <= height; n++ {
		at, err := w.c.hashAt(n)
		if err != nil {
			w.Fatal(err)
		}
		b, err := w.c.block(at)
		if err != nil {
			w.Fatal(err)
		}
		if b.parent != parent {
			w.Fatalf("block %d has parent %s, block %d is %s", n, b.parent, n-1, parent)
		}
		parent = at
		for _, x := range b.extrinsics {
			amount, at, ok := readTransfer(x, w.from.Public(), w.to)
			if !ok {
				continue
			}
			if at != nonce {
				w.Fatalf("block %d has transfer %d, want %d next", n, at, nonce)
			}
			nonce++
			total += amount
		}
	}
	_, got, err := w.c.account(w.to, hash)
	if err != nil || got != total {
		w.Errorf("the receiver has %d rao, the blocks give it %d (%v)", uint64(got), uint64(total), err)
	}
	if have, _, err := w.c.account(w.from.Public(), hash); err != nil || have != nonce {
		w.Errorf("the sender's nonce is %d, %d of its transfers are in blocks (%v)", have, nonce, err)
	}
	if nonce == 0 {
		w.Error("no transfer is in a block")
	}
	w.Logf("%d blocks with %d transfers", height, nonce)
}
