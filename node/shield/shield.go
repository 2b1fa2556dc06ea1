// Package shield lets a node take encrypted transactions: it announces its key in each block that it makes, opens what was encrypted with it while a block is built,
// and hands what was inside to the ledger, which puts it right behind. Secret keys are made in memory only: what was encrypted for an earlier run cannot be opened.
//
// A node that makes every block by itself keeps one key, like upstream's for development, since all authors' slots are its own: a client has as long as its
// transaction's era. One validator among several announces a new key with each block that it makes, and forgets the old ones as soon as the chain has no more use for them.
//
// It deliberately decides nothing about blocks (node/ledger, node/comet, node/sealer) and knows no rule of the chain (chain/pallets/shield).
package shield

import (
	"crypto/mlkem"
	"fmt"
	"slices"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/aura"
	"github.com/myelin-go/myelin/chain/pallets/shield"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Keeper holds the node's secret keys. Its methods may be called by any number of goroutines.
type Keeper struct {
	rt     *chain.Runtime
	pallet *shield.Pallet
	aura   *aura.Pallet
	alone  bool

	mu   sync.Mutex
	keys []*key // the newest last
}

// key is a secret key of which a block told, or may yet tell.
type key struct {
	secret *mlkem.DecapsulationKey768
	hash   [16]byte
	public shield.EncKey
	block  bt.BlockNumber // that it was made for
}

func newKey(block bt.BlockNumber) (*key, error) {
	secret, err := mlkem.GenerateKey768()
	if err != nil {
		return nil, fmt.Errorf("make a key of ML-KEM-768: %w", err)
	}
	public := secret.EncapsulationKey().Bytes()
	return &key{secret: secret, hash: shield.KeyHash(public), public: public, block: block}, nil
}

// New makes a keeper for a chain of which this node makes every block, or is one validator of several. It fails where the runtime has no shield.
func New(rt *chain.Runtime, alone bool) (*Keeper, error) {
	k := &Keeper{rt: rt, pallet: chain.Pallet[shield.Pallet](rt), aura: chain.Pallet[aura.Pallet](rt), alone: alone}
	if k.pallet == nil || k.aura == nil {
		return nil, fmt.Errorf("the runtime has no pallets %s and Aura", shield.Name)
	}
	if alone {
		only, err := newKey(0)
		if err != nil {
			return nil, err
		}
		k.keys = []*key{only}
	}
	return k, nil
}

// Announcement is the transaction that announces the node's key in the block after the one with this number, whose state this is; ok is false where nobody would be its author.
// It must be the first one after the block's time.
func (k *Keeper) Announcement(state storage.Reader, head bt.BlockNumber) (x *chain.Checked, ok bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := storage.New(state)
	if k.alone {
		return k.announce(k.keys[0]), len(k.aura.Storage.Authorities.Get(s)) > 0, nil
	}
	used := k.used(s)
	k.keys = slices.DeleteFunc(k.keys, func(one *key) bool { return one.block <= head && !used[one.hash] })
	next, err := newKey(head + 1)
	if err != nil {
		return nil, false, err
	}
	k.keys = append(k.keys, next)
	return k.announce(next), true, nil
}

func (k *Keeper) announce(one *key) *chain.Checked {
	call := frame.RuntimeCall{Pallet: shield.Index, Index: 0, Args: &shield.AnnounceNextKey{EncKey: scale.Some(one.public)}}
	return &chain.Checked{Raw: k.rt.Bare(call), Call: call, Info: k.rt.Table().Info(call)}
}

// used are the keys that the chain may still ask for: those to encrypt with now or for the next block, and what each author announced last.
func (k *Keeper) used(s *storage.State) map[[16]byte]bool {
	st, out := &k.pallet.Storage, map[[16]byte]bool{}
	for _, item := range []*storage.Value[shield.EncKey]{&st.PendingKey, &st.NextKey} {
		if public, ok := item.TryGet(s); ok {
			out[shield.KeyHash(public)] = true
		}
	}
	for _, public := range st.AuthorKeys.All(s) {
		out[shield.KeyHash(public)] = true
	}
	return out
}

// Unshield opens what a transaction carries. inner is nil when it carries nothing, or nothing that may be in a block: it is executed all the same then. wait
// tells that it was encrypted with another key than this block's: it stays in the pool, until its era ends.
func (k *Keeper) Unshield(state storage.Reader, check *chain.Checker, x *chain.Checked) (inner *chain.Checked, wait bool) {
	carrier, ok := x.Call.Args.(*shield.SubmitEncrypted)
	if !ok {
		return nil, false
	}
	e, err := shield.ParseEnvelope(carrier.Ciphertext)
	if err != nil {
		return nil, false // the runtime refuses it
	}
	own := k.find(e.KeyHash)
	if own == nil || !k.pallet.Opens(storage.New(state), e.KeyHash) {
		return nil, true
	}
	plain, err := e.Open(own.secret)
	if err != nil {
		return nil, false
	}
	if inner, err = check.Check(bt.Extrinsic(plain)); err != nil || !inner.Signed {
		return nil, false
	}
	return inner, false
}

func (k *Keeper) find(hash [16]byte) *key {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range k.keys {
		if one.hash == hash {
			return one
		}
	}
	return nil
}
