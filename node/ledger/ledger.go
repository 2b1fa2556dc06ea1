// Package ledger keeps a chain: it joins the runtime (chain) with the store (node/store), so that engines can propose, execute and commit
// blocks, and everybody else can read any of them. It is the one application under both engines, node/comet and node/sealer.
//
// A block is built wholly in memory; Commit writes it in one synced batch and only then tells subscribers. Proposals and executions may run
// any number of times without a trace.
//
// It deliberately decides nothing: not which transactions (node/pool), not when a block is due (the engines).
package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/chain/trie"
	"github.com/myelin-go/myelin/node/store"
	"github.com/myelin-go/myelin/scale"
)

// Block is a committed block.
type Block struct {
	Header     bt.Header
	Hash       bt.Hash
	Extrinsics []bt.Extrinsic
}

// Ledger is safe for use by any number of goroutines. Commits and reverts must come from one engine.
type Ledger struct {
	st      *store.Store
	genesis bt.Hash

	own    func(now uint64) ([]*chain.Checked, error)
	shield Unshielder // nil: nothing is opened

	mu        sync.RWMutex
	rt        *chain.Runtime // of the head's state: it executes the block that follows
	head      *Block
	finalized *Block

	recalled atomic.Pointer[recalled] // of the head's state, for Judge and Again
	subs     subscribers
}

// Author sets what makes the node's own transactions for each block that it proposes: a beacon's pulses. It must be set before the engine starts.
func (l *Ledger) Author(own func(now uint64) ([]*chain.Checked, error)) { l.own = own }

// Own are the node's own transactions for a block at a time, in milliseconds since 1970; engines put them before the pool's.
func (l *Ledger) Own(now uint64) ([]*chain.Checked, error) {
	if l.own == nil {
		return nil, nil
	}
	return l.own(now)
}

// Unshielder opens transactions that carry another one, encrypted to this node, for a block that follows state.
type Unshielder interface {
	// Unshield is what a transaction carries, to be executed right behind it; nil where there is nothing. With wait the transaction is left for a later block.
	Unshield(state storage.Reader, check *chain.Checker, x *chain.Checked) (inner *chain.Checked, wait bool)
}

// Shield sets what opens encrypted transactions in the blocks that the node proposes. It must be set before the engine starts.
func (l *Ledger) Shield(u Unshielder) { l.shield = u }

// ErrOtherChain is wrapped when a store holds a chain with another genesis than asked for.
var ErrOtherChain = errors.New("the base path holds another chain")

// Open joins a runtime with a store. An empty store gets block 0 with its rows; a filled one must have the same genesis hash.
func Open(rt *chain.Runtime, st *store.Store, header bt.Header, rows []storage.Change) (*Ledger, error) {
	l := &Ledger{rt: rt, st: st, genesis: header.Hash()}
	ref, filled := st.Head()
	if !filled {
		t := (&trie.Trie{}).Update(rows)
		if err := st.Commit(&store.Block{
			Hash: l.genesis, StateRoot: header.StateRoot, Header: scale.Marshal(&header), Changes: rows,
		}, t); err != nil {
			return nil, fmt.Errorf("write genesis: %w", err)
		}
		l.head = &Block{Header: header, Hash: l.genesis}
		l.finalized = l.head
		return l, nil
	}
	if have := bt.Hash(st.Genesis()); have != l.genesis {
		return nil, fmt.Errorf("%w: its genesis is %s, this one's %s; name another base path or the right chain", ErrOtherChain, have, l.genesis)
	}
	head, err := l.read(ref.Hash)
	if err != nil {
		return nil, fmt.Errorf("read the head: %w", err)
	}
	l.head, l.finalized = head, head
	if l.rt, err = l.runtimeAt(head.Header.Number); err != nil {
		return nil, err
	}
	return l, nil
}

// Runtime is the runtime of the head's state, which executes the block that follows. It finds those of other states (chain.Runtime.At).
func (l *Ledger) Runtime() *chain.Runtime {
	_, rt := l.Tip()
	return rt
}

// Tip is the head with the runtime of its state.
func (l *Ledger) Tip() (*Block, *chain.Runtime) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.head, l.rt
}

// runtimeAt is the runtime of the state after the block at a height.
func (l *Ledger) runtimeAt(number bt.BlockNumber) (*chain.Runtime, error) {
	v, err := l.st.At(number)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return l.rt.At(v)
}

// runtimeAfter is the runtime of the head's state after changes, which are in the order of their keys.
func (l *Ledger) runtimeAfter(changes []storage.Change) *chain.Runtime {
	rt := l.Runtime()
	i, found := slices.BinarySearchFunc(changes, system.CodeKey, func(c storage.Change, key []byte) int { return bytes.Compare(c.Key, key) })
	if !found {
		return rt
	}
	if next, err := rt.Of(changes[i].Value); err == nil { // else no block follows, which Propose and Execute say
		rt = next
	}
	return rt
}

// Genesis is the hash of block 0.
func (l *Ledger) Genesis() bt.Hash { return l.genesis }

// Head is the last committed block.
func (l *Ledger) Head() *Block {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.head
}

// Finalized is the last block that can no longer change.
func (l *Ledger) Finalized() *Block {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.finalized
}

// Block reads a block by its hash.
func (l *Ledger) Block(hash bt.Hash) (*Block, error) {
	if head := l.Head(); head.Hash == hash {
		return head, nil
	}
	return l.read(hash)
}

// read reads a block from the store.
func (l *Ledger) read(hash bt.Hash) (*Block, error) {
	header, err := l.readHeader(hash)
	if err != nil {
		return nil, err
	}
	b := &Block{Header: *header, Hash: hash}
	xs, _ := l.st.Extrinsics(hash)
	for _, x := range xs {
		b.Extrinsics = append(b.Extrinsics, x)
	}
	return b, nil
}

// Header reads a block's header by its hash.
func (l *Ledger) Header(hash bt.Hash) (*bt.Header, error) {
	if head := l.Head(); head.Hash == hash {
		return &head.Header, nil
	}
	return l.readHeader(hash)
}

func (l *Ledger) readHeader(hash bt.Hash) (*bt.Header, error) {
	raw, ok := l.st.Header(hash)
	if !ok {
		return nil, fmt.Errorf("%w: %s", store.ErrUnknownBlock, hash)
	}
	h := new(bt.Header)
	if err := scale.Unmarshal(raw, h); err != nil {
		return nil, fmt.Errorf("header of %s: %w", hash, err)
	}
	return h, nil
}

// HashAt is the hash of the block at a height; ok is false above the head.
func (l *Ledger) HashAt(number bt.BlockNumber) (hash bt.Hash, ok bool) {
	return l.st.HashAt(number)
}

// View is the state after a block. It must be closed.
type View struct {
	*store.View
	Header *bt.Header
	Hash   bt.Hash
}

// Root is the state root after changes, which are in the order of their keys: runtime functions that make blocks ask for it.
func (v *View) Root(changes []storage.Change) bt.Hash {
	t, err := v.Trie()
	if err != nil {
		panic(fmt.Errorf("trie of block %d: %w", v.Header.Number, err))
	}
	return t.Update(changes).Root()
}

// At is the state after the block with this hash.
func (l *Ledger) At(hash bt.Hash) (*View, error) {
	header, err := l.Header(hash)
	if err != nil {
		return nil, err
	}
	v, err := l.st.At(header.Number)
	if err != nil {
		return nil, err
	}
	if v.Block().Hash != hash { // reverted between the two reads
		v.Close()
		return nil, fmt.Errorf("%w: %s", store.ErrUnknownBlock, hash)
	}
	return &View{View: v, Header: header, Hash: hash}, nil
}

// Time is the head's time in milliseconds since 1970; 0 at genesis.
func (l *Ledger) Time() (uint64, error) {
	v, err := l.st.At(l.Head().Header.Number)
	if err != nil {
		return 0, err
	}
	defer v.Close()
	return l.Runtime().Time(v), nil
}

// MinPeriod is the fewest milliseconds between the head and the block that follows.
func (l *Ledger) MinPeriod() uint64 { return l.Runtime().MinPeriod() }

// Judge says whether a transaction may follow the head block, for the pool.
func (l *Ledger) Judge(x bt.Extrinsic) (*chain.Checked, chain.Validity, error) {
	head, rt := l.Tip()
	v, err := l.st.At(head.Header.Number)
	if err != nil {
		return nil, chain.Validity{}, err
	}
	defer v.Close()
	state := l.recall(v, head.Hash)
	checked, err := rt.Checker(state, &head.Header).Check(x)
	if err != nil {
		return nil, chain.Validity{}, err
	}
	validity, bad := rt.ValidateChecked(state, &head.Header, checked, chain.External)
	if bad != nil {
		return nil, chain.Validity{}, bad
	}
	return checked, validity, nil
}

// Again judges transactions whose signatures were verified before, all under the same head, on all cores.
func (l *Ledger) Again(xs []*chain.Checked) ([]chain.Validity, []error) {
	out, errs := make([]chain.Validity, len(xs)), make([]error, len(xs))
	head, rt := l.Tip()
	v, err := l.st.At(head.Header.Number)
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
		return out, errs
	}
	defer v.Close()
	state := l.recall(v, head.Hash)
	inParts(len(xs), func(from, to int) {
		for i := from; i < to; i++ {
			validity, bad := rt.ValidateChecked(state, &head.Header, xs[i], chain.External)
			if out[i] = validity; bad != nil {
				errs[i] = bad
			}
		}
	})
	return out, errs
}

// Height is the head's height.
func (l *Ledger) Height() bt.BlockNumber { return l.Head().Header.Number }

// Store is the store below, for proofs and checks.
func (l *Ledger) Store() *store.Store { return l.st }

// state is the head's state as the runtime needs it: it keeps the trie that Root makes, for Commit.
type state struct {
	*store.View
	base *trie.Trie
	next *trie.Trie
}

func (s *state) Root(changes []storage.Change) bt.Hash {
	s.next = s.base.Update(changes)
	return s.next.Root()
}

// Candidate is a block that was built or executed and not yet committed.
type Candidate struct {
	*chain.Result
	trie *trie.Trie
}

// Plan is what an engine decides of a block.
type Plan struct {
	Now    uint64       // milliseconds since 1970
	Author bt.AccountID // who gets the fees; zero: nobody
	Digest []bt.DigestItem

	// Transactions are tried in this order. Those that may not be in the block are left out and told to Refused, if that is set.
	Transactions []*chain.Checked
	Refused      func(x bt.Extrinsic, why error)
	// MaxBytes bounds the extrinsics' bytes; 0 leaves it to the runtime's limit.
	MaxBytes int
	// Unshield opens what was encrypted to this node (see Shield): for blocks that it makes itself, not for those whose transactions are decided.
	Unshield bool
}

// Propose builds the block that follows the head.
func (l *Ledger) Propose(p Plan) (*Candidate, error) {
	head, rt := l.Tip()
	s, err := l.openHead(head)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	b, err := rt.Begin(s, &head.Header, p.Now, p.Author, p.Digest)
	if err != nil {
		return nil, err
	}
	size, check := 0, rt.Checker(s, &head.Header)
	for _, x := range p.Transactions {
		if p.MaxBytes > 0 && size+len(x.Raw) > p.MaxBytes {
			continue
		}
		var inner *chain.Checked
		if p.Unshield && l.shield != nil {
			var wait bool
			if inner, wait = l.shield.Unshield(s, check, x); wait {
				continue
			}
		}
		_, err := b.Apply(x)
		var why *chain.InvalidTransaction
		switch {
		case err == nil:
			size += len(x.Raw)
			if inner == nil || p.MaxBytes > 0 && size+len(inner.Raw) > p.MaxBytes {
				continue
			}
			if _, err := b.Apply(inner); err == nil {
				size += len(inner.Raw)
			} else if !errors.As(err, &why) { // one that may not be in the block is lost with its wrapper
				return nil, err
			}
		case !errors.As(err, &why):
			return nil, err
		case why.Reason == chain.ExhaustsResources || why.Reason == chain.Future: // it may fit the next block, or follow one that does
		case p.Refused != nil:
			p.Refused(x.Raw, why)
		}
	}
	result := b.Finish()
	return &Candidate{Result: result, trie: s.next}, nil
}

// Execute executes a block that another node proposed; the error tells what is wrong with it.
func (l *Ledger) Execute(block *bt.Block, author bt.AccountID) (*Candidate, error) {
	head, rt := l.Tip()
	s, err := l.openHead(head)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	checked, err := l.checkAll(s, &head.Header, block.Extrinsics)
	if err != nil {
		return nil, err
	}
	result, err := rt.Execute(s, &head.Header, block, author, checked)
	if err != nil {
		return nil, err
	}
	return &Candidate{Result: result, trie: s.next}, nil
}

func (l *Ledger) openHead(head *Block) (*state, error) {
	v, err := l.st.At(head.Header.Number)
	if err != nil {
		return nil, err
	}
	t, err := v.Trie()
	if err != nil {
		v.Close()
		return nil, err
	}
	return &state{View: v, base: t}, nil
}

// checkAll verifies a block's signatures on all cores; chain itself has no goroutines.
func (l *Ledger) checkAll(r storage.Reader, at *bt.Header, xs []bt.Extrinsic) ([]*chain.Checked, error) {
	out := make([]*chain.Checked, len(xs))
	errs := make([]error, len(xs))
	k := l.Runtime().Checker(r, at)
	inParts(len(xs), func(from, to int) {
		c, e := k.CheckAll(xs[from:to])
		copy(out[from:to], c)
		copy(errs[from:to], e)
	})
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%w: extrinsic %d: %w", chain.ErrBlock, i, err)
		}
	}
	return out, nil
}

// inParts runs f over the parts of n items, one for each core, and waits. A part has at least 64 items, below which goroutines cost more than
// they save.
func inParts(n int, f func(from, to int)) {
	part := max((n+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0), 64)
	var wg sync.WaitGroup
	for from := 0; from < n; from += part {
		wg.Go(func() { f(from, min(from+part, n)) })
	}
	wg.Wait()
}

// Commit makes a candidate the head, in one synced batch, and then tells subscribers. extra goes into the same batch.
func (l *Ledger) Commit(c *Candidate, final bool, extra ...store.KV) (*Block, error) {
	xs := make([][]byte, len(c.Extrinsics))
	for i, x := range c.Extrinsics {
		xs[i] = x
	}
	if err := l.st.Commit(&store.Block{
		Height: c.Header.Number, Hash: c.Hash, Parent: c.Header.Parent, StateRoot: c.Header.StateRoot,
		Header: scale.Marshal(&c.Header), Extrinsics: xs, Changes: c.Changes, Extra: extra,
	}, c.trie); err != nil {
		return nil, fmt.Errorf("commit block %d: %w", c.Header.Number, err)
	}
	b, rt := &Block{Header: c.Header, Hash: c.Hash, Extrinsics: c.Extrinsics}, l.runtimeAfter(c.Changes)
	l.mu.Lock()
	l.head, l.rt = b, rt
	if final {
		l.finalized = b
	}
	l.mu.Unlock()
	l.subs.publish(Update{Imported: b, Final: final, Changes: c.Changes, Runtime: rt})
	return b, nil
}

// Revert takes back every block above a height; what they changed is as it was.
func (l *Ledger) Revert(to bt.BlockNumber) error {
	if err := l.st.Revert(to); err != nil {
		return fmt.Errorf("revert to block %d: %w", to, err)
	}
	hash, ok := l.HashAt(to)
	if !ok {
		return fmt.Errorf("revert to block %d: %w", to, store.ErrUnknownBlock)
	}
	b, err := l.read(hash)
	if err != nil {
		return err
	}
	rt, err := l.runtimeAt(to)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.head, l.finalized, l.rt = b, b, rt
	l.mu.Unlock()
	l.subs.publish(Update{Reverted: b, Runtime: rt})
	return nil
}
