package conviction

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/fixed"
	"github.com/myelin-go/myelin/internal/vectors"
	"github.com/myelin-go/myelin/internal/vectors/forms"
)

func TestVectors(t *testing.T) {
	vectors.Calls(t, "stake.jsonl", map[string]vectors.Check{
		"exp_decay":         checkDecay,
		"roll_forward_lock": checkRoll,
		"voting_power_ema":  checkVotingPower,
	}, vectors.Others)
}

func checkDecay(t *testing.T, in, out json.RawMessage) {
	var a struct{ Dt, Tau vectors.U64 }
	var want forms.One[fixed.U64F64]
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	vectors.Expect(t, "decay", Decay(uint64(a.Dt), uint64(a.Tau)), want.V)
}

func checkVotingPower(t *testing.T, in, out json.RawMessage) {
	var a struct{ Stake, Previous, Alpha vectors.U64 }
	var want vectors.U64
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	vectors.Expect(t, "voting power", VotingPower(uint64(a.Stake), uint64(a.Previous), uint64(a.Alpha)), uint64(want))
}

func checkRoll(t *testing.T, in, out json.RawMessage) {
	type lock struct {
		Mass       uint64 `json:"locked_mass,string"`
		Conviction forms.One[fixed.U64F64]
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
		MassLost       uint64                  `json:"locked_mass_delta,string"`
		ConvictionLost forms.One[fixed.U64F64] `json:"conviction_delta"`
	}
	vectors.Parse(t, in, &a)
	vectors.Parse(t, out, &want)
	start := Lock{a.Mass, a.Conviction.V, a.LastUpdate}
	got, mass, conviction := start.Roll(a.Now, Rates{a.Unlock, a.Maturity, a.Owner, a.Perpetual})
	if got != (Lock{want.Mass, want.Conviction.V, want.LastUpdate}) || mass != want.MassLost || conviction != want.ConvictionLost.V {
		t.Errorf("got %+v, %d, %v, want %s from %s", got, mass, conviction, out, in)
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
