// Package world is a chain in memory, driven block by block from a test or a simulation: the whole runtime of chain/genesis, with real signatures.
//
// What is to be the same every time must be signed with ed25519: signatures of sr25519 hold chance, and through the hashes of blocks it reaches the state.
//
// It deliberately has no pool and no clock: whoever drives it says what is in a block, and each block comes one block time after the one before.
package world

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
)

// World is a chain with its newest state. It belongs to one goroutine.
type World struct {
	Chain  *genesis.Chain
	Module *subtensor.Pallet
	State  *chaintest.Memory
	Head   bt.Header
	Hash   bt.Hash // of block 0

	blockTime uint64
}

// New starts the chain of a specification at its genesis.
func New(spec genesis.Spec) *World {
	c := genesis.Bittensor(spec)
	head, rows := c.Genesis()
	return &World{
		Chain: c, Module: chain.Pallet[subtensor.Pallet](c.Runtime), State: chaintest.New(rows), Head: head, Hash: head.Hash(), blockTime: spec.BlockTime,
	}
}

// Reload is the same chain as a process sees it that starts anew: another runtime, and a state built from nothing but raw rows.
func (w *World) Reload() *World {
	c := genesis.Bittensor(w.Chain.Spec)
	return &World{
		Chain: c, Module: chain.Pallet[subtensor.Pallet](c.Runtime), State: chaintest.New(w.State.Rows()), Head: w.Head, Hash: w.Hash, blockTime: w.blockTime,
	}
}

// Ctx reads the newest state.
func (w *World) Ctx() *frame.Ctx {
	return frame.NewCtx(storage.New(w.State), &frame.Env{Number: w.Head.Number}, frame.None())
}

// Signed is a call that somebody signs.
type Signed struct {
	By   *keys.Pair
	Call frame.RuntimeCall
}

// Outcome is how a signed call ended.
type Outcome struct {
	Refused error // why it may not be in a block; nil when it is in it
	Failed  error // why the call itself failed, inside the block; nil when it succeeded
	Fee     bt.Rao
}

// Try builds the next block from signed calls, in their order, without making it part of the chain. author gets the fees; the zero account stands for nobody.
func (w *World) Try(author bt.AccountID, calls ...Signed) (*chain.Result, []Outcome, error) {
	b, err := w.Chain.Runtime.Begin(w.State, &w.Head, w.blockTime*uint64(w.Head.Number+1), author, nil)
	if err != nil {
		return nil, nil, err
	}
	k := w.Chain.Runtime.Checker(w.State, &w.Head)
	c, sys := w.Ctx(), w.Chain.Parts.System
	nonces := map[bt.AccountID]bt.Nonce{}
	out := make([]Outcome, len(calls))
	for i, s := range calls {
		who := s.By.Public()
		nonce, ok := nonces[who]
		if !ok {
			nonce = sys.Account(c, who).Nonce
		}
		x, err := k.Check(w.sign(s, nonce))
		if err != nil {
			out[i].Refused = err
			continue
		}
		end, err := b.Apply(x)
		if err != nil {
			out[i].Refused = err
			continue
		}
		nonces[who] = nonce + 1
		out[i].Failed, out[i].Fee = end.Err, end.Fee
	}
	return b.Finish(), out, nil
}

// Commit makes a block that Try built the newest one.
func (w *World) Commit(r *chain.Result) {
	w.State.Commit(r.Changes)
	w.Head = r.Header
}

// Block is Try and Commit.
func (w *World) Block(author bt.AccountID, calls ...Signed) (*chain.Result, []Outcome, error) {
	r, out, err := w.Try(author, calls...)
	if err == nil {
		w.Commit(r)
	}
	return r, out, err
}

// Must makes a block whose calls must all succeed.
func (w *World) Must(author bt.AccountID, calls ...Signed) (*chain.Result, error) {
	r, out, err := w.Block(author, calls...)
	for i, o := range out {
		if err == nil && (o.Refused != nil || o.Failed != nil) {
			err = fmt.Errorf("block %d: %s: refused %v, failed %v", w.Head.Number, w.Chain.Runtime.Table().Name(calls[i].Call), o.Refused, o.Failed)
		}
	}
	return r, err
}

func (w *World) sign(s Signed, nonce bt.Nonce) bt.Extrinsic {
	call := scale.Marshal(&s.Call)
	v := w.Chain.Runtime.Version()
	extra := bt.Extra{Nonce: nonce}
	raw := [64]byte(s.By.Sign(bt.SigningPayload(call, extra, bt.Implicit{
		SpecVersion: v.SpecVersion, TransactionVersion: v.TransactionVersion, Genesis: w.Hash, Birth: w.Hash,
	})))
	var sig bt.MultiSignature
	if s.By.Scheme() == keys.Ed25519 {
		sig.Ed25519 = &raw
	} else {
		sig.Sr25519 = &raw
	}
	return bt.Parsed{Signed: &bt.Signed{Address: bt.AddressOf(s.By.Public()), Signature: sig, Extra: extra}, Call: call}.Encode()
}

// Call finds a call by its name, "SubtensorModule.add_stake". args points to the struct of its arguments. An unknown name panics: it is written in the
// program.
func (w *World) Call(name string, args any) frame.RuntimeCall {
	for _, p := range w.Chain.Runtime.Pallets() {
		for _, v := range p.Calls {
			if p.Name+"."+v.Name == name {
				return frame.RuntimeCall{Pallet: p.Index, Index: v.Index, Args: args}
			}
		}
	}
	panic(fmt.Sprintf("world: no call %q", name))
}
