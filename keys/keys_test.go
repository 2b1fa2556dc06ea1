package keys

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/vectors"
)

const leopard = "old leopard transfer rib spatial phone calm indicate online fire caution review"

func scheme(t testing.TB, name string) Scheme {
	t.Helper()
	s, err := ParseScheme(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustURI(t testing.TB, s Scheme, uri string) *Pair {
	t.Helper()
	p, err := FromURIScheme(s, uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPublishedDerivations(t *testing.T) {
	for uri, want := range map[string]string{
		leopard:             "5HDvhV6WDCjCKyrXqGQSDYqQAzkzabNhctmiDYEqgBC66BsX",
		leopard + "//Alice": "5FEiH8iuDUw271xbqWTWuB6WrDjv5dnCeDX1CyHubAniXDNN",
		leopard + "/Alice":  "5GNXbA46ma5dg19GXdiKi5JH3mnkZ8Yea3bBtZAvj7t99P9i",
		"//Alice":           "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		"//PathNameLongerThan32BytesWhichShouldBeHashed": "5GR5pfZeNs1uQiSWVxZaQiZou3wdZiX894eqgvfNfHbEh7W2",
	} {
		if got := mustURI(t, Sr25519, uri).Public().String(); got != want {
			t.Errorf("%q gives %v, want %v", uri, got, want)
		}
	}
}

func TestGoldenDerivations(t *testing.T) {
	for _, v := range vectors.All[struct{ Scheme, URI, Public, Address string }](t, "derivations.jsonl") {
		p, err := FromURIScheme(scheme(t, v.Scheme), v.URI)
		if err != nil {
			t.Errorf("%s %.80q: %v", v.Scheme, v.URI, err)
			continue
		}
		if got := p.Public(); got.String() != v.Address || !bytes.Equal(got[:], vectors.Unhex(t, v.Public)) {
			t.Errorf("%s %.80q gives %v, want %s", v.Scheme, v.URI, got, v.Address)
		}
	}
}

func TestGoldenURIs(t *testing.T) {
	for _, v := range vectors.All[struct{ Scheme, URI, Address string }](t, "uris.jsonl") {
		p, err := FromURIScheme(scheme(t, v.Scheme), v.URI)
		switch {
		case v.Address == "" && err == nil:
			t.Errorf("%s %.60q gives %v, upstream refuses it", v.Scheme, v.URI, p.Public())
		case v.Address != "" && err != nil:
			t.Errorf("%s %.60q: %v", v.Scheme, v.URI, err)
		case err == nil && p.Public().String() != v.Address:
			t.Errorf("%s %.60q gives %v, want %s", v.Scheme, v.URI, p.Public(), v.Address)
		}
	}
}

func TestGoldenMnemonics(t *testing.T) {
	for _, v := range vectors.All[struct{ Phrase, Password, Mini string }](t, "mnemonics.jsonl") {
		seed, err := MiniSecret(v.Phrase, v.Password)
		if err != nil || !bytes.Equal(seed[:], vectors.Unhex(t, v.Mini)) {
			t.Errorf("%q with %q gives %x, %v, want %s", v.Phrase, v.Password, seed, err, v.Mini)
		}
	}
}

func TestGoldenSignatures(t *testing.T) {
	var batch []Item
	var want []bool
	for _, v := range vectors.All[struct {
		Scheme, What, Message, Signature, Public string
		OK                                       bool
	}](t, "signatures.jsonl") {
		msg, raw, public := vectors.Unhex(t, v.Message), vectors.Unhex(t, v.Signature), bt.AccountID(vectors.Unhex(t, v.Public))
		s := scheme(t, v.Scheme)
		if s == Ecdsa {
			if got := VerifyEcdsa(public, msg, [65]byte(raw)); got != v.OK {
				t.Errorf("ecdsa, %d bytes, %s: %v, want %v", len(msg), v.What, got, v.OK)
			}
			if Verify(s, public, msg, Signature(raw[:64])) {
				t.Errorf("ecdsa, %s: Verify says yes to a scheme that it cannot check", v.What)
			}
			continue
		}
		sig := Signature(raw)
		if got := Verify(s, public, msg, sig); got != v.OK {
			t.Errorf("%v, %d bytes, %s: %v, want %v", s, len(msg), v.What, got, v.OK)
		}
		if got, want := VerifyMessage(s, public, msg, sig), v.OK || v.What == "wrapped in Bytes"; got != want {
			t.Errorf("%v, %d bytes, %s, as a message: %v, want %v", s, len(msg), v.What, got, want)
		}
		batch = append(batch, Item{Scheme: s, Public: public, Message: msg, Signature: sig})
		want = append(want, v.OK)
	}
	batch, want = append(batch, Item{Scheme: Ecdsa}), append(want, false)
	for i, ok := range VerifyBatch(batch) {
		if ok != want[i] {
			t.Errorf("item %d of the batch: %v, want %v", i, ok, want[i])
		}
	}
}

func TestEcdsaRecoveryIDs(t *testing.T) {
	for _, v := range vectors.All[struct {
		Scheme, What, Message, Signature, Public string
	}](t, "signatures.jsonl") {
		if v.Scheme != "ecdsa" || v.What != "right" {
			continue
		}
		sig, account, msg := [65]byte(vectors.Unhex(t, v.Signature)), bt.AccountID(vectors.Unhex(t, v.Public)), vectors.Unhex(t, v.Message)
		id := sig[64]
		for b := 0; b < 256; b++ {
			sig[64] = byte(b)
			want := byte(b) == id || byte(b) == id+27
			if got := VerifyEcdsa(account, msg, sig); got != want {
				t.Fatalf("recovery byte %d for id %d: %v, want %v", b, id, got, want)
			}
		}
		if VerifyEcdsa(account, msg, [65]byte{64: id}) {
			t.Error("a zero signature was accepted")
		}
	}
}

// ZIP-215 accepts every encoding of every small-order point, canonical or not, with s = 0, whatever the message; RFC 8032 readers
// disagree about most of these.
func TestEd25519IsZIP215(t *testing.T) {
	var points [][32]byte
	for i := range curve.EIGHT_TORSION {
		var c curve.CompressedEdwardsY
		c.SetEdwardsPoint(curve.EIGHT_TORSION[i])
		points = append(points, [32]byte(c))
	}
	word := func(low, high byte) (p [32]byte) {
		for i := range p {
			p[i] = 0xff
		}
		p[0], p[31] = low, high
		return p
	}
	points = append(points,
		word(0xed, 0x7f), word(0xed, 0xff), // y = p, which is 0
		word(0xee, 0x7f), word(0xee, 0xff), // y = p + 1, which is 1
		word(0xec, 0xff),         // y = -1 with the sign of x = -0
		[32]byte{0: 1, 31: 0x80}) // y = 1 with the sign of x = -0
	if len(points) != 14 {
		t.Fatalf("%d small-order encodings, want 14", len(points))
	}
	var items []Item
	for _, a := range points {
		for _, r := range points {
			var sig Signature
			copy(sig[:], r[:])
			if !Verify(Ed25519, a, []byte("Zcash"), sig) {
				t.Errorf("key %x, R %x refused", a, r)
			}
			items = append(items, Item{Scheme: Ed25519, Public: a, Message: []byte("Zcash"), Signature: sig})
			sig[32] = 1
			if Verify(Ed25519, a, []byte("Zcash"), sig) {
				t.Errorf("key %x, R %x accepted with s = 1", a, r)
			}
		}
	}
	for i, ok := range VerifyBatch(items) {
		if !ok {
			t.Errorf("item %d refused in the batch", i)
		}
	}
}

func TestPairsRoundTrip(t *testing.T) {
	for _, s := range []Scheme{Sr25519, Ed25519} {
		p, err := Generate(s)
		if err != nil {
			t.Fatal(err)
		}
		seed, known := p.Seed()
		if !known || p.Scheme() != s {
			t.Fatalf("a generated %v pair has scheme %v, seed known %v", s, p.Scheme(), known)
		}
		again, err := FromSeed(s, seed)
		if err != nil || again.Public() != p.Public() || !bytes.Equal(again.Secret(), p.Secret()) {
			t.Errorf("%v from its own seed: %v, %v, want %v", s, again, err, p)
		}
		sig := again.Sign([]byte("m"))
		if !Verify(s, p.Public(), []byte("m"), sig) || Verify(s^1, p.Public(), []byte("m"), sig) {
			t.Errorf("%v: the signature must hold under its own scheme only", s)
		}
		phrase, err := NewMnemonic(15)
		if err != nil || len(strings.Fields(phrase)) != 15 {
			t.Fatalf("NewMnemonic(15) gives %d words, %v", len(strings.Fields(phrase)), err)
		}
		if _, err := FromMnemonic(s, phrase, ""); err != nil {
			t.Error(err)
		}
	}
	for _, n := range []int{0, 9, 11, 13, 27} {
		if phrase, err := NewMnemonic(n); err == nil {
			t.Errorf("NewMnemonic(%d) gives %q", n, phrase)
		}
	}
}

func TestExpandedSecrets(t *testing.T) {
	for _, uri := range []string{"//Alice", "//Alice/soft", "/a/b//c"} {
		p := mustURI(t, Sr25519, uri)
		secret := [64]byte(p.Secret())
		q, err := FromSecret(secret)
		if err != nil || q.Public() != p.Public() {
			t.Fatalf("%s from its secret: %v, %v", uri, q, err)
		}
		if _, known := q.Seed(); known {
			t.Errorf("%s: a pair from an expanded secret claims to know its seed", uri)
		}
		if _, known := p.Seed(); known != !strings.Contains(strings.ReplaceAll(uri, "//", ""), "/") {
			t.Errorf("%s: seed known is %v", uri, known)
		}
		if !bytes.Equal(mustURI(t, Sr25519, uri).Secret(), secret[:]) {
			t.Errorf("%s: two derivations give two secrets", uri)
		}
		times8 := secret
		var carry byte
		for i := range 32 {
			times8[i], carry = secret[i]<<3|carry, secret[i]>>5
		}
		r, err := FromExpandedEd25519(times8)
		if err != nil || r.Public() != p.Public() || !bytes.Equal(r.Secret(), secret[:]) {
			t.Errorf("%s from polkadot-js's form: %v, %v", uri, r, err)
		}
	}
	if _, err := FromExpandedEd25519([64]byte{1}); err == nil {
		t.Error("a scalar that is no multiple of 8 was taken")
	}
	full := [64]byte{}
	for i := range full {
		full[i] = 0xff
	}
	if _, err := FromSecret(full); err == nil {
		t.Error("a scalar over the group order was taken")
	}
}

func TestSchemesWithoutPairs(t *testing.T) {
	for _, s := range []Scheme{Ecdsa, 3, 255} {
		if _, err := FromURIScheme(s, "//Alice"); !errors.Is(err, ErrScheme) {
			t.Errorf("%v: %v, want ErrScheme", s, err)
		}
		if Verify(s, bt.AccountID{}, nil, Signature{}) {
			t.Errorf("%v: verified", s)
		}
	}
	if _, err := ParseScheme("rsa"); err == nil {
		t.Error("rsa was parsed")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	for _, s := range []Scheme{Sr25519, Ed25519} {
		p := mustURI(t, s, "//Alice")
		secret, seed := p.Secret(), must(func() ([]byte, error) { b, _ := p.Seed(); return b[:], nil }())
		held := struct{ Key *Pair }{p}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p"} {
			for _, v := range []any{p, held} {
				text := fmt.Sprintf(verb, v)
				for _, b := range [][]byte{secret, seed} {
					if strings.Contains(strings.ToLower(text), hex.EncodeToString(b[:8])) || strings.Contains(text, fmt.Sprint(b[:4])[1:8]) {
						t.Errorf("%s prints a secret: %s", verb, text)
					}
				}
			}
		}
		if text := fmt.Sprintf("%#v", p); !strings.Contains(text, p.Public().String()) {
			t.Errorf("%%#v prints %s, want the address", text)
		}
		if raw, err := json.Marshal([]any{p}); err != nil || string(raw) != "[{}]" {
			t.Errorf("JSON is %s, %v", raw, err)
		}
	}
	var none *Pair
	if got := fmt.Sprint(none); got != "keys.Pair(nil)" {
		t.Errorf("nil prints %q", got)
	}
	secret := "0x" + strings.Repeat("ab", 31) + "zz"
	if _, err := FromURI(secret); err == nil || strings.Contains(err.Error(), "abab") {
		t.Errorf("the error %v should not quote the seed", err)
	}
	phrase := strings.Replace(leopard, "phone", "phonee", 1)
	if _, err := FromURI(phrase); !errors.Is(err, ErrMnemonic) || strings.Contains(err.Error(), "phonee") {
		t.Errorf("the error %v should wrap ErrMnemonic and not quote the word", err)
	}
}

func TestSignAndVerifyAny(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]Scheme{Sr25519, Ed25519}).Draw(t, "scheme")
		p, err := FromSeed(s, [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")))
		if err != nil {
			t.Fatal(err)
		}
		msg := rapid.SliceOf(rapid.Byte()).Draw(t, "message")
		sig := p.Sign(msg)
		if !Verify(s, p.Public(), msg, sig) {
			t.Fatal("own signature refused")
		}
		bit := rapid.IntRange(0, 511).Draw(t, "bit")
		sig[bit/8] ^= 1 << (bit % 8)
		if Verify(s, p.Public(), msg, sig) {
			t.Fatalf("accepted with bit %d flipped", bit)
		}
	})
}

func FuzzURI(f *testing.F) {
	for _, v := range vectors.All[struct{ URI string }](f, "uris.jsonl") {
		if len(v.URI) < 200 {
			f.Add(v.URI)
		}
	}
	f.Fuzz(func(t *testing.T, uri string) {
		u, err := parseURI(uri)
		if err != nil {
			if u.phrase != "" || u.path != nil || u.password != "" {
				t.Fatalf("%q: an error comes with a result", uri)
			}
			return
		}
		if len(u.path) > len(uri)/2+1 {
			t.Fatalf("%q: %d junctions", uri, len(u.path))
		}
		// Every accepted URI prints back from its parts.
		body, _, has := strings.Cut(uri, "///")
		if has && !strings.HasSuffix(uri, "///"+u.password) || !has && u.password != "" {
			t.Fatalf("%q: password %q", uri, u.password)
		}
		phrase, _, _ := strings.Cut(body, "/")
		if phrase != u.phrase && (phrase != "" || u.phrase != DevPhrase) {
			t.Fatalf("%q: phrase %q", uri, u.phrase)
		}
		var steps int
		for _, part := range strings.Split(body[len(phrase):], "/") {
			if part != "" {
				if steps >= len(u.path) || u.path[steps].code != chainCode(part) {
					t.Fatalf("%q: junction %q is lost", uri, part)
				}
				steps++
			}
		}
		if steps != len(u.path) {
			t.Fatalf("%q: %d junctions, want %d", uri, len(u.path), steps)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	for _, s := range []Scheme{Sr25519, Ed25519} {
		b.Run(s.String(), func(b *testing.B) {
			p, msg := mustURI(b, s, "//Alice"), make([]byte, 200)
			for b.Loop() {
				p.Sign(msg)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, s := range []Scheme{Sr25519, Ed25519} {
		b.Run(s.String(), func(b *testing.B) {
			p, msg := mustURI(b, s, "//Alice"), make([]byte, 200)
			sig := p.Sign(msg)
			for b.Loop() {
				if !Verify(s, p.Public(), msg, sig) {
					b.Fatal("refused")
				}
			}
		})
	}
	b.Run("ecdsa", func(b *testing.B) {
		v := vectors.All[struct{ Scheme, Message, Signature, Public string }](b, "signatures.jsonl")
		for _, v := range v {
			if v.Scheme == "ecdsa" {
				msg, sig, account := vectors.Unhex(b, v.Message), [65]byte(vectors.Unhex(b, v.Signature)), bt.AccountID(vectors.Unhex(b, v.Public))
				for b.Loop() {
					if !VerifyEcdsa(account, msg, sig) {
						b.Fatal("refused")
					}
				}
				return
			}
		}
	})
}

func BenchmarkVerifyBatch(b *testing.B) {
	for _, n := range []int{8, 64, 512} {
		b.Run(fmt.Sprintf("signatures=%d", n), func(b *testing.B) {
			items := make([]Item, n)
			for i := range items {
				p := mustURI(b, Sr25519, fmt.Sprintf("//%d", i))
				msg := fmt.Appendf(make([]byte, 0, 200), "%0200d", i)
				items[i] = Item{Scheme: Sr25519, Public: p.Public(), Message: msg, Signature: p.Sign(msg)}
			}
			for b.Loop() {
				VerifyBatch(items)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/signature")
		})
	}
}

func BenchmarkDerive(b *testing.B) {
	root := mustURI(b, Sr25519, "")
	for _, hard := range []bool{false, true} {
		b.Run(fmt.Sprintf("hard=%v", hard), func(b *testing.B) {
			j := junction{code: chainCode("Alice"), hard: hard}
			for b.Loop() {
				if _, err := root.derive(j); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("mnemonic", func(b *testing.B) {
		for b.Loop() {
			if _, err := FromMnemonic(Sr25519, DevPhrase, ""); err != nil {
				b.Fatal(err)
			}
		}
	})
}
