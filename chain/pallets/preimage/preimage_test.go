package preimage_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/ground"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/preimage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

type world struct {
	*ground.Ground
	p *preimage.Pallet
}

var rich, poor = bt.AccountID{1}, bt.AccountID{2}

func newWorld(t *testing.T) *world {
	w := &world{Ground: ground.New(t)}
	w.p = preimage.New(w.Money)
	w.Open(1, frame.Module{Name: "Preimage", Index: preimage.Index, Pallet: w.p})
	w.Mint(rich, bt.Tao)
	w.Mint(poor, 1000)
	return w
}

func (w *world) call(origin frame.Origin, index uint8, args any, want error) frame.Outcome {
	w.Helper()
	out := w.C.Dispatch(origin, frame.RuntimeCall{Pallet: preimage.Index, Index: index, Args: args})
	if out.Err != want {
		w.Errorf("call %d: %v, want %v", index, out.Err, want)
	}
	return out
}

func (w *world) held(want bt.Rao) {
	w.Helper()
	if got := w.Money.Held(w.C, frame.HoldReason{Pallet: preimage.Index}, rich); got != want || w.System.Account(w.C, rich).Data.Reserved != want {
		w.Errorf("%d held, want %d", got, want)
	}
}

func TestNoteAndUnnote(t *testing.T) {
	w := newWorld(t)
	bytes := []byte("hello")
	h := &preimage.HashOf{Hash: hash.Blake256(bytes)}
	w.call(frame.Signed(rich), 1, h, w.p.Error.NotNoted)
	w.call(frame.Signed(poor), 0, &preimage.NoteArgs{Bytes: bytes}, frame.FundsUnavailable)
	w.call(frame.Signed(rich), 0, &preimage.NoteArgs{Bytes: make([]byte, 4<<20+1)}, w.p.Error.TooBig)
	w.call(frame.Signed(rich), 0, &preimage.NoteArgs{Bytes: bytes}, nil)
	w.held(104_000_000 + 5*1_000_000)
	w.call(frame.Signed(rich), 0, &preimage.NoteArgs{Bytes: bytes}, w.p.Error.AlreadyNoted)
	w.call(frame.Signed(poor), 1, h, w.p.Error.NotAuthorized)
	w.call(frame.Signed(rich), 1, h, nil)
	w.held(0)
	if w.p.Storage.PreimageFor.Has(w.C.State, preimage.Noted{A: h.Hash, B: 5}) {
		t.Error("the bytes are kept")
	}
}

func TestRequests(t *testing.T) {
	w := newWorld(t)
	bytes := []byte("hello")
	h := &preimage.HashOf{Hash: hash.Blake256(bytes)}
	at := preimage.Noted{A: h.Hash, B: 5}
	w.call(frame.Signed(rich), 2, h, frame.BadOrigin)
	w.call(frame.Root(), 3, h, w.p.Error.NotRequested)
	w.call(frame.Root(), 2, h, nil)
	w.call(frame.Root(), 2, h, nil)
	if out := w.call(frame.Signed(poor), 0, &preimage.NoteArgs{Bytes: bytes}, nil); out.Pays != frame.PaysNo {
		t.Error("what was requested is not noted for free")
	}
	w.call(frame.Root(), 3, h, nil)
	if !w.p.Storage.PreimageFor.Has(w.C.State, at) {
		t.Error("the bytes are gone although they are requested")
	}
	w.call(frame.Root(), 3, h, nil)
	if w.p.Storage.PreimageFor.Has(w.C.State, at) {
		t.Error("the bytes are kept although nobody requests them")
	}
	// Noted for a deposit, then requested: the owner has the deposit back, the bytes stay until the request ends.
	w.call(frame.Signed(rich), 0, &preimage.NoteArgs{Bytes: bytes}, nil)
	w.call(frame.Root(), 2, h, nil)
	w.call(frame.Signed(rich), 1, h, nil)
	w.held(0)
	if !w.p.Storage.PreimageFor.Has(w.C.State, at) {
		t.Error("the bytes are gone although they are requested")
	}
	w.call(frame.Root(), 3, h, nil)
	if w.p.Storage.PreimageFor.Has(w.C.State, at) {
		t.Error("the bytes are kept")
	}
}

func TestOlderFormIsUpdated(t *testing.T) {
	w := newWorld(t)
	h := bt.Hash{9}
	if err := w.Money.Reserve(w.C, rich, 700); err != nil {
		t.Fatal(err)
	}
	w.p.Storage.StatusFor.Set(w.C.State, h, preimage.OldRequestStatus{Unrequested: &preimage.OldUnrequested{
		Deposit: scale.Pair[bt.AccountID, bt.Rao]{A: rich, B: 700}, Len: 3,
	}})
	w.call(frame.Signed(poor), 4, &preimage.HashesArgs{}, w.p.Error.TooFew)
	w.call(frame.Signed(poor), 4, &preimage.HashesArgs{Hashes: make([]bt.Hash, 1025)}, w.p.Error.TooMany)
	if out := w.call(frame.Signed(poor), 4, &preimage.HashesArgs{Hashes: []bt.Hash{h}}, nil); out.Pays != frame.PaysNo {
		t.Error("updating is not free")
	}
	w.held(107_000_000)
	if s, ok := w.p.Storage.RequestStatusFor.TryGet(w.C.State, h); !ok || s.Unrequested == nil || s.Unrequested.Ticket.A != rich {
		t.Errorf("status %+v", s)
	}
	if out := w.call(frame.Signed(poor), 4, &preimage.HashesArgs{Hashes: []bt.Hash{h}}, nil); out.Pays != frame.PaysYes {
		t.Error("updating nothing is free")
	}
}
