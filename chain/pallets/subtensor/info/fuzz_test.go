package info_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

// FuzzArguments gives the runtime functions arguments as a client might send them: they answer, or refuse the bytes.
func FuzzArguments(f *testing.F) {
	w := settle(f)
	names := slices.Sorted(maps.Keys(w.methods))
	for i, name := range names {
		f.Add(uint8(i), make([]byte, scale.MinSize(w.methods[name].Args)))
		f.Add(uint8(i), scale.Append(scale.Marshal(home), uint16(1)))
		f.Add(uint8(i), append(bob[:], aliceHot[:]...))
		f.Add(uint8(i), scale.Append(scale.Marshal(home), []uint16{1, 76, 76, 300}))
		f.Add(uint8(i), scale.Append(scale.Marshal([]bt.AccountID{bob, bob}), scale.Some([]bt.NetUID{home, 5000})))
	}
	f.Fuzz(func(t *testing.T, which uint8, args []byte) {
		m := w.methods[names[int(which)%len(names)]]
		out, err := m.Run(w.c, args)
		if err != nil && out != nil {
			t.Errorf("%s: an answer beside the error %v", m.Name, err)
		}
	})
}
