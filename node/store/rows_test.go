package store

import (
	"bytes"
	"errors"
	"testing"
)

func FuzzHistoryRow(f *testing.F) {
	f.Add(historyRow(nil, 0), []byte{}, []byte{0})
	f.Add(historyRow([]byte{0, 0xff, 0}, 7), []byte{0}, []byte{0, 0})
	f.Add([]byte{'h', 0}, []byte("ab"), []byte("a"))
	f.Fuzz(func(t *testing.T, row, a, b []byte) {
		if key, height, err := parseHistoryRow(row); err == nil {
			if again := historyRow(key, height); !bytes.Equal(again, row) {
				t.Fatalf("%x prints back as %x", row, again)
			}
		} else if !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		if got, want := bytes.Compare(historyRow(a, 1<<31), historyRow(b, 5)), bytes.Compare(a, b); want != 0 && got != want {
			t.Fatalf("rows of %x and %x compare %d, the keys %d", a, b, got, want)
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendList(nil, [][]byte{{}, {1}, bytes.Repeat([]byte{2}, 200)}))
	f.Add([]byte{0x80, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		items, err := parseList(raw)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if again := appendList(nil, items); !bytes.Equal(again, raw) {
			t.Fatalf("%x prints back as %x", raw, again)
		}
	})
}
