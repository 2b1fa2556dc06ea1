package shield_test

import (
	"crypto/mlkem"
	"crypto/rand"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	pallet "github.com/myelin-go/myelin/chain/pallets/shield"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/ledger/ledgertest"
	"github.com/myelin-go/myelin/node/shield"
)

// world is the local network with a node that opens encrypted transactions.
type world struct {
	*ledgertest.Chain
	keeper  *shield.Keeper
	refused []error
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Chain: ledgertest.New(t)}
	w.join(t)
	return w
}

// join gives the node a new key, as a start does.
func (w *world) join(t *testing.T) {
	t.Helper()
	var err error
	if w.keeper, err = shield.New(w.Runtime(), true); err != nil {
		t.Fatal(err)
	}
	w.Shield(w.keeper)
}

// seal makes a block of transactions, behind the announcement.
func (w *world) seal(t *testing.T, xs ...bt.Extrinsic) *ledger.Candidate {
	t.Helper()
	v, err := w.At(w.Head().Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	plan := ledger.Plan{Unshield: true, Refused: func(_ bt.Extrinsic, why error) { w.refused = append(w.refused, why) }}
	if x, ok, _ := w.keeper.Announcement(v, v.Header.Number); ok {
		plan.Transactions = append(plan.Transactions, x)
	}
	for _, x := range xs {
		checked, err := w.Runtime().Checker(v, v.Header).Check(x)
		if err != nil {
			t.Fatal(err)
		}
		plan.Transactions = append(plan.Transactions, checked)
	}
	now, err := w.Time()
	if err != nil {
		t.Fatal(err)
	}
	plan.Now = max(now, ledgertest.Start) + 250
	candidate, err := w.Propose(plan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(candidate, true); err != nil {
		t.Fatal(err)
	}
	return candidate
}

// nextKey is the key to encrypt with, as clients read it.
func (w *world) nextKey(t *testing.T) []byte {
	t.Helper()
	v, err := w.At(w.Head().Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	key, ok := chain.Pallet[pallet.Pallet](w.Runtime()).Storage.NextKey.TryGet(storage.New(v))
	if !ok {
		t.Fatalf("block %d has no NextKey", v.Header.Number)
	}
	return key
}

// carry encrypts bytes with a key and signs the transaction that carries them, as clients do.
func (w *world) carry(t *testing.T, who *keys.Pair, key, plain []byte) bt.Extrinsic {
	t.Helper()
	public, err := mlkem.NewEncapsulationKey768(key)
	if err != nil {
		t.Fatal(err)
	}
	shared, kem := public.Encapsulate()
	e := pallet.Envelope{KeyHash: pallet.KeyHash(key), KemCt: kem}
	if _, err := rand.Read(e.Nonce[:]); err != nil {
		t.Fatal(err)
	}
	aead, err := chacha20poly1305.NewX(shared)
	if err != nil {
		t.Fatal(err)
	}
	e.AeadCt = aead.Seal(nil, e.Nonce[:], plain, nil)
	extra := bt.Extra{Era: bt.MortalEra(pallet.MaxEra, uint64(w.Height()))}
	return w.Sign(who, extra, ledgertest.Call(pallet.Index, 1, &pallet.SubmitEncrypted{Ciphertext: e.Bytes()}))
}

// warm makes blocks until every author has announced.
func (w *world) warm(t *testing.T) {
	t.Helper()
	for range 6 {
		w.seal(t)
	}
}

func TestInnerFollowsCarrier(t *testing.T) {
	w := newWorld(t)
	w.warm(t)
	alice, bob, carol := ledgertest.Account(0), ledgertest.Account(1), ledgertest.Account(2).Public()
	inner := w.Transfer(alice, 1, carol, bt.Tao)
	carrier := w.carry(t, alice, w.nextKey(t), inner)
	last := w.Transfer(bob, 0, carol, 1)
	other := ledgertest.New(t) // a node without the key, which executes the same blocks
	for n := uint32(1); n <= w.Height(); n++ {
		w.follow(t, other, n)
	}
	made := w.seal(t, carrier, last)
	if len(made.Extrinsics) != 5 || made.Extrinsics[2].Hash() != carrier.Hash() || made.Extrinsics[3].Hash() != inner.Hash() || made.Extrinsics[4].Hash() != last.Hash() {
		t.Fatalf("the block has %d extrinsics, want time, key, carrier, what it carries, and the other one", len(made.Extrinsics))
	}
	for i, out := range made.Outcomes {
		if out.Err != nil {
			t.Errorf("extrinsic %d: %v", i, out.Err)
		}
	}
	if got := w.Free(carol); got != 101*bt.Tao+1 {
		t.Errorf("carol has %d rao", got)
	}
	w.follow(t, other, w.Height())
	if got, want := other.Head().Hash, w.Head().Hash; got != want {
		t.Errorf("the other node's head is %v, want %v", got, want)
	}
}

// follow executes a block on another node.
func (w *world) follow(t *testing.T, other *ledgertest.Chain, number uint32) {
	t.Helper()
	hash, _ := w.HashAt(number)
	b, err := w.Block(hash)
	if err != nil {
		t.Fatal(err)
	}
	c, err := other.Execute(&bt.Block{Header: b.Header, Extrinsics: b.Extrinsics}, bt.AccountID{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Commit(c, true); err != nil {
		t.Fatal(err)
	}
}

func TestNothingUsefulInside(t *testing.T) {
	for name, plain := range map[string]func(w *world) []byte{
		"rubbish":            func(*world) []byte { return make([]byte, 64) },
		"nothing":            func(*world) []byte { return nil },
		"an inherent":        func(w *world) []byte { x, _, _ := w.keeper.Announcement(storage.New(nil), 0); return x.Raw },
		"the nonce of today": func(w *world) []byte { return w.Transfer(ledgertest.Account(0), 0, bt.AccountID{1}, bt.Tao) },
	} {
		w := newWorld(t)
		w.warm(t)
		made := w.seal(t, w.carry(t, ledgertest.Account(0), w.nextKey(t), plain(w)))
		if len(made.Extrinsics) != 3 || made.Outcomes[2].Err != nil || len(w.refused) > 0 {
			t.Errorf("%s: %d extrinsics, refused %v, want the carrier alone", name, len(made.Extrinsics), w.refused)
		}
	}
}

// What was encrypted with a key that this block's author lacks waits in the pool.
func TestOtherKeysWait(t *testing.T) {
	w := newWorld(t)
	w.warm(t)
	alice := ledgertest.Account(0)
	before := w.nextKey(t)
	w.join(t) // a new start
	carrier := w.carry(t, alice, before, w.Transfer(alice, 1, bt.AccountID{1}, bt.Tao))
	if made := w.seal(t, carrier); len(made.Extrinsics) != 2 || len(w.refused) > 0 {
		t.Errorf("%d extrinsics, refused %v", len(made.Extrinsics), w.refused)
	}
	w.warm(t)
	if made := w.seal(t, w.carry(t, alice, w.nextKey(t), w.Transfer(alice, 1, bt.AccountID{1}, bt.Tao))); len(made.Extrinsics) != 4 {
		t.Errorf("with the new key the block has %d extrinsics, want 4", len(made.Extrinsics))
	}
}

func TestLongEraIsStale(t *testing.T) {
	w := newWorld(t)
	w.warm(t)
	alice := ledgertest.Account(0)
	e := pallet.Envelope{AeadCt: make([]byte, 16)}
	for _, c := range []struct {
		era   bt.Era
		bytes []byte
		want  chain.InvalidTransaction
	}{
		{bt.Era{}, e.Bytes(), chain.InvalidTransaction{Reason: chain.Stale}},
		{bt.MortalEra(16, uint64(w.Height())), e.Bytes(), chain.InvalidTransaction{Reason: chain.Stale}},
		{bt.MortalEra(8, uint64(w.Height())), e.Bytes()[:20], chain.InvalidTransaction{Reason: chain.Custom, Code: 23}},
		{bt.MortalEra(8, uint64(w.Height())), e.Bytes(), chain.InvalidTransaction{}},
	} {
		x := w.Sign(alice, bt.Extra{Era: c.era}, ledgertest.Call(pallet.Index, 1, &pallet.SubmitEncrypted{Ciphertext: c.bytes}))
		_, _, err := w.Judge(x)
		bad, _ := err.(*chain.InvalidTransaction)
		if c.want == (chain.InvalidTransaction{}) {
			if err != nil {
				t.Errorf("era %v, %d bytes: %v", c.era, len(c.bytes), err)
			}
		} else if bad == nil || bad.Reason != c.want.Reason || bad.Code != c.want.Code {
			t.Errorf("era %v, %d bytes: %v, want reason %v", c.era, len(c.bytes), err, c.want.Reason)
		}
	}
}

// Only the first extrinsic behind the time may be an announcement.
func TestAnnouncementOnce(t *testing.T) {
	w := newWorld(t)
	x, _, _ := w.keeper.Announcement(storage.New(nil), 0)
	made := w.seal(t, x.Raw)
	if len(made.Extrinsics) != 2 || len(w.refused) != 1 {
		t.Errorf("%d extrinsics, refused %v", len(made.Extrinsics), w.refused)
	}
	if _, _, err := w.Judge(x.Raw); err == nil {
		t.Error("the pool takes an announcement")
	}
}
