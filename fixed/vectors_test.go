package fixed

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// lines calls f with every line of a vector file: the copy in testdata, or, when MYELIN_VECTORS names a folder, the file
// there, plain or compressed. It fails the test when the file has another number of lines than want.
func lines(t *testing.T, name string, want int, f func(line map[string]json.RawMessage)) {
	t.Helper()
	file, err := open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<24)
	n := 0
	for ; scanner.Scan(); n++ {
		var line map[string]json.RawMessage
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%s line %d: %v", name, n+1, err)
		}
		f(line)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Errorf("%s: %d lines, want %d", name, n, want)
	}
}

func open(name string) (io.ReadCloser, error) {
	folder := "testdata"
	if given := os.Getenv("MYELIN_VECTORS"); given != "" {
		if file, err := os.Open(filepath.Join(given, name)); err == nil {
			return file, nil
		}
		folder = given
	}
	file, err := os.Open(filepath.Join(folder, name+".gz"))
	if err != nil {
		return nil, err
	}
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		file.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{unzipped, file}, nil
}

// text is a field of a line: a string as it is, anything else as JSON; "" when absent.
func text(line map[string]json.RawMessage, field string) string {
	raw, ok := line[field]
	if !ok {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil && string(raw) != "null" {
		return s
	}
	return string(raw)
}
