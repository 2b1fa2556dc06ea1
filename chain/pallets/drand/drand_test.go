package drand_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/chaintest/recorded"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/tlock"
)

// world is the pallet alone, at a block.
type world struct {
	*drand.Pallet
	t     testing.TB
	c     *frame.Ctx
	table *frame.Table
}

func newWorld(t testing.TB, block uint32) *world {
	w := &world{Pallet: drand.New(), t: t}
	w.table = frame.NewTable([]*frame.Description{frame.Compile(frame.Module{Name: drand.Name, Index: drand.Index, Pallet: w.Pallet})})
	w.c = frame.NewCtx(storage.New(nil), &frame.Env{Number: block, Table: w.table}, frame.None())
	return w
}

func (w *world) run(origin frame.Origin, index uint8, args any) error {
	return w.c.Dispatch(origin, frame.RuntimeCall{Pallet: drand.Index, Index: index, Args: args}).Err
}

// The calls' indices.
const (
	writePulse, setBeaconConfig, setOldest = 0, 1, 2
)

// Quicknet's rounds 123 and 1000.
func quicknet(t testing.TB, round uint64) drand.Pulse {
	signature := map[uint64]string{
		123:  "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482e26cd02df835d3546d23c4b13e0dfc92",
		1000: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
	}[round]
	raw := recorded.Bytes(t, signature)
	random := tlock.Randomness(raw)
	return drand.Pulse{Round: round, Randomness: random[:], Signature: raw}
}

func payload(block uint32, pulses ...drand.Pulse) drand.PulsesPayload {
	return drand.PulsesPayload{BlockNumber: block, Pulses: pulses, Public: drand.MultiSigner{Sr25519: &[32]byte{1}}}
}

func write(block uint32, pulses ...drand.Pulse) *drand.WritePulse {
	return &drand.WritePulse{PulsesPayload: payload(block, pulses...)}
}

// own is a beacon of the test's own, as many rounds as it wants.
func (w *world) own() *tlock.SecretKey {
	secret, err := tlock.NewSecretKey([]byte("a seed for this test"))
	if err != nil {
		w.t.Fatal(err)
	}
	public := secret.Public().Bytes()
	config := w.Storage.BeaconConfig.Get(w.c.State)
	config.PublicKey = public[:]
	w.Storage.BeaconConfig.Set(w.c.State, config)
	return secret
}

func pulseOf(secret *tlock.SecretKey, round uint64) drand.Pulse {
	raw := secret.Sign(round).Bytes()
	random := tlock.Randomness(raw[:])
	return drand.Pulse{Round: round, Randomness: random[:], Signature: raw[:]}
}

func TestQuicknetIsTheDefault(t *testing.T) {
	w := newWorld(t, 1)
	if err := w.run(frame.None(), writePulse, write(1, quicknet(t, 123), quicknet(t, 1000))); err != nil {
		t.Fatal(err)
	}
	s, st := w.c.State, &w.Storage
	if got, _ := st.Pulses.TryGet(s, 1000); cmp.Diff(got, quicknet(t, 1000)) != "" || st.LastStoredRound.Get(s) != 1000 || st.OldestStoredRound.Get(s) != 123 {
		t.Errorf("the chain holds %+v, rounds %d to %d", got, st.OldestStoredRound.Get(s), st.LastStoredRound.Get(s))
	}
	config := st.BeaconConfig.Get(s)
	if string(config.SchemeID) != tlock.Scheme || string(config.Metadata.BeaconID) != "quicknet" || config.Period != 3 {
		t.Errorf("the beacon is %+v", config)
	}
	for _, c := range []struct{ now, round uint64 }{
		{0, 0}, {1_692_803_366_999, 0}, {1_692_803_367_000, 1}, {1_692_803_369_999, 1}, {1_692_803_370_000, 2}, {1_692_806_364_000, 1000},
	} {
		if got := w.RoundAt(w.c, c.now); got != c.round {
			t.Errorf("round %d at %d ms, want %d", got, c.now, c.round)
		}
		if c.round > 0 && config.TimeOf(c.round) > c.now {
			t.Errorf("round %d at %d ms, after %d", c.round, config.TimeOf(c.round), c.now)
		}
	}
}

// name is an error as recordings have it.
func TestRefusedPulses(t *testing.T) {
	other := quicknet(t, 123)
	other.Round = 124
	garbage := drand.Pulse{Round: 5, Signature: bytes.Repeat([]byte{1}, 96)}
	for _, c := range []struct {
		what   string
		origin frame.Origin
		pulses []drand.Pulse
		want   string
		last   uint64
	}{
		{"signed", frame.Signed(bt.AccountID{1}), []drand.Pulse{quicknet(t, 123)}, "BadOrigin", 0},
		{"root", frame.Root(), []drand.Pulse{quicknet(t, 123)}, "BadOrigin", 0},
		{"unreadable", frame.None(), []drand.Pulse{garbage}, "PulseVerificationError", 0},
		{"of another round", frame.None(), []drand.Pulse{other}, "ok", 0},
		{"of another round, then a right one", frame.None(), []drand.Pulse{other, quicknet(t, 1000)}, "ok", 1000},
		{"twice", frame.None(), []drand.Pulse{quicknet(t, 123), quicknet(t, 123)}, "InvalidRoundNumber", 0},
		{"backwards", frame.None(), []drand.Pulse{quicknet(t, 1000), quicknet(t, 123)}, "InvalidRoundNumber", 0},
		{"none", frame.None(), nil, "ok", 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t, 7)
			if got := recorded.Result(w.run(c.origin, writePulse, write(7, c.pulses...))); got != c.want {
				t.Errorf("result %s, want %s", got, c.want)
			}
			if last := w.LastRound(w.c); last != c.last {
				t.Errorf("the last round is %d, want %d", last, c.last)
			}
		})
	}
}

// TestPruning stores rounds far apart: the chain keeps MaxKept rounds, and removes no more than 100 in a call.
func TestPruning(t *testing.T) {
	w := newWorld(t, 1)
	secret := w.own()
	for _, c := range []struct{ round, oldest uint64 }{
		{10, 10}, {11, 10}, {drand.MaxKept + 9, 10}, {drand.MaxKept + 10, 11}, {drand.MaxKept + 500, 111}, {drand.MaxKept + 501, 211},
	} {
		if err := w.run(frame.None(), writePulse, write(1, pulseOf(secret, c.round))); err != nil {
			t.Fatal(err)
		}
		if got := w.Storage.OldestStoredRound.Get(w.c.State); got != c.oldest {
			t.Errorf("after round %d the oldest is %d, want %d", c.round, got, c.oldest)
		}
	}
	for round, kept := range map[uint64]bool{10: false, 11: false, drand.MaxKept + 9: true, drand.MaxKept + 501: true} {
		if w.Storage.Pulses.Has(w.c.State, round) != kept {
			t.Errorf("round %d is kept: %t, want %t", round, !kept, kept)
		}
	}
}

func TestDecrypt(t *testing.T) {
	w := newWorld(t, 1)
	secret := w.own()
	c, err := tlock.Encrypt(secret.Public(), 20, []byte("weights"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Decrypt(w.c, 20, c.Bytes()); !errors.Is(err, drand.ErrNoPulse) {
		t.Errorf("before its round: %v", err)
	}
	if err := w.run(frame.None(), writePulse, write(1, pulseOf(secret, 19), pulseOf(secret, 20))); err != nil {
		t.Fatal(err)
	}
	if m, err := w.Decrypt(w.c, 20, c.Bytes()); err != nil || string(m) != "weights" {
		t.Errorf("%q, %v", m, err)
	}
	if _, err := w.Decrypt(w.c, 19, c.Bytes()); !errors.Is(err, tlock.ErrKey) {
		t.Errorf("another round: %v", err)
	}
	old := pulseOf(secret, 20)
	old.Signature = append([]byte("0x"), old.Signature...) // as chains of old stored them
	w.Storage.Pulses.Set(w.c.State, 20, old)
	if m, err := w.Decrypt(w.c, 20, c.Bytes()); err != nil || string(m) != "weights" {
		t.Errorf("with 0x in front: %q, %v", m, err)
	}
}

// TestValidate goes through what lets a pulse into the pool.
func TestValidate(t *testing.T) {
	const block = 7
	alice, err := keys.FromURI("//Alice")
	if err != nil {
		t.Fatal(err)
	}
	verify := func(public bt.AccountID, message []byte, sig [64]byte) bool {
		return keys.Verify(keys.Sr25519, public, message, sig)
	}
	signed := func(number uint32, pulses ...drand.Pulse) *drand.WritePulse {
		out := write(number, pulses...)
		public := [32]byte(alice.Public())
		out.PulsesPayload.Public = drand.MultiSigner{Sr25519: &public}
		raw := [64]byte(alice.Sign(scale.Marshal(&out.PulsesPayload)))
		out.Signature = scale.Some(bt.MultiSignature{Sr25519: &raw})
		return out
	}
	good := quicknet(t, 1000)
	random, cut, longer := good, good, good
	random.Randomness = make([]byte, 32)
	cut.Signature = good.Signature[:47]
	longer.Signature = append(bytes.Clone(good.Signature), 0)
	stranger := signed(block, good)
	stranger.PulsesPayload.BlockNumber--
	ed := signed(block, good)
	ed.PulsesPayload.Public = drand.MultiSigner{Ed25519: ed.PulsesPayload.Public.Sr25519}
	for _, c := range []struct {
		what string
		args any
		want drand.Refusal
	}{
		{"right", signed(block, good), drand.Accepted},
		{"of an earlier block", signed(block-5, good), drand.Accepted},
		{"of a later block", signed(block+1, good), drand.Future},
		{"not signed", write(block, good), drand.BadSigner},
		{"altered after it was signed", stranger, drand.BadProof},
		{"signed by another scheme", ed, drand.BadProof},
		{"two pulses", signed(block, quicknet(t, 123), good), drand.Call},
		{"no pulse", signed(block), drand.Call},
		{"another randomness", signed(block, random), drand.BadProof},
		{"a cut signature", signed(block, cut), drand.BadProof},
		{"bytes behind the signature", signed(block, longer), drand.BadProof},
		{"another round's signature", signed(block, drand.Pulse{Round: 1001, Randomness: good.Randomness, Signature: good.Signature}), drand.BadProof},
		{"a stored round", signed(block, quicknet(t, 123)), drand.Stale},
		{"a call that needs root", &drand.SetOldestRound{}, drand.Call},
		{"a beacon, not signed", &drand.SetBeaconConfig{ConfigPayload: drand.BeaconConfigurationPayload{Public: ed.PulsesPayload.Public}}, drand.BadSigner},
	} {
		w := newWorld(t, block)
		w.Storage.LastStoredRound.Set(w.c.State, 123)
		v, got := w.Validate(w.c, c.args, verify)
		if got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
		if want := uint64(1<<64 - 1); got == drand.Accepted && (v.Priority != want || len(v.Provides) == 0 || v.Longevity != 3 || v.Propagate) {
			t.Errorf("%s: the pool hears %+v", c.what, v)
		}
	}
	w := newWorld(t, block)
	w.Storage.NextUnsignedAt.Set(w.c.State, block+1)
	if _, got := w.Validate(w.c, signed(block, good), verify); got != drand.Stale {
		t.Errorf("before the next block that takes pulses: %d", got)
	}
}

// translate brings a call from the types of upstream's test runtime to those of the chain: block numbers in four bytes instead of eight, and the byte for the
// scheme in front of keys and signatures.
func translate(t *testing.T, encoded string) []byte {
	raw := recorded.Bytes(t, encoded)
	if raw[0] == setOldest {
		return append([]byte{drand.Index}, raw...)
	}
	const number = 8
	out := append([]byte{drand.Index, raw[0]}, raw[1:1+number/2]...)
	d := scale.NewDecoder(raw[1+number:])
	if raw[0] == writePulse {
		var pulses []drand.Pulse
		d.Decode(&pulses)
		out = append(out, scale.Marshal(&pulses)...)
	} else {
		var config drand.BeaconConfiguration
		d.Decode(&config)
		out = append(out, scale.Marshal(&config)...)
	}
	const sr25519 = 1
	out = append(append(out, sr25519), d.Raw(32)...)
	if some := d.Byte(); some == 1 {
		out = append(append(out, 1, sr25519), d.Raw(64)...)
	} else {
		out = append(out, 0)
	}
	if err := d.End(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestReplay runs what upstream's own tests did.
func TestReplay(t *testing.T) {
	calls := 0
	for _, tr := range recorded.Traces(t, vectors.Bytes(t, "drand.jsonl")) {
		rows := map[string]string{}
		for k, v := range tr.State {
			rows[k] = v
		}
		apply := func(changes map[string]*string) {
			for k, v := range changes {
				if delete(rows, k); v != nil {
					rows[k] = *v
				}
			}
		}
		for i, op := range tr.Ops {
			apply(op.Set)
			w := newWorld(t, op.Number(t))
			next := "0x" + hex.EncodeToString(w.Storage.NextUnsignedAt.Key())
			narrow := func(k, v string) string {
				if k == next {
					return v[:len(v)-8]
				}
				return v
			}
			base := storage.New(nil)
			for k, v := range rows {
				base.Set(recorded.Bytes(t, k), recorded.Bytes(t, narrow(k, v)))
			}
			w.c = frame.NewCtx(storage.New(base), w.c.Env, frame.None())
			call, err := w.table.Decode(translate(t, op.Encoded))
			if err != nil {
				t.Fatal(err)
			}
			if got := recorded.Result(w.c.Dispatch(op.By(t, nil), call).Err); got != op.Result {
				t.Errorf("%s operation %d: %s, want %s", tr.Test, i, got, op.Result)
			}
			want := map[string]string{}
			for k, v := range op.Changes {
				want[k[len("0x"):]] = narrow(k, *v)[len("0x"):]
			}
			if diff := cmp.Diff(want, recorded.Rows(w.c.State.Changes())); diff != "" {
				t.Errorf("%s operation %d: changes: %s", tr.Test, i, diff)
			}
			var events, theirs []string
			for _, e := range w.c.Env.Events {
				events = append(events, hex.EncodeToString(e.Data[1:]))
			}
			for _, e := range op.Events {
				theirs = append(theirs, e.Data[len("0x")+2:])
			}
			if diff := cmp.Diff(theirs, events); diff != "" {
				t.Errorf("%s operation %d: events: %s", tr.Test, i, diff)
			}
			calls++
			apply(op.Changes)
		}
	}
	if calls < 8 {
		t.Errorf("%d calls replayed", calls)
	}
}

// FuzzCalls holds the law of decoders for the pallet's calls, and that validating them never panics.
func FuzzCalls(f *testing.F) {
	w := newWorld(f, 7)
	for _, args := range []any{write(7, quicknet(f, 123)), &drand.SetBeaconConfig{ConfigPayload: drand.BeaconConfigurationPayload{
		Config: w.Storage.BeaconConfig.Get(w.c.State), Public: drand.MultiSigner{Ed25519: &[32]byte{}},
	}}, &drand.SetOldestRound{OldestRound: 5}} {
		index := uint8(writePulse)
		switch args.(type) {
		case *drand.SetBeaconConfig:
			index = setBeaconConfig
		case *drand.SetOldestRound:
			index = setOldest
		}
		f.Add(scale.Marshal(&frame.RuntimeCall{Pallet: drand.Index, Index: index, Args: args}))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		call, err := w.table.Decode(raw)
		if err != nil {
			return
		}
		if again := scale.Marshal(&call); !bytes.Equal(again, raw) {
			t.Errorf("%x is printed back as %x", raw, again)
		}
		w.Validate(w.c, call.Args, func(bt.AccountID, []byte, [64]byte) bool { return true })
	})
}

func BenchmarkWritePulse(b *testing.B) {
	pulse := quicknet(b, 1000)
	for b.Loop() {
		w := newWorld(b, 1)
		if err := w.run(frame.None(), writePulse, write(1, pulse)); err != nil || w.LastRound(w.c) != 1000 {
			b.Fatal(err)
		}
	}
}
