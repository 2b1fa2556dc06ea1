package hash

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestGolden(t *testing.T) {
	f, err := os.Open("testdata/hashes.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for dec := json.NewDecoder(z); dec.More(); rows++ {
		var v struct{ Data, Blake128, Blake256, Blake512, Twox64, Twox128, Twox256 string }
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		data := unhex(t, v.Data)
		b128, b256, b512 := Blake128(data), Blake256(data), Blake512(data)
		t64, t128, t256 := Twox64(data), Twox128(data), Twox256(data)
		for _, c := range []struct {
			name string
			got  []byte
			want string
		}{
			{"Blake128", b128[:], v.Blake128}, {"Blake256", b256[:], v.Blake256}, {"Blake512", b512[:], v.Blake512},
			{"Twox64", t64[:], v.Twox64}, {"Twox128", t128[:], v.Twox128}, {"Twox256", t256[:], v.Twox256},
		} {
			if !bytes.Equal(c.got, unhex(t, c.want)) {
				t.Errorf("%s of %d bytes is %x, want %s", c.name, len(data), c.got, c.want)
			}
		}
	}
	if rows != 25 {
		t.Errorf("%d rows, want 25", rows)
	}
}

// The variadic forms hash the concatenation, wherever it is cut, and no parts are the empty text.
func TestPartsAreConcatenated(t *testing.T) {
	data := []byte("the quick brown fox jumps over the lazy dog, and over the block border of blake2b, which is one hundred and twenty-eight bytes")
	w256, w512 := Blake256(data), Blake512(data)
	for cut := range len(data) + 1 {
		if Blake256(data[:cut], data[cut:]) != w256 || Blake256(data[:cut/2], data[cut/2:cut], nil, data[cut:]) != w256 {
			t.Fatalf("Blake256 cut at %d differs", cut)
		}
		if Blake512(data[:cut], data[cut:]) != w512 {
			t.Fatalf("Blake512 cut at %d differs", cut)
		}
	}
	if Blake256() != Blake256(nil) || Blake512() != Blake512(nil) {
		t.Error("no parts differ from an empty one")
	}
}

func BenchmarkHash(b *testing.B) {
	for _, size := range []int{32, 1024} {
		data := make([]byte, size)
		for _, c := range []struct {
			name string
			hash func()
		}{
			{"Blake128", func() { Blake128(data) }}, {"Blake256", func() { Blake256(data) }}, {"Twox64", func() { Twox64(data) }},
			{"Twox128", func() { Twox128(data) }}, {"Twox256", func() { Twox256(data) }},
		} {
			b.Run(fmt.Sprintf("%s/bytes=%d", c.name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					c.hash()
				}
			})
		}
	}
}
