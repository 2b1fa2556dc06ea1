package shield_test

import (
	"bytes"
	"crypto/mlkem"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/aura"
	"github.com/myelin-go/myelin/chain/pallets/shield"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// world has the pallet with authors in a row, and opens stored calls that begin with an exclamation mark.
type world struct {
	t       *testing.T
	p       *shield.Pallet
	table   *frame.Table
	c       *frame.Ctx
	names   map[uint8]string
	authors []aura.AuthorityID // of this block and those after it
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, names: map[uint8]string{}}
	w.p = shield.New(w, func(_ *frame.Ctx, raw []byte) (call frame.RuntimeCall, ok bool) {
		if len(raw) == 0 || raw[0] != '!' {
			return call, false
		}
		call, err := w.table.Decode(raw[1:])
		return call, err == nil
	})
	d := frame.Compile(frame.Module{Name: shield.Name, Index: shield.Index, Pallet: w.p})
	for _, e := range d.Events {
		w.names[e.Index] = e.Name
	}
	w.table = frame.NewTable([]*frame.Description{d, frame.Compile(frame.Module{Name: "System", Pallet: system.New()})})
	w.c = frame.NewCtx(storage.New(nil), &frame.Env{Number: 1, Table: w.table}, frame.None())
	return w
}

func (w *world) Author(_ *frame.Ctx, ahead uint64) (aura.AuthorityID, bool) {
	if ahead >= uint64(len(w.authors)) {
		return aura.AuthorityID{}, false
	}
	return w.authors[ahead], true
}

func (w *world) do(origin frame.Origin, index uint8, args any) error {
	return w.c.Dispatch(origin, frame.RuntimeCall{Pallet: shield.Index, Index: index, Args: args}).Err
}

// events are the names of what happened since the last call.
func (w *world) events() (out []string) {
	for _, e := range w.c.Env.Events {
		if e.Data[0] == shield.Index {
			out = append(out, w.names[e.Data[1]])
		}
	}
	w.c.Env.Events = nil
	return out
}

func key(n byte) shield.EncKey { return bytes.Repeat([]byte{n}, shield.KeySize) }

func announce(k shield.EncKey) *shield.AnnounceNextKey {
	return &shield.AnnounceNextKey{EncKey: scale.Some(k)}
}

// Three authors take turns over five blocks, as in upstream's own test of the rotation.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	turns := []byte{1, 2, 3, 1, 2, 3, 1}
	type keys struct{ current, pending, next byte }
	for i, want := range []keys{{0, 0, 0}, {0, 0, 1}, {0, 1, 2}, {1, 2, 3}, {2, 3, 1}} {
		w.authors = nil
		for _, n := range turns[i : i+3] {
			w.authors = append(w.authors, aura.AuthorityID{n})
		}
		w.c.Env.Number = uint32(i + 1)
		if err := w.do(frame.None(), 0, announce(key(turns[i]))); err != nil {
			t.Fatal(err)
		}
		s, st := w.c.State, &w.p.Storage
		first := func(v *storage.Value[shield.EncKey]) byte {
			if k, ok := v.TryGet(s); ok {
				return k[0]
			}
			return 0
		}
		if got := (keys{first(&st.CurrentKey), first(&st.PendingKey), first(&st.NextKey)}); got != want {
			t.Errorf("block %d: keys %+v, want %+v", i+1, got, want)
		}
		if got := st.AuthorKeys.Get(s, aura.AuthorityID{turns[i]}); !bytes.Equal(got, key(turns[i])) {
			t.Errorf("block %d: author %d has key %.2x", i+1, turns[i], got)
		}
		for _, c := range []struct {
			at    *storage.Value[uint32]
			has   bool
			until uint32
		}{{&st.PendingKeyExpiresAt, want.pending > 0, uint32(i + 3)}, {&st.NextKeyExpiresAt, want.next > 0, uint32(i + 4)}} {
			if got, ok := c.at.TryGet(s); ok != c.has || ok && got != c.until {
				t.Errorf("block %d: expires at %d (%v), want %d (%v)", i+1, got, ok, c.until, c.has)
			}
		}
		if want.pending > 0 && !w.p.Opens(s, shield.KeyHash(key(want.pending))) || w.p.Opens(s, shield.KeyHash(key(9))) {
			t.Errorf("block %d: wrong keys open", i+1)
		}
	}
	if err := w.do(frame.None(), 0, &shield.AnnounceNextKey{}); err != nil { // by author 2: the turns above stay
		t.Fatal(err)
	}
	if w.p.Storage.AuthorKeys.Has(w.c.State, aura.AuthorityID{2}) {
		t.Error("an author without a key stays")
	}
}

func TestAnnouncementsRefused(t *testing.T) {
	w := newWorld(t)
	if err := w.do(frame.None(), 0, announce(key(1))); err != w.p.Error.Unreachable {
		t.Errorf("without an author: %v", err)
	}
	w.authors = []aura.AuthorityID{{1}}
	if err := w.do(frame.None(), 0, announce(key(1)[1:])); err != w.p.Error.BadEncKeyLen {
		t.Errorf("a short key: %v", err)
	}
	if err := w.do(frame.Signed(bt.AccountID{1}), 0, announce(key(1))); err != frame.BadOrigin {
		t.Errorf("from an account: %v", err)
	}
}

// seal encrypts as clients do.
func seal(t *testing.T, k *mlkem.EncapsulationKey768, message []byte) shield.Envelope {
	t.Helper()
	shared, kem := k.Encapsulate()
	e := shield.Envelope{KeyHash: shield.KeyHash(k.Bytes()), KemCt: kem}
	if _, err := rand.Read(e.Nonce[:]); err != nil {
		t.Fatal(err)
	}
	aead, err := chacha20poly1305.NewX(shared)
	if err != nil {
		t.Fatal(err)
	}
	e.AeadCt = aead.Seal(nil, e.Nonce[:], message, nil)
	return e
}

func TestEnvelope(t *testing.T) {
	secret, err := mlkem.GenerateKey768()
	if err != nil {
		t.Fatal(err)
	}
	e := seal(t, secret.EncapsulationKey(), []byte("message"))
	again, err := shield.ParseEnvelope(e.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, again); diff != "" {
		t.Error(diff)
	}
	if got, err := again.Open(secret); err != nil || string(got) != "message" {
		t.Errorf("opened %q, %v", got, err)
	}
	other, err := mlkem.GenerateKey768()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Open(other); err == nil {
		t.Error("another key opens it")
	}
	again.KemCt = again.KemCt[1:]
	if _, err := again.Open(secret); err == nil {
		t.Error("a short ML-KEM ciphertext opens")
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 41))
	f.Add(make([]byte, 42))
	f.Add(slices.Concat(make([]byte, 16), []byte{4, 0}, make([]byte, 4+24+16)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := shield.ParseEnvelope(raw)
		if err != nil {
			return
		}
		if got := e.Bytes(); !bytes.Equal(got, raw) {
			t.Errorf("%x parses and prints as %x", raw, got)
		}
	})
}

func TestSubmit(t *testing.T) {
	w := newWorld(t)
	who, ciphertext := bt.AccountID{1}, shield.Ciphertext("sealed")
	if err := w.do(frame.Signed(who), 1, &shield.SubmitEncrypted{Ciphertext: ciphertext}); err != nil {
		t.Fatal(err)
	}
	id := hash.Blake256(slices.Concat(who[:], []byte{6 << 2}, ciphertext))
	if want := slices.Concat([]byte{shield.Index, 0}, id[:], who[:]); !bytes.Equal(w.c.Env.Events[0].Data, want) {
		t.Errorf("event %x, want %x", w.c.Env.Events[0].Data, want)
	}
	if err := w.p.Check(frame.RuntimeCall{Args: &shield.SubmitEncrypted{Ciphertext: ciphertext}}); err == nil {
		t.Error("six bytes pass for an envelope")
	}
}

// store queues a call of System.remark, or what cannot be opened.
func (w *world) store(raw string) {
	w.t.Helper()
	if err := w.do(frame.Signed(bt.AccountID{1}), 2, &shield.StoreEncrypted{EncryptedCall: shield.Ciphertext(raw)}); err != nil {
		w.t.Fatal(err)
	}
}

func TestQueue(t *testing.T) {
	remark := "!" + string(scale.Marshal(&frame.RuntimeCall{Pallet: 0, Index: 0, Args: &system.RemarkArgs{Remark: []byte("hello")}}))
	root := "!" + string(scale.Marshal(&frame.RuntimeCall{Pallet: shield.Index, Index: 3, Args: &shield.SetNumber{Value: 7}}))
	w := newWorld(t)
	w.store(remark)
	w.store("?")
	w.store(root)
	w.events()
	w.p.Work(w.c, frame.Weight{})
	if diff := cmp.Diff([]string{"ExtrinsicDispatched", "ExtrinsicDecodeFailed", "ExtrinsicDispatchFailed"}, w.events()); diff != "" {
		t.Error(diff)
	}
	if n := w.p.Storage.CounterForPendingExtrinsics.Get(w.c.State); n != 0 {
		t.Errorf("%d calls left", n)
	}
	// Too old, too heavy, and too much for one block.
	w.store(remark)
	w.c.Env.Number += 11
	w.p.Work(w.c, frame.Weight{})
	if diff := cmp.Diff([]string{"ExtrinsicStored", "ExtrinsicExpired"}, w.events()); diff != "" {
		t.Error(diff)
	}
	set := func(index uint8, value uint64) {
		t.Helper()
		if err := w.do(frame.Root(), index, &shield.SetWeight{Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	w.store(root)
	set(6, 1000)
	w.p.Work(w.c, frame.Weight{})
	if diff := cmp.Diff([]string{"ExtrinsicStored", "MaxExtrinsicWeightSet", "ExtrinsicWeightExceeded"}, w.events()); diff != "" {
		t.Error(diff)
	}
	set(6, 1e12)
	set(4, 600_000_000)
	w.store(root)
	w.store(root)
	w.events()
	w.p.Work(w.c, frame.Weight{})
	if diff := cmp.Diff([]string{"ExtrinsicDispatchFailed", "ExtrinsicPostponed"}, w.events()); diff != "" {
		t.Error(diff)
	}
	w.p.Work(w.c, frame.Weight{})
	if diff := cmp.Diff([]string{"ExtrinsicDispatchFailed"}, w.events()); diff != "" {
		t.Error(diff)
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	for index, c := range map[uint8]struct {
		args any
		want error
	}{
		3: {&shield.SetNumber{Value: 1}, nil}, 5: {&shield.SetNumber{Value: 1}, nil},
		4: {&shield.SetWeight{Value: 2_000_000_000_001}, w.p.Error.WeightExceedsAbsoluteMax}, 6: {&shield.SetWeight{Value: 2_000_000_000_000}, nil},
	} {
		if err := w.do(frame.Root(), index, c.args); err != c.want {
			t.Errorf("call %d: %v, want %v", index, err, c.want)
		}
		if err := w.do(frame.Signed(bt.AccountID{}), index, c.args); err != frame.BadOrigin {
			t.Errorf("call %d from an account: %v", index, err)
		}
	}
	w.store("a")
	if err := w.do(frame.Signed(bt.AccountID{}), 2, &shield.StoreEncrypted{}); err != w.p.Error.TooManyPendingExtrinsics {
		t.Errorf("a second call: %v", err)
	}
}

// What is stored must not change its form unnoticed.
func TestStoredForm(t *testing.T) {
	x := shield.PendingExtrinsic{Who: bt.AccountID{1}, EncryptedCall: shield.Ciphertext{2}, SubmittedAt: 3}
	want := "01" + hex.EncodeToString(make([]byte, 31)) + "0402" + "03000000"
	if got := hex.EncodeToString(scale.Marshal(&x)); got != want {
		t.Errorf("stored as %s, want %s", got, want)
	}
}
