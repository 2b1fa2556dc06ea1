package validator

import (
	"fmt"
	"math/rand/v2"
)

// windows draws questions from held-out text. A window is a context and the token that came after it; the windows of one question
// never overlap, so that no context tells what follows another.
type windows struct {
	texts   [][]int32
	context int // tokens
	rng     *rand.Rand
}

// question is what to ask, and what really came.
type question struct {
	contexts [][]int32
	targets  []int32
}

func newWindows(texts [][]int32, context, contexts int, seed1, seed2 uint64) (*windows, error) {
	w := &windows{texts: texts, context: context, rng: rand.New(rand.NewPCG(seed1, seed2))}
	// The worst shift costs each text a window.
	room := 0
	for _, text := range texts {
		room += max(0, len(text)/(context+1)-1)
	}
	if room < contexts {
		return nil, fmt.Errorf("the held-out text has room for %d contexts of %d tokens, %d are asked for", room, context, contexts)
	}
	return w, nil
}

// draw picks n windows at random.
func (w *windows) draw(n int) question {
	type place struct{ text, at int }
	var places []place
	for i, text := range w.texts {
		for at := w.rng.IntN(w.context + 1); at+w.context < len(text); at += w.context + 1 {
			places = append(places, place{i, at})
		}
	}
	var q question
	for i := range n {
		j := i + w.rng.IntN(len(places)-i)
		places[i], places[j] = places[j], places[i]
		text, at := w.texts[places[i].text], places[i].at
		q.contexts = append(q.contexts, text[at:at+w.context])
		q.targets = append(q.targets, text[at+w.context])
	}
	return q
}
