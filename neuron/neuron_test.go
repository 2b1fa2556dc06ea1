package neuron_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/neuron"
	"github.com/myelin-go/myelin/neuron/scoring"
	"github.com/myelin-go/myelin/synapse"
)

// answered reads an answer from the wire as a validator does.
func answered(data []byte) (*synapse.Message[neuron.NextToken], error) {
	m := synapse.New(neuron.NextToken{})
	r, err := synapse.Decode(m, data)
	if err != nil {
		return nil, err
	}
	return m, r.Fill(m, true)
}

func compact(t *testing.T, m synapse.Any) []byte {
	t.Helper()
	e, err := synapse.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	data, err := e.Compact()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzNextToken feeds a validator what a stranger may send in place of an answer.
func FuzzNextToken(f *testing.F) {
	f.Add([]byte(`{"vocabulary":"v","contexts":[[1,2]],"top_k":4,"tokens":[[3,1]],"probs":[[0.5,0.25]]}`))
	f.Add([]byte(`{"vocabulary":"v","contexts":[],"top_k":4,"tokens":[[3]],"probs":[[1e308]]}`))
	f.Add([]byte(`{"vocabulary":"v","contexts":[],"top_k":4,"tokens":[[3,3],[]],"probs":[[NaN,Infinity],[]]}`))
	f.Add([]byte(`{"vocabulary":"v","contexts":[],"top_k":4,"tokens":[[99999999999]],"probs":[[-1]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := answered(data)
		if err != nil {
			return
		}
		answers, err := m.Body.Answers()
		if err != nil {
			return
		}
		const size, k = 16, 4
		targets := make([]int32, len(answers))
		gain, err := scoring.Gain(answers, targets, size, k)
		if most := math.Log(size); err == nil && !(math.Abs(gain) <= most) {
			t.Fatalf("%s gains %v, at most %v is possible", data, gain, most)
		}
		for _, row := range m.Body.Probs {
			for _, p := range row {
				if math.IsNaN(p) || math.IsInf(p, 0) {
					if err == nil {
						t.Fatalf("%s has a probability %v and was scored", data, p)
					}
					return // such an answer can be read but not written
				}
			}
		}
		printed := compact(t, m)
		again, err := answered(printed)
		if err != nil {
			t.Fatalf("%s was printed as %s, which is refused: %v", data, printed, err)
		}
		if reprinted := compact(t, again); !bytes.Equal(printed, reprinted) {
			t.Fatalf("%s was printed as %s, then as %s", data, printed, reprinted)
		}
	})
}

func TestNextTokenOnTheWire(t *testing.T) {
	m := synapse.New(neuron.NextToken{
		Vocabulary: "v", Contexts: [][]int32{{1, 2}, {}}, TopK: 4, Tokens: [][]int32{{3, 1}, nil}, Probs: [][]float64{{0.5, 0.25}, nil},
	})
	if err := m.Class().Err(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"vocabulary", "contexts", "top_k"}, m.Class().HashedFields()); d != "" || m.Name != "NextToken" {
		t.Errorf("%s hashes %s", m.Name, d)
	}
	back, err := answered(compact(t, m))
	if err != nil {
		t.Fatal(err)
	}
	answers, err := back.Body.Answers()
	if err != nil || len(answers) != 2 || len(answers[1].Tokens) != 0 {
		t.Fatalf("%v, %v", answers, err)
	}
	if d := cmp.Diff(scoring.Answer{Tokens: []int32{3, 1}, Probs: []float64{0.5, 0.25}}, answers[0]); d != "" {
		t.Error(d)
	}
	back.Body.Probs = back.Body.Probs[:1]
	if _, err := back.Body.Answers(); err == nil {
		t.Error("an answer without its probabilities was accepted")
	}
}
