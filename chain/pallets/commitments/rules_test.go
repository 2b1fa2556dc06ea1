package commitments_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/commitments"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/tlock"
)

func raw(s string) commitments.Data { return commitments.Data{Kind: commitments.Raw, Bytes: []byte(s)} }

var alice = bt.AccountID{1}

func TestWhatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.strangers[bt.AccountID{2}] = true
	e := &w.p.Error
	for _, c := range []struct {
		name   string
		who    bt.AccountID
		fields []commitments.Data
		want   error
	}{
		{"a stranger", bt.AccountID{2}, nil, e.AccountNotAllowedCommit},
		{"four fields", alice, []commitments.Data{raw("a"), raw("b"), raw("c"), raw("d")}, e.TooManyFieldsInCommitmentInfo},
		{"a failure of one's own", alice, []commitments.Data{{Kind: commitments.TimelockRevealFailed}}, e.TimelockRevealFailedNotAllowed},
		{"three fields", alice, []commitments.Data{raw("a"), {}, {Kind: commitments.ResetBondsFlag}}, nil},
	} {
		if err := w.commit(c.who, c.fields...); err != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if err := w.c.Dispatch(frame.Signed(alice), frame.RuntimeCall{Pallet: 3, Index: 2, Args: &commitments.SetMaxSpace{NewLimit: 1}}).Err; err != frame.BadOrigin {
		t.Errorf("the space set by an account: %v", err)
	}
	if len(w.resets) != 1 || w.resets[0] != alice || w.p.Storage.LastBondsReset.Get(w.c.State, 1, alice) != 1 {
		t.Errorf("bonds were reset for %v, last in block %d", w.resets, w.p.Storage.LastBondsReset.Get(w.c.State, 1, alice))
	}
}

// A refused commitment resets no bonds that the chain remembers, and space returns with the next epoch.
func TestSpaceByEpoch(t *testing.T) {
	w := newWorld(t)
	big := commitments.Data{Kind: commitments.BigRaw, Bytes: make([]byte, commitments.MaxBigRaw)}
	for range 2 {
		if err := w.commit(alice, big, big, big); err != nil { // 1536 of 3100 bytes
			t.Fatal(err)
		}
	}
	if err := w.commit(alice, commitments.Data{Kind: commitments.ResetBondsFlag}); err != w.p.Error.SpaceLimitExceeded { // counts 100
		t.Errorf("3172 bytes: %v", err)
	}
	if w.p.Storage.LastBondsReset.Has(w.c.State, 1, alice) {
		t.Error("a refused commitment left its mark")
	}
	w.epoch = func(*frame.Ctx, bt.NetUID) uint64 { return 1 }
	if err := w.commit(alice, big, big, big); err != nil {
		t.Error(err)
	}
	if got, want := w.p.Storage.UsedSpaceOf.Get(w.c.State, 1, alice), (commitments.UsageTracker{LastEpoch: 1, UsedSpace: 1536}); got != want {
		t.Errorf("used %+v, want %+v", got, want)
	}
}

func TestDeposits(t *testing.T) {
	w := newWorld(t)
	w.p.Constants.InitialDeposit.Set(1000)
	w.p.Constants.FieldDeposit.Set(10)
	if err := w.money.Mint(w.c, alice, 10_000); err != nil {
		t.Fatal(err)
	}
	for fields, want := range []bt.Rao{1000, 1010, 1020} {
		if err := w.commit(alice, make([]commitments.Data, fields)...); err != nil {
			t.Fatal(err)
		}
		if got := w.sys.Storage.Account.Get(w.c.State, alice).Data.Reserved; got != want {
			t.Errorf("%d fields: %d rao reserved, want %d", fields, got, want)
		}
	}
	if err := w.commit(alice); err != nil {
		t.Fatal(err)
	}
	if got := w.sys.Storage.Account.Get(w.c.State, alice).Data.Reserved; got != 1000 {
		t.Errorf("%d rao reserved, want 1000", got)
	}
	if err := w.commit(bt.AccountID{9}); err == nil {
		t.Error("a commitment without money for its deposit")
	}
	// Somebody else took what was reserved.
	w.money.Unreserve(w.c, alice, 1000)
	w.p.Constants.InitialDeposit.Set(0)
	if err := w.commit(alice); err != w.p.Error.UnexpectedUnreserveLeftover {
		t.Errorf("nothing left to give back: %v", err)
	}
}

// beacon signs rounds of a beacon of the test's own.
type beacon struct{ secret *tlock.SecretKey }

func newBeacon(t *testing.T) beacon {
	t.Helper()
	secret, err := tlock.NewSecretKey([]byte("a beacon for commitments"))
	if err != nil {
		t.Fatal(err)
	}
	return beacon{secret}
}

func (b beacon) seal(t *testing.T, round uint64, message string) []byte {
	t.Helper()
	c, err := tlock.Encrypt(b.secret.Public(), round, []byte(message), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return c.Bytes()
}

func locked(round uint64, sealed []byte) commitments.Data {
	return commitments.Data{Kind: commitments.TimelockEncrypted, Round: round, Bytes: sealed}
}

func (w *world) pulse(b beacon, round uint64) {
	signature := b.secret.Sign(round).Bytes()
	w.drand.Storage.Pulses.Set(w.c.State, round, drand.Pulse{Round: round, Signature: signature[:]})
}

func (w *world) revealed() (out []string) {
	for _, r := range w.p.Storage.RevealedCommitments.Get(w.c.State, 1, alice) {
		out = append(out, string(r.A))
	}
	return out
}

func TestReveal(t *testing.T) {
	w, b := newWorld(t), newBeacon(t)
	enveloped := scale.Marshal(&struct {
		Ciphertext []byte
		Round      uint64
	}{b.seal(t, 12, "later"), 12})
	if err := w.commit(alice, locked(11, b.seal(t, 11, "soon")), raw("plain"), locked(12, enveloped)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Commitments.TimelockCommitment"}, w.events()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint64{11, 12}, w.p.Awaited(w.c)); diff != "" {
		t.Error(diff)
	}
	before := w.p.Storage.CommitmentOf.Get(w.c.State, 1, alice)
	w.p.Work(w.c, frame.Weight{})
	if diff := cmp.Diff(before, w.p.Storage.CommitmentOf.Get(w.c.State, 1, alice)); diff != "" || w.events() != nil {
		t.Errorf("something changed without a pulse: %s", diff)
	}
	w.pulse(b, 11)
	w.c.Env.Number = 5
	w.p.Work(w.c, frame.Weight{})
	if diff := cmp.Diff([]string{"soon"}, w.revealed()); diff != "" {
		t.Error(diff)
	}
	if rest := w.p.Storage.CommitmentOf.Get(w.c.State, 1, alice).Info.Fields; len(rest) != 2 || string(rest[0].Bytes) != "plain" {
		t.Errorf("left are %v", rest)
	}
	w.pulse(b, 12)
	w.p.Work(w.c, frame.Weight{})
	if diff := cmp.Diff([]string{"soon", "later"}, w.revealed()); diff != "" {
		t.Error(diff)
	}
	if got := w.p.Storage.RevealedCommitments.Get(w.c.State, 1, alice)[0].B; got != 5 {
		t.Errorf("revealed in block %d, want 5", got)
	}
	if set := w.p.Storage.TimelockedIndex.Get(w.c.State); len(set) != 0 {
		t.Errorf("%v still wait", set)
	}
	if err := w.commit(alice, locked(11, b.seal(t, 11, "alone"))); err != nil {
		t.Fatal(err)
	}
	w.p.Work(w.c, frame.Weight{})
	if w.p.Storage.CommitmentOf.Has(w.c.State, 1, alice) {
		t.Error("an opened commitment without other fields stays")
	}
}

func TestRevealFailures(t *testing.T) {
	b := newBeacon(t)
	good := b.seal(t, 20, "secret")
	for name, c := range map[string]struct {
		field     commitments.Data
		signature []byte
		want      commitments.RevealFailure
	}{
		"a signature of rubbish": {locked(20, good), make([]byte, 48), commitments.SignatureDeserialize},
		"rubbish":                {locked(20, []byte("rubbish")), nil, commitments.CiphertextDeserialize},
		"more than a ciphertext": {locked(20, append(bytes.Clone(good), 0)), nil, commitments.CiphertextDeserialize},
		"another round":          {locked(20, b.seal(t, 21, "secret")), nil, commitments.Decrypt},
		"nothing inside":         {locked(20, b.seal(t, 20, "")), nil, commitments.EmptyPlaintext},
		"an expired round":       {locked(3, good), nil, commitments.PulseExpired},
		"an envelope's round": {locked(20, scale.Marshal(&struct {
			Ciphertext []byte
			Round      uint64
		}{good, 21})), nil, commitments.RoundMismatch},
	} {
		w := newWorld(t)
		w.drand.Storage.OldestStoredRound.Set(w.c.State, 10)
		w.pulse(b, 20)
		if c.signature != nil {
			w.drand.Storage.Pulses.Set(w.c.State, 20, drand.Pulse{Round: 20, Signature: c.signature})
		}
		if err := w.commit(alice, c.field); err != nil {
			t.Fatal(err)
		}
		w.c.Env.Events = nil
		w.p.Work(w.c, frame.Weight{})
		if len(w.c.Env.Events) != 1 || commitments.RevealFailure(w.c.Env.Events[0].Data[len(w.c.Env.Events[0].Data)-1]) != c.want {
			t.Errorf("%s: events %v, want failure %d", name, w.c.Env.Events, c.want)
		}
		kept := c.field
		kept.Kind = commitments.TimelockRevealFailed
		if diff := cmp.Diff(commitments.Fields{kept}, w.p.Storage.CommitmentOf.Get(w.c.State, 1, alice).Info.Fields); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if set := w.p.Storage.TimelockedIndex.Get(w.c.State); len(set) != 0 || w.revealed() != nil {
			t.Errorf("%s: %v still wait, revealed %v", name, set, w.revealed())
		}
	}
}

func TestLastTenAreKept(t *testing.T) {
	w, b := newWorld(t), newBeacon(t)
	w.pulse(b, 1)
	w.p.Storage.MaxSpace.Set(w.c.State, 100_000)
	for _, letter := range "abcdefghijkl" {
		if err := w.commit(alice, locked(1, b.seal(t, 1, string(letter)))); err != nil {
			t.Fatal(err)
		}
		w.p.Work(w.c, frame.Weight{})
	}
	if diff := cmp.Diff([]string{"c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}, w.revealed()); diff != "" {
		t.Error(diff)
	}
}

func TestPurge(t *testing.T) {
	w, b := newWorld(t), newBeacon(t)
	if err := w.commit(alice, locked(1, b.seal(t, 1, "x")), commitments.Data{Kind: commitments.ResetBondsFlag}); err != nil {
		t.Fatal(err)
	}
	w.p.Purge(w.c, 2)
	if !w.p.Storage.CommitmentOf.Has(w.c.State, 1, alice) {
		t.Error("another subnet's commitment is gone")
	}
	w.p.Purge(w.c, 1)
	pallet := w.p.Storage.CommitmentOf.Prefix()[:16]
	for key := range w.c.State.Keys(pallet) {
		if v, _ := w.c.State.Get(key); !bytes.Equal(v, []byte{0}) { // an empty set
			t.Errorf("row %x stays", key)
		}
	}
}

// What is stored must not change its form unnoticed.
func TestStoredForm(t *testing.T) {
	r := commitments.Registration{Deposit: 5, Block: 7, Info: commitments.CommitmentInfo{Fields: commitments.Fields{
		{}, raw("ab"), {Kind: commitments.TimelockEncrypted, Bytes: []byte{9}, Round: 3}, {Kind: commitments.ResetBondsFlag}, {Kind: commitments.BigRaw, Bytes: []byte{8}},
	}}}
	const want = "0500000000000000" + "07000000" + "14" + "00" + "036162" + "8604090300000000000000" + "87" + "880408"
	if got := hex.EncodeToString(scale.Marshal(&r)); got != want {
		t.Errorf("stored as %s, want %s", got, want)
	}
}

func FuzzData(f *testing.F) {
	for _, seed := range []string{"00", "036162", "82" + "00", "8604090300000000000000", "87", "880408", "8904090300000000000000", "ff", "8601ff"} {
		raw, _ := hex.DecodeString(seed)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d commitments.Data
		dec := scale.NewDecoder(raw)
		if d.DecodeScale(dec); dec.Err() != nil {
			return
		}
		if got := scale.Marshal(&d); !bytes.Equal(got, raw[:dec.Offset()]) {
			t.Errorf("%x parses and prints as %x", raw, got)
		}
		if len(d.Bytes) > len(raw) {
			t.Errorf("%d bytes of %d", len(d.Bytes), len(raw))
		}
	})
}
