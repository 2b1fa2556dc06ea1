package vectors

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func zip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A given folder comes first, compressed or not; then the room's testdata; then what the rooms share. What is broken is not passed over.
func TestPlaces(t *testing.T) {
	t.Chdir(t.TempDir())
	given := t.TempDir()
	for path, content := range map[string][]byte{
		"testdata/a.jsonl.gz":                     zip(t, "room"),
		"testdata/b.jsonl":                        []byte("room"),
		"testdata/torn.jsonl.gz":                  zip(t, "room"),
		filepath.Join(given, "a.jsonl"):           []byte("given"),
		filepath.Join(given, "below/c.jsonl.gz"):  zip(t, "given"),
		filepath.Join(given, "torn.jsonl.gz"):     zip(t, "torn in two")[:20],
		filepath.Join(given, "emission.jsonl.gz"): zip(t, "given"),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, folder, want string
		given              bool
	}{
		{"a.jsonl", "", "room", false},
		{"b.jsonl", "", "room", false},
		{"a.jsonl", given, "given", true},
		{"b.jsonl", given, "room", false},
		{"below/c.jsonl", given, "given", true},
		{"emission.jsonl", given, "given", true},
		{"emission.jsonl", "", `{"fn":"block_emission_for_issuance"`, false},
	} {
		raw, wasGiven, err := find(c.name, c.folder)
		if err != nil || !strings.HasPrefix(string(raw), c.want) || wasGiven != c.given {
			t.Errorf("%s with folder %q: %.40q, %v, %v", c.name, c.folder, raw, wasGiven, err)
		}
	}
	if _, _, err := find("c.jsonl", given); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is nowhere: %v", err)
	}
	if _, _, err := find("torn.jsonl", given); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a torn file: %v", err)
	}
	if _, _, err := find("a.jsonl", given+"/nowhere"); err == nil {
		t.Error("a folder that does not exist was passed over")
	}
}

func TestU64(t *testing.T) {
	for text, want := range map[string]U64{`0`: 0, `"7"`: 7, `18446744073709551615`: 1<<64 - 1, `"18446744073709551615"`: 1<<64 - 1} {
		var got U64
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s reads as %d, %v", text, got, err)
		}
	}
	for _, text := range []string{`null`, `""`, `-1`, `"18446744073709551616"`, `1.5`, `"0x1"`, `{}`} {
		var got U64
		// json passes null over for most types; U64 must see it.
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s reads as %d", text, got)
		}
	}
}

func TestCallsRunsEachLine(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	lines := `{"fn":"double","in":"3","out":6}
{"fn":"sum","a":1,"b":2,"is":3}
{"fn":"another room's"}
{"fn":"double","in":4,"out":8}
`
	if err := os.WriteFile("testdata/calls.jsonl", []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	runs := 0
	Calls(t, "calls.jsonl", map[string]Check{
		"double": func(t *testing.T, in, out json.RawMessage) {
			var a, want U64
			Parse(t, in, &a)
			Parse(t, out, &want)
			Expect(t, "double", 2*a, want)
			runs++
		},
		"sum": func(t *testing.T, line, out json.RawMessage) {
			var v struct{ A, B, Is int }
			Parse(t, line, &v)
			Expect(t, "sum", v.A+v.B, v.Is)
			Expect(t, "out", len(out), 0)
			runs++
		},
	}, Others)
	Expect(t, "runs", runs, 3)
}
