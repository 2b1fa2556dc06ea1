package hash

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/myelin-go/myelin/internal/vectors"
)

func TestGolden(t *testing.T) {
	type row struct{ Data, Blake128, Blake256, Blake512, Twox64, Twox128, Twox256 string }
	vectors.Lines(t, "hashes.jsonl", 25, func(_ int, v *row) {
		data := vectors.Unhex(t, v.Data)
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
			if !bytes.Equal(c.got, vectors.Unhex(t, c.want)) {
				t.Errorf("%s of %d bytes is %x, want %s", c.name, len(data), c.got, c.want)
			}
		}
	})
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

// Two of the algorithm's published digests.
func TestBlake3(t *testing.T) {
	for data, want := range map[string]string{
		"":    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
		"abc": "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
	} {
		whole, parts := Blake3([]byte(data)), Blake3([]byte(data[:len(data)/2]), []byte(data[len(data)/2:]))
		if got := fmt.Sprintf("%x", whole); got != want || parts != whole {
			t.Errorf("Blake3 of %q is %s, in parts %x, want %s", data, got, parts, want)
		}
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
