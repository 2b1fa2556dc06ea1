// Package shield is the pallet MevShield: transactions that nobody can read before their block is made. Each author of blocks announces a key; a client
// encrypts a signed extrinsic with the key of the author after the next, NextKey, and sends it inside submit_encrypted; the author opens it when the block
// is built and puts what was inside right behind (node/shield).
//
// It deliberately holds no secret keys and opens nothing in a block: submit_encrypted only leaves an event. Which account authors a block is asked of Authors.
package shield

import (
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/aura"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// Name and Index are the pallet's place in the runtime.
const (
	Name        = "MevShield"
	Index uint8 = 30
)

const (
	// MaxEra is the longest era, in blocks, of a transaction with submit_encrypted: one that nobody can open must not stay in the pool.
	MaxEra = 8
	// maxWeight is the most picoseconds that the queue may take of a block: half of what there is.
	maxWeight = 2_000_000_000_000
)

// Pallet is the shield pallet.
type Pallet struct {
	Storage struct {
		CurrentKey                  storage.Value[EncKey]                                       `storage:"optional" doc:"The key of this block's author."`
		PendingKey                  storage.Value[EncKey]                                       `storage:"optional" doc:"The key of the next block's author: what is encrypted with it can be opened there."`
		NextKey                     storage.Value[EncKey]                                       `storage:"optional" doc:"The key to encrypt with: that of the author after the next."`
		AuthorKeys                  storage.Map[storage.Twox64Concat, aura.AuthorityID, EncKey] `storage:"optional" doc:"The key that each author announced last."`
		PendingKeyExpiresAt         storage.Value[uint32]                                       `storage:"optional" doc:"The first block that PendingKey is of no use in."`
		NextKeyExpiresAt            storage.Value[uint32]                                       `storage:"optional" doc:"The first block that NextKey is of no use in."`
		HasMigrationRun             storage.Map[storage.Identity, MigrationKey, bool]           `doc:"Which migrations of storage have run."`
		MaxPendingExtrinsicsLimit   storage.Value[uint32]                                       `doc:"How many encrypted calls may wait." default:"0x64000000"`
		ExtrinsicLifetime           storage.Value[uint32]                                       `doc:"How many blocks an encrypted call waits at most." default:"0x0a000000"`
		OnInitializeWeight          storage.Value[uint64]                                       `doc:"The reference time that waiting calls may take of a block." default:"0x0088526a74000000"`
		MaxExtrinsicWeight          storage.Value[uint64]                                       `doc:"The reference time that one waiting call may take." default:"0x00743ba40b000000"`
		PendingExtrinsics           storage.Map[storage.Identity, uint32, PendingExtrinsic]     `storage:"optional" doc:"The encrypted calls that wait."`
		CounterForPendingExtrinsics storage.Value[uint32]                                       `doc:"How many there are."`
		NextPendingExtrinsicIndex   storage.Value[uint32]                                       `doc:"The index of the next one."`
	}
	Event struct {
		EncryptedSubmitted            frame.Event[EncryptedSubmitted]      `index:"0" doc:"An encrypted transaction was submitted."`
		ExtrinsicStored               frame.Event[ExtrinsicStored]         `index:"1" doc:"An encrypted call waits."`
		ExtrinsicDecodeFailed         frame.Event[AtIndex]                 `index:"2" doc:"An encrypted call could not be opened."`
		ExtrinsicDispatchFailed       frame.Event[ExtrinsicDispatchFailed] `index:"3" doc:"A call that waited failed."`
		ExtrinsicDispatched           frame.Event[AtIndex]                 `index:"4" doc:"A call that waited was made."`
		ExtrinsicExpired              frame.Event[AtIndex]                 `index:"5" doc:"A call waited too long."`
		ExtrinsicPostponed            frame.Event[AtIndex]                 `index:"6" doc:"There was no weight left for a call; it waits on."`
		MaxPendingExtrinsicsNumberSet frame.Event[NumberSet]               `index:"7" doc:"How many calls may wait was set."`
		OnInitializeWeightSet         frame.Event[WeightSet]               `index:"8" doc:"What waiting calls may take of a block was set."`
		ExtrinsicLifetimeSet          frame.Event[NumberSet]               `index:"9" doc:"How long calls may wait was set."`
		MaxExtrinsicWeightSet         frame.Event[WeightSet]               `index:"10" doc:"What one waiting call may take was set."`
		ExtrinsicWeightExceeded       frame.Event[AtIndex]                 `index:"11" doc:"A call takes more than one may, and was dropped."`
	}
	Error struct {
		BadEncKeyLen             frame.Error `index:"0" doc:"The announced key is not as long as one of ML-KEM-768."`
		Unreachable              frame.Error `index:"1" doc:"The block has no author."`
		TooManyPendingExtrinsics frame.Error `index:"2" doc:"Too many encrypted calls wait already."`
		WeightExceedsAbsoluteMax frame.Error `index:"3" doc:"The weight is more than half of a block's."`
	}
	Call struct {
		AnnounceNextKey               frame.Call[AnnounceNextKey] `index:"0" weight:"33661000,5555,4,6" doc:"Announce the author's key and move the keys on. Made by the author, once in a block."`
		SubmitEncrypted               frame.Call[SubmitEncrypted] `index:"1" weight:"207223000,0,0,0" doc:"Carry an encrypted transaction."`
		StoreEncrypted                frame.Call[StoreEncrypted]  `index:"2" weight:"20000000000,0,0,0" doc:"Store an encrypted call, to be made at the start of a later block."`
		SetMaxPendingExtrinsicsNumber frame.Call[SetNumber]       `index:"3" weight:"4206000,0,0,1" doc:"Set how many encrypted calls may wait. Root only."`
		SetOnInitializeWeight         frame.Call[SetWeight]       `index:"4" weight:"4327000,0,0,1" doc:"Set the reference time that waiting calls may take of a block. Root only."`
		SetStoredExtrinsicLifetime    frame.Call[SetNumber]       `index:"5" weight:"4116000,0,0,1" doc:"Set how many blocks an encrypted call waits at most. Root only."`
		SetMaxExtrinsicWeight         frame.Call[SetWeight]       `index:"6" weight:"4227000,0,0,1" doc:"Set the reference time that one waiting call may take. Root only."`
	}

	authors Authors
	open    Opener
}

// Authors tells who makes blocks.
type Authors interface {
	// Author is who makes the block that many slots ahead; ok is false where there is nobody.
	Author(c *frame.Ctx, ahead uint64) (who aura.AuthorityID, ok bool)
}

// Opener opens a stored call; ok is false when it cannot be.
type Opener func(c *frame.Ctx, encrypted []byte) (call frame.RuntimeCall, ok bool)

// New makes the pallet. open may be nil, as it is upstream: then no stored call can be opened.
func New(authors Authors, open Opener) *Pallet { return &Pallet{authors: authors, open: open} }

// AnnounceNextKey moves the keys on by a block and notes the author's new key; without one the author takes part no longer.
func (p *Pallet) AnnounceNextKey(c *frame.Ctx, a AnnounceNextKey) error {
	if err := c.EnsureNone(); err != nil {
		return err
	}
	author, ok := p.authors.Author(c, 0)
	if !ok {
		return p.Error.Unreachable
	}
	s, st, now := c.State, &p.Storage, c.Env.Number
	move(c, &st.PendingKey, &st.CurrentKey)
	move(c, &st.NextKey, &st.PendingKey)
	if next, ok := p.authors.Author(c, 2); ok && st.AuthorKeys.Has(s, next) {
		st.NextKey.Set(s, st.AuthorKeys.Get(s, next))
	}
	switch key, told := a.EncKey.Get(); {
	case told && len(key) != KeySize:
		return p.Error.BadEncKeyLen
	case told:
		st.AuthorKeys.Set(s, author, key)
	default:
		st.AuthorKeys.Delete(s, author)
	}
	expire := func(key *storage.Value[EncKey], at *storage.Value[uint32], block uint32) {
		if key.Has(s) {
			at.Set(s, block)
		} else {
			at.Delete(s)
		}
	}
	expire(&st.PendingKey, &st.PendingKeyExpiresAt, now+2)
	expire(&st.NextKey, &st.NextKeyExpiresAt, now+3)
	return nil
}

// move moves a key, or its absence, from one item to another.
func move(c *frame.Ctx, from, to *storage.Value[EncKey]) {
	if key, ok := from.TryGet(c.State); ok {
		to.Set(c.State, key)
		from.Delete(c.State)
	} else {
		to.Delete(c.State)
	}
}

// SubmitEncrypted leaves an event with the hash of the sender and the ciphertext.
func (p *Pallet) SubmitEncrypted(c *frame.Ctx, a SubmitEncrypted) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	id := hash.Blake256(append(who[:], scale.Marshal(&a.Ciphertext)...))
	p.Event.EncryptedSubmitted.Emit(c, EncryptedSubmitted{ID: id, Who: who})
	return nil
}

// Check tells whether a call may be a transaction's: submit_encrypted must carry an envelope.
func (p *Pallet) Check(call frame.RuntimeCall) error {
	a, ok := call.Args.(*SubmitEncrypted)
	if !ok {
		return nil
	}
	_, err := ParseEnvelope(a.Ciphertext)
	return err
}

// LongestEra is the longest era that a transaction with this call may have, in blocks; 0 where any may be.
func (p *Pallet) LongestEra(call frame.RuntimeCall) uint64 {
	if _, ok := call.Args.(*SubmitEncrypted); ok {
		return MaxEra
	}
	return 0
}

// Opens tells whether the next block's author can open what was encrypted with the key of this hash.
func (p *Pallet) Opens(s *storage.State, keyHash [16]byte) bool {
	key, ok := p.Storage.PendingKey.TryGet(s)
	return ok && KeyHash(key) == keyHash
}
