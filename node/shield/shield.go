// Package shield lets a node that makes every block by itself take encrypted transactions: it announces its key in each block, opens what was encrypted
// with it while a block is built, and hands what was inside to the ledger, which puts it right behind.
//
// The secret key is made when the node starts and lives in memory only: what was encrypted for an earlier run cannot be opened. Like upstream's node for
// development it keeps one key, since all authors' slots are its own: a client has as long as its transaction's era.
//
// It deliberately serves no chain with several authors: there each would have to know in which block it is the author (node/comet).
package shield

import (
	"crypto/mlkem"
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/aura"
	"github.com/myelin-go/myelin/chain/pallets/shield"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Keeper holds the node's secret key.
type Keeper struct {
	pallet *shield.Pallet
	aura   *aura.Pallet
	secret *mlkem.DecapsulationKey768
	hash   [16]byte
	call   *chain.Checked // the announcement
}

// New makes a key for a chain. It fails where the runtime has no shield.
func New(rt *chain.Runtime) (*Keeper, error) {
	k := &Keeper{pallet: chain.Pallet[shield.Pallet](rt), aura: chain.Pallet[aura.Pallet](rt)}
	if k.pallet == nil || k.aura == nil {
		return nil, fmt.Errorf("the runtime has no pallets %s and Aura", shield.Name)
	}
	var err error
	if k.secret, err = mlkem.GenerateKey768(); err != nil {
		return nil, fmt.Errorf("make a key of ML-KEM-768: %w", err)
	}
	key := k.secret.EncapsulationKey().Bytes()
	k.hash = shield.KeyHash(key)
	call := frame.RuntimeCall{Pallet: shield.Index, Index: 0, Args: &shield.AnnounceNextKey{EncKey: scale.Some(shield.EncKey(key))}}
	k.call = &chain.Checked{Raw: rt.Bare(call), Call: call, Info: rt.Table().Info(call)}
	return k, nil
}

// Announcement is the transaction that announces the key; ok is false on a chain without authorities, where nobody would be its author. It must be the first
// one after the block's time.
func (k *Keeper) Announcement(state storage.Reader) (x *chain.Checked, ok bool) {
	return k.call, len(k.aura.Storage.Authorities.Get(storage.New(state))) > 0
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
	if e.KeyHash != k.hash || !k.pallet.Opens(storage.New(state), e.KeyHash) {
		return nil, true
	}
	plain, err := e.Open(k.secret)
	if err != nil {
		return nil, false
	}
	if inner, err = check.Check(bt.Extrinsic(plain)); err != nil || !inner.Signed {
		return nil, false
	}
	return inner, false
}
