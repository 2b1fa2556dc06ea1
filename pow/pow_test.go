package pow

import (
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/internal/vectors"
)

func unhex(t testing.TB, s string) (out [32]byte) {
	t.Helper()
	s += strings.Repeat("0", max(0, 64-len(s)))
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 32 {
		t.Fatalf("%q is not 32 bytes: %v", s, err)
	}
	return [32]byte(b)
}

func TestLegacyVectors(t *testing.T) {
	vectors.Calls(t, "emission.jsonl", map[string]vectors.Check{"pow_seal": checkSeal}, vectors.Others)
}

func checkSeal(t *testing.T, in, out json.RawMessage) {
	var a struct {
		BlockHash         string `json:"block_hash"`
		Hotkey            string
		Nonce, Difficulty vectors.U64
	}
	var want struct {
		Seal  string
		Meets bool
	}
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	seal := Legacy(unhex(t, a.BlockHash), unhex(t, a.Hotkey)).Seal(uint64(a.Nonce))
	vectors.Expect(t, "seal", hex.EncodeToString(seal[:]), want.Seal)
	vectors.Expect(t, "meets", seal.Meets(uint64(a.Difficulty)), want.Meets)
}

// The first seal is that of the official client's own test; the others were computed from the description of the message.
func TestRegisterSeals(t *testing.T) {
	var ones, counting [32]byte
	for i := range counting {
		ones[i], counting[i] = 1, byte(i)
	}
	first := Register(1, ones, unhex(t, "0b"), unhex(t, "16"))
	second := Register(2, counting,
		unhex(t, "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48"),
		unhex(t, "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"))
	for _, c := range []struct {
		puzzle Puzzle
		nonce  uint64
		want   string
	}{
		{first, 7, "06eef1fff090c8a0c4fbbbd17093346c9a45b3208fb3ff62524474cf4ba2cbc1"},
		{first, 0, "2dbaddb7d613e5d7ccc14adc08bc06aaeece98bc6805126feee642389a20777e"},
		{second, 0, "9f90497ac4bbf1a93a50e761c65d56a1aac0574c3e7b2c47a3242400ed07fe15"},
		{second, 521, "4de63156a58563ccbd238b88929f18cd1cfe1fc3ad8d5d2459c71a1d744d1400"},
		{second, 29885, "b9b569b64c894bc007cfcfbe8badb3d614f1e7888463d056ef14b0dc305b0000"},
		{second, 1<<64 - 1, "db2f66a6bb984b4b53c5e51141eb6ac4057d7f7a309532af7b997c395e4dd8a0"},
	} {
		if got := c.puzzle.Seal(c.nonce); hex.EncodeToString(got[:]) != c.want {
			t.Errorf("nonce %d: got %x, want %s", c.nonce, got, c.want)
		}
	}
	for nonce := range uint64(522) {
		if got := second.Seal(nonce).Meets(1000); got != (nonce == 521) {
			t.Errorf("nonce %d at difficulty 1000: got %v", nonce, got)
		}
	}
	if !second.Seal(29885).Meets(100_000) || second.Seal(521).Meets(100_000) {
		t.Error("at difficulty 100,000 nonce 29885 passes and 521 does not")
	}
}

func TestMeetsAgainstBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seal")
		clear(raw[rapid.IntRange(0, 32).Draw(t, "length"):]) // small numbers, too
		difficulty := rapid.Uint64().Draw(t, "difficulty")
		slices.Reverse(raw)
		n := new(big.Int).SetBytes(raw)
		slices.Reverse(raw)
		n.Mul(n, new(big.Int).SetUint64(difficulty))
		if got := Seal(raw).Meets(difficulty); got != (n.BitLen() <= 256) {
			t.Fatalf("%x at %d: got %v", raw, difficulty, got)
		}
		slices.Reverse(raw)
		if got := Seal(raw).MeetsBigEndian(difficulty); got != (n.BitLen() <= 256) {
			t.Fatalf("%x at %d, big-endian: got %v", raw, difficulty, got)
		}
	})
}

func TestEffectiveDifficulty(t *testing.T) {
	for _, c := range []struct{ difficulty, low, high, want uint64 }{
		{10, 1, 100, 10},
		{10, 20, 100, 20},
		{10, 1, 5, 5},
		{10, 20, 5, 20},
		{0, 0, 0, 1},
	} {
		if got := EffectiveDifficulty(c.difficulty, c.low, c.high); got != c.want {
			t.Errorf("%d in %d..%d: got %d, want %d", c.difficulty, c.low, c.high, got, c.want)
		}
	}
}

// The first nonces that pass over one hash of block and account, by both orders of bytes; computed independently.
func TestOrdersOfBytes(t *testing.T) {
	inner := unhex(t, "9dda24e4199df410e18a43044b3069078f796922b0247b8749aecb577b09bd59")
	p := Puzzle{size: legacySize}
	copy(p.message[nonceSize:], inner[:])
	for _, c := range []struct{ difficulty, big, little uint64 }{{10, 1, 10}, {1000, 1031, 485}} {
		for nonce := range max(c.big, c.little) + 1 {
			seal := p.Seal(nonce)
			if got := seal.MeetsBigEndian(c.difficulty); nonce <= c.big && got != (nonce == c.big) {
				t.Errorf("nonce %d at %d, big-endian: got %v", nonce, c.difficulty, got)
			}
			if got := seal.Meets(c.difficulty); nonce <= c.little && got != (nonce == c.little) {
				t.Errorf("nonce %d at %d, little-endian: got %v", nonce, c.difficulty, got)
			}
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	p := Register(1, [32]byte{1}, [32]byte{2}, [32]byte{3})
	nonce := uint64(0)
	for b.Loop() {
		p.Seal(nonce)
		nonce++
	}
}
