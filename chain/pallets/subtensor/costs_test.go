package subtensor_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/myelin-go/myelin/chain/frame"
)

// declared is what a recorded call was declared to cost.
type declared struct {
	Weight      [2]string
	Class, Pays string
}

// charged is what is said of a recorded call's cost after it: nothing where all is as declared.
type charged struct {
	ActualWeight *[2]string `json:"actual_weight"`
	Pays         string
}

func weight(t testing.TB, text [2]string) (w frame.Weight) {
	t.Helper()
	for i, part := range []*uint64{&w.RefTime, &w.ProofSize} {
		n, err := strconv.ParseUint(text[i], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		*part = n
	}
	return w
}

// costs compares what a call was declared to cost, and what it cost in the end, with the recording.
func (m *mock) costs(t testing.TB, op *operation, info frame.Info, end frame.Outcome) (diff []string) {
	t.Helper()
	name := func(p frame.Pays) string { return p.Variants()[p].Name }
	want := weight(t, op.Info.Weight)
	if got := info.Weight; got != want {
		diff = append(diff, fmt.Sprintf("declared to weigh %v, want %v", got, want))
	}
	if got := info.Class.Variants()[info.Class].Name; got != op.Info.Class {
		diff = append(diff, fmt.Sprintf("declared %s, want %s", got, op.Info.Class))
	}
	if got := name(info.Pays); got != op.Info.Pays {
		diff = append(diff, fmt.Sprintf("declared to pay: %s, want %s", got, op.Info.Pays))
	}
	got := info.Weight
	if end.Actual != nil {
		got = *end.Actual
	}
	if op.Post.ActualWeight != nil {
		want = weight(t, *op.Post.ActualWeight)
	}
	if got != want {
		diff = append(diff, fmt.Sprintf("weighs %v in the end, want %v", got, want))
	}
	if free := op.Post.Pays == "No"; free != (end.Pays == frame.PaysNo) {
		diff = append(diff, fmt.Sprintf("pays in the end: %s, want free: %v", name(end.Pays), free))
	}
	return diff
}
