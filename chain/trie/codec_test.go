package trie

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/internal/hash"
)

// reencode writes a decoded node again.
func reencode(n decoded) []byte {
	var kids []string
	for _, k := range n.kids {
		if k != "" {
			kids = append(kids, k)
		}
	}
	return appendNode(nil, n.path, n.val, n.bitmap, func(i int) string { return kids[i] })
}

func FuzzDecodeNode(f *testing.F) {
	for _, blocks := range loadGolden(f).Histories {
		for _, b := range blocks {
			for _, p := range b.Proof[:min(2, len(b.Proof))] {
				f.Add([]byte(p))
			}
		}
	}
	f.Fuzz(func(t *testing.T, enc []byte) {
		n, err := decodeNode(string(enc))
		if err != nil {
			if !errors.Is(err, ErrNode) {
				t.Fatalf("error %v does not wrap ErrNode", err)
			}
			return
		}
		if again := reencode(n); !bytes.Equal(again, enc) {
			t.Fatalf("%x prints back as %x", enc, again)
		}
		// A proof of that node alone must give an answer or an error for any key, never hang or panic.
		root := hash.Blake256(enc)
		for _, key := range [][]byte{nil, enc, enc[:len(enc)/2]} {
			if _, ok, err := Verify(root, [][]byte{enc}, key); ok && err != nil {
				t.Fatalf("key %x has a value and the error %v", key, err)
			}
		}
	})
}

func TestLongPartialKeys(t *testing.T) {
	for _, n := range []int{0, 1, 14, 15, 16, 30, 31, 32, 62, 63, 64, 255, 256, 317, 318, 319, 574, 5000, maxNibbles} {
		for _, val := range []value{{}, {inlineValue, "x"}, {hashedValue, strings.Repeat("h", 32)}} {
			for _, bitmap := range []uint16{0, 3} {
				if bitmap == 0 && val.kind == noValue {
					continue
				}
				path := nibbles{strings.Repeat("\x12", n/2+1), 1, 1 + n}
				enc := appendNode(nil, path, val, bitmap, func(i int) string { return "kid" })
				got, err := decodeNode(string(enc))
				if err != nil || got.path.len() != n || got.path.common(path) != n || got.val != val || got.bitmap != bitmap {
					t.Errorf("path of %d half-bytes, value kind %d, bitmap %d comes back as %d, %v, %d, error %v",
						n, val.kind, bitmap, got.path.len(), got.val, got.bitmap, err)
				}
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, enc := range map[string]string{
		"no bytes":                "",
		"the empty trie":          "\x00",
		"unknown kind":            "\x0f",
		"short path":              "\x42",
		"padding not zero":        "\x41\x10\x00",
		"value cut short":         "\x40\x08x",
		"length not the shortest": "\x40\x01\x00",
		"bytes left over":         "\x40\x04xy",
		"no children":             "\x80\x00\x00",
		"empty child":             "\x80\x01\x00\x00",
		"child too long":          "\x80\x01\x00\x84" + strings.Repeat("x", 33),
		"hash cut short":          "\x20" + strings.Repeat("x", 31),
		"path beyond 16 bits":     "\x7f" + strings.Repeat("\xff", 300),
	} {
		if _, err := decodeNode(enc); !errors.Is(err, ErrNode) {
			t.Errorf("%s: error %v, want ErrNode", name, err)
		}
	}
}

// TestProofWithheld drops each entry of a proof in turn: a read either still gives the truth or says that the proof does not hold.
func TestProofWithheld(t *testing.T) {
	rows := map[string]string{}
	for i := range 300 {
		k := hash.Blake256(fmt.Append(nil, i))
		rows[string(k[:8])] = strings.Repeat("v", i%50)
	}
	tr := Build(sortedRows(rows))
	var keys [][]byte
	for i := range 10 {
		k := hash.Blake256(fmt.Append(nil, i*40)) // from 8 on these are absent
		keys = append(keys, k[:8])
	}
	lookup := func(k []byte) ([]byte, bool) { v, ok := rows[string(k)]; return []byte(v), ok }
	proof, err := tr.Prove(keys, lookup)
	if err != nil {
		t.Fatal(err)
	}
	missed := 0
	for drop := range proof {
		less := append(append([][]byte{}, proof[:drop]...), proof[drop+1:]...)
		for _, k := range keys {
			got, ok, err := Verify(tr.Root(), less, k)
			want, present := rows[string(k)]
			switch {
			case errors.Is(err, ErrProof):
				missed++
			case err != nil || ok != present || string(got) != want:
				t.Fatalf("without entry %d key %x reads %x, %t, %v", drop, k, got, ok, err)
			}
		}
	}
	if missed < len(proof) {
		t.Fatalf("%d reads missed something, want at least one for each of %d entries", missed, len(proof))
	}
	if _, err := tr.Prove(keys, func([]byte) ([]byte, bool) { return nil, false }); err == nil {
		t.Fatal("a proof was made without the values")
	}
	if _, _, err := Verify([32]byte{1}, proof, keys[0]); !errors.Is(err, ErrProof) {
		t.Fatalf("against a foreign root: %v", err)
	}
}
