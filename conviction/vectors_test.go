package conviction

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/myelin-go/myelin/fixed"
	"pgregory.net/rapid"
)

// u64f64 is {"U64F64": "bits"} in JSON.
type u64f64 struct{ fixed.U64F64 }

func (u *u64f64) UnmarshalJSON(data []byte) error {
	var v struct{ U64F64 string }
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	raw, err := fixed.ParseUint128(v.U64F64)
	u.U64F64 = fixed.U64F64FromBits(raw)
	return err
}

func openVectors(t *testing.T) io.Reader {
	t.Helper()
	path := filepath.Join("testdata", "stake.jsonl.gz")
	if folder := os.Getenv("MYELIN_VECTORS"); folder != "" {
		path = filepath.Join(folder, "stake.jsonl")
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if filepath.Ext(path) != ".gz" {
		return file
	}
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func parse(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%.300s: %v", data, err)
	}
}

func TestVectors(t *testing.T) {
	seen := map[string]int{}
	lines := bufio.NewScanner(openVectors(t))
	lines.Buffer(nil, 1<<22)
	for n := 1; lines.Scan(); n++ {
		var v struct {
			Fn      string
			In, Out json.RawMessage
		}
		parse(t, lines.Bytes(), &v)
		seen[v.Fn]++
		switch v.Fn {
		case "exp_decay":
			var a struct {
				Dt  uint64 `json:",string"`
				Tau uint64 `json:",string"`
			}
			var want u64f64
			parse(t, v.In, &a)
			parse(t, v.Out, &want)
			if got := Decay(a.Dt, a.Tau); got != want.U64F64 {
				t.Errorf("line %d: got %v, want %v: %s", n, got, want, lines.Bytes())
			}
		case "roll_forward_lock":
			checkRoll(t, n, v.In, v.Out)
		case "voting_power_ema":
			var a struct {
				Stake    uint64 `json:",string"`
				Previous uint64 `json:",string"`
				Alpha    uint64 `json:",string"`
			}
			var want json.Number
			parse(t, v.In, &a)
			parse(t, v.Out, &want)
			wanted, err := fixed.ParseUint128(want.String())
			if got := VotingPower(a.Stake, a.Previous, a.Alpha); err != nil || fixed.Uint128From64(got) != wanted {
				t.Errorf("line %d: got %d: %s", n, got, lines.Bytes())
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, fn := range []string{"exp_decay", "roll_forward_lock", "voting_power_ema"} {
		if seen[fn] == 0 {
			t.Errorf("no vector of %s", fn)
		}
	}
}

func checkRoll(t *testing.T, n int, in, out json.RawMessage) {
	type lock struct {
		Mass       uint64 `json:"locked_mass,string"`
		Conviction u64f64
		LastUpdate uint64 `json:"last_update,string"`
	}
	var a struct {
		lock
		Now       uint64 `json:",string"`
		Unlock    uint64 `json:"unlock_rate,string"`
		Maturity  uint64 `json:"maturity_rate,string"`
		Owner     bool   `json:"owner_lock"`
		Perpetual bool   `json:"perpetual_lock"`
	}
	var want struct {
		lock
		MassLost       uint64 `json:"locked_mass_delta,string"`
		ConvictionLost u64f64 `json:"conviction_delta"`
	}
	parse(t, in, &a)
	parse(t, out, &want)
	start := Lock{a.Mass, a.Conviction.U64F64, a.LastUpdate}
	got, mass, conviction := start.Roll(a.Now, Rates{a.Unlock, a.Maturity, a.Owner, a.Perpetual})
	if got != (Lock{want.Mass, want.Conviction.U64F64, want.LastUpdate}) || mass != want.MassLost || conviction != want.ConvictionLost.U64F64 {
		t.Errorf("line %d: got %+v, %d, %v, want %s from %s", n, got, mass, conviction, out, in)
	}
}

// Mass never grows, a perpetual one never falls (dust apart), and conviction stays below what the mass can ever earn.
func TestRollBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mass := rapid.Uint64Range(0, 21e15).Draw(t, "mass")
		r := Rates{
			Unlock:    rapid.Uint64Range(0, 1e6).Draw(t, "unlock"),
			Maturity:  rapid.Uint64Range(0, 1e6).Draw(t, "maturity"),
			Perpetual: rapid.Bool().Draw(t, "perpetual"),
		}
		l := Lock{Mass: mass, LastUpdate: 1}
		for range 4 {
			next, lost, _ := l.Roll(l.LastUpdate+rapid.Uint64Range(0, 1e6).Draw(t, "blocks"), r)
			if next.Mass+lost != l.Mass {
				t.Fatalf("%+v lost %d and became %+v", l, lost, next)
			}
			if r.Perpetual && next.Mass != l.Mass && l.Mass >= dust {
				t.Fatalf("a perpetual lock fell from %d to %d", l.Mass, next.Mass)
			}
			if fixed.U64F64FromUint(mass + 1).Less(next.Conviction) {
				t.Fatalf("conviction %v of mass %d", next.Conviction, mass)
			}
			l = next
		}
	})
}

func BenchmarkRoll(b *testing.B) {
	l := Lock{Mass: 1e12, Conviction: fixed.U64F64FromUint(5e11), LastUpdate: 1000}
	r := Rates{Unlock: 934866, Maturity: 311622}
	for b.Loop() {
		l.Roll(8200, r)
	}
}
