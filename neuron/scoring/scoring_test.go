package scoring

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
)

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name string
		a    Answer
		want string // in the error; "" when it is good
	}{
		{"nothing named", Answer{}, ""},
		{"all on one", Answer{[]int32{3}, []float64{1}}, ""},
		{"rounded beyond one", Answer{[]int32{0, 1}, []float64{0.5, 0.5000005}}, ""},
		{"too much", Answer{[]int32{0, 1}, []float64{0.5, 0.51}}, "sum to 1.01"},
		{"over one", Answer{[]int32{0}, []float64{1.01}}, "want 0 to 1"},
		{"negative", Answer{[]int32{0, 1}, []float64{-0.1, 0.5}}, "want 0 to 1"},
		{"not a number", Answer{[]int32{0}, []float64{math.NaN()}}, "want 0 to 1"},
		{"infinite", Answer{[]int32{0}, []float64{math.Inf(1)}}, "want 0 to 1"},
		{"named twice", Answer{[]int32{7, 7}, []float64{0.1, 0.1}}, "named twice"},
		{"beyond the vocabulary", Answer{[]int32{8}, []float64{0.1}}, "vocabulary of 8"},
		{"negative token", Answer{[]int32{-1}, []float64{0.1}}, "vocabulary of 8"},
		{"more than asked", Answer{[]int32{0, 1, 2, 3}, []float64{0, 0, 0, 0}}, "at most 3"},
		{"no probability", Answer{[]int32{0, 1}, []float64{0.1}}, "2 tokens with 1 prob"},
	} {
		err := tt.a.Check(8, 3)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestLoss(t *testing.T) {
	a := Answer{[]int32{2, 5}, []float64{0.5, 0.2}}
	for target, want := range map[int32]float64{2: math.Log(2), 5: math.Log(5), 0: math.Log(20)} { // 0.3 over 6 others
		if got := a.Loss(target, 8); math.Abs(got-want) > 1e-12 {
			t.Errorf("loss of token %d is %v, want %v", target, got, want)
		}
	}
	if got, want := (Answer{[]int32{0}, []float64{1}}).Loss(1, 8), -math.Log(MinProb); got != want {
		t.Errorf("what was thought impossible costs %v, want %v", got, want)
	}
	if got := (Answer{}).Loss(1, 8); math.Abs(got-math.Log(8)) > 1e-12 {
		t.Errorf("knowing nothing costs %v, want %v", got, math.Log(8))
	}
}

// A miner cannot gain by stating other probabilities than it believes: the expected loss is least for the truth.
func TestHonestyPays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Answer {
			a := Answer{Tokens: []int32{0, 1, 2, 3, 4}}
			sum := 0.0
			for range 5 {
				p := rapid.Float64Range(0.001, 1).Draw(t, name)
				a.Probs = append(a.Probs, p)
				sum += p
			}
			for i := range a.Probs {
				a.Probs[i] /= sum
			}
			return a
		}
		truth, other := draw("truth"), draw("other")
		cost := func(a Answer) (sum float64) {
			for i, p := range truth.Probs {
				sum += p * a.Loss(int32(i), 5)
			}
			return sum
		}
		if cost(other) < cost(truth)-1e-9 {
			t.Fatalf("%v costs %v, the truth %v costs %v", other.Probs, cost(other), truth.Probs, cost(truth))
		}
	})
}

func TestGain(t *testing.T) {
	half := Answer{[]int32{1}, []float64{0.5}}
	sure := Answer{[]int32{1}, []float64{1}}
	for _, tt := range []struct {
		name    string
		answers []Answer
		targets []int32
		want    float64
		bad     bool
	}{
		{"half sure", []Answer{half}, []int32{1}, math.Log(4), false},
		{"sure, and half sure", []Answer{sure, half}, []int32{1, 1}, (math.Log(8) + math.Log(4)) / 2, false},
		{"nothing known", []Answer{{}}, []int32{1}, 0, false},
		{"surely wrong", []Answer{sure}, []int32{2}, -math.Log(8), false},
		{"an answer too few", []Answer{sure}, []int32{1, 1}, 0, true},
		{"one bad answer", []Answer{sure, {[]int32{1}, []float64{2}}}, []int32{1, 1}, 0, true},
		{"nothing asked", nil, nil, 0, true},
		{"a target out of range", []Answer{sure}, []int32{8}, 0, true},
	} {
		got, err := Gain(tt.answers, tt.targets, 8, 4)
		if (err != nil) != tt.bad || math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s: %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

func TestAverages(t *testing.T) {
	a, err := NewAverages(0.5)
	if err != nil {
		t.Fatal(err)
	}
	one, two := bt.AccountID{1}, bt.AccountID{2}
	if got := a.Gain(3, one); got != 0 {
		t.Errorf("a miner never observed gains %v", got)
	}
	a.Observe(3, one, 2)
	if got := a.Gain(3, one); got != 2 {
		t.Errorf("after one gain of 2 the average is %v", got)
	}
	a.Observe(3, one, 1) // (0.5*1 + 0.25*2) / 0.75
	if got, want := a.Gain(3, one), 1.0/0.75; math.Abs(got-want) > 1e-12 {
		t.Errorf("after 2 and 1 the average is %v, want %v", got, want)
	}
	for range 60 {
		a.Observe(3, one, 5)
	}
	if got := a.Gain(3, one); math.Abs(got-5) > 1e-9 {
		t.Errorf("after many gains of 5 the average is %v", got)
	}
	if got := a.Gain(3, two); got != 0 {
		t.Errorf("a new owner of the uid inherits %v", got)
	}
	a.Observe(3, two, 1)
	if got := a.Gain(3, two); got != 1 {
		t.Errorf("a new owner of the uid begins at %v, want 1", got)
	}
	for _, bad := range []float64{0, -1, 1.1, math.NaN()} {
		if _, err := NewAverages(bad); err == nil {
			t.Errorf("alpha %v was accepted", bad)
		}
	}
}

func TestEmit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		gains  []float64
		uids   []bt.UID
		values []uint16
	}{
		{"none", nil, nil, nil},
		{"nobody gains", []float64{0, -3, 0}, nil, nil},
		{"one gains", []float64{0, 1e-9, -1}, []bt.UID{1}, []uint16{65535}},
		{"half the gain is a sixteenth", []float64{2, 0, 1, 4}, []bt.UID{0, 2, 3}, []uint16{4096, 256, 65535}},
		{"too little to count", []float64{4, 0.2}, []bt.UID{0}, []uint16{65535}},
	} {
		uids, values := Emit(Weights(tt.gains, DefaultPower))
		if d := cmp.Diff(tt.uids, uids) + cmp.Diff(tt.values, values); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		gains := rapid.SliceOfN(rapid.Float64Range(-7, 7), 1, 20).Draw(t, "gains")
		uids, values := Emit(Weights(gains, DefaultPower))
		of := make([]uint16, len(gains))
		for i, uid := range uids {
			of[uid] = values[i]
		}
		for i, g := range gains {
			for j, h := range gains {
				if g > h && of[i] < of[j] {
					t.Fatalf("gain %v has weight %d, gain %v has %d", g, of[i], h, of[j])
				}
			}
		}
	})
}

// FuzzAnswer feeds what a stranger may send, as JSON: no loss leaves its range, and what is accepted is a distribution.
func FuzzAnswer(f *testing.F) {
	f.Add(`{"Tokens":[1,2],"Probs":[0.5,0.25]}`, int32(1))
	f.Add(`{"Tokens":[1],"Probs":[1e-320]}`, int32(2))
	f.Add(`{"Tokens":[1,1],"Probs":[1,-1]}`, int32(0))
	f.Add(`{"Tokens":[2147483647],"Probs":[1e308]}`, int32(-5))
	f.Fuzz(func(t *testing.T, text string, target int32) {
		const size, k = 64, 16
		var a Answer
		if json.Unmarshal([]byte(text), &a) != nil {
			return
		}
		gain, err := Gain([]Answer{a}, []int32{target}, size, k)
		if err != nil {
			if gain != 0 {
				t.Fatalf("a refused answer gains %v", gain)
			}
			return
		}
		if most := math.Log(size); !(gain >= -most && gain <= most) {
			t.Fatalf("%s gains %v, want at most %v", text, gain, most)
		}
		// Over all targets the probabilities sum to one, so nobody can be good at everything.
		sum := 0.0
		for token := range int32(size) {
			sum += math.Exp(-a.Loss(token, size))
		}
		if sum > 1+slack+size*MinProb {
			t.Fatalf("%s gives all tokens %v together", text, sum)
		}
	})
}

func BenchmarkGain(b *testing.B) {
	const contexts, size, k = 32, 1024, 128
	answers, targets := make([]Answer, contexts), make([]int32, contexts)
	for i := range answers {
		for t := range int32(k) {
			answers[i].Tokens = append(answers[i].Tokens, t*8)
			answers[i].Probs = append(answers[i].Probs, 1.0/(k+1))
		}
		targets[i] = int32(i)
	}
	for b.Loop() {
		if _, err := Gain(answers, targets, size, k); err != nil {
			b.Fatal(err)
		}
	}
}
