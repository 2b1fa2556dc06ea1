// Package vectors reads golden files in tests: JSON Lines or anything else, gzip-compressed or plain. It holds the recordings that more
// than one room reads; a recording that one room reads lies in that room's testdata. It does not know what a recording means: that stands in
// the room's own test; and not the fixed-point forms, which package forms below reads, so that the tests of package fixed can use this one.
//
// A file is named by its path without ".gz", as "emission.jsonl" or "codec/golden-461.json". It is looked for in the folder that the
// environment variable MYELIN_VECTORS names, then in the testdata folder of the package under test, then in this package's. So a recording of
// another version of upstream is tried by naming its folder; where it lacks a file, ours is read and the test's log says so.
package vectors

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata
var shared embed.FS

// folderVariable names the folder with other recordings.
const folderVariable = "MYELIN_VECTORS"

// Load returns a file, uncompressed. Where there is a test to fail, Bytes says the same in one line.
func Load(name string) ([]byte, error) {
	raw, _, err := find(name, os.Getenv(folderVariable))
	return raw, err
}

// find also says whether the file lies in the given folder; "" means that none is given.
func find(name, folder string) (raw []byte, given bool, err error) {
	if folder != "" {
		if _, err := os.Stat(folder); err != nil {
			return nil, false, fmt.Errorf("%s: %w", folderVariable, err)
		}
		raw, err = readIn(os.DirFS(folder), name)
		if !errors.Is(err, fs.ErrNotExist) {
			return raw, true, err
		}
	}
	for _, place := range []fs.FS{os.DirFS("."), shared} {
		raw, err = readIn(place, "testdata/"+name)
		if !errors.Is(err, fs.ErrNotExist) {
			return raw, false, err
		}
	}
	return nil, false, fmt.Errorf("no recording %s or %[1]s.gz: %w", name, err)
}

func readIn(place fs.FS, name string) ([]byte, error) {
	packed, err := fs.ReadFile(place, name+".gz")
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ReadFile(place, name)
	}
	if err != nil {
		return nil, err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%s.gz: %w", name, err)
	}
	raw, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, fmt.Errorf("%s.gz: %w", name, err)
	}
	return raw, nil
}

// Bytes returns a file, uncompressed.
func Bytes(t testing.TB, name string) []byte {
	t.Helper()
	folder := os.Getenv(folderVariable)
	raw, given, err := find(name, folder)
	if err != nil {
		t.Fatal(err)
	}
	if folder != "" && !given {
		t.Logf("%s is not in %s: ours is read", name, folder)
	}
	return raw
}

// JSON decodes a file that is one JSON value.
func JSON(t testing.TB, name string, into any) {
	t.Helper()
	Parse(t, Bytes(t, name), into)
}

// Lines decodes each line of a file of JSON Lines into a fresh T and calls f with it and its number, from 1. It fails the test when the file
// has another number of lines than want.
func Lines[T any](t testing.TB, name string, want int, f func(n int, line *T)) {
	t.Helper()
	rows := All[T](t, name)
	for i := range rows {
		f(i+1, &rows[i])
	}
	if len(rows) != want {
		t.Errorf("%s: %d lines, want %d", name, len(rows), want)
	}
}

// All decodes all lines of a file of JSON Lines; there must be one at least.
func All[T any](t testing.TB, name string) (rows []T) {
	t.Helper()
	for line := range bytes.Lines(Bytes(t, name)) {
		var row T
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatalf("%s line %d: %v", name, len(rows)+1, err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return rows
}

// Check compares what a function makes of in with out. Where a recorded line has no field "in", in is the whole line.
type Check = func(t *testing.T, in, out json.RawMessage)

// Calls runs a file of recorded calls, {"fn": "name", "in": …, "out": …} a line, each line as a subtest. A function without a check fails the
// test unless skip, which may be nil, says that it is another room's; so does a check that no line calls.
func Calls(t *testing.T, name string, checks map[string]Check, skip func(fn string) bool) {
	t.Helper()
	type call struct {
		Fn      string
		In, Out json.RawMessage
	}
	seen := map[string]int{}
	for i, line := range All[json.RawMessage](t, name) {
		var c call
		Parse(t, line, &c)
		seen[c.Fn]++
		if c.In == nil {
			c.In = line
		}
		check := checks[c.Fn]
		if check == nil {
			if skip == nil || !skip(c.Fn) {
				t.Fatalf("%s line %d: unknown function %s", name, i+1, c.Fn)
			}
			continue
		}
		t.Run(c.Fn, func(t *testing.T) {
			check(t, c.In, c.Out)
			if t.Failed() {
				t.Logf("%s line %d: %.400s", name, i+1, line)
			}
		})
	}
	for fn := range checks {
		if seen[fn] == 0 {
			t.Errorf("%s: no line calls %s", name, fn)
		}
	}
}

// Others skips every function that has no check: for recordings that several rooms share.
func Others(string) bool { return true }

// Parse decodes JSON into each of the values.
func Parse(t testing.TB, raw []byte, into ...any) {
	t.Helper()
	for _, v := range into {
		if err := json.Unmarshal(raw, v); err != nil {
			t.Fatalf("%.300s: %v", raw, err)
		}
	}
}

// Expect compares two values.
func Expect[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Unhex reads hexadecimal digits, with or without 0x.
func Unhex(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// U64 is a number of 64 bits in JSON, which recordings write as a decimal string where it may pass 32 bits.
type U64 uint64

// UnmarshalJSON reads a string of decimal digits, or a plain number; null is neither.
func (u *U64) UnmarshalJSON(raw []byte) error {
	digits := string(raw)
	if unquoted, err := strconv.Unquote(digits); err == nil {
		digits = unquoted
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	*u = U64(n)
	return err
}
