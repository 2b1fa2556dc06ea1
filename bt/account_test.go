package bt

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/internal/vectors"
)

type ss58Vector struct {
	Prefix           uint16
	Account, Address string
}

func ss58Vectors(t testing.TB) (rows []ss58Vector) {
	t.Helper()
	rows = vectors.All[ss58Vector](t, "ss58.jsonl")
	if len(rows) != 116 {
		t.Fatalf("%d vectors, want 116", len(rows))
	}
	return rows
}

func TestSS58Golden(t *testing.T) {
	for _, v := range ss58Vectors(t) {
		a, err := ParseAccount(v.Account)
		if err != nil {
			t.Fatal(err)
		}
		if got := EncodeSS58(a, v.Prefix); got != v.Address {
			t.Errorf("%s under %d prints %s, want %s", v.Account, v.Prefix, got, v.Address)
		}
		got, prefix, err := DecodeSS58(v.Address)
		if err != nil || got != a || prefix != v.Prefix {
			t.Errorf("%s reads as %x under %d, %v", v.Address, got[:], prefix, err)
		}
		if v.Prefix == SS58Prefix && a.String() != v.Address {
			t.Errorf("String is %s, want %s", a, v.Address)
		}
	}
}

// raw58 prints any prefix bytes and body with a right checksum.
func raw58(parts ...[]byte) string {
	raw := bytes.Join(parts, nil)
	sum := hash.Blake512([]byte("SS58PRE"), raw)
	return encodeBase58(append(raw, sum[:2]...))
}

func TestSS58Refuses(t *testing.T) {
	const alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
	body := make([]byte, 32)
	for what, s := range map[string]string{
		"empty": "", "one zero byte": "1", "a character outside base58": alice[:10] + "0" + alice[11:], "a space": " " + alice,
		"too long": strings.Repeat("1", 65), "very long": strings.Repeat("z", 1<<16), "cut": alice[:47], "longer": alice + "1",
		"a leading one": "1" + alice, "31 bytes": raw58([]byte{42}, body[:31]), "33 bytes": raw58([]byte{42}, body, []byte{0}),
		"reserved 128": raw58([]byte{128}, body), "reserved 255": raw58([]byte{255, 0}, body),
		"prefix 42 in two bytes": raw58([]byte{42>>2 | 0x40, 42 & 3 << 6}, body), "the two-byte form cut": raw58([]byte{64}, body),
		"not ASCII": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKuté",
	} {
		if a, p, err := DecodeSS58(s); !errors.Is(err, ErrSS58) || a != (AccountID{}) || p != 0 {
			t.Errorf("%s: %x, %d, %v, want ErrSS58", what, a[:], p, err)
		}
	}
	for i := range alice { // every single mistyped character is seen
		for _, c := range base58Alphabet {
			if bad := alice[:i] + string(c) + alice[i+1:]; bad != alice {
				if _, _, err := DecodeSS58(bad); err == nil {
					// Two check bytes let one in 65,536 pass; none of these 2,736 does.
					t.Errorf("%s is accepted", bad)
				}
			}
		}
	}
}

func TestParseAccount(t *testing.T) {
	want, err := ParseAccount("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
	if err != nil {
		t.Fatal(err)
	}
	const digits = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
	for _, s := range []string{"0x" + digits, "0x" + strings.ToUpper(digits), EncodeSS58(want, 0), EncodeSS58(want, 16383)} {
		if got, err := ParseAccount(s); err != nil || got != want {
			t.Errorf("%s reads as %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"0x", "0x" + digits[1:], "0x" + digits[2:], "0x" + digits + "00", "0x" + digits[:63] + "g", digits, ""} {
		if got, err := ParseAccount(s); err == nil || got != (AccountID{}) {
			t.Errorf("%q reads as %v", s, got)
		}
	}
	raw, err := json.Marshal(map[AccountID]AccountID{want: want})
	if err != nil {
		t.Fatal(err)
	}
	var back map[AccountID]AccountID
	if err := json.Unmarshal(raw, &back); err != nil || back[want] != want || len(back) != 1 {
		t.Errorf("%s reads back as %v, %v", raw, back, err)
	}
	if err := json.Unmarshal([]byte(`{"x":"y"}`), &back); err == nil {
		t.Error("x was read as an account")
	}
	other := want
	other[31]++
	list := []AccountID{other, want, {}}
	slices.SortFunc(list, AccountID.Compare)
	if list[0] != (AccountID{}) || list[1] != want || !list[0].IsZero() || list[1].IsZero() {
		t.Errorf("sorted to %v", list)
	}
}

func TestSS58AnyPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := AccountID(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "account"))
		prefix := rapid.Uint16Range(0, maxSS58Prefix).Draw(t, "prefix")
		s := EncodeSS58(a, prefix)
		got, p, err := DecodeSS58(s)
		if err != nil || got != a || p != prefix {
			t.Fatalf("%s reads as %x under %d, %v", s, got[:], p, err)
		}
		if again := EncodeSS58(a, prefix|1<<14); again != s {
			t.Fatalf("a prefix of 15 bits prints %s, want %s", again, s)
		}
	})
}

// Base58 is arithmetic: the digits are the number, one "1" for each leading zero byte.
func TestBase58IsANumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "raw")
		s := encodeBase58(raw)
		back, err := decodeBase58(s)
		if err != nil || !bytes.Equal(back, raw) {
			t.Fatalf("%x prints %s, reads %x, %v", raw, s, back, err)
		}
		sum := new(big.Int)
		for _, c := range s {
			sum.Add(sum.Mul(sum, big.NewInt(58)), big.NewInt(int64(strings.IndexRune(base58Alphabet, c))))
		}
		if sum.Cmp(new(big.Int).SetBytes(raw)) != 0 {
			t.Fatalf("%x prints %s", raw, s)
		}
	})
}

func FuzzSS58(f *testing.F) {
	for _, v := range ss58Vectors(f) {
		f.Add(v.Address)
	}
	f.Add("0x" + hex.EncodeToString(make([]byte, 32)))
	f.Fuzz(func(t *testing.T, s string) {
		a, prefix, err := DecodeSS58(s)
		if err != nil {
			if !errors.Is(err, ErrSS58) || a != (AccountID{}) || prefix != 0 {
				t.Fatalf("%q: %v, %d, %v", s, a, prefix, err)
			}
			return
		}
		if got := EncodeSS58(a, prefix); got != s {
			t.Fatalf("%q reads as %x under %d, which prints %q", s, a[:], prefix, got)
		}
	})
}

func BenchmarkSS58(b *testing.B) {
	a := AccountID(hash.Blake256([]byte("benchmark")))
	s := a.String()
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = a.String()
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := DecodeSS58(s); err != nil {
				b.Fatal(err)
			}
		}
	})
}
