package tlock_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/tlock"
)

// quicknet is the public key of drand's quicknet.
const quicknet = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"

type pulse struct {
	Round                 uint64
	Randomness, Signature string
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func publicKey(t testing.TB) *tlock.PublicKey {
	t.Helper()
	k, err := tlock.ParsePublicKey(unhex(t, quicknet))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// lines decodes a file of JSON lines, gzipped or not.
func lines[T any](t testing.TB, file string) (out []T) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := s.Err(); err != nil || len(out) == 0 {
		t.Fatalf("%s: %d lines, %v", file, len(out), err)
	}
	return out
}

// pulses are real ones, by their rounds.
func pulses(t testing.TB) map[uint64]pulse {
	out := map[uint64]pulse{}
	for _, p := range lines[pulse](t, "testdata/pulses.jsonl") {
		out[p.Round] = p
	}
	return out
}

func TestQuicknetPulses(t *testing.T) {
	key := publicKey(t)
	if b := key.Bytes(); hex.EncodeToString(b[:]) != quicknet {
		t.Errorf("the key is written as %x", b)
	}
	all := pulses(t)
	for _, p := range all {
		raw := unhex(t, p.Signature)
		s, err := tlock.ParseSignature(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !key.Verify(p.Round, s) {
			t.Errorf("the signature of round %d is refused", p.Round)
		}
		if b := s.Bytes(); !bytes.Equal(b[:], raw) {
			t.Errorf("round %d: written as %x", p.Round, b)
		}
		if r := tlock.Randomness(raw); p.Randomness != "" && hex.EncodeToString(r[:]) != p.Randomness {
			t.Errorf("round %d: randomness %x, want %s", p.Round, r, p.Randomness)
		}
		for _, other := range []uint64{0, p.Round - 1, p.Round + 1, p.Round << 8, 1<<64 - 1} {
			if key.Verify(other, s) {
				t.Errorf("the signature of round %d passes for round %d", p.Round, other)
			}
		}
	}
	// Every bit of a signature counts: what still parses is refused.
	raw := unhex(t, all[1000].Signature)
	parsed := 0
	for bit := range 8 * len(raw) {
		altered := slices.Clone(raw)
		altered[bit/8] ^= 1 << (bit % 8)
		if s, err := tlock.ParseSignature(altered); err == nil {
			parsed++
			if key.Verify(1000, s) {
				t.Errorf("bit %d of the signature does not count", bit)
			}
		} else if !errors.Is(err, tlock.ErrPoint) {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
	if parsed == 0 { // turning the sign of the point leaves it in the group
		t.Error("no altered signature parsed: the test shows nothing")
	}
}

func TestPoints(t *testing.T) {
	infinity := func(n int) []byte { return append([]byte{0xc0}, make([]byte, n-1)...) }
	if _, err := tlock.ParsePublicKey(infinity(tlock.PublicKeySize)); !errors.Is(err, tlock.ErrPoint) {
		t.Errorf("the point at infinity as public key: %v", err)
	}
	nobody, err := tlock.ParseSignature(infinity(tlock.SignatureSize))
	if err != nil {
		t.Fatal(err)
	}
	if publicKey(t).Verify(1000, nobody) {
		t.Error("the point at infinity signs")
	}
	key := unhex(t, quicknet)
	for name, raw := range map[string][]byte{
		"empty": nil, "short": key[:95], "long": append(slices.Clone(key), 0), "not compressed": append([]byte{key[0] &^ 0x80}, key[1:]...),
		"above the modulus": bytes.Repeat([]byte{0x9f, 0xff}, 48),
	} {
		if _, err := tlock.ParsePublicKey(raw); err == nil {
			t.Errorf("a public key that is %s was taken", name)
		}
	}
	for _, n := range []int{0, 1, 47} {
		if _, err := tlock.ParseSignature(make([]byte, n)); err == nil {
			t.Errorf("a signature of %d bytes was taken", n)
		}
	}
	// On the curve, but not in the group of the right order: x = 4 gives a point of G1's curve outside of the subgroup.
	outside := make([]byte, tlock.SignatureSize)
	outside[0], outside[47] = 0x80, 4
	if _, err := tlock.ParseSignature(outside); !errors.Is(err, tlock.ErrPoint) {
		t.Errorf("a point outside of the group: %v", err)
	}
}

type golden struct {
	MadeBy     string `json:"made_by"`
	Round      uint64
	Ciphertext string
	Message    string
}

// wrapped is how some of the Python functions wrap a ciphertext.
type wrapped struct {
	Data  []byte
	Round uint64
}

// open gives the ciphertext of a golden line.
func (g *golden) open(t testing.TB) []byte {
	raw := unhex(t, g.Ciphertext)
	if !strings.HasSuffix(g.MadeBy, " encrypt") && !strings.HasSuffix(g.MadeBy, " encrypt_at_round") {
		return raw
	}
	var w wrapped
	if err := scale.Unmarshal(raw, &w); err != nil {
		t.Fatal(err)
	}
	if w.Round != g.Round {
		t.Fatalf("round %d, want %d", w.Round, g.Round)
	}
	return w.Data
}

func TestOfficialCiphertexts(t *testing.T) {
	all := pulses(t)
	for i, g := range lines[golden](t, "testdata/ciphertexts.jsonl.gz") {
		t.Run(fmt.Sprintf("%d %s", i, g.MadeBy), func(t *testing.T) {
			raw := g.open(t)
			message, err := tlock.Decrypt(raw, unhex(t, all[g.Round].Signature))
			if err != nil || hex.EncodeToString(message) != g.Message {
				t.Errorf("%x, %v; want %s", message, err, g.Message)
			}
			c, rest, err := tlock.ParseCiphertext(raw)
			if err != nil || len(rest) != 0 || !bytes.Equal(c.Bytes(), raw) || string(c.Suite) != tlock.Suite {
				t.Errorf("parsed to %+v, %x left, %v", c, rest, err)
			}
			if _, err := tlock.Decrypt(raw, unhex(t, all[123].Signature)); !errors.Is(err, tlock.ErrKey) {
				t.Errorf("another round's signature: %v", err)
			}
		})
	}
}

// TestAlteredCiphertexts spoils each part of a ciphertext.
func TestAlteredCiphertexts(t *testing.T) {
	signature := unhex(t, pulses(t)[1000].Signature)
	g := lines[golden](t, "testdata/ciphertexts.jsonl.gz")[1]
	raw := g.open(t)
	const u, word = tlock.PublicKeySize, 8
	v, w := u+word, u+word+32+word
	body := w + 32
	for name, c := range map[string]struct {
		at   int
		want error
	}{
		"the point":              {u - 1, tlock.ErrFormat},
		"length of V":            {u, tlock.ErrFormat},
		"V":                      {v + 5, tlock.ErrKey},
		"W":                      {w + 5, tlock.ErrKey},
		"length of the body":     {body, tlock.ErrFormat},
		"length of the message":  {body + word, tlock.ErrFormat},
		"the message":            {body + 2*word, tlock.ErrKey},
		"the nonce":              {len(raw) - 2*word - 1, tlock.ErrKey},
		"the length of the name": {len(raw) - 2*word, tlock.ErrFormat},
	} {
		altered := slices.Clone(raw)
		altered[c.at] ^= 1
		if m, err := tlock.Decrypt(altered, signature); !errors.Is(err, c.want) || m != nil {
			t.Errorf("%s altered: %q, %v, want %v", name, m, err, c.want)
		}
	}
	for n := range raw {
		if _, err := tlock.Decrypt(raw[:n], signature); !errors.Is(err, tlock.ErrFormat) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	// Upstream looks neither at the name of the cipher nor at what stands behind.
	named := append(slices.Clone(raw[:len(raw)-8]), "whatever, and more"...)
	if m, err := tlock.Decrypt(named, signature); err != nil || hex.EncodeToString(m) != g.Message {
		t.Errorf("another name: %q, %v", m, err)
	}
}

// TestOwnBeacon encrypts to a beacon of one's own: only the signature of the very round opens.
func TestOwnBeacon(t *testing.T) {
	secret, err := tlock.NewSecretKey([]byte("a seed for this test"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tlock.NewSecretKey([]byte("short")); err == nil {
		t.Error("a seed of 5 bytes was taken")
	}
	key := secret.Public()
	for _, round := range []uint64{0, 1, 1000, 1<<64 - 1} {
		message := []byte(fmt.Sprintf("to round %d", round))
		c, err := tlock.Encrypt(key, round, message, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		s := secret.Sign(round)
		if !key.Verify(round, s) || publicKey(t).Verify(round, s) {
			t.Errorf("round %d: the signature is not that of this beacon alone", round)
		}
		raw := s.Bytes()
		got, err := tlock.Decrypt(c.Bytes(), raw[:])
		if diff := cmp.Diff(message, got); err != nil || diff != "" {
			t.Errorf("round %d: %v %s", round, err, diff)
		}
		if _, err := c.Decrypt(secret.Sign(round + 1)); !errors.Is(err, tlock.ErrKey) {
			t.Errorf("round %d opens with the next one's signature: %v", round, err)
		}
	}
	if _, err := tlock.Encrypt(key, 1, nil, strings.NewReader("too few random bytes")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without random bytes: %v", err)
	}
}

// TestEncryptIsStable pins what Encrypt makes of fixed random bytes, so that a change of the format shows.
func TestEncryptIsStable(t *testing.T) {
	c, err := tlock.Encrypt(publicKey(t), 1000, []byte("stable"), mathrand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := tlock.Decrypt(c.Bytes(), unhex(t, pulses(t)[1000].Signature)); err != nil || string(m) != "stable" {
		t.Errorf("%q, %v", m, err)
	}
	const want = "8500eb189f93cf1dd6bb36912ae5c4a01f12c386418be77a3584eee896773c79"
	if got := fmt.Sprintf("%x", sha256.Sum256(c.Bytes())); got != want {
		t.Errorf("the ciphertext has SHA-256 %s, want %s", got, want)
	}
}

// FuzzCiphertext holds the law of decoders: what parses prints back the same bytes, and no signature makes it panic.
func FuzzCiphertext(f *testing.F) {
	for _, g := range lines[golden](f, "testdata/ciphertexts.jsonl.gz") {
		f.Add(g.open(f))
	}
	s, err := tlock.ParseSignature(unhex(f, pulses(f)[1000].Signature))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, rest, err := tlock.ParseCiphertext(raw)
		if err != nil {
			if c != nil || rest != nil {
				t.Error("an error and a result")
			}
			return
		}
		if got := append(c.Bytes(), rest...); !bytes.Equal(got, raw) {
			t.Errorf("%x is printed back as %x", raw, got)
		}
		if m, err := c.Decrypt(s); (err == nil) == (m == nil) && len(c.Sealed) != 16 {
			t.Errorf("message %x, error %v", m, err)
		}
	})
}

// FuzzPoints holds the same law for keys and signatures.
func FuzzPoints(f *testing.F) {
	f.Add(unhex(f, quicknet))
	f.Add(unhex(f, pulses(f)[1000].Signature))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if k, err := tlock.ParsePublicKey(raw); err == nil {
			if b := k.Bytes(); !bytes.Equal(b[:], raw) {
				t.Errorf("%x is printed back as %x", raw, b)
			}
		}
		if s, err := tlock.ParseSignature(raw); err == nil {
			if b := s.Bytes(); !bytes.Equal(b[:], raw[:tlock.SignatureSize]) {
				t.Errorf("%x is printed back as %x", raw, b)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	key := publicKey(b)
	raw := unhex(b, pulses(b)[1000].Signature)
	for b.Loop() {
		s, err := tlock.ParseSignature(raw)
		if err != nil || !key.Verify(1000, s) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkDecrypt(b *testing.B) {
	signature := unhex(b, pulses(b)[1000].Signature)
	for _, g := range lines[golden](b, "testdata/ciphertexts.jsonl.gz")[1:3] {
		raw := g.open(b)
		b.Run(fmt.Sprintf("bytes=%d", len(g.Message)/2), func(b *testing.B) {
			for b.Loop() {
				if _, err := tlock.Decrypt(raw, signature); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncrypt(b *testing.B) {
	key, message := publicKey(b), make([]byte, 1024)
	for b.Loop() {
		if _, err := tlock.Encrypt(key, 1000, message, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	secret, err := tlock.NewSecretKey([]byte("a seed for this test"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		secret.Sign(1000)
	}
}
