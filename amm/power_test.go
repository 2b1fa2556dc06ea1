package amm

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"testing"
)

// eachVector calls f for every line of testdata/name.jsonl.gz, or of name.jsonl in the folder that MYELIN_VECTORS names.
func eachVector(t *testing.T, name string, f func(line int, data []byte)) {
	t.Helper()
	path := filepath.Join("testdata", name+".jsonl.gz")
	if folder := os.Getenv("MYELIN_VECTORS"); folder != "" {
		path = filepath.Join(folder, name+".jsonl")
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var r io.Reader = file
	if filepath.Ext(path) == ".gz" {
		if r, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<22)
	line := 0
	for lines.Scan() {
		line++
		f(line, lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if line == 0 {
		t.Fatalf("%s holds no line", path)
	}
}

func unmarshal(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}

// bigString is a decimal string in JSON.
type bigString struct{ *big.Int }

func (b *bigString) UnmarshalJSON(data []byte) error {
	b.Int = new(big.Int)
	return b.Int.UnmarshalJSON(data[1 : len(data)-1])
}

func TestPowRatioVectors(t *testing.T) {
	inexact := 0
	eachVector(t, "pow-ratio", func(line int, data []byte) {
		var v struct {
			BN        bigString  `json:"base_numerator"`
			BD        bigString  `json:"base_denominator"`
			EN        bigString  `json:"exponent_numerator"`
			ED        bigString  `json:"exponent_denominator"`
			Scale     bigString  `json:"scale"`
			Precision uint       `json:"precision"`
			Out       *bigString `json:"out"`
			Inexact   bool       `json:"inexact"`
		}
		unmarshal(t, data, &v)
		got := powRatio(v.BN.Int, v.BD.Int, v.EN.Int, v.ED.Int, v.Precision, v.Scale.Int)
		switch {
		case v.Out == nil && got == nil:
		case v.Out == nil || got == nil || got.Cmp(v.Out.Int) != 0:
			t.Errorf("line %d: got %v, want %v", line, got, v.Out)
		}
		if v.Inexact {
			inexact++
		}
	})
	if inexact != 4 {
		t.Errorf("saw %d lines where upstream's series returns an artefact, want the 4 known ones", inexact)
	}
}
