package results

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/yuma"
)

//go:embed published/epochs.jsonl.gz testdata/yuma-simulation/cases.jsonl.gz
var recorded embed.FS

// lines reads a recording; each line is decoded into a fresh T.
func lines[T any](name string, each func(*T)) error {
	packed, err := recorded.ReadFile(name)
	if err != nil {
		return err
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	const longest = 4 << 20
	s := bufio.NewScanner(r)
	s.Buffer(nil, longest)
	for n := 1; s.Scan(); n++ {
		v := new(T)
		if err := json.Unmarshal(s.Bytes(), v); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, n, err)
		}
		each(v)
	}
	return s.Err()
}

// number is a u64 in a JSON string.
type number uint64

func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseUint(string(bytes.Trim(b, `"`)), 10, 64)
	*n = number(v)
	return err
}

func numbers(list []number) []uint64 {
	out := make([]uint64, len(list))
	for i, v := range list {
		out[i] = uint64(v)
	}
	return out
}

// wide is a fixed-point number as the decimal text of its bits.
type wide struct{ fixed.I64F64 }

func (w *wide) UnmarshalJSON(b []byte) error {
	v, ok := new(big.Int).SetString(string(bytes.Trim(b, `"`)), 10)
	if !ok || v.Sign() < 0 || v.BitLen() > 127 {
		return fmt.Errorf("%s is no number of 64 whole and 64 fractional bits", b)
	}
	low := new(big.Int).And(v, new(big.Int).SetUint64(1<<64-1)).Uint64()
	w.I64F64 = fixed.I64F64FromBits(fixed.Int128{Hi: int64(v.Rsh(v, 64).Uint64()), Lo: low})
	return nil
}

// pairs is a row of [uid, value].
type pairs [][2]uint16

func rowsOf(list []pairs) [][]yuma.Entry {
	out := make([][]yuma.Entry, len(list))
	for i, row := range list {
		for _, p := range row {
			out[i] = append(out[i], yuma.Entry{UID: p[0], Value: p[1]})
		}
	}
	return out
}
